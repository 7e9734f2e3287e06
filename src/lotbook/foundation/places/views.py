"""Pages about places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.places import actions, forms, queries
from lotbook.foundation.places.models import Place
from lotbook.kernel import panels
from lotbook.kernel.formpages import submit
from lotbook.kernel.pages import Page, page
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.tables import export

COLUMNS = ("code", "name", "kind", "stands in", "our own", "usable", "GLN", "SSCC", "time zone", "in use")


@require_safe
@requires("places.view")
def places(request: HttpRequest) -> HttpResponseBase:
    """Our places as a tree, or any places found by text; exportable."""
    form = forms.FilterForm(request.GET)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    inactive = request.GET.get("inactive") == "yes"
    if "format" in request.GET:
        rows = queries.places(text=text) if text else queries.places(own=True)
        return export(_rows(rows.iterator()), COLUMNS, request.GET["format"], "places")
    if text:
        found: Page[Place] = page(queries.places(text=text), request.GET.get("cursor", ""))
        return render(request, "places/places.html", {"form": form, "found": found.items, "next": found.next})
    nodes = queries.tree(inactive=inactive)
    return render(request, "places/places.html", {"form": form, "nodes": nodes, "inactive": inactive})


@require_safe
@requires("places.view")
def suggest(request: HttpRequest) -> HttpResponse:
    """Up to 20 places that fit what somebody types into a place field (``q``), as options of its datalist."""
    found = queries.suggested(request.GET.get("q", ""))
    options = format_html_join("", '<option value="{}">{}</option>', ((row.code, row.name) for row in found))
    return HttpResponse(options)


def _rows(rows: Iterator[Place]) -> Iterable[tuple[Any, ...]]:
    for one in rows:
        yield (
            one.code, one.name, one.get_kind_display(), one.parent.code if one.parent else "", one.own,
            one.usable,
            one.gln, one.sscc, one.time_zone, one.is_active,
        )  # fmt: skip


@require_safe
@requires("places.view")
def place(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One place, what stands in it, and what the rooms above have of it."""
    one = queries.place(uid)
    context = {
        "place": one,
        "ancestors": list(reversed(queries.ancestors(one))),
        "children": queries.places(parent=one.pk, active=True)[:200],
        "zone": queries.zone_of(one),
        "ours": one.kind in queries.TREE_KINDS,
        "panels": panels.on("place", request, uid=one.uid),
        "changes": queries.changes(one)[:100],
    }
    return render(request, "places/place.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("places.edit")
def create(request: HttpRequest) -> HttpResponse:
    """Make a place."""
    form = forms.NewForm(request.POST or None, initial={"parent": request.GET.get("parent", "")})

    def act(values: dict[str, Any]) -> str:
        return _url(actions.create_place(actor=actor(request), **values))

    context = {"title": "Add a place", "submit": "Add place", "cancel": reverse("places:places")}
    return submit(request, form, act, context, done="The place is in the book.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("places.edit")
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a place, move it, take it out of use."""
    one = queries.place(uid)
    form = forms.AmendForm(request.POST or None, initial=forms.initial(one))

    def act(values: dict[str, Any]) -> str:
        reason = values.pop("reason")
        return _url(actions.change_place(actor=actor(request), uid=uid, changes=values, reason=reason))

    context = {"title": f"Change {one}", "cancel": _url(one)}
    return submit(request, form, act, context, done="The place is changed.")


def _url(one: Place) -> str:
    return reverse("places:place", args=[one.uid])
