"""Stock put right, written off, donated, destroyed: approved above limits, and never twice."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from tests.rooms import ANN, TODAY, Cast, fields, small, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.operations.warehouse import actions, queries
from lotbook.operations.warehouse.models import Adjustment
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot

ROUNDS = 20


def line(quantity: str, lot: str = "S-1") -> list[Line]:
    return [Line(lot=lot, quantity=quantity)]


def on_hand(number: str = "S-1") -> int:
    return sum(row.on_hand for row in browsing.stock(text=number))


@pytest.fixture
def rule(cast: Cast) -> Cast:
    """Adjustments worth more than 100 EUR need another manager's yes."""
    for name in ("ann", "mia"):
        accounts.create_user(username=name, password="correct-horse-9", role="manager", actor="lotbook")
    cast.sauce.standard_cost_micro, cast.sauce.currency = 10_000_000, "EUR"
    cast.sauce.save()
    approvals.keep_rule(
        kind="warehouse.adjust", name="Dear goods", steps=[Stage(role="manager")], currency="EUR",
        value_limit_micro=100_000_000, actor=ANN,
    )  # fmt: skip
    stocked(cast, ("SAUCE", "S-1", "100"))
    return cast


def decide(one: Adjustment, *, approve: bool) -> None:
    found = asked.of("warehouse.adjust", one.uid)
    assert found is not None
    approvals.decide(found.uid, approve=approve, actor="user:mia", reason="seen")
    outbox.deliver()
    one.refresh_from_db()


def test_small_losses_are_posted_and_large_ones_wait(rule: Cast) -> None:
    small_one = actions.scrap(
        lines=line("10"), place="STORE", reason="dropped", reason_code="damaged", actor=ANN
    )
    assert (small_one.status, small_one.number, on_hand()) == ("posted", "ADJ-2027-00001", 90)
    large = actions.scrap(lines=line("50"), place="STORE", reason="flood", reason_code="damaged", actor=ANN)
    assert (large.status, on_hand()) == ("waiting", 90)
    decide(large, approve=True)
    assert (large.status, on_hand()) == ("posted", 40)
    page = queries.adjustment_page(large.uid)
    assert page.sequence is not None
    assert [row.change for row in page.rows] == [-50]
    data = browsing.event_page(large.uid).data
    assert (data["reason_code"], data["adjustment"]) == ("damaged", large.number)


def test_a_no_leaves_the_book_as_it_is(rule: Cast) -> None:
    one = actions.adjust(lines=[Count(lot="S-1", counted="0")], place="STORE", reason="gone", actor=ANN)
    decide(one, approve=False)
    assert (one.status, on_hand()) == ("refused", 100)


def test_a_count_that_waits_keeps_its_difference(rule: Cast) -> None:
    one = actions.adjust(lines=[Count(lot="S-1", counted="80")], place="STORE", reason="count", actor=ANN)
    actions.move(lines=line("30"), place="STORE", to="A-01", actor=ANN)
    decide(one, approve=True)
    lot = Lot.objects.get(number="S-1").pk
    assert (book.on_hand(lot, rule.store.pk), book.on_hand(lot, rule.bin.pk)) == (50, 30)


def test_what_is_gone_by_then_is_refused_with_the_cause(rule: Cast) -> None:
    one = actions.scrap(lines=line("90"), place="STORE", reason="flood", actor=ANN)
    actions.move(lines=line("30"), place="STORE", to="A-01", actor=ANN)
    decide(one, approve=True)
    assert one.status == "refused"
    assert "STORE has 70" in queries.adjustment_page(one.uid).steps[0].text


