"""Where the ancestors were and who gave them: from their movements, in one scan for all of them.

What a reversed event said, and its reversal, did not happen and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from lotbook.kernel import sql
from lotbook.traceability.trace import engine

Integers = NDArray[np.int64]
EQUIPMENT_KEYS = ("equipment", "line", "vessel")
"""Keys of an event's data that name what a run was made with."""
NEVER = 2**63 - 1
EPOCH_MONDAY = -3
"""The Monday of the week of 1 January 1970, in days."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Movements of lots, a row each in every array; ``crossing`` as in the ledger, ``day`` since 1970 (UTC)."""

    lot: Integers
    source: Integers
    destination: Integers
    crossing: Integers
    event: Integers
    day: Integers

    def before(self, until: Integers) -> Contacts:
        """Without movements by an event after ``until`` (an event for each movement)."""
        kept = self.event <= until
        return Contacts(
            self.lot[kept],
            self.source[kept],
            self.destination[kept],
            self.crossing[kept],
            self.event[kept],
            self.day[kept],
        )

    @property
    def week(self) -> Integers:
        """The Monday of each movement's week, in days since 1970."""
        return self.day - (self.day - EPOCH_MONDAY) % 7


def contacts(lots: Sequence[int], *, as_of: int) -> Contacts:
    """Every movement of ``lots`` up to ``as_of`` that was not taken back: two statements."""
    columns = _movements(lots, as_of)
    events, days = _events(np.unique(columns[4]), as_of)
    if not len(events):
        nothing = np.empty(0, np.int64)
        return Contacts(nothing, nothing, nothing, nothing, nothing, nothing)
    at = np.minimum(np.searchsorted(events, columns[4]), len(events) - 1)
    kept = events[at] == columns[4]
    lot, source, destination, crossing, event = (column[kept] for column in columns)
    return Contacts(lot, source, destination, crossing, event, days[at[kept]])


_MOVED = ("lot_id", "source_id", "destination_id", "crossing", "event_id")


def _movements(lots: Sequence[int], as_of: int) -> list[Integers]:
    if sql.is_postgres():
        packed = " || ".join(f"int8send(m.{name}::bigint)" for name in _MOVED)
        query = (
            f"SELECT string_agg({packed}, '') FROM {engine.listed('lot')} n CROSS JOIN LATERAL"
            " (SELECT * FROM ledger_movement WHERE lot_id = n.lot AND event_id <= %s OFFSET 0) m"
        )
        found = sql.rows(query, [engine.keys(lots), as_of], binary=True)[0][0]
        table = np.frombuffer(found or b"", dtype=">i8").astype(np.int64).reshape(-1, len(_MOVED))
        return [table[:, n] for n in range(len(_MOVED))]
    arrays = ", ".join(f"json_group_array(m.{name})" for name in _MOVED)
    query = (
        f"SELECT {arrays} FROM {engine.listed('lot')} n CROSS JOIN ledger_movement m"
        " WHERE m.lot_id = n.lot AND m.event_id <= %s"
    )
    row = sql.rows(query, [engine.keys(lots), as_of])[0]
    return [np.array(orjson.loads(one), dtype=np.int64) for one in row]


def _events(events: Integers, as_of: int) -> tuple[Integers, Integers]:
    """Those of ``events`` that stand, in order, and their days."""
    keys = engine.keys(events.tolist())
    stands = (
        "e.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM ledger_event r"
        " WHERE r.reverses_id = e.sequence AND r.sequence <= %s)"
    )
    if sql.is_postgres():
        query = (
            "SELECT string_agg(int8send(e.sequence) || int8send(floor(extract(epoch FROM e.occurred_at) / 86400)"
            f"::bigint), '') FROM {engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM ledger_event"
            f" WHERE sequence = k.key LIMIT 1) e WHERE {stands}"
        )
        found = sql.rows(query, [keys, as_of], binary=True)[0][0]
        table = np.frombuffer(found or b"", dtype=">i8").astype(np.int64).reshape(-1, 2)
        table = table[np.argsort(table[:, 0])]
        return table[:, 0], table[:, 1]
    query = (
        "SELECT json_group_array(e.sequence), json_group_array(substr(e.occurred_at, 1, 10))"
        f" FROM {engine.listed()} k CROSS JOIN ledger_event e WHERE e.sequence = k.key AND {stands}"
    )
    sequences, days = (orjson.loads(one) for one in sql.rows(query, [keys, as_of])[0])
    found_events = np.array(sequences, dtype=np.int64)
    order = np.argsort(found_events)
    return found_events[order], np.array(days, dtype="datetime64[D]").astype(np.int64)[order]


def equipment(events: Sequence[int]) -> list[tuple[str, int]]:
    """What events of runs say they were done with: (name, event); most say nothing."""
    if not events:
        return []
    if sql.is_postgres():
        named = ", ".join(f"e.data->>'{key}'" for key in EQUIPMENT_KEYS)
        source = (
            f"{engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM ledger_event WHERE sequence = k.key LIMIT 1) e"
            " WHERE " + " OR ".join(f"jsonb_exists(e.data, '{key}')" for key in EQUIPMENT_KEYS)
        )
    else:
        named = ", ".join(f"json_extract(e.data, '$.{key}')" for key in EQUIPMENT_KEYS)
        # To look for the word is much quicker than to read the JSON of every event, and most say nothing.
        said = " OR ".join(f"instr(e.data, '\"{key}\"') > 0" for key in EQUIPMENT_KEYS)
        source = f"{engine.listed()} k CROSS JOIN ledger_event e WHERE e.sequence = k.key AND ({said})"
    query = f"SELECT e.sequence, {named} FROM {source} ORDER BY 1"
    rows = sql.rows(query, [engine.keys(events)])
    return [(name, event) for event, *names in rows for name in names if isinstance(name, str) and name]
