"""Scopes of a big genealogy against the bare trace, and a typical one through the API.

The whole answer is asked for: every affected lot with its account, current places, and what each customer got
of it. The lots are compared with the trace's, the places with the balances.
"""

from __future__ import annotations

import json
import time

import numpy as np
from django.db import transaction
from django.test import Client

from bench.harness import Figure, in_turn, median, ratio, tell
from lotbook.foundation.accounts.models import User
from lotbook.kernel import sql
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.scope import queries
from lotbook.traceability.trace.scope.rules import Scope

ROUNDS = 9
CALLS = 5
"""Calls for each typical lot."""


def measure(told: str) -> None:
    """Measure on the world that ``told`` (JSON) describes, in the book this process is set up on."""
    world = json.loads(told)
    as_of = engine.watermark()
    _hot(world["hot_lot"], as_of)
    _typical(world["typical_lots"])


def _hot(lot: int, as_of: int) -> None:
    found = queries.scope([lot], as_of=as_of)
    reached = engine.reachable([2 * lot], forward=True, as_of=as_of)
    if found.lots.tolist() != sorted(node // 2 for node in reached if node % 2 == 0):
        raise AssertionError("the scope has other lots than the trace")
    _compare(found)
    trace, scope, totals = in_turn(
        ROUNDS,
        lambda: engine.reachable([2 * lot], forward=True, as_of=as_of),
        lambda: queries.scope([lot], as_of=as_of),
        lambda: _with_totals(lot, as_of),
    )
    note = f"{len(found.lots):,} lots, {len(found.crossings.lot):,} crossings"
    tell(Figure("hot lot: scope", median(scope) * 1000, "ms", note=note))
    tell(Figure("hot lot: scope / trace", ratio(scope, trace), "×"))
    note = "with sums per item, site, customer and cost"
    tell(Figure("hot lot: scope with totals / trace", ratio(totals, trace), "×", most=5, note=note))


def _with_totals(lot: int, as_of: int) -> Scope:
    found = queries.scope([lot], as_of=as_of)
    found.item_totals(), found.site_totals(), found.partner_totals(), found.costs()
    return found


def _compare(found: Scope) -> None:
    """What movements add up to is what the balances of our places say."""
    kept = sql.rows(
        f"SELECT b.lot_id, b.on_hand FROM {engine.listed()} k JOIN ledger_balance b ON b.lot_id = k.key"
        " WHERE b.own AND b.on_hand > 0",
        [engine.keys(found.lots.tolist())],
    )
    balances = np.array(sorted(kept), dtype=np.int64).reshape(-1, 2)
    summed = np.array(
        sorted(zip(found.standing.lot.tolist(), found.standing.quantity.tolist(), strict=True)),
        dtype=np.int64,
    ).reshape(-1, 2)
    if not np.array_equal(balances, summed):
        raise AssertionError("the places of the scope are not the balances")


def _typical(lots: list[int]) -> None:
    """The first page of a typical lot's scope through the whole stack, without a network; nothing is kept."""
    with transaction.atomic():
        client = Client(SERVER_NAME="localhost")
        client.force_login(User.objects.create(username="bench-scope", role="auditor"))
        uids = [str(sql.to_uid(_uid(lot))) for lot in lots]
        taken = []
        for n in range(CALLS + 1):
            for uid in uids:
                begin = time.perf_counter()
                answer = client.get("/api/v1/trace/scope", {"lot": uid})
                if answer.status_code != 200:
                    raise AssertionError(answer.content[:300])
                if n:
                    taken.append(time.perf_counter() - begin)
        transaction.set_rollback(True)
    taken.sort()
    tell(Figure("typical lot: scope by the API", median(taken) * 1000, "ms", note=f"{len(taken)} calls"))
    slow = taken[int(len(taken) * 0.95)] * 1000
    tell(Figure("typical lot: scope by the API, 95 of 100 calls", slow, "ms", most=100))


def _uid(lot: int) -> object:
    return sql.rows("SELECT uid FROM lots_lot WHERE id = %s", [lot])[0][0]
