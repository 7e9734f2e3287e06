"""Places: the tree, and the accounts of units, runs and partners.

PLANT (Europe/Berlin)
├── COLD
│   ├── A-01
│   └── QUARANTINE (not usable)
└── DOCK
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions, queries
from lotbook.foundation.places.models import Place
from lotbook.kernel import uses
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.standards.gs1.checks import check_digit

pytestmark = pytest.mark.django_db
ANN = "user:ann"
SSCC = "340123450000000000"


@pytest.fixture
def plant() -> dict[str, Place]:
    made: dict[str, Place] = {}
    for code, kind, parent, usable in (
        ("PLANT", "site", "", True),
        ("COLD", "area", "PLANT", True),
        ("DOCK", "area", "PLANT", True),
        ("A-01", "bin", "COLD", True),
        ("QUARANTINE", "bin", "COLD", False),
    ):
        made[code] = actions.create_place(
            actor=ANN,
            code=code,
            kind=kind,
            parent=made[parent].uid if parent else None,
            usable=usable,
            time_zone="Europe/Berlin" if kind == "site" else "",
        )
    return made


def test_the_tree_lists_each_place_after_its_parent(plant: dict[str, Place]) -> None:
    assert [(node.place.code, node.depth) for node in queries.tree()] == [
        ("PLANT", 0), ("COLD", 1), ("A-01", 2), ("QUARANTINE", 2), ("DOCK", 1),
    ]  # fmt: skip
    assert queries.subtree_ids(plant["COLD"].pk) == [plant[c].pk for c in ("COLD", "A-01", "QUARANTINE")]
    assert queries.path(queries.place(plant["A-01"].uid)) == "PLANT › COLD › A-01"


def test_site_and_time_zone_come_from_above(plant: dict[str, Place]) -> None:
    bin_ = queries.place(plant["A-01"].uid)
    assert queries.site_of(bin_) == plant["PLANT"]
    assert queries.zone_of(bin_) == "Europe/Berlin"
    loss = (
        queries.loss()
        if Place.objects.filter(code="LOSS").exists()
        else Place.objects.create(code="L", kind="loss")
    )
    assert queries.zones_of([bin_.pk, plant["DOCK"].pk, loss.pk]) == {
        bin_.pk: "Europe/Berlin", plant["DOCK"].pk: "Europe/Berlin", loss.pk: "UTC",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "shelf"}, "kind"),
        ({"kind": "run"}, "kind"),
        ({"kind": "area"}, "parent"),
        ({"code": ""}, "code"),
        ({"code": "A\tB"}, "code"),
        ({"code": "_x"}, "code"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"gln": "4000001000004"}, "gln"),
        ({"attributes": ["cold"]}, "attributes"),
    ],
)
def test_wrong_places_are_refused_by_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_place(actor=ANN, **{"code": "X", "kind": "site", **values})  # type: ignore[arg-type]
    assert [fault.field for fault in refusal.value.faults] == [field]
    assert not Place.objects.filter(code="X").exists()


def test_codes_and_glns_are_taken_once(plant: dict[str, Place]) -> None:
    with pytest.raises(Conflict, match="PLANT already"):
        actions.create_place(actor=ANN, code="PLANT", kind="site")


def test_a_place_moves_with_what_is_in_it_but_never_into_itself(plant: dict[str, Place]) -> None:
    actions.move_place(actor=ANN, uid=plant["COLD"].uid, parent=plant["DOCK"].uid)
    assert queries.path(queries.place(plant["A-01"].uid)) == "PLANT › DOCK › COLD › A-01"
    with pytest.raises(Refused, match="lies inside"):
        actions.move_place(actor=ANN, uid=plant["DOCK"].uid, parent=plant["COLD"].uid)
    with pytest.raises(Refused, match=r"not in a bin"):
        actions.move_place(actor=ANN, uid=plant["DOCK"].uid, parent=plant["A-01"].uid)


def test_a_place_in_use_stays_in_use(plant: dict[str, Place], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="still has places"):
        actions.deactivate(actor=ANN, uid=plant["COLD"].uid)
    monkeypatch.setattr(uses, "_QUESTIONS", {actions.SUBJECT: [lambda key: "stock of 2 lots"]})
    with pytest.raises(Refused, match="stock of 2 lots"):
        actions.deactivate(actor=ANN, uid=plant["DOCK"].uid)
    monkeypatch.setattr(uses, "_QUESTIONS", {})
    actions.deactivate(actor=ANN, uid=plant["DOCK"].uid, reason="torn down")
    assert [node.place.code for node in queries.tree()] == ["PLANT", "COLD", "A-01", "QUARANTINE"]
    assert queries.changes(plant["DOCK"])[0].reason == "torn down"
    actions.reactivate(actor=ANN, uid=plant["DOCK"].uid)
    assert len(queries.tree()) == 5


def test_history_says_who_made_usable_what(plant: dict[str, Place]) -> None:
    actions.amend_place(
        actor="user:bob", uid=plant["QUARANTINE"].uid, changes={"usable": True}, reason="cleaned"
    )
    change, made = queries.changes(plant["QUARANTINE"])
    assert (change.field, change.old, change.new, change.who, change.reason) == (
        "usable", "False", "True", "user:bob", "cleaned",
    )  # fmt: skip
    assert made.who == ANN


def test_places_the_book_keeps_itself_cannot_be_amended() -> None:
    run = actions.create_run_place(code="RUN-1")
    with pytest.raises(Refused, match="keeps it itself"):
        actions.amend_place(actor=ANN, uid=run.uid, changes={"name": "x"})
    with pytest.raises(Conflict):
        actions.create_run_place(code="RUN-1")
    with pytest.raises(NotFound):
        queries.place("nowhere")


def test_our_own_place_does_not_take_a_partners_location() -> None:
    farm = partners.create_partner(actor=ANN, code="FARM", name="Farm")
    gate = partners.create_location(actor=ANN, partner=farm.uid, values={"name": "Gate"})
    with pytest.raises(Refused, match="not ours"):
        actions.create_place(actor=ANN, code="X", kind="site", location=gate.uid)


def test_a_partner_has_one_account_and_one_per_location() -> None:
    farm = partners.create_partner(actor=ANN, code="FARM", name="Farm")
    gate = partners.create_location(actor=ANN, partner=farm.uid, values={"name": "Gate"})
    first = actions.partner_place(farm)
    assert actions.partner_place(farm) == first
    at_gate = actions.partner_place(farm, location=gate)
    assert (first.kind, first.own, at_gate.location, at_gate == first) == ("partner", False, gate, False)


def test_a_unit_is_known_by_its_sscc(plant: dict[str, Place]) -> None:
    number = SSCC[:-1] + check_digit(SSCC[:-1])
    unit = actions.ensure_unit(sscc=number, parent=plant["DOCK"])
    assert actions.ensure_unit(sscc=number) == unit
    assert (unit.kind, unit.own, queries.site_of(unit)) == ("unit", True, plant["PLANT"])
    with pytest.raises(Refused, match="check digit"):
        actions.ensure_unit(sscc=number[:-1] + str((int(number[-1]) + 1) % 10))
    with pytest.raises(Refused, match="empty"):
        actions.ensure_unit(sscc="")


@pytest.mark.django_db(transaction=True)
def test_four_at_once_make_one_unit_and_one_partners_account() -> None:
    number = SSCC[:-1] + check_digit(SSCC[:-1])
    farm = partners.create_partner(actor=ANN, code="FARM", name="Farm")

    def both(_: int) -> tuple[int, int]:
        try:
            return actions.ensure_unit(sscc=number).pk, actions.partner_place(farm).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(both, range(8)))) == 1
    assert queries.named(number) is not None
