"""Complaints over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import AwareDatetime, BaseModel, Field

from lotbook.kernel import listfiles, permissions
from lotbook.kernel.listfiles import Answers, ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.complaints import actions, importing, queries
from lotbook.operations.complaints.models import Complaint
from lotbook.operations.complaints.reading import UNITS_MAX, Told
from lotbook.operations.complaints.rules import Reach
from lotbook.traceability.ledger import wire

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=4_000)]
Code = Annotated[str, Field(max_length=200)]
SymptomCode = Literal[
    "illness", "foreign_body", "allergen", "taste", "packaging", "mislabelling", "other"
]  # fmt: skip
Who = Literal["consumer", "customer", "authority", "staff"]
How = Literal["phone", "email", "letter", "web", "social", "visit", "other"]
HarmCode = Literal["no", "suspected", "yes"]
SeverityCode = Literal["", "minor", "major", "critical"]
SampleCode = Literal["unknown", "no", "yes", "received"]


class ComplaintContactIn(wire.Strict):
    """How to reach whoever complained: kept apart from the complaint, and never given out with it."""

    name: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=60)] = ""
    email: Annotated[str, Field(max_length=200)] = ""
    address: Annotated[str, Field(max_length=500)] = ""


class ComplaintIn(wire.Strict):
    """A complaint. `scan` is anything read off the pack, and fills what is left out.

    `lot` is the number as it was read: where the book has it, it is the lot, otherwise it is kept as text.
    `severity` left out follows from harm and symptoms.
    """

    model_config = wire.example(
        complainant="consumer", channel="phone", lot="26-30", best_before_on="2028-08-25",
        symptoms=["taste", "packaging"], description="The lid was loose, it smells sour.", harm="no",
        units_affected=2, sample="yes", contact={"name": "Carol", "phone": "+1 503 555 0100"},
    )  # fmt: skip

    id: UUID | None = None
    received_at: AwareDatetime | None = Field(None, description="RFC 3339 with offset. Left out: now.")
    complainant: Who = "consumer"
    channel: How = "phone"
    partner: wire.Name = ""
    scan: Annotated[str, Field(max_length=1_000)] = ""
    item: wire.Name = ""
    lot: Code = ""
    serial: Code = ""
    sscc: Code = ""
    best_before_on: date | None = None
    symptoms: Annotated[list[SymptomCode], Field(min_length=1, max_length=7)]
    description: Text = ""
    harm: HarmCode = "no"
    severity: SeverityCode = ""
    units_affected: Annotated[int, Field(ge=1, le=UNITS_MAX)] | None = None
    sample: SampleCode = "unknown"
    contact: ComplaintContactIn | None = None


class ComplaintChangeIn(wire.Strict):
    """What is corrected: what is not sent stays."""

    model_config = wire.example(harm="suspected", reason="They called again")

    received_at: AwareDatetime | None = None
    complainant: Who | None = None
    channel: How | None = None
    partner: wire.Name | None = None
    scan: Annotated[str, Field(max_length=1_000)] | None = None
    item: wire.Name | None = None
    lot: Code | None = None
    serial: Code | None = None
    sscc: Code | None = None
    best_before_on: date | None = None
    symptoms: Annotated[list[SymptomCode], Field(min_length=1, max_length=7)] | None = None
    description: Text | None = None
    harm: HarmCode | None = None
    severity: SeverityCode | None = None
    units_affected: Annotated[int, Field(ge=1, le=UNITS_MAX)] | None = None
    sample: SampleCode | None = None
    reason: wire.Reason = ""


class ComplaintNoteIn(wire.Strict):
    """A word on what is begun."""

    model_config = wire.example(note="Sample asked for")
    note: wire.Reason = ""


class ComplaintReasonIn(wire.Strict):
    """Why."""

    model_config = wire.example(reason="A second person is ill")
    reason: wire.Reason


class ComplaintLotIn(wire.Strict):
    """The lot it is, by its id."""

    lot: UUID


class ComplaintShipmentsIn(wire.Strict):
    """The shipments it went out with, by the ids of their events; none unlinks all."""

    shipments: Annotated[list[UUID], Field(max_length=100)]


class ComplaintRecallIn(wire.Strict):
    """The recall case it belongs to, by id and number; null unlinks it."""

    case: UUID | None
    number: Annotated[str, Field(max_length=60)] = ""


class ComplaintCloseIn(wire.Strict):
    """What the investigation came to."""

    model_config = wire.example(
        outcome="confirmed", finding="The capper was out of line from 10:05 to 10:40."
    )
    outcome: Literal["confirmed", "not_confirmed", "undetermined"]
    finding: Text


class ComplaintOut(BaseModel):
    """A complaint. `lot` once it is known for sure; whom to call back is never here."""

    id: UUID
    number: str
    status: str
    received_at: datetime
    complainant: str
    channel: str
    partner: str | None
    item: str | None
    lot: str | None
    lot_id: UUID | None
    lot_text: str
    serial_text: str
    unit: str | None
    best_before_on: date | None
    symptoms: list[str]
    description: str
    harm: str
    severity: str
    units_affected: int | None
    sample: str
    recall: UUID | None
    recall_number: str
    outcome: str
    finding: str
    closed_at: datetime | None


class ComplaintCandidateOut(BaseModel):
    """A lot it may be, and what speaks for it: number, date, delivered."""

    id: UUID
    item: str
    lot: str
    expires_on: date | None
    status: str
    why: list[str]


class ComplaintShipmentOut(BaseModel):
    """A shipment that carried the lot; `chosen`: it is the one."""

    event: UUID
    sequence: int
    number: str
    partner: str | None
    shipped_at: datetime
    quantity: str
    unit: str
    chosen: bool


class ComplaintFull(ComplaintOut):
    """A complaint with the lots it may be, and the shipments that carried its lot."""

    has_contact: bool
    candidates: list[ComplaintCandidateOut]
    shipments: list[ComplaintShipmentOut]


class ComplaintContactOut(BaseModel):
    """Whom to call back; empty where it was erased."""

    name: str
    phone: str
    email: str
    address: str
    erased_at: datetime | None


class ComplaintContactKeptOut(BaseModel):
    """Whether somebody can be called back: who is not repeated, lest a kept answer outlives the contact."""

    has_contact: bool
    erased_at: datetime | None


class ComplaintClusterOut(BaseModel):
    """Complaints that are likely one story: of one lot, or of one item and symptom."""

    kind: Literal["lot", "symptom"]
    item: str | None
    lot: str | None
    symptom: str
    complaints: list[UUID]
    lots: list[UUID]
    first_at: datetime
    last_at: datetime


@router.get("/complaints", response=Listed[ComplaintOut])
@requires("complaints.view")
def complaints(
    request: HttpRequest,
    text: Filter = "",
    status: Literal["", "open", "investigating", "closed", "unfinished"] = "",
    item: Filter = "",
    lot: Filter = "",
    partner: Filter = "",
    symptom: Filter = "",
    since: date | None = None,
    until: date | None = None,
    clustered: bool = False,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List complaints, newest first. `item` and `partner` by code, `lot` by number or id."""
    rows = queries.complaints(
        text=text, status=status, item=item, lot=lot, partner=partner, symptom=symptom, since=since,
        until=until, clustered=clustered,
    )  # fmt: skip
    return page(rows, cursor, limit, descending=True).shown(_complaint)


