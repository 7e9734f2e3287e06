"""What every act on a transfer needs of its lines."""

from __future__ import annotations

from typing import Any

from lotbook.operations.transfers import rules
from lotbook.operations.transfers.actions.repeats import (
    refuse_state,
)
from lotbook.operations.transfers.models import (
    Pick,
    Transfer,
)


def picks_of(row: Transfer) -> Any:
    """The picks of a transfer with what an act needs of them."""
    return Pick.objects.filter(transfer=row).select_related("lot__item", "suggested_lot", "place", "line")


def need_unsent(row: Transfer) -> None:
    """Raise Conflict when something of the transfer has left."""
    if row.status not in rules.UNSENT:
        remedy = "Take the sending back first." if row.status == "in_transit" else "Plan another transfer."
        raise refuse_state(row.number, row.get_status_display(), remedy)
