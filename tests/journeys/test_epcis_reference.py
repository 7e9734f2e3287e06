"""Random files of events against a reference trace that knows nothing of the book.

The reference reads the events as plain JSON: identifiers are nodes, transformations are edges, packings are
times. It shares no code with the room or with trace.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from tests.journeys.epcis_documents import document

from lotbook.interfaces.exchange.epcis import actions
from lotbook.traceability.trace import queries as tracing

pytestmark = pytest.mark.django_db

START = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

LOTS = [
    *(f"urn:epc:class:lgtin:9521321.0{n:02}345.L{n}" for n in range(16)),
    *(f"urn:gdst:example.org:product:lot:class:maker.{n}" for n in range(6)),
    "https://farm.example/lots/17",
]
SERIALS = [f"urn:epc:id:sgtin:9521321.1{n}2345.S{n}" for n in range(6)]
CASES = ["urn:epc:id:sgtin:9521321.299999.C1", "urn:epc:id:sgtin:9521321.299999.C2", "urn:example:box:1"]
PALLETS = [f"urn:epc:id:sscc:9521321.000000000{n}" for n in range(3)]

Event = dict[str, Any]


def story(chance: random.Random, size: int) -> list[Event]:  # noqa: C901
    """Events a minute apart, each thing packed into at most one unit at a time, cases into pallets only."""
    events: list[Event] = []
    inside: dict[str, str] = {}
    for number in range(size):
        at = (START + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
        base = {"eventTime": at, "eventTimeZoneOffset": "+00:00", "eventID": f"urn:example:event:{number}"}
        kind = chance.choice(["run", "run", "pack", "pack", "unpack", "empty", "confirm", "see", "deal"])
        if kind == "run":
            events.append({**base, **_run(chance, number)})
        elif kind == "pack":
            unit = chance.choice(CASES + PALLETS)
            choice = LOTS + SERIALS + (CASES if unit in PALLETS else [])
            children = [one for one in chance.sample(choice, 2) if one not in inside]
            if children:
                inside |= dict.fromkeys(children, unit)
                events.append({**base, **_packing(chance, "ADD", unit, children)})
        elif kind == "confirm" and inside:
            child, unit = chance.choice(sorted(inside.items()))
            events.append({**base, **_packing(chance, "OBSERVE", unit, [child])})
        elif kind == "unpack" and inside:
            unit = chance.choice(sorted(set(inside.values())))
            children = sorted(one for one, where in inside.items() if where == unit)[: chance.randint(1, 2)]
            for one in children:
                del inside[one]
            events.append({**base, **_packing(chance, "DELETE", unit, children)})
        elif kind == "empty" and inside:
            unit = chance.choice(sorted(set(inside.values())))
            inside = {one: where for one, where in inside.items() if where != unit}
            events.append({**base, "type": "AggregationEvent", "action": "DELETE", "parentID": unit})
        elif kind == "see":
            seen = chance.sample(LOTS + SERIALS + CASES + PALLETS, 2)
            events.append(
                {
                    **base,
                    "type": "ObjectEvent",
                    "action": "OBSERVE",
                    **_lists(seen, "epcList", "quantityList"),
                }
            )
        elif kind == "deal":
            dealt = chance.sample(LOTS + SERIALS + CASES + PALLETS, 2)
            order = [{"type": "po", "bizTransaction": "urn:example:order:1"}]
            listed = _lists(dealt, "epcList", "quantityList")
            events.append(
                {**base, "type": "TransactionEvent", "action": "ADD", "bizTransactionList": order, **listed}
            )
    return events


def _run(chance: random.Random, number: int) -> Event:
    used = chance.sample(LOTS + SERIALS + CASES + PALLETS, chance.randint(1, 3))
    made = chance.sample([one for one in LOTS + SERIALS if one not in used], chance.randint(1, 2))
    event: Event = {"type": "TransformationEvent"}
    if chance.random() < 0.3:
        event["transformationID"] = f"urn:example:run:{number // 10}"
        if chance.random() < 0.5:
            used, made = (used, []) if chance.random() < 0.5 else ([], made)
    lists = {
        **_lists(used, "inputEPCList", "inputQuantityList"),
        **_lists(made, "outputEPCList", "outputQuantityList"),
    }
    return {**event, **lists}


def _packing(chance: random.Random, action: str, unit: str, children: Sequence[str]) -> Event:
    kind = chance.choice(["AggregationEvent", "AssociationEvent"])
    return {
        "type": kind,
        "action": action,
        "parentID": unit,
        **_lists(children, "childEPCs", "childQuantityList"),
    }


def _lists(things: Sequence[str], instances: str, quantities: str) -> Event:
    classes = [{"epcClass": one} for one in things if one in LOTS]
    single = [one for one in things if one not in LOTS]
    return {name: members for name, members in ((instances, single), (quantities, classes)) if members}


# -- the reference -----------------------------------------------------------------------------------------

Interval = tuple[datetime, datetime]


class Reference:
    """The answer worked out on the plain events."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = sorted(events, key=lambda one: one["eventTime"])
        self.stays: dict[tuple[str, str], list[list[datetime]]] = {}
        for event in self.events:
            if event["type"] in ("AggregationEvent", "AssociationEvent"):
                self._pack(event, _at(event))

    def _pack(self, event: Event, at: datetime) -> None:
        unit, children = event["parentID"], _named(event, "childEPCs", "childQuantityList")
        if event["action"] in ("ADD", "OBSERVE"):
            for child in children:
                times = self.stays.setdefault((unit, child), [])
                if not times or times[-1][1] is not NEVER:
                    times.append([at, NEVER])
            return
        for (where, child), times in self.stays.items():
            if where == unit and (child in children or not children) and times[-1][1] is NEVER:
                times[-1][1] = at

    def contents(self, unit: str, times: Sequence[Interval]) -> set[str]:
        found: set[str] = set()
        for (where, child), stays in self.stays.items():
            both = _overlap(stays, times)
            if where == unit and both:
                found |= {child} | self.contents(child, both)
        return found

    def containers(self, thing: str, times: Sequence[Interval]) -> list[tuple[str, Interval]]:
        found: list[tuple[str, Interval]] = []
        for (unit, child), stays in self.stays.items():
            both = _overlap(stays, times)
            if child == thing:
                found += [(unit, one) for one in both]
                found += self.containers(unit, both) if both else []
        return found

    def step(self, thing: str, forward: bool) -> set[str]:
        found: set[str] = set()
        for group in self._runs():
            used: set[str] = set()
            for event in group:
                for one in _named(event, "inputEPCList", "inputQuantityList"):
                    used |= {one} | self.contents(one, [(_at(event), _at(event))])
            made = {one for event in group for one in _named(event, "outputEPCList", "outputQuantityList")}
            near, far = (used, made) if forward else (made, used)
            if thing in near:
                found |= far
        return found

    def _runs(self) -> list[list[Event]]:
        groups: dict[str, list[Event]] = {}
        for event in self.events:
            if event["type"] == "TransformationEvent":
                groups.setdefault(str(event.get("transformationID", event["eventID"])), []).append(event)
        return list(groups.values())

    def trace(self, subject: str, forward: bool) -> tuple[set[str], set[str]]:
        """Lots (and units) on the side, and ids of its events."""
        reached = {subject} | self.contents(subject, [(EVER, NEVER)])
        waiting = list(reached)
        while waiting:
            fresh = self.step(waiting.pop(), forward) - reached
            reached |= fresh
            waiting += fresh
        ids = {event["eventID"] for event in self.events if reached & _names(event)}
        for thing in reached:
            for unit, (begin, end) in self.containers(thing, [(EVER, NEVER)]):
                ids |= {e["eventID"] for e in self.events if unit in _names(e) and begin <= _at(e) <= end}
        return reached - {subject}, ids


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["eventTime"])


