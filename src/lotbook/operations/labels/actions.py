"""All writes of this room: labels asked for, printed again, tried again; designs and printers kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.places import numbering
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, outbox
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.operations.labels import drawing, layout, queries, rules, sending, tags
from lotbook.operations.labels.faces import Face, face_of
from lotbook.operations.labels.models import Choice, Design, Job, JobState, Printer
from lotbook.operations.labels.subjects import Subject, book_url, subject

ASKED = "labels.asked"
"""Outbox topic: labels wait for a printer. The payload has nothing but that."""
NEW_MAX = 500


# --- Printing ---


@transaction.atomic
def print_label(
    *,
    what: str,
    subject: str,
    copies: int = 1,
    actor: str,
    printer: str = "",
    design: str = "",
    size: str = "",
    reason: str = "",
    uid: UUID | None = None,
) -> Job:
    """Ask for labels of a thing of the book: ``what`` it is and its uid (units also by SSCC).

    ``printer`` by name or uid, "" for the site's only one, "pdf" for a file. ``design`` by name, "" for the
    one of the site. The same ``uid`` again is the same job. There is one of each unit and serial, so a second
    label of it is a copy and says so. Raises NotFound; Refused where it does not fit; Conflict for a uid that
    was used otherwise.
    """
    known = _known(uid, what)
    if known is not None:
        return known
    thing = _subject(what, subject)
    named = printer.strip()
    target = None if named == "pdf" else queries.printer_for(named, thing.site)
    chosen = queries.design_for(thing.what, thing.site, design, size or (target.size if target else ""))
    earlier = queries.last_copy(thing.what, thing.uid)
    marked = rules.marked_copy(thing.what, earlier, reprint=False)
    return _ask(thing, chosen, target, copies=copies, marked=marked, actor=actor, reason=reason, uid=uid)


@transaction.atomic
def reprint(
    *,
    job: UUID | str,
    reason: str,
    actor: str,
    copies: int = 1,
    printer: str = "",
    uid: UUID | None = None,
) -> Job:
    """Print a job's label again, with its copy number on it, as it was designed then. Needs a reason."""
    before = queries.job(job)
    known = _known(uid, before.what)
    if known is not None:
        return known
    check = Check()
    why = check.text("reason", reason, 500, required=True)
    check.done()
    named = printer.strip()
    target = None if named == "pdf" else before.printer
    if target is not None and not named and not target.is_active:
        cause = f"{target} is out of use."
        raise Refused(Fault("printer", cause, "Choose another printer.", "inactive"))
    if named and named != "pdf":
        target = queries.printer_for(named, None)
    thing = Subject(before.what, before.subject, before.words, None, face_of(before.face))
    chosen = queries.Chosen(before.design, before.version, rules.spec_of(before.spec))
    if target is not None and rules.SIZES[target.size].sheet is None:
        chosen = replace(chosen, spec=rules.sized(chosen.spec, target.size))
    marked = rules.marked_copy(before.what, queries.last_copy(before.what, before.subject), reprint=True)
    return _ask(
        thing, chosen, target, copies=copies, marked=marked, actor=actor, reason=why, uid=uid, reprints=before
    )


@transaction.atomic
def print_new_units(
    *, site: str, count: int, actor: str, printer: str = "", design: str = "", size: str = ""
) -> list[Job]:
    """Labels with new SSCCs for pallets still to be packed; each number is given once, whoever asks."""
    where = places.named(site)
    check = Check()
    many = check.whole("count", count, 1, NEW_MAX)
    if where is None or where.kind != "site":
        check.fault("site", f"there is no site {site[:40]!r}.", "Choose one of the list.")
    check.done()
    assert where is not None
    target = None if printer.strip() == "pdf" else queries.printer_for(printer, where)
    chosen = queries.design_for("unit", where, design, size or (target.size if target else ""))
    jobs = []
    for _ in range(many or 0):
        number = numbering.next_sscc(where, field="site")
        face = Face(
            "unit", str(where), "", "SSCC", number, elements=(("00", number),), url=f"{book_url()}/units"
        )
        thing = Subject("unit", number, f"{number} (new)", where, face)
        jobs.append(_ask(thing, chosen, target, copies=1, marked=1, actor=actor))
    return jobs


