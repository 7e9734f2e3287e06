"""Pages about lots, and about the rules their numbers follow."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.catalog import queries as catalog
from lotbook.kernel import panels
from lotbook.kernel.errors import Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.pages import Page, page
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.tables import export
from lotbook.traceability.lots import actions, forms, queries, rules
from lotbook.traceability.lots.models import Lot

COLUMNS = (
    "item", "name", "lot or serial", "kind", "status", "supplier", "supplier's lot", "origin", "produced", "packed",
    "received", "sell by", "best before", "expires", "TLC",
)  # fmt: skip
CHUNK = 1_000
OF_ITEM = 20


@require_safe
@requires("lots.view")
def lots(request: HttpRequest) -> HttpResponseBase:
    """The list of lots: filtered, shareable, exportable."""
    form = forms.FilterForm(request.GET)
    wanted = form.wanted()
    rows = queries.lots(**wanted) if form.is_valid() else Lot.objects.none()
    if "format" in request.GET:
        return export(_rows(rows.iterator(CHUNK)), COLUMNS, request.GET["format"], "lots")
    found: Page[Lot] = page(rows, request.GET.get("cursor", ""), descending=True)
    context = {"form": form, "lots": _with_status(found.items), "next": found.next}
    return render(request, "lots/lots.html", context)


def _with_status(found: list[Lot]) -> list[tuple[Lot, str]]:
    status_of = queries.statuses(found)
    return [(one, status_of[one.pk]) for one in found]


def _rows(rows: Iterable[Lot]) -> Iterable[tuple[Any, ...]]:
    waiting = iter(rows)
    while some := list(islice(waiting, CHUNK)):
        for one, status in _with_status(some):
            yield (
                one.item.code, one.item.name, one.number, one.get_kind_display(), status,
                one.supplier.name if one.supplier else "", one.supplier_lot, one.origin_country, one.produced_on,
                one.packed_on, one.received_on, one.sell_by_on, one.best_before_on, one.expires_on, one.tlc,
            )  # fmt: skip


@require_safe
@requires("lots.view")
def lot(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One lot: its status and holds, its facts, and what the rooms above have of it."""
    found = queries.page(uid)
    context = {
        "page": found,
        "lot": found.lot,
        "dates": [(label, day) for name, label in rules.DATES.items() if (day := getattr(found.lot, name))],
        "panels": panels.on("lot", request, uid=found.lot.uid),
        "changes": queries.changes(found.lot)[:100],
    }
    return render(request, "lots/lot.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("lots.edit")
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change facts of a lot."""
    one = queries.lot(uid)
    form = forms.LotForm(request.POST or None, initial=forms.initial(one))
    url = reverse("lots:lot", args=[one.uid])

    def act(values: dict[str, Any]) -> str:
        reason = values.pop("reason")
        actions.amend_lot(actor=actor(request), uid=uid, changes=forms.changes(values), reason=reason)
        return url

    note = (
        "Item and number are the lot's identity and stay. Every change is kept with who, when, old and new."
    )
    context = {"title": f"Change {one.item.name} {one}", "cancel": url, "note": note}
    return submit(request, form, act, context, done="The lot is changed.")


@require_safe
@requires("lots.view")
def of_item(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The newest lots of an item: a panel on the item's page."""
    one = catalog.item(uid)
    found = list(queries.lots(item=one.uid)[: OF_ITEM + 1])
    context = {"item": one, "lots": _with_status(found[:OF_ITEM]), "more": len(found) > OF_ITEM}
    return render(request, "lots/of_item.html", context)


@require_safe
@requires("lots.view")
def numbering(request: HttpRequest) -> HttpResponse:
    """How lot numbers are made."""
    today = queries.today()
    rows = [
        (rule, actions.preview(rule.pattern, rule.reset, on=today)[0]) for rule in queries.numbering_rules()
    ]
    return render(request, "lots/numbering.html", {"rules": rows, "resets": rules.RESETS})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("numbering.edit")
def create_rule(request: HttpRequest) -> HttpResponse:
    """Make a numbering rule, or (button "preview") see what it would give."""
    form = forms.RuleForm(request.POST or None)

    def act(values: dict[str, Any]) -> str:
        rule = actions.create_rule(actor=actor(request), **forms.rule_values(values))
        return reverse("lots:rule", args=[rule.pk])

    context = {"title": "Add a numbering rule", "cancel": reverse("lots:numbering")}
    return _rule_form(request, form, act, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("numbering.edit")
def edit_rule(request: HttpRequest, key: int) -> HttpResponse:
    """Change a numbering rule, or see what the change would give."""
    rule = queries.numbering_rule(key)
    form = forms.AmendRuleForm(request.POST or None, initial=forms.rule_initial(rule))
    url = reverse("lots:rule", args=[rule.pk])

    def act(values: dict[str, Any]) -> str:
        reason = values.pop("reason")
        actions.amend_rule(actor=actor(request), key=key, changes=forms.rule_values(values), reason=reason)
        return url

    return _rule_form(request, form, act, {"title": f"Change {rule.name}", "cancel": url})


def _rule_form(request: HttpRequest, form: forms.RuleForm, act: Any, context: dict[str, Any]) -> HttpResponse:
    """A rule's form with its preview: the preview saves nothing and hands nothing out."""
    shown = {**context, **_preview(form)}
    if request.POST.get("do") == "preview":
        return render(request, "lots/rule_form.html", {**shown, "form": form})
    return submit(request, form, act, shown, done="The rule is saved.", template="lots/rule_form.html")


def _preview(form: forms.RuleForm) -> dict[str, Any]:
    bound = form.is_bound and form.is_valid()
    pattern = (
        form.cleaned_data["pattern"]
        if bound
        else str(form.get_initial_for_field(form.fields["pattern"], "pattern"))
    )
    reset = (
        form.cleaned_data["reset"]
        if bound
        else str(form.get_initial_for_field(form.fields["reset"], "reset") or "day")
    )
    try:
        examples = actions.preview(pattern, reset, on=queries.today())
    except Refused as refusal:
        return {"preview_faults": refusal.faults}
    return {"examples": examples, "warnings": rules.warnings(examples[0])}


@require_safe
@requires("lots.view")
def rule(request: HttpRequest, key: int) -> HttpResponse:
    """One numbering rule with its history."""
    return render(
        request,
        "lots/rule.html",
        _rule(key) | {"changes": queries.rule_changes(queries.numbering_rule(key))[:50]},
    )


@require_safe
@requires("lots.view")
def sheet(request: HttpRequest, key: int) -> HttpResponse:
    """The rule on a page to print, for suppliers and auditors: what each part of a number means."""
    return render(request, "lots/sheet.html", _rule(key))


def _rule(key: int) -> dict[str, Any]:
    one = queries.numbering_rule(key)
    pattern = rules.Pattern.parse(one.pattern, one.reset)
    today = queries.today()
    code = one.item.code if one.item else "ITEM"
    examples = actions.preview(one.pattern, one.reset, on=today, item=code)
    values = rules.Values(on=today, item=code, site="SITE", shift="A", random="7KXM2P4Q9RTW")
    return {
        "rule": one,
        "parts": [(str(part), part.fill(values), part.meaning) for part in pattern.parts],
        "examples": examples,
        "barcode": f"(10){examples[0]}",
        "warnings": rules.warnings(examples[0]),
        "reset": rules.RESETS[one.reset],
        "today": today,
    }
