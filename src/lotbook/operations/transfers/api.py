"""Stock requests, transfers, levels and expiring lots over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_decimal, to_text
from lotbook.operations.transfers.actions import levels as level_actions
from lotbook.operations.transfers.actions import receiving, requests, transfers
from lotbook.operations.transfers.commands import as_json
from lotbook.operations.transfers.models import Level, StockRequest, Transfer
from lotbook.operations.transfers.queries import documents, expiring, pages, replenishing
from lotbook.operations.transfers.rules import Arrived, Wanted
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Short = Annotated[str, Field(max_length=100)]
Celsius = Annotated[str, Field(max_length=12, description="Degrees Celsius as decimal text.")]
Position = Annotated[int, Field(ge=1, le=LINES_MAX)]


class RequestedIn(wire.Strict):
    """So much of an item that is asked for."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    note: Annotated[str, Field(max_length=500)] = ""


class SentIn(wire.Strict):
    """So much of an item to send; `lot` where it is a certain one."""

    item: wire.Name = ""
    lot: wire.Number = ""
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""


class DoneOnceIn(wire.Strict):
    """An act on a document, done once under its `id`."""

    id: UUID | None = Field(None, description="Asked twice under the same id, it is done once.")


class RequestIn(DoneOnceIn):
    """What is needed where; `source` left out: from wherever it is. `ask` asks for it at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "destination": "OUTLET", "needed_on": "2027-03-05", "reason": "market day",
                    "lines": [{"item": "SALT", "quantity": "5", "unit": "KGM"}],
                }
            ]
        },
    )  # fmt: skip

    destination: wire.Name
    source: wire.Name = ""
    needed_on: date | None = None
    reason: wire.Reason = ""
    ask: bool = True
    lines: Annotated[list[RequestedIn], Field(max_length=LINES_MAX)]


class GrantIn(wire.Strict):
    """How much of one line is approved, in the item's base unit."""

    line: Position
    quantity: wire.Amount


class DecisionIn(DoneOnceIn):
    """Approved (in part where `lines` says so), or refused with the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"approve": True, "lines": [{"line": 1, "quantity": "4"}]}]},
    )

    approve: bool
    reason: wire.Reason = ""
    source: wire.Name = ""
    lines: Annotated[list[GrantIn], Field(max_length=LINES_MAX)] = Field(default_factory=list)


class TransferReasonIn(DoneOnceIn):
    """Why."""

    reason: wire.Reason


class FromRequestIn(DoneOnceIn):
    """Where the goods come from; `lines` (positions) takes only some of the request."""

    source: wire.Name = ""
    strategy: Short = "fefo"
    lines: Annotated[list[Position], Field(max_length=LINES_MAX)] = Field(default_factory=list)


class TransferIn(DoneOnceIn):
    """Goods to send from place to place: items, chosen lots, or whole logistic units by SSCC."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "source": "PLANT",
                    "destination": "OUTLET",
                    "lines": [{"item": "SALT", "quantity": "5", "unit": "KGM"}],
                }
            ]
        },
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

    unit: Annotated[str, Field(max_length=60)]
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


class LevelIn(wire.Strict):
    """How much there should be at a place, in `unit` or the item's base unit."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"item": "SALT", "place": "OUTLET", "minimum": "5", "maximum": "20", "source": "PLANT"}
            ]
        },
    )

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


class RequestLineOut(BaseModel):
    """A line of a request, in the item's base unit: asked, approved, planned or sent, sent."""

    line: int
    item: str
    unit: str
    asked: str
    approved: str | None
    planned: str
    sent: str
    note: str


class RequestFull(RequestOut):
    """A stock request with its lines, and the numbers of its transfers."""

    lines: list[RequestLineOut]
    transfers: list[str]
    can_be_decided_by: list[str]


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


# -- requests --------------------------------------------------------------------------------------


