"""Drills: what a lot is drawn from, one drill, the history with its trend, whether the next one is due."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from lotbook.foundation.approvals.rules import digest
from lotbook.insights.recall import drillrules
from lotbook.insights.recall.drillrules import Population
from lotbook.insights.recall.models import Case, CaseKind, CaseStep, Drill, DrillFinding, DrillQuestion
from lotbook.insights.recall.queries import origins, reading
from lotbook.insights.recall.queries.origins import Origins
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, NotFound
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import dealt, engine

DUE_DAYS_USUAL = 180
SIGNED = "drill signed"
"""The step of the log that a signed drill ends with."""
_WAYS = {
    "shipped": (dealt.TO_PARTNERS,),
    "received": (dealt.FROM_PARTNERS,),
    "any": (dealt.FROM_PARTNERS, dealt.TO_PARTNERS),
}


# -- the draw -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draw:
    """A lot that was drawn, and what it was drawn from; None where there was nothing to draw from."""

    lot: UUID | None
    population: Population


def draw(
    seed: int, among: str, days: int, *, until: datetime | None = None, as_of: int | None = None
) -> Draw:
    """Draw a lot by its seed from those dealt with in the ``days`` before ``until`` (now)."""
    end = until or clock.now()
    sequence = engine.watermark() if as_of is None else as_of
    since = end - timedelta(days=days)
    uids = [uid for _, uid in dealt.dealt(_WAYS[among], since=since, until=end, as_of=sequence)]
    stated = Population(
        among,
        days,
        since.isoformat(),
        end.isoformat(),
        sequence,
        len(uids),
        drillrules.population_digest(uids),
    )
    return Draw(drillrules.drawn(seed, uids), stated)


def population(drill: Drill) -> Population | None:
    """What the lot of a drill was drawn from; None where it was chosen."""
    return Population(**drill.drawn) if drill.drawn else None


def drawn_again(drill: Drill) -> Draw | None:
    """The same draw once more, as of the same sequence; None where the lot was chosen."""
    stated = population(drill)
    if stated is None or drill.seed is None:
        return None
    end = datetime.fromisoformat(stated.until)
    return draw(drill.seed, stated.among, stated.days, until=end, as_of=stated.as_of)


def drawn_lot(drill: Drill) -> Lot | None:
    """The lot the seed draws when it is drawn again."""
    again = drawn_again(drill)
    if again is None or again.lot is None:
        return None
    return Lot.objects.filter(uid=again.lot).select_related("item").first()


# -- one and many -------------------------------------------------------------------------------------


def drill(name: UUID | str) -> Drill:
    """The drill of the case with this uid or number. Raises NotFound for a case that is none."""
    found = reading.case(name)
    row = of_case(found)
    if row is None:
        cause = f"{found.number} is no drill with a clock and a target."
        raise NotFound(Fault("drill", cause, "Look it up in the list of drills.", "unknown"))
    return row


def of_case(case: Case) -> Drill | None:
    """The drill of a case, or None."""
    return Drill.objects.filter(case=case).select_related("case").first() if case.is_drill else None


def drills(*, signed_only: bool = False) -> QuerySet[Drill]:
    """Drills, newest first, each with how many findings it has and how many of them are open."""
    rows = Drill.objects.select_related("case").order_by("-pk")
    rows = rows.annotate(found=Count("findings"), to_do=Count("findings", filter=Q(findings__done_at=None)))
    return rows.exclude(signed_at=None) if signed_only else rows


def open_findings() -> QuerySet[DrillFinding]:
    """Findings nobody has settled yet, the most urgent first."""
    rows = DrillFinding.objects.filter(done_at=None).exclude(drill__signed_at=None)
    return rows.select_related("drill__case").order_by(F("due_on").asc(nulls_last=True), "pk")


def trend(limit: int = 40) -> list[Drill]:
    """The newest signed drills, oldest of them first."""
    return list(drills(signed_only=True)[:limit])[::-1]


@dataclass(frozen=True, slots=True)
class Intact:
    """Whether a signed drill is what was signed: the result fits the signed step, the step its signature."""

    result: bool
    signature: bool
    log: bool

    @property
    def whole(self) -> bool:
        """Whether all of it fits."""
        return self.result and self.signature and self.log


def signed_step(row: Drill) -> CaseStep | None:
    """The step of the log by which a drill was signed."""
    return row.case.steps.filter(verb=SIGNED).order_by("-index").first()


def intact(row: Drill) -> Intact:
    """Check a signed drill against its log."""
    step = signed_step(row)
    said = step.data.get("signed", {}) if step is not None else {}
    return Intact(
        bool(said) and said.get("result") == digest(row.result),
        bool(said) and digest(said) == row.signature,
        reading.log_broken_at(row.case) is None,
    )


# -- the clock ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clock:
    """How a drill stands against its target, in seconds."""

    seconds: int
    target_s: int
    running: bool

    @property
    def within(self) -> bool:
        """Whether it is (or was) in time."""
        return self.seconds <= self.target_s

    @property
    def elapsed(self) -> str:
        """The time it took so far."""
        return drillrules.span(self.seconds)

    @property
    def target(self) -> str:
        """What is aimed at."""
        return drillrules.span(self.target_s)

    @property
    def left(self) -> str:
        """What is left of the target, or how far beyond it is."""
        return drillrules.span(abs(self.target_s - self.seconds))

    @property
    def shown(self) -> int:
        """The seconds as far as a bar shows them."""
        return min(self.seconds, self.target_s)


def clock_of(row: Drill) -> Clock:
    """The clock of a drill: from its start until it was signed (called off), or until now."""
    if row.seconds is not None:
        return Clock(row.seconds, row.target_s, running=False)
    case = row.case
    end = case.ended_at or clock.now()
    return Clock(int((end - case.opened_at).total_seconds()), row.target_s, running=case.ended_at is None)


# -- the reminder -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a drill is due: when the last one was signed, how old it may be, which one is under way."""

    last: Drill | None
    days_old: int | None
    days_max: int
    running: Drill | None

    @property
    def is_due(self) -> bool:
        """Whether none was signed for too long, and none is under way."""
        return self.running is None and (self.days_old is None or self.days_old > self.days_max)


