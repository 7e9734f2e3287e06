"""Pages of logistic units and their numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.places.models import Place
from lotbook.kernel import pages, panels
from lotbook.kernel.formpages import submit
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.operations.warehouse import actions, forms, queries
from lotbook.operations.warehouse.views.acting import PAGE, SHOWN, change_page
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line


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
    page = queries.unit_page(uid)
    at = request.GET.get("at", "")
    held = queries.held_at(page.unit, int(at)) if at.isascii() and at.isdigit() and len(at) < 19 else None
    context = {"page": page, "held": held, "panels": panels.on("unit", request, uid=page.unit.uid)}
    return render(request, "warehouse/unit.html", context)


@require_http_methods(PAGE)
@requires("warehouse.post")
def build_unit(request: HttpRequest) -> HttpResponse:
    """Make a unit and put goods and other units on it."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        units = values.pop("units").split()
        lines = [Line(**line) for line in filled["lines"]]
        made = actions.build_unit(lines=lines, units=units, **values, actor=actor(request))
        messages.success(request, f"{made.code} is built.")
        return reverse("warehouse:unit", args=[made.uid])

    groups = {"lines": ("What goes on it", TAKEN)}
    return change_page(
        request, forms.BuildForm, act=act, heading="Build a unit", button="Build", groups=groups
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def empty_unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take everything out of a unit."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        actions.empty_unit(unit=uid, **values, actor=actor(request))
        messages.success(request, "The unit is empty.")
        return reverse("warehouse:unit", args=[uid])

    found = queries.unit(uid)
    context = {
        "heading": f"Empty {found.code}",
        "button": "Empty it",
        "suggested": suggested(),
        "unit": found,
    }
    return ActPage("warehouse/act.html", forms.EmptyForm(posted_by(request)), act, context=context).answer(
        request
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def break_unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take everything out of a unit, which ends."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        actions.break_unit(unit=uid, **values, actor=actor(request))
        messages.success(request, "The unit is broken up; its number is not given again.")
        return reverse("warehouse:unit", args=[uid])

    found = queries.unit(uid)
    context = {
        "heading": f"Break up {found.code}",
        "button": "Break it up",
        "suggested": suggested(),
        "unit": found,
    }
    form = forms.BreakForm(posted_by(request))
    return ActPage("warehouse/act.html", form, act, context=context).answer(request)


@require_http_methods(PAGE)
@requires("warehouse.plan")
def numbering(request: HttpRequest) -> HttpResponse:
    """How the logistic units of each site are numbered."""
    rows = queries.numbering()
    sites = [(row.site.code, str(row.site)) for row in rows]
    form = forms.NumberingForm(request.POST if request.method == "POST" else None, sites)

    def act(values: dict[str, Any]) -> str:
        actions.set_numbering(**values, actor=actor(request))
        return reverse("warehouse:numbering")

    context = {"rows": rows}
    return submit(request, form, act, context, done="Kept.", template="warehouse/numbering.html")


@require_http_methods(PAGE)
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


@require_http_methods(PAGE)
@requires("warehouse.post")
def pack(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put goods into a logistic unit."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        actions.pack(unit=uid, lines=lines, place=values["place"], uid=values["uid"], actor=actor(request))
        messages.success(request, "Packed.")
        return reverse("warehouse:unit", args=[uid])

    return _unit_page(request, uid, forms.PackForm, act, ("Pack", "What goes in"))


@require_http_methods(PAGE)
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


@require_http_methods(PAGE)
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
