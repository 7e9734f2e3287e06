"""The end of a run: its mass balance, its yield, and who must agree to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.documents import queries as steps
from lotbook.operations.production import queries, rules
from lotbook.operations.production.actions import issuing
from lotbook.operations.production.actions.drafting import KIND, locked_run, open_run
from lotbook.operations.production.models import (
    Run,
    RunStatus,
)
from lotbook.operations.production.rules import kilograms_text as kg
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Named, Reading, moment_at, post_lines
from lotbook.traceability.ledger.rules import Draft

REOPENED = "open again"
"""The step of a run whose yield was not accepted; its ``act`` is the close that asked."""


@transaction.atomic
def close_run(
    *,
    run: Named,
    actor: str,
    reason: str = "",
    yield_reason: str = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Run:
    """Close a run: net mass in = net mass out + loss, or the difference gets a name in ``reason``.

    A yield outside the recipe's limits stops it unless there is an ``override``, a reason (the caller
    checks ledger.override); or it needs a ``yield_reason`` and asks for an approval: while somebody has to
    decide, the run stays open (``waiting``) and takes nothing. The balance is kept in an event. The same
    ``uid`` closes once. Raises Refused when a difference has no reason, Conflict when the run is closed
    already.
    """
    vessel = locked_run(queries.run(run or "").pk)
    if uid is not None and (vessel.waiting.get("uid") == str(uid) or ledger.known({uid})):
        return vessel
    if vessel.status != RunStatus.OPEN and _not_accepted(vessel, uid):
        return vessel
    vessel = open_run(run)
    shares = queries.shares(vessel)
    balance = queries.balance(shares)
    reading = Reading()
    why = reading.text("reason", reason, 2000, lines=True)
    at = moment_at(vessel.site, occurred_at)
    if not any(share.produced for share in shares) and not why:
        reading.fault(
            "reason", f"nothing has come out of {vessel.number} yet.", "Enter what it made, or say why."
        )
    elif not why:
        check_balanced(reading, balance, "reason")
    made = sum(share.produced for share in shares if share.item.pk == vessel.item_id)
    yielded = rules.yield_hundredths(balance, made, vessel.planned_quantity)
    closing = Closing(at, why, uid, balance, yielded)
    plan = rules.Plan.from_json(vessel.snapshot)
    # A run that made nothing has no yield to judge: it was given up, and the reason says why.
    judged = plan is not None and any(share.produced for share in shares)
    wrong = rules.outside(yielded, plan.yield_lower, plan.yield_upper) if plan and judged else ""
    because = reading.text("yield_reason", yield_reason, 2000, lines=True)
    overridden = reading.text("override", override, 2000, lines=True)
    if plan is not None and wrong and plan.yield_rule == "stop" and not overridden:
        remedy = "Enter what is missing, or have it closed by somebody who may override, with a reason."
        reading.fault("yield_reason", f"{wrong}: the recipe stops here.", remedy, "not_free")
    if plan is not None and wrong and plan.yield_rule == "ask" and not because and not overridden:
        remedy = "Enter what is missing, or say why it is so."
        reading.fault("yield_reason", f"{wrong}.", remedy, "required")
    reading.done()
    if plan is not None and wrong and plan.yield_rule == "ask" and not overridden:
        if _not_accepted(vessel, uid):
            return vessel
        return _ask_about_yield(vessel, closing, wrong, because, actor)
    return _close(vessel, closing, overridden or because, actor, overridden=bool(overridden and wrong))


@dataclass(frozen=True, slots=True)
class Closing:
    """What a run is closed with."""

    at: datetime
    reason: str
    uid: UUID | None
    balance: rules.MassBalance
    yielded: int | None


def _not_accepted(vessel: Run, uid: UUID | None) -> bool:
    """Whether this close was asked for before, and its yield not accepted: it is not asked anew."""
    if uid is None:
        return False
    return any(step.verb == REOPENED and step.data.get("act") == str(uid) for step in steps.steps(vessel.uid))


def _ask_about_yield(vessel: Run, closing: Closing, wrong: str, because: str, actor: str) -> Run:
    approval = approvals.ask(
        kind=queries.YIELD,
        subject=vessel.uid,
        title=f"{vessel.number}: {wrong}",
        url=reverse("production:run", args=[vessel.uid]),
        actor=actor,
        site=vessel.site_id,
        item_group=vessel.item.group,
        reason=because,
    )
    if approval.status == "approved":
        return _close(vessel, closing, because, actor)
    vessel.waiting = {
        "at": closing.at.isoformat(),
        "reason": closing.reason,
        "uid": str(closing.uid) if closing.uid else "",
        "yield_reason": because,
        "actor": actor,
    }
    vessel.save(update_fields=["waiting"])
    return vessel


@transaction.atomic
def yield_decided(*, run: UUID, approved: bool) -> Run | None:
    """Go on with a run whose yield was decided about: closed, or open again; None when none waits."""
    found = Run.objects.filter(uid=run).first()
    if found is None:
        return None
    vessel = locked_run(found.pk)
    if vessel.status != RunStatus.OPEN or not vessel.waiting:
        return None
    asked = vessel.waiting
    vessel.waiting = {}
    if not approved:
        vessel.save(update_fields=["waiting"])
        documents.record(
            vessel.uid, KIND, REOPENED, actor="lotbook", text="its yield was not accepted",
            data={"act": asked["uid"]},
        )  # fmt: skip
        return vessel
    shares = queries.shares(vessel)
    balance = queries.balance(shares)
    made = sum(share.produced for share in shares if share.item.pk == vessel.item_id)
    closing = Closing(
        datetime.fromisoformat(asked["at"]),
        asked["reason"],
        UUID(asked["uid"]) if asked["uid"] else None,
        balance,
        rules.yield_hundredths(balance, made, vessel.planned_quantity),
    )
    return _close(vessel, closing, asked["yield_reason"], asked["actor"])


def check_balanced(reading: Reading, balance: rules.MassBalance, field: str) -> None:
    """A fault where more came out than went in."""
    if not balance.balanced:
        reading.fault(
            field,
            f"{kg(balance.consumed)} kg went in, {kg(balance.produced)} kg came out and {kg(balance.lost)} kg"
            f" were lost: a difference of {kg(balance.difference)} kg.",
            "Enter what is missing, or name the difference: say why.",
            "difference",
        )


def _close(vessel: Run, closing: Closing, because: str, actor: str, *, overridden: bool = False) -> Run:
    draft = closing_event(vessel, closing, because, overridden=overridden)
    receipt = post_lines(draft, actor=actor, at=())
    mark_closed(vessel, closing, because, actor)
    vessel.save()
    issuing.free(vessel.uid, actor=actor, reason="the run is closed")
    verb = "closed in spite of its yield" if overridden else "closed"
    documents.record(
        vessel.uid, KIND, verb, actor=actor, reason="; ".join(filter(None, (closing.reason, because))),
        event=receipt.uid,
    )  # fmt: skip
    return vessel


def closing_event(vessel: Run, closing: Closing, because: str = "", *, overridden: bool = False) -> Draft:
    """The event that closes a run, with its mass balance and yield."""
    data: dict[str, Any] = {"closed": vessel.number, "mass_balance_kg": _balance_data(closing.balance)}
    if closing.yielded is not None and vessel.snapshot:
        data["yield_percent"] = rules.percent_text(closing.yielded)
    if because:
        data["yield_reason"] = because
    if overridden:
        data["overridden"] = True
    return Draft(
        kind="observe",
        occurred_at=closing.at,
        uid=closing.uid,
        place=vessel.place_id,
        document_kind="run",
        document_number=vessel.number,
        reason=closing.reason,
        data=data,
    )


def mark_closed(vessel: Run, closing: Closing, because: str, actor: str) -> None:
    """Mark a run closed, and write the step down."""
    vessel.status, vessel.closed_at, vessel.closed_by = RunStatus.CLOSED, closing.at, actor
    vessel.difference_reason = "" if closing.balance.balanced else closing.reason
    vessel.yield_reason, vessel.waiting = because, {}


def _balance_data(balance: rules.MassBalance) -> dict[str, Any]:
    return {
        "in": kg(balance.consumed),
        "out": kg(balance.produced),
        "lost": kg(balance.lost),
        "difference": kg(balance.difference),
        "not_weighed": list(balance.unweighed),
    }
