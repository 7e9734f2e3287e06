"""A family tree of lots, made with numpy alone: which runs consumed and produced which lots, and when.

A maker with many product lines side by side. Each line has levels: raw lots are received (level 0), and
the runs of level n make lots from the lots of the levels below, mostly the one right below, all of them
recent. One raw lot, salt say, goes into runs of every line for some weeks: the hot lot. Every so often
something made is put back into an earlier run (rework), which makes a circle.

Lots and runs are numbered from 0 in the order of time, as a book would number them. The same ``lots`` and
``seed`` give the same tree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bench.graph import Graph

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEVELS = 15
GROWTH = 1.13
"""Every level has so many times the lots of the level below: more is sold than bought."""
LANE_LOTS = 25_000
INPUTS = (6, 11)
OUTPUTS = (1, 3)
BELOW_SHARE = 0.75
"""Share of inputs that come from the level right below."""
WINDOW = 0.0019
"""How far back a run reaches for its inputs, as a share of the year, for a line of ``LANE_LOTS``."""
LAG = 0.004
"""How long after the level below a level works, as a share of the year."""
REWORK_EVERY = 500
HOT_LEVELS = 3
"""The hot lot goes into runs of the lowest levels."""
HOT_SHARE = 0.08
"""Share of all lots that the hot lot reaches."""


@dataclass(frozen=True)
class Genealogy:
    """Lots and runs by number, in order of time; times are shares of the year, in 0 … 1.

    ``made_by`` is the run that made a lot, -1 for lots received. ``consumed_lot[i]`` went into
    ``consumed_run[i]`` at ``consumed_time[i]``, which is the run's own time except for rework: those
    ``rework`` rows stand last.
    """

    level: npt.NDArray[np.int64]
    lane: Integers
    lot_time: Floats
    made_by: Integers
    run_time: Floats
    run_level: Integers
    consumed_lot: Integers
    consumed_run: Integers
    consumed_time: Floats
    rework: int
    hot: int

    @property
    def lots(self) -> int:
        """How many lots there are."""
        return len(self.level)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.run_time)

    @property
    def links(self) -> int:
        """How many edges there are, lot → run and run → lot."""
        return len(self.consumed_lot) + int((self.made_by >= 0).sum())

    def edges(self) -> tuple[Integers, Integers]:
        """All edges as (source, target); nodes are lots 0 … lots-1, then runs lots … lots+runs-1."""
        made = np.flatnonzero(self.made_by >= 0)
        source = np.concatenate([self.consumed_lot, self.lots + self.made_by[made]])
        return source, np.concatenate([self.lots + self.consumed_run, made])

    def forward(self) -> Graph:
        """The tree as a graph from lots to what was made of them."""
        return Graph.of(*self.edges(), nodes=self.lots + self.runs)

    def backward(self) -> Graph:
        """The tree as a graph from lots to what they were made of."""
        source, target = self.edges()
        return Graph.of(target, source, nodes=self.lots + self.runs)


@dataclass
class _Level:
    """One level while it grows: its lots' lines and times, its runs, what they consumed (level, index)."""

    lane: Integers
    position: Floats
    run_of: Integers
    run_lane: Integers
    run_position: Floats
    inputs: list[tuple[int, Integers, Integers]]


