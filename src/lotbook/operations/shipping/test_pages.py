"""The pages of shipping as a person uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import paper
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.models import Order, Pick, Return, Shipment
from lotbook.operations.shipping.rules import Wanted
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

PALLET = "340123456789012340"


@pytest.fixture
def ann(cast: Cast, client: Client) -> Client:
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "50"))
    Lot.objects.filter(number="S-1").update(expires_on=date(2099, 3, 3))
    Lot.objects.filter(number="S-2").update(expires_on=date(2099, 3, 15))
    person = accounts.create_user(
        username="a.manager", password="correct-horse-9", role="manager", actor="lotbook"
    )
    client.force_login(person)
    return client


def form(lines: Sequence[Mapping[str, str]] = (), prefix: str = "lines", **head: Any) -> dict[str, Any]:
    """What the browser sends."""
    sent = {"uid": str(uuid4()), f"{prefix}-count": str(len(lines)), **head}
    for index, line in enumerate(lines):
        sent |= {f"{prefix}-{index}-{name}": value for name, value in line.items()}
    return sent


def text(response: Any) -> str:
    return str(response.content.decode())


def get(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(f"shipping:{name}", args=args), query)
    assert response.status_code == 200, (name, text(response))
    return text(response)


def send(client: Client, name: str, *args: Any, status: int = 302, **sent: Any) -> Any:
    response = client.post(reverse(f"shipping:{name}", args=args), sent)
    assert response.status_code == status, text(response)
    return response


def order(quantity: str = "120", **more: Any) -> Order:
    values: dict[str, Any] = {"customer": "SHOP", "site": "PLANT", "actor": ANN, "confirmed": True, **more}
    return actions.create(lines=[Wanted("SAUCE", quantity)], **values)


def test_an_order_by_its_pages_from_entry_to_the_signature(ann: Client) -> None:
    assert "No order yet" in get(ann, "orders")
    wrong = form([{"item": "SAUCE", "quantity": "x"}], customer="", site="PLANT", priority="5")
    page = text(send(ann, "create", status=422, **wrong))
    assert 'href="#id_lines-0-quantity"' in page
    entered = form([{"item": "SAUCE", "quantity": "120"}], customer="SHOP", site="PLANT", priority="5")
    send(ann, "create", **entered)
    made = Order.objects.get()
    assert ">Confirm</button>" in get(ann, "order", made.uid)
    send(ann, "act", made.uid, "confirm")
    send(ann, "act", made.uid, "allocate")
    page = get(ann, "order", made.uid)
    assert "expires 03 MAR 2099, 12 days before S-2" in page
    assert ">Pick</a>" in page
    page = get(ann, "pick", made.uid)
    assert "2 to go" in page
    first, second = queries.pick_list([made])
    stop: dict[str, Any] = {"claim": first.claim, "uid": str(uuid4()), "lot": "S-2"}
    assert "WRONG LOT: this is S-2, wanted is S-1" in text(send(ann, "pick", made.uid, status=422, **stop))
    send(ann, "pick", made.uid, **{**stop, "lot": "S-1", "to": PALLET})
    send(ann, "pick", made.uid, claim=second.claim, uid=str(uuid4()), lot="S-2")
    assert Pick.objects.count() == 2
    assert "Everything is picked" in get(ann, "pick", made.uid)
    assert ">Ship</a>" in get(ann, "order", made.uid)
    send(ann, "ship", made.uid, **(form(temperature_c="4.5") | {"units-count": "0"}))
    sent = Shipment.objects.get()
    assert "4.5 °C" in get(ann, "shipment", sent.uid)
    assert sent.number in get(ann, "shipments", customer="SHOP")
    send(ann, "progress", sent.uid, **form(tracking_number="T 7"))
    send(ann, "deliver", sent.uid, status=422, **form(prefix="refused", outcome="delivered"))
    send(ann, "deliver", sent.uid, **form(prefix="refused", outcome="delivered", signed_by="M. Rossi"))
    assert "signed by M. Rossi" in get(ann, "shipment", sent.uid)
    back = [{"item": "SAUCE", "lot": "S-1", "quantity": "4"}]
    send(ann, "shipment_return", sent.uid, **form(back, code="damaged", condition="damaged"))
    assert Return.objects.get().number in get(ann, "returns")
    assert ">Close</button>" in get(ann, "order", made.uid)
    send(ann, "act", made.uid, "close")
    assert "Closed" in get(ann, "orders")


def test_papers_say_lots_expiries_and_units(ann: Client) -> None:
    made = order(customer_number="PO 7")
    actions.allocate(order=made.uid, actor=ANN)

    def printed(name: str, uid: Any) -> str:
        response = ann.get(reverse(f"shipping:{name}", args=[uid]))
        assert response["Content-Type"] == "application/pdf"
        return " ".join(paper.pages(response.content))

    walk = printed("pick_list", made.uid)
    assert walk.index("S-1") < walk.index("S-2")
    assert "100 pc" in walk
    (first, _) = queries.pick_list([made])
    actions.pick(order=made.uid, claim=first.claim, lot="S-1", to=PALLET, actor=ANN)
    actions.ship_orders(orders=[made.uid], actor=ANN)
    sent = Shipment.objects.get()
    note = printed("delivery_note", sent.uid)
    for words in (sent.number, "Corner Shop", "S-1", "03 MAR 2099", "100 pc", "PO 7", made.number):
        assert words in note
    packing = printed("packing_list", sent.uid)
    assert f"(00){PALLET}" in packing
    assert f"Logistic unit {PALLET}" in packing
    wave = actions.start_wave(orders=[order("1").uid], actor=ANN)
    assert wave.number in printed("wave_pick_list", wave.uid)


def test_another_lot_is_taken_with_a_reason(ann: Client) -> None:
    made = order("10")
    actions.allocate(order=made.uid, actor=ANN)
    page = text(send(ann, "choose_lot", made.uid, 1, status=422, **form(lot="S-2")))
    assert "S-1 is suggested: expires 03 MAR 2099" in page
    send(ann, "choose_lot", made.uid, 1, **form(lot="S-2", reason="asked for"))
    assert [one.lot.number for one in queries.pick_list([made])] == ["S-2"]


def test_a_wave_is_started_and_picked_on_one_walk(ann: Client) -> None:
    assert "No open order" in get(ann, "start_wave")
    first, second = order("60", priority=1), order("60")
    assert first.number in get(ann, "start_wave")
    send(ann, "start_wave", status=422)
    send(ann, "start_wave", order=[str(second.uid), str(first.uid)])
    wave = queries.waves()[0]
    assert wave.number in get(ann, "waves")
    assert "3 of 3 portions" in get(ann, "wave", wave.uid)
    for one in queries.pick_list(queries.wave_orders(wave)):
        sent: dict[str, Any] = {"claim": one.claim, "uid": str(uuid4()), "lot": one.lot.number}
        send(ann, "pick_wave", wave.uid, **sent)
    assert "Everything is picked" in get(ann, "pick_wave", wave.uid)


def test_orders_come_from_a_file(ann: Client) -> None:
    def file(body: str) -> dict[str, Any]:
        return {"file": SimpleUploadedFile("orders.csv", body.encode()), "site": "PLANT"}

    assert "Look at the file" in get(ann, "import")
    send(ann, "import", status=422, site="PLANT")
    bad = text(send(ann, "import", status=422, **file("customer,item,quantity\nSHOP,NOPE,1\n")))
    assert "row 2, item: there is no item" in bad
    looked = send(ann, "import", status=200, **file("customer,item,quantity\nSHOP,SAUCE,1\n"))
    assert not Order.objects.exists()
    send(ann, "import", save="1", site="PLANT", kept=looked.context["kept"])
    assert Order.objects.get().status == "confirmed"
    for name in ("csv", "xlsx"):
        assert ann.get(reverse("shipping:template"), {"format": name}).status_code == 200


def test_rules_by_their_pages(ann: Client) -> None:
    assert "No rule yet" in get(ann, "rules")
    send(ann, "add_rule", customer="SHOP", strategy="lefo", minimum_percent="50")
    send(ann, "add_rule", status=409, customer="SHOP", strategy="lefo")
    rule = queries.all_rules()[0]
    assert "Last expired, first out" in get(ann, "rules")
    assert 'value="50"' in get(ann, "rule", rule.uid)
    send(ann, "rule", rule.uid, customer="SHOP", strategy="fefo", one_lot="on")
    assert "Corner Shop</a>: first expired, first out, one lot" in get(ann, "order", order().uid)
    send(ann, "remove_rule", rule.uid)
    assert not queries.all_rules().exists()


def test_a_draft_is_changed_and_orders_end_with_a_reason(ann: Client) -> None:
    made = order(confirmed=False)
    assert 'value="120"' in get(ann, "amend", made.uid)
    changed = form([{"item": "SAUCE", "quantity": "5"}], customer="SHOP", priority="1")
    send(ann, "amend", made.uid, **changed)
    assert queries.lines([made])[made.pk][0].quantity == 5
    page = text(send(ann, "act", made.uid, "cancel", status=422, reason=""))
    assert "Nothing was saved" in page
    send(ann, "act", made.uid, "cancel", reason="they called")
    send(ann, "act", made.uid, "dance", status=404)
    assert "Late" not in get(ann, "order", made.uid)


def test_lists_are_exported_and_ask_a_constant_number_of_questions(ann: Client) -> None:
    def shipped() -> None:
        made = order("1")
        actions.allocate(order=made.uid, actor=ANN)
        actions.ship_orders(orders=[made.uid], actor=ANN)
        actions.take_back(
            shipment=Shipment.objects.order_by("-pk")[0].uid, code="unsold", actor=ANN,
            lines=[Line(lot="S-1", quantity="1")],
        )  # fmt: skip

    def asked(name: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            get(ann, name)
        return len(seen)

    lists = ("orders", "shipments", "returns", "waves", "rules")
    shipped()
    before = {name: asked(name) for name in lists}
    for _ in range(4):
        shipped()
    assert {name: asked(name) for name in lists} == before
    assert max(before.values()) <= 12, before
    for name in ("orders", "shipments", "returns"):
        for file in ("csv", "xlsx"):
            assert ann.get(reverse(f"shipping:{name}"), {"format": file}).status_code == 200


@pytest.mark.parametrize("name", ["create", "import", "start_wave", "add_rule"])
def test_an_empty_post_is_a_refusal_and_no_accident(ann: Client, name: str) -> None:
    if name == "add_rule":
        assert ann.post(reverse(f"shipping:{name}"), {"strategy": "luck"}).status_code == 422
    else:
        assert ann.post(reverse(f"shipping:{name}")).status_code == 422
