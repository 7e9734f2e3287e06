"""Production: recipes, orders, runs in parts, substitution, rework, loss, serials, a tank of blends."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lotbook.kernel import sql
from lotbook.operations.production import actions
from lotbook.operations.production.models import Order, Recipe, Run
from lotbook.operations.production.rules import Issue, Output, Part, Unit
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot
from tests.model.floor.acting import NONE, act, gone, lots_of, moved, taken, text, who
from tests.model.floor.floor import WRONG, Call, Changes, Dice, Floor, Key
from tests.rooms import ANN


def _order(dice: Dice, *status: str) -> Order | None:
    rows = Order.objects.order_by("pk")
    fitting = list(rows.filter(status__in=status) if dice.chance(0.92) else rows)
    return dice.late(fitting) if fitting else None


def _run(dice: Dice) -> Run | None:
    rows = Run.objects.select_related("item", "place").filter(kind="batch").order_by("pk")
    fitting = list(rows.filter(status="open") if dice.chance(0.92) else rows)
    return dice.late(fitting) if fitting else None


def _override(dice: Dice) -> dict[str, Any]:
    return {"override": "quality knows"} if dice.chance(0.15) else {}


@act(1)
def write_recipe(floor: Floor, dice: Dice) -> Call:
    """The next version, put in force, or out of use."""
    rows = list(Recipe.objects.order_by("pk"))
    row = dice.one(rows)
    if row.status == "draft":
        return Call(actions.activate_recipe, {"name": row.uid, "actor": ANN})
    if dice.chance(0.1):
        return Call(actions.retire_recipe, {"name": row.uid, "actor": ANN, "reason": "old"})
    return Call(actions.new_version, {"name": row.uid, "actor": ANN, "uid": dice.uid()})


@act(3)
def plan_production(floor: Floor, dice: Dice) -> Call:
    """Order something to be made."""
    item = dice.one(["SAUCE", "SAUCE", "PEEL"])
    told: dict[str, Any] = {
        "item": item,
        "quantity": str(dice.number(2, 40)),
        "site": dice.one(["PLANT", "STORE"]),
    }
    return Call(actions.create_order, {**told, "actor": ANN, "uid": dice.uid()})


@act(3)
def release_production(floor: Floor, dice: Dice) -> Call | None:
    """Give it to the floor."""
    row = _order(dice, "planned")
    return None if row is None else Call(actions.release_order, {"order": row.number, "actor": ANN})


@act(1)
def end_production(floor: Floor, dice: Dice) -> Call | None:
    """Say that it is done, or give it up."""
    row = _order(dice, "released", "in_progress")
    how = dice.one([actions.finish_order, actions.cancel_order])
    return None if row is None else Call(how, {"order": row.number, "reason": "enough", "actor": ANN})


@act(3)
def reserve_for_production(floor: Floor, dice: Dice) -> Call | None:
    """Reserve what an order or a run needs."""
    if dice.chance(0.5):
        row = _order(dice, "planned", "released", "in_progress")
        return None if row is None else Call(actions.reserve_order, {"order": row.number, "actor": ANN})
    run = _run(dice)
    return None if run is None else Call(actions.reserve_run, {"run": run.number, "actor": ANN})


@act(1)
def free_for_production(floor: Floor, dice: Dice) -> Call | None:
    """Give it back."""
    row = _order(dice, "planned", "released", "in_progress")
    told: dict[str, Any] = {"kind": "production.order", "actor": ANN, "reason": "later"}
    return None if row is None else Call(actions.free_reserved, {"document": row.uid, **told})


@act(5)
def start_run(floor: Floor, dice: Dice) -> Call:
    """Open a run: of an order, by a recipe, or just so."""
    told: dict[str, Any] = {"actor": ANN, "uid": dice.uid()}
    order = _order(dice, "released", "in_progress") if dice.chance(0.5) else None
    if order is not None:
        told["order"] = order.number
    else:
        told |= {"item": dice.one(["SAUCE", "SAUCE", "PEEL", "SCALE"]), "site": "PLANT"}
        told["planned_quantity"] = str(dice.number(2, 20))
        recipe = Recipe.objects.filter(item__code=told["item"], status="active").order_by("-pk").first()
        if recipe is not None and dice.chance(0.5):
            told["recipe"] = recipe.uid
    return Call(actions.start_run, told)


@act(10)
def consume(floor: Floor, dice: Dice) -> Call | None:
    """Put lots into a run: what is suggested, something else, or what came out of one (rework)."""
    run = _run(dice)
    rows = [
        row
        for row in floor.rows("TOM", "TOM", "SALT", "JAR", "PEEL", "SAUCE")
        if row.place in ("STORE", "A-01", "TANK", "SALE")
    ]
    if run is None or not rows:
        return None
    lines, much = taken(dice, rows)
    if dice.chance(0.7):
        lines = [Issue(one.item, one.lot, one.quantity, place=one.place, reason="so it was") for one in lines]  # type: ignore[misc]
    told: dict[str, Any] = {
        "run": run.number,
        "lines": lines,
        "actor": who(dice),
        "uid": dice.uid(),
        **_override(dice),
    }
    return Call(actions.consume, told, gone(much), inputs=lots_of(much))


@act(8)
def produce(floor: Floor, dice: Dice) -> Call | None:
    """Take out what was made, by-products too."""
    run = _run(dice)
    if run is None:
        return None
    outputs, changes, made = [], Counter[Key](), set()
    main = "PEEL" if run.item.code == "SCALE" else run.item.code
    for item in dice.one([[main], [main], [main, "PEEL"]]):
        much = dice.number(1, 20) * 10 ** (0 if item == "SAUCE" else 3)
        lot = f"B{dice.number(1, 99)}" if dice.chance(0.7) else ""
        place = dice.one(["", "", "A-01"])
        outputs.append(Output(item=item, lot=lot, quantity=text(much, item), place=place))
        changes[item, lot or "*", place or "STORE"] += much
        made.add((item, lot or "*"))
    told: dict[str, Any] = {
        "run": run.number,
        "outputs": outputs,
        "place": "STORE",
        "actor": who(dice),
        "uid": dice.uid(),
    }
    return Call(actions.produce, told, changes, outputs=frozenset(made))


def _inside(dice: Dice, run: Run) -> tuple[Lot, str, int] | None:
    held = sorted(ledger.run_inputs(run.place_id).items())
    if not held:
        return None
    key, left = dice.one(held)
    lot = Lot.objects.select_related("item").get(pk=key)
    said, much = dice.amount(left, lot.item.scale)
    return lot, said, much


@act(2)
def lose(floor: Floor, dice: Dice) -> Call | None:
    """Some of what went in is lost."""
    run = _run(dice)
    found = _inside(dice, run) if run else None
    if run is None or found is None:
        return None
    line = Line(item=found[0].item.code, lot=found[0].number, quantity=found[1])
    told: dict[str, Any] = {
        "run": run.number,
        "lines": [line],
        "reason": "spilled",
        "actor": ANN,
        "uid": dice.uid(),
    }
    return Call(actions.lose, told, NONE if found[2] != WRONG else {("", "", ""): 1})


@act(2)
def return_unused(floor: Floor, dice: Dice) -> Call | None:
    """Some of what went in was not used."""
    run = _run(dice)
    found = _inside(dice, run) if run else None
    if run is None or found is None:
        return None
    code, number = found[0].item.code, found[0].number
    line = Line(item=code, lot=number, quantity=found[1])
    told: dict[str, Any] = {
        "run": run.number,
        "lines": [line],
        "place": "STORE",
        "actor": who(dice),
        "uid": dice.uid(),
    }
    return Call(actions.return_unused, told, {(code, number, "STORE"): found[2]})


@act(3)
def close_run(floor: Floor, dice: Dice) -> Call | None:
    """Close it; a yield outside its limits asks somebody."""
    run = _run(dice)
    if run is None:
        return None
    told: dict[str, Any] = {"run": run.number, "actor": ANN, "uid": dice.uid()}
    told |= {"reason": "evaporated"} if dice.chance(0.9) else {}
    told |= {"yield_reason": "thick"} if dice.chance(0.7) else {}
    return Call(actions.close_run, {**told, **_override(dice)})


@act(4)
def write_run(floor: Floor, dice: Dice) -> Call | None:
    """A whole run at once."""
    rows = floor.rows("TOM", "SALT", "JAR")
    if not rows:
        return None
    lines, much = taken(dice, rows)
    made, lot = dice.number(1, 30), f"W{dice.number(1, 99)}" if dice.chance(0.8) else ""
    changes = gone(much)
    changes["SAUCE", lot or "*", "STORE"] += made
    told: dict[str, Any] = {
        "item": "SAUCE", "site": "PLANT", "inputs": lines, "actor": who(dice), "uid": dice.uid(),
        "outputs": [Output(item="SAUCE", lot=lot, quantity=str(made))], "place": "STORE",
        "difference_reason": "evaporated", "close": dice.chance(0.7), **_override(dice),
    }  # fmt: skip
    return Call(actions.record_run, told, changes, lots_of(much), frozenset({("SAUCE", lot or "*")}))


@act(2)
def make_units(floor: Floor, dice: Dice) -> Call | None:
    """Kitchen scales by serial, each with its screws (salt will do) and a jar."""
    runs = list(Run.objects.filter(item__code="SCALE", status="open", kind="batch").order_by("pk"))
    rows = floor.rows("SALT", "JAR", "PEEL", place="STORE")
    if not runs or not rows:
        return None
    run = dice.one(runs)
    changes, units, parts_of = Counter[Key](), [], set()
    for index in range(dice.number(1, 3)):
        row = dice.one(rows)
        said, much = dice.amount(min(row.free, 10**row.scale), row.scale)
        serial = f"U{dice.number(1, 500)}-{index}"
        units.append(Unit(serial, (Part(row.item, row.lot, said),)))
        changes[row.item, row.lot, "*"] -= much
        changes["SCALE", serial, "*"] += 1
        parts_of.add((row.item, row.lot))
    told: dict[str, Any] = {"run": run.number, "units": units, "place": "STORE", "to": "A-01", "actor": ANN}
    made = frozenset(("SCALE", one.serial) for one in units)
    told |= {"uid": dice.uid(), **_override(dice)}
    return Call(
        actions.make_units, told, changes, frozenset(parts_of), made, shared=frozenset(_in_the_run(run))
    )


def _in_the_run(run: Run) -> list[int]:
    """Lots that went into a run as a whole and did not come back: they are in everything it makes."""
    return [
        lot
        for (lot,) in sql.rows(
            "SELECT m.lot_id FROM ledger_movement m JOIN ledger_event e ON e.sequence = m.event_id"
            " LEFT JOIN ledger_event r ON r.reverses_id = e.sequence WHERE r.sequence IS NULL"
            " AND ((e.kind IN ('consume', 'transform') AND m.destination_id = %s)"
            " OR (e.kind = 'unconsume' AND m.source_id = %s)) GROUP BY m.lot_id"
            " HAVING sum(CASE WHEN e.kind = 'unconsume' THEN -m.quantity ELSE m.quantity END) > 0",
            [run.place_id] * 2,
        )
    ]


# -- the tank --------------------------------------------------------------------------------------


@act(4)
def fill_tank(floor: Floor, dice: Dice) -> Call | None:
    """Lots flow together."""
    rows = [row for row in floor.rows("TOM") if row.place != "TANK"]
    rest = [(row, row.on_hand) for row in floor.rows("TOM", place="TANK", free=False)]
    if not rows and len(rest) < 2:
        return None
    lines, much = taken(dice, rows, 2) if rows and dice.chance(0.9) else ([], [])
    number = f"T{dice.number(1, 999)}" if dice.chance(0.3) else ""
    told: dict[str, Any] = {
        "vessel": "TANK",
        "lines": lines,
        "actor": ANN,
        "uid": dice.uid(),
        "number": number,
    }
    told |= {"place": "STORE"} if not lines else {}
    told |= _override(dice)
    if not rest and len(lines) == 1 and not number:
        return Call(actions.fill_vessel, told, moved(much, "TANK"))
    all_of = [*rest, *much]
    changes = gone(all_of)
    changes["TOM", number or "*", "TANK"] += sum(quantity for _, quantity in all_of)
    return Call(actions.fill_vessel, told, changes, lots_of(all_of), frozenset({("TOM", number or "*")}))


@act(3)
def draw_tank(floor: Floor, dice: Dice) -> Call | None:
    """Draw from it, into a run or to a place; what stands in it side by side is blended first."""
    rest = [(row, row.on_hand) for row in floor.rows("TOM", place="TANK", free=False)]
    if not rest:
        return None
    whole = sum(quantity for _, quantity in rest)
    said, much = dice.amount(whole, 3)
    told: dict[str, Any] = {
        "vessel": "TANK",
        "quantity": said,
        "actor": ANN,
        "uid": dice.uid(),
        **_override(dice),
    }
    run = _run(dice) if dice.chance(0.6) else None
    told |= {"run": run.number} if run else {"to": "A-01"}
    changes = Counter[Key]()
    drawn = rest[0][0].lot if len(rest) == 1 else "*"
    if len(rest) > 1:
        changes.update(gone(rest))
        changes["TOM", "*", "TANK"] += whole
    changes["TOM", drawn, "TANK"] -= much
    if run is None:
        changes["TOM", drawn, "A-01"] += much
    return Call(actions.draw_vessel, told, changes, traced=False)


@act(1)
def empty_tank(floor: Floor, dice: Dice) -> Call:
    """Empty and clean it."""
    rest = [(row, row.on_hand) for row in floor.rows("TOM", place="TANK", free=False)]
    to = dice.one(["", "A-01"])
    changes: Changes = moved(rest, to) if to else gone(rest)
    told: dict[str, Any] = {"vessel": "TANK", "reason": "cleaning", "to": to, "actor": ANN, "uid": dice.uid()}
    return Call(actions.empty_vessel, told, changes)
