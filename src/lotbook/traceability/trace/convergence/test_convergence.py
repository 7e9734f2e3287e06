"""Planted causes are found at the top: small pictures, and a property over random worlds.

FARM → TOM-1, TOM-2 …    WELL → WATER (in every run)    [RUN n]: one of the tomatoes and water → S-n
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import transaction

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel import sql
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Name, Pack, Receipt
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.convergence import queries, rules, subjects
from lotbook.traceability.trace.convergence.ancestry import ancestry
from lotbook.traceability.trace.convergence.rules import Convergence

MORNING = datetime(2026, 3, 2, 6, tzinfo=UTC)


class Maker:
    """A maker's book in the making: drafts first, posted at once."""

    def __init__(self) -> None:
        self.tag = uuid4().hex[:8]
        self.drafts: list[Draft] = []
        self.minutes = count()
        self.shelf = self.place("SHELF", "bin", own=True)

    def place(self, code: str, kind: str, *, own: bool = False, partner: Partner | None = None) -> Place:
        return Place.objects.create(code=f"{code}-{self.tag}", name=code, kind=kind, own=own, partner=partner)

    def supplier(self, name: str) -> Place:
        made = Partner.objects.create(code=f"{name}-{self.tag}", name=name, is_supplier=True)
        return self.place(f"AT-{name}", "partner", partner=made)

    def item(self, code: str) -> Item:
        return Item.objects.create(code=f"{code}-{self.tag}", name=code, unit="KGM", scale=0)

    def draft(self, kind: str, *moves: Move, **more: Any) -> None:
        at = more.pop("at", MORNING + timedelta(minutes=next(self.minutes)))
        self.drafts.append(Draft(kind, at, moves=moves, **more))

    def receive(self, lot: LotRef, source: Place, to: Place | None = None, quantity: int = 1_000_000) -> None:
        self.draft("receive", Move(lot, source.pk, (to or self.shelf).pk, quantity))

    def run(
        self,
        name: str,
        used: Sequence[LotRef],
        made: Sequence[LotRef],
        shelf: Place | None = None,
        **data: str,
    ) -> Place:
        run, at = self.place(name, "run"), (shelf or self.shelf).pk
        moves = [Move(lot, self.shelf.pk, run.pk, 1) for lot in used]
        self.draft("transform", *moves, *(Move(lot, run.pk, at, 1_000) for lot in made), data=data)
        return run

    def post(self) -> list[int]:
        receipts = actions.post(self.drafts, actor="user:test")
        self.drafts = []
        return [one.sequence for one in receipts if isinstance(one, Receipt)]


def key(ref: LotRef) -> int:
    return Lot.objects.get(item_id=ref.item, number=ref.number).pk


def keys(refs: Sequence[LotRef]) -> list[int]:
    return [key(ref) for ref in refs]


def causes(answer: Convergence, rank: int = 0) -> list[tuple[str, str]]:
    return [(one.kind, one.label) for one in answer.groups[rank].causes]


def rank_of(answer: Convergence, kind: str, label: str) -> int:
    return next(
        rank
        for rank, group in enumerate(answer.groups)
        if any((c.kind, c.label) == (kind, label) for c in group.causes)
    )


class Sauces(Maker):
    """Sixteen sauces of four lots of tomatoes; water and salt are in every one."""

    def __init__(self) -> None:
        super().__init__()
        tomatoes, water, sauce = self.item("Tomatoes"), self.item("Water"), self.item("Sauce")
        self.tomatoes = [LotRef(tomatoes.pk, f"TOM-{n}") for n in range(4)]
        self.water = LotRef(water.pk, "WATER")
        self.sauces = [LotRef(sauce.pk, f"S-{n}") for n in range(16)]
        self.farms = [self.supplier("Rossi"), self.supplier("Bianchi")]
        self.receive(self.water, self.supplier("Well"))
        for n, lot in enumerate(self.tomatoes):
            self.receive(lot, self.farms[n % 2])
        self.runs = [
            self.run(f"RUN-{n}", [self.tomatoes[n % 4], self.water], [lot], line=f"LINE-{n % 2}")
            for n, lot in enumerate(self.sauces)
        ]

    def of(self, tomato: int) -> list[LotRef]:
        return [lot for n, lot in enumerate(self.sauces) if n % 4 == tomato]


