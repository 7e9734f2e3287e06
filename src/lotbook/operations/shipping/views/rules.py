"""The rules of customers and items."""

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
from lotbook.operations.shipping import actions, forms, queries
from lotbook.traceability.ledger.acting import suggested

RULES_MAX = 1_000


@require_safe
@requires("shipping.view")
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule: whom it is for, and what it asks."""
    return render(request, "shipping/rules.html", {"rules": queries.all_rules()[:RULES_MAX]})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def add(request: HttpRequest) -> HttpResponse:
    """Make a rule."""
    posted = request.POST if request.method == "POST" else None
    form = forms.RuleForm(posted, initial=request.GET.dict(), label_suffix="")
    return _answer(request, form, None, "A rule for shipping")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def change(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write a rule anew."""
    found = queries.rule(uid)
    initial = {
        "customer": found.customer.code if found.customer else "",
        "item": found.item.code if found.item else "",
        "item_group": found.item_group,
        "strategy": found.strategy,
        "minimum_days": found.minimum_days,
        "minimum_percent": found.minimum_percent,
        "one_lot": found.one_lot,
        "not_older": found.not_older,
        "carrier": found.carrier.code if found.carrier else "",
    }
    posted = request.POST if request.method == "POST" else None
    form = forms.RuleForm(posted, initial=initial, label_suffix="")
    return _answer(request, form, uid, str(found))


def _answer(request: HttpRequest, form: forms.RuleForm, uid: UUID | None, title: str) -> HttpResponse:
    def act(values: dict[str, Any]) -> str:
        actions.keep_rule(actor=actor(request), uid=uid, **values)
        return reverse("shipping:rules")

    context = {"title": title, "uid": uid, "suggested": suggested()}
    return submit(request, form, act, context, done="The rule is kept.", template="shipping/rule.html")


@require_POST
@requires("shipping.order")
def remove(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a rule away."""
    actions.remove_rule(uid=uid, actor=actor(request))
    messages.success(request, "The rule is gone.")
    return HttpResponseRedirect(reverse("shipping:rules"))
