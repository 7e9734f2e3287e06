"""What every act on a count needs, and how its lines are judged."""

from __future__ import annotations

from uuid import UUID, uuid5

from lotbook.foundation.documents import actions as documents
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault
from lotbook.operations.counting import queries
from lotbook.operations.counting.models import (
    Count,
    CountStatus,
    SheetStatus,
    Tally,
)
from lotbook.traceability.ledger.lines import moment_at, post_lines
from lotbook.traceability.ledger.rules import Draft

KIND = "counting.count"


PLACES = frozenset({"site", "area", "bin", "transit", "unit"})


def locked_count(name: UUID | str) -> Count:
    """The count, locked until the act is done; raises NotFound."""
    key = queries.count(name).pk
    return Count.objects.select_for_update(of=("self",)).select_related("place", "site").get(pk=key)


def not_open_fault(one: Count) -> Fault:
    """The fault of an act on a count that has ended."""
    cause = f"{one.number} is not being counted: {one.get_status_display().lower()}."
    return Fault("count", cause, "Open a new count.", "closed")


def close_count(
    one: Count, actor: str, verb: str, *, event: UUID | None, text: str = "", reason: str = ""
) -> None:
    """End a count, with a step that says how."""
    if event is None and one.statement:
        # A statement that agrees is worth an entry too: it says when the stock elsewhere was last confirmed.
        where = one.place or one.site
        event = post_lines(
            Draft(
                kind="observe",
                occurred_at=moment_at(where, None),
                uid=uuid5(one.uid, "agrees"),
                place=where.pk if where else None,
                document_kind="statement",
                document_number=one.statement,
                data={"count": one.number, "statement": "agrees with the book"},
            ),
            actor=actor,
            at=(),
        ).uid
    one.status, one.event, one.closed_at = CountStatus.DONE, event, clock.now()
    one.save()
    _settle_doubts(one)
    documents.record(one.uid, KIND, verb, actor=actor, event=event, text=text, reason=reason)


def _settle_doubts(one: Count) -> None:
    """Counting ended: what it counted is in doubt no more, unless this count itself is."""
    counted = set(one.sheets.filter(status=SheetStatus.COUNTED).values_list("place", flat=True))
    before = Tally.objects.exclude(doubt="").filter(sheet__place__in=counted).exclude(sheet__count=one)
    if one.lot_id:
        before = before.filter(lot=one.lot_id)
    elif one.item_id:
        before = before.filter(lot__item=one.item_id)
    own = queries.doubted(one)
    still = {(line.lot_id, line.sheet.place_id) for line in own}
    rows = before.select_related("sheet")
    cleared = [row.pk for row in rows if (row.lot_id, row.sheet.place_id) not in still]
    if cleared:
        Tally.objects.filter(pk__in=cleared).update(doubt="")
    Tally.objects.exclude(doubt="").filter(recount=one).exclude(pk__in=[row.pk for row in own]).update(
        doubt=""
    )