@router.get("/complaint-clusters", response=list[ComplaintClusterOut])
@requires("complaints.view")
def clusters(request: HttpRequest) -> list[dict[str, Any]]:
    """Early warnings of the last 90 days, the latest first."""
    return [
        {
            "kind": one.cluster.kind,
            "item": one.item.code if one.item else None,
            "lot": one.lot.number if one.lot else None,
            "symptom": one.cluster.symptom,
            "complaints": [row.uid for row in one.complaints],
            "lots": [lot.uid for lot in one.lots],
            "first_at": one.cluster.first_at,
            "last_at": one.cluster.last_at,
        }
        for one in queries.told(queries.warnings())
    ]


@router.post("/complaints", response={201: ComplaintFull})
@requires("complaints.edit")
def receive(request: HttpRequest, complaint: ComplaintIn) -> Status[dict[str, Any]]:
    """Write a complaint down. The same `id` again is the same complaint."""
    told = complaint.model_dump(exclude={"id", "contact"})
    reach = Reach(**complaint.contact.model_dump()) if complaint.contact else Reach()
    made = actions.receive(
        actor=permissions.actor(request), told=Told(**{**told, "symptoms": tuple(told["symptoms"])}),
        reach=reach, uid=complaint.id,
    )  # fmt: skip
    return Status(201, _full(made.uid))


