"""Drills and reports over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import BaseModel, Field

from lotbook.insights.recall import actions, drillpresent, queries
from lotbook.insights.recall.queries import drills
from lotbook.insights.recall.reports import closing
from lotbook.insights.recall.reports import drills as drill_papers
from lotbook.kernel import pdf, permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire

router = Router()
Paper = Annotated[Literal["", "a4", "letter"], Field(description="Left out: the paper of the book.")]
Text = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(max_length=200)]


class RecallDrillIn(wire.Strict):
    """A new drill; without `lots` one is drawn by `seed` from the lots `among` of the last `days`."""

    model_config = wire.example(target="2h", among="shipped", days=90, seed=7, answers="none")
    id: UUID | None = None
    lots: Annotated[list[UUID], Field(max_length=50)] = []
    seed: Annotated[int | None, Field(ge=0, le=2**53 - 1)] = None
    among: Literal["shipped", "received", "any"] = "shipped"
    days: Annotated[int, Field(ge=1, le=3660)] = 90
    target: Annotated[str, Field(max_length=20, description="Like 4h, 90 min, 1h 30m.")] = "4h"
    answers: Literal["none", "simulated", "asked"] = "none"
    reason: Text = ""


class RecallDrillAnswerIn(wire.Strict):
    """What somebody who was asked said."""

    question: UUID
    reached: Literal["yes", "late", "no"]
    name: Name = ""
    answer: Text = ""


class RecallDrillQuestionIn(wire.Strict):
    """Somebody else to ask."""

    role: Annotated[str, Field(max_length=120)]
    question: Annotated[str, Field(max_length=300)]
    contact: Annotated[str, Field(max_length=300)] = ""


class RecallDrillFindingIn(wire.Strict):
    """What went wrong, and what is done about it."""

    text: Text
    action: Text = ""
    owner: Name = ""
    due_on: date | None = None


class RecallDrillSettledIn(wire.Strict):
    """What was done about a finding."""

    text: Text


class RecallDrillSignIn(wire.Strict):
    """What the signer adds; a `finding` with its `action`, `owner`, `due_on` is written down with it."""

    text: Text = ""
    finding: Text = ""
    action: Text = ""
    owner: Name = ""
    due_on: date | None = None


class RecallDrillRow(BaseModel):
    """A drill in a list; `seconds` run until it is signed, `balance_ppm` is in millionths."""

    id: UUID
    number: str
    status: str
    lot: str
    choice: str
    seed: int | None
    drawn_from: int | None
    target_s: int
    seconds: int
    running: bool
    in_time: bool
    answers: str
    made_up: bool
    started_at: datetime
    started_by: str
    balance_ppm: int | None
    lots: int | None
    suppliers: int | None
    customers: int | None
    differences: int | None
    signed_at: datetime | None
    signed_by: str
    signature: str


class RecallDrillQuestionOut(BaseModel):
    """Who was asked what, and what they said when."""

    id: UUID
    role: str
    question: str
    contact: str
    name: str
    reached: str
    answer: str
    answered_at: datetime | None
    answered_by: str


class RecallDrillFindingOut(BaseModel):
    """What went wrong, and what became of it."""

    id: UUID
    text: str
    action: str
    owner: str
    due_on: date | None
    written_by: str
    done_at: datetime | None
    done_by: str
    done_text: str


class RecallDrillOut(RecallDrillRow):
    """A drill; `intact` says whether what is kept is what was signed (null: not signed)."""

    population: dict[str, Any] | None
    questions: list[RecallDrillQuestionOut]
    findings: list[RecallDrillFindingOut]
    intact: bool | None


class RecallDrillResultOut(BaseModel):
    """What came of a drill: as it was signed, or as it stands."""

    signed: bool
    signature: str
    result: dict[str, Any]


@router.get("/recall-drills", response=Listed[RecallDrillRow])
@requires("recall.view")
def recall_drills(
    request: HttpRequest, signed_only: bool = False, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """List drills, newest first."""
    return page(drills.drills(signed_only=signed_only), cursor, limit, descending=True).shown(
        drillpresent.row
    )


@router.post("/recall-drills", response={201: RecallDrillOut})
@requires("recall.run")
def start_recall_drill(request: HttpRequest, drill: RecallDrillIn) -> Status[dict[str, Any]]:
    """Start a drill: the clock runs, the case stands ready to reconcile."""
    values = drill.model_dump(exclude={"id"})
    made = actions.start_drill(**values, uid=drill.id, actor=permissions.actor(request))
    return Status(201, drillpresent.drill(made))


@router.get("/recalls/{uid}/drill", response=RecallDrillOut)
@requires("recall.view")
def recall_drill(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Show the drill of a case."""
    return drillpresent.drill(drills.drill(uid))


