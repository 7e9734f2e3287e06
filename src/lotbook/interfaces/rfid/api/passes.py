"""Passes over HTTP: what is there, missing and too much, and what becomes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from lotbook.interfaces.rfid import actions, queries
from lotbook.interfaces.rfid.access import need_for
from lotbook.interfaces.rfid.api.portals import RfidJobIn, RfidJobOut
from lotbook.interfaces.rfid.api.shapes import router
from lotbook.interfaces.rfid.models import Aside, Pass
from lotbook.interfaces.rfid.queries.judging import Row, judge
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire

Filter = Annotated[str, Field(max_length=200)]


class RfidPassOut(BaseModel):
    """A pass. `counts` is its verdict when it ended: expected, present, missing, extra, stopped and more."""

    id: UUID
    number: str
    portal: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    reads: int
    weak: int
    filtered: int
    job_kind: str
    job: UUID | None
    job_number: str
    counts: dict[str, int]
    problem: str
    event: UUID | None


class RfidRowOut(BaseModel):
    """A line of the verdict: a tag, or something expected that no tag said.

    `state` is present, missing, extra (should not be there), stopped (held or expired), unknown, edge (seen
    too seldom, or on one side only) or other (no goods).
    """

    state: str
    what: str
    number: str
    quantity: str
    unit: str
    sscc: str
    why: str
    epc: str | None
    reads: int
    rssi: int | None
    first_at: datetime | None
    last_at: datetime | None


class RfidPassFull(RfidPassOut):
    """A pass with its verdict as the book is now. `choices` are documents that fit equally: choose one."""

    clean: bool
    ways: list[str]
    choices: list[RfidJobOut]
    rows: list[RfidRowOut]


class RfidPostIn(wire.Strict):
    """How a pass is posted: differences need `accept` and `reason`, tags that went both ways a `way`."""

    accept: bool = False
    reason: wire.Reason = ""
    way: Literal["", "in", "out"] = ""


class RfidReasonIn(wire.Strict):
    """Why."""

    reason: wire.Reason


class RfidAsideOut(BaseModel):
    """A message of the broker that could not be taken."""

    id: UUID
    received_at: datetime
    topic: str
    reason: str
    payload: str
    size: int
    seen_at: datetime | None


@router.get("/rfid/passes", response=Listed[RfidPassOut])
@requires("rfid.view")
def passes(
    request: HttpRequest,
    text: Filter = "",
    status: Filter = "",
    portal: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List passes, newest first; `status` may be `live` (not posted or given up), or `stray` (passed by)."""
    rows = queries.passes(text=text, status=status, portal=portal)
    return page(rows, cursor, limit, descending=True).shown(_pass)


@router.get("/rfid/passes/{uid}", response=RfidPassFull)
@requires("rfid.view")
def one_pass(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One pass, judged as the book is now."""
    return _full(queries.found(uid))


@router.put("/rfid/passes/{uid}/job", response=RfidPassFull)
@requires("rfid.post")
def choose_job(request: HttpRequest, uid: UUID, job: RfidJobIn) -> dict[str, Any]:
    """Say what was expected."""
    actor = permissions.actor(request)
    return _full(actions.choose_job(name=uid, kind=job.kind, job=job.job, actor=actor))


@router.post("/rfid/passes/{uid}/end", response=RfidPassFull)
@requires("rfid.post")
def end(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """End a pass by hand."""
    return _full(actions.end(name=uid, actor=permissions.actor(request)))


@router.post("/rfid/passes/{uid}/post", response=RfidPassFull)
@requires("rfid.post")
def post(request: HttpRequest, uid: UUID, how: RfidPostIn) -> dict[str, Any]:
    """Post what is there as one receipt, move, count sheet or shipment. Asked again, it is posted once."""
    need_for(request, queries.found(uid))
    done = actions.post(
        name=uid, actor=permissions.actor(request), accept=how.accept, reason=how.reason, goes=how.way
    )
    return _full(done)


@router.post("/rfid/passes/{uid}/drop", response=RfidPassFull)
@requires("rfid.post")
def drop(request: HttpRequest, uid: UUID, why: RfidReasonIn) -> dict[str, Any]:
    """Give a pass up: nothing of it is posted."""
    return _full(actions.drop(name=uid, reason=why.reason, actor=permissions.actor(request)))


@router.get("/rfid/set-aside", response=Listed[RfidAsideOut])
@requires("rfid.view")
def set_aside(request: HttpRequest, cursor: Cursor = "", limit: Limit = LIMIT_USUAL) -> dict[str, Any]:
    """Messages of the broker that could not be taken, newest first, each with the reason."""
    return page(queries.asides(), cursor, limit, descending=True).shown(_aside)


@router.post("/rfid/set-aside/{uid}/seen", response=RfidAsideOut)
@requires("rfid.manage")
def seen(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Say that nothing is to be done about a message set aside any more."""
    return _aside(actions.seen(uid=uid, actor=permissions.actor(request)))


def _pass(one: Pass) -> dict[str, Any]:
    return {
        "id": one.uid,
        "number": one.number,
        "portal": one.portal.code,
        "status": one.status,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "reads": one.reads,
        "weak": one.weak,
        "filtered": one.filtered,
        "job_kind": one.job_kind,
        "job": one.job,
        "job_number": one.job_number,
        "counts": one.counts,
        "problem": one.problem,
        "event": one.event,
    }


def _full(one: Pass) -> dict[str, Any]:
    if one.status not in queries.LIVE:
        # What it was when it was posted: judged against today's book, its goods would be there already.
        rows = [_row(Row(*told)) for told in one.differences]
        return {**_pass(one), "clean": False, "ways": [], "choices": [], "rows": rows}
    verdict = judge(one)
    hides = verdict.expected is not None and verdict.expected.blind
    shown = [row for row in verdict.rows if not (hides and row.state == "missing")]
    return {
        **_pass(one),
        "counts": verdict.shown_counts,
        "clean": verdict.is_clean,
        "ways": sorted(verdict.ways),
        "choices": [
            {"kind": job.kind, "job": job.uid, "number": job.number, "about": job.about}
            for job in verdict.choices
        ],
        "rows": [_row(row) for row in shown],
    }


def _row(row: Row) -> dict[str, Any]:
    tag = row.thing.tag if row.thing is not None else None
    return {
        "state": row.state,
        "what": row.what,
        "number": row.number,
        "quantity": row.quantity,
        "unit": row.unit,
        "sscc": row.sscc,
        "why": row.why,
        "epc": tag.epc if tag else None,
        "reads": tag.reads if tag else 0,
        "rssi": tag.rssi if tag else None,
        "first_at": tag.first_at if tag else None,
        "last_at": tag.last_at if tag else None,
    }


def _aside(one: Aside) -> dict[str, Any]:
    return {
        "id": one.uid,
        "received_at": one.received_at,
        "topic": one.topic,
        "reason": one.reason,
        "payload": one.payload,
        "size": one.size,
        "seen_at": one.seen_at,
    }
