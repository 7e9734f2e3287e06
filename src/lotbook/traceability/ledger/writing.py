"""Finished rows: what a batch that was admitted leaves in the book."""

from __future__ import annotations

from typing import Any

from lotbook.kernel import sql
from lotbook.traceability.ledger import holds, repeats, rules, storage
from lotbook.traceability.ledger.balancing import Emptied
from lotbook.traceability.ledger.entries import Batch, Entry
from lotbook.traceability.ledger.rules import KINDS

NEVER = 2**63 - 1


def write(batch: Batch, emptied: Emptied) -> list[Entry]:
    """Number and write what is left of the batch; gives the entries written."""
    live = _overrides_beside(batch.live())
    if not live:
        return live
    for entry, sequence in zip(live, storage.sequences(len(live)), strict=True):
        entry.sequence = sequence
    rows = storage.Rows([], [], [], [], [])
    for entry in live:
        rows.events.append(_event_row(batch, entry))
        _add_moves(rows, batch, entry, emptied)
        _add_names(rows, batch, entry)
    storage.insert(rows)
    originals = {e.original.sequence: e.sequence for e in live if e.original is not None}
    if originals:
        storage.void_links(originals)
    _write_holds(batch, live)
    storage.move_units(_standing(live))
    storage.tell({"sequences": _ranges(live), "kinds": sorted({e.draft.kind for e in live})}, batch.now)
    return live


def _standing(live: list[Entry]) -> dict[int, int | None]:
    """Where units stand after these events: taken off one place and put to no other, they stand nowhere."""
    standing: dict[int, int | None] = {}
    for entry in live:
        if entry.draft.kind == "unit_move":
            packs = sorted(entry.draft.packs, key=lambda pack: pack.action)
            standing |= {
                pack.child: pack.unit if pack.action > 0 else None for pack in packs if pack.child is not None
            }
    return standing


def _overrides_beside(live: list[Entry]) -> list[Entry]:
    """Overrides stand right after the events they allow."""
    beside = {entry.draft.data["of"]: entry for entry in live if entry.by_ledger}
    if not beside:
        return live
    ordered: list[Entry] = []
    for entry in live:
        if not entry.by_ledger:
            ordered.append(entry)
            if (override := beside.get(str(entry.uid))) is not None:
                ordered.append(override)
    return ordered


def _ranges(live: list[Entry]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for entry in live:
        if ranges and ranges[-1][1] + 1 == entry.sequence:
            ranges[-1][1] = entry.sequence
        else:
            ranges.append([entry.sequence, entry.sequence])
    return ranges


def _event_row(batch: Batch, entry: Entry) -> tuple[Any, ...]:
    draft = entry.draft
    return (
        entry.sequence,
        sql.from_uid(entry.uid),
        draft.kind,
        sql.from_moment(draft.occurred_at),
        repeats.offset(draft.occurred_at),
        sql.from_moment(batch.now),
        batch.actor,
        draft.device,
        draft.place,
        draft.document_kind,
        draft.document_number,
        draft.reason,
        entry.original.sequence if entry.original else None,
        storage.to_json(entry.data) if entry.data else "{}",
        entry.content_hash,
    )


def _add_moves(rows: storage.Rows, batch: Batch, entry: Entry, emptied: Emptied) -> None:
    """Movements, the links they make, and the packings of logistic units they touch."""
    sequence, at = entry.sequence, None
    links = KINDS[entry.draft.kind].links and entry.original is None
    nodes: set[tuple[int, int]] = set()
    for lot, source, destination, quantity, weight, claim in entry.moves:
        start, end = batch.places[source].kind, batch.places[destination].kind
        crossing = _crossing(entry, start, end)
        rows.movements.append((sequence, lot, source, destination, quantity, weight, claim, crossing))
        if links and end == "run":
            nodes.add((2 * lot, 2 * destination + 1))
        elif links and start == "run" and end != "loss":
            nodes.add((2 * source + 1, 2 * lot))
        if "unit" in (start, end):
            at = at or sql.from_moment(entry.draft.occurred_at)
            if end == "unit":
                rows.packings.append((sequence, destination, lot, None, 1, quantity, at, True))
            if start == "unit":
                gone = None if (entry.index, lot, source) in emptied else quantity
                rows.packings.append((sequence, source, lot, None, -1, gone, at, True))
    rows.links += [(source, target, sequence, NEVER) for source, target in sorted(nodes)]


def _add_names(rows: storage.Rows, batch: Batch, entry: Entry) -> None:
    """What the event names without moving it, and the links and packings it states."""
    draft, sequence = entry.draft, entry.sequence
    nodes: set[tuple[int, int]] = set()
    for name in draft.names:
        key = batch.key(name.lot)
        rows.mentions.append((sequence, key, name.unit, name.run, name.role, name.quantity))
        if name.run is not None:
            run = 2 * name.run + 1
            node = 2 * key if key is not None else 2 * (name.unit or 0) + 1
            nodes.add((node, run) if name.role == "input" else (run, node))
    stated = (
        {(source, target) for source, target, number, _ in rows.links if number == sequence}
        if nodes
        else set()
    )
    rows.links += [(source, target, sequence, NEVER) for source, target in sorted(nodes - stated)]
    for hold in draft.holds:
        rows.mentions.append((sequence, batch.key(hold.lot), None, None, "concerned", None))
    for released in batch.released(entry):
        rows.mentions.append((sequence, released.lot, None, None, "concerned", None))
    if draft.packs:
        at = sql.from_moment(draft.occurred_at)
        rows.packings += [
            (sequence, pack.unit, batch.key(pack.lot), pack.child, pack.action, pack.quantity, at, False)
            for pack in draft.packs
        ]


def _crossing(entry: Entry, start: str, end: str) -> int:
    """How a movement crosses to or from a partner (``models.Crossing``); reversals are negative."""
    if "partner" not in (start, end) and "elsewhere" not in (start, end):
        return 0
    kind, sign = entry.draft.kind, 1
    if entry.original is not None:
        kind, sign, start, end = entry.original.kind, -1, end, start
    if start == "partner" and end == "partner":
        return 3 * sign
    if start == "partner" or (start == "elsewhere" and kind == "receive"):
        return (4 if kind == "return" else 1) * sign
    if end == "partner":
        return (5 if kind == "supplier_return" else 2) * sign
    return 0


def _write_holds(batch: Batch, live: list[Entry]) -> None:
    placed = [
        (hold, lot, entry)
        for entry in live
        for hold in entry.draft.holds
        if (lot := batch.key(hold.lot)) is not None
    ]
    released = [(hold, entry) for entry in live for hold in batch.released(entry)]
    if placed or released:
        holds.write(placed, released, actor=batch.actor)


def inherited_holds(batch: Batch, live: list[Entry]) -> list[rules.Draft]:
    """Events that hold what the batch made from held lots (design, section 5)."""
    if any(entry.draft.kind in ("produce", "transform") for entry in live):
        return holds.inherited(batch, live)
    return []
