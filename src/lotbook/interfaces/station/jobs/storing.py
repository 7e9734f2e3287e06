"""Goods that stand where they came in, each with a place where it should go and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lotbook.foundation.catalog.rules import symbol
from lotbook.interfaces.station.jobs.floor import LINES_MAX, Floor
from lotbook.kernel.quantity import to_text
from lotbook.operations.production.models import Vessel
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.onsite import Spot
from lotbook.traceability.ledger.queries import Free, Standing

Job = dict[str, Any]


@dataclass(slots=True)
class _Waiting:
    """What stands at a dock: goods of one lot, or a logistic unit with all that is in it."""

    unit: Spot | None
    rows: list[Standing] = field(default_factory=list)

    @property
    def lots(self) -> set[int]:
        """The keys of its lots."""
        return {row.lot for row in self.rows}


def put_away(here: Floor, most: int) -> tuple[list[Job], int]:
    """A job for every dock where something stands: four statements. What is reserved waits for its truck."""
    docks = here.docks
    if not docks:
        return [], 0
    keys = {spot.key for spot in docks}
    dock_of = {key: spot.key for key in here.spots if (spot := here.place_of(key)) and spot.key in keys}
    standing = [row for row in ledger.balances(places=sorted(dock_of)) if row.reserved < row.on_hand]
    waiting: dict[int, dict[tuple[str, int], _Waiting]] = defaultdict(dict)
    for row in standing:
        unit = here.outermost(row.place)
        at = ("unit", unit.key) if unit else ("lot", row.lot)
        waiting[dock_of[row.place]].setdefault(at, _Waiting(unit)).rows.append(row)
    stock = ledger.stock_of({row.item for row in standing}) if standing else []
    spread = _Spread(here, set(dock_of), stock)
    jobs = [_job(dock, list(waiting[dock.key].values()), spread) for dock in docks if waiting.get(dock.key)]
    return jobs[:most], len(jobs)


def _job(dock: Spot, waiting: list[_Waiting], spread: _Spread) -> Job:
    shown = sorted(waiting, key=lambda one: (one.rows[0].item_code, one.rows[0].number))[:LINES_MAX]
    return {
        "kind": "put_away",
        "id": str(dock.uid),
        "number": dock.code,
        "title": dock.name or dock.code,
        "due": None,
        "done": 0,
        "of": len(waiting),
        "place": dock.code,
        "lines": [_line(one, spread) for one in shown],
    }


def _line(one: _Waiting, spread: _Spread) -> dict[str, Any]:
    to, why = spread.suggest(one)
    row = one.rows[0]
    whole = len(one.lots) == 1
    total = sum(other.on_hand - (0 if one.unit else other.reserved) for other in one.rows)
    return {
        "lot": str(row.lot_uid) if whole else None,
        "sscc": one.unit.called if one.unit else None,
        "quantity": to_text(total, row.scale) if whole else "1",
        "unit": symbol(row.unit) if whole else "",
        "to": to,
        "why": why,
    }


class _Spread:
    """Where things stand at the site, to put more of them there; and what is still empty."""

    def __init__(self, here: Floor, docks: set[int], stock: Iterable[Free]) -> None:
        self.here = here
        self.by_lot: dict[int, list[tuple[int, Spot]]] = defaultdict(list)
        self.by_item: dict[int, list[tuple[int, Spot]]] = defaultdict(list)
        self.held: set[int] = set()
        for row in stock:
            if row.held:
                self.held.add(row.lot)
            spot = here.place_of(row.place)
            if spot is None or row.place in docks or not here.usable(spot) or spot.kind == "site":
                continue
            self.by_lot[row.lot].append((row.on_hand, spot))
            self.by_item[row.item].append((row.on_hand, spot))
        self._empty: Iterator[Spot] | None = None

    def suggest(self, one: _Waiting) -> tuple[str, str]:
        """The code of a place and why it is the one; empty, with the reason, where none is."""
        if one.lots & self.held:
            apart = self._apart()
            return apart, "on hold: keep it apart" if apart else "on hold, and no place is kept for that"
        for known, keys, words in (
            (self.by_lot, one.lots, "more of this lot stands there"),
            (self.by_item, {row.item for row in one.rows}, "the same item stands there"),
        ):
            there = [found for key in keys for found in known.get(key, ())]
            if there:
                return max(there, key=lambda found: (found[0], found[1].code))[1].code, words
        free = next(self._bins(), None)
        return (free.code, "empty") if free else ("", "no bin is empty: choose a place")

    def _apart(self) -> str:
        spots = self.here.spots.values()
        kept = [spot for spot in spots if spot.kind in ("area", "bin") and spot.active and not spot.usable]
        return min((spot.code for spot in kept), default="")

    def _bins(self) -> Iterator[Spot]:
        """Bins in which nothing stands, in walking order; each is suggested once. One statement."""
        if self._empty is None:
            vessels = set(Vessel.objects.values_list("place_id", flat=True))
            full = {spot.parent for spot in self.here.spots.values() if spot.stocked and spot.kind == "unit"}
            walk = self.here.walk
            free = [
                spot
                for key, spot in self.here.spots.items()
                if spot.kind == "bin"
                and not spot.stocked
                and key not in full
                and key not in vessels
                and self.here.usable(spot)
            ]
            self._empty = iter(sorted(free, key=lambda spot: walk.get(spot.key, 0)))
        return self._empty
