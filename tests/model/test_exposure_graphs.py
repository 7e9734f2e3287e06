"""Exposure of random genealogies against exact fractions, both readings, through the whole book.

Partial consumption, splits, merges, silos, rework, goods that come back from runs and from customers, losses,
reversals, backdated events, pieces with and without a net weight, and inputs nobody measured.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.db import transaction

from lotbook.foundation.catalog.models import Conversion, Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Name
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace.exposure import queries, solving
from tests.model.exposure_reference import Equations, Happened, Paper, Replayed, reach

MORNING = datetime(2026, 1, 1, 6, tzinfo=UTC)
PIECE = Fraction(7, 20)
RUNS_MAX = 7


class Stage:
    """The items, places and partners of any number of histories, one after the other."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.items = [
            self.item("KGM", 3, Fraction(1, 1000)),
            self.item("GRM", 0, Fraction(1, 1000)),
            self.item("H87", 0, PIECE),
            self.item("H87", 0, None),
        ]
        for name in ("SHELF", "COLD"):
            self.place(name, "bin", own=True)
        for name in ("S1", "S2", "C1", "C2", "C3"):
            partner = Partner.objects.create(code=f"{name}-{uuid4()}", name=name)
            self.place(name, "partner", partner=partner)
        self.place("LOSS", "loss")
        for number in range(RUNS_MAX):
            self.place(f"RUN-{number}", "run")

    def item(self, unit: str, scale: int, weight: Fraction | None) -> tuple[int, Fraction | None]:
        made = Item.objects.create(code=f"I-{uuid4()}", name="Goods", unit=unit, scale=scale)
        if unit == "H87" and weight:
            Conversion.objects.create(
                item=made, unit="KGM", numerator=weight.denominator, denominator=weight.numerator
            )
        return made.pk, weight

    def place(self, name: str, kind: str, *, own: bool = False, partner: Partner | None = None) -> None:
        made = Place.objects.create(code=f"{name}-{uuid4()}", name=name, kind=kind, own=own, partner=partner)
        self.places[name] = made.pk


