"""Recall cases over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from lotbook.insights.recall import actions, present, queries
from lotbook.insights.recall.api.shapes import (
    Filter,
    RecallAccountIn,
    RecallCostOut,
    RecallCustomerOut,
    RecallDecisionIn,
    RecallExpenseIn,
    RecallExpenseOut,
    RecallExplanationIn,
    RecallFrozen,
    RecallIn,
    RecallLogOut,
    RecallLotOut,
    RecallNoteIn,
    RecallOut,
    RecallPointOut,
    RecallPointsIn,
    RecallReadingIn,
    RecallReasonIn,
    RecallReleaseIn,
    RecallRow,
    RecallScopeIn,
    RecallSuspectsIn,
)
from lotbook.insights.recall.models import Case, CaseLot
from lotbook.insights.recall.queries import reconciling
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, Page, page
from lotbook.kernel.permissions import requires

router = Router()


@router.get("/recalls", response=Listed[RecallRow])
@requires("recall.view")
def recalls(
    request: HttpRequest,
    text: Filter = "",
    kind: Filter = "",
    status: Filter = "",
    open_only: bool = False,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List cases, newest first."""
    rows = queries.cases(text=text, kind=kind, status=status, open_only=open_only)
    return page(rows, cursor, limit, descending=True).shown(present.row)


@router.post("/recalls", response={201: RecallOut})
@requires("recall.run")
def open_recall(request: HttpRequest, recall: RecallIn) -> Status[dict[str, Any]]:
    """Open a case."""
    values = recall.model_dump(exclude={"id"})
    made = actions.open_case(**values, uid=recall.id, actor=permissions.actor(request))
    return Status(201, present.case(made))


