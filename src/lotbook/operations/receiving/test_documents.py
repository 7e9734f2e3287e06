"""Orders, shipping notices, and receipts against them: what came, what may come, and what is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked_for
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.places.models import Place
from lotbook.kernel import outbox
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.models import Arrival, ArrivalLine, Notice, Order
from lotbook.operations.receiving.rules import Announced, Line, Ordered
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.lots.models import Hold, Lot

PALLET = "340123456789012340"
CASE_A = "340123456789012357"
CASE_B = "340123456789012364"


def order(*lines: Ordered, **more: Any) -> Order:
    lines = lines or (Ordered(item="TOM", quantity="100"),)
    return actions.create_order(
        **{"supplier": "FARM", "site": "PLANT", "lines": lines, "send": True, "actor": ANN, **more}
    )


def notice(*lines: Announced, **more: Any) -> Notice:
    return actions.create_notice(
        **{"supplier": "FARM", "site": "PLANT", "number": "DN-7", "lines": lines, "actor": ANN, **more}
    )


def pallet(**more: Any) -> Notice:
    """PALLET → CASE_A (TOM T-1), CASE_B (SALT S-1); jars on the pallet itself."""
    return notice(
        Announced(item="TOM", lot="T-1", quantity="60", sscc=CASE_A, pallet=PALLET, produced_on="2027-03-01"),
        Announced(item="SALT", lot="S-1", quantity="5", sscc=CASE_B, pallet=PALLET),
        Announced(item="JAR", quantity="40", sscc=PALLET),
        **more,
    )


def receive(*lines: Line, **more: Any) -> Any:
    return actions.receive(**{"place": "STORE", "lines": lines, "actor": ANN, **more})


def on_hand(number: str) -> dict[str, int]:
    return {row.place.code: row.on_hand for row in browsing.stock(text=number)}


def verbs(uid: Any) -> list[str]:
    return [step.verb for step in documents.steps(uid)]


def allow(**rule: Any) -> None:
    actions.set_rule(actor=ANN, **rule)


# -- orders ----------------------------------------------------------------------------------------


def test_an_order_has_a_number_lines_in_units_and_a_state(cast: Cast) -> None:
    uid = uuid4()
    lines = [Ordered(item="TOM", quantity="2", unit="TNE"), Ordered(item="JAR", quantity="500", over="5")]
    values: dict[str, Any] = {
        "supplier": "FARM", "site": "PLANT", "lines": lines, "expected_on": "2027-03-10", "actor": ANN,
        "uid": uid,
    }  # fmt: skip
    made = actions.create_order(**values)
    assert (made.number, made.status) == ("PO-2027-00001", "draft")
    assert actions.create_order(**values).pk == made.pk
    with pytest.raises(Conflict, match="with other content"):
        actions.create_order(**{**values, "note": "x"})
    assert [(line.quantity, line.unit, line.over_tolerance) for line in queries.order_lines(made)] == [
        (2_000_000, "TNE", None), (500, "H87", 500),
    ]  # fmt: skip
    actions.send_order(actor=ANN, order=made.number)
    actions.cancel_order(actor=ANN, order=made.uid, reason="too dear")
    assert verbs(made.uid) == ["ordered", "sent", "cancelled"]
    with pytest.raises(Conflict, match="is cancelled"):
        actions.send_order(actor=ANN, order=made.uid)
    with pytest.raises(Conflict, match="already"):
        order(number="PO-2027-00001")


def test_faults_of_an_order_are_named_by_line(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        order(
            Ordered(item="NOPE", quantity="1"), Ordered(item="TOM", quantity="-1"),
            Ordered(item="TOM", quantity="1", unit="stones", over="x", under="200"),
            supplier="SHOP", site="A-01", expected_on="soon",
        )  # fmt: skip
    assert fields(refusal) == {
        "supplier", "site", "expected_on", "lines/0/item", "lines/1/quantity", "lines/2/unit",
        "lines/2/over", "lines/2/under",
    }  # fmt: skip
    assert not Order.objects.exists()


def test_lines_change_until_something_came(cast: Cast) -> None:
    made = order()
    actions.amend_order(
        actor=ANN, order=made.uid, changes={"note": "ring first"}, lines=[Ordered(item="SALT", quantity="3")]
    )
    assert [line.item.code for line in queries.order_lines(made)] == ["SALT"]
    receive(Line(item="SALT", quantity="1"), order=made.number)
    with pytest.raises(Refused) as refusal:
        actions.amend_order(actor=ANN, order=made.uid, changes={}, lines=[Ordered(item="TOM", quantity="3")])
    assert fields(refusal) == {"lines/0/item"}
    with pytest.raises(Conflict, match="partly received"):
        actions.cancel_order(actor=ANN, order=made.uid, reason="x")
    assert actions.close_order(actor=ANN, order=made.uid, reason="rest is off").status == "closed"
    with pytest.raises(Refused, match="closed"):
        receive(Line(item="SALT", quantity="1"), order=made.number)


# -- receipts against an order ---------------------------------------------------------------------


def test_an_order_comes_in_parts(cast: Cast) -> None:
    made = order(Ordered(item="TOM", quantity="100"), Ordered(item="JAR", quantity="50"))
    receive(Line(item="TOM", lot="T-1", quantity="40"), order=made.number)
    made.refresh_from_db()
    assert made.status == "partly"
    receive(Line(item="TOM", lot="T-2", quantity="60"), Line(item="JAR", quantity="50"), order=str(made.uid))
    made.refresh_from_db()
    assert made.status == "received"
    assert [line.received for line in queries.order_lines(made)] == [100_000, 50]
    assert verbs(made.uid) == ["ordered", "sent", "received", "received"]
    assert [line.expected for line in ArrivalLine.objects.order_by("pk")] == [100_000, 60_000, 50]


def test_two_lines_of_one_item_fill_one_after_the_other(cast: Cast) -> None:
    made = order(Ordered(item="TOM", quantity="10"), Ordered(item="TOM", quantity="20"))
    receive(Line(item="TOM", lot="T-1", quantity="15"), order=made.number)
    assert [line.received for line in queries.order_lines(made)] == [10_000, 5_000]
    receive(Line(item="TOM", lot="T-1", quantity="1", order_line="2"), order=made.number)
    assert [line.received for line in queries.order_lines(made)] == [10_000, 6_000]


def test_more_than_ordered_goes_within_the_tolerance_only(cast: Cast) -> None:
    made = order()
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", lot="T-1", quantity="101"), order=made.number)
    assert fields(refusal) == {"lines/0/quantity"}
    allow(supplier="FARM", over="5", under="10")
    receive(Line(item="TOM", lot="T-1", quantity="95"), order=made.number)
    made.refresh_from_db()
    assert made.status == "received"
    receive(Line(item="TOM", lot="T-1", quantity="10"), order=made.number)
    with pytest.raises(Refused, match=r"105\.001 kg have come, of 105"):
        receive(Line(item="TOM", lot="T-1", quantity="0.001"), order=made.number)
    more = Line(item="TOM", lot="T-1", quantity="5")
    receipt = receive(more, order=made.number, over_reason="agreed by phone")
    assert browsing.event_page(receipt.uid).data["more_than_ordered"] == "agreed by phone"


def test_more_may_be_allowed_beforehand(cast: Cast) -> None:
    made = order()
    with pytest.raises(Refused) as refusal:
        actions.allow_over(actor=ANN, order=made.uid, line=1, quantity="90", reason="x")
    assert fields(refusal) == {"quantity"}
    answer = actions.allow_over(actor=ANN, order=made.uid, line=1, quantity="150", reason="cheap today")
    assert answer == "approved"
    receive(Line(item="TOM", lot="T-1", quantity="150"), order=made.number)
    assert queries.order_lines(made)[0].received == 150_000


def test_what_was_not_ordered_is_named(cast: Cast) -> None:
    made = order()
    with pytest.raises(Refused) as refusal:
        receive(Line(item="SALT", lot="S-1", quantity="1"), order=made.number)
    assert fields(refusal) == {"lines/0/item"}
    wrong = Line(item="SALT", lot="S-1", quantity="1", difference="wrong_item", reason="we can use it")
    receive(wrong, order=made.number)
    row = ArrivalLine.objects.get()
    assert (row.order_line, row.difference, row.reason) == (None, "wrong_item", "we can use it")


def test_an_order_of_somebody_else_or_a_draft_is_not_received_against(cast: Cast) -> None:
    made = order(send=False)
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", quantity="1"), order=made.number)
    assert fields(refusal) == {"order"}
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", quantity="1"), order="PO-0")
    assert {"order"} <= fields(refusal)
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", quantity="1"), order=order().number, supplier="SHOP")
    assert "supplier" in fields(refusal)


def test_a_reversed_receipt_opens_the_order_again(cast: Cast) -> None:
    made = order()
    receipt = receive(Line(item="TOM", lot="T-1", quantity="100"), order=made.number)
    actions.close_order(actor=ANN, order=made.uid, reason="done")
    ledger.reverse(receipt.uid, actor=ANN, reason="wrong truck")
    outbox.deliver()
    made.refresh_from_db()
    assert (made.status, queries.order_lines(made)[0].open) == ("sent", 100_000)
    assert verbs(made.uid)[-1] == "receipt taken back"
    assert Arrival.objects.get().is_reversed
    outbox.deliver()
    assert actions.settle([receipt.uid]) == 0
    receive(Line(item="TOM", lot="T-1", quantity="100"), order=made.number)
    assert on_hand("T-1") == {"STORE": 100_000}


def test_a_reversal_counts_before_anybody_is_told_of_it(cast: Cast) -> None:
    made = order()
    receipt = receive(Line(item="TOM", lot="T-1", quantity="100"), order=made.number)
    ledger.reverse(receipt.uid, actor=ANN, reason="wrong truck")
    receive(Line(item="TOM", lot="T-1", quantity="100"), order=made.number)
    assert queries.order_lines(made)[0].received == 100_000


# -- differences -----------------------------------------------------------------------------------


def test_refused_and_missing_goods_are_kept_and_not_in_stock(cast: Cast) -> None:
    made = order(Ordered(item="TOM", quantity="100"), Ordered(item="SALT", quantity="10"))
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", lot="T-1", quantity="80", refused="20"), order=made.number)
    assert fields(refusal) == {"lines/0/reason"}
    receipt = receive(
        Line(item="TOM", lot="T-1", quantity="80", refused="15", missing="5", difference="damaged",
             reason="crushed"),
        Line(item="SALT", refused="10", reason="wet"),
        order=made.number,
    )  # fmt: skip
    assert on_hand("T-1") == {"STORE": 80_000}
    assert not Lot.objects.filter(item=cast.salt).exists()
    page = queries.arrival(receipt.uid)
    assert [(line.quantity, line.refused, line.missing, line.difference) for line in page.lines] == [
        (80_000, 15_000, 5_000, "damaged"), (0, 10_000, 0, ""),
    ]  # fmt: skip
    said = browsing.event_page(receipt.uid)
    assert "15 kg TOM: crushed" in dict(said.said)["Refused"]
    assert [line.open for line in queries.order_lines(made)] == [20_000, 10_000]


def test_a_truck_sent_back_whole_is_on_record(cast: Cast) -> None:
    made = order()
    receipt = receive(Line(item="TOM", refused="100", reason="mouldy"), order=made.number)
    assert browsing.event_page(receipt.uid).event.kind == "observe"
    made.refresh_from_db()
    assert (made.status, queries.order_lines(made)[0].refused) == ("sent", 100_000)


# -- what must be told, quarantine, temperature ----------------------------------------------------


def test_what_a_rule_asks_for_must_be_told(cast: Cast) -> None:
    allow(item="TOM", required=["produced_on", "origin_country", "tlc_source", "temperature"])
    allow(supplier="FARM", required=["supplier_lot"])
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", lot="T-1", quantity="1"), supplier="FARM")
    assert fields(refusal) == {
        f"lines/0/{name}"
        for name in ("produced_on", "origin_country", "tlc_source", "temperature", "supplier_lot")
    }
    told = Line(
        item="TOM", lot="T-1", quantity="1", produced_on="2027-03-01", origin_country="IT",
        tlc_source_reference="FFRN 1", supplier_lot="4711", temperature="4,5",
    )  # fmt: skip
    receipt = receive(told, supplier="FARM")
    assert ArrivalLine.objects.get().temperature_tenths == 45
    assert dict(browsing.event_page(receipt.uid).said)["Temperature"] == "4.5 °C"
    # The lot tells what it is asked for the second time; the dock does not.
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", lot="T-1", quantity="1"), supplier="FARM")
    assert fields(refusal) == {"lines/0/temperature"}


def test_goods_wait_in_quarantine_where_a_rule_says_so(cast: Cast) -> None:
    allow(supplier="FARM", quarantine="place")
    allow(item="SALT", quarantine="none")
    allow(item="SAUCE", quarantine="hold")
    receive(
        Line(item="TOM", lot="T-1", quantity="1"), Line(item="SALT", lot="S-1", quantity="1"),
        Line(item="SAUCE", lot="C-1", quantity="1"), supplier="FARM",
    )  # fmt: skip
    assert (on_hand("T-1"), on_hand("S-1")) == ({"QUARANTINE": 1000}, {"STORE": 1000})
    assert on_hand("C-1") == {"STORE": 1}
    hold = Hold.objects.get()
    assert (hold.lot.number, hold.kind, hold.reason) == ("C-1", "quarantine", "quarantine on arrival")
    Place.objects.filter(code="QUARANTINE").update(is_active=False)
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", lot="T-2", quantity="1"), supplier="FARM")
    assert fields(refusal) == {"lines/0/place"}


def test_warm_goods_are_refused_or_held_with_a_reason(cast: Cast) -> None:
    allow(item="TOM", temperature_min="0", temperature_max="7")
    warm = Line(item="TOM", lot="T-1", quantity="1", temperature="9.1")
    with pytest.raises(Refused) as refusal:
        receive(warm, supplier="FARM")
    assert fields(refusal) == {"lines/0/temperature"}
    receive(
        Line(item="TOM", lot="T-1", quantity="1", temperature="-0.1", reason="door open"), supplier="FARM"
    )
    assert Hold.objects.get().kind == "quality"


@pytest.mark.parametrize("text", ["warm", "1000", "4.55", "--4", "٤"])
def test_a_temperature_is_a_temperature(cast: Cast, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        receive(Line(item="TOM", lot="T-1", quantity="1", temperature=text), supplier="FARM")
    assert fields(refusal) == {"lines/0/temperature"}


def test_the_suppliers_number_becomes_ours_where_a_rule_says_so(cast: Cast) -> None:
    allow(item="TOM", numbering="supplier")
    receive(
        Line(item="TOM", quantity="1", supplier_lot="4711"),
        Line(item="SALT", quantity="1", supplier_lot="4711"), supplier="FARM",
    )  # fmt: skip
    found = {lot.item.code: (lot.number, lot.supplier_lot) for lot in Lot.objects.select_related("item")}
    assert found == {"TOM": ("4711", "4711"), "SALT": ("L270303-001", "4711")}


def test_rules_of_the_same_clash_and_bad_ones_are_refused(cast: Cast) -> None:
    allow(item="TOM", over="1")
    with pytest.raises(Conflict):
        allow(item="TOM", over="2")
    with pytest.raises(Refused) as refusal:
        allow(
            item="TOM", group="g", over="-1", under="101", quarantine="x", required=["weight"],
            temperature_min="5", temperature_max="4",
        )  # fmt: skip
    assert fields(refusal) == {"group", "over", "under", "quarantine", "required", "temperature_max"}
    rule = queries.receiving_rules().get()
    actions.set_rule(actor=ANN, uid=rule.uid, item="TOM", over="3")
    assert queries.receiving_rules().get().over_tolerance == 300
    actions.remove_rule(uid=rule.uid)
    assert not queries.receiving_rules().exists()


# -- shipping notices ------------------------------------------------------------------------------


def test_a_pallet_comes_in_with_one_act(cast: Cast) -> None:
    made = pallet(expected_at=TODAY + timedelta(hours=3))
    receipt = actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    assert Place.objects.get(sscc=PALLET).parent == cast.store
    assert Place.objects.get(sscc=CASE_A).parent == Place.objects.get(sscc=PALLET)
    assert on_hand("T-1") == {f"SSCC-{CASE_A}": 60_000}
    assert str(Lot.objects.get(number="T-1").expires_on) == "2027-03-11"
    made.refresh_from_db()
    assert made.status == "received"
    assert verbs(made.uid) == ["announced", "received"]
    again = actions.receive_unit(sscc=f"(00){PALLET}", place="STORE", actor="user:bob")
    assert (again.uid, again.duplicate) == (receipt.uid, True)
    with pytest.raises(Conflict, match="received before, at Store by ann"):
        actions.receive_unit(sscc=PALLET, place="A-01", actor=ANN)
    assert sum(row.on_hand for row in book.balances(item=cast.jars.pk)) == 40


def test_a_case_may_come_before_its_pallet(cast: Cast) -> None:
    made = pallet()
    actions.receive_unit(sscc=CASE_A, place="A-01", actor=ANN)
    made.refresh_from_db()
    assert made.status == "partly"
    actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    made.refresh_from_db()
    assert made.status == "received"
    assert Place.objects.get(sscc=CASE_A).parent == cast.bin


def test_a_reversed_pallet_can_come_again(cast: Cast) -> None:
    pallet()
    first = actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    ledger.reverse(first.uid, actor=ANN, reason="wrong pallet")
    second = actions.receive_unit(sscc=PALLET, place="A-01", actor=ANN)
    assert second.uid != first.uid
    assert Place.objects.get(sscc=PALLET).parent == cast.bin
    assert on_hand("T-1") == {f"SSCC-{CASE_A}": 60_000}


def test_a_pallet_counts_for_its_order(cast: Cast) -> None:
    ordered = order(Ordered(item="TOM", quantity="60"))
    line = Announced(item="TOM", lot="T-1", quantity="60", sscc=PALLET, order=ordered.number)
    notice(line)
    actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    ordered.refresh_from_db()
    assert ordered.status == "received"


def test_a_pallet_in_quarantine_stands_there_whole(cast: Cast) -> None:
    allow(item="SALT", quarantine="place")
    pallet()
    actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    assert Place.objects.get(sscc=PALLET).parent == cast.quarantine


def test_what_the_notice_does_not_tell_is_asked_for(cast: Cast) -> None:
    allow(item="TOM", required=["temperature", "origin_country"])
    pallet()
    with pytest.raises(Refused) as refusal:
        actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    assert fields(refusal) == {"temperature", "sscc"}
    assert not Place.objects.filter(sscc=PALLET).exists()


def test_lines_of_a_notice_are_received_one_by_one(cast: Cast) -> None:
    made = notice(
        Announced(item="TOM", lot="T-1", quantity="60"), Announced(item="TOM", lot="T-2", quantity="40")
    )
    receive(Line(item="TOM", lot="T-2", quantity="30", missing="10"), notice=str(made.uid))
    made.refresh_from_db()
    page = queries.notice_page(made.uid)
    assert (made.status, [line.open for line in page.lines]) == ("partly", [60_000, 0])
    assert ArrivalLine.objects.get().difference == "short"
    with pytest.raises(Refused, match="may come for line 1 of the notice"):
        receive(Line(item="TOM", lot="T-1", quantity="61"), notice=str(made.uid))


def test_a_unit_nobody_announced_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    with pytest.raises(Refused) as refusal:
        actions.receive_unit(sscc="123", place="STORE", actor=ANN)
    assert fields(refusal) == {"sscc"}
    made = pallet()
    actions.cancel_notice(actor=ANN, notice=made.uid, reason="truck broke down")
    with pytest.raises(NotFound):
        actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)


def test_a_unit_that_stands_here_with_goods_is_not_received_again(cast: Cast) -> None:
    receive(Line(item="TOM", lot="T-1", quantity="1", sscc=PALLET), supplier="FARM")
    assert on_hand("T-1") == {f"SSCC-{PALLET}": 1000}
    pallet()
    with pytest.raises(Conflict, match="is here already, at Plant › Store"):
        actions.receive_unit(sscc=PALLET, place="STORE", actor=ANN)


def test_faults_of_a_notice_are_named_by_line(cast: Cast) -> None:
    ordered = order(send=False)
    with pytest.raises(Refused) as refusal:
        notice(
            Announced(item="TOM", quantity="1", sscc="12", produced_on="2027-03-02", expires_on="2027-03-01"),
            Announced(item="JAR", lot="x", quantity="1", sscc=CASE_A, pallet=PALLET),
            Announced(item="JAR", quantity="1", sscc=CASE_A, pallet=CASE_B),
            Announced(item="TOM", quantity="1", order=ordered.number),
            Announced(item="TOM", quantity="1", order="PO-0"),
        )
    assert fields(refusal) == {
        "lines/0/sscc", "lines/0/expires_on", "lines/1/lot", "lines/2/pallet", "lines/3/order",
        "lines/4/order",
    }  # fmt: skip
    made = pallet()
    with pytest.raises(Conflict, match="has a shipping notice DN-7 already"):
        pallet(note="again")
    assert Notice.objects.get() == made


# -- back to the supplier --------------------------------------------------------------------------


def test_goods_go_back_against_their_receipt(cast: Cast) -> None:
    made = order()
    receipt = receive(Line(item="TOM", lot="T-1", quantity="100"), order=made.number)
    receive(Line(item="TOM", lot="T-2", quantity="5"), supplier="FARM")
    back = actions.supplier_return(
        receipt=receipt.uid, place="STORE", lines=[words.Line(lot="T-1", quantity="30")], reason="mould",
        actor=ANN,
    )  # fmt: skip
    event = browsing.event_page(back.uid).event
    assert (event.document_number, event.data["receipt"]) == ("RTS-2027-00001", str(receipt.uid))
    assert verbs(made.uid)[-1] == "sent back"
    for lot, quantity, field in (("T-2", "1", "lines/0/lot"), ("T-1", "101", "lines/0/quantity")):
        with pytest.raises(Refused) as refusal:
            actions.supplier_return(
                receipt=receipt.uid, place="STORE", lines=[words.Line(lot=lot, quantity=quantity)],
                reason="mould", actor=ANN,
            )  # fmt: skip
        assert fields(refusal) == {field}


def test_more_waits_for_an_approval_where_a_rule_wants_one(cast: Cast) -> None:
    for name, role in (("pia", "planner"), ("max", "manager")):
        User.objects.create(username=name, role=role)
    approvals.keep_rule(
        actor=ANN, kind="receiving.over", name="More than ordered", steps=[Stage(role="manager")]
    )
    made = order()

    def ask(quantity: str) -> str:
        return actions.allow_over(
            actor="user:pia", order=made.uid, line=1, quantity=quantity, reason="cheap today"
        )

    assert ask("150") == "pending"
    with pytest.raises(Refused):
        receive(Line(item="TOM", lot="T-1", quantity="150"), order=made.number)
    waiting = asked_for.of("receiving.over", made.uid)
    assert waiting is not None
    approvals.decide(waiting.uid, approve=True, actor="user:max")
    outbox.deliver()
    outbox.deliver()
    receive(Line(item="TOM", lot="T-1", quantity="150"), order=made.number)
    assert verbs(made.uid).count("more allowed") == 1
    assert ask("200") == "pending"
    waiting = asked_for.of("receiving.over", made.uid)
    assert waiting is not None
    approvals.decide(waiting.uid, approve=False, actor="user:max", reason="too much")
    outbox.deliver()
    assert queries.order_lines(made)[0].allowed == 150_000
    assert "more refused" in verbs(made.uid)
