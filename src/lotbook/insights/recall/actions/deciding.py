"""What shall happen: the decision and its approval, calling a case off, closing it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from lotbook.insights.recall import rules
from lotbook.insights.recall.actions import outward
from lotbook.insights.recall.actions.steps import locked, record, signed
from lotbook.insights.recall.models import Case, CaseStatus, Waiting
from lotbook.insights.recall.queries import reconciling
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.traceability.trace import engine

SHOWN = 20
"""Most open points a refusal names."""
APPROVED = "approved"


@transaction.atomic
def decide(*, case: UUID | str, decision: str, reason: str, actor: str) -> Case:
    """Say what shall happen: at once where no rule wants anybody's yes, else when it is approved.

    Who decides never approves it, too (four eyes): the engine of approvals sees to that.
    """
    found = locked(case, "decide")
    check = Check()
    found.decision = check.choice("decision", decision, rules.DECISIONS)
    found.decision_text = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    title = f"{found.number}: {rules.DECISIONS[found.decision]}"
    found.decided_by = actor
    _ask(found, Waiting.DECISION, title, actor=actor, reason=found.decision_text)
    return found


@transaction.atomic
def reconcile(*, case: UUID | str, actor: str) -> Case:
    """Go on from the decision to reconciling what was sent with what comes back."""
    found = locked(case, "reconcile")
    found.status = CaseStatus.RECONCILING
    found.save(update_fields=["status"])
    record(found, "reconciling", actor=actor)
    return found


@transaction.atomic
def close(*, case: UUID | str, reason: str, actor: str) -> Case:
    """Close a case in which every difference is named; at once, or when it is approved.

    Raises Refused naming each open point as ``lots/<uid>`` or ``customers/<uid>/lots/<uid>``.
    """
    found = locked(case, "close")
    check = Check()
    found.closing = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    _check_points(found)
    found.ended_by = actor
    _ask(found, Waiting.CLOSING, f"{found.number}: close the case", actor=actor, reason=found.closing)
    return found


def _check_points(case: Case) -> None:
    check = Check()
    points = [point for point in reconciling.points(case) if not point.explanation]
    for point in points[:SHOWN]:
        check.fault(point.field, f"{point.words}.", "Account for it, or name the reason.", "open")
    if len(points) > SHOWN:
        check.fault("", f"{len(points) - SHOWN} more points are open.", "See the balance.", "open")
    check.done()


def _ask(case: Case, waits_for: str, title: str, *, actor: str, reason: str) -> None:
    kind = outward.DECIDE if waits_for == Waiting.DECISION else outward.CLOSE
    answer = outward.ask(case, kind, title, actor=actor, reason=reason)
    case.approval = answer.uid if answer is not None else None
    if answer is None or answer.status == APPROVED:
        _settle(case, waits_for, actor=actor, approved_by="" if answer is None else answer.ended_by)
        return
    case.waits_for = waits_for
    case.save()
    verb = "decision asked" if waits_for == Waiting.DECISION else "closing asked"
    record(case, verb, actor=actor, text=title, reason=reason, data={"approval": str(answer.uid)})


def _settle(case: Case, waits_for: str, *, actor: str, approved_by: str) -> None:
    """It is decided, or closed: the signed step, and word of it."""
    case.waits_for = Waiting.NOTHING
    approval = str(case.approval) if case.approval else None
    if waits_for == Waiting.DECISION:
        case.status, case.decided_at = CaseStatus.DECIDED, clock.now()
        case.save()
        words = rules.DECISIONS[case.decision]
        said = signed(
            case, words, actor, decision=case.decision, as_of=case.as_of, reason=case.decision_text,
            lots=case.lots.count(), approval=approval, approved_by=approved_by,
        )  # fmt: skip
        record(case, "decided", actor=actor, text=words, reason=case.decision_text, data=said)
        outward.tell(case, "decided", decision=case.decision)
        return
    case.status, case.ended_at = CaseStatus.CLOSED, clock.now()
    case.save()
    points = len(reconciling.points(case))
    said = signed(
        case, "closed", actor, sequence=engine.watermark(), named_differences=points, reason=case.closing,
        approval=approval, approved_by=approved_by,
    )  # fmt: skip
    text = f"{points} differences named" if points else "nothing differs"
    record(case, "closed", actor=actor, text=text, reason=case.closing, data=said)
    outward.tell(case, "closed")


def decided(*, case: UUID, approval: UUID, status: str, actor: str, reason: str = "") -> None:
    """An approval this room asked for has its outcome. Says nothing twice: a later call finds it settled."""
    with transaction.atomic():
        found = locked(case)
        if found.approval != approval or found.waits_for == Waiting.NOTHING:
            return
        waits_for = found.waits_for
        if status != APPROVED:
            found.waits_for = Waiting.NOTHING
            found.save(update_fields=["waits_for"])
            what = "decision" if waits_for == Waiting.DECISION else "closing"
            record(found, f"{what} {status}", actor=actor, reason=reason, data={"approval": str(approval)})
            return
        asked_by = found.decided_by if waits_for == Waiting.DECISION else found.ended_by
        _settle(found, waits_for, actor=asked_by, approved_by=actor)


@transaction.atomic
def call_off(*, case: UUID | str, reason: str, actor: str) -> Case:
    """Nothing is wrong after all: the case's own holds end, whatever else holds a lot stays."""
    found = locked(case, "call_off")
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    rows = list(found.lots.filter(released_at=None).exclude(hold=None))
    outward.withdraw(found, actor=actor, reason=why)
    outward.release_holds(found, rows, actor=actor, reason=f"{found.number} called off: {why}"[:2000])
    now = clock.now()
    found.lots.filter(released_at=None).exclude(hold=None).update(
        released_at=now, released_by=actor, release_reason=why
    )
    found.status, found.waits_for, found.ended_at, found.ended_by = CaseStatus.CALLED_OFF, "", now, actor
    found.closing = why
    found.save()
    ended = engine.watermark()
    said = signed(found, "called off", actor, sequence=ended, lots_released=len(rows), reason=why)
    record(found, "called off", actor=actor, text=f"{len(rows)} lots released", reason=why, data=said)
    outward.tell(found, "called_off")
    return found


@transaction.atomic
def note(*, case: UUID | str, text: str, actor: str) -> Case:
    """Write something down in the log: a call, what an authority said."""
    found = locked(case, "note")
    check = Check()
    said = check.text("text", text, 2000, required=True, lines=True)
    check.done()
    record(found, "note", actor=actor, reason=said)
    return found
