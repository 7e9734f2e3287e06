"""Events and stock over HTTP: one event or ten thousand in, pages of events and balances out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Body, Query, Router, Status
from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from lotbook.kernel import pages, permissions
from lotbook.kernel.errors import Fault, NotAllowed, Refused
from lotbook.kernel.pages import Cursor, Limit
from lotbook.kernel.permissions import requires
from lotbook.kernel.problems import FaultOut, fault_out
from lotbook.traceability.ledger import actions, intake, posted, reading
from lotbook.traceability.ledger.rules import BATCH_MAX, Draft, Receipt, Refusal

router = Router()

SEQUENCE_MAX = 2**63 - 1
Sequence_ = Annotated[int, Field(ge=0, le=SEQUENCE_MAX)]
Name = Annotated[str, Field(max_length=posted.NAME_MAX)]


MANY: Any = Field(min_length=1, description=f"At most {BATCH_MAX:,}: more are refused with 413.")


class BatchIn(BaseModel):
    """Several events in the order they happened: all of them are saved, or none."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[posted.EventIn], MANY]
    mode: Literal["all"] = "all"


class EachIn(BaseModel):
    """Several events, every one with a verdict of its own: even one that is no event at all."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[posted.EventIn | Any], MANY]
    mode: Literal["each"]


class VerdictOut(BaseModel):
    """What became of one event: in the book at ``sequence``, or refused with the faults."""

    id: UUID | None
    sequence: int | None
    duplicate: bool = Field(description="It was in the book already, with the same content.")
    status: int = Field(description="201 posted, 200 there already, 4xx refused.")
    faults: list[FaultOut]


class PostedOut(BaseModel):
    """The verdicts in the order of the events."""

    posted: int
    duplicates: int
    refused: int
    events: list[VerdictOut]


class DocumentOut(BaseModel):
    """The document behind an event."""

    kind: str
    number: str


class MovementOut(BaseModel):
    """So much of one lot, from one place (its code) to another."""

    model_config = ConfigDict(populate_by_name=True)

    item: str
    lot: str
    serial: str
    lot_id: UUID
    quantity: str
    unit: str
    source: str = Field(alias="from")
    destination: str = Field(alias="to")
    catch_weight_kg: str = ""


class ConcernOut(BaseModel):
    """A lot or a logistic unit the event names without moving it."""

    role: str
    item: str = ""
    lot: str = ""
    serial: str = ""
    lot_id: UUID | None = None
    logistic_unit: str = ""
    quantity: str = ""


class EventOut(BaseModel):
    """An event of the book: what was claimed, and when and as what it was recorded."""

    id: UUID
    sequence: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    device: str
    place: str | None
    document: DocumentOut
    reason: str
    reverses: UUID | None
    reversed_by: UUID | None
    data: dict[str, Any]
    movements: list[MovementOut]
    concerns: list[ConcernOut]
    content_hash: str


class EventsOut(BaseModel):
    """A page of events; ``as_of`` is the sequence up to which the list is complete."""

    items: list[EventOut]
    next: str | None
    as_of: int


class StockLineOut(BaseModel):
    """How much of a lot is at a place, in the item's base unit."""

    item: str
    item_name: str
    lot: str
    serial: str
    lot_id: UUID
    expires_on: date | None
    is_held: bool
    place: str
    place_kind: str
    on_hand: str
    reserved: str
    available: str
    unit: str


class StockOut(BaseModel):
    """A page of balances; ``as_of`` is the watermark of the ledger when it was read."""

    items: list[StockLineOut]
    next: str | None
    as_of: int


