"""The pages of this room."""

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

from lotbook.kernel import pages, panels, sheets, tables
from lotbook.kernel.errors import Fault, NotAllowed, NotFound, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, allowed, requires
from lotbook.kernel.quantity import to_decimal, to_text
from lotbook.kernel.screens import render_form
from lotbook.operations.receiving import actions, columns, forms, queries
from lotbook.operations.receiving.actions.notices import read_sscc
from lotbook.operations.receiving.models import (
    Notice,
    NoticeLine,
    NoticeUnit,
    Order,
    OrderLine,
    ReceivingRule,
)
from lotbook.operations.receiving.rules import Announced, Line, Ordered
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line as Taken
from lotbook.traceability.lots import queries as lots

SHOWN = 50
FAULTS_SHOWN = 100
ORDER_COLUMNS = (
    "order", "supplier", "site", "status", "expected on", "line", "item", "name", "quantity", "received",
    "refused", "open", "unit",
)  # fmt: skip
NOTICE_COLUMNS = (
    "notice", "supplier", "site", "status", "expected at", "carrier", "line", "item", "lot", "supplier's lot",
    "quantity", "received", "unit", "sscc", "order",
)  # fmt: skip


# -- receiving -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.post")
def new(request: HttpRequest) -> HttpResponse:
    """Receive goods from a supplier, with what is expected filled in."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        _check_over(request, values["over_reason"])
        lines = [Line(**line) for line in filled["lines"]]
        receipt = actions.receive(**values, lines=lines, actor=actor(request))
        messages.success(request, "Received before." if receipt.duplicate else "The goods are in stock.")
        against = values["order"] or values["notice"]
        return reverse("receiving:arrival" if against else "ledger:event", args=[receipt.uid])

    posted = posted_by(request)
    given = request.GET.dict()
    head, lines = _expected_by(given) if posted is None else (given, [])
    against = posted if posted is not None else head
    expected = bool(against.get("order") or against.get("notice"))
    return ActPage(
        template="receiving/new.html",
        form=forms.ReceiveForm(posted, initial=head),
        act=act,
        groups={"lines": Lines(forms.RECEIVED, posted, initial=lines)},
        ignore=forms.EXPECTED if expected else (),
        context={"suggested": suggested(), "expected": expected},
    ).answer(request)


def _check_over(request: HttpRequest, reason: str) -> None:
    if reason.strip() and not allowed(request, "ledger.override"):
        cause = "this needs the permission to override."
        remedy = "Refuse what is too much, or have more allowed on the order's page."
        raise NotAllowed(Fault("over_reason", cause, remedy, "not_allowed"))


def _expected_by(given: dict[str, str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The form's head and lines as an order or notice says them, or as the address does."""
    try:
        if given.get("order"):
            page = queries.order_page(given["order"])
            head = {"supplier": page.order.supplier.code, "place": page.order.site.code}
            return {**head, **given, "order": page.order.number}, _open_lines(page.lines)
        if given.get("notice"):
            found = queries.notice_page(given["notice"])
            head = {"supplier": found.notice.supplier.code, "place": found.notice.site.code}
            head["document"] = found.notice.number
            if found.notice.carrier:
                head["carrier"] = found.notice.carrier.code
            return {**head, **given, "notice": str(found.notice.uid)}, _coming(found.lines)
    except NotFound:
        return given, []
    return given, [given] if given else []


def _open_lines(lines: list[OrderLine]) -> list[dict[str, str]]:
    return [
        {"item": line.item.code, "quantity": to_text(line.open, line.item.scale), "unit": line.item.unit}
        for line in lines
        if line.open
    ]


