"""Holds as the ledger writes them: rows of ``lots_hold`` made and ended by events, set-based.

Every row can be rebuilt from the data of its two events (``lotbook check`` does).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from lotbook.kernel import sql
from lotbook.traceability.ledger.entries import Batch, Entry, OpenHold
from lotbook.traceability.ledger.rules import Draft, PutHold
from lotbook.traceability.lots import batch as lots

NEVER = 2**63 - 1

_COLUMNS = (
    "uid",
    "lot_id",
    "kind",
    "reason",
    "source_id",
    "placed_sequence",
    "placed_at",
    "placed_by",
    "released_by",
    "release_reason",
)


def find(uids: Sequence[UUID]) -> dict[UUID, OpenHold]:
    """Holds by uid; unknown ones are absent."""
    if not uids:
        return {}
    if sql.is_postgres():
        source = "unnest(%s::uuid[]) u(value) CROSS JOIN LATERAL (SELECT * FROM lots_hold WHERE uid = u.value LIMIT 1) h"
        keys = "{" + ",".join(map(str, uids)) + "}"
    else:
        source = "json_each(%s) u CROSS JOIN lots_hold h ON h.uid = u.value"
        keys = "[" + ",".join(f'"{uid.hex}"' for uid in uids) + "]"
    rows = sql.rows(
        f"SELECT h.id, h.uid, h.lot_id, h.kind, h.released_sequence IS NULL FROM {source}", [keys]
    )
    return {sql.to_uid(r[1]): OpenHold(r[0], sql.to_uid(r[1]), r[2], r[3], bool(r[4])) for r in rows}


def write(
    placed: Sequence[tuple[PutHold, int, Entry]],
    released: Sequence[tuple[OpenHold, Entry]],
    *,
    actor: str,
) -> None:
    """Put holds on and take holds off lots that are locked."""
    changes: dict[int, int] = {}
    sources = find([hold.source for hold, _, _ in placed if hold.source is not None])
    if placed:
        rows = [
            (
                sql.from_uid(hold.uid),
                lot,
                hold.kind,
                entry.draft.reason,
                sources[hold.source].id if hold.source in sources else None,
                entry.sequence,
                sql.from_moment(entry.draft.occurred_at),
                actor,
                "",
                "",
            )
            for hold, lot, entry in placed
        ]
        marks = ", ".join(["%s"] * len(_COLUMNS))
        sql.run_many(f"INSERT INTO lots_hold ({', '.join(_COLUMNS)}) VALUES ({marks})", rows)
        for _, lot, _ in placed:
            changes[lot] = changes.get(lot, 0) + 1
    if released:
        sql.run_many(
            "UPDATE lots_hold SET released_sequence = %s, released_at = %s, released_by = %s, release_reason = %s"
            " WHERE id = %s AND released_sequence IS NULL",
            [
                (entry.sequence, sql.from_moment(entry.draft.occurred_at), actor, entry.draft.reason, hold.id)
                for hold, entry in released
            ],
        )
        for hold, _ in released:
            changes[hold.lot] = changes.get(hold.lot, 0) - 1
    lots.change_held({lot: change for lot, change in changes.items() if change})


def inherited(batch: Batch, live: Sequence[Entry]) -> list[Draft]:
    """Hold events for what the batch's runs made from held lots: one draft per production.

    An output that already has a hold stemming from the same source is left alone.
    """
    made: dict[int, list[tuple[Entry, int]]] = {}
    for entry in live:
        if entry.draft.kind not in ("produce", "transform"):
            continue
        for lot, source, destination, *_ in entry.moves:
            if batch.places[source].kind == "run" and batch.places[destination].kind != "loss":
                made.setdefault(source, []).append((entry, lot))
    if not made:
        return []
    rows = _holds_of_inputs(list(made))
    if not rows:
        return []
    had = _already([lot for outputs in made.values() for _, lot in outputs])
    drafts: list[Draft] = []
    for run, hold_id, hold_uid, kind, reason, input_lot, number in rows:
        for entry, lot in made[run]:
            if lot == input_lot or (lot, hold_id) in had:
                continue
            had.add((lot, hold_id))
            put = PutHold(lot, kind, _inherited_uid(batch, entry, lot, hold_uid), hold_uid)
            drafts.append(_inherited_draft(entry, put, f"made from lot {number} on hold: {reason}"))
    return drafts


def _inherited_uid(batch: Batch, entry: Entry, lot: int, source: UUID) -> UUID:
    """The same again for the same production of the same lot: a retry does not hold it twice."""
    item, number, kind = batch.lot_name(lot) or ["", "", ""]
    return uuid5(entry.uid, f"hold {item} {number} {kind} {source}")


def _inherited_draft(entry: Entry, put: PutHold, reason: str) -> Draft:
    return Draft(
        kind="hold",
        occurred_at=entry.draft.occurred_at,
        uid=uuid5(put.uid, "event"),
        holds=[put],
        place=entry.draft.place,
        reason=reason,
    )


def _holds_of_inputs(runs: Sequence[int]) -> list[tuple[int, int, UUID, str, str, int, str]]:
    keys = sql.array(runs) if sql.is_postgres() else "[" + ",".join(map(str, runs)) + "]"
    source = (
        "unnest(%s::bigint[]) u(run) CROSS JOIN LATERAL"
        " (SELECT source FROM ledger_link WHERE target = 2 * u.run + 1 AND voided = {never}) k"
        if sql.is_postgres()
        else "(SELECT value AS run FROM json_each(%s)) u CROSS JOIN ledger_link k"
        " ON k.target = 2 * u.run + 1 AND k.voided = {never}"
    ).format(never=NEVER)
    found = sql.rows(
        "SELECT DISTINCT u.run, h.id, h.uid, h.kind, h.reason, l.id, l.number"
        f" FROM {source} CROSS JOIN lots_lot l CROSS JOIN lots_hold h"
        " WHERE k.source %% 2 = 0 AND l.id = k.source / 2 AND l.held > 0 AND h.lot_id = l.id AND h.released_sequence IS NULL"
        " ORDER BY h.id",
        [keys],
    )
    return [(r[0], r[1], sql.to_uid(r[2]), r[3], r[4], r[5], r[6]) for r in found]


def _already(keys: Sequence[int]) -> set[tuple[int, int]]:
    listed = "SELECT unnest(%s::bigint[])" if sql.is_postgres() else "SELECT value FROM json_each(%s)"
    argument = sql.array(keys) if sql.is_postgres() else "[" + ",".join(map(str, keys)) + "]"
    found = sql.rows(
        "SELECT lot_id, source_id FROM lots_hold WHERE source_id IS NOT NULL AND released_sequence IS NULL"
        f" AND lot_id IN ({listed})",
        [argument],
    )
    return {(row[0], row[1]) for row in found}