@pytest.fixture
def sauces(db: None) -> Sauces:
    made = Sauces()
    made.post()
    return made


def test_the_shared_ancestor_stands_first_and_water_last(sauces: Sauces) -> None:
    answer = queries.converge(keys(sauces.of(2)))
    assert answer.chosen
    assert len(answer.controls) == answer.comparable == 12
    assert causes(answer)[0] == ("lot", "Tomatoes TOM-2")
    top = answer.groups[0]
    assert (top.hits, top.of, top.control_hits, top.controls) == (4, 4, 0, 12)
    assert top.expected == pytest.approx(1.0)
    assert top.p == pytest.approx(1 / 1820)  # one of the ways to take 4 of 16
    assert top.verdict == "sure" if top.p_all <= 0.01 else "likely"
    # Everything that every lot descends from tells nothing: expected is as much as found.
    water = answer.groups[rank_of(answer, "lot", "Water WATER")]
    assert (water.hits, water.control_hits, water.ratio, water.p) == (4, 12, 1.0, 1.0)
    # Half of all sauces are on that line, a half come from that farm: more than expected, less than TOM-2.
    assert 0 < rank_of(answer, "equipment", "LINE-0") < rank_of(answer, "lot", "Water WATER")
    assert rank_of(answer, "equipment", "LINE-0") == rank_of(answer, "supplier", "Rossi")


def test_named_controls_count_and_none_say_nothing_about_chance(sauces: Sauces) -> None:
    complaints = keys(sauces.of(2))
    named = queries.converge(complaints, keys(sauces.of(0)))
    assert not named.chosen
    assert causes(named)[0] == ("lot", "Tomatoes TOM-2")
    # TOM-0 and TOM-2 are of one farm and one line: named controls take these out.
    assert named.groups[rank_of(named, "supplier", "Rossi")].ratio == 1.0
    alone = queries.converge(complaints, [])
    assert {group.p for group in alone.groups} == {1.0}
    assert "no lot to compare with" in alone.warnings[0]


def test_small_numbers_are_said_to_be_small(sauces: Sauces) -> None:
    one = queries.converge(keys(sauces.of(2)[:1]), keys(sauces.of(0)[:2]))
    assert one.least_p == pytest.approx(1 / 3)
    assert "too small for an answer" in one.warnings[0]
    some = queries.converge(keys(sauces.of(2)[:3]))
    assert some.warnings == ["Small numbers: 3 complaint lots. Each further lot may change the order."]


def test_a_poisoned_place_supplier_line_and_week_are_found(db: None) -> None:
    """What is shared is no lot: a bin, a farm, a line, a week at a place."""
    for kind in ("place", "supplier", "equipment", "time"):
        book = Maker()
        good, sauce = book.item("Milk"), book.item("Cheese")
        farms = [book.supplier("Clean"), book.supplier("Dirty")]
        bins = [book.place("COLD", "bin", own=True), book.place("WARM", "bin", own=True)]
        lots = []
        for n in range(24):
            bad = n % 3 == 0
            milk, made = LotRef(good.pk, f"M-{n}"), LotRef(sauce.pk, f"C-{n}")
            book.draft(
                "receive",
                Move(milk, farms[bad if kind == "supplier" else n % 2].pk, book.shelf.pk, 10),
                at=MORNING + timedelta(weeks=2 if bad and kind == "time" else 5 + n % 3),
            )
            line = "OLD" if bad and kind == "equipment" else f"NEW-{n % 2}"
            book.run(f"R-{n}", [milk], [made], bins[bad if kind == "place" else n % 2], line=line)
            lots.append(made)
        book.post()
        answer = queries.converge(keys([lot for n, lot in enumerate(lots) if n % 3 == 0]))
        top = answer.groups[0]
        assert (top.hits, top.control_hits) == (8, 0), kind
        names = [(one.kind, one.label) for one in top.causes]
        wanted = {"place": "WARM", "supplier": "Dirty", "equipment": "OLD", "time": "SHELF, week 12 of 2026"}[
            kind
        ]
        assert any(one == kind and label.endswith(wanted) for one, label in names), (kind, names)
        order = [rules.KINDS.index(one) for one, _ in names]
        assert order == sorted(order), "the most specific first"


