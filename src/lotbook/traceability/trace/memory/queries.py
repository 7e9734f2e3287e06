"""What if: two scopes side by side – other suspects, windows, runs – without asking the book for either."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lotbook.kernel import sql
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import containment, engine, history
from lotbook.traceability.trace.memory import keeping, reading
from lotbook.traceability.trace.memory.keeping import Kept
from lotbook.traceability.trace.rows import Integers, array, distinct, summed
from lotbook.traceability.trace.suspects import Seeds


@dataclass(frozen=True, slots=True)
class Facts:
    """An item as sums need it; ``cost_micro`` is millionths of ``currency`` for one base unit, or None."""

    code: str
    name: str
    unit: str
    scale: int
    cost_micro: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Side:
    """One scope: keys of its lots in order, and by item and by customer how much.

    ``items``: by key of item (lots, at our places, shipped less returned); ``customers``: by partner,
    unit and scale what they got less what they gave back; all in smallest units.
    """

    suspects: int
    lots: Integers
    items: dict[int, tuple[int, int, int]]
    customers: dict[tuple[int, str, int], int]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Both scopes as of a sequence, what tells them apart, and what the memory behind them is.

    ``added`` and ``dropped`` are keys of lots. ``behind``: how many sequences the book has gone on since.
    """

    as_of: int
    before: Side
    after: Side
    added: Integers
    dropped: Integers
    facts: dict[int, Facts]
    names: dict[int, str]
    kept: Kept
    behind: int
    answer_seconds: float
    opened: bool = field(default=False)
    """Whether the genealogy was built or brought up to date for this very answer."""


def what_if(before: Seeds, after: Seeds, *, as_of: int | None = None) -> WhatIf:
    """The scopes of two sets of suspects, from the genealogy in memory.

    Raises Refused for a sequence that is not decided yet, and where the memory would not suffice.
    """
    began = time.monotonic()
    decided = engine.watermark()
    if as_of is not None and not 0 <= as_of <= decided:
        cause = f"expected a sequence from 0 to {decided} (decided so far), got {as_of}."
        raise Refused(Fault("as_of", cause), status=400)
    moment = decided if as_of is None else as_of
    known = keeping.current()
    kept = keeping.kept(moment)
    reached = [_reached(kept, seeds, moment) for seeds in (before, after)]
    # What both scopes need is read once.
    mine = np.zeros(len(kept.goods.item), dtype=bool)
    mine[np.concatenate(reached)] = True
    sold = _sold(kept, np.flatnonzero(mine), moment)
    facts = _facts(distinct(kept.goods.item[mine].astype(np.int64)).tolist())
    sides = [
        _side(kept, len(seeds.lots), lots, sold, facts)
        for seeds, lots in zip((before, after), reached, strict=True)
    ]
    return WhatIf(
        as_of=moment,
        before=sides[0],
        after=sides[1],
        added=np.setdiff1d(reached[1], reached[0], assume_unique=True),
        dropped=np.setdiff1d(reached[0], reached[1], assume_unique=True),
        facts=facts,
        names=sold.names,
        kept=kept,
        behind=engine.watermark() - kept.sequence,
        answer_seconds=time.monotonic() - began,
        opened=known is not kept,
    )


def _reached(kept: Kept, seeds: Seeds, as_of: int) -> Integers:
    """The lots of a scope, suspects included: the walk in memory, and over units that went into runs."""
    nodes = kept.graph.reach(seeds.nodes, as_of=as_of)
    across = _bridges(kept, as_of)
    while across:
        known = set(nodes.tolist())
        fresh = {far for near, far in across if near in known and far not in known}
        if not fresh:
            break
        nodes = kept.graph.reach([*nodes.tolist(), *fresh], as_of=as_of)
    lots: Integers = nodes[nodes % 2 == 0] // 2
    return lots


def _bridges(kept: Kept, as_of: int) -> list[tuple[int, int]]:
    """Read once for a sequence: the contents of units at the moment they went into runs."""
    found = kept.bridges.get(as_of)
    if found is None:
        found = reading.bridges(as_of) if containment.any_packings() else []
        _keep(kept.bridges, as_of, found)
    return found


