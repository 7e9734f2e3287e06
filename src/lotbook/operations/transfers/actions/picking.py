"""What is picked for a transfer: as suggested or instead of it, and packed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.foundation.places.numbering import next_sscc
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers.actions.following import KIND, follow, reserve_pick
from lotbook.operations.transfers.actions.lines import need_unsent, picks_of
from lotbook.operations.transfers.actions.repeats import (
    locked_transfer,
    once,
    refuse_state,
)
from lotbook.operations.transfers.models import (
    Load,
    Pick,
    Transfer,
)
from lotbook.operations.transfers.queries import documents as found
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading, moment_at, post_together
from lotbook.traceability.ledger.rules import OUR_STOCK, Draft, Move, Pack
from lotbook.traceability.lots.models import Lot


def confirm(
    *,
    transfer: Named,
    pick: UUID,
    actor: str,
    quantity: str = "",
    lot: str = "",
    place: Named = "",
    reason: str = "",
    uid: UUID | None = None,
) -> Transfer:
    """Confirm one line of the pick list: as suggested (nothing else given), less, or another lot.

    ``quantity`` is decimal text in the item's base unit; less than the line, 0 included, is a short pick
    and needs a ``reason``, and so does another ``lot`` (number or uid). Raises Refused naming the field.
    """
    digest = words.asked(
        act="pick", transfer=transfer, pick=pick, quantity=quantity, lot=lot, place=place, reason=reason
    )

    def act(_own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        need_unsent(row)
        one = _pick_of(row, pick)
        if one.picked_at is not None:
            cause = f"{one.lot} is picked already."
            raise Conflict(Fault("pick", cause, "Go on with the next line.", "picked"))
        _confirm(row, one, quantity=quantity, lot=lot, place=place, reason=reason, actor=actor)
        return follow(row, actor)

    return once(uid, digest, found.transfer, act)


def confirm_all(*, transfer: Named, actor: str, uid: UUID | None = None) -> Transfer:
    """Confirm every open line of the pick list as suggested."""

    def act(_own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        need_unsent(row)
        rows = list(picks_of(row).filter(picked_at=None))
        if not rows:
            raise refuse_state(row.number, row.get_status_display(), "Nothing is left to pick.")
        for one in rows:
            _confirm(row, one, quantity="", lot="", place="", reason="", actor=actor)
        return follow(row, actor)

    return once(uid, words.asked(act="pick_all", transfer=transfer), found.transfer, act)


def pack(
    *, transfer: Named, picks: Sequence[UUID], actor: str, unit: str = "", uid: UUID | None = None
) -> Transfer:
    """Put picked goods into a logistic unit that will travel whole; one the book does not know is made.

    Without ``unit`` it is a new one under the next SSCC of the site the goods leave.
    """
    digest = words.asked(act="pack", transfer=transfer, unit=unit, picks=sorted(map(str, picks)))

    def act(own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        need_unsent(row)
        reading = Reading()
        wanted = set(picks)
        rows = [one for one in picks_of(row) if one.uid in wanted and one.picked_at and one.load_id is None]
        if not rows or len(rows) < len(wanted):
            reading.fault("picks", "choose goods that are picked and loose.", "Pick them first.", "required")
        into = _unit(reading, unit) if unit.strip() else None
        if into is not None and into.parent_id and into.parent_id not in places.subtree_ids(row.source_id):
            reading.fault("unit", f"{into.code} does not stand at {row.source}.", "Scan another one.")
        reading.done()
        if into is None:
            number = unit.strip() or next_sscc(places.site_of(row.source), field="unit")
            into = place_actions.ensure_unit(sscc=number, actor=actor)
        _pack(row, rows, into, own, actor)
        return follow(row, actor)

    return once(uid, digest, found.transfer, act)


@dataclass(frozen=True, slots=True)
class InHand:
    """What the picker really has: so much of ``lot`` from ``place``, and why it is not as suggested."""

    quantity: int
    lot: Lot
    place: Place
    reason: str


def _confirm(
    row: Transfer, one: Pick, *, quantity: str, lot: str, place: Named, reason: str, actor: str
) -> None:
    hand = _in_hand(row, one, quantity, lot=lot, place=place, reason=reason)
    item = one.lot.item
    other = (hand.lot.pk, hand.place.pk) != (one.lot_id, one.place_id)
    if other or hand.quantity < one.quantity:
        _take_instead(row, one, hand, actor)
    elif one.claim is None and not reserve_pick(row, one, item.pk, actor):
        cause = f"{one.lot} is not free any more."
        raise Refused(Fault("lot", cause, "Take another lot.", "not_free"))
    one.reason = hand.reason
    one.picked_at, one.picked_by = clock.now(), actor
    one.save()
    said = []
    if one.suggested_lot_id not in (None, one.lot_id):
        said.append(f"{one.lot} instead of {one.suggested_lot}")
    if one.short:
        said.append(f"{to_text(one.short, item.scale)} {item.code} short")
    if said:
        text = ", ".join(said)
        documents.record(row.uid, KIND, "picked", actor=actor, text=text, reason=hand.reason)


def _in_hand(row: Transfer, one: Pick, quantity: str, *, lot: str, place: Named, reason: str) -> InHand:
    """What somebody says they picked; raises Refused where it does not fit, or lacks its reason."""
    reading = Reading()
    taken = _taken(reading, one, quantity)
    chosen = one.lot
    if lot.strip():
        chosen = reading.lot("", one.lot.item.code, lot) or one.lot
        reading.faults = [replace(fault, field=fault.field.strip("/")) for fault in reading.faults]
    at = reading.place("place", place, kinds=OUR_STOCK) if place else one.place
    why = reading.text("reason", reason, 2000, lines=True)
    if chosen.pk != one.lot_id and not why:
        cause = f"{one.lot} was suggested" + (f" ({one.why})." if one.why else ".")
        reading.fault("reason", cause, "Say why another lot is taken.", "required")
    if taken < one.quantity and not why:
        reading.fault("reason", "less is taken than the line says.", "Say why.", "required")
    if at is not None and at.pk not in places.subtree_ids(row.source_id):
        reading.fault("place", f"{at.code} is not at {row.source}.", "Choose a place there.")
    reading.done()
    assert at is not None
    return InHand(taken, chosen, at, why)


def _taken(reading: Reading, one: Pick, quantity: str) -> int:
    if not quantity.strip():
        return one.quantity
    scale = one.lot.item.scale
    number = reading.decimal("quantity", quantity, places=scale)
    taken = int(number.scaleb(scale)) if number is not None else one.quantity
    if taken > one.quantity:
        cause = f"this line is for {to_text(one.quantity, scale)}."
        reading.fault("quantity", cause, "Take as much at most.")
    return taken


def _take_instead(row: Transfer, one: Pick, hand: InHand, actor: str) -> None:
    """Give back what was reserved, and reserve what the picker really has in hand."""
    if one.claim is not None:
        allocation.free(document=row.uid, claims=[one.claim], actor=actor, reason="picked otherwise")
    lot, at = hand.lot, hand.place
    one.short, one.claim = one.quantity - hand.quantity, None
    one.quantity, one.lot, one.place = hand.quantity, lot, at
    if not hand.quantity:
        return
    demand = Demand(
        item=lot.item_id, quantity=hand.quantity, place=at.pk, purpose=KIND, document=row.uid,
        line=one.line.position if one.line else 0, strategy="chosen", lots=(lot.pk,), whole=True,
        number=row.number,
    )  # fmt: skip
    answer = allocation.allocate([demand], actor=actor)[0]
    if answer.missing:
        cause = answer.why_not or f"{at.code} has too little of {lot} that is free."
        raise Refused(Fault("lot", cause, "Take another lot, or less.", "not_free"))
    first, *rest = answer.portions
    one.place_id, one.quantity, one.claim = first.place, first.quantity, first.claim
    for portion in rest:
        Pick.objects.create(
            transfer=row, line=one.line, lot=lot, suggested_lot=one.suggested_lot, place_id=portion.place,
            quantity=portion.quantity, claim=portion.claim, why=one.why, picked_at=clock.now(),
            picked_by=actor,
        )  # fmt: skip


def _unit(reading: Reading, text: str) -> Place | None:
    """The unit with this number; None (without a fault) when it has to be made."""
    number = reading.text("unit", text, 60)
    known = places.named(number) if number else None
    if known is None or known.kind == "unit":
        return known
    reading.fault("unit", f"{known.code} is no logistic unit.", "Scan the SSCC of the pallet or case.")
    return None


def _pack(row: Transfer, picks: Sequence[Pick], unit: Place, own: UUID, actor: str) -> None:
    at = moment_at(row.source, None)
    head: dict[str, Any] = {"document_kind": "transfer", "document_number": row.number, "occurred_at": at}
    drafts: list[Draft] = []
    stands = unit.parent
    if stands is None:
        stands = row.source
        drafts.append(
            Draft(
                "unit_move", uid=uuid5(own, "unit"), packs=[Pack(stands.pk, 1, child=unit.pk)],
                place=stands.pk, data={"made": unit.code}, **head,
            )
        )  # fmt: skip
    moves = [Move(one.lot_id, one.place_id, unit.pk, one.quantity, claim=one.claim) for one in picks]
    drafts.append(Draft("pack", uid=own, moves=moves, place=unit.pk, **head))
    lines = [f"picks/{index}" for index in range(len(moves))]
    post_together(drafts, actor=actor, at=[lines if draft.moves else [] for draft in drafts])
    load, _ = Load.objects.get_or_create(transfer=row, unit=unit, defaults={"stood_in": stands})
    for one in picks:
        one.load, one.place, one.claim = load, unit, None
        one.save()
        reserve_pick(row, one, one.lot.item_id, actor)
    text = f"{len(picks)} line{'s' if len(picks) != 1 else ''} into {unit.code}"
    documents.record(row.uid, KIND, "packed", actor=actor, text=text, event=own)


def _pick_of(row: Transfer, uid: UUID) -> Pick:
    one: Pick | None = picks_of(row).filter(uid=uid).first()
    if one is None:
        cause = f"{row.number} has no such line to pick."
        raise Refused(Fault("pick", cause, "Open the pick list again."), status=404)
    return one
