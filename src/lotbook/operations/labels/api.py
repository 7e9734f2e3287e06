"""Labels over HTTP: preview, printing, jobs, printers and designs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import BaseModel, Field

from lotbook.kernel import pdf, permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.labels import actions, queries, rules
from lotbook.operations.labels.models import Design, Job, Printer
from lotbook.traceability.ledger import wire

router = Router()

What = Literal["lot", "serial", "item", "unit", "place", "command"]
Short = Annotated[str, Field(max_length=120)]
Copies = Annotated[int, Field(ge=1, le=rules.COPIES_MAX)]
Start = Annotated[int, Field(ge=1, le=100, description="The first label of the sheet that is still there.")]


class LabelsPrintIn(wire.Strict):
    """A label to print; `printer` by name, `pdf` for a file, empty for the site's only one."""

    model_config = wire.example(
        what="command", subject="confirm", copies=1, printer="pdf", design="", size="", reason=""
    )
    id: UUID | None = Field(None, description="The job's id; the same again is the same job.")
    what: What
    subject: Annotated[str, Field(max_length=120, description="uid; SSCC of a unit; name of a command.")]
    copies: Copies = 1
    printer: Short = ""
    design: Short = ""
    size: Short = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class LabelsReprintIn(wire.Strict):
    """A label to print once more, with its copy number on it."""

    id: UUID | None = None
    reason: Annotated[str, Field(max_length=500)]
    copies: Copies = 1
    printer: Short = ""


class LabelsNewUnitsIn(wire.Strict):
    """Labels with new SSCCs of a site."""

    site: Short
    count: Annotated[int, Field(ge=1, le=actions.NEW_MAX)]
    printer: Short = ""
    design: Short = ""
    size: Short = ""


class LabelsJobOut(BaseModel):
    """What was asked for, and what became of it."""

    id: UUID
    what: str
    subject: str
    words: str
    design: str
    version: int
    size: str
    copies: int
    copy_number: int
    reason: str
    reprint_of: UUID | None
    printer: str | None
    state: str
    doubtful: bool
    attempts: int
    error: str
    asked_at: datetime
    asked_by: str
    printed_at: datetime | None


