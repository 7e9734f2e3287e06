"""A complaint written down, and what is said of it corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lotbook.foundation.documents import actions as documents
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid
from lotbook.operations.complaints import queries
from lotbook.operations.complaints.actions.contacts import keep
from lotbook.operations.complaints.actions.steps import (
    CHANGED,
    RECEIVED,
    check_open,
    known_warnings,
    locked,
    warn,
    written,
)
from lotbook.operations.complaints.models import Complaint, ComplaintSymptom, Symptom
from lotbook.operations.complaints.reading import Told, read
from lotbook.operations.complaints.rules import Reach, usual_severity
from lotbook.traceability.ledger import lines as words

LABELS = {
    "received_at": "received", "complainant": "who", "channel": "channel", "partner": "customer",
    "item": "item",
    "lot": "lot", "unit": "logistic unit", "lot_text": "lot as read", "serial_text": "serial",
    "best_before_on": "best before", "description": "description", "harm": "harm", "severity": "severity",
    "units_affected": "units affected", "sample": "sample",
}  # fmt: skip
QUIET = frozenset({"description"})
"""Told to have changed, but not from what to what: whatever was wrongly written there is gone for good."""


def receive(*, actor: str, told: Told, reach: Reach = Reach(), uid: UUID | None = None) -> Complaint:  # noqa: B008 – frozen
    """Write a complaint down. The same ``uid`` writes one. Raises Refused with every fault."""
    digest = words.asked(act="receive", told=asdict(told), reach=asdict(reach))
    known = _known(uid, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _receive(actor, told, reach, uid or new_uid(), digest)
    except IntegrityError:
        # The same form sent twice at the same moment: the other one is there now.
        known = _known(uid, digest)
        if known is None:
            raise
        return known


def _receive(actor: str, told: Told, reach: Reach, uid: UUID, digest: str) -> Complaint:
    values, symptoms = read(told)
    new = Complaint(uid=uid, created_at=clock.now(), created_by=actor, asked=digest, **values)
    new.number = documents.next_number("CP")
    new.save()
    _set_symptoms(new, symptoms)
    if not reach.is_empty:
        keep(new, reach)
    goods = " ".join(str(one) for one in (new.item.code if new.item else "", new.lot or new.lot_text) if one)
    written(new, "received", actor=actor, topic=RECEIVED, text=goods)
    warn(new)
    return new


def _known(uid: UUID | None, digest: str) -> Complaint | None:
    known = Complaint.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None and known.asked != digest:
        cause = "this form was sent before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form.", "other_content"))
    return known


@transaction.atomic
def change(*, complaint: UUID | str, actor: str, reason: str = "", **told: Any) -> Complaint:
    """Correct what is said of a complaint that is not closed; ``told`` has fields of ``Told``.

    What is not named stays. Raises Refused with every fault, Conflict for a closed complaint.
    """
    one = locked(complaint)
    check_open(one)
    check = Check()
    why = check.text("reason", reason, 2_000, lines=True)
    check.done()
    before, warned = _facts(one), known_warnings(one)
    if "symptoms" in told:
        told["symptoms"] = tuple(told["symptoms"])
    values, symptoms = read(replace(_as_told(one, told), **told))
    if values["lot"] is not None and values["lot"] == one.lot:
        values["lot_text"] = one.lot_text or values["lot_text"]
    if values["lot"] != one.lot or values["partner"] != one.partner:
        # They carried another lot, or to somebody else.
        one.shipments.all().delete()
    for name, value in values.items():
        setattr(one, name, value)
    changes = [
        f"{LABELS[name]}: {old or '—'} → {new or '—'}" if name not in QUIET else LABELS[name]
        for name, new in _facts(one).items()
        if (old := before[name]) != new
    ]
    had = queries.symptoms_of(one)
    if had != symptoms:
        changes.append(f"symptoms: {_in_words(had)} → {_in_words(symptoms)}")
    if not changes:
        return one
    one.save()
    _set_symptoms(one, symptoms)
    written(one, "changed", actor=actor, topic=CHANGED, text="; ".join(changes), reason=why)
    warn(one, warned)
    return one


def _as_told(one: Complaint, told: dict[str, Any]) -> Told:
    """A complaint in the words of a form; a lot gives way where the item or what was read is told anew."""
    lot = one.lot_text
    if one.lot is not None and not {"scan", "item", "serial"} & {key for key, value in told.items() if value}:
        lot = str(one.lot.uid)
    symptoms = tuple(queries.symptoms_of(one))
    # What followed from harm and symptoms follows again; what somebody said stays.
    usual = usual_severity(one.harm, symptoms)
    return Told(
        received_at=one.received_at, complainant=one.complainant, channel=one.channel,
        partner=one.partner.uid if one.partner else "", item=one.item.uid if one.item else "", lot=lot,
        serial=one.serial_text, sscc=str(one.unit.uid) if one.unit else "",
        best_before_on=one.best_before_on, symptoms=symptoms,
        description=one.description, harm=one.harm, severity="" if one.severity == usual else one.severity,
        units_affected=one.units_affected, sample=one.sample,
    )  # fmt: skip


def _facts(one: Complaint) -> dict[str, str]:
    return {name: "" if (value := getattr(one, name)) is None else str(value) for name in LABELS}


def _set_symptoms(one: Complaint, symptoms: Sequence[str]) -> None:
    ComplaintSymptom.objects.filter(complaint=one).exclude(symptom__in=symptoms).delete()
    rows = [ComplaintSymptom(complaint=one, symptom=code) for code in symptoms]
    ComplaintSymptom.objects.bulk_create(rows, ignore_conflicts=True)
    # What was read beforehand is not what stands there now.
    getattr(one, "_prefetched_objects_cache", {}).pop("symptoms", None)


def _in_words(symptoms: Sequence[str]) -> str:
    return ", ".join(str(Symptom(code).label).lower() for code in symptoms)
