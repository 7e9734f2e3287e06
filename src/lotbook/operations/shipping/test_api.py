"""Orders over HTTP, as a program uses them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.rooms import Cast, stocked, upload

from lotbook.foundation.accounts.models import User

API = "/api/v1"


@pytest.fixture
def caller(cast: Cast) -> Client:
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "50"))
    return as_role("manager")


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=f"ines.{role}", role=role))
    return client


def call(caller: Client, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    reply = caller.generic(method, API + path, *(() if body is None else (json(body), "application/json")))
    assert reply.status_code == status, reply.content
    return reply.json() if reply.content else None


def json(body: Any) -> str:
    import json as encoder

    return encoder.dumps(body)


def post(caller: Client, path: str, body: Any = None, status: int = 200) -> Any:
    return call(caller, "POST", path, {} if body is None else body, status)


def wrong(problem: dict[str, Any]) -> set[str]:
    return {fault["field"] for fault in problem["faults"]}


def order(caller: Client, quantity: str = "20", **more: Any) -> dict[str, Any]:
    body = {"customer": "SHOP", "site": "PLANT", "lines": [{"item": "SAUCE", "quantity": quantity}], **more}
    found: dict[str, Any] = post(caller, "/customer-orders", body, 201)
    return found


def test_an_order_from_entry_to_the_signature(caller: Client) -> None:
    made = order(caller, customer_number="PO 7", id=str(uuid4()))
    path = f"/customer-orders/{made['id']}"
    assert (made["status"], made["next_act"]) == ("draft", "confirm")
    changed = call(caller, "PATCH", path, {"priority": 1, "wanted_on": "2027-03-09"})
    assert (changed["priority"], changed["wanted_on"]) == (1, "2027-03-09")
    assert post(caller, f"{path}/confirm")["status"] == "confirmed"
    full = post(caller, f"{path}/allocate")
    (portion,) = full["portions"]
    assert (full["status"], full["next_act"], portion["lot"], portion["place"]) == (
        "allocated", "pick", "S-1", "STORE",
    )  # fmt: skip
    pick = {"claim": portion["claim"], "lot": "S-2"}
    assert wrong(post(caller, f"{path}/picks", pick, 422)) == {"lot"}
    picked = post(caller, f"{path}/picks", {**pick, "reason": "at the front"}, 201)
    assert (picked["status"], picked["portions"][0]["lot"]) == ("packed", "S-2")
    receipt = post(caller, f"{path}/shipments", {"temperature_c": "4.5", "tracking_number": "T 1"}, 201)
    sent = call(caller, "GET", f"/shipments/{receipt['id']}")
    assert (sent["lines"][0]["lot"], sent["order"], sent["temperature_c"]) == ("S-2", made["number"], "4.5")
    assert post(caller, f"/shipments/{sent['id']}/progress")["status"] == "in_transit"
    done = post(caller, f"/shipments/{sent['id']}/delivery", {"signed_by": "M. Rossi"})
    assert done["status"] == "delivered"
    back = {"shipment": sent["id"], "code": "damaged", "lines": [{"lot": "S-2", "quantity": "2"}]}
    post(caller, "/returns", back, 201)
    assert [one["code"] for one in call(caller, "GET", "/returns")["items"]] == ["damaged"]
    assert len(call(caller, "GET", f"/shipments/{sent['id']}")["returns"]) == 1
    assert [one["status"] for one in call(caller, "GET", "/customer-orders")["items"]] == ["delivered"]
    assert [one["id"] for one in call(caller, "GET", "/shipments?status=delivered")["items"]] == [sent["id"]]
    assert post(caller, f"{path}/close")["status"] == "closed"


def test_lots_are_chosen_freed_and_orders_cancelled(caller: Client) -> None:
    made = order(caller, confirmed=True)
    path = f"/customer-orders/{made['id']}"
    post(caller, f"{path}/allocate")
    assert wrong(post(caller, f"{path}/choose-lot", {"line": 1, "lot": "S-2"}, 422)) == {"reason"}
    chosen = post(caller, f"{path}/choose-lot", {"line": 1, "lot": "S-2", "reason": "asked for"})
    assert chosen["portions"][0]["lot"] == "S-2"
    assert post(caller, f"{path}/free", {"reason": "not yet"})["portions"] == []
    assert wrong(post(caller, f"{path}/cancel", {}, 422)) == {"reason"}
    assert post(caller, f"{path}/cancel", {"reason": "they called"})["status"] == "cancelled"
    post(caller, f"{path}/allocate", status=409)
    post(caller, f"/customer-orders/{uuid4()}/allocate", status=404)


def test_a_wave_over_http(caller: Client) -> None:
    late, first = order(caller, "100", confirmed=True), order(caller, "60", confirmed=True, priority=1)
    wave = post(caller, "/waves", {"orders": [late["id"], first["number"]]}, 201)
    assert [one["number"] for one in wave["orders"]] == [first["number"], late["number"]]
    assert [(one["lot"], one["quantity"]) for one in wave["portions"]] == [
        ("S-1", "60"), ("S-1", "40"), ("S-2", "50"),
    ]  # fmt: skip
    assert call(caller, "GET", f"/waves/{wave['id']}")["portions"] == wave["portions"]
    short = call(caller, "GET", f"/customer-orders/{late['id']}")["lines"][0]
    assert (short["allocated"], short["shortage"]) == ("90", "90 of 100: 60 given to lines before it")


def test_orders_from_a_file_over_http(caller: Client) -> None:
    good = "order,customer,item,quantity\nA-1,SHOP,SAUCE,5\nA-1,SHOP,TOM,2\n"
    looked = upload(caller, "/customer-orders/import?preview=true", good, site="PLANT")
    assert looked == {"saved": False, "rows": 2, "made": ["A-1"], "faults": []}
    assert upload(caller, "/customer-orders/import", good, site="PLANT")["saved"]
    assert wrong(upload(caller, "/customer-orders/import", good, 422, site="PLANT")) == {"row 2/number"}
    assert wrong(upload(caller, "/customer-orders/import", "?", 422, site="PLANT")) == {"file"}


def test_rules_over_http(caller: Client) -> None:
    rule = post(caller, "/shipping-rules", {"customer": "SHOP", "minimum_percent": 50}, 201)
    post(caller, "/shipping-rules", {"customer": "SHOP"}, 409)
    path = f"/shipping-rules/{rule['id']}"
    assert call(caller, "PUT", path, {"customer": "SHOP", "one_lot": True})["one_lot"]
    made = order(caller)
    assert made["lines"][0]["rule"] == "Corner Shop"
    call(caller, "DELETE", path, status=204)
    assert call(caller, "GET", "/shipping-rules")["items"] == []


def test_who_may_not_is_refused(caller: Client) -> None:
    made = order(caller, confirmed=True)
    path = f"/customer-orders/{made['id']}"
    auditor, shipper = as_role("auditor"), as_role("shipper")
    assert call(auditor, "GET", path)["status"] == "confirmed"
    post(auditor, f"{path}/allocate", status=403)
    post(shipper, "/customer-orders", {}, 403)
    post(caller, f"{path}/allocate")
    assert wrong(post(shipper, f"{path}/shipments", {"override": "please"}, 403)) == {"override"}
    post(shipper, f"{path}/shipments", status=201)
