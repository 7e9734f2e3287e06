"""The three keys that Lotbook meets everywhere: GTIN (what), GLN (where, who) and SSCC (which pallet).

>>> Gtin.parse("4012345123456").value
'04012345123456'
>>> Sscc.parse("040123450000003338").extension
'0'
"""

from __future__ import annotations

from dataclasses import dataclass

from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import check_digit, has_check_digit, is_digits

_GTIN_LENGTHS = (8, 12, 13, 14)
#: A key is often printed in groups: blanks and hyphens between digits carry no meaning.
_SEPARATORS = str.maketrans("", "", " -\u00a0")


def _checked(what: str, text: str, lengths: tuple[int, ...]) -> str:
    digits = text.strip().translate(_SEPARATORS)
    if not is_digits(digits) or len(digits) not in lengths:
        expected = " or ".join(str(length) for length in lengths) + " digits"
        found = f"{len(digits)} digits in " if is_digits(digits) else ""
        raise MalformedError(what, expected, found + shown(text))
    if not has_check_digit(digits):
        raise MalformedError(what, f"check digit {check_digit(digits[:-1])}", f"{digits[-1]} in {digits}")
    return digits


@dataclass(frozen=True, slots=True, order=True)
class Gtin:
    """A Global Trade Item Number; `value` is always 14 digits, shorter forms filled with zeros in front."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Gtin:
        """Read a GTIN-8, -12, -13 or -14. Raises MalformedError on other lengths or a wrong check digit."""
        return cls(_checked("a GTIN", text, _GTIN_LENGTHS).zfill(14))

    @property
    def indicator(self) -> str:
        """The first of the 14 digits: 0 for the base unit, 1 to 8 packaging levels, 9 variable measure."""
        return self.value[0]

    @property
    def short(self) -> str:
        """The shortest usual form: 8, 12, 13 or 14 digits."""
        bare = self.value.lstrip("0")
        return next(self.value[-length:] for length in _GTIN_LENGTHS if length >= len(bare))

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Gln:
    """A Global Location Number of 13 digits; names a location or a party."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Gln:
        """Read a GLN. Raises MalformedError on another length or a wrong check digit."""
        return cls(_checked("a GLN", text, (13,)))

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Sscc:
    """A Serial Shipping Container Code of 18 digits; names one logistic unit."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Sscc:
        """Read an SSCC. Raises MalformedError on another length or a wrong check digit."""
        return cls(_checked("an SSCC", text, (18,)))

    @property
    def extension(self) -> str:
        """The extension digit in front of the company prefix."""
        return self.value[0]

    def __str__(self) -> str:
        return self.value
