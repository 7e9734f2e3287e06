"""Items, places, partners and lots over HTTP, as a program uses them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog.models import Item
from lotbook.kernel import clock
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def caller() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    return client


def post(caller: Client, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    reply = caller.post(API + path, body, content_type="application/json")
    assert reply.status_code == status, reply.content
    answer: dict[str, Any] = reply.json()
    return answer


def patch(caller: Client, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    reply = caller.patch(API + path, body, content_type="application/json")
    assert reply.status_code == status, reply.content
    answer: dict[str, Any] = reply.json()
    return answer


def test_an_item_is_made_amended_and_listed(caller: Client) -> None:
    made = post(
        caller, "/items", {"code": "JAR", "name": "Jar", "gtin": "4012345123456", "net_weight": "0.35"}
    )
    path = f"/items/{made['id']}"
    level = post(caller, f"{path}/packagings", {"name": "Case", "content": "12"})
    assert level == {"name": "Case", "gtin": None, "content": "12"}
    reply = caller.put(f"{API}{path}/conversions/XPX", {"factor": "960"}, content_type="application/json")
    assert reply.json() == {"unit": "XPX", "numerator": "960", "denominator": "1"}
    patch(caller, path, {"standard_cost": "1.25", "currency": "EUR", "reason": "new contract"})
    seen = caller.get(API + path).json()
    assert (seen["standard_cost"], seen["gtin"], len(seen["conversions"])) == ("1.25", "04012345123456", 2)
    listed = caller.get(f"{API}/items", {"text": "jar", "limit": "1"}).json()
    assert [one["code"] for one in listed["items"]] == ["JAR"]


def test_faults_come_as_a_problem_naming_field_cause_and_remedy(caller: Client) -> None:
    problem = post(caller, "/items", {"code": " ", "name": "Jar", "gtin": "4012345123457"}, 422)
    assert {fault["field"] for fault in problem["faults"]} == {"code", "gtin"}
    assert "Nothing was saved" in problem["detail"]
    post(caller, "/items", {"code": "JAR", "name": "Jar"})
    post(caller, "/items", {"code": "JAR", "name": "Jar"}, 409)
    post(caller, "/items", {"code": "X", "name": "Jar", "colour": "red"}, 422)
    assert Item.objects.count() == 1


def test_places_are_made_moved_and_taken_out_of_use(caller: Client) -> None:
    plant = post(caller, "/places", {"code": "PLANT", "kind": "site", "time_zone": "Europe/Berlin"})
    cold = post(caller, "/places", {"code": "COLD", "kind": "area", "parent": plant["id"]})
    dock = post(caller, "/places", {"code": "DOCK", "kind": "area", "parent": plant["id"], "usable": False})
    moved = patch(caller, f"/places/{cold['id']}", {"parent": dock["id"], "name": "Cold store"})
    assert (moved["parent"], moved["name"], dock["usable"]) == ("DOCK", "Cold store", False)
    patch(caller, f"/places/{dock['id']}", {"is_active": False, "name": "x"}, 422)
    assert caller.get(f"{API}/places/{dock['id']}").json()["name"] == "", "half a change is none"
    assert not patch(caller, f"/places/{cold['id']}", {"is_active": False})["is_active"]
    listed = caller.get(f"{API}/places", {"own": True, "active": True}).json()["items"]
    assert [one["code"] for one in listed] == ["PLANT", "DOCK"]


def test_partners_carry_their_locations(caller: Client) -> None:
    farm = post(caller, "/partners", {"code": "FARM", "name": "Farm", "is_supplier": True})
    gate = post(caller, f"/partners/{farm['id']}/locations", {"name": "Gate", "country": "ES"})
    assert "city" in gate["missing"]
    patch(caller, f"/locations/{gate['id']}", {"city": "Murcia"})
    patch(caller, f"/partners/{farm['id']}", {"gln": "4000001000005"})
    seen = caller.get(f"{API}/partners/{farm['id']}").json()
    assert (seen["gln"], seen["locations"][0]["city"]) == ("4000001000005", "Murcia")
    assert caller.get(f"{API}/partners", {"role": "customer"}).json()["items"] == []


def test_lots_are_read_amended_and_numbered(caller: Client) -> None:
    item = post(caller, "/items", {"code": "TOM", "name": "Tomatoes", "unit": "KGM", "scale": 3})
    lot = Lot.objects.create(item=Item.objects.get(), number="L-1", created_at=clock.now())
    path = f"/lots/{lot.uid}"
    seen = patch(caller, path, {"expires_on": "2020-01-01", "reason": "read from the label"})
    assert (seen["status"], seen["holds"], seen["item"]) == ("expired", [], "TOM")
    patch(caller, path, {"produced_on": "2021-01-01"}, 422)
    patch(caller, path, {"number": "L-2"}, 422)
    listed = caller.get(f"{API}/lots", {"status": "expired", "item": item["id"]}).json()["items"]
    assert [one["number"] for one in listed] == ["L-1"]
    rule = post(caller, "/numbering", {"name": "All", "pattern": "{julian}-{seq:3}", "is_default": True})
    numbers = {"item": item["id"], "on": "2027-03-03", "count": 2}
    assert post(caller, f"/numbering/{rule['id']}/numbers", numbers)["numbers"] == ["27062-001", "27062-002"]


@pytest.mark.parametrize("path", ["/items", "/places", "/partners", "/lots", "/numbering"])
def test_nobody_reads_without_a_login_and_operators_do_not_edit(path: str) -> None:
    client = Client()
    assert client.get(API + path).status_code == 401
    client.force_login(User.objects.create(username="olga", role="operator"))
    if path != "/lots":
        assert client.post(API + path, {}, content_type="application/json").status_code == 403


@pytest.mark.parametrize("path", ["items", "places", "partners", "lots"])
def test_what_is_not_there_is_not_found(caller: Client, path: str) -> None:
    reply = caller.get(f"{API}/{path}/0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10")
    assert reply.status_code == 404
    assert reply["Content-Type"].startswith("application/problem+json")
