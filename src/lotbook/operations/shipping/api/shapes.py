"""What the operations of this room share: the router, and shapes that several of them use."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import BaseModel, Field

from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import queries
from lotbook.operations.shipping.models import Order

router = Router()


Filter = Annotated[str, Field(max_length=200)]


Short = Annotated[str, Field(max_length=200)]


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
    cancelled: bool


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


def order_shape(row: Order) -> dict[str, Any]:
    """An order as CustomerOrderOut."""
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


def full_order(uid: UUID) -> dict[str, Any]:
    """An order with its lines and what is reserved for it; raises NotFound."""
    shown = queries.order_page(uid)
    portions = [portion for row in shown.rows for portion in row.portions]
    return {
        **order_shape(shown.order),
        "carrier": shown.order.carrier.code if shown.order.carrier else "",
        "note": shown.order.note,
        "next_act": shown.next_act.name if shown.next_act else "",
        "lines": [_line(row) for row in shown.rows],
        "portions": [portion_shape(portion) for portion in portions],
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
        "cancelled": line.cancelled,
    }


def portion_shape(one: queries.Portion) -> dict[str, Any]:
    """A reservation as AllocatedOut."""
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
