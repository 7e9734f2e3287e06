"""The pages of this room: the inbox, one approval, rules and deputies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions, forms, queries
from lotbook.foundation.approvals.models import Approval, Rule
from lotbook.foundation.catalog.rules import Units, symbol
from lotbook.kernel import tables
from lotbook.kernel.errors import Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.pages import Page, page
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.kernel.screens import merge, render_form

COLUMNS = (
    "what", "kind", "status", "place", "quantity", "value in millionths", "currency", "asked by", "asked at",
    "rule", "ended at", "ended by", "reason", "approval",
)  # fmt: skip


@require_safe
@requires("approvals.view")
def inbox(request: HttpRequest) -> HttpResponseBase:
    """What waits for me, what I asked for, or all."""
    form = forms.ListFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    view = wanted.get("view") or "mine"
    rows = _rows(request, view, wanted)
    if "format" in request.GET:
        return tables.export(_cells(rows), COLUMNS, request.GET["format"], "approvals")
    found: Page[Approval] = page(rows, request.GET.get("cursor", ""), 50, descending=view != "mine")
    context = {
        "filter": form,
        "approvals": found.items,
        "next": found.next,
        "view": view,
        "views": forms.VIEWS,
    }
    return render(request, "approvals/inbox.html", context)


def _rows(request: HttpRequest, view: str, wanted: dict[str, Any]) -> QuerySet[Approval]:
    given = {name: wanted.get(name, "") for name in ("kind", "status", "text")}
    asker = request.user.get_username() if view == "asked" else ""
    rows = queries.approvals(asker=asker, **given)
    if view == "mine":
        assert isinstance(request.user, User)
        return rows.filter(pk__in=queries.inbox(request.user).values("pk")).order_by("id")
    return rows


def _cells(rows: QuerySet[Approval]) -> Iterable[tuple[tables.Cell, ...]]:
    for one in rows.iterator():
        yield (
            one.title, one.kind_label, one.get_status_display(), one.site.code if one.site else "",
            one.quantity, one.value_micro, one.currency, one.asked_by, one.asked_at, one.rule_name,
            one.ended_at, one.ended_by, one.reason, str(one.uid),
        )  # fmt: skip


@require_safe
@requires("approvals.view")
def approval(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One approval: what is asked, which rule speaks, who said what, and the decision."""
    return render(request, "approvals/approval.html", _shown(request, queries.approval(uid)))


def _shown(request: HttpRequest, one: Approval, form: forms.DecideForm | None = None) -> dict[str, Any]:
    person = request.user
    assert isinstance(person, User)
    principal = queries.sayer(one, person)
    return {
        "approval": one,
        "stages": queries.stages_shown(one),
        "principal": principal,
        "for_other": principal is not None and principal != person,
        "may_withdraw": one.status == "pending" and one.asker == person.username,
        "link": one.url if url_has_allowed_host_and_scheme(one.url, None) else "",
        "form": form or forms.DecideForm(),
        "withdraw": forms.WithdrawForm(),
    }


