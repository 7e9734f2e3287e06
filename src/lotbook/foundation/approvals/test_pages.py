"""The inbox, one approval, rules and deputies in the browser; the same over HTTP."""

from __future__ import annotations

import argparse
import html
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions, commands, rules
from lotbook.foundation.approvals.models import Approval, Delegation, Rule
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.catalog import actions as catalog

pytestmark = pytest.mark.django_db
KIND = "tests.ask"
PEOPLE = {"otto": "operator", "quinn": "quality", "anna": "manager", "audrey": "auditor"}


@pytest.fixture(autouse=True)
def people(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules._kinds, KIND, "Tests")
    for name, role in PEOPLE.items():
        User.objects.create(username=name, role=role)


def client(name: str) -> Client:
    found = Client()
    found.force_login(User.objects.get(username=name))
    return found


def ask(**more: Any) -> Approval:
    words = {
        "title": "Scrap <b>40 kg</b>",
        "url": "/stock",
        "actor": "user:otto",
        "reason": "crushed",
        **more,
    }
    return actions.ask(kind=KIND, subject=uuid4(), **words)


def rule(*steps: Stage) -> Rule:
    return actions.keep_rule(actor="user:anna", kind=KIND, name="Large ones", steps=steps)


def text(response: Any) -> str:
    body: bytes = response.content
    return html.unescape(body.decode())


def test_what_waits_for_me_is_in_my_inbox_and_no_other() -> None:
    rule(Stage("quality"))
    one = ask()
    assert str(one.uid) in text(client("quinn").get("/approvals"))
    assert "Nothing waits for your decision" in text(client("anna").get("/approvals"))
    assert str(one.uid) in text(client("otto").get("/approvals?view=asked"))
    assert str(one.uid) in text(client("audrey").get("/approvals?view=all&status=pending"))
    assert str(one.uid) not in text(client("audrey").get("/approvals?view=all&status=refused"))
    file = b"".join(client("audrey").get("/approvals?view=all&format=csv").streaming_content)  # type: ignore[attr-defined]
    assert str(one.uid).encode() in file
    assert b"&lt;b&gt;40 kg" in client("quinn").get("/approvals").content


def test_deciding_on_the_page() -> None:
    rule(Stage("quality"), Stage("manager"))
    one = ask(value_micro=250_500_000, currency="EUR")
    page = f"/approvals/{one.uid}"
    assert "Your decision" not in text(client("anna").get(page))
    assert "Can decide: quinn." in text(client("anna").get(page))
    assert "250.5 EUR" in text(client("quinn").get(page))
    answer = client("quinn").post(f"{page}/decide", {"decision": "no", "reason": ""})
    assert (answer.status_code, "is empty" in text(answer)) == (422, True)
    answer = client("quinn").post(f"{page}/decide", {"decision": "yes", "reason": "seen"}, follow=True)
    assert "approved as quality" in text(answer)
    assert "fits what was decided" in text(answer)
    assert client("otto").post(f"{page}/decide", {"decision": "yes"}).status_code == 403
    answer = client("quinn").post(f"{page}/decide", {"decision": "yes"})
    assert (answer.status_code, "nobody decides twice" in text(answer)) == (403, True)
    client("anna").post(f"{page}/decide", {"decision": "no", "reason": "still good"})
    one.refresh_from_db()
    assert (one.status, one.end_reason) == ("refused", "still good")
    answer = client("anna").post(f"{page}/decide", {"decision": "yes"})
    assert (answer.status_code, "refused already by anna" in text(answer)) == (409, True)


def test_withdrawing_is_for_who_asked() -> None:
    rule(Stage("quality"))
    one = ask()
    assert client("anna").post(f"/approvals/{one.uid}/withdraw").status_code == 422
    assert client("otto").post(f"/approvals/{one.uid}/withdraw", {"reason": "found more"}).status_code == 302
    one.refresh_from_db()
    assert one.status == "withdrawn"


def lines(*steps: tuple[str, str, str]) -> dict[str, str]:
    found = {"steps-count": str(len(steps))}
    for index, (role, names, needed) in enumerate(steps):
        found |= {
            f"steps-{index}-role": role,
            f"steps-{index}-people": names,
            f"steps-{index}-needed": needed,
        }
    return found


