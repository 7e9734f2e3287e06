"""Drills: the draw, the rehearsal, the balance, findings, the signature – and that nothing leaves the room.

TOM-1 ┐
      ├→ [RUN-1] → SAUCE-1 (900) → Larchwood Market 120, Green Kettle Grocery 30
PAP-1 ┘
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from tests import cast
from tests.cast import Cast

from lotbook.foundation.approvals.models import Approval
from lotbook.foundation.places import queries as places
from lotbook.insights.recall import actions, drillrules, queries
from lotbook.insights.recall.models import AnswerLink, Case, Drill, Notice
from lotbook.insights.recall.queries import drills, results
from lotbook.kernel import clock, outbox, sql
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.ledger.actions import post_one
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Hold, Lot
from lotbook.traceability.trace import engine

QUINN, ANNA = "user:quinn", "user:anna"


def lot(number: str) -> Lot:
    return Lot.objects.get(number=number)


def chosen(*numbers: str, **more: Any) -> Drill:
    return actions.start_drill(
        lots=[lot(number).uid for number in numbers or ("TOM-1",)], actor=QUINN, **more
    )


def count_differs(world: Cast, quantity: int) -> None:
    """So many jars of SAUCE-1 are missing at a count."""
    move = Move(lot("SAUCE-1").pk, world.store.pk, places.difference().pk, quantity)
    post_one(Draft("adjust", clock.now(), moves=[move], place=world.kitchen.pk, reason="count"), actor=ANNA)


# -- the draw -----------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_lot_whatever_happened_since(world: Cast) -> None:
    cast.ship(world, world.heron, world.tomatoes, "TOM-2", "1")
    one = actions.start_drill(seed=7, actor=QUINN)
    stated = drills.population(one)
    assert stated is not None
    assert (stated.among, stated.lots, one.drawn_from, one.seed) == ("shipped", 2, 2, 7)
    first = one.case.lots.get(suspect=True).lot
    by_hand = min(
        (lot(number) for number in ("SAUCE-1", "TOM-2")), key=lambda row: drillrules.rank(7, row.uid)
    )
    assert first == by_hand
    for number in range(8):
        cast.receive(world, world.tumbling, world.tomatoes, f"NEW-{number}", "5")
        cast.ship(world, world.heron, world.tomatoes, f"NEW-{number}", "1")
    again = drills.drawn_again(one)
    assert again is not None
    assert (again.lot, again.population) == (first.uid, stated)
    assert drills.drawn_lot(one) == first
    assert len({drills.draw(seed, "shipped", 90).lot for seed in range(60)}) > 3


def test_a_lot_is_drawn_from_what_was_asked_for(world: Cast) -> None:
    with clock.standing(clock.now() - timedelta(days=200)):
        cast.receive(world, world.tumbling, world.tomatoes, "OLD-1", "5")
    receipt = cast.receive(world, world.tumbling, world.tomatoes, "TOM-3", "5")
    counts = {among: drills.draw(1, among, 90).population.lots for among in drillrules.AMONG}
    assert counts == {"shipped": 1, "received": 4, "any": 5}
    assert drills.draw(1, "received", 365).population.lots == 5
    post_one(Draft("reverse", clock.now(), reverses=receipt.uid, reason="wrong"), actor=ANNA)
    assert drills.draw(1, "received", 90).population.lots == 3


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"seed": "x"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"among": "tea"}, "among"),
        ({"days": 0}, "days"),
        ({"target": "soon"}, "target"),
        ({"answers": "guessed"}, "answers"),
        ({"lots": ["no uid"]}, "lots/0"),
        ({"lots": [uuid4()]}, "lots/0"),
        ({"lots": [uuid4()], "seed": 4}, "seed"),
    ],
)
def test_what_no_drill_begins_with(world: Cast, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.start_drill(actor=QUINN, **given)
    assert field in [fault.field for fault in refusal.value.faults]
    assert Case.objects.count() == 0


def test_nothing_to_draw_from_says_what_to_do(world: Cast) -> None:
    with clock.standing(clock.now() + timedelta(days=400)), pytest.raises(Refused, match="more days"):
        actions.start_drill(actor=QUINN)
    assert Case.objects.count() == 0


# -- from start to signature --------------------------------------------------------------------------


def test_one_press_and_it_stands_ready_to_reconcile(world: Cast) -> None:
    uid = uuid4()
    one = chosen(target="2h", uid=uid)
    assert chosen(target="2h", uid=uid) == one
    assert (one.case.status, one.case.is_drill, one.target_s, one.choice) == ("decided", True, 7200, "chosen")
    assert [step.verb for step in queries.log(one.case)] == [
        "opened", "drill started", "scope taken", "freeze rehearsed", "decided",
    ]  # fmt: skip
    assert drills.clock_of(one).running
    assert drills.due().running == one


def test_what_is_signed_says_both_directions_and_adds_up(world: Cast) -> None:
    one = chosen("SAUCE-1", target="2h")
    done = actions.finish(drill=one.case.uid, actor=ANNA, text="Went well.")
    told = done.result
    assert (done.signed_by, done.balance_ppm, done.lots, done.customers, done.suppliers) == (
        ANNA, 1_000_000, 1, 2, 2,
    )  # fmt: skip
    (sauce,) = told["balance"]["rows"]
    assert (sauce["came"], sauce["on_hand"], sauce["shipped"], sauce["ppm"]) == (
        "900",
        "750",
        "150",
        1_000_000,
    )
    assert {row["lot"]: row["supplier"] for row in told["backward"]["supplies"]} == {
        "TOM-1": "Tumbling River Produce", "PAP-1": "Saffron Gate Spice Traders",
    }  # fmt: skip
    shipped = {row["name"]: [part["shipped"] for part in row["deliveries"]] for row in told["customers"]}
    assert shipped == {"Larchwood Market": ["120"], "Green Kettle Grocery": ["30"]}
    assert [step["what"] for step in told["timeline"]][:2] == ["opened", "drill started"]
    assert told["within_target"] is True
    assert drills.intact(done).whole
    case = queries.case(one.case.uid)
    assert (case.status, case.closing) == ("closed", "Went well.")
    assert drills.due().last == done


def test_the_clock_stops_when_it_is_signed(world: Cast) -> None:
    now = clock.now()
    with clock.standing(now):
        one = chosen(target="1h")
    with clock.standing(now + timedelta(hours=2)):
        assert not drills.clock_of(drills.drill(one.case.uid)).within
        done = actions.finish(drill=one.case.uid, actor=ANNA)
    assert (done.seconds, done.result["within_target"]) == (7200, False)
    with clock.standing(now + timedelta(hours=9)):
        assert drills.clock_of(drills.drill(one.case.number)).seconds == 7200


def test_differences_are_findings_and_do_not_keep_it_open(world: Cast) -> None:
    count_differs(world, 9)
    one = chosen()
    actions.find(
        drill=one.case.uid, text="Nobody in shipping", action="name a stand-in", owner="Sven", actor=QUINN
    )
    done = actions.finish(drill=one.case.uid, actor=ANNA)
    sauce = next(row for row in done.result["balance"]["rows"] if row["lot"] == "SAUCE-1")
    assert (sauce["difference"], sauce["ppm"], done.differences) == ("9", 990_000, 1)
    assert done.balance_ppm == 995_000
    assert results.differences(done.result["balance"]["rows"]) == [
        "FG-MARINARA SAUCE-1: 9 pc, less was counted than there should be (99 %)"
    ]
    texts = [row["text"] for row in done.result["findings"]]
    assert texts == ["Nobody in shipping", "1 of 2 lots do not add up: FG-MARINARA SAUCE-1"]
    open_ones = list(drills.open_findings())
    actions.settle_finding(
        drill=one.case.uid, finding=open_ones[0].uid, text="found in the cold store", actor=QUINN
    )
    with pytest.raises(Conflict):
        actions.settle_finding(drill=one.case.uid, finding=open_ones[0].uid, text="again", actor=QUINN)
    assert drills.open_findings().count() == 1
    assert drills.intact(drills.drill(one.case.uid)).whole


def test_a_difference_somebody_explained_is_no_finding(world: Cast) -> None:
    count_differs(world, 9)
    one = chosen()
    actions.explain(case=one.case.uid, lot=lot("SAUCE-1").uid, explanation="samples", actor=QUINN)
    done = actions.finish(drill=one.case.uid, actor=ANNA)
    assert done.result["findings"] == []
    assert done.result["balance"]["unexplained"] == 0


def test_people_are_asked_and_answers_taken_down_with_their_time(world: Cast) -> None:
    one = chosen(answers="asked")
    rows = list(one.questions.all())
    assert len(rows) == len(drillrules.ROLES) + 2
    assert {row.role for row in rows} >= {"Warehouse", "Larchwood Market"}
    larchwood = one.questions.get(role="Larchwood Market")
    actions.take_answer(
        drill=one.case.uid,
        question=larchwood.uid,
        reached="yes",
        name="Mrs Elm",
        answer="at once",
        actor=QUINN,
    )
    actions.add_question(drill=one.case.uid, role="Laboratory", question="Keeps a sample?", actor=QUINN)
    done = actions.finish(drill=one.case.uid, actor=ANNA)
    said = {row["role"]: (row["reached"], row["name"]) for row in done.result["questions"]}
    assert said["Larchwood Market"] == ("yes", "Mrs Elm")
    assert said["Laboratory"] == ("", "")
    assert next(row for row in done.result["customers"] if row["code"] == "C001")["reached"] == "yes"
    for act in (
        lambda: actions.take_answer(drill=one.case.uid, question=larchwood.uid, reached="no", actor=QUINN),
        lambda: actions.find(drill=one.case.uid, text="late", actor=QUINN),
        lambda: actions.finish(drill=one.case.uid, actor=QUINN),
    ):
        with pytest.raises(Conflict, match="signed"):
            act()


def test_made_up_answers_are_the_same_for_the_same_seed_and_say_so(world: Cast) -> None:
    first = actions.start_drill(seed=7, answers="simulated", actor=QUINN)
    again = actions.start_drill(seed=7, answers="simulated", actor=QUINN)
    told = [actions.finish(drill=one.case.uid, actor=ANNA).result for one in (first, again)]
    said = [
        [(one["name"], [part["told"] for part in one["deliveries"]]) for one in result["customers"]]
        for result in told
    ]
    assert said[0] == said[1]
    assert told[0]["made_up"] is True
    answered = [one for one in told[0]["customers"] if one["answered"]]
    assert answered
    assert all(one["made_up"] for one in answered)
    assert AnswerLink.objects.count() == 0


def test_what_cannot_be_taken_down(world: Cast) -> None:
    one = chosen(answers="asked")
    row = one.questions.first()
    assert row is not None
    with pytest.raises(Refused):
        actions.take_answer(drill=one.case.uid, question=row.uid, reached="perhaps", actor=QUINN)
    for name in (uuid4(), "x"):
        with pytest.raises(NotFound):
            actions.take_answer(drill=one.case.uid, question=name, reached="yes", actor=QUINN)
    with pytest.raises(Refused):
        actions.find(drill=one.case.uid, text=" ", owner="Sven", actor=QUINN)
    case = actions.open_case(kind="recall", reason="glass", actor=QUINN)
    with pytest.raises(NotFound, match="no drill"):
        actions.finish(drill=case.uid, actor=QUINN)


def test_a_drill_taken_step_by_step_is_signed_too(world: Cast) -> None:
    given = {"lots": [str(lot("TOM-1").uid)]}
    case = actions.open_case(kind="drill", reason="by hand", suspects=given, actor=QUINN)
    with pytest.raises(Conflict, match="as far as its decision"):
        actions.finish(drill=case.uid, actor=QUINN)
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="recall", reason="rehearsed", actor=QUINN)
    actions.reconcile(case=case.uid, actor=QUINN)
    done = actions.finish(drill=case.uid, actor=QUINN)
    assert (done.choice, done.target_s, done.case.number) == ("chosen", 14_400, case.number)


# -- the signature ------------------------------------------------------------------------------------


def test_the_database_keeps_a_signed_drill_as_it_is(world: Cast) -> None:
    one = chosen()
    Drill.objects.filter(pk=one.pk).update(target_s=60)
    actions.finish(drill=one.case.uid, actor=ANNA)
    for change in (
        lambda: Drill.objects.filter(pk=one.pk).update(balance_ppm=1),
        lambda: Drill.objects.filter(pk=one.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="stays as it was signed"), transaction.atomic():
            change()


def test_what_somebody_changes_in_the_tables_shows(world: Cast) -> None:
    one = chosen()
    done = actions.finish(drill=one.case.uid, actor=ANNA)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER recall_drill_signed_update")
    Drill.objects.filter(pk=done.pk).update(result={**done.result, "seconds": 1})
    assert not drills.intact(drills.drill(one.case.uid)).result
    Drill.objects.filter(pk=done.pk).update(result=done.result, signature="0" * 64)
    found = drills.intact(drills.drill(one.case.uid))
    assert (found.result, found.signature, found.log) == (True, False, True)


# -- quiet --------------------------------------------------------------------------------------------


def outside() -> dict[str, Any]:
    """Everything a drill must leave as it is."""
    return {
        "head": engine.watermark(),
        "outbox": OutboxMessage.objects.count(),
        "holds": Hold.objects.count(),
        "held lots": sorted(Lot.objects.values_list("number", "held")),
        "approvals": Approval.objects.count(),
        "claims": sorted(sql.rows("SELECT id, quantity FROM ledger_claim")),
        "notices": Notice.objects.count(),
        "links": AnswerLink.objects.count(),
        "mail": len(mail.outbox),
    }


@pytest.mark.parametrize("real", [False, True])
def test_a_drill_leaves_everything_outside_as_it_was(world: Cast, real: bool) -> None:
    """The same walk as a recall changes it: the control that this test can fail."""
    heard: list[str] = []
    outbox.deliver()
    before = outside()
    if real:
        given = {"lots": [str(lot("TOM-1").uid)]}
        case = actions.open_case(kind="recall", reason="glass", suspects=given, actor=QUINN)
        actions.take_scope(case=case.uid, actor=QUINN)
        actions.freeze(case=case.uid, actor=QUINN)
        actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)
    else:
        one = chosen(answers="asked")
        question = one.questions.first()
        assert question is not None
        actions.take_answer(drill=one.case.uid, question=question.uid, reached="no", actor=QUINN)
        actions.find(drill=one.case.uid, text="nobody there", actor=QUINN)
        actions.finish(drill=one.case.uid, actor=ANNA)
    heard += [row.topic for row in OutboxMessage.objects.order_by("pk")[before["outbox"] :]]
    outbox.deliver()
    after = outside()
    changed = {name for name, value in after.items() if value != before[name]}
    if real:
        assert changed >= {"head", "outbox", "holds", "held lots"}
        assert "recall.frozen" in heard
    else:
        assert changed == set()
        assert heard == []


def test_an_old_drill_is_a_reminder(world: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drills.due().is_due
    one = chosen()
    assert not drills.due().is_due
    actions.finish(drill=one.case.uid, actor=ANNA)
    assert not drills.due().is_due
    with clock.standing(clock.now() + timedelta(days=181)):
        assert drills.due().is_due
        monkeypatch.setenv("LOTBOOK_DRILL_DAYS", "365")
        assert not drills.due().is_due
