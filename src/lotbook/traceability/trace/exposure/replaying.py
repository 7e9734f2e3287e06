"""Shares by replay: movements applied in the order in which they claim to have happened. Pure.

Every lot at a place, and every run, is a vessel that is always perfectly mixed: what leaves it carries the
share of that moment, so that a late input taints nothing that left before. Quantities and masses are whole
numbers; what of them stems from the suspects is a float, for a fraction's digits would double at each step.

Times that contradict (more leaves a place than had come) and what nobody measured get the share that
reachability gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple


class Act(IntEnum):
    """What a movement does, in the order in which those of one event are applied."""

    USE = 0
    """Out of a place into an affected run."""
    HINT = 1
    """Into an affected run without a quantity: ``share`` of ``lot`` is somewhere in it."""
    UNUSE = 2
    """Back out of a run as it went in."""
    MAKE = 3
    """Out of a run as what it made."""
    SUPPLY = 4
    """From a partner: what he has of it goes first, the rest is new, and clean."""
    MOVE = 5
    """From a place to a place."""
    SPILL = 6
    """Out of a run, lost."""


class Step(NamedTuple):
    """One movement. ``mass`` is a whole number in one unit for all steps; None where the item has no weight.

    ``crossing`` as the ledger has it: 2 and 3 to a partner, 4 back from him.
    """

    act: int
    lot: int
    source: int
    destination: int
    quantity: int
    mass: int | None
    crossing: int = 0


@dataclass(slots=True)
class Vessel:
    """A run: what is in it, how much of it is suspect, and the least share of what leaves it."""

    mass: int = 0
    suspect: float = 0.0
    last: float | None = None
    floor: float = 0.0
    fed: bool = False
    """Something went in, be it without weight."""
    parts: dict[int, list[float]] = field(default_factory=dict)
    """What went in of each lot, and how much of it suspect: for what comes back unused."""


@dataclass(slots=True)
class Replay:
    """What the replay found: ``made`` and ``suspect`` by lot; ``got`` by lot and partner's place.

    ``got`` is [to the partner, of it suspect, back from the partner, of it suspect].
    """

    made: dict[int, int] = field(default_factory=dict)
    suspect: dict[int, float] = field(default_factory=dict)
    got: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    contradictions: int = 0
    """How often more left a place than had come."""

    def share(self, lot: int) -> float | None:
        """Which share of all that came of the lot is suspect; None where nothing measured came."""
        made = self.made.get(lot, 0)
        return min(self.suspect.get(lot, 0.0) / made, 1.0) if made else None


def replay(
    steps: Iterable[Step],
    *,
    suspects: frozenset[int],
    reach: Mapping[int, float],
    runs: Mapping[int, float],
    floors: Mapping[int, float],
    told: frozenset[int] = frozenset(),
    number: Callable[[float], float] = float,
) -> Replay:
    """Apply ``steps`` in their order.

    ``reach`` and ``runs`` are the shares of lots and runs by reachability, 0 where they have none;
    ``floors`` the least shares of runs from the beginning. Of ``told`` lots others told the making, so
    that what is received of them is not new. ``number`` makes the numbers of shares (tests: Fraction).
    """
    found, book, zero, one = Replay(), _Book(suspects, reach, told, number), number(0), number(1)
    vessels = {run: Vessel(suspect=zero, floor=number(floor)) for run, floor in floors.items()}

    def vessel(run: int) -> Vessel:
        if run not in vessels:
            vessels[run] = Vessel(suspect=zero, floor=zero)
        return vessels[run]

    for act, lot, source, destination, quantity, mass, crossing in steps:
        if act == Act.USE:
            taken = book.take(lot, source, quantity)
            _fill(vessel(destination), lot, quantity, mass, taken)
        elif act == Act.HINT:
            run = vessel(destination)
            run.floor, run.fed = max(run.floor, one if lot in suspects else number(reach.get(lot, 0))), True
        elif act == Act.UNUSE:
            back = _unfill(vessel(source), lot, quantity, mass, number(reach.get(lot, 0)))
            book.put(lot, destination, quantity, back)
        elif act == Act.MAKE:
            share = _drain(vessel(source), mass, runs.get(source), zero) if source in runs else zero
            share = one if lot in suspects else share
            book.put(lot, destination, quantity, share * quantity)
            found.made[lot] = found.made.get(lot, 0) + quantity
            found.suspect[lot] = found.suspect.get(lot, zero) + share * quantity
        elif act == Act.SPILL:
            _drain(vessel(source), mass, runs.get(source), zero)
        else:
            taken = book.take(lot, source, quantity, fresh=act == Act.SUPPLY)
            book.put(lot, destination, quantity, taken)
            _count(found, Step(act, lot, source, destination, quantity, mass, crossing), taken, zero)
    found.contradictions = book.contradictions
    return found


def _count(found: Replay, step: Step, taken: float, zero: float) -> None:
    if step.act == Act.SUPPLY:
        found.made[step.lot] = found.made.get(step.lot, 0) + step.quantity
        found.suspect[step.lot] = found.suspect.get(step.lot, zero) + taken
    elif step.crossing in (2, 3, 4):
        back = step.crossing == 4
        partner = step.source if back else step.destination
        sums = found.got.setdefault((step.lot, partner), [0, zero, 0, zero])
        sums[2 * back] += step.quantity
        sums[2 * back + 1] += taken


class _Book:
    """How much of each lot is at each place, and how much of that is suspect."""

    def __init__(
        self,
        suspects: frozenset[int],
        reach: Mapping[int, float],
        told: frozenset[int],
        number: Callable[[float], float],
    ) -> None:
        self.suspects, self.reach, self.told, self.number = suspects, reach, told, number
        self.accounts: dict[tuple[int, int], list[float]] = {}
        self.contradictions = 0

    def take(self, lot: int, place: int, quantity: int, *, fresh: bool = False) -> float:
        """Take so much away; gives how much of it is suspect. ``fresh``: what is not there is new."""
        if lot in self.suspects:
            return self.number(quantity)
        share = self.reach.get(lot)
        if share is None:
            return self.number(0)
        account = self.accounts.get((lot, place))
        have, suspect = account or (0, self.number(0))
        if account and have >= quantity:
            taken = suspect if have == quantity else suspect * quantity / have
            account[0], account[1] = have - quantity, suspect - taken
            return taken
        there = max(have, 0)
        missing = quantity - there
        if fresh and lot not in self.told:
            self.accounts.pop((lot, place), None)
            return suspect
        self.contradictions += not fresh
        # What left before it came: when it comes, that much of it is gone already.
        self.accounts[lot, place] = [have - quantity, self.number(0)]
        return suspect + share * missing

    def put(self, lot: int, place: int, quantity: int, suspect: float) -> None:
        """Add so much, of which so much is suspect."""
        if lot in self.suspects or lot not in self.reach:
            return
        account = self.accounts.setdefault((lot, place), [0, self.number(0)])
        if account[0] < 0:
            gone = min(quantity, int(-account[0]))
            suspect = suspect * (quantity - gone) / quantity
        account[0] += quantity
        account[1] += suspect


def _fill(vessel: Vessel, lot: int, quantity: int, mass: int | None, taken: float) -> None:
    """Put so much of a lot into a run, ``taken`` of it suspect (in the lot's unit)."""
    vessel.fed = True
    part = vessel.parts.setdefault(lot, [0, taken * 0])
    part[0] += quantity
    part[1] += taken
    if mass is None:
        vessel.floor = max(vessel.floor, taken / quantity)
        return
    vessel.mass += mass
    vessel.suspect += taken * mass / quantity


def _unfill(vessel: Vessel, lot: int, quantity: int, mass: int | None, reach: float) -> float:
    """Take some of a lot out of a run as it went in; gives how much of it is suspect.

    Where none of it had gone in by then, what else is in the run stays as it is.
    """
    zero = reach * 0
    went, suspect = vessel.parts.get(lot, (0, zero))
    share = suspect / went if went else reach
    if mass is not None and went:
        left = vessel.mass - min(mass, vessel.mass)
        vessel.suspect = min(max(vessel.suspect - share * mass, zero), zero + left)
        vessel.mass = left
    return share * quantity


def _drain(vessel: Vessel, mass: int | None, reach: float | None, zero: float) -> float:
    """Take so much out of a run; gives the share of it that is suspect."""
    if vessel.mass > 0:
        share = vessel.last = vessel.suspect / vessel.mass
        taken = min(mass or 0, vessel.mass)
        vessel.suspect = vessel.suspect * (vessel.mass - taken) / vessel.mass
        vessel.mass -= taken
    elif vessel.last is not None:
        share = vessel.last
    else:
        # Nothing with a weight went in so far: what did counts by its floor, and nothing at all is late.
        share = zero if vessel.fed else zero + (reach or 0)
    return max(share, vessel.floor)
