"""The stock demands may have, as it stands now: a constant number of statements whatever is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.allocation import rules
from lotbook.traceability.allocation.deciding import Allocator, Holders
from lotbook.traceability.allocation.rules import Answer, Demand, Stock
from lotbook.traceability.ledger import claims, storage
from lotbook.traceability.ledger.rules import Taken
from lotbook.traceability.lots import batch as lots

DEPTH_MAX = 32


@dataclass(frozen=True, slots=True)
class Spot:
    """A place and what it stands in."""

    id: int
    parent: int | None
    code: str
    kind: str
    own: bool
    usable: bool
    active: bool
    time_zone: str


@dataclass(slots=True)
class Floor:
    """Our places as far as they were read, and the way up from each."""

    spots: Mapping[int, Spot]
    _ways: dict[int, list[Spot]] = field(default_factory=dict)

    def way(self, key: int) -> list[Spot]:
        """A place and the places it is in, the nearest first."""
        if key not in self._ways:
            found: list[Spot] = []
            here = self.spots.get(key)
            while here is not None and len(found) <= DEPTH_MAX:
                found.append(here)
                here = self.spots.get(here.parent) if here.parent is not None else None
            self._ways[key] = found
        return self._ways[key]

    def today(self, key: int) -> date:
        """The day it is at a place's site."""
        zone = next((spot.time_zone for spot in self.way(key) if spot.time_zone), "UTC")
        return clock.date_at(clock.now(), zone)

    def units(self, places: Iterable[int]) -> dict[int, int | None]:
        """The logistic units among places, those they stand in included, and where each stands."""
        return {spot.id: spot.parent for key in places for spot in self.way(key) if spot.kind == "unit"}


@dataclass(slots=True)
class Scene:
    """Everything a call needs to know to answer its demands."""

    stock: dict[int, list[Stock]]
    floor: Floor
    items: dict[int, storage.ItemInfo]

    def answers(self, demands: Sequence[Demand], *, tell: bool = True) -> list[Answer]:
        """Decide the demands in their order; ``tell`` also asks for whom the rest is reserved."""
        allocator = Allocator(self.stock)
        answers = [self._answer(allocator, demand, {}) for demand in demands]
        if tell and any(answer.missing for answer in answers):
            holders = self._holders({d.item for d, a in zip(demands, answers, strict=True) if a.missing})
            if holders:
                self._forget()
                allocator = Allocator(self.stock)
                answers = [self._answer(allocator, demand, holders) for demand in demands]
        return answers

    def _answer(self, allocator: Allocator, demand: Demand, holders: Holders) -> Answer:
        on = demand.on or self.floor.today(demand.place)
        return allocator.answer(demand, on, scale=self.items[demand.item].scale, holders=holders)

    def _forget(self) -> None:
        for rows in self.stock.values():
            for row in rows:
                row.taken = 0

    def _holders(self, items: Collection[int]) -> Holders:
        keys = {(row.lot, row.place) for item in items for row in self.stock.get(item, ()) if row.reserved}
        found: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for claim in claims.of_lots(sorted({lot for lot, _ in keys})):
            if (claim.lot, claim.place) in keys:
                found[claim.lot, claim.place][claim.number or claim.purpose] += claim.quantity
        return found

    def lock(self) -> None:
        """Lock all of it, in the global order, and look again (PostgreSQL; SQLite has one writer)."""
        rows = [row for found in self.stock.values() for row in found]
        units = self.floor.units({row.place for row in rows})
        if storage.lock_units(sorted(units), change=False) != units and sql.is_postgres():
            raise Taken
        locked = lots.lock(sorted({row.lot for row in rows}), change=False)
        now = storage.balances([(row.lot, row.place) for row in rows])
        for row in rows:
            held, row.expires_on = locked[row.lot]
            row.held = bool(held)
            row.on_hand, row.reserved = now[row.lot, row.place]


def read(demands: Sequence[Demand]) -> Scene:
    """Read the stock that demands may have; raises Refused naming ``demands/<i>/<field>``."""
    found = [
        fault.under(f"demands/{i}") for i, demand in enumerate(demands) for fault in rules.faults(demand)
    ]
    if found:
        raise Refused(found)
    items = sorted({demand.item for demand in demands})
    rows = _rows(items)
    floor = Floor(_spots(sorted({row[2] for row in rows} | {demand.place for demand in demands})))
    known = storage.items(items)
    _check_known(demands, floor, known)
    return Scene(_stock(rows, floor, {demand.place for demand in demands}), floor, known)


