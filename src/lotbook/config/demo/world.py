"""The clock, the dice and the counters of the demo company, and the acts everybody there repeats."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lotbook.config.demo import numbers
from lotbook.config.demo.diary import (
    DIFFERENCE,
    LOSS,
    Diary,
    Entry,
    Facts,
    Found,
    Line,
    Run,
    moved,
    shelf_end,
)
from lotbook.config.demo.goods import BY_CODE, amount
from lotbook.config.demo.sites import ZONE

SEED = "quillmere"
LENGTH_DAYS = 365


class World:
    """One year up to the day before ``today``; the same ``today`` gives the same year."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.dice = random.Random(SEED)  # noqa: S311 - a story, not a secret
        self.diary = Diary()
        self.day = today - timedelta(days=LENGTH_DAYS)
        self.now = self._at(time(6))
        self._counts: dict[str, int] = defaultdict(int)

    # -- time ----------------------------------------------------------------------------------------

    @property
    def ago(self) -> int:
        """How many days before today it is."""
        return (self.today - self.day).days

    @property
    def last(self) -> bool:
        """The last working day of the year that is told."""
        return self.day == workday(self.today - timedelta(days=1))

    @property
    def working(self) -> bool:
        """Monday to Friday."""
        return self.day.weekday() < 5

    def open_day(self, day: date) -> None:
        """Six in the morning."""
        self.day = day
        self.now = self._at(time(6)) + timedelta(minutes=self.dice.randint(0, 20))

    def tick(self, least: int = 3, most: int = 14) -> datetime:
        """Some minutes later."""
        self.now += timedelta(minutes=self.dice.randint(least, most), seconds=self.dice.randint(0, 59))
        assert self.now.date() == self.day, f"the work of {self.day} runs past midnight"
        return self.now

    def _at(self, clock: time) -> datetime:
        return datetime.combine(self.day, clock, ZoneInfo(ZONE))

    # -- numbers -------------------------------------------------------------------------------------

    def count(self, what: str) -> int:
        """The next number of a row."""
        self._counts[what] += 1
        return self._counts[what]

    def lot_number(self) -> str:
        """Our next lot number, by the numbering rule of the house: Q, the date, a running number."""
        return f"Q{self.day:%y%m%d}-{self.count(f'lots {self.day}'):02}"

    def document(self, prefix: str) -> str:
        """The next number of a kind of document."""
        return f"{prefix}-{self.day:%y}-{self.count(prefix):05}"

    def chance(self, share: float) -> bool:
        """Whether something that happens in this share of cases happens now."""
        return self.dice.random() < share

    # -- goods in ------------------------------------------------------------------------------------

    def receive(
        self,
        supplier: str,
        lines: Sequence[tuple[str, float, str]],
        *,
        actor: str = "rita",
        carrier: str = "",
        **facts: Any,
    ) -> tuple[Entry, list[str]]:
        """Goods from a supplier: (item, base units, place) each a lot of its own; gives the lots' numbers."""
        made, numbers_made = [], []
        for good, quantity, place in lines:
            lot = "" if BY_CODE[good].tracking == "none" else self.lot_number()
            if lot:
                self.diary.tell(good, lot, self._facts(good, supplier, facts))
            made.append(Line(good, lot, f"@{supplier}", place, amount(good, quantity)))
            numbers_made.append(lot)
        entry = self.diary.write(
            "receive", self.tick(), actor, place=_site(lines[0][2]), lines=made,
            document=("delivery_note", self.document(supplier[:3])),
            data={"carrier": carrier} if carrier else {},
        )  # fmt: skip
        return entry, numbers_made

    def _facts(self, good: str, supplier: str, more: dict[str, Any]) -> Facts:
        item = BY_CODE[good]
        made_on = self.day - timedelta(days=self.dice.randint(*_AGE.get(good, (4, 30))))
        told: dict[str, Any] = {
            "supplier": supplier,
            "supplier_lot": f"{supplier[:2]}{made_on:%y%j}{self.dice.choice('ABCDEFGH')}",
            "origin_country": self.dice.choice(item.origins) if item.origins else "",
            "received_on": self.day,
            "expires_on": shelf_end(good, made_on),
        }
        told["harvested_on" if good in _HARVESTED else "produced_on"] = made_on
        return Facts(**(told | more))

    # -- work ----------------------------------------------------------------------------------------

    def start_run(self, good: str, site: str, planned: int, *, actor: str = "paul") -> Run:
        """Open a run."""
        number = f"RUN-{self.day:%y%m%d}-{self.count(f'runs {self.day}')}"
        run = Run(number, good, site, self.tick(), actor, planned)
        self.diary.runs[number] = run
        return run

    def consume(self, run: Run, found: Sequence[Found], *, actor: str = "paul", override: str = "") -> Entry:
        """Put what was picked into a run."""
        return self._run_event("consume", run, moved(found, run.number), actor, override=override)

    def produce(
        self, run: Run, good: str, quantity: int, place: str, *, lot: str = "", actor: str = "paul"
    ) -> str:
        """Take what a run made; gives the lot's number."""
        number = lot or self.lot_number()
        self.diary.tell(good, number, Facts(produced_on=self.day, expires_on=shelf_end(good, self.day)))
        self._run_event("produce", run, [Line(good, number, run.number, place, quantity)], actor)
        return number

    def lose_in_run(self, run: Run, found: Sequence[Found], reason: str, *, actor: str = "paul") -> None:
        """Declare what was lost inside a run, of lots that went into it."""
        lines = [Line(one.good, one.lot, run.number, LOSS, one.quantity) for one in found if one.quantity]
        if lines:
            self._run_event("lose", run, lines, actor, reason=reason)

    def unused(
        self, run: Run, good: str, lot: str, quantity: int, place: str, *, actor: str = "paul"
    ) -> None:
        """Bring back what went into a run and was not used."""
        self._run_event("unconsume", run, [Line(good, lot, run.number, place, quantity)], actor)

    def close_run(self, run: Run, difference: str = "", *, least: int = 4, most: int = 15) -> None:
        """Close a run; ``difference`` names what the mass balance leaves open."""
        run.closed_at, run.difference = self.tick(least, most), difference
        self.diary.write(
            "observe", run.closed_at, run.opened_by, place=run.number, document=("run", run.number),
            reason=difference, data={"closed": run.number},
        )  # fmt: skip

    def _run_event(self, kind: str, run: Run, lines: Sequence[Line], actor: str, **more: Any) -> Entry:
        return self.diary.write(
            kind,
            self.tick(),
            actor,
            place=run.site,
            lines=_merged(lines),
            document=("run", run.number),
            **more,
        )

    # -- goods about the house -----------------------------------------------------------------------

    def move(self, found: Sequence[Found], place: str, *, actor: str = "otto", reason: str = "") -> None:
        """Move goods to another place of ours."""
        self.diary.write(
            "move", self.tick(), actor, place=_site(place), lines=moved(found, place), reason=reason
        )

    def lose(self, found: Sequence[Found], reason: str, *, actor: str = "otto") -> None:
        """Write goods off."""
        if found:
            lines = moved(found, LOSS)
            self.diary.write(
                "lose", self.tick(), actor, place=_site(found[0].place), lines=lines, reason=reason
            )

    def adjust(self, one: Found, difference: int, reason: str, *, actor: str = "otto") -> None:
        """Write down what a count found: more (``difference`` above zero) or less."""
        line = (
            Line(one.good, one.lot, DIFFERENCE, one.place, difference)
            if difference > 0
            else Line(one.good, one.lot, one.place, DIFFERENCE, -difference)
        )
        self.diary.write(
            "adjust", self.tick(), actor, place=_site(one.place), lines=[line], reason=reason,
            document=("count", self.document("CNT")),
        )  # fmt: skip

    def palletise(self, found: Sequence[Found], parent: str, *, actor: str = "sven") -> str:
        """Pack what was picked on a pallet of its own; gives its SSCC."""
        sscc = numbers.sscc(self.count("sscc"))
        self.diary.units.append(sscc)
        self.diary.write(
            "unit_move", self.tick(1, 2), actor, place=parent, unit_to=(sscc, parent), data={"made": sscc}
        )
        lines = moved(found, sscc)
        self.diary.write("pack", self.tick(), actor, place=sscc, lines=lines)
        return sscc

    def move_unit(self, sscc: str, place: str, *, actor: str = "sven", **more: Any) -> None:
        """Move a pallet with everything on it."""
        self.diary.write("unit_move", self.tick(20, 60), actor, place=place, unit_to=(sscc, place), **more)

    def unpack(self, sscc: str, places: dict[str, str], *, actor: str = "sven") -> None:
        """Put what is on a pallet into places, by item."""
        lines = [
            Line(good, lot, place, places[good], quantity)
            for good, there in self.diary.stock.items()
            for (lot, place), quantity in there.items()
            if place == sscc
        ]
        self.diary.write("pack", self.tick(), actor, place=sscc, lines=lines)

    def on_unit(self, sscc: str) -> list[Found]:
        """What is on a pallet."""
        return [
            Found(good, lot, place, quantity)
            for good, there in self.diary.stock.items()
            for (lot, place), quantity in there.items()
            if place == sscc
        ]

    # -- quality -------------------------------------------------------------------------------------

    def hold(
        self, lots: Sequence[tuple[str, str]], kind: str, reason: str, *, actor: str = "quinn", **more: Any
    ) -> None:
        """Put lots on hold in one event; with ``stemming`` the holds after the first stem from that one."""
        self.diary.write(
            "hold", self.tick(), actor, holds=tuple((lot, kind) for lot in lots), reason=reason, **more
        )

    def release(
        self, lots: Sequence[tuple[str, str]], reason: str, *, actor: str = "quinn", **more: Any
    ) -> None:
        """Take every open hold off lots."""
        self.diary.write("release", self.tick(), actor, releases=tuple(lots), reason=reason, **more)

    def observe(
        self, lots: Sequence[tuple[str, str]], reason: str, *, actor: str = "quinn", **more: Any
    ) -> None:
        """Note something about lots without moving them."""
        self.diary.write("observe", self.tick(), actor, concerned=tuple(lots), reason=reason, **more)

    def standing(self, lots: Sequence[tuple[str, str]], *, besides: str = "QUAR") -> list[Found]:
        """Where some lots stand, other than in quarantine."""
        wanted = set(lots)
        return [
            Found(good, lot, place, quantity)
            for good, there in self.diary.stock.items()
            for (lot, place), quantity in sorted(there.items())
            if (good, lot) in wanted and not place.endswith(besides) and not place.isdigit()
        ]


_AGE = {
    "RM-TOMATO": (1, 2), "RM-BASIL": (0, 1), "RM-MILK": (0, 1), "RM-ONION": (4, 12), "RM-GARLIC": (3, 9),
}  # fmt: skip
"""How many days old an ingredient is when it comes in."""
_HARVESTED = {"RM-TOMATO", "RM-BASIL", "RM-ONION", "RM-GARLIC"}


def workday(day: date) -> date:
    """The day itself from Monday to Friday, else the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _site(place: str) -> str:
    return place.split("-", maxsplit=1)[0]


def _merged(lines: Sequence[Line]) -> list[Line]:
    """One line a lot and place: the same twice would read like a slip."""
    sums: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        key = (line.good, line.lot, line.source, line.destination)
        sums[key] = sums.get(key, 0) + line.quantity
    return [Line(*key, quantity) for key, quantity in sums.items()]
