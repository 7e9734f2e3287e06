"""Pages of minimum levels, and of what is to be filled up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.catalog import queries as catalog
from lotbook.kernel import tables
from lotbook.kernel.columns import Table, unanswered
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_decimal, to_text
from lotbook.kernel.sheets import FILE_MAX
from lotbook.operations.transfers import forms
from lotbook.operations.transfers.actions import levels as actions
from lotbook.operations.transfers.models import Level
from lotbook.operations.transfers.queries import documents, replenishing
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested

WAYS = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 50
LEVEL_COLUMNS = ("item", "name", "place", "minimum", "maximum", "unit", "lead days", "source", "supplier")
BELOW_COLUMNS = (
    "item", "name", "place", "minimum", "maximum", "free", "in transit", "asked for", "suggested", "unit",
    "source", "supplier", "there on",
)  # fmt: skip


@require_safe
@requires("transfers.view")
def levels(request: HttpRequest) -> HttpResponseBase:
    """How much there should be where, and how much there is."""
    form = forms.LevelFilter(request.GET)
    rows = documents.levels(**form.asked())
    if "format" in request.GET:
        return tables.export(_level_cells(rows), LEVEL_COLUMNS, request.GET["format"], "levels")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    context = {"form": form, "rows": replenishing.standing(page), "page": page}
    return render(request, "transfers/levels.html", context)


def _level_cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    for row in rows:
        scale = row.item.scale
        yield (
            row.item.code, row.item.name, row.place.code, to_decimal(row.minimum, scale),
            to_decimal(row.maximum, scale), row.item.unit, row.lead_days,
            row.source.code if row.source else "", row.supplier.code if row.supplier else "",
        )  # fmt: skip


@WAYS
@requires("warehouse.plan")
def new(request: HttpRequest) -> HttpResponse:
    """Set a level."""
    return _form(request, None, dict(request.GET.items()))


@WAYS
@requires("warehouse.plan")
def level(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a level."""
    row = documents.level(uid)
    initial = {
        "item": row.item.code, "place": row.place.code, "minimum": to_text(row.minimum, row.item.scale),
        "maximum": to_text(row.maximum, row.item.scale), "unit": row.item.unit,
        "lead_days": row.lead_days or "", "source": row.source.code if row.source else "",
        "supplier": row.supplier.code if row.supplier else "",
    }  # fmt: skip
    return _form(request, row, initial)


def _form(request: HttpRequest, row: Level | None, initial: dict[str, Any]) -> HttpResponse:
    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at", "uid"):
            values.pop(name)
        kept = actions.keep(**values, uid=row.uid if row else None, actor=actor(request))
        messages.success(request, f"The level of {kept.item.code} at {kept.place.code} is set.")
        return reverse("transfers:levels")

    form = forms.LevelForm(posted_by(request), initial=initial)
    context = {"level": row, "suggested": suggested()}
    return ActPage("transfers/level.html", form, act, context=context).answer(request)


