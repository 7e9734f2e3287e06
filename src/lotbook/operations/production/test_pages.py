"""The pages of production as people use them: planned, released, issued by the suggestion, made, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import rules as approval_rules
from lotbook.foundation.places import actions as places
from lotbook.kernel import outbox
from lotbook.operations.production import actions, queries
from lotbook.operations.production.models import Order, Recipe, Run, Vessel
from lotbook.operations.production.rules import Issue, Output
from lotbook.operations.production.test_recipes import SAUCE, active
from lotbook.traceability.lots.models import Lot


@pytest.fixture
def ann(cast: Cast, client: Client) -> Client:
    return as_role(client, "manager")


def as_role(client: Client, role: str) -> Client:
    person = accounts.create_user(
        username=f"a.{role}", password="correct-horse-9", role=role, actor="lotbook"
    )
    client.force_login(person)
    return client


def form(lines: Sequence[Mapping[str, str]] = (), prefix: str = "lines", **head: Any) -> dict[str, Any]:
    sent = {"uid": str(uuid4()), f"{prefix}-count": str(len(lines)), **head}
    for index, line in enumerate(lines):
        sent |= {f"{prefix}-{index}-{name}": value for name, value in line.items()}
    return sent


def text(response: Any) -> str:
    return str(response.content.decode())


def go(client: Client, name: str, uid: UUID | None = None, sent: dict[str, Any] | None = None) -> str:
    """Send a form; gives the address it leads to."""
    answer = client.post(reverse(f"production:{name}", args=[uid] if uid else []), sent or {})
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


def page(client: Client, name: str, uid: UUID | None = None, **query: str) -> str:
    answer = client.get(reverse(f"production:{name}", args=[uid] if uid else []), query)
    assert answer.status_code == 200, name
    return text(answer)


def test_a_recipe_by_its_pages(ann: Client) -> None:
    assert "No recipe yet" in page(ann, "recipes")
    inputs = form(
        [{"item": "TOM", "quantity": "36", "alternatives": "PEEL*2"}, {"item": "JAR", "quantity": "100"}],
        "inputs",
        code="SAUCE-1", item="SAUCE", base_quantity="100", expected_yield="95", yield_rule="ask",
    )  # fmt: skip
    wrong = {**inputs, "inputs-1-quantity": "x", "outputs-count": "1", "outputs-0-kind": "by"}
    refused = ann.post(reverse("production:new_recipe"), wrong)
    assert refused.status_code == 422
    assert 'href="#id_inputs-1-quantity"' in text(refused)
    go(ann, "new_recipe", sent={**wrong, "inputs-1-quantity": "100"})
    recipe = Recipe.objects.get()
    shown = page(ann, "recipe", recipe.uid)
    assert "Activate" in shown
    assert "PEEL" in shown
    edit = page(ann, "edit_recipe", recipe.uid)
    assert 'value="PEEL*2"' in edit
    go(ann, "edit_recipe", recipe.uid, {**inputs, "inputs-0-quantity": "40", "reason": "tasted"})
    go(ann, "activate_recipe", recipe.uid)
    assert "input TOM: 36 kg or PEEL*2 → 40 kg or PEEL*2 – tasted" in page(ann, "recipe", recipe.uid)
    assert "edit" in go(ann, "new_version", recipe.uid)
    go(ann, "retire_recipe", recipe.uid, form(reason="too sweet"))
    for kind in ("csv", "xlsx"):
        assert ann.get(reverse("production:recipes"), {"format": kind}).status_code == 200
    file = b"".join(ann.get(reverse("production:recipes"), {"format": "csv"}).streaming_content)  # type: ignore[attr-defined]
    Recipe.objects.filter(status="draft").delete()
    sent = ann.post(reverse("production:import_recipes"), {"file": SimpleUploadedFile("recipes.csv", file)})
    assert sent.status_code == 302, text(sent)
    broken = ann.post(
        reverse("production:import_recipes"),
        {"file": SimpleUploadedFile("recipes.csv", file.replace(b"TOM", b"NOPE"))},
    )
    assert broken.status_code == 422
    assert "no item" in text(broken)


def test_from_the_order_to_the_batch_record(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "30"), ("TOM", "T-2", "30"), ("JAR", "", "100"), ("PEEL", "P-1", "5"))
    Lot.objects.filter(number="T-1").update(expires_on="2027-03-20")
    Lot.objects.filter(number="T-2").update(expires_on="2027-03-08", supplier=cast.farm, supplier_lot="F-77")
    active()
    assert "No production order yet" in page(ann, "orders")
    go(ann, "new_order", sent=form(item="SAUCE", quantity="100", site="PLANT", due_on="2027-03-01"))
    order = Order.objects.get()
    assert "2 days late" in page(ann, "orders", late="on")
    assert "Release" in page(ann, "order", order.uid)
    go(ann, "release_order", order.uid)
    shown = page(ann, "order", order.uid)
    assert "Open a run" in shown
    assert "✓ yes" in shown
    go(ann, "reserve_order", order.uid)
    assert "expires 08 MAR 2027, 12 days before T-1" in page(ann, "order", order.uid)
    go(ann, "start", sent=form(order=order.number))
    run = Run.objects.get()
    take = page(ann, "consume", run.uid)
    assert 'value="T-2"' in take
    assert "12 days before T-1" in take
    lines = [{"lot": "T-1", "quantity": "30", "place": "STORE"}]
    refused = ann.post(reverse("production:consume", args=[run.uid]), form(lines))
    assert refused.status_code == 422
    assert "lot T-1 is not what is suggested (T-2 expires 08 MAR 2027" in text(refused)
    lines = [
        {"lot": "T-2", "quantity": "30", "place": "STORE"},
        {"lot": "T-1", "quantity": "9", "place": "STORE"},
        {"item": "JAR", "quantity": "100", "place": "STORE"},
        {"lot": "P-1", "quantity": "1", "place": "STORE", "reason": "a little thicker"},
    ]
    go(ann, "consume", run.uid, form(lines))
    go(ann, "produce", run.uid, form([{"item": "SAUCE", "quantity": "100"}], place="STORE"))
    refused = ann.post(reverse("production:close", args=[run.uid]), form(reason="steam"))
    assert "a yield of 87.5 % is below 90 %" in text(refused)
    go(ann, "close", run.uid, form(reason="steam", yield_reason="boiled over"))
    record = page(ann, "batch_record", run.uid)
    for said in (
        "SAUCE-1 version 1", "F-77", "Fattoria Rossi", "a little thicker", "PEEL stands in for TOM",
        "boiled over", "87.5 %", "Boil for an hour",
    ):  # fmt: skip
        assert said in record, said
    paper = ann.get(reverse("production:batch_record_pdf", args=[run.uid]))
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert "Finish" in page(ann, "order", order.uid)
    go(ann, "finish_order", order.uid, form(reason=""))
    assert "Done" in page(ann, "orders", status="done")
    for kind in ("csv", "xlsx"):
        assert ann.get(reverse("production:orders"), {"format": kind}).status_code == 200


def made_at_80_percent(rule: str) -> Run:
    active(SAUCE.__class__(**{**{f: getattr(SAUCE, f) for f in SAUCE.__slots__}, "yield_rule": rule}))
    order = actions.create_order(item="SAUCE", quantity="100", site="PLANT", actor=ANN)
    actions.release_order(order=order.uid, actor=ANN)
    run = actions.start_run(order=order.uid, actor=ANN)
    lines = [Issue(lot="T-1", quantity="35", reason="by hand")]
    actions.consume(run=run.uid, lines=lines, place="STORE", actor=ANN)
    outputs = [Output(item="SAUCE", quantity="80")]
    actions.produce(run=run.uid, outputs=outputs, place="STORE", actor=ANN)
    return run


@pytest.mark.parametrize("approve", [True, False])
def test_a_yield_outside_its_limits_waits_for_a_decision(ann: Client, cast: Cast, approve: bool) -> None:
    stocked(cast, ("TOM", "T-1", "100"))
    accounts.create_user(username="bob", password="correct-horse-9", role="quality", actor="lotbook")
    stage = approval_rules.Stage(role="quality")
    approvals.keep_rule(kind=queries.YIELD, name="Yields", steps=[stage], actor="lotbook")
    run = made_at_80_percent("ask")
    sent = form(reason="steam", yield_reason="boiled over")
    go(ann, "close", run.uid, sent)
    shown = page(ann, "run", run.uid)
    assert "waits for a decision" in shown
    assert "bob" in shown
    late = ann.post(reverse("production:consume", args=[run.uid]), form([{"lot": "T-1", "quantity": "1"}]))
    assert late.status_code == 422
    waiting = queries.page(run.uid).approval
    assert waiting is not None
    approvals.decide(waiting.uid, approve=approve, actor="user:bob", reason="weigh again")
    outbox.deliver()
    run.refresh_from_db()
    assert (run.status, run.waiting, run.closed_by) == (
        ("closed", {}, "user:a.manager") if approve else ("open", {}, "")
    )
    outbox.deliver()
    assert "weigh again" in page(ann, "batch_record", run.uid)
    # The same form sent once more asks nobody anew; a fresh one does.
    go(ann, "close", run.uid, sent)
    run.refresh_from_db()
    assert (run.status, run.waiting) == ("closed" if approve else "open", {})
    if not approve:
        go(ann, "close", run.uid, form(reason="steam", yield_reason="boiled over"))
        run.refresh_from_db()
        assert run.waiting["yield_reason"] == "boiled over"


def test_a_yield_that_stops_needs_the_override(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"))
    run = made_at_80_percent("stop")
    worker = as_role(Client(), "production")
    sent = form(reason="steam", yield_reason="boiled over", override="let me")
    assert worker.post(reverse("production:close", args=[run.uid]), sent).status_code == 422
    refused = ann.post(reverse("production:close", args=[run.uid]), form(reason="steam"))
    assert "the recipe stops here" in text(refused)
    assert "Close in spite of the yield" in text(refused)
    go(ann, "close", run.uid, form(reason="steam", override="the scale was off"))
    assert "Closed in spite of its yield" in page(ann, "batch_record", run.uid)


def test_vessels_and_units_by_their_pages(ann: Client, cast: Cast) -> None:
    places.create_place(actor=ANN, code="TANK", kind="bin", name="Tank", parent=cast.store.uid)
    stocked(cast, ("TOM", "A", "10"), ("TOM", "B", "10"), ("PEEL", "P-1", "5"))
    assert "No vessel yet" in page(ann, "vessels")
    go(ann, "new_vessel", sent=form(place="TANK", item="TOM", capacity="100"))
    tank = Vessel.objects.get()
    for lot in "AB":
        go(ann, "fill_vessel", tank.uid, form([{"lot": lot, "quantity": "10"}], place="STORE"))
    go(ann, "draw_vessel", tank.uid, form(quantity="5", to="STORE"))
    shown = page(ann, "vessel", tank.uid)
    assert "TANK-270303-1" in shown
    assert "15 % of 100" in shown
    blend = Run.objects.get(kind="blend")
    assert "Tank" in page(ann, "run", blend.uid)
    go(ann, "empty_vessel", tank.uid, form(reason="cleaning"))
    assert "Emptied and cleaned" in page(ann, "vessel", tank.uid)
    assert ann.get(reverse("production:vessels"), {"format": "csv"}).status_code == 200
    go(ann, "start", sent=form(item="SCALE", site="PLANT", planned_quantity="2"))
    run = Run.objects.get(item=cast.scales)
    assert "Make units" in page(ann, "run", run.uid)
    go(ann, "units", run.uid, form(place="STORE", units="unit;PEEL*0.5\nU-1;P-1\nU-2;P-1"))
    shown = page(ann, "run", run.uid)
    assert "U-2" in shown
    unit = Run.objects.get(number=f"{run.number}/2")
    assert "A unit of" in page(ann, "run", unit.uid)


def test_who_may_not_plan_sees_but_does_not_change(cast: Cast) -> None:
    recipe = active()
    worker = as_role(Client(), "production")
    assert "New version" not in page(worker, "recipe", recipe.uid)
    for name in ("new_recipe", "new_order", "new_vessel", "import_recipes"):
        assert worker.get(reverse(f"production:{name}")).status_code == 403
    assert worker.post(reverse("production:activate_recipe", args=[recipe.uid])).status_code == 403


def test_lists_and_pages_take_as_many_statements_for_many_rows(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"))
    active()

    def order_and_run() -> Run:
        order = actions.create_order(item="SAUCE", quantity="10", site="PLANT", actor=ANN)
        actions.release_order(order=order.uid, actor=ANN)
        return actions.start_run(order=order.uid, actor=ANN)

    def counted() -> list[int]:
        found = []
        for name in ("orders", "runs", "recipes", "vessels"):
            with CaptureQueriesContext(connection) as seen:
                page(ann, name)
            found.append(len(seen))
        return found

    order_and_run()
    page(ann, "orders")
    few = counted()
    for _ in range(5):
        order_and_run()
    assert counted() == few
    assert max(few) <= 16, few


def test_a_run_page_takes_as_many_statements_for_many_lots(ann: Client, cast: Cast) -> None:
    stocked(cast, *(("TOM", f"T-{n}", "5") for n in range(9)))
    active()
    order = actions.create_order(item="SAUCE", quantity="100", site="PLANT", actor=ANN)
    actions.release_order(order=order.uid, actor=ANN)
    run = actions.start_run(order=order.uid, actor=ANN)
    counts = []
    for lots in (["T-0"], [f"T-{n}" for n in range(1, 7)]):
        lines = [Issue(lot=lot, quantity="5", reason="by hand") for lot in lots]
        actions.consume(run=run.uid, lines=lines, place="STORE", actor=ANN)
        found = []
        for name in ("run", "batch_record", "consume", "order"):
            uid = order.uid if name == "order" else run.uid
            with CaptureQueriesContext(connection) as seen:
                page(ann, name, uid)
            found.append(len(seen))
        counts.append(found)
    assert counts[1] == counts[0]
    assert max(counts[0]) <= 40, counts[0]
