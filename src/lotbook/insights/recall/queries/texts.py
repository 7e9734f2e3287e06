"""The texts of a case: its facts for a draft, the versions kept, what they still lack."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Min, QuerySet

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.partners.models import Location
from lotbook.insights.recall import casetexts
from lotbook.insights.recall.casetexts import CaseFacts, ProductFacts
from lotbook.insights.recall.models import (
    Case,
    CaseDelivery,
    CaseText,
    EffectivenessCheck,
    Notice,
    NoticeKind,
    NoticeStatus,
    Outcome,
    TextKind,
)
from lotbook.insights.recall.queries import balance, house, origins
from lotbook.insights.recall.queries.balance import Balanced
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.quantity import to_text


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to edit: fresh from the case, or a version that was kept."""

    kind: str
    language: str
    title: str
    body: str
    kept: CaseText | None = None

    @property
    def missing(self) -> int:
        """How many facts it still lacks."""
        return casetexts.missing(f"{self.title}\n{self.body}")


def texts(case: Case) -> QuerySet[CaseText]:
    """Every version kept, the newest first."""
    return CaseText.objects.filter(case=case).order_by("-pk")


def text(case: Case, name: UUID | str) -> CaseText:
    """A version by its uid. Raises NotFound."""
    try:
        found = texts(case).filter(uid=UUID(str(name))).first()
    except ValueError:
        found = None
    if found is None:
        cause = f"{case.number} has no text {str(name)[:60]}."
        raise NotFound(Fault("text", cause, "Choose it in the list.", "unknown"))
    return found


def newest(case: Case, kind: str, language: str) -> CaseText | None:
    """The version that counts."""
    return CaseText.objects.filter(case=case, kind=kind, language=language).order_by("-version").first()


def draft(case: Case, kind: str, language: str) -> Draft:
    """A fresh draft from what the case knows now."""
    kind = kind if kind in TextKind.values else str(TextKind.AUTHORITY)
    language = language if language in casetexts.LANGUAGES else "en"
    return Draft(kind, language, *casetexts.draft(kind, language, facts(case)))


def shown(case: Case, kind: str, language: str, *, fresh: bool = False, version: str = "") -> Draft:
    """What the page shows: the version asked for, else the newest kept one, else (or ``fresh``) a draft."""
    kind = kind if kind in TextKind.values else str(TextKind.AUTHORITY)
    language = language if language in casetexts.LANGUAGES else "en"
    kept = text(case, version) if version else None if fresh else newest(case, kind, language)
    if kept is None:
        return draft(case, kind, language)
    return Draft(kept.kind, kept.language, kept.title, kept.body, kept)


# -- facts --------------------------------------------------------------------------------------------


def facts(case: Case) -> CaseFacts:
    """What the book knows of a case that a text may say."""
    rows = balance.of_case(case)
    notices = Notice.objects.filter(case=case, status=NoticeStatus.SENT, kind=NoticeKind.FIRST)
    first = notices.aggregate(at=Min("sent_at"))["at"]
    checks = EffectivenessCheck.objects.filter(case=case)
    return CaseFacts(
        number=case.number,
        drill=case.is_drill,
        withdrawal="withdrawal" in (case.decision if case.decided_at else "", case.kind),
        company=house.company(),
        address=house.address(),
        phone=house.phone(),
        registration=house.registration(),
        reason=case.reason,
        hazard=case.hazard,
        classification=case.classification,
        source=case.source,
        opened_on=case.opened_at.date(),
        decided_on=case.decided_at.date() if case.decided_at else None,
        decision=case.decision,
        decision_text=case.decision_text,
        products=_products(rows),
        accounts=_accounts(case),
        countries=_countries(case),
        origins=_origins(case),
        told=notices.values("customer").distinct().count(),
        told_on=first.date() if first is not None else None,
        checks=checks.count(),
        checks_done=checks.exclude(outcome=Outcome.OPEN).count(),
    )


def _products(rows: list[Balanced]) -> list[ProductFacts]:
    """The items that were shipped, else those suspected; materials that stayed here are left out."""
    by_item: dict[int, list[Balanced]] = defaultdict(list)
    for one in rows:
        if one.account.shipped or one.account.returned or one.account.in_transit:
            by_item[one.lot.item_id].append(one)
    if not by_item:
        for one in rows:
            if one.row.row.suspect:
                by_item[one.lot.item_id].append(one)
    found = [_product(of_item[0].lot.item, of_item) for of_item in by_item.values()]
    return sorted(found, key=lambda one: one.code)


def _product(item: Item, rows: list[Balanced]) -> ProductFacts:
    def total(*names: str) -> str:
        return to_text(sum(getattr(one.account, name) for one in rows for name in names), item.scale)

    lots = [one.lot for one in rows]
    days = [day for lot in lots if (day := lot.produced_on or lot.packed_on or lot.received_on) is not None]
    dated = sorted((str(lot), lot.expires_on or lot.best_before_on) for lot in lots)
    return ProductFacts(
        item.name, item.code, item.gtin or "", symbol(item.unit), total("came"), total("shipped"),
        total("on_hand", "in_transit"), dated, min(days, default=None), max(days, default=None),
    )  # fmt: skip


def _accounts(case: Case) -> list[tuple[str, str]]:
    """Each customer with what it got, per unit of measure."""
    sums: dict[str, dict[tuple[str, int], int]] = defaultdict(lambda: defaultdict(int))
    kept = CaseDelivery.objects.filter(customer__case=case)
    for row in kept.select_related("customer__partner", "lot__item").order_by("customer__partner__name"):
        item = row.lot.item
        sums[row.customer.partner.name][item.unit, item.scale] += row.shipped - row.returned
    return [
        (name, ", ".join(f"{to_text(total, scale)} {symbol(unit)}" for (unit, scale), total in parts.items()))
        for name, parts in sums.items()
    ]


def _countries(case: Case) -> list[str]:
    partners = case.customers.values("partner")
    rows = Location.objects.filter(partner__in=partners).exclude(country="")
    return sorted(set(rows.values_list("country", flat=True)))


def _origins(case: Case) -> list[str]:
    """The countries the materials of the suspects came from, as far as their lots say."""
    from lotbook.traceability.lots.models import Lot

    uids = [one.uid for one in origins.origins(case).materials] if case.as_of is not None else []
    rows = Lot.objects.filter(uid__in=uids[:5_000]).exclude(origin_country="")
    return sorted(set(rows.values_list("origin_country", flat=True)))
