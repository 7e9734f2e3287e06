"""Pages of shipping notices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.receiving import actions, forms, queries
from lotbook.operations.receiving.models import (
    Notice,
    NoticeLine,
)
from lotbook.operations.receiving.rules import Announced
from lotbook.operations.receiving.views.listing import SHOWN, forget
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested

NOTICE_COLUMNS = (
    "notice", "supplier", "site", "status", "expected at", "carrier", "line", "item", "lot", "supplier's lot",
    "quantity", "received", "unit", "sscc", "order",
)  # fmt: skip


@require_safe
@requires("receiving.view")
def notices(request: HttpRequest) -> HttpResponseBase:
    """Shipping notices, newest first."""
    form = forms.NoticeFilter(request.GET)
    rows = queries.notices(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        return tables.export(_notice_cells(rows), NOTICE_COLUMNS, request.GET["format"], "shipping-notices")
    page: pages.Page[Notice] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    counts = queries.unit_counts(row.pk for row in page.items)
    listed = [(row, *counts.get(row.pk, (0, 0))) for row in queries.in_their_time(page.items)]
    return render(request, "receiving/notices.html", {"form": form, "notices": listed, "next": page.next})


def _notice_cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    lines = NoticeLine.objects.select_related(
        "notice__supplier", "notice__site", "notice__carrier", "item", "unit", "order_line__order"
    ).order_by("-notice_id", "position")
    for line in chain.from_iterable(lines.filter(notice__in=part) for part in pages.parts(rows)):
        one, scale = line.notice, line.item.scale
        yield (
            one.number, one.supplier.code, one.site.code, one.status, one.expected_at,
            one.carrier.code if one.carrier else "", line.position, line.item.code, line.lot,
            line.supplier_lot, to_decimal(line.quantity, scale), to_decimal(line.received, scale),
            line.item.unit, line.unit.sscc if line.unit else "",
            line.order_line.order.number if line.order_line else "",
        )  # fmt: skip


@require_safe
@requires("receiving.view")
def notice(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One shipping notice: its pallets, what is on them, and what has come."""
    return _notice_page(request, uid)


def _notice_page(
    request: HttpRequest, uid: UUID, faults: tuple[Fault, ...] = (), status: int = 200
) -> HttpResponse:
    page = queries.notice_page(uid)
    shown = panels.on("receiving.notice", request, uid=page.notice.uid)
    context = {"page": page, "reason": forms.ReasonForm(), "faults": faults, "panels": shown}
    return render(request, "receiving/notice.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def new_notice(request: HttpRequest) -> HttpResponse:
    """Write down what is on its way."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        forget(values)
        values["expected_at"] = values["expected_at"] or None
        lines = [Announced(**line) for line in filled["lines"]]
        made = actions.create_notice(**values, lines=lines, actor=actor(request))
        messages.success(request, f"{made.number} is written down.")
        return reverse("receiving:notice", args=[made.uid])

    posted = posted_by(request)
    return ActPage(
        template="receiving/act.html",
        form=forms.NoticeForm(posted, initial=request.GET.dict()),
        act=act,
        groups={"lines": Lines(forms.ANNOUNCED, posted, start=5)},
        context={
            "heading": "Write down a shipping notice",
            "caption": "What is on its way",
            "hint": "Lines with one SSCC are in one case or on one pallet; a case names the pallet it is on.",
            "button": "Save the notice",
            "back": reverse("receiving:notices"),
            "suggested": suggested(),
        },
    ).answer(request)


@require_POST
@requires("receiving.order")
def cancel_notice(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The truck does not come."""
    why = request.POST.get("reason", "")
    try:
        done = actions.cancel_notice(actor=actor(request), notice=uid, reason=why)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _notice_page(request, uid, refusal.faults, refusal.status)
    messages.success(request, f"{done.number} is cancelled.")
    return HttpResponseRedirect(reverse("receiving:notice", args=[uid]))