def test_the_same_form_is_one_adjustment(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    given: dict[str, Any] = {"place": "STORE", "reason": "x", "actor": ANN, "uid": uuid4()}
    assert not actions.scrap(lines=line("1"), **given).duplicate
    assert actions.scrap(lines=line("1"), **given).duplicate
    with pytest.raises(Conflict):
        actions.scrap(lines=line("2"), **given)
    assert on_hand() == 99


def reserve(cast: Cast, quantity: int) -> UUID:
    document = uuid4()
    allocation.allocate(
        [Demand(cast.sauce.pk, quantity, cast.store.pk, "shipping.order", document)], actor=ANN
    )
    return document


def test_what_is_reserved_is_named_and_freed_only_when_asked(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    reserve(cast, 60)
    counts = [Count(lot="S-1", counted="30")]
    with pytest.raises(Refused) as refusal:
        actions.adjust(lines=counts, place="STORE", reason="count", actor=ANN)
    assert "60 of it reserved for" in str(refusal.value)
    assert fields(refusal) == {"lines/0/quantity"}
    assert not Adjustment.objects.exists()
    actions.adjust(lines=counts, place="STORE", reason="count", free_reserved=True, actor=ANN)
    assert on_hand() == 30
    (told,) = OutboxMessage.objects.filter(topic="allocation.broken")
    assert (told.payload["quantity"], told.payload["reason"]) == (60, "count")
    assert check().findings == []


def test_goods_are_given_to_charities_only_and_never_past_their_day(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    given: dict[str, Any] = {"partner": "SHOP", "place": "STORE", "actor": ANN}
    with pytest.raises(Refused) as refusal:
        actions.donate(lines=line("5"), document="", **given)
    assert fields(refusal) == {"partner", "document"}
    cast.shop.attributes = {"charity": True}
    cast.shop.save()
    done = actions.donate(lines=line("5"), document="DON-1", **given)
    event = browsing.event_page(done.uid).event
    assert (event.kind, event.document_number, on_hand()) == ("ship", "DON-1", 95)
    Lot.objects.update(expires_on=TODAY.date().replace(day=2))
    with pytest.raises(Refused) as refusal:
        actions.donate(lines=line("5"), document="DON-2", **given)
    assert [fault.code for fault in refusal.value.faults] == ["not_free"]
    actions.donate(lines=line("5"), document="DON-2", override="the food bank tested it", **given)
    assert on_hand() == 90


def test_goods_are_destroyed_before_somebody_else(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    given: dict[str, Any] = {"lines": line("7"), "place": "STORE", "reason": "recall", "actor": ANN}
    for witness in ("", "Ann"):
        with pytest.raises(Refused) as refusal:
            actions.destroy(witness=witness, **given)
        assert fields(refusal) == {"witness"}
    done = actions.destroy(witness="Quinn", certificate="WASTE-77", **given)
    data = browsing.event_page(done.uid).data
    assert (data["witness"], data["certificate"], on_hand()) == ("Quinn", "WASTE-77", 93)
    ledger.reverse(done.uid, actor=ANN, reason="wrong pallet")
    assert queries.adjustment_page(done.uid).reversed
    assert on_hand() == 100


def test_a_reason_code_is_one_of_ours(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    with pytest.raises(Refused) as refusal:
        actions.scrap(lines=line("1"), place="STORE", reason="x", reason_code="mood", actor=ANN)
    assert fields(refusal) == {"reason_code"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_an_adjustment_and_a_shipment_never_both_take_the_last_hundred(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    cast = small()
    shop = places.partner_place(cast.shop).pk
    for number in range(ROUNDS):
        stocked(cast, ("SAUCE", f"R-{number}", "100"))
        lot = Lot.objects.get(number=f"R-{number}")
        start = threading.Barrier(2)
        won: list[str] = []
        errors: list[str] = []

        def act(name: str, do: Any, start: Any = start, won: Any = won, errors: Any = errors) -> None:
            try:
                start.wait(30)
                do()
                won.append(name)
            except Refused as refusal:
                if {fault.code for fault in refusal.faults} - {"too_little", "no_difference"}:
                    errors.append(str(refusal))
            except Exception as problem:  # noqa: BLE001 - whatever a client would see is a finding
                errors.append(repr(problem))
            finally:
                connection.close()

        def ship(lot: Lot = lot) -> None:
            ledger.post([Draft("ship", TODAY, moves=[Move(lot.pk, cast.store.pk, shop, 100)])], actor=ANN)

        def adjust(lot: Lot = lot) -> None:
            counts = [Count(lot=str(lot.uid), counted="0")]
            actions.adjust(lines=counts, place="STORE", reason="gone", actor=ANN)

        threads = [threading.Thread(target=act, args=pair) for pair in (("ship", ship), ("adjust", adjust))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(won) == 1
        assert book.on_hand(lot.pk, cast.store.pk) == 0
    assert check().findings == []
