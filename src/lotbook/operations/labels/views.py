"""The pages of this room: print, what was printed, printers, designs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.kernel import pages, pdf, tables
from lotbook.kernel.errors import Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, requires
from lotbook.operations.labels import actions, queries, rules
from lotbook.operations.labels.forms import (
    ChoiceForm,
    DesignForm,
    JobFilter,
    NewUnitsForm,
    PrinterForm,
    PrintForm,
    ReprintForm,
)
from lotbook.operations.labels.models import Design, Job
from lotbook.operations.labels.subjects import subject

SHOWN = 50
PAGE = ["GET", "HEAD", "POST"]
COLUMNS = (
    "what", "label of", "copies", "copy", "design", "version", "printer", "state", "perhaps twice", "problem",
    "reason", "asked at", "by", "printed at", "job",
)  # fmt: skip


# --- Printing ---


@require_http_methods(PAGE)
@requires("labels.print")
def print_page(request: HttpRequest, what: str, name: str) -> HttpResponse:
    """Print labels of one thing: how it will look, on which printer, how many."""
    thing = subject(what, name)
    asked = request.POST if request.method == "POST" else request.GET
    how = {"design": asked.get("design", ""), "size": asked.get("size", "")}
    given = {key: value for key, value in request.GET.items() if key in ("design", "size")}
    form = PrintForm(request.POST or None, what=thing.what, initial=given)
    try:
        face, spec = queries.described(thing.what, thing.uid, **how)
        facts = [(label, value) for key, label, value in face.facts if key in spec.fields]
        trouble: tuple[Any, ...] = ()
    except Refused as refusal:
        facts, trouble = [], refusal.faults
    context = {"thing": thing, "how": how, "facts": facts, "earlier": queries.history_of(thing.uid)}

    def act(values: dict[str, Any]) -> str:
        start = values.pop("start")
        job = actions.print_label(what=thing.what, subject=thing.uid, **values, actor=actor(request))
        return _where(request, job, start)

    if trouble:
        shown = {**context, "form": form, "faults": trouble, "faults_title": "No label can be made so"}
        return render(request, "labels/print.html", shown, status=422)
    return submit(request, form, act, context, done="", template="labels/print.html")


def _where(request: HttpRequest, job: Job, start: int = 1) -> str:
    """A file is shown at once; a printer's job is told of."""
    if job.printer is None:
        return reverse("labels:file", args=[job.uid]) + (f"?start={start}" if start > 1 else "")
    messages.success(
        request, f"{job.copies} label{'s' if job.copies > 1 else ''} for {job.words}: {job.printer}."
    )
    return reverse("labels:job", args=[job.uid])


@require_safe
@requires("labels.view")
def preview(request: HttpRequest, what: str, name: str) -> HttpResponse:
    """How a label would look, as a picture."""
    how = {key: request.GET.get(key, "") for key in ("design", "size")}
    made = queries.preview(what=what, subject_name=name, design=how["design"], size=how["size"])
    return HttpResponse(made, content_type="image/png", headers={"Cache-Control": "private, no-store"})


@require_safe
@requires("labels.view")
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The labels of a job as PDF."""
    start = request.GET.get("start", "1")
    first = int(start) if start.isascii() and start.isdigit() and 0 < int(start[:3]) <= 30 else 1
    return pdf.answer(queries.pdf_of(queries.job(uid), start=first), "labels")


@require_http_methods(PAGE)
@requires("labels.print")
def new_units(request: HttpRequest) -> HttpResponse:
    """Labels with new SSCCs, for pallets still to be packed."""
    form = NewUnitsForm(request.POST or None)

    def act(values: dict[str, Any]) -> str:
        made = actions.print_new_units(**values, actor=actor(request))
        if made[0].printer is None:
            keys = ",".join(str(job.uid) for job in made)
            return f"{reverse('labels:files')}?jobs={keys}"
        messages.success(request, f"{len(made)} new labels: {made[0].subject} to {made[-1].subject}.")
        return reverse("labels:jobs")

    context = {"heading": "New pallet labels", "button": "Print"}
    return submit(request, form, act, context, done="", template="labels/form.html")


@require_safe
@requires("labels.view")
def files(request: HttpRequest) -> HttpResponse:
    """Several jobs as one PDF."""
    keys = request.GET.get("jobs", "").split(",")[: actions.NEW_MAX]
    return pdf.answer(queries.many_pdf([queries.job(key) for key in keys]), "labels")


# --- What was printed ---


@require_safe
@requires("labels.view")
def jobs(request: HttpRequest) -> HttpResponseBase:
    """Everything that was printed or is to be, newest first."""
    form = JobFilter(request.GET)
    rows = queries.jobs(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        return tables.export(
            (_cells(row) for row in rows.iterator()), COLUMNS, request.GET["format"], "labels"
        )
    page: pages.Page[Job] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    return render(request, "labels/jobs.html", {"filter": form, "jobs": page.items, "next": page.next})


def _cells(row: Job) -> tuple[tables.Cell, ...]:
    return (
        row.what, row.words, row.copies, row.copy, row.design, row.version,
        row.printer.name if row.printer else "PDF", row.state, row.doubtful, row.error, row.reason,
        row.asked_at, row.asked_by, row.printed_at, str(row.uid),
    )  # fmt: skip


@require_safe
@requires("labels.view")
def job(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One job: what it said, what became of it, and print it again."""
    return render(request, "labels/job.html", {"job": queries.job(uid), "form": ReprintForm()})


