"""What is printed is understood: labels of our own, numbers of documents, and all of the practice set."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
import zxingcpp
from django.test import Client, RequestFactory
from PIL import Image
from tests import cast
from tests.cast import ANNA, Cast

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.station.jobs import jobs as jobs_of
from lotbook.interfaces.station.queries import knowing
from lotbook.interfaces.station.queries.pulse import pulse
from lotbook.interfaces.station.queries.starting import hosts
from lotbook.interfaces.station.test_reading import HERE, SSCC, device, told
from lotbook.interfaces.station.test_reading_jobs import allocated, run_open
from lotbook.interfaces.station.training.choosing import Code, World, exercises
from lotbook.kernel import pdf
from lotbook.operations.counting import actions as counting
from lotbook.operations.labels.subjects import subject
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Announced, Ordered
from lotbook.operations.transfers.actions import transfers
from lotbook.operations.transfers.rules import Wanted
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

NEAR, FAR = date(2030, 3, 3), date(2030, 3, 15)
INNER = "340123450000000024"


@pytest.fixture
def world(db: None) -> Cast:
    """One of everything that a station has a job for, and lots that are stopped."""
    made = cast.small()
    dock = places.create_place(
        actor=ANNA, code="KIT-DOCK", kind="area", name="Kitchen dock", parent=made.kitchen.uid
    )
    for code in ("B-1", "B-2"):
        places.create_place(actor=ANNA, code=code, kind="bin", parent=made.store.uid)
    for item, gtin in ((made.tomatoes, "04012345123456"), (made.jars, "09501101530003")):
        catalog.amend_item(actor=ANNA, uid=item.uid, changes={"gtin": gtin})

    def receive(item: Any, number: str, quantity: str, ends: date, place: Place | None = None) -> None:
        cast.receive(made, made.tumbling, item, number, quantity, place=place, facts={"expires_on": ends})

    receive(made.sauce, "S-OLD", "20", NEAR)
    receive(made.sauce, "S-NEW", "90", FAR)
    receive(made.sauce, "S-BAD", "5", date(2031, 1, 1))
    receive(made.tomatoes, "T-1", "50", NEAR)
    receive(made.tomatoes, "T-DOCK", "7", FAR, dock)
    cast.hold(made, made.sauce, "S-BAD")
    places.ensure_unit(sscc=SSCC, parent=dock)
    warehouse.pack(unit=SSCC, lines=[Line(lot="T-DOCK", quantity="7")], place="KIT-DOCK", actor=ANNA)
    receiving.create_order(
        supplier="TUMBLING", site="KIT", expected_on="2027-03-03", send=True, actor=ANNA,
        lines=[Ordered(item="PK-JAR", quantity="100")],
    )  # fmt: skip
    receiving.create_notice(
        supplier="TUMBLING", site="KIT", number="DN-7", actor=ANNA,
        lines=[Announced(item="RM-TOMATO", lot="T-9", quantity="60", sscc=INNER)],
    )  # fmt: skip
    allocated(made)
    run_open(made)
    moved = transfers.create(source="KIT", destination="COLD", actor=ANNA, lines=[Wanted("FG-MARINARA", "1")])
    transfers.start(transfer=moved.uid, actor=ANNA)
    counting.open_count(place="KIT", actor=ANNA)
    return made


@pytest.fixture
def held(world: Cast) -> Client:
    return device("anna")


def look(client: Client, *scans: str, **more: Any) -> dict[str, Any]:
    body = {"site": "KIT", "scans": scans}
    reply = client.post(f"{HERE}/lookup", body, content_type="application/json", **more)
    assert reply.status_code == 200, reply.content
    found: dict[str, Any] = reply.json()
    return found


# -- labels of our own -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case",
    [
        # LOTBOOK_URL, LOTBOOK_HOSTS, how the device calls the book → where labels lead
        ("", ["localhost", "127.0.0.1"], "localhost:8000", "localhost"),
        ("", ["localhost", "127.0.0.1"], "127.0.0.1:8000", "localhost"),
        ("", ["book.example", "10.0.0.5"], "10.0.0.5", "book.example"),
        ("", ["Book.Example"], "book.example:8443", "Book.Example"),
        ("", ["*"], "10.0.0.5:8000", "localhost"),
        ("", [".book.example"], "kit.book.example", "book.example"),
        ("https://lots.example:8443", ["book.example"], "book.example", "lots.example:8443"),
        ("https://lots.example/of/us", ["book.example"], "book.example:8443", "lots.example"),
    ],
)  # fmt: skip
def test_a_label_of_our_own_is_understood(
    world: Cast, held: Client, settings: Any, case: tuple[str, list[str], str, str]
) -> None:
    url, allowed, called, label = case
    settings.BOOK_URL, settings.ALLOWED_HOSTS = url, allowed
    things = {
        "lot": str(Lot.objects.get(number="S-OLD").uid),
        "item": str(world.sauce.uid),
        "place": str(Place.objects.get(code="B-1").uid),
        "unit": str(Place.objects.get(sscc=SSCC).uid),
    }
    ours = {"lot": things["lot"], "item": "FG-MARINARA", "place": "B-1", "unit": SSCC}
    for what, uid in things.items():
        says = subject(what, uid).face.url
        assert urlsplit(says).netloc == label
        looked = look(held, says, headers={"host": called})
        assert [(one["kind"], one["id"]) for one in looked["found"]] == [(what, ours[what])], says
    known = held.get(f"{HERE}/start", headers={"host": called}).json()["hosts"]
    assert label.lower() in known
    # Of another book it is not: an address that means nothing here.
    foreign = look(held, f"https://other.example/lots/{things['lot']}", headers={"host": called})
    assert foreign["found"] == []


def test_a_sheet_printed_under_one_name_is_read_under_another(settings: Any) -> None:
    settings.BOOK_URL, settings.ALLOWED_HOSTS = "", ["localhost", "kit.local", "[::1]", "*", ""]
    here = RequestFactory().get("/", headers={"host": "kit.local:8000"})
    assert hosts(here) == [
        "[::1]", "[::1]:8000", "kit.local", "kit.local:8000", "localhost", "localhost:8000",
    ]  # fmt: skip
    plain = RequestFactory().get("/", headers={"host": "[::1]"})
    assert hosts(plain) == ["[::1]", "kit.local", "localhost"]


# -- documents -------------------------------------------------------------------------------------


def test_the_number_of_a_document_opens_its_job(world: Cast, held: Client) -> None:
    """Every job of the list, by the number on its paper."""
    found = told(held, "jobs", site="KIT")["jobs"]
    papers = [job for job in found if job["kind"] != "put_away"]
    kinds = {(job["kind"], job.get("document", "")) for job in papers}
    assert kinds == {
        ("receive", "order"), ("receive", "notice"), ("pick", "order"), ("pick", "transfer"),
        ("produce", ""), ("count", ""),
    }  # fmt: skip
    for job in papers:
        for scan in (job["number"], f"]C0{job['number']}", job["number"].lower(), f" {job['number']} "):
            looked = look(held, scan)
            assert [(one["kind"], one["id"]) for one in looked["found"]] == [("document", job["id"])], scan
    # A pallet that is announced opens the notice that it is on.
    notice = next(job for job in papers if job.get("document") == "notice")
    (pallet,) = look(held, f"]C100{INNER}")["found"]
    assert (pallet["kind"], pallet["id"]) == ("document", notice["id"])


# -- the practice set ------------------------------------------------------------------------------


def scanned(code: Code) -> str:
    """What a scanner sends of a printed code, without its identifier."""
    (seen,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(pdf.code_png(code.content, code.symbology))))  # type: ignore[arg-type]  # one of its names
    return bytes(seen.bytes).decode()


def meant(code: Code, made: World) -> tuple[str, str]:
    """The kind and id of what a code of the practice set is."""
    if code.symbology == "qr":
        what, uid = urlsplit(code.content).path.strip("/").split("/")
        place = next((one["code"] for one in made.book["places"] if one["id"] == uid), "")
        return ("lot", uid) if what == "lots" else ("place", place)
    if code.symbology == "code128":
        job = next(job for job in made.jobs if job["number"] == code.content)
        return "document", job["id"]
    if code.content.startswith("(00)"):
        number = code.content.removeprefix("(00)")
        of = [job for job in made.of("receive") if any(one["sscc"] == number for one in job["units"])]
        return ("document", of[0]["id"]) if of else ("unit", number)
    gtin, lot = code.content[4:18], code.content.partition("(10)")[2]
    item = next(
        one["code"] for one in made.book["items"] for own in one["gtins"] if own["gtin"].zfill(14) == gtin
    )
    known = [one["id"] for one in made.book["lots"] if (one["item"], one["number"]) == (item, lot)]
    return ("lot", known[0]) if known else ("item", item)


@pytest.mark.once
def test_every_scan_of_the_practice_set_is_understood(world: Cast, held: Client) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="anna")
    now = pulse(request, "KIT")
    made = World(knowing.book(now), jobs_of(request, now)["jobs"], now.today, "http://testserver")
    found = exercises(made)
    assert [one.title for one in found] == [
        "Look up", "Receive a pallet", "Receive by label", "Put away", "Pick", "Stopped", "Produce", "Count",
        "Two ways to read",
    ]  # fmt: skip
    kinds = set()
    for one in found:
        for step in one.steps:
            if step.code is None:
                continue
            text = scanned(step.code)
            looked = look(held, text)
            if text.startswith("LB:"):
                assert "command" in looked["refused"]
            elif one.title == "Two ways to read":
                # Also of a scanner that names the symbol.
                assert len(looked["readings"]) == 2
                assert look(held, f"]C1{text}")["readings"] == looked["readings"]
            else:
                answer = [(thing["kind"], thing["id"]) for thing in looked["found"]]
                assert answer == [meant(step.code, made)], (one.title, step.do)
                kinds.add(answer[0][0])
    assert kinds == {"lot", "item", "unit", "place", "document"}
