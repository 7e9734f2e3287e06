"""The pages of this room: the list with its early warnings, one complaint, and entry."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, allowed, requires
from lotbook.operations.complaints import actions, forms, importing, queries, reading
from lotbook.operations.complaints.models import Complaint
from lotbook.operations.complaints.reading import Told
from lotbook.operations.complaints.rules import Reach
from lotbook.traceability.lots.models import Lot

SHOWN = 50
CAUSE_MAX = 100
"""Most complaints, and most lots, of which a shared cause is looked for from here."""
WARNINGS_SHOWN = 5
PAGE = ["GET", "HEAD", "POST"]
COLUMNS = (
    "complaint", "status", "received at", "who", "channel", "customer", "item", "lot", "lot as read",
    "best before", "symptoms", "harm", "severity", "affected", "sample", "description", "recall", "outcome",
    "finding", "closed at",
)  # fmt: skip
REACH = ("name", "phone", "email", "address")


@require_safe
@requires("complaints.view")
def complaints(request: HttpRequest) -> HttpResponseBase:
    """Every complaint, newest first, below the warnings of several that are likely one story."""
    form = forms.ComplaintFilter(request.GET)
    rows = queries.complaints(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        cells = (_cells(row) for part in pages.parts(rows) for row in part)
        return tables.export(cells, COLUMNS, request.GET["format"], "complaints")
    page: pages.Page[Complaint] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    found = queries.warnings()
    warned = queries.told(found[:WARNINGS_SHOWN])
    context = {
        "form": form,
        "rows": [(row, queries.symptoms_in_words(row)) for row in page.items],
        "next": page.next,
        "warnings": [(one, cause_url(one.lots)) for one in warned],
        "more": len(found) - len(warned),
        "flagged": {key for one in found for key in one.members},
        "converges": converge_exists(),
    }
    return render(request, "complaints/complaints.html", context)


def _cells(row: Complaint) -> tuple[tables.Cell, ...]:
    return (
        row.number, row.get_status_display(), row.received_at, row.get_complainant_display(),
        row.get_channel_display(), row.partner.code if row.partner else "", row.item.code if row.item else "",
        row.lot.number if row.lot else "", row.lot_text, row.best_before_on, queries.symptoms_in_words(row),
        row.get_harm_display(), row.get_severity_display(), row.units_affected, row.get_sample_display(),
        row.description, row.recall_number, row.get_outcome_display() if row.outcome else "", row.finding,
        row.closed_at,
    )  # fmt: skip


def converge_exists() -> bool:
    """Whether the page that finds shared causes is open."""
    try:
        reverse("trace:converge")
    except NoReverseMatch:
        return False
    return True


def cause_url(lots: Collection[Lot]) -> str:
    """The page that finds what lots have in common; empty for fewer than two, or where it is not open."""
    if len(lots) < 2 or not converge_exists():
        return ""
    named = "\n".join(_named(one) for one in list(lots)[:CAUSE_MAX])
    return f"{reverse('trace:converge')}?{urlencode({'lots': named})}"


def _named(lot: Lot) -> str:
    """A lot as the page of shared causes takes it, in words where they cannot be taken for something else."""
    said = f"{lot.item.code}:{lot.number}"
    return said if said.count(":") == 1 and not {",", ";"} & set(said) and lot.number else str(lot.uid)


@require_safe
@requires("complaints.view")
def cause(request: HttpRequest) -> HttpResponse:
    """From chosen complaints to the page that finds what their lots have in common."""
    uids = []
    for text in request.GET.getlist("complaint")[:CAUSE_MAX]:
        try:
            uids.append(UUID(text))
        except ValueError:
            continue
    url = cause_url(list(Lot.objects.select_related("item").filter(pk__in=queries.lots_of(uids))))
    if not url:
        messages.error(request, "Choose complaints of at least two lots that are known.")
        return HttpResponseRedirect(reverse("complaints:complaints"))
    return HttpResponseRedirect(url)


@require_safe
@requires("complaints.view")
def complaint(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One complaint: what is known, what to do next, and all that happened."""
    page = queries.page(uid)
    context = {
        "page": page,
        "warnings": [(one, cause_url(one.lots)) for one in page.warnings],
        "contact": page.contact if allowed(request, "complaints.contact") else None,
        "hold_url": _hold_url(request, page),
        "recall_url": _recall_url(page.complaint),
        "panels": panels.on("complaint", request, uid=uid),
    }
    return render(request, "complaints/complaint.html", context)