def due_days() -> int:
    """How old the last drill may be: setting LOTBOOK_DRILL_DAYS, 180 unless set; 0 reminds of nothing."""
    text = os.environ.get("LOTBOOK_DRILL_DAYS", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else DUE_DAYS_USUAL


def due() -> Due:
    """Whether the next drill is due."""
    last = Drill.objects.exclude(signed_at=None).select_related("case").order_by("-signed_at").first()
    running = Drill.objects.filter(signed_at=None, case__kind=CaseKind.DRILL)
    running = running.exclude(case__status__in=reading.OVER).select_related("case").order_by("-pk")
    age = (clock.now() - last.signed_at).days if last is not None and last.signed_at else None
    return Due(last, age, due_days(), running.first())


# -- what the page of a drill shows -------------------------------------------------------------------

READY = ("decided", "notifying", "reconciling")
"""Statuses in which a drill can be signed."""


@dataclass(frozen=True, slots=True)
class Card:
    """A drill as the page of its case shows it."""

    drill: Drill
    clock: Clock
    ready: bool
    population: Population | None
    questions: Sequence[DrillQuestion]
    findings: Sequence[DrillFinding]
    intact: Intact | None
    again: Lot | None
    differences: int
    back: Origins

    @property
    def asked(self) -> int:
        """How many questions have an answer."""
        return sum(1 for one in self.questions if one.reached)


def card(case: Case, *, draw_again: bool = False) -> Card | None:
    """The drill of a case as its page shows it; None for a case that is none."""
    row = of_case(case)
    if row is None:
        return None
    return Card(
        row,
        clock_of(row),
        row.signed_at is None and case.status in READY,
        population(row),
        list(row.questions.all()),
        list(row.findings.all()),
        intact(row) if row.signed_at is not None else None,
        drawn_lot(row) if draw_again else None,
        case.lots.exclude(difference=0).count(),
        origins.origins(case),
    )
