"""The genealogy as compressed rows in both directions, as of any sequence up to its own. Pure.

A link is 12 bytes in each direction: the far end, its sequence, the sequence that voided it. What came since
the graph was built is kept in a tail, until that is worth merging. Nothing here changes: a graph brought up to
date is another one, which shares what is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lotbook.traceability.trace.rows import Integers, distinct, spread

Words = NDArray[np.uint32]
WORD_MAX = 2**32 - 2
FOREVER = 2**32 - 1
"""The sequence at which what was not voided will be."""
TAIL_MAX = 100_000
"""Links in the tail from which on it is merged into the rest."""


@dataclass(frozen=True, slots=True)
class Links:
    """Links as columns: from where, to where, from which sequence on, until before which."""

    source: Words
    target: Words
    sequence: Words
    voided: Words

    def __len__(self) -> int:
        return len(self.source)

    @property
    def columns(self) -> tuple[Words, Words, Words, Words]:
        """All four."""
        return self.source, self.target, self.sequence, self.voided

    def and_(self, other: Links) -> Links:
        """These and those; of a link in both, that of ``other``."""
        both = [np.concatenate(pair) for pair in zip(self.columns, other.columns, strict=True)]
        order = np.lexsort((np.arange(len(both[0])), both[2], both[1], both[0]))
        rows = [column[order] for column in both]
        last = np.ones(len(order), dtype=bool)
        last[:-1] = np.any([column[1:] != column[:-1] for column in rows[:3]], axis=0)
        return Links(*(column[last] for column in rows))

    def turned(self) -> Links:
        """The same, told from their other end."""
        return Links(self.target, self.source, self.sequence, self.voided)


def links(columns: Sequence[Integers]) -> Links:
    """Links out of the book's numbers, which must fit 32 bits (4 billion events, 2 billion lots)."""
    highest = max(int(part.max(initial=0)) for part in columns[:3])
    if highest > WORD_MAX:
        raise OverflowError(f"expected numbers up to {WORD_MAX:,}, got {highest:,}")
    source, target, sequence = (part.astype(np.uint32) for part in columns[:3])
    return Links(source, target, sequence, np.minimum(columns[3], FOREVER).astype(np.uint32))


NOTHING = Links(*[np.empty(0, dtype=np.uint32)] * 4)


@dataclass(frozen=True, slots=True)
class Side:
    """One direction: ``far[starts[n]:starts[n + 1]]`` are the far ends of node n's links."""

    starts: Words
    far: Words
    sequence: Words
    voided: Words
    highest: int
    any_voided: bool

    @classmethod
    def of(cls, told: Links) -> Side:
        """By the source of the links; those out of an index are in order already, and quick to sort."""
        near, far, sequence, voided = told.columns
        count = int(near.max(initial=0)) + 1
        order = np.argsort(near, kind="stable")
        starts = np.zeros(count + 1, dtype=np.uint32)
        np.cumsum(np.bincount(near, minlength=count), out=starts[1:])
        lasting = bool((voided == FOREVER).all())
        return cls(
            starts, far[order], sequence[order], voided[order], int(sequence.max(initial=0)), not lasting
        )

    def after(self, front: Integers, as_of: int) -> Integers:
        """The far ends of all links of ``front`` that hold as of a sequence."""
        front = front[front < len(self.starts) - 1]
        begins = self.starts[front].astype(np.int64)
        positions, _ = spread(begins, self.starts[front + 1] - begins)
        if self.any_voided or as_of < self.highest:
            positions = positions[(self.sequence[positions] <= as_of) & (self.voided[positions] > as_of)]
        return self.far[positions].astype(np.int64)

    def without(self, gone: Links) -> tuple[Side, NDArray[np.bool_]]:
        """The same with the ends of links that were voided since; and which of them it has."""
        voided, known = self.voided.copy(), np.zeros(len(gone), dtype=bool)
        for index, (near, far, sequence, ended) in enumerate(zip(*gone.columns, strict=True)):
            if near < len(self.starts) - 1:
                begin, end = int(self.starts[near]), int(self.starts[near + 1])
                same = (self.far[begin:end] == far) & (self.sequence[begin:end] == sequence)
                voided[begin:end][same] = ended
                known[index] = same.any()
        return Side(self.starts, self.far, self.sequence, voided, self.highest, True), known

    def told(self) -> Links:
        """Its links as columns."""
        near = np.repeat(np.arange(len(self.starts) - 1, dtype=np.uint32), np.diff(self.starts))
        return Links(near, self.far, self.sequence, self.voided)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(part.nbytes for part in (self.starts, self.far, self.sequence, self.voided))

    def __len__(self) -> int:
        return len(self.far)


@dataclass(frozen=True, slots=True)
class Graph:
    """All links up to ``sequence``: nodes are ``2 * lot`` and ``2 * place + 1``."""

    sequence: int
    forward: Side
    backward: Side
    tail: Links
    late: tuple[Side, Side]

    @classmethod
    def of(cls, told: Links, *, sequence: int) -> Graph:
        """Build one."""
        none = Side.of(NOTHING)
        return cls(sequence, Side.of(told), Side.of(told.turned()), NOTHING, (none, none))

    def grown(self, fresh: Links, *, sequence: int) -> Graph:
        """With links that are new or voided since."""
        forward, backward, tail = self.forward, self.backward, self.tail
        old = fresh.sequence <= self.sequence
        gone = Links(*(column[old] for column in fresh.columns))
        if len(gone):
            forward, known = forward.without(gone)
            backward, _ = backward.without(gone.turned())
            fresh = Links(*(column[~old] for column in fresh.columns)).and_(
                Links(*(column[~known] for column in gone.columns))
            )
        tail = tail.and_(fresh)
        if len(tail) > TAIL_MAX:
            return Graph.of(forward.told().and_(tail), sequence=sequence)
        return Graph(sequence, forward, backward, tail, (Side.of(tail), Side.of(tail.turned())))

    def reach(self, seeds: Iterable[int], *, as_of: int, forward: bool = True) -> Integers:
        """Every node reached from ``seeds``, themselves included, in order."""
        sides = (self.forward, self.late[0]) if forward else (self.backward, self.late[1])
        front = distinct(np.fromiter(seeds, dtype=np.int64))
        count = 1 + max(int(front.max(initial=0)), *(len(side.starts) for side in self._sides))
        seen = np.zeros(count, dtype=bool)
        seen[front] = True
        while len(front):
            near = np.concatenate([side.after(front, as_of) for side in sides])
            near = near[~seen[near]]
            seen[near] = True
            front = distinct(near)
        return np.flatnonzero(seen)

    @property
    def _sides(self) -> tuple[Side, ...]:
        """Every node is the near end of some link, forward or backward."""
        return self.forward, self.backward, *self.late

    @property
    def size(self) -> int:
        """Bytes of all arrays."""
        return sum(side.size for side in self._sides) + sum(part.nbytes for part in self.tail.columns)

    def __len__(self) -> int:
        return len(self.forward) + len(self.tail)