class LabelsPrinterIn(wire.Strict):
    """A label printer: ZPL over TCP."""

    model_config = wire.example(
        name="Dispatch", site="", host="192.0.2.10", port=9100, dpi=203, size="100x150", confirms=True,
        rfid=False, scheme_serial="SGTIN+", scheme_unit="SSCC+", is_active=True,
    )  # fmt: skip
    name: Annotated[str, Field(max_length=60)]
    site: Short = ""
    host: Annotated[str, Field(max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 9100
    dpi: Literal[203, 300] = 203
    size: Short
    confirms: bool = True
    rfid: bool = False
    scheme_serial: Short = "SGTIN+"
    scheme_unit: Short = "SSCC+"
    is_active: bool = True


class LabelsPrinterOut(BaseModel):
    """A label printer."""

    id: UUID
    name: str
    site: str | None
    host: str
    port: int
    dpi: int
    size: str
    confirms: bool
    rfid: bool
    scheme_serial: str
    scheme_unit: str
    is_active: bool


class LabelsDesignIn(wire.Strict):
    """A design; a name that is there gets its next version."""

    model_config = wire.example(
        name="Small lot", what="lot", title="", fields=["name", "expires_on"], symbol="gs1-datamatrix",
        size="50x25",
    )  # fmt: skip
    name: Annotated[str, Field(max_length=60)]
    what: What
    title: Annotated[str, Field(max_length=60)] = ""
    fields: Annotated[list[Short], Field(max_length=30)] = []
    symbol: Short
    size: Short
    retired: bool = Field(False, description="Not offered any more from this version on.")
    instead: Annotated[str, Field(max_length=60, description="What is usual instead of a retired one.")] = ""


class LabelsDesignOut(BaseModel):
    """A design in its newest version."""

    name: str
    version: int
    what: str
    title: str
    fields: list[str]
    symbol: str
    size: str
    retired: bool
    made_at: datetime | None
    made_by: str


class LabelsChoiceIn(wire.Strict):
    """Which design, and which size, a kind of label usually has: at a site, or everywhere (empty)."""

    what: What
    design: Annotated[str, Field(max_length=60)]
    site: Short = ""
    size: Short = ""


class LabelsChoiceOut(BaseModel):
    """Which design a kind of label usually has."""

    what: str
    design: str
    site: str | None
    size: str


FILE = {200: None}


@router.get("/labels/preview", response=FILE)
@requires("labels.view")
def preview(
    request: HttpRequest,
    what: What,
    subject: Annotated[str, Field(max_length=120)],
    design: Short = "",
    size: Short = "",
) -> HttpResponse:
    """How a label would look, as PNG."""
    made = queries.preview(what=what, subject_name=subject, design=design, size=size)
    return HttpResponse(made, content_type="image/png", headers={"Cache-Control": "private, no-store"})


@router.post("/labels/print", response={201: LabelsJobOut})
@requires("labels.print")
def print_label(request: HttpRequest, label: LabelsPrintIn) -> Status[dict[str, Any]]:
    """Print labels; with the printer `pdf` the job has a file at once."""
    told = label.model_dump(exclude={"id"})
    job = actions.print_label(**told, uid=label.id, actor=permissions.actor(request))
    return Status(201, _job(job))


@router.post("/labels/new-units", response={201: list[LabelsJobOut]})
@requires("labels.print")
def print_new_units(request: HttpRequest, labels: LabelsNewUnitsIn) -> Status[list[dict[str, Any]]]:
    """Print labels with new SSCCs for pallets still to be packed."""
    made = actions.print_new_units(**labels.model_dump(), actor=permissions.actor(request))
    return Status(201, [_job(job) for job in made])


@router.get("/labels/jobs", response=Listed[LabelsJobOut])
@requires("labels.view")
def jobs(
    request: HttpRequest,
    state: Short = "",
    what: Short = "",
    text: Short = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List print jobs, newest first; the state `open` is what waits, is being sent or failed."""
    return page(queries.jobs(state=state, what=what, text=text), cursor, limit, descending=True).shown(_job)


@router.get("/labels/jobs/{uid}", response=LabelsJobOut)
@requires("labels.view")
def job(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One print job."""
    return _job(queries.job(uid))


@router.get("/labels/jobs/{uid}/pdf", response=FILE)
@requires("labels.view")
def job_pdf(request: HttpRequest, uid: UUID, start: Start = 1) -> HttpResponse:
    """A job as PDF; on sheets from label `start` on."""
    return pdf.answer(queries.pdf_of(queries.job(uid), start=start), "labels")


@router.get("/labels/jobs/{uid}/zpl", response=FILE)
@requires("labels.view")
def job_zpl(request: HttpRequest, uid: UUID, dpi: Literal["203", "300"] = "203") -> HttpResponse:
    """A job as ZPL, for a printer that is fed by somebody else."""
    body = queries.zpl_of(queries.job(uid), int(dpi))
    return HttpResponse(body, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@router.post("/labels/jobs/{uid}/reprint", response={201: LabelsJobOut})
@requires("labels.print")
def reprint(request: HttpRequest, uid: UUID, again: LabelsReprintIn) -> Status[dict[str, Any]]:
    """Print a job's label again, with its copy number on it."""
    told = again.model_dump(exclude={"id"})
    made = actions.reprint(job=uid, **told, uid=again.id, actor=permissions.actor(request))
    return Status(201, _job(made))


@router.post("/labels/jobs/{uid}/retry", response=LabelsJobOut)
@requires("labels.print")
def retry(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Try a failed job at once."""
    return _job(actions.retry(job=uid, actor=permissions.actor(request)))


@router.post("/labels/jobs/{uid}/cancel", response=LabelsJobOut)
@requires("labels.print")
def cancel(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Take a job out of the queue."""
    return _job(actions.cancel(job=uid, actor=permissions.actor(request)))


@router.get("/labels/printers", response=list[LabelsPrinterOut])
@requires("labels.view")
def printers(request: HttpRequest) -> list[dict[str, Any]]:
    """Every label printer, by name."""
    return [_printer(row) for row in queries.printers()]


@router.post("/labels/printers", response={201: LabelsPrinterOut})
@requires("labels.manage")
def add_printer(request: HttpRequest, printer: LabelsPrinterIn) -> Status[dict[str, Any]]:
    """Set up a label printer."""
    made = actions.save_printer(**printer.model_dump(), actor=permissions.actor(request))
    return Status(201, _printer(made))


@router.put("/labels/printers/{uid}", response=LabelsPrinterOut)
@requires("labels.manage")
def change_printer(request: HttpRequest, uid: UUID, printer: LabelsPrinterIn) -> dict[str, Any]:
    """Change a label printer."""
    told = printer.model_dump()
    return _printer(actions.save_printer(printer=uid, **told, actor=permissions.actor(request)))


@router.get("/labels/designs", response=list[LabelsDesignOut])
@requires("labels.view")
def designs(request: HttpRequest) -> list[dict[str, Any]]:
    """Every design: those that come with the book, and ours in their newest version."""
    ours = [_design(row) for row in queries.designs(retired=True)]
    standard = [
        {
            "name": rules.STANDARD,
            "version": 0,
            "what": what,
            **spec.data(),
            "retired": False,
            "made_at": None,
            "made_by": "",
        }
        for what, spec in rules.BUILT_IN.items()
    ]
    return [*standard, *ours]


@router.post("/labels/designs", response={201: LabelsDesignOut})
@requires("labels.design")
def save_design(request: HttpRequest, design: LabelsDesignIn) -> Status[dict[str, Any]]:
    """Keep a design; what was printed keeps the version it was printed with."""
    made = actions.save_design(**design.model_dump(), actor=permissions.actor(request))
    return Status(201, _design(made))


@router.get("/labels/choices", response=list[LabelsChoiceOut])
@requires("labels.view")
def choices(request: HttpRequest) -> list[dict[str, Any]]:
    """Which design is usual where."""
    return [_choice(row) for row in queries.choices()]


@router.put("/labels/choices", response=LabelsChoiceOut)
@requires("labels.design")
def choose(request: HttpRequest, choice: LabelsChoiceIn) -> dict[str, Any]:
    """Make a design the usual one."""
    return _choice(actions.choose(**choice.model_dump(), actor=permissions.actor(request)))


def _job(row: Job) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in (
            "what", "subject", "words", "design", "version", "copies", "reason", "state", "doubtful",
            "attempts", "error", "asked_at", "asked_by", "printed_at",
        )},
        "id": row.uid,
        "size": row.spec["size"],
        "copy_number": row.copy,
        "reprint_of": row.reprints.uid if row.reprints else None,
        "printer": row.printer.name if row.printer else None,
    }  # fmt: skip


def _printer(row: Printer) -> dict[str, Any]:
    names = (
        "name", "host", "port", "dpi", "size", "confirms", "rfid", "scheme_serial", "scheme_unit",
        "is_active",
    )  # fmt: skip
    told = {name: getattr(row, name) for name in names}
    return {**told, "id": row.uid, "site": row.site.code if row.site else None}


def _design(row: Design) -> dict[str, Any]:
    names = ("name", "version", "what", "title", "fields", "symbol", "size", "retired", "made_at", "made_by")
    return {name: getattr(row, name) for name in names}


def _choice(row: Any) -> dict[str, Any]:
    site = row.site.code if row.site else None
    return {"what": row.what, "design": row.design, "site": site, "size": row.size}
