"""What this room does when something was decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.counting import actions
from lotbook.operations.counting.models import Count


def on_decided(payload: Mapping[str, Any]) -> None:
    """An approval asked for by a count has its outcome."""
    if payload.get("kind") == actions.APPROVAL:
        actions.decided(count=UUID(str(payload["subject"])), status=str(payload["status"]))


def called(text: str) -> list[Jump]:
    """The count of this number, for the search box."""
    return numbered(Count.objects.all(), text, "Count", "counting:count")
