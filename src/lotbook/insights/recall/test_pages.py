"""The room as people see it: who may what, a walk from suspicion to closed, refusals, files, statements."""

from __future__ import annotations

import csv
import html
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import pages, scoping
from lotbook.kernel import sql
from lotbook.operations.complaints import actions as complaints
from lotbook.operations.complaints.reading import Told
from lotbook.traceability.lots.models import Hold, Lot


@pytest.fixture
def quinn(world: Cast) -> Client:
    return client("quinn")


def client(name: str) -> Client:
    found = Client()
    found.force_login(cast.person(name))
    return found


def text(answer: Any) -> str:
    return html.unescape(str(answer.content.decode()))


def opened(kind: str = "recall") -> Case:
    given = scoping.of_lots([Lot.objects.get(number="TOM-1").uid])
    return actions.open_case(kind=kind, reason="glass in jars", suspects=given, actor="user:quinn")


def frozen(kind: str = "recall") -> Case:
    case = actions.take_scope(case=opened(kind).uid, actor="user:quinn")
    return actions.freeze(case=case.uid, actor="user:quinn").case


def test_the_list_says_the_next_step_while_it_is_empty(quinn: Client) -> None:
    shown = text(quinn.get("/recall"))
    assert "No recall case yet" in shown
    assert "/recall/new" in shown
    assert "No case fits" in text(quinn.get("/recall?text=nothing"))


def test_a_case_from_the_lot_page_to_closed(world: Cast, quinn: Client) -> None:
    lot = Lot.objects.get(number="TOM-1")
    panel = text(quinn.get(f"/lots/{lot.uid}/recall"))
    start = panel.split('href="')[1].split('"')[0]
    form = text(quinn.get(start))
    assert str(lot.uid) in form
    answer = quinn.post(
        "/recall/new",
        {
            "uid": "018f7b3c-0000-7000-8000-000000000001", "lots": str(lot.uid), "reason": "glass",
            "kind": "recall", "source_kind": "lot", "source": "TOM-1",
        },
    )  # fmt: skip
    case = Case.objects.get()
    here = f"/recall/{case.uid}"
    assert (answer.status_code, answer["Location"]) == (302, here)
    assert "Take the scope" in text(quinn.get(here))
    assert "Freeze every affected lot" in text(quinn.post(f"{here}/do/scope", follow=True))
    shown = text(quinn.post(f"{here}/do/freeze", follow=True))
    assert "2 lots are on hold" in shown
    assert "Decide and sign" in shown
    assert Hold.objects.filter(released_sequence=None).count() == 2
    shown = text(quinn.post(f"{here}/decide/decide", {"decision": "recall", "reason": "glass"}, follow=True))
    assert "Larchwood Market" in shown
    shown = text(quinn.post(f"{here}/do/reconcile", follow=True))
    assert "What does not add up" in shown
    refused = quinn.post(f"{here}/decide/close", {"reason": "done"})
    assert refused.status_code == 422
    assert "not accounted for" in text(refused)
    uid = lot.uid
    for number in ("TOM-1", "SAUCE-1"):
        uid = Lot.objects.get(number=number).uid
        quinn.post(f"{here}/do/explain", {"lot": uid, "explanation": "digester"})
    for customer in case.customers.all():
        values = {"customer": customer.uid, "lot": uid, "destroyed": "10", "explanation": "eaten"}
        assert quinn.post(f"{here}/do/account", values).status_code == 302
    quinn.post(f"{here}/do/expense", {"text": "Courier", "amount": "12", "currency": "EUR"})
    quinn.post(f"{here}/do/note", {"text": "The authority called."})
    shown = text(quinn.post(f"{here}/decide/close", {"reason": "done"}, follow=True))
    assert "The case is closed and signed." in shown
    log = text(quinn.get(f"{here}?tab=log"))
    for verb in ("Opened", "Scope taken", "Frozen", "Decided", "Difference named", "Note", "Closed"):
        assert verb in log
    assert "each digest fits" in log
    assert case.number in text(quinn.get("/recall"))
    assert case.number in text(quinn.get(f"/lots/{lot.uid}/recall"))


def test_what_is_typed_wrongly_stays_in_the_form(world: Cast, quinn: Client) -> None:
    answer = quinn.post("/recall/new", {"uid": "x", "lots": "TOM-1", "reason": "glass", "kind": "recall"})
    assert answer.status_code == 422
    values = {
        "uid": "018f7b3c-0000-7000-8000-000000000001",
        "lots": "NO-SUCH",
        "reason": "glass",
        "kind": "recall",
    }
    answer = quinn.post("/recall/new", values)
    assert answer.status_code == 422
    assert "the book knows no 'NO-SUCH'" in text(answer)
    assert "glass" in text(answer)
    values["lots"] = "RM-TOMATO TOM-1\nSAUCE-1"
    assert quinn.post("/recall/new", values).status_code == 302
    assert len(Case.objects.get().suspects["lots"]) == 2


def test_a_drill_says_so_on_every_tab(world: Cast, quinn: Client) -> None:
    case = frozen("drill")
    for tab in pages.TABS:
        assert "This is a drill" in text(quinn.get(f"/recall/{case.uid}?tab={tab}"))
    assert "DRILL" in text(quinn.get("/recall"))


