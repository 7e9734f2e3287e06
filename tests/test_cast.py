"""The cast tells a whole story through the rooms' doors, and the demo keeps out of a book that has one."""

from __future__ import annotations

from datetime import date

import pytest

from lotbook.config.demo import loading
from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog.models import Item
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries as trace
from tests import cast

pytestmark = pytest.mark.django_db


def story() -> cast.Cast:
    """TOM-1, PAP-1 → [RUN-1] → SAUCE-1 → Larchwood, of which a part comes back."""
    world = cast.small()
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    cast.receive(world, world.saffron, world.paprika, "PAP-1", "10", facts={"supplier_lot": "SG-9"})
    cast.receive(world, world.tumbling, world.jars, "", "1000")
    inputs = {(world.tomatoes, "TOM-1"): "400", (world.paprika, "PAP-1"): "4", (world.jars, ""): "900"}
    cast.make(world, "RUN-1", inputs, {(world.sauce, "SAUCE-1"): "900"})
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "120")
    cast.take_back(world, world.larchwood, world.sauce, "SAUCE-1", "20")
    return world


def test_the_story_of_the_cast_is_traced_both_ways() -> None:
    story()
    (subject,) = trace.resolve("SAUCE-1")
    found = trace.trace(subject, "both")
    assert {lot.lot for lot in found.lots if lot.side == "back"} >= {"TOM-1", "PAP-1"}
    assert [customer.name for customer in found.customers] == ["Larchwood Market"]
    assert {supplier.name for supplier in found.suppliers} >= {
        "Tumbling River Produce",
        "Saffron Gate Spice Traders",
    }


def test_held_goods_of_the_cast_stay() -> None:
    world = story()
    cast.hold(world, world.sauce, "SAUCE-1")
    with pytest.raises(Refused, match="on hold"):
        cast.ship(world, world.kettle, world.sauce, "SAUCE-1", "12")
    cast.ship(world, world.kettle, world.sauce, "SAUCE-1", "12", override="sample for the laboratory")


def test_the_people_of_the_cast_have_their_roles() -> None:
    anna, audrey = cast.person("anna"), cast.person("audrey")
    assert anna.may("lots.hold")
    assert not audrey.may("lots.hold")
    assert anna.check_password(cast.PASSWORD)


def test_the_demo_refuses_a_book_that_is_not_empty(
    tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTBOOK_HOME", str(tmp_path))
    story()
    before = (Item.objects.count(), Lot.objects.count(), browsing.events().count(), User.objects.count())
    with pytest.raises(Refused) as refusal:
        loading.load(date(2026, 6, 30), lambda what, done, of: None)
    said = str(refusal.value)
    assert "6 items" in said
    assert "4 lots" in said
    assert "Nothing was written" in said
    assert (
        Item.objects.count(),
        Lot.objects.count(),
        browsing.events().count(),
        User.objects.count(),
    ) == before


def test_the_demo_refuses_a_book_with_nothing_but_a_person(
    tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTBOOK_HOME", str(tmp_path))
    cast.person("anna")
    with pytest.raises(Refused, match="1 people"):
        loading.find()
