"""Shipments, their way to the door, and returns over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import AwareDatetime, BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.api.shapes import Filter, Short, router
from lotbook.operations.shipping.models import Return, Shipment
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX, Named

Text120 = Annotated[str, Field(max_length=120)]


Celsius = Annotated[str, Field(max_length=12, description="Degrees Celsius as text, like 4.5.")]


Names = Annotated[list[wire.Name], Field(max_length=LINES_MAX)]


class WayIn(wire.ActIn):
    """How goods travel."""

    place: wire.Name = ""
    document: wire.Number = ""
    carrier: wire.Name = ""
    tracking_number: Text120 = ""
    vehicle: Text120 = ""
    seal: Text120 = ""
    temperature_c: Celsius = ""
    note: wire.Reason = ""
    override: wire.Reason = ""
    units: Names = Field(default_factory=list)
    lines: wire.Lines = Field(default_factory=list)


class ShipmentIn(WayIn):
    """Goods to a customer: lines, and logistic units that leave with everything in them."""

    customer: wire.Name
    order: Short = ""


class OrderShipmentIn(WayIn):
    """An order's goods: what is picked (or reserved) leaves, unless lines or units are named."""

    model_config = wire.example(carrier="CASCADE", tracking_number="1Z 999", temperature_c="4.5")
    also: Names = Field(default_factory=list, description="Other orders of the same customer and location.")
    reason: wire.Reason = ""


class ReturnIn(wire.ActIn):
    """Goods back from a customer, to `place`; against a `shipment` where it is known."""

    customer: wire.Name = ""
    shipment: UUID | None = None
    place: wire.Name = ""
    reason: wire.Reason = ""
    code: Annotated[str, Field(max_length=20)] = ""
    condition: Annotated[str, Field(max_length=10)] = ""
    document: wire.Number = ""
    note: wire.Reason = ""
    lines: wire.Lines


class ProgressIn(wire.Strict):
    """What became known of a shipment on its way."""

    status: Literal["shipped", "in_transit"] = "in_transit"
    tracking_number: Text120 = ""
    temperature_c: Celsius = ""
    note: wire.Reason = ""


class DeliveryIn(wire.Strict):
    """How a shipment ended; `refused` lines where it was refused in part."""

    outcome: Literal["delivered", "part_refused", "refused", "lost"] = "delivered"
    signed_by: Short = ""
    delivered_at: AwareDatetime | None = None
    reason: wire.Reason = ""
    refused: wire.Lines = Field(default_factory=list)
    place: wire.Name = ""
    temperature_c: Celsius = ""


class ShipmentOut(BaseModel):
    """A shipment; `event` is what it posted."""

    id: UUID
    event: UUID
    number: str
    order: str
    customer: str
    location: str
    carrier: str
    tracking_number: str
    status: str
    shipped_at: datetime
    delivered_at: datetime | None
    signed_by: str


class ShippedOut(BaseModel):
    """So much of one lot on a shipment; `sscc` of the unit it was packed in."""

    item: str
    lot: str
    lot_id: UUID
    quantity: str
    unit: str
    sscc: str | None
    order: str


class ShipmentFull(ShipmentOut):
    """A shipment with its lines and returns."""

    vehicle: str
    seal: str
    temperature_c: str
    note: str
    lines: list[ShippedOut]
    returns: list[UUID]