def _named(event: Event, instances: str, quantities: str) -> set[str]:
    return {*event.get(instances, []), *(one["epcClass"] for one in event.get(quantities, []))}


def _names(event: Event) -> set[str]:
    found = {event["parentID"]} if "parentID" in event else set()
    for name, members in event.items():
        if name.endswith(("EPCList", "childEPCs", "epcList")):
            found |= set(members)
        elif name.lower().endswith("quantitylist"):
            found |= {one["epcClass"] for one in members}
    return found


def _overlap(ours: Sequence[Any], theirs: Sequence[Any]) -> list[Interval]:
    return [(max(a, c), min(b, d)) for a, b in ours for c, d in theirs if max(a, c) <= min(b, d)]


@pytest.mark.parametrize("seed", range(6))
def test_random_files_trace_as_the_reference_does(seed: int) -> None:
    _compare(random.Random(seed), 60)


@pytest.mark.long
def test_many_random_files_trace_as_the_reference_does() -> None:
    for seed in range(6, 200):
        begin = transaction.savepoint()
        _compare(random.Random(seed), 40 + seed)
        transaction.savepoint_rollback(begin)


def _compare(chance: random.Random, size: int) -> None:
    events = story(chance, size)
    reference = Reference(events)
    shuffled = chance.sample(events, len(events))
    half = len(events) // 2
    for part in (shuffled[:half], shuffled[half:], shuffled[:5]):
        assert actions.capture(document(*part), source="x", actor="lotbook").rejected == ()
    named = set().union(*(_names(event) for event in events))
    for subject in sorted(named):
        found = tracing.resolve(subject)
        assert len(found) == 1, subject
        for forward in (False, True):
            answer = tracing.trace(found[0], "forward" if forward else "back")
            lots, ids = reference.trace(subject, forward)
            told: Mapping[str, set[str]] = {
                "lots": {lot.uri for lot in answer.lots},
                "events": {one.id for one in answer.events},
            }
            side = (subject, "forward" if forward else "back")
            assert told["lots"] == lots - set(PALLETS), side
            assert told["events"] == ids, side
