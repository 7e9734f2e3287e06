"""How far a request and a transfer are, what comes next, and what is to be filled up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STRATEGIES = ("fefo", "fifo", "lefo")
FINAL = frozenset({"received", "differences", "cancelled"})
"""Transfers nothing more happens to."""
UNSENT = frozenset({"open", "picking", "picked"})
ON_THE_WAY = frozenset({"in_transit", "short"})
ODD = frozenset({"damaged", "over", "lost", "returned"})
"""Outcomes that make a receipt one with differences."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of an item, as somebody asks for it; ``lot`` where it is a certain one."""

    item: str = ""
    quantity: str = ""
    unit: str = ""
    note: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of one pick: ``pick`` is its uid, the quantities are decimal text in the item's base unit.

    ``quantity`` arrived in good order, ``damaged`` did not; what is missing stays in transit.
    """

    pick: str = ""
    quantity: str = ""
    damaged: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One pick as its status counts it, in smallest units."""

    quantity: int
    picked: bool
    sent: bool
    settled: int
    odd: bool = False

    @property
    def open(self) -> int:
        """What of it is on the way."""
        return self.quantity - self.settled if self.sent else 0


def status(parts: Iterable[Part], *, short: bool = False) -> str:
    """How far a transfer is; ``short``: less was sent than planned.

    >>> status([])
    'open'
    >>> status([Part(5, picked=True, sent=True, settled=3)])
    'short'
    """
    some = [part for part in parts if part.quantity]
    sent = [part for part in some if part.sent]
    if not some:
        return "open"
    if not sent:
        return "picked" if all(part.picked for part in some) else "picking"
    if any(part.open for part in sent):
        return "short" if any(part.settled for part in sent) else "in_transit"
    return "differences" if any(part.odd for part in sent) or short else "received"


def request_status(transfers: Iterable[str], *, covered: bool, closed: bool, less: bool, current: str) -> str:
    """How far an approved request is, from its transfers' statuses.

    ``covered``: everything approved is sent or planned; ``closed``: the rest will not be sent;
    ``less``: less was sent than approved.

    >>> request_status(["in_transit"], covered=True, closed=False, less=False, current="picking")
    'in_transit'
    """
    live = [one for one in transfers if one != "cancelled"]
    if current in ("draft", "asked", "refused", "cancelled"):
        return current
    if any(one in ON_THE_WAY for one in live):
        return "in_transit"
    if any(one in UNSENT for one in live):
        return "picking"
    if not live and closed:
        return "cancelled"
    if not live or not (covered or closed):
        return "approved"
    return "differences" if less or closed or "differences" in live else "received"


def to_fill(minimum: int, maximum: int, *, have: int, coming: int) -> int:
    """How much fills a place up to ``maximum``; 0 while what is there and coming reaches ``minimum``.

    >>> to_fill(10, 50, have=4, coming=5)
    41
    """
    return maximum - have - coming if have + coming < minimum else 0
