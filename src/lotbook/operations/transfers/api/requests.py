"""Stock requests over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Form, Status
from pydantic import BaseModel, Field

from lotbook.kernel import listfiles, permissions
from lotbook.kernel.listfiles import ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers.actions import listed, requests, transfers
from lotbook.operations.transfers.api.shapes import (
    DoneOnceIn,
    Filter,
    RequestOut,
    Short,
    TransferFull,
    TransferReasonIn,
    full_transfer,
    request_shape,
    router,
)
from lotbook.operations.transfers.models import RequestLine
from lotbook.operations.transfers.queries import documents, pages
from lotbook.operations.transfers.rules import Wanted
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

Position = Annotated[int, Field(ge=1, le=LINES_MAX)]


class RequestedIn(wire.Strict):
    """So much of an item that is asked for."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    note: Annotated[str, Field(max_length=500)] = ""


class RequestIn(DoneOnceIn):
    """What is needed where; `source` left out: from wherever it is. `ask` asks for it at once."""

    model_config = wire.example(
        destination="OUTLET",
        needed_on="2027-03-05",
        reason="market day",
        lines=[{"item": "SALT", "quantity": "5", "unit": "KGM"}],
    )

    destination: wire.Name
    source: wire.Name = ""
    needed_on: date | None = None
    reason: wire.Reason = ""
    ask: bool = True
    lines: Annotated[list[RequestedIn], Field(max_length=LINES_MAX)]


class GrantIn(wire.Strict):
    """How much of one line is approved, in the item's base unit."""

    line: Position
    quantity: wire.Amount


class DecisionIn(DoneOnceIn):
    """Approved (in part where `lines` says so), or refused with the reason."""

    model_config = wire.example(approve=True, lines=[{"line": 1, "quantity": "4"}])

    approve: bool
    reason: wire.Reason = ""
    source: wire.Name = ""
    lines: Annotated[list[GrantIn], Field(max_length=LINES_MAX)] = Field(default_factory=list)


class FromRequestIn(DoneOnceIn):
    """Where the goods come from; `lines` (positions) takes only some of the request."""

    source: wire.Name = ""
    strategy: Short = "fefo"
    lines: Annotated[list[Position], Field(max_length=LINES_MAX)] = Field(default_factory=list)


class RequestLineOut(BaseModel):
    """A line of a request, in the item's base unit: asked, approved, planned or sent, sent."""

    line: int
    item: str
    unit: str
    asked: str
    approved: str | None
    planned: str
    sent: str
    note: str


class RequestFull(RequestOut):
    """A stock request with its lines, and the numbers of its transfers."""

    lines: list[RequestLineOut]
    transfers: list[str]
    can_be_decided_by: list[str]


@router.get("/stock-requests", response=Listed[RequestOut])
@requires("transfers.view")
def list_requests(
    request: HttpRequest,
    text: Filter = "",
    status: Filter = "",
    place: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List stock requests, newest first; `status=current` leaves out what is finished."""
    rows = documents.requests(text=text, status=status, place=place)
    return page(rows, cursor, limit, descending=True).shown(request_shape)


@router.post("/stock-requests", response={201: RequestFull})
@requires("transfers.request")
def create_request(request: HttpRequest, wanted: RequestIn) -> Status[dict[str, Any]]:
    """Ask for goods."""
    told = wanted.model_dump(exclude={"id", "lines"})
    lines = [Wanted(**line.model_dump()) for line in wanted.lines]
    made = requests.create(**told, lines=lines, uid=wanted.id, actor=permissions.actor(request))
    return Status(201, _full_request(made.uid))


class RequestsReading(listfiles.Reading):
    """How a file of requests is read; `ask` asks for them at once."""

    ask: bool = True


@router.post("/stock-requests/import", response=ListOut)
@requires("transfers.request")
def import_requests(
    request: HttpRequest,
    file: ListFile,
    answers: Annotated[RequestsReading, Form()],
    preview: Preview = False,
) -> dict[str, Any]:
    """Write the stock requests of a CSV or XLSX file, all of them or none; one row is one line.

    Rows with the same mark in the column `request` make one request.
    """

    def act() -> listfiles.Made:
        made = listed.import_requests(
            data=listfiles.content(file), answers=answers.model_dump(exclude={"ask"}), ask=answers.ask,
            actor=permissions.actor(request),
        )  # fmt: skip
        rows = RequestLine.objects.filter(request__in=made).count()
        return listfiles.Made([one.number for one in made], rows)

    return listfiles.taken(act, preview=preview)


@router.get("/stock-requests/{uid}", response=RequestFull)
@requires("transfers.view")
def one_request(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One stock request."""
    return _full_request(uid)


@router.post("/stock-requests/{uid}/ask", response=RequestFull)
@requires("transfers.request")
def ask(request: HttpRequest, uid: UUID, asked: DoneOnceIn) -> dict[str, Any]:
    """Ask for a draft."""
    requests.ask(request=uid, uid=asked.id, actor=permissions.actor(request))
    return _full_request(uid)


@router.post("/stock-requests/{uid}/decision", response=RequestFull)
@requires("approvals.decide")
def decide(request: HttpRequest, uid: UUID, decision: DecisionIn) -> dict[str, Any]:
    """Approve, approve in part, or refuse."""
    requests.decide(
        request=uid, approve=decision.approve, reason=decision.reason, source=decision.source,
        quantities={line.line: line.quantity for line in decision.lines}, uid=decision.id,
        actor=permissions.actor(request),
    )  # fmt: skip
    return _full_request(uid)


@router.post("/stock-requests/{uid}/cancel", response=RequestFull)
@requires("transfers.request")
def cancel_request(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Take a request back."""
    requests.cancel(request=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return _full_request(uid)


@router.post("/stock-requests/{uid}/close", response=RequestFull)
@requires("transfers.request")
def close_request(request: HttpRequest, uid: UUID, why: TransferReasonIn) -> dict[str, Any]:
    """Send no more of it."""
    requests.close(request=uid, reason=why.reason, uid=why.id, actor=permissions.actor(request))
    return _full_request(uid)


@router.post("/stock-requests/{uid}/transfers", response={201: TransferFull})
@requires("transfers.post")
def transfer_request(request: HttpRequest, uid: UUID, told: FromRequestIn) -> Status[dict[str, Any]]:
    """Plan the transfer of what is approved and not under way yet."""
    made = transfers.from_request(
        request=uid, source=told.source, strategy=told.strategy, lines=told.lines, uid=told.id,
        actor=permissions.actor(request),
    )  # fmt: skip
    return Status(201, full_transfer(made.uid))


def _full_request(uid: UUID) -> dict[str, Any]:
    shown = pages.request_page(uid)
    return {
        **request_shape(shown.request),
        "lines": [
            {
                "line": one.line.position,
                "item": one.line.item.code,
                "unit": one.line.item.unit,
                "asked": to_text(one.line.quantity, one.line.item.scale),
                "approved": None if one.approved is None else to_text(one.approved, one.line.item.scale),
                "planned": to_text(one.planned, one.line.item.scale),
                "sent": to_text(one.sent, one.line.item.scale),
                "note": one.line.note,
            }
            for one in shown.lines
        ],
        "transfers": [row.number for row in shown.transfers],
        "can_be_decided_by": shown.deciders,
    }