def test_lots_are_let_go_from_the_list(world: Cast, quinn: Client) -> None:
    case = frozen()
    here = f"/recall/{case.uid}"
    lot = Lot.objects.get(number="SAUCE-1")
    assert quinn.post(f"{here}/decide/release", {"lot": lot.uid}).status_code == 422
    shown = text(quinn.post(f"{here}/decide/release", {"lot": lot.uid, "reason": "x-rayed"}, follow=True))
    assert "let go: x-rayed" in shown
    Hold.objects.filter(lot__number="TOM-1").update(released_sequence=1)
    assert "released elsewhere" in text(quinn.get(f"{here}?tab=lots"))


def test_suspects_are_said_anew(world: Cast, quinn: Client) -> None:
    case = actions.take_scope(case=opened().uid, actor="user:quinn")
    here = f"/recall/{case.uid}/suspects"
    assert "RM-TOMATO TOM-1" in text(quinn.get(here))
    assert quinn.post(here, {"lots": "TOM-2", "reason": "the other one"}).status_code == 302
    case.refresh_from_db()
    assert case.status == "suspicion"


def test_who_may_what(world: Cast) -> None:
    case = frozen()
    here = f"/recall/{case.uid}"
    audrey = client("audrey")
    shown = text(audrey.get(here))
    assert case.number in shown
    for word in ("Decide and sign", "Call off", "Let go"):
        assert word not in shown
    for path in ("/recall/new", f"{here}/do/freeze", f"{here}/decide/close", f"{here}/suspects"):
        assert audrey.post(path).status_code == 403, path
    assert Client().get(here).status_code == 302
    quinn = client("quinn")
    assert quinn.post(f"{here}/do/dance").status_code == 404
    assert quinn.post(f"{here}/decide/freeze").status_code == 404
    assert quinn.get("/recall/018f7b3c-0000-7000-8000-000000000001").status_code == 404


def test_scripts_in_reasons_are_text(world: Cast, quinn: Client) -> None:
    case = opened()
    actions.note(case=case.uid, text="<script>alert(1)</script>", actor="user:quinn")
    assert b"<script>alert" not in quinn.get(f"/recall/{case.uid}?tab=log").content


@pytest.mark.parametrize("tab", ["lots", "customers", "balance", "log", "costs"])
def test_every_list_leaves_as_a_file(world: Cast, quinn: Client, tab: str) -> None:
    case = frozen()
    actions.enter_expense(case=case.uid, text="=cmd", amount="1", currency="EUR", actor="user:quinn")
    answer = quinn.get(f"/recall/{case.uid}?tab={tab}&format=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    said = " ".join(cell for row in rows for cell in row)
    for word in (case.number, str(case.as_of), "user:quinn"):
        assert word in said
    assert ",=cmd" not in said
    assert b"".join(quinn.get(f"/recall/{case.uid}?tab={tab}&format=xlsx"))[:2] == b"PK"
    assert quinn.get(f"/recall/{case.uid}?tab=scope&format=csv").status_code == 400
    assert quinn.get("/recall?format=csv").status_code == 200


@pytest.mark.parametrize("tab", list(pages.TABS))
def test_the_number_of_statements_does_not_grow_with_the_case(world: Cast, quinn: Client, tab: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured, sql.counted() as plain:
            assert quinn.get(f"/recall/{case.uid}?tab={tab}").status_code == 200
        return len(captured) + len(plain)

    case = frozen()
    few = statements()
    for number in range(6):
        outputs = {(world.rework, f"RW-{number}"): "5"}
        cast.make(world, f"RUN-R{number}", {(world.tomatoes, "TOM-1"): "1"}, outputs, override="test")
        cast.ship(world, world.heron, world.rework, f"RW-{number}", "1", override="test")
    actions.freeze(case=case.uid, actor="user:quinn")
    assert case.lots.count() == 8
    # The log reads its steps in one statement, whatever their number.
    assert statements() <= few + 1


def test_today_shows_what_is_open(world: Cast, quinn: Client) -> None:
    assert "No recall case is open" in text(quinn.get("/recall/open"))
    case = frozen()
    assert f"{case.number}" in text(quinn.get("/recall/open"))
    assert case.number in text(quinn.get(f"/search?q={case.number}", follow=True))


@pytest.mark.parametrize("kind", ["recall", "drill"])
def test_a_complaint_leads_to_a_case_that_it_names(world: Cast, quinn: Client, kind: str) -> None:
    told = Told(item="FG-MARINARA", lot="SAUCE-1", symptoms=("taste",), description="bitter")
    one = complaints.receive(actor="user:quinn", told=told)
    start = f"/recall/new?complaint={one.uid}"
    assert start in text(quinn.get(f"/complaints/{one.uid}"))
    form = text(quinn.get(start))
    assert str(Lot.objects.get(number="SAUCE-1").uid) in form
    values = {
        "uid": "018f7b3c-0000-7000-8000-000000000001", "lots": "SAUCE-1", "reason": "bitter", "kind": kind,
        "source_kind": "complaint", "source": one.number, "complaint": one.uid,
    }  # fmt: skip
    assert quinn.post("/recall/new", values).status_code == 302
    one.refresh_from_db()
    assert one.recall == (Case.objects.get().uid if kind == "recall" else None)
