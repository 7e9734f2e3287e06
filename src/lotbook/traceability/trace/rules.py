"""The shape of a trace's question and answer, and when a thing was inside a logistic unit.

Pure: no ORM, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

Direction = Literal["back", "forward", "both"]
DIRECTIONS = ("back", "forward", "both")

ALWAYS = datetime.min.replace(tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)

Interval = tuple[datetime, datetime]
"""From and until, both inclusive: what happens at the very moment of packing counts as inside."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is traced: a lot or serial (``lot``), a logistic unit (``unit``), or a thing that is both."""

    lot: int | None = None
    unit: int | None = None
    item: str = ""
    item_name: str = ""
    number: str = ""
    uri: str = ""
    uid: str = ""
    expires_on: date | None = None
    where: str = ""

    @property
    def kind(self) -> str:
        """``lot`` or ``logistic unit``."""
        return "lot" if self.lot is not None else "logistic unit"


@dataclass(slots=True)
class TracedLot:
    """A lot on one side of a trace.

    ``depth`` counts runs from the subject. ``quantity`` is, for an ancestor, how much of it went into
    runs on the way to the subject; for a descendant, how much of it those runs made; for the contents of
    a traced logistic unit (depth 0), how much was packed. None where nobody said.
    """

    id: int
    uid: str
    item: str
    item_name: str
    lot: str
    kind: int
    uri: str
    side: str
    depth: int
    quantity: int | None
    unit: str
    scale: int
    expires_on: date | None = None
    held: int = 0


@dataclass(slots=True)
class TracedUnit:
    """A logistic unit that contained what was traced."""

    id: int
    uid: str
    code: str
    sscc: str
    uri: str
    lots: int = 0


@dataclass(slots=True)
class TracedEvent:
    """An event on a side of a trace; ``id`` is the EPCIS eventID where it came from elsewhere."""

    sequence: int
    uid: str
    id: str
    kind: str
    occurred_at: datetime
    place: str
    document: str = ""


@dataclass(slots=True)
class TracedPartner:
    """A supplier or customer, how many of the traced lots it gave or got, and how much in which unit."""

    id: int
    name: str
    lots: int
    quantities: list[tuple[str, int, int]] = field(default_factory=list)
    """Unit, quantity in smallest units, scale."""


@dataclass(slots=True)
class Trace:
    """The answer, as of ledger sequence ``as_of``: repeat it there and it is the same."""

    as_of: int
    subject: Subject
    direction: str
    lots: list[TracedLot] = field(default_factory=list)
    units: list[TracedUnit] = field(default_factory=list)
    events: list[TracedEvent] = field(default_factory=list)
    suppliers: list[TracedPartner] = field(default_factory=list)
    customers: list[TracedPartner] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    """Genealogy edges between nodes (2 * lot, 2 * run + 1) on the way."""


@dataclass(slots=True)
class Side:
    """Everything reachable on one side: nodes, and the units that contained its lots."""

    forward: bool
    as_of: int
    seeds: list[int]
    nodes: set[int] = field(default_factory=set)
    extra: list[int] = field(default_factory=list)
    bridges: list[tuple[int, int]] = field(default_factory=list)
    containers: dict[int, list[Interval]] = field(default_factory=dict)
    edges: list[tuple[int, int]] | None = None
    """Its links and bridges as (source, target), once they were read."""

    @property
    def lots(self) -> list[int]:
        """The lots of it, the subject's included."""
        return sorted(node // 2 for node in self.nodes if node % 2 == 0)

    @property
    def places(self) -> list[int]:
        """The runs of it, and the logistic units that went into or came out of runs."""
        return sorted(node // 2 for node in self.nodes if node % 2)


@dataclass(frozen=True, slots=True)
class Packed:
    """One fact about a unit and one thing: put in (+1) or taken out (-1), so much, then."""

    at: datetime
    sequence: int
    action: int
    quantity: int | None


def contained(
    facts: Iterable[Packed], emptied: Iterable[Packed] = (), *, known_since_ever: bool
) -> list[Interval]:
    """When the thing was in the unit, from what is known of its comings and goings.

    Taking out without a quantity, or all that is known to be in, ends the stay. Taking out what nobody
    saw going in means it was in before: for a unit whose code is used once (``known_since_ever``) from
    the beginning, for a reusable one only at that moment. That the whole unit was ``emptied`` ends a stay,
    and says nothing of what was not in it.

    >>> t = [datetime(2027, 1, d, tzinfo=UTC) for d in (1, 2)]
    >>> contained([Packed(t[0], 1, 1, 5), Packed(t[1], 2, -1, None)], known_since_ever=True) == [(t[0], t[1])]
    True
    """
    intervals: list[Interval] = []
    start: datetime | None = None
    inside: int | None = 0
    ends = set(emptied)
    for fact in sorted([*facts, *ends], key=lambda fact: (fact.at, fact.sequence)):
        if fact in ends and start is None:
            continue
        if fact.action > 0:
            start = fact.at if start is None else start
            inside = None if inside is None or fact.quantity is None else inside + fact.quantity
        elif start is None:
            intervals.append((ALWAYS if known_since_ever and not intervals else fact.at, fact.at))
        else:
            inside = None if inside is None or fact.quantity is None else inside - fact.quantity
            if fact.quantity is None or (inside is not None and inside <= 0):
                intervals.append((start, fact.at))
                start, inside = None, 0
    if start is not None:
        intervals.append((start, FOREVER))
    return intervals


def overlap(ours: Sequence[Interval], theirs: Sequence[Interval]) -> list[Interval]:
    """When both hold."""
    return merged([(max(a, c), min(b, d)) for a, b in ours for c, d in theirs if max(a, c) <= min(b, d)])


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same times, without overlaps, in order."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def within(moment: datetime, intervals: Iterable[Interval]) -> bool:
    """Whether ``moment`` lies in one of them."""
    return any(start <= moment <= end for start, end in intervals)
