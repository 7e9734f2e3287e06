"""Which lots a run should take, and what there is of what an order needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lotbook.operations.production import rules
from lotbook.operations.production.models import Run
from lotbook.traceability.ledger.browsing import Share


@dataclass(frozen=True, slots=True)
class Suggested:
    """The lots to take of an item, and the first of them in words."""

    lots: frozenset[int]
    text: str


def suggested_lots(run: Run, plan: rules.Plan, shares: Iterable[Share]) -> dict[int, Suggested]:
    """Which lots the run should take of each item still needed, by item key."""
    return {}
