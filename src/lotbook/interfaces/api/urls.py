"""The API's addresses. What is not there answers as a problem, not as a page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from lotbook.interfaces.api.app import api
from lotbook.kernel import permissions, problems
from lotbook.kernel.errors import Fault

app_name = "api"


@csrf_exempt
@permissions.public
def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer 404 for an address the API does not have."""
    fault = Fault("", "the API has no such address.", "See /api/v1/openapi.json.", "not_found")
    return problems.reply(404, [fault])


def plain_answers_as_problems(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """``view`` with what ninja answers in plain text turned into problems: 405, and 404 at the root."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **parts)
        except Http404:
            return nowhere(request)
        if response.status_code != 405:
            return response
        allow = response.get("Allow", "")
        fault = Fault("", f"{request.method} is not possible here.", f"Use {allow}.", "method")
        problem = problems.reply(405, [fault])
        problem["Allow"] = allow
        return problem

    return answered


def _mount() -> tuple[list[URLPattern | URLResolver], str, str]:
    patterns, application, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = plain_answers_as_problems(pattern.callback)
    return patterns, application, namespace


urlpatterns = [
    path("api/v1/", _mount()),
    re_path(r"^api/", nowhere, name="nowhere"),
]
