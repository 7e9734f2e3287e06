"""Pages of what is lost, given away, destroyed or counted otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import actor, allowed, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.warehouse import actions, forms, queries
from lotbook.operations.warehouse.models import Adjustment, AdjustmentStatus
from lotbook.operations.warehouse.rules import Count
from lotbook.operations.warehouse.views.acting import PAGE, SHOWN, lines_page
from lotbook.traceability.ledger.acting import Filled
from lotbook.traceability.ledger.lines import Line

ADJUSTMENT_COLUMNS = (
    "adjustment", "kind", "status", "reason code", "reason", "place", "document", "value", "currency",
    "asked at", "asked by",
)  # fmt: skip


def _adjusted(request: HttpRequest, done: Adjustment, said: str) -> str:
    """Say what became of it, and go to its page."""
    if done.status == AdjustmentStatus.WAITING:
        messages.info(request, f"{done.number} waits for approval; the book is not changed yet.")
    else:
        messages.success(request, said)
    return reverse("warehouse:adjustment", args=[done.uid])


def _free(request: HttpRequest, values: dict[str, Any]) -> None:
    """Reservations are given back only by those who may override."""
    if values.get("free_reserved") and not allowed(request, "ledger.override"):
        cause = "giving reservations back needs the permission ledger.override."
        raise Refused(Fault("free_reserved", cause, "Leave it out, or ask."))


def _booked(
    request: HttpRequest, act: Callable[..., Adjustment], line: type[Line] | type[Count], said: str
) -> Callable[[dict[str, Any], Filled], str]:
    """What a page of lines does when it is sent: the act on them, and what is said after it."""

    def book(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        _free(request, values)
        lines = [line(**told) for told in filled["lines"]]
        return _adjusted(request, act(lines=lines, **values, actor=actor(request)), said)

    return book


@require_http_methods(PAGE)
@requires("warehouse.post")
def scrap(request: HttpRequest) -> HttpResponse:
    """Write goods off."""
    act = _booked(request, actions.scrap, Line, "The goods are written off.")
    return lines_page(request, forms.ScrapForm, act, ("Write goods off", "What is lost", "Write off"))


@require_http_methods(PAGE)
@requires("warehouse.post")
def destroy(request: HttpRequest) -> HttpResponse:
    """Destroy goods before a witness."""
    act = _booked(request, actions.destroy, Line, "The goods are destroyed. Attach the certificate below.")
    return lines_page(request, forms.DestroyForm, act, ("Destroy goods", "What is destroyed", "Destroy"))


@require_http_methods(PAGE)
@requires("warehouse.post")
def donate(request: HttpRequest) -> HttpResponse:
    """Give goods to a charity."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        done = actions.donate(lines=lines, **values, actor=actor(request))
        return _adjusted(request, done, "The goods are given away.")

    return lines_page(request, forms.DonateForm, act, ("Donate goods", "What is given", "Donate"))


@require_http_methods(PAGE)
@requires("warehouse.post")
def adjust(request: HttpRequest) -> HttpResponse:
    """Set the book to what was counted."""
    act = _booked(request, actions.adjust, Count, "The book says what was counted.")
    words = ("Adjust to a count", "What was counted", "Adjust")
    return lines_page(request, forms.AdjustForm, act, words, columns=forms.COUNTED)


@require_safe
@requires("stock.view")
def adjustments(request: HttpRequest) -> HttpResponseBase:
    """Every adjustment, newest first."""
    form = forms.AdjustmentFilter(request.GET)
    rows = queries.adjustments(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (
            (
                row.number, row.get_kind_display(), row.get_status_display(), row.reason_code, row.reason,
                row.place.code, row.document, to_decimal(row.value_micro, 6), row.currency, row.created_at,
                row.created_by,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(cells, ADJUSTMENT_COLUMNS, request.GET["format"], "adjustments")
    page: pages.Page[Adjustment] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    context = {"form": form, "adjustments": page.items, "next": page.next}
    return render(request, "warehouse/adjustments.html", context)


@require_safe
@requires("stock.view")
def adjustment(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One adjustment: what it changes, why, and its steps."""
    page = queries.adjustment_page(uid)
    context = {"page": page, "panels": panels.on("adjustment", request, uid=uid)}
    return render(request, "warehouse/adjustment.html", context)
