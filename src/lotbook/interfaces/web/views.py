"""Today, search, saved filters, and the page that shows every component."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from lotbook.foundation.accounts.models import User
from lotbook.interfaces.web import queries, samples, saved
from lotbook.kernel import jumps, panels
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.screens import render_form


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
    text = request.GET.get("q", "")
    found = queries.search(text, jumps.find(text, request))
    only = ""
    if len(found.jumps) == 1 and not found.subjects:
        only = found.jumps[0].url
    elif len(found.subjects) == 1 and not found.jumps and not found.documents:
        only = queries.page_of(found.subjects[0])
    if only:
        return HttpResponseRedirect(only)
    return render(request, "web/search.html", {"found": found, "search_text": found.text})


@require_safe
@requires("web.view")
def filters(request: HttpRequest) -> HttpResponse:
    """The filters kept for a list: a piece of its page, or a page of its own without scripts."""
    given = request.GET
    context = _filters(request, saved.list_at(given.get("path", "")), given.get("query", ""))
    piece = request.headers.get("HX-Request")
    return render(request, "web/components/saved.html" if piece else "web/saved.html", context)


def _filters(request: HttpRequest, at: saved.List, query: str) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"offered": saved.offered(request.user, at, query), "at": at, "query": saved.plain(query)}


@require_POST
@requires("web.view")
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the filters of a list under a name."""
    assert isinstance(request.user, User)
    given = request.POST
    at, query = saved.list_at(given.get("path", "")), given.get("query", "")
    name, shared = given.get("name", ""), "shared" in given
    try:
        made = saved.save(person=request.user, at=at, query=query, name=name, shared=shared)
    except Refused as refusal:
        context = {**_filters(request, at, query), "name": name, "shared": shared}
        return render_form(request, "web/saved.html", context, refusal.faults, status=refusal.status)
    messages.success(request, f"Saved as “{made.name}”: under Saved filters of this list.")
    return HttpResponseRedirect(f"{at.path}?{made.query}")


@require_POST
@requires("web.view")
def delete_filter(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Delete a filter."""
    assert isinstance(request.user, User)
    at, query = saved.list_at(request.POST.get("path", "")), saved.plain(request.POST.get("query", ""))
    try:
        saved.delete(person=request.user, uid=uid)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        context = _filters(request, at, query)
        return render_form(request, "web/saved.html", context, refusal.faults, status=422)
    messages.success(request, "The filter is deleted.")
    return HttpResponseRedirect(f"{at.path}?{query}" if query else at.path)


@require_safe
@requires("accounts.manage")
def style(request: HttpRequest) -> HttpResponse:
    """Every component once, for whoever builds a page and for the screenshot test."""
    return render(request, "web/style.html", samples.context())
