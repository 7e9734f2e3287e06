"""Logistic units: numbered without collision, built, nested, emptied, and what they held at the time."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from tests.rooms import ANN, Cast, fields, small, stocked

from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.models import SsccRange
from lotbook.standards.gs1.keys import Sscc
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
