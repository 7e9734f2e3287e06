"""The movements of many lots or runs as arrays, without what was taken back; times in seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import orjson
from numpy.typing import NDArray

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.kernel import sql
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.facts import OUR_STOCK

Integers = NDArray[np.int64]
CHUNK = 20_000
"""Lots or runs read at once: memory stays bounded however long the book is."""
OPENING = 1
_EVENT = {"opening": OPENING}
_COLUMNS = ("m.lot_id", "m.source_id", "m.destination_id", "m.quantity", "m.crossing", "m.event_id")


@dataclass(frozen=True, slots=True)
class Moves:
    """Movements, a row each in every array; ``opening`` 1 for opening stock, ``at`` when it is said to be."""

    lot: Integers
    source: Integers
    destination: Integers
    quantity: Integers
    crossing: Integers
    event: Integers
    at: Integers
    opening: Integers

    def __len__(self) -> int:
        return len(self.lot)

    def only(self, chosen: NDArray[np.bool_]) -> Moves:
        """Some of the rows."""
        names = ("lot", "source", "destination", "quantity", "crossing", "event", "at", "opening")
        lot, source, destination, quantity, crossing, event, at, opening = (
            getattr(self, name)[chosen] for name in names
        )
        return Moves(lot, source, destination, quantity, crossing, event, at, opening)


def chunks(keys: Sequence[int]) -> list[Sequence[int]]:
    """Keys in portions."""
    return [keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK)]


def before(day: date) -> int:
    """The last sequence that was recorded before that day (UTC): found from the end of the book."""
    midnight = sql.from_moment(datetime(day.year, day.month, day.day, tzinfo=UTC))
    query = "SELECT sequence FROM ledger_event WHERE recorded_at < %s ORDER BY sequence DESC LIMIT 1"
    found = sql.rows(query, [midnight])
    return int(found[0][0]) if found else 0


def lots_moved(since: int, as_of: int) -> list[int]:
    """Lots that were moved by an event after ``since`` up to ``as_of``."""
    query = "SELECT DISTINCT lot_id FROM ledger_movement WHERE event_id > %s AND event_id <= %s ORDER BY 1"
    return [row[0] for row in sql.rows(query, [since, as_of])]


def runs_used(since: int, as_of: int) -> list[int]:
    """Runs that something went into or came out of, with or without quantities, by such an event."""
    query = (
        "SELECT DISTINCT p.id FROM places_place p JOIN"
        " (SELECT DISTINCT (CASE WHEN source % 2 = 1 THEN source ELSE target END - 1) / 2 AS place"
        " FROM ledger_link WHERE sequence > %s AND sequence <= %s AND voided > %s) x ON x.place = p.id"
        " WHERE p.kind = 'run' ORDER BY 1"
    )
    return [row[0] for row in sql.rows(query, [since, as_of, as_of])]


def of_lots(lots: Sequence[int], as_of: int) -> Moves:
    """Every movement of these lots."""
    if sql.is_postgres():
        source = (
            f"{engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM ledger_movement WHERE lot_id = k.key"
            " AND event_id <= %s OFFSET 0) m"
        )
        return _read(source, "", [engine.keys(lots), as_of], as_of)
    source = f"{engine.listed()} k CROSS JOIN ledger_movement m"
    return _read(source, "m.lot_id = k.key AND m.event_id <= %s AND", [engine.keys(lots), as_of], as_of)


def of_runs(runs: Sequence[int], as_of: int) -> Moves:
    """Every movement into and out of these runs."""
    sides = []
    for side in ("destination_id", "source_id"):
        if sql.is_postgres():
            sides.append(
                f"SELECT m.* FROM {engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM ledger_movement"
                f" WHERE {side} = k.key AND event_id <= %s OFFSET 0) m"
            )
        else:
            sides.append(
                f"SELECT m.* FROM {engine.listed()} k CROSS JOIN ledger_movement m"
                f" WHERE m.{side} = k.key AND m.event_id <= %s"
            )
    return _read(f"({' UNION ALL '.join(sides)}) m", "", [engine.keys(runs), as_of] * 2, as_of)


def _read(source: str, condition: str, parameters: list[object], as_of: int) -> Moves:
    cases = " ".join(f"WHEN '{kind}' THEN {number}" for kind, number in _EVENT.items())
    opening = f"CASE e.kind {cases} ELSE 0 END"
    stands = (
        "e.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM ledger_event r"
        " WHERE r.reverses_id = e.sequence AND r.sequence <= %s)"
    )
    if sql.is_postgres():
        columns = [*_COLUMNS, "extract(epoch FROM e.occurred_at)", opening]
        packed = " || ".join(f"int8send(({name})::bigint)" for name in columns)
        query = (
            f"SELECT string_agg({packed}, '') FROM {source} CROSS JOIN LATERAL (SELECT * FROM ledger_event"
            f" WHERE sequence = m.event_id LIMIT 1) e WHERE {condition} {stands}"
        )
        found = sql.rows(query, [*parameters, as_of], binary=True)[0][0]
        table = np.frombuffer(found or b"", dtype=">i8").astype(np.int64).reshape(-1, len(columns))
        return Moves(*table.T)
    columns = [*_COLUMNS, "CAST((julianday(e.occurred_at) - 2440587.5) * 86400 + 0.5 AS integer)", opening]
    arrays = ", ".join(f"json_group_array({name})" for name in columns)
    query = (
        f"SELECT {arrays} FROM {source} CROSS JOIN ledger_event e"
        f" WHERE {condition} e.sequence = m.event_id AND {stands}"
    )
    row = sql.rows(query, [*parameters, as_of])[0]
    return Moves(*(np.array(orjson.loads(one), dtype=np.int64) for one in row))


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its kind, with its uid and name; ``partner`` is whose it is, 0 for ours."""

    kind: str
    uid: str
    name: str
    partner: int

    @property
    def ours(self) -> bool:
        """Whether our stock stands there."""
        return self.kind in OUR_STOCK


