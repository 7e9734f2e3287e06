"""Shares by reachability: x = A·x on the affected part of the genealogy. Pure: numpy, no database.

Every node – lot, run, or logistic unit used as goods – has a share from 0 to 1. A suspect's is 1. Another
node's is the mean of what flowed into it, weighted by mass, or the greatest share among the flows that
nobody measured, whichever is more. Rework makes circles; the shares are the least solution, to which
repeated substitution from nothing rises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lotbook.traceability.trace.rows import Flags, Integers, Rows, distinct

Floats = NDArray[np.float64]

ROUNDS_MAX = 50_000
TINY = 1e-15
"""A change of less than this is none: it is not carried on."""
PATIENCE = 200
"""After so many rounds what still moves goes in slow circles, which are solved as equations."""
CIRCLE_MAX = 1_500
"""The most nodes of circles solved at once: a dense matrix of their square."""


@dataclass(frozen=True, slots=True)
class System:
    """Shares to find, for nodes 0 … ``count - 1``.

    Flows: so much (``amount``, in one unit of measure for each target) of ``source`` is in ``target``, all
    of which is ``total[target]``, clean parts included. Loose: some of ``loose_source`` is in
    ``loose_target``, nobody knows how much.
    """

    count: int
    suspects: Integers
    source: Integers
    target: Integers
    amount: Floats
    total: Floats
    loose_source: Integers
    loose_target: Integers


@dataclass(frozen=True, slots=True)
class Solution:
    """A share for each node. No share is off by more than ``error``.

    ``settled`` is false where the rounds ran out: the shares are too small then, nobody knows by how much.
    """

    shares: Floats
    error: float
    rounds: int
    settled: bool


def solve(system: System) -> Solution:
    """The least shares that satisfy the system, by substitution where something changed.

    Circles that keep nearly all they get would take for ever: they are solved by elimination in between.
    """
    work = _Work(system)
    changed, rounds, waited = distinct(system.suspects), 0, 0
    moving = np.zeros(system.count, dtype=bool)
    while len(changed) and rounds < ROUNDS_MAX:
        rounds, waited = rounds + 1, waited + 1
        changed = work.substituted(changed)
        if waited > PATIENCE // 2:
            moving[changed] = True
        if waited > PATIENCE:
            changed = distinct(np.concatenate([changed, work.eliminated(moving)]))
            moving[:], waited = False, 0
    # What comes to rest in so many rounds keeps in its circles at most so many times a change; the
    # eliminated ones say themselves how many.
    lasting = max(rounds, work.lasting)
    error = 2 * lasting * (min(rounds, PATIENCE) * float(np.finfo(float).eps) + TINY)
    return Solution(work.shares, 1.0 if len(changed) else min(error, 1.0), rounds, settled=not len(changed))


class _Work:
    """A system, its edges by either end, and the shares so far."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.shares = np.zeros(system.count)
        self.shares[system.suspects] = 1.0
        self.fixed = self.shares > 0
        whole = system.total[system.target]
        self.factor = np.divide(system.amount, whole, out=np.zeros(len(whole)), where=whole > 0)
        self.into, self.out = Rows(system.target, system.count), Rows(system.source, system.count)
        self.loose_into = Rows(system.loose_target, system.count)
        self.loose_out = Rows(system.loose_source, system.count)
        self.lasting = 1.0
        """How many times a change remains, all in all, in the circles that were eliminated."""

    def substituted(self, changed: Integers) -> Integers:
        """Calculate anew what depends on ``changed``; gives what rose by that."""
        system, shares = self.system, self.shares
        after = system.target[self.out.of(changed)[0]]
        loosely = system.loose_target[self.loose_out.of(changed)[0]]
        active = distinct(np.concatenate([after, loosely]))
        active = active[~self.fixed[active]]
        risen = self.fresh(active) - shares[active]
        shares[active] += np.maximum(risen, 0)
        return active[risen > TINY]

    def fresh(self, nodes: Integers) -> Floats:
        """The shares of ``nodes`` by those of what is in them."""
        edges, owner = self.into.of(nodes)
        flowing = self.factor[edges] * self.shares[self.system.source[edges]]
        fresh = np.bincount(owner, weights=flowing, minlength=len(nodes)).astype(float)
        edges, owner = self.loose_into.of(nodes)
        np.maximum.at(fresh, owner, self.shares[self.system.loose_source[edges]])
        capped: Floats = np.minimum(fresh, 1.0)
        return capped

    def eliminated(self, moving: Flags) -> Integers:
        """Solve the circles among what is moving as linear equations; gives what rose by that.

        Where nobody measured, the greatest part so far stands for the node: if another gets greater,
        substitution finds it, and the next elimination takes that. What does not rise is left.
        """
        circle = self._circles(moving)
        if not 0 < len(circle) <= CIRCLE_MAX:
            return circle[:0]
        place = np.full(self.system.count, -1)
        place[circle] = np.arange(len(circle))
        matrix, right = np.eye(len(circle)), np.zeros(len(circle))
        edges, owner = self.into.of(circle)
        weight, source = self.factor[edges], self.system.source[edges]
        mean = np.bincount(owner, weights=weight * self.shares[source], minlength=len(circle))
        loose, whose = self.loose_into.of(circle)
        parts = self.shares[self.system.loose_source[loose]]
        most = np.zeros(len(circle))
        np.maximum.at(most, whose, parts)
        vague = most > mean
        kept = ~vague[owner]
        chosen = np.flatnonzero(vague[whose] & (parts >= most[whose]))
        chosen = chosen[np.unique(whose[chosen], return_index=True)[1]]
        owner = np.concatenate([owner[kept], whose[chosen]])
        source = np.concatenate([source[kept], self.system.loose_source[loose[chosen]]])
        weight = np.concatenate([weight[kept], np.ones(len(chosen))])
        inside = place[source] >= 0
        np.subtract.at(matrix, (owner[inside], place[source[inside]]), weight[inside])
        np.add.at(right, owner[~inside], weight[~inside] * self.shares[source[~inside]])
        try:
            inverse = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            return circle[:0]
        found = inverse @ right
        if not np.all((found >= self.shares[circle] - 1e-9) & (found <= 1 + 1e-9)):
            return circle[:0]
        self.lasting = max(self.lasting, float(np.abs(inverse).sum(axis=1).max()))
        self.shares[circle] = np.clip(found, self.shares[circle], 1.0)
        return circle

    def _circles(self, moving: Flags) -> Integers:
        """What is on a circle, or between two, among ``moving``: the rest is taken off from either end."""
        system, left = self.system, moving & ~self.fixed
        source = np.concatenate([system.source, system.loose_source])
        target = np.concatenate([system.target, system.loose_target])
        while True:
            inside = left[source] & left[target]
            source, target = source[inside], target[inside]
            kept = np.zeros(system.count, dtype=bool)
            kept[source] = True
            ends = np.zeros(system.count, dtype=bool)
            ends[target] = True
            kept &= ends
            if kept.sum() == left.sum():
                return np.flatnonzero(left)
            left = kept
