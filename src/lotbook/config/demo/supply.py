"""Goods in: what is ordered when the shelf runs low, fresh goods by the week, and the first inspection."""

from __future__ import annotations

from dataclasses import dataclass

from lotbook.config.demo.diary import DIFFERENCE, Facts, Found, Line, shelf_end
from lotbook.config.demo.goods import BY_CODE, LABELS, amount
from lotbook.config.demo.world import World

DRIFT_FROM = 170
"""Days ago when the tomatoes began to get worse."""


@dataclass(frozen=True, slots=True)
class Reorder:
    """When there is less than ``least`` of an item at ``place``, ``lot`` base units of it are bought."""

    good: str
    least: float
    lot: float
    place: str


SHELF = (
    Reorder("RM-ONION", 90, 400, "KIT-CHILL"),
    Reorder("RM-GARLIC", 25, 120, "KIT-CHILL"),
    Reorder("RM-SALT", 60, 400, "KIT-DRY-01"),
    Reorder("RM-SUGAR", 80, 600, "KIT-DRY-01"),
    Reorder("RM-HONEY", 90, 500, "KIT-DRY-02"),
    Reorder("RM-OIL", 220, 1000, "KIT-DRY-02"),
    Reorder("RM-VINEGAR", 120, 800, "KIT-DRY-02"),
    Reorder("RM-MUSTARD", 70, 350, "KIT-DRY-03"),
    Reorder("RM-PAPRIKA", 25, 110, "KIT-DRY-03"),
    Reorder("RM-CHILLI", 18, 80, "KIT-DRY-03"),
    Reorder("RM-PEPPER", 12, 60, "KIT-DRY-03"),
    Reorder("PK-JAR", 4500, 16128, "KIT-PACK-01"),
    Reorder("PK-LID", 4500, 15600, "KIT-PACK-02"),
    *(Reorder(label, 1500, 8000, "KIT-PACK-03") for label in LABELS.values()),
    Reorder("PK-CARTON", 400, 2500, "KIT-PACK"),
    Reorder("RM-RENNET", 3, 12, "DAI-STORE"),
    Reorder("RM-CULTURE", 400, 2000, "DAI-STORE"),
    Reorder("RM-SALT", 25, 150, "DAI-STORE"),
    Reorder("PK-TUB", 3000, 12000, "DAI-STORE"),
    Reorder("PK-FILM", 300, 1500, "DAI-STORE"),
)
SPICES = ("RM-PAPRIKA", "RM-CHILLI", "RM-PEPPER", "RM-MUSTARD")
MILK = {0: 2050, 1: 1150, 4: 1150}
"""Litres by weekday."""


def opening(world: World) -> None:
    """The stock the book begins with."""
    diary = world.diary
    lines = []
    for order in SHELF:
        good = BY_CODE[order.good]
        lot = "" if good.tracking == "none" else world.lot_number()
        if lot:
            facts = Facts(supplier=good.supplier, expires_on=shelf_end(good.code, world.day))
            diary.tell(good.code, lot, facts)
        lines.append(Line(good.code, lot, DIFFERENCE, order.place, amount(good.code, order.lot)))
    made = (
        ("CH-WHEEL", 44, "DAI-RIPE-01"),
        ("CH-WHEEL", 46, "DAI-RIPE-02"),
        ("CH-WHEEL", 45, "DAI-RIPE-03"),
        ("CH-WHEEL", 45, "DAI-RIPE-04"),
        ("FG-WEDGE", 900, "COLD-A-01"),
        ("FG-MARINARA", 1440, "KIT-FG-01"),
        ("FG-ARRABBIATA", 1080, "KIT-FG-02"),
    )
    for code, quantity, place in made:
        lot = world.lot_number()
        diary.tell(code, lot, Facts(produced_on=world.day, expires_on=shelf_end(code, world.day)))
        lines.append(Line(code, lot, DIFFERENCE, place, quantity))
    diary.write(
        "opening", world.tick(), "anna", place="KIT", lines=lines, document=("opening", "OPENING-1"),
        data={"note": "counted by two people before the first day"},
    )  # fmt: skip


def goods_in(world: World) -> None:
    """What comes in on a day."""
    weekday = world.day.weekday()
    if weekday in MILK:
        tank = "DAI-TANK-1" if weekday in (0, 4) else "DAI-TANK-2"
        world.receive("MEADOWGATE", [("RM-MILK", MILK[weekday] + world.dice.randint(-15, 15), tank)])
    if weekday in (0, 2):
        fresh(world)
    if world.working:
        _reorder(world)


def fresh(world: World) -> None:
    """Tomatoes and basil, and the inspector's look at them, which gets sterner as they get worse."""
    have = world.diary.on_hand("RM-TOMATO", "KIT", world.day) / 1000
    want = max(400.0, 1260.0 - have)
    _, (lot, _) = world.receive(
        "TUMBLING",
        [("RM-TOMATO", round(want / 20) * 20, "KIT-CHILL"), ("RM-BASIL", 9, "KIT-CHILL")],
        carrier="CASCADE",
    )
    if world.last or world.chance(0.02 + 0.42 * drift(world)):
        mould = 4 + round(14 * drift(world)) + world.dice.randint(0, 3)
        world.hold(
            [("RM-TOMATO", lot)], "quality",
            f"Incoming inspection: {mould} % soft or mouldy fruit, agreed are at most 4 %",
            document=("inspection", world.document("INS")), place="KIT",
        )  # fmt: skip


