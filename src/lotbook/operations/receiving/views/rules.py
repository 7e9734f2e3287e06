"""Pages of the rules goods are received by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import actions, forms, queries
from lotbook.operations.receiving.models import (
    ReceivingRule,
)
from lotbook.traceability.ledger.acting import posted_by


@require_safe
@requires("receiving.view")
def rules_list(request: HttpRequest) -> HttpResponse:
    """The rules of receiving."""
    return render(request, "receiving/rules.html", {"rules": queries.receiving_rules()[:500]})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def new_rule(request: HttpRequest) -> HttpResponse:
    """Make a rule of receiving."""

    def act(values: dict[str, Any]) -> str:
        actions.set_rule(**values, actor=actor(request))
        return reverse("receiving:rules")

    form = forms.RuleForm(posted_by(request), initial=request.GET.dict())
    context = {"title": "New receiving rule", "cancel": reverse("receiving:rules")}
    return submit(request, form, act, context, done="The rule holds from now on.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def change_rule(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a rule of receiving."""
    found = queries.receiving_rule(uid)

    def act(values: dict[str, Any]) -> str:
        actions.set_rule(**values, uid=uid, actor=actor(request))
        return reverse("receiving:rules")

    form = forms.RuleForm(posted_by(request), initial=_rule_values(found))
    context = {"title": "Change a receiving rule", "cancel": reverse("receiving:rules")}
    return submit(request, form, act, context, done="The rule holds from now on.")


def _rule_values(row: ReceivingRule) -> dict[str, Any]:
    def text(number: int | None, scale: int) -> str:
        return "" if number is None else to_text(number, scale)

    return {
        "item": row.item.code if row.item else "",
        "group": row.group,
        "supplier": row.supplier.code if row.supplier else "",
        "over": text(row.over_tolerance, 2),
        "under": text(row.under_tolerance, 2),
        "quarantine": row.quarantine,
        "numbering": row.numbering,
        "required": row.required,
        "temperature_min": text(row.temperature_min_tenths, 1),
        "temperature_max": text(row.temperature_max_tenths, 1),
    }


@require_POST
@requires("receiving.order")
def remove_rule(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Remove a rule of receiving."""
    actions.remove_rule(uid=uid)
    messages.success(request, "The rule is gone.")
    return HttpResponseRedirect(reverse("receiving:rules"))
