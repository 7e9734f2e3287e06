"""A case from suspicion to closed: every act, what it refuses, and that a drill does none of it.

TOM-1 ┐
      ├→ [RUN-1] → SAUCE-1 (900) → Larchwood Market 120, Green Kettle Grocery 30
PAP-1 ┘
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from tests import cast
from tests.cast import Cast

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals.models import Approval
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.places import queries as places
from lotbook.insights.recall import actions, listeners, queries
from lotbook.insights.recall.models import Case, CaseLot, CaseStep
from lotbook.insights.recall.queries import reconciling, scoping
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.operations.quality import actions as quality
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger.actions import post_one
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Hold, Lot
from lotbook.traceability.trace import engine

QUINN, ANNA = "user:quinn", "user:anna"


def lot(number: str) -> Lot:
    return Lot.objects.get(number=number)


def opened(kind: str = "recall", *numbers: str, **more: Any) -> Case:
    suspects = scoping.of_lots(lot(number).uid for number in numbers or ("TOM-1",))
    return actions.open_case(kind=kind, reason="glass in jars", suspects=suspects, actor=QUINN, **more)


def frozen(kind: str = "recall", *numbers: str) -> Case:
    case = actions.take_scope(case=opened(kind, *numbers).uid, actor=QUINN)
    return actions.freeze(case=case.uid, actor=QUINN).case


def decided(kind: str = "recall") -> Case:
    return actions.decide(case=frozen(kind).uid, decision="recall", reason="glass was found", actor=QUINN)


def reconciling_case(kind: str = "recall") -> Case:
    return actions.reconcile(case=decided(kind).uid, actor=QUINN)


def lose(world: Cast, quantity: int) -> None:
    """So many jars of SAUCE-1 are destroyed."""
    move = Move(lot("SAUCE-1").pk, world.store.pk, places.loss().pk, quantity)
    post_one(Draft("lose", clock.now(), moves=[move], place=world.kitchen.pk, reason="crushed"), actor=ANNA)


def verbs(case: Case) -> list[str]:
    return [step.verb for step in queries.log(case)]


def topics() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("topic", flat=True))


# -- opening and scope -----------------------------------------------------------------------------


def test_a_case_is_opened_with_a_number_and_a_step(world: Cast) -> None:
    case = opened(source_kind="lot", source="TOM-1", classification="II", hazard="cuts")
    assert case.number.startswith("RC-")
    assert case.status == "suspicion"
    (step,) = queries.log(case)
    assert (step.verb, step.text, step.reason) == ("opened", "from a lot TOM-1", "glass in jars")
    assert "recall.opened" in topics()
    assert queries.case(case.number.lower()) == queries.case(case.uid) == case


def test_the_same_form_opens_once(world: Cast) -> None:
    uid = uuid4()
    first, again = opened(uid=uid), opened(uid=uid)
    assert first == again
    assert Case.objects.count() == 1
    with pytest.raises(Conflict):
        opened("withdrawal", uid=uid)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"reason": " "}, "reason"),
        ({"reading": "tea leaves"}, "reading"),
        ({"source_kind": "rumour"}, "source_kind"),
        ({"suspects": {"lots": [str(uuid4())]}}, "suspects/lots/0"),
        ({"suspects": {"lots": ["no uid"]}}, "suspects/lots/0"),
    ],
)
def test_what_cannot_be_opened(world: Cast, given: dict[str, Any], field: str) -> None:
    values = {"kind": "recall", "reason": "glass", "actor": QUINN, **given}
    with pytest.raises(Refused) as refusal:
        actions.open_case(**values)
    assert refusal.value.faults[0].field == field
    assert Case.objects.count() == 0


def test_the_scope_names_lots_quantities_and_customers(world: Cast) -> None:
    case = actions.take_scope(case=opened().uid, actor=QUINN)
    assert (case.status, case.as_of) == ("scoped", engine.watermark())
    rows = {row.lot.number: row for row in case.lots.select_related("lot")}
    assert set(rows) == {"TOM-1", "SAUCE-1"}
    tomatoes, sauce = rows["TOM-1"], rows["SAUCE-1"]
    assert (tomatoes.suspect, sauce.suspect) == (True, False)
    assert (tomatoes.came, tomatoes.on_hand, tomatoes.consumed) == (500_000, 100_000, 400_000)
    assert (sauce.came, sauce.on_hand, sauce.shipped) == (900, 750, 150)
    got = {
        one.customer.partner.name: [row.shipped for row in one.deliveries]
        for one in reconciling.customers(case)
    }
    assert got == {"Larchwood Market": [120], "Green Kettle Grocery": [30]}


def test_customers_are_kept_with_documents_and_what_came_back(world: Cast) -> None:
    world.kettle.email, world.kettle.language = "goods@kettle.example", "de"
    world.kettle.save()
    more: dict[str, Any] = {"document_kind": "shipment", "document_number": "SH-7"}
    cast.ship(world, world.kettle, world.sauce, "SAUCE-1", "20", **more)
    cast.take_back(world, world.kettle, world.sauce, "SAUCE-1", "5")
    case = actions.take_scope(case=opened().uid, actor=QUINN)
    kettle = case.customers.get(partner=world.kettle)
    assert (kettle.contact, kettle.language, kettle.status) == ("goods@kettle.example", "de", "open")
    row = kettle.deliveries.get()
    assert (row.shipped, row.returned, row.documents) == (50, 5, ["SH-7"])
    sauce = case.lots.get(lot__number="SAUCE-1")
    assert (sauce.shipped, sauce.returned, sauce.on_hand) == (165, 5, 735)


def test_nothing_suspected_has_no_scope(world: Cast) -> None:
    case = actions.open_case(kind="recall", reason="a call", actor=QUINN)
    with pytest.raises(Refused, match="nothing is suspected"):
        actions.take_scope(case=case.uid, actor=QUINN)
    actions.set_suspects(case=case.uid, suspects=scoping.of_lots([lot("TOM-1").uid]), actor=QUINN)
    assert actions.take_scope(case=case.uid, actor=QUINN).status == "scoped"
    with pytest.raises(NotFound):
        actions.take_scope(case="RC-1999-00001", actor=QUINN)


def test_the_frozen_scope_is_the_scope_asked_again_at_its_sequence(world: Cast) -> None:
    case = actions.take_scope(case=opened().uid, actor=QUINN)
    cast.ship(world, world.heron, world.sauce, "SAUCE-1", "70")
    cast.make(world, "RUN-2", {(world.tomatoes, "TOM-1"): "100"}, {(world.rework, "RW-1"): "90"})
    again = scoping.scope(case.suspects, as_of=case.as_of)
    kept = {row.lot_id: reconciling.account_of(row) for row in case.lots.all()}
    assert {one.lot: one.account for one in again.lots} == kept
    now = scoping.scope(case.suspects)
    assert {one.lot: one.account for one in now.lots} != kept
    changed = [one.lot.number for one in reconciling.lots(case) if one.changed]
    assert changed == ["TOM-1", "SAUCE-1"]
    assert [one.lot for one in scoping.grown(case).lots] == [lot("RW-1").pk]


def test_other_suspects_want_another_scope(world: Cast) -> None:
    case = actions.take_scope(case=opened().uid, actor=QUINN)
    actions.set_suspects(
        case=case.uid, suspects=scoping.of_lots([lot("TOM-2").uid]), actor=QUINN, reason="the other delivery"
    )
    with pytest.raises(Conflict, match="suspicion"):
        actions.freeze(case=case.uid, actor=QUINN)
    case = actions.take_scope(case=case.uid, actor=QUINN)
    assert [row.lot.number for row in case.lots.all()] == ["TOM-2"]
    assert list(case.customers.all()) == []


# -- freezing --------------------------------------------------------------------------------------


def test_freezing_holds_every_affected_lot_by_one_act(world: Cast) -> None:
    before = engine.watermark()
    case = frozen()
    holds = Hold.objects.filter(released_sequence=None)
    assert {(one.lot.number, one.kind) for one in holds} == {("TOM-1", "recall"), ("SAUCE-1", "recall")}
    assert len({one.placed_sequence for one in holds}) == 1
    assert case.number in holds[0].reason
    assert engine.watermark() == before + 1 == case.frozen_sequence
    with pytest.raises(Refused, match="on hold"):
        cast.ship(world, world.heron, world.sauce, "SAUCE-1", "1")
    assert "recall.frozen" in topics()


def test_freezing_breaks_reservations_and_tells_their_documents(world: Cast) -> None:
    order = uuid4()
    demand = Demand(world.sauce.pk, 10, world.kitchen.pk, "order", order, number="SO-1")
    allocation.allocate([demand], actor=ANNA)
    frozen()
    broken = OutboxMessage.objects.get(topic="allocation.broken").payload
    assert (broken["document"], broken["quantity"]) == (str(order), 10)


def test_frozen_twice_is_frozen_once(world: Cast) -> None:
    case = frozen()
    sequence, steps = engine.watermark(), verbs(case)
    again = actions.freeze(case=case.uid, actor=QUINN)
    assert (again.lots, again.added) == (0, 0)
    assert engine.watermark() == sequence
    assert verbs(case) == steps
    assert Hold.objects.count() == 2


def test_what_was_made_since_the_scope_is_frozen_with_it(world: Cast) -> None:
    case = actions.take_scope(case=opened().uid, actor=QUINN)
    cast.make(world, "RUN-2", {(world.tomatoes, "TOM-1"): "100"}, {(world.rework, "RW-1"): "90"})
    cast.ship(world, world.heron, world.sauce, "SAUCE-1", "70")
    done = actions.freeze(case=case.uid, actor=QUINN)
    assert (done.lots, done.added) == (3, 1)
    row = CaseLot.objects.get(lot__number="RW-1")
    assert (row.added, row.as_of, row.on_hand) == (True, engine.watermark() - 1, 90_000)


def test_what_comes_to_be_affected_later_is_frozen_by_asking_again(world: Cast) -> None:
    case = frozen()
    cast.make(
        world,
        "RUN-2",
        {(world.tomatoes, "TOM-1"): "100"},
        {(world.rework, "RW-1"): "90"},
        override="scrap it",
    )
    assert Hold.objects.get(lot__number="RW-1").source is not None  # the ledger's own
    again = actions.freeze(case=case.uid, actor=QUINN)
    assert (again.lots, again.added) == (1, 1)
    assert Hold.objects.filter(lot__number="RW-1", source=None).count() == 1
    assert actions.follow(case=case.uid) is None


def test_quality_s_hold_stands_beside(world: Cast) -> None:
    quality.hold(lots=[Line(lot="SAUCE-1")], kind="quality", reason="lid", actor=QUINN, descendants=False)
    case = frozen()
    assert lot("SAUCE-1").held == 2
    actions.call_off(case=case.uid, reason="the glass was ours", actor=QUINN)
    assert lot("SAUCE-1").held == 1
    assert Hold.objects.get(released_sequence=None).kind == "quality"


# -- letting go ------------------------------------------------------------------------------------


def test_a_lot_is_let_go_with_a_reason_and_a_signature(world: Cast) -> None:
    case = frozen()
    actions.release_lots(case=case.uid, lots=[lot("SAUCE-1").uid], reason="x-rayed", actor=ANNA)
    assert (lot("SAUCE-1").held, lot("TOM-1").held) == (0, 1)
    row = CaseLot.objects.get(lot__number="SAUCE-1")
    assert (row.released_by, row.release_reason) == (ANNA, "x-rayed")
    step = queries.log(case).last()
    assert step is not None
    assert step.data["signed"]["meaning"] == "released from the case"
    assert len(step.data["signature"]) == 64
    assert actions.freeze(case=case.uid, actor=QUINN).lots == 0
    for lots, field in (
        ([lot("SAUCE-1").uid], "lots/0"),
        ([uuid4()], "lots/0"),
        ([], "lots"),
        (["x"], "lots/0"),
    ):
        with pytest.raises(Refused) as refusal:
            actions.release_lots(case=case.uid, lots=lots, reason="again", actor=ANNA)
        assert refusal.value.faults[0].field == field


def test_calling_off_frees_what_stems_from_the_case_too(world: Cast) -> None:
    case = frozen()
    cast.make(
        world,
        "RUN-2",
        {(world.tomatoes, "TOM-1"): "100"},
        {(world.rework, "RW-1"): "90"},
        override="scrap it",
    )
    case = actions.call_off(case=case.uid, reason="mistaken", actor=ANNA)
    assert case.status == "called_off"
    assert Hold.objects.filter(released_sequence=None).count() == 0
    for act in (actions.call_off, actions.close):
        with pytest.raises(Conflict):
            act(case=case.uid, reason="again", actor=ANNA)
    with pytest.raises(Conflict):
        actions.note(case=case.uid, text="late", actor=ANNA)


# -- deciding --------------------------------------------------------------------------------------


def rule(kind: str) -> None:
    approvals.keep_rule(name=f"four eyes {kind}", kind=kind, steps=[Stage("manager")], actor=ANNA)


def test_without_a_rule_it_is_decided_at_once_and_signed(world: Cast) -> None:
    case = decided()
    assert (case.status, case.decision, case.decided_by) == ("decided", "recall", QUINN)
    step = queries.log(case).last()
    assert step is not None
    assert step.data["signed"]["lots"] == 2
    assert "recall.decided" in topics()


def test_a_decision_waits_for_somebody_else_s_yes(world: Cast) -> None:
    cast.person("quinn")
    cast.person("anna")
    rule(actions.DECIDE)
    case = decided()
    assert (case.status, case.waits_for) == ("frozen", "decision")
    with pytest.raises(Conflict, match="waits for approval"):
        actions.decide(case=case.uid, decision="recall", reason="again", actor=QUINN)
    asked = Approval.objects.get()
    with pytest.raises(NotAllowed):
        approvals.decide(asked.uid, approve=True, actor=QUINN)
    approvals.decide(asked.uid, approve=True, actor=ANNA)
    outbox.deliver()
    case.refresh_from_db()
    assert (case.status, case.waits_for) == ("decided", "")
    step = queries.log(case).last()
    assert step is not None
    assert step.data["signed"]["approved_by"] == ANNA
    listeners.on_decided(
        {"kind": actions.DECIDE, "subject": str(case.uid), "status": "approved", "approval": str(asked.uid)}
    )
    assert verbs(case).count("decided") == 1


def test_a_refused_decision_is_decided_anew(world: Cast) -> None:
    cast.person("quinn")
    cast.person("anna")
    rule(actions.DECIDE)
    case = decided()
    approvals.decide(Approval.objects.get().uid, approve=False, reason="too early", actor=ANNA)
    outbox.deliver()
    case.refresh_from_db()
    assert (case.status, case.waits_for) == ("frozen", "")
    assert verbs(case)[-1] == "decision refused"
    case = actions.decide(case=case.uid, decision="internal", reason="only ours", actor=QUINN)
    assert case.waits_for == "decision"
    actions.call_off(case=case.uid, reason="mistaken", actor=QUINN)
    assert set(Approval.objects.values_list("status", flat=True)) == {"refused", "withdrawn"}


@pytest.mark.parametrize(
    ("decision", "reason", "field"), [("burn", "x", "decision"), ("recall", "", "reason")]
)
def test_what_cannot_be_decided(world: Cast, decision: str, reason: str, field: str) -> None:
    case = frozen()
    with pytest.raises(Refused) as refusal:
        actions.decide(case=case.uid, decision=decision, reason=reason, actor=QUINN)
    assert refusal.value.faults[0].field == field


# -- reconciling and closing -----------------------------------------------------------------------


def test_a_case_closes_only_when_every_difference_is_named(world: Cast) -> None:
    case = reconciling_case()
    with pytest.raises(Refused) as refusal:
        actions.close(case=case.uid, reason="done", actor=QUINN)
    assert [fault.field.split("/")[0] for fault in refusal.value.faults] == [
        "lots",
        "lots",
        "customers",
        "customers",
    ]
    cast.take_back(world, world.larchwood, world.sauce, "SAUCE-1", "100", place=world.store)
    lose(world, 850)
    actions.release_lots(case=case.uid, lots=[lot("TOM-1").uid], reason="clean", actor=ANNA)
    larchwood, kettle = (
        case.customers.get(partner__name=name) for name in ("Larchwood Market", "Green Kettle Grocery")
    )
    sauce = lot("SAUCE-1").uid
    actions.account(case=case.uid, customer=larchwood.uid, lot=sauce, destroyed="15", actor=QUINN)
    actions.account(case=case.uid, customer=kettle.uid, lot=sauce, destroyed="20", sold_on="10", actor=QUINN)
    (point,) = reconciling.points(case)
    assert point.words.startswith("Larchwood Market: 5 ")
    with pytest.raises(Refused, match="5 "):
        actions.close(case=case.uid, reason="done", actor=QUINN)
    actions.account(
        case=case.uid, customer=larchwood.uid, lot=sauce, explanation="eaten, says the buyer", actor=QUINN
    )
    assert {one.customer.partner.name: one.open_count for one in reconciling.customers(case)} == {
        "Larchwood Market": 0,
        "Green Kettle Grocery": 0,
    }
    case = actions.close(case=case.uid, reason="all accounted for", actor=QUINN)
    assert case.status == "closed"
    assert "recall.closed" in topics()
    assert queries.log_broken_at(case) is None


def test_what_stays_on_hold_is_named_too(world: Cast) -> None:
    case = reconciling_case()
    actions.explain(
        case=case.uid, lot=lot("TOM-1").uid, explanation="goes to the digester on Friday", actor=QUINN
    )
    left = [point.words for point in reconciling.points(case) if not point.explanation]
    assert not any("TOM-1" in words for words in left)
    with pytest.raises(Refused):
        actions.explain(case=case.uid, lot=lot("TOM-1").uid, explanation=" ", actor=QUINN)
    with pytest.raises(NotFound):
        actions.explain(case=case.uid, lot=lot("TOM-2").uid, explanation="x", actor=QUINN)


def test_one_reason_explains_several_points(world: Cast) -> None:
    case = reconciling_case()
    fields = [point.field for point in reconciling.points(case)]
    assert {field.split("/")[0] for field in fields} == {"lots", "customers"}
    with pytest.raises(Refused) as refusal:
        actions.explain_points(
            case=case.uid, points=[*fields[:1], "lots/none"], explanation="eaten", actor=QUINN
        )
    assert [fault.field for fault in refusal.value.faults] == ["points/1"]
    assert not any(point.explanation for point in reconciling.points(case))
    told = actions.explain_points(case=case.uid, points=fields[:-1], explanation="eaten", actor=QUINN)
    assert told == len(fields) - 1
    assert [point.field for point in reconciling.points(case) if not point.explanation] == fields[-1:]
    actions.explain_points(case=case.uid, points=fields[-1:], explanation="lost", actor=QUINN)
    assert set(case.customers.values_list("status", flat=True)) == {"settled"}
    assert actions.close(case=case.uid, reason="done", actor=QUINN).status == "closed"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"destroyed": "-1"}, "destroyed"),
        ({"sold_on": "many"}, "sold_on"),
        ({"destroyed": "0.5"}, "destroyed"),
    ],
)
def test_what_cannot_be_accounted_for(world: Cast, given: dict[str, str], field: str) -> None:
    case = reconciling_case()
    customer = case.customers.first()
    assert customer is not None
    with pytest.raises(Refused) as refusal:
        actions.account(case=case.uid, customer=customer.uid, lot=lot("SAUCE-1").uid, actor=QUINN, **given)
    assert refusal.value.faults[0].field == field
    with pytest.raises(NotFound):
        actions.account(case=case.uid, customer=uuid4(), lot=lot("SAUCE-1").uid, actor=QUINN)


def test_what_it_costs(world: Cast) -> None:
    world.sauce.standard_cost_micro, world.sauce.currency = 2_500_000, "EUR"
    world.sauce.save()
    case = reconciling_case()
    lose(world, 40)
    kettle = case.customers.get(partner__name="Green Kettle Grocery")
    actions.account(case=case.uid, customer=kettle.uid, lot=lot("SAUCE-1").uid, destroyed="30", actor=QUINN)
    actions.enter_expense(case=case.uid, text="Courier", amount="120.50", currency="eur", actor=QUINN)
    actions.enter_expense(case=case.uid, text="Courier, wrong", amount="-20.50", currency="EUR", actor=QUINN)
    (cost,) = reconciling.costs(case, reconciling.lots(case), reconciling.customers(case))
    assert (cost.currency, cost.lost, cost.expenses) == ("EUR", 175_000_000, 100_000_000)
    assert cost.total == 275_000_000
    assert cost.at_stake == (710 + 120) * 2_500_000
    for amount, currency, field in (
        ("x", "EUR", "amount"),
        ("0", "EUR", "amount"),
        ("1", "EURO", "currency"),
        ("", "EUR", "amount"),
    ):
        with pytest.raises(Refused) as refusal:
            actions.enter_expense(case=case.uid, text="x", amount=amount, currency=currency, actor=QUINN)
        assert refusal.value.faults[0].field == field


@pytest.mark.parametrize(
    "act",
    [
        lambda uid: actions.freeze(case=uid, actor=QUINN),
        lambda uid: actions.release_lots(case=uid, lots=[uuid4()], reason="x", actor=QUINN),
        lambda uid: actions.decide(case=uid, decision="recall", reason="x", actor=QUINN),
        lambda uid: actions.reconcile(case=uid, actor=QUINN),
        lambda uid: actions.explain(case=uid, lot=uuid4(), explanation="x", actor=QUINN),
        lambda uid: actions.close(case=uid, reason="x", actor=QUINN),
    ],
)
def test_acts_have_their_time(world: Cast, act: Any) -> None:
    case = opened()
    with pytest.raises(Conflict, match="Next: Take the scope"):
        act(case.uid)
    assert verbs(case) == ["opened"]


# -- the log, and drills ---------------------------------------------------------------------------


def test_the_log_shows_where_somebody_changed_it(world: Cast) -> None:
    case = frozen()
    assert queries.log_broken_at(case) is None
    step = CaseStep.objects.get(case=case, index=2)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER recall_case_step_no_update")
        cursor.execute("UPDATE recall_case_step SET text = 'nothing' WHERE id = %s", [step.pk])
    assert queries.log_broken_at(case) == 2


@pytest.mark.parametrize("kind", ["drill", "recall"])
def test_a_drill_posts_nothing_and_tells_nobody(world: Cast, kind: str) -> None:
    """The same walk as a recall leaves both behind: the control that this test can fail."""
    cast.person("quinn")
    sequence, told = engine.watermark(), topics()
    case = reconciling_case(kind)
    actions.release_lots(case=case.uid, lots=[lot("TOM-1").uid], reason="clean", actor=ANNA)
    actions.explain(case=case.uid, lot=lot("SAUCE-1").uid, explanation="rehearsed", actor=QUINN)
    for customer in case.customers.all():
        actions.account(
            case=case.uid, customer=customer.uid, lot=lot("SAUCE-1").uid, explanation="rehearsed", actor=QUINN
        )
    actions.close(case=case.uid, reason="done", actor=QUINN)
    quiet = engine.watermark() == sequence and topics() == told and not Hold.objects.exists()
    assert quiet is (kind == "drill")
    assert Approval.objects.exists() is (kind == "recall")
    case = opened(kind)
    actions.call_off(case=case.uid, reason="enough", actor=QUINN)
    assert (topics() == told) is (kind == "drill")


DOORS = ("foundation.approvals import actions", "kernel import outbox", "ledger.actions", "ledger.lines")


@pytest.mark.once
def test_only_one_module_of_the_room_reaches_out() -> None:
    room = Path(actions.__file__).parents[1]
    reaching = {
        path.name
        for path in room.rglob("*.py")
        if not path.name.startswith(("test_", "apps"))
        and (any(door in path.read_text() for door in DOORS) or "quality import actions" in path.read_text())
    }
    assert reaching == {"outward.py"}
