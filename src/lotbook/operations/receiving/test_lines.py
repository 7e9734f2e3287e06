"""Lines of a purchase order that was sent: more, less, one on top, one given up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.rooms import ANN, Cast, fields

from lotbook.foundation.accounts.models import User
from lotbook.foundation.documents.queries import steps
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.models import Order
from lotbook.operations.receiving.rules import Announced, Line, Ordered


@pytest.fixture
def order(cast: Cast) -> Order:
    return actions.create_order(
        supplier="FARM", site="PLANT", lines=[Ordered("TOM", "100"), Ordered("SALT", "5")],
        send=True, actor=ANN,
    )  # fmt: skip


def come(order: Order, item: str, quantity: str) -> None:
    actions.receive(
        place="STORE", order=str(order.uid), actor=ANN,
        lines=[Line(item=item, quantity=quantity, lot=f"{item}-1")],
    )  # fmt: skip


def state(order: Order) -> tuple[str, list[int]]:
    return Order.objects.get(pk=order.pk).status, [line.open for line in queries.order_lines(order)]


def told(order: Order) -> list[tuple[str, str, str]]:
    return [(step.verb, step.text, step.reason) for step in steps(order.uid) if "line" in step.verb]


def test_less_is_ordered_but_not_less_than_has_come(order: Order) -> None:
    come(order, "TOM", "60")
    with pytest.raises(Refused) as refusal:
        actions.change_line(order=order.uid, line=1, quantity="59.999", actor=ANN)
    assert fields(refusal) == {"quantity"}
    actions.change_line(order=order.uid, line=1, quantity="60000", unit="g", reason="rain", actor=ANN)
    assert state(order) == ("partly", [0, 5_000])
    assert told(order) == [("line changed", "line 1: TOM 100 kg → 60 kg", "rain")]


def test_an_order_that_had_come_is_open_again(order: Order) -> None:
    come(order, "TOM", "100")
    come(order, "SALT", "5")
    assert state(order)[0] == "received"
    row = actions.add_line(order=order.uid, line=Ordered("PEEL", "2"), actor=ANN)
    assert (row.position, state(order)) == (3, ("partly", [0, 0, 2_000]))
    actions.change_line(order=order.uid, line=2, quantity="7", actor=ANN)
    assert state(order)[1] == [0, 2_000, 2_000]
    with pytest.raises(Refused) as refusal:
        actions.add_line(order=order.uid, line=Ordered("NOPE", "x"), actor=ANN)
    assert fields(refusal) == {"item"}


def test_a_line_is_cancelled_with_a_reason(order: Order) -> None:
    with pytest.raises(Refused) as refusal:
        actions.cancel_line(order=order.uid, line=2, reason=" ", actor=ANN)
    assert fields(refusal) == {"reason"}
    actions.cancel_line(order=order.uid, line=2, reason="sold out", actor=ANN)
    assert told(order) == [("line cancelled", "line 2: 5 kg of SALT", "sold out")]
    assert queries.progress([order.pk]) == {order.pk: (1, 0)}
    with pytest.raises(Refused) as refusal:
        come(order, "SALT", "5")
    assert fields(refusal) == {"lines/0/item"}
    with pytest.raises(NotFound):
        actions.change_line(order=order.uid, line=2, quantity="4", actor=ANN)
    with pytest.raises(NotFound):
        actions.cancel_line(order=order.uid, line=2, reason="x", actor=ANN)
    with pytest.raises(Conflict, match="only line"):
        actions.cancel_line(order=order.uid, line=1, reason="x", actor=ANN)
    come(order, "TOM", "40")
    actions.cancel_line(order=order.uid, line=1, reason="enough", actor=ANN)
    assert state(order) == ("received", [0, 0])


def test_what_is_announced_is_not_cancelled(order: Order) -> None:
    notice = actions.create_notice(
        supplier="FARM", site="PLANT", actor=ANN,
        lines=[Announced("SALT", lot="S-1", quantity="5", order=order.number)],
    )  # fmt: skip
    with pytest.raises(Conflict, match="announced with"):
        actions.cancel_line(order=order.uid, line=2, reason="x", actor=ANN)
    actions.cancel_notice(notice=notice.uid, reason="late", actor=ANN)
    actions.cancel_line(order=order.uid, line=2, reason="x", actor=ANN)
    actions.close_order(order=order.uid, reason="done", actor=ANN)
    with pytest.raises(Conflict, match="cannot be changed"):
        actions.add_line(order=order.uid, line=Ordered("TOM", "1"), actor=ANN)


def test_lines_over_http_and_on_the_pages(order: Order) -> None:
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    path = f"/api/v1/purchase-orders/{order.uid}"

    def send(method: str, way: str, body: dict[str, Any], status: int = 200) -> Any:
        reply = getattr(client, method)(path + way, body, content_type="application/json")
        assert reply.status_code == status, reply.content
        return reply.json()

    assert len(send("post", "/lines", {"item": "PEEL", "quantity": "2"}, 201)["lines"]) == 3
    assert send("patch", "/lines/3", {"quantity": "3"})["lines"][2]["quantity"] == "3"
    shown = send("post", "/lines/3/cancel", {"reason": "no"})["lines"][2]
    assert (shown["cancelled"], shown["open"]) == (True, "0")
    send("patch", "/lines/9", {"quantity": "3"}, 404)
    page = f"/receiving/orders/{order.uid}"
    assert "cancelled" in client.get(page).content.decode()
    for way, body in (
        ("new", {"item": "PEEL", "quantity": "1"}),
        ("1", {"quantity": "120", "unit": "KGM", "reason": "more"}),
        ("2/cancel", {"reason": "sold out"}),
    ):
        assert client.get(f"{page}/lines/{way}").status_code == 200
        assert client.post(f"{page}/lines/{way}", body).status_code == 302
    assert state(order) == ("sent", [120_000, 0, 0, 1_000])
    wrong = client.post(f"{page}/lines/1", {"quantity": "many"})
    assert (wrong.status_code, isinstance(order.uid, UUID)) == (422, True)
    assert client.get(f"{page}/lines/2").status_code == 404
