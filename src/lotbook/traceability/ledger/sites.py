"""People limited to sites: the door refuses what they (or their keys) move at own places of other sites.

Only who is limited costs statements here (at most three, whatever the size of the batch); that nobody is
limited was asked within the statement that read the places. What is in transit is at no site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.places import queries as places
from lotbook.kernel import sql
from lotbook.kernel.errors import Fault
from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.entries import Batch, Entry
from lotbook.traceability.ledger.rules import LotRef


def check_sites(batch: Batch) -> None:
    """Refuse (403) entries that touch goods at a site the one who acts does not work at."""
    live = batch.live()
    holding = any(entry.draft.holds or entry.draft.releases for entry in live)
    if not (batch.limited or (holding and not batch.places)):
        return
    allowed = accounts.allowed_sites(batch.actor)
    if allowed is None:
        return
    lying = _places_of(sorted({lot for entry in live for _, lot in _held(batch, entry)}))
    touched = {key for entry in live for _, key in _touched(batch, entry)}
    at = places.sites_of(touched.union(*lying.values()))
    names = places.codes_of(set(at.values()))
    who = (batch.actor, ", ".join(sorted(allowed.values())))
    for entry in live:
        for where, key in _touched(batch, entry):
            if key in at and at[key] not in allowed:
                _refuse(entry, where, f"{batch.places[key].code} is at", names[at[key]], who)
        for where, lot in _held(batch, entry):
            others = {at[key] for key in lying.get(lot, ()) if key in at} - allowed.keys()
            here = any(at.get(key) in allowed for key in lying.get(lot, ()))
            if others and (where == "releases" or not here):
                _refuse(entry, where, "some of the lot is at", names[min(others)], who)


def _touched(batch: Batch, entry: Entry) -> Iterator[tuple[str, int]]:
    """Every own place whose goods an entry moves, and the field where it says so."""
    draft = entry.draft
    found: list[tuple[str, int]] = []
    for index, move in enumerate(draft.moves):
        found += [(f"moves/{index}/source", move.source), (f"moves/{index}/destination", move.destination)]
    for index, pack in enumerate(draft.packs):
        found += [(f"packs/{index}/unit", pack.unit)]
        found += [(f"packs/{index}/child", pack.child)] if pack.child is not None else []
    if entry.original is not None:
        for _, source, destination, *_ in entry.original.moves:
            found += [("reverses", source), ("reverses", destination)]
    for where, key in found:
        place = batch.places.get(key)
        if place is not None and place.own and place.kind != "transit":
            yield where, key


def _held(batch: Batch, entry: Entry) -> Iterator[tuple[str, int]]:
    """Every lot of the book an entry holds or releases, and the field where it says so."""
    for index, hold in enumerate(entry.draft.holds):
        key = hold.lot
        if type(key) is not LotRef:
            yield f"holds/{index}", key  # type: ignore[misc]  # an int, then
        elif (known := batch.known.get((key.item, key.number, key.kind))) is not None:
            yield f"holds/{index}", known.id
    for uid in entry.draft.releases:
        if uid in batch.holds:
            yield "releases", batch.holds[uid].lot


def _places_of(lots: list[int]) -> Mapping[int, set[int]]:
    """Where at our own places there is something of each lot."""
    if not lots:
        return {}
    if sql.is_postgres():
        found = sql.rows(
            "SELECT b.lot_id, b.place_id FROM unnest(%s::bigint[]) u(id) CROSS JOIN LATERAL"
            " (SELECT * FROM ledger_balance WHERE lot_id = u.id AND own AND on_hand > 0) b",
            [sql.array(lots)],
        )
    else:
        found = sql.rows(
            "SELECT b.lot_id, b.place_id FROM json_each(%s) u CROSS JOIN ledger_balance b"
            " WHERE b.lot_id = u.value AND b.own AND b.on_hand > 0",
            [storage.to_json(lots)],
        )
    lying: dict[int, set[int]] = defaultdict(set)
    for lot, place in found:
        lying[lot].add(place)
    return lying


def _refuse(entry: Entry, where: str, what: str, site: str, who: tuple[str, str]) -> None:
    actor, mine = who
    entry.refuse(
        Fault(
            where,
            f"{what} {site}; {actor} works at {mine}.",
            f"Choose a place at {mine}, or ask an administrator to add {site} to the person's sites.",
            "other_site",
        ),
        403,
    )
