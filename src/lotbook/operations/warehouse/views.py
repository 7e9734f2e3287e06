"""The pages of this room: stock, the acts on it, and logistic units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places.models import Place
from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, allowed, requires
from lotbook.kernel.quantity import to_decimal
from lotbook.operations.warehouse import actions, forms, queries
from lotbook.operations.warehouse.models import Adjustment, AdjustmentStatus
from lotbook.operations.warehouse.rules import Count, Packed, Part
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots import queries as lots

SHOWN = 50
PAGE = ["GET", "HEAD", "POST"]
IN_OUT_LOST = {
    "inputs": ("What goes in", TAKEN),
    "outputs": ("What comes out", forms.PACKED),
    "losses": ("What is lost of it", forms.IN_UNIT),
}
ADJUSTMENT_COLUMNS = (
    "adjustment", "kind", "status", "reason code", "reason", "place", "document", "value", "currency",
    "asked at", "asked by",
)  # fmt: skip
ELSEWHERE_COLUMNS = (
    "partner", "partner name", "place", "item", "name", "lot", "quantity", "unit", "there since", "days",
    "last statement", "stated at",
)  # fmt: skip
STOCK_COLUMNS = (
    "item", "name", "lot", "status", "expires on", "place", "place name", "quantity", "reserved", "unit",
)  # fmt: skip


@require_safe
@requires("stock.view")
def stock(request: HttpRequest) -> HttpResponseBase:
    """What we have: by item, lot and place, with each lot's status."""
    form = forms.StockFilter(request.GET)
    rows = queries.stock(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        return tables.export(_cells(rows), STOCK_COLUMNS, request.GET["format"], "stock")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    statuses = lots.statuses({row.lot_id: row.lot for row in page}.values())
    listed = [(row, statuses[row.lot_id]) for row in page]
    return render(request, "warehouse/stock.html", {"form": form, "rows": listed, "page": page})


def _cells(rows: Any) -> Iterator[tuple[tables.Cell, ...]]:
    listed = list(rows)
    statuses = lots.statuses({row.lot_id: row.lot for row in listed}.values())
    for row in listed:
        item, lot = row.lot.item, row.lot
        yield (
            item.code, item.name, lot.number, statuses[lot.pk], lot.expires_on, row.place.code,
            row.place.name,
            to_decimal(row.on_hand, item.scale), to_decimal(row.reserved, item.scale), item.unit,
        )  # fmt: skip


@require_http_methods(PAGE)
@requires("warehouse.post")
def move(request: HttpRequest) -> HttpResponse:
    """Move goods from place to place."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        receipt = actions.move(lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are moved.")
        return reverse("ledger:event", args=[receipt.uid])

    return _lines_page(request, forms.MoveForm, act, ("Move goods", "What is moved", "Move"))


def _adjusted(request: HttpRequest, done: Adjustment, said: str) -> str:
    """Say what became of it, and go to its page."""
    if done.status == AdjustmentStatus.WAITING:
        messages.info(request, f"{done.number} waits for approval; the book is not changed yet.")
    else:
        messages.success(request, said)
    return reverse("warehouse:adjustment", args=[done.uid])


def _free(request: HttpRequest, values: dict[str, Any]) -> None:
    """Reservations are given back only by those who may override."""
    if values.get("free_reserved") and not allowed(request, "ledger.override"):
        cause = "giving reservations back needs the permission ledger.override."
        raise Refused(Fault("free_reserved", cause, "Leave it out, or ask."))


@require_http_methods(PAGE)
@requires("warehouse.post")
def scrap(request: HttpRequest) -> HttpResponse:
    """Write goods off."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        _free(request, values)
        lines = [Line(**line) for line in filled["lines"]]
        done = actions.scrap(lines=lines, **values, actor=actor(request))
        return _adjusted(request, done, "The goods are written off.")

    return _lines_page(request, forms.ScrapForm, act, ("Write goods off", "What is lost", "Write off"))


@require_http_methods(PAGE)
@requires("warehouse.post")
def destroy(request: HttpRequest) -> HttpResponse:
    """Destroy goods before a witness."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        _free(request, values)
        lines = [Line(**line) for line in filled["lines"]]
        done = actions.destroy(lines=lines, **values, actor=actor(request))
        return _adjusted(request, done, "The goods are destroyed. Attach the certificate below.")

    return _lines_page(request, forms.DestroyForm, act, ("Destroy goods", "What is destroyed", "Destroy"))


@require_http_methods(PAGE)
@requires("warehouse.post")
def donate(request: HttpRequest) -> HttpResponse:
    """Give goods to a charity."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        done = actions.donate(lines=lines, **values, actor=actor(request))
        return _adjusted(request, done, "The goods are given away.")

    return _lines_page(request, forms.DonateForm, act, ("Donate goods", "What is given", "Donate"))


@require_http_methods(PAGE)
@requires("warehouse.post")
def adjust(request: HttpRequest) -> HttpResponse:
    """Set the book to what was counted."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        _free(request, values)
        lines = [Count(**line) for line in filled["lines"]]
        done = actions.adjust(lines=lines, **values, actor=actor(request))
        return _adjusted(request, done, "The book says what was counted.")

    words = ("Adjust to a count", "What was counted", "Adjust")
    return _lines_page(request, forms.AdjustForm, act, words, columns=forms.COUNTED)


@require_safe
@requires("stock.view")
def adjustments(request: HttpRequest) -> HttpResponseBase:
    """Every adjustment, newest first."""
    form = forms.AdjustmentFilter(request.GET)
    rows = queries.adjustments(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (
            (
                row.number, row.get_kind_display(), row.get_status_display(), row.reason_code, row.reason,
                row.place.code, row.document, to_decimal(row.value_micro, 6), row.currency, row.created_at,
                row.created_by,
            )
            for row in rows.iterator()
        )  # fmt: skip
        return tables.export(cells, ADJUSTMENT_COLUMNS, request.GET["format"], "adjustments")
    page: pages.Page[Adjustment] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    context = {"form": form, "adjustments": page.items, "next": page.next}
    return render(request, "warehouse/adjustments.html", context)


@require_safe
@requires("stock.view")
def adjustment(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One adjustment: what it changes, why, and its steps."""
    page = queries.adjustment_page(uid)
    context = {"page": page, "panels": panels.on("adjustment", request, uid=uid)}
    return render(request, "warehouse/adjustment.html", context)


# -- lots that become other lots -------------------------------------------------------------------


@require_http_methods(PAGE)
@requires("warehouse.post")
def split(request: HttpRequest) -> HttpResponse:
    """Make new lots of parts of one."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        parts = [Part(**line) for line in filled["parts"]]
        receipt = actions.split(parts=parts, **values, actor=actor(request))
        messages.success(request, "Split: each part is a lot of its own.")
        return reverse("ledger:event", args=[receipt.uid])

    groups = {"parts": ("Parts", forms.PARTS)}
    return _change_page(
        request, forms.SplitForm, act=act, heading="Split a lot", button="Split", groups=groups
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def merge(request: HttpRequest) -> HttpResponse:
    """Make one new lot of several."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        receipt = actions.merge(lines=lines, **values, actor=actor(request))
        messages.success(request, "Merged into one lot.")
        return reverse("ledger:event", args=[receipt.uid])

    groups = {"lines": ("Lots that go in (no quantity: all of it)", TAKEN)}
    return _change_page(
        request, forms.MergeForm, act=act, heading="Merge lots", button="Merge", groups=groups
    )


@require_http_methods(PAGE)
@requires("lots.edit")
def relabel(request: HttpRequest) -> HttpResponse:
    """Give a lot a new number, or dates put right."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        receipt = actions.relabel(**values, actor=actor(request))
        messages.success(request, "Relabelled: print new labels.")
        return reverse("ledger:event", args=[receipt.uid])

    return _change_page(
        request, forms.RelabelForm, act=act, heading="Relabel a lot", button="Relabel", groups={}
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def repack(request: HttpRequest) -> HttpResponse:
    """Pack goods of one item into another."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        receipt = actions.repack(
            inputs=[Line(**line) for line in filled["inputs"]],
            outputs=[Packed(**line) for line in filled["outputs"]],
            losses=[Line(**line) for line in filled["losses"]],
            **values,
            actor=actor(request),
        )
        messages.success(request, "Repacked.")
        return reverse("ledger:event", args=[receipt.uid])

    return _change_page(
        request, forms.RepackForm, act=act, heading="Repack", button="Repack", groups=IN_OUT_LOST
    )


