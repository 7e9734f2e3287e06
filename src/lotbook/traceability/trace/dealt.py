"""Lots that came from a partner or went to one within some time: what a drill draws its lot from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from lotbook.kernel import sql

FROM_PARTNERS, TO_PARTNERS = 1, 2
"""Ways over the border, as ``ledger.Crossing`` numbers them."""


def dealt(ways: Iterable[int], *, since: datetime, until: datetime, as_of: int) -> list[tuple[int, UUID]]:
    """Key and uid of every tracked lot that crossed the border in one of these ways, by key.

    Times are those the events claim, both inclusive; only events up to sequence ``as_of`` count, and none that
    is reversed by then. So the same question has the same answer, however much the book has grown since.
    """
    wanted = sorted(set(ways))
    if not wanted:
        return []
    marks = ", ".join("%s" for _ in wanted)
    # The plus keeps SQLite from walking every event by "reverses nothing" instead of those of the time asked for.
    found = sql.rows(
        "SELECT DISTINCT l.id, l.uid FROM ledger_event e"
        " JOIN ledger_movement m ON m.event_id = e.sequence JOIN lots_lot l ON l.id = m.lot_id"
        " WHERE e.occurred_at >= %s AND e.occurred_at <= %s AND e.sequence <= %s AND l.kind <> 0"
        f" AND m.crossing IN ({marks}) AND +e.reverses_id IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM ledger_event r WHERE r.reverses_id = e.sequence AND r.sequence <= %s)",
        [sql.from_moment(since), sql.from_moment(until), as_of, *wanted, as_of],
    )
    return sorted((key, sql.to_uid(uid)) for key, uid in found)
