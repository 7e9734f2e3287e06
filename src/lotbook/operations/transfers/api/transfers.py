"""Transfers over HTTP: planned, picked, sent, received."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import AwareDatetime, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.transfers.actions import picking, receiving, sending, transfers
from lotbook.operations.transfers.api.shapes import (
    DoneOnceIn,
    Filter,
    Short,
    TransferFull,
    TransferOut,
    TransferReasonIn,
    full_transfer,
    router,
    transfer_shape,
)
from lotbook.operations.transfers.queries import documents
from lotbook.operations.transfers.rules import Arrived, Wanted
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

Celsius = Annotated[str, Field(max_length=12, description="Degrees Celsius as decimal text.")]


class SentIn(wire.Strict):
    """So much of an item to send; `lot` where it is a certain one."""

    item: wire.Name = ""
    lot: wire.Number = ""
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""


class TransferIn(DoneOnceIn):
    """Goods to send from place to place: items, chosen lots, or whole logistic units by SSCC."""

    model_config = wire.example(
        source="PLANT", destination="OUTLET", lines=[{"item": "SALT", "quantity": "5", "unit": "KGM"}]
    )

    source: wire.Name
    destination: wire.Name
    strategy: Short = "fefo"
    needed_on: date | None = None
    reason: wire.Reason = ""
    lines: Annotated[list[SentIn], Field(max_length=LINES_MAX)] = Field(default_factory=list)
    units: Annotated[list[wire.Name], Field(max_length=transfers.UNITS_MAX)] = Field(default_factory=list)


class TransferPickIn(DoneOnceIn):
    """One line of the pick list, as suggested; or less, or another lot, with the reason."""

    pick: UUID
    quantity: wire.Amount = ""
    lot: wire.Number = ""
    place: wire.Name = ""
    reason: wire.Reason = ""


class PackIn(DoneOnceIn):
    """Picked goods into a logistic unit; an SSCC the book does not know is made."""

    unit: Annotated[str, Field(max_length=60, description="Empty: the site's next number.")] = ""
    picks: Annotated[list[UUID], Field(max_length=LINES_MAX)]


class SendIn(DoneOnceIn):
    """Who drives it, and what was measured."""

    carrier: wire.Name = ""
    vehicle: Short = ""
    seal: Short = ""
    celsius: Celsius = ""
    expected_at: AwareDatetime | None = None
    occurred_at: AwareDatetime | None = None


class ArrivedIn(wire.Strict):
    """What came of one pick, in the item's base unit."""

    pick: Annotated[str, Field(max_length=36)]
    quantity: wire.Amount = ""
    damaged: wire.Amount = ""
    place: wire.Name = ""


class ReceiveIn(DoneOnceIn):
    """What arrived; `arrived` left out: everything as it was sent."""

    arrived: Annotated[list[ArrivedIn], Field(max_length=LINES_MAX)] | None = None
    place: wire.Name = ""
    damaged_to: wire.Name = ""
    celsius: Celsius = ""
    reason: wire.Reason = ""
    occurred_at: AwareDatetime | None = None


class SettleIn(DoneOnceIn):
    """What became of goods that did not arrive: `lost`, `found` or `returned`."""

    pick: UUID
    how: Short
    quantity: wire.Amount = ""
    place: wire.Name = ""
    reason: wire.Reason


