"""Allocators, pickers, shippers and holders side by side: nothing is promised or taken twice.

The race that peers lose (two clients take the last 100 at once) is run by every path that can take stock
here: allocate, a chosen lot, the pick of a claim, every kind of event, and batches over the API.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation import queries
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.models import Balance, Claim, Movement
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2027, 3, 1)
PATIENCE = 120
Work = Callable[[random.Random], None]


class Gang:
    """Threads with connections of their own that do a round of work together, again and again."""

    def __init__(self, works: Sequence[Work]) -> None:
        self.start = threading.Barrier(len(works) + 1)
        self.end = threading.Barrier(len(works) + 1)
        self.errors: list[str] = []
        self.done = False
        self.threads = [
            threading.Thread(target=self._live, args=(work, random.Random(seed)))
            for seed, work in enumerate(works)
        ]
        for thread in self.threads:
            thread.start()

    def _live(self, work: Work, dice: random.Random) -> None:
        try:
            connection.ensure_connection()
            while True:
                self.start.wait(PATIENCE)
                if self.done:
                    return
                try:
                    work(dice)
                except Exception as problem:  # noqa: BLE001 - whatever a client would see is a finding
                    self.errors.append(f"{type(problem).__name__}: {problem}")
                self.end.wait(PATIENCE)
        finally:
            connection.close()

    def round(self) -> None:
        """Let everybody do their work once, at the same moment."""
        self.start.wait(PATIENCE)
        self.end.wait(PATIENCE)

    def go_home(self) -> None:
        """End the threads."""
        self.done = True
        self.start.wait(PATIENCE)
        for thread in self.threads:
            thread.join()


@contextmanager
def gang(*works: Work) -> Iterator[Gang]:
    """A gang that goes home at the end."""
    made = Gang(works)
    try:
        yield made
    finally:
        made.go_home()


class Hall:
    """Some items, two shelves, a supplier and a customer, committed so that every thread sees them."""

    def __init__(self, items: int = 1) -> None:
        name = uuid4().hex[:8]
        self.items = [
            Item.objects.create(code=f"I-{name}-{n}", name="Jars", unit="H87").pk for n in range(items)
        ]
        self.supplier = Place.objects.create(code=f"S-{name}", kind="partner").pk
        self.customer = Place.objects.create(code=f"C-{name}", kind="partner").pk
        self.run = Place.objects.create(code=f"R-{name}", kind="run").pk
        self.loss = Place.objects.create(code=f"L-{name}", kind="loss").pk
        self.difference = Place.objects.create(code=f"D-{name}", kind="difference").pk
        self.site = Place.objects.create(code=f"SITE-{name}", kind="site", own=True).pk
        self.shelves = [
            Place.objects.create(code=f"SHELF-{name}-{n}", kind="bin", own=True, parent_id=self.site).pk
            for n in range(2)
        ]
        self.outside = {
            "ship": self.customer,
            "supplier_return": self.supplier,
            "consume": self.run,
            "lose": self.loss,
            "adjust": self.difference,
            "move": self.shelves[1],
        }

    def receive(self, lots: Sequence[tuple[int, str, int, int, date | None]]) -> None:
        """Item, number, shelf, quantity and expiry of lots from the supplier."""
        moves = [
            Move(LotRef(item, number, facts={"expires_on": expires}), self.supplier, shelf, quantity)
            for item, number, shelf, quantity, expires in lots
        ]
        ledger.post_one(Draft("receive", clock.now(), moves=moves), actor="user:crowd")

    def demand(self, item: int, quantity: int, document: UUID, **more: Any) -> Demand:
        place = more.pop("place", self.site)
        return Demand(item, quantity, place, "shipping.order", document, on=TODAY, **more)

    def take(self, kind: str, lot: int, quantity: int, claim: int | None = None) -> Draft:
        move = Move(lot, self.shelves[0], self.outside[kind], quantity, claim=claim)
        return Draft(kind, clock.now(), uid=uuid4(), moves=[move], reason="race")


def properly(refusal: Refused, *codes: str) -> None:
    """Raise a refusal again that is not one of these."""
    if not {fault.code for fault in refusal.faults} <= set(codes):
        raise refusal


def given(answers: Sequence[Answer]) -> int:
    """How much several answers give together."""
    return sum(portion.quantity for answer in answers for portion in answer.portions)


# --- Allocators and pickers --------------------------------------------------------------------------


class Round:
    """One round of eight: what each was given, picked and freed."""

    def __init__(self, hall: Hall, number: int, dice: random.Random) -> None:
        self.hall = hall
        lots = [
            (item, f"L-{number}-{n}", dice.choice(hall.shelves), dice.randint(5, 40), TODAY + timedelta(n))
            for item in hall.items
            for n in range(6)
        ]
        hall.receive(lots)
        self.stock = Counter[int]()
        for item, *_, quantity, _ in lots:
            self.stock[item] += quantity
        self.freeing = number % 2 == 0
        self.lock = threading.Lock()
        self.wanted = Counter[int]()
        self.given = Counter[int]()
        self.taken = Counter[int]()
        self.freed = 0

    def work(self, dice: random.Random) -> None:
        """Allocate a few lines, pick some of what was given, give some of it back."""
        document = uuid4()
        demands = [
            self.hall.demand(dice.choice(self.hall.items), dice.randint(1, 12), document, line=line)
            for line in range(dice.randint(1, 8))
        ]
        answers = allocation.allocate(demands, actor="user:crowd")
        with self.lock:
            for demand, answer in zip(demands, answers, strict=True):
                self.wanted[demand.item] += demand.quantity
                self.given[demand.item] += given([answer])
        portions = [(d.item, one) for d, a in zip(demands, answers, strict=True) for one in a.portions]
        dice.shuffle(portions)
        picked = portions[: dice.randint(0, len(portions))]
        drafts = []
        for item, one in picked:
            quantity = dice.randint(1, one.quantity)
            move = Move(one.lot, one.place, self.hall.customer, quantity, claim=one.claim)
            drafts.append(Draft("ship", clock.now(), uid=uuid4(), moves=[move]))
            with self.lock:
                self.taken[item] += quantity
        if drafts:
            ledger.post(drafts, actor="user:crowd")
        if self.freeing and dice.random() < 0.3:
            freed = allocation.free(document=document, actor="user:crowd", reason="changed my mind")
            with self.lock:
                self.freed += freed

    def compare(self) -> None:
        """Reserved = Σ claims = given − picked − freed, never above stock; nobody went without needlessly."""
        rows = list(Balance.objects.filter(lot__item__in=self.hall.items, own=True))
        assert all(0 <= row.reserved <= row.on_hand for row in rows)
        claims = Counter[tuple[int, int]]()
        for claim in Claim.objects.filter(lot__item__in=self.hall.items, quantity__gt=0):
            claims[claim.lot_id, claim.place_id] += claim.quantity
        assert {(row.lot_id, row.place_id): row.reserved for row in rows if row.reserved} == dict(claims)
        assert sum(claims.values()) == self.given.total() - self.taken.total() - self.freed
        assert sum(row.on_hand for row in rows) == self.stock.total() - self.taken.total()
        for item in self.hall.items:
            assert self.given[item] <= self.wanted[item]
            if not self.freed:
                assert self.given[item] == min(self.stock[item], self.wanted[item])


@pytest.mark.heavy
@pytest.mark.postgres
def test_eight_allocators_and_pickers_promise_what_is_there(long_run: bool) -> None:
    hall = Hall(items=3)
    dice = random.Random(7)
    rounds = 500 if long_run else 100
    current: list[Round] = []

    def work(dice: random.Random) -> None:
        current[-1].work(dice)

    with gang(*[work] * 8) as eight:
        for number in range(rounds):
            current.append(Round(hall, number, dice))
            eight.round()
            assert eight.errors == []
            current[-1].compare()
            clear(hall)
    assert check().findings == []
    total = sum(one.given.total() for one in current)
    scarce = sum(one.wanted[i] > one.stock[i] for one in current for i in hall.items)
    assert scarce > rounds // 10, "too few rounds were short of stock to say anything"
    print(f"\n8 allocators and pickers, {rounds} rounds: {total} allocated, {scarce} items ran short")


def clear(hall: Hall) -> None:
    """Empty the hall, so that the next round knows what is there."""
    left = list(Claim.objects.filter(lot__item__in=hall.items, quantity__gt=0).values_list("pk", flat=True))
    ledger.free(claims=left, actor="user:crowd", reason="end of the round")
    rows = Balance.objects.filter(lot__item__in=hall.items, own=True, on_hand__gt=0)
    moves = [Move(row.lot_id, row.place_id, hall.customer, row.on_hand) for row in rows]
    if moves:
        ledger.post_one(Draft("ship", clock.now(), moves=moves), actor="user:crowd")


# --- The race that peers lose ------------------------------------------------------------------------


class Race:
    """Two clients, each with a way of taking the last 100 of a lot; one is served and one is told no."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.lot = 0
        self.number = ""
        self.claim: int | None = None
        self.served: list[str] = []

    def begin(self, number: int, *, reserve: bool) -> None:
        self.number = f"LAST-{number}"
        self.hall.receive([(self.hall.items[0], self.number, self.hall.shelves[0], 100, None)])
        self.lot = Lot.objects.get(item=self.hall.items[0], number=self.number).pk
        self.claim = None
        self.served = []
        if reserve:
            answer = allocation.allocate([self.demand()], actor="user:crowd")[0]
            self.claim = answer.portions[0].claim

    def demand(self, **more: Any) -> Demand:
        """The lot is the only one that stands on the first shelf."""
        return self.hall.demand(self.hall.items[0], 100, uuid4(), place=self.hall.shelves[0], **more)

    def event(self, kind: str, claim: int | None = None) -> bool:
        try:
            ledger.post([self.hall.take(kind, self.lot, 100, claim)], actor="user:crowd")
        except Refused as refusal:
            properly(refusal, "too_little", "claim")
            return False
        return True

    def allocate(self, **more: Any) -> bool:
        answer = allocation.allocate([self.demand(**more)], actor="user:crowd")[0]
        assert given([answer]) + answer.missing == 100
        return not answer.missing

    def api(self, client: Client) -> bool:
        """Two events of fifty in one batch over HTTP."""
        places = dict(Place.objects.values_list("pk", "code"))
        body = {
            "events": [
                {
                    "kind": "ship",
                    "occurred_at": clock.now().isoformat(),
                    "movements": [
                        {
                            "item": Item.objects.get(pk=self.hall.items[0]).code,
                            "lot": self.number,
                            "quantity": "50",
                            "from": places[self.hall.shelves[0]],
                            "to": places[self.hall.customer],
                        }
                    ],
                }
                for _ in range(2)
            ]
        }
        answer = client.post("/api/v1/events", body, content_type="application/json")
        assert answer.status_code in {201, 422}, answer.content
        return bool(answer.status_code == 201)


