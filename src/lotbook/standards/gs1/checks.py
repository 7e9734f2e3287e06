"""Check digits and check characters (GS1 General Specifications, sections 7.9 and 7.9.5)."""

from __future__ import annotations

from itertools import cycle

from lotbook.standards.errors import MalformedError, shown

#: GS1 AI encodable character set 82, in the order that the check characters of a GMN count in.
CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
#: GS1 AI encodable character set 39, used by component and part identifiers.
CSET_39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Base64 with the alphabet for URIs and file names.
CSET_64 = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
#: The characters that check characters are made of: no 0, 1, I or O.
CSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: The longest text that check characters are worked out for.
MODEL_LENGTH_MAX = 97
_PRIMES = tuple(n for n in range(2, 510) if all(n % d for d in range(2, int(n**0.5) + 1)))[:MODEL_LENGTH_MAX]


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
    """Return the two check characters that belong after `model`, such as a GMN without them.

    Raises MalformedError for characters outside the set 82 and for more than 97 of them.

    >>> check_characters("1987654Ad4X4bL5ttr2310c")
    '2K'
    """
    if len(model) > MODEL_LENGTH_MAX or any(character not in CSET_82 for character in model):
        raise MalformedError(
            "a model number", f"up to {MODEL_LENGTH_MAX} characters of the GS1 set 82", shown(model)
        )
    total = sum(CSET_82.index(c) * prime for c, prime in zip(reversed(model), _PRIMES, strict=False)) % 1021
    return CSET_32[total >> 5] + CSET_32[total & 31]
