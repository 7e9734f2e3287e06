"""Taken back after a count: the lines it had in its book are flagged, and counted again.

RECEIPT 20 of S-1 → STORE · count finds 118 of 120 · adjusted · RECEIPT taken back → "count again"
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.rooms import ANN, TODAY, Cast, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places import actions as places
from lotbook.kernel import outbox
from lotbook.kernel.errors import Conflict
from lotbook.operations.counting import actions, queries
from lotbook.operations.counting.models import Count
from lotbook.operations.counting.rules import Found
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot

BOB = "user:bob"


def received(cast: Cast, quantity: int, number: str) -> Any:
    lot = Lot.objects.get(number="S-1")
    move = Move(lot.pk, places.partner_place(cast.farm).pk, cast.store.pk, quantity)
    draft = Draft("receive", TODAY, moves=[move], document_kind="receipt", document_number=number)
    return ledger.post([draft], actor=ANN)[0].uid


def counted(found: str, **more: Any) -> Count:
    count = actions.open_count(place="STORE", actor=ANN, **more)
    recounted(count, found)
    return count


def recounted(count: Count, found: str, who: str = BOB) -> None:
    lines = [Found(item="SAUCE", lot="S-1", counted=found)]
    actions.save_sheet(count=count.uid, place="STORE", lines=lines, finish=True, actor=who)
    count.refresh_from_db()


def back(event: Any) -> None:
    ledger.reverse(event, actor=ANN, reason="a double entry")
    outbox.deliver()


@pytest.fixture
def receipt(cast: Cast) -> Any:
    stocked(cast, ("SAUCE", "S-1", "100"))
    return received(cast, 20, "R-12")


def test_a_receipt_taken_back_after_the_count_flags_its_lines(cast: Cast, receipt: Any) -> None:
    count = counted("118")
    actions.settle(count=count.uid, reason="two broken", actor=ANN)
    back(receipt)
    (row,) = queries.doubted_places()
    assert (row.count, row.place, [lot.number for lot in row.lots]) == (count, cast.store, ["S-1"])
    assert row.because == "receipt R-12 was taken back after this count: count again"
    steps = [step.title for step in queries.page(count.uid).steps]
    assert steps[0] == "In doubt"


def test_a_count_that_agreed_is_in_doubt_too(cast: Cast, receipt: Any) -> None:
    count = counted("120")
    assert count.status == "done"
    back(receipt)
    assert [row.count for row in queries.doubted_places()] == [count]


def test_what_is_delivered_twice_flags_once(cast: Cast, receipt: Any) -> None:
    count = counted("120")
    back(receipt)
    events = book.reversals([(1, 10**9)])
    assert len(events) == 1
    steps = len(queries.page(count.uid).steps)
    assert actions.doubt(events) == 0
    assert len(queries.page(count.uid).steps) == steps
    again = actions.count_again(count=count.uid, place=cast.store.uid, actor=ANN)
    recounted(again, "100")
    assert actions.doubt(events) == 0, "counted since: a late second delivery says nothing new"
    assert queries.doubted_places() == []


def test_what_the_count_did_not_see_says_nothing(cast: Cast, receipt: Any) -> None:
    """Received after the count, or taken back before it, or elsewhere: no line is in doubt."""
    counted("120")
    later = received(cast, 5, "R-13")
    back(later)
    assert queries.doubted_places() == []
    back(receipt)
    counted("100")
    assert queries.doubted_places() == [], "counted again by an ordinary count"


def test_a_count_not_yet_settled_is_flagged_as_well(cast: Cast, receipt: Any) -> None:
    count = counted("119")
    assert count.status == "review"
    back(receipt)
    assert [row.count for row in queries.doubted_places()] == [count]


def test_a_count_given_up_is_not(cast: Cast, receipt: Any) -> None:
    count = counted("119")
    actions.cancel(count=count.uid, reason="later", actor=ANN)
    back(receipt)
    assert queries.doubted_places() == []


def test_counting_again_is_opened_once_and_ends_the_doubt(cast: Cast, receipt: Any) -> None:
    count = counted("118")
    actions.settle(count=count.uid, reason="two broken", actor=ANN)
    back(receipt)
    again = actions.count_again(count=count.uid, place=cast.store.uid, actor=ANN)
    assert actions.count_again(count=count.uid, place=cast.store.uid, actor=ANN) == again
    assert (again.scope, again.lot, again.place) == ("lot", Lot.objects.get(number="S-1"), cast.store)
    assert "R-12" in again.note
    recounted(again, "98")
    assert again.status == "done"
    assert queries.doubted_places() == []
    with pytest.raises(Conflict, match="in doubt"):
        actions.count_again(count=count.uid, place=cast.store.uid, actor=ANN)


def test_pages_say_so_and_one_click_counts_again(cast: Cast, receipt: Any) -> None:
    count = counted("120")
    back(receipt)
    client = Client()
    client.force_login(User.objects.create(username="ann", role="manager"))
    again = reverse("counting:again", args=[count.uid, cast.store.uid])
    for page in ("counting:to_count", "counting:due"):
        said = client.get(reverse(page)).content.decode()
        assert "receipt R-12 was taken back" in said
        assert again in said
    said = client.get(reverse("counting:count", args=[count.uid])).content.decode()
    assert again in said
    answer = client.post(again)
    opened = Count.objects.latest("pk")
    assert answer["Location"] == reverse("counting:count", args=[opened.uid])
    assert opened.number in client.get(reverse("counting:due")).content.decode()
    recounted(opened, "100")
    assert client.post(again, follow=True).content.decode().count("in doubt any more") == 1
    reader = Client()
    reader.force_login(User.objects.create(username="otto", role="operator"))
    assert reader.post(again).status_code == 403
