"""How the "+" schemes pack values of application identifiers into bits (TDS 2.x, §14.5 and §15.3).

Every application identifier has a format (the standard's table F, `FORMATS` here): one or two components,
each with a way to be packed. Behind the EPC more elements may follow, each with its code in front
(`read_elements`, `write_elements`).

>>> pack("10", "ABC-12")
'1010011000000110100101001010110110111001'
>>> unpack("10", Reader(pack("10", "ABC-12")))
'ABC-12'
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lotbook.standards.epc.bits import WHAT, Reader, bits_of
from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import is_digits

_BASE_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CODE_40 = "\0ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"


@dataclass(frozen=True, slots=True)
class Numeral:
    """Fixed digits: `step` bits for each (§14.5.4), or all as one number when `step` is 0 (§14.5.2)."""

    digits: int
    step: int = 0

    @property
    def width(self) -> int:
        """Bits the digits need."""
        return self.step * self.digits if self.step else number_width(self.digits)

    def cut(self, text: str) -> int:
        """How much of `text` is this component."""
        return self.digits

    def write(self, text: str) -> str:
        """Pack the digits."""
        if len(text) != self.digits or not is_digits(text):
            raise MalformedError(WHAT, f"{self.digits} digits", shown(text))
        if self.step:
            return "".join(bits_of(int(digit), self.step) for digit in text)
        return bits_of(int(text), self.width)

    def read(self, reader: Reader) -> str:
        """Unpack the digits."""
        if self.step:
            digits = [reader.number(self.step) for _ in range(self.digits)]
            text = "".join(f"{digit:X}" for digit in digits)
        else:
            text = str(reader.number(self.width)).zfill(self.digits)
        if len(text) != self.digits or not is_digits(text):
            raise MalformedError(WHAT, f"{self.digits} digits", shown(text))
        return text


@dataclass(frozen=True, slots=True)
class Count:
    """Up to `most` digits as one number behind their count of `sized` bits (§14.5.13)."""

    sized: int
    most: int

    def cut(self, text: str) -> int:
        """All of it."""
        return len(text)

    def write(self, text: str) -> str:
        """Pack count and number."""
        if not is_digits(text) or len(text) > self.most:
            raise MalformedError(WHAT, f"1 to {self.most} digits", shown(text))
        return bits_of(len(text), self.sized) + bits_of(int(text), number_width(len(text)))

    def read(self, reader: Reader) -> str:
        """Unpack the number with its zeros in front."""
        length = _length(reader, self.sized, self.most)
        return _integer(reader, length)


@dataclass(frozen=True, slots=True)
class Mixed:
    """Up to `most` characters in the shortest of six encodings, named in front (§14.5.6).

    `sized` is the width of the length.
    """

    sized: int
    most: int

    def cut(self, text: str) -> int:
        """All of it."""
        return len(text)

    def write(self, text: str) -> str:
        """Pack in the shortest encoding; of two equally short ones the lower number."""
        if not 1 <= len(text) <= self.most:
            raise MalformedError(WHAT, f"1 to {self.most} characters", shown(text))
        fitting = [
            (encoding.width(len(text)), number)
            for number, encoding in enumerate(_ENCODINGS)
            if re.fullmatch(f"{encoding.characters}+", text)
        ]
        if not fitting:
            raise MalformedError(WHAT, "characters of the GS1 sets 82 and 39", shown(text))
        _, number = min(fitting)
        return bits_of(number, 3) + bits_of(len(text), self.sized) + _ENCODINGS[number].write(text)

    def read(self, reader: Reader) -> str:
        """Unpack whatever encoding was used, if the characters are its own."""
        number = reader.number(3)
        if number >= len(_ENCODINGS):
            raise MalformedError(WHAT, "an encoding from 0 to 5", str(number))
        length = _length(reader, self.sized, self.most)
        text = _ENCODINGS[number].read(reader, length)
        if re.fullmatch(f"{_ENCODINGS[number].characters}{{{length}}}", text) is None:
            raise MalformedError(WHAT, f"{length} characters of encoding {number}", shown(text))
        return text


@dataclass(frozen=True, slots=True)
class Leading:
    """Digits of four bits each, then 15 for the end or 14 and other characters (§14.5.5)."""

    rest: Mixed

    def cut(self, text: str) -> int:
        """All of it."""
        return len(text)

    def write(self, text: str) -> str:
        """Pack digits in front, then the rest."""
        digits = re.match("[0-9]*", text)
        front = digits[0] if digits else ""
        if not text or len(text) > self.rest.most:
            raise MalformedError(WHAT, f"1 to {self.rest.most} characters", shown(text))
        packed = "".join(bits_of(int(digit), 4) for digit in front)
        if front == text:
            return packed + "1111"
        return packed + "1110" + self.rest.write(text[len(front) :])

    def read(self, reader: Reader) -> str:
        """Unpack up to the end mark, or with what follows the delimiter."""
        text = ""
        while (digit := reader.number(4)) < 10:
            text += str(digit)
        if digit == 14:
            text += self.rest.read(reader)
        elif digit != 15:
            raise MalformedError(WHAT, "a digit, a delimiter (E) or an end (F)", f"{digit:X}")
        if not 1 <= len(text) <= self.rest.most:
            raise MalformedError(WHAT, f"1 to {self.rest.most} characters", shown(text))
        return text


@dataclass(frozen=True, slots=True)
class Moment:
    """Dates and times as YYMMDD[hh[mm[ss]]]; `marks` tell lengths apart (§14.5.8 to §14.5.11).

    `marks` maps the bits in front to the number of digits that follow: {"": 6} is a plain date.
    """

    marks: tuple[tuple[str, int], ...]

    def cut(self, text: str) -> int:
        """All of it."""
        return len(text)

    def write(self, text: str) -> str:
        """Pack each pair of digits: year 7 bits, month 4, day and hour 5, minute and second 6."""
        mark = next((mark for mark, digits in self.marks if digits == len(text)), None)
        if mark is None or not is_digits(text):
            lengths = " or ".join(str(digits) for _, digits in self.marks)
            raise MalformedError(WHAT, f"{lengths} digits of a date", shown(text))
        pairs = re.findall("..", _real(text, ranged=self._ranged(len(text))))
        widths = self._widths(len(text))
        return mark + "".join(bits_of(int(pair), width) for pair, width in zip(pairs, widths, strict=True))

    def read(self, reader: Reader) -> str:
        """Unpack the pairs; raises for days that no calendar has."""
        mark = reader.take(len(self.marks[0][0]))
        digits = dict(self.marks)[mark]
        text = "".join(f"{reader.number(width):02}" for width in self._widths(digits))
        if len(text) != digits:
            raise MalformedError(WHAT, f"{digits} digits of a date", shown(text))
        return _real(text, ranged=self._ranged(digits))

    def _ranged(self, digits: int) -> bool:
        """Whether twelve digits are two dates (harvest from, to) and not a date with its time."""
        return digits == 12 and len(self.marks[0][0]) == 1

    def _widths(self, digits: int) -> tuple[int, ...]:
        return (7, 4, 5) * 2 if self._ranged(digits) else (7, 4, 5, 5, 6, 6)[: digits // 2]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A short text of a fixed form, each of its `pieces` in `width` bits (§14.5.7, .12, .14, .15)."""

    form: str
    pieces: tuple[tuple[str, ...], ...]
    width: int

    def cut(self, text: str) -> int:
        """All of it."""
        return len(text)

    def write(self, text: str) -> str:
        """Pack the text; raises when it is not of this form."""
        for code in range(1 << (self.width * len(self.pieces))):
            if self._text(code) == text:
                return bits_of(code, self.width * len(self.pieces))
        raise MalformedError(WHAT, self.form, shown(text))

    def read(self, reader: Reader) -> str:
        """Unpack the text."""
        code = reader.number(self.width * len(self.pieces))
        text = self._text(code)
        if text is None:
            raise MalformedError(WHAT, self.form, bits_of(code, self.width * len(self.pieces)))
        return text

    def _text(self, code: int) -> str | None:
        text = ""
        for place, piece in enumerate(reversed(self.pieces)):
            index = (code >> (place * self.width)) & ((1 << self.width) - 1)
            if index >= len(piece) or piece[index] == "\0":
                return None
            text = piece[index] + text
        return text


