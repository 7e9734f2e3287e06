"""The ledger's SQL: one statement a call, whatever the size of the batch.

Most texts serve both databases; where measured need says so there are two (limits, traps 1, 2 and 4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from lotbook.kernel import sql

WATERMARK_CLASS = 0x4C42
"""High bits of the advisory locks that writers hold while their sequences are undecided ("LB")."""


@dataclass(slots=True)
class PlaceInfo:
    """What the ledger needs to know of a place."""

    id: int
    uid: str
    code: str
    kind: str
    own: bool
    usable: bool
    active: bool


@dataclass(slots=True)
class ItemInfo:
    """What the ledger needs to know of an item."""

    id: int
    uid: str
    code: str
    scale: int
    unit: str
    tracking: str
    active: bool


def announce() -> None:
    """Say that sequences above the last one are about to be drawn (PostgreSQL).

    Readers of "as of n" take the lowest announced number as the watermark: whatever is drawn after this
    call is above it. The lock goes with the transaction. SQLite's single writer needs none.
    """
    if sql.is_postgres():
        sql.rows(
            f"SELECT pg_advisory_xact_lock_shared(({WATERMARK_CLASS}::bigint << 48) | last_value)"
            " FROM ledger_event_sequence"
        )


def watermark() -> int:
    """The highest sequence below which every event is decided."""
    if not sql.is_postgres():
        return int(sql.rows("SELECT coalesce(max(sequence), 0) FROM ledger_event")[0][0])
    # The last value is read in a statement of its own, before the locks: whoever is not seen holding a
    # lock there draws above it.
    last, called = sql.rows("SELECT last_value, is_called FROM ledger_event_sequence")[0]
    return watermark_below(int(last)) if called else 0


def watermark_below(last: int) -> int:
    """The watermark (PostgreSQL), where a statement before this one read that ``last`` was drawn last."""
    lowest = sql.rows(
        "SELECT min(((classid::bigint & 65535) << 32) | objid::bigint) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid() AND classid::bigint >> 16 = %s"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [WATERMARK_CLASS],
    )[0][0]
    return last if lowest is None else min(last, int(lowest))


def sequences(count: int) -> list[int]:
    """Draw ``count`` sequences, rising."""
    if sql.is_postgres():
        drawn = sql.rows("SELECT nextval('ledger_event_sequence') FROM generate_series(1, %s)", [count])
        return [row[0] for row in drawn]
    last = sql.rows("SELECT coalesce(max(sequence), 0) FROM ledger_event")[0][0]
    return list(range(last + 1, last + count + 1))


def events_known(uids: Sequence[UUID]) -> dict[UUID, tuple[int, str, str]]:
    """Which events are in the book already: uid → (sequence, content hash, actor)."""
    if not uids:
        return {}
    if sql.is_postgres():
        found = sql.rows(
            "SELECT e.uid, e.sequence, e.content_hash, e.actor FROM unnest(%s::uuid[]) u(uid) CROSS JOIN LATERAL"
            " (SELECT uid, sequence, content_hash, actor FROM ledger_event WHERE uid = u.uid LIMIT 1) e",
            ["{" + ",".join(map(str, uids)) + "}"],
        )
    else:
        found = sql.rows(
            "SELECT e.uid, e.sequence, e.content_hash, e.actor"
            " FROM json_each(%s) u CROSS JOIN ledger_event e WHERE e.uid = u.value",
            [to_json([uid.hex for uid in uids])],
        )
    return {sql.to_uid(row[0]): (row[1], row[2], row[3]) for row in found}


def places(keys: Sequence[int], condition: tuple[str, str]) -> tuple[dict[int, PlaceInfo], bool]:
    """Places by key, and whether ``condition`` (SQL, its parameter) holds: a question of the same statement.

    A logistic unit or bin is usable only where what it stands in is.
    """
    columns = f"p.id, p.uid, p.code, p.kind, p.own, p.usable, p.is_active, {condition[0]}"
    if sql.is_postgres():
        found = sql.rows(
            f"SELECT {columns} FROM unnest(%s::bigint[]) u(id)"
            " CROSS JOIN LATERAL (SELECT * FROM places_place WHERE id = u.id LIMIT 1) p",
            [condition[1], sql.array(keys)],
        )
    else:
        found = sql.rows(
            f"SELECT {columns} FROM json_each(%s) u CROSS JOIN places_place p WHERE p.id = u.value",
            [condition[1], to_json(list(keys))],
        )
    known = {
        row[0]: PlaceInfo(
            row[0], str(sql.to_uid(row[1])), row[2], row[3], bool(row[4]), bool(row[5]), bool(row[6])
        )
        for row in found
    }
    return known, bool(found and found[0][7])


def items(keys: Sequence[int]) -> dict[int, ItemInfo]:
    """Items by key."""
    columns = "i.id, i.uid, i.code, i.scale, i.unit, i.tracking, i.is_active"
    if sql.is_postgres():
        found = sql.rows(
            f"SELECT {columns} FROM unnest(%s::bigint[]) u(id)"
            " CROSS JOIN LATERAL (SELECT * FROM catalog_item WHERE id = u.id LIMIT 1) i",
            [sql.array(keys)],
        )
    else:
        found = sql.rows(
            f"SELECT {columns} FROM json_each(%s) u CROSS JOIN catalog_item i WHERE i.id = u.value",
            [to_json(list(keys))],
        )
    return {
        row[0]: ItemInfo(row[0], str(sql.to_uid(row[1])), row[2], row[3], row[4], row[5], bool(row[6]))
        for row in found
    }


def uids(table: str, keys: Collection[int]) -> dict[int, str]:
    """The uids of some rows of ``table`` (a name of ours), to name them in events."""
    if not keys:
        return {}
    if sql.is_postgres():
        query = f"SELECT t.id, t.uid FROM unnest(%s::bigint[]) u(id) JOIN {table} t ON t.id = u.id"
        argument = sql.array(keys)
    else:
        query = f"SELECT t.id, t.uid FROM json_each(%s) u CROSS JOIN {table} t WHERE t.id = u.value"
        argument = to_json(list(keys))
    return {row[0]: str(sql.to_uid(row[1])) for row in sql.rows(query, [argument])}


def lock_units(keys: Sequence[int], *, change: bool) -> dict[int, int | None]:
    """Lock logistic units, by key in rising order, against being moved (or for moving them).

    Gives where each of them stands. SQLite has one writer: nothing to lock, nothing is given.
    """
    if not keys or not sql.is_postgres():
        return {}
    strength = "NO KEY UPDATE" if change else "SHARE"
    found = sql.rows(
        "SELECT p.id, p.parent_id FROM unnest(%s::bigint[]) u(id) CROSS JOIN LATERAL"
        f" (SELECT id, parent_id FROM places_place WHERE id = u.id LIMIT 1 FOR {strength}) p",
        [sql.array(sorted(keys))],
    )
    return {row[0]: row[1] for row in found}


def move_units(parents: dict[int, int | None]) -> None:
    """Put locked logistic units where they stand now."""
    if not parents:
        return
    pairs = sorted(parents.items())
    sql.run_many(
        "UPDATE places_place SET parent_id = %s WHERE id = %s", [(parent, unit) for unit, parent in pairs]
    )


BalanceKey = tuple[int, int]
"""Lot, place."""


def balances(keys: Sequence[BalanceKey]) -> dict[BalanceKey, tuple[int, int]]:
    """Lock and read balances, in rising order: (on hand, reserved); absent ones are absent."""
    ordered = sorted(keys)
    if sql.is_postgres():
        found = sql.rows(
            "SELECT b.lot_id, b.place_id, b.on_hand, b.reserved"
            " FROM unnest(%s::bigint[], %s::bigint[]) u(lot, place) CROSS JOIN LATERAL"
            " (SELECT * FROM ledger_balance WHERE lot_id = u.lot AND place_id = u.place LIMIT 1 FOR NO KEY UPDATE) b",
            [sql.array(lot for lot, _ in ordered), sql.array(place for _, place in ordered)],
        )
    else:
        found = sql.rows(
            "SELECT b.lot_id, b.place_id, b.on_hand, b.reserved FROM json_each(%s) u CROSS JOIN ledger_balance b"
            " WHERE b.lot_id = json_extract(u.value, '$[0]') AND b.place_id = json_extract(u.value, '$[1]')",
            [to_json(ordered)],
        )
    return {(row[0], row[1]): (row[2], row[3]) for row in found}


BalanceChange = tuple[bool, int, int, int]
"""Own, change of on hand, change of catch weight, how much less is reserved."""


def change_balances(changes: dict[BalanceKey, BalanceChange]) -> dict[BalanceKey, tuple[int, int, bool]]:
    """Add to balances in one ordered pass that locks, writes and reads back: our own places come first.

    An act may have locked what it takes from before it posts; suppliers and customers, whose balances every
    act shares, are locked last by all, or two writers could wait for each other.

    Gives key → (on hand after, reserved after, made by this call). PostgreSQL checks the proposed row, so
    a row made for an own place starts with as much as keeps its checks: the caller must treat "made, and
    change below zero or less reserved" as short.
    """
    ordered = sorted(changes.items(), key=lambda one: (not one[1][0], one[0]))
    columns = "(lot_id, place_id, own, on_hand, reserved, catch_weight, change)"
    add = (
        " ON CONFLICT (lot_id, place_id) DO UPDATE SET on_hand = ledger_balance.on_hand + excluded.change,"
        " reserved = ledger_balance.reserved - excluded.reserved,"
        " catch_weight = ledger_balance.catch_weight + excluded.catch_weight, change = excluded.change"
    )
    if sql.is_postgres():
        found = sql.rows(
            f"INSERT INTO ledger_balance {columns}"
            " SELECT lot, place, own, CASE WHEN own THEN greatest(change, used, 0) ELSE change END, used, weight, change"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bool[], %s::bigint[], %s::bigint[], %s::bigint[])"
            " u(lot, place, own, change, weight, used) ORDER BY own DESC, lot, place"
            f"{add} RETURNING lot_id, place_id, on_hand, reserved, (xmax = 0)",
            [
                sql.array(key[0] for key, _ in ordered),
                sql.array(key[1] for key, _ in ordered),
                "{" + ",".join("t" if change[0] else "f" for _, change in ordered) + "}",
                *(sql.array(change[part] for _, change in ordered) for part in (1, 2, 3)),
            ],
        )
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in found}
    # One writer: the caller has read the balances in this transaction and knows what they become.
    sql.run_many(
        f"INSERT INTO ledger_balance {columns} VALUES (%s, %s, %s, %s, %s, %s, %s){add}",
        [
            (lot, place, own, max(change, used, 0) if own else change, used, weight, change)
            for (lot, place), (own, change, weight, used) in ordered
        ],
    )
    return {}


def lock_balances(own: Collection[BalanceKey]) -> dict[BalanceKey, tuple[int, int]]:
    """Lock and read balances of our own places, those too that are not there yet: key → (on hand, reserved).

    An absent balance is made, empty: only so can it be locked in its turn. SQLite has one writer, and
    nothing to lock.
    """
    if not sql.is_postgres():
        return balances(list(own))
    found = change_balances(dict.fromkeys(own, (True, 0, 0, 0)))
    return {key: (on_hand, reserved) for key, (on_hand, reserved, _) in found.items()}


def raise_reserved(more: dict[BalanceKey, int]) -> bool:
    """Reserve so much more of balances in one ordered pass that locks and writes; False where one has less."""
    ordered = sorted(more.items())
    if sql.is_postgres():
        found = sql.rows(
            "INSERT INTO ledger_balance (lot_id, place_id, own, on_hand, reserved, catch_weight, change)"
            " SELECT lot, place, true, more, more, 0, 0 FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])"
            " u(lot, place, more) ORDER BY lot, place ON CONFLICT (lot_id, place_id) DO UPDATE"
            " SET reserved = ledger_balance.reserved + excluded.reserved WHERE ledger_balance.own"
            " AND ledger_balance.on_hand - ledger_balance.reserved >= excluded.reserved RETURNING (xmax = 0)",
            [
                sql.array(key[0] for key, _ in ordered),
                sql.array(key[1] for key, _ in ordered),
                sql.array(quantity for _, quantity in ordered),
            ],
        )
        return len(found) == len(ordered) and not any(made for (made,) in found)
    have = balances([key for key, _ in ordered])
    if any(key not in have or have[key][0] - have[key][1] < quantity for key, quantity in ordered):
        return False
    sql.run_many(
        "UPDATE ledger_balance SET reserved = reserved + %s WHERE lot_id = %s AND place_id = %s AND own",
        [(quantity, *key) for key, quantity in ordered],
    )
    return True


def own_totals(keys: Sequence[int]) -> dict[int, int]:
    """How much of each lot stands at our own places and in nobody's hands else."""
    listed = "SELECT unnest(%s::bigint[])" if sql.is_postgres() else "SELECT value FROM json_each(%s)"
    argument = sql.array(keys) if sql.is_postgres() else to_json(list(keys))
    found = sql.rows(
        f"SELECT lot_id, sum(on_hand) FROM ledger_balance WHERE own AND lot_id IN ({listed}) GROUP BY lot_id",
        [argument],
    )
    return {row[0]: int(row[1]) for row in found}


