"""Our validator and the standard's JSON schema give the same verdict, on the examples and on many mutants.

The schema is GS1's and stays outside the repository. One known, wanted difference is kept out of the mutants:
Python lets a line feed stand behind `$` and takes digits of every script for digits. By ECMA-262, which
JSON Schema prescribes, both are wrong, and so they are here.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lotbook.standards.epcis import events, read, validate

jsonschema = pytest.importorskip("jsonschema")

pytestmark = pytest.mark.once

WORDS: list[Any] = [
    None, True, False, 0, 1, -1.5, "", " ", "x", "ADD", "OBSERVE", "DELETE", "add", [], {}, [[]], [{}], ["x"],
    [None], {"a": 1}, {"id": "urn:a:b"}, {"id": "x"}, "a:b", "urn:a:b", "urn:a:b ", "http://a b",
    "http://é.x/",
    "http://[::1]/", "http://[:::1]/", "http://a/%2", "http://a/%2F", "http:", "//a/b", "http://a/<b>",
    "a_b:c",
    "2020-01-01", "2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "2020-02-30T00:00:00Z",
    "2020-02-29t00:00:00z",
    "2020-01-01T24:00:00Z", "2020-01-01T00:00:60Z", "0000-01-01T00:00:00Z",
    "2020-01-01T00:00:00.123456789+02:00",
    "2020-01-01T00:00:00+0200", "2020-01-01 00:00:00Z", "2020-01-01T00:00Z", "2020-13-01T00:00:00Z",
    "2020-01-01T00:00:00-24:00", "+02:00", "-14:00", "+14:30", "02:00", "+2:00", "+00:60", "Z", "2.0", "2",
    "2.0.",
    "v2", "2..0", "KGM", "kgm", "K", "KGMX", "X1", "shipping", "bizstep", "in_transit", "po", "location",
    "urn:epcglobal:cbv:bizstep:shipping", "urn:epcglobal:cbv:disp:active",
    "https://ns.gs1.org/cbv/BizStep-shipping",
    "http://ns.gs1.org/cbv/Disp-active", "https://ref.gs1.org/cbv/BizStep-shipping", "cbv:BizStep-shipping",
    "HTTPS://ns.gs1.org/cbv/x", "Temperature", "temperature", "gs1:Temperature",
    "https://gs1.org/voc/Temperature",
    "https://www.gs1.org/voc/Temperature", "http://gs1.org/voc/", "https://gs1.org/vocabulary",
    "ALARM_CONDITION",
    "did_not_occur", "x", "latitude", "0aF", "xyz", ["urn:a:b"], ["urn:a:b", "urn:a:b"], [{"a": 1}, {"a": 1}],
    [{"a": 1}, {"a": True}], ["recalled"], ["recalled", "recalled"], {"set": []}, {"set": ["recalled"]},
    {"unset": ["active"], "x": 1}, "ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent",
    "TransformationEvent", "EPCISDocument", "EPCISQueryDocument", "ext:Event", "SomeEvent",
    {"type": "po", "bizTransaction": "urn:a:b"}, [{"type": "po", "bizTransaction": "urn:a:b"}],
    [{"bizTransaction": "urn:a:b"}], [{"type": "location", "source": "urn:a:b"}], [{"source": "urn:a:b"}],
    [{"type": "location", "destination": "urn:a:b"}], [{"epcClass": "urn:a:b"}],
    [{"epcClass": "urn:a:b", "quantity": "3"}], [{"epcClass": "urn:a:b", "uom": "KGM"}], [{"quantity": 3}],
    {"declarationTime": "2020-01-01T00:00:00Z"}, {"reason": "did_not_occur"}, {"ext:a": 1}, {"a:b": []},
    [{"sensorReport": []}], [{"sensorReport": [{"type": "Temperature"}]}], [{"sensorMetadata": {}}],
    {"eventList": []}, {"queryResults": {}}, {"vocabularyList": [{"type": "urn:a:b"}]},
    {"vocabularyList": [{"type": "x"}]}, {"id": "urn:a:b", "attribute": ["x"]},
    [{"id": "urn:a:b", "attributes": [{"id": "urn:a:b", "attribute": None}]}],
]  # fmt: skip
NAMES = [
    "foo", "ext:foo", "ex t:foo", "", "@id", "@context", "http://x/y", "gs1:a", "a:", ":a", "é:x",
    "rdfs:comment",
    "comment", "instanceIdentifier", "sender", "receiver", "epcisHeader", "epcisMasterData", "schemaVersion",
    "creationDate", "queryName", "subscriptionID", "vocabularyList", "set", "unset", "exception", "isA",
]  # fmt: skip


@pytest.fixture(scope="session")
def schema(shared: Path) -> Any:
    rules = json.loads((shared / "standards/epcis/schema/EPCIS-JSON-Schema.json").read_text("utf-8"))
    checker = jsonschema.FormatChecker()
    missing = {"uri", "date-time"} - set(checker.checkers)
    if missing:
        pytest.skip(f"jsonschema cannot check the formats {missing}: install jsonschema[format-nongpl]")
    return jsonschema.Draft7Validator(rules, format_checker=checker)


@pytest.fixture(scope="session")
def examples(shared: Path) -> dict[str, Any]:
    folder = shared / "standards/epcis/examples-json"
    paths = sorted(path for path in folder.rglob("*.json*"))
    return {str(path.relative_to(folder)): read(path.read_bytes()) for path in paths}


def test_same_verdict_on_every_example(schema: Any, examples: dict[str, Any]) -> None:
    assert len(examples) >= 90
    verdicts = {name: not validate(document) for name, document in examples.items()}
    assert verdicts == {name: schema.is_valid(document) for name, document in examples.items()}
    assert sum(verdicts.values()) == len(examples) - 3


def test_every_fault_has_a_place_that_can_be_found(examples: dict[str, Any]) -> None:
    for document in examples.values():
        for fault in validate(document):
            holder = document
            for step in fault.path.split("/")[1:-1]:
                holder = holder[int(step) if isinstance(holder, list) else step]
            assert "expected" in fault.message
            assert "got" in fault.message


def bases(examples: dict[str, Any]) -> list[Any]:
    """Cut the examples into documents of one event each, and events that stand alone."""
    found: list[Any] = []
    for document in examples.values():
        for path, event, context in events(document):
            alone = dict(event)
            alone.setdefault("@context", context)
            found.append(alone)
            if path:
                small = copy.deepcopy(document)
                holder = small
                for step in path.split("/")[1:-1]:
                    holder = holder[step]
                holder[:] = [copy.deepcopy(event)]
                found.append(small)
    return found


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (holder, step) of everything inside `value`."""
    steps = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield value, step
        yield from nodes(value[step])


