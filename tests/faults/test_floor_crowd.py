"""Everybody at once: eight people do anything in any room, on the same goods and documents.

Nobody sees an error that sending it again would have cured, and nothing is left behind that does not agree.
"""

from __future__ import annotations

import random
import threading
from collections import Counter

import pytest

from lotbook.kernel import clock, outbox, sql
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger.check import check
from tests.faults.crowd import Outcome, crowd
from tests.model.floor import agreeing, world
from tests.model.floor.acting import ACTS
from tests.model.floor.everything import PLANS
from tests.model.floor.floor import Call, Dice, Floor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
PEOPLE = 8


class Person:
    """Plans what to do from what there is, as it stands at that moment, and does it."""

    def __init__(self, nth: int, start: Floor) -> None:
        self.floor = Floor()
        self.floor.now = start.now
        self.nth = nth
        self.done: Counter[str] = Counter()

    def act(self, dice: random.Random) -> None:
        """One act; a refusal is an answer, unless it says to try again."""
        self.floor.look()
        name = dice.choices(list(ACTS), [weight for weight, _ in ACTS.values()])[0]
        if name == "sleep":
            return
        call = self._planned(name, dice)
        if call is None:
            return
        try:
            call.act(**call.told)
        except Refused as refusal:
            if refusal.status >= 500:
                raise
            return
        self.done[name] += 1

    def _planned(self, name: str, dice: random.Random) -> Call | None:
        # What is thought of may be gone before the thought is finished: somebody else was faster.
        try:
            return PLANS[name](self.floor, Dice(f"{self.nth} {dice.random()}"))
        except (KeyError, StopIteration):
            return None


def test_everybody_at_once(monkeypatch: pytest.MonkeyPatch, long_run: bool) -> None:
    start = Floor()
    monkeypatch.setattr(clock, "now", lambda: start.now)
    world.make()
    people: dict[int, Person] = {}
    ready = threading.Lock()

    def act(dice: random.Random, seen: Outcome) -> None:
        me = threading.get_ident()
        if me not in people:
            with ready:
                people[me] = Person(len(people), start)
        people[me].act(dice)

    outcome = crowd(PEOPLE, 120 if long_run else 10, act)
    assert outcome.errors == []
    outbox.deliver()
    failed = sql.rows("SELECT topic, payload, problem FROM kernel_outbox WHERE problem <> ''")
    assert not failed, failed
    done = sum((one.done for one in people.values()), Counter[str]())
    assert sum(done.values()) > 20, done
    agreeing.documents(start)
    agreeing.free()
    agreeing.messages()
    assert check().findings == []
