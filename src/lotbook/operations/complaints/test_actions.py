"""Complaints through their actions: what is understood, refused, told on, and erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents.models import Step
from lotbook.foundation.places import actions as places
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.operations.complaints import actions, queries
from lotbook.operations.complaints.models import Complaint, Contact
from lotbook.operations.complaints.reading import Told
from lotbook.operations.complaints.rules import Reach
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Receipt
from lotbook.traceability.lots.models import Lot

GTIN = "09526543006015"


@pytest.fixture
def sold(cast: Cast) -> Cast:
    """Lots S-1001 and S-1002 of sauce in stock; S-1001 went to the shop."""
    Item.objects.filter(pk=cast.sauce.pk).update(gtin=GTIN)
    stocked(cast, ("SAUCE", "S-1001", "100"), ("SAUCE", "S-1002", "100"))
    Lot.objects.filter(number="S-1001").update(expires_on="2028-03-02")
    Lot.objects.filter(number="S-1002").update(expires_on="2028-03-02")
    ship(cast, "S-1001", 20, "DN-1")
    return cast


def ship(cast: Cast, lot: str, quantity: int, number: str) -> Receipt:
    move = Move(LotRef(cast.sauce.pk, lot, 1), cast.store.pk, places.partner_place(cast.shop).pk, quantity)
    draft = Draft("ship", TODAY, moves=[move], document_kind="delivery note", document_number=number)
    answer = ledger.post([draft], actor=ANN)[0]
    assert isinstance(answer, Receipt)
    return answer


def received(reach: Reach = Reach(), **told: Any) -> Complaint:  # noqa: B008 – frozen
    return actions.receive(actor=ANN, told=Told(**{"symptoms": ("taste",), **told}), reach=reach)


def messages(topic: str) -> list[Mapping[str, Any]]:
    return [row.payload for row in OutboxMessage.objects.filter(topic=topic).order_by("pk")]


def test_a_lot_that_is_known_is_linked_and_numbers_follow(sold: Cast) -> None:
    one = received(item="SAUCE", lot="S-1001")
    two = received(lot="S-1002")
    assert (one.number, two.number) == ("CP-2027-00001", "CP-2027-00002")
    assert one.lot is not None
    assert (one.lot.number, one.item, one.status) == ("S-1001", sold.sauce, "open")
    assert two.item == sold.sauce
    numbers = ("S-1001", "S-1002")
    known = sorted(Lot.objects.filter(number__in=numbers).values_list("pk", flat=True))
    assert queries.lots_of([one.uid, two.uid, uuid4()]) == known
    assert [row.uid for row in queries.open_for_lots([one.lot_id or 0])] == [one.uid]
    (told, _) = messages(actions.RECEIVED)
    assert told["lot"] == str(one.lot.uid)
    assert told["symptoms"] == ["taste"]


def test_a_scan_says_item_lot_and_date(sold: Cast) -> None:
    one = received(scan=f"(01){GTIN}(10)S-1001(15)280302")
    assert one.lot is not None
    assert (one.lot.number, str(one.best_before_on)) == ("S-1001", "2028-03-02")
    other = received(scan=f"01{GTIN}10S-1001\x1d15280302")
    assert other.lot == one.lot
    unknown = received(scan=f"(01){GTIN}(10)NOT-OURS")
    assert (unknown.item, unknown.lot, unknown.lot_text) == (sold.sauce, None, "NOT-OURS")
    with pytest.raises(Refused) as refusal:
        received(scan="(01)09526543006016")
    assert fields(refusal) == {"scan"}


def test_what_could_be_read_leads_to_candidates_and_one_is_chosen(sold: Cast) -> None:
    one = received(item="SAUCE", lot="100", best_before_on="2028-03-02", partner="SHOP")
    assert (one.lot, one.lot_text) == (None, "100")
    page = queries.page(one.uid)
    assert [(row.lot.number, row.why) for row in page.candidates] == [
        ("S-1001", ("number", "date", "delivered")), ("S-1002", ("number", "date")),
    ]  # fmt: skip
    actions.choose_lot(complaint=one.uid, lot=page.candidates[0].lot.uid, actor=ANN)
    page = queries.page(one.uid)
    assert page.candidates == []
    assert [(row.sent.number, row.sent.quantity, row.chosen) for row in page.carried] == [("DN-1", 20, False)]
    actions.link_shipments(complaint=one.uid, events=[page.carried[0].sent.event], actor=ANN)
    page = queries.page(one.uid)
    assert [row.number for row in page.linked] == ["DN-1"]
    assert page.carried[0].chosen
    with pytest.raises(Refused) as refusal:
        actions.link_shipments(complaint=one.uid, events=[uuid4()], actor=ANN)
    assert fields(refusal) == {"shipments"}
    assert [step.verb for step in Step.objects.filter(document=one.uid).order_by("pk")] == [
        "received", "lot found", "shipments linked",
    ]  # fmt: skip


def test_a_shipment_that_was_taken_back_carried_nothing(sold: Cast) -> None:
    second = ship(sold, "S-1002", 5, "DN-2")
    one = received(item="SAUCE", lot="S-1002", partner="SHOP")
    assert [row.sent.number for row in queries.page(one.uid).carried] == ["DN-2"]
    ledger.reverse(second.uid, reason="wrong pallet", actor=ANN)
    assert queries.page(one.uid).carried == []


def test_a_number_that_several_items_use_asks_which(sold: Cast) -> None:
    stocked(sold, ("TOM", "S-1001", "5"))
    with pytest.raises(Refused) as refusal:
        received(lot="S-1001")
    assert fields(refusal) == {"item"}
    one = received(lot="S-1001", item="TOM")
    assert one.lot is not None
    assert one.lot.item == sold.tomatoes


def test_a_refusal_names_every_fault_and_saves_nothing(sold: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        received(
            complainant="customer", symptoms=("hunger",), item="NOPE", harm="some", units_affected="0",
            received_at=TODAY + timedelta(days=1),
        )  # fmt: skip
    assert fields(refusal) == {"symptoms", "item", "partner", "harm", "units_affected", "received_at"}
    with pytest.raises(Refused) as refusal:
        received(symptoms=())
    assert "symptoms" in fields(refusal)
    with pytest.raises(Refused) as refusal:
        received()
    assert fields(refusal) == {"item"}
    with pytest.raises(Refused) as refusal:
        received(Reach(email="carol at home"), description="sour")
    assert fields(refusal) == {"email"}
    assert not Complaint.objects.exists()
    assert not messages(actions.RECEIVED)


def test_the_same_form_twice_is_one_complaint(sold: Cast) -> None:
    uid, told = uuid4(), Told(item="SAUCE", symptoms=("taste",))
    one = actions.receive(actor=ANN, told=told, uid=uid)
    assert actions.receive(actor=ANN, told=told, uid=uid) == one
    with pytest.raises(Conflict):
        actions.receive(actor=ANN, told=Told(item="TOM", symptoms=("taste",)), uid=uid)
    assert Complaint.objects.count() == 1


def test_it_is_changed_investigated_closed_and_opened_again(sold: Cast) -> None:
    one = received(item="SAUCE", lot="S-1001", description="Carol says it is sour")
    changed = actions.change(
        complaint=one.uid, actor=ANN, harm="suspected", symptoms=["illness"], description="sour",
        reason="called",
    )  # fmt: skip
    assert (changed.lot, changed.harm, queries.symptoms_of(changed)) == (one.lot, "suspected", ["illness"])
    step = Step.objects.filter(document=one.uid).latest("pk")
    assert (
        step.text
        == "description; harm: no → suspected; severity: minor → major; symptoms: taste or smell → illness"
    )
    assert not Step.objects.filter(text__contains="Carol").exists()
    actions.change(complaint=one.uid, actor=ANN, lot="S-1002")
    assert queries.complaint(one.uid).lot != one.lot
    actions.change(complaint=one.uid, actor=ANN, item="TOM", lot="")
    assert (queries.complaint(one.uid).lot, queries.complaint(one.uid).item) == (None, sold.tomatoes)
    actions.investigate(complaint=one.uid, actor=ANN)
    with pytest.raises(Conflict):
        actions.investigate(complaint=one.uid, actor=ANN)
    with pytest.raises(Refused) as refusal:
        actions.close(complaint=one.uid, outcome="", finding=" ", actor=ANN)
    assert fields(refusal) == {"outcome", "finding"}
    actions.close(complaint=one.uid, outcome="confirmed", finding="pH 4.9", actor=ANN)
    with pytest.raises(Conflict):
        actions.change(complaint=one.uid, actor=ANN, harm="no")
    with pytest.raises(Conflict):
        actions.close(complaint=one.uid, outcome="confirmed", finding="again", actor=ANN)
    with pytest.raises(Conflict):
        actions.choose_lot(complaint=one.uid, lot=uuid4(), actor=ANN)
    assert messages(actions.CLOSED)[0]["outcome"] == "confirmed"
    with pytest.raises(Refused):
        actions.reopen(complaint=one.uid, reason="", actor=ANN)
    again = actions.reopen(complaint=one.uid, reason="a second person", actor=ANN)
    assert (again.status, again.outcome, again.closed_at) == ("open", "", None)
    assert Step.objects.filter(document=one.uid, reason="pH 4.9").exists()


def test_a_recall_case_is_a_plain_reference(sold: Cast) -> None:
    one, case = received(item="SAUCE", lot="S-1001"), uuid4()
    actions.close(complaint=one.uid, outcome="confirmed", finding="sour", actor=ANN)
    actions.link_recall(complaint=one.uid, case=case, number="RC-2027-00001", actor=ANN)
    assert [row.uid for row in queries.of_recall(case)] == [one.uid]
    assert messages(actions.CHANGED)[-1]["recall"] == str(case)
    actions.link_recall(complaint=one.uid, case=None, actor=ANN)
    assert not queries.of_recall(case)


def test_who_complained_stands_apart_and_is_erased_for_good(sold: Cast) -> None:
    carol = Reach("Carol Danvers", "+1 503 555 0100", "carol@example.com", "1 Elm Street")
    one = received(carol, item="SAUCE", lot="S-1001")
    assert queries.page(one.uid).contact is not None
    everywhere = [
        *OutboxMessage.objects.values_list("payload", flat=True),
        *Step.objects.values("text", "data"),
    ]
    assert not any(word in str(everywhere) for word in ("Carol", "0100", "example.com", "Elm"))
    actions.close(complaint=one.uid, outcome="undetermined", finding="no sample", actor=ANN)
    with pytest.raises(Refused):
        actions.erase_contact(complaint=one.uid, reason="", actor=ANN)
    actions.erase_contact(complaint=one.uid, reason="she asked", actor=ANN)
    kept = Contact.objects.get(complaint=one)
    assert (kept.name, kept.phone, kept.email, kept.address, kept.erased_by) == ("", "", "", "", ANN)
    with pytest.raises(Conflict):
        actions.erase_contact(complaint=one.uid, reason="again", actor=ANN)
    actions.reopen(complaint=one.uid, reason="more", actor=ANN)
    with pytest.raises(Conflict):
        actions.set_contact(complaint=one.uid, reach=carol, actor=ANN)
    assert Complaint.objects.filter(pk=one.pk).exists()


def test_several_of_one_story_are_told_on_once_each(sold: Cast) -> None:
    one = received(item="SAUCE", lot="S-1001")
    assert messages(actions.CLUSTER) == []
    two = received(item="SAUCE", lot="S-1001", symptoms=("packaging",))
    (told,) = messages(actions.CLUSTER)
    assert (told["kind"], told["complaints"]) == ("lot", [str(one.uid), str(two.uid)])
    actions.change(complaint=two.uid, actor=ANN, harm="yes")
    assert len(messages(actions.CLUSTER)) == 1
    three = received(item="SAUCE", lot="S-1002")
    assert len(messages(actions.CLUSTER)) == 1
    received(item="SAUCE", symptoms=("taste", "illness"))
    last = messages(actions.CLUSTER)[-1]
    assert (last["kind"], last["symptom"], len(last["complaints"]), len(last["lots"])) == (
        "symptom",
        "taste",
        3,
        2,
    )
    assert {row.pk for row in queries.complaints(clustered=True)} >= {one.pk, two.pk, three.pk}
    actions.close(complaint=two.uid, outcome="not_confirmed", finding="crushed at home", actor=ANN)
    assert [warning.kind for warning in queries.warnings()] == ["symptom"]
