"""Receive a pallet from a shipping notice: told through actions only, from the order to the shelf.

PO → DN-7: PALLET → CASE (TOM T-1), jars loose on it → STORE → back again, and once more
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from tests.rooms import TODAY, Cast, small

from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving import queries as expected
from lotbook.operations.receiving.models import Arrival, Notice, Order
from lotbook.operations.receiving.rules import Announced, Line, Ordered
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import check
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.lots.models import Hold, Lot
from lotbook.traceability.trace import queries as trace
from lotbook.traceability.trace.rules import Subject

PIA, RITA, OTTO = "user:pia", "user:rita", "user:otto"
PALLET = "340123456789012340"
CASE = "340123456789012357"


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    return small()


def announced() -> tuple[Order, Notice]:
    """Pia orders, and the farm says what is on the truck."""
    order = receiving.create_order(
        supplier="FARM", site="PLANT", expected_on="2027-03-03", send=True, actor=PIA,
        lines=[Ordered(item="TOM", quantity="60"), Ordered(item="JAR", quantity="100")],
    )  # fmt: skip
    notice = receiving.create_notice(
        supplier="FARM", site="PLANT", number="DN-7", actor=PIA,
        lines=[
            Announced(
                item="TOM", lot="T-1", supplier_lot="4711", quantity="60", sscc=CASE, pallet=PALLET,
                order=order.number, produced_on="2027-03-01", origin_country="IT",
                tlc_source_reference="FFRN 12345",
            ),
            Announced(item="JAR", quantity="40", sscc=PALLET, order=order.number),
        ],
    )  # fmt: skip
    return order, notice


def total(code: str) -> int:
    """How much of an item we have."""
    return sum(row.on_hand for row in book.balances(item_code=code))


def test_a_pallet_from_its_notice_to_the_shelf(cast: Cast) -> None:
    order, notice = announced()
    assert expected.expected().orders_today == 1
    receiving.set_rule(actor=PIA, item="TOM", required=["temperature", "tlc_source"], temperature_max="7")
    with pytest.raises(Refused, match="temperature at the dock is missing"):
        receiving.receive_unit(sscc=PALLET, place="STORE", actor=RITA)
    receipt = receiving.receive_unit(sscc=PALLET, place="STORE", temperature="4.5", actor=RITA)

    # Everything stands where it was put, with what the supplier said of it.
    lot = Lot.objects.get(number="T-1")
    assert (lot.supplier, lot.supplier_lot, lot.origin_country) == (cast.farm, "4711", "IT")
    assert lot.tlc_source_reference == "FFRN 12345"
    assert Place.objects.get(sscc=CASE).parent == Place.objects.get(sscc=PALLET)
    page = expected.order_page(order.uid)
    assert [(line.received, line.open) for line in page.lines] == [(60_000, 0), (40, 60)]
    assert (page.order.status, expected.notice(notice.uid).status) == ("partly", "received")

    # The pallet moves as one; a trace names the supplier.
    warehouse.move_unit(unit=PALLET, to="A-01", actor=OTTO)
    origin = trace.trace(Subject(lot=lot.pk), "back")
    assert [supplier.name for supplier in origin.suppliers] == ["Fattoria Rossi"]

    # The rest comes without a notice: some of it broken, which goes back with the driver.
    receiving.receive(
        place="STORE", order=order.number, actor=RITA,
        lines=[Line(item="JAR", quantity="50", refused="10", difference="damaged", reason="broken")],
    )  # fmt: skip
    line = expected.order_page(order.uid).lines[1]
    assert (line.received, line.refused, line.open) == (90, 10, 10)

    # It was the wrong pallet: taken back, order and notice are open again, and it can come again.
    warehouse.move_unit(unit=PALLET, to="STORE", actor=OTTO)
    ledger.reverse(receipt.uid, actor=RITA, reason="wrong pallet")
    outbox.deliver()
    assert [line.received for line in expected.order_page(order.uid).lines] == [0, 50]
    assert expected.notice(notice.uid).status == "announced"
    assert total("TOM") == 0
    receiving.receive_unit(sscc=PALLET, place="STORE", temperature="5", actor=OTTO)
    assert (total("TOM"), total("JAR")) == (60_000, 90)

    # Mould: half of it goes back to the farm, against the second receipt.
    second = Arrival.objects.filter(is_reversed=False, notice=notice).get()
    receiving.supplier_return(
        receipt=second.event, place=CASE, reason="mould", actor=RITA,
        lines=[words.Line(lot="T-1", quantity="30")],
    )  # fmt: skip
    assert total("TOM") == 30_000
    assert check.check().findings == []


def test_goods_from_a_supplier_on_watch_wait_until_somebody_looks(cast: Cast) -> None:
    receiving.set_rule(actor=PIA, supplier="FARM", quarantine="hold")
    announced()
    receiving.receive_unit(sscc=PALLET, place="STORE", actor=RITA)
    assert [hold.lot.number for hold in Hold.objects.all()] == ["T-1"]
    # Jars are not told apart by lot, so they cannot be held: the pallet stands in quarantine with them.
    assert Place.objects.get(sscc=PALLET).parent == cast.quarantine


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["STORE", "A-01"])
def test_two_who_receive_the_same_pallet_at_once_receive_it_once(place: str) -> None:
    """Rita and Otto scan the same label at the same moment; never is it in stock twice."""
    small()
    for round_ in range(4):
        sscc = f"3401234567890{round_:04}"
        line = Announced(item="TOM", lot=f"T-{round_}", quantity="60", sscc=sscc)
        receiving.create_notice(supplier="FARM", site="PLANT", number=f"DN-{round_}", lines=[line], actor=PIA)
        start = threading.Barrier(2)
        answers: list[Any] = []

        def scan(
            who: str,
            where: str,
            sscc: str = sscc,
            start: threading.Barrier = start,
            answers: list[Any] = answers,
        ) -> None:
            try:
                start.wait(30)
                answers.append(receiving.receive_unit(sscc=sscc, place=where, actor=who))
            except Exception as problem:  # noqa: BLE001 - whatever a person would see is a finding
                answers.append(problem)
            finally:
                connection.close()

        threads = [threading.Thread(target=scan, args=one) for one in ((RITA, "STORE"), (OTTO, place))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        receipts = [one for one in answers if not isinstance(one, Exception)]
        if place == "STORE":
            assert len(receipts) == 2, answers
            assert len({one.uid for one in receipts}) == 1
            assert sorted(one.duplicate for one in receipts) == [False, True]
        else:
            assert len(receipts) == 1, answers
            (no,) = [one for one in answers if isinstance(one, Exception)]
            assert isinstance(no, Conflict)
            assert "was received before" in str(no)
        assert total("TOM") == 60_000 * (round_ + 1)
    assert check.check().findings == []
