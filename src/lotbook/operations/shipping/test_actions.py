"""Shipments and returns: what may leave, what is refused, and what an override leaves behind."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.kernel.errors import Refused
from lotbook.operations.shipping import actions
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, Move, PutHold, Receipt
from lotbook.traceability.lots.models import Lot


@pytest.fixture(autouse=True)
def _stock(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "50"), ("TOM", "S-1", "7"), ("SCALE", "N-1", "1"))


def ship(*lines: Line, **more: Any) -> Receipt:
    values: dict[str, object] = {"customer": "SHOP", "lines": lines, "place": "STORE", "actor": ANN, **more}
    return actions.ship(**values)  # type: ignore[arg-type]


def where(number: str, item: str = "SAUCE") -> tuple[int, int]:
    """How many are ours, and how many are outside."""
    own, outside = browsing.where(Lot.objects.get(item__code=item, number=number))
    return sum(at.on_hand for at in own), sum(at.on_hand for at in outside if at.place.partner_id)


def test_goods_leave_with_one_delivery_note(cast: Cast) -> None:
    uid = uuid4()
    lines = [
        Line(item="SAUCE", lot="S-1", quantity="24"),
        Line(lot="S-2", quantity="1", unit="DZN"),
        Line(lot="N-1"),
    ]
    receipt = ship(*lines, document="DN 1", order="O 9", uid=uid)
    assert ship(*lines, document="DN 1", order="O 9", uid=uid).sequence == receipt.sequence
    page = browsing.event_page(receipt.uid)
    assert (page.event.document_number, page.data) == ("DN 1", {"order": "O 9"})
    assert len(page.movements) == 3
    # The supplier's account stands at minus what he sent.
    assert where("S-1") == (76, 24 - 100)
    assert where("S-2")[0] == 38


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (Line(lot="S-1", quantity="1"), {"lines/1/item"}),
        (Line(lot="NOPE", quantity="1"), {"lines/1/lot"}),
        (Line(item="NOPE", lot="S-2", quantity="1"), {"lines/1/item"}),
        (Line(lot="S-2", quantity="51"), {"lines/1/quantity"}),
        (Line(lot="S-2", quantity="0.5"), {"lines/1/quantity"}),
        (Line(lot="S-2", quantity="-3"), {"lines/1/quantity"}),
        (Line(lot="S-2", quantity="1", place="NOPE"), {"lines/1/place"}),
        (Line(lot="S-2", quantity="1", place="A-01"), {"lines/1/quantity"}),
        (Line(lot="", quantity="1"), {"lines/1/lot"}),
    ],
)
def test_a_bad_line_is_named_and_nothing_leaves(cast: Cast, line: Line, wrong: set[str]) -> None:
    with pytest.raises(Refused) as refusal:
        ship(Line(item="SAUCE", lot="S-1", quantity="1"), line)
    assert fields(refusal) == wrong
    assert where("S-1")[0] == 100


def test_heads_are_checked(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        ship(Line(lot="S-2", quantity="1"), customer="FARM", place="", carrier="NOPE")
    assert fields(refusal) == {"customer", "place", "carrier"}
    with pytest.raises(Refused) as refusal:
        ship(Line(lot="S-2", quantity="1"), occurred_at=TODAY.replace(month=5))
    assert fields(refusal) == {"occurred_at"}


def test_a_held_lot_stays_unless_somebody_overrides_it_with_a_reason(cast: Cast) -> None:
    lot = Lot.objects.get(number="S-2")
    hold = Draft("hold", TODAY, holds=[PutHold(lot.pk, "quality", uuid4())], reason="taste")
    ledger.post([hold], actor=ANN)
    with pytest.raises(Refused, match="is on hold") as refusal:
        ship(Line(lot="S-2", quantity="1"))
    assert fields(refusal) == {"lines/0/lot"}
    assert refusal.value.faults[0].code == "not_free"
    ship(Line(lot="S-2", quantity="1"), override="agreed with the customer")
    kinds = [event.kind for event in browsing.events().order_by("sequence")]
    assert kinds == ["receive", "hold", "ship", "override"]
    assert browsing.events(kind="override").get().reason == "agreed with the customer"


def test_goods_come_back_to_wait_for_a_decision(cast: Cast) -> None:
    ship(Line(lot="S-2", quantity="10"))
    actions.take_back(
        customer="SHOP", place="QUARANTINE", reason="dented", lines=[Line(lot="S-2", quantity="4")], actor=ANN
    )
    assert where("S-2")[0] == 44
    with pytest.raises(Refused, match="may not be used"):
        ship(Line(lot="S-2", quantity="1", place="QUARANTINE"))
    with pytest.raises(Refused) as refusal:
        actions.take_back(
            customer="SHOP", place="", reason="", lines=[Line(lot="S-9", quantity="4")], actor=ANN
        )
    assert fields(refusal) == {"place", "reason", "lines/0/lot"}


def test_a_pallet_leaves_with_everything_in_it(cast: Cast) -> None:
    from lotbook.foundation.places import actions as places

    pallet = places.ensure_unit(sscc="340123456789012340", parent=cast.store)
    empty = places.ensure_unit(sscc="340123456789012357", parent=cast.store)
    sauce = Lot.objects.get(number="S-2")
    ledger.post([Draft("pack", TODAY, moves=[Move(sauce.pk, cast.store.pk, pallet.pk, 20)])], actor=ANN)
    with pytest.raises(Refused, match="is empty") as refusal:
        actions.ship(customer="SHOP", lines=[], units=[pallet.sscc, empty.sscc, "NOPE"], actor=ANN)
    assert "units/1/unit" in fields(refusal) or "units/2/unit" in fields(refusal)
    receipt = actions.ship(customer="SHOP", lines=[], units=[pallet.sscc], actor=ANN)
    assert where("S-2") == (30, 20 - 50)
    assert [name.unit for name in browsing.event_page(receipt.uid).mentions] == [pallet]
    with pytest.raises(Refused, match="is empty"):
        actions.ship(customer="SHOP", lines=[], units=[pallet.sscc], actor=ANN)