def _hold_url(request: HttpRequest, page: queries.ComplaintPage) -> str:
    """Where the lot is put on hold, everything filled in; empty when nothing is to be held."""
    one = page.complaint
    if one.lot is None or page.lot_status in ("hold", "recalled", "rejected"):
        return ""
    if not allowed(request, "lots.hold"):
        return ""
    said = {"item": one.lot.item.code, "lot": one.lot.number, "reason": f"Complaint {one.number}"}
    try:
        return f"{reverse('quality:hold')}?{urlencode(said)}"
    except NoReverseMatch:
        return ""


def _recall_url(one: Complaint) -> str:
    """The page of the recall case; empty where there is none, or the room is closed."""
    try:
        return reverse("recall:case", args=[one.recall]) if one.recall else ""
    except NoReverseMatch:
        return ""


# -- entry ------------------------------------------------------------------------------------------


@require_http_methods(PAGE)
@requires("complaints.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Write a complaint down."""
    context: dict[str, Any] = {
        "title": "Enter a complaint",
        "cancel": reverse("complaints:complaints"),
        "reach": REACH,
    }
    filled = _scanned(request)
    if filled:
        context |= {"form": forms.ReceiveForm(None, filled), "understood": _in_words(filled)}
        return render(request, "complaints/entry.html", context)
    form = forms.ReceiveForm(request.POST if request.method == "POST" else None, request.GET.dict())

    def act(values: dict[str, Any]) -> str:
        reach = Reach(**{name: values.pop(name) for name in REACH})
        uid = values.pop("uid")
        made = actions.receive(actor=actor(request), told=Told(**_told(values)), reach=reach, uid=uid)
        messages.success(request, f"{made.number} is written down.")
        return reverse("complaints:complaint", args=[made.uid])

    return submit(request, form, act, context, done="", template="complaints/entry.html")


def _scanned(request: HttpRequest) -> dict[str, Any]:
    """What a scanner's Enter sent before anything is ticked: the form filled from the scan, not judged yet.

    Empty when the form is sent by a person, or the scan says nothing: then the action says what is wrong.
    """
    scan = request.POST.get("scan", "")
    if not scan.strip() or "symptoms" in request.POST:
        return {}
    try:
        said = reading.understood(scan)
    except Refused:
        return {}
    typed = {name: value for name, value in request.POST.dict().items() if value and name != "scan"}
    return {**said, **typed} if said else {}


def _in_words(filled: dict[str, Any]) -> str:
    names = {
        "item": "item",
        "lot": "lot",
        "serial": "serial",
        "best_before_on": "best before",
        "sscc": "SSCC",
    }
    return ", ".join(f"{words} {filled[name]}" for name, words in names.items() if filled.get(name))


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "symptoms": tuple(values["symptoms"])}


