"""Queues of many devices come in out of order, twice and in pieces: every act is applied once, or kept."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lotbook.interfaces.station.actions import applying
from lotbook.interfaces.station.models import Act, State
from lotbook.operations.warehouse.actions import goods
from tests.faults.queues import World, deliver, deliveries, judge, queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.heavy
def test_a_hundred_queues_are_applied_once_or_kept(long_run: bool) -> None:
    dice = random.Random(20270303)
    world = World.open()
    queues = [queue(dice, world, number, dice.randint(3, 6)) for number in range(500 if long_run else 100)]
    sent = deliveries(dice, queues)
    assert deliver(world, sent, threads=3) == []
    told = judge(queues)
    assert min(told[State.APPLIED], told[State.CONFLICT], told[State.REFUSED]) > 10, "too tame a world"
    print(f"\n{len(queues)} queues, {len(sent)} deliveries: {dict(told)}")


def test_the_order_does_not_matter_for_acts_that_do_not_contradict() -> None:
    world = World.open()
    line = {"lot": world.lots["T-1"], "quantity": "1", "unit": "KGM"}
    one = queue(random.Random(1), world, 1, 0)
    first = one.act("move", {"lines": [{**line, "from": "STORE"}], "to": "A-01"})
    second = one.act("move", {"lines": [{**line, "from": "A-01"}], "to": "QUARANTINE"}, first)
    one.act("undo", {"act": second})
    for _ in range(2):
        for act in reversed(one.acts):
            assert deliver(world, [(one.device, [act])], threads=1) == []
    assert judge([one]) == {State.APPLIED: 3}


def test_a_crash_between_storing_and_applying_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.open()
    one = queue(random.Random(2), world, 2, 5)
    with monkeypatch.context() as patch:
        patch.setattr(applying, "apply", lambda _key: (_ for _ in ()).throw(SystemError("power cut")))
        assert deliver(world, [(one.device, one.acts)], threads=1) != []
    assert Act.objects.filter(state=State.RECEIVED).exists()
    assert deliver(world, [(one.device, one.acts)], threads=1) == []
    judge([one])


def test_the_judge_notices_what_is_applied_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a server that does not know what it has done, over a ledger that is not told the act's id."""
    world = World.open()
    one = queue(random.Random(3), world, 3, 0)
    line = {"lot": world.lots["T-1"], "quantity": "1", "unit": "KGM", "from": "STORE"}
    one.act("move", {"lines": [line], "to": "A-01"})
    real_move, real_decide = goods.move, applying._decide

    def forgetful(**told: Any) -> Any:
        return real_move(**{**told, "uid": None})

    def careless(key: int) -> Act:
        act = Act.objects.get(pk=key)
        real_decide(act)
        return act

    monkeypatch.setattr(goods, "move", forgetful)
    monkeypatch.setattr(applying, "_decided", careless)
    assert deliver(world, [(one.device, [one.acts[0]]), (one.device, [one.acts[0]])], threads=1) == []
    with pytest.raises(AssertionError, match="applied twice"):
        judge([one])
