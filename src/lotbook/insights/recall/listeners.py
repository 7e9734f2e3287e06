"""What this room does when something was decided, or frozen, elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.foundation.approvals import queries as approvals
from lotbook.insights.recall import actions
from lotbook.insights.recall.models import Case
from lotbook.kernel.jumps import Jump, numbered

KINDS = (actions.DECIDE, actions.CLOSE)


def on_decided(payload: Mapping[str, Any]) -> None:
    """``approvals.decided``: a decision or a closing of ours has its outcome."""
    if payload.get("kind") not in KINDS:
        return
    approval = approvals.approval(UUID(str(payload["approval"])))
    actions.decided(
        case=UUID(str(payload["subject"])), approval=approval.uid, status=str(payload["status"]),
        actor=approval.ended_by, reason=approval.end_reason,
    )  # fmt: skip


def on_frozen(payload: Mapping[str, Any]) -> None:
    """``recall.frozen``: hold what a production that had begun before was still making."""
    actions.follow(case=UUID(str(payload["case"])))


def called(text: str) -> list[Jump]:
    """The case of this number, for the search box."""
    return numbered(Case.objects.all(), text, "Recall case", "recall:case")
