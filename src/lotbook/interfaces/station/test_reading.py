"""What a device is told: who holds it, the book of its site, and what changes in it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from tests import cast
from tests.cast import ANNA, Cast

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.places import actions as places
from lotbook.interfaces.station.api import reading_shapes as shapes
from lotbook.interfaces.station.queries import following, knowing
from lotbook.kernel import clock, sql
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Ordered
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger.actions import post_one, reverse
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft
from lotbook.traceability.lots import actions as lot_actions
from lotbook.traceability.lots.models import Lot

HERE = "/api/v1/station"
SOON = date(2027, 3, 3)
SSCC = "340123450000000017"
INNER = "340123450000000024"
EMPTY = "340123450000000031"


@pytest.fixture
def world(db: None) -> Cast:
    return cast.small()


def device(username: str = "otto") -> Client:
    """A device that a person holds."""
    client = Client()
    client.force_login(cast.person(username), backend="lotbook.foundation.accounts.backends.Backend")
    return client


@pytest.fixture
def held(world: Cast) -> Client:
    return device()


def told(client: Client, what: str, **asked: str | int) -> dict[str, Any]:
    reply = client.get(f"{HERE}/{what}", asked)
    assert reply.status_code == 200, reply.content
    found: dict[str, Any] = reply.json()
    return found


def book(client: Client, site: str = "KIT") -> dict[str, Any]:
    found = told(client, "book", site=site)
    shapes.StationBook.model_validate(found)
    return found


def changes(client: Client, known: dict[str, Any], site: str = "KIT") -> dict[str, Any]:
    """What became different since an earlier answer."""
    found = told(client, "changes", site=site, since=known["as_of"], mark=known["mark"])
    shapes.StationChanges.model_validate(found)
    return found


def lot_of(found: dict[str, Any], number: str) -> dict[str, Any]:
    (one,) = [lot for lot in found["lots"] if lot["number"] == number]
    return one  # type: ignore[no-any-return]  # of parsed JSON


def standing(found: dict[str, Any]) -> dict[str, str]:
    """Where units stand, by SSCC."""
    return {unit["sscc"]: unit["place"] for unit in found["units"]}


def lot(number: str) -> Lot:
    return Lot.objects.get(number=number)


# -- start -----------------------------------------------------------------------------------------


def test_start_says_who_holds_the_device_and_what_they_may_do(held: Client) -> None:
    found = told(held, "start")
    shapes.StationStart.model_validate(found)
    assert found["person"] == {"name": "otto", "login": "otto"}
    assert found["handheld"] is None
    assert "warehouse.post" in found["may"]
    assert "accounts.manage" not in found["may"]
    assert [site["code"] for site in found["sites"]] == ["COLD", "KIT"]
    assert found["hosts"] == ["127.0.0.1", "[::1]", "localhost", "testserver"]


def test_nobody_starts_without_a_login(world: Cast) -> None:
    assert Client().get(f"{HERE}/start").status_code == 401


def test_a_person_limited_to_a_site_sees_no_other(world: Cast) -> None:
    client = device()
    accounts.set_sites(username="otto", actor=ANNA, sites=["COLD"])
    assert [site["code"] for site in told(client, "start")["sites"]] == ["COLD"]
    for what in ("book", "changes"):
        reply = client.get(f"{HERE}/{what}", {"site": "KIT", "since": "0"})
        assert reply.status_code == 403, reply.content
        assert reply.json()["faults"][0]["code"] == "other_site"
    assert client.get(f"{HERE}/book", {"site": "COLD"}).status_code == 200
    assert client.get(f"{HERE}/book", {"site": "NOWHERE"}).status_code == 404


# -- book ------------------------------------------------------------------------------------------


def test_the_book_has_what_a_device_needs_without_a_network(world: Cast, held: Client) -> None:
    receiving.set_rule(actor=ANNA, item="RM-TOMATO", required=["expires_on", "origin_country"])
    catalog.add_packaging(
        actor=ANNA, uid=world.sauce.uid, name="Case of 12", content="12", gtin="19526543006012"
    )
    got = cast.receive(world, world.tumbling, world.tomatoes, "T-1", "500", facts={"expires_on": SOON})
    cast.receive(world, world.tumbling, world.jars, "", "24")
    cast.receive(world, world.tumbling, world.tomatoes, "T-COLD", "1", place=world.cold)
    found = book(held)
    assert (found["site"], found["complete"]) == ("KIT", True)
    assert found["as_of"] > got.sequence
    items = {item["code"]: item for item in found["items"]}
    assert items["RM-TOMATO"]["unit"] == "kg"
    assert items["RM-TOMATO"]["scale"] == 3
    assert items["RM-TOMATO"]["needs"] == ["expires_on", "country"]
    assert items["FG-MARINARA"]["gtins"] == [
        {"gtin": "09526543006015", "unit": "pc", "each": "1"},
        {"gtin": "19526543006012", "unit": "Case of 12", "each": "12"},
    ]
    assert (items["PK-JAR"]["kept"], items["QC-SWAB"]["kept"]) == ("none", "serial")
    assert {one["number"] for one in found["lots"]} == {"T-1", ""}
    one = lot_of(found, "T-1")
    assert one["item"] == "RM-TOMATO"
    assert one["id"] == str(lot("T-1").uid)
    assert one["at"] == [{"place": "KIT-DRY", "on_hand": "500", "reserved": "0"}]
    where = {place["code"]: place for place in found["places"]}
    assert where["KIT-QUAR"] == {
        "id": str(world.quarantine.uid),
        "code": "KIT-QUAR", "name": "Kitchen quarantine", "kind": "area", "inside": "KIT", "usable": False,
    }  # fmt: skip
    assert "COLD" not in where


@pytest.mark.parametrize(
    ("kind", "status", "why"),
    [
        ("quality", "hold", "On hold (quality): Laboratory asked"),
        ("recall", "recalled", "Recalled: Laboratory asked"),
        ("rejection", "rejected", "Rejected: Laboratory asked"),
        ("quarantine", "quarantine", "In quarantine: Laboratory asked"),
    ],
)
def test_a_lot_says_why_it_may_not_be_used(
    world: Cast, held: Client, kind: str, status: str, why: str
) -> None:
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    assert lot_of(book(held), "T-1")["status"] == "released"
    cast.hold(world, world.tomatoes, "T-1", kind=kind)
    one = lot_of(book(held), "T-1")
    assert (one["status"], one["why"]) == (status, why)


def move(number: str, quantity: str, source: str, to: str) -> None:
    warehouse.move(lines=[Line(lot=number, quantity=quantity, place=source)], to=to, actor=ANNA)


def nested(world: Cast) -> None:
    """A carton on a pallet, ten kilograms in it."""
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "10")
    pallet = places.ensure_unit(sscc=SSCC, parent=world.store)
    places.ensure_unit(sscc=INNER, parent=pallet)
    places.ensure_unit(sscc=EMPTY, parent=world.store)
    warehouse.pack(unit=INNER, lines=[Line(lot="T-1", quantity="10")], place="KIT-DRY", actor=ANNA)


def test_a_lot_in_a_nested_unit_stands_at_the_site(world: Cast, held: Client) -> None:
    nested(world)
    found = book(held)
    assert lot_of(found, "T-1")["at"] == [{"place": INNER, "on_hand": "10", "reserved": "0"}]
    assert standing(found) == {SSCC: "KIT-DRY", INNER: SSCC}, "empty ones are left out"
    assert book(held, "COLD")["lots"] == []


# -- changes ---------------------------------------------------------------------------------------


def test_nothing_happened_is_one_statement(world: Cast, held: Client) -> None:
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    known = book(held)
    found = changes(held, known)
    assert (found["lots"], found["units"], found["reload"]) == ([], [], False)
    assert (found["as_of"], found["mark"]) == (known["as_of"], known["mark"])
    assert found["jobs"] == changes(held, found)["jobs"]


def test_a_hold_by_anybody_is_in_the_next_answer(world: Cast, held: Client) -> None:
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    cast.receive(world, world.tumbling, world.tomatoes, "T-2", "5")
    known = book(held)
    placed = cast.hold(world, world.tomatoes, "T-1", reason="glass found")
    found = changes(held, known)
    (one,) = found["lots"]
    assert (one["number"], one["status"], one["why"]) == ("T-1", "hold", "On hold (quality): glass found")
    assert one["at"] == [{"place": "KIT-DRY", "on_hand": "5", "reserved": "0"}]
    post_one(Draft("release", clock.now(), releases=[placed.uid], reason="clean"), actor=ANNA)
    (one,) = changes(held, found)["lots"]
    assert (one["status"], one["why"]) == ("released", "")


def test_every_act_on_goods_is_in_the_next_answer(world: Cast, held: Client) -> None:
    known = book(held)

    def numbers() -> dict[str, list[tuple[str, str]]]:
        nonlocal known
        known = changes(held, known)
        assert not known["reload"]
        return {one["number"]: [(at["place"], at["on_hand"]) for at in one["at"]] for one in known["lots"]}

    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "50")
    cast.receive(world, world.tumbling, world.tomatoes, "T-9", "50", place=world.cold)
    assert numbers() == {"T-1": [("KIT-DRY", "50")]}
    move("T-1", "10", "KIT-DRY", "KIT-QUAR")
    assert numbers() == {"T-1": [("KIT-DRY", "40"), ("KIT-QUAR", "10")]}
    cast.make(world, "RUN-1", {(world.tomatoes, "T-1"): "40"}, {(world.sauce, "S-1"): "90"})
    assert numbers() == {"T-1": [("KIT-QUAR", "10")], "S-1": [("KIT-DRY", "90")]}
    shipped = cast.ship(world, world.larchwood, world.sauce, "S-1", "90")
    assert numbers() == {"S-1": []}
    reverse(shipped.uid, actor=ANNA, reason="wrong truck")
    assert numbers() == {"S-1": [("KIT-DRY", "90")]}
    move("T-1", "10", "KIT-QUAR", "COLD")
    assert numbers() == {"T-1": []}
    move("T-9", "1", "COLD", "KIT-DRY")
    assert numbers() == {"T-9": [("KIT-DRY", "1")]}
    warehouse.scrap(lines=[Line(lot="T-9", quantity="1", place="KIT-DRY")], reason="fell", actor=ANNA)
    assert numbers() == {"T-9": []}


def test_a_unit_that_moves_takes_what_is_in_it_along(world: Cast, held: Client) -> None:
    nested(world)
    known = book(held)
    warehouse.move_unit(unit=SSCC, to="KIT-QUAR", actor=ANNA)
    found = changes(held, known)
    assert standing(found)[SSCC] == "KIT-QUAR"
    assert lot_of(found, "T-1")["at"] == [{"place": INNER, "on_hand": "10", "reserved": "0"}]
    there = book(held, "COLD")
    warehouse.move_unit(unit=SSCC, to="COLD", actor=ANNA)
    found = changes(held, found)
    assert standing(found)[SSCC] == ""
    assert lot_of(found, "T-1")["at"] == []
    found = changes(held, there, "COLD")
    assert lot_of(found, "T-1")["at"] == [{"place": INNER, "on_hand": "10", "reserved": "0"}]
    assert standing(found) == {SSCC: "COLD", INNER: SSCC}


def test_a_lot_expires_at_midnight_of_the_site(world: Cast, held: Client) -> None:
    """The last day is a day of use, wherever the server's clock stands."""
    evening = datetime(2027, 3, 3, 23, 59, 50, tzinfo=ZoneInfo("America/Los_Angeles"))
    with clock.standing(evening):
        cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5", facts={"expires_on": SOON})
        known = book(held)
        assert lot_of(known, "T-1")["status"] == "released"
        assert changes(held, known)["lots"] == []
    with clock.standing(evening + timedelta(seconds=11)):
        found = changes(held, known)
        (one,) = found["lots"]
        assert (one["status"], one["why"]) == ("expired", "Expired 03 MAR 2027")
        assert changes(held, found)["lots"] == [], "told once"
        without = told(held, "changes", site="KIT", since=known["as_of"])
        assert [one["number"] for one in without["lots"]] == ["T-1"], "without a mark as well"


