"""Traces of a big genealogy against what they could cost at the least.

Two floors for the hot lot. *Index probes*: one statement that asks the adjacency once for every node of
the answer, all known beforehand (in the order the walk finds them), its rows handed to the client; no
walk that reads the links through their index can ask less. What the probes take when nothing is handed
over is told beside it, without a bar. *In memory*: a walk over the same graph as a numpy CSR. The answers
are compared too: a quick wrong trace would be no trace.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from django.db import connection

from bench import converging
from bench.graph import Graph
from bench.harness import Figure, in_turn, median, ratio, say, seconds, tell
from lotbook.kernel import sql
from lotbook.traceability.trace import engine

ROUNDS = 15
FULL_ROUNDS = 3

PROBES = {
    "postgresql": (
        "SELECT {} FROM bench_known n CROSS JOIN LATERAL (SELECT target FROM ledger_link"
        " WHERE source = n.node AND sequence <= %s AND voided > %s OFFSET 0) k"
    ),
    "sqlite": (
        "SELECT {} FROM bench_known n CROSS JOIN ledger_link k"
        " WHERE k.source = n.node AND k.sequence <= %s AND k.voided > %s"
    ),
}


def measure(told: str) -> None:
    """Measure on the world that ``told`` (JSON) describes, in the book this process is set up on."""
    world = json.loads(told)
    as_of = engine.watermark()
    graph, took = _graph()
    say(f"read {world['links']:,} links into memory in {took:.1f} s")
    _hot(world["hot_lot"], graph, as_of)
    _many("typical lot forward", world["typical_lots"], forward=True, as_of=as_of)
    _many("finished lot backward", world["deep_lots"], forward=False, as_of=as_of)
    converging.measure(world["typical_lots"][0], as_of=as_of)
    _whole_answers(world)


def _graph() -> tuple[Graph, float]:
    """The links as a graph in memory, and how long that took in seconds."""

    def read() -> Graph:
        pairs = np.array(sql.rows("SELECT source, target FROM ledger_link"), dtype=np.int64)
        return Graph.of(pairs[:, 0], pairs[:, 1], nodes=int(pairs.max()) + 1)

    found: list[Graph] = []
    took = seconds(lambda: found.append(read()))
    return found[0], took


def _hot(lot: int, graph: Graph, as_of: int) -> None:
    node, seen = 2 * lot, np.zeros(graph.nodes, dtype=bool)
    known = graph.reach(node, seen)
    answer = engine.reachable([node], forward=True, as_of=as_of)
    if set(answer) != {node, *known.tolist()}:
        raise AssertionError("the trace of the hot lot is not what the walk in memory finds")
    _remember([node, *known[known != node].tolist()])
    floor, counted, trace, walk, shipments = in_turn(
        ROUNDS,
        lambda: _probe("k.target", as_of),
        lambda: _probe("count(*)", as_of),
        lambda: engine.reachable([node], forward=True, as_of=as_of),
        lambda: graph.reach(node, seen),
        lambda: engine.crossings(_lots(engine.reachable([node], forward=True, as_of=as_of)), as_of=as_of),
    )
    lots = int((known % 2 == 0).sum())
    note = f"{lots:,} lots, {len(known) - lots:,} runs, {len(graph.next(np.append(known, node))):,} links"
    tell(Figure("hot lot forward", median(trace) * 1000, "ms", note=note))
    tell(Figure("hot lot: index-probe floor", median(floor) * 1000, "ms"))
    tell(Figure("hot lot: trace / index-probe floor", ratio(trace, floor), "×", most=1.1))
    tell(Figure("hot lot: probes alone, nothing handed over", median(counted) * 1000, "ms"))
    tell(Figure("hot lot: walk in memory", median(walk) * 1000, "ms"))
    tell(Figure("hot lot: trace / walk in memory", ratio(trace, walk), "×", most=25))
    tell(Figure("hot lot with shipments per customer", median(shipments) * 1000, "ms"))
    tell(Figure("hot lot: with shipments / trace", ratio(shipments, trace), "×", most=3))


def _lots(nodes: list[int]) -> list[int]:
    return sorted(node // 2 for node in nodes if node % 2 == 0)


def _probe(wanted: str, as_of: int) -> None:
    if sql.is_postgres():
        # The planner takes 120,000 cheap probes for costly work and compiles it: no floor has time for that.
        sql.run("SET jit = off")
    sql.rows(PROBES[connection.vendor].format(wanted), [as_of, as_of])
    if sql.is_postgres():
        sql.run("RESET jit")


def _remember(nodes: list[int]) -> None:
    """Put the nodes into a table of this connection, in this order."""
    sql.run("CREATE TEMPORARY TABLE bench_known (node bigint NOT NULL)")
    sql.run(f"INSERT INTO bench_known SELECT node FROM {engine.listed('node')} x", [engine.keys(nodes)])
    if sql.is_postgres():
        sql.run("ANALYZE bench_known")


def _many(name: str, lots: list[int], *, forward: bool, as_of: int) -> None:
    """The walk from each of some lots: the median of each lot's median."""
    reached: list[int] = []
    taken: list[float] = []
    for lot in lots:
        reached.append(sum(node % 2 == 0 for node in _reach(lot, forward, as_of)) - 1)
        taken.append(median(in_turn(FULL_ROUNDS, partial(_reach, lot, forward, as_of))[0]))
    tell(Figure(name, median(taken) * 1000, "ms", note=f"{median(reached):,.0f} lots, median of {len(lots)}"))


def _reach(lot: int, forward: bool, as_of: int) -> list[int]:
    return engine.reachable([2 * lot], forward=forward, as_of=as_of)


def _whole_answers(world: dict[str, object]) -> None:
    """What a person waits for: lots with quantities, events and partners, everything a page may ask."""
    from lotbook.traceability.trace import queries
    from lotbook.traceability.trace.rules import Trace

    for name, lot, direction in (
        ("whole answer: hot lot forward", world["hot_lot"], "forward"),
        ("whole answer: typical lot forward", _first(world["typical_lots"]), "forward"),
        ("whole answer: finished lot backward", _first(world["deep_lots"]), "back"),
    ):
        uid = sql.to_uid(sql.rows("SELECT uid FROM lots_lot WHERE id = %s", [lot])[0][0])
        subject = queries.subject_of_lot(uid)
        assert subject is not None
        answers: list[Trace] = []
        ask = partial(_answer, answers, partial(queries.trace, subject, direction))
        taken = in_turn(FULL_ROUNDS, ask)[0]
        partners = len(answers[-1].customers) + len(answers[-1].suppliers)
        note = f"{len(answers[-1].lots):,} lots, {len(answers[-1].events):,} events, {partners} partners"
        tell(Figure(name, median(taken) * 1000, "ms", note=note))


def _answer(answers: list[Any], ask: Callable[[], Any]) -> None:
    answers[:] = [ask()]


def _first(values: object) -> object:
    assert isinstance(values, list)
    return values[0]
