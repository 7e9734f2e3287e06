"""Random sequences of every act: what left is what arrived, what is on the way, and what was settled."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from django.db.models import Sum
from tests.rooms import ANN, Cast, stocked

from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import outbox
from lotbook.kernel.errors import Refused
from lotbook.operations.transfers.actions import picking, receiving, sending, transfers
from lotbook.operations.transfers.models import Arrival, Load, Pick, Transfer
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import Arrived, Wanted
from lotbook.traceability.allocation import queries as allocated
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.check import check

STEPS = 30
NEXT = {"open": "start", "picking": "all", "picked": "send", "in_transit": "receive", "short": "settle"}
LOTS = (("SAUCE", "A-1", 60), ("SAUCE", "A-2", 60), ("JAR", "", 90))
pytestmark = pytest.mark.usefixtures("shop_floor")


class Floor:
    """Somebody who does whatever comes to mind, on any transfer."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.done: dict[str, int] = {}

    def acts(self) -> dict[str, Callable[[], object]]:
        return {
            "plan": self.plan, "start": self.start, "confirm": self.confirm, "pack": self.pack,
            "send": self.send, "receive": self.receive, "settle": self.settle, "back": self.back,
            "cancel": self.cancel, "reverse": self.reverse, "all": self.all,
        }  # fmt: skip

    def step(self) -> None:
        weights = {"cancel": 1, "back": 1, "reverse": 1}
        acts = self.acts()
        name = self.random.choices(list(acts), [weights.get(one, 4) for one in acts])[0]
        if not self.tried(name):
            # What does not fit is refused, and changes nothing; then something goes on that does.
            status = self.one("open", "picking", "picked", "in_transit", "short").status
            self.tried(NEXT.get(status, "plan"))

    def tried(self, name: str) -> bool:
        try:
            self.acts()[name]()
        except Refused:
            return False
        self.done[name] = self.done.get(name, 0) + 1
        return True

    def one(self, *status: str) -> Transfer:
        """A transfer that fits, mostly: some acts are tried where they do not fit."""
        rows = Transfer.objects.order_by("pk")
        fitting = list(rows.filter(status__in=status) if self.random.random() < 0.9 else rows)
        return self.random.choice(fitting) if fitting else self.plan()

    def plan(self) -> Transfer:
        item = self.random.choice(["SAUCE", "SAUCE", "JAR"])
        lines = [Wanted(item, str(self.random.randint(1, 40)))]
        ends = self.random.choice([("STORE", "SALE"), ("STORE", "SALE"), ("SALE", "STORE")])
        return transfers.create(source=ends[0], destination=ends[1], lines=lines, actor=ANN)

    def start(self) -> None:
        transfers.start(transfer=self.one("open", "picking").uid, actor=ANN)

    def all(self) -> None:
        picking.confirm_all(transfer=self.one("picking").uid, actor=ANN)

    def confirm(self) -> None:
        open_ = list(Pick.objects.filter(picked_at=None).select_related("transfer").order_by("pk"))
        if open_:
            pick = self.random.choice(open_)
            picking.confirm(
                transfer=pick.transfer.uid, pick=pick.uid, actor=ANN, reason="so it was",
                quantity=str(self.random.randint(0, pick.quantity)),
                lot=self.random.choice(["", "A-1", "A-2"]) if pick.lot.number else "",
            )  # fmt: skip

    def pack(self) -> None:
        row = self.one("picked", "picking")
        loose = Pick.objects.filter(transfer=row, load=None, quantity__gt=0).exclude(picked_at=None)
        sscc = self.random.choice(["340123456789012340", "340123456789012357"])
        picking.pack(transfer=row.uid, unit=sscc, picks=[one.uid for one in loose], actor=ANN)

    def send(self) -> None:
        sending.send(transfer=self.one("picked").uid, actor=ANN)

    def receive(self) -> None:
        row = self.one("in_transit", "short")
        arrived = []
        for pick in receiving.sent_picks(row):
            good = self.random.randint(0, pick.quantity + 2)
            damaged = self.random.choice([0, 0, 1])
            arrived.append(Arrived(str(pick.uid), str(good), str(damaged)))
        everything = self.random.random() < 0.4
        store = "QUARANTINE" if row.destination.code == "STORE" else "CAGE"
        receiving.receive(
            transfer=row.uid, arrived=None if everything else arrived, damaged_to=store, reason="counted",
            actor=ANN,
        )  # fmt: skip

    def settle(self) -> None:
        row = self.one("short")
        picks = receiving.sent_picks(row)
        if picks:
            receiving.settle(
                transfer=row.uid, pick=self.random.choice(picks).uid, reason="looked again", actor=ANN,
                how=self.random.choice(["lost", "found", "returned"]), quantity=self.random.choice(["", "1"]),
            )  # fmt: skip

    def back(self) -> None:
        receiving.take_back(
            transfer=self.one("in_transit", "short", "received", "differences").uid, reason="wrong", actor=ANN
        )

    def cancel(self) -> None:
        transfers.cancel(transfer=self.one("open", "picking", "picked").uid, reason="not needed", actor=ANN)

    def reverse(self) -> None:
        """Take an event back in the book, beside the document; units have their own way back."""
        units = set(Load.objects.values_list("sent_event", flat=True))
        units |= set(Load.objects.values_list("arrived_event", flat=True))
        events = set(Pick.objects.exclude(sent_event=None).values_list("sent_event", flat=True))
        events |= set(Arrival.objects.filter(state="done").values_list("event", flat=True))
        loose = sorted(event for event in events - units if event is not None)
        if loose:
            book.reverse(self.random.choice(loose), actor=ANN, reason="typed wrongly")
            outbox.deliver()


def agree(started: dict[int, int]) -> None:
    """Every transfer's sums, the reservations, and the stock as a whole."""
    for row in Transfer.objects.select_related("transit"):
        picks = list(Pick.objects.filter(transfer=row))
        sums = progress.settled(picks)
        gone = sum(one.quantity for one in picks if one.sent_event is not None)
        settled = sum(progress.done_of(sums[one.pk]) for one in picks if one.sent_event is not None)
        inside = places.subtree_ids(row.transit_id) if row.transit_id else []
        moving = sum(one.on_hand for one in ledger.balances(places=inside)) if inside else 0
        assert gone == settled + moving, row.number
        assert row.status == progress.transfer_status(row), row.number
        kept = {claim.id: claim.quantity for claim in allocated.claims(row.uid)}
        mine = {one.claim: one.quantity for one in picks if one.claim is not None and one.sent_event is None}
        assert mine.items() <= kept.items(), row.number
        if row.status in ("received", "differences", "cancelled"):
            assert kept == {}, row.number
    over = dict(
        Arrival.objects.filter(state="done", outcome="over")
        .values_list("pick__lot")
        .annotate(Sum("quantity"))
    )
    lost = {
        one.lot: one.on_hand for one in ledger.balances(places=[Place.objects.get(code="LOSS").pk], own=False)
    }
    have: dict[int, int] = {}
    for one in ledger.balances():
        have[one.lot] = have.get(one.lot, 0) + one.on_hand
    for lot, quantity in started.items():
        assert have.get(lot, 0) + lost.get(lot, 0) == quantity + over.get(lot, 0)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_gets_lost_whatever_is_done(cast: Cast, seed: int) -> None:
    stocked(cast, *((item, number, str(quantity)) for item, number, quantity in LOTS))
    started = {one.lot: one.on_hand for one in ledger.balances()}
    floor = Floor(seed)
    for _ in range(STEPS):
        floor.step()
        agree(started)
    assert check().findings == []
    assert len(floor.done) >= 7
