"""Counts over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Form, Router, Status
from pydantic import BaseModel, Field

from lotbook.kernel import listfiles, permissions
from lotbook.kernel.listfiles import ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import actions, importing, queries, reserved
from lotbook.operations.counting.models import Count
from lotbook.operations.counting.models import Limit as RecountLimit
from lotbook.operations.counting.rules import Found
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Day = Annotated[str, Field(max_length=40, description="YYYY-MM-DD; empty: none.")]
Number = Annotated[str, Field(max_length=60, description="Decimal text; empty: no limit.")]


class CountIn(wire.Strict):
    """What is counted: `place` with everything in it, or an `item` or `lot` (within `place` if given)."""

    id: UUID | None = None
    place: wire.Name = ""
    item: wire.Name = ""
    lot: wire.Number = ""
    blind: bool = True
    counter: Annotated[str, Field(max_length=150, description="Username of who shall count.")] = ""
    due_on: Day = ""
    note: wire.Reason = ""
    statement: Annotated[str, Field(max_length=100, description="Number of a partner's statement.")] = ""
    stated_on: Day = ""


class FoundIn(wire.Strict):
    """What was found of one lot."""

    item: wire.Name = ""
    lot: wire.Number = ""
    counted: wire.Amount
    unit: wire.UnitCode = ""


class SheetIn(wire.Strict):
    """What was found at one place. `finish`: that is all; `rest_is_zero`: the rest is not there."""

    place: wire.Name
    lines: Annotated[list[FoundIn], Field(max_length=LINES_MAX)] = []
    finish: bool = False
    rest_is_zero: bool = False


class ReasonIn(wire.Strict):
    """Why."""

    reason: wire.Reason


class CountSettleIn(ReasonIn):
    """Why the book is set right. `free_reserved`: reservations in the way are freed, their documents told."""

    free_reserved: bool = False


class UncoveredOut(BaseModel):
    """A reservation that what was counted of its lot does not cover, in the item's base unit."""

    document: str
    line: str
    item: str
    lot: str
    place: str
    quantity: str


class SkipIn(ReasonIn):
    """Places left out, and why."""

    places: Annotated[list[wire.Name], Field(max_length=LINES_MAX)]


class LimitIn(wire.Strict):
    """Above which difference items of a group (empty: all others) are counted again."""

    item_group: Annotated[str, Field(max_length=60)] = ""
    percent: Number = ""
    quantity: Number = ""
    value: Number = ""


class LimitOut(BaseModel):
    """A limit as it is kept; null limits nothing."""

    item_group: str
    percent: str | None
    quantity: str | None
    value: str | None


class CountOut(BaseModel):
    """A count, and how far it is."""

    id: UUID
    number: str
    status: str
    scope: str
    place: str | None
    item: str | None
    lot: str | None
    blind: bool
    counter: str
    due_on: date | None
    round: int
    statement: str
    event: UUID | None


class SheetOut(BaseModel):
    """The sheet of one place."""

    place: str
    status: str
    counted_by: str
    counted_at: datetime | None


class LineOut(BaseModel):
    """One lot at one place. `book` and `difference` are null while a blind count is being counted."""

    place: str
    item: str
    lot: str
    lot_id: UUID
    counted: str
    book: str | None
    difference: str | None
    unit: str
    round: int
    sequence: int
    counted_by: str
    counted_at: datetime


class CountFull(CountOut):
    """A count with its sheets and lines."""

    reason: str
    reversed: bool
    lines_percent: str | None
    value_percent: str | None
    sheets: list[SheetOut]
    lines: list[LineOut]


class ExpectedOut(BaseModel):
    """A lot on the sheet of a place. `book` is null where the counter shall not see it."""

    item: str
    lot: str
    unit: str
    book: str | None
    counted: str | None


class DueOut(BaseModel):
    """A place with stock that was not counted lately."""

    place: str
    lots: int
    counted_at: datetime | None
    days: int | None


