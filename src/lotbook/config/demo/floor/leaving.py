"""Goods out: customer orders in every state, shipments on their way and delivered, and what came back."""

from __future__ import annotations

from typing import Any

from lotbook.config.demo.floor.scene import Scene
from lotbook.config.demo.floor.terms import BIG_CUSTOMER
from lotbook.operations.quality import actions as quality
from lotbook.operations.shipping.actions import allocating, direct, orders, picking, shipments
from lotbook.operations.shipping.models import Order, Shipment
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.warehouse.actions import units
from lotbook.traceability.ledger.lines import Line

ANNA, OTTO, PETRA, QUINN, RITA, SVEN = (
    f"user:{name}" for name in ("anna", "otto", "petra", "quinn", "rita", "sven")
)
HELD = "FG-BASIL"
"""The sauce of the order that loses its reservation: no other order of these weeks wants it."""


def leave(scene: Scene) -> None:
    """Two weeks of orders."""
    delivered(scene)
    returned(scene)
    refused(scene)
    on_the_road(scene)
    picking_now(scene)
    allocated(scene)
    short(scene)
    broken(scene)
    wave(scene)
    drafts(scene)


def _order(
    scene: Scene, customer: str, *goods: tuple[str, int], site: str = "KIT", due: int = -2, **more: Any
) -> Order:
    lines = [Wanted(item, scene.some(item, site, wanted)) for item, wanted in goods]
    said: dict[str, Any] = {"confirmed": True, "actor": PETRA, **more}
    return orders.create(
        customer=customer, site=site, wanted_on=scene.day(due), lines=lines, **said,
    )  # fmt: skip


def _pick(scene: Scene, order: Order, *, to: str = "", most: int | None = None) -> None:
    """Pick what is reserved, or only the first ``most`` portions of it."""
    for one in scene.kept(order.uid)[:most]:
        picking.pick(order=order.uid, claim=one.claim, lot=one.lot, to=to, actor=SVEN)


def _ship(order: Order, carrier: str, tracking: str, **more: Any) -> Shipment:
    shipments.ship_orders(
        orders=[order.uid], actor=SVEN, carrier=carrier, tracking_number=tracking, **more,
    )  # fmt: skip
    return Shipment.objects.latest("pk")


def delivered(scene: Scene) -> None:
    """Ordered, allocated, picked, shipped and signed for."""
    with scene.on(12, 10):
        order = _order(
            scene, "C001", ("FG-MARINARA", 240), ("FG-SMOKY", 120), due=9, customer_number="LM-20881"
        )
        allocating.allocate(order=order.uid, actor=PETRA)
    with scene.on(10, 13):
        _pick(scene, order)
    with scene.on(10, 15, 20):
        sent = _ship(order, "TIDEWAY", "TW 4410 2209 17", vehicle="OR 7734 B", seal="209931")
    with scene.on(9, 11, 45):
        shipments.deliver(shipment=sent.uid, actor=SVEN, signed_by="J. Pruitt, goods in")


def returned(scene: Scene) -> None:
    """A case came back with its labels torn and waits in quarantine."""
    with scene.on(11, 9):
        order = _order(scene, "C005", ("FG-ARRABBIATA", 144), due=7)
        allocating.allocate(order=order.uid, actor=PETRA)
    with scene.on(8, 14):
        _pick(scene, order)
        sent = _ship(order, "OWLPOST", "OP-88120-3341")
    with scene.on(7, 12):
        shipments.deliver(shipment=sent.uid, actor=SVEN, signed_by="Fernhill Co-op, M. Oduya")
    with scene.on(3, 9, 30):
        line = sent.lines.select_related("lot__item").first()
        assert line is not None
        direct.take_back(
            shipment=sent.uid, place="KIT-QUAR", actor=RITA, code="damaged", condition="damaged",
            reason="Labels torn on a whole case", document="RMA-0412",
            lines=[Line(line.lot.item.code, line.lot.number, str(min(12, line.quantity)))],
        )  # fmt: skip


def refused(scene: Scene) -> None:
    """Part of a delivery was refused at the door and is back in quarantine."""
    with scene.on(6, 9):
        order = _order(scene, "C002", ("CH-WHEEL", 6), site="COLD", due=3)
        allocating.allocate(order=order.uid, actor=PETRA)
    with scene.on(5, 10):
        sent = _ship(order, "CASCADE", "CRL-550127", temperature_c="3.2", vehicle="OR 4471 K")
    with scene.on(4, 14):
        line = sent.lines.select_related("lot__item").first()
        assert line is not None
        shipments.deliver(
            shipment=sent.uid, actor=SVEN, outcome="part_refused", signed_by="Green Kettle, T. Lund",
            reason="One wheel cracked", refused=[Line(line.lot.item.code, line.lot.number, "1")],
        )  # fmt: skip


