"""Silos and tanks over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import actions, queries
from lotbook.operations.production.api.runs import router
from lotbook.operations.production.queries import VesselRow
from lotbook.traceability.ledger import wire


class VesselIn(wire.Strict):
    """A place in which lots of an item flow together; the same `id` makes one."""

    id: UUID | None = None
    place: wire.Name
    item: wire.Name
    capacity: wire.Amount = ""
    unit: wire.UnitCode = ""


class FillIn(wire.ActIn):
    """What flows in; without lines what stands in it side by side is blended."""

    place: wire.Name = ""
    number: wire.Number = ""
    override: wire.Reason = ""
    lines: wire.Lines = Field(default_factory=list)


class DrawIn(wire.ActIn):
    """How much is drawn: into a run, or to a place."""

    quantity: wire.Amount
    unit: wire.UnitCode = ""
    run: wire.Name = ""
    to: wire.Name = ""
    override: wire.Reason = ""


class EmptyIn(wire.ActIn):
    """Why it is emptied; the rest goes `to` a place, else it is lost."""

    reason: wire.Reason
    to: wire.Name = ""
    override: wire.Reason = ""


class InsideOut(BaseModel):
    """So much of a lot in a vessel, in its item's base unit."""

    item: str
    lot: str
    lot_id: UUID
    quantity: str
    unit: str


class VesselOut(BaseModel):
    """A vessel and what is in it."""

    id: UUID
    place: str
    item: str
    capacity: str | None
    inside: list[InsideOut]


class FlowOut(BaseModel):
    """So much of a lot that flowed into a blend."""

    item: str
    lot: str
    quantity: str
    unit: str


class BlendOut(BaseModel):
    """One blend: the run that made it, what flowed into it, and its lot (null when it was taken back)."""

    run: str
    lot: str | None
    quantity: str
    made_at: datetime
    inputs: list[FlowOut]


class VesselFull(VesselOut):
    """A vessel with its blends, newest first."""

    blends: list[BlendOut]


@router.get("/vessels", response=list[VesselOut])
@requires("production.view")
def vessels(request: HttpRequest) -> list[dict[str, Any]]:
    """List vessels with what is in them."""
    return [_vessel(row) for row in queries.vessels()]


@router.post("/vessels", response={201: VesselFull})
@requires("production.plan")
def create(request: HttpRequest, vessel: VesselIn) -> Status[dict[str, Any]]:
    """Say that a place is a vessel."""
    told = vessel.model_dump(exclude={"id"})
    made = actions.create_vessel(**told, uid=vessel.id, actor=permissions.actor(request))
    return Status(201, _full(made.uid))


@router.get("/vessels/{uid}", response=VesselFull)
@requires("production.view")
def vessel(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One vessel: what is in it, and one blend after the other."""
    return _full(uid)


@router.post("/vessels/{uid}/fill", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def fill(request: HttpRequest, uid: UUID, filling: FillIn) -> Status[dict[str, Any]]:
    """Let lots flow into a vessel: with what is in it they become its next blend."""
    wire.check_override(request, filling.override)
    lines, actor = wire.lines(filling.lines), permissions.actor(request)
    return wire.receipt(actions.fill_vessel(vessel=uid, lines=lines, **filling.head("lines"), actor=actor))


@router.post("/vessels/{uid}/draw", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def draw(request: HttpRequest, uid: UUID, drawing: DrawIn) -> Status[dict[str, Any]]:
    """Draw from the present blend."""
    wire.check_override(request, drawing.override)
    actor = permissions.actor(request)
    return wire.receipt(actions.draw_vessel(vessel=uid, **drawing.head(), actor=actor))


@router.post("/vessels/{uid}/empty", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def empty(request: HttpRequest, uid: UUID, emptying: EmptyIn) -> Status[dict[str, Any]]:
    """Empty and clean a vessel: its chain of blends ends."""
    wire.check_override(request, emptying.override)
    actor = permissions.actor(request)
    return wire.receipt(actions.empty_vessel(vessel=uid, **emptying.head(), actor=actor))


def _vessel(row: VesselRow) -> dict[str, Any]:
    one = row.vessel
    return {
        "id": one.uid,
        "place": one.place.code,
        "item": one.item.code,
        "capacity": to_text(one.capacity, one.item.scale) if one.capacity else None,
        "inside": [
            {
                "item": each.lot.item.code,
                "lot": each.lot.number,
                "lot_id": each.lot.uid,
                "quantity": to_text(each.quantity, each.lot.item.scale),
                "unit": each.lot.item.unit,
            }
            for each in row.inside
        ],
    }


def _full(uid: UUID) -> dict[str, Any]:
    shown = queries.vessel_page(uid)
    scale = shown.vessel.item.scale
    return {
        **_vessel(shown.row),
        "blends": [
            {
                "run": blend.run.number,
                "lot": blend.lot.number if blend.lot else None,
                "quantity": to_text(blend.quantity, scale),
                "made_at": blend.run.opened_at,
                "inputs": [
                    {
                        "item": share.item.code,
                        "lot": share.lot.number,
                        "quantity": to_text(share.used, share.item.scale),
                        "unit": share.item.unit,
                    }
                    for share in blend.inputs
                ],
            }
            for blend in shown.blends
        ],
    }
