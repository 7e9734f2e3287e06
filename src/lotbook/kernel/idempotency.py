"""Repeating a request without repeating what it did: ``Idempotency-Key``.

The key and the act commit together: either both are in the book or neither. A second request with the
same key waits for the first (on the key's unique row), then gets its reply again. What was refused saved
nothing, so its key stays free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.models import KeptReply

KEPT_FOR = timedelta(days=8)
"""Replies are kept at least this long; promised are seven days."""
KEY_MAX = 255
_FORGET_EVERY = 256


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is kept: status, content type and the bytes."""

    status: int
    content_type: str
    body: bytes


def digest(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same: method, path with query, and body (SHA-256, hexadecimal)."""
    total = hashlib.sha256()
    for part in (method.encode(), path.encode(), body):
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def check_key(key: str) -> str:
    """The key, or Refused (400): 1 to 255 visible ASCII characters."""
    if 1 <= len(key) <= KEY_MAX and all("!" <= character <= "~" for character in key):
        return key
    raise Refused(
        Fault(
            "Idempotency-Key",
            f"expected 1 to {KEY_MAX} visible ASCII characters.",
            "Use a UUID.",
            "malformed",
        ),
        status=400,
    )


def once(*, owner: str, key: str, request_digest: str, act: Callable[[], Reply]) -> tuple[Reply, bool]:
    """The reply to a request, and whether it is an earlier one given again.

    ``act`` runs at most once to success per owner and key; what it writes commits together with the key.
    Its reply is kept when its status is below 400, otherwise everything it wrote is rolled back. Raises
    Conflict when the key was used for another request.
    """
    with transaction.atomic():
        kept, is_new = KeptReply.objects.get_or_create(
            owner=owner,
            key=key,
            defaults={
                "request_hash": request_digest,
                "status": 0,
                "content_type": "",
                "body": b"",
                "created_at": clock.now(),
            },
        )
        if not is_new:
            return _again(kept, request_digest), True
        reply = act()
        if reply.status >= 400:
            transaction.set_rollback(True)
            return reply, False
        KeptReply.objects.filter(pk=kept.pk).update(
            status=reply.status, content_type=reply.content_type, body=reply.body
        )
    if kept.pk % _FORGET_EVERY == 0:
        forget(clock.now() - KEPT_FOR)
    return reply, False


def _again(kept: KeptReply, request_digest: str) -> Reply:
    if kept.request_hash != request_digest:
        raise Conflict(
            Fault(
                "Idempotency-Key",
                "this key was used for another request.",
                "Use a new key for a new request, or send the first request unchanged.",
                "key_reused",
            )
        )
    return Reply(kept.status, kept.content_type, bytes(kept.body))


def forget(before: datetime) -> int:
    """Delete the replies kept since before that moment; returns how many."""
    return KeptReply.objects.filter(created_at__lt=before).delete()[0]
