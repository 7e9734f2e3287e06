"""Reading captured events."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max, QuerySet

from lotbook.interfaces.exchange.epcis.models import CapturedEvent


def last_sequence() -> int:
    """The ledger's sequence of the last captured event; 0 when there is none."""
    return CapturedEvent.objects.aggregate(last=Max("sequence"))["last"] or 0


def of_event(uid: UUID) -> CapturedEvent | None:
    """The foreign event behind an event of the ledger, verbatim."""
    return CapturedEvent.objects.filter(uid=uid).first()


def with_event_id(event_id: str) -> QuerySet[CapturedEvent]:
    """Everything captured under one eventID, in the order it came; more than one when contents differ."""
    return CapturedEvent.objects.filter(event_id=event_id).order_by("sequence")
