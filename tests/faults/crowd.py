"""Many writers at once: threads with connections of their own, posting through the one door."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import connection

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.rules import Draft, LotRef, Move


@dataclass
class Floor:
    """One item, one supplier, one customer and two shelves."""

    item: int
    supplier: int
    customer: int
    shelves: list[int]

    @classmethod
    def open(cls, shelves: int = 2) -> Floor:
        """Make it, committed, so that every thread sees it."""
        name = uuid4().hex[:8]
        return cls(
            Item.objects.create(code=f"I-{name}", name="Jars", unit="H87").pk,
            Place.objects.create(code=f"S-{name}", kind="partner").pk,
            Place.objects.create(code=f"C-{name}", kind="partner").pk,
            [Place.objects.create(code=f"SHELF-{name}-{n}", kind="bin", own=True).pk for n in range(shelves)],
        )

    def lot(self, number: int) -> LotRef:
        """One of the hot lots."""
        return LotRef(self.item, f"HOT-{number}")

    def receive(self, number: int, quantity: int, shelf: int = 0) -> Draft:
        """So many of a lot from the supplier."""
        move = Move(self.lot(number), self.supplier, self.shelves[shelf], quantity)
        return Draft("receive", clock.now(), uid=uuid4(), moves=[move])

    def ship(self, number: int, quantity: int, shelf: int = 0) -> Draft:
        """So many of a lot to the customer."""
        move = Move(self.lot(number), self.shelves[shelf], self.customer, quantity)
        return Draft("ship", clock.now(), uid=uuid4(), moves=[move])

    def some_batch(self, dice: random.Random, lots: int, size: int) -> list[Draft]:
        """A batch that touches many hot lots, in no order at all."""
        drafts = []
        for _ in range(size):
            number, shelf = dice.randrange(lots), dice.randrange(len(self.shelves))
            kind = dice.choice(["receive", "receive", "ship", "move"])
            if kind == "receive":
                drafts.append(self.receive(number, dice.randint(1, 5), shelf))
            elif kind == "ship":
                drafts.append(self.ship(number, dice.randint(1, 4), shelf))
            else:
                other = (shelf + 1) % len(self.shelves)
                move = Move(self.lot(number), self.shelves[shelf], self.shelves[other], dice.randint(1, 3))
                drafts.append(Draft("move", clock.now(), uid=uuid4(), moves=[move]))
        return drafts


@dataclass
class Outcome:
    """What the writers met."""

    posted: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def crowd(
    writers: int,
    seconds: float,
    act: Callable[[random.Random, Outcome], None],
    *,
    outcome: Outcome | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Let ``writers`` threads repeat ``act`` for so long, or until it is ``enough``; errors are kept.

    Errors are what a client would have seen.
    """
    outcome = outcome or Outcome()
    start = threading.Barrier(writers)
    until = [0.0]

    def work(seed: int) -> None:
        dice = random.Random(seed)
        try:
            connection.ensure_connection()
            if start.wait(30) == 0:
                until[0] = time.monotonic() + seconds
            while not until[0]:
                time.sleep(0.001)
            while time.monotonic() < until[0] and not enough():
                act(dice, outcome)
        except Exception as problem:  # noqa: BLE001 - whatever a client would see is a finding
            with outcome.lock:
                outcome.errors.append(f"{type(problem).__name__}: {problem}")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def post(drafts: list[Draft], outcome: Outcome) -> None:
    """Post and count; too little stock is a proper answer, everything else is not."""
    try:
        answers = actions.post(drafts, actor="user:crowd", each=len(drafts) > 1)
    except Refused as refusal:
        if {fault.code for fault in refusal.faults} != {"too_little"}:
            raise
        with outcome.lock:
            outcome.refused += 1
        return
    refusals = [answer for answer in answers if not hasattr(answer, "sequence")]
    assert all(fault.code == "too_little" for one in refusals for fault in one.faults), refusals
    with outcome.lock:
        outcome.posted += len(answers) - len(refusals)
        outcome.refused += len(refusals)
