"""Figures with bars, medians, and pairs measured in turn, so that a busy machine troubles both alike."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["ok", "short", "-"]


@dataclass(frozen=True)
class Figure:
    """One measured value. ``least`` and ``most`` are its bars; without either it is only reported."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the value holds its bars."""
        if self.least is None and self.most is None:
            return "-"
        low = self.least is not None and self.value < self.least
        high = self.most is not None and self.value > self.most
        return "short" if low or high else "ok"

    @property
    def bar(self) -> str:
        """The bar in words of the table."""
        if self.least is not None:
            return f"≥ {_written(self.least, self.unit)}"
        return f"≤ {_written(self.most, self.unit)}" if self.most is not None else ""

    @property
    def written(self) -> str:
        """The value with its unit."""
        return _written(self.value, self.unit)

    def as_json(self) -> dict[str, Any]:
        """The figure for machines."""
        return {**asdict(self), "verdict": self.verdict}


def _written(value: float, unit: str) -> str:
    digits = 0 if value == int(value) or abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def tell(figure: Figure) -> None:
    """Hand a figure to the process that started this one (a line of JSON), and show it at once."""
    say(table([figure]))
    print(json.dumps(figure.as_json(), ensure_ascii=False), flush=True)


def heard(line: str) -> Figure:
    """The figure that ``tell`` wrote."""
    found = json.loads(line)
    found.pop("verdict")
    return Figure(**found)


def say(text: str) -> None:
    """Tell a person what goes on, apart from the figures."""
    print(f"  {text}", file=sys.stderr, flush=True)


def table(figures: Sequence[Figure]) -> str:
    """All figures, a line each: name, value, bar, verdict, note."""
    cells = [(figure.name, figure.written, figure.bar, figure.verdict, figure.note) for figure in figures]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(3)]
    lines = [
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {bar:<{widths[2]}}  {verdict:<5}  {note}".rstrip()
        for name, value, bar, verdict, note in cells
    ]
    return "\n".join(lines)


def seconds(action: Callable[[], object]) -> float:
    """How long ``action`` takes, by the wall clock."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def median(values: Iterable[float]) -> float:
    """The middle value."""
    return statistics.median(list(values))


def in_turn(rounds: int, *actions: Callable[[], object]) -> list[list[float]]:
    """Run the actions A, B, A, B … after one unmeasured round; give each one's times in seconds."""
    for action in actions:
        action()
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, taken in zip(actions, times, strict=True):
            taken.append(seconds(action))
    return times


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the pairs' ratios: firmer than the ratio of medians when the machine is shared."""
    return median(a / b for a, b in zip(above, below, strict=True))
