"""Receiving: orders, notices, receipts with and without them, pallets by SSCC, returns to suppliers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import actions
from lotbook.operations.receiving.models import Arrival, Notice, NoticeUnit, Order
from lotbook.operations.receiving.rules import Announced, Ordered
from lotbook.operations.receiving.rules import Line as Came
from tests.model.floor.acting import NONE, SCALES, act, gone, taken, text, who
from tests.model.floor.floor import SOMEWHERE, Call, Dice, Floor, Key
from tests.rooms import ANN

BOUGHT = ("TOM", "TOM", "SALT", "JAR", "PEEL", "SAUCE", "SCALE")
SUPPLIERS = ("FARM", "FARM", "MILL")
DOCKS = ("STORE", "STORE", "A-01", "SALE")
SSCCS = tuple(f"34009999000000{n:03d}" for n in range(40))
"""Seventeen digits each; the check digit is worked out by the room."""


def _order(dice: Dice, *status: str) -> Order | None:
    rows = Order.objects.order_by("pk")
    fitting = list(rows.filter(status__in=status) if dice.chance(0.92) else rows)
    return dice.late(fitting) if fitting else None


def _much(dice: Dice, item: str) -> int:
    one: int = 10 ** SCALES[item]
    return dice.number(1, 60) * one // (10 if SCALES[item] and dice.chance(0.3) else 1)


@act(5)
def buy(floor: Floor, dice: Dice) -> Call:
    """Order goods."""
    items = [dice.one(BOUGHT[:-1]) for _ in range(dice.number(1, 3))]
    lines = [Ordered(item=item, quantity=text(_much(dice, item), item)) for item in items]
    told: dict[str, Any] = {
        "supplier": dice.one(SUPPLIERS),
        "site": "PLANT",
        "lines": lines,
        "send": dice.chance(0.9),
    }
    return Call(actions.create_order, {**told, "actor": who(dice), "uid": dice.uid()})


@act(1)
def send_purchase(floor: Floor, dice: Dice) -> Call | None:
    """Send one."""
    row = _order(dice, "draft")
    return None if row is None else Call(actions.send_order, {"order": row.uid, "actor": ANN})


@act(1)
def end_purchase(floor: Floor, dice: Dice) -> Call | None:
    """Close or cancel one."""
    row = _order(dice, "sent", "partly")
    how = dice.one([actions.close_order, actions.cancel_order])
    return None if row is None else Call(how, {"order": row.uid, "reason": "not needed", "actor": ANN})


@act(1)
def allow_more(floor: Floor, dice: Dice) -> Call | None:
    """Ask that more may come than was ordered."""
    row = _order(dice, "sent", "partly", "received")
    if row is None:
        return None
    line = dice.one(list(row.lines.select_related("item").order_by("pk")))
    much = to_text(line.quantity * dice.number(1, 3), line.item.scale)
    told: dict[str, Any] = {
        "order": row.uid,
        "line": line.position,
        "quantity": much,
        "reason": "cheap",
        "actor": "user:bob",
    }
    return Call(actions.allow_over, told)


@act(4)
def announce(floor: Floor, dice: Dice) -> Call:
    """A notice, on pallets or not, for an order or not."""
    order = _order(dice, "sent", "partly") if dice.chance(0.5) else None
    pallet, case = dice.one(SSCCS), dice.one(SSCCS)
    lines = []
    rows = list(order.lines.select_related("item").order_by("pk")) if order else []
    for index in range(dice.number(1, 3)):
        line = dice.one(rows) if rows else None
        item = line.item.code if line else dice.one(BOUGHT)
        quantity = line.quantity if line and dice.chance(0.7) else _much(dice, item)
        on = dice.one([("", ""), (pallet, ""), (pallet, ""), (case, pallet)])
        lot = (
            ""
            if item == "JAR" or (item != "SCALE" and dice.chance(0.2))
            else f"N{dice.number(1, 99)}-{index}"
        )
        said = "1" if item == "SCALE" else text(quantity, item)
        lines.append(
            Announced(
                item=item, lot=lot, quantity=said, order=order.number if line and order else "", sscc=on[0],
                pallet=on[1],
            )
        )  # fmt: skip
    supplier = order.supplier.code if order else dice.one(SUPPLIERS)
    told: dict[str, Any] = {
        "supplier": supplier,
        "site": "PLANT",
        "lines": lines,
        "actor": ANN,
        "uid": dice.uid(),
    }
    return Call(actions.create_notice, told)


@act(1)
def cancel_notice(floor: Floor, dice: Dice) -> Call | None:
    """The truck does not come."""
    rows = list(Notice.objects.order_by("pk"))
    return (
        Call(actions.cancel_notice, {"notice": dice.one(rows).uid, "reason": "no", "actor": ANN})
        if rows
        else None
    )


def _lot(dice: Dice, item: str) -> str:
    return "" if item == "JAR" or dice.chance(0.25) else f"L{dice.number(1, 60)}"


def _line(dice: Dice, item: str, quantity: int, **more: Any) -> Came:
    if item == "SCALE":
        return Came(
            item=item, serials=[f"S{n}" for n in dice.random.sample(range(400), dice.number(1, 3))], **more
        )
    given: dict[str, Any] = {"expires_on": "2027-03-09"} if item == "SAUCE" and dice.chance(0.3) else {}
    if item == "PEEL" and dice.chance(0.3):
        given["temperature"] = dice.one(["4", "12.5"])
    if dice.chance(0.1):
        given |= {"refused": text(10 ** SCALES[item], item), "difference": "damaged", "reason": "wet"}
    return Came(item=item, lot=_lot(dice, item), quantity=text(quantity, item), **more, **given)


def _to(item: str, supplier: str, place: str) -> str:
    """Where goods are put: peel waits, and so does what cannot be held of a supplier whose goods are."""
    return SOMEWHERE if item == "PEEL" or (item, supplier) == ("JAR", "MILL") else place


def _in(lines: list[Came], supplier: str, place: str) -> Counter[Key]:
    """What these lines bring; rules make the numbers that are not told."""
    changes: Counter[Key] = Counter()
    for line in lines:
        to = _to(line.item, supplier, place)
        if line.serials:
            changes.update({(line.item, one, to): 1 for one in line.serials})
        else:
            lot = "" if line.item == "JAR" else line.lot or "*"
            changes[line.item, lot, to] += int(float(line.quantity) * 10 ** SCALES[line.item] + 0.5)
    return changes


@act(14)
def take_in(floor: Floor, dice: Dice) -> Call:
    """A receipt nobody announced."""
    place, supplier = dice.one(DOCKS), dice.one(SUPPLIERS)
    lines = [
        _line(dice, item, _much(dice, item)) for item in (dice.one(BOUGHT) for _ in range(dice.number(1, 3)))
    ]
    told: dict[str, Any] = {
        "supplier": supplier,
        "place": place,
        "lines": lines,
        "actor": who(dice),
        "uid": dice.uid(),
    }
    return Call(actions.receive, told, _in(lines, supplier, place))


@act(8)
def take_in_ordered(floor: Floor, dice: Dice) -> Call | None:
    """A receipt against an order: all of it, some, or too much."""
    row = _order(dice, "sent", "partly")
    if row is None:
        return None
    place = dice.one(STORES)
    lines = []
    for line in dice.some(list(row.lines.select_related("item").order_by("pk")), 3):
        open_ = max(line.quantity - line.received, 10**line.item.scale)
        much = dice.one([open_, open_, max(1, open_ // 2), open_ + max(1, open_ // 20), open_ * 2])
        at = str(line.position) if dice.chance(0.5) else ""
        lines.append(_line(dice, line.item.code, much, order_line=at))
    told: dict[str, Any] = {
        "order": row.number,
        "place": place,
        "lines": lines,
        "actor": ANN,
        "uid": dice.uid(),
    }
    if dice.chance(0.15):
        told["over_reason"] = "they sent more"
    return Call(actions.receive, told, _in(lines, row.supplier.code, place))


@act(5)
def take_in_announced(floor: Floor, dice: Dice) -> Call | None:
    """A receipt against a notice, line by line, some of it missing."""
    rows = list(Notice.objects.exclude(status="received").order_by("pk"))
    if not rows:
        return None
    notice = dice.one(rows)
    lines = []
    for line in dice.some(list(notice.lines.select_related("item").order_by("pk")), 3):
        code, much = line.item.code, max(1, line.quantity // dice.number(1, 2))
        if code == "SCALE":
            lines.append(Came(item=code, serials=[line.lot], notice_line=str(line.position)))
            continue
        missing: dict[str, Any] = {
            "missing": to_text(line.quantity - much, line.item.scale),
            "difference": "short",
            "reason": "less",
        }
        more = missing if much < line.quantity and dice.chance(0.6) else {}
        lines.append(
            Came(
                item=code, lot=line.lot or _lot(dice, code), quantity=to_text(much, line.item.scale),
                notice_line=str(line.position) if dice.chance(0.7) else "", **more,
            )
        )  # fmt: skip
    told: dict[str, Any] = {
        "notice": str(notice.uid),
        "place": "STORE",
        "lines": lines,
        "actor": ANN,
        "uid": dice.uid(),
    }
    return Call(actions.receive, told, _in(lines, notice.supplier.code, "STORE"))


@act(5)
def take_in_pallet(floor: Floor, dice: Dice) -> Call | None:
    """A pallet of a notice, with everything on it, in one act."""
    rows = list(NoticeUnit.objects.filter(notice__status__in=("announced", "partly")).order_by("pk"))
    if not rows:
        return None
    unit = dice.one(rows)
    place = dice.one(["STORE", "STORE", "A-01", "SALE"])
    below = [unit, *unit.children.order_by("pk")]
    changes: Counter[Key] = Counter()
    for one in below:
        if one.arrival_id is None:
            for line in one.lines.select_related("item"):
                lot = "" if line.item.tracking == "none" else line.lot or "*"
                to = _to(line.item.code, unit.notice.supplier.code, f"SSCC-{one.sscc}")
                changes[line.item.code, lot, to] += line.open
    told: dict[str, Any] = {
        "sscc": unit.sscc,
        "notice": str(unit.notice.uid),
        "place": place,
        "actor": who(dice),
        "uid": dice.uid(),
    }
    # A unit that was received already gives its first receipt, and brings nothing.
    return Call(actions.receive_unit, told, lambda receipt: NONE if receipt.duplicate else changes)


@act(3)
def give_back_to_supplier(floor: Floor, dice: Dice) -> Call | None:
    """Goods go back, with the receipt they came by or without it."""
    rows = floor.rows("TOM", "SALT", "JAR", "PEEL")
    if not rows:
        return None
    lines, much = taken(dice, rows, 2)
    told: dict[str, Any] = {"lines": lines, "reason": "bad", "actor": who(dice), "uid": dice.uid()}
    came = list(Arrival.objects.order_by("-pk")[:10])
    if came and dice.chance(0.5):
        told["receipt"] = str(dice.one(came).event)
    else:
        told["supplier"] = dice.one(SUPPLIERS)
    if dice.chance(0.3):
        told["override"] = "they want it back"
    return Call(actions.supplier_return, told, gone(much))


STORES = ("STORE", "STORE", "A-01")
