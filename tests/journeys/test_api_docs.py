"""The examples of docs/api.md, sent in their order and compared with the answers printed there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.accounts.rules import ADMINISTRATOR, ROLES
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.traceability.ledger.posted import POSTABLE

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```(\w+)(?: (\d+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ANYTHING = "…"


@dataclass(frozen=True)
class Example:
    """A request, and the answer the page promises."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: Any


def examples() -> list[Example]:
    found: list[Example] = []
    request: str | None = None
    for language, status, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "http":
            assert request is None, f"no answer for {request}"
            request = text
        elif language == "json":
            assert request is not None, f"an answer to nothing: {text}"
            head, _, body = request.partition("\n\n")
            line, *headers = head.strip().splitlines()
            method, path = line.split(" ", 1)
            named = dict(header.split(": ", 1) for header in headers)
            found.append(Example(method, path, named, body, int(status), json.loads(text)))
            request = None
    assert request is None
    return found


def differences(expected: Any, got: Any, where: str = "") -> list[str]:
    """What of ``expected`` is not in ``got``: the page may leave members out, but not get them wrong."""
    if expected == ANYTHING:
        return []
    if isinstance(expected, dict) and isinstance(got, dict):
        return [
            difference
            for name, value in expected.items()
            for difference in (
                differences(value, got[name], f"{where}/{name}")
                if name in got
                else [f"{where}/{name}: missing"]
            )
        ]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [
            difference
            for index, (one, other) in enumerate(zip(expected, got, strict=True))
            for difference in differences(one, other, f"{where}/{index}")
        ]
    return [] if expected == got else [f"{where}: the page says {expected!r}, the API {got!r}"]


@pytest.fixture
def caller(db: None) -> Client:
    User.objects.create(username="ines", role=ADMINISTRATOR)
    tomato = catalog.create_item(actor="lotbook", code="TOM", name="Tomatoes", unit="KGM", scale=3)
    catalog.add_packaging(actor="lotbook", uid=tomato.uid, name="Crate", content="12", gtin="14012345123453")
    site = places.create_place(actor="lotbook", code="MILL", kind="site", name="Mill")
    for code in ("BIN-1", "BIN-2"):
        places.create_place(actor="lotbook", code=code, kind="bin", parent=site.uid)
    partners.create_partner(actor="lotbook", code="VERDE", name="Verde farms", is_supplier=True)
    partners.create_partner(actor="lotbook", code="SHOP", name="Corner shop", is_customer=True)
    scopes = sorted(ROLES[ADMINISTRATOR])
    made = accounts.create_api_key(name="docs", owner="ines", scopes=scopes, actor="lotbook")
    return Client(headers={"X-API-Key": made.secret})


def test_every_example_answers_as_the_page_says(caller: Client) -> None:
    told = examples()
    assert len(told) >= 9
    for example in told:
        answer = caller.generic(
            example.method, example.path, example.body, "application/json", headers=example.headers
        )
        where = f"{example.method} {example.path}"
        assert answer.status_code == example.status, f"{where}: {answer.content.decode()}"
        assert differences(example.answer, answer.json()) == [], where


def test_a_page_that_is_wrong_is_noticed() -> None:
    assert differences({"a": [1, "…"], "b": {}}, {"a": [1, 2], "b": {"c": 1}}) == []
    assert differences({"a": [1]}, {"a": [1, 2]}) != []
    assert differences({"a": 1}, {"a": "1"}) != []
    assert differences({"a": None}, {}) != []


def test_the_page_names_every_kind_and_status() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in POSTABLE if f"`{kind}`" not in text] == []
    schema = Client().get("/api/v1/openapi.json").json()
    statuses = {
        status
        for path in schema["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
        if 400 <= int(status) < 500
    }
    assert [status for status in sorted(statuses) if f"| {status} |" not in text] == []
