"""Requests, transfers, levels and expiring lots over HTTP, as a program uses them."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.rooms import Cast, stocked

from lotbook.foundation.accounts.models import User
from lotbook.operations.transfers import commands

API = "/api/v1"
pytestmark = pytest.mark.usefixtures("shop_floor")


@pytest.fixture
def caller(cast: Cast) -> Client:
    return as_role("administrator")


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=f"ines.{role}", role=role))
    return client


def send(caller: Client, path: str, body: Any, status: int = 200, method: str = "post") -> Any:
    reply = getattr(caller, method)(API + path, json.dumps(body), content_type="application/json")
    assert reply.status_code == status, reply.content
    return reply.json() if reply.content else None


def wrong(answer: dict[str, Any]) -> set[str]:
    return {fault["field"] for fault in answer["faults"]}


def test_asked_sent_received_short_and_settled(caller: Client, cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    own = str(uuid4())
    wanted = {
        "id": own,
        "destination": "OUTLET",
        "lines": [{"item": "SALT", "quantity": "5000", "unit": "g"}],
    }
    asked = send(caller, "/stock-requests", wanted, 201)
    assert send(caller, "/stock-requests", wanted, 201)["number"] == asked["number"]
    assert (asked["status"], asked["lines"][0]["approved"]) == ("approved", "5")
    path = f"/stock-requests/{asked['id']}"
    assert wrong(send(caller, f"{path}/transfers", {}, 422)) == {"source"}
    made = send(caller, f"{path}/transfers", {"source": "PLANT"}, 201)
    way = f"/transfers/{made['id']}"
    picks = send(caller, f"{way}/reserve", {})["picks"]
    assert [(one["lot"], one["quantity"]) for one in picks] == [("S-1", "5")]
    assert wrong(send(caller, f"{way}/send", {}, 422)) == {"picks"}
    send(caller, f"{way}/pick", {"pick": picks[0]["id"]})
    assert send(caller, f"{way}/send", {"carrier": "VAN", "celsius": "4.5"})["status"] == "in_transit"
    arrived = [{"pick": picks[0]["id"], "quantity": "4"}]
    short = send(caller, f"{way}/receive", {"arrived": arrived})
    assert (short["status"], short["picks"][0]["in_transit"]) == ("short", "1")
    gone = {"pick": picks[0]["id"], "how": "lost", "reason": "fell off"}
    assert wrong(send(caller, f"{way}/settle", {**gone, "how": "eaten"}, 422)) == {"how"}
    assert send(caller, f"{way}/settle", gone)["status"] == "differences"
    assert send(caller, f"{way}/take-back", {"reason": "found"})["status"] == "short"
    assert caller.get(f"{API}{path}").json()["status"] == "in_transit"
    send(caller, f"{way}/settle", {**gone, "how": "found"})
    assert caller.get(f"{API}{path}").json()["status"] == "received"
    assert [one["number"] for one in caller.get(f"{API}/transfers?text=S-1").json()["items"]] == [
        made["number"]
    ]
    assert caller.get(f"{API}/stock-requests?status=current").json()["items"] == []


def test_what_does_not_fit_is_a_conflict(caller: Client, cast: Cast) -> None:
    asked = send(
        caller, "/stock-requests",
        {"destination": "SALE", "ask": False, "lines": [{"item": "SALT", "quantity": "1"}]}, 201,
    )  # fmt: skip
    path = f"/stock-requests/{asked['id']}"
    send(caller, f"{path}/decision", {"approve": True}, 409)
    send(caller, f"{path}/close", {"reason": "x"}, 409)
    assert send(caller, f"{path}/ask", {})["status"] == "approved"
    assert send(caller, f"{path}/cancel", {"reason": "x"})["status"] == "cancelled"
    direct = {"source": "STORE", "destination": "SALE", "lines": [{"item": "SALT", "quantity": "1"}]}
    made = send(caller, "/transfers", direct, 201)
    way = f"/transfers/{made['id']}"
    send(caller, f"{way}/receive", {}, 409)
    send(caller, f"{way}/pick-all", {}, 409)
    send(caller, f"{way}/pick", {"pick": str(uuid4())}, 404)
    assert send(caller, f"{way}/cancel", {"reason": "x"})["status"] == "cancelled"
    send(caller, f"{way}/reserve", {}, 409)
    assert wrong(send(caller, "/transfers", {**direct, "strategy": "random"}, 422)) == {"strategy"}


def test_levels_and_filling_up(caller: Client, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    level = {"item": "SALT", "place": "OUTLET", "minimum": "5", "maximum": "20", "source": "PLANT"}
    kept = send(caller, "/levels", level, method="put")
    assert send(caller, "/levels", {**level, "maximum": "30"}, method="put")["id"] == kept["id"]
    assert wrong(send(caller, "/levels", {**level, "maximum": "1"}, 422, "put")) == {"maximum"}
    assert [one["suggested"] for one in caller.get(f"{API}/replenishment").json()] == ["30"]
    assert commands.replenish(Namespace(place="", item="", json=True)) == 1
    assert json.loads(capsys.readouterr().out)[0]["suggested"] == "30"
    assert [one["source"] for one in send(caller, "/replenishment", {}, 201)] == ["PLANT"]
    send(caller, "/replenishment", {}, 422)
    assert commands.replenish(Namespace(place="", item="", json=False)) == 0
    assert "Nothing is below" in capsys.readouterr().out
    assert len(caller.get(f"{API}/levels?text=salt").json()["items"]) == 1
    send(caller, f"/levels/{kept['id']}", {}, 204, "delete")
    send(caller, f"/levels/{kept['id']}", {}, 404, "delete")


def test_lots_that_expire(caller: Client, cast: Cast) -> None:
    line = {"item": "TOM", "quantity": "3", "lot": "T-1", "produced_on": "2027-02-25"}
    send(caller, "/receipts", {"supplier": "FARM", "place": "STORE", "lines": [line]}, 201)
    (one,) = caller.get(f"{API}/expiring-lots?within=7").json()["items"]
    assert (one["lot"], one["expires_on"], one["days"]) == ("T-1", "2027-03-07", 4)
    assert caller.get(f"{API}/expiring-lots?within=3").json()["items"] == []
    assert caller.get(f"{API}/expiring-lots?within=7&place=SALE").json()["items"] == []


def examples(caller: Client) -> list[tuple[str, str, dict[str, Any]]]:
    """Every example of a body in the OpenAPI of this room."""
    schema = caller.get(f"{API}/openapi.json").json()
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if "transfers" not in operation.get("tags", ()) or body is None:
                continue
            name = body["schema"].get("$ref", "")
            body = schema["components"]["schemas"].get(name.rsplit("/", 1)[-1], {})
            found += [(method, path, one) for one in body.get("examples", ())]
    return found


def test_the_examples_of_the_documentation_work(caller: Client, cast: Cast) -> None:
    told = examples(caller)
    assert len(told) >= 4
    for method, path, body in told:
        if "{" not in path:
            send(caller, path.removeprefix(API), body, 201 if method == "post" else 200, method)


@pytest.mark.parametrize("path", ["/stock-requests", "/transfers", "/replenishment"])
def test_who_only_looks_may_not_act(cast: Cast, path: str) -> None:
    send(as_role("auditor"), path, {}, 403)
    send(as_role("production"), "/transfers", {}, 403)
