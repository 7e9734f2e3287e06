"""Pages of stock, and of moving it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import pages, tables
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.warehouse import actions, forms, queries
from lotbook.operations.warehouse.views.acting import PAGE, SHOWN, lines_page
from lotbook.traceability.ledger.acting import Filled
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots import queries as lots

STOCK_COLUMNS = (
    "item", "name", "lot", "status", "expires on", "place", "place name", "quantity", "reserved", "unit",
)  # fmt: skip


@require_safe
@requires("stock.view")
def stock(request: HttpRequest) -> HttpResponseBase:
    """What we have: by item, lot and place, with each lot's status."""
    form = forms.StockFilter(request.GET)
    rows = queries.stock(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        return tables.export(_cells(rows), STOCK_COLUMNS, request.GET["format"], "stock")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    statuses = lots.statuses({row.lot_id: row.lot for row in page}.values())
    listed = [(row, statuses[row.lot_id]) for row in page]
    return render(request, "warehouse/stock.html", {"form": form, "rows": listed, "page": page})


def _cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    for listed in pages.portions(rows):
        statuses = lots.statuses({row.lot_id: row.lot for row in listed}.values())
        for row in listed:
            item, lot = row.lot.item, row.lot
            yield (
                item.code, item.name, lot.number, statuses[lot.pk], lot.expires_on, row.place.code,
                row.place.name,
                to_decimal(row.on_hand, item.scale), to_decimal(row.reserved, item.scale), item.unit,
            )  # fmt: skip


@require_http_methods(PAGE)
@requires("warehouse.post")
def move(request: HttpRequest) -> HttpResponse:
    """Move goods from place to place."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        receipt = actions.move(lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are moved.")
        return reverse("ledger:event", args=[receipt.uid])

    return lines_page(request, forms.MoveForm, act, ("Move goods", "What is moved", "Move"))
