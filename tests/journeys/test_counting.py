"""A count with recount, told through actions only.

Monday  : Anna opens a blind count of the dry store; Otto counts, and a pallet leaves meanwhile.
          SAUCE-1 is 12 short: too far off, somebody else counts it again.
Tuesday : Rita finds the same. Anna asks to adjust; it is dear, so Ada says yes. The book is right.
"""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import cast, rooms

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals import queries as asked
from lotbook.foundation.approvals.rules import Stage
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import NotAllowed, Refused
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting import queries as counts
from lotbook.operations.counting.models import Count
from lotbook.operations.counting.rules import Found
from lotbook.operations.warehouse import actions as warehouse
from lotbook.operations.warehouse.rules import Count as Counted
from lotbook.operations.warehouse.rules import Packed, Part
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing, check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

ANNA, OTTO, RITA, ADA = "user:anna", "user:otto", "user:rita", "user:ada"


def ours(number: str) -> int:
    return sum(row.on_hand for row in browsing.stock(text=number) if row.lot.number == number)


@pytest.mark.django_db
def test_count_with_recount() -> None:
    world = cast.small()
    for name in ("anna", "ada"):
        cast.person(name)
    world.sauce.standard_cost_micro, world.sauce.currency = 3_000_000, "USD"
    world.sauce.save()
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    cast.receive(world, world.tumbling, world.sauce, "SAUCE-1", "200")
    approvals.keep_rule(
        kind="counting.adjust", name="Dear differences", steps=[Stage(role="administrator")],
        value_limit_micro=30_000_000, currency="USD", actor=ADA,
    )  # fmt: skip

    opened = counting.open_count(place="KIT-DRY", counter="", due_on="2027-03-05", actor=ANNA)
    assert [row.book for row in counts.sheet(opened.uid, "KIT-DRY").rows] == [None, None]
    first = [Found(lot="SAUCE-1", counted="188"), Found(lot="TOM-1", counted="499.8")]
    counting.save_sheet(count=opened.uid, place="KIT-DRY", lines=first, actor=OTTO)
    cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "40")
    counting.save_sheet(count=opened.uid, place="KIT-DRY", lines=(), finish=True, actor=OTTO)
    opened.refresh_from_db()
    assert (opened.status, opened.round) == ("recount", 2)

    with pytest.raises(Refused, match="counted lot SAUCE-1 before"):
        counting.save_sheet(
            count=opened.uid, place="KIT-DRY", lines=[Found(lot="SAUCE-1", counted="148")], actor=OTTO
        )
    again = [Found(lot="SAUCE-1", counted="148")]
    counting.save_sheet(count=opened.uid, place="KIT-DRY", lines=again, finish=True, actor=RITA)
    page = counts.page(opened.uid)
    assert page.count.status == "review"
    assert {line.lot.number: line.difference.quantity for line in page.off} == {"SAUCE-1": -12, "TOM-1": -200}
    assert page.accuracy.lines_percent == "0.0"

    counting.settle(count=opened.uid, reason="A tray fell on Friday", actor=ANNA)
    waiting = asked.of("counting.adjust", opened.uid)
    assert waiting is not None
    assert ours("SAUCE-1") == 160
    with pytest.raises(NotAllowed):
        approvals.decide(waiting.uid, approve=True, actor=ANNA)
    approvals.decide(waiting.uid, approve=True, actor=ADA)
    outbox.deliver()

    done = counts.page(opened.uid)
    assert done.count.status == "done"
    assert done.count.event is not None
    event = browsing.event_page(done.count.event)
    assert (event.event.document_number, event.event.reason) == (opened.number, "A tray fell on Friday")
    assert [row["by"] for row in event.data["counted"]] == [RITA, OTTO]
    assert (ours("SAUCE-1"), ours("TOM-1")) == (148, 499_800)
    assert [step.title for step in reversed(done.steps)] == [
        "Opened", "Counted", "Recount asked", "Counted again", "Approval asked", "Approved", "Adjusted",
    ]  # fmt: skip
    assert check.check().findings == []


# -- whatever the warehouse does, the book agrees with itself --------------------------------------

ACT = st.tuples(
    st.sampled_from(
        ["split", "merge", "relabel", "repack", "scrap", "adjust", "move", "count", "reverse", "receive"]
    ),
    st.integers(0, 7),
    st.integers(1, 40),
)