@router.get("/shipments", response=Listed[ShipmentOut])
@requires("shipping.view")
def shipments(
    request: HttpRequest,
    text: Filter = "",
    customer: Filter = "",
    carrier: Filter = "",
    status: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List shipments, newest first."""
    rows = queries.shipments(text=text, customer=customer, carrier=carrier, status=status)
    return page(rows, cursor, limit, descending=True).shown(_shipment)


@router.post("/shipments", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("shipping.post")
def ship(request: HttpRequest, shipment: ShipmentIn) -> Status[dict[str, Any]]:
    """Ship goods to a customer without an order."""
    wire.check_override(request, shipment.override)
    actor = permissions.actor(request)
    lines = wire.lines(shipment.lines)
    return wire.receipt(actions.ship(**shipment.head("lines"), lines=lines, actor=actor))


@router.post("/customer-orders/{uid}/shipments", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("shipping.post")
def ship_order(request: HttpRequest, uid: UUID, shipment: OrderShipmentIn) -> Status[dict[str, Any]]:
    """Ship an order, whole or in part."""
    wire.check_override(request, shipment.override)
    told = shipment.head("lines", "also")
    lines = wire.lines(shipment.lines)
    named: list[Named] = [uid, *shipment.also]
    return wire.receipt(
        actions.ship_orders(orders=named, lines=lines, actor=permissions.actor(request), **told)
    )


@router.get("/shipments/{uid}", response=ShipmentFull)
@requires("shipping.view")
def shipment(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One shipment, by its id or its event's."""
    return _shipment_full(uid)


@router.post("/shipments/{uid}/progress", response=ShipmentFull)
@requires("shipping.post")
def progress(request: HttpRequest, uid: UUID, told: ProgressIn) -> dict[str, Any]:
    """Say that a shipment is on its way."""
    actions.progress(shipment=uid, actor=permissions.actor(request), **told.model_dump())
    return _shipment_full(uid)


@router.post("/shipments/{uid}/delivery", response=ShipmentFull)
@requires("shipping.post")
def deliver(request: HttpRequest, uid: UUID, told: DeliveryIn) -> dict[str, Any]:
    """Say how a shipment ended."""
    said = told.model_dump(exclude={"refused"})
    refused = wire.lines(told.refused)
    actions.deliver(shipment=uid, refused=refused, actor=permissions.actor(request), **said)
    return _shipment_full(uid)


class ReturnOut(BaseModel):
    """What came back."""

    id: UUID
    event: UUID
    number: str
    shipment: UUID | None
    customer: str
    place: str
    code: str
    condition: str
    reason: str
    is_reversed: bool
    created_at: datetime


@router.get("/returns", response=Listed[ReturnOut])
@requires("shipping.view")
def returns(
    request: HttpRequest,
    text: Filter = "",
    customer: Filter = "",
    code: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List customers' returns, newest first."""
    rows = queries.returns(text=text, customer=customer, code=code)
    return page(rows, cursor, limit, descending=True).shown(_return)


@router.post("/returns", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("shipping.post")
def take_back(request: HttpRequest, returned: ReturnIn) -> Status[dict[str, Any]]:
    """Take goods back from a customer."""
    actor = permissions.actor(request)
    lines = wire.lines(returned.lines)
    return wire.receipt(actions.take_back(**returned.head("lines"), lines=lines, actor=actor))


def _shipment(row: Shipment) -> dict[str, Any]:
    return {
        "id": row.uid,
        "event": row.event,
        "number": row.number,
        "order": row.order_number,
        "customer": row.customer.code,
        "location": row.location.name if row.location else "",
        "carrier": row.carrier.code if row.carrier else "",
        "tracking_number": row.tracking_number,
        "status": row.status,
        "shipped_at": row.shipped_at,
        "delivered_at": row.delivered_at,
        "signed_by": row.signed_by,
    }


def _shipment_full(uid: UUID) -> dict[str, Any]:
    shown = queries.shipment_page(uid)
    one = shown.shipment
    return {
        **_shipment(one),
        "vehicle": one.vehicle,
        "seal": one.seal,
        "temperature_c": one.temperature_c,
        "note": one.note,
        "lines": [
            {
                "item": row.lot.item.code,
                "lot": row.lot.number,
                "lot_id": row.lot.uid,
                "quantity": to_text(row.quantity, row.lot.item.scale),
                "unit": row.lot.item.unit,
                "sscc": row.unit.sscc if row.unit else None,
                "order": row.line.order.number if row.line else "",
            }
            for row in shown.lines
        ],
        "returns": [back.uid for back in shown.returns],
    }


def _return(row: Return) -> dict[str, Any]:
    return {
        "id": row.uid,
        "event": row.event,
        "number": row.number,
        "shipment": row.shipment.uid if row.shipment else None,
        "customer": row.customer.code,
        "place": row.place.code,
        "code": row.code,
        "condition": row.condition,
        "reason": row.reason,
        "is_reversed": row.is_reversed,
        "created_at": row.created_at,
    }
