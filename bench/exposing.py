"""Exposure and what if on the hot lot of a big genealogy, against the bare trace and the scope from the book.

The answers are compared too: the walk in memory with the trace, what if with the scope.
"""

from __future__ import annotations

import json
from functools import partial

from bench.harness import Figure, in_turn, median, ratio, seconds, tell
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.exposure import queries as exposing
from lotbook.traceability.trace.memory import keeping
from lotbook.traceability.trace.memory import queries as asking
from lotbook.traceability.trace.suspects import Seeds

ROUNDS = 7
REPLAYS = 3


def measure(told: str) -> None:
    """Measure on the world that ``told`` (JSON) describes, in the book this process is set up on."""
    world = json.loads(told)
    as_of = engine.watermark()
    _exposure(world["hot_lot"], as_of)
    _what_if(world["hot_lot"], world["typical_lots"], as_of)


def _exposure(hot: int, as_of: int) -> None:
    trace, reach = in_turn(
        ROUNDS,
        lambda: engine.reachable([2 * hot], forward=True, as_of=as_of),
        lambda: exposing.exposure([hot], as_of=as_of),
    )
    answer = exposing.exposure([hot], as_of=as_of)
    nodes = engine.reachable([2 * hot], forward=True, as_of=as_of)
    if answer.lots.tolist() != sorted(node // 2 for node in nodes if node % 2 == 0):
        raise AssertionError("exposure has other lots than the trace")
    note = f"{len(answer.lots):,} lots, {len(answer.customers)} customers, error {answer.error:.0e}"
    tell(Figure("hot lot: with exposure by reachability", median(reach) * 1000, "ms", note=note))
    tell(Figure("hot lot: with exposure / trace", ratio(reach, trace), "×", most=12))
    trace, replay = in_turn(
        REPLAYS,
        lambda: engine.reachable([2 * hot], forward=True, as_of=as_of),
        lambda: exposing.exposure([hot], as_of=as_of, reading="replay"),
    )
    timed = exposing.exposure([hot], as_of=as_of, reading="replay")
    note = f"{int((timed.shares > 0).sum()):,} of {len(timed.lots):,} lots exposed"
    tell(Figure("hot lot: with exposure by replay", median(replay) * 1000, "ms", note=note))
    tell(Figure("hot lot: with exposure by replay / trace", ratio(replay, trace), "×"))


def _what_if(hot: int, others: list[int], as_of: int) -> None:
    keeping.forget()
    opened = seconds(lambda: keeping.kept(as_of))
    kept = keeping.kept(as_of)
    note = f"{len(kept.graph):,} links, {kept.size / 1e6:,.0f} MB"
    tell(Figure("genealogy in memory: build", opened, "s", note=note))
    walk = sorted(engine.reachable([2 * hot], forward=True, as_of=as_of))
    if kept.graph.reach([2 * hot], as_of=as_of).tolist() != walk:
        raise AssertionError("the walk in memory is not what the trace finds")
    from lotbook.traceability.trace.scope import queries as scoping

    base, changed = Seeds((hot,)), Seeds(tuple(sorted({hot, *others[:3]})))
    ask = partial(asking.what_if, base, changed, as_of=as_of)
    quick, scopes = in_turn(
        REPLAYS, ask, lambda: [scoping.scope(seeds, as_of=as_of) for seeds in (base, changed)]
    )
    answer = ask()
    if answer.before.lots.tolist() != scoping.scope(base, as_of=as_of).lots.tolist():
        raise AssertionError("what if has other lots than the scope")
    note = f"{len(answer.before.lots):,} → {len(answer.after.lots):,} lots"
    tell(Figure("what if on the hot lot", median(quick) * 1000, "ms", most=200, note=note))
    tell(Figure("what if / two scopes from the book", ratio(quick, scopes), "×"))
