"""The choice between a whole page and a piece of it, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def asked(request: HttpRequest) -> bool:
    """Whether HTMX asked for a piece of a page (a boosted link or a restored history wants it whole)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_either(
    request: HttpRequest, page: str, piece: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """The template ``piece`` when HTMX asks, else the whole ``page``; both get the same context."""
    response = render(request, piece if asked(request) else page, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to ``url`` as a whole, from a page or from within an HTMX request."""
    if not asked(request):
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
