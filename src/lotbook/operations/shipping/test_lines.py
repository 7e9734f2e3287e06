"""Lines of a confirmed order: what is reserved follows what is wanted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.rooms import ANN, Cast, fields, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.documents.queries import steps
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.models import Order, OrderLine
from lotbook.operations.shipping.rules import Wanted


@pytest.fixture
def order(cast: Cast) -> Order:
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "50"), ("TOM", "T-1", "10"))
    made = actions.create(
        customer="SHOP", site="PLANT", lines=[Wanted("SAUCE", "120"), Wanted("TOM", "4")],
        confirmed=True, actor=ANN,
    )  # fmt: skip
    return actions.allocate(order=made.uid, actor=ANN)


def reserved(order: Order) -> list[tuple[int, int]]:
    return [(claim.line, claim.quantity) for claim in queries.claims(order)]


def line(order: Order, number: int) -> OrderLine:
    return OrderLine.objects.get(order=order, number=number)


def test_less_frees_the_newest_reservations(order: Order) -> None:
    assert reserved(order) == [(1, 100), (1, 20), (2, 4_000)]
    actions.change_line(order=order.uid, line=1, quantity="90", reason="they have some", actor=ANN)
    assert sum(quantity for number, quantity in reserved(order) if number == 1) == 90
    assert (line(order, 1).allocated, line(order, 1).quantity) == (90, 90)
    step = steps(order.uid)[-1]
    assert (step.verb, step.text, step.reason) == (
        "line changed", "line 1: SAUCE 120 pc → 90 pc", "they have some"
    )  # fmt: skip


def test_more_is_reserved_where_all_was(order: Order) -> None:
    actions.change_line(order=order.uid, line=1, quantity="140", actor=ANN)
    assert line(order, 1).allocated == 140
    actions.change_line(order=order.uid, line=1, quantity="200", actor=ANN)
    assert (line(order, 1).allocated, bool(line(order, 1).shortage)) == (150, True)
    assert Order.objects.get(pk=order.pk).status == "part_allocated"


def test_not_below_what_is_picked(order: Order) -> None:
    (portion, *_) = [one for one in queries.pick_list([order]) if one.line.number == 1]
    actions.pick(order=order.uid, claim=portion.claim, lot=portion.lot.number, quantity="100", actor=ANN)
    with pytest.raises(Refused) as refusal:
        actions.change_line(order=order.uid, line=1, quantity="99", actor=ANN)
    assert fields(refusal) == {"quantity"}
    with pytest.raises(Conflict, match="picked"):
        actions.cancel_line(order=order.uid, line=1, reason="x", actor=ANN)
    actions.change_line(order=order.uid, line=1, quantity="100", actor=ANN)
    assert (line(order, 1).picked, line(order, 1).allocated) == (100, 100)


def test_a_cancelled_line_frees_what_is_reserved(order: Order) -> None:
    with pytest.raises(Refused) as refusal:
        actions.cancel_line(order=order.uid, line=1, reason="", actor=ANN)
    assert fields(refusal) == {"reason"}
    actions.cancel_line(order=order.uid, line=1, reason="not this week", actor=ANN)
    assert reserved(order) == [(2, 4_000)]
    found = Order.objects.get(pk=order.pk)
    assert found.status == "allocated"
    with pytest.raises(Conflict, match="only line"):
        actions.cancel_line(order=order.uid, line=2, reason="x", actor=ANN)
    actions.ship_orders(orders=[order.uid], actor=ANN)
    found.refresh_from_db()
    assert (found.status, line(order, 1).shipped) == ("shipped", 0)
    # One more thing opens it again; what was cancelled stays so.
    row = actions.add_line(order=order.uid, line=Wanted("SAUCE", "5"), actor=ANN)
    found.refresh_from_db()
    assert (row.number, found.status) == (3, "part_shipped")
    actions.allocate(order=order.uid, actor=ANN)
    assert reserved(order) == [(3, 5)]


def test_lines_over_http_and_on_the_pages(order: Order) -> None:
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    path = f"/api/v1/customer-orders/{order.uid}"

    def send(method: str, way: str, body: dict[str, Any], status: int = 200) -> Any:
        reply = getattr(client, method)(path + way, body, content_type="application/json")
        assert reply.status_code == status, reply.content
        return reply.json()

    assert len(send("post", "/lines", {"item": "TOM", "quantity": "1"}, 201)["lines"]) == 3
    assert send("patch", "/lines/2", {"quantity": "3"})["lines"][1]["allocated"] == "3"
    assert send("post", "/lines/3/cancel", {"reason": "no"})["lines"][2]["cancelled"]
    send("post", "/lines/3/cancel", {"reason": "no"}, 404)
    page = f"/orders/{order.uid}"
    assert "cancelled" in client.get(page).content.decode()
    for way, body in (
        ("new", {"item": "TOM", "quantity": "1"}),
        ("1", {"quantity": "100", "reason": "less"}),
        ("2/cancel", {"reason": "no"}),
    ):
        assert client.get(f"{page}/lines/{way}").status_code == 200
        assert client.post(f"{page}/lines/{way}", body).status_code == 302
    assert [row.cancelled for row in order.lines.all()] == [False, True, True, False]
    assert client.post(f"{page}/lines/1", {"quantity": "many"}).status_code == 422
