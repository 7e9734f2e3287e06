"""Receipts, purchase orders, shipping notices, rules and returns to suppliers over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lotbook.foundation.documents import queries as documents
from lotbook.kernel import permissions
from lotbook.kernel.errors import Fault, NotAllowed
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.models import (
    ArrivalLine,
    Notice,
    NoticeLine,
    NoticeUnit,
    Order,
    OrderLine,
    ReceivingRule,
)
from lotbook.operations.receiving.rules import Announced, Line, Ordered
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Short = Annotated[str, Field(max_length=60)]
Percent = Annotated[str, Field(max_length=20, description="Percent as decimal text.")]
Degrees = Annotated[str, Field(max_length=20, description="°C as decimal text.")]
Difference = Literal["", "short", "damaged", "wrong_item", "too_warm", "papers", "other"]


def example(**values: Any) -> ConfigDict:
    """A schema's example, shown in OpenAPI and run by the tests."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": values})


class ReceivedIn(wire.LineIn):
    """So much of an item that came in; without `lot` the numbering rule makes one."""

    item: wire.Name
    supplier_lot: Annotated[str, Field(max_length=120)] = ""
    serials: Annotated[list[wire.Number], Field(max_length=LINES_MAX)] = Field(default_factory=list)
    origin_country: Annotated[str, Field(max_length=2)] = ""
    harvested_on: wire.Day = None
    produced_on: wire.Day = None
    packed_on: wire.Day = None
    sell_by_on: wire.Day = None
    best_before_on: wire.Day = None
    expires_on: wire.Day = None
    retest_on: wire.Day = None
    tlc: wire.Number = ""
    tlc_source: Annotated[str, Field(max_length=60, description="uid of a location.")] = ""
    tlc_source_reference: wire.Number = ""
    attributes: dict[str, str | bool | int] = Field(default_factory=dict)
    sscc: Annotated[str, Field(max_length=60, description="The logistic unit it came in.")] = ""
    order_line: Annotated[str, Field(max_length=6, description="Position in the order.")] = ""
    notice_line: Annotated[str, Field(max_length=6, description="Position in the notice.")] = ""
    refused: wire.Amount = ""
    missing: wire.Amount = ""
    difference: Difference = ""
    reason: Annotated[str, Field(max_length=500)] = ""
    temperature: Degrees = ""


class ReceiptIn(wire.ActIn):
    """Goods from a supplier, against an order or a shipping notice, or without.

    `over_reason` lets more than ordered in; it needs the permission ledger.override.
    """

    model_config = example(
        supplier="FARM",
        place="STORE",
        document="DN 88",
        lines=[{"item": "TOM", "quantity": "120.5", "lot": "T-1", "produced_on": "2027-03-01"}],
    )

    supplier: wire.Name = ""
    place: wire.Name
    order: wire.Name = ""
    notice: wire.Name = ""
    document: wire.Number = ""
    carrier: wire.Name = ""
    note: wire.Reason = ""
    over_reason: wire.Reason = ""
    lines: Annotated[list[ReceivedIn], Field(max_length=LINES_MAX)]


class UnitReceiptIn(wire.ActIn):
    """A logistic unit of a shipping notice, with everything in it as announced."""

    model_config = example(sscc="340123456789012340", place="STORE", temperature="4.5")

    sscc: Annotated[str, Field(max_length=60)]
    place: wire.Name
    notice: wire.Name = ""
    temperature: Degrees = ""
    document: wire.Number = ""
    carrier: wire.Name = ""
    note: wire.Reason = ""
    over_reason: wire.Reason = ""


class SupplierReturnIn(wire.ActIn):
    """Goods back to a supplier; `receipt` is the receipt (its event) they came by."""

    model_config = example(
        supplier="FARM", place="STORE", reason="mould", lines=[{"lot": "T-1", "quantity": "4"}]
    )

    supplier: wire.Name = ""
    place: wire.Name = ""
    receipt: UUID | None = None
    reason: wire.Reason
    document: wire.Number = ""
    carrier: wire.Name = ""
    override: wire.Reason = ""
    lines: wire.Lines


