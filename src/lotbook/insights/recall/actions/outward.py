"""The one way out of a case: what holds, releases, asks or tells goes through here, and a drill ends here.

No other module of the room may import the ledger's, quality's, approvals' or the outbox's doors (a test says
so). The database repeats it: a drill's rows have no place for a hold or an approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals.models import Approval
from lotbook.insights.recall.models import Case, CaseLot
from lotbook.kernel import outbox
from lotbook.kernel.ids import new_uid
from lotbook.operations.complaints import actions as complaints
from lotbook.operations.quality import queries as quality
from lotbook.traceability.ledger.lines import moment_at, post_together
from lotbook.traceability.ledger.rules import Draft, PutHold, Receipt
from lotbook.traceability.lots.models import Hold, HoldKind

DECIDE, CLOSE = "recall.decide", "recall.close"
"""Kinds of approvals this room asks for."""

HOLDS_OF_EVENT = 1_000
"""Most lots one event holds or frees: its page stays readable, and all events are one transaction anyway."""


def is_real(case: Case) -> bool:
    """Whether the case may do anything outside itself: a drill never does."""
    return not case.is_drill


def put_holds(case: Case, rows: Sequence[CaseLot], *, actor: str) -> list[tuple[Sequence[CaseLot], Receipt]]:
    """Hold lots by one act; gives which rows went with which event. ``hold`` of each row names its hold."""
    if not is_real(case) or not rows:
        return []
    parts = _parts(sorted(rows, key=lambda row: row.lot_id))
    at = moment_at(None, None)
    drafts = [
        Draft(
            "hold", at, uid=new_uid(), document_kind="recall", document_number=case.number,
            holds=[PutHold(row.lot_id, HoldKind.RECALL, row.hold) for row in part if row.hold],
            reason=f"{case.number}: {case.reason}"[:2000], data={"case": str(case.uid)},
        )
        for part in parts
    ]  # fmt: skip
    receipts = post_together(drafts, actor=actor, at=[()] * len(drafts))
    return list(zip(parts, receipts, strict=True))


def release_holds(case: Case, rows: Iterable[CaseLot], *, actor: str, reason: str) -> list[Receipt]:
    """Take the case's own holds off again, and those that stem from them; others stay."""
    own = [row.hold for row in rows if row.hold is not None]
    if not is_real(case) or not own:
        return []
    found = [hold for part in _parts(own) for hold in Hold.objects.filter(uid__in=part)]
    holds = sorted(quality.with_stemming(found), key=lambda hold: hold.pk)
    at = moment_at(None, None)
    drafts = [
        Draft(
            "release", at, uid=new_uid(), releases=[hold.uid for hold in part], reason=reason,
            document_kind="recall", document_number=case.number, data={"case": str(case.uid)},
        )
        for part in _parts(holds)
    ]  # fmt: skip
    return post_together(drafts, actor=actor, at=[()] * len(drafts)) if drafts else []


def ask(case: Case, kind: str, title: str, *, actor: str, reason: str) -> Approval | None:
    """Ask for somebody's yes; None for a drill, which asks nobody."""
    if not is_real(case):
        return None
    url = reverse("recall:case", args=[case.uid])
    return approvals.ask(
        kind=kind, subject=case.uid, title=title[:300], url=url, actor=actor, reason=reason[:2000]
    )


def withdraw(case: Case, *, actor: str, reason: str) -> None:
    """Withdraw what waits for somebody's yes."""
    for kind in (DECIDE, CLOSE) if is_real(case) else ():
        approvals.drop(kind=kind, subject=case.uid, actor=actor, reason=reason)


def link_complaint(case: Case, complaint: UUID, *, actor: str) -> None:
    """Let a complaint name the case it led to; a drill leaves it alone."""
    if is_real(case):
        complaints.link_recall(complaint=complaint, case=case.uid, number=case.number, actor=actor)


def tell(case: Case, what: str, **more: Any) -> None:
    """Write ``recall.<what>`` into the outbox for whoever listens."""
    if is_real(case):
        payload: Mapping[str, Any] = {"case": str(case.uid), "number": case.number, "kind": case.kind, **more}
        outbox.emit(f"recall.{what}", payload)


def _parts(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[start : start + HOLDS_OF_EVENT] for start in range(0, len(rows), HOLDS_OF_EVENT)]
