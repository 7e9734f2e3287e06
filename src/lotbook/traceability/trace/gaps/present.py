"""Gaps as JSON: the same for the command line and the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from lotbook.traceability.trace.gaps import nightly
from lotbook.traceability.trace.gaps.rules import Gap, Report

PAGES = {"edit": "lots:edit", "lot": "lots:lot", "run": "production:run", "event": "ledger:event"}
"""Kind of a repair → the page where it is done."""


def as_json(report: Report, gaps: Sequence[Gap]) -> dict[str, Any]:
    """A report's figures with some of its gaps: those that passed a filter."""
    return {
        **nightly.summary(report),
        "since": report.since,
        "listed": len(gaps),
        "items": [gap(one) for one in gaps],
    }


def gap(one: Gap) -> dict[str, Any]:
    """One gap; ``repair`` is the page that mends it."""
    return {
        "kind": one.kind,
        "subject": one.subject,
        "id": one.uid,
        "name": one.label,
        "what": one.sentence,
        "site": one.site_name,
        "at": one.at.isoformat() if one.at else None,
        "sequence": one.sequence or None,
        "repair": repair_page(one),
    }


def repair_page(one: Gap) -> str:
    """The address of the page that repairs a gap; empty where its room is closed."""
    try:
        return reverse(PAGES[one.page], args=[UUID(one.page_uid)])
    except NoReverseMatch:
        return ""
