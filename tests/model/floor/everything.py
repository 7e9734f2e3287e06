"""Every room's acts in one list, and which of them are done more often in one world than in another."""

import random
from itertools import combinations

from tests.model.floor import (
    counting,
    deciding,
    production,
    receiving,
    shipping,
    stories,
    transfers,
    warehouse,
)
from tests.model.floor.acting import ACTS

ROOMS = (counting, production, receiving, shipping, transfers, warehouse)
FOCI = [{one.__name__, other.__name__} for one, other in combinations(ROOMS, 2)]
"""Two rooms each: where much is done in two of them, something gets done to its end."""
assert {deciding.decide.__name__, *(name for story in stories.STORIES for name in story)} <= set(ACTS)
PLANS = {name: plan for name, (_, plan) in ACTS.items()}
TRIES = 6
"""How many acts are thought of before nothing is done."""


def drawn(focus: set[str], seed: int) -> list[str]:
    """Names of acts to try in turn, drawn by their weights and by what this world is about."""
    weights = [weight * (6 if plan.__module__ in focus else 1) for weight, plan in ACTS.values()]
    return random.Random(f"act {seed}").choices(list(ACTS), weights, k=TRIES)
