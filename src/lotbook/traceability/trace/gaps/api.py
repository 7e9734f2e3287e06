"""Gaps over HTTP: the same answer as ``lotbook gaps --json``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel

from lotbook.kernel.permissions import requires
from lotbook.traceability.trace.gaps import forms, present, queries

router = Router()

Kind = Literal[
    "no_inputs", "impossible_yield", "odd_yield", "quantities", "no_supplier_lot", "missing", "times"
]
LIMIT = 1_000


class GapOut(BaseModel):
    """One gap, and the page that repairs it."""

    kind: Kind
    subject: Literal["lot", "run"]
    id: str
    name: str
    what: str
    site: str
    at: datetime | None
    sequence: int | None
    repair: str


class GapsScore(BaseModel):
    """How much of what happened at a site is whole, in percent: 100 says that there is no gap."""

    site: str
    percent: float
    looked_at: int
    with_gaps: int
    gaps: int


class GapsOut(BaseModel):
    """Gaps as of a sequence, the gravest first; `gaps` and `kinds` count all, `listed` what passed the filter."""

    as_of: int
    since: int
    percent: float
    gaps: int
    kinds: dict[str, int]
    sites: list[GapsScore]
    listed: int
    items: list[GapOut]


@router.get("/trace/gaps", response=GapsOut, summary="Where the book has gaps", operation_id="gaps")
@requires("trace.view")
def gaps(
    request: HttpRequest,
    *,
    kind: Annotated[Kind | None, Query()] = None,
    site: Annotated[str, Query(max_length=forms.NAME_MAX, description="Name of a site.")] = "",
    text: Annotated[str, Query(max_length=forms.NAME_MAX)] = "",
    since: Annotated[date | None, Query(description="Only what was recorded from that day (UTC) on.")] = None,
    as_of: Annotated[int | None, Query(ge=0, le=forms.SEQUENCE_MAX)] = None,
    limit: Annotated[int, Query(ge=0, le=LIMIT)] = LIMIT,
) -> dict[str, Any]:
    """Outputs without inputs, impossible yields, receipts without supplier's lot, and the like."""
    filters = forms.Filters(kind or "", site, text.strip(), since, as_of)
    report = queries.report(since=since, as_of=as_of)
    found = [one for one in report.gaps if filters.passes(one)]
    return {**present.as_json(report, found[:limit]), "listed": len(found)}
