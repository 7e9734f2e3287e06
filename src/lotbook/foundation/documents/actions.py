"""Numbers handed out without collision, steps written beside what they tell of, and files kept with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from lotbook.foundation.documents import queries, rules
from lotbook.foundation.documents.models import Attachment, File, Step
from lotbook.kernel import clock, sql
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.permissions import device_now
from lotbook.kernel.prepared import insert


def next_number(prefix: str, *, on: datetime | None = None) -> str:
    """The next number of a kind of document: ``PO-2027-00012``; the year is that of ``on`` (now).

    One statement that locks its row until the transaction ends: no two documents share a number, and a
    document that was not saved leaves no gap. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("next_number: expected to be inside transaction.atomic()")
    series = rules.series_name(prefix, (on or clock.now()).year)
    query = (
        "INSERT INTO documents_series (name, last) VALUES (%s, 1)"
        " ON CONFLICT (name) DO UPDATE SET last = documents_series.last + 1 RETURNING last"
    )
    return rules.written(series, sql.rows(query, [series])[0][0])


def record(
    document: UUID,
    kind: str,
    verb: str,
    *,
    actor: str,
    text: str = "",
    reason: str = "",
    event: UUID | None = None,
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Step:
    """Write down a step of a document: who did what, when (now) and why. Call it in the act's transaction."""
    step = Step(
        document=document,
        kind=kind,
        verb=verb,
        happened_at=at or clock.now(),
        actor=actor,
        text=text,
        reason=reason.strip(),
        event=event,
        data={**(data or {}), **_device(actor)},
    )
    insert(step)
    return step


def _device(actor: str) -> dict[str, str]:
    """The handheld a person came in through; what others do in its wake is not done on it."""
    device = device_now()
    return {"device": device} if device and actor.startswith("user:") else {}


# -- files -----------------------------------------------------------------------------------------


@transaction.atomic
def attach(
    *, kind: str, subject: UUID, files: Sequence[tuple[str, bytes]], actor: str, note: str = ""
) -> list[Attachment]:
    """Keep files (name, bytes) with a document, a lot or another thing; all of them or none.

    What is kept of each is told by ``rules.checked``. The same bytes with the same thing are one attachment.
    Raises Refused naming ``files/<i>``, NotFound when the book has no such thing.
    """
    check = Check()
    said = check.text("note", note, 500)
    if not files:
        check.fault("files", "no file was chosen.", "Choose one, or take a photo.", "required")
    if len(files) > rules.TOGETHER_MAX:
        check.fault(
            "files", f"{len(files)} files at once, at most {rules.TOGETHER_MAX}.", "Send them in turns."
        )
    check.done()
    name = queries.check_subject(kind, subject)
    kept = [_checked(check, index, one) for index, one in enumerate(files)]
    check.done()
    found = [_attach(name, subject, one, said, actor) for one in kept if one is not None]
    if queries.attachments(name, subject).count() > rules.FILES_MAX:
        cause = f"more than {rules.FILES_MAX} files would be kept with this. None was kept."
        raise Refused(Fault("files", cause, "Put several pages into one PDF.", "too_many"))
    return found


def _checked(check: Check, index: int, one: tuple[str, bytes]) -> rules.Checked | None:
    try:
        return rules.checked(*one)
    except Refused as refusal:
        check.faults += [
            Fault(f"files/{index}", fault.cause, fault.remedy, fault.code) for fault in refusal.faults
        ]
        return None


def _attach(kind: str, subject: UUID, one: rules.Checked, note: str, actor: str) -> Attachment:
    now = clock.now()
    file, _ = File.objects.defer("body", "preview").get_or_create(
        sha256=hashlib.sha256(one.body).hexdigest(),
        defaults={"size": len(one.body), "body": one.body, "preview": one.preview, "added_at": now},
    )
    new, is_new = Attachment.objects.get_or_create(
        kind=kind,
        subject=subject,
        file=file,
        removed_at=None,
        defaults={
            "name": one.name,
            "content_type": one.content_type,
            "note": note,
            "location_removed": one.location_removed,
            "added_at": now,
            "added_by": actor,
        },
    )
    if is_new:
        text = " – ".join(part for part in (one.name, note) if part)
        data = {"attachment": str(new.uid), "sha256": file.sha256}
        record(subject, kind, "file attached", actor=actor, text=text, data=data)
    return new


@transaction.atomic
def remove(uid: UUID | str, *, actor: str, reason: str) -> Attachment:
    """Mark a file as removed, with the reason; its bytes stay in the book."""
    check = Check()
    why = check.text("reason", reason, 500, required=True)
    check.done()
    found = queries.attachment(uid)
    one = Attachment.objects.select_for_update().get(pk=found.pk)
    if one.removed_at is not None:
        raise Conflict(Fault("", f"“{one.name}” is removed already.", "Nothing is left to do.", "removed"))
    one.removed_at, one.removed_by, one.remove_reason = clock.now(), actor, why
    one.save(update_fields=["removed_at", "removed_by", "remove_reason"])
    data = {"attachment": str(one.uid)}
    record(one.subject, one.kind, "file removed", actor=actor, text=one.name, reason=why, data=data)
    return one