@WAYS
@requires("warehouse.plan")
def remove(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a level away."""
    row = documents.level(uid)

    def act(_values: dict[str, Any], _filled: Filled) -> str:
        actions.remove(uid=uid, actor=actor(request))
        messages.success(request, f"{row.item.code} has no level at {row.place.code} any more.")
        return reverse("transfers:levels")

    back = reverse("transfers:level", args=[uid])
    note = f"Nothing is suggested for {row.item} at {row.place} any more."
    context = {
        "document": f"{row.item.code} at {row.place.code}",
        "back": back,
        "button": "Remove",
        "note": note,
    }
    return ActPage("transfers/act.html", forms.NothingForm(posted_by(request)), act, context=context).answer(
        request
    )


@WAYS
@requires("warehouse.plan")
def read_file(request: HttpRequest) -> HttpResponse:
    """Set many levels from a list."""

    def take(data: bytes, answers: dict[str, str]) -> str:
        done = actions.read_file(data=data, actor=actor(request), answers=answers)
        if isinstance(done, Table):
            raise unanswered(done.questions)
        messages.success(request, f"{done} levels are set.")
        return reverse("transfers:levels")

    context = {
        "title": "Levels from a list", "button": "Set the levels", "back": reverse("transfers:levels"),
        "note": "Every row sets the level of one item at one place; a level that exists is changed.",
        "template": reverse("transfers:levels_template"), "columns": actions.COLUMNS.names,
    }  # fmt: skip
    return from_list(request, take, context)


def from_list(
    request: HttpRequest, take: Callable[[bytes, dict[str, str]], str], context: dict[str, Any]
) -> HttpResponse:
    """The page that reads a list: ``take`` is told its bytes, and the answers to what it leaves open."""

    def act(_values: dict[str, Any], _filled: Filled) -> str:
        file = request.FILES.get("file")
        if file is None:
            raise Refused(Fault("file", "no file is chosen.", "Choose a CSV or XLSX file.", "required"))
        answers = {name: request.POST.get(name, "") for name in ("encoding", "decimal", "date_order")}
        return take(file.read(FILE_MAX + 1), answers)

    form = forms.FileForm(posted_by(request))
    return ActPage("transfers/file.html", form, act, context=context).answer(request)


@require_safe
@requires("warehouse.plan")
def template(request: HttpRequest) -> HttpResponseBase:
    """A list of levels with its columns, and a row that shows how to fill them."""
    row: list[tables.Cell] = ["RM-SALT", "OUTLET", 5, 20, "KGM", 2, "KIT", ""]
    names = [actions.COLUMNS.usual[name] for name in actions.COLUMNS.names]
    return tables.export([row], names, request.GET.get("format", "xlsx"), "levels-template")


@require_safe
@requires("transfers.view")
def replenish(request: HttpRequest) -> HttpResponseBase:
    """What is below its minimum, by where it would come from; one button asks for it (``fill_up``)."""
    form = forms.LevelFilter(request.GET)
    rows = replenishing.below(**form.asked())
    if "format" in request.GET:
        return tables.export(_below_cells(rows), BELOW_COLUMNS, request.GET["format"], "replenishment")
    return render(request, "transfers/replenish.html", {"form": form, "rows": rows, "uid": new_uid()})


@require_POST
@requires("transfers.request")
def fill_up(request: HttpRequest) -> HttpResponse:
    """Ask for what was ticked among that which is below its minimum."""
    chosen = [UUID(text) for text in request.POST.getlist("level") if _is_uuid(text)]
    uid = request.POST.get("uid", "")
    try:
        made = actions.fill_up(levels=chosen, uid=UUID(uid) if _is_uuid(uid) else None, actor=actor(request))
    except Refused as refusal:
        rows = replenishing.below()
        context = {"form": forms.LevelFilter(), "rows": rows, "uid": new_uid(), "faults": refusal.faults}
        return render(request, "transfers/replenish.html", context, status=422)
    messages.success(request, f"Asked for: {', '.join(one.number for one in made)}.")
    return HttpResponseRedirect(reverse("transfers:requests"))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _below_cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    for row in rows:
        item, scale = row.level.item, row.level.item.scale
        amounts = (row.level.minimum, row.level.maximum, row.free, row.in_transit, row.asked, row.suggested)
        yield (
            item.code, item.name, row.level.place.code, *(to_decimal(one, scale) for one in amounts),
            item.unit, row.level.source.code if row.level.source else "",
            row.level.supplier.code if row.level.supplier else "", row.there_on,
        )  # fmt: skip


@require_safe
@requires("transfers.view")
def item_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The levels of an item, on its page."""
    item = catalog.item(uid)
    rows = replenishing.standing(documents.levels().filter(item=item))
    return render(request, "transfers/item_panel.html", {"rows": rows, "item": item})
