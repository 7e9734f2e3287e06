"""What many lots descend from, all walked at once: each node of the graph with a bit for every lot.

One walk upstream from all lots together (a statement a step, the links packed into one value), then bits are
carried from the lots to their ancestors in numpy: to look at fifty lots costs little more than at one, for
what they share is read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from lotbook.kernel import sql
from lotbook.traceability.trace import containment, engine, history

Integers = NDArray[np.int64]
Bits = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Everything upstream of the lots asked about, these included.

    ``nodes`` (``2 * lot``, ``2 * place + 1``) in order; ``bits[n]`` says which lots descend from ``nodes[n]``
    (bit k of word k // 64 is lot k of the question); ``depth[n]`` is how many links it is from the nearest.
    """

    nodes: Integers
    bits: Bits
    depth: Integers

    def of(self, wanted: Integers) -> Bits:
        """The bits of some nodes, all of them known here."""
        return self.bits[np.searchsorted(self.nodes, wanted)]


def ancestry(lots: Sequence[int], *, as_of: int) -> Ancestry:
    """Walk upstream from ``lots``, with rework loops and through logistic units that went into runs."""
    seeds = 2 * np.array(lots, dtype=np.int64)
    walk = _Walk(as_of)
    walk.go(np.sort(seeds))
    if containment.any_packings():
        _through_units(walk)
    nodes = np.sort(np.concatenate([*walk.found, np.empty(0, np.int64)]))
    near = np.searchsorted(nodes, np.concatenate([*walk.near, np.empty(0, np.int64)]))
    far = np.searchsorted(nodes, np.concatenate([*walk.far, np.empty(0, np.int64)]))
    bits = np.zeros((len(nodes), max(1, -(-len(lots) // 64))), dtype=np.uint64)
    places = np.searchsorted(nodes, seeds)
    order = np.arange(len(lots))
    # A lot may be asked about once only, so no two of these meet in one word by accident.
    np.bitwise_or.at(bits, (places, order // 64), np.uint64(1) << (order % 64).astype(np.uint64))
    depth = _carry(bits, near, far, places)
    return Ancestry(nodes, bits, depth)


class _Walk:
    """The links met so far, step by step."""

    def __init__(self, as_of: int) -> None:
        self.as_of = as_of
        self.known: Integers = np.empty(0, np.int64)
        self.found: list[Integers] = []
        self.near: list[Integers] = []
        self.far: list[Integers] = []

    def go(self, front: Integers) -> None:
        """Walk on from ``front`` (in order, each once)."""
        while len(front := front[~_among(front, self.known)]):
            self.known = np.sort(np.concatenate([self.known, front]))
            self.found.append(front)
            near, far = _links(front, self.as_of)
            self.add(near, far)
            front = np.unique(far)

    def add(self, near: Integers, far: Integers) -> None:
        """Remember links: ``far`` went into ``near``."""
        self.near.append(near)
        self.far.append(far)


def _among(values: Integers, known: Integers) -> NDArray[np.bool_]:
    """Which of ``values`` are in ``known`` (in order)."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.equal(known[places], values)


def _links(front: Integers, as_of: int) -> tuple[Integers, Integers]:
    """The links that end at these nodes: (their targets, their sources)."""
    if sql.is_postgres():
        query = (
            "SELECT string_agg(int8send(n.node) || int8send(k.source), '') FROM (SELECT unnest(%s) AS node) n"
            " CROSS JOIN LATERAL (SELECT source FROM ledger_link"
            " WHERE target = n.node AND sequence <= %s AND voided > %s OFFSET 0) k"
        )
        packed = sql.rows(query, [sql.Bigints(front), as_of, as_of], binary=True)[0][0]
        pairs = np.frombuffer(packed or b"", dtype=">i8").astype(np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]
    query = (
        "SELECT json_group_array(n.value), json_group_array(k.source) FROM json_each(%s) n"
        " CROSS JOIN ledger_link k WHERE k.target = n.value AND k.sequence <= %s AND k.voided > %s"
    )
    near, far = sql.rows(query, [engine.keys(front.tolist()), as_of, as_of])[0]
    return np.array(orjson.loads(near), dtype=np.int64), np.array(orjson.loads(far), dtype=np.int64)


def _through_units(walk: _Walk) -> None:
    """Step over the logistic units that went into runs to what they contained then, as traces do."""
    stays = containment.Stays(walk.as_of)
    looked: Integers = np.empty(0, np.int64)
    while True:
        places = walk.known[(walk.known % 2 == 1) & ~_among(walk.known, looked)]
        if not len(places):
            return
        looked = walk.known
        for unit, run, at in history.units_into_runs((places // 2).tolist(), by_unit=False, as_of=walk.as_of):
            inside = stays.contents({unit: containment.at(at)})
            nodes = [2 * key if kind == "lot" else 2 * key + 1 for kind, key in inside]
            if nodes:
                far = np.array(sorted(nodes), dtype=np.int64)
                walk.add(np.full(len(far), 2 * run + 1), far)
        walk.go(np.unique(np.concatenate([*walk.far, np.empty(0, np.int64)])))


def _carry(bits: Bits, near: Integers, far: Integers, seeds: Integers) -> Integers:
    """Give every ancestor the bits of what it went into, until nothing changes: loops settle too.

    Only links whose near end changed are looked at again. Returns how many links each node is away.
    """
    order = np.argsort(far, kind="stable")
    near, far = near[order], far[order]
    depth = np.full(len(bits), np.iinfo(np.int64).max)
    depth[seeds] = 0
    changed = np.zeros(len(bits), dtype=bool)
    changed[seeds] = True
    step = 0
    while changed.any():
        step += 1
        links = np.flatnonzero(changed[near])
        changed[:] = False
        if not len(links):
            break
        ends = far[links]
        starts = np.flatnonzero(np.r_[True, ends[1:] != ends[:-1]])
        targets = ends[starts]
        joined = np.bitwise_or.reduceat(bits[near[links]], starts, axis=0) | bits[targets]
        depth[targets] = np.minimum(depth[targets], step)
        changed[targets] = (joined != bits[targets]).any(axis=1)
        bits[targets] = joined
    return depth
