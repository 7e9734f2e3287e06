"""The door itself: statements counted, verdicts per event, repeats, reversals, holds and overrides."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.models import Balance, Event, Link
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold, Receipt, Refusal
from lotbook.traceability.lots.models import Hold, Lot

pytestmark = pytest.mark.django_db


class Floor:
    """One item, a supplier, a customer, a dock, a run."""

    def __init__(self) -> None:
        self.item = Item.objects.create(code="TOM", name="Tomatoes", unit="KGM", scale=3).pk
        self.serials = Item.objects.create(code="KIT", name="Kits", tracking="serial").pk
        self.farm = Place.objects.create(code="FARM", kind="partner").pk
        self.shop = Place.objects.create(code="SHOP", kind="partner").pk
        self.dock = Place.objects.create(code="DOCK", kind="bin", own=True).pk
        self.cage = Place.objects.create(code="CAGE", kind="bin", own=True, usable=False).pk
        self.run = Place.objects.create(code="RUN", kind="run").pk

    def draft(self, kind: str, lot: str, source: int, destination: int, quantity: int, **more: Any) -> Draft:
        move = Move(LotRef(self.item, lot), source, destination, quantity)
        return Draft(kind, clock.now(), uid=new_uid(), moves=[move], **more)

    def receive(self, lot: str, quantity: int = 1000, **more: Any) -> Draft:
        return self.draft("receive", lot, self.farm, self.dock, quantity, **more)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def post(*drafts: Draft) -> list[Receipt]:
    return actions.post(drafts, actor="user:otto")  # type: ignore[return-value]


def test_statements_do_not_grow_with_the_batch(floor: Floor) -> None:
    counts = []
    for size in (1, 30, 400):
        drafts = [floor.receive(f"L-{size}-{n // 2}") for n in range(size)]
        drafts += [floor.draft("ship", f"L-{size}-{n // 2}", floor.dock, floor.shop, 10) for n in range(size)]
        with sql.counted() as statements:
            post(*drafts)
        counts.append(len(statements))
    assert counts[1] == counts[2]
    assert counts[0] <= counts[1] <= 16


def test_a_refused_event_of_a_batch_leaves_no_lot_behind(floor: Floor) -> None:
    answers = actions.post(
        [
            floor.receive("GOOD"),
            floor.draft("ship", "NEVER-SEEN", floor.dock, floor.shop, 5),
            floor.draft("ship", "GOOD", floor.dock, floor.shop, 5),
            floor.draft("ship", "GOOD", floor.dock, floor.shop, 9999),
        ],
        actor="user:otto",
        each=True,
    )
    assert [type(answer) for answer in answers] == [Receipt, Refusal, Receipt, Refusal]
    assert list(Lot.objects.values_list("number", flat=True)) == ["GOOD"]
    assert Balance.objects.get(place=floor.dock).on_hand == 995
    assert Event.objects.count() == 2


def test_a_repeat_is_a_repeat_whatever_changed_since(floor: Floor) -> None:
    facts = {"expires_on": date(2030, 1, 1)}
    move = Move(LotRef(floor.item, "L", facts=facts), floor.farm, floor.dock, 5)
    draft = Draft("receive", clock.now(), uid=new_uid(), moves=[move])
    first = post(draft)[0]
    Lot.objects.update(expires_on=date(2031, 1, 1))
    Place.objects.filter(pk=floor.dock).update(is_active=False)
    assert post(draft)[0] == Receipt(first.uid, first.sequence, duplicate=True)
    again = actions.post([draft], actor="user:somebody-else")[0]
    assert isinstance(again, Receipt)
    assert again.duplicate


def test_the_same_id_with_other_content_is_a_conflict(floor: Floor) -> None:
    draft = floor.receive("L")
    post(draft)
    other = Draft("receive", draft.occurred_at, uid=draft.uid, moves=floor.receive("L", 7).moves)
    with pytest.raises(Conflict) as conflict:
        post(other)
    assert conflict.value.faults[0].code == "other_content"
    with pytest.raises(Conflict):
        post(floor.receive("M"), draft, other)
    assert Event.objects.count() == 1


def test_facts_that_contradict_a_lot_are_refused(floor: Floor) -> None:
    def receive(day: date) -> Draft:
        move = Move(LotRef(floor.item, "L", facts={"expires_on": day}), floor.farm, floor.dock, 5)
        return Draft("receive", clock.now(), moves=[move])

    post(receive(date(2030, 1, 1)))
    with pytest.raises(Conflict, match="expires_on"):
        post(receive(date(2030, 1, 2)))
    post(receive(date(2030, 1, 1)))


def test_held_expired_and_caged_goods_do_not_leave_without_an_override(floor: Floor) -> None:
    post(floor.receive("HELD"), floor.draft("receive", "CAGED", floor.farm, floor.cage, 10))
    old = LotRef(floor.item, "OLD", facts={"expires_on": date(2020, 1, 1)})
    post(Draft("receive", clock.now(), moves=[Move(old, floor.farm, floor.dock, 10)]))
    held = PutHold(LotRef(floor.item, "HELD"), "quality", new_uid())
    post(Draft("hold", clock.now(), reason="smells", holds=[held]))
    for lot, place in (("HELD", floor.dock), ("OLD", floor.dock), ("CAGED", floor.cage)):
        with pytest.raises(Refused) as refusal:
            post(floor.draft("ship", lot, place, floor.shop, 1))
        assert refusal.value.faults[0].code == "not_free"
        shipped = post(floor.draft("ship", lot, place, floor.shop, 1, override="the owner wants it"))[0]
        beside = Event.objects.get(kind="override", data__of=str(shipped.uid))
        assert beside.sequence == shipped.sequence + 1
        assert beside.reason == "the owner wants it"


def test_the_expiry_day_itself_is_good(floor: Floor) -> None:
    today = LotRef(floor.item, "TODAY", facts={"expires_on": clock.now().date()})
    post(Draft("receive", clock.now(), moves=[Move(today, floor.farm, floor.dock, 10)]))
    post(floor.draft("ship", "TODAY", floor.dock, floor.shop, 1))


def test_a_lot_is_free_only_when_its_last_hold_is_off(floor: Floor) -> None:
    post(floor.receive("L"))
    first, second = new_uid(), new_uid()
    lot = LotRef(floor.item, "L")
    for uid, kind in ((first, "quality"), (second, "customs")):
        post(Draft("hold", clock.now(), reason="wait", holds=[PutHold(lot, kind, uid)]))
    post(Draft("release", clock.now(), reason="fine", releases=[first]))
    with pytest.raises(Refused):
        post(floor.draft("ship", "L", floor.dock, floor.shop, 1))
    post(Draft("release", clock.now(), reason="cleared", releases=[second]))
    post(floor.draft("ship", "L", floor.dock, floor.shop, 1))
    with pytest.raises(Conflict, match="released already"):
        post(Draft("release", clock.now(), reason="again", releases=[first]))


def test_what_is_made_from_a_held_lot_is_held(floor: Floor) -> None:
    """MILK (held, overridden) → [RUN] → CHEESE held too; a second output later as well, once."""
    post(floor.receive("MILK"))
    uid = new_uid()
    post(
        Draft(
            "hold",
            clock.now(),
            reason="cell count",
            holds=[PutHold(LotRef(floor.item, "MILK"), "quality", uid)],
        )
    )
    post(floor.draft("consume", "MILK", floor.dock, floor.run, 100, override="pasteurised anyway"))
    for _ in range(2):
        post(floor.draft("produce", "CHEESE", floor.run, floor.dock, 10))
    hold = Hold.objects.get(lot__number="CHEESE")
    assert hold.source is not None
    assert hold.source.uid == uid
    with pytest.raises(Refused):
        post(floor.draft("ship", "CHEESE", floor.dock, floor.shop, 1))


def test_a_reversal_moves_everything_back_once(floor: Floor) -> None:
    post(floor.receive("L"))
    consumed = post(floor.draft("consume", "L", floor.dock, floor.run, 400))[0]
    back = actions.reverse(consumed.uid, actor="user:otto", reason="wrong run")
    assert Balance.objects.get(place=floor.dock).on_hand == 1000
    assert Link.objects.get(sequence=consumed.sequence).voided == back.sequence
    with pytest.raises(Conflict, match="reversed already"):
        actions.reverse(consumed.uid, actor="user:otto", reason="again")
    with pytest.raises(Refused, match="not reversed"):
        actions.reverse(back.uid, actor="user:otto", reason="back again")


def test_a_receipt_whose_goods_have_moved_on_is_not_reversed(floor: Floor) -> None:
    received = post(floor.receive("L"))[0]
    post(floor.draft("ship", "L", floor.dock, floor.shop, 600))
    with pytest.raises(Refused) as refusal:
        actions.reverse(received.uid, actor="user:otto", reason="never came")
    assert refusal.value.faults[0].code == "too_little"


def test_a_serial_stands_at_one_place_only(floor: Floor) -> None:
    serial = LotRef(floor.serials, "KIT-1", kind=2)
    post(Draft("receive", clock.now(), moves=[Move(serial, floor.farm, floor.dock, 1)]))
    with pytest.raises(Conflict, match="already"):
        post(Draft("receive", clock.now(), moves=[Move(serial, floor.farm, floor.cage, 1)]))
    post(Draft("move", clock.now(), moves=[Move(serial, floor.dock, floor.cage, 1)]))
    with pytest.raises(Refused, match="exactly 1"):
        post(
            Draft(
                "receive",
                clock.now(),
                moves=[Move(LotRef(floor.serials, "KIT-2", kind=2), floor.farm, floor.dock, 2)],
            )
        )


@pytest.mark.parametrize(
    ("kind", "source", "destination"),
    [
        ("receive", "dock", "cage"),
        ("ship", "dock", "cage"),
        ("consume", "farm", "run"),
        ("move", "dock", "shop"),
    ],
)
def test_places_must_fit_the_kind(floor: Floor, kind: str, source: str, destination: str) -> None:
    with pytest.raises(Refused) as refusal:
        post(floor.draft(kind, "L", getattr(floor, source), getattr(floor, destination), 1))
    assert refusal.value.faults[0].field.startswith("moves/0/")
    assert Event.objects.count() == 0
    assert Lot.objects.count() == 0


def test_data_that_json_cannot_keep_exactly_is_refused(floor: Floor) -> None:
    for value in (1.5, 2**53, "a\x00b", "\ud800", {"deep": [0.1]}):
        with pytest.raises(Refused) as refusal:
            post(floor.receive("L", data={"value": value}))
        assert refusal.value.faults[0].field.startswith("data/value")
    assert Event.objects.count() == 0
    post(floor.receive("L", data={"größe": "5", "n": 2**53 - 1, "none": None}))


def test_an_empty_batch_and_one_too_large(floor: Floor) -> None:
    assert actions.post([], actor="user:otto") == []
    with pytest.raises(Refused) as refusal:
        actions.post([floor.receive("L")] * 10_001, actor="user:otto")
    assert refusal.value.status == 413


def test_unknown_references_are_named(floor: Floor) -> None:
    with pytest.raises(Refused) as refusal:
        post(Draft("move", clock.now(), moves=[Move(999_999, floor.dock, 888_888, 1)]))
    assert {fault.field for fault in refusal.value.faults} == {"moves/0/destination", "moves/0/lot"}
    with pytest.raises(Refused):
        actions.reverse(uuid4(), actor="user:otto", reason="which?")
