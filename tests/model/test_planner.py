"""Trap 1: look-ups of many keys stay index probes, however large one table has grown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, sql
from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.models import Balance, Link
from lotbook.traceability.lots import batch
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import engine

LOTS = 20_000
KEYS = 1_000


@pytest.fixture
def item(db: None) -> int:
    """One item with so many lots that a scan looks tempting."""
    key = Item.objects.create(code="TOM", name="Tomatoes").pk
    now = clock.now()
    Lot.objects.bulk_create(
        (Lot(item_id=key, number=f"L-{n}", created_at=now) for n in range(LOTS)), batch_size=2_000
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return int(key)


def plan_of(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> str:
    """How the database means to run the statements of ``act``."""
    run, lines = sql.rows, list[str]()
    explain = "EXPLAIN " if sql.is_postgres() else "EXPLAIN QUERY PLAN "

    def explained(statement: str, parameters: Sequence[Any] = (), **more: Any) -> list[tuple[Any, ...]]:
        lines.extend(str(row[-1]) for row in run(explain + statement, parameters))
        return run(statement, parameters, **more)

    monkeypatch.setattr(sql, "rows", explained)
    act()
    monkeypatch.undo()
    return "\n".join(lines)


def scans(plan: str, table: str, alias: str) -> bool:
    """Whether a plan reads the whole table."""
    return f"Seq Scan on {table}" in plan or f"SCAN {alias}\n" in f"{plan}\n" or f"SCAN {table}" in plan


def test_lots_are_probed_by_key_and_by_identity(item: int, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = list(Lot.objects.values_list("pk", flat=True)[:KEYS])
    assert not scans(plan_of(lambda: batch.by_id(keys), monkeypatch), "lots_lot", "l")
    wanted = [(item, f"L-{n}", 1) for n in range(KEYS)]
    assert not scans(plan_of(lambda: batch.by_identity(wanted), monkeypatch), "lots_lot", "l")


def test_balances_and_links_are_probed(item: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Place.objects.create(code="SHELF", kind="bin", own=True).pk
    lots = list(Lot.objects.values_list("pk", flat=True))
    Balance.objects.bulk_create(Balance(lot_id=lot, place_id=shelf, own=True, on_hand=1) for lot in lots)
    Link.objects.bulk_create(Link(source=2 * n, target=2 * n + 1, sequence=1) for n in range(LOTS))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    keys = [(lot, shelf) for lot in lots[:KEYS]]
    assert not scans(plan_of(lambda: storage.balances(keys), monkeypatch), "ledger_balance", "b")
    nodes = list(range(2, 2 * KEYS, 2))
    walk = plan_of(lambda: engine.reachable(nodes, forward=True, as_of=10), monkeypatch)
    assert not scans(walk, "ledger_link", "k")


def test_the_search_in_plans_sees_a_scan(item: int) -> None:
    explain = "EXPLAIN " if sql.is_postgres() else "EXPLAIN QUERY PLAN "
    rows = sql.rows(f"{explain}SELECT count(*) FROM lots_lot l WHERE l.origin_country = 'IT'")
    assert scans("\n".join(str(row[-1]) for row in rows), "lots_lot", "l")
