"""The year: day after day, everybody does his work, and sometimes something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from lotbook.config.demo import kitchen, orders, supply
from lotbook.config.demo.dairy import Dairy
from lotbook.config.demo.diary import Diary
from lotbook.config.demo.troubles import Scandal, Troubles
from lotbook.config.demo.world import LENGTH_DAYS, World

Told = Callable[[int, int], None]
"""Called with the days done and the days there are."""


@dataclass(frozen=True, slots=True)
class Year:
    """What happened, and what to look at first."""

    diary: Diary
    told: Scandal


def happen(today: date, told: Told | None = None) -> Year:
    """The year that ends the day before ``today``: the same for the same ``today``."""
    world = World(today)
    dairy, troubles = Dairy(), Troubles(today)
    supply.opening(world)
    for index in range(1, LENGTH_DAYS):
        world.open_day(today - timedelta(days=LENGTH_DAYS - index))
        supply.judge_fresh(world)
        supply.goods_in(world)
        supply.certificates(world)
        supply.equipment(world)
        troubles.happen(world)
        kitchen.cook(world)
        dairy.work(world)
        kitchen.co_pack(world)
        orders.transfer(world)
        orders.ship_day(world)
        orders.returns(world)
        orders.count(world)
        orders.clear_out(world)
        supply.evening(world)
        supply.weekend_round(world)
        if told:
            told(index + 1, LENGTH_DAYS)
    return Year(world.diary, troubles.told)
