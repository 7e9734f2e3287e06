"""The trace page: from a search field to suppliers, lots, customers and the whole history of a lot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from lotbook.kernel import clock, pdf, permissions, tables
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_decimal, to_text
from lotbook.kernel.tables import Cell
from lotbook.traceability.lots.rules import STATUSES
from lotbook.traceability.trace import forms
from lotbook.traceability.trace import page as pages
from lotbook.traceability.trace.forms import Filters, TraceForm
from lotbook.traceability.trace.graph import Amounts, Drawing, Drawn
from lotbook.traceability.trace.page import TracePage
from lotbook.traceability.trace.resolve import CHOICES_MAX
from lotbook.traceability.trace.rules import Subject, Trace, TracedEvent, TracedPartner
from lotbook.traceability.trace.workspace import sankey

PAGES = {
    "lot": "lots:lot",
    "run": "production:run",
    "unit": "places:place",
    "supplier": "partners:partner",
    "customer": "partners:partner",
}
"""Kind of a node → the page it opens."""


@require_safe
@requires("trace.view")
def page(request: HttpRequest) -> HttpResponse:
    """Search, choose where a number is ambiguous, and the trace itself: all of it in the address."""
    text = request.GET.get("id", "").strip()
    try:
        form, filters = forms.read(request.GET)
        found = pages.subjects(filters.id) if filters.id else []
        if len(found) == 1:
            return _traced(request, form, filters, found[0])
    except Refused as refusal:
        refused = {"faults": refusal.faults, "faults_title": "There is no trace to show", "text": text}
        return render(request, "trace/search.html", refused, status=refusal.status)
    choices = [(one, _address(request, id=pages.address_of(one))) for one in found]
    context = {"text": text, "choices": choices, "truncated": len(found) >= CHOICES_MAX}
    return render(request, "trace/search.html", context)


def _traced(request: HttpRequest, form: TraceForm, filters: Filters, subject: Subject) -> HttpResponse:
    address = pages.address_of(subject)
    if filters.id != address:
        # One thing has one address: what was typed or scanned may come to mean more than one later.
        return HttpResponseRedirect(_address(request, id=address))
    shown = pages.page(subject, filters)
    form.offer(shown.items, shown.deepest)
    return render(request, "trace/page.html", _context(request, form, filters, shown))


def _context(request: HttpRequest, form: TraceForm, filters: Filters, shown: TracePage) -> dict[str, Any]:
    answer = shown.trace
    frozen = {"as_of": answer.as_of}
    kept = {"page": None, "events_page": None}
    return {
        "page": shown,
        "trace": answer,
        "subject": answer.subject,
        "filters": filters,
        "form": form,
        "text": "",
        "repeat": _address(request, **frozen),
        "present": _address(request, as_of=None),
        "views": [
            (label, _address(request, view=name), filters.view == name)
            for name, label in forms.VIEW_WORDS.items()
        ],
        "directions": [
            (label, _address(request, direction=name, **kept), filters.direction == name)
            for name, label in forms.DIRECTION_WORDS.items()
        ],
        "kinds": [
            (
                forms.kind_label(kind),
                count,
                _address(request, kind=kind, events_page=None),
                filters.kind == kind,
            )
            for kind, count in shown.kinds
        ],
        "all_kinds": _address(request, kind=None, events_page=None),
        "clear": _address(
            request, item=None, side=None, depth=None, status=None, text=None, site=None, page=None
        ),
        **_view(request, filters, shown),
        "graph_url": f"{reverse('trace:graph')}?{urlencode(_query(request, **frozen), doseq=True)}",
        "exports": {
            what: [
                (name.upper(), f"{reverse('trace:export', args=[what])}?{_file_query(request, answer, name)}")
                for name in tables.FORMATS
            ]
            for what in FILES
        },
        "lots_pager": _pager(request, "page", shown.lots_page),
        "events_pager": _pager(request, "events_page", shown.events_page),
        "events_page": [_event_row(event) for event in shown.events_page],
        "statuses": STATUSES,
        "units": _unit_codes(shown),
        "urls": {"lot": url_of("lot", str(shown.lot.uid)) if shown.lot else ""},
        "customer_totals": totals(answer.customers),
        "supplier_totals": totals(answer.suppliers),
        "printed": {
            "filter": forms.in_words(filters),
            "by": permissions.actor(request),
            "at": clock.now(),
            "checksum": pdf.checksum(pages.substance(shown)),
        },
        "event_page": _has("ledger:event"),
        "lot_page": _has("lots:lot"),
    }


def _view(request: HttpRequest, filters: Filters, shown: TracePage) -> dict[str, Any]:
    """What the chosen view shows beside the lists every view has."""
    if filters.view == "sites":
        groups = pages.by_site(shown)
        bare = _address(request, view="table", site=None, item=None, page=None)
        return {"site_groups": groups, "any_site": any(group.sites for group in groups), "site_table": bare}
    if filters.view == "flows":
        found = pages.by_mass(shown)
        bare = _address(request, view="table", site=None, item=None, page=None)
        return {"flows": found, "sankey": sankey.draw(found.shown), "flow_table": bare}
    return {}


def _event_row(event: TracedEvent) -> dict[str, Any]:
    return {
        "label": forms.kind_label(event.kind),
        "uid": event.uid,
        "occurred_at": event.occurred_at,
        "place": event.place,
        "document": event.document,
        "sequence": event.sequence,
    }


def _file_query(request: HttpRequest, answer: Trace, name: str) -> str:
    query = _query(
        request, as_of=answer.as_of, format=name, page=None, events_page=None, view=None, expand=None
    )
    return urlencode(query, doseq=True)


def _unit_codes(shown: TracePage) -> list[str]:
    """Codes whose names the picture needs."""
    codes = {row.lot.unit for row in shown.lots}
    codes |= {lot.unit for lot in shown.trace.lots}
    codes |= {
        unit for one in (*shown.trace.customers, *shown.trace.suppliers) for unit, _, _ in one.quantities
    }
    return sorted(codes | ({shown.lot.item.unit} if shown.lot else set()))


def totals(partners: Iterable[TracedPartner]) -> list[tuple[str, int, int]]:
    """The sum over partners, per unit: (unit, quantity, scale)."""
    sums: dict[str, tuple[int, int]] = {}
    for partner in partners:
        for unit, quantity, scale in partner.quantities:
            known, kept = sums.get(unit, (0, 0))
            finest = max(kept, scale)
            sums[unit] = known * 10 ** (finest - kept) + quantity * 10 ** (finest - scale), finest
    return [(unit, quantity, scale) for unit, (quantity, scale) in sorted(sums.items())]


def _pager(request: HttpRequest, name: str, shown: Any) -> dict[str, Any]:
    """A pager for one of two lists of the page: each has its own key in the address."""
    return {
        "page": shown,
        "previous": _address(request, **{name: shown.previous_page_number()}) if shown.has_previous() else "",
        "next": _address(request, **{name: shown.next_page_number()}) if shown.has_next() else "",
    }


def _query(request: HttpRequest, **changes: object) -> list[tuple[str, list[str]]]:
    query = {key: values for key, values in request.GET.lists() if any(values)}
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = [str(value)]
    return list(query.items())


def _address(request: HttpRequest, **changes: object) -> str:
    """This page's address with some of its query changed; None takes a key out."""
    return f"{reverse('trace:page')}?{urlencode(_query(request, **changes), doseq=True)}"


