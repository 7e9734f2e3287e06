"""What scans of one thing mean: one answer, several to choose from, or none; and never a guess."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests import cast
from tests.cast import ANNA, Cast

from lotbook.foundation.accounts.models import Role
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.places import actions as places
from lotbook.interfaces.station.api import reading_shapes as shapes
from lotbook.interfaces.station.test_reading import EMPTY, HERE, INNER, SSCC, device, move
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Announced, Ordered
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

GTIN = "09526543006015"
CASE_GTIN = "19526543006012"
SOON = date(2030, 3, 3)


@pytest.fixture
def world(db: None) -> Cast:
    return cast.small()


@pytest.fixture
def held(world: Cast) -> Client:
    return device("anna")


def look(client: Client, *scans: str, site: str = "KIT") -> dict[str, Any]:
    reply = client.post(f"{HERE}/lookup", {"site": site, "scans": scans}, content_type="application/json")
    assert reply.status_code == 200, reply.content
    found: dict[str, Any] = reply.json()
    shapes.StationLooked.model_validate(found)
    return found


def named(client: Client, *scans: str) -> list[tuple[str, str]]:
    """The kind and title of everything found."""
    return [(one["kind"], one["title"]) for one in look(client, *scans)["found"]]


def one(client: Client, *scans: str) -> dict[str, Any]:
    (found,) = look(client, *scans)["found"]
    return found  # type: ignore[no-any-return]  # of parsed JSON


def sauce(world: Cast, number: str = "S-1", quantity: str = "90", **facts: Any) -> Lot:
    cast.receive(world, world.tumbling, world.sauce, number, quantity, facts=facts)
    return Lot.objects.get(item=world.sauce, number=number)


S1 = ("lot", "Marinara sauce 350 g S-1")


# -- one thing -------------------------------------------------------------------------------------


def test_a_lot_is_told_with_all_a_person_asks_of_it(world: Cast, held: Client) -> None:
    lot = sauce(world, expires_on=SOON, supplier_lot="TR-77", origin_country="IT")
    move("S-1", "30", "KIT-DRY", "COLD")
    found = one(held, f"(01){GTIN}(10)S-1")
    assert (found["kind"], found["id"], found["href"]) == ("lot", str(lot.uid), f"/lots/{lot.uid}")
    assert dict(map(tuple, found["facts"])) == {
        "Status": "Released",
        "Item": "FG-MARINARA Marinara sauce 350 g",
        "Expires": "03 MAR 2030",
        "At KIT": "60 pc at KIT-DRY",
        "Elsewhere": "30 pc at COLD",
        "Supplier": "Tumbling River Produce",
        "Supplier's lot": "TR-77",
        "Origin": "Italy",
    }
    assert found["lot"]["at"] == [{"place": "KIT-DRY", "on_hand": "60", "reserved": "0"}]
    assert found["item"]["code"] == "FG-MARINARA"
    cast.hold(world, world.sauce, "S-1", reason="glass found")
    found = one(held, "S-1")
    assert found["facts"][0] == ["Status", "On hold (quality): glass found"]
    assert found["lot"]["status"] == "hold"
    assert {"move", "hold", "release", "trace"} <= set(found["actions"])
    assert not {"pick", "issue"} & set(found["actions"]), "goods on hold are not used"


@pytest.mark.once
@pytest.mark.parametrize(
    "scans",
    [
        (f"(01){GTIN}(10)S-1",),
        (f"]C101{GTIN}10S-1\x1d17300303",),
        (f"]d201{GTIN}17300303\x1d10S-1",),
        (f"https://id.gs1.org/01/{GTIN}/10/S-1",),
        (f"https://other.example/x/01/{GTIN}/10/S-1?17=300303",),
        ("]E0" + GTIN[1:], "]C110S-1"),
        ("]C110S-1", "]E0" + GTIN[1:]),
        (GTIN[1:], "S-1"),
        (f"(01){CASE_GTIN}(10)S-1",),
        ("S-1",),
        ("s-1",),
        (" S-1\r\n",),
        ("(10)S-1",),
        ("TR-77",),
        (GTIN[1:], "TR-77"),
    ],
)
def test_every_way_to_name_a_lot(world: Cast, held: Client, scans: tuple[str, ...]) -> None:
    catalog.add_packaging(actor=ANNA, uid=world.sauce.uid, name="Case", content="12", gtin=CASE_GTIN)
    sauce(world, supplier_lot="TR-77")
    assert named(held, *scans) == [S1]


@pytest.mark.once
@pytest.mark.parametrize("what", ["lots", "items", "places", "units"])
def test_labels_of_our_own_name_a_thing_by_its_id(world: Cast, held: Client, what: str) -> None:
    lot = sauce(world)
    unit = places.ensure_unit(sscc=SSCC, parent=world.store)
    uid, told = {
        "lots": (lot.uid, S1),
        "items": (world.sauce.uid, ("item", "Marinara sauce 350 g")),
        "places": (world.store.uid, ("place", "Dry goods")),
        "units": (unit.uid, ("unit", f"Logistic unit {SSCC}")),
    }[what]
    assert named(held, f"http://testserver/{what}/{uid}") == [told]
    assert named(held, f"http://elsewhere.example/{what}/{uid}") == [], "not a label of ours"


def test_a_serial_is_one_of_its_item(world: Cast, held: Client) -> None:
    catalog.amend_item(actor=ANNA, uid=world.swabs.uid, changes={"gtin": "09526543006022"})
    cast.receive(world, world.tumbling, world.swabs, "SW-1", "1")
    cast.receive(world, world.tumbling, world.tomatoes, "SW-1", "1")
    assert named(held, "(01)09526543006022(21)SW-1") == [("lot", "Allergen swab kit, mustard SW-1")]
    assert len(named(held, "SW-1")) == 2


def test_a_pallet_is_told_with_what_is_in_it(world: Cast, held: Client) -> None:
    sauce(world)
    pallet = places.ensure_unit(sscc=SSCC, parent=world.store)
    places.ensure_unit(sscc=INNER, parent=pallet)
    warehouse.pack(unit=INNER, lines=[Line(lot="S-1", quantity="90")], place="KIT-DRY", actor=ANNA)
    cast.hold(world, world.sauce, "S-1", reason="glass found")
    found: dict[str, Any] = {}
    for scan in (f"(00){SSCC}", f"]C100{SSCC}", SSCC, f"https://id.gs1.org/00/{SSCC}"):
        found = one(held, scan)
        assert (found["kind"], found["id"]) == ("unit", SSCC)
    assert dict(map(tuple, found["facts"])) == {
        "Stands": "Quillmere Kitchen › Dry goods",
        "Contains": "90 pc FG-MARINARA S-1",
        "Units in it": "1",
        "Stopped": "S-1: On hold (quality): glass found",
    }
    assert one(held, "S-1")["lot"]["at"] == [{"place": INNER, "on_hand": "90", "reserved": "0"}]
    assert named(held, EMPTY) == []


@pytest.mark.once
@pytest.mark.parametrize(
    "scan", ["KIT-DRY", "kit-dry", "Dry goods", "dry goods", "4012345000009", "(414)4012345000009"]
)
def test_a_place_by_its_code_name_or_gln(world: Cast, held: Client, scan: str) -> None:
    places.change_place(actor=ANNA, uid=world.store.uid, changes={"gln": "4012345000009"})
    sauce(world)
    found = one(held, scan)
    assert (found["kind"], found["id"]) == ("place", "KIT-DRY")
    assert ["Holds", "90 pc FG-MARINARA S-1"] in found["facts"]
    assert "count" in found["actions"]


def test_goods_wait_for_a_decision_at_some_places(world: Cast, held: Client) -> None:
    assert one(held, "KIT-QUAR")["facts"][0] == ["Status", "Goods here are not for use"]


@pytest.mark.once
@pytest.mark.parametrize("scan", ["FG-MARINARA", GTIN, GTIN[1:], f"(01){GTIN}"])
def test_an_item_by_its_code_or_gtin(world: Cast, held: Client, scan: str) -> None:
    sauce(world)
    sauce(world, "S-2", "10")
    found = one(held, scan)
    assert (found["kind"], found["id"]) == ("item", "FG-MARINARA")
    assert ["At KIT", "100 pc in 2 lots"] in found["facts"]


def test_documents_are_found_by_their_number(world: Cast, held: Client) -> None:
    order = receiving.create_order(
        supplier="TUMBLING",
        site="KIT",
        actor=ANNA,
        send=True,
        lines=[Ordered(item="RM-TOMATO", quantity="5")],
    )
    found = one(held, order.number)
    assert (found["kind"], found["id"]) == ("document", str(order.uid))
    assert found["title"] == f"Purchase order {order.number}"
    notice = receiving.create_notice(
        supplier="TUMBLING",
        site="KIT",
        actor=ANNA,
        lines=[Announced(item="RM-TOMATO", quantity="5", lot="T", sscc=SSCC)],
    )
    found = one(held, f"(00){SSCC}")
    assert (found["kind"], found["id"]) == ("document", str(notice.uid))
    assert found["title"].startswith("Announced pallet")


# -- several, or none ------------------------------------------------------------------------------


def test_items_that_share_a_number_are_all_offered(world: Cast, held: Client) -> None:
    sauce(world)
    cast.receive(world, world.tumbling, world.tomatoes, "S-1", "5")
    cast.receive(world, world.tumbling, world.paprika, "P-9", "5", facts={"supplier_lot": "S-1"})
    assert named(held, "S-1") == [
        S1, ("lot", "Paprika, smoked, ground P-9"), ("lot", "Tomatoes, plum, fresh S-1"),
    ]  # fmt: skip
    assert len(named(held, "(10)S-1")) == 3
    assert named(held, f"(01){GTIN}(10)S-1") == [S1]


def test_a_number_that_is_a_lot_a_place_and_an_item_is_all_of_them(world: Cast, held: Client) -> None:
    sauce(world, "KIT-DRY")
    catalog.create_item(actor=ANNA, code="KIT-DRY", name="Drying kit", unit="H87", scale=0)
    assert {kind for kind, _ in named(held, "KIT-DRY")} == {"lot", "place", "item"}
    sauce(world, "40123455")
    catalog.amend_item(actor=ANNA, uid=world.tomatoes.uid, changes={"gtin": "40123455"})
    assert {kind for kind, _ in named(held, "40123455")} == {"lot", "item"}


def test_a_lot_the_book_does_not_know_names_its_item(world: Cast, held: Client) -> None:
    cast.receive(world, world.tumbling, world.tomatoes, "T-1", "5")
    for scans in ((f"(01){GTIN}(10)T-1",), (GTIN, "T-1")):
        found = one(held, *scans)
        assert (found["kind"], found["facts"][0]) == ("item", ["Lot", "T-1 is not in the book"])
    looked = look(held, "(01)04012345123456(10)X(17)300303")
    assert looked["found"] == []
    assert looked["understood"] == [["GTIN", "04012345123456"], ["Lot", "X"], ["Expires", "03 MAR 2030"]]


def test_a_lost_separator_is_settled_by_the_book_or_asked(world: Cast, held: Client) -> None:
    scan = f"]C101{GTIN}10LOT-721S001"
    looked = look(held, scan)
    assert looked["readings"] == [f"(01){GTIN}(10)LOT-721S001", f"(01){GTIN}(10)LOT-7(21)S001"]
    assert looked["found"] == []
    sauce(world, "LOT-7")
    assert named(held, scan) == [("lot", "Marinara sauce 350 g LOT-7")]
    sauce(world, "LOT-721S001")
    assert len(look(held, scan)["readings"]) == 2, "the book knows both"
    assert named(held, looked["readings"][0]) == [("lot", "Marinara sauce 350 g LOT-721S001")]


def test_what_another_scan_says_helps_to_settle(world: Cast, held: Client) -> None:
    sauce(world, "LOT-7")
    cast.receive(world, world.tumbling, world.tomatoes, "LOT-721S001", "5")
    assert len(look(held, "]C110LOT-721S001")["readings"]) == 2
    assert named(held, "]C110LOT-721S001", "]E0" + GTIN[1:]) == [("lot", "Marinara sauce 350 g LOT-7")]


@pytest.mark.once
@pytest.mark.parametrize(
    ("scans", "why"),
    [
        (("]C10104012345123457",), "check digit"),
        ((f"(01){GTIN}", "(01)04012345123456"), "01"),
        (("LB:CONFIRM",), "command"),
        (("",), "something scanned"),
        (("a\x00b",), "control"),
    ],
)
def test_what_cannot_be_read_says_why(world: Cast, held: Client, scans: tuple[str, ...], why: str) -> None:
    if "\x00" in scans[0]:
        reply = held.post(f"{HERE}/lookup", {"site": "KIT", "scans": scans}, content_type="application/json")
        assert reply.status_code == 400
        return
    looked = look(held, *scans)
    assert looked["found"] == []
    assert why in (looked["refused"] or "")


@pytest.mark.once
@pytest.mark.parametrize(
    "scan", ["nothing of ours", "%", "_", "'; DROP TABLE lots_lot; --", "\U0001f345", "x" * 2000]
)
def test_what_the_book_does_not_know_is_nothing(world: Cast, held: Client, scan: str) -> None:
    sauce(world)
    looked = look(held, scan)
    assert (looked["found"], looked["refused"], looked["readings"]) == ([], None, [])


# -- for whom --------------------------------------------------------------------------------------


def test_a_person_is_offered_what_they_may_do(world: Cast) -> None:
    sauce(world)
    assert one(device("audrey"), "S-1")["actions"] == ["trace"]
    found = one(device("quinn"), "S-1")
    assert {"hold", "trace"} <= set(found["actions"])
    cast.hold(world, world.sauce, "S-1")
    otto = device("otto")
    assert "move" in one(otto, "S-1")["actions"]
    role = Role.objects.get(name="operator")
    role.permissions = [name for name in role.permissions if name not in ("lots.view", "warehouse.post")]
    role.save()
    assert look(otto, "S-1")["found"] == []


def test_another_site_is_not_asked(world: Cast, held: Client) -> None:
    body = {"site": "NOWHERE", "scans": ["S-1"]}
    assert held.post(f"{HERE}/lookup", body, content_type="application/json").status_code == 404
    for wrong in ({"site": "KIT", "scans": []}, {"site": "KIT", "scans": ["x"] * 21}, {"site": "KIT"}):
        assert held.post(f"{HERE}/lookup", wrong, content_type="application/json").status_code == 422
