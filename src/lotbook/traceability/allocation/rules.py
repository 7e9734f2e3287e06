"""What demands ask, which stock fits them, in which order lots are given, and the words for it.

Pure: no ORM, no clock. ``deciding`` puts them together.

>>> old = Stock(lot=1, place=9, number="L-1", code="A-01", on_hand=60, expires_on=date(2027, 3, 3))
>>> new = Stock(lot=2, place=9, number="L-2", code="A-01", on_hand=60, expires_on=date(2027, 3, 15))
>>> why(old, new, "fefo")
'expires 03 MAR 2027, 12 days before L-2'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from lotbook.kernel.checks import EARLIEST_YEAR, LATEST_YEAR
from lotbook.kernel.clock import written
from lotbook.kernel.errors import Fault
from lotbook.kernel.quantity import QUANTITY_MAX
from lotbook.traceability.lots.rules import expired

STRATEGIES = {
    "fefo": "first expired, first out",
    "fifo": "first in, first out",
    "lefo": "last expired, first out",
    "chosen": "the lots named, in their order",
}
"""How lots are ordered, and what people call it."""

DEMANDS_MAX = 10_000
NAMED_MAX = 3
"""Most documents or places an answer names."""


@dataclass(frozen=True, slots=True)
class Demand:
    """So much of an item wanted for a document, taken from ``place`` or anything below it.

    ``quantity`` in smallest units. ``lots`` limits the lots, and orders them for ``chosen``. ``min_days``
    is the shelf life left on the day ``on`` (today at the place's site), ``not_before`` the earliest end
    of shelf life; the end is the expiry, or the best-before date where there is none, and a lot without
    either never ends. ``one_lot``: all of it from one lot or nothing; ``whole``: all or nothing.
    ``number`` is the document's number, for people.
    """

    item: int
    quantity: int
    place: int
    purpose: str
    document: UUID
    line: int = 0
    strategy: str = "fefo"
    lots: tuple[int, ...] = ()
    min_days: int = 0
    on: date | None = None
    one_lot: bool = False
    not_before: date | None = None
    whole: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class Portion:
    """So much of a lot at a place for a demand, and why this lot; ``claim`` once it is reserved."""

    claim: int | None
    lot: int
    place: int
    quantity: int
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a demand is given; ``missing`` could not be, and ``why_not`` says why."""

    portions: tuple[Portion, ...]
    missing: int
    why_not: str


@dataclass(slots=True)
class Stock:
    """A balance of ours as a demand sees it.

    ``within`` are the place and the places it is in (empty: not looked at). ``since`` orders lots by when
    the book first saw them. ``moving`` are the transit it is in and what lies between (empty: it stands
    still). ``taken`` is what demands of the same call were given of it.
    """

    lot: int
    place: int
    number: str
    code: str
    on_hand: int
    reserved: int = 0
    held: bool = False
    usable: bool = True
    moving: frozenset[int] = frozenset()
    expires_on: date | None = None
    best_before_on: date | None = None
    received_on: date | None = None
    since: str = ""
    within: frozenset[int] = frozenset()
    taken: int = 0

    @property
    def free(self) -> int:
        """What nobody has reserved or been given yet."""
        return self.on_hand - self.reserved - self.taken

    @property
    def end(self) -> date | None:
        """When its shelf life ends: its expiry, or the best-before date where there is none."""
        return self.expires_on or self.best_before_on


def faults(demand: Demand) -> list[Fault]:
    """What is wrong with a demand by itself."""
    found = []
    if type(demand.quantity) is not int or not 0 < demand.quantity < QUANTITY_MAX:
        found.append(Fault("quantity", f"expected a quantity above zero, got {demand.quantity}."))
    if demand.strategy not in STRATEGIES:
        cause = f"expected one of {', '.join(STRATEGIES)}; got {demand.strategy[:20]!r}."
        found.append(Fault("strategy", cause, "Choose one of them."))
    if demand.strategy == "chosen" and not demand.lots:
        found.append(Fault("lots", "no lot is chosen.", "Choose the lots to take.", "required"))
    if not 0 <= demand.min_days <= 100_000:
        found.append(Fault("min_days", f"expected 0 to 100000 days, got {demand.min_days}."))
    if demand.on is not None and not EARLIEST_YEAR <= demand.on.year <= LATEST_YEAR:
        cause = f"expected a day from {EARLIEST_YEAR} to {LATEST_YEAR}, got {demand.on}."
        found.append(Fault("on", cause, "Check the year."))
    return found


# --- The order of lots -------------------------------------------------------------------------------

_NEVER = date.max
Key = Callable[[Stock], tuple[Any, ...]]


def _fefo(stock: Stock) -> tuple[Any, ...]:
    return (
        stock.expires_on or _NEVER,
        stock.best_before_on or _NEVER,
        stock.received_on or _NEVER,
        stock.lot,
    )


def _fifo(stock: Stock) -> tuple[Any, ...]:
    return (_received(stock) or _NEVER, stock.since, stock.lot)


def _lefo(stock: Stock) -> tuple[Any, ...]:
    last = _NEVER.toordinal()
    ends = (stock.expires_on, stock.best_before_on)
    return (*(last - (day or _NEVER).toordinal() for day in ends), stock.received_on or _NEVER, stock.lot)


def _received(stock: Stock) -> date | None:
    """When a lot came: the day it says, or the day the book first saw it."""
    if stock.received_on is not None:
        return stock.received_on
    return date.fromisoformat(stock.since[:10]) if stock.since else None


def ordering(demand: Demand) -> Key:
    """The key that orders stock as the demand wants it; the same lot's places by their code."""
    if demand.strategy == "chosen":
        rank = {lot: index for index, lot in reversed(list(enumerate(demand.lots)))}
        return lambda stock: (rank[stock.lot], stock.code, stock.place)
    by_lot = {"fefo": _fefo, "fifo": _fifo, "lefo": _lefo}[demand.strategy]
    return lambda stock: (*by_lot(stock), stock.code, stock.place)


# --- Words -------------------------------------------------------------------------------------------


def why(stock: Stock, after: Stock | None, strategy: str) -> str:
    """Why this stock: its date, and how far it lies from the next lot's."""
    if strategy == "chosen":
        return "chosen"
    word, day = _dated(stock, strategy)
    if after is None:
        return f"{word}, the only free lot"
    other = _dated(after, strategy)[1]
    side = "after" if strategy == "lefo" else "before"
    if day is None or other is None:
        return word if day is other else f"{word}, {side} {after.number}"
    days = abs((other - day).days)
    if not days:
        return f"{word}, the same day as {after.number}"
    return f"{word}, {days} day{'s' if days != 1 else ''} {side} {after.number}"


def _dated(stock: Stock, strategy: str) -> tuple[str, date | None]:
    if strategy == "fifo":
        day = _received(stock)
        return f"received {written(day)}", day
    if stock.expires_on is not None:
        return f"expires {written(stock.expires_on)}", stock.expires_on
    if stock.best_before_on is not None:
        return f"best before {written(stock.best_before_on)}", stock.best_before_on
    return "no expiry date", None


def listed(names: Sequence[str]) -> str:
    """A few names, the rest counted.

    >>> listed(["A", "B", "C", "D", "E"])
    'A, B, C and 2 more'
    """
    shown = ", ".join(names[:NAMED_MAX])
    return f"{shown} and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else shown


def unfit(stock: Stock, demand: Demand, on: date) -> str:
    """Why a demand may not have this stock at all, as the start of a sentence; empty when it may."""
    if stock.held:
        return "on hold in {}"
    if expired(stock.expires_on, on):
        return "expired"
    if stock.moving and demand.place not in stock.moving:
        return "on its way in {}"
    if not stock.usable:
        return "in {}, where goods may not be used"
    if demand.lots and stock.lot not in demand.lots:
        return "of other lots"
    if demand.min_days and stock.end is not None and stock.end < on + timedelta(days=demand.min_days):
        return f"with less than {demand.min_days} days left"
    if demand.not_before is not None and stock.end is not None and stock.end < demand.not_before:
        return f"ending before {written(demand.not_before)}"
    return ""
