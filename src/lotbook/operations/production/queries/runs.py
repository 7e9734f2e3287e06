"""Reading runs: one with its shares and mass balance, and the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from lotbook.foundation.approvals import queries as approvals
from lotbook.foundation.approvals.models import Approval
from lotbook.foundation.catalog import queries as catalog
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slot
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import rules
from lotbook.operations.production.models import Run, RunKind
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.browsing import Share
from lotbook.traceability.ledger.lines import moment_at

YIELD = "production.yield"
"""Kind of the approval a run waits for when its yield is outside the limits."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An output of the plan, and how much of it came out, in smallest units."""

    line: rules.PlannedOutput
    made: int

    @property
    def percent(self) -> int:
        """How far it is, in whole percent."""
        return self.made * 100 // self.line.quantity


@dataclass(slots=True)
class RunPage:
    """A run as its page shows it."""

    run: Run
    inputs: list[Share]
    outputs: list[Share]
    balance: rules.MassBalance
    events: list[browsing.EventRow] = field(default_factory=list)
    plan: rules.Plan | None = None
    needs: list[rules.Need] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    yielded: int | None = None
    units: int = 0
    approval: Approval | None = None

    @property
    def opened_at(self) -> datetime:
        """When it was opened, in the site's own time."""
        return moment_at(self.run.site, self.run.opened_at)

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed, in the site's own time."""
        return moment_at(self.run.site, self.run.closed_at) if self.run.closed_at else None

    @property
    def declared_yield_text(self) -> str:
        """The yield expected, in percent."""
        return to_text(self.run.declared_yield or 0, 2)

    @property
    def yield_text(self) -> str:
        """The yield so far, in percent: of net mass, or of made per planned where nothing weighs."""
        return rules.percent_text(self.yielded)

    @property
    def limits_text(self) -> str:
        """The limits of the yield, as people write them; empty without."""
        plan = self.plan
        if plan is None or (plan.yield_lower is None and plan.yield_upper is None):
            return ""
        least, most = rules.percent_text(plan.yield_lower), rules.percent_text(plan.yield_upper)
        return f"{least or '0'} to {most} %" if most else f"at least {least} %"

    @property
    def outside(self) -> str:
        """What is wrong with the yield, in words; empty when nothing is."""
        plan = self.plan
        return rules.outside(self.yielded, plan.yield_lower, plan.yield_upper) if plan else ""

    @property
    def made(self) -> int:
        """How much of its item came out."""
        return sum(share.produced for share in self.outputs if share.item.pk == self.run.item_id)

    @property
    def made_percent(self) -> int | None:
        """What was made of what was planned, in whole percent."""
        return self.made * 100 // self.run.planned_quantity if self.run.planned_quantity else None

    @property
    def waits(self) -> bool:
        """Whether closing waits for somebody's decision."""
        return bool(self.run.waiting)

    @property
    def next_step(self) -> str:
        """What is to be done next: issue, produce, close, or nothing."""
        if self.run.status != "open" or self.waits or self.run.kind != RunKind.BATCH:
            return ""
        if not self.inputs or any(need.left and not need.line.optional for need in self.needs):
            return "consume" if not self.made else "produce"
        planned = self.run.planned_quantity
        return "produce" if not self.made or (planned and self.made < planned) else "close"


def run(name: UUID | str) -> Run:
    """The run with this uid (or its place's) or number; raises NotFound."""
    text = str(name).strip()
    rows = Run.objects.select_related("item", "site", "place", "order", "recipe", "vessel__place", "parent")
    try:
        uid = UUID(text)
        # One after the other: "this or that" over two tables would walk all runs.
        found = rows.filter(uid=uid).first() or rows.filter(place__uid=uid).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text).first()
    if found is None:
        raise NotFound(Fault("run", f"there is no run {text[:60]!r}.", "Look it up in the list of runs."))
    return found


def runs(*, text: str = "", status: str = "", item: str = "", kind: str = RunKind.BATCH) -> QuerySet[Run]:
    """Runs of one ``kind`` (empty: every run, blends and single units too), newest first."""
    rows = Run.objects.select_related("item", "site", "place", "order").order_by("-pk")
    if any(storable(word) for word in (text, status, item, kind)):
        return rows.none()
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(number__icontains=text)
    if status:
        rows = rows.filter(status=status)
    if item:
        rows = rows.filter(item__code__iexact=item)
    return rows


def page(name: UUID | str) -> RunPage:
    """A run with everything that went in and came out, and its events, its single units' included."""
    found = run(name)
    units = unit_places(found)
    shown = summed(found, units)
    shown.events = browsing.run_events(found.place, units)
    shown.approval = approvals.of(YIELD, found.uid) if found.status != "open" or found.waiting else None
    return shown


def summed(found: Run, units: Sequence[int] | None = None) -> RunPage:
    """A run with what went in and came out alone; ``units`` are the places of its single units."""
    if units is None:
        units = unit_places(found)
    listed = shares(found, units)
    plan = rules.Plan.from_json(found.snapshot)
    balanced = balance(listed)
    shown = RunPage(
        run=found,
        inputs=[share for share in listed if share.consumed or share.returned],
        outputs=[share for share in listed if share.produced],
        balance=balanced,
        plan=plan,
        units=len(units),
    )
    if shown.inputs:
        shown.yielded = rules.yield_hundredths(balanced, shown.made, found.planned_quantity)
    if plan is not None:
        shown.needs = needs(plan, listed)
        made = _by_item(listed, "produced")
        shown.expected = [Expected(line, made.get(line.item, 0)) for line in plan.outputs]
    return shown


_UNITS = Prepared(lambda: Run.objects.filter(parent_id=Slot("run")).only("place_id").order_by("pk"))


def unit_places(found: Run) -> list[int]:
    """The keys of the places of a run's single units."""
    return [unit.place_id for unit in _UNITS.all(run=found.pk)]


def shares(found: Run, units: Sequence[int] | None = None) -> list[Share]:
    """What each lot has to do with a run: its own place's movements and its single units' together."""
    if units is None:
        units = unit_places(found)
    by_place = browsing.shares_of([found.place_id, *units])
    if not units:
        return list(by_place[found.place_id].values())
    total: dict[int, Share] = {}
    for listed in by_place.values():
        for lot, share in listed.items():
            known = total.setdefault(lot, Share(share.lot))
            known.consumed += share.consumed
            known.returned += share.returned
            known.produced += share.produced
            known.lost += share.lost
    return list(total.values())


def own_shares(found: Run) -> list[Share]:
    """What each lot has to do with a run itself, without its single units."""
    return list(browsing.shares_of([found.place_id])[found.place_id].values())


def needs(plan: rules.Plan, listed: Iterable[Share]) -> list[rules.Need]:
    """The inputs of a run's plan against what went in; rework of its own output is not counted."""
    rows = list(listed)
    scales = {share.item.pk: share.item.scale for share in rows}
    return rules.needs(plan, _by_item(rows, "used"), scales)


def _by_item(listed: Iterable[Share], name: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for share in listed:
        found[share.item.pk] = found.get(share.item.pk, 0) + getattr(share, name)
    return found


def balance(shares: Iterable[Share]) -> rules.MassBalance:
    """The mass balance of a run's shares."""
    listed = list(shares)
    units = catalog.units_of_many({share.item.pk: share.item for share in listed}.values())
    return rules.mass(
        rules.Amount(share.item.code, units[share.item.pk], share.used, share.produced, share.lost)
        for share in listed
    )
