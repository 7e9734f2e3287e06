"""What became of everything affected: per lot, per customer, in money, and what is still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from lotbook.foundation.catalog.rules import symbol
from lotbook.insights.recall import rules
from lotbook.insights.recall.models import Case, CaseCustomer, CaseDelivery, CaseExpense, CaseLot
from lotbook.insights.recall.queries import scoping
from lotbook.insights.recall.queries.scoping import Account, Delivery
from lotbook.kernel.quantity import to_text
from lotbook.traceability.lots.models import Hold, Lot


@dataclass(frozen=True, slots=True)
class LotRow:
    """An affected lot with its account when it was frozen, and as it stands now."""

    row: CaseLot
    then: Account
    now: Account
    held: bool

    @property
    def lot(self) -> Lot:
        """The lot."""
        return self.row.lot

    @property
    def changed(self) -> bool:
        """Whether its account is another than when the scope was frozen."""
        return self.then != self.now

    @property
    def open_on_hand(self) -> int:
        """What we still have of it and have not let go."""
        return 0 if self.row.released_at else self.now.on_hand + self.now.in_transit


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """So much of a lot at a customer: what was sent, what came back, what they say of the rest."""

    row: CaseDelivery
    shipped: int
    returned: int

    @property
    def lot(self) -> Lot:
        """The lot."""
        return self.row.lot

    @property
    def remaining(self) -> int:
        """What nobody has accounted for."""
        return rules.remaining(self.shipped, self.returned, self.row.destroyed, self.row.sold_on)


@dataclass(slots=True)
class CustomerRow:
    """A customer of the case with every affected lot it got."""

    customer: CaseCustomer
    deliveries: list[DeliveryRow] = field(default_factory=list)

    @property
    def open_count(self) -> int:
        """Deliveries with something that nobody has accounted for or explained."""
        return sum(1 for one in self.deliveries if one.remaining and not one.row.explanation)


@dataclass(frozen=True, slots=True)
class Point:
    """Something that does not add up yet; ``explanation`` names why where somebody said."""

    field: str
    words: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a case costs in one currency, in millionths: goods by the items' standard cost, and expenses."""

    currency: str
    at_stake: int
    lost: int
    expenses: int

    @property
    def total(self) -> int:
        """What it has cost so far: goods lost or destroyed since the scope was frozen, and expenses."""
        return self.lost + self.expenses


def lots(case: Case, rows: Sequence[CaseLot] | None = None, *, as_of: int | None = None) -> list[LotRow]:
    """The affected lots as they stand now: suspects first, then by item and number."""
    wanted = list(case_lots(case)) if rows is None else list(rows)
    now = scoping.accounts([row.lot_id for row in wanted], as_of=as_of)
    open_holds = set(
        Hold.objects.filter(uid__in=[row.hold for row in wanted if row.hold], released_sequence=None)
        .values_list("uid", flat=True)
    )  # fmt: skip
    return [
        LotRow(row, account_of(row), now.get(row.lot_id, Account()), row.hold in open_holds) for row in wanted
    ]


def case_lots(case: Case) -> QuerySet[CaseLot]:
    """The rows of the frozen scope in the order of every list."""
    rows = case.lots.select_related("lot__item")
    return rows.order_by("-suspect", "lot__item__code", "lot__number", "pk")


def account_of(row: CaseLot) -> Account:
    """The account as it was frozen."""
    return Account(
        row.came, row.on_hand, row.in_transit, row.consumed, row.shipped, row.returned, row.lost,
        row.difference,
    )  # fmt: skip


def customers(case: Case, *, as_of: int | None = None) -> list[CustomerRow]:
    """Every customer of the case with its deliveries as they stand now, by name."""
    kept = CaseDelivery.objects.filter(customer__case=case).select_related("lot__item")
    rows = list(kept.order_by("lot__item__code", "lot__number", "pk"))
    now = _now({row.lot_id for row in rows}, as_of)
    found = {
        one.pk: CustomerRow(one) for one in case.customers.select_related("partner").order_by("partner__name")
    }
    for row in rows:
        customer = found[row.customer_id]
        live = now.get((customer.customer.partner_id, row.lot_id))
        shipped, returned = (live.shipped, live.returned) if live else (row.shipped, row.returned)
        customer.deliveries.append(DeliveryRow(row, shipped, returned))
    return list(found.values())