class PurchaseLineIn(wire.Strict):
    """A line of an order; tolerances in percent, left out: as the rules say."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    over: Percent = ""
    under: Percent = ""


OrderedLines = Annotated[list[PurchaseLineIn], Field(max_length=LINES_MAX)]


class PurchaseOrderIn(wire.Strict):
    """A purchase order; without a number it gets the next one."""

    model_config = example(
        supplier="FARM",
        site="PLANT",
        expected_on="2027-03-10",
        send=True,
        lines=[{"item": "TOM", "quantity": "2", "unit": "TNE", "over": "5"}],
    )

    id: UUID | None = None
    number: Short = ""
    supplier: wire.Name
    site: wire.Name
    expected_on: date | None = None
    note: wire.Reason = ""
    send: bool = False
    lines: OrderedLines


class PurchaseOrderChange(wire.Strict):
    """What changes of an order; `lines` replaces all of them, while nothing has come."""

    model_config = example(expected_on="2027-03-12", note="one day later")

    expected_on: date | None = None
    note: wire.Reason | None = None
    lines: OrderedLines | None = None


class ReceivingReasonIn(wire.Strict):
    """Why."""

    model_config = example(reason="the rest is not coming")

    reason: wire.Reason


class MoreAllowedIn(wire.Strict):
    """Up to so much may come in all for a line."""

    model_config = example(line=1, quantity="2.5", unit="TNE", reason="a good price")

    line: Annotated[int, Field(ge=1, le=100_000)]
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    reason: wire.Reason


class MoreAllowedOut(BaseModel):
    """Whether it is allowed, or waits for an approval."""

    status: str


class PurchaseLineOut(BaseModel):
    """A line of an order, in the item's base unit; `open` is still expected."""

    line: int
    item: str
    unit: str
    quantity: str
    received: str
    refused: str
    open: str
    allowed: str | None


class PurchaseOrderOut(BaseModel):
    """A purchase order."""

    id: UUID
    number: str
    supplier: str
    site: str
    status: str
    expected_on: date | None
    created_at: datetime
    created_by: str


class ReceivingStepOut(BaseModel):
    """Something that happened to a document."""

    at: datetime
    what: str
    text: str
    reason: str
    by: str
    event: UUID | None


class PurchaseOrderFull(PurchaseOrderOut):
    """A purchase order with its lines and what happened to it."""

    note: str
    lines: list[PurchaseLineOut]
    notices: list[UUID]
    receipts: list[UUID]
    steps: list[ReceivingStepOut]


class AnnouncedIn(wire.Strict):
    """So much of one lot on its way, in the logistic unit `sscc` on `pallet`, for an order."""

    item: wire.Name
    lot: wire.Number = ""
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""
    supplier_lot: Annotated[str, Field(max_length=120)] = ""
    order: Short = ""
    order_line: Annotated[str, Field(max_length=6)] = ""
    sscc: Short = ""
    pallet: Short = ""
    origin_country: Annotated[str, Field(max_length=2)] = ""
    harvested_on: wire.Day = None
    produced_on: wire.Day = None
    packed_on: wire.Day = None
    sell_by_on: wire.Day = None
    best_before_on: wire.Day = None
    expires_on: wire.Day = None
    retest_on: wire.Day = None
    tlc: wire.Number = ""
    tlc_source_reference: wire.Number = ""


class NoticeIn(wire.Strict):
    """What is on its way. The number is the supplier's."""

    model_config = example(
        number="DN-7",
        supplier="FARM",
        site="PLANT",
        expected_at="2027-03-03T15:00:00+01:00",
        lines=[
            {
                "item": "TOM",
                "lot": "T-1",
                "quantity": "60",
                "sscc": "340123456789012357",
                "pallet": "340123456789012340",
                "produced_on": "2027-03-01",
            }
        ],
    )

    id: UUID | None = None
    number: Short = ""
    supplier: wire.Name
    site: wire.Name
    expected_at: AwareDatetime | None = None
    carrier: wire.Name = ""
    note: wire.Reason = ""
    lines: Annotated[list[AnnouncedIn], Field(max_length=LINES_MAX)]


