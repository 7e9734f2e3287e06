"""Shipping: orders, reservations by every strategy, picking, packing, shipments, what becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import actions, queries, rules
from lotbook.operations.shipping.models import Order, Pick, Shipment
from lotbook.traceability.ledger.lines import Line
from tests.model.floor.acting import act, gone, taken, who
from tests.model.floor.floor import SOMEWHERE, Call, Conserved, Dice, Floor, Key
from tests.model.floor.warehouse import inside, units_here
from tests.rooms import ANN

CUSTOMERS = ("SHOP", "CAFE", "INN")
LIVE = ("confirmed", "part_allocated", "allocated", "picking", "packed", "part_shipped")
SSCC = ("340123456789012401", "340123456789012418")


def _order(dice: Dice, *status: str) -> Order | None:
    rows = Order.objects.order_by("pk")
    fitting = list(rows.filter(status__in=status) if dice.chance(0.92) else rows)
    return dice.late(fitting) if fitting else None


@act(6)
def sell(floor: Floor, dice: Dice) -> Call:
    """A customer's order."""
    lines = []
    for _ in range(dice.number(1, 3)):
        item = dice.one(["SAUCE", "SAUCE", "TOM", "JAR", "CARTON", "SCALE"])
        rows = floor.rows(item)
        lot = dice.one(rows).lot if rows and item not in ("JAR", "SCALE") and dice.chance(0.1) else ""
        lines.append(
            rules.Wanted(item=item, quantity=str(dice.number(1, 3 if item == "SCALE" else 25)), lot=lot)
        )
    told: dict[str, Any] = {
        "customer": dice.one(CUSTOMERS),
        "site": dice.one(["PLANT", "PLANT", "STORE", "OUTLET"]),
        "lines": lines,
    }
    told |= {"confirmed": dice.chance(0.85), "priority": dice.number(1, 9), "actor": ANN, "uid": dice.uid()}
    return Call(actions.create, told)


@act(1)
def confirm_sale(floor: Floor, dice: Dice) -> Call | None:
    """It is as the customer wants it."""
    row = _order(dice, "draft")
    return None if row is None else Call(actions.confirm, {"order": row.uid, "actor": ANN})


@act(7)
def allocate(floor: Floor, dice: Dice) -> Call | None:
    """Reserve for one order, or for several at once."""
    row = _order(dice, *LIVE)
    if row is None:
        return None
    if dice.chance(0.7):
        return Call(actions.allocate, {"order": row.uid, "actor": ANN})
    rows = list(Order.objects.filter(status__in=LIVE).order_by("pk")) or [row]
    orders = [one.uid for one in dice.some(rows, 4)]
    return Call(dice.one([actions.allocate_many, actions.start_wave]), {"orders": orders, "actor": ANN})


@act(2)
def choose_lot(floor: Floor, dice: Dice) -> Call | None:
    """Reserve one lot, whatever the rules would take."""
    row = _order(dice, *LIVE)
    if row is None:
        return None
    line = dice.one(list(row.lines.select_related("item").order_by("pk")))
    rows = floor.rows(line.item.code)
    lot = (dice.one(rows).lot if rows else "L-NONE") or line.item.code
    told: dict[str, Any] = {"order": row.uid, "line": line.number, "lot": lot, "actor": ANN}
    return Call(actions.choose_lot, {**told, "reason": dice.one(["", "they like it"])})


@act(1)
def free_order(floor: Floor, dice: Dice) -> Call | None:
    """Give back what is reserved."""
    row = _order(dice, *LIVE)
    line = dice.one([None, 1])
    return (
        None
        if row is None
        else Call(actions.free, {"order": row.uid, "line": line, "reason": "later", "actor": ANN})
    )


@act(8)
def pick(floor: Floor, dice: Dice) -> Call | None:
    """One portion: as suggested, less, or another lot; staged or packed."""
    rows = list(Order.objects.filter(status__in=LIVE).order_by("pk"))
    portions = [
        (order, claim)
        for order in rows
        for claim in queries.claims(order)
        if dice.chance(0.05) or not Pick.objects.filter(claim=claim.id, done_at=None).exists()
    ]
    if not portions:
        return None
    order, claim = dice.one(portions)
    lot = next(row for row in floor.stock if row.lot_id == claim.lot_id)
    told: dict[str, Any] = {
        "order": order.uid,
        "claim": claim.id,
        "lot": lot.lot or lot.item,
        "actor": ANN,
        "uid": dice.uid(),
    }
    if dice.chance(0.25):
        told |= {"quantity": to_text(dice.number(0, claim.quantity), lot.scale), "reason": "not there"}
    if dice.chance(0.15):
        told |= {"lot": dice.one(floor.rows(lot.item) or [lot]).lot or lot.item, "reason": "this one"}
    if dice.chance(0.5):
        told["to"] = dice.one(["A-01", "STORE", "SALE", *SSCC])
    return Call(actions.pick, told, Conserved())


