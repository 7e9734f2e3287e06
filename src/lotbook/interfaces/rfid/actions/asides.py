"""Messages that could not be taken: kept with the reason, until somebody has seen them."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from lotbook.interfaces.rfid import queries
from lotbook.interfaces.rfid.models import Aside, Batch, Pass, PassStatus
from lotbook.interfaces.rfid.rules import shown_epc
from lotbook.kernel import clock

KEPT_CHARACTERS = 20_000
KEPT_ROWS = 10_000
KEPT_FOR = timedelta(days=90)
STRAYS_KEPT_FOR = timedelta(days=7)
BATCHES_KEPT_FOR = timedelta(days=400)


@transaction.atomic
def set_aside(*, topic: str, payload: bytes, reason: str) -> Aside:
    """Keep a message with the reason why it was not taken; the same one again only once while unseen."""
    digest = hashlib.sha256(topic.encode("utf-8", "replace") + b"\x00" + payload).hexdigest()
    known = Aside.objects.filter(digest=digest, seen_at=None).first()
    if known is not None:
        return known
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        text = "base64: " + base64.b64encode(payload[:KEPT_CHARACTERS]).decode()
    return Aside.objects.create(
        received_at=clock.now(), topic=shown_epc(topic), reason=reason[:2000],
        payload=text[:KEPT_CHARACTERS], size=min(len(payload), 2**31 - 1), digest=digest,
    )  # fmt: skip


@transaction.atomic
def seen(*, uid: UUID | str, actor: str) -> Aside:
    """Somebody has looked at a message set aside, and nothing is to be done about it any more."""
    one = queries.aside(uid)
    if one.seen_at is None:
        one.seen_at, one.seen_by = clock.now(), actor
        one.save(update_fields=["seen_at", "seen_by"])
    return one


def forget_old() -> int:
    """Delete what is old: messages that were seen, far too many of them, what passed by, ids of batches."""
    now = clock.now()
    gone = Aside.objects.filter(seen_at__lt=now - KEPT_FOR).delete()[0]
    over = list(Aside.objects.order_by("-pk").values_list("pk", flat=True)[KEPT_ROWS : KEPT_ROWS + 1])
    if over:
        gone += Aside.objects.filter(pk__lte=over[0]).delete()[0]
    strays = Pass.objects.filter(status=PassStatus.STRAY, touched_at__lt=now - STRAYS_KEPT_FOR)
    # Their batches stay: sent again, they are still known.
    Batch.objects.filter(taken_in__in=strays).update(taken_in=None)
    gone += strays.delete()[0]
    return gone + Batch.objects.filter(received_at__lt=now - BATCHES_KEPT_FOR).delete()[0]
