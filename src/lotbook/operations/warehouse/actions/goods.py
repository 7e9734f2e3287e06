"""Goods moved inside the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lotbook.operations.warehouse.actions.steps import drafted, posted, taken_lines
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, once
from lotbook.traceability.ledger.rules import Move, Receipt


def move(
    *,
    lines: Sequence[Line],
    to: Named,
    actor: str,
    place: Named = "",
    reason: str = "",
    document: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Move goods to ``to`` from each line's own place, else from ``place``; held goods may be moved.

    Raises Refused naming ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="move", lines=list(lines), to=to, place=place, reason=reason, document=document,
        occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        taken = taken_lines(reading, lines, place)
        target = reading.place("to", to)
        why = reading.text("reason", reason, 2000, lines=True)
        number = reading.text("document", document, 500)
        reading.done()
        assert target is not None
        moves = [Move(row.lot.pk, row.place.pk, target.pk, row.quantity) for row in taken]
        draft = drafted("move", target, occurred_at, event, digest, reason=why, moves=moves)
        return posted(draft, actor, number=number)

    return once(uid, digest, act)
