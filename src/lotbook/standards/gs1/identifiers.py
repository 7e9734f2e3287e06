"""Application identifiers: what each two to four digit code in front of a value promises about the value.

The table `AIS` holds those that Lotbook acts on today. Every function that reads element strings or Digital
Links takes a table, so that the complete one (GS1 Syntax Dictionary) can be passed in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import (
    CSET_39,
    CSET_82,
    check_characters,
    check_digit,
    has_check_digit,
    is_digits,
)

_CHARACTERS = {"N": "0123456789", "X": CSET_82, "Y": CSET_39}
_CHARACTERS_NAMED = {"N": "digits", "X": "characters of the GS1 set 82", "Y": "characters of the GS1 set 39"}


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a value: `kind` N (digits), X (set 82) or Y (set 39), `least` to `most` characters.

    `check` is "" or one of: digit (its last digit is a check digit), pair (its last two are check
    characters), date (YYMMDD, DD may be 00), zero (must be 0), pieces (PPTT: piece and total, 01 ≤ PP ≤
    TT).
    """

    kind: str
    least: int
    most: int
    check: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """A code with its short title, the parts of its value, and what it does in a Digital Link.

    `fixed` codes need no separator after their value in an element string. `qualifiers` are the codes that
    may follow it in a Digital Link path, in this order; None means that the code is no Digital Link key.
    """

    code: str
    title: str
    parts: tuple[Part, ...]
    fixed: bool = False
    qualifiers: tuple[str, ...] | None = None

    @property
    def longest(self) -> int:
        """The greatest number of characters the value may have."""
        return sum(part.most for part in self.parts)


_PART = re.compile(r"([NXY])(\d+)?(?:\.\.(\d+))?(\??)(?::(\w+))?")


def _part(text: str) -> Part:
    """Read our shorthand: N14 is exactly 14, X..20 is 1 to 20, N..12? is 0 to 12, :check at the end."""
    match = _PART.fullmatch(text)
    assert match is not None, text
    kind, exact, most, optional, check = match.groups()
    if exact is not None:
        return Part(kind, int(exact), int(exact), check or "")
    return Part(kind, 0 if optional else 1, int(most), check or "")


def _ai(
    code: str, title: str, shape: str, *, fixed: bool = False, path: str | None = None
) -> ApplicationIdentifier:
    qualifiers = None if path is None else tuple(path.split())
    return ApplicationIdentifier(code, title, tuple(_part(p) for p in shape.split()), fixed, qualifiers)


def _measures() -> Iterable[ApplicationIdentifier]:
    """Trade and logistic measures 310n to 369n: six digits, n of them after the decimal point."""
    for code in range(310, 370):
        for places in range(6):
            yield _ai(f"{code}{places}", "MEASURE", "N6", fixed=True)


