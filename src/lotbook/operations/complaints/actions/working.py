"""What is done about a complaint: investigated, linked to lot, shipments and recall case, closed, opened."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.operations.complaints import queries
from lotbook.operations.complaints.actions.steps import (
    CHANGED,
    CLOSED,
    check_open,
    known_warnings,
    locked,
    warn,
    written,
)
from lotbook.operations.complaints.models import Complaint, ComplaintShipment, ComplaintStatus, Outcome
from lotbook.traceability.lots import queries as lots


@transaction.atomic
def investigate(*, complaint: UUID | str, actor: str, note: str = "") -> Complaint:
    """Begin to investigate an open complaint. Raises Conflict when that was begun or it is closed."""
    one = locked(complaint)
    check_open(one)
    check = Check()
    said = check.text("note", note, 2_000, lines=True)
    check.done()
    if one.status == ComplaintStatus.INVESTIGATING:
        cause = f"{one.number} is being investigated already."
        raise Conflict(Fault("complaint", cause, "Nothing is left to do.", "investigating"))
    one.status = ComplaintStatus.INVESTIGATING
    one.save(update_fields=["status"])
    written(one, "investigation begun", actor=actor, topic=CHANGED, reason=said)
    return one


@transaction.atomic
def choose_lot(*, complaint: UUID | str, lot: UUID | str, actor: str) -> Complaint:
    """Say which lot a complaint is about: one of the candidates, or any other. Its item becomes the lot's."""
    one = locked(complaint)
    check_open(one)
    found, warned = lots.lot(lot), known_warnings(one)
    if found.pk == one.lot_id:
        return one
    one.lot, one.item = found, found.item
    one.save(update_fields=["lot", "item"])
    ComplaintShipment.objects.filter(complaint=one).delete()
    written(one, "lot found", actor=actor, topic=CHANGED, text=f"{found.item.code} {found}")
    warn(one, warned)
    return one


@transaction.atomic
def link_shipments(*, complaint: UUID | str, events: Sequence[UUID | str], actor: str) -> Complaint:
    """Say with which shipments (uids of their events) the goods went out; none of them unlinks all.

    Raises Refused for an event that carried nothing of the lot to the customer.
    """
    one = locked(complaint)
    check_open(one)
    carried = {row.sent.event: row.sent.number for row in queries.carried(one)}
    wanted: list[UUID] = []
    for event in events:
        uid = next((known for known in carried if str(known) == str(event)), None)
        if uid is None:
            cause = f"{str(event)[:60]!r} carried nothing of this lot to this customer."
            raise Refused(Fault("shipments", cause, "Choose one of those listed.", "unknown"))
        wanted += [uid] if uid not in wanted else []
    had = set(one.shipments.values_list("event", flat=True))
    if had == set(wanted):
        return one
    one.shipments.exclude(event__in=wanted).delete()
    fresh = [
        ComplaintShipment(complaint=one, event=uid, number=carried[uid]) for uid in wanted if uid not in had
    ]
    ComplaintShipment.objects.bulk_create(fresh)
    named = ", ".join(carried[uid] or str(uid) for uid in wanted) or "none"
    written(one, "shipments linked", actor=actor, topic=CHANGED, text=named)
    return one


@transaction.atomic
def link_recall(*, complaint: UUID | str, case: UUID | None, number: str = "", actor: str) -> Complaint:
    """Link a complaint, closed or not, to a recall case by its uid and number; None unlinks it."""
    one = locked(complaint)
    check = Check()
    named = check.text("recall_number", number, 60)
    check.done()
    if one.recall == case:
        return one
    before = one.recall_number
    one.recall, one.recall_number = case, named if case else ""
    one.save(update_fields=["recall", "recall_number"])
    verb = "linked to recall" if case else "unlinked from recall"
    written(one, verb, actor=actor, topic=CHANGED, text=named if case else before)
    return one


@transaction.atomic
def close(*, complaint: UUID | str, outcome: str, finding: str, actor: str) -> Complaint:
    """Close a complaint with what was found. Raises Refused with every fault, Conflict when it is closed."""
    one = locked(complaint)
    check_open(one)
    check = Check()
    one.outcome = check.choice("outcome", outcome, Outcome.values)
    one.finding = check.text("finding", finding, 4_000, required=True, lines=True)
    check.done()
    one.status, one.closed_at, one.closed_by = ComplaintStatus.CLOSED, clock.now(), actor
    one.save()
    text = str(Outcome(one.outcome).label)
    written(one, "closed", actor=actor, topic=CLOSED, text=text, reason=one.finding)
    return one


@transaction.atomic
def reopen(*, complaint: UUID | str, reason: str, actor: str) -> Complaint:
    """Open a closed complaint again; its finding stays in the history. Needs a reason."""
    one = locked(complaint)
    check = Check()
    why = check.text("reason", reason, 2_000, required=True, lines=True)
    check.done()
    if one.status != ComplaintStatus.CLOSED:
        raise Conflict(Fault("complaint", f"{one.number} is not closed.", "Nothing is left to do.", "open"))
    warned = known_warnings(one)
    one.status, one.outcome, one.finding = ComplaintStatus.OPEN, "", ""
    one.closed_at, one.closed_by = None, ""
    one.save()
    written(one, "reopened", actor=actor, topic=CHANGED, reason=why)
    warn(one, warned)
    return one
