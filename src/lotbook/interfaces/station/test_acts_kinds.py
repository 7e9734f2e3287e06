"""Every kind of act that a device sends: done, sent again, and taken back where that is to be had."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rooms import Cast

from lotbook.foundation.places import actions as places
from lotbook.foundation.places import numbering
from lotbook.foundation.places import queries as standing
from lotbook.foundation.places.models import Place
from lotbook.interfaces.station.test_acts import Hand, at, cast, client, codes, send, uid
from lotbook.operations.labels import actions as labels
from lotbook.operations.labels.models import Job
from lotbook.operations.production import actions as production
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.models import Notice
from lotbook.operations.receiving.rules import Announced
from lotbook.operations.transfers.actions import transfers
from lotbook.operations.transfers.models import Transfer
from lotbook.operations.transfers.rules import Wanted
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots.models import Lot

__all__ = ["cast"]
pytestmark = pytest.mark.django_db

PALLET = "001234560000000018"


@pytest.fixture
def hand(cast: Cast) -> Hand:
    return Hand(by="quinn")


def done(*acts: dict[str, Any]) -> list[dict[str, Any]]:
    """Send them twice: applied, and then known; gives the first answers."""
    caller = client("quinn")
    told, again = send(caller, *acts), send(caller, *acts)
    assert [(one["state"], one["problems"]) for one in told] == [("applied", [])] * len(acts)
    assert [(one["state"], one["repeated"]) for one in again] == [("applied", True)] * len(acts)
    assert [one["events"] for one in again] == [one["events"] for one in told]
    assert [one["made"] for one in again] == [one["made"] for one in told]
    return told


def on(sscc: str, lot: str = "T-1") -> int:
    """How much of a lot is on a unit, in the smallest parts of its unit."""
    unit = standing.named(sscc)
    rows = ledger.balances(lots=[Lot.objects.get(number=lot).pk], places=[unit.pk] if unit else [])
    return sum(row.on_hand for row in rows)


def events() -> int:
    return browsing.events().count()


def goods(quantity: str, lot: str = "T-1", place: str = "STORE") -> dict[str, str]:
    return {"lot": uid(lot), "quantity": quantity, "unit": "KGM", "from": place}


def back(hand: Hand, act: dict[str, Any]) -> dict[str, Any]:
    return hand.act("undo", {"act": act["id"]})


# -- what comes in ---------------------------------------------------------------------------------


def test_a_pallet_is_received_once_and_taken_back(cast: Cast, hand: Hand) -> None:
    notice = receiving.create_notice(
        supplier="FARM", site="PLANT", number="DN-7", actor="user:quinn",
        lines=[Announced(item="TOM", lot="N-1", quantity="6", sscc=PALLET, expires_on="2027-03-20")],
    )  # fmt: skip
    body = {"sscc": PALLET, "notice": str(notice.uid), "place": "STORE", "temperature": "4"}
    act = hand.act("receive_unit", body)
    (told,) = done(act)
    assert (told["events"], told["made"]) == ([act["id"]], {"lot": "N-1"})
    assert (on(PALLET, "N-1"), str(Lot.objects.get(number="N-1").expires_on)) == (6_000, "2027-03-20")
    assert Notice.objects.get().status != "open"
    # The same pallet scanned again is no second receipt: it is told as the one that is in the book.
    (twice,) = done(hand.act("receive_unit", body))
    assert (twice["events"], on(PALLET, "N-1")) == ([act["id"]], 6_000)
    (taken,) = done(back(hand, act))
    assert (len(taken["events"]), on(PALLET, "N-1")) == (1, 0)
    # What was taken back is announced again.
    done(hand.act("receive_unit", body))
    assert on(PALLET, "N-1") == 6_000


def test_the_lot_on_a_makers_label_is_the_suppliers(cast: Cast, hand: Hand) -> None:
    """A rule that asks for the supplier's lot is satisfied by it; a lot of before keeps what it says."""
    receiving.set_rule(actor="user:quinn", item="TOM", required=("supplier_lot",))

    def received(lot: str, **more: str) -> Lot:
        line = {"item": "TOM", "lot": lot, "quantity": "3", "unit": "KGM", "expires_on": "2099-01-01"}
        body = {
            "document": "none", "id": "", "place": "STORE", "supplier": "FARM", "delivery_note": "",
            "temperature": "", "lines": [line | more],
        }  # fmt: skip
        done(hand.act("receive", body))
        return Lot.objects.get(number=lot)

    assert received("NW-26318").supplier_lot == "NW-26318"
    assert received("L-4", supplier_lot="F-4").supplier_lot == "F-4"
    assert received("L-4").supplier_lot == "F-4"


