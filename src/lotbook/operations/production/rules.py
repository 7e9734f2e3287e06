"""The mass balance of a run: net mass in = net mass out + declared loss + a named difference. Pure.

>>> kilogram = Units("KGM", 3)
>>> mass(
...     [Amount("TOM", kilogram, used=10_000, lost=500), Amount("SAUCE", kilogram, produced=9_000)]
... ).difference
Fraction(1, 2)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lotbook.foundation.catalog.rules import Units

GRAM = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Output:
    """So much of an item that came out of a run; an empty ``lot`` gets its number by the rule.

    ``quantity`` is decimal text in ``unit`` (empty: base unit); ``place`` where it was put, when that is
    not the act's own place. Without dates the lot was produced that day and expires by its shelf life.
    """

    item: str
    lot: str = ""
    quantity: str = ""
    unit: str = ""
    place: str = ""
    produced_on: date | str | None = None
    expires_on: date | str | None = None
    best_before_on: date | str | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What one lot had to do with a run, in smallest units: ``used`` went in and did not come back."""

    item: str
    units: Units
    used: int = 0
    produced: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class MassBalance:
    """Kilograms, exactly. ``unweighed``: items without a net weight, which stay outside."""

    consumed: Fraction
    produced: Fraction
    lost: Fraction
    unweighed: tuple[str, ...]

    @property
    def difference(self) -> Fraction:
        """What went in and neither came out nor was declared lost; below zero: more came out."""
        return self.consumed - self.produced - self.lost

    @property
    def balanced(self) -> bool:
        """Whether nothing is unexplained, to the gram: finer than that no scale in a plant measures."""
        return abs(self.difference) < GRAM

    @property
    def yield_percent(self) -> Fraction | None:
        """Net mass out per net mass in, in percent; None when nothing weighed went in."""
        return self.produced * 100 / self.consumed if self.consumed else None

    @property
    def consumed_text(self) -> str:
        """Kilograms that went in."""
        return kilograms_text(self.consumed)

    @property
    def produced_text(self) -> str:
        """Kilograms that came out."""
        return kilograms_text(self.produced)

    @property
    def lost_text(self) -> str:
        """Kilograms declared lost."""
        return kilograms_text(self.lost)

    @property
    def difference_text(self) -> str:
        """Kilograms unexplained."""
        return kilograms_text(self.difference)

    @property
    def yield_text(self) -> str:
        """The yield in percent to one decimal place; empty when nothing weighed went in."""
        percent = self.yield_percent
        return "" if percent is None else f"{float(percent):.1f}"


def mass(amounts: Iterable[Amount]) -> MassBalance:
    """The mass balance of what went in, came out and was lost."""
    consumed = produced = lost = Fraction(0)
    unweighed: set[str] = set()
    for amount in amounts:
        weigh = amount.units.kilograms
        went_in, came_out, gone = weigh(amount.used), weigh(amount.produced), weigh(amount.lost)
        if went_in is None or came_out is None or gone is None:
            unweighed.add(amount.item)
            continue
        consumed, produced, lost = consumed + went_in, produced + came_out, lost + gone
    return MassBalance(consumed, produced, lost, tuple(sorted(unweighed)))


def kilograms_text(weight: Fraction) -> str:
    """Kilograms to the gram, as plain decimal text.

    >>> kilograms_text(Fraction(-1, 2)), kilograms_text(Fraction(12))
    ('-0.5', '12')
    """
    grams = round(abs(weight) * 1000)
    whole, part = divmod(grams, 1000)
    text = f"{whole}.{part:03d}".rstrip("0").rstrip(".")
    return f"-{text}" if weight < 0 and grams else text
