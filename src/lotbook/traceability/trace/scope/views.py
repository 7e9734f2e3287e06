"""The page of a scope, two scopes side by side, and a scope as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lotbook.kernel import clock, permissions, tables
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.tables import Cell
from lotbook.traceability.trace.scope import asked as asking_pages
from lotbook.traceability.trace.scope import page as pages
from lotbook.traceability.trace.scope import present, queries
from lotbook.traceability.trace.scope.asked import Asked


@require_safe
@requires("trace.view")
def page(request: HttpRequest) -> HttpResponseBase:
    """What is suspected in, everything affected out: all of it in the address."""
    try:
        asked = asking_pages.read(request, reverse("trace:scope"))
        if not asked.suspects:
            return shown(request, "trace/scope.html", asked, {})
        if not asking_pages.settled(asked, request) and not asked.faults:
            return HttpResponseRedirect(asked.address())
        found = queries.scope(asked.suspects, as_of=asked.as_of, forward=asked.forward)
    except Refused as refusal:
        return refused(request, "trace/scope.html", refusal)
    page_ = pages.page(found, number=request.GET.get("page"), shipments=request.GET.get("shipments_page"))
    context: dict[str, Any] = {
        "page": page_,
        "scope": found,
        "columns": pages.ACCOUNT_WORDS,
        "repeat": asked.address(as_of=found.as_of),
        "present": asked.address(as_of=None),
        "directions": [
            (label, asked.address(direction=None if name == "forward" else name), asked.direction == name)
            for name, label in (("forward", "What was made from it"), ("back", "What it was made from"))
        ],
        "files": {what: files(asked, what, found.as_of) for what in present.FILES},
        "lots_pager": pager(asked, "page", page_.lots_page),
        "shipments_pager": pager(asked, "shipments_page", page_.shipments_page),
    }
    return shown(request, "trace/scope.html", asked, context)


def shown(request: HttpRequest, template: str, asked: Asked, context: dict[str, Any]) -> HttpResponse:
    """A page with the suspects and the way to its neighbours; faults of the lines go into the summary."""
    wanted = asked.suspects  # reading them finds the faults
    near = {"Scope": "trace:scope", "Exposure": "trace:exposure", "What if": "trace:what_if"}
    values = {
        "asked": asked,
        "neighbours": [
            (label, asked.address(name, **NEIGHBOURLY), reverse(name) == asked.path)
            for label, name in near.items()
        ] if wanted else [],
        "recall": asked.recall() if wanted and asked.forward else "",
        "faults": asked.faults,
        "faults_title": "Not everything was understood",
        **context,
    }  # fmt: skip
    return render(request, template, values, status=422 if asked.faults else 200)


NEIGHBOURLY: dict[str, None] = {"page": None, "shipments_page": None, "reading": None, "a": None, "x": None}
"""Keys that mean something on one of the pages alone."""


def refused(request: HttpRequest, template: str, refusal: Refused) -> HttpResponse:
    """The page with nothing but what is wrong in its address."""
    asked = Asked(request.path, [], None, "forward", asking_pages.AddForm())
    context = {
        "asked": asked, "faults": refusal.faults, "faults_title": "There is no answer to show",
    }  # fmt: skip
    return render(request, template, context, status=refusal.status)


def files(asked: Asked, what: str, as_of: int) -> list[tuple[str, str]]:
    """The addresses of a list as files."""
    there = reverse("trace:scope_export", args=[what])
    return [
        (name.upper(), f"{there}?{asked.address(as_of=as_of, format=name).partition('?')[2]}")
        for name in tables.FORMATS
    ]


def pager(asked: Asked, name: str, shown_page: Any) -> dict[str, Any]:
    """A pager for one of two lists of a page: each has its own key in the address."""
    return {
        "page": shown_page,
        "previous": asked.address(**{name: shown_page.previous_page_number()})
        if shown_page.has_previous() else "",
        "next": asked.address(**{name: shown_page.next_page_number()}) if shown_page.has_next() else "",
    }  # fmt: skip


@require_safe
@requires("trace.view")
def export(request: HttpRequest, what: str) -> HttpResponseBase:
    """Lots or shipments as CSV or XLSX, with what was asked, by whom, when and as of which sequence."""
    if what not in present.FILES:
        raise NotFound(Fault("what", f"expected one of {', '.join(present.FILES)}, got {what[:40]!r}."))
    asked = asking_pages.read(request, reverse("trace:scope"))
    wanted = asked.suspects
    if asked.faults or not wanted:
        nothing = Fault("suspects", "nothing is suspected.", "Name a lot, supplier, run or place.")
        raise Refused(asked.faults or [nothing], status=400)
    found = queries.scope(wanted, as_of=asked.as_of, forward=asked.forward)
    columns, rows = present.FILES[what](found)
    about: list[tuple[str, Cell]] = [
        ("Scope of", asked.words),
        ("Affected lots", len(found.lots)),
        ("As of sequence", found.as_of),
        ("Made by", permissions.actor(request)),
        ("Made at", clock.now()),
        ("Same answer again", request.build_absolute_uri(asked.address(as_of=found.as_of))),
    ]
    name = f"scope-{what}-{found.as_of}"
    return tables.export(rows, columns, request.GET.get("format", "csv"), name, about=about)
