"""What this room does when something was decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.operations.counting import actions


def on_decided(payload: Mapping[str, Any]) -> None:
    """An approval asked for by a count has its outcome."""
    if payload.get("kind") == actions.APPROVAL:
        actions.decided(count=UUID(str(payload["subject"])), status=str(payload["status"]))
