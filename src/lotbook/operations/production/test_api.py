"""Recipes, orders, runs and vessels as a program uses them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.rooms import ANN, Cast, stocked, upload

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places import actions as places

API = "/api/v1"
RECIPE = {
    "code": "SAUCE-1", "item": "SAUCE", "base_quantity": "100", "expected_yield": "95",
    "inputs": [
        {"item": "TOM", "quantity": "36", "alternatives": [{"item": "PEEL", "factor": "2"}]},
        {"item": "JAR", "quantity": "100"},
    ],
    "outputs": [{"item": "PEEL", "quantity": "1.5"}],
}  # fmt: skip


@pytest.fixture
def caller(cast: Cast) -> Client:
    return as_role("administrator")


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=f"ines.{role}", role=role))
    return client


def send(
    caller: Client, path: str, body: dict[str, Any] | None = None, status: int = 200, method: str = "post"
) -> Any:
    reply = getattr(caller, method)(API + path, body or {}, content_type="application/json")
    assert reply.status_code == status, reply.content
    return reply.json()


def wrong(answer: dict[str, Any]) -> set[str]:
    return {fault["field"] for fault in answer["faults"]}


def test_from_recipe_to_closed_run(caller: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "100"))
    uid = str(uuid4())
    draft = send(caller, "/recipes", {**RECIPE, "id": uid}, 201)
    assert send(caller, "/recipes", {**RECIPE, "id": uid}, 201) == draft
    path = f"/recipes/{uid}"
    changed = send(caller, path, {**RECIPE, "over_issue": "5", "reason": "spills"}, method="put")
    assert changed["over_issue"] == "5"
    assert wrong(send(caller, "/recipes", {**RECIPE, "item": "NOPE"}, 422)) == {"item"}
    send(caller, f"{path}/activate")
    send(caller, path, RECIPE, 409, method="put")
    order = send(
        caller, "/production-orders",
        {"item": "SAUCE", "quantity": "100", "site": "PLANT", "due_on": "2027-03-05"}, 201,
    )  # fmt: skip
    orders = f"/production-orders/{order['id']}"
    assert [(row["item"], row["needed"], row["short"]) for row in order["material"]] == [
        ("TOM", "36", "0"), ("JAR", "100", "0"),
    ]  # fmt: skip
    assert wrong(send(caller, "/runs", {"order": order["number"]}, 409)) == {"order"}
    send(caller, f"{orders}/release")
    assert send(caller, orders, {"priority": 1}, method="patch")["priority"] == 1
    assert [row["lots"] for row in send(caller, f"{orders}/reserve")] == [1, 1]
    run = send(caller, "/runs", {"order": order["number"]}, 201)
    runs = f"/runs/{run['id']}"
    take = caller.get(f"{API}{runs}/suggestions").json()["take"]
    assert [(row["item"], row["lot"], row["quantity"], row["reserved"]) for row in take] == [
        ("TOM", "T-1", "36", True), ("JAR", "", "100", True),
    ]  # fmt: skip
    lines = [
        {"item": row["item"], "lot": row["lot"], "quantity": row["quantity"], "place": row["place"]}
        for row in take
    ]
    extra = {"item": "TOM", "lot": "T-1", "quantity": "4", "place": "STORE"}
    assert wrong(send(caller, f"{runs}/inputs", {"lines": [*lines, extra]}, 422)) == {"lines/2/reason"}
    send(caller, f"{runs}/inputs", {"lines": lines}, 201)
    send(caller, f"{runs}/outputs", {"place": "STORE", "lines": [{"item": "SAUCE", "quantity": "100"}]}, 201)
    closed = send(caller, f"{runs}/close", {"reason": "steam"})
    assert (closed["status"], closed["expected_yield"], closed["actual_yield"]) == ("closed", "95", "97.22")
    assert [need["left"] for need in closed["needs"]] == ["0", "0"]
    send(caller, f"{orders}/finish")
    listed = caller.get(f"{API}/production-orders?status=done").json()["items"]
    assert [(row["number"], row["made"]) for row in listed] == [(order["number"], "100")]


def test_recipes_come_as_a_file(caller: Client) -> None:
    head = "recipe;item;base quantity;line;line item;quantity;unit;alternatives"
    file = f"{head}\nS;SAUCE;100;input;TOM;36000;g;PEEL*2\nS;SAUCE;100;by;PEEL;1;kg;"
    looked = upload(caller, "/recipes/import?preview=true", file)
    assert looked == {"saved": False, "rows": 2, "made": ["S v1"], "faults": []}
    assert upload(caller, "/recipes/import", file)["saved"]
    made = caller.get(f"{API}/recipes").json()["items"]
    shown = caller.get(f"{API}/recipes/{made[0]['id']}").json()
    assert shown["inputs"][0]["quantity"] == "36"
    assert shown["outputs"][0]["kind"] == "by"
    version = send(caller, f"/recipes/{made[0]['id']}/activate")["version"]
    assert send(caller, f"/recipes/{made[0]['id']}/versions", {}, 201)["version"] == version + 1
    send(caller, f"/recipes/{made[0]['id']}/retire", {}, 422)
    assert len(caller.get(f"{API}/recipes?status=draft").json()["items"]) == 1
    broken = f"{head}\nS;SAUCE;1;input;TOM;1;;\nS;SAUCE;1;input;NO;1;;"
    assert wrong(upload(caller, "/recipes/import", broken, 422)) == {"row 3, column 'line item'"}
    assert wrong(upload(caller, "/recipes/import?preview=true", broken)) == {"row 3, column 'line item'"}


def test_vessels_and_units_over_http(caller: Client, cast: Cast) -> None:
    places.create_place(actor=ANN, code="TANK", kind="bin", parent=cast.store.uid)
    stocked(cast, ("TOM", "A", "10"), ("TOM", "B", "10"), ("PEEL", "P-1", "5"))
    tank = send(caller, "/vessels", {"place": "TANK", "item": "TOM", "capacity": "100"}, 201)
    path = f"/vessels/{tank['id']}"
    for lot in "AB":
        send(caller, f"{path}/fill", {"place": "STORE", "lines": [{"lot": lot, "quantity": "10"}]}, 201)
    send(caller, f"{path}/draw", {"quantity": "5", "to": "STORE"}, 201)
    assert wrong(send(caller, f"{path}/draw", {"quantity": "50", "to": "STORE"}, 422)) == {"quantity"}
    shown = caller.get(API + path).json()
    assert [(one["lot"], one["quantity"]) for one in shown["inside"]] == [("TANK-270303-1", "15")]
    assert [[flow["lot"] for flow in one["inputs"]] for one in shown["blends"]] == [["A", "B"]]
    send(caller, f"{path}/empty", {"reason": "cleaning"}, 201)
    assert caller.get(f"{API}/vessels").json()[0]["inside"] == []
    run = send(caller, "/runs", {"item": "SCALE", "site": "PLANT"}, 201)
    units = [{"serial": f"U-{n}", "parts": [{"item": "PEEL", "lot": "P-1"}]} for n in range(2)]
    body = {"id": str(uuid4()), "place": "STORE", "units": units}
    send(caller, f"/runs/{run['id']}/units", body, 201)
    send(caller, f"/runs/{run['id']}/units", body, 200)
    shares = caller.get(f"{API}/runs/{run['id']}").json()["shares"]
    assert {(one["lot"], one["consumed"], one["produced"]) for one in shares} == {
        ("P-1", "2", "0"), ("U-0", "0", "1"), ("U-1", "0", "1"),
    }  # fmt: skip


def test_a_production_worker_runs_but_does_not_plan(cast: Cast) -> None:
    worker = as_role("production")
    send(worker, "/recipes", RECIPE, 403)
    send(worker, "/production-orders", {"item": "SAUCE", "quantity": "1", "site": "PLANT"}, 403)
    send(worker, f"/runs/{uuid4()}/close", {"override": "let me"}, 403)
    send(worker, f"/runs/{uuid4()}/close", {}, 404)
    assert worker.get(f"{API}/recipes/{uuid4()}").status_code == 404
