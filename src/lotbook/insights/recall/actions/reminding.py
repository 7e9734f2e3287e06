"""Reminders and escalation by the clock: who was told and does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lotbook.foundation.accounts.models import User
from lotbook.insights.recall import rules
from lotbook.insights.recall.actions import outward
from lotbook.insights.recall.actions.notifying import remind
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import Case, CaseCustomer, CaseKind, NoticeKind, NoticePlan
from lotbook.insights.recall.queries import notices as reading
from lotbook.kernel import clock

DECIDE = "recall.decide"
NAMED = 20
CLOCK = "lotbook"
"""Who acts where nobody pressed anything."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Customers who do not answer, and whom of us to tell by mail."""

    case: Case
    customers: tuple[str, ...]
    addresses: tuple[str, ...]


def remind_due() -> list[Escalation]:
    """Write the reminders that are due in every case, and give what is to be escalated now.

    Each case in a transaction of its own. Safe to call at any time: a reminder is written once its hours are
    over, an escalation of a customer once.
    """
    plans = NoticePlan.objects.filter(case__status__in=rules.MAY["remind"], most__gt=0)
    found = []
    for plan in plans.exclude(case__kind=CaseKind.DRILL).select_related("case"):
        late, silent = _due(plan, clock.now())
        if late:
            remind(case=plan.case.uid, actor=CLOCK, customers=late)
        if silent and (one := _escalate(plan.case)) is not None:
            found.append(one)
    return found


def _due(plan: NoticePlan, now: datetime) -> tuple[list[int], list[CaseCustomer]]:
    """Customers to remind by key, and those whom the last reminder did not move and nobody was told of."""
    known = reading.told(plan.case)
    late: list[int] = []
    silent: list[int] = []
    for key in reading.silent(plan.case, known):
        one = known[key]
        assert one.sent_at is not None
        hours = plan.every_hours if one.reminded_at else plan.first_hours
        if now < (one.reminded_at or one.sent_at) + timedelta(hours=hours):
            continue
        (late if one.rounds[NoticeKind.REMINDER] < plan.most else silent).append(key)
    rows = CaseCustomer.objects.filter(pk__in=silent).select_related("partner").order_by("partner__name")
    return late, [row for row in rows if str(row.uid) not in plan.escalated]


@transaction.atomic
def _escalate(case: Case) -> Escalation | None:
    found = locked(case.uid, "remind")
    plan = NoticePlan.objects.get(case=found)
    _, silent = _due(plan, clock.now())
    if not silent or not outward.is_real(found):
        return None
    plan.escalated = [*plan.escalated, *(str(one.uid) for one in silent)]
    plan.escalated_at = clock.now()
    plan.save(update_fields=["escalated", "escalated_at"])
    people = people_of(plan)
    names = [str(one.partner) for one in silent]
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    data = {"customers": [str(one.uid) for one in silent], "people": [one.username for one in people]}
    text = f"{len(names)} do not answer: {shown}"
    record(found, "escalated", actor=CLOCK, text=text, data=data)
    outward.tell(found, "escalated", **data)
    return Escalation(found, tuple(names), tuple(sorted({one.email for one in people if one.email})))


def people_of(plan: NoticePlan) -> list[User]:
    """Whom of us to tell: who is named, else everybody who may decide."""
    people = list(User.objects.filter(is_active=True).order_by("username"))
    if not plan.escalate_to:
        return [one for one in people if one.may(DECIDE)]
    names = set(plan.escalate_to)
    return [one for one in people if one.username in names or f"role:{one.role}" in names]
