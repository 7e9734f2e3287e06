"""Scopes: of every kind of suspect, by API, command and file, and random graphs against a plain reckoning."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lotbook.foundation.accounts.models import User
from lotbook.kernel import sql
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions, storage
from lotbook.traceability.ledger.models import Movement
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import suspects
from lotbook.traceability.trace.scope import commands, queries
from lotbook.traceability.trace.scope.rules import SHIPPED
from lotbook.traceability.trace.suspects import AtPlace, Deliveries, Suspects
from tests.model.test_trace_graphs import Author, Stage
from tests.model.trace_goldens import NOON, Book

pytestmark = pytest.mark.django_db

STORY = """
(S1) → A 10
(S1) → B 10
(S2) → C 10
A 5 + C 5 → [R1] → X 9
B 5 → [R2] → Y 5
X 4 → {P1}
{P1} → freezer
Y 5 → freezer
Y@freezer 5 → shelf
X@{P1} 4 → (C1) D-1
Y 2 → (C2)
"""
"""Line n happens at NOON + n minutes."""


@pytest.fixture
def book() -> Book:
    return Book.told(STORY)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ann", role="auditor"))
    return client


def named(book: Book, found: tuple[int, ...]) -> str:
    numbers = Lot.objects.filter(pk__in=found, item=book.item).values_list("number", flat=True)
    return " ".join(sorted(numbers))


def after(minutes: int) -> Any:
    return NOON + timedelta(minutes=minutes)


def test_every_kind_of_suspect_names_its_lots(book: Book) -> None:
    place, partner, now = book.places, book.partners, storage.watermark()
    lot = {name: book.lot(name).uid for name in "ABCXY"}
    supplier = Deliveries(partner["S1"].uid)
    cases: list[tuple[Suspects, str]] = [
        (Suspects(), ""),
        (Suspects(lots=(lot["A"], lot["C"])), "A C"),
        (Suspects(lots=(lot["A"], lot["C"]), without=(lot["C"],)), "A"),
        (Suspects(units=(place["{P1}"].uid,)), "X"),
        (Suspects(runs=(place["[R1]"].uid, place["[R2]"].uid)), "X Y"),
        (Suspects(deliveries=(supplier,)), "A B"),
        (Suspects(deliveries=(Deliveries(partner["S1"].uid, after(2), None),)), "B"),
        (Suspects(deliveries=(Deliveries(partner["S1"].uid, None, after(1)),)), "A"),
        (Suspects(deliveries=(Deliveries(partner["S1"].uid, after(3), after(9)),)), ""),
        (Suspects(deliveries=(supplier, Deliveries(partner["S2"].uid))), "A B C"),
        # Y came at minute 8 and left at 9; X stood there on a pallet from 7 on, and was shipped off it at 10.
        (Suspects(places=(AtPlace(place["freezer"].uid),)), "X Y"),
        (Suspects(places=(AtPlace(place["freezer"].uid, after(11), None),)), ""),
        (Suspects(places=(AtPlace(place["freezer"].uid, None, after(7)),)), "X"),
        (Suspects(places=(AtPlace(place["freezer"].uid, after(9), after(9)),)), "X Y"),
        (Suspects(places=(AtPlace(place["shelf"].uid, after(3), after(3)),)), "A B C"),
        (Suspects(places=(AtPlace(place["a-site"].uid, after(10), after(10)),)), "A B C X Y"),
    ]
    for given, expected in cases:
        assert named(book, suspects.resolve(given, as_of=now)) == expected, given
        assert suspects.from_json(json.loads(json.dumps(suspects.as_json(given)))) == given


def test_suspects_are_those_of_the_sequence(book: Book) -> None:
    early = book.sequences[1]
    supplier = Suspects(deliveries=(Deliveries(book.partners["S1"].uid),))
    assert named(book, suspects.resolve(supplier, as_of=book.sequences[0])) == "A"
    runs = Suspects(runs=(book.places["[R1]"].uid,))
    assert named(book, suspects.resolve(runs, as_of=early)) == ""
    by_words = Suspects(query=book.item.code)
    assert named(book, suspects.resolve(by_words, as_of=early)) == "A B"
    assert named(book, suspects.resolve(by_words, as_of=storage.watermark())) == "A B C X Y"


def test_what_was_reversed_was_never_there_nor_delivered() -> None:
    book = Book.told("x: (S1) → A 10 → freezer\n(S1) → B 10 → freezer\nundo x")
    given = Suspects(
        deliveries=(Deliveries(book.partners["S1"].uid),), places=(AtPlace(book.places["freezer"].uid),)
    )
    assert named(book, suspects.resolve(given, as_of=storage.watermark())) == "B"
    assert named(book, suspects.resolve(given, as_of=book.sequences[1])) == "A B"


def test_serials_inside_a_suspected_lot_are_suspected() -> None:
    book = Book.told("(S1) → A 5\n(S1) → #1 1\n(S1) → #2 1")
    Lot.objects.filter(number="#1", item=book.serials).update(inside=book.lot("A"))
    found = suspects.resolve(Suspects(lots=(book.lot("A").uid,)), as_of=storage.watermark())
    assert found == tuple(sorted(book.keys("A #1")))


def test_what_the_book_does_not_know_is_named_all_at_once(book: Book) -> None:
    given = Suspects(
        lots=(book.lot("A").uid, uuid4()), units=(book.places["[R1]"].uid,), runs=(uuid4(),),
        deliveries=(Deliveries(uuid4()),), places=(AtPlace(uuid4()),), without=(uuid4(),),
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        suspects.resolve(given, as_of=storage.watermark())
    fields = [fault.field for fault in refused.value.faults]
    assert fields == ["lots/1", "without/0", "units/0", "runs/0", "places/0/place", "deliveries/0/partner"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"lots": "A"}, "lots"),
        ({"lots": ["A"]}, "lots/0"),
        ({"wrong": []}, "wrong"),
        ({"query": 7}, "query"),
        ({"query": "x" * 201}, "query"),
        ({"runs": ["018f7b3c-0000-7000-8000-000000000001"] * 10_001}, "runs"),
        ({"deliveries": [{"from": "2027-01-01"}]}, "deliveries/0/partner"),
        ({"places": [{"place": str(uuid4()), "from": "soon"}]}, "places/0/from"),
        (
            {"places": [{"place": str(uuid4()), "from": "2027-02-01", "until": "2027-01-01"}]},
            "places/0/until",
        ),
        ({"places": [{"place": str(uuid4()), "at": 1}]}, "places/0/at"),
    ],
)
def test_malformed_suspects_are_refused_by_name(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        suspects.from_json(given)
    assert field in [fault.field for fault in refused.value.faults]


# -- API, command, file -------------------------------------------------------------------------------


def test_the_api_gives_exact_numbers_page_by_page_or_all(client: Client, book: Book) -> None:
    uid = str(book.lot("A").uid)
    answer = client.get("/api/v1/trace/scope", {"lot": uid, "full": "true"})
    assert answer.status_code == 200, answer.content
    told = json.loads(answer.content)
    assert (told["affected"], told["suspects"], told["next"]) == (2, 1, None)
    a, x = told["lots"]
    assert (a["lot"], a["suspect"], a["came"], a["on_hand"], a["consumed"]) == ("A", True, 10, 5, 5)
    assert [(one["kind"], one["partner"], one["document"]) for one in x["crossings"]] == [
        ("shipped", "C1", "D-1")
    ]
    assert told["totals"]["items"][0]["came"] == 19
    posted = client.post(
        "/api/v1/trace/scope",
        {"suspects": {"lots": [uid]}, "limit": 1, "as_of": told["as_of"]},
        content_type="application/json",
    )
    first = json.loads(posted.content)
    assert (first["lots"], first["totals"]) == ([a], told["totals"])
    second = client.get("/api/v1/trace/scope", {"lot": uid, "limit": 1, "after": first["next"]})
    assert json.loads(second.content)["lots"] == [x]
    assert json.loads(second.content)["next"] is None


@pytest.mark.parametrize(
    ("words", "status", "field"),
    [
        ({}, 400, "suspects"),
        ({"lot": "nothing"}, 404, "lot"),
        ({"supplier": "nobody"}, 404, "supplier"),
        ({"run": "none"}, 404, "run"),
        ({"place": "nowhere"}, 404, "place"),
        ({"query": "x", "from": "2027-01-01"}, 400, "from"),
        ({"query": "x", "as_of": 2**62}, 400, "as_of"),
    ],
)
def test_the_api_names_what_is_wrong(client: Client, words: dict[str, Any], status: int, field: str) -> None:
    answer = client.get("/api/v1/trace/scope", words)
    assert answer.status_code == status, answer.content
    told = json.loads(answer.content)
    assert field in [one["field"] for one in told["faults"]], told


def test_the_command_says_the_same_as_the_api(
    client: Client, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    words = ["scope", "--supplier", book.partners["S1"].code, "--until", "2026-03-01T12:01Z"]
    options = parser.parse_args([*words, "--json"])
    assert options.run(options) == 0
    told = json.loads(capsys.readouterr().out)
    query = {"supplier": book.partners["S1"].code, "until": "2026-03-01T12:01Z", "full": "true"}
    assert told == json.loads(client.get("/api/v1/trace/scope", query).content)
    assert [one["lot"] for one in told["lots"]] == ["A", "X"]
    options = parser.parse_args(words)
    assert options.run(options) == 0
    assert "2 lots affected by 1 suspects" in capsys.readouterr().out


def test_files_say_what_who_when_and_as_of(client: Client, book: Book) -> None:
    words = {"run": book.places["[R1]"].code}
    answer = client.get("/trace/scope/export/shipments", words)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = list(csv.reader(io.StringIO(text)))
    about = {line[0]: line[1] for line in lines if len(line) == 2}
    assert about["Made by"] == "user:ann"
    assert about["As of sequence"] == str(storage.watermark())
    assert about["Scope of"] == f"run {words['run']}"
    assert about["Made at"]
    assert lines[-1][0:2] == ["shipped", "C1"]
    assert lines[-1][4:6] == ["X", "4"]
    sheet = client.get("/trace/scope/export/lots", {**words, "format": "xlsx"})
    assert b"".join(sheet.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert client.get("/trace/scope/export/nothing", words).status_code == 404


def test_as_many_statements_for_many_lots_as_for_few() -> None:
    def statements(book: Book) -> int:
        given = Suspects(lots=(book.lot("A").uid,), deliveries=(Deliveries(book.partners["S1"].uid),))
        with CaptureQueriesContext(connection) as captured, sql.counted() as counted:
            queries.rows(queries.scope(given))
        return len(captured) + len(counted)

    few = Book.told("(S1) → A 1000\nA 5 → [R] → B 5\nB 1 → (C1)")
    many = Book.told("(S1) → A 1000\nA 5 → [R] → B 5\nB 1 → (C1)")
    for n in range(30):
        many.tell(f"A 5 → [R-{n}] → B-{n} 5")
        many.tell(f"B-{n} 2 → (C{n})")
        many.tell(f"B-{n} 1 → place-{n}")
    counts = statements(few), statements(many)
    # On SQLite a walk takes a statement for each step; both are as deep.
    assert counts[0] == counts[1] <= 40


# -- random graphs ------------------------------------------------------------------------------------


def reckoned(author: Author, number: str) -> tuple[dict[str, int], set[tuple[int, int]]]:
    """The account of a lot from the drafts alone, in plain dictionaries."""
    world, net = author.world, defaultdict[int, int](int)
    for draft in world.drafts:
        for move in draft.moves:
            if move.lot.number == number:  # type: ignore[union-attr]
                net[move.destination] += move.quantity
                net[move.source] -= move.quantity
    outside = {place for _, place in author.customers}
    account = {
        "came": -sum(quantity for quantity in net.values() if quantity < 0),
        "on_hand": net[author.shelf],
        "shipped": sum(net[place] for place in outside),
        "consumed": sum(
            quantity
            for place, quantity in net.items()
            if quantity > 0 and place != author.shelf and place not in outside
        ),
    }
    return account, {(place, net[place]) for place in outside if net[place]}


def compare(author: Author, start: str, *, forward: bool) -> None:
    world = author.world
    (seed,) = Lot.objects.filter(item=author.item, number=start).values_list("pk", flat=True)
    found = queries.scope([seed], forward=forward)
    rows = {row.number: row for row in queries.rows(found)}
    assert set(rows) == world.reach(start, forward=forward) | {start}
    for number, row in rows.items():
        account, sent = reckoned(author, number)
        assert {name: row.account[name] for name in account} == account, number
        assert [one.quantity for one in row.places] == ([account["on_hand"]] if account["on_hand"] else [])
        got: dict[int, int] = defaultdict(int)
        for one in row.crossed:
            got[one.place] += one.quantity if one.kind == SHIPPED else 0
        assert {(place, quantity) for place, quantity in got.items() if quantity} == sent
    assert [total.account["came"] for total in found.item_totals()] == [
        sum(row.account["came"] for row in rows.values())
    ]


@pytest.mark.heavy
def test_scopes_agree_with_a_plain_reckoning(long_run: bool) -> None:
    stage = Stage()
    for seed in range(20_000 if long_run else 500):
        with transaction.atomic():
            author = Author(seed, stage)
            world = author.write()
            actions.post(world.drafts, actor="user:test")
            numbers = sorted(world.named)
            for start in author.dice.sample(numbers, min(3, len(numbers))):
                for forward in (True, False):
                    compare(author, start, forward=forward)
            transaction.set_rollback(True)


def test_a_wrong_book_would_be_noticed() -> None:
    """The positive control: a movement taken from the paper makes the comparison fail."""
    author = Author(3)
    world = author.write()
    actions.post(world.drafts, actor="user:test")
    start = next(iter(world.named))
    compare(author, start, forward=True)
    lost = next(draft for draft in world.drafts if any(m.lot.number == start for m in draft.moves))  # type: ignore[union-attr]
    world.drafts.remove(lost)
    assert lost.uid is not None
    assert Movement.objects.filter(event__uid=lost.uid).exists()
    with pytest.raises(AssertionError):
        compare(author, start, forward=True)
