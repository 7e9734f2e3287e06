"""What the tabs of scope and lots show beside the case: how shares are read, and where to narrow it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from lotbook.insights.recall import forms, rules
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import moving
from lotbook.insights.recall.queries.pages import CasePage

TAB = "scope"
ADDRESS_MAX = 6_000
"""Longest address of a page of the trace: servers and browsers take 8,000."""


def context(found: Case, page: CasePage) -> dict[str, Any]:
    """What the templates of both tabs need; the pages of the trace get the suspects and the sequence."""
    return {
        "reading_form": forms.ReadingForm(initial={"reading": found.reading}),
        "reading": rules.READINGS[found.reading],
        "may_reread": rules.fits("suspects", found.status),
        "narrow": _narrow(found, page),
        "on_the_way": moving.on_the_way(found) if page.tab == TAB and not found.is_over else [],
    }


def _narrow(found: Case, page: CasePage) -> dict[str, str]:
    query: dict[str, Any] = {"s": [one.line for one in page.suspected]}
    if not query["s"]:
        return {}
    if found.as_of is not None:
        query["as_of"] = found.as_of
    there = urlencode(query, doseq=True)
    if len(there) > ADDRESS_MAX:
        return {}
    read = f"{there}&reading={found.reading}" if found.reading != "reach" else there
    return {
        "scope": f"{reverse('trace:scope')}?{there}",
        "exposure": f"{reverse('trace:exposure')}?{read}",
        "what_if": f"{reverse('trace:what_if')}?{there}",
    }