Component = Numeral | Count | Mixed | Leading | Moment | Pattern


@dataclass(frozen=True, slots=True)
class _Encoding:
    """One of the six: its characters, its width for a length, and both ways."""

    characters: str
    width: Callable[[int], int]
    write: Callable[[str], str]
    read: Callable[[Reader, int], str]


def number_width(digits: int) -> int:
    """Bits that the largest number of so many digits needs (the standard's table B)."""
    largest: int = 10**digits - 1
    return largest.bit_length()


def _length(reader: Reader, sized: int, most: int) -> int:
    length = reader.number(sized)
    if not 1 <= length <= most:
        raise MalformedError(WHAT, f"a length of 1 to {most}", str(length))
    return length


def _integer(reader: Reader, length: int) -> str:
    text = str(reader.number(number_width(length))).zfill(length)
    if len(text) != length:
        raise MalformedError(WHAT, f"{length} digits", text)
    return text


def _alphabet(letters: str, width: int, characters: str) -> _Encoding:
    def read(reader: Reader, length: int) -> str:
        return "".join(letters[reader.number(width)] for _ in range(length))

    def write(text: str) -> str:
        return "".join(bits_of(letters.index(letter), width) for letter in text)

    return _Encoding(characters, lambda length: width * length, write, read)


def _write_40(text: str) -> str:
    padded = text + "\0" * (-len(text) % 3)
    codes = [_CODE_40.index(letter) for letter in padded]
    return "".join(
        bits_of(1600 * codes[at] + 40 * codes[at + 1] + codes[at + 2] + 1, 16)
        for at in range(0, len(codes), 3)
    )


