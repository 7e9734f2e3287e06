"""The generated world is a sound book, and the product's trace finds in it what a plain search finds.

Nothing here is timed: how quick Lotbook is, ``make bench`` tells.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from django.apps import apps
from django.db import connection

from bench import genealogy, world
from bench.graph import Graph, reference_reach
from bench.harness import Figure, heard, in_turn, ratio, table
from bench.rows import GROWING, Watch
from bench.shop import ACTOR, KINDS, Shop, open_shop
from bench.world import IN, INSIDE, NEVER, OUT, World
from lotbook.kernel import sql
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.check import check
from lotbook.traceability.trace import queries

LOTS = 2_000


@pytest.fixture
def built(db: None) -> World:
    return world.build(connection, lots=LOTS)


def rows(query: str) -> list[tuple[Any, ...]]:
    return sql.rows(query)


def movements() -> list[tuple[Any, ...]]:
    return rows(
        "SELECT m.event_id, m.lot_id, m.source_id, s.kind, m.destination_id, d.kind, m.quantity, m.crossing"
        " FROM ledger_movement m JOIN places_place s ON s.id = m.source_id"
        " JOIN places_place d ON d.id = m.destination_id ORDER BY m.id"
    )


# --- The world is a sound book -----------------------------------------------------------------------


def test_the_world_says_truly_how_much_is_in_it(built: World) -> None:
    for name, count in (
        ("lots_lot", built.lots),
        ("ledger_link", built.links),
        ("ledger_event", built.events),
        ("ledger_movement", built.movements),
        ("ledger_balance", built.balances),
    ):
        assert rows(f"SELECT count(*) FROM {name}") == [(count,)], name
    assert built.lots == LOTS
    assert 3 * LOTS < built.links < 5 * LOTS


def test_every_reference_is_kept(built: World) -> None:
    connection.check_constraints()
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "ledger_movement")
    assert "ledger_movement_lot" in constraints, "the indexes dropped for the load must stand again"


def test_every_lot_sums_to_zero_and_balances_are_the_sums_of_movements(built: World) -> None:
    sums: dict[tuple[int, int], int] = defaultdict(int)
    in_runs: dict[int, int] = defaultdict(int)
    for _, lot, source, source_kind, destination, destination_kind, quantity, _ in movements():
        ends = (source, source_kind, -quantity), (destination, destination_kind, quantity)
        for place, kind, change in ends:
            if kind == "run":
                in_runs[lot] += change
            else:
                sums[lot, place] += change
    balances = {
        (lot, place): on_hand
        for lot, place, on_hand in rows("SELECT lot_id, place_id, on_hand FROM ledger_balance")
    }
    assert balances == dict(sums)
    total: dict[int, int] = defaultdict(int)
    for (lot, _), on_hand in balances.items():
        total[lot] += on_hand
    assert len(total) == LOTS
    assert all(total[lot] + in_runs[lot] == 0 for lot in total)


def test_goods_are_used_after_they_came_to_be_and_never_more_than_there_are(built: World) -> None:
    at: dict[tuple[int, int], int] = defaultdict(int)
    for _, lot, source, source_kind, destination, _, quantity, _ in movements():
        at[lot, destination] += quantity
        at[lot, source] -= quantity
        if source_kind == "bin":
            assert at[lot, source] >= 0, f"lot {lot} at {source}"
    times = rows("SELECT occurred_at FROM ledger_event ORDER BY sequence")
    assert times == sorted(times)


def test_links_are_those_of_the_movements(built: World) -> None:
    expected = set()
    for event, lot, source, source_kind, destination, destination_kind, _, _ in movements():
        if destination_kind == "run":
            expected.add((2 * lot, 2 * destination + 1, event, NEVER))
        if source_kind == "run":
            expected.add((2 * source + 1, 2 * lot, event, NEVER))
    assert set(rows("SELECT source, target, sequence, voided FROM ledger_link")) == expected


def test_crossings_are_those_of_the_places(built: World) -> None:
    seen = set()
    for _, _, _, source_kind, _, destination_kind, _, crossing in movements():
        expected = OUT if destination_kind == "partner" else IN if source_kind == "partner" else INSIDE
        assert crossing == expected
        seen.add(crossing)
    assert seen == {IN, OUT, INSIDE}


def test_runs_give_back_what_went_in_but_for_rework(built: World) -> None:
    left: dict[int, int] = defaultdict(int)
    for _, _, source, source_kind, destination, destination_kind, quantity, _ in movements():
        if source_kind == "run":
            left[source] -= quantity
        if destination_kind == "run":
            left[destination] += quantity
    unbalanced = {run for run, quantity in left.items() if quantity}
    reworked = {
        run
        for (run,) in rows(
            "SELECT m.destination_id FROM ledger_movement m JOIN ledger_event e ON e.sequence = m.event_id"
            " WHERE e.kind = 'consume'"
        )
    }
    assert reworked, "a world without a circle would test too little"
    assert unbalanced == reworked


def test_the_book_goes_on_after_the_world(built: World) -> None:
    shop_lot = apps.get_model("lots.Lot").objects.get(pk=built.hot_lot)
    held = apps.get_model("ledger.Balance").objects.filter(lot=shop_lot, own=True, on_hand__gt=0).get()
    customer = apps.get_model("places.Place").objects.get(code="AT-CUSTOMER-001")
    from lotbook.kernel import clock
    from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Receipt

    new = LotRef(shop_lot.item_id, "FRESH-1")
    site = apps.get_model("places.Place").objects.get(code="SITE-1")
    answers = actions.post(
        [
            Draft("ship", clock.now(), moves=[Move(shop_lot.pk, held.place_id, customer.pk, 1)]),
            Draft("receive", clock.now(), moves=[Move(new, customer.pk, site.pk, 5)]),
        ],
        actor=ACTOR,
    )
    assert [answer.sequence for answer in answers if isinstance(answer, Receipt)] == [
        built.events + 1,
        built.events + 2,
    ]


def test_the_products_own_check_finds_nothing(built: World) -> None:
    report = check()
    assert report.findings == []
    assert (report.events, report.movements) == (built.events, built.movements)


def test_a_world_is_built_only_in_an_empty_book(built: World) -> None:
    with pytest.raises(ValueError, match="empty"):
        world.build(connection, lots=LOTS)


# --- Traces ------------------------------------------------------------------------------------------


def test_the_products_trace_finds_what_a_plain_search_finds(built: World) -> None:
    """hot lot → … → finished lots, and finished lots ← … ← raw lots, circles of rework included."""
    links = [(int(source), int(target)) for source, target in rows("SELECT source, target FROM ledger_link")]
    for lot in [built.hot_lot, *built.typical_lots[:5]]:
        expected = {node // 2 for node in reference_reach(links, 2 * lot) if node % 2 == 0} - {lot}
        assert set(queries.affected([lot])) == expected
    back = [(target, source) for source, target in links]
    for lot in built.deep_lots[:5]:
        expected = {node // 2 for node in reference_reach(back, 2 * lot) if node % 2 == 0} - {lot}
        assert expected
        assert set(queries.affected([lot], forward=False)) == expected
    assert len(queries.affected([built.hot_lot])) == built.hot_reach


def test_the_walk_in_memory_finds_what_a_plain_search_finds() -> None:
    """1 → 2 → 3 → 1 (a circle), 2 → 4, 0 apart; and random graphs."""
    small = [(1, 2), (2, 3), (3, 1), (2, 4)]
    assert set(graph_of(small, 5).reach(1).tolist()) == {1, 2, 3, 4} == reference_reach(small, 1)
    assert graph_of(small, 5).reach(0).tolist() == []
    dice = np.random.default_rng(7)
    for nodes in (3, 10, 50):
        edges = [(int(a), int(b)) for a, b in dice.integers(0, nodes, (2 * nodes, 2))]
        for start in range(nodes):
            found = graph_of(edges, nodes).reach(start).tolist()
            assert len(found) == len(set(found))
            assert set(found) == reference_reach(edges, start)


def graph_of(edges: list[tuple[int, int]], nodes: int) -> Graph:
    pairs = np.array(edges, dtype=np.int64)
    return Graph.of(pairs[:, 0], pairs[:, 1], nodes)


def test_the_same_seed_grows_the_same_tree() -> None:
    one, same, other = (genealogy.grow(LOTS, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one.edges(), same.edges(), strict=True))
    assert not np.array_equal(one.edges()[0], other.edges()[0])


def test_the_hot_lot_reaches_its_share_of_all_lots() -> None:
    tree = genealogy.grow(20_000)
    reached = int((tree.forward().reach(tree.hot) < tree.lots).sum())
    assert genealogy.HOT_SHARE <= reached / tree.lots < 1.2 * genealogy.HOT_SHARE
    assert tree.level[tree.hot] == 0


# --- Measuring ---------------------------------------------------------------------------------------


def test_a_figure_knows_its_bar() -> None:
    assert Figure("share", 24.9, "%", least=25).verdict == "short"
    assert Figure("share", 25.0, "%", least=25).verdict == "ok"
    assert Figure("factor", 1.2, "×", most=1.1).verdict == "short"
    assert Figure("deadlocks", 0, "", most=0).verdict == "ok"
    assert Figure("told", 3.0, "ms").verdict == "-"
    line = table([Figure("share", 24.9, "%", least=25, note="of raw")])
    assert line.split() == ["share", "24.90", "%", "≥", "25", "%", "short", "of", "raw"]


def test_a_figure_survives_its_way_between_processes(capsys: pytest.CaptureFixture[str]) -> None:
    from bench.harness import tell

    figure = Figure("hot lot", 1.5, "×", most=3, note="both")
    tell(figure)
    assert heard(capsys.readouterr().out) == figure


def test_actions_are_measured_in_turn() -> None:
    order: list[str] = []
    times = in_turn(2, lambda: order.append("A"), lambda: order.append("B"))
    assert "".join(order) == "ABABAB"
    assert [len(taken) for taken in times] == [2, 2]
    assert ratio([2.0, 9.0, 4.0], [1.0, 3.0, 2.0]) == 2.0


def test_a_captured_batch_is_read_back_whole(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row a batch wrote is among its finished rows: the raw insertion does no less."""
    for name, count in (("RUNS", 10), ("STOCK_LOTS", 40)):
        monkeypatch.setattr(f"bench.shop.{name}", count)
    monkeypatch.setattr("bench.shop.ANALYSE", "SELECT 1")
    open_shop()
    before = counts()
    shop, watch = Shop.read(), Watch()
    drafts = shop.batch(60)
    assert {draft.kind for draft in drafts} == set(KINDS)
    actions.post(drafts, actor=ACTOR)
    batch = watch.batch()
    grown = {name: count - before[name] for name, count in counts().items() if count != before[name]}
    grown.pop("ledger_balance")
    assert grown == {name: len(found) for name, found in batch.rows.items()}
    assert set(grown) <= set(GROWING)
    moved = {(move.lot, move.source) for draft in drafts for move in draft.moves if isinstance(move.lot, int)}
    assert moved <= {tuple(row[:2]) for row in batch.balances}


def counts() -> dict[str, int]:
    names = connection.introspection.table_names()
    return {name: int(rows(f"SELECT count(*) FROM {name}")[0][0]) for name in names}
