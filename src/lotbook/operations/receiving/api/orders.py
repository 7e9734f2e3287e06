"""Purchase orders over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.listfiles import Answers, ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.api.shapes import (
    Filter,
    Percent,
    ReceivingReasonIn,
    ReceivingStepOut,
    Short,
    amounts,
    router,
    steps,
    taken,
)
from lotbook.operations.receiving.models import (
    Order,
    OrderLine,
)
from lotbook.operations.receiving.rules import Ordered
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX


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

    model_config = wire.example(
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

    model_config = wire.example(expected_on="2027-03-12", note="one day later")

    expected_on: date | None = None
    note: wire.Reason | None = None
    lines: OrderedLines | None = None


class PurchaseLineAdded(PurchaseLineIn):
    """A line that is ordered on top, and why."""

    model_config = wire.example(item="SALT", quantity="5", unit="KGM", reason="the cellar is empty")

    reason: wire.Reason = ""


class PurchaseLineChange(wire.Strict):
    """How much is ordered of a line now, and why."""

    model_config = wire.example(quantity="2.2", unit="TNE", reason="a better harvest")

    quantity: wire.Amount
    unit: wire.UnitCode = ""
    reason: wire.Reason = ""


Position = Annotated[int, Field(ge=1, le=100_000)]


class MoreAllowedIn(wire.Strict):
    """Up to so much may come in all for a line."""

    model_config = wire.example(line=1, quantity="2.5", unit="TNE", reason="a good price")

    line: Position
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
    cancelled: bool


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


class PurchaseOrderFull(PurchaseOrderOut):
    """A purchase order with its lines and what happened to it."""

    note: str
    lines: list[PurchaseLineOut]
    notices: list[UUID]
    receipts: list[UUID]
    steps: list[ReceivingStepOut]


@router.get("/purchase-orders", response=Listed[PurchaseOrderOut])
@requires("receiving.view")
def orders(
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


@router.post("/purchase-orders/import", response=ListOut)
@requires("receiving.order")
def import_orders(
    request: HttpRequest, file: ListFile, answers: Answers, preview: Preview = False
) -> dict[str, Any]:
    """Write the purchase orders of a CSV or XLSX file, all of them or none, and send them.

    Rows with the same number make one order. The columns are those of the template on the import page.
    """
    return taken(request, "orders", file, answers, preview=preview)


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


@router.post("/purchase-orders/{uid}/lines", response={201: PurchaseOrderFull})
@requires("receiving.order")
def add_line(request: HttpRequest, uid: UUID, line: PurchaseLineAdded) -> Status[dict[str, Any]]:
    """Order one more thing."""
    ordered = Ordered(**line.model_dump(exclude={"reason"}))
    actions.add_line(order=uid, line=ordered, reason=line.reason, actor=permissions.actor(request))
    return Status(201, _order_full(uid))


@router.patch("/purchase-orders/{uid}/lines/{line}", response=PurchaseOrderFull)
@requires("receiving.order")
def change_line(
    request: HttpRequest, uid: UUID, line: Annotated[Position, Path()], change: PurchaseLineChange
) -> dict[str, Any]:
    """Order more or less of a line, but not less than has come."""
    actions.change_line(order=uid, line=line, **change.model_dump(), actor=permissions.actor(request))
    return _order_full(uid)


@router.post("/purchase-orders/{uid}/lines/{line}/cancel", response=PurchaseOrderFull)
@requires("receiving.order")
def cancel_line(
    request: HttpRequest, uid: UUID, line: Annotated[Position, Path()], why: ReceivingReasonIn
) -> dict[str, Any]:
    """Expect nothing more of a line."""
    actions.cancel_line(order=uid, line=line, reason=why.reason, actor=permissions.actor(request))
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
        "steps": steps(uid),
    }


def _order_line(row: OrderLine) -> dict[str, Any]:
    return {
        "line": row.position,
        "item": row.item.code,
        "unit": row.item.unit,
        **amounts(row, "quantity", "received", "refused", "open"),
        "cancelled": row.cancelled,
        "allowed": None if row.allowed is None else to_text(row.allowed, row.item.scale),
    }
