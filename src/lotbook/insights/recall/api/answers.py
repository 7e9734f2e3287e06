"""Customers' answers, their links, and effectiveness checks over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, Field

from lotbook.insights.recall import actions, present, queries
from lotbook.insights.recall.models import Answer, AnswerLine, AnswerLink
from lotbook.insights.recall.queries import checks
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import wire

router = Router()
Amount = Annotated[str, Field(max_length=60, description="Decimal text in the base unit; empty: none.")]
Short = Annotated[str, Field(max_length=200)]


class RecallAnswerLineIn(wire.Strict):
    """What a customer says of one lot (its id)."""

    lot: UUID
    found: Amount = ""
    sold_on: Amount = ""
    destroyed: Amount = ""
    returning: Amount = ""


class RecallRecipientIn(wire.Strict):
    """Whom it was sold on to."""

    name: Short
    contact: Annotated[str, Field(max_length=300)] = ""
    quantity: Annotated[str, Field(max_length=60)] = ""


class RecallAnswerIn(wire.Strict):
    """What a customer (its id in the case) says; the same `id` counts once. `simulated`: only in a drill."""

    id: UUID | None = None
    customer: UUID
    lines: Annotated[list[RecallAnswerLineIn], Field(max_length=1_000)] = []
    name: Short = ""
    contact: Short = ""
    text: Annotated[str, Field(max_length=4000)] = ""
    nothing_left: bool = False
    recipients: Annotated[list[RecallRecipientIn], Field(max_length=100)] = []
    simulated: bool = False


class RecallAnswerLineOut(BaseModel):
    """What was said of one lot."""

    lot: UUID
    found: str
    sold_on: str
    destroyed: str
    returning: str


class RecallRecipientOut(BaseModel):
    """Whom it was sold on to."""

    name: str
    contact: str
    quantity: str


class RecallAnswerOut(BaseModel):
    """An answer; of several the newest counts for each lot it names. `taken_by` is empty through the page."""

    id: UUID
    customer: UUID
    at: datetime
    taken_by: str
    simulated: bool
    name: str
    contact: str
    text: str
    nothing_left: bool
    digest: str
    lines: list[RecallAnswerLineOut]
    recipients: list[RecallRecipientOut]


class RecallLinkIn(wire.Strict):
    """How many days the link is good for; left out: as the book is set."""

    days: Annotated[int | None, Field(ge=1, le=730)] = None


class RecallLinkOut(BaseModel):
    """A link, with its address: whoever has it answers as the customer. It is shown this once."""

    id: UUID
    customer: UUID
    url: str
    expires_at: datetime


class RecallLinksClosed(BaseModel):
    """How many links were open and are closed now."""

    closed: int


class RecallChecksIn(wire.Strict):
    """Which customers are checked: those named, or the share of a level (21 CFR 7.42(b)(3)), by `seed`."""

    method: Literal["visit", "call", "mail", "letter"]
    level: Literal["", "A", "B", "C", "D", "E"] = ""
    share: Annotated[int | None, Field(ge=11, le=99, description="Per cent, for level B.")] = None
    customers: Annotated[list[UUID], Field(max_length=10_000)] = []
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0


class RecallOutcomeIn(wire.Strict):
    """What a check found."""

    outcome: Literal["followed", "not_followed", "not_told", "unreachable"]
    text: Annotated[str, Field(max_length=2000)] = ""


class RecallCheckOut(BaseModel):
    """A check with one customer."""

    id: UUID
    customer: UUID
    name: str
    method: str
    outcome: str
    text: str
    planned_at: datetime
    planned_by: str
    done_at: datetime | None
    done_by: str


class RecallChecksOut(BaseModel):
    """The checks of a case; `told` and `followed` count those done that had the notice, and followed it."""

    planned: int
    done: int
    told: int
    followed: int
    checks: list[RecallCheckOut]


@router.get("/recalls/{uid}/answers", response=Listed[RecallAnswerOut])
@requires("recall.view")
def recall_answers(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """What customers answered, newest first."""
    rows = Answer.objects.filter(customer__case=queries.case(uid)).select_related("customer")
    rows = rows.prefetch_related("lines__lot__item", "recipients")
    return page(rows.order_by("-pk"), cursor, limit, descending=True).shown(_answer)


@router.post("/recalls/{uid}/answers", response={201: RecallAnswerOut})
@requires("recall.run")
def take_recall_answer(request: HttpRequest, uid: UUID, answer: RecallAnswerIn) -> Status[dict[str, Any]]:
    """Take down what a customer says on the phone."""
    values = answer.model_dump(exclude={"id"})
    made = actions.take_down(case=uid, **values, uid=answer.id, actor=permissions.actor(request))
    return Status(201, _answer(made))


@router.post("/recalls/{uid}/customers/{customer}/link", response={201: RecallLinkOut})
@requires("recall.run")
def make_recall_link(
    request: HttpRequest, uid: UUID, customer: UUID, link: RecallLinkIn
) -> Status[dict[str, Any]]:
    """Make a fresh answer link; those made before are closed."""
    made, url = actions.renew_link(
        case=uid, customer=customer, days=link.days, actor=permissions.actor(request)
    )
    return Status(201, _link(made, url))


@router.post("/recalls/{uid}/customers/{customer}/link/closing", response=RecallLinksClosed)
@requires("recall.run")
def close_recall_links(request: HttpRequest, uid: UUID, customer: UUID) -> dict[str, int]:
    """Close a customer's answer links."""
    closed = actions.revoke_link(case=uid, customer=customer, actor=permissions.actor(request))
    return {"closed": closed}


