"""Requests Django itself refuses, before any room is asked: a Host that is none, a suspicious header."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from lotbook.kernel import problems
from lotbook.kernel.errors import Fault


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: a problem where programs call, a page where people look."""
    if request.path.startswith("/api/"):
        cause = "the request's headers are not in order (the name of the host, perhaps). Nothing was saved."
        return problems.reply(
            400, [Fault("", cause, "Call the server by a name it answers to.", "malformed")]
        )
    return defaults.bad_request(request, exception)
