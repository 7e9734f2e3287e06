"""What of transfers is held by a recall: on its way now, on which documents, with whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lotbook.operations.transfers.models import Pick, Transfer, TransferStatus
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.queries.pages import PickRow, TransferPage
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Hold, HoldKind, Lot

ON_THE_WAY = (TransferStatus.IN_TRANSIT, TransferStatus.SHORT)


def of_page(page: TransferPage) -> list[Hold]:
    """The recalls' holds on what a transfer still has on its way, or has not sent yet."""
    return lots.recalled(row.pick.lot for row in page.picks if row.open or row.pick.sent_event is None)


def flagged(rows: Iterable[Transfer]) -> set[int]:
    """Which of some transfers (by key) have goods on their way that a recall holds: at most one statement."""
    moving = [row.pk for row in rows if row.status in ON_THE_WAY]
    if not moving:
        return set()
    held = Hold.objects.filter(kind=HoldKind.RECALL, released_sequence=None).values("lot")
    found = Pick.objects.filter(transfer__in=moving, sent_event__isnull=False, lot__in=held)
    return set(found.values_list("transfer", flat=True))


@dataclass(frozen=True, slots=True)
class Moving:
    """So much of a lot (smallest units) on its way with a transfer."""

    transfer: Transfer
    lot: Lot
    quantity: int


def moving(keys: Any, most: int) -> list[Moving]:
    """What of some lots (keys, or rows of them) is on its way with which transfer, the last sent first."""
    rows = Pick.objects.filter(lot__in=keys, sent_event__isnull=False, transfer__status__in=ON_THE_WAY)
    found = list(
        rows.select_related(
            "lot__item", "transfer__carrier", "transfer__destination", "transfer__source"
        ).order_by("-transfer__sent_at", "pk")[:most]
    )
    sums = progress.settled(found)
    shown = [PickRow(one, dict(sums[one.pk])) for one in found]
    return [Moving(row.pick.transfer, row.pick.lot, row.open) for row in shown if row.open]
