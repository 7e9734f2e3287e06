"""What EPCIS 2.0 asks of each part of a document, as data.

Own wording of the rules in GS1 EPCIS 2.0 (chapters 7 and 10) to the verdicts of the standard's JSON schema
with formats checked. Where that schema is laxer than the text (an AggregationEvent may add children without
naming a parent), the schema counts: what others may send, we take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lotbook.standards.epcis import vocabulary
from lotbook.standards.epcis.checks import (
    Check,
    Record,
    anything,
    boolean,
    either,
    formatted,
    listed,
    number,
    term,
    text,
    time,
    uri,
    word,
)
from lotbook.standards.epcis.faults import Fault, below
from lotbook.standards.epcis.formats import is_hexadecimal, is_offset, is_unit, is_version
from lotbook.standards.uri import is_uri

_CBV = ("urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/")
_WEB_VOCABULARY = tuple(
    f"{scheme}://{host}gs1.org/voc/" for scheme in ("http", "https") for host in ("", "www.")
)


def _any_object(value: object, path: str) -> Iterator[Fault]:
    yield from Record({})(value, path)


# words

_action = word(frozenset({"ADD", "OBSERVE", "DELETE"}))
_business_step = term(vocabulary.BUSINESS_STEPS, "business step", _CBV)
_disposition = term(vocabulary.DISPOSITIONS, "disposition", _CBV)
_transaction_type = term(vocabulary.BUSINESS_TRANSACTION_TYPES, "business transaction type", _CBV)
_end_type = term(vocabulary.SOURCE_DESTINATION_TYPES, "source or destination type", _CBV)
_error_reason = term(vocabulary.ERROR_REASONS, "error reason", _CBV)
_component = term(vocabulary.COMPONENTS, "component", _CBV)
_measurement = term(vocabulary.MEASUREMENT_TYPES, "measurement type", _WEB_VOCABULARY)
_alert = term(vocabulary.SENSOR_ALERT_TYPES, "sensor alert type", _WEB_VOCABULARY)

# small parts

_context_part = either(uri, _any_object, "a URI or an object of prefixes")
_context = either(
    _context_part, listed(_context_part, unique=True), "a URI, an object or a list of them, each once"
)
_version = formatted(is_version, "a version such as 2.0")
_offset = formatted(is_offset, "an offset from UTC such as +02:00")
_uris = listed(uri)
_distinct_uris = listed(uri, unique=True)
_at = Record({"id": uri}, ("id",))
_quantity = Record(
    {"epcClass": uri, "quantity": number, "uom": formatted(is_unit, "a unit code such as KGM")},
    ("epcClass",),
    "none",
    where="in a quantity",
)
_quantities = listed(_quantity)
_transaction = Record(
    {"type": _transaction_type, "bizTransaction": uri},
    ("bizTransaction",),
    "none",
    where="in a business transaction",
)
_source = Record({"type": _end_type, "source": uri}, ("type", "source"), "none", where="in a source")
_destination = Record(
    {"type": _end_type, "destination": uri}, ("type", "destination"), "none", where="in a destination"
)
_extensions_only = Record({}, (), "uri", where="in ilmd")
_error_declaration = Record(
    {"declarationTime": time, "reason": _error_reason, "correctiveEventIDs": _uris},
    ("declarationTime",),
    "uri",
    where="in an error declaration",
)


def _sets_or_unsets(value: object, path: str) -> Iterator[Fault]:
    if isinstance(value, dict) and "set" not in value and "unset" not in value:
        yield Fault(path, "rule", "expected set, unset or both, got neither")


_persistent_disposition = Record(
    {
        "set": listed(_disposition, least=1, unique=True),
        "unset": listed(_disposition, least=1, unique=True),
    },
    (),
    "none",
    (_sets_or_unsets,),
    "in a persistent disposition",
)

# sensors

_device: Mapping[str, Check] = {
    "time": time,
    "deviceID": uri,
    "deviceMetadata": uri,
    "rawData": uri,
    "dataProcessingMethod": uri,
    "bizRules": uri,
}
_sensor_metadata = Record(
    {**_device, "startTime": time, "endTime": time}, (), "uri", where="in sensor metadata"
)
_sensor_report = Record(
    {
        **_device,
        "type": _measurement,
        "exception": _alert,
        "component": _component,
        "uom": text,
        "stringValue": text,
        "booleanValue": boolean,
        "hexBinaryValue": formatted(is_hexadecimal, "hexadecimal digits"),
        **dict.fromkeys(("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), uri),
        **dict.fromkeys(
            ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), number
        ),
    },
    ("type",),
    "uri",
    where="in a sensor report",
)
_sensor_element = Record(
    {"sensorMetadata": _sensor_metadata, "sensorReport": listed(_sensor_report, least=1)},
    ("sensorReport",),
    "uri",
    where="in a sensor element",
)

# events

_every_event: Mapping[str, Check] = {
    "@context": _context,
    "type": anything,
    "eventTime": time,
    "recordTime": time,
    "eventTimeZoneOffset": _offset,
    "eventID": uri,
    "certificationInfo": either(uri, _uris, "a URI or a list of URIs"),
    "errorDeclaration": _error_declaration,
}
_what_happened: Mapping[str, Check] = {
    "bizStep": _business_step,
    "disposition": _disposition,
    "readPoint": _at,
    "bizLocation": _at,
    "bizTransactionList": listed(_transaction),
    "sourceList": listed(_source),
    "destinationList": listed(_destination),
    "sensorElementList": listed(_sensor_element),
}


def _filled(event: Mapping[str, object], *names: str) -> bool:
    return any(isinstance(event.get(name), list) and event[name] for name in names)


def _object_names_something(event: object, path: str) -> Iterator[Fault]:
    assert isinstance(event, dict)
    if "epcList" in event or _filled(event, "quantityList"):
        return
    if not (_filled(event, "sensorElementList") and "readPoint" in event):
        expected = "epcList, a filled quantityList, or sensorElementList with readPoint"
        yield Fault(path, "rule", f"expected {expected}, got none of them")


def _master_data_only_at_birth(event: object, path: str) -> Iterator[Fault]:
    assert isinstance(event, dict)
    if "ilmd" in event and event.get("action") in ("OBSERVE", "DELETE"):
        yield Fault(
            below(path, "ilmd"), "rule", f"expected ilmd only with ADD, got it with {event['action']}"
        )


def _names_children(event: object, path: str) -> Iterator[Fault]:
    assert isinstance(event, dict)
    if event.get("action") != "DELETE" and not _filled(event, "childEPCs", "childQuantityList"):
        expected = "a filled childEPCs or childQuantityList (only action DELETE may leave both out)"
        yield Fault(path, "rule", f"expected {expected}, got neither")


def _transaction_names_something(event: object, path: str) -> Iterator[Fault]:
    assert isinstance(event, dict)
    if event.get("action") != "DELETE" and "epcList" not in event and not _filled(event, "quantityList"):
        expected = "epcList or a filled quantityList (only action DELETE may leave both out)"
        yield Fault(path, "rule", f"expected {expected}, got neither")


def _goes_in_and_out(event: object, path: str) -> Iterator[Fault]:
    assert isinstance(event, dict)
    goes_in = _filled(event, "inputEPCList", "inputQuantityList")
    comes_out = _filled(event, "outputEPCList", "outputQuantityList")
    if goes_in and comes_out:
        return
    if "transformationID" not in event:
        missing = "outputs" if goes_in else "inputs" if comes_out else "inputs and outputs"
        yield Fault(path, "rule", f"expected inputs and outputs, or transformationID, got no {missing}")
    elif not (goes_in or comes_out):
        yield Fault(path, "rule", "expected inputs or outputs beside transformationID, got neither")


def _event(name: str, fields: Mapping[str, Check], required: tuple[str, ...], *rules: Check) -> Record:
    return Record(
        {**_every_event, **_what_happened, **fields},
        ("type", "eventTime", "eventTimeZoneOffset", *required),
        "uri",
        rules,
        f"in {'an' if name[0] in 'AO' else 'a'} {name}",
    )


_parent_and_children: Mapping[str, Check] = {
    "action": _action,
    "parentID": uri,
    "childEPCs": _uris,
    "childQuantityList": _quantities,
}

#: The event types of the standard; any other type must be a URI or a prefixed name.
EVENTS: Mapping[str, Record] = {
    "ObjectEvent": _event(
        "ObjectEvent",
        {
            "action": _action,
            "epcList": _distinct_uris,
            "quantityList": _quantities,
            "persistentDisposition": _persistent_disposition,
            "ilmd": _extensions_only,
        },
        ("action",),
        _object_names_something,
        _master_data_only_at_birth,
    ),
    "AggregationEvent": _event("AggregationEvent", _parent_and_children, ("action",), _names_children),
    "AssociationEvent": _event(
        "AssociationEvent", _parent_and_children, ("action", "parentID"), _names_children
    ),
    "TransactionEvent": _event(
        "TransactionEvent",
        {
            "action": _action,
            "parentID": uri,
            "epcList": _uris,
            "quantityList": _quantities,
            "bizTransactionList": listed(_transaction, least=1),
        },
        ("action", "bizTransactionList"),
        _transaction_names_something,
    ),
    "TransformationEvent": _event(
        "TransformationEvent",
        {
            "inputEPCList": _distinct_uris,
            "inputQuantityList": _quantities,
            "outputEPCList": _distinct_uris,
            "outputQuantityList": _quantities,
            "transformationID": uri,
            "persistentDisposition": _persistent_disposition,
            "ilmd": _extensions_only,
        },
        (),
        _goes_in_and_out,
    ),
}

_event_type = formatted(is_uri, "an EPCIS event type or a URI")

#: An event of somebody's own type: the fields of every event, and whatever its author likes.
EXTENDED_EVENT = Record(
    {**_every_event, "type": _event_type}, ("type", "eventTime", "eventTimeZoneOffset"), "any"
)


def event(value: object, path: str) -> Iterator[Fault]:
    """Check one event inside a document, by its type."""
    kind = value.get("type") if isinstance(value, dict) else None
    check = EVENTS.get(kind, EXTENDED_EVENT) if isinstance(kind, str) else EXTENDED_EVENT
    yield from check(value, path)


def bare_event(value: object, path: str) -> Iterator[Fault]:
    """Check an event that stands alone, and so must bring its own @context."""
    if isinstance(value, dict) and "@context" not in value:
        yield Fault(below(path, "@context"), "required", "expected @context on an event alone, got nothing")
    yield from event(value, path)


# documents

_attribute_value = either(either(text, number, ""), _any_object, "a text, a number or an object")
_attribute = Record({"id": uri, "attribute": _attribute_value}, ("id",))
_master_data = Record({"id": uri, "attributes": listed(_attribute), "children": _uris}, ("id",))
_vocabulary = Record({"type": uri, "vocabularyElementList": listed(_master_data)}, ("type",))
_vocabularies = listed(_vocabulary)
_header = Record(
    {"epcisMasterData": Record({"vocabularyList": _vocabularies})}, (), "uri", where="in epcisHeader"
)
event_list = listed(event)
_every_document: Mapping[str, Check] = {
    "@context": _context,
    "type": anything,
    "id": uri,
    "schemaVersion": _version,
    "creationDate": time,
}

DOCUMENT = Record(
    {
        **_every_document,
        "instanceIdentifier": text,
        "sender": text,
        "receiver": text,
        "epcisHeader": _header,
        "epcisBody": Record({"eventList": event_list}, ("eventList",)),
    },
    ("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
    "uri",
    where="in an EPCISDocument",
)

_results = Record(
    {"eventList": event_list, "vocabularyList": _vocabularies}, ("eventList",), "uri", where="in resultsBody"
)
_query_results = Record(
    {"queryName": text, "subscriptionID": text, "resultsBody": _results},
    ("queryName", "resultsBody"),
    "uri",
    where="in queryResults",
)

QUERY_DOCUMENT = Record(
    {
        **_every_document,
        "epcisBody": Record({"queryResults": _query_results}, ("queryResults",), "uri", where="in epcisBody"),
    },
    ("@context", "type", "epcisBody"),
    "uri",
    where="in an EPCISQueryDocument",
)

#: Our own addition: events wrapped in an object without a type.
WRAPPED_LIST = Record({"@context": _context, "eventList": event_list}, ("eventList",))
