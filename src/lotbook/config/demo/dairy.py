"""The dairy: wheels that are made on Monday, brined on Tuesday and ripen for sixty days; curd and ricotta."""

from __future__ import annotations

from lotbook.config.demo.diary import Found, Run
from lotbook.config.demo.goods import amount
from lotbook.config.demo.world import World

RIPE_AFTER = 60
SPENT = "Spent whey drained to the farm"


class Dairy:
    """The dairy's work; it remembers the wheels that lie in the cellar."""

    def __init__(self) -> None:
        self.ripening: list[Run] = []

    def work(self, world: World) -> None:
        """A day in the dairy."""
        if not world.working:
            return
        self._throw_away(world)
        self._take_out(world)
        {0: self._wheels, 1: self._tuesday, 2: self._wednesday, 3: self._cut, 4: self._curd}[
            world.day.weekday()
        ](world)

    def _wheels(self, world: World) -> None:
        """Milk becomes green wheels, and whey."""
        milk = world.diary.pick("RM-MILK", amount("RM-MILK", 2000), "DAI", world.day)
        litres = sum(one.quantity for one in milk) / 10
        if litres < 800:
            return
        run = world.start_run("CH-GREEN", "DAI", 47)
        world.consume(run, [*milk, *self._cultures(world, litres)])
        world.tick(30, 50)
        wheels = int(litres / 43)
        world.produce(run, "CH-GREEN", wheels, "DAI-VAT")
        world.produce(run, "WIP-WHEY", amount("WIP-WHEY", litres * 0.86), "DAI-TANK-2")
        world.close_run(run, "Whey left in the cloths and drains")

    def _tuesday(self, world: World) -> None:
        """Yesterday's wheels go into the brine; today's milk becomes curd."""
        green = world.diary.pick("CH-GREEN", 100, "DAI", world.day)
        if green:
            run = world.start_run("CH-BRINED", "DAI", sum(one.quantity for one in green))
            salt = world.diary.pick("RM-SALT", amount("RM-SALT", 9), "DAI-STORE", world.day)
            world.consume(run, [*green, *salt])
            world.produce(run, "CH-BRINED", sum(one.quantity for one in green), "DAI-RIPE")
            world.close_run(run, "Whey and salt left in the brine")
        self._curd(world)

    def _wednesday(self, world: World) -> None:
        """The brined wheels are laid in the cellar, a run that stays open; whey becomes ricotta."""
        brined = world.diary.pick("CH-BRINED", 100, "DAI", world.day)
        if brined:
            run = world.start_run("CH-WHEEL", "DAI", sum(one.quantity for one in brined))
            world.consume(run, brined)
            self.ripening.append(run)
        whey = world.diary.pick("WIP-WHEY", amount("WIP-WHEY", 3000), "DAI", world.day)
        litres = sum(one.quantity for one in whey) / 10
        if litres < 500:
            return
        run = world.start_run("FG-RICOTTA", "DAI", 480)
        tubs = int(litres * 0.165)
        world.consume(run, [*whey, *world.diary.pick("PK-TUB", tubs, "DAI", world.day)])
        world.tick(20, 40)
        world.produce(run, "FG-RICOTTA", tubs, "DAI-CHILL")
        world.close_run(run, SPENT)

    def _curd(self, world: World) -> None:
        """Milk becomes fresh curd in tubs, and whey."""
        milk = world.diary.pick("RM-MILK", amount("RM-MILK", 1480), "DAI", world.day)
        litres = sum(one.quantity for one in milk) / 10
        if litres < 500:
            return
        run = world.start_run("FG-CURD", "DAI", 800)
        tubs = int(litres * 0.55)
        packing = world.diary.pick("PK-TUB", tubs + 6, "DAI", world.day)
        world.consume(run, [*milk, *self._cultures(world, litres), *packing])
        world.tick(20, 40)
        world.produce(run, "FG-CURD", tubs, "DAI-CHILL")
        world.produce(run, "WIP-WHEY", amount("WIP-WHEY", litres * 0.8), "DAI-TANK-2")
        world.lose_in_run(run, [Found("PK-TUB", packing[0].lot, "", 6)], "Crushed in the sealer")
        world.close_run(run, "Whey left in the vat")

    def _take_out(self, world: World) -> None:
        """Wheels leave the cellar on two days: half when they are ripe, the rest the next working day."""
        for run in list(self.ripening):
            age = (world.day - run.opened_at.date()).days
            (source, count), *_ = run.used.items()
            done = sum(run.made.values())
            if age < RIPE_AFTER:
                continue
            shelf = f"DAI-RIPE-{world.count('ripe') % 4 + 1:02}"
            if not done:
                world.produce(run, "CH-WHEEL", count // 2, shelf)
                continue
            cracked = world.dice.randint(0, 2)
            world.produce(run, "CH-WHEEL", count - done - cracked, shelf)
            world.lose_in_run(run, [Found(*source, "", cracked)], "Cracked rind")
            world.close_run(run, "Moisture lost while ripening")
            self.ripening.remove(run)

    def _cut(self, world: World) -> None:
        """Ripe wheels are cut into wedges and wrapped."""
        if world.diary.on_hand("FG-WEDGE", "", world.day) > 3200:
            return
        wheels = world.diary.pick("CH-WHEEL", 34, "DAI", world.day)
        count = sum(one.quantity for one in wheels)
        if count < 10:
            return
        run = world.start_run("FG-WEDGE", "DAI", count * 20)
        film = world.diary.pick("PK-FILM", amount("PK-FILM", count * 4.4), "DAI", world.day)
        world.consume(run, [*wheels, *film])
        world.produce(run, "FG-WEDGE", count * 20 - world.dice.randint(12, 30), "DAI-CHILL")
        world.close_run(run, "Rind and trim")

    def _cultures(self, world: World, litres: float) -> list[Found]:
        diary = world.diary
        rennet = diary.pick("RM-RENNET", amount("RM-RENNET", round(litres * 0.0003, 3)), "DAI", world.day)
        return rennet + diary.pick("RM-CULTURE", round(litres * 0.03), "DAI", world.day)

    def _throw_away(self, world: World) -> None:
        diary = world.diary
        gone = [
            one
            for good in ("RM-MILK", "WIP-WHEY", "FG-RICOTTA", "FG-CURD", "CH-GREEN")
            for one in diary.find(good, "DAI")
            if (ends := diary.expiry(good, one.lot)) is not None
            and ends < world.day
            and not diary.held.get((good, one.lot))
        ]
        world.lose(gone, "Expired, to animal feed", actor="paul")
