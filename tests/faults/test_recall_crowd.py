"""A recall freezes while others ship and allocate: nothing frozen leaves afterwards, nobody deadlocks."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from lotbook.insights.recall import actions as recall
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import scoping
from lotbook.kernel.errors import Refused
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.models import Balance, Claim
from lotbook.traceability.ledger.rules import Draft
from lotbook.traceability.lots.models import Hold, Lot
from tests.faults.crowd import Floor, Outcome, crowd

pytestmark = pytest.mark.django_db(transaction=True)

LOTS = 12
SOME = 40
"""Acts of the crowd before the freeze, and after it."""
EXPECTED = {"too_little", "not_free"}


def stocked() -> Floor:
    floor = Floor.open()
    drafts = [floor.receive(number, 100_000, shelf) for number in range(LOTS) for shelf in (0, 1)]
    actions.post(drafts, actor="user:crowd")
    return floor


def scoped(*lots: Lot) -> Case:
    given = scoping.of_lots(lot.uid for lot in lots)
    case = recall.open_case(kind="recall", reason="glass", suspects=given, actor="user:quinn")
    return recall.take_scope(case=case.uid, actor="user:quinn")


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not met():
        assert time.monotonic() < end, "the crowd did nothing for a minute"
        time.sleep(0.05)


def left() -> dict[tuple[int, int], int]:
    return {(one.lot_id, one.place_id): one.on_hand for one in Balance.objects.filter(own=True)}


def busy(floor: Floor, dice: random.Random, seen: Outcome) -> None:
    """Ship some lots in no order at all, or reserve some."""
    try:
        if dice.random() < 0.4:
            demand = Demand(floor.item, dice.randint(1, 30), dice.choice(floor.shelves), "order", uuid4())
            allocation.allocate([demand], actor="user:crowd")
        else:
            half = dice.choice((0, LOTS // 2))  # lots that will be frozen, or those beside them
            drafts: list[Draft] = [
                floor.ship(half + dice.randrange(LOTS // 2), dice.randint(1, 5), dice.randrange(2))
                for _ in range(6)
            ]
            actions.post(drafts, actor="user:crowd")
        with seen.lock:
            seen.posted += 1
    except Refused as refusal:
        if not {fault.code for fault in refusal.faults} <= EXPECTED:
            raise
        with seen.lock:
            seen.refused += 1


@pytest.mark.heavy
def test_nothing_of_a_frozen_lot_leaves_after_the_freeze() -> None:
    floor = stocked()
    half = list(Lot.objects.filter(number__in=[floor.lot(number).number for number in range(LOTS // 2)]))
    case = scoped(*half)
    outcome, wanted = Outcome(), [10**9]
    others = threading.Thread(
        target=crowd,
        args=(6, 60, lambda dice, seen: busy(floor, dice, seen)),
        kwargs={"outcome": outcome, "enough": lambda: outcome.posted >= wanted[0]},
    )
    others.start()
    until(lambda: outcome.posted >= SOME)
    done = recall.freeze(case=case.uid, actor="user:quinn")
    frozen = {lot.pk for lot in half}
    at_freeze = left()
    wanted[0] = outcome.posted + SOME
    others.join()
    assert outcome.errors == []
    assert done.lots == LOTS // 2
    after = left()
    assert {key for key in after if after[key] != at_freeze[key]} & {
        key for key in after if key[0] in frozen
    } == set()
    # The control: of the lots beside them more left in the same time, and what was frozen was asked for.
    assert any(after[key] < at_freeze[key] for key in after if key[0] not in frozen)
    assert outcome.refused > 0
    assert Claim.objects.filter(lot__in=frozen, quantity__gt=0).count() == 0
    assert check().findings == []


@pytest.mark.postgres
def test_two_who_freeze_the_same_case_freeze_it_once() -> None:
    floor = stocked()
    case = scoped(*Lot.objects.filter(item=floor.item))
    held: list[int] = []

    def freeze(_: random.Random, seen: Outcome) -> None:
        done = recall.freeze(case=case.uid, actor="user:quinn")
        with seen.lock:
            held.append(done.lots)

    outcome = crowd(4, 0.5, freeze)
    assert outcome.errors == []
    assert (sum(held), len(held) > 1) == (LOTS, True)
    assert Hold.objects.count() == LOTS
    assert set(Lot.objects.filter(item=floor.item).values_list("held", flat=True)) == {1}
