"""The whole floor: whatever people do in whatever order, in every room, the book stays right.

1,000 acts in worlds of 90; 20 times as many in the long run. Every act is done whole or leaves nothing
behind, changes the stock as the model beside it says, and sent once more changes nothing. At the end of
each world every document is held against the ledger, the genealogy against the trace, and ``lotbook
check`` finds nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from lotbook.kernel import clock
from tests.model.floor import agreeing, world
from tests.model.floor.everything import FOCI, PLANS, drawn
from tests.model.floor.floor import Dice, Floor
from tests.model.floor.stories import STORIES

STEPS_PER_WORLD = 90


class FloorMachine(RuleBasedStateMachine):
    """One world after the other; what was done in it is said when something is wrong."""

    steps = 0
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.floor = floor = Floor()
        self.clock = patch.object(clock, "now", lambda: floor.now)
        self.clock.start()
        world.make()
        self.floor.open()

    def teardown(self) -> None:
        try:
            with self.floor.said():
                agreeing.whole(self.floor)
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
        type(self).done += self.floor.done
        type(self).refused += self.floor.refused

    @initialize(focus=st.sampled_from(FOCI), seed=st.integers(0, 999_999))
    def open(self, focus: set[str], seed: int) -> None:
        """Some rooms are busier than others; what chance seldom does is done first."""
        self.focus = focus
        with self.floor.said():
            for story in STORIES if seed % 2 else STORIES[::-1]:
                for name in story:
                    type(self).steps += 1
                    self.floor.step([name], PLANS, seed)
                    agreeing.documents(self.floor)

    @rule(seed=st.integers(0, 999_999))
    def act(self, seed: int) -> None:
        """Somebody does something."""
        type(self).steps += 1
        with self.floor.said():
            self.floor.step(drawn(self.focus, seed), PLANS, seed)
            if seed % 8 == 0:
                self.floor.again(Dice(seed))
            if seed % 10 == 1:
                agreeing.documents(self.floor)


@pytest.mark.heavy
@pytest.mark.django_db
def test_the_floor_does_what_its_model_does(long_run: bool) -> None:
    steps = 30_000 if long_run else 1_000
    run_state_machine_as_test(
        FloorMachine,
        settings=settings(
            max_examples=math.ceil(1.1 * steps / STEPS_PER_WORLD),
            stateful_step_count=STEPS_PER_WORLD,
            deadline=None,
            derandomize=not long_run,
            # Making the story shorter takes longer than the whole suite may: only when somebody waits for it.
            phases=[Phase.generate, Phase.shrink] if long_run else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Hypothesis ends some worlds early.
    assert FloorMachine.steps >= 0.9 * steps, FloorMachine.steps
