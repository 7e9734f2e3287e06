"""EPCIS documents in our own words, for the journeys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
DAIRY = "urn:epc:id:sgln:9521321.00001.0"

_numbers = iter(range(1, 10**9))


def event(
    kind: str, *, at: str = "2026-03-03T10:00:00Z", named: bool = True, **fields: Any
) -> dict[str, Any]:
    """An event with a fresh eventID (or, not ``named``, without one)."""
    base: dict[str, Any] = {"type": kind, "eventTime": at, "eventTimeZoneOffset": "+01:00"}
    if named:
        base["eventID"] = f"urn:uuid:00000000-0000-4000-8000-{next(_numbers):012d}"
    if kind != "TransformationEvent":
        base.setdefault("action", "OBSERVE")
    return {**base, **fields}


def quantity(epc_class: str, number: Any = None, uom: str | None = "KGM") -> dict[str, Any]:
    entry: dict[str, Any] = {"epcClass": epc_class}
    if number is not None:
        entry["quantity"] = number
        if uom:
            entry["uom"] = uom
    return entry


def run(inputs: Sequence[Any], outputs: Sequence[Any], **fields: Any) -> dict[str, Any]:
    """A transformation of quantities (objects) and instances (texts)."""
    lists = {
        "inputQuantityList": [one for one in inputs if isinstance(one, dict)],
        "inputEPCList": [one for one in inputs if isinstance(one, str)],
        "outputQuantityList": [one for one in outputs if isinstance(one, dict)],
        "outputEPCList": [one for one in outputs if isinstance(one, str)],
    }
    filled = {name: members for name, members in lists.items() if members}
    return event("TransformationEvent", **{"bizLocation": {"id": DAIRY}, **filled, **fields})


def document(*events: Mapping[str, Any], **header: Any) -> bytes:
    body = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-04T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **header,
    }
    return json.dumps(body, indent=1).encode()
