"""The list of everything that can be done, and what several rooms' acts have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger.lines import Line
from tests.model.floor.floor import Changes, Dice, Key, Plan, Row
from tests.model.floor.world import LIM
from tests.rooms import ANN

ACTS: dict[str, tuple[int, Plan]] = {}
"""Name → how often, compared with others, and how it is planned."""
STORES = ("STORE", "A-01", "QUARANTINE")
PLACES = (*STORES, "SALE", "CAGE", "AT-PACK")
SCALES = {"TOM": 3, "SALT": 3, "PEEL": 3, "JAR": 0, "SAUCE": 0, "SCALE": 0, "CARTON": 0}
NONE: Changes = {}
P = TypeVar("P", bound=Plan)


def act(weight: int) -> Callable[[P], P]:
    """Enter a plan into the list."""

    def enter(plan: P) -> P:
        assert plan.__name__ not in ACTS, plan.__name__
        ACTS[plan.__name__] = weight, plan
        return plan

    return enter


def who(dice: Dice) -> str:
    """Who does it: mostly somebody who may work everywhere."""
    return LIM if dice.chance(0.05) else ANN


def text(quantity: int, item: str) -> str:
    """A quantity as people write it."""
    return to_text(quantity, SCALES[item])


def taken(dice: Dice, rows: Sequence[Row], most: int = 3) -> tuple[list[Line], list[tuple[Row, int]]]:
    """Lines that take some of these rows, each from where it stands; and how much of which."""
    lines, much = [], []
    for row in dice.some(rows, most):
        said, quantity = dice.amount(row.on_hand if dice.chance(0.2) else row.free, row.scale)
        lines.append(Line(item=row.item, lot=row.lot, quantity=said, place=row.place))
        much.append((row, quantity))
    return lines, much


def gone(much: Sequence[tuple[Row, int]]) -> Counter[Key]:
    """That these quantities are no longer where they were."""
    changes: Counter[Key] = Counter()
    for row, quantity in much:
        changes[row.key] -= quantity
    return changes


def moved(much: Sequence[tuple[Row, int]], to: str) -> Counter[Key]:
    """That these quantities are at another place."""
    changes = gone(much)
    for row, quantity in much:
        changes[row.item, row.lot, to] += quantity
    return changes


def lots_of(much: Sequence[tuple[Row, int]]) -> frozenset[tuple[str, str]]:
    """The lots of what was taken."""
    return frozenset((row.item, row.lot) for row, _ in much)