@router.get("/complaints/{uid}", response=ComplaintFull)
@requires("complaints.view")
def complaint(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One complaint with the lots it may be and the shipments that carried its lot."""
    return _full(uid)


@router.patch("/complaints/{uid}", response=ComplaintFull)
@requires("complaints.edit")
def change(request: HttpRequest, uid: UUID, changed: ComplaintChangeIn) -> dict[str, Any]:
    """Correct what is said of a complaint."""
    told = changed.model_dump(exclude_unset=True)
    reason = told.pop("reason", "")
    for name in [name for name, value in told.items() if value is None]:
        # Left blank where that means something, left alone elsewhere.
        told |= {name: ""} if name not in ("received_at", "symptoms") else {}
        if told[name] is None:
            told.pop(name)
    actions.change(complaint=uid, actor=permissions.actor(request), reason=reason, **told)
    return _full(uid)


@router.post("/complaints/{uid}/investigate", response=ComplaintFull)
@requires("complaints.edit")
def investigate(request: HttpRequest, uid: UUID, begun: ComplaintNoteIn) -> dict[str, Any]:
    """Begin to investigate."""
    actions.investigate(complaint=uid, note=begun.note, actor=permissions.actor(request))
    return _full(uid)


@router.post("/complaints/{uid}/lot", response=ComplaintFull)
@requires("complaints.edit")
def choose_lot(request: HttpRequest, uid: UUID, chosen: ComplaintLotIn) -> dict[str, Any]:
    """Say which lot it is."""
    actions.choose_lot(complaint=uid, lot=chosen.lot, actor=permissions.actor(request))
    return _full(uid)


@router.put("/complaints/{uid}/shipments", response=ComplaintFull)
@requires("complaints.edit")
def link_shipments(request: HttpRequest, uid: UUID, linked: ComplaintShipmentsIn) -> dict[str, Any]:
    """Say with which shipments the goods went out."""
    actions.link_shipments(complaint=uid, events=linked.shipments, actor=permissions.actor(request))
    return _full(uid)


@router.put("/complaints/{uid}/recall", response=ComplaintFull)
@requires("complaints.edit")
def link_recall(request: HttpRequest, uid: UUID, linked: ComplaintRecallIn) -> dict[str, Any]:
    """Link it to a recall case."""
    actions.link_recall(
        complaint=uid, case=linked.case, number=linked.number, actor=permissions.actor(request)
    )
    return _full(uid)


@router.post("/complaints/{uid}/close", response=ComplaintFull)
@requires("complaints.edit")
def close(request: HttpRequest, uid: UUID, closed: ComplaintCloseIn) -> dict[str, Any]:
    """Close it with what was found."""
    actions.close(complaint=uid, **closed.model_dump(), actor=permissions.actor(request))
    return _full(uid)


@router.post("/complaints/{uid}/reopen", response=ComplaintFull)
@requires("complaints.edit")
def reopen(request: HttpRequest, uid: UUID, why: ComplaintReasonIn) -> dict[str, Any]:
    """Open it again."""
    actions.reopen(complaint=uid, reason=why.reason, actor=permissions.actor(request))
    return _full(uid)


@router.get("/complaints/{uid}/contact", response=ComplaintContactOut)
@requires("complaints.contact")
def contact(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Whom to call back."""
    found = queries.page(uid).contact
    names = ("name", "phone", "email", "address")
    told = {name: getattr(found, name) if found else "" for name in names}
    return {**told, "erased_at": found.erased_at if found else None}


@router.put("/complaints/{uid}/contact", response=ComplaintContactKeptOut)
@requires("complaints.contact")
def set_contact(request: HttpRequest, uid: UUID, reach: ComplaintContactIn) -> dict[str, Any]:
    """Keep whom to call back."""
    kept = actions.set_contact(
        complaint=uid, reach=Reach(**reach.model_dump()), actor=permissions.actor(request)
    )
    return {"has_contact": True, "erased_at": kept.erased_at}


@router.post("/complaints/{uid}/contact/erase", response=ComplaintContactKeptOut)
@requires("complaints.contact")
def erase_contact(request: HttpRequest, uid: UUID, why: ComplaintReasonIn) -> dict[str, Any]:
    """Erase whom to call back, for good."""
    kept = actions.erase_contact(complaint=uid, reason=why.reason, actor=permissions.actor(request))
    return {"has_contact": False, "erased_at": kept.erased_at}


@router.post("/complaints-import", response=ListOut)
@requires("complaints.edit")
def import_complaints(
    request: HttpRequest, file: ListFile, answers: Answers, preview: Preview = False
) -> dict[str, Any]:
    """Write down every complaint of a CSV or XLSX file, or none."""

    def act() -> listfiles.Made:
        made = importing.enter(
            data=listfiles.content(file), answers=answers.model_dump(), actor=permissions.actor(request)
        )
        return listfiles.Made([one.number for one in made], len(made))

    return listfiles.taken(act, preview=preview)


def _complaint(row: Complaint) -> dict[str, Any]:
    same = (
        "number", "status", "received_at", "complainant", "channel", "lot_text", "serial_text",
        "best_before_on", "description", "harm", "severity", "units_affected", "sample", "recall",
        "recall_number", "outcome", "finding", "closed_at",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in same},
        "id": row.uid,
        "partner": row.partner.code if row.partner else None,
        "item": row.item.code if row.item else None,
        "lot": row.lot.number if row.lot else None,
        "lot_id": row.lot.uid if row.lot else None,
        "unit": (row.unit.sscc or row.unit.code) if row.unit else None,
        "symptoms": queries.symptoms_of(row),
    }


def _full(uid: UUID) -> dict[str, Any]:
    shown = queries.page(uid)
    item = shown.complaint.item
    return {
        **_complaint(shown.complaint),
        "has_contact": shown.contact is not None and shown.contact.erased_at is None,
        "candidates": [
            {
                "id": one.lot.uid,
                "item": one.lot.item.code,
                "lot": one.lot.number,
                "expires_on": one.lot.expires_on,
                "status": one.status,
                "why": list(one.why),
            }
            for one in shown.candidates
        ],
        "shipments": [
            {
                "event": one.sent.event,
                "sequence": one.sent.sequence,
                "number": one.sent.number,
                "partner": one.partner.code if one.partner else None,
                "shipped_at": one.sent.occurred_at,
                "quantity": to_text(one.sent.quantity, item.scale if item else 0),
                "unit": item.unit if item else "",
                "chosen": one.chosen,
            }
            for one in shown.carried
        ],
    }