def api_client() -> Client:
    User.objects.get_or_create(username="crowd", defaults={"role": "administrator"})
    made = accounts.create_api_key(name="race", owner="crowd", scopes=["ledger.post"], actor="lotbook")
    return Client(headers={"X-API-Key": made.secret})


Way = Callable[[Race, Client], bool]
WAYS: dict[str, Way] = {
    "allocate": lambda race, _: race.allocate(),
    "whole": lambda race, _: race.allocate(whole=True, one_lot=True),
    "chosen lot": lambda race, _: race.allocate(strategy="chosen", lots=(race.lot,)),
    "ship": lambda race, _: race.event("ship"),
    "issue": lambda race, _: race.event("consume"),
    "adjust": lambda race, _: race.event("adjust"),
    "scrap": lambda race, _: race.event("lose"),
    "move": lambda race, _: race.event("move"),
    "return": lambda race, _: race.event("supplier_return"),
    "api": lambda race, client: race.api(client),
    "pick": lambda race, _: race.event("ship", race.claim),
}
PAIRS = [
    ("allocate", "allocate"),
    ("allocate", "ship"),
    ("allocate", "issue"),
    ("allocate", "adjust"),
    ("allocate", "move"),
    ("allocate", "api"),
    ("whole", "chosen lot"),
    ("chosen lot", "chosen lot"),
    ("chosen lot", "scrap"),
    ("ship", "issue"),
    ("adjust", "return"),
    ("api", "api"),
    ("api", "ship"),
    ("pick", "pick"),
    ("pick", "ship"),
    ("pick", "allocate"),
    ("pick", "api"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[" vs ".join(pair) for pair in PAIRS])
def test_the_last_hundred_are_taken_once(one: str, other: str, long_run: bool) -> None:
    hall = Hall()
    race = Race(hall)
    client = api_client()
    picks = "pick" in {one, other}

    def taker(way: str) -> Work:
        def take(dice: random.Random) -> None:
            if WAYS[way](race, client):
                race.served.append(way)

        return take

    rounds = 200 if long_run else 50 if connection.vendor == "postgresql" else 15
    with gang(taker(one), taker(other)) as two:
        for number in range(rounds):
            race.begin(number, reserve=picks)
            two.round()
            assert two.errors == []
            assert len(race.served) == 1, f"round {number}: {race.served}"
            if picks:
                assert race.served == ["pick"]
            row = Balance.objects.get(lot=race.lot, place=hall.shelves[0])
            assert (row.on_hand, row.reserved) in {(0, 0), (100, 100)}
            gone = sum(m.quantity for m in Movement.objects.filter(lot=race.lot, source=hall.shelves[0]))
            assert gone + row.reserved == 100
            clear(hall)
    assert check().findings == []


# --- A hold wins at once -----------------------------------------------------------------------------


class Siege:
    """One lot that some reserve, ship and pick, and somebody puts on hold."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.lot = 0
        self.shipped: list[int] = []
        self.held = 0
        self.broken = 0

    def begin(self, number: int) -> None:
        self.hall.receive([(self.hall.items[0], f"H-{number}", self.hall.shelves[0], 1000, None)])
        self.lot = Lot.objects.get(item=self.hall.items[0], number=f"H-{number}").pk
        self.shipped = []

    def reserve(self, dice: random.Random) -> None:
        for _ in range(4):
            demand = self.hall.demand(self.hall.items[0], dice.randint(5, 20), uuid4())
            allocation.allocate([demand], actor="user:crowd")

    def ship(self, dice: random.Random) -> None:
        for _ in range(4):
            self.take(dice.randint(1, 10))

    def pick(self, dice: random.Random) -> None:
        """Picks what somebody reserved just now; the hold may have ended it meanwhile."""
        for _ in range(4):
            for claim in queries.of_lot(self.lot)[:2]:
                self.take(1, claim.id)

    def take(self, quantity: int, claim: int | None = None) -> None:
        draft = self.hall.take("ship", self.lot, quantity, claim)
        try:
            self.shipped.append(ledger.post_one(draft, actor="user:crowd").sequence)
        except Refused as refusal:
            properly(refusal, "not_free", "too_little", "claim")

    def hold(self, dice: random.Random) -> None:
        put = PutHold(self.lot, "quality", uuid4())
        draft = Draft("hold", clock.now(), uid=uuid4(), reason="smells", holds=[put])
        self.held = ledger.post_one(draft, actor="user:quinn").sequence

    def compare(self) -> None:
        assert all(sequence < self.held for sequence in self.shipped)
        assert not Claim.objects.filter(lot=self.lot, quantity__gt=0).exists()
        assert Balance.objects.get(lot=self.lot, place=self.hall.shelves[0]).reserved == 0
        told = OutboxMessage.objects.filter(topic="allocation.broken", payload__lot=self.lot)
        ended = Claim.objects.filter(lot=self.lot, freed_quantity__gt=0)
        assert sorted((m.payload["claim"], m.payload["quantity"]) for m in told) == sorted(
            ended.values_list("pk", "freed_quantity")
        )
        self.broken += len(ended)


def test_a_hold_wins_over_allocating_and_shipping(long_run: bool) -> None:
    """After the hold nothing is reserved and nothing leaves; every claim it broke is told of."""
    siege = Siege(Hall())
    rounds = 100 if long_run else 30 if connection.vendor == "postgresql" else 10
    with gang(siege.reserve, siege.reserve, siege.ship, siege.pick, siege.hold) as five:
        for number in range(rounds):
            siege.begin(number)
            five.round()
            assert five.errors == []
            siege.compare()
    assert siege.broken, "no round broke a reservation: the race was not run"
    assert check().findings == []
