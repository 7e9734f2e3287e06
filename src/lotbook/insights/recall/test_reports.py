"""Papers: the drill's report and the case's, made again the same, marked on every page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Drill
from lotbook.insights.recall.queries import drills as found
from lotbook.insights.recall.queries import reconciling as figures
from lotbook.insights.recall.queries import results
from lotbook.insights.recall.reports import TEMPLATE, closing
from lotbook.insights.recall.reports import drills as papers
from lotbook.kernel import clock, pdf
from lotbook.traceability.lots.models import Lot

QUINN, ANNA = "user:quinn", "user:anna"


def started(*numbers: str, **more: Any) -> Drill:
    uids = [Lot.objects.get(number=number).uid for number in numbers or ("TOM-1",)]
    return actions.start_drill(lots=uids, actor=QUINN, **more)


def pages(body: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", body))


def test_the_same_paper_comes_out_whenever_it_is_asked_for(world: Cast) -> None:
    one = started(answers="asked")
    draft = papers.paper(one, by=QUINN)
    done = actions.finish(drill=one.case.uid, actor=ANNA, finding="slow", owner="Sven")
    first = papers.paper(done)
    cast.ship(world, world.heron, world.sauce, "SAUCE-1", "100")
    with clock.standing(clock.now() + timedelta(days=40)):
        again = papers.paper(found.drill(one.case.uid), by="user:audrey")
    assert first == again != draft
    assert first.startswith(b"%PDF-")
    assert 1 <= pages(first) <= 5
    assert papers.paper(done, paper="letter") != first


def test_a_drill_says_so_until_it_is_signed_and_after(world: Cast) -> None:
    one = started()
    told = papers.data(one, results.result(one, at=clock.now()))
    assert "NOT SIGNED" in told["banner"]
    assert "MADE UP" not in told["banner"]
    assert "MADE UP" in papers.data(one, {**results.result(one, at=clock.now()), "made_up": True})["banner"]
    assert "signature" not in told
    done = actions.finish(drill=one.case.uid, actor=ANNA, text="fine")
    told = papers.data(done, done.result)
    assert told["banner"].startswith("DRILL")
    assert "NOT SIGNED" not in told["banner"]
    said = dict(told["signature"]["facts"])
    assert (said["By"], said["Remark"]) == ("anna", "fine")
    assert said["SHA-256 of what was signed"] == done.signature


@pytest.mark.once
def test_a_report_of_hundreds_of_lots_keeps_to_five_pages(world: Cast) -> None:
    for number in range(60):
        outputs = {(world.rework, f"RW-{number}"): "5"}
        cast.make(world, f"RUN-R{number}", {(world.tomatoes, "TOM-1"): "1"}, outputs)
        cast.ship(world, world.heron, world.rework, f"RW-{number}", "1")
    one = started(answers="asked")
    done = actions.finish(drill=one.case.uid, actor=ANNA)
    assert pages(papers.paper(done)) <= 5
    pictures = pdf.pictures(TEMPLATE, papers.data(done, done.result), by=ANNA, at=done.signed_at, dpi=30)
    assert len(pictures) <= 5


# -- the report of a case -----------------------------------------------------------------------------


def reconciling(world: Cast) -> Any:
    given = {"lots": [str(Lot.objects.get(number="TOM-1").uid)]}
    case = actions.open_case(kind="recall", reason="glass", suspects=given, actor=QUINN, classification="II")
    case = actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="recall", reason="glass was found", actor=QUINN)
    actions.enter_expense(case=case.uid, text="Courier", amount="12", currency="EUR", actor=QUINN)
    return actions.reconcile(case=case.uid, actor=QUINN)


def sections(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {section["heading"]: section for section in told["sections"]}


def test_an_interim_report_says_what_is_open(world: Cast) -> None:
    case = reconciling(world)
    told = closing.data(case)
    assert (told["title"], told["banner"]) == ("Interim report", "INTERIM REPORT")
    parts = sections(told)
    assert [row[-1] for row in parts["Mass balance"]["rows"]] == ["100 %", "100 %"]
    assert {row[0].split(" (")[0] for row in parts["Customers"]["rows"]} == {
        "Larchwood Market", "Green Kettle Grocery",
    }  # fmt: skip
    assert {row[1] for row in parts["What is open, and what explains the rest"]["rows"]} == {"OPEN"}
    assert parts["Costs"]["rows"][0][2] == "12"
    assert "whole" in dict(parts["Log"]["facts"])["State"]
    assert closing.paper(case, by=QUINN).startswith(b"%PDF-")


def test_a_closing_report_is_as_of_the_end(world: Cast) -> None:
    case = reconciling(world)
    fields = [point.field for point in figures.points(case)]
    actions.explain_points(case=case.uid, points=fields, explanation="eaten", actor=QUINN)
    case = actions.close(case=case.uid, reason="all named", actor=ANNA)
    first, told = closing.paper(case), closing.data(case)
    cast.take_back(world, world.larchwood, world.sauce, "SAUCE-1", "10")
    with clock.standing(clock.now() + timedelta(days=3)):
        assert closing.paper(case, by="user:audrey") == first
    assert (told["title"], told["banner"]) == ("Closing report", "")
    said = dict(told["signature"]["facts"])
    assert (said["By"], said["Meaning"], said["Why"]) == ("anna", "closed", "all named")
    assert said["Approved by"] == ""
    assert len(said["Signature"]) == 64


def test_a_case_that_only_began_has_a_report_too(world: Cast) -> None:
    case = actions.open_case(kind="recall", reason="#set page(fill: red)\n= x", actor=QUINN)
    told = closing.data(case)
    assert "No scope was taken." in {section["empty"] for section in told["sections"]}
    assert closing.paper(case).startswith(b"%PDF-")
    case = actions.call_off(case=case.uid, reason="mistaken", actor=ANNA)
    assert closing.data(case)["signature"]["title"] == "Called off"
    drill = started()
    case = actions.call_off(case=drill.case.uid, reason="fire alarm", actor=ANNA)
    assert closing.data(case)["banner"].startswith("DRILL")
