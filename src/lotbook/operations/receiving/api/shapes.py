"""What the operations of this room share: the router, and shapes that several of them use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, UploadedFile
from pydantic import BaseModel, Field

from lotbook.foundation.documents import queries as documents
from lotbook.kernel import listfiles, permissions
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import actions
from lotbook.operations.receiving.models import (
    ArrivalLine,
    NoticeLine,
    OrderLine,
)
from lotbook.traceability.ledger import wire

router = Router()


Filter = Annotated[str, Field(max_length=200)]


Short = Annotated[str, Field(max_length=60)]


Percent = Annotated[str, Field(max_length=20, description="Percent as decimal text.")]


Degrees = Annotated[str, Field(max_length=20, description="°C as decimal text.")]


class ReceivingReasonIn(wire.Strict):
    """Why."""

    model_config = wire.example(reason="the rest is not coming")

    reason: wire.Reason


class ReceivingStepOut(BaseModel):
    """Something that happened to a document."""

    at: datetime
    what: str
    text: str
    reason: str
    by: str
    event: UUID | None


def amounts(row: OrderLine | NoticeLine | ArrivalLine, *names: str) -> dict[str, str]:
    """The named quantities of a line as decimal text in the item's base unit."""
    return {name: to_text(getattr(row, name), row.item.scale) for name in names}


def steps(uid: UUID) -> list[Mapping[str, Any]]:
    """What happened to a document, in its order."""
    return [
        {
            "at": step.happened_at,
            "what": step.verb,
            "text": step.text,
            "reason": step.reason,
            "by": step.actor,
            "event": step.event,
        }
        for step in documents.steps(uid)
    ]


def text_of(number: int | None, scale: int) -> str:
    """A scaled number as decimal text; nothing as an empty text."""
    return "" if number is None else to_text(number, scale)


def taken(
    request: HttpRequest, kind: str, file: UploadedFile, answers: listfiles.Reading, *, preview: bool
) -> dict[str, Any]:
    """The answer to a list of orders or notices."""

    def act() -> listfiles.Made:
        done = actions.imports.take(
            kind=kind,
            filename=file.name or "list",
            data=listfiles.content(file),
            options=answers.model_dump(),
            actor=permissions.actor(request),
        )
        return listfiles.Made([one.number for one in done.made], done.rows)

    return listfiles.taken(act, preview=preview)
