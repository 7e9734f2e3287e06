"""Counts: compared with the book of that moment, counted again by somebody else, decided and posted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.counting import actions, queries, rules
from lotbook.operations.counting.models import Count, Tally
from lotbook.operations.counting.rules import Found
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import asof, browsing
from lotbook.traceability.ledger import queries as book
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot

BOB = "user:bob"
CARL = "user:carl"


def opened(**more: Any) -> Count:
    return actions.open_count(**{"place": "STORE", "actor": ANN, **more})


def sheet(count: Count, *found: tuple[str, str, str], actor: str = BOB, **more: Any) -> None:
    lines = [Found(item=item, lot=lot, counted=counted) for item, lot, counted in found]
    more.setdefault("finish", True)
    more.setdefault("place", "STORE")
    actions.save_sheet(count=count.uid, lines=lines, actor=actor, **more)
    count.refresh_from_db()


def on_hand(number: str, place: Any) -> int:
    return book.on_hand(Lot.objects.get(number=number).pk, place.pk)


def shipped(cast: Cast, number: str, quantity: int, **more: Any) -> None:
    lot = Lot.objects.get(number=number)
    move = Move(lot.pk, cast.store.pk, places.partner_place(cast.shop).pk, quantity)
    ledger.post([Draft("ship", more.pop("at", TODAY), moves=[move], **more)], actor=ANN)


def test_a_count_that_agrees_is_done_and_says_nothing_to_the_ledger(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "5"))
    stocked(cast, ("TOM", "T-1", "20"), place="A-01")
    events = browsing.events().count()
    count = opened(counter="", due_on="2027-03-05")
    assert count.number == "CC-2027-00001"
    assert [one.place.code for one in count.sheets.order_by("place__code")] == ["A-01", "STORE"]
    sheet(count, ("TOM", "T-1", "20"), place="A-01")
    assert count.status == "open"
    sheet(count, ("TOM", "T-1", "100"), ("JAR", "", "5"))
    assert count.status == "done"
    assert browsing.events().count() == events
    page = queries.page(count.uid)
    assert page.accuracy.lines_percent == "100.0"
    assert [step.title for step in page.steps] == ["Agrees with the book", "Counted", "Counted", "Opened"]


def test_what_moves_meanwhile_is_no_difference(cast: Cast) -> None:
    """Counted 100, then 30 shipped, then posted: the other lot's difference alone is put right."""
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "50"))
    count = opened()
    sheet(count, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "49"), finish=False)
    shipped(cast, "S-1", 30)
    shipped(cast, "S-2", 9)
    sheet(count)
    assert count.status == "review"
    actions.settle(count=count.uid, reason="one jar broken", actor=ANN)
    count.refresh_from_db()
    assert count.status == "done"
    assert on_hand("S-1", cast.store) == 70
    assert on_hand("S-2", cast.store) == 40
    event = browsing.event_page(str(count.event)).event
    assert (event.kind, event.document_kind, event.document_number) == ("adjust", "count", count.number)
    assert event.movements.count() == 1
    assert check().findings == []


