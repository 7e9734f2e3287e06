"""Counting: blind and open, by place, item and lot, counted again, decided, given up."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import actions
from lotbook.operations.counting.models import Count, Sheet, Tally
from lotbook.operations.counting.rules import Found
from tests.model.floor.acting import NONE, act
from tests.model.floor.floor import Call, Changes, Dice, Floor, Key
from tests.model.floor.world import BOB, QUINN
from tests.rooms import ANN


def _count(dice: Dice, *status: str) -> Count | None:
    rows = Count.objects.order_by("pk")
    fitting = list(rows.filter(status__in=status) if dice.chance(0.92) else rows)
    return dice.late(fitting) if fitting else None


@act(5)
def open_count(floor: Floor, dice: Dice) -> Call | None:
    """A place, an item, or a lot."""
    if not floor.stock:
        return None
    row = dice.one(floor.stock)
    what = dice.one([{"place": row.place}, {"item": row.item}, {"item": row.item, "lot": row.lot}])
    if row.item == "JAR" and "lot" in what:
        what = {"place": row.place}
    told: dict[str, Any] = {**what, "blind": dice.chance(0.7), "actor": ANN, "uid": dice.uid()}
    return Call(actions.open_count, told)


def _found(floor: Floor, dice: Dice, one: Count, sheet: Sheet) -> list[Found]:
    """What somebody sees there; what a transfer has on its way is left as it is."""
    asked = set(Tally.objects.filter(sheet=sheet, again=True).values_list("lot", flat=True))
    lines = []
    for row in floor.stock:
        about = (one.item is None or one.item.code == row.item) and (
            one.lot is None or one.lot.number == row.lot
        )
        if row.place_id != sheet.place_id or not about or (one.round > 1 and row.lot_id not in asked):
            continue
        away = row.place_id in floor.away
        much = dice.number(0, row.on_hand + 3) if dice.chance(0.3) and not away else row.on_hand
        if away or dice.chance(0.92):
            lines.append(Found(item=row.item, lot=row.lot, counted=to_text(much, row.scale)))
    return lines


@act(14)
def count_sheet(floor: Floor, dice: Dice) -> Call | None:
    """Write down what is there: mostly the truth, sometimes less or more, sometimes something forgotten."""
    one = _count(dice, "open", "recount")
    if one is None:
        return None
    sheets = list(one.sheets.select_related("place").order_by("pk"))
    if dice.chance(0.92):
        sheets = [sheet for sheet in sheets if sheet.status == "open"]
    if not sheets:
        return None
    sheet = dice.one(sheets)
    lines = _found(floor, dice, one, sheet)
    told: dict[str, Any] = {
        "count": one.uid,
        "place": sheet.place.code,
        "lines": lines,
        "actor": dice.one([ANN, BOB, QUINN]),
    }
    told |= {"finish": dice.chance(0.85), "rest_is_zero": dice.chance(0.7)}
    return Call(actions.save_sheet, told)


@act(1)
def leave_out(floor: Floor, dice: Dice) -> Call | None:
    """A place of it stays uncounted."""
    one = _count(dice, "open", "recount")
    if one is None:
        return None
    place = dice.one(list(one.sheets.select_related("place").order_by("pk"))).place.code
    return Call(actions.skip_places, {"count": one.uid, "places": [place], "reason": "locked", "actor": ANN})


@act(1)
def count_again(floor: Floor, dice: Dice) -> Call | None:
    """Have it counted again."""
    one = _count(dice, "review", "refused")
    return (
        None
        if one is None
        else Call(actions.ask_recount, {"count": one.uid, "reason": "sure?", "actor": ANN})
    )


def differences(count: UUID) -> Counter[Key]:
    """What the rounds that decide found, against what the book said at that moment.

    A place that is left out of a recount keeps what the round before found there.
    """
    changes: Counter[Key] = Counter()
    rows = Tally.objects.filter(sheet__count__uid=count, last=True)
    for row in rows.select_related("lot__item", "sheet__place"):
        changes[row.lot.item.code, row.lot.number, row.sheet.place.code] += row.counted - row.book
    return changes


@act(12)
def settle_count(floor: Floor, dice: Dice) -> Call | None:
    """Set the book right by what was found."""
    one = _count(dice, "review", "refused")
    if one is None:
        return None
    changes = differences(one.uid)

    def expect(done: Count) -> Changes:
        return changes if done.status == "done" else NONE

    return Call(actions.settle, {"count": one.uid, "reason": "so it is", "actor": ANN}, expect)


@act(1)
def cancel_count(floor: Floor, dice: Dice) -> Call | None:
    """Give it up."""
    one = _count(dice, "open", "recount", "review")
    return (
        None if one is None else Call(actions.cancel, {"count": one.uid, "reason": "no time", "actor": ANN})
    )
