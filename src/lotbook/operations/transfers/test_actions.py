"""Requests and transfers through their actions: the whole way, and every way off it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum
from tests.rooms import ANN, Cast, fields, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as approved
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.documents import queries as steps
from lotbook.foundation.places.models import Place
from lotbook.kernel import outbox
from lotbook.kernel.errors import Conflict, NotAllowed, Refused
from lotbook.operations.transfers.actions import levels, picking, receiving, requests, sending, transfers
from lotbook.operations.transfers.models import Pick, StockRequest, Transfer
from lotbook.operations.transfers.queries import documents, expiring, pages, replenishing
from lotbook.operations.transfers.rules import Arrived, Wanted
from lotbook.traceability.allocation import queries as allocated
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold
from lotbook.traceability.lots.models import Lot

BEA = "user:bea"
PALLET = "340123456789012340"
pytestmark = pytest.mark.usefixtures("shop_floor")


def plan(*lines: Wanted, units: list[str] | None = None, **more: Any) -> Transfer:
    return transfers.create(
        source="PLANT", destination="SALE", lines=list(lines), units=units or [], actor=ANN, **more
    )


def picked(*lines: Wanted) -> Transfer:
    made = plan(*lines)
    transfers.start(transfer=made.uid, actor=ANN)
    return picking.confirm_all(transfer=made.uid, actor=ANN)


def sent(*lines: Wanted) -> Transfer:
    return sending.send(transfer=picked(*lines).uid, actor=ANN)


def way(row: Transfer) -> Place:
    assert row.transit is not None
    return row.transit


def lots(*numbers: str) -> dict[str, Lot]:
    return {row.number: row for row in Lot.objects.filter(number__in=numbers)}


def stock() -> dict[tuple[str, str], int]:
    return {(row.number, row.place_code): row.on_hand for row in ledger.balances()}


def dated(cast: Cast, number: str, day: str, quantity: int = 10) -> None:
    """A lot of salt that expires that day, in the store."""
    from datetime import date

    ref = LotRef(cast.salt.pk, number, facts={"expires_on": date.fromisoformat(day)})
    difference = Place.objects.get(code="DIFFERENCE").pk
    from tests.rooms import TODAY

    book.post(
        [Draft("opening", TODAY, moves=[Move(ref, difference, cast.store.pk, quantity * 1000)])], actor=ANN
    )


def verbs(document: object) -> list[str]:
    return [step.verb for step in steps.steps(document)]  # type: ignore[arg-type]


def someone(name: str, role: str = "manager") -> User:
    return User.objects.create(username=name, role=role)


def rule(kind: str) -> None:
    approvals.keep_rule(actor=ANN, kind=kind, name="Ask a manager", steps=[Stage("manager")])


# -- the whole way ---------------------------------------------------------------------------------


def test_a_transfer_from_plan_to_receipt(cast: Cast) -> None:
    dated(cast, "S-LATE", "2027-06-01")
    dated(cast, "S-SOON", "2027-04-01")
    made = plan(Wanted("SALT", "12", "kg"))
    assert (made.number, made.status) == ("TR-2027-00001", "open")
    started = transfers.start(transfer=made.uid, actor=ANN)
    assert started.status == "picking"
    rows = pages.pick_rows(started)
    assert [(row.pick.lot.number, row.pick.quantity) for row in rows] == [
        ("S-SOON", 10_000),
        ("S-LATE", 2_000),
    ]
    assert "expires 01 APR 2027" in rows[0].pick.why
    for row in rows:
        picking.confirm(transfer=made.uid, pick=row.pick.uid, actor=BEA)
    ready = sending.send(
        transfer=made.uid, actor=BEA, carrier="VAN", vehicle="B-LT 7", seal="S99", celsius="-2.5"
    )
    assert ready.status == "in_transit"
    assert stock() == {("S-LATE", "STORE"): 8_000, ("S-SOON", way(ready).code): 10_000,
                       ("S-LATE", way(ready).code): 2_000}  # fmt: skip
    assert not allocated.claims(made.uid)
    done = receiving.receive(transfer=made.uid, actor=ANN)
    assert (done.status, done.received_at is not None) == ("received", True)
    assert stock() == {("S-LATE", "STORE"): 8_000, ("S-SOON", "SALE"): 10_000, ("S-LATE", "SALE"): 2_000}
    assert not Place.objects.get(pk=way(ready).pk).is_active
    assert verbs(made.uid) == ["planned", "reserved", "sent", "received"]
    assert not check().findings


def test_goods_in_transit_cannot_be_used(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    made = sent(Wanted("SALT", "10"))
    lot = lots("S-1")["S-1"]
    run = Place.objects.create(code="RUN-X", kind="run")
    from tests.rooms import TODAY

    with pytest.raises(Refused, match="travels with transfer TR-"):
        book.post([Draft("consume", TODAY, moves=[Move(lot.pk, way(made).pk, run.pk, 1)])], actor=ANN)


def test_the_same_form_acts_once(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    uid = uuid4()
    first = plan(Wanted("SALT", "1"), uid=uid)
    assert plan(Wanted("SALT", "1"), uid=uid).pk == first.pk
    with pytest.raises(Conflict, match="other content"):
        plan(Wanted("SALT", "2"), uid=uid)
    transfers.start(transfer=first.uid, actor=ANN)
    picking.confirm_all(transfer=first.uid, actor=ANN)
    again = uuid4()
    for _ in range(2):
        assert sending.send(transfer=first.uid, actor=ANN, uid=again).status == "in_transit"
    with pytest.raises(Conflict, match="in transit"):
        sending.send(transfer=first.uid, actor=ANN)


def test_faults_name_the_fields(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        plan(Wanted("NOPE", "1"), Wanted("SALT", "-1"), Wanted("TOM", "1", lot="T-9"), units=["999"])
    assert fields(refusal) == {"lines/0/item", "lines/1/quantity", "lines/2/lot", "units/0"}
    with pytest.raises(Refused) as refusal:
        transfers.create(source="PLANT", destination="STORE", lines=[Wanted("SALT", "1")], actor=ANN)
    assert fields(refusal) == {"source"}
    with pytest.raises(Refused) as refusal:
        transfers.create(source="PLANT", destination="SALE", actor=ANN)
    assert fields(refusal) == {"lines/0/item"}


# -- picking ---------------------------------------------------------------------------------------


def test_another_lot_needs_a_reason_and_its_reservation(cast: Cast) -> None:
    dated(cast, "S-SOON", "2027-04-01")
    dated(cast, "S-LATE", "2027-06-01")
    made = plan(Wanted("SALT", "5"))
    transfers.start(transfer=made.uid, actor=ANN)
    one = Pick.objects.get()
    with pytest.raises(Refused) as refusal:
        picking.confirm(transfer=made.uid, pick=one.uid, lot="S-LATE", actor=ANN)
    assert fields(refusal) == {"reason"}
    picking.confirm(transfer=made.uid, pick=one.uid, lot="S-LATE", reason="in front", actor=ANN)
    one.refresh_from_db()
    claims = allocated.claims(made.uid)
    assert [(claim.lot_id, claim.quantity) for claim in claims] == [(lots("S-LATE")["S-LATE"].pk, 5_000)]
    assert (one.reason, one.lot.number, str(one.suggested_lot)) == ("in front", "S-LATE", "S-SOON")
    assert sending.send(transfer=made.uid, actor=ANN).status == "in_transit"


def test_a_short_pick_is_recorded_and_the_rest_can_be_reserved(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    made = plan(Wanted("SALT", "10"))
    transfers.start(transfer=made.uid, actor=ANN)
    one = Pick.objects.get()
    with pytest.raises(Refused) as refusal:
        picking.confirm(transfer=made.uid, pick=one.uid, quantity="7", actor=ANN)
    assert fields(refusal) == {"reason"}
    with pytest.raises(Refused) as refusal:
        picking.confirm(transfer=made.uid, pick=one.uid, quantity="11", actor=ANN)
    assert fields(refusal) == {"quantity"}
    picking.confirm(transfer=made.uid, pick=one.uid, quantity="7", reason="a bag is torn", actor=ANN)
    one.refresh_from_db()
    assert (one.quantity, one.short) == (7_000, 3_000)
    with pytest.raises(Conflict, match="picked already"):
        picking.confirm(transfer=made.uid, pick=one.uid, actor=ANN)
    assert sending.send(transfer=made.uid, actor=ANN).status == "in_transit"
    assert receiving.receive(transfer=made.uid, actor=ANN).status == "differences"
    assert stock() == {("S-1", "STORE"): 3_000, ("S-1", "SALE"): 7_000}


def test_a_held_lot_falls_off_the_pick_list(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    made = picked(Wanted("SALT", "5"))
    from tests.rooms import TODAY

    hold = PutHold(lots("S-1")["S-1"].pk, "quality", uuid4())
    book.post([Draft("hold", TODAY, holds=[hold], reason="taste")], actor=ANN)
    outbox.deliver()
    assert Pick.objects.get().claim is None
    assert "reservation fell" in verbs(made.uid)
    with pytest.raises(Refused) as refusal:
        sending.send(transfer=made.uid, actor=ANN)
    assert fields(refusal) == {"picks/0"}
    assert stock() == {("S-1", "STORE"): 10_000}


def test_what_is_reserved_for_others_is_not_given(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    first = plan(Wanted("SALT", "8"))
    transfers.start(transfer=first.uid, actor=ANN)
    second = plan(Wanted("SALT", "8"))
    transfers.start(transfer=second.uid, actor=ANN)
    assert sum(Pick.objects.filter(transfer=second).values_list("quantity", flat=True)) == 2_000
    assert "missing" in steps.steps(second.uid)[-1].text
    transfers.cancel(transfer=first.uid, reason="not needed", actor=ANN)
    assert not allocated.claims(first.uid)
    transfers.start(transfer=second.uid, actor=ANN)
    assert sum(Pick.objects.filter(transfer=second).values_list("quantity", flat=True)) == 8_000


# -- units -----------------------------------------------------------------------------------------


def test_goods_packed_on_a_pallet_travel_whole(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "A-1", "20"), ("SALT", "S-1", "5"))
    made = picked(Wanted("SAUCE", "12"), Wanted("SALT", "2"))
    picking.pack(transfer=made.uid, unit=PALLET, picks=[one.uid for one in Pick.objects.all()], actor=ANN)
    unit = Place.objects.get(sscc=PALLET)
    assert unit.parent_id == cast.plant.pk
    sending.send(transfer=made.uid, actor=ANN)
    unit.refresh_from_db()
    row = Transfer.objects.get()
    assert unit.parent_id == row.transit_id
    assert stock()["A-1", unit.code] == 12
    arrived = [
        Arrived(str(one.uid), quantity="9", damaged="1") if one.lot.number == "A-1"
        else Arrived(str(one.uid), quantity="2")
        for one in Pick.objects.select_related("lot")
    ]  # fmt: skip
    done = receiving.receive(transfer=made.uid, arrived=arrived, actor=BEA)
    unit.refresh_from_db()
    assert unit.parent is not None
    assert (done.status, unit.parent.code) == ("short", "SALE")
    assert stock() == {
        ("A-1", "STORE"): 8, ("S-1", "STORE"): 3_000, ("A-1", unit.code): 9, ("S-1", unit.code): 2_000,
        ("A-1", "CAGE"): 1, ("A-1", way(row).code): 2,
    }  # fmt: skip
    assert not allocated.claims(made.uid)
    receiving.take_back(transfer=made.uid, reason="wrong count", actor=BEA)
    unit.refresh_from_db()
    assert unit.parent_id == row.transit_id
    assert stock()["A-1", unit.code] == 12
    assert receiving.receive(transfer=made.uid, actor=BEA).status == "received"
    assert not check().findings


def test_a_whole_unit_by_its_sscc(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "A-1", "20"))
    first = picked(Wanted("SAUCE", "5"))
    picking.pack(transfer=first.uid, unit=PALLET, picks=[Pick.objects.get().uid], actor=ANN)
    transfers.cancel(transfer=first.uid, reason="later", actor=ANN)
    made = plan(units=[PALLET])
    transfers.start(transfer=made.uid, actor=ANN)
    assert sending.send(transfer=made.uid, actor=ANN).status == "in_transit"
    receiving.take_back(transfer=made.uid, reason="van broke down", actor=ANN)
    unit = Place.objects.get(sscc=PALLET)
    assert unit.parent_id == cast.plant.pk
    assert sending.send(transfer=made.uid, actor=ANN).status == "in_transit"
    assert receiving.receive(transfer=made.uid, actor=BEA).status == "received"
    assert stock() == {("A-1", "STORE"): 15, ("A-1", unit.code): 5}
    with pytest.raises(Refused) as refusal:
        plan(units=[PALLET])
    assert fields(refusal) == {"units/0"}


# -- differences -----------------------------------------------------------------------------------


def test_missing_goods_stay_in_transit_until_settled(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    made = sent(Wanted("SALT", "10"))
    one = Pick.objects.get()
    short = receiving.receive(transfer=made.uid, arrived=[Arrived(str(one.uid), "6", "1")], actor=ANN)
    assert short.status == "short"
    assert stock() == {("S-1", "SALE"): 6_000, ("S-1", "CAGE"): 1_000, ("S-1", way(short).code): 3_000}
    done, ways = short, {"found": "1", "returned": "1", "lost": ""}
    for how, quantity in ways.items():
        with pytest.raises(Refused) as refusal:
            receiving.settle(transfer=made.uid, pick=one.uid, how=how, quantity="9", reason="x", actor=ANN)
        assert fields(refusal) == {"quantity"}
        done = receiving.settle(
            transfer=made.uid, pick=one.uid, how=how, quantity=quantity, reason="looked again", actor=ANN
        )
    assert done.status == "differences"
    assert stock() == {("S-1", "SALE"): 7_000, ("S-1", "CAGE"): 1_000, ("S-1", "PLANT"): 1_000}
    assert ledger.on_hand(one.lot_id, Place.objects.get(code="LOSS").pk) == 1_000
    assert not check().findings


def test_more_than_was_sent_is_a_difference(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    made = sent(Wanted("SALT", "5"))
    line = Arrived(str(Pick.objects.get().uid), "6")
    with pytest.raises(Refused) as refusal:
        receiving.receive(transfer=made.uid, arrived=[line], actor=ANN)
    assert fields(refusal) == {"reason"}
    done = receiving.receive(transfer=made.uid, arrived=[line], reason="miscounted there", actor=ANN)
    assert done.status == "differences"
    assert stock() == {("S-1", "STORE"): 5_000, ("S-1", "SALE"): 6_000}


def test_a_loss_above_the_limit_waits_for_somebody_else(cast: Cast) -> None:
    someone("ann"), someone("bea")
    rule("transfers.difference")
    stocked(cast, ("SALT", "S-1", "10"))
    made = sent(Wanted("SALT", "5"))
    one = Pick.objects.get()
    receiving.receive(transfer=made.uid, arrived=[Arrived(str(one.uid), "4")], actor=ANN)
    waits = receiving.settle(transfer=made.uid, pick=one.uid, how="lost", reason="fell off", actor=ANN)
    assert waits.status == "short"
    pending = waits.arrivals.get(state="pending")
    with pytest.raises(Refused):
        receiving.settle(transfer=made.uid, pick=one.uid, how="lost", reason="again", actor=ANN)
    approval = approved.of("transfers.difference", pending.uid)
    assert approval is not None
    with pytest.raises(NotAllowed):
        approvals.decide(approval.uid, approve=True, actor=ANN)
    approvals.decide(approval.uid, approve=True, actor=BEA)
    outbox.deliver()
    made.refresh_from_db()
    assert made.status == "differences"
    assert stock() == {("S-1", "STORE"): 5_000, ("S-1", "SALE"): 4_000}


def test_reversals_in_the_book_reach_the_document(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "10"))
    made = sent(Wanted("SALT", "5"))
    done = receiving.receive(transfer=made.uid, actor=ANN)
    receipt = done.arrivals.get().event
    assert receipt is not None
    book.reverse(receipt, actor=ANN, reason="wrong door")
    outbox.deliver()
    made.refresh_from_db()
    assert made.status == "in_transit"
    assert Place.objects.get(pk=way(made).pk).is_active
    one = Pick.objects.get()
    assert one.sent_event is not None
    book.reverse(one.sent_event, actor=ANN, reason="wrong truck")
    outbox.deliver()
    made.refresh_from_db()
    assert made.status == "picked"
    assert stock() == {("S-1", "STORE"): 10_000}
    assert [claim.quantity for claim in allocated.claims(made.uid)] == [5_000]
    assert sending.send(transfer=made.uid, actor=ANN).status == "in_transit"
    assert receiving.receive(transfer=made.uid, actor=ANN).status == "received"
    assert not check().findings


# -- requests --------------------------------------------------------------------------------------


def ask(*lines: Wanted, **more: Any) -> StockRequest:
    return requests.create(destination="SALE", lines=list(lines), ask=True, actor=ANN, **more)


def test_a_request_without_a_rule_is_approved_at_once(cast: Cast) -> None:
    made = ask(Wanted("SALT", "5"))
    assert made.status == "approved"
    assert "approved automatically" in verbs(made.uid)


def test_a_request_is_approved_in_part_by_somebody_else(cast: Cast) -> None:
    someone("ann"), someone("bea")
    rule("transfers.request")
    stocked(cast, ("SALT", "S-1", "10"))
    made = ask(Wanted("SALT", "9"), Wanted("TOM", "1"), reason="market day")
    assert made.status == "asked"
    with pytest.raises(NotAllowed):
        requests.decide(request=made.uid, approve=True, actor=ANN)
    with pytest.raises(Refused) as refusal:
        requests.decide(request=made.uid, approve=True, quantities={1: "10"}, actor=BEA)
    assert fields(refusal) == {"lines/0/quantity"}
    done = requests.decide(
        request=made.uid, approve=True, quantities={1: "4", 2: "0"}, source="PLANT", actor=BEA
    )
    assert done.status == "approved"
    assert [line.approved for line in done.lines.all()] == [4_000, 0]
    transfer = transfers.from_request(request=made.uid, actor=ANN)
    assert [(line.item.code, line.quantity) for line in transfer.lines.all()] == [("SALT", 4_000)]
    transfers.start(transfer=transfer.uid, actor=ANN)
    picking.confirm_all(transfer=transfer.uid, actor=ANN)
    sending.send(transfer=transfer.uid, actor=ANN)
    made.refresh_from_db()
    assert made.status == "in_transit"
    receiving.receive(transfer=transfer.uid, actor=BEA)
    made.refresh_from_db()
    assert made.status == "received"


def test_the_inbox_decides_too(cast: Cast) -> None:
    someone("ann"), someone("bea")
    rule("transfers.request")
    for approve, status in ((True, "approved"), (False, "refused")):
        made = ask(Wanted("SALT", "9"))
        approval = approved.of("transfers.request", made.uid)
        assert approval is not None
        approvals.decide(approval.uid, approve=approve, actor=BEA, reason="so it is")
        outbox.deliver()
        made.refresh_from_db()
        assert made.status == status


def test_a_request_served_from_two_places_and_closed(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "3"))
    made = ask(Wanted("SALT", "5"), Wanted("TOM", "1"))
    with pytest.raises(Refused) as refusal:
        transfers.from_request(request=made.uid, actor=ANN)
    assert fields(refusal) == {"source"}
    first = transfers.from_request(request=made.uid, source="PLANT", lines=[1], actor=ANN)
    transfers.start(transfer=first.uid, actor=ANN)
    picking.confirm_all(transfer=first.uid, actor=ANN)
    sending.send(transfer=first.uid, actor=ANN)
    receiving.receive(transfer=first.uid, actor=ANN)
    made.refresh_from_db()
    assert made.status == "approved"
    second = transfers.from_request(request=made.uid, source="PLANT", actor=ANN)
    assert [(line.item.code, line.quantity) for line in second.lines.all()] == [
        ("SALT", 2_000),
        ("TOM", 1_000),
    ]
    transfers.cancel(transfer=second.uid, reason="nothing there", actor=ANN)
    closed = requests.close(request=made.uid, reason="enough", actor=ANN)
    assert closed.status == "differences"


def test_drafts_are_changed_and_requests_cancelled(cast: Cast) -> None:
    draft = requests.create(destination="SALE", lines=[Wanted("SALT", "1")], actor=ANN)
    changed = requests.amend(
        request=draft.uid, destination="SALE", source="STORE", actor=ANN,
        lines=[Wanted("TOM", "2"), Wanted("SALT", "3")],
    )  # fmt: skip
    assert [line.item.code for line in changed.lines.all()] == ["TOM", "SALT"]
    assert requests.ask(request=draft.uid, actor=ANN).status == "approved"
    with pytest.raises(Conflict, match="approved"):
        requests.ask(request=draft.uid, actor=ANN)
    with pytest.raises(Refused) as refusal:
        requests.cancel(request=draft.uid, reason=" ", actor=ANN)
    assert fields(refusal) == {"reason"}
    assert requests.cancel(request=draft.uid, reason="typo", actor=ANN).status == "cancelled"


# -- levels and expiry -----------------------------------------------------------------------------


def test_what_is_below_counts_what_is_free_and_coming(cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "100"))
    level = levels.keep(
        item="SALT", place="OUTLET", minimum="10", maximum="50", source="PLANT", lead_days=2, actor=ANN
    )
    (row,) = replenishing.below()
    assert (row.suggested, row.free) == (50_000, 0)
    sent(Wanted("SALT", "4"))
    (row,) = replenishing.below()
    assert (row.suggested, row.in_transit) == (46_000, 4_000)
    uid = uuid4()
    made = levels.fill_up(actor=ANN, uid=uid)
    assert levels.fill_up(actor=ANN, uid=uid) == made
    assert [(one.destination.code, one.source.code) for one in made if one.source] == [("OUTLET", "PLANT")]
    assert replenishing.below() == []
    assert replenishing.standing([level])[0].asked == 46_000
    with pytest.raises(Refused):
        levels.fill_up(actor=ANN)


def test_levels_are_read_from_a_list(cast: Cast) -> None:
    text = "Item;Place;Min;Max;From;Bought from\nSALT;SALE;1,5;20;STORE;\nTOM;SALE;2;4;;FARM\n"
    assert levels.read_file(data=text.encode(), actor=ANN) == 2
    assert levels.read_file(data=text.replace("20", "25").encode(), actor=ANN) == 2
    rows = [(one.item.code, one.minimum, one.maximum) for one in documents.levels()]
    assert rows == [("SALT", 1_500, 25_000), ("TOM", 2_000, 4_000)]
    with pytest.raises(Refused) as refusal:
        levels.read_file(data=b"item,place,minimum,maximum\nNOPE,SALE,1,2\nSALT,SALE,3,2\n", actor=ANN)
    assert fields(refusal) == {"row 2, column 'item'", "row 3, column 'maximum'"}


def test_lots_that_expire_and_what_could_be_done(cast: Cast) -> None:
    dated(cast, "S-GONE", "2027-03-01")
    dated(cast, "S-SOON", "2027-03-08")
    dated(cast, "S-LATE", "2027-05-01")
    levels.keep(item="SALT", place="SALE", minimum="1", maximum="5", actor=ANN)
    shown = expiring.shown(expiring.rows(within=7))
    assert [(one.row.lot.number, one.days) for one in shown] == [("S-GONE", -2), ("S-SOON", 5)]
    assert [one.row.lot.number for one in expiring.shown(expiring.rows(within=None))] == ["S-GONE"]
    words = [way.words for way in shown[1].ways]
    assert "Move to SALE, which is short" in words
    assert "Use first: nothing is reserved of it yet" in words
    assert next(way.words for way in shown[0].ways) == "Scrap"
    assert [count for _, count, _ in expiring.counts()] == [1, 1, 1, 2]


def test_sums_agree(cast: Cast) -> None:
    """What was sent is what arrived, what is on the way, and what was settled."""
    stocked(cast, ("SALT", "S-1", "10"))
    sent(Wanted("SALT", "5"))
    assert Pick.objects.aggregate(all=Sum("quantity"))["all"] == 5_000