class AnnouncedOut(BaseModel):
    """A line of a notice, in the item's base unit."""

    line: int
    item: str
    lot: str
    supplier_lot: str
    unit: str
    quantity: str
    received: str
    refused: str
    missing: str
    open: str
    order: str
    order_line: int | None
    sscc: str
    facts: dict[str, str]


class AnnouncedUnitOut(BaseModel):
    """A logistic unit of a notice; `receipt` is the event it came with."""

    sscc: str
    pallet: str
    receipt: UUID | None


class NoticeOut(BaseModel):
    """A shipping notice."""

    id: UUID
    number: str
    supplier: str
    site: str
    carrier: str
    status: str
    expected_at: datetime | None
    created_at: datetime
    created_by: str


class NoticeFull(NoticeOut):
    """A shipping notice with its logistic units and lines."""

    note: str
    units: list[AnnouncedUnitOut]
    lines: list[AnnouncedOut]
    receipts: list[UUID]
    steps: list[ReceivingStepOut]


class ArrivedLineOut(BaseModel):
    """What came of one line, beside what was expected, in the item's base unit."""

    line: int
    item: str
    lot: str
    unit: str
    order: str
    order_line: int | None
    expected: str | None
    quantity: str
    refused: str
    missing: str
    difference: str
    reason: str
    temperature: str
    quarantine: str


class ArrivedOut(BaseModel):
    """A receipt; `id` is its event."""

    id: UUID
    sequence: int
    supplier: str
    place: str
    notice: str
    document: str
    arrived_at: datetime
    reversed: bool


class ArrivedFull(ArrivedOut):
    """A receipt with its lines."""

    orders: list[str]
    lines: list[ArrivedLineOut]


class ReceivingRuleIn(wire.Strict):
    """How goods are received: of an item, a group, a supplier, or of all."""

    model_config = example(
        item="TOM", over="5", quarantine="hold", required=["produced_on"], temperature_max="7"
    )

    item: wire.Name = ""
    group: Short = ""
    supplier: wire.Name = ""
    over: Percent = ""
    under: Percent = ""
    quarantine: Literal["", "none", "place", "hold"] = ""
    numbering: Literal["", "rule", "supplier"] = ""
    required: Annotated[list[Short], Field(max_length=20)] = Field(default_factory=list)
    temperature_min: Degrees = ""
    temperature_max: Degrees = ""


class ReceivingRuleOut(BaseModel):
    """A rule of receiving; tolerances in percent, temperatures in °C."""

    id: UUID
    item: str
    group: str
    supplier: str
    over: str
    under: str
    quarantine: str
    numbering: str
    required: list[str]
    temperature_min: str
    temperature_max: str


def check_over(request: HttpRequest, reason: str) -> None:
    """More than ordered needs the permission to override; raises NotAllowed."""
    if reason.strip() and not permissions.allowed(request, "ledger.override"):
        cause = "this needs the permission ledger.override."
        remedy = "Refuse what is too much, or have more allowed for the order."
        raise NotAllowed(Fault("over_reason", cause, remedy, "not_allowed"))


# -- receipts --------------------------------------------------------------------------------------


