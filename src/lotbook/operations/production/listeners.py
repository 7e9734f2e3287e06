"""What this room does when others have decided something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.operations.production import actions, queries


def yield_decided(payload: Mapping[str, Any]) -> None:
    """A yield outside its limits was approved or not: the run closes, or is open again."""
    if payload["kind"] == queries.YIELD:
        actions.yield_decided(run=UUID(payload["subject"]), approved=payload["status"] == "approved")