@router.get("/transfers", response=Listed[TransferOut])
@requires("transfers.view")
def list_transfers(
    request: HttpRequest,
    text: Filter = "",
    status: Filter = "",
    source: Filter = "",
    destination: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List transfers, newest first; `status=current` leaves out what is finished."""
    rows = documents.transfers(text=text, status=status, source=source, destination=destination)
    return page(rows, cursor, limit, descending=True).shown(transfer_shape)


@router.post("/transfers", response={201: TransferFull})
@requires("transfers.post")
def create_transfer(request: HttpRequest, planned: TransferIn) -> Status[dict[str, Any]]:
    """Plan a transfer."""
    told = planned.model_dump(exclude={"id", "lines"})
    lines = [Wanted(**line.model_dump()) for line in planned.lines]
    made = transfers.create(**told, lines=lines, uid=planned.id, actor=permissions.actor(request))
    return Status(201, full_transfer(made.uid))


@router.get("/transfers/{uid}", response=TransferFull)
@requires("transfers.view")
def one_transfer(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One transfer with its pick list in walking order."""
    return full_transfer(uid)


@router.post("/transfers/{uid}/reserve", response=TransferFull)
@requires("transfers.post")
def reserve(request: HttpRequest, uid: UUID, told: DoneOnceIn) -> dict[str, Any]:
    """Reserve lots for what is still to pick."""
    transfers.start(transfer=uid, uid=told.id, actor=permissions.actor(request))
    return full_transfer(uid)


@router.post("/transfers/{uid}/pick", response=TransferFull)
@requires("transfers.post")
def pick(request: HttpRequest, uid: UUID, picked: TransferPickIn) -> dict[str, Any]:
    """Confirm one line of the pick list."""
    told = picked.model_dump(exclude={"id"})
    picking.confirm(transfer=uid, **told, uid=picked.id, actor=permissions.actor(request))
    return full_transfer(uid)


@router.post("/transfers/{uid}/pick-all", response=TransferFull)
@requires("transfers.post")
def pick_all(request: HttpRequest, uid: UUID, told: DoneOnceIn) -> dict[str, Any]:
    """Confirm every open line as suggested."""
    picking.confirm_all(transfer=uid, uid=told.id, actor=permissions.actor(request))
    return full_transfer(uid)


@router.post("/transfers/{uid}/pack", response=TransferFull)
@requires("transfers.post")
def pack(request: HttpRequest, uid: UUID, packed: PackIn) -> dict[str, Any]:
    """Put picked goods into a logistic unit."""
    actor = permissions.actor(request)
    picking.pack(transfer=uid, unit=packed.unit, picks=packed.picks, uid=packed.id, actor=actor)
    return full_transfer(uid)


@router.post("/transfers/{uid}/send", response=TransferFull)
@requires("transfers.post")
def send(request: HttpRequest, uid: UUID, sent: SendIn) -> dict[str, Any]:
    """Send what is picked: it is in transit now."""
    told = sent.model_dump(exclude={"id"})
    sending.send(transfer=uid, **told, uid=sent.id, actor=permissions.actor(request))
    return full_transfer(uid)


@router.post("/transfers/{uid}/receive", response=TransferFull)
@requires("transfers.post")
def receive(request: HttpRequest, uid: UUID, received: ReceiveIn) -> dict[str, Any]:
    """Take in what arrived; what is missing stays in transit."""
    told = received.model_dump(exclude={"id", "arrived"})
    arrived = None if received.arrived is None else [Arrived(**one.model_dump()) for one in received.arrived]
    actor = permissions.actor(request)
    receiving.receive(transfer=uid, arrived=arrived, **told, uid=received.id, actor=actor)
    return full_transfer(uid)


@router.post("/transfers/{uid}/settle", response=TransferFull)
@requires("transfers.post")
def settle(request: HttpRequest, uid: UUID, settled: SettleIn) -> dict[str, Any]:
    """Settle what did not arrive."""
    told = settled.model_dump(exclude={"id"})
    receiving.settle(transfer=uid, **told, uid=settled.id, actor=permissions.actor(request))
    return full_transfer(uid)


@router.post("/transfers/{uid}/take-back", response=TransferFull)
@requires("transfers.post")
def take_back(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Take the last receipt, settlement or the sending back."""
    receiving.take_back(transfer=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return full_transfer(uid)


@router.post("/transfers/{uid}/cancel", response=TransferFull)
@requires("transfers.post")
def cancel_transfer(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Give a transfer up before it is sent."""
    transfers.cancel(transfer=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return full_transfer(uid)
