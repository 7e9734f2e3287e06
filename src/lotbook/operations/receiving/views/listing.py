"""What several pages of this room share."""

from __future__ import annotations

from typing import Any

SHOWN = 50


def forget(values: dict[str, Any]) -> None:
    """A document is written now: it has neither a time of its own nor an override."""
    values.pop("override")
    values.pop("occurred_at")
    if "send" in values:
        values["send"] = bool(values["send"])
