"""An act is done once, whoever sends its form twice; documents are found and locked for an act."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.operations.transfers.models import Act, StockRequest, Transfer
from lotbook.operations.transfers.queries import documents

Document = TypeVar("Document", StockRequest, Transfer)


def once(
    uid: UUID | None, digest: str, find: Callable[[UUID], Document], act: Callable[[UUID], Document]
) -> Document:
    """Do ``act`` in one transaction, or give its document when ``uid`` asked the same before.

    Raises Conflict when ``uid`` asked something else before.
    """
    known = _done_before(uid, digest)
    if known is not None:
        return find(known)
    try:
        with transaction.atomic():
            own = uid or new_uid()
            document = act(own)
            Act.objects.create(uid=own, document=document.uid, asked=digest)
            return document
    except (IntegrityError, Refused):
        # The same form sent twice at the same moment: the other one is in the book now.
        known = _done_before(uid, digest)
        if known is None:
            raise
        return find(known)


def _done_before(uid: UUID | None, digest: str) -> UUID | None:
    known = Act.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None and known.asked != digest:
        cause = "this form was sent before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form.", "other_content"))
    return known.document if known is not None else None


def locked_request(name: UUID | str) -> StockRequest:
    """The request under its row lock: acts on one request happen one after the other."""
    found = documents.request(name)
    return (
        StockRequest.objects.select_for_update(of=("self",))
        .select_related("source", "destination", "site")
        .get(pk=found.pk)
    )


def locked_transfer(name: UUID | str) -> Transfer:
    """The transfer under its row lock: two pickers cannot confirm the same line."""
    found = documents.transfer(name)
    return (
        Transfer.objects.select_for_update(of=("self",))
        .select_related("source", "destination", "site", "transit", "request", "carrier")
        .get(pk=found.pk)
    )


def refuse_state(number: str, word: str, remedy: str) -> Conflict:
    """The refusal of an act that does not fit how far the document is."""
    return Conflict(Fault("status", f"{number} is {word.lower()}.", remedy, "state"))
