"""The events of a document as they stand in the file, letter by letter.

Parsing and writing out again would lose what the standard does not name: white space, the spelling of
numbers, the order of names. So the text of each event is cut out of the file where it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]  # json has it without a type
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(parse_float=Decimal)
_BODY = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """One event: ``path`` is its JSON pointer in the document, ``text`` what stands there."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Sliced:
    """A document's events in their order, and the text of the @context around them ("" for none)."""

    events: tuple[Slice, ...]
    context: str = ""


def cut(source: str) -> Sliced:
    """Cut a valid document (any shape that ``standards.epcis.events`` takes) into its events."""
    start = _skip(source, 0)
    if source[start] == "[":
        return Sliced(tuple(_elements(source, start, "")))
    root = {name: (begin, end) for name, begin, end in _members(source, start)}
    kind = json.loads(source[slice(*root["type"])]) if "type" in root else None
    steps = _BODY.get(str(kind)) or (("eventList",) if kind is None and "eventList" in root else None)
    if steps is None:
        return Sliced((Slice("", source[start:].rstrip(" \t\n\r")),))
    context = source[slice(*root["@context"])] if "@context" in root else ""
    path, at = "", start
    for step in steps:
        # Of a name that occurs twice the last one counts, as everywhere in the JSON world.
        found = [begin for name, begin, _ in _members(source, at) if name == step]
        if not found:
            return Sliced((), context)
        path, at = f"{path}/{step}", found[-1]
    return Sliced(tuple(_elements(source, at, path)), context)


def _skip(source: str, at: int) -> int:
    match = _SPACE.match(source, at)
    return match.end() if match else at


def _members(source: str, at: int) -> Iterator[tuple[str, int, int]]:
    """The members of the object that opens at ``at``: name, where the value begins and ends."""
    at = _skip(source, at + 1)
    while source[at] != "}":
        name, at = scanstring(source, at + 1, True)
        begin = _skip(source, _skip(source, at) + 1)
        end = _end(source, begin)
        yield name, begin, end
        at = _skip(source, end)
        if source[at] == ",":
            at = _skip(source, at + 1)


def _elements(source: str, at: int, path: str) -> Iterator[Slice]:
    """The elements of the list that opens at ``at``."""
    at, index = _skip(source, at + 1), 0
    while source[at] != "]":
        end = _end(source, at)
        yield Slice(f"{path}/{index}", source[at:end])
        at, index = _skip(source, end), index + 1
        if source[at] == ",":
            at = _skip(source, at + 1)


def _end(source: str, at: int) -> int:
    value: tuple[Any, int] = _DECODER.raw_decode(source, at)
    return value[1]
