"""Holds: TOM T-1 → [RUN] → SAUCE S-1 → [RUN] → SAUCE S-2, and S-1 is gone, but not all of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries as place_queries
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.quality import actions, queries
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, LotRef, Move
from lotbook.traceability.lots.models import Hold, Lot

RUN_1 = "RUN-1"


@pytest.fixture
def chain(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("SALT", "S-1", "5"))
    make(cast, RUN_1, [("TOM", "T-1", 60_000)], [("SAUCE", "A", 100), ("PEEL", "P", 1000)])
    make(cast, "RUN-2", [("SAUCE", "A", 100)], [("SAUCE", "B", 90)])


def lot(number: str) -> Lot:
    return Lot.objects.get(number=number)


def make(
    cast: Cast, code: str, inputs: list[tuple[str, str, int]], outputs: list[tuple[str, str, int]]
) -> None:
    items = {item.code: item.pk for item in (cast.tomatoes, cast.salt, cast.sauce, cast.peel)}
    run = (place_queries.by_code(code) or places.create_run_place(code=code)).pk
    store = cast.store.pk
    into = [Move(LotRef(items[item], number), store, run, quantity) for item, number, quantity in inputs]
    out = [Move(LotRef(items[item], number), run, store, quantity) for item, number, quantity in outputs]
    drafts = [Draft("consume", TODAY, moves=into, override="needed")] if into else []
    ledger.post([*drafts, Draft("produce", TODAY, moves=out)], actor=ANN)


def held() -> set[str]:
    return set(Lot.objects.filter(held__gt=0).values_list("number", flat=True))


def hold(number: str, item: str = "", **more: Any) -> actions.Held:
    values: dict[str, object] = {"kind": "quality", "reason": "smells", "actor": ANN, **more}
    return actions.hold(lots=[Line(item=item, lot=number)], **values)  # type: ignore[arg-type]


def test_what_was_made_from_a_held_lot_and_is_still_ours_is_held(chain: None) -> None:
    done = hold("T-1", reason="glass")
    assert held() == {"T-1", "P", "B"}  # A went into B: nothing of it is left
    assert (len(done.holds), len(done.derived)) == (1, 2)
    source = Hold.objects.get(uid=done.holds[0])
    assert set(Hold.objects.exclude(pk=source.pk).values_list("source", flat=True)) == {source.pk}
    assert queries.holds(own_only=True).count() == 1
    assert "made from lot T-1 on hold: glass" in Hold.objects.get(lot__number="B").reason


def test_the_lot_alone_is_held_when_asked_so(chain: None) -> None:
    hold("T-1", descendants=False)
    assert held() == {"T-1"}


def test_what_is_made_later_is_held_and_all_are_released_together(cast: Cast, chain: None) -> None:
    done = hold("T-1")
    make(cast, "RUN-3", [("TOM", "T-1", 1000)], [("SAUCE", "C", 3)])
    make(cast, "RUN-4", [("SAUCE", "C", 1)], [("SAUCE", "D", 1)])
    assert held() == {"T-1", "P", "B", "C", "D"}
    receipt = actions.release(holds=done.holds, reason="lab says fine", actor=ANN)
    assert held() == set()
    assert browsing.event_page(receipt.uid).event.reason == "lab says fine"
    with pytest.raises(Conflict, match="was released on"):
        actions.release(holds=done.holds, reason="again", actor=ANN)


def test_a_lot_is_free_when_its_last_hold_is_off(chain: None) -> None:
    first, second = hold("S-1", item="SALT"), hold("S-1", item="SALT", kind="customs")
    actions.release(holds=first.holds, reason="ok", actor=ANN)
    assert held() == {"S-1"}
    actions.release(holds=second.holds, reason="ok", actor=ANN)
    assert held() == set()


def test_a_release_without_cascade_leaves_what_was_made_held(chain: None) -> None:
    done = hold("T-1")
    actions.release(holds=done.holds, reason="raw goods are fine", cascade=False, actor=ANN)
    assert held() == {"P", "B"}


def test_two_holds_on_two_sources_keep_their_common_product_until_both_are_off(
    cast: Cast, chain: None
) -> None:
    make(cast, "RUN-5", [("TOM", "T-1", 1000), ("SALT", "S-1", 1000)], [("SAUCE", "E", 3)])
    done = actions.hold(
        lots=[Line(lot="T-1"), Line(item="SALT", lot="S-1")], kind="recall", reason="both", actor=ANN
    )
    assert lot("E").held == 2
    actions.release(holds=done.holds[:1], reason="ok", actor=ANN)
    assert (lot("E").held, lot("T-1").held) == (1, 0)


def test_the_same_form_twice_holds_once(chain: None) -> None:
    uid = uuid4()
    assert hold("T-1", uid=uid).holds == hold("T-1", uid=uid).holds
    assert lot("T-1").held == lot("B").held == 1


def test_bad_holds_and_releases_are_named_and_nothing_is_held(chain: None) -> None:
    refused: list[tuple[list[Line], dict[str, object], set[str]]] = [
        ([Line(lot="NOPE")], {}, {"lots/0/lot"}),
        ([], {}, {"lots/0/item"}),
        ([Line(lot="T-1")], {"reason": " "}, {"reason"}),
        ([Line(lot="T-1")], {"kind": "mood"}, {"kind"}),
        ([Line(lot="T-1")], {"occurred_at": TODAY.replace(year=2040)}, {"occurred_at"}),
    ]
    for lines, more, wrong in refused:
        values: dict[str, object] = {"kind": "quality", "reason": "smells", "actor": ANN, **more}
        with pytest.raises(Refused) as refusal:
            actions.hold(lots=lines, **values)  # type: ignore[arg-type]
        assert fields(refusal) == wrong
    for holds, reason, wrong in [
        ([], "x", {"holds"}),
        (["nonsense", uuid4()], "x", {"holds/0", "holds/1"}),
        ([uuid4()], "", {"holds/0", "reason"}),
    ]:
        with pytest.raises(Refused) as refusal:
            actions.release(holds=holds, reason=reason, actor=ANN)  # type: ignore[arg-type]
        assert fields(refusal) == wrong
    assert held() == set()
