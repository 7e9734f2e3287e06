"""Reading input field by field, collecting every fault before anything is refused.

>>> check = Check()
>>> check.text("name", "  Tomatoes ", 20)
'Tomatoes'
>>> check.text("code", "", 20, required=True)
''
>>> [str(fault) for fault in check.faults]
['code: is empty. Fill it in.']
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lotbook.kernel.errors import Fault, Refused

ATTRIBUTES_MAX = 60
SAFE_INTEGER = 2**53
"""JSON readers everywhere agree on whole numbers below this."""
EARLIEST_YEAR, LATEST_YEAR = 1990, 2199
# Python itself would also take 1_000 and digits of other scripts.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if len(text) <= 60 and _DECIMAL.fullmatch(text) else None


def storable(text: str) -> str:
    """What keeps ``text`` from being stored (control or half characters); empty when nothing does."""
    if any((ord(c) < 32 and c not in "\t\r\n") or ord(c) == 127 for c in text):
        return "contains a control character"
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        return "contains half of a character (a lone surrogate)"
    return ""


class Check:
    """Reads values, keeps the faults it meets, and refuses them all at once in ``done``."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, field: str, cause: str, remedy: str = "", code: str = "invalid") -> None:
        """Note one fault."""
        self.faults.append(Fault(field, cause, remedy, code))

    def done(self, *, status: int | None = None) -> None:
        """Raise Refused with everything noted so far, if anything was."""
        if self.faults:
            raise Refused(self.faults, status=status)

    def text(
        self, field: str, value: object, longest: int, *, required: bool = False, lines: bool = False
    ) -> str:
        """One text of at most ``longest`` characters, trimmed; several lines only where ``lines``."""
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.fault(field, f"expected text, got {type(value).__name__}.", "Send it as a string.")
            return ""
        text = value.strip()
        problem = storable(text) or ("has several lines" if not lines and len(text.splitlines()) > 1 else "")
        if problem:
            self.fault(field, f"{problem}.", "Remove it and try again.")
        elif len(text) > longest:
            self.fault(field, f"has {len(text)} characters, at most {longest} fit.", "Shorten it.")
        elif required and not text:
            self.fault(field, "is empty.", "Fill it in.", "required")
        else:
            return text
        return ""

    def choice(self, field: str, value: object, choices: Collection[str], remedy: str = "") -> str:
        """One of ``choices``."""
        if isinstance(value, str) and value in choices:
            return value
        shown = ", ".join(sorted(choices)[:12]) + (" …" if len(choices) > 12 else "")
        self.fault(
            field, f"expected one of {shown}; got {str(value)[:40]!r}.", remedy or "Choose one of them."
        )
        return ""

    def whole(self, field: str, value: object, least: int, most: int) -> int | None:
        """A whole number between ``least`` and ``most`` (text or integer); None when nothing is given."""
        if value is None or value == "":
            return None
        if isinstance(value, bool | float) or not isinstance(value, int | str):
            self.fault(field, f"expected a whole number, got {value!r}.", "Write it without decimals.")
            return None
        plain = isinstance(value, int) or _WHOLE.fullmatch(value.strip()) is not None
        number = int(value) if plain else None
        if number is None or not least <= number <= most:
            self.fault(field, f"expected a whole number from {least} to {most}, got {str(value)[:40]!r}.")
            return None
        return number

    def decimal(self, field: str, value: object, *, places: int, positive: bool = False) -> Decimal | None:
        """A finite decimal with at most ``places`` decimal places, as text, Decimal or int; never a float."""
        if value is None or value == "":
            return None
        if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
            self.fault(field, f"expected a decimal number as text, got {value!r}.", "Send it as a string.")
            return None
        number = _decimal(str(value).strip())
        if number is None:
            self.fault(field, f"expected a number, got {str(value)[:40]!r}.", "Write it like 12.5.")
            return None
        if not number.is_finite() or number.adjusted() > 15 or len(number.as_tuple().digits) > 40:
            self.fault(field, f"{str(value)[:40]} is too large or no number.", "Write it like 12.5.")
            return None
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            self.fault(field, f"{value} has more than {places} decimal places.", "Round it.", "too_fine")
            return None
        if number < 0 or (positive and number == 0):
            self.fault(
                field, f"expected a number {'above' if positive else 'of at least'} zero, got {value}."
            )
            return None
        return number

    def parsed(self, field: str, value: object, parse: Callable[[str], object], remedy: str) -> str | None:
        """The value as ``parse`` writes it (its ValueError is the cause); None when nothing is given."""
        text = self.text(field, value, 100)
        if not text:
            return None
        try:
            return str(parse(text))
        except ValueError as problem:
            self.fault(field, f"{problem}.", remedy)
            return None

    def day(self, field: str, value: object) -> date | None:
        """A calendar day (date, or ISO text like 2027-03-03); None when nothing is given."""
        if value is None or value == "":
            return None
        if isinstance(value, str):
            text = value.strip()
            try:
                value = date.fromisoformat(text)
            except ValueError:
                self.fault(field, f"expected a date, got {text[:40]!r}.", "Write it like 2027-03-03.")
                return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self.fault(field, f"expected a date, got {type(value).__name__}.", "Write it like 2027-03-03.")
            return None
        if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
            self.fault(field, f"{value} lies outside {EARLIEST_YEAR} to {LATEST_YEAR}.", "Check the year.")
            return None
        return value

    def flag(self, field: str, value: object) -> bool:
        """Yes or no."""
        if isinstance(value, bool):
            return value
        self.fault(field, f"expected true or false, got {str(value)[:40]!r}.")
        return False

    def attributes(self, field: str, value: object) -> dict[str, Any]:
        """Own attributes: an object of texts, numbers and yes/no under names of at most 60 characters."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.fault(field, f"expected an object of names and values, got {type(value).__name__}.")
            return {}
        if len(value) > ATTRIBUTES_MAX:
            self.fault(
                field, f"{len(value)} attributes, at most {ATTRIBUTES_MAX} are kept.", "Leave some out."
            )
            return {}
        read: dict[str, Any] = {}
        for name, one in value.items():
            key = self.text(f"{field}/{str(name)[:60]}", name, 60, required=True)
            read[key] = self._attribute(f"{field}/{str(name)[:60]}", one)
        return read

    def _attribute(self, field: str, value: object) -> str | float | None:
        if isinstance(value, str):
            return self.text(field, value, 500, lines=True)
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and abs(value) < SAFE_INTEGER:
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        self.fault(field, f"expected text, a number or true/false, got {str(value)[:40]!r}.")
        return None
