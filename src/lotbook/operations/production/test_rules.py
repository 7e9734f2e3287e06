"""The mass balance, by hand."""

from __future__ import annotations

from fractions import Fraction

from lotbook.foundation.catalog.rules import Units
from lotbook.operations.production.rules import Amount, kilograms_text, mass

KILO = Units("KGM", 3)
JAR = Units("H87", 0)
SAUCE = Units("H87", 0, {"KGM": (20, 7)})


def test_jars_of_sauce_weigh_what_went_in_and_empty_jars_stay_outside() -> None:
    balance = mass(
        [
            Amount("TOM", KILO, used=100_000, lost=2_000),
            Amount("JAR", JAR, used=280),
            Amount("SAUCE", SAUCE, produced=280),
        ]
    )
    assert [balance.consumed, balance.produced, balance.lost, balance.difference] == [100, 98, 2, 0]
    assert balance.balanced
    assert balance.unweighed == ("JAR",)
    assert balance.yield_percent == 98


def test_a_gram_is_a_difference_and_more_out_than_in_is_one_too() -> None:
    assert not mass([Amount("A", KILO, used=1001), Amount("B", KILO, produced=1000)]).balanced
    more = mass([Amount("A", KILO, used=1000), Amount("B", KILO, produced=1500)])
    assert (more.difference, kilograms_text(more.difference)) == (Fraction(-1, 2), "-0.5")


def test_nothing_in_has_no_yield() -> None:
    assert mass([]).yield_percent is None
    assert mass([]).balanced
