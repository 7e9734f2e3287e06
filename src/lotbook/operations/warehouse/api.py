"""Moves, counts, losses and logistic units over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import AwareDatetime, BaseModel, Field

from lotbook.foundation.places.models import Place
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()

Filter = Annotated[str, Field(max_length=200)]


class MoveIn(wire.ActIn):
    """Goods from place to place."""

    place: wire.Name = ""
    to: wire.Name
    reason: wire.Reason = ""
    document: wire.Number = ""
    lines: wire.Lines


class ScrapIn(wire.ActIn):
    """Goods written off."""

    place: wire.Name = ""
    reason: wire.Reason
    lines: wire.Lines


class CountIn(wire.Strict):
    """What was counted of one lot at one place."""

    item: wire.Name = ""
    lot: wire.Number = ""
    counted: wire.Amount
    unit: wire.UnitCode = ""
    place: wire.Name = ""


class AdjustIn(wire.ActIn):
    """Counts the book is set to."""

    place: wire.Name = ""
    reason: wire.Reason
    document: wire.Number = ""
    lines: Annotated[list[CountIn], Field(max_length=LINES_MAX)]


class UnitIn(wire.Strict):
    """A logistic unit: 18 digits, or 17 that get their check digit."""

    sscc: Annotated[str, Field(max_length=60)]
    place: wire.Name
    occurred_at: AwareDatetime | None = None


class PackIn(wire.ActIn):
    """Goods into a unit, from `place` or from where the unit stands."""

    place: wire.Name = ""
    lines: wire.Lines


class UnpackIn(wire.ActIn):
    """Goods out of a unit, to `to` or to where the unit stands."""

    to: wire.Name = ""
    lines: wire.Lines


class UnitMoveIn(wire.ActIn):
    """Where a unit goes: a place, or another unit."""

    to: wire.Name
    reason: wire.Reason = ""


class ContentOut(BaseModel):
    """So much of a lot in a unit, or in a unit inside it."""

    item: str
    lot: str
    lot_id: UUID
    quantity: str
    unit: str
    place: str


class UnitOut(BaseModel):
    """A logistic unit and where it stands."""

    id: UUID
    code: str
    sscc: str | None
    place: str | None


class UnitFull(UnitOut):
    """A logistic unit with its contents."""

    contents: list[ContentOut]
    inside: list[UnitOut]


BOTH = {201: wire.ReceiptOut, 200: wire.ReceiptOut}


@router.post("/moves", response=BOTH)
@requires("warehouse.post")
def move(request: HttpRequest, moved: MoveIn) -> Status[dict[str, Any]]:
    """Move goods from place to place."""
    actor = permissions.actor(request)
    return wire.receipt(actions.move(**moved.head("lines"), lines=wire.lines(moved.lines), actor=actor))


@router.post("/losses", response=BOTH)
@requires("warehouse.post")
def scrap(request: HttpRequest, loss: ScrapIn) -> Status[dict[str, Any]]:
    """Write goods off."""
    actor = permissions.actor(request)
    return wire.receipt(actions.scrap(**loss.head("lines"), lines=wire.lines(loss.lines), actor=actor))


@router.post("/adjustments", response=BOTH)
@requires("warehouse.post")
def adjust(request: HttpRequest, counts: AdjustIn) -> Status[dict[str, Any]]:
    """Set the book to what was counted."""
    actor = permissions.actor(request)
    lines = [Count(**line.model_dump()) for line in counts.lines]
    return wire.receipt(actions.adjust(**counts.head("lines"), lines=lines, actor=actor))


@router.get("/units", response=Listed[UnitOut])
@requires("stock.view")
def units(
    request: HttpRequest,
    sscc: Filter = "",
    place: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List logistic units, newest first."""
    return page(queries.units(text=sscc, place=place), cursor, limit, descending=True).shown(_unit)


@router.post("/units", response={201: UnitFull})
@requires("warehouse.post")
def create_unit(request: HttpRequest, unit: UnitIn) -> Status[dict[str, Any]]:
    """Make a logistic unit."""
    made = actions.create_unit(**unit.model_dump(), actor=permissions.actor(request))
    return Status(201, _full(made.uid))


@router.get("/units/{uid}", response=UnitFull)
@requires("stock.view")
def unit(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One logistic unit with its contents."""
    return _full(uid)


@router.post("/units/{uid}/pack", response=BOTH)
@requires("warehouse.post")
def pack(request: HttpRequest, uid: UUID, packed: PackIn) -> Status[dict[str, Any]]:
    """Put goods into a unit."""
    actor = permissions.actor(request)
    lines = wire.lines(packed.lines)
    return wire.receipt(actions.pack(unit=uid, **packed.head("lines"), lines=lines, actor=actor))


@router.post("/units/{uid}/unpack", response=BOTH)
@requires("warehouse.post")
def unpack(request: HttpRequest, uid: UUID, unpacked: UnpackIn) -> Status[dict[str, Any]]:
    """Take goods out of a unit."""
    actor = permissions.actor(request)
    lines = wire.lines(unpacked.lines)
    return wire.receipt(actions.unpack(unit=uid, **unpacked.head("lines"), lines=lines, actor=actor))


@router.post("/units/{uid}/move", response=BOTH)
@requires("warehouse.post")
def move_unit(request: HttpRequest, uid: UUID, moved: UnitMoveIn) -> Status[dict[str, Any]]:
    """Move a unit with everything in it."""
    return wire.receipt(actions.move_unit(unit=uid, **moved.head(), actor=permissions.actor(request)))


def _unit(row: Place) -> dict[str, Any]:
    return {
        "id": row.uid,
        "code": row.code,
        "sscc": row.sscc,
        "place": row.parent.code if row.parent else None,
    }


def _full(uid: UUID) -> dict[str, Any]:
    shown = queries.unit_page(uid)
    return {
        **_unit(shown.unit),
        "contents": [
            {
                "item": row.item_code,
                "lot": row.number,
                "lot_id": row.lot_uid,
                "quantity": to_text(row.on_hand, row.scale),
                "unit": row.unit,
                "place": row.place_code,
            }
            for row in shown.contents
        ],
        "inside": [_unit(row) for row in shown.inside],
    }
