"""From what flowed to what the two readings calculate with: a system of shares, and steps in time."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from lotbook.traceability.trace.exposure import flows as reading
from lotbook.traceability.trace.exposure.flows import Flows, Moves
from lotbook.traceability.trace.exposure.replaying import Act, Step
from lotbook.traceability.trace.exposure.solving import Floats, Solution, System
from lotbook.traceability.trace.rows import Flags, Integers, array, distinct, grouped, within

RECEIVED, SENT, RETURNED = 1, (2, 3), 4
"""How a movement crosses the border to a partner (the ledger's ``Crossing``)."""


def system(flows: Flows) -> System:
    """The shares to find: of affected lots by what made them, of affected runs by what went into them."""
    count = len(flows.nodes)
    into = _net_inputs(flows)
    mass = into.quantity * _kilograms(flows, into.lot)
    run = _position(flows, 2 * into.destination + 1)
    weighed = mass > 0
    total: Floats = np.bincount(run, weights=mass, minlength=count).astype(float)
    affected = within(into.lot, flows.lots)
    used, vague = affected & weighed, affected & ~weighed & (into.quantity > 0)
    made = flows.outputs
    lot = _position(flows, 2 * made.lot)
    total = total + np.bincount(lot, weights=made.quantity.astype(float), minlength=count)
    total = total + _received(flows, count)
    own = within(made.source, flows.runs)
    first, second, _ = flows.loose
    known = within(first, flows.nodes) & within(second, flows.nodes)
    return System(
        count=count,
        suspects=_position(flows, distinct(np.concatenate([2 * flows.seeds, 2 * flows.units + 1]))),
        source=np.concatenate(
            [_position(flows, 2 * into.lot[used]), _position(flows, 2 * made.source[own] + 1)]
        ),
        target=np.concatenate([run[used], lot[own]]),
        amount=np.concatenate([mass[used], made.quantity[own].astype(float)]),
        total=total,
        loose_source=np.concatenate([_position(flows, 2 * into.lot[vague]), _position(flows, first[known])]),
        loose_target=np.concatenate([run[vague], _position(flows, second[known])]),
    )


def _net_inputs(flows: Flows) -> Moves:
    """What went into each run and did not come back unused: one row for each run and lot."""
    into, back = flows.inputs, flows.unused
    lot = np.concatenate([into.lot, back.lot])
    run = np.concatenate([into.destination, back.source])
    quantity = np.concatenate([into.quantity, -back.quantity])
    order, starts = grouped(run, lot)
    sums = np.add.reduceat(quantity[order], starts) if len(starts) else quantity
    first = order[starts]
    nothing = np.zeros(len(starts), dtype=np.int64)
    return Moves(nothing, lot[first], nothing, run[first], np.maximum(sums, 0), nothing)


def _received(flows: Flows, count: int) -> Floats:
    """What of each lot came from partners: clean, unless it may be what others told the making of."""
    crossed = flows.crossed
    chosen = (crossed.crossing == RECEIVED) & ~within(crossed.lot, flows.told_lots)
    lot = _position(flows, 2 * crossed.lot[chosen])
    return np.bincount(lot, weights=crossed.quantity[chosen].astype(float), minlength=count).astype(float)


def _kilograms(flows: Flows, lots: Integers) -> Floats:
    """The mass of one smallest unit of each lot's item; 0 where its item has no net weight."""
    items = distinct(flows.item_of[1])
    table = np.array([float(flows.weights.get(item, 0)) for item in items.tolist()])
    return table[np.searchsorted(items, _item(flows, lots))] if len(lots) else np.empty(0)


def _item(flows: Flows, lots: Integers) -> Integers:
    known, items = flows.item_of
    return items[np.searchsorted(known, lots)]


def _position(flows: Flows, nodes: Integers) -> Integers:
    return np.searchsorted(flows.nodes, nodes)


def bounded(one: System, solution: Solution) -> Flags:
    """The nodes whose share is a bound, for something on the way to them was not measured."""
    shares = solution.shares
    mixed = np.bincount(
        one.target,
        weights=np.divide(
            one.amount * shares[one.source], one.total[one.target],
            out=np.zeros(len(one.target)), where=one.total[one.target] > 0,
        ),
        minlength=one.count,
    )  # fmt: skip
    marks = np.zeros(one.count, dtype=bool)
    loosely = shares[one.loose_source] > mixed[one.loose_target] + 1e-12
    fresh = distinct(one.loose_target[loosely])
    source = np.concatenate([one.source, one.loose_source])
    target = np.concatenate([one.target, one.loose_target])
    fresh = fresh[shares[fresh] > 0]
    while len(fresh):
        marks[fresh] = True
        after = target[np.isin(source, fresh)]
        fresh = distinct(after[~marks[after]])
    marks[one.suspects] = False
    return marks


def steps(flows: Flows, shares: dict[int, float]) -> list[Step]:
    """The movements in the order of time; of lots with a share by reachability all, of others into runs."""
    exposed = array(lot for lot, share in shares.items() if share > 0)
    exposed = exposed[~within(exposed, flows.seeds)]
    plain = _plain(reading.moves_of(exposed, flows), flows)
    crossed = flows.crossed.where(within(flows.crossed.lot, flows.seeds))
    hints = _hints(flows)
    parts = [
        (Act.USE, flows.inputs),
        (Act.UNUSE, flows.unused),
        (Act.MAKE, flows.outputs),
        (Act.SPILL, flows.lost),
        (Act.SUPPLY, plain.where(plain.crossing == RECEIVED)),
        (Act.MOVE, plain.where(plain.crossing != RECEIVED).and_(crossed.where(crossed.crossing != RECEIVED))),
        (Act.HINT, hints),
    ]
    act = np.concatenate([np.full(len(moves), kind) for kind, moves in parts])
    moves = parts[0][1]
    for _, more in parts[1:]:
        moves = moves.and_(more)
    order = np.lexsort((act, _moment(moves.event)))
    mass = _masses(flows, moves.lot[order], moves.quantity[order])
    listed = [
        part[order].tolist() for part in (act, moves.lot, moves.source, moves.destination, moves.quantity)
    ]
    return list(map(Step._make, zip(*listed, mass, moves.crossing[order].tolist(), strict=True)))


def _plain(moves: Moves, flows: Flows) -> Moves:
    """Without what went into and came out of runs: that is read by the runs."""
    runs = distinct(np.concatenate([flows.runs, flows.clean_runs]))
    own = within(moves.destination, flows.runs) | within(moves.source, runs)
    return moves.where(~own)


def _hints(flows: Flows) -> Moves:
    """Lots that went into affected runs at a time that is known, nobody knows how much."""
    first, second, event = flows.loose
    chosen = (first % 2 == 0) & (event > 0) & within(second, flows.nodes)
    lot, run = first[chosen] // 2, second[chosen] // 2
    nothing = np.zeros(len(lot), dtype=np.int64)
    return Moves(event[chosen], lot, nothing, run, nothing, nothing)


def _moment(events: Integers) -> Integers:
    """The rank in time of each row's event."""
    known = distinct(events)
    rank = np.empty(len(known), dtype=np.int64)
    rank[np.searchsorted(known, reading.in_time(known))] = np.arange(len(known))
    return rank[np.searchsorted(known, events)] if len(known) else events


def _masses(flows: Flows, lots: Integers, quantities: Integers) -> list[int | None]:
    """The mass of each row as a whole number in one unit that fits all items; None without net weight."""
    weights: dict[int, Fraction] = flows.weights
    unit = lcm(*(weight.denominator for weight in weights.values()))
    whole = {item: int(weight * unit) for item, weight in weights.items()}
    known, items = flows.item_of
    inside = within(lots, known)
    item = np.zeros(len(lots), dtype=np.int64)
    item[inside] = items[np.searchsorted(known, lots[inside])]
    return [
        quantity * factor if (factor := whole.get(key)) is not None else None
        for key, quantity in zip(item.tolist(), quantities.tolist(), strict=True)
    ]


def floors(flows: Flows, runs: dict[int, float], shares: dict[int, float]) -> dict[int, float]:
    """The least share of runs from their beginning: of units in them, and of what has no time."""
    first, second, event = flows.loose
    known = within(first, flows.nodes) & ((event == 0) | (first % 2 == 1)) & (second % 2 == 1)
    found: dict[int, float] = {}
    for node, run in zip(first[known].tolist(), (second[known] // 2).tolist(), strict=True):
        if run in runs:
            # A unit's share is not kept by itself: its run has at least that much by reachability.
            share = shares.get(node // 2, 0.0) if node % 2 == 0 else runs[run]
            found[run] = max(found.get(run, 0.0), share)
    return found
