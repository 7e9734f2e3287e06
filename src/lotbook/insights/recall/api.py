"""Recall cases over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, Field

from lotbook.insights.recall import actions, present, queries
from lotbook.insights.recall.models import Case, CaseLot
from lotbook.insights.recall.queries import reconciling
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, Page, page
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire

router = Router()

Filter = Annotated[str, Field(max_length=200)]
Amount = Annotated[str, Field(max_length=60, description="Decimal text, in the base unit; empty: as before.")]
Suspects = Annotated[
    dict[str, Any],
    Field(description="`lots`, `units`, `runs` (uids), `deliveries`, `places`, `query`; less `without`."),
]


class RecallIn(wire.Strict):
    """A new case. The same `id` opens once."""

    model_config = wire.example(kind="recall", reason="glass in jars", classification="II", suspects={})
    id: UUID | None = None
    kind: Literal["recall", "withdrawal", "drill"]
    reason: wire.Reason
    hazard: wire.Reason = ""
    classification: Annotated[str, Field(max_length=60)] = ""
    source_kind: Literal["", "lot", "complaint", "inspection", "trace"] = ""
    source: Filter = ""
    reading: Literal["reach", "replay"] = "reach"
    complaint: UUID | None = None
    suspects: Suspects = {}


class RecallSuspectsIn(wire.Strict):
    """What is suspected, said anew."""

    suspects: Suspects
    reason: wire.Reason = ""


class RecallScopeIn(wire.Strict):
    """As of which sequence; left out: now."""

    as_of: Annotated[int | None, Field(ge=0, le=2**63 - 1)] = None


class RecallReasonIn(wire.Strict):
    """Why."""

    reason: wire.Reason


class RecallReleaseIn(RecallReasonIn):
    """Lots (uids) let go from the case, signed by the caller."""

    lots: Annotated[list[UUID], Field(max_length=1_000)]


class RecallDecisionIn(RecallReasonIn):
    """What shall happen, signed by the caller."""

    decision: Literal["recall", "withdrawal", "internal"]


class RecallAccountIn(wire.Strict):
    """What a customer (its id in the case) says became of a lot it got."""

    customer: UUID
    lot: UUID
    destroyed: Amount = ""
    sold_on: Amount = ""
    explanation: wire.Reason = ""


class RecallExplanationIn(wire.Strict):
    """What explains a difference of a lot, or why it stays on hold."""

    lot: UUID
    explanation: wire.Reason


class RecallExpenseIn(wire.Strict):
    """Money the case cost; negative sets an earlier one right."""

    text: Annotated[str, Field(max_length=300)]
    amount: Annotated[str, Field(max_length=30)]
    currency: Annotated[str, Field(max_length=3)]
    spent_on: date | None = None


class RecallNoteIn(wire.Strict):
    """Something to keep in the log."""

    text: wire.Reason


class RecallRow(BaseModel):
    """A case in a list."""

    id: UUID
    number: str
    kind: str
    status: str
    classification: str
    reason: str
    opened_at: datetime
    opened_by: str
    as_of: int | None
    ended_at: datetime | None


class RecallOut(RecallRow):
    """A case. A `drill` holds nothing, posts nothing and tells nobody."""

    drill: bool
    hazard: str
    source_kind: str
    source: str
    reading: str
    suspects: dict[str, Any]
    clock: str
    scoped_at: datetime | None
    frozen_at: datetime | None
    frozen_sequence: int | None
    waits_for: str
    approval: UUID | None
    decision: str
    decision_text: str
    decided_at: datetime | None
    decided_by: str
    closing: str
    ended_by: str
    lots: int
    lots_held: int
    lots_released: int
    customers: int


class RecallFrozen(RecallOut):
    """What a freeze did: `held` lots, `added` of them affected since the scope was taken."""

    held: int
    added: int


class RecallAccountOut(BaseModel):
    """What came of a lot; `came` is the sum of the others but `returned`, `shipped` is net of it."""

    came: str
    on_hand: str
    in_transit: str
    consumed: str
    shipped: str
    returned: str
    lost: str
    difference: str


class RecallLotOut(BaseModel):
    """An affected lot when the scope was taken, and now."""

    id: UUID
    item: str
    lot: str
    unit: str
    suspect: bool
    added: bool
    as_of: int
    then: RecallAccountOut
    now: RecallAccountOut
    changed: bool
    on_hold: bool
    hold: UUID | None
    released_at: datetime | None
    released_by: str
    release_reason: str
    explanation: str


class RecallDeliveryOut(BaseModel):
    """So much of a lot at a customer, as it stands now; `open` is what nobody has accounted for."""

    id: UUID
    item: str
    lot: str
    unit: str
    shipped: str
    returned: str
    destroyed: str
    sold_on: str
    open: str
    documents: list[str]
    explanation: str


class RecallCustomerOut(BaseModel):
    """A customer with everything affected that it got."""

    id: UUID
    partner: str
    name: str
    contact: str
    language: str
    status: str
    deliveries: list[RecallDeliveryOut]


class RecallPointOut(BaseModel):
    """Something that does not add up; without an `explanation` the case cannot be closed."""

    field: str
    words: str
    explanation: str


class RecallCostOut(BaseModel):
    """What a case costs in one currency: goods by standard cost, and expenses."""

    currency: str
    lost: str
    expenses: str
    total: str
    at_stake: str


class RecallExpenseOut(BaseModel):
    """Money a case cost."""

    id: UUID
    text: str
    amount: str
    currency: str
    spent_on: date
    entered_at: datetime
    entered_by: str


class RecallStepOut(BaseModel):
    """A step of the log; `digest` covers the step and `previous`."""

    index: int
    at: datetime
    actor: str
    verb: str
    text: str
    reason: str
    data: dict[str, Any]
    previous: str
    digest: str


class RecallLogOut(BaseModel):
    """The log, and the first step whose digest does not fit (null: the log is whole)."""

    broken_at: int | None
    steps: list[RecallStepOut]


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
