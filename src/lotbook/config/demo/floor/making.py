"""Making: recipes and orders in every state, hampers one by one, oil and milk that blend in a tank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lotbook.config.demo.floor.arriving import line, order
from lotbook.config.demo.floor.scene import Kept, Scene
from lotbook.config.demo.goods import LABELS, amount
from lotbook.config.demo.kitchen import BLEND, RECIPES
from lotbook.kernel.quantity import to_text
from lotbook.operations.production.actions import closing, issuing, orders, recipes, runs, serials, vessels
from lotbook.operations.production.models import Order, Run
from lotbook.operations.production.rules import (
    Alternative,
    Extra,
    Ingredient,
    Issue,
    Output,
    Part,
    RecipeWords,
    Unit,
)
from lotbook.operations.receiving import actions as receiving
from lotbook.traceability.ledger import lines as words

ANNA, PAUL, PETRA, QUINN, RITA = "user:anna", "user:paul", "user:petra", "user:quinn", "user:rita"
TANK = "DAI-TANK-3"
CURD_DAY = 2
HAMPERS = 6
CIDER_ML = 8_000
BLEND_KG = 20


def make(scene: Scene) -> None:
    """Recipes, the orders of three weeks, and the milk of the last days."""
    write_recipes(scene)
    dressing(scene)
    blend(scene)
    planned(scene)
    oil(scene)
    milk(scene)
    hampers(scene)


# -- recipes ---------------------------------------------------------------------------------------


def write_recipes(scene: Scene) -> None:
    """Six recipes in force, an old version and a recipe that were retired, and a draft."""
    with scene.on(21, 9):
        _in_force(_sauce("FG-DRESSING", instructions="Whisk oil in last."))
        for sauce in ("FG-MARINARA", "FG-ARRABBIATA", "FG-SMOKY"):
            _in_force(_sauce(sauce))
        _in_force(
            RecipeWords(
                "BLEND", "WIP-BLEND", "67", inputs=_ingredients(BLEND), expected_yield="99", yield_lower="95",
                yield_upper="100.5", yield_rule="ask", limits_expiry=True,
            )
        )  # fmt: skip
        _in_force(
            RecipeWords(
                "CURD", "FG-CURD", "220", inputs=(
                    Ingredient("RM-MILK", "400"), Ingredient("RM-RENNET", "0.12"),
                    Ingredient("RM-CULTURE", "12"), Ingredient("PK-TUB", "222"),
                ),
                outputs=(Extra("WIP-WHEY", "330"),), yield_rule="show",
                instructions="32 °C, 40 minutes; cut to the size of a hazelnut.",
            )
        )  # fmt: skip
        _in_force(
            RecipeWords(
                "SHAKER",
                "WIP-BLEND",
                "10",
                inputs=(Ingredient("RM-PAPRIKA", "7"), Ingredient("RM-SALT", "3")),
            )
        )
    with scene.on(16, 14):
        better = _sauce(
            "FG-DRESSING", instructions="Mustard first, whisk oil in last. Check the label: mustard in bold.",
            alternatives={"RM-VINEGAR": (Alternative("RM-CIDER"),)}, over_issue="3",
        )  # fmt: skip
        _in_force(better, reason="Deviation DEV-007: the label is checked before the line starts")
    with scene.on(15, 10):
        recipes.retire_recipe(name="SHAKER", actor=ANNA, reason="The shaker is not sold any more")
        recipes.new_version(name="MARINARA", actor=PETRA)


def _in_force(recipe: RecipeWords, reason: str = "") -> None:
    draft = recipes.create_recipe(recipe=recipe, actor=PETRA)
    recipes.activate_recipe(name=draft.uid, actor=ANNA, reason=reason)


def _sauce(
    sauce: str,
    *,
    instructions: str = "",
    alternatives: dict[str, tuple[Alternative, ...]] | None = None,
    over_issue: str = "",
) -> RecipeWords:
    """The kitchen's recipe for 100 jars, with what they are packed in."""
    packing = {"PK-JAR": 1.01, "PK-LID": 1.01, LABELS[sauce]: 1.01}
    return RecipeWords(
        sauce.removeprefix("FG-"), sauce, "100",
        inputs=_ingredients({**RECIPES[sauce], **packing}, 100, alternatives or {}),
        outputs=(Extra("WIP-REWORK", "1"),) if "WIP-BASE" in RECIPES[sauce] else (),
        instructions=instructions, over_issue=over_issue,
    )  # fmt: skip


def _ingredients(
    each: dict[str, float], times: int = 1, alternatives: dict[str, tuple[Alternative, ...]] | None = None
) -> tuple[Ingredient, ...]:
    return tuple(
        Ingredient(item, format(round(quantity * times, 3), "f").rstrip("0").rstrip("."),
                   alternatives=(alternatives or {}).get(item, ()))
        for item, quantity in each.items()
    )  # fmt: skip


