"""What passes become: receipts, moves, counts, shipments; what is missing and what should not be there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.apps import apps
from tests import cast

from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.rfid import actions
from lotbook.interfaces.rfid.conftest import (
    GTIN,
    OTTO,
    Yard,
    now_ms,
    reads,
    sgtin,
    sgtin_plus,
    sscc_tag,
    the_pass,
)
from lotbook.interfaces.rfid.models import Pass
from lotbook.interfaces.rfid.queries.judging import Verdict, judge
from lotbook.interfaces.rfid.rules import Read
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.counting import actions as counting
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.models import Notice
from lotbook.operations.receiving.rules import Announced, Ordered
from lotbook.operations.receiving.rules import Line as Received
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.models import Order
from lotbook.operations.shipping.queries import pick_list
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

SSCC = "106141412345678908"
OTHER = "106141412345678915"
FOREIGN = "80614141123458"


def announce(yard: Yard, serials: Sequence[str], number: str = "ASN-1", sscc: str = SSCC) -> Notice:
    lines = [Announced(item="KIT", lot=serial, sscc=sscc) for serial in serials]
    return receiving.create_notice(actor=OTTO, supplier="TUMBLING", site="KIT", lines=lines, number=number)


def stock(yard: Yard, serials: Sequence[str], place: str = "KIT-DRY") -> None:
    receiving.receive(
        place=place, supplier="TUMBLING", actor=OTTO,
        lines=[Received(item="KIT", serials=list(serials))],
    )  # fmt: skip


def events(**wanted: object) -> Any:
    return apps.get_model("ledger", "Event")._default_manager.filter(**wanted)


def counts(verdict: Verdict) -> dict[str, int]:
    return {name: many for name, many in verdict.counts.items() if many}


def at(place: str) -> set[str]:
    return {row.number for row in ledger.balances() if place in (row.place_code, row.place_name)}


# -- receipts --------------------------------------------------------------------------------------


def test_a_pallet_of_200_with_missing_and_foreign_tags(yard: Yard) -> None:
    """ASN-1: SSCC ⊃ kits 1 … 200. Read: the pallet, kits 1 … 197, a tag of somebody else, noise."""
    yard.portal()
    notice = announce(yard, [str(n) for n in range(1, 201)])
    announce(yard, ["900", "901"], "ASN-2", OTHER)
    seen = [sscc_tag(SSCC), *(sgtin(str(n)) for n in range(1, 198)), sgtin("5", FOREIGN), "E2801191"]
    one = the_pass(yard.take(reads(seen)))
    (ended,) = actions.close(portal="dock-1")
    assert (ended.status, ended.job, ended.job_by) == ("review", notice.uid, "matched")
    assert counts(judge(ended)) == {"expected": 201, "present": 198, "missing": 3, "unknown": 2}
    with pytest.raises(Refused, match="there are differences: 198 there, 3 missing, 2 not known"):
        actions.post(name=one.uid, actor=OTTO)
    with pytest.raises(Refused, match="reason"):
        actions.post(name=one.uid, actor=OTTO, accept=True)
    done = actions.post(name=one.uid, actor=OTTO, accept=True, reason="Three were not loaded")
    assert done.status == "posted"
    assert events(kind="receive").count() == 1, "one receipt"
    assert len(ledger.balances()) == 197
    assert {row.place_kind for row in ledger.balances()} == {"unit"}
    notice.refresh_from_db()
    assert notice.status == "partly"
    assert actions.post(name=one.uid, actor=OTTO).event == done.event, "posted once"
    assert events(kind="receive").count() == 1
    assert [row[0] for row in done.differences].count("missing") == 3


def test_a_clean_pass_is_posted_by_itself(yard: Yard) -> None:
    yard.portal(posts_itself=True, posts_as="otto")
    announce(yard, ["1", "2", "3"])
    yard.take(reads([sscc_tag(SSCC), sgtin("1"), sgtin("2"), sgtin("3")]))
    (done,) = actions.close(portal="dock-1")
    assert (done.status, done.closed_by) == ("posted", OTTO)
    event = events(kind="receive").get()
    assert (event.actor, event.device, event.uid) == (OTTO, "rfid:dock-1", done.event)
    assert Notice.objects.get().status == "received"


def test_who_may_not_any_more_does_not_post_by_itself(yard: Yard) -> None:
    yard.portal(posts_itself=True, posts_as="audrey")
    cast.person("audrey")
    announce(yard, ["1"])
    yard.take(reads([sscc_tag(SSCC), sgtin("1")]))
    (left,) = actions.close(portal="dock-1")
    assert (left.status, "audrey may not" in left.problem) == ("ready", True)
    assert not events(kind="receive").exists()


def test_two_notices_that_fit_equally_are_not_guessed(yard: Yard) -> None:
    yard.portal()
    first, second = (
        receiving.create_notice(
            actor=OTTO, supplier="TUMBLING", site="KIT", number=number,
            lines=[Announced(item="FG-MARINARA", lot="L-1", quantity="2")],
        )
        for number in ("ASN-1", "ASN-2")
    )  # fmt: skip
    tags = [sgtin_plus(str(n), "09526543006015", lot="L-1") for n in range(2)]
    yard.take(reads(tags))
    (left,) = actions.close(portal="dock-1")
    verdict = judge(left)
    assert (left.status, {job.number for job in verdict.choices}) == ("review", {"ASN-1", "ASN-2"})
    assert "2 documents fit equally" in left.problem
    with pytest.raises(Refused, match="nothing of this pass"):
        actions.post(name=left.uid, actor=OTTO, accept=True, reason="x")
    assert actions.choose_job(name=left.uid, kind="notice", job=second.uid, actor=OTTO).status == "ready"
    actions.post(name=left.uid, actor=OTTO)
    assert [Notice.objects.get(pk=one.pk).status for one in (first, second)] == ["announced", "received"]
    assert [row.on_hand for row in ledger.balances()] == [2]


def test_what_comes_next_was_said_at_the_portal(yard: Yard) -> None:
    portal = yard.portal()
    notice = announce(yard, ["1", "2"])
    actions.set_job(portal="dock-1", kind="notice", job=notice.uid, actor=OTTO)
    one = the_pass(yard.take(reads([sscc_tag(SSCC), sgtin("1"), sgtin("2")])))
    assert (one.job, one.job_by) == (notice.uid, "portal")
    actions.post(name=one.uid, actor=OTTO)
    portal.refresh_from_db()
    assert portal.job is None, "done"


def test_the_tag_of_a_pallet_stands_for_what_is_in_it_where_that_is_said(yard: Yard) -> None:
    yard.portal(trusts_units=True)
    announce(yard, ["1", "2", "3"])
    one = the_pass(yard.take(reads([sscc_tag(SSCC)])))
    assert counts(judge(one)) == {"expected": 4, "present": 4}
    actions.post(name=one.uid, actor=OTTO)
    assert {row.number for row in ledger.balances()} == {"1", "2", "3"}


def test_goods_of_a_purchase_order(yard: Yard) -> None:
    yard.portal()
    order = receiving.create_order(
        actor=OTTO, supplier="TUMBLING", site="KIT",
        lines=[Ordered(item="KIT", quantity="3"), Ordered(item="FG-MARINARA", quantity="1")],
    )  # fmt: skip
    receiving.send_order(actor=OTTO, order=order.uid)
    sauce = sgtin_plus("1", "09526543006015", lot="L-9", expires="290331")
    one = the_pass(yard.take(reads([sgtin("1"), sgtin("2"), sgtin("3"), sauce])))
    assert counts(judge(one)) == {"expected": 2, "present": 4}
    actions.post(name=one.uid, actor=OTTO)
    assert {row.number for row in ledger.balances()} == {"1", "2", "3", "L-9"}
    assert str(Lot.objects.get(number="L-9").expires_on) == "2029-03-31"
    order.refresh_from_db()
    assert order.status == "received"


def test_a_held_lot_and_an_expired_one_are_stopped(yard: Yard) -> None:
    yard.portal()
    stock(yard, ["2"])
    cast.hold(yard.world, yard.kit, "2")
    announce(yard, ["1", "2"])
    receiving.create_notice(
        actor=OTTO, supplier="TUMBLING", site="KIT", number="ASN-3",
        lines=[Announced(item="FG-MARINARA", lot="OLD", quantity="1")],
    )  # fmt: skip
    one = the_pass(yard.take(reads([sscc_tag(SSCC), sgtin("1"), sgtin("2")])))
    assert counts(judge(one)) == {"expected": 3, "present": 2, "stopped": 1}
    late = the_pass(
        yard.take(
            [Read(sgtin_plus("1", "09526543006015", lot="OLD", expires="200131"), 1, -50, now_ms() + 60_000)]
        )
    )
    assert [row.why for row in judge(late).rows] == ["its lot is expired"]


# -- moves -----------------------------------------------------------------------------------------


def gate(yard: Yard, **more: object) -> None:
    places.create_place(actor=OTTO, code="KIT-B", kind="area", name="Behind", parent=yard.world.kitchen.uid)
    yard.portal(
        "gate", "move", from_place="KIT-DRY", place="KIT-B", antennas={"1": "from", "2": "to"}, **more
    )


def through(epcs: Sequence[str], first: int = 1, last: int = 2) -> list[Read]:
    start = now_ms()
    return [Read(epc, first, -50, start) for epc in epcs] + [
        Read(epc, last, -50, start + 1_000) for epc in epcs
    ]


def test_goods_and_a_pallet_go_through_a_gate(yard: Yard) -> None:
    """Dry goods → Behind: kits 1, 2 loose; 3, 4 on a pallet; kit 5 beside the gate; kit 9 is elsewhere."""
    gate(yard)
    stock(yard, ["1", "2", "3", "4", "5"])
    stock(yard, ["9"], "COLD")
    warehouse.build_unit(
        place="KIT-DRY", actor=OTTO, sscc=SSCC, lines=[Line(item="KIT", lot="3"), Line(item="KIT", lot="4")]
    )
    beside = [Read(sgtin("5"), 1, -50, now_ms() + n) for n in range(50)]
    epcs = [sgtin("1"), sgtin("2"), sscc_tag(SSCC), sgtin("3"), sgtin("4"), sgtin("9")]
    one = the_pass(yard.take([*through(epcs), *beside], "gate"))
    verdict = judge(one)
    assert counts(verdict) == {"present": 5, "extra": 1, "edge": 1}
    assert (
        next(row.why for row in verdict.rows if row.state == "extra")
        == "the book has it at Harbour Cold Store"
    )
    actions.post(name=one.uid, actor=OTTO, accept=True, reason="9 is looked for")
    assert at("KIT-B") == {"1", "2"}
    assert at("KIT-DRY") == {"5"}
    assert Place.objects.filter(sscc=SSCC, parent__code="KIT-B").exists()
    assert events(kind__in=("move", "unit_move")).exclude(reason="").count() == 2


def test_the_way_back_and_both_ways(yard: Yard) -> None:
    gate(yard)
    stock(yard, ["1"], "KIT-B")
    stock(yard, ["2"], "KIT-DRY")
    back = the_pass(yard.take(through([sgtin("1")], 2, 1), "gate"))
    assert counts(judge(back)) == {"present": 1}
    both = the_pass(yard.take(through([sgtin("2")]), "gate"))
    assert both.pk == back.pk
    with pytest.raises(Refused, match="both ways"):
        actions.post(name=both.uid, actor=OTTO, accept=True, reason="x")
    actions.post(name=both.uid, actor=OTTO, accept=True, reason="2 was carried back", goes="out")
    assert at("KIT-DRY") == {"1", "2"}


def test_something_of_a_pallet_is_missing_at_the_gate(yard: Yard) -> None:
    gate(yard)
    stock(yard, ["3", "4"])
    warehouse.build_unit(
        place="KIT-DRY", actor=OTTO, sscc=SSCC, lines=[Line(item="KIT", lot="3"), Line(item="KIT", lot="4")]
    )
    one = the_pass(yard.take(through([sscc_tag(SSCC), sgtin("3")]), "gate"))
    assert counts(judge(one)) == {"present": 2, "missing": 1}


# -- counts ----------------------------------------------------------------------------------------


def test_a_shelf_is_counted(yard: Yard) -> None:
    """The book: 1 … 4. Read: 1, 2, 3 and 8, which the book has in the cold store."""
    yard.portal("shelf", "count")
    stock(yard, ["1", "2", "3", "4"])
    stock(yard, ["8"], "COLD")
    count = counting.open_count(actor=OTTO, place="KIT-DRY", blind=False)
    one = the_pass(yard.take(reads([sgtin(n) for n in "1238"]), "shelf"))
    verdict = judge(one)
    assert counts(verdict) == {"expected": 4, "present": 3, "missing": 1, "extra": 1}
    actions.post(name=one.uid, actor=OTTO, accept=True, reason="counted")
    sheet = count.sheets.get()
    count.refresh_from_db()
    assert count.status == "recount", "finished, and the differences are counted again by somebody"
    told = dict(sheet.tallies.values_list("lot__number", "counted"))
    assert told == {"1": 1, "2": 1, "3": 1, "4": 0, "8": 1}
    with pytest.raises(Conflict):
        actions.drop(name=one.uid, reason="x", actor=OTTO)


def test_lots_without_tags_are_left_to_be_counted_by_hand(yard: Yard) -> None:
    yard.portal("shelf", "count")
    stock(yard, ["1"])
    cast.receive(yard.world, yard.world.tumbling, yard.world.tomatoes, "TOM-1", "5")
    count = counting.open_count(actor=OTTO, place="KIT-DRY", blind=False)
    one = the_pass(yard.take(reads([sgtin("1")]), "shelf"))
    actions.post(name=one.uid, actor=OTTO, accept=True, reason="the rest by hand")
    sheet = count.sheets.get()
    assert (sheet.status, sheet.tallies.count()) == ("open", 1)


def test_a_blind_count_does_not_tell_what_the_book_says(yard: Yard) -> None:
    yard.portal("shelf", "count")
    stock(yard, ["1", "2"])
    counting.open_count(actor=OTTO, place="KIT-DRY")
    verdict = judge(the_pass(yard.take(reads([sgtin("1")]), "shelf")))
    assert verdict.counts["missing"] == 1
    assert not {"missing", "expected"} & verdict.shown_counts.keys()


# -- shipments -------------------------------------------------------------------------------------


def picked_order(yard: Yard, serials: Sequence[str]) -> Order:
    stock(yard, serials)
    order = shipping.create(
        actor=OTTO, customer="C001", site="KIT", lines=[Wanted(item="KIT", quantity=str(len(serials)))]
    )
    shipping.confirm(order=order.uid, actor=OTTO)
    shipping.allocate(order=order.uid, actor=OTTO)
    for portion in pick_list([order]):
        shipping.pick(order=order.uid, claim=portion.claim, lot=portion.lot.number, actor=OTTO)
    return order


def test_everything_picked_leaves(yard: Yard) -> None:
    yard.portal("ramp", "ship", posts_itself=True, posts_as="otto")
    picked_order(yard, ["1", "2", "3"])
    yard.take(reads([sgtin(n) for n in "123"]), "ramp")
    (done,) = actions.close(portal="ramp")
    assert done.status == "posted"
    assert events(kind="ship").count() == 1
    assert not ledger.balances()


def test_a_part_leaves_and_what_is_held_does_not(yard: Yard) -> None:
    yard.portal("ramp", "ship", posts_itself=True, posts_as="otto")
    picked_order(yard, ["1", "2", "3"])
    cast.hold(yard.world, yard.kit, "2")
    stock(yard, ["7"])
    yard.take(reads([sgtin(n) for n in "127"]), "ramp")
    (left,) = actions.close(portal="ramp")
    assert (left.status, events(kind="ship").count()) == ("review", 0)
    found = counts(judge(left))
    assert (found["present"], found["stopped"], found["missing"]) == (1, 1, 1), found
    assert found["extra"] == 1
    actions.post(name=left.uid, actor=OTTO, accept=True, reason="the rest follows")
    assert {row.number for row in ledger.balances()} == {"2", "3", "7"}


def test_a_pass_given_up_posts_nothing(yard: Yard) -> None:
    yard.portal()
    announce(yard, ["1"])
    one = the_pass(yard.take(reads([sgtin("1")])))
    with pytest.raises(Refused, match="reason"):
        actions.drop(name=one.uid, reason=" ", actor=OTTO)
    actions.drop(name=one.uid, reason="a test", actor=OTTO)
    with pytest.raises(Conflict, match="given up"):
        actions.post(name=one.uid, actor=OTTO)
    assert not events(kind="receive").exists()
    assert Pass.objects.get().tags.count() == 1
    assert GTIN in Pass.objects.get().tags.get().key