class Author:
    """Writes the same random history on paper and into the book."""

    def __init__(self, seed: int, stage: Stage | None = None) -> None:
        stage = stage or Stage()
        self.dice = random.Random(seed)
        self.paper = Paper()
        self.places, self.items, self.place = stage.places, stage.items, stage.place
        self.paper.suppliers, self.paper.customers = {"S1", "S2"}, {"C1", "C2", "C3"}
        self.item_of: dict[str, int] = {}
        self.stock: dict[tuple[str, str], int] = {}
        self.sent: dict[tuple[str, str], int] = {}
        self.clock = 0

    def post(self, happened: Happened) -> UUID | None:
        """Post what happened; None where the book refuses it (then it is not on paper either)."""
        draft = Draft(
            happened.kind,
            happened.at,
            uid=uuid4(),
            moves=[
                Move(self.ref(lot), self.places[source], self.places[destination], quantity)
                for lot, source, destination, quantity in happened.moves
            ],
            names=[Name("input", lot=self.ref(lot), run=self.places[run]) for lot, run in happened.vague],
            reason="by chance" if happened.kind == "lose" else "",
        )
        try:
            with transaction.atomic():
                actions.post([draft], actor="user:test")
        except Refused:
            return None
        self.paper.events.append(happened)
        return draft.uid

    def ref(self, lot: str) -> LotRef:
        return LotRef(self.item_of[lot], lot)

    def when(self) -> datetime:
        self.clock += 1
        return MORNING + timedelta(minutes=self.clock - self.dice.choice([0, 0, 0, 0, 7, 500]))

    def lot(self, name: str) -> str:
        if name not in self.item_of:
            self.item_of[name], self.paper.weight[name] = self.dice.choice(self.items)
        return name

    def have(self) -> list[tuple[str, str]]:
        return [key for key, quantity in self.stock.items() if quantity > 0]

    def change(self, lot: str, source: str, destination: str, quantity: int) -> tuple[str, str, str, int]:
        for place, sign in ((source, -1), (destination, 1)):
            if place in ("SHELF", "COLD"):
                self.stock[lot, place] = self.stock.get((lot, place), 0) + sign * quantity
        return lot, source, destination, quantity

    def some(self, lot: str, place: str) -> int:
        whole = self.stock[lot, place]
        return self.dice.choice([whole, max(1, whole // 3), self.dice.randint(1, whole)])

    def receive(self) -> None:
        lot, quantity = self.lot(f"R-{self.dice.randint(0, 5)}"), self.dice.randint(50, 200)
        move = self.change(lot, self.dice.choice(["S1", "S2"]), self.dice.choice(["SHELF", "COLD"]), quantity)
        self.post(Happened("receive", self.when(), [move]))

    def use(self, run: str) -> list[tuple[str, str, str, int]]:
        """Put some lots into a run, be it on paper alone."""
        have = self.have()
        chosen = self.dice.sample(have, min(len(have), self.dice.randint(1, 3)))
        return [self.change(lot, place, run, self.some(lot, place)) for lot, place in chosen]

    def make(self, run: str, number: int) -> list[tuple[str, str, str, int]]:
        names = [self.lot(f"M-{number}-{n}") for n in range(self.dice.choice([1, 1, 2]))]
        if self.dice.random() < 0.3:
            names.append(self.dice.choice(sorted(self.item_of)))
        return [
            self.change(lot, run, self.dice.choice(["SHELF", "COLD"]), self.dice.randint(5, 90))
            for lot in dict.fromkeys(names)
        ]

    def run(self, number: int) -> None:
        """A run of its own, or one more turn of a silo that is never empty."""
        runs = sorted(self.paper.runs)
        silo = runs and self.dice.random() < 0.4
        run = self.dice.choice(runs) if silo else f"RUN-{number}"
        if run not in self.places:
            self.place(run, "run")
        self.paper.runs.add(run)
        into = self.use(run)
        if not into:
            return
        if self.dice.random() < 0.4:
            out = self.make(run, number)
            self.post(Happened("transform", self.when(), into + out))
            return
        used = [move for move in into if self.post(Happened("consume", self.when(), [move]))]
        if self.dice.random() < 0.2:
            vague = self.dice.choice(sorted(self.item_of))
            self.post(Happened("observe", self.when(), vague=[(vague, run)]))
        lot, place, _, quantity = into[0]
        # Only what the book saw go in can come back as it was.
        if self.dice.random() < 0.3 and into[0] in used:
            back = self.change(lot, run, place, self.dice.randint(1, quantity))
            self.post(Happened("unconsume", self.when(), [back]))
        for move in self.make(run, number):
            self.post(Happened("produce", self.when(), [move]))
        if self.dice.random() < 0.2:
            self.post(Happened("lose", self.when(), [(lot, run, "LOSS", self.dice.randint(1, 9))]))

    def ship(self) -> None:
        if have := self.have():
            lot, place = self.dice.choice(have)
            customer = self.dice.choice(sorted(self.paper.customers))
            move = self.change(lot, place, customer, self.some(lot, place))
            if self.post(Happened("ship", self.when(), [move])):
                self.sent[lot, customer] = self.sent.get((lot, customer), 0) + move[3]

    def give_back(self) -> None:
        if have := [key for key, quantity in self.sent.items() if quantity > 0]:
            lot, customer = self.dice.choice(have)
            quantity = self.dice.randint(1, self.sent[lot, customer])
            self.sent[lot, customer] -= quantity
            self.post(Happened("return", self.when(), [self.change(lot, customer, "SHELF", quantity)]))

    def shift(self) -> None:
        if have := self.have():
            lot, place = self.dice.choice(have)
            other = "COLD" if place == "SHELF" else "SHELF"
            move = self.change(lot, place, other, self.some(lot, place))
            self.post(Happened("move", self.when(), [move]))

    def take_back(self) -> None:
        """Reverse an event, if the book lets us: then it never happened."""
        done = [event for event in self.paper.events if event.kind != "observe"]
        if not done:
            return
        event = self.dice.choice(done)
        uid = self.uids.get(id(event))
        if uid is None:
            return
        try:
            with transaction.atomic():
                actions.reverse(uid, actor="user:test", reason="by chance")
        except Refused:
            return
        self.paper.events.remove(event)
        for lot, source, destination, quantity in event.moves:
            self.change(lot, destination, source, quantity)
            if event.kind in ("ship", "return"):
                customer, sign = (destination, -1) if event.kind == "ship" else (source, 1)
                self.sent[lot, customer] += sign * quantity

    def write(self) -> Paper:
        self.uids: dict[int, UUID] = {}
        plain = self.post

        def remembered(happened: Happened) -> UUID | None:
            uid = plain(happened)
            if uid is None:
                for lot, source, destination, quantity in happened.moves:
                    self.change(lot, destination, source, quantity)
            else:
                self.uids[id(happened)] = uid
            return uid

        self.post = remembered  # type: ignore[method-assign]  # the author of the paper keeps its numbers
        for _ in range(self.dice.randint(2, 4)):
            self.receive()
        acts = [self.ship, self.shift, self.give_back, self.receive, self.take_back]
        for number in range(self.dice.randint(1, RUNS_MAX)):
            self.run(number)
            for _ in range(self.dice.randint(0, 2)):
                self.dice.choice(acts)()
        return self.paper


def compare(author: Author, suspects: set[str]) -> None:
    paper = author.paper
    key = dict(Lot.objects.filter(item__in=[pk for pk, _ in author.items]).values_list("number", "pk"))
    exact = reach(paper, suspects)
    by_reach = queries.exposure([key[lot] for lot in suspects])
    assert by_reach.settled
    for lot, pk in key.items():
        found = by_reach.of(pk)
        assert (found.share if found else 0.0) == pytest.approx(
            float(exact.get(lot, 0)), abs=by_reach.error + 1e-12
        )
    replayed = Replayed(paper, suspects)
    by_time = queries.exposure([key[lot] for lot in suspects], reading="replay")
    for lot, pk in key.items():
        found = by_time.of(pk)
        if found is None:
            assert not exact.get(lot) or lot in suspects
            continue
        assert found.share == pytest.approx(float(replayed.share(lot)), abs=by_time.error), lot
    names = {author.places[customer]: customer for customer in paper.customers}
    numbers = {pk: lot for lot, pk in key.items()}
    got = by_time.got
    told = {
        (numbers[lot], names[place]): suspect
        for lot, place, suspect in zip(
            got.lot.tolist(), got.place.tolist(), got.suspect.tolist(), strict=True
        )
    }
    assert set(told) <= set(author.sent)
    for pair, suspect in told.items():
        whole = max(author.sent[pair], 0)
        assert suspect == pytest.approx(min(max(float(replayed.got[pair]), 0), whole), abs=1e-6), pair
    assert not [pair for pair, part in replayed.got.items() if part > 1e-6 and pair not in told]


@pytest.mark.django_db
def test_shares_agree_with_exact_fractions(long_run: bool) -> None:
    exposed = vague = 0
    stage = Stage()
    for seed in range(20_000 if long_run else 500):
        with transaction.atomic():
            author = Author(seed, stage)
            author.write()
            raw = sorted(
                {move[0] for event in author.paper.events for move in event.moves if event.kind == "receive"}
            )
            if raw:
                suspects = set(author.dice.sample(raw, min(len(raw), author.dice.choice([1, 1, 2]))))
                compare(author, suspects)
                exposed += sum(0 < share < 1 for share in reach(author.paper, suspects).values())
                vague += sum(bool(event.vague) for event in author.paper.events)
            transaction.set_rollback(True)
    assert exposed > 60, "the graphs must mix"
    assert vague > 3, "the graphs must have inputs that nobody measured"


def equations(dice: random.Random) -> tuple[Equations, solving.System]:
    """A small system at random, with circles that keep up to nearly all they get."""
    count = dice.randint(2, 12)
    suspects = set(dice.sample(range(count), dice.choice([1, 1, 2]) if count > 2 else 1))
    amounts: dict[tuple[int, int], int] = {}
    loose: set[tuple[int, int]] = set()
    for _ in range(dice.randint(1, 3 * count)):
        source, target = dice.randrange(count), dice.randrange(count)
        if dice.random() < 0.15:
            loose.add((source, target))
        else:
            amounts[source, target] = dice.choice([1, 5, 50, 2000])
    total = [
        sum(q for (_, t), q in amounts.items() if t == n) + dice.choice([0, 0, 1, 7]) for n in range(count)
    ]
    exact = Equations({str(node) for node in suspects})
    for (source, target), quantity in amounts.items():
        exact.mean[str(target)][str(source)] = Fraction(quantity, total[target])
    for source, target in loose:
        exact.vague[str(target)].add(str(source))
    pairs, vague = list(amounts), sorted(loose)

    def end(edges: list[tuple[int, int]], side: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([edge[side] for edge in edges], dtype=np.int64)

    system = solving.System(
        count=count,
        suspects=np.array(sorted(suspects)),
        source=end(pairs, 0),
        target=end(pairs, 1),
        amount=np.array([amounts[pair] for pair in pairs], dtype=float),
        total=np.array(total, dtype=float),
        loose_source=end(vague, 0),
        loose_target=end(vague, 1),
    )
    return exact, system


@pytest.mark.once
def test_the_solution_is_that_of_linear_algebra_within_its_stated_error(long_run: bool) -> None:
    worst = 0.0
    for seed in range(20_000 if long_run else 500):
        exact, system = equations(random.Random(seed))
        shares = exact.solved()
        found = solving.solve(system)
        for node in range(system.count):
            off = abs(found.shares[node] - float(shares.get(str(node), 0)))
            assert off <= found.error + 1e-12, (seed, node)
            worst = max(worst, off)
        assert found.settled, seed
        assert found.error < 1e-6, seed
    assert worst < 1e-6
