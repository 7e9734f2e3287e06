"""The API's addresses. What is not there answers as a problem, not as a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
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


urlpatterns = [
    path("api/v1/", api.urls),
    re_path(r"^api/", nowhere, name="nowhere"),
]
