"""Reserving stock for documents, and giving it back."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError

from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.allocation import stock
from lotbook.traceability.allocation.rules import DEMANDS_MAX, Answer, Demand
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Reservation, Taken

ATTEMPTS = 10
QUICK = 2
"""After so many attempts that lost a race, the stock is locked before it is given."""


def allocate(demands: Sequence[Demand], *, actor: str) -> list[Answer]:
    """Reserve stock for demands, in their order, as far as there is any; the answers stand in that order.

    One transaction (or the caller's) and a constant number of SQL statements for any number of demands.
    What is reserved is never more than what is there, whoever else allocates, picks, ships or holds at
    the same time; a race that was lost is run again here. Calling it twice reserves twice: ask
    ``queries.claims`` what a document has already. Raises Refused naming ``demands/<i>/<field>``.
    """
    if len(demands) > DEMANDS_MAX:
        cause = f"at most {DEMANDS_MAX} demands at once, got {len(demands)}."
        raise Refused(Fault("demands", cause, "Split them."), status=413)
    if not demands:
        return []
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _allocate(demands, actor=actor, careful=attempt >= QUICK)
        except Taken:
            continue
        except OperationalError:
            # A deadlock or a lost connection; inside the caller's transaction only he can run it again.
            if connection.in_atomic_block or attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311 - spreads retries, no secret
    busy = "Too many were reserving the same stock; nothing was reserved. Try again."
    raise Refused(busy, status=503)


def _allocate(demands: Sequence[Demand], *, actor: str, careful: bool) -> list[Answer]:
    scene = stock.read(demands)
    if careful:
        scene.lock()
    answers = scene.answers(demands)
    wanted = [
        Reservation(
            portion.lot, portion.place, portion.quantity, demand.purpose, demand.document,
            demand.line, demand.number, portion.why,
        )
        for demand, answer in zip(demands, answers, strict=True)
        for portion in answer.portions
    ]  # fmt: skip
    units = scene.floor.units({one.place for one in wanted})
    claims = iter(ledger.reserve(wanted, actor=actor, units=units))
    return [
        replace(answer, portions=tuple(replace(one, claim=next(claims)) for one in answer.portions))
        for answer in answers
    ]


def free(
    *,
    document: UUID,
    line: int | None = None,
    claims: Sequence[int] | None = None,
    actor: str,
    reason: str,
) -> int:
    """Give back what is still reserved for a document, one line of it, or only some claims of it.

    Gives how much was freed, in smallest units over all items; 0 where nothing was left, so it may be
    called again.
    """
    freed = ledger.free(document=document, line=line, claims=claims, actor=actor, reason=reason)
    return sum(one.quantity for one in freed)
