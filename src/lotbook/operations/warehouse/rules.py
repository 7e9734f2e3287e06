"""What a count says, and what a logistic unit's number has to be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lotbook.kernel.checks import Check
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.checks import check_digit, is_digits
from lotbook.standards.gs1.keys import Sscc

WITHOUT_CHECK_DIGIT = 17
PREFIX_DIGITS = range(4, 13)
"""How long a GS1 company prefix may be."""


REASONS = {
    "count": "Count",
    "damaged": "Damaged",
    "spilled": "Spilled or leaked",
    "expired": "Expired",
    "contaminated": "Contaminated",
    "quality": "Quality",
    "label": "Wrong label",
    "sample": "Sample",
    "theft": "Theft",
    "surplus": "Surplus",
    "other": "Other",
}
"""Why stock is adjusted: reason code → what people call it."""

CHARITY = "charity"
"""The own attribute of a partner that may get donations: ``charity: true``."""


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted of one lot at one place: ``counted`` is decimal text, zero included."""

    item: str = ""
    lot: str = ""
    counted: str = ""
    unit: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a lot that becomes a lot of its own; without ``lot`` it gets a number, else that one."""

    lot: str = ""
    quantity: str = ""
    unit: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """What comes out of a repacking: so much of an item, as which lot, and where it is put."""

    item: str = ""
    lot: str = ""
    quantity: str = ""
    unit: str = ""
    place: str = ""
    expires_on: date | str | None = None


def sscc(check: Check, field: str, text: str) -> str:
    """The 18 digits of an SSCC: 17 digits get their check digit, 18 must have the right one.

    >>> sscc(Check(), "sscc", "34012345678901234")
    '340123456789012340'
    """
    digits = check.text(field, text, 60, required=True).replace(" ", "")
    if not digits:
        return ""
    if len(digits) == WITHOUT_CHECK_DIGIT and is_digits(digits):
        return digits + check_digit(digits)
    try:
        return Sscc.parse(digits.removeprefix("(00)")).value
    except MalformedError as problem:
        check.fault(
            field, f"{problem}.", "Scan the label, or give the 17 digits without check digit.", "sscc"
        )
        return ""