@router.get("/stock-requests", response=Listed[RequestOut])
@requires("transfers.view")
def list_requests(  # noqa: PLR0917
    request: HttpRequest,
    text: Filter = "",
    status: Filter = "",
    place: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List stock requests, newest first; `status=current` leaves out what is finished."""
    rows = documents.requests(text=text, status=status, place=place)
    return page(rows, cursor, limit, descending=True).shown(_request)


@router.post("/stock-requests", response={201: RequestFull})
@requires("transfers.request")
def create_request(request: HttpRequest, wanted: RequestIn) -> Status[dict[str, Any]]:
    """Ask for goods."""
    told = wanted.model_dump(exclude={"id", "lines"})
    lines = [Wanted(**line.model_dump()) for line in wanted.lines]
    made = requests.create(**told, lines=lines, uid=wanted.id, actor=permissions.actor(request))
    return Status(201, _full_request(made.uid))


@router.get("/stock-requests/{uid}", response=RequestFull)
@requires("transfers.view")
def one_request(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One stock request."""
    return _full_request(uid)


@router.post("/stock-requests/{uid}/ask", response=RequestFull)
@requires("transfers.request")
def ask(request: HttpRequest, uid: UUID, asked: DoneOnceIn) -> dict[str, Any]:
    """Ask for a draft."""
    requests.ask(request=uid, uid=asked.id, actor=permissions.actor(request))
    return _full_request(uid)


@router.post("/stock-requests/{uid}/decision", response=RequestFull)
@requires("approvals.decide")
def decide(request: HttpRequest, uid: UUID, decision: DecisionIn) -> dict[str, Any]:
    """Approve, approve in part, or refuse."""
    requests.decide(
        request=uid, approve=decision.approve, reason=decision.reason, source=decision.source,
        quantities={line.line: line.quantity for line in decision.lines}, uid=decision.id,
        actor=permissions.actor(request),
    )  # fmt: skip
    return _full_request(uid)


@router.post("/stock-requests/{uid}/cancel", response=RequestFull)
@requires("transfers.request")
def cancel_request(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Take a request back."""
    requests.cancel(request=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return _full_request(uid)


@router.post("/stock-requests/{uid}/close", response=RequestFull)
@requires("transfers.request")
def close_request(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Send no more of it."""
    requests.close(request=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return _full_request(uid)


@router.post("/stock-requests/{uid}/transfers", response={201: TransferFull})
@requires("transfers.post")
def transfer_request(request: HttpRequest, uid: UUID, told: FromRequestIn) -> Status[dict[str, Any]]:
    """Plan the transfer of what is approved and not under way yet."""
    made = transfers.from_request(
        request=uid, source=told.source, strategy=told.strategy, lines=told.lines, uid=told.id,
        actor=permissions.actor(request),
    )  # fmt: skip
    return Status(201, _full_transfer(made.uid))


# -- transfers -------------------------------------------------------------------------------------


@router.get("/transfers", response=Listed[TransferOut])
@requires("transfers.view")
def list_transfers(  # noqa: PLR0917
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
    return page(rows, cursor, limit, descending=True).shown(_transfer)


@router.post("/transfers", response={201: TransferFull})
@requires("transfers.post")
def create_transfer(request: HttpRequest, planned: TransferIn) -> Status[dict[str, Any]]:
    """Plan a transfer."""
    told = planned.model_dump(exclude={"id", "lines"})
    lines = [Wanted(**line.model_dump()) for line in planned.lines]
    made = transfers.create(**told, lines=lines, uid=planned.id, actor=permissions.actor(request))
    return Status(201, _full_transfer(made.uid))


@router.get("/transfers/{uid}", response=TransferFull)
@requires("transfers.view")
def one_transfer(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One transfer with its pick list in walking order."""
    return _full_transfer(uid)


@router.post("/transfers/{uid}/reserve", response=TransferFull)
@requires("transfers.post")
def reserve(request: HttpRequest, uid: UUID, told: DoneOnceIn) -> dict[str, Any]:
    """Reserve lots for what is still to pick."""
    transfers.start(transfer=uid, uid=told.id, actor=permissions.actor(request))
    return _full_transfer(uid)


@router.post("/transfers/{uid}/pick", response=TransferFull)
@requires("transfers.post")
def pick(request: HttpRequest, uid: UUID, picked: TransferPickIn) -> dict[str, Any]:
    """Confirm one line of the pick list."""
    told = picked.model_dump(exclude={"id"})
    transfers.confirm(transfer=uid, **told, uid=picked.id, actor=permissions.actor(request))
    return _full_transfer(uid)


@router.post("/transfers/{uid}/pick-all", response=TransferFull)
@requires("transfers.post")
def pick_all(request: HttpRequest, uid: UUID, told: DoneOnceIn) -> dict[str, Any]:
    """Confirm every open line as suggested."""
    transfers.confirm_all(transfer=uid, uid=told.id, actor=permissions.actor(request))
    return _full_transfer(uid)


@router.post("/transfers/{uid}/pack", response=TransferFull)
@requires("transfers.post")
def pack(request: HttpRequest, uid: UUID, packed: PackIn) -> dict[str, Any]:
    """Put picked goods into a logistic unit."""
    actor = permissions.actor(request)
    transfers.pack(transfer=uid, unit=packed.unit, picks=packed.picks, uid=packed.id, actor=actor)
    return _full_transfer(uid)


@router.post("/transfers/{uid}/send", response=TransferFull)
@requires("transfers.post")
def send(request: HttpRequest, uid: UUID, sent: SendIn) -> dict[str, Any]:
    """Send what is picked: it is in transit now."""
    told = sent.model_dump(exclude={"id"})
    transfers.send(transfer=uid, **told, uid=sent.id, actor=permissions.actor(request))
    return _full_transfer(uid)


@router.post("/transfers/{uid}/receive", response=TransferFull)
@requires("transfers.post")
def receive(request: HttpRequest, uid: UUID, received: ReceiveIn) -> dict[str, Any]:
    """Take in what arrived; what is missing stays in transit."""
    told = received.model_dump(exclude={"id", "arrived"})
    arrived = None if received.arrived is None else [Arrived(**one.model_dump()) for one in received.arrived]
    actor = permissions.actor(request)
    receiving.receive(transfer=uid, arrived=arrived, **told, uid=received.id, actor=actor)
    return _full_transfer(uid)


@router.post("/transfers/{uid}/settle", response=TransferFull)
@requires("transfers.post")
def settle(request: HttpRequest, uid: UUID, settled: SettleIn) -> dict[str, Any]:
    """Settle what did not arrive."""
    told = settled.model_dump(exclude={"id"})
    receiving.settle(transfer=uid, **told, uid=settled.id, actor=permissions.actor(request))
    return _full_transfer(uid)


@router.post("/transfers/{uid}/take-back", response=TransferFull)
@requires("transfers.post")
def take_back(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Take the last receipt, settlement or the sending back."""
    receiving.take_back(transfer=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return _full_transfer(uid)


@router.post("/transfers/{uid}/cancel", response=TransferFull)
@requires("transfers.post")
def cancel_transfer(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Give a transfer up before it is sent."""
    transfers.cancel(transfer=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return _full_transfer(uid)


# -- levels and expiring lots ----------------------------------------------------------------------


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
    return Status(201, [_request(row) for row in made])


@router.get("/expiring-lots", response=Listed[ExpiringOut])
@requires("stock.view")
def expiring_lots(  # noqa: PLR0917
    request: HttpRequest,
    within: Annotated[int, Field(ge=0, le=3650)] = 30,
    place: Filter = "",
    item: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """Lots in stock that expire within so many days or have expired, soonest first."""
    rows: list[Any] = list(expiring.rows(within=within, place=place, item=item))
    part = page(rows, cursor, limit)
    return {"items": [_expiring(one) for one in expiring.shown(part.items)], "next": part.next}


# -- shapes ----------------------------------------------------------------------------------------


def _request(row: StockRequest) -> dict[str, Any]:
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


def _full_request(uid: UUID) -> dict[str, Any]:
    shown = pages.request_page(uid)
    return {
        **_request(shown.request),
        "lines": [
            {
                "line": one.line.position,
                "item": one.line.item.code,
                "unit": one.line.item.unit,
                "asked": to_text(one.line.quantity, one.line.item.scale),
                "approved": None if one.approved is None else to_text(one.approved, one.line.item.scale),
                "planned": to_text(one.planned, one.line.item.scale),
                "sent": to_text(one.sent, one.line.item.scale),
                "note": one.line.note,
            }
            for one in shown.lines
        ],
        "transfers": [row.number for row in shown.transfers],
        "can_be_decided_by": shown.deciders,
    }


def _transfer(row: Transfer) -> dict[str, Any]:
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


def _full_transfer(uid: UUID) -> dict[str, Any]:
    shown = pages.transfer_page(uid)
    row = shown.transfer
    return {
        **_transfer(row),
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
