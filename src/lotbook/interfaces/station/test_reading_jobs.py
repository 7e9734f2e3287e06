"""What there is to do: jobs of every kind, from the rooms' documents, for those who may do them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests import cast
from tests.cast import ANNA, Cast

from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.station import jobs as all_jobs
from lotbook.interfaces.station import test_reading
from lotbook.interfaces.station.api import reading_shapes as shapes
from lotbook.interfaces.station.test_reading import SSCC, device, told
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.rules import Found
from lotbook.operations.production import actions as production
from lotbook.operations.production.rules import Ingredient, Issue, Output, RecipeWords
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Announced, Line, Ordered
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.transfers.actions import picking, sending, transfers
from lotbook.operations.transfers.rules import Wanted as Moved
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger.lines import Line as Goods
from lotbook.traceability.lots import actions as lots
from lotbook.traceability.lots.models import Lot

OLD, NEW = date(2030, 3, 3), date(2030, 3, 15)
CASE = test_reading.INNER


@pytest.fixture
def world(db: None) -> Cast:
    made = cast.small()
    places.create_place(
        actor=ANNA, code="KIT-DOCK", kind="area", name="Kitchen dock", parent=made.kitchen.uid
    )
    for code in ("B-1", "B-2"):
        places.create_place(actor=ANNA, code=code, kind="bin", parent=made.store.uid)
    return made


@pytest.fixture
def held(world: Cast) -> Client:
    return device("anna")


def jobs(client: Client, kind: str, site: str = "KIT") -> list[dict[str, Any]]:
    found = told(client, "jobs", site=site)
    shapes.StationJobs.model_validate(found)
    return [job for job in found["jobs"] if job["kind"] == kind]


def uid(number: str) -> str:
    return str(Lot.objects.get(number=number).uid)


def goods(world: Cast, item: Any, *lots_: tuple[str, str, date | None], place: Any = None) -> None:
    for number, quantity, ends in lots_:
        facts = {"expires_on": ends} if ends else {}
        cast.receive(world, world.tumbling, item, number, quantity, place=place, facts=facts)


# -- what comes ------------------------------------------------------------------------------------


def ordered() -> Any:
    return receiving.create_order(
        supplier="TUMBLING", site="KIT", expected_on="2027-03-03", send=True, actor=ANNA,
        lines=[Ordered(item="RM-TOMATO", quantity="60"), Ordered(item="PK-JAR", quantity="100")],
    )  # fmt: skip


def test_an_order_is_received_line_by_line(world: Cast, held: Client) -> None:
    order = ordered()
    receiving.receive(
        place="KIT-DOCK", order=order.number, actor=ANNA,
        lines=[Line(item="RM-TOMATO", lot="T-1", quantity="20"), Line(item="PK-JAR", quantity="100")],
    )  # fmt: skip
    (job,) = jobs(held, "receive")
    assert job == {
        "kind": "receive", "id": str(order.uid), "number": order.number, "title": "Tumbling River Produce",
        "due": "2027-03-03", "done": 1, "of": 2, "document": "order", "partner": "Tumbling River Produce",
        "place": "KIT-DOCK", "units": [],
        "lines": [
            {"item": "RM-TOMATO", "lot": "", "expires_on": None, "expected": "60", "got": "20", "unit": "kg"},
            {"item": "PK-JAR", "lot": "", "expires_on": None, "expected": "100", "got": "100", "unit": "pc"},
        ],
    }  # fmt: skip
    receiving.close_order(order=order.uid, actor=ANNA, reason="the rest is not needed")
    assert jobs(held, "receive") == []


def test_a_pallet_of_a_notice_is_received_by_its_sscc(world: Cast, held: Client) -> None:
    notice = receiving.create_notice(
        supplier="TUMBLING", site="KIT", number="DN-7", actor=ANNA,
        lines=[
            Announced(
                item="RM-TOMATO", lot="T-1", quantity="60", sscc=CASE, pallet=SSCC, expires_on="2027-03-09"
            ),
            Announced(item="RM-PAPRIKA", supplier_lot="P-7", lot="P-7", quantity="4", sscc=SSCC),
            Announced(item="PK-JAR", quantity="40"),
        ],
    )  # fmt: skip
    (job,) = jobs(held, "receive")
    assert (job["document"], job["id"], job["done"], job["of"]) == ("notice", str(notice.uid), 0, 2)
    assert [line["item"] for line in job["lines"]] == ["PK-JAR"]
    (unit,) = job["units"]
    assert (unit["sscc"], unit["received"]) == (SSCC, False)
    assert [(line["item"], line["lot"], line["expires_on"]) for line in unit["lines"]] == [
        ("RM-TOMATO", "T-1", "2027-03-09"), ("RM-PAPRIKA", "P-7", None),
    ]  # fmt: skip
    receiving.receive_unit(sscc=SSCC, place=job["place"], notice=job["id"], actor=ANNA)
    (job,) = jobs(held, "receive")
    assert (job["units"][0]["received"], job["done"], job["of"]) == (True, 1, 2)


def test_a_transfer_is_picked_loaded_and_received_at_the_other_site(world: Cast, held: Client) -> None:
    goods(world, world.sauce, ("S-NEW", "50", NEW), ("S-OLD", "20", OLD))
    row = transfers.create(source="KIT", destination="COLD", actor=ANNA, lines=[Moved("FG-MARINARA", "30")])
    assert jobs(held, "pick") == [], "nothing is reserved for it yet"
    transfers.start(transfer=row.uid, actor=ANNA)
    (job,) = jobs(held, "pick")
    assert (job["document"], job["id"], job["partner"]) == ("transfer", str(row.uid), "Harbour Cold Store")
    assert [(line["lot"], line["quantity"]) for line in job["lines"]] == [
        (uid("S-OLD"), "20"),
        (uid("S-NEW"), "10"),
    ]
    assert "12 days before S-NEW" in job["lines"][0]["why"]
    assert jobs(held, "pick", "COLD") == []

    first, second = job["lines"]
    picking.confirm(transfer=job["id"], pick=UUID(first["claim"]), actor=ANNA)
    (job,) = jobs(held, "pick")
    assert (job["done"], job["of"], [line["claim"] for line in job["lines"]]) == (1, 2, [second["claim"]])
    picking.confirm(transfer=job["id"], pick=UUID(second["claim"]), actor=ANNA)
    assert jobs(held, "pick") == []
    picking.pack(transfer=row.uid, picks=[UUID(first["claim"])], unit=SSCC, actor=ANNA)
    (job,) = jobs(held, "load")
    assert (job["document"], job["units"]) == ("transfer", [SSCC])
    assert job["loose"] == [{"lot": uid("S-NEW"), "place": "KIT-DRY", "quantity": "10", "unit": "pc"}]

    sending.send(transfer=row.uid, actor=ANNA)
    assert jobs(held, "load") == []
    (job,) = jobs(held, "receive", "COLD")
    assert (job["document"], job["partner"], job["place"]) == ("transfer", "Quillmere Kitchen", "COLD")
    assert [(line["lot"], line["expected"], line["got"]) for line in job["lines"]] == [("S-NEW", "10", "0")]
    assert [(unit["sscc"], unit["received"]) for unit in job["units"]] == [(SSCC, False)]
    assert [line["lot"] for line in job["units"][0]["lines"]] == ["S-OLD"]
    assert jobs(held, "receive") == []


# -- put away --------------------------------------------------------------------------------------


def put_away(client: Client) -> dict[str, tuple[str, str]]:
    """Where each lot should go and why, by its number; units by their SSCC."""
    (job,) = jobs(client, "put_away")
    assert (job["place"], job["of"]) == ("KIT-DOCK", len(job["lines"]))
    numbers = {str(one.uid): one.number for one in Lot.objects.all()}
    return {line["sscc"] or numbers[line["lot"]]: (line["to"], line["why"]) for line in job["lines"]}


def test_what_came_in_is_put_away_where_its_like_stands(world: Cast, held: Client) -> None:
    dock = places_named("KIT-DOCK")
    assert jobs(held, "put_away") == []
    goods(world, world.tomatoes, ("T-1", "10", None), ("T-2", "10", None), ("T-3", "10", None), place=dock)
    goods(world, world.paprika, ("P-1", "1", None), place=dock)
    goods(world, world.sauce, ("S-1", "1", None), ("S-2", "2", None), place=dock)
    cast.hold(world, world.tomatoes, "T-3")
    warehouse.move(lines=[Goods(lot="T-1", quantity="4", place="KIT-DOCK")], to="B-2", actor=ANNA)
    found = put_away(held)
    assert found["T-1"] == ("B-2", "more of this lot stands there")
    assert found["T-2"] == ("B-2", "the same item stands there")
    assert found["T-3"] == ("KIT-QUAR", "on hold: keep it apart")
    empty = {found["P-1"], found["S-1"], found["S-2"]}
    assert empty == {("B-1", "empty"), ("", "no bin is empty: choose a place")}, "each is suggested once"


def test_a_pallet_at_the_dock_is_one_line(world: Cast, held: Client) -> None:
    goods(world, world.tomatoes, ("T-1", "10", None), place=places_named("KIT-DOCK"))
    goods(world, world.paprika, ("P-1", "1", None), place=places_named("KIT-DOCK"))
    pallet = places.ensure_unit(sscc=SSCC, parent=places_named("KIT-DOCK"))
    places.ensure_unit(sscc=CASE, parent=pallet)
    warehouse.pack(unit=CASE, lines=[Goods(lot="T-1", quantity="10")], place="KIT-DOCK", actor=ANNA)
    (job,) = jobs(held, "put_away")
    (unit,) = [line for line in job["lines"] if line["sscc"]]
    assert (unit["sscc"], unit["lot"], unit["quantity"], unit["unit"]) == (SSCC, uid("T-1"), "10", "kg")
    warehouse.pack(unit=SSCC, lines=[Goods(lot="P-1", quantity="1")], place="KIT-DOCK", actor=ANNA)
    (job,) = jobs(held, "put_away")
    (unit,) = job["lines"]
    assert (unit["sscc"], unit["lot"], unit["quantity"], unit["unit"]) == (SSCC, None, "1", "")


def test_a_place_may_say_whether_it_is_a_dock(world: Cast, held: Client) -> None:
    goods(world, world.tomatoes, ("T-1", "10", None))
    assert jobs(held, "put_away") == []
    places.change_place(actor=ANNA, uid=world.store.uid, changes={"attributes": {"use": "dock"}})
    goods(world, world.tomatoes, ("T-2", "10", None), place=places_named("KIT-DOCK"))
    assert [job["place"] for job in jobs(held, "put_away")] == ["KIT-DOCK", "KIT-DRY"]
    places.change_place(
        actor=ANNA, uid=places_named("KIT-DOCK").uid, changes={"attributes": {"use": "shipping"}}
    )
    assert [job["place"] for job in jobs(held, "put_away")] == ["KIT-DRY"]


def places_named(code: str) -> Place:
    return Place.objects.get(code=code)


# -- what leaves -----------------------------------------------------------------------------------


def allocated(world: Cast, quantity: str = "30", **more: Any) -> Any:
    order = shipping.create(
        actor=ANNA,
        customer="C001",
        site="KIT",
        confirmed=True,
        lines=[Wanted("FG-MARINARA", quantity)],
        **more,
    )
    return shipping.allocate(order=order.uid, actor=ANNA)


def test_an_order_is_picked_by_earliest_expiry_then_loaded(world: Cast, held: Client) -> None:
    goods(world, world.sauce, ("S-NEW", "50", NEW), ("S-OLD", "20", OLD))
    order = allocated(world, wanted_on="2027-03-04")
    (job,) = jobs(held, "pick")
    assert (job["document"], job["id"], job["number"]) == ("order", str(order.uid), order.number)
    assert (job["title"], job["due"], job["done"], job["of"]) == ("Larchwood Market", "2027-03-04", 0, 2)
    by_lot = {line["lot"]: line for line in job["lines"]}
    first = by_lot[uid("S-OLD")]
    assert (first["quantity"], first["unit"], first["place"], first["item"]) == (
        "20",
        "pc",
        "KIT-DRY",
        "FG-MARINARA",
    )
    assert first["why"] == "expires 03 MAR 2030, 12 days before S-NEW"

    shipping.pick(order=job["id"], claim=int(first["claim"]), lot=first["lot"], to=SSCC, actor=ANNA)
    (job,) = jobs(held, "pick")
    assert (job["done"], job["of"], len(job["lines"])) == (1, 2, 1)
    assert jobs(held, "load") == [], "there is still something to pick"
    last = job["lines"][0]
    shipping.pick(order=job["id"], claim=int(last["claim"]), lot=last["lot"], actor=ANNA)
    assert jobs(held, "pick") == []
    (job,) = jobs(held, "load")
    assert (job["units"], job["loose"]) == (
        [SSCC], [{"lot": uid("S-NEW"), "place": "KIT-DRY", "quantity": "10", "unit": "pc"}],
    )  # fmt: skip
    shipping.ship_orders(orders=[order.uid], actor=ANNA)
    assert jobs(held, "load") == []


def test_urgent_orders_come_first_and_the_rest_is_counted(world: Cast, held: Client) -> None:
    goods(world, world.sauce, ("S-1", "500", NEW))
    late = allocated(world, "1", priority=5)
    soon = allocated(world, "1", priority=1)
    draft = shipping.create(actor=ANNA, customer="C001", site="KIT", lines=[Wanted("FG-MARINARA", "1")])
    cold = shipping.create(
        actor=ANNA, customer="C001", site="COLD", confirmed=True, lines=[Wanted("FG-MARINARA", "1")]
    )
    assert {draft.status, cold.status} == {"draft", "confirmed"}
    assert [job["number"] for job in jobs(held, "pick")] == [soon.number, late.number]
    assert jobs(held, "pick", "COLD") == []


# -- what is made ----------------------------------------------------------------------------------


def run_open(world: Cast) -> Any:
    recipe = RecipeWords(
        code="SAUCE", item="FG-MARINARA", base_quantity="100", unit="pc", limits_expiry=True,
        inputs=(Ingredient("RM-TOMATO", "36", "kg"), Ingredient("RM-PAPRIKA", "0.2", "kg", optional=True)),
    )  # fmt: skip
    made = production.create_recipe(recipe=recipe, actor=ANNA)
    production.activate_recipe(name=made.uid, actor=ANNA)
    return production.start_run(recipe="SAUCE", site="KIT", planned_quantity="100", actor=ANNA)


def test_a_run_says_what_it_needs_what_to_take_first_and_what_comes_out(world: Cast, held: Client) -> None:
    lots.create_rule(actor=ANNA, name="Sauce", pattern="S{site}-{seq:3}", reset="never", item=world.sauce.uid)
    goods(world, world.tomatoes, ("T-NEW", "50", NEW), ("T-OLD", "20", OLD))
    goods(world, world.paprika, ("P-1", "5", NEW))
    run = run_open(world)
    (job,) = jobs(held, "produce")
    assert (job["id"], job["item"], job["place"]) == (str(run.uid), "FG-MARINARA", "KIT")
    assert (job["planned"], job["unit"], job["made"], job["done"], job["of"]) == ("100", "pc", "0", 0, 1)
    assert job["needs"] == [
        {"item": "RM-TOMATO", "needed": "36", "issued": "0", "left": "36", "unit": "kg", "optional": False},
        {"item": "RM-PAPRIKA", "needed": "0.2", "issued": "0", "left": "0.2", "unit": "kg", "optional": True},
    ]  # fmt: skip
    assert [(line["lot"], line["quantity"]) for line in job["take"]] == [
        (uid("T-OLD"), "20"),
        (uid("T-NEW"), "16"),
    ]
    assert job["take"][0]["why"] == "expires 03 MAR 2030, 12 days before T-NEW"
    assert job["output"]["lot"] == "SKIT-001"
    assert jobs(held, "produce")[0]["output"]["lot"] == "SKIT-001", "looking burns no number"

    first = job["take"][0]
    issue = Issue(lot=first["lot"], quantity=first["quantity"], unit=first["unit"], place=first["place"])
    production.consume(run=job["id"], lines=[issue], actor=ANNA)
    (job,) = jobs(held, "produce")
    assert (job["needs"][0]["issued"], job["needs"][0]["left"]) == ("20", "16")
    assert [line["lot"] for line in job["take"]] == [uid("T-NEW")]
    made = production.produce(
        run=run.uid, outputs=[Output(item="FG-MARINARA", quantity="10")], place="KIT-DRY", actor=ANNA
    )
    assert made.sequence
    assert Lot.objects.filter(number="SKIT-001").exists(), "what was said came true"
    (job,) = jobs(held, "produce")
    assert (job["made"], job["output"]["lot"]) == ("10", "SKIT-002")


@pytest.mark.parametrize("pattern", ["{shift}{seq:3}", "{random:4}-{seq:3}"])
def test_a_number_that_cannot_be_foreseen_is_none(world: Cast, held: Client, pattern: str) -> None:
    lots.create_rule(actor=ANNA, name="Sauce", pattern=pattern, reset="never", item=world.sauce.uid)
    run_open(world)
    (job,) = jobs(held, "produce")
    assert job["output"]["lot"] == ""


# -- what is counted -------------------------------------------------------------------------------


def test_a_count_names_places_and_nothing_of_what_is_there(world: Cast, held: Client) -> None:
    goods(world, world.tomatoes, ("T-1", "10", None))
    goods(world, world.tomatoes, ("T-2", "10", None), place=places_named("B-1"))
    count = counting.open_count(place="KIT", actor=ANNA, blind=False, due_on="2027-03-05")
    (job,) = jobs(held, "count")
    assert (job["id"], job["due"], job["done"], job["of"]) == (str(count.uid), "2027-03-05", 0, 2)
    assert job["places"] == [{"code": "KIT-DRY", "state": "open"}, {"code": "B-1", "state": "open"}]
    assert "T-1" not in str(job)
    counting.save_sheet(
        count=count.uid,
        place="B-1",
        actor=ANNA,
        finish=True,
        lines=[Found(item="RM-TOMATO", lot="T-2", counted="9")],
    )
    (job,) = jobs(held, "count")
    assert (job["done"], job["places"][1]["state"]) == (1, "counted")
    assert jobs(held, "count", "COLD") == []


def test_a_count_for_somebody_is_nobody_elses_job(world: Cast, held: Client) -> None:
    goods(world, world.tomatoes, ("T-1", "10", None))
    cast.person("otto")
    counting.open_count(place="KIT-DRY", actor=ANNA, counter="otto")
    assert jobs(held, "count") == []


# -- for whom, and at what cost --------------------------------------------------------------------


def everything(world: Cast, times: int) -> None:
    """So many jobs of every kind."""
    dock = places_named("KIT-DOCK")
    for number in range(times):
        ordered()
        receiving.create_notice(
            supplier="TUMBLING", site="KIT", actor=ANNA,
            lines=[Announced(item="RM-TOMATO", lot=f"N-{number}", quantity="6")],
        )  # fmt: skip
        tag = f"{times}-{number}"
        goods(world, world.tomatoes, (f"T-{tag}", "90", OLD), place=dock)
        goods(world, world.tomatoes, (f"K-{tag}", "90", OLD))
        goods(world, world.sauce, (f"S-{tag}", "90", OLD))
        allocated(world, "10")
        row = transfers.create(
            source="KIT", destination="COLD", actor=ANNA, lines=[Moved("FG-MARINARA", "3")]
        )
        transfers.start(transfer=row.uid, actor=ANNA)
        run = production.start_run(recipe="SAUCE", site="KIT", planned_quantity="10", actor=ANNA)
        production.consume(
            run=run.uid, lines=[Issue(lot=f"K-{tag}", quantity="1", place="KIT-DRY", reason="x")], actor=ANNA
        )
        counting.open_count(place="KIT-DRY", actor=ANNA)


def test_statements_do_not_grow_with_the_jobs(world: Cast, held: Client) -> None:
    run_open(world)
    everything(world, 1)
    told(held, "jobs", site="KIT")
    few = test_reading.statements(held, "jobs", site="KIT")
    everything(world, 4)
    many = test_reading.statements(held, "jobs", site="KIT")
    assert len(many) == len(few), "\n".join(sorted(set(many) - set(few)))
    assert len(many) <= MOST, len(many)


MOST = 40


def test_a_person_sees_the_jobs_they_may_do(world: Cast) -> None:
    run_open(world)
    everything(world, 1)

    def kinds(username: str) -> set[str]:
        found = told(device(username), "jobs", site="KIT")
        assert found["total"] == len(found["jobs"])
        return {" ".join([job["kind"], job.get("document", "")]).strip() for job in found["jobs"]}

    seen = {name: kinds(name) for name in ("anna", "audrey", "rita", "paul", "sven")}
    assert seen["anna"] == {
        "receive order", "receive notice", "put_away", "pick order", "pick transfer", "produce", "count",
    }  # fmt: skip
    assert seen["audrey"] == set()
    assert "receive order" in seen["rita"]
    assert "pick order" not in seen["rita"]
    assert "produce" in seen["paul"]
    assert "receive order" not in seen["paul"]
    assert "pick order" in seen["sven"]
    assert "produce" not in seen["sven"]


def test_more_jobs_than_a_device_shows_are_counted(
    world: Cast, held: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        ordered()
    monkeypatch.setattr(
        all_jobs, "KINDS", [(permission, 2, gather) for permission, _, gather in all_jobs.KINDS]
    )
    found = told(held, "jobs", site="KIT")
    assert (len(found["jobs"]), found["total"]) == (2, 3)
    assert sum(most for _, most, _ in all_jobs.KINDS) <= all_jobs.JOBS_MAX
