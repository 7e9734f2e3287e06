"""Exposure worked out in exact fractions, one event at a time: no database, no numpy, no cleverness.

Reachability is a set of linear equations with the greater of several where nobody measured, solved by
elimination; replay is a book of buckets. Lots, places and runs are names, quantities whole numbers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

Moved = tuple[str, str, str, int]
"""Lot, source, destination, quantity."""
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass
class Happened:
    """An event on paper; ``vague`` are (lot, run) that went in, nobody knows how much."""

    kind: str
    at: datetime
    moves: list[Moved] = field(default_factory=list)
    vague: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Paper:
    """A book on paper: its events in the order they were written, and what one piece of a lot weighs."""

    runs: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    suppliers: set[str] = field(default_factory=set)
    weight: dict[str, Fraction | None] = field(default_factory=dict)
    events: list[Happened] = field(default_factory=list)


# -- linear equations ---------------------------------------------------------------------------------


def eliminated(rows: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Solve rows · x = right by Gaussian elimination."""
    size = len(rows)
    table = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for column in range(size):
        pivot = next(row for row in range(column, size) if table[row][column])
        table[column], table[pivot] = table[pivot], table[column]
        head = table[column][column]
        table[column] = [value / head for value in table[column]]
        for row in range(size):
            if row != column and (factor := table[row][column]):
                table[row] = [a - factor * b for a, b in zip(table[row], table[column], strict=True)]
    return [row[size] for row in table]


@dataclass
class Equations:
    """``mean[n]``: the weights of what is in n (at most 1 together); ``vague[n]``: what may be all of it."""

    suspects: set[str]
    mean: dict[str, dict[str, Fraction]] = field(default_factory=lambda: defaultdict(dict))
    vague: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def solved(self) -> dict[str, Fraction]:
        """The least solution: choose for each n the mean or one vague part, solve, and choose better."""
        nodes = sorted({*self.suspects, *self.mean, *self.vague, *(s for m in self.mean.values() for s in m)})
        chosen: dict[str, dict[str, Fraction]] = {n: dict(self.mean.get(n, {})) for n in nodes}
        while True:
            shares = self._of(chosen)
            better = False
            for node in nodes:
                options = [
                    self.mean.get(node, {}),
                    *({part: ONE} for part in sorted(self.vague.get(node, ()))),
                ]
                for option in options:
                    worth = sum((w * shares.get(s, ZERO) for s, w in option.items()), ZERO)
                    if node not in self.suspects and worth > shares.get(node, ZERO):
                        chosen[node], better = dict(option), True
                        shares = {**shares, node: worth}
            if not better:
                return shares

    def _of(self, chosen: dict[str, dict[str, Fraction]]) -> dict[str, Fraction]:
        """The least solution of one choice: what no suspect flows into is nought, the rest is linear."""
        reached, waiting = set(self.suspects), list(self.suspects)
        while waiting:
            near = waiting.pop()
            for node, parts in chosen.items():
                if parts.get(near) and node not in reached:
                    reached.add(node)
                    waiting.append(node)
        free = sorted(reached - self.suspects)
        position = {node: index for index, node in enumerate(free)}
        rows = [[ONE if a == b else ZERO for a in free] for b in free]
        right = [ZERO] * len(free)
        for node in free:
            for part, weight in chosen[node].items():
                if part in self.suspects:
                    right[position[node]] += weight
                elif part in position:
                    rows[position[node]][position[part]] -= weight
        found = eliminated(rows, right)
        return {
            **{node: found[index] for node, index in position.items()},
            **dict.fromkeys(self.suspects, ONE),
        }


# -- reachability -------------------------------------------------------------------------------------


def reach(paper: Paper, suspects: set[str]) -> dict[str, Fraction]:
    """The share of every lot and run with any; those without are missing or nought."""
    used, made, bought, vague = totals(paper)
    equations = Equations(suspects)
    for lot, run in vague:
        equations.vague[run].add(lot)
    mass: dict[str, Fraction] = defaultdict(Fraction)
    for (run, lot), quantity in used.items():
        mass[run] += max(quantity, 0) * (paper.weight[lot] or 0)
    whole: dict[str, int] = defaultdict(int, bought)
    for (lot, _), quantity in made.items():
        whole[lot] += quantity
    for (run, lot), quantity in used.items():
        weight = paper.weight[lot]
        if quantity > 0 and weight is None:
            equations.vague[run].add(lot)
        elif quantity > 0 and weight:
            equations.mean[run][lot] = quantity * weight / mass[run]
    for (lot, run), quantity in made.items():
        equations.mean[lot][run] = Fraction(quantity, whole[lot])
    return equations.solved()


def totals(
    paper: Paper,
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int], dict[str, int], set[tuple[str, str]]]:
    """By (run, lot) what was used, by (lot, run) what was made, by lot what was bought; what was vague."""
    used: dict[tuple[str, str], int] = defaultdict(int)
    made: dict[tuple[str, str], int] = defaultdict(int)
    bought: dict[str, int] = defaultdict(int)
    for event in paper.events:
        for lot, source, destination, quantity in event.moves:
            if destination in paper.runs:
                used[destination, lot] += quantity
            elif source in paper.runs and event.kind == "unconsume":
                used[source, lot] -= quantity
            elif source in paper.runs and event.kind != "lose":
                made[lot, source] += quantity
            elif source in paper.suppliers and event.kind == "receive":
                bought[lot] += quantity
    return used, made, bought, {pair for event in paper.events for pair in event.vague}


