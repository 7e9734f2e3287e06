"""Reads of what documents share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from lotbook.foundation.documents.models import Step


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


def timeline(document: UUID) -> list[TimelineEntry]:
    """The steps of a document, newest first, for its page; a step with a ledger event links to it."""
    return [
        TimelineEntry(
            at=step.happened_at,
            title=step.verb[:1].upper() + step.verb[1:],
            text=" – ".join(part for part in (step.text, step.reason) if part),
            by=step.actor.removeprefix("user:"),
            url=_event_page(step.event),
        )
        for step in reversed(steps(document))
    ]


def _event_page(event: UUID | None) -> str:
    if event is None:
        return ""
    try:
        return reverse("ledger:event", kwargs={"uid": event})
    except NoReverseMatch:
        return ""