@router.get("/recalls/{uid}/checks", response=RecallChecksOut)
@requires("recall.view")
def recall_checks(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """The effectiveness checks of a case and their rates."""
    rows = checks.checks(queries.case(uid))
    rates = checks.rates(rows)
    return {
        "planned": rates.planned, "done": rates.done, "told": rates.told, "followed": rates.followed,
        "checks": [present.check(one) for one in rows],
    }  # fmt: skip


@router.post("/recalls/{uid}/checks", response={201: RecallChecksOut})
@requires("recall.run")
def plan_recall_checks(request: HttpRequest, uid: UUID, plan: RecallChecksIn) -> Status[dict[str, Any]]:
    """Plan effectiveness checks; who has one by this method keeps it."""
    actions.plan_checks(case=uid, **plan.model_dump(), actor=permissions.actor(request))
    return Status(201, recall_checks(request, uid))


@router.post("/recalls/{uid}/checks/{check}/outcome", response=RecallCheckOut)
@requires("recall.run")
def keep_recall_check(request: HttpRequest, uid: UUID, check: UUID, found: RecallOutcomeIn) -> dict[str, Any]:
    """Write down what a check found, once."""
    return present.check(
        actions.keep_check(case=uid, check=check, **found.model_dump(), actor=permissions.actor(request))
    )


def _answer(one: Answer) -> dict[str, Any]:
    return {
        "id": one.uid, "customer": one.customer.uid, "at": one.given_at, "taken_by": one.taken_by,
        "simulated": one.simulated, "name": one.name, "contact": one.contact, "text": one.text,
        "nothing_left": one.nothing_left, "digest": one.digest,
        "lines": [_line(line) for line in one.lines.all()],
        "recipients": [
            {"name": who.name, "contact": who.contact, "quantity": who.quantity}
            for who in one.recipients.all()
        ],
    }  # fmt: skip


def _line(line: AnswerLine) -> dict[str, Any]:
    scale = line.lot.item.scale
    names = ("found", "sold_on", "destroyed", "returning")
    return {"lot": line.lot.uid} | {name: to_text(getattr(line, name), scale) for name in names}


def _link(link: AnswerLink, url: str) -> dict[str, Any]:
    return {"id": link.uid, "customer": link.customer.uid, "url": url, "expires_at": link.expires_at}
