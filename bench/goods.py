"""How much of each lot of a genealogy there is, where it goes, and what is shipped to whom: in grams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.genealogy import LEVELS, Genealogy

Integers = npt.NDArray[np.int64]

CUSTOMERS = 200


@dataclass(frozen=True)
class Goods:
    """Quantities in grams: of each lot when it came to be, of each use, and of each shipment's line."""

    made: Integers
    used: Integers
    shipped_lot: Integers
    shipped: Integers
    customer: Integers
    shipped_day: Integers


def share_out(tree: Genealogy, dice: np.random.Generator) -> Goods:
    """Share every lot out among its uses, level by level, and ship what is finished."""
    uses = np.bincount(tree.consumed_lot, minlength=tree.lots)
    outputs = np.bincount(tree.made_by[tree.made_by >= 0], minlength=tree.runs)
    made = dice.integers(2_000_000, 20_000_000, tree.lots)
    made[tree.hot] = 2_000_000_000
    regular = slice(0, len(tree.consumed_lot) - tree.rework)
    lot_of, run_of = tree.consumed_lot[regular], tree.consumed_run[regular]
    level_of_use = tree.run_level[run_of]
    for level in range(1, LEVELS):
        now = level_of_use == level
        share = made[lot_of[now]] // (uses[lot_of[now]] + 1)
        into = np.bincount(run_of[now], weights=share, minlength=tree.runs).astype(np.int64)
        fresh = np.flatnonzero((tree.level == level) & (tree.made_by >= 0))
        made[fresh] = _split(into, outputs, tree.made_by[fresh])
    used = made[tree.consumed_lot] // (uses[tree.consumed_lot] + 1)
    return Goods(made, used, *_shipments(tree, made - uses * (made // (uses + 1)), uses, dice))


def _split(into: Integers, outputs: Integers, run: Integers) -> Integers:
    """Divide what went into each run among its outputs; the first gets what does not divide."""
    first = np.zeros(len(run), dtype=bool)
    first[np.unique(run, return_index=True)[1]] = True
    shares: Integers = into[run] // outputs[run] + np.where(first, into[run] % outputs[run], 0)
    return shares


def _shipments(
    tree: Genealogy, left: Integers, uses: Integers, dice: np.random.Generator
) -> tuple[Integers, Integers, Integers, Integers]:
    """Choose what is shipped: finished lots wholly to 1–3 customers, some others in part to one.

    Gives, in order of shipping day, each line's lot, quantity, customer and day.
    """
    finished = np.flatnonzero((uses == 0) & (tree.level > LEVELS // 3))
    parts = dice.integers(1, 4, len(finished))
    lot = np.repeat(finished, parts)
    quantity = np.repeat(left[finished] // parts, parts)
    others = np.flatnonzero((uses > 0) & (tree.level > LEVELS // 2) & (dice.random(tree.lots) < 0.3))
    lot = np.concatenate([lot, others])
    quantity = np.concatenate([quantity, left[others] // 2])
    customer = dice.integers(0, CUSTOMERS, len(lot))
    # After the last rework of the lot (a quarter of a lag later), counted in whole days.
    day = np.ceil((tree.lot_time[lot] + 0.005 + 0.02 * dice.random(len(lot))) * 365).astype(np.int64)
    order = np.lexsort((customer, day))
    order = order[quantity[order] > 0]
    return lot[order], quantity[order], customer[order], day[order]
