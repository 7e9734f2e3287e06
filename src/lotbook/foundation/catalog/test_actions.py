"""Items: made, amended, refused, and their history."""

from __future__ import annotations

from typing import Any

import pytest

from lotbook.foundation.catalog import actions, queries
from lotbook.foundation.catalog.models import Item, Packaging
from lotbook.kernel import uses
from lotbook.kernel.errors import Conflict, NotFound, Refused

pytestmark = pytest.mark.django_db
ANN = "user:ann"


def tomatoes(**more: Any) -> Item:
    values: dict[str, object] = {"code": "TOM", "name": "Tomatoes", "unit": "KGM", "scale": 3, **more}
    return actions.create_item(actor=ANN, **values)  # type: ignore[arg-type]


def test_an_item_is_made_with_its_net_weight_and_found_by_every_name() -> None:
    jar = actions.create_item(
        actor=ANN,
        code="JAR",
        name="Jar",
        gtin="4012345123456",
        net_weight="0.35",
        standard_cost="1.2",
        currency="EUR",
    )
    assert jar.gtin == "04012345123456"
    assert queries.units_of(jar).convert("0.7", "KGM") == 2
    assert queries.net_weight(jar) == "0.35"
    for name in (str(jar.uid), "JAR", "4012345123456", "04012345123456"):
        assert queries.named(name) == jar
    assert queries.named("no such thing") is None


def test_code_and_gtin_belong_to_one_item_or_packaging() -> None:
    tomatoes(gtin="4012345123456")
    with pytest.raises(Conflict) as refusal:
        tomatoes(gtin="04012345123456")
    assert {fault.field for fault in refusal.value.faults} == {"code", "gtin"}
    salt = tomatoes(code="SALT")
    with pytest.raises(Conflict, match="GTIN of Tomatoes"):
        actions.add_packaging(actor=ANN, uid=salt.uid, name="Sack", content="25", gtin="4012345123456")
    assert Item.objects.count() == 2


def test_packagings_hold_a_content_in_smallest_units() -> None:
    item = tomatoes()
    crate = actions.add_packaging(
        actor=ANN, uid=item.uid, name="Crate", content="12.5", gtin="14012345123453"
    )
    assert crate.content == 12_500
    assert queries.by_gtin("14012345123453") == (item, crate)
    with pytest.raises(Conflict):
        actions.add_packaging(actor=ANN, uid=item.uid, name="Crate", content="1")
    with pytest.raises(Refused, match="above zero"):
        actions.add_packaging(actor=ANN, uid=item.uid, name="Nothing", content="0")
    actions.remove_packaging(actor=ANN, uid=item.uid, name="Crate")
    assert not Packaging.objects.exists()


def test_a_net_weight_contradicting_a_unit_of_mass_is_refused() -> None:
    with pytest.raises(Refused, match="its weight is its quantity"):
        actions.set_net_weight(actor=ANN, uid=tomatoes().uid, kilograms="2")


def test_a_finer_scale_carries_the_packagings_along_and_a_coarser_one_is_refused() -> None:
    item = tomatoes()
    actions.add_packaging(actor=ANN, uid=item.uid, name="Crate", content="12.5")
    actions.amend_item(actor=ANN, uid=item.uid, changes={"scale": 4})
    assert Packaging.objects.get().content == 125_000
    with pytest.raises(Refused, match="only ever made finer"):
        actions.amend_item(actor=ANN, uid=item.uid, changes={"scale": 3})


def test_unit_tracking_and_scale_stay_once_the_item_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    item = tomatoes()
    monkeypatch.setattr(
        uses, "_QUESTIONS", {actions.SUBJECT: [lambda key: "1 lot" if key == item.pk else ""]}
    )
    with pytest.raises(Refused) as refusal:
        actions.amend_item(
            actor=ANN, uid=item.uid, changes={"unit": "LTR", "tracking": "none", "scale": 4, "name": "X"}
        )
    assert [fault.field for fault in refusal.value.faults] == ["unit", "tracking", "scale"]
    item.refresh_from_db()
    assert item.name == "Tomatoes"
    actions.amend_item(actor=ANN, uid=item.uid, changes={"name": "Plum tomatoes"})


def test_history_says_who_when_old_and_new() -> None:
    item = tomatoes()
    actions.amend_item(
        actor="key:abc", uid=item.uid, changes={"name": "Plum tomatoes"}, reason="Label changed."
    )
    actions.set_conversion(actor=ANN, uid=item.uid, unit="XCT", factor="10")
    conversion, name, made = queries.changes(item)
    assert (name.who, name.reason, name.field, name.old, name.new) == (
        "key:abc", "Label changed.", "name", "Tomatoes", "Plum tomatoes",
    )  # fmt: skip
    assert (made.who, made.field, conversion.what) == (ANN, "", "conversion")


def test_amending_to_the_same_changes_nothing() -> None:
    item = tomatoes()
    actions.amend_item(actor=ANN, uid=item.uid, changes={"name": "Tomatoes"})
    assert len(queries.changes(item)) == 1


def test_unknown_items_and_fields_are_named() -> None:
    with pytest.raises(NotFound):
        actions.amend_item(actor=ANN, uid="0" * 32, changes={})
    with pytest.raises(Refused, match="no field of an item"):
        actions.amend_item(actor=ANN, uid=tomatoes().uid, changes={"is_foreign": True})


def test_many_items_are_made_at_once_with_their_history_or_none_is() -> None:
    tomatoes(gtin="4012345123456")
    new = [{"code": f"I-{n}", "name": f"Item {n}"} for n in range(700)]
    made = actions.create_items(actor="key:abc", items=new, reason="moved in")
    assert len(made) == 700
    assert [(one.who, one.reason, one.new) for one in queries.changes(made[699])] == [
        ("key:abc", "moved in", "Item 699")
    ]
    with pytest.raises(Conflict) as refusal:
        actions.create_items(
            actor=ANN,
            items=[
                {"code": "X", "name": "X"},
                {"code": "X", "name": "Y"},
                {"code": "Z", "name": "Z", "gtin": "4012345123456"},
            ],
        )
    assert [fault.field for fault in refusal.value.faults] == ["items/1/code", "items/2/gtin"]
    with pytest.raises(Refused, match="items/1/unit"):
        actions.create_items(
            actor=ANN, items=[{"code": "X", "name": "X"}, {"code": "Y", "name": "Y", "unit": "?"}]
        )
    assert Item.objects.count() == 701
