"""Lists: requests, transfers, what waits for me, and lots that expire."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lotbook.kernel import pages, tables
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.transfers import forms
from lotbook.operations.transfers.queries import documents, recalls
from lotbook.operations.transfers.queries import expiring as lots
from lotbook.operations.transfers.queries import pages as shown

SHOWN = 50
PANEL_SHOWN = 5
REQUEST_COLUMNS = (
    "number", "status", "needed at", "from", "needed by", "lines", "why", "asked at", "asked by",
)  # fmt: skip
TRANSFER_COLUMNS = (
    "number", "status", "from", "to", "request", "lines", "carrier", "vehicle", "sent at", "expected at",
    "received at",
)  # fmt: skip
EXPIRING_COLUMNS = (
    "item", "name", "lot", "expires on", "days left", "status", "place", "quantity", "reserved", "unit",
    "value", "currency", "what could be done",
)  # fmt: skip


@require_safe
@requires("transfers.view")
def requests(request: HttpRequest) -> HttpResponseBase:
    """Stock requests, newest first."""
    form = forms.RequestFilter(request.GET)
    asked = form.asked()
    mine = actor(request) if asked.pop("mine", False) else ""
    rows = documents.requests(**asked, mine=mine)
    if "format" in request.GET:
        cells = (
            (
                row.number, row.get_status_display(), row.destination.code,
                row.source.code if row.source else "", row.needed_on, lines_of(row), row.reason,
                row.created_at, row.created_by,
            )
            for row in rows.iterator(chunk_size=2000)
        )  # fmt: skip
        return tables.export(cells, REQUEST_COLUMNS, request.GET["format"], "requests")
    page: pages.Page[Any] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    return render(request, "transfers/requests.html", {"form": form, "rows": page.items, "next": page.next})


@require_safe
@requires("transfers.view")
def transfers(request: HttpRequest) -> HttpResponseBase:
    """Transfers, newest first."""
    form = forms.TransferFilter(request.GET)
    rows = documents.transfers(**form.asked())
    if "format" in request.GET:
        cells = (
            (
                row.number, row.get_status_display(), row.source.code, row.destination.code,
                row.request.number if row.request else "", lines_of(row),
                row.carrier.name if row.carrier else "", row.vehicle, row.sent_at, row.expected_at,
                row.received_at,
            )
            for row in rows.iterator(chunk_size=2000)
        )  # fmt: skip
        return tables.export(cells, TRANSFER_COLUMNS, request.GET["format"], "transfers")
    page: pages.Page[Any] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    context = {"form": form, "rows": page.items, "next": page.next, "recalled": recalls.flagged(page.items)}
    return render(request, "transfers/transfers.html", context)


@require_safe
@requires("transfers.view")
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for me."""
    return render(request, "transfers/waiting.html", {"waiting": shown.waiting(request)})


@require_safe
@requires("transfers.view")
def waiting_panel(request: HttpRequest) -> HttpResponse:
    """What waits for me, on Today."""
    return render(request, "transfers/waiting_panel.html", {"waiting": shown.waiting(request)})


@require_safe
@requires("stock.view")
def expiring(request: HttpRequest) -> HttpResponseBase:
    """Lots in stock that expire soon or have expired, and what could be done with them."""
    form = forms.ExpiringFilter(request.GET)
    rows = lots.rows(**form.asked())
    if "format" in request.GET:
        return tables.export(_cells(rows), EXPIRING_COLUMNS, request.GET["format"], "expiring-lots")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    context = {"form": form, "rows": lots.shown(page), "page": page, "counts": lots.counts()}
    return render(request, "transfers/expiring.html", context)


@require_safe
@requires("stock.view")
def expiring_panel(request: HttpRequest) -> HttpResponse:
    """The lots that expire next, on Today."""
    rows = lots.shown(lots.rows(within=lots.WITHIN[0])[:PANEL_SHOWN])
    return render(request, "transfers/expiring_panel.html", {"rows": rows, "counts": lots.counts()})


def lines_of(row: Any) -> int:
    """How many lines a document has (annotated by its list)."""
    return int(row.line_count)


def _cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    for one in chain.from_iterable(map(lots.shown, pages.portions(rows))):
        row, item = one.row, one.row.lot.item
        yield (
            item.code, item.name, row.lot.number, row.lot.expires_on, one.days, one.status, row.place.code,
            to_decimal(row.on_hand, item.scale), to_decimal(row.reserved, item.scale), item.unit,
            None if one.value_micro is None else to_decimal(one.value_micro // 10_000, 2), item.currency,
            "; ".join(way.words for way in one.ways),
        )  # fmt: skip
