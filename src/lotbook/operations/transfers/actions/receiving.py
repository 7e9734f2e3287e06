"""What arrives, what does not, and what becomes of the difference; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers import rules
from lotbook.operations.transfers.actions.booking import Booking, Row
from lotbook.operations.transfers.actions.following import KIND, follow
from lotbook.operations.transfers.actions.repeats import locked_transfer, once, refuse_state
from lotbook.operations.transfers.actions.sending import temperature
from lotbook.operations.transfers.models import Arrival, ArrivalState, Load, Outcome, Pick, Transfer
from lotbook.operations.transfers.queries import documents as found
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import Arrived
from lotbook.traceability.allocation import queries as allocated
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Named, Reading, moment_at, post_together
from lotbook.traceability.ledger.rules import OUR_STOCK, Draft, Move, Pack

DIFFERENCE = "transfers.difference"
WAYS = {"lost": Outcome.LOST, "found": Outcome.RECEIVED, "returned": Outcome.RETURNED}
"""How a difference is settled: gone for good, arrived after all, or back at the sender."""


def receive(
    *,
    transfer: Named,
    actor: str,
    arrived: Sequence[Arrived] | None = None,
    place: Named = "",
    damaged_to: Named = "",
    reason: str = "",
    celsius: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Transfer:
    """Take in what arrived: everything as sent (``arrived`` None), or as counted, line by line.

    Lines not named did not arrive: they stay in transit until somebody settles the difference. ``place``
    is where goods go (the destination), ``damaged_to`` where damaged ones go (else the site's place where
    goods wait for a decision). More than was sent needs a ``reason``, and approval above the limit.
    Raises Refused naming ``arrived/<i>/<field>``.
    """
    digest = words.asked(
        act="receive", transfer=transfer, arrived=None if arrived is None else list(arrived), place=place,
        damaged_to=damaged_to, reason=reason, celsius=celsius, occurred_at=occurred_at,
    )  # fmt: skip

    def act(own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        _need_on_the_way(row)
        reading = Reading()
        to = reading.place("place", place, kinds=OUR_STOCK) if place else row.destination
        if to is not None and to.pk not in places.subtree_ids(row.destination_id):
            reading.fault("place", f"{to.code} is not at {row.destination}.", "Choose a place there.")
        why = reading.text("reason", reason, 2000, lines=True)
        row.received_celsius = temperature(reading, "celsius", celsius)
        rows = _read(reading, row, arrived, to or row.destination)
        bad = _damaged_place(reading, row, damaged_to) if any(one.damaged for one in rows) else None
        if any(one.over for one in rows) and not why:
            reading.fault("reason", "more arrived than was sent.", "Say what you know of it.", "required")
        if not any(one.good or one.damaged or one.over for one in rows):
            reading.fault("arrived", "nothing arrived.", "Settle the difference instead.", "required")
        reading.done()
        at = moment_at(row.destination, occurred_at)
        Booking(row, to or row.destination, bad, at, own, actor, why).book(rows)
        row.save()
        text = _told(rows)
        documents.record(row.uid, KIND, "received", actor=actor, text=text, reason=why, event=own)
        for one in rows:
            if one.over:
                _differ(
                    row,
                    one.pick,
                    Outcome.OVER,
                    quantity=one.over,
                    to=one.place,
                    why=why,
                    actor=actor,
                    act=own,
                )
        return follow(row, actor)

    return once(uid, digest, found.transfer, act)


def settle(
    *,
    transfer: Named,
    pick: UUID,
    how: str,
    reason: str,
    actor: str,
    quantity: str = "",
    place: Named = "",
    uid: UUID | None = None,
) -> Transfer:
    """Settle what is still in transit of one line: ``lost``, ``found`` (arrived later) or ``returned``.

    ``quantity`` is decimal text (empty: all of it). A loss above the limit waits for approval first.
    """
    digest = words.asked(
        act="settle", transfer=transfer, pick=pick, how=how, reason=reason, quantity=quantity, place=place
    )

    def act(own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        _need_on_the_way(row)
        reading = Reading()
        one = _sent_pick(row, pick)
        left = _open(one)
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        way = reading.choice("how", how, WAYS)
        wanted = _amount(reading, "quantity", quantity, one, left)
        if wanted > left or not left:
            cause = f"only {to_text(left, one.lot.item.scale)} is still open."
            reading.fault("quantity", cause, "Settle as much at most.")
        elif not wanted:
            reading.fault("quantity", "expected a quantity above zero.", "Check the amount.")
        usual = row.destination if how == "found" else row.source
        to = reading.place("place", place, kinds=OUR_STOCK) if place else usual
        reading.done()
        _differ(row, one, WAYS[way], quantity=wanted, to=to, why=why, actor=actor, act=own)
        return follow(row, actor)

    return once(uid, digest, found.transfer, act)


@transaction.atomic
def decided(*, subject: UUID, status: str) -> None:
    """What the approval inbox decided of a difference is done (again: nothing happens)."""
    one = Arrival.objects.filter(uid=subject, state=ArrivalState.PENDING).first()
    if one is None:
        return
    row = locked_transfer(Transfer.objects.values_list("uid", flat=True).get(pk=one.transfer_id))
    one = Arrival.objects.select_related("pick__lot__item", "place").get(pk=one.pk)
    if one.state != ArrivalState.PENDING:
        return
    if status == "approved":
        _post_difference(row, one)
    else:
        one.state = ArrivalState.REFUSED
        one.save(update_fields=["state"])
    follow(row, one.actor)


def take_back(*, transfer: Named, actor: str, reason: str, uid: UUID | None = None) -> Transfer:
    """Take back the last receipt or settlement, or else the sending, with everything that moved in it."""

    def act(own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        reading.done()
        last = row.arrivals.filter(state=ArrivalState.DONE).order_by("-pk").first()
        if row.arrivals.filter(state=ArrivalState.PENDING).exists():
            raise refuse_state(row.number, "waiting for approval of a difference", "Have it decided first.")
        if last is not None and last.act is not None:
            _undo_arrival(row, last.act, why, actor, own)
            verb = (
                "receipt taken back" if last.outcome in ("received", "damaged") else "settlement taken back"
            )
        elif row.status in rules.ON_THE_WAY:
            _undo_sending(row, why, actor, own)
            verb = "sending taken back"
        else:
            raise refuse_state(row.number, row.get_status_display(), "There is nothing to take back.")
        documents.record(row.uid, KIND, verb, actor=actor, reason=why)
        return follow(row, actor)

    return once(uid, words.asked(act="take_back", transfer=transfer, reason=reason), found.transfer, act)


# -- reading what arrived --------------------------------------------------------------------------


def sent_picks(row: Transfer) -> list[Pick]:
    """What was sent, lot by lot."""
    rows = Pick.objects.filter(transfer=row, sent_event__isnull=False)
    return list(rows.select_related("lot__item", "place", "load__unit", "line").order_by("pk"))


def _read(reading: Reading, row: Transfer, arrived: Sequence[Arrived] | None, to: Place) -> list[Row]:
    picks = sent_picks(row)
    sums = progress.settled(picks)
    left = {
        one.pk: one.quantity - progress.done_of(sums[one.pk]) - sums[one.pk].get("pending", 0)
        for one in picks
    }
    if arrived is None:
        return [Row(one, left[one.pk], left[one.pk], 0, 0, to) for one in picks if left[one.pk]]
    by_uid = {str(one.uid): one for one in picks}
    rows: dict[int, Row] = {one.pk: Row(one, left[one.pk], 0, 0, 0, to) for one in picks if left[one.pk]}
    seen: set[str] = set()
    for index, line in enumerate(arrived[: words.LINES_MAX]):
        where, one = f"arrived/{index}", by_uid.get(line.pick.strip().lower())
        if one is None or line.pick in seen:
            cause = "this line is there twice." if one else "this is no line of what was sent."
            reading.fault(f"{where}/pick", cause, "Open the receipt again.", "unknown")
            continue
        seen.add(line.pick)
        good = _amount(reading, f"{where}/quantity", line.quantity, one, 0)
        damaged = _amount(reading, f"{where}/damaged", line.damaged, one, 0)
        at = reading.place(f"{where}/place", line.place, kinds=OUR_STOCK) if line.place else to
        over = max(good + damaged - left[one.pk], 0)
        if damaged > left[one.pk]:
            cause = "more is damaged than was on the way."
            reading.fault(f"{where}/damaged", cause, "Count what is too much as arrived.")
        if at is not None and (good or damaged):
            rows[one.pk] = Row(one, left[one.pk], good - min(over, good), damaged, over, at)
    return list(rows.values())


def _amount(reading: Reading, field: str, text: str, one: Pick, usual: int) -> int:
    if not text.strip():
        return usual
    scale = one.lot.item.scale
    number = reading.decimal(field, text, places=scale)
    if number is not None and number.adjusted() > 17 - scale:
        reading.fault(field, f"{text[:40]} is too large.", "Check the amount.")
        return 0
    return int(number.scaleb(scale)) if number is not None else 0


def _damaged_place(reading: Reading, row: Transfer, name: Named) -> Place | None:
    inside = places.subtree_ids(row.site_id or row.destination_id)
    if name:
        given = reading.place("damaged_to", name, kinds=OUR_STOCK)
        if given is not None and given.pk not in inside:
            reading.fault("damaged_to", f"{given.code} is not at this site.", "Choose a place there.")
        return given
    waiting = Place.objects.filter(pk__in=inside, usable=False, is_active=True, kind__in=("area", "bin"))
    first = waiting.order_by("code").first()
    if first is None:
        cause = "this site has no place where damaged goods wait for a decision."
        reading.fault("damaged_to", cause, "Choose a place for them.", "required")
    return first


def _need_on_the_way(row: Transfer) -> None:
    if row.status not in rules.ON_THE_WAY:
        remedy = "Send it first." if row.status in rules.UNSENT else "Nothing of it is on the way."
        raise refuse_state(row.number, row.get_status_display(), remedy)


def _sent_pick(row: Transfer, uid: UUID) -> Pick:
    for one in sent_picks(row):
        if one.uid == uid:
            return one
    raise Refused(Fault("pick", f"{row.number} sent no such line.", "Open the transfer again."), status=404)


def _open(one: Pick) -> int:
    """What of a sent pick is neither settled nor waiting for approval."""
    sums = progress.settled([one])[one.pk]
    return one.quantity - progress.done_of(sums) - sums.get("pending", 0)


def _told(rows: Sequence[Row]) -> str:
    """The receipt in a few words, for the timeline."""
    short = [one for one in rows if one.open > one.good + one.damaged]
    kinds = {
        "short": [(one, one.open - one.good - one.damaged) for one in short],
        "damaged": [(one, one.damaged) for one in rows if one.damaged],
        "too much": [(one, one.over) for one in rows if one.over],
    }
    told = [
        f"{to_text(amount, one.pick.lot.item.scale)} {one.pick.lot.item.code} {one.pick.lot} {word}"
        for word, those in kinds.items()
        for one, amount in those
    ]
    return "; ".join(told)[:1900] or "all as sent"


# -- into the book ---------------------------------------------------------------------------------


def _stands(row: Transfer, one: Pick, quantity: int) -> int:
    """The place where what is open of a pick is: in its unit, or loose in transit."""
    if one.load_id is not None and ledger.on_hand(one.lot_id, one.place_id) >= quantity:
        inside = places.subtree_ids(row.transit_id) if row.transit_id else []
        if one.place_id in inside:
            return one.place_id
    assert row.transit_id is not None
    return row.transit_id


def _claim(row: Transfer, one: Pick, place: int) -> int | None:
    """The reservation under which goods in a unit travel, while it holds."""
    if place != one.place_id or one.claim is None:
        return None
    return one.claim if any(claim.id == one.claim for claim in allocated.claims(row.uid)) else None


def _differ(
    row: Transfer,
    one: Pick,
    outcome: str,
    *,
    quantity: int,
    to: Place | None,
    why: str,
    actor: str,
    act: UUID,
) -> None:
    """Write a difference down, and into the book unless it has to be approved first."""
    item = one.lot.item
    arrival = Arrival.objects.create(
        transfer=row, pick=one, outcome=outcome, state=ArrivalState.PENDING, quantity=quantity,
        place=None if outcome == Outcome.LOST else to, reason=why, act=act, happened_at=clock.now(),
        actor=actor,
    )  # fmt: skip
    if outcome in (Outcome.LOST, Outcome.OVER):
        cost = item.standard_cost_micro
        word = "lost" if outcome == Outcome.LOST else "more than was sent"
        approval = approvals.ask(
            kind=DIFFERENCE,
            subject=arrival.uid,
            title=f"{row.number}: {to_text(quantity, item.scale)} {item.code} {str(one.lot)[:60]} {word}"[
                :300
            ],
            url=reverse("transfers:transfer", args=[row.uid]),
            actor=actor,
            site=row.destination_id,
            item_group=item.group,
            quantity=quantity,
            value_micro=None if cost is None else cost * quantity // 10**item.scale,
            currency=item.currency,
            reason=why,
        )
        if approval.status == "pending":
            text = f"{to_text(quantity, item.scale)} {item.code} {one.lot} {word}"
            documents.record(row.uid, KIND, "approval asked", actor=actor, text=text, reason=why)
            return
    _post_difference(row, arrival)


def _post_difference(row: Transfer, arrival: Arrival) -> None:
    """Into the book: lost goods to loss, found ones to the destination, returned ones back to the sender."""
    one, quantity = arrival.pick, arrival.quantity
    at = moment_at(row.destination, None)
    event = uuid5(arrival.uid, "event")
    if arrival.outcome == Outcome.OVER:
        assert arrival.place is not None
        kind, move = "adjust", Move(one.lot_id, places.difference().pk, arrival.place.pk, quantity)
    else:
        source = _stands(row, one, quantity)
        lost = arrival.outcome == Outcome.LOST
        target = places.loss().pk if lost else arrival.place_id
        assert target is not None
        kind = "lose" if lost else "move"
        move = Move(one.lot_id, source, target, quantity, claim=_claim(row, one, source))
    draft = Draft(
        kind, at, event, moves=[move], place=row.destination_id, document_kind="transfer",
        document_number=row.number, reason=arrival.reason, data={"transfer": str(row.uid)},
        keeper=row.uid,
    )  # fmt: skip
    post_together([draft], actor=arrival.actor, at=[["quantity"]])
    arrival.event, arrival.state = event, ArrivalState.DONE
    arrival.save(update_fields=["event", "state"])
    text = f"{to_text(quantity, one.lot.item.scale)} {one.lot.item.code} {one.lot}"
    verb = {"lost": "lost", "over": "too much, taken in", "returned": "returned to the sender"}
    documents.record(
        row.uid, KIND, verb.get(arrival.outcome, "arrived later"), actor=arrival.actor, text=text,
        reason=arrival.reason, event=event,
    )  # fmt: skip


# -- the way back ----------------------------------------------------------------------------------


def _undo_arrival(row: Transfer, act: UUID, why: str, actor: str, own: UUID) -> None:
    """Everything one receipt or settlement moved goes back into transit."""
    done = list(Arrival.objects.filter(transfer=row, act=act, state=ArrivalState.DONE))
    loads = list(
        Load.objects.filter(
            transfer=row, arrived_event__in=[act, *(one.event for one in done)]
        ).select_related("unit")
    )
    units = {load.arrived_event for load in loads}
    if row.transit is not None and not row.transit.is_active:
        place_actions.reactivate(actor=actor, uid=row.transit.uid, reason=why[:500])
    for load in loads:
        assert row.transit_id is not None
        _move_unit(row, load, row.transit_id, why=why, actor=actor, event=uuid5(own, f"unit {load.unit_id}"))
        load.arrived_event = load.arrived_in = None
        load.save()
    events = {one.event for one in done if one.event is not None and one.event not in units}
    missing = uuid5(act, "missing")
    if ledger.known([missing]):
        events.add(missing)
    for event in sorted(events):
        if not ledger.taken_back([event]):
            book.reverse(event, actor=actor, reason=why)
    Arrival.objects.filter(pk__in=[one.pk for one in done]).update(state=ArrivalState.REVERSED)


def _undo_sending(row: Transfer, why: str, actor: str, own: UUID) -> None:
    """Everything goes back to where it was picked."""
    for load in Load.objects.filter(transfer=row, sent_event__isnull=False).select_related(
        "unit", "stood_in"
    ):
        _move_unit(
            row, load, load.stood_in_id, why=why, actor=actor, event=uuid5(own, f"unit {load.unit_id}")
        )
        Pick.objects.filter(load=load).update(sent_event=None)
        load.sent_event = None
        load.save()
    for event in sorted({one.sent_event for one in sent_picks(row) if one.sent_event is not None}):
        book.reverse(event, actor=actor, reason=why)
    row.sent_at = None


def _move_unit(row: Transfer, load: Load, to: int, *, why: str, actor: str, event: UUID) -> None:
    stands = Place.objects.values_list("parent_id", flat=True).get(pk=load.unit_id)
    packs = [Pack(to, 1, child=load.unit_id)]
    if stands is not None:
        packs.insert(0, Pack(stands, -1, child=load.unit_id))
    draft = Draft(
        "unit_move", moment_at(row.destination, None), event, packs=packs, place=to,
        document_kind="transfer", document_number=row.number, reason=why, keeper=row.uid,
    )  # fmt: skip
    post_together([draft], actor=actor, at=[[]])
