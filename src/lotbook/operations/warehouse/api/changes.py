"""Operations that move stock and make lots into others."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.permissions import requires
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.api.shapes import BOTH, Filter, Outputs, _packed, router
from lotbook.operations.warehouse.rules import Part
from lotbook.traceability.ledger import wire


class MoveIn(wire.ActIn):
    """Goods from place to place."""

    place: wire.Name = ""
    to: wire.Name
    reason: wire.Reason = ""
    document: wire.Number = ""
    lines: wire.Lines


class SplitPartIn(wire.Strict):
    """A part of a lot; without `lot` it gets a number behind the old one."""

    lot: wire.Number = ""
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    place: wire.Name = ""


class SplitIn(wire.ActIn):
    """A lot at a place, and the parts that become lots of their own."""

    lot: wire.Number
    item: wire.Name = ""
    place: wire.Name
    parts: Annotated[list[SplitPartIn], Field(max_length=200)]
    reason: wire.Reason = ""
    override: wire.Reason = ""


class MergeIn(wire.ActIn):
    """Lots of one item that become one new lot."""

    lines: wire.Lines
    lot: wire.Number = ""
    place: wire.Name = ""
    to: wire.Name = ""
    expires_on: date | None = None
    reason: wire.Reason = ""
    override: wire.Reason = ""


class RelabelIn(wire.ActIn):
    """A lot, its new number and dates."""

    lot: wire.Number
    item: wire.Name = ""
    number: wire.Number = ""
    expires_on: date | None = None
    best_before_on: date | None = None
    place: wire.Name = ""
    reason: wire.Reason
    override: wire.Reason = ""


class RepackIn(wire.ActIn):
    """What goes in, what comes out, and what is lost."""

    place: wire.Name = ""
    inputs: wire.Lines
    outputs: Outputs
    losses: wire.Lines = []
    loss_reason: wire.Reason = ""
    reason: wire.Reason = ""
    override: wire.Reason = ""


class SpotOut(BaseModel):
    """A place to put something, and why there."""

    place: str
    name: str
    why: str


@router.post("/moves", response=BOTH)
@requires("warehouse.post")
def move(request: HttpRequest, moved: MoveIn) -> Status[dict[str, Any]]:
    """Move goods from place to place."""
    actor = permissions.actor(request)
    return wire.receipt(actions.move(**moved.head("lines"), lines=wire.lines(moved.lines), actor=actor))


@router.post("/splits", response=BOTH)
@requires("warehouse.post")
def split(request: HttpRequest, parted: SplitIn) -> Status[dict[str, Any]]:
    """Make new lots of parts of one."""
    wire.check_override(request, parted.override)
    parts = [Part(**part.model_dump()) for part in parted.parts]
    actor = permissions.actor(request)
    return wire.receipt(actions.split(**parted.head("parts"), parts=parts, actor=actor))


@router.post("/merges", response=BOTH)
@requires("warehouse.post")
def merge(request: HttpRequest, merged: MergeIn) -> Status[dict[str, Any]]:
    """Make one new lot of several of the same item; a line without quantity takes all there is."""
    wire.check_override(request, merged.override)
    actor = permissions.actor(request)
    return wire.receipt(actions.merge(**merged.head("lines"), lines=wire.lines(merged.lines), actor=actor))


@router.post("/relabels", response=BOTH)
@requires("lots.edit")
def relabel(request: HttpRequest, label: RelabelIn) -> Status[dict[str, Any]]:
    """Give all we have of a lot a new number or dates put right, as a new lot."""
    wire.check_override(request, label.override)
    return wire.receipt(actions.relabel(**label.head(), actor=permissions.actor(request)))


@router.post("/repackings", response=BOTH)
@requires("warehouse.post")
def repack(request: HttpRequest, packed: RepackIn) -> Status[dict[str, Any]]:
    """Pack goods of one item into another."""
    wire.check_override(request, packed.override)
    return wire.receipt(
        actions.repack(
            **packed.head("inputs", "outputs", "losses"), inputs=wire.lines(packed.inputs),
            outputs=_packed(packed.outputs), losses=wire.lines(packed.losses),
            actor=permissions.actor(request),
        )
    )  # fmt: skip


@router.get("/put-away", response=list[SpotOut])
@requires("stock.view")
def put_away(request: HttpRequest, item: Filter, lot: Filter = "", near: Filter = "") -> list[dict[str, Any]]:
    """Where goods of an item may go: where it lies already, then free bins."""
    spots = queries.put_away(item, lot, near)
    return [{"place": spot.place.code, "name": spot.place.name, "why": spot.why} for spot in spots]
