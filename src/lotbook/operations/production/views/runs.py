"""Pages of runs: the list, one run, its batch record, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.approvals import queries as approvals
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents.queries import timeline
from lotbook.kernel import clock, pages, panels, tables
from lotbook.kernel.errors import NotFound, Refused
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.operations.production import actions, forms, queries
from lotbook.operations.production.models import Run
from lotbook.operations.production.rules import Issue, Output, pasted
from lotbook.traceability.allocation import queries as allocation
from lotbook.traceability.allocation.rules import Answer
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line

SHOWN = 50
COLUMNS = ("run", "order", "item", "site", "status", "opened at", "opened by", "closed at", "difference")


@require_safe
@requires("ledger.view")
def runs(request: HttpRequest) -> HttpResponseBase:
    """Every run, newest first."""
    form = forms.RunFilter(request.GET)
    rows = queries.runs(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (
            (
                row.number, row.order.number if row.order else "",
                row.item.code, row.site.code, row.status, row.opened_at, row.opened_by,
                row.closed_at, row.difference_reason,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "runs")
    page: pages.Page[Run] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    totals = browsing.run_totals(row.place_id for row in page.items)
    listed = [(row, *totals[row.place_id]) for row in page.items]
    return render(request, "production/runs.html", {"form": form, "runs": listed, "next": page.next})


@require_safe
@requires("ledger.view")
def run(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One run: what went in, what came out, and its mass balance."""
    shown = queries.page(uid)
    is_open = shown.run.status == "open"
    context = {
        "page": shown,
        "offers": queries.offers(shown.run, queries.shares(shown.run)) if is_open else [],
        "reserved": bool(allocation.claims(shown.run.uid)) if is_open and shown.plan else False,
        "timeline": timeline(shown.run.uid),
        "deciders": approvals.deciders(shown.approval) if shown.approval and shown.waits else [],
        "panels": panels.on("run", request, uid=shown.run.uid),
    }
    return render(request, "production/run.html", context)


