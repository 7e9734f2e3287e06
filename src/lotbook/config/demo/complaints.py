"""Nine complaints: seven about what the contaminated spice came into, before anybody knew, and two others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lotbook.config.demo.diary import LotName
from lotbook.config.demo.floor.scene import Scene
from lotbook.foundation.partners.models import Partner
from lotbook.kernel import clock
from lotbook.operations.complaints import actions
from lotbook.operations.complaints.models import Complaint
from lotbook.operations.complaints.reading import Told
from lotbook.operations.complaints.rules import Reach
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import sent
from lotbook.traceability.trace.sent import Sent

QUINN = "user:quinn"
SHELF = timedelta(days=2)
"""So long after it left us a jar is opened at the soonest."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody calls so many days ago, about the first of ``goods`` sold by then."""

    ago: int
    hour: int
    goods: Sequence[str]
    symptoms: tuple[str, ...]
    description: str
    harm: str = "no"
    units: int = 1
    sample: str = "yes"
    name: str = ""
    phone: str = ""
    channel: str = "phone"


SPICED = (
    Call(19, 9, ("FG-ARRABBIATA",), ("taste",), "Bitter, and it smells of solvent.", name="Dolores Vance",
         phone="+1 503 555 0141"),
    Call(18, 10, ("FG-SMOKY",), ("taste",), "A chemical taste; the guest sent the plate back.", units=2),
    Call(17, 14, ("FG-SMOKY", "FG-ARRABBIATA"), ("taste", "illness"), "Nausea an hour after the meal; two"
         " people ate of it.", harm="suspected", name="Amos Tillery", phone="+1 503 555 0177"),
    Call(16, 8, ("FG-ARRABBIATA",), ("taste",), "Not like the last time: sharp, and it stings.",
         channel="email"),
    Call(15, 11, ("FG-ARRABBIATA",), ("taste",), "Three jars brought back to the shop, all of them bitter.",
         units=3, sample="received", channel="visit"),
    Call(14, 13, ("FG-SMOKY",), ("taste",), "Tastes of glue, says the kitchen; the jar was new."),
    Call(13, 16, ("FG-BASIL", "FG-MARINARA"), ("illness",), "Headache and nausea. There is no paprika in the"
         " list of ingredients.", harm="suspected", channel="email"),
)  # fmt: skip
OTHERS = (
    Call(9, 10, ("FG-DRESSING", "FG-MUSTARD", "FG-BASIL"), ("packaging",), "The lid was bent and the jar"
         " sticky.", units=2),
    Call(4, 15, ("FG-WEDGE", "FG-CURD", "FG-RICOTTA"), ("foreign_body",), "A piece of blue film in it.",
         sample="received", channel="email"),
)  # fmt: skip


def come_in(scene: Scene, contaminated: Collection[LotName]) -> None:
    """Let them call, and quality look into it as far as it got."""
    numbers = [number for _, number in contaminated]
    names = set(contaminated)
    lots = Lot.objects.select_related("item").filter(number__in=numbers, item__code__startswith="FG-")
    spiced = [lot for lot in lots if (lot.item.code, lot.number) in names]
    wanted = {good for call in OTHERS for good in call.goods}
    sound = Lot.objects.select_related("item").filter(item__code__in=wanted, produced_on__gte=scene.day(60))
    others = [lot for lot in sound if (lot.item.code, lot.number) not in names and not lot.held]
    told = [_told(scene, call, spiced) for call in SPICED]
    told += [_told(scene, call, others) for call in OTHERS]
    made = [one for one in told if one is not None]
    with scene.on(12, 15):
        for one in made[:2]:
            actions.investigate(complaint=one.uid, actor=QUINN, note="Sample sent to the laboratory")
    with scene.on(6, 14, 20):
        actions.close(
            complaint=made[0].uid, outcome="confirmed", actor=QUINN,
            finding="Ethylene oxide above the limit. Recall RC-01; the alert names the same spice.",
        )  # fmt: skip


def _told(scene: Scene, call: Call, lots: Sequence[Lot]) -> Complaint | None:
    """One call, about the lot that was delivered last before it; no lot twice."""
    with scene.on(call.ago, call.hour, 25):
        now = clock.now()
        asked = set(Complaint.objects.values_list("lot", flat=True))
        for good in call.goods:
            own = {lot.pk: lot for lot in lots if lot.item.code == good and lot.pk not in asked}
            delivery = _last(sent.sent(own), now) if own else None
            if delivery is not None:
                return _written(call, own[delivery.lot], delivery)
    return None


def _last(found: Sequence[Sent], now: datetime) -> Sent | None:
    before = [one for one in found if one.occurred_at < now - SHELF]
    return max(before, key=lambda one: (one.occurred_at, one.sequence), default=None)


def _written(call: Call, lot: Lot, delivery: Sent) -> Complaint:
    shop = Partner.objects.get(pk=delivery.partner)
    told = Told(
        complainant="consumer" if call.name else "customer", channel=call.channel, partner=shop.code,
        item=lot.item.code, lot=lot.number, symptoms=call.symptoms, description=call.description,
        harm=call.harm, units_affected=call.units, sample=call.sample,
    )  # fmt: skip
    one = actions.receive(actor=QUINN, told=told, reach=Reach(name=call.name, phone=call.phone))
    return actions.link_shipments(complaint=one.uid, events=[delivery.event], actor=QUINN)
