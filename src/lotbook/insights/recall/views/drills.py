"""The pages of drills: history and trend, starting one, its steps, its clock, the reminder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.insights.recall import actions, drillforms, drillrules, listfiles
from lotbook.insights.recall.models import Drill
from lotbook.insights.recall.queries import drills as found
from lotbook.insights.recall.queries import naming
from lotbook.insights.recall.views import cases
from lotbook.kernel import pages as paging
from lotbook.kernel import tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import form_faults

SHOWN = 50
COLUMNS = (
    "number", "started at", "lot", "choice", "seed", "drawn from", "target s", "seconds", "in time",
    "balance %", "lots", "suppliers", "customers", "differences", "findings", "findings open", "answers",
    "signed at", "signed by", "signature",
)  # fmt: skip


@require_safe
@requires("recall.view")
def drills(request: HttpRequest) -> HttpResponseBase:
    """Every drill, newest first, and how they went."""
    rows = found.drills()
    if "format" in request.GET:
        return tables.export(
            _cells(rows.iterator()), COLUMNS, request.GET["format"], "drills", about=listfiles.about(request)
        )
    part: paging.Page[Drill] = paging.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    shown = found.trend()
    context = {
        "drills": [(row, found.clock_of(row), drillrules.percent(row.balance_ppm)) for row in part.items],
        "next": part.next,
        "trend": drillrules.trend(
            (row.case.number, row.seconds or 0, row.target_s, row.balance_ppm or 0) for row in shown
        ),
        "trend_count": len(shown),
        "due": found.due(),
        "findings": found.open_findings()[:SHOWN],
    }
    return render(request, "recall/drills.html", context)


def _cells(rows: Iterator[Any]) -> Iterator[Sequence[tables.Cell]]:
    for row in rows:
        clock = found.clock_of(row)
        yield (
            row.case.number, row.case.opened_at, row.case.source, row.get_choice_display(), row.seed,
            row.drawn_from, row.target_s, row.seconds, clock.within if row.signed_at else None,
            drillrules.percent(row.balance_ppm) if row.signed_at else None, row.lots, row.suppliers,
            row.customers, row.differences, row.found, row.to_do, row.get_answers_display(), row.signed_at,
            row.signed_by, row.signature,
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("recall.run")
def new(request: HttpRequest) -> HttpResponse:
    """Start a drill: the clock runs from the press of the button."""

    def act(values: dict[str, Any]) -> str:
        given = naming.suspects(values.pop("lots"))
        if set(given) - {"lots"}:
            raise Refused(_lots_only())
        made = actions.start_drill(lots=given.get("lots", []), **values, actor=actor(request))
        messages.success(request, f"The clock runs: {made.case.number}. Look through it, then sign.")
        return reverse("recall:case", args=[made.case.uid])

    data = request.POST if request.method == "POST" else None
    given = {"lots": request.GET["lots"]} if request.GET.get("lots") else None
    form = drillforms.StartForm(data, initial=given if data is None else None)
    note = "A drill runs on real data. It holds nothing, posts nothing and tells nobody."
    context = {"title": "Start a drill", "submit": "Start the drill", "cancel": reverse("recall:drills")}
    return submit(request, form, act, {**context, "note": note}, done="")


def _lots_only() -> Fault:
    cause = "a drill begins with lots, not with pallets, deliveries, runs or places."
    return Fault("lots", cause, "Name the lots.")


def _answer(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    done = actions.take_answer(drill=uid, **values, actor=actor(request))
    return f"Taken down: {done.role}, {done.get_reached_display().lower()}."


def _question(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.add_question(drill=uid, **values, actor=actor(request))
    return "On the list."


def _finding(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.find(drill=uid, **values, actor=actor(request))
    return "Written down."


def _settle(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.settle_finding(drill=uid, **values, actor=actor(request))
    return "Settled. The signed report stays as it is."


def _finish(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    done = actions.finish(drill=uid, **values, actor=actor(request))
    words = f"{drillrules.span(done.seconds or 0)} of {drillrules.span(done.target_s)}"
    return f"Signed: {words}, {drillrules.percent(done.balance_ppm)} accounted for. The report is ready."


Act = Callable[[HttpRequest, UUID, dict[str, Any]], str]
ACTS: Mapping[str, tuple[type[django_forms.Form], Act]] = {
    "answer": (drillforms.AnswerForm, _answer),
    "question": (drillforms.QuestionForm, _question),
    "finding": (drillforms.FindingForm, _finding),
    "settle": (drillforms.SettleForm, _settle),
}
"""What who runs a drill may send."""


@require_POST
@requires("recall.run")
def act(request: HttpRequest, uid: UUID, what: str) -> HttpResponse:
    """Take an answer down, ask more, write a finding down or settle it."""
    if what not in ACTS:
        raise Http404(f"A drill has no act {what[:40]!r}.")
    return _do(request, uid, *ACTS[what])


@require_POST
@requires("recall.decide")
def sign(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Sign the drill: the clock stops."""
    return _do(request, uid, drillforms.SignForm, _finish)


def _do(request: HttpRequest, uid: UUID, make: type[django_forms.Form], do: Act) -> HttpResponse:
    form = make(request.POST)
    if not form.is_valid():
        return cases.again(request, uid, "scope", form_faults(form), 422)
    try:
        said = do(request, uid, form.cleaned_data)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return cases.again(request, uid, "scope", list(refusal.faults), refusal.status)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("recall:case", args=[uid]))


@require_safe
@requires("recall.view")
def clock(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The clock of a drill: asked again and again while it runs."""
    row = found.drill(uid)
    return render(request, "recall/clock.html", {"case": row.case, "clock": found.clock_of(row)})


@require_safe
@requires("recall.view")
def due_panel(request: HttpRequest) -> HttpResponse:
    """Whether the next drill is due: a panel of today."""
    due = found.due()
    last = found.clock_of(due.last) if due.last is not None else None
    running = found.clock_of(due.running) if due.running is not None else None
    context = {"due": due, "last": last, "running": running, "open": found.open_findings().count()}
    return render(request, "recall/due.html", context)
