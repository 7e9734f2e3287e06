"""The inbox of contradictions, and the devices, as the office sees them."""

from __future__ import annotations

import json
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.places import queries as places
from lotbook.interfaces.station import actions, judging
from lotbook.interfaces.station.acting.frame import body_of
from lotbook.interfaces.station.forms import InboxFilter, ResolutionForm
from lotbook.interfaces.station.models import OPEN, Act, State
from lotbook.interfaces.station.queries import acts as queries
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.screens import render_form

SHOWN = 50


@require_safe
@requires("stock.view")
def inbox(request: HttpRequest) -> HttpResponse:
    """What devices did and the book contradicts, newest first."""
    form = InboxFilter(request.GET)
    rows = queries.inbox(**(form.cleaned_data if form.is_valid() else {}))
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    zones: dict[str, ZoneInfo] = {}
    context = {
        "filter": form,
        "acts": [_shown(act, zones) for act in page],
        "page": page,
        "late_count": queries.late().count(),
        "is_late": request.GET.get("state") == "late",
    }
    return render(request, "station/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("stock.view")
def act(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One act: what was done, what the person saw, what speaks against it, and what can be done now."""
    found = queries.act(uid)
    is_open = found.state in OPEN or found.state == State.WAITING
    first = judging.choices(found)[0]["how"] if is_open else ""
    written = json.dumps(body_of(found), indent=2, ensure_ascii=False)
    form = ResolutionForm(found, request.POST or None, initial={"how": first, "body": body_of(found)})
    context: dict[str, Any] = {
        **_shown(found),
        "form": form if is_open else None,
        "said": judging.said(found),
        "written": written,
        "resolutions": found.resolutions.all(),
        "others": found.others.all(),
    }
    if request.method != "POST":
        return render(request, "station/act.html", context)
    if not is_open or not form.is_valid():
        return render_form(request, "station/act.html", context)
    values = form.cleaned_data
    try:
        done = actions.resolve(
            uid=uid,
            how=values["how"],
            by=actions.bearer(request),
            reason=values["reason"],
            body=values.get("body") if values["how"] == "change" else None,
        )
    except Refused as refusal:
        return render_form(request, "station/act.html", context, refusal.faults, status=refusal.status)
    if done.state == State.SETTLED:
        messages.success(request, "Resolved. The act stays here with what was decided.")
        return HttpResponseRedirect(reverse("station:inbox"))
    messages.warning(request, "The book still refuses it: nothing was done. See what speaks against it now.")
    return HttpResponseRedirect(reverse("station:act", args=[uid]))


@require_safe
@requires("stock.view")
def devices(request: HttpRequest) -> HttpResponse:
    """Every device: when it was heard of last, what of it is open, and what has not come."""
    return render(request, "station/devices.html", {"devices": queries.devices()})


@require_safe
@requires("stock.view")
def today(request: HttpRequest) -> HttpResponse:
    """The scan stations on Today: contradictions, late scans, acts known to be missing."""
    rows = queries.devices()
    context = {
        "conflicts": queries.open_count(),
        "late": queries.late().count(),
        "missing": sum(row.missing for row in rows),
        "waiting": sum(row.waiting for row in rows),
        "devices": len(rows),
    }
    return render(request, "station/today.html", context)


def _shown(act: Act, zones: dict[str, ZoneInfo] | None = None) -> dict[str, Any]:
    """An act for its page or row, in its site's time; ``zones`` are those known already, by site."""
    known = {} if zones is None else zones
    if act.site not in known:
        site = places.named(act.site) if act.site else None
        known[act.site] = ZoneInfo(places.zone_of(site) if site is not None else "UTC")
    zone = known[act.site]
    seen = judging.said(act).get("seen")
    told = [str(one)[:400] for one in seen[:20]] if isinstance(seen, list) else []
    return {
        "act": act,
        "label": judging.label(act.kind),
        "seen": told,
        "done_at": _local(act.done_at, zone),
        "arrived_at": _local(act.arrived_at, zone),
    }


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A moment by the clock of the site; a claim at the end of all time stays as it is."""
    return at.astimezone(zone) if at is not None and MINYEAR < at.year < MAXYEAR else at
