"""The room over HTTP and on the command line: the same acts, the same refusals."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest
from django.test import Client
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import actions, commands, queries
from lotbook.insights.recall.queries import scoping
from lotbook.traceability.lots.models import Hold, Lot

API = "/api/v1/recalls"


@pytest.fixture
def quinn(world: Cast) -> Client:
    found = Client()
    found.force_login(cast.person("quinn"))
    return found


def send(client: Client, path: str, status: int = 200, **body: Any) -> Any:
    answer = client.post(f"{API}{path}", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def get(client: Client, path: str) -> Any:
    answer = client.get(f"{API}{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def uid(number: str) -> str:
    return str(Lot.objects.get(number=number).uid)


def test_a_recall_from_open_to_closed(world: Cast, quinn: Client) -> None:
    case = send(quinn, "", 201, kind="recall", reason="glass", suspects={"lots": [uid("TOM-1")]})
    here = f"/{case['id']}"
    send(quinn, f"{here}/suspects", suspects={"lots": [uid("TOM-1")], "without": []}, reason="the same")
    scoped = send(quinn, f"{here}/scope")
    assert (scoped["status"], scoped["lots"], scoped["customers"]) == ("scoped", 2, 2)
    frozen = send(quinn, f"{here}/freeze")
    assert (frozen["held"], frozen["added"], frozen["lots_held"]) == (2, 0, 2)
    assert Hold.objects.filter(kind="recall", released_sequence=None).count() == 2
    assert send(quinn, f"{here}/freeze")["held"] == 0
    assert send(quinn, f"{here}/releases", lots=[uid("TOM-1")], reason="clean")["lots_released"] == 1
    assert send(quinn, f"{here}/decision", decision="recall", reason="glass")["status"] == "decided"
    assert send(quinn, f"{here}/reconciliation")["status"] == "reconciling"
    told = send(quinn, f"{here}/closing", 422, reason="done")
    assert {fault["code"] for fault in told["faults"]} == {"open"}
    assert len(get(quinn, f"{here}/points")["items"]) == 3
    lots = {one["lot"]: one for one in get(quinn, f"{here}/lots")["items"]}
    assert (lots["SAUCE-1"]["then"]["came"], lots["SAUCE-1"]["now"]["shipped"]) == ("900", "150")
    assert (lots["SAUCE-1"]["on_hold"], lots["TOM-1"]["on_hold"]) == (True, False)
    for one in get(quinn, f"{here}/customers")["items"]:
        open_now = one["deliveries"][0]["open"]
        send(quinn, f"{here}/accounts", customer=one["id"], lot=uid("SAUCE-1"), destroyed=open_now)
    send(quinn, f"{here}/explanations", lot=uid("SAUCE-1"), explanation="digester")
    send(quinn, f"{here}/expenses", 201, text="Courier", amount="12.50", currency="EUR")
    assert get(quinn, f"{here}/expenses")["items"][0]["amount"] == "12.5"
    assert get(quinn, f"{here}/costs")[0]["total"] == "12.5"
    send(quinn, f"{here}/notes", text="The authority called.")
    assert send(quinn, f"{here}/closing", reason="done")["status"] == "closed"
    log = get(quinn, f"{here}/log")
    assert (log["broken_at"], log["steps"][-1]["verb"]) == (None, "closed")
    assert get(quinn, "?open_only=true")["items"] == []
    assert get(quinn, "?status=closed")["items"][0]["number"] == case["number"]
    send(quinn, f"{here}/calling-off", 409, reason="late")


def test_what_is_refused(world: Cast, quinn: Client) -> None:
    told = send(quinn, "", 422, kind="recall", reason="x", suspects={"lots": [world.sauce.uid]})
    assert told["faults"][0]["field"] == "suspects/lots/0"
    assert quinn.get(f"{API}/{world.sauce.uid}").status_code == 404
    case = send(quinn, "", 201, kind="drill", reason="x")
    send(quinn, f"/{case['id']}/scope", 422)
    send(quinn, f"/{case['id']}/freeze", 409)
    audrey = Client()
    audrey.force_login(cast.person("audrey"))
    assert get(audrey, f"/{case['id']}")["drill"] is True
    send(audrey, f"/{case['id']}/calling-off", 403, reason="x")
    send(audrey, "", 403, kind="recall", reason="x")


def test_the_command_line_shows_a_case(world: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    given = scoping.of_lots([uid("TOM-1")])
    case = actions.open_case(kind="drill", reason="glass", suspects=given, actor="user:quinn")
    actions.take_scope(case=case.uid, actor="user:quinn")
    actions.freeze(case=case.uid, actor="user:quinn")
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())

    def run(*words: str) -> str:
        options = parser.parse_args(["recall", *words])
        assert options.run(options) == 0
        return capsys.readouterr().out

    told = json.loads(run("show", case.number, "--json"))
    assert told["case"]["as_of"] == queries.case(case.number).as_of
    assert {one["lot"] for one in told["lots"]} == {"TOM-1", "SAUCE-1"}
    assert [one["verb"] for one in told["steps"]] == ["opened", "scope taken", "freeze rehearsed"]
    assert "DRILL" in run("show", case.number)
    assert json.loads(run("list", "--json"))[0]["number"] == case.number
    assert case.number in run("list", "--open")


def test_a_device_hears_of_the_freeze_in_its_next_reading(world: Cast, quinn: Client) -> None:
    def told(what: str, **query: Any) -> Any:
        answer = quinn.get(f"/api/v1/station/{what}", {"site": "KIT", **query})
        assert answer.status_code == 200, answer.content
        return answer.json()

    before = told("book")
    case = send(quinn, "", 201, kind="recall", reason="glass", suspects={"lots": [uid("TOM-1")]})
    send(quinn, f"/{case['id']}/scope")
    send(quinn, f"/{case['id']}/freeze")
    changed = told("changes", since=before["as_of"], mark=before["mark"])
    assert {lot["number"]: lot["status"] for lot in changed["lots"]} == {
        "TOM-1": "recalled",
        "SAUCE-1": "recalled",
    }
