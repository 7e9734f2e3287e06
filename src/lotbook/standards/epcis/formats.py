"""The text formats of EPCIS 2.0: times with their zone, offsets, versions, units, hexadecimal values."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

from lotbook.standards.errors import MalformedError, shown

_DATE_TIME = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-9]{2})[Tt]"
    r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]+))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<off_hour>[01][0-9]|2[0-3]):(?P<off_minute>[0-5][0-9]))"
)
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_HEXADECIMAL = re.compile(r"[A-Fa-f0-9]+")


def is_date_time(text: str) -> bool:
    """Tell whether `text` is an RFC 3339 time that exists: with zone, year 1 to 9999, no leap seconds."""
    match = _DATE_TIME.fullmatch(text)
    if match is None or match["year"] == "0000":
        return False
    return 1 <= int(match["day"]) <= monthrange(int(match["year"]), int(match["month"]))[1]


def is_offset(text: str) -> bool:
    """Tell whether `text` is an offset from UTC as EPCIS writes it, -14:00 to +14:00."""
    return _OFFSET.fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Tell whether `text` is a version: numbers with dots between, such as 2.0."""
    return _VERSION.fullmatch(text) is not None


def is_unit(text: str) -> bool:
    """Tell whether `text` has the form of a UN/CEFACT Rec. 20 unit code: 2 or 3 capitals or digits."""
    return _UNIT.fullmatch(text) is not None


def is_hexadecimal(text: str) -> bool:
    """Tell whether `text` is one or more hexadecimal digits."""
    return _HEXADECIMAL.fullmatch(text) is not None


def instant(text: str) -> datetime:
    """Return the moment an RFC 3339 time names, with its own offset; digits below a microsecond are cut.

    Raises MalformedError when `text` is no such time, or lies so near the ends of the calendar that it has no
    equivalent in UTC.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None or not is_date_time(text):
        raise MalformedError("a time", "date, time and zone such as 2027-03-31T08:15:00+02:00", shown(text))
    offset = timedelta(hours=int(match["off_hour"] or 0), minutes=int(match["off_minute"] or 0))
    year, month, day, hour, minute, second = (
        int(match[part]) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    microsecond = int((match["fraction"] or "")[:6].ljust(6, "0"))
    zone = timezone(-offset if match["sign"] == "-" else offset)
    moment = datetime(year, month, day, hour, minute, second, microsecond, tzinfo=zone)
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise MalformedError("a time", "a time between the years 1 and 9999 in UTC", shown(text)) from error
    return moment
