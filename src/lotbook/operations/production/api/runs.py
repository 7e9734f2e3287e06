"""Runs over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import actions, queries
from lotbook.operations.production.models import Run
from lotbook.operations.production.rules import (
    PARTS_MAX,
    UNITS_MAX,
    Issue,
    Need,
    Output,
    Part,
    Unit,
    percent_text,
)
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.browsing import Share
from lotbook.traceability.ledger.lines import LINES_MAX

router = Router()

Filter = Annotated[str, Field(max_length=200)]


class OutputIn(wire.LineIn):
    """So much of an item that came out; without `lot` the numbering rule makes one."""

    item: wire.Name
    produced_on: wire.Day = None
    expires_on: wire.Day = None
    best_before_on: wire.Day = None


Outputs = Annotated[list[OutputIn], Field(max_length=LINES_MAX)]


class IssueIn(wire.LineIn):
    """So much of a lot that goes in; `reason` where the recipe asks for one."""

    reason: Annotated[str, Field(max_length=500)] = ""


Issues = Annotated[list[IssueIn], Field(max_length=LINES_MAX)]


class PartIn(wire.Strict):
    """What is in a unit: a lot or serial of `item`; `quantity` left out: one."""

    item: wire.Name
    lot: wire.Number = ""
    quantity: wire.Amount = ""


class UnitIn(wire.Strict):
    """One unit made, by its serial, and its parts."""

    serial: wire.Number
    parts: Annotated[list[PartIn], Field(max_length=PARTS_MAX)]


class UnitsIn(wire.ActIn):
    """Units, each out of its own parts, taken from `place` or below it and put `to` a place."""

    place: wire.Name
    to: wire.Name = ""
    override: wire.Reason = ""
    units: Annotated[list[UnitIn], Field(max_length=UNITS_MAX)]


class RunIn(wire.ActIn):
    """A run to open: for an `order`, by a `recipe` (code or id), or of an `item` alone.

    `declared_yield` in percent of net mass.
    """

    item: wire.Name = ""
    site: wire.Name = ""
    recipe: wire.Name = ""
    order: wire.Name = ""
    number: Annotated[str, Field(max_length=60)] = ""
    planned_quantity: wire.Amount = ""
    unit: wire.UnitCode = ""
    declared_yield: Annotated[str, Field(max_length=20)] = ""


class RecordIn(wire.ActIn):
    """A whole run, written down at once."""

    item: wire.Name
    site: wire.Name
    place: wire.Name = ""
    number: Annotated[str, Field(max_length=60)] = ""
    planned_quantity: wire.Amount = ""
    inputs: wire.Lines
    outputs: Outputs
    losses: wire.Lines = Field(default_factory=list)
    loss_reason: wire.Reason = ""
    close: bool = True
    difference_reason: wire.Reason = ""
    override: wire.Reason = ""


class InputsIn(wire.ActIn):
    """Lots that go into a run."""

    place: wire.Name = ""
    override: wire.Reason = ""
    lines: Issues


class OutputsIn(wire.ActIn):
    """What came out of a run."""

    place: wire.Name = ""
    lines: Outputs


class LossIn(wire.ActIn):
    """What was lost in a run."""

    reason: wire.Reason
    lines: wire.Lines


class UnusedIn(wire.ActIn):
    """What comes back from a run unused."""

    place: wire.Name
    lines: wire.Lines


class CloseIn(wire.ActIn):
    """The name of a difference in mass, when there is one, and why the yield is as it is."""

    reason: wire.Reason = ""
    yield_reason: wire.Reason = ""
    override: wire.Reason = ""


class ShareOut(BaseModel):
    """What one lot has to do with a run, in the item's base unit."""

    item: str
    lot: str
    lot_id: UUID
    unit: str
    consumed: str
    returned: str
    lost: str
    produced: str


class BalanceOut(BaseModel):
    """Kilograms; `not_weighed` are items without a net weight."""

    consumed_kg: str
    produced_kg: str
    lost_kg: str
    difference_kg: str
    balanced: bool
    not_weighed: list[str]


class NeedOut(BaseModel):
    """An input by the recipe, in the item's base unit; `stood_in`: by alternatives."""

    item: str
    unit: str
    needed: str
    issued: str
    stood_in: str
    left: str
    optional: bool


