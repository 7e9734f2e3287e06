"""The page that takes files of foreign events."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from lotbook.interfaces.exchange.epcis import actions
from lotbook.interfaces.exchange.epcis.forms import ImportForm
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import render_form

PAGE = "epcis/import.html"


@require_http_methods(["GET", "HEAD", "POST"])
@requires("exchange.capture")
def import_files(request: HttpRequest) -> HttpResponse:
    """Choose files, send them, and see what became of each."""
    if request.method != "POST":
        return render(request, PAGE, {"form": ImportForm()})
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_form(request, PAGE, {"form": form})
    results = actions.capture_files(
        ((file.name or "file", file.read()) for file in form.cleaned_data["upload"]), actor=actor(request)
    )
    status = 422 if any(outcome.rejected for _, outcome in results) else 200
    return render(request, PAGE, {"form": ImportForm(), "results": results}, status=status)
