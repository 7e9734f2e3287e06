"""What this room does when something was decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.operations.warehouse.actions import adjustments


def on_decided(payload: Mapping[str, Any]) -> None:
    """An approval asked for by an adjustment has its outcome."""
    if payload.get("kind") == adjustments.APPROVAL:
        adjustments.decided(adjustment=UUID(str(payload["subject"])), status=str(payload["status"]))