def _has(url_name: str) -> bool:
    try:
        reverse(url_name, args=[UUID(int=0)])
    except NoReverseMatch:
        return False
    return True


def url_of(kind: str, uid: str) -> str:
    """The page of a lot, run or logistic unit; empty where its room is closed."""
    if not uid or kind not in PAGES:
        return ""
    try:
        return reverse(PAGES[kind], args=[UUID(uid)])
    except NoReverseMatch:
        return ""


# -- the picture --------------------------------------------------------------------------------------


@require_safe
@requires("trace.view")
def graph(request: HttpRequest) -> HttpResponse:
    """The picture of a trace: bounded nodes with column and order, edges, and what is open."""
    try:
        _, filters = forms.read(request.GET)
        as_of, drawing = pages.drawing(pages.subject(filters.id), filters)
    except Refused as refusal:
        problem = {"status": refusal.status, "faults": [str(fault) for fault in refusal.faults]}
        return JsonResponse(problem, status=refusal.status)
    answer = JsonResponse(_drawing(request, as_of, drawing))
    answer["Cache-Control"] = "no-store"
    return answer


def _drawing(request: HttpRequest, as_of: int, drawing: Drawing) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "titles": drawing.titles,
        "nodes": [_node(request, one) for one in drawing.nodes],
        "bends": [{"id": one.id, "column": one.column, "order": one.order} for one in drawing.bends],
        "edges": [
            {
                "source": line.source,
                "target": line.target,
                "via": line.via,
                "loop": line.loop,
                "quantity": _quantities(line.amounts),
            }
            for line in drawing.lines
        ],
        "opened": [{"bundle": name, "label": label} for name, label in drawing.opened],
    }


