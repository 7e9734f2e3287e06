"""The document follows the book: what was taken back, how far a transfer is, what stays reserved for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.kernel import clock
from lotbook.operations.transfers import rules
from lotbook.operations.transfers.actions import requests
from lotbook.operations.transfers.models import Arrival, ArrivalState, Pick, StockRequest, Transfer
from lotbook.operations.transfers.queries import progress
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation import queries as allocated
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import queries as ledger

KIND = "transfers.transfer"


def follow(row: Transfer, actor: str) -> Transfer:
    """Bring a transfer (locked) up to what the book says, and its request with it."""
    _take_over_reversals(row, actor)
    before = row.status
    row.status = progress.transfer_status(row)
    if row.status in rules.FINAL and row.received_at is None and row.status != "cancelled":
        row.received_at = clock.now()
    elif row.status not in rules.FINAL:
        row.received_at = None
    row.save()
    _keep_transit(row, actor)
    if row.request_id is not None and before != row.status:
        requests.follow(StockRequest.objects.select_for_update().get(pk=row.request_id))
    return row


def _take_over_reversals(row: Transfer, actor: str) -> None:
    """Sendings and receipts that were reversed in the book count no more."""
    picks = list(Pick.objects.filter(transfer=row, sent_event__isnull=False).select_related("lot"))
    arrivals = Arrival.objects.filter(transfer=row, state=ArrivalState.DONE, event__isnull=False)
    events = {one.sent_event for one in picks} | set(arrivals.values_list("event", flat=True))
    back = ledger.taken_back([uid for uid in events if uid is not None])
    if not back:
        return
    arrivals.filter(event__in=back).update(state=ArrivalState.REVERSED)
    for one in picks:
        if one.sent_event in back:
            one.sent_event = None
            one.save(update_fields=["sent_event"])
            reserve_pick(row, one, one.lot.item_id, actor)


def _keep_transit(row: Transfer, actor: str) -> None:
    """The place in transit is in use while something is there, and no longer."""
    if row.transit is None:
        return
    inside = places.subtree_ids(row.transit.pk)
    used = len(inside) > 1 or bool(ledger.balances(places=inside))
    row.transit.refresh_from_db()
    if used and not row.transit.is_active:
        place_actions.reactivate(actor=actor, uid=row.transit.uid, reason=f"{row.number} is on the way again")
    elif not used and row.transit.is_active and row.status in rules.FINAL:
        place_actions.deactivate(actor=actor, uid=row.transit.uid, reason=f"{row.number} is received")


def reserve_pick(row: Transfer, one: Pick, item: int, actor: str) -> bool:
    """Reserve exactly what a pick says, where it says; False when it is not free there."""
    demand = Demand(
        item=item, quantity=one.quantity, place=one.place_id, purpose=KIND, document=row.uid,
        line=one.line.position if one.line is not None else 0, strategy="chosen", lots=(one.lot_id,),
        whole=True, number=row.number,
    )  # fmt: skip
    answer = allocation.allocate([demand], actor=actor)[0]
    if len(answer.portions) != 1 or answer.missing:
        claims = [portion.claim for portion in answer.portions if portion.claim is not None]
        if claims:
            allocation.free(document=row.uid, claims=claims, actor=actor, reason="not in one place")
        return False
    one.place_id, one.claim = answer.portions[0].place, answer.portions[0].claim
    one.save(update_fields=["place", "claim"])
    return True


@transaction.atomic
def reversed_in_book(numbers: Sequence[str], *, actor: str = "lotbook") -> None:
    """Events of these transfers were reversed: their documents follow (again: nothing happens)."""
    for row in _locked(number__in=list(numbers)):
        follow(row, actor)


@transaction.atomic
def reservation_broken(document: UUID, *, because: str = "", reason: str = "") -> None:
    """Reservations of a transfer fell (a lot was held, recalled or counted short): its picks show it."""
    for row in _locked(uid=document):
        kept = {claim.id for claim in allocated.claims(row.uid)}
        for one in Pick.objects.filter(transfer=row, claim__isnull=False).select_related("lot"):
            if one.claim not in kept:
                one.claim = None
                one.save(update_fields=["claim"])
                text = f"lot {one.lot} is not reserved any more" + (f": {because}" if because else "")
                documents.record(row.uid, KIND, "reservation fell", actor="lotbook", text=text, reason=reason)


def _locked(**which: object) -> list[Transfer]:
    rows = Transfer.objects.select_for_update(of=("self",)).filter(**which)
    return list(rows.select_related("source", "destination", "transit", "request").order_by("pk"))
