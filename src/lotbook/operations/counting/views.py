"""The pages of this room: counts, one count, the sheet of a place, what is due, and the limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel import clock, pages, panels, pdf, tables
from lotbook.kernel.errors import Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal, to_text
from lotbook.operations.counting import actions, forms, importing, queries, reserved
from lotbook.operations.counting.models import Count, CountStatus, SheetStatus
from lotbook.operations.counting.rules import Found
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested

SHOWN = 50
AGAIN_SHOWN = 5
COLUMNS = ("count", "status", "what", "who counts", "due on", "opened at", "opened by", "closed at", "note")
LINE_COLUMNS = (
    "place", "item", "lot", "book", "counted", "difference", "unit", "counted by", "counted at", "round",
    "sequence",
)  # fmt: skip
PAGE = ["GET", "HEAD", "POST"]


@require_safe
@requires("stock.view")
def counts(request: HttpRequest) -> HttpResponseBase:
    """Every count, newest first."""
    form = forms.CountFilter(request.GET)
    rows = queries.counts(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (
            (
                row.number, row.get_status_display(), _about(row), row.counter, row.due_on, row.created_at,
                row.created_by, row.closed_at, row.note,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(cells, COLUMNS, request.GET["format"], "counts")
    page: pages.Page[Count] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    done = queries.progress(row.pk for row in page.items)
    listed = [(row, *done.get(row.pk, (0, 0))) for row in page.items]
    context = {"form": form, "counts": listed, "next": page.next, "months": queries.by_month()}
    return render(request, "counting/counts.html", context)


@require_safe
@requires("stock.view")
def to_count(request: HttpRequest) -> HttpResponse:
    """The counts that come next: a panel."""
    rows = queries.to_do(request.user.get_username())
    doubted = queries.doubted_places(most=AGAIN_SHOWN)
    context = {"counts": [(row, _about(row)) for row in rows], "doubted": doubted}
    return render(request, "counting/to_count.html", context)


def _about(row: Count) -> str:
    parts = [str(one) for one in (row.lot, row.item if not row.lot else None, row.place) if one]
    return " at ".join(parts)


@require_safe
@requires("stock.view")
def count(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """One count: its sheets, its lines against the book, and what to do next."""
    page = queries.page(uid)
    if "format" in request.GET and page.shows_book:
        cells = (
            (
                row.place.code, row.lot.item.code, row.lot.number,
                to_decimal(row.book, row.lot.item.scale), to_decimal(row.tally.counted, row.lot.item.scale),
                to_decimal(row.difference.quantity, row.lot.item.scale), row.lot.item.unit,
                row.tally.counted_by, row.tally.counted_at, row.tally.round, row.tally.sequence,
            )
            for row in page.lines
        )  # fmt: skip
        return tables.export(cells, LINE_COLUMNS, request.GET["format"], page.count.number)
    me = actor(request)
    again = queries.again(page.count)
    mine = {row.sheet_id for row in again} - {row.sheet_id for row in again if row.counted_by != me}
    shown = panels.on("count", request, uid=uid)
    context = {"page": page, "about": _about(page.count), "panels": shown, "mine": mine}
    return render(request, "counting/count.html", context)


@require_http_methods(PAGE)
@requires("warehouse.plan")
def new(request: HttpRequest) -> HttpResponse:
    """Open a count."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        opened = actions.open_count(**values, actor=actor(request))
        messages.success(request, f"{opened.number} is open.")
        return reverse("counting:count", args=[opened.uid])

    form = forms.OpenForm(posted_by(request), initial=request.GET.dict())
    heading = "Compare a partner's statement" if form.is_statement else "Open a count"
    context = {"suggested": suggested(), "heading": heading}
    return ActPage("counting/new.html", form, act, context=context).answer(request)