def test_dates_that_were_changed_are_in_the_next_answer(world: Cast, held: Client) -> None:
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5", facts={"expires_on": SOON})
    known = book(held)
    lot_actions.amend_lot(actor=ANNA, uid=lot("T-1").uid, changes={"expires_on": date(2026, 1, 31)})
    found = changes(held, known)
    assert lot_of(found, "T-1")["expires_on"] == "2026-01-31"
    assert lot_of(found, "T-1")["status"] == "expired"
    assert changes(held, found)["lots"] == []


def test_a_late_change_below_the_last_id_is_not_missed(world: Cast, held: Client) -> None:
    """Ids are drawn before they are committed: a device may see 8 before there is a 7."""
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    for _ in range(3):
        day = SOON if lot("T-1").expires_on != SOON else SOON + timedelta(days=1)
        lot_actions.amend_lot(actor=ANNA, uid=lot("T-1").uid, changes={"expires_on": day})
    known = book(held)
    parts = known["mark"].split("~")
    seen = parts[2].split(",")
    assert len(seen) == 3
    late = "~".join([parts[0], parts[1], ",".join([seen[0], seen[2]]), *parts[3:]])
    assert changes(held, known)["lots"] == []
    assert changes(held, {**known, "mark": late})["lots"] != []


def test_a_reservation_is_in_the_next_answer_and_its_end_too(world: Cast, held: Client) -> None:
    cast.receive(world, world.tumbling, world.sauce, "S-1", "90")
    known = book(held)
    order = shipping.create(
        actor=ANNA, customer="C001", site="KIT", lines=[Wanted(item="FG-MARINARA", quantity="30")]
    )
    shipping.confirm(order=order.uid, actor=ANNA)
    shipping.allocate(order=order.uid, actor=ANNA)
    known = changes(held, known)
    assert lot_of(known, "S-1")["at"] == [{"place": "KIT-DRY", "on_hand": "90", "reserved": "30"}]
    shipping.cancel(order=order.uid, actor=ANNA, reason="called off")
    known = changes(held, known)
    assert lot_of(known, "S-1")["at"] == [{"place": "KIT-DRY", "on_hand": "90", "reserved": "0"}]


