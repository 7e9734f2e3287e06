"""Goods that stand where they came in, each with a place where it should go and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lotbook.foundation.catalog.rules import symbol
from lotbook.interfaces.station.jobs.floor import LINES_MAX, Floor
from lotbook.kernel.quantity import to_text
from lotbook.operations.production.models import Vessel
from lotbook.traceability.ledger import onsite
from lotbook.traceability.ledger.onsite import At, LotHere, Spot

Job = dict[str, Any]


@dataclass(slots=True)
class _Waiting:
    """What stands at a dock: goods of one lot, or a logistic unit with all that is in it."""

    unit: Spot | None
    rows: list[tuple[LotHere, At]] = field(default_factory=list)

    @property
    def lots(self) -> dict[UUID, LotHere]:
        """Its lots."""
        return {lot.uid: lot for lot, _ in self.rows}


def put_away(here: Floor, most: int) -> tuple[list[Job], int]:
    """A job for every dock where something stands: three statements. What is reserved waits for its truck."""
    docks = {spot.key for spot in here.docks}
    if not docks:
        return [], 0
    called = {spot.called: spot for spot in here.spots.values()}
    waiting: dict[int, dict[object, _Waiting]] = defaultdict(dict)
    spread = _Spread(here)
    for lot in onsite.stock(here.site.pk):
        for at in lot.at:
            spot = called[at.place]
            place = here.place_of(spot.key)
            if place is None or place.key not in docks:
                spread.add(lot, at, place)
            elif at.reserved < at.on_hand:
                unit = here.outermost(spot.key)
                one = waiting[place.key].setdefault(unit.key if unit else lot.uid, _Waiting(unit))
                one.rows.append((lot, at))
    jobs = [
        _job(dock, list(waiting[dock.key].values()), spread) for dock in here.docks if dock.key in waiting
    ]
    return jobs[:most], len(jobs)


def _job(dock: Spot, waiting: list[_Waiting], spread: _Spread) -> Job:
    shown = sorted(waiting, key=lambda one: (one.rows[0][0].item, one.rows[0][0].number))[:LINES_MAX]
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
    lot = one.rows[0][0]
    whole = len(one.lots) == 1
    total = sum(at.on_hand - (0 if one.unit else at.reserved) for _, at in one.rows)
    return {
        "lot": str(lot.uid) if whole else None,
        "sscc": one.unit.called if one.unit else None,
        "quantity": to_text(total, lot.scale) if whole else "1",
        "unit": symbol(lot.unit) if whole else "",
        "to": to,
        "why": why,
    }


class _Spread:
    """Where things stand at the site, to put more of them there; and what is still empty."""

    def __init__(self, here: Floor) -> None:
        self.here = here
        self.by_lot: dict[object, list[tuple[int, Spot]]] = defaultdict(list)
        self.by_item: dict[object, list[tuple[int, Spot]]] = defaultdict(list)
        self._empty: Iterator[Spot] | None = None

    def add(self, lot: LotHere, at: At, spot: Spot | None) -> None:
        """So much of a lot stands at a place that is no dock."""
        if spot is not None and spot.kind != "site" and self.here.usable(spot):
            self.by_lot[lot.uid].append((at.on_hand, spot))
            self.by_item[lot.item].append((at.on_hand, spot))

    def suggest(self, one: _Waiting) -> tuple[str, str]:
        """The code of a place and why it is the one; empty, with the reason, where none is."""
        if any(lot.holds for lot in one.lots.values()):
            apart = self._apart()
            return apart, "on hold: keep it apart" if apart else "on hold, and no place is kept for that"
        for known, keys, words in (
            (self.by_lot, set(one.lots), "more of this lot stands there"),
            (self.by_item, {lot.item for lot in one.lots.values()}, "the same item stands there"),
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
