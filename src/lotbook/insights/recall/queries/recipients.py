"""Whom a case has to tell, by which way they can be reached, and what each of them got."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.partners.models import Location, Partner
from lotbook.insights.recall.models import (
    Case,
    CaseCustomer,
    CaseDelivery,
    Channel,
    CustomerHook,
    NoticePlan,
)
from lotbook.insights.recall.noticetexts import Goods, Shipped
from lotbook.insights.recall.noticewords import language_of
from lotbook.insights.recall.queries import scoping
from lotbook.insights.recall.queries.scoping import Sent
from lotbook.kernel.clock import written
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping.models import Shipment
from lotbook.traceability.lots.models import Lot, LotKind

AT_ONCE = 5_000
"""Most values of one IN."""


@dataclass(slots=True)
class Recipient:
    """A customer as a notice reaches it: the ways that are known, the way it goes, what it got."""

    customer: CaseCustomer
    email: str = ""
    address: tuple[str, ...] = ()
    hook: CustomerHook | None = None
    channel: str = ""
    chosen: bool = False
    goods: tuple[Goods, ...] = ()

    @property
    def partner(self) -> Partner:
        """The customer."""
        return self.customer.partner

    @property
    def language(self) -> str:
        """The language it is written to in."""
        return language_of(self.partner.language or self.customer.language)

    @property
    def known(self) -> list[str]:
        """The ways that are known, the usual one first."""
        return [
            name
            for name, there in (
                (Channel.EMAIL, self.email), (Channel.WEBHOOK, self.hook), (Channel.LETTER, self.address),
            )
            if there
        ]  # fmt: skip

    def address_by(self, channel: str) -> str:
        """Where a notice goes by this way, as it is kept with it; "" where that is not known."""
        if channel == Channel.EMAIL:
            return self.email
        if channel == Channel.WEBHOOK:
            return self.hook.url if self.hook else ""
        return "\n".join([self.partner.name, *self.address]) if self.address else ""


def recipients(
    case: Case, plan: NoticePlan | None, *, only: Collection[int] | None = None, all_lots: bool = False
) -> list[Recipient]:
    """The customers of a case by name (``only`` some, by key), each with what it got; constant statements.

    Lots the case let go are left out unless ``all_lots``.
    """
    rows = case.customers.select_related("partner").order_by("partner__name", "pk")
    found = [Recipient(row) for row in (rows if only is None else rows.filter(pk__in=list(only)))]
    keys = [one.customer.partner_id for one in found]
    doors, hooks = _doors(keys), _hooks(keys)
    goods = _goods(case, [one.customer.pk for one in found] if only is not None else None, all_lots=all_lots)
    chosen: Mapping[str, str] = plan.channels if plan else {}
    for one in found:
        one.email = one.partner.email
        one.address = doors.get(one.customer.partner_id, ())
        one.hook = hooks.get(one.customer.partner_id)
        wish = chosen.get(str(one.customer.uid), "")
        one.chosen = bool(wish)
        one.channel = wish if wish in one.known else next(iter(one.known), "")
        one.goods = goods.get(one.customer.pk, ())
    return found


def _doors(keys: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The postal address of each partner: its first location with one."""
    found: dict[int, tuple[str, ...]] = {}
    for row in Location.objects.filter(partner__in=keys[:AT_ONCE]).order_by("pk"):
        if row.partner_id is not None and row.partner_id not in found and (row.street or row.city):
            found[row.partner_id] = address_lines(row)
    return found


def address_lines(row: Location) -> tuple[str, ...]:
    """A location as the lines of a postal address."""
    town = " ".join(part for part in (row.postal_code, row.city) if part)
    lines = (row.business_name, row.street, town, row.region, row.country)
    return tuple(line for line in lines if line)


def _hooks(keys: Sequence[int]) -> dict[int, CustomerHook]:
    return {row.partner_id: row for row in CustomerHook.objects.filter(partner__in=keys[:AT_ONCE])}


def _goods(case: Case, customers: Sequence[int] | None, *, all_lots: bool) -> dict[int, tuple[Goods, ...]]:
    """What each customer got, lot by lot, with the documents it came under."""
    rows = CaseDelivery.objects.filter(customer__case=case).select_related("customer", "lot__item")
    if customers is not None:
        rows = rows.filter(customer__in=customers)
    kept = list(rows.order_by("lot__item__code", "lot__number", "pk"))
    if not all_lots:
        free = set(case.lots.exclude(released_at=None).values_list("lot_id", flat=True))
        kept = [row for row in kept if row.lot_id not in free]
    sent: dict[tuple[int, int], list[Sent]] = defaultdict(list)
    every = scoping.sent({row.lot_id for row in kept})
    for one in every:
        sent[one.partner, one.lot].append(one)
    orders = _orders({one.event for one in every})
    found: dict[int, list[Goods]] = defaultdict(list)
    for row in kept:
        found[row.customer_id].append(
            _good(row.lot, row, sent.get((row.customer.partner_id, row.lot_id), []), orders)
        )
    return {customer: tuple(goods) for customer, goods in found.items()}


def _good(lot: Lot, row: CaseDelivery, sent: Sequence[Sent], orders: Mapping[UUID, str]) -> Goods:
    unit, scale = symbol(lot.item.unit), lot.item.scale

    def amount(quantity: int) -> str:
        return f"{to_text(quantity, scale)} {unit}"

    parts = tuple(
        Shipped(amount(one.quantity), one.document, orders.get(one.event, ""), written(one.at))
        for one in sent
    )
    return Goods(
        lot=str(lot.uid), item=lot.item.name, code=lot.item.code, number=lot.number or "–",
        is_serial=lot.kind == LotKind.SERIAL, gtin=lot.item.gtin or "",
        quantity=amount(sum(one.quantity for one in sent) or row.shipped),
        expires=written(lot.expires_on or lot.best_before_on),
        shipped=parts or tuple(Shipped("", number) for number in row.documents),
    )  # fmt: skip


def _orders(events: Collection[UUID]) -> dict[UUID, str]:
    """The customers' own order numbers of shipments, by event; ours where they gave none."""
    found: dict[UUID, str] = {}
    wanted = sorted(events)
    for start in range(0, len(wanted), AT_ONCE):
        rows = Shipment.objects.filter(event__in=wanted[start : start + AT_ONCE])
        found |= {event: number for event, number in rows.values_list("event", "order_number") if number}
        named = rows.exclude(lines__line=None).values_list("event", "lines__line__order__customer_number")
        numbers: dict[UUID, dict[str, None]] = defaultdict(dict)
        for event, number in named.distinct():
            if number:
                numbers[event][number] = None
        found |= {event: ", ".join(names) for event, names in numbers.items()}
    return found
