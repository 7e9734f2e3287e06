"""The small checks that the EPCIS rules are made of.

A check takes a value and its path and yields faults. The functions here make checks: of texts, of numbers, of
lists of something, of records with named fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lotbook.standards.epcis.faults import Fault, below
from lotbook.standards.epcis.formats import is_date_time
from lotbook.standards.errors import shown
from lotbook.standards.uri import is_uri

Check = Callable[[object, str], Iterator[Fault]]

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float, Decimal), "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "an object"),
    (type(None), "null"),
)


def kind_of(value: object) -> str:
    """Name the JSON type of `value`; a bool is never a number here."""
    return next((name for kinds, name in _KINDS if isinstance(value, kinds)), "no JSON value")


def _mismatch(value: object, path: str, expected: str) -> Fault:
    kind = kind_of(value)
    found = kind if isinstance(value, (list, dict, type(None))) else f"{kind}, {shown(value)}"
    return Fault(path, "type", f"expected {expected}, got {found}")


def text(value: object, path: str) -> Iterator[Fault]:
    """Any text."""
    if not isinstance(value, str):
        yield _mismatch(value, path, "a text")


def number(value: object, path: str) -> Iterator[Fault]:
    """A JSON number, however Python holds it."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        yield _mismatch(value, path, "a number")


def boolean(value: object, path: str) -> Iterator[Fault]:
    """True or false."""
    if not isinstance(value, bool):
        yield _mismatch(value, path, "true or false")


def anything(value: object, path: str) -> Iterator[Fault]:
    """No demand at all."""
    yield from ()


def formatted(test: Callable[[str], bool], expected: str) -> Check:
    """Make a check of a text by `test`; `expected` names the format for the reader."""

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield _mismatch(value, path, expected)
        elif not test(value):
            yield Fault(path, "format", f"expected {expected}, got {shown(value)}")

    return check


uri = formatted(is_uri, "a URI")
time = formatted(is_date_time, "a time with date and zone such as 2027-03-31T08:15:00+02:00")


def word(words: frozenset[str]) -> Check:
    """Make a check for one of a few fixed words."""
    expected = "one of " + ", ".join(sorted(words))

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield _mismatch(value, path, expected)
        elif value not in words:
            yield Fault(path, "enum", f"expected {expected}, got {shown(value)}")

    return check


def term(words: frozenset[str], source: str, shut: tuple[str, ...]) -> Check:
    """Make a check for a word of a standard vocabulary or a URI of somebody else's.

    URIs that begin with one of `shut` are the standard's own words spelled out; the JSON form wants those
    bare.
    """

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield _mismatch(value, path, f"a {source} or a URI")
        elif value not in words and not is_uri(value):
            yield Fault(path, "enum", f"expected a {source} of CBV 2.0 or a URI, got {shown(value)}")
        elif value.startswith(shut) and value not in words:
            yield Fault(path, "enum", f"expected the bare word of the {source}, got its URI {shown(value)}")

    return check


def either(first: Check, second: Check, expected: str) -> Check:
    """Make a check that holds when one of two holds."""

    def check(value: object, path: str) -> Iterator[Fault]:
        if any(first(value, path)) and any(second(value, path)):
            yield Fault(path, "type", f"expected {expected}, got {shown(value)}")

    return check


def _frozen(value: object) -> object:
    """Return a hashable stand-in that is equal exactly when two JSON values are."""
    if isinstance(value, dict):
        return ("object", frozenset((name, _frozen(member)) for name, member in value.items()))
    if isinstance(value, list):
        return ("list", tuple(_frozen(member) for member in value))
    # Python holds True equal to 1; JSON does not.
    return (isinstance(value, bool), value)


def listed(item: Check, *, least: int = 0, unique: bool = False) -> Check:
    """Make a check of a list whose members each pass `item`."""

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield _mismatch(value, path, "a list")
            return
        if len(value) < least:
            yield Fault(path, "empty", f"expected at least {least} entry, got none")
        for position, member in enumerate(value):
            yield from item(member, below(path, position))
        if unique:
            seen: set[object] = set()
            for position, member in enumerate(value):
                stand_in = _frozen(member)
                if stand_in in seen:
                    yield Fault(
                        below(path, position), "repeated", f"expected each once, got {shown(member)} again"
                    )
                seen.add(stand_in)

    return check


Others = Literal["uri", "none", "any"]


@dataclass(frozen=True, slots=True)
class Record:
    """A check of an object: `fields` by name, those `required`, and which `others` may stand beside them.

    Others "uri": names that are URIs or prefixed names (extensions); "none"; "any". `rules` look at the
    object as a whole, for fields that need or exclude each other.
    """

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    others: Others = "any"
    rules: tuple[Check, ...] = ()
    where: str = "here"

    def __call__(self, value: object, path: str) -> Iterator[Fault]:
        """Yield the faults of `value`."""
        if not isinstance(value, dict):
            yield _mismatch(value, path, "an object")
            return
        for name in self.required:
            if name not in value:
                yield Fault(below(path, name), "required", f"expected {name}, got nothing")
        for name, member in value.items():
            check = self.fields.get(name)
            if check is not None:
                yield from check(member, below(path, name))
            elif self.others == "none" or (self.others == "uri" and not is_uri(name)):
                yield Fault(below(path, name), "unknown", self._unknown(name))
        for rule in self.rules:
            yield from rule(value, path)

    def _unknown(self, name: str) -> str:
        extension = " or an extension named prefix:name" if self.others == "uri" else ""
        return f"expected a field that belongs {self.where}{extension}, got {shown(name)}"