def _known(uid: UUID | None, what: str) -> Job | None:
    found = Job.objects.filter(uid=uid).first() if uid else None
    if found is not None and found.what != what:
        cause = "this id was used for another label."
        raise Conflict(Fault("id", cause, "Use a new id for a new label.", "id_reused"))
    return found


def _subject(what: str, name: str) -> Subject:
    thing = subject(what, name)
    site = str(thing.site) if thing.site else ""
    return replace(thing, face=replace(thing.face, title=thing.face.title or site))


def _ask(
    thing: Subject,
    chosen: queries.Chosen,
    target: Printer | None,
    *,
    copies: int,
    marked: int,
    actor: str,
    reason: str = "",
    uid: UUID | None = None,
    reprints: Job | None = None,
) -> Job:
    check = Check()
    many = check.whole("copies", copies, 1, rules.COPIES_MAX)
    why = check.text("reason", reason, 500)
    check.done()
    spec = chosen.spec
    if spec.title:
        thing = replace(thing, face=replace(thing.face, title=spec.title))
    pen = drawing.printer_pen(target.dpi) if target else drawing.PAPER
    # Whether the symbol fits is said now, not by a printer an hour later.
    layout.draw(thing.face, spec, pen, marked)
    now = clock.now()
    job = Job.objects.create(
        uid=uid or new_uid(),
        what=thing.what,
        subject=thing.uid,
        words=thing.words[:600],
        design=chosen.name,
        version=chosen.version,
        spec=spec.data(),
        face=thing.face.data(),
        tag=tags.tag_of(thing.face, target) if target else "",
        copies=many or 1,
        copy=marked,
        reason=why,
        reprints=reprints,
        printer=target,
        state=JobState.QUEUED if target else JobState.PRINTED,
        due_at=now,
        asked_at=now,
        asked_by=actor,
        printed_at=None if target else now,
    )
    if target:
        outbox.emit(ASKED, {})
    return job


# --- The queue ---


@transaction.atomic
def cancel(*, job: UUID | str, actor: str) -> Job:
    """Take a job out of the queue; one that is being sent cannot be stopped."""
    found = queries.job(job)
    open_states = [JobState.QUEUED, JobState.FAILED]
    error = f"cancelled by {actor.removeprefix('user:')}"
    changed = Job.objects.filter(pk=found.pk, state__in=open_states).update(
        state=JobState.CANCELLED, error=error
    )
    if not changed:
        raise _too_late(found, "only one that waits or failed can be cancelled")
    found.refresh_from_db()
    return found


@transaction.atomic
def retry(*, job: UUID | str, actor: str) -> Job:
    """Try a failed job, or one that waits for its next attempt, at once."""
    found = queries.job(job)
    if found.printer is None:
        raise _too_late(found, "this one was made as a file; print it again instead")
    open_states = [JobState.QUEUED, JobState.FAILED]
    changed = Job.objects.filter(pk=found.pk, state__in=open_states).update(
        state=JobState.QUEUED, attempts=0, due_at=clock.now()
    )
    if not changed:
        raise _too_late(found, "only one that waits or failed can be tried again")
    outbox.emit(ASKED, {})
    found.refresh_from_db()
    return found


def _too_late(job: Job, why: str) -> Conflict:
    cause = f"this job is {job.get_state_display().lower()}; {why}."
    return Conflict(Fault("job", cause, "Look at the list of jobs again.", "too_late"))


# --- Designs ---


@transaction.atomic
def save_design(
    *, name: str, what: str, actor: str, retired: bool = False, instead: str = "", **values: Any
) -> Design:
    """Keep a design under a name; one that is there gets its next version, and printed jobs keep theirs.

    ``retired``: it is not offered any more from this version on; kept again without, it is back. One that is
    usual somewhere needs the name of another in its place (``instead``).
    """
    check = Check()
    called = check.text("name", name, 60, required=True)
    if called == rules.STANDARD:
        check.fault("name", "this is the name of the design that comes with the book.", "Choose another.")
    check.done()
    kind, spec = rules.read_spec(what, values)
    before = Design.objects.select_for_update().filter(name=called, latest=True).first()
    if before is not None and before.what != kind:
        cause = f"{called} is a design for {rules.WHAT[before.what].lower()} labels."
        raise Refused(Fault("name", cause, "Choose another name."))
    if retired:
        _replace_in_choices(kind, called, instead, known=before is not None, actor=actor)
    if before is not None:
        Design.objects.filter(pk=before.pk).update(latest=False)
    return Design.objects.create(
        name=called,
        version=before.version + 1 if before else 1,
        what=kind,
        **spec.data(),
        retired=retired,
        made_at=clock.now(),
        made_by=actor,
    )


