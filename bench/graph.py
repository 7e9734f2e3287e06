"""A graph in memory as compressed rows (CSR), and the walk over it: what a trace could cost at the least."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Graph:
    """Directed graph: the targets of node n are ``targets[starts[n]:starts[n + 1]]``."""

    starts: Integers
    targets: Integers

    @classmethod
    def of(cls, source: Integers, target: Integers, nodes: int) -> Graph:
        """Make the graph of the edges source[i] → target[i] between nodes 0 … nodes-1."""
        starts = np.zeros(nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(source, minlength=nodes), out=starts[1:])
        return cls(starts, target[np.argsort(source, kind="stable")])

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.starts) - 1

    def next(self, front: Integers) -> Integers:
        """The targets of all nodes of ``front``, one for each edge."""
        begins = self.starts[front]
        counts = self.starts[front + 1] - begins
        ends = np.cumsum(counts)
        if not len(ends) or not ends[-1]:
            return np.empty(0, dtype=np.int64)
        positions: Integers = np.arange(ends[-1]) + np.repeat(begins - (ends - counts), counts)
        reached: Integers = self.targets[positions]
        return reached

    def reach(self, start: int | Integers, seen: npt.NDArray[np.bool_] | None = None) -> Integers:
        """Every node reached from ``start`` (without it, unless a circle comes back), breadth first.

        ``seen`` is working space, all false, one for each node: it is given back all false, so that many
        walks can share one.
        """
        seen = np.zeros(self.nodes, dtype=bool) if seen is None else seen
        front = np.atleast_1d(np.asarray(start, dtype=np.int64))
        found: list[Integers] = []
        while len(front):
            reached = self.next(front)
            reached = reached[~seen[reached]]
            seen[reached] = True
            front = _distinct(reached)
            found.append(front)
        everything = np.concatenate(found)
        seen[everything] = False
        return everything


def _distinct(values: Integers) -> Integers:
    if len(values) < 2:
        return values
    ordered = np.sort(values)
    distinct: Integers = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return distinct


def reference_reach(edges: Iterable[tuple[int, int]], start: int) -> set[int]:
    """The same answer in plain Python, one node at a time: what the tests compare with."""
    after: dict[int, list[int]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    found: set[int] = set()
    waiting = deque([start])
    while waiting:
        fresh: Sequence[int] = [node for node in after.get(waiting.popleft(), []) if node not in found]
        found.update(fresh)
        waiting.extend(dict.fromkeys(fresh))
    return found
