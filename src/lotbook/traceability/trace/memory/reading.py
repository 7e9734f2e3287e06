"""Out of the book into memory: everything once, by portions, and later what came since, by probes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lotbook.kernel import sql
from lotbook.traceability.trace import columns, containment, engine, history
from lotbook.traceability.trace.memory import graph as graphs
from lotbook.traceability.trace.memory.goods import Goods, Shipments, sized
from lotbook.traceability.trace.memory.graph import Graph, Links
from lotbook.traceability.trace.rows import Integers, distinct

PORTION = 400_000
"""Nodes, lots or events read at once: what is in between in memory is some tens of megabytes."""


def bytes_needed() -> int:
    """About how many bytes the book needs in memory, portions in between included."""
    counted = (
        "SELECT (SELECT count(*) FROM ledger_link),"
        " (SELECT count(*) FROM ledger_movement WHERE NOT (crossing = 0))"
    )
    links, shipments = sql.rows(counted)[0]
    lots, places = _top("lots_lot"), _top("places_place")
    return 24 * int(links) + 16 * max(lots, places) + 12 * lots + 24 * int(shipments) + 60_000_000


def _top(table: str, key: str = "id") -> int:
    return int(sql.rows(f"SELECT coalesce(max({key}), 0) FROM {table}")[0][0])


def fingerprint(sequence: int) -> str:
    """What tells this book at this sequence from every other: the hash of its last event."""
    query = "SELECT content_hash FROM ledger_event WHERE sequence <= %s ORDER BY sequence DESC LIMIT 1"
    found = sql.rows(query, [sequence])
    return str(found[0][0]) if found else ""


# -- everything ---------------------------------------------------------------------------------------


def graph(sequence: int) -> Graph:
    """All links up to a sequence."""
    top = 2 * max(_top("lots_lot"), _top("places_place")) + 2
    parts = [
        graphs.links(
            columns.read(
                ["source", "target", "sequence", "voided"],
                "ledger_link WHERE source >= %s AND source < %s AND sequence <= %s",
                [begin, end, sequence],
            )
        )
        for begin, end in _portions(top)
    ]
    merged = [np.concatenate(column) for column in zip(*(part.columns for part in parts), strict=True)]
    return Graph.of(Links(*merged), sequence=sequence)


def goods(sequence: int) -> Goods:
    """Items, stock and shipments of all lots as of a sequence."""
    top = _top("lots_lot") + 1
    item = np.zeros(top, dtype=np.uint32)
    for begin, end in _portions(top):
        lot, of = columns.read(["id", "item_id"], "lots_lot WHERE id >= %s AND id < %s", [begin, end])
        item[lot] = of
    return Goods(item, _on_hand(top, sequence), shipments(0, sequence), shipments(0, 0))


def _portions(top: int) -> Iterator[tuple[int, int]]:
    return ((begin, min(begin + PORTION, top)) for begin in range(0, max(top, 1), PORTION))


def _on_hand(top: int, sequence: int) -> Integers:
    """What is at our places: the balances of now without what came after, in one statement."""
    source = f"""(SELECT lot_id AS lot, on_hand AS quantity FROM ledger_balance WHERE own AND on_hand > 0
        UNION ALL SELECT lot, -quantity FROM ({_OWN_CHANGES}) later) x"""
    lot, quantity = columns.read(["lot", "quantity"], source, [sequence, graphs.FOREVER])
    found = np.zeros(max(top, int(lot.max(initial=0)) + 1), dtype=np.int64)
    np.add.at(found, lot, quantity)
    return found


_OWN_CHANGES = """SELECT m.lot_id AS lot, CASE WHEN d.own AND s.own THEN 0 WHEN d.own THEN m.quantity
    WHEN s.own THEN -m.quantity ELSE 0 END AS quantity FROM ledger_movement m
    JOIN places_place s ON s.id = m.source_id JOIN places_place d ON d.id = m.destination_id
    WHERE m.event_id > %s AND m.event_id <= %s"""


def own_changes(after: int, until: int) -> tuple[Integers, Integers]:
    """By how much events after one sequence, up to another, changed what of which lot is at our places."""
    lot, quantity = columns.read(["lot", "quantity"], f"({_OWN_CHANGES}) x", [after, until])
    return lot, quantity


_SHIPMENT = (
    "lot_id",
    # A reversal goes the other way: the partner stands at its other end.
    "CASE WHEN crossing IN (2, 3, -4) THEN destination_id ELSE source_id END",
    "event_id",
    "CASE WHEN crossing IN (2, 3, -4) THEN quantity ELSE -quantity END",
)
_CROSSED = "NOT (crossing = 0) AND crossing IN (2, 3, 4, -2, -3, -4)"


def shipments(after: int, until: int) -> Shipments:
    """What crossed the border to partners and back in events after one sequence, up to another."""
    if after:
        source = f"ledger_movement WHERE event_id > %s AND event_id <= %s AND {_CROSSED}"
        return Shipments.of(*columns.read(_SHIPMENT, source, [after, until]))
    index = "" if sql.is_postgres() else " INDEXED BY ledger_movement_crossing"
    source = f"ledger_movement{index} WHERE lot_id >= %s AND lot_id < %s AND {_CROSSED} AND event_id <= %s"
    parts = [
        columns.read(_SHIPMENT, source, [begin, end, until]) for begin, end in _portions(_top("lots_lot") + 1)
    ]
    return Shipments.of(*(np.concatenate(column) for column in zip(*parts, strict=True)))


# -- what came since ----------------------------------------------------------------------------------


def fresh_links(after: int, until: int) -> Links:
    """Links that events after one sequence, up to another, made or voided: found by the lots and runs they name."""
    source = """(SELECT sequence AS at FROM ledger_event WHERE sequence > %s AND sequence <= %s
        UNION SELECT reverses_id FROM ledger_event WHERE reverses_id IS NOT NULL
            AND sequence > %s AND sequence <= %s) e"""
    (events,) = columns.read(["at"], source, [after, until, after, until])
    own = "" if sql.is_postgres() else "m."
    moved = columns.probed("ledger_movement", f"{own}event_id = k.key")
    lot, start = columns.read(["m.lot_id", "m.source_id"], moved, [columns.keys(events)])
    told = columns.probed("ledger_mention", f"{own}event_id = k.key AND {own}run_id IS NOT NULL")
    node, run = columns.read(
        ["CASE WHEN m.lot_id IS NULL THEN 2 * m.unit_id + 1 ELSE 2 * m.lot_id END", "m.run_id"],
        told,
        [columns.keys(events)],
    )
    near = distinct(np.concatenate([2 * lot, 2 * start + 1, node, 2 * run + 1]))
    # A supplier's place is no node of a link, but asking for it costs one probe.
    recent = f"({own}sequence > %s OR ({own}voided > %s AND {own}voided <= %s))"
    linked = columns.probed("ledger_link", f"{own}source = k.key AND {own}sequence <= %s AND {recent}")
    names = ["m.source", "m.target", "m.sequence", "m.voided"]
    return graphs.links(columns.read(names, linked, [columns.keys(near), until, after, after, until]))


def grown_goods(known: Goods, after: int, until: int) -> Goods:
    """The same with what came since."""
    top = _top("lots_lot") + 1
    item = known.item
    if top > len(item):
        lot, of = columns.read(["id", "item_id"], "lots_lot WHERE id >= %s AND id < %s", [len(item), top])
        item = np.concatenate([item, np.zeros(top - len(item), dtype=np.uint32)])
        item[lot] = of
    on_hand = sized(known.on_hand, top).copy()
    np.add.at(on_hand, *own_changes(after, until))
    late = known.late.and_(shipments(after, until))
    whole = known.shipments
    if len(late) > graphs.TAIL_MAX:
        whole, late = whole.and_(late), shipments(0, 0)
    return Goods(item, on_hand, whole, late)


# -- logistic units that went into runs ---------------------------------------------------------------


def bridges(as_of: int) -> list[tuple[int, int]]:
    """Contents of units at the moment these went into a run: (node of a lot or unit, node of the run)."""
    runs = {
        row[0]
        for row in sql.rows(
            "SELECT DISTINCT run_id FROM ledger_mention WHERE run_id IS NOT NULL AND unit_id IS NOT NULL"
        )
    }
    # Units that are goods too, under another name.
    runs |= {
        row[0] // 2
        for row in sql.rows(
            "SELECT DISTINCT k.target FROM places_place p JOIN lots_lot l ON l.uri = p.uri"
            " JOIN ledger_link k ON k.source = 2 * l.id WHERE p.kind = 'unit' AND p.sscc IS NULL"
        )
    }
    if not runs:
        return []
    stays, found = containment.Stays(as_of), []
    for unit, run, at in history.units_into_runs(sorted(runs), by_unit=False, as_of=as_of):
        for kind, key in stays.contents({unit: containment.at(at)}):
            found.append((2 * key if kind == "lot" else 2 * key + 1, 2 * run + 1))
    return found


def watermark() -> int:
    """The sequence up to which every event is decided."""
    return engine.watermark()
