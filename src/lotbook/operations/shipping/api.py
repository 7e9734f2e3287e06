"""Shipments and customers' returns over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from lotbook.kernel import permissions
from lotbook.kernel.permissions import requires
from lotbook.operations.shipping import actions
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()


class ShipmentIn(wire.ActIn):
    """Goods to a customer: lines, and logistic units that leave with everything in them."""

    customer: wire.Name
    place: wire.Name = ""
    document: wire.Number = ""
    order: Annotated[str, Field(max_length=200)] = ""
    carrier: wire.Name = ""
    note: wire.Reason = ""
    override: wire.Reason = ""
    units: Annotated[list[wire.Name], Field(max_length=LINES_MAX)] = Field(default_factory=list)
    lines: wire.Lines = Field(default_factory=list)


class ReturnIn(wire.ActIn):
    """Goods back from a customer, to `place`."""

    customer: wire.Name
    place: wire.Name
    reason: wire.Reason
    document: wire.Number = ""
    note: wire.Reason = ""
    lines: wire.Lines


@router.post("/shipments", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("shipping.post")
def ship(request: HttpRequest, shipment: ShipmentIn) -> Status[dict[str, Any]]:
    """Ship goods to a customer."""
    wire.check_override(request, shipment.override)
    actor = permissions.actor(request)
    lines = wire.lines(shipment.lines)
    return wire.receipt(actions.ship(**shipment.head("lines"), lines=lines, actor=actor))


@router.post("/returns", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("shipping.post")
def take_back(request: HttpRequest, returned: ReturnIn) -> Status[dict[str, Any]]:
    """Take goods back from a customer."""
    actor = permissions.actor(request)
    lines = wire.lines(returned.lines)
    return wire.receipt(actions.take_back(**returned.head("lines"), lines=lines, actor=actor))
