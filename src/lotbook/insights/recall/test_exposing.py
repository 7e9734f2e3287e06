"""Shares of a case: by either reading, kept with the scope, the same when asked again."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Case, CaseDelivery
from lotbook.insights.recall.queries import exposing, reconciling, scoping
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.ids import new_uid
from lotbook.traceability.lots.models import Hold, Lot


@pytest.fixture
def mixed(world: Cast) -> Cast:
    """TOM-9 300 kg, TOM-2 50 kg → [RUN-2] → SAUCE-2 (700) → Larchwood 7, Green Kettle 100 (30 come back).

    TOM-9 is 6/7 of what went in.
    """
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-9", "300")
    cast.make(
        world, "RUN-2",
        {(world.tomatoes, "TOM-9"): "300", (world.tomatoes, "TOM-2"): "50"},
        {(world.sauce, "SAUCE-2"): "700"},
    )  # fmt: skip
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-2", "7")
    cast.ship(world, world.kettle, world.sauce, "SAUCE-2", "100")
    cast.take_back(world, world.kettle, world.sauce, "SAUCE-2", "30")
    return world


def hour(number: int) -> datetime:
    return clock.now() - timedelta(hours=24 - number)


def scoped(lot: str = "TOM-9", reading: str = "reach") -> Case:
    given = scoping.of_lots([Lot.objects.get(number=lot).uid])
    case = actions.open_case(
        kind="recall", reason="glass", suspects=given, reading=reading, actor="user:quinn"
    )
    return actions.take_scope(case=case.uid, actor="user:quinn")


def kept(case: Case) -> dict[str, tuple[int | None, bool]]:
    return {row.lot.number: (row.share_ppm, row.share_bound) for row in reconciling.case_lots(case)}


def suspect(case: Case) -> dict[tuple[str, str], int | None]:
    rows = CaseDelivery.objects.filter(customer__case=case).select_related("customer__partner", "lot")
    return {(row.customer.partner.name, row.lot.number): row.suspect for row in rows}


def test_a_share_a_lot_and_a_suspect_quantity_a_customer(mixed: Cast) -> None:
    case = scoped()
    # 300 / 350 = 0.857142857…, rounded up to millionths; 7 × 6/7 = 6 exactly; 70 × 6/7 = 60.
    assert kept(case) == {"TOM-9": (1_000_000, False), "SAUCE-2": (857_143, False)}
    assert suspect(case) == {("Larchwood Market", "SAUCE-2"): 6, ("Green Kettle Grocery", "SAUCE-2"): 60}
    assert case.exposure["reading"] == "reach"
    assert case.exposure["as_of"] == case.as_of
    assert case.exposure["exposed"] == 2
    words = {
        row.customer.partner.name: [one.words for one in exposing.of_rows(d.row for d in row.deliveries)]
        for row in reconciling.customers(case)
    }
    assert words == {"Larchwood Market": ["6 of 7 pc"], "Green Kettle Grocery": ["60 of 70 pc"]}
    by_key = exposing.by_customer(case)
    assert {one.suspect for rows in by_key.values() for one in rows} == {6, 60}


def test_asked_again_at_its_sequence_it_is_the_same(mixed: Cast) -> None:
    case = scoped()
    assert case.as_of is not None
    before = exposing.exposed(case.suspects, as_of=case.as_of, reading=case.reading)
    cast.receive(mixed, mixed.tumbling, mixed.tomatoes, "TOM-9", "700")
    cast.ship(mixed, mixed.heron, mixed.sauce, "SAUCE-2", "50")
    again = exposing.exposed(case.suspects, as_of=case.as_of, reading=case.reading)
    assert (again.shares, again.got) == (before.shares, before.got)
    retaken = actions.take_scope(case=case.uid, actor="user:quinn", as_of=case.as_of)
    assert kept(retaken) == {"TOM-9": (1_000_000, False), "SAUCE-2": (857_143, False)}
    later = actions.take_scope(case=case.uid, actor="user:quinn")
    assert ("Blue Heron Foods", "SAUCE-2") in suspect(later)  # the control: now it is another answer


def test_another_reading_while_the_scope_is_open(world: Cast) -> None:
    """TOM-9 late → [RUN-3], which gave SAUCE-3 before TOM-9 came in: replay sees none of it, reach all."""
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-8", "100", at=hour(8))
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-9", "100", at=hour(8))
    cast.make(world, "RUN-3", {(world.tomatoes, "TOM-8"): "100"}, {(world.sauce, "SAUCE-3"): "100"},
              at=hour(9))  # fmt: skip
    cast.make(world, "RUN-3", {(world.tomatoes, "TOM-9"): "100"}, {(world.sauce, "SAUCE-4"): "100"},
              at=hour(12))  # fmt: skip
    case = scoped()
    lots = set(kept(case))
    by_reach = kept(case)["SAUCE-3"][0]
    assert by_reach == 500_000
    case = actions.set_reading(case=case.uid, reading="replay", actor="user:quinn")
    assert kept(case)["SAUCE-3"][0] == 0
    assert set(kept(case)) == lots  # the scope is the same, whatever the reading
    assert case.exposure["reading"] == "replay"
    assert [step.verb for step in case.steps.all()][-1] == "reading set"
    frozen = actions.freeze(case=case.uid, actor="user:quinn")
    assert frozen.lots == len(lots)
    assert Hold.objects.filter(lot__number="SAUCE-3", released_sequence=None).exists()
    with pytest.raises(Conflict):
        actions.set_reading(case=case.uid, reading="reach", actor="user:quinn")


def test_a_reading_nobody_knows_is_refused(world: Cast) -> None:
    case = scoped("TOM-1")
    with pytest.raises(Refused, match="reading"):
        actions.set_reading(case=case.uid, reading="guess", actor="user:quinn")
    case.refresh_from_db()
    assert case.reading == "reach"


def test_what_is_affected_since_has_its_share_too(mixed: Cast) -> None:
    case = scoped()
    cast.receive(mixed, mixed.saffron, mixed.paprika, "PAP-2", "10")
    cast.make(mixed, "RUN-4", {(mixed.sauce, "SAUCE-2"): "100"}, {(mixed.rework, "RW-1"): "35"})
    actions.freeze(case=case.uid, actor="user:quinn")
    assert kept(case)["RW-1"] == (857_143, False)


def test_what_is_not_measured_is_marked(world: Cast) -> None:
    """A swab kit has no net weight: how much of SAUCE-5 is its nobody knows, so it may be all."""
    cast.receive(world, world.tumbling, world.swabs, "SW-1", "1")
    cast.make(world, "RUN-5", {(world.swabs, "SW-1"): "1", (world.tomatoes, "TOM-2"): "50"},
              {(world.sauce, "SAUCE-5"): "100"})  # fmt: skip
    assert kept(scoped("SW-1"))["SAUCE-5"] == (1_000_000, True)


# -- the pages of a case ------------------------------------------------------------------------------


@pytest.fixture
def quinn(world: Cast) -> Client:
    found = Client()
    found.force_login(cast.person("quinn"))
    return found


def text(answer: Any) -> str:
    return html.unescape(str(answer.content.decode()))


def test_a_case_takes_suspects_of_every_kind_and_says_them_back(mixed: Cast, quinn: Client) -> None:
    given = [
        "supplier TUMBLING 2020-01-01..2099-01-01", "run RUN-2", "place KIT-DRY ..2020-01-01",
        "without TOM-2", "search TOM-9",
    ]  # fmt: skip
    form = text(quinn.get("/recall/new", {"s": given, "source_kind": "trace", "source": "somewhere"}))
    assert "supplier TUMBLING 2020-01-01..2099-01-01" in form
    assert "without RM-TOMATO TOM-2" in form
    values = {
        "uid": new_uid(), "lots": "\n".join(given), "reason": "glass", "kind": "recall",
        "source_kind": "trace", "source": "somewhere", "reading": "replay",
    }  # fmt: skip
    answer = quinn.post("/recall/new", values)
    case = Case.objects.get()
    assert (answer.status_code, case.reading, case.source_kind, case.source) == (
        302,
        "replay",
        "trace",
        "somewhere",
    )
    assert set(case.suspects) == {"deliveries", "runs", "places", "without", "query"}
    shown = text(quinn.post(f"/recall/{case.uid}/do/scope", follow=True))
    for words in (
        "Tumbling River Produce",
        "delivered from 01 JAN 2020 until 01 JAN 2099",
        "RUN-2",
        "“TOM-9”",
    ):
        assert words in shown
    assert "/trace/what-if?" in shown
    edit = text(quinn.get(f"/recall/{case.uid}/suspects"))
    assert "supplier TUMBLING 2020-01-01..2099-01-01" in edit
    assert "run RUN-2" in edit
    values = {"lots": "supplier NOBODY", "reason": ""}
    refused = quinn.post(f"/recall/{case.uid}/suspects", values)
    assert refused.status_code == 422
    assert "there is no partner 'NOBODY'" in text(refused)


def test_shares_stand_in_the_tab_of_lots_and_are_read_another_way(mixed: Cast, quinn: Client) -> None:
    case = scoped()
    shown = text(quinn.get(f"/recall/{case.uid}?tab=lots"))
    assert "85.8 %" in shown  # 6/7, rounded up to a tenth
    assert shown.index("TOM-9") < shown.index("85.8 %")
    assert "Everything that may be affected" in shown
    again = text(quinn.post(f"/recall/{case.uid}/do/reading", {"reading": "replay"}, follow=True))
    assert "assumes mixing and true times" in again
    assert "every lot that may be affected is in the case and frozen" in again
    assert quinn.post(f"/recall/{case.uid}/do/reading", {"reading": "guess"}).status_code == 422
    told = quinn.get(f"/api/v1/recalls/{case.uid}/customers").json()
    got = {row["name"]: row["suspect"] for row in told["items"]}
    assert got["Larchwood Market"] == [{"unit": "H87", "quantity": "7", "suspect": "6", "known": True}]
    lots = {row["lot"]: row["share"] for row in quinn.get(f"/api/v1/recalls/{case.uid}/lots").json()["items"]}
    assert lots["TOM-9"] == 1
    answer = quinn.post(
        f"/api/v1/recalls/{case.uid}/reading", {"reading": "reach"}, content_type="application/json"
    )
    assert answer.json()["reading"] == "reach"


def test_shares_stand_in_the_files(mixed: Cast, quinn: Client) -> None:
    case = scoped()
    lots = b"".join(quinn.get(f"/recall/{case.uid}?tab=lots&format=csv")).decode()
    assert "0.857143" in lots
    assert "suspect share" in lots
    customers = b"".join(quinn.get(f"/recall/{case.uid}?tab=customers&format=csv")).decode()
    assert "suspect when scoped" in customers
    assert "60" in customers
