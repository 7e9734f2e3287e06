"""Orders allocated, picked, packed and shipped; shipments followed to the door, and back."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.documents import queries as documents
from lotbook.kernel import outbox
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.models import Order, Pick, Return, Shipment
from lotbook.operations.shipping.rules import Wanted
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing, check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, PutHold, Receipt
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Hold, Lot

PALLET = "340123456789012340"
BOB = "user:bob"


@pytest.fixture(autouse=True)
def _stock(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "50"), ("TOM", "T-1", "7"))
    stocked(cast, ("SAUCE", "S-3", "30"), place="A-01")
    for number, day in (("S-1", date(2099, 3, 3)), ("S-2", date(2099, 3, 15)), ("S-3", date(2099, 4, 1))):
        Lot.objects.filter(number=number).update(expires_on=day)


def order(*lines: Wanted, **more: Any) -> Order:
    values: dict[str, Any] = {"customer": "SHOP", "site": "PLANT", "actor": ANN, "confirmed": True, **more}
    return actions.create(lines=lines or [Wanted("SAUCE", "120")], **values)


def allocated(*lines: Wanted, **more: Any) -> Order:
    made = order(*lines, **more)
    actions.allocate(order=made.uid, actor=ANN)
    return Order.objects.get(pk=made.pk)


def portions(made: Order) -> list[tuple[str, int, str]]:
    return [(one.lot.number, one.quantity, one.why) for one in queries.pick_list([made])]


def lot(number: str) -> Lot:
    return Lot.objects.get(number=number)


def hold(number: str) -> None:
    draft = Draft("hold", TODAY, holds=[PutHold(lot(number).pk, "quality", uuid4())], reason="taste")
    ledger.post([draft], actor=ANN)
    outbox.deliver()


def state(made: Order) -> str:
    return Order.objects.get(pk=made.pk).status


def reserved() -> dict[str, int]:
    return {row.lot.number: row.reserved for row in browsing.stock() if row.reserved}


def pick_all(made: Order, **more: Any) -> None:
    for one in queries.pick_list([made]):
        actions.pick(order=made.uid, claim=one.claim, lot=one.lot.number, actor=BOB, **more)


def ship(made: Order, **more: Any) -> Receipt:
    return actions.ship_orders(orders=[made.uid], actor=BOB, **more)


# -- allocation ------------------------------------------------------------------------------------


def test_what_expires_first_is_reserved_and_says_why() -> None:
    made = allocated()
    assert portions(made) == [
        ("S-1", 100, "expires 03 MAR 2099, 12 days before S-2"),
        ("S-2", 20, "expires 15 MAR 2099, 17 days before S-3"),
    ]
    assert (made.status, reserved()) == ("allocated", {"S-1": 100, "S-2": 20})
    assert documents.timeline(made.uid)[0].title == "Allocated"
    actions.allocate(order=made.uid, actor=ANN)
    assert reserved() == {"S-1": 100, "S-2": 20}


def test_a_shortage_says_why_not_and_the_rest_is_found_later(cast: Cast) -> None:
    made = allocated(Wanted("SAUCE", "200"))
    (line,) = queries.lines([made])[made.pk]
    assert (made.status, line.allocated) == ("part_allocated", 180)
    assert line.shortage == "180 of 200: nothing more is there"
    stocked(cast, ("SAUCE", "S-9", "20"))
    actions.allocate(order=made.uid, actor=ANN)
    (line,) = queries.lines([made])[made.pk]
    assert (line.allocated, line.shortage, state(made)) == (200, "", "allocated")


def test_drafts_are_not_allocated() -> None:
    made = order(confirmed=False)
    with pytest.raises(Conflict, match="Confirm it first"):
        actions.allocate(order=made.uid, actor=ANN)


def test_the_rules_of_the_customer_choose_the_lots() -> None:
    actions.keep_rule(actor=ANN, customer="SHOP", strategy="lefo")
    assert [row[:2] for row in portions(allocated(Wanted("SAUCE", "40")))] == [("S-2", 10), ("S-3", 30)]
    actions.cancel(order=Order.objects.get().uid, actor=ANN, reason="test")
    assert reserved() == {}
    rule = queries.all_rules()[0]
    actions.keep_rule(actor=ANN, uid=rule.uid, customer="SHOP", one_lot=True)
    assert [row[:2] for row in portions(allocated(Wanted("SAUCE", "90")))] == [("S-1", 90)]
    none = allocated(Wanted("SAUCE", "60"))
    assert portions(none) == []
    assert none.lines.get().shortage


def test_no_older_lot_than_last_time() -> None:
    actions.ship(customer="SHOP", place="STORE", lines=[Line(lot="S-2", quantity="1")], actor=ANN)
    actions.keep_rule(actor=ANN, not_older=True)
    made = allocated(Wanted("SAUCE", "60"))
    assert [row[:2] for row in portions(made)] == [("S-3", 30), ("S-2", 30)] or [
        row[:2] for row in portions(made)
    ] == [("S-2", 49), ("S-3", 11)]
    assert queries.order_page(made.uid).rows[0].ask.not_before == date(2099, 3, 15)


def test_enough_days_have_to_be_left() -> None:
    Lot.objects.filter(number="S-1").update(expires_on=lots.today())
    actions.keep_rule(actor=ANN, minimum_percent=10)
    made = allocated(Wanted("SAUCE", "10"))
    assert [row[:2] for row in portions(made)] == [("S-2", 10)]


def test_many_orders_are_allocated_in_the_order_of_their_priority() -> None:
    late = order(Wanted("SAUCE", "100"), priority=7)
    first = order(Wanted("SAUCE", "100"), priority=1)
    wave = actions.start_wave(orders=[late.uid, first.uid], actor=ANN)
    assert [row[:2] for row in portions(first)] == [("S-1", 100)]
    assert (state(first), state(late)) == ("allocated", "part_allocated")
    assert [one.number for one in queries.wave_orders(wave)] == [first.number, late.number]
    walk = queries.pick_list(queries.wave_orders(wave))
    assert [(one.place.code, one.lot.number) for one in walk] == [
        ("STORE", "S-1"), ("STORE", "S-2"), ("A-01", "S-3"),
    ]  # fmt: skip
    with pytest.raises(Refused, match="no order"):
        actions.start_wave(orders=[], actor=ANN)


def test_another_lot_than_suggested_needs_a_reason_which_is_kept() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    with pytest.raises(Refused, match="12 days before S-2") as refusal:
        actions.choose_lot(order=made.uid, line=1, lot="S-3", actor=ANN)
    assert fields(refusal) == {"reason"}
    assert reserved() == {"S-1": 20}
    actions.choose_lot(order=made.uid, line=1, lot="S-3", reason="the customer asked for it", actor=ANN)
    assert reserved() == {"S-3": 20}
    assert "the customer asked for it" in documents.timeline(made.uid)[0].text
    with pytest.raises(Refused) as refusal:
        actions.choose_lot(order=made.uid, line=1, lot="NOPE", reason="x", actor=ANN)
    assert fields(refusal) == {"lot"}


def test_a_held_lot_cannot_be_chosen() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    hold("S-2")
    with pytest.raises(Refused, match="on hold") as refusal:
        actions.choose_lot(order=made.uid, line=1, lot="S-2", reason="please", actor=ANN)
    assert fields(refusal) == {"lot"}
    assert reserved() == {"S-1": 20}


def test_a_hold_breaks_the_reservation_and_the_order_says_what_to_do() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    hold("S-1")
    page = queries.order_page(made.uid)
    assert page.order.has_problem
    assert page.rows[0].line.problem == "S-1: the lot was put on hold; 20 pc are no longer reserved."
    assert page.next_act is not None
    assert page.next_act.label == "Allocate again"
    assert list(queries.orders(problem=True)) == [made]
    actions.broken(
        {
            "document": str(made.uid),
            "purpose": "shipping.order",
            "line": 1,
            "lot": lot("S-1").pk,
            "quantity": 20,
        }
    )
    assert [one.title for one in documents.timeline(made.uid)].count("Allocation broken") == 1
    actions.allocate(order=made.uid, actor=ANN)
    page = queries.order_page(made.uid)
    assert (page.order.has_problem, page.order.status, reserved()) == (False, "allocated", {"S-2": 20})


# -- picking ---------------------------------------------------------------------------------------


def test_a_portion_is_confirmed_by_its_lot() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    (one,) = queries.pick_list([made])
    uid = uuid4()
    actions.pick(order=made.uid, claim=one.claim, lot="S-1", actor=BOB, uid=uid)
    actions.pick(order=made.uid, claim=one.claim, lot="S-1", actor=BOB, uid=uid)
    assert (state(made), Pick.objects.count()) == ("packed", 1)
    with pytest.raises(Conflict, match="picked already"):
        actions.pick(order=made.uid, claim=one.claim, lot="S-1", actor=BOB)
    with pytest.raises(Conflict, match="not reserved"):
        actions.pick(order=made.uid, claim=0, lot="S-1", actor=BOB)


def test_a_wrong_lot_is_told_at_once_and_taken_with_a_reason() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    (one,) = queries.pick_list([made])
    with pytest.raises(Refused, match="WRONG LOT: this is S-3, wanted is S-1") as refusal:
        actions.pick(order=made.uid, claim=one.claim, lot="S-3", actor=BOB)
    assert (fields(refusal), refusal.value.faults[0].code) == ({"lot"}, "other_lot")
    actions.pick(order=made.uid, claim=one.claim, lot="S-3", reason="S-1 is blocked by a pallet", actor=BOB)
    assert reserved() == {"S-3": 20}
    pick = Pick.objects.get()
    assert (pick.lot.number, pick.suggested_lot, pick.reason) == (
        "S-3", lot("S-1"), "S-1 is blocked by a pallet",
    )  # fmt: skip
    assert "instead of S-1" in documents.timeline(made.uid)[0].text


def test_a_held_lot_is_not_picked_instead() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    hold("S-3")
    (one,) = queries.pick_list([made])
    with pytest.raises(Refused, match="on hold"):
        actions.pick(order=made.uid, claim=one.claim, lot="S-3", reason="I want it", actor=BOB)
    assert reserved() == {"S-1": 20}


def test_a_short_pick_looks_for_the_rest_elsewhere() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    (one,) = queries.pick_list([made])
    with pytest.raises(Refused, match="8 pc are missing") as refusal:
        actions.pick(order=made.uid, claim=one.claim, lot="S-1", quantity="12", actor=BOB)
    assert fields(refusal) == {"reason"}
    actions.pick(order=made.uid, claim=one.claim, lot="S-1", quantity="12", reason="no more there", actor=BOB)
    assert reserved() == {"S-1": 12, "S-2": 8}
    assert state(made) == "picking"
    (left,) = [row for row in queries.pick_list([made]) if row.pick is None]
    with pytest.raises(Refused) as refusal:
        actions.pick(order=made.uid, claim=left.claim, lot="S-2", quantity="9", actor=BOB)
    assert fields(refusal) == {"quantity"}
    told: dict[str, Any] = {"order": made.uid, "claim": left.claim, "lot": "S-2", "reason": "none at all"}
    assert actions.pick(**told, quantity="0", actor=BOB, uid=uuid4()) == []
    assert sum(reserved().values()) == 20
    assert "S-2" not in reserved()


def test_a_pick_of_nothing_is_on_record_and_done_once() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    (one,) = queries.pick_list([made])
    told: dict[str, Any] = {
        "order": made.uid,
        "claim": one.claim,
        "lot": "S-1",
        "reason": "empty",
        "uid": uuid4(),
    }
    assert actions.pick(**told, quantity="0", actor=BOB) == []
    before = reserved()
    (step,) = queries.order_page(made.uid).short
    assert (step.verb, step.reason, step.data["place"]) == ("picked short", "empty", one.place.code)
    assert step.data["short"] == "20 pc of S-1"
    assert f"have {one.place.code} counted" in step.text
    assert actions.pick(**told, quantity="0", actor=BOB) == []
    assert reserved() == before
    assert len(queries.order_page(made.uid).short) == 1
    with pytest.raises(Conflict):
        actions.pick(**{**told, "uid": uuid4()}, quantity="0", actor=BOB)


def test_goods_are_packed_into_a_unit_and_staged_on_the_way() -> None:
    made = allocated(Wanted("SAUCE", "20"), Wanted("TOM", "2"))
    first, second = queries.pick_list([made])
    actions.pick(order=made.uid, claim=first.claim, lot=first.lot.number, to=PALLET, actor=BOB)
    actions.pick(order=made.uid, claim=second.claim, lot=second.lot.number, to="A-01", actor=BOB)
    assert {(one.place.code, one.quantity) for one in queries.pick_list([made])} == {
        (f"SSCC-{PALLET}", 20), ("A-01", 2000),
    }  # fmt: skip
    assert state(made) == "packed"
    ship(made)
    assert state(made) == "shipped"
    rows = queries.shipment_page(Shipment.objects.get().uid).lines
    assert [(row.unit.sscc if row.unit else None, row.quantity) for row in rows] == [
        (PALLET, 20), (None, 2000),
    ]  # fmt: skip
    assert check.check().findings == []


def test_picked_goods_can_be_put_back() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    pick_all(made)
    with pytest.raises(Refused):
        actions.put_back(order=made.uid, pick=Pick.objects.get().uid, reason="", actor=BOB)
    actions.put_back(order=made.uid, pick=Pick.objects.get().uid, reason="wrong order", actor=BOB)
    assert (state(made), reserved()) == ("allocated", {"S-1": 20})
    pick_all(made)
    assert state(made) == "packed"


# -- shipping --------------------------------------------------------------------------------------


def test_what_is_picked_leaves_with_a_numbered_delivery_note_and_the_rest_stays() -> None:
    made = allocated(Wanted("SAUCE", "20"), Wanted("TOM", "2"))
    (one,) = [row for row in queries.pick_list([made]) if row.lot.number == "S-1"]
    actions.pick(order=made.uid, claim=one.claim, lot="S-1", actor=BOB)
    uid = uuid4()
    receipt = ship(made, uid=uid, temperature_c="4,5", tracking_number="T 1", vehicle="AB 12", seal="9")
    assert ship(
        made, uid=uid, temperature_c="4,5", tracking_number="T 1", vehicle="AB 12", seal="9"
    ).duplicate
    event = browsing.event_page(receipt.uid)
    assert event.event.document_number.startswith("DN-")
    assert event.data["order"] == made.number
    assert (state(made), reserved()) == ("part_shipped", {"T-1": 2000})
    sent = Shipment.objects.get()
    assert (sent.temperature_c, sent.tracking_number, sent.vehicle, sent.seal) == ("4.5", "T 1", "AB 12", "9")
    ship(made)
    assert (state(made), reserved()) == ("shipped", {})
    assert check.check().findings == []


def test_lots_named_use_the_reservation_first_and_others_need_a_reason() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    with pytest.raises(Refused, match="not reserved for this order") as refusal:
        ship(made, lines=[Line(lot="S-2", quantity="5", place="STORE")])
    assert fields(refusal) == {"lines/0/lot"}
    with pytest.raises(Refused, match="more of SAUCE than the order still wants") as refusal:
        ship(made, lines=[Line(item="SAUCE", lot="S-1", quantity="21", place="STORE")])
    assert fields(refusal) == {"lines/0/quantity"}
    ship(made, lines=[Line(lot="S-1", quantity="15", place="STORE")])
    assert reserved() == {"S-1": 5}
    ship(made, lines=[Line(lot="S-2", quantity="5", place="STORE")], reason="S-1 is at the back")
    assert state(made) == "shipped"
    assert reserved() == {}


def test_others_cannot_ship_what_is_reserved() -> None:
    allocated(Wanted("SAUCE", "100"), number="SO-9")
    with pytest.raises(Refused, match="SO-9"):
        actions.ship(customer="SHOP", place="STORE", lines=[Line(lot="S-1", quantity="1")], actor=ANN)


def test_a_held_lot_stays_unless_somebody_overrides_it_with_a_reason() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    pick_all(made)
    hold("S-1")
    with pytest.raises(Refused, match="nothing is reserved"):
        ship(made)
    named = [Line(lot="S-1", quantity="20", place="STORE")]
    with pytest.raises(Refused, match="is on hold") as refusal:
        ship(made, lines=named, reason="as agreed")
    assert refusal.value.faults[0].code == "not_free"
    ship(made, lines=named, reason="as agreed", override="the customer takes it as it is")
    assert state(made) == "shipped"
    assert browsing.events(kind="override").get().reason == "the customer takes it as it is"
    assert Hold.objects.filter(released_sequence=None).count() == 1


def test_an_order_without_anything_reserved_or_of_another_door_is_refused() -> None:
    made = order()
    with pytest.raises(Refused, match="nothing is reserved"):
        ship(made)
    with pytest.raises(Refused) as refusal:
        ship(made, temperature_c="warm", carrier="FARM", lines=[Line(lot="S-9", quantity="1")])
    assert fields(refusal) == {"temperature_c", "carrier", "lines/0/lot"}
    with pytest.raises(Conflict):
        ship(order(confirmed=False))


def test_a_reversed_shipment_opens_the_order_again() -> None:
    made = allocated(Wanted("SAUCE", "20"))
    receipt = ship(made)
    assert state(made) == "shipped"
    ledger.reverse(receipt.uid, actor=ANN, reason="wrong truck")
    outbox.deliver()
    outbox.deliver()
    assert Shipment.objects.get().status == "reversed"
    (line,) = queries.lines([made])[made.pk]
    assert (state(made), line.shipped, line.open) == ("confirmed", 0, 20)
    assert documents.timeline(made.uid)[0].title == "Shipment taken back"
    actions.allocate(order=made.uid, actor=ANN)
    ship(made)
    assert (state(made), Shipment.objects.count()) == ("shipped", 2)
    assert check.check().findings == []


# -- to the door, and back -------------------------------------------------------------------------


def shipped(*lines: Wanted) -> tuple[Order, Shipment]:
    made = allocated(*(lines or [Wanted("SAUCE", "20")]))
    ship(made)
    return made, Shipment.objects.order_by("-pk")[0]


def test_a_shipment_is_followed_to_the_signature() -> None:
    made, sent = shipped()
    actions.progress(shipment=sent.uid, tracking_number="T 7", temperature_c="3.9", actor=BOB)
    with pytest.raises(Refused) as refusal:
        actions.deliver(shipment=sent.uid, actor=BOB)
    assert fields(refusal) == {"signed_by"}
    actions.deliver(shipment=sent.uid, signed_by="M. Rossi", actor=BOB)
    sent.refresh_from_db()
    assert (sent.status, sent.signed_by, state(made)) == ("delivered", "M. Rossi", "delivered")
    assert [one.title for one in documents.timeline(sent.uid)] == ["Delivered", "In transit", "Shipped"]
    with pytest.raises(Conflict, match="delivered already"):
        actions.deliver(shipment=sent.uid, signed_by="again", actor=BOB)
    assert actions.close(order=made.uid, actor=ANN).status == "closed"


def test_goods_refused_at_the_door_come_back_to_wait() -> None:
    made, sent = shipped()
    with pytest.raises(Refused) as refusal:
        actions.deliver(shipment=sent.uid, outcome="part_refused", actor=BOB)
    assert fields(refusal) == {"signed_by", "reason", "refused/0/lot"}
    actions.deliver(
        shipment=sent.uid, outcome="part_refused", signed_by="M. Rossi", reason="two cases wet",
        refused=[Line(lot="S-1", quantity="4")], actor=BOB,
    )  # fmt: skip
    back = Return.objects.get()
    assert (back.code, back.place.code, back.lines.get().quantity) == ("refused_at_door", "QUARANTINE", 4)
    assert [(one.number, much) for one, much in queries.still_there(sent)] == [("S-1", 16)]
    assert state(made) == "delivered"


def test_all_of_a_shipment_may_be_refused_or_lost() -> None:
    _, sent = shipped()
    actions.deliver(shipment=sent.uid, outcome="refused", reason="too late", actor=BOB)
    assert queries.still_there(sent) == []
    _, other = shipped(Wanted("TOM", "2"))
    actions.deliver(shipment=other.uid, outcome="lost", reason="the truck burnt", actor=BOB)
    other.refresh_from_db()
    assert other.status == "lost"
    assert [event.kind for event in browsing.events().order_by("sequence")][-2:] == ["return", "lose"]
    assert check.check().findings == []


def test_a_return_against_a_shipment_goes_to_quarantine() -> None:
    _, sent = shipped()
    back: dict[str, Any] = {"shipment": sent.uid, "actor": BOB, "code": "damaged", "condition": "damaged"}
    with pytest.raises(Refused, match="brought 20") as refusal:
        actions.take_back(lines=[Line(lot="S-1", quantity="21")], **back)
    assert fields(refusal) == {"lines/0/quantity"}
    with pytest.raises(Refused, match="was not on") as refusal:
        actions.take_back(lines=[Line(lot="S-3", quantity="1")], **back)
    with pytest.raises(Refused, match="may be used at once") as refusal:
        actions.take_back(lines=[Line(lot="S-1", quantity="1")], place="STORE", **back)
    assert fields(refusal) == {"place"}
    with pytest.raises(Refused) as refusal:
        actions.take_back(lines=[Line(lot="S-1", quantity="1")], **{**back, "code": "mood", "condition": "x"})
    assert fields(refusal) == {"code", "condition"}
    receipt = actions.take_back(lines=[Line(lot="S-1", quantity="5")], **back)
    actions.take_back(lines=[Line(lot="S-1", quantity="16")], reason="they had more of it", **back)
    assert [row.lines.get().quantity for row in Return.objects.order_by("pk")] == [5, 16]
    ledger.reverse(receipt.uid, actor=ANN, reason="counted again")
    outbox.deliver()
    assert [row.is_reversed for row in Return.objects.order_by("pk")] == [True, False]
    assert [much for _, much in queries.still_there(sent)] == [4]


def test_lists_ask_a_constant_number_of_questions() -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            list(queries.orders(status="open")[:50])
            queries.line_counts(queries.orders()[:50])
            list(queries.shipments()[:50])
        return len(seen)

    shipped()
    before = asked()
    for _ in range(3):
        shipped(Wanted("SAUCE", "1"))
    assert asked() == before == 4