@router.post("/receipts", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("receiving.post")
def receive(request: HttpRequest, receipt: ReceiptIn) -> Status[dict[str, Any]]:
    """Receive goods: one event with all its lots."""
    check_over(request, receipt.over_reason)
    lines = [Line(**line.model_dump()) for line in receipt.lines]
    actor = permissions.actor(request)
    return wire.receipt(actions.receive(**receipt.head("lines"), lines=lines, actor=actor))


@router.post("/receipts/unit", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("receiving.post")
def receive_unit(request: HttpRequest, unit: UnitReceiptIn) -> Status[dict[str, Any]]:
    """Receive an announced pallet or case by its SSCC, with everything in it."""
    check_over(request, unit.over_reason)
    return wire.receipt(actions.receive_unit(**unit.head(), actor=permissions.actor(request)))


@router.get("/receipts", response=Listed[ArrivedOut])
@requires("receiving.view")
def receipts(  # noqa: PLR0917
    request: HttpRequest,
    supplier: Filter = "",
    order: Filter = "",
    notice: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List receipts, newest first."""
    rows = queries.arrivals(supplier=supplier, order=order, notice=notice)
    return page(rows, cursor, limit, descending=True).shown(_arrival)


@router.get("/receipts/{uid}", response=ArrivedFull)
@requires("receiving.view")
def receipt(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One receipt beside what was expected."""
    shown = queries.arrival(uid)
    return {
        **_arrival(shown.arrival),
        "orders": [order.number for order in shown.orders],
        "lines": [_arrival_line(line) for line in shown.lines],
    }


@router.post("/supplier-returns", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("receiving.post")
def supplier_return(request: HttpRequest, returned: SupplierReturnIn) -> Status[dict[str, Any]]:
    """Send goods back to a supplier."""
    wire.check_override(request, returned.override)
    actor = permissions.actor(request)
    told = {**returned.head("lines"), "receipt": returned.receipt or ""}
    return wire.receipt(actions.supplier_return(**told, lines=wire.lines(returned.lines), actor=actor))


# -- orders ----------------------------------------------------------------------------------------


@router.get("/purchase-orders", response=Listed[PurchaseOrderOut])
@requires("receiving.view")
def orders(  # noqa: PLR0917
    request: HttpRequest,
    number: Filter = "",
    status: Filter = "",
    supplier: Filter = "",
    item: Filter = "",
    site: Filter = "",
    due: Literal["", "late", "today", "week", "open"] = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List purchase orders, newest first."""
    rows = queries.orders(text=number, status=status, supplier=supplier, item=item, site=site, due=due)
    return page(rows, cursor, limit, descending=True).shown(_order)


@router.post("/purchase-orders", response={201: PurchaseOrderFull})
@requires("receiving.order")
def create_order(request: HttpRequest, order: PurchaseOrderIn) -> Status[dict[str, Any]]:
    """Write a purchase order; the same `id` makes one."""
    told = order.model_dump(exclude={"id", "lines"})
    made = actions.create_order(
        **told,
        uid=order.id,
        lines=[Ordered(**line.model_dump()) for line in order.lines],
        actor=permissions.actor(request),
    )
    return Status(201, _order_full(made.uid))


@router.get("/purchase-orders/{uid}", response=PurchaseOrderFull)
@requires("receiving.view")
def order(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One purchase order with what came of it."""
    return _order_full(uid)


@router.patch("/purchase-orders/{uid}", response=PurchaseOrderFull)
@requires("receiving.order")
def amend_order(request: HttpRequest, uid: UUID, change: PurchaseOrderChange) -> dict[str, Any]:
    """Change an order."""
    told = change.model_dump(exclude_unset=True)
    lines = told.pop("lines", None)
    read = [Ordered(**line) for line in lines] if lines is not None else None
    told = {name: "" if name == "note" and value is None else value for name, value in told.items()}
    actions.amend_order(actor=permissions.actor(request), order=uid, changes=told, lines=read)
    return _order_full(uid)


@router.post("/purchase-orders/{uid}/send", response=PurchaseOrderFull)
@requires("receiving.order")
def send_order(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """The order goes to the supplier: goods may come against it."""
    actions.send_order(actor=permissions.actor(request), order=uid)
    return _order_full(uid)


@router.post("/purchase-orders/{uid}/close", response=PurchaseOrderFull)
@requires("receiving.order")
def close_order(request: HttpRequest, uid: UUID, closing: ReceivingReasonIn) -> dict[str, Any]:
    """Nothing more is expected."""
    actions.close_order(actor=permissions.actor(request), order=uid, reason=closing.reason)
    return _order_full(uid)


@router.post("/purchase-orders/{uid}/cancel", response=PurchaseOrderFull)
@requires("receiving.order")
def cancel_order(request: HttpRequest, uid: UUID, closing: ReceivingReasonIn) -> dict[str, Any]:
    """The order is off."""
    actions.cancel_order(actor=permissions.actor(request), order=uid, reason=closing.reason)
    return _order_full(uid)


@router.post("/purchase-orders/{uid}/allow", response=MoreAllowedOut)
@requires("receiving.order")
def allow_over(request: HttpRequest, uid: UUID, allowed: MoreAllowedIn) -> dict[str, Any]:
    """Ask that more than ordered may come for a line."""
    told = allowed.model_dump()
    return {"status": actions.allow_over(**told, actor=permissions.actor(request), order=uid)}


# -- shipping notices ------------------------------------------------------------------------------


@router.get("/shipping-notices", response=Listed[NoticeOut])
@requires("receiving.view")
def notices(  # noqa: PLR0917
    request: HttpRequest,
    number: Filter = "",
    status: Filter = "",
    supplier: Filter = "",
    site: Filter = "",
    sscc: Filter = "",
    due: Literal["", "late", "today", "week", "open"] = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List shipping notices, newest first."""
    rows = queries.notices(text=number, status=status, supplier=supplier, site=site, sscc=sscc, due=due)
    return page(rows, cursor, limit, descending=True).shown(_notice)


@router.post("/shipping-notices", response={201: NoticeFull})
@requires("receiving.order")
def create_notice(request: HttpRequest, notice: NoticeIn) -> Status[dict[str, Any]]:
    """Write down what is on its way; the same `id` makes one notice."""
    told = notice.model_dump(exclude={"id", "lines"})
    made = actions.create_notice(
        **told,
        uid=notice.id,
        lines=[Announced(**line.model_dump()) for line in notice.lines],
        actor=permissions.actor(request),
    )
    return Status(201, _notice_full(made.uid))


@router.get("/shipping-notices/{uid}", response=NoticeFull)
@requires("receiving.view")
def notice(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One shipping notice with its pallets."""
    return _notice_full(uid)


@router.post("/shipping-notices/{uid}/cancel", response=NoticeFull)
@requires("receiving.order")
def cancel_notice(request: HttpRequest, uid: UUID, closing: ReceivingReasonIn) -> dict[str, Any]:
    """The truck does not come."""
    actions.cancel_notice(actor=permissions.actor(request), notice=uid, reason=closing.reason)
    return _notice_full(uid)


# -- rules -----------------------------------------------------------------------------------------


@router.get("/receiving-rules", response=Listed[ReceivingRuleOut])
@requires("receiving.view")
def receiving_rules(request: HttpRequest, cursor: Cursor = "", limit: Limit = LIMIT_USUAL) -> dict[str, Any]:
    """List the rules of receiving."""
    return page(queries.receiving_rules(), cursor, limit).shown(_rule)


@router.post("/receiving-rules", response={201: ReceivingRuleOut})
@requires("receiving.order")
def create_rule(request: HttpRequest, rule: ReceivingRuleIn) -> Status[dict[str, Any]]:
    """Make a rule."""
    made = actions.set_rule(**rule.model_dump(), actor=permissions.actor(request))
    return Status(201, _rule(queries.receiving_rule(made.uid)))


@router.put("/receiving-rules/{uid}", response=ReceivingRuleOut)
@requires("receiving.order")
def change_rule(request: HttpRequest, uid: UUID, rule: ReceivingRuleIn) -> dict[str, Any]:
    """Put another rule in the place of one."""
    actions.set_rule(**rule.model_dump(), uid=uid, actor=permissions.actor(request))
    return _rule(queries.receiving_rule(uid))


@router.delete("/receiving-rules/{uid}", response={204: None})
@requires("receiving.order")
def remove_rule(request: HttpRequest, uid: UUID) -> Status[None]:
    """Remove a rule."""
    actions.remove_rule(uid=uid)
    return Status(204, None)


# -- shown -----------------------------------------------------------------------------------------


def _order(row: Order) -> dict[str, Any]:
    return {
        "id": row.uid,
        "number": row.number,
        "supplier": row.supplier.code,
        "site": row.site.code,
        "status": row.status,
        "expected_on": row.expected_on,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def _order_full(uid: UUID) -> dict[str, Any]:
    shown = queries.order_page(uid)
    return {
        **_order(shown.order),
        "note": shown.order.note,
        "lines": [_order_line(line) for line in shown.lines],
        "notices": [row.uid for row in shown.notices],
        "receipts": [row.event for row in shown.arrivals if not row.is_reversed],
        "steps": _steps(uid),
    }


def _amounts(row: OrderLine | NoticeLine | ArrivalLine, *names: str) -> dict[str, str]:
    return {name: to_text(getattr(row, name), row.item.scale) for name in names}


def _order_line(row: OrderLine) -> dict[str, Any]:
    return {
        "line": row.position,
        "item": row.item.code,
        "unit": row.item.unit,
        **_amounts(row, "quantity", "received", "refused", "open"),
        "allowed": None if row.allowed is None else to_text(row.allowed, row.item.scale),
    }


def _steps(uid: UUID) -> list[Mapping[str, Any]]:
    return [
        {
            "at": step.happened_at,
            "what": step.verb,
            "text": step.text,
            "reason": step.reason,
            "by": step.actor,
            "event": step.event,
        }
        for step in documents.steps(uid)
    ]


def _notice(row: Notice) -> dict[str, Any]:
    return {
        "id": row.uid,
        "number": row.number,
        "supplier": row.supplier.code,
        "site": row.site.code,
        "carrier": row.carrier.code if row.carrier else "",
        "status": row.status,
        "expected_at": row.expected_at,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def _notice_full(uid: UUID) -> dict[str, Any]:
    shown = queries.notice_page(uid)
    return {
        **_notice(shown.notice),
        "note": shown.notice.note,
        "units": [_unit(one.unit, shown) for one in shown.units if one.unit],
        "lines": [_notice_line(line) for line in shown.lines],
        "receipts": [row.event for row in shown.arrivals if not row.is_reversed],
        "steps": _steps(shown.notice.uid),
    }


def _unit(row: NoticeUnit, shown: queries.NoticePage) -> dict[str, Any]:
    numbers = {one.unit.pk: one.unit.sscc for one in shown.units if one.unit}
    return {
        "sscc": row.sscc,
        "pallet": numbers.get(row.parent_id or 0, ""),
        "receipt": row.arrival.event if row.arrival else None,
    }


def _notice_line(row: NoticeLine) -> dict[str, Any]:
    ordered = row.order_line
    return {
        "line": row.position,
        "item": row.item.code,
        "lot": row.lot,
        "supplier_lot": row.supplier_lot,
        "unit": row.item.unit,
        **_amounts(row, "quantity", "received", "refused", "missing", "open"),
        "order": ordered.order.number if ordered else "",
        "order_line": ordered.position if ordered else None,
        "sscc": row.unit.sscc if row.unit else "",
        "facts": {name: str(value) for name, value in row.facts.items()},
    }


def _arrival(row: Any) -> dict[str, Any]:
    return {
        "id": row.event,
        "sequence": row.sequence,
        "supplier": row.supplier.code,
        "place": row.place.code,
        "notice": row.notice.number if row.notice else "",
        "document": row.document,
        "arrived_at": row.arrived_at,
        "reversed": row.is_reversed,
    }


def _arrival_line(row: ArrivalLine) -> dict[str, Any]:
    ordered = row.order_line
    return {
        "line": row.position + 1,
        "item": row.item.code,
        "lot": row.lot,
        "unit": row.item.unit,
        "order": ordered.order.number if ordered else "",
        "order_line": ordered.position if ordered else None,
        "expected": None if row.expected is None else to_text(row.expected, row.item.scale),
        **_amounts(row, "quantity", "refused", "missing"),
        "difference": row.difference,
        "reason": row.reason,
        "temperature": _text(row.temperature_tenths, 1),
        "quarantine": row.quarantined,
    }


def _text(number: int | None, scale: int) -> str:
    return "" if number is None else to_text(number, scale)


def _rule(row: ReceivingRule) -> dict[str, Any]:
    return {
        "id": row.uid,
        "item": row.item.code if row.item else "",
        "group": row.group,
        "supplier": row.supplier.code if row.supplier else "",
        "over": _text(row.over_tolerance, 2),
        "under": _text(row.under_tolerance, 2),
        "quarantine": row.quarantine,
        "numbering": row.numbering,
        "required": row.required,
        "temperature_min": _text(row.temperature_min_tenths, 1),
        "temperature_max": _text(row.temperature_max_tenths, 1),
    }