@require_POST
@requires("approvals.decide")
def decide(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say yes or no."""
    one = queries.approval(uid)
    form = forms.DecideForm(request.POST)
    approve = {"yes": True, "no": False}.get(request.POST.get("decision", ""))
    if approve is None or not form.is_valid():
        return render_form(request, "approvals/approval.html", _shown(request, one, form))
    try:
        done = actions.decide(uid, approve=approve, actor=actor(request), reason=form.cleaned_data["reason"])
    except Refused as refusal:
        context = _shown(request, queries.approval(uid), form)
        return render_form(request, "approvals/approval.html", context, refusal.faults, status=refusal.status)
    said = {"pending": "Your yes is signed; others have to say theirs."}
    messages.success(request, said.get(done.status, f"{done.get_status_display()} and signed."))
    return HttpResponseRedirect(reverse("approvals:approval", args=[uid]))


@require_POST
@requires("approvals.view")
def withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back what one asked for."""
    try:
        actions.withdraw(uid, actor=actor(request), reason=request.POST.get("reason", ""))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        context = _shown(request, queries.approval(uid))
        # Whoever may see it may try; that it is not theirs is no matter of roles.
        return render_form(request, "approvals/approval.html", context, refusal.faults, status=422)
    messages.success(request, "Withdrawn.")
    return HttpResponseRedirect(reverse("approvals:approval", args=[uid]))


# -- rules -----------------------------------------------------------------------------------------


@require_safe
@requires("approvals.view")
def rule_list(request: HttpRequest) -> HttpResponse:
    """When somebody has to say yes, and who."""
    shown = list(queries.rules_shown())
    groups = {one.item_group for one in shown if one.quantity_limit is not None}
    measures = {group: queries.measure_of(group) for group in groups}
    listed = [(one, _measured(one, measures.get(one.item_group))) for one in shown]
    return render(request, "approvals/rules.html", {"rules": listed})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("approvals.edit")
def add_rule(request: HttpRequest) -> HttpResponse:
    """Make a rule."""
    return _rule_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("approvals.edit")
def edit_rule(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a rule; its history is below."""
    return _rule_page(request, queries.rule(uid))


def _measured(one: Rule, measure: Units | None) -> str:
    """The quantity limit of a rule as people say it."""
    if one.quantity_limit is None:
        return ""
    if measure is None:
        return f"{one.quantity_limit} smallest units"
    return f"{to_text(one.quantity_limit, measure.scale)} {symbol(measure.unit)}"


def _rule_page(request: HttpRequest, one: Rule | None) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    lines = forms.step_lines(posted, one)
    form = forms.RuleForm(posted, initial=forms.rule_initial(one) if one else {"is_active": True})
    context: dict[str, Any] = {
        "form": form,
        "lines": lines,
        "rule": one,
        "changes": queries.rule_changes(one)[:50] if one else [],
        "people": User.objects.filter(is_active=True).order_by("username")[:500],
    }
    if posted is None or lines.wants_more:
        return render(request, "approvals/rule.html", context)
    if not form.is_valid():
        return render_form(request, "approvals/rule.html", context)
    steps = list(forms.read_steps(lines))
    try:
        values = form.values()
        actions.keep_rule(
            actor=actor(request), uid=one.uid if one else None, steps=[step for _, step in steps], **values
        )
    except Refused as refusal:
        lines.faults = lines.placed(refusal.faults, [index for index, _ in steps])
        renamed = merge(form, lines.faults)
        return render_form(request, "approvals/rule.html", context, renamed, status=refusal.status)
    messages.success(request, "The rule is kept. What waits already goes on as it began.")
    return HttpResponseRedirect(reverse("approvals:rules"))


# -- deputies --------------------------------------------------------------------------------------


@require_safe
@requires("approvals.view")
def delegations(request: HttpRequest) -> HttpResponse:
    """Who decides in whose place, and when."""
    today = queries.today()
    rows = [
        (one, one.is_active and one.ends_on >= today, _may_end(request, one.from_person))
        for one in queries.delegations()[:200]
    ]
    return render(request, "approvals/delegations.html", {"delegations": rows})


def _may_end(request: HttpRequest, giver: User) -> bool:
    person = request.user
    return isinstance(person, User) and (person == giver or person.may("accounts.manage"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("approvals.decide")
def delegate(request: HttpRequest) -> HttpResponse:
    """Let somebody decide in my place."""

    def act(values: dict[str, Any]) -> str:
        actions.delegate(from_person=request.user.get_username(), actor=actor(request), **values)
        return reverse("approvals:delegations")

    context = {
        "title": "Name a deputy",
        "submit": "Let them decide",
        "cancel": reverse("approvals:delegations"),
        "note": "They decide in your place on these days (both included, by UTC); the record says for whom.",
    }
    return submit(
        request, forms.DelegateForm(request.POST or None), act, context, done="They may decide in your place."
    )


@require_POST
@requires("approvals.decide")
def end_delegation(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a delegation of mine (an administrator may end any)."""
    one = queries.delegation(uid)
    if not _may_end(request, one.from_person):
        raise Refused("only who gave it, or an administrator, may end it. Nothing was changed.")
    actions.end_delegation(uid, actor=actor(request))
    messages.success(request, "Ended.")
    return HttpResponseRedirect(reverse("approvals:delegations"))
