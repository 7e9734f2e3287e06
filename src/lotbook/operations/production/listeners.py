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


def reservation_broken(payload: Mapping[str, Any]) -> None:
    """A hold ended a reservation of a run or an order: its timeline says so."""
    actions.broken(
        document=UUID(payload["document"]),
        purpose=payload["purpose"],
        lot=payload["lot"],
        reason=payload.get("reason", ""),
    )
