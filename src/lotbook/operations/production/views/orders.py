"""Pages of production orders: the list, one order, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import NotFound, Refused
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.production import actions, forms, queries
from lotbook.operations.production.models import Order
from lotbook.operations.production.views.runs import told
from lotbook.traceability.allocation import queries as allocation
from lotbook.traceability.ledger.acting import ActForm, ActPage, Filled, posted_by, suggested

SHOWN = 50
COLUMNS = (
    "order", "item", "quantity", "unit", "made", "site", "recipe", "due on", "days late", "priority",
    "status",
)  # fmt: skip


@require_safe
@requires("production.view")
def to_make(request: HttpRequest) -> HttpResponse:
    """Open runs, and the orders that come next: a panel."""
    running, waiting = queries.to_do()
    return render(request, "production/to_make.html", {"runs": running, "orders": waiting})


@require_safe
@requires("production.view")
def orders(request: HttpRequest) -> HttpResponseBase:
    """Production orders, newest first, with what is made of them and how late they are."""
    form = forms.OrderFilter(request.GET)
    rows = queries.orders(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (
            (
                row.order.number, row.order.item.code, to_decimal(row.order.quantity, row.order.item.scale),
                row.order.item.unit, to_decimal(row.made, row.order.item.scale), row.order.site.code,
                str(row.order.recipe), row.order.due_on, row.days_late, row.order.get_priority_display(),
                row.order.get_status_display(),
            )
            for row in chain.from_iterable(map(queries.order_rows, pages.parts(rows)))
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "production-orders")
    page: pages.Page[Order] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    context = {"form": form, "orders": queries.order_rows(page.items), "next": page.next}
    return render(request, "production/orders.html", context)


@require_safe
@requires("production.view")
def order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One order: its progress, its material, its runs, and what is to be done next."""
    shown = queries.order_page(uid)
    left = max(shown.to_plan, 0)
    plan = queries.plan(shown.order.recipe, left) if left and shown.next_step else None
    context = {
        "page": shown,
        "material": queries.material(shown.order, plan) if plan else [],
        "claims": allocation.claims(shown.order.uid),
        "panels": panels.on("production.order", request, uid=shown.order.uid),
    }
    return render(request, "production/order.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def new(request: HttpRequest) -> HttpResponse:
    """Plan an order."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("override"), values.pop("occurred_at")
        made = actions.create_order(**values, actor=actor(request))
        messages.success(request, f"{made.number} is planned.")
        return reverse("production:order", args=[made.uid])

    form = forms.OrderForm(posted_by(request), initial=request.GET.dict())
    context = {
        "title": "New production order",
        "back": (reverse("production:orders"), "Orders"),
        "button": "Plan it",
        "suggested": suggested(),
    }
    return ActPage("production/form.html", form, act, context=context).answer(request)


@require_POST
@requires("production.plan")
def release(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give an order to the floor."""

    def act() -> str:
        return f"{actions.release_order(order=uid, actor=actor(request)).number} is released."

    return _done(request, uid, act)


@require_POST
@requires("production.plan")
def reserve(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Reserve what an order still needs."""
    return _done(request, uid, lambda: told(actions.reserve_order(order=uid, actor=actor(request))))


@require_POST
@requires("production.plan")
def unreserve(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give back what is reserved for an order."""

    def act() -> str:
        found = queries.order(uid)
        actions.free_reserved(document=found.uid, kind=queries.ORDER, actor=actor(request))
        return "Nothing is reserved for it any more."

    return _done(request, uid, act)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.post")
def finish(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that an order is done."""
    return _reasoned(request, uid, "Finish", actions.finish_order, "is done")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give an order up."""
    return _reasoned(request, uid, "Cancel", actions.cancel_order, "is cancelled")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def reschedule(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give an order another day or priority."""
    found = queries.order(uid)
    form = forms.RescheduleForm(
        posted_by(request), initial={"due_on": found.due_on, "priority": found.priority}
    )
    return _form(
        request, found, button="Reschedule", form=form, action=actions.reschedule_order, done="is rescheduled"
    )


def _reasoned(
    request: HttpRequest, uid: UUID, button: str, act: Callable[..., Order], done: str
) -> HttpResponse:
    return _form(
        request,
        queries.order(uid),
        button=button,
        form=forms.ReasonForm(posted_by(request)),
        action=act,
        done=done,
    )


def _form(
    request: HttpRequest, order: Order, *, button: str, form: ActForm, action: Callable[..., Order], done: str
) -> HttpResponse:
    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at", "uid"):
            values.pop(name)
        changed = action(order=order.uid, **values, actor=actor(request))
        messages.success(request, f"{changed.number} {done}.")
        return reverse("production:order", args=[order.uid])

    context = {
        "title": f"{button} {order.number}",
        "back": (reverse("production:order", args=[order.uid]), "Back to the order"),
        "button": button,
    }
    return ActPage("production/form.html", form, act, context=context).answer(request)


def _done(request: HttpRequest, uid: UUID, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, " ".join(str(fault) for fault in refusal.faults))
    return HttpResponseRedirect(reverse("production:order", args=[uid]))
