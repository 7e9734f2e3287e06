"""The pages of the opening stock, and its command."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places import actions as places
from lotbook.interfaces.onboarding import commands, rules
from lotbook.interfaces.onboarding.models import Upload
from lotbook.kernel import sheets
from lotbook.traceability.ledger import queries as ledger

pytestmark = pytest.mark.django_db
LIST = b'item,lot,quantity,unit,place\nTOM,L-1,"1,250",kg,COLD\n'
URL = "/import/opening-stock"


@pytest.fixture
def caller() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    plant = places.create_place(actor="lotbook", code="PLANT", kind="site")
    places.create_place(actor="lotbook", code="COLD", kind="area", parent=plant.uid)
    return client


def upload(caller: Client, data: bytes, name: str = "stock.csv") -> str:
    reply = caller.post(URL, {"file": SimpleUploadedFile(name, data)})
    assert reply.status_code == 302, reply.content.decode()
    return reply["Location"]


def test_from_the_file_to_stock(caller: Client) -> None:
    assert "Template (XLSX)" in caller.get(URL).content.decode()
    url = upload(caller, LIST)
    page = caller.get(url).content.decode()
    assert "can be read in two ways" in page
    assert "Answer the questions first" in page
    assert caller.post(f"{url}/confirm").status_code == 422, "an open question stops the import"
    assert caller.post(url, {}).status_code == 422
    assert caller.post(url, {"decimal": "."}).status_code == 302
    page = caller.get(url).content.decode()
    assert "1 new items: TOM" in page
    assert "Allow what is new" in page
    assert caller.post(url, {"decimal": ".", "create": ["items"]}).status_code == 302
    assert "Import 1 rows" in caller.get(url).content.decode()
    assert not Item.objects.exists(), "a preview saves nothing"
    reply = caller.post(f"{url}/confirm", follow=True)
    assert "1 rows of opening stock are in the book" in reply.content.decode()
    assert [(row.number, row.on_hand) for row in ledger.balances()] == [("L-1", 1_250_000)]
    assert "nothing was changed" in caller.post(f"{url}/confirm", follow=True).content.decode()
    assert "This file is in the book" in caller.get(upload(caller, LIST)).content.decode()
    assert "user:ines" in caller.get(URL).content.decode()


def test_faults_are_on_the_page_and_in_a_file(caller: Client) -> None:
    url = upload(caller, b"item,lot,quantity,place,expiry\n,L-1,x,COLD,31.02.2027\n")
    page = caller.get(url).content.decode()
    for text in ("row 2, column &#x27;item&#x27;", "row 2, column &#x27;quantity&#x27;", "31.02.2027"):
        assert text in page
    reply = caller.get(f"{url}/faults")
    lines = b"".join(reply.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 4


def test_a_file_that_cannot_be_read_says_why(caller: Client) -> None:
    assert "PDF, not a table" in caller.get(upload(caller, b"%PDF-1.7 ...")).content.decode()
    assert caller.post(URL, {"file": SimpleUploadedFile("x.csv", b"")}).status_code == 422
    assert caller.post(URL, {}).status_code == 422
    assert caller.get(f"{URL}/0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10").status_code == 404


def test_a_file_too_large_is_refused_and_not_kept(caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "FILE_MAX", 10)
    reply = caller.post(URL, {"file": SimpleUploadedFile("x.csv", LIST)})
    assert reply.status_code == 413
    assert not Upload.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_is_read_as_it_is_given_out(caller: Client, kind: str) -> None:
    reply = caller.get(f"{URL}/template", {"format": kind})
    data = b"".join(reply.streaming_content)  # type: ignore[attr-defined]
    sheet = sheets.read(data, known=rules.KNOWN)
    assert isinstance(sheet, sheets.Sheet)
    columns = rules.TABLE.layout(sheet.rows[0])
    assert set(columns.positions) == set(rules.TEMPLATE)
    lines, faults = rules.TABLE.lines(sheet.body(), columns, {})
    assert (len(lines), faults) == (1, [])
    url = upload(caller, data, f"template.{kind}")
    caller.post(url, {"create": ["items", "places", "suppliers"]})
    assert "Import 1 rows" in caller.get(url).content.decode()


def test_only_who_may_import_gets_there() -> None:
    client = Client()
    assert client.get(URL).status_code == 302
    client.force_login(User.objects.create(username="olga", role="operator"))
    assert client.get(URL).status_code == 403


# --- The command -------------------------------------------------------------------------------------


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    options = parser.parse_args(["opening-stock", *arguments])
    code: int = options.run(options)
    return code


def test_the_command_previews_imports_and_does_nothing_twice(
    caller: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(LIST)
    assert run(str(file), "--dry-run", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["imported"], told["faults"][0]["where"]) == (0, "decimal")
    assert run(str(file), "--decimal", ".") == 1
    assert "there is no item 'TOM' in the book" in capsys.readouterr().err
    assert run(str(file), "--decimal", ".", "--create", "items", "--dry-run") == 0
    assert "1 rows, 1 lots. Nothing was saved." in capsys.readouterr().out
    assert run(str(file), "--decimal", ".", "--create", "items", "--json") == 0
    assert json.loads(capsys.readouterr().out)["imported"] == 1
    assert run(str(file)) == 0
    assert "already; nothing was changed" in capsys.readouterr().out
    assert [row.on_hand for row in ledger.balances()] == [1_250_000]


def test_a_file_that_is_not_there_is_a_matter_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("no-such-file.csv") == 2
    assert "No such file" in capsys.readouterr().err
