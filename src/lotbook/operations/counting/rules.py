"""What a difference is, when somebody else counts again, and how often things are counted. Pure.

>>> Limits(percent_hundredths=500).exceeded(Difference(book=100, counted=94, scale=0))
'6 % off, more than 5 %'
>>> Limits(percent_hundredths=500).exceeded(Difference(book=100, counted=96, scale=0))
''
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lotbook.kernel.quantity import to_text

ROUNDS_MAX = 5
"""After so many rounds nobody learns more by counting: the difference is decided on."""

CYCLE_DAYS = {"A": 30, "B": 90, "C": 180}
"""Most days between two counts of an item, by class: A is the most valuable stock, C the least."""

CLASS_SHARES = (("A", Fraction(80, 100)), ("B", Fraction(95, 100)), ("C", Fraction(1)))
"""Up to which share of the value of all stock an item belongs to a class, the most valuable first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody counted of one lot, in words: ``counted`` is decimal text in ``unit``, zero included."""

    item: str = ""
    lot: str = ""
    counted: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What was counted against what the book said, in smallest units of an item of this ``scale``.

    ``cost_micro`` is millionths of the currency per base unit, None when nobody set it.
    """

    book: int
    counted: int
    scale: int
    cost_micro: int | None = None

    @property
    def quantity(self) -> int:
        """More (above zero) or less than the book said."""
        return self.counted - self.book

    @property
    def value_micro(self) -> int:
        """What the difference is worth, without sign, in millionths of the currency; rounded up."""
        if self.cost_micro is None:
            return 0
        one: int = 10**self.scale
        return -(-abs(self.quantity) * self.cost_micro // one)

    @property
    def percent(self) -> Fraction | None:
        """Percent of what the book said, without sign; None when the book said nothing."""
        return Fraction(abs(self.quantity) * 100, self.book) if self.book > 0 else None


@dataclass(frozen=True, slots=True)
class Limits:
    """Above which a difference is counted again; None limits nothing."""

    percent_hundredths: int | None = None
    quantity_thousandths: int | None = None
    value_micro: int | None = None

    def exceeded(self, difference: Difference) -> str:
        """Which limit the difference exceeds, in words; empty when none."""
        if not difference.quantity:
            return ""
        if self.percent_hundredths is not None:
            limit = Fraction(self.percent_hundredths, 100)
            percent = difference.percent
            if percent is None:
                return "the book said none was there"
            if percent > limit:
                return f"{_short(percent)} % off, more than {_short(limit)} %"
        if self.quantity_thousandths is not None:
            off = Fraction(abs(difference.quantity), 10**difference.scale)
            if off > Fraction(self.quantity_thousandths, 1000):
                return f"{_short(off)} off, more than {_short(Fraction(self.quantity_thousandths, 1000))}"
        if self.value_micro is not None and difference.value_micro > self.value_micro:
            return f"worth {money(difference.value_micro)}, more than {money(self.value_micro)}"
        return ""


DEFAULT = Limits(percent_hundredths=500)
"""Without limits set: more than 5 percent off is counted again."""


def money(micro: int) -> str:
    """Millionths of a currency as people write them.

    >>> money(12_500_000)
    '12.50'
    """
    return f"{Decimal(micro).scaleb(-6):.2f}"


def _short(number: Fraction) -> str:
    return to_text(round(number * 10), 1)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well the book agreed: of ``lines`` counted, ``right`` ones had no difference at all.

    ``book_micro`` and ``off_micro`` are the value of what the book said and of what was off, each line
    without sign.
    """

    lines: int
    right: int
    book_micro: int
    off_micro: int

    @property
    def lines_percent(self) -> str:
        """Percent of the lines that agreed, to one decimal place; empty when nothing was counted."""
        return f"{self.right * 100 / self.lines:.1f}" if self.lines else ""

    @property
    def value_percent(self) -> str:
        """Percent of the value that was where the book said; empty when no value is known."""
        if not self.book_micro:
            return ""
        return f"{max(0.0, 100 - self.off_micro * 100 / self.book_micro):.1f}"


def accuracy(differences: Iterable[Difference]) -> Accuracy:
    """The figures of a set of lines."""
    lines = right = book_micro = off_micro = 0
    for one in differences:
        lines += 1
        right += not one.quantity
        book_micro += Difference(0, one.book, one.scale, one.cost_micro).value_micro
        off_micro += one.value_micro
    return Accuracy(lines, right, book_micro, off_micro)


def classes(values: dict[int, int]) -> dict[int, str]:
    """ABC classes of items by the value of their stock: the dearest 80 % are A, to 95 % B, the rest C.

    >>> classes({1: 80, 2: 15, 3: 5})
    {1: 'A', 2: 'B', 3: 'C'}
    """
    total = sum(values.values())
    found: dict[int, str] = {}
    before = 0
    for key, value in sorted(values.items(), key=lambda pair: (-pair[1], pair[0])):
        share = Fraction(before, total) if total else Fraction(1)
        found[key] = next((name for name, until in CLASS_SHARES if share < until), "C")
        before += value
    return found