@dataclass(slots=True)
class Rows:
    """The finished rows of a batch, in the order of the columns below."""

    events: list[tuple[Any, ...]]
    movements: list[tuple[Any, ...]]
    links: list[tuple[Any, ...]]
    mentions: list[tuple[Any, ...]]
    packings: list[tuple[Any, ...]]


TABLES = {
    "events": (
        "ledger_event",
        (
            "sequence uid kind occurred_at offset_minutes recorded_at actor device place_id document_kind"
            " document_number reason reverses_id data content_hash"
        ),
        "bigint uuid text timestamptz smallint timestamptz text text bigint text text text bigint jsonb text",
    ),
    "movements": (
        "ledger_movement",
        "event_id lot_id source_id destination_id quantity catch_weight claim crossing",
        "bigint bigint bigint bigint bigint bigint bigint smallint",
    ),
    "links": ("ledger_link", "source target sequence voided", "bigint bigint bigint bigint"),
    "mentions": (
        "ledger_mention",
        "event_id lot_id unit_id run_id role quantity",
        "bigint bigint bigint bigint text bigint",
    ),
    "packings": (
        "ledger_packing",
        "event_id unit_id lot_id child_id action quantity occurred_at derived",
        "bigint bigint bigint bigint smallint bigint timestamptz bool",
    ),
}

