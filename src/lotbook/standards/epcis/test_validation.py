"""The rules of EPCIS 2.0 by hand: one sound event of each type, and what makes each unsound."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from lotbook.standards.epcis import validate

pytestmark = pytest.mark.once

LOT = "urn:epc:class:lgtin:4012345.012345.MILK-1"
PALLET = "urn:epc:id:sscc:4012345.0000000333"
WHEN = {"eventTime": "2027-03-31T08:15:00.000+02:00", "eventTimeZoneOffset": "+02:00"}
QUANTITY = {"epcClass": LOT, "quantity": Decimal("200.5"), "uom": "KGM"}
ORDER = {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:1152"}

OBJECT = {
    "type": "ObjectEvent",
    "action": "ADD",
    **WHEN,
    "eventID": "urn:uuid:12345678-1234-1234-1234-123456789abc",
    "quantityList": [QUANTITY],
    "bizStep": "receiving",
    "disposition": "in_progress",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987", "acme:door": 7},
    "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:4012345.00012"}],
    "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:4012345.00011.0"}],
    "ilmd": {"acme:fat": 3.8},
}
AGGREGATION = {
    "type": "AggregationEvent",
    "action": "ADD",
    **WHEN,
    "parentID": PALLET,
    "childQuantityList": [QUANTITY],
}
ASSOCIATION = {**AGGREGATION, "type": "AssociationEvent"}
TRANSACTION = {
    "type": "TransactionEvent", "action": "ADD", **WHEN, "bizTransactionList": [ORDER], "epcList": [PALLET],
}  # fmt: skip
TRANSFORMATION = {
    "type": "TransformationEvent",
    **WHEN,
    "inputQuantityList": [QUANTITY],
    "outputQuantityList": [
        {"epcClass": "urn:epc:class:lgtin:4012345.012346.CHEESE-3", "quantity": 20, "uom": "KGM"}
    ],
}
SENSING = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    **WHEN,
    "readPoint": {"id": "urn:a:b"},
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2027-03-31T08:15:00Z", "deviceID": "urn:epc:id:giai:4000001.111"},
            "sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL", "component": "x"}],
        }
    ],
}
OWN = {"type": "acme:CleaningEvent", **WHEN, "whatever": [None], "action": "SCRUB"}
SOUND: dict[str, dict[str, Any]] = {
    "object": OBJECT, "aggregation": AGGREGATION, "association": ASSOCIATION, "transaction": TRANSACTION,
    "transformation": TRANSFORMATION, "sensing": SENSING, "own": OWN,
}  # fmt: skip
GONE = object()


def changed(event: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy of `event` with the member at the pointer `path` set, or taken out when GONE."""
    whole = copy.deepcopy(event)
    holder: Any = whole
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")[1:]]
    for step in steps:
        holder = holder[step]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return whole


def document(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"acme": "https://acme/"},
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2027-03-31T09:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


def answer(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISQueryDocument",
        "epcisBody": {
            "queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
        },
    }


@pytest.mark.parametrize("name", SOUND)
def test_sound_events_pass_in_every_shape(name: str) -> None:
    event = SOUND[name]
    for shape in (document(event), answer(event), [event], {"eventList": [event]}, {"@context": {}, **event}):
        assert validate(shape) == []


