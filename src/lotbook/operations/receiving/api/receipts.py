"""Receipts, and returns to suppliers, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.errors import Fault, NotAllowed
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.api.shapes import Degrees, Filter, amounts, router, text_of
from lotbook.operations.receiving.models import (
    ArrivalLine,
)
from lotbook.operations.receiving.rules import Line
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

Difference = Literal["", "short", "damaged", "wrong_item", "too_warm", "papers", "other"]


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

    model_config = wire.example(
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

    model_config = wire.example(sscc="340123456789012340", place="STORE", temperature="4.5")

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

    model_config = wire.example(
        supplier="FARM", place="STORE", reason="mould", lines=[{"lot": "T-1", "quantity": "4"}]
    )

    supplier: wire.Name = ""
    place: wire.Name = ""
    receipt: UUID | None = None
    reason: wire.Reason
    document: wire.Number = ""
    carrier: wire.Name = ""
    replacement: Annotated[bool, Field(description="The order is open again for what goes back.")] = False
    override: wire.Reason = ""
    lines: wire.Lines


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


def check_over(request: HttpRequest, reason: str) -> None:
    """More than ordered needs the permission to override; raises NotAllowed."""
    if reason.strip() and not permissions.allowed(request, "ledger.override"):
        cause = "this needs the permission ledger.override."
        remedy = "Refuse what is too much, or have more allowed for the order."
        raise NotAllowed(Fault("over_reason", cause, remedy, "not_allowed"))


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
def receipts(
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
        **amounts(row, "quantity", "refused", "missing"),
        "difference": row.difference,
        "reason": row.reason,
        "temperature": text_of(row.temperature_tenths, 1),
        "quarantine": row.quarantined,
    }
