"""Pages about partners and locations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.partners import actions, forms, queries
from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel import panels
from lotbook.kernel.formpages import submit
from lotbook.kernel.pages import Page, page
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.tables import export

COLUMNS = (
    "code", "name", "supplies us", "buys from us", "carries for us", "makes for us", "GLN", "e-mail",
    "phone", "in use",
)  # fmt: skip


@require_safe
@requires("partners.view")
def partners(request: HttpRequest) -> HttpResponseBase:
    """The list of partners: filtered, shareable, exportable."""
    form = forms.FilterForm(request.GET or {"active": "yes"})
    wanted = form.cleaned_data if form.is_valid() else {}
    active = {"yes": True, "no": False}.get(wanted.get("active", ""))
    rows = queries.partners(text=wanted.get("text", ""), role=wanted.get("role", ""), active=active)
    if "format" in request.GET:
        return export(_rows(rows.iterator()), COLUMNS, request.GET["format"], "partners")
    found: Page[Partner] = page(rows, request.GET.get("cursor", ""))
    return render(
        request, "partners/partners.html", {"form": form, "partners": found.items, "next": found.next}
    )


def _rows(rows: Iterator[Partner]) -> Iterable[tuple[Any, ...]]:
    for one in rows:
        yield (
            one.code, one.name, one.is_supplier, one.is_customer, one.is_carrier, one.is_contract_maker,
            one.gln,
            one.email, one.phone, one.is_active,
        )  # fmt: skip


@require_safe
@requires("partners.view")
def partner(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One partner with its locations."""
    one = queries.partner(uid)
    context = {
        "partner": one,
        "locations": [(row, queries.missing(row)) for row in one.locations.order_by("name")],
        "panels": panels.on("partner", request, uid=one.uid),
        "changes": queries.changes(one)[:100],
    }
    return render(request, "partners/partner.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("partners.edit")
def create(request: HttpRequest) -> HttpResponse:
    """Make a partner."""

    def act(values: dict[str, Any]) -> str:
        return _url(actions.create_partner(actor=actor(request), **values))

    context = {"title": "Add a partner", "submit": "Add partner", "cancel": reverse("partners:partners")}
    return submit(
        request, forms.PartnerForm(request.POST or None), act, context, done="The partner is in the book."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("partners.edit")
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a partner."""
    one = queries.partner(uid)
    form = forms.AmendForm(request.POST or None, initial=forms.initial(one, forms.AmendForm))

    def act(values: dict[str, Any]) -> str:
        reason = values.pop("reason")
        return _url(actions.amend_partner(actor=actor(request), uid=uid, changes=values, reason=reason))

    context = {"title": f"Change {one.name}", "cancel": _url(one)}
    return submit(request, form, act, context, done="The partner is changed.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("partners.edit")
def add_location(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give a partner a location."""
    one = queries.partner(uid)
    form = forms.LocationForm(request.POST or None, initial={"business_name": one.name})

    def act(values: dict[str, Any]) -> str:
        actions.create_location(actor=actor(request), partner=uid, values=values)
        return _url(one)

    context = {"title": f"Add a location of {one.name}", "submit": "Add location", "cancel": _url(one)}
    return submit(request, form, act, context, done="The location is in the book.")


@require_safe
@requires("partners.view")
def own_locations(request: HttpRequest) -> HttpResponse:
    """Location descriptions of our own places."""
    rows = [(row, queries.missing(row)) for row in queries.own_locations()]
    return render(request, "partners/own_locations.html", {"locations": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("partners.edit")
def add_own_location(request: HttpRequest) -> HttpResponse:
    """Describe a location of ours."""

    def act(values: dict[str, Any]) -> str:
        actions.create_location(actor=actor(request), partner=None, values=values)
        return reverse("partners:own_locations")

    context = {"title": "Describe a location of ours", "cancel": reverse("partners:own_locations")}
    return submit(
        request, forms.LocationForm(request.POST or None), act, context, done="The location is in the book."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("partners.edit")
def edit_location(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a location description."""
    one = queries.location(uid)
    form = forms.LocationForm(request.POST or None, initial=forms.initial(one, forms.LocationForm))

    def act(values: dict[str, Any]) -> str:
        actions.amend_location(actor=actor(request), uid=uid, changes=values)
        return _home(one)

    context = {"title": f"Change {one.name}", "cancel": _home(one)}
    return submit(request, form, act, context, done="The location is changed.")


def _home(one: Location) -> str:
    return _url(one.partner) if one.partner else reverse("partners:own_locations")


def _url(one: Partner) -> str:
    return reverse("partners:partner", args=[one.uid])
