"""Waves and picks over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.permissions import requires
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.api.shapes import (
    AllocatedOut,
    CustomerOrderFull,
    CustomerOrderOut,
    full_order,
    order_shape,
    portion_shape,
    router,
)
from lotbook.traceability.ledger import wire


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
    """What was found at one portion of the pick list; `to` stages it (place) or packs it (SSCC).

    `new_unit` packs it into a new logistic unit under the site's next SSCC: the portions then name it.
    """

    model_config = wire.example(claim=17, lot="L-204", to="340123456789012340")
    id: UUID | None = None
    claim: Annotated[int, Field(ge=0, lt=2**63)]
    lot: wire.Number
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""
    to: wire.Name = ""
    new_unit: bool = False
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
    return Status(201, full_order(uid))


def _wave(uid: UUID) -> dict[str, Any]:
    found = queries.wave(uid)
    inside = queries.wave_orders(found)
    return {
        "id": found.uid,
        "number": found.number,
        "orders": [order_shape(one) for one in inside],
        "portions": [portion_shape(one) for one in queries.pick_list(inside)],
    }