def mutate(document: Any, dice: random.Random, donors: list[Any]) -> None:
    """Change one thing in `document`."""
    holder, step = dice.choice(list(nodes(document)))
    # Half of all choices go near the top, where the rules are denser than in the many leaves.
    if dice.random() < 0.5:
        holder = next(
            (part for part, _ in nodes(document) if isinstance(part, dict) and "action" in part), holder
        )
        step = dice.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    way = dice.random()
    value = holder[step]
    if way < 0.25:
        del holder[step]
    elif way < 0.60:
        holder[step] = copy.deepcopy(dice.choice(WORDS))
    elif way < 0.70 and isinstance(value, str):
        at = dice.randrange(len(value) + 1)
        holder[step] = value[:at] + dice.choice(" %:/#[]<é{a1") + value[at + dice.randrange(2) :]
    elif way < 0.75 and isinstance(value, list):
        value.append(copy.deepcopy(dice.choice(value or WORDS)))
    elif way < 0.85 and isinstance(holder, dict):
        holder[dice.choice(NAMES)] = copy.deepcopy(dice.choice(WORDS))
    else:
        giver, name = dice.choice([pair for pair in nodes(dice.choice(donors)) if isinstance(pair[0], dict)])
        target = holder if isinstance(holder, dict) else document
        target[name] = copy.deepcopy(giver[name])


def test_same_verdict_on_mutants(schema: Any, examples: dict[str, Any], *, long_run: bool) -> None:
    count = 60_000 if long_run else 5_000
    dice = random.Random(20)
    stock = bases(examples)
    verdicts = {True: 0, False: 0}
    disagreements = []
    for _ in range(count):
        mutant = copy.deepcopy(dice.choice(stock))
        for _ in range(dice.choice((1, 1, 1, 2))):
            mutate(mutant, dice, stock)
        if isinstance(mutant, dict) and "type" not in mutant and "eventList" in mutant:
            continue  # our own shape, of which the schema knows nothing
        faults = validate(mutant)
        verdict = schema.is_valid(mutant)
        verdicts[verdict] += 1
        if verdict != (not faults):
            reason = faults or [error.message[:200] for error in schema.iter_errors(mutant)]
            disagreements.append((reason, json.dumps(mutant, default=str)[:2_000]))
    assert disagreements == []
    # A test in which everything is invalid, or nothing, would agree by accident.
    assert min(verdicts.values()) > count / 6
