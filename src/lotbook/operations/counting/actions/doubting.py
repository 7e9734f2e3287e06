"""Counts that something taken back afterwards puts in doubt, and counting again because of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.documents.models import Step
from lotbook.kernel.errors import Conflict, Fault
from lotbook.operations.counting import queries
from lotbook.operations.counting.actions.judging import KIND, locked_count
from lotbook.operations.counting.actions.opening import open_count
from lotbook.operations.counting.models import Count, CountStatus, Tally
from lotbook.traceability.ledger.queries import TakenBack

NAMES = {"receive": "receipt", "ship": "shipment", "move": "move", "adjust": "adjustment"}
"""What people call an event of a kind."""

DOUBTED = "in doubt"
"""The step of a count that something taken back put in doubt; it names the event."""


@transaction.atomic
def doubt(events: Collection[TakenBack]) -> int:
    """Mark the lines whose book still had what was taken back after them; gives how many are new.

    Found at counting was what was there with the event: without it the book says something else, and only
    counting again tells. Done twice it is done once.
    """
    marked = 0
    for event in events:
        lots = {lot for lot, _ in event.changed}
        near = Tally.objects.filter(
            lot__in=lots, last=True, sequence__gte=event.original, sequence__lt=event.sequence
        ).exclude(sheet__count__status=CountStatus.CANCELLED)
        # Locked in one order: who settles at this moment is waited for, or sees the event.
        counts = sorted(set(near.values_list("sheet__count", flat=True)))
        for one in Count.objects.select_for_update().filter(pk__in=counts).order_by("pk"):
            marked += _doubt(one, event, near.filter(sheet__count=one).select_related("lot", "sheet__place"))
    return marked


def _doubt(one: Count, event: TakenBack, near: Iterable[Tally]) -> int:
    found = [
        tally
        for tally in near
        if (tally.lot_id, tally.sheet.place_id) in event.changed and not _allowed_for(one, tally, event)
    ]
    if not found or Step.objects.filter(document=one.uid, event=event.uid, verb=DOUBTED).exists():
        return 0
    name = f"{NAMES.get(event.kind, event.kind)} {event.document_number or f'#{event.original}'}"
    text = f"{name} was taken back after this count: count again"
    Tally.objects.filter(pk__in=[tally.pk for tally in found]).update(doubt=text, recount=None)
    at = ", ".join(f"{tally.lot} at {tally.sheet.place}" for tally in found[:5])
    documents.record(one.uid, KIND, DOUBTED, actor="lotbook", event=event.uid, text=at, reason=text)
    return len(found)


def _allowed_for(one: Count, tally: Tally, event: TakenBack) -> bool:
    """Whether settling takes the event off the book by itself: it claims to be older than the line."""
    return one.status != CountStatus.DONE and event.occurred_at < tally.counted_at


def count_again(*, count: UUID | str, place: UUID | str, actor: str) -> Count:
    """Open a count of what is in doubt at a place of ``count``; the one opened before while it is going on.

    One lot in doubt: that lot there; several: the place with everything in it.
    """
    with transaction.atomic():
        found = locked_count(count)
        lines = [line for line in queries.doubted(found) if str(line.sheet.place.uid) == str(place)]
        if not lines:
            cause = f"nothing that {found.number} found there is in doubt any more."
            raise Conflict(Fault("place", cause, "Look at the list of counts.", "no_doubt"))
        going_on = next((line.recount for line in lines if line.recount), None)
        if going_on is not None and going_on.status not in (CountStatus.DONE, CountStatus.CANCELLED):
            return going_on
        lot = lines[0].lot if len(lines) == 1 else None
        opened = open_count(
            place=str(lines[0].sheet.place.uid),
            item=lot.item.code if lot else "",
            lot=lot.number if lot else "",
            note=f"{found.number}: {lines[0].doubt}"[:2000],
            actor=actor,
        )
        Tally.objects.filter(pk__in=[line.pk for line in lines]).update(recount=opened)
        return opened
