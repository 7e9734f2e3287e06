"""What the book knows of what a batch names: read at once, one statement a table."""

from __future__ import annotations

from lotbook.foundation.accounts import queries as accounts
from lotbook.traceability.ledger import holds, reversing, storage
from lotbook.traceability.ledger.entries import Batch, lot_keys, place_keys
from lotbook.traceability.ledger.rules import LotRef
from lotbook.traceability.lots import batch as lots


def look_up(batch: Batch) -> None:
    """Read everything the batch names, one statement a table."""
    reversing.load(batch.live())
    live = batch.live()
    batch.holds = holds.find([uid for entry in live for uid in entry.draft.releases])
    places: set[int] = set()
    keys: set[int] = {hold.lot for hold in batch.holds.values()}
    identities: set[lots.Identity] = set()
    for entry in live:
        places.update(place_keys(entry))
        for _, key in lot_keys(entry.draft):
            if type(key) is LotRef:
                identities.add((key.item, key.number, key.kind))
            else:
                keys.add(key)  # type: ignore[arg-type]  # an int, then
        if entry.original is not None:
            keys.update(moved[0] for moved in entry.original.moves)
    if places:
        batch.places, batch.limited = storage.places(sorted(places), accounts.limited(batch.actor))
    batch.lots = lots.by_id(sorted(keys))
    batch.known = lots.by_identity(sorted(identities))
    batch.lots.update((info.id, info) for info in batch.known.values())
    items = {info.item for info in batch.lots.values()} | {item for item, _, _ in identities}
    batch.items = storage.items(sorted(items)) if items else {}
