"""Quality, approvals, second thoughts and time: holds, decisions, reversals, days that pass."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals.models import Approval
from lotbook.kernel import clock, sql
from lotbook.operations.counting.models import Count
from lotbook.operations.quality import actions as quality
from lotbook.operations.receiving.models import Arrival as Receipt
from lotbook.operations.shipping.models import Shipment
from lotbook.operations.transfers.models import Arrival, Pick
from lotbook.operations.warehouse.models import Adjustment
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.models import Event
from tests.model.floor.acting import NONE, act, who
from tests.model.floor.counting import differences
from tests.model.floor.floor import SOMEWHERE, Call, Changes, Dice, Floor, Key
from tests.model.floor.world import QUINN
from tests.rooms import ANN


@act(4)
def hold(floor: Floor, dice: Dice) -> Call | None:
    """A lot is not to be used, nor what was made of it."""
    rows = [row for row in floor.stock if row.item != "JAR"]
    if not rows:
        return None
    lots = [Line(item=row.item, lot=row.lot) for row in dice.some(rows, 2)]
    kind = dice.one(["quality", "quality", "customs", "recall"])
    told: dict[str, Any] = {
        "lots": lots,
        "kind": kind,
        "reason": "smells",
        "actor": dice.one([QUINN, QUINN, who(dice)]),
    }
    return Call(quality.hold, {**told, "descendants": dice.chance(0.6), "uid": dice.uid()})


@act(7)
def release(floor: Floor, dice: Dice) -> Call | None:
    """A hold is taken off, with those that stem from it."""
    rows = sql.rows("SELECT uid FROM lots_hold WHERE released_at IS NULL ORDER BY id")
    if not rows:
        return None
    holds = [str(sql.to_uid(row[0])) for row in dice.some(rows, 2)]
    told: dict[str, Any] = {
        "holds": holds,
        "reason": "clean",
        "actor": QUINN,
        "cascade": dice.chance(0.7),
        "uid": dice.uid(),
    }
    return Call(quality.release, told)


def _pending(dice: Dice) -> Approval | None:
    rows = Approval.objects.order_by("pk")
    fitting = list(rows.filter(status="pending") if dice.chance(0.95) else rows)
    return dice.one(fitting) if fitting else None


@act(12)
def decide(floor: Floor, dice: Dice) -> Call | None:
    """Yes or no; what was asked for happens then, unless the book refuses it by now."""
    one = _pending(dice)
    if one is None:
        return None
    told: dict[str, Any] = {
        "uid": one.uid,
        "approve": dice.chance(0.8),
        "reason": "so",
        "actor": dice.one([QUINN, QUINN, QUINN, "user:mona", "user:mona", ANN]),
    }
    counted = differences(one.subject) if one.kind == "counting.adjust" else Counter[Key]()

    def expect(done: Approval) -> Changes:
        if done.status != "approved":
            return NONE
        if done.kind == "counting.adjust":
            return counted if Count.objects.get(uid=done.subject).status == "done" else NONE
        if done.kind == "warehouse.adjust":
            return _adjusted(done)
        if done.kind == "transfers.difference":
            return _differed(done)
        return NONE

    return Call(_decide, {"one": told}, expect)


def _decide(one: dict[str, Any]) -> Approval:
    """Decide; ``uid`` is the approval's here, not the act's own."""
    return approvals.decide(**one)


def _adjusted(done: Approval) -> Changes:
    row = Adjustment.objects.get(uid=done.subject)
    if row.status != "posted":
        return NONE
    names = {
        (lot, place): (item, number, code)
        for item, number, code, lot, place in sql.rows(
            "SELECT i.code, l.number, p.code, l.id, p.id FROM lots_lot l"
            " JOIN catalog_item i ON i.id = l.item_id CROSS JOIN places_place p WHERE p.own"
        )
    }
    changes: Counter[Key] = Counter()
    for lot, place, change in row.changes:
        changes[names[lot, place]] += change
    return changes


def _differed(done: Approval) -> Changes:
    one = Arrival.objects.select_related("pick__lot__item").get(uid=done.subject)
    sign = {"over": 1, "lost": -1}.get(one.outcome, 0) if one.state == "done" else 0
    return {(one.pick.lot.item.code, one.pick.lot.number, SOMEWHERE): sign * one.quantity}


@act(1)
def withdraw(floor: Floor, dice: Dice) -> Call | None:
    """Who asked does not want it any more."""
    one = _pending(dice)
    actor = one.asked_by if one and dice.chance(0.8) else QUINN
    return (
        None
        if one is None
        else Call(_withdraw, {"one": {"uid": one.uid, "actor": actor, "reason": "never mind"}})
    )


def _withdraw(one: dict[str, Any]) -> Approval:
    return approvals.withdraw(**one)


@act(8)
def reverse(floor: Floor, dice: Dice) -> Call | None:
    """Any event is taken back, as the book's page does it, whatever room it came from."""
    rows = list(Event.objects.filter(reversed_by=None).exclude(kind="reverse").order_by("-sequence")[:40])
    if not rows:
        return None
    # Documents have to follow: their events are taken back more often than others.
    written = [row for row in rows if row.uid in _of_documents()] if dice.chance(0.7) else []
    return taken_back(dice.one(written or rows).uid, dice)


def taken_back(event: UUID, dice: Dice) -> Call:
    """Reversing an event: everything goes back to where it was."""
    changes: Counter[Key] = Counter()
    for item, lot, source, destination, own, ours, quantity in sql.rows(
        "SELECT i.code, l.number, s.code, d.code, s.own, d.own, m.quantity FROM ledger_movement m"
        " JOIN lots_lot l ON l.id = m.lot_id JOIN catalog_item i ON i.id = l.item_id"
        " JOIN places_place s ON s.id = m.source_id JOIN places_place d ON d.id = m.destination_id"
        " JOIN ledger_event e ON e.sequence = m.event_id WHERE e.uid = %s",
        [sql.from_uid(event)],
    ):
        changes[item, lot, source] += quantity * bool(own)
        changes[item, lot, destination] -= quantity * bool(ours)
    told: dict[str, Any] = {
        "event": event,
        "reason": "typed wrongly",
        "actor": who(dice),
        "uid": dice.uid(),
    }
    return Call(_reverse, told, changes)


def _of_documents() -> set[UUID | None]:
    """The events of receipts against documents, shipments, sent transfers and counts."""
    receipts = Receipt.objects.exclude(lines__order_line=None, lines__notice_line=None)
    return {
        *receipts.values_list("event", flat=True),
        *Shipment.objects.values_list("event", flat=True),
        *Pick.objects.values_list("sent_event", flat=True),
        *Arrival.objects.values_list("event", flat=True),
    }


def _reverse(*, event: Any, reason: str, actor: str, uid: Any) -> Any:
    """Take ``event`` back under an id of one's own, at a time of one's own: sent again, it is the same."""
    return book.reverse(event, actor=actor, reason=reason, occurred_at=_at(uid), reversal_uid=uid)


def _at(uid: UUID) -> datetime:
    """The time at which somebody reversed something under this id."""
    return _times.setdefault(uid, clock.now())


_times: dict[UUID, datetime] = {}


@act(3)
def sleep(floor: Floor, dice: Dice) -> Call:
    """A day or more passes: lots expire, and so do questions nobody answers."""
    floor.now += timedelta(hours=dice.number(6, 40))
    return Call(approvals.tick, {})