@act(1)
def put_back(floor: Floor, dice: Dice) -> Call | None:
    """Take a pick back."""
    rows = list(Pick.objects.filter(done_at=None).select_related("line__order").order_by("pk"))
    if not rows:
        return None
    one = dice.one(rows)
    return Call(
        actions.put_back, {"order": one.line.order.uid, "pick": one.uid, "actor": ANN, "reason": "wrong"}
    )


def _override(dice: Dice) -> dict[str, str]:
    return {"override": "they insist"} if dice.chance(0.15) else {}


@act(7)
def ship_order(floor: Floor, dice: Dice) -> Call | None:
    """What is picked, else what is reserved; or what somebody names."""
    row = _order(dice, *LIVE[1:]) if dice.chance(0.85) else _order(dice, *LIVE)
    if row is None:
        return None
    told: dict[str, Any] = {"orders": [row.uid], "actor": who(dice), "uid": dice.uid(), **_override(dice)}
    claims = {claim.id: claim for claim in queries.claims(row)}
    if dice.chance(0.25):
        rows = floor.rows(*{line.item.code for line in row.lines.select_related("item")}, free=False)
        if rows:
            lines, much = taken(dice, rows, 2)
            told |= {"lines": lines, "reason": dice.one(["", "instead"])}
            return Call(actions.ship_orders, told, gone(much))
    picked = set(Pick.objects.filter(line__order=row, done_at=None).values_list("claim", flat=True))
    leaving = [claim for key, claim in claims.items() if key in picked] or list(claims.values())
    by_key = {(one.lot_id, one.place_id): one for one in floor.stock}
    changes: Counter[Key] = Counter()
    for claim in leaving:
        changes[by_key[claim.lot_id, claim.place_id].key] -= claim.quantity
    return Call(actions.ship_orders, told, changes)


@act(4)
def ship(floor: Floor, dice: Dice) -> Call | None:
    """Without an order: goods, or a whole unit."""
    rows = floor.rows()
    if not rows:
        return None
    told: dict[str, Any] = {
        "customer": dice.one(CUSTOMERS),
        "actor": who(dice),
        "uid": dice.uid(),
        **_override(dice),
    }
    units = units_here(floor)
    if units and dice.chance(0.3):
        unit = dice.one(units)
        return Call(actions.ship, {**told, "lines": [], "units": [unit.code]}, inside(floor, unit))
    lines, much = taken(dice, rows, 2)
    return Call(actions.ship, {**told, "lines": lines}, gone(much))


def _shipment(dice: Dice) -> Shipment | None:
    rows = Shipment.objects.order_by("pk")
    fitting = list(rows.filter(status__in=("shipped", "in_transit")) if dice.chance(0.9) else rows)
    return dice.late(fitting) if fitting else None


@act(1)
def tell_progress(floor: Floor, dice: Dice) -> Call | None:
    """It is on its way."""
    row = _shipment(dice)
    return (
        None
        if row is None
        else Call(actions.progress, {"shipment": row.uid, "actor": ANN, "temperature_c": "4"})
    )


@act(4)
def deliver(floor: Floor, dice: Dice) -> Call | None:
    """How it ended: taken, partly or not at all, or lost."""
    row = _shipment(dice)
    if row is None:
        return None
    outcome = dice.one(["delivered", "delivered", "part_refused", "refused", "lost"])
    told: dict[str, Any] = {
        "shipment": row.uid,
        "outcome": outcome,
        "signed_by": "Mr Brown",
        "reason": "late",
        "actor": ANN,
    }
    there = queries.still_there(row)
    changes: Counter[Key] = Counter()
    if outcome == "part_refused":
        if not there:
            return None
        lot, most = dice.one(there)
        said, much = dice.amount(most, lot.item.scale)
        told["refused"] = [Line(item=lot.item.code, lot=lot.number, quantity=said)]
        changes[lot.item.code, lot.number, SOMEWHERE] += much
    elif outcome == "refused":
        for lot, much in there:
            changes[lot.item.code, lot.number, SOMEWHERE] += much
    return Call(actions.deliver, told, changes)


@act(2)
def take_back(floor: Floor, dice: Dice) -> Call | None:
    """Goods come back from a customer, with the shipment they left by or without."""
    row = _shipment(dice)
    if row is None:
        return None
    there = queries.still_there(row)
    if not there:
        return None
    lot, most = dice.one(there)
    said, much = dice.amount(most, lot.item.scale)
    lines = [Line(item=lot.item.code, lot=lot.number, quantity=said)]
    told: dict[str, Any] = {
        "lines": lines,
        "actor": who(dice),
        "uid": dice.uid(),
        "reason": dice.one(["", "stale"]),
    }
    if dice.chance(0.6):
        told["shipment"] = row.uid
    else:
        told |= {"customer": row.customer.code, "place": dice.one(["QUARANTINE", "STORE", "CAGE"])}
    return Call(actions.take_back, told, {(lot.item.code, lot.number, SOMEWHERE): much})


@act(1)
def end_sale(floor: Floor, dice: Dice) -> Call | None:
    """Give it up, or ship no more."""
    row = _order(dice, *LIVE)
    ways: list[Callable[..., Order]] = [actions.cancel, actions.close]
    how = dice.one(ways)
    return None if row is None else Call(how, {"order": row.uid, "reason": "no", "actor": ANN})
