"""The kitchen: spice blend, tomato base, the sauces of the week, and the rework that links them."""

from __future__ import annotations

from lotbook.config.demo.diary import Found, Line, Run
from lotbook.config.demo.goods import LABELS, SAUCES, amount
from lotbook.config.demo.supply import drift
from lotbook.config.demo.world import World

JARS = 840
"""Jars of a usual batch."""
ENOUGH = 6500
"""Jars of one sauce after which its batch is left out."""

WEEK = dict(enumerate(("FG-MARINARA", "FG-ARRABBIATA", "FG-SMOKY", "FG-BASIL", "FG-DRESSING")))

RECIPES: dict[str, dict[str, float]] = {
    "FG-MARINARA": {"WIP-BASE": 0.342, "RM-SUGAR": 0.008, "RM-SALT": 0.003, "RM-VINEGAR": 0.004},
    "FG-ARRABBIATA": {"WIP-BASE": 0.335, "WIP-BLEND": 0.010, "RM-CHILLI": 0.002, "RM-OIL": 0.008},
    "FG-SMOKY": {"WIP-BASE": 0.27, "WIP-BLEND": 0.016, "RM-SUGAR": 0.04, "RM-VINEGAR": 0.03},
    "FG-BASIL": {"WIP-BASE": 0.342, "RM-BASIL": 0.005, "RM-OIL": 0.008, "RM-SALT": 0.002},
    "FG-DRESSING": {
        "RM-OIL": 0.155, "RM-VINEGAR": 0.075, "RM-MUSTARD": 0.05, "RM-HONEY": 0.065, "RM-SALT": 0.006,
        "RM-SUGAR": 0.015,
    },
}  # fmt: skip
"""Base units of an ingredient for one jar."""
BLEND = {"RM-PAPRIKA": 40.0, "RM-CHILLI": 12.0, "RM-PEPPER": 9.0, "RM-SALT": 6.0}
BASE = {"RM-TOMATO": 500.0, "RM-ONION": 24.0, "RM-GARLIC": 6.0, "RM-OIL": 8.0, "RM-SALT": 4.0}
COOKED_DOWN = "Water cooked off"


def cook(world: World) -> None:
    """A working day in the kitchen."""
    if not world.working:
        return
    throw_away(world)
    if world.diary.on_hand("WIP-BLEND", "KIT", world.day) < amount("WIP-BLEND", 30):
        blend(world)
    sauce = WEEK[world.day.weekday()]
    if sauce != "FG-DRESSING" or world.last:
        base(world)
    if world.diary.on_hand(sauce, "KIT-FG", world.day) < ENOUGH:
        fill(world, sauce)


def blend(world: World) -> None:
    """A batch of the house spice blend."""
    run = world.start_run("WIP-BLEND", "KIT", amount("WIP-BLEND", 67))
    taken = _ingredients(world, BLEND, 1.0)
    world.consume(run, taken)
    total = sum(one.quantity for one in taken)
    world.produce(run, "WIP-BLEND", total - amount("WIP-BLEND", 0.4), "KIT-DRY-03")
    world.lose_in_run(run, [_part(taken, "RM-PEPPER", 400)], "Dust from the mill")
    world.close_run(run)


def base(world: World) -> Run | None:
    """A kettle of tomato base; what the sorters take out grows as the tomatoes get worse."""
    taken = _ingredients(world, BASE, 1.0)
    tomatoes = [one for one in taken if one.good == "RM-TOMATO"]
    weight = sum(one.quantity for one in tomatoes)
    if weight < amount("RM-TOMATO", 150):
        return None
    run = world.start_run("WIP-BASE", "KIT", amount("WIP-BASE", 310))
    world.consume(run, taken)
    share = 0.02 + 0.13 * drift(world) + world.dice.random() * 0.02
    bad = [Found(one.good, one.lot, one.place, round(one.quantity * share / 100) * 100) for one in tomatoes]
    world.lose_in_run(run, bad, "Sorted out on the belt: soft or mouldy fruit")
    if world.last:
        # The last kettle is still on the fire when the book is opened.
        return run
    sound = weight - sum(one.quantity for one in bad)
    made = round((sound * 0.6 + 38_000) / 500) * 500
    world.tick(30, 55)
    world.produce(run, "WIP-BASE", made, "KIT-LINE")
    world.close_run(run, COOKED_DOWN)
    return run


