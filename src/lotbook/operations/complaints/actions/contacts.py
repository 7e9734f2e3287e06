"""How to reach whoever complained: kept apart, and erased for good."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault
from lotbook.operations.complaints.actions.steps import KIND, check_open, locked
from lotbook.operations.complaints.models import Complaint, Contact
from lotbook.operations.complaints.rules import Reach


@transaction.atomic
def set_contact(*, complaint: UUID | str, reach: Reach, actor: str) -> Contact:
    """Keep how to reach whoever complained; the history says that it was, never what.

    Raises Conflict for a complaint that is closed, or whose contact was erased.
    """
    one = locked(complaint)
    check_open(one)
    if Contact.objects.filter(complaint=one, erased_at__isnull=False).exists():
        cause = "whoever complained was erased here. Nothing was saved."
        raise Conflict(Fault("name", cause, "Enter a new complaint if they call again.", "erased"))
    kept = keep(one, reach)
    documents.record(one.uid, KIND, "contact changed", actor=actor)
    return kept


def keep(one: Complaint, reach: Reach) -> Contact:
    """Write the contact of a complaint; raises Refused with every fault."""
    check = Check()
    values = {
        "name": check.text("name", reach.name, 200),
        "phone": check.text("phone", reach.phone, 60),
        "email": check.text("email", reach.email, 200),
        "address": check.text("address", reach.address, 500, lines=True),
    }
    if values["email"]:
        try:
            validate_email(values["email"])
        except ValidationError:
            check.fault("email", f"{values['email'][:60]!r} is no e-mail address.", "Check it.")
    check.done()
    kept, _ = Contact.objects.update_or_create(complaint=one, defaults=values)
    return kept


@transaction.atomic
def erase_contact(*, complaint: UUID | str, reason: str, actor: str) -> Contact:
    """Erase how to reach whoever complained, at any time, closed or not; the complaint itself stays.

    Raises Refused without a reason, Conflict where there is nothing to erase.
    """
    one = locked(complaint)
    check = Check()
    why = check.text("reason", reason, 500, required=True)
    check.done()
    kept = Contact.objects.filter(complaint=one, erased_at=None).first()
    if kept is None:
        raise Conflict(Fault("complaint", "no contact is kept with it.", "Nothing is left to do.", "erased"))
    kept.name = kept.phone = kept.email = kept.address = ""
    kept.erased_at, kept.erased_by = clock.now(), actor
    kept.save()
    documents.record(one.uid, KIND, "contact erased", actor=actor, reason=why)
    return kept
