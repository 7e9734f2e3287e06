"""Goods of a recall that are on their way: flagged on the documents, at arrival, and listed in the case."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import rooms
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import moving, scoping
from lotbook.kernel import clock
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.models import Shipment
from lotbook.operations.transfers.actions import picking, receiving, sending
from lotbook.operations.transfers.actions import transfers as moves
from lotbook.operations.transfers.models import Transfer
from lotbook.operations.transfers.rules import Wanted
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Hold, Lot


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY)
    return rooms.small()


@pytest.fixture
def ann(cast: Cast, client: Client) -> Client:
    person = accounts.create_user(
        username="a.manager", password="correct-horse-9", role="manager", actor="lotbook"
    )
    client.force_login(person)
    return client


@pytest.fixture
def sent(cast: Cast) -> Transfer:
    """S-1: 4 of 10 on the way from STORE to the outlet with Corriere Blu."""
    stocked(cast, ("SALT", "S-1", "10"))
    outlet = places.create_place(actor=ANN, code="OUTLET", kind="site", name="Outlet")
    places.create_place(actor=ANN, code="SALE", kind="area", name="Sale", parent=outlet.uid)
    partners.create_partner(actor=ANN, code="VAN", name="Corriere Blu", is_carrier=True)
    made = moves.create(lines=[Wanted("SALT", "4")], source="PLANT", destination="SALE", actor=ANN)
    moves.start(transfer=made.uid, actor=ANN)
    picking.confirm_all(transfer=made.uid, actor=ANN)
    return sending.send(transfer=made.uid, carrier="VAN", vehicle="B-LT 7", actor=ANN)


def frozen(number: str = "S-1") -> Case:
    given = scoping.of_lots([Lot.objects.get(number=number).uid])
    case = actions.open_case(kind="recall", reason="glass in salt", suspects=given, actor=ANN)
    actions.take_scope(case=case.uid, actor=ANN)
    return actions.freeze(case=case.uid, actor=ANN).case


def text(answer: Any) -> str:
    return html.unescape(str(answer.content.decode()))


def test_a_transfer_on_its_way_is_flagged_and_arrives_on_hold(ann: Client, sent: Transfer) -> None:
    for path in (f"/transfers/{sent.uid}", "/transfers", f"/transfers/{sent.uid}/receive"):
        assert "recall" not in text(ann.get(path)).split("<main")[1], path  # the control
    case = frozen()
    page = text(ann.get(f"/transfers/{sent.uid}"))
    assert "Held by a recall. It arrives on hold" in page
    assert case.number in page
    assert "recalled goods" in text(ann.get("/transfers"))
    assert "Take it in and put it aside" in text(ann.get(f"/transfers/{sent.uid}/receive"))
    (one,) = moving.on_the_way(case)
    assert (one.number, one.carrier, one.vehicle, one.consignee) == (
        sent.number,
        "Corriere Blu",
        "B-LT 7",
        "Sale",
    )
    shown = text(ann.get(f"/recall/{case.uid}?tab=scope"))
    assert "On its way now" in shown
    assert "Corriere Blu" in shown
    receiving.receive(transfer=sent.uid, actor=ANN)
    lot = Lot.objects.get(number="S-1")
    assert ledger.on_hand(lot.pk, sent.destination_id) > 0
    assert Hold.objects.filter(lot=lot, released_sequence=None).exists()
    assert moving.on_the_way(case) == []
    assert "recalled goods" not in text(ann.get("/transfers"))
    assert "On its way now" not in text(ann.get(f"/recall/{case.uid}?tab=scope"))


def test_the_page_that_takes_it_in_warns(ann: Client, sent: Transfer) -> None:
    frozen()
    pick = sent.picks.get()
    values = {
        "uid": "018f7b3c-0000-7000-8000-000000000009", "arrived-count": "1", "arrived-0-pick": str(pick.uid),
        "arrived-0-quantity": "4", "arrived-0-damaged": "",
    }  # fmt: skip
    done = text(ann.post(f"/transfers/{sent.uid}/receive", values, follow=True))
    assert "on hold here too: S-1" in done


def test_a_drill_flags_nothing(ann: Client, sent: Transfer) -> None:
    given = scoping.of_lots([Lot.objects.get(number="S-1").uid])
    case = actions.open_case(kind="drill", reason="drill", suspects=given, actor=ANN)
    actions.take_scope(case=case.uid, actor=ANN)
    actions.freeze(case=case.uid, actor=ANN)
    assert "Held by a recall" not in text(ann.get(f"/transfers/{sent.uid}"))
    assert len(moving.on_the_way(case)) == 1  # the drill knows what it would have to stop


def test_a_shipment_is_flagged_until_and_after_it_arrives(ann: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-9", "100"), ("SAUCE", "S-8", "10"))
    for lot in ("S-9", "S-8"):
        shipping.ship(customer="SHOP", place="STORE", lines=[Line("SAUCE", lot, "5")], actor=ANN)
    other, one = Shipment.objects.order_by("-pk")
    assert "recall" not in text(ann.get(f"/shipments/{one.uid}")).split("<main")[1]
    case = frozen("S-9")
    page = text(ann.get(f"/shipments/{one.uid}"))
    assert "call the carrier and stop it" in page
    assert "Held by a recall" not in text(ann.get(f"/shipments/{other.uid}"))
    listed = text(ann.get("/shipments"))
    assert listed.count("recalled goods") == 1
    assert [row.number for row in moving.on_the_way(case)] == [one.number]
    Shipment.objects.filter(pk=one.pk).update(status="delivered")
    assert "see the recall case for what to ask" in text(ann.get(f"/shipments/{one.uid}"))
    assert moving.on_the_way(case) == []


def test_statements_do_not_grow_with_the_documents(ann: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-9", "100"))
    frozen_counts = []
    for number in range(6):
        shipping.ship(customer="SHOP", place="STORE", lines=[Line("SAUCE", "S-9", "1")], actor=ANN)
        if number in (0, 5):
            case = Case.objects.first() or actions.take_scope(
                case=actions.open_case(
                    kind="drill", reason="x", actor=ANN,
                    suspects=scoping.of_lots([Lot.objects.get(number="S-9").uid]),
                ).uid,
                actor=ANN,
            )  # fmt: skip
            with CaptureQueriesContext(connection) as asked:
                assert moving.on_the_way(case)
            frozen_counts.append(len(asked))
    assert frozen_counts[0] == frozen_counts[1]
