"""Recipes for a quantity, and the mass balance of a run. Pure.

Net mass in = net mass out + declared loss + a named difference.

>>> kilogram = Units("KGM", 3)
>>> mass(
...     [Amount("TOM", kilogram, used=10_000, lost=500), Amount("SAUCE", kilogram, produced=9_000)]
... ).difference
Fraction(1, 2)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from lotbook.foundation.catalog.rules import Units
from lotbook.kernel.quantity import to_text

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


# -- recipes ---------------------------------------------------------------------------------------

PERCENT = 10_000
MICRO = 1_000_000
PARTS_MAX = 200
UNITS_MAX = 1_000
"""Most units of one act."""


@dataclass(frozen=True, slots=True)
class Issue:
    """So much of a lot that goes into a run, as ``ledger.lines.Line``; ``reason`` where it is asked for.

    A reason is asked for when another lot than the suggested one is taken, an item stands in for that of
    the recipe, or more goes in than the recipe allows.
    """

    item: str = ""
    lot: str = ""
    quantity: str = ""
    unit: str = ""
    place: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """An item that may stand in: ``factor`` of its base unit (decimal text) for one of the input's."""

    item: str
    factor: str = "1"
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An input of a recipe in words: ``quantity`` decimal text for the base quantity, ``scrap`` percent."""

    item: str
    quantity: str = ""
    unit: str = ""
    scrap: str = ""
    optional: bool = False
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """A further output of a recipe in words; ``kind`` is co (co-product) or by (by-product)."""

    item: str
    quantity: str = ""
    unit: str = ""
    kind: str = "by"


@dataclass(frozen=True, slots=True)
class StandIn:
    """An alternative as a run's plan keeps it: item key, millionths of its base unit, and its rank."""

    item: int
    code: str
    scale: int
    factor_micro: int
    rank: int


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An input as a run's plan keeps it; ``quantity`` is what the whole run needs, scrap included."""

    position: int
    item: int
    code: str
    name: str
    unit: str
    scale: int
    quantity: int
    optional: bool = False
    alternatives: tuple[StandIn, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedOutput:
    """An output as a run's plan keeps it: ``kind`` main, co or by."""

    item: int
    code: str
    name: str
    unit: str
    scale: int
    quantity: int
    kind: str = "main"


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe for a planned quantity: what a run keeps of it (JSON in ``Run.snapshot``)."""

    recipe: str
    version: int
    inputs: tuple[PlannedInput, ...] = ()
    outputs: tuple[PlannedOutput, ...] = ()
    expected_yield: int | None = None
    yield_lower: int | None = None
    yield_upper: int | None = None
    yield_rule: str = "show"
    over_issue: int = 0
    limits_expiry: bool = False
    instructions: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the run keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Plan | None:
        """The plan a run kept; None for a run without recipe."""
        if not kept:
            return None
        inputs = tuple(
            PlannedInput(**{**one, "alternatives": tuple(StandIn(**other) for other in one["alternatives"])})
            for one in kept["inputs"]
        )
        outputs = tuple(PlannedOutput(**one) for one in kept["outputs"])
        return cls(**{**kept, "inputs": inputs, "outputs": outputs})

    def line_for(self, item: int) -> tuple[PlannedInput, StandIn | None] | None:
        """The input an item belongs to, and the alternative it is when it stands in."""
        for line in self.inputs:
            if line.item == item:
                return line, None
        for line in self.inputs:
            for other in line.alternatives:
                if other.item == item:
                    return line, other
        return None

    def most(self, line: PlannedInput) -> int:
        """The most of an input that goes in unasked."""
        return line.quantity + line.quantity * self.over_issue // PERCENT


def needed(quantity: int, base: int, planned: int, scrap: int = 0) -> int:
    """What ``planned`` needs of an input of which ``base`` needs ``quantity``, rounded up to a smallest unit.

    >>> needed(357_143, 1000, 280), needed(100, 1000, 1, scrap=500)
    (100001, 1)
    """
    exact = Fraction(quantity * planned, base) * Fraction(PERCENT + scrap, PERCENT)
    return math.ceil(exact)


def in_place_of(quantity: int, scale: int, line: PlannedInput, other: StandIn) -> int:
    """How much of the input ``quantity`` smallest units of an alternative stand for, rounded down."""
    base_units = Fraction(quantity, 10**scale) * MICRO / other.factor_micro
    return int(base_units * 10**line.scale)


@dataclass(frozen=True, slots=True)
class Need:
    """An input of a run's plan against what went in, in smallest units of the input's item."""

    line: PlannedInput
    issued: int
    stood_in: int
    most: int

    @property
    def went_in(self) -> int:
        """What went in, alternatives counted for what they stand for."""
        return self.issued + self.stood_in

    @property
    def left(self) -> int:
        """What is still to go in."""
        return max(self.line.quantity - self.went_in, 0)

    @property
    def over(self) -> int:
        """What went in above what goes in unasked."""
        return max(self.went_in - self.most, 0)

    @property
    def percent(self) -> int:
        """How far it is, in whole percent."""
        return self.went_in * 100 // self.line.quantity


def needs(plan: Plan, used: Mapping[int, int], scales: Mapping[int, int]) -> list[Need]:
    """What each input needed and got; ``used`` and ``scales`` by item key."""
    own: dict[int, int] = {}
    other: dict[int, int] = {}
    for item, quantity in used.items():
        found = plan.line_for(item)
        if found is None:
            continue
        line, stands_in = found
        if stands_in is None:
            own[line.position] = own.get(line.position, 0) + quantity
        else:
            worth = in_place_of(quantity, scales[item], line, stands_in)
            other[line.position] = other.get(line.position, 0) + worth
    return [
        Need(line, own.get(line.position, 0), other.get(line.position, 0), plan.most(line))
        for line in plan.inputs
    ]


def yield_hundredths(balance: MassBalance, made: int, planned: int | None) -> int | None:
    """The yield in hundredths of a percent: of net mass; where nothing weighs, of made per planned."""
    percent = balance.yield_percent
    if percent is None and planned:
        percent = Fraction(made * 100, planned)
    return None if percent is None else round(percent * 100)


def outside(actual: int | None, lower: int | None, upper: int | None) -> str:
    """What is wrong with a yield, in words; empty when it is within its limits, or nothing is known."""
    if actual is None:
        return ""
    if lower is not None and actual < lower:
        return f"a yield of {percent_text(actual)} % is below {percent_text(lower)} %"
    if upper is not None and actual > upper:
        return f"a yield of {percent_text(actual)} % is above {percent_text(upper)} %"
    return ""


def percent_text(hundredths: int | None) -> str:
    """Hundredths of a percent as people write percent.

    >>> percent_text(9850), percent_text(10_000)
    ('98.5', '100')
    """
    return "" if hundredths is None else to_text(hundredths, 2)


# -- unit by unit ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """What went into one unit: a lot or serial of ``item``; ``quantity`` decimal text (empty: one)."""

    item: str
    lot: str = ""
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit made, by its serial, and the parts that are in it."""

    serial: str
    parts: tuple[Part, ...] = ()


def pasted(text: str) -> list[Unit]:
    r"""Units from rows pasted out of a spreadsheet: the header names the parts' items.

    Cells are divided by tabs, semicolons or commas; ``*`` gives a quantity, for one cell or in the header
    for all of the column. An empty cell: that part is not in that unit.

    >>> [(unit.serial, len(unit.parts)) for unit in pasted("serial;MOTOR;SCREW*4\nU-1;M-1;S-9\nU-2;M-2;")]
    [('U-1', 2), ('U-2', 1)]
    """
    rows = [row for row in text.splitlines() if row.strip()]
    if not rows:
        return []
    mark = next((one for one in "\t;," if one in rows[0]), "\t")
    header = [_starred(cell) for cell in rows[0].split(mark)]
    units = []
    for row in rows[1:]:
        cells = [cell.strip() for cell in row.split(mark)]
        parts = []
        for (item, usual), cell in zip(header[1:], cells[1:], strict=False):
            if cell:
                lot, own = _starred(cell)
                parts.append(Part(item, lot, own or usual))
        units.append(Unit(cells[0], tuple(parts)))
    return units


def _starred(cell: str) -> tuple[str, str]:
    name, _, quantity = cell.strip().partition("*")
    return name.strip(), quantity.strip()


# -- recipes in words ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecipeWords:
    """A recipe as people write it: decimal texts, items by code, days as dates or ISO text.

    Yields and ``over_issue`` in percent; ``unit`` is that of ``base_quantity``.
    """

    code: str
    item: str
    base_quantity: str = "1"
    unit: str = ""
    inputs: tuple[Ingredient, ...] = ()
    outputs: tuple[Extra, ...] = ()
    valid_from_on: date | str | None = None
    valid_until_on: date | str | None = None
    expected_yield: str = ""
    yield_lower: str = ""
    yield_upper: str = ""
    yield_rule: str = "show"
    over_issue: str = ""
    in_vessel: bool = False
    limits_expiry: bool = False
    instructions: str = ""


def alternatives(text: str) -> tuple[Alternative, ...]:
    """Alternatives written in one field, the first choice in front; ``*`` gives a factor.

    >>> alternatives("PLUM*1.2, CHERRY")
    (Alternative(item='PLUM', factor='1.2', rank=1), Alternative(item='CHERRY', factor='1', rank=2))
    """
    named = [_starred(one) for one in text.replace(";", ",").split(",") if one.strip()]
    return tuple(Alternative(item, factor or "1", rank) for rank, (item, factor) in enumerate(named, start=1))


def alternatives_text(listed: Iterable[Alternative]) -> str:
    """The same the other way.

    >>> alternatives_text([Alternative("PLUM", "1.2", 1), Alternative("CHERRY", "1", 2)])
    'PLUM*1.2, CHERRY'
    """
    ranked = sorted(listed, key=lambda one: one.rank)
    return ", ".join(one.item if one.factor == "1" else f"{one.item}*{one.factor}" for one in ranked)


HEAD_WORDS = {
    "base_quantity": "base quantity",
    "unit": "unit",
    "valid_from_on": "valid from",
    "valid_until_on": "valid until",
    "expected_yield": "expected yield",
    "yield_lower": "lowest yield",
    "yield_upper": "highest yield",
    "yield_rule": "outside the limits",
    "over_issue": "over-issue",
    "in_vessel": "in a vessel",
    "limits_expiry": "expiry limited by inputs",
    "instructions": "instructions",
}


def changes(old: RecipeWords, new: RecipeWords) -> list[str]:
    """What changed between two states of a recipe, one sentence each.

    >>> a = RecipeWords("S", "SAUCE", inputs=(Ingredient("TOM", "10"),))
    >>> changes(a, RecipeWords("S", "SAUCE", inputs=(Ingredient("TOM", "12"), Ingredient("SALT", "1"))))
    ['input TOM: 10 → 12', 'input SALT: added, 1']
    """
    found = []
    for name, word in HEAD_WORDS.items():
        before, after = str(getattr(old, name) or ""), str(getattr(new, name) or "")
        if before != after:
            said = f"{word}: {before or 'empty'} → {after or 'empty'}"
            found.append(f"{word} changed" if name == "instructions" else said)
    found += _line_changes("input", {one.item: _said(one) for one in old.inputs}, new.inputs)
    return found + _line_changes("output", {one.item: _said(one) for one in old.outputs}, new.outputs)


def _line_changes(word: str, old: Mapping[str, str], new: Iterable[Ingredient | Extra]) -> list[str]:
    now = {one.item: _said(one) for one in new}
    found = [
        f"{word} {item}: {old[item]} → {said}"
        for item, said in now.items()
        if item in old and old[item] != said
    ]
    found += [f"{word} {item}: added, {said}" for item, said in now.items() if item not in old]
    return found + [f"{word} {item}: removed" for item in old if item not in now]


def _said(line: Ingredient | Extra) -> str:
    text = f"{line.quantity} {line.unit}".strip()
    if isinstance(line, Extra):
        return f"{text} as {'co' if line.kind == 'co' else 'by'}-product"
    text += f" + {line.scrap} % scrap" if line.scrap else ""
    text += " optional" if line.optional else ""
    return text + (f" or {alternatives_text(line.alternatives)}" if line.alternatives else "")


RECIPE_COLUMNS = (
    "recipe", "item", "base quantity", "base unit", "valid from", "valid until", "expected yield",
    "lowest yield", "highest yield", "outside limits", "over-issue", "in vessel", "limits expiry",
    "instructions", "line", "line item", "quantity", "unit", "scrap", "optional", "alternatives",
)  # fmt: skip
"""Columns of recipes as a file: one row for each input or further output."""

LINES = {"input": "", "co": "co", "by": "by", "co-product": "co", "by-product": "by"}
YES = frozenset({"yes", "true", "1", "x", "y"})


def recipe_rows(recipe: RecipeWords) -> list[tuple[str, ...]]:
    """A recipe as rows of a file."""
    head = (
        recipe.code, recipe.item, recipe.base_quantity, recipe.unit, str(recipe.valid_from_on or ""),
        str(recipe.valid_until_on or ""), recipe.expected_yield, recipe.yield_lower, recipe.yield_upper,
        recipe.yield_rule, recipe.over_issue, "yes" if recipe.in_vessel else "",
        "yes" if recipe.limits_expiry else "", recipe.instructions,
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (
            *head, "input", one.item, one.quantity, one.unit, one.scrap, "yes" if one.optional else "",
            alternatives_text(one.alternatives),
        )
        for one in recipe.inputs
    ]  # fmt: skip
    return rows + [(*head, one.kind, one.item, one.quantity, one.unit, "", "", "") for one in recipe.outputs]


@dataclass(frozen=True, slots=True)
class Filed:
    """A recipe out of a file, and the rows it stands in: its first, its inputs', its outputs'."""

    words: RecipeWords
    row: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def at(self, field: str) -> tuple[int, str]:
        """The row and the column of a field of the recipe."""
        name, _, rest = field.partition("/")
        index, _, part = rest.partition("/")
        rows = {"inputs": self.inputs, "outputs": self.outputs}.get(name, ())
        if index.isdigit() and int(index) < len(rows):
            return rows[int(index)], _LINE_HEADERS.get(part, part)
        return self.row, _HEAD_HEADERS.get(name, name.replace("_", " "))


_LINE_HEADERS = {"item": "line item", "kind": "line"}
_HEAD_HEADERS = {
    "code": "recipe", "unit": "base unit", "valid_from_on": "valid from", "valid_until_on": "valid until",
    "yield_lower": "lowest yield", "yield_upper": "highest yield", "yield_rule": "outside limits",
    "over_issue": "over-issue", "inputs": "line item", "outputs": "line item",
}  # fmt: skip


def recipes_in(rows: Iterable[tuple[int, Mapping[str, str]]]) -> list[Filed]:
    """Recipes out of a file's numbered rows (by column name)."""
    grouped: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for number, row in rows:
        grouped.setdefault(row.get("recipe", ""), []).append((number, row))
    found = []
    for code, listed in grouped.items():
        kinds = [(number, _kind_in(row)) for number, row in listed]
        inputs = tuple(number for number, kind in kinds if not kind)
        outputs = tuple(number for number, kind in kinds if kind)
        found.append(Filed(_recipe_in(code, [row for _, row in listed]), listed[0][0], inputs, outputs))
    return found


def _kind_in(row: Mapping[str, str]) -> str:
    """What a row is: empty for an input, else the kind of output."""
    return LINES.get(row.get("line", "").casefold() or "input", "?")


def _recipe_in(code: str, rows: list[Mapping[str, str]]) -> RecipeWords:
    head = rows[0]
    inputs, outputs = [], []
    for row in rows:
        kind = _kind_in(row)
        name, quantity, unit = row.get("line item", ""), row.get("quantity", ""), row.get("unit", "")
        if kind:
            outputs.append(Extra(name, quantity, unit, kind))
        else:
            optional = row.get("optional", "").casefold() in YES
            others = alternatives(row.get("alternatives", ""))
            inputs.append(Ingredient(name, quantity, unit, row.get("scrap", ""), optional, others))
    return RecipeWords(
        code=code,
        item=head.get("item", ""),
        base_quantity=head.get("base quantity", ""),
        unit=head.get("base unit", ""),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        valid_from_on=head.get("valid from", ""),
        valid_until_on=head.get("valid until", ""),
        expected_yield=head.get("expected yield", ""),
        yield_lower=head.get("lowest yield", ""),
        yield_upper=head.get("highest yield", ""),
        yield_rule=head.get("outside limits", "").casefold() or "show",
        over_issue=head.get("over-issue", ""),
        in_vessel=head.get("in vessel", "").casefold() in YES,
        limits_expiry=head.get("limits expiry", "").casefold() in YES,
        instructions=head.get("instructions", ""),
    )
