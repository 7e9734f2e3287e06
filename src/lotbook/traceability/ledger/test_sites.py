"""People limited to sites, at the one door.

KIT: KIT-DRY, KIT-QUAR      COLD: COLD-A      TRANSIT (in no site)
otto works at KIT; anna at all sites.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests import cast

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Refused
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.models import Event
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Pack, PutHold, Refusal
from lotbook.traceability.lots.models import Hold

pytestmark = pytest.mark.django_db

OTTO = "user:otto"
ANNA = "user:anna"


@dataclass
class World:
    cast: cast.Cast
    shelf: Place
    transit: Place
    key: str

    def draft(self, source: Place, destination: Place, quantity: int = 1000, kind: str = "move") -> Draft:
        lot = LotRef(self.cast.tomatoes.pk, "TOM-1")
        return Draft(kind, clock.now(), moves=[Move(lot, source.pk, destination.pk, quantity)])

    def move(self, source: Place, destination: Place, actor: str = OTTO) -> None:
        actions.post([self.draft(source, destination)], actor=actor)


@pytest.fixture
def world() -> World:
    small = cast.small()
    cast.person("otto")
    cast.person("anna")
    shelf = places.create_place(actor=ANNA, code="COLD-A", kind="area", parent=small.cold.uid)
    transit = places.create_place(actor=ANNA, code="TRANSIT", kind="transit")
    cast.receive(small, small.tumbling, small.tomatoes, "TOM-1", "500")
    cast.receive(small, small.tumbling, small.tomatoes, "TOM-1", "500", place=shelf)
    accounts.set_sites(username="otto", sites=["KIT"], actor=ANNA)
    made = accounts.create_api_key(name="scanner", owner="otto", scopes=["warehouse.post"], actor=ANNA)
    return World(small, shelf, transit, f"key:{made.key.prefix}")


@pytest.mark.parametrize("by_key", [False, True])
def test_goods_at_another_site_stay_with_who_where_and_what_to_do(world: World, by_key: bool) -> None:
    actor = world.key if by_key else OTTO
    events = Event.objects.count()
    for source, destination in ((world.shelf, world.cast.store), (world.cast.store, world.shelf)):
        with pytest.raises(Refused) as refused:
            world.move(source, destination, actor)
        assert refused.value.status == 403
        (fault,) = refused.value.faults
        assert fault.cause == f"COLD-A is at COLD; {actor} works at KIT."
        assert "add COLD to the person's sites" in fault.remedy
    assert Event.objects.count() == events


@pytest.mark.parametrize("actor", [OTTO, ANNA, "lotbook", "user:nobody"])
def test_at_the_own_site_and_without_limits_all_is_as_ever(world: World, actor: str) -> None:
    world.move(world.cast.store, world.cast.quarantine, actor)


def test_without_limits_every_site_is_open(world: World) -> None:
    world.move(world.shelf, world.cast.store, ANNA)
    accounts.set_sites(username="otto", sites=[], actor=ANNA)
    world.move(world.shelf, world.cast.store)


def test_a_transfer_comes_in_and_goes_out_over_what_is_in_transit(world: World) -> None:
    world.move(world.shelf, world.transit, ANNA)
    world.move(world.transit, world.cast.store)
    world.move(world.cast.store, world.transit)
    with pytest.raises(Refused, match="COLD-A is at COLD"):
        world.move(world.transit, world.shelf)


def test_a_pallet_belongs_to_the_site_it_stands_at(world: World) -> None:
    pallet = places.ensure_unit(sscc="340123456789012340", parent=world.cast.store)

    def pack(action: int, at: Place) -> Draft:
        return Draft("unit_move", clock.now(), packs=[Pack(at.pk, action, child=pallet.pk)])

    with pytest.raises(Refused, match="COLD-A is at COLD"):
        actions.post([pack(1, world.shelf)], actor=OTTO)
    actions.post([pack(1, world.cast.quarantine)], actor=OTTO)
    actions.post([pack(1, world.shelf)], actor=ANNA)
    with pytest.raises(Refused, match=r"is at COLD; user:otto works at KIT"):
        actions.post([pack(1, world.cast.store)], actor=OTTO)


def test_an_event_at_another_site_is_not_reversed(world: World) -> None:
    receipt = actions.post([world.draft(world.shelf, world.cast.store)], actor=ANNA)[0]
    with pytest.raises(Refused, match="COLD-A is at COLD"):
        actions.reverse(receipt.uid, actor=OTTO, reason="wrong")  # type: ignore[arg-type]


def test_a_batch_gets_verdicts_one_by_one(world: World) -> None:
    drafts = [
        world.draft(world.cast.store, world.cast.quarantine),
        world.draft(world.shelf, world.cast.store),
        world.draft(world.cast.quarantine, world.cast.store),
    ]
    answers = actions.post(drafts, actor=OTTO, each=True)
    assert [isinstance(answer, Refusal) for answer in answers] == [False, True, False]
    assert answers[1].status == 403  # type: ignore[union-attr]


def hold(world: World, actor: str) -> PutHold:
    placed = PutHold(LotRef(world.cast.tomatoes.pk, "TOM-1"), "quality", new_uid())
    actions.post([Draft("hold", clock.now(), holds=[placed], reason="smell")], actor=actor)
    return placed


def release(placed: PutHold, actor: str) -> None:
    actions.post([Draft("release", clock.now(), releases=[placed.uid], reason="fine")], actor=actor)


def test_who_has_some_of_a_lot_may_hold_it_but_not_release_it_for_others(world: World) -> None:
    placed = hold(world, OTTO)
    with pytest.raises(Refused, match="some of the lot is at COLD") as refused:
        release(placed, OTTO)
    assert refused.value.status == 403
    assert Hold.objects.get().released_sequence is None
    release(placed, ANNA)


def test_a_lot_that_lies_elsewhere_alone_is_not_held(world: World) -> None:
    cast.ship(world.cast, world.cast.larchwood, world.cast.tomatoes, "TOM-1", "500")
    with pytest.raises(Refused, match="some of the lot is at COLD"):
        hold(world, OTTO)
    hold(world, ANNA)


def test_a_lot_at_the_own_site_alone_is_released(world: World) -> None:
    cast.ship(world.cast, world.cast.larchwood, world.cast.tomatoes, "TOM-1", "500", place=world.shelf)
    release(hold(world, OTTO), OTTO)


def statements(drafts: list[Draft], actor: str) -> int:
    with sql.counted() as counted:
        actions.post(drafts, actor=actor)
    return len(counted)


def test_limits_cost_nothing_where_there_are_none_and_the_same_for_every_batch(world: World) -> None:
    def there_and_back(times: int) -> list[Draft]:
        pair = [(world.cast.store, world.cast.quarantine), (world.cast.quarantine, world.cast.store)]
        return [world.draft(*ends) for _ in range(times) for ends in pair]

    one, many = there_and_back(1), there_and_back(40)
    free = statements(one, "lotbook")
    assert statements(there_and_back(1), ANNA) == free
    assert statements(many, ANNA) == free
    limited = statements(there_and_back(1), OTTO)
    assert limited == statements(there_and_back(40), OTTO)
    assert limited <= free + 3


def test_where_a_place_is(world: World) -> None:
    at = queries.sites_of([world.shelf.pk, world.cast.kitchen.pk, world.transit.pk, world.cast.store.pk])
    assert at == {
        world.shelf.pk: world.cast.cold.pk,
        world.cast.kitchen.pk: world.cast.kitchen.pk,
        world.cast.store.pk: world.cast.kitchen.pk,
    }