def on_the_road(scene: Scene) -> None:
    """Two shipments on their way, one of them by parcel."""
    with scene.on(3, 10):
        order = _order(scene, "C009", ("FG-DRESSING", 120), ("FG-MARINARA", 120), due=-1)
        allocating.allocate(order=order.uid, actor=PETRA)
        parcel = _order(scene, "C014", ("FG-SMOKY", 24), due=-1, carrier="OWLPOST")
        allocating.allocate(order=parcel.uid, actor=PETRA)
    with scene.on(1, 10, 30):
        _pick(scene, order)
        sent = _ship(order, "TIDEWAY", "TW 4410 2311 02", vehicle="OR 7734 B", seal="209977")
        _ship(parcel, "OWLPOST", "OP-88127-0094")
    with scene.on(1, 14):
        shipments.progress(shipment=sent.uid, actor=SVEN, note="Left the depot in Portland")


def picking_now(scene: Scene) -> None:
    """One order is half picked onto a pallet, one is packed and waits for the truck."""
    with scene.on(2, 9):
        half = _order(
            scene, "C017", ("FG-MARINARA", 180), ("FG-ARRABBIATA", 120), ("FG-DRESSING", 60), due=-1
        )
        packed = _order(scene, "C004", ("FG-SMOKY", 96), due=0)
        allocating.allocate_many(orders=[half.uid, packed.uid], actor=PETRA)
    with scene.on(1, 15):
        pallet = units.create_unit(place="KIT-DOCK", actor=SVEN)
        _pick(scene, half, to=str(pallet.sscc), most=1)
        other = units.create_unit(place="KIT-DOCK", actor=SVEN)
        _pick(scene, packed, to=str(other.sscc))


def allocated(scene: Scene) -> None:
    """The particular customer: lots with enough life left, and the reason on each."""
    with scene.on(2, 11):
        order = _order(
            scene, BIG_CUSTOMER, ("FG-MARINARA", 480), ("FG-DRESSING", 240), due=-2,
            customer_number="4500118822", priority=2, carrier="TIDEWAY",
        )  # fmt: skip
        allocating.allocate(order=order.uid, actor=PETRA)


def short(scene: Scene) -> None:
    """More wheels are wanted than there are."""
    with scene.on(2, 13):
        there = scene.free("CH-WHEEL", "COLD")
        order = _order(scene, "C007", ("FG-WEDGE", 60), site="COLD", due=-3, confirmed=False)
        lines = [Wanted("CH-WHEEL", str(there + 24)), Wanted("FG-WEDGE", scene.some("FG-WEDGE", "COLD", 60))]
        orders.amend(order=order.uid, actor=PETRA, lines=lines)
        orders.confirm(order=order.uid, actor=PETRA)
        allocating.allocate(order=order.uid, actor=PETRA)


def broken(scene: Scene) -> None:
    """What was reserved is put on hold by quality: the order says so."""
    with scene.on(3, 14):
        order = _order(scene, "C011", (HELD, 96), due=-1)
        allocating.allocate(order=order.uid, actor=PETRA)
    with scene.on(1, 16, 40):
        for one in scene.kept(order.uid)[:1]:
            quality.hold(
                lots=[Line(one.item, one.lot)], kind="quality", actor=QUINN,
                reason="Swab of the filling line came back positive for mustard; second swab tomorrow",
            )  # fmt: skip


def wave(scene: Scene) -> None:
    """Two orders of the same truck are picked together."""
    with scene.on(1, 13):
        one = _order(scene, "C003", ("FG-MARINARA", 60), ("FG-ARRABBIATA", 60), due=-1)
        other = _order(scene, "C010", ("FG-MARINARA", 84), due=-1)
        picking.start_wave(orders=[one.uid, other.uid], actor=SVEN)


def drafts(scene: Scene) -> None:
    """Orders somebody still has to look at, one to allocate, one that was cancelled."""
    with scene.on(1, 15, 45):
        _order(
            scene, "C019", ("FG-MARINARA", 120), confirmed=False, note="By telephone: call back about Friday"
        )
        _order(scene, "C021", ("FG-WEDGE", 40), site="COLD", confirmed=False, customer_number="YV-118")
        _order(scene, "C006", ("FG-SMOKY", 72), due=-4)
        gone = _order(scene, "C012", ("FG-DRESSING", 48), due=-4)
        orders.cancel(order=gone.uid, actor=PETRA, reason="Ordered twice")