def judge_fresh(world: World) -> None:
    """Next morning: held tomatoes are sorted by hand and released, or go back."""
    diary = world.diary
    for one in diary.find("RM-TOMATO", "KIT-CHILL") if world.working else ():
        name = (one.good, one.lot)
        facts = diary.facts[name]
        if "quality" not in diary.held.get(name, ()) or facts.received_on == world.day:
            continue
        share = 0.04 + 0.12 * drift(world)
        if world.chance(0.25 * drift(world)):
            lines = [Line(one.good, one.lot, one.place, "@TUMBLING", one.quantity)]
            diary.write(
                "supplier_return", world.tick(), "anna", place="KIT", lines=lines,
                document=("return_note", world.document("RTS")),
                reason="Rejected at incoming inspection, credit asked for",
                override="Held goods go back to the supplier who sent them", data={"carrier": "CASCADE"},
            )  # fmt: skip
            world.release([name], "Gone back to the supplier", place="KIT")
            continue
        part = round(one.quantity * share / 1000) * 1000
        world.lose(
            [Found(one.good, one.lot, one.place, part)], "Sorted out by hand: soft or mouldy", actor="otto"
        )
        world.release([name], f"Sorted by hand, {share:.0%} taken out; the rest is sound", place="KIT")


def drift(world: World) -> float:
    """How far the tomatoes have got worse: 0 at first, 1 today."""
    return max(0.0, min(1.0, (DRIFT_FROM - world.ago) / DRIFT_FROM))


def evening(world: World) -> None:
    """Next week's tomatoes come in on the last evening, and are on hold when the book is opened."""
    if world.last:
        fresh(world)


def weekend_round(world: World) -> None:
    """On Saturdays and Sundays somebody walks through the cold store."""
    if not world.working:
        warmest = f"{2.7 + world.dice.random():.1f}"
        world.observe([], "Weekend round: chambers closed, temperatures read", actor="otto", place="COLD",
                      data={"warmest_c": warmest})  # fmt: skip


def _reorder(world: World) -> None:
    site_of = {"K": "KIT", "D": "DAI"}
    low: dict[str, list[tuple[str, float, str]]] = {}
    for order in SHELF:
        site = site_of[order.place[0]]
        if world.diary.on_hand(order.good, site, world.day) < amount(order.good, order.least):
            supplier = BY_CODE[order.good].supplier
            low.setdefault(f"{supplier} {site}", []).append((order.good, order.lot, order.place))
    for key, lines in low.items():
        _, lots = world.receive(key.split()[0], lines, carrier=world.dice.choice(("CASCADE", "TIDEWAY")))
        spices = [(good, lot) for (good, _, _), lot in zip(lines, lots, strict=True) if good in SPICES]
        if spices:
            world.hold(spices, "quarantine", "Waiting for the certificate of analysis", place="KIT")


def certificates(world: World) -> None:
    """Spices are released when their certificate is there, a day or more later."""
    diary = world.diary
    waiting = [
        (good, one.lot)
        for good in SPICES
        for one in diary.find(good, "KIT-DRY")
        if diary.held.get((good, one.lot)) == {"quarantine"}
        and diary.facts[good, one.lot].received_on != world.day
    ]
    if waiting and world.ago > 2:
        world.release(waiting, "Certificate of analysis within limits", place="KIT",
                      document=("certificate", world.document("COA")))  # fmt: skip


def equipment(world: World) -> None:
    """Serials: swab kits are used up one by one, gas cylinders come full and go back empty."""
    diary = world.diary
    if world.day.weekday() == 4:
        for one in diary.pick("QC-SWAB", 1, "KIT", world.day):
            world.lose([one], "Used: swab after the mustard changeover, line 1, negative", actor="quinn")
    if len(diary.find("QC-SWAB", "KIT")) < 4:
        _serials(world, "QC-SWAB", "SWB", 16, "KIT-LINE")
    if world.day.day == 3 or not diary.find("EQ-CO2", "DAI"):
        empty = diary.find("EQ-CO2", "DAI")[:4]
        if empty:
            lines = [Line(one.good, one.lot, one.place, "@NORTHWIND", one.quantity) for one in empty]
            diary.write(
                "supplier_return", world.tick(), "rita", place="DAI", lines=lines,
                reason="Empty cylinders go back",
                document=("return_note", world.document("RTS")),
            )  # fmt: skip
        _serials(world, "EQ-CO2", "CYL", 4, "DAI-STORE")


def _serials(world: World, good: str, prefix: str, count: int, place: str) -> None:
    diary, supplier = world.diary, BY_CODE[good].supplier
    lines = []
    for _ in range(count):
        serial = f"{prefix}{world.count(prefix):06}"
        diary.tell(
            good,
            serial,
            Facts(supplier=supplier, received_on=world.day, expires_on=shelf_end(good, world.day)),
        )
        lines.append(Line(good, serial, f"@{supplier}", place, 1))
    diary.write(
        "receive", world.tick(), "rita", place=place.split("-", maxsplit=1)[0], lines=lines,
        document=("delivery_note", world.document(supplier[:3])),
    )  # fmt: skip
