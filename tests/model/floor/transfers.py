"""Transfers between sites: asked for, approved, picked, sent, received short or over, settled."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers.actions import levels, picking, receiving, requests, sending, transfers
from lotbook.operations.transfers.models import Arrival, Pick, RequestLine, StockRequest, Transfer
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import Arrived, Wanted
from tests.model.floor.acting import act
from tests.model.floor.floor import SOMEWHERE, Call, Changes, Conserved, Dice, Floor, Key
from tests.model.floor.world import BOB
from tests.rooms import ANN

WAYS = [("STORE", "SALE"), ("STORE", "SALE"), ("A-01", "SALE"), ("SALE", "STORE"), ("PLANT", "OUTLET")]


def _request(dice: Dice, *status: str) -> StockRequest | None:
    rows = StockRequest.objects.order_by("pk")
    fitting = list(rows.filter(status__in=status) if dice.chance(0.92) else rows)
    return dice.late(fitting) if fitting else None


def _transfer(dice: Dice, *status: str) -> Transfer | None:
    rows = Transfer.objects.order_by("pk")
    fitting = list(rows.filter(status__in=status) if dice.chance(0.92) else rows)
    return dice.late(fitting) if fitting else None


def _wanted(dice: Dice, floor: Floor) -> list[Wanted]:
    lines = []
    for _ in range(dice.number(1, 2)):
        item = dice.one(["SAUCE", "SAUCE", "JAR", "TOM", "SALT"])
        lot = ""
        rows = floor.rows(item)
        if rows and item != "JAR" and dice.chance(0.2):
            lot = dice.one(rows).lot
        lines.append(Wanted(item=item, quantity=str(dice.number(1, 25)), lot=lot))
    return lines


@act(3)
def ask_for_stock(floor: Floor, dice: Dice) -> Call:
    """What is needed at the outlet."""
    lines = [Wanted(one.item, one.quantity) for one in _wanted(dice, floor)]
    told: dict[str, Any] = {
        "destination": "SALE",
        "source": dice.one(["STORE", "STORE", ""]),
        "lines": lines,
        "reason": "sold",
    }
    return Call(requests.create, {**told, "ask": dice.chance(0.9), "actor": BOB, "uid": dice.uid()})


@act(1)
def fill_up(floor: Floor, dice: Dice) -> Call:
    """What is below its minimum."""
    return Call(levels.fill_up, {"actor": ANN, "uid": dice.uid()})


@act(3)
def decide_request(floor: Floor, dice: Dice) -> Call | None:
    """Yes, no, or less."""
    row = _request(dice, "asked")
    if row is None:
        return None
    yes = dice.chance(0.85)
    told: dict[str, Any] = {
        "request": row.uid,
        "approve": yes,
        "actor": dice.one(["user:quinn", "user:mona"]),
        "reason": "so",
    }
    if yes and dice.chance(0.3):
        line = dice.one(list(RequestLine.objects.filter(request=row).select_related("item").order_by("pk")))
        told["quantities"] = {line.position: to_text(dice.number(0, line.quantity), line.item.scale)}
    if row.source is None:
        told["source"] = "STORE"
    return Call(requests.decide, {**told, "uid": dice.uid()})


@act(1)
def end_request(floor: Floor, dice: Dice) -> Call | None:
    """Take it back, or send no more of it."""
    row = _request(dice, "asked", "approved", "picking", "received", "in_transit")
    how = dice.one([requests.cancel, requests.close])
    return (
        None
        if row is None
        else Call(how, {"request": row.uid, "reason": "no", "actor": BOB, "uid": dice.uid()})
    )


@act(4)
def plan_transfer(floor: Floor, dice: Dice) -> Call:
    """Of what was asked for, or just so; whole units, too."""
    row = _request(dice, "approved", "picking") if dice.chance(0.5) else None
    if row is not None:
        told: dict[str, Any] = {
            "request": row.uid,
            "source": "" if row.source_id else "STORE",
            "actor": ANN,
            "uid": dice.uid(),
        }
        return Call(transfers.from_request, told)
    source, destination = dice.one(WAYS)
    units = sorted({one.place for one in floor.rows(free=False) if one.place_kind == "unit"})
    told = {"source": source, "destination": destination, "lines": _wanted(dice, floor), "actor": ANN}
    if units and dice.chance(0.3):
        told |= {"units": [dice.one(units)], "lines": []}
    told |= {"strategy": dice.one(["fefo", "fifo", "lefo"]), "uid": dice.uid()}
    return Call(transfers.create, told)


@act(7)
def start_transfer(floor: Floor, dice: Dice) -> Call | None:
    """Reserve it."""
    row = _transfer(dice, "open", "picking")
    return (
        None if row is None else Call(transfers.start, {"transfer": row.uid, "actor": ANN, "uid": dice.uid()})
    )


@act(3)
def confirm_pick(floor: Floor, dice: Dice) -> Call | None:
    """As suggested, less, or another lot."""
    picks = list(Pick.objects.filter(picked_at=None).select_related("transfer", "lot__item").order_by("pk"))
    if not picks:
        return None
    one = dice.one(picks)
    much = to_text(dice.number(0, one.quantity), one.lot.item.scale) if dice.chance(0.5) else ""
    others = [row.lot for row in floor.rows(one.lot.item.code)]
    lot = dice.one(others) if others and one.lot.number and dice.chance(0.3) else ""
    told: dict[str, Any] = {
        "transfer": one.transfer.uid,
        "pick": one.uid,
        "quantity": much,
        "lot": lot,
        "reason": "so it was",
    }
    return Call(picking.confirm, {**told, "actor": ANN, "uid": dice.uid()})


@act(8)
def confirm_all(floor: Floor, dice: Dice) -> Call | None:
    """Everything as suggested."""
    row = _transfer(dice, "picking")
    return (
        None
        if row is None
        else Call(picking.confirm_all, {"transfer": row.uid, "actor": ANN, "uid": dice.uid()})
    )


@act(2)
def pack_transfer(floor: Floor, dice: Dice) -> Call | None:
    """Onto a unit that travels whole."""
    row = _transfer(dice, "picked", "picking")
    if row is None:
        return None
    picks = list(Pick.objects.filter(transfer=row, load=None).exclude(picked_at=None).order_by("pk"))
    unit = dice.one(["340123456789012340", "340123456789012357", "340123456789012364"])
    chosen = [one.uid for one in dice.some(picks, 3)]
    told: dict[str, Any] = {
        "transfer": row.uid,
        "unit": unit,
        "picks": chosen,
        "actor": ANN,
        "uid": dice.uid(),
    }
    return Call(picking.pack, told, Conserved())


@act(9)
def send_transfer(floor: Floor, dice: Dice) -> Call | None:
    """On the way."""
    row = _transfer(dice, "picked")
    told: dict[str, Any] = {"carrier": dice.one(["", "VAN"]), "actor": ANN, "uid": dice.uid()}
    return None if row is None else Call(sending.send, {"transfer": row.uid, **told}, Conserved())


@act(9)
def receive_transfer(floor: Floor, dice: Dice) -> Call | None:
    """All of it, or as counted: short, damaged, over."""
    row = _transfer(dice, "in_transit", "short")
    if row is None:
        return None
    picks = receiving.sent_picks(row)
    sums = progress.settled(picks)
    left = {one: one.quantity - sum(sums[one.pk].values()) for one in picks}
    changes: Counter[Key] = Counter()
    arrived, over = [], []
    for one in picks:
        good = dice.number(0, left[one] + dice.one([0, 0, 0, 2, 5]))
        damaged = min(dice.one([0, 0, 1]), left[one])
        scale = one.lot.item.scale
        arrived.append(Arrived(str(one.uid), to_text(good, scale), to_text(damaged, scale)))
        if (more := max(good + damaged - left[one], 0)) > 0:
            over.append((one, more))
    everything = dice.chance(0.4)
    store = "QUARANTINE" if row.site and row.site.code == "PLANT" else "CAGE"
    told: dict[str, Any] = {
        "transfer": row.uid,
        "arrived": None if everything else arrived,
        "damaged_to": store,
    }

    def expect(done: Transfer) -> Changes:
        for one, much in () if everything else over:
            posted = Arrival.objects.filter(pick=one, act=told["uid"], outcome="over", state="done").exists()
            changes[one.lot.item.code, one.lot.number, SOMEWHERE] += much if posted else 0
        return Conserved(changes)

    told |= {"reason": "counted", "actor": ANN, "uid": dice.uid()}
    return Call(receiving.receive, told, expect)


@act(6)
def settle_transfer(floor: Floor, dice: Dice) -> Call | None:
    """What did not arrive is lost, found, or back."""
    row = _transfer(dice, "short")
    picks = receiving.sent_picks(row) if row else []
    if row is None or not picks:
        return None
    one, how = dice.one(picks), dice.one(["lost", "found", "returned"])
    sums = progress.settled([one])[one.pk]
    left = one.quantity - sum(sums.values())
    said, much = dice.amount(left, one.lot.item.scale) if dice.chance(0.4) else ("", left)

    def expect(done: Transfer) -> Changes:
        posted = Arrival.objects.filter(pick=one, act=told["uid"], outcome="lost", state="done").exists()
        return Conserved({(one.lot.item.code, one.lot.number, SOMEWHERE): -much} if posted else {})

    told: dict[str, Any] = {
        "transfer": row.uid,
        "pick": one.uid,
        "how": how,
        "quantity": said,
        "reason": "looked",
    }
    told |= {"actor": ANN, "uid": dice.uid()}
    return Call(receiving.settle, told, expect)


@act(1)
def undo_transfer(floor: Floor, dice: Dice) -> Call | None:
    """Take the last receipt or settlement, or the sending, back."""
    row = _transfer(dice, "in_transit", "short", "received", "differences")
    if row is None:
        return None
    last = row.arrivals.filter(state="done").order_by("-pk").first()
    changes: Counter[Key] = Counter()
    if last is not None:
        for one in row.arrivals.filter(state="done", act=last.act).select_related("pick__lot__item"):
            sign = {"over": -1, "lost": 1}.get(one.outcome, 0)
            changes[one.pick.lot.item.code, one.pick.lot.number, SOMEWHERE] += sign * one.quantity
    told: dict[str, Any] = {"transfer": row.uid, "reason": "wrong", "actor": ANN, "uid": dice.uid()}
    return Call(receiving.take_back, told, Conserved(changes))


@act(1)
def cancel_transfer(floor: Floor, dice: Dice) -> Call | None:
    """Give it up before it is sent."""
    row = _transfer(dice, "open", "picking", "picked")
    return (
        None
        if row is None
        else Call(transfers.cancel, {"transfer": row.uid, "reason": "no", "actor": ANN, "uid": dice.uid()})
    )
