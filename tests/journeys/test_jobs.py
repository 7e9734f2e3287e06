"""What one comes in for: jobs on Today, straight to a document by its number, and undo of one's own acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests import rooms
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock, outbox
from lotbook.operations.counting import actions as counting
from lotbook.operations.production import actions as production
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.models import NoticeStatus
from lotbook.operations.receiving.rules import Announced, Line
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping import queries as shipped
from lotbook.operations.shipping.models import Order, Pick
from lotbook.operations.shipping.rules import Wanted, pallet_scanned
from lotbook.operations.transfers.actions import requests, transfers
from lotbook.operations.transfers.rules import Wanted as Asked
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.rules import Receipt

PALLET = "340123456789012340"


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The small world, on 3 March 2027 at noon."""
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY)
    return rooms.small()


def _come(client: Client, role: str) -> Client:
    person = accounts.create_user(username=role, password="correct-horse-9", role=role, actor="lotbook")
    client.force_login(person)
    return client


def _page(client: Client, name: str, **keys: Any) -> str:
    return str(client.get(reverse(name, kwargs=keys)).content.decode())


def _ordered(quantity: str, **more: Any) -> Order:
    lines = [Wanted("SAUCE", quantity)]
    return shipping.create(customer="SHOP", site="PLANT", lines=lines, actor=ANN, confirmed=True, **more)


# -- what comes next -------------------------------------------------------------------------------


