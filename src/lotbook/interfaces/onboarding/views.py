"""The pages of the opening stock: upload, preview, confirm."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.interfaces.onboarding import actions, queries, rules
from lotbook.interfaces.onboarding.forms import AnswersForm, UploadForm
from lotbook.interfaces.onboarding.models import Upload
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import render_form
from lotbook.kernel.sheets import FILE_MAX
from lotbook.kernel.tables import Cell, export

FAULTS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@requires("import.run")
def opening(request: HttpRequest) -> HttpResponse:
    """Choose a file; what is imported already stands below."""
    context = {"imported": queries.imported()[:20], "columns": _columns()}
    if request.method != "POST":
        return render(request, "onboarding/opening.html", {**context, "form": UploadForm()})
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_form(request, "onboarding/opening.html", {**context, "form": form})
    file = form.cleaned_data["file"]
    try:
        # One byte more than is taken is enough to tell that a file is too large.
        kept = actions.keep(actor=actor(request), filename=file.name, data=file.read(FILE_MAX + 1))
    except Refused as refusal:
        return render_form(
            request,
            "onboarding/opening.html",
            {**context, "form": form},
            refusal.faults,
            status=refusal.status,
        )
    return HttpResponseRedirect(reverse("onboarding:preview", args=[kept.uid]))


def _columns() -> list[tuple[str, str]]:
    return [(rules.HEADERS[name], ", ".join(words[1:7])) for name, words in rules.COLUMNS.items()]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("import.run")
def preview(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What the file would do; POST answers what it leaves open."""
    kept = actions.upload(uid)
    seen = actions.preview(kept)
    if request.method == "POST" and seen.already is None:
        form = AnswersForm(seen, kept.options, request.POST)
        if form.is_valid():
            actions.answer(uid=uid, options=form.answers())
            return HttpResponseRedirect(reverse("onboarding:preview", args=[uid]))
        return render_form(request, "onboarding/preview.html", _shown(kept, seen, form))
    return render(request, "onboarding/preview.html", _shown(kept, seen, AnswersForm(seen, kept.options)))


def _shown(kept: Upload, seen: actions.Preview, form: AnswersForm) -> dict[str, Any]:
    return {
        "upload": kept,
        "seen": seen,
        "form": form,
        "told": seen.faults[:FAULTS_SHOWN],
        "hidden": max(0, seen.fault_count - FAULTS_SHOWN),
    }


@require_POST
@requires("import.run")
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Import the file: all of it, or nothing."""
    try:
        result = actions.confirm(actor=actor(request), uid=uid)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        kept = actions.upload(uid)
        seen = actions.preview(kept)
        context = {
            **_shown(kept, seen, AnswersForm(seen, kept.options)),
            "faults": refusal.faults,
            "told": [],
        }
        return render(request, "onboarding/preview.html", context, status=refusal.status)
    if result.already:
        messages.info(request, "This file was in the book already; nothing was changed.")
    else:
        messages.success(request, f"{result.row_count} rows of opening stock are in the book.")
    return HttpResponseRedirect(reverse("onboarding:preview", args=[uid]))


@require_safe
@requires("import.run")
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty file with the columns, and a row that shows how to fill them."""
    sample: dict[str, Cell] = {
        "item": "TOM-500", "name": "Tomatoes", "lot": "L-2026-0042", "quantity": 120, "unit": "KGM",
        "place": "COLD-1", "supplier": "Green Farm", "supplier_lot": "GF-77", "produced_on": "2026-11-02",
        "expires_on": "2026-12-01", "origin_country": "ES", "unit_cost": "1.25", "currency": "EUR",
    }  # fmt: skip
    rows: list[list[Cell]] = [[sample.get(name, "") for name in rules.TEMPLATE]]
    names = [rules.HEADERS[name] for name in rules.TEMPLATE]
    return export(rows, names, request.GET.get("format", "xlsx"), "opening-stock")


@require_safe
@requires("import.run")
def faults(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """The faults of a preview as a file, to correct the list by."""
    seen = actions.preview(actions.upload(uid))
    rows: list[tuple[Cell, ...]] = [_row(fault) for fault in seen.faults]
    return export(
        rows, ("where", "what", "what to do"), request.GET.get("format", "csv"), "opening-stock-faults"
    )


def _row(fault: Fault) -> tuple[Cell, ...]:
    return (fault.field, fault.cause, fault.remedy)
