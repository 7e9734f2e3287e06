"""Pages about items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.catalog import actions, forms, queries, rules
from lotbook.foundation.catalog.models import Item
from lotbook.kernel import panels
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.pages import Page, page
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import merge
from lotbook.kernel.tables import export

COLUMNS = (
    "code", "name", "GTIN", "group", "base unit", "decimal places", "told apart", "shelf life (days)",
    "standard cost", "currency", "in use",
)  # fmt: skip


@require_safe
@requires("catalog.view")
def items(request: HttpRequest) -> HttpResponseBase:
    """The list of items: filtered, shareable, exportable."""
    form = forms.FilterForm(request.GET or {"active": "yes"})
    wanted = form.cleaned_data if form.is_valid() else {}
    active = {"yes": True, "no": False}.get(wanted.get("active", ""))
    rows = queries.items(
        text=wanted.get("text", ""),
        group=wanted.get("group", ""),
        tracking=wanted.get("tracking", ""),
        active=active,
    )
    if "format" in request.GET:
        return export(_rows(rows.iterator()), COLUMNS, request.GET["format"], "items")
    found: Page[Item] = page(rows, request.GET.get("cursor", ""))
    return render(request, "catalog/items.html", {"form": form, "items": found.items, "next": found.next})


def _rows(rows: Iterator[Item]) -> Iterator[tuple[Any, ...]]:
    for one in rows:
        yield (
            one.code, one.name, one.gtin, one.group, one.unit, one.scale, one.get_tracking_display(),
            one.shelf_life_days, rules.cost_text(one.standard_cost_micro), one.currency, one.is_active,
        )  # fmt: skip


@require_safe
@requires("catalog.view")
def item(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One item: its facts, packagings, conversions, and what the rooms above have of it."""
    return render(request, "catalog/item.html", _item(request, uid))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("catalog.edit")
def create(request: HttpRequest) -> HttpResponse:
    """Make an item."""

    def act(values: dict[str, Any]) -> str:
        return _url(actions.create_item(actor=actor(request), **values))

    context = {"title": "Add an item", "submit": "Add item", "cancel": reverse("catalog:items")}
    return submit(
        request, forms.ItemForm(request.POST or None), act, context, done="The item is in the book."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("catalog.edit")
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change an item."""
    one = queries.item(uid)
    form = forms.AmendForm(request.POST or None, initial=forms.initial(one))

    def act(values: dict[str, Any]) -> str:
        reason = values.pop("reason")
        if not values["net_weight"] or "net_weight" not in form.changed_data:
            values.pop("net_weight")
        return _url(actions.amend_item(actor=actor(request), uid=uid, changes=values, reason=reason))

    context = {"title": f"Change {one.name}", "cancel": _url(one)}
    return submit(request, form, act, context, done="The item is changed.")


@require_POST
@requires("catalog.edit")
def add_packaging(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give an item a packaging level."""
    form = forms.PackagingForm(request.POST)
    return _part(request, uid, "packaging_form", form, actions.add_packaging)


@require_POST
@requires("catalog.edit")
def remove_packaging(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a packaging level off an item."""
    actions.remove_packaging(actor=actor(request), uid=uid, name=request.POST.get("name", ""))
    messages.success(request, "The packaging is removed; its history stays.")
    return HttpResponseRedirect(reverse("catalog:item", args=[uid]))


@require_POST
@requires("catalog.edit")
def set_conversion(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Set a conversion of an item."""
    form = forms.ConversionForm(request.POST)
    return _part(request, uid, "conversion_form", form, actions.set_conversion)


@require_POST
@requires("catalog.edit")
def remove_conversion(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a conversion off an item."""
    actions.remove_conversion(actor=actor(request), uid=uid, unit=request.POST.get("unit", ""))
    messages.success(request, "The conversion is removed; its history stays.")
    return HttpResponseRedirect(reverse("catalog:item", args=[uid]))


def _part(request: HttpRequest, uid: UUID, name: str, form: Any, act: Any) -> HttpResponse:
    """Run one of the small forms on the item's page; a refusal shows there."""
    faults: list[Fault] = []
    status = 422
    if form.is_valid():
        try:
            act(actor=actor(request), uid=uid, **form.cleaned_data)
        except Refused as refusal:
            if refusal.status == 404:
                raise
            faults, status = list(refusal.faults), refusal.status
        else:
            messages.success(request, "The item is changed.")
            return HttpResponseRedirect(reverse("catalog:item", args=[uid]))
    found = [
        replace(fault, field=form.add_prefix(fault.field)) if fault.field in form.fields else fault
        for fault in merge(form, faults)
    ]
    return render(
        request, "catalog/item.html", {**_item(request, uid), name: form, "faults": found}, status=status
    )


def _item(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    one = queries.item(uid)
    return {
        "item": one,
        "packagings": one.packagings.order_by("content"),
        "conversions": one.conversions.order_by("unit"),
        "net_weight": queries.net_weight(one),
        "cost": rules.cost_text(one.standard_cost_micro),
        "packaging_form": forms.PackagingForm(),
        "conversion_form": forms.ConversionForm(initial={"unit": "XCT"}),
        "panels": panels.on("item", request, uid=one.uid),
        "changes": queries.changes(one)[:100],
    }


def _url(one: Item) -> str:
    return reverse("catalog:item", args=[one.uid])
