"""Approvals over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions, queries
from lotbook.foundation.approvals.models import Approval, Decision
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=2000)]
State = Literal["", "pending", "approved", "refused", "withdrawn", "expired"]


class DecideIn(BaseModel):
    """A yes or a no; a no needs a reason."""

    model_config = ConfigDict(extra="forbid")

    approve: bool
    reason: Reason = ""


class WithdrawIn(BaseModel):
    """Why it is not wanted any more."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = ""


class StepOut(BaseModel):
    """A step: `needed` people of `role`, or of `people`, must say yes."""

    role: str
    people: list[str]
    needed: int


class DecisionOut(BaseModel):
    """A signed decision. `signature_hash` is the SHA-256 over the RFC 8785 form of `signed`."""

    step: int
    approve: bool
    person: str
    principal: str = Field(description="Whose say it was: another person's when delegated.")
    meaning: str
    reason: str
    decided_at: datetime
    signed: dict[str, Any]
    signature_hash: str


class ApprovalOut(BaseModel):
    """Something asked for. `step` is the one it waits at, from 1; null once it is decided."""

    id: UUID
    kind: str
    subject: UUID
    title: str
    url: str
    site: str
    item_group: str
    quantity: int | None = Field(description="In smallest units of the item.")
    value_micro: int | None = Field(description="In millionths of the currency.")
    currency: str
    reason: str
    asked_by: str
    asked_at: datetime
    status: str
    automatic: bool
    rule: str
    steps: list[StepOut]
    step: int | None
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    decisions: list[DecisionOut]


@router.get("/approvals", response=Listed[ApprovalOut])
@requires("approvals.view")
def approvals(
    request: HttpRequest,
    status: State = "",
    kind: Filter = "",
    text: Filter = "",
    subject: UUID | None = None,
    mine: bool = False,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List approvals, the newest first; with `mine` those that wait for the caller's decision."""
    rows = queries.approvals(status=status, kind=kind, text=text, subject=subject)
    if mine:
        assert isinstance(request.user, User)
        rows = rows.filter(pk__in=queries.inbox(request.user).values("pk"))
    return page(rows.prefetch_related("decisions"), cursor, limit, descending=True).shown(_out)


@router.get("/approvals/{uid}", response=ApprovalOut)
@requires("approvals.view")
def approval(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Show one approval with its decisions."""
    return _out(queries.approval(uid))


@router.post("/approvals/{uid}/decision", response=ApprovalOut)
@requires("approvals.decide")
def decide(request: HttpRequest, uid: UUID, decision: DecideIn) -> dict[str, Any]:
    """Say yes or no, signed by the person or the owner of the key."""
    actor = permissions.actor(request)
    return _out(actions.decide(uid, approve=decision.approve, reason=decision.reason, actor=actor))


@router.post("/approvals/{uid}/withdrawal", response=ApprovalOut)
@requires("approvals.view")
def withdraw(request: HttpRequest, uid: UUID, withdrawal: WithdrawIn) -> dict[str, Any]:
    """Take back what one asked for."""
    return _out(actions.withdraw(uid, reason=withdrawal.reason, actor=permissions.actor(request)))


def _out(one: Approval) -> dict[str, Any]:
    same = (
        "kind", "subject", "title", "url", "item_group", "quantity", "value_micro", "currency", "reason",
        "asked_by", "asked_at", "status", "expires_at", "ended_at", "ended_by",
    )  # fmt: skip
    return {
        **{name: getattr(one, name) for name in same},
        "id": one.uid,
        "site": one.site.code if one.site else "",
        "automatic": one.is_automatic,
        "rule": one.rule_name,
        "steps": one.steps,
        "step": one.step + 1 if one.status == "pending" else None,
        "decisions": [_decision(row) for row in sorted(one.decisions.all(), key=lambda row: row.pk)],
    }


def _decision(row: Decision) -> dict[str, Any]:
    same = ("approve", "person", "principal", "meaning", "reason", "decided_at", "signed", "signature_hash")
    return {**{name: getattr(row, name) for name in same}, "step": row.step + 1}
