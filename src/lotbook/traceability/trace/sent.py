"""Which shipments carried which lots to whom: the deliveries a customer's complaint may be about.

Read from movements that left for a partner's place; a shipment that was taken back is none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from lotbook.traceability.ledger.models import Crossing, Movement

OUTWARDS = (Crossing.OUT, Crossing.BETWEEN)
SENT_MAX = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """So much of a lot, in smallest units, left for a partner with one event."""

    lot: int
    partner: int
    event: UUID
    sequence: int
    occurred_at: datetime
    number: str
    quantity: int


def sent(lots: Collection[int], *, partner: int | None = None, most: int = SENT_MAX) -> list[Sent]:
    """The shipments that carried ``lots`` (keys) to partners, or to one of them; the latest first."""
    rows = Movement.objects.filter(
        lot_id__in=sorted(lots), crossing__in=OUTWARDS, event__reversed_by__isnull=True
    )
    rows = rows.filter(destination__partner__isnull=False)
    if partner is not None:
        rows = rows.filter(destination__partner=partner)
    found = (
        rows.values_list(
            "lot", "destination__partner", "event__uid", "event", "event__occurred_at",
            "event__document_number",
        )
        .annotate(quantity=Sum("quantity"))
        .order_by("-event", "lot")[:most]
    )  # fmt: skip
    return [Sent(*row) for row in found]


def lots_sent_to(partner: int, lots: Collection[int]) -> set[int]:
    """Which of ``lots`` a partner got some of."""
    rows = Movement.objects.filter(
        lot_id__in=sorted(lots), crossing__in=OUTWARDS, event__reversed_by__isnull=True,
        destination__partner=partner,
    )  # fmt: skip
    return set(rows.order_by().values_list("lot", flat=True).distinct())
