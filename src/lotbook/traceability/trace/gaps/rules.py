"""The shape of a gap and of a site's score, and what yields and times are believed.

Pure: no ORM, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

KINDS = {
    "no_inputs": "Output without inputs",
    "impossible_yield": "More mass out than in",
    "odd_yield": "Yield far outside its history",
    "quantities": "Quantities that do not add up",
    "no_supplier_lot": "Receipt without supplier's lot",
    "missing": "Required data missing",
    "times": "Times that contradict",
}
"""Kinds of gaps, the gravest first."""

MASS_TOLERANCE = 0.02
"""So much more mass may come out than went in: scales and moisture."""
HISTORY_LEAST = 8
"""Fewer runs of an item are no history."""
SPREADS = 6.0
"""A yield is odd beyond so many spreads of its history (scaled median deviation: robust, like sigma) …"""
ODD_LEAST = 0.10
"""… and at least so far from the median, as a share of it: a history of equal yields has no spread."""
SCALED = 1.4826
UNEXPLAINED = 0.02
"""So much of a lot may vanish in or come out of count differences."""
CLOCKS_S = 120
"""Seconds that clocks of two devices may be apart."""
SETTLED_S = 2 * 86_400
"""A run that was busy within so many seconds before the last event may not be done yet."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap: what it is about, in one sentence, and which page repairs it.

    ``subject``: lot, run or event, with its uid and name. ``page``: the kind of page that repairs it: ``edit``
    (the facts of a lot), ``lot``, ``run`` or ``event``; ``event`` with the uid ``page_uid``. ``site`` is the
    key of the site it happened at, 0 where none is known.
    """

    kind: str
    subject: str
    uid: str
    label: str
    sentence: str
    page: str
    page_uid: str
    site: int = 0
    site_name: str = ""
    at: datetime | None = None
    sequence: int = 0

    @property
    def words(self) -> str:
        """The kind in words."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Score:
    """How much of what happened at a site is whole: ``looked_at`` lots and runs, ``with_gaps`` of them."""

    site: int
    name: str
    looked_at: int
    with_gaps: int
    gaps: int

    @property
    def percent(self) -> float:
        """The share without any gap, in percent, rounded down to a tenth: 100 says that there is none."""
        if not self.looked_at:
            return 100.0
        return (self.looked_at - self.with_gaps) * 1000 // self.looked_at / 10


@dataclass(slots=True)
class Report:
    """All gaps of a stretch of the book, as of ledger sequence ``as_of``; ``since`` is the first sequence."""

    as_of: int
    since: int
    gaps: list[Gap] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many gaps of each kind."""
        found = dict.fromkeys(KINDS, 0)
        for one in self.gaps:
            found[one.kind] += 1
        return found

    @property
    def total(self) -> Score:
        """The score of the whole book."""
        parts = self.scores
        return Score(
            0,
            "All sites",
            sum(one.looked_at for one in parts),
            sum(one.with_gaps for one in parts),
            len(self.gaps),
        )


def odd(value: float, history: list[float]) -> bool:
    """Whether a yield lies far outside the yields of the item's other runs.

    >>> odd(0.5, [0.9, 0.91, 0.92, 0.9, 0.9, 0.91, 0.89, 0.9]), odd(0.93, [0.9] * 8), odd(0.5, [0.9])
    (True, False, False)
    """
    if len(history) < HISTORY_LEAST:
        return False
    middle = median(history)
    spread = SCALED * median(abs(one - middle) for one in history)
    return abs(value - middle) > max(SPREADS * spread, ODD_LEAST * middle)


def percent(share: float) -> str:
    """A share as people read it.

    >>> percent(1.234)
    '123.4 %'
    """
    return f"{share * 100:.1f} %"
