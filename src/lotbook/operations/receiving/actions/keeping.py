"""Documents kept once: the same form sent twice makes one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid
from lotbook.operations.receiving.models import Notice, Order

ORDER = "receiving.order"
NOTICE = "receiving.notice"
Kept = TypeVar("Kept", Order, Notice)


def kept_once(model: type[Kept], uid: UUID | None, digest: str, make: Callable[[UUID], Kept]) -> Kept:
    """What ``make`` makes, or what the same ``uid`` made before; Conflict when it asked for another."""
    try:
        with transaction.atomic():
            return _known(model, uid, digest) or make(uid or new_uid())
    except Conflict:
        # The same form sent twice at the same moment: the other one is there now.
        first = _known(model, uid, digest)
        if first is None:
            raise
        return first


def _known(model: type[Kept], uid: UUID | None, digest: str) -> Kept | None:
    found = model.objects.filter(uid=uid).first() if uid else None
    if found is not None and found.asked != digest:
        raise Conflict(
            Fault(
                "uid",
                f"this form was sent before, with other content; {found.number} stands.",
                "Open a fresh form for another one.",
                "other_content",
            )
        )
    return found
