"""What went wrong in the year: each story happens on the working day nearest before its day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from lotbook.config.demo import kitchen, orders
from lotbook.config.demo.diary import Diary, Entry, Found, Line, LotName
from lotbook.config.demo.goods import BY_CODE, LABELS, amount
from lotbook.config.demo.world import World, workday

ALERT = "Rapid alert: ethylene oxide above the limit in smoked paprika, supplier's lot {lot}"
DRESSING = "FG-DRESSING"


@dataclass(slots=True)
class Scandal:
    """What the demo tells about itself at the end: the lots to look at first."""

    paprika: LotName = ("", "")
    labels: LotName = ("", "")
    relabelled: LotName = ("", "")
    excursion: list[LotName] = field(default_factory=list)
    wrong_receipt: str = ""
    contaminated: list[LotName] = field(default_factory=list)


class Troubles:
    """The stories, told day by day."""

    def __init__(self, today: date) -> None:
        self.told = Scandal()
        story: tuple[tuple[int, Callable[[World], None]], ...] = (
            (118, self.paprika_comes),
            (112, self.paprika_is_ground),
            (64, self.paprika_is_ground_again),
            (48, self.wrong_labels_come),
            (33, self.allergen_complaint),
            (32, self.labels_are_rejected),
            (28, self.relabel),
            (26, self.relabelled_is_released),
            (17, self.typing_slip),
            (13, self.old_onions),
            (12, self.alert),
            (11, self.freeze),
            (10, self.first_returns),
            (7, self.more_returns),
            (4, self.destroy_some),
            (6, self.reefer_fails),
            (3, self.laboratory),
        )
        self._days: dict[date, list[Callable[[World], None]]] = {}
        for ago, act in story:
            self._days.setdefault(workday(today - timedelta(days=ago)), []).append(act)

    def happen(self, world: World) -> None:
        """What of it happens today."""
        for act in self._days.get(world.day, ()):
            act(world)

    # -- the contaminated spice ----------------------------------------------------------------------

    def paprika_comes(self, world: World) -> None:
        """A lot of paprika comes in that nobody would suspect; its certificate is in order."""
        _, (lot,) = world.receive(
            "SAFFRONGATE", [("RM-PAPRIKA", 55, "KIT-DRY-03")], supplier_lot="SG-PM-2207", origin_country="ES"
        )
        self.told.paprika = ("RM-PAPRIKA", lot)
        world.hold([self.told.paprika], "quarantine", "Waiting for the certificate of analysis", place="KIT")

    def paprika_is_ground(self, world: World) -> None:
        """A batch of spice blend is ground from it."""
        self._grind(world, 40)

    def paprika_is_ground_again(self, world: World) -> None:
        """What was left of it goes into one more batch, mixed with sound paprika."""
        self._grind(world, 15)

    def _grind(self, world: World, kilograms: int) -> None:
        diary, name = world.diary, self.told.paprika
        if diary.held.get(name):
            world.release([name], "Certificate of analysis within limits", place="KIT")
        there = [one for one in diary.find(name[0], "KIT") if one.lot == name[1]]
        if not there:
            return  # an ordinary batch of blend has used it up
        part = min(there[0].quantity, amount("RM-PAPRIKA", kilograms))
        run = world.start_run("WIP-BLEND", "KIT", amount("WIP-BLEND", kilograms + 25))
        taken = [Found(*name, there[0].place, part)]
        for good, base_units in kitchen.BLEND.items():
            if good != "RM-PAPRIKA":
                taken += diary.pick(good, amount(good, base_units), "KIT", world.day)
        if kilograms < 20:
            others = [
                one
                for one in diary.find("RM-PAPRIKA", "KIT")
                if one.lot != name[1] and diary.free(one, world.day)
            ]
            taken += [Found(one.good, one.lot, one.place, min(one.quantity, 20_000)) for one in others[:1]]
        world.consume(run, taken)
        made = sum(one.quantity for one in taken) - amount("WIP-BLEND", 0.3)
        world.produce(run, "WIP-BLEND", made, "KIT-DRY-03")
        world.close_run(run, "Dust from the mill")

    def alert(self, world: World) -> None:
        """The supplier's alert: the spice itself and everything in the house that came of it are stopped."""
        diary = world.diary
        reason = ALERT.format(lot="SG-PM-2207")
        world.observe([self.told.paprika], reason, document=("alert", "RASFF-DEMO-0417"), place="KIT")
        self.told.contaminated = diary.descendants([self.told.paprika])
        world.hold(
            self.told.contaminated, "recall", reason, document=("recall", "RC-01"), place="KIT", stemming=True
        )

    def freeze(self, world: World) -> None:
        """What of it is still in the house goes to quarantine."""
        there = [one for one in world.standing(self.told.contaminated) if one.place.startswith("KIT")]
        if there:
            world.move(there, "KIT-QUAR", actor="otto", reason="Recall RC-01")

    def first_returns(self, world: World) -> None:
        """Customers send back what they still have."""
        self._returns(world, 3)

    def more_returns(self, world: World) -> None:
        """And more of them."""
        self._returns(world, 4)

    def _returns(self, world: World, customers: int) -> None:
        for buyer, goods in _customers_of(world.diary, self.told.contaminated, customers).items():
            orders.take_back(world, buyer, goods, "Recall RC-01: ethylene oxide in paprika")

    def destroy_some(self, world: World) -> None:
        """The spice blend is destroyed under witness; the sauces wait for the authority."""
        wanted = [
            name for name in self.told.contaminated if name[0] in ("WIP-BLEND", "WIP-REWORK", "RM-PAPRIKA")
        ]
        there = [
            Found(good, lot, place, quantity)
            for good, lot in wanted
            for (one, place), quantity in world.diary.stock[good].items()
            if one == lot
        ]
        world.lose(there, "Recall RC-01: destroyed, witnessed by quality and manager", actor="quinn")

    # -- the mislabelled allergen --------------------------------------------------------------------

    def wrong_labels_come(self, world: World) -> None:
        """A roll of dressing labels is printed without the word mustard."""
        good = LABELS[DRESSING]
        _, (lot,) = world.receive("CLEARBROOK", [(good, 4000, "KIT-PACK-03")], supplier_lot="LP-88142")
        self.told.labels = (good, lot)
        world.receive("CLEARBROOK", [("PK-JAR", 16128, "KIT-PACK-01")], supplier_lot="LP-88142")
        for _ in range(2):
            if world.diary.on_hand(DRESSING, "KIT-FG", world.day) < 9000:
                kitchen.fill(world, DRESSING, label_lot=lot)

    def allergen_complaint(self, world: World) -> None:
        """A customer reads the label."""
        lots = self._mislabelled(world)
        world.observe(
            lots[:1],
            "Complaint: a customer with a mustard allergy found no mustard in the list of ingredients",
            document=("complaint", "CP-0031"), place="KIT",
        )  # fmt: skip
        world.hold(
            [*lots, self.told.labels], "recall", "Undeclared allergen: labels without mustard (CP-0031)",
            document=("recall", "RC-00"), place="KIT",
        )  # fmt: skip
        for buyer, goods in _customers_of(world.diary, lots, 3).items():
            orders.take_back(world, buyer, goods, "Recall RC-00: mustard not on the label")

    def labels_are_rejected(self, world: World) -> None:
        """The rest of the roll is locked away."""
        there = world.standing([self.told.labels])
        if there:
            world.move(there, "KIT-QUAR", reason="Misprinted labels, claim with Clearbrook")
        world.release([self.told.labels], "Replaced by a rejection", place="KIT")
        world.hold(
            [self.told.labels],
            "rejection",
            "Misprinted: allergen missing. Claim 2207 with Clearbrook",
            place="KIT",
        )

    def relabel(self, world: World) -> None:
        """Quality lets one lot be relabelled: held goods, so an override, and the new lot is held too."""
        diary = world.diary
        for name in self._mislabelled(world):
            there = [one for one in world.standing([name]) if one.place.startswith("KIT-FG")]
            jars = sum(one.quantity for one in there)
            labels = [
                one
                for one in diary.pick(LABELS[DRESSING], jars, "KIT", world.day)
                if one.lot != self.told.labels[1]
            ]
            if jars < 24 or sum(one.quantity for one in labels) < jars:
                continue
            run = world.start_run(DRESSING, "KIT", jars, actor="anna")
            world.consume(
                run, [*there, *labels], actor="anna", override="Relabelling under deviation DEV-007"
            )
            lot = world.produce(run, DRESSING, jars, "KIT-FG-05", lot=f"{name[1]}R", actor="anna")
            world.close_run(run)
            self.told.relabelled = (DRESSING, lot)
            return

    def relabelled_is_released(self, world: World) -> None:
        """Every jar of it was looked at."""
        if self.told.relabelled[1]:
            world.release(
                [self.told.relabelled], "Every jar inspected, mustard declared (DEV-007)", place="KIT"
            )

    def _mislabelled(self, world: World) -> list[LotName]:
        return [name for name in world.diary.descendants([self.told.labels]) if name[0] == DRESSING]

    # -- slips of everyday ---------------------------------------------------------------------------

    def typing_slip(self, world: World) -> None:
        """Sugar is booked with a nought too many, taken back, and booked right."""
        entry, _ = world.receive("NORTHWIND", [("RM-SUGAR", 6000, "KIT-DRY-01")])
        self.told.wrong_receipt = str(entry.uid)
        world.diary.take_back(entry, world.tick(), "anna", "Typed 6,000 kg, delivered were 600 kg")
        world.receive("NORTHWIND", [("RM-SUGAR", 600, "KIT-DRY-01")])

    def old_onions(self, world: World) -> None:
        """Onions two days past their date are used after all, with a reason."""
        diary = world.diary
        lot = world.lot_number()
        made_on = world.day - timedelta(days=62)
        facts = world._facts(
            "RM-ONION", "TUMBLING", {"harvested_on": made_on, "expires_on": world.day - timedelta(days=2)}
        )
        diary.tell("RM-ONION", lot, facts)
        diary.write(
            "receive", world.tick(), "rita", place="KIT", document=("delivery_note", world.document("TUM")),
            lines=[Line("RM-ONION", lot, "@TUMBLING", "KIT-CHILL", amount("RM-ONION", 30))],
        )  # fmt: skip
        run = world.start_run("WIP-BASE", "KIT", amount("WIP-BASE", 18), actor="anna")
        tomatoes = diary.pick("RM-TOMATO", amount("RM-TOMATO", 20), "KIT", world.day)
        world.consume(
            run, [Found("RM-ONION", lot, "KIT-CHILL", amount("RM-ONION", 30)), *tomatoes], actor="anna",
            override="Two days past the date, looked at and sound: trial batch of onion base",
        )  # fmt: skip
        world.produce(run, "WIP-BASE", amount("WIP-BASE", 22), "KIT-LINE", actor="anna")
        world.close_run(run, kitchen.COOKED_DOWN)

    # -- the broken cold chain -----------------------------------------------------------------------

    def reefer_fails(self, world: World) -> None:
        """The reefer's compressor stops on the way to the cold store."""
        diary = world.diary
        found = [
            Found(good, one.lot, one.place, min(one.quantity, part))
            for good, part in (("FG-CURD", 300), ("FG-RICOTTA", 300), ("FG-WEDGE", 400))
            for one in diary.find(good, "DAI-CHILL")[-1:] or diary.find(good, "COLD-A")[-1:]
            if diary.free(one, world.day)
        ]
        self.told.excursion = [(one.good, one.lot) for one in found]
        sscc = world.palletise(found, "DAI-DOCK")
        document = ("transfer", world.document("TRF"))
        world.move_unit(sscc, "TRUCK", document=document, data={"carrier": "CASCADE"})
        world.move_unit(
            sscc, "COLD-DOCK", document=document,
            data={"temperature_c": "11.4", "logger": "TL-02", "over_limit_minutes": 190},
        )  # fmt: skip
        world.observe(
            self.told.excursion,
            "Cold chain broken on the truck: up to 11.4 °C for 3 h 10 min, limit is 5 °C",
            data={"logger": "TL-02", "temperature_c": "11.4", "limit_c": "5", "minutes": 190},
            document=("excursion", "EX-0009"), place="COLD",
        )  # fmt: skip
        world.hold(
            self.told.excursion, "quality", "Cold chain broken: 11.4 °C for 3 h 10 min (EX-0009)",
            document=("excursion", "EX-0009"), place="COLD",
        )  # fmt: skip
        world.unpack(sscc, dict.fromkeys(BY_CODE, "COLD-QUAR"))

    def laboratory(self, world: World) -> None:
        """The laboratory clears the wedges; ricotta is destroyed; curd still waits."""
        wedges = [name for name in self.told.excursion if name[0] == "FG-WEDGE"]
        if wedges:
            world.release(
                wedges, "Laboratory: within limits; hard cheese stands warmth (EX-0009)", place="COLD"
            )
        ricotta = [
            Found(good, lot, place, quantity)
            for good, lot in self.told.excursion
            if good == "FG-RICOTTA"
            for (one, place), quantity in world.diary.stock[good].items()
            if one == lot and place == "COLD-QUAR"
        ]
        world.lose(ricotta, "Cold chain broken (EX-0009): destroyed", actor="quinn")


def _customers_of(diary: Diary, lots: list[LotName], customers: int) -> dict[str, list[tuple[str, str, int]]]:
    """Customers who have some of these lots, and half of what each got last and has not sent back."""
    wanted = set(lots)
    returned = {(line.source, line.good, line.lot) for line in _lines(diary.entries, "return")}
    found: dict[str, list[tuple[str, str, int]]] = {}
    for line in reversed(list(_lines(diary.entries, "ship"))):
        key = (line.destination, line.good, line.lot)
        if (line.good, line.lot) in wanted and key not in returned and line.quantity >= 2:
            if line.destination not in found and len(found) == customers:
                continue
            goods = found.setdefault(line.destination, [])
            if all((line.good, line.lot) != (good, lot) for good, lot, _ in goods):
                goods.append((line.good, line.lot, line.quantity // 2))
    return found


def _lines(entries: list[Entry], kind: str) -> list[Line]:
    return [line for entry in entries if entry.kind == kind for line in entry.lines]
