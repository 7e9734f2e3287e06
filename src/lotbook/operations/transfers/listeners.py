"""What this room hears: events reversed, reservations that fell, decisions of the approval inbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.transfers.actions import following, receiving, requests
from lotbook.operations.transfers.models import StockRequest, Transfer
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.keeping import Keeper


def posted(payload: Mapping[str, Any]) -> None:
    """Reversals of a transfer's events reach its document."""
    if "reverse" in payload.get("kinds", ()):
        ranges = [(first, last) for first, last in payload["sequences"]]
        numbers = ledger.documents_taken_back("transfer", ranges)
        if numbers:
            following.reversed_in_book(numbers)


def broken(payload: Mapping[str, Any]) -> None:
    """A reservation fell because its lot was held or recalled."""
    if payload.get("purpose") == following.KIND:
        following.reservation_broken(
            UUID(str(payload["document"])),
            because=str(payload.get("because", "")),
            reason=str(payload.get("reason", "")),
        )


def decided(payload: Mapping[str, Any]) -> None:
    """What was asked for is decided."""
    subject, status = UUID(str(payload["subject"])), str(payload["status"])
    if payload["kind"] == requests.KIND:
        requests.decided(subject=subject, status=status)
    elif payload["kind"] == receiving.DIFFERENCE:
        receiving.decided(subject=subject, status=status)


def keepers(places: Collection[int]) -> dict[int, Keeper]:
    """The transfers whose places in transit these are: what is there moves with them alone."""
    rows = Transfer.objects.filter(transit__in=places).values_list("transit", "uid", "number")
    return {place: Keeper(uid, "transfer", number) for place, uid, number in rows}


def called(text: str) -> list[Jump]:
    """The stock request or transfer of this number, for the search box."""
    return [
        *numbered(StockRequest.objects.all(), text, "Stock request", "transfers:request"),
        *numbered(Transfer.objects.all(), text, "Transfer", "transfers:transfer"),
    ]