# -- transfers -------------------------------------------------------------------------------------


@pytest.fixture
def transfer(cast: Cast) -> Transfer:
    """Three kilos on their way to another site, started and not picked."""
    where = {"actor": "user:quinn", "time_zone": "Europe/Rome"}
    depot = places.create_place(code="DEPOT", kind="site", name="Depot", **where)  # type: ignore[arg-type]  # texts all
    places.create_place(actor="user:quinn", code="SHELF", kind="area", name="Shelf", parent=depot.uid)
    row = transfers.create(
        source="PLANT", destination="DEPOT", actor="user:quinn", lines=[Wanted("TOM", "3")]
    )
    return transfers.start(transfer=row.uid, actor="user:quinn")


def picked(hand: Hand, transfer: Transfer, **more: str) -> dict[str, Any]:
    claim = transfer.picks.get()
    told = {"to": "", "reason": "", "quantity": "", "unit": "", **more}
    body = {"document": "transfer", "id": str(transfer.uid), "claim": str(claim.uid)}
    return hand.act("pick", {**body, "lot": str(claim.lot.uid), **told})


def loaded(hand: Hand, transfer: Transfer, *units: str) -> dict[str, Any]:
    body = {"document": "transfer", "id": str(transfer.uid), "units": list(units), "carrier": "",
            "vehicle": "", "seal": "S-1", "temperature": ""}  # fmt: skip
    return hand.act("load", body)


def received(hand: Hand, transfer: Transfer) -> dict[str, Any]:
    return hand.act("receive_transfer", {"id": str(transfer.uid), "place": "SHELF"}, site="DEPOT")


def status(transfer: Transfer) -> str:
    return Transfer.objects.get(pk=transfer.pk).status


def test_a_transfer_is_picked_loaded_and_received(hand: Hand, transfer: Transfer) -> None:
    number = transfer.picks.get().lot.number
    pick = picked(hand, transfer, to=PALLET, quantity="3000", unit="GRM")
    (told,) = done(pick)
    assert (told["made"], on(PALLET, number)) == ({"document": transfer.number}, 3_000)
    other = hand.act("pack", {"sscc": "001234560000000025", "lines": [goods("1", "T-1")]})
    assert send(client("quinn"), other)[0]["state"] == "applied"
    foreign = loaded(hand, transfer, PALLET, "001234560000000025")
    empty = loaded(hand, transfer, "001234560000000025")
    refused = send(client("quinn"), foreign, empty)
    assert [codes(one) for one in refused] == [{"foreign"}, {"foreign"}], refused
    load, take = loaded(hand, transfer, PALLET), received(hand, transfer)
    before = events()
    (told,) = done(load)
    assert (told["made"], status(transfer)) == ({"document": transfer.number}, "in_transit")
    assert on(PALLET, number) == 3_000
    done(take)
    assert status(transfer) == "received"
    assert events() > before + 1
    unit = standing.named(PALLET)
    assert unit is not None
    assert unit.parent is not None
    assert unit.parent.code == "SHELF"
    # The latest first: the receipt, then the sending.
    done(back(hand, take))
    assert status(transfer) == "in_transit"
    done(back(hand, load))
    assert status(transfer) == "picked"
    # A pick of a transfer is not: the person is told where to go instead.
    (told_so,) = send(client("quinn"), back(hand, pick))
    assert (told_so["state"], codes(told_so)) == ("conflict", {"not_undone"})


def test_a_sending_is_not_taken_back_by_undoing_a_receipt_nor_the_other_way(
    hand: Hand, transfer: Transfer
) -> None:
    pick, load, take = picked(hand, transfer), loaded(hand, transfer), received(hand, transfer)
    done(pick, load, take)
    (told,) = send(client("quinn"), back(hand, load))
    assert (told["state"], codes(told), status(transfer)) == ("conflict", {"later"}, "received")
    done(back(hand, take))
    (told,) = send(client("quinn"), back(hand, take))
    assert (told["state"], status(transfer)) == ("conflict", "in_transit"), "it would be the sending"


def test_a_short_pick_of_a_transfer_needs_a_reason_and_no_place(hand: Hand, transfer: Transfer) -> None:
    short = picked(hand, transfer, quantity="2", unit="KGM")
    (told,) = send(client("quinn"), short)
    assert (told["state"], told["problems"][0]["field"]) == ("conflict", "reason")
    away = picked(hand, transfer, to="A-01")
    (told,) = send(client("quinn"), away)
    assert (told["state"], told["problems"][0]["field"]) == ("conflict", "to")
    done(picked(hand, transfer, quantity="2", unit="KGM", reason="one is bruised"))
    assert transfer.picks.get(picked_at__isnull=False).quantity == 2_000


