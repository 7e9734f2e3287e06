"""Events as people look at them, the reversal, and what the lot page shows of the book."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import pages, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.kernel.screens import render_form
from lotbook.traceability.ledger import actions, browsing
from lotbook.traceability.ledger.forms import EventFilter, ReverseForm
from lotbook.traceability.ledger.models import Event
from lotbook.traceability.lots import queries as lots

SHOWN = 50
EXPORT_MAX = 100_000
COLUMNS = (
    "sequence", "id", "kind", "occurred at", "recorded at", "actor", "place", "document", "reason",
    "item", "lot", "from", "to", "quantity", "unit",
)  # fmt: skip


@require_safe
@requires("ledger.view")
def events(request: HttpRequest) -> HttpResponseBase:
    """Every event, newest first, filtered; as a file with a row for each movement."""
    form = EventFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = browsing.events(**wanted)
    if "format" in request.GET:
        movements = browsing.movements_of(rows, EXPORT_MAX)
        cells = (
            (
                row.event.sequence, str(row.event.uid), row.event.kind, row.event.occurred_at,
                row.event.recorded_at, row.event.actor, str(row.event.place or ""), row.event.document_number,
                row.event.reason, row.lot.item.code, row.lot.number, row.source.code, row.destination.code,
                to_decimal(row.quantity, row.lot.item.scale), row.lot.item.unit,
            )
            for row in movements
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "events")
    page: pages.Page[Event] = pages.page(
        rows, request.GET.get("cursor", ""), SHOWN, key="sequence", descending=True
    )
    context = {"form": form, "events": browsing.rows_of(page.items), "next": page.next}
    return render(request, "ledger/events.html", context)


@require_safe
@requires("ledger.view")
def event(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One event with its movements, document, data, and who wrote it when."""
    return render(request, "ledger/event.html", {"page": browsing.event_page(uid), "form": ReverseForm()})


@require_http_methods(["POST"])
@requires("ledger.reverse")
def reverse_event(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take an event back by a new one."""
    form = ReverseForm(request.POST)
    context = {"page": browsing.event_page(uid), "form": form}
    if not form.is_valid():
        return render_form(request, "ledger/event.html", context)
    try:
        receipt = actions.reverse(
            uid,
            actor=actor(request),
            reason=form.cleaned_data["reason"],
            reversal_uid=form.cleaned_data["uid"],
        )
    except Refused as refusal:
        return render_form(request, "ledger/event.html", context, refusal.faults)
    messages.success(request, "The event is reversed: this is the event that took it back.")
    return HttpResponseRedirect(reverse("ledger:event", args=[receipt.uid]))


@require_http_methods(["POST"])
@requires("ledger.view")
def undo(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back, with one press, what one did oneself a moment ago; later it takes the permission."""
    by = actor(request)
    page = browsing.event_page(uid)
    faults: Iterable[Fault] = ()
    if browsing.undoable(uid, by):
        try:
            receipt = actions.reverse(uid, actor=by, reason="undone at once")
        except Refused as refusal:
            faults = refusal.faults
        else:
            messages.success(request, "Undone: this is the event that took it back.")
            return HttpResponseRedirect(reverse("ledger:event", args=[receipt.uid]))
    else:
        minutes = int(browsing.UNDO_WITHIN.total_seconds() // 60)
        cause = f"only whoever did it can undo it, within {minutes} minutes, and once."
        faults = [Fault("", cause, "Ask quality or a manager to take the event back.", "too_late")]
    return render_form(request, "ledger/event.html", {"page": page, "form": ReverseForm()}, faults)


@require_safe
@requires("stock.view")
def where_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Where a lot is: how much at which place."""
    lot = lots.lot(uid)
    own, outside = browsing.where(lot)
    total = sum(at.on_hand for at in own)
    return render(request, "ledger/where.html", {"lot": lot, "own": own, "outside": outside, "total": total})


@require_safe
@requires("ledger.view")
def timeline_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What happened to a lot, newest first."""
    lot = lots.lot(uid)
    return render(request, "ledger/timeline.html", {"lot": lot, "events": browsing.timeline(lot)})
