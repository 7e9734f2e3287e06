"""What people do about one customer of a case: take an answer down, its link, and checks with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from lotbook.insights.recall import actions, forms, queries
from lotbook.insights.recall.actions import answering
from lotbook.insights.recall.models import CaseCustomer
from lotbook.insights.recall.queries import reconciling
from lotbook.insights.recall.views import cases
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import form_faults, render_form

ROWS = 3
AMOUNTS = {"found": "Still there", "destroyed": "Destroyed", "returning": "Coming back", "sold_on": "Sold on"}


@require_http_methods(["GET", "HEAD", "POST"])
@requires("recall.run")
def take_down(request: HttpRequest, uid: UUID, customer: UUID) -> HttpResponse:
    """Write down what a customer says on the phone."""
    case = queries.case(uid)
    one = case.customers.select_related("partner").filter(uid=customer).first()
    if one is None:
        cause = f"{case.number} has no such customer."
        raise NotFound(Fault("customer", cause, "Choose it in the list.", "unknown"))
    if request.method != "POST":
        return render(request, "recall/take_down.html", _taking(request, one))
    sent = request.POST
    rows = range(len(reconciling.deliveries_of(one)))
    lines = [
        {name: sent.get(f"{name}-{index}", "") for name in ("lot", *answering.QUANTITIES)} for index in rows
    ]
    recipients = [
        {"name": sent.get(f"who-{index}", ""), "contact": sent.get(f"reach-{index}", ""),
         "quantity": sent.get(f"much-{index}", "")}
        for index in range(ROWS)
    ]  # fmt: skip
    try:
        actions.take_down(
            case=uid, customer=customer, lines=lines, name=sent.get("name", ""),
            contact=sent.get("contact", ""), text=sent.get("text", ""), recipients=recipients,
            nothing_left=bool(sent.get("nothing_left")), actor=actor(request), uid=_uid(sent.get("uid", "")),
        )  # fmt: skip
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return render_form(
            request, "recall/take_down.html", _taking(request, one), refusal.faults, status=refusal.status
        )
    messages.success(request, f"The answer of {one.partner} is kept.")
    return HttpResponseRedirect(f"{reverse('recall:case', args=[uid])}?tab=customers")


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _taking(request: HttpRequest, one: CaseCustomer) -> dict[str, Any]:
    sent: Mapping[str, str] = request.POST.dict() if request.method == "POST" else {}
    lines = [
        (
            index, row,
            [(name, label, sent.get(f"{name}-{index}", "")) for name, label in AMOUNTS.items()],
        )
        for index, row in enumerate(reconciling.deliveries_of(one))
    ]  # fmt: skip
    next_ones = [
        (index, [sent.get(f"{name}-{index}", "") for name in ("who", "reach", "much")])
        for index in range(ROWS)
    ]
    return {
        "case": one.case, "customer": one, "lines": lines, "recipients": next_ones, "sent": sent,
        "uid": sent.get("uid") or new_uid(),
        "back": f"{reverse('recall:case', args=[one.case.uid])}?tab=customers",
    }  # fmt: skip


@require_POST
@requires("recall.run")
def link(request: HttpRequest, uid: UUID, customer: UUID, what: str) -> HttpResponse:
    """Make a fresh answer link for a customer, shown once; or close those there are."""
    try:
        if what == "new":
            made, url = actions.renew_link(case=uid, customer=customer, actor=actor(request))
            until = f"{made.expires_at:%Y-%m-%d}"
            messages.success(request, f"The customer answers at {url} until {until}. It is not shown again.")
        else:
            count = actions.revoke_link(case=uid, customer=customer, actor=actor(request))
            said = "is closed" if count == 1 else "are closed"
            messages.success(request, f"{count} link{'s' if count != 1 else ''} {said}.")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return cases.again(request, uid, "customers", list(refusal.faults), refusal.status)
    return HttpResponseRedirect(f"{reverse('recall:case', args=[uid])}?tab=customers")


@require_POST
@requires("recall.run")
def plan_checks(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Plan effectiveness checks."""
    form = forms.PlanChecksForm(request.POST)
    if not form.is_valid():
        return cases.again(request, uid, "checks", form_faults(form), 422)
    try:
        made = actions.plan_checks(case=uid, **form.cleaned_data, actor=actor(request))
    except Refused as refusal:
        return _again(request, uid, refusal)
    messages.success(
        request, f"{len(made)} checks are planned." if made else "All of them are planned already."
    )
    return HttpResponseRedirect(f"{reverse('recall:case', args=[uid])}?tab=checks")


@require_POST
@requires("recall.run")
def keep_check(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down what a check found."""
    form = forms.OutcomeForm(request.POST)
    if not form.is_valid():
        return cases.again(request, uid, "checks", form_faults(form), 422)
    try:
        actions.keep_check(case=uid, **form.cleaned_data, actor=actor(request))
    except Refused as refusal:
        return _again(request, uid, refusal)
    messages.success(request, "Kept.")
    return HttpResponseRedirect(f"{reverse('recall:case', args=[uid])}?tab=checks")


def _again(request: HttpRequest, uid: UUID, refusal: Refused) -> HttpResponse:
    if refusal.status == 404:
        raise refusal
    return cases.again(request, uid, "checks", list(refusal.faults), refusal.status)
