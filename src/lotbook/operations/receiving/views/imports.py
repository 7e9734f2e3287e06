"""Pages that take lists from files: looked at first, then confirmed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel import sheets, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import render_form
from lotbook.operations.receiving import actions, columns, forms, queries

FAULTS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def import_list(request: HttpRequest) -> HttpResponse:
    """Choose a list of orders or shipping notices."""
    if request.method != "POST":
        form = forms.UploadForm(initial={"kind": request.GET.get("kind", "orders")})
        return render(request, "receiving/import.html", {"form": form, "columns": _columns()})
    form = forms.UploadForm(request.POST, request.FILES)
    context = {"form": form, "columns": _columns()}
    if not form.is_valid():
        return render_form(request, "receiving/import.html", context)
    file = form.cleaned_data["file"]
    try:
        # One byte more than is taken is enough to tell that a file is too large.
        data = file.read(sheets.FILE_MAX + 1)
        kept = actions.imports.keep(
            actor=actor(request), kind=form.cleaned_data["kind"], filename=file.name, data=data
        )
    except Refused as refusal:
        return render_form(request, "receiving/import.html", context, refusal.faults, status=refusal.status)
    return HttpResponseRedirect(reverse("receiving:preview", args=[kept.uid]))


def _columns() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (label, [(kind.usual[name], ", ".join(words[1:6])) for name, words in kind.names.items()])
        for label, kind in (("Purchase orders", columns.ORDERS), ("Shipping notices", columns.NOTICES))
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def preview(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What a list would make; POST says how it is read."""
    kept = queries.upload(uid)
    if request.method == "POST":
        form = forms.AnswersForm(request.POST)
        if form.is_valid():
            actions.imports.answer(uid=uid, options=form.cleaned_data)
            return HttpResponseRedirect(reverse("receiving:preview", args=[uid]))
    return _preview(request, kept.uid)


def _preview(
    request: HttpRequest, uid: UUID, faults: tuple[Fault, ...] = (), status: int = 200
) -> HttpResponse:
    kept = queries.upload(uid)
    seen = actions.imports.preview(kept, actor=actor(request))
    context = {
        "upload": kept,
        "seen": seen,
        "form": forms.AnswersForm(initial=kept.options),
        "told": seen.faults[:FAULTS_SHOWN],
        "hidden": max(0, len(seen.faults) - FAULTS_SHOWN),
        "faults": faults,
        "page": "receiving:order" if kept.kind == "orders" else "receiving:notice",
    }
    return render(request, "receiving/preview.html", context, status=status)


@require_POST
@requires("receiving.order")
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make every document of a list, or none."""
    try:
        done = actions.imports.confirm(uid=uid, actor=actor(request))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _preview(request, uid, refusal.faults, refusal.status)
    messages.success(request, f"{len(done.made)} documents are made from {done.filename}.")
    return HttpResponseRedirect(reverse("receiving:preview", args=[uid]))


@require_safe
@requires("receiving.order")
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty list with its columns, and a row that shows how to fill them."""
    kind = request.GET.get("kind", "orders")
    known = columns.KINDS.get(kind, columns.ORDERS)
    sample: dict[str, tables.Cell] = {
        "number": "PO-4711" if known is columns.ORDERS else "DN-88", "supplier": "FARM", "site": "PLANT",
        "expected_on": "2027-03-10", "item": "TOM", "lot": "T-1", "quantity": 120, "unit": "KGM",
        "sscc": "340123456789012357", "pallet": "340123456789012340", "produced_on": "2027-03-01",
    }  # fmt: skip
    names = [known.usual[name] for name in known.names]
    rows: list[list[tables.Cell]] = [[sample.get(name, "") for name in known.names]]
    return tables.export(rows, names, request.GET.get("format", "xlsx"), "list")