def test_rules_are_kept_with_their_history() -> None:
    head = {
        "kind": KIND,
        "name": "Above 250 EUR",
        "value_limit": "250.00",
        "currency": "eur",
        "is_active": "on",
    }
    add = "/settings/approval-rules/add"
    assert client("quinn").get(add).status_code == 403
    more = client("anna").post(add, {**head, **lines(("quality", "", "1")), "more": "steps"})
    assert (more.status_code, 'name="steps-2-role"' in text(more)) == (200, True)
    wrong = client("anna").post(add, {**head, **lines(("quality", "", "1"), ("", "nobody", "many"))})
    assert wrong.status_code == 422
    assert "nobody active is called 'nobody'" in text(wrong)
    assert 'value="250.00"' in text(wrong)
    steps = lines(("quality", "", "1"), ("", "anna, quinn", "2"))
    assert client("anna").post(add, {**head, **steps}).status_code == 302
    made = Rule.objects.get()
    assert (made.value_limit_micro, made.currency) == (250_000_000, "EUR")
    assert made.stages == (Stage("quality"), Stage("", ("anna", "quinn"), 2))
    page = f"/settings/approval-rules/{made.uid}"
    assert 'value="anna, quinn"' in text(client("anna").get(page))
    values = {**head, "value_limit": "1000", "reason": "prices rose", **steps}
    assert client("anna").post(page, values).status_code == 302
    assert "prices rose" in text(client("anna").get(page))
    assert "1\u202f000 EUR" in text(client("audrey").get("/settings/approval-rules"))
    assert client("anna").post(page, {**values, "quantity_limit": "1.5"}).status_code == 422


def test_a_deputy_is_named_and_ended() -> None:
    days = {"starts_on": "2027-01-01", "ends_on": "2199-01-01"}
    add = "/approvals/deputies/add"
    assert client("anna").post(add, {"to_person": "anna", **days}).status_code == 422
    assert client("anna").post(add, {"to_person": "otto", **days}).status_code == 422
    assert client("anna").post(add, {"to_person": "quinn", **days}).status_code == 302
    made = Delegation.objects.get()
    end = f"/approvals/deputies/{made.uid}/end"
    assert client("quinn").post(end).status_code == 422
    assert client("anna").post(end).status_code == 302
    assert "over" in text(client("audrey").get("/approvals/deputies"))


def test_the_api_lists_shows_and_decides() -> None:
    rule(Stage("quality"))
    one = ask(quantity=40_000)
    quinn, otto = client("quinn"), client("otto")
    assert [row["id"] for row in quinn.get("/api/v1/approvals?mine=true").json()["items"]] == [str(one.uid)]
    assert otto.get("/api/v1/approvals?mine=true").json()["items"] == []
    shown = otto.get(f"/api/v1/approvals/{one.uid}").json()
    assert (shown["status"], shown["step"], shown["quantity"]) == ("pending", 1, 40_000)
    url = f"/api/v1/approvals/{one.uid}/decision"
    assert otto.post(url, {"approve": True}, content_type="application/json").status_code == 403
    assert quinn.post(url, {"approve": False}, content_type="application/json").status_code == 422
    answer = quinn.post(url, {"approve": True, "reason": "seen"}, content_type="application/json")
    assert answer.status_code == 200
    (signed,) = answer.json()["decisions"]
    assert signed["meaning"] == "approved as quality"
    assert rules.digest(signed["signed"]) == signed["signature_hash"]
    assert quinn.post(url, {"approve": True}, content_type="application/json").status_code == 409


def test_the_command_reminds_and_expires(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    options = parser.parse_args(["approvals", "tick", "--json"])
    assert options.run(options) == 0
    assert capsys.readouterr().out == '{"reminded": 0, "expired": 0}\n'


def test_today_says_how_much_waits_for_me() -> None:
    rule(Stage("quality"))
    ask()
    assert "waits for your approval" in text(client("quinn").get("/"))
    assert "for your approval" not in text(client("anna").get("/"))


def test_a_step_that_too_few_may_decide_says_so() -> None:
    rule(Stage("manager", needed=2))
    assert "1 more is needed than may decide it" in text(client("quinn").get(f"/approvals/{ask().uid}"))


def test_a_quantity_limit_is_said_in_a_unit_and_kept_in_smallest_units() -> None:
    for code, group, unit, scale in (
        ("TOM", "Fruit", "KGM", 3),
        ("FIG", "Fruit", "KGM", 3),
        ("JAR", "", "H87", 0),
    ):
        catalog.create_item(actor="lotbook", code=code, name=code, unit=unit, scale=scale, group=group)
    head = {"kind": KIND, "name": "Much fruit", "is_active": "on", **lines(("quality", "", "1"))}
    add, listed = "/settings/approval-rules/add", "/settings/approval-rules"
    anna = client("anna")
    sent = {**head, "item_group": "Fruit", "quantity_limit": "12.5"}
    assert anna.post(add, sent).status_code == 302
    made = Rule.objects.get()
    assert made.quantity_limit == 12_500
    assert "12.5 kg" in text(anna.get(listed))
    page = f"{listed}/{made.uid}"
    shown = text(anna.get(page))
    assert 'value="12.5"' in shown
    assert 'value="kg"' in shown
    assert anna.post(page, {**sent, "quantity_limit": "2", "unit": "t"}).status_code == 302
    made.refresh_from_db()
    assert made.quantity_limit == 2_000_000
    for wrong, said in (
        ({"unit": "firkins"}, "there is no unit"),
        ({"quantity_limit": "0.0001"}, "quantity_limit"),
        ({"item_group": ""}, "no base unit in common"),
        ({"item_group": "Nuts"}, "no base unit in common"),
    ):
        refused = anna.post(page, {**sent, **wrong})
        assert (refused.status_code, said in text(refused)) == (422, True), wrong