def test_orders_come_by_problem_priority_and_day(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    _come(client, "shipper")
    assert "No customer order is open." in _page(client, "shipping:to_ship")
    later = _ordered("1", wanted_on="2027-03-09")
    urgent = _ordered("1", priority="1")
    sooner = _ordered("1", wanted_on="2027-03-01")
    assert shipped.to_do() == ([urgent, sooner, later], 3)
    for _ in range(5):
        _ordered("1")
    with django_assert_max_num_queries(12):
        page = _page(client, "shipping:to_ship")
    assert page.index(urgent.number) < page.index(sooner.number)
    assert "All 8 open orders" in page
    assert "Late" in page


def test_open_runs_and_released_orders_are_to_be_made(cast: Cast, client: Client) -> None:
    _come(client, "production")
    assert "No run is open" in _page(client, "production:to_make")
    run = production.start_run(item="SAUCE", site="PLANT", actor=ANN)
    assert run.number in _page(client, "production:to_make")


def test_a_count_of_somebody_else_is_no_job_of_mine(cast: Cast, client: Client) -> None:
    _come(client, "receiver")
    stocked(cast, ("TOM", "T-1", "10"))
    accounts.create_user(username="otto", password="correct-horse-9", role="operator", actor="lotbook")
    theirs = counting.open_count(place="STORE", counter="otto", actor=ANN)
    assert theirs.number not in _page(client, "counting:to_count")
    mine = counting.open_count(place="STORE", item="TOM", actor=ANN)
    assert mine.number in _page(client, "counting:to_count")


# -- straight to it --------------------------------------------------------------------------------


def _found(client: Client, text: str) -> str:
    return str(client.get(reverse("web:search"), {"q": text}).headers.get("Location", ""))


def test_a_number_opens_its_document(cast: Cast, client: Client) -> None:
    _come(client, "operator")
    stocked(cast, ("SAUCE", "S-1", "50"))
    order = _ordered("10")
    run = production.start_run(item="SAUCE", site="PLANT", actor=ANN)
    count = counting.open_count(place="STORE", actor=ANN)
    places.create_place(actor=ANN, code="OUTLET", kind="site", name="Outlet", time_zone="Europe/Rome")
    asked = requests.create(destination="OUTLET", source="PLANT", lines=[Asked("SAUCE", "1")], actor=ANN)
    moved = transfers.create(source="PLANT", destination="OUTLET", lines=[Asked("SAUCE", "1")], actor=ANN)
    documents: list[tuple[Any, str]] = [
        (order, "shipping:order"), (run, "production:run"), (count, "counting:count"),
        (asked, "transfers:request"), (moved, "transfers:transfer"),
    ]  # fmt: skip
    for made, name in documents:
        assert _found(client, made.number.lower()) == reverse(name, args=[made.uid])


def test_a_pallet_on_its_way_opens_its_receipt_and_once_here_itself(cast: Cast, client: Client) -> None:
    _come(client, "receiver")
    lines = [Announced(item="TOM", lot="T-1", quantity="60", sscc=PALLET)]
    notice = receiving.create_notice(supplier="FARM", site="PLANT", number="DN-7", actor=ANN, lines=lines)
    address = _found(client, f"(00){PALLET}")
    assert address.startswith(reverse("receiving:unit"))
    page = str(client.get(address).content.decode())
    assert "DN-7" in page
    assert "T-1" in page
    assert 'value="PLANT" selected' in page
    scanned = client.post(reverse("receiving:unit"), {"sscc": PALLET, "uid": "", "place": ""})
    assert scanned.headers["Location"].startswith(f"{reverse('receiving:unit')}?sscc={PALLET}")
    receiving.receive_unit(sscc=PALLET, place="STORE", actor=ANN)
    notice.refresh_from_db()
    assert notice.status == NoticeStatus.RECEIVED
    assert not _found(client, PALLET).startswith(reverse("receiving:unit"))


def test_what_nobody_may_see_is_not_found(cast: Cast, client: Client) -> None:
    accounts.create_role(name="visitor", words="sees traces only", permissions=["web.view", "trace.view"],
                         actor="user:ada")  # fmt: skip
    _come(client, "visitor")
    order = _ordered("1")
    assert _found(client, order.number) == ""


# -- undo ------------------------------------------------------------------------------------------


def _received(actor: str) -> Receipt:
    lines = [Line(item="SALT", lot="S-1", quantity="5")]
    return receiving.receive(supplier="FARM", place="STORE", lines=lines, actor=actor)


def test_who_did_it_undoes_it_at_once_without_the_permission(cast: Cast, client: Client) -> None:
    _come(client, "receiver")
    receipt = _received("user:receiver")
    assert ">Undo<" in _page(client, "ledger:event", uid=receipt.uid)
    answer = client.post(reverse("ledger:undo", args=[receipt.uid]))
    assert answer.status_code == 302
    assert not browsing.stock(text="S-1").exists()
    again = client.post(reverse("ledger:undo", args=[receipt.uid]))
    assert again.status_code == 422
    assert "only whoever did it can undo it" in str(again.content.decode())


def test_another_person_or_later_needs_the_permission(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _come(client, "receiver")
    theirs, mine = _received(ANN), _received("user:receiver")
    assert ">Undo<" not in _page(client, "ledger:event", uid=theirs.uid)
    assert client.post(reverse("ledger:undo", args=[theirs.uid])).status_code == 422
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY + browsing.UNDO_WITHIN + timedelta(seconds=1))
    assert ">Undo<" not in _page(client, "ledger:event", uid=mine.uid)
    assert client.post(reverse("ledger:undo", args=[mine.uid])).status_code == 422
    assert browsing.stock(text="S-1").get().on_hand == 10_000


# -- shipping --------------------------------------------------------------------------------------


def test_a_pick_is_put_back_by_its_page(cast: Cast, client: Client) -> None:
    _come(client, "shipper")
    stocked(cast, ("SAUCE", "S-1", "50"))
    order = _ordered("20")
    shipping.allocate(order=order.uid, actor=ANN)
    (claim,) = shipped.pick_list([order])
    shipping.pick(order=order.uid, claim=claim.claim, lot="S-1", to=PALLET, actor=ANN)
    pick = Pick.objects.get()
    address = reverse("shipping:put_back", args=[order.uid, pick.uid])
    assert address in _page(client, "shipping:order", uid=order.uid)
    empty = client.post(address, {"uid": str(order.uid), "to": "STORE", "reason": ""})
    assert empty.status_code == 422
    done = client.post(address, {"uid": str(order.uid), "to": "STORE", "reason": "wrong pallet"})
    assert done.status_code == 302
    (portion,) = shipped.pick_list([order])
    assert (portion.place, portion.quantity, portion.pick) == (cast.store, 20, None)
    assert "Nobody has this in hand any more" in str(client.get(address).content.decode())


def test_orders_to_one_door_leave_together_each_with_what_is_picked_or_reserved(
    cast: Cast, client: Client
) -> None:
    _come(client, "shipper")
    stocked(cast, ("SAUCE", "S-1", "50"))
    first, second, draft = _ordered("20"), _ordered("15"), _ordered("1")
    shipping.allocate_many(orders=[first.uid, second.uid], actor=ANN)
    (claim, _) = sorted(shipped.pick_list([first, second]), key=lambda one: one.order.pk)
    shipping.pick(order=first.uid, claim=claim.claim, lot="S-1", actor=ANN)
    address = reverse("shipping:ship", args=[first.uid])
    page = str(client.get(address).content.decode())
    assert second.number in page
    assert draft.number not in page
    sent = {"uid": str(first.uid), "with": [str(second.uid)], "lines-count": "0", "units-count": "0"}
    assert client.post(address, sent).status_code == 302
    outbox.deliver()
    assert browsing.stock(text="S-1").get().on_hand == 15
    assert {one.status for one in Order.objects.exclude(pk=draft.pk)} == {"shipped"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (f"(00){PALLET}", PALLET),
        (f"]C100{PALLET}", PALLET),
        (PALLET, PALLET),
        ("S-1", ""),
        ("123456789012345678", ""),  # a lot of the list
        ("²" * 18, ""),
        ("", ""),
    ],
)
def test_a_pallet_scanned_where_a_lot_is_asked_for(text: str, seen: str) -> None:
    assert pallet_scanned(text, ["S-1", "123456789012345678"]) == seen
