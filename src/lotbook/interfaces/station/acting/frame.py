"""The frame of an act: what every kind says, read out of whatever a device sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lotbook.interfaces.station.models import Act
from lotbook.kernel.errors import Fault
from lotbook.kernel.problems import faults_of_validation

UNREADABLE = UUID("0192f1a0-7c1e-7d61-9a34-5b0f6c2e8d12")
"""Of the ids of acts whose own id cannot be read: the same content has the same id."""
N_MAX = 2**53


class ScanIn(BaseModel):
    """A scan behind an act, as it came."""

    text: Annotated[str, Field(max_length=4000)]
    how: Literal["wedge", "camera", "typed"]
    at: Annotated[str, Field(max_length=40)]


class FrameIn(BaseModel):
    """What every act says; the body is judged by its kind."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    kind: Annotated[str, Field(max_length=40)]
    site: Annotated[str, Field(max_length=60)] = ""
    at: AwareDatetime
    device: UUID
    n: Annotated[int, Field(ge=1, le=N_MAX)]
    after: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)
    by: Annotated[str, Field(min_length=1, max_length=200)]
    body: dict[str, Any]
    scans: Annotated[list[ScanIn], Field(max_length=2000)] = Field(default_factory=list)
    seen: Annotated[list[Annotated[str, Field(max_length=4000)]], Field(max_length=200)] = Field(
        default_factory=list
    )
    as_of: Annotated[int, Field(ge=0, le=2**62)] = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """An act as it came: what could be read of it, and what is wrong with the rest."""

    sent: str
    uid: UUID
    device: UUID
    n: int
    raw: str
    digest: str
    kind: str = ""
    site: str = ""
    by: str = ""
    done_at: datetime | None = None
    as_of: int = 0
    after: tuple[UUID, ...] = ()
    faults: tuple[Fault, ...] = field(default=())


def read(sent: Any, device: UUID) -> Frame:
    """Read one act of a delivery of ``device``. Never raises: what cannot be read is told in ``faults``."""
    raw = canonical(sent)
    digest = hashlib.sha256(raw.encode()).hexdigest()
    told = sent if isinstance(sent, Mapping) else {}
    uid = _uuid(told.get("id")) or uuid5(UNREADABLE, f"{device} {digest}")
    shown = str(told.get("id", uid))[:200]
    number = told.get("n")
    n = number if isinstance(number, int) and 0 < number <= N_MAX and not isinstance(number, bool) else 0
    try:
        frame = FrameIn.model_validate(sent)
    except ValidationError as problem:
        return Frame(shown, uid, device, n, raw, digest, faults=tuple(_faults(problem, told)))
    after = [*frame.after, *_undone(frame)]
    return Frame(
        shown,
        uid,
        frame.device,
        n,
        raw,
        digest,
        frame.kind,
        frame.site,
        frame.by,
        frame.at,
        frame.as_of,
        tuple(one for one in dict.fromkeys(after) if one != uid),
    )


def _undone(frame: FrameIn) -> list[UUID]:
    """What an undo takes back comes before it, whether the device says so or not."""
    found = _uuid(frame.body.get("act")) if frame.kind == "undo" else None
    return [found] if found is not None else []


def _faults(problem: ValidationError, told: Mapping[str, Any]) -> list[Fault]:
    if "found" in told:
        cause = "the device could not read this act back from its storage: it is kept as it was found."
        return [Fault("", cause, "Look at it, do it by hand, then drop it.", "damaged")]
    return faults_of_validation([dict(error) for error in problem.errors(include_url=False)])


def canonical(value: Any) -> str:
    """JSON that is the same for the same content, in characters every database takes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)


def body_of(act: Act) -> dict[str, Any]:
    """What is to be applied: the body as it came, or as somebody changed it."""
    if act.body:
        changed = json.loads(act.body)
        return changed if isinstance(changed, dict) else {}
    told = json.loads(act.raw)
    body = told.get("body") if isinstance(told, dict) else None
    return body if isinstance(body, dict) else {}


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
