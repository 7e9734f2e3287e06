"""What a receipt says of its lots and which of it cannot be true; what may come, and how it is taken in.

Pure: no ORM, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lotbook.foundation.partners.rules import COUNTRIES
from lotbook.kernel.errors import Fault
from lotbook.traceability.lots.rules import date_faults, read_facts, refuse

Day = date | str | None
DAYS = ("harvested_on", "produced_on", "packed_on", "sell_by_on", "best_before_on", "expires_on", "retest_on")
PAST_DAYS = ("harvested_on", "produced_on", "packed_on")
TEXTS = ("supplier_lot", "tlc", "tlc_source_reference")


@dataclass(frozen=True, slots=True)
class Line:
    """So much of an item that came in.

    ``lot`` is our number; empty: the numbering rule makes one. ``serials`` for items tracked by serial.
    ``quantity`` is decimal text in ``unit`` (empty: base unit). Dates as dates or text like 2027-03-03.
    ``place`` is where this line was put, when it is not the receipt's own place; ``sscc`` the logistic unit
    it came in. ``order_line`` and ``notice_line`` are positions in the order and the notice received
    against. ``refused`` went back with the driver, ``missing`` was announced and not there; ``difference``
    (see DIFFERENCES) and ``reason`` say why. ``temperature`` at the dock in °C as decimal text.
    """

    item: str
    lot: str = ""
    quantity: str = ""
    unit: str = ""
    place: str = ""
    supplier_lot: str = ""
    serials: Sequence[str] = ()
    origin_country: str = ""
    harvested_on: Day = None
    produced_on: Day = None
    packed_on: Day = None
    sell_by_on: Day = None
    best_before_on: Day = None
    expires_on: Day = None
    retest_on: Day = None
    tlc: str = ""
    tlc_source: str = ""
    tlc_source_reference: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    sscc: str = ""
    order_line: str = ""
    notice_line: str = ""
    refused: str = ""
    missing: str = ""
    difference: str = ""
    reason: str = ""
    temperature: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line of a purchase order: decimal text in ``unit``; tolerances in percent, empty: by the rules."""

    item: str = ""
    quantity: str = ""
    unit: str = ""
    over: str = ""
    under: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """A line of a shipping notice: so much of one lot, in the logistic unit ``sscc`` on ``pallet``.

    ``order`` is a purchase order's number, ``order_line`` a position in it.
    """

    item: str = ""
    lot: str = ""
    quantity: str = ""
    unit: str = ""
    supplier_lot: str = ""
    order: str = ""
    order_line: str = ""
    sscc: str = ""
    pallet: str = ""
    origin_country: str = ""
    harvested_on: Day = None
    produced_on: Day = None
    packed_on: Day = None
    sell_by_on: Day = None
    best_before_on: Day = None
    expires_on: Day = None
    retest_on: Day = None
    tlc: str = ""
    tlc_source_reference: str = ""


def facts(line: Line | Announced, today: date) -> dict[str, Any]:
    """The facts the line tells of its lot, typed; raises Refused with every fault at once.

    Dates must stand in a sane order, and nothing was made after ``today`` (the site's date).
    """
    told = {name: getattr(line, name) for name in (*DAYS, *TEXTS, "origin_country")}
    if isinstance(line, Line) and line.attributes:
        told["attributes"] = line.attributes
    read = read_facts({name: value for name, value in told.items() if value not in (None, "")}, COUNTRIES)
    faults = date_faults({name: read.get(name) for name in DAYS})
    for name in PAST_DAYS:
        if read.get(name) is not None and read[name] > today:
            cause = f"{read[name]} lies in the future (today is {today})."
            faults.append(Fault(name, cause, "Check the date; day and month may be swapped."))
    refuse(faults)
    return read


# -- how goods are taken in ------------------------------------------------------------------------

HUNDRED = 100_00
"""A whole in hundredths of a percent."""
TOLERANCE_MAX = 10 * HUNDRED

DIFFERENCES = {
    "short": "Less came than announced",
    "damaged": "Damaged",
    "wrong_item": "Another item than ordered",
    "too_warm": "Too warm or too cold",
    "papers": "Papers missing or wrong",
    "other": "Something else",
}
"""Why a line differs from what was expected."""

QUARANTINES = {
    "": "as a more general rule says",
    "none": "no quarantine",
    "place": "to the site's quarantine place",
    "hold": "on hold",
}
NUMBERINGS = {
    "": "as a more general rule says",
    "rule": "by our numbering rule",
    "supplier": "the supplier's number is ours",
}
REQUIRED = {
    "supplier_lot": "Supplier's lot",
    "produced_on": "Production date",
    "expires_on": "Expiry date",
    "best_before_on": "Best before date",
    "harvested_on": "Harvest date",
    "packed_on": "Packing date",
    "origin_country": "Country of origin",
    "tlc": "Traceability lot code",
    "tlc_source": "Source of the traceability lot code",
    "temperature": "Temperature at the dock",
}
"""What a rule may ask of every line."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says; ``rank`` is higher the closer it is to the item."""

    rank: int
    over: int | None = None
    under: int | None = None
    quarantine: str = ""
    numbering: str = ""
    required: tuple[str, ...] = ()
    coldest: int | None = None
    warmest: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How one item from one supplier is received: tolerances, quarantine, what must be told, temperatures."""

    over: int = 0
    under: int = 0
    quarantine: str = "none"
    numbering: str = "rule"
    required: tuple[str, ...] = ()
    coldest: int | None = None
    warmest: int | None = None


def terms(said: Iterable[Said]) -> Terms:
    """What several rules say together: the closest one that says something counts; demands add up.

    >>> terms([Said(1, over=500, required=("produced_on",)), Said(4, over=0, required=("temperature",))])
    Terms(over=0, under=0, quarantine='none', numbering='rule', required=('produced_on', 'temperature'), \
coldest=None, warmest=None)
    """
    ordered = sorted(said, key=lambda one: -one.rank)

    def closest(name: str, otherwise: Any) -> Any:
        return next((value for one in ordered if (value := getattr(one, name)) not in (None, "")), otherwise)

    demanded = {name for one in ordered for name in one.required}
    return Terms(
        over=closest("over", 0),
        under=closest("under", 0),
        quarantine=closest("quarantine", "none"),
        numbering=closest("numbering", "rule"),
        required=tuple(name for name in REQUIRED if name in demanded),
        coldest=closest("coldest", None),
        warmest=closest("warmest", None),
    )


def most(quantity: int, over: int) -> int:
    """The most that may come of an ordered quantity; ``over`` in hundredths of a percent.

    >>> most(1000, 550)
    1055
    """
    return quantity + quantity * over // HUNDRED


def least(quantity: int, under: int) -> int:
    """With how much a line counts as received.

    >>> least(1000, 200)
    980
    """
    return quantity - quantity * under // HUNDRED


def spread(quantity: int, opens: Sequence[int]) -> list[int]:
    """A quantity over lines, as much as each has open, in order; what is too much goes to the last.

    >>> spread(120, [50, 60])
    [50, 70]
    >>> spread(20, [50, 60])
    [20, 0]
    """
    shares: list[int] = []
    for index, free in enumerate(opens):
        share = quantity if index == len(opens) - 1 else min(quantity, free)
        shares.append(share)
        quantity -= share
    return shares


def degrees(tenths: int) -> str:
    """Tenths of a degree as people read them.

    >>> degrees(-185)
    '-18.5 °C'
    """
    return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10} °C"
