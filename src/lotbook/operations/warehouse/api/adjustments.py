"""Operations for what is lost, given away, destroyed or counted otherwise."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.api.shapes import Filter, router
from lotbook.operations.warehouse.models import Adjustment, AdjustmentStatus
from lotbook.operations.warehouse.rules import REASONS, Count
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

ReasonCode = Annotated[str, Field(max_length=20, description=f"One of {', '.join(REASONS)}.")]


class ScrapIn(wire.ActIn):
    """Goods written off."""

    place: wire.Name = ""
    reason: wire.Reason
    reason_code: ReasonCode = "other"
    free_reserved: bool = False
    lines: wire.Lines


class DonateIn(wire.ActIn):
    """Goods given to a partner marked as charity, with the document that goes along."""

    place: wire.Name = ""
    partner: wire.Name
    document: wire.Number
    reason: wire.Reason = ""
    reason_code: ReasonCode = "other"
    override: wire.Reason = ""
    lines: wire.Lines


class DestroyIn(wire.ActIn):
    """Goods destroyed before a witness."""

    place: wire.Name = ""
    reason: wire.Reason
    reason_code: ReasonCode = "quality"
    witness: Annotated[str, Field(max_length=200)]
    certificate: Annotated[str, Field(max_length=200)] = ""
    free_reserved: bool = False
    lines: wire.Lines


class ElsewhereCountIn(wire.Strict):
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
    reason_code: ReasonCode = "count"
    document: wire.Number = ""
    free_reserved: bool = False
    lines: Annotated[list[ElsewhereCountIn], Field(max_length=LINES_MAX)]


class AdjustmentOut(BaseModel):
    """An adjustment; its event has the same id once its status is posted."""

    id: UUID
    number: str
    kind: str
    status: str
    reason_code: str
    reason: str
    place: str
    partner: str | None
    document: str
    witness: str
    certificate: str
    value: str
    currency: str
    duplicate: bool


class ChangedOut(BaseModel):
    """So much of a lot taken (below zero) or added."""

    item: str
    lot: str
    lot_id: UUID
    place: str
    change: str
    unit: str


class AdjustmentFull(AdjustmentOut):
    """An adjustment with what it changes."""

    reversed: bool
    rows: list[ChangedOut]


ADJUSTED = {201: AdjustmentOut, 200: AdjustmentOut, 202: AdjustmentOut}


@router.post("/losses", response=ADJUSTED)
@requires("warehouse.post")
def scrap(request: HttpRequest, loss: ScrapIn) -> Status[dict[str, Any]]:
    """Write goods off: 202 while it waits for approval."""
    _check_free(request, asked=loss.free_reserved)
    actor = permissions.actor(request)
    return _adjusted(actions.scrap(**loss.head("lines"), lines=wire.lines(loss.lines), actor=actor))


@router.post("/adjustments", response=ADJUSTED)
@requires("warehouse.post")
def adjust(request: HttpRequest, counts: AdjustIn) -> Status[dict[str, Any]]:
    """Set the book to what was counted: 202 while it waits for approval."""
    _check_free(request, asked=counts.free_reserved)
    actor = permissions.actor(request)
    lines = [Count(**line.model_dump()) for line in counts.lines]
    return _adjusted(actions.adjust(**counts.head("lines"), lines=lines, actor=actor))


@router.post("/donations", response=ADJUSTED)
@requires("warehouse.post")
def donate(request: HttpRequest, given: DonateIn) -> Status[dict[str, Any]]:
    """Give goods to a charity: 202 while it waits for approval."""
    wire.check_override(request, given.override)
    actor = permissions.actor(request)
    return _adjusted(actions.donate(**given.head("lines"), lines=wire.lines(given.lines), actor=actor))


@router.post("/destructions", response=ADJUSTED)
@requires("warehouse.post")
def destroy(request: HttpRequest, gone: DestroyIn) -> Status[dict[str, Any]]:
    """Destroy goods before a witness: 202 while it waits for approval."""
    _check_free(request, asked=gone.free_reserved)
    actor = permissions.actor(request)
    return _adjusted(actions.destroy(**gone.head("lines"), lines=wire.lines(gone.lines), actor=actor))


@router.get("/adjustments", response=Listed[AdjustmentOut])
@requires("stock.view")
def adjustments(
    request: HttpRequest,
    text: Filter = "",
    kind: Filter = "",
    status: Filter = "",
    place: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List adjustments, newest first."""
    rows = queries.adjustments(text=text, kind=kind, status=status, place=place)
    return page(rows, cursor, limit, descending=True).shown(_adjustment)


@router.get("/adjustments/{uid}", response=AdjustmentFull)
@requires("stock.view")
def adjustment(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One adjustment with what it changes."""
    shown = queries.adjustment_page(uid)
    rows = [
        {
            "item": row.lot.item.code,
            "lot": row.lot.number,
            "lot_id": row.lot.uid,
            "place": row.place.code,
            "change": to_text(row.change, row.lot.item.scale),
            "unit": row.lot.item.unit,
        }
        for row in shown.rows
    ]
    return {**_adjustment(shown.adjustment), "reversed": shown.reversed, "rows": rows}


def _check_free(request: HttpRequest, *, asked: bool) -> None:
    if asked:
        wire.check_override(request, "reserved")


def _adjusted(done: Adjustment) -> Status[dict[str, Any]]:
    waiting = done.status == AdjustmentStatus.WAITING
    return Status(200 if done.duplicate else 202 if waiting else 201, _adjustment(done))


def _adjustment(row: Adjustment) -> dict[str, Any]:
    return {
        "id": row.uid,
        "number": row.number,
        "kind": row.kind,
        "status": row.status,
        "reason_code": row.reason_code,
        "reason": row.reason,
        "place": row.place.code,
        "partner": row.partner.code if row.partner else None,
        "document": row.document,
        "witness": row.witness,
        "certificate": row.certificate,
        "value": to_text(row.value_micro, 6),
        "currency": row.currency,
        "duplicate": row.duplicate,
    }
