"""Labels, tags and handhelds: printers, a portal at the dock, and what a shared handheld brought late.

The printers stand at addresses that RFC 5737 keeps for documentation: nothing answers there, so what waits
for one is tried twelve times while the demo is served, and then has failed. Nothing is sent during a load.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lotbook.config.demo import numbers
from lotbook.config.demo.floor.arriving import THEIRS
from lotbook.config.demo.floor.scene import Scene, Standing
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import Handheld, User
from lotbook.foundation.places.models import Place
from lotbook.interfaces.rfid import actions as rfid
from lotbook.interfaces.rfid.rules import Read
from lotbook.interfaces.station import actions as station
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import actions as counting
from lotbook.operations.labels import actions as labels
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.models import Order
from lotbook.operations.receiving.rules import Announced
from lotbook.standards.epc.tags import from_elements
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots.models import Hold

ADA, ANNA, INES, OTTO, SVEN = (f"user:{name}" for name in ("ada", "anna", "ines", "otto", "sven"))
HANDHELD = "Handheld 1"
PORTAL = "dock-1"
PRINTERS = (("Kitchen dock", "KIT", "192.0.2.31", 203, False), ("Cold dock", "COLD", "192.0.2.47", 300, True))
"""Name, site, address, dots an inch, whether it writes tags. One a site: a handheld needs not ask which."""
SECONDS = 1_000
"""Milliseconds of one."""


def scan(scene: Scene) -> None:
    """What the last afternoon left in the queue of a printer, at the portal and in the inbox."""
    with scene.on(19, 10):
        for name, site, host, dpi, tags in PRINTERS:
            labels.save_printer(
                actor=ADA, name=name, site=site, host=host, dpi=dpi, size="100x150", rfid=tags
            )
        handheld, _ = accounts.enrol_handheld(name=HANDHELD, actor=ADA)
        rfid.set_portal(
            actor=ADA, code=PORTAL, name="Kitchen dock, door 1", purpose="receive", place="KIT-DOCK",
            trusts_units=True, silence_s=20,
        )  # fmt: skip
    with scene.on(1, 9, 15):
        counting.open_count(
            actor=ANNA, place="KIT-CHILL", due_on=scene.day(-1), note="Whoever is there first"
        )
    with scene.on(1, 15, 55):
        printed(scene)
    with scene.on(1, 16, 20):
        coming = announced(scene)
    with scene.on(1, 16, 47):
        passed(scene, coming)
    with scene.on(1, 16, 50):
        brought(scene, handheld)


def printed(scene: Scene) -> None:
    """Labels of the two pallets at the dock, one of them again; labels of a lot, and of new pallets."""
    first, *_ = (
        labels.print_label(what="unit", subject=str(unit.uid), actor=SVEN, printer="pdf")
        for unit in _at_dock(scene)
    )
    labels.reprint(job=first.uid, reason="Torn off by the stretch wrapper", actor=SVEN, printer="pdf")
    lot = scene.standing("KIT-FG", "FG-DRESSING")[-1].lot
    labels.print_label(what="lot", subject=str(lot.uid), copies=4, actor="user:paul", printer="pdf")
    labels.print_label(
        what="place", subject=str(Place.objects.get(code="KIT-DOCK").uid), actor=ANNA, printer="pdf"
    )
    labels.print_label(what="lot", subject=str(lot.uid), copies=2, actor=OTTO)


def _at_dock(scene: Scene) -> list[Place]:
    """The pallets that customer orders are packed on, the first one packed first."""
    codes = {one.place for one in scene.standing("KIT-DOCK") if one.lot.item.code.startswith("FG-")}
    return list(Place.objects.filter(kind="unit", code__in=codes).order_by("pk"))


def announced(scene: Scene) -> list[str]:
    """The second truck of the glass is on its way at last, with three pallets: their SSCCs."""
    ssccs = [numbers.sscc(THEIRS + n) for n in (3, 4, 5)]
    order = Order.objects.filter(
        supplier__code="CLEARBROOK", expected_on=scene.day(5), lines__item__code="PK-JAR"
    ).latest("pk")
    goods = (("PK-JAR", "J-5544", "1344"), ("PK-JAR", "J-5545", "1344"), ("PK-LID", "CL-88344", "5200"))
    receiving.create_notice(
        actor=INES, supplier="CLEARBROOK", site="KIT", number="CB-ASN-4496", carrier="TIDEWAY",
        lines=[
            Announced(item, lot, quantity, order=order.number, sscc=sscc)
            for (item, lot, quantity), sscc in zip(goods, ssccs, strict=True)
        ],
    )  # fmt: skip
    return ssccs


def passed(scene: Scene, ssccs: list[str]) -> None:
    """Two of the three came through the door, and a pallet that stands beside it was read with them."""
    ours = _at_dock(scene)[-1].sscc or ""
    now = int(clock.now().timestamp() * 1000)
    reads = [
        Read(
            from_elements({"00": sscc}, "SSCC-96", 2, len(numbers.COMPANY)).hex,
            1, -48 - 3 * index, now - (20 - 4 * index) * SECONDS, 14 - 2 * index,
        )
        for index, sscc in enumerate([*ssccs[:2], ours])
    ]  # fmt: skip
    rfid.take(portal=PORTAL, batch="door-1-000417", reads=reads, via="key:door 1")
    rfid.close(portal=PORTAL)


# -- what a handheld brought -----------------------------------------------------------------------


def brought(scene: Scene, handheld: Handheld) -> None:
    """Otto was without a network: of two moves one contradicts the book, one used a lot held meanwhile."""
    by = station.Bearer(OTTO, User.objects.get(username="otto"), handheld)
    device, acts = new_uid(), []
    with scene.on(1, 16, 12):
        acts += [_too_much(scene, device, 1)]
    with scene.on(1, 16, 31):
        acts += _held_meanwhile(scene, device, 2)
    station.take_in(device=device, acts=acts, by=by)


def _too_much(scene: Scene, device: UUID, n: int) -> dict[str, Any]:
    """A case more than the book has: somebody miscounted."""
    rows = [one for one in scene.standing("KIT-FG", "FG-ARRABBIATA") if one.lot.held == 0]
    least = min(rows, key=lambda one: (one.on_hand, one.lot_id))
    return _move(device, n, least, least.on_hand + 12, _as_of())


def _held_meanwhile(scene: Scene, device: UUID, n: int) -> list[dict[str, Any]]:
    """The newest hold on a sauce in the bays was put on while the handheld could not know."""
    rows = {one.lot_id: one for one in scene.standing("KIT-FG")}
    hold = Hold.objects.filter(lot__in=rows, kind="quality", released_sequence=None).latest("placed_sequence")
    assert hold.placed_sequence is not None
    one = rows[hold.lot_id]
    return [_move(device, n, one, min(one.on_hand, 24), hold.placed_sequence - 1)]


def _as_of() -> int:
    return int(browsing.events().latest("sequence").sequence)


def _move(device: UUID, n: int, one: Standing, much: int, as_of: int) -> dict[str, Any]:
    """An act as the station makes it: so much of what stands in a bay to the dock."""
    now, item = clock.now().isoformat(), one.lot.item
    quantity = to_text(much, item.scale)
    return {
        "id": str(new_uid()), "kind": "move", "site": "KIT", "at": now, "device": str(device), "n": n,
        "after": [], "by": "otto", "as_of": as_of,
        "body": {
            "lines": [{"lot": str(one.lot.uid), "quantity": quantity, "unit": "", "from": one.place}],
            "to": "KIT-DOCK",
        },
        "scans": [{"text": text, "how": "wedge", "at": now} for text in (one.lot.number, "KIT-DOCK")],
        "seen": [f"{item.name}, lot {one.lot.number}: {quantity} pc from {one.place}", "Moved to KIT-DOCK"],
    }  # fmt: skip
