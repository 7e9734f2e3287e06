"""The pages of customer orders: the list, one order and the acts on it, entry and import."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, allowed, requires
from lotbook.kernel.quantity import to_text
from lotbook.kernel.sheets import FILE_MAX
from lotbook.operations.shipping import actions, forms, queries
from lotbook.operations.shipping.models import Order
from lotbook.operations.shipping.rules import Wanted
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested
from lotbook.traceability.lots import queries as lots

SHOWN = 50
PROBLEMS_SHOWN = 10
COLUMNS = (
    "order", "customer's order", "customer", "delivered to", "site", "wanted on", "priority", "state",
    "entered at", "entered by",
)  # fmt: skip
KEPT_MAX = 1_500_000
"""Most bytes of a file that travels with its preview; larger ones come over the API."""


@require_safe
@requires("shipping.view")
def orders(request: HttpRequest) -> HttpResponseBase:
    """Every customer order, newest first; those with a problem in front."""
    form = forms.OrderFilter(request.GET)
    rows = queries.orders(**form.values())
    if "format" in request.GET:
        cells = (
            (
                row.number, row.customer_number, row.customer.code,
                row.location.name if row.location else "", row.site.code, row.wanted_on, row.priority,
                row.get_status_display(), row.created_at, row.created_by,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "orders")
    cursor = request.GET.get("cursor", "")
    page: pages.Page[Order] = pages.page(rows, cursor, SHOWN, descending=True)
    troubled = [] if cursor else list(rows.filter(has_problem=True)[:PROBLEMS_SHOWN])
    first = {row.pk for row in troubled}
    shown = [*troubled, *(row for row in page.items if row.pk not in first)]
    counts = queries.line_counts(shown)
    return render(
        request,
        "shipping/orders.html",
        {
            "form": form,
            "orders": [(row, *counts.get(row.pk, (0, 0))) for row in shown],
            "next": page.next,
            "today": lots.today(),
        },
    )


@require_safe
@requires("shipping.view")
def order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One order: how far each line is, what is reserved and why, and what to do next."""
    return _order(request, uid)


def _order(request: HttpRequest, uid: UUID, refusal: Refused | None = None) -> HttpResponse:
    page = queries.order_page(uid)
    context = {
        "page": page,
        "changes": allowed(request, "shipping.order") and page.order.status in actions.CHANGED,
        "panels": panels.on("customer_order", request, uid=page.order.uid),
        "faults": list(refusal.faults) if refusal else [],
    }
    return render(request, "shipping/order.html", context, status=refusal.status if refusal else 200)


@require_safe
@requires("shipping.view")
def to_ship(request: HttpRequest) -> HttpResponse:
    """The orders that come next: a panel."""
    rows, every = queries.to_do()
    return render(request, "shipping/to_ship.html", {"orders": rows, "every": every, "today": lots.today()})


ACTS: dict[str, tuple[Callable[..., Any], str]] = {
    "confirm": (actions.confirm, "The order is confirmed."),
    "allocate": (actions.allocate, "What is there is reserved."),
    "cancel": (actions.cancel, "The order is cancelled; nothing is reserved for it."),
    "close": (actions.close, "The order is closed."),
    "free": (actions.free, "Nothing is reserved for it any more."),
}
REASONED = frozenset({"cancel", "close", "free"})


