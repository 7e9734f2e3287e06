"""The one door: everything that writes stock goes through ``post``."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import IntegrityError, OperationalError

from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import device_now
from lotbook.traceability.ledger import claims as reservations
from lotbook.traceability.ledger.entries import Orphaned, Short, TryAgain
from lotbook.traceability.ledger.posting import post_once
from lotbook.traceability.ledger.rules import (
    BATCH_MAX,
    DEVICE_MAX,
    Draft,
    Freed,
    Receipt,
    Refusal,
    Reservation,
)

ATTEMPTS = 8


def post(drafts: Sequence[Draft], *, actor: str, each: bool = False) -> list[Receipt | Refusal]:
    """Write events into the book, all of them or none; with ``each``, every event gets its own verdict.

    Takes one draft or up to 10,000, in the order they happened, in one transaction (or within the
    caller's) and a constant number of SQL statements. An event posted before with the same content gets
    its first receipt again; with other content, a conflict (409). Answers stand in the order of the
    drafts: ``Receipt``s, and with ``each`` also ``Refusal``s.

    Raises Refused (or Conflict) naming every fault as ``events/<i>/<field>``; nothing is saved then.
    """
    if not drafts:
        return []
    if len(drafts) > BATCH_MAX:
        raise Refused(
            Fault("events", f"at most {BATCH_MAX} events a batch, got {len(drafts)}.", "Split the batch."),
            status=413,
        )
    careful = False
    refused: Mapping[int, Refusal] = {}
    attempt = 0
    while True:
        try:
            with transaction.atomic():
                return post_once(drafts, actor=actor, each=each, careful=careful, refused=refused)
        except Short:
            careful = True
        except Orphaned as orphaned:
            # Each time at least one more event is refused, so this ends.
            careful, refused = True, orphaned.refusals
        except (TryAgain, IntegrityError, OperationalError) as problem:
            # The same id or lot was written by somebody meanwhile, a balance fell short under the quick
            # way's feet, or the database asked for a retry. Inside the caller's transaction a lost
            # connection or deadlock cannot be retried here.
            fatal = isinstance(problem, OperationalError) and connection.in_atomic_block
            attempt += 1
            if isinstance(problem, TryAgain) and attempt == ATTEMPTS:
                busy = "The book was too busy; nothing was saved. Send the same events again."
                raise Refused(busy, status=503) from problem
            if fatal or attempt == ATTEMPTS:
                raise
            careful = True
            time.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311 - spreads retries, no secret


def post_one(draft: Draft, *, actor: str) -> Receipt:
    """Write one event; faults are named without the batch's prefix."""
    answer = post([draft], actor=actor)[0]
    assert isinstance(answer, Receipt)
    return answer


def reverse(
    uid: UUID,
    *,
    actor: str,
    reason: str,
    occurred_at: datetime | None = None,
    reversal_uid: UUID | None = None,
) -> Receipt:
    """Take an event back by a new one that moves everything the other way; nothing is edited.

    Refused where the goods have moved on, where the event was reversed before, or for kinds that have an
    act of their own to take them back (release a hold, move a unit back).
    """
    draft = Draft(
        kind="reverse", occurred_at=occurred_at or clock.now(), uid=reversal_uid, reverses=uid, reason=reason,
        device=device_now()[:DEVICE_MAX],
    )  # fmt: skip
    return post_one(draft, actor=actor)


def reserve(
    wanted: Sequence[Reservation], *, actor: str, units: Mapping[int, int | None] | None = None
) -> list[int]:
    """Keep stock for documents, all of it or none: only they can take it from now on.

    Gives the claims' keys, in the order of ``wanted``. ``units`` says where the caller saw the logistic
    units among the places stand. A constant number of SQL statements; the rows are locked in the global
    order. Raises Taken where a lot is on hold or less is free than wanted: nothing is reserved then.
    """
    if not wanted:
        return []
    with transaction.atomic():
        return reservations.put(wanted, units=dict(units or {}), actor=actor)


def free(
    *,
    actor: str,
    reason: str,
    document: UUID | None = None,
    line: int | None = None,
    claims: Sequence[int] | None = None,
) -> list[Freed]:
    """Give back what is still reserved for a document, or one line of it, or for some ``claims`` alone.

    With ``document`` and ``claims``, those of the claims that are the document's. Claims that are used up
    or freed already are passed over, so it may be called again.
    """
    with transaction.atomic():
        if document is None:
            found = list(reservations.read(claims or ()).values())
        else:
            found = reservations.of_document(document, line)
            found = [one for one in found if claims is None or one.id in set(claims)]
        return reservations.free(found, actor=actor, reason=reason)


def take_away(claims: Sequence[int], *, actor: str, because: str, reason: str) -> list[Freed]:
    """Free reservations against the will of their documents, which are told (topic ``allocation.broken``).

    ``because`` is said on their pages ("counted short …"), ``reason`` is what a person gave. Claims used up or
    freed already are passed over.
    """
    with transaction.atomic():
        found = list(reservations.read(claims).values())
        return reservations.take_away(found, actor=actor, because=because, reason=reason)