def test_each_item_is_compared_with_its_own(db: None) -> None:
    """Sauce is of tomatoes and cheese of milk: that complaints are all of sauce says nothing against tomatoes."""
    book = Maker()
    farm = book.supplier("Rossi")
    lots: dict[str, list[LotRef]] = {}
    for raw, goods in (("Tomatoes", "Sauce"), ("Milk", "Cheese")):
        one, made = book.item(raw), book.item(goods)
        source = LotRef(one.pk, raw)
        book.receive(source, farm)
        lots[goods] = [LotRef(made.pk, f"{goods}-{n}") for n in range(10)]
        for n, lot in enumerate(lots[goods]):
            book.run(f"{goods}-{n}", [source], [lot])
    book.post()
    answer = queries.converge(keys(lots["Sauce"][:5]))
    assert {lot.item_name for lot in answer.controls} == {"Sauce"}
    assert answer.groups[rank_of(answer, "lot", "Tomatoes Tomatoes")].p == 1.0
    mixed = queries.converge(keys([*lots["Sauce"][:5], *lots["Cheese"][:5]]))
    assert mixed.groups[rank_of(mixed, "supplier", "Rossi")].p == 1.0
    # A complaint lot whose item has no other lot: told, and no evidence.
    lonely = queries.converge(
        keys([*lots["Sauce"][:5], LotRef(lots["Cheese"][0].item, "Cheese-0")]), keys(lots["Sauce"][5:])
    )
    assert lonely.lonely == ["Cheese"]
    assert any("Cheese" in warning for warning in lonely.warnings)


def test_as_of_is_kept_and_reversals_are_undone(sauces: Sauces) -> None:
    before = queries.converge(keys(sauces.of(2)))
    tomatoes = sauces.tomatoes[2].item
    sauces.sauces.append(LotRef(sauces.sauces[0].item, "S-16"))
    late = LotRef(tomatoes, "TOM-LATE")
    sauces.receive(late, sauces.farms[0])
    sauces.run("RUN-16", [late, sauces.water], [sauces.sauces[16]])
    sauces.post()
    again = queries.converge(keys(sauces.of(2)), as_of=before.as_of)
    assert again.groups == before.groups
    assert again.controls == before.controls
    assert len(queries.converge(keys(sauces.of(2))).controls) == 13  # the positive control
    with pytest.raises(Refused, match="decided so far"):
        queries.converge(keys(sauces.of(2)), as_of=engine.watermark() + 1)


def test_a_reversed_receipt_is_no_evidence(db: None) -> None:
    book = Maker()
    milk, cheese = book.item("Milk"), book.item("Cheese")
    wrong, right = book.supplier("Wrong"), book.supplier("Right")
    lot, made = LotRef(milk.pk, "M"), LotRef(cheese.pk, "C")
    book.receive(lot, wrong)
    (mistake,) = actions.post(book.drafts, actor="user:test")
    assert isinstance(mistake, Receipt)
    actions.reverse(mistake.uid, actor="user:test", reason="typing slip")
    book.drafts = []
    book.receive(lot, right)
    book.run("RUN", [lot], [made])
    book.post()
    answer = queries.converge([key(made)], [])
    suppliers = {one.label for group in answer.groups for one in group.causes if one.kind == "supplier"}
    assert suppliers == {"Right"}


def test_what_came_after_is_no_cause(db: None) -> None:
    """Complaint lots come back from customers into quarantine: all of them, and none of the others."""
    book = Maker()
    milk, cheese = book.item("Milk"), book.item("Cheese")
    quarantine, shop = book.place("QUARANTINE", "bin", own=True), book.place("SHOP", "partner")
    lots = [LotRef(cheese.pk, f"C-{n}") for n in range(12)]
    for n, lot in enumerate(lots):
        source = LotRef(milk.pk, f"M-{n}")
        book.receive(source, book.place(f"FARM-{n}", "partner"))
        book.run(f"RUN-{n}", [source], [lot])
        book.draft("ship", Move(lot, book.shelf.pk, shop.pk, 10))
        if n < 4:
            book.draft("return", Move(lot, shop.pk, quarantine.pk, 5))
            # What is left of the milk is locked away as well: it went into the cheese before.
            book.draft("move", Move(source, book.shelf.pk, quarantine.pk, 5))
    book.post()
    answer = queries.converge(keys(lots[:4]))
    places = {one.label for group in answer.groups for one in group.causes if one.kind == "place"}
    assert places == {"SHELF"}
    # The positive control: before the cheese was made, the place would have counted.
    book.draft("move", Move(LotRef(milk.pk, "M-0"), quarantine.pk, book.shelf.pk, 5))
    book.run("RUN-LATE", [LotRef(milk.pk, "M-0")], [LotRef(cheese.pk, "C-LATE")])
    book.post()
    late = queries.converge(keys([LotRef(cheese.pk, "C-LATE")]), [])
    assert "QUARANTINE" in {one.label for group in late.groups for one in group.causes if one.kind == "place"}


