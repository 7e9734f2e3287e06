"""Pages of the dock: what comes in, a pallet at once, what goes back, what is expected."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import panels
from lotbook.kernel.errors import Fault, NotAllowed, NotFound, Refused
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, allowed, requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import actions, forms, queries
from lotbook.operations.receiving.actions.notices import read_sscc
from lotbook.operations.receiving.models import (
    NoticeLine,
    NoticeUnit,
    OrderLine,
)
from lotbook.operations.receiving.rules import Line
from lotbook.traceability.ledger.acting import TAKEN, ActPage, Filled, posted_by, suggested
from lotbook.traceability.ledger.lines import Line as Taken


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
