"""Bits of an EPC, read and written in the ways of the Tag Data Standard (TDS 2.x, §14.3 and §14.4).

Bits are texts of "0" and "1": a tag holds some two hundred, and a text shows itself in every error.

>>> reader = Reader("0011" + "0000101")
>>> reader.number(4), INTEGER_7.read(reader)
(3, '5')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import CSET_82, is_digits

WHAT = "an EPC"
_SIX_BIT = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#-/"


def bits_of(number: int, width: int) -> str:
    """Write `number` in `width` bits; a width of 0 writes nothing."""
    return format(number, f"0{width}b") if width else ""


class Reader:
    """Reads bits from the left; every read past the end is an error that says what was missing."""

    __slots__ = ("at", "bits")

    def __init__(self, bits: str) -> None:
        self.bits = bits
        self.at = 0

    @property
    def left(self) -> int:
        """How many bits are still unread."""
        return len(self.bits) - self.at

    def take(self, count: int) -> str:
        """Read the next `count` bits."""
        if count > self.left:
            raise MalformedError(WHAT, f"{count} more bits after bit {self.at}", str(self.left))
        self.at += count
        return self.bits[self.at - count : self.at]

    def number(self, count: int) -> int:
        """Read the next `count` bits as an unsigned number."""
        return int(self.take(count) or "0", 2)

    def finish(self) -> None:
        """Nothing may follow but the zeros that fill a tag's last words."""
        rest = self.take(self.left)
        if "1" in rest:
            raise MalformedError(WHAT, "zeros behind its last field", shown(rest))


class Coding(Protocol):
    """One way to put a field's text into bits."""

    def read(self, reader: Reader) -> str:
        """Read one text. Raises MalformedError for bits that no text has."""
        ...

    def write(self, text: str) -> str:
        """Write one text. Raises MalformedError for what this coding cannot hold."""
        ...


@dataclass(frozen=True, slots=True)
class Integer:
    """Digits without zeros in front, as a number of `width` bits and at most `digits` digits (§14.3.1)."""

    width: int
    digits: int = 0

    @property
    def _limit(self) -> int:
        return min(1 << self.width, 10**self.digits) if self.digits else 1 << self.width

    def read(self, reader: Reader) -> str:
        """Read a number."""
        number = reader.number(self.width)
        if number >= self._limit:
            raise MalformedError(WHAT, f"a number below {self._limit}", str(number))
        return str(number)

    def write(self, text: str) -> str:
        """Write digits; zeros in front would be lost and are refused."""
        if not is_digits(text) or (text[0] == "0" and text != "0"):
            raise MalformedError(WHAT, "digits without zeros in front", shown(text))
        if int(text) >= self._limit:
            raise MalformedError(WHAT, f"a number below {self._limit}", shown(text))
        return bits_of(int(text), self.width)


INTEGER_7 = Integer(7)


@dataclass(frozen=True, slots=True)
class Digits:
    """Exactly `digits` digits as a number of `width` bits; no digits, no number (§14.3.3)."""

    width: int
    digits: int

    def read(self, reader: Reader) -> str:
        """Read the digits, zeros in front included."""
        number = reader.number(self.width)
        text = str(number).zfill(self.digits) if self.digits else ""
        if len(text) != self.digits or (not self.digits and number):
            raise MalformedError(WHAT, f"{self.digits} digits", str(number))
        return text

    def write(self, text: str) -> str:
        """Write the digits."""
        if len(text) != self.digits or (text and not is_digits(text)):
            raise MalformedError(WHAT, f"{self.digits} digits", shown(text))
        return bits_of(int(text or "0"), self.width)


@dataclass(frozen=True, slots=True)
class Prefixed:
    """Digits with their zeros in front, kept by a 1 before them, in `width` bits (§14.3.6)."""

    width: int
    digits: int

    def read(self, reader: Reader) -> str:
        """Read the digits behind the 1."""
        text = str(reader.number(self.width))
        if text[0] != "1" or not 1 <= len(text) - 1 <= self.digits:
            raise MalformedError(WHAT, f"a 1 and up to {self.digits} digits", text)
        return text[1:]

    def write(self, text: str) -> str:
        """Write a 1 and the digits."""
        if not is_digits(text) or len(text) > self.digits:
            raise MalformedError(WHAT, f"1 to {self.digits} digits", shown(text))
        return bits_of(int("1" + text), self.width)


@dataclass(frozen=True, slots=True)
class Text:
    """One to `most` characters of set 82, seven bits each, filled up with zeros to `width` (§14.3.2)."""

    width: int
    most: int

    def read(self, reader: Reader) -> str:
        """Read characters up to the zeros that fill the field."""
        field = reader.take(self.width)
        used = -(-len(field.rstrip("0")) // 7)
        text = "".join(chr(int(field[at : at + 7], 2)) for at in range(0, used * 7, 7))
        return self._checked(text)

    def write(self, text: str) -> str:
        """Write the characters."""
        bits = "".join(bits_of(ord(character), 7) for character in self._checked(text))
        return bits.ljust(self.width, "0")

    def _checked(self, text: str) -> str:
        if not 1 <= len(text) <= self.most or any(character not in CSET_82 for character in text):
            raise MalformedError(WHAT, f"1 to {self.most} characters of the GS1 set 82", shown(text))
        return text


@dataclass(frozen=True, slots=True)
class SixBit:
    """Characters of six bits each with six zeros behind the last: as long as they are (§14.3.8).

    `pattern` is what the text must match besides.
    """

    pattern: str

    def read(self, reader: Reader) -> str:
        """Read characters up to the six zeros."""
        text = ""
        while code := reader.number(6):
            text += _six_bit_character(code)
        return self._checked(text)

    def write(self, text: str) -> str:
        """Write the characters and six zeros."""
        return "".join(bits_of(ord(character) & 0x3F, 6) for character in self._checked(text)) + "000000"

    def _checked(self, text: str) -> str:
        if re.fullmatch(self.pattern, text) is None:
            raise MalformedError(WHAT, f"a text like {self.pattern}", shown(text))
        return text


@dataclass(frozen=True, slots=True)
class Cage:
    """Five or six letters and digits of a CAGE or DoDAAC code, blank in front of five (§14.3.7).

    `width` is 6 or 8 bits for each of the six characters. The letters I and O are not used.
    """

    width: int

    def read(self, reader: Reader) -> str:
        """Read the code without its blank."""
        codes = [reader.number(self.width) for _ in range(6)]
        text = "".join(_six_bit_character(code) if self.width == 6 else chr(code) for code in codes)
        return self._checked(text[1:] if text[0] == " " else text)

    def write(self, text: str) -> str:
        """Write the code, with a blank in front of five characters."""
        padded = self._checked(text).rjust(6)
        return "".join(bits_of(ord(character) & ((1 << self.width) - 1), self.width) for character in padded)

    @staticmethod
    def _checked(text: str) -> str:
        if re.fullmatch("[0-9A-HJ-NP-Z]{5,6}", text) is None:
            raise MalformedError(WHAT, "5 or 6 digits and letters but I and O", shown(text))
        return text


def _six_bit_character(code: int) -> str:
    character = chr(code | 0x40 if code < 0x20 else code)
    if character not in _SIX_BIT and character != " ":
        raise MalformedError(WHAT, "letters, digits, #, - or / in six bits", shown(character))
    return character
