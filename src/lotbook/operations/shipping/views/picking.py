"""Waves, and the pick page: one portion at a time, in walking order, for a phone in one hand."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.kernel import pages
from lotbook.kernel.errors import Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.kernel.screens import merge
from lotbook.operations.shipping import actions, forms, queries
from lotbook.operations.shipping.models import Order, Wave
from lotbook.operations.shipping.rules import LIVE, pallet_scanned
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by

SHOWN = 50


@require_safe
@requires("shipping.view")
def waves(request: HttpRequest) -> HttpResponse:
    """Every wave, newest first."""
    page: pages.Page[Wave] = pages.page(
        queries.waves(), request.GET.get("cursor", ""), SHOWN, descending=True
    )
    counts = queries.wave_counts(page.items)
    listed = [(row, *counts.get(row.pk, (0, 0))) for row in page.items]
    return render(request, "shipping/waves.html", {"waves": listed, "next": page.next})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.order")
def start_wave(request: HttpRequest) -> HttpResponse:
    """Choose orders, allocate them by priority, and pick them together."""
    faults = []
    if request.method == "POST":
        try:
            made = actions.start_wave(orders=request.POST.getlist("order"), actor=actor(request))
            messages.success(request, f"{made.number}: what is there is reserved, in the order of priority.")
            return HttpResponseRedirect(reverse("shipping:wave", args=[made.uid]))
        except Refused as refusal:
            faults = list(refusal.faults)
    waiting = queries.orders(status="open").filter(wave=None).order_by("priority", "wanted_on", "pk")[:SHOWN]
    counts = queries.line_counts(waiting)
    context = {"orders": [(row, *counts.get(row.pk, (0, 0))) for row in waiting], "faults": faults}
    return render(request, "shipping/start_wave.html", context, status=422 if faults else 200)


@require_safe
@requires("shipping.view")
def wave(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One wave: its orders, and its pick list."""
    found = queries.wave(uid)
    inside = queries.wave_orders(found)
    portions = queries.pick_list(inside)
    context = {
        "wave": found,
        "orders": inside,
        "portions": portions,
        "left": sum(one.pick is None for one in portions),
    }
    return render(request, "shipping/wave.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def pick_order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Pick one order."""
    found = queries.order(uid)
    back = reverse("shipping:order", args=[uid])
    return _pick(request, [found], found.number, back, reverse("shipping:pick", args=[uid]))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def pick_wave(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Pick a wave."""
    found = queries.wave(uid)
    inside = [order for order in queries.wave_orders(found) if order.status in LIVE]
    back = reverse("shipping:wave", args=[uid])
    return _pick(request, inside, found.number, back, reverse("shipping:pick_wave", args=[uid]))


def _pick(request: HttpRequest, orders: list[Order], title: str, back: str, here: str) -> HttpResponse:
    """The next portion to take; what is confirmed leads to the one after it."""
    portions = queries.pick_list(orders)
    faults: list[Any] = []
    form = forms.PickForm(request.POST if request.method == "POST" else None, initial=_fresh(request))
    wanted = request.POST.get("claim") or request.GET.get("claim", "")
    open_ = [one for one in portions if one.pick is None]
    now = next((one for one in open_ if str(one.claim) == wanted), open_[0] if open_ else None)
    status = 200
    pallet = pallet_scanned(request.POST.get("lot", ""), [one.lot.number for one in portions])
    if pallet:
        # Scanned where the lot is asked for: this and the following lines go onto it.
        messages.info(request, f"Everything now goes onto {pallet}.")
        return HttpResponseRedirect(f"{here}?{urlencode({'to': pallet, 'claim': wanted})}")
    if request.method == "POST":
        form.full_clean()
        try:
            taken = actions.pick(**_said(request, portions, wanted), actor=actor(request))
            amount = ", ".join(f"{one.lot.number}" for one in taken) or "nothing"
            messages.success(request, f"RIGHT: {amount}.")
            to = taken[0].place.code if taken and "new_unit" in request.POST else request.POST.get("to", "")
            return HttpResponseRedirect(f"{here}?{urlencode({'to': to})}" if to else here)
        except Refused as refusal:
            if refusal.status == 404:
                raise
            form.errors.clear()
            faults, status = merge(form, refusal.faults), refusal.status
    context = {
        "title": title,
        "back": back,
        "here": here,
        "now": now,
        "form": form,
        "uid": request.POST.get("uid") or new_uid(),
        "portions": portions,
        "left": len(open_),
        "faults": faults,
        "amount": to_text(now.quantity, now.line.item.scale) if now else "",
    }
    return render(request, "shipping/pick.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shipping.post")
def put_back(request: HttpRequest, uid: UUID, pick: UUID) -> HttpResponse:
    """Put picked goods back: they stay reserved, and are on the pick list again."""
    found = queries.order(uid)
    one = queries.picked(found, pick)
    back = reverse("shipping:order", args=[uid])

    def act(values: dict[str, Any], _filled: Filled) -> str:
        told = {name: values[name] for name in forms.PutBackForm.HEAD}
        actions.put_back(order=uid, pick=pick, actor=actor(request), **told)
        messages.success(request, "Put back: it is on the pick list again, and stays reserved.")
        return back

    context = {"order": found, "one": one, "back": back}
    form = forms.PutBackForm(posted_by(request))
    return ActPage("shipping/put_back.html", form, act, context=context).answer(request)


def _fresh(request: HttpRequest) -> dict[str, Any]:
    return {"uid": new_uid(), "to": request.GET.get("to", "")}


def _said(request: HttpRequest, portions: list[queries.Portion], wanted: str) -> dict[str, Any]:
    """What was sent, as the action takes it; an unknown portion is the action's to refuse."""
    one = next((row for row in portions if str(row.claim) == wanted), None)
    told: dict[str, Any] = {name: request.POST.get(name, "") for name in ("lot", "quantity", "to", "reason")}
    try:
        uid = UUID(request.POST.get("uid", ""))
    except ValueError:
        uid = None
    order = one.order.uid if one else request.POST.get("order", "")
    told |= {"to": "", "new_unit": True} if "new_unit" in request.POST else {}
    return {**told, "order": order, "claim": one.claim if one else -1, "uid": uid}
