"""Pages of transfers: planned, picked, packed, sent, received, settled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel import panels
from lotbook.kernel.errors import Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers import forms
from lotbook.operations.transfers.actions import picking, receiving, sending
from lotbook.operations.transfers.actions import transfers as actions
from lotbook.operations.transfers.models import Transfer
from lotbook.operations.transfers.queries import documents, pages, recalls
from lotbook.operations.transfers.rules import Arrived, Wanted
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested

WAYS = require_http_methods(["GET", "HEAD", "POST"])


def _page(uid: UUID) -> str:
    return reverse("transfers:transfer", args=[uid])


@require_safe
@requires("transfers.view")
def transfer_page(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One transfer: lines, picks, what is in transit, what comes next."""
    shown = panels.on("transfer", request, uid=uid)
    page = pages.transfer_page(uid)
    context = {"page": page, "panels": shown, "new_uid": new_uid(), "recalled": recalls.of_page(page)}
    return render(request, "transfers/transfer.html", context)


@WAYS
@requires("transfers.post")
def new(request: HttpRequest) -> HttpResponse:
    """Plan a transfer."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override"), values.pop("occurred_at")
        made = actions.create(
            lines=[Wanted(**line) for line in filled["lines"]],
            units=[line["unit"] for line in filled["units"]],
            **{**values, "needed_on": values["needed_on"] or None},
            actor=actor(request),
        )
        messages.success(request, f"{made.number} is planned.")
        return _page(made.uid)

    posted = posted_by(request)
    given = request.GET.dict()
    line = {name: given[name] for name in ("item", "lot", "quantity") if name in given}
    unit = [{"unit": given["unit"]}] if "unit" in given else []
    return ActPage(
        "transfers/new.html",
        forms.TransferForm(posted, initial=given),
        act,
        {
            "lines": Lines(forms.SENT, posted, initial=[line] if line else []),
            "units": Lines(forms.UNITS, posted, prefix="units", initial=unit, start=1),
        },
        context={"suggested": suggested()},
    ).answer(request)


@WAYS
@requires("transfers.post")
def start(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Reserve what is to be picked."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        done = actions.start(transfer=uid, uid=values["uid"], actor=actor(request))
        page = pages.transfer_page(uid)
        if any(line.left for line in page.lines):
            messages.warning(request, "Not everything could be reserved: the timeline says why.")
        else:
            messages.success(request, f"{done.number} is reserved.")
        return reverse("transfers:pick", args=[uid]) if page.to_pick else _page(uid)

    note = "Lots are reserved for this transfer, those that go first in front. Nobody else can take them."
    return _act(request, uid, form=forms.NothingForm, act=act, button="Reserve and start picking", note=note)


@WAYS
@requires("transfers.post")
def pick(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The pick list in walking order; each line is confirmed where one stands."""
    faults: Any = ()
    if request.method == "POST":
        try:
            done = _confirm(request, uid)
        except Refused as refusal:
            faults = refusal.faults
        else:
            stay = done.status == "picking"
            return HttpResponseRedirect(reverse("transfers:pick", args=[uid]) if stay else _page(uid))
    context = {
        "page": pages.transfer_page(uid),
        "faults": faults,
        "typed": request.POST if faults else {},
        "new_uid": new_uid,
    }
    return render(request, "transfers/pick.html", context, status=422 if faults else 200)