@require_http_methods(PAGE)
@requires("complaints.edit")
def change(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Correct what is said of a complaint."""
    one = queries.complaint(uid)
    initial = {
        "item": one.item.code if one.item else "", "lot": one.lot.number if one.lot else one.lot_text,
        "best_before_on": one.best_before_on, "symptoms": queries.symptoms_of(one), "harm": one.harm,
        "description": one.description, "complainant": one.complainant,
        "partner": one.partner.code if one.partner else "", "channel": one.channel,
        "units_affected": one.units_affected, "sample": one.sample, "severity": one.severity,
        "serial": one.serial_text, "sscc": (one.unit.sscc or one.unit.code) if one.unit else "",
    }  # fmt: skip
    form = forms.ChangeForm(request.POST if request.method == "POST" else None, initial)

    def act(values: dict[str, Any]) -> str:
        reason, told = values.pop("reason"), _told(values)
        if not told["received_at"]:
            told.pop("received_at")
        actions.change(complaint=uid, actor=actor(request), reason=reason, **told)
        return reverse("complaints:complaint", args=[uid])

    context = {"title": f"Change {one.number}", "cancel": reverse("complaints:complaint", args=[uid])}
    return submit(request, form, act, context, done="Changed.", template="complaints/entry.html")


@require_http_methods(PAGE)
@requires("complaints.edit")
def import_file(request: HttpRequest) -> HttpResponse:
    """Write down a list of complaints."""
    form = forms.FileForm(request.POST or None, request.FILES or None)

    def act(values: dict[str, Any]) -> str:
        try:
            made = importing.enter(
                data=values["file"].read(), answers={"date_order": values["date_order"]},
                uid=values["uid"], actor=actor(request),
            )  # fmt: skip
        except Refused as refusal:
            # Rows are no fields of this page: a link to them would lead nowhere.
            faults = [
                Fault("file", f"{fault.field}: {fault.cause}", fault.remedy) for fault in refusal.faults
            ]
            raise Refused(faults, status=refusal.status) from None
        messages.success(request, f"{len(made)} complaints are written down.")
        return reverse("complaints:complaints")

    context = {
        "title": "Complaints from a file",
        "submit": "Bring them in",
        "cancel": reverse("complaints:complaints"),
        "download": [
            (f"Template ({kind.upper()})", f"{reverse('complaints:template')}?format={kind}")
            for kind in tables.FORMATS
        ],
    }
    return submit(request, form, act, context, done="")


@require_safe
@requires("complaints.edit")
def template(request: HttpRequest) -> HttpResponseBase:
    """A list to fill in, with one row that shows how."""
    header, rows = importing.template()
    return tables.export(rows, header, request.GET.get("format", "xlsx"), "complaints-template")


# -- what is done about it --------------------------------------------------------------------------


@require_POST
@requires("complaints.edit")
def investigate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Begin to investigate, by one click."""
    return _click(request, uid, lambda: actions.investigate(complaint=uid, actor=actor(request)))


@require_POST
@requires("complaints.edit")
def choose_lot(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take one of the candidates for the lot."""
    lot = request.POST.get("lot", "")
    return _click(request, uid, lambda: actions.choose_lot(complaint=uid, lot=lot, actor=actor(request)))


@require_POST
@requires("complaints.edit")
def link_shipments(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say with which shipments the goods went out."""
    events = request.POST.getlist("event")
    return _click(
        request, uid, lambda: actions.link_shipments(complaint=uid, events=events, actor=actor(request))
    )


def _click(request: HttpRequest, uid: UUID, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, " ".join(f"{fault.cause} {fault.remedy}" for fault in refusal.faults))
    return HttpResponseRedirect(reverse("complaints:complaint", args=[uid]))


def _decision(
    request: HttpRequest,
    uid: UUID,
    words: tuple[str, str, str],
    form: django_forms.Form,
    act: Callable[..., object],
) -> HttpResponse:
    """A page that asks what is needed, and does it."""
    title, button, done = words
    found = queries.complaint(uid)

    def decide(values: dict[str, Any]) -> str:
        act(complaint=uid, **values, actor=actor(request))
        return reverse("complaints:complaint", args=[uid])

    context = {
        "title": f"{title} {found.number}",
        "submit": button,
        "cancel": reverse("complaints:complaint", args=[uid]),
    }
    return submit(request, form, decide, context, done=done)


@require_http_methods(PAGE)
@requires("complaints.edit")
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Close a complaint with what was found."""
    form = forms.CloseForm(request.POST if request.method == "POST" else None)
    return _decision(request, uid, ("Close", "Close the complaint", "Closed."), form, actions.close)


@require_http_methods(PAGE)
@requires("complaints.edit")
def reopen(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Open a closed complaint again."""
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    return _decision(request, uid, ("Reopen", "Open it again", "Open again."), form, actions.reopen)


@require_http_methods(PAGE)
@requires("complaints.contact")
def contact(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How to reach whoever complained."""
    found = queries.page(uid).contact
    initial = {name: getattr(found, name) for name in REACH} if found else {}
    form = forms.ContactForm(request.POST if request.method == "POST" else None, initial)

    def act(*, complaint: UUID, actor: str, **values: str) -> object:
        return actions.set_contact(complaint=complaint, reach=Reach(**values), actor=actor)

    return _decision(request, uid, ("Whom to call back about", "Keep", "Kept."), form, act)


@require_http_methods(PAGE)
@requires("complaints.contact")
def erase_contact(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Erase how to reach whoever complained."""
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    words = ("Erase who complained in", "Erase for good", "Erased.")
    return _decision(request, uid, words, form, actions.erase_contact)
