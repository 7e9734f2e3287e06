"""Files over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Status, UploadedFile
from pydantic import BaseModel, ConfigDict, Field

from lotbook.foundation.documents import actions, queries
from lotbook.foundation.documents.models import Attachment
from lotbook.foundation.documents.views import SANDBOX
from lotbook.kernel import permissions
from lotbook.kernel.permissions import requires

router = Router()

Kind = Annotated[str, Field(max_length=40, description="Such as `lot`, `event` or `shipping.shipment`.")]


BYTES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The bytes of the file",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


class RemoveIn(BaseModel):
    """Why it is removed."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class FileOut(BaseModel):
    """A file kept with something. The bytes are at `/files/{id}`."""

    id: UUID
    kind: str
    subject: UUID
    name: str
    content_type: str
    size: int
    sha256: str
    note: str
    location_removed: bool = Field(description="It was a picture that told where it was taken.")
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    remove_reason: str


@router.get("/files/of/{kind}/{uid}", response=list[FileOut])
@requires("documents.view")
def files(request: HttpRequest, kind: Kind, uid: UUID, removed: bool = False) -> list[dict[str, Any]]:
    """List the files of one thing; with `removed` those marked as removed too."""
    name = queries.check_subject(kind, uid)
    return [_out(row) for row in queries.attachments(name, uid, removed=removed)]


@router.post("/files/of/{kind}/{uid}", response={201: FileOut})
@requires("documents.attach")
def attach(
    request: HttpRequest,
    kind: Kind,
    uid: UUID,
    file: Annotated[UploadedFile, File(description="JPEG, PNG, WebP, PDF, TXT, CSV or XLSX, up to 10 MB.")],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Status[dict[str, Any]]:
    """Keep a file with a document, a lot or another thing; the same bytes again are the same file."""
    (made,) = actions.attach(
        kind=kind,
        subject=uid,
        files=[(file.name or "file", file.read())],
        note=note,
        actor=permissions.actor(request),
    )
    return Status(201, _out(made))


@router.get("/files/{uid}", openapi_extra=BYTES)
@requires("documents.view")
def download(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Get the bytes of a file."""
    one = queries.attachment(uid)
    response = HttpResponse(bytes(one.file.body), content_type="application/octet-stream")
    response["Content-Disposition"] = "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response


@router.post("/files/{uid}/removal", response=FileOut)
@requires("documents.attach")
def remove(request: HttpRequest, uid: UUID, removal: RemoveIn) -> dict[str, Any]:
    """Mark a file as removed; its bytes stay in the book."""
    return _out(actions.remove(uid, reason=removal.reason, actor=permissions.actor(request)))


def _out(one: Attachment) -> dict[str, Any]:
    same = (
        "kind", "subject", "name", "content_type", "note", "location_removed", "added_at", "added_by",
        "removed_at", "remove_reason",
    )  # fmt: skip
    return {
        **{name: getattr(one, name) for name in same},
        "id": one.uid,
        "size": one.file.size,
        "sha256": one.file.sha256,
    }
