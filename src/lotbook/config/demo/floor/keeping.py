"""Keeping: requests and transfers between the sites, counts, a split, a repack, and stock at the packer."""

from __future__ import annotations

from lotbook.config.demo.floor.scene import Scene, Standing
from lotbook.config.demo.goods import BY_CODE
from lotbook.config.demo.sites import ZONE
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked_for
from lotbook.kernel import clock
from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.models import Count
from lotbook.operations.counting.rules import Found
from lotbook.operations.transfers.actions import picking, receiving, requests, sending, transfers
from lotbook.operations.transfers.models import Transfer
from lotbook.operations.transfers.rules import Arrived, Wanted
from lotbook.operations.warehouse.actions import adjustments, changes, elsewhere
from lotbook.operations.warehouse.rules import Count as Counted
from lotbook.operations.warehouse.rules import Packed, Part
from lotbook.traceability.ledger.lines import Line

ANNA, OTTO, PAUL, QUINN, RITA, SVEN = (
    f"user:{name}" for name in ("anna", "otto", "paul", "quinn", "rita", "sven")
)
WHEELS_CUT = 2


def keep(scene: Scene) -> None:
    """Everything that goods in the house need."""
    move_between_sites(scene)
    ask(scene)
    labels(scene)
    honey(scene)
    open_counts(scene)
    put_right(scene)
    at_the_packer(scene)
    cut(scene)


# -- between the sites -----------------------------------------------------------------------------


def move_between_sites(scene: Scene) -> None:
    """One transfer arrived short, one is on the truck, one is being picked."""
    with scene.on(9, 9):
        short = _plan(scene, ("FG-MARINARA", 360), ("FG-SMOKY", 240), reason="Room for the summer sauces")
    with scene.on(9, 15):
        sending.send(
            transfer=short.uid, actor=SVEN, carrier="CASCADE", vehicle="OR 4471 K", seal="118820", celsius="4"
        )
    with scene.on(8, 10, 30):
        picks = receiving.sent_picks(short)
        arrived = [Arrived(str(one.uid), to_text(one.quantity, one.lot.item.scale)) for one in picks[1:]]
        missing = max(0, picks[0].quantity - 12)
        arrived.insert(0, Arrived(str(picks[0].uid), to_text(missing, picks[0].lot.item.scale)))
        receiving.receive(
            transfer=short.uid,
            actor=RITA,
            arrived=arrived,
            celsius="4.5",
            reason="One case is not on the pallet",
        )
    with scene.on(1, 11):
        away = _plan(
            scene, ("FG-ARRABBIATA", 360), reason="Orders of the coast from now on ship from the cold store"
        )
    with scene.on(1, 14, 20):
        sending.send(
            transfer=away.uid,
            actor=SVEN,
            carrier="CASCADE",
            vehicle="OR 4471 K",
            seal="118864",
            celsius="3.8",
        )


def _plan(scene: Scene, *goods: tuple[str, int], reason: str) -> Transfer:
    """From the kitchen to the cold store: planned, reserved and picked."""
    lines = [Wanted(item, scene.some(item, "KIT", wanted)) for item, wanted in goods]
    planned = transfers.create(
        source="KIT", destination="COLD", lines=lines, needed_on=scene.day(0), reason=reason, actor=OTTO
    )
    transfers.start(transfer=planned.uid, actor=OTTO)
    picking.confirm_all(transfer=planned.uid, actor=OTTO)
    return planned


def ask(scene: Scene) -> None:
    """Requests: one small enough to be approved at once, one approved by the manager, one waits for her."""
    with scene.on(6, 9):
        salt = requests.create(
            destination="DAI-STORE", source="KIT",
            lines=[Wanted("RM-SALT", scene.some("RM-SALT", "KIT", 50_000))],
            needed_on=scene.day(-1), reason="Brine for two weeks", ask=True, actor=PAUL,
        )  # fmt: skip
    with scene.on(5, 13):
        picked = transfers.from_request(request=salt.uid, actor=OTTO)
        transfers.start(transfer=picked.uid, actor=OTTO)
    _short(scene)
    with scene.on(4, 9):
        sauces = requests.create(
            destination="COLD", source="KIT", lines=[Wanted("FG-SMOKY", "600")], needed_on=scene.day(-2),
            reason="Coast promotion", ask=True, actor=OTTO,
        )  # fmt: skip
    with scene.on(4, 11, 15):
        requests.decide(request=sauces.uid, approve=True, actor=ANNA, reason="From the newest lots, please")
    with scene.on(2, 10):
        requests.create(
            destination="COLD", source="KIT", lines=[Wanted("FG-MARINARA", "1440")], needed_on=scene.day(-3),
            reason="Two pallets for Amberline's depot", ask=True, actor=OTTO,
        )  # fmt: skip
    with scene.on(1, 9):
        requests.create(
            destination="KIT-PACK", lines=[Wanted("PK-TUB", "1500")], reason="Trial of dressing in tubs",
            actor=PAUL,
        )  # fmt: skip


