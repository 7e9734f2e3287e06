"""Today, search, and the page that shows every component."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lotbook.interfaces.web import queries, samples
from lotbook.kernel import panels
from lotbook.kernel.permissions import requires


@require_safe
@requires("web.view")
def today(request: HttpRequest) -> HttpResponse:
    """What matters now."""
    context = {
        "today": queries.today(),
        "waiting": queries.waiting(request),
        "panels": panels.on("today", request),
    }
    return render(request, "web/today.html", context)


@require_safe
@requires("trace.view")
def search(request: HttpRequest) -> HttpResponse:
    """One box for lots, items, units and codes of all kinds; what names exactly one thing opens it."""
    found = queries.search(request.GET.get("q", ""))
    only = queries.page_of(found.subjects[0]) if len(found.subjects) == 1 and not found.documents else ""
    if only:
        return HttpResponseRedirect(only)
    return render(request, "web/search.html", {"found": found, "search_text": found.text})


@require_safe
@requires("accounts.manage")
def style(request: HttpRequest) -> HttpResponse:
    """Every component once, for whoever builds a page and for the screenshot test."""
    return render(request, "web/style.html", samples.context())
