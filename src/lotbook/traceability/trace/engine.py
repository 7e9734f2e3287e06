"""The SQL of a trace: a walk over the links, in place, recursive or step by step, whichever is quicker.

Nodes are ``2 * lot`` and ``2 * place + 1`` (runs, and logistic units that went into or came out of runs).
PostgreSQL is kept to index probes by LATERAL with OFFSET 0, SQLite by CROSS JOIN (limits, trap 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from lotbook.kernel import sql
from lotbook.traceability.ledger import storage

FAR, NEAR = "target", "source"


def watermark() -> int:
    """The sequence up to which every event is decided: what "now" means for an answer."""
    return storage.watermark()


def keys(values: Iterable[int]) -> str:
    """A list of integers as one parameter."""
    return sql.array(values) if sql.is_postgres() else orjson.dumps(list(values)).decode()


def listed(name: str = "key") -> str:
    """The parameter of ``keys`` as a table of one column."""
    if sql.is_postgres():
        return f"(SELECT unnest(%s::bigint[]) AS {name})"
    return f"(SELECT value AS {name} FROM json_each(%s))"


def _walk(forward: bool) -> str:
    """``WITH RECURSIVE seen(node)``: everything reachable (PostgreSQL); parameters: seeds, as_of, as_of."""
    here, there = ("source", "target") if forward else ("target", "source")
    step = (
        f"SELECT k.{there} FROM seen s CROSS JOIN LATERAL (SELECT {there} FROM ledger_link"
        f" WHERE {here} = s.node AND sequence <= %s AND voided > %s OFFSET 0) k"
    )
    return f"WITH RECURSIVE seen(node) AS (SELECT node FROM {listed('node')} x UNION {step})"


FEW, WIDE = 4_000, 500
"""PostgreSQL walks by itself from seeds with at most WIDE links, and as far as FEW nodes; else step by step."""


def reachable(seeds: Sequence[int], *, forward: bool, as_of: int) -> list[int]:
    """Every node reachable from ``seeds`` (themselves included) down- or upstream, loops and all.

    One recursive statement is quickest for the many small traces on PostgreSQL, because it is one round
    trip. In big ones, and in SQLite, the recursion's own book-keeping costs more than marks in an array do.
    """
    if sql.is_postgres() and len(_step(_array(seeds), forward=forward, as_of=as_of)) <= WIDE:
        query = f"{_walk(forward)} SELECT node FROM seen LIMIT {FEW}"
        found = [row[0] for row in sql.rows(query, [keys(seeds), as_of, as_of])]
        if len(found) < FEW:
            return found
        seeds = found
    return _stepwise(seeds, forward=forward, as_of=as_of)


def _stepwise(seeds: Sequence[int], *, forward: bool, as_of: int) -> list[int]:
    """The same walk with a statement for each step: the neighbours of the nodes found last (docs/bench.md)."""
    front = _distinct(_array(seeds))
    # One byte for each node there can be: zeroed pages cost nothing until they are touched.
    seen = np.zeros(max(_top(), int(front[-1]) if len(front) else 0) + 1, dtype=bool)
    while len(front):
        seen[front] = True
        near = _step(front, forward=forward, as_of=as_of)
        front = _distinct(near[~seen[near]])
    reached: list[int] = np.flatnonzero(seen).tolist()
    return reached


def _step(front: NDArray[np.int64], *, forward: bool, as_of: int) -> NDArray[np.int64]:
    """The far ends of all links of these nodes, in any order, some more than once."""
    here, there = ("source", "target") if forward else ("target", "source")
    if sql.is_postgres():
        # Packed bytes (and JSON, on SQLite) are quicker to hand over than a row for each link.
        query = (
            f"SELECT string_agg(int8send(k.{there}), '') FROM (SELECT unnest(%s) AS node) n CROSS JOIN LATERAL"
            f" (SELECT {there} FROM ledger_link WHERE {here} = n.node AND sequence <= %s AND voided > %s OFFSET 0) k"
        )
        packed = sql.rows(query, [sql.Bigints(front), as_of, as_of], binary=True)[0][0]
        return np.frombuffer(packed or b"", dtype=">i8").astype(np.int64)
    query = (
        f"SELECT json_group_array(k.{there}) FROM json_each(%s) n CROSS JOIN ledger_link k"
        f" WHERE k.{here} = n.value AND k.sequence <= %s AND k.voided > %s"
    )
    return _array(orjson.loads(sql.rows(query, [keys(front.tolist()), as_of, as_of])[0][0]))


def _array(nodes: Sequence[int]) -> NDArray[np.int64]:
    return np.array(nodes, dtype=np.int64)


def _distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each value once, in order: neighbours share pages of the index. ``np.unique`` hashes: four times as long."""
    values = np.sort(values)
    first = np.ones(len(values), dtype=bool)
    first[1:] = values[1:] != values[:-1]
    return values[first]


