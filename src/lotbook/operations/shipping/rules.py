"""What follows from what: the state of an order, the rule that wins, the days a lot must still have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

ENDED = frozenset({"closed", "cancelled"})
LIVE = frozenset({"confirmed", "part_allocated", "allocated", "picking", "packed", "part_shipped"})
"""States in which goods can still be allocated, picked and shipped."""

PRIORITIES = {1: "1 · Urgent", 3: "3 · High", 5: "5 · Normal", 7: "7 · Low"}


SSCC_DIGITS = 18


def pallet_scanned(text: str, lots: Iterable[str]) -> str:
    """The SSCC somebody scanned where a lot is asked for, or nothing; a lot of such a number is a lot.

    >>> pallet_scanned("(00)340123456789012340", []), pallet_scanned("L-1", ["L-1"])
    ('340123456789012340', '')
    """
    digits = "".join(text.split()).removeprefix("]C1").removeprefix("(00)")
    if text in lots or not digits.isascii() or not digits.isdigit():
        return ""
    if len(digits) == SSCC_DIGITS + 2 and digits.startswith("00"):
        digits = digits[2:]
    return digits if len(digits) == SSCC_DIGITS else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of an order as somebody says it; ``lot`` only where the customer chose one."""

    item: str = ""
    quantity: str = ""
    unit: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How far one line is, in smallest units."""

    ordered: int
    allocated: int
    picked: int
    shipped: int


def status_of(current: str, lines: Sequence[Amounts], *, delivered: bool = False) -> str:
    """The state an order is in by its lines; drafts and ended orders stay what they are.

    >>> status_of("confirmed", [Amounts(10, 10, 0, 0)])
    'allocated'
    >>> status_of("picking", [Amounts(10, 4, 4, 6)])
    'part_shipped'
    """
    if current == "draft" or current in ENDED:
        return current
    if all(line.shipped >= line.ordered for line in lines):
        return "delivered" if delivered else "shipped"
    if any(line.shipped for line in lines):
        return "part_shipped"
    if all(line.picked >= line.ordered for line in lines):
        return "packed"
    if any(line.picked for line in lines):
        return "picking"
    if all(line.allocated >= line.ordered for line in lines):
        return "allocated"
    return "part_allocated" if any(line.allocated for line in lines) else "confirmed"


@dataclass(frozen=True, slots=True)
class NextAct:
    """What to do with an order now: the primary button of its page."""

    name: str
    label: str


def next_act(status: str, lines: Sequence[Amounts], *, problem: bool = False) -> NextAct | None:
    """The next action on an order; None when nothing is left to do here.

    >>> next_act("allocated", [Amounts(10, 10, 0, 0)]).label
    'Pick'
    """
    if status == "draft":
        return NextAct("confirm", "Confirm")
    if status in LIVE:
        if problem:
            return NextAct("allocate", "Allocate again")
        reserved = sum(line.allocated for line in lines)
        picked = sum(line.picked for line in lines)
        if reserved and picked >= reserved:
            return NextAct("ship", "Ship")
        if reserved:
            return NextAct("pick", "Pick")
        return NextAct("allocate", "Allocate")
    return NextAct("close", "Close") if status == "delivered" else None


# -- rules of customers and items ------------------------------------------------------------------


class Ruled(Protocol):
    """What is asked of a rule to find out whether it applies."""

    @property
    def customer_id(self) -> int | None:
        """The customer it is for; None: all."""

    @property
    def item_id(self) -> int | None:
        """The item it is for; None: all."""

    item_group: str


Rule = TypeVar("Rule", bound=Ruled)


def winner(known: Iterable[Rule], customer: int, item: int, group: str) -> Rule | None:
    """The most specific rule that applies: customer before item, item before group."""
    best: tuple[int, Rule] | None = None
    for rule in known:
        if rule.customer_id not in (None, customer) or rule.item_id not in (None, item):
            continue
        if rule.item_group and rule.item_group != group:
            continue
        weight = 4 * bool(rule.customer_id) + 2 * bool(rule.item_id) + bool(rule.item_group)
        if best is None or weight > best[0]:
            best = (weight, rule)
    return best[1] if best else None


def minimum_days(days: int | None, percent: int | None, shelf_life_days: int | None) -> int:
    """The days a lot must still have: the greater of days and percent of the shelf life, rounded up.

    >>> minimum_days(10, 50, 365)
    183
    """
    share = -(-(shelf_life_days or 0) * (percent or 0) // 100)
    return max(days or 0, share)


def subject(customer: str, item: str, group: str) -> str:
    """Whom and what a rule is for, in words.

    >>> subject("Corner Shop", "", "cheese")
    'Corner Shop, group cheese'
    """
    what = item or (f"group {group}" if group else "")
    return ", ".join(part for part in (customer, what) if part) or "Everybody, all items"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a line's lots have to be, worked out from the rule that won."""

    strategy: str = "fefo"
    minimum_days: int = 0
    one_lot: bool = False
    not_before: date | None = None


def celsius(text: str) -> str:
    """Degrees Celsius as written: at most one decimal place, -90 to 90; empty stays empty.

    >>> celsius("-18.0")
    '-18'
    """
    if not text:
        return ""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, tenth = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (tenth.isdigit() and tenth.isascii())):
        raise ValueError(f"expected a temperature, got {text[:20]!r}")
    tenth = tenth.rstrip("0")
    if len(tenth) > 1 or int(whole) > 90:
        raise ValueError(f"expected -90 to 90 with one decimal place, got {text[:20]!r}")
    plain = f"{int(whole)}.{tenth}" if tenth else str(int(whole))
    return plain if plain == "0" else f"{sign}{plain}"


# -- sharing quantities out ------------------------------------------------------------------------


@dataclass(slots=True)
class OpenLine:
    """What a line can still take; ``key`` is the caller's."""

    key: int
    item: int
    open: int
    taken: dict[int, int] = field(default_factory=dict)


def spread(lines: Sequence[OpenLine], item: int, quantity: int) -> tuple[list[tuple[int, int]], int]:
    """Share ``quantity`` of an item out over the lines that want it, in order; and what is left."""
    shares: list[tuple[int, int]] = []
    for line in lines:
        if line.item != item or line.open <= 0 or quantity <= 0:
            continue
        part = min(line.open, quantity)
        line.open -= part
        quantity -= part
        shares.append((line.key, part))
    return shares, quantity


def returnable(shipped: Mapping[int, int], returned: Mapping[int, int]) -> dict[int, int]:
    """What of each lot of a shipment is still with the customer."""
    return {lot: max(quantity - returned.get(lot, 0), 0) for lot, quantity in shipped.items()}