def _short(scene: Scene) -> None:
    """Asked for, approved by the limit, sent, and received with six jars too few."""
    with scene.on(9, 8):
        asked = requests.create(
            destination="COLD", source="KIT", needed_on=scene.day(7), ask=True, actor=OTTO,
            lines=[Wanted("FG-ARRABBIATA", scene.some("FG-ARRABBIATA", "KIT", 96))],
            reason="Tasting at the harbour market",
        )  # fmt: skip
    with scene.on(8, 13):
        sent = transfers.from_request(request=asked.uid, actor=OTTO)
        transfers.start(transfer=sent.uid, actor=OTTO)
        picking.confirm_all(transfer=sent.uid, actor=OTTO)
        sending.send(transfer=sent.uid, actor=SVEN, carrier="CASCADE", vehicle="OR 4471 K", seal="118841")
    with scene.on(7, 10, 10):
        first, *others = receiving.sent_picks(sent)
        arrived = [Arrived(str(one.uid), to_text(one.quantity, one.lot.item.scale)) for one in others]
        arrived.append(Arrived(str(first.uid), to_text(max(0, first.quantity - 6), first.lot.item.scale)))
        receiving.receive(transfer=sent.uid, actor=RITA, arrived=arrived, reason="Half a case is missing")
    with scene.on(6, 9, 20):
        receiving.settle(
            transfer=sent.uid,
            pick=first.uid,
            how="lost",
            actor=ANNA,
            reason="Given out as samples at the dock",
        )


# -- counts ----------------------------------------------------------------------------------------


def labels(scene: Scene) -> None:
    """The label bay: one roll differs, is counted again by somebody else, and the book is put right."""
    with scene.on(7, 14):
        count = counting.open_count(
            actor=ANNA, place="KIT-PACK-03", counter="otto", note="Before the new print"
        )
        stock = scene.standing("KIT-PACK-03")
        short = stock[0].lot_id
        _sheet(count, "KIT-PACK-03", stock, {short: -120}, OTTO)
    with scene.on(6, 8):
        again = [one for one in stock if one.lot_id == short]
        _sheet(count, "KIT-PACK-03", again, {short: -116}, SVEN)
        _third(count, again, {short: -116})
    with scene.on(6, 9, 30):
        _settle(count, "Waste of the label applicator was not booked")


def _third(count: Count, again: list[Standing], off: dict[int, int]) -> None:
    """Two rounds that disagree ask for a third person."""
    count.refresh_from_db()
    if count.status == "recount":
        _sheet(count, "KIT-PACK-03", again, off, RITA)


def honey(scene: Scene) -> None:
    """Far too little oil in the dry store: what the count found waits for the manager."""
    with scene.on(2, 15):
        count = counting.open_count(actor=ANNA, item="RM-OIL", place="KIT-DRY", counter="otto")
        stock = scene.standing("KIT-DRY-02", "RM-OIL")
        drum = max(stock, key=lambda one: (one.on_hand, one.lot_id))
        off = {drum.lot_id: -int(drum.on_hand * 0.4)}
        _sheet(count, "KIT-DRY-02", stock, off, OTTO)
    with scene.on(2, 16, 30):
        count.refresh_from_db()
        if count.status == "recount":
            _sheet(count, "KIT-DRY-02", [one for one in stock if one.lot_id in off], off, PAUL)
        _settle(count, "A drum was drawn off and never booked")


def open_counts(scene: Scene) -> None:
    """Counts to be done, and one that was given up."""
    with scene.on(1, 9, 10):
        counting.open_count(
            actor=ANNA, place="KIT-FG", counter="sven", due_on=scene.day(-1), note="Before the stock-taking"
        )
        counting.open_count(actor=ANNA, item="CH-WHEEL", counter="otto", due_on=scene.day(-2))
        gone = counting.open_count(actor=ANNA, place="KIT-LINE", counter="paul")
        counting.cancel(count=gone.uid, actor=ANNA, reason="The kettles are in use; counted at the weekend")


def _sheet(count: Count, place: str, stock: list[Standing], off: dict[int, int], actor: str) -> None:
    found = [
        Found(
            one.lot.item.code, one.lot.number,
            to_text(one.on_hand + off.get(one.lot_id, 0), one.lot.item.scale),
        )
        for one in stock
    ]  # fmt: skip
    counting.save_sheet(count=count.uid, place=place, lines=found, actor=actor, finish=True)


def _settle(count: Count, reason: str) -> None:
    count.refresh_from_db()
    if count.status == "review":
        counting.settle(count=count.uid, reason=reason, actor=OTTO)


