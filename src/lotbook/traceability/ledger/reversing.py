"""What a reversal takes back: the original event, found for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from lotbook.kernel import sql
from lotbook.kernel.errors import Fault
from lotbook.traceability.ledger.entries import Entry, Original

NOT_REVERSIBLE = {
    "reverse": "Post the event again instead.",
    "hold": "Release the hold instead.",
    "release": "Put the lot on hold again instead.",
    "override": "Reverse the event it allowed instead.",
    "unit_move": "Move the logistic unit back instead.",
}


def load(entries: Sequence[Entry]) -> None:
    """Give every reversing entry its original; refuse what cannot be reversed."""
    wanted = [entry for entry in entries if entry.draft.reverses is not None]
    if not wanted:
        return
    originals = _originals([entry.draft.reverses for entry in wanted if entry.draft.reverses])
    taken: dict[UUID, Entry] = {}
    for entry in wanted:
        uid = entry.draft.reverses
        assert uid is not None
        original = originals.get(uid)
        if original is None:
            entry.refuse(Fault("reverses", f"the book has no event {uid}.", "Check the id."), 404)
        elif entry.draft.kind not in ("reverse", "foreign") or entry.draft.moves:
            # A foreign event that declares another in error takes it back itself.
            entry.refuse(
                Fault("reverses", "only an event of kind reverse, without movements, takes another back.")
            )
        elif original.kind in NOT_REVERSIBLE:
            entry.refuse(
                Fault(
                    "reverses",
                    f"an event of kind {original.kind} is not reversed.",
                    NOT_REVERSIBLE[original.kind],
                )
            )
        elif uid in taken and taken[uid].uid != entry.uid:
            entry.refuse(Fault("reverses", "two events of this batch reverse the same event."), 409)
        else:
            taken[uid] = entry
            entry.original = original


def _originals(uids: Sequence[UUID]) -> dict[UUID, Original]:
    if sql.is_postgres():
        source = (
            "unnest(%s::uuid[]) u(value) CROSS JOIN LATERAL"
            " (SELECT * FROM ledger_event WHERE uid = u.value LIMIT 1) e"
        )
        keys = "{" + ",".join(map(str, uids)) + "}"
    else:
        source = "json_each(%s) u CROSS JOIN ledger_event e ON e.uid = u.value"
        keys = "[" + ",".join(f'"{uid.hex}"' for uid in uids) + "]"
    found: dict[UUID, Original] = {}
    for row in sql.rows(
        "SELECT e.uid, e.sequence, e.kind, r.sequence, m.lot_id, m.source_id, m.destination_id, m.quantity,"
        f" m.catch_weight, m.claim, e.document_kind, e.document_number FROM {source} LEFT JOIN ledger_event r ON r.reverses_id = e.sequence"
        " LEFT JOIN ledger_movement m ON m.event_id = e.sequence ORDER BY m.id",
        [keys],
    ):
        original = found.setdefault(sql.to_uid(row[0]), Original(row[1], row[2], row[3], row[10], row[11]))
        if row[4] is not None:
            original.moves.append((row[4], row[5], row[6], row[7], row[8], row[9]))
    return found