def deliveries_of(customer: CaseCustomer) -> list[DeliveryRow]:
    """What one customer of a case got, as it stands now, by item and lot."""
    kept = CaseDelivery.objects.filter(customer=customer).select_related("lot__item")
    rows = list(kept.order_by("lot__item__code", "lot__number", "pk"))
    now = _now({row.lot_id for row in rows}, None)
    found = []
    for row in rows:
        live = now.get((customer.partner_id, row.lot_id))
        found.append(
            DeliveryRow(row, live.shipped, live.returned)
            if live
            else DeliveryRow(row, row.shipped, row.returned)
        )
    return found


def _now(lots_of: Iterable[int], as_of: int | None) -> dict[tuple[int, int], Delivery]:
    return {(one.partner, one.lot): one for one in scoping.deliveries(sorted(lots_of), as_of=as_of)}


def points(
    case: Case, rows: Sequence[LotRow] | None = None, delivered: Sequence[CustomerRow] | None = None
) -> list[Point]:
    """What does not add up: what we still hold, what customers have not accounted for, differences.

    ``rows`` and ``delivered`` are those of the case where they are read already.
    """
    found = []
    for one in lots(case) if rows is None else rows:
        uid, item = one.lot.uid, one.lot.item
        for quantity, words in (
            (one.open_on_hand, "are still here and on hold"),
            (one.now.difference, "differ from what was counted"),
        ):
            if quantity:
                text = f"{_named(one.lot)}: {to_text(quantity, item.scale)} {symbol(item.unit)} {words}"
                found.append(Point(f"lots/{uid}", text, one.row.explanation))
    for customer in customers(case) if delivered is None else delivered:
        for delivery in customer.deliveries:
            if delivery.remaining:
                item = delivery.lot.item
                amount = f"{to_text(delivery.remaining, item.scale)} {symbol(item.unit)}"
                text = f"{customer.customer.partner}: {amount} of {_named(delivery.lot)} not accounted for"
                where = f"customers/{customer.customer.uid}/lots/{delivery.lot.uid}"
                found.append(Point(where, text, delivery.row.explanation))
    return found


def _named(lot: Lot) -> str:
    return f"{lot.item.code} {lot}"


def costs(case: Case, rows: Sequence[LotRow], delivered: Sequence[CustomerRow]) -> list[Cost]:
    """What the case costs, by currency; items without a standard cost count as nothing."""
    at_stake: dict[str, int] = defaultdict(int)
    lost: dict[str, int] = defaultdict(int)
    for one in rows:
        currency = one.lot.item.currency
        at_stake[currency] += _value(one.lot, one.open_on_hand)
        lost[currency] += _value(one.lot, max(one.now.lost - one.then.lost, 0))
    for customer in delivered:
        for delivery in customer.deliveries:
            currency = delivery.lot.item.currency
            at_stake[currency] += _value(delivery.lot, max(delivery.remaining, 0))
            lost[currency] += _value(delivery.lot, delivery.row.destroyed)
    spent: dict[str, int] = defaultdict(int)
    for expense in CaseExpense.objects.filter(case=case):
        spent[expense.currency] += expense.amount_micro
    every = {name for sums in (at_stake, lost, spent) for name, total in sums.items() if total}
    return [Cost(name, at_stake[name], lost[name], spent[name]) for name in sorted(every)]


def _value(lot: Lot, quantity: int) -> int:
    """Standard cost of so much of a lot, in millionths."""
    cost: int = lot.item.standard_cost_micro or 0
    one: int = 10**lot.item.scale
    return quantity * cost // one