def _read_40(reader: Reader, length: int) -> str:
    text = ""
    for _ in range(-(-length // 3)):
        code = reader.number(16) - 1
        if not 0 <= code < 64_000:
            raise MalformedError(WHAT, "three characters in 16 bits", str(code + 1))
        text += _CODE_40[code // 1600] + _CODE_40[code // 40 % 40] + _CODE_40[code % 40]
    return text.rstrip("\0")


#: The standard's table E, in the order of its numbers.
_ENCODINGS = (
    _Encoding("[0-9]", number_width, lambda text: bits_of(int(text), number_width(len(text))), _integer),
    _alphabet("0123456789ABCDEF", 4, "[0-9A-F]"),
    _alphabet("0123456789abcdef", 4, "[0-9a-f]"),
    _alphabet(_BASE_64, 6, "[0-9A-Za-z_-]"),
    _alphabet("".join(chr(code) for code in range(128)), 7, r"[!-#%-?A-Z_a-z]"),
    _Encoding(r"[0-9A-Z.:-]", lambda length: 16 * -(-length // 3), _write_40, _read_40),
)


def _real(text: str, *, ranged: bool) -> str:
    """Check the day and the time of `text`; day 00 is the month as such. Returns it."""
    days = (text[:6], text[6:]) if ranged else (text[:6],)
    fine = True
    for day in days:
        month = int(day[2:4])
        # 2000 was a leap year; of other centuries only their first year differs.
        fine &= 1 <= month <= 12 and int(day[4:]) <= monthrange(2000 + int(day[:2]), month)[1]
    if fine and not ranged and len(text) > 6:
        hour, *small = (int(pair) for pair in re.findall("..", text[6:]))
        fine = hour <= (24 if not any(small) else 23) and all(part <= 59 for part in small)
    if not fine:
        raise MalformedError(WHAT, "a date as YYMMDD, or with its time", shown(text))
    return text


_DATE = Moment((("", 6),))
_MINUTE = Moment((("", 10),))
_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ONE_TO_NINE = ("\0", *"123456789")
_COUNTRY = Pattern("a country of two letters (ISO 3166-1)", (_LETTERS, _LETTERS), 6)
_FLAG = Pattern("0 or 1", (("0", "1"),), 1)
_MINUS = Pattern("nothing or -", (("", "-"),), 1)
_NUMERAL_GTIN, _NUMERAL_GLN, _NUMERAL_18 = Numeral(14, 4), Numeral(13, 4), Numeral(18, 4)
_X = {most: Mixed(most.bit_length(), most) for most in (2, 3, 4, 9, 10, 12, 16, 17, 20, 24, 25, 27, 28, 30)}
_X |= {most: Mixed(most.bit_length(), most) for most in (35, 40, 50, 70, 90)}


def _codes(text: str) -> Iterable[str]:
    """Spread "10 21 410-417" into codes."""
    for piece in text.split():
        first, _, last = piece.partition("-")
        yield from (str(code).zfill(len(first)) for code in range(int(first), int(last or first) + 1))


def _formats() -> dict[str, tuple[Component, ...]]:
    amount = Count(4, 15)
    rows: list[tuple[str, tuple[Component, ...]]] = [
        ("00 8006 8017 8018 8026", (_NUMERAL_18,)),
        ("01 02", (_NUMERAL_GTIN,)),
        ("11-13 15-17 4326 7006", (_DATE,)),
        ("20", (Numeral(2),)),
        ("10 21 22 243 254 420 4318 7020-7022 710-716 7240 8002 8012", (_X[20],)),
        ("235", (_X[28],)),
        ("240 241 250 251 400 401 403 4308 4319 7002 7230-7239 90", (_X[30],)),
        ("242", (Count(3, 6),)),
        ("253", (_NUMERAL_GLN, _X[17])),
        ("255", (_NUMERAL_GLN, Count(4, 12))),
        ("30 37", (Count(4, 8),)),
        ("3900-3909 3920-3929 423 425", (amount,)),
        ("3910-3919 3930-3939", (Numeral(3), amount)),
        ("3940-3943 8111", (Numeral(4),)),
        ("3950-3953 8005", (Numeral(6),)),
        ("402", (Numeral(17),)),
        ("410-417", (_NUMERAL_GLN,)),
        ("421", (Numeral(3), _X[9])),
        ("422 424 426", (Numeral(3),)),
        ("427 7008", (_X[3],)),
        ("4300 4301 4310 4311 4320", (_X[35],)),
        ("4302-4306 4312-4316 7257 8110 8112 8200", (_X[70],)),
        ("4307 4317", (_COUNTRY,)),
        ("4309", (Numeral(20),)),
        ("4321-4323", (_FLAG,)),
        ("4324 4325 7003", (_MINUTE,)),
        ("4330-4333", (Numeral(6), _MINUS)),
        ("7001", (Numeral(13),)),
        ("7004", (Count(3, 4),)),
        ("7005", (_X[12],)),
        ("7007", (Moment((("0", 6), ("1", 12))),)),
        ("7009 7255", (_X[10],)),
        ("7010", (_X[2],)),
        ("7011 8008", (Moment((("00", 8), ("01", 10), ("10", 12), ("11", 6))),)),
        ("7023 8004 8010", (Leading(_X[30]),)),
        ("7030-7039", (Numeral(3), _X[27])),
        ("7040 7041", (_X[4],)),
        ("7241", (Numeral(2, 4),)),
        ("7242 8013 8020", (_X[25],)),
        ("7250", (Numeral(8),)),
        ("7251", (Numeral(12),)),
        ("7252", (Numeral(1),)),
        ("7253 7254 7259", (_X[40],)),
        ("7256 8030 91-99", (_X[90],)),
        (
            "7258",
            (Pattern("n/m, digits from 1 to 9", (_ONE_TO_NINE, tuple(f"/{n}" for n in _ONE_TO_NINE)), 4),),
        ),
        ("8001", (Numeral(14),)),
        ("8003", (_NUMERAL_GTIN, _X[16])),
        ("8007", (_X[24],)),
        ("8009", (_X[50],)),
        ("8011", (Count(4, 12),)),
        ("8019", (Count(4, 10),)),
    ]
    found = {code: components for text, components in rows for code in _codes(text)}
    measures = (*range(310, 317), *range(320, 338), *range(340, 358), *range(360, 370))
    return found | {f"{measure}{places}": (Numeral(6),) for measure in measures for places in range(6)}


#: How the value of each application identifier is packed (TDS 2.2, table F).
FORMATS: Mapping[str, tuple[Component, ...]] = _formats()

#: Codes by their first two digits: how many digits they have (TDS 2.2, table K).
_CODE_LENGTHS: Mapping[str, int] = {code[:2]: len(code) for code in FORMATS}


def pack(code: str, value: str) -> str:
    """Write the value of an application identifier as bits, without its code.

    Raises MalformedError for a code without format, or for a value that is not of it.
    """
    if code not in FORMATS:
        raise MalformedError(WHAT, "an application identifier with a format", f"({code})")
    *fixed, last = FORMATS[code]
    bits = ""
    for component in fixed:
        size = component.cut(value)
        bits += component.write(value[:size])
        value = value[size:]
    return bits + last.write(value)


def unpack(code: str, reader: Reader) -> str:
    """Read the value of an application identifier. Raises MalformedError for bits not of its format."""
    return "".join(component.read(reader) for component in FORMATS[code])


def write_elements(elements: Iterable[tuple[str, str]]) -> str:
    """Write elements behind an EPC: each digit of the code in four bits, then the value (§15.3)."""
    return "".join(
        "".join(bits_of(int(digit), 4) for digit in code) + pack(code, value) for code, value in elements
    )


def read_elements(reader: Reader) -> Iterable[tuple[str, str]]:
    """Read the elements behind an EPC, up to the zeros that fill the tag.

    The zeros of an ending look like a code 00: what follows it decides.
    """
    while reader.left >= 8 and "1" in reader.bits[reader.at :]:
        code = "".join(f"{reader.number(4):X}" for _ in range(2))
        length = _CODE_LENGTHS.get(code)
        if length is None:
            raise MalformedError(WHAT, "the code of an application identifier", code)
        code += "".join(f"{reader.number(4):X}" for _ in range(length - 2))
        if code not in FORMATS:
            raise MalformedError(WHAT, "the code of an application identifier", code)
        yield code, unpack(code, reader)
