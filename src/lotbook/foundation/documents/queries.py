"""Reads of what documents share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from lotbook.foundation.documents.models import Attachment, Step
from lotbook.kernel.errors import Fault, NotFound


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A step as ``web/components/timeline.html`` shows it."""

    at: datetime
    title: str
    text: str
    by: str
    url: str = ""


def steps(document: UUID) -> list[Step]:
    """The steps of a document, oldest first."""
    return list(Step.objects.filter(document=document).order_by("id"))


def steps_of_events(events: Collection[UUID], verb: str) -> list[Step]:
    """The steps of any document that one of these events of the ledger made, with this verb."""
    return list(Step.objects.filter(event__in=list(events), verb=verb).order_by("id"))


def events_of(documents: Collection[UUID], verb: str) -> list[UUID]:
    """The events of the ledger behind the steps with this verb of some documents."""
    rows = Step.objects.filter(document__in=list(documents), verb=verb, event__isnull=False)
    return [event for event in rows.values_list("event", flat=True) if event is not None]


def timeline(document: UUID) -> list[TimelineEntry]:
    """The steps of a document, newest first, for its page; a step with a ledger event links to it."""
    return [
        TimelineEntry(
            at=step.happened_at,
            title=step.verb[:1].upper() + step.verb[1:],
            text=" – ".join(part for part in (step.text, step.reason) if part),
            by=_by(step),
            url=_event_page(step.event),
        )
        for step in reversed(steps(document))
    ]


def _by(step: Step) -> str:
    device = step.data.get("device", "")
    return step.actor.removeprefix("user:") + (f" on {device}" if device else "")


def _event_page(event: UUID | None) -> str:
    if event is None:
        return ""
    try:
        return reverse("ledger:event", kwargs={"uid": event})
    except NoReverseMatch:
        return ""


# -- files -----------------------------------------------------------------------------------------

_ALIASES: dict[str, str] = {"lot": "lots.lot", "event": "ledger.event", "run": "production.run"}


def known_as(kind: str, model: str) -> None:
    """Let files be kept with things a room calls ``kind``; ``model`` is the model's label in small letters.

    Not needed where the kind is the label already, such as ``shipping.shipment``.
    """
    if _ALIASES.setdefault(kind, model) != model:
        raise ValueError(f"the kind {kind} is known as {_ALIASES[kind]!r} already")


def check_subject(kind: str, subject: UUID) -> str:
    """The kind by its one name; raises NotFound when the book has no such thing."""
    name = _ALIASES.get(kind, kind)
    model = _model(name)
    if model is None or not model._default_manager.filter(uid=subject).exists():
        cause = f"there is no {kind[:40]!r} with the id {subject}."
        raise NotFound(Fault("subject", cause, "Open its page and attach the file there."))
    return name


def _model(name: str) -> type[models.Model] | None:
    """The model of ours a kind names: by its label, or by the end of its name (``transfers.request``)."""
    label, _, word = name.partition(".")
    try:
        room = apps.get_app_config(label)
    except LookupError:
        return None
    if not word or not room.name.startswith("lotbook.") or label in ("accounts", "approvals", "kernel"):
        return None
    fitting = [
        model
        for model in room.get_models()
        if model._meta.model_name
        and model._meta.model_name.endswith(word.replace("_", ""))
        and not model._meta.model_name.startswith("historical")
        and any(field.name == "uid" for field in model._meta.fields)
    ]
    return min(fitting, key=lambda model: len(str(model._meta.model_name))) if fitting else None


def attachments(kind: str, subject: UUID, *, removed: bool = False) -> QuerySet[Attachment]:
    """The files of one thing, oldest first, without their bytes; with ``removed`` those marked so as well."""
    rows = Attachment.objects.filter(kind=_ALIASES.get(kind, kind), subject=subject)
    if not removed:
        rows = rows.filter(removed_at=None)
    return rows.select_related("file").defer("file__body", "file__preview").order_by("id")


def attachments_of(kind: str, subjects: Collection[UUID]) -> QuerySet[Attachment]:
    """The files of several things of a kind, oldest first, without their bytes."""
    rows = Attachment.objects.filter(
        kind=_ALIASES.get(kind, kind), subject__in=list(subjects), removed_at=None
    )
    return rows.select_related("file").defer("file__body", "file__preview").order_by("id")


def attachment(uid: UUID | str) -> Attachment:
    """The attachment with this uid, with its bytes; raises NotFound."""
    try:
        return Attachment.objects.select_related("file").get(uid=UUID(str(uid)))
    except (Attachment.DoesNotExist, ValueError):
        raise NotFound(
            Fault("file", f"there is no file {str(uid)[:60]}.", "Open the page it was attached to.")
        ) from None
