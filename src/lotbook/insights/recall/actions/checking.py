"""Effectiveness checks: whether the notice came and was followed (21 CFR 7.42(b)(3))."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from lotbook.insights.recall import rules
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import Case, CaseCustomer, EffectivenessCheck, Method, Outcome
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, NotFound


@transaction.atomic
def plan_checks(
    *,
    case: UUID | str,
    method: str,
    actor: str,
    level: str = "",
    share: int | str | None = None,
    customers: Sequence[UUID | str] = (),
    seed: int | str | None = None,
) -> list[EffectivenessCheck]:
    """Plan a check with customers: those named, or the share of a level (A all, B, C 10 %, D 2 %).

    ``share`` is that of level B in per cent. Which customers a share takes is drawn by ``seed`` (0): those
    with the smallest SHA-256 of ``<seed>:<uid>``, at least one. Who has a check by this method keeps it.
    """
    found = locked(case, "check")
    check = Check()
    way = check.choice("method", method, Method.values)
    letter = check.choice("level", level, ["", *rules.LEVELS]) if not customers else ""
    percent = check.whole("share", share, 11, 99)
    number = check.whole("seed", seed, 0, 2**53 - 1) or 0
    if not customers and not letter:
        check.fault("level", "is empty.", "Choose a level, or customers.", "required")
    if letter == "B" and percent is None:
        check.fault("share", "is empty.", "Say how many per cent are checked.", "required")
    check.done()
    rows = list(found.customers.order_by("pk"))
    chosen = _named(found, rows, customers) if customers else _drawn(rows, letter, percent, number)
    known = set(found.checks.filter(method=way).values_list("customer", flat=True))
    now = clock.now()
    made = EffectivenessCheck.objects.bulk_create(
        [
            EffectivenessCheck(case=found, customer=one, method=way, planned_at=now, planned_by=actor)
            for one in chosen
            if one.pk not in known
        ]
    )
    if made:
        label = f"level {letter}" if letter else "chosen"
        text = f"{len(made)} of {len(rows)} customers, {label}, {Method(way).label.lower()}"
        data = {"method": way, "level": letter, "share": percent, "seed": number, "checks": len(made)}
        record(found, "checks planned", actor=actor, text=text, data=data)
    return made


def _drawn(rows: Sequence[CaseCustomer], level: str, percent: int | None, seed: int) -> list[CaseCustomer]:
    part = percent if level == "B" else rules.LEVELS[level][0]
    if not rows or not part:
        return []
    count = max(1, -(-len(rows) * part // 100))
    return sorted(rows, key=lambda one: hashlib.sha256(f"{seed}:{one.uid}".encode()).hexdigest())[:count]


def _named(case: Case, rows: Sequence[CaseCustomer], names: Sequence[UUID | str]) -> list[CaseCustomer]:
    known = {str(one.uid): one for one in rows}
    check = Check()
    for index, name in enumerate(names):
        if str(name) not in known:
            cause = f"{case.number} has no customer {str(name)[:60]}."
            check.fault(f"customers/{index}", cause, "Choose it in the list.", "unknown")
    check.done()
    return [known[str(name)] for name in dict.fromkeys(map(str, names))]


@transaction.atomic
def keep_check(
    *, case: UUID | str, check: UUID | str, outcome: str, actor: str, text: str = ""
) -> EffectivenessCheck:
    """Write down what a check found; it is written down once."""
    found = locked(case, "check")
    seen = Check()
    result = seen.choice("outcome", outcome, [one for one in Outcome.values if one != Outcome.OPEN])
    said = seen.text("text", text, 2000, lines=True)
    seen.done()
    try:
        row = found.checks.select_related("customer__partner").filter(uid=UUID(str(check))).first()
    except ValueError:
        row = None
    if row is None:
        cause = f"{found.number} has no check {str(check)[:60]}."
        raise NotFound(Fault("check", cause, "Choose it in the list.", "unknown"))
    if row.outcome != Outcome.OPEN:
        cause = f"{row.done_by} wrote down this check already. Nothing was changed."
        raise Conflict(Fault("check", cause, "Plan another check.", "done"))
    row.outcome, row.text, row.done_at, row.done_by = result, said, clock.now(), actor
    row.save(update_fields=["outcome", "text", "done_at", "done_by"])
    words = f"{row.customer.partner}: {row.get_outcome_display()}"
    data = {"check": str(row.uid), "outcome": result}
    record(found, "checked", actor=actor, text=words, reason=said, data=data)
    return row
