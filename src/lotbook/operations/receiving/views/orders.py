"""Pages of purchase orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, allowed, requires
from lotbook.kernel.quantity import to_decimal, to_text
from lotbook.operations.receiving import actions, forms, queries
from lotbook.operations.receiving.models import (
    Order,
    OrderLine,
)
from lotbook.operations.receiving.rules import Ordered
from lotbook.operations.receiving.views.listing import SHOWN, forget
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested
from lotbook.traceability.lots import queries as lots

ORDER_COLUMNS = (
    "order", "supplier", "site", "status", "expected on", "line", "item", "name", "quantity", "received",
    "refused", "open", "unit",
)  # fmt: skip


@require_safe
@requires("receiving.view")
def orders(request: HttpRequest) -> HttpResponseBase:
    """Purchase orders, newest first."""
    form = forms.OrderFilter(request.GET)
    rows = queries.orders(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        return tables.export(_order_cells(rows), ORDER_COLUMNS, request.GET["format"], "purchase-orders")
    page: pages.Page[Order] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    done = queries.progress(row.pk for row in page.items)
    today = lots.today()
    listed = [(row, *done.get(row.pk, (0, 0)), queries.is_late(row, today)) for row in page.items]
    context = {"form": form, "orders": listed, "next": page.next, "today": today}
    return render(request, "receiving/orders.html", context)


def _order_cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    lines = OrderLine.objects.select_related("order__supplier", "order__site", "item")
    ordered = lines.order_by("-order_id", "position")
    for line in chain.from_iterable(ordered.filter(order__in=part) for part in pages.parts(rows)):
        one, scale = line.order, line.item.scale
        yield (
            one.number, one.supplier.code, one.site.code, one.status, one.expected_on, line.position,
            line.item.code, line.item.name,
            to_decimal(line.quantity, scale), to_decimal(line.received, scale),
            to_decimal(line.refused, scale), to_decimal(line.open, scale), line.item.unit,
        )  # fmt: skip


@require_safe
@requires("receiving.view")
def order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One purchase order: what was ordered, what has come, what is open."""
    return _order_page(request, uid)


