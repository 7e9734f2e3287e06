"""What has to be done act by act to show a fault: each world begins with these, then goes its own way.

Chance alone seldom gets there: a count with several differences that is settled, a shipment that is taken
back, an order for which another lot leaves than the one reserved.
"""

from __future__ import annotations

from typing import Any

from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.models import Count
from lotbook.operations.counting.rules import Found
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.models import Order as Purchase
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping import queries, rules
from lotbook.operations.shipping.models import Order, Shipment
from lotbook.traceability.ledger.lines import Line
from tests.model.floor.acting import act, gone
from tests.model.floor.deciding import taken_back
from tests.model.floor.floor import Call, Dice, Floor
from tests.model.floor.shipping import LIVE
from tests.rooms import ANN


@act(1)
def count_sauce(floor: Floor, dice: Dice) -> Call:
    """A count of several lots at several places."""
    return Call(counting.open_count, {"item": "SAUCE", "actor": ANN, "uid": dice.uid()})


@act(2)
def count_off(floor: Floor, dice: Dice) -> Call | None:
    """One too few of every lot on a sheet: several differences, each too small for a second count."""
    one = Count.objects.filter(status="open", lot=None, place=None).order_by("pk").last()
    sheet = one.sheets.filter(status="open").select_related("place").order_by("pk").first() if one else None
    if one is None or sheet is None:
        return None
    lines = [
        Found(item=row.item, lot=row.lot, counted=to_text(row.on_hand - (row.free > 0), row.scale))
        for row in floor.stock
        if row.place_id == sheet.place_id and one.item is not None and row.item == one.item.code
    ]
    told: dict[str, Any] = {"count": one.uid, "place": sheet.place.code, "lines": lines, "actor": ANN}
    return Call(counting.save_sheet, {**told, "finish": True, "rest_is_zero": False})


@act(2)
def sell_sauce(floor: Floor, dice: Dice) -> Call:
    """An order of which at least two lots have enough, for a customer who takes any."""
    lines = [rules.Wanted(item="SAUCE", quantity=str(dice.number(6, 18)))]
    told: dict[str, Any] = {"customer": "SHOP", "site": "PLANT", "lines": lines, "confirmed": True}
    return Call(shipping.create, {**told, "actor": ANN, "uid": dice.uid()})


@act(2)
def ship_another(floor: Floor, dice: Dice) -> Call | None:
    """Another lot leaves than the one that is reserved, and as much as is wanted."""
    for order in Order.objects.filter(status__in=LIVE).order_by("-pk"):
        for claim in queries.claims(order):
            ours = {row.lot_id: row for row in floor.stock}[claim.lot_id]
            others = [
                row
                for row in floor.rows(ours.item, place="STORE", loose=True)
                if row.lot_id != claim.lot_id and row.free >= claim.quantity
            ]
            if not others:
                continue
            row = dice.one(others)
            quantity = to_text(claim.quantity, row.scale)
            lines = [Line(item=row.item, lot=row.lot, quantity=quantity, place=row.place)]
            told: dict[str, Any] = {"orders": [order.uid], "lines": lines, "reason": "stood in front"}
            told |= {"actor": ANN, "uid": dice.uid()}
            return Call(shipping.ship_orders, told, gone([(row, claim.quantity)]))
    return None


@act(3)
def reverse_shipment(floor: Floor, dice: Dice) -> Call | None:
    """A shipment is taken back where the book shows its event."""
    rows = list(Shipment.objects.exclude(status="reversed").order_by("pk"))
    return taken_back(dice.late(rows).event, dice) if rows else None


@act(8)  # in no room that a world may be about: nothing makes it six times as frequent
def change_sale(floor: Floor, dice: Dice) -> Call | None:
    """They want more or less of a line, or nothing of it any more."""
    rows = list(Order.objects.filter(status__in=("draft", *LIVE)).order_by("pk"))
    if not rows:
        return None
    order = dice.late(rows)
    line = dice.one(list(order.lines.order_by("pk"))).number
    told: dict[str, Any] = {"order": order.uid, "line": line, "reason": "they rang", "actor": ANN}
    if dice.chance(0.4):
        return Call(shipping.cancel_line, told)
    return Call(shipping.change_line, {**told, "quantity": str(dice.number(0, 30))})


@act(8)  # in no room that a world may be about: nothing makes it six times as frequent
def change_purchase(floor: Floor, dice: Dice) -> Call | None:
    """We want more or less of a line, or nothing of it any more."""
    rows = list(Purchase.objects.exclude(status="cancelled").order_by("pk"))
    if not rows:
        return None
    order = dice.late(rows)
    line = dice.one(list(order.lines.order_by("pk"))).position
    told: dict[str, Any] = {"order": order.uid, "line": line, "reason": "they rang", "actor": ANN}
    if dice.chance(0.4):
        return Call(receiving.cancel_line, told)
    return Call(receiving.change_line, {**told, "quantity": str(dice.number(0, 30))})


STORIES: tuple[tuple[str, ...], ...] = (
    ("count_sauce", "count_off", "count_off", "settle_count"),
    ("sell_sauce", "allocate", "ship_another", "reverse_shipment"),
)
"""Acts in their order; a world begins with both, in one order or the other."""
