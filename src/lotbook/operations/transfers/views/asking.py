"""Pages of stock requests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import panels, tables
from lotbook.kernel.columns import Table
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers import forms
from lotbook.operations.transfers.actions import levels as level_actions
from lotbook.operations.transfers.actions import listed
from lotbook.operations.transfers.actions import requests as actions
from lotbook.operations.transfers.actions import transfers as transfer_actions
from lotbook.operations.transfers.queries import documents, pages
from lotbook.operations.transfers.rules import Wanted
from lotbook.operations.transfers.views.levels import from_list
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested

WAYS = require_http_methods(["GET", "HEAD", "POST"])


def _page(uid: UUID) -> str:
    return reverse("transfers:request", args=[uid])


@require_safe
@requires("transfers.view")
def request_page(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One request: what is asked, how far it is, what comes next."""
    context = {"page": pages.request_page(uid), "panels": panels.on("request", request, uid=uid)}
    return render(request, "transfers/request.html", context)


@WAYS
@requires("transfers.request")
def new(request: HttpRequest) -> HttpResponse:
    """Ask for goods."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override"), values.pop("occurred_at")
        lines = [Wanted(**line) for line in filled["lines"]] + _from_file(request)
        wants = "draft" not in request.POST
        made = actions.create(lines=lines, **_known(values), ask=wants, actor=actor(request))
        said = "asked for" if wants else "kept as a draft"
        messages.success(request, f"{made.number} is {said}.")
        return _page(made.uid)

    posted = posted_by(request)
    given = request.GET.dict()
    line = {name: given[name] for name in ("item", "quantity", "unit") if name in given}
    return ActPage(
        "transfers/new_request.html",
        forms.RequestForm(posted, initial=given),
        act,
        {"lines": Lines(forms.ASKED, posted, initial=[line] if line else [])},
        context={"suggested": suggested()},
    ).answer(request)


@WAYS
@requires("transfers.request")
def read_file(request: HttpRequest) -> HttpResponse:
    """Ask for goods with a list: one request or many."""

    def take(data: bytes, answers: dict[str, str]) -> str:
        made = listed.import_requests(data=data, actor=actor(request), answers=answers, ask=True)
        messages.success(request, f"Asked for: {', '.join(one.number for one in made[:20])}.")
        return _page(made[0].uid) if len(made) == 1 else reverse("transfers:requests")

    context = {
        "title": "Stock requests from a list", "button": "Ask for these goods",
        "back": reverse("transfers:requests"),
        "note": "One row is one line; rows with the same mark in the column “request” make one request.",
        "template": reverse("transfers:requests_template"), "columns": listed.COLUMNS.names,
    }  # fmt: skip
    return from_list(request, take, context)


@require_safe
@requires("transfers.request")
def template(request: HttpRequest) -> HttpResponseBase:
    """A list of requests with its columns, and two rows that show how to fill them."""
    head: list[tables.Cell] = ["market", "OUTLET", "", "2027-03-05", "market day"]
    rows = [[*head, "RM-SALT", 5, "KGM", ""], [*head, "FG-MARINARA", 48, "H87", "two trays"]]
    names = [listed.COLUMNS.usual[name] for name in listed.COLUMNS.names]
    return tables.export(rows, names, request.GET.get("format", "xlsx"), "requests-template")


@WAYS
@requires("transfers.request")
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a draft."""
    page = pages.request_page(uid)

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override"), values.pop("occurred_at")
        lines = [Wanted(**line) for line in filled["lines"]] + _from_file(request)
        actions.amend(request=uid, lines=lines, **_known(values), actor=actor(request))
        messages.success(request, f"{page.request.number} is changed.")
        return _page(uid)

    posted, row = posted_by(request), page.request
    initial = {
        "destination": row.destination.code, "source": row.source.code if row.source else "",
        "needed_on": row.needed_on or "", "reason": row.reason,
    }  # fmt: skip
    lines = [
        {
            "item": one.line.item.code, "quantity": to_text(one.line.quantity, one.line.item.scale),
            "unit": one.line.item.unit, "note": one.line.note,
        }
        for one in page.lines
    ]  # fmt: skip
    return ActPage(
        "transfers/new_request.html",
        forms.RequestForm(posted, initial=initial),
        act,
        {"lines": Lines(forms.ASKED, posted, initial=lines, start=len(lines))},
        context={"suggested": suggested(), "page": page},
    ).answer(request)


