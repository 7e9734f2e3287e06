"""One small job that every system can do – receipts, runs, shipments – and what a trace of it must find.

Each raw lot of 1,000 g is received once. A run takes 10 g of four earlier lots – raw or made – and makes two
lots of 1,000 g. Finished lots are shipped, 10 g each, to one of twenty customers. Nothing runs out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

INPUTS, OUTPUTS, CUSTOMERS = 4, 2, 20
HAVE, USED = 1000, 10
"""Grams of each lot, and what a run or a shipment takes of one: a lot can be taken from a hundred times."""
RECENT = 200
"""A run takes from so many of the newest lots, so that the genealogy is deep."""


@dataclass(frozen=True)
class Run:
    """What went into a run and what came out of it."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass
class Job:
    """What is to be done, in this order: receipts, runs, shipments."""

    raw: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    shipped: list[tuple[str, int]] = field(default_factory=list)

    @property
    def lots(self) -> list[str]:
        """All lots, raw ones first."""
        return [*self.raw, *(lot for run in self.runs for lot in run.outputs)]

    def reach(self, start: str, *, forward: bool) -> set[str]:
        """What was made from the lot, or what went into it; without itself."""
        steps: dict[str, set[str]] = {}
        for run in self.runs:
            sources, targets = (run.inputs, run.outputs) if forward else (run.outputs, run.inputs)
            for lot in sources:
                steps.setdefault(lot, set()).update(targets)
        return _reached(start, steps)


def _reached(start: str, steps: dict[str, set[str]]) -> set[str]:
    found, edge = {start}, [start]
    while edge:
        edge = [lot for lot in {to for lot in edge for to in steps.get(lot, ())} if lot not in found]
        found.update(edge)
    return found - {start}


def job(lots: int, seed: int = 1) -> Job:
    """A job of about so many lots, a fifth of them received."""
    dice = random.Random(seed)
    made = Job(raw=[f"RAW-{number:05}" for number in range(lots // 5)])
    taken = dict.fromkeys(made.raw, 0)
    for number in range((lots - len(made.raw)) // OUTPUTS):
        free = [lot for lot in list(taken)[-RECENT:] if taken[lot] < HAVE // USED // 2]
        inputs = {*dice.sample(free, INPUTS - 1), dice.choice(made.raw)}
        outputs = tuple(f"MADE-{number:05}-{letter}" for letter in "AB"[:OUTPUTS])
        made.runs.append(Run(tuple(sorted(inputs)), outputs))
        for lot in inputs:
            taken[lot] += 1
        taken.update(dict.fromkeys(outputs, 0))
    last: Iterable[str] = (run.outputs[0] for run in made.runs[-len(made.runs) // 4 :])
    made.shipped = [(lot, dice.randrange(CUSTOMERS)) for lot in last]
    return made
