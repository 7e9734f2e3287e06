"""Customer orders: entered, imported, changed, confirmed, ended; and the rules that apply to them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, Cast, fields

from lotbook.foundation.documents import queries as documents
from lotbook.foundation.partners import actions as partners
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.operations.shipping import actions, queries, rules
from lotbook.operations.shipping.models import Order
from lotbook.operations.shipping.rules import Amounts, Wanted

pytestmark = pytest.mark.usefixtures("cast")


def order(*lines: Wanted, **more: Any) -> Order:
    values: dict[str, Any] = {"customer": "SHOP", "site": "PLANT", "actor": ANN, **more}
    return actions.create(lines=lines or [Wanted("SAUCE", "24")], **values)


def test_an_order_is_entered_once_with_both_numbers() -> None:
    uid = uuid4()
    made = order(Wanted("SAUCE", "2", "DZN"), Wanted("TOM", "1.5", "kg"), customer_number="PO 7", uid=uid)
    assert (
        order(Wanted("SAUCE", "2", "DZN"), Wanted("TOM", "1.5", "kg"), customer_number="PO 7", uid=uid)
        == made
    )
    assert made.number.startswith("SO-")
    lines = queries.lines([made])[made.pk]
    assert [(line.number, line.item.code, line.quantity, line.entered) for line in lines] == [
        (1, "SAUCE", 24, "2 DZN"),
        (2, "TOM", 1500, "1.5 kg"),
    ]
    with pytest.raises(Conflict, match="other content"):
        order(Wanted("SAUCE", "3"), uid=uid)
    assert [entry.title for entry in documents.timeline(made.uid)] == ["Entered"]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"customer": "FARM"}, {"customer"}),
        ({"customer": "NOPE", "site": "A-01"}, {"customer", "site"}),
        ({"wanted_on": "soon", "priority": "10"}, {"wanted_on", "priority"}),
        ({"location": "Back door"}, {"location"}),
        ({"carrier": "SHOP"}, {"carrier"}),
    ],
)
def test_a_bad_head_is_named_and_nothing_is_saved(more: dict[str, Any], wrong: set[str]) -> None:
    with pytest.raises(Refused) as refusal:
        order(**more)
    assert fields(refusal) == wrong
    assert not Order.objects.exists()


def test_bad_lines_are_named() -> None:
    with pytest.raises(Refused) as refusal:
        order(Wanted("NOPE", "1"), Wanted("SAUCE", "-1"), Wanted("SAUCE", "1", "kg", "L-9"))
    assert fields(refusal) == {"lines/0/item", "lines/1/quantity", "lines/2/lot", "lines/2/quantity"}
    with pytest.raises(Refused, match="no line"):
        actions.create(customer="SHOP", site="PLANT", lines=[], actor=ANN)


def test_our_own_number_is_given_once() -> None:
    order(number="A-1")
    with pytest.raises(Conflict, match="A-1"):
        order(number="A-1")
    assert queries.order("A-1").number == "A-1"
    with pytest.raises(NotFound):
        queries.order("A-2")


def test_goods_go_to_a_location_of_the_customer(cast: Cast) -> None:
    door = partners.create_location(actor=ANN, partner=cast.shop.uid, values={"name": "Back door"})
    assert order(location="back door").location == door
    assert order(location=door.uid).location == door


def test_a_draft_can_be_changed_and_a_confirmed_order_only_in_its_head() -> None:
    made = order()
    actions.amend(order=made.uid, actor=ANN, lines=[Wanted("TOM", "2")], priority=1)
    (line,) = queries.lines([made])[made.pk]
    assert (line.item.code, line.quantity) == ("TOM", 2000)
    actions.confirm(order=made.uid, actor=ANN)
    assert actions.confirm(order=made.uid, actor=ANN).status == "confirmed"
    actions.amend(order=made.uid, actor=ANN, wanted_on="2027-03-09", reason="they called")
    with pytest.raises(Refused) as refusal:
        actions.amend(order=made.uid, actor=ANN, lines=[Wanted("TOM", "3")])
    assert fields(refusal) == {"lines"}
    told = [(entry.title, entry.text) for entry in documents.timeline(made.uid)]
    assert told[0] == ("Changed", "wanted on – they called")
    assert told[-1] == ("Entered", "1 line")


def test_an_order_is_cancelled_with_a_reason_and_closed_when_it_is_over() -> None:
    made = order(confirmed=True)
    with pytest.raises(Refused) as refusal:
        actions.cancel(order=made.uid, actor=ANN, reason=" ")
    assert fields(refusal) == {"reason"}
    with pytest.raises(Refused, match="not all of it"):
        actions.close(order=made.uid, actor=ANN)
    assert actions.cancel(order=made.uid, actor=ANN, reason="they changed their mind").status == "cancelled"
    with pytest.raises(Conflict):
        actions.close(order=made.uid, actor=ANN)
    with pytest.raises(Conflict):
        actions.amend(order=made.uid, actor=ANN, priority=1)
    other = order(confirmed=True)
    assert actions.close(order=other.uid, actor=ANN, reason="sold elsewhere").status == "closed"


def test_orders_are_found_by_number_customer_state_and_day() -> None:
    late = order(number="L-1", wanted_on="2026-01-01", confirmed=True)
    order(number="F-1", wanted_on="2199-01-01", customer_number="PO 7")
    assert [row.number for row in queries.orders()] == ["F-1", "L-1"]
    assert list(queries.orders(due="late")) == [late]
    assert list(queries.orders(status="open")) == [late]
    assert [row.number for row in queries.orders(text="po 7")] == ["F-1"]
    assert not queries.orders(due="today").exists()
    assert not queries.orders(customer="NOBODY").exists()
    assert not queries.orders(problem=True).exists()
    assert not queries.orders(text="\0").exists()


CSV = """Order;Customer;Item;Quantity;Unit;Wanted on
A-1;SHOP;SAUCE;24;;2027-03-09
A-1;SHOP;TOM;1.5;kg;2027-03-09
A-2;SHOP;SAUCE;2;DZN;
"""


def test_orders_come_from_a_file_after_a_look() -> None:
    seen = actions.preview(data=CSV.encode(), site="PLANT", actor=ANN)
    assert (seen.ready, len(seen.orders), seen.line_count) == (True, 2, 3)
    assert not Order.objects.exists()
    made = actions.import_orders(data=CSV.encode(), site="PLANT", actor=ANN, confirmed=True)
    assert [(row.number, row.status, row.lines.count()) for row in made] == [
        ("A-1", "confirmed", 2),
        ("A-2", "confirmed", 1),
    ]
    again = actions.preview(data=CSV.encode(), site="PLANT", actor=ANN)
    assert {fault.field for fault in again.faults} == {"row 2/number", "row 4/number"}


def test_what_is_wrong_in_a_file_is_named_by_row_and_nothing_is_saved() -> None:
    bad = "order,customer,item,quantity\nA-1,SHOP,SAUCE,1\nA-1,FARM,NOPE,x\nA-2,NOPE,SAUCE,1\n"
    with pytest.raises(Refused) as refusal:
        actions.import_orders(data=bad.encode(), site="PLANT", actor=ANN)
    assert fields(refusal) == {"row 3/customer", "row 3/item", "row 4/customer"}
    assert not Order.objects.exists()
    with pytest.raises(Refused, match="no column item"):
        actions.preview(data=b"customer,quantity\nSHOP,1\n", site="PLANT", actor=ANN)
    asked = actions.preview(
        data="customer,item,quantity\nSHOP,K\xf6nig,1\n".encode("cp1252"), site="PLANT", actor=ANN
    )
    assert asked.encodings


def test_the_most_specific_rule_wins(cast: Cast) -> None:
    actions.keep_rule(actor=ANN, minimum_days=5)
    actions.keep_rule(actor=ANN, item="SAUCE", strategy="fifo")
    actions.keep_rule(actor=ANN, customer="SHOP", minimum_percent=50)
    own = actions.keep_rule(actor=ANN, customer="SHOP", item="SAUCE", one_lot=True)
    made = order(Wanted("SAUCE", "1"), Wanted("TOM", "1"))
    won = queries.rules_for(made, queries.lines([made])[made.pk])
    assert won[1] == own
    assert won[2] is not None
    assert won[2].minimum_percent == 50
    assert str(won[2]) == "Corner Shop"
    with pytest.raises(Refused, match="already"):
        actions.keep_rule(actor=ANN, customer="SHOP", item="SAUCE")
    actions.keep_rule(actor=ANN, uid=own.uid, customer="SHOP", item="SAUCE", minimum_days=30)
    assert queries.rule(own.uid).one_lot is False
    actions.remove_rule(uid=own.uid, actor=ANN)
    with pytest.raises(NotFound):
        queries.rule(own.uid)
    with pytest.raises(Refused) as refusal:
        actions.keep_rule(
            actor=ANN, customer="FARM", item="SAUCE", item_group="x", strategy="luck", minimum_percent="101"
        )
    assert fields(refusal) == {"customer", "item_group", "strategy", "minimum_percent"}


def test_states_follow_from_the_lines() -> None:
    def state(*lines: Amounts) -> str:
        return rules.status_of("confirmed", lines)

    assert state(Amounts(10, 0, 0, 0)) == "confirmed"
    assert state(Amounts(10, 4, 0, 0)) == "part_allocated"
    assert state(Amounts(10, 10, 0, 0), Amounts(5, 0, 0, 0)) == "part_allocated"
    assert state(Amounts(10, 10, 3, 0)) == "picking"
    assert state(Amounts(10, 10, 10, 0)) == "packed"
    assert state(Amounts(10, 0, 0, 4)) == "part_shipped"
    assert state(Amounts(10, 0, 0, 10)) == "shipped"
    assert rules.status_of("shipped", [Amounts(10, 0, 0, 10)], delivered=True) == "delivered"
    assert rules.status_of("draft", [Amounts(10, 0, 0, 0)]) == "draft"
