"""What this room does when others tell: a lot was held, an event was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.shipping import actions
from lotbook.operations.shipping.models import Order, Shipment
from lotbook.traceability.ledger import queries as ledger


def reservation_broken(payload: Mapping[str, Any]) -> None:
    """A hold ended a reservation; ours are shown on their order."""
    if payload.get("purpose") == actions.KIND:
        actions.broken(payload)


def posted(payload: Mapping[str, Any]) -> None:
    """Events are in the book; the ones that take others back may take back a shipment or a return."""
    if "reverse" in payload.get("kinds", ()):
        ranges = [(first, last) for first, last in payload["sequences"]]
        actions.reversed_events(ledger.events_taken_back(ranges))


def called(text: str) -> list[Jump]:
    """The order or shipment of this number, for the search box."""
    return [
        *numbered(Order.objects.all(), text, "Customer order", "shipping:order"),
        *numbered(Shipment.objects.all(), text, "Shipment", "shipping:shipment"),
    ]
