"""Notices of a case over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from lotbook.insights.recall import letters, noticetexts, present, queries
from lotbook.insights.recall.actions import notifying, planning
from lotbook.insights.recall.models import Case, Notice, NoticeKind, NoticePlan
from lotbook.insights.recall.queries import hooks
from lotbook.insights.recall.queries import notices as reading
from lotbook.insights.recall.queries.recipients import recipients
from lotbook.kernel import pdf, permissions
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire

router = Router()
Text = Annotated[str, Field(max_length=2000)]
Line = Annotated[str, Field(max_length=200)]
Hours = Annotated[int, Field(ge=1, le=1440)]
Channel = Literal["", "email", "letter", "webhook"]


class RecallOwnWords(wire.Strict):
    """Your own words in one language; what is empty is said in the standard ones."""

    subject: Line = ""
    reason: Text = ""
    hazard: Text = ""
    todo: Text = ""


class RecallPlanIn(wire.Strict):
    """What the notices say, who we are, when customers are reminded; `texts` by language (en, de …)."""

    model_config = wire.example(
        todo="return", company="Quillmere Kitchen", contact_email="recall@quillmere.example",
        texts={"en": {"reason": "Glass in jars"}},
    )  # fmt: skip
    todo: Literal["return", "destroy", "hold"]
    company: Line
    company_address: Annotated[str, Field(max_length=600)] = ""
    contact_name: Line = ""
    contact_email: Annotated[str, Field(max_length=254)] = ""
    contact_phone: Annotated[str, Field(max_length=60)] = ""
    texts: Annotated[dict[str, RecallOwnWords], Field(max_length=5)] = {}
    first_hours: Hours = 24
    every_hours: Hours = 24
    most: Annotated[int, Field(ge=0, le=20)] = 3
    escalate_to: Annotated[list[Line], Field(max_length=50)] = []


class RecallPlanOut(BaseModel):
    """What the notices of a case say."""

    todo: str
    company: str
    company_address: str
    contact_name: str
    contact_email: str
    contact_phone: str
    texts: dict[str, dict[str, str]]
    channels: dict[str, str]
    first_hours: int
    every_hours: int
    most: int
    escalate_to: list[str]
    escalated_at: datetime | None
    changed_at: datetime
    changed_by: str


class RecallPressIn(wire.Strict):
    """One press of a button: the same `id` counts once."""

    id: UUID | None = None


class RecallNotifiedOut(BaseModel):
    """What was written; `missing` customers cannot be reached."""

    written: int
    missing: int
    status: str


class RecallChannelIn(wire.Strict):
    """The way to a customer (its id in the case); empty: the usual one."""

    customer: UUID
    channel: Channel


class RecallPostedIn(wire.Strict):
    """Letters that were posted; left out: all that wait."""

    notices: Annotated[list[UUID] | None, Field(max_length=10_000)] = None


class RecallPostedOut(BaseModel):
    """How many letters were noted as posted."""

    posted: int


class RecallSettleIn(wire.Strict):
    """What becomes of a notice that did not go out, or perhaps did; `channel` for `instead`."""

    what: Literal["again", "arrived", "drop", "instead"]
    channel: Channel = ""


class RecallNoticeOut(BaseModel):
    """A notice. In `text` stands `{link}` for the customer's answer link, which nobody else gets."""

    id: UUID
    customer: UUID
    name: str
    kind: str
    round: int
    channel: str
    address: str
    language: str
    status: str
    subject: str
    text: str
    digest: str
    attempts: int
    problem: str
    asked_at: datetime
    asked_by: str
    sent_at: datetime | None
    link_opened_at: datetime | None


class RecallPreviewOut(BaseModel):
    """What the next notice to a customer would say; `channel` is empty where nothing reaches it."""

    customer: UUID
    name: str
    kind: str
    channel: str
    address: str
    language: str
    subject: str
    text: str


class RecallWebhookIn(wire.Strict):
    """Where a customer (uid of the partner) takes notices; an empty `url`: nowhere."""

    partner: UUID
    url: Annotated[str, Field(max_length=500)]
    new_secret: bool = False


class RecallWebhookOut(BaseModel):
    """Where notices go, and the secret that signs them."""

    url: str
    secret: str


