"""The genealogy in memory says what the book says: built, brought up to date, as of any sequence."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from tests.model.test_exposure_goldens import Story
from tests.model.test_exposure_graphs import MORNING, Author

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.models import Balance
from lotbook.traceability.ledger.rules import Draft, Name
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.exposure import queries as exposing
from lotbook.traceability.trace.memory import graph as graphs
from lotbook.traceability.trace.memory import keeping, queries, reading
from lotbook.traceability.trace.suspects import Seeds


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    keeping.forget()
    yield
    keeping.forget()


def agree(kept: keeping.Kept, as_of: int) -> int:
    """Compare both directions of every lot with the walk in the book; gives how many nodes were compared."""
    compared = 0
    for lot in Lot.objects.values_list("pk", flat=True):
        for forward in (True, False):
            expected = sorted(engine.reachable([2 * lot], forward=forward, as_of=as_of))
            assert kept.graph.reach([2 * lot], as_of=as_of, forward=forward).tolist() == expected
            compared += len(expected) - 1
    return compared


def shipped(lots: list[int], as_of: int) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for row in engine.crossings(lots, as_of=as_of):
        sums[row.item] += row.shipped - row.returned
    return {item: amount for item, amount in sums.items() if amount}


def of_items(side: queries.Side, part: int) -> dict[int, int]:
    return {item: amounts[part] for item, amounts in side.items.items() if amounts[part]}


@pytest.mark.django_db
def test_memory_agrees_with_the_book_as_of_every_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "TAIL_MAX", 12)  # so that merging happens, too
    met = 0
    author = Author(11)
    author.write()
    kept = keeping.kept(engine.watermark())
    stood: dict[int, dict[int, int]] = {}
    for number in range(100, 130):
        author.run(number)
        author.take_back()
        author.ship()
        author.give_back()
        now = engine.watermark()
        kept = keeping.kept(now)
        assert kept.sequence == now
        met += agree(kept, now)
        stood[now] = on_hand()
    assert met > 500
    assert kept.update_seconds > 0, "it was brought up to date, not built anew"
    lots = sorted(Lot.objects.values_list("pk", flat=True))
    for moment, expected in stood.items():
        agree(kept, moment)
        answer = queries.what_if(Seeds(tuple(lots)), Seeds(tuple(lots[:3])), as_of=moment)
        assert of_items(answer.before, 1) == expected
        assert of_items(answer.before, 2) == shipped(lots, moment)
        some = sorted(
            {
                node // 2
                for node in engine.reachable([2 * lot for lot in lots[:3]], forward=True, as_of=moment)
                if node % 2 == 0
            }
        )
        assert answer.after.lots.tolist() == some
        assert of_items(answer.after, 2) == shipped(some, moment)
        assert sorted([*answer.dropped.tolist(), *some]) == lots
        by_unit: dict[str, int] = defaultdict(int)
        for (_, unit, scale), quantity in answer.before.customers.items():
            by_unit[f"{unit} {scale}"] += quantity
        told: dict[str, int] = defaultdict(int)
        for item, quantity in of_items(answer.before, 2).items():
            told[f"{answer.facts[item].unit} {answer.facts[item].scale}"] += quantity
        assert {k: v for k, v in by_unit.items() if v} == {k: v for k, v in told.items() if v}
    fresh = reading.graph(kept.sequence)
    assert len(fresh) == len(kept.graph)


def on_hand() -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for item, quantity in Balance.objects.filter(own=True).values_list("lot__item", "on_hand"):
        sums[item] += quantity
    return {item: quantity for item, quantity in sums.items() if quantity}


@pytest.mark.django_db
def test_what_a_unit_held_when_it_went_into_a_run_is_followed() -> None:
    """BAD → (PALLET) → [RUN] → MADE; LATER is put on the pallet afterwards, and is in nothing."""
    story = Story()
    story.at(0, "receive", "BAD 10 S1 > SHELF", "LATER 10 S2 > SHELF")
    story.author.place("PALLET", "unit", own=True)
    story.at(1, "pack", "BAD 10 SHELF > PALLET")
    story.known("MADE", "RUN")
    unit, run = story.author.places["PALLET"], story.author.places["RUN"]
    into = Draft("observe", MORNING + timedelta(hours=2), names=[Name("input", unit=unit, run=run)])
    actions.post([into], actor="user:test")
    story.at(3, "produce", "MADE 5 RUN > SHELF")
    story.at(4, "pack", "LATER 10 SHELF > PALLET")
    keys = dict(Lot.objects.values_list("number", "pk"))
    bad, later, made = keys["BAD"], keys["LATER"], keys["MADE"]
    answer = queries.what_if(Seeds((bad,)), Seeds((later,)))
    assert answer.before.lots.tolist() == sorted([bad, made])
    assert answer.after.lots.tolist() == [later]
    for kind in exposing.READINGS:
        found = exposing.exposure([bad], reading=kind)
        assert found.of(made) == exposing.Share(1.0, bound=True)


@pytest.mark.django_db
def test_above_its_limit_nothing_is_built_and_the_answer_says_so(settings: Any) -> None:
    settings.TRACE_MEMORY_MB = 1
    with pytest.raises(
        Refused, match=r"needs about \d+ MB of memory, and may take 1 MB.*LOTBOOK_TRACE_MEMORY_MB"
    ):
        keeping.kept(engine.watermark())
    settings.TRACE_MEMORY_MB = 1024
    assert keeping.kept(engine.watermark()).size > 0


@pytest.mark.django_db
def test_another_book_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    Author(3).write()
    first = keeping.kept(engine.watermark())
    assert keeping.kept(engine.watermark()) is first
    monkeypatch.setattr(reading, "fingerprint", lambda _: "another")
    assert keeping.kept(engine.watermark()) is not first


@pytest.mark.once
def test_threads_that_ask_at_once_build_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []

    def graph(sequence: int) -> graphs.Graph:
        built.append(sequence)
        time.sleep(0.05)
        return graphs.Graph.of(graphs.NOTHING, sequence=sequence)

    monkeypatch.setattr(reading, "graph", graph)
    monkeypatch.setattr(reading, "goods", lambda _: None)
    monkeypatch.setattr(reading, "fingerprint", lambda _: "same")
    monkeypatch.setattr(reading, "watermark", lambda: 7)
    monkeypatch.setattr(reading, "bytes_needed", lambda: 0)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(keeping.kept(7))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [7]
    assert len({id(answer) for answer in answers}) == 1
    assert len(answers) == 8


@pytest.mark.once
def test_numbers_beyond_32_bits_are_refused() -> None:
    big = np.array([2**32])
    with pytest.raises(OverflowError, match="expected numbers up to"):
        graphs.links([big, big, big, big])


# -- over HTTP ----------------------------------------------------------------------------------------


def caller() -> Client:
    User.objects.create(username="ines", role="administrator")
    made = accounts.create_api_key(name="tests", owner="ines", scopes=["trace.view"], actor="lotbook")
    return Client(headers={"X-API-Key": made.secret})


def ask(client: Client, path: str, body: Any) -> Any:
    return client.post(f"/api/v1/trace/{path}", body, content_type="application/json")


@pytest.mark.django_db
def test_what_if_tells_both_scopes_and_what_tells_them_apart() -> None:
    author = Author(11)
    author.write()
    client = caller()
    raw = [lot for lot in author.item_of if lot.startswith("R-")][:2]
    uids = dict(Lot.objects.values_list("number", "uid"))
    body = {"suspects": {"lots": [str(uids[lot]) for lot in raw]}, "drop": {"lots": [str(uids[raw[0]])]}}
    told = ask(client, "what-if", body)
    assert told.status_code == 200, told.content
    answer = told.json()
    assert answer["before"]["suspects"] == 2
    assert answer["after"]["suspects"] == 1
    assert answer["before"]["lots"] - answer["dropped_lots"] + answer["added_lots"] == answer["after"]["lots"]
    assert answer["added_lots"] == 0
    assert len(answer["dropped"]) == answer["dropped_lots"] > 0
    assert answer["memory"]["opened"] is True
    assert answer["memory"]["behind"] == 0
    assert answer["memory"]["bytes"] > 0
    again = ask(client, "what-if", {**body, "as_of": answer["as_of"]}).json()
    assert again["memory"]["opened"] is False
    for part in ("before", "after", "items", "customers"):
        assert again[part] == answer[part]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["what-if", "exposure"])
def test_what_the_book_does_not_know_is_named_by_its_part(path: str) -> None:
    client = caller()
    unknown = "018f7b3c-0000-7000-8000-000000000001"
    told = ask(client, path, {"suspects": {"lots": [unknown]}})
    assert told.status_code == 422
    assert told.json()["faults"][0]["field"] == "suspects/lots/0"
    told = ask(client, path, {"suspects": {}, "as_of": 10**15})
    assert told.status_code == 400
    assert told.json()["faults"][0]["field"] == "as_of"


@pytest.mark.django_db
def test_exposure_over_http_names_the_most_exposed_first() -> None:
    author = Author(11)
    author.write()
    client = caller()
    raw = next(lot for lot in author.item_of if lot.startswith("R-"))
    uid = str(Lot.objects.get(number=raw).uid)
    for kind in ("reach", "replay"):
        answer = ask(client, "exposure", {"suspects": {"lots": [uid]}, "reading": kind}).json()
        assert answer["reading"] == kind
        shares = [lot["share"] for lot in answer["lots"]]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] == 1.0
        assert len(shares) == answer["affected"] > 1
        second = ask(
            client, "exposure", {"suspects": {"lots": [uid]}, "reading": kind, "offset": 1, "limit": 1}
        )
        assert second.json()["lots"] == answer["lots"][1:2]