def _change_page(
    request: HttpRequest,
    form: Any,
    *,
    act: Any,
    heading: str,
    button: str,
    groups: Mapping[str, tuple[str, Any]],
) -> HttpResponse:
    posted = posted_by(request)
    return ActPage(
        "warehouse/change.html",
        form(posted, initial=request.GET.dict()),
        act,
        {name: Lines(columns, posted, prefix=name, start=2) for name, (_, columns) in groups.items()},
        context={
            "heading": heading,
            "button": button,
            "captions": {name: caption for name, (caption, _) in groups.items()},
            "suggested": suggested(),
        },
    ).answer(request)


# -- our stock elsewhere ---------------------------------------------------------------------------


@require_safe
@requires("stock.view")
def elsewhere(request: HttpRequest) -> HttpResponseBase:
    """What of ours stands at partners."""
    heads = queries.elsewhere(partner=request.GET.get("partner", ""))
    if "format" in request.GET:
        cells = (
            (
                head.partner.code, head.partner.name, head.place.code, row.standing.item_code,
                row.standing.item_name, row.standing.number,
                to_decimal(row.standing.on_hand, row.standing.scale), row.standing.unit, row.first_at,
                row.days, head.statement.number if head.statement else "",
                head.statement.at if head.statement else None,
            )
            for head in heads
            for row in head.rows
        )  # fmt: skip
        return tables.export(cells, ELSEWHERE_COLUMNS, request.GET["format"], "our stock elsewhere")
    return render(request, "warehouse/elsewhere.html", {"heads": heads})