@router.get("/recalls/{uid}/notices/plan", response=RecallPlanOut)
@requires("recall.view")
def recall_notice_plan(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Show what the notices of a case say."""
    plan = reading.plan_of(queries.case(uid))
    if plan is None:
        raise NotFound(Fault("plan", "nobody has kept yet what they say.", "Keep it first.", "no_plan"))
    return _plan(plan)


@router.put("/recalls/{uid}/notices/plan", response=RecallPlanOut)
@requires("recall.run")
def keep_recall_notice_plan(request: HttpRequest, uid: UUID, plan: RecallPlanIn) -> dict[str, Any]:
    """Keep what the notices say. Nothing is sent."""
    values = plan.model_dump()
    return _plan(planning.keep_plan(case=uid, actor=permissions.actor(request), **values))


@router.post("/recalls/{uid}/notices/channels", response=RecallPlanOut)
@requires("recall.run")
def choose_recall_channel(request: HttpRequest, uid: UUID, way: RecallChannelIn) -> dict[str, Any]:
    """Choose the way notices to a customer take."""
    actor = permissions.actor(request)
    return _plan(planning.choose_channel(case=uid, customer=way.customer, channel=way.channel, actor=actor))


@router.get("/recalls/{uid}/notices/preview", response=Listed[RecallPreviewOut])
@requires("recall.view")
def preview_recall_notices(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """What the next press of notify would send to whom, by name; who cannot be reached is in it, too."""
    case = queries.case(uid)
    plan = reading.plan_of(case) or reading.fresh_plan(case)
    due = reading.due(recipients(case, plan), reading.told(case))
    first = NoticeKind.FIRST
    found = [(one, reading.facts(case, plan, one, first)) for one in (*due.missing, *due.first)]
    found += [(one, reading.facts(case, plan, one, NoticeKind.MORE, goods=goods)) for one, goods in due.more]
    rows = [
        {
            "customer": one.customer.uid, "name": one.partner.name, "kind": facts.kind,
            "channel": one.channel, "address": one.address_by(one.channel) if one.channel else "",
            "language": facts.language, "subject": noticetexts.subject(facts),
            "text": noticetexts.body(facts),
        }
        for one, facts in found
    ]  # fmt: skip
    return page(rows, cursor, limit).shown(dict)


@router.get("/recalls/{uid}/notices", response=Listed[RecallNoticeOut])
@requires("recall.view")
def recall_notices(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """The notices of a case, oldest first."""
    return page(reading.notices(queries.case(uid)), cursor, limit).shown(present.notice)


@router.post("/recalls/{uid}/notices", response=RecallNotifiedOut)
@requires("recall.run")
def notify_recall_customers(request: HttpRequest, uid: UUID, press: RecallPressIn) -> dict[str, Any]:
    """Write to every customer not told yet, and of further lots; sent at once by the server."""
    return _done(notifying.notify(case=uid, actor=permissions.actor(request), uid=press.id))


@router.post("/recalls/{uid}/notices/reminders", response=RecallNotifiedOut)
@requires("recall.run")
def remind_recall_customers(request: HttpRequest, uid: UUID, press: RecallPressIn) -> dict[str, Any]:
    """Remind every customer who was told and has not answered."""
    return _done(notifying.remind(case=uid, actor=permissions.actor(request), uid=press.id))


@router.post("/recalls/{uid}/notices/endings", response=RecallNotifiedOut)
@requires("recall.run")
def end_recall_notices(request: HttpRequest, uid: UUID, press: RecallPressIn) -> dict[str, Any]:
    """Tell everybody who was told that the case is over."""
    return _done(notifying.notify_end(case=uid, actor=permissions.actor(request), uid=press.id))


@router.post("/recalls/{uid}/notices/posted", response=RecallPostedOut)
@requires("recall.run")
def mark_recall_letters_posted(request: HttpRequest, uid: UUID, letter: RecallPostedIn) -> dict[str, int]:
    """Note that letters were posted."""
    count = notifying.mark_posted(case=uid, actor=permissions.actor(request), notices=letter.notices)
    return {"posted": count}


@router.post("/recalls/{uid}/notices/{notice}/settlement", response=RecallNoticeOut)
@requires("recall.run")
def settle_recall_notice(
    request: HttpRequest, uid: UUID, notice: UUID, given: RecallSettleIn
) -> dict[str, Any]:
    """Send a notice again, say that it arrived, drop it, or send it by another way."""
    one = _notice(queries.case(uid), notice)
    done = notifying.settle(
        notice=one.uid, what=given.what, channel=given.channel, actor=permissions.actor(request)
    )
    return present.notice(reading.notice(done.uid))


@router.get("/recalls/{uid}/notices/{notice}/letter")
@requires("recall.run")
def recall_notice_letter(request: HttpRequest, uid: UUID, notice: UUID) -> HttpResponse:
    """The letter of a notice as PDF, with its answer link."""
    one = _notice(queries.case(uid), notice)
    return pdf.answer(letters.of_notice(one), f"{one.case.number}-{one.customer.partner.code}")


@router.post("/recall-webhooks", response=RecallWebhookOut)
@requires("partners.edit")
def set_recall_webhook(request: HttpRequest, hook: RecallWebhookIn) -> dict[str, str]:
    """Set where a customer takes notices as JSON; gives the secret that signs them."""
    made = planning.set_hook(**hook.model_dump(), actor=permissions.actor(request))
    return {"url": made.url, "secret": hooks.hook_secret(made)} if made else {"url": "", "secret": ""}


def _notice(case: Case, uid: UUID) -> Notice:
    one = reading.notice(uid)
    if one.case_id != case.pk:
        raise NotFound(Fault("notice", f"{case.number} has no notice {uid}.", "Look in the case.", "unknown"))
    return one


def _plan(plan: NoticePlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in RecallPlanOut.model_fields}


def _done(done: notifying.Notified) -> dict[str, Any]:
    return {"written": done.written, "missing": done.missing, "status": done.case.status}
