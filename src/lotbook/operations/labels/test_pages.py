"""The pages, the API and the command line of labels, as people and programs use them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places.numbering import number_from
from lotbook.kernel.errors import Refused
from lotbook.operations.labels import actions, commands
from lotbook.operations.labels.models import Choice, Design, Job, Printer
from lotbook.traceability.lots.models import Lot


@pytest.fixture
def lot(cast: Cast) -> Lot:
    stocked(cast, ("SAUCE", "S-1", "100"))
    return Lot.objects.get(number="S-1")


def login(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=f"the-{role}", role=role))
    return client


@pytest.fixture
def manager(cast: Cast) -> Client:
    return login("manager")


@pytest.fixture
def caller(cast: Cast) -> Client:
    return login("administrator")


def follow(client: Client, path: str, **told: Any) -> Any:
    answer = client.post(path, told)
    assert answer.status_code == 302, answer.content.decode()
    return client.get(answer["Location"])


def test_a_label_of_a_lot_in_two_clicks(manager: Client, lot: Lot) -> None:
    panel = manager.get(f"/lots/{lot.uid}/labels").content.decode()
    link = f"/labels/print/lot/{lot.uid}"
    assert link in panel
    assert "No label was printed yet" in panel
    page = manager.get(link)
    assert page.status_code == 200
    assert "Preview of the label" in page.content.decode()
    picture = manager.get(f"/labels/preview/lot/{lot.uid}")
    assert picture.content.startswith(b"\x89PNG")
    made = follow(
        manager, link, printer="pdf", copies="2", start="3", uid=page.context["form"]["uid"].value()
    )
    assert made.content.startswith(b"%PDF")
    assert "2" in manager.get(f"/lots/{lot.uid}/labels").content.decode()
    assert Job.objects.get().copies == 2


def test_what_cannot_be_printed_is_said_in_the_form(manager: Client, lot: Lot) -> None:
    page = manager.post(f"/labels/print/lot/{lot.uid}", {"printer": "pdf", "copies": "0", "start": "1"})
    assert page.status_code == 422
    assert not Job.objects.exists()
    assert manager.get("/labels/print/lot/nothing").status_code == 404
    assert manager.get("/labels/print/crate/x").status_code == 422
    assert manager.get(f"/labels/print/lot/{lot.uid}?size=huge").status_code == 422


def test_printed_again_with_a_reason(manager: Client, lot: Lot) -> None:
    job = actions.print_label(what="lot", subject=str(lot.uid), printer="pdf", actor=ANN)
    page = manager.post(f"/labels/jobs/{job.uid}/reprint", {"reason": "", "copies": "1"})
    assert page.status_code == 422
    follow(manager, f"/labels/jobs/{job.uid}/reprint", reason="torn", copies="1", printer="pdf")
    assert [row.copy for row in Job.objects.order_by("pk")] == [1, 2]
    listed = manager.get("/labels").content.decode()
    assert "copy 2" in listed
    assert "torn" in listed
    assert manager.get("/labels?format=csv").status_code == 200
    assert "No print job fits" in manager.get("/labels?text=nothing").content.decode()


def test_administrators_alone_set_up_printers(manager: Client, cast: Cast) -> None:
    told = {
        "name": "Dispatch",
        "host": "192.0.2.7",
        "port": "9100",
        "dpi": "300",
        "size": "100x150",
        "confirms": "on",
        "is_active": "on",
        "scheme_serial": "SGTIN+",
        "scheme_unit": "SSCC+",
    }
    assert manager.post("/labels/printers/new", told).status_code == 403
    admin = login("administrator")
    assert "Set up a printer" in follow(admin, "/labels/printers/new", **told).content.decode()
    one = Printer.objects.get()
    assert (one.dpi, one.size, one.site) == (300, "100x150", None)
    wrong = admin.post(f"/labels/printers/{one.uid}", {**told, "host": "127.0.0.1"})
    assert wrong.status_code == 422
    assert "LOTBOOK_LOCAL_PRINTERS" in wrong.content.decode()
    follow(admin, f"/labels/printers/{one.uid}", **{**told, "site": "PLANT"})
    one.refresh_from_db()
    assert one.site == cast.plant


def test_designs_are_kept_and_chosen(manager: Client, cast: Cast) -> None:
    told = {"name": "Small", "what": "lot", "title": "", "fields_shown": ["name"], "symbol": "gs1-qr",
            "size": "50x25"}  # fmt: skip
    assert "Small" in follow(manager, "/labels/designs/edit", **told).content.decode()
    follow(manager, "/labels/designs/edit", **told)
    assert list(Design.objects.values_list("version", "latest").order_by("version")) == [
        (1, False),
        (2, True),
    ]
    assert "Small" in manager.get("/labels/designs/edit?name=Small").content.decode()
    follow(manager, "/labels/designs/choose", what="lot", design="Small", site="PLANT", size="")
    assert Choice.objects.get().design == "Small"
    assert manager.post("/labels/designs/choose", {"what": "item", "design": "Small"}).status_code in (
        404,
        422,
    )


def test_a_job_is_cancelled_and_tried_again(manager: Client, cast: Cast) -> None:
    actions.save_printer(name="Dispatch", host="192.0.2.7", size="50x25", actor=ANN)
    job = actions.print_label(what="place", subject=str(cast.bin.uid), printer="Dispatch", actor=ANN)
    page = manager.get(f"/labels/jobs/{job.uid}").content.decode()
    assert "Try now" in page
    assert "Waiting" in page
    assert "tried again" in follow(manager, f"/labels/jobs/{job.uid}/retry").content.decode()
    assert "Cancelled" in follow(manager, f"/labels/jobs/{job.uid}/cancel").content.decode()
    assert "only one that waits" in follow(manager, f"/labels/jobs/{job.uid}/cancel").content.decode()


def test_command_barcodes_and_new_numbers(manager: Client, cast: Cast) -> None:
    assert manager.get("/labels/commands").content.startswith(b"%PDF")
    page = manager.post("/labels/new-units", {"site": "PLANT", "count": "3", "printer": "pdf"})
    assert page.status_code == 422
    assert "GS1 company prefix" in page.content.decode()
    number_from(site=cast.plant, prefix="4012345", extension=3, last=None, actor=ANN)
    made = follow(manager, "/labels/new-units", site="PLANT", count="3", printer="pdf")
    assert made.content.startswith(b"%PDF")
    assert Job.objects.count() == 3


def test_the_list_asks_a_few_questions_however_long_it_is(
    manager: Client, lot: Lot, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        actions.print_label(what="lot", subject=str(lot.uid), printer="pdf", actor=ANN)
    with django_assert_max_num_queries(8):
        manager.get("/labels")


def test_over_http(caller: Client, cast: Cast, lot: Lot) -> None:
    def call(method: str, path: str, status: int, body: Any = None) -> Any:
        how = {"data": body, "content_type": "application/json"} if body is not None else {}
        answer = getattr(caller, method)(f"/api/v1/labels{path}", **how)
        assert answer.status_code == status, answer.content
        return answer.json() if "json" in answer["Content-Type"] else answer.content

    printer = call("post", "/printers", 201, {"name": "D", "host": "192.0.2.7", "size": "100x50"})
    assert call("get", "/printers", 200)[0]["id"] == printer["id"]
    call("post", "/printers", 422, {"name": "E", "host": "127.0.0.1", "size": "100x50"})
    call("put", f"/printers/{printer['id']}", 200, {"name": "D", "host": "192.0.2.8", "size": "100x50"})
    asked = {"what": "lot", "subject": str(lot.uid), "id": "01930000-0000-7000-8000-000000000001"}
    job = call("post", "/print", 201, asked)
    assert (job["state"], job["printer"]) == ("queued", "D")
    assert call("post", "/print", 201, asked)["id"] == job["id"]
    again = call("post", f"/jobs/{job['id']}/reprint", 201, {"reason": "torn", "printer": "pdf"})
    assert (again["copy_number"], again["reprint_of"], again["state"]) == (2, job["id"], "printed")
    assert call("post", f"/jobs/{job['id']}/retry", 200, {})["state"] == "queued"
    assert call("post", f"/jobs/{job['id']}/cancel", 200, {})["state"] == "cancelled"
    call("post", f"/jobs/{job['id']}/cancel", 409, {})
    assert len(call("get", "/jobs?limit=1", 200)["items"]) == 1
    assert call("get", f"/jobs/{job['id']}", 200)["words"] == "Tomato sauce S-1"
    assert call("get", f"/jobs/{job['id']}/pdf", 200).startswith(b"%PDF")
    assert call("get", f"/jobs/{job['id']}/zpl?dpi=300", 200).startswith(b"^XA")
    assert call("get", f"/preview?what=lot&subject={lot.uid}", 200).startswith(b"\x89PNG")
    design = {"name": "Small", "what": "lot", "fields": ["name"], "symbol": "qr", "size": "50x25"}
    assert call("post", "/designs", 201, design)["version"] == 1
    assert {row["name"] for row in call("get", "/designs", 200)} == {"Standard", "Small"}
    call("put", "/choices", 200, {"what": "lot", "design": "Small"})
    assert call("get", "/choices", 200) == [{"what": "lot", "design": "Small", "site": None, "size": ""}]
    call("post", "/new-units", 422, {"site": "PLANT", "count": 2, "printer": "pdf"})
    call("get", "/jobs/01930000-0000-7000-8000-000000000009", 404)


def test_the_command_line_writes_files(lot: Lot, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())

    def run(*words: str) -> int:
        options = parser.parse_args(words)
        return int(options.run(options))

    for name, front in (("a.pdf", b"%PDF"), ("a.zpl", b"^XA")):
        assert run("label", "lot", "S-1", "--to", str(tmp_path / name)) == 0
        assert (tmp_path / name).read_bytes().startswith(front)
    with pytest.raises(Refused, match="expected a file"):
        run("label", "lot", "S-1", "--to", str(tmp_path / "a.png"))
    assert run("print-jobs", "--once") == 0
    assert Job.objects.count() == 2
