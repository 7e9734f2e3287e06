"""Drills as people see them: start, clock, people, findings, signature, history, reminder."""

from __future__ import annotations

import csv
import html
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Case, Drill
from lotbook.insights.recall.queries import drills
from lotbook.kernel import clock, sql
from lotbook.traceability.lots.models import Lot

UID = "018f7b3c-0000-7000-8000-000000000009"


@pytest.fixture
def quinn(world: Cast) -> Client:
    return client("quinn")


def client(name: str) -> Client:
    found = Client()
    found.force_login(cast.person(name))
    return found


def text(answer: Any) -> str:
    return html.unescape(str(answer.content.decode()))


def started(**more: Any) -> Drill:
    return actions.start_drill(lots=[Lot.objects.get(number="TOM-1").uid], actor="user:quinn", **more)


def start(quinn: Client, **more: Any) -> Any:
    values = {
        "uid": UID,
        "lots": "",
        "target": "2h",
        "among": "shipped",
        "days": "90",
        "answers": "none",
        **more,
    }
    return quinn.post("/recall/drills/new", values)


def test_from_the_empty_list_to_the_signed_report(world: Cast, quinn: Client) -> None:
    shown = text(quinn.get("/recall/drills"))
    assert "No drill yet" in shown
    assert "/recall/drills/new" in shown
    assert "Start the drill" in text(quinn.get("/recall/drills/new"))
    answer = start(quinn, seed="7")
    here = f"/recall/{UID}"
    assert (answer.status_code, answer["Location"]) == (302, here)
    shown = text(quinn.get(here))
    for words in (
        "DRILL",
        "of 2 h",
        "Drawn by seed",
        "from 1 lots",
        "Sign the drill",
        "Every lot is accounted for",
    ):
        assert words in shown, words
    assert "Drawn again" in text(quinn.get(f"{here}?draw=again"))
    values = {"text": "fine", "finding": "slow", "action": "train", "owner": "Sven", "due_on": "2027-03-03"}
    shown = text(quinn.post(f"{here}/sign", values, follow=True))
    for words in ("Signed: ", "fits what was signed", "100 %", "Settle finding 1", "until"):
        assert words in shown, words
    assert "Sign the drill" not in shown
    report = quinn.get(f"{here}/report.pdf")
    assert (report["Content-Type"], report.content[:5]) == ("application/pdf", b"%PDF-")
    assert report.content == client("audrey").get(f"{here}/report.pdf").content
    listed = text(quinn.get("/recall/drills"))
    for words in (Case.objects.get().number, "How they went", "Findings still open", "seed 7"):
        assert words in listed, words
    (finding,) = drills.drill(UID).findings.all()
    settled = quinn.post(f"{here}/drill/settle", {"finding": finding.uid, "text": "trained"}, follow=True)
    assert "trained" in text(settled)


def test_what_is_typed_wrongly_stays_in_the_form(world: Cast, quinn: Client) -> None:
    for values, words in (
        ({"target": "soon"}, "expected a time"),
        ({"lots": "NO-SUCH"}, "the book knows no"),
        ({"seed": "x"}, "whole number"),
        ({"days": "0"}, "from 1 to"),
    ):
        answer = start(quinn, **values)
        assert (answer.status_code, words in text(answer)) == (422, True), values
    assert Case.objects.count() == 0
    one = started()
    answer = quinn.post(f"/recall/{one.case.uid}/sign", {"owner": "Sven"})
    assert answer.status_code == 422
    assert drills.drill(one.case.uid).signed_at is None