def test_goods_of_a_transfer_are_packed_on_a_new_unit(cast: Cast, hand: Hand, transfer: Transfer) -> None:
    numbering.number_from(site=cast.plant, prefix="0123456", extension=0, last=None, actor="user:quinn")
    done(picked(hand, transfer, to="new"))
    unit = transfer.loads.get().unit
    assert unit.sscc == "001234560000000018"
    done(loaded(hand, transfer, unit.sscc))


# -- made, packed, printed -------------------------------------------------------------------------


def test_what_came_out_expires_when_the_label_says(cast: Cast, hand: Hand) -> None:
    run = production.start_run(item="SAUCE", site="PLANT", actor="user:quinn")
    body = {"run": str(run.uid), "lot": "S-9", "quantity": "5", "unit": "H87", "to": "STORE"}
    act = hand.act("output", {**body, "expires_on": "2027-06-30"})
    (told,) = done(act)
    assert told["made"] == {"lot": "S-9"}
    assert (str(Lot.objects.get(number="S-9").expires_on), at("STORE", "S-9")) == ("2027-06-30", 5)
    done(back(hand, act))
    assert at("STORE", "S-9") == 0
    (told,) = send(client("quinn"), hand.act("output", {**body, "expires_on": "30.06.2027"}))
    assert (told["state"], told["problems"][0]["field"].endswith("expires_on")) == ("refused", True), told


def test_goods_are_packed_on_a_unit_that_is_known_or_new(cast: Cast, hand: Hand) -> None:
    numbering.number_from(site=cast.plant, prefix="0123456", extension=0, last=None, actor="user:quinn")
    new = hand.act("pack", {"sscc": "new", "lines": [goods("4"), goods("1", "T-2")]})
    (told,) = done(new)
    sscc = told["made"]["sscc"]
    assert (on(sscc), on(sscc, "T-2"), at("STORE")) == (4_000, 1_000, 6_000)
    assert Place.objects.filter(kind="unit").count() == 1, "the same act again makes no other unit"
    more = hand.act("pack", {"sscc": sscc, "lines": [goods("2")]})
    (told,) = done(more)
    assert (told["made"], on(sscc)) == ({"sscc": sscc}, 6_000)
    done(back(hand, more))
    assert on(sscc) == 4_000
    done(back(hand, new))
    assert (on(sscc), at("STORE"), at("STORE", "T-2")) == (0, 10_000, 5_000)


def test_labels_are_printed_once_by_who_may(cast: Cast, hand: Hand) -> None:
    early = hand.act("print", {"what": "item", "id": "TOM", "copies": 1})
    (told_so,) = send(client("quinn"), early)
    assert (told_so["state"], told_so["problems"][0]["field"]) == ("conflict", "printer"), "there is none"
    labels.save_printer(name="Dispatch", host="192.0.2.7", size="100x50", actor="user:quinn")
    done(hand.act("pack", {"sscc": PALLET, "lines": [goods("1")]}))
    named = {"lot": uid("T-1"), "item": "TOM", "place": "A-01", "unit": PALLET}
    acts = [hand.act("print", {"what": what, "id": id_, "copies": 2}) for what, id_ in named.items()]
    told = done(*acts)
    jobs = {job.what: job for job in Job.objects.all()}
    assert set(jobs) == set(named), "one job each, however often the act came"
    assert [one["made"]["job"] for one in told] == [str(jobs[what].uid) for what in named]
    assert {job.copies for job in jobs.values()} == {2}
    assert jobs["lot"].subject == uid("T-1")
    assert jobs["place"].subject == str(cast.bin.uid)
    assert {job.asked_by for job in jobs.values()} == {"user:quinn"}
    (told_so,) = send(client("quinn"), back(hand, acts[0]))
    assert codes(told_so) == {"not_undone"}
    audrey = Hand(device=type(hand.device)(int=7), by="audrey")
    (no,) = send(client("audrey"), audrey.act("print", acts[0]["body"]), device=audrey.device)
    assert (no["state"], codes(no), Job.objects.count()) == ("conflict", {"not_allowed"}, 4)
    assert "Print" in no["problems"][0]["cause"] or "label" in no["problems"][0]["cause"]
