"""The pages of this room: the queue of holds, putting them on, releasing them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel import tables
from lotbook.kernel.errors import Refused
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import render_form
from lotbook.operations.quality import actions, queries
from lotbook.operations.quality.forms import NAMED, HoldFilter, HoldForm, ReleaseForm
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots import queries as lots

SHOWN = 50
COLUMNS = ("lot", "item", "kind", "reason", "since", "age in days", "by", "stems from", "hold")


@require_safe
@requires("lots.view")
def holds(request: HttpRequest) -> HttpResponseBase:
    """Open holds, the oldest first, to be released or looked into."""
    form = HoldFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = queries.holds(**wanted)
    if "format" in request.GET:
        cells = (
            (
                one.hold.lot.number, one.hold.lot.item.code, one.hold.kind, one.hold.reason,
                one.hold.placed_at,
                one.age_days, one.hold.placed_by, one.hold.source.lot.number if one.hold.source else "",
                str(one.hold.uid),
            )
            for one in queries.aged(rows)
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "holds")
    return render(request, "quality/holds.html", _queue(request, form, ReleaseForm()))


def _queue(request: HttpRequest, form: HoldFilter, release: ReleaseForm) -> dict[str, Any]:
    rows = queries.holds(**(form.cleaned_data if form.is_valid() else {}))
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    chosen = request.POST.getlist("hold")
    return {"filter": form, "form": release, "holds": queries.aged(page), "page": page, "chosen": chosen}


@require_POST
@requires("lots.release")
def release(request: HttpRequest) -> HttpResponse:
    """Release the chosen holds."""
    form = ReleaseForm(request.POST)
    context = _queue(request, HoldFilter(request.GET), form)
    if not form.is_valid():
        return render_form(request, "quality/holds.html", context)
    try:
        actions.release(holds=request.POST.getlist("hold"), **form.cleaned_data, actor=actor(request))
    except Refused as refusal:
        return render_form(request, "quality/holds.html", context, refusal.faults)
    messages.success(request, "Released. A lot is free when none of its holds is left.")
    back = request.POST.get("lot", "")
    try:
        return HttpResponseRedirect(reverse("lots:lot", args=[UUID(back)]))
    except ValueError:
        return HttpResponseRedirect(reverse("quality:holds"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("lots.hold")
def hold(request: HttpRequest) -> HttpResponse:
    """Put lots on hold."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lots"]]
        held = actions.hold(lots=lines, **values, actor=actor(request))
        made = f", and {len(held.derived)} made from them" if held.derived else ""
        messages.success(
            request, f"On hold: {len(held.holds)} lot{'s' if len(held.holds) != 1 else ''}{made}."
        )
        return reverse("quality:holds")

    posted = posted_by(request)
    given = request.GET.dict()
    return ActPage(
        "quality/hold.html",
        HoldForm(posted, initial=given),
        act,
        {"lots": Lines(NAMED, posted, prefix="lots", initial=[given] if given else [], start=2)},
        context={"suggested": suggested()},
    ).answer(request)


@require_safe
@requires("lots.view")
def lot_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The holds of one lot on its page, with the acts that fit."""
    lot = lots.lot(uid)
    open_holds = queries.aged(queries.holds().filter(lot=lot))
    context = {"lot": lot, "holds": open_holds, "form": ReleaseForm(), "new": HoldForm()}
    return render(request, "quality/panel.html", context)
