"""Operations on our own stock at partners."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel

from lotbook.kernel import permissions
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.api.shapes import BOTH, Filter, Outputs, _packed, router
from lotbook.traceability.ledger import wire


class SendElsewhereIn(wire.ActIn):
    """Goods of ours to a place of ours at a partner."""

    place: wire.Name = ""
    to: wire.Name
    document: wire.Number
    lines: wire.Lines


class TakeBackIn(wire.ActIn):
    """Goods of ours back from a partner."""

    place: wire.Name
    to: wire.Name
    document: wire.Number
    lines: wire.Lines


class ReportIn(wire.ActIn):
    """What a partner reports: used, made and lost."""

    place: wire.Name
    document: wire.Number
    inputs: wire.Lines
    outputs: Outputs = []
    losses: wire.Lines = []
    loss_reason: wire.Reason = ""
    reason: wire.Reason = ""
    override: wire.Reason = ""


class StandingOut(BaseModel):
    """A lot of ours at a partner, and since when."""

    item: str
    lot: str
    lot_id: UUID
    quantity: str
    unit: str
    place: str
    first_at: datetime | None
    days: int | None


class ElsewhereOut(BaseModel):
    """What a partner keeps for us, and their last statement."""

    partner: str
    place: str
    statement: str | None
    stated_at: datetime | None
    stock: list[StandingOut]


@router.get("/elsewhere", response=list[ElsewhereOut])
@requires("stock.view")
def elsewhere(request: HttpRequest, partner: Filter = "") -> list[dict[str, Any]]:
    """What of ours stands at partners, with its age and their last statement."""
    return [
        {
            "partner": head.partner.code,
            "place": head.place.code,
            "statement": head.statement.number if head.statement else None,
            "stated_at": head.statement.at if head.statement else None,
            "stock": [
                {
                    "item": row.standing.item_code,
                    "lot": row.standing.number,
                    "lot_id": row.standing.lot_uid,
                    "quantity": to_text(row.standing.on_hand, row.standing.scale),
                    "unit": row.standing.unit,
                    "place": row.standing.place_code,
                    "first_at": row.first_at,
                    "days": row.days,
                }
                for row in head.rows
            ],
        }
        for head in queries.elsewhere(partner=partner)
    ]


@router.post("/elsewhere/send", response=BOTH)
@requires("warehouse.post")
def send_elsewhere(request: HttpRequest, sent: SendElsewhereIn) -> Status[dict[str, Any]]:
    """Send goods of ours to a place of ours at a partner."""
    actor = permissions.actor(request)
    return wire.receipt(
        actions.send_elsewhere(**sent.head("lines"), lines=wire.lines(sent.lines), actor=actor)
    )


@router.post("/elsewhere/return", response=BOTH)
@requires("warehouse.post")
def take_back(request: HttpRequest, back: TakeBackIn) -> Status[dict[str, Any]]:
    """Take goods of ours back from a partner."""
    actor = permissions.actor(request)
    return wire.receipt(actions.take_back(**back.head("lines"), lines=wire.lines(back.lines), actor=actor))


@router.post("/elsewhere/report", response=BOTH)
@requires("warehouse.post")
def report_use(request: HttpRequest, told: ReportIn) -> Status[dict[str, Any]]:
    """Write down what a partner used, made and lost of our stock."""
    wire.check_override(request, told.override)
    return wire.receipt(
        actions.report_use(
            **told.head("inputs", "outputs", "losses"), inputs=wire.lines(told.inputs),
            outputs=_packed(told.outputs), losses=wire.lines(told.losses), actor=permissions.actor(request),
        )
    )  # fmt: skip
