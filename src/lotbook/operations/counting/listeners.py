"""What this room does when something was decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.counting import actions
from lotbook.operations.counting.models import Count
from lotbook.traceability.ledger import queries as ledger


def on_decided(payload: Mapping[str, Any]) -> None:
    """An approval asked for by a count has its outcome."""
    if payload.get("kind") == actions.APPROVAL:
        actions.decided(count=UUID(str(payload["subject"])), status=str(payload["status"]))


def posted(payload: Mapping[str, Any]) -> None:
    """Events are in the book; the ones that take others back put counts made between them in doubt."""
    if "reverse" in payload.get("kinds", ()):
        ranges = [(first, last) for first, last in payload["sequences"]]
        actions.doubt(ledger.reversals(ranges))


def called(text: str) -> list[Jump]:
    """The count of this number, for the search box."""
    return numbered(Count.objects.all(), text, "Count", "counting:count")
