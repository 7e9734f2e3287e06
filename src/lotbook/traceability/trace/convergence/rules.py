"""Hits against expected hits: the shape of the answer, and how it is judged.

Pure: no ORM, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

LOTS_MAX = 1_000
"""Most complaint lots, and most control lots, of one question."""
CONTROLS_PER_LOT = 2
CONTROLS_LEAST = 20
"""So many comparable lots are taken where nobody names any."""
GROUPS_MAX = 100
"""Groups of causes that are judged and told; the others explain fewer complaints."""
FEW_LOTS = 5
SURE, LIKELY = 0.01, 0.05

KINDS = ("lot", "unit", "run", "equipment", "place", "supplier", "time")
"""Kinds of causes, the most specific first."""
KIND_WORDS = {
    "lot": "Lot",
    "unit": "Logistic unit",
    "run": "Run",
    "equipment": "Equipment",
    "place": "Place",
    "supplier": "Supplier",
    "time": "Place and week",
}
VERDICTS = {
    "sure": "far more than chance",
    "likely": "worth a look",
    "chance": "no more than chance may do",
}


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot of the question: a complaint lot or a control."""

    id: int
    uid: str
    item: str
    item_name: str
    number: str
    item_id: int = 0


@dataclass(frozen=True, slots=True)
class Cause:
    """A thing the complaint lots may have in common.

    ``key`` names it for a link: the uid of a lot, run, unit, place or partner; equipment by its name; a time
    is ``place or partner uid@Monday``. ``steps`` is how many runs it is from the nearest complaint lot.
    """

    kind: str
    key: str
    label: str
    detail: str = ""
    steps: int = 0
    uid: str = ""
    page: str = ""
    """What kind of page tells more: ``lot``, ``run``, ``unit`` (any place) or ``supplier``; empty: none."""

    @property
    def name(self) -> str:
        """The cause in one text, as addresses and programs name it."""
        return f"{self.kind}:{self.key}"


@dataclass(slots=True)
class Group:
    """Causes that the very same lots descend from: nothing in the book tells them apart.

    ``expected`` is how many complaint lots would descend from them if complaints fell on the compared lots
    (of the same item) by chance; ``p`` is the chance of ``hits`` or more, then. ``p_all`` is p times the
    groups compared, at most 1: among many candidates, some stand out by chance.
    """

    causes: list[Cause]
    hits: int
    of: int
    control_hits: int
    controls: int
    expected: float
    p: float
    p_all: float
    more: int = 0
    descend: frozenset[int] = frozenset()
    """Which lots descend from them, by their place in the question: complaint lots, then controls."""

    @property
    def ratio(self) -> float:
        """Hits against expected hits."""
        return self.hits / self.expected

    @property
    def verdict(self) -> str:
        """``sure``, ``likely`` or ``chance``."""
        return "sure" if self.p_all <= SURE else "likely" if self.p <= LIKELY else "chance"


@dataclass(slots=True)
class Convergence:
    """The answer, as of ledger sequence ``as_of``: asked again there with the same lots it is the same.

    ``chosen``: the controls were taken by the book, from ``comparable`` lots of the same items and period.
    ``least_p``: the smallest p that so few lots can give at all. ``compared``: groups of causes.
    """

    as_of: int
    complaints: list[Lot]
    controls: list[Lot]
    chosen: bool
    comparable: int
    compared: int = 0
    least_p: float = 1.0
    groups: list[Group] = field(default_factory=list)
    lonely: list[str] = field(default_factory=list)
    """Items of complaint lots without any control: their lots say nothing about chance."""

    @property
    def warnings(self) -> list[str]:
        """What has to be said beside the figures, in whole sentences."""
        found = []
        if not self.controls:
            found.append(
                "There is no lot to compare with, so nothing can be said about chance: the list tells what the"
                " complaint lots share, no more. Name lots without complaints."
            )
        elif self.least_p > LIKELY:
            found.append(
                f"The numbers are too small for an answer: with {len(self.complaints)} complaint lots and"
                f" {len(self.controls)} controls even a perfect match would come by chance with p ="
                f" {self.least_p:.2g}."
            )
        elif len(self.complaints) < FEW_LOTS:
            found.append(
                f"Small numbers: {len(self.complaints)} complaint lots. Each further lot may change the order."
            )
        if self.controls and self.lonely:
            found.append(
                "No control is of the same item as the complaint lots of "
                + ", ".join(self.lonely)
                + ": these"
                " count as hits, but neither for nor against chance."
            )
        return found


def chances(strata: Sequence[tuple[int, int, int]]) -> NDArray[np.float64]:
    """How likely each number of hits is, if complaints fell on the lots of each stratum by chance.

    A stratum is (complaint lots, all lots, lots that descend from the candidate). The numbers of several
    strata add up, so their hypergeometric distributions are folded into one (the exact conditional test of
    Mantel and Haenszel; with one stratum it is Fisher's). Element n of the answer is the chance of n hits.

    >>> [round(float(one), 4) for one in chances([(3, 6, 3)])]
    [0.05, 0.45, 0.45, 0.05]
    """
    whole = np.ones(1)
    for drawn, lots, marked in strata:
        whole = np.convolve(whole, _hypergeometric(drawn, lots, marked))
    return whole


@lru_cache(maxsize=10_000)
def _hypergeometric(drawn: int, lots: int, marked: int) -> NDArray[np.float64]:
    hits = np.arange(max(0, drawn + marked - lots), min(drawn, marked) + 1)
    ways = _choose(marked, hits) + _choose(lots - marked, drawn - hits)
    found = np.zeros(drawn + 1)
    found[hits] = np.exp(ways - _choose(lots, np.array(drawn)))
    shares: NDArray[np.float64] = found / found.sum()
    return shares


def _choose(of: int, many: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logarithm of how many ways there are to take ``many`` out of ``of``."""
    logs = _log_factorials()
    ways: NDArray[np.float64] = logs[of] - logs[many] - logs[of - many]
    return ways


@cache
def _log_factorials() -> NDArray[np.float64]:
    return np.concatenate([np.zeros(1), np.cumsum(np.log(np.arange(1, 2 * LOTS_MAX + 1)))])


def judged(strata: Sequence[tuple[int, int, int]], hits: int) -> tuple[float, float]:
    """Expected hits, and the chance of ``hits`` or more (one-sided).

    >>> expected, p = judged([(3, 6, 3)], 3)
    >>> expected, round(p, 4)
    (1.5, 0.05)
    """
    expected = sum(drawn * marked / lots for drawn, lots, marked in strata)
    return expected, min(1.0, float(chances(strata)[hits:].sum()))


def least_p(strata: Sequence[tuple[int, int]]) -> float:
    """The smallest p there can be: a cause behind every complaint lot and no control (drawn, lots)."""
    return judged([(drawn, lots, drawn) for drawn, lots in strata], sum(drawn for drawn, _ in strata))[1]


def spread(candidates: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly spread over their order: the same ones each time.

    >>> spread([1, 2, 3, 4, 5, 6, 7, 8, 9], 3)
    [2, 5, 8]
    """
    if len(candidates) <= most:
        return list(candidates)
    return [candidates[(2 * n + 1) * len(candidates) // (2 * most)] for n in range(most)]
