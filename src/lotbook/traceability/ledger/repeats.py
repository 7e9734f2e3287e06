"""The same again: every event's content hash, and what it means when its id is in the book already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lotbook.kernel.errors import Fault
from lotbook.traceability.ledger import canonical, storage
from lotbook.traceability.ledger.entries import Batch, Entry
from lotbook.traceability.ledger.rules import Draft, Receipt


def hash_all(batch: Batch) -> None:
    """Give every entry the hash of its canonical form."""
    for entry in batch.live():
        if entry.draft.holds or entry.draft.releases:
            entry.data |= _hold_data(batch, entry.draft)
        entry.content_hash = content_hash(batch, entry, batch.actor)


def content_hash(batch: Batch, entry: Entry, actor: str) -> str:
    """The SHA-256 of what an entry claims, if ``actor`` claims it."""
    draft = entry.draft
    moves: Iterable[Any] = ((m.lot, m.source, m.destination, m.quantity, m.catch_weight) for m in draft.moves)
    if entry.original is not None:
        moves = ((lot, to, source, q, w) for lot, source, to, q, w, _ in entry.original.moves)
    content = canonical.content(
        uid=entry.uid,
        kind=draft.kind,
        occurred_at=draft.occurred_at,
        offset_minutes=offset(draft.occurred_at),
        actor=actor,
        device=draft.device,
        place=batch.place_name(draft.place),
        document=(draft.document_kind, draft.document_number),
        reason=draft.reason,
        reverses=draft.reverses,
        data=entry.data,
        moves=[
            (*batch.lot_name(lot), batch.place_name(source), batch.place_name(to), quantity, weight)  # type: ignore[misc]
            for lot, source, to, quantity, weight in moves
        ],
        names=[
            (n.role, batch.lot_name(n.lot), batch.place_name(n.unit), batch.place_name(n.run), n.quantity)
            for n in draft.names
        ],
        packs=[
            (batch.place_name(p.unit), p.action, batch.lot_name(p.lot), batch.place_name(p.child), p.quantity)
            for p in draft.packs
        ],
    )
    plain = not entry.data or canonical.plain_keys(entry.data)
    return canonical.digest(canonical.encode(content, plain=plain))


def _hold_data(batch: Batch, draft: Draft) -> dict[str, Any]:
    """What is kept with an event so that its holds can be rebuilt from it."""
    data: dict[str, Any] = {}
    if draft.holds:
        data["holds"] = [
            {
                "hold": str(hold.uid),
                "lot": batch.lot_name(hold.lot),
                "kind": hold.kind,
                **({"source": str(hold.source)} if hold.source else {}),
            }
            for hold in draft.holds
        ]
    if draft.releases:
        data["releases"] = [str(uid) for uid in draft.releases]
    return data


def settle(batch: Batch) -> None:
    """Answer events the book has, or the batch has named before, without writing them again."""
    live = [entry for entry in batch.live() if entry.draft.uid is not None]
    known = storage.events_known([entry.uid for entry in live])
    first: dict[UUID, Entry] = {}
    for entry in live:
        if entry.uid in known:
            sequence, kept, actor = known[entry.uid]
            # The same claim sent again by somebody else is the same claim.
            if kept in (entry.content_hash, content_hash(batch, entry, actor)):
                entry.receipt = Receipt(entry.uid, sequence, duplicate=True)
            else:
                entry.refuse(_other_content(entry.uid), 409)
        elif (earlier := first.setdefault(entry.uid, entry)) is not entry:
            if earlier.content_hash == entry.content_hash:
                entry.repeats = earlier
            else:
                entry.refuse(_other_content(entry.uid), 409)


def _other_content(uid: UUID) -> Fault:
    return Fault(
        "id",
        f"the event {uid} is in the book already, with other content.",
        "Give a new event a new id; to correct the old one, reverse it.",
        "other_content",
    )


def offset(moment: datetime) -> int:
    """The offset from UTC a time was claimed with, in minutes."""
    if moment.tzinfo is UTC:
        return 0
    distance = moment.utcoffset()
    return int(distance.total_seconds() // 60) if distance else 0
