"""How document numbers are written. Pure."""

from __future__ import annotations

DIGITS = 5


def series_name(prefix: str, year: int) -> str:
    """The series numbers of a kind come from: one a year.

    >>> series_name("PO", 2027)
    'PO-2027'
    """
    return f"{prefix}-{year}"


def written(series: str, number: int) -> str:
    """A number as people read it.

    >>> written("PO-2027", 12)
    'PO-2027-00012'
    """
    return f"{series}-{number:0{DIGITS}d}"
