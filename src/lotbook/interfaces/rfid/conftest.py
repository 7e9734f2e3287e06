"""Who and what there is where tags are read: kits with serials, their tags, a dock, a gate, a shelf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests import cast

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.interfaces.rfid import actions
from lotbook.interfaces.rfid.actions import Taken
from lotbook.interfaces.rfid.models import Pass, Portal
from lotbook.interfaces.rfid.rules import Read
from lotbook.kernel import clock
from lotbook.standards.epc.tags import from_elements

GTIN = "09526543006022"
OTTO = "user:otto"


@dataclass
class Yard:
    """A small company with serial-tracked kits, and portals as tests set them up."""

    world: cast.Cast
    kit: Item
    batches: int = 0
    made: dict[str, Portal] = field(default_factory=dict)

    def portal(self, code: str = "dock-1", purpose: str = "receive", **more: Any) -> Portal:
        """A portal, at the store unless told otherwise."""
        place = more.pop("place", self.world.store.code)
        made = actions.set_portal(actor=OTTO, code=code, purpose=purpose, place=place, **more)
        self.made[code] = made
        return made

    def take(self, reads: Iterable[Read], portal: str = "dock-1", batch: str = "") -> Taken:
        """A batch of a reader."""
        self.batches += 1
        return actions.take(
            portal=portal, batch=batch or f"b{self.batches}", reads=list(reads), via="key:reader"
        )


def sgtin(serial: str, gtin: str = GTIN) -> str:
    """The tag of a kit, as a reader tells it."""
    return from_elements({"01": gtin, "21": serial}, "SGTIN-96", 1, 7).hex


def sgtin_plus(serial: str, gtin: str, **more: str) -> str:
    """A tag with more elements: ``lot=`` and ``expires=`` (YYMMDD)."""
    codes = {"10": more.get("lot"), "17": more.get("expires")}
    elements = {"01": gtin, "21": serial, **{code: value for code, value in codes.items() if value}}
    return from_elements(elements, "SGTIN+", 1).hex


def sscc_tag(sscc: str) -> str:
    """The tag of a pallet."""
    return from_elements({"00": sscc}, "SSCC-96", 2, 7).hex


def now_ms() -> int:
    """The present moment as readers tell it."""
    return int(clock.now().timestamp() * 1000)


def reads(epcs: Iterable[str], *, at_ms: int = 0, antenna: int = 1, rssi: int = -50) -> list[Read]:
    """A read of each tag, within half a second."""
    start = at_ms or now_ms()
    return [Read(epc, antenna, rssi, start + index % 500) for index, epc in enumerate(epcs)]


def the_pass(taken: Taken) -> Pass:
    """The pass a batch went to."""
    assert taken.pass_uid is not None
    return Pass.objects.get(uid=taken.pass_uid)


@pytest.fixture
def yard(db: None) -> Yard:
    """The cast with kits, and nobody's portal yet."""
    world = cast.small()
    for name in ("otto", "anna"):
        cast.person(name)
    kit = catalog.create_item(
        actor=cast.ANNA, code="KIT", name="Test kit", gtin=GTIN, unit="H87", scale=0, tracking="serial"
    )
    return Yard(world, kit)
