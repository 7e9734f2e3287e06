"""Our own stock with others, and where to put what comes in.

STORE ──→ AT-PACK ──→ [RPT] ──→ sauce there ──→ STORE
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.rules import Packed
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot


@pytest.fixture
def packer(cast: Cast) -> Cast:
    partners.create_partner(actor=ANN, code="PACK", name="Pack & Co", is_contract_maker=True)
    place_actions.open_consigned(actor=ANN, partner="PACK", time_zone="Europe/Rome")
    stocked(cast, ("SALT", "S", "100"), ("TOM", "T", "50"))
    return cast


def sent(**more: Any) -> None:
    lines = [Line(lot="S", quantity="40"), Line(lot="T", quantity="10")]
    told = {"to": "AT-PACK", "lines": lines, "place": "STORE", "document": "DN 1", "actor": ANN}
    actions.send_elsewhere(**{**told, **more})


def there() -> dict[str, int]:
    return {row.lot.number: row.on_hand for row in queries.stock(partner="PACK")}


def test_a_place_at_a_partner_is_ours(packer: Cast) -> None:
    place = places.consigned().get()
    assert (place.code, place.kind, place.own, str(place)) == ("AT-PACK", "site", True, "Ours at Pack & Co")
    area = place_actions.create_place(actor=ANN, code="PK-1", kind="area", parent=place.uid)
    assert str(places.keeper(area)) == "Pack & Co"
    assert places.keeper(packer.store) is None
    with pytest.raises(Conflict):
        place_actions.open_consigned(actor=ANN, partner="PACK")
    with pytest.raises(Refused):
        place_actions.open_consigned(actor=ANN, partner="NOPE")


def test_goods_are_sent_used_reported_and_taken_back(packer: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as refusal:
        sent(to="A-01", document="")
    assert fields(refusal) == {"to", "document"}
    sent()
    assert there() == {"S": 40_000, "T": 10_000}
    monkeypatch.setattr(clock, "now", lambda: TODAY + timedelta(days=5))
    report: dict[str, Any] = {
        "place": "AT-PACK", "document": "R-9",
        "inputs": [Line(lot="S", quantity="2"), Line(lot="T", quantity="10")],
        "outputs": [Packed(item="PEEL", lot="PK-77", quantity="11")], "actor": ANN,
        "occurred_at": TODAY + timedelta(days=2),
    }  # fmt: skip
    with pytest.raises(Refused) as refusal:
        actions.report_use(**report)
    assert fields(refusal) == {"reason"}
    lost = [Line(lot="T", quantity="1")]
    actions.report_use(**report, losses=lost, loss_reason="steam")
    assert there() == {"S": 38_000, "PK-77": 11_000}
    head = queries.elsewhere()[0]
    assert [(row.standing.number, row.days) for row in head.rows] == [("PK-77", 3), ("S", 5)]
    assert (head.oldest_days, head.statement) == (5, None)
    actions.take_back(
        place="AT-PACK", to="STORE", lines=[Line(lot="PK-77", quantity="11")], document="RET 1", actor=ANN
    )
    assert there() == {"S": 38_000}
    assert Lot.objects.get(number="PK-77").produced_on == (TODAY + timedelta(days=2)).date()
    assert check().findings == []


def test_more_than_is_there_cannot_be_reported(packer: Cast) -> None:
    sent()
    given: dict[str, Any] = {"place": "AT-PACK", "document": "R-1", "actor": ANN, "reason": "as they say"}
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"inputs": [Line(lot="S", quantity="41")]}, {"inputs/0/quantity"}),
        (
            {
                "inputs": [Line(lot="S", quantity="1")],
                "losses": [Line(lot="S", quantity="2")],
                "loss_reason": "x",
            },
            {"losses/0/quantity"},
        ),
        ({"inputs": [Line(lot="S", quantity="1")], "outputs": [Packed(item="SCALE")]}, {"outputs/0/lot"}),
        ({"inputs": []}, {"inputs/0/item"}),
        ({"inputs": [Line(lot="S", quantity="1")], "place": "STORE"}, {"place"}),
    ]  # fmt: skip
    for more, wrong in cases:
        with pytest.raises(Refused) as refusal:
            actions.report_use(**{**given, **more})
        assert fields(refusal) == wrong
    assert there() == {"S": 40_000, "T": 10_000}


def test_stock_is_filtered_by_group_and_keeper_in_two_statements(
    packer: Cast, django_assert_num_queries: Any
) -> None:
    sent()
    packer.salt.group = "spices"
    packer.salt.save()
    assert {row.lot.number for row in queries.stock(group="spices")} == {"S"}
    assert queries.stock(partner="NOPE").count() == 0
    with django_assert_num_queries(2):
        assert len(queries.stock(group="spices", status="released")) == 2
    browsing.stock(text="S")


def test_where_goods_go(packer: Cast) -> None:
    empty = place_actions.create_place(actor=ANN, code="A-02", kind="bin", parent=packer.store.uid)
    place_actions.create_place(actor=ANN, code="Q-1", kind="bin", parent=packer.quarantine.uid, usable=False)
    stocked(packer, ("SALT", "S", "1"), place="A-01")
    stocked(packer, ("SALT", "S-2", "1"), place="QUARANTINE")
    spots = queries.put_away("SALT", "S", "STORE")
    assert [(spot.place.code, spot.why) for spot in spots] == [
        ("STORE", "has lot S"), ("A-01", "has lot S"), (empty.code, "is free"),
    ]  # fmt: skip
    assert [spot.why for spot in queries.put_away("PEEL")] == ["is free"]
    assert queries.put_away("NOPE") == []
