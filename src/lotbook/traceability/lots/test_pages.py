"""The pages about items, places, partners, lots and numbering, as a person uses them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog.models import Item, Packaging
from lotbook.foundation.partners.models import Location, Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.traceability.lots import queries
from lotbook.traceability.lots.models import Hold, Lot, NumberingCounter, NumberingRule

pytestmark = pytest.mark.django_db
ITEM: dict[str, Any] = {"code": "TOM", "name": "Tomatoes", "unit": "KGM", "scale": "3", "tracking": "lot"}


@pytest.fixture
def caller() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    return client


def get(caller: Client, path: str, **query: str) -> str:
    reply = caller.get(path, query)
    assert reply.status_code == 200, reply.content
    return reply.content.decode()


def send(caller: Client, path: str, status: int = 302, **values: Any) -> str:
    reply = caller.post(path, values)
    assert reply.status_code == status, reply.content.decode()
    return reply["Location"] if status == 302 else reply.content.decode()


def crate(content: str) -> dict[str, Any]:
    return {"packaging-name": "Crate", "packaging-content": content}


def rows(text: str) -> list[str]:
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>|&emsp;", " ", row).split()) for row in re.split("<tr>", body)[1:]]


def test_the_way_from_an_empty_list_of_items_to_an_item(caller: Client) -> None:
    assert "There are no items yet" in get(caller, "/items")
    assert "Add an item" in get(caller, "/items/new")
    wrong = send(caller, "/items/new", 422, **{**ITEM, "gtin": "4012345123457"})
    assert "check digit 6" in wrong
    assert 'value="Tomatoes"' in wrong, "nothing typed is lost"
    url = send(
        caller, "/items/new", **ITEM, attributes="colour: red\nbrix: 5", standard_cost="1.20", currency="EUR"
    )
    item = Item.objects.get()
    assert (url, item.attributes) == (f"/items/{item.uid}", {"colour": "red", "brix": 5})
    page = get(caller, url)
    assert "1.2 EUR" in page
    assert rows(get(caller, "/items", text="tom"))[0].startswith("TOM Tomatoes")
    assert "No item fits" in get(caller, "/items", text="salt")


def test_packagings_and_conversions_on_the_items_page(caller: Client) -> None:
    url = send(caller, "/items/new", **ITEM)
    wrong = send(caller, f"{url}/packagings", 422, **crate("0.0001"))
    assert 'href="#id_packaging-content"' in wrong
    send(caller, f"{url}/packagings", **crate("12.5"))
    assert Packaging.objects.get().content == 12_500
    conversion: dict[str, Any] = {"conversion-unit": "XCT", "conversion-factor": "10"}
    send(caller, f"{url}/conversions", **conversion)
    page = get(caller, url)
    assert "12.5" in page
    assert "carton" in page
    send(caller, f"{url}/packagings/remove", name="Crate")
    send(caller, f"{url}/conversions/remove", unit="XCT")
    assert not Packaging.objects.exists()


def test_an_item_is_changed_and_the_page_shows_who_old_and_new(caller: Client) -> None:
    url = send(caller, "/items/new", **ITEM)
    assert 'value="Tomatoes"' in get(caller, f"{url}/edit")
    send(caller, f"{url}/edit", **{**ITEM, "name": "Plum tomatoes"}, is_active="on", reason="New label.")
    page = get(caller, url)
    for text in (">ines<", "Tomatoes", "Plum tomatoes", "New label."):
        assert text in page
    send(caller, f"{url}/edit", **ITEM)
    assert "(out of use)" in get(caller, url)
    assert "No item fits" in get(caller, "/items", active="yes")


@pytest.mark.parametrize("path", ["/items", "/places", "/partners", "/lots"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_list_goes_out_as_a_file(caller: Client, path: str, kind: str) -> None:
    send(caller, "/items/new", **ITEM)
    Lot.objects.create(item=Item.objects.get(), number="=L-1", created_at=clock.now())
    reply = caller.get(path, {"format": kind})
    body = b"".join(reply.streaming_content)  # type: ignore[attr-defined]
    assert f'.{kind}"' in reply["Content-Disposition"]
    if (path, kind) == ("/lots", "csv"):
        assert "'=L-1" in body.decode("utf-8-sig"), "no formula reaches a spreadsheet"


def test_places_stand_in_a_tree(caller: Client) -> None:
    assert "There are no places yet" in get(caller, "/places")
    send(caller, "/places/new", code="PLANT", kind="site", usable="on", time_zone="Europe/Berlin")
    plant = Place.objects.get(code="PLANT")
    assert 'value="PLANT" selected' in get(caller, "/places/new", parent=str(plant.uid))
    url = send(caller, "/places/new", code="QUAR", kind="area", parent=str(plant.uid), name="Quarantine")
    assert [row.split()[0] for row in rows(get(caller, "/places"))] == ["PLANT", "QUAR"]
    page = get(caller, url)
    assert "goods here wait for a decision" in page
    assert "Europe/Berlin" in page
    assert "Choose where it is" in send(caller, "/places/new", 422, code="X", kind="bin", usable="on")
    send(caller, f"{url}/edit", code="QUAR", parent=str(plant.uid), reason="torn down")
    assert [row.split()[0] for row in rows(get(caller, "/places"))] == ["PLANT"]
    assert "(out of use)" in get(caller, "/places", inactive="yes")
    assert rows(get(caller, "/places", text="qua"))[0].startswith("QUAR")
    assert "still has" not in get(caller, url)


def test_partners_and_their_locations(caller: Client) -> None:
    url = send(caller, "/partners/new", code="FARM", name="Green Farm", is_supplier="on")
    partner = Partner.objects.get()
    send(caller, f"{url}/locations/new", name="Gate", country="ES")
    assert "lacks business name" in get(caller, url)
    location = Location.objects.get()
    send(caller, f"/locations/{location.uid}/edit", name="Gate", country="ES", city="Murcia")
    page = get(caller, url)
    assert "Murcia" in page
    send(caller, "/partners/ours/new", name="Plant")
    assert "Plant" in get(caller, "/partners/ours")
    assert "supplies us" in rows(get(caller, "/partners", role="supplier"))[0]
    send(caller, f"{url}/edit", code="FARM", name="Green Farm", gln="4000001000005", is_active="on")
    assert "already" in send(caller, "/partners/new", 409, code="OTHER", name="Other", gln="4000001000005")
    partner.refresh_from_db()
    assert (partner.gln, partner.is_supplier) == ("4000001000005", False)


def test_a_lots_page_shows_status_holds_facts_and_history(caller: Client) -> None:
    send(caller, "/items/new", **ITEM)
    item = Item.objects.get()
    lot = Lot.objects.create(item=item, number="L-1", created_at=clock.now(), held=1)
    Hold.objects.create(
        uid=new_uid(), lot=lot, kind="quality", reason="Smells odd", placed_sequence=1, placed_at=clock.now(),
        placed_by="user:quinn",
    )  # fmt: skip
    url = f"/lots/{lot.uid}"
    page = get(caller, url)
    for text in ("Smells odd", "quinn", "is-hold"):
        assert text in page
    wrong = send(caller, f"{url}/edit", 422, supplier="Nobody", expires_on="2027-03-03")
    assert "no partner" in wrong
    send(caller, "/partners/new", code="FARM", name="Green Farm")
    send(caller, f"{url}/edit", supplier="FARM", expires_on="2027-03-03", reason="From the label.")
    page = get(caller, url)
    for text in ("03 MAR 2027", "Green Farm", "From the label.", "2027-03-03"):
        assert text in page
    assert rows(get(caller, "/lots", status="hold", supplier="FARM", item="TOM"))[0].startswith(
        "L-1 Tomatoes"
    )
    assert "There is no item NONE" in get(caller, "/lots", item="NONE")
    assert "L-1" in get(caller, f"/items/{item.uid}/lots")
    assert f"/items/{item.uid}/lots" in get(caller, f"/items/{item.uid}"), "the panel is on the item's page"


def test_the_list_of_lots_comes_in_pages_newest_first(caller: Client) -> None:
    send(caller, "/items/new", **ITEM)
    soon = queries.today() + timedelta(days=3)
    Lot.objects.bulk_create(
        Lot(item=Item.objects.get(), number=f"L-{n:03}", created_at=clock.now(), expires_on=soon)
        for n in range(101)
    )
    first = get(caller, "/lots", expires="7")
    assert rows(first)[0].startswith("L-100")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    assert rows(get(caller, "/lots" + following.group(1).replace("&amp;", "&")))[0].startswith("L-000")


def test_a_numbering_rule_is_previewed_saved_and_printed(caller: Client) -> None:
    assert "There are no numbering rules yet" in get(caller, "/numbering")
    rule: dict[str, Any] = {
        "name": "All",
        "pattern": "{site}-{date:%y%m%d}-{seq:3}",
        "reset": "day",
        "is_default": "on",
    }
    assert re.search(r"SITE-\d{6}-001", send(caller, "/numbering/new", 200, **rule, do="preview"))
    assert not NumberingRule.objects.exists()
    wrong = send(caller, "/numbering/new", 422, **{**rule, "pattern": "{seq:3}"})
    assert "does not tell" in wrong
    url = send(caller, "/numbering/new", **rule, do="save")
    sheet = get(caller, f"{url}/sheet")
    for text in ("(10)SITE-", "code of the site", "running number, at least 3 digits", "every day"):
        assert text in sheet
    send(caller, f"{url}/edit", **{**rule, "name": "Plant"}, reason="renamed")
    assert "renamed" in get(caller, url)
    assert "Plant" in get(caller, "/numbering")
    assert not NumberingCounter.objects.exists(), "previews hand nothing out"


@pytest.mark.parametrize("path", ["/items/new", "/places/new", "/partners/new", "/numbering/new"])
def test_who_only_looks_changes_nothing(path: str) -> None:
    client = Client()
    assert client.get(path).status_code == 302
    client.force_login(User.objects.create(username="vera", role="auditor"))
    assert client.get(path).status_code == 403
