"""Recipes with versions, and orders made by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from tests.rooms import ANN, Cast, fields, stocked

from lotbook.foundation.documents import queries as documents
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.production import actions, queries, rules
from lotbook.operations.production.models import Order, Recipe, Run
from lotbook.operations.production.rules import Alternative, Extra, Ingredient, Issue, Output, RecipeWords
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

SAUCE = RecipeWords(
    code="SAUCE-1",
    item="SAUCE",
    base_quantity="100",
    inputs=(
        Ingredient("TOM", "36", scrap="10", alternatives=(Alternative("PEEL", "2"),)),
        Ingredient("JAR", "100"),
        Ingredient("SALT", "500", "g", optional=True),
    ),
    outputs=(Extra("PEEL", "1.5"),),
    expected_yield="95",
    yield_lower="90",
    yield_upper="100",
    yield_rule="ask",
    over_issue="5",
    instructions="Boil for an hour.",
)


def active(words: RecipeWords = SAUCE) -> Recipe:
    return actions.activate_recipe(name=actions.create_recipe(recipe=words, actor=ANN).uid, actor=ANN)


def released(quantity: str = "200", **more: str) -> Order:
    order = actions.create_order(item="SAUCE", quantity=quantity, site="PLANT", actor=ANN, **more)  # type: ignore[arg-type]
    return actions.release_order(order=order.number, actor=ANN)


def test_a_recipe_is_written_changed_activated_and_followed(cast: Cast) -> None:
    first = actions.create_recipe(recipe=SAUCE, actor=ANN)
    assert queries.words(first) == replace(
        SAUCE,
        unit="pc",
        inputs=(
            Ingredient("TOM", "36", "kg", "10", False, (Alternative("PEEL", "2", 1),)),
            Ingredient("JAR", "100", "pc"),
            Ingredient("SALT", "0.5", "kg", "", True),
        ),
        outputs=(Extra("PEEL", "1.5", "kg"),),
    )
    changed = replace(SAUCE, inputs=(Ingredient("TOM", "40"), Ingredient("JAR", "100")))
    actions.change_recipe(name=first.uid, recipe=changed, actor=ANN, reason="tasted")
    entry = documents.timeline(first.uid)[0]
    assert entry.title == "Changed"
    assert "input TOM: 36 kg + 10 % scrap or PEEL*2 → 40 kg" in entry.text
    assert "input SALT: removed" in entry.text
    assert entry.text.endswith("tasted")
    actions.activate_recipe(name=first.uid, actor=ANN)
    with pytest.raises(Conflict, match="never changes"):
        actions.change_recipe(name=first.uid, recipe=SAUCE, actor=ANN)
    second = actions.new_version(name=first.uid, actor=ANN)
    assert (second.version, second.status, queries.words(second).inputs[0].quantity) == (2, "draft", "40")
    with pytest.raises(Conflict, match="has a draft"):
        actions.new_version(name=first.uid, actor=ANN)
    later = replace(changed, valid_from_on=date(2027, 4, 1))
    actions.change_recipe(name=second.uid, recipe=later, actor=ANN)
    actions.activate_recipe(name=second.uid, actor=ANN)
    first.refresh_from_db()
    assert (first.status, first.valid_until_on) == ("active", date(2027, 3, 31))
    assert queries.in_force(cast.sauce, date(2027, 3, 31)) == first
    assert queries.in_force(cast.sauce, date(2027, 4, 1)) == second
    with pytest.raises(Refused):
        actions.retire_recipe(name=second.uid, actor=ANN, reason=" ")
    actions.retire_recipe(name=second.uid, actor=ANN, reason="too sweet")
    assert queries.in_force(cast.sauce, date(2027, 4, 1)) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"item": "NOPE"}, {"item"}),
        ({"code": ""}, {"code"}),
        ({"base_quantity": "0.5"}, {"base_quantity"}),
        ({"base_quantity": "-1"}, {"base_quantity"}),
        ({"yield_lower": "96"}, {"yield_lower"}),
        ({"yield_rule": "maybe"}, {"yield_rule"}),
        ({"over_issue": "x"}, {"over_issue"}),
        ({"valid_from_on": "2027-05-01", "valid_until_on": "2027-04-01"}, {"valid_until_on"}),
        ({"inputs": (Ingredient("TOM", "1"), Ingredient("TOM", "2"))}, {"inputs/1/item"}),
        ({"inputs": (Ingredient("TOM", "0.00001"),)}, {"inputs/0/quantity"}),
        ({"inputs": (Ingredient("TOM", "1", scrap="-1"),)}, {"inputs/0/scrap"}),
        (
            {"inputs": (Ingredient("TOM", "1", alternatives=(Alternative("TOM"),)),)},
            {"inputs/0/alternatives"},
        ),
        ({"outputs": (Extra("SAUCE", "1"),)}, {"outputs/0/item"}),
        ({"outputs": (Extra("PEEL", "1", kind="waste"),)}, {"outputs/0/kind"}),
    ],
)
def test_a_recipe_with_faults_is_refused_whole(cast: Cast, wrong: dict[str, object], named: set[str]) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_recipe(recipe=replace(SAUCE, **wrong), actor=ANN)  # type: ignore[arg-type]
    assert fields(refusal) == named
    assert not Recipe.objects.exists()


def test_a_recipe_goes_out_and_comes_in_as_a_file(cast: Cast) -> None:
    words = queries.words(active())
    rows = [rules.RECIPE_COLUMNS, *rules.recipe_rows(words)]
    data = "\n".join(";".join(f'"{cell}"' for cell in row) for row in rows).encode()
    (second,) = actions.import_recipes(data=data, actor=ANN)
    assert (second.version, second.status) == (2, "draft")
    assert queries.words(second) == words
    (again,) = actions.import_recipes(data=data.replace(b'"36"', b'"37"'), actor=ANN)
    assert again == second
    assert queries.words(again).inputs[0].quantity == "37"
    with pytest.raises(Refused) as refusal:
        actions.import_recipes(data=data.replace(b'"36"', b'"lots"'), actor=ANN)
    assert fields(refusal) == {"row 2, column 'quantity'"}
    with pytest.raises(Refused, match="header lacks"):
        actions.import_recipes(data=b"recipe;item\nA;SAUCE", actor=ANN)


def test_an_order_is_planned_released_run_and_done(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "400"))
    recipe = active()
    uid = uuid4()
    order = actions.create_order(
        item="SAUCE", quantity="200", site="PLANT", due_on="2027-03-01", uid=uid, actor=ANN
    )
    assert order.recipe == recipe
    assert order.number == "PRD-2027-00001"
    again = actions.create_order(
        item="SAUCE", quantity="200", site="PLANT", due_on="2027-03-01", uid=uid, actor=ANN
    )
    assert again == order
    with pytest.raises(Conflict, match="planned"):
        actions.start_run(order=order.number, actor=ANN)
    actions.release_order(order=order.number, actor=ANN)
    run = actions.start_run(order=order.number, planned_quantity="120", actor=ANN)
    plan = rules.Plan.from_json(run.snapshot)
    assert plan is not None
    assert [(line.code, line.quantity) for line in plan.inputs] == [
        ("TOM", 47_520), ("JAR", 120), ("SALT", 600),
    ]  # fmt: skip
    assert [(line.code, line.quantity) for line in plan.outputs] == [("SAUCE", 120), ("PEEL", 1_800)]
    rest = actions.start_run(order=order.number, actor=ANN)
    assert rest.planned_quantity == 80
    with pytest.raises(Refused, match="are there already"):
        actions.start_run(order=order.number, actor=ANN)
    row = queries.order_rows([queries.order(order.uid)])[0]
    assert (row.days_late, row.runs, row.made, row.order.status) == (2, 2, 0, "in_progress")
    with pytest.raises(Conflict, match="still open"):
        actions.finish_order(order=order.number, actor=ANN)
    actions.consume(
        run=run.uid, place="STORE", actor=ANN,
        lines=[Line(lot="T-1", quantity="47"), Line(item="JAR", quantity="120")],
    )  # fmt: skip
    made = actions.produce(
        run=run.uid, outputs=[Output(item="SAUCE", quantity="120")], place="STORE", actor=ANN
    )
    assert queries.order_rows([order])[0].made == 120
    ledger.reverse(made.uid, actor=ANN, reason="not yet")
    assert queries.order_rows([order])[0].made == 0
    actions.produce(run=run.uid, outputs=[Output(item="SAUCE", quantity="120")], place="STORE", actor=ANN)
    actions.lose(run=run.uid, lines=[Line(lot="T-1", quantity="2.5")], reason="trimmed", actor=ANN)
    actions.close_run(run=run.uid, reason="steam", yield_reason="the first boil", actor=ANN)
    actions.close_run(run=rest.uid, reason="not needed", actor=ANN)
    with pytest.raises(Refused, match="120 of 200"):
        actions.finish_order(order=order.number, actor=ANN)
    done = actions.finish_order(order=order.number, actor=ANN, reason="enough")
    assert done.status == "done"
    assert [entry.title for entry in documents.timeline(order.uid)] == [
        "Done", "Run opened", "Run opened", "Released", "Planned",
    ]  # fmt: skip


def test_an_order_that_is_not_made_is_cancelled_with_a_reason(cast: Cast) -> None:
    active()
    order = released()
    with pytest.raises(Refused):
        actions.cancel_order(order=order.uid, reason="", actor=ANN)
    actions.reschedule_order(order=order.uid, due_on="2027-05-01", priority=1, actor=ANN)
    assert queries.order(order.uid).priority == 1
    assert actions.cancel_order(order=order.uid, reason="no demand", actor=ANN).status == "cancelled"
    with pytest.raises(Conflict, match="cancelled"):
        actions.start_run(order=order.uid, actor=ANN)


def test_an_order_needs_a_recipe_in_force(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_order(item="SAUCE", quantity="0.5", site="A-01", due_on="soon", actor=ANN)
    assert fields(refusal) == {"recipe", "quantity", "site", "due_on"}
    draft = actions.create_recipe(recipe=SAUCE, actor=ANN)
    with pytest.raises(Refused, match="is draft"):
        actions.create_order(recipe=draft.uid, quantity="1", site="PLANT", actor=ANN)


@pytest.fixture
def run(cast: Cast) -> Run:
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "400"), ("PEEL", "P-1", "200"), ("SAUCE", "OLD", "50"))
    active()
    return actions.start_run(order=released("100").uid, actor=ANN)


def issue(run: Run, *lines: Issue) -> None:
    actions.consume(run=run.uid, lines=lines, place="STORE", actor=ANN)


def test_what_is_not_by_the_recipe_needs_a_reason_which_is_kept(run: Run) -> None:
    for line, says in [
        (Issue(item="PEEL", lot="P-1", quantity="10"), "PEEL stands in for TOM"),
        (Issue(item="SAUCE", lot="OLD", quantity="10"), "SAUCE is put back in as rework"),
        (Issue(item="TOM", lot="T-1", quantity="50"), "10.4 kg of TOM more than the recipe needs"),
    ]:
        with pytest.raises(Refused, match=says) as refusal:
            issue(run, line)
        assert fields(refusal) == {"lines/0/reason"}
    issue(run, Issue(item="TOM", lot="T-1", quantity="41"))
    issue(run, Issue(item="SAUCE", lot="OLD", quantity="10", reason="labels were wrong"))
    told = browsing.events(kind="consume").order_by("-sequence")[0].data["issues"]
    assert told == [
        {
            "item": "SAUCE",
            "lot": "OLD",
            "what": ["SAUCE is put back in as rework"],
            "reason": "labels were wrong",
        }
    ]
    page = queries.page(run.uid)
    assert [(need.line.code, need.went_in, need.left) for need in page.needs] == [
        ("TOM", 41_000, 0), ("JAR", 0, 100), ("SALT", 0, 500),
    ]  # fmt: skip


def test_an_alternative_counts_by_its_factor(run: Run) -> None:
    issue(run, Issue(item="PEEL", lot="P-1", quantity="20", reason="no tomatoes"))
    need = queries.page(run.uid).needs[0]
    assert (need.issued, need.stood_in, need.left) == (0, 10_000, 29_600)


def test_outputs_expire_with_the_earliest_input_where_the_recipe_says_so(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("SALT", "S-1", "1"))
    active(replace(SAUCE, limits_expiry=True))
    Lot.objects.filter(number="T-1").update(expires_on=date(2027, 3, 20))
    run = actions.start_run(order=released("100").uid, actor=ANN)
    issue(run, Issue(item="TOM", lot="T-1", quantity="39"))
    later = Output(item="SAUCE", quantity="1", expires_on="2027-03-21")
    with pytest.raises(Refused, match="an input expires 20 MAR 2027") as refusal:
        actions.produce(run=run.uid, outputs=[later], place="STORE", actor=ANN)
    assert fields(refusal) == {"lines/0/expires_on"}
    actions.produce(run=run.uid, outputs=[Output(item="SAUCE", quantity="100")], place="STORE", actor=ANN)
    assert Lot.objects.get(item=cast.sauce).expires_on == date(2027, 3, 20)