@require_http_methods(PAGE)
@requires("places.edit")
def new_elsewhere(request: HttpRequest) -> HttpResponse:
    """Set up a place of ours at a partner."""
    form = forms.PartnerPlaceForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> str:
        place_actions.open_consigned(**values, actor=actor(request))
        return reverse("warehouse:elsewhere")

    context = {
        "title": "A place of ours at a partner",
        "submit": "Set it up",
        "cancel": reverse("warehouse:elsewhere"),
        "note": "What is sent there stays ours until they report it used, or it comes back.",
    }
    return submit(request, form, act, context, done="The place is set up.")


@require_http_methods(PAGE)
@requires("warehouse.post")
def send(request: HttpRequest) -> HttpResponse:
    """Send goods of ours to a partner."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        actions.send_elsewhere(lines=lines, **values, actor=actor(request))
        messages.success(request, "Sent. The goods stay ours.")
        return reverse("warehouse:elsewhere")

    groups = {"lines": ("What is sent", TAKEN)}
    return _change_page(
        request, forms.SendForm, act=act, heading="Send to a partner", button="Send", groups=groups
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def take_back(request: HttpRequest) -> HttpResponse:
    """Take goods of ours back."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        lines = [Line(**line) for line in filled["lines"]]
        actions.take_back(lines=lines, **values, actor=actor(request))
        messages.success(request, "The goods are back.")
        return reverse("warehouse:elsewhere")

    groups = {"lines": ("What comes back", forms.IN_UNIT)}
    return _change_page(
        request,
        forms.TakeBackForm,
        act=act,
        heading="Take back from a partner",
        button="Take back",
        groups=groups,
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def report(request: HttpRequest) -> HttpResponse:
    """Write down what a partner used, made and lost."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        receipt = actions.report_use(
            inputs=[Line(**line) for line in filled["inputs"]],
            outputs=[Packed(**line) for line in filled["outputs"]],
            losses=[Line(**line) for line in filled["losses"]],
            **values,
            actor=actor(request),
        )
        messages.success(request, "Their report is in the book.")
        return reverse("ledger:event", args=[receipt.uid])

    return _change_page(
        request,
        forms.ReportForm,
        act=act,
        heading="What a partner used and made",
        button="Write down",
        groups=IN_OUT_LOST,
    )


def _lines_page(
    request: HttpRequest, form: Any, act: Any, words: tuple[str, str, str], columns: Any = TAKEN
) -> HttpResponse:
    posted = posted_by(request)
    given = request.GET.dict()
    heading, caption, button = words
    line = {name: value for name, value in given.items() if name != "place"}
    return ActPage(
        "warehouse/act.html",
        form(posted, initial=given),
        act,
        {"lines": Lines(columns, posted, initial=[line] if line else [])},
        context={
            "heading": heading,
            "caption": caption,
            "button": button,
            "suggested": suggested(),
            "spots": queries.put_away(given.get("item", ""), given.get("lot", ""), given.get("place", "")),
        },
    ).answer(request)


# -- logistic units --------------------------------------------------------------------------------


@require_safe
@requires("stock.view")
def units(request: HttpRequest) -> HttpResponse:
    """Every logistic unit of ours, newest first."""
    form = forms.UnitFilter(request.GET)
    rows = queries.units(**(form.cleaned_data if form.is_valid() else {}))
    page: pages.Page[Place] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    counts = browsing.lot_counts(unit.pk for unit in page.items)
    listed = [(unit, counts.get(unit.pk, 0)) for unit in page.items]
    return render(request, "warehouse/units.html", {"form": form, "units": listed, "next": page.next})


@require_safe
@requires("stock.view")
def unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One logistic unit with its contents."""
    page = queries.unit_page(uid)
    at = request.GET.get("at", "")
    held = queries.held_at(page.unit, int(at)) if at.isascii() and at.isdigit() and len(at) < 19 else None
    return render(request, "warehouse/unit.html", {"page": page, "held": held})


@require_http_methods(PAGE)
@requires("warehouse.post")
def build_unit(request: HttpRequest) -> HttpResponse:
    """Make a unit and put goods and other units on it."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        units = values.pop("units").split()
        lines = [Line(**line) for line in filled["lines"]]
        made = actions.build_unit(lines=lines, units=units, **values, actor=actor(request))
        messages.success(request, f"{made.code} is built.")
        return reverse("warehouse:unit", args=[made.uid])

    groups = {"lines": ("What goes on it", TAKEN)}
    return _change_page(
        request, forms.BuildForm, act=act, heading="Build a unit", button="Build", groups=groups
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def empty_unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take everything out of a unit."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        actions.empty_unit(unit=uid, **values, actor=actor(request))
        messages.success(request, "The unit is empty.")
        return reverse("warehouse:unit", args=[uid])

    found = queries.unit(uid)
    context = {
        "heading": f"Empty {found.code}",
        "button": "Empty it",
        "suggested": suggested(),
        "unit": found,
    }
    return ActPage("warehouse/act.html", forms.EmptyForm(posted_by(request)), act, context=context).answer(
        request
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def break_unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take everything out of a unit, which ends."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        for name in ("override", "occurred_at"):
            values.pop(name)
        actions.break_unit(unit=uid, **values, actor=actor(request))
        messages.success(request, "The unit is broken up; its number is not given again.")
        return reverse("warehouse:unit", args=[uid])

    found = queries.unit(uid)
    context = {
        "heading": f"Break up {found.code}",
        "button": "Break it up",
        "suggested": suggested(),
        "unit": found,
    }
    form = forms.BreakForm(posted_by(request))
    return ActPage("warehouse/act.html", form, act, context=context).answer(request)


@require_http_methods(PAGE)
@requires("warehouse.plan")
def numbering(request: HttpRequest) -> HttpResponse:
    """How the logistic units of each site are numbered."""
    rows = queries.numbering()
    sites = [(row.site.code, str(row.site)) for row in rows]
    form = forms.NumberingForm(request.POST if request.method == "POST" else None, sites)

    def act(values: dict[str, Any]) -> str:
        actions.set_numbering(**values, actor=actor(request))
        return reverse("warehouse:numbering")

    context = {"rows": rows}
    return submit(request, form, act, context, done="Kept.", template="warehouse/numbering.html")


@require_http_methods(PAGE)
@requires("warehouse.post")
def new_unit(request: HttpRequest) -> HttpResponse:
    """Make a logistic unit."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        made = actions.create_unit(sscc=values["sscc"], place=values["place"], actor=actor(request))
        messages.success(request, f"{made.code} is made.")
        return reverse("warehouse:unit", args=[made.uid])

    form = forms.NewUnitForm(posted_by(request), initial=request.GET.dict())
    context = {"heading": "Make a logistic unit", "button": "Make", "suggested": suggested()}
    return ActPage("warehouse/act.html", form, act, context=context).answer(request)


@require_http_methods(PAGE)
@requires("warehouse.post")
def pack(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put goods into a logistic unit."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        actions.pack(unit=uid, lines=lines, place=values["place"], uid=values["uid"], actor=actor(request))
        messages.success(request, "Packed.")
        return reverse("warehouse:unit", args=[uid])

    return _unit_page(request, uid, forms.PackForm, act, ("Pack", "What goes in"))


@require_http_methods(PAGE)
@requires("warehouse.post")
def unpack(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take goods out of a logistic unit."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        lines = [Line(**line) for line in filled["lines"]]
        actions.unpack(unit=uid, lines=lines, to=values["to"], uid=values["uid"], actor=actor(request))
        messages.success(request, "Unpacked.")
        return reverse("warehouse:unit", args=[uid])

    return _unit_page(
        request, uid, forms.UnpackForm, act, ("Unpack", "What comes out"), columns=forms.IN_UNIT
    )


@require_http_methods(PAGE)
@requires("warehouse.post")
def move_unit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Move a logistic unit with everything in it."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("override")
        actions.move_unit(unit=uid, **values, actor=actor(request))
        messages.success(request, "The unit is moved, with everything in it.")
        return reverse("warehouse:unit", args=[uid])

    found = queries.unit(uid)
    form = forms.MoveUnitForm(posted_by(request))
    context = {
        "heading": f"Move {found.code}",
        "button": "Move the unit",
        "suggested": suggested(),
        "unit": found,
    }
    return ActPage("warehouse/act.html", form, act, context=context).answer(request)


def _unit_page(
    request: HttpRequest, uid: UUID, form: Any, act: Any, words: tuple[str, str], *, columns: Any = TAKEN
) -> HttpResponse:
    posted = posted_by(request)
    found = queries.unit(uid)
    button, caption = words
    return ActPage(
        "warehouse/act.html",
        form(posted),
        act,
        {"lines": Lines(columns, posted)},
        context={
            "heading": f"{button} {found.code}",
            "caption": caption,
            "button": button,
            "suggested": suggested(),
            "unit": found,
        },
    ).answer(request)
