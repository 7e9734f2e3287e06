"""What the lots of a question may have in common: every ancestor, and what the ancestors touched.

Candidates come as arrays: which lots descend from each is a row of bits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lotbook.traceability.trace import history
from lotbook.traceability.trace.convergence import contacts as movements
from lotbook.traceability.trace.convergence import naming
from lotbook.traceability.trace.convergence.ancestry import Ancestry, Bits, Integers, ancestry
from lotbook.traceability.trace.convergence.rules import Lot

IN, OUT = 1, 2
"""The crossings of what came from a partner, and of what went to one."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of one kind: what tells them apart (a row each), their bits, their links away."""

    kind: str
    keys: list[tuple[object, ...]]
    bits: Bits
    depth: Integers


class Search:
    """Everything some lots descend from or touched, with a bit for each of them in their order."""

    def __init__(self, lots: Sequence[Lot], *, as_of: int) -> None:
        self.lots = lots
        self.known = ancestry([lot.id for lot in lots], as_of=as_of)
        nodes = self.known.nodes
        moved = movements.contacts((nodes[nodes % 2 == 0] // 2).tolist(), as_of=as_of)
        self.moved = moved.before(_gone(moved, nodes))
        self.places = naming.places(np.unique(np.concatenate([self.moved.source, self.moved.destination])))

    def candidates(self) -> list[Candidates]:
        """All kinds of candidates, those without any left out."""
        return [one for one in self._all() if one.keys]

    def _all(self) -> list[Candidates]:
        return [*self._nodes(), self._equipment(), *self._contacts()]

    def _nodes(self) -> Iterable[Candidates]:
        known = self.known
        units = _keys(history.units_among((known.nodes[known.nodes % 2 == 1] // 2).tolist()))
        is_unit = (known.nodes % 2 == 1) & np.isin(known.nodes // 2, units)
        for kind, chosen in (
            ("lot", known.nodes % 2 == 0),
            ("unit", is_unit),
            ("run", (known.nodes % 2 == 1) & ~is_unit),
        ):
            keys: list[tuple[object, ...]] = [(key,) for key in (known.nodes[chosen] // 2).tolist()]
            yield Candidates(kind, keys, known.bits[chosen], known.depth[chosen])

    def _equipment(self) -> Candidates:
        """Named by the events of runs: every lot that descends from one of these runs is a hit."""
        moved = self.moved
        pairs: list[tuple[Integers, Integers]] = []
        for ends in (moved.source, moved.destination):
            node = 2 * ends + 1
            through = np.isin(node, self.known.nodes[self.known.nodes % 2 == 1])
            pairs.append((moved.event[through], node[through]))
        events, nodes = (np.concatenate([one[n] for one in pairs]) for n in (0, 1))
        told: dict[int, set[str]] = defaultdict(set)
        for name, event in movements.equipment(np.unique(events).tolist()):
            told[event].add(name)
        rows = [
            (name, node)
            for event, node in zip(events.tolist(), nodes.tolist(), strict=True)
            for name in told.get(event, ())
        ]
        names = sorted({name for name, _ in rows})
        number = {name: n for n, name in enumerate(names)}
        which = np.array([number[name] for name, _ in rows], dtype=np.int64)
        found = np.array([node for _, node in rows], dtype=np.int64)
        return _joined("equipment", [(name,) for name in names], which, found, self.known)

    def _contacts(self) -> Iterable[Candidates]:
        """Places of ours where an ancestor was, suppliers that gave one, and both by week."""
        moved = self.moved
        ours = _keys(key for key, one in self.places.items() if one.ours)
        partner = {key: one.partner for key, one in self.places.items()}
        rows = [
            (ends[chosen], moved.lot[chosen], moved.week[chosen])
            for ends in (moved.source, moved.destination)
            for chosen in [np.isin(ends, ours)]
        ]
        where, lot, week = (np.concatenate([row[n] for row in rows]) for n in range(3))
        yield _grouped("place", [where], 2 * lot, self.known)
        came = moved.crossing == IN
        supplier = np.array([partner[key] for key in moved.source[came].tolist()], dtype=np.int64)
        yield _grouped("supplier", [supplier], 2 * moved.lot[came], self.known)
        yield _grouped(
            "time",
            [
                np.concatenate([np.zeros(len(where), np.int64), np.ones(len(supplier), np.int64)]),
                np.concatenate([where, supplier]),
                np.concatenate([week, moved.week[came]]),
            ],
            2 * np.concatenate([lot, moved.lot[came]]),
            self.known,
        )


def _gone(moved: movements.Contacts, nodes: Integers) -> Integers:
    """For each movement, after which event of its lot nothing can be a cause any more.

    That is its last way into a run of the ancestry, or its first to a customer: where it stood later (in
    quarantine after a recall, say) came of the complaint. A lot that did neither is still here.
    """
    lots, of = np.unique(moved.lot, return_inverse=True)
    sent, into = moved.crossing == OUT, np.isin(2 * moved.destination + 1, nodes)
    first_sent = np.full(len(lots), movements.NEVER)
    np.minimum.at(first_sent, of[sent], moved.event[sent])
    last_used = np.full(len(lots), -1)
    np.maximum.at(last_used, of[into], moved.event[into])
    used, left = last_used >= 0, first_sent < movements.NEVER
    last = np.where(used & left, np.maximum(first_sent, last_used), np.where(used, last_used, first_sent))
    until: Integers = last[of]
    return until


def _keys(values: Iterable[int]) -> Integers:
    return np.array(sorted(values), dtype=np.int64)


def _grouped(kind: str, columns: list[Integers], nodes: Integers, known: Ancestry) -> Candidates:
    """Candidates told apart by ``columns``; each has the bits of all its nodes."""
    table = np.stack(columns, axis=1) if len(nodes) else np.empty((0, len(columns)), np.int64)
    order = np.lexsort((nodes, *table.T[::-1]))
    table, nodes = table[order], nodes[order]
    fresh = np.ones(len(table), dtype=bool)
    fresh[1:] = (table[1:] != table[:-1]).any(axis=1)
    which = np.cumsum(fresh) - 1
    keys: list[tuple[object, ...]] = [tuple(row) for row in table[fresh].tolist()]
    return _joined(kind, keys, which, nodes, known)


def _joined(
    kind: str, keys: list[tuple[object, ...]], which: Integers, nodes: Integers, known: Ancestry
) -> Candidates:
    """Each candidate with the bits of all nodes that belong to it: ``which`` says whose each node is."""
    width = known.bits.shape[1]
    if not keys:
        return Candidates(kind, [], np.empty((0, width), np.uint64), np.empty(0, np.int64))
    order = np.argsort(which, kind="stable")
    at = np.searchsorted(known.nodes, nodes[order])
    starts = np.flatnonzero(np.r_[True, np.diff(which[order]) > 0])
    bits = np.bitwise_or.reduceat(known.bits[at], starts, axis=0)
    return Candidates(kind, keys, bits, np.minimum.reduceat(known.depth[at], starts))