def _order_page(
    request: HttpRequest, uid: UUID, faults: tuple[Fault, ...] = (), status: int = 200
) -> HttpResponse:
    page = queries.order_page(uid)
    context = {
        "page": page,
        "reason": forms.ReasonForm(),
        "changes": allowed(request, "receiving.order") and (page.receivable or page.order.status == "draft"),
        "faults": faults,
        "panels": panels.on("purchase_order", request, uid=page.order.uid),
        "late": queries.is_late(page.order, lots.today()),
    }
    return render(request, "receiving/order.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def new_order(request: HttpRequest) -> HttpResponse:
    """Write a purchase order."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        forget(values)
        lines = [Ordered(**line) for line in filled["lines"]]
        made = actions.create_order(**values, lines=lines, actor=actor(request))
        messages.success(request, f"{made.number} is written.")
        return reverse("receiving:order", args=[made.uid])

    posted = posted_by(request)
    return ActPage(
        template="receiving/act.html",
        form=forms.OrderForm(posted, initial={"send": True, **request.GET.dict()}),
        act=act,
        groups={"lines": Lines(forms.ORDERED, posted, start=5)},
        context={
            "heading": "Write a purchase order",
            "caption": "What is ordered",
            "hint": "Tolerances left empty are those of the receiving rules.",
            "button": "Save the order",
            "back": reverse("receiving:orders"),
            "suggested": suggested(),
        },
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def change_order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change when an order is expected, and its note."""
    found = queries.order(uid)

    def act(values: dict[str, Any]) -> str:
        actions.amend_order(actor=actor(request), order=uid, changes=values)
        return reverse("receiving:order", args=[uid])

    initial = {"expected_on": found.expected_on, "note": found.note}
    form = forms.ChangeOrderForm(posted_by(request), initial=initial)
    context = {"title": f"Change {found.number}", "cancel": reverse("receiving:order", args=[uid])}
    return submit(request, form, act, context, done="The order is changed.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def allow_over(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Have more allowed for a line than was ordered."""
    page = queries.order_page(uid)
    choices = [(line.position, _ordered(line)) for line in page.lines if not line.cancelled]

    def act(values: dict[str, Any]) -> str:
        answer = actions.allow_over(**values, actor=actor(request), order=uid)
        said = "It may come." if answer == "approved" else "It waits for an approval."
        messages.info(request, said)
        return reverse("receiving:order", args=[uid])

    form = forms.AllowForm(choices, posted_by(request))
    context = {
        "title": f"Allow more than ordered: {page.order.number}",
        "submit": "Ask for it",
        "cancel": reverse("receiving:order", args=[uid]),
    }
    return submit(request, form, act, context, done="It is asked for.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def add_line(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Order one more thing with an order that was written."""

    def act(values: dict[str, Any]) -> str:
        reason = values.pop("reason")
        actions.add_line(actor=actor(request), order=uid, line=Ordered(**values), reason=reason)
        return reverse("receiving:order", args=[uid])

    form = forms.NewLineForm(posted_by(request))
    return _line_page(request, uid, form, act, words=("Add a line to", "Add the line", "The line is added."))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def change_line(request: HttpRequest, uid: UUID, line: int) -> HttpResponse:
    """Order more or less of a line."""
    row = queries.order_line(uid, line)

    def act(values: dict[str, Any]) -> str:
        actions.change_line(actor=actor(request), order=uid, line=line, **values)
        return reverse("receiving:order", args=[uid])

    initial = {"quantity": to_text(row.quantity, row.item.scale), "unit": row.item.unit}
    form = forms.LineForm(posted_by(request), initial=initial)
    words = (f"Line {line}, {row.item.code}, of", "Save", "The line is changed.")
    return _line_page(request, uid, form, act, words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def cancel_line(request: HttpRequest, uid: UUID, line: int) -> HttpResponse:
    """Expect nothing more of a line."""
    row = queries.order_line(uid, line)

    def act(values: dict[str, Any]) -> str:
        actions.cancel_line(actor=actor(request), order=uid, line=line, **values)
        return reverse("receiving:order", args=[uid])

    words = (f"Cancel line {line}, {row.item.code}, of", "Cancel the line", "The line is cancelled.")
    return _line_page(request, uid, forms.ReasonForm(posted_by(request)), act, words=words)


def _line_page(
    request: HttpRequest, uid: UUID, form: Form, act: Callable[[dict[str, Any]], str], *, words: Sequence[str]
) -> HttpResponse:
    title, button, done = words
    context = {
        "title": f"{title} {queries.order(uid).number}",
        "submit": button,
        "cancel": reverse("receiving:order", args=[uid]),
    }
    return submit(request, form, act, context, done=done)


def _ordered(line: OrderLine) -> str:
    quantity = to_text(line.quantity, line.item.scale)
    return f"{line.position}: {line.item.code}, {quantity} {symbol(line.item.unit)} ordered"


@require_POST
@requires("receiving.order")
def send_order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The order goes to the supplier."""
    return _end(request, uid, lambda: actions.send_order(actor=actor(request), order=uid), "is sent")


@require_POST
@requires("receiving.order")
def close_order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Nothing more is expected."""
    why = request.POST.get("reason", "")
    return _end(
        request, uid, lambda: actions.close_order(actor=actor(request), order=uid, reason=why), "is closed"
    )


@require_POST
@requires("receiving.order")
def cancel_order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The order is off."""
    why = request.POST.get("reason", "")
    return _end(
        request,
        uid,
        lambda: actions.cancel_order(actor=actor(request), order=uid, reason=why),
        "is cancelled",
    )


def _end(request: HttpRequest, uid: UUID, act: Callable[[], Order], said: str) -> HttpResponse:
    try:
        done = act()
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _order_page(request, uid, refusal.faults, refusal.status)
    messages.success(request, f"{done.number} {said}.")
    return HttpResponseRedirect(reverse("receiving:order", args=[uid]))
