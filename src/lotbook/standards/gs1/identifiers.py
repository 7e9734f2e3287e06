"""Application identifiers: what each two to four digit code in front of a value promises about the value.

The complete table of the GS1 General Specifications, made from the data in `table`; checks by name are in
`linters`. A code that is not in the table may still say something by its first digits (`unknown`).

>>> AIS["17"].title, AIS["17"].predefined
('USE BY or EXPIRY', True)
>>> examine(AIS["17"], "270229").code
'illegal_day'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lotbook.standards.errors import shown
from lotbook.standards.gs1.checks import is_digits
from lotbook.standards.gs1.errors import Fault, Gs1Error, refused
from lotbook.standards.gs1.linters import LINTERS
from lotbook.standards.gs1.table import CODE_LENGTHS, PREDEFINED_LENGTHS, ROWS, Row

_SETS = {"N": "csetnumeric", "X": "cset82", "Y": "cset39", "Z": "cset64"}
#: What a value of an unknown code may be: as many characters as any known one.
_UNKNOWN_LENGTH_MAX = 90


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a value: `least` to `most` characters of a `kind`, or nothing when `optional`.

    Kinds: N (digits), X (set 82), Y (set 39), Z (base64url). `checks` are names in `linters.LINTERS`.
    """

    kind: str
    least: int
    most: int
    checks: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """A code with its short title, the parts of its value, and how it stands to others.

    `predefined` values need no separator behind them in an element string. `attribute`: may stand in the
    query of a Digital Link. `paths` are the codes that may follow it in the path of a Digital Link, each way
    in its order; None means that the code is no Digital Link key. `needs`: all codes of at least one group
    must accompany it. `bars`: none of these may. `n` in a code stands for any digit. `known` is False for a
    code that the table does not have.
    """

    code: str
    title: str
    parts: tuple[Part, ...]
    predefined: bool = False
    attribute: bool = False
    paths: tuple[tuple[str, ...], ...] | None = None
    needs: tuple[tuple[str, ...], ...] = ()
    bars: tuple[str, ...] = ()
    known: bool = True

    @property
    def shortest(self) -> int:
        """The least number of characters the value may have."""
        return sum(part.least for part in self.parts if not part.optional)

    @property
    def longest(self) -> int:
        """The greatest number of characters the value may have."""
        return sum(part.most for part in self.parts)

    @property
    def qualifiers(self) -> frozenset[str]:
        """All codes that may follow it in the path of a Digital Link, on whichever way."""
        return frozenset(code for path in self.paths or () for code in path)


_PART = re.compile(r"([NXYZ])(\d+)?(?:\.\.(\d+))?(\??)((?::\w+)*)")


def _part(text: str) -> Part:
    """Read the shorthand of the table."""
    match = _PART.fullmatch(text)
    assert match is not None, text
    kind, exact, most, optional, checks = match.groups()
    names = tuple(checks.split(":")[1:])
    assert LINTERS.keys() >= set(names), text
    least, most = (exact, exact) if exact is not None else (1, most)
    return Part(kind, int(least), int(most), names, bool(optional))


def _codes(text: str) -> list[str]:
    first, _, last = text.partition("-")
    return [str(code).zfill(len(first)) for code in range(int(first), int(last or first) + 1)]


def _of_row(row: Row) -> Iterable[ApplicationIdentifier]:
    parts = tuple(_part(part) for part in row.parts.split())
    paths = None if row.path is None else tuple(tuple(way.split()) for way in row.path.split("|"))
    needs = tuple(tuple(group.split("+")) for group in row.needs.split())
    for code in _codes(row.codes):
        predefined = code[:2] in PREDEFINED_LENGTHS
        bars = tuple(row.bars.split())
        yield ApplicationIdentifier(code, row.title, parts, predefined, row.attribute, paths, needs, bars)


#: The application identifiers known today, by code.
AIS: Mapping[str, ApplicationIdentifier] = {ai.code: ai for row in ROWS for ai in _of_row(row)}


@lru_cache(maxsize=1024)
def unknown(code: str) -> ApplicationIdentifier:
    """Say what is known of a code that the table does not have: by its first digits, its length at best.

    Raises Gs1Error when it cannot be a code: no two to four digits, or another number of them than its first
    two promise.
    """
    length = CODE_LENGTHS.get(code[:2])
    if not is_digits(code) or not 2 <= len(code) <= 4 or (length or len(code)) != len(code):
        digits = f"{length} digits" if length else "2 to 4 digits"
        raise refused("an element string", "unknown_ai", f"a code of {digits}", f"({code})")
    whole = PREDEFINED_LENGTHS.get(code[:2])
    if whole is not None:
        return ApplicationIdentifier(
            code, "", (Part("N", whole - len(code), whole - len(code)),), True, True, known=False
        )
    return ApplicationIdentifier(code, "", (Part("X", 1, _UNKNOWN_LENGTH_MAX),), False, True, known=False)


def identifier(code: str, *, unknown_ais: bool = False) -> ApplicationIdentifier:
    """Return the identifier with this code; one that the table does not have only with `unknown_ais`."""
    if code in AIS:
        return AIS[code]
    if unknown_ais:
        return unknown(code)
    raise refused("an element string", "unknown_ai", "a known application identifier", f"({code})")


def code_in_front(text: str, *, unknown_ais: bool = False) -> str:
    """Return the code that `text` starts with; no code is the beginning of another."""
    for length in (2, 3, 4):
        if text[:length] in AIS:
            return text[:length]
    given = CODE_LENGTHS.get(text[:2])
    if unknown_ais and given is not None and len(text) >= given:
        return unknown(text[:given]).code
    raise refused("an element string", "unknown_ai", "a known application identifier", shown(text[:4]))


def examine(ai: ApplicationIdentifier, value: str) -> Fault | None:
    """Look for the first thing wrong with `value` by the format and the checks of `ai`."""
    rest = value
    for part in ai.parts:
        if part.optional and not rest:
            continue
        text, rest = rest[: part.most], rest[part.most :]
        if len(text) < part.least:
            return _wrong_length("value_too_short", ai, value)
        for name in (_SETS[part.kind], *part.checks):
            fault = LINTERS[name](text)
            if fault is not None:
                return fault
    return _wrong_length("value_too_long", ai, value) if rest else None


def _wrong_length(code: str, ai: ApplicationIdentifier, value: str) -> Fault:
    return Fault(code, f"{_lengths(ai)} characters", f"{len(value)} in {shown(value)}")


def _lengths(ai: ApplicationIdentifier) -> str:
    """Say how long a value may be: a part of fixed length that may be left out comes whole or not at all."""
    if any(part.least != part.most for part in ai.parts):
        return f"{ai.shortest} to {ai.longest}"
    ends = [sum(part.most for part in ai.parts[: end + 1]) for end in range(len(ai.parts))]
    return " or ".join(str(end) for end in ends if end >= ai.shortest)


def verify(ai: ApplicationIdentifier, value: str) -> None:
    """Check `value` against what `ai` promises. Raises Gs1Error naming the code, expected and got."""
    fault = examine(ai, value)
    if fault is not None:
        raise Gs1Error(f"({ai.code}) {ai.title}".rstrip(), fault)
