"""Moves, counts, losses and logistic units over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Status
from pydantic import AwareDatetime, BaseModel, Field

from lotbook.foundation.places.models import Place
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.models import Adjustment, AdjustmentStatus
from lotbook.operations.warehouse.rules import REASONS, Count, Packed, Part
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()

Filter = Annotated[str, Field(max_length=200)]
ReasonCode = Annotated[str, Field(max_length=20, description=f"One of {', '.join(REASONS)}.")]


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


class PackedIn(wire.Strict):
    """What comes out: so much of an item, as which lot."""

    item: wire.Name
    lot: wire.Number = ""
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""
    place: wire.Name = ""
    expires_on: date | None = None


Outputs = Annotated[list[PackedIn], Field(max_length=200)]


class RepackIn(wire.ActIn):
    """What goes in, what comes out, and what is lost."""

    place: wire.Name = ""
    inputs: wire.Lines
    outputs: Outputs
    losses: wire.Lines = []
    loss_reason: wire.Reason = ""
    reason: wire.Reason = ""
    override: wire.Reason = ""


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


class SpotOut(BaseModel):
    """A place to put something, and why there."""

    place: str
    name: str
    why: str


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


BOTH = {201: wire.ReceiptOut, 200: wire.ReceiptOut}
ADJUSTED = {201: AdjustmentOut, 200: AdjustmentOut, 202: AdjustmentOut}


@router.post("/moves", response=BOTH)
@requires("warehouse.post")
def move(request: HttpRequest, moved: MoveIn) -> Status[dict[str, Any]]:
    """Move goods from place to place."""
    actor = permissions.actor(request)
    return wire.receipt(actions.move(**moved.head("lines"), lines=wire.lines(moved.lines), actor=actor))


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


# -- lots that become other lots -------------------------------------------------------------------


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


def _packed(outputs: list[PackedIn]) -> list[Packed]:
    return [Packed(**output.model_dump()) for output in outputs]


# -- our stock elsewhere ---------------------------------------------------------------------------


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


# -- where to put it -------------------------------------------------------------------------------


@router.get("/put-away", response=list[SpotOut])
@requires("stock.view")
def put_away(request: HttpRequest, item: Filter, lot: Filter = "", near: Filter = "") -> list[dict[str, Any]]:
    """Where goods of an item may go: where it lies already, then free bins."""
    spots = queries.put_away(item, lot, near)
    return [{"place": spot.place.code, "name": spot.place.name, "why": spot.why} for spot in spots]


# -- logistic units --------------------------------------------------------------------------------


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
