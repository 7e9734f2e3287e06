"""Complaints over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from lotbook.kernel import listfiles, permissions
from lotbook.kernel.listfiles import Answers, ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.complaints import actions, importing, queries
from lotbook.operations.complaints.api.shapes import (
    ComplaintChangeIn,
    ComplaintCloseIn,
    ComplaintClusterOut,
    ComplaintContactIn,
    ComplaintContactKeptOut,
    ComplaintContactOut,
    ComplaintFull,
    ComplaintIn,
    ComplaintLotIn,
    ComplaintNoteIn,
    ComplaintOut,
    ComplaintReasonIn,
    ComplaintRecallIn,
    ComplaintShipmentsIn,
)
from lotbook.operations.complaints.models import Complaint
from lotbook.operations.complaints.reading import Told
from lotbook.operations.complaints.rules import Reach

router = Router()

Filter = Annotated[str, Field(max_length=200)]


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
