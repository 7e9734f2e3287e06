"""All that the page of a case shows, tab by tab: nothing is read that is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F

from lotbook.insights.recall import rules
from lotbook.insights.recall.models import Case, CaseExpense, CaseLot, CaseStep, EffectivenessCheck
from lotbook.insights.recall.queries import answers, balance, checks, naming, reading, reconciling, scoping
from lotbook.insights.recall.queries.answers import Said
from lotbook.insights.recall.queries.balance import Balanced, Overall
from lotbook.insights.recall.queries.checks import Rates
from lotbook.insights.recall.queries.reconciling import Cost, CustomerRow, LotRow, Point
from lotbook.kernel import clock
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace.scope.lines import Named

SHOWN = 50
CUSTOMERS_SHOWN = 25
TABS = {
    "scope": "Scope",
    "lots": "Lots",
    "notices": "Notices",
    "customers": "Customers",
    "checks": "Effectiveness",
    "balance": "Balance",
    "texts": "Texts",
    "log": "Log",
    "costs": "Costs",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """The case in numbers."""

    lots: int
    held: int
    released: int
    in_transit: int
    customers: int


@dataclass(slots=True)
class Grown:
    """Lots that are affected by now and not frozen with the case."""

    lots: list[Lot] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class CasePage:
    """A case as its page shows it; only the parts of ``tab`` are filled."""

    case: Case
    tab: str
    totals: Totals
    elapsed: str
    next_act: str
    next_label: str
    suspects: list[CaseLot] = field(default_factory=list)
    grown: Grown = field(default_factory=Grown)
    lots: Sequence[LotRow] = ()
    customers: Sequence[CustomerRow] = ()
    said: Mapping[int, Said] = field(default_factory=dict)
    checks: Sequence[EffectivenessCheck] = ()
    rates: Rates | None = None
    balanced: Sequence[Balanced] = ()
    overall: Overall | None = None
    balance_of: int | None = None
    points: list[Point] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    expenses: Sequence[CaseExpense] = ()
    steps: Sequence[CaseStep] = ()
    broken_at: int | None = None
    moving: Sequence[LotRow] = ()
    suspected: Sequence[Named] = ()
    page: Page[Any] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something of the case waits for approval."""
        return bool(self.case.waits_for)


def page(case: Case, tab: str, number: str | None) -> CasePage:
    """The page of a case; ``tab`` is one of TABS (else the first), ``number`` the page of its list."""
    chosen = tab if tab in TABS else "scope"
    act, label = rules.next_of(case.status, decision=case.decision, drill=case.is_drill)
    shown = CasePage(case, chosen, totals(case), elapsed(case), act, label)
    _FILL[chosen](shown, number)
    return shown


def totals(case: Case) -> Totals:
    """The case in numbers: one row of counts, and the customers."""
    rows = case.lots.values_list("held_sequence", "released_at", "in_transit")
    held = released = moving = count = 0
    for sequence, let_go, in_transit in rows:
        count += 1
        held += sequence is not None and let_go is None
        released += let_go is not None
        moving += in_transit > 0
    return Totals(count, held, released, moving, case.customers.count())


def elapsed(case: Case) -> str:
    """The clock: from opening until now, or until it ended."""
    return rules.clock_words(int(((case.ended_at or clock.now()) - case.opened_at).total_seconds()))


def _fill_scope(shown: CasePage, _: str | None) -> None:
    case = shown.case
    shown.suspects = list(reconciling.case_lots(case).filter(suspect=True)[:SHOWN])
    shown.suspected = naming.named(case.suspects)
    if case.as_of is None or case.is_over:
        return
    fresh = scoping.grown_keys(case)
    rows = Lot.objects.filter(pk__in=fresh[:SHOWN]).select_related("item").order_by("item__code", "number")
    shown.grown = Grown(list(rows), len(fresh))
    shown.moving = reconciling.lots(case, list(reconciling.case_lots(case).filter(in_transit__gt=0)[:SHOWN]))


def _fill_lots(shown: CasePage, number: str | None) -> None:
    # Suspects, then what is suspect for the most part: where to look first stands first.
    rows = reconciling.case_lots(shown.case).order_by(
        "-suspect", F("share_ppm").desc(nulls_last=True), "lot__item__code", "lot__number", "pk"
    )
    paged = Paginator(rows, SHOWN).get_page(number)
    shown.page, shown.lots = paged, reconciling.lots(shown.case, list(paged))


def _fill_customers(shown: CasePage, number: str | None) -> None:
    every = reconciling.customers(shown.case)
    paged = Paginator(every, CUSTOMERS_SHOWN).get_page(number)
    shown.page, shown.customers = paged, list(paged)
    shown.said = answers.said(shown.case, [one.customer for one in shown.customers])


def _fill_checks(shown: CasePage, _: str | None) -> None:
    shown.checks = checks.checks(shown.case)
    shown.rates = checks.rates(shown.checks)


def _fill_balance(shown: CasePage, number: str | None) -> None:
    rows = balance.of_case(shown.case)
    shown.overall, shown.balance_of = balance.overall(rows), balance.sequence_of(shown.case)
    paged = Paginator(rows, SHOWN).get_page(number)
    shown.page, shown.balanced = paged, list(paged)
    shown.points = [] if shown.case.is_drill else reconciling.points(shown.case, [one.row for one in rows])


def _fill_nothing(_shown: CasePage, _number: str | None) -> None:
    """A tab that reads its own things."""


def _fill_log(shown: CasePage, _: str | None) -> None:
    shown.steps = list(reading.log(shown.case).reverse())
    shown.broken_at = reading.log_broken_at(shown.case)


def _fill_costs(shown: CasePage, _: str | None) -> None:
    case = shown.case
    shown.costs = reconciling.costs(case, reconciling.lots(case), reconciling.customers(case))
    shown.expenses = list(case.expenses.all())


_FILL = {
    "scope": _fill_scope,
    "lots": _fill_lots,
    "customers": _fill_customers,
    "checks": _fill_checks,
    "balance": _fill_balance,
    "notices": _fill_nothing,
    "texts": _fill_nothing,
    "log": _fill_log,
    "costs": _fill_costs,
}