class ReversalIn(BaseModel):
    """Why an event is taken back, and when that was decided (now, unless said)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    occurred_at: posted.Moment | None = None
    id: str | None = Field(None, max_length=60, json_schema_extra={"format": "uuid"})


# SkipValidation: OpenAPI shows the shape, but the intake reads each event by itself, so that one
# malformed event among ten thousand costs one verdict and not the batch.
Posting = Annotated[posted.EventIn | BatchIn | EachIn, SkipValidation]


@router.post(
    "/events", response={200: PostedOut, 201: PostedOut}, summary="Post events", operation_id="post_events"
)
@requires("ledger.post")
def post_events(request: HttpRequest, payload: Body[Posting]) -> Status:  # type: ignore[type-arg]  # ninja's Status has no plain form
    """Write one event, or ``{"events": […], "mode": "all" | "each"}`` with up to 10,000.

    ``all``: everything is saved (201) or nothing (a problem naming ``events/<i>/…``). ``each``: 200 with
    a verdict per event. An event posted before with the same content gets its first receipt again (200).
    """
    raws, each, single = _batch(payload)
    taken = intake.Intake(raws)
    if taken.book.without_place:
        with transaction.atomic():
            taken.open_places(actor=permissions.actor(request))
            verdicts = _post(request, taken.drafts(), each=each, single=single)
    else:
        verdicts = _post(request, taken.drafts(), each=each, single=single)
    receipts = [one for one in verdicts if isinstance(one, Receipt)]
    duplicates = sum(one.duplicate for one in receipts)
    answer = {
        "posted": len(receipts) - duplicates,
        "duplicates": duplicates,
        "refused": len(verdicts) - len(receipts),
        "events": [_verdict(one) for one in verdicts],
    }
    return Status(201 if answer["posted"] and not each else 200, answer)


@router.get("/events", response=EventsOut, by_alias=True, summary="List events", operation_id="list_events")
@requires("ledger.view")
def list_events(
    request: HttpRequest,
    *,
    kind: Annotated[str, Field(max_length=20)] = "",
    item: Name = "",
    lot: Name = "",
    place: Name = "",
    document: Name = "",
    since: Sequence_ = 0,
    cursor: Cursor = "",
    limit: Limit = pages.LIMIT_USUAL,
) -> dict[str, Any]:
    """Events in the order of their sequence. Ask again with ``since`` = ``as_of`` for what is new."""
    return reading.events(
        kind=kind,
        item=item,
        lot=lot,
        place=place,
        document=document,
        since=since,
        cursor=cursor,
        limit=limit,
    )


@router.get(
    "/events/{uuid:uid}", response=EventOut, by_alias=True, summary="Read one event", operation_id="get_event"
)
@requires("ledger.view")
def get_event(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One event with everything it says."""
    return reading.event(uid)


@router.post(
    "/events/{uuid:uid}/reverse",
    response={200: VerdictOut, 201: VerdictOut},
    summary="Take an event back",
    operation_id="reverse_event",
)
@requires("ledger.reverse")
def reverse_event(request: HttpRequest, uid: UUID, payload: ReversalIn) -> Status:  # type: ignore[type-arg]  # ninja's Status has no plain form
    """Post the event that moves everything the other way; nothing is edited or deleted."""
    faults: list[Fault] = []
    occurred_at = posted.read_moment(payload.occurred_at, faults) if payload.occurred_at else None
    reversal_uid = posted.read_uuid(payload.id, "id", faults)
    if faults:
        raise Refused(faults)
    receipt = actions.reverse(
        uid,
        actor=permissions.actor(request),
        reason=payload.reason,
        occurred_at=occurred_at,
        reversal_uid=reversal_uid,
    )
    return Status(200 if receipt.duplicate else 201, _verdict(receipt))


@router.get("/stock", response=StockOut, summary="List stock", operation_id="list_stock")
@requires("stock.view")
def list_stock(
    request: HttpRequest,
    *,
    item: Name = "",
    lot: Name = "",
    place: Name = "",
    elsewhere: Annotated[
        bool, Query(description="Also what stands at partners and other places outside.")
    ] = False,
    cursor: Cursor = "",
    limit: Limit = pages.LIMIT_USUAL,
) -> dict[str, Any]:
    """Balances that are not zero, with everything that stands inside ``place``."""
    return reading.stock(item=item, lot=lot, place=place, elsewhere=elsewhere, cursor=cursor, limit=limit)