def _later(kept: Kept, as_of: int) -> tuple[Integers, Integers]:
    """What changed at our places after ``as_of``, which the graph's stock has in it already."""
    if as_of >= kept.sequence:
        none = np.empty(0, dtype=np.int64)
        return none, none
    found = kept.later.get(as_of)
    if found is None:
        found = reading.own_changes(as_of, kept.sequence)
        _keep(kept.later, as_of, found)
    return found


MOMENTS_MAX = 8
"""Past sequences of which something is kept; with more, all are read again."""


def _keep(known: dict[int, Any], as_of: int, found: Any) -> None:
    if len(known) >= MOMENTS_MAX:
        known.clear()
    known[as_of] = found


@dataclass(frozen=True, slots=True)
class _Sold:
    """What partners got: rows of lot, position of the partner, and quantity net of returns; and what is to undo."""

    lot: Integers
    partner: Integers
    quantity: Integers
    partners: list[int]
    names: dict[int, str]
    later: tuple[Integers, Integers]
    """What changed at our places after the moment asked for: lot, and by how much."""


def _sold(kept: Kept, lots: Integers, as_of: int) -> _Sold:
    parts = [part.of_lots(lots, as_of) for part in (kept.goods.shipments, kept.goods.late)]
    lot, place, quantity = (np.concatenate(pair) for pair in zip(*parts, strict=True))
    owners = history.partner_names(set(distinct(place).tolist())) if len(place) else {}
    partners = sorted({key for key, _ in owners.values()})
    position = {key: index for index, key in enumerate(partners)}
    places = array(owners)
    owner = np.array([position[owners[key][0]] for key in places.tolist()], dtype=np.int64)
    partner = owner[np.searchsorted(places, place)] if len(place) else place
    return _Sold(lot, partner, quantity, partners, dict(owners.values()), _later(kept, as_of))


def _side(
    kept: Kept,
    suspects: int,
    lots: Integers,
    sold: _Sold,
    facts: dict[int, Facts],
) -> Side:
    """Sum up one scope."""
    later = sold.later
    goods = kept.goods
    count = int(goods.item.max(initial=0)) + 1
    mine = np.zeros(len(goods.item), dtype=bool)
    mine[lots] = True
    item = goods.item[lots].astype(np.int64)
    stock = summed(item, goods.on_hand[lots], count)
    since = mine[later[0]]
    stock -= summed(goods.item[later[0][since]].astype(np.int64), later[1][since], count)
    rows = mine[sold.lot]
    of, partner, quantity = (
        goods.item[sold.lot[rows]].astype(np.int64),
        sold.partner[rows],
        sold.quantity[rows],
    )
    shipped = summed(of, quantity, count)
    counts = np.bincount(item, minlength=count)
    known = np.flatnonzero(counts)
    amounts = [part[known].tolist() for part in (counts, stock, shipped)]
    units = sorted({(one.unit, one.scale) for one in facts.values()})
    unit_of = np.zeros(count, dtype=np.int64)
    for key, one in facts.items():
        unit_of[key] = units.index((one.unit, one.scale))
    sums = summed(partner * len(units) + unit_of[of], quantity, max(len(sold.partners) * len(units), 1))
    customers = {
        (sold.partners[cell // len(units)], *units[cell % len(units)]): int(sums[cell])
        for cell in np.flatnonzero(sums).tolist()
    }
    items = {key: (n, on_hand, out) for key, n, on_hand, out in zip(known.tolist(), *amounts, strict=True)}
    return Side(suspects, lots, items, customers)


def _facts(items: Collection[int]) -> dict[int, Facts]:
    query = (
        "SELECT i.id, i.code, i.name, i.unit, i.scale, i.standard_cost_micro, i.currency"
        f" FROM {engine.listed()} k JOIN catalog_item i ON i.id = k.key"
    )
    return {row[0]: Facts(*row[1:]) for row in sql.rows(query, [engine.keys(items)])}