def test_changed_items_and_places_ask_for_the_book_again(world: Cast, held: Client) -> None:
    known = book(held)
    places.ensure_unit(sscc=SSCC, parent=world.store)
    assert not changes(held, known)["reload"], "units are made all day"
    catalog.create_item(actor=ANNA, code="NEW", name="New", unit="KGM", scale=3)
    assert changes(held, known)["reload"]
    known = book(held)
    assert not changes(held, known)["reload"]
    places.create_place(actor=ANNA, code="B-2", kind="bin", parent=world.store.uid)
    assert changes(held, known)["reload"]


def test_a_device_that_was_away_for_long_asks_for_the_book(
    world: Cast, held: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = book(held)
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    cast.receive(world, world.tumbling, world.tomatoes, "T-2", "5")
    monkeypatch.setattr(following, "LOTS_MAX", 1)
    assert changes(held, known)["reload"], "more lots than one answer holds"
    monkeypatch.undo()
    assert not changes(held, known)["reload"]
    monkeypatch.setattr(following, "EVENTS_MAX", 1)
    assert changes(held, known)["reload"], "more events than are looked at"
    ahead = told(held, "changes", site="KIT", since=10**9)
    assert ahead["reload"], "of another book: one restored from a backup"


@pytest.mark.once
@pytest.mark.parametrize("mark", ["x", "2027-03-03~a~~1~1", "~~~~", "2027-13-01~1~1~1~1", "1~2"])
def test_a_mark_of_another_make_is_none(world: Cast, held: Client, mark: str) -> None:
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    found = told(held, "changes", site="KIT", since=0, mark=mark)
    assert [one["number"] for one in found["lots"]] == ["T-1"]


def test_jobs_have_another_version_after_whatever_happened(world: Cast, held: Client) -> None:
    known = book(held)
    seen = [changes(held, known)["jobs"]]

    def other(why: str) -> None:
        now = changes(held, known)["jobs"]
        assert now not in seen, why
        seen.append(now)

    order = receiving.create_order(
        supplier="TUMBLING", site="KIT", actor=ANNA, lines=[Ordered(item="RM-TOMATO", quantity="5")]
    )
    other("a draft was written")
    receiving.send_order(order=order.uid, actor=ANNA)
    other("an order was sent")
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    other("goods came")
    with clock.standing(clock.now() + timedelta(days=1)):
        other("it is another day")


# -- the cost --------------------------------------------------------------------------------------


@contextmanager
def counted() -> Iterator[list[str]]:
    """Django's statements and ours, the login's left out."""
    found: list[str] = []

    def note(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
        if "django_session" not in text and '"accounts_user"' not in text:
            found.append(text)
        return execute(text, parameters, many, context)

    with connection.execute_wrapper(note), sql.counted() as ours:
        yield found
    found += ours


def test_statements_do_not_grow_with_the_book(world: Cast, held: Client) -> None:
    nested(world)
    book(held)
    few = statements(held, "book", site="KIT")
    for number in range(30):
        cast.receive(world, world.tumbling, world.tomatoes, f"T-X{number}", "5")
        cast.hold(world, world.tomatoes, f"T-X{number}")
    many = statements(held, "book", site="KIT")
    assert many == few
    assert len(few) == BOOK[connection.vendor]


def test_what_is_asked_every_second_is_at_most_three_statements(world: Cast, held: Client) -> None:
    nested(world)
    known = book(held)
    asked = {"site": "KIT", "since": known["as_of"], "mark": known["mark"]}
    assert len(statements(held, "changes", **asked)) == 1, "nothing happened"
    cast.receive(world, world.tumbling, world.tomatoes, "T-2", "5")
    cast.hold(world, world.tomatoes, "T-2")
    warehouse.move_unit(unit=SSCC, to="KIT-QUAR", actor=ANNA)
    lot_actions.amend_lot(actor=ANNA, uid=lot("T-1").uid, changes={"expires_on": SOON})
    some = statements(held, "changes", **asked)
    assert len(some) == CHANGES[connection.vendor]


BOOK = {"sqlite": 6, "postgresql": 7}
CHANGES = {"sqlite": 2, "postgresql": 3}
"""PostgreSQL asks as of when in a statement of its own."""


def statements(client: Client, what: str, **asked: str | int) -> list[str]:
    with counted() as found:
        told(client, what, **asked)
    return found


def test_answers_are_packed_for_devices_that_can_read_that(world: Cast, held: Client) -> None:
    for number in range(20):
        cast.receive(world, world.tumbling, world.tomatoes, f"T-{number}", "5")
    plain = held.get(f"{HERE}/book", {"site": "KIT"})
    packed = held.get(f"{HERE}/book", {"site": "KIT"}, headers={"accept-encoding": "gzip, br"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    assert json.loads(gzip.decompress(packed.content)) == plain.json()


def test_too_many_lots_leave_out_what_is_needed_least(
    world: Cast, held: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"LATE": 30, "SOON": 3, "NEVER": None, "HELD": 300}
    for number, ends in days.items():
        facts = {"expires_on": SOON + timedelta(days=ends)} if ends else {}
        cast.receive(world, world.tumbling, world.tomatoes, number, "5", facts=facts)
    cast.receive(world, world.tumbling, world.swabs, "SERIAL", "1", facts={"expires_on": SOON})
    cast.hold(world, world.tomatoes, "HELD")
    monkeypatch.setattr(knowing, "LOTS_MAX", 4)
    found = book(held)
    assert not found["complete"]
    assert [one["number"] for one in found["lots"]] == ["HELD", "SOON", "LATE", "NEVER"]
