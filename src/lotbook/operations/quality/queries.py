"""Reading holds: the open ones with their age, one by its uid, and those that stem from others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots.models import Hold

DEPTH_MAX = 64
INSPECTION = "inspection"
"""The kind of document a failed inspection holds lots with."""


@dataclass(frozen=True, slots=True)
class Open:
    """An open hold in the queue, with its age in days."""

    hold: Hold
    age_days: int
    document: tuple[str, str] = ("", "")
    """Kind and number of the document it was put on with: an inspection, say."""

    @property
    def recall_query(self) -> str:
        """What the form of a recall case is told when this hold led to it: the lot, and what it failed at."""
        lot = self.hold.lot
        kind, number = self.document
        inspected = kind == INSPECTION
        source = number if inspected else f"{lot.item.code} {lot.number}".strip()
        told = {
            "s": str(lot.uid), "source_kind": INSPECTION if inspected else "lot", "source": source,
            "reason": self.hold.reason[:500],
        }  # fmt: skip
        return urlencode(told)


def by_uid(name: UUID | str) -> Hold | None:
    """The hold with this uid."""
    try:
        return Hold.objects.select_related("lot__item", "source__lot").filter(uid=UUID(str(name))).first()
    except ValueError:
        return None


def holds(
    *, text: str = "", kind: str = "", open_only: bool = True, own_only: bool = False
) -> QuerySet[Hold]:
    """Holds, the oldest first; ``own_only`` leaves out those that stem from another hold."""
    rows = Hold.objects.select_related("lot__item", "source__lot").order_by("placed_sequence", "pk")
    if storable(text) or storable(kind):
        return rows.none()
    if open_only:
        rows = rows.filter(released_sequence=None)
    if own_only:
        rows = rows.filter(source=None)
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        named = Q(lot__number__icontains=text) | Q(lot__item__code__icontains=text)
        rows = rows.filter(named | Q(lot__item__name__icontains=text) | Q(reason__icontains=text))
    return rows


def aged(rows: Iterable[Hold]) -> list[Open]:
    """Holds with their age."""
    now = clock.now()
    found = list(rows)
    documents = ledger.documents_at({one.placed_sequence for one in found}) if found else {}
    return [
        Open(one, (now - one.placed_at).days, documents.get(one.placed_sequence, ("", ""))) for one in found
    ]


def with_stemming(found: Iterable[Hold]) -> list[Hold]:
    """These holds, and every open hold that stems from them at any depth: a statement for each step."""
    known = {one.pk: one for one in found}
    step = set(known)
    for _ in range(DEPTH_MAX):
        # A hold released alone before still leads to those that stem from it.
        rows = Hold.objects.filter(source__in=step).exclude(pk__in=known)
        new = {one.pk: one for one in rows}
        if not new:
            break
        known |= new
        step = set(new)
    return [one for one in known.values() if one.released_sequence is None]
