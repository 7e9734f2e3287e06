"""Minimum levels, what is below them, and lots about to expire, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import listfiles, permissions
from lotbook.kernel.columns import Table, unanswered
from lotbook.kernel.listfiles import Answers, ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page, page_in_order
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_decimal, to_text
from lotbook.operations.transfers.actions import levels as level_actions
from lotbook.operations.transfers.api.shapes import Filter, RequestOut, request_shape, router
from lotbook.operations.transfers.commands import as_json
from lotbook.operations.transfers.models import Level
from lotbook.operations.transfers.queries import documents, expiring, replenishing
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX


class LevelIn(wire.Strict):
    """How much there should be at a place, in `unit` or the item's base unit."""

    model_config = wire.example(item="SALT", place="OUTLET", minimum="5", maximum="20", source="PLANT")

    item: wire.Name
    place: wire.Name
    minimum: wire.Amount
    maximum: wire.Amount
    unit: wire.UnitCode = ""
    lead_days: Annotated[int, Field(ge=0, le=level_actions.LEAD_DAYS_MAX)] = 0
    source: wire.Name = ""
    supplier: wire.Name = ""


class FillUpIn(wire.Strict):
    """Which levels to fill up; none named: all that have a source place."""

    id: UUID | None = None
    levels: Annotated[list[UUID], Field(max_length=LINES_MAX)] = Field(default_factory=list)


class LevelOut(BaseModel):
    """A level."""

    id: UUID
    item: str
    place: str
    minimum: str
    maximum: str
    unit: str
    lead_days: int
    source: str | None
    supplier: str | None


class BelowOut(BaseModel):
    """What is below its minimum, and how much fills it up, in the item's base unit."""

    item: str
    place: str
    minimum: str
    maximum: str
    free: str
    in_transit: str
    asked: str
    suggested: str
    unit: str
    source: str | None
    supplier: str | None
    there_on: date


class ExpiringOut(BaseModel):
    """So much of a lot that expires soon; `value` at standard cost."""

    item: str
    lot: str
    lot_id: UUID
    expires_on: date
    days: int
    status: str
    place: str
    quantity: str
    reserved: str
    unit: str
    value: str | None
    currency: str
    what_could_be_done: list[str]


@router.get("/levels", response=Listed[LevelOut])
@requires("transfers.view")
def list_levels(
    request: HttpRequest,
    text: Filter = "",
    place: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List levels."""
    return page(documents.levels(text=text, place=place), cursor, limit).shown(_level)


@router.put("/levels", response=LevelOut)
@requires("warehouse.plan")
def keep_level(request: HttpRequest, level: LevelIn) -> dict[str, Any]:
    """Set the level of an item at a place: made when there is none, else changed."""
    return _level(level_actions.keep(**level.model_dump(), actor=permissions.actor(request)))


@router.post("/levels/import", response=ListOut)
@requires("warehouse.plan")
def import_levels(
    request: HttpRequest, file: ListFile, answers: Answers, preview: Preview = False
) -> dict[str, Any]:
    """Set the levels of a CSV or XLSX file, all of them or none; one row is one level."""

    def act() -> listfiles.Made:
        done = level_actions.read_file(
            data=listfiles.content(file), answers=answers.model_dump(), actor=permissions.actor(request)
        )
        if isinstance(done, Table):
            raise unanswered(done.questions)
        return listfiles.Made([], done)

    return listfiles.taken(act, preview=preview)


@router.delete("/levels/{uid}", response={204: None})
@requires("warehouse.plan")
def remove_level(request: HttpRequest, uid: UUID) -> Status[None]:
    """Take a level away."""
    level_actions.remove(uid=uid, actor=permissions.actor(request))
    return Status(204, None)


@router.get("/replenishment", response=list[BelowOut])
@requires("transfers.view")
def below(request: HttpRequest, place: Filter = "", item: Filter = "") -> list[dict[str, Any]]:
    """What is below its minimum, counting what is free, in transit and asked for."""
    return [as_json(row) for row in replenishing.below(place=place, text=item)]


@router.post("/replenishment", response={201: list[RequestOut]})
@requires("transfers.request")
def fill_up(request: HttpRequest, chosen: FillUpIn) -> Status[list[dict[str, Any]]]:
    """Ask for what is below its minimum from places of ours."""
    made = level_actions.fill_up(levels=chosen.levels, uid=chosen.id, actor=permissions.actor(request))
    return Status(201, [request_shape(row) for row in made])


@router.get("/expiring-lots", response=Listed[ExpiringOut])
@requires("stock.view")
def expiring_lots(
    request: HttpRequest,
    within: Annotated[int, Field(ge=0, le=3650)] = 30,
    place: Filter = "",
    item: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """Lots in stock that expire within so many days or have expired, soonest first."""
    part = page_in_order(expiring.rows(within=within, place=place, item=item), cursor, limit)
    return {"items": [_expiring(one) for one in expiring.shown(part.items)], "next": part.next}


def _level(row: Level) -> dict[str, Any]:
    scale = row.item.scale
    return {
        "id": row.uid,
        "item": row.item.code,
        "place": row.place.code,
        "minimum": to_text(row.minimum, scale),
        "maximum": to_text(row.maximum, scale),
        "unit": row.item.unit,
        "lead_days": row.lead_days,
        "source": row.source.code if row.source else None,
        "supplier": row.supplier.code if row.supplier else None,
    }


def _expiring(one: expiring.Expiring) -> dict[str, Any]:
    row, item = one.row, one.row.lot.item
    return {
        "item": item.code,
        "lot": row.lot.number,
        "lot_id": row.lot.uid,
        "expires_on": row.lot.expires_on,
        "days": one.days,
        "status": one.status,
        "place": row.place.code,
        "quantity": to_text(row.on_hand, item.scale),
        "reserved": to_text(row.reserved, item.scale),
        "unit": item.unit,
        "value": None if one.value_micro is None else f"{to_decimal(one.value_micro, 6):f}",
        "currency": item.currency,
        "what_could_be_done": [way.words for way in one.ways],
    }