UNSOUND: list[tuple[str, str, object, str, str]] = [
    ("object", "/type", GONE, "/type", "required"),
    ("object", "/type", "ObjectEvents", "/type", "format"),
    ("object", "/type", ["ObjectEvent"], "/type", "type"),
    ("object", "/action", GONE, "/action", "required"),
    ("object", "/action", "add", "/action", "enum"),
    ("object", "/action", None, "/action", "type"),
    ("object", "/action", "OBSERVE", "/ilmd", "rule"),
    ("object", "/eventTime", GONE, "/eventTime", "required"),
    ("object", "/eventTime", "2027-03-31T08:15:00", "/eventTime", "format"),
    ("object", "/eventTime", "2027-02-29T08:15:00Z", "/eventTime", "format"),
    ("object", "/eventTime", 1806480900, "/eventTime", "type"),
    ("object", "/recordTime", "yesterday", "/recordTime", "format"),
    ("object", "/eventTimeZoneOffset", GONE, "/eventTimeZoneOffset", "required"),
    ("object", "/eventTimeZoneOffset", "+14:01", "/eventTimeZoneOffset", "format"),
    ("object", "/eventTimeZoneOffset", "+02:00\n", "/eventTimeZoneOffset", "format"),
    ("object", "/eventID", "4711", "/eventID", "format"),
    ("object", "/quantityList", [], "", "rule"),
    ("object", "/quantityList", GONE, "", "rule"),
    ("object", "/quantityList/0/quantity", "200", "/quantityList/0/quantity", "type"),
    ("object", "/quantityList/0/quantity", True, "/quantityList/0/quantity", "type"),
    ("object", "/quantityList/0/uom", "kg", "/quantityList/0/uom", "format"),
    ("object", "/quantityList/0/epcClass", GONE, "/quantityList/0/epcClass", "required"),
    ("object", "/quantityList/0/acme:x", 1, "/quantityList/0/acme:x", "unknown"),
    ("object", "/epcList", [PALLET, PALLET], "/epcList/1", "repeated"),
    ("object", "/epcList", ["4711"], "/epcList/0", "format"),
    ("object", "/bizStep", "receive", "/bizStep", "enum"),
    ("object", "/bizStep", "urn:epcglobal:cbv:bizstep:receiving", "/bizStep", "enum"),
    ("object", "/bizStep", "https://ns.gs1.org/cbv/BizStep-receiving", "/bizStep", "enum"),
    ("object", "/disposition", "lost", "/disposition", "enum"),
    ("object", "/readPoint", "urn:a:b", "/readPoint", "type"),
    ("object", "/readPoint/id", GONE, "/readPoint/id", "required"),
    ("object", "/sourceList/0/type", GONE, "/sourceList/0/type", "required"),
    ("object", "/sourceList/0/type", "owner", "/sourceList/0/type", "enum"),
    ("object", "/sourceList/0/destination", "urn:a:b", "/sourceList/0/destination", "unknown"),
    ("object", "/destinationList/0/destination", "x", "/destinationList/0/destination", "format"),
    ("object", "/destinationList", {}, "/destinationList", "type"),
    ("object", "/bizTransactionList", [{"type": "order", "bizTransaction": "urn:a:b"}],
     "/bizTransactionList/0/type", "enum"),
    ("object", "/bizTransactionList", [{"type": "po"}], "/bizTransactionList/0/bizTransaction", "required"),
    ("object", "/ilmd/fat", 3, "/ilmd/fat", "unknown"),
    ("object", "/parentID", PALLET, "/parentID", "unknown"),
    ("object", "/note", "hello", "/note", "unknown"),
    ("object", "/a~b/c", 1, "/a~0b~1c", "unknown"),
    ("object", "/errorDeclaration", {"reason": "a:b"}, "/errorDeclaration/declarationTime", "required"),
    ("object", "/errorDeclaration", {"declarationTime": "2027-03-31T08:15:00Z", "reason": "oops"},
     "/errorDeclaration/reason", "enum"),
    ("object", "/persistentDisposition", {}, "/persistentDisposition", "rule"),
    ("object", "/persistentDisposition", {"set": []}, "/persistentDisposition/set", "empty"),
    ("object", "/certificationInfo", ["x"], "/certificationInfo", "type"),
    ("object", "/@context", ["urn:a:b", "urn:a:b"], "/@context", "type"),
    ("aggregation", "/action", GONE, "/action", "required"),
    ("aggregation", "/childQuantityList", GONE, "", "rule"),
    ("aggregation", "/childEPCs", PALLET, "/childEPCs", "type"),
    ("aggregation", "/inputEPCList", [PALLET], "/inputEPCList", "unknown"),
    ("aggregation", "/persistentDisposition", {"set": ["recalled"]}, "/persistentDisposition", "unknown"),
    ("aggregation", "/ilmd", {}, "/ilmd", "unknown"),
    ("association", "/parentID", GONE, "/parentID", "required"),
    ("association", "/childQuantityList", [], "", "rule"),
    ("transaction", "/bizTransactionList", GONE, "/bizTransactionList", "required"),
    ("transaction", "/bizTransactionList", [], "/bizTransactionList", "empty"),
    ("transaction", "/epcList", GONE, "", "rule"),
    ("transformation", "/action", "ADD", "/action", "unknown"),
    ("transformation", "/inputQuantityList", GONE, "", "rule"),
    ("transformation", "/outputQuantityList", [], "", "rule"),
    ("transformation", "/transformationID", "run 7", "/transformationID", "format"),
    ("sensing", "/readPoint", GONE, "", "rule"),
    ("sensing", "/sensorElementList", [], "", "rule"),
    ("sensing", "/sensorElementList/0/sensorReport", [], "/sensorElementList/0/sensorReport", "empty"),
    ("sensing", "/sensorElementList/0/sensorReport/0/type", GONE,
     "/sensorElementList/0/sensorReport/0/type", "required"),
    ("sensing", "/sensorElementList/0/sensorReport/0/type", "Warmth",
     "/sensorElementList/0/sensorReport/0/type", "enum"),
    ("sensing", "/sensorElementList/0/sensorReport/0/type", "https://gs1.org/voc/Temperature",
     "/sensorElementList/0/sensorReport/0/type", "enum"),
    ("sensing", "/sensorElementList/0/sensorReport/0/exception", "ALARM",
     "/sensorElementList/0/sensorReport/0/exception", "enum"),
    ("sensing", "/sensorElementList/0/sensorReport/0/hexBinaryValue", "0x1",
     "/sensorElementList/0/sensorReport/0/hexBinaryValue", "format"),
    ("sensing", "/sensorElementList/0/sensorReport/0/booleanValue", 1,
     "/sensorElementList/0/sensorReport/0/booleanValue", "type"),
    ("sensing", "/sensorElementList/0/sensorMetadata/startTime", "soon",
     "/sensorElementList/0/sensorMetadata/startTime", "format"),
    ("own", "/type", "CleaningEvent", "/type", "format"),
    ("own", "/eventTime", GONE, "/eventTime", "required"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value", "where", "code"), UNSOUND)
def test_one_change_gives_one_fault_at_its_place(
    name: str, path: str, value: object, where: str, code: str
) -> None:
    event = changed(SOUND[name], path, value) if path != "/a~b/c" else {**SOUND[name], "a~b/c": value}
    assert [(fault.path, fault.code) for fault in validate([event])] == [(f"/0{where}", code)]
    inside = validate(document(OBJECT, event))
    assert [(fault.path, fault.code) for fault in inside] == [(f"/epcisBody/eventList/1{where}", code)]


STILL_SOUND: list[tuple[str, str, object]] = [
    ("object", "/epcList", []),
    ("object", "/eventTime", "2027-03-31t08:15:00z"),
    ("object", "/bizStep", "https://acme.example/steps/tasting"),
    ("object", "/bizStep", "cbv:BizStep-receiving"),
    ("object", "/sourceList", []),
    ("object", "/certificationInfo", ["urn:a:b", "urn:a:b"]),
    ("object", "/persistentDisposition", {"set": ["recalled"], "unset": ["available"]}),
    ("object", "/acme:anything", {"x": [1, None]}),
    ("aggregation", "/parentID", GONE),
    ("aggregation", "/childEPCs", [PALLET, PALLET]),
    ("transaction", "/bizTransactionList/0/type", GONE),
    ("transformation", "/ilmd", {}),
    ("sensing", "/sensorElementList/0/sensorReport/0/acme:probe", "A"),
]


@pytest.mark.parametrize(("name", "path", "value"), STILL_SOUND)
def test_changes_that_the_standard_allows(name: str, path: str, value: object) -> None:
    assert validate([changed(SOUND[name], path, value)]) == []


def test_deleting_needs_no_children() -> None:
    for event in (AGGREGATION, ASSOCIATION):
        bare = changed(changed(event, "/childQuantityList", GONE), "/action", "DELETE")
        assert validate([bare]) == []


def test_one_run_may_be_told_in_several_events() -> None:
    first = changed({**TRANSFORMATION, "transformationID": "urn:acme:run:7"}, "/outputQuantityList", GONE)
    second = changed({**TRANSFORMATION, "transformationID": "urn:acme:run:7"}, "/inputQuantityList", GONE)
    assert validate([first, second]) == []
    neither = changed(first, "/inputQuantityList", GONE)
    assert [fault.code for fault in validate([neither])] == ["rule"]


@pytest.mark.parametrize(
    ("path", "value", "where", "code"),
    [
        ("/@context", GONE, "/@context", "required"),
        ("/@context", 7, "/@context", "type"),
        ("/schemaVersion", GONE, "/schemaVersion", "required"),
        ("/schemaVersion", 2.0, "/schemaVersion", "type"),
        ("/schemaVersion", "two", "/schemaVersion", "format"),
        ("/creationDate", GONE, "/creationDate", "required"),
        ("/creationDate", "2027-03-31", "/creationDate", "format"),
        ("/epcisBody", GONE, "/epcisBody", "required"),
        ("/epcisBody/eventList", GONE, "/epcisBody/eventList", "required"),
        ("/epcisBody/eventList", {}, "/epcisBody/eventList", "type"),
        ("/epcisBody/eventList", ["x"], "/epcisBody/eventList/0", "type"),
        ("/id", "x", "/id", "format"),
        ("/sender", 7, "/sender", "type"),
        ("/remark", "x", "/remark", "unknown"),
        ("/epcisHeader", {"masterData": {}}, "/epcisHeader/masterData", "unknown"),
        (
            "/epcisHeader",
            {"epcisMasterData": {"vocabularyList": [{"type": "urn:a:b", "vocabularyElementList": [{}]}]}},
            "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0/id",
            "required",
        ),
    ],
)
def test_faults_of_a_document(path: str, value: object, where: str, code: str) -> None:
    faults = validate(changed(document(OBJECT), path, value))
    assert [(fault.path, fault.code) for fault in faults] == [(where, code)]


def test_faults_of_an_answer() -> None:
    assert [fault.path for fault in validate({**answer(OBJECT), "sender": "x"})] == ["/sender"]
    missing = changed(answer(OBJECT), "/epcisBody/queryResults/queryName", GONE)
    assert [fault.path for fault in validate(missing)] == ["/epcisBody/queryResults/queryName"]
    assert validate(changed(answer(OBJECT), "/epcisBody", {"eventList": []})) != []


@pytest.mark.parametrize(
    "value", [None, 7, "x", True, {}, {"type": None}, {"eventList": None}, {"type": "x"}]
)
def test_what_is_no_document_at_all(value: object) -> None:
    assert validate(value) != []


def test_an_event_alone_brings_its_context() -> None:
    assert [(fault.path, fault.code) for fault in validate(OBJECT)] == [("/@context", "required")]


def test_faults_say_expected_and_got() -> None:
    (fault,) = validate([changed(OBJECT, "/disposition", "lost" * 40)])
    assert str(fault).startswith("/0/disposition: expected a disposition of CBV 2.0 or a URI, got 'lostlost")
    assert len(fault.message) < 140
