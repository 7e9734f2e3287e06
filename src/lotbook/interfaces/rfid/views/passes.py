"""Passes: the list, one pass live, and what becomes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.documents import queries as documents
from lotbook.interfaces.rfid import actions, forms, queries
from lotbook.interfaces.rfid.access import need_for
from lotbook.interfaces.rfid.models import Pass, PassStatus, Portal
from lotbook.interfaces.rfid.queries import jobs
from lotbook.interfaces.rfid.queries.judging import Row, Verdict, judge
from lotbook.kernel import pages, tables
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, allowed, requires

SHOWN = 50
ROWS_SHOWN = 200
PAGE = ["GET", "HEAD", "POST"]
COLUMNS = (
    "pass", "portal", "status", "document", "started at", "ended at", "reads", "tags", "expected", "present",
    "missing", "should not be there", "stopped", "unknown", "closed by", "reason",
)  # fmt: skip
ROW_COLUMNS = (
    "state",
    "what",
    "lot or serial",
    "quantity",
    "unit",
    "logistic unit",
    "why",
    "tag",
    "reads",
    "signal dBm",
)
GROUPS = (
    ("missing", "Missing"), ("extra", "Should not be there"), ("stopped", "Stopped: on hold or expired"),
    ("unknown", "Not known"), ("present", "Here"), ("edge", "Does not count: at the edge"),
    ("other", "No goods"),
)  # fmt: skip


@require_safe
@requires("rfid.view")
def passes(request: HttpRequest) -> HttpResponseBase:
    """Every pass, newest first."""
    form = forms.PassFilter(request.GET)
    rows = queries.passes(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (line for part in pages.parts(rows) for line in _lines(part))
        return tables.export(cells, COLUMNS, request.GET["format"], "RFID passes")
    page: pages.Page[Pass] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    tags = queries.tag_counts([row.pk for row in page.items])
    aside = queries.asides(seen=False).count()
    context = {
        "form": form, "passes": [(row, tags.get(row.pk, 0)) for row in page.items], "next": page.next,
        "aside": aside, "has_portals": queries.portals().exists(),
    }  # fmt: skip
    return render(request, "rfid/passes.html", context)


def _lines(rows: list[Pass]) -> list[tuple[tables.Cell, ...]]:
    tags = queries.tag_counts([row.pk for row in rows])
    names = ("expected", "present", "missing", "extra", "stopped", "unknown")
    return [
        (
            row.number, row.portal.code, row.get_status_display(), row.job_number, row.started_at,
            row.ended_at, row.reads, tags.get(row.pk, 0), *(row.counts.get(name) for name in names),
            row.closed_by, row.reason,
        )
        for row in rows
    ]  # fmt: skip


@require_safe
@requires("rfid.view")
def one_pass(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """One pass: what is here, missing and too much, and what to do next."""
    one = queries.found(uid)
    if "format" in request.GET:
        return tables.export(
            _row_cells(_shown(*_judged(one))), ROW_COLUMNS, request.GET["format"], one.number
        )
    return render(request, "rfid/pass.html", _context(request, one))


@require_safe
@requires("rfid.view")
def live(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The part of a pass's page that changes while it is being read."""
    return render(request, "rfid/live.html", _context(request, queries.found(uid)))


def _judged(one: Pass) -> tuple[Verdict | None, list[Row]]:
    """The verdict of a live pass; of a closed one, what was kept of it."""
    if one.status not in queries.LIVE:
        return None, [Row(*told) for told in one.differences]
    verdict = judge(one)
    return verdict, verdict.rows


def _shown(verdict: Verdict | None, rows: list[Row]) -> list[Row]:
    """A blind count does not tell what the book says."""
    hides = verdict is not None and verdict.expected is not None and verdict.expected.blind
    return [row for row in rows if not (hides and row.state == "missing")]


def _row_cells(rows: list[Row]) -> list[tuple[tables.Cell, ...]]:
    words = dict(GROUPS)
    found: list[tuple[tables.Cell, ...]] = []
    for row in rows:
        tag = row.thing.tag if row.thing is not None else None
        told = (words[row.state], row.what, row.number, row.quantity, row.unit, row.sscc, row.why)
        found.append((*told, tag.epc if tag else "", tag.reads if tag else 0, tag.rssi if tag else None))
    return found


