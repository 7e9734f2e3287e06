"""What a device did has the shapes its script sends and reads, field by field: `station/src/protocol.ts`."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from lotbook.interfaces.station.acting import frame
from lotbook.interfaces.station.acting import shapes as bodies
from lotbook.interfaces.station.acting.registry import HANDLERS
from lotbook.interfaces.station.api import acts_shapes as answers
from lotbook.interfaces.station.test_reading_shapes import PROTOCOL, fields, interfaces

pytestmark = pytest.mark.once

TEXT = PROTOCOL.read_text()
TOLD = interfaces(TEXT)
_BODIES = TEXT[TEXT.index("interface Bodies {") :].partition("{")[2]
SENT = fields(_BODIES[: _BODIES.index("\n}\n")])
WORDS = {
    "Uuid": "uuid", "Day": "date", "Quantity": "string", "Instant": "string", "string": "string",
    "number": "number", "boolean": "boolean",
}  # fmt: skip


def members(written: str) -> dict[str, str]:
    """The members of an inline shape, or of a named interface."""
    return fields(written[written.index("{") + 1 : written.rindex("}")]) if "{" in written else TOLD[written]


def of_script(written: str) -> set[str]:
    """What a type as written may be: a word such as uuid, a literal in quotes, a shape, or a list of them."""
    written = written.strip()
    if written.endswith("[]"):
        return {f"list of {one}" for one in of_script(written[:-2])}
    if written.startswith("{") or written in TOLD:
        return {"shape"}
    return {one if one.startswith('"') else WORDS[one] for one in map(str.strip, written.split("|"))}


def of_server(schema: dict[str, Any]) -> set[str]:
    """The same of a JSON schema of ours; that a field may be left out (null) is told apart by `required`."""
    if "anyOf" in schema:
        return {one for part in schema["anyOf"] for one in of_server(part)} - {"null"}
    if "const" in schema or "enum" in schema:
        return {f'"{one}"' for one in schema.get("enum", [schema.get("const")])}
    if schema.get("type") == "array":
        return {f"list of {one}" for one in of_server(schema["items"])}
    if "$ref" in schema or schema.get("type") == "object":
        return {"shape"}
    if schema.get("format") in ("uuid", "date"):
        return {schema["format"]}
    return {{"integer": "number"}.get(schema["type"], schema["type"])}


def differs(shape: type[BaseModel], told: dict[str, str]) -> list[str]:
    """What a device sends and `shape` does not take, or asks for and is not sent."""
    schema = shape.model_json_schema(by_alias=True)
    taken, needed = schema["properties"], set(schema.get("required", ()))
    sent = {name.rstrip("?"): of_script(written) for name, written in told.items()}
    sure = {name for name in told if not name.endswith("?")}
    found = [f"{name} is only on one side" for name in sorted(set(sent) ^ set(taken))]
    found += [f"{name} is needed, and may be left out" for name in sorted(needed - sure)]
    for name in sorted(set(sent) & set(taken)):
        more = sent[name] - of_server(taken[name])
        found += [f"{name} may be {', '.join(sorted(more))}"] if more else []
    return found


def test_every_kind_of_act_is_known_on_both_sides() -> None:
    assert set(SENT) == set(HANDLERS)


@pytest.mark.parametrize("kind", SENT)
def test_a_body_is_taken_as_it_is_sent(kind: str) -> None:
    assert differs(HANDLERS[kind].body, members(SENT[kind])) == []


@pytest.mark.parametrize("name", ["ReceiveLine", "GoodsLine"])
def test_a_line_is_taken_as_it_is_sent(name: str) -> None:
    assert differs(getattr(bodies, name), TOLD[name]) == []


@pytest.mark.parametrize(
    ("kind", "shape"), [("receive", "ReceiveLine"), ("move", "GoodsLine"), ("pack", "GoodsLine")]
)
def test_lines_are_of_that_shape(kind: str, shape: str) -> None:
    assert members(SENT[kind])["lines"] == f"{shape}[]"
    assert (
        HANDLERS[kind].body.model_json_schema()["properties"]["lines"]["items"]["$ref"].endswith(f"/{shape}")
    )


def test_a_counted_line_is_taken_as_it_is_sent() -> None:
    assert differs(bodies.CountLine, members(members(SENT["count"])["lines"])) == []


def test_the_frame_and_its_scans_are_taken_as_they_are_sent() -> None:
    # Of the kind's own type in the script: a name, and a shape.
    told = {**TOLD["ActOf"], "kind": "string", "body": "{ }"}
    assert differs(frame.FrameIn, told) == []
    assert differs(frame.ScanIn, members(TOLD["ActOf"]["scans"])) == []


def test_what_is_asked_is_taken_as_it_is_sent() -> None:
    assert set(answers.StationDelivery.model_fields) == set(TOLD["Delivery"])
    choice = TOLD["Choice"]["how"]
    told = {**TOLD["Resolution"], "how": choice, "body?": "{ }"}
    assert TOLD["Resolution"]["how"] == 'Choice["how"]'
    assert differs(answers.StationResolution, told) == []


PROBLEMS, CONFLICTS = TOLD["Verdict"]["problems"], TOLD["Inbox"]["conflicts"]
ANSWERED = {
    "Verdict": ("StationVerdict", TOLD["Verdict"]),
    "problem": ("StationProblem", members(PROBLEMS)),
    "Choice": ("StationChoice", TOLD["Choice"]),
    "Verdicts": ("StationVerdicts", TOLD["Verdicts"]),
    "Inbox": ("StationInbox", TOLD["Inbox"]),
    "conflict": ("StationConflict", {**TOLD["Verdict"], **members(CONFLICTS)}),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_an_answer_is_what_the_script_reads(name: str) -> None:
    shape, told = ANSWERED[name]
    schema = getattr(answers, shape).model_json_schema(mode="serialization")
    assert set(schema["properties"]) == set(told) == set(schema["required"])
    for field, written in told.items():
        given = of_server(schema["properties"][field])
        if "Record<" in written or written == "Act":
            assert given == {"shape"}, field
        elif "{" in written:
            assert given == {"list of shape"}, field
        else:
            # An id is given back as it was sent, also one that is none.
            expected = of_script(written) | ({"string"} if of_script(written) == {"uuid"} else set())
            assert given <= expected, field


def test_states_and_choices_are_the_same_words() -> None:
    for shape, name, field in (("StationVerdict", "Verdict", "state"), ("StationChoice", "Choice", "how")):
        schema = getattr(answers, shape).model_json_schema()["properties"][field]
        assert of_server(schema) == of_script(TOLD[name][field])


def test_the_search_sees_a_difference() -> None:
    told = members(SENT["move_unit"])
    assert differs(bodies.MoveUnit, {**told, "speed": "number"}) == ["speed is only on one side"]
    assert differs(bodies.MoveUnit, {"sscc": "string"}) == [
        "to is only on one side",
        "to is needed, and may be left out",
    ]
    assert differs(bodies.MoveUnit, {"sscc": "string", "to?": "string"}) == [
        "to is needed, and may be left out"
    ]
    assert differs(bodies.MoveUnit, {"sscc": "number", "to": "string"}) == ["sscc may be number"]
    load = {**members(SENT["load"]), "document": '"order" | "gift"'}
    assert differs(bodies.Load, load) == ['document may be "gift"']
    assert differs(bodies.Load, {**members(SENT["load"]), "units": "Uuid[]"}) == ["units may be list of uuid"]
    assert re.search(r"ReceiveLine\[\]", SENT["receive"])
