"""The pages of this room: stock, the acts on it, and logistic units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.places.models import Place
from lotbook.kernel import pages, tables
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.warehouse import actions, forms, queries
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots import queries as lots

SHOWN = 50
STOCK_COLUMNS = (
    "item", "name", "lot", "status", "expires on", "place", "place name", "quantity", "reserved", "unit",
)  # fmt: skip


@require_safe
@requires("stock.view")
def stock(request: HttpRequest) -> HttpResponseBase:
    """What we have: by item, lot and place, with each lot's status."""
    form = forms.StockFilter(request.GET)
    rows = browsing.stock(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        return tables.export(_cells(rows), STOCK_COLUMNS, request.GET["format"], "stock")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    statuses = lots.statuses({row.lot_id: row.lot for row in page}.values())
    listed = [(row, statuses[row.lot_id]) for row in page]
    return render(request, "warehouse/stock.html", {"form": form, "rows": listed, "page": page})


def _cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    listed = list(rows)
    statuses = lots.statuses({row.lot_id: row.lot for row in listed}.values())
    for row in listed:
        item, lot = row.lot.item, row.lot
        yield (
            item.code, item.name, lot.number, statuses[lot.pk], lot.expires_on, row.place.code,
            row.place.name,
            to_decimal(row.on_hand, item.scale), to_decimal(row.reserved, item.scale), item.unit,
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("warehouse.post")
def move(request: HttpRequest) -> HttpResponse:
    """Move goods from place to place."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        receipt = actions.move(lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are moved.")
        return reverse("ledger:event", args=[receipt.uid])

    return _lines_page(request, forms.MoveForm, act, ("Move goods", "What is moved", "Move"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("warehouse.post")
def scrap(request: HttpRequest) -> HttpResponse:
    """Write goods off."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        receipt = actions.scrap(lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are written off.")
        return reverse("ledger:event", args=[receipt.uid])

    return _lines_page(request, forms.ScrapForm, act, ("Write goods off", "What is lost", "Write off"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("warehouse.post")
def adjust(request: HttpRequest) -> HttpResponse:
    """Set the book to what was counted."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Count(**line) for line in filled["lines"]]
        receipt = actions.adjust(lines=lines, **values, actor=actor(request))
        messages.success(request, "The book says what was counted.")
        return reverse("ledger:event", args=[receipt.uid])

    words = ("Adjust to a count", "What was counted", "Adjust")
    return _lines_page(request, forms.AdjustForm, act, words, columns=forms.COUNTED)


def _lines_page(
    request: HttpRequest, form: Any, act: Any, words: tuple[str, str, str], columns: Any = TAKEN
) -> HttpResponse:
    posted = posted_by(request)
    given = request.GET.dict()
    heading, caption, button = words
    line = {name: value for name, value in given.items() if name != "place"}
    return ActPage(
        "warehouse/act.html",
        form(posted, initial=given),
        act,
        {"lines": Lines(columns, posted, initial=[line] if line else [])},
        context={"heading": heading, "caption": caption, "button": button, "suggested": suggested()},
    ).answer(request)


# -- logistic units --------------------------------------------------------------------------------


@require_safe
@requires("stock.view")
def units(request: HttpRequest) -> HttpResponse:
    """Every logistic unit of ours, newest first."""
    form = forms.UnitFilter(request.GET)
    rows = queries.units(**(form.cleaned_data if form.is_valid() else {}))
    page: pages.Page[Place] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    counts = browsing.lot_counts(unit.pk for unit in page.items)
    listed = [(unit, counts.get(unit.pk, 0)) for unit in page.items]
    return render(request, "warehouse/units.html", {"form": form, "units": listed, "next": page.next})


@require_safe
@requires("stock.view")
def unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One logistic unit with its contents."""
    return render(request, "warehouse/unit.html", {"page": queries.unit_page(uid)})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("warehouse.post")
def new_unit(request: HttpRequest) -> HttpResponse:
    """Make a logistic unit."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        made = actions.create_unit(sscc=values["sscc"], place=values["place"], actor=actor(request))
        messages.success(request, f"{made.code} is made.")
        return reverse("warehouse:unit", args=[made.uid])

    form = forms.NewUnitForm(posted_by(request), initial=request.GET.dict())
    context = {"heading": "Make a logistic unit", "button": "Make", "suggested": suggested()}
    return ActPage("warehouse/act.html", form, act, context=context).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("warehouse.post")
def pack(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put goods into a logistic unit."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        actions.pack(unit=uid, lines=lines, place=values["place"], uid=values["uid"], actor=actor(request))
        messages.success(request, "Packed.")
        return reverse("warehouse:unit", args=[uid])

    return _unit_page(request, uid, forms.PackForm, act, ("Pack", "What goes in"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("warehouse.post")
def unpack(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take goods out of a logistic unit."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        actions.unpack(unit=uid, lines=lines, to=values["to"], uid=values["uid"], actor=actor(request))
        messages.success(request, "Unpacked.")
        return reverse("warehouse:unit", args=[uid])

    return _unit_page(
        request, uid, forms.UnpackForm, act, ("Unpack", "What comes out"), columns=forms.IN_UNIT
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("warehouse.post")
def move_unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Move a logistic unit with everything in it."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("override")
        actions.move_unit(unit=uid, **values, actor=actor(request))
        messages.success(request, "The unit is moved, with everything in it.")
        return reverse("warehouse:unit", args=[uid])

    found = queries.unit(uid)
    form = forms.MoveUnitForm(posted_by(request))
    context = {
        "heading": f"Move {found.code}",
        "button": "Move the unit",
        "suggested": suggested(),
        "unit": found,
    }
    return ActPage("warehouse/act.html", form, act, context=context).answer(request)


def _unit_page(
    request: HttpRequest, uid: UUID, form: Any, act: Any, words: tuple[str, str], *, columns: Any = TAKEN
) -> HttpResponse:
    posted = posted_by(request)
    found = queries.unit(uid)
    button, caption = words
    return ActPage(
        "warehouse/act.html",
        form(posted),
        act,
        {"lines": Lines(columns, posted)},
        context={
            "heading": f"{button} {found.code}",
            "caption": caption,
            "button": button,
            "suggested": suggested(),
            "unit": found,
        },
    ).answer(request)
