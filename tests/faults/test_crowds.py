"""Writers side by side: nothing is lost, doubled, deadlocked or taken below nothing."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import pytest
from django.db import connection, transaction

from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions, storage
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.models import Balance, Event
from lotbook.traceability.ledger.rules import Draft, PutHold
from tests.faults.crowd import Floor, Outcome, crowd, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.heavy
@pytest.mark.postgres
def test_thirty_two_writers_on_five_lots(long_run: bool) -> None:
    floor = Floor.open()
    outcome = crowd(32, 60 if long_run else 10, lambda dice, seen: post(floor.some_batch(dice, 5, 1), seen))
    assert outcome.errors == []
    assert outcome.posted == Event.objects.count() > 100
    assert check().findings == []
    print(f"\n32 writers, 5 lots: {outcome.posted} events posted, {outcome.refused} refused for too little")


def test_batches_in_any_order_do_not_lock_each_other_out() -> None:
    """Trap 3: eight writers, batches over twenty hot lots in no order at all."""
    floor = Floor.open()
    outcome = crowd(8, 4, lambda dice, seen: post(floor.some_batch(dice, 20, 10), seen))
    assert outcome.errors == []
    assert outcome.posted == Event.objects.count() > 50
    assert check().findings == []


@pytest.mark.postgres
def test_an_act_that_has_locked_its_goods_may_ship_beside_others() -> None:
    """A customer's balance is locked after ours by all; before, both would wait for each other."""
    floor = Floor.open(shelves=1)
    actions.post([floor.receive(1, 100)], actor="user:crowd")
    actions.post([floor.ship(1, 1)], actor="user:crowd")
    balance = Balance.objects.get(place=floor.shelves[0])
    outcome = Outcome()

    def ship_too() -> None:
        try:
            with transaction.atomic():  # as every act of a room: within it, nothing is tried again
                post([floor.ship(1, 10)], outcome)
        except Exception as problem:  # noqa: BLE001 - whatever a client would see is a finding
            outcome.errors.append(repr(problem))
        finally:
            connection.close()

    other = threading.Thread(target=ship_too)
    with transaction.atomic():
        storage.lock_balances([(balance.lot_id, balance.place_id)])
        other.start()
        until = time.monotonic() + 30
        while not sql.rows("SELECT 1 FROM pg_locks WHERE NOT granted") and time.monotonic() < until:
            time.sleep(0.01)
        post([floor.ship(1, 20)], outcome)
    other.join()
    assert (outcome.errors, outcome.posted) == ([], 2)
    balance.refresh_from_db()
    assert balance.on_hand == 69
    assert check().findings == []


def test_two_writers_who_make_the_same_balance_lose_nothing() -> None:
    """Trap 2: lots and balances that nobody has seen before, made by eight writers at the same moment."""
    floor = Floor.open(shelves=1)
    for number in range(12):
        start = threading.Barrier(8)
        outcome = Outcome()

        def work(number: int = number, start: threading.Barrier = start, outcome: Outcome = outcome) -> None:
            try:
                start.wait(30)
                post([floor.receive(number, 7)], outcome)
            except Exception as problem:  # noqa: BLE001 - whatever a client would see is a finding
                outcome.errors.append(repr(problem))
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcome.errors == []
    on_hand = Balance.objects.filter(place=floor.shelves[0]).values_list("on_hand", flat=True)
    assert list(on_hand) == [56] * 12
    assert check().findings == []


def test_the_last_hundred_ship_once() -> None:
    """Two clients ship the last 100 of a lot at once, again and again: one of them is told no."""
    floor = Floor.open(shelves=1)
    for number in range(25):
        actions.post([floor.receive(number, 100)], actor="user:crowd")
        start = threading.Barrier(2)
        answers: list[str] = []

        def work(
            number: int = number, start: threading.Barrier = start, answers: list[str] = answers
        ) -> None:
            try:
                start.wait(30)
                actions.post([floor.ship(number, 100)], actor="user:crowd")
                answers.append("shipped")
            except Refused as refusal:
                answers.append(refusal.faults[0].code)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["shipped", "too_little"]
    assert check().findings == []


