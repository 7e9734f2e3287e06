"""Who may use what: locks, holds, expiry, overrides, and serials that exist only once."""

from __future__ import annotations

from collections import defaultdict
from uuid import uuid5

from lotbook.kernel import clock
from lotbook.kernel.errors import Fault
from lotbook.traceability.ledger import claims, keeping, repeats, rules, storage
from lotbook.traceability.ledger.entries import SERIAL, Batch, Entry
from lotbook.traceability.ledger.rules import KINDS, Draft
from lotbook.traceability.lots import batch as lots
from lotbook.traceability.lots.rules import expired


def lock(batch: Batch) -> None:
    """Lock logistic units, then lots, each by key: so a hold cannot race a shipment."""
    live = batch.live()
    units = {key for e in live for m in e.moves for key in m[1:3] if batch.places[key].kind == "unit"}
    units |= {pack.child for e in live for pack in e.draft.packs if pack.child is not None}
    storage.lock_units(sorted(units), change=any(e.draft.kind == "unit_move" for e in live))
    keeping.check(batch)
    changed, used = _lots_to_lock(batch, batch.live())
    if changed or used:
        for lot, (held, expires_on) in lots.lock(sorted(changed | used), change=bool(changed)).items():
            batch.lots[lot].held = held
            batch.lots[lot].expires_on = expires_on
        _check_free(batch)
        _check_serials(batch)
        # What is reserved of lots put on hold stands still now: a claim changes under its lot's lock only.
        put_on = {batch.key(hold.lot) for entry in batch.live() for hold in entry.draft.holds}
        batch.claimed = claims.of_lots(sorted(key for key in put_on if key is not None))


def _lots_to_lock(batch: Batch, live: list[Entry]) -> tuple[set[int], set[int]]:
    """Lots whose holds or serial count this batch decides, and lots that must stay as they are meanwhile."""
    changed: set[int] = set()
    used: set[int] = set()
    for entry in live:
        changed.update(key for hold in entry.draft.holds if (key := batch.key(hold.lot)) is not None)
        changed.update(hold.lot for hold in batch.released(entry))
        free = KINDS[entry.draft.kind].free
        for lot, source, destination, _, _, claim in entry.moves:
            if batch.lots[lot].kind == SERIAL and batch.places[destination].own:
                changed.add(lot)
            if (free and batch.places[source].kind != "run") or claim is not None:
                used.add(lot)
    return changed, used


def _check_free(batch: Batch) -> None:
    """Held, expired and unusable goods are refused, or their use goes on record as an override."""
    overrides: list[Entry] = []
    stopped: list[tuple[Entry, int, int, str]] = []
    for entry in batch.live():
        if not KINDS[entry.draft.kind].free:
            continue
        lacking: dict[int, str] = {}
        for index, (lot, source, *_) in enumerate(entry.moves):
            why = _why_not_free(batch, entry, lot, source)
            if why and not entry.draft.override:
                stopped.append((entry, index, lot, why))
            elif why:
                lacking[lot] = why
        if lacking and entry.live:
            overrides.append(_override(batch, entry, lacking))
    _stop(batch, stopped)
    batch.entries += overrides


def _stop(batch: Batch, stopped: list[tuple[Entry, int, int, str]]) -> None:
    """Refuse the moves of goods that are not free; of held ones say what holds them."""
    held = {lot for _, _, lot, _ in stopped if batch.lots[lot].held}
    reasons = lots.hold_reasons(sorted(held)) if held else {}
    remedy = "Use another lot, or have somebody with the permission override it with a reason."
    for entry, index, lot, why in stopped:
        because = f": {reasons[lot]}" if lot in reasons else ""
        cause = f"lot {batch.lots[lot].number} {why}{because}."
        entry.refuse(Fault(f"moves/{index}/lot", cause, remedy, "not_free"))


def _why_not_free(batch: Batch, entry: Entry, lot: int, source: int) -> str:
    place = batch.places[source]
    if place.kind == "run":
        return ""
    info = batch.lots[lot]
    if info.held:
        return "is on hold"
    # The claim's own date where it happened: a scan that comes in late is judged by its day.
    if info.expires_on is not None and expired(info.expires_on, entry.draft.occurred_at.date()):
        return f"expired on {clock.written(info.expires_on)}"
    return "" if place.usable else f"is at {place.code}, where goods may not be used"


def _override(batch: Batch, entry: Entry, lacking: dict[int, str]) -> Entry:
    uid = uuid5(entry.uid, "override")
    draft = Draft(
        kind="override",
        occurred_at=entry.draft.occurred_at,
        uid=uid,
        names=[rules.Name("concerned", lot=lot) for lot in lacking],
        place=entry.draft.place,
        document_kind=entry.draft.document_kind,
        document_number=entry.draft.document_number,
        reason=entry.draft.override,
        data={"of": str(entry.uid), "why": list(lacking.values())},
        device=entry.draft.device,
    )
    made = Entry(len(batch.entries), draft, uid, data=dict(draft.data), by_ledger=True)
    made.content_hash = repeats.content_hash(batch, made, batch.actor)
    return made


def _check_serials(batch: Batch) -> None:
    """A serial is a lot of exactly one: it cannot stand at two of our places at once."""
    serials = {
        lot
        for entry in batch.live()
        for lot, _, destination, *_ in entry.moves
        if batch.lots[lot].kind == SERIAL and batch.places[destination].own
    }
    totals = storage.own_totals(sorted(serials)) if serials else {}
    for entry in batch.live() if serials else ():
        changes: dict[int, int] = defaultdict(int)
        for lot, source, destination, quantity, *_ in entry.moves:
            if lot in serials:
                changes[lot] += quantity * (batch.places[destination].own - batch.places[source].own)
        for lot, change in changes.items():
            one = 10 ** batch.items[batch.lots[lot].item].scale
            if totals.get(lot, 0) + change > one:
                cause = f"serial {batch.lots[lot].number} is at one of our places already."
                entry.refuse(Fault("moves", cause, "Check the serial; a serial exists only once."), 409)
        if entry.live:
            for lot, change in changes.items():
                totals[lot] = totals.get(lot, 0) + change
