"""Goods to a customer without an order, and goods back from one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.forms import UNITS, ReturnForm, ShipForm
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def new(request: HttpRequest) -> HttpResponse:
    """Ship goods to a customer."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        units = [line["unit"] for line in filled["units"]]
        receipt = actions.ship(**values, lines=lines, units=units, actor=actor(request))
        messages.success(request, "Shipped before." if receipt.duplicate else "The goods are on their way.")
        return reverse("shipping:shipment", args=[queries.shipment(receipt.uid).uid])

    posted = posted_by(request)
    return ActPage(
        template="shipping/new.html",
        form=ShipForm(posted, initial=request.GET.dict()),
        act=act,
        groups={
            "lines": Lines(TAKEN, posted, initial=[request.GET.dict()] if request.GET else []),
            "units": Lines(UNITS, posted, prefix="units", start=2),
        },
        context={"suggested": suggested()},
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def take_back(request: HttpRequest) -> HttpResponse:
    """Take goods back from a customer."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        receipt = actions.take_back(**values, lines=lines, actor=actor(request))
        messages.success(request, "The goods are back.")
        return reverse("ledger:event", args=[receipt.uid])

    posted = posted_by(request)
    columns = [column for column in TAKEN if column.name != "place"]
    return ActPage(
        template="shipping/return.html",
        form=ReturnForm(posted, initial=request.GET.dict()),
        act=act,
        groups={"lines": Lines(columns, posted, initial=[request.GET.dict()] if request.GET else [])},
        context={"suggested": suggested()},
    ).answer(request)
