"""Goods go back and the same is to come again: the order's line is open for it, and its history says why."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client
from tests.rooms import ANN, Cast, fields

from lotbook.foundation.accounts.models import User
from lotbook.foundation.documents.queries import steps
from lotbook.kernel import outbox
from lotbook.kernel.errors import Refused
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.models import Order
from lotbook.operations.receiving.rules import Line, Ordered
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.lines import Line as Taken


@pytest.fixture
def order(cast: Cast) -> Order:
    return actions.create_order(
        supplier="FARM", site="PLANT", lines=[Ordered("TOM", "100"), Ordered("SALT", "5")],
        send=True, actor=ANN,
    )  # fmt: skip


def come(order: Order, item: str, quantity: str) -> UUID:
    line = Line(item=item, quantity=quantity, lot=f"{item}-1")
    return actions.receive(place="STORE", order=str(order.uid), lines=[line], actor=ANN).uid


def back(receipt: UUID | str, quantity: str, *, replacement: bool = True) -> UUID:
    return actions.supplier_return(
        receipt=receipt, place="STORE", reason="mould", replacement=replacement, actor=ANN,
        lines=[Taken(item="TOM", lot="TOM-1", quantity=quantity)],
    ).uid  # fmt: skip


def state(order: Order) -> tuple[str, list[int]]:
    return Order.objects.get(pk=order.pk).status, [line.open for line in queries.order_lines(order)]


def test_the_order_is_open_again_for_what_went_back(order: Order) -> None:
    receipt = come(order, "TOM", "100")
    come(order, "SALT", "5")
    assert state(order) == ("received", [0, 0])
    back(receipt, "10", replacement=False)
    assert state(order) == ("received", [0, 0])
    event = back(receipt, "30")
    assert state(order) == ("partly", [30_000, 0])
    step = steps(order.uid)[-1]
    assert (step.verb, step.text, step.reason, step.event) == (
        "replacement expected", "RTS-2027-00002, line 1: 30 kg of TOM", "mould", event,
    )  # fmt: skip
    come(order, "TOM", "30")
    assert state(order) == ("received", [0, 0])


def test_a_return_that_is_taken_back_expects_nothing(order: Order) -> None:
    receipt = come(order, "TOM", "100")
    event = back(receipt, "30")
    assert state(order) == ("partly", [30_000, 5_000])
    ledger.reverse(event, actor=ANN, reason="wrong pallet")
    outbox.deliver()
    assert state(order) == ("partly", [0, 5_000])
    assert [step.verb for step in steps(order.uid)][-1] == "replacement no longer expected"
    assert actions.settle_returns([event]) == 0
    ledger.reverse(receipt, actor=ANN, reason="not ours")
    outbox.deliver()
    assert state(order) == ("sent", [100_000, 5_000])


def test_both_taken_back_before_anybody_heard(order: Order) -> None:
    """Goods are received while the outbox still holds what was taken back."""
    receipt = come(order, "TOM", "100")
    ledger.reverse(back(receipt, "30"), actor=ANN, reason="wrong pallet")
    ledger.reverse(receipt, actor=ANN, reason="not ours")
    come(order, "TOM", "20")
    assert state(order) == ("partly", [80_000, 5_000])
    outbox.deliver()
    assert state(order) == ("partly", [80_000, 5_000])


def test_a_closed_order_is_open_again_only_for_what_went_back(order: Order) -> None:
    receipt = come(order, "TOM", "60")
    actions.close_order(order=order.uid, reason="enough", actor=ANN)
    back(receipt, "60")
    assert state(order)[0] == "sent"


def test_without_an_order_nothing_can_be_expected(cast: Cast) -> None:
    loose = actions.receive(
        place="STORE", supplier="FARM", lines=[Line(item="TOM", quantity="5", lot="TOM-1")], actor=ANN
    )
    with pytest.raises(Refused) as refusal:
        back(loose.uid, "1")
    assert fields(refusal) == {"replacement"}
    with pytest.raises(Refused) as refusal:
        actions.supplier_return(
            supplier="FARM", place="STORE", reason="mould", replacement=True, actor=ANN,
            lines=[Taken(item="TOM", lot="TOM-1", quantity="1")],
        )  # fmt: skip
    assert fields(refusal) == {"replacement"}


def test_on_the_page_and_over_http(order: Order) -> None:
    receipt = come(order, "TOM", "100")
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    body = {
        "receipt": str(receipt), "place": "STORE", "reason": "mould", "replacement": True,
        "lines": [{"lot": "TOM-1", "quantity": "4"}],
    }  # fmt: skip
    sent = client.post("/api/v1/supplier-returns", body, content_type="application/json")
    assert sent.status_code == 201, sent.content
    assert state(order)[1] == [4_000, 5_000]
    page = client.get(f"/receiving/return?receipt={receipt}").content.decode()
    assert "A replacement is expected" in page
    form = {
        "uid": "01a204b3-891c-7115-ae8e-b46b37bdd9a0", "receipt": str(receipt), "place": "STORE",
        "reason": "mould",
        "replacement": "on", "lines-0-item": "TOM", "lines-0-lot": "TOM-1", "lines-0-quantity": "6",
        "supplier": "FARM", "rows": "1", "lines-rows": "1",
    }  # fmt: skip
    posted = client.post("/receiving/return", form)
    assert posted.status_code == 302, posted.content.decode()
    assert state(order)[1] == [10_000, 5_000]
