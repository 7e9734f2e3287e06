"""Random stock, demands, holds and dates against an allocator so plain that it is plainly right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.traceability.allocation import actions, queries
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold
from lotbook.traceability.lots.models import Lot

TODAY = date(2027, 3, 1)
PLACES = ("A", "B", "CAGE")

days = st.none() | st.integers(-3, 12).map(lambda n: TODAY + timedelta(days=n))


@dataclass
class Pile:
    """So much of a lot at a place, in the reference."""

    lot: int
    place: str
    free: int
    held: bool
    expires_on: date | None
    best_before_on: date | None
    received_on: date | None


@dataclass(frozen=True)
class Wish:
    """A demand in the reference."""

    quantity: int
    strategy: str
    everywhere: bool
    lots: tuple[int, ...]
    min_days: int
    not_before: date | None
    one_lot: bool
    whole: bool


piles = st.lists(
    st.builds(
        Pile,
        lot=st.integers(0, 4),
        place=st.sampled_from(PLACES),
        free=st.integers(1, 9),
        held=st.just(False),
        expires_on=days,
        best_before_on=days,
        received_on=days,
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda pile: (pile.lot, pile.place),
)
wishes = st.lists(
    st.builds(
        Wish,
        quantity=st.integers(1, 25),
        strategy=st.sampled_from(["fefo", "fifo", "lefo", "chosen"]),
        everywhere=st.booleans(),
        lots=st.lists(st.integers(0, 4), unique=True, max_size=3).map(tuple),
        min_days=st.sampled_from([0, 0, 4]),
        not_before=st.sampled_from([None, None, TODAY + timedelta(days=5)]),
        one_lot=st.booleans(),
        whole=st.booleans(),
    ).filter(lambda wish: wish.strategy != "chosen" or bool(wish.lots)),
    min_size=1,
    max_size=5,
)


def reference(piles: list[Pile], wish: Wish) -> dict[int, int]:
    """Lot → quantity; takes what it gives from the piles."""
    far = date.max

    def may(pile: Pile) -> bool:
        end = pile.expires_on or pile.best_before_on or far
        return (
            not pile.held
            and (pile.place == "A" or (wish.everywhere and pile.place == "B"))
            and (pile.expires_on is None or pile.expires_on >= TODAY)
            and (not wish.lots or pile.lot in wish.lots)
            and (not wish.min_days or (end - TODAY).days >= wish.min_days)
            and (wish.not_before is None or end >= wish.not_before)
        )

    fitting = [pile for pile in piles if may(pile)]
    lots = sorted({pile.lot for pile in fitting})
    facts = {pile.lot: pile for pile in fitting}
    if wish.strategy == "chosen":
        lots.sort(key=wish.lots.index)
    elif wish.strategy == "fifo":
        lots.sort(key=lambda lot: facts[lot].received_on or clock.now().date())
    else:
        lots.sort(key=lambda lot: facts[lot].received_on or far)
        late = wish.strategy == "lefo"
        lots.sort(key=lambda lot: facts[lot].best_before_on or far, reverse=late)
        lots.sort(key=lambda lot: facts[lot].expires_on or far, reverse=late)
    have = {lot: sum(pile.free for pile in fitting if pile.lot == lot) for lot in lots}
    if wish.one_lot:
        lots = [lot for lot in lots if have[lot] >= wish.quantity][:1]
    if (wish.whole or wish.one_lot) and sum(have[lot] for lot in lots) < wish.quantity:
        return {}
    result: dict[int, int] = {}
    wanted = wish.quantity
    for lot in lots:
        for pile in fitting:
            if pile.lot == lot and wanted:
                quantity = min(pile.free, wanted)
                pile.free -= quantity
                wanted -= quantity
                result[lot] = result.get(lot, 0) + quantity
    return {lot: quantity for lot, quantity in result.items() if quantity}


class World:
    """The piles as the book has them."""

    def __init__(self, piles: list[Pile], held: set[int]) -> None:
        name = uuid4().hex[:8]
        self.item = Item.objects.create(code=f"I-{name}", name="Sauce", unit="H87").pk
        farm = Place.objects.create(code=f"FARM-{name}", kind="partner").pk
        self.site = Place.objects.create(code=f"SITE-{name}", kind="site", own=True).pk
        self.places = {
            code: Place.objects.create(
                code=f"{code}-{name}", kind="bin", own=True, parent_id=self.site, usable=code != "CAGE"
            ).pk
            for code in PLACES
        }
        for pile in sorted(piles, key=lambda pile: pile.lot):
            facts = {
                "expires_on": pile.expires_on,
                "best_before_on": pile.best_before_on,
                "received_on": pile.received_on,
            }
            move = Move(
                LotRef(self.item, f"L-{pile.lot}", facts=facts), farm, self.places[pile.place], pile.free
            )
            ledger.post_one(Draft("receive", clock.now(), moves=[move]), actor="user:test")
        numbers = Lot.objects.filter(item=self.item).values_list("number", "pk")
        self.lots = {int(number[2:]): key for number, key in numbers}
        for lot in held & self.lots.keys():
            put = PutHold(self.lots[lot], "quality", uuid4())
            ledger.post_one(Draft("hold", clock.now(), reason="smells", holds=[put]), actor="user:test")

    def demand(self, wish: Wish, document: UUID, line: int) -> Demand:
        return Demand(
            self.item,
            wish.quantity,
            self.site if wish.everywhere else self.places["A"],
            "shipping.order",
            document,
            line=line,
            strategy=wish.strategy,
            lots=tuple(self.lots.get(lot, 0) for lot in wish.lots),
            min_days=wish.min_days,
            on=TODAY,
            one_lot=wish.one_lot,
            not_before=wish.not_before,
            whole=wish.whole,
        )


def same_facts(piles: list[Pile]) -> list[Pile]:
    """Every pile of a lot says what the first one says of it."""
    first = {pile.lot: pile for pile in reversed(piles)}
    return [replace(first[pile.lot], place=pile.place, free=pile.free) for pile in sorted(piles, key=_by_lot)]


def _by_lot(pile: Pile) -> tuple[int, str]:
    return pile.lot, pile.place


@pytest.mark.django_db
def test_every_demand_gets_what_the_plain_allocator_gives(long_run: bool) -> None:
    @settings(max_examples=2_000 if long_run else 100, deadline=None)
    @given(piles=piles, held=st.sets(st.integers(0, 4), max_size=1), wishes=wishes)
    def agree(piles: list[Pile], held: set[int], wishes: list[Wish]) -> None:
        with transaction.atomic():
            here = same_facts(piles)
            world = World(here, held)
            for pile in here:
                pile.held = pile.lot in held
            document = uuid4()
            demands = [world.demand(wish, document, line) for line, wish in enumerate(wishes)]
            names = {key: lot for lot, key in world.lots.items()}
            suggested = queries.suggest(demands)
            answers = actions.allocate(demands, actor="user:test")
            assert [[replace(p, claim=None) for p in a.portions] for a in answers] == [
                list(a.portions) for a in suggested
            ]
            for wish, answer in zip(wishes, answers, strict=True):
                found: dict[int, int] = {}
                for portion in answer.portions:
                    found[names[portion.lot]] = found.get(names[portion.lot], 0) + portion.quantity
                expected = reference(here, wish)
                assert list(found.items()) == list(expected.items()), (wish, answer)
                assert answer.missing == wish.quantity - sum(expected.values())
                assert bool(answer.why_not) == bool(answer.missing)
            claims = queries.claims(document)
            assert all(one.line <= other.line for one, other in pairwise(claims))
            reserved = {(row.lot, row.place): row.reserved for row in book.balances(item=world.item)}
            for (lot, place), quantity in reserved.items():
                kept = [c.quantity for c in claims if (c.lot_id, c.place_id) == (lot, place)]
                assert quantity == sum(kept)
            transaction.set_rollback(True)

    agree()
    assert check().findings == []
