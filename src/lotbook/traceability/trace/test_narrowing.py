"""The pages of scope, exposure, what-if and comparison: what they say, what their addresses keep, refusals."""

from __future__ import annotations

import argparse
import csv
import html
import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import Cast

from lotbook.kernel import sql
from lotbook.kernel.errors import Refused
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import commands, suspects
from lotbook.traceability.trace.memory import building, keeping
from lotbook.traceability.trace.scope import lines


@pytest.fixture
def world(db: None) -> Cast:
    """TOM-1 300 kg, TOM-2 50 kg → [RUN-1] → SAUCE-1 (700) → Larchwood 7; TOM-2 50 kg → [RUN-2] → SAUCE-2 → Kettle 10."""
    keeping.forget()
    made = cast.small()
    cast.receive(made, made.tumbling, made.tomatoes, "TOM-1", "300")
    cast.receive(made, made.saffron, made.tomatoes, "TOM-2", "100")
    cast.make(
        made, "RUN-1",
        {(made.tomatoes, "TOM-1"): "300", (made.tomatoes, "TOM-2"): "50"}, {(made.sauce, "SAUCE-1"): "700"},
    )  # fmt: skip
    cast.make(made, "RUN-2", {(made.tomatoes, "TOM-2"): "50"}, {(made.sauce, "SAUCE-2"): "100"})
    cast.ship(made, made.larchwood, made.sauce, "SAUCE-1", "7")
    cast.ship(made, made.kettle, made.sauce, "SAUCE-2", "10")
    return made


@pytest.fixture
def quinn(world: Cast) -> Client:
    found = Client()
    found.force_login(cast.person("quinn"))
    return found


def text(answer: Any) -> str:
    return html.unescape(str(answer.content.decode()))


