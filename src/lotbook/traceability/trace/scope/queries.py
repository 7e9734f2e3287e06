"""Scope: for what is suspected, every affected lot, where it is, how much, who got it and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np

from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.lots import queries as lot_queries
from lotbook.traceability.lots.rules import status
from lotbook.traceability.trace import containment, deliveries, engine, facts, queries
from lotbook.traceability.trace import suspects as suspicion
from lotbook.traceability.trace.rows import Integers, array, distinct
from lotbook.traceability.trace.rules import Side
from lotbook.traceability.trace.scope import accounts, reading
from lotbook.traceability.trace.scope.rules import COLUMNS, Crossings, Scope, Standing
from lotbook.traceability.trace.suspects import Seeds, Suspects


def scope(
    suspected: Suspects | Seeds | Collection[int], *, as_of: int | None = None, forward: bool = True
) -> Scope:
    """Everything made from what is suspected (or gone into it), as of a sequence (None: the watermark).

    Takes suspects as people name them, seeds, or keys of lots. Depth is unlimited, rework loops are walked
    once, logistic units are stepped over as in ``trace``. Raises Refused for what the book does not know and
    for a sequence that is not decided yet; suspects that name nothing give an empty scope.
    """
    moment = decided(as_of)
    if isinstance(suspected, Suspects):
        seeds = suspicion.seeds(suspected, as_of=moment)
    elif isinstance(suspected, Seeds):
        seeds = suspected
    else:
        seeds = Seeds(tuple(sorted(set(suspected))))
    nodes = np.array(queries.reached(seeds.nodes, forward=forward, as_of=moment), dtype=np.int64)
    lots = distinct(nodes[nodes % 2 == 0] >> 1)
    if not len(lots):
        return _empty(moment, forward)
    item, items = reading.items(lots)
    moved = reading.movements(lots, as_of=moment)
    places = reading.Places(moved, as_of=moment)
    account, standing = accounts.account(lots, moved, places.accounts)
    undone = reading.undone(accounts.reversals(moved))
    crossings = accounts.crossed(moved, places.accounts, undone)
    account["returned"] = accounts.returned(lots, crossings)
    owners = np.unique(crossings.partner).tolist()
    found = Scope(
        moment, forward, seeds.lots, lots, item, account, standing, crossings, items=items,
        places=places.standing(np.unique(standing.place).tolist()), partners=places.partners(owners),
    )  # fmt: skip
    found.told = _told(found, nodes)
    return found


def decided(as_of: int | None) -> int:
    """The sequence an answer is of; raises Refused for one that is not decided yet."""
    last = engine.watermark()
    if as_of is not None and not 0 <= as_of <= last:
        cause = f"expected a sequence from 0 to {last} (decided so far), got {as_of}."
        raise Refused(Fault("as_of", cause, "Leave it out for now."), status=400)
    return last if as_of is None else as_of


def _empty(moment: int, forward: bool) -> Scope:
    none = np.empty(0, dtype=np.int64)
    columns = dict.fromkeys(COLUMNS, none)
    return Scope(moment, forward, (), none, none, columns, Standing(none, none, none), Crossings(*[none] * 6))


def _told(found: Scope, nodes: Integers) -> list[deliveries.Delivery]:
    """Deliveries of affected lots that events from elsewhere tell of and no movement carries."""
    if not deliveries.any_told():
        return []
    lots = found.lots.tolist()
    side = Side(found.forward, found.as_of, [], nodes=set(nodes.tolist()))
    stays = containment.Stays(found.as_of)
    side.containers = stays.containers({("lot", lot): containment.always() for lot in lots})
    told = deliveries.of_side(side, stays)
    counted = {
        (one.partner, one.lot) for one in facts.crossed(lots, forward=found.forward, as_of=found.as_of)
    }
    return [one for one in told if one.direct or (one.partner, one.lot) not in counted]


# -- rows, made when they are shown -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stand:
    """So much of a lot at a place of ours (a key of ``Scope.places``)."""

    place: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """So much of a lot over the border: ``kind`` is one of ``rules.CROSSED``."""

    lot: int
    kind: int
    partner: int
    place: int
    quantity: int
    sequence: int
    event: reading.EventFacts


@dataclass(frozen=True, slots=True)
class ScopedLot:
    """An affected lot with its account, where it stands, and what of it crossed the border."""

    lot: int
    uid: str
    item: int
    number: str
    kind: int
    supplier_lot: str
    expires_on: date | None
    status: str
    suspect: bool
    account: dict[str, int]
    places: tuple[Stand, ...]
    crossed: tuple[Crossed, ...]


def rows(found: Scope, lots: Integers | None = None) -> list[ScopedLot]:
    """The affected lots (or those of ``lots``, keys in order) as rows: five statements, however many.

    The status is by the holds that were open at the scope's sequence, and by today's date.
    """
    wanted = found.lots if lots is None else lots
    if not len(wanted):
        return []
    known = reading.lots(wanted, as_of=found.as_of)
    stands = _stands(found, wanted)
    crossed = _crossed(found, wanted)
    positions = found.position(wanted)
    columns = {name: found.account[name][positions].tolist() for name in COLUMNS}
    item = found.item[positions].tolist()
    suspects, today = set(found.seeds), lot_queries.today()
    made = []
    for n, lot in enumerate(wanted.tolist()):
        one = known[lot]
        made.append(
            ScopedLot(
                lot,
                one.uid,
                item[n],
                one.number,
                one.kind,
                one.supplier_lot,
                one.expires_on,
                status(one.kinds, one.expires_on, today),
                lot in suspects,
                {name: columns[name][n] for name in COLUMNS},
                tuple(stands.get(lot, ())),
                tuple(crossed.get(lot, ())),
            )
        )
    return made


def page(found: Scope, *, after: int = 0, limit: int) -> tuple[Integers, int | None]:
    """The keys of the next ``limit`` lots after one, and after which the page that follows begins (or None)."""
    start = int(np.searchsorted(found.lots, after, side="right"))
    part = found.lots[start : start + limit]
    more = start + limit < len(found.lots)
    return part, int(part[-1]) if more else None


def _stands(found: Scope, wanted: Integers) -> dict[int, list[Stand]]:
    rows = found.standing
    begin, end = np.searchsorted(rows.lot, [wanted[0], wanted[-1] + 1])
    part = zip(*(column[begin:end].tolist() for column in (rows.lot, rows.place, rows.quantity)), strict=True)
    stands: dict[int, list[Stand]] = {}
    for lot, place, quantity in part:
        stands.setdefault(lot, []).append(Stand(place, quantity))
    for several in stands.values():
        several.sort(key=lambda one: (-one.quantity, found.places[one.place].code))
    return stands


def _crossed(found: Scope, wanted: Integers) -> dict[int, list[Crossed]]:
    rows = found.crossings
    begin, end = np.searchsorted(rows.lot, [wanted[0], wanted[-1] + 1])
    named = (rows.lot, rows.kind, rows.partner, rows.place, rows.quantity, rows.event)
    part = [column[begin:end] for column in named]
    events = reading.events(part[-1])
    crossed: dict[int, list[Crossed]] = {}
    for lot, kind, partner, place, quantity, at in zip(*(column.tolist() for column in part), strict=True):
        one = Crossed(lot, kind, partner, place, quantity, at, events[at])
        crossed.setdefault(lot, []).append(one)
    return crossed


def keys_of(lots: Collection[int]) -> Integers:
    """Keys as the functions here take them."""
    return array(lots)
