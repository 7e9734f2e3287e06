"""Receipts: several lots in one event, facts filled in, refusals that name the line."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields

from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.receiving import actions
from lotbook.operations.receiving.rules import Line
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.lots.models import Lot


def on_hand(cast: Cast, number: str, place: str = "STORE") -> int:
    return sum(row.on_hand for row in browsing.stock(text=number) if row.place.code == place)


def receive(*lines: Line, **more: Any) -> object:
    values = {"supplier": "FARM", "place": "STORE", "lines": lines, "actor": ANN, **more}
    return actions.receive(**values)


def test_several_lots_come_in_with_one_event(cast: Cast) -> None:
    receive(
        Line(
            item="TOM",
            lot="T-1",
            quantity="120.5",
            supplier_lot="4711",
            produced_on="2027-03-01",
            origin_country="it",
        ),
        Line(item="SALT", quantity="2", unit="TNE", place="A-01"),
        Line(item="JAR", quantity="500"),
        Line(item="SCALE", serials=["S-1", "S-2"]),
        document="DN 88",
    )
    event = browsing.events(kind="receive").get()
    assert (event.document_number, event.actor, event.place_id) == ("DN 88", ANN, cast.store.pk)
    assert len(browsing.event_page(event.uid).movements) == 5
    lot = Lot.objects.get(number="T-1")
    assert (lot.supplier, lot.supplier_lot, lot.origin_country) == (cast.farm, "4711", "IT")
    assert (lot.expires_on, lot.received_on) == (date(2027, 3, 11), date(2027, 3, 3))
    assert on_hand(cast, "T-1") == 120_500
    assert on_hand(cast, "L270303-001", "A-01") == 2_000_000
    assert on_hand(cast, "S-2") == 1


def test_a_form_sent_twice_receives_once_and_draws_no_second_number(cast: Cast) -> None:
    uid = uuid4()
    first = receive(Line(item="SALT", quantity="1"), uid=uid)
    again = receive(Line(item="SALT", quantity="1"), uid=uid)
    assert (again.sequence, again.duplicate, first.duplicate) == (first.sequence, True, False)  # type: ignore[attr-defined]
    assert Lot.objects.filter(item=cast.salt).count() == 1
    with pytest.raises(Conflict, match="with other content"):
        receive(Line(item="SALT", quantity="2"), uid=uid)


def test_a_second_delivery_fills_in_what_the_lot_lacked(cast: Cast) -> None:
    receive(Line(item="SALT", lot="S-1", quantity="1"))
    receive(Line(item="SALT", lot="S-1", quantity="1", supplier_lot="X", expires_on=date(2029, 1, 1)))
    lot = Lot.objects.get(number="S-1")
    assert (lot.supplier_lot, lot.expires_on) == ("X", date(2029, 1, 1))
    assert on_hand(cast, "S-1") == 2000
    with pytest.raises(Conflict) as refusal:
        receive(Line(item="SALT", lot="S-1", quantity="1", expires_on=date(2030, 1, 1)))
    assert fields(refusal) == {"lines/0/lot"}
    assert on_hand(cast, "S-1") == 2000


def test_the_same_number_from_another_supplier_is_another_lot(cast: Cast) -> None:
    from lotbook.foundation.partners import actions as partners

    partners.create_partner(actor=ANN, code="MINE", name="Salt Mine", is_supplier=True)
    receive(Line(item="SALT", lot="S-1", quantity="1"))
    with pytest.raises(Conflict, match="came from Fattoria Rossi"):
        receive(Line(item="SALT", lot="S-1", quantity="1"), supplier="MINE")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (Line(item="NOPE", lot="1", quantity="1"), "lines/0/item"),
        (Line(item="TOM", lot="1", quantity="-1"), "lines/0/quantity"),
        (Line(item="TOM", lot="1", quantity="0"), "lines/0/quantity"),
        (Line(item="TOM", lot="1", quantity="1.0005"), "lines/0/quantity"),
        (Line(item="TOM", lot="1", quantity="many"), "lines/0/quantity"),
        (Line(item="TOM", lot="1", quantity=""), "lines/0/quantity"),
        (Line(item="TOM", lot="1", quantity="1", unit="stones"), "lines/0/unit"),
        (Line(item="TOM", lot="1", quantity="1", unit="LTR"), "lines/0/quantity"),
        (Line(item="TOM", lot="1", quantity="1", place="NOPE"), "lines/0/place"),
        (Line(item="TOM", lot="1", quantity="1", produced_on="2027-04-01"), "lines/0/produced_on"),
        (Line(item="TOM", lot="1", quantity="1", expires_on="soon"), "lines/0/expires_on"),
        (Line(item="TOM", lot="1", quantity="1", origin_country="Italy"), "lines/0/origin_country"),
        (Line(item="JAR", lot="1", quantity="1"), "lines/0/lot"),
        (Line(item="SCALE", quantity="1"), "lines/0/lot"),
        (Line(item="SCALE", serials=["A", "B"], quantity="3"), "lines/0/quantity"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_saved(cast: Cast, line: Line, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        receive(Line(item="SALT", lot="OK", quantity="1"), line)
    assert fields(refusal) == {field.replace("/0/", "/1/")}
    assert not browsing.events().exists()
    assert not Lot.objects.exists()


def test_heads_are_checked_like_lines(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        receive(Line(item="SALT", lot="1", quantity="1"), supplier="SHOP", place="NOPE", carrier="FARM")
    assert fields(refusal) == {"supplier", "place", "carrier"}
    with pytest.raises(Refused) as refusal:
        receive(Line(item="SALT", lot="1", quantity="1"), occurred_at=TODAY.replace(year=2028))
    assert fields(refusal) == {"occurred_at"}
    with pytest.raises(Refused) as refusal:
        receive()
    assert fields(refusal) == {"lines/0/item"}


def test_goods_go_back_to_the_supplier(cast: Cast) -> None:
    receive(Line(item="TOM", lot="T-1", quantity="10"))
    actions.supplier_return(
        supplier="FARM",
        place="STORE",
        lines=[words.Line(lot="T-1", quantity="4")],
        reason="mouldy",
        actor=ANN,
    )
    assert on_hand(cast, "T-1") == 6000
    with pytest.raises(Refused) as refusal:
        actions.supplier_return(
            supplier="FARM",
            place="STORE",
            lines=[words.Line(lot="T-1", quantity="7")],
            reason="mouldy",
            actor=ANN,
        )
    assert fields(refusal) == {"lines/0/quantity"}
    with pytest.raises(Refused) as refusal:
        actions.supplier_return(
            supplier="FARM", place="STORE", lines=[words.Line(lot="T-1", quantity="1")], reason=" ", actor=ANN
        )
    assert fields(refusal) == {"reason"}
    assert on_hand(cast, "T-1") == 6000