def table(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def uid(number: str) -> str:
    return str(Lot.objects.get(number=number).uid)


def test_lines_and_back(world: Cast) -> None:
    given = lines.read(
        ["RM-TOMATO TOM-1", "supplier Tumbling River Produce 2027-03-01..2027-03-03", "run RUN-1",
         "place KIT-DRY ..2027-03-01T14:00Z", "search plum", "without SAUCE-2"]
    )  # fmt: skip
    told = suspects.as_json(given)
    assert told["deliveries"][0]["until"] == "2027-03-03T23:59:59.999999+00:00"
    assert set(told) == {"lots", "deliveries", "runs", "places", "query", "without"}
    named = lines.named(given)
    assert [one.line for one in named] == [
        uid("TOM-1"), "supplier TUMBLING 2027-03-01..2027-03-03", "run RUN-1", "place KIT-DRY ..2027-03-01T14:00:00Z",
        "search plum", f"without {uid('SAUCE-2')}",
    ]  # fmt: skip
    assert lines.read([one.line for one in named]) == given
    assert named[1].words == "Tumbling River Produce delivered from 01 MAR 2027 until 03 MAR 2027"
    assert named[3].detail == "what was there until 01 MAR 2027 14:00 UTC"
    with CaptureQueriesContext(connection) as asked, sql.counted() as counted:
        lines.named(given)
    assert len(asked) + len(counted) == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("NO-SUCH", "the book knows no 'NO-SUCH'"),
        ("supplier Nobody", "there is no partner 'Nobody'"),
        ("run KIT-DRY", "there is no run 'KIT-DRY'"),
        ("place KIT-DRY monday..", "'monday' is no day"),
        ("without NO-SUCH", "the book knows no"),
        ("x" * 600, "at most 500"),
    ],
)
def test_a_line_that_means_nothing(world: Cast, line: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        lines.read(["TOM-1", line])


def test_a_scope_from_words_to_a_case(world: Cast, quinn: Client) -> None:
    first = quinn.get("/trace/scope")
    assert "Any suspicion" in text(first)
    answer = quinn.get(
        "/trace/scope", {"add-kind": "supplier", "add-name": "TUMBLING", "add-since": "2020-01-01"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/trace/scope?s=supplier+TUMBLING+2020-01-01..")
    shown = text(quinn.get(answer["Location"]))
    assert "Tumbling River Produce" in shown
    assert "SAUCE-1" in shown
    assert "SAUCE-2" not in shown
    assert "Larchwood Market" in shown
    assert "Green Kettle Grocery" not in shown
    case = next(one for one in shown.split('"') if one.startswith("/recall/new?"))
    query = parse_qs(urlsplit(case).query)
    assert query["s"] == ["supplier TUMBLING 2020-01-01.."]
    # More than one: both count, and one can be taken off again.
    answer = quinn.get(
        answer["Location"], {"s": "supplier TUMBLING", "add-kind": "lot", "add-name": "TOM-2"}, follow=True
    )
    assert "SAUCE-2" in text(answer)


def test_the_words_of_the_api_are_understood(quinn: Client) -> None:
    answer = quinn.get(
        "/trace/scope", {"lot": ["TOM-1", "TOM-2"], "supplier": "TUMBLING", "until": "2020-01-01"}
    )
    here = parse_qs(urlsplit(answer["Location"]).query)
    assert here["s"] == [uid("TOM-1"), uid("TOM-2"), "supplier TUMBLING ..2020-01-01"]


def test_a_past_sequence_and_the_file(world: Cast, quinn: Client) -> None:
    before = quinn.get("/api/v1/trace/scope", {"lot": "TOM-1"}).json()["as_of"]
    cast.ship(world, world.heron, world.sauce, "SAUCE-1", "5")
    now, then = (
        text(quinn.get("/trace/scope", {"s": uid("TOM-1"), **more})) for more in ({}, {"as_of": before})
    )
    assert "Blue Heron Foods" in now
    assert "Blue Heron Foods" not in then
    answer = quinn.get("/trace/scope/export/shipments", {"s": uid("TOM-1"), "as_of": before, "format": "csv"})
    rows = table(answer)
    assert ["As of sequence", str(before)] in [row[:2] for row in rows]
    assert not any("Blue Heron Foods" in row for row in rows)
    assert any("Larchwood Market" in row for row in rows)


@pytest.mark.parametrize("path", ["scope", "exposure", "what-if", "compare"])
def test_what_is_wrong_in_an_address_is_said(quinn: Client, path: str) -> None:
    answer = quinn.get(f"/trace/{path}", {"s": ["TOM-1", "NO-SUCH"]})
    assert answer.status_code == 422
    assert "the book knows no 'NO-SUCH'" in text(answer)
    assert "TOM-1" in text(answer)
    assert quinn.get(f"/trace/{path}", {"s": "TOM-1", "as_of": "x"}).status_code == 400
    assert quinn.get(f"/trace/{path}", {"s": uid("TOM-1"), "as_of": "99999999"}).status_code == 400
    assert quinn.get(f"/trace/{path}").status_code == 200
    assert Client().get(f"/trace/{path}").status_code == 302


def test_exposure_by_both_readings(quinn: Client) -> None:
    shown = text(quinn.get("/trace/exposure", {"s": uid("TOM-1")}))
    assert "Everything that may be affected" in shown
    assert "85.7 %" in shown  # 300 of 350 kg
    assert "all of it" in shown
    assert "Nothing is assumed of times" in shown
    assert "always perfectly mixed" not in shown
    both = text(quinn.get("/trace/exposure", {"s": uid("TOM-1"), "reading": "both"}))
    assert both.count("85.7 %") == 2
    assert "always perfectly mixed" in both
    assert quinn.get("/trace/exposure", {"s": uid("TOM-1"), "reading": "guess"}).status_code == 400
    answer = quinn.get("/trace/exposure", {"s": uid("TOM-1"), "format": "csv", "what": "customers"})
    rows = table(answer)
    assert ["Larchwood Market", "1", "7", "6", "H87"] in rows
    answer = quinn.get("/trace/exposure", {"s": uid("TOM-1"), "format": "csv"})
    rows = table(answer)
    assert ["FG-MARINARA", "Marinara sauce 350 g", "SAUCE-1", "0.857142857", ""] in rows


def test_what_if_a_suspect_is_left_out_or_put_in(quinn: Client) -> None:
    base = {"s": [uid("TOM-1"), uid("TOM-2")]}
    shown = text(quinn.get("/trace/what-if", base))
    assert "the same lots are affected" in shown
    assert "0 behind" not in shown
    out = text(quinn.get("/trace/what-if", {**base, "x": uid("TOM-2")}))
    assert "Put back" in out
    assert ">2</td>" in row(out, "Affected lots")
    assert "SAUCE-2" in out.split("Lots that differ")[1]
    assert "Green Kettle Grocery" in out
    case = next(one for one in out.split('"') if one.startswith("/recall/new?"))
    assert parse_qs(urlsplit(case).query)["s"] == [uid("TOM-1")]
    # Put in: the first question stands, the new line goes beside it.
    answer = quinn.get("/trace/what-if", {"s": uid("TOM-1"), "add-kind": "run", "add-name": "RUN-2"})
    there = parse_qs(urlsplit(answer["Location"]).query)
    assert (there["s"], there["a"]) == ([uid("TOM-1")], ["run RUN-2"])
    more = text(quinn.get(answer["Location"]))
    assert "<strong>1</strong> lot more" in more
    assert "SAUCE-2" in more


def row(shown: str, label: str) -> str:
    return shown.split(f'<th scope="row">{label}</th>')[1].split("</tr>", maxsplit=1)[0]


def test_the_page_and_the_api_say_the_same(quinn: Client) -> None:
    given = {"suspects": {"lots": [uid("TOM-1")]}, "add": {"lots": [uid("TOM-2")]}}
    told = quinn.post("/api/v1/trace/what-if", json.dumps(given), content_type="application/json").json()
    shown = text(quinn.get("/trace/what-if", {"s": uid("TOM-1"), "a": uid("TOM-2")}))
    for side in ("before", "after"):
        assert f">{told[side]['lots']}</td>" in row(shown, "Affected lots")
        assert f">{told[side]['customers']}</td>" in row(shown, "Customers")


def test_while_it_is_being_read_the_page_says_so(quinn: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A big genealogy is read by a thread: here one that is never ready, then one that failed."""
    begun: list[building.Building] = []
    monkeypatch.setattr(building, "AT_ONCE", 0)
    monkeypatch.setattr(building, "_build", begun.append)
    try:
        shown = text(quinn.get("/trace/what-if", {"s": uid("TOM-1")}))
        assert "is being read into memory" in shown
        assert "Compare from the book instead" in shown
        assert "Affected lots" not in shown
        quinn.get("/trace/what-if", {"s": uid("TOM-1")})
        assert len(begun) == 1  # once, whoever asks
        there = next(one for one in shown.split('"') if one.startswith("/trace/compare?"))
        assert quinn.get(there).status_code == 200
        begun[0].faults = [Refused("too big").faults[0]]
        failed = text(quinn.get("/trace/what-if", {"s": uid("TOM-1")}))
        assert "too big" in failed
        assert "Compare from the book" in failed
    finally:
        building._building.clear()
    monkeypatch.undo()
    assert "Affected lots" in text(quinn.get("/trace/what-if", {"s": uid("TOM-1")}))  # the control


def test_two_scopes_side_by_side(world: Cast, quinn: Client) -> None:
    before = quinn.get("/api/v1/trace/scope", {"lot": "TOM-1"}).json()["as_of"]
    shown = text(quinn.get("/trace/compare", {"s": uid("TOM-1"), "t": f"{uid('TOM-1')}\n{uid('TOM-2')}"}))
    assert "Only in the second <span" in shown
    assert "Green Kettle Grocery" in shown
    same = text(quinn.get("/trace/compare", {"s": uid("TOM-1"), "then": before}))
    assert "Both are the same." in same
    cast.ship(world, world.heron, world.sauce, "SAUCE-1", "5")
    since = text(quinn.get("/trace/compare", {"s": uid("TOM-1"), "as_of": before}))
    assert "Blue Heron Foods" in since
    assert "Both are the same." not in since


@pytest.mark.parametrize("path", ["scope", "exposure", "what-if"])
def test_statements_do_not_grow_with_the_lots(world: Cast, quinn: Client, path: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked, sql.counted() as counted:
            assert quinn.get(f"/trace/{path}", {"s": uid("TOM-1")}).status_code == 200
        return len(asked) + len(counted)

    few = 0
    for number in range(7):
        if number == 1:
            count()
            few = count()
        cast.make(
            world, f"RUN-X{number}", {(world.sauce, "SAUCE-1"): "10"}, {(world.rework, f"RW-{number}"): "3"}
        )
    count()
    assert count() <= few


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    options = parser.parse_args(words)
    assert options.run(options) == 0
    return capsys.readouterr().out


def test_the_command_line(world: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(ran(capsys, "exposure", "--lot", "TOM-1", "--json"))
    assert {one["lot"]: round(one["share"], 6) for one in told["lots"]} == {"TOM-1": 1.0, "SAUCE-1": 0.857143}
    assert told["customers"][0]["suspect"] == "6"
    printed = ran(capsys, "exposure", "--supplier", "TUMBLING", "--reading", "replay")
    assert "By the times of the events: 2 lots affected by 1 suspects" in printed
    assert "85.7 %" in printed
    told = json.loads(ran(capsys, "what-if", "--lot", "TOM-1", "--add", "run RUN-2", "--json"))
    assert (told["added_lots"], told["dropped_lots"]) == (1, 0)
    printed = ran(capsys, "what-if", "--lot", "TOM-1", "--lot", "TOM-2", "--drop", "TOM-2")
    assert "Green Kettle Grocery" in printed
    with pytest.raises(Refused, match="no 'NOPE'"):
        ran(capsys, "what-if", "--lot", "TOM-1", "--drop", "NOPE")