def _node(request: HttpRequest, one: Drawn) -> dict[str, Any]:
    if one.kind in ("suppliers", "customers"):
        url = ""
    elif one.kind in PAGES:
        url = url_of(one.kind, one.uid)
    else:
        url = _address(request, view="table", item=one.item or None, expand=None) + "#lots"
    return {
        "id": one.id,
        "kind": one.kind,
        "layer": one.layer,
        "column": one.column,
        "order": one.order,
        "label": one.label,
        "lot": one.number,
        "item": one.item,
        "count": one.count,
        "status": worst(one.statuses),
        "statuses": dict(one.statuses),
        "quantity": _quantities(one.amounts),
        "url": url,
        "trace": _address(request, id=one.uid, expand=None) if one.kind in ("lot", "unit") else "",
        "bundle": one.bundle,
        "match": one.matches,
        "subject": one.subject,
    }


def worst(statuses: Iterable[str]) -> str:
    """The gravest of some statuses."""
    known = set(statuses)
    return next((name for name in STATUSES if name in known), "")


def _quantities(amounts: Amounts) -> list[dict[str, str]]:
    return [
        {"quantity": to_text(quantity, scale), "unit": unit}
        for unit, (quantity, scale) in sorted(amounts.items())
    ]


# -- files --------------------------------------------------------------------------------------------

Table = tuple[Sequence[str], Iterable[Sequence[Cell]]]


@require_safe
@requires("trace.view")
def export(request: HttpRequest, what: str) -> HttpResponseBase:
    """Lots, customers, suppliers or events of a trace as CSV or XLSX, with what was asked, by whom, when."""
    if what not in FILES:
        raise NotFound(Fault("what", f"expected one of {', '.join(FILES)}, got {what[:40]!r}."))
    _, filters = forms.read(request.GET)
    shown = pages.page(pages.subject(filters.id), filters)
    subject = shown.trace.subject
    columns, rows = FILES[what](shown)
    about: list[tuple[str, Cell]] = [
        ("Trace of", f"{subject.item_name} {subject.number}".strip()),
        ("Identifier", subject.uri),
        ("As of sequence", shown.trace.as_of),
        ("Filter", forms.in_words(filters)),
        ("Made by", permissions.actor(request)),
        ("Made at", clock.now()),
        ("Status and place", "as known when this file was made; all else as of the sequence"),
        (
            "Same answer again",
            request.build_absolute_uri(_address(request, as_of=shown.trace.as_of, format=None)),
        ),
    ]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", subject.number or subject.item or "trace").strip("-.") or "trace"
    return tables.export(
        rows,
        columns,
        request.GET.get("format", "csv"),
        f"trace-{name[:60]}-{what}-{shown.trace.as_of}",
        about=about,
    )


