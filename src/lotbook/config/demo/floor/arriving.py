"""Goods in: purchase orders in every state, a notice with two pallets, quarantine on arrival."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lotbook.config.demo import numbers
from lotbook.config.demo.floor.scene import Scene
from lotbook.config.demo.goods import BY_CODE
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.models import Order
from lotbook.operations.receiving.rules import Announced, Line, Ordered
from lotbook.traceability.ledger import lines as words

PETRA, RITA = "user:petra", "user:rita"
THEIRS = 900_000
"""Serial references of pallets that suppliers number."""


def arrive(scene: Scene) -> None:
    """Three weeks of purchasing, and what of it came."""
    closed(scene)
    partly(scene)
    announced(scene)
    spices(scene)
    loggers(scene)
    waiting(scene)


def order(
    scene: Scene, supplier: str, *lines: tuple[str, str], due: int, site: str = "KIT", **more: Any
) -> Order:
    """Write an order that is due so many days ago and send it; ``lines`` are item and quantity."""
    return receiving.create_order(
        actor=PETRA, supplier=supplier, site=site,
        lines=[Ordered(item, quantity) for item, quantity in lines],
        expected_on=scene.day(due), send=True, **more,
    )  # fmt: skip


def line(scene: Scene, item: str, quantity: str, *, ago: int, made: int, **more: Any) -> Line:
    """Goods at the dock, made so many days before they came."""
    produced = scene.day(ago + made)
    shelf = BY_CODE[item].shelf
    return Line(
        item, quantity=quantity, produced_on=produced, supplier_lot=f"{item[3:5]}{produced:%y%j}",
        expires_on=produced + timedelta(days=shelf) if shelf else None, **more,
    )  # fmt: skip


def closed(scene: Scene) -> None:
    """Honey came in full; of the sugar less came than ordered and nothing more is wanted."""
    with scene.on(20, 10):
        honey = order(scene, "NORTHWIND", ("RM-HONEY", "200"), ("RM-OIL", "400"), ("RM-CIDER", "30"), due=14)
        sugar = order(scene, "NORTHWIND", ("RM-SUGAR", "300"), due=13, note="Deliver to the back door.")
    with scene.on(14, 9, 20):
        receiving.receive(
            place="KIT-DRY-02", actor=RITA, order=honey.number, document="NW-77120", carrier="TIDEWAY",
            lines=[
                line(scene, "RM-HONEY", "200", ago=14, made=20, origin_country="US"),
                line(scene, "RM-OIL", "408", ago=14, made=12, origin_country="US"),
                line(scene, "RM-CIDER", "30", ago=14, made=50, origin_country="US"),
            ],
        )  # fmt: skip
    with scene.on(13, 11):
        receiving.receive(
            place="KIT-DRY-01", actor=RITA, order=sugar.number, document="NW-77163", carrier="TIDEWAY",
            lines=[
                line(
                    scene, "RM-SUGAR", "250", ago=13, made=40, origin_country="BR", refused="50",
                    difference="damaged", reason="One pallet wet through: two sacks torn, the rest caked",
                )
            ],
        )  # fmt: skip
    with scene.on(12, 15):
        receiving.close_order(
            order=sugar.number, actor=PETRA, reason="The wet pallet is credited, not replaced"
        )


def partly(scene: Scene) -> None:
    """Glass comes in two trucks, and the second one is late."""
    with scene.on(18, 9):
        glass = order(scene, "CLEARBROOK", ("PK-JAR", "5376"), ("PK-LID", "5200"), due=5)
    with scene.on(6, 8, 40):
        came = receiving.receive(
            place="KIT-PACK-01", actor=RITA, order=glass.number, document="CB-2088", carrier="TIDEWAY",
            lines=[Line("PK-JAR", lot="J-5519", quantity="2688", supplier_lot="J-5519")],
        )  # fmt: skip
    with scene.on(5, 14, 20):
        receiving.supplier_return(
            receipt=came.uid, place="KIT-PACK-01", actor=RITA, carrier="TIDEWAY",
            lines=[words.Line("PK-JAR", "J-5519", "96")],
            reason="Two layers with chipped rims, seen when the pallet was opened",
        )  # fmt: skip


def announced(scene: Scene) -> None:
    """Two pallets of lids and tubs are announced by SSCC; one has come, and of the other nothing is seen."""
    first, second = (numbers.sscc(THEIRS + n) for n in (1, 2))
    with scene.on(9, 10):
        asked = order(scene, "CLEARBROOK", ("PK-LID", "7800"), ("PK-TUB", "4000"), due=1)
    with scene.on(3, 16):
        notice = receiving.create_notice(
            actor="user:ines", supplier="CLEARBROOK", site="KIT", number="CB-ASN-4471", carrier="TIDEWAY",
            lines=[
                Announced("PK-LID", "CL-88301", "7800", order=asked.number, sscc=first),
                Announced("PK-TUB", "CT-10442", "4000", order=asked.number, sscc=second),
            ],
        )  # fmt: skip
    with scene.on(1, 8, 15):
        receiving.receive_unit(
            sscc=first,
            place="KIT-DOCK",
            actor=RITA,
            notice=notice.number,
            document="CB-2101",
            carrier="TIDEWAY",
        )


def spices(scene: Scene) -> None:
    """Since the alert, whatever Saffron Gate sends waits in quarantine until quality has looked at it."""
    with scene.on(8, 9, 30):
        pepper = order(scene, "SAFFRONGATE", ("RM-PEPPER", "40"), ("RM-MUSTARD", "150"), due=3)
    with scene.on(3, 10, 10):
        receiving.receive(
            place="KIT", actor=RITA, order=pepper.number, document="SG-9004", carrier="CASCADE",
            lines=[line(scene, "RM-PEPPER", "40", ago=3, made=60, origin_country="VN")],
        )  # fmt: skip


def loggers(scene: Scene) -> None:
    """Things with a serial: each of them is a lot of one."""
    with scene.on(15, 9):
        asked = order(scene, "PELLWORTH", ("QC-LOGGER", "8"), due=10, site="COLD")
    with scene.on(10, 10, 40):
        serials = [f"TL-{77_310 + n}" for n in range(8)]
        receiving.receive(
            place="COLD-DOCK", actor=RITA, order=asked.number, document="PW-3390", carrier="CASCADE",
            lines=[Line("QC-LOGGER", serials=serials)],
        )  # fmt: skip


def waiting(scene: Scene) -> None:
    """One order is late, one comes today and one tomorrow; one is a draft."""
    with scene.on(11, 14):
        order(scene, "PELLWORTH", ("RM-RENNET", "12"), ("RM-CULTURE", "2000"), due=2, site="DAI")
    with scene.on(4, 9):
        order(scene, "TUMBLING", ("RM-TOMATO", "1000"), ("RM-BASIL", "9"), due=0)
        order(scene, "NORTHWIND", ("RM-VINEGAR", "800"), ("RM-SALT", "400"), due=-1)
    with scene.on(2, 15, 30):
        receiving.create_order(
            actor=PETRA, supplier="CLEARBROOK", site="KIT", lines=[Ordered("PK-LAB-DRESSING", "8000")],
            expected_on=scene.day(-12), note="New print with mustard in bold: wait for the proof.",
        )  # fmt: skip
