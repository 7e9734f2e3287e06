"""Refusals no view has caught become pages in words."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import MACHINE_PATHS

TITLES = {
    400: "This could not be understood",
    401: "Log in first",
    403: "You may not do this",
    404: "This is not in the book",
    409: "Somebody was faster",
}


class RefusedMiddleware:
    """Turns ``Refused`` into an error page; the API has a handler of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal with its page and status."""
        if not isinstance(exception, Refused) or request.path.startswith(MACHINE_PATHS):
            return None
        title = TITLES.get(exception.status, "This was refused")
        context = {"title": title, "refused": exception.faults}
        return render(request, "web/refused.html", context, status=exception.status)
