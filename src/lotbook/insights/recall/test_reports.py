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
from lotbook.insights.recall.reports import TEMPLATE
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
    told = papers.data(one, papers.results.result(one, at=clock.now()))
    assert "NOT SIGNED" in told["banner"]
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
