"""Portals, what comes next at them, and messages set aside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.documents import queries as documents
from lotbook.interfaces.rfid import actions, forms, queries
from lotbook.interfaces.rfid.access import answering
from lotbook.interfaces.rfid.models import Aside
from lotbook.interfaces.rfid.views.passes import listed, named
from lotbook.kernel import clock, pages, tables
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, requires

PAGE = ["GET", "HEAD", "POST"]
SHOWN = 50
RECENT = 10
COLUMNS = ("portal", "name", "purpose", "place", "from", "in use", "posts itself", "next")
ASIDE_COLUMNS = ("received at", "topic", "reason", "bytes", "seen at", "seen by", "payload")


@require_safe
@requires("rfid.view")
def portals(request: HttpRequest) -> HttpResponseBase:
    """Every portal."""
    rows = queries.portals()
    if "format" in request.GET:
        cells = (
            (
                row.code, row.name, row.get_purpose_display(), row.place.code,
                row.from_place.code if row.from_place else "", row.is_active, row.posts_itself,
                row.job_number,
            )
            for row in rows
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "RFID portals")
    context = {"portals": rows, "aside": queries.asides(seen=False).count()}
    return render(request, "rfid/portals.html", context)


@require_http_methods(PAGE)
@requires("rfid.manage")
def new(request: HttpRequest) -> HttpResponse:
    """Set up a portal."""
    form = forms.PortalForm(request.POST if request.method == "POST" else None)

    def act(_values: dict[str, Any]) -> str:
        made = actions.set_portal(**_told(request, form))
        return reverse("rfid:portal", args=[made.uid])

    context = {"title": "Set up a portal", "submit": "Set it up", "cancel": reverse("rfid:portals")}
    return submit(request, form, act, context, done="It is set up. Readers may deliver now.")


@require_http_methods(PAGE)
@requires("rfid.manage")
def portal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One portal: change it, see what passed it lately."""
    one = queries.portal(uid)
    form = forms.PortalForm(request.POST if request.method == "POST" else None, one)

    def act(_values: dict[str, Any]) -> str:
        actions.set_portal(**_told(request, form), portal=uid)
        return reverse("rfid:portal", args=[uid])

    context = {
        "portal": one, "passes": queries.passes(portal=one.code)[:RECENT],
        "passed_by": queries.passed_by(one, clock.now() - timedelta(days=1)),
        "steps": documents.timeline(one.uid),
    }  # fmt: skip
    return submit(request, form, act, context, done="Kept.", template="rfid/portal.html")


def _told(request: HttpRequest, form: forms.PortalForm) -> dict[str, Any]:
    told = form.told()
    told["posts_as"] = answering(request, told["purpose"]) if told["posts_itself"] else ""
    return {**told, "actor": actor(request)}


@require_http_methods(PAGE)
@requires("rfid.post")
def next_job(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what comes next at a portal."""
    one = queries.portal(uid)
    usual = f"{one.job_kind} {one.job}" if one.job else ""
    form = forms.JobForm(request.POST if request.method == "POST" else None, listed(one), usual)

    def act(values: dict[str, Any]) -> str:
        kind, job = named(values["job"])
        actions.set_job(portal=uid, kind=kind, job=job, actor=actor(request))
        return reverse("rfid:portals")

    context = {"title": f"Next at {one}", "submit": "This comes next", "cancel": reverse("rfid:portals")}
    return submit(request, form, act, context, done="Kept.")


@require_safe
@requires("rfid.view")
def asides(request: HttpRequest) -> HttpResponseBase:
    """Messages of the broker that could not be taken."""
    rows = queries.asides()
    if "format" in request.GET:
        cells = (
            (row.received_at, row.topic, row.reason, row.size, row.seen_at, row.seen_by, row.payload)
            for row in rows.iterator()
        )
        return tables.export(cells, ASIDE_COLUMNS, request.GET["format"], "RFID messages set aside")
    page: pages.Page[Aside] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    return render(request, "rfid/asides.html", {"asides": page.items, "next": page.next})


@require_http_methods(PAGE)
@requires("rfid.manage")
def aside(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One message set aside, and that it was seen."""
    one = queries.aside(uid)

    def act(_values: dict[str, Any]) -> str:
        actions.seen(uid=uid, actor=actor(request))
        return reverse("rfid:asides")

    form = Form(request.POST if request.method == "POST" else None)
    return submit(request, form, act, {"aside": one}, done="Seen.", template="rfid/aside.html")
