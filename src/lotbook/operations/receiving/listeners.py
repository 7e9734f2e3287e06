"""What this room hears: receipts taken back, and decisions about more than was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lotbook.kernel.errors import NotFound
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.actions.orders import OVER, grant, locked
from lotbook.traceability.ledger import queries as ledger


def posted(payload: Mapping[str, Any]) -> None:
    """``ledger.posted``: reversed receipts open their orders and notices again."""
    if {"reverse", "foreign"} & set(payload["kinds"]):
        back = ledger.events_taken_back([(first, last) for first, last in payload["sequences"]])
        # A return that is taken back first: the receipt it was of may be taken back with it.
        actions.settle_returns(back)
        actions.settle(back)


def decided(payload: Mapping[str, Any]) -> None:
    """``approvals.decided``: more than was ordered may come, or may not."""
    if payload["kind"] != OVER:
        return
    try:
        order = locked(queries.order(payload["subject"]).uid)
    except NotFound:
        return
    grant(order, str(payload["approval"]), approved=payload["status"] == "approved")
