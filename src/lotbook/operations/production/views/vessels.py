"""Pages of vessels: the list, one vessel with its blends, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import panels, tables
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.production import actions, forms, queries
from lotbook.traceability.ledger.acting import TAKEN, ActForm, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line

COLUMNS = ("vessel", "holds", "lots", "quantity", "unit", "capacity")


@require_safe
@requires("production.view")
def vessels(request: HttpRequest) -> HttpResponseBase:
    """Every vessel with what is in it."""
    rows = queries.vessels()
    if "format" in request.GET:
        cells = (
            (
                row.vessel.place.code, row.vessel.item.code, ", ".join(str(one.lot) for one in row.inside),
                to_decimal(row.quantity, row.vessel.item.scale), row.vessel.item.unit,
                to_decimal(row.vessel.capacity, row.vessel.item.scale) if row.vessel.capacity else None,
            )
            for row in rows
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "vessels")
    return render(request, "production/vessels.html", {"vessels": rows})


@require_safe
@requires("production.view")
def vessel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One vessel: what is in it, and one blend after the other."""
    shown = queries.vessel_page(uid)
    context = {"page": shown, "panels": panels.on("production.vessel", request, uid=shown.vessel.uid)}
    return render(request, "production/vessel.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def new(request: HttpRequest) -> HttpResponse:
    """Say that a place is a vessel."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        made = actions.create_vessel(**values, actor=actor(request))
        messages.success(request, f"{made} is a vessel.")
        return reverse("production:vessel", args=[made.uid])

    context = {
        "title": "New vessel",
        "back": (reverse("production:vessels"), "Vessels"),
        "button": "Set it up",
        "suggested": suggested(),
    }
    return ActPage("production/form.html", forms.VesselForm(posted_by(request)), act, context=context).answer(
        request
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def fill(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let lots flow into a vessel."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        actions.fill_vessel(vessel=uid, lines=lines, **values, actor=actor(request))
        return "It is filled."

    lines = Lines(TAKEN, posted_by(request), start=2)
    return _form(
        request, uid, button="Fill", form=forms.FillForm(posted_by(request)), act=act, groups={"lines": lines}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def draw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Draw from the present blend."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        actions.draw_vessel(vessel=uid, **values, actor=actor(request))
        return "It is drawn."

    form = forms.DrawForm(posted_by(request), initial=request.GET.dict())
    return _form(request, uid, button="Draw", form=form, act=act)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def empty(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Empty and clean a vessel."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        actions.empty_vessel(vessel=uid, **values, actor=actor(request))
        return "It is empty and clean."

    return _form(request, uid, button="Empty", form=forms.EmptyForm(posted_by(request)), act=act)


def _form(
    request: HttpRequest,
    uid: UUID,
    *,
    button: str,
    form: ActForm,
    act: Callable[[dict[str, Any], Filled], str],
    groups: dict[str, Lines] | None = None,
) -> HttpResponse:
    page = queries.vessel_page(uid)

    def done(values: dict[str, Any], filled: Filled) -> str:
        messages.success(request, act(values, filled))
        return reverse("production:vessel", args=[uid])

    context = {
        "title": f"{button} {page.vessel}",
        "back": (reverse("production:vessel", args=[uid]), "Back to the vessel"),
        "button": button,
        "vessel": page.row,
        "captions": {"lines": "What flows in"},
        "suggested": suggested(),
    }
    return ActPage("production/form.html", form, done, groups or {}, context=context).answer(request)