def _coming(lines: list[NoticeLine]) -> list[dict[str, str]]:
    return [
        {
            "item": line.item.code,
            "quantity": to_text(line.open, line.item.scale),
            "unit": line.item.unit,
            "lot": line.lot,
            "supplier_lot": line.supplier_lot,
            "sscc": line.unit.sscc if line.unit else "",
            **{name: str(value) for name, value in line.facts.items()},
        }
        for line in lines
        if line.open
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.post")
def unit(request: HttpRequest) -> HttpResponse:
    """Receive an announced pallet or case by its SSCC."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("override")
        receipt = actions.receive_unit(**values, actor=actor(request))
        said = "This was received before." if receipt.duplicate else "The pallet is in stock, with all on it."
        messages.success(request, said)
        return reverse("receiving:arrival", args=[receipt.uid])

    posted = posted_by(request)
    if posted is not None and posted.get("sscc") and not posted.get("place"):
        # Scanned, and nothing else said yet: show what is on it, and where it would go.
        asked = {name: str(posted[name]) for name in ("sscc", "notice") if posted.get(name)}
        if _on_it(asked):
            return HttpResponseRedirect(reverse("receiving:unit", query=asked))
    given = request.GET.dict()
    found = _on_it(given)
    if found:
        one = found[0].notice
        given = {"place": one.site.code, "document": one.number, **given, "notice": str(one.uid)}
    lines = queries.lines_on(found) if found else []
    context = {"back": reverse("receiving:notices"), "unit": found[0] if found else None, "lines": lines}
    return ActPage("receiving/unit.html", forms.UnitForm(posted, initial=given), act, context=context).answer(
        request
    )


def _on_it(given: dict[str, str]) -> list[NoticeUnit]:
    """The pallet somebody scanned and all that stands on it, as announced; nothing when no notice has it."""
    try:
        of = queries.notice(given["notice"]) if given.get("notice") else None
        return queries.units_below(queries.unit(read_sscc(given.get("sscc", "")), of))
    except Refused:
        return []


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.post")
def supplier_return(request: HttpRequest) -> HttpResponse:
    """Send goods back to a supplier."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values["replacement"] = bool(values["replacement"])
        receipt = actions.supplier_return(
            **values, lines=[Taken(**line) for line in filled["lines"]], actor=actor(request)
        )
        messages.success(request, "The goods are on their way back.")
        return reverse("ledger:event", args=[receipt.uid])

    posted = posted_by(request)
    given = request.GET.dict()
    lines = [given] if given else []
    if posted is None and given.get("receipt"):
        given, lines = _came_by(given)
    return ActPage(
        template="receiving/supplier_return.html",
        form=forms.SupplierReturnForm(posted, initial=given),
        act=act,
        groups={"lines": Lines(TAKEN, posted, initial=lines)},
        context={"suggested": suggested()},
    ).answer(request)


def _came_by(given: dict[str, str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    try:
        page = queries.arrival(given["receipt"])
    except NotFound:
        return given, []
    head = {"supplier": page.arrival.supplier.code, "place": page.arrival.place.code}
    lines = [{"item": line.item.code, "lot": line.lot} for line in page.lines if line.quantity]
    return {**head, **given}, lines


@require_safe
@requires("receiving.view")
def arrival(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One receipt beside what was expected."""
    shown = panels.on("receipt", request, uid=uid)
    return render(request, "receiving/arrival.html", {"page": queries.arrival(uid), "panels": shown})


@require_safe
@requires("receiving.view")
def expected(request: HttpRequest) -> HttpResponse:
    """What is late or due today: a panel."""
    return render(request, "receiving/expected.html", {"expected": queries.expected()})


# -- orders ----------------------------------------------------------------------------------------


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
        _forget(values)
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


def _forget(values: dict[str, Any]) -> None:
    """A document is written now: it has neither a time of its own nor an override."""
    values.pop("override")
    values.pop("occurred_at")
    if "send" in values:
        values["send"] = bool(values["send"])


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
    return f"{line.position}: {line.item.code}, {quantity} {line.item.unit} ordered"


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


# -- shipping notices ------------------------------------------------------------------------------


@require_safe
@requires("receiving.view")
def notices(request: HttpRequest) -> HttpResponseBase:
    """Shipping notices, newest first."""
    form = forms.NoticeFilter(request.GET)
    rows = queries.notices(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        return tables.export(_notice_cells(rows), NOTICE_COLUMNS, request.GET["format"], "shipping-notices")
    page: pages.Page[Notice] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    counts = queries.unit_counts(row.pk for row in page.items)
    listed = [(row, *counts.get(row.pk, (0, 0))) for row in queries.in_their_time(page.items)]
    return render(request, "receiving/notices.html", {"form": form, "notices": listed, "next": page.next})


def _notice_cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    lines = NoticeLine.objects.select_related(
        "notice__supplier", "notice__site", "notice__carrier", "item", "unit", "order_line__order"
    ).order_by("-notice_id", "position")
    for line in chain.from_iterable(lines.filter(notice__in=part) for part in pages.parts(rows)):
        one, scale = line.notice, line.item.scale
        yield (
            one.number, one.supplier.code, one.site.code, one.status, one.expected_at,
            one.carrier.code if one.carrier else "", line.position, line.item.code, line.lot,
            line.supplier_lot, to_decimal(line.quantity, scale), to_decimal(line.received, scale),
            line.item.unit, line.unit.sscc if line.unit else "",
            line.order_line.order.number if line.order_line else "",
        )  # fmt: skip


@require_safe
@requires("receiving.view")
def notice(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One shipping notice: its pallets, what is on them, and what has come."""
    return _notice_page(request, uid)


def _notice_page(
    request: HttpRequest, uid: UUID, faults: tuple[Fault, ...] = (), status: int = 200
) -> HttpResponse:
    page = queries.notice_page(uid)
    shown = panels.on("receiving.notice", request, uid=page.notice.uid)
    context = {"page": page, "reason": forms.ReasonForm(), "faults": faults, "panels": shown}
    return render(request, "receiving/notice.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def new_notice(request: HttpRequest) -> HttpResponse:
    """Write down what is on its way."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        _forget(values)
        values["expected_at"] = values["expected_at"] or None
        lines = [Announced(**line) for line in filled["lines"]]
        made = actions.create_notice(**values, lines=lines, actor=actor(request))
        messages.success(request, f"{made.number} is written down.")
        return reverse("receiving:notice", args=[made.uid])

    posted = posted_by(request)
    return ActPage(
        template="receiving/act.html",
        form=forms.NoticeForm(posted, initial=request.GET.dict()),
        act=act,
        groups={"lines": Lines(forms.ANNOUNCED, posted, start=5)},
        context={
            "heading": "Write down a shipping notice",
            "caption": "What is on its way",
            "hint": "Lines with one SSCC are in one case or on one pallet; a case names the pallet it is on.",
            "button": "Save the notice",
            "back": reverse("receiving:notices"),
            "suggested": suggested(),
        },
    ).answer(request)


@require_POST
@requires("receiving.order")
def cancel_notice(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The truck does not come."""
    why = request.POST.get("reason", "")
    try:
        done = actions.cancel_notice(actor=actor(request), notice=uid, reason=why)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _notice_page(request, uid, refusal.faults, refusal.status)
    messages.success(request, f"{done.number} is cancelled.")
    return HttpResponseRedirect(reverse("receiving:notice", args=[uid]))


# -- rules -----------------------------------------------------------------------------------------


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


# -- lists -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def import_list(request: HttpRequest) -> HttpResponse:
    """Choose a list of orders or shipping notices."""
    if request.method != "POST":
        form = forms.UploadForm(initial={"kind": request.GET.get("kind", "orders")})
        return render(request, "receiving/import.html", {"form": form, "columns": _columns()})
    form = forms.UploadForm(request.POST, request.FILES)
    context = {"form": form, "columns": _columns()}
    if not form.is_valid():
        return render_form(request, "receiving/import.html", context)
    file = form.cleaned_data["file"]
    try:
        # One byte more than is taken is enough to tell that a file is too large.
        data = file.read(sheets.FILE_MAX + 1)
        kept = actions.imports.keep(
            actor=actor(request), kind=form.cleaned_data["kind"], filename=file.name, data=data
        )
    except Refused as refusal:
        return render_form(request, "receiving/import.html", context, refusal.faults, status=refusal.status)
    return HttpResponseRedirect(reverse("receiving:preview", args=[kept.uid]))


def _columns() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (label, [(kind.usual[name], ", ".join(words[1:6])) for name, words in kind.names.items()])
        for label, kind in (("Purchase orders", columns.ORDERS), ("Shipping notices", columns.NOTICES))
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("receiving.order")
def preview(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What a list would make; POST says how it is read."""
    kept = queries.upload(uid)
    if request.method == "POST":
        form = forms.AnswersForm(request.POST)
        if form.is_valid():
            actions.imports.answer(uid=uid, options=form.cleaned_data)
            return HttpResponseRedirect(reverse("receiving:preview", args=[uid]))
    return _preview(request, kept.uid)


def _preview(
    request: HttpRequest, uid: UUID, faults: tuple[Fault, ...] = (), status: int = 200
) -> HttpResponse:
    kept = queries.upload(uid)
    seen = actions.imports.preview(kept, actor=actor(request))
    context = {
        "upload": kept,
        "seen": seen,
        "form": forms.AnswersForm(initial=kept.options),
        "told": seen.faults[:FAULTS_SHOWN],
        "hidden": max(0, len(seen.faults) - FAULTS_SHOWN),
        "faults": faults,
        "page": "receiving:order" if kept.kind == "orders" else "receiving:notice",
    }
    return render(request, "receiving/preview.html", context, status=status)


@require_POST
@requires("receiving.order")
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make every document of a list, or none."""
    try:
        done = actions.imports.confirm(uid=uid, actor=actor(request))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _preview(request, uid, refusal.faults, refusal.status)
    messages.success(request, f"{len(done.made)} documents are made from {done.filename}.")
    return HttpResponseRedirect(reverse("receiving:preview", args=[uid]))


@require_safe
@requires("receiving.order")
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty list with its columns, and a row that shows how to fill them."""
    kind = request.GET.get("kind", "orders")
    known = columns.KINDS.get(kind, columns.ORDERS)
    sample: dict[str, tables.Cell] = {
        "number": "PO-4711" if known is columns.ORDERS else "DN-88", "supplier": "FARM", "site": "PLANT",
        "expected_on": "2027-03-10", "item": "TOM", "lot": "T-1", "quantity": 120, "unit": "KGM",
        "sscc": "340123456789012357", "pallet": "340123456789012340", "produced_on": "2027-03-01",
    }  # fmt: skip
    names = [known.usual[name] for name in known.names]
    rows: list[list[tables.Cell]] = [[sample.get(name, "") for name in known.names]]
    return tables.export(rows, names, request.GET.get("format", "xlsx"), "list")
