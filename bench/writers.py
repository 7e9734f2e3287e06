"""Eight writers on twenty hot lots: no deadlock, no error, and every balance what its movements say."""

from __future__ import annotations

import json
import sys
import time

from django.db import DatabaseError, connection

from bench.databases import child
from bench.harness import Figure, say, tell
from bench.shop import ACTOR, Shop
from lotbook.kernel import sql
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions

WRITERS = 8
HOT_LOTS = 20
BATCHES = 60
SIZE = 10
HEAD_START = 4.0
"""Seconds the slowest process gets to start, so that all write at once."""

WRONG = """
    SELECT count(*) FROM (
      SELECT lot_id, place_id, sum(quantity) AS quantity FROM (
        SELECT lot_id, destination_id AS place_id, quantity FROM ledger_movement
        UNION ALL SELECT lot_id, source_id, -quantity FROM ledger_movement) m
      JOIN places_place p ON p.id = m.place_id AND p.kind <> 'run'
      GROUP BY lot_id, place_id) s
    FULL JOIN ledger_balance b ON b.lot_id = s.lot_id AND b.place_id = s.place_id
    WHERE coalesce(s.quantity, 0) <> coalesce(b.on_hand, 0)"""


def measure(url: str) -> None:
    """Start the writers on the book at ``url`` (this process's own) and count what went wrong."""
    before = _deadlocks()
    begin = time.time() + HEAD_START
    processes = [child(url, "writer", str(number), repr(begin)) for number in range(WRITERS)]
    answers = []
    for process in processes:
        output, _ = process.communicate()
        if process.returncode:
            sys.exit("bench: a writer failed; see above")
        answers.append(json.loads(output))
    time.sleep(1)  # the server's statistics lag behind a little
    errors = [error for answer in answers for error in answer["errors"]]
    for error in sorted(set(errors)):
        say(f"{errors.count(error)} × {error}")
    events = sum(answer["events"] for answer in answers)
    last = max(answer["until"] for answer in answers)
    rate = f"{events:,} events in batches of {SIZE}, {events / (last - begin):,.0f} events/s"
    name = f"{WRITERS} writers on {HOT_LOTS} hot lots: "
    tell(Figure(name + "deadlocks", _deadlocks() - before, "", most=0, note=rate))
    tell(Figure(name + "errors shown to a client", len(errors), "", most=0))
    tell(Figure(name + "wrong balances", int(sql.rows(WRONG)[0][0]), "", most=0))
    missing = WRITERS * BATCHES * SIZE - events
    tell(Figure(name + "events not written", missing, "", most=0))


def write(number: int, begin: float) -> None:
    """One writer: post its batches from ``begin`` (seconds since 1970) on, and print how it went."""
    shop = Shop.read(name=f"W{number}", seed=100 + number)
    shop.lots = shop.lots[:HOT_LOTS]
    shop.runs = shop.runs[number::WRITERS]
    connection.ensure_connection()
    batches = [shop.batch(SIZE) for _ in range(BATCHES)]
    time.sleep(max(0.0, begin - time.time()))
    events, errors = 0, []
    for batch in batches:
        try:
            events += len(actions.post(batch, actor=ACTOR))
        except (Refused, DatabaseError) as problem:
            errors.append(f"{type(problem).__name__}: {problem}")
    print(json.dumps({"events": events, "errors": errors, "until": time.time()}))


def _deadlocks() -> int:
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int(sql.rows(query)[0][0])
