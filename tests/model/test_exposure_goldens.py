"""Exposure of histories small enough to draw: what each reading says, in numbers one can work out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lotbook.traceability.ledger import actions
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace.exposure import queries
from tests.model.exposure_reference import Happened
from tests.model.test_exposure_graphs import MORNING, Author

pytestmark = pytest.mark.django_db


class Story:
    """Tells events by the hour; lots are in grams unless they are named PIECE."""

    def __init__(self) -> None:
        self.author = Author(0)
        self.uids: dict[str, object] = {}

    def at(self, hour: int, kind: str, *moves: str, vague: str = "") -> None:
        """Post movements written ``LOT 50 FROM > TO``."""
        told = []
        for move in moves:
            lot, quantity, source, _, destination = move.split()
            self.known(lot, source, destination)
            told.append((lot, source, destination, int(quantity)))
        happened = Happened(kind, MORNING + timedelta(hours=hour), told)
        if vague:
            lot, _, run = vague.split()
            self.known(lot, run)
            happened.vague.append((lot, run))
        uid = self.author.post(happened)
        assert uid is not None, (kind, moves)
        self.uids[f"{hour} {kind}"] = uid

    def known(self, lot: str, *places: str) -> None:
        grams, pieces = self.author.items[1], self.author.items[3]
        item = pieces if lot.startswith("PIECE") else grams
        self.author.item_of[lot], self.author.paper.weight[lot] = item
        for place in places:
            if place not in self.author.places:
                self.author.place(place, "run")
                self.author.paper.runs.add(place)

    def shares(self, reading: queries.Reading, *suspects: str) -> dict[str, float]:
        """The share of each affected lot, by its number."""
        keys = dict(Lot.objects.filter(number__in=self.author.item_of).values_list("number", "pk"))
        answer = queries.exposure([keys[lot] for lot in suspects], reading=reading)
        names = {key: number for number, key in keys.items()}
        return {names[lot]: round(one.share, 9) for lot, one in answer.shares_by_lot().items()}

    def got(self, reading: queries.Reading, *suspects: str) -> dict[str, tuple[int, int]]:
        """What each customer got, and the suspect part."""
        keys = dict(Lot.objects.filter(number__in=self.author.item_of).values_list("number", "pk"))
        answer = queries.exposure([keys[lot] for lot in suspects], reading=reading)
        return {one.name: (one.quantity, one.suspect) for one in answer.customers}


def test_partial_consumption_and_a_split() -> None:
    """BAD 20 of 100 + CLEAN 60 → [MIX] → A 40, B 40; the rest of BAD stays what it is."""
    story = Story()
    story.at(0, "receive", "BAD 100 S1 > SHELF", "CLEAN 60 S2 > SHELF")
    story.at(
        1, "transform", "BAD 20 SHELF > MIX", "CLEAN 60 SHELF > MIX", "A 40 MIX > SHELF", "B 40 MIX > COLD"
    )
    for reading in queries.READINGS:
        assert story.shares(reading, "BAD") == {"BAD": 1.0, "A": 0.25, "B": 0.25}


def test_a_silo_with_overlapping_fills() -> None:
    """CLEAN 100 → [SILO] → EARLY 50; then BAD 50 → [SILO] → LATE 50. EARLY left before BAD came."""
    story = Story()
    story.at(0, "receive", "BAD 50 S1 > SHELF", "CLEAN 100 S2 > SHELF")
    story.at(1, "consume", "CLEAN 100 SHELF > SILO")
    story.at(2, "produce", "EARLY 50 SILO > SHELF")
    story.at(3, "consume", "BAD 50 SHELF > SILO")
    story.at(4, "produce", "LATE 50 SILO > SHELF")
    third = round(1 / 3, 9)
    assert story.shares("reach", "BAD") == {"BAD": 1.0, "EARLY": third, "LATE": third}
    assert story.shares("replay", "BAD") == {"BAD": 1.0, "EARLY": 0.0, "LATE": 0.5}


def test_a_rework_loop() -> None:
    """A circle.

    BAD 10 + CLEAN 80 + REWORK 10 → [COOK] → SAUCE 100 → 50 + CLEAN 50 → [SORT] → REWORK 100
                        └──────────────────────────────────────────────────────────┘
    x = (10 + 10 r) / 100, r = x / 2: x = 10 / 95. In time, the rework of hour 3 comes too late for hour 2.
    """
    story = Story()
    story.at(0, "receive", "BAD 10 S1 > SHELF", "CLEAN 140 S2 > SHELF")
    story.at(1, "consume", "BAD 10 SHELF > COOK", "CLEAN 80 SHELF > COOK")
    story.at(2, "produce", "SAUCE 80 COOK > SHELF")
    story.at(3, "transform", "SAUCE 50 SHELF > SORT", "CLEAN 50 SHELF > SORT", "REWORK 100 SORT > SHELF")
    story.at(4, "consume", "REWORK 10 SHELF > COOK")
    story.at(5, "produce", "SAUCE 20 COOK > SHELF")
    x = 10 / 95
    assert story.shares("reach", "BAD") == {"BAD": 1.0, "SAUCE": round(x, 9), "REWORK": round(x / 2, 9)}
    first = 1 / 9
    last = (10 * first + 10 * first / 2) / 20
    replayed = story.shares("replay", "BAD")
    assert replayed["REWORK"] == round(first / 2, 9)
    assert replayed["SAUCE"] == round((80 * first + 20 * last) / 100, 9)


def test_a_reversal_in_the_middle() -> None:
    """BAD 50 → [RUN] by mistake, taken back; GOOD 50 → [RUN] → CHEESE: nothing of BAD is in it."""
    story = Story()
    story.at(0, "receive", "BAD 50 S1 > SHELF", "GOOD 50 S2 > SHELF")
    story.at(1, "consume", "BAD 50 SHELF > RUN")
    story.at(2, "consume", "GOOD 50 SHELF > RUN")
    story.at(3, "produce", "CHEESE 100 RUN > SHELF")
    for reading in queries.READINGS:
        assert story.shares(reading, "BAD")["CHEESE"] == 0.5
    actions.reverse(story.uids["1 consume"], actor="user:test", reason="wrong pallet")  # type: ignore[arg-type]
    for reading in queries.READINGS:
        assert story.shares(reading, "BAD") == {"BAD": 1.0}


def test_a_backdated_event_falls_into_its_place() -> None:
    """BAD is recorded last, and went in first: in time it taints EARLY too."""
    story = Story()
    story.at(0, "receive", "BAD 50 S1 > SHELF", "CLEAN 50 S2 > SHELF")
    story.at(2, "consume", "CLEAN 50 SHELF > SILO")
    story.at(3, "produce", "EARLY 50 SILO > SHELF")
    assert story.shares("replay", "CLEAN") == {"CLEAN": 1.0, "EARLY": 1.0}
    story.at(1, "consume", "BAD 50 SHELF > SILO")
    assert story.shares("replay", "BAD") == {"BAD": 1.0, "EARLY": 0.5}


def test_returns_and_what_is_shipped_again() -> None:
    """A lot made twice: its clean half goes to C1, its tainted half to C2; what C1 sends back goes to C3."""
    story = Story()
    story.at(0, "receive", "BAD 100 S1 > SHELF", "CLEAN 100 S2 > SHELF")
    story.at(1, "transform", "CLEAN 100 SHELF > RUN-1", "SAUCE 100 RUN-1 > SHELF")
    story.at(2, "ship", "SAUCE 100 SHELF > C1")
    story.at(3, "transform", "BAD 100 SHELF > RUN-2", "SAUCE 100 RUN-2 > SHELF")
    story.at(4, "ship", "SAUCE 60 SHELF > C2")
    story.at(5, "return", "SAUCE 30 C1 > COLD")
    story.at(6, "ship", "SAUCE 30 COLD > C3")
    assert story.got("reach", "BAD") == {"C1": (70, 35), "C2": (60, 30), "C3": (30, 15)}
    assert story.got("replay", "BAD") == {"C1": (70, 0), "C2": (60, 60), "C3": (30, 0)}


def test_what_came_back_unused_is_not_in_it() -> None:
    """BAD 50 → [RUN], 40 of it back as it was; CLEAN 40 → [RUN] → MADE 50."""
    story = Story()
    story.at(0, "receive", "BAD 50 S1 > SHELF", "CLEAN 40 S2 > SHELF")
    story.at(1, "consume", "BAD 50 SHELF > RUN")
    story.at(2, "unconsume", "BAD 40 RUN > SHELF")
    story.at(3, "consume", "CLEAN 40 SHELF > RUN")
    story.at(4, "produce", "MADE 50 RUN > SHELF")
    for reading in queries.READINGS:
        assert story.shares(reading, "BAD")["MADE"] == 0.2


def test_what_nobody_measured_counts_as_much_as_it_may_be() -> None:
    """Pieces without a net weight, and an input without a quantity."""
    story = Story()
    story.at(0, "receive", "PIECES 10 S1 > SHELF", "BAD 5 S1 > SHELF", "CLEAN 100 S2 > SHELF")
    story.at(1, "consume", "PIECES 10 SHELF > PACK", "CLEAN 50 SHELF > PACK")
    story.at(2, "produce", "BOXED 50 PACK > SHELF")
    story.at(3, "consume", "CLEAN 50 SHELF > STIR")
    story.at(4, "produce", "BEFORE 25 STIR > SHELF")
    story.at(5, "observe", vague="BAD > STIR")
    story.at(6, "produce", "AFTER 25 STIR > SHELF")
    assert story.shares("reach", "PIECES") == {"PIECES": 1.0, "BOXED": 1.0}
    assert story.shares("replay", "PIECES") == {"PIECES": 1.0, "BOXED": 1.0}
    # Of clean pieces nothing is diluted either: the weighed part counts alone.
    assert story.shares("reach", "CLEAN")["BOXED"] == 1.0
    assert story.shares("reach", "BAD") == {"BAD": 1.0, "BEFORE": 1.0, "AFTER": 1.0}
    assert story.shares("replay", "BAD") == {"BAD": 1.0, "BEFORE": 0.0, "AFTER": 1.0}
    lots = dict(Lot.objects.values_list("number", "pk"))
    answer = queries.exposure([lots["BAD"]])
    assert answer.of(lots["AFTER"]) == queries.Share(1.0, bound=True)
    assert answer.of(lots["BAD"]) == queries.Share(1.0, bound=False)
    assert answer.of(lots["CLEAN"]) is None
