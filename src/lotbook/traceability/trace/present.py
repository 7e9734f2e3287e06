"""A trace as JSON: the same for the command line and the API."""

from __future__ import annotations

from typing import Any

import orjson

from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace.rules import Subject, Trace, TracedLot, TracedPartner


def as_json(trace: Trace) -> dict[str, Any]:
    """A trace as plain values; quantities are exact JSON numbers in base units, null where nobody said."""
    return {
        "as_of": trace.as_of,
        "direction": trace.direction,
        "subject": subject(trace.subject),
        "lots": [_lot(lot) for lot in trace.lots],
        "logistic_units": [
            {"code": unit.code, "sscc": unit.sscc or None, "uri": unit.uri} for unit in trace.units
        ],
        "events": [
            {
                "id": event.id,
                "kind": event.kind,
                "occurred_at": event.occurred_at.isoformat(),
                "place": event.place,
                "sequence": event.sequence,
                "document": event.document,
            }
            for event in trace.events
        ],
        "suppliers": [_partner(partner) for partner in trace.suppliers],
        "customers": [_partner(partner) for partner in trace.customers],
    }


def subject(one: Subject) -> dict[str, Any]:
    """What was asked about."""
    return {
        "kind": one.kind,
        "item": one.item or None,
        "lot": one.number or None,
        "uri": one.uri,
        "id": one.uid,
        "expires_on": one.expires_on.isoformat() if one.expires_on else None,
    }


def exact(quantity: int | None, scale: int) -> Any:
    """A quantity as a JSON number without going through a float."""
    return None if quantity is None else orjson.Fragment(to_text(quantity, scale).encode())


def dumps(value: Any) -> str:
    """JSON text of what this module gives."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _lot(lot: TracedLot) -> dict[str, Any]:
    return {
        "item": lot.item,
        "lot": lot.lot,
        "uri": lot.uri,
        "depth": lot.depth,
        "quantity": exact(lot.quantity, lot.scale),
        "unit": lot.unit,
        "side": lot.side,
        "id": lot.uid,
    }


def _partner(partner: TracedPartner) -> dict[str, Any]:
    amounts = [
        {"quantity": exact(quantity, scale), "unit": unit} for unit, quantity, scale in partner.quantities
    ]
    one = amounts[0] if len(amounts) == 1 else {"quantity": None, "unit": None}
    return {"name": partner.name, "lots": partner.lots, **one, "quantities": amounts}