# -- replay -------------------------------------------------------------------------------------------


@dataclass
class Bucket:
    """So much, of which so much is suspect; less than nothing where more left than had come."""

    full: Fraction = ZERO
    suspect: Fraction = ZERO
    last: Fraction | None = None
    least: Fraction = ZERO
    fed: bool = False


ORDER = {"into": 0, "vague": 1, "unused": 2, "made": 3, "bought": 4, "moved": 5, "lost": 6}


class Replayed:
    """All events by the time they claim: ``share`` of each lot, ``suspect_at`` each customer."""

    def __init__(self, paper: Paper, suspects: set[str]) -> None:
        self.paper, self.suspects = paper, suspects
        self.by_reach = reach(paper, suspects)
        self.shelves: dict[tuple[str, str], Bucket] = defaultdict(Bucket)
        self.vessels: dict[str, Bucket] = defaultdict(Bucket)
        self.went: dict[tuple[str, str], Bucket] = defaultdict(Bucket)
        self.came: dict[str, Bucket] = defaultdict(Bucket)
        self.got: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for event in sorted(paper.events, key=lambda event: event.at):
            acts = [("vague", (lot, "", run, 0)) for lot, run in event.vague]
            acts += [(self.meaning(event, move), move) for move in event.moves]
            for act, move in sorted(acts, key=lambda pair: ORDER[pair[0]]):
                self.apply(act, move)

    def meaning(self, event: Happened, move: Moved) -> str:
        _, source, destination, _ = move
        if destination in self.paper.runs:
            return "into"
        if source in self.paper.runs:
            return {"unconsume": "unused", "lose": "lost"}.get(event.kind, "made")
        return "bought" if event.kind == "receive" else "moved"

    def apply(self, act: str, move: Moved) -> None:
        lot, source, destination, quantity = move
        weight = self.paper.weight[lot]
        if act == "vague":
            vessel = self.vessels[destination]
            vessel.least, vessel.fed = max(vessel.least, self.known(lot)), True
        elif act == "into":
            part = self.off(lot, source, quantity)
            self.pour(self.vessels[destination], lot, quantity, part)
            went = self.went[destination, lot]
            went.full, went.suspect = went.full + quantity, went.suspect + part
        elif act == "unused":
            went, vessel = self.went[source, lot], self.vessels[source]
            share = went.suspect / went.full if went.full else self.known(lot)
            if weight is not None and went.full:
                left = max(vessel.full - quantity * weight, ZERO)
                vessel.suspect = min(max(vessel.suspect - share * quantity * weight, ZERO), left)
                vessel.full = left
            self.onto(lot, destination, quantity, share * quantity)
        elif act in ("made", "lost"):
            share = self.tapped(source, quantity * weight if weight is not None else ZERO)
            if act == "made":
                share = ONE if lot in self.suspects else share
                self.onto(lot, destination, quantity, share * quantity)
                self.count(lot, quantity, share * quantity)
        else:
            part = self.off(lot, source, quantity, new=act == "bought")
            self.onto(lot, destination, quantity, part)
            if act == "bought":
                self.count(lot, quantity, part)
            if destination in self.paper.customers:
                self.got[lot, destination] += part
            elif source in self.paper.customers:
                self.got[lot, source] -= part

    def known(self, lot: str) -> Fraction:
        return self.by_reach.get(lot, ZERO)

    def count(self, lot: str, quantity: int, part: Fraction) -> None:
        self.came[lot].full += quantity
        self.came[lot].suspect += part

    def off(self, lot: str, place: str, quantity: int, *, new: bool = False) -> Fraction:
        """Take off a shelf."""
        if lot in self.suspects:
            return Fraction(quantity)
        shelf = self.shelves[lot, place]
        there = max(shelf.full, ZERO)
        part = shelf.suspect * min(Fraction(quantity), there) / there if there else ZERO
        if quantity > there:
            part += ZERO if new else (quantity - there) * self.known(lot)
            shelf.full, shelf.suspect = (ZERO if new else shelf.full - quantity), ZERO
        else:
            shelf.full, shelf.suspect = shelf.full - quantity, shelf.suspect - part
        return part

    def onto(self, lot: str, place: str, quantity: int, part: Fraction) -> None:
        """Put on a shelf; what left before it came is gone already."""
        shelf = self.shelves[lot, place]
        gone = min(Fraction(quantity), max(-shelf.full, ZERO))
        shelf.full += quantity
        shelf.suspect += part * (quantity - gone) / quantity

    def pour(self, vessel: Bucket, lot: str, quantity: int, part: Fraction) -> None:
        weight = self.paper.weight[lot]
        vessel.fed = True
        if weight is None:
            vessel.least = max(vessel.least, part / quantity)
        else:
            vessel.full += quantity * weight
            vessel.suspect += part * weight

    def tapped(self, run: str, mass: Fraction) -> Fraction:
        vessel = self.vessels[run]
        if vessel.full > 0:
            share = vessel.last = vessel.suspect / vessel.full
            vessel.full -= min(mass, vessel.full)
            vessel.suspect = share * vessel.full
        elif vessel.last is not None:
            share = vessel.last
        else:
            share = ZERO if vessel.fed else self.by_reach.get(run, ZERO)
        return max(share, vessel.least)

    def share(self, lot: str) -> Fraction:
        """Of all that came of it."""
        if lot in self.suspects:
            return ONE
        came = self.came[lot]
        return came.suspect / came.full if came.full else self.known(lot)
