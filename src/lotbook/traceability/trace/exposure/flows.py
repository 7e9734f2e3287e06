"""What flowed between the affected lots and runs, read in a dozen statements whatever their number.

Movements, and what events of others told of runs with a quantity; events that were taken back are left out
with what took them back. Quantities are whole numbers of the lot's item, mass comes from its net weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.kernel import sql
from lotbook.traceability.trace import columns, containment, engine, history, queries
from lotbook.traceability.trace.rows import Flags, Integers, array, distinct, within

ITEMS_NAMED = 500
"""With more items than this all are read: a list of keys would be longer than the table."""

NOWHERE = -1
"""The place of goods that only others' events tell of."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Movements as columns."""

    event: Integers
    lot: Integers
    source: Integers
    destination: Integers
    quantity: Integers
    crossing: Integers

    def __len__(self) -> int:
        return len(self.event)

    def where(self, chosen: Flags) -> Moves:
        """Some of them."""
        return Moves(*(getattr(self, name)[chosen] for name in _COLUMNS))

    def and_(self, other: Moves) -> Moves:
        """These and those."""
        return Moves(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS))


_COLUMNS = ("event", "lot", "source", "destination", "quantity", "crossing")
_MOVEMENT = ("m.event_id", "m.lot_id", "m.source_id", "m.destination_id", "m.quantity", "m.crossing")


@dataclass(frozen=True, slots=True)
class Flows:
    """The affected part of the book as of a sequence.

    ``nodes`` are the affected nodes in order, ``lots``, ``seeds``, ``units`` (suspects too) and
    ``runs`` keys of lots and places.
    ``inputs`` went into affected runs, ``unused`` came back from them as it was, ``outputs`` are what they
    and other runs (``clean_runs``) made of affected lots, ``lost`` what the affected runs lost.
    ``loose``: (from node, to node, sequence) of what nobody measured. ``told_lots`` are lots others told
    the making of.
    """

    as_of: int
    nodes: Integers
    lots: Integers
    seeds: Integers
    units: Integers
    runs: Integers
    clean_runs: Integers
    inputs: Moves
    unused: Moves
    outputs: Moves
    lost: Moves
    crossed: Moves
    loose: tuple[Integers, Integers, Integers]
    told_lots: Integers
    reversed: Integers
    item_of: tuple[Integers, Integers]
    weights: dict[int, Fraction]
    """Kilograms of one smallest unit, by item; items without net weight are not in it."""


def read(seeds: Sequence[int], *, as_of: int, units: Sequence[int] = ()) -> Flows:
    """Everything the two readings of exposure need of what ``seeds`` (keys of lots) went into.

    ``units`` are logistic units suspected as they are: what takes them in has something of them.
    """
    nodes, bridges = _affected([2 * lot for lot in seeds] + [2 * unit + 1 for unit in units], as_of)
    lots = nodes[nodes % 2 == 0] // 2
    places = nodes[nodes % 2 == 1] // 2
    goods = array(history.units_among(places.tolist())) if len(places) else places
    runs = places[~within(places, goods)]
    reversed_events = _reversed(as_of)
    makers = _makers(lots, as_of)
    clean = makers[~within(makers, runs)]
    into = _moves("destination_id", runs, as_of, reversed_events)
    out = _moves("source_id", np.concatenate([runs, clean]), as_of, reversed_events)
    told_in, told_out, loose = _told(runs, as_of, reversed_events, into.and_(out))
    unused, lost, made = _sorted_out(out)
    made, into = made.and_(told_out), into.and_(told_in)
    crossed = _moves("lot_id", lots, as_of, reversed_events, crossing=True)
    items = items_of(distinct(np.concatenate([lots, into.lot, unused.lot, lost.lot])))
    return Flows(
        as_of=as_of,
        nodes=nodes,
        lots=lots,
        seeds=array(seeds),
        units=array(units),
        runs=runs,
        clean_runs=clean,
        inputs=into,
        unused=unused.where(within(unused.source, runs)),
        outputs=made.where(within(made.lot, lots)),
        lost=lost.where(within(lost.source, runs)),
        crossed=crossed,
        loose=_with_bridges(loose, bridges),
        told_lots=distinct(told_out.lot),
        reversed=reversed_events,
        item_of=items,
        weights=_weights(distinct(items[1])),
    )


def moves_of(lots: Integers, flows: Flows) -> Moves:
    """Every movement of some lots, up to the sequence, without what was taken back."""
    return _moves("lot_id", lots, flows.as_of, flows.reversed)


def in_time(events: Integers) -> Integers:
    """The sequences in the order in which the events claim to have happened."""
    if sql.is_postgres():
        source = columns.probed("ledger_event", "sequence = k.key")
        query = (
            f"SELECT string_agg(int8send(m.sequence), '' ORDER BY m.occurred_at, m.sequence) FROM {source}"
        )
        packed = sql.rows(query, [columns.keys(events)], binary=True)[0][0]
        return np.frombuffer(packed or b"", dtype=">i8").astype(np.int64)
    source = columns.probed("ledger_event", "m.sequence = k.key")
    ordered = f"(SELECT m.sequence AS sequence FROM {source} ORDER BY m.occurred_at, m.sequence)"
    return columns.read(["sequence"], ordered, [columns.keys(events)])[0]


# -- which lots and runs ------------------------------------------------------------------------------


def _affected(seeds: Sequence[int], as_of: int) -> tuple[Integers, list[tuple[int, int]]]:
    """All nodes reached from the seeds, and what went into runs as contents of a logistic unit."""
    start = sorted(set(seeds))
    if not start:
        return np.empty(0, dtype=np.int64), []
    if not containment.any_packings():
        return array(engine.reachable(start, forward=True, as_of=as_of)), []
    side = queries.side_of(start, forward=True, as_of=as_of)
    return array(side.nodes), side.bridges


