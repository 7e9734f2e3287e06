"""Parting with goods: given away, destroyed before a witness, and sold although they were on hold."""

from __future__ import annotations

from lotbook.config.demo.floor.scene import Scene, Standing
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked_for
from lotbook.kernel.quantity import to_text
from lotbook.operations.quality import actions as quality
from lotbook.operations.shipping.actions import orders, shipments
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.warehouse.actions import adjustments, changes
from lotbook.operations.warehouse.rules import Part
from lotbook.traceability.ledger.lines import Line

ANNA, OTTO, PETRA, QUINN = (f"user:{name}" for name in ("anna", "otto", "petra", "quinn"))
CROOKED = 72


def part(scene: Scene) -> None:
    """What leaves otherwise than sold."""
    given(scene)
    destroyed(scene)
    crooked(scene)


def given(scene: Scene) -> None:
    """Jars that no shop takes any more are good enough for the food bank."""
    with scene.on(4, 13, 30):
        for one in _oldest(scene, "FG-MARINARA", 60):
            adjustments.donate(
                partner="FOODBANK", document="WT-0188", reason="Too little life left for the shops",
                reason_code="surplus", actor=OTTO, lines=[_line(one, 60)],
            )  # fmt: skip


def destroyed(scene: Scene) -> None:
    """A little of the contaminated sauces is destroyed; a lot with quality's yes waits for the manager."""
    tainted = [
        one for one in scene.standing("KIT-QUAR") if one.lot.held > 0 and one.lot.item.code.startswith("FG-")
    ]
    with scene.on(4, 16):
        samples = min(tainted, key=lambda one: (one.on_hand, one.lot_id))
        much = min(samples.on_hand, 40)
        adjustments.destroy(
            lines=[_line(samples, much)], place="KIT-QUAR", witness=QUINN, actor=OTTO,
            reason="Opened by the laboratory", reason_code="sample", certificate="WM-2214",
        )  # fmt: skip
    with scene.on(2, 11, 30):
        most = max(tainted, key=lambda one: (one.on_hand, one.lot_id))
        waits = adjustments.destroy(
            lines=[_line(most, most.on_hand)], place="KIT-QUAR", actor=OTTO, reason_code="contaminated",
            reason="Contaminated paprika; the insurer has agreed",
            witness="R. Castillo, Marion Waste", certificate="WM-2231",
        )  # fmt: skip
    with scene.on(2, 14, 50):
        asked = asked_for.of("warehouse.adjust", waits.uid)
        assert asked is not None
        approvals.decide(asked.uid, approve=True, actor=QUINN, reason="Nothing of it can be saved")


def crooked(scene: Scene) -> None:
    """Jars with crooked labels are put on hold, and a farm shop buys them knowing that."""
    with scene.on(6, 11):
        found = _oldest(scene, "FG-ARRABBIATA", CROOKED * 2)
        if not found:
            return
        lot = f"{found[0].lot.number}-B"
        changes.split(
            lot=found[0].lot.number, item="FG-ARRABBIATA", place=found[0].place, actor=OTTO,
            parts=[Part(lot=lot, quantity=str(CROOKED))], reason="Labels crooked: taken out of the bay",
        )  # fmt: skip
        quality.hold(
            lots=[Line("FG-ARRABBIATA", lot)], kind="quality", actor=QUINN,
            reason="Labels crooked; the sauce is good",
        )  # fmt: skip
    with scene.on(3, 9, 10):
        order = orders.create(
            customer="C028", site="KIT", wanted_on=scene.day(1), confirmed=True, actor=PETRA,
            lines=[Wanted("FG-ARRABBIATA", str(CROOKED))], note="Second choice at half the price",
        )  # fmt: skip
        shipments.ship_orders(
            orders=[order.uid], actor=ANNA, carrier="OWLPOST", tracking_number="OP-88119-7720",
            lines=[Line("FG-ARRABBIATA", lot, str(CROOKED), place=found[0].place)],
            reason="Sold as second choice",
            override="Foxglove Farm Shop takes crooked labels and has said so in writing",
        )  # fmt: skip


def _line(one: Standing, much: int) -> Line:
    return Line(one.lot.item.code, one.lot.number, to_text(much, one.lot.item.scale), place=one.place)


def _oldest(scene: Scene, item: str, least: int) -> list[Standing]:
    """The lot of an item in the bays that expires first, of those of which so much is free; or none."""
    rows = [
        one
        for one in scene.standing("KIT-FG", item)
        if one.lot.held == 0 and one.free >= least and one.lot.expires_on and one.lot.expires_on > scene.today
    ]
    return sorted(rows, key=lambda one: (one.lot.expires_on, one.lot_id))[:1]
