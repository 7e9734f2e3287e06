"""The panel on the lot page, and reservations over the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.traceability.allocation import actions
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.allocation.test_allocation import Site
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Site:
    site = Site()
    site.bring("L-1", 50)
    site.bring("L-2", 50)
    demand = Demand(site.item, 125, site.site, "shipping.order", site.order, line=2, number="SO-2027-00012")
    actions.allocate([demand], actor="user:pia")
    return site


@pytest.fixture
def caller() -> Client:
    User.objects.create(username="ines", role="administrator")
    made = accounts.create_api_key(name="tests", owner="ines", scopes=["stock.view"], actor="lotbook")
    return Client(headers={"X-API-Key": made.secret})


def post(caller: Client, *demands: dict[str, Any]) -> Any:
    return caller.post("/api/v1/allocation/suggest", {"demands": demands}, content_type="application/json")


def test_the_lot_page_says_for_what_it_is_reserved(at: Site, client: Client) -> None:
    client.force_login(User.objects.create(username="olga", role="operator"))
    lot = Lot.objects.get(number="L-1")
    page = client.get(f"/lots/{lot.uid}/reserved").content.decode()
    assert "SO-2027-00012" in page
    assert "12.5 " in page
    assert "no expiry date" in page
    assert f"/lots/{lot.uid}/reserved" in client.get(f"/lots/{lot.uid}").content.decode()
    other = Lot.objects.get(number="L-2")
    assert "Nothing of it is reserved." in client.get(f"/lots/{other.uid}/reserved").content.decode()


def test_reservations_are_listed_by_document_and_by_lot(at: Site, caller: Client) -> None:
    lot = Lot.objects.get(number="L-1")
    of_order, of_lot = {"document": str(at.order)}, {"lot": str(lot.uid)}
    for query in (of_order, of_lot, of_order | of_lot):
        answer = caller.get("/api/v1/allocation/claims", query)
        assert answer.status_code == 200
        (claim,) = answer.json()["items"]
        assert (claim["number"], claim["line"], claim["quantity"]) == ("SO-2027-00012", 2, "12.5")
        assert (claim["lot"], claim["place"], claim["made_by"]) == ("L-1", "A-01", "user:pia")
    assert caller.get("/api/v1/allocation/claims", {"document": str(uuid4())}).json() == {"items": []}
    assert caller.get("/api/v1/allocation/claims").status_code == 422
    assert caller.get("/api/v1/allocation/claims", {"lot": str(uuid4())}).status_code == 404


def test_a_suggestion_over_the_api(at: Site, caller: Client) -> None:
    wish = {"item": "SAUCE", "quantity": "100", "place": "SITE"}
    (answer,) = post(caller, wish).json()["items"]
    assert [(p["lot"], p["quantity"]) for p in answer["portions"]] == [("L-1", "37.5"), ("L-2", "50")]
    assert (answer["missing"], answer["unit"]) == ("12.5", "KGM")
    assert answer["why_not"] == "87.5 of 100: 12.5 reserved for SO-2027-00012"
    (answer,) = post(caller, wish | {"lots": ["L-2"], "one_lot": True, "quantity": "50"}).json()["items"]
    assert [(p["lot"], p["place"]) for p in answer["portions"]] == [("L-2", "A-01")]


def test_what_is_not_understood_is_named(at: Site, caller: Client) -> None:
    good: dict[str, Any] = {"item": "SAUCE", "quantity": "1", "place": "SITE"}
    bad: list[tuple[str, dict[str, Any]]] = [
        ("demands/0/item", good | {"item": "NO"}),
        ("demands/0/place", good | {"place": "SHOP"}),
        ("demands/0/quantity", good | {"quantity": "-1"}),
        ("demands/0/lots/0/lot", good | {"lots": ["NO"]}),
        ("demands/0/on", good | {"on": "9999-12-31", "min_days": 5}),
    ]
    for field, wish in bad:
        answer = post(caller, wish)
        assert answer.status_code == 422, answer.content
        assert [fault["field"] for fault in answer.json()["faults"]] == [field]