def _makers(lots: Integers, as_of: int) -> Integers:
    """The runs that made any of the lots."""
    condition = "{}target = k.key AND {}sequence <= %s AND {}voided > %s"
    source = columns.probed("ledger_link", condition.replace("{}", "" if sql.is_postgres() else "m."))
    (found,) = columns.read(["m.source"], source, [columns.keys(2 * lots), as_of, as_of])
    return distinct(found[found % 2 == 1] // 2)


def _reversed(as_of: int) -> Integers:
    """Events that were taken back by then, and those that took them back."""
    source = "ledger_event m WHERE m.reverses_id > 0 AND m.sequence <= %s"
    return distinct(np.concatenate(columns.read(["m.sequence", "m.reverses_id"], source, [as_of])))


# -- movements ----------------------------------------------------------------------------------------


def _moves(column: str, keys: Integers, as_of: int, without: Integers, *, crossing: bool = False) -> Moves:
    table = "" if sql.is_postgres() else "m."
    condition = f"{table}{column} = k.key AND {table}event_id <= %s"
    index = ""
    if crossing:
        # SQLite takes the partial index only for the very words of its condition.
        condition, index = condition + f" AND NOT ({table}crossing = 0)", "ledger_movement_crossing"
    source = columns.probed("ledger_movement", condition, index=index)
    moves = Moves(*columns.read(_MOVEMENT, source, [columns.keys(keys), as_of]))
    return moves.where(~within(moves.event, without)) if len(without) else moves


def _sorted_out(out: Moves) -> tuple[Moves, Moves, Moves]:
    """What came out of runs: what came back unused, what was lost, what was made.

    The event says what it meant: what comes back unused was not made there, even where the book no longer
    has that it went in (its input was reversed), just as it has no link.
    """
    losses = array(row[0] for row in sql.rows("SELECT id FROM places_place WHERE kind = 'loss'"))
    lost = within(out.destination, losses)
    unused = np.zeros(len(out), dtype=bool)
    if not lost.all():
        its = "" if sql.is_postgres() else "m."
        source = columns.probed("ledger_event", f"{its}sequence = k.key AND {its}kind = 'unconsume'")
        (back,) = columns.read(["m.sequence"], source, [columns.keys(distinct(out.event[~lost]))])
        unused = ~lost & within(out.event, distinct(back))
    return out.where(unused), out.where(lost), out.where(~unused & ~lost)


def _told(
    runs: Integers, as_of: int, without: Integers, moved: Moves
) -> tuple[Moves, Moves, tuple[Integers, Integers, Integers]]:
    """What events told of the runs beside their movements: measured into and out of, and not measured."""
    table = "" if sql.is_postgres() else "m."
    names = [
        "m.event_id",
        "coalesce(m.lot_id, 0)",
        "coalesce(m.unit_id, 0)",
        "m.run_id",
        "CASE m.role WHEN 'input' THEN 1 ELSE 0 END",
        "coalesce(m.quantity, 0)",
    ]
    source = columns.probed("ledger_mention", f"{table}run_id = k.key AND {table}event_id <= %s")
    event, lot, unit, run, is_input, quantity = columns.read(names, source, [columns.keys(runs), as_of])
    known = set(zip(moved.event.tolist(), moved.lot.tolist(), strict=True)) if len(event) else set()
    alone = ~within(event, without)
    alone &= np.array(
        [pair not in known for pair in zip(event.tolist(), lot.tolist(), strict=True)], dtype=bool
    )
    measured = alone & (lot > 0) & (quantity > 0)
    nowhere, inside = np.full(len(event), NOWHERE), np.zeros(len(event), dtype=np.int64)
    told_in = Moves(event, lot, nowhere, run, quantity, inside).where(measured & (is_input == 1))
    told_out = Moves(event, lot, run, nowhere, quantity, inside).where(measured & (is_input == 0))
    vague = alone & ~measured
    node, at = np.where(lot > 0, 2 * lot, 2 * unit + 1), 2 * run + 1
    first, second = np.where(is_input == 1, node, at), np.where(is_input == 1, at, node)
    return told_in, told_out, (first[vague], second[vague], event[vague])


def _with_bridges(
    loose: tuple[Integers, Integers, Integers], bridges: list[tuple[int, int]]
) -> tuple[Integers, Integers, Integers]:
    """Contents of a unit that went into a run: in it from the beginning, for all that is known."""
    if not bridges:
        return loose
    near, far = np.array(bridges, dtype=np.int64).T
    first, second, event = loose
    none = np.zeros(len(near), dtype=np.int64)
    return np.concatenate([first, near]), np.concatenate([second, far]), np.concatenate([event, none])


# -- items and their mass -----------------------------------------------------------------------------


def items_of(lots: Integers) -> tuple[Integers, Integers]:
    """The item of each lot: keys of lots in order, and of items beside them."""
    source = columns.probed("lots_lot", f"{'' if sql.is_postgres() else 'm.'}id = k.key")
    lot, item = columns.read(["m.id", "m.item_id"], source, [columns.keys(lots)])
    order = np.argsort(lot)
    return lot[order], item[order]


def _weights(items: Integers) -> dict[int, Fraction]:
    wanted = items.tolist()
    rows = Item.objects.filter(pk__in=wanted) if len(wanted) <= ITEMS_NAMED else Item.objects.all()
    units = catalog.units_of_many(rows.only("pk", "unit", "scale"))
    weights = {key: one.kilograms(1) for key, one in units.items()}
    return {key: weight for key, weight in weights.items() if weight}