_TABLE = [
    _ai("00", "SSCC", "N18:digit", fixed=True, path=""),
    _ai("01", "GTIN", "N14:digit", fixed=True, path="22 10 21 235"),
    _ai("02", "CONTENT", "N14:digit", fixed=True),
    _ai("10", "BATCH/LOT", "X..20"),
    _ai("11", "PROD DATE", "N6:date", fixed=True),
    _ai("12", "DUE DATE", "N6:date", fixed=True),
    _ai("13", "PACK DATE", "N6:date", fixed=True),
    _ai("15", "BEST BEFORE", "N6:date", fixed=True),
    _ai("16", "SELL BY", "N6:date", fixed=True),
    _ai("17", "EXPIRY", "N6:date", fixed=True),
    _ai("20", "VARIANT", "N2", fixed=True),
    _ai("21", "SERIAL", "X..20"),
    _ai("22", "CPV", "X..20"),
    _ai("30", "VAR. COUNT", "N..8"),
    _ai("37", "COUNT", "N..8"),
    _ai("235", "TPX", "X..28"),
    _ai("240", "ADDITIONAL ID", "X..30"),
    _ai("241", "CUST. PART No.", "X..30"),
    _ai("250", "SECONDARY SERIAL", "X..30"),
    _ai("251", "REF. TO SOURCE", "X..30"),
    _ai("253", "GDTI", "N13:digit X..17?", path=""),
    _ai("254", "GLN EXTENSION", "X..20"),
    _ai("255", "GCN", "N13:digit N..12?", path=""),
    _ai("400", "ORDER NUMBER", "X..30"),
    _ai("401", "GINC", "X..30", path=""),
    _ai("402", "GSIN", "N17:digit", path=""),
    _ai("410", "SHIP TO LOC", "N13:digit", fixed=True),
    _ai("411", "BILL TO", "N13:digit", fixed=True),
    _ai("412", "PURCHASE FROM", "N13:digit", fixed=True),
    _ai("413", "SHIP FOR LOC", "N13:digit", fixed=True),
    _ai("414", "LOC No.", "N13:digit", fixed=True, path="254 7040"),
    _ai("415", "PAY TO", "N13:digit", fixed=True, path="8020"),
    _ai("416", "PROD/SERV LOC", "N13:digit", fixed=True),
    _ai("417", "PARTY", "N13:digit", fixed=True, path="7040"),
    _ai("422", "ORIGIN", "N3"),
    _ai("7003", "EXPIRY TIME", "N10"),
    _ai("7040", "UIC+EXT", "X4"),
    _ai("8003", "GRAI", "N1:zero N13:digit X..16?", path=""),
    _ai("8004", "GIAI", "X..30", path="7040"),
    _ai("8006", "ITIP", "N14:digit N4:pieces", path="22 10 21"),
    _ai("8010", "CPID", "Y..30", path="8011"),
    _ai("8011", "CPID SERIAL", "N..12"),
    _ai("8013", "GMN", "X..25:pair", path=""),
    _ai("8017", "GSRN - PROVIDER", "N18:digit", path="8019"),
    _ai("8018", "GSRN - RECIPIENT", "N18:digit", path="8019"),
    _ai("8019", "SRIN", "N..10"),
    _ai("8020", "REF No.", "X..25"),
    *(_ai(str(code), "INTERNAL", "X..30" if code == 90 else "X..90") for code in range(90, 100)),
    *_measures(),
]

#: The application identifiers known today, by code (GS1 General Specifications, figure 3.2-1).
AIS: Mapping[str, ApplicationIdentifier] = {ai.code: ai for ai in _TABLE}


def _is_date(text: str) -> bool:
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    try:
        # The century does not matter: 2000 and 1900 differ from their neighbours only in 29 February.
        date(2000 + year, month, day or 1)
    except ValueError:
        return False
    return True


def _verify_part(what: str, part: Part, text: str) -> None:
    if any(character not in _CHARACTERS[part.kind] for character in text):
        raise MalformedError(what, f"only {_CHARACTERS_NAMED[part.kind]}", shown(text))
    if part.check == "digit" and not has_check_digit(text):
        raise MalformedError(what, f"check digit {check_digit(text[:-1])}", f"{text[-1]} in {text}")
    if part.check == "pair" and (len(text) < 3 or check_characters(text[:-2]) != text[-2:]):
        expected = f"check characters {check_characters(text[:-2])}" if len(text) > 2 else "check characters"
        raise MalformedError(what, expected, shown(text))
    if part.check == "date" and not _is_date(text):
        raise MalformedError(what, "a date as YYMMDD", shown(text))
    if part.check == "zero" and text != "0":
        raise MalformedError(what, "0 in front", shown(text))
    if part.check == "pieces" and not (is_digits(text) and 1 <= int(text[:2]) <= int(text[2:])):
        raise MalformedError(what, "piece and total as PPTT with 01 ≤ PP ≤ TT", shown(text))


def verify(ai: ApplicationIdentifier, value: str) -> None:
    """Check `value` against what `ai` promises. Raises MalformedError naming the code, expected and got."""
    what = f"({ai.code}) {ai.title}"
    least = sum(part.least for part in ai.parts)
    if not least <= len(value) <= ai.longest:
        length = str(least) if least == ai.longest else f"{least} to {ai.longest}"
        raise MalformedError(what, f"{length} characters", f"{len(value)} in {shown(value)}")
    start = 0
    for part in ai.parts:
        text = value[start : start + part.most]
        _verify_part(what, part, text)
        start += len(text)
