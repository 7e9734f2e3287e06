"""Customer orders, allocation, picks, shipments and returns over HTTP."""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lotbook.kernel import permissions
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.kernel.sheets import FILE_MAX
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.models import Order, Return, Shipment, ShippingRule
from lotbook.operations.shipping.rules import Wanted
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX, Named

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Short = Annotated[str, Field(max_length=200)]
Text120 = Annotated[str, Field(max_length=120)]
Priority = Annotated[int, Field(ge=1, le=9, description="1 goes first, 9 last.")]
Celsius = Annotated[str, Field(max_length=12, description="Degrees Celsius as text, like 4.5.")]
Position = Annotated[int, Field(ge=1, le=LINES_MAX)]
Names = Annotated[list[wire.Name], Field(max_length=LINES_MAX)]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


# -- orders ----------------------------------------------------------------------------------------


class WantedIn(wire.Strict):
    """So much of an item; `lot` only where the customer chose one."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    lot: wire.Number = ""


class CustomerOrderIn(wire.Strict):
    """An order of a customer. `confirmed`: it need not be looked at again before it is allocated."""

    model_config = _example(
        customer="C001", site="KIT", customer_number="PO 7741", wanted_on="2027-03-09",
        lines=[{"item": "FG-MARINARA", "quantity": "120"}],
    )  # fmt: skip
    id: UUID | None = None
    customer: wire.Name
    site: wire.Name
    lines: Annotated[list[WantedIn], Field(max_length=LINES_MAX)]
    number: Annotated[str, Field(max_length=60)] = ""
    customer_number: Short = ""
    location: Short = ""
    carrier: wire.Name = ""
    wanted_on: wire.Day = None
    priority: Priority = 5
    note: wire.Reason = ""
    confirmed: bool = False


class OrderChangeIn(wire.Strict):
    """What changes; the rest stays. Lines only while the order is a draft."""

    customer: wire.Name | None = None
    customer_number: Short | None = None
    location: Short | None = None
    carrier: wire.Name | None = None
    wanted_on: wire.Day = None
    priority: Priority | None = None
    note: wire.Reason | None = None
    lines: Annotated[list[WantedIn], Field(max_length=LINES_MAX)] | None = None
    reason: wire.Reason = ""


class ShippingReasonIn(wire.Strict):
    """Why."""

    reason: wire.Reason = ""


class FreeIn(wire.Strict):
    """Give reservations back: of one line, or all of the order's."""

    reason: wire.Reason
    line: Position | None = None


class ChooseIn(wire.Strict):
    """Reserve this lot for a line; another than suggested needs a reason."""

    line: Position
    lot: wire.Number
    reason: wire.Reason = ""


class AllocatedOut(BaseModel):
    """So much of a lot at a place, reserved for a line, and why this lot; `picked`: somebody has it."""

    claim: int
    order: str
    line: int
    item: str
    lot: str
    lot_id: UUID
    expires_on: date | None
    place: str
    path: str
    quantity: str
    unit: str
    why: str
    picked: bool


class CustomerOrderLineOut(BaseModel):
    """A line of an order and how far it is, in the item's base unit."""

    number: int
    item: str
    unit: str
    lot: str
    entered: str
    quantity: str
    allocated: str
    picked: str
    shipped: str
    shortage: str
    problem: str
    rule: str
    strategy: str
    minimum_days: int
    one_lot: bool
    not_before: date | None


class CustomerOrderOut(BaseModel):
    """A customer order."""

    id: UUID
    number: str
    customer_number: str
    customer: str
    location: str
    site: str
    wanted_on: date | None
    priority: int
    status: str
    has_problem: bool
    created_at: datetime
    created_by: str


class CustomerOrderFull(CustomerOrderOut):
    """An order with its lines, what is reserved, its shipments, and the next act."""

    carrier: str
    note: str
    next_act: str
    lines: list[CustomerOrderLineOut]
    portions: list[AllocatedOut]
    shipments: list[UUID]


