"""What happened, as plain entries in the order it happened: the demo's days before they are in a book.

Places are named by their codes, runs by their numbers, logistic units by their SSCC, and partners by
``@`` and their code. Quantities are integers of the item's smallest unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from lotbook.config.demo.goods import BY_CODE
from lotbook.kernel.ids import uid_at
from lotbook.traceability.lots.rules import expired

LOSS = "LOSS"
DIFFERENCE = "DIFFERENCE"

LotName = tuple[str, str]
"""Item code and lot number."""


@dataclass(frozen=True, slots=True)
class Line:
    """So much of a lot from one place to another."""

    good: str
    lot: str
    source: str
    destination: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What a lot is told about itself when it is made; ``supplier`` is a partner's code."""

    supplier: str = ""
    supplier_lot: str = ""
    origin_country: str = ""
    received_on: date | None = None
    harvested_on: date | None = None
    produced_on: date | None = None
    expires_on: date | None = None

    def told(self) -> dict[str, Any]:
        """The facts that are known."""
        return {
            name: value
            for name in self.__dataclass_fields__
            if (value := getattr(self, name)) not in ("", None)
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to be.

    ``unit_to``: the logistic unit moved, and the place it was moved to. ``stemming``: the holds after the
    first stem from it.
    """

    kind: str
    at: datetime
    actor: str
    uid: UUID
    place: str = ""
    lines: tuple[Line, ...] = ()
    document: tuple[str, str] = ("", "")
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    holds: tuple[tuple[LotName, str], ...] = ()
    stemming: bool = False
    releases: tuple[LotName, ...] = ()
    concerned: tuple[LotName, ...] = ()
    unit_to: tuple[str, str] | None = None
    override: str = ""
    reverses: UUID | None = None
    device: str = ""


@dataclass(slots=True)
class Run:
    """A run of production; open while ``closed_at`` is None."""

    number: str
    good: str
    site: str
    opened_at: datetime
    opened_by: str
    planned: int
    closed_at: datetime | None = None
    difference: str = ""
    used: dict[LotName, int] = field(default_factory=lambda: defaultdict(int))
    made: dict[LotName, int] = field(default_factory=lambda: defaultdict(int))
    lost: dict[LotName, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class Found:
    """A lot standing somewhere."""

    good: str
    lot: str
    place: str
    quantity: int


class Mistake(AssertionError):
    """The story contradicts itself: more was taken than there was."""


class Diary:
    """The entries so far, and the stock that follows from them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.facts: dict[LotName, Facts] = {}
        self.runs: dict[str, Run] = {}
        self.units: list[str] = []
        self.held: dict[LotName, set[str]] = defaultdict(set)
        self.stock: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        """Item → (lot, place) → quantity."""
        self._parents: dict[LotName, set[LotName]] = defaultdict(set)
        self._count = 0

    # -- writing -------------------------------------------------------------------------------------

    def write(self, kind: str, at: datetime, actor: str, **more: Any) -> Entry:
        """Note an event; its id follows from its time and its place in the row."""
        self._count += 1
        if self.entries and at < self.entries[-1].at:
            raise Mistake(f"{kind} at {at} would stand before {self.entries[-1].at}")
        more["lines"] = tuple(more.get("lines", ()))
        entry = Entry(kind, at, f"user:{actor}", uid_at(at, f"demo event {self._count}"), **more)
        for line in entry.lines:
            self._apply(line, kind, inward=True)
        for lot, hold in entry.holds:
            self.held[lot].add(hold)
        for lot in entry.releases:
            self.held.pop(lot, None)
        self.entries.append(entry)
        return entry

    def take_back(self, entry: Entry, at: datetime, actor: str, reason: str) -> Entry:
        """Reverse an event."""
        made = self.write("reverse", at, actor, reverses=entry.uid, reason=reason, place=entry.place)
        for line in entry.lines:
            back = Line(line.good, line.lot, line.destination, line.source, line.quantity)
            self._apply(back, "reverse", inward=False)
        return made

    def tell(self, good: str, lot: str, facts: Facts) -> None:
        """Say what a lot is, before the event that makes it."""
        self.facts.setdefault((good, lot), facts)

    def _apply(self, line: Line, kind: str, *, inward: bool) -> None:
        there = self.stock[line.good]
        name = (line.good, line.lot)
        if _own(line.source):
            key = (line.lot, line.source)
            left = there.get(key, 0) - line.quantity
            if left < 0 or line.quantity <= 0:
                raise Mistake(f"{kind}: {line} but there is {there.get(key, 0)}")
            if left:
                there[key] = left
            else:
                del there[key]
        if _own(line.destination):
            key = (line.lot, line.destination)
            there[key] = there.get(key, 0) + line.quantity
        if inward:
            self._in_run(line, name)

    def _in_run(self, line: Line, name: LotName) -> None:
        if line.destination in self.runs:
            self.runs[line.destination].used[name] += line.quantity
        elif line.source in self.runs:
            run = self.runs[line.source]
            if line.destination == LOSS:
                run.lost[name] += line.quantity
            else:
                run.made[name] += line.quantity
                # What went in later does not taint what came out before.
                self._parents[name] |= set(run.used)
                if any(self.held.get(one) for one in run.used):
                    self.held[name].add("inherited")

    # -- reading -------------------------------------------------------------------------------------

    def find(self, good: str, within: str = "") -> list[Found]:
        """Where an item stands, the first to expire first; ``within`` is how the place's code begins."""
        found = [
            Found(good, lot, place, quantity)
            for (lot, place), quantity in self.stock[good].items()
            if place.startswith(within)
        ]
        return sorted(found, key=lambda one: (self.expiry(good, one.lot) or date.max, one.lot, one.place))

    def expiry(self, good: str, lot: str) -> date | None:
        """When a lot expires."""
        facts = self.facts.get((good, lot))
        return facts.expires_on if facts else None

    def free(self, one: Found, day: date) -> bool:
        """Whether a lot may be used on ``day``."""
        ends = self.expiry(one.good, one.lot)
        usable = not one.place.endswith("QUAR") and one.place != "TRUCK"
        return usable and not self.held.get((one.good, one.lot)) and not (ends and expired(ends, day))

    def on_hand(self, good: str, within: str, day: date) -> int:
        """How much of an item may be used on ``day``."""
        return sum(one.quantity for one in self.find(good, within) if self.free(one, day))

    def pick(self, good: str, quantity: int, within: str, day: date) -> list[Found]:
        """What to take: the first to expire first, at most ``quantity``; less where there is less."""
        picked: list[Found] = []
        for one in self.find(good, within):
            if quantity <= 0:
                break
            if self.free(one, day):
                part = min(quantity, one.quantity)
                picked.append(Found(good, one.lot, one.place, part))
                quantity -= part
        return picked

    def descendants(self, lots: Iterable[LotName]) -> list[LotName]:
        """Everything made from some lots, themselves included, in the order it was made."""
        tainted = set(lots)
        for name, parents in self._parents.items():
            if parents & tainted:
                tainted.add(name)
        # One pass is enough for lots made once; rework that is topped up needs the rest.
        while grown := {n for n, p in self._parents.items() if p & tainted} - tainted:
            tainted |= grown
        return [name for name in self.facts if name in tainted]


def _own(place: str) -> bool:
    return place[0] != "@" and place not in (LOSS, DIFFERENCE) and not place.startswith("RUN-")


def moved(found: Sequence[Found], destination: str) -> list[Line]:
    """Lines that take what was picked somewhere."""
    return [Line(one.good, one.lot, one.place, destination, one.quantity) for one in found]


def shelf_end(good: str, made_on: date) -> date | None:
    """When a lot made on a day expires by the item's shelf life."""
    days = BY_CODE[good].shelf
    return None if days is None else made_on + timedelta(days=days)
