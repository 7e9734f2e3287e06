"""Transfers from the plan to the truck: made, reserved, picked, packed, sent, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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
from lotbook.operations.transfers import rules
from lotbook.operations.transfers.actions import requests
from lotbook.operations.transfers.actions.following import KIND, follow, reserve_pick
from lotbook.operations.transfers.actions.repeats import (
    locked_request,
    locked_transfer,
    once,
    refuse_state,
)
from lotbook.operations.transfers.models import (
    Load,
    Pick,
    RequestLine,
    StockRequest,
    Transfer,
    TransferLine,
)
from lotbook.operations.transfers.queries import documents as found
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import Wanted
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Named, Reading, moment_at, post_together
from lotbook.traceability.ledger.rules import OUR_STOCK, Draft, Move, Pack
from lotbook.traceability.lots.models import Lot, LotKind

UNITS_MAX = 200


def create(
    *,
    source: Named,
    destination: Named,
    actor: str,
    lines: Sequence[Wanted] = (),
    units: Sequence[str] = (),
    strategy: str = "fefo",
    needed_on: date | None = None,
    reason: str = "",
    uid: UUID | None = None,
) -> Transfer:
    """Plan a transfer of ``lines`` (items, or chosen lots) and whole logistic ``units`` (SSCCs).

    ``strategy`` says which lots go first (fefo, fifo, lefo). Raises Refused naming ``lines/<i>/<field>``
    and ``units/<i>``.
    """
    digest = words.asked(
        act="transfer", source=source, destination=destination, lines=list(lines), units=list(units),
        strategy=strategy, needed_on=needed_on, reason=reason,
    )  # fmt: skip

    def act(own: UUID) -> Transfer:
        reading = Reading()
        values = _head(reading, source, destination, strategy=strategy, needed_on=needed_on, reason=reason)
        if not lines and not units:
            reading.some(lines)
        rows = _rows(reading, lines)
        loads = _loads(reading, units, values["source"])
        reading.done()
        return _make(own, values, rows, loads, actor)

    return once(uid, digest, found.transfer, act)


def from_request(
    *,
    request: Named,
    actor: str,
    source: Named = "",
    lines: Sequence[int] = (),
    strategy: str = "fefo",
    uid: UUID | None = None,
) -> Transfer:
    """Plan the transfer of what of a request is approved and not under way yet, from ``source``.

    ``lines`` (positions) takes only some of it, so that a request may be served from several places.
    """
    digest = words.asked(
        act="from_request", request=request, source=source, lines=sorted(lines), strategy=strategy
    )

    def act(own: UUID) -> Transfer:
        asked = locked_request(request or "")
        if asked.status not in ("approved", "picking", "in_transit") or asked.closed:
            raise refuse_state(asked.number, asked.get_status_display(), "Only approved requests are sent.")
        reading = Reading()
        come_from: Named = source or (asked.source.uid if asked.source else "")
        values = _head(
            reading,
            come_from,
            asked.destination.uid,
            strategy=strategy,
            needed_on=asked.needed_on,
            reason=asked.reason,
        )
        rows = _open_lines(asked, set(lines))
        if not rows:
            reading.fault("lines", "nothing of it is open any more.", "Look at its transfers.")
        reading.done()
        made = _make(own, {**values, "request": asked}, rows, [], actor)
        text = f"{made.number} from {made.source.code}"
        documents.record(asked.uid, requests.KIND, "transfer planned", actor=actor, text=text)
        requests.follow(asked)
        return made

    return once(uid, digest, found.transfer, act)


def start(*, transfer: Named, actor: str, uid: UUID | None = None) -> Transfer:
    """Reserve what is still to pick, lot by lot, each with its reason; again: for what is missing then.

    Whole units are taken as they stand. What cannot be reserved stays open on its line, and the timeline
    says why.
    """

    def act(_own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        _need_unsent(row)
        missing = _reserve_lines(row, actor) + _reserve_loads(row, actor)
        taken = Pick.objects.filter(transfer=row).count()
        text = f"{taken} to pick" + (f"; missing: {'; '.join(missing)}" if missing else "")
        documents.record(row.uid, KIND, "reserved", actor=actor, text=text[:2000])
        return follow(row, actor)

    return once(uid, words.asked(act="start", transfer=transfer), found.transfer, act)


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
        _need_unsent(row)
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
        _need_unsent(row)
        rows = list(_picks(row).filter(picked_at=None))
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
        _need_unsent(row)
        reading = Reading()
        wanted = set(picks)
        rows = [one for one in _picks(row) if one.uid in wanted and one.picked_at and one.load_id is None]
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
        _need_unsent(row)
        reading = Reading()
        row.carrier = reading.partner("carrier", carrier, "carrier") if carrier else None
        row.vehicle = reading.text("vehicle", vehicle, 100)
        row.seal = reading.text("seal", seal, 100)
        row.sent_celsius = temperature(reading, "celsius", celsius)
        row.expected_at = moment_at(row.destination, expected_at) if expected_at else None
        picks = [one for one in _picks(row) if one.quantity]
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


def cancel(*, transfer: Named, actor: str, reason: str, uid: UUID | None = None) -> Transfer:
    """Give a transfer up before it is sent: nothing stays reserved for it."""

    def act(_own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        reading.done()
        _need_unsent(row)
        allocation.free(document=row.uid, actor=actor, reason=why)
        Pick.objects.filter(transfer=row).update(claim=None)
        row.status = "cancelled"
        row.save(update_fields=["status"])
        documents.record(row.uid, KIND, "cancelled", actor=actor, reason=why)
        _follow_request(row)
        return row

    return once(uid, words.asked(act="cancel", transfer=transfer, reason=reason), found.transfer, act)


# -- making ----------------------------------------------------------------------------------------


def _head(
    reading: Reading, source: Named, destination: Named, *, strategy: str, needed_on: date | None, reason: str
) -> dict[str, Any]:
    come_from = reading.place("source", source, kinds=requests.ENDS)
    to = reading.place("destination", destination, kinds=requests.ENDS)
    requests.check_ends(reading, come_from, to)
    return {
        "source": come_from,
        "destination": to,
        "site": places.site_of(to) if to else None,
        "strategy": reading.choice("strategy", strategy, rules.STRATEGIES),
        "needed_on": reading.day("needed_on", needed_on),
        "reason": reading.text("reason", reason, 2000, lines=True),
    }


def _rows(reading: Reading, lines: Sequence[Wanted]) -> list[TransferLine]:
    rows = []
    for index, line in enumerate(lines[: words.LINES_MAX]):
        where = f"lines/{index}"
        chosen = reading.lot(where, line.item, line.lot) if line.lot else None
        item = chosen.item if chosen else None if line.lot else reading.item(f"{where}/item", line.item)
        if item is None:
            continue
        one = chosen is not None and chosen.kind == LotKind.SERIAL and not line.quantity.strip()
        quantity = 10**item.scale if one else reading.quantity(where, item, line.quantity, line.unit)
        if quantity is not None:
            rows.append(TransferLine(position=index + 1, item=item, lot=chosen, quantity=quantity))
    if len(lines) > words.LINES_MAX:
        reading.some(lines)
    return rows


def _loads(reading: Reading, units: Sequence[str], source: Place | None) -> list[Load]:
    inside = set(places.subtree_ids(source.pk)) if source is not None else set()
    rows: list[Load] = []
    if len(units) > UNITS_MAX:
        reading.fault("units", f"at most {UNITS_MAX} units, got {len(units)}.", "Split the transfer.")
    for index, name in enumerate(units[:UNITS_MAX]):
        unit = reading.place(f"units/{index}", name, kinds=("unit",))
        if unit is None or source is None:
            continue
        if unit.pk not in inside or unit.parent is None:
            reading.fault(f"units/{index}", f"{unit.code} does not stand at {source}.", "Scan another one.")
        elif unit.parent.kind == "unit":
            cause = f"{unit.code} stands on {unit.parent.code}."
            reading.fault(f"units/{index}", cause, "Send that one, or take it off first.")
        elif unit.pk in [row.unit_id for row in rows]:
            reading.fault(f"units/{index}", f"{unit.code} is there twice.", "Name it once.")
        else:
            rows.append(Load(unit=unit, stood_in=unit.parent))
    return rows


def _make(
    own: UUID, values: dict[str, Any], rows: Sequence[TransferLine], loads: Sequence[Load], actor: str
) -> Transfer:
    now = clock.now()
    made = Transfer.objects.create(
        uid=own, number=documents.next_number("TR", on=now), created_at=now, created_by=actor, **values
    )
    for line in rows:
        line.transfer = made
    for load in loads:
        load.transfer = made
    TransferLine.objects.bulk_create(rows)
    Load.objects.bulk_create(loads)
    many = [f"{len(rows)} line{'s' if len(rows) != 1 else ''}"] if rows else []
    many += [f"{len(loads)} unit{'s' if len(loads) != 1 else ''}"] if loads else []
    documents.record(own, KIND, "planned", actor=actor, text=", ".join(many), reason=made.reason)
    return made


def _open_lines(asked: StockRequest, only: set[int]) -> list[TransferLine]:
    lines: list[RequestLine] = list(asked.lines.select_related("item"))
    moved = progress.sent_of(lines)
    rows = []
    for line in lines:
        left = (line.quantity if line.approved is None else line.approved) - moved[line.pk][0]
        if left > 0 and (not only or line.position in only):
            rows.append(
                TransferLine(position=line.position, item=line.item, quantity=left, request_line=line)
            )
    return rows


# -- reserving and picking -------------------------------------------------------------------------


def _reserve_lines(row: Transfer, actor: str) -> list[str]:
    """Reserve what no pick covers yet; what is missing, in words."""
    lines = list(row.lines.select_related("item", "lot"))
    covered: dict[int, int] = {}
    for line_id, quantity in Pick.objects.filter(transfer=row, line__isnull=False).values_list(
        "line", "quantity"
    ):
        covered[line_id] = covered.get(line_id, 0) + quantity
    wanting = [(line, line.quantity - covered.get(line.pk, 0)) for line in lines]
    wanting = [(line, left) for line, left in wanting if left > 0]
    demands = [
        Demand(
            item=line.item_id,
            quantity=left,
            place=row.source_id,
            purpose=KIND,
            document=row.uid,
            line=line.position,
            strategy="chosen" if line.lot_id else row.strategy,
            lots=(line.lot_id,) if line.lot_id else (),
            number=row.number,
        )
        for line, left in wanting
    ]
    answers = allocation.allocate(demands, actor=actor) if demands else []
    missing = []
    for (line, _), answer in zip(wanting, answers, strict=True):
        Pick.objects.bulk_create(_new_picks(row, line, answer))
        if answer.missing:
            short = f"{to_text(answer.missing, line.item.scale)} {line.item.code}"
            missing.append(f"{short} ({answer.why_not})" if answer.why_not else short)
    return missing


def _new_picks(row: Transfer, line: TransferLine | None, answer: Answer) -> list[Pick]:
    return [
        Pick(
            transfer=row,
            line=line,
            lot_id=portion.lot,
            suggested_lot_id=portion.lot,
            place_id=portion.place,
            quantity=portion.quantity,
            claim=portion.claim,
            why=portion.why,
        )
        for portion in answer.portions
    ]


def _reserve_loads(row: Transfer, actor: str) -> list[str]:
    """Take whole units as they stand; goods in them that nobody may use travel unreserved."""
    refused = Reading()
    for index, load in enumerate(row.loads.filter(picks=None).select_related("unit")):
        inside = ledger.balances(places=places.subtree_ids(load.unit_id))
        if not inside:
            refused.fault(f"units/{index}", f"{load.unit.code} is empty.", "Take it off the transfer.")
        for one in inside:
            if one.reserved:
                cause = f"goods on {load.unit.code} are reserved for something else ({one.number})."
                refused.fault(f"units/{index}", cause, "Send another unit, or free them first.", "reserved")
        refused.done()
        now = clock.now()
        picks = [
            Pick(
                transfer=row, load=load, lot_id=one.lot, suggested_lot_id=one.lot, place_id=one.place,
                quantity=one.on_hand, why=f"on {load.unit.code}", picked_at=now, picked_by=actor,
            )
            for one in inside
        ]  # fmt: skip
        Pick.objects.bulk_create(picks)
        for pick, one in zip(picks, inside, strict=True):
            reserve_pick(row, pick, one.item, actor)
    return []


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


# -- packing and sending ---------------------------------------------------------------------------


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
                document_number=row.number, reason=row.reason, data=data,
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
                document_number=row.number, reason=row.reason, data=data,
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


# -- small things ----------------------------------------------------------------------------------


def _picks(row: Transfer) -> Any:
    return Pick.objects.filter(transfer=row).select_related("lot__item", "suggested_lot", "place", "line")


def _pick_of(row: Transfer, uid: UUID) -> Pick:
    one: Pick | None = _picks(row).filter(uid=uid).first()
    if one is None:
        cause = f"{row.number} has no such line to pick."
        raise Refused(Fault("pick", cause, "Open the pick list again."), status=404)
    return one


def _need_unsent(row: Transfer) -> None:
    if row.status not in rules.UNSENT:
        remedy = "Take the sending back first." if row.status == "in_transit" else "Plan another transfer."
        raise refuse_state(row.number, row.get_status_display(), remedy)


def _follow_request(row: Transfer) -> None:
    if row.request_id is not None:
        requests.follow(StockRequest.objects.select_for_update().get(pk=row.request_id))
