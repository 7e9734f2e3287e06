"""Asking and deciding: limits, steps in order, four eyes, delegation, reminders, expiry, signatures.

asked → [above a limit?] → step 1 (quality) → step 2 (2 of manager) → approved
                               │ no
                               └→ refused
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions, mailing, queries, rules
from lotbook.foundation.approvals.models import Approval, Decision, Rule
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Conflict, NotAllowed, Refused
from lotbook.kernel.models import OutboxMessage

NOON = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)
KIND = "tests.ask"
PEOPLE = {"otto": "operator", "quinn": "quality", "quentin": "quality", "anna": "manager", "mona": "manager"}


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules._kinds, KIND, "Tests")
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return hire()


def hire() -> dict[str, User]:
    return {name: User.objects.create(username=name, role=role) for name, role in PEOPLE.items()}


def rule(*steps: Stage, **more: Any) -> Rule:
    return actions.keep_rule(actor="user:anna", kind=KIND, name="Large ones", steps=steps, **more)


def ask(subject: UUID | None = None, *, actor: str = "user:otto", **more: Any) -> Approval:
    words = {"title": "Scrap 40 kg tomatoes", "url": "/stock", "reason": "crushed", **more}
    return actions.ask(kind=KIND, subject=subject or uuid4(), actor=actor, **words)


def told() -> list[str]:
    return [row.payload["status"] for row in OutboxMessage.objects.filter(topic=actions.DECIDED)]


def test_without_a_rule_nobody_is_asked_and_that_is_on_record(people: dict[str, User]) -> None:
    subject = uuid4()
    one = ask(subject)
    assert (one.status, one.is_automatic, one.ended_by) == ("approved", True, "lotbook")
    assert queries.of(KIND, subject) == one
    assert [step.title for step in documents.timeline(subject)] == ["Approved automatically"]
    assert told() == []


@pytest.mark.parametrize(
    ("limits", "size", "status"),
    [
        ({"quantity_limit": 100}, {"quantity": 100}, "approved"),
        ({"quantity_limit": 100}, {"quantity": 101}, "pending"),
        ({"quantity_limit": 100}, {}, "pending"),
        ({"value_limit_micro": 5, "currency": "EUR"}, {"value_micro": 5, "currency": "EUR"}, "approved"),
        ({"value_limit_micro": 5, "currency": "EUR"}, {"value_micro": 5, "currency": "USD"}, "pending"),
        ({"value_limit_micro": 5, "currency": "EUR"}, {"value_micro": 6, "currency": "EUR"}, "pending"),
        ({"item_group": "milk"}, {"item_group": "salt"}, "approved"),
        ({"item_group": "milk"}, {"item_group": "milk"}, "pending"),
        ({}, {"quantity": 0}, "pending"),
    ],
)
def test_limits(people: dict[str, User], limits: dict[str, Any], size: dict[str, Any], status: str) -> None:
    rule(Stage("quality"), **limits)
    assert ask(**size).status == status


def test_the_nearest_place_decides_and_the_highest_limit_exceeded(people: dict[str, User]) -> None:
    plant = places.create_place(actor="user:anna", code="PLANT", kind="site", time_zone="UTC")
    store = places.create_place(actor="user:anna", code="STORE", kind="area", parent=plant.uid)
    rule(Stage("quality"))
    rule(Stage("quality"), site="PLANT", quantity_limit=10)
    rule(Stage("quality"), Stage("manager"), site="PLANT", quantity_limit=100)
    assert ask(quantity=5).status == "pending"
    assert ask(quantity=5, site=store.pk).status == "approved"
    assert len(ask(quantity=50, site=store.pk).steps) == 1
    assert len(ask(quantity=500, site=plant.pk).steps) == 2


def test_steps_go_in_order_and_each_yes_is_signed(people: dict[str, User]) -> None:
    rule(Stage("quality"), Stage("manager", needed=2))
    subject = uuid4()
    one = ask(subject, quantity=40_000)
    with pytest.raises(NotAllowed, match="decided by quality"):
        actions.decide(one.uid, approve=True, actor="user:anna")
    assert list(queries.inbox(people["quinn"])) == [one]
    assert list(queries.inbox(people["anna"])) == []
    actions.decide(one.uid, approve=True, actor="user:quinn", reason="seen them")
    assert list(queries.inbox(people["quinn"])) == []
    assert actions.decide(one.uid, approve=True, actor="user:anna").status == "pending"
    with pytest.raises(NotAllowed, match="nobody decides twice"):
        actions.decide(one.uid, approve=True, actor="user:anna")
    assert told() == []
    assert actions.decide(one.uid, approve=True, actor="user:mona").status == "approved"
    assert told() == ["approved"]
    signed = list(Decision.objects.order_by("id"))
    assert [row.meaning for row in signed] == [
        "approved as quality",
        "approved as manager",
        "approved as manager",
    ]
    assert all(row.is_intact for row in signed)
    assert signed[0].signed["asked"]["quantity"] == 40_000
    assert [step.by for step in documents.timeline(subject)] == ["mona", "anna", "quinn", "otto"]
    with pytest.raises(Conflict, match="approved already by mona"):
        actions.decide(one.uid, approve=False, actor="user:quentin", reason="too late")


def test_who_asks_never_decides(people: dict[str, User]) -> None:
    rule(Stage("manager"))
    one = ask(actor="user:anna")
    with pytest.raises(NotAllowed, match="four eyes"):
        actions.decide(one.uid, approve=True, actor="user:anna")
    assert list(queries.inbox(people["anna"])) == []
    assert list(queries.inbox(people["mona"])) == [one]


def test_four_eyes_see_through_a_key(people: dict[str, User]) -> None:
    from lotbook.foundation.accounts import actions as accounts

    rule(Stage("manager"))
    made = accounts.create_api_key(
        name="erp", owner="anna", scopes=["approvals.decide"], actor="user:anna", expires_at=None
    )
    one = ask(actor="user:anna")
    with pytest.raises(NotAllowed, match="four eyes"):
        actions.decide(one.uid, approve=True, actor=f"key:{made.key.prefix}")


def test_a_no_needs_a_reason_and_ends_it(people: dict[str, User]) -> None:
    rule(Stage("quality"), Stage("manager"))
    one = ask()
    with pytest.raises(Refused) as refusal:
        actions.decide(one.uid, approve=False, actor="user:quinn", reason="  ")
    assert [fault.field for fault in refusal.value.faults] == ["reason"]
    assert actions.decide(one.uid, approve=False, actor="user:quinn", reason="still good").status == "refused"
    assert told() == ["refused"]
    assert list(queries.inbox(people["anna"])) == []


def test_a_deputy_decides_for_another_but_not_what_that_one_asked(people: dict[str, User]) -> None:
    rule(Stage("manager", needed=2))
    rule_of = {"from_person": "anna", "to_person": "quinn", "actor": "user:anna"}
    actions.delegate(starts_on=NOON.date(), ends_on=NOON.date(), **rule_of)
    one, own = ask(), ask(actor="user:anna")
    assert list(queries.inbox(people["quinn"])) == [one]
    actions.decide(one.uid, approve=True, actor="user:quinn")
    assert Decision.objects.get().meaning == "approved as manager for anna"
    with pytest.raises(NotAllowed, match="this step is decided by"):
        actions.decide(one.uid, approve=True, actor="user:anna")  # her say is spent
    with pytest.raises(NotAllowed):
        actions.decide(own.uid, approve=True, actor="user:quinn")


def test_delegations_hold_on_their_days_only(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(Stage("manager"))
    day = NOON.date()
    made = actions.delegate(
        from_person="anna", to_person="quinn", starts_on=day, ends_on=day + timedelta(1), actor="user:anna"
    )
    one = ask()
    for days, seen in ((-1, []), (0, [one]), (1, [one]), (2, [])):
        monkeypatch.setattr(clock, "now", lambda days=days: NOON + timedelta(days))
        assert list(queries.inbox(people["quinn"])) == seen
    monkeypatch.setattr(clock, "now", lambda: NOON)
    actions.end_delegation(made.uid, actor="user:anna")
    assert list(queries.inbox(people["quinn"])) == []


def test_the_same_asked_twice_is_one_and_something_else_conflicts(people: dict[str, User]) -> None:
    rule(Stage("manager"))
    subject = uuid4()
    one = ask(subject, quantity=5)
    assert ask(subject, quantity=5) == one
    with pytest.raises(Conflict, match="waits for approval already"):
        ask(subject, quantity=6)
    assert Approval.objects.count() == 1


def test_only_who_asked_withdraws(people: dict[str, User]) -> None:
    rule(Stage("manager"))
    one = ask()
    with pytest.raises(NotAllowed, match="only otto"):
        actions.withdraw(one.uid, actor="user:anna")
    assert actions.withdraw(one.uid, actor="user:otto", reason="found more").status == "withdrawn"
    subject = uuid4()
    ask(subject)
    assert actions.drop(kind=KIND, subject=subject, actor="user:anna") is True
    assert actions.drop(kind=KIND, subject=subject, actor="user:anna") is False
    assert told() == ["withdrawn", "withdrawn"]


def test_reminders_come_again_and_what_nobody_decides_expires(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(Stage("manager"), remind_after_hours=4, expire_after_hours=10)
    one = ask()
    found = []
    for hours in (3, 4, 4, 8, 10, 11):
        monkeypatch.setattr(clock, "now", lambda hours=hours: NOON + timedelta(hours=hours))
        found.append(actions.tick())
    assert found == [(0, 0), (1, 0), (0, 0), (1, 0), (0, 1), (0, 0)]
    one.refresh_from_db()
    assert (one.status, one.reminders) == ("expired", 2)
    assert told() == ["expired"]
    reminded = OutboxMessage.objects.filter(topic=actions.REMINDED).first()
    assert reminded is not None
    assert reminded.payload["people"] == ["anna", "mona"]


def test_the_days_of_a_deputy_are_those_where_they_work(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(Stage("manager"))
    site = places.create_place(
        actor="user:anna", code="AKL", kind="site", name="Auckland", time_zone="Pacific/Auckland"
    )
    people["quinn"].sites.add(site)
    day = NOON.date() + timedelta(1)
    actions.delegate(from_person="anna", to_person="quinn", starts_on=day, ends_on=day, actor="user:anna")
    one = ask()
    # 4 March begins at 11:00 UTC of the 3rd in Auckland, and ends 24 hours later.
    for hours, seen in ((-2, []), (0, [one]), (22, [one]), (24, [])):
        monkeypatch.setattr(clock, "now", lambda hours=hours: NOON + timedelta(hours=hours))
        assert list(queries.inbox(people["quinn"])) == seen, hours


def test_reminders_are_mailed_and_escalated_and_an_expiry_told(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    User.objects.create(username="ada", role="administrator", email="ada@example.org")
    for name in ("anna", "mona", "otto"):
        User.objects.filter(username=name).update(email=f"{name}@example.org")
    rule(Stage("manager"), remind_after_hours=4, expire_after_hours=10)
    one = ask(title="Scrap 40 kg")
    for hours in (4, 8, 10):
        monkeypatch.setattr(clock, "now", lambda hours=hours: NOON + timedelta(hours=hours))
        actions.tick()
        outbox.deliver()
    sent = [(one_.to[0].partition("@")[0], one_.subject.partition(":")[0]) for one_ in mailoutbox]
    waiting, escalated = "Waiting for your decision", "Nobody decides, reminder 2"
    assert sent == [
        ("anna", waiting), ("mona", waiting), ("anna", waiting), ("mona", waiting), ("ada", escalated),
        ("otto", "Nobody decided in time"),
    ]  # fmt: skip
    assert f"/approvals/{one.uid}" in mailoutbox[0].body


def test_a_mail_that_fails_stops_nothing(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(username="anna").update(email="anna@example.org")

    def refuse(*_: Any) -> None:
        raise ConnectionRefusedError("no server")

    monkeypatch.setattr(mailing, "send_mail", refuse)
    rule(Stage("manager"), remind_after_hours=4)
    ask()
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=5))
    assert actions.tick() == (1, 0)
    outbox.deliver()
    assert "could not be sent" in caplog.text
    assert not OutboxMessage.objects.exclude(delivered_at=None).filter(problem__gt="").exists()


def test_a_changed_rule_does_not_change_what_waits(people: dict[str, User]) -> None:
    made = rule(Stage("manager"))
    one = ask()
    actions.keep_rule(
        uid=made.uid, actor="user:anna", kind=KIND, name="Large ones", steps=[Stage("quality")], reason="new"
    )
    assert actions.decide(one.uid, approve=True, actor="user:anna").status == "approved"
    assert {change.field for change in queries.rule_changes(made)} >= {"steps"}


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (Stage(), "steps/0/role"),
        (Stage("quality", ("anna",)), "steps/0/role"),
        (Stage("wizard"), "steps/0/role"),
        (Stage("quality", needed=0), "steps/0/needed"),
        (Stage("", ("anna",), 2), "steps/0/needed"),
        (Stage("", ("nobody",)), "steps/0/people"),
        (Stage("", ("otto",)), "steps/0/people"),
    ],
)
def test_rules_that_nobody_could_fulfil_are_refused(people: dict[str, User], step: Stage, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        rule(step)
    assert field in [fault.field for fault in refusal.value.faults]


def test_the_database_refuses_to_change_a_decision(people: dict[str, User]) -> None:
    rule(Stage("manager"))
    actions.decide(ask().uid, approve=True, actor="user:anna")
    for change in (lambda: Decision.objects.update(meaning="x"), lambda: Decision.objects.all().delete()):
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            change()


def test_a_signature_tells_when_what_was_signed_is_changed(people: dict[str, User]) -> None:
    rule(Stage("manager"))
    actions.decide(ask(quantity=2**60).uid, approve=True, actor="user:anna")
    signed = Decision.objects.get()
    assert signed.is_intact
    signed.signed["asked"]["quantity"] = 1
    assert not signed.is_intact


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_make_one_outcome() -> None:
    """A yes and a no at the same moment, again and again: one outcome, told once."""
    hire()
    rule(Stage("manager"))
    for _ in range(5):
        one = ask()
        start = threading.Barrier(2)
        ends: list[str] = []

        def say(name: str, yes: bool, one: Approval = one, start: Any = start, ends: Any = ends) -> None:
            try:
                start.wait(30)
                ends.append(actions.decide(one.uid, approve=yes, actor=f"user:{name}", reason="so").status)
            except Conflict:
                ends.append("late")
            except Exception as problem:  # noqa: BLE001 - whatever a person would see is a finding
                ends.append(repr(problem))
            finally:
                connection.close()

        threads = [threading.Thread(target=say, args=who) for who in (("anna", True), ("mona", False))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one.refresh_from_db()
        assert sorted(ends) == sorted(["late", one.status])
        payloads = OutboxMessage.objects.filter(topic=actions.DECIDED).values_list("payload", flat=True)
        assert [row["status"] for row in payloads if row["approval"] == str(one.uid)] == [one.status]
        assert Decision.objects.filter(approval=one).count() == 1


def test_who_is_limited_to_sites_decides_there_only(people: dict[str, User]) -> None:
    plant = places.create_place(actor="user:anna", code="PLANT", kind="site", time_zone="UTC")
    depot = places.create_place(actor="user:anna", code="DEPOT", kind="site", time_zone="UTC")
    store = places.create_place(actor="user:anna", code="STORE", kind="area", parent=plant.uid)
    people["quinn"].sites.add(plant)
    rule(Stage("quality"))
    here, there, nowhere = ask(site=store.pk), ask(site=depot.pk), ask()
    assert list(queries.inbox(people["quinn"])) == [here, nowhere]
    assert list(queries.inbox(people["quentin"])) == [here, there, nowhere]
    assert queries.deciders(there) == ["quentin"]
    with pytest.raises(NotAllowed):
        actions.decide(there.uid, approve=True, actor="user:quinn")
    assert actions.decide(here.uid, approve=True, actor="user:quinn").status == "approved"


def test_the_inbox_costs_the_same_however_much_waits(
    people: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    rule(Stage("quality"))
    for _ in range(30):
        ask()
    with django_assert_max_num_queries(6):
        assert len(queries.inbox(User.objects.get(username="quinn"))) == 30
