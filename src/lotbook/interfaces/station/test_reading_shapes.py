"""The shapes of what a device reads are those its script was written for: `station/src/protocol.ts`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from lotbook.interfaces.station.api import reading_shapes as shapes

pytestmark = pytest.mark.once

PROTOCOL = Path(__file__).parents[4] / "station/src/protocol.ts"
READ = (
    "Start", "Item", "Lot", "Place", "Unit", "Book", "Changes", "ExpectedLine", "JobHead", "ReceiveJob",
    "PutAwayJob", "PickLine", "PickJob", "LoadJob", "ProduceJob", "CountJob", "Jobs", "Lookup", "Found",
    "Looked",
)  # fmt: skip
INSIDE = {
    ("Start", "person"): "StationPerson",
    ("Start", "sites"): "StationSite",
    ("Item", "gtins"): "StationGtin",
    ("Lot", "at"): "StationAt",
    ("ReceiveJob", "units"): "StationArrivingUnit",
    ("PutAwayJob", "lines"): "StationPutAwayLine",
    ("LoadJob", "loose"): "StationLoose",
    ("ProduceJob", "needs"): "StationNeed",
    ("ProduceJob", "output"): "StationOutput",
    ("CountJob", "places"): "StationSheet",
}
"""Shapes without a name in the protocol, by where they stand."""

FIELD = re.compile(r"(\w+)(\?)?:\s*")


def fields(text: str) -> dict[str, str]:
    """The members of an interface's body → their types as written; an optional one keeps its mark."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    found: dict[str, str] = {}
    at = 0
    while (match := FIELD.search(text, at)) is not None:
        at = start = match.end()
        depth = 0
        while at < len(text) and (depth or text[at] != ";"):
            depth += (text[at] in "{[(<") - (text[at] in "}])>")
            if depth < 0:
                break
            at += 1
        found[match[1] + (match[2] or "")] = text[start:at].strip()
    return found


def interfaces(text: str) -> dict[str, dict[str, str]]:
    """Every interface of the protocol with its members, those it inherits left out."""
    found = {}
    for match in re.finditer(r"interface (\w+)(?:<[^{]*>)?(?: extends (\w+))? \{", text):
        depth, at = 1, match.end()
        while depth:
            depth += (text[at] == "{") - (text[at] == "}")
            at += 1
        found[match[1]] = fields(text[match.end() : at - 1])
    return found


TOLD = interfaces(PROTOCOL.read_text())


def own(shape: type[BaseModel]) -> set[str]:
    """The fields of a shape, without those it has from another one."""
    above = shape.__mro__[1]
    return set(shape.model_fields) - set(getattr(above, "model_fields", ()))


@pytest.mark.parametrize("name", READ)
def test_a_shape_has_the_fields_of_the_protocol(name: str) -> None:
    assert own(getattr(shapes, f"Station{name}")) == set(TOLD[name])


@pytest.mark.parametrize(("where", "name"), INSIDE.items())
def test_a_shape_within_another_has_them_too(where: tuple[str, str], name: str) -> None:
    written = TOLD[where[0]][where[1]]
    inner = written[written.index("{") + 1 : written.rindex("}")]
    assert own(getattr(shapes, name)) == set(fields(inner))


def test_the_words_of_a_status_are_the_same() -> None:
    (written,) = re.findall(r"type LotStatus = ([^;]+);", PROTOCOL.read_text())
    assert set(re.findall(r'"(\w+)"', written)) == set(shapes.Status.__args__)  # type: ignore[attr-defined]  # a Literal


@pytest.mark.parametrize("name", ["ReceiveJob", "PutAwayJob", "PickJob", "LoadJob", "ProduceJob", "CountJob"])
def test_a_kind_of_job_is_called_the_same(name: str) -> None:
    kind = getattr(shapes, f"Station{name}").model_fields["kind"].annotation.__args__
    assert TOLD[name]["kind"] == f'"{kind[0]}"'


def test_the_search_sees_a_difference() -> None:
    seen = interfaces(
        "interface A extends B {\n  /** x: y; */\n  a: string;\n  b?: { c: number; d: [x, y][] }[];\n}"
    )
    assert seen == {"A": {"a": "string", "b?": "{ c: number; d: [x, y][] }[]"}}
    assert fields(" c: number; d: [x, y][] ") == {"c": "number", "d": "[x, y][]"}
