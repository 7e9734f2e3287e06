"""Today, search, and the page that shows every component."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lotbook.interfaces.web import samples
from lotbook.kernel.permissions import requires


@require_safe
@requires("web.view")
def today(request: HttpRequest) -> HttpResponse:
    """What matters now."""
    return render(request, "web/today.html")


@require_safe
@requires("web.view")
def search(request: HttpRequest) -> HttpResponse:
    """One box for lots, items, units and codes of all kinds."""
    return render(request, "web/search.html", {"search_text": request.GET.get("q", "")})


@require_safe
@requires("accounts.manage")
def style(request: HttpRequest) -> HttpResponse:
    """Every component once, for whoever builds a page and for the screenshot test."""
    return render(request, "web/style.html", samples.context())
