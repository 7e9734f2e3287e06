"""Numbers handed out without collision, and steps written beside what they tell of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from lotbook.foundation.documents import rules
from lotbook.foundation.documents.models import Step
from lotbook.kernel import clock, sql


def next_number(prefix: str, *, on: datetime | None = None) -> str:
    """The next number of a kind of document: ``PO-2027-00012``; the year is that of ``on`` (now).

    One statement that locks its row until the transaction ends: no two documents share a number, and a
    document that was not saved leaves no gap. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("next_number: expected to be inside transaction.atomic()")
    series = rules.series_name(prefix, (on or clock.now()).year)
    query = (
        "INSERT INTO documents_series (name, last) VALUES (%s, 1)"
        " ON CONFLICT (name) DO UPDATE SET last = documents_series.last + 1 RETURNING last"
    )
    return rules.written(series, sql.rows(query, [series])[0][0])


def record(
    document: UUID,
    kind: str,
    verb: str,
    *,
    actor: str,
    text: str = "",
    reason: str = "",
    event: UUID | None = None,
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Step:
    """Write down a step of a document: who did what, when (now) and why. Call it in the act's transaction."""
    return Step.objects.create(
        document=document,
        kind=kind,
        verb=verb,
        happened_at=at or clock.now(),
        actor=actor,
        text=text,
        reason=reason.strip(),
        event=event,
        data=dict(data or {}),
    )
