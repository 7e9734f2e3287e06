"""The pages of this room: the list of cases, opening one, and the room of one case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.insights.recall import actions, forms, listfiles, queries, rules
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import answers, naming, notices, pages, reconciling
from lotbook.insights.recall.views import drillcard, noticecard, scopecard, textcard
from lotbook.kernel import pages as paging
from lotbook.kernel import tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import form_faults, render_form
from lotbook.traceability.lots import queries as lots

SHOWN = 50
COLUMNS = (
    "number", "kind", "status", "reason", "class", "opened at", "opened by", "as of sequence", "frozen at",
    "decision", "ended at",
)  # fmt: skip


@require_safe
@requires("recall.view")
def cases(request: HttpRequest) -> HttpResponseBase:
    """Every case, newest first."""
    form = forms.CaseFilter(request.GET)
    rows = queries.cases(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (
            (
                row.number, row.get_kind_display(), row.get_status_display(), row.reason, row.classification,
                row.opened_at, row.opened_by, row.as_of, row.frozen_at, row.decision, row.ended_at,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(
            cells, COLUMNS, request.GET["format"], "recall-cases", about=listfiles.about(request)
        )
    page: paging.Page[Case] = paging.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    listed = [(row, pages.elapsed(row)) for row in page.items]
    return render(request, "recall/cases.html", {"filter": form, "cases": listed, "next": page.next})


@require_safe
@requires("recall.view")
def open_panel(request: HttpRequest) -> HttpResponse:
    """The cases that are open: a panel of today."""
    found = list(queries.cases(open_only=True)[:8])
    wrong = notices.troubles(found)
    fresh = answers.fresh(found)
    rows = [
        (row, pages.elapsed(row), _next(row), wrong.get(row.pk, ""), fresh.get(row.pk, 0)) for row in found
    ]
    return render(request, "recall/open.html", {"cases": rows})


def _next(row: Case) -> str:
    return rules.next_of(row.status, decision=row.decision, drill=row.is_drill)[1]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("recall.run")
def new(request: HttpRequest) -> HttpResponse:
    """Open a case."""

    def act(values: dict[str, Any]) -> str:
        given = naming.suspects(values.pop("lots"))
        opened = actions.open_case(**values, suspects=given, actor=actor(request))
        messages.success(request, f"{opened.number} is open. Next: take the scope.")
        return reverse("recall:case", args=[opened.uid])

    data = request.POST if request.method == "POST" else None
    form = forms.OpenForm(data, initial=_initial(request.GET) if data is None else None)
    context = {"title": "Open a recall case", "submit": "Open the case", "cancel": reverse("recall:cases")}
    note = "Nothing is held yet: you see first what is affected, and freeze it then."
    return submit(request, form, act, {**context, "note": note}, done="")


def _initial(asked: QueryDict) -> dict[str, str]:
    given = {name: str(value) for name, value in asked.dict().items()}
    if given.get("complaint"):
        return naming.from_complaint(given["complaint"])
    initial = {
        name: given[name] for name in ("lots", "reason", "kind", "source", "source_kind") if given.get(name)
    }
    if asked.getlist("s"):
        initial["lots"] = naming.carried([str(line) for line in asked.getlist("s")])
    if initial.get("source_kind", "lot") not in rules.SOURCES:
        initial["source_kind"] = ""
    return initial


@require_safe
@requires("recall.view")
def case(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """The room of one case."""
    found = queries.case(uid)
    if "format" in request.GET:
        return listfiles.export(request, found, request.GET.get("tab", ""), request.GET["format"])
    return render(request, "recall/case.html", _context(request, found))


def _context(request: HttpRequest, found: Case, tab: str = "", **more: Any) -> dict[str, Any]:
    chosen = tab or request.GET.get("tab", "")
    page = pages.page(found, chosen, request.GET.get("page"))
    here = reverse("recall:case", args=[found.uid])
    road = [(name, label) for name, label in _road(found)]
    return {
        "page": page,
        "case": found,
        "list_page": page.page,
        "tabs": [(label, f"{here}?tab={name}", name == page.tab) for name, label in pages.TABS.items()],
        "road": road,
        "decision": rules.DECISIONS.get(found.decision, ""),
        "may_account": rules.fits("account", found.status),
        "may_answer": rules.fits("answer", found.status),
        "may_check": rules.fits("check", found.status),
        "check_form": forms.PlanChecksForm(),
        "outcomes": forms.OUTCOMES,
        "may_release": rules.fits("release", found.status),
        "is_drill": found.is_drill,
        "decide_form": forms.DecideForm(),
        "reason_form": forms.ReasonForm(),
        "release_form": forms.ReleaseForm(),
        "points_form": forms.ExplainPointsForm(),
        "expense_form": forms.ExpenseForm(),
        "note_form": forms.NoteForm(),
        **scopecard.context(found, page),
        **drillcard.context(request, found),
        **(noticecard.context(request, found) if page.tab == noticecard.TAB else {}),
        **(textcard.context(request, found) if page.tab == textcard.TAB else {}),
        **more,
    }


def _road(found: Case) -> list[tuple[str, str]]:
    """The statuses a case goes through, each with where it stands: done, now or to come."""
    words = {"suspicion": "Suspicion", "scoped": "Scope", "frozen": "Frozen", "decided": "Decided"}
    if not found.is_drill and found.decision != "internal":
        words["notifying"] = "Customers told"
    words |= {"reconciling": "Reconciling", "closed": "Closed"}
    order = list(rules.ORDER)
    status = found.status
    here = order.index(status) if status in order else -1
    return [
        (label, "now" if name == status else "done" if order.index(name) < here else "next")
        for name, label in words.items()
    ]


Form = django_forms.Form
Act = Callable[[HttpRequest, UUID, dict[str, Any]], str]


def _scope(request: HttpRequest, uid: UUID, _: dict[str, Any]) -> str:
    done = actions.take_scope(case=uid, actor=actor(request))
    return f"The scope is frozen as of sequence {done.as_of}: {done.lots.count()} lots."


def _reading(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    done = actions.set_reading(case=uid, **values, actor=actor(request))
    return f"Shares are read: {rules.READINGS[done.reading]}. The lots of the case stay the same."


def _freeze(request: HttpRequest, uid: UUID, _: dict[str, Any]) -> str:
    done = actions.freeze(case=uid, actor=actor(request))
    if done.case.is_drill:
        return "A drill: nothing was put on hold, nobody was told."
    if not done.lots:
        return "Everything affected is on hold already."
    return f"{done.lots} lot{'s are' if done.lots != 1 else ' is'} on hold; devices and documents are told."


def _reconcile(request: HttpRequest, uid: UUID, _: dict[str, Any]) -> str:
    actions.reconcile(case=uid, actor=actor(request))
    return "Account for what was sent and what is here."


def _account(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.account(case=uid, **values, actor=actor(request))
    return "Kept."


def _explain(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.explain(case=uid, **values, actor=actor(request))
    return "Kept."


def _explain_points(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    chosen = request.POST.getlist("point")
    if "all" in request.POST:
        every = reconciling.points(queries.case(uid))
        chosen = [point.field for point in every if not point.explanation]
    count = actions.explain_points(case=uid, points=chosen, **values, actor=actor(request))
    return f"{count} explained."


def _expense(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.enter_expense(case=uid, **values, actor=actor(request))
    return "Kept."


def _note(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.note(case=uid, **values, actor=actor(request))
    return "Written into the log."


RUN: Mapping[str, tuple[type[Form], Act, str]] = {
    "scope": (Form, _scope, "scope"),
    "reading": (forms.ReadingForm, _reading, "scope"),
    "freeze": (Form, _freeze, "lots"),
    "reconcile": (Form, _reconcile, "balance"),
    "account": (forms.AccountForm, _account, "customers"),
    "explain": (forms.ExplainForm, _explain, "balance"),
    "explain-points": (forms.ExplainPointsForm, _explain_points, "balance"),
    "expense": (forms.ExpenseForm, _expense, "costs"),
    "note": (forms.NoteForm, _note, "log"),
}
"""What who runs a case may send: the form, the act, the tab it leads to."""


def _decide(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    done = actions.decide(case=uid, **values, actor=actor(request))
    return "Asked for approval." if done.waits_for else "Decided and signed."


def _close(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    done = actions.close(case=uid, **values, actor=actor(request))
    return "Asked for approval." if done.waits_for else "The case is closed and signed."


def _call_off(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    actions.call_off(case=uid, **values, actor=actor(request))
    return "Called off. The case's own holds are released, others stay."


def _release(request: HttpRequest, uid: UUID, values: dict[str, Any]) -> str:
    chosen = request.POST.getlist("lot")
    actions.release_lots(case=uid, lots=chosen, **values, actor=actor(request))
    return f"{len(chosen)} let go, signed by you. A lot is free when none of its holds is left."


DECIDE: Mapping[str, tuple[type[Form], Act, str]] = {
    "decide": (forms.DecideForm, _decide, "customers"),
    "close": (forms.ReasonForm, _close, "balance"),
    "call-off": (forms.ReasonForm, _call_off, "log"),
    "release": (forms.ReleaseForm, _release, "lots"),
}
"""What who decides a case may send."""


@require_POST
@requires("recall.run")
def run(request: HttpRequest, uid: UUID, act: str) -> HttpResponse:
    """One step of a case."""
    return _do(request, uid, act, RUN)


@require_POST
@requires("recall.decide")
def decide(request: HttpRequest, uid: UUID, act: str) -> HttpResponse:
    """Decide, let lots go, close, call off."""
    return _do(request, uid, act, DECIDE)


def _do(
    request: HttpRequest, uid: UUID, act: str, known: Mapping[str, tuple[type[Form], Act, str]]
) -> HttpResponse:
    if act not in known:
        raise Http404(f"A case has no act {act[:40]!r}.")
    make, do, tab = known[act]
    form = make(request.POST)
    if not form.is_valid():
        return again(request, uid, tab, form_faults(form), 422)
    try:
        said = do(request, uid, form.cleaned_data)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return again(request, uid, tab, list(refusal.faults), refusal.status)
    messages.success(request, said)
    return HttpResponseRedirect(f"{reverse('recall:case', args=[uid])}?tab={tab}")


def again(request: HttpRequest, uid: UUID, tab: str, faults: list[Fault], status: int) -> HttpResponse:
    """The page of the case again, with what was refused."""
    found = queries.case(uid)
    return render_form(
        request, "recall/case.html", _context(request, found, tab, sent=request.POST), faults, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("recall.run")
def suspects(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say anew what is suspected."""
    found = queries.case(uid)
    here = reverse("recall:case", args=[uid])

    def act(values: dict[str, Any]) -> str:
        given = naming.suspects(values["lots"])
        actions.set_suspects(case=uid, suspects=given, reason=values["reason"], actor=actor(request))
        return here

    data = request.POST if request.method == "POST" else None
    form = forms.SuspectsForm(data, initial={"lots": naming.lines(found.suspects)} if data is None else None)
    context = {"title": f"What is suspected in {found.number}", "cancel": here}
    return submit(request, form, act, context, done="Kept. Take the scope again.")


@require_safe
@requires("recall.view")
def lot_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The cases of one lot on its page, and the way to open one."""
    lot = lots.lot(uid)
    found = queries.about_lots([lot.pk])
    context = {"lot": lot, "cases": found[:10]}
    return render(request, "recall/panel.html", context)
