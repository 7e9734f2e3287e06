"""Whole pallets by the tag of the pallet alone: a transfer arrives, goods leave, a shelf is counted.

Each pass has a pallet that is expected, one that is missing and one that should not be there.
"""

from __future__ import annotations

import pytest
from tests import cast

from lotbook.interfaces.rfid import actions
from lotbook.interfaces.rfid.conftest import OTTO, Yard, reads, sscc_tag, the_pass
from lotbook.interfaces.rfid.queries.judging import Verdict, judge
from lotbook.kernel.errors import Refused
from lotbook.operations.counting import actions as counting
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.queries import pick_list
from lotbook.operations.shipping.rules import Wanted as Bought
from lotbook.operations.transfers.actions import picking, sending, transfers
from lotbook.operations.transfers.models import Pick, Transfer
from lotbook.operations.transfers.rules import Wanted
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line

FIRST, SECOND, STRANGER = "106141412345678908", "106141412345678915", "106141412345678922"


def stocked(yard: Yard) -> None:
    """Sauce in the store: 30 of S-1, 20 of S-2."""
    for lot, quantity in (("S-1", "30"), ("S-2", "20")):
        cast.receive(yard.world, yard.world.tumbling, yard.world.sauce, lot, quantity)


def pallet(sscc: str, lot: str, quantity: str, place: str = "KIT-DRY") -> None:
    line = Line(item="FG-MARINARA", lot=lot, quantity=quantity)
    warehouse.build_unit(place=place, actor=OTTO, sscc=sscc, lines=[line])


def told(verdict: Verdict) -> dict[str, set[str]]:
    """State → the pallets and lots of it."""
    found: dict[str, set[str]] = {}
    for row in verdict.rows:
        found.setdefault(row.state, set()).add(row.sscc if row.what == "Logistic unit" else row.number)
    return found


def standing() -> dict[str, set[str]]:
    """Where the book has each lot: the unit's SSCC, or the place."""
    found: dict[str, set[str]] = {}
    for row in ledger.balances():
        found.setdefault(row.number, set()).add(row.place_code)
    return found


def on_the_way(yard: Yard) -> Transfer:
    """Two pallets between the kitchen and the cold store: 30 of S-1, and 20 of S-2."""
    stocked(yard)
    made = transfers.create(source="KIT", destination="COLD", lines=[Wanted("FG-MARINARA", "50")], actor=OTTO)
    transfers.start(transfer=made.uid, actor=OTTO)
    picking.confirm_all(transfer=made.uid, actor=OTTO)
    for sscc, lot in ((FIRST, "S-1"), (SECOND, "S-2")):
        picks = [one.uid for one in Pick.objects.filter(lot__number=lot)]
        picking.pack(transfer=made.uid, unit=sscc, picks=picks, actor=OTTO)
    sending.send(transfer=made.uid, actor=OTTO)
    return made


def test_a_transfer_arrives_through_a_portal(yard: Yard) -> None:
    made = on_the_way(yard)
    pallet_elsewhere(yard)
    yard.portal("cold-1", "receive", place="COLD", trusts_units=True)
    one = the_pass(yard.take(reads([sscc_tag(FIRST), sscc_tag(STRANGER)]), "cold-1"))
    verdict = judge(one)
    assert verdict.expected is not None
    assert verdict.expected.job.uid == made.uid
    assert told(verdict) == {"present": {FIRST, "S-1"}, "missing": {SECOND, "S-2"}, "extra": {STRANGER}}
    with pytest.raises(Refused, match="2 there, 2 missing, 1 should not be there"):
        actions.post(name=one.uid, actor=OTTO)
    actions.post(name=one.uid, actor=OTTO, accept=True, reason="The second comes later")
    assert standing()["S-1"] == {f"SSCC-{FIRST}"}
    assert place_of(FIRST) == "COLD"
    made.refresh_from_db()
    assert made.status == "short"
    rest = the_pass(yard.take(reads([sscc_tag(SECOND)], at_ms=one.last_ms + 60_000), "cold-1"))
    assert judge(rest).is_clean
    actions.post(name=rest.uid, actor=OTTO)
    made.refresh_from_db()
    assert (made.status, place_of(SECOND)) == ("received", "COLD")


def pallet_elsewhere(yard: Yard) -> None:
    cast.receive(yard.world, yard.world.tumbling, yard.world.sauce, "S-9", "5")
    pallet(STRANGER, "S-9", "5")


def place_of(sscc: str) -> str:
    from lotbook.foundation.places.models import Place

    parent = Place.objects.get(sscc=sscc).parent
    return parent.code if parent is not None else ""


def test_whole_pallets_leave(yard: Yard) -> None:
    stocked(yard)
    order = shipping.create(
        actor=OTTO, customer="C001", site="KIT", lines=[Bought(item="FG-MARINARA", quantity="50")]
    )
    shipping.confirm(order=order.uid, actor=OTTO)
    shipping.allocate(order=order.uid, actor=OTTO)
    for portion in pick_list([order]):
        sscc = FIRST if portion.lot.number == "S-1" else SECOND
        shipping.pick(order=order.uid, claim=portion.claim, lot=portion.lot.number, to=sscc, actor=OTTO)
    pallet_elsewhere(yard)
    yard.portal("ramp", "ship", trusts_units=True)
    one = the_pass(yard.take(reads([sscc_tag(FIRST), sscc_tag(STRANGER)]), "ramp"))
    verdict = judge(one)
    assert told(verdict) == {"present": {FIRST, "S-1"}, "missing": {SECOND, "S-2"}, "extra": {STRANGER}}
    actions.post(name=one.uid, actor=OTTO, accept=True, reason="The lorry was full")
    assert standing().keys() == {"S-2", "S-9"}, "what follows the pallet's tag left with it"
    rest = the_pass(yard.take(reads([sscc_tag(SECOND)], at_ms=one.last_ms + 60_000), "ramp"))
    assert judge(rest).is_clean
    actions.post(name=rest.uid, actor=OTTO)
    assert standing().keys() == {"S-9"}
    order.refresh_from_db()
    assert order.status == "shipped"


def test_whole_pallets_are_counted(yard: Yard) -> None:
    stocked(yard)
    pallet(FIRST, "S-1", "30")
    pallet(SECOND, "S-2", "20")
    cast.receive(yard.world, yard.world.tumbling, yard.world.sauce, "S-9", "5", place=yard.world.cold)
    pallet(STRANGER, "S-9", "5", "COLD")
    yard.portal("shelf", "count", trusts_units=True)
    count = counting.open_count(actor=OTTO, place="KIT-DRY", blind=False)
    one = the_pass(yard.take(reads([sscc_tag(FIRST), sscc_tag(STRANGER)]), "shelf"))
    verdict = judge(one)
    assert told(verdict) == {"present": {FIRST}, "missing": {SECOND}, "extra": {STRANGER}}
    actions.post(name=one.uid, actor=OTTO, accept=True, reason="counted")
    sheets = {row.place.sscc or row.place.code: row for row in count.sheets.select_related("place")}
    assert sheets[FIRST].status == "counted"
    assert list(sheets[FIRST].tallies.values_list("lot__number", "counted")) == [("S-1", 30)]
    assert sheets[SECOND].status == "open", "nobody saw it: somebody looks for it"
