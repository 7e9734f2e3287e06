"""Whatever people do with runs and a tank: nothing appears, nothing is lost, and the check finds nothing."""

from __future__ import annotations

import random

import pytest
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.places import actions as places
from lotbook.kernel.errors import Refused
from lotbook.operations.production import actions, queries
from lotbook.operations.production.models import Run
from lotbook.operations.production.rules import Issue, Output
from lotbook.operations.production.test_recipes import active
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing, check
from lotbook.traceability.ledger.lines import Line

LOTS = ("T-0", "T-1", "T-2")


def a_step(chance: random.Random, runs: list[Run], posted: list[object]) -> None:
    """One act, made up; what the book refuses changes nothing."""
    run = chance.choice(runs)
    much = str(chance.randint(1, 12))
    lot = chance.choice(LOTS)
    match chance.randrange(9):
        case 0 | 1:
            issue = Issue(item="TOM", lot=lot, quantity=much, place="STORE", reason="by chance")
            posted.append(actions.consume(run=run.uid, lines=[issue], actor=ANN))
        case 2:
            made = [Output(item="SAUCE", quantity=much), Output(item="PEEL", quantity="1")]
            posted.append(actions.produce(run=run.uid, outputs=made, place="STORE", actor=ANN))
        case 3:
            line = Line(lot=lot, quantity=much)
            posted.append(actions.lose(run=run.uid, lines=[line], reason="spilled", actor=ANN))
        case 4:
            line = Line(lot=lot, quantity=much)
            posted.append(actions.return_unused(run=run.uid, lines=[line], place="STORE", actor=ANN))
        case 5:
            line = Line(lot=lot, quantity=much, place="STORE")
            posted.append(actions.fill_vessel(vessel="TANK", lines=[line], actor=ANN))
        case 6:
            posted.append(
                actions.draw_vessel(vessel="TANK", quantity=much, run=run.number, actor=ANN)
                if chance.random() < 0.5
                else actions.draw_vessel(vessel="TANK", quantity=much, to="STORE", actor=ANN)
            )
        case 7:
            actions.reserve_run(run=run.uid, actor=ANN)
        case 8 if posted:
            ledger.reverse(chance.choice(posted).uid, actor=ANN, reason="by chance")  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(3))
def test_random_histories_keep_the_mass(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    places.create_place(actor=ANN, code="TANK", kind="bin", name="Tank", parent=cast.store.uid)
    actions.create_vessel(place="TANK", item="TOM", actor=ANN)
    stocked(cast, *(("TOM", lot, "60") for lot in LOTS))
    active()
    order = actions.create_order(item="SAUCE", quantity="100", site="PLANT", actor=ANN)
    actions.release_order(order=order.uid, actor=ANN)
    runs = [actions.start_run(order=order.uid, planned_quantity="50", actor=ANN) for _ in range(2)]
    posted: list[object] = []
    refused = 0
    for _ in range(40):
        try:
            a_step(chance, runs, posted)
        except Refused:
            refused += 1
    assert len(posted) > 8
    for run in runs:
        page = queries.page(run.uid)
        assert all(share.left >= 0 or share.produced for share in page.inputs)
        balance = page.balance
        assert balance.consumed - balance.produced - balance.lost == balance.difference
        actions.close_run(run=run.uid, reason="by chance", yield_reason="by chance", actor=ANN)
    for blend in Run.objects.filter(kind="blend"):
        assert queries.page(blend.uid).balance.difference == 0
    # Tomatoes: all that came are in stock, in runs or lost; blends change the lot, not the mass.
    inside = sum(
        share.used - share.produced
        for run in Run.objects.all()
        for share in queries.own_shares(run)
        if share.item == cast.tomatoes
    )
    stood = sum(row.on_hand for row in browsing.stock(item="TOM"))
    assert inside + stood == 180_000
    assert check.check().findings == []
