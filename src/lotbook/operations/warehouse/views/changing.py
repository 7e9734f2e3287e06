"""Pages that make lots into others: split, merge, relabel, repack."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lotbook.kernel.permissions import actor, requires
from lotbook.operations.warehouse import actions, forms
from lotbook.operations.warehouse.rules import Packed, Part
from lotbook.operations.warehouse.views.acting import IN_OUT_LOST, PAGE, change_page
from lotbook.traceability.ledger.acting import TAKEN, Filled
from lotbook.traceability.ledger.lines import Line


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
    return change_page(
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
    return change_page(request, forms.MergeForm, act=act, heading="Merge lots", button="Merge", groups=groups)


@require_http_methods(PAGE)
@requires("lots.edit")
def relabel(request: HttpRequest) -> HttpResponse:
    """Give a lot a new number, or dates put right."""

    def act(values: dict[str, Any], _filled: Filled) -> str:
        receipt = actions.relabel(**values, actor=actor(request))
        messages.success(request, "Relabelled: print new labels.")
        return reverse("ledger:event", args=[receipt.uid])

    return change_page(
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

    return change_page(
        request, forms.RepackForm, act=act, heading="Repack", button="Repack", groups=IN_OUT_LOST
    )
