"""Lots to compare with, where nobody names any: of the same items and the same period, the same ones each time.

The period is that of the complaint lots in the order of record, half as long again on either side and at
least ``NEAR`` lots of whatever item; of what lies in it, lots are taken evenly spread, so many for each
complaint lot of an item that each item weighs as much among the controls as among the complaints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from lotbook.kernel import sql
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.convergence.rules import (
    CONTROLS_LEAST,
    CONTROLS_PER_LOT,
    LOTS_MAX,
    Lot,
    spread,
)

NEAR = 1_000
"""At least so many lots before and after, of whatever item, count as the same period."""


def read(lots: Collection[int]) -> list[Lot]:
    """Names of lots by their keys, in order of the keys."""
    if not lots:
        return []
    if sql.is_postgres():
        source = (
            f"{engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM lots_lot WHERE id = k.key LIMIT 1) l"
            " JOIN catalog_item i ON i.id = l.item_id"
        )
    else:
        source = f"{engine.listed()} k CROSS JOIN lots_lot l CROSS JOIN catalog_item i"
        source += " WHERE l.id = k.key AND i.id = l.item_id"
    rows = sql.rows(
        f"SELECT l.id, l.uid, i.code, i.name, l.number, i.id FROM {source} ORDER BY 1",
        [engine.keys(sorted(lots))],
    )
    return [Lot(row[0], str(sql.to_uid(row[1])), row[2], row[3], row[4], row[5]) for row in rows]


def choose(complaints: Sequence[Lot], *, as_of: int) -> tuple[list[Lot], int]:
    """Comparable lots to set beside ``complaints``, and of how many they were taken.

    A lot that came into the book after ``as_of`` is none, so that the same question gets the same controls.
    """
    if not complaints:
        return [], 0
    wanted: dict[int, int] = defaultdict(int)
    for lot in complaints:
        wanted[lot.item_id] += 1
    near = _near(complaints, as_of)
    each = max(CONTROLS_PER_LOT, -(-CONTROLS_LEAST // len(complaints)))
    each = min(each, max(1, LOTS_MAX // len(complaints)))
    chosen = [lot for item, many in sorted(wanted.items()) for lot in spread(near[item], each * many)]
    return read(chosen), sum(len(near[item]) for item in wanted)


def _near(complaints: Sequence[Lot], as_of: int) -> dict[int, list[int]]:
    """Lots of each of their items in the period of ``complaints``, themselves left out; one statement."""
    ids = {lot.id for lot in complaints}
    low, high = min(ids), max(ids)
    half = max((high - low) // 2, NEAR)
    moved = "EXISTS (SELECT 1 FROM ledger_movement m WHERE m.lot_id = l.id AND m.event_id <= %s)"
    named = "EXISTS (SELECT 1 FROM ledger_mention m WHERE m.lot_id = l.id AND m.event_id <= %s)"
    rows = sql.rows(
        f"SELECT l.item_id, l.id FROM {engine.listed('item')} w JOIN lots_lot l ON l.item_id = w.item"
        f" WHERE l.id BETWEEN %s AND %s AND ({moved} OR {named}) ORDER BY 1, 2",
        [engine.keys(sorted({lot.item_id for lot in complaints})), low - half, high + half, as_of, as_of],
    )
    found: dict[int, list[int]] = defaultdict(list)
    for item, lot in rows:
        if lot not in ids:
            found[item].append(lot)
    return found
