"""What this room does when others have decided something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.production import actions, queries
from lotbook.operations.production.models import Order, Run


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
        because=payload.get("because", ""),
        reason=payload.get("reason", ""),
    )


def called(text: str) -> list[Jump]:
    """The production order or run of this number, for the search box."""
    return [
        *numbered(Order.objects.all(), text, "Production order", "production:order"),
        *numbered(Run.objects.all(), text, "Run", "production:run"),
    ]
