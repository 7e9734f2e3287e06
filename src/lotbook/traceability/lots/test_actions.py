"""Facts of lots with their history, and lot numbers that never collide."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.kernel.ids import new_uid
from lotbook.traceability.lots import actions, queries
from lotbook.traceability.lots import rules as lot_rules
from lotbook.traceability.lots.models import Hold, Lot, LotKind, NumberingCounter

pytestmark = pytest.mark.django_db
ANN = "user:ann"
DAY = date(2027, 3, 3)


@pytest.fixture
def tomatoes() -> Item:
    return catalog.create_item(actor=ANN, code="TOM", name="Tomatoes", unit="KGM", scale=3)


def make_lot(item: Item, number: str, **facts: object) -> Lot:
    return Lot.objects.create(item=item, number=number, created_at=clock.now(), **facts)


def put_hold(lot: Lot, kind: str) -> Hold:
    lot.held += 1
    lot.save()
    return Hold.objects.create(
        uid=new_uid(),
        lot=lot,
        kind=kind,
        reason="smell",
        placed_sequence=1,
        placed_at=clock.now(),
        placed_by=ANN,
    )


# --- Facts -------------------------------------------------------------------------------------------


def test_facts_are_amended_and_the_history_keeps_old_and_new(tomatoes: Item) -> None:
    farm = partners.create_partner(actor=ANN, code="FARM", name="Green Farm", is_supplier=True)
    lot = make_lot(tomatoes, "L-1", produced_on=date(2027, 3, 1))
    actions.amend_lot(
        actor="user:bob",
        uid=lot.uid,
        changes={"expires_on": "2027-04-01", "supplier": str(farm.uid), "origin_country": "es"},
        reason="Read from the label.",
    )
    changes = {change.field: change for change in queries.changes(lot)}
    assert (changes["expires on"].new, changes["supplier"].new) == ("2027-04-01", "Green Farm")
    assert {change.who for change in changes.values() if change.field} == {"user:bob"}
    assert changes["origin country"].reason == "Read from the label."


def test_dates_in_no_sane_order_are_refused_and_nothing_is_saved(tomatoes: Item) -> None:
    lot = make_lot(tomatoes, "L-1", produced_on=DAY)
    with pytest.raises(Refused, match="expiry date 2027-03-02 lies before the production date"):
        actions.amend_lot(actor=ANN, uid=lot.uid, changes={"expires_on": "2027-03-02", "tlc": "X"})
    lot.refresh_from_db()
    assert (lot.expires_on, lot.tlc) == (None, "")


def test_an_old_disorder_does_not_bar_other_corrections(tomatoes: Item) -> None:
    lot = make_lot(tomatoes, "L-1", produced_on=DAY, expires_on=DAY - timedelta(days=1))
    actions.amend_lot(actor=ANN, uid=lot.uid, changes={"tlc": "X"})
    actions.amend_lot(actor=ANN, uid=lot.uid, changes={"expires_on": "2027-05-01"})
    assert Lot.objects.get().expires_on == date(2027, 5, 1)


def test_identity_is_no_fact_and_unknown_links_are_named(tomatoes: Item) -> None:
    lot = make_lot(tomatoes, "L-1")
    with pytest.raises(Refused, match="number: is no fact"):
        actions.amend_lot(actor=ANN, uid=lot.uid, changes={"number": "L-2"})
    with pytest.raises(NotFound):
        actions.amend_lot(actor=ANN, uid=lot.uid, changes={"supplier": "nobody"})


# --- Reading -----------------------------------------------------------------------------------------


def test_the_same_number_of_two_items_is_two_lots(tomatoes: Item) -> None:
    salt = catalog.create_item(actor=ANN, code="SALT", name="Salt")
    one, other = make_lot(tomatoes, "L-1"), make_lot(salt, "L-1")
    assert queries.find("L-1") == [other, one]
    assert queries.by_identity(tomatoes, "L-1") == one
    assert queries.by_identity(tomatoes, "L-1", LotKind.SERIAL) is None
    serial = make_lot(tomatoes, "S-1", kind=LotKind.SERIAL, inside=one)
    assert list(queries.serials_of(one)) == [serial]


def test_lists_by_status_agree_with_the_rule(tomatoes: Item) -> None:
    today = queries.today()
    yesterday = today - timedelta(days=1)
    kinds = (
        (),
        ("quarantine",),
        ("quality",),
        ("quality", "quarantine"),
        ("rejection",),
        ("recall", "rejection"),
    )
    for number, held in enumerate(kinds):
        for expires_on in (None, today, yesterday):
            lot = make_lot(tomatoes, f"L-{number}-{expires_on}", expires_on=expires_on)
            for kind in held:
                put_hold(lot, kind)
    released = put_hold(make_lot(tomatoes, "OFF"), "recall")
    Hold.objects.filter(pk=released.pk).update(released_sequence=2)
    said = queries.statuses(Lot.objects.all())
    assert len(said) == 19
    for status in lot_rules.STATUSES:
        assert {lot.pk for lot in queries.lots(status=status)} == {
            pk for pk, one in said.items() if one == status
        }
    assert queries.page(released.lot.uid).status == "released"


def test_lists_by_item_text_supplier_and_expiry(tomatoes: Item) -> None:
    farm = partners.create_partner(actor=ANN, code="FARM", name="Green Farm")
    today = queries.today()
    soon = make_lot(tomatoes, "SOON", expires_on=today + timedelta(days=7), supplier=farm)
    late = make_lot(tomatoes, "LATE", expires_on=today + timedelta(days=8), supplier_lot="F-77")
    assert list(queries.lots(expires_within=7)) == [soon]
    assert list(queries.lots(text="f-77")) == [late]
    assert list(queries.lots(supplier=farm.uid)) == [soon]
    assert list(queries.lots(item=tomatoes.uid)) == [late, soon]
    assert not queries.lots(text="\x00")


def test_an_item_with_lots_keeps_its_unit_and_tracking(tomatoes: Item) -> None:
    make_lot(tomatoes, "L-1")
    with pytest.raises(Refused, match="1 lot"):
        catalog.amend_item(actor=ANN, uid=tomatoes.uid, changes={"tracking": "serial", "scale": 0})


# --- Numbering ---------------------------------------------------------------------------------------


def test_numbers_rise_per_site_and_day_and_skip_those_in_use(tomatoes: Item) -> None:
    plant = places.create_place(actor=ANN, code="PLANT", kind="site")
    dock = places.create_place(actor=ANN, code="DOCK", kind="area", parent=plant.uid)
    rule = actions.create_rule(
        actor=ANN, name="Plant", pattern="{site}-{date:%y%m%d}-{seq:3}", is_default=True
    )
    make_lot(tomatoes, "PLANT-270303-002")
    assert actions.next_numbers(rule, item=tomatoes, on=DAY, site=dock, count=3) == [
        "PLANT-270303-001", "PLANT-270303-003", "PLANT-270303-004",
    ]  # fmt: skip
    assert (
        actions.next_number(rule, item=tomatoes, on=DAY + timedelta(days=1), site=dock) == "PLANT-270304-001"
    )
    with pytest.raises(Refused, match="needs the site"):
        actions.next_number(rule, item=tomatoes, on=DAY)
    assert queries.rule_for(tomatoes) == rule


def test_an_items_own_rule_comes_before_the_default(tomatoes: Item) -> None:
    actions.create_rule(actor=ANN, name="All", pattern="{julian}{seq:3}", is_default=True)
    own = actions.create_rule(actor=ANN, name="Tomatoes", pattern="T{julian}{seq:3}", item=tomatoes.uid)
    assert queries.rule_for(tomatoes) == own
    with pytest.raises(Conflict) as refusal:
        actions.create_rule(actor=ANN, name="All", pattern="T{julian}{seq:3}", item=tomatoes.uid)
    assert {fault.field for fault in refusal.value.faults} == {"name", "pattern", "item"}


def test_there_is_one_default_and_its_change_is_in_the_history() -> None:
    first = actions.create_rule(actor=ANN, name="First", pattern="A{julian}{seq:3}", is_default=True)
    actions.create_rule(actor="user:bob", name="Second", pattern="B{julian}{seq:3}", is_default=True)
    first.refresh_from_db()
    assert not first.is_default
    assert queries.rule_changes(first)[0].who == "user:bob"
    with pytest.raises(Refused, match="does not tell"):
        actions.amend_rule(actor=ANN, key=first.pk, changes={"pattern": "{seq:4}"})
    assert (
        actions.amend_rule(actor=ANN, key=first.pk, changes={"pattern": "{seq:4}", "reset": "never"}).reset
        == "never"
    )


def test_a_preview_hands_nothing_out() -> None:
    assert actions.preview("{site}{julian}-{seq:2}", "day", on=DAY) == [
        "SITE27062-01",
        "SITE27062-02",
        "SITE27062-03",
    ]
    assert not NumberingCounter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_writers_never_get_the_same_number(tomatoes: Item) -> None:
    rule = actions.create_rule(actor=ANN, name="All", pattern="{julian}-{seq:4}", is_default=True)

    def take(count: int) -> list[str]:
        try:
            return actions.next_numbers(rule, item=tomatoes, on=DAY, count=count)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = [number for block in pool.map(take, [1, 2, 3, 4] * 10) for number in block]
    assert len(taken) == len(set(taken)) == 100
    assert NumberingCounter.objects.get().last == 100
