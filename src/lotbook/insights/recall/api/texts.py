"""Texts for authorities and the press over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import BaseModel, Field

from lotbook.insights.recall import actions, casetexts, queries
from lotbook.insights.recall.actions.texts import BODY_MAX
from lotbook.insights.recall.models import CaseText
from lotbook.insights.recall.queries import texts
from lotbook.insights.recall.reports import texts as papers
from lotbook.kernel import pdf, permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire

router = Router()
Kind = Literal["authority", "press"]
Language = Literal["en", "de", "fr", "es", "pl"]


class RecallTextIn(wire.Strict):
    """A text to keep as the next version of its kind and language."""

    model_config = wire.example(
        kind="press", language="en", title="We call jars back", body="Please return them."
    )
    kind: Kind
    language: Language = "en"
    title: Annotated[str, Field(max_length=300)]
    body: Annotated[str, Field(max_length=BODY_MAX)]


class RecallTextRow(BaseModel):
    """A version of a text; `missing` counts what is still to be filled."""

    id: UUID
    kind: str
    language: str
    version: int
    title: str
    missing: int
    written_at: datetime
    written_by: str


class RecallTextOut(RecallTextRow):
    """A version of a text with its body."""

    body: str


class RecallTextDraft(BaseModel):
    """A draft from what the case knows now. Nothing of it is kept or sent."""

    kind: str
    language: str
    title: str
    body: str
    missing: int


@router.get("/recalls/{uid}/texts", response=Listed[RecallTextRow])
@requires("recall.view")
def recall_texts(
    request: HttpRequest, uid: UUID, cursor: Cursor = "", limit: Limit = LIMIT_USUAL
) -> dict[str, Any]:
    """Every version kept, newest first."""
    return page(texts.texts(queries.case(uid)), cursor, limit, descending=True).shown(_row)


@router.get("/recalls/{uid}/texts/draft", response=RecallTextDraft)
@requires("recall.view")
def recall_text_draft(
    request: HttpRequest, uid: UUID, kind: Kind = "authority", language: Language = "en"
) -> dict[str, Any]:
    """A fresh draft for an authority or the press."""
    made = texts.draft(queries.case(uid), kind, language)
    return {
        "kind": made.kind, "language": made.language, "title": made.title, "body": made.body,
        "missing": made.missing,
    }  # fmt: skip


@router.post("/recalls/{uid}/texts", response={201: RecallTextOut})
@requires("recall.run")
def keep_recall_text(request: HttpRequest, uid: UUID, text: RecallTextIn) -> Status[dict[str, Any]]:
    """Keep a text as its next version; nothing is sent."""
    made = actions.keep_text(case=uid, **text.model_dump(), actor=permissions.actor(request))
    return Status(201, _whole(made))


@router.get("/recalls/{uid}/texts/{text}", response=RecallTextOut)
@requires("recall.view")
def recall_text(request: HttpRequest, uid: UUID, text: UUID) -> dict[str, Any]:
    """Show a version."""
    return _whole(texts.text(queries.case(uid), text))


@router.get("/recalls/{uid}/texts/{text}/pdf", response={200: None})
@requires("recall.view")
def recall_text_pdf(request: HttpRequest, uid: UUID, text: UUID) -> HttpResponse:
    """A version as PDF; of a drill marked so on every page."""
    case = queries.case(uid)
    found = texts.shown(case, "", "", version=str(text))
    name = f"{case.number}-{found.kind}-{found.language}"
    return pdf.answer(papers.paper(case, found, by=permissions.actor(request)), name)


def _row(one: CaseText) -> dict[str, Any]:
    return {
        "id": one.uid,
        "kind": one.kind,
        "language": one.language,
        "version": one.version,
        "title": one.title,
        "missing": casetexts.missing(f"{one.title}\n{one.body}"),
        "written_at": one.written_at,
        "written_by": one.written_by,
    }


def _whole(one: CaseText) -> dict[str, Any]:
    return {**_row(one), "body": one.body}
