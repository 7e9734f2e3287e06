"""Runs over HTTP."""

from __future__ import annotations

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
from lotbook.operations.production.rules import Output
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


class RunIn(wire.ActIn):
    """A run to open; `declared_yield` in percent of net mass."""

    item: wire.Name
    site: wire.Name
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
    lines: wire.Lines


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
    """The name of a difference in mass, when there is one."""

    reason: wire.Reason = ""


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


class RunOut(BaseModel):
    """A run."""

    id: UUID
    number: str
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
    mass_balance: BalanceOut


@router.get("/runs", response=Listed[RunOut])
@requires("ledger.view")
def runs(  # noqa: PLR0917
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
    return Status(201, _full(made.uid))


@router.get("/runs/{uid}", response=RunFull)
@requires("ledger.view")
def run(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One run with its mass balance."""
    return _full(uid)


@router.post("/runs", response={201: RunFull})
@requires("production.post")
def start(request: HttpRequest, run: RunIn) -> Status[dict[str, Any]]:
    """Open a run."""
    made = actions.start_run(**run.head(), actor=permissions.actor(request))
    return Status(201, _full(made.uid))


@router.post("/runs/{uid}/inputs", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("production.post")
def consume(request: HttpRequest, uid: UUID, inputs: InputsIn) -> Status[dict[str, Any]]:
    """Put lots into a run."""
    wire.check_override(request, inputs.override)
    actor = permissions.actor(request)
    lines = wire.lines(inputs.lines)
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
    """Close a run: balanced, or with the name of the difference."""
    actions.close_run(run=uid, **closing.head(), actor=permissions.actor(request))
    return _full(uid)


def _run(row: Run) -> dict[str, Any]:
    planned = None if row.planned_quantity is None else to_text(row.planned_quantity, row.item.scale)
    return {
        "id": row.uid,
        "number": row.number,
        "item": row.item.code,
        "site": row.site.code,
        "status": row.status,
        "planned_quantity": planned,
        "opened_at": row.opened_at,
        "opened_by": row.opened_by,
        "closed_at": row.closed_at,
        "difference_reason": row.difference_reason,
    }


def _full(uid: UUID) -> dict[str, Any]:
    shown = queries.page(uid)
    both = {share.lot.pk: share for share in [*shown.inputs, *shown.outputs]}
    balance = shown.balance
    return {
        **_run(shown.run),
        "shares": [_share(share) for share in both.values()],
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
