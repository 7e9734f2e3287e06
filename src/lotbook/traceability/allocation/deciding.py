"""Giving demands their stock, one after the other: what one was given the next cannot have.

>>> from uuid import UUID
>>> old = Stock(lot=1, place=9, number="L-1", code="A-01", on_hand=60, expires_on=date(2027, 3, 3))
>>> new = Stock(lot=2, place=9, number="L-2", code="A-01", on_hand=60, held=True)
>>> want = Demand(item=5, quantity=80, place=9, purpose="shipping.order", document=UUID(int=1))
>>> answer = Allocator({5: [new, old]}).answer(want, date(2027, 3, 1), scale=0)
>>> [(portion.lot, portion.quantity) for portion in answer.portions], answer.why_not
([(1, 60)], '60 of 80: 60 on hold in A-01')
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from lotbook.kernel.quantity import to_text
from lotbook.traceability.allocation.rules import (
    Answer,
    Demand,
    Portion,
    Stock,
    listed,
    ordering,
    unfit,
    why,
)

Holders = Mapping[tuple[int, int], Mapping[str, int]]
"""(lot, place) → for whom how much is reserved."""


@dataclass(slots=True)
class _Queue:
    """Stock that fits demands of one shape, in their order; before ``start`` everything is taken."""

    stock: list[Stock]
    start: int = 0

    def open(self) -> int:
        """Where the first stock stands that has something left."""
        while self.start < len(self.stock) and self.stock[self.start].free <= 0:
            self.start += 1
        return self.start

    def next_lot(self, index: int) -> Stock | None:
        """The next lot that has something left."""
        lot = self.stock[index].lot
        for after in range(index + 1, len(self.stock)):
            stock = self.stock[after]
            if stock.lot != lot and stock.free > 0:
                return stock
        return None


@dataclass(slots=True)
class Allocator:
    """Decides over ``stock``: item → what stands of it at our places."""

    stock: Mapping[int, list[Stock]]
    _queues: dict[tuple[Any, ...], _Queue] = field(default_factory=dict)

    def answer(self, demand: Demand, on: date, *, scale: int, holders: Holders | None = None) -> Answer:
        """Decide one demand. ``on`` is the day it is judged, ``scale`` the item's, for the words."""
        queue = self._queue(demand, on)
        portions = self._one_lot(queue, demand) if demand.one_lot else self._several(queue, demand)
        given = sum(portion.quantity for portion in portions)
        if demand.whole and given < demand.quantity:
            self._give_back(queue, portions)
            portions, given = [], 0
        missing = demand.quantity - given
        words = self._why_not(demand, on, given, scale, holders or {}) if missing else ""
        return Answer(tuple(portions), missing, words)

    def _queue(self, demand: Demand, on: date) -> _Queue:
        shape = (
            demand.item, demand.place, demand.strategy, demand.lots, demand.min_days, on, demand.not_before,
        )  # fmt: skip
        if shape not in self._queues:
            fitting = [stock for stock in self._at(demand) if not unfit(stock, demand, on)]
            self._queues[shape] = _Queue(sorted(fitting, key=ordering(demand)))
        return self._queues[shape]

    def _at(self, demand: Demand) -> list[Stock]:
        return [
            stock
            for stock in self.stock.get(demand.item, ())
            if stock.place == demand.place or demand.place in stock.within
        ]

    def _several(self, queue: _Queue, demand: Demand) -> list[Portion]:
        portions: list[Portion] = []
        wanted = demand.quantity
        index = queue.open()
        while wanted and index < len(queue.stock):
            if queue.stock[index].free > 0:
                portions.append(_take(queue, index, wanted, demand))
                wanted -= portions[-1].quantity
            index += 1
        return portions

    def _one_lot(self, queue: _Queue, demand: Demand) -> list[Portion]:
        """The first lot that covers all of it."""
        start = queue.open()
        rest = list(enumerate(queue.stock))[start:]
        for _, group in groupby(rest, key=lambda pair: pair[1].lot):
            places = [(index, stock) for index, stock in group if stock.free > 0]
            if sum(stock.free for _, stock in places) < demand.quantity:
                continue
            portions: list[Portion] = []
            wanted = demand.quantity
            for index, _ in places:
                if wanted:
                    portions.append(_take(queue, index, wanted, demand))
                    wanted -= portions[-1].quantity
            return portions
        return []

    @staticmethod
    def _give_back(queue: _Queue, portions: Sequence[Portion]) -> None:
        given = {(portion.lot, portion.place): portion.quantity for portion in portions}
        for index, stock in enumerate(queue.stock):
            if back := given.get((stock.lot, stock.place)):
                stock.taken -= back
                queue.start = min(queue.start, index)

    def _why_not(self, demand: Demand, on: date, given: int, scale: int, holders: Holders) -> str:
        """What was given and where the rest is: "40 of 100: 60 on hold in QUAR"."""
        amounts: dict[str, int] = defaultdict(int)
        codes: dict[str, dict[str, None]] = defaultdict(dict)
        fitting: list[Stock] = []
        for stock in self._at(demand):
            if reason := unfit(stock, demand, on):
                amounts[reason] += stock.on_hand
                codes[reason][stock.code] = None
            else:
                fitting.append(stock)
        said = [
            f"{to_text(amount, scale)} {reason.format(listed(list(codes[reason])))}"
            for reason, amount in amounts.items()
        ]
        said += _reserved(fitting, holders, scale)
        if before := sum(stock.taken for stock in fitting) - given:
            said.append(f"{to_text(before, scale)} given to lines before it")
        said += _left(demand, fitting, scale)
        return (
            f"{to_text(given, scale)} of {to_text(demand.quantity, scale)}:"
            f" {', '.join(said) or 'nothing more is there'}"
        )


def _take(queue: _Queue, index: int, wanted: int, demand: Demand) -> Portion:
    stock = queue.stock[index]
    quantity = min(stock.free, wanted)
    reason = why(stock, queue.next_lot(index), demand.strategy)
    stock.taken += quantity
    return Portion(None, stock.lot, stock.place, quantity, reason)


def _reserved(fitting: Sequence[Stock], holders: Holders, scale: int) -> list[str]:
    """For whom the rest of what fits is reserved already."""
    total: dict[str, int] = defaultdict(int)
    for stock in fitting:
        for name, quantity in holders.get((stock.lot, stock.place), {}).items():
            total[name] += quantity
    named = sorted(total.items(), key=lambda pair: -pair[1])
    said = [f"{to_text(quantity, scale)} reserved for {name}" for name, quantity in named[:3]]
    if others := sum(quantity for _, quantity in named[3:]):
        said.append(f"{to_text(others, scale)} reserved for {len(named) - 3} others")
    return said


def _left(demand: Demand, fitting: Sequence[Stock], scale: int) -> list[str]:
    """What is free and was not given all the same: all or nothing, or one lot."""
    free: dict[str, int] = defaultdict(int)
    for stock in fitting:
        if stock.free > 0:
            free[stock.number] += stock.free
    if not free:
        return []
    if demand.one_lot:
        number, most = max(free.items(), key=lambda pair: pair[1])
        return [f"no one lot has as much as that, most has {number} with {to_text(most, scale)}"]
    return [f"{to_text(sum(free.values()), scale)} free, but all of it was asked for or nothing"]
