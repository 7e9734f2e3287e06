"""Split, merged, relabelled, repacked: traced, held with what they came from, and of the same mass.

A ── [SPL] ──→ A-1, A-2        A, B ── [MRG] ──→ C        A ── [RLB] ──→ A-1        TOM ── [RPK] ──→ PEEL
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.catalog import actions as catalog
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.warehouse import actions
from lotbook.operations.warehouse.rules import Packed, Part
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, PutHold
from lotbook.traceability.lots.models import Hold, Lot
from lotbook.traceability.trace import queries as trace
from lotbook.traceability.trace.rules import Subject


def stock() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in browsing.stock():
        found[row.lot.number] = found.get(row.lot.number, 0) + row.on_hand
    return found


def dated(number: str, **dates: Any) -> None:
    Lot.objects.filter(number=number).update(**dates)


def hold(number: str) -> None:
    put = PutHold(Lot.objects.get(number=number).pk, "quality", uuid4())
    ledger.post([Draft("hold", TODAY, holds=[put], reason="taste")], actor=ANN)


def back(number: str) -> set[str]:
    """What the lot came from."""
    found = trace.trace(Subject(lot=Lot.objects.get(number=number).pk), "back")
    keys = [row.id for row in found.lots]
    return set(Lot.objects.filter(pk__in=keys).values_list("number", flat=True)) - {number}


def test_a_lot_is_split_and_the_rest_stays(cast: Cast) -> None:
    stocked(cast, ("TOM", "T", "100"))
    dated("T", expires_on=date(2027, 3, 20), supplier_lot="F 7", origin_country="IT")
    parts = [Part(quantity="30"), Part(lot="EAST", quantity="10000", unit="GRM", place="A-01")]
    one = uuid4()
    first = actions.split(lot="T", parts=parts, place="STORE", actor=ANN, uid=one)
    assert actions.split(lot="T", parts=parts, place="STORE", actor=ANN, uid=one).duplicate
    assert stock() == {"T": 60_000, "T-1": 30_000, "EAST": 10_000}
    made = Lot.objects.get(number="EAST")
    assert (made.expires_on, made.supplier_lot, made.origin_country) == (date(2027, 3, 20), "F 7", "IT")
    assert back("T-1") == {"T"}
    event = browsing.event_page(first.uid).event
    assert (event.document_kind, event.document_number) == ("split", "SPL-2027-00001")
    assert browsing.title(event) == "Split"
    assert check().findings == []
    ledger.reverse(first.uid, actor=ANN, reason="wrong lot")
    assert stock() == {"T": 100_000}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"parts": []}, {"parts/0/quantity"}),
        ({"parts": [Part(quantity="101")]}, {"parts/0/quantity"}),
        ({"parts": [Part(quantity="0")]}, {"parts/0/quantity"}),
        ({"parts": [Part(lot="T", quantity="1")]}, {"parts/0/lot"}),
        ({"parts": [Part(lot="X", quantity="1"), Part(lot="X", quantity="1")]}, {"parts/1/lot"}),
        ({"lot": "NOPE"}, {"lot"}),
        ({"lot": "", "item": "JAR"}, {"lot"}),
        ({"place": ""}, {"place"}),
    ],
)
def test_a_split_that_cannot_be(cast: Cast, given: dict[str, Any], wrong: set[str]) -> None:
    stocked(cast, ("TOM", "T", "100"), ("JAR", "", "5"))
    with pytest.raises(Refused) as refusal:
        actions.split(**{"lot": "T", "parts": [Part(quantity="1")], "place": "STORE", "actor": ANN, **given})
    assert fields(refusal) == wrong
    assert Lot.objects.count() == 2


def test_lots_are_merged_and_the_earliest_expiry_wins(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"), ("TOM", "T-2", "20"), ("SALT", "S", "1"))
    dated("T-1", expires_on=date(2027, 3, 20), produced_on=date(2027, 3, 1), supplier_lot="A")
    dated("T-2", expires_on=date(2027, 3, 10), supplier_lot="B")
    lines = [Line(lot="T-1"), Line(lot="T-2", quantity="15")]
    actions.merge(lines=lines, lot="ALL", place="STORE", actor=ANN)
    assert stock() == {"T-2": 5_000, "ALL": 25_000, "S": 1_000}
    made = Lot.objects.get(number="ALL")
    assert (made.expires_on, made.produced_on, made.supplier_lot) == (date(2027, 3, 10), None, "")
    assert back("ALL") == {"T-1", "T-2"}
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"lines": [Line(lot="T-2"), Line(lot="S")]}, {"lines/1/item"}),
        ({"lines": [Line(lot="T-2")]}, {"lines/0/lot"}),
        ({"lines": [Line(lot="T-2"), Line(lot="ALL")], "expires_on": "2027-03-11"}, {"expires_on"}),
        ({"lines": [Line(lot="T-2"), Line(lot="ALL")], "lot": "T-1"}, {"lot"}),
        ({"lines": [Line(lot="T-2"), Line(lot="T-1")]}, {"lines/1/quantity"}),
    ]
    for given, wrong in cases:
        with pytest.raises(Refused) as refusal:
            actions.merge(**{"place": "STORE", "actor": ANN, **given})
        assert fields(refusal) == wrong
    again = [Line(lot="T-2"), Line(lot="ALL")]
    actions.merge(lines=again, place="STORE", expires_on="2027-03-11", reason="frozen", actor=ANN)
    assert stock() == {"L270303-001": 30_000, "S": 1_000}
    assert check().findings == []


def test_a_lot_gets_a_new_label_everywhere(cast: Cast) -> None:
    stocked(cast, ("TOM", "T", "10"))
    stocked(cast, ("TOM", "T", "5"), place="A-01")
    with pytest.raises(Refused) as refusal:
        actions.relabel(lot="T", reason=" ", actor=ANN)
    assert fields(refusal) == {"reason"}
    actions.relabel(lot="T", number="T-NEW", expires_on="2027-03-09", reason="misprint", actor=ANN)
    assert {(row.lot.number, row.place.code, row.on_hand) for row in browsing.stock()} == {
        ("T-NEW", "STORE", 10_000),
        ("T-NEW", "A-01", 5_000),
    }
    assert Lot.objects.get(number="T-NEW").expires_on == date(2027, 3, 9)
    assert Lot.objects.get(number="T").expires_on is None
    assert back("T-NEW") == {"T"}
    with pytest.raises(Refused) as refusal:
        actions.relabel(lot="T", reason="again", actor=ANN)
    assert fields(refusal) == {"lot"}


def test_bulk_is_packed_with_loss_and_the_mass_must_agree(cast: Cast) -> None:
    pack = catalog.create_item(
        actor=ANN, code="PACK", name="Salt 500 g", unit="H87", scale=0, net_weight="0.5"
    )
    stocked(cast, ("SALT", "S", "100"))
    dated("S", expires_on=date(2029, 1, 1))
    given: dict[str, Any] = {
        "inputs": [Line(item="SALT", lot="S", quantity="10")],
        "place": "STORE",
        "actor": ANN,
    }
    with pytest.raises(Refused) as refusal:
        actions.repack(outputs=[Packed(item="PACK", quantity="19")], **given)
    assert fields(refusal) == {"reason"}
    assert "0.5 kg" in str(refusal.value)
    lost = [Line(item="SALT", lot="S", quantity="0.5")]
    done = actions.repack(
        outputs=[Packed(item="PACK", quantity="19")], losses=lost, loss_reason="spilled", **given
    )
    made = Lot.objects.get(item=pack)
    assert (made.number, made.expires_on, made.packed_on) == ("S", date(2029, 1, 1), date(2027, 3, 3))
    assert {(row.lot.item.code, row.on_hand) for row in browsing.stock()} == {("SALT", 90_000), ("PACK", 19)}
    assert not done.duplicate
    actions.repack(outputs=[Packed(item="PACK", quantity="20")], **given)
    dated("S", expires_on=date(2028, 1, 1))
    for outputs, wrong in [
        ([Packed(item="SALT", quantity="10")], {"outputs/0/lot"}),
        ([Packed(item="SCALE", quantity="1")], {"outputs/0/item"}),
        ([Packed(item="PACK", quantity="20", expires_on="2030-01-01")], {"outputs/0/expires_on"}),
        ([], {"outputs/0/quantity"}),
    ]:
        with pytest.raises(Refused) as refusal:
            actions.repack(outputs=outputs, **given)
        assert fields(refusal) == wrong
    with pytest.raises(Refused) as refusal:
        actions.repack(
            outputs=[Packed(item="PACK", lot="P", quantity="1")], loss_reason="x",
            losses=[Line(item="SALT", lot="S", quantity="11")], **given,
        )  # fmt: skip
    assert fields(refusal) == {"losses/0/quantity"}
    assert check().findings == []


def test_what_comes_of_a_held_lot_is_held(cast: Cast) -> None:
    stocked(cast, ("TOM", "T", "10"))
    hold("T")
    parts = [Part(quantity="3")]
    with pytest.raises(Refused) as refusal:
        actions.split(lot="T", parts=parts, place="STORE", actor=ANN)
    assert [fault.code for fault in refusal.value.faults] == ["not_free"]
    actions.split(lot="T", parts=parts, place="STORE", override="to be tested apart", actor=ANN)
    assert Lot.objects.get(number="T-1").held == 1
    assert Hold.objects.filter(lot__number="T-1", source__lot__number="T").exists()


def test_other_content_under_the_same_id_is_a_conflict(cast: Cast) -> None:
    stocked(cast, ("TOM", "T", "10"))
    one = uuid4()
    actions.split(lot="T", parts=[Part(quantity="3")], place="STORE", actor=ANN, uid=one)
    with pytest.raises(Conflict):
        actions.split(lot="T", parts=[Part(quantity="4")], place="STORE", actor=ANN, uid=one)
