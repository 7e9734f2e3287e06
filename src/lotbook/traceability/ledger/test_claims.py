"""Reservations at the door: put, used, freed, broken by holds, refused to others, and checked."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.models import Balance, Claim, Movement
from lotbook.traceability.ledger.rules import (
    Draft,
    LotRef,
    Move,
    Pack,
    PutHold,
    Receipt,
    Refusal,
    Reservation,
    Taken,
)
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db


class Shelf:
    """1,000 of lot L on a shelf, and two orders that want some."""

    def __init__(self) -> None:
        self.item = Item.objects.create(code="JAR", name="Jars", unit="H87").pk
        self.maker = Place.objects.create(code="MAKER", kind="partner").pk
        self.shop = Place.objects.create(code="SHOP", kind="partner").pk
        self.shelf = Place.objects.create(code="SHELF", kind="bin", own=True).pk
        self.dock = Place.objects.create(code="DOCK", kind="bin", own=True).pk
        self.received = self.post("receive", self.maker, self.shelf, 1000)
        self.lot = Lot.objects.get().pk
        self.order, self.other = uuid4(), uuid4()

    def draft(self, kind: str, source: int, destination: int, quantity: int, **more: Any) -> Draft:
        move = Move(LotRef(self.item, "L"), source, destination, quantity, claim=more.pop("claim", None))
        return Draft(kind, clock.now(), uid=new_uid(), moves=[move], **more)

    def post(self, kind: str, source: int, destination: int, quantity: int, **more: Any) -> Receipt:
        return actions.post_one(self.draft(kind, source, destination, quantity, **more), actor="user:otto")

    def reserve(self, quantity: int, document: UUID | None = None, number: str = "SO-2026-00012") -> int:
        one = Reservation(
            self.lot, self.shelf, quantity, "shipping.order", document or self.order, number=number
        )
        return actions.reserve([one], actor="user:otto")[0]

    def hold(self) -> None:
        put = PutHold(LotRef(self.item, "L"), "quality", new_uid())
        actions.post_one(Draft("hold", clock.now(), reason="smells", holds=[put]), actor="user:quinn")

    @property
    def balance(self) -> tuple[int, int]:
        found = Balance.objects.get(place=self.shelf)
        return found.on_hand, found.reserved


@pytest.fixture
def at() -> Shelf:
    return Shelf()


def test_what_is_reserved_is_taken_only_by_whom_it_is_for(at: Shelf) -> None:
    claim = at.reserve(600)
    assert at.balance == (1000, 600)
    for kind, destination in (("ship", at.shop), ("move", at.dock)):
        with pytest.raises(Refused) as refusal:
            at.post(kind, at.shelf, destination, 500)
        assert refusal.value.faults[0].code == "too_little"
        assert "SHELF has 1000 pc of JAR lot L, 600 of it reserved for SO-2026-00012, not 500." in str(
            refusal.value
        )
    at.post("ship", at.shelf, at.shop, 400)
    at.post("ship", at.shelf, at.shop, 250, claim=claim)
    assert at.balance == (350, 350)
    assert Claim.objects.get(pk=claim).quantity == 350
    at.post("move", at.shelf, at.dock, 350, claim=claim)
    done = Claim.objects.get(pk=claim)
    assert (done.quantity, done.made_quantity, done.ended_by) == (0, 600, "user:otto")
    assert done.ended_at is not None
    assert Movement.objects.filter(claim=claim).count() == 2
    assert check().findings == []


def test_never_more_is_reserved_than_is_there(at: Shelf) -> None:
    at.reserve(700)
    with pytest.raises(Taken):
        at.reserve(301, at.other)
    assert Claim.objects.count() == 1
    at.reserve(300, at.other)
    assert at.balance == (1000, 1000)
    nowhere = Reservation(at.lot, at.dock, 1, "shipping.order", at.order)
    with pytest.raises(Taken):
        actions.reserve([nowhere], actor="user:otto")
    assert not Balance.objects.filter(place=at.dock).exists()
    assert check().findings == []


def test_a_claim_is_used_for_its_lot_and_place_and_no_further(at: Shelf) -> None:
    claim = at.reserve(100)
    at.post("receive", at.maker, at.dock, 500)
    for wrong, place, quantity, cause in (
        (claim, at.shelf, 101, "has 100 pc left, not 101"),
        (claim, at.dock, 10, "is not of lot L at DOCK"),
        (claim + 1000, at.shelf, 10, "there is no reservation"),
    ):
        with pytest.raises(Refused, match=cause) as refusal:
            at.post("ship", place, at.shop, quantity, claim=wrong)
        assert refusal.value.faults[0].field == "moves/0/claim"
    with pytest.raises(Refused, match="no place of our stock"):
        at.post("receive", at.maker, at.dock, 5, claim=claim)
    assert at.balance == (1000, 100)
    assert check().findings == []


def test_a_batch_uses_claims_event_by_event(at: Shelf) -> None:
    claim = at.reserve(100)
    drafts = [
        at.draft("ship", at.shelf, at.shop, 60, claim=claim),
        at.draft("ship", at.shelf, at.shop, 60, claim=claim),
        at.draft("ship", at.shelf, at.shop, 901),
        at.draft("ship", at.shelf, at.shop, 40, claim=claim),
        at.draft("ship", at.shelf, at.shop, 900),
    ]
    answers = actions.post(drafts, actor="user:otto", each=True)
    assert [type(answer) for answer in answers] == [Receipt, Refusal, Refusal, Receipt, Receipt]
    assert at.balance == (0, 0)
    assert check().findings == []


def test_goods_that_come_back_before_the_end_do_not_hide_that_reserved_ones_were_taken(at: Shelf) -> None:
    at.reserve(1000)
    batch = [at.draft("ship", at.shelf, at.shop, 10), at.draft("receive", at.maker, at.shelf, 10)]
    with pytest.raises(Refused, match="reserved for SO-2026-00012"):
        actions.post(batch, actor="user:otto")
    assert at.balance == (1000, 1000)


def test_statements_do_not_grow_with_the_claims(at: Shelf) -> None:
    counts = []
    for size in (1, 30, 200):
        keys = [at.reserve(1) for _ in range(size)]
        drafts = [at.draft("ship", at.shelf, at.shop, 1, claim=key) for key in keys]
        with sql.counted() as statements:
            actions.post(drafts, actor="user:otto")
        counts.append(len(statements))
    assert counts[0] <= counts[1] == counts[2] <= 18


def test_what_is_freed_is_free_for_all_and_once_only(at: Shelf) -> None:
    first, second = at.reserve(300), at.reserve(200, at.other, "SO-2026-00013")
    assert [one.quantity for one in actions.free(document=at.order, actor="user:otto", reason="off")] == [300]
    assert actions.free(claims=[first], actor="user:otto", reason="again") == []
    assert at.balance == (1000, 200)
    ended = Claim.objects.get(pk=first)
    assert (ended.freed_quantity, ended.ended_reason) == (300, "off")
    at.post("ship", at.shelf, at.shop, 150, claim=second)
    assert [one.quantity for one in actions.free(claims=[second], actor="user:otto", reason="off")] == [50]
    with pytest.raises(Refused, match="has 0 pc left"):
        at.post("ship", at.shelf, at.shop, 1, claim=first)
    assert check().findings == []


def test_a_hold_ends_the_reservations_of_its_lot_and_says_so(at: Shelf) -> None:
    first, second = at.reserve(300), at.reserve(200, at.other, "SO-2026-00013")
    at.post("ship", at.shelf, at.shop, 100, claim=first)
    at.hold()
    assert at.balance == (900, 0)
    with pytest.raises(Refused, match="on hold"):
        at.post("ship", at.shelf, at.shop, 10, claim=second)
    told = [message.payload for message in OutboxMessage.objects.filter(topic="allocation.broken")]
    assert [(t["document"], t["quantity"], t["lot"], t["reason"]) for t in told] == [
        (str(at.order), 200, at.lot, "smells"),
        (str(at.other), 200, at.lot, "smells"),
    ]
    with pytest.raises(Taken):
        at.reserve(1)
    assert check().findings == []


def test_a_batch_that_takes_and_holds_breaks_only_what_is_left(at: Shelf) -> None:
    claim = at.reserve(300)
    put = PutHold(LotRef(at.item, "L"), "quality", new_uid())
    batch = [
        at.draft("ship", at.shelf, at.shop, 120, claim=claim),
        Draft("hold", clock.now(), reason="smells", holds=[put]),
    ]
    actions.post(batch, actor="user:otto")
    found = Claim.objects.get(pk=claim)
    assert (found.quantity, found.freed_quantity) == (0, 180)
    assert at.balance == (880, 0)
    assert check().findings == []


def test_a_reversal_takes_nothing_that_is_reserved_and_revives_no_claim(at: Shelf) -> None:
    claim = at.reserve(300)
    with pytest.raises(Refused, match="reserved for SO-2026-00012"):
        actions.reverse(at.received.uid, actor="user:otto", reason="never came")
    shipped = at.post("ship", at.shelf, at.shop, 300, claim=claim)
    actions.reverse(shipped.uid, actor="user:otto", reason="wrong truck")
    assert at.balance == (1000, 0)
    assert Claim.objects.get(pk=claim).quantity == 0
    assert check().findings == []


def test_a_moved_pallet_keeps_what_is_reserved_on_it(at: Shelf) -> None:
    pallet = Place.objects.create(code="PALLET", kind="unit", own=True, parent_id=at.shelf).pk
    at.post("pack", at.shelf, pallet, 100)
    one = Reservation(at.lot, pallet, 80, "shipping.order", at.order)
    claim = actions.reserve([one], actor="user:otto", units={pallet: at.shelf})[0]
    move = Draft("unit_move", clock.now(), packs=[Pack(at.dock, 1, child=pallet)])
    actions.post_one(move, actor="user:otto")
    assert Balance.objects.get(place=pallet).reserved == 80
    with pytest.raises(Refused, match="reserved"):
        at.post("ship", pallet, at.shop, 30)
    at.post("ship", pallet, at.shop, 80, claim=claim)
    assert check().findings == []


def test_a_serial_reserved_is_one(at: Shelf) -> None:
    kit = Item.objects.create(code="KIT", name="Kits", tracking="serial").pk
    serial = LotRef(kit, "KIT-1", kind=2)
    actions.post_one(
        Draft("receive", clock.now(), moves=[Move(serial, at.maker, at.shelf, 1)]), actor="user:otto"
    )
    lot = Lot.objects.get(number="KIT-1").pk
    one = Reservation(lot, at.shelf, 1, "production.run", at.order)
    claim = actions.reserve([one], actor="user:otto")[0]
    with pytest.raises(Taken):
        actions.reserve([one], actor="user:otto")
    moves = [Move(serial, at.shelf, at.shop, 1, claim=claim)]
    actions.post_one(Draft("ship", clock.now(), moves=moves), actor="user:otto")
    assert check().findings == []