def _lots_file(shown: TracePage) -> Table:
    pages.locate(shown.lots)
    columns = (
        "Side", "Steps", "Item", "Item name", "Lot", "Quantity", "Unit", "Expires", "Status now",
        "On hand now", "Where now", "With partners now", "Identifier",
    )  # fmt: skip

    def rows() -> Iterator[Sequence[Cell]]:
        for row in shown.lots:
            lot = row.lot
            quantity = None if lot.quantity is None else to_decimal(lot.quantity, lot.scale)
            yield (
                forms.SIDE_WORDS[lot.side], lot.depth, lot.item, lot.item_name, lot.lot, quantity, lot.unit,
                lot.expires_on, row.status, to_decimal(row.where.on_hand, lot.scale),
                "; ".join(name for name, _ in row.where.ours),
                "; ".join(f"{name} {to_text(q, lot.scale)}" for name, q in row.where.partners),
                lot.uri,
            )  # fmt: skip

    return columns, rows()


def _partners_file(forward: bool) -> Callable[[TracePage], Table]:
    def table(shown: TracePage) -> Table:
        columns = (
            "Customer" if forward else "Supplier", "Item", "Item name", "Lot", "Quantity", "Unit", "Expires",
            "Steps", "Identifier",
        )  # fmt: skip
        rows = (
            (
                deal.name, lot.item, lot.item_name, lot.lot, to_decimal(deal.quantity, lot.scale), lot.unit,
                lot.expires_on, lot.depth, lot.uri,
            )
            for deal, lot in pages.deals(shown.trace, shown.lot, forward=forward)
        )  # fmt: skip
        return columns, rows

    return table


def _events_file(shown: TracePage) -> Table:
    columns = ("Sequence", "When (UTC)", "What", "Where", "Document", "Event")
    rows = (
        (
            event.sequence,
            event.occurred_at,
            forms.kind_label(event.kind),
            event.place,
            event.document,
            event.id,
        )
        for event in shown.events_page.paginator.object_list
    )
    return columns, rows


def _sites_file(shown: TracePage) -> Table:
    columns = ("Group", "Site", "Where", "Item", "Item name", "Came", "Went", "There", "Unit", "Lots")
    rows = (
        (
            group.title, site.end.name, site.where, row.item, row.name, to_decimal(row.came, row.scale),
            to_decimal(row.went, row.scale),
            to_decimal(row.here, row.scale) if group.name == "ours" else None, row.unit,
            "; ".join(sorted(lot.lot for lot in row.lots.values())),
        )
        for group in pages.by_site(shown)
        for site in group.sites
        for row in site.items
    )  # fmt: skip
    return columns, rows


def _flows_file(shown: TracePage) -> Table:
    columns = ("From", "To", "Kilograms", "In its own unit")
    rows = (
        (
            flow.source.name, flow.target.name,
            None if flow.weightless and not flow.kilograms else round(Decimal(float(flow.kilograms)), 6),
            "; ".join(f"{to_text(quantity, scale)} {unit}" for (unit, scale), quantity in flow.units.items()),
        )
        for flow in pages.by_mass(shown).flows
    )  # fmt: skip
    return columns, rows


FILES: dict[str, Callable[[TracePage], Table]] = {
    "lots": _lots_file,
    "customers": _partners_file(forward=True),
    "suppliers": _partners_file(forward=False),
    "events": _events_file,
    "sites": _sites_file,
    "flows": _flows_file,
}


# -- the panel of the lot page ------------------------------------------------------------------------


@require_safe
@requires("trace.view")
def panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What a lot was made from and went into, one step each way."""
    context = {"family": pages.family(str(uid)), "lot_page": _has("lots:lot")}
    return render(request, "trace/panel.html", context)