@router.get("/customer-orders", response=Listed[CustomerOrderOut])
@requires("shipping.view")
def orders(  # noqa: PLR0917
    request: HttpRequest,
    text: Filter = "",
    customer: Filter = "",
    status: Filter = "",
    site: Filter = "",
    due: Literal["", "late", "today"] = "",
    problem: bool | None = None,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List customer orders, newest first; `status` may be `open`."""
    rows = queries.orders(text=text, customer=customer, status=status, site=site, due=due, problem=problem)
    return page(rows, cursor, limit, descending=True).shown(_order)


@router.post("/customer-orders", response={201: CustomerOrderFull})
@requires("shipping.order")
def create(request: HttpRequest, order: CustomerOrderIn) -> Status[dict[str, Any]]:
    """Enter an order. The same `id` makes one order."""
    told = order.model_dump(exclude={"id", "lines"})
    lines = [Wanted(**line.model_dump()) for line in order.lines]
    made = actions.create(**told, lines=lines, uid=order.id, actor=permissions.actor(request))
    return Status(201, _full(made.uid))


class ImportIn(wire.Strict):
    """A CSV or XLSX file, and how to read it; `preview` only looks."""

    file: Annotated[str, Field(max_length=4 * FILE_MAX // 3, description="The file's bytes in Base64.")]
    site: wire.Name
    encoding: Annotated[str, Field(max_length=20)] = ""
    confirmed: bool = False
    preview: bool = False


class ImportOut(BaseModel):
    """What a file made, or would make."""

    orders: list[str]
    lines: int
    saved: bool


@router.post("/customer-orders/import", response=ImportOut)
@requires("shipping.order")
def import_orders(request: HttpRequest, told: ImportIn) -> dict[str, Any]:
    """Enter orders from a CSV or XLSX file, all of them or none; every fault names its row."""
    data = _bytes(told.file)
    actor = permissions.actor(request)
    if told.preview:
        seen = actions.preview(data=data, site=told.site, encoding=told.encoding, actor=actor).checked()
        return {"orders": [one.label for one in seen.orders], "lines": seen.line_count, "saved": False}
    made = actions.import_orders(
        data=data, site=told.site, encoding=told.encoding, confirmed=told.confirmed, actor=actor
    )
    count = sum(len(rows) for rows in queries.lines(made).values())
    return {"orders": [one.number for one in made], "lines": count, "saved": True}


@router.get("/customer-orders/{uid}", response=CustomerOrderFull)
@requires("shipping.view")
def order(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One order with what is reserved for it and why."""
    return _full(uid)


@router.patch("/customer-orders/{uid}", response=CustomerOrderFull)
@requires("shipping.order")
def amend(request: HttpRequest, uid: UUID, change: OrderChangeIn) -> dict[str, Any]:
    """Change an order."""
    told = change.model_dump(exclude_unset=True, exclude={"lines"})
    changes = {name: value for name, value in told.items() if value is not None or name == "wanted_on"}
    if change.lines is not None:
        changes["lines"] = [Wanted(**line.model_dump()) for line in change.lines]
    actions.amend(order=uid, actor=permissions.actor(request), **changes)
    return _full(uid)


@router.post("/customer-orders/{uid}/confirm", response=CustomerOrderFull)
@requires("shipping.order")
def confirm(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Confirm an order."""
    actions.confirm(order=uid, actor=permissions.actor(request))
    return _full(uid)


@router.post("/customer-orders/{uid}/cancel", response=CustomerOrderFull)
@requires("shipping.order")
def cancel(request: HttpRequest, uid: UUID, why: ShippingReasonIn) -> dict[str, Any]:
    """Cancel an order of which nothing has left; what was reserved is free again."""
    actions.cancel(order=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.post("/customer-orders/{uid}/close", response=CustomerOrderFull)
@requires("shipping.order")
def close(request: HttpRequest, uid: UUID, why: ShippingReasonIn) -> dict[str, Any]:
    """Close an order: what is still open lapses, with a reason."""
    actions.close(order=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.post("/customer-orders/{uid}/allocate", response=CustomerOrderFull)
@requires("shipping.order")
def allocate(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Reserve what an order still lacks; shortages say why."""
    actions.allocate(order=uid, actor=permissions.actor(request))
    return _full(uid)


@router.post("/customer-orders/{uid}/free", response=CustomerOrderFull)
@requires("shipping.order")
def free(request: HttpRequest, uid: UUID, told: FreeIn) -> dict[str, Any]:
    """Give back what is reserved."""
    actions.free(order=uid, reason=told.reason, line=told.line, actor=permissions.actor(request))
    return _full(uid)


@router.post("/customer-orders/{uid}/choose-lot", response=CustomerOrderFull)
@requires("shipping.order")
def choose_lot(request: HttpRequest, uid: UUID, told: ChooseIn) -> dict[str, Any]:
    """Reserve a chosen lot for a line."""
    actions.choose_lot(order=uid, actor=permissions.actor(request), **told.model_dump())
    return _full(uid)


# -- waves and picks -------------------------------------------------------------------------------


class WaveIn(wire.Strict):
    """Orders to allocate and pick together."""

    orders: Annotated[list[wire.Name], Field(min_length=1, max_length=500)]


class WaveOut(BaseModel):
    """A wave: its orders and their pick list in walking order."""

    id: UUID
    number: str
    orders: list[CustomerOrderOut]
    portions: list[AllocatedOut]


class PickIn(wire.Strict):
    """What was found at one portion of the pick list; `to` stages it (place) or packs it (SSCC)."""

    model_config = _example(claim=17, lot="L-204", to="340123456789012340")
    id: UUID | None = None
    claim: Annotated[int, Field(ge=0, lt=2**63)]
    lot: wire.Number
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""
    to: wire.Name = ""
    reason: wire.Reason = ""


@router.post("/waves", response={201: WaveOut})
@requires("shipping.order")
def start_wave(request: HttpRequest, wave: WaveIn) -> Status[dict[str, Any]]:
    """Allocate many orders in the order of their priority, and give them one pick list."""
    made = actions.start_wave(orders=wave.orders, actor=permissions.actor(request))
    return Status(201, _wave(made.uid))


@router.get("/waves/{uid}", response=WaveOut)
@requires("shipping.view")
def wave(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One wave with its pick list."""
    return _wave(uid)


@router.post("/customer-orders/{uid}/picks", response={201: CustomerOrderFull})
@requires("shipping.post")
def pick(request: HttpRequest, uid: UUID, told: PickIn) -> Status[dict[str, Any]]:
    """Confirm one portion: the right lot, a short pick or another lot with a reason."""
    said = told.model_dump(exclude={"id"})
    actions.pick(order=uid, uid=told.id, actor=permissions.actor(request), **said)
    return Status(201, _full(uid))


# -- shipments -------------------------------------------------------------------------------------


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

    model_config = _example(carrier="CASCADE", tracking_number="1Z 999", temperature_c="4.5")
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
def shipments(  # noqa: PLR0917
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


# -- returns ---------------------------------------------------------------------------------------


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
def returns(  # noqa: PLR0917
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


# -- rules -----------------------------------------------------------------------------------------


class ShippingRuleIn(wire.Strict):
    """What a customer, an item or a group asks of lots; the most specific rule wins."""

    model_config = _example(customer="C001", minimum_percent=50, not_older=True)
    customer: wire.Name = ""
    item: wire.Name = ""
    item_group: Annotated[str, Field(max_length=60)] = ""
    strategy: Literal["fefo", "fifo", "lefo"] = "fefo"
    minimum_days: Annotated[int, Field(ge=0, le=20_000)] | None = None
    minimum_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    one_lot: bool = False
    not_older: bool = False
    carrier: wire.Name = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class ShippingRuleOut(BaseModel):
    """A rule."""

    id: UUID
    customer: str
    item: str
    item_group: str
    strategy: str
    minimum_days: int | None
    minimum_percent: int | None
    one_lot: bool
    not_older: bool
    carrier: str


@router.get("/shipping-rules", response=Listed[ShippingRuleOut])
@requires("shipping.view")
def rules(request: HttpRequest, cursor: Cursor = "", limit: Limit = LIMIT_USUAL) -> dict[str, Any]:
    """List the rules."""
    return page(queries.all_rules(), cursor, limit).shown(_rule)


@router.post("/shipping-rules", response={201: ShippingRuleOut})
@requires("shipping.order")
def add_rule(request: HttpRequest, rule: ShippingRuleIn) -> Status[dict[str, Any]]:
    """Make a rule."""
    made = actions.keep_rule(actor=permissions.actor(request), **rule.model_dump())
    return Status(201, _rule(made))


@router.put("/shipping-rules/{uid}", response=ShippingRuleOut)
@requires("shipping.order")
def change_rule(request: HttpRequest, uid: UUID, rule: ShippingRuleIn) -> dict[str, Any]:
    """Write a rule anew."""
    return _rule(actions.keep_rule(uid=uid, actor=permissions.actor(request), **rule.model_dump()))


@router.delete("/shipping-rules/{uid}", response={204: None})
@requires("shipping.order")
def remove_rule(request: HttpRequest, uid: UUID) -> Status[None]:
    """Take a rule away."""
    actions.remove_rule(uid=uid, actor=permissions.actor(request))
    return Status(204, None)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(Fault("file", "this is no Base64.", "Encode the bytes of the file.")) from None


# -- shapes ----------------------------------------------------------------------------------------


def _order(row: Order) -> dict[str, Any]:
    return {
        "id": row.uid,
        "number": row.number,
        "customer_number": row.customer_number,
        "customer": row.customer.code,
        "location": row.location.name if row.location else "",
        "site": row.site.code,
        "wanted_on": row.wanted_on,
        "priority": row.priority,
        "status": row.status,
        "has_problem": row.has_problem,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def _full(uid: UUID) -> dict[str, Any]:
    shown = queries.order_page(uid)
    portions = [portion for row in shown.rows for portion in row.portions]
    return {
        **_order(shown.order),
        "carrier": shown.order.carrier.code if shown.order.carrier else "",
        "note": shown.order.note,
        "next_act": shown.next_act.name if shown.next_act else "",
        "lines": [_line(row) for row in shown.rows],
        "portions": [_portion(portion) for portion in portions],
        "shipments": [one.uid for one in shown.shipments],
    }


def _line(row: queries.LineRow) -> dict[str, Any]:
    line, scale = row.line, row.line.item.scale
    amounts = {name: getattr(line, name) for name in ("quantity", "allocated", "picked", "shipped")}
    return {
        "number": line.number,
        "item": line.item.code,
        "unit": line.item.unit,
        "lot": line.lot.number if line.lot else "",
        "entered": line.entered,
        **{name: to_text(amount, scale) for name, amount in amounts.items()},
        "shortage": line.shortage,
        "problem": line.problem,
        "rule": str(row.rule) if row.rule else "",
        "strategy": row.ask.strategy,
        "minimum_days": row.ask.minimum_days,
        "one_lot": row.ask.one_lot,
        "not_before": row.ask.not_before,
    }


def _portion(one: queries.Portion) -> dict[str, Any]:
    return {
        "claim": one.claim,
        "order": one.order.number,
        "line": one.line.number,
        "item": one.line.item.code,
        "lot": one.lot.number,
        "lot_id": one.lot.uid,
        "expires_on": one.lot.expires_on,
        "place": one.place.code,
        "path": one.path,
        "quantity": to_text(one.quantity, one.line.item.scale),
        "unit": one.line.item.unit,
        "why": one.why,
        "picked": one.pick is not None,
    }


def _wave(uid: UUID) -> dict[str, Any]:
    found = queries.wave(uid)
    inside = queries.wave_orders(found)
    return {
        "id": found.uid,
        "number": found.number,
        "orders": [_order(one) for one in inside],
        "portions": [_portion(one) for one in queries.pick_list(inside)],
    }


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


def _rule(row: ShippingRule) -> dict[str, Any]:
    return {
        "id": row.uid,
        "customer": row.customer.code if row.customer else "",
        "item": row.item.code if row.item else "",
        "item_group": row.item_group,
        "strategy": row.strategy,
        "minimum_days": row.minimum_days,
        "minimum_percent": row.minimum_percent,
        "one_lot": row.one_lot,
        "not_older": row.not_older,
        "carrier": row.carrier.code if row.carrier else "",
    }
