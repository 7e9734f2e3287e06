"""A backup gives back the same book, checked; a damaged one, or a book that is not empty, is refused."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from lotbook.config.backup import backup, restore
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger.check import check
from tests import books, cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A backup of a small book."""
    world = cast.small()
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    cast.make(world, "RUN-1", {(world.tomatoes, "TOM-1"): "400"}, {(world.sauce, "SAUCE-1"): "900"})
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "120")
    cast.hold(world, world.sauce, "SAUCE-1", reason="glass, perhaps")
    file = tmp_path / "book.lotbook"
    backup(file)
    return file


def lotbook(home: Path, *arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"LOTBOOK_HOME": str(home), "PATH": ""} | ({"LOTBOOK_DATABASE_URL": url} if url else {})
    command = [sys.executable, "-m", "lotbook", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An empty book in a database of the other kind where there is one, else another SQLite file."""
    if connection.vendor != "postgresql":
        yield tmp_path / "other", ""
        return
    name, address = f"restored_{secrets.token_hex(4)}", os.environ["LOTBOOK_DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield tmp_path / "other", books.at(address, name)
    books.drop_database(address, name)


@pytest.mark.heavy
def test_the_same_book_comes_back_and_goes_on(kept: Path, other: tuple[Path, str], tmp_path: Path) -> None:
    home, url = other
    done = lotbook(home, "restore", str(kept), "--json", url=url)
    assert done.returncode == 0, done.stderr
    stock = json.loads(lotbook(home, "stock", "--json", url=url).stdout)
    assert {(row["lot"], row["on_hand"]) for row in stock} == {("TOM-1", 100), ("SAUCE-1", 780)}
    again = tmp_path / "again.lotbook"
    assert lotbook(home, "backup", str(again), url=url).returncode == 0
    first, second = manifest(kept), manifest(again)
    assert first["book"] == second["book"]
    assert first["tables"] == second["tables"]
    assert lotbook(home, "restore", str(kept), url=url).returncode == 1


def test_on_to_the_other_database(kept: Path, tmp_path: Path) -> None:
    """Whatever this pass runs on, SQLite takes the file."""
    home = books.new_home(tmp_path / "lite")
    assert lotbook(home, "restore", str(kept)).returncode == 0
    checked = json.loads(lotbook(home, "check", "--json").stdout)
    assert checked["ok"]
    assert checked["events"] == check().events


def manifest(file: Path) -> dict[str, object]:
    with zipfile.ZipFile(file) as archive:
        read: dict[str, object] = json.loads(archive.read("manifest.json"))
        return read


def test_a_book_that_is_not_empty_is_left_alone(kept: Path) -> None:
    before = check().events
    with pytest.raises(Refused, match="already"):
        restore(kept)
    assert check().events == before


def test_a_file_that_exists_is_not_overwritten(kept: Path) -> None:
    with pytest.raises(Refused, match="exists"):
        backup(kept)


def test_a_damaged_table_is_found(kept: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.lotbook"
    with zipfile.ZipFile(kept) as source, zipfile.ZipFile(damaged, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "tables/ledger_movement.jsonl":
                body = body.replace(b"1", b"2", 1)
            target.writestr(name, body)
    done = lotbook(books.new_home(tmp_path / "empty"), "restore", str(damaged))
    assert done.returncode == 1
    assert "ledger_movement is damaged" in done.stderr
    assert json.loads(lotbook(tmp_path / "empty", "check", "--json").stdout)["events"] == 0


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    paper = tmp_path / "paper.lotbook"
    paper.write_text("a list of lots")
    with pytest.raises(Refused, match="no backup"):
        restore(paper)
