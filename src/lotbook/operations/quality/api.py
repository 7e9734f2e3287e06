"""Holds over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, Field

from lotbook.kernel import clock, permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.quality import actions, queries
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Hold

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Kind = Literal["recall", "rejection", "quality", "customs", "regulatory", "quarantine", "other"]


class HoldIn(wire.ActIn):
    """A hold; with `descendants` also on what was made from the lot and is still ours."""

    kind: Kind
    reason: wire.Reason
    descendants: bool = True


class ReleaseIn(wire.ActIn):
    """A release; with `cascade` also of the holds that stem from this one."""

    reason: wire.Reason
    cascade: bool = True


class HeldOut(wire.ReceiptOut):
    """What a hold did: the holds on the lot, and on what was made from it."""

    holds: list[UUID]
    derived: list[UUID]


class OpenHoldOut(BaseModel):
    """A hold; `source` is the hold it stems from."""

    id: UUID
    item: str
    lot: str
    lot_id: UUID
    kind: str
    reason: str
    source: UUID | None
    placed_at: datetime
    placed_by: str
    age_days: int
    released_at: datetime | None
    released_by: str
    release_reason: str


@router.post("/lots/{uid}/holds", response={201: HeldOut, 200: HeldOut})
@requires("lots.hold")
def hold(request: HttpRequest, uid: UUID, hold: HoldIn) -> Status[dict[str, Any]]:
    """Put a lot on hold."""
    lot = lots.lot(uid)
    done = actions.hold(lots=[Line(lot=str(lot.uid))], **hold.head(), actor=permissions.actor(request))
    answer = wire.receipt(done.receipt)
    return Status(answer.status_code, {**answer.value, "holds": done.holds, "derived": done.derived})


@router.get("/holds", response=Listed[OpenHoldOut])
@requires("lots.view")
def holds(
    request: HttpRequest,
    text: Filter = "",
    kind: Filter = "",
    released: bool = False,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List open holds, the oldest first; with `released` the released ones too."""
    rows = queries.holds(text=text, kind=kind, open_only=not released)
    return page(rows, cursor, limit).shown(_hold)


@router.post("/holds/{uid}/release", response={201: wire.ReceiptOut, 200: wire.ReceiptOut})
@requires("lots.release")
def release(request: HttpRequest, uid: UUID, release: ReleaseIn) -> Status[dict[str, Any]]:
    """Release a hold."""
    return wire.receipt(actions.release(holds=[uid], **release.head(), actor=permissions.actor(request)))


def _hold(row: Hold) -> dict[str, Any]:
    return {
        "id": row.uid,
        "item": row.lot.item.code,
        "lot": row.lot.number,
        "lot_id": row.lot.uid,
        "kind": row.kind,
        "reason": row.reason,
        "source": row.source.uid if row.source else None,
        "placed_at": row.placed_at,
        "placed_by": row.placed_by,
        "age_days": (clock.now() - row.placed_at).days,
        "released_at": row.released_at,
        "released_by": row.released_by,
        "release_reason": row.release_reason,
    }
