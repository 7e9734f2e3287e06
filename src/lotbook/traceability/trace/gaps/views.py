"""The page of gaps: a score per site, the list with links to the repair, and the list as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lotbook.kernel import clock, permissions, tables
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.tables import Cell
from lotbook.traceability.trace.gaps import forms, nightly, present, queries
from lotbook.traceability.trace.gaps.forms import Filters
from lotbook.traceability.trace.gaps.rules import KINDS, Gap, Report

ROWS = 50


@require_safe
@requires("trace.view")
def page(request: HttpRequest) -> HttpResponseBase:
    """Looked for when asked, as of a sequence; last night's scores beside it."""
    try:
        form, filters = forms.read(request.GET)
        report = queries.report(since=filters.since, as_of=filters.as_of)
    except Refused as refusal:
        refused = {"faults": refusal.faults, "faults_title": "There is no list to show"}
        return render(request, "trace/gaps.html", refused, status=refusal.status)
    gaps = [one for one in report.gaps if filters.passes(one)]
    if wanted := request.GET.get("format"):
        return _file(request, report, filters, gaps, wanted)
    form.offer([one.name for one in report.scores])
    return render(request, "trace/gaps.html", _context(request, report, filters, gaps) | {"form": form})


def _context(request: HttpRequest, report: Report, filters: Filters, gaps: list[Gap]) -> dict[str, Any]:
    nights = nightly.last()
    before = nights[0].sites if nights else {}
    shown = Paginator(gaps, ROWS).get_page(filters.page)
    return {
        "report": report,
        "filters": filters,
        "gaps": gaps,
        "page": shown,
        "rows": [(one, present.repair_page(one)) for one in shown],
        "scores": [(one, before.get(one.name), address(request, site=one.name)) for one in report.scores],
        "nights": nights,
        "kinds": [
            (label, report.counts[kind], address(request, kind=kind), filters.kind == kind)
            for kind, label in KINDS.items()
            if report.counts[kind]
        ],
        "all_kinds": address(request, kind=None),
        "narrow": bool(filters.kind or filters.site or filters.text),
        "clear": address(request, kind=None, site=None, text=None),
        "exports": [
            (name.upper(), address(request, as_of=str(report.as_of), format=name)) for name in tables.FORMATS
        ],
        "repeat": address(request, as_of=str(report.as_of)),
        "present": address(request, as_of=None),
    }


def address(request: HttpRequest, **changes: str | None) -> str:
    """This page's address with some of its query changed; None takes a key out."""
    known = ("kind", "site", "text", "since", "as_of")
    query = {key: request.GET[key] for key in known if request.GET.get(key)}
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = value
    return f"{reverse('trace:gaps')}?{urlencode(query)}"


def _file(
    request: HttpRequest, report: Report, filters: Filters, gaps: Sequence[Gap], wanted: str
) -> HttpResponseBase:
    columns = ("Kind", "Of", "Name", "What", "Site", "When (UTC)", "Sequence", "Repair")
    about: list[tuple[str, Cell]] = [
        ("Gaps", len(gaps)),
        ("Filter", filters.words),
        ("As of sequence", report.as_of),
        *((f"Score of {one.name}", f"{one.percent} %") for one in report.scores),
        ("Facts of lots", "as known when this file was made; all else as of the sequence"),
        ("Made by", permissions.actor(request)),
        ("Made at", clock.now()),
    ]

    def rows() -> Iterator[Sequence[Cell]]:
        for one in gaps:
            url = present.repair_page(one)
            yield (
                one.words, one.subject, one.label, one.sentence, one.site_name, one.at, one.sequence or None,
                request.build_absolute_uri(url) if url else "",
            )  # fmt: skip

    return tables.export(rows(), columns, wanted, f"gaps-{report.as_of}", about=about)