def _top() -> int:
    """The highest node there can be; lots and places of a link are committed with it or before it."""
    query = "SELECT coalesce(max(id), 0) FROM {}"
    lot, place = (sql.rows(query.format(table))[0][0] for table in ("lots_lot", "places_place"))
    return int(max(2 * lot, 2 * place + 1))


def edges(nodes: Sequence[int], *, forward: bool, as_of: int) -> list[tuple[int, int]]:
    """The links that start (forward) or end (backward) at ``nodes``, as (source, target), each once."""
    here = "source" if forward else "target"
    if sql.is_postgres():
        query = (
            f"SELECT DISTINCT k.source, k.target FROM {listed('node')} n CROSS JOIN LATERAL (SELECT source, target"
            f" FROM ledger_link WHERE {here} = n.node AND sequence <= %s AND voided > %s OFFSET 0) k"
        )
    else:
        query = (
            f"SELECT DISTINCT k.source, k.target FROM {listed('node')} n CROSS JOIN ledger_link k"
            f" WHERE k.{here} = n.node AND k.sequence <= %s AND k.voided > %s"
        )
    return [(row[0], row[1]) for row in sql.rows(query, [keys(nodes), as_of, as_of])]


@dataclass(slots=True)
class Crossed:
    """What one partner's place gave (``received``) and got (``shipped`` less ``returned``) of one item."""

    place: int
    item: int
    lots: int
    shipped: int
    returned: int
    received: int
    sent_back: int


def crossings(lots: Sequence[int], *, as_of: int) -> list[Crossed]:
    """What of ``lots`` crossed the border between us and partners, per partner's place and item.

    The partner's place is the far end of a movement: its source for what came in, its destination for
    what went out (the other way round in reversals).
    """
    far = "CASE WHEN m.crossing IN (1, 4, -2, -5) THEN m.source_id ELSE m.destination_id END"
    sums = ", ".join(
        f"sum(CASE m.crossing {cases} ELSE 0 END)"
        for cases in (
            "WHEN 2 THEN m.quantity WHEN -2 THEN -m.quantity WHEN 3 THEN m.quantity WHEN -3 THEN -m.quantity",
            "WHEN 4 THEN m.quantity WHEN -4 THEN -m.quantity",
            "WHEN 1 THEN m.quantity WHEN -1 THEN -m.quantity",
            "WHEN 5 THEN m.quantity WHEN -5 THEN -m.quantity",
        )
    )
    select = f"SELECT {far}, l.item_id, count(DISTINCT m.lot_id), {sums}"
    # SQLite takes the partial index only by name, and only for the very words of its condition.
    crossed = (
        "CROSS JOIN LATERAL (SELECT * FROM ledger_movement WHERE lot_id = n.lot AND NOT (crossing = 0)"
        " AND event_id <= %s OFFSET 0) m CROSS JOIN lots_lot l WHERE l.id = m.lot_id"
        if sql.is_postgres()
        else "CROSS JOIN ledger_movement m INDEXED BY ledger_movement_crossing CROSS JOIN lots_lot l"
        " WHERE m.lot_id = n.lot AND NOT (m.crossing = 0) AND m.event_id <= %s AND l.id = m.lot_id"
    )
    found = sql.rows(f"{select} FROM {listed('lot')} n {crossed} GROUP BY 1, 2", [keys(lots), as_of])
    return [Crossed(*row[:3], *(int(value or 0) for value in row[3:])) for row in found]


def run_quantities(runs: Sequence[int], *, inputs: bool, as_of: int) -> list[tuple[int, int, int]]:
    """How much of which lot went into (or came out of) each run: (run, lot, quantity), net of reversals.

    Unused goods that went back count against what went in.
    """
    near, far = ("destination", "source") if inputs else ("source", "destination")
    if sql.is_postgres():
        both = (
            f"SELECT r.run, m.lot_id, m.quantity AS q FROM {listed('run')} r CROSS JOIN LATERAL (SELECT * FROM"
            f" ledger_movement WHERE {near}_id = r.run AND event_id <= %s OFFSET 0) m UNION ALL"
            f" SELECT r.run, m.lot_id, -m.quantity FROM {listed('run')} r CROSS JOIN LATERAL (SELECT * FROM"
            f" ledger_movement WHERE {far}_id = r.run AND event_id <= %s OFFSET 0) m"
        )
    else:
        both = (
            f"SELECT r.run, m.lot_id, m.quantity AS q FROM {listed('run')} r CROSS JOIN ledger_movement m"
            f" WHERE m.{near}_id = r.run AND m.event_id <= %s UNION ALL"
            f" SELECT r.run, m.lot_id, -m.quantity FROM {listed('run')} r CROSS JOIN ledger_movement m"
            f" WHERE m.{far}_id = r.run AND m.event_id <= %s"
        )
    wanted = keys(runs)
    found = sql.rows(
        f"SELECT run, lot_id, sum(q) FROM ({both}) b GROUP BY run, lot_id HAVING sum(q) > 0",
        [wanted, as_of, wanted, as_of],
    )
    return [(row[0], row[1], int(row[2])) for row in found]
