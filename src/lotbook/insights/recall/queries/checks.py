"""Effectiveness checks of a case, and the rates that come of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lotbook.insights.recall.models import Case, EffectivenessCheck, Outcome

REACHED = (Outcome.FOLLOWED, Outcome.NOT_FOLLOWED)


@dataclass(frozen=True, slots=True)
class Rates:
    """How many checks are planned and done; how many customers had the notice, and followed it."""

    planned: int
    done: int
    told: int
    followed: int

    @property
    def told_percent(self) -> int | None:
        """Of the checks done, the part that had the notice, in whole per cent; None: none is done."""
        return self.told * 100 // self.done if self.done else None

    @property
    def followed_percent(self) -> int | None:
        """Of the checks done, the part that followed it, in whole per cent; None: none is done."""
        return self.followed * 100 // self.done if self.done else None


def checks(case: Case) -> list[EffectivenessCheck]:
    """The checks of a case: open ones first, then by customer."""
    rows = EffectivenessCheck.objects.filter(case=case).select_related("customer__partner")
    found = list(rows.order_by("customer__partner__name", "pk"))
    return sorted(found, key=lambda one: one.outcome != Outcome.OPEN)


def rates(rows: Sequence[EffectivenessCheck]) -> Rates:
    """The rates of checks."""
    count = Counter(row.outcome for row in rows)
    done = len(rows) - count[Outcome.OPEN]
    return Rates(len(rows), done, sum(count[one] for one in REACHED), count[Outcome.FOLLOWED])
