"""Pages of our own stock at partners."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.places import actions as place_actions
from lotbook.kernel import tables
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.warehouse import actions, forms, queries
from lotbook.operations.warehouse.rules import Packed
from lotbook.operations.warehouse.views.acting import IN_OUT_LOST, PAGE, change_page
from lotbook.traceability.ledger.acting import TAKEN, Filled
from lotbook.traceability.ledger.lines import Line

ELSEWHERE_COLUMNS = (
    "partner", "partner name", "place", "item", "name", "lot", "quantity", "unit", "there since", "days",
    "last statement", "stated at",
)  # fmt: skip


@require_safe
@requires("stock.view")
def elsewhere(request: HttpRequest) -> HttpResponseBase:
    """What of ours stands at partners."""
    heads = queries.elsewhere(partner=request.GET.get("partner", ""))
    if "format" in request.GET:
        cells = (
            (
                head.partner.code, head.partner.name, head.place.code, row.standing.item_code,
                row.standing.item_name, row.standing.number,
                to_decimal(row.standing.on_hand, row.standing.scale), row.standing.unit, row.first_at,
                row.days, head.statement.number if head.statement else "",
                head.statement.at if head.statement else None,
            )
            for head in heads
            for row in head.rows
        )  # fmt: skip
        return tables.export(cells, ELSEWHERE_COLUMNS, request.GET["format"], "our stock elsewhere")
    return render(request, "warehouse/elsewhere.html", {"heads": heads})


@require_http_methods(PAGE)
@requires("places.edit")
def new_elsewhere(request: HttpRequest) -> HttpResponse:
    """Set up a place of ours at a partner."""
    form = forms.PartnerPlaceForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> str:
        place_actions.open_consigned(**values, actor=actor(request))
        return reverse("warehouse:elsewhere")

    context = {
        "title": "A place of ours at a partner",
        "submit": "Set it up",
        "cancel": reverse("warehouse:elsewhere"),
        "note": "What is sent there stays ours until they report it used, or it comes back.",
    }
    return submit(request, form, act, context, done="The place is set up.")


@require_http_methods(PAGE)
@requires("warehouse.post")
def send(request: HttpRequest) -> HttpResponse:
    """Send goods of ours to a partner."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        actions.send_elsewhere(lines=lines, **values, actor=actor(request))
        messages.success(request, "Sent. The goods stay ours.")
        return reverse("warehouse:elsewhere")

    groups = {"lines": ("What is sent", TAKEN)}
    return change_page(
        request, forms.SendForm, act=act, heading="Send to a partner", button="Send", groups=groups
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def take_back(request: HttpRequest) -> HttpResponse:
    """Take goods of ours back."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        actions.take_back(lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are back.")
        return reverse("warehouse:elsewhere")

    groups = {"lines": ("What comes back", forms.IN_UNIT)}
    return change_page(
        request,
        forms.TakeBackForm,
        act=act,
        heading="Take back from a partner",
        button="Take back",
        groups=groups,
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def report(request: HttpRequest) -> HttpResponse:
    """Write down what a partner used, made and lost."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        receipt = actions.report_use(
            inputs=[Line(**line) for line in filled["inputs"]],
            outputs=[Packed(**line) for line in filled["outputs"]],
            losses=[Line(**line) for line in filled["losses"]],
            **values,
            actor=actor(request),
        )
        messages.success(request, "Their report is in the book.")
        return reverse("ledger:event", args=[receipt.uid])

    return change_page(
        request,
        forms.ReportForm,
        act=act,
        heading="What a partner used and made",
        button="Write down",
        groups=IN_OUT_LOST,
    )