def test_people_are_taken_down_on_the_page(world: Cast, quinn: Client) -> None:
    one = started(answers="asked")
    here = f"/recall/{one.case.uid}"
    question = one.questions.get(role="Larchwood Market")
    values = {"question": question.uid, "reached": "yes", "name": "Mrs Elm", "answer": "<b>at once</b>"}
    shown = quinn.post(f"{here}/drill/answer", values, follow=True).content.decode()
    assert "Mrs Elm" in shown
    assert "<b>at once" not in shown
    assert "1 of 8 asked" in shown
    values = {"role": "Laboratory", "question": "Keeps a sample?"}
    assert "Laboratory" in text(quinn.post(f"{here}/drill/question", values, follow=True))
    values = {"text": "Nobody in shipping", "owner": "Sven"}
    assert "Nobody in shipping" in text(quinn.post(f"{here}/drill/finding", values, follow=True))
    assert quinn.post(f"{here}/drill/answer", {"question": question.uid, "reached": "x"}).status_code == 422
    assert quinn.post(f"{here}/drill/dance").status_code == 404
    assert quinn.post(f"/recall/{UID}/drill/finding", {"text": "x"}).status_code == 404


def test_the_clock_is_asked_again_only_while_it_runs(world: Cast, quinn: Client) -> None:
    one = started(target="1h")
    here = f"/recall/{one.case.uid}"
    assert "every 20s" in text(quinn.get(f"{here}/clock"))
    with clock.standing(clock.now() + timedelta(hours=2)):
        assert "beyond the target" in text(quinn.get(f"{here}/clock"))
        actions.finish(drill=one.case.uid, actor="user:anna")
    shown = text(quinn.get(f"{here}/clock"))
    assert "every 20s" not in shown
    assert "1 h late" in shown


def test_who_may_what(world: Cast) -> None:
    one = started()
    here = f"/recall/{one.case.uid}"
    audrey = client("audrey")
    assert "Sign the drill" not in text(audrey.get(here))
    assert "Start a drill" not in text(audrey.get("/recall/drills"))
    for path in ("/recall/drills/new", f"{here}/sign", f"{here}/drill/finding"):
        assert audrey.post(path).status_code == 403, path
    assert Client().get(f"{here}/report.pdf").status_code == 302
    assert drills.drill(one.case.uid).signed_at is None


def test_the_history_leaves_as_a_file(world: Cast, quinn: Client) -> None:
    actions.finish(drill=started(target="2h").case.uid, actor="user:anna")
    rows = list(csv.reader(io.StringIO(b"".join(quinn.get("/recall/drills?format=csv")).decode("utf-8-sig"))))
    head = next(index for index, row in enumerate(rows) if row[:1] == ["number"])
    row = dict(zip(rows[head], rows[head + 1], strict=True))
    assert (row["target s"], row["balance %"], row["signed by"], row["in time"]) == (
        "7200", "100 %", "user:anna", "yes",
    )  # fmt: skip
    assert b"".join(quinn.get("/recall/drills?format=xlsx"))[:2] == b"PK"


def test_today_reminds_of_a_drill(world: Cast, quinn: Client) -> None:
    assert "A drill is due" in text(quinn.get("/recall/drills/due"))
    one = started()
    assert "under way" in text(quinn.get("/recall/drills/due"))
    actions.finish(drill=one.case.uid, actor="user:anna")
    assert "Last drill" in text(quinn.get("/recall/drills/due"))
    with clock.standing(clock.now() + timedelta(days=200)):
        assert "A drill is due" in text(quinn.get("/recall/drills/due"))


def test_the_number_of_statements_does_not_grow(world: Cast, quinn: Client) -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured, sql.counted() as plain:
            assert quinn.get(path).status_code == 200
        return len(captured) + len(plain)

    one = started(answers="asked")
    paths = ("/recall/drills", f"/recall/{one.case.uid}")
    actions.find(drill=one.case.uid, text="one", actor="user:quinn")
    few = [statements(path) for path in paths]
    for number in range(5):
        actions.find(drill=one.case.uid, text=f"more {number}", actor="user:quinn")
        actions.add_question(drill=one.case.uid, role="Somebody", question="?", actor="user:quinn")
        started()
    assert [statements(path) for path in paths] == few