def test_what_went_in_by_the_pallet_is_followed(db: None) -> None:
    """MILK packed on a pallet, the pallet as a whole into the run of C-1 (known by name only)."""
    book = Maker()
    milk, cheese = book.item("Milk"), book.item("Cheese")
    pallet = book.place("PALLET", "unit", own=True)
    run = book.place("RUN", "run")
    lot, made = LotRef(milk.pk, "M"), LotRef(cheese.pk, "C")
    book.receive(lot, book.supplier("Farm"))
    book.draft("pack", packs=[Pack(pallet.pk, 1, lot=lot)])
    names = [Name("input", unit=pallet.pk, run=run.pk), Name("output", lot=made, run=run.pk)]
    book.draft("foreign", names=names)
    book.post()
    groups = queries.converge([key(made)], []).groups
    found = {(one.kind, one.label) for group in groups for one in group.causes}
    wanted = {("unit", f"PALLET {pallet.code}"), ("run", f"RUN {run.code}")}
    assert {("lot", "Milk M"), ("supplier", "Farm"), *wanted} <= found


def test_what_is_asked_is_checked(sauces: Sauces) -> None:
    lots = keys(sauces.of(2))
    for complaints, controls, wanted in (
        ([], None, "no complaint lot"),
        ([0], None, "does not know 1"),
        (lots, [*lots[:1]], "with a complaint and without"),
        (list(range(1, rules.LOTS_MAX + 2)), None, "at most"),
    ):
        with pytest.raises(Refused, match=wanted):
            queries.converge(complaints, controls)


def test_statements_do_not_grow_with_the_lots(sauces: Sauces) -> None:
    with sql.counted() as few:
        queries.converge(keys(sauces.of(2)[:1]), keys(sauces.of(0)[:1]))
    with sql.counted() as many:
        queries.converge(keys(sauces.of(2)), keys([*sauces.of(0), *sauces.of(1), *sauces.of(3)]))
    assert len(many) == len(few) <= 20
    names = [lot.number for lot in sauces.sauces]
    with sql.counted() as lines:
        assert len(subjects.lots(names, field="lots")) == 16
    assert len(lines) == 1


def test_lines_are_read_and_nothing_is_guessed(db: None) -> None:
    book = Maker()
    milk, whey = book.item("Milk"), book.item("Whey")
    milk.gtin = "04012345000016"
    milk.save()
    farm = book.supplier("Farm")
    for item in (milk, whey):
        book.receive(LotRef(item.pk, "L-1"), farm)
    book.receive(LotRef(milk.pk, "L-2", facts={"supplier_lot": "THEIRS"}), farm)
    book.post()
    lot = Lot.objects.get(item=milk, number="L-1")
    for text, number in (
        (str(lot.uid), "L-1"),
        (f"{milk.code}:L-1", "L-1"),
        ("(01)04012345000016(10)L-1", "L-1"),
        ("https://id.gs1.org/01/04012345000016/10/L-1", "L-1"),
        ("L-2", "L-2"),
        ("THEIRS", "L-2"),
    ):
        (found,) = subjects.lots([text, text], field="lots")
        assert (found.item, found.number) == (milk.code, number), text
    with pytest.raises(Refused) as refused:
        subjects.lots(["L-1", "NOBODY", "L-2", "\x00", "x" * 3_000], field="controls")
    assert {fault.field for fault in refused.value.faults} == {"controls"}
    assert [fault.code for fault in refused.value.faults] == ["ambiguous", *["unknown"] * 3]
    assert subjects.lines("A, B;C\r\n\nA\n") == ["A", "B", "C"]


