"""Convergence for fifty complaint lots against one backward trace.

The complaint lots are finished lots that descend from one received lot, as after a bad delivery; the controls
are taken by the product. Two ratios, each of like with like: the walk from all fifty at once, with a bit for
each, against the bare walk from one; and the whole answer – controls chosen, ancestors, runs, suppliers,
places, equipment and weeks counted, judged and named – against the answer of a backward trace with its lots,
quantities and suppliers (its history of events left out). The whole answer against the bare walk is told.
"""

from __future__ import annotations

from uuid import UUID

import numpy as np

from bench.harness import Figure, in_turn, median, ratio, tell
from lotbook.kernel import sql
from lotbook.traceability.trace import engine, queries
from lotbook.traceability.trace.convergence import queries as convergence
from lotbook.traceability.trace.convergence.ancestry import ancestry

LOTS = 50
TRACED = 5
"""One backward trace is the mean of so many of the complaint lots: some are deeper than others."""
ROUNDS = 5
MOST = 20


def measure(source: int, *, as_of: int) -> None:
    """Measure with complaint lots that descend from the received lot ``source``."""
    lots = _finished(source, as_of)
    chosen = sorted(np.random.default_rng(1).choice(lots, min(LOTS, len(lots)), replace=False).tolist())
    answer = convergence.converge(chosen, as_of=as_of)
    uid = str(_uid(source))
    rank = next(
        (n for n, group in enumerate(answer.groups) if any(one.uid == uid for one in group.causes)), None
    )
    if rank is None or answer.groups[rank].hits != len(chosen):
        raise AssertionError("convergence does not find the lot that all complaint lots descend from")
    some = chosen[:: len(chosen) // TRACED][:TRACED]
    subjects = [queries.subject_of_lot(_uid(lot)) for lot in some]
    walks, all_walks, traces, whole = in_turn(
        ROUNDS,
        lambda: [engine.reachable([2 * lot], forward=False, as_of=as_of) for lot in some],
        lambda: ancestry(chosen, as_of=as_of),
        lambda: [queries.trace(one, "back", as_of=as_of, events=False) for one in subjects if one],
        lambda: convergence.converge(chosen, as_of=as_of),
    )
    walk, trace = ([taken / len(some) for taken in times] for times in (walks, traces))
    note = f"{len(chosen)} complaint lots, {len(answer.controls)} controls, {answer.compared:,} groups"
    note += f"; the source ranks {rank + 1}"
    tell(Figure("convergence: ancestors of all complaint lots", median(all_walks) * 1000, "ms"))
    tell(Figure("convergence: ancestors of all / one backward walk", ratio(all_walks, walk), "×", most=MOST))
    tell(Figure("convergence: whole answer", median(whole) * 1000, "ms", note=note))
    tell(Figure("convergence: whole answer / one backward trace", ratio(whole, trace), "×", most=MOST))
    tell(Figure("convergence: whole answer / one backward walk, bare", ratio(whole, walk), "×"))


def _uid(lot: int) -> UUID:
    return sql.to_uid(sql.rows("SELECT uid FROM lots_lot WHERE id = %s", [lot])[0][0])


def _finished(source: int, as_of: int) -> list[int]:
    """The lots made of ``source`` that went into nothing else."""
    reached = engine.reachable([2 * source], forward=True, as_of=as_of)
    used = {near for near, _ in engine.edges(reached, forward=True, as_of=as_of)}
    return sorted(node // 2 for node in reached if node % 2 == 0 and node not in used and node != 2 * source)