def put_right(scene: Scene) -> None:
    """A small adjustment is done at once, a large one was approved, and one waits."""
    with scene.on(5, 16):
        (cartons, *_) = scene.standing("KIT-PACK", "PK-CARTON")
        adjustments.adjust(
            place="KIT-PACK", actor=OTTO, reason="Crushed by the fork lift", reason_code="damaged",
            lines=[Counted("PK-CARTON", counted=str(cartons.on_hand - 14))],
        )  # fmt: skip
    with scene.on(3, 15, 40):
        scrapped = adjustments.scrap(
            place="COLD-A-04", actor=OTTO, reason="Dropped from the rack, rind broken", reason_code="damaged",
            lines=[_line(scene, "COLD-A-04", "CH-WHEEL", 4)],
        )  # fmt: skip
    with scene.on(3, 17):
        waits = asked_for.of("warehouse.adjust", scrapped.uid)
        if waits is not None and waits.status == "pending":
            approvals.decide(waits.uid, approve=True, actor=ANNA, reason="Seen on the photo")
            adjustments.decided(adjustment=scrapped.uid, status="approved")
    with scene.on(1, 16, 10):
        adjustments.scrap(
            place="KIT-DRY-03", actor=PAUL, reason="Moth traps: infested sacks", reason_code="quality",
            lines=[_line(scene, "KIT-DRY-03", "RM-MUSTARD", 40_000)],
        )  # fmt: skip


def _line(scene: Scene, place: str, item: str, wanted: int) -> Line:
    """So much of the first lot of an item at a place, at most half of it."""
    first = _free(scene, place, item)[0]
    much = to_text(min(wanted, first.free // 2), BY_CODE[item].scale)
    return Line(item, first.lot.number, much, place=place)


def _free(scene: Scene, place: str, item: str) -> list[Standing]:
    """The lots of an item at a place that may be used, most of it first."""
    rows = [one for one in scene.standing(place, item) if one.lot.held == 0]
    return sorted(rows, key=lambda one: -one.free)


# -- elsewhere and otherwise -----------------------------------------------------------------------


def at_the_packer(scene: Scene) -> None:
    """Sauces stand at Bindlestiff; of half of them he reports gift boxes."""
    with scene.on(10, 13):
        sent = [
            Line(sauce, one.lot.number, "120", place=one.place)
            for sauce in ("FG-MARINARA", "FG-ARRABBIATA", "FG-DRESSING")
            for one in _free_of(scene, sauce, 120)
        ]
        elsewhere.send_elsewhere(to="PACKER", lines=sent, document="BS-OUT-0031", actor=SVEN)
    with scene.on(4, 17):
        used = [Line(one.item, one.lot, "60", place="PACKER") for one in sent]
        elsewhere.report_use(
            place="PACKER", document="BCP-2231", inputs=used, outputs=[Packed("FG-GIFT", quantity="59")],
            reason="One box kept as a sample", actor=ANNA,
        )  # fmt: skip


def _free_of(scene: Scene, item: str, least: int) -> list[Standing]:
    """The first lot to expire of which so much is free in the kitchen's stock; none where there is none."""
    today = clock.date_at(clock.now(), ZONE)
    rows = [
        one
        for one in scene.standing("KIT-FG", item)
        if one.lot.held == 0 and one.free >= least and (one.lot.produced_on or today) <= today
    ]
    lasting = [one for one in rows if one.lot.expires_on is None or one.lot.expires_on > scene.today]
    return sorted(lasting, key=lambda one: (one.lot.expires_on or scene.today, one.lot_id))[:1]


def cut(scene: Scene) -> None:
    """Wheels are cut into wedges in the cold store."""
    with scene.on(1, 8, 15):
        wheels = [one for one in _free(scene, "COLD-A-04", "CH-WHEEL") if one.free >= WHEELS_CUT]
        if not wheels:
            return
        changes.repack(
            inputs=[Line("CH-WHEEL", wheels[0].lot.number, str(WHEELS_CUT))], place="COLD-A-04",
            outputs=[Packed("FG-WEDGE", quantity="39", place="COLD-A-01")],
            reason="Wedges for the market stall; rind and trim", actor=OTTO,
        )  # fmt: skip


def split(scene: Scene) -> None:
    """A lot is split for a customer's own label: told last, so that nobody sells the parts before."""
    with scene.on(1, 15, 50):
        for one in _free_of(scene, "FG-MARINARA", 240):
            changes.split(
                lot=one.lot.number, item="FG-MARINARA", place=one.place, actor=OTTO,
                parts=[Part(quantity="120"), Part(quantity="60")], reason="Own label of Hollis & Daughters",
            )  # fmt: skip