class Floor:
    """Does one act after another on whatever is in stock; what the book refuses changes nothing."""

    def __init__(self, world: rooms.Cast) -> None:
        self.world = world
        self.outside = 0
        self.number = 0

    def lot(self, index: int) -> Lot | None:
        rows = list(browsing.stock().filter(lot__item=self.world.tomatoes, place=self.world.store))
        return rows[index % len(rows)].lot if rows else None

    def of(self, lot: Lot) -> int:
        """How much of it is ours; what was repacked may bear the same number and is another item's."""
        return sum(row.on_hand for row in browsing.stock() if row.lot == lot)

    def mass(self) -> int:
        return sum(row.on_hand for row in browsing.stock())

    def act(self, kind: str, index: int, quantity: int) -> None:
        lot = self.lot(index)
        if kind == "receive" or lot is None:
            self.number += 1
            rooms.stocked(self.world, ("TOM", f"T-{self.number}", str(quantity)))
            return
        before = self.mass()
        kept = getattr(self, f"_{kind}")(lot, index, str(quantity))
        if kept:
            assert self.mass() == before, kind

    def _split(self, lot: Lot, _index: int, quantity: str) -> bool:
        warehouse.split(lot=str(lot.uid), parts=[Part(quantity=quantity)], place="STORE", actor=ANNA)
        return True

    def _merge(self, lot: Lot, index: int, _quantity: str) -> bool:
        other = self.lot(index + 1)
        assert other is not None
        lines = [Line(lot=str(lot.uid)), Line(lot=str(other.uid))]
        self.number += 1
        warehouse.merge(lines=lines, lot=f"M-{self.number}", place="STORE", actor=ANNA)
        return True

    def _relabel(self, lot: Lot, _index: int, _quantity: str) -> bool:
        warehouse.relabel(lot=str(lot.uid), reason="misprint", actor=ANNA)
        return True

    def _repack(self, lot: Lot, _index: int, quantity: str) -> bool:
        line = [Line(lot=str(lot.uid), quantity=quantity)]
        out = [Packed(item="PEEL", quantity=quantity)]
        warehouse.repack(inputs=line, outputs=out, place="STORE", actor=ANNA)
        return True

    def _scrap(self, lot: Lot, _index: int, quantity: str) -> bool:
        lines = [Line(lot=str(lot.uid), quantity=quantity)]
        warehouse.scrap(lines=lines, place="STORE", reason="fell", actor=ANNA)
        return False

    def _adjust(self, lot: Lot, _index: int, quantity: str) -> bool:
        lines = [Counted(lot=str(lot.uid), counted=quantity)]
        warehouse.adjust(lines=lines, place="STORE", reason="count", actor=ANNA)
        assert self.of(lot) >= 0
        return False

    def _move(self, lot: Lot, _index: int, quantity: str) -> bool:
        lines = [Line(lot=str(lot.uid), quantity=quantity)]
        warehouse.move(lines=lines, place="STORE", to="A-01", actor=ANNA)
        return True

    def _count(self, lot: Lot, _index: int, quantity: str) -> bool:
        counting.set_limit(actor=ANNA)
        one: Count = counting.open_count(place="STORE", lot=str(lot.uid), actor=ANNA)
        for sheet in one.sheets.select_related("place"):
            lines = [Found(lot=str(lot.uid), counted=quantity)]
            counting.save_sheet(count=one.uid, place=sheet.place.uid, lines=lines, finish=True, actor=OTTO)
        one.refresh_from_db()
        if one.status == "review":
            counting.settle(count=one.uid, reason="counted", actor=ANNA)
        assert self.of(lot) == int(quantity) * 1000 * one.sheets.count()
        return False

    def _reverse(self, _lot: Lot, index: int, _quantity: str) -> bool:
        events = list(browsing.events().exclude(kind__in=["reverse", "receive"]).order_by("-sequence")[:5])
        if events:
            ledger.reverse(events[index % len(events)].uid, actor=ANNA, reason="slip")
        return False


@pytest.mark.django_db
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACT, min_size=3, max_size=10))
def test_whatever_the_warehouse_does_the_book_agrees_with_itself(
    acts: list[tuple[str, int, int]], db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY)
    with transaction.atomic():
        floor = Floor(rooms.small())
        rooms.stocked(floor.world, ("TOM", "T-0", "60"))
        for kind, index, quantity in acts:
            try:
                with transaction.atomic():
                    floor.act(kind, index, quantity)
            except Refused:
                continue
        assert check.check().findings == []
        transaction.set_rollback(True)