# -- orders ----------------------------------------------------------------------------------------


def dressing(scene: Scene) -> None:
    """One order for dressing is done; the second came out in parts over two days and goes on."""
    with scene.on(12, 9):
        first = _order("240", "FG-DRESSING", scene, due=9, note="For Amberline's summer shelf")
    ago = _ready(scene, first, 10)
    with scene.on(ago, 9, 30):
        run = _feed(scene, first)
    with scene.on(ago, 13):
        _out(run, "FG-DRESSING", "238", "KIT-FG-05")
        reason = "Left in pipes and kettle; two jars for the laboratory"
        closing.close_run(run=run.uid, actor=PAUL, reason=reason)
        orders.finish_order(order=first.uid, actor=PAUL, reason="Two jars went to the laboratory")
    with scene.on(4, 10):
        second = _order("360", "FG-DRESSING", scene, due=-1, priority=2)
    ago = _ready(scene, second, 2)
    with scene.on(ago, 10, 10):
        run = _feed(scene, second, 0.6, instead=_cider(scene))
    with scene.on(ago, 13, 20):
        _out(run, "FG-DRESSING", "100", "KIT-FG-05")
    with scene.on(1, 13, 50):
        _out(run, "FG-DRESSING", "96", "KIT-FG-05")


def _cider(scene: Scene) -> dict[str, Issue]:
    """Half of the wine vinegar of the second run was missing: cider vinegar stands in."""
    cider = [one for one in scene.standing("KIT", "RM-CIDER") if one.lot.held == 0 and one.free >= CIDER_ML]
    if not cider:
        return {}
    why = "The drum of wine vinegar ran empty; the next one is still at the dock"
    lot, place = cider[0].lot.number, cider[0].place
    return {"RM-VINEGAR": Issue("RM-CIDER", lot, to_text(CIDER_ML, 3), place=place, reason=why)}


def blend(scene: Scene) -> None:
    """The house blend of two weeks ago, within its limits; none in a year whose spices are used up."""
    batch = BLEND_KG / sum(BLEND.values())
    if any(scene.free(item, "KIT") < amount(item, each * batch) for item, each in BLEND.items()):
        return
    with scene.on(14, 8):
        asked = _order(str(BLEND_KG), "WIP-BLEND", scene, due=12)
    ago = _ready(scene, asked, 13)
    with scene.on(ago, 9, 10):
        run = _feed(scene, asked)
    with scene.on(ago, 11):
        _out(run, "WIP-BLEND", "19.7", "KIT-DRY-03")
        closing.close_run(run=run.uid, actor=PAUL, reason="Dust from the mill")
        orders.finish_order(order=asked.uid, actor=PAUL, reason="As much as the mill gave")


def planned(scene: Scene) -> None:
    """One order is late because its tomato base was lost, two are planned."""
    with scene.on(9, 11):
        late = _order(
            "500", "FG-SMOKY", scene, due=3, note="Waits for tomato base: the last deliveries were refused"
        )
        orders.release_order(order=late.uid, actor=PETRA)
        issuing.reserve_order(order=late.uid, actor=PETRA)
    with scene.on(2, 14):
        _order("840", "FG-MARINARA", scene, due=-3)
        _order("840", "FG-ARRABBIATA", scene, due=-4)


def _order(quantity: str, item: str, scene: Scene, *, due: int, site: str = "KIT", **more: Any) -> Order:
    recipe = {"WIP-BLEND": "BLEND"}.get(item, item.removeprefix("FG-"))
    return orders.create_order(
        actor=PETRA, quantity=quantity, item=item, recipe=recipe, site=site, due_on=scene.day(due), **more,
    )  # fmt: skip


def _ready(scene: Scene, asked: Order, ago: int) -> int:
    """Release an order and reserve for it; the days ago it can begin, when all it needs has come."""
    with scene.on(ago, 8):
        orders.release_order(order=asked.uid, actor=PETRA)
        issuing.reserve_order(order=asked.uid, actor=PETRA)
    came = [scene.days_since(one) for one in scene.kept(asked.uid)]
    return max(1, min(ago, *came))


def _feed(
    scene: Scene, asked: Order, share: float = 1.0, *, instead: Mapping[str, Issue] | None = None
) -> Run:
    """Open a run for an order and put in what is reserved for it, or a share of that.

    ``instead``: item → what stands in for half of it.
    """
    others = dict(instead or {})
    run = runs.start_run(actor=PAUL, order=asked.uid)
    lines = [issue(one, share / 2 if one.item in others else share) for one in scene.kept(asked.uid)]
    runs.consume(run=run.uid, lines=[*lines, *others.values()], actor=PAUL)
    return run


def issue(one: Kept, share: float = 1.0) -> Issue:
    """A reserved portion, or a share of it, as it goes into a run."""
    return Issue(one.item, one.lot, one.text(share), place=one.place)


