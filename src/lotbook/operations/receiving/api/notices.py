"""Shipping notices over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import AwareDatetime, BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.listfiles import Answers, ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.api.shapes import (
    Filter,
    ReceivingReasonIn,
    ReceivingStepOut,
    Short,
    amounts,
    router,
    steps,
    taken,
)
from lotbook.operations.receiving.models import (
    Notice,
    NoticeLine,
    NoticeUnit,
)
from lotbook.operations.receiving.rules import Announced
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX


class AnnouncedIn(wire.Strict):
    """So much of one lot on its way, in the logistic unit `sscc` on `pallet`, for an order."""

    item: wire.Name
    lot: wire.Number = ""
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""
    supplier_lot: Annotated[str, Field(max_length=120)] = ""
    order: Short = ""
    order_line: Annotated[str, Field(max_length=6)] = ""
    sscc: Short = ""
    pallet: Short = ""
    origin_country: Annotated[str, Field(max_length=2)] = ""
    harvested_on: wire.Day = None
    produced_on: wire.Day = None
    packed_on: wire.Day = None
    sell_by_on: wire.Day = None
    best_before_on: wire.Day = None
    expires_on: wire.Day = None
    retest_on: wire.Day = None
    tlc: wire.Number = ""
    tlc_source_reference: wire.Number = ""


class NoticeIn(wire.Strict):
    """What is on its way. The number is the supplier's."""

    model_config = wire.example(
        number="DN-7",
        supplier="FARM",
        site="PLANT",
        expected_at="2027-03-03T15:00:00+01:00",
        lines=[
            {
                "item": "TOM",
                "lot": "T-1",
                "quantity": "60",
                "sscc": "340123456789012357",
                "pallet": "340123456789012340",
                "produced_on": "2027-03-01",
            }
        ],
    )

    id: UUID | None = None
    number: Short = ""
    supplier: wire.Name
    site: wire.Name
    expected_at: AwareDatetime | None = None
    carrier: wire.Name = ""
    note: wire.Reason = ""
    lines: Annotated[list[AnnouncedIn], Field(max_length=LINES_MAX)]


class AnnouncedOut(BaseModel):
    """A line of a notice, in the item's base unit."""

    line: int
    item: str
    lot: str
    supplier_lot: str
    unit: str
    quantity: str
    received: str
    refused: str
    missing: str
    open: str
    order: str
    order_line: int | None
    sscc: str
    facts: dict[str, str]


class AnnouncedUnitOut(BaseModel):
    """A logistic unit of a notice; `receipt` is the event it came with."""

    sscc: str
    pallet: str
    receipt: UUID | None


class NoticeOut(BaseModel):
    """A shipping notice."""

    id: UUID
    number: str
    supplier: str
    site: str
    carrier: str
    status: str
    expected_at: datetime | None
    created_at: datetime
    created_by: str


class NoticeFull(NoticeOut):
    """A shipping notice with its logistic units and lines."""

    note: str
    units: list[AnnouncedUnitOut]
    lines: list[AnnouncedOut]
    receipts: list[UUID]
    steps: list[ReceivingStepOut]


@router.get("/shipping-notices", response=Listed[NoticeOut])
@requires("receiving.view")
def notices(
    request: HttpRequest,
    number: Filter = "",
    status: Filter = "",
    supplier: Filter = "",
    site: Filter = "",
    sscc: Filter = "",
    due: Literal["", "late", "today", "week", "open"] = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List shipping notices, newest first."""
    rows = queries.notices(text=number, status=status, supplier=supplier, site=site, sscc=sscc, due=due)
    return page(rows, cursor, limit, descending=True).shown(_notice)


@router.post("/shipping-notices", response={201: NoticeFull})
@requires("receiving.order")
def create_notice(request: HttpRequest, notice: NoticeIn) -> Status[dict[str, Any]]:
    """Write down what is on its way; the same `id` makes one notice."""
    told = notice.model_dump(exclude={"id", "lines"})
    made = actions.create_notice(
        **told,
        uid=notice.id,
        lines=[Announced(**line.model_dump()) for line in notice.lines],
        actor=permissions.actor(request),
    )
    return Status(201, _notice_full(made.uid))


@router.post("/shipping-notices/import", response=ListOut)
@requires("receiving.order")
def import_notices(
    request: HttpRequest, file: ListFile, answers: Answers, preview: Preview = False
) -> dict[str, Any]:
    """Write the shipping notices of a CSV or XLSX file, all of them or none.

    Rows with the same number make one notice. The columns are those of the template on the import page.
    """
    return taken(request, "notices", file, answers, preview=preview)


@router.get("/shipping-notices/{uid}", response=NoticeFull)
@requires("receiving.view")
def notice(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One shipping notice with its pallets."""
    return _notice_full(uid)


@router.post("/shipping-notices/{uid}/cancel", response=NoticeFull)
@requires("receiving.order")
def cancel_notice(request: HttpRequest, uid: UUID, closing: ReceivingReasonIn) -> dict[str, Any]:
    """The truck does not come."""
    actions.cancel_notice(actor=permissions.actor(request), notice=uid, reason=closing.reason)
    return _notice_full(uid)


def _notice(row: Notice) -> dict[str, Any]:
    return {
        "id": row.uid,
        "number": row.number,
        "supplier": row.supplier.code,
        "site": row.site.code,
        "carrier": row.carrier.code if row.carrier else "",
        "status": row.status,
        "expected_at": row.expected_at,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def _notice_full(uid: UUID) -> dict[str, Any]:
    shown = queries.notice_page(uid)
    return {
        **_notice(shown.notice),
        "note": shown.notice.note,
        "units": [_unit(one.unit, shown) for one in shown.units if one.unit],
        "lines": [_notice_line(line) for line in shown.lines],
        "receipts": [row.event for row in shown.arrivals if not row.is_reversed],
        "steps": steps(shown.notice.uid),
    }


def _unit(row: NoticeUnit, shown: queries.NoticePage) -> dict[str, Any]:
    numbers = {one.unit.pk: one.unit.sscc for one in shown.units if one.unit}
    return {
        "sscc": row.sscc,
        "pallet": numbers.get(row.parent_id or 0, ""),
        "receipt": row.arrival.event if row.arrival else None,
    }


def _notice_line(row: NoticeLine) -> dict[str, Any]:
    ordered = row.order_line
    return {
        "line": row.position,
        "item": row.item.code,
        "lot": row.lot,
        "supplier_lot": row.supplier_lot,
        "unit": row.item.unit,
        **amounts(row, "quantity", "received", "refused", "missing", "open"),
        "order": ordered.order.number if ordered else "",
        "order_line": ordered.position if ordered else None,
        "sscc": row.unit.sscc if row.unit else "",
        "facts": {name: str(value) for name, value in row.facts.items()},
    }
