"""Cases by uid or number, lists of them, and the log of one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.insights.recall import rules
from lotbook.insights.recall.models import Case, CaseStatus, CaseStep
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound

OVER = (CaseStatus.CLOSED, CaseStatus.CALLED_OFF)


def case(name: UUID | str) -> Case:
    """The case with this uid or number. Raises NotFound."""
    text = str(name).strip()
    try:
        found = Case.objects.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else Case.objects.filter(number__iexact=text).first()
    if found is None:
        cause = f"there is no recall case {text[:60]}."
        raise NotFound(Fault("case", cause, "Look it up in the list of cases.", "unknown"))
    return found


def cases(*, text: str = "", kind: str = "", status: str = "", open_only: bool = False) -> QuerySet[Case]:
    """Cases, newest first; ``text`` is looked for in number, reason, hazard and what it was opened from."""
    rows = Case.objects.order_by("-pk")
    if any(storable(word) for word in (text, kind, status)):
        return rows.none()
    if text:
        found = Q(number__icontains=text) | Q(reason__icontains=text)
        rows = rows.filter(found | Q(hazard__icontains=text) | Q(source__icontains=text))
    if kind:
        rows = rows.filter(kind=kind)
    if status:
        rows = rows.filter(status=status)
    return rows.exclude(status__in=OVER) if open_only else rows


def about_lots(lots: Iterable[int]) -> QuerySet[Case]:
    """Cases that have one of these lots in their frozen scope, newest first."""
    return Case.objects.filter(lots__lot__in=list(lots)).distinct().order_by("-pk")


def log(found: Case) -> QuerySet[CaseStep]:
    """The steps of a case, oldest first."""
    return CaseStep.objects.filter(case=found).order_by("index")


def log_broken_at(found: Case) -> int | None:
    """The index of the first step of the log that was tampered with; None: it is whole."""
    links = (
        rules.Link(
            rules.step_content(
                case=str(found.uid), index=step.index, happened_at=step.happened_at, actor=step.actor,
                verb=step.verb, text=step.text, reason=step.reason, data=step.data, previous=step.previous,
            ),
            step.index,
            step.previous,
            step.digest,
        )
        for step in log(found)
    )  # fmt: skip
    return rules.first_broken(links)
