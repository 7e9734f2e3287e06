"""Convergence by page, file, API and command.

FARM → TOM-0 … TOM-3 → [RUN n] → S-0 … S-15; water in every run.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from typing import Any, cast

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.traceability.trace.convergence import commands
from lotbook.traceability.trace.convergence.test_convergence import Sauces

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Sauces:
    made = Sauces()
    made.post()
    return made


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ann", role="auditor"))
    return client


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    options = parser.parse_args(["converge", *words])
    return int(options.run(options))


def test_the_page_asks_answers_and_shows_its_evidence(client: Client, book: Sauces) -> None:
    empty = client.get("/trace/converge")
    assert "Lots without one" in empty.content.decode()
    answer = client.get("/trace/converge", {"lots": "S-2\r\nS-6, S-10", "controls": ""})
    text = answer.content.decode()
    assert answer.status_code == 200, text
    first = text[text.index("<tbody>") : text.index("</tr>", text.index("<tbody>"))]
    assert "Tomatoes TOM-2" in first
    assert "3 of 3" in first
    assert "Small numbers" in text
    assert "of 13 comparable lots" in text
    # Behind every number: the lots, each with its trace as of the same sequence.
    assert first.count("direction=back") >= 3
    assert "Controls that descend from it" in first


def test_a_wrong_line_is_named_and_nothing_typed_is_lost(client: Client, book: Sauces) -> None:
    answer = client.get("/trace/converge", {"lots": "S-2\nNOBODY", "controls": "S-3"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "knows no lot named" in text
    assert "NOBODY</textarea>" in text
    assert client.get("/trace/converge", {"lots": "", "controls": "S-3"}).status_code == 422
    assert client.get("/trace/converge", {"lots": "S-2", "as_of": "tomorrow"}).status_code == 400
    assert client.get("/trace/converge", {"lots": "S-2", "as_of": "999999999"}).status_code == 400
    assert "<script>" not in client.get("/trace/converge", {"lots": "<script>"}).content.decode()


@pytest.mark.parametrize("wanted", ["csv", "xlsx"])
def test_the_list_leaves_as_a_file(client: Client, book: Sauces, wanted: str) -> None:
    asked = {"lots": "S-2\nS-6", "controls": "S-1\nS-3", "format": wanted}
    answer = cast("Any", client.get("/trace/converge", asked))
    assert answer.status_code == 200
    if wanted == "csv":
        whole = b"".join(answer.streaming_content).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(whole)))
        told = {line[0]: line[1] for line in lines if len(line) == 2}
        assert told["Controls"] == "as named"
        assert "too small" in told["To be said"]
        assert any(
            line[1:3] == ["Lot", "Tomatoes TOM-2"] and line[5:9] == ["2", "2", "0", "2"] for line in lines
        )


def test_the_api_answers_as_the_command_does(
    client: Client, book: Sauces, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"lots": ["S-2", "S-6", "S-10"], "controls": ["S-0", "S-1"]}
    answer = client.post("/api/v1/trace/convergence", asked, content_type="application/json")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["causes"][0]["same"][0]["name"] == "Tomatoes TOM-2"
    assert told["causes"][0]["hits"] == 3
    assert len(told["causes"][0]["hit"]) == 3
    assert not told["controls_chosen"]
    assert command(*asked["lots"], "--controls", *asked["controls"], "--json") == 0
    assert json.loads(capsys.readouterr().out) == told
    assert command(*asked["lots"]) == 0
    assert "Tomatoes TOM-2" in capsys.readouterr().out
    for body, field in (
        ({"lots": ["NOBODY"]}, "lots"),
        ({"lots": []}, "lots"),
        ({"lots": ["S-1"], "controls": ["S-1"]}, "controls"),
    ):
        refused = client.post("/api/v1/trace/convergence", body, content_type="application/json")
        assert refused.status_code == 422
        assert refused.json()["faults"][0]["field"].startswith(field)


def test_who_may_not_trace_gets_neither(book: Sauces) -> None:
    assert Client().get("/trace/converge").status_code == 302
    assert (
        Client()
        .post("/api/v1/trace/convergence", {"lots": ["S-1"]}, content_type="application/json")
        .status_code
        == 401
    )