@require_http_methods(PAGE)
@requires("warehouse.count")
def sheet(request: HttpRequest, uid: UUID, place: UUID) -> HttpResponse:
    """Count one place."""
    page = queries.sheet(uid, place)
    finish = request.POST.get("then") == "finish"

    def act(values: dict[str, Any], filled: Filled) -> str:
        actions.save_sheet(
            count=uid, place=place, lines=[Found(**line) for line in filled["lines"]], finish=finish,
            rest_is_zero=bool(values["rest_is_zero"]), actor=actor(request),
        )  # fmt: skip
        if not finish:
            messages.success(request, "Saved. Go on when you like.")
            return reverse("counting:sheet", args=[uid, place])
        _tell(request, uid, page)
        if page.next is not None:
            return reverse("counting:sheet", args=[uid, page.next.place.uid])
        return reverse("counting:count", args=[uid])

    posted = posted_by(request)
    initial = [
        {
            "item": row.lot.item.code,
            "lot": row.lot.number,
            "counted": _written(row),
            "unit": "",
        }
        for row in page.rows
    ]
    lines = forms.SheetLines(
        forms.COUNTED, posted, initial=initial, start=len(initial) + (0 if page.count.round > 1 else 2),
        step=3, known=page.rows,
    )  # fmt: skip
    context = {"page": page, "suggested": suggested(), "open": page.sheet.status == SheetStatus.OPEN}
    form = forms.SheetForm(posted)
    return ActPage("counting/sheet.html", form, act, {"lines": lines}, context=context).answer(request)


def _tell(request: HttpRequest, uid: UUID, before: queries.SheetPage) -> None:
    """Say what became of a finished sheet: counted, or so far off that somebody else counts it again."""
    now = queries.count(uid)
    place = before.sheet.place
    if now.round == before.count.round:
        messages.success(request, f"{place} is counted.")
        return
    again = ", ".join(row.lot.number or row.lot.item.code for row in queries.again(now)[:AGAIN_SHOWN])
    said = f"{place} is counted. Too far from the book: somebody else counts again {again}."
    messages.warning(request, said)


def _written(row: queries.SheetRow) -> str:
    return f"{to_decimal(row.tally.counted, row.lot.item.scale).normalize():f}" if row.tally else ""


