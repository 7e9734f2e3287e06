"""Lots in bulk for the ledger's door: found by key or by identity, made when new, locked in one order.

Set-based SQL, one statement a call whatever the number of lots. On PostgreSQL a lateral probe per key and
on SQLite a forced join order keep the planner from scanning the table (limits, trap 1).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from lotbook.kernel import sql
from lotbook.kernel.ids import new_uid
from lotbook.traceability.lots.models import Hold

Identity = tuple[int, str, int]
"""Item key, number, kind."""

NUMBER_MAX = 500
"""Most characters of a lot number or serial; opaque identifiers from elsewhere are long."""

FACTS = {
    "supplier_id": int,
    "supplier_lot": str,
    "tlc": str,
    "tlc_source_id": int,
    "tlc_source_reference": str,
    "origin_country": str,
    "harvested_on": date,
    "produced_on": date,
    "packed_on": date,
    "received_on": date,
    "sell_by_on": date,
    "best_before_on": date,
    "expires_on": date,
    "retest_on": date,
    "inside_id": int,
    "attributes": dict,
    "uri": str,
}
"""What a new lot may be told about itself, and the type each fact has."""

_TEXT = {name for name, kind in FACTS.items() if kind is str and name != "uri"}


@dataclass(slots=True)
class LotInfo:
    """What the ledger needs to know of a lot."""

    id: int
    uid: UUID
    item: int
    kind: int
    number: str
    held: int
    expires_on: date | None

    @property
    def identity(self) -> Identity:
        """Item, number and kind."""
        return (self.item, self.number, self.kind)


_COLUMNS = "l.id, l.uid, l.item_id, l.kind, l.number, l.held, l.expires_on"


def _info(row: tuple[Any, ...]) -> LotInfo:
    if sql.is_postgres():
        return LotInfo(*row)
    expires = date.fromisoformat(row[6]) if isinstance(row[6], str) else row[6]
    return LotInfo(row[0], sql.to_uid(row[1]), row[2], row[3], row[4], row[5], expires)


def by_id(keys: Sequence[int]) -> dict[int, LotInfo]:
    """Lots by their keys; keys the book does not know are absent."""
    if not keys:
        return {}
    if sql.is_postgres():
        rows = sql.rows(
            f"SELECT {_COLUMNS} FROM unnest(%s::bigint[]) u(id)"
            " CROSS JOIN LATERAL (SELECT * FROM lots_lot WHERE id = u.id LIMIT 1) l",
            [sql.array(keys)],
        )
    else:
        rows = sql.rows(
            f"SELECT {_COLUMNS} FROM json_each(%s) u CROSS JOIN lots_lot l WHERE l.id = u.value",
            [json.dumps(list(keys))],
        )
    return {row[0]: _info(row) for row in rows}


def by_identity(identities: Sequence[Identity]) -> dict[Identity, LotInfo]:
    """Lots by item, number and kind; the unknown ones are absent."""
    if not identities:
        return {}
    if sql.is_postgres():
        rows = sql.rows(
            f"SELECT {_COLUMNS} FROM unnest(%s::bigint[], %s::text[], %s::smallint[]) u(item, number, kind)"
            " CROSS JOIN LATERAL (SELECT * FROM lots_lot"
            "   WHERE item_id = u.item AND number = u.number AND kind = u.kind LIMIT 1) l",
            [
                sql.array(i for i, _, _ in identities),
                [number for _, number, _ in identities],
                sql.array(k for _, _, k in identities),
            ],
        )
    else:
        rows = sql.rows(
            f"SELECT {_COLUMNS} FROM json_each(%s) u CROSS JOIN lots_lot l"
            " WHERE l.item_id = json_extract(u.value, '$[0]') AND l.number = json_extract(u.value, '$[1]')"
            " AND l.kind = json_extract(u.value, '$[2]')",
            [json.dumps([list(identity) for identity in identities])],
        )
    return {info.identity: info for info in map(_info, rows)}


def create(wanted: Mapping[Identity, Mapping[str, Any]], now: datetime) -> dict[Identity, LotInfo]:
    """Make lots with their facts; those another writer makes meanwhile are left to him.

    Returns the lots made here. Identities are inserted in sorted order, so that two writers making the
    same lots wait for each other instead of blocking each other.
    """
    if not wanted:
        return {}
    rows = [_new_row(identity, wanted[identity], now) for identity in sorted(wanted)]
    if sql.is_postgres():
        created = sql.rows(_INSERT_POSTGRES, [orjson.dumps(rows).decode()])
        return {info.identity: info for info in map(_info, created)}
    sql.run_many(_INSERT_SQLITE, [[_stored(row[name]) for name in _INSERT] for row in rows])
    return by_identity(list(wanted))


_TYPES = {"uid": "uuid", "item_id": "bigint", "kind": "smallint", "number": "text", "held": "smallint"}
_TYPES |= {"created_at": "timestamptz"}
_SQL_TYPES = {str: "text", int: "bigint", date: "date", dict: "jsonb"}
_TYPES |= {name: _SQL_TYPES[kind] for name, kind in FACTS.items()}
_INSERT = list(_TYPES)
_INSERT_POSTGRES = (
    f"INSERT INTO lots_lot ({', '.join(_INSERT)}) SELECT {', '.join(_INSERT)}"
    f" FROM json_to_recordset(%s::json) u({', '.join(f'{name} {kind}' for name, kind in _TYPES.items())})"
    " ON CONFLICT DO NOTHING RETURNING id, uid, item_id, kind, number, held, expires_on"
)
_INSERT_SQLITE = (
    f"INSERT OR IGNORE INTO lots_lot ({', '.join(_INSERT)}) VALUES ({', '.join(['%s'] * len(_INSERT))})"
)


def _new_row(identity: Identity, facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    item, number, kind = identity
    row: dict[str, Any] = dict.fromkeys(_TEXT, "")
    row |= {name: None for name in FACTS if name not in _TEXT}
    row |= facts
    row["attributes"] = facts.get("attributes") or {}
    row |= {"uid": new_uid(), "item_id": item, "kind": kind, "number": number, "held": 0, "created_at": now}
    return row


def _stored(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return sql.from_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, dict) else value


def facts_of(keys: Sequence[int], names: Iterable[str]) -> dict[int, dict[str, Any]]:
    """The named facts of some lots, to compare with what somebody claims about them."""
    from lotbook.traceability.lots.models import Lot

    wanted = list(names)
    return {row.pop("id"): row for row in Lot.objects.filter(id__in=list(keys)).values("id", *wanted)}


def lock(keys: Sequence[int], *, change: bool) -> dict[int, tuple[int, date | None]]:
    """Lock lots against holds (or for changing them), by key in rising order: (held, expires_on) of each.

    A share lock lets shipments of one lot run side by side and makes a hold wait for them, and they for
    it. SQLite has one writer and needs no lock.
    """
    ordered = sorted(keys)
    if not sql.is_postgres():
        return {key: (info.held, info.expires_on) for key, info in by_id(ordered).items()}
    strength = "NO KEY UPDATE" if change else "SHARE"
    rows = sql.rows(
        "SELECT l.id, l.held, l.expires_on FROM unnest(%s::bigint[]) u(id) CROSS JOIN LATERAL"
        f" (SELECT id, held, expires_on FROM lots_lot WHERE id = u.id LIMIT 1 FOR {strength}) l",
        [sql.array(ordered)],
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def change_held(changes: Mapping[int, int]) -> None:
    """Add to the number of open holds of lots that are locked already."""
    if not changes:
        return
    pairs = sorted(changes.items())
    if sql.is_postgres():
        statement = (
            "UPDATE lots_lot l SET held = l.held + u.change FROM unnest(%s::bigint[], %s::int[]) u(id, change)"
            " WHERE l.id = u.id"
        )
        sql.run(statement, [sql.array(key for key, _ in pairs), sql.array(change for _, change in pairs)])
    else:
        sql.run_many(
            "UPDATE lots_lot SET held = held + %s WHERE id = %s", [(change, key) for key, change in pairs]
        )


def hold_reasons(keys: Sequence[int]) -> dict[int, str]:
    """Why each of these lots is on hold, in the words of its oldest open hold. One statement."""
    rows = Hold.objects.filter(lot__in=keys, released_sequence=None).order_by("-pk")
    return {
        row.lot_id: f"{row.reason.strip().rstrip('.')} ({row.get_kind_display().lower()})" for row in rows
    }
