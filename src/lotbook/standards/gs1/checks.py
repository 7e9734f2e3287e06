"""Check digits and check characters (GS1 General Specifications, sections 7.9 and 7.9.5)."""

from __future__ import annotations

from itertools import cycle

from lotbook.standards.errors import MalformedError, shown

#: GS1 AI encodable character set 82, in the order that the check characters of a GMN count in.
CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
#: GS1 AI encodable character set 39, used by component and part identifiers.
CSET_39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def is_digits(text: str) -> bool:
    """Tell whether `text` is one or more ASCII digits: `str.isdigit` alone would take others too."""
    return text.isascii() and text.isdigit()


def check_digit(digits: str) -> str:
    """Return the modulo-10 digit that belongs after `digits` (any length, without its check digit).

    >>> check_digit("401234512345")
    '6'
    """
    if not is_digits(digits):
        raise MalformedError("a check digit", "digits only", shown(digits))
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits), cycle((3, 1)), strict=False))
    return str(-total % 10)


def has_check_digit(digits: str) -> bool:
    """Tell whether the last of `digits` is the right check digit for those before it."""
    return len(digits) > 1 and is_digits(digits) and check_digit(digits[:-1]) == digits[-1]


def check_characters(model: str) -> str:
    """Return the two check characters that belong after `model`, a GMN without them (at most 23 characters).

    >>> check_characters("1987654Ad4X4bL5ttr2310c")
    '2K'
    """
    if not 1 <= len(model) <= len(_PRIMES) or any(character not in CSET_82 for character in model):
        raise MalformedError("a model number", "1 to 23 characters of the GS1 set 82", shown(model))
    total = sum(CSET_82.index(c) * prime for c, prime in zip(reversed(model), _PRIMES, strict=False)) % 1021
    return _CSET_32[total >> 5] + _CSET_32[total & 31]