def _confirm(request: HttpRequest, uid: UUID) -> Transfer:
    sent = request.POST
    own = _uuid(sent.get("uid", ""))
    if sent.get("pick") == "all":
        return picking.confirm_all(transfer=uid, uid=own, actor=actor(request))
    given = {name: sent.get(name, "").strip() for name in ("quantity", "lot", "place", "reason")}
    return picking.confirm(
        transfer=uid, pick=_uuid(sent.get("pick", "")) or new_uid(), uid=own, actor=actor(request), **given
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@WAYS
@requires("transfers.post")
def pack(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put picked goods into a logistic unit that travels whole."""
    page = pages.transfer_page(uid)

    def act(values: dict[str, Any], _filled: Filled) -> str:
        chosen = [found for text in request.POST.getlist("picks") if (found := _uuid(text))]
        picking.pack(transfer=uid, unit=values["unit"], picks=chosen, uid=values["uid"], actor=actor(request))
        messages.success(request, "Packed.")
        return _page(uid)

    loose = [
        row for row in page.picks if row.pick.picked_at and row.pick.load_id is None and row.pick.quantity
    ]
    context = {"page": page, "loose": loose, "suggested": suggested()}
    return ActPage("transfers/pack.html", forms.PackForm(posted_by(request)), act, context=context).answer(
        request
    )


@WAYS
@requires("transfers.post")
def send(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send what is picked."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("override")
        done = sending.send(transfer=uid, **values, actor=actor(request))
        messages.success(request, f"{done.number} is on its way.")
        return _page(uid)

    note = "From now until it is received the goods are in transit: nobody can use them."
    return _act(request, uid, form=forms.SendForm, act=act, button="Send", note=note)


@WAYS
@requires("transfers.post")
def receive(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take in what arrived: sent and arrived beside each other."""
    page = pages.transfer_page(uid)

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("override")
        arrived = [Arrived(**line) for line in filled["arrived"]]
        done = receiving.receive(transfer=uid, arrived=arrived, **values, actor=actor(request))
        if done.status == "short":
            messages.warning(request, "Taken in. What is missing stays in transit until it is settled.")
        else:
            messages.success(request, f"{done.number} is {done.get_status_display().lower()}.")
        if held:
            numbers = ", ".join(str(hold.lot) for hold in held[:5])
            messages.warning(request, f"Held by a recall, and on hold here too: {numbers}. Put it aside.")
        return _page(uid)

    held = recalls.of_page(page)
    posted = posted_by(request)
    rows = [row for row in page.picks if row.open]
    initial = [
        {"pick": str(row.pick.uid), "quantity": to_text(row.open, row.pick.lot.item.scale)} for row in rows
    ]
    lines = Lines(forms.ARRIVED, posted, initial=initial, prefix="arrived", start=len(rows))
    return ActPage(
        "transfers/receive.html",
        forms.ReceiveForm(posted),
        act,
        {"arrived": lines},
        ignore=("pick",),
        context={"page": page, "rows": rows, "recalled": held, "beside": forms.Beside(lines, rows)},
    ).answer(request)


@WAYS
@requires("transfers.post")
def settle(request: HttpRequest, uid: UUID, pick: UUID) -> HttpResponse:
    """Say what became of what is missing."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        values.pop("override"), values.pop("occurred_at")
        done = receiving.settle(transfer=uid, pick=pick, **values, actor=actor(request))
        waits = done.arrivals.filter(state="pending").exists()
        said = "The loss waits for approval." if waits else "The difference is settled."
        messages.success(request, said)
        return _page(uid)

    row = next((one for one in pages.transfer_page(uid).picks if one.pick.uid == pick), None)
    note = ""
    if row is not None:
        item = row.pick.lot.item
        note = f"{to_text(row.open, item.scale)} {symbol(item.unit)} of {item} {row.pick.lot} did not arrive."
    return _act(request, uid, form=forms.SettleForm, act=act, button="Settle the difference", note=note)


@WAYS
@requires("transfers.post")
def take_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the last step back."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        receiving.take_back(transfer=uid, reason=values["reason"], uid=values["uid"], actor=actor(request))
        messages.success(request, "Taken back: the goods are where they were.")
        return _page(uid)

    note = (
        "The last receipt or settlement is reversed, or the sending when nothing arrived. Nothing is deleted."
    )
    return _act(request, uid, form=forms.ReasonForm, act=act, button="Take the last step back", note=note)


@WAYS
@requires("transfers.post")
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give a transfer up."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        done = actions.cancel(transfer=uid, reason=values["reason"], uid=values["uid"], actor=actor(request))
        messages.success(request, f"{done.number} is cancelled; nothing stays reserved for it.")
        return _page(uid)

    return _act(
        request,
        uid,
        form=forms.ReasonForm,
        act=act,
        button="Cancel the transfer",
        note="What is reserved becomes free.",
    )


def _act(request: HttpRequest, uid: UUID, *, form: Any, act: Any, button: str, note: str) -> HttpResponse:
    row = documents.transfer(uid)
    context = {"document": row, "back": _page(uid), "button": button, "note": note}
    return ActPage("transfers/act.html", form(posted_by(request)), act, context=context).answer(request)
