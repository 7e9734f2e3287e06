"""What of a case is on its way now, on which documents, with whom: what can still be stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.urls import reverse

from lotbook.insights.recall.models import Case
from lotbook.operations.shipping import queries as shipping
from lotbook.operations.transfers.queries import recalls as transfers
from lotbook.traceability.lots.models import Lot

MOST = 200
"""Most lines of documents shown; what was sent last comes first."""


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A document under which goods of a case are on their way: between our places, or to a customer."""

    kind: str
    number: str
    url: str
    carrier: str
    vehicle: str
    consignee: str
    sent_at: datetime | None
    lots: list[tuple[Lot, int]]


def on_the_way(case: Case) -> list[OnTheWay]:
    """Documents that have lots of a case on their way now, the last sent first: a few statements."""
    keys: Any = case.lots.filter(released_at=None).values("lot_id")
    found = []
    for transfer, several in groupby(transfers.moving(keys, MOST), key=lambda row: row.transfer):
        there = reverse("transfers:transfer", args=[transfer.uid])
        found.append(
            OnTheWay(
                "Transfer", transfer.number, there, str(transfer.carrier or ""), transfer.vehicle,
                transfer.destination.name or transfer.destination.code, transfer.sent_at,
                [(row.lot, row.quantity) for row in several],
            )
        )  # fmt: skip
    for sent, lines in groupby(shipping.moving(keys, MOST), key=lambda row: row.shipment):
        whom = f"{sent.customer}, {sent.location}" if sent.location else str(sent.customer)
        carrier = f"{sent.carrier or ''} {sent.tracking_number}".strip()
        found.append(
            OnTheWay(
                "Shipment", sent.number, reverse("shipping:shipment", args=[sent.uid]), carrier,
                sent.vehicle, whom, sent.shipped_at, [(row.lot, row.quantity) for row in lines],
            )
        )  # fmt: skip
    return found
