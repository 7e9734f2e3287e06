"""What the page of a scope shows: totals, and a page of lots and of shipments made from packed columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.paginator import Page, Paginator

from lotbook.traceability.trace.scope import queries, reading
from lotbook.traceability.trace.scope.queries import ScopedLot
from lotbook.traceability.trace.scope.rules import (
    COLUMNS,
    COST_SCALE,
    CROSSED,
    RETURNED,
    SHIPPED,
    ItemFacts,
    PlaceFacts,
    Scope,
)

LOTS_SHOWN = 50
SHIPMENTS_SHOWN = 25
ROWS_SHOWN = 200
"""Most rows of a list of totals; the files have all."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item's affected lots, their account added up."""

    item: ItemFacts
    lots: int
    account: dict[str, int]


@dataclass(frozen=True, slots=True)
class SiteRow:
    """What of an item stands at a site; ``site`` None: at none, or on the way."""

    site: PlaceFacts | None
    item: ItemFacts
    lots: int
    quantity: int


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """What of an item a partner gave or got."""

    name: str
    uid: str
    item: ItemFacts
    lots: int
    received: int
    shipped: int
    returned: int
    sent_back: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """An affected lot with its item, and where it stands in words."""

    lot: ScopedLot
    item: ItemFacts
    where: list[tuple[PlaceFacts, int]]


@dataclass(frozen=True, slots=True)
class Moving:
    """What of a lot is on the way between places of ours."""

    number: str
    uid: str
    item: ItemFacts
    place: PlaceFacts
    quantity: int


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """So much of a lot to a customer, or back from one."""

    what: str
    partner: str
    item: ItemFacts
    number: str
    uid: str
    quantity: int
    document: str
    at: Any
    event: str


@dataclass(slots=True)
class ScopePage:
    """Everything the page shows of a scope."""

    scope: Scope
    items: list[ItemRow]
    sites: list[SiteRow]
    customers: list[PartnerRow]
    suppliers: list[PartnerRow]
    costs: list[tuple[str, str, str, str]]
    lots: list[LotRow]
    lots_page: Page[Any]
    shipments: list[ShipmentRow]
    shipments_page: Page[Any]
    moving: list[Moving]
    moving_more: int

    @property
    def in_transit(self) -> int:
        """How many lots are on the way."""
        return int((self.scope.account["in_transit"] > 0).sum())

    @property
    def here(self) -> int:
        """How many lots are at places of ours."""
        return int((self.scope.account["on_hand"] > 0).sum())

    @property
    def customer_count(self) -> int:
        """How many customers got any."""
        return len({row.name for row in self.customers})

    @property
    def uncosted(self) -> list[ItemFacts]:
        """Items without a standard cost."""
        return self.scope.uncosted()


def page(found: Scope, *, number: str | None = None, shipments: str | None = None) -> ScopePage:
    """What a scope's page shows: the same few statements, however big the scope is."""
    keys = Paginator(_Keys(found), LOTS_SHOWN).get_page(number)
    outward = np.flatnonzero(found.crossings.of(SHIPPED, RETURNED))
    # Newest first: what left last can be stopped first.
    order = outward[np.lexsort((found.crossings.lot[outward], -found.crossings.event[outward]))]
    shipped = Paginator(order, SHIPMENTS_SHOWN).get_page(shipments)
    partners = _partners(found)
    moving, more = _moving(found)
    return ScopePage(
        found,
        [ItemRow(found.items[one.item], one.lots, one.account) for one in found.item_totals()],
        _sites(found),
        [one for one in partners if one.shipped or one.returned][:ROWS_SHOWN],
        [one for one in partners if one.received or one.sent_back][:ROWS_SHOWN],
        _costs(found),
        [
            LotRow(
                one, found.items[one.item], [(found.places[two.place], two.quantity) for two in one.places]
            )
            for one in queries.rows(found, queries.keys_of(list(keys)))
        ],
        keys,
        _shipments(found, np.array(list(shipped), dtype=np.int64)),
        shipped,
        moving,
        more,
    )  # fmt: skip


class _Keys(Sequence[int]):
    """The lots of a scope by their keys, suspects and all, as a list that is cut without being made."""

    def __init__(self, found: Scope) -> None:
        self.keys = found.lots

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, index: Any) -> Any:
        part = self.keys[index]
        return part.tolist() if isinstance(index, slice) else int(part)


def _sites(found: Scope) -> list[SiteRow]:
    return [
        SiteRow(found.places.get(one.site), found.items[one.item], one.lots, one.quantity)
        for one in found.site_totals()
    ][:ROWS_SHOWN]


def _partners(found: Scope) -> list[PartnerRow]:
    rows = []
    for one in found.partner_totals():
        who = found.partners[one.partner]
        rows.append(PartnerRow(who.name, who.uid, found.items[one.item], *one[2:]))
    return rows


def _costs(scope: Scope) -> list[tuple[str, str, str, str]]:
    """Currency, and standard cost of what is here, on the way, and at customers; cents are enough."""
    found = []
    for currency, sums in scope.costs().items():
        here, moving, sent = (money(sums[name], COST_SCALE) for name in ("on_hand", "in_transit", "shipped"))
        found.append((currency, here, moving, sent))
    return found


def money(amount: int, scale: int) -> str:
    """An amount of money in hundredths.

    >>> money(1_234_567, 3)
    '1,234.57'
    """
    return f"{Decimal(amount).scaleb(-scale):,.2f}"


def _moving(found: Scope) -> tuple[list[Moving], int]:
    """What is on the way, as rows; how many more there are."""
    rows = found.standing
    transit = {key for key, place in found.places.items() if place.transit}
    chosen = np.flatnonzero(np.isin(rows.place, list(transit)))
    part = chosen[:LOTS_SHOWN]
    lots = np.unique(rows.lot[part])
    known = reading.lots(lots, as_of=found.as_of) if len(lots) else {}
    items = dict(zip(lots.tolist(), found.item[found.position(lots)].tolist(), strict=True))
    made = [
        Moving(known[lot].number, known[lot].uid, found.items[items[lot]], found.places[place], quantity)
        for lot, place, quantity in zip(
            *(column[part].tolist() for column in (rows.lot, rows.place, rows.quantity)), strict=True
        )
    ]
    return made, len(chosen) - len(part)


def _shipments(found: Scope, chosen: Any) -> list[ShipmentRow]:
    if not len(chosen):
        return []
    rows = found.crossings
    lots = np.unique(rows.lot[chosen])
    known = reading.lots(lots, as_of=found.as_of)
    events = reading.events(rows.event[chosen])
    items = dict(zip(lots.tolist(), found.item[found.position(lots)].tolist(), strict=True))
    columns = (rows.lot, rows.kind, rows.partner, rows.quantity, rows.event)
    made = []
    for lot, kind, partner, quantity, event in zip(*(one[chosen].tolist() for one in columns), strict=True):
        facts = events[event]
        made.append(
            ShipmentRow(
                CROSSED[kind], found.partners[partner].name, found.items[items[lot]], known[lot].number,
                known[lot].uid, quantity, facts.document_number, facts.at, facts.uid,
            )
        )  # fmt: skip
    return made


ACCOUNT_WORDS = {
    "came": "Came in", "on_hand": "Here", "in_transit": "In transit", "consumed": "Consumed",
    "shipped": "At customers", "lost": "Lost", "difference": "Difference", "returned": "Returned",
}  # fmt: skip
assert set(ACCOUNT_WORDS) == set(COLUMNS)
