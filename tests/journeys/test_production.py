"""A sauce by its recipe: planned, suggested, one thing replaced by another, made, and written down.

TOM-OLD ┐
TOM-NEW ┼→ [RUN] → SAUCE-1 (by-product: REWORK-1)
PAP-2   ┘   PAP-1 was suggested: PAP-2 went in, with a reason
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests import cast, rooms
from tests.rooms import ANN, stocked

from lotbook.foundation.documents import queries as documents
from lotbook.kernel import clock
from lotbook.kernel.errors import Refused
from lotbook.operations.production import actions as production
from lotbook.operations.production import queries as runs
from lotbook.operations.production.rules import Extra, Ingredient, Issue, Output, RecipeWords
from lotbook.traceability.ledger import browsing, check
from lotbook.traceability.trace import queries as traces

PLAN, PAUL = "user:planner", "user:paul"
RECIPE = RecipeWords(
    code="MARINARA",
    item="FG-MARINARA",
    base_quantity="100",
    inputs=(Ingredient("RM-TOMATO", "36"), Ingredient("RM-PAPRIKA", "0.2")),
    outputs=(Extra("WIP-REWORK", "0.5"),),
    expected_yield="97",
    yield_lower="90",
    yield_rule="stop",
)


def test_a_run_by_its_recipe_with_a_suggestion_and_a_substitution(db: None) -> None:
    world = cast.small()
    today = clock.now().date()
    for item, lot, quantity, days in [
        (world.tomatoes, "TOM-OLD", "30", 3), (world.tomatoes, "TOM-NEW", "30", 9),
        (world.paprika, "PAP-1", "5", 100), (world.paprika, "PAP-2", "5", 200),
    ]:  # fmt: skip
        supplier = world.tumbling if item == world.tomatoes else world.saffron
        facts = {"expires_on": today + timedelta(days=days)}
        cast.receive(world, supplier, item, lot, quantity, facts=facts)
    production.activate_recipe(name=production.create_recipe(recipe=RECIPE, actor=PLAN).uid, actor=PLAN)
    order = production.create_order(
        item="FG-MARINARA", quantity="100", site="KIT", due_on=today + timedelta(days=1), actor=PLAN
    )
    production.release_order(order=order.uid, actor=PLAN)
    production.reserve_order(order=order.uid, actor=PLAN)
    run = production.start_run(order=order.uid, actor=PAUL)
    offers = runs.offers(run, runs.shares(run))
    taken = [take for offer in offers for take in offer.takes]
    assert [(take.lot.number, take.quantity_text) for take in taken] == [
        ("TOM-OLD", "30"), ("TOM-NEW", "6"), ("PAP-1", "0.2"),
    ]  # fmt: skip
    assert "6 days before TOM-NEW" in taken[0].why
    by_suggestion = [
        Issue(lot=take.lot.number, quantity=take.quantity_text, place=take.place.code) for take in taken[:2]
    ]
    other = Issue(lot="PAP-2", quantity="0.2", place="KIT-DRY")
    with pytest.raises(Refused, match="lot PAP-2 is not what is suggested") as refusal:
        production.consume(run=run.uid, lines=[*by_suggestion, other], actor=PAUL)
    assert [fault.field for fault in refusal.value.faults] == ["lines/2/reason"]
    because = Issue(lot="PAP-2", quantity="0.2", place="KIT-DRY", reason="PAP-1 smells of smoke")
    production.consume(run=run.uid, lines=[*by_suggestion, because], actor=PAUL)
    outputs = [
        Output(item="FG-MARINARA", lot="SAUCE-1", quantity="100"),
        Output(item="WIP-REWORK", lot="REWORK-1", quantity="0.5"),
    ]
    production.produce(run=run.uid, outputs=outputs, place="KIT-DRY", actor=PAUL)
    page = runs.page(run.uid)
    assert (page.yield_text, page.outside, page.next_step) == ("98.07", "", "close")
    production.close_run(run=run.uid, reason="steam", actor=PAUL)
    production.finish_order(order=order.uid, actor=PAUL)
    record = runs.record(runs.page(run.uid))
    assert [issue["reason"] for _, issue in record.issues] == ["PAP-1 smells of smoke"]
    assert [entry.title for entry in documents.timeline(order.uid)] == [
        "Done", "Run opened", "Reserved", "Released", "Planned",
    ]  # fmt: skip
    (sauce,) = traces.resolve("SAUCE-1")
    found = {one.lot for one in traces.trace(sauce, "back").lots} - {"SAUCE-1"}
    assert found == {"TOM-OLD", "TOM-NEW", "PAP-2"}
    reserved = [row.lot.number for row in browsing.stock() if row.reserved]
    assert reserved == []
    assert check.check().findings == []


@pytest.fixture
def plant(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> rooms.Cast:
    """The small world, committed, on 3 March 2027 at noon."""
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY)
    return rooms.small()


@pytest.mark.django_db(transaction=True)
def test_two_runs_that_want_the_last_of_a_lot_at_once_do_not_both_get_it(
    transactional_db: None, plant: rooms.Cast
) -> None:
    rounds = 20 if connection.vendor == "postgresql" else 3
    made = [production.start_run(item="PEEL", site="PLANT", actor=ANN) for _ in range(2)]

    def take(run: Any, lot: str) -> bool:
        try:
            production.consume(run=run.uid, lines=[Issue(lot=lot, quantity="100")], place="STORE", actor=ANN)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    for number in range(rounds):
        lot = f"T-{number}"
        stocked(plant, ("TOM", lot, "100"))
        with ThreadPoolExecutor(2) as pool:
            got = list(pool.map(take, made, [lot, lot]))
        assert sorted(got) == [False, True]
    assert browsing.stock(item="TOM").count() == 0
    consumed = [share for run in made for share in runs.own_shares(run) if share.used]
    assert len(consumed) == rounds
    assert {share.used for share in consumed} == {100_000}
    assert check.check().findings == []
