"""Goods on a lorry: no other room, page or client moves them; the transfer can always be finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, small, stocked

from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Refused
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.models import Sheet
from lotbook.operations.quality import actions as quality
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.transfers.actions import picking, receiving, sending, transfers
from lotbook.operations.transfers.models import Pick, Transfer
from lotbook.operations.transfers.rules import Wanted
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger import keeping
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot

PALLET = "340123456789012340"
OTHER = "340123456789012357"


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    made = small()
    places.create_place(actor=ANN, code="OUTLET", kind="site", name="Outlet")
    stocked(made, ("SAUCE", "A-1", "30"), ("SALT", "S-1", "9"))
    return made


def _picked() -> Transfer:
    made = transfers.create(
        source="PLANT", destination="OUTLET", lines=[Wanted("SAUCE", "12"), Wanted("SALT", "2")], actor=ANN
    )
    transfers.start(transfer=made.uid, actor=ANN)
    return picking.confirm_all(transfer=made.uid, actor=ANN)


def _packed() -> Transfer:
    made = _picked()
    picking.pack(transfer=made.uid, unit=PALLET, picks=[one.uid for one in Pick.objects.all()], actor=ANN)
    return made


def _sent(made: Transfer) -> Transfer:
    sending.send(transfer=made.uid, actor=ANN)
    return Transfer.objects.select_related("transit").get(pk=made.pk)


def _stands(row: Transfer, *, packed: bool) -> Place:
    assert row.transit is not None
    return Place.objects.get(sscc=PALLET) if packed else row.transit


def _take(act: Callable[..., Any], **told: Any) -> Callable[[Place], object]:
    def take(place: Place) -> object:
        line = Line(item="SAUCE", lot="A-1", quantity="1", place=place.code)
        return act(lines=[line], actor=ANN, **told)

    return take


def _fill(place: Place) -> object:
    line = Line(item="SAUCE", lot="A-1", quantity="1", place="STORE")
    return warehouse.move(lines=[line], to=place.code, actor=ANN)


def _raw(place: Place) -> object:
    """An event somebody's own program posts, with the transfer's number on it."""
    move = Move(Lot.objects.get(number="A-1").pk, place.pk, Place.objects.get(code="STORE").pk, 1)
    told = {"document_kind": "transfer", "document_number": Transfer.objects.get().number}
    return book.post([Draft("move", TODAY, moves=[move], **told)], actor=ANN)  # type: ignore[arg-type]


TAKE: dict[str, Callable[[Place], object]] = {
    "scrap": _take(warehouse.scrap, reason="broken"),
    "destroy": _take(warehouse.destroy, reason="burnt", witness="Bob"),
    "move": _take(warehouse.move, to="A-01"),
    "pack": _take(warehouse.pack, unit=OTHER),
    "ship": _take(shipping.ship, customer="SHOP", override="they insist"),
    "fill": _fill,
    "raw": _raw,
}
UNIT: dict[str, Callable[[Place], object]] = {
    "move_unit": lambda unit: warehouse.move_unit(unit=unit.code, to="STORE", actor=ANN),
    "break": lambda unit: warehouse.break_unit(unit=unit.code, actor=ANN, to="STORE", reason="repack"),
    "empty": lambda unit: warehouse.empty_unit(unit=unit.code, to="STORE", actor=ANN),
    "ship": lambda unit: shipping.ship(
        customer="SHOP", lines=[], units=[unit.code], actor=ANN, override="they insist"
    ),
}


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize("how", TAKE)
def test_nobody_takes_what_travels(cast: Cast, how: str, packed: bool) -> None:
    row = _sent(_packed() if packed else _picked())
    place = _stands(row, packed=packed)
    warehouse.create_unit(place="STORE", actor=ANN, sscc=OTHER)
    before = ledger.balances()
    with pytest.raises(Refused, match=f"travels with transfer {row.number}"):
        TAKE[how](place)
    assert ledger.balances() == before
    assert receiving.receive(transfer=row.uid, actor=ANN).status == "received"
    # Arrived, it is like everything else.
    TAKE["scrap"](place if packed else Place.objects.get(code="OUTLET"))
    assert not check().findings


@pytest.mark.parametrize("how", UNIT)
def test_a_unit_that_travels_stays_on_its_lorry(cast: Cast, how: str) -> None:
    row = _sent(_packed())
    unit = Place.objects.get(sscc=PALLET)
    with pytest.raises(Refused, match=f"travels with transfer {row.number}"):
        UNIT[how](unit)
    unit.refresh_from_db()
    assert unit.parent_id == row.transit_id
    assert receiving.receive(transfer=row.uid, actor=ANN).status == "received"
    UNIT[how](unit)
    assert not check().findings


def test_nothing_is_put_beside_it(cast: Cast) -> None:
    row = _sent(_packed())
    assert row.transit is not None
    other = warehouse.create_unit(place="STORE", actor=ANN, sscc=OTHER)
    for to in (row.transit.code, Place.objects.get(sscc=PALLET).code):
        with pytest.raises(Refused):
            warehouse.move_unit(unit=other.code, to=to, actor=ANN)
    assert receiving.receive(transfer=row.uid, actor=ANN).status == "received"


def test_what_was_done_to_a_unit_before_is_not_taken_back_under_way(cast: Cast) -> None:
    warehouse.create_unit(place="STORE", actor=ANN, sscc=PALLET)
    line = Line(item="SAUCE", lot="A-1", quantity="4", place="STORE")
    packed = warehouse.pack(unit=PALLET, lines=[line], actor=ANN)
    made = transfers.create(source="PLANT", destination="OUTLET", lines=[], units=[PALLET], actor=ANN)
    transfers.start(transfer=made.uid, actor=ANN)
    row = _sent(made)
    with pytest.raises(Refused, match="travels with"):
        book.reverse(packed.uid, actor=ANN, reason="typed wrongly")
    assert receiving.receive(transfer=row.uid, actor=ANN).status == "received"
    assert not check().findings


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_held_on_the_way_it_still_arrives_and_stays_held(cast: Cast, packed: bool) -> None:
    row = _sent(_packed() if packed else _picked())
    quality.hold(lots=[Line(item="SAUCE", lot="A-1")], kind="quality", reason="smells", actor=ANN)
    outbox.deliver()
    with pytest.raises(Refused, match="travels with"):
        TAKE["scrap"](_stands(row, packed=packed))
    assert receiving.receive(transfer=row.uid, actor=ANN).status == "received"
    assert Lot.objects.get(number="A-1").held == 1
    assert receiving.take_back(transfer=row.uid, reason="wrong lorry", actor=ANN).status == "in_transit"
    assert receiving.receive(transfer=row.uid, actor=ANN).status == "received"
    assert not check().findings


def test_a_count_leaves_the_lorry_out(cast: Cast) -> None:
    row = _sent(_picked())
    assert row.transit is not None
    made = counting.open_count(item="SAUCE", actor=ANN)
    assert {sheet.place.code for sheet in Sheet.objects.filter(count=made)} == {"STORE"}
    with pytest.raises(Refused, match=f"travels with transfer {row.number}") as refusal:
        counting.open_count(place=row.transit.code, actor=ANN)
    assert fields(refusal) == {"place"}


def test_without_the_guard_the_goods_would_be_gone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests are about: the fault as it was."""
    monkeypatch.setattr(keeping, "check", lambda batch: None)
    row = _sent(_picked())
    TAKE["scrap"](_stands(row, packed=False))
    with pytest.raises(Refused):
        receiving.receive(transfer=row.uid, actor=ANN)
