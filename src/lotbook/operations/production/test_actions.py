"""Runs: several inputs and outputs, loss, what comes back, and the balance they close with."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.operations.production import actions, queries
from lotbook.operations.production.models import Run
from lotbook.operations.production.rules import Output, kilograms_text
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot


@pytest.fixture
def run(cast: Cast) -> Run:
    stocked(cast, ("TOM", "T-1", "100"), ("SALT", "S-1", "5"), ("JAR", "", "400"))
    return actions.start_run(
        item="SAUCE", site="PLANT", planned_quantity="280", declared_yield="98", actor=ANN
    )


def on_hand(number: str, item: str = "") -> int:
    return sum(row.on_hand for row in browsing.stock(item=item) if not number or row.lot.number == number)


def feed(run: Run) -> None:
    lines = [
        Line(item="TOM", lot="T-1", quantity="100"),
        Line(lot="S-1", quantity="500", unit="g"),
        Line(item="JAR", quantity="280"),
    ]
    actions.consume(run=run.number, lines=lines, place="STORE", actor=ANN)


def test_a_run_takes_inputs_gives_outputs_and_closes_balanced(cast: Cast, run: Run) -> None:
    assert (run.number, run.planned_quantity, run.declared_yield) == ("RUN-270303-1", 280, 9800)
    feed(run)
    outputs = [
        Output(item="SAUCE", quantity="270"),
        Output(item="PEEL", lot="P-1", quantity="4", place="A-01"),
    ]
    actions.produce(run=run.uid, outputs=outputs, place="STORE", actor=ANN)
    actions.lose(run=run.uid, lines=[Line(lot="T-1", quantity="2")], reason="spilled", actor=ANN)
    sauce = Lot.objects.get(item=cast.sauce)
    assert (sauce.number, sauce.produced_on, sauce.expires_on) == (
        "L270303-001",
        date(2027, 3, 3),
        date(2028, 3, 2),
    )
    page = queries.page(run.number)
    assert [(share.lot.number, share.used) for share in page.inputs] == [
        ("T-1", 100_000),
        ("S-1", 500),
        ("", 280),
    ]
    assert [(share.lot.number, share.produced) for share in page.outputs] == [
        ("L270303-001", 270),
        ("P-1", 4000),
    ]
    assert page.balance.unweighed == ("JAR",)
    assert kilograms_text(page.balance.difference) == "0"
    closed = actions.close_run(run=run.uid, actor=ANN)
    assert (closed.status, closed.difference_reason) == ("closed", "")
    with pytest.raises(Conflict, match="is closed"):
        feed(run)


def test_a_difference_needs_a_name(cast: Cast, run: Run) -> None:
    feed(run)
    actions.produce(run=run.uid, outputs=[Output(item="SAUCE", quantity="280")], place="STORE", actor=ANN)
    with pytest.raises(Refused, match=r"difference of 2\.5 kg") as refusal:
        actions.close_run(run=run.uid, actor=ANN)
    assert fields(refusal) == {"reason"}
    closed = actions.close_run(run=run.uid, actor=ANN, reason="evaporated")
    event = browsing.events(kind="observe").get()
    assert closed.difference_reason == event.reason == "evaporated"
    assert event.data["mass_balance_kg"] == {
        "in": "100.5", "out": "98", "lost": "0", "difference": "2.5", "not_weighed": ["JAR"],
    }  # fmt: skip


def test_the_same_form_closes_a_run_once(cast: Cast, run: Run) -> None:
    told: dict[str, Any] = {"run": run.uid, "actor": ANN, "reason": "given up", "uid": uuid4()}
    first = actions.close_run(**told)
    again = actions.close_run(**told)
    assert (again.pk, again.status, again.closed_at) == (first.pk, "closed", first.closed_at)
    with pytest.raises(Conflict):
        actions.close_run(**{**told, "uid": uuid4()})


def test_an_empty_run_does_not_close_by_accident(cast: Cast, run: Run) -> None:
    with pytest.raises(Refused, match="nothing has come out"):
        actions.close_run(run=run.uid, actor=ANN)


def test_unused_goods_come_back_and_no_more_than_went_in(cast: Cast, run: Run) -> None:
    feed(run)
    actions.return_unused(run=run.uid, lines=[Line(lot="T-1", quantity="30")], place="A-01", actor=ANN)
    assert on_hand("T-1") == 30_000
    actions.lose(run=run.uid, lines=[Line(lot="T-1", quantity="60")], reason="mouldy", actor=ANN)
    six_twice = [Line(lot="T-1", quantity="6"), Line(lot="T-1", quantity="6")]
    with pytest.raises(Refused, match="the run holds 4 kg") as refusal:
        actions.return_unused(run=run.uid, lines=six_twice, place="STORE", actor=ANN)
    assert fields(refusal) == {"lines/1/quantity"}
    with pytest.raises(Refused, match="the run holds 4 kg") as refusal:
        actions.lose(run=run.uid, lines=six_twice, reason="more", actor=ANN)
    assert fields(refusal) == {"lines/1/quantity"}


def test_a_reversed_input_no_longer_counts(cast: Cast, run: Run) -> None:
    receipt = actions.consume(run=run.uid, lines=[Line(lot="T-1", quantity="7")], place="STORE", actor=ANN)
    ledger.reverse(receipt.uid, actor=ANN, reason="wrong run")
    page = queries.page(run.uid)
    assert page.inputs == []
    assert page.balance.consumed == 0
    assert on_hand("T-1") == 100_000


def test_a_whole_run_is_written_down_at_once(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("SALT", "S-1", "5"))
    uid = uuid4()

    def record() -> Run:
        return actions.record_run(
            item="SAUCE", site="PLANT", place="STORE", number="PO-7", uid=uid, actor=ANN,
            inputs=[Line(lot="T-1", quantity="100"), Line(lot="S-1", quantity="1")],
            outputs=[Output(item="SAUCE", quantity="280"), Output(item="PEEL", quantity="1")],
            losses=[Line(lot="T-1", quantity="2")], loss_reason="trimmings",
        )  # fmt: skip

    run = record()
    assert (run.status, run.number) == ("closed", "PO-7")
    assert record().pk == run.pk
    assert Run.objects.count() == 1
    assert [event.event.kind for event in queries.page("PO-7").events] == [
        "observe",
        "lose",
        "produce",
        "consume",
    ]


def test_a_whole_run_with_a_fault_leaves_nothing(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"))

    def record(**more: Any) -> None:
        values: dict[str, object] = {
            "item": "SAUCE", "site": "PLANT", "place": "STORE", "actor": ANN,
            "inputs": [Line(lot="T-1", quantity="10")], "outputs": [Output(item="PEEL", quantity="10")],
            **more,
        }  # fmt: skip
        actions.record_run(**values)  # type: ignore[arg-type]

    for more, wrong in [
        ({"inputs": [Line(lot="T-1", quantity="101")]}, {"inputs/0/quantity"}),
        ({"inputs": [Line(lot="NOPE", quantity="1")], "outputs": []}, {"inputs/0/lot", "outputs/0/item"}),
        ({"outputs": [Output(item="PEEL", quantity="0.0001")]}, {"outputs/0/quantity"}),
        ({"losses": [Line(lot="T-1", quantity="11")], "loss_reason": "x"}, {"losses/0/quantity"}),
        ({"losses": [Line(lot="T-1", quantity="1")]}, {"loss_reason"}),
        ({"outputs": [Output(item="PEEL", quantity="9")]}, {"difference_reason"}),
        ({"occurred_at": TODAY.replace(year=2029)}, {"occurred_at"}),
        ({"place": "NOPE"}, {"place"}),
        ({"item": "NOPE"}, {"item"}),
        ({"site": "A-01"}, {"site"}),
        ({"number": "STORE"}, {"number"}),
    ]:
        with pytest.raises(Refused) as refusal:
            record(**more)  # type: ignore[arg-type]
        assert fields(refusal) == wrong
    assert not Run.objects.exists()
    assert not Lot.objects.filter(item=cast.peel).exists()
    assert browsing.events().count() == 1
    record()


def test_a_run_is_found_by_number_or_uid_only(cast: Cast, run: Run) -> None:
    assert queries.run(str(run.uid)) == queries.run(run.number) == run
    with pytest.raises(NotFound):
        queries.run("RUN-0")
