"""Goods moved, counted and written off inside the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lotbook.foundation.places import queries as places
from lotbook.operations.warehouse.actions.steps import (
    book_and_count,
    counted_lines,
    drafted,
    posted,
    taken_lines,
)
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
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


def scrap(
    *,
    lines: Sequence[Line],
    reason: str,
    actor: str,
    place: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Write goods off as lost, with the reason. Raises Refused naming ``lines/<i>/<field>``."""
    digest = words.asked(act="scrap", lines=list(lines), reason=reason, place=place, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        reading = Reading()
        taken = taken_lines(reading, lines, place)
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        reading.done()
        loss = places.loss().pk
        moves = [Move(row.lot.pk, row.place.pk, loss, row.quantity) for row in taken]
        draft = drafted("lose", taken[0].place, occurred_at, event, digest, reason=why, moves=moves)
        return posted(draft, actor)

    return once(uid, digest, act)


def adjust(
    *,
    lines: Sequence[Count],
    reason: str,
    actor: str,
    place: Named = "",
    document: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Set the book to what was counted: the difference moves from or to DIFFERENCE, with the reason.

    The lots must be known (goods the book has never heard of are received or entered as opening stock).
    What the book said before is kept with the event. Raises Refused naming ``lines/<i>/<field>``; also
    when every count agrees with the book: then there is nothing to adjust.
    """
    digest = words.asked(
        act="adjust",
        lines=list(lines),
        reason=reason,
        place=place,
        document=document,
        occurred_at=occurred_at,
    )

    def act(event: UUID) -> Receipt:
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        number = reading.text("document", document, 500)
        counted = counted_lines(reading, lines, place)
        reading.done()
        difference = places.difference().pk
        moves, at, said = [], [], []
        for where, row in counted:
            before = ledger.on_hand(row.lot.pk, row.place.pk)
            change = row.quantity - before
            if change:
                ends = (difference, row.place.pk) if change > 0 else (row.place.pk, difference)
                moves.append(Move(row.lot.pk, *ends, abs(change)))
                at.append(where)
                said.append(book_and_count(row, before))
        if not moves:
            cause = "every count agrees with the book: there is nothing to adjust."
            reading.fault("lines/0/counted", cause, "Leave it as it is.", "no_difference")
        reading.done()
        first = counted[0][1].place
        draft = drafted("adjust", first, occurred_at, event, digest, reason=why, moves=moves, counted=said)
        return posted(draft, actor, at=at, number=number)

    return once(uid, digest, act)
