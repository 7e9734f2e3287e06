"""Notes to whom it concerns: written with the act, delivered after it, at least once.

    listen("ledger.posted", handler)          # once, in a room's AppConfig.ready()
    emit("lots.held", {"lot": str(lot.uid)})  # inside the transaction of the act

A handler takes the payload and may be called twice with the same one. It runs in a transaction together
with the mark that it ran: what it writes is there exactly when the message counts as delivered.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from lotbook.kernel import clock, sql
from lotbook.kernel.models import OutboxMessage
from lotbook.kernel.prepared import Prepared, Slot, insert

logger = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], None]

FIRST_RETRY = timedelta(seconds=5)
LAST_DOUBLING = 12
"""Waiting doubles with each attempt up to here: 5 s, 10 s, 20 s … about 6 hours."""
AT_ONCE = 100
"""Most messages delivered behind one request."""

_listeners: dict[str, list[Handler]] = defaultdict(list)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a round of delivering did."""

    delivered: int = 0
    failed: int = 0


def listen(topic: str, handler: Handler) -> None:
    """Call ``handler`` with the payload of every message of ``topic``; the same handler only once."""
    if handler not in _listeners[topic]:
        _listeners[topic].append(handler)


def unlisten(topic: str, handler: Handler) -> None:
    """Take a handler off again (tests)."""
    _listeners[topic].remove(handler)


def emit(topic: str, payload: Mapping[str, Any]) -> None:
    """Write a message; it exists if and only if the transaction around it commits.

    Raises RuntimeError outside a transaction: a note of an act that might not happen helps nobody.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("emit: expected to be inside transaction.atomic()")
    insert(OutboxMessage(topic=topic, payload=dict(payload), created_at=clock.now()))
    deliver_after_commit()


def deliver_after_commit() -> None:
    """Deliver what waits as soon as the transaction commits (for writers of raw outbox rows, too)."""
    # robust: the act is done; a failing listener is retried later and is no reason for an error now.
    transaction.on_commit(_deliver_quietly, robust=True)


def _deliver_quietly() -> None:
    deliver(limit=AT_ONCE)


def deliver(*, limit: int = 1_000) -> Delivery:
    """Deliver up to ``limit`` waiting messages that are due, oldest first; a failure does not stop the rest.

    Several processes may deliver at once: each message is locked by one of them.
    """
    now = clock.now()
    delivered = _pass_over_unheard(now)
    failed = 0
    for pk in _due(now, limit):
        outcome = _deliver_one(pk, now)
        delivered += outcome is True
        failed += outcome is False
    return Delivery(delivered, failed)


def _pass_over_unheard(now: datetime) -> int:
    """Settle the messages that no room listens to, all at once: every process knows the same listeners."""
    heard = [topic for topic, handlers in _listeners.items() if handlers]
    unheard = OutboxMessage.objects.filter(delivered_at__isnull=True).exclude(topic__in=heard)
    return unheard.update(delivered_at=now)


def _due(now: datetime, limit: int) -> list[int]:
    """Keys of the waiting messages whose next attempt is due."""
    waiting = OutboxMessage.objects.filter(delivered_at__isnull=True).order_by("id")
    found: list[int] = []
    for pk, attempts, created_at in waiting.values_list("id", "attempts", "created_at").iterator():
        if next_attempt_at(created_at, attempts) <= now:
            found.append(pk)
            if len(found) == limit:
                break
    return found


def next_attempt_at(created_at: datetime, attempts: int) -> datetime:
    """When a message is due: at once, then 5 s after it was written, 15 s, 35 s, … in doubling steps."""
    if not attempts:
        return created_at - timedelta(days=1)  # another process's clock may be ahead
    doublings = min(attempts, LAST_DOUBLING)
    steps: int = 2**doublings - 1 + (attempts - doublings) * 2**LAST_DOUBLING
    return created_at + FIRST_RETRY * steps


def _still_waiting() -> QuerySet[OutboxMessage]:
    lockable = OutboxMessage.objects.all()
    if connection.features.has_select_for_update_skip_locked:
        lockable = lockable.select_for_update(skip_locked=True)
    return lockable.filter(pk=Slot("key"), delivered_at__isnull=True)


_WAITING = Prepared(_still_waiting)


def _deliver_one(pk: int, now: datetime) -> bool | None:
    """True: delivered; False: a handler failed; None: somebody else has it."""
    with transaction.atomic():
        if sql.is_postgres():
            # What a crash undoes is undone together with the mark, and delivered again: no need to wait
            # for the disk, which the acts of people wait for.
            sql.rows("SELECT set_config('synchronous_commit', 'off', true)")
        message = _WAITING.first(key=pk)
        if message is None:
            return None
        message.attempts = min(message.attempts + 1, 32_000)
        try:
            with transaction.atomic():
                for handler in list(_listeners.get(message.topic, ())):
                    handler(message.payload)
        except Exception as problem:
            logger.exception("outbox: %s of %s failed", message.topic, message.created_at)
            message.problem = f"{type(problem).__name__}: {problem}"[:2_000]
            message.save(update_fields=["attempts", "problem"])
            return False
        done = "UPDATE kernel_outbox SET attempts = %s, problem = '', delivered_at = %s WHERE id = %s"
        sql.run(done, [message.attempts, sql.from_moment(now), pk])
        return True


def waiting() -> int:
    """How many messages wait to be delivered."""
    return OutboxMessage.objects.filter(delivered_at__isnull=True).count()


def forget(before: datetime) -> int:
    """Delete messages delivered before that moment; returns how many."""
    return OutboxMessage.objects.filter(delivered_at__lt=before).delete()[0]
