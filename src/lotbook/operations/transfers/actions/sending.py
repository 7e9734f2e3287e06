"""What leaves on a transfer, into transit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.operations.transfers.actions.following import KIND, follow, reserve_pick
from lotbook.operations.transfers.actions.lines import need_unsent, picks_of
from lotbook.operations.transfers.actions.repeats import (
    locked_transfer,
    once,
)
from lotbook.operations.transfers.models import (
    Pick,
    Transfer,
)
from lotbook.operations.transfers.queries import documents as found
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Named, Reading, moment_at, post_together
from lotbook.traceability.ledger.rules import Draft, Move, Pack


def send(
    *,
    transfer: Named,
    actor: str,
    carrier: Named = "",
    vehicle: str = "",
    seal: str = "",
    celsius: str = "",
    expected_at: datetime | None = None,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Transfer:
    """Send what is picked: it moves to the transfer's own place in transit, where nobody may use it.

    Raises Refused while something is not picked, or not reserved any more.
    """
    digest = words.asked(
        act="send", transfer=transfer, carrier=carrier, vehicle=vehicle, seal=seal, celsius=celsius,
        expected_at=expected_at, occurred_at=occurred_at,
    )  # fmt: skip

    def act(own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        need_unsent(row)
        reading = Reading()
        row.carrier = reading.partner("carrier", carrier, "carrier") if carrier else None
        row.vehicle = reading.text("vehicle", vehicle, 100)
        row.seal = reading.text("seal", seal, 100)
        row.sent_celsius = temperature(reading, "celsius", celsius)
        row.expected_at = moment_at(row.destination, expected_at) if expected_at else None
        picks = [one for one in picks_of(row) if one.quantity]
        _check_ready(reading, row, picks, actor)
        reading.done()
        at = moment_at(row.source, occurred_at)
        _send(row, picks, at, own, actor)
        row.sent_at = at
        row.save()
        text = ", ".join(part for part in (str(row.carrier or ""), row.vehicle) if part)
        documents.record(row.uid, KIND, "sent", actor=actor, text=text, event=own)
        return follow(row, actor)

    return once(uid, digest, found.transfer, act)


def temperature(reading: Reading, field: str, text: str) -> str:
    """Degrees Celsius as decimal text, between -100 and 100; empty when not measured."""
    bare = reading.text(field, text, 12)
    number = reading.decimal(field, bare.removeprefix("-"), places=2) if bare else None
    if number is not None and number > 100:
        reading.fault(field, f"expected -100 to 100 °C, got {bare}.", "Check the thermometer.")
    return bare if number is not None else ""


def _check_ready(reading: Reading, row: Transfer, picks: Sequence[Pick], actor: str) -> None:
    if not picks:
        reading.fault("picks", "nothing is picked.", "Reserve and pick first.", "required")
    waiting = sum(1 for one in picks if one.picked_at is None)
    if waiting:
        cause = f"{waiting} line{'s are' if waiting > 1 else ' is'} not picked yet."
        reading.fault("picks", cause, "Pick them, or confirm 0 with the reason.", "required")
    for index, one in enumerate(picks):
        if one.claim is None and one.load_id is None and not reserve_pick(row, one, one.lot.item_id, actor):
            cause = f"lot {one.lot} is not free any more (on hold, expired, or taken)."
            reading.fault(f"picks/{index}", cause, "Take it off, or take another lot.", "not_free")
    for load in row.loads.select_related("unit"):
        told = {(one.lot_id, one.place_id): one.quantity for one in picks if one.load_id == load.pk}
        inside = ledger.balances(places=places.subtree_ids(load.unit_id))
        if told != {(one.lot, one.place): one.on_hand for one in inside}:
            cause = f"what is on {load.unit.code} is not what was picked for this transfer."
            reading.fault("units", cause, "Take out what does not belong there, then send.", "contents")


def _send(row: Transfer, picks: Sequence[Pick], at: datetime, own: UUID, actor: str) -> None:
    transit = row.transit or _transit(row, actor)
    told = {
        "transfer": str(row.uid), "carrier": str(row.carrier or ""), "vehicle": row.vehicle,
        "seal": row.seal, "temperature_celsius": row.sent_celsius,
        "expected_at": row.expected_at.isoformat() if row.expected_at else "",
    }  # fmt: skip
    data = {name: value for name, value in told.items() if value}
    loose = [one for one in picks if one.load_id is None]
    drafts: list[Draft] = []
    if loose:
        moves = [Move(one.lot_id, one.place_id, transit.pk, one.quantity, claim=one.claim) for one in loose]
        drafts.append(
            Draft(
                "move", at, own, moves=moves, place=row.source_id, document_kind="transfer",
                document_number=row.number, reason=row.reason, data=data, keeper=row.uid,
            )
        )  # fmt: skip
        Pick.objects.filter(pk__in=[one.pk for one in loose]).update(sent_event=own, claim=None)
    for load in row.loads.select_related("unit"):
        event = uuid5(own, f"unit {load.unit_id}") if drafts else own
        stands = load.unit.parent_id
        assert stands is not None
        packs = [Pack(stands, -1, child=load.unit_id), Pack(transit.pk, 1, child=load.unit_id)]
        drafts.append(
            Draft(
                "unit_move", at, event, packs=packs, place=row.source_id, document_kind="transfer",
                document_number=row.number, reason=row.reason, data=data, keeper=row.uid,
            )
        )  # fmt: skip
        load.sent_event, load.stood_in_id = event, stands
        load.save()
        Pick.objects.filter(load=load).update(sent_event=event)
    lines = [f"picks/{index}" for index in range(len(loose))]
    post_together(drafts, actor=actor, at=[lines if draft.moves else [] for draft in drafts])


def _transit(row: Transfer, actor: str) -> Place:
    """The place where goods of this transfer are while they travel; nobody may use them there."""
    row.transit = place_actions.create_place(
        actor=actor,
        code=f"TRANSIT-{row.number}",
        name=f"In transit: {row.number}",
        kind="transit",
        usable=False,
        time_zone=places.zone_of(row.destination),
    )
    row.save(update_fields=["transit"])
    return row.transit