def grow(lots: int = 1_000_000, seed: int = 1) -> Genealogy:
    """Make a tree of exactly ``lots`` lots."""
    if lots < 10 * LEVELS:
        raise ValueError(f"expected at least {10 * LEVELS} lots, got {lots}")
    dice = np.random.default_rng(seed)
    lanes = max(1, lots // LANE_LOTS)
    window = WINDOW * LANE_LOTS * lanes / lots
    levels: list[_Level] = []
    for number, size in enumerate(_sizes(lots)):
        levels.append(_raw(dice, size, lanes) if number == 0 else _made(dice, size, lanes, window, levels))
    return _with_hot_lot(_numbered(dice, levels))


def _sizes(lots: int) -> list[int]:
    weights = GROWTH ** np.arange(LEVELS)
    sizes = (lots * weights / weights.sum()).astype(int)
    sizes[-1] += lots - sizes.sum()
    return [int(size) for size in sizes]


def _raw(dice: np.random.Generator, size: int, lanes: int) -> _Level:
    lane, position = _in_order(dice.integers(0, lanes, size), dice.random(size))
    nothing = np.empty(0, dtype=np.int64)
    return _Level(lane, position, np.full(size, -1), nothing, np.empty(0), [])


def _in_order(lane: Integers, position: Floats) -> tuple[Integers, Floats]:
    order = np.argsort(lane + position)
    return lane[order], position[order]


def _made(dice: np.random.Generator, size: int, lanes: int, window: float, below: list[_Level]) -> _Level:
    outputs = dice.integers(OUTPUTS[0], OUTPUTS[1] + 1, size)
    runs = int(np.searchsorted(np.cumsum(outputs), size)) + 1
    run_lane, run_position = _in_order(dice.integers(0, lanes, runs), dice.random(runs))
    run_of = np.repeat(np.arange(runs), outputs[:runs])[:size]
    level = _Level(run_lane[run_of], run_position[run_of], run_of, run_lane, run_position, [])
    wanted = np.repeat(np.arange(runs), dice.integers(INPUTS[0], INPUTS[1] + 1, runs))
    last = len(below) - 1
    steps = np.where(dice.random(len(wanted)) < BELOW_SHARE, 0, dice.integers(0, last + 1, len(wanted)))
    for number in range(last + 1):
        run = wanted[steps == last - number]
        lot, run = _recent(dice, below[number], run, level, window)
        level.inputs.append((number, lot, run))
    return _without_idle_runs(level)


def _without_idle_runs(level: _Level) -> _Level:
    """Drop runs that found nothing to use, at the start of the year: what they made was bought instead."""
    busy = np.zeros(len(level.run_lane), dtype=bool)
    for _, _, run in level.inputs:
        busy[run] = True
    renumbered = np.where(busy, np.cumsum(busy) - 1, -1)
    return _Level(
        level.lane,
        level.position,
        renumbered[level.run_of],
        level.run_lane[busy],
        level.run_position[busy],
        [(number, lot, renumbered[run]) for number, lot, run in level.inputs],
    )


def _recent(
    dice: np.random.Generator, source: _Level, run: Integers, level: _Level, window: float
) -> tuple[Integers, Integers]:
    """Choose for each of ``run`` one lot of ``source`` in its line, recent ones; no pair twice."""
    keys = source.lane + source.position
    first = np.searchsorted(keys, level.run_lane)
    until = np.searchsorted(keys, level.run_lane + level.run_position)
    since = np.maximum(np.searchsorted(keys, level.run_lane + level.run_position - window), first)
    since = np.maximum(np.minimum(since, until - 6), first)
    room = (until - since)[run]
    chosen = since[run] + (dice.random(len(run)) * room).astype(np.int64)
    pairs = np.unique(chosen[room > 0] * (len(level.run_lane) + 1) + run[room > 0])
    return pairs // (len(level.run_lane) + 1), pairs % (len(level.run_lane) + 1)


def _numbered(dice: np.random.Generator, levels: list[_Level]) -> Genealogy:
    """Put all levels together and number lots and runs by time; add rework."""
    lot_start = np.cumsum([0, *(len(level.lane) for level in levels)])
    run_start = np.cumsum([0, *(len(level.run_lane) for level in levels)])
    scale = 1 / (1 + LEVELS * LAG)
    lot_time = np.concatenate([(lv.position + n * LAG) * scale for n, lv in enumerate(levels)])
    run_time = np.concatenate([(lv.run_position + n * LAG) * scale for n, lv in enumerate(levels)])
    made_by = np.concatenate(
        [np.where(lv.run_of < 0, -1, lv.run_of + run_start[n]) for n, lv in enumerate(levels)]
    )
    pairs = [
        (lot_start[below] + lot, run_start[number] + run)
        for number, level in enumerate(levels)
        for below, lot, run in level.inputs
    ]
    lot_order, run_order = np.argsort(lot_time, kind="stable"), np.argsort(run_time, kind="stable")
    lot_number, run_number = _inverse(lot_order), _inverse(run_order)
    made_by = made_by[lot_order]
    consumed_lot = lot_number[np.concatenate([lot for lot, _ in pairs])]
    consumed_run = run_number[np.concatenate([run for _, run in pairs])]
    by_run = np.argsort(consumed_run, kind="stable")
    run_level = np.concatenate([np.full(len(lv.run_lane), n) for n, lv in enumerate(levels)])[run_order]
    return _with_rework(
        dice,
        Genealogy(
            level=np.concatenate([np.full(len(lv.lane), n) for n, lv in enumerate(levels)])[lot_order],
            lane=np.concatenate([lv.lane for lv in levels])[lot_order],
            lot_time=lot_time[lot_order],
            made_by=np.where(made_by < 0, -1, run_number[np.maximum(made_by, 0)]),
            run_time=run_time[run_order],
            run_level=run_level,
            consumed_lot=consumed_lot[by_run],
            consumed_run=consumed_run[by_run],
            consumed_time=run_time[run_order][consumed_run[by_run]],
            rework=0,
            hot=-1,
        ),
    )


def _inverse(order: Integers) -> Integers:
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    return inverse


def _with_rework(dice: np.random.Generator, tree: Genealogy) -> Genealogy:
    """Put some of what was made from a run's output back into that run, later: lots in a circle."""
    made = np.flatnonzero(tree.made_by >= 0)
    an_output = np.empty(tree.runs, dtype=np.int64)
    an_output[tree.made_by[made]] = made
    usable = np.flatnonzero(tree.made_by[tree.consumed_lot] >= 0)
    chosen = dice.choice(usable, size=max(1, tree.runs // REWORK_EVERY), replace=False)
    later_run, earlier_run = tree.consumed_run[chosen], tree.made_by[tree.consumed_lot[chosen]]
    pairs = np.unique(earlier_run * tree.lots + an_output[later_run])
    run, lot = pairs // tree.lots, pairs % tree.lots
    return replace(
        tree,
        consumed_lot=np.concatenate([tree.consumed_lot, lot]),
        consumed_run=np.concatenate([tree.consumed_run, run]),
        consumed_time=np.concatenate([tree.consumed_time, tree.lot_time[lot] + LAG / 4]),
        rework=len(lot),
    )


def _with_hot_lot(tree: Genealogy) -> Genealogy:
    """Let one raw lot go into as many early runs, one after the other, as make it reach ``HOT_SHARE``."""
    raw = np.flatnonzero((tree.level == 0) & (tree.lot_time > 0.3))
    hot = int(raw[0])
    candidates = np.flatnonzero((tree.run_time > tree.lot_time[hot]) & (tree.run_level <= HOT_LEVELS))
    candidates = np.setdiff1d(candidates, tree.consumed_run[tree.consumed_lot == hot])
    graph = tree.forward()
    low, high = 1, len(candidates)
    while low < high:
        middle = (low + high) // 2
        reached = graph.reach(np.append(candidates[:middle] + tree.lots, hot))
        if int((reached < tree.lots).sum()) < HOT_SHARE * tree.lots:
            low = middle + 1
        else:
            high = middle
    return _consuming(tree, hot, candidates[:low])


def _consuming(tree: Genealogy, lot: int, runs: Integers) -> Genealogy:
    """The same tree where ``lot`` also went into ``runs``."""
    regular = len(tree.consumed_lot) - tree.rework
    where = np.searchsorted(tree.consumed_run[:regular], runs)
    return replace(
        tree,
        consumed_lot=np.insert(tree.consumed_lot, where, lot),
        consumed_run=np.insert(tree.consumed_run, where, runs),
        consumed_time=np.insert(tree.consumed_time, where, tree.run_time[runs]),
        hot=lot,
    )