COPY_FROM = 20
"""From this many rows on COPY is quicker than one INSERT (limits, section 1)."""


def insert(rows: Rows) -> None:
    """Write the finished rows of a batch."""
    for name, (table, columns, _) in TABLES.items():
        values = getattr(rows, name)
        if not values:
            continue
        names = columns.split()
        if not sql.is_postgres():
            marks = ", ".join(["%s"] * len(names))
            sql.run_many(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
        elif len(values) >= COPY_FROM:
            sql.copy(table, names, values)
        else:
            sql.run(_INSERTS[name], _transposed(values, len(names)))


def _insert_text(table: str, columns: str, types: str) -> str:
    arrays = ", ".join(f"%s::{kind}[]" for kind in types.split())
    return f"INSERT INTO {table} ({', '.join(columns.split())}) SELECT * FROM unnest({arrays})"


_INSERTS = {name: _insert_text(*shape) for name, shape in TABLES.items()}


def _transposed(values: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[index] for row in values] for index in range(width)]


def void_links(originals: dict[int, int]) -> None:
    """End the links of reversed events: sequence of the original → sequence of its reversal."""
    pairs = sorted(originals.items())
    node = "CASE WHEN lot_id IS NULL THEN 2 * unit_id + 1 ELSE 2 * lot_id END"
    nodes = (
        "SELECT 2 * lot_id AS s, 2 * destination_id + 1 AS t FROM ledger_movement WHERE event_id = %s"
        " UNION ALL SELECT 2 * source_id + 1, 2 * lot_id FROM ledger_movement WHERE event_id = %s"
        f" UNION ALL SELECT {node}, 2 * run_id + 1 FROM ledger_mention WHERE event_id = %s AND run_id IS NOT NULL"
        f" UNION ALL SELECT 2 * run_id + 1, {node} FROM ledger_mention WHERE event_id = %s AND run_id IS NOT NULL"
    )
    sql.run_many(
        "UPDATE ledger_link SET voided = %s WHERE sequence = %s AND voided > %s"
        f" AND (source, target) IN ({nodes})",
        [(new, old, new, old, old, old, old) for old, new in pairs],
    )


def tell(payload: dict[str, Any], now: datetime) -> None:
    """One note a batch for those who listen (kernel outbox)."""
    sql.run(
        "INSERT INTO kernel_outbox (topic, payload, created_at, attempts, problem) VALUES (%s, %s, %s, 0, '')",
        ["ledger.posted", orjson.dumps(payload).decode(), sql.from_moment(now)],
    )


def to_json(value: Iterable[Any]) -> str:
    """JSON text, as both databases take it."""
    return orjson.dumps(value).decode()
