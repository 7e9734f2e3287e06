"""What the operations of this room share: the router, and shapes that several of them use."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import BaseModel, Field

from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers.models import StockRequest, Transfer
from lotbook.operations.transfers.queries import pages
from lotbook.traceability.ledger import wire

router = Router()


Filter = Annotated[str, Field(max_length=200)]


Short = Annotated[str, Field(max_length=100)]


class DoneOnceIn(wire.Strict):
    """An act on a document, done once under its `id`."""

    id: UUID | None = Field(None, description="Asked twice under the same id, it is done once.")


class TransferReasonIn(DoneOnceIn):
    """Why."""

    reason: wire.Reason


class RequestOut(BaseModel):
    """A stock request."""

    id: UUID
    number: str
    status: str
    destination: str
    source: str | None
    needed_on: date | None
    reason: str
    created_at: datetime
    created_by: str


class TransferOut(BaseModel):
    """A transfer."""

    id: UUID
    number: str
    status: str
    source: str
    destination: str
    request: str | None
    strategy: str
    needed_on: date | None
    sent_at: datetime | None
    expected_at: datetime | None
    received_at: datetime | None


class TransferLineOut(BaseModel):
    """A line of a transfer, in the item's base unit."""

    line: int
    item: str
    lot: str | None
    unit: str
    planned: str
    reserved: str
    picked: str
    sent: str


class PickOut(BaseModel):
    """So much of a lot for a transfer, and what became of it, in the item's base unit."""

    id: UUID
    item: str
    lot: str
    lot_id: UUID
    place: str
    logistic_unit: str | None
    unit: str
    quantity: str
    short: str
    why: str
    reason: str
    picked: bool
    sent: bool
    received: str
    damaged: str
    lost: str
    returned: str
    over: str
    in_transit: str


class TransferFull(TransferOut):
    """A transfer with its lines, its picks in walking order, and how it travels."""

    reason: str
    carrier: str | None
    vehicle: str
    seal: str
    celsius_sent: str
    celsius_received: str
    lines: list[TransferLineOut]
    picks: list[PickOut]
    units: list[str]


def request_shape(row: StockRequest) -> dict[str, Any]:
    """A request as RequestOut."""
    return {
        "id": row.uid,
        "number": row.number,
        "status": row.status,
        "destination": row.destination.code,
        "source": row.source.code if row.source else None,
        "needed_on": row.needed_on,
        "reason": row.reason,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def transfer_shape(row: Transfer) -> dict[str, Any]:
    """A transfer as TransferOut."""
    return {
        "id": row.uid,
        "number": row.number,
        "status": row.status,
        "source": row.source.code,
        "destination": row.destination.code,
        "request": row.request.number if row.request else None,
        "strategy": row.strategy,
        "needed_on": row.needed_on,
        "sent_at": row.sent_at,
        "expected_at": row.expected_at,
        "received_at": row.received_at,
    }


def full_transfer(uid: UUID) -> dict[str, Any]:
    """A transfer with its lines, portions and steps; raises NotFound."""
    shown = pages.transfer_page(uid)
    row = shown.transfer
    return {
        **transfer_shape(row),
        "reason": row.reason,
        "carrier": row.carrier.name if row.carrier else None,
        "vehicle": row.vehicle,
        "seal": row.seal,
        "celsius_sent": row.sent_celsius,
        "celsius_received": row.received_celsius,
        "lines": [_line(one) for one in shown.lines],
        "picks": [_pick(one) for one in shown.picks],
        "units": [load.unit.sscc or load.unit.code for load in shown.loads],
    }


def _line(one: pages.SentLine) -> dict[str, Any]:
    scale = one.line.item.scale
    return {
        "line": one.line.position,
        "item": one.line.item.code,
        "lot": one.line.lot.number if one.line.lot else None,
        "unit": one.line.item.unit,
        "planned": to_text(one.line.quantity, scale),
        "reserved": to_text(one.reserved, scale),
        "picked": to_text(one.picked, scale),
        "sent": to_text(one.sent, scale),
    }


def _pick(one: pages.PickRow) -> dict[str, Any]:
    row, item = one.pick, one.pick.lot.item
    became = {
        name: to_text(one.sums.get(name, 0), item.scale)
        for name in ("received", "damaged", "lost", "returned", "over")
    }
    return {
        "id": row.uid,
        "item": item.code,
        "lot": row.lot.number,
        "lot_id": row.lot.uid,
        "place": row.place.code,
        "logistic_unit": row.load.unit.sscc if row.load else None,
        "unit": item.unit,
        "quantity": to_text(row.quantity, item.scale),
        "short": to_text(row.short, item.scale),
        "why": row.why,
        "reason": row.reason,
        "picked": row.picked_at is not None,
        "sent": row.sent_event is not None,
        **became,
        "in_transit": to_text(one.open + one.sums.get("pending", 0), item.scale),
    }