@require_POST
@requires("shipping.order")
def act(request: HttpRequest, uid: UUID, act: str) -> HttpResponse:
    """Confirm, allocate, free, cancel or close an order."""
    if act not in ACTS:
        raise Refused(
            Fault("act", f"there is no act {act[:20]!r}.", "Use the buttons of the order."), status=404
        )
    run, done = ACTS[act]
    more = {"reason": request.POST.get("reason", "")} if act in REASONED else {}
    try:
        run(order=uid, actor=actor(request), **more)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _order(request, uid, refusal)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("shipping:order", args=[uid]))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def create(request: HttpRequest) -> HttpResponse:
    """Enter an order."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        told = {name: value for name, value in values.items() if name not in ("override", "occurred_at")}
        made = actions.create(lines=_wanted(filled), actor=actor(request), **told)
        messages.success(
            request, f"{made.number} is entered. Confirm it when it is as the customer wants it."
        )
        return reverse("shipping:order", args=[made.uid])

    posted = posted_by(request)
    return ActPage(
        "shipping/entry.html",
        forms.OrderForm(posted, initial=request.GET.dict()),
        act,
        {"lines": Lines(forms.WANTED, posted)},
        context={"heading": "Enter an order", "button": "Enter", "suggested": suggested()},
    ).answer(request)


def _wanted(filled: Filled) -> list[Wanted]:
    return [Wanted(**line) for line in filled["lines"]]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def amend(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change an order: its lines only while it is a draft."""
    found = queries.order(uid)
    draft = found.status == "draft"

    def act(values: dict[str, Any], filled: Filled) -> str:
        told = {name: values[name] for name in forms.AmendForm.HEAD}
        if draft:
            told["lines"] = _wanted(filled)
        actions.amend(order=uid, actor=actor(request), **told)
        messages.success(request, "The order is changed.")
        return reverse("shipping:order", args=[uid])

    posted = posted_by(request)
    initial = {
        "customer": found.customer.code,
        "location": found.location.name if found.location else "",
        "customer_number": found.customer_number,
        "wanted_on": found.wanted_on,
        "priority": str(found.priority),
        "carrier": found.carrier.code if found.carrier else "",
        "note": found.note,
    }
    lines = [
        {
            "item": line.item.code,
            "quantity": line.entered.split(" ")[0],
            "unit": line.entered.partition(" ")[2],
            "lot": line.lot.number if line.lot else "",
        }
        for line in queries.lines([found])[found.pk]
    ]
    groups = {"lines": Lines(forms.WANTED, posted, initial=lines)} if draft else {}
    context = {
        "heading": f"Change {found.number}",
        "button": "Save",
        "suggested": suggested(),
        "order": found,
    }
    return ActPage(
        "shipping/entry.html", forms.AmendForm(posted, initial=initial), act, groups, context=context
    ).answer(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def choose_lot(request: HttpRequest, uid: UUID, line: int) -> HttpResponse:
    """Take another lot for a line than the one that is suggested."""
    page = queries.order_page(uid)
    rows = [row for row in page.rows if row.line.number == line]

    def act(values: dict[str, Any], _filled: Filled) -> str:
        actions.choose_lot(
            order=uid, line=line, lot=values["lot"], reason=values["reason"], actor=actor(request)
        )
        messages.success(request, "The lot is reserved.")
        return reverse("shipping:order", args=[uid])

    return ActPage(
        "shipping/choose.html",
        forms.ChooseForm(posted_by(request)),
        act,
        context={"page": page, "rows": rows, "line": line, "suggested": suggested()},
    ).answer(request)


# -- lines -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def add_line(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take one more thing into an order."""

    def act(values: dict[str, Any]) -> None:
        reason = values.pop("reason")
        actions.add_line(order=uid, line=Wanted(**values), reason=reason, actor=actor(request))

    words = ("Add a line to", "Add the line", "The line is added; allocate to reserve it.")
    return _line_page(request, uid, forms.NewLineForm, act, words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def change_line(request: HttpRequest, uid: UUID, line: int) -> HttpResponse:
    """Change how much of a line is wanted."""

    def act(values: dict[str, Any]) -> None:
        actions.change_line(order=uid, line=line, **values, actor=actor(request))

    words = ("", "Save", "The line is changed; what is reserved follows.")
    return _line_page(request, uid, forms.LineForm, act, words=words, line=line)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def cancel_line(request: HttpRequest, uid: UUID, line: int) -> HttpResponse:
    """Ship nothing more of a line."""

    def act(values: dict[str, Any]) -> None:
        actions.cancel_line(order=uid, line=line, **values, actor=actor(request))

    words = ("Cancel", "Cancel the line", "The line is cancelled; nothing is reserved for it.")
    return _line_page(request, uid, forms.LineReasonForm, act, words=words, line=line)


def _line_page(
    request: HttpRequest,
    uid: UUID,
    form: type[Form],
    change: Callable[[dict[str, Any]], None],
    *,
    words: Sequence[str],
    line: int | None = None,
) -> HttpResponse:
    """A page about a line of an order: ``words`` are its title, its button and what it says when done."""
    order = queries.order(uid)
    title, button, done = words
    initial = {}
    if line is not None:
        row = queries.order_line(order, line)
        initial = {"quantity": to_text(row.quantity, row.item.scale), "unit": row.item.unit}
        title = f"{title} line {line}, {row.item.code}, of".strip().capitalize()

    def act(values: dict[str, Any]) -> str:
        change(values)
        return reverse("shipping:order", args=[uid])

    context = {
        "title": f"{title} {order.number}",
        "submit": button,
        "cancel": reverse("shipping:order", args=[uid]),
    }
    shown = form(posted_by(request), initial=initial, label_suffix="")
    return submit(request, shown, act, context, done=done)


# -- from a file -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def import_file(request: HttpRequest) -> HttpResponse:
    """Look at a file of orders, then take it whole."""
    if request.method != "POST":
        return render(request, "shipping/import.html", {"form": forms.OrderFileForm(label_suffix="")})
    form = forms.OrderFileForm(request.POST, request.FILES, label_suffix="")
    form.full_clean()
    told: dict[str, Any] = {
        "site": request.POST.get("site", ""),
        "encoding": request.POST.get("encoding", ""),
    }
    context: dict[str, Any] = {"form": form}
    try:
        data = _file(request)
        if "save" in request.POST:
            made = actions.import_orders(data=data, actor=actor(request), confirmed=True, **told)
            messages.success(request, f"{len(made)} orders are in the book, confirmed.")
            return HttpResponseRedirect(reverse("shipping:orders"))
        context["seen"] = seen = actions.preview(data=data, actor=actor(request), **told)
        context |= {"kept": base64.b64encode(data).decode(), **told, "shown": seen.orders[:SHOWN]}
        faults = seen.faults
    except Refused as refusal:
        faults = list(refusal.faults)
    # Rows are no fields of this page: a link to them would lead nowhere.
    told_faults = [
        Fault("", f"{fault.field.replace('/', ', ')}: {fault.cause}", fault.remedy) for fault in faults
    ]
    return render(
        request, "shipping/import.html", {**context, "faults": told_faults}, status=422 if faults else 200
    )


def _file(request: HttpRequest) -> bytes:
    """The file just chosen, or the one that travels with its preview."""
    file = request.FILES.get("file")
    if file is not None:
        data: bytes = file.read(FILE_MAX + 1)
        if len(data) > KEPT_MAX:
            cause = f"the file has {len(data) / 1e6:.1f} MB, at most {KEPT_MAX / 1e6} MB are taken here."
            raise Refused(Fault("file", cause, "Split it, or send it over the API.", "too_large"))
        return data
    try:
        kept = base64.b64decode(request.POST.get("kept", ""), validate=True)
    except ValueError:
        kept = b""
    if not kept:
        raise Refused(Fault("file", "no file is chosen.", "Choose a CSV or XLSX file.", "required"))
    return kept


@require_safe
@requires("shipping.order")
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty file with the columns, and a row that shows how to fill them."""
    names = [words[0] for words in actions.COLUMNS.values()]
    row = ["", "PO 7741", "C001", "", "2027-03-09", "5", "FG-MARINARA", "120", "", "", ""]
    return tables.export([row], names, request.GET.get("format", "xlsx"), "orders-template")