class TakeOut(BaseModel):
    """What to take for an input that still needs something, and why this lot."""

    item: str
    lot: str
    lot_id: UUID
    place: str
    quantity: str
    unit: str
    why: str
    reserved: bool


class MissingOut(BaseModel):
    """What of an input is not there."""

    item: str
    quantity: str
    unit: str
    why: str


class SuggestionsOut(BaseModel):
    """What to take for a run, and what is missing."""

    take: list[TakeOut]
    missing: list[MissingOut]


class RunOut(BaseModel):
    """A run; `waiting`: closing it waits for a decision on its yield."""

    id: UUID
    number: str
    kind: str
    order: str | None
    recipe: str | None
    waiting: bool
    item: str
    site: str
    status: str
    planned_quantity: str | None
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    difference_reason: str


class RunFull(RunOut):
    """A run with what went in and came out, and its mass balance."""

    shares: list[ShareOut]
    needs: list[NeedOut]
    expected_yield: str
    actual_yield: str
    mass_balance: BalanceOut


@router.get("/runs", response=Listed[RunOut])
@requires("ledger.view")
def runs(
    request: HttpRequest,
    number: Filter = "",
    status: Filter = "",
    item: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List runs, newest first."""
    rows = queries.runs(text=number, status=status, item=item)
    return page(rows, cursor, limit, descending=True).shown(_run)


@router.post("/runs/record", response={201: RunFull})
@requires("production.post")
def record(request: HttpRequest, run: RecordIn) -> Status[dict[str, Any]]:
    """Write a whole run down at once, all of it or nothing."""
    wire.check_override(request, run.override)
    made = actions.record_run(
        **run.head("inputs", "outputs", "losses"),
        inputs=wire.lines(run.inputs),
        outputs=[Output(**line.model_dump()) for line in run.outputs],
        losses=wire.lines(run.losses),
        actor=permissions.actor(request),
    )
    return Status(201, _full(made))


@router.get("/runs/{uid}", response=RunFull)
@requires("ledger.view")
def run(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One run with its mass balance."""
    return _full(queries.run(uid))


@router.post("/runs", response={201: RunFull})
@requires("production.post")
def start(request: HttpRequest, run: RunIn) -> Status[dict[str, Any]]:
    """Open a run."""
    made = actions.start_run(**run.head(), actor=permissions.actor(request))
    return Status(201, _full(made))


@router.post("/runs/{uid}/inputs", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def consume(request: HttpRequest, uid: UUID, inputs: InputsIn) -> Status[dict[str, Any]]:
    """Put lots into a run."""
    wire.check_override(request, inputs.override)
    actor = permissions.actor(request)
    lines = [Issue(**line.model_dump()) for line in inputs.lines]
    return wire.receipt(actions.consume(run=uid, **inputs.head("lines"), lines=lines, actor=actor))


@router.post("/runs/{uid}/outputs", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def produce(request: HttpRequest, uid: UUID, outputs: OutputsIn) -> Status[dict[str, Any]]:
    """Take what a run made, by-products included."""
    made = [Output(**line.model_dump()) for line in outputs.lines]
    actor = permissions.actor(request)
    return wire.receipt(actions.produce(run=uid, **outputs.head("lines"), outputs=made, actor=actor))


@router.post("/runs/{uid}/losses", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def lose(request: HttpRequest, uid: UUID, loss: LossIn) -> Status[dict[str, Any]]:
    """Declare what was lost in a run."""
    actor = permissions.actor(request)
    return wire.receipt(
        actions.lose(run=uid, **loss.head("lines"), lines=wire.lines(loss.lines), actor=actor)
    )


@router.post("/runs/{uid}/unused", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def return_unused(request: HttpRequest, uid: UUID, unused: UnusedIn) -> Status[dict[str, Any]]:
    """Take back what a run did not use."""
    actor = permissions.actor(request)
    lines = wire.lines(unused.lines)
    return wire.receipt(actions.return_unused(run=uid, **unused.head("lines"), lines=lines, actor=actor))


@router.post("/runs/{uid}/close", response=RunFull)
@requires("production.post")
def close(request: HttpRequest, uid: UUID, closing: CloseIn) -> dict[str, Any]:
    """Close a run: balanced, or with the name of the difference; or ask about its yield (`waiting`)."""
    wire.check_override(request, closing.override)
    actions.close_run(run=uid, **closing.head(), actor=permissions.actor(request))
    return _full(queries.run(uid))


@router.post("/runs/{uid}/units", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def make_units(request: HttpRequest, uid: UUID, made: UnitsIn) -> Status[dict[str, Any]]:
    """Make serials, each out of its own parts: a component serial traces to its unit only."""
    wire.check_override(request, made.override)
    listed = [Unit(one.serial, tuple(Part(**part.model_dump()) for part in one.parts)) for one in made.units]
    actor = permissions.actor(request)
    return wire.receipt(actions.make_units(run=uid, **made.head("units"), units=listed, actor=actor))


@router.get("/runs/{uid}/suggestions", response=SuggestionsOut)
@requires("production.view")
def suggestions(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Which lots to take for what a run still needs: those that expire first, and why."""
    found = queries.run(uid)
    return suggested(queries.offers(found, queries.shares(found)))


@router.post("/runs/{uid}/reserve", response=SuggestionsOut)
@requires("production.post")
def reserve(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Reserve what a run still needs, as far as there is any."""
    actions.reserve_run(run=uid, actor=permissions.actor(request))
    found = queries.run(uid)
    return suggested(queries.offers(found, queries.shares(found)))


def suggested(offers: Sequence[queries.Offer]) -> dict[str, Any]:
    """Offers as the API answers them."""
    return {
        "take": [
            {
                "item": take.line.code,
                "lot": take.lot.number,
                "lot_id": take.lot.uid,
                "place": take.place.code,
                "quantity": take.quantity_text,
                "unit": take.line.unit,
                "why": take.why,
                "reserved": take.claim is not None,
            }
            for offer in offers
            for take in offer.takes
        ],
        "missing": [
            {
                "item": offer.need.line.code,
                "quantity": to_text(offer.missing, offer.need.line.scale),
                "unit": offer.need.line.unit,
                "why": offer.why_not,
            }
            for offer in offers
            if offer.missing
        ],
    }


def _need(need: Need) -> dict[str, Any]:
    scale = need.line.scale
    return {
        "item": need.line.code,
        "unit": need.line.unit,
        "needed": to_text(need.line.quantity, scale),
        "issued": to_text(need.issued, scale),
        "stood_in": to_text(need.stood_in, scale),
        "left": to_text(need.left, scale),
        "optional": need.line.optional,
    }


def _run(row: Run) -> dict[str, Any]:
    planned = None if row.planned_quantity is None else to_text(row.planned_quantity, row.item.scale)
    return {
        "id": row.uid,
        "number": row.number,
        "kind": row.kind,
        "order": row.order.number if row.order else None,
        "recipe": str(row.recipe) if row.recipe else None,
        "waiting": bool(row.waiting),
        "item": row.item.code,
        "site": row.site.code,
        "status": row.status,
        "planned_quantity": planned,
        "opened_at": row.opened_at,
        "opened_by": row.opened_by,
        "closed_at": row.closed_at,
        "difference_reason": row.difference_reason,
    }


def _full(one: Run) -> dict[str, Any]:
    shown = queries.summed(one)
    both = {share.lot.pk: share for share in [*shown.inputs, *shown.outputs]}
    balance = shown.balance
    return {
        **_run(shown.run),
        "shares": [_share(share) for share in both.values()],
        "needs": [_need(need) for need in shown.needs],
        "expected_yield": percent_text(shown.run.declared_yield),
        "actual_yield": shown.yield_text,
        "mass_balance": {
            "consumed_kg": balance.consumed_text,
            "produced_kg": balance.produced_text,
            "lost_kg": balance.lost_text,
            "difference_kg": balance.difference_text,
            "balanced": balance.balanced,
            "not_weighed": list(balance.unweighed),
        },
    }


def _share(share: Share) -> dict[str, Any]:
    amounts = {name: getattr(share, name) for name in ("consumed", "returned", "lost", "produced")}
    return {
        "item": share.item.code,
        "lot": share.lot.number,
        "lot_id": share.lot.uid,
        "unit": share.item.unit,
        **{name: to_text(amount, share.item.scale) for name, amount in amounts.items()},
    }
