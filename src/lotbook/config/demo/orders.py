"""Goods out: transfers to the cold store, shipments to forty customers, returns, and the monthly count."""

from __future__ import annotations

from datetime import timedelta

from lotbook.config.demo.diary import Found, Line, moved
from lotbook.config.demo.goods import CHILLED, SAUCES
from lotbook.config.demo.partners import CARRIERS, CUSTOMERS
from lotbook.config.demo.world import World

CASE = 12
COLD_DOCK = "COLD-DOCK"
SHELF = {"FG-WEDGE": "COLD-A-01", "FG-CURD": "COLD-A-02", "FG-RICOTTA": "COLD-A-03", "CH-WHEEL": "COLD-A-04"}
COMPLAINTS = (
    "Two jars broken on arrival",
    "Ordered ketchup, got marinara",
    "Short-dated for our shelf",
    "Label torn on a whole case",
    "Delivered after closing time, brought back",
)


def transfer(world: World) -> str:
    """Chilled goods go from the dairy to the cold store on a pallet; gives its SSCC."""
    if world.day.weekday() not in (0, 2, 4):
        return ""
    found = [
        one
        for good in CHILLED
        for one in world.diary.find(good, "DAI-CHILL")
        if world.diary.free(one, world.day)
    ]
    found += world.diary.pick("CH-WHEEL", 6, "DAI-RIPE", world.day)
    if not found:
        return ""
    sscc = world.palletise(found, "DAI-DOCK")
    document = ("transfer", world.document("TRF"))
    world.move_unit(sscc, "TRUCK", document=document, data={"carrier": "CASCADE"})
    world.move_unit(sscc, "COLD-DOCK", document=document, data={"temperature_c": "3.1", "logger": "TL-07"})
    world.unpack(sscc, SHELF)
    return sscc


def ship_day(world: World) -> None:
    """The day's orders."""
    if not world.working:
        return
    for _ in range(world.dice.choice((1, 2, 2))):
        _order(world, "KIT-FG", (*SAUCES, "FG-GIFT"), "KIT-DOCK")
    for _ in range(world.dice.choice((1, 2, 2))):
        _order(world, "COLD-A", CHILLED, COLD_DOCK)


def customer(world: World) -> str:
    """Who orders: the first of the list oftener than the last."""
    return CUSTOMERS[min(int(world.dice.expovariate(1 / 13)), len(CUSTOMERS) - 1)].code


def _order(world: World, within: str, goods: tuple[str, ...], dock: str) -> None:
    diary = world.diary
    found: list[Found] = []
    for good in world.dice.sample(goods, world.dice.randint(1, 3)):
        have = diary.on_hand(good, within, world.day)
        if good == "CH-WHEEL":
            want = 2
        else:
            # Full shelves sell in bigger lots: the year neither runs dry nor drowns.
            want = CASE * world.dice.randint(4, 14) * (1 + have // (900 if dock == COLD_DOCK else 2200))
        if have > want:
            found += diary.pick(good, want, within, world.day)
    if found:
        ship(world, customer(world), found, dock)


def ship(world: World, buyer: str, found: list[Found], dock: str, **more: object) -> None:
    """Send goods to a customer, most of them on a pallet of its own."""
    carrier = world.dice.choice(CARRIERS).code
    if world.chance(0.7) and "override" not in more:
        sscc = world.palletise(found, dock)
        found = world.on_unit(sscc)
    world.diary.write(
        "ship", world.tick(), "sven", place=dock.split("-", maxsplit=1)[0], lines=moved(found, f"@{buyer}"),
        document=("delivery_note", world.document("DN")),
        data={"carrier": carrier, "order": world.document("SO")}, **more,
    )  # fmt: skip


def clear_out(world: World) -> None:
    """On Thursdays the cold store throws away what expired; the last two weeks are still to be done."""
    if world.day.weekday() != 3 or world.ago < 14:
        return
    gone = [
        one
        for good in CHILLED
        for one in world.diary.find(good, "COLD-A")
        if (ends := world.diary.expiry(good, one.lot)) is not None and ends < world.day
    ]
    world.lose(
        [one for one in gone if not world.diary.held.get((one.good, one.lot))], "Expired, to animal feed"
    )


def returns(world: World) -> None:
    """Now and then something comes back; quality looks at it and it is sold again or destroyed."""
    if not world.working or not world.chance(0.07):
        return
    sent = [
        entry
        for entry in world.diary.entries[-400:]
        if entry.kind == "ship"
        and entry.place == "KIT"
        and world.now - entry.at > timedelta(days=2)
        and not any(world.diary.held.get((line.good, line.lot)) for line in entry.lines)
    ]
    if not sent:
        return
    first = world.dice.choice(sent).lines[0]
    part = min(first.quantity, CASE * world.dice.randint(1, 3))
    reason = world.dice.choice(COMPLAINTS)
    take_back(world, first.destination, [(first.good, first.lot, part)], reason)
    back = [Found(first.good, first.lot, "KIT-QUAR", part)]
    world.tick(20, 40)
    if world.chance(0.5):
        world.move(back, f"KIT-FG-{min(5, SAUCES.index(first.good) + 1 if first.good in SAUCES else 5):02}",
                   actor="quinn", reason="Looked at: sound, back to stock")  # fmt: skip
    elif world.ago > 12:
        world.lose(back, "Returned goods destroyed", actor="quinn")


def take_back(
    world: World, buyer: str, goods: list[tuple[str, str, int]], reason: str, place: str = "KIT-QUAR"
) -> None:
    """Goods come back from a customer."""
    world.diary.write(
        "return", world.tick(), "rita", place=place.split("-", maxsplit=1)[0],
        lines=[Line(good, lot, buyer, place, quantity) for good, lot, quantity in goods],
        document=("return_note", world.document("RN")), reason=reason,
    )  # fmt: skip


def count(world: World) -> None:
    """The last working Friday of a month: a few places are counted."""
    if world.day.weekday() != 4 or (world.day + timedelta(days=7)).month == world.day.month:
        return
    diary = world.diary
    for good, within in (("PK-JAR", "KIT-PACK"), ("RM-SUGAR", "KIT-DRY"), ("FG-WEDGE", "COLD-A")):
        standing = [one for one in diary.find(good, within) if diary.free(one, world.day)]
        if standing:
            one = standing[0]
            step = max(1, one.quantity // 400)
            difference = world.dice.choice((-3, -2, -1, 1)) * step
            if one.quantity + difference > 0:
                world.adjust(one, difference, "Monthly count")