def _replace_in_choices(what: str, name: str, instead: str, *, known: bool, actor: str) -> None:
    """Put another design wherever the one that is retired is usual; Refused where none is named."""
    if not known:
        cause = f"there is no design {name[:40]!r} to retire."
        raise Refused(Fault("retired", cause, "Choose one of the list.", "unknown"))
    usual = Choice.objects.select_for_update().filter(what=what, design=name)
    if not usual.exists():
        return
    if instead.strip() in ("", name):
        cause = f"{name} is the usual design for {rules.WHAT[what].lower()} labels."
        raise Refused(Fault("instead", cause, "Say which design takes its place.", "required"))
    queries.design_for(what, None, instead.strip())
    usual.update(design=instead.strip(), changed_at=clock.now(), changed_by=actor)


@transaction.atomic
def choose(*, what: str, design: str, actor: str, site: str = "", size: str = "") -> Choice:
    """Make a design, and a size, the usual one for a kind of label: at a site, or everywhere ("")."""
    check = Check()
    kind = check.choice("what", what, rules.WHAT)
    named = check.text("design", design, 60, required=True)
    wanted = check.choice("size", size, rules.SIZES) if size else ""
    where = places.named(site) if site else None
    if site and (where is None or where.kind != "site"):
        check.fault("site", f"there is no site {site[:40]!r}.", "Choose one of the list.")
    check.done()
    queries.design_for(kind, where, named, wanted)
    told = {"design": named, "size": wanted, "changed_at": clock.now(), "changed_by": actor}
    return Choice.objects.update_or_create(what=kind, site=where, defaults=told)[0]


# --- Printers ---


@transaction.atomic
def save_printer(*, actor: str, printer: UUID | str = "", **values: Any) -> Printer:
    """Set up a printer, or change one; raises Refused with every fault."""
    found = queries.printer(printer) if printer else Printer()
    for name, value in _read_printer(values, found).items():
        setattr(found, name, value)
    found.changed_at, found.changed_by = clock.now(), actor
    found.save()
    return found


def _read_printer(values: Mapping[str, Any], printer: Printer) -> dict[str, Any]:
    check = Check()
    told: dict[str, Any] = {}
    told["name"] = check.text("name", values.get("name", printer.name), 60, required=True)
    told["host"] = check.text("host", values.get("host", printer.host), 253, required=True)
    told["port"] = check.whole("port", values.get("port", printer.port), 1, 65_535) or 9100
    if told["host"] and (fault := sending.refusal(told["host"], told["port"])) is not None:
        check.faults.append(fault)
    told["dpi"] = int(check.choice("dpi", str(values.get("dpi", printer.dpi)), ("203", "300")) or 203)
    told["size"] = check.choice("size", values.get("size", printer.size), rules.ROLLS)
    for name in ("confirms", "rfid", "is_active"):
        told[name] = check.flag(name, values.get(name, getattr(printer, name)))
    for name, schemes in (("scheme_serial", tags.SERIAL), ("scheme_unit", tags.UNIT)):
        told[name] = check.choice(name, values.get(name, getattr(printer, name)), schemes)
    told["site"] = _site(check, values.get("site", ""), printer) if "site" in values else printer.site
    same = Printer.objects.filter(name=told["name"]).exclude(pk=printer.pk)
    if told["name"] == "pdf" or same.exists():
        check.fault("name", f"there is a printer {told['name']!r} already.", "Choose another name.", "taken")
    check.done()
    return told


def _site(check: Check, value: object, printer: Printer) -> Place | None:
    text = check.text("site", value, 120)
    if not text:
        return None
    found = places.named(text)
    if found is None or found.kind != "site":
        check.fault("site", f"there is no site {text[:40]!r}.", "Choose one of the list.")
        return printer.site
    return found