def places(keys: Sequence[int]) -> dict[int, Place]:
    """Places by key."""
    if not keys:
        return {}
    rows = sql.rows(
        "SELECT p.id, p.kind, p.uid, CASE WHEN p.name IN ('', p.code) THEN p.code WHEN p.kind = 'run'"
        " THEN p.name || ' ' || p.code ELSE p.name END, p.partner_id"
        f" FROM {engine.listed()} k CROSS JOIN places_place p WHERE p.id = k.key",
        [engine.keys(keys)],
    )
    return {row[0]: Place(row[1], str(sql.to_uid(row[2])), row[3], row[4] or 0) for row in rows}


def runs_without_inputs(runs: Sequence[int], as_of: int) -> list[int]:
    """Runs that something came out of although nothing is known to have gone in, not even by name."""
    link = "SELECT 1 FROM ledger_link b WHERE b.{end} = 2 * k.key + 1 AND b.sequence <= %s AND b.voided > %s"
    rows = sql.rows(
        f"SELECT k.key FROM {engine.listed()} k WHERE EXISTS ({link.format(end='source')})"
        f" AND NOT EXISTS ({link.format(end='target')}) ORDER BY 1",
        [engine.keys(runs), as_of, as_of, as_of, as_of],
    )
    return [row[0] for row in rows]


def masses(items: Sequence[int]) -> dict[int, float]:
    """Kilograms of one smallest unit of each item that has a net mass; the others are left out."""
    units = catalog.units_of_many(Item.objects.filter(pk__in=items))
    known = {key: one.kilograms(1) for key, one in units.items()}
    return {key: float(mass) for key, mass in known.items() if mass is not None}


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What a lot and its item say of themselves."""

    id: int
    uid: str
    item: int
    item_name: str
    number: str
    kind: int
    supplier_lot: str
    made: str
    ends: str
    shelf_life: int | None
    unit: str
    scale: int


def lot_facts(lots: Sequence[int]) -> dict[int, LotFacts]:
    """Facts of lots by key; dates as ISO texts, empty where nobody said."""
    if sql.is_postgres():
        source = (
            f"{engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM lots_lot WHERE id = k.key LIMIT 1) l"
            " JOIN catalog_item i ON i.id = l.item_id"
        )
    else:
        source = f"{engine.listed()} k CROSS JOIN lots_lot l CROSS JOIN catalog_item i"
        source += " WHERE l.id = k.key AND i.id = l.item_id"
    rows = sql.rows(
        "SELECT l.id, l.uid, i.id, i.name, l.number, l.kind, l.supplier_lot, l.produced_on,"
        f" coalesce(l.expires_on, l.best_before_on), i.shelf_life_days, i.unit, i.scale FROM {source}",
        [engine.keys(lots)],
    )
    found = {}
    for key, uid, item, name, number, kind, supplier_lot, made, ends, shelf_life, unit, scale in rows:
        days = str(made or ""), str(ends or "")
        found[key] = LotFacts(
            key, str(sql.to_uid(uid)), item, name, number, kind, supplier_lot, *days, shelf_life, unit, scale
        )
    return found


def event_uids(sequences: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Uid and document of events by sequence."""
    if not sequences:
        return {}
    rows = sql.rows(
        f"SELECT e.sequence, e.uid, e.document_number FROM {engine.listed()} k CROSS JOIN ledger_event e"
        " WHERE e.sequence = k.key",
        [engine.keys(sequences)],
    )
    return {row[0]: (str(sql.to_uid(row[1])), row[2]) for row in rows}