def _check_known(demands: Sequence[Demand], floor: Floor, items: Mapping[int, storage.ItemInfo]) -> None:
    found: list[Fault] = []
    for index, demand in enumerate(demands):
        place = floor.spots.get(demand.place)
        if demand.item not in items:
            found.append(Fault(f"demands/{index}/item", "the book does not know this item."))
        if place is None:
            found.append(Fault(f"demands/{index}/place", "the book does not know this place."))
        elif not place.own:
            cause = f"{place.code} is no place of our stock."
            found.append(Fault(f"demands/{index}/place", cause, "Choose a place of ours."))
    if found:
        raise Refused(found)


_LOT = "id, item_id, number, held, expires_on, best_before_on, received_on, created_at"


def _rows(items: Sequence[int]) -> list[tuple[Any, ...]]:
    """What stands of some items at our places, with what orders its lots."""
    columns = (
        "l.item_id, l.id, b.place_id, b.on_hand, b.reserved, l.number, l.held, l.expires_on, l.best_before_on,"
        " l.received_on, CAST(l.created_at AS text)"
    )
    if sql.is_postgres():
        return sql.rows(
            f"SELECT {columns} FROM unnest(%s::bigint[]) u(item)"
            f" CROSS JOIN LATERAL (SELECT {_LOT} FROM lots_lot WHERE item_id = u.item OFFSET 0) l"
            " CROSS JOIN LATERAL (SELECT place_id, on_hand, reserved FROM ledger_balance"
            " WHERE lot_id = l.id AND own AND on_hand > 0 OFFSET 0) b",
            [sql.array(items)],
        )
    return sql.rows(
        f"SELECT {columns} FROM json_each(%s) u CROSS JOIN lots_lot l CROSS JOIN ledger_balance b"
        " WHERE l.item_id = u.value AND b.lot_id = l.id AND b.own AND b.on_hand > 0",
        [storage.to_json(items)],
    )


def _spots(keys: Sequence[int]) -> dict[int, Spot]:
    """Places and everything they stand in."""
    source = (
        "unnest(%s::bigint[]) u(id)" if sql.is_postgres() else "(SELECT value AS id FROM json_each(%s)) u"
    )
    found = sql.rows(
        "WITH RECURSIVE up(id, parent_id) AS ("
        f" SELECT p.id, p.parent_id FROM {source} JOIN places_place p ON p.id = u.id"
        " UNION SELECT p.id, p.parent_id FROM up JOIN places_place p ON p.id = up.parent_id)"
        " SELECT p.id, p.parent_id, p.code, p.kind, p.own, p.usable, p.is_active, p.time_zone"
        " FROM up JOIN places_place p ON p.id = up.id",
        [sql.array(keys) if sql.is_postgres() else storage.to_json(keys)],
    )
    return {
        row[0]: Spot(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5]), bool(row[6]), row[7])
        for row in found
    }


@dataclass(frozen=True, slots=True)
class Corner:
    """What counts of a place for the stock that stands there."""

    code: str
    usable: bool
    moving: frozenset[int]
    within: frozenset[int]

    @classmethod
    def at(cls, way: Sequence[Spot]) -> Corner:
        """The place that begins a way up."""
        transit = next((index for index, spot in enumerate(way) if spot.kind == "transit"), -1)
        return cls(
            way[0].code,
            all(spot.usable and spot.active for spot in way),
            frozenset(spot.id for spot in way[: transit + 1]),
            frozenset(spot.id for spot in way),
        )


def _stock(rows: Sequence[tuple[Any, ...]], floor: Floor, places: Collection[int]) -> dict[int, list[Stock]]:
    """The rows that stand at one of ``places`` or below it, by item."""
    found: dict[int, list[Stock]] = defaultdict(list)
    corners = {key: Corner.at(floor.way(key)) for key in {row[2] for row in rows}}
    for item, lot, place, on_hand, reserved, number, held, *days, since in rows:
        corner = corners[place]
        if corner.within.isdisjoint(places):
            continue
        expires_on, best_before_on, received_on = map(sql.to_date, days)
        found[item].append(
            Stock(
                lot, place, number, corner.code, on_hand, reserved, bool(held), corner.usable,
                corner.moving, expires_on, best_before_on, received_on, since, corner.within,
            )
        )  # fmt: skip
    return found
