"""The log of a case, and the lock every act takes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.foundation.approvals.rules import digest
from lotbook.insights.recall import queries, rules
from lotbook.insights.recall.models import Case, CaseStep, Waiting
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault


def locked(case: UUID | str, act: str = "") -> Case:
    """The case, locked until the transaction ends; NotFound, or Conflict where ``act`` does not fit."""
    found = Case.objects.select_for_update(of=("self",)).get(pk=queries.case(case).pk)
    if act:
        need(found, act)
    return found


def need(case: Case, act: str) -> None:
    """Raises Conflict where an act does not fit the case, or while something of it waits for approval."""
    if not rules.fits(act, case.status):
        cause = f"{case.number} is {case.get_status_display().lower()}. Nothing was changed."
        label = rules.next_of(case.status, decision=case.decision, drill=case.is_drill)[1]
        raise Conflict(Fault("case", cause, f"Next: {label}." if label else "The case is over.", "status"))
    if case.waits_for != Waiting.NOTHING and act in ("decide", "close", "reconcile"):
        cause = f"{case.get_waits_for_display()} of {case.number} waits for approval."
        raise Conflict(Fault("case", cause, "Wait for it, or withdraw it first.", "waiting"))


def record(
    case: Case,
    verb: str,
    *,
    actor: str,
    text: str = "",
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> CaseStep:
    """Write a step down; the case is locked, so its steps are numbered without gap."""
    last = CaseStep.objects.filter(case=case).order_by("-index").first()
    index, previous = (last.index + 1, last.digest) if last else (1, "")
    at = clock.now()
    content = rules.step_content(
        case=str(case.uid), index=index, happened_at=at, actor=actor, verb=verb, text=text, reason=reason,
        data=data or {}, previous=previous,
    )  # fmt: skip
    return CaseStep.objects.create(
        case=case, index=index, happened_at=at, actor=actor, verb=verb, text=text, reason=reason,
        data=dict(data or {}), previous=previous, digest=digest(content),
    )  # fmt: skip


def signed(case: Case, meaning: str, actor: str, **content: Any) -> dict[str, Any]:
    """What somebody signs: who, what it means, a copy of what they saw; and the digest of it."""
    said = {"case": case.number, "meaning": meaning, "actor": actor, "at": clock.now().isoformat(), **content}
    return {"signed": said, "signature": digest(said)}
