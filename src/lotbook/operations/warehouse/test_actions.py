"""Moves, counts, losses and logistic units."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.lines import Line

PALLET = "340123456789012340"
CASE = "340123456789012357"


@pytest.fixture(autouse=True)
def _stock(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("SALT", "S-1", "5"), ("JAR", "", "400"))


def at(place: str, number: str = "T-1") -> int:
    return sum(row.on_hand for row in browsing.stock(place=place) if row.lot.number == number)


def test_goods_move_once_however_often_the_form_is_sent(cast: Cast) -> None:
    uid = uuid4()
    for _ in range(2):
        actions.move(lines=[Line(lot="T-1", quantity="40")], place="STORE", to="A-01", uid=uid, actor=ANN)
    assert at("A-01") == 40_000
    assert at("STORE") == 100_000  # with the bin in it
    with pytest.raises(Conflict):
        actions.move(lines=[Line(lot="T-1", quantity="1")], place="STORE", to="A-01", uid=uid, actor=ANN)


@pytest.mark.parametrize(
    ("line", "to", "wrong"),
    [
        (Line(lot="T-1", quantity="101"), "A-01", {"lines/0/quantity"}),
        (Line(lot="T-1", quantity="-1"), "A-01", {"lines/0/quantity"}),
        (Line(lot="T-1", quantity="1"), "STORE", {"lines/0/place"}),
        (Line(lot="T-1", quantity="1"), "LOSS", {"to"}),
        (Line(lot="NOPE", quantity="1"), "NOPE", {"lines/0/lot", "to"}),
    ],
)
def test_a_bad_move_is_named(cast: Cast, line: Line, to: str, wrong: set[str]) -> None:
    with pytest.raises(Refused) as refusal:
        actions.move(lines=[line], place="STORE", to=to, actor=ANN)
    assert fields(refusal) == wrong
    assert browsing.events().count() == 1


def test_goods_are_written_off_with_a_reason(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        actions.scrap(lines=[Line(lot="T-1", quantity="3")], place="STORE", reason="", actor=ANN)
    assert fields(refusal) == {"reason"}
    actions.scrap(lines=[Line(lot="T-1", quantity="3")], place="STORE", reason="dropped", actor=ANN)
    assert at("STORE") == 97_000


def test_a_count_sets_the_book_and_keeps_what_it_said(cast: Cast) -> None:
    receipt = actions.adjust(
        lines=[
            Count(lot="T-1", counted="98.5"),
            Count(lot="S-1", counted="6"),
            Count(item="JAR", counted="400"),
            Count(lot="T-1", counted="1", place="A-01"),
        ],
        place="STORE",
        reason="count of March",
        actor=ANN,
    )
    assert (at("A-01"), at("STORE"), at("STORE", "S-1")) == (1000, 99_500, 6000)
    page = browsing.event_page(receipt.uid)
    assert len(page.movements) == 3
    assert page.data["counted"][0] == {
        "item": "TOM", "lot": "T-1", "place": "STORE", "book": "100", "counted": "98.5",
    }  # fmt: skip


def test_a_count_that_says_nothing_new_or_nonsense_is_refused(cast: Cast) -> None:
    for lines, wrong in [
        ([Count(lot="T-1", counted="100")], {"lines/0/counted"}),
        ([Count(lot="T-1", counted="-1")], {"lines/0/counted"}),
        ([Count(lot="T-1", counted="0.00001")], {"lines/0/counted"}),
        ([Count(lot="T-1", counted="1"), Count(lot="T-1", counted="2")], {"lines/1/lot"}),
        ([Count(lot="T-9", counted="1")], {"lines/0/lot"}),
        ([], {"lines/0/item"}),
    ]:
        with pytest.raises(Refused) as refusal:
            actions.adjust(lines=lines, place="STORE", reason="count", actor=ANN)
        assert fields(refusal) == wrong
    assert browsing.events().count() == 1


def test_a_pallet_is_made_filled_moved_and_emptied(cast: Cast) -> None:
    pallet = actions.create_unit(sscc=PALLET[:-1], place="STORE", actor=ANN)
    assert (pallet.sscc, pallet.parent) == (PALLET, cast.store)
    case = actions.create_unit(sscc=CASE, place="STORE", actor=ANN)
    actions.pack(unit=CASE, lines=[Line(lot="T-1", quantity="10")], actor=ANN)
    actions.move_unit(unit=CASE, to=PALLET, actor=ANN)
    actions.move_unit(unit=PALLET, to="A-01", actor=ANN)
    page = queries.unit_page(PALLET)
    assert (page.path, page.inside) == ("Plant › Store › A-01", [case])
    assert [(row.number, row.on_hand) for row in page.contents] == [("T-1", 10_000)]
    assert at("A-01") == 10_000
    with pytest.raises(Refused) as refusal:
        actions.unpack(unit=CASE, lines=[Line(lot="T-1", quantity="11")], actor=ANN)
    assert fields(refusal) == {"lines/0/quantity"}
    actions.unpack(unit=CASE, lines=[Line(lot="T-1", quantity="4")], to="STORE", actor=ANN)
    assert at("A-01") == 6000
    assert len(queries.unit_page(CASE).events) == 4


def test_a_unit_never_ends_up_inside_itself(cast: Cast) -> None:
    for number in (PALLET, CASE):
        actions.create_unit(sscc=number, place="STORE", actor=ANN)
    actions.move_unit(unit=CASE, to=PALLET, actor=ANN)
    for unit, to in [(PALLET, CASE), (PALLET, PALLET), (CASE, PALLET), (PALLET, "NOPE"), (PALLET, "LOSS")]:
        with pytest.raises(Refused) as refusal:
            actions.move_unit(unit=unit, to=to, actor=ANN)
        assert fields(refusal) == {"to"}
    assert Place.objects.get(sscc=PALLET).parent == cast.store


def test_a_wrong_number_makes_no_unit(cast: Cast) -> None:
    for number in ("34012345678901234X", "340123456789012341", "123", ""):
        with pytest.raises(Refused) as refusal:
            actions.create_unit(sscc=number, place="STORE", actor=ANN)
        assert fields(refusal) == {"sscc"}
    actions.create_unit(sscc=PALLET, place="STORE", actor=ANN)
    with pytest.raises(Conflict):
        actions.create_unit(sscc=PALLET, place="STORE", actor=ANN)
    with pytest.raises(Refused):
        actions.create_unit(sscc=CASE, place="STORE", actor=ANN, occurred_at=TODAY.replace(year=2030))
    assert Place.objects.filter(kind="unit").count() == 1
    with pytest.raises(NotFound):
        queries.unit(CASE)
