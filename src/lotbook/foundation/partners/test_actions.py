"""Partners and their locations: made, amended, refused, and their history."""

from __future__ import annotations

import pytest

from lotbook.foundation.partners import actions, queries, rules
from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel.errors import Conflict, NotFound, Refused

pytestmark = pytest.mark.django_db
ANN = "user:ann"
FARM = {
    "name": "Farm gate", "business_name": "Green Farm LLC", "phone": "+1 555 0100", "street": "1 Field Road",
    "city": "Salinas", "region": "CA", "postal_code": "93901", "country": "us", "gln": "4000001000005",
}  # fmt: skip


def farm() -> Partner:
    return actions.create_partner(
        actor=ANN, code="FARM", name="Green Farm", is_supplier=True, gln="4000001000005"
    )


def test_a_partner_is_found_by_code_gln_uid_and_an_unambiguous_name() -> None:
    partner = farm()
    for text in ("FARM", "4000001000005", str(partner.uid), "green farm"):
        assert queries.named(text) == partner
    actions.create_partner(actor=ANN, code="FARM2", name="Green Farm")
    assert queries.named("green farm") is None
    assert [one.code for one in queries.partners(role="supplier", text="farm")] == ["FARM"]


def test_every_fault_of_a_partner_is_named_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_partner(
            actor=ANN, code=" ", name="Green\x00", gln="4000001000004", email="ann at home"
        )
    assert [fault.field for fault in refusal.value.faults] == ["code", "name", "gln", "email"]
    assert not Partner.objects.exists()


def test_code_and_gln_are_taken_once() -> None:
    farm()
    with pytest.raises(Conflict) as refusal:
        farm()
    assert {fault.field for fault in refusal.value.faults} == {"code", "gln"}


def test_a_full_location_description_lacks_nothing_and_half_a_one_says_what() -> None:
    partner = farm()
    full = actions.create_location(actor=ANN, partner=partner.uid, values=FARM)
    assert full.country == "US"
    assert queries.missing(full) == []
    half = actions.create_location(actor=ANN, partner=partner.uid, values={"name": "Barn", "country": "US"})
    assert queries.missing(half) == [
        "business name", "phone number", "street address or coordinates", "city", "state or region",
        "zip code",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "name"),
        ({"name": "x", "country": "XX"}, "country"),
        ({"name": "x", "latitude": "91"}, "latitude"),
        ({"name": "x", "longitude": "-181"}, "longitude"),
        ({"name": "x", "gln": "123"}, "gln"),
        ({"name": "x", "planet": "Mars"}, "planet"),
    ],
)
def test_wrong_locations_are_refused_by_field(values: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_location(actor=ANN, partner=None, values=values)
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_a_locations_gln_is_taken_once() -> None:
    actions.create_location(actor=ANN, partner=None, values=FARM)
    with pytest.raises(Conflict, match="Farm gate"):
        actions.create_location(actor=ANN, partner=None, values=FARM)
    assert Location.objects.count() == 1


def test_history_covers_the_partner_and_its_locations() -> None:
    partner = farm()
    location = actions.create_location(actor=ANN, partner=partner.uid, values=FARM)
    actions.amend_location(
        actor="key:abc", uid=location.uid, changes={"phone": "+1 555 0199"}, reason="moved"
    )
    actions.deactivate(actor="user:bob", uid=partner.uid)
    active, phone, *_ = queries.changes(partner)
    assert (active.what, active.field, active.old, active.new, active.who) == (
        "partner", "is active", "True", "False", "user:bob",
    )  # fmt: skip
    assert (phone.what, phone.old, phone.new, phone.reason) == (
        "location",
        "+1 555 0100",
        "+1 555 0199",
        "moved",
    )


def test_unknown_partners_and_locations_are_not_found() -> None:
    for act in (queries.partner, queries.location):
        with pytest.raises(NotFound):
            act("no-uid")


def test_there_are_249_countries() -> None:
    assert len(rules.COUNTRIES) == 249
    assert rules.COUNTRIES["DE"] == "Germany"
    assert rules.COUNTRIES["AL"] == "Albania"
