"""The end of a drill: what came of it is frozen and signed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from lotbook.foundation.approvals.rules import digest
from lotbook.insights.recall import drillrules
from lotbook.insights.recall.actions.drillpeople import keep_finding, unsigned
from lotbook.insights.recall.actions.steps import record, signed
from lotbook.insights.recall.models import CaseStatus, Drill, DrillFinding
from lotbook.insights.recall.queries import balance, drills, house, results
from lotbook.kernel import clock
from lotbook.kernel.checks import Check

MEANING = "I ran this drill, and this is what came of it"
DAYS_TO_ACT = timedelta(days=30)
"""Until when a difference is cleared up unless somebody says otherwise."""
NAMED = 5


@transaction.atomic
def finish(
    *,
    drill: UUID | str,
    actor: str,
    finding: str = "",
    action: str = "",
    owner: str = "",
    due_on: date | str | None = None,
    text: str = "",
) -> Drill:
    """Sign a drill: the clock stops, what came of it is frozen with the digest of it, the case is over.

    Differences do not keep it open: they are in the result, and are findings. ``finding`` is one more that is
    written down with the signature; ``text`` what the signer adds.
    """
    made = unsigned(drill, "reconcile", "close")
    case = made.case
    check = Check()
    said_more = check.text("text", text, 2000, lines=True)
    check.done()
    if any(str(one or "").strip() for one in (finding, action, owner, due_on)):
        keep_finding(made, text=finding, action=action, owner=owner, due_on=due_on, actor=actor)
    _note_differences(made, actor)
    now = clock.now()
    told = {
        **results.result(made, at=now),
        "signer": house.printed(actor),
        "meaning": MEANING,
        "remark": said_more,
    }
    said = signed(
        case, MEANING, actor, result=digest(told), as_of=case.as_of, seconds=told["seconds"],
        balance_ppm=told["balance"]["ppm"],
    )  # fmt: skip
    case.status, case.ended_at, case.ended_by = CaseStatus.CLOSED, now, actor
    case.closing = said_more or "Drill signed."
    case.save(update_fields=["status", "ended_at", "ended_by", "closing"])
    made.finished_at = made.signed_at = now
    made.signed_by, made.signature = actor, said["signature"]
    made.result, made.seconds = told, told["seconds"]
    made.balance_ppm, made.lots = told["balance"]["ppm"], told["forward"]["lots"]
    made.suppliers, made.customers = told["backward"]["suppliers"], told["forward"]["customers"]
    made.differences = told["balance"]["differences"]
    made.save()
    words = f"{drillrules.span(made.seconds or 0)} of {drillrules.span(made.target_s)}"
    record(
        case, drills.SIGNED, actor=actor, text=f"{words}; balance {drillrules.percent(made.balance_ppm)}",
        reason=said_more, data=said,
    )  # fmt: skip
    return made


def _note_differences(made: Drill, actor: str) -> None:
    """What does not add up is a finding: one for all of it, so that somebody owns it."""
    rows = [one for one in balance.drill_rows(made.case) if one.account.difference]
    bare = [one for one in rows if not one.row.row.explanation]
    if not bare:
        return
    names = ", ".join(f"{one.lot.item.code} {one.lot}" for one in bare[:NAMED]) + (
        " …" if len(bare) > NAMED else ""
    )
    text = f"{len(bare)} of {made.case.lots.count()} lots do not add up: {names}"
    if not made.findings.filter(text=text).exists():
        DrillFinding.objects.create(
            drill=made, text=text, action="Find out why, and correct or explain it in the book.",
            written_at=clock.now(), written_by=actor, due_on=clock.now().date() + DAYS_TO_ACT,
        )  # fmt: skip
