"""Lots that flow together in a tank, and serials made of serials: what the trace reaches, and no more."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog import queries as catalog_queries
from lotbook.foundation.places import actions as places
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.production import actions, queries, rules
from lotbook.operations.production.models import Run, Vessel
from lotbook.operations.production.rules import Output, Part, Unit
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries as traces


def reached(number: str, direction: str = "forward") -> set[str]:
    """The lots a trace from a lot finds, without it."""
    (subject,) = traces.resolve(number)
    found = traces.trace(subject, direction)
    return {one.lot for one in found.lots} - {number}


@pytest.fixture
def tank(cast: Cast) -> Vessel:
    places.create_place(actor=ANN, code="TANK", kind="bin", name="Tank", parent=cast.store.uid)
    stocked(cast, ("TOM", "A", "100"), ("TOM", "B", "100"), ("TOM", "C", "100"))
    return actions.create_vessel(place="TANK", item="TOM", capacity="250", actor=ANN)


def fill(*lines: Line, **more: Any) -> object:
    return actions.fill_vessel(vessel="TANK", lines=lines, place="STORE", actor=ANN, **more)


def draw(quantity: str, **more: Any) -> object:
    return actions.draw_vessel(vessel="TANK", quantity=quantity, actor=ANN, **more)


def inside() -> list[tuple[str, int]]:
    return [(one.lot.number, one.quantity) for one in queries.vessel_page("TANK").row.inside]


def test_what_was_drawn_before_a_lot_came_has_nothing_of_it(tank: Vessel) -> None:
    """A ─→ TANK ─→ FIRST; A rest + B ─→ TANK-1 ─→ SECOND; TANK-1 rest + C ─→ TANK-2 ─→ THIRD."""
    fill(Line(lot="A", quantity="100"))
    assert inside() == [("A", 100_000)]
    made = []
    for number, comes in (("FIRST", "B"), ("SECOND", "C"), ("THIRD", "")):
        run = actions.start_run(item="PEEL", site="PLANT", actor=ANN)
        draw("60", run=run.number)
        actions.produce(
            run=run.uid, outputs=[Output(item="PEEL", lot=number, quantity="60")], place="STORE", actor=ANN
        )
        assert queries.page(run.uid).balance.balanced
        if comes:
            fill(Line(lot=comes, quantity="100"))
        made.append(run)
    one, two = "TANK-270303-1", "TANK-270303-2"
    assert inside() == [(two, 120_000)]
    assert reached("A") == {"FIRST", one, "SECOND", two, "THIRD"}
    assert reached("B") == {one, "SECOND", two, "THIRD"}
    assert reached("C") == {two, "THIRD"}
    assert reached("THIRD", "back") == {"A", "B", "C", one, two}
    assert reached("FIRST", "back") == {"A"}
    page = queries.vessel_page("TANK")
    assert [
        (blend.lot and blend.lot.number, [(share.lot.number, share.used) for share in blend.inputs])
        for blend in page.blends
    ] == [
        (two, [(one, 80_000), ("C", 100_000)]),
        (one, [("A", 40_000), ("B", 100_000)]),
    ]


def test_filling_is_one_act_and_taken_back_as_one(tank: Vessel) -> None:
    uid = uuid4()
    fill(Line(lot="A", quantity="100"))
    fill(Line(lot="B", quantity="100"), uid=uid)
    fill(Line(lot="B", quantity="100"), uid=uid)
    assert inside() == [("TANK-270303-1", 200_000)]
    with pytest.raises(Conflict, match="other content"):
        fill(Line(lot="B", quantity="50"), uid=uid)
    ledger.reverse(uid, actor=ANN, reason="the wrong tank")
    assert sorted(inside()) == [("A", 100_000)]
    assert reached("B") == set()
    assert [blend.lot for blend in queries.vessel_page("TANK").blends] == [None]


def test_a_vessel_holds_what_it_holds(tank: Vessel) -> None:
    with pytest.raises(Refused, match="300 kg do not fit") as refusal:
        fill(*(Line(lot=lot, quantity="100") for lot in "ABC"))
    assert fields(refusal) == {"lines/0/quantity"}
    with pytest.raises(Refused, match="nothing in Tank"):
        fill()
    with pytest.raises(Refused, match="0 kg are in Tank"):
        draw("1", to="STORE")
    with pytest.raises(Refused, match="say one"):
        draw("1")
    fill(Line(lot="A", quantity="10"), Line(lot="B", quantity="10"), number="MIX-1")
    assert inside() == [("MIX-1", 20_000)]
    with pytest.raises(Refused, match="there is a lot MIX-1"):
        fill(Line(lot="C", quantity="10"), number="MIX-1")
    with pytest.raises(Conflict, match="a vessel already"):
        actions.create_vessel(place="TANK", item="TOM", actor=ANN)
    with pytest.raises(Refused) as refusal:
        actions.create_vessel(place="PLANT", item="JAR", actor=ANN)
    assert fields(refusal) == {"place", "item"}


def test_lots_put_in_side_by_side_are_blended_before_anything_is_drawn(tank: Vessel, cast: Cast) -> None:
    stand = cast.plant.__class__.objects.get(code="TANK").pk
    moves = [Move(Lot.objects.get(number=lot).pk, cast.store.pk, stand, 100_000) for lot in ("A", "B")]
    ledger.post([Draft("move", TODAY, moves=moves)], actor=ANN)
    draw("30", to="A-01")
    assert inside() == [("TANK-270303-1", 170_000)]
    assert reached("B") == {"TANK-270303-1"}


def test_the_chain_ends_when_the_vessel_is_emptied(tank: Vessel) -> None:
    fill(Line(lot="A", quantity="100"))
    Lot.objects.filter(number="A").update(expires_on=date(2027, 3, 10))
    fill(Line(lot="B", quantity="50"))
    blend = Lot.objects.get(number="TANK-270303-1")
    assert blend.expires_on == date(2027, 3, 10)
    with pytest.raises(Refused):
        actions.empty_vessel(vessel="TANK", reason="", actor=ANN)
    actions.empty_vessel(vessel="TANK", reason="weekly cleaning", actor=ANN)
    assert inside() == []
    assert [row.on_hand for row in browsing.where(blend)[1]] == [150_000]
    fill(Line(lot="C", quantity="100"))
    assert inside() == [("C", 100_000)]
    assert reached("A") == {"TANK-270303-1"}
    assert reached("C") == set()


def test_what_flows_into_a_held_blend_is_held(tank: Vessel) -> None:
    fill(Line(lot="A", quantity="50"))
    lot = Lot.objects.get(number="A")
    hold = PutHold(lot.pk, "quality", uuid4())
    draft = Draft("hold", TODAY, holds=[hold], reason="odd smell")
    ledger.post([draft], actor=ANN)
    with pytest.raises(Refused):
        fill(Line(lot="B", quantity="10"))
    fill(Line(lot="B", quantity="10"), override="goes to waste")
    assert Lot.objects.get(number="TANK-270303-1").held == 1


# -- unit by unit ----------------------------------------------------------------------------------


@pytest.fixture
def run(cast: Cast) -> Run:
    catalog.create_item(actor=ANN, code="MOTOR", name="Motor", unit="H87", scale=0, tracking="serial")
    return actions.start_run(item="SCALE", site="PLANT", planned_quantity="2", actor=ANN)


def motors(cast: Cast, count: int) -> None:
    item = catalog_queries.by_code("MOTOR")
    assert item is not None
    source = places.partner_place(cast.farm).pk
    refs = [LotRef(item.pk, f"M-{n}", 2) for n in range(count)]
    moves = [Move(ref, source, cast.bin.pk, 1) for ref in refs]
    ledger.post([Draft("receive", TODAY, moves=moves)], actor=ANN)


def make(run: Run, text: str, **more: Any) -> object:
    return actions.make_units(
        run=run.uid,
        units=rules.pasted(text),
        place="STORE",
        to="A-01",
        actor=ANN,
        **more,
    )


def test_a_component_serial_traces_to_its_unit_only(cast: Cast, run: Run) -> None:
    motors(cast, 2)
    stocked(cast, ("SALT", "GLUE", "1"), ("PEEL", "SCREWS", "10"))
    actions.consume(run=run.uid, lines=[Line(lot="GLUE", quantity="0.5")], place="STORE", actor=ANN)
    uid = uuid4()
    text = "unit\tMOTOR\tPEEL*4\nU-1\tM-0\tSCREWS\nU-2\tM-1\tSCREWS"
    make(run, text, uid=uid)
    make(run, text, uid=uid)
    assert reached("M-0") == {"U-1"}
    assert reached("M-1") == {"U-2"}
    assert reached("SCREWS") == reached("GLUE") == {"U-1", "U-2"}
    assert reached("U-1", "back") == {"M-0", "SCREWS", "GLUE"}
    page = queries.page(run.uid)
    assert (page.made, page.units) == (2, 2)
    assert {(share.lot.number, share.used) for share in page.inputs} == {
        ("GLUE", 500), ("M-0", 1), ("M-1", 1), ("SCREWS", 8_000),
    }  # fmt: skip
    assert [row.event.kind for row in page.events] == ["transform", "consume"]
    assert queries.runs().count() == 1
    ledger.reverse(uid, actor=ANN, reason="wrong motors")
    assert reached("M-0") == set()
    assert queries.page(run.uid).made == 0


def test_units_with_faults_are_refused_whole(cast: Cast, run: Run) -> None:
    motors(cast, 2)
    stocked(cast, ("SCALE", "OLD", "1"))
    for text, wrong in [
        ("unit;MOTOR\nU-1;M-0\nU-1;M-1", {"units/1/serial"}),
        ("unit;MOTOR\nOLD;M-0", {"units/0/serial"}),
        ("unit;MOTOR\nU-1;M-0\nU-2;M-0", {"units/1/parts/0/lot"}),
        ("unit;MOTOR\nU-1;M-7", {"units/0/parts/0/lot"}),
        ("unit;NOPE\nU-1;M-7", {"units/0/parts/0/item"}),
        ("unit;MOTOR\nU-1;M-0*0.5", {"units/0/parts/0/quantity"}),
        ("unit;MOTOR\nU-1;", {"units/0/parts"}),
        ("unit;MOTOR\n", {"units/0/serial"}),
    ]:
        with pytest.raises(Refused) as refusal:
            make(run, text)
        assert fields(refusal) == wrong, text
    assert Run.objects.count() == 1
    other = actions.start_run(item="SAUCE", site="PLANT", actor=ANN)
    with pytest.raises(Refused, match="not tracked by serial"):
        actions.make_units(
            run=other.uid, units=[Unit("U", (Part("MOTOR", "M-0"),))], place="STORE", actor=ANN
        )


def test_five_hundred_units_in_one_act_take_few_statements_more_than_fifty(cast: Cast, run: Run) -> None:
    motors(cast, 550)
    counts = []
    for start, count in ((0, 50), (50, 500)):
        rows = "\n".join(f"U-{n};M-{n}" for n in range(start, start + count))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            make(run, f"unit;MOTOR\n{rows}")
        counts.append(len(seen))
    # Rows go in by some hundred a statement.
    assert counts[1] <= counts[0] + 40
    assert reached("M-300") == {"U-300"}
    assert book.made_in(queries.unit_places(run)) and queries.page(run.uid).made == 550