@require_safe
@requires("warehouse.count")
def paper(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The sheets still to be counted, on paper."""
    found = queries.count(uid)
    columns: list[Any] = ["Item", ("Lot", "lot"), "Expires", "Unit", ("Counted", "number")]
    if queries.shows_book(found):
        columns.insert(4, ("Book", "number"))
    sections = []
    for sheet, lots in queries.open_sheets(found):
        rows = []
        for lot, book in lots:
            told = [] if book is None else [to_text(book, lot.item.scale)]
            name = f"{lot.item.code} {lot.item.name}"
            unit = symbol(lot.item.unit)
            rows.append([name, lot.number, clock.written(lot.expires_on), unit, *told, "__________"])
        sections.append(pdf.section(f"{sheet.place.code} {sheet.place.name}".strip(), columns, rows))
    facts = [("Who counts", found.counter or "________________"), ("Counted on", "________________")]
    data = {
        "title": "Count sheet",
        "number": found.number,
        "codes": [pdf.code(found.number)],
        "sections": [pdf.section("", facts=facts), *sections],
    }
    return pdf.answer(pdf.render(pdf.DOCUMENT, data, by=actor(request)), found.number)


@require_http_methods(PAGE)
@requires("warehouse.count")
def import_file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Bring in counts from a file."""
    found = queries.count(uid)
    form = forms.ImportForm(request.POST or None, request.FILES or None)

    def act(values: dict[str, Any]) -> str:
        rows = importing.read(values["file"].read())
        importing.save(count=uid, rows=rows, finish=values["finish"], actor=actor(request))
        return reverse("counting:count", args=[uid])

    context = {
        "title": f"Counts from a file for {found.number}",
        "submit": "Bring them in",
        "cancel": reverse("counting:count", args=[uid]),
        "download": [
            (f"Template ({kind.upper()})", f"{reverse('counting:template', args=[uid])}?format={kind}")
            for kind in tables.FORMATS
        ],
    }
    return submit(request, form, act, context, done="The counts are in.")


@require_safe
@requires("warehouse.count")
def template(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """The sheets of a count that are open, as a list to fill in: a row a lot, without what the book says."""
    rows = (
        (sheet.place.code, lot.item.code, lot.number, "", lot.item.unit)
        for sheet, lots in queries.open_sheets(queries.count(uid))
        for lot, _book in lots
    )
    return tables.export(rows, importing.COLUMNS, request.GET.get("format", "xlsx"), "count-template")


def _decision(
    request: HttpRequest, uid: UUID, words: tuple[str, str, str], act: Callable[..., Count]
) -> HttpResponse:
    """A page that asks why, and does it."""
    title, button, done = words
    found = queries.count(uid)

    def decide(values: dict[str, Any]) -> str:
        act(count=uid, **values, actor=actor(request))
        return reverse("counting:count", args=[uid])

    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    context = {
        "title": f"{title} {found.number}",
        "submit": button,
        "cancel": reverse("counting:count", args=[uid]),
    }
    return submit(request, form, decide, context, done=done)


@require_http_methods(PAGE)
@requires("warehouse.plan")
def settle(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Set the book right by the differences found."""
    page = queries.page(uid)
    in_the_way = reserved.uncovered(page.off)

    def act(values: dict[str, Any]) -> str:
        done = actions.settle(count=uid, **values, actor=actor(request))
        if done.status == CountStatus.WAITING:
            messages.warning(request, "It waits for an approval; the book is as it was.")
        else:
            messages.success(request, "The book is adjusted by one event.")
        return reverse("counting:count", args=[uid])

    form = forms.SettleForm(request.POST if request.method == "POST" else None, in_the_way=bool(in_the_way))
    context = {
        "title": f"Adjust the book to {page.count.number}",
        "submit": "Adjust the book",
        "cancel": reverse("counting:count", args=[uid]),
        "in_the_way": in_the_way,
    }
    return submit(request, form, act, context, done="", template="counting/settle.html")


@require_http_methods(PAGE)
@requires("warehouse.plan")
def recount(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Have the differences counted again."""
    words = ("Have counted again:", "Ask for a recount", "What differs is counted again.")
    return _decision(request, uid, words, actions.ask_recount)


@require_POST
@requires("warehouse.plan")
def again(request: HttpRequest, uid: UUID, place: UUID) -> HttpResponse:
    """Open a count of what is in doubt at a place of a count, by one click."""
    try:
        opened = actions.count_again(count=uid, place=place, actor=actor(request))
    except Refused as refusal:
        messages.error(request, " ".join(f"{fault.cause} {fault.remedy}" for fault in refusal.faults))
        return redirect("counting:count", uid)
    return redirect("counting:count", opened.uid)


@require_http_methods(PAGE)
@requires("warehouse.plan")
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give a count up."""
    return _decision(request, uid, ("Cancel", "Cancel the count", "Cancelled."), actions.cancel)


@require_http_methods(PAGE)
@requires("warehouse.plan")
def skip(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Leave places uncounted."""
    page = queries.page(uid)
    waiting = [(str(row.place.uid), str(row.place)) for row in page.sheets if row.status == SheetStatus.OPEN]
    form = forms.SkipForm(request.POST if request.method == "POST" else None, waiting)

    def act(values: dict[str, Any]) -> str:
        actions.skip_places(count=uid, **values, actor=actor(request))
        return reverse("counting:count", args=[uid])

    context = {
        "title": f"Leave places of {page.count.number} out",
        "submit": "Leave them out",
        "cancel": reverse("counting:count", args=[uid]),
    }
    return submit(request, form, act, context, done="Left out.")


@require_safe
@requires("stock.view")
def due(request: HttpRequest) -> HttpResponseBase:
    """What was not counted for long."""
    form = forms.DueFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = queries.due_places(**wanted)
    if "format" in request.GET:
        cells = ((row.place.code, row.place.name, row.lots, row.counted_at, row.days) for row in rows)
        columns = ("place", "name", "lots", "counted at", "days ago")
        return tables.export(cells, columns, request.GET["format"], "to be counted")
    context = {"form": form, "places": rows, "items": queries.due_items()}
    return render(request, "counting/due.html", {**context, "doubted": queries.doubted_places()})


@require_http_methods(PAGE)
@requires("warehouse.plan")
def limits(request: HttpRequest) -> HttpResponse:
    """Above which difference somebody else counts again."""
    form = forms.LimitForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> str:
        actions.set_limit(**values, actor=actor(request))
        return reverse("counting:limits")

    context = {"limits": queries.limits()}
    return submit(request, form, act, context, done="Kept.", template="counting/limits.html")
