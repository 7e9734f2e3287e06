"""Reads of this room: designs, printers, jobs, and labels as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import F, Max, QuerySet

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.operations.labels import drawing, layout, rules
from lotbook.operations.labels.faces import Face, face_of
from lotbook.operations.labels.models import Choice, Design, Job, JobState, Printer
from lotbook.operations.labels.subjects import subject
from lotbook.standards.gs1 import read_bracketed
from lotbook.standards.scans import commands
from lotbook.traceability.lots import queries as lots


@dataclass(frozen=True, slots=True)
class Chosen:
    """A design as a job names it, and what it says. Version 0 came with the book."""

    name: str
    version: int
    spec: rules.Spec


# --- Designs ---


def design_for(what: str, site: Place | None, name: str = "", size: str = "") -> Chosen:
    """The design a label has: the one named, else the site's, else everybody's, else the book's own.

    ``size`` replaces the design's. Raises NotFound for a name there is none of, Refused for a size.
    """
    if size and size not in rules.SIZES:
        cause = f"expected one of {', '.join(rules.SIZES)}, got {size[:20]!r}."
        raise Refused(Fault("size", cause, "Choose one of them."))
    if not name:
        rows = Choice.objects.filter(what=what, site__in=[site] if site else [])
        found = rows.first() or Choice.objects.filter(what=what, site=None).first()
        if found is not None:
            name, size = found.design, size or found.size
    if name in ("", rules.STANDARD):
        return Chosen(rules.STANDARD, 0, rules.sized(rules.BUILT_IN[what], size))
    row = None if storable(name) else _offered(what).filter(name=name).first()
    if row is None:
        cause = f"there is no design {name[:40]!r} for {rules.WHAT[what].lower()} labels."
        raise NotFound(Fault("design", cause, "Choose one of the list."))
    spec = rules.Spec(row.title, tuple(row.fields), row.symbol, row.size)
    return Chosen(row.name, row.version, rules.sized(spec, size))


def designs(what: str = "", *, retired: bool = False) -> QuerySet[Design]:
    """The newest version of every design that is offered; ``retired``: of those out of use as well."""
    rows = Design.objects.filter(latest=True) if retired else _offered()
    rows = rows.order_by("what", "name")
    return rows.filter(what=what) if what else rows


def _offered(what: str = "") -> QuerySet[Design]:
    rows = Design.objects.filter(latest=True, retired=False)
    return rows.filter(what=what) if what else rows


def versions(name: str) -> list[Design]:
    """Every version of a design, the newest first; raises NotFound."""
    found = [] if storable(name) else list(Design.objects.filter(name=name).order_by("-version"))
    if not found:
        cause = f"there is no design {name[:40]!r}."
        raise NotFound(Fault("design", cause, "Look it up in the list of designs."))
    return found


def choices() -> list[Choice]:
    """Which design is usual where."""
    return list(Choice.objects.select_related("site").order_by("what", F("site__code").asc(nulls_first=True)))


# --- Printers ---


def printers(*, active: bool | None = None) -> QuerySet[Printer]:
    """Printers by name."""
    rows = Printer.objects.select_related("site").order_by("name")
    return rows if active is None else rows.filter(is_active=active)


def printer(name: UUID | str) -> Printer:
    """The printer with this uid or name; raises NotFound."""
    text = str(name).strip()
    rows = Printer.objects.select_related("site")
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(name=text).first()
    if found is None:
        cause = f"there is no printer {text[:40]!r}."
        raise NotFound(Fault("printer", cause, "Choose one of the list, or pdf for a file."))
    return found


def printer_for(name: str, site: Place | None) -> Printer:
    """The printer named, or the only one at the site (else the only one without a site)."""
    if name.strip():
        found = printer(name)
        if not found.is_active:
            raise Refused(Fault("printer", f"{found} is out of use.", "Choose another printer.", "inactive"))
        return found
    rows = list(printers(active=True))
    here = [row for row in rows if site and row.site_id == site.pk] or [
        row for row in rows if not row.site_id
    ]
    if len(here) == 1:
        return here[0]
    cause = "there are several printers here." if here else "no label printer is set up here."
    remedy = "Choose one, or print a PDF." if here else "Print a PDF, or have an administrator set one up."
    raise Refused(Fault("printer", cause, remedy, "several" if here else "none"))


# --- Jobs ---


def jobs(*, state: str = "", what: str = "", text: str = "") -> QuerySet[Job]:
    """Jobs, the newest first; ``text`` is looked for in what was labelled, who asked and the printer."""
    rows = Job.objects.select_related("printer", "reprints").order_by("-pk")
    if any(storable(word) for word in (state, what, text)):
        return rows.none()
    if state == "open":
        rows = rows.filter(state__in=[JobState.QUEUED, JobState.SENDING, JobState.FAILED])
    elif state:
        rows = rows.filter(state=state)
    if what:
        rows = rows.filter(what=what)
    if text:
        rows = rows.filter(words__icontains=text)
    return rows


def job(uid: UUID | str) -> Job:
    """The job with this uid; raises NotFound."""
    try:
        return Job.objects.select_related("printer", "reprints").get(uid=UUID(str(uid)))
    except (Job.DoesNotExist, ValueError):
        cause = f"there is no print job {str(uid)[:60]}."
        raise NotFound(Fault("job", cause, "Look it up in the list of printed labels.")) from None


def history(uid: UUID | str, most: int = 10) -> list[Job]:
    """What was printed for one thing, the newest first; units also under their SSCC."""
    sscc = Place.objects.filter(uid=UUID(str(uid))).values_list("sscc", flat=True).first()
    return history_of(*([str(uid), sscc] if sscc else [str(uid)]), most=most)


def history_of(*keys: str, most: int = 5) -> list[Job]:
    """The jobs of the subjects with these keys, the newest first."""
    rows = Job.objects.filter(subject__in=keys)
    return list(rows.select_related("printer", "reprints").order_by("-pk")[:most])


def last_copy(what: str, subject: str) -> int:
    """The highest copy number given for a thing, 0 when none was printed; a cancelled job counts too."""
    rows = Job.objects.filter(what=what, subject=subject)
    return (
        rows.aggregate(last=Max(F("copy") + F("copies") - 1 if what in rules.UNIQUE else F("copy")))["last"]
        or 0
    )


def copies_of(found: Job) -> list[int]:
    """The copy number of every label of a job; labels of lots, items and places are alike."""
    if found.what in rules.UNIQUE or found.reprints_id is not None:
        return list(range(found.copy, found.copy + found.copies))
    return [found.copy] * found.copies


# --- Labels as files ---


def drawings(found: Job, pen: layout.Pen) -> list[layout.Drawing]:
    """The labels of a job, as a pen draws them."""
    face, spec = face_of(found.face), rules.spec_of(found.spec)
    drawn = {copy: layout.draw(face, spec, pen, copy) for copy in set(copies_of(found))}
    return [drawn[copy] for copy in copies_of(found)]


def pdf_of(found: Job, *, start: int = 1) -> bytes:
    """A job as PDF; on sheets from label ``start`` on."""
    return drawing.pdf_of(drawings(found, drawing.PAPER), _size(found), start=start)


def zpl_of(found: Job, dpi: int = 203) -> str:
    """A job as ZPL, for its printer or any other."""
    return drawing.zpl_of(drawings(found, drawing.printer_pen(dpi)), dpi, tag=found.tag)


def _size(found: Job) -> rules.Size:
    return rules.SIZES[rules.spec_of(found.spec).size]


def many_pdf(many: Sequence[Job], *, start: int = 1) -> bytes:
    """Several jobs of one size on the same sheets."""
    sizes = {_size(one).name for one in many}
    if len(sizes) != 1:
        raise Refused(Fault("job", "labels of several sizes do not go on one sheet.", "Print them apart."))
    drawn = [one for found in many for one in drawings(found, drawing.PAPER)]
    return drawing.pdf_of(drawn, _size(many[0]), start=start)


def preview(*, what: str, subject_name: str, design: str = "", size: str = "", copy: int = 1) -> bytes:
    """How a label would look, as PNG of 203 dots an inch. Nothing is written."""
    face, spec = described(what, subject_name, design, size)
    drawn = layout.draw(face, spec, drawing.PAPER, copy)
    # One label, not a whole sheet of paper.
    alone = replace(rules.SIZES[spec.size], sheet=None)
    return drawing.pictures_of([drawn], alone)[0]


def described(what: str, subject_name: str, design: str = "", size: str = "") -> tuple[Face, rules.Spec]:
    """What a label would say, and by which design."""
    thing = subject(what, subject_name)
    chosen = design_for(thing.what, thing.site, design, size)
    title = chosen.spec.title or thing.face.title or (str(thing.site) if thing.site else "")
    return replace(thing.face, title=title), chosen.spec


def uid_of(what: str, name: str) -> str:
    """The uid of what a person names: a lot by its number, an item or place by its code; else as it is."""
    if what in ("lot", "serial"):
        found = lots.find(name)
        if len(found) > 1:
            items = ", ".join(lot.item.code for lot in found[:5])
            cause = f"several items have a lot {name[:40]}: {items}."
            raise Refused(Fault("name", cause, "Give the lot's uid.", "several"))
        return str(found[0].uid) if found else name
    thing = (
        catalog.named(name) if what == "item" else places.named(name) if what in ("place", "unit") else None
    )
    return str(thing.uid) if thing else name


def command_sheet(*, size: str = "a4-8") -> bytes:
    """Every command of the vocabulary as a PDF to hang up at a work place; quantities 1 to 10 ready."""
    plain = [(name, "") for name in commands.COMMANDS if not commands.COMMANDS[name].number]
    digits = [("digit", sign) for sign in "1234567890."]
    quantities = [("quantity", str(number)) for number in range(1, 11)]
    every = [*plain, *digits, *quantities]
    return sheet_of([(commands.caption(*one), commands.payload(*one)) for one in every], size=size)


def sheet_of(
    symbols: Iterable[tuple[str, str]], *, size: str = "a4-8", symbol: str = "gs1-datamatrix"
) -> bytes:
    """A PDF of (caption, content) pairs: commands, element strings in brackets, links and plain codes.

    What begins with a bracket becomes GS1 data in ``symbol``; a link a QR code; everything else Code 128.
    Raises Refused for what cannot be written, Gs1Error for element strings that are wrong.
    """
    drawn = []
    for caption, content in symbols:
        face = Face("command", "", "", "Scan to" if content.startswith("LB:") else "", caption)
        if content.startswith("("):
            elements = read_bracketed(content).elements
            face, kind = replace(face, elements=elements, stem="https://id.gs1.org"), symbol
        else:
            face, kind = replace(face, text=content), "qr" if content.startswith("http") else "code128"
        drawn.append(layout.draw(face, rules.Spec("", (), kind, size), drawing.PAPER))
    return drawing.pdf_of(drawn, rules.SIZES[size])
