"""What was in which logistic unit when, read from packings: nested units and all.

Reversed events do not count. Facts are read up to the sequence asked for and ordered by the time they
claim, so that a late or backdated event falls into its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from lotbook.kernel import sql
from lotbook.traceability.trace import engine, history
from lotbook.traceability.trace.rules import ALWAYS, FOREVER, Interval, Packed, contained, merged, overlap

Thing = tuple[str, int]
"""("lot", key) or ("unit", key)."""

STANDING = "('site', 'area', 'bin', 'transit')"
"""Where a unit stands is no container: what stands in one store has nothing to do with each other."""

_COLUMNS = "p.unit_id, p.lot_id, p.child_id, p.action, p.quantity, p.occurred_at, p.event_id"
_NOT_REVERSED = (
    "NOT EXISTS (SELECT 1 FROM ledger_event r WHERE r.reverses_id = p.event_id AND r.sequence <= %s)"
)


def any_packings() -> bool:
    """Whether the book knows of anything in any logistic unit at all."""
    return bool(sql.rows("SELECT 1 FROM ledger_packing LIMIT 1"))


class Stays:
    """Containment as of a sequence; reads the facts it is asked for and remembers them."""

    def __init__(self, as_of: int) -> None:
        self.as_of = as_of
        self._of_unit: dict[int, dict[Thing, list[Packed]]] = {}
        self._emptied: dict[int, list[Packed]] = {}
        self._single_use: dict[int, bool] = {}

    def containers(self, things: Mapping[Thing, list[Interval]]) -> dict[int, list[Interval]]:
        """Every unit that contained one of ``things`` during the times given, at any level: when it did."""
        found: dict[int, list[Interval]] = {}
        waiting = dict(things)
        while waiting:
            units = self._units_with(waiting)
            self._read(units)
            grown: dict[Thing, list[Interval]] = {}
            for unit in units:
                times = merged(
                    interval
                    for thing, when in waiting.items()
                    for interval in overlap(self.stays(unit, thing), when)
                )
                known = found.get(unit, [])
                both = merged([*known, *times])
                if both != known:
                    found[unit] = both
                    grown["unit", unit] = both
            # A unit that is goods itself was packed into the next one under its other name.
            for unit, lot in history.lots_of_twins([unit for _, unit in grown]).items():
                grown["lot", lot] = grown["unit", unit]
            waiting = grown
        return found

    def contents(self, units: Mapping[int, list[Interval]]) -> dict[Thing, list[Interval]]:
        """Everything that was in ``units`` during the times given, at any level: when it was."""
        found: dict[Thing, list[Interval]] = {}
        waiting = dict(units)
        while waiting:
            self._read(waiting)
            grown: dict[int, list[Interval]] = {}
            lots: dict[int, list[Interval]] = {}
            for unit, when in waiting.items():
                for thing in self._of_unit[unit]:
                    times = overlap(self.stays(unit, thing), when)
                    known = found.get(thing, [])
                    both = merged([*known, *times])
                    if both != known:
                        found[thing] = both
                        (grown if thing[0] == "unit" else lots)[thing[1]] = both
            for lot, unit in history.twins(lots).items():
                grown[unit] = merged([*grown.get(unit, []), *lots[lot]])
            waiting = grown
        return found

    def stays(self, unit: int, thing: Thing) -> list[Interval]:
        """When ``thing`` was in ``unit`` itself."""
        facts = self._of_unit.get(unit, {}).get(thing)
        if not facts:
            return []
        known_since_ever = self._single_use.get(unit, False)
        return contained(facts, self._emptied.get(unit, []), known_since_ever=known_since_ever)

    def packed(self, unit: int, thing: Thing) -> int | None:
        """How much of ``thing`` was put into ``unit`` in all; None where nobody said."""
        facts = self._of_unit.get(unit, {}).get(thing, [])
        # A quantity of nothing says that it was seen inside, not that it was put in.
        quantities = [fact.quantity for fact in facts if fact.action > 0 and fact.quantity != 0]
        known = [quantity for quantity in quantities if quantity is not None]
        return sum(known) if known and len(known) == len(quantities) else None

    def _units_with(self, things: Iterable[Thing]) -> set[int]:
        lots = [key for kind, key in things if kind == "lot"]
        units = [key for kind, key in things if kind == "unit"]
        found: set[int] = set()
        for column, wanted in (("lot_id", lots), ("child_id", units)):
            if wanted:
                found |= {
                    row[0]
                    for row in sql.rows(
                        f"SELECT DISTINCT p.unit_id FROM {engine.listed()} k JOIN ledger_packing p"
                        f" ON p.{column} = k.key JOIN places_place u ON u.id = p.unit_id"
                        f" AND u.kind NOT IN {STANDING} WHERE p.event_id <= %s",
                        [engine.keys(wanted), self.as_of],
                    )
                }
        return found

    def _read(self, units: Iterable[int]) -> None:
        wanted = [unit for unit in units if unit not in self._of_unit]
        if not wanted:
            return
        for unit in wanted:
            self._of_unit[unit] = defaultdict(list)
            self._emptied[unit] = []
        for unit, lot, child, action, quantity, at, sequence in sql.rows(
            f"SELECT {_COLUMNS} FROM {engine.listed()} k JOIN ledger_packing p ON p.unit_id = k.key"
            f" WHERE p.event_id <= %s AND {_NOT_REVERSED}",
            [engine.keys(wanted), self.as_of, self.as_of],
        ):
            fact = Packed(sql.to_moment(at), sequence, action, quantity)
            if lot is not None:
                self._of_unit[unit]["lot", lot].append(fact)
            elif child is not None:
                self._of_unit[unit]["unit", child].append(fact)
            else:
                self._emptied[unit].append(fact)
        for unit, sscc in sql.rows(
            f"SELECT p.id, p.sscc FROM {engine.listed()} k JOIN places_place p ON p.id = k.key",
            [engine.keys(wanted)],
        ):
            self._single_use[unit] = bool(sscc)


def at(moment: datetime) -> list[Interval]:
    """That one moment, as times."""
    return [(moment, moment)]


def always() -> list[Interval]:
    """All times."""
    return [(ALWAYS, FOREVER)]
