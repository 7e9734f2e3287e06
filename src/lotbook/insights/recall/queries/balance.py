"""The mass balance of each affected lot: what came equals what became of it, and what does not, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lotbook.insights.recall import drillrules
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import reconciling
from lotbook.insights.recall.queries.reconciling import LotRow
from lotbook.insights.recall.queries.scoping import Account
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import engine


@dataclass(frozen=True, slots=True)
class Balanced:
    """A lot with its account and which part of what came is accounted for, in millionths."""

    row: LotRow
    account: Account

    @property
    def lot(self) -> Lot:
        """The lot."""
        return self.row.lot

    @property
    def accounted(self) -> int:
        """What of it has a name: here, on the way, consumed, shipped or lost."""
        return self.account.came - self.account.difference

    @property
    def ppm(self) -> int:
        """``accounted`` of ``came``."""
        return drillrules.part_ppm(self.account.came, self.accounted)

    @property
    def percent(self) -> str:
        """The same as people read it."""
        return drillrules.percent(self.ppm)

    @property
    def words(self) -> str:
        """What the difference is, in words; empty without one."""
        if not self.account.difference:
            return ""
        return "less was counted than there should be" if self.account.difference > 0 else "more was counted"


@dataclass(frozen=True, slots=True)
class Overall:
    """All lots of a case together."""

    lots: int
    differing: int
    unexplained: int
    ppm: int

    @property
    def percent(self) -> str:
        """The part that is accounted for, as people read it."""
        return drillrules.percent(self.ppm)


def balanced(rows: Iterable[LotRow], *, then: bool) -> list[Balanced]:
    """Lots with their accounts when the scope was taken (``then``), or as they stand; differences first."""
    found = [Balanced(row, row.then if then else row.now) for row in rows]
    return sorted(
        found, key=lambda one: (not one.account.difference, one.ppm if one.account.difference else 0)
    )


def overall(rows: Sequence[Balanced]) -> Overall:
    """What the lots add up to."""
    differing = [one for one in rows if one.account.difference]
    return Overall(
        len(rows),
        len(differing),
        sum(1 for one in differing if not one.row.row.explanation),
        drillrules.overall_ppm([(one.account.came, one.accounted) for one in rows]),
    )


def of_case(case: Case) -> list[Balanced]:
    """The balance of a case: a drill's as its scope was taken, another's as it stands or stood at its end."""
    if case.is_drill:
        return drill_rows(case)
    return balanced(reconciling.lots(case, as_of=ended_at(case)), then=False)


def drill_rows(case: Case) -> list[Balanced]:
    """The balance of a drill: nothing moves because of it, so the account of its scope counts."""
    kept = list(reconciling.case_lots(case))
    accounts = [(row, reconciling.account_of(row)) for row in kept]
    return balanced([LotRow(row, account, account, held=False) for row, account in accounts], then=True)


def ended_at(case: Case) -> int | None:
    """The sequence a case that is over ended at (None: it goes on, or none was written down)."""
    if not case.is_over:
        return None
    step = case.steps.filter(verb__in=("closed", "called off")).order_by("-index").first()
    said = step.data.get("signed", {}).get("sequence") if step is not None else None
    return said if isinstance(said, int) else None


def sequence_of(case: Case) -> int | None:
    """As of which sequence the balance of a case is."""
    return case.as_of if case.is_drill else ended_at(case) or engine.watermark()