@router.get("/counts", response=Listed[CountOut])
@requires("stock.view")
def counts(
    request: HttpRequest,
    text: Filter = "",
    status: Filter = "",
    place: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List counts, newest first."""
    rows = queries.counts(text=text, status=status, place=place)
    return page(rows, cursor, limit, descending=True).shown(_count)


@router.post("/counts", response={201: CountFull})
@requires("warehouse.plan")
def open_count(request: HttpRequest, count: CountIn) -> Status[dict[str, Any]]:
    """Open a count."""
    told = count.model_dump(exclude={"id"})
    opened = actions.open_count(**told, uid=count.id, actor=permissions.actor(request))
    return Status(201, _full(opened.uid))


@router.get("/counts/{uid}", response=CountFull)
@requires("stock.view")
def count(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One count with its sheets and lines."""
    return _full(uid)


@router.get("/counts/{uid}/sheet", response=list[ExpectedOut])
@requires("warehouse.count")
def sheet(
    request: HttpRequest, uid: UUID, place: Annotated[str, Field(max_length=500)]
) -> list[dict[str, Any]]:
    """The sheet of one place: the lots to be counted there."""
    rows = queries.sheet(uid, place).rows
    return [
        {
            "item": row.lot.item.code,
            "lot": row.lot.number,
            "unit": row.lot.item.unit,
            "book": None if row.book is None else to_text(row.book, row.lot.item.scale),
            "counted": to_text(row.tally.counted, row.lot.item.scale) if row.tally else None,
        }
        for row in rows
    ]


@router.post("/counts/{uid}/sheets", response=CountFull)
@requires("warehouse.count")
def save_sheet(request: HttpRequest, uid: UUID, sheet: SheetIn) -> dict[str, Any]:
    """Write down what was found at one place."""
    actions.save_sheet(
        count=uid, place=sheet.place, lines=[Found(**line.model_dump()) for line in sheet.lines],
        finish=sheet.finish, rest_is_zero=sheet.rest_is_zero, actor=permissions.actor(request),
    )  # fmt: skip
    return _full(uid)


class CountsReading(listfiles.Reading):
    """How a file of counts is read; `finish`: the places in it are counted with that."""

    finish: bool = False


@router.post("/counts/{uid}/import", response=ListOut)
@requires("warehouse.count")
def import_counts(
    request: HttpRequest,
    uid: UUID,
    file: ListFile,
    answers: Annotated[CountsReading, Form()],
    preview: Preview = False,
) -> dict[str, Any]:
    """Write down what a CSV or XLSX file (place, item, lot, counted, unit) says was found, all or nothing."""

    def act() -> listfiles.Made:
        rows = importing.read(listfiles.content(file))
        importing.save(count=uid, rows=rows, finish=answers.finish, actor=permissions.actor(request))
        return listfiles.Made(sorted({row.place for row in rows}), len(rows))

    return listfiles.taken(act, preview=preview)


@router.post("/counts/{uid}/skip", response=CountFull)
@requires("warehouse.plan")
def skip(request: HttpRequest, uid: UUID, left: SkipIn) -> dict[str, Any]:
    """Leave places uncounted."""
    actions.skip_places(count=uid, **left.model_dump(), actor=permissions.actor(request))
    return _full(uid)


@router.post("/counts/{uid}/recount", response=CountFull)
@requires("warehouse.plan")
def recount(request: HttpRequest, uid: UUID, why: ReasonIn) -> dict[str, Any]:
    """Have the differences counted again by somebody else."""
    actions.ask_recount(count=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.get("/counts/{uid}/reserved", response=list[UncoveredOut])
@requires("warehouse.plan")
def uncovered(request: HttpRequest, uid: UUID) -> list[dict[str, str]]:
    """The newest reservations that what was counted cannot cover: freed when the count is settled so."""
    return [row.said() for row in reserved.uncovered(queries.page(uid).off)]


@router.post("/counts/{uid}/settle", response=CountFull)
@requires("warehouse.plan")
def settle(request: HttpRequest, uid: UUID, why: CountSettleIn) -> dict[str, Any]:
    """Set the book right by the differences: at once, or when somebody approves."""
    actions.settle(count=uid, **why.model_dump(), actor=permissions.actor(request))
    return _full(uid)


@router.post("/counts/{uid}/cancel", response=CountFull)
@requires("warehouse.plan")
def cancel(request: HttpRequest, uid: UUID, why: ReasonIn) -> dict[str, Any]:
    """Give a count up."""
    actions.cancel(count=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.get("/counts-due", response=list[DueOut])
@requires("stock.view")
def due(
    request: HttpRequest,
    days: Annotated[int, Field(ge=1, le=10_000)] = queries.DAYS_USUAL,
    place: Filter = "",
) -> list[dict[str, Any]]:
    """Places with stock that nobody counted for so many days, the longest first."""
    return [
        {"place": row.place.code, "lots": row.lots, "counted_at": row.counted_at, "days": row.days}
        for row in queries.due_places(days, place=place)
    ]


@router.get("/count-limits", response=list[LimitOut])
@requires("stock.view")
def limits(request: HttpRequest) -> list[dict[str, Any]]:
    """Above which difference somebody else counts again."""
    return [_limit(row) for row in queries.limits()]


@router.put("/count-limits", response=LimitOut)
@requires("warehouse.plan")
def set_limit(request: HttpRequest, limit: LimitIn) -> dict[str, Any]:
    """Set the limits of an item group."""
    return _limit(actions.set_limit(**limit.model_dump(), actor=permissions.actor(request)))


def _limit(row: RecountLimit) -> dict[str, Any]:
    told = (("percent", row.percent_hundredths, 2), ("quantity", row.quantity_thousandths, 3))
    shown = {name: None if value is None else to_text(value, scale) for name, value, scale in told}
    value = None if row.value_micro is None else to_text(row.value_micro, 6)
    return {"item_group": row.item_group, **shown, "value": value}


def _count(row: Count) -> dict[str, Any]:
    return {
        "id": row.uid,
        "number": row.number,
        "status": row.status,
        "scope": row.scope,
        "place": row.place.code if row.place else None,
        "item": row.item.code if row.item else None,
        "lot": row.lot.number if row.lot else None,
        "blind": row.blind,
        "counter": row.counter,
        "due_on": row.due_on,
        "round": row.round,
        "statement": row.statement,
        "event": row.event,
    }


def _full(uid: UUID) -> dict[str, Any]:
    shown = queries.page(uid)
    return {
        **_count(shown.count),
        "reason": shown.count.reason,
        "reversed": shown.reversed,
        "lines_percent": (shown.accuracy.lines_percent or None) if shown.shows_book else None,
        "value_percent": (shown.accuracy.value_percent or None) if shown.shows_book else None,
        "sheets": [
            {
                "place": row.place.code,
                "status": row.status,
                "counted_by": row.counted_by,
                "counted_at": row.counted_at,
            }
            for row in shown.sheets
        ],
        "lines": [_line(line, shows_book=shown.shows_book) for line in shown.lines],
    }


def _line(line: queries.LineRow, *, shows_book: bool) -> dict[str, Any]:
    scale = line.lot.item.scale
    return {
        "place": line.place.code,
        "item": line.lot.item.code,
        "lot": line.lot.number,
        "lot_id": line.lot.uid,
        "counted": to_text(line.tally.counted, scale),
        "book": to_text(line.book, scale) if shows_book else None,
        "difference": to_text(line.difference.quantity, scale) if shows_book else None,
        "unit": line.lot.item.unit,
        "round": line.tally.round,
        "sequence": line.tally.sequence,
        "counted_by": line.tally.counted_by,
        "counted_at": line.tally.counted_at,
    }