def fill(world: World, sauce: str, *, label_lot: str = "", jars: int = JARS) -> str:
    """A batch of sauce in jars; gives its lot. Rework of the days before goes in, and some comes out."""
    diary = world.diary
    recipe = RECIPES[sauce]
    rework = []
    if "WIP-BASE" in recipe:
        have = diary.on_hand("WIP-BASE", "KIT", world.day)
        rework = diary.pick("WIP-REWORK", amount("WIP-REWORK", 40), "KIT", world.day)
        jars = min(jars, have // amount("WIP-BASE", recipe["WIP-BASE"]))
    if jars < 150:
        return ""
    run = world.start_run(sauce, "KIT", jars)
    taken = [*_ingredients(world, recipe, float(jars)), *rework]
    broken = world.dice.randint(2, 11)
    packing = {
        "PK-JAR": jars + broken,
        "PK-LID": jars + broken,
        LABELS[sauce]: jars + 4,
        "PK-CARTON": jars // 12,
    }
    taken += [one for good, count in packing.items() for one in _take(world, good, count, label_lot)]
    world.consume(run, taken)
    world.tick(25, 50)
    made = min(
        jars - world.dice.randint(0, 9), sum(one.quantity for one in taken if one.good == "PK-JAR") - broken
    )
    lot = world.produce(run, sauce, made, f"KIT-FG-{SAUCES.index(sauce) + 1:02}")
    world.lose_in_run(
        run, [_part(taken, "PK-JAR", broken), _part(taken, "PK-LID", broken)], "Broken in the capper"
    )
    if "WIP-BASE" in recipe and world.chance(0.4):
        kilograms = world.dice.randint(8, 22)
        world.produce(run, "WIP-REWORK", kilograms * 1000, "KIT-LINE")
    world.close_run(run, "Left in pipes and kettle")
    return lot


def throw_away(world: World) -> None:
    """What expired in process is written off in the morning."""
    diary = world.diary
    gone = [
        one
        for good in ("WIP-BASE", "WIP-REWORK", "RM-BASIL", "RM-TOMATO", "RM-ONION", "RM-GARLIC")
        for one in diary.find(good, "KIT")
        if (ends := diary.expiry(good, one.lot)) is not None
        and ends < world.day
        and not diary.held.get((good, one.lot))
    ]
    # A few are overlooked: the list of expired lots has something to show.
    world.lose(
        [one for one in gone if world.ago > 9 or one.good.startswith("WIP")],
        "Expired, composted",
        actor="paul",
    )


def co_pack(world: World) -> None:
    """Gift boxes at the contract packer: our goods go there, become boxes in his hands, and come back."""
    if world.ago % 49 != 20:
        return
    diary = world.diary
    boxes = 240
    sauces = ("FG-MARINARA", "FG-ARRABBIATA", "FG-DRESSING")
    if any(diary.on_hand(sauce, "KIT-FG", world.day) < boxes for sauce in sauces):
        return
    picked = [one for sauce in sauces for one in diary.pick(sauce, boxes, "KIT-FG", world.day)]
    picked += diary.pick("PK-CARTON", boxes, "KIT", world.day)
    world.move(picked, "PACKER", actor="sven", reason="To Bindlestiff for gift boxes")
    run = world.start_run("FG-GIFT", "PACKER", boxes, actor="anna")
    # The packer takes only what came for this order: the same lots, now standing there.
    world.consume(run, [Found(one.good, one.lot, "PACKER", one.quantity) for one in picked], actor="anna")
    lot = world.produce(run, "FG-GIFT", boxes - 2, "PACKER", actor="anna")
    world.lose_in_run(run, [_part(picked, sauces[0], 2)], "Dropped at the packer", actor="anna")
    world.close_run(run, "Four jars kept by the packer as reference samples")
    diary.write(
        "move", world.tick(), "sven", place="KIT",
        lines=[Line("FG-GIFT", lot, "PACKER", "KIT-FG", boxes - 2)], reason="Back from Bindlestiff",
    )  # fmt: skip


def _ingredients(world: World, recipe: dict[str, float], times: float) -> list[Found]:
    return [one for good, each in recipe.items() for one in _take(world, good, amount(good, each * times))]


def _take(world: World, good: str, quantity: int, lot: str = "") -> list[Found]:
    if lot:
        found = [one for one in world.diary.find(good, "KIT") if one.lot == lot and one.quantity >= quantity]
        if found:
            return [Found(good, lot, found[0].place, quantity)]
    return world.diary.pick(good, quantity, "KIT", world.day)


def _part(taken: list[Found], good: str, quantity: int) -> Found:
    """So much of the first lot of an item that went in."""
    first = next((one for one in taken if one.good == good), None)
    if first is None:
        return Found(good, "", "", 0)
    return Found(good, first.lot, first.place, min(quantity, first.quantity))
