"""The rooms over HTTP, as a program uses them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.rooms import Cast, stocked

from lotbook.foundation.accounts.models import User
from lotbook.traceability.lots.models import Lot

API = "/api/v1"
PALLET = "340123456789012340"


@pytest.fixture
def caller(cast: Cast) -> Client:
    return as_role("administrator")


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=f"ines.{role}", role=role))
    return client


def post(caller: Client, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    reply = caller.post(API + path, body, content_type="application/json")
    assert reply.status_code == status, reply.content
    answer: dict[str, Any] = reply.json()
    return answer


def wrong(answer: dict[str, Any]) -> set[str]:
    return {fault["field"] for fault in answer["faults"]}


def test_goods_are_received_made_shipped_and_come_back(caller: Client, cast: Cast) -> None:
    one = str(uuid4())
    receipt = {
        "id": one, "supplier": "FARM", "place": "STORE", "document": "DN 1",
        "lines": [
            {"item": "TOM", "quantity": "100", "lot": "T-1", "produced_on": "2027-03-01"},
            {"item": "SCALE", "serials": ["A", "B"]},
        ],
    }  # fmt: skip
    first = post(caller, "/receipts", receipt)
    assert post(caller, "/receipts", receipt, 200) == {**first, "duplicate": True}
    assert first["id"] == one
    run = post(caller, "/runs", {"item": "SAUCE", "site": "PLANT", "planned_quantity": "280"})
    path = f"/runs/{run['id']}"
    post(caller, f"{path}/inputs", {"place": "STORE", "lines": [{"lot": "T-1", "quantity": "100"}]})
    made = [{"item": "SAUCE", "quantity": "280", "lot": "S-1"}]
    post(caller, f"{path}/outputs", {"place": "STORE", "lines": made})
    post(caller, f"{path}/losses", {"reason": "spilled", "lines": [{"lot": "T-1", "quantity": "1"}]})
    post(caller, f"{path}/unused", {"place": "STORE", "lines": [{"lot": "T-1", "quantity": "0.5"}]})
    assert wrong(post(caller, f"{path}/close", {}, 422)) == {"reason"}
    closed = post(caller, f"{path}/close", {"reason": "steam"}, 200)
    assert (closed["status"], closed["mass_balance"]["difference_kg"]) == ("closed", "0.5")
    assert [one["number"] for one in caller.get(f"{API}/runs?item=sauce").json()["items"]] == [run["number"]]
    post(
        caller, "/shipments",
        {"customer": "SHOP", "place": "STORE", "lines": [{"lot": "S-1", "quantity": "20"}]},
    )  # fmt: skip
    back = {"customer": "SHOP", "place": "QUARANTINE", "reason": "dented"}
    post(caller, "/returns", {**back, "lines": [{"lot": "S-1", "quantity": "2"}]})
    away = {
        "supplier": "FARM",
        "place": "STORE",
        "reason": "sour",
        "lines": [{"lot": "T-1", "quantity": "0.1"}],
    }
    post(caller, "/supplier-returns", away)
    stock = {(row["lot"], row["place"]): row["on_hand"] for row in caller.get(f"{API}/stock").json()["items"]}
    assert stock["S-1", "STORE"] == "260"
    assert stock["S-1", "QUARANTINE"] == "2"
    assert stock["T-1", "STORE"] == "0.4"


def test_a_whole_run_in_one_request(caller: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"))
    run = {
        "item": "PEEL", "site": "PLANT", "place": "STORE", "inputs": [{"lot": "T-1", "quantity": "10"}],
        "outputs": [{"item": "PEEL", "quantity": "10"}],
    }  # fmt: skip
    short = {**run, "inputs": [{"lot": "T-1", "quantity": "11"}]}
    assert wrong(post(caller, "/runs/record", short, 422)) == {"inputs/0/quantity"}
    assert post(caller, "/runs/record", run)["mass_balance"]["balanced"]


def test_holds_over_http(caller: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "10"))
    path = f"/lots/{Lot.objects.get().uid}/holds"
    held = post(caller, path, {"kind": "quality", "reason": "taste"})
    assert held["derived"] == []
    assert wrong(post(caller, path, {"kind": "quality", "reason": " "}, 422)) == {"reason"}
    post(caller, path, {"kind": "mood", "reason": "x"}, 422)
    post(caller, f"/lots/{uuid4()}/holds", {"kind": "quality", "reason": "x"}, 404)
    listed = caller.get(f"{API}/holds").json()["items"]
    assert [(one["id"], one["reason"], one["age_days"]) for one in listed] == [(held["holds"][0], "taste", 0)]
    ship = {"customer": "SHOP", "place": "STORE", "lines": [{"lot": "S-1", "quantity": "1"}]}
    assert wrong(post(caller, "/shipments", ship, 422)) == {"lines/0/lot"}
    clerk = as_role("shipper")
    assert wrong(post(clerk, "/shipments", {**ship, "override": "please"}, 403)) == {"override"}
    post(clerk, f"/holds/{held['holds'][0]}/release", {"reason": "fine"}, 403)
    post(caller, "/shipments", {**ship, "override": "agreed"})
    post(caller, f"/holds/{held['holds'][0]}/release", {"reason": "fine"})
    post(caller, f"/holds/{held['holds'][0]}/release", {"reason": "fine"}, 409)
    post(clerk, "/shipments", ship)
    assert len(caller.get(f"{API}/holds?released=true").json()["items"]) == 1


def test_stock_and_units_over_http(caller: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "10"))
    line = [{"lot": "S-1", "quantity": "1"}]
    post(caller, "/moves", {"place": "STORE", "to": "A-01", "lines": line})
    post(caller, "/losses", {"place": "STORE", "reason": "broken", "lines": line})
    counts = {"place": "STORE", "reason": "count", "lines": [{"lot": "S-1", "counted": "7"}]}
    post(caller, "/adjustments", counts)
    assert wrong(post(caller, "/adjustments", counts, 422)) == {"lines/0/counted"}
    unit = post(caller, "/units", {"sscc": PALLET, "place": "STORE"})
    path = f"/units/{unit['id']}"
    post(caller, f"{path}/pack", {"lines": [{"lot": "S-1", "quantity": "3"}]})
    post(caller, f"{path}/unpack", {"lines": line})
    post(caller, f"{path}/move", {"to": "A-01"})
    seen = caller.get(API + path).json()
    assert (seen["place"], [row["quantity"] for row in seen["contents"]]) == ("A-01", ["2"])
    assert [one["sscc"] for one in caller.get(f"{API}/units").json()["items"]] == [PALLET]
    post(caller, "/shipments", {"customer": "SHOP", "units": [PALLET]})
    assert caller.get(API + path).json()["contents"] == []
    post(caller, "/units", {"sscc": "340123456789012341", "place": "STORE"}, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/receipts",
        "/supplier-returns",
        "/runs",
        "/runs/record",
        "/shipments",
        "/returns",
        "/moves",
        "/losses",
    ],
)
def test_who_only_looks_may_not_act(cast: Cast, path: str) -> None:
    post(as_role("auditor"), path, {}, 403)
