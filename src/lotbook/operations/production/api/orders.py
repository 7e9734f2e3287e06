"""Production orders over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, Page, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import actions, queries
from lotbook.operations.production.api.recipes import ProductionReasonIn
from lotbook.operations.production.api.runs import Filter, router
from lotbook.operations.production.models import Order
from lotbook.operations.production.queries import OrderRow
from lotbook.traceability.allocation.rules import Answer
from lotbook.traceability.ledger import wire


class ProductionOrderIn(wire.Strict):
    """So much of an item to be made; without `recipe` the one in force. The same `id` makes one order."""

    id: UUID | None = None
    item: wire.Name = ""
    recipe: wire.Name = ""
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    site: wire.Name
    due_on: date | None = None
    priority: Annotated[int, Field(ge=1, le=4, description="1 urgent, 2 high, 3 normal, 4 low.")] = 3
    number: Annotated[str, Field(max_length=60)] = ""
    note: wire.Reason = ""


class RescheduleIn(wire.Strict):
    """Another day or priority; what is left out stays."""

    due_on: date | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    reason: wire.Reason = ""


class ProductionOrderOut(BaseModel):
    """A production order; quantities in the item's base unit."""

    id: UUID
    number: str
    item: str
    recipe: str
    quantity: str
    made: str
    unit: str
    site: str
    due_on: date | None
    days_late: int
    priority: int
    status: str
    note: str
    created_at: datetime
    created_by: str


class MaterialOut(BaseModel):
    """What is still needed of an item, what is free at the site, and what is reserved for the order."""

    item: str
    unit: str
    needed: str
    free: str
    reserved: str
    short: str


class OrderRun(BaseModel):
    """A run of an order."""

    id: UUID
    number: str
    status: str


class ProductionOrderFull(ProductionOrderOut):
    """A production order with its runs, and the material for what no run is there for."""

    runs: list[OrderRun]
    material: list[MaterialOut]


class ReservedOut(BaseModel):
    """What became of one input: how much is reserved now, and what could not be."""

    lots: int
    missing: bool
    why_not: str


@router.get("/production-orders", response=Listed[ProductionOrderOut])
@requires("production.view")
def orders(
    request: HttpRequest,
    number: Filter = "",
    item: Filter = "",
    status: Filter = "",
    late: bool = False,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List production orders, newest first; status `open` is neither done nor cancelled."""
    found: Page[Order] = page(
        queries.orders(text=number, item=item, status=status, late=late), cursor, limit, descending=True
    )
    return {"items": [_order(row) for row in queries.order_rows(found.items)], "next": found.next}


@router.post("/production-orders", response={201: ProductionOrderFull})
@requires("production.plan")
def create(request: HttpRequest, order: ProductionOrderIn) -> Status[dict[str, Any]]:
    """Plan an order."""
    told = order.model_dump(exclude={"id"})
    made = actions.create_order(**told, uid=order.id, actor=permissions.actor(request))
    return Status(201, _full(made.uid))


@router.get("/production-orders/{uid}", response=ProductionOrderFull)
@requires("production.view")
def order(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One order with its runs and its material."""
    return _full(uid)


@router.patch("/production-orders/{uid}", response=ProductionOrderFull)
@requires("production.plan")
def reschedule(request: HttpRequest, uid: UUID, change: RescheduleIn) -> dict[str, Any]:
    """Give an order another day or priority."""
    priority = "" if change.priority is None else change.priority
    actions.reschedule_order(
        order=uid, due_on=change.due_on, priority=priority, reason=change.reason,
        actor=permissions.actor(request),
    )  # fmt: skip
    return _full(uid)


@router.post("/production-orders/{uid}/release", response=ProductionOrderFull)
@requires("production.plan")
def release(request: HttpRequest, uid: UUID, why: ProductionReasonIn) -> dict[str, Any]:
    """Give an order to the floor."""
    actions.release_order(order=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.post("/production-orders/{uid}/finish", response=ProductionOrderFull)
@requires("production.post")
def finish(request: HttpRequest, uid: UUID, why: ProductionReasonIn) -> dict[str, Any]:
    """Say that an order is done; less than ordered needs a reason."""
    actions.finish_order(order=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.post("/production-orders/{uid}/cancel", response=ProductionOrderFull)
@requires("production.plan")
def cancel(request: HttpRequest, uid: UUID, why: ProductionReasonIn) -> dict[str, Any]:
    """Give an order up, with a reason."""
    actions.cancel_order(order=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.post("/production-orders/{uid}/reserve", response=list[ReservedOut])
@requires("production.plan")
def reserve_order(request: HttpRequest, uid: UUID) -> list[dict[str, Any]]:
    """Reserve what an order still needs, by earliest expiry, as far as there is any."""
    return [_answer(one) for one in actions.reserve_order(order=uid, actor=permissions.actor(request))]


def _answer(one: Answer) -> dict[str, Any]:
    return {"lots": len(one.portions), "missing": bool(one.missing), "why_not": one.why_not}


def _order(row: OrderRow) -> dict[str, Any]:
    one, scale = row.order, row.order.item.scale
    return {
        "id": one.uid,
        "number": one.number,
        "item": one.item.code,
        "recipe": str(one.recipe),
        "quantity": to_text(one.quantity, scale),
        "made": to_text(row.made, scale),
        "unit": one.item.unit,
        "site": one.site.code,
        "due_on": one.due_on,
        "days_late": row.days_late,
        "priority": one.priority,
        "status": one.status,
        "note": one.note,
        "created_at": one.created_at,
        "created_by": one.created_by,
    }


def _full(uid: UUID) -> dict[str, Any]:
    shown = queries.order_page(uid)
    plan = queries.plan(shown.order.recipe, shown.to_plan) if shown.to_plan > 0 and shown.next_step else None
    material = queries.material(shown.order, plan) if plan else []
    return {
        **_order(shown.row),
        "runs": [{"id": run.uid, "number": run.number, "status": run.status} for run in shown.runs],
        "material": [
            {
                "item": row.line.code,
                "unit": row.line.unit,
                "needed": to_text(row.line.quantity, row.line.scale),
                "free": to_text(row.free, row.line.scale),
                "reserved": to_text(row.reserved, row.line.scale),
                "short": to_text(row.short, row.line.scale),
            }
            for row in material
        ],
    }
