"""Reservations as the ledger writes them: rows of ``ledger_claim`` put, used, freed and broken, set-based.

A claim changes only while its lot is locked (shared at least) and its balance for writing. So a hold, which
locks its lots alone, finds their claims standing still; and whoever has locked a balance, its claims.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from lotbook.kernel import clock, outbox, sql
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.entries import Batch, OpenClaim
from lotbook.traceability.ledger.rules import Freed, Reservation, Taken
from lotbook.traceability.ledger.storage import BalanceKey
from lotbook.traceability.lots import batch as lots

BROKEN = "allocation.broken"
"""Outbox topic: a hold or a count has ended a reservation; ``because`` says which."""
HELD = "the lot was put on hold"

_COLUMNS = "c.id, c.lot_id, c.place_id, c.quantity, c.purpose, c.document, c.line, c.number"
_NAMED_MAX = 3
"""Most documents a refusal names."""


def _claim(row: tuple[Any, ...]) -> OpenClaim:
    return OpenClaim(row[0], row[1], row[2], row[3], row[4], sql.to_uid(row[5]), row[6], row[7])


def read(keys: Collection[int]) -> dict[int, OpenClaim]:
    """Claims by key; unknown ones are absent."""
    return {claim.id: claim for claim in _probed("c.id = u.value", sorted(keys))}


def of_lots(keys: Sequence[int]) -> list[OpenClaim]:
    """What is reserved of some lots."""
    return _probed("c.lot_id = u.value AND c.quantity > 0", keys)


def _probed(condition: str, keys: Sequence[int]) -> list[OpenClaim]:
    if not keys:
        return []
    if sql.is_postgres():
        source = (
            "unnest(%s::bigint[]) u(value) CROSS JOIN LATERAL"
            f" (SELECT * FROM ledger_claim c WHERE {condition} OFFSET 0) c"
        )
        argument = sql.array(keys)
    else:
        source = f"json_each(%s) u CROSS JOIN ledger_claim c WHERE {condition}"
        argument = storage.to_json(keys)
    return [_claim(row) for row in sql.rows(f"SELECT {_COLUMNS} FROM {source} ORDER BY c.id", [argument])]


def of_document(document: UUID, line: int | None = None) -> list[OpenClaim]:
    """What is reserved for a document, or for a line of it."""
    more, arguments = ("", [sql.from_uid(document)])
    if line is not None:
        more, arguments = " AND c.line = %s", [*arguments, line]
    query = (
        f"SELECT {_COLUMNS} FROM ledger_claim c WHERE c.document = %s AND c.quantity > 0{more} ORDER BY c.id"
    )
    return [_claim(row) for row in sql.rows(query, arguments)]


def holders(keys: Collection[BalanceKey]) -> dict[BalanceKey, str]:
    """For whom balances are reserved, in words ("SO-2026-00012 and 2 more"), one statement for all."""
    found: dict[BalanceKey, dict[UUID, str]] = defaultdict(dict)
    wanted = set(keys)
    for claim in of_lots(sorted({lot for lot, _ in wanted})):
        if (claim.lot, claim.place) in wanted:
            found[claim.lot, claim.place].setdefault(claim.document, claim.number or claim.purpose)
    return {key: in_words(list(names.values())) for key, names in found.items()}


def in_words(names: Sequence[str]) -> str:
    """A few names, the rest counted.

    >>> in_words(["SO-1", "SO-2", "SO-3", "SO-4"])
    'SO-1, SO-2, SO-3 and 1 more'
    """
    shown = ", ".join(names[:_NAMED_MAX])
    return f"{shown} and {len(names) - _NAMED_MAX} more" if len(names) > _NAMED_MAX else shown


def _by_balance(parts: Iterable[tuple[int, int, int]]) -> dict[BalanceKey, int]:
    total: dict[BalanceKey, int] = defaultdict(int)
    for lot, place, quantity in parts:
        total[lot, place] += quantity
    return dict(total)


def put(wanted: Sequence[Reservation], *, units: dict[int, int | None], actor: str) -> list[int]:
    """Reserve, all or nothing; gives the keys of the claims in the order of ``wanted``.

    ``units``: logistic units among the places and where the caller believes them to stand. Raises Taken
    where a unit was moved, a lot is on hold, or less is free than wanted: the caller's transaction must
    be rolled back then.
    """
    if storage.lock_units(sorted(units), change=False) != units and sql.is_postgres():
        raise Taken
    locked = lots.lock(sorted({one.lot for one in wanted}), change=False)
    if any(held for held, _ in locked.values()):
        raise Taken
    if not storage.raise_reserved(_by_balance((one.lot, one.place, one.quantity) for one in wanted)):
        raise Taken
    return _insert(wanted, actor, clock.now())


_TYPES = {
    "uid": "uuid", "lot_id": "bigint", "place_id": "bigint", "quantity": "bigint", "made_quantity": "bigint",
    "freed_quantity": "bigint", "purpose": "text", "document": "uuid", "line": "bigint", "number": "text",
    "why": "text", "made_at": "timestamptz", "made_by": "text", "ended_by": "text", "ended_reason": "text",
}  # fmt: skip
_INSERT = f"INSERT INTO ledger_claim ({', '.join(_TYPES)})"


def _insert(wanted: Sequence[Reservation], actor: str, now: datetime) -> list[int]:
    uids = [new_uid() for _ in wanted]
    rows = [
        (
            sql.from_uid(uid), one.lot, one.place, one.quantity, one.quantity, 0, one.purpose,
            sql.from_uid(one.document), one.line, one.number, one.why, sql.from_moment(now), actor, "", "",
        )
        for uid, one in zip(uids, wanted, strict=True)
    ]  # fmt: skip
    if sql.is_postgres():
        named = orjson.dumps([dict(zip(_TYPES, row, strict=True)) for row in rows]).decode()
        shape = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
        made = sql.rows(
            f"{_INSERT} SELECT {', '.join(_TYPES)} FROM json_to_recordset(%s::json) u({shape}) RETURNING uid, id",
            [named],
        )
    else:
        sql.run_many(f"{_INSERT} VALUES ({', '.join(['%s'] * len(_TYPES))})", rows)
        listed = storage.to_json([uid.hex for uid in uids])
        made = sql.rows(
            "SELECT c.uid, c.id FROM json_each(%s) u CROSS JOIN ledger_claim c WHERE c.uid = u.value",
            [listed],
        )
    keys = {sql.to_uid(uid): key for uid, key in made}
    return [keys[uid] for uid in uids]


def use(used: dict[int, tuple[int, int, int]], *, actor: str, now: datetime) -> bool:
    """Lower claims by what movements took: claim → (lot, place, quantity), their balances locked.

    False (PostgreSQL) where one is not of that lot and place, or has less left; on SQLite the caller knows.
    """
    ordered = sorted(used.items())
    then = "CASE WHEN quantity = {0} THEN {1} END", "CASE WHEN quantity = {0} THEN {1} ELSE '' END"
    if not sql.is_postgres():
        ended_at, ended_by = (text.format("%s", "%s") for text in then)
        at = sql.from_moment(now)
        sql.run_many(
            f"UPDATE ledger_claim SET ended_at = {ended_at}, ended_by = {ended_by}, quantity = quantity - %s"
            " WHERE id = %s",
            [(q, at, q, actor, q, key) for key, (_, _, q) in ordered],
        )
        return True
    ended_at, ended_by = (text.format("u.used", "%s") for text in then)
    touched = sql.run(
        f"UPDATE ledger_claim c SET ended_at = {ended_at}, ended_by = {ended_by}, quantity = c.quantity - u.used"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) u(key, lot, place, used)"
        " WHERE c.id = u.key AND c.lot_id = u.lot AND c.place_id = u.place AND c.quantity >= u.used",
        [
            now,
            actor,
            sql.array(key for key, _ in ordered),
            *(sql.array(part[index] for _, part in ordered) for index in range(3)),
        ],
    )
    return touched == len(ordered)


def free(found: Sequence[OpenClaim], *, actor: str, reason: str) -> list[Freed]:
    """Give back what is left of claims; those used up meanwhile are left alone."""
    if not found:
        return []
    lots.lock(sorted({claim.lot for claim in found}), change=False)
    storage.balances(list({(claim.lot, claim.place) for claim in found}))
    left = [claim for claim in read({claim.id for claim in found}).values() if claim.quantity]
    if not left:
        return []
    freed = [Freed(c.id, c.lot, c.place, c.quantity, c.purpose, c.document, c.line) for c in left]
    less = _by_balance((one.lot, one.place, one.quantity) for one in freed)
    storage.change_balances({key: (True, 0, 0, quantity) for key, quantity in less.items()})
    _end(freed, actor=actor, reason=reason, now=clock.now())
    return freed


def _end(freed: Sequence[Freed], *, actor: str, reason: str, now: datetime) -> None:
    shape = "freed_quantity = freed_quantity + quantity, quantity = 0"
    if sql.is_postgres():
        sql.run(
            f"UPDATE ledger_claim c SET {shape}, ended_at = %s, ended_by = %s, ended_reason = %s"
            " FROM unnest(%s::bigint[]) u(key) WHERE c.id = u.key",
            [now, actor, reason, sql.array(one.claim for one in freed)],
        )
    else:
        at = sql.from_moment(now)
        sql.run_many(
            f"UPDATE ledger_claim SET {shape}, ended_at = %s, ended_by = %s, ended_reason = %s WHERE id = %s",
            [(at, actor, reason, one.claim) for one in freed],
        )


def used_by(batch: Batch) -> dict[int, tuple[int, int, int]]:
    """What the movements of a batch use of claims: claim → (lot, place, quantity)."""
    used: dict[int, tuple[int, int, int]] = {}
    for entry in batch.live():
        for lot, source, _, quantity, _, claim in entry.moves:
            if claim is not None:
                before = used.get(claim, (lot, source, 0))
                used[claim] = (lot, source, before[2] + quantity)
    return used


def broken_by(batch: Batch) -> list[Freed]:
    """What the holds of a batch leave of the claims on their lots, to be ended with them."""
    if not batch.claimed:
        return []
    held = {batch.key(hold.lot) for entry in batch.live() for hold in entry.draft.holds}
    used = used_by(batch)
    return [
        Freed(c.id, c.lot, c.place, left, c.purpose, c.document, c.line)
        for c in batch.claimed
        if c.lot in held and (left := c.quantity - used.get(c.id, (0, 0, 0))[2]) > 0
    ]


def break_(batch: Batch) -> None:
    """End the claims on lots that were put on hold, whose balances are lowered already, and tell of it."""
    broken = broken_by(batch)
    if not broken:
        return
    reasons = {
        batch.key(hold.lot): entry.draft.reason for entry in batch.live() for hold in entry.draft.holds
    }
    _end(broken, actor=batch.actor, reason=HELD, now=batch.now)
    _tell([(one, reasons[one.lot]) for one in broken], because=HELD, actor=batch.actor, now=batch.now)


def take_away(found: Sequence[OpenClaim], *, actor: str, because: str, reason: str) -> list[Freed]:
    """Free claims against the will of their documents, and tell them; those used up are left alone."""
    freed = free(found, actor=actor, reason=f"{because}: {reason}" if reason else because)
    if freed:
        _tell([(one, reason) for one in freed], because=because, actor=actor, now=clock.now())
    return freed


def _tell(broken: Sequence[tuple[Freed, str]], *, because: str, actor: str, now: datetime) -> None:
    """Tell the documents of claims that ended without them; each with its reason."""
    rows = [
        (
            BROKEN,
            orjson.dumps(
                {
                    "document": str(one.document),
                    "purpose": one.purpose,
                    "line": one.line,
                    "lot": one.lot,
                    "place": one.place,
                    "quantity": one.quantity,
                    "claim": one.claim,
                    "because": because,
                    "reason": reason,
                    "actor": actor,
                }
            ).decode(),
            sql.from_moment(now),
        )
        for one, reason in broken
    ]
    sql.run_many(
        "INSERT INTO kernel_outbox (topic, payload, created_at, attempts, problem) VALUES (%s, %s, %s, 0, '')",
        rows,
    )
    outbox.deliver_after_commit()
