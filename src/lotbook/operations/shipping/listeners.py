"""What this room does when others tell: a lot was held, an event was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.kernel.errors import NotFound
from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.shipping import actions, queries
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


def destination(document: UUID) -> tuple[str, ...]:
    """Where the goods of an order go, name first: for the labels of its pallets."""
    try:
        order = queries.order(document)
    except NotFound:
        return ()
    where = order.location
    if where is None:
        return (order.customer.name,)
    city = " ".join(part for part in (where.postal_code, where.city, where.region) if part)
    lines = (order.customer.name, where.street or where.name, city, where.country)
    return tuple(line for line in lines if line)
