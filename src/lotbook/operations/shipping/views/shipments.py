"""Shipments: of orders, followed to the door, and what came back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import pages, panels, tables
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import actions, forms, queries
from lotbook.operations.shipping.models import Return, Shipment
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line

SHOWN = 50
COLUMNS = (
    "delivery note", "order", "customer", "delivered to", "carrier", "tracking number", "state", "shipped at",
    "delivered at", "signed by",
)  # fmt: skip
RETURN_COLUMNS = ("return", "shipment", "customer", "put to", "why", "condition", "reason", "at", "by")


@require_safe
@requires("shipping.view")
def shipments(request: HttpRequest) -> HttpResponseBase:
    """Every shipment, newest first."""
    form = forms.ShipmentFilter(request.GET)
    rows = queries.shipments(**form.values())
    if "format" in request.GET:
        cells = (
            (
                row.number, row.order_number, row.customer.code, row.location.name if row.location else "",
                row.carrier.code if row.carrier else "", row.tracking_number, row.get_status_display(),
                row.shipped_at, row.delivered_at, row.signed_by,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "shipments")
    page: pages.Page[Shipment] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    context = {"form": form, "shipments": page.items, "next": page.next}
    return render(request, "shipping/shipments.html", {**context, "recalled": queries.flagged(page.items)})


@require_safe
@requires("shipping.view")
def shipment(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One shipment: what is on it, where it is, and what came back."""
    page = queries.shipment_page(uid)
    shown = panels.on("shipment", request, uid=page.shipment.uid)
    context = {"page": page, "panels": shown, "recalled": queries.recalled(page)}
    return render(request, "shipping/shipment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def ship(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ship an order: what is picked or reserved, or the lots and units named."""
    page = queries.order_page(uid)
    others = queries.same_door(page.order)
    asked = request.POST.getlist("with") if request.method == "POST" else request.GET.getlist("with")
    along = [one for one in others if str(one.uid) in asked]

    def act(values: dict[str, Any], filled: Filled) -> str:
        receipt = actions.ship_orders(
            orders=[uid, *(one.uid for one in along)],
            lines=[Line(**line) for line in filled["lines"]],
            units=[line["unit"] for line in filled["units"]],
            actor=actor(request),
            **values,
        )
        messages.success(request, "The goods are on their way.")
        return reverse("shipping:shipment", args=[queries.shipment(receipt.uid).uid])

    posted = posted_by(request)
    carrier = page.order.carrier or next((row.rule.carrier for row in page.rows if row.rule), None)
    form = forms.ShipOrderForm(posted, initial={"carrier": carrier.code if carrier else ""})
    groups = {
        "lines": Lines(TAKEN, posted, start=1),
        "units": Lines(forms.UNITS, posted, prefix="units", start=1),
    }
    (_, mine), *theirs = queries.leaving([page.order, *others])
    context = {"page": page, "leaving": mine, "others": theirs, "along": along, "suggested": suggested()}
    return ActPage("shipping/ship.html", form, act, groups, context=context).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def progress(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that a shipment is on its way."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        told = {name: values[name] for name in forms.ProgressForm.HEAD}
        found = actions.progress(shipment=uid, actor=actor(request), **told)
        messages.success(request, f"{found.number} is in transit.")
        return reverse("shipping:shipment", args=[found.uid])

    context = {"page": queries.shipment_page(uid), "heading": "In transit", "button": "Save"}
    return ActPage(
        "shipping/follow.html", forms.ProgressForm(posted_by(request)), act, context=context
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def deliver(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say how a shipment ended."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        told = {name: values[name] for name in forms.DeliveryForm.HEAD}
        told["delivered_at"] = told["delivered_at"] or None
        refused = [Line(**line) for line in filled["refused"]]
        found = actions.deliver(shipment=uid, refused=refused, actor=actor(request), **told)
        messages.success(request, f"{found.number}: {found.get_status_display().lower()}.")
        return reverse("shipping:shipment", args=[found.uid])

    posted = posted_by(request)
    groups = {"refused": Lines(forms.BACK, posted, prefix="refused", start=2)}
    context = {
        "page": queries.shipment_page(uid),
        "heading": "How it ended",
        "button": "Save",
        "caption": "What was refused, if only a part",
        "suggested": suggested(),
    }
    return ActPage("shipping/follow.html", forms.DeliveryForm(posted), act, groups, context=context).answer(
        request
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def take_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take goods of a shipment back, to wait for a decision."""
    page = queries.shipment_page(uid)

    def act(values: dict[str, Any], filled: Filled) -> str:
        told = {name: value for name, value in values.items() if name not in ("override", "customer")}
        lines = [Line(**line) for line in filled["lines"]]
        actions.take_back(shipment=uid, lines=lines, actor=actor(request), **told)
        messages.success(request, "The goods are back and wait for a decision.")
        return reverse("shipping:shipment", args=[page.shipment.uid])

    posted = posted_by(request)
    there = [
        {"item": lot.item.code, "lot": lot.number, "quantity": to_text(quantity, lot.item.scale)}
        for lot, quantity in queries.still_there(page.shipment)
    ]
    context = {
        "page": page,
        "heading": "Take goods back",
        "button": "Take back",
        "caption": "What came back: correct the quantities; a line without quantity did not come",
        "suggested": suggested(),
    }
    return ActPage(
        "shipping/follow.html",
        forms.ShipmentReturnForm(posted),
        act,
        {"lines": Lines(forms.BACK, posted, initial=there, start=1)},
        ignore=("item", "lot", "unit"),
        context=context,
    ).answer(request)


@require_safe
@requires("shipping.view")
def returns(request: HttpRequest) -> HttpResponseBase:
    """What customers brought back, newest first."""
    form = forms.ReturnFilter(request.GET)
    rows = queries.returns(**form.values())
    if "format" in request.GET:
        cells = (
            (
                row.number, row.shipment.number if row.shipment else "", row.customer.code, row.place.code,
                row.get_code_display(), row.get_condition_display(), row.reason, row.created_at,
                row.created_by,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(cells, RETURN_COLUMNS, request.GET["format"], "returns")
    page: pages.Page[Return] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    return render(request, "shipping/returns.html", {"form": form, "returns": page.items, "next": page.next})
