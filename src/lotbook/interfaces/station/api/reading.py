"""What a device reads: who holds it, the book, its changes, the jobs, and what a scan is."""

from __future__ import annotations

import gzip
from typing import Annotated, Any

import orjson
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from lotbook.interfaces.station.api.reading_shapes import (
    StationBook,
    StationChanges,
    StationJobs,
    StationLooked,
    StationLookup,
    StationStart,
)
from lotbook.interfaces.station.api.shapes import router
from lotbook.interfaces.station.jobs import jobs as jobs_of
from lotbook.interfaces.station.looking import look
from lotbook.interfaces.station.queries import following, knowing, starting
from lotbook.interfaces.station.queries.pulse import Mark, pulse
from lotbook.kernel.permissions import requires

GZIP_FROM = 1_000
"""So many bytes are worth being made smaller."""
GZIP_LEVEL = 4

Code = Annotated[str, Field(max_length=120, description="Code of a site.")]
Sequence = Annotated[int, Field(ge=0, lt=2**62)]


@router.get("/station/start", response=StationStart)
@requires("web.view")
def start(request: HttpRequest) -> HttpResponse:
    """Who holds the device, where they work and what they may do."""
    return _answer(request, starting.start(request))


@router.get("/station/book", response=StationBook)
@requires("stock.view")
def book(request: HttpRequest, site: Code) -> HttpResponse:
    """What a device needs to work without a network, as of one sequence of the ledger."""
    return _answer(request, knowing.book(pulse(request, site)))


@router.get("/station/changes", response=StationChanges)
@requires("stock.view")
def changes(
    request: HttpRequest, site: Code, since: Sequence, mark: Annotated[str, Field(max_length=600)] = ""
) -> HttpResponse:
    """What became different since a sequence; with the mark of the last answer also what no event tells."""
    known = Mark.read(mark)
    now = pulse(request, site, since=since, mark=known)
    return _answer(request, following.changes(now, since, known))


@router.get("/station/jobs", response=StationJobs)
@requires("web.view")
def jobs(request: HttpRequest, site: Code) -> HttpResponse:
    """What there is to do at a site for whoever holds the device: what they may do, the most urgent first."""
    return _answer(request, jobs_of(request, pulse(request, site)))


@router.post("/station/lookup", response=StationLooked)
@requires("stock.view")
def lookup(request: HttpRequest, asked: StationLookup) -> HttpResponse:
    """What scans of one thing mean to the whole book: one answer, several to choose from, or none."""
    return _answer(request, look(request, pulse(request, asked.site), asked.scans))


def _answer(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    """The answer as JSON, made smaller where the device can read that.

    Its shape is pinned by tests and not checked again here: that would take longer than reading the book.
    """
    body = orjson.dumps(told)
    response = HttpResponse(content_type="application/json")
    if len(body) >= GZIP_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = "no-store"
    response.content = body
    return response
