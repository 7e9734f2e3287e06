"""The warehouse: moves, units, lots changed into lots, stock put right or given away, stock elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from lotbook.foundation.places.models import Place
from lotbook.foundation.places.queries import subtree_ids
from lotbook.operations.warehouse import actions
from lotbook.operations.warehouse.models import Adjustment
from lotbook.operations.warehouse.rules import Count, Packed, Part
from lotbook.traceability.ledger.lines import Line
from tests.model.floor.acting import (
    NONE,
    PLACES,
    STORES,
    act,
    gone,
    lots_of,
    moved,
    taken,
    text,
    who,
)
from tests.model.floor.floor import Call, Changes, Dice, Floor, Key
from tests.rooms import ANN


@act(6)
def move(floor: Floor, dice: Dice) -> Call | None:
    """Bring goods somewhere else."""
    rows = floor.rows()
    if not rows:
        return None
    lines, much = taken(dice, rows)
    to = dice.one(PLACES)
    told: dict[str, Any] = {"lines": lines, "to": to, "actor": who(dice), "uid": dice.uid()}
    return Call(actions.move, told, moved(much, to))


# -- lots into lots --------------------------------------------------------------------------------


def _override(dice: Dice) -> dict[str, str]:
    return {"override": "quality knows"} if dice.chance(0.15) else {}


@act(3)
def split(floor: Floor, dice: Dice) -> Call | None:
    """Part of a lot becomes a lot of its own."""
    rows = floor.rows("TOM", "SALT", "PEEL", "SAUCE")
    if not rows:
        return None
    row = dice.one(rows)
    parts, changes, names = [], Counter({row.key: 0}), set()
    for index in range(dice.number(1, 2)):
        said, much = dice.amount(max(row.free // 2, 1), row.scale)
        lot = f"P{dice.number(1, 999)}-{index}" if dice.chance(0.7) else ""
        parts.append(Part(lot=lot, quantity=said))
        changes[row.key] -= much
        changes[row.item, lot or "*", row.place] += much
        names.add((row.item, lot or "*"))
    told: dict[str, Any] = {
        "lot": row.lot,
        "item": row.item,
        "parts": parts,
        "place": row.place,
        "actor": who(dice),
    }
    told |= {"uid": dice.uid(), **_override(dice)}
    return Call(actions.split, told, changes, frozenset({(row.item, row.lot)}), frozenset(names))


@act(2)
def merge(floor: Floor, dice: Dice) -> Call | None:
    """Several lots become one."""
    item = dice.one(["TOM", "SALT", "SAUCE", "PEEL"])
    rows = floor.rows(item)
    if len(rows) < 2:
        return None
    lines, much = taken(dice, rows)
    lot = f"M{dice.number(1, 999)}" if dice.chance(0.7) else ""
    changes = gone(much)
    changes[item, lot or "*", "STORE"] += sum(quantity for _, quantity in much)
    told: dict[str, Any] = {
        "lines": lines,
        "lot": lot,
        "to": "STORE",
        "actor": ANN,
        "uid": dice.uid(),
        **_override(dice),
    }
    return Call(actions.merge, told, changes, lots_of(much), frozenset({(item, lot or "*")}))


@act(2)
def relabel(floor: Floor, dice: Dice) -> Call | None:
    """A lot gets another number."""
    rows = floor.rows("TOM", "SALT", "SAUCE", "PEEL")
    if not rows:
        return None
    row = dice.one(rows)
    here = dice.chance(0.5)
    new = f"R{dice.number(1, 999)}" if dice.chance(0.7) else ""
    changes: Counter[Key] = Counter()
    for one in floor.rows(row.item, free=False):
        if one.lot == row.lot and (one.place == row.place or not here):
            changes[one.key] -= one.on_hand
            changes[one.item, new or "*", one.place] += one.on_hand
    told: dict[str, Any] = {
        "lot": row.lot,
        "item": row.item,
        "reason": "smudged",
        "number": new,
        "actor": ANN,
        "uid": dice.uid(),
    }
    told |= {"place": row.place if here else "", **_override(dice)}
    return Call(
        actions.relabel, told, changes, frozenset({(row.item, row.lot)}), frozenset({(row.item, new or "*")})
    )


@act(2)
def repack(floor: Floor, dice: Dice) -> Call | None:
    """Sauce into cartons of six, some of it broken."""
    rows = floor.rows("SAUCE")
    if not rows:
        return None
    row = dice.one(rows)
    cartons = max(1, min(dice.number(1, 4), row.free // 6))
    broken = dice.one([0, 0, 1])
    used = cartons * 6 + broken
    lot = f"C{dice.number(1, 99)}" if dice.chance(0.5) else ""
    changes = Counter({row.key: -used, ("CARTON", lot or row.lot, row.place): cartons})
    told: dict[str, Any] = {
        "inputs": [Line(item="SAUCE", lot=row.lot, quantity=str(used))],
        "outputs": [Packed(item="CARTON", lot=lot, quantity=str(cartons))],
        "place": row.place, "actor": ANN, "uid": dice.uid(), **_override(dice),
    }  # fmt: skip
    if broken:
        told |= {"losses": [Line(item="SAUCE", lot=row.lot, quantity="1")], "loss_reason": "dropped"}
    outputs = frozenset({("CARTON", lot or row.lot)})
    return Call(actions.repack, told, changes, frozenset({(row.item, row.lot)}), outputs)


# -- logistic units --------------------------------------------------------------------------------


def units_here(floor: Floor) -> list[Place]:
    """The logistic units that are not on their way with a transfer."""
    return list(Place.objects.filter(kind="unit").exclude(pk__in=floor.away).order_by("pk"))


@act(4)
def build_unit(floor: Floor, dice: Dice) -> Call | None:
    """Goods, and other units, onto a new unit."""
    rows = floor.rows("SAUCE", "TOM", "JAR", "CARTON", loose=True)
    if not rows:
        return None
    lines, much = taken(dice, rows, 2)
    place = much[0][0].place if dice.chance(0.8) else dice.one(STORES)
    units = dice.some(units_here(floor), 1) if dice.chance(0.25) else []

    def expect(unit: Place) -> Changes:
        return moved(much, unit.code)

    told: dict[str, Any] = {
        "place": place,
        "lines": lines,
        "units": [one.code for one in units],
        "actor": who(dice),
    }
    return Call(actions.build_unit, {**told, "uid": dice.uid()}, expect)


@act(2)
def pack(floor: Floor, dice: Dice) -> Call | None:
    """Goods onto a unit that is there."""
    rows, units = floor.rows(loose=True), units_here(floor)
    if not rows or not units:
        return None
    unit = dice.one(units)
    lines, much = taken(dice, rows, 2)
    told: dict[str, Any] = {"unit": unit.code, "lines": lines, "actor": who(dice), "uid": dice.uid()}
    return Call(actions.pack, told, moved(much, unit.code))


@act(2)
def unpack(floor: Floor, dice: Dice) -> Call | None:
    """Some of the goods off a unit."""
    units = [one for one in units_here(floor) if floor.rows(place=one.code)]
    if not units:
        return None
    unit = dice.one(units)
    lines, much = taken(dice, floor.rows(place=unit.code), 2)
    to = dice.one(STORES)
    told: dict[str, Any] = {
        "unit": unit.code,
        "lines": lines,
        "to": to,
        "actor": who(dice),
        "uid": dice.uid(),
    }
    return Call(actions.unpack, told, moved(much, to))


@act(2)
def empty_unit(floor: Floor, dice: Dice) -> Call | None:
    """Everything off a unit."""
    units = units_here(floor)
    if not units:
        return None
    unit, to = dice.one(units), dice.one(STORES)
    much = [(row, row.on_hand) for row in floor.rows(place=unit.code, free=False)]
    told: dict[str, Any] = {
        "unit": unit.code,
        "to": to,
        "units_too": dice.chance(0.5),
        "actor": who(dice),
        "uid": dice.uid(),
    }
    return Call(actions.empty_unit, told, moved(much, to))


@act(3)
def move_unit(floor: Floor, dice: Dice) -> Call | None:
    """A unit somewhere else, or onto another one."""
    units = units_here(floor)
    if not units:
        return None
    to = dice.one([*PLACES, *(one.code for one in units)])
    told: dict[str, Any] = {"unit": dice.one(units).code, "to": to, "actor": who(dice), "uid": dice.uid()}
    return Call(actions.move_unit, told)


def inside(floor: Floor, unit: Place) -> Counter[Key]:
    """That everything in a unit, at any level, is gone."""
    keys = set(subtree_ids(unit.pk))
    return Counter({row.key: -row.on_hand for row in floor.stock if row.place_id in keys})


# -- stock put right, written off, given away ------------------------------------------------------


def settled(adjustment: Adjustment, changes: Changes) -> Changes:
    """What an adjustment does: nothing while somebody has to say yes."""
    return changes if adjustment.status == "posted" else NONE


@act(4)
def adjust(floor: Floor, dice: Dice) -> Call | None:
    """Set the book to what was counted."""
    rows = floor.rows(free=False)
    if not rows:
        return None
    lines, changes = [], Counter[Key]()
    for row in dice.some(rows, 3):
        said, much = dice.amount(row.on_hand, row.scale) if dice.chance(0.9) else ("0", 0)
        lines.append(Count(item=row.item, lot=row.lot, counted=said, place=row.place))
        changes[row.key] += much - row.on_hand
    told: dict[str, Any] = {"lines": lines, "reason": "counted", "actor": who(dice), "uid": dice.uid()}
    told["free_reserved"] = dice.chance(0.3)
    return Call(actions.adjust, told, lambda done: settled(done, changes))


@act(3)
def write_off(floor: Floor, dice: Dice) -> Call | None:
    """Scrap, destroy or donate."""
    rows = floor.rows()
    if not rows:
        return None
    lines, much = taken(dice, rows, 2)
    told: dict[str, Any] = {"lines": lines, "reason": "no good", "actor": who(dice), "uid": dice.uid()}
    how = dice.one(["scrap", "scrap", "destroy", "donate"])
    if how == "scrap":
        told |= {"free_reserved": dice.chance(0.3), "reason_code": "damaged"}
    elif how == "destroy":
        told |= {"free_reserved": dice.chance(0.3), "witness": "Quinn"}
    else:
        told |= {"partner": "FOODBANK", "document": "G-1", **_override(dice)}
    ways: dict[str, Callable[..., Adjustment]] = {
        "scrap": actions.scrap,
        "destroy": actions.destroy,
        "donate": actions.donate,
    }
    return Call(ways[how], told, lambda done: settled(done, gone(much)))


# -- stock elsewhere -------------------------------------------------------------------------------


@act(2)
def send_elsewhere(floor: Floor, dice: Dice) -> Call | None:
    """Goods of ours to the packer."""
    rows = [row for place in ("STORE", "A-01") for row in floor.rows("TOM", "SALT", "SAUCE", place=place)]
    if not rows:
        return None
    lines, much = taken(dice, rows, 2)
    told: dict[str, Any] = {
        "to": "AT-PACK",
        "lines": lines,
        "document": "DN",
        "actor": who(dice),
        "uid": dice.uid(),
    }
    return Call(actions.send_elsewhere, told, moved(much, "AT-PACK"))


@act(1)
def fetch(floor: Floor, dice: Dice) -> Call | None:
    """And back."""
    rows = floor.rows(place="AT-PACK")
    if not rows:
        return None
    lines, much = taken(dice, rows, 2)
    told: dict[str, Any] = {
        "place": "AT-PACK",
        "lines": lines,
        "to": "STORE",
        "document": "DN",
        "actor": ANN,
        "uid": dice.uid(),
    }
    return Call(actions.take_back, told, moved(much, "STORE"))


@act(2)
def report_use(floor: Floor, dice: Dice) -> Call | None:
    """The packer says what became of our goods."""
    rows = floor.rows("TOM", "SALT", place="AT-PACK")
    if not rows:
        return None
    lines, much = taken(dice, rows, 2)
    made, lot = dice.number(1, 30), f"PK{dice.number(1, 99)}"
    changes = gone(much)
    changes["SAUCE", lot, "AT-PACK"] += made
    told: dict[str, Any] = {
        "place": "AT-PACK", "document": "REP", "inputs": lines, "reason": "cooked down",
        "outputs": [Packed(item="SAUCE", lot=lot, quantity=text(made, "SAUCE"))], "actor": ANN,
        "uid": dice.uid(), **_override(dice),
    }  # fmt: skip
    return Call(actions.report_use, told, changes, lots_of(much), frozenset({("SAUCE", lot)}))
