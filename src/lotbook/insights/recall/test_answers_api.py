"""Answers, their links and effectiveness checks over HTTP: the same acts, the same refusals."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import actions, commands
from lotbook.insights.recall.models import Answer, CaseDelivery
from lotbook.insights.recall.queries import scoping
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.traceability.lots.models import Lot

QUINN = "user:quinn"


@pytest.fixture
def quinn(world: Cast) -> Client:
    found = Client()
    found.force_login(cast.person("quinn"))
    return found


@pytest.fixture
def case(world: Cast) -> Any:
    given = scoping.of_lots([Lot.objects.get(number="TOM-1").uid])
    made = actions.open_case(kind="recall", reason="glass", suspects=given, actor=QUINN)
    actions.take_scope(case=made.uid, actor=QUINN)
    actions.freeze(case=made.uid, actor=QUINN)
    return actions.decide(case=made.uid, decision="recall", reason="glass", actor=QUINN)


def send(client: Client, case: Any, path: str, status: int, **body: Any) -> Any:
    answer = client.post(f"/api/v1/recalls/{case.uid}/{path}", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def get(client: Client, case: Any, path: str) -> Any:
    answer = client.get(f"/api/v1/recalls/{case.uid}/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_an_answer_is_taken_down_once_and_listed(quinn: Client, case: Any) -> None:
    who = case.customers.get(partner__name="Larchwood Market")
    lot = str(Lot.objects.get(number="SAUCE-1").uid)
    sent = {
        "id": "01936000-0000-7000-8000-000000000001", "customer": str(who.uid), "name": "Lou",
        "lines": [{"lot": lot, "destroyed": "50", "sold_on": "30"}],
        "recipients": [{"name": "Corner Shop", "quantity": "30"}],
    }  # fmt: skip
    made = send(quinn, case, "answers", 201, **sent)
    assert send(quinn, case, "answers", 201, **sent)["id"] == made["id"]
    assert (made["taken_by"], made["lines"][0]["destroyed"]) == (QUINN, "50")
    assert get(quinn, case, "answers")["items"] == [made]
    counted = CaseDelivery.objects.get(customer=who)
    assert (counted.destroyed, counted.sold_on) == (50, 30)
    refused = send(quinn, case, "answers", 422, customer=str(who.uid), lines=[{"lot": lot, "found": "-1"}])
    assert "lines/0/found" in str(refused)


def test_a_link_is_made_opens_and_is_closed(quinn: Client, case: Any) -> None:
    who = case.customers.get(partner__name="Larchwood Market")
    link = send(quinn, case, f"customers/{who.uid}/link", 201, days=3)
    there = link["url"]
    assert Client().get(there).status_code == 200
    assert send(quinn, case, f"customers/{who.uid}/link/closing", 200) == {"closed": 1}
    assert Client().get(there).status_code == 410
    assert send(quinn, case, f"customers/{who.uid}/link/closing", 200) == {"closed": 0}


def test_checks_are_planned_by_level_and_written_down_once(quinn: Client, case: Any) -> None:
    assert "share" in str(send(quinn, case, "checks", 422, method="call", level="B"))
    planned = send(quinn, case, "checks", 201, method="call", level="A")
    assert (planned["planned"], planned["done"]) == (2, 0)
    assert send(quinn, case, "checks", 201, method="call", level="A")["planned"] == 2
    one, other = (row["id"] for row in planned["checks"])
    assert send(quinn, case, f"checks/{one}/outcome", 200, outcome="followed")["done_by"] == QUINN
    send(quinn, case, f"checks/{one}/outcome", 409, outcome="not_told")
    send(quinn, case, f"checks/{other}/outcome", 200, outcome="unreachable", text="nobody there")
    told = get(quinn, case, "checks")
    assert (told["planned"], told["done"], told["told"], told["followed"]) == (2, 2, 1, 1)


def test_today_tells_of_answers_and_the_command_line_of_checks(
    quinn: Client, case: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    who = case.customers.get(partner__name="Larchwood Market")
    assert "since yesterday" not in quinn.get("/recall/open").content.decode()
    there = send(quinn, case, f"customers/{who.uid}/link", 201)["url"]
    lot = str(Lot.objects.get(number="SAUCE-1").uid)
    sent = {"uid": str(new_uid()), "lot-0": lot, "found-0": "40", "name": "Lou"}
    assert Client().post(there, sent).status_code == 302
    assert "1 answer since yesterday" in quinn.get("/recall/open").content.decode()
    Answer.objects.update(given_at=clock.now() - timedelta(days=2))
    assert "since yesterday" not in quinn.get("/recall/open").content.decode()
    made = actions.plan_checks(case=case.uid, method="call", level="A", actor=QUINN)
    actions.keep_check(case=case.uid, check=made[0].uid, outcome="followed", actor=QUINN)
    commands.show(argparse.Namespace(number=case.number, json=False))
    said = "Effectiveness checks: 1 of 2 done; 1 had the notice, 1 followed it"
    assert said in capsys.readouterr().out
    commands.show(argparse.Namespace(number=case.number, json=True))
    told = json.loads(capsys.readouterr().out)["checks"]
    assert sorted(one["outcome"] for one in told) == ["followed", "open"]