def _out(run: Run, item: str, quantity: str, place: str) -> None:
    runs.produce(run=run.uid, outputs=[Output(item, quantity=quantity)], place=place, actor=PAUL)


# -- one by one ------------------------------------------------------------------------------------


def hampers(scene: Scene) -> None:
    """Six hampers for an airline, each with its own logger: whose is whose is in the book."""
    with scene.on(2, 8, 30):
        wedges = _most(scene, "COLD-A-01", "FG-WEDGE")
        loggers = scene.standing("COLD-DOCK", "QC-LOGGER")[:HAMPERS]
        run = runs.start_run(actor=PAUL, item="FG-HAMPER", site="COLD", planned_quantity=str(HAMPERS))
        units = [
            Unit(
                f"H{scene.day(2):%y}-{n:04}",
                (Part("QC-LOGGER", one.lot.number), Part("FG-WEDGE", wedges, "4")),
            )
            for n, one in enumerate(loggers, 1)
        ]
        serials.make_units(run=run.uid, units=units, place="COLD", to="COLD-A-03", actor=PAUL)
    with scene.on(2, 9, 40):
        closing.close_run(run=run.uid, actor=PAUL)


def _most(scene: Scene, place: str, item: str) -> str:
    """The number of the lot of which most is free there."""
    rows = [one for one in scene.standing(place, item) if one.lot.held == 0]
    return max(rows, key=lambda one: (one.free, one.lot.number)).lot.number


# -- tanks -----------------------------------------------------------------------------------------


def oil(scene: Scene) -> None:
    """Oil went into the tank, some was drawn; then the tank was emptied and cleaned."""
    with scene.on(9, 7, 30):
        vessel = vessels.create_vessel(place="KIT-TANK", item="RM-OIL", capacity="500", actor=ANNA)
        lot = _most(scene, "KIT-DRY-02", "RM-OIL")
        line_of_oil = words.Line("RM-OIL", lot, "80", place="KIT-DRY-02")
        vessels.fill_vessel(vessel=vessel.uid, lines=[line_of_oil], actor=PAUL)
    with scene.on(8, 9, 15):
        vessels.draw_vessel(vessel=vessel.uid, quantity="25", to="KIT-LINE", actor=PAUL)
    with scene.on(7, 15, 30):
        reason = "Cleaned and dried for the inspection of the valve"
        vessels.empty_vessel(vessel=vessel.uid, to="KIT-DRY-02", reason=reason, actor=PAUL)


# -- milk ------------------------------------------------------------------------------------------


def milk(scene: Scene) -> None:
    """Three deliveries blend in a tank; curd is made of the second blend, and the third stands there."""
    with scene.on(5, 9):
        vessel = vessels.create_vessel(place=TANK, item="RM-MILK", capacity="3000", actor=ANNA)
        asked = order(scene, "MEADOWGATE", ("RM-MILK", "1500"), due=1, site="DAI")
        curd = _order("220", "FG-CURD", scene, due=1, site="DAI")
    for ago, litres, warmth in ((3, "520", "3.4"), (2, "480", "3.9"), (1, "505", "3.1")):
        lot = f"MG-{scene.day(ago):%y%m%d}"
        with scene.on(ago, 6, 20):
            taken = line(
                scene, "RM-MILK", litres, ago=ago, made=0, lot=lot, origin_country="US", temperature=warmth
            )
            receiving.receive(place="DAI-MILK", actor=RITA, order=asked.number, document=lot, lines=[taken])
        with scene.on(ago, 6, 50):
            pumped = words.Line("RM-MILK", lot, litres, place="DAI-MILK")
            vessels.fill_vessel(vessel=vessel.uid, lines=[pumped], actor=PAUL)
        if ago == CURD_DAY:
            with scene.on(ago, 9):
                _curd(scene, vessel.uid, curd)


def _curd(scene: Scene, vessel: UUID, asked: Order) -> None:
    """Curd from the blend, whey beside it; the order is done."""
    orders.release_order(order=asked.uid, actor=PETRA)
    run = runs.start_run(actor=PAUL, order=asked.uid)
    vessels.draw_vessel(vessel=vessel, quantity="400", run=run.number, actor=PAUL)
    issuing.reserve_run(run=run.uid, actor=PAUL)
    runs.consume(run=run.uid, lines=[issue(one) for one in scene.kept(run.uid)], actor=PAUL)
    outputs = [
        Output("FG-CURD", quantity="220", place="DAI-CHILL"),
        Output("WIP-WHEY", quantity="326", place="DAI-TANK-2"),
    ]
    runs.produce(run=run.uid, outputs=outputs, actor=PAUL)
    closing.close_run(run=run.uid, actor=PAUL, reason="Whey left in the vat")
    orders.finish_order(order=asked.uid, actor=PAUL)
