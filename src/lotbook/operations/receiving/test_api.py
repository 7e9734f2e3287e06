"""Orders, shipping notices, receipts and rules over HTTP: the examples of the documentation are run."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.rooms import Cast

from lotbook.foundation.accounts.models import User
from lotbook.operations.receiving.api import notices, orders, receipts, rules, shapes

API = "/api/v1"


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=f"ines.{role}", role=role))
    return client


@pytest.fixture
def caller(cast: Cast) -> Client:
    return as_role("administrator")


def send(caller: Client, path: str, body: dict[str, Any], status: int = 201, method: str = "post") -> Any:
    reply = getattr(caller, method)(API + path, body, content_type="application/json")
    assert reply.status_code == status, reply.content
    return reply.json() if reply.content else None


def example(schema: Any) -> dict[str, Any]:
    [shown] = schema.model_config["json_schema_extra"]["examples"]
    return dict(shown)


def wrong(answer: dict[str, Any]) -> set[str]:
    return {fault["field"] for fault in answer["faults"]}


def test_the_examples_in_their_order(caller: Client) -> None:
    order = send(caller, "/purchase-orders", example(orders.PurchaseOrderIn))
    path = f"/purchase-orders/{order['id']}"
    assert (order["number"], order["status"], order["lines"][0]["open"]) == ("PO-2027-00001", "sent", "2000")
    changed = send(caller, path, example(orders.PurchaseOrderChange), 200, "patch")
    assert (changed["expected_on"], changed["note"]) == ("2027-03-12", "one day later")
    assert send(caller, f"{path}/allow", example(orders.MoreAllowedIn), 200) == {"status": "approved"}
    rule = send(caller, "/receiving-rules", {**example(rules.ReceivingRuleIn), "quarantine": ""})
    assert (rule["item"], rule["over"], rule["temperature_max"]) == ("TOM", "5", "7")
    rule_path = f"/receiving-rules/{rule['id']}"
    assert send(caller, rule_path, {"item": "TOM", "over": "10"}, 200, "put")["required"] == []
    notice = send(caller, "/shipping-notices", example(notices.NoticeIn))
    assert [unit["pallet"] for unit in notice["units"]] == ["", "340123456789012340"]
    pallet = send(caller, "/receipts/unit", example(receipts.UnitReceiptIn))
    assert send(caller, "/receipts/unit", example(receipts.UnitReceiptIn), 200) == {
        **pallet,
        "duplicate": True,
    }
    against = {**example(receipts.ReceiptIn), "order": order["number"], "notice": ""}
    against["lines"] = [{"item": "TOM", "quantity": "120.5", "lot": "T-2", "refused": "1", "reason": "soft"}]
    receipt = send(caller, "/receipts", against)
    shown = caller.get(f"{API}/receipts/{receipt['id']}").json()
    (line,) = shown["lines"]
    assert (shown["orders"], line["expected"], line["quantity"], line["refused"]) == (
        ["PO-2027-00001"], "2000", "120.5", "1",
    )  # fmt: skip
    send(caller, "/receipts", example(receipts.ReceiptIn))
    back = {**example(receipts.SupplierReturnIn), "lines": [{"lot": "T-2", "quantity": "1"}]}
    send(caller, "/supplier-returns", {**back, "receipt": receipt["id"]})
    full = caller.get(API + path).json()
    assert (full["status"], full["lines"][0]["received"]) == ("partly", "120.5")
    assert [step["what"] for step in full["steps"]][-2:] == ["received", "sent back"]
    closed = send(caller, f"{path}/close", example(shapes.ReceivingReasonIn), 200)
    assert closed["status"] == "closed"
    assert caller.delete(API + rule_path).status_code == 204
    assert caller.get(f"{API}/receiving-rules").json()["items"] == []


def test_lists_are_filtered(caller: Client) -> None:
    late = send(caller, "/purchase-orders", {**example(orders.PurchaseOrderIn), "expected_on": "2027-03-02"})
    send(caller, "/purchase-orders", {**example(orders.PurchaseOrderIn), "send": False, "number": "X-1"})

    def numbers(query: str) -> list[str]:
        return [row["number"] for row in caller.get(f"{API}/purchase-orders?{query}").json()["items"]]

    assert numbers("due=late") == [late["number"]]
    assert numbers("status=draft") == numbers("number=x-") == ["X-1"]
    assert numbers("supplier=farm&item=tom&limit=1") == ["X-1"]
    assert numbers("site=NOPE") == numbers("due=today") == []
    assert caller.get(f"{API}/purchase-orders?due=never").status_code == 422
    send(caller, "/shipping-notices", example(notices.NoticeIn))
    for query, many in (("sscc=340123456789012340", 1), ("due=today", 1), ("due=late", 0), ("number=DN", 1)):
        assert len(caller.get(f"{API}/shipping-notices?{query}").json()["items"]) == many, query
    assert caller.get(f"{API}/receipts?order=X-1").json()["items"] == []


def test_the_same_id_makes_one_order(caller: Client) -> None:
    body = {**example(orders.PurchaseOrderIn), "id": str(uuid4())}
    assert send(caller, "/purchase-orders", body)["id"] == send(caller, "/purchase-orders", body)["id"]
    assert (
        send(caller, "/purchase-orders", {**body, "note": "x"}, 409)["faults"][0]["code"] == "other_content"
    )


def test_faults_name_the_field(caller: Client) -> None:
    body = {"supplier": "NOPE", "site": "A-01", "lines": [{"item": "TOM", "quantity": "x"}]}
    found = wrong(send(caller, "/purchase-orders", body, 422))
    assert found == {"supplier", "site", "lines/0/quantity"}
    assert wrong(send(caller, "/receipts/unit", example(receipts.UnitReceiptIn), 404)) == {"sscc"}
    missing = caller.get(f"{API}/purchase-orders/{uuid4()}")
    assert missing.status_code == 404


def test_more_than_ordered_needs_the_permission_to_override(caller: Client) -> None:
    order = send(caller, "/purchase-orders", example(orders.PurchaseOrderIn))
    over = {
        "place": "STORE", "order": order["number"], "over_reason": "please",
        "lines": [{"item": "TOM", "quantity": "2200", "lot": "T-1"}],
    }  # fmt: skip
    assert wrong(send(as_role("receiver"), "/receipts", over, 403)) == {"over_reason"}
    send(caller, "/receipts", over)
    assert caller.get(f"{API}/purchase-orders/{order['id']}").json()["status"] == "received"


def test_who_may_only_look_writes_no_order(cast: Cast) -> None:
    auditor = as_role("auditor")
    send(auditor, "/purchase-orders", example(orders.PurchaseOrderIn), 403)
    assert auditor.get(f"{API}/purchase-orders").status_code == 200
