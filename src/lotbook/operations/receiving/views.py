"""The pages of this room."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.operations.receiving import actions
from lotbook.operations.receiving.forms import RECEIVED, ReceiveForm, SupplierReturnForm
from lotbook.operations.receiving.rules import Line
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line as Taken


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.post")
def new(request: HttpRequest) -> HttpResponse:
    """Receive goods from a supplier."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        receipt = actions.receive(
            **values, lines=[Line(**line) for line in filled["lines"]], actor=actor(request)
        )
        messages.success(request, "Received before." if receipt.duplicate else "The goods are in stock.")
        return reverse("ledger:event", args=[receipt.uid])

    posted = posted_by(request)
    return ActPage(
        template="receiving/new.html",
        form=ReceiveForm(posted, initial=request.GET.dict()),
        act=act,
        groups={"lines": Lines(RECEIVED, posted, initial=[request.GET.dict()] if request.GET else [])},
        context={"suggested": suggested()},
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.post")
def supplier_return(request: HttpRequest) -> HttpResponse:
    """Send goods back to a supplier."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        receipt = actions.supplier_return(
            **values, lines=[Taken(**line) for line in filled["lines"]], actor=actor(request)
        )
        messages.success(request, "The goods are on their way back.")
        return reverse("ledger:event", args=[receipt.uid])

    posted = posted_by(request)
    return ActPage(
        template="receiving/supplier_return.html",
        form=SupplierReturnForm(posted, initial=request.GET.dict()),
        act=act,
        groups={"lines": Lines(TAKEN, posted, initial=[request.GET.dict()] if request.GET else [])},
        context={"suggested": suggested()},
    ).answer(request)
