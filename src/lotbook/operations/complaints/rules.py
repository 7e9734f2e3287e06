"""When several complaints are one story, and which lots a complaint may be about. Pure: no clock.

>>> at = datetime(2027, 3, 1)
>>> reports = [Report(n, at + timedelta(days=n), item=7, lot=lot) for n, lot in ((1, 40), (2, 40), (3, 41))]
>>> [(one.kind, one.lot, one.members) for one in clusters(reports)]
[('lot', 40, (1, 2))]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

SAME_LOT_MIN, SAME_LOT_DAYS = 2, 30
"""Two complaints about one lot within 30 days are a cluster, whatever they say."""

SAME_SYMPTOM_MIN, SAME_SYMPTOM_DAYS = 3, 14
"""Three complaints of one symptom about one item within 14 days are a cluster, whichever their lots."""

LOOK_BACK = timedelta(days=90)
"""So far back clusters are looked for: what is older is history, not a warning."""

FRAGMENT_MIN = 3
"""Fewer characters of a lot number say nothing."""

GRAVE = frozenset({"illness", "foreign_body", "allergen"})
"""Symptoms that are never minor by themselves."""

_ALIKE = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "B": "8", "S": "5", "Z": "2"})


@dataclass(frozen=True, slots=True)
class Report:
    """A complaint as the early warning sees it: ``key`` names it, ``symptoms`` are its codes."""

    key: int
    at: datetime
    item: int | None = None
    lot: int | None = None
    symptoms: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Complaints that are likely one story: of one ``lot``, or of one ``item`` and ``symptom``.

    ``kind`` is ``lot`` or ``symptom``; ``members`` are the keys of the complaints, the earliest first.
    """

    kind: str
    item: int | None
    lot: int | None
    symptom: str
    members: tuple[int, ...]
    first_at: datetime
    last_at: datetime


def clusters(reports: Iterable[Report]) -> list[Cluster]:
    """Every cluster among ``reports``, the latest first; windows that overlap are one cluster."""
    by_lot: dict[int, list[Report]] = defaultdict(list)
    by_symptom: dict[tuple[int, str], list[Report]] = defaultdict(list)
    for report in reports:
        if report.lot is not None:
            by_lot[report.lot].append(report)
        for symptom in report.symptoms if report.item is not None else ():
            by_symptom[report.item or 0, symptom].append(report)
    found = [
        _cluster("lot", near[0].item, lot, "", near)
        for lot, many in by_lot.items()
        for near in _together(many, SAME_LOT_MIN, timedelta(days=SAME_LOT_DAYS))
    ]
    found += [
        _cluster("symptom", item, None, symptom, near)
        for (item, symptom), many in by_symptom.items()
        for near in _together(many, SAME_SYMPTOM_MIN, timedelta(days=SAME_SYMPTOM_DAYS))
    ]
    return sorted(found, key=lambda one: (one.last_at, one.kind, one.members), reverse=True)


def _cluster(kind: str, item: int | None, lot: int | None, symptom: str, near: Sequence[Report]) -> Cluster:
    members = tuple(report.key for report in near)
    return Cluster(kind, item, lot, symptom, members, near[0].at, near[-1].at)


def _together(reports: Iterable[Report], least: int, within: timedelta) -> Iterator[list[Report]]:
    """Runs of reports in which every one lies with ``least`` - 1 others inside a window of ``within``."""
    ordered = sorted(reports, key=lambda report: (report.at, report.key))
    near: list[Report] = []
    end = -1
    for start in range(len(ordered) - least + 1):
        if ordered[start + least - 1].at - ordered[start].at > within:
            continue
        if start > end and near:
            yield near
            near = []
        near += ordered[max(start, end + 1) : start + least]
        end = start + least - 1
    if near:
        yield near


def usual_severity(harm: str, symptoms: Iterable[str]) -> str:
    """How grave a complaint is taken until somebody says otherwise.

    >>> usual_severity("no", ["taste"]), usual_severity("no", ["allergen"]), usual_severity("yes", ["other"])
    ('minor', 'major', 'critical')
    """
    if harm == "yes":
        return "critical"
    return "major" if harm == "suspected" or GRAVE & set(symptoms) else "minor"


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach whoever complained; never repeated outside the complaint's contact."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return not (self.name or self.phone or self.email or self.address)


# -- which lot --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody could read on the pack, and what else is known."""

    text: str = ""
    best_before_on: date | None = None

    @property
    def says_something(self) -> bool:
        """Whether lots can be told apart by it."""
        return self.best_before_on is not None or len(plain(self.text)) >= FRAGMENT_MIN


@dataclass(frozen=True, slots=True)
class Possible:
    """A lot that may be meant. ``delivered``: the customer who complains, or sold it on, got some of it."""

    key: int
    number: str
    supplier_lot: str
    dates: tuple[date | None, ...]
    delivered: bool


def why(seen: Seen, lot: Possible) -> tuple[str, ...]:
    """What speaks for a lot: ``number``, ``date``, ``delivered``; () when nothing read on the pack does."""
    said = []
    if reads_like(seen.text, lot.number) or reads_like(seen.text, lot.supplier_lot):
        said.append("number")
    if seen.best_before_on is not None and seen.best_before_on in lot.dates:
        said.append("date")
    if said and lot.delivered:
        said.append("delivered")
    return tuple(said)


def ranked(seen: Seen, lots: Iterable[Possible]) -> list[tuple[Possible, tuple[str, ...]]]:
    """The lots that something speaks for, those that most speaks for first."""
    judged = [(lot, reasons) for lot in lots if (reasons := why(seen, lot))]
    return sorted(judged, key=lambda pair: (-len(pair[1]), "delivered" not in pair[1], -pair[0].key))


def plain(text: str) -> str:
    """Letters and digits only, in capitals, with look-alikes as one: ``L-2O4`` reads like ``1204``."""
    return "".join(sign for sign in text.upper() if sign.isalnum()).translate(_ALIKE)


def reads_like(text: str, number: str) -> bool:
    """Whether ``text``, as far as it could be read, is part of ``number``; too little of it is nothing.

    >>> (
    ...     reads_like("..R-2630", "ARR-26304"),
    ...     reads_like("AR", "ARR-26304"),
    ...     reads_like("arr 263O4", "ARR-26304"),
    ... )
    (True, False, True)
    """
    wanted = plain(text)
    return len(wanted) >= FRAGMENT_MIN and wanted in plain(number)