# -- random worlds ------------------------------------------------------------------------------------


class Random(Maker):
    """Three levels of goods in random recipes; water in every run; one lot poisoned."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dice = random.Random(seed)
        items = [self.item(name) for name in ("Raw", "Half", "Done")]
        water = LotRef(self.item("Water").pk, "W")
        farm = [self.supplier(f"F{n}") for n in range(3)]
        self.receive(water, farm[0])
        raw = [LotRef(items[0].pk, f"R-{n}") for n in range(self.dice.randint(6, 10))]
        for lot in raw:
            self.receive(lot, self.dice.choice(farm))
        self.above: dict[str, set[str]] = {lot.number: {lot.number} for lot in raw}
        half = self.made(items[1], raw, water, self.dice.randint(10, 14), 2)
        if self.dice.random() < 0.5:  # rework: something made goes back in, a loop
            self.run("REWORK", [half[-1]], [half[0]])
            self.above[half[0].number] |= self.above[half[-1].number]
        self.done = self.made(items[2], half, water, self.dice.randint(30, 40), 2)

    def made(self, item: Item, of: list[LotRef], water: LotRef, many: int, inputs: int) -> list[LotRef]:
        lots = [LotRef(item.pk, f"{item.name}-{n}") for n in range(many)]
        for lot in lots:
            used = self.dice.sample(of, inputs)
            self.above[lot.number] = {lot.number}.union(*(self.above[one.number] for one in used))
            self.run(f"RUN-{lot.number}", [*used, water], [lot])
        return lots


@pytest.mark.django_db
def test_a_poisoned_ancestor_is_found_in_random_worlds(long_run: bool) -> None:
    """Most of the poisoned lots complain, nobody else does: the poisoned ancestor stands first, water never.

    Where another candidate is shared by the very same lots, or by chance tells more, the book cannot know
    better: so a candidate above the poisoned one must tell at least as much, by a plain count.
    """
    first = 0
    worlds = 1_000 if long_run else 40
    for seed in range(worlds):
        with transaction.atomic():
            book = Random(seed)
            book.post()
            reached = {
                lot: [one for one in book.done if lot in book.above[one.number]]
                for lot in book.above
                if lot[0] in "RH"
            }
            fair = [lot for lot in sorted(reached) if 4 <= len(reached[lot]) <= len(book.done) // 2]
            poison = book.dice.choice(fair)
            complaints = reached[poison]
            controls = [one for one in book.done if one not in complaints]
            answer = queries.converge(keys(complaints), keys(controls))
            label = f"{'Raw' if poison[0] == 'R' else 'Half'} {poison}"
            rank = rank_of(answer, "lot", label)
            assert answer.groups[rank].p == min(group.p for group in answer.groups), (seed, label)
            assert rank_of(answer, "lot", "Water W") > rank
            first += rank == 0
            check_counts(book, answer)
            transaction.set_rollback(True)
    assert first >= worlds * 9 // 10


def check_counts(book: Random, answer: Convergence) -> None:
    """Hits and control hits of every lot that is told are what a plain count says."""
    for group in answer.groups:
        for cause in group.causes:
            number = cause.label.split(" ")[-1]
            if cause.kind == "lot" and number in book.above:
                hits = [one for one in answer.complaints if number in book.above[one.number]]
                others = [one for one in answer.controls if number in book.above[one.number]]
                assert (group.hits, group.control_hits) == (len(hits), len(others)), cause


@pytest.mark.django_db
def test_bits_beyond_one_word_agree_with_one_walk_each() -> None:
    """More lots than bits in a word: each bit is what a walk from that lot alone says."""
    book = Random(7)
    book.post()
    everything = sorted(Lot.objects.filter(item__code__endswith=book.tag).values_list("pk", flat=True))
    as_of = engine.watermark()
    known = ancestry(everything, as_of=as_of)
    assert known.bits.shape[1] == -(-len(everything) // 64)
    assert len(everything) > 50
    for place, lot in enumerate(everything):
        reached = engine.reachable([2 * lot], forward=False, as_of=as_of)
        marked = (known.bits[:, place // 64] >> np.uint64(place % 64)) & np.uint64(1)
        assert known.nodes[marked == 1].tolist() == sorted(reached)