@require_POST
@requires("labels.print")
def reprint(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Print a job's label again."""
    form = ReprintForm(request.POST)

    def act(values: dict[str, Any]) -> str:
        return _where(request, actions.reprint(job=uid, **values, actor=actor(request)))

    return submit(request, form, act, {"job": queries.job(uid)}, done="", template="labels/job.html")


@require_POST
@requires("labels.print")
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a job out of the queue."""
    return _acted(request, uid, actions.cancel, "Cancelled.")


@require_POST
@requires("labels.print")
def retry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Try a failed job at once."""
    return _acted(request, uid, actions.retry, "It is tried again now.")


def _acted(request: HttpRequest, uid: UUID, act: Any, done: str) -> HttpResponse:
    try:
        act(job=uid, actor=actor(request))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        for fault in refusal.faults:
            messages.error(request, f"{fault.cause} {fault.remedy}")
    else:
        messages.success(request, done)
    return HttpResponseRedirect(reverse("labels:job", args=[uid]))


# --- Printers and designs ---


@require_safe
@requires("labels.view")
def printers(request: HttpRequest) -> HttpResponse:
    """Every printer."""
    return render(request, "labels/printers.html", {"printers": list(queries.printers())})


@require_http_methods(PAGE)
@requires("labels.manage")
def new_printer(request: HttpRequest) -> HttpResponse:
    """Set up a printer."""
    return _printer_page(request, "Set up a label printer", "", {})


@require_http_methods(PAGE)
@requires("labels.manage")
def change_printer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a printer."""
    found = queries.printer(uid)
    given = {name: getattr(found, name) for name in PrinterForm.base_fields if name != "site"}
    given["site"] = found.site.code if found.site else ""
    return _printer_page(request, f"Change {found}", str(uid), given)


def _printer_page(request: HttpRequest, heading: str, uid: str, given: dict[str, Any]) -> HttpResponse:
    form = PrinterForm(request.POST or None, initial=given)

    def act(values: dict[str, Any]) -> str:
        actions.save_printer(printer=uid, **values, actor=actor(request))
        return reverse("labels:printers")

    context = {"heading": heading, "button": "Keep"}
    return submit(request, form, act, context, done="The printer is kept.", template="labels/form.html")


@require_safe
@requires("labels.view")
def designs(request: HttpRequest) -> HttpResponse:
    """Every design, and which is usual where."""
    context = {
        "designs": [(row, *_words(row)) for row in queries.designs(retired=True)],
        "built_in": [_words_of(what, spec.symbol, spec.size) for what, spec in rules.BUILT_IN.items()],
        "choices": [
            (rules.WHAT[row.what], row, rules.SIZES[row.size].words if row.size else "")
            for row in queries.choices()
        ],
        "form": ChoiceForm(),
        "kinds": rules.WHAT,
    }
    return render(request, "labels/designs.html", context)


def _words(row: Design) -> tuple[str, str, str]:
    return _words_of(row.what, row.symbol, row.size)


def _words_of(what: str, symbol: str, size: str) -> tuple[str, str, str]:
    """Kind, symbol and size, for people."""
    return rules.WHAT[what], rules.SYMBOLS[symbol], rules.SIZES[size].words


@require_POST
@requires("labels.design")
def choose(request: HttpRequest) -> HttpResponse:
    """Make a design the usual one."""
    form = ChoiceForm(request.POST)

    def act(values: dict[str, Any]) -> str:
        actions.choose(**values, actor=actor(request))
        return reverse("labels:designs")

    context = {"heading": "Which design is usual", "button": "Keep"}
    return submit(request, form, act, context, done="Kept.", template="labels/form.html")


@require_http_methods(PAGE)
@requires("labels.design")
def design(request: HttpRequest) -> HttpResponse:
    """Make a design, or the next version of one (?name=)."""
    given: dict[str, Any] = {"what": request.GET.get("what", "lot")}
    if name := request.GET.get("name", ""):
        before = queries.versions(name)[0]
        given = {key: getattr(before, key) for key in ("name", "what", "title", "symbol", "size", "retired")}
        given["fields_shown"] = before.fields
    elif given["what"] in rules.BUILT_IN:
        spec = rules.BUILT_IN[given["what"]]
        given |= {"fields_shown": list(spec.fields), "symbol": spec.symbol, "size": spec.size}
    form = DesignForm(request.POST or None, initial=given)

    def act(values: dict[str, Any]) -> str:
        actions.save_design(fields=values.pop("fields_shown"), **values, actor=actor(request))
        return reverse("labels:designs")

    context = {"heading": "A label design", "button": "Keep"}
    return submit(request, form, act, context, done="The design is kept.", template="labels/form.html")


# --- On the pages of others ---


def _panel(request: HttpRequest, what: str, uid: UUID) -> HttpResponse:
    return render(request, "labels/panel.html", {"what": what, "uid": uid, "jobs": queries.history(uid, 5)})


@require_safe
@requires("labels.view")
def lot_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Labels of a lot or serial."""
    return _panel(request, "lot", uid)


@require_safe
@requires("labels.view")
def item_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Labels of an item."""
    return _panel(request, "item", uid)


@require_safe
@requires("labels.view")
def place_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Labels of a place."""
    return _panel(request, "place", uid)


@require_safe
@requires("labels.view")
def unit_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Labels of a logistic unit."""
    return _panel(request, "unit", uid)


@require_safe
@requires("labels.print")
def commands(request: HttpRequest) -> HttpResponse:
    """The command barcodes as one PDF: confirm, undo, hold, print, quantities and digits."""
    return pdf.answer(queries.command_sheet(), "commands")
