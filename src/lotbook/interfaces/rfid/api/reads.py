"""Reads delivered over HTTP, and the signal that a pass is over."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from lotbook.interfaces.rfid import actions, delivering
from lotbook.interfaces.rfid.api.shapes import router
from lotbook.interfaces.rfid.delivering import RfidReadsIn
from lotbook.kernel import clock, permissions
from lotbook.kernel.permissions import requires

Code = Annotated[str, Field(max_length=60)]


class RfidTakenOut(BaseModel):
    """What became of a batch. `pass_id` is null where nothing counted, or was read often enough yet."""

    pass_id: UUID | None = Field(description="The pass the reads went to; it may be joined with another one.")
    reads: int
    tags: int
    weak: int
    filtered: int
    duplicate: bool


class RfidEndedOut(BaseModel):
    """A pass that ended."""

    id: UUID
    number: str
    status: str


@router.post("/rfid/reads", response=RfidTakenOut)
@requires("rfid.read")
def reads(request: HttpRequest, batch: RfidReadsIn) -> dict[str, Any]:
    """Deliver a batch of reads, at most 10,000; the same batch again gets the first answer."""
    now = clock.now()
    taken = actions.take(
        portal=batch.portal, batch=batch.batch, reads=delivering.reads_of(batch),
        via=permissions.actor(request), received_at=now,
    )  # fmt: skip
    return {
        "pass_id": taken.pass_uid,
        "reads": taken.reads,
        "tags": taken.tags,
        "weak": taken.weak,
        "filtered": taken.filtered,
        "duplicate": taken.duplicate,
    }


@router.post("/rfid/portals/{code}/close", response=list[RfidEndedOut])
@requires("rfid.read")
def close(request: HttpRequest, code: Code) -> list[dict[str, Any]]:
    """Say that the pass at this portal is over: the gate is free again."""
    ended = actions.close(portal=code)
    return [{"id": one.uid, "number": one.number, "status": one.status} for one in ended]