@router.get("/recalls/{uid}", response=RecallOut)
@requires("recall.view")
def recall(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Show a case."""
    return present.case(queries.case(uid))


@router.post("/recalls/{uid}/suspects", response=RecallOut)
@requires("recall.run")
def set_recall_suspects(request: HttpRequest, uid: UUID, given: RecallSuspectsIn) -> dict[str, Any]:
    """Say anew what is suspected; the scope has to be taken again."""
    return _told(actions.set_suspects(case=uid, **given.model_dump(), actor=permissions.actor(request)))


@router.post("/recalls/{uid}/scope", response=RecallOut)
@requires("recall.run")
def take_recall_scope(request: HttpRequest, uid: UUID, scope: RecallScopeIn) -> dict[str, Any]:
    """Keep everything affected as of a sequence, with quantities and customers."""
    return _told(actions.take_scope(case=uid, as_of=scope.as_of, actor=permissions.actor(request)))


@router.post("/recalls/{uid}/reading", response=RecallOut)
@requires("recall.run")
def set_recall_reading(request: HttpRequest, uid: UUID, given: RecallReadingIn) -> dict[str, Any]:
    """Read exposure another way; the shares of a scope taken are worked out anew as of its sequence."""
    return _told(actions.set_reading(case=uid, **given.model_dump(), actor=permissions.actor(request)))


@router.post("/recalls/{uid}/freeze", response=RecallFrozen)
@requires("recall.run")
def freeze_recall(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Put every affected lot on hold, in one act; again: what is affected since."""
    done = actions.freeze(case=uid, actor=permissions.actor(request))
    return {**_told(done.case), "held": done.lots, "added": done.added}


@router.post("/recalls/{uid}/releases", response=RecallOut)
@requires("recall.decide")
def release_recall_lots(request: HttpRequest, uid: UUID, release: RecallReleaseIn) -> dict[str, Any]:
    """Let lots go from the case."""
    return _told(actions.release_lots(case=uid, **release.model_dump(), actor=permissions.actor(request)))


@router.post("/recalls/{uid}/decision", response=RecallOut)
@requires("recall.decide")
def decide_recall(request: HttpRequest, uid: UUID, decision: RecallDecisionIn) -> dict[str, Any]:
    """Decide what shall happen: at once, or when somebody approves (`waits_for`)."""
    return _told(actions.decide(case=uid, **decision.model_dump(), actor=permissions.actor(request)))


@router.post("/recalls/{uid}/reconciliation", response=RecallOut)
@requires("recall.run")
def reconcile_recall(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Go on to reconciling."""
    return _told(actions.reconcile(case=uid, actor=permissions.actor(request)))


@router.post("/recalls/{uid}/accounts", response=RecallOut)
@requires("recall.run")
def account_recall(request: HttpRequest, uid: UUID, account: RecallAccountIn) -> dict[str, Any]:
    """Write down what a customer says became of a lot."""
    actions.account(case=uid, **account.model_dump(), actor=permissions.actor(request))
    return _told(queries.case(uid))


@router.post("/recalls/{uid}/explanations", response=RecallOut)
@requires("recall.run")
def explain_recall(request: HttpRequest, uid: UUID, explanation: RecallExplanationIn) -> dict[str, Any]:
    """Name what explains a difference of a lot."""
    actions.explain(case=uid, **explanation.model_dump(), actor=permissions.actor(request))
    return _told(queries.case(uid))


@router.post("/recalls/{uid}/points", response=RecallOut)
@requires("recall.run")
def explain_recall_points(request: HttpRequest, uid: UUID, given: RecallPointsIn) -> dict[str, Any]:
    """Name what several open points have in common, by one reason."""
    actions.explain_points(case=uid, **given.model_dump(), actor=permissions.actor(request))
    return _told(queries.case(uid))


@router.post("/recalls/{uid}/closing", response=RecallOut)
@requires("recall.decide")
def close_recall(request: HttpRequest, uid: UUID, closing: RecallReasonIn) -> dict[str, Any]:
    """Close a case in which every difference is named."""
    return _told(actions.close(case=uid, reason=closing.reason, actor=permissions.actor(request)))


@router.post("/recalls/{uid}/calling-off", response=RecallOut)
@requires("recall.decide")
def call_recall_off(request: HttpRequest, uid: UUID, why: RecallReasonIn) -> dict[str, Any]:
    """Call a case off; its own holds are released."""
    return _told(actions.call_off(case=uid, reason=why.reason, actor=permissions.actor(request)))


@router.post("/recalls/{uid}/notes", response=RecallOut)
@requires("recall.run")
def note_recall(request: HttpRequest, uid: UUID, note: RecallNoteIn) -> dict[str, Any]:
    """Write something into the log."""
    return _told(actions.note(case=uid, text=note.text, actor=permissions.actor(request)))


@router.get("/recalls/{uid}/lots", response=Listed[RecallLotOut])
@requires("recall.view")
def recall_lots(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """The affected lots, in the order they were kept."""
    found = queries.case(uid)
    part: Page[CaseLot] = page(found.lots.select_related("lot__item"), cursor, limit)
    rows = reconciling.lots(found, part.items)
    return {"items": [present.lot(one) for one in rows], "next": part.next}


@router.get("/recalls/{uid}/customers", response=Listed[RecallCustomerOut])
@requires("recall.view")
def recall_customers(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """Customers by name, with what they got."""
    return page(reconciling.customers(queries.case(uid)), cursor, limit).shown(present.customer)


@router.get("/recalls/{uid}/points", response=Listed[RecallPointOut])
@requires("recall.view")
def recall_points(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """What does not add up."""
    return page(reconciling.points(queries.case(uid)), cursor, limit).shown(present.point)


@router.get("/recalls/{uid}/costs", response=list[RecallCostOut])
@requires("recall.view")
def recall_costs(request: HttpRequest, uid: UUID) -> list[dict[str, str]]:
    """What the case costs, by currency."""
    found = queries.case(uid)
    costs = reconciling.costs(found, reconciling.lots(found), reconciling.customers(found))
    return [present.cost(one) for one in costs]


@router.get("/recalls/{uid}/expenses", response=Listed[RecallExpenseOut])
@requires("recall.view")
def recall_expenses(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """The expenses entered."""
    return page(queries.case(uid).expenses.all(), cursor, limit).shown(present.expense)


@router.post("/recalls/{uid}/expenses", response={201: RecallExpenseOut})
@requires("recall.run")
def enter_recall_expense(request: HttpRequest, uid: UUID, expense: RecallExpenseIn) -> Status[dict[str, Any]]:
    """Enter what the case cost."""
    made = actions.enter_expense(case=uid, **expense.model_dump(), actor=permissions.actor(request))
    return Status(201, present.expense(made))


@router.get("/recalls/{uid}/log", response=RecallLogOut)
@requires("recall.view")
def recall_log(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Every step, oldest first, with the digests that chain them."""
    found = queries.case(uid)
    steps = [present.step(one) for one in queries.log(found)]
    return {"broken_at": queries.log_broken_at(found), "steps": steps}


def _told(found: Case) -> dict[str, Any]:
    return present.case(found)