@require_safe
@requires("ledger.view")
def batch_record(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Everything that is to be kept of a run, on one page to print."""
    shown = queries.page(uid)
    context = {
        "page": shown,
        "record": queries.record(shown),
        "timeline": timeline(shown.run.uid),
        "printed_at": clock.now(),
        "panels": panels.on("run", request, uid=shown.run.uid),
    }
    return render(request, "production/batch_record.html", context)


@require_POST
@requires("production.post")
def reserve(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Reserve what a run still needs."""
    return _done(request, uid, lambda: told(actions.reserve_run(run=uid, actor=actor(request))))


@require_POST
@requires("production.post")
def unreserve(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give back what is reserved for a run."""

    def act() -> str:
        found = queries.run(uid)
        actions.free_reserved(document=found.uid, kind=queries.RUN, actor=actor(request))
        return "Nothing is reserved for it any more."

    return _done(request, uid, act)


def told(answers: Sequence[Answer]) -> str:
    """What became of a reservation, in words."""
    short = sum(1 for answer in answers if answer.missing)
    return f"Reserved; {short} of {len(answers)} inputs are short." if short else "Everything is reserved."


def _done(request: HttpRequest, uid: UUID, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, " ".join(str(fault) for fault in refusal.faults))
    return HttpResponseRedirect(reverse("production:run", args=[uid]))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def units(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make serials, each out of its own parts."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        listed = pasted(values.pop("units"))
        actions.make_units(run=uid, units=listed, **values, actor=actor(request))
        messages.success(request, f"{len(listed)} units are made.")
        return reverse("production:run", args=[uid])

    shown = queries.page(uid)
    context = {
        "title": f"Make units: {shown.run.number}",
        "back": (reverse("production:run", args=[uid]), "Back to the run"),
        "button": "Make the units",
    }
    return ActPage("production/form.html", forms.UnitsForm(posted_by(request)), act, context=context).answer(
        request
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def start(request: HttpRequest) -> HttpResponse:
    """Open a run."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("override")
        started = actions.start_run(**values, actor=actor(request))
        messages.success(request, f"{started.number} is open.")
        return reverse("production:run", args=[started.uid])

    form = forms.StartForm(posted_by(request), initial=request.GET.dict())
    return ActPage("production/start.html", form, act, context={"suggested": suggested()}).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def record(request: HttpRequest) -> HttpResponse:
    """Write a whole run down at once."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("declared_yield")
        done = actions.record_run(
            **values,
            inputs=[Line(**line) for line in filled["inputs"]],
            outputs=[Output(**line) for line in filled["outputs"]],
            losses=[Line(**line) for line in filled["losses"]],
            actor=actor(request),
        )
        messages.success(request, f"{done.number} is written down and closed.")
        return reverse("production:run", args=[done.uid])

    posted = posted_by(request)
    groups = {
        "inputs": Lines(TAKEN, posted, prefix="inputs", start=4),
        "outputs": Lines(forms.MADE, posted, prefix="outputs", start=2),
        "losses": Lines(forms.IN_RUN, posted, prefix="losses", start=1, step=2),
    }
    form = forms.RecordForm(posted, initial=request.GET.dict())
    return ActPage("production/record.html", form, act, groups, context={"suggested": suggested()}).answer(
        request
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def consume(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put lots into a run."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Issue(**line) for line in filled["lines"]]
        actions.consume(run=uid, lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are in the run.")
        return reverse("production:run", args=[uid])

    posted = posted_by(request)
    context = _about(uid, "Put in", "What goes in")
    run = context["page"].run
    context["offers"] = offers = queries.offers(run, queries.shares(run))
    initial = [
        {
            "item": take.line.code,
            "lot": take.lot.number,
            "quantity": take.quantity_text,
            "unit": symbol(take.line.unit),
            "place": take.place.code,
        }
        for offer in offers
        for take in offer.takes
    ]
    columns = forms.ISSUED if run.snapshot else TAKEN
    notes = [f"{take.lot}: {take.why}" for offer in offers for take in offer.takes]
    lines = Lines(columns, posted, initial, start=max(len(initial) + 1, 4), notes=notes)
    return ActPage(
        "production/act.html", forms.ConsumeForm(posted), act, {"lines": lines}, context=context
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def produce(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take what a run made."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        outputs = [Output(**line) for line in filled["lines"]]
        actions.produce(run=uid, outputs=outputs, **values, actor=actor(request))
        messages.success(request, "What was made is in stock.")
        return reverse("production:run", args=[uid])

    posted = posted_by(request)
    context = _about(uid, "Take out", "What came out, by-products included")
    expected = [{"item": one.line.code, "unit": symbol(one.line.unit)} for one in context["page"].expected]
    return ActPage(
        "production/act.html",
        forms.ProduceForm(posted),
        act,
        {"lines": Lines(forms.MADE, posted, expected)},
        ignore=("item", "unit") if expected else (),
        context=context,
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def lose(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Declare what was lost in a run."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        actions.lose(run=uid, lines=lines, **values, actor=actor(request))
        messages.success(request, "The loss is declared.")
        return reverse("production:run", args=[uid])

    posted = posted_by(request)
    return ActPage(
        "production/act.html",
        forms.LoseForm(posted),
        act,
        {"lines": Lines(forms.IN_RUN, posted)},
        context=_about(uid, "Declare loss", "What was lost, of what went in"),
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def return_unused(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back what a run did not use."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        actions.return_unused(run=uid, lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are back in stock.")
        return reverse("production:run", args=[uid])

    posted = posted_by(request)
    return ActPage(
        "production/act.html",
        forms.UnusedForm(posted),
        act,
        {"lines": Lines(forms.IN_RUN, posted)},
        context=_about(uid, "Put back", "What comes back unused"),
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Close a run with its mass balance."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("occurred_at")
        closed = actions.close_run(run=uid, **values, actor=actor(request))
        if closed.waiting:
            messages.warning(request, f"{closed.number} waits for a decision on its yield.")
        else:
            messages.success(request, f"{closed.number} is closed.")
        return reverse("production:run", args=[uid])

    form = forms.CloseForm(posted_by(request))
    return ActPage("production/close.html", form, act, context={"page": queries.page(uid)}).answer(request)


def _about(uid: UUID, button: str, caption: str) -> dict[str, Any]:
    return {"page": queries.page(uid), "button": button, "caption": caption, "suggested": suggested()}
