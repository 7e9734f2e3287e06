"""Operations on logistic units and their numbers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Status
from pydantic import AwareDatetime, BaseModel, Field

from lotbook.foundation.places.models import Place
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.api.shapes import BOTH, Filter, router
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX


class NumberingIn(wire.Strict):
    """Our GS1 company prefix and the extension digit a site numbers its units under."""

    site: wire.Name
    prefix: Annotated[str, Field(max_length=20)]
    extension: Annotated[int, Field(ge=0, le=9)] = 0
    last: Annotated[int, Field(ge=0, le=10**12)] | None = None


class NumberingOut(BaseModel):
    """How a site's units are numbered, and how many numbers are left."""

    site: str
    prefix: str | None
    extension: int | None
    last: int | None
    left: int


class LogisticUnitIn(wire.Strict):
    """A logistic unit: 18 digits, or 17 that get their check digit."""

    sscc: Annotated[str, Field(max_length=60, description="Empty: the site's next number.")] = ""
    place: wire.Name
    occurred_at: AwareDatetime | None = None


class UnitPackIn(wire.ActIn):
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


class BuildIn(wire.ActIn):
    """A unit with goods and other units on it."""

    sscc: Annotated[str, Field(max_length=60, description="Empty: the site's next number.")] = ""
    place: wire.Name
    units: Annotated[list[wire.Name], Field(max_length=LINES_MAX)] = []
    lines: wire.Lines = []


class UnitEmptyIn(wire.ActIn):
    """Where everything in the unit goes: to `to`, or to where the unit stands."""

    to: wire.Name = ""
    units_too: bool = True


class UnitBreakIn(wire.ActIn):
    """Where everything in the unit goes (to `to`, or to where the unit stands), and why."""

    to: wire.Name = ""
    reason: wire.Reason = ""


class HeldLotOut(BaseModel):
    """So much of a lot in a unit at a moment."""

    item: str
    lot: str
    lot_id: UUID
    quantity: str
    unit: str


class UnitThenOut(BaseModel):
    """What stood directly in a unit as of a sequence."""

    sequence: int
    lots: list[HeldLotOut]
    units: list[str]


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


@router.put("/unit-numbers", response=NumberingOut)
@requires("warehouse.plan")
def set_numbering(request: HttpRequest, range: NumberingIn) -> dict[str, Any]:  # noqa: A002 – the body, by its name
    """Number the logistic units of a site under our GS1 company prefix."""
    setting = actions.set_numbering(**range.model_dump(), actor=permissions.actor(request))
    setting.range.refresh_from_db()
    return _numbering(queries.numbering_of(setting.site, setting))


@router.get("/unit-numbers", response=list[NumberingOut])
@requires("stock.view")
def numbering(request: HttpRequest) -> list[dict[str, Any]]:
    """How the logistic units of each site are numbered."""
    return [_numbering(row) for row in queries.numbering()]


def _numbering(row: queries.Numbering) -> dict[str, Any]:
    given = row.setting.range if row.setting else None
    return {
        "site": row.site.code,
        "prefix": given.prefix if given else None,
        "extension": given.extension if given else None,
        "last": given.last if given else None,
        "left": row.left,
    }


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
def create_unit(request: HttpRequest, unit: LogisticUnitIn) -> Status[dict[str, Any]]:
    """Make a logistic unit."""
    made = actions.create_unit(**unit.model_dump(), actor=permissions.actor(request))
    return Status(201, _full(made.uid))


@router.post("/units/build", response={201: UnitFull})
@requires("warehouse.post")
def build_unit(request: HttpRequest, unit: BuildIn) -> Status[dict[str, Any]]:
    """Make a logistic unit and put goods and other units on it, all or nothing."""
    actor = permissions.actor(request)
    made = actions.build_unit(**unit.head("lines"), lines=wire.lines(unit.lines), actor=actor)
    return Status(201, _full(made.uid))


@router.get("/units/{uid}", response=UnitFull)
@requires("stock.view")
def unit(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One logistic unit with its contents."""
    return _full(uid)


@router.post("/units/{uid}/empty", response=BOTH)
@requires("warehouse.post")
def empty_unit(request: HttpRequest, uid: UUID, emptied: UnitEmptyIn) -> Status[dict[str, Any]]:
    """Take everything out of a unit."""
    return wire.receipt(actions.empty_unit(unit=uid, **emptied.head(), actor=permissions.actor(request)))


@router.post("/units/{uid}/break", response=BOTH)
@requires("warehouse.post")
def break_unit(request: HttpRequest, uid: UUID, broken: UnitBreakIn) -> Status[dict[str, Any]]:
    """Take everything out of a unit, which ends: it stands nowhere and takes nothing in any more."""
    return wire.receipt(actions.break_unit(unit=uid, **broken.head(), actor=permissions.actor(request)))


@router.get("/units/{uid}/at/{sequence}", response=UnitThenOut)
@requires("stock.view")
def held_at(
    request: HttpRequest, uid: UUID, sequence: Annotated[int, Path(ge=0, le=2**62)]
) -> dict[str, Any]:
    """What stood directly in a unit as of a sequence of the ledger."""
    held = queries.held_at(queries.unit(uid), sequence)
    return {
        "sequence": held.sequence,
        "lots": [
            {
                "item": lot.item.code,
                "lot": lot.number,
                "lot_id": lot.uid,
                "quantity": to_text(quantity, lot.item.scale),
                "unit": lot.item.unit,
            }
            for lot, quantity in held.lots
        ],
        "units": [one.code for one in held.units],
    }


@router.post("/units/{uid}/pack", response=BOTH)
@requires("warehouse.post")
def pack(request: HttpRequest, uid: UUID, packed: UnitPackIn) -> Status[dict[str, Any]]:
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
