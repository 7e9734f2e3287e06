"""Each kind of gap is planted and found, with its repair; a clean world has none.

FARM → MILK/M-n → [RUN-n] → CHEESE/C-n → SHOP, at two sites, one month.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel import outbox, periodic, sql
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Name, Receipt
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.gaps import commands, nightly, queries, reading, registry
from lotbook.traceability.trace.gaps.rules import KINDS, Gap, Report

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
WHOLE = {"supplier_lot": "F-1", "expires_on": date(2027, 3, 1)}


class Dairy:
    """Two sites that make cheese without a gap; ``start`` is where in the book the world begins."""

    def __init__(self) -> None:
        self.tag = uuid4().hex[:6]
        self.start = engine.watermark()
        self.sites = [self.place(f"SITE-{n}", "site", own=True) for n in range(2)]
        self.shelves = [
            self.place(f"SHELF-{n}", "bin", own=True, parent=site) for n, site in enumerate(self.sites)
        ]
        self.farm, self.shop = self.partner("FARM"), self.partner("SHOP")
        self.loss, self.difference = (
            Place.objects.get_or_create(code=code, defaults={"kind": code.lower()})[0]
            for code in ("LOSS", "DIFFERENCE")
        )
        self.milk = Item.objects.create(
            code=f"MILK-{self.tag}", name="Milk", unit="KGM", scale=0, shelf_life_days=20
        )
        self.cheese = Item.objects.create(code=f"CHEESE-{self.tag}", name="Cheese", unit="KGM", scale=0)
        self.runs: list[Place] = []
        for n in range(12):
            self.day(n)

    def place(self, code: str, kind: str, **more: Any) -> Place:
        return Place.objects.create(code=f"{code}-{self.tag}", name=code, kind=kind, **more)

    def partner(self, name: str) -> Place:
        made = Partner.objects.create(code=f"{name}-{self.tag}", name=name)
        return self.place(name, "partner", partner=made)

    def post(self, kind: str, day: float, *moves: Move, **more: Any) -> Receipt:
        (receipt,) = actions.post(
            [Draft(kind, START + timedelta(days=day), moves=moves, **more)], actor="user:test"
        )
        assert isinstance(receipt, Receipt)
        return receipt

    def day(self, n: int) -> None:
        """Milk comes, a run makes cheese of it a day later, some is shipped the day after."""
        shelf = self.shelves[n % 2].pk
        self.receive(f"M-{n}", n)
        run = self.run(n)
        self.post("consume", n + 1, Move(self.ref(self.milk, f"M-{n}"), shelf, run, 100))
        self.post("produce", n + 1.1, Move(self.ref(self.cheese, f"C-{n}"), run, shelf, 89 + n % 3))
        self.post(
            "lose", n + 1.2, Move(self.ref(self.milk, f"M-{n}"), shelf, self.loss.pk, 1), reason="spilt"
        )
        self.post("ship", n + 2, Move(self.ref(self.cheese, f"C-{n}"), shelf, self.shop.pk, 40))

    def run(self, n: int) -> int:
        self.runs.append(self.place(f"RUN-{n}", "run"))
        return self.runs[-1].pk

    def receive(self, number: str, n: int, **facts: Any) -> LotRef:
        ref = replace(self.ref(self.milk, number), facts=facts or WHOLE)
        self.post("receive", n, Move(ref, self.farm.pk, self.shelves[n % 2].pk, 200))
        return self.ref(self.milk, number)

    def ref(self, item: Item, number: str) -> LotRef:
        return LotRef(item.pk, number)

    def report(self) -> Report:
        return queries.report()

    def gaps(self, report: Report | None = None) -> list[Gap]:
        return (report or self.report()).gaps


@pytest.fixture
def dairy(db: None) -> Dairy:
    return Dairy()


def found(dairy: Dairy) -> list[tuple[str, str]]:
    return [(one.kind, one.label.split(" RUN")[0]) for one in dairy.gaps()]


def test_a_clean_world_has_no_gap(dairy: Dairy) -> None:
    report = dairy.report()
    assert report.gaps == []
    assert {one.name: one.percent for one in report.scores} == {"SITE-0": 100.0, "SITE-1": 100.0}
    assert [one.looked_at for one in report.scores] == [18, 18]
    assert report.total.percent == 100.0


# -- one planted gap each -----------------------------------------------------------------------------


def no_inputs(dairy: Dairy) -> str:
    run = dairy.run(90)
    dairy.post("produce", 3, Move(dairy.ref(dairy.cheese, "GHOST"), run, dairy.shelves[0].pk, 5))
    return "run"


def more_out_than_in(dairy: Dairy) -> str:
    run = dairy.run(91)
    dairy.post("consume", 3, Move(dairy.ref(dairy.milk, "M-2"), dairy.shelves[0].pk, run, 10))
    dairy.post("produce", 4, Move(dairy.ref(dairy.cheese, "BIG"), run, dairy.shelves[0].pk, 13))
    return "run"


def odd_yield(dairy: Dairy) -> str:
    run = dairy.run(92)
    dairy.post("consume", 3, Move(dairy.ref(dairy.milk, "M-2"), dairy.shelves[0].pk, run, 50))
    dairy.post("produce", 4, Move(dairy.ref(dairy.cheese, "SMALL"), run, dairy.shelves[0].pk, 20))
    return "run"


def counted_away(dairy: Dairy) -> str:
    moves = Move(dairy.ref(dairy.milk, "M-4"), dairy.shelves[0].pk, dairy.difference.pk, 30)
    dairy.post("adjust", 9, moves, reason="not there")
    return "lot"


def too_much_back(dairy: Dairy) -> str:
    moves = Move(dairy.ref(dairy.cheese, "C-4"), dairy.shop.pk, dairy.shelves[0].pk, 41)
    dairy.post("return", 20, moves)
    return "event"


def no_supplier_lot(dairy: Dairy) -> str:
    dairy.receive("NAMELESS", 4, expires_on=date(2027, 3, 1))
    return "edit"


def no_expiry(dairy: Dairy) -> str:
    dairy.receive("ENDLESS", 4, supplier_lot="F-9")
    return "edit"


def ends_before_made(dairy: Dairy) -> str:
    dates = {"produced_on": date(2026, 3, 1), "expires_on": date(2026, 2, 1)}
    moves = Move(
        replace(dairy.ref(dairy.cheese, "BACKWARDS"), facts=dates),
        dairy.difference.pk,
        dairy.shelves[0].pk,
        5,
    )
    dairy.post("opening", 1, moves)
    return "edit"


def used_before_it_came(dairy: Dairy) -> str:
    late = dairy.receive("LATE", 8, **WHOLE)
    run = dairy.run(93)
    dairy.post("consume", 6, Move(late, dairy.shelves[0].pk, run, 100))
    dairy.post("produce", 6.5, Move(dairy.ref(dairy.cheese, "EARLY"), run, dairy.shelves[0].pk, 90))
    return "event"


def made_before_its_inputs(dairy: Dairy) -> str:
    run = dairy.run(94)
    dairy.post("produce", 3, Move(dairy.ref(dairy.cheese, "FIRST"), run, dairy.shelves[0].pk, 45))
    dairy.post("consume", 4, Move(dairy.ref(dairy.milk, "M-2"), dairy.shelves[0].pk, run, 50))
    return "event"


def shipped_before_made(dairy: Dairy) -> str:
    run = dairy.run(95)
    dairy.post("consume", 3, Move(dairy.ref(dairy.milk, "M-2"), dairy.shelves[0].pk, run, 50))
    dairy.post("produce", 4, Move(dairy.ref(dairy.cheese, "HASTY"), run, dairy.shelves[0].pk, 45))
    dairy.post("ship", 3.5, Move(dairy.ref(dairy.cheese, "HASTY"), dairy.shelves[0].pk, dairy.shop.pk, 5))
    return "event"


PLANTED: list[tuple[Callable[[Dairy], str], str, str]] = [
    (no_inputs, "no_inputs", "RUN-90"),
    (more_out_than_in, "impossible_yield", "RUN-91"),
    (odd_yield, "odd_yield", "RUN-92"),
    (counted_away, "quantities", "Milk M-4"),
    (too_much_back, "quantities", "Cheese C-4"),
    (no_supplier_lot, "no_supplier_lot", "Milk NAMELESS"),
    (no_expiry, "missing", "Milk ENDLESS"),
    (ends_before_made, "times", "Cheese BACKWARDS"),
    (used_before_it_came, "times", "Milk LATE"),
    (made_before_its_inputs, "times", "RUN-94"),
    (shipped_before_made, "times", "Cheese HASTY"),
]


@pytest.mark.parametrize(("plant", "kind", "label"), PLANTED, ids=[plant.__name__ for plant, *_ in PLANTED])
def test_each_kind_of_gap_is_found_alone(
    dairy: Dairy, plant: Callable[[Dairy], str], kind: str, label: str
) -> None:
    page = plant(dairy)
    report = dairy.report()
    assert [(one.kind, one.label.startswith(label)) for one in report.gaps] == [(kind, True)], report.gaps
    (gap,) = report.gaps
    assert gap.page == page
    assert gap.site_name == "SITE-0"
    assert str(UUID(gap.page_uid)) == gap.page_uid
    score = {one.name: one for one in report.scores}
    assert score["SITE-0"].percent < 100.0 == score["SITE-1"].percent
    assert score["SITE-0"].with_gaps == 1


def test_every_kind_is_planted_somewhere() -> None:
    assert {kind for _, kind, _ in PLANTED} == set(KINDS)


def test_what_was_taken_back_is_no_gap_and_its_past_can_be_asked(dairy: Dairy) -> None:
    run = dairy.run(90)
    wrong = dairy.post("produce", 3, Move(dairy.ref(dairy.cheese, "GHOST"), run, dairy.shelves[0].pk, 5))
    assert [kind for kind, _ in found(dairy)] == ["no_inputs"]
    actions.reverse(wrong.uid, actor="user:test", reason="typing slip")
    assert found(dairy) == []
    assert [one.kind for one in queries.report(as_of=wrong.sequence).gaps] == ["no_inputs"]
    with pytest.raises(Refused, match="decided so far"):
        queries.report(as_of=engine.watermark() + 1)


def test_inputs_known_by_name_alone_are_inputs(dairy: Dairy) -> None:
    """Others report what went in without quantities: that is an input, and no mass to judge by."""
    run, milk = dairy.run(96), dairy.ref(dairy.milk, "M-2")
    names = [Name("input", lot=milk, run=run), Name("output", lot=dairy.ref(dairy.cheese, "NAMED"), run=run)]
    dairy.post("foreign", 3, names=names)
    assert found(dairy) == []


def test_a_run_that_is_not_done_is_not_judged_low(dairy: Dairy) -> None:
    run = dairy.run(97)
    dairy.post("consume", 14, Move(dairy.ref(dairy.milk, "M-2"), dairy.shelves[0].pk, run, 50))
    dairy.post("produce", 14.1, Move(dairy.ref(dairy.cheese, "PART"), run, dairy.shelves[0].pk, 5))
    assert found(dairy) == []


def test_only_what_was_recorded_since_is_looked_at(dairy: Dairy) -> None:
    no_inputs(dairy)
    assert found(dairy) != []
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    later = queries.report(since=tomorrow)
    assert later.gaps == []
    assert later.scores == []
    assert queries.report(since=date(2020, 1, 1)).gaps == dairy.gaps()


def test_rooms_say_what_a_lot_needs(dairy: Dairy) -> None:
    def needs_origin(lots: Any) -> list[registry.Lack]:
        named = Lot.objects.filter(pk__in=lots, number="M-3")
        return [registry.Lack(lot.pk, "Country of origin") for lot in named]

    registry.register("test.origin", needs_origin)
    try:
        assert [(one.kind, one.label, one.sentence) for one in dairy.gaps()] == [
            ("missing", "Milk M-3", "Missing: Country of origin.")
        ]
        with pytest.raises(ValueError, match="already"):
            registry.register("test.origin", lambda _: [])
    finally:
        registry.forget("test.origin")


def test_statements_grow_with_portions_only(dairy: Dairy, monkeypatch: pytest.MonkeyPatch) -> None:
    with sql.counted() as few:
        before = dairy.gaps()
    for n in range(20, 26):
        dairy.day(n)
    with sql.counted() as more:
        assert dairy.gaps() == before
    assert len(more) == len(few) <= 20
    no_inputs(dairy)
    odd_yield(dairy)
    wanted = dairy.gaps()
    monkeypatch.setattr(reading, "CHUNK", 7)
    assert dairy.gaps() == wanted
    assert len(wanted) == 2


# -- every night, and faces ---------------------------------------------------------------------------


def test_every_night_the_scores_are_told(dairy: Dairy) -> None:
    no_supplier_lot(dairy)
    assert nightly.TOPIC in periodic._jobs
    heard: list[Any] = []
    outbox.listen(nightly.TOPIC, heard.append)
    try:
        nightly.run()
        outbox.deliver()
    finally:
        outbox.unlisten(nightly.TOPIC, heard.append)
    (night,) = nightly.last()
    assert night.gaps == 1
    assert night.sites == {"SITE-0": pytest.approx(94.7), "SITE-1": 100.0}
    assert heard[0]["kinds"]["no_supplier_lot"] == 1


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ann", role="auditor"))
    return client


def test_the_page_lists_filters_and_links_to_the_repair(client: Client, dairy: Dairy) -> None:
    assert "No gaps:" in client.get("/trace/gaps").content.decode()
    no_supplier_lot(dairy)
    counted_away(dairy)
    nightly.run()
    text = client.get("/trace/gaps").content.decode()
    nameless = Lot.objects.get(number="NAMELESS", item=dairy.milk)
    assert f"/lots/{nameless.uid}/edit" in text or str(nameless.uid) in text
    assert "1 nightly report" in text
    only = client.get("/trace/gaps", {"kind": "quantities", "site": "SITE-0"}).content.decode()
    assert "Milk M-4" in only
    assert "NAMELESS" not in only
    assert "No gap passes the filter" in client.get("/trace/gaps", {"text": "nowhere"}).content.decode()
    assert client.get("/trace/gaps", {"kind": "none"}).status_code == 400
    assert client.get("/trace/gaps", {"as_of": "999999999"}).status_code == 400
    answer = cast("Any", client.get("/trace/gaps", {"format": "csv"}))
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [line[0] for line in lines[-2:]] == [KINDS["quantities"], KINDS["no_supplier_lot"]]
    assert client.get("/trace/gaps", {"format": "xlsx"}).status_code == 200
    assert Client().get("/trace/gaps").status_code == 302


def test_the_api_answers_as_the_command_does(
    client: Client, dairy: Dairy, capsys: pytest.CaptureFixture[str]
) -> None:
    no_inputs(dairy)
    no_expiry(dairy)
    answer = client.get("/api/v1/trace/gaps")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [one["kind"] for one in told["items"]] == ["no_inputs", "missing"]
    assert command("--json") == 0
    # Ninja writes UTC as Z, Python as +00:00.
    assert json.loads(capsys.readouterr().out.replace('+00:00"', 'Z"')) == told
    assert command("--kind", "missing", "--tell") == 0
    assert "ENDLESS" in capsys.readouterr().out
    assert len(nightly.last()) == 1
    one = client.get("/api/v1/trace/gaps", {"kind": "missing", "limit": "0"}).json()
    assert (one["gaps"], one["listed"], one["items"]) == (2, 1, [])
    assert client.get("/api/v1/trace/gaps", {"kind": "none"}).status_code in (400, 422)
    assert Client().get("/api/v1/trace/gaps").status_code == 401


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    options = parser.parse_args(["gaps", *words])
    return int(options.run(options))