@WAYS
@requires("transfers.request")
def ask(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask for a draft."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        asked = actions.ask(request=uid, uid=values["uid"], actor=actor(request))
        messages.success(request, f"{asked.number} is {asked.get_status_display().lower()}.")
        return _page(uid)

    return _act(
        request,
        uid,
        forms.NothingForm,
        act,
        button="Ask for it",
        note="It goes to whoever has to approve it.",
    )


@WAYS
@requires("approvals.decide")
def decide(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Approve, approve less, or refuse."""
    page = pages.request_page(uid)

    def act(values: dict[str, Any], filled: Filled) -> str:
        quantities = {
            int(line["position"]): line["quantity"] for line in filled["lines"] if line["position"].isdigit()
        }
        approve = "refuse" not in request.POST
        done = actions.decide(
            request=uid, approve=approve, reason=values["reason"], source=values["source"],
            quantities=quantities if approve else None, uid=values["uid"], actor=actor(request),
        )  # fmt: skip
        messages.success(request, f"{done.number} is {done.get_status_display().lower()}.")
        return _page(uid)

    posted = posted_by(request)
    lines = [
        {
            "position": str(one.line.position),
            "quantity": to_text(
                one.line.quantity if one.approved is None else one.approved, one.line.item.scale
            ),
        }
        for one in page.lines
    ]
    granted = Lines(forms.GRANTED, posted, initial=lines, start=len(lines))
    return ActPage(
        "transfers/decide.html",
        forms.DecideForm(posted),
        act,
        {"lines": granted},
        context={"page": page, "beside": forms.Beside(granted, page.lines)},
    ).answer(request)


@WAYS
@requires("transfers.post")
def transfer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Plan the transfer of what is approved."""
    page = pages.request_page(uid)

    def act(values: dict[str, Any], _filled: Filled) -> str:
        made = transfer_actions.from_request(
            request=uid, source=values["source"], strategy=values["strategy"], uid=values["uid"],
            actor=actor(request),
        )  # fmt: skip
        messages.success(request, f"{made.number} is planned.")
        return reverse("transfers:transfer", args=[made.uid])

    initial = {"source": page.request.source.code if page.request.source else ""}
    note = "What is approved and not under way yet goes on one transfer."
    return _act(
        request, uid, forms.FromRequestForm, act, button="Plan a transfer", note=note, initial=initial
    )


@WAYS
@requires("transfers.request")
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a request back."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        done = actions.cancel(request=uid, reason=values["reason"], uid=values["uid"], actor=actor(request))
        messages.success(request, f"{done.number} is cancelled.")
        return _page(uid)

    return _act(
        request, uid, forms.ReasonForm, act, button="Cancel the request", note="Nothing of it will be sent."
    )


@WAYS
@requires("transfers.request")
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send no more of it."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        done = actions.close(request=uid, reason=values["reason"], uid=values["uid"], actor=actor(request))
        messages.success(request, f"Nothing more is sent of {done.number}.")
        return _page(uid)

    note = "What is still open of it stays unsent."
    return _act(request, uid, forms.ReasonForm, act, button="Close the rest", note=note)


# -- small things ----------------------------------------------------------------------------------


def _act(
    request: HttpRequest, uid: UUID, form: Any, act: Any, *, button: str, note: str, initial: Any = None
) -> HttpResponse:
    row = documents.request(uid)
    context = {"document": row, "back": _page(uid), "button": button, "note": note}
    return ActPage(
        "transfers/act.html", form(posted_by(request), initial=initial), act, context=context
    ).answer(request)


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "needed_on": values.get("needed_on") or None}


def _from_file(request: HttpRequest) -> list[Wanted]:
    """Lines of an attached list."""
    file = request.FILES.get("file")
    if file is None:
        return []
    read = level_actions.read_lines(file.read(), {"decimal": request.POST.get("decimal", "")})
    if isinstance(read, Table):
        raise Refused(
            [Fault("file", one.text, "Write it without doubt.", "unclear") for one in read.questions]
        )
    return read
