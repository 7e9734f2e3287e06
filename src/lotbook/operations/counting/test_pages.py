"""Counts as people see them on pages, and as programs see them over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.rooms import Cast, stocked

from lotbook.foundation.accounts.models import User
from lotbook.kernel import sql
from lotbook.operations.counting import queries
from lotbook.operations.counting.models import Count
from lotbook.traceability.lots.models import Lot

API = "/api/v1"


def logged_in(name: str, role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=name, role=role))
    return client


@pytest.fixture
def ann(cast: Cast) -> Client:
    return logged_in("ann", "manager")


@pytest.fixture
def otto(cast: Cast) -> Client:
    return logged_in("otto", "operator")


def text(response: Any) -> str:
    return str(response.content.decode())


def form(**head: Any) -> dict[str, Any]:
    return {"uid": str(uuid4()), **head}


def lines(*rows: tuple[str, str, str], **head: Any) -> dict[str, Any]:
    sent = form(**{"lines-count": str(len(rows)), **head})
    for index, (item, lot, counted) in enumerate(rows):
        sent |= {f"lines-{index}-item": item, f"lines-{index}-lot": lot, f"lines-{index}-counted": counted}
    return sent


def opened(ann: Client, **more: Any) -> Count:
    answer = ann.post(reverse("counting:new"), form(place="STORE", blind="on", **more))
    assert answer.status_code == 302, text(answer)
    return Count.objects.latest("pk")


def test_every_page_opens(ann: Client, cast: Cast) -> None:
    assert "No count yet" in text(ann.get(reverse("counting:counts")))
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "5"))
    count = opened(ann, counter="ann", due_on="2027-03-04", note="month's end")
    for name, keys in [
        ("counts", []), ("new", []), ("due", []), ("limits", []), ("count", [count.uid]),
        ("sheet", [count.uid, cast.store.uid]), ("import", [count.uid]), ("skip", [count.uid]),
        ("settle", [count.uid]), ("recount", [count.uid]), ("cancel", [count.uid]),
    ]:  # fmt: skip
        page = ann.get(reverse(f"counting:{name}", args=keys))
        assert page.status_code == 200, name
        assert "<h1>" in text(page)
    for name in ("counts", "due"):
        for file in ("csv", "xlsx"):
            assert ann.get(reverse(f"counting:{name}"), {"format": file}).status_code == 200
    assert ann.get(reverse("counting:count", args=[uuid4()])).status_code == 404
    assert ann.get(reverse("counting:sheet", args=[count.uid, uuid4()])).status_code == 404
    for filters in (
        {"status": "open"},
        {"place": "STORE"},
        {"due": "on"},
        {"text": "CC-"},
        {"counter": "ann"},
    ):
        assert ann.get(reverse("counting:counts"), filters).status_code == 200


def test_a_place_is_counted_on_its_sheet(ann: Client, otto: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "5"))
    count = opened(ann)
    url = reverse("counting:sheet", args=[count.uid, cast.store.uid])
    page = text(otto.get(url))
    assert "T-1" in page
    assert "book 100" not in page
    saved = otto.post(url, lines(("JAR", "", "5"), ("TOM", "T-1", ""), then="save"))
    assert saved["Location"] == url
    again = text(otto.get(url))
    assert 'value="5"' in again
    short = otto.post(url, lines(("JAR", "", "5"), ("TOM", "T-1", ""), then="finish"))
    assert short.status_code == 422
    assert "not counted yet: TOM lot T-1" in text(short)
    wrong = otto.post(url, lines(("JAR", "", "many"), ("", "NOPE", "1"), then="finish"))
    assert 'href="#id_lines-0-counted"' in text(wrong)
    assert 'href="#id_lines-1-lot"' in text(wrong)
    done = otto.post(url, lines(("JAR", "", "5"), ("TOM", "T-1", "99.5"), then="finish"))
    assert done["Location"] == reverse("counting:count", args=[count.uid])
    seen = text(ann.get(done["Location"]))
    assert "−0.5" in seen
    assert "Adjust the book" in seen
    assert otto.post(reverse("counting:settle", args=[count.uid]), {"reason": "x"}).status_code == 403
    settled = ann.post(reverse("counting:settle", args=[count.uid]), {"reason": "scale drifts"})
    assert settled.status_code == 302
    assert "The event in the book" in text(ann.get(done["Location"]))
    assert ann.get(done["Location"], {"format": "csv"}).status_code == 200
    late = otto.post(url, lines(("JAR", "", "5"), then="save"))
    assert late.status_code == 422


def test_sheets_are_printed(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "5"))
    stocked(cast, ("TOM", "T-1", "7"), place="A-01")
    count = opened(ann)
    paper = ann.get(reverse("counting:paper", args=[count.uid]))
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    rows = queries.open_sheets(count)
    assert [(sheet.place.code, [(lot.number, book) for lot, book in lots]) for sheet, lots in rows] == [
        ("A-01", [("T-1", None)]),
        ("STORE", [("", None), ("T-1", None)]),
    ]


def test_a_file_of_counts_names_its_rows(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"))
    count = opened(ann)
    url = reverse("counting:import", args=[count.uid])

    def send(content: str) -> Any:
        file = SimpleUploadedFile("counts.csv", content.encode(), "text/csv")
        return ann.post(url, {"uid": str(uuid4()), "file": file, "finish": "on"})

    assert "has no column counted" in text(send("place,item,lot\nSTORE,TOM,T-1\n"))
    wrong = send("place,item,lot,counted\nSTORE,TOM,T-1,100\nNOPE,TOM,T-1,x\n")
    assert wrong.status_code == 422
    assert "row 3, place" in text(wrong)
    assert send("Place;Item;Lot;Counted\nSTORE;TOM;T-1;100\n").status_code == 302
    count.refresh_from_db()
    assert count.status == "done"


def test_limits_are_set_on_their_page(ann: Client) -> None:
    url = reverse("counting:limits")
    assert (
        ann.post(url, {"item_group": "", "percent": "2.5", "quantity": "", "value": "50"}).status_code == 302
    )
    assert "2.5 %" in text(ann.get(url))
    assert ann.post(url, {"percent": "-3"}).status_code == 422


def send(client: Client, path: str, body: dict[str, Any], status: int = 200, method: str = "post") -> Any:
    answer = getattr(client, method)(API + path, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_count_with_recount_over_http(ann: Client, otto: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    one = str(uuid4())
    asked = {"id": one, "place": "STORE", "due_on": "2027-03-05", "counter": "otto"}
    count = send(ann, "/counts", asked, 201)
    assert send(ann, "/counts", asked, 201) == count
    assert (count["status"], count["number"]) == ("open", "CC-2027-00001")
    path = f"/counts/{one}"
    assert ann.get(f"{API}{path}/sheet", {"place": "STORE"}).json() == [
        {"item": "SAUCE", "lot": "S-1", "unit": "H87", "book": None, "counted": None}
    ]
    found = {"place": "STORE", "finish": True, "lines": [{"lot": "S-1", "counted": "80"}]}
    again = send(otto, f"{path}/sheets", found)
    assert (again["status"], again["round"], again["lines"][0]["book"]) == ("recount", 2, None)
    refused = send(otto, f"{path}/sheets", found, 422)
    assert refused["faults"][0]["field"] == "lines/0/lot"
    judged = send(ann, f"{path}/sheets", found)
    assert (judged["status"], judged["lines"][0]["difference"]) == ("review", "-20")
    settled = send(ann, f"{path}/settle", {"reason": "broken"})
    assert settled["status"] == "done"
    assert ann.get(f"{API}/events/{settled['event']}").json()["document"]["number"] == count["number"]
    send(ann, f"{path}/settle", {"reason": "broken"}, 409)
    send(ann, f"{path}/recount", {"reason": "broken"}, 409)
    send(ann, f"{path}/cancel", {"reason": "broken"}, 409)
    send(ann, f"{path}/skip", {"places": ["STORE"], "reason": "x"}, 409)
    assert [row["number"] for row in ann.get(f"{API}/counts?status=done").json()["items"]] == [
        count["number"]
    ]
    assert ann.get(f"{API}/counts-due?days=30").json() == []
    assert send(ann, "/count-limits", {"percent": "3"}, method="put")["percent"] == "3"
    assert len(ann.get(f"{API}/count-limits").json()) == 1
    send(otto, "/counts", {"place": "STORE"}, 403)
    send(ann, "/counts", {}, 422)


def test_the_page_of_a_count_asks_the_same_number_of_statements(
    ann: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    stocked(cast, *(("SAUCE", f"S-{n}", "10") for n in range(60)))
    count = opened(ann)
    url = reverse("counting:sheet", args=[count.uid, cast.store.uid])
    rows = [("SAUCE", number, "9") for number in Lot.objects.values_list("number", flat=True)]
    with django_assert_max_num_queries(160):
        # Two look-ups a line, as every act with lines: item and lot.
        assert ann.post(url, lines(*rows, then="save")).status_code == 302
    with django_assert_max_num_queries(25), sql.counted() as plain:
        assert ann.get(url).status_code == 200
        assert len(plain) <= 4
    with django_assert_max_num_queries(25):
        assert len(queries.page(count.uid).lines) == 60
