"""Traces of random genealogies against a plain search: the same lots, quantities and events, both ways.

500 graphs, 20,000 in the long run: splits, merges, by-products, rework loops, late inputs and reversals.
Each is posted to one stage of places and partners, compared, and undone.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.models import Event
from lotbook.traceability.ledger.rules import Draft, LotRef, Move
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries

MORNING = datetime(2026, 1, 1, 6, tzinfo=UTC)
RUNS_MAX = 12


@dataclass
class World:
    """A genealogy on paper: who went into what, who got what, and which events name which lots."""

    inputs: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    outputs: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    named: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    shipped: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    received: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    drafts: list[Draft] = field(default_factory=list)

    def reach(self, start: str, *, forward: bool) -> set[str]:
        """Everything made from (or gone into) ``start``: a search with a stack and two dictionaries."""
        entered, left = (self.inputs, self.outputs) if forward else (self.outputs, self.inputs)
        found: set[str] = set()
        stack = [start]
        seen = {start}
        while stack:
            lot = stack.pop()
            for run, lots in entered.items():
                if lot in lots:
                    for other in left[run]:
                        found.add(other)
                        if other not in seen:
                            seen.add(other)
                            stack.append(other)
        return found - {start}


class Stage:
    """The item, places and partners of any number of genealogies, one after the other."""

    def __init__(self) -> None:
        self.item = Item.objects.create(code=f"I-{uuid4()}", name="Cheese", unit="KGM", scale=0)
        self.shelf = self.place("SHELF", "bin", own=True)
        self.suppliers = [self.partner(f"S{n}") for n in range(3)]
        self.customers = [self.partner(f"C{n}") for n in range(4)]
        self.runs = [self.place(f"RUN-{n}", "run") for n in range(RUNS_MAX)]

    def place(self, code: str, kind: str, *, own: bool = False, partner: Partner | None = None) -> int:
        made = Place.objects.create(code=f"{code}-{uuid4()}", name=code, kind=kind, own=own, partner=partner)
        return int(made.pk)

    def partner(self, name: str) -> tuple[str, int]:
        made = Partner.objects.create(code=f"{name}-{uuid4()}", name=f"{name}-{uuid4()}")
        return made.name, self.place(name, "partner", partner=made)


class Author:
    """Writes a random genealogy into a world on paper, and into drafts for the book."""

    def __init__(self, seed: int, stage: Stage | None = None) -> None:
        stage = stage or Stage()
        self.dice = random.Random(seed)
        self.world = World()
        self.item, self.shelf, self.runs = stage.item, stage.shelf, stage.runs
        self.suppliers, self.customers = stage.suppliers, stage.customers
        self.stock: dict[str, int] = {}
        self.clock = 0

    def draft(self, kind: str, moves: list[tuple[str, int, int, int]]) -> None:
        self.clock += 1
        uid = uuid4()
        # Backdated by chance: the order of the claims is not the order of the book.
        at = MORNING + timedelta(minutes=self.clock - self.dice.choice([0, 0, 0, 500]))
        self.world.drafts.append(
            Draft(
                kind, at, uid=uid, moves=[Move(LotRef(self.item.pk, lot), a, b, q) for lot, a, b, q in moves]
            )
        )
        for lot, *_ in moves:
            self.world.named[lot].add(uid)

    def receive(self, lot: str) -> None:
        name, place = self.dice.choice(self.suppliers)
        quantity = self.dice.randint(50, 200)
        self.draft("receive", [(lot, place, self.shelf, quantity)])
        self.stock[lot] = self.stock.get(lot, 0) + quantity
        self.world.received[name, lot] += quantity

    def take(self, lot: str) -> int:
        quantity = self.dice.randint(1, max(1, self.stock[lot] // 3))
        self.stock[lot] -= quantity
        return quantity

    def run(self, number: int) -> None:
        """Merges and by-products; outputs may be lots that exist: rework and silos make loops."""
        have = [lot for lot, quantity in self.stock.items() if quantity > 0]
        inputs = self.dice.sample(have, min(len(have), self.dice.randint(1, 4)))
        made = [f"M-{number}-{n}" for n in range(self.dice.choice([1, 1, 2, 3]))]
        if self.dice.random() < 0.25:
            made.append(self.dice.choice(list(self.stock)))
        made = [lot for lot in dict.fromkeys(made) if lot not in inputs]
        name = f"RUN-{number}"
        run = self.runs[number]
        into = {lot: self.take(lot) for lot in inputs}
        out = {lot: self.dice.randint(5, 60) for lot in made}
        if self.dice.random() < 0.5:
            moves = [(lot, self.shelf, run, q) for lot, q in into.items()]
            self.draft("transform", moves + [(lot, run, self.shelf, q) for lot, q in out.items()])
        else:
            parts = [("consume", lot, self.shelf, run, q) for lot, q in into.items()]
            parts += [("produce", lot, run, self.shelf, q) for lot, q in out.items()]
            for kind, lot, a, b, q in parts:
                self.draft(kind, [(lot, a, b, q)])
        for lot, quantity in out.items():
            self.stock[lot] = self.stock.get(lot, 0) + quantity
        self.world.inputs[name], self.world.outputs[name] = into, out

    def ship(self) -> None:
        have = [lot for lot, quantity in self.stock.items() if quantity > 0]
        lot = self.dice.choice(have)
        name, place = self.dice.choice(self.customers)
        quantity = self.take(lot)
        self.draft("ship", [(lot, self.shelf, place, quantity)])
        self.world.shipped[name, lot] += quantity

    def write(self) -> World:
        for n in range(self.dice.randint(2, 5)):
            self.receive(f"R-{n}")
        for n in range(self.dice.randint(1, RUNS_MAX)):
            self.run(n)
            if self.dice.random() < 0.5:
                self.ship()
            if self.dice.random() < 0.2:
                self.receive(f"R-{self.dice.randint(0, 6)}")
        return self.world


def compare(world: World, item: Item, start: str, *, forward: bool) -> None:
    (uid,) = Lot.objects.filter(item=item, number=start).values_list("uid", flat=True)
    subject = queries.subject_of_lot(uid)
    assert subject is not None
    answer = queries.trace(subject, "forward" if forward else "back")
    expected = world.reach(start, forward=forward)
    assert {one.lot for one in answer.lots} == expected
    side = expected | {start}
    assert {UUID(event.uid) for event in answer.events} == set().union(*(world.named[lot] for lot in side))
    runs = (world.inputs, world.outputs) if forward else (world.outputs, world.inputs)
    met = [run for run, lots in runs[0].items() if side & lots.keys()]
    for one in answer.lots:
        assert one.quantity == sum(runs[1][run].get(one.lot, 0) for run in met), one
    crossed = world.shipped if forward else world.received
    partners: dict[str, int] = defaultdict(int)
    for (name, number), quantity in crossed.items():
        if number in side:
            partners[name] += quantity
    found = answer.customers if forward else answer.suppliers
    assert {one.name: sum(q for _, q, _ in one.quantities) for one in found} == dict(partners)


@pytest.mark.heavy
@pytest.mark.django_db
def test_traces_agree_with_a_plain_search(long_run: bool) -> None:
    stage = Stage()
    for seed in range(20_000 if long_run else 500):
        with transaction.atomic():
            author = Author(seed, stage)
            world = author.write()
            actions.post(world.drafts, actor="user:test")
            numbers = sorted(world.named)
            for start in author.dice.sample(numbers, min(3, len(numbers))):
                for forward in (True, False):
                    compare(world, author.item, start, forward=forward)
            transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_reversed_run_links_nothing_and_its_past_can_still_be_asked() -> None:
    """MILK → [RUN] → CHEESE, then the production is reversed: as of before, the link is there."""
    author = Author(1)
    author.receive("MILK")
    run = author.runs[0]
    author.draft("consume", [("MILK", author.shelf, run, 10)])
    author.draft("produce", [("CHEESE", run, author.shelf, 9)])
    receipts = actions.post(author.world.drafts, actor="user:test")
    before = Event.objects.order_by("-sequence").values_list("sequence", flat=True)[0]
    actions.reverse(receipts[2].uid, actor="user:test", reason="wrong cheese")  # type: ignore[arg-type]
    subject = queries.subject_of_lot(Lot.objects.get(number="MILK", item=author.item).uid)
    assert subject is not None
    assert queries.trace(subject, "forward").lots == []
    assert [lot.lot for lot in queries.trace(subject, "forward", as_of=before).lots] == ["CHEESE"]
