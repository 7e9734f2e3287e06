"""Complaints as people see them on pages, and as programs see them over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.rooms import ANN, Cast, stocked, upload

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places import actions as places
from lotbook.kernel import sql
from lotbook.kernel.clock import now
from lotbook.operations.complaints import actions, queries
from lotbook.operations.complaints.api import shapes
from lotbook.operations.complaints.models import Complaint
from lotbook.operations.complaints.reading import Told
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move
from lotbook.traceability.ledger.wire import Strict
from lotbook.traceability.lots.models import Lot

API = "/api/v1"


def logged_in(name: str, role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=name, role=role))
    return client


@pytest.fixture
def quinn(cast: Cast) -> Client:
    stocked(cast, ("SAUCE", "S-1001", "100"), ("SAUCE", "S-1002", "100"))
    Lot.objects.update(expires_on="2028-03-02")
    shop = places.partner_place(cast.shop)
    for number, lot in (("DN-1", "S-1001"), ("DN-2", "S-1002")):
        move = Move(LotRef(cast.sauce.pk, lot, 1), cast.store.pk, shop.pk, 20)
        draft = Draft("ship", now(), moves=[move], document_kind="delivery note", document_number=number)
        ledger.post([draft], actor=ANN)
    return logged_in("quinn", "quality")


def text(response: Any) -> str:
    return str(response.content.decode())


def form(**told: Any) -> dict[str, Any]:
    usual = {
        "uid": str(uuid4()), "symptoms": ["taste"], "harm": "no", "complainant": "consumer",
        "channel": "phone", "sample": "unknown",
    }  # fmt: skip
    return {**usual, **told}


def entered(quinn: Client, **told: Any) -> Complaint:
    answer = quinn.post(reverse("complaints:new"), form(**told))
    assert answer.status_code == 302, text(answer)
    return Complaint.objects.latest("pk")


def test_every_page_opens(quinn: Client, cast: Cast) -> None:
    assert "No complaint yet" in text(quinn.get(reverse("complaints:complaints")))
    one = entered(quinn, item="SAUCE", lot="100", best_before_on="2028-03-02", partner="SHOP", name="Carol")
    lot = Lot.objects.get(number="S-1001")
    for name, keys in [
        ("complaints", []), ("new", []), ("today", []), ("import", []), ("complaint", [one.uid]),
        ("change", [one.uid]), ("close", [one.uid]), ("reopen", [one.uid]), ("contact", [one.uid]),
        ("erase_contact", [one.uid]), ("lot_panel", [lot.uid]), ("partner_panel", [cast.shop.uid]),
    ]:  # fmt: skip
        assert quinn.get(reverse(f"complaints:{name}", args=keys)).status_code == 200, name
    for file in ("csv", "xlsx"):
        assert quinn.get(reverse("complaints:template"), {"format": file}).status_code == 200
        listed = quinn.get(reverse("complaints:complaints"), {"format": file})
        assert listed.status_code == 200
        assert b"Carol" not in listed.getvalue()
    assert quinn.get(reverse("complaints:complaint", args=[uuid4()])).status_code == 404
    for filters in (
        {"status": "unfinished"}, {"symptom": "taste"}, {"partner": "SHOP"}, {"item": "SAUCE"},
        {"text": one.number}, {"since": "2027-03-03", "until": "2027-03-03"}, {"harm": "no"},
    ):  # fmt: skip
        assert one.number in text(quinn.get(reverse("complaints:complaints"), filters)), filters
    for filters in ({"status": "closed"}, {"symptom": "illness"}, {"clustered": "on"}, {"lot": "S-1001"}):
        assert "No complaint fits" in text(quinn.get(reverse("complaints:complaints"), filters)), filters


def test_a_complaint_is_worked_on_from_call_to_finding(quinn: Client, cast: Cast) -> None:
    wrong = quinn.post(reverse("complaints:new"), form(symptoms=[], item="NOPE", phone="0100"))
    assert wrong.status_code == 422
    assert 'href="#id_item"' in text(wrong)
    assert 'value="0100"' in text(wrong)
    one = entered(quinn, item="SAUCE", lot="1002", partner="SHOP", name="Carol", phone="0100")
    url = reverse("complaints:complaint", args=[one.uid])
    page = text(quinn.get(url))
    assert "Begin to investigate" in page
    assert "this customer got it" in page
    quinn.post(reverse("complaints:investigate", args=[one.uid]))
    lot = Lot.objects.get(number="S-1002")
    quinn.post(reverse("complaints:lot", args=[one.uid]), {"lot": str(lot.uid)})
    page = text(quinn.get(url))
    assert f"/trace?id={lot.uid}" in page
    assert reverse("quality:hold") in page
    assert "DN-2" in page
    assert "DN-1" not in page
    (row,) = queries.page(one.uid).carried
    quinn.post(reverse("complaints:shipments", args=[one.uid]), {"event": str(row.sent.event)})
    assert "checked" in text(quinn.get(url))
    held = quinn.get(
        reverse("quality:hold"), {"item": "SAUCE", "lot": "S-1002", "reason": f"Complaint {one.number}"}
    )
    assert f"Complaint {one.number}" in text(held)
    changed = quinn.post(
        reverse("complaints:change", args=[one.uid]), form(item="SAUCE", lot="S-1002", harm="yes")
    )
    assert changed.status_code == 302
    assert queries.complaint(one.uid).severity == "critical"
    said = {"outcome": "confirmed", "finding": "The capper was out of line"}
    assert quinn.post(reverse("complaints:close", args=[one.uid]), said).status_code == 302
    assert "The capper was out of line" in text(quinn.get(url))
    again = quinn.post(reverse("complaints:close", args=[one.uid]), said)
    assert again.status_code == 409
    erased = quinn.post(reverse("complaints:erase_contact", args=[one.uid]), {"reason": "she asked"})
    assert erased.status_code == 302
    assert "Carol" not in text(quinn.get(url))
    jump = quinn.get(reverse("web:search"), {"q": one.number}, follow=True)
    assert one.number in text(jump)


def test_a_scanner_s_enter_fills_the_form_and_saves_nothing_yet(quinn: Client, cast: Cast) -> None:
    url = reverse("complaints:new")
    sent = {**form(scan="S-1001", description="sour"), "symptoms": []}
    page = quinn.post(url, sent)
    assert page.status_code == 200
    assert "Understood: item SAUCE, lot S-1001" in text(page)
    assert "sour" in text(page)
    assert sent["uid"] in text(page)
    assert not Complaint.objects.exists()
    wrong = quinn.post(url, {**sent, "scan": "(01)09526543006016"})
    assert wrong.status_code == 422
    assert 'href="#id_scan"' in text(wrong)


def test_an_auditor_reads_all_but_whom_to_call(quinn: Client, cast: Cast) -> None:
    one = entered(quinn, item="SAUCE", name="Carol", phone="0100")
    audrey = logged_in("audrey", "auditor")
    page = text(audrey.get(reverse("complaints:complaint", args=[one.uid])))
    assert "Carol" not in page
    assert "0100" not in page
    assert "kept, for those who may see it" in page
    assert "Begin to investigate" not in page
    for name in ("new", "import"):
        assert audrey.get(reverse(f"complaints:{name}")).status_code == 403
    for name in ("change", "close", "contact", "erase_contact"):
        assert audrey.get(reverse(f"complaints:{name}", args=[one.uid])).status_code == 403
    assert audrey.get(f"{API}/complaints/{one.uid}/contact").status_code == 403
    assert "Carol" not in text(audrey.get(f"{API}/complaints/{one.uid}"))
    assert quinn.get(f"{API}/complaints/{one.uid}/contact").json()["name"] == "Carol"


def test_several_of_one_story_are_flagged(quinn: Client, cast: Cast) -> None:
    assert quinn.get(reverse("complaints:cause")).status_code == 302
    entered(quinn, item="SAUCE", lot="S-1001")
    assert "one of several" not in text(quinn.get(reverse("complaints:complaints")))
    entered(quinn, item="SAUCE", lot="S-1001")
    page = text(quinn.get(reverse("complaints:complaints")))
    assert page.count("one of several") == 2
    assert "2 complaints about lot" in page
    assert "2 complaints" in text(quinn.get(reverse("complaints:today")))
    (cluster,) = quinn.get(f"{API}/complaint-clusters").json()
    assert (cluster["kind"], cluster["lot"], len(cluster["complaints"])) == ("lot", "S-1001", 2)


def test_the_list_asks_no_more_for_many_complaints(quinn: Client, cast: Cast) -> None:
    def statements() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as found, sql.counted() as ours:
            assert quinn.get(reverse("complaints:complaints")).status_code == 200
        return len(found) + len(ours)

    def told(lot: str) -> None:
        actions.receive(
            actor=ANN, told=Told(item="SAUCE", lot=lot, symptoms=("taste", "packaging"), partner="SHOP")
        )

    for lot in ("S-1001", "S-1001", "S-1002"):
        told(lot)
    few = statements()
    for number in range(30):
        told(f"S-100{1 + number % 2}")
    assert statements() <= few


def test_a_list_of_complaints_names_its_rows(quinn: Client, cast: Cast) -> None:
    url = reverse("complaints:import")

    def send(content: str) -> Any:
        file = SimpleUploadedFile("complaints.csv", content.encode(), "text/csv")
        return quinn.post(url, {"uid": str(uuid4()), "file": file})

    assert "no column for the symptoms" in text(send("item,lot\nSAUCE,S-1001\n"))
    wrong = send(
        "received,item,lot,symptoms,harm\n2027-03-01,SAUCE,S-1001,taste,no\n2027-03-01,NOPE,,hunger,no\n"
    )
    assert wrong.status_code == 422
    assert "row 3" in text(wrong)
    assert not Complaint.objects.exists()
    good = send(
        "received,item,lot,symptoms,harm\n2027-03-01,SAUCE,S-1001,Taste or smell; packaging,Suspected\n"
    )
    assert good.status_code == 302, text(good)
    one = Complaint.objects.get()
    assert (queries.symptoms_of(one), one.harm, one.lot) == (
        ["taste", "packaging"], "suspected", Lot.objects.get(number="S-1001"),
    )  # fmt: skip
    assert one.received_at.date().isoformat() == "2027-03-01"


def test_the_examples_of_the_api_hold(quinn: Client, cast: Cast) -> None:
    def send(method: str, path: str, shape: type[Strict], status: int = 200) -> Any:
        extra: Any = shape.model_config["json_schema_extra"]
        reply = getattr(quinn, method)(f"{API}/complaints{path}", extra["examples"][0], "application/json")
        assert reply.status_code == status, reply.content
        return reply.json()

    made = send("post", "", shapes.ComplaintIn, 201)
    path = f"/{made['id']}"
    assert (made["severity"], made["has_contact"], made["lot_text"]) == ("minor", True, "26-30")
    assert send("patch", path, shapes.ComplaintChangeIn)["severity"] == "major"
    assert send("post", f"{path}/investigate", shapes.ComplaintNoteIn)["status"] == "investigating"
    assert send("post", f"{path}/close", shapes.ComplaintCloseIn)["status"] == "closed"
    assert send("post", f"{path}/reopen", shapes.ComplaintReasonIn)["status"] == "open"
    send("post", f"{path}/contact/erase", shapes.ComplaintReasonIn)


def test_a_program_does_all_of_it(quinn: Client, cast: Cast) -> None:
    def send(method: str, path: str, status: int = 200, **body: Any) -> Any:
        reply = getattr(quinn, method)(f"{API}/complaints{path}", body, content_type="application/json")
        assert reply.status_code == status, reply.content
        return reply.json()

    made = send(
        "post", "", 201, partner="SHOP", complainant="customer", item="SAUCE", lot="1002", symptoms=["taste"],
        contact={"name": "Carol"},
    )  # fmt: skip
    path = f"/{made['id']}"
    assert made["has_contact"]
    assert [one["why"] for one in made["candidates"]] == [["number", "delivered"]]
    found = send("post", f"{path}/lot", lot=made["candidates"][0]["id"])
    assert (found["lot"], found["candidates"]) == ("S-1002", [])
    (shipment,) = found["shipments"]
    assert (shipment["number"], shipment["quantity"], shipment["chosen"]) == ("DN-2", "20", False)
    assert send("put", f"{path}/shipments", shipments=[shipment["event"]])["shipments"][0]["chosen"]
    changed = send("patch", path, harm="yes", reason="ill")
    assert (changed["lot"], changed["severity"], changed["lot_text"]) == ("S-1002", "critical", "1002")
    assert send("post", f"{path}/investigate", note="sample asked for")["status"] == "investigating"
    case = str(uuid4())
    assert send("put", f"{path}/recall", case=case, number="RC-1")["recall"] == case
    closed = send("post", f"{path}/close", outcome="confirmed", finding="sour")
    assert (closed["status"], closed["outcome"]) == ("closed", "confirmed")
    assert send("patch", path, 409, harm="no")["status"] == 409
    assert send("post", f"{path}/reopen", reason="again")["status"] == "open"
    assert send("put", f"{path}/contact", name="Bob") == {"has_contact": True, "erased_at": None}
    assert send("get", f"{path}/contact")["name"] == "Bob"
    assert send("post", f"{path}/contact/erase", reason="asked")["has_contact"] is False
    assert send("get", f"{path}/contact")["name"] == ""
    assert not send("get", path)["has_contact"]
    rows = quinn.get(f"{API}/complaints?status=unfinished&lot=S-1002").json()["items"]
    assert [row["number"] for row in rows] == [made["number"]]
    assert {fault["field"] for fault in send("post", "", 422, symptoms=["taste"])["faults"]} == {"item"}
    csv = "item,symptoms\nSAUCE,taste\n"
    looked = upload(quinn, "/complaints-import?preview=true", csv)
    assert (looked["saved"], looked["rows"]) == (False, 1)
    assert upload(quinn, "/complaints-import", csv)["saved"]
    assert Complaint.objects.count() == 2