# --- From the request to the door and back -----------------------------------------------------------


def _batch(payload: object) -> tuple[Sequence[object], bool, bool]:
    """The events as sent, whether each gets its own verdict, and whether it was one event alone."""
    if not isinstance(payload, dict) or "events" not in payload:
        return [payload], False, True
    unknown = sorted(set(payload) - {"events", "mode"})
    faults = [
        Fault(name, "this field is not known here.", "Leave it out.", "extra_forbidden") for name in unknown
    ]
    mode = payload.get("mode", "all")
    if mode not in ("all", "each"):
        faults.append(Fault("mode", "expected all or each.", "Leave it out for all.", "literal_error"))
    events = payload["events"]
    if not isinstance(events, list) or not events:
        faults.append(Fault("events", "expected a list of at least one event.", "", "list_type"))
    elif len(events) > BATCH_MAX:
        raise Refused(
            Fault(
                "events",
                f"at most {BATCH_MAX:,} events in one request, got {len(events):,}.",
                "Send them in several requests.",
                "too_many",
            ),
            status=413,
        )
    if faults:
        raise Refused(faults)
    return events, mode == "each", False


def _check_permissions(request: HttpRequest, read: Sequence[Draft | Refusal], *, single: bool) -> None:
    """Posting is one permission; overriding a hold and taking back are others."""
    faults = []
    for index, draft in enumerate(read):
        if isinstance(draft, Refusal):
            continue
        for field, is_used, name in (
            ("override", bool(draft.override), "ledger.override"),
            ("kind", draft.kind == "reverse", "ledger.reverse"),
        ):
            if is_used and not permissions.allowed(request, name):
                where = field if single else f"events/{index}/{field}"
                cause = f"this needs the permission {name}."
                faults.append(
                    Fault(where, cause, "Ask an administrator for it, or leave it out.", "not_allowed")
                )
    if faults:
        raise NotAllowed(faults)


def _post(
    request: HttpRequest, read: Sequence[Draft | Refusal], *, each: bool, single: bool
) -> list[Receipt | Refusal]:
    """Verdicts for all events; raises Refused unless each gets its own."""
    _check_permissions(request, read, single=single)
    refusals = [one for one in read if isinstance(one, Refusal)]
    if refusals and not each:
        faults = [
            fault if single else fault.under(f"events/{one.index}")
            for one in refusals
            for fault in one.faults
        ]
        statuses = {one.status for one in refusals}
        raise Refused(faults, status=statuses.pop() if len(statuses) == 1 else 422)
    drafts = [one for one in read if isinstance(one, Draft)]
    try:
        answers = iter(actions.post(drafts, actor=permissions.actor(request), each=each))
    except Refused as refusal:
        outward = [intake.outward(fault) for fault in refusal.faults]
        if not single and len(drafts) == 1:  # the ledger names a lone event's faults without its place
            outward = [fault.under("events/0") for fault in outward]
        raise type(refusal)(outward, status=refusal.status) from None
    return [one if isinstance(one, Refusal) else _outward(next(answers)) for one in read]


def _outward(answer: Receipt | Refusal) -> Receipt | Refusal:
    if isinstance(answer, Receipt):
        return answer
    return Refusal(answer.index, answer.uid, tuple(map(intake.outward, answer.faults)), answer.status)


def _verdict(one: Receipt | Refusal) -> dict[str, Any]:
    if isinstance(one, Receipt):
        return {
            "id": one.uid,
            "sequence": one.sequence,
            "duplicate": one.duplicate,
            "status": 200 if one.duplicate else 201,
            "faults": [],
        }
    return {
        "id": one.uid,
        "sequence": None,
        "duplicate": False,
        "status": one.status,
        "faults": [fault_out(fault) for fault in one.faults],
    }