def _context(request: HttpRequest, one: Pass) -> dict[str, Any]:
    verdict, every = _judged(one)
    rows = _shown(verdict, every)
    counts = verdict.shown_counts if verdict is not None else one.counts
    sections = []
    for state, title in GROUPS:
        of = [row for row in rows if row.state == state]
        if of:
            tagged = any(row.thing is not None for row in of)
            more = max(len(of) - ROWS_SHOWN, 0)
            sections.append((state, title, of[:ROWS_SHOWN], more, len(of), tagged))
    expected = verdict.expected if verdict is not None else None
    job = expected.job if expected is not None else None
    if job is None and one.job is not None:
        job = jobs.Job(one.job_kind, one.job, one.job_number)
    is_open = one.status == PassStatus.OPEN
    return {
        "one": one, "verdict": verdict, "counts": counts, "sections": sections, "job": job,
        "blind": expected is not None and expected.blind, "is_open": is_open,
        "is_live": one.status in queries.LIVE, "may_post": allowed(request, "rfid.post"),
        "clean": verdict is not None and verdict.is_clean, "tags": one.tags.count(),
        "steps": documents.timeline(one.uid),
    }  # fmt: skip


@require_POST
@requires("rfid.post")
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a pass by hand."""
    actions.end(name=uid, actor=actor(request))
    return HttpResponseRedirect(reverse("rfid:pass", args=[uid]))


@require_http_methods(PAGE)
@requires("rfid.post")
def document(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what was expected."""
    one = queries.found(uid)
    usual = f"{one.job_kind} {one.job}" if one.job and one.job_by != "matched" else ""
    form = forms.JobForm(_posted(request), listed(one.portal), usual)

    def act(values: dict[str, Any]) -> str:
        kind, job = named(values["job"])
        actions.choose_job(name=uid, kind=kind, job=job, actor=actor(request))
        return reverse("rfid:pass", args=[uid])

    title = f"What was expected: {one.number}"
    context = {"title": title, "submit": "Use it", "cancel": reverse("rfid:pass", args=[uid])}
    return submit(request, form, act, context, done="")


@require_http_methods(PAGE)
@requires("rfid.post")
def post(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Post what is there."""
    one = queries.found(uid)
    need_for(request, one)
    back = reverse("rfid:pass", args=[uid])
    if one.status not in queries.LIVE:
        return HttpResponseRedirect(back)
    verdict = judge(one)
    counts = verdict.shown_counts
    form = forms.PostForm(_posted(request), clean=verdict.is_clean, both=len(verdict.ways) > 1)

    def act(values: dict[str, Any]) -> str:
        done = actions.post(name=uid, actor=actor(request), **values)
        messages.success(request, f"{done.number} is in the book.")
        return back

    words = (
        ("present", "here"), ("missing", "missing"), ("extra", "that should not be there"),
        ("stopped", "stopped"), ("unknown", "not known"),
    )  # fmt: skip
    note = ", ".join(f"{counts[name]} {word}" for name, word in words if counts.get(name))
    context = {"title": f"Post {one.number}", "submit": "Post", "cancel": back, "note": note}
    return submit(request, form, act, context, done="")


@require_http_methods(PAGE)
@requires("rfid.post")
def drop(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give a pass up."""
    one = queries.found(uid)
    back = reverse("rfid:pass", args=[uid])

    def act(values: dict[str, Any]) -> str:
        actions.drop(name=uid, reason=values["reason"], actor=actor(request))
        return back

    context = {"title": f"Give up {one.number}", "submit": "Give it up", "cancel": back}
    return submit(request, forms.DropForm(_posted(request)), act, context, done="Given up.")


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def listed(portal: Portal) -> list[tuple[str, str]]:
    """The documents open at a portal, for a form."""
    return [
        (f"{job.kind} {job.uid}", f"{job.words[:1].upper()}{job.words[1:]}, {job.about}".rstrip(", "))
        for kind in jobs.KINDS[portal.purpose]
        for job in jobs.open_jobs(portal, kind)
    ]


def named(text: str) -> tuple[str, UUID | None]:
    """Kind and uid of what was chosen of ``listed``; nothing: no document in particular."""
    kind, _, uid = text.partition(" ")
    return (kind, UUID(uid)) if uid else ("", None)
