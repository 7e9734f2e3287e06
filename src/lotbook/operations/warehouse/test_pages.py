"""The pages and operations of this room, as people and programs use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.operations.warehouse.models import Adjustment
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots.models import Lot

API = "/api/v1"


def logged_in(name: str, role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=name, role=role))
    return client


@pytest.fixture
def ann(cast: Cast) -> Client:
    partners.create_partner(actor=ANN, code="PACK", name="Pack & Co", is_contract_maker=True)
    partners.create_partner(actor=ANN, code="FOOD", name="Food bank", attributes={"charity": True})
    places.open_consigned(actor=ANN, partner="PACK")
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "50"), ("SALT", "N-1", "10"))
    return logged_in("ann", "administrator")


def text(response: Any) -> str:
    return str(response.content.decode())


def form(groups: Mapping[str, Sequence[Mapping[str, str]]], **head: Any) -> dict[str, Any]:
    sent = {"uid": str(uuid4()), **head}
    for prefix, rows in groups.items():
        sent[f"{prefix}-count"] = str(len(rows))
        for index, row in enumerate(rows):
            sent |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return sent


def stock() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in browsing.stock():
        found[row.lot.number] = found.get(row.lot.number, 0) + row.on_hand
    return found


def test_every_page_opens(ann: Client) -> None:
    names = (
        "stock", "move", "adjust", "scrap", "donate", "destroy", "split", "merge", "relabel", "repack",
        "elsewhere", "new_elsewhere", "send", "take_back", "report", "adjustments", "units", "new_unit",
        "build_unit", "numbering",
    )  # fmt: skip
    for name in names:
        page = ann.get(reverse(f"warehouse:{name}"))
        assert page.status_code == 200, name
        assert "<h1>" in text(page)
    for name in ("stock", "adjustments", "elsewhere"):
        for file in ("csv", "xlsx"):
            assert ann.get(reverse(f"warehouse:{name}"), {"format": file}).status_code == 200
    filters = {
        "group": "x",
        "partner": "PACK",
        "status": "released",
        "expires_within": "30",
        "place": "STORE",
    }
    assert ann.get(reverse("warehouse:stock"), filters).status_code == 200
    assert "has lot S-1" in text(ann.get(reverse("warehouse:move"), {"item": "SAUCE", "lot": "S-1"}))
    assert ann.get(reverse("warehouse:adjustment", args=[uuid4()])).status_code == 404


FIVE = {"lines": [{"lot": "S-1", "quantity": "5"}]}


@pytest.mark.parametrize(
    ("name", "groups", "head", "after"),
    [
        ("scrap", FIVE, {"reason": "fell", "reason_code": "damaged"}, {"S-1": 95}),
        ("destroy", FIVE, {"reason": "old", "witness": "Mia"}, {"S-1": 95}),
        ("donate", FIVE, {"partner": "FOOD", "document": "D 1"}, {"S-1": 95}),
        ("adjust", {"lines": [{"lot": "S-1", "counted": "99"}]}, {"reason": "count"}, {"S-1": 99}),
        ("split", {"parts": [{"quantity": "40"}]}, {"lot": "S-1"}, {"S-1": 60, "S-1-1": 40}),
        ("merge", {"lines": [{"lot": "S-1"}, {"lot": "S-2"}]}, {"lot": "ALL"}, {"ALL": 150, "S-1": 0}),
        ("relabel", {}, {"lot": "S-1", "number": "NEW", "reason": "typo"}, {"NEW": 100, "S-1": 0}),
        (
            "repack",
            {
                "inputs": [{"lot": "N-1", "quantity": "10"}],
                "outputs": [{"item": "PEEL", "quantity": "9", "lot": "P"}],
                "losses": [{"lot": "N-1", "quantity": "1"}],
            },
            {"loss_reason": "spilled"},
            {"P": 9_000, "N-1": 0},
        ),
        ("send", FIVE, {"to": "AT-PACK", "document": "D 1"}, {"S-1": 100}),
    ],
)  # fmt: skip
def test_acts_by_their_forms(
    ann: Client, name: str, groups: dict[str, Any], head: dict[str, str], after: dict[str, int]
) -> None:
    url = reverse(f"warehouse:{name}")
    empty = ann.post(url, form({prefix: [] for prefix in groups}))
    assert empty.status_code == 422
    done = ann.post(url, form(groups, place="STORE" if name != "relabel" else "", **head))
    assert done.status_code == 302, text(done)
    assert ann.get(done["Location"]).status_code == 200
    now = stock()
    assert {number: now.get(number, 0) for number in after} == after


def test_what_a_partner_keeps_by_the_pages(ann: Client) -> None:
    send = form({"lines": [{"lot": "N-1", "quantity": "4"}]}, to="AT-PACK", place="STORE", document="D 1")
    assert ann.post(reverse("warehouse:send"), send).status_code == 302
    page = text(ann.get(reverse("warehouse:elsewhere")))
    assert "N-1" in page
    assert "Compare their statement" in page
    told = form(
        {
            "inputs": [{"lot": "N-1", "quantity": "2"}],
            "outputs": [{"item": "PEEL", "lot": "P", "quantity": "2"}],
            "losses": [],
        },
        place="AT-PACK",
        document="R 1",
    )
    assert ann.post(reverse("warehouse:report"), told).status_code == 302
    back = form({"lines": [{"lot": "P", "quantity": "2"}]}, place="AT-PACK", to="STORE", document="B 1")
    assert ann.post(reverse("warehouse:take_back"), back).status_code == 302
    new = {"partner": "FOOD", "code": "", "name": ""}
    assert ann.post(reverse("warehouse:new_elsewhere"), new).status_code == 302
    assert ann.post(reverse("warehouse:new_elsewhere"), new).status_code == 409
    assert "Nothing of ours is there now" in text(ann.get(reverse("warehouse:elsewhere")))


def test_units_by_their_pages(ann: Client) -> None:
    build = form({"lines": [{"lot": "S-1", "quantity": "5"}]}, place="STORE")
    refused = ann.post(reverse("warehouse:build_unit"), build)
    assert refused.status_code == 422
    assert "GS1 company prefix" in text(refused)
    numbers = {"site": "PLANT", "prefix": "4012345", "extension": "3", "last": ""}
    assert ann.post(reverse("warehouse:numbering"), numbers).status_code == 302
    assert ann.post(reverse("warehouse:numbering"), {**numbers, "prefix": "x"}).status_code == 422
    built = ann.post(reverse("warehouse:build_unit"), build)
    assert built.status_code == 302
    page = text(ann.get(built["Location"]))
    assert "(00) 340123450000000017" in page
    assert "S-1" in text(ann.get(built["Location"], {"at": str(10**9)}))
    unit = Place.objects.get(kind="unit")
    assert (
        ann.post(reverse("warehouse:empty_unit", args=[unit.uid]), form({}, units_too="on")).status_code
        == 302
    )
    assert "It is empty" in text(ann.get(built["Location"]))


def test_only_who_may_override_gives_reservations_back(ann: Client) -> None:
    otto = logged_in("otto", "operator")
    sent = form(
        {"lines": [{"lot": "S-1", "quantity": "5"}]}, place="STORE", reason="fell", free_reserved="on"
    )
    refused = otto.post(reverse("warehouse:scrap"), sent)
    assert refused.status_code == 422
    assert "ledger.override" in text(refused)
    assert not Adjustment.objects.exists()
    body = {
        "place": "STORE",
        "reason": "fell",
        "free_reserved": True,
        "lines": [{"lot": "S-1", "quantity": "5"}],
    }
    assert send(otto, "/losses", body, 403)["faults"]


def send(client: Client, path: str, body: dict[str, Any], status: int = 201, method: str = "post") -> Any:
    answer = getattr(client, method)(API + path, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_everything_over_http(ann: Client) -> None:
    line = [{"lot": "S-1", "quantity": "1"}]
    one = str(uuid4())
    loss = {"id": one, "place": "STORE", "reason": "fell", "reason_code": "damaged", "lines": line}
    assert send(ann, "/losses", loss)["status"] == "posted"
    assert send(ann, "/losses", loss, 200)["duplicate"]
    send(ann, "/donations", {"place": "STORE", "partner": "FOOD", "document": "D 1", "lines": line})
    send(ann, "/destructions", {"place": "STORE", "reason": "old", "witness": "Mia", "lines": line})
    assert len(ann.get(f"{API}/adjustments").json()["items"]) == 3
    assert ann.get(f"{API}/adjustments/{one}").json()["rows"][0]["change"] == "-1"
    send(ann, "/splits", {"lot": "S-1", "place": "STORE", "parts": [{"quantity": "10"}]})
    merged = [{"lot": "S-1-1"}, {"lot": "S-2"}]
    send(ann, "/merges", {"place": "STORE", "lot": "ALL", "lines": merged})
    send(ann, "/relabels", {"lot": "ALL", "number": "NEW", "reason": "typo"})
    send(
        ann, "/repackings",
        {
            "place": "STORE", "inputs": [{"lot": "N-1", "quantity": "5"}],
            "outputs": [{"item": "PEEL", "lot": "P", "quantity": "5"}],
        },
    )  # fmt: skip
    away = {"place": "STORE", "to": "AT-PACK", "document": "D 1", "lines": [{"lot": "N-1", "quantity": "5"}]}
    send(ann, "/elsewhere/send", away)
    told = {
        "place": "AT-PACK",
        "document": "R 1",
        "reason": "eaten",
        "inputs": [{"lot": "N-1", "quantity": "1"}],
    }
    send(ann, "/elsewhere/report", told)
    back = {"place": "AT-PACK", "to": "STORE", "document": "B 1", "lines": [{"lot": "N-1", "quantity": "1"}]}
    send(ann, "/elsewhere/return", back)
    heads = ann.get(f"{API}/elsewhere").json()
    assert [(head["partner"], head["stock"][0]["quantity"]) for head in heads] == [("PACK", "3")]
    assert ann.get(f"{API}/put-away?item=PEEL").json()[0]["why"] == "has PEEL"
    assert (
        send(ann, "/unit-numbers", {"site": "PLANT", "prefix": "4012345"}, 200, "put")["left"] == 999_999_999
    )
    assert ann.get(f"{API}/unit-numbers").json()[0]["prefix"] is None
    built = send(ann, "/units/build", {"place": "STORE", "lines": [{"lot": "NEW", "quantity": "5"}]})
    assert built["sscc"] == "040123450000000016"
    held = ann.get(f"{API}/units/{built['id']}/at/{10**6}").json()
    assert [row["lot"] for row in held["lots"]] == ["NEW"]
    send(ann, f"/units/{built['id']}/empty", {})
    assert Lot.objects.filter(number="NEW").exists()


def test_long_lists_ask_the_same_number_of_statements(
    ann: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    stocked(cast, *(("SAUCE", f"L-{n}", "1") for n in range(60)))
    for name in ("stock", "adjustments", "elsewhere", "units"):
        with django_assert_max_num_queries(25):
            assert ann.get(reverse(f"warehouse:{name}")).status_code == 200