@router.get("/recalls/{uid}/drill/result", response=RecallDrillResultOut)
@requires("recall.view")
def recall_drill_result(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Both directions, the balance, people and findings: as signed, or as it stands."""
    return drillpresent.result(drills.drill(uid))


@router.post("/recalls/{uid}/drill/answers", response=RecallDrillOut)
@requires("recall.run")
def answer_recall_drill(request: HttpRequest, uid: UUID, answer: RecallDrillAnswerIn) -> dict[str, Any]:
    """Take down what somebody who was asked said."""
    actions.take_answer(drill=uid, **answer.model_dump(), actor=permissions.actor(request))
    return drillpresent.drill(drills.drill(uid))


@router.post("/recalls/{uid}/drill/questions", response=RecallDrillOut)
@requires("recall.run")
def ask_in_recall_drill(request: HttpRequest, uid: UUID, question: RecallDrillQuestionIn) -> dict[str, Any]:
    """Put somebody else on the list."""
    actions.add_question(drill=uid, **question.model_dump(), actor=permissions.actor(request))
    return drillpresent.drill(drills.drill(uid))


@router.post("/recalls/{uid}/drill/findings", response=RecallDrillOut)
@requires("recall.run")
def find_in_recall_drill(request: HttpRequest, uid: UUID, finding: RecallDrillFindingIn) -> dict[str, Any]:
    """Write down what went wrong."""
    actions.find(drill=uid, **finding.model_dump(), actor=permissions.actor(request))
    return drillpresent.drill(drills.drill(uid))


@router.post("/recalls/{uid}/drill/findings/{finding}/settled", response=RecallDrillOut)
@requires("recall.run")
def settle_recall_drill_finding(
    request: HttpRequest, uid: UUID, finding: UUID, settled: RecallDrillSettledIn
) -> dict[str, Any]:
    """Say what was done about a finding; the signed result stays as it is."""
    actions.settle_finding(drill=uid, finding=finding, text=settled.text, actor=permissions.actor(request))
    return drillpresent.drill(drills.drill(uid))


@router.post("/recalls/{uid}/drill/signature", response=RecallDrillOut)
@requires("recall.decide")
def sign_recall_drill(request: HttpRequest, uid: UUID, signature: RecallDrillSignIn) -> dict[str, Any]:
    """Sign the drill: the clock stops, the result is frozen."""
    made = actions.finish(drill=uid, **signature.model_dump(), actor=permissions.actor(request))
    return drillpresent.drill(made)


@router.get("/recalls/{uid}/report.pdf", response={200: None})
@requires("recall.view")
def recall_report(request: HttpRequest, uid: UUID, paper: Paper = "") -> HttpResponse:
    """The report as PDF: of a drill, or of a case (interim until it is over)."""
    case = queries.case(uid)
    row = drills.of_case(case)
    by, size = permissions.actor(request), paper or None
    if row is not None and (row.signed_at is not None or not case.is_over):
        body = drill_papers.paper(row, paper=size, by=by)
    else:
        body = closing.paper(case, paper=size, by=by)
    return pdf.answer(body, f"{case.number}-report")
