"""Receipts and returns to suppliers over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from lotbook.kernel import permissions
from lotbook.kernel.permissions import requires
from lotbook.operations.receiving import actions
from lotbook.operations.receiving.rules import Line
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()


class ReceivedIn(wire.LineIn):
    """So much of an item that came in; without `lot` the numbering rule makes one."""

    item: wire.Name
    supplier_lot: Annotated[str, Field(max_length=120)] = ""
    serials: Annotated[list[wire.Number], Field(max_length=LINES_MAX)] = Field(default_factory=list)
    origin_country: Annotated[str, Field(max_length=2)] = ""
    harvested_on: wire.Day = None
    produced_on: wire.Day = None
    packed_on: wire.Day = None
    sell_by_on: wire.Day = None
    best_before_on: wire.Day = None
    expires_on: wire.Day = None
    retest_on: wire.Day = None
    tlc: wire.Number = ""
    tlc_source: Annotated[str, Field(max_length=60, description="uid of a location.")] = ""
    tlc_source_reference: wire.Number = ""
    attributes: dict[str, str | bool | int] = Field(default_factory=dict)


class ReceiptIn(wire.ActIn):
    """Goods from a supplier."""

    supplier: wire.Name
    place: wire.Name
    document: wire.Number = ""
    carrier: wire.Name = ""
    note: wire.Reason = ""
    lines: Annotated[list[ReceivedIn], Field(max_length=LINES_MAX)]


class SupplierReturnIn(wire.ActIn):
    """Goods back to a supplier."""

    supplier: wire.Name
    place: wire.Name = ""
    reason: wire.Reason
    document: wire.Number = ""
    carrier: wire.Name = ""
    override: wire.Reason = ""
    lines: wire.Lines


@router.post("/receipts", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("receiving.post")
def receive(request: HttpRequest, receipt: ReceiptIn) -> Status[dict[str, Any]]:
    """Receive goods: one event with all its lots."""
    lines = [Line(**line.model_dump()) for line in receipt.lines]
    actor = permissions.actor(request)
    return wire.receipt(actions.receive(**receipt.head("lines"), lines=lines, actor=actor))


@router.post("/supplier-returns", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("receiving.post")
def supplier_return(request: HttpRequest, returned: SupplierReturnIn) -> Status[dict[str, Any]]:
    """Send goods back to a supplier."""
    wire.check_override(request, returned.override)
    actor = permissions.actor(request)
    lines = wire.lines(returned.lines)
    return wire.receipt(actions.supplier_return(**returned.head("lines"), lines=lines, actor=actor))
