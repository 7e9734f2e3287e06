"""What a receipt says of its lots, and which of it cannot be true. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    ``place`` is where this line was put, when it is not the receipt's own place.
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


def facts(line: Line, today: date) -> dict[str, Any]:
    """The facts the line tells of its lot, typed; raises Refused with every fault at once.

    Dates must stand in a sane order, and nothing was made after ``today`` (the site's date).
    """
    told = {name: getattr(line, name) for name in (*DAYS, *TEXTS, "origin_country")}
    if line.attributes:
        told["attributes"] = line.attributes
    read = read_facts({name: value for name, value in told.items() if value not in (None, "")}, COUNTRIES)
    faults = date_faults({name: read.get(name) for name in DAYS})
    for name in PAST_DAYS:
        if read.get(name) is not None and read[name] > today:
            cause = f"{read[name]} lies in the future (today is {today})."
            faults.append(Fault(name, cause, "Check the date; day and month may be swapped."))
    refuse(faults)
    return read
