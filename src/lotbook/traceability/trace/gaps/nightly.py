"""The nightly report: all of the book looked through, the scores told in the outbox (topic ``trace.gaps``).

The last reports are read from the outbox again: the page shows last night's score at once, and the trend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from lotbook.kernel import outbox
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.trace.gaps import queries
from lotbook.traceability.trace.gaps.rules import Report

TOPIC = "trace.gaps"
EVERY_MINUTES = 24 * 60
TREND = 14
"""Reports shown as a trend."""


@dataclass(frozen=True, slots=True)
class Night:
    """What one report said: percent and gaps of the whole book and of each site."""

    at: datetime
    as_of: int
    percent: float
    gaps: int
    sites: Mapping[str, float]


def run() -> None:
    """Look through the book and tell: what ``kernel.periodic`` calls."""
    tell(queries.report())


def tell(report: Report) -> None:
    """Write a report's figures into the outbox."""
    with transaction.atomic():
        outbox.emit(TOPIC, summary(report))


def summary(report: Report) -> dict[str, Any]:
    """A report's figures without its gaps."""
    return {
        "as_of": report.as_of,
        "percent": report.total.percent,
        "gaps": len(report.gaps),
        "kinds": report.counts,
        "sites": [
            {
                "site": one.name,
                "percent": one.percent,
                "looked_at": one.looked_at,
                "with_gaps": one.with_gaps,
                "gaps": one.gaps,
            }
            for one in report.scores
        ],
    }


def last(most: int = TREND) -> list[Night]:
    """The last reports, newest first."""
    rows = OutboxMessage.objects.filter(topic=TOPIC).order_by("-id")[:most]
    return [
        Night(
            row.created_at,
            row.payload["as_of"],
            row.payload["percent"],
            row.payload["gaps"],
            {one["site"]: one["percent"] for one in row.payload["sites"]},
        )
        for row in rows
    ]
