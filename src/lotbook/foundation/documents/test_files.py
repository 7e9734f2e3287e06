"""Files kept with a lot: what is taken, what is refused, how they are served.

phone → [checked] → documents_file (bytes, once) ← attachment → lot
"""

from __future__ import annotations

import html
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from PIL import Image

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import actions, queries, rules
from lotbook.foundation.documents.models import Attachment, File
from lotbook.kernel.errors import Conflict, NotFound, Refused

KIND = "catalog.item"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "tomato").save(file, form, **how)
    return file.getvalue()


def located() -> Any:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = 6  # held upright
    exif[rules.GPS] = {1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)}
    return exif


def xlsx(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in ({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"} | parts).items():
            archive.writestr(name, body)
    return file.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of 3.6 thousand million pixels in a few kB."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9000))
        + chunk(b"IEND", b"")
    )


def zip_bomb() -> bytes:
    return xlsx(**{f"xl/worksheets/sheet{n}.xml": b"0" * 30_000_000 for n in range(4)})


def linked() -> bytes:
    file = io.BytesIO(xlsx())
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("xl/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def said(value: object) -> str | None:
    """Bytes do not name a test: some hold the time at which they were made, and workers must agree."""
    return f"{len(value)} bytes" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("name", "body", "content_type"),
    ids=said,
    argvalues=[
        ("a.jpg", picture(), "image/jpeg"),
        ("A.JPEG", picture(progressive=True), "image/jpeg"),
        ("a.png", picture("PNG"), "image/png"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.txt", "Temperature 4 °C\n".encode(), "text/plain"),
        ("a.txt", "Käse".encode("cp1252"), "text/plain"),
        ("a.csv", b"lot;kg\r\nL-1;3\r\n", "text/csv"),
        ("a.xlsx", xlsx(), rules.XLSX),
    ],
)
def test_what_is_kept_is_kept_as_it_came(name: str, body: bytes, content_type: str) -> None:
    found = rules.checked(name, body)
    assert (found.body, found.content_type, found.location_removed) == (body, content_type, False)
    assert (found.preview is not None) is content_type.startswith("image/")


@pytest.mark.parametrize(
    ("name", "body", "why"),
    ids=said,
    argvalues=[
        ("a.jpg", b"", "is empty"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 100, "is no jpg|is damaged"),
        ("a.jpg", picture()[:400], "is damaged"),
        ("a.png", picture(), "is no png picture inside"),
        ("a.jpg", b"<script>alert(1)</script>", "is no jpg picture inside"),
        ("a.jpg", b"GIF89a" + b"\0" * 50, "is no jpg picture inside"),
        ("a.png", bomb(), "million pixels"),
        ("a.jpg", picture(size=(8000, 5100)), "million pixels"),
        ("a.webp", picture("WEBP", size=(4000, 3100)), "million pixels"),
        ("a.pdf", b"MZ\x90\0", "is no whole PDF"),
        ("a.pdf", b"%PDF-1.7 cut off", "is no whole PDF"),
        ("a.pdf", b"<html>%PDF-1.7 %%EOF", "is no whole PDF"),
        ("a.txt", b"\x7fELF\x02\x01\x01\0", "is no plain text"),
        ("a.csv", b"a\0b", "is no plain text"),
        ("a.xlsx", b"lot;kg", "is no XLSX"),
        ("a.xlsx", b"PK\x03\x04 broken", "is no XLSX"),
        ("a.xlsx", zip_bomb(), "more than 100 MB"),
        ("a.xlsx", linked(), "is no XLSX"),
        ("a.xlsx", xlsx(**{"../../evil": b"x"}), "is no XLSX"),
        ("a.xlsx", xlsx(**{"/etc/passwd": b"x"}), "is no XLSX"),
        ("a.xlsx", xlsx(**{"xl/vbaProject.bin": b"x"}), "macros"),
        ("a.xlsx", xlsx(**{f"xl/{n}": b"" for n in range(2100)}), "unfolds"),
        ("a.heic", b"\0\0\0\x18ftypheic", "most compatible"),
        ("a.svg", b"<svg onload='alert(1)'/>", "not kept"),
        ("a.html", b"<p>", "not kept"),
        ("a.exe", b"MZ", "not kept"),
        ("a.pdf.exe", PDF, "not kept"),
        ("a", PDF, "not kept"),
        ("a.pdf", PDF + b"x" * rules.FILE_BYTES_MAX, "at most 10 MB"),
    ],
)
def test_what_is_not_kept_says_why_and_what_to_do(name: str, body: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why) as refusal:
        rules.checked(name, body)
    assert refusal.value.faults[0].remedy


@pytest.mark.parametrize(("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_where_a_photo_was_taken_is_removed_and_the_rest_stays(form: str, name: str) -> None:
    body = picture(form, exif=located())
    assert rules.GPS in Image.open(io.BytesIO(body)).getexif()
    found = rules.checked(name, body)
    assert found.location_removed
    kept = Image.open(io.BytesIO(found.body))
    assert rules.GPS not in kept.getexif()
    assert (kept.getexif()[0x010F], kept.size) == ("Maker", (64, 48))
    assert found.preview is not None
    assert Image.open(io.BytesIO(found.preview)).size == (48, 64), "the right way up"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\win.ini.txt", "win.ini.txt"),
        ("C:\\fakepath\\a b.pdf", "a b.pdf"),
        ("evil\u202efdp.txt", "evilfdp.txt"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("x" * 400 + ".pdf", "x" * 146 + ".pdf"),
        (".pdf", "file.pdf"),
        ("", "file"),
    ],
)
def test_names_lose_what_is_not_a_name(name: str, kept: str) -> None:
    assert rules.clean_name(name) == kept
    assert len(kept) <= rules.NAME_MAX


# -- in the book -----------------------------------------------------------------------------------


@pytest.fixture
def item(db: None) -> Item:
    for name, role in (("otto", "operator"), ("audrey", "auditor")):
        User.objects.create(username=name, role=role)
    return catalog.create_item(actor="user:otto", code="TOM", name="Tomatoes", unit="KGM", scale=3)


def attach(item: Item, *files: tuple[str, bytes], **more: Any) -> list[Attachment]:
    return actions.attach(kind=KIND, subject=item.uid, files=files, actor="user:otto", **more)


def test_bytes_are_kept_once_and_each_file_is_a_step(item: Item) -> None:
    other = catalog.create_item(actor="user:otto", code="SALT", name="Salt", unit="KGM", scale=3)
    (first,) = attach(item, ("a.pdf", PDF), note="certificate")
    assert attach(item, ("again.pdf", PDF)) == [first]
    attach(other, ("b.pdf", PDF))
    assert (File.objects.count(), Attachment.objects.count()) == (1, 2)
    (step,) = queries.steps(item.uid)
    assert (step.verb, step.text, step.data["sha256"]) == (
        "file attached",
        "a.pdf – certificate",
        first.file.sha256,
    )


def test_all_of_them_or_none(item: Item) -> None:
    with pytest.raises(Refused) as refusal:
        attach(item, ("a.pdf", PDF), ("b.exe", b"MZ"), ("c.png", b"no"))
    assert [fault.field for fault in refusal.value.faults] == ["files/1", "files/2"]
    assert File.objects.count() == 0


def test_no_more_than_fit(item: Item) -> None:
    for start in range(0, 50, 10):
        attach(item, *((f"{n}.txt", f"{n}".encode()) for n in range(start, start + 10)))
    with pytest.raises(Refused, match="more than 50"):
        attach(item, ("x.txt", b"one more"))
    with pytest.raises(Refused, match="at most 20"):
        attach(item, *((f"{n}.txt", b"x") for n in range(21)))
    assert Attachment.objects.count() == 50


@pytest.mark.parametrize(
    "kind", [KIND, "nothing", "accounts.user", "auth.user", "lots.lot", "catalog.packaging", "."]
)
def test_files_are_kept_only_with_what_is_in_the_book(item: Item, kind: str) -> None:
    with pytest.raises(NotFound):
        actions.attach(kind=kind, subject=uuid4(), files=[("a.pdf", PDF)], actor="user:otto")


def test_removed_is_marked_and_the_bytes_stay(item: Item) -> None:
    (one,) = attach(item, ("a.pdf", PDF))
    with pytest.raises(Refused):
        actions.remove(one.uid, actor="user:otto", reason=" ")
    actions.remove(one.uid, actor="user:otto", reason="wrong delivery")
    assert list(queries.attachments(KIND, item.uid)) == []
    assert len(queries.attachments(KIND, item.uid, removed=True)) == 1
    assert bytes(File.objects.get().body) == PDF
    assert [step.verb for step in queries.steps(item.uid)] == ["file attached", "file removed"]
    with pytest.raises(Conflict):
        actions.remove(one.uid, actor="user:otto", reason="again")
    (again,) = attach(item, ("a.pdf", PDF))
    assert again.pk != one.pk


def test_the_database_keeps_bytes_and_steps(item: Item) -> None:
    attach(item, ("a.pdf", PDF))
    from lotbook.foundation.documents.models import Step

    changes: list[Callable[[], object]] = [
        lambda: File.objects.update(size=1),
        lambda: File.objects.all()._raw_delete("default"),
        lambda: Step.objects.update(reason="x"),
        lambda: Step.objects.all()._raw_delete("default"),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            change()


# -- over the web ----------------------------------------------------------------------------------


def client(name: str) -> Client:
    found = Client()
    found.force_login(User.objects.get(username=name))
    return found


def sent(name: str, body: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, content_type="text/html")


def test_the_panel_takes_photos_and_files(item: Item) -> None:
    page = f"/files/of/{KIND}/{item.uid}"
    otto = client("otto")
    panel = otto.get(f"/files/on/item/{item.uid}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    assert 'capture="environment"' in panel
    assert "<html" in otto.get(page).content.decode()
    answer = otto.post(
        f"{page}/add",
        {"files": [sent("a.pdf", PDF)], "photos": [sent("p.jpg", picture(exif=located()))], "note": "<b>"},
        follow=True,
    )
    text = html.unescape(answer.content.decode())
    assert "2 files kept. Where the photo was taken was removed from it." in text
    assert "&lt;b&gt;" in answer.content.decode()
    audrey = client("audrey")
    assert audrey.post(f"{page}/add", {"files": [sent("b.pdf", PDF)]}).status_code == 403
    assert 'type="file"' not in audrey.get(page).content.decode()
    refused = otto.post(f"{page}/add", {"files": [sent("x.svg", b"<svg/>")], "note": "kept typing"})
    assert (refused.status_code, "kept typing" in refused.content.decode()) == (422, True)
    assert otto.post(f"{page}/add").status_code == 422
    big = otto.post(f"{page}/add", {"files": [sent("x.pdf", PDF + b"x" * rules.FILE_BYTES_MAX)]})
    assert big.status_code == 413


def test_going_back_stays_in_the_book(item: Item) -> None:
    page = f"/files/of/{KIND}/{item.uid}/add"
    for back, to in (
        (f"/items/{item.uid}", f"/items/{item.uid}"),
        ("https://evil.example/", f"/files/of/{KIND}/{item.uid}"),
        ("//evil.example/", f"/files/of/{KIND}/{item.uid}"),
        ("javascript:alert(1)", f"/files/of/{KIND}/{item.uid}"),
    ):
        answer = client("otto").post(page, {"files": [sent("a.pdf", PDF)], "back": back})
        assert (answer.status_code, answer["Location"]) == (302, to)


def test_files_come_back_harmless(item: Item) -> None:
    pdf, photo, text = attach(
        item, ("a.pdf", PDF), ('"><script>.jpg', picture()), ("note.txt", b"<script>alert(1)</script>")
    )
    audrey = client("audrey")
    page = audrey.get(f"/files/of/{KIND}/{item.uid}").content.decode()
    assert "<script>." not in page
    for one, show, inline, content_type in (
        (pdf, "?show", False, "application/pdf"),
        (photo, "", False, "image/jpeg"),
        (photo, "?show", True, "image/jpeg"),
        (text, "?show", False, "text/plain; charset=utf-8"),
    ):
        answer = audrey.get(f"/files/{one.uid}{show}")
        assert answer["Content-Type"] == content_type
        assert answer["Content-Disposition"].startswith("inline" if inline else "attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer.content == bytes(one.file.body)
    small = audrey.get(f"/files/{photo.uid}/preview")
    assert (small["Content-Type"], small.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert audrey.get(f"/files/{pdf.uid}/preview").status_code == 404
    assert Client().get(f"/files/{pdf.uid}").status_code == 302
    assert Client().get(f"/api/v1/files/{pdf.uid}").status_code == 401


def test_the_api_attaches_lists_gives_and_removes(item: Item) -> None:
    otto, url = client("otto"), f"/api/v1/files/of/item/{item.uid}"
    assert otto.post(url, {"file": sent("a.pdf", PDF)}).status_code == 404
    url = f"/api/v1/files/of/{KIND}/{item.uid}"
    made = otto.post(url, {"file": sent("a.pdf", PDF), "note": "certificate"})
    assert made.status_code == 201
    assert made.json()["note"] == "certificate"
    assert otto.post(url, {"file": sent("a.svg", b"<svg/>")}).status_code == 422
    assert client("audrey").post(url, {"file": sent("b.pdf", PDF)}).status_code == 403
    (listed,) = client("audrey").get(url).json()
    assert otto.get(f"/api/v1/files/{listed['id']}").content == PDF
    removal = f"/api/v1/files/{listed['id']}/removal"
    assert otto.post(removal, {"reason": "wrong"}, content_type="application/json").status_code == 200
    assert otto.get(url).json() == []
    assert len(otto.get(f"{url}?removed=true").json()) == 1


def test_photos_of_two_pictures_in_one_lose_their_place_too() -> None:
    """Phones write MPO: a JPEG with a second picture behind it."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "tomato").save(
        file, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48), "red")], exif=located()
    )
    found = rules.checked("a.jpg", file.getvalue())
    assert found.location_removed
    assert rules.GPS not in Image.open(io.BytesIO(found.body)).getexif()


def test_every_page_that_shows_files_names_things_that_are() -> None:
    from lotbook.foundation.documents.apps import PAGES

    assert {page: kind for page, kind in PAGES.items() if queries._model(kind) is None} == {}
    exact = {page: kind for page, kind in PAGES.items() if queries._model(kind)._meta.label_lower != kind}  # type: ignore[union-attr]
    assert exact == {}
