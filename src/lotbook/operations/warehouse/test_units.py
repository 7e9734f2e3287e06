"""Logistic units: numbered without collision, built, nested, emptied, and what they held at the time."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from tests.rooms import ANN, Cast, fields, small, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places.models import Place, SsccRange
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.warehouse import actions, queries
from lotbook.standards.gs1.keys import Sscc
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.lines import Line

PREFIX = "4012345"


@pytest.fixture
def numbered(cast: Cast) -> Cast:
    actions.set_numbering(site="PLANT", prefix=PREFIX, extension="3", actor=ANN)
    stocked(cast, ("SAUCE", "S-1", "100"), ("TOM", "T-1", "50"))
    return cast


def test_numbers_count_up_with_their_check_digit(numbered: Cast) -> None:
    first = actions.create_unit(place="STORE", actor=ANN)
    second = actions.create_unit(place="A-01", actor=ANN)
    assert (first.sscc, second.sscc) == ("340123450000000017", "340123450000000024")
    assert Sscc.parse(first.sscc or "").value == first.sscc
    assert [row.left for row in queries.numbering() if row.setting] == [999_999_997]


def test_a_number_somebody_typed_is_passed_over(numbered: Cast) -> None:
    actions.create_unit(sscc="340123450000000024", place="STORE", actor=ANN)
    numbers = [actions.create_unit(place="STORE", actor=ANN).sscc for _ in range(2)]
    assert numbers == ["340123450000000017", "340123450000000031"]


def test_without_prefix_the_remedy_is_said(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_unit(place="STORE", actor=ANN)
    assert fields(refusal) == {"sscc"}
    assert "GS1 company prefix" in str(refusal.value)
    with pytest.raises(Refused) as refusal:
        actions.set_numbering(site="STORE", prefix="12x", extension="11", actor=ANN)
    assert fields(refusal) == {"site", "prefix", "extension"}
    actions.set_numbering(site="PLANT", prefix="401234567890", last="9998", actor=ANN)
    assert actions.create_unit(place="STORE", actor=ANN).sscc == "040123456789099999"
    with pytest.raises(Refused) as refusal:
        actions.create_unit(place="STORE", actor=ANN)
    assert [fault.code for fault in refusal.value.faults] == ["used_up"]


def test_a_serial_range_never_goes_back(cast: Cast) -> None:
    actions.set_numbering(site="PLANT", prefix=PREFIX, last="500", actor=ANN)
    actions.set_numbering(site="PLANT", prefix=PREFIX, last="20", actor=ANN)
    assert SsccRange.objects.get().last == 500


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_eight_people_never_get_the_same_number() -> None:
    small()
    actions.set_numbering(site="PLANT", prefix=PREFIX, actor=ANN)
    site = Place.objects.get(code="PLANT")
    given: list[str] = []
    start = threading.Barrier(8)

    def work() -> None:
        try:
            start.wait(30)
            for _ in range(20):
                with transaction.atomic():
                    given.append(actions.next_sscc(site))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) == 160


@pytest.mark.django_db(transaction=True)
def test_a_number_is_given_out_inside_a_transaction_only() -> None:
    plant = small().plant
    with pytest.raises(RuntimeError, match="atomic"):
        actions.next_sscc(plant)


def test_a_pallet_is_built_of_goods_and_cases_moved_as_one_and_emptied(numbered: Cast) -> None:
    case = actions.build_unit(place="STORE", lines=[Line(lot="S-1", quantity="12")], actor=ANN)
    one = uuid4()
    given: dict[str, Any] = {
        "place": "STORE", "lines": [Line(lot="T-1", quantity="5")], "units": [case.sscc], "actor": ANN,
        "uid": one,
    }  # fmt: skip
    pallet = actions.build_unit(**given)
    assert actions.build_unit(**given) == pallet
    assert [(row.unit.code, row.depth, len(row.lots)) for row in queries.tree_of(pallet)] == [
        (case.code, 1, 1)
    ]
    before = ledger.watermark()
    actions.move_unit(unit=pallet.uid, to="A-01", actor=ANN)
    actions.empty_unit(unit=pallet.uid, actor=ANN)
    page = queries.unit_page(pallet.uid)
    assert (page.contents, page.tree) == ([], [])
    case.refresh_from_db()
    assert case.parent == numbered.bin
    held = queries.held_at(pallet, before)
    assert [(lot.number, quantity) for lot, quantity in held.lots] == [("T-1", 5_000)]
    assert [one.code for one in held.units] == [case.code]
    with pytest.raises(Refused) as refusal:
        actions.empty_unit(unit=pallet.uid, actor=ANN)
    assert [fault.code for fault in refusal.value.faults] == ["empty"]
    assert check().findings == []


def test_a_unit_that_cannot_be_built_leaves_nothing_behind(numbered: Cast) -> None:
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"lines": [Line(lot="S-1", quantity="101")]}, {"lines/0/quantity"}),
        ({"lines": []}, {"lines/0/item"}),
        ({"lines": [], "units": ["NOPE"]}, {"units/0"}),
    ]
    for given, wrong in cases:
        with pytest.raises(Refused) as refusal:
            actions.build_unit(**{"place": "STORE", "actor": ANN, **given})
        assert fields(refusal) == wrong
    assert not Place.objects.filter(kind="unit").exists()
    assert actions.create_unit(place="STORE", actor=ANN).sscc == "340123450000000017"
    with pytest.raises(Conflict):
        actions.create_unit(place="STORE", sscc="340123450000000017", actor=ANN)


def test_a_broken_unit_ends_and_what_was_on_it_stands_where_it_stood(numbered: Cast) -> None:
    case = actions.build_unit(place="STORE", lines=[Line(lot="T-1", quantity="2")], actor=ANN)
    pallet = actions.build_unit(
        place="STORE", lines=[Line(lot="S-1", quantity="10")], units=[case.sscc], actor=ANN
    )
    uid = uuid4()
    first = actions.break_unit(unit=pallet.sscc, reason="foil torn", uid=uid, actor=ANN)
    assert actions.break_unit(unit=pallet.sscc, reason="foil torn", uid=uid, actor=ANN).duplicate
    pallet.refresh_from_db()
    case.refresh_from_db()
    assert (pallet.parent, pallet.is_active, case.parent) == (None, False, numbered.store)
    assert {
        (row.number, row.place_code, row.on_hand) for row in ledger.balances(places=[numbered.store.pk])
    } >= {("S-1", "STORE", 100)}
    assert not ledger.balances(places=[pallet.pk])
    page = queries.unit_page(pallet.uid)
    assert page.events[0].event.uid == first.uid
    assert page.events[0].event.reason == "foil torn"
    with pytest.raises(Refused, match="out of use"):
        actions.pack(unit=pallet.sscc, lines=[Line(lot="S-1", quantity="1")], place="STORE", actor=ANN)
    with pytest.raises(Conflict):
        actions.create_unit(place="STORE", sscc=pallet.sscc or "", actor=ANN)
    # An empty unit may be broken, too.
    bare = actions.create_unit(place="STORE", actor=ANN)
    actions.break_unit(unit=bare.sscc, actor=ANN)
    assert not Place.objects.get(pk=bare.pk).is_active
    assert check().findings == []


def test_what_is_reserved_on_a_unit_keeps_it_whole(numbered: Cast) -> None:
    pallet = actions.build_unit(place="STORE", lines=[Line(lot="S-1", quantity="100")], actor=ANN)
    demand = Demand(numbered.sauce.pk, 90, numbered.plant.pk, "test", uuid4(), number="SO-1")
    allocation.allocate([demand], actor=ANN)
    with pytest.raises(Refused, match="SO-1"):
        actions.break_unit(unit=pallet.sscc, actor=ANN)
    pallet.refresh_from_db()
    assert (pallet.is_active, pallet.parent) == (True, numbered.store)


def test_a_unit_is_broken_on_its_page_and_over_http(numbered: Cast) -> None:
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    one, other = (
        actions.build_unit(place="STORE", lines=[Line(lot="S-1", quantity="1")], actor=ANN) for _ in range(2)
    )
    page = f"/units/{one.uid}"
    assert "Break up" in client.get(page).content.decode()
    assert client.get(f"{page}/break").status_code == 200
    assert client.post(f"{page}/break", {"uid": str(uuid4()), "reason": "torn"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "broken up" in shown
    assert "Break it up" not in shown
    sent = client.post(f"/api/v1/units/{other.uid}/break", {"to": "A-01"}, content_type="application/json")
    assert sent.status_code == 201, sent.content
    assert ledger.balances(places=[numbered.bin.pk])[0].on_hand == 1
