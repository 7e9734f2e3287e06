"""The pages of this room: runs, one run, and the acts on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import pages, tables
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.operations.production import actions, forms, queries
from lotbook.operations.production.models import Run
from lotbook.operations.production.rules import Output
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line

SHOWN = 50
COLUMNS = ("run", "item", "site", "status", "opened at", "opened by", "closed at", "difference")


@require_safe
@requires("ledger.view")
def runs(request: HttpRequest) -> HttpResponseBase:
    """Every run, newest first."""
    form = forms.RunFilter(request.GET)
    rows = queries.runs(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (
            (
                row.number, row.item.code, row.site.code, row.status, row.opened_at, row.opened_by,
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
    return render(request, "production/run.html", {"page": queries.page(uid)})


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
        lines = [Line(**line) for line in filled["lines"]]
        actions.consume(run=uid, lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are in the run.")
        return reverse("production:run", args=[uid])

    posted = posted_by(request)
    return ActPage(
        "production/act.html",
        forms.ConsumeForm(posted),
        act,
        {"lines": Lines(TAKEN, posted, start=4)},
        context=_about(uid, "Put in", "What goes in"),
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
    return ActPage(
        "production/act.html",
        forms.ProduceForm(posted),
        act,
        {"lines": Lines(forms.MADE, posted)},
        context=_about(uid, "Take out", "What came out, by-products included"),
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
        values.pop("override")
        closed = actions.close_run(run=uid, **values, actor=actor(request))
        messages.success(request, f"{closed.number} is closed.")
        return reverse("production:run", args=[uid])

    form = forms.CloseForm(posted_by(request))
    return ActPage("production/close.html", form, act, context={"page": queries.page(uid)}).answer(request)


def _about(uid: UUID, button: str, caption: str) -> dict[str, Any]:
    return {"page": queries.page(uid), "button": button, "caption": caption, "suggested": suggested()}
