"""Sets of keys and edges as numpy arrays: distinct values, and compressed rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def array(values: Iterable[int]) -> Integers:
    """Keys as an array: in order, each once."""
    return distinct(np.fromiter(values, dtype=np.int64))


def distinct(values: Integers) -> Integers:
    """Each value once, in order (``np.unique`` hashes, and takes four times as long)."""
    if len(values) < 2:
        return values
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def within(values: Integers, known: Integers) -> Flags:
    """Which of ``values`` are among ``known``, which is in order and has each once."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    found: Flags = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found


def grouped(*keys: Integers) -> tuple[Integers, Integers]:
    """Rows by equal keys: an order of the rows, and where in it each group begins."""
    order: Integers = np.lexsort(keys[::-1])
    first = np.zeros(len(order), dtype=bool)
    first[:1] = True
    for key in keys:
        ordered = key[order]
        first[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(first)


def summed(groups: Integers, values: Integers, count: int) -> Integers:
    """The sum of the values of each group 0 … ``count - 1``, exactly, without a sort.

    Floats count exactly up to 2**53: each value is counted in two halves (4 million values at most a group).
    """
    low = np.bincount(groups, weights=values & _HALF, minlength=count).astype(np.int64)
    high = np.bincount(groups, weights=values >> _BITS, minlength=count).astype(np.int64)
    sums: Integers = (high << _BITS) + low
    return sums


_BITS = 31
_HALF = (1 << _BITS) - 1


def spread(begins: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """The positions ``begin … begin + count - 1`` of all rows, and for each the number of its row."""
    ends = np.cumsum(counts)
    if not len(ends) or not ends[-1]:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing
    owner = np.repeat(np.arange(len(counts)), counts)
    positions: Integers = np.arange(ends[-1]) + (begins - (ends - counts))[owner]
    return positions, owner


class Rows:
    """Edges by one of their ends, a number from 0 to ``count - 1``, as compressed rows."""

    def __init__(self, ends: Integers, count: int) -> None:
        self.order: Integers = np.argsort(ends, kind="stable")
        self.starts: Integers = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(np.bincount(ends, minlength=count), out=self.starts[1:])

    def of(self, ends: Integers) -> tuple[Integers, Integers]:
        """The edges at these ends, and for each edge the position of its end among them."""
        begins = self.starts[ends]
        positions, owner = spread(begins, self.starts[ends + 1] - begins)
        return self.order[positions], owner