def test_what_is_recorded_late_but_happened_before_belongs_before(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shipped offline at 10, counted at 12 (90 found), the scan arrives at 13: nothing is missing."""
    stocked(cast, ("SAUCE", "S-1", "100"))
    count = opened()
    sheet(count, ("SAUCE", "S-1", "96"), finish=False)
    monkeypatch.setattr(clock, "now", lambda: TODAY + timedelta(hours=1))
    shipped(cast, "S-1", 4, at=TODAY - timedelta(hours=2))
    line = queries.line_rows(count)[0]
    assert (line.late, line.difference.quantity) == (-4, 0)
    sheet(count)
    assert count.status == "done"
    assert on_hand("S-1", cast.store) == 96


def test_lots_the_book_has_elsewhere_are_added_and_lots_not_found_are_zero(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"), ("SALT", "S-1", "5"))
    stocked(cast, ("TOM", "T-2", "3"), place="QUARANTINE")
    actions.set_limit(actor=ANN)
    count = opened()
    with pytest.raises(Refused) as refusal:
        sheet(count, ("TOM", "T-1", "10"), ("TOM", "T-2", "1"))
    assert "SALT lot S-1" in str(refusal.value)
    assert Tally.objects.count() == 0
    sheet(count, ("TOM", "T-1", "10"), ("TOM", "T-2", "1"), rest_is_zero=True)
    lines = {line.lot.number: line for line in queries.page(count.uid).lines}
    assert lines["T-2"].tally.found
    assert lines["S-1"].difference.quantity == -5000
    actions.settle(count=count.uid, reason="found behind the shelf", actor=ANN)
    assert (on_hand("T-2", cast.store), on_hand("S-1", cast.store)) == (1000, 0)


def test_too_large_a_difference_is_counted_again_by_somebody_else(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"), ("SAUCE", "S-2", "100"))
    count = opened()
    sheet(count, ("SAUCE", "S-1", "90"), ("SAUCE", "S-2", "99"))
    assert (count.status, count.round) == ("recount", 2)
    with pytest.raises(Refused) as refusal:
        sheet(count, ("SAUCE", "S-1", "90"))
    assert [fault.code for fault in refusal.value.faults] == ["four_eyes"]
    with pytest.raises(Refused) as refusal:
        sheet(count, rest_is_zero=True)
    assert [fault.code for fault in refusal.value.faults] == ["four_eyes"]
    with pytest.raises(Refused) as refusal:
        sheet(count, ("SAUCE", "S-2", "99"), actor=CARL)
    assert fields(refusal) == {"lines/0/lot"}
    sheet(count, ("SAUCE", "S-1", "90"), actor=CARL)
    assert count.status == "review"
    assert [len(line.rounds) for line in queries.page(count.uid).lines] == [2, 1]
    actions.settle(count=count.uid, reason="counted twice", actor=ANN)
    assert (on_hand("S-1", cast.store), on_hand("S-2", cast.store)) == (90, 99)


def test_two_rounds_that_disagree_ask_for_a_third(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    count = opened()
    sheet(count, ("SAUCE", "S-1", "80"))
    sheet(count, ("SAUCE", "S-1", "110"), actor=CARL)
    assert (count.status, count.round) == ("recount", 3)
    with pytest.raises(Refused):
        sheet(count, ("SAUCE", "S-1", "100"))
    sheet(count, ("SAUCE", "S-1", "100"), actor="user:dora")
    assert count.status == "done"


def test_limits_are_by_group_in_percent_quantity_and_value(cast: Cast) -> None:
    cast.sauce.group, cast.sauce.standard_cost_micro = "sauces", 2_000_000
    cast.sauce.save()
    stocked(cast, ("SAUCE", "S-1", "1000"), ("TOM", "T-1", "1000"))
    actions.set_limit(item_group="sauces", value="10", actor=ANN)
    actions.set_limit(quantity="0.5", actor=ANN)
    count = opened()
    sheet(count, ("SAUCE", "S-1", "994"), ("TOM", "T-1", "999.5"))
    exceeded = {line.lot.number: line.exceeds for line in queries.line_rows(count)}
    assert exceeded == {"S-1": "worth 12.00, more than 10.00", "T-1": ""}
    with pytest.raises(Refused) as refusal:
        actions.set_limit(percent="-1", quantity="x", actor=ANN)
    assert fields(refusal) == {"percent", "quantity"}


@pytest.fixture
def rule(cast: Cast) -> None:
    """Differences worth more than 100 need a manager's yes."""
    for name, role in (("ann", "manager"), ("mia", "manager")):
        accounts.create_user(username=name, password="correct-horse-9", role=role, actor="lotbook")
    cast.sauce.standard_cost_micro, cast.sauce.currency = 10_000_000, "EUR"
    cast.sauce.save()
    approvals.keep_rule(
        kind="counting.adjust", name="Large differences", steps=[Stage(role="manager")],
        value_limit_micro=100_000_000, currency="EUR", actor=ANN,
    )  # fmt: skip


def waiting(cast: Cast, counted: str) -> Count:
    stocked(cast, ("SAUCE", "S-1", "100"))
    actions.set_limit(actor=ANN)
    count = opened()
    sheet(count, ("SAUCE", "S-1", counted))
    actions.settle(count=count.uid, reason="missing", actor=ANN)
    count.refresh_from_db()
    return count


def answer(count: Count, *, approve: bool) -> None:
    one = asked.of("counting.adjust", count.uid)
    assert one is not None
    approvals.decide(one.uid, approve=approve, actor="user:mia", reason="seen")
    outbox.deliver()
    count.refresh_from_db()


def test_small_differences_are_posted_at_once_and_large_ones_wait_for_a_yes(cast: Cast, rule: None) -> None:
    assert waiting(cast, "95").status == "done"
    assert on_hand("S-1", cast.store) == 95
    count = waiting(cast, "80")
    assert count.status == "waiting"
    assert on_hand("S-1", cast.store) == 195
    with pytest.raises(Conflict):
        actions.settle(count=count.uid, reason="again", actor=ANN)
    answer(count, approve=True)
    assert count.status == "done"
    assert on_hand("S-1", cast.store) == 80
    actions.decided(count=count.uid, status="approved")
    assert on_hand("S-1", cast.store) == 80


def test_a_refused_adjustment_can_be_counted_again(cast: Cast, rule: None) -> None:
    count = waiting(cast, "50")
    answer(count, approve=False)
    assert (count.status, on_hand("S-1", cast.store)) == ("refused", 100)
    actions.ask_recount(count=count.uid, reason="look in the cellar", actor=ANN)
    count.refresh_from_db()
    sheet(count, ("SAUCE", "S-1", "100"), actor=CARL)
    assert count.status == "done"


def test_what_the_book_refuses_by_then_comes_back_to_be_decided(cast: Cast, rule: None) -> None:
    count = waiting(cast, "20")
    shipped(cast, "S-1", 90)
    answer(count, approve=True)
    assert count.status == "review"
    assert on_hand("S-1", cast.store) == 10
    assert "STORE has 10" in queries.page(count.uid).steps[0].text


def test_a_count_is_reversed_and_says_so(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    count = opened()
    sheet(count, ("SAUCE", "S-1", "99"))
    actions.settle(count=count.uid, reason="one missing", actor=ANN)
    count.refresh_from_db()
    assert count.event is not None
    ledger.reverse(count.event, actor=ANN, reason="it was in the office")
    assert on_hand("S-1", cast.store) == 100
    assert queries.page(count.uid).reversed


def test_a_count_of_an_item_or_a_lot_takes_nothing_else(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"), ("SAUCE", "S-1", "10"))
    stocked(cast, ("TOM", "T-1", "5"), ("TOM", "T-2", "5"), place="A-01")
    by_item = opened(place="", item="TOM")
    assert by_item.sheets.count() == 2
    with pytest.raises(Refused) as refusal:
        sheet(by_item, ("SAUCE", "S-1", "10"))
    assert fields(refusal) == {"lines/0/lot"}
    by_lot = opened(place="", lot="T-2")
    assert [one.place.code for one in by_lot.sheets.all()] == ["A-01"]
    sheet(by_lot, ("TOM", "T-2", "5"), place="A-01")
    assert by_lot.status == "done"
    with pytest.raises(Refused) as refusal:
        opened(place="", lot="T-9")
    assert fields(refusal) == {"lot"}
    with pytest.raises(Refused) as refusal:
        opened(place="", item="PEEL")
    assert fields(refusal) == {"place"}


def test_the_same_form_opens_one_count(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"))
    one = uuid4()
    assert opened(uid=one).pk == opened(uid=one).pk
    with pytest.raises(Conflict):
        opened(uid=one, note="other")
    assert Count.objects.count() == 1


def test_places_are_left_out_and_counts_given_up_with_a_reason(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"))
    stocked(cast, ("TOM", "T-1", "5"), place="A-01")
    count = opened()
    sheet(count, ("TOM", "T-1", "10"))
    with pytest.raises(Refused) as refusal:
        actions.skip_places(count=count.uid, places=["A-01"], reason=" ", actor=ANN)
    assert fields(refusal) == {"reason"}
    actions.skip_places(count=count.uid, places=["A-01"], reason="blocked", actor=ANN)
    count.refresh_from_db()
    assert count.status == "done"
    with pytest.raises(Conflict):
        actions.cancel(count=count.uid, reason="x", actor=ANN)
    other = opened()
    actions.cancel(count=other.uid, reason="fire drill", actor=ANN)
    with pytest.raises(Conflict):
        sheet(other, ("TOM", "T-1", "10"))


def test_a_partners_statement_is_compared_with_the_book_of_its_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    monkeypatch.setattr(clock, "now", lambda: TODAY + timedelta(days=5))
    shipped(cast, "S-1", 30, at=TODAY + timedelta(days=4))
    count = opened(statement="ST-7", stated_on="2027-03-05", place="STORE")
    sheet(count, ("SAUCE", "S-1", "100"))
    assert count.status == "done"
    event = browsing.event_page(str(count.event)).event
    assert (event.kind, event.document_kind, event.document_number) == ("observe", "statement", "ST-7")
    with pytest.raises(Refused) as refusal:
        opened(statement="ST-8")
    assert fields(refusal) == {"stated_on"}


def test_what_is_due_and_how_well_the_book_agrees(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.sauce.standard_cost_micro = 10_000_000
    cast.sauce.save()
    stocked(cast, ("SAUCE", "S-1", "100"), ("TOM", "T-1", "10"))
    stocked(cast, ("TOM", "T-2", "5"), place="A-01")
    assert [(row.place.code, row.days) for row in queries.due_places(30)] == [("STORE", None), ("A-01", None)]
    count = opened(place="A-01")
    sheet(count, ("TOM", "T-2", "4.9"), place="A-01")
    monkeypatch.setattr(clock, "now", lambda: TODAY + timedelta(days=40))
    assert [(row.place.code, row.days) for row in queries.due_places(30)] == [("STORE", None), ("A-01", 40)]
    assert [row.place.code for row in queries.due_places(90)] == ["STORE"]
    assert [row.place.code for row in queries.due_places(30, place="A-01")] == ["A-01"]
    assert [(row.item.code, row.abc, row.days) for row in queries.due_items()] == [("SAUCE", "A", None)]
    month = queries.by_month()[0]
    assert (month.counts, month.accuracy.lines, month.accuracy.right) == (1, 1, 0)


def test_lines_of_a_file_fill_many_sheets_all_or_nothing(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"))
    stocked(cast, ("TOM", "T-1", "5"), place="A-01")
    count = opened()
    rows = [
        ("STORE", Found("TOM", "T-1", "10")),
        ("A-01", Found("TOM", "T-1", "x")),
        ("NOPE", Found("TOM", "T-1", "1")),
    ]
    with pytest.raises(Refused) as refusal:
        actions.import_lines(count=count.uid, rows=rows, actor=BOB)
    assert fields(refusal) == {"lines/1/counted", "lines/2/place"}
    assert Tally.objects.count() == 0
    good = [rows[0], ("A-01", Found("TOM", "T-1", "5"))]
    assert actions.import_lines(count=count.uid, rows=good, actor=BOB, finish=True) == 2
    count.refresh_from_db()
    assert count.status == "done"


def test_a_blind_sheet_tells_nobody_what_the_book_says(cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"))
    blind, seen = opened(), opened(blind=False)
    assert [row.book for row in queries.sheet(blind.uid, "STORE").rows] == [None]
    assert [row.book for row in queries.sheet(seen.uid, "STORE").rows] == [10_000]


def test_the_book_of_a_sequence_stays_the_same(cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "100"))
    before = asof.book([cast.store.pk])
    shipped(cast, "S-1", 30)
    stocked(cast, ("SAUCE", "S-2", "7"))
    again = asof.book([cast.store.pk], sequence=before.sequence)
    assert again == before
    assert asof.book([cast.store.pk], until=TODAY).on_hand == {}


def test_class_and_limit_rules() -> None:
    assert rules.classes({1: 0, 2: 0}) == {1: "C", 2: "C"}
    assert rules.Limits().exceeded(rules.Difference(0, 5, 0)) == ""
    assert rules.Limits(percent_hundredths=0).exceeded(rules.Difference(0, 5, 0))
    assert rules.accuracy([]).lines_percent == ""
