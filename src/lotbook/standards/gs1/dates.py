"""Dates in values: two digits of a year, a day that may be open, and times of day.

>>> read_date("270200", date(2026, 11, 22))
datetime.date(2027, 2, 28)
>>> read_time("2703311530", date(2026, 11, 22))
datetime.datetime(2027, 3, 31, 15, 30)
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time

from lotbook.standards.errors import shown
from lotbook.standards.gs1.checks import is_digits
from lotbook.standards.gs1.errors import Gs1Error, refused
from lotbook.standards.gs1.linters import lint

_WHAT = "a date"


def full_year(year: int, today: date) -> int:
    """Find the century of a year given by two digits (General Specifications, section 7.12).

    It is the one that brings the year closest to today's: 49 years back to 50 ahead.

    >>> full_year(99, date(2026, 11, 22)), full_year(76, date(2026, 11, 22))
    (1999, 2076)
    """
    ahead = year - today.year % 100
    century = today.year - today.year % 100
    if ahead >= 51:
        return century - 100 + year
    return century + 100 + year if ahead <= -50 else century + year


def read_date(text: str, today: date) -> date:
    """Read YYMMDD; day 00 is the last of the month. Raises Gs1Error."""
    fault = lint("yymmd0", text)
    if fault is not None:
        raise Gs1Error(_WHAT, fault)
    year, month, day = full_year(int(text[:2]), today), int(text[2:4]), int(text[4:])
    last = monthrange(year, month)[1]
    if day > last:
        # 29 February, right in the nearest leap century but not in this one.
        raise refused(_WHAT, "illegal_day", f"a day up to {last} in {year}-{month:02}", shown(text))
    return date(year, month, day or last)


def read_time(text: str, today: date) -> datetime:
    """Read YYMMDD with HH, HHMM or HHMMSS behind; local time of whoever wrote it. Raises Gs1Error."""
    day, clock = read_date(text[:6], today), text[6:]
    if len(clock) not in (2, 4, 6) or not is_digits(clock):
        raise refused(_WHAT, "time_wrong_length", "HH, HHMM or HHMMSS behind YYMMDD", shown(text))
    for name, part in zip(("hh", "mi", "ss"), (clock[:2], clock[2:4], clock[4:]), strict=True):
        fault = lint(name, part or "00")
        if fault is not None:
            raise Gs1Error(_WHAT, fault)
    hour, minute, second = (int(clock[at : at + 2] or 0) for at in (0, 2, 4))
    return datetime.combine(day, time(hour, minute, second))