def test_the_same_event_sent_by_many_at_once_is_written_once() -> None:
    floor = Floor.open(shelves=1)
    draft = floor.receive(1, 10)
    start = threading.Barrier(8)
    receipts: list[tuple[int, bool]] = []

    def work() -> None:
        try:
            start.wait(30)
            receipt = actions.post([draft], actor="user:crowd")[0]
            receipts.append((receipt.sequence, receipt.duplicate))  # type: ignore[union-attr]
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({sequence for sequence, _ in receipts}) == 1
    assert sorted(duplicate for _, duplicate in receipts) == [False] + [True] * 7
    assert Event.objects.count() == 1


def test_a_hold_cannot_race_a_shipment() -> None:
    """Once the hold has its receipt, nothing of the lot leaves: every shipment is before it or refused."""
    floor = Floor.open(shelves=1)
    for number in range(15):
        actions.post([floor.receive(number, 1000)], actor="user:crowd")
        start = threading.Barrier(5)
        held: list[int] = []
        shipped: list[int] = []

        def ship(
            number: int = number, start: threading.Barrier = start, shipped: list[int] = shipped
        ) -> None:
            try:
                start.wait(30)
                for _ in range(6):
                    receipt = actions.post([floor.ship(number, 1)], actor="user:crowd")[0]
                    shipped.append(receipt.sequence)  # type: ignore[union-attr]
            except Refused as refusal:
                if refusal.faults[0].code != "not_free":
                    raise
            finally:
                connection.close()

        def hold(number: int = number, start: threading.Barrier = start, held: list[int] = held) -> None:
            try:
                start.wait(30)
                put = PutHold(floor.lot(number), "quality", uuid4())
                draft = Draft("hold", clock.now(), uid=uuid4(), reason="smells", holds=[put])
                receipt = actions.post([draft], actor="user:crowd")[0]
                held.append(receipt.sequence)  # type: ignore[union-attr]
            finally:
                connection.close()

        threads = [threading.Thread(target=ship) for _ in range(4)] + [threading.Thread(target=hold)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(held) == 1
        assert all(sequence < held[0] for sequence in shipped)
    assert check().findings == []


def test_as_of_counts_only_what_is_decided() -> None:
    """While a writer holds a lower sequence undecided, the watermark stays below it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: sequences are decided in their order")
    from django.db import transaction

    from lotbook.traceability.ledger import storage

    floor = Floor.open(shelves=1)
    actions.post([floor.receive(0, 10)], actor="user:crowd")
    settled = storage.watermark()
    drawn, go = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            actions.post([floor.receive(1, 10)], actor="user:crowd")
            drawn.set()
            go.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    drawn.wait(30)
    quick = actions.post([floor.receive(2, 10)], actor="user:crowd")[0]
    assert storage.watermark() == settled < quick.sequence  # type: ignore[union-attr]
    go.set()
    thread.join()
    assert storage.watermark() == quick.sequence  # type: ignore[union-attr]


def test_own_stock_goes_down_by_an_upsert_that_proposes_a_negative_row() -> None:
    """Trap 4: PostgreSQL checks the proposed row of an upsert, before it knows that the row exists."""
    floor = Floor.open(shelves=1)
    actions.post([floor.receive(0, 10)], actor="user:crowd")
    actions.post([floor.ship(0, 4)], actor="user:crowd")
    assert Balance.objects.get(place=floor.shelves[0]).on_hand == 6
    with pytest.raises(Refused):
        actions.post([floor.ship(1, 1)], actor="user:crowd")
    batch = [floor.receive(5, 3), floor.ship(5, 3), floor.receive(5, 1), floor.ship(5, 2)]
    with pytest.raises(Refused) as refusal:
        actions.post(batch, actor="user:crowd")
    assert [fault.field for fault in refusal.value.faults] == ["events/3/moves/0/quantity"]
    assert not Event.objects.filter(uid__in=[draft.uid for draft in batch]).exists()
