"""The ledger against the reference book: whatever is done in whatever order, both say the same.

20,000 steps; 1,000,000 in the long run. Every batch goes through the one door, so every step also
exercises repeats, refusals and the balance of what was there before.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.models import Balance, Movement
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold, Reservation, Taken
from lotbook.traceability.lots.models import Lot
from tests.model.reference import Moved, ReferenceBook, Verdict

STEPS_PER_BOOK = 50
OWN = ("DOCK", "SHELF", "KITCHEN")
OUTSIDE = ("SUPPLIER", "CUSTOMER")
LOTS = ("L-1", "L-2", "L-3")
MADE = ("M-1", "M-2")
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)

quantities = st.integers(1, 60)
lots = st.sampled_from(LOTS + MADE)
days = st.integers(-30, 0)


class LedgerMachine(RuleBasedStateMachine):
    """Receives, moves, runs, ships, returns, reverses, reserves, holds; repeats ids and backdates at will."""

    posted: Bundle[UUID] = Bundle("posted")
    claimed: Bundle[UUID] = Bundle("claimed")
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.book = ReferenceBook(frozenset(OWN))
        self.drafts: dict[UUID, Draft] = {}
        self.runs = 0
        self.claims: dict[UUID, int] = {}

    @initialize()
    def open_the_book(self) -> None:
        self.item = Item.objects.create(code=f"I-{uuid4()}", name="Sauce", unit="KGM", scale=3)
        self.places = {code: self.place(code, "bin", own=True) for code in OWN}
        self.places |= {code: self.place(code, "partner") for code in OUTSIDE}
        self.places["LOSS"] = Place.objects.get(code="LOSS").pk
        self.places["DIFFERENCE"] = Place.objects.get(code="DIFFERENCE").pk
        self.names = {key: name for name, key in self.places.items()}

    def place(self, code: str, kind: str, *, own: bool = False) -> int:
        return int(Place.objects.create(code=f"{code}-{uuid4()}", kind=kind, own=own).pk)

    def teardown(self) -> None:
        try:
            if self.drafts:
                self.compare()
                assert check().findings == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    # -- what people do ---------------------------------------------------------------------------

    @rule(target=posted, lot=st.sampled_from(LOTS), place=st.sampled_from(OWN), quantity=quantities, day=days)
    def receive(self, lot: str, place: str, quantity: int, day: int) -> UUID:
        return self.post("receive", [(lot, "SUPPLIER", place, quantity)], day)

    @rule(
        target=posted, lot=lots, a=st.sampled_from(OWN), b=st.sampled_from(OWN), quantity=quantities, day=days
    )
    def move(self, lot: str, a: str, b: str, quantity: int, day: int) -> UUID:
        other = OWN[(OWN.index(a) + 1) % len(OWN)] if a == b else b
        return self.post("move", [(lot, a, other, quantity)], day)

    @rule(
        target=posted,
        inputs=st.lists(st.tuples(lots, st.sampled_from(OWN), quantities), min_size=1, max_size=3),
        made=st.sampled_from(MADE),
        quantity=quantities,
        lost=st.integers(0, 5),
    )
    def run(self, inputs: list[tuple[str, str, int]], made: str, quantity: int, lost: int) -> UUID:
        self.runs += 1
        run = f"RUN-{self.runs}"
        self.places[run] = self.place(run, "run")
        moves: list[Moved] = [(lot, place, run, amount) for lot, place, amount in inputs]
        moves.append((made, run, "SHELF", quantity))
        if lost:
            moves.append((inputs[0][0], run, "LOSS", lost))
        return self.post("transform", moves, 0)

    @rule(target=posted, lot=lots, place=st.sampled_from(OWN), quantity=quantities, day=days)
    def ship(self, lot: str, place: str, quantity: int, day: int) -> UUID:
        return self.post("ship", [(lot, place, "CUSTOMER", quantity)], day)

    @rule(target=posted, lot=lots, quantity=quantities)
    def give_back(self, lot: str, quantity: int) -> UUID:
        return self.post("return", [(lot, "CUSTOMER", "DOCK", quantity)], 0)

    @rule(target=posted, lot=lots, place=st.sampled_from(OWN), quantity=quantities, found=st.booleans())
    def count(self, lot: str, place: str, quantity: int, found: bool) -> UUID:
        ends = ("DIFFERENCE", place) if found else (place, "DIFFERENCE")
        return self.post("adjust", [(lot, *ends, quantity)], 0)

    @rule(target=posted, original=posted)
    def reverse(self, original: UUID) -> UUID:
        uid = uuid4()
        expected = self.book.reverse(uid, original)
        if original in self.book.events and self.book.events[original][0] == "reverse":
            expected = "unknown"
        draft = Draft("reverse", NOON, uid=uid, reverses=original, reason="mistake")
        self.expect(draft, expected)
        return uid

    @rule(uid=posted)
    def send_again(self, uid: UUID) -> None:
        if uid in self.drafts and uid in self.book.events:
            self.expect(self.drafts[uid], "repeated")

    @rule(uid=consumes(posted), quantity=quantities)
    def reuse_the_id(self, uid: UUID, quantity: int) -> None:
        moves: list[Moved] = [("L-1", "SUPPLIER", "DOCK", 10_000 + quantity)]
        expected = self.book.post(uid, ("receive", *moves, 0), moves)
        self.expect(self.draft("receive", moves, 0, uid), expected)

    @rule(
        target=posted,
        batch=st.lists(st.tuples(lots, st.sampled_from(OWN), quantities), min_size=2, max_size=5),
    )
    def each_for_itself(self, batch: list[tuple[str, str, int]]) -> UUID:
        """A batch with a verdict per event: who takes too much is refused, the others are not."""
        drafts, expected = [], []
        for lot, place, quantity in batch:
            moves: list[Moved] = [(lot, place, "CUSTOMER", quantity)]
            draft = self.draft("ship", moves, 0, uuid4())
            drafts.append(draft)
            expected.append(self.book.post(draft.uid, ("ship", *moves, 0), moves))  # type: ignore[arg-type]
        type(self).steps += 1
        answers = actions.post(drafts, actor="user:test", each=True)
        assert [hasattr(answer, "sequence") for answer in answers] == [one == "taken" for one in expected]
        self.drafts |= {d.uid: d for d, one in zip(drafts, expected, strict=True) if one == "taken" and d.uid}
        return drafts[0].uid  # type: ignore[return-value]

    # -- reserving --------------------------------------------------------------------------------

    @rule(target=claimed, lot=lots, place=st.sampled_from(OWN), quantity=quantities)
    def allocate(self, lot: str, place: str, quantity: int) -> UUID | MultipleResults[UUID]:
        """Reserve some of a lot for a document that has its name from the claim."""
        type(self).steps += 1
        claim = uuid4()
        known = Lot.objects.filter(item=self.item, number=lot).first()
        expected = known is not None and self.book.reserve(claim, lot, place, quantity)
        if known is None:
            return multiple()
        one = Reservation(known.pk, self.places[place], quantity, "test", claim)
        try:
            self.claims[claim] = actions.reserve([one], actor="user:test")[0]
        except Taken:
            assert not expected
            return multiple()
        assert expected
        return claim

    @rule(target=posted, claim=claimed, quantity=quantities, wrong=st.booleans(), lot=lots)
    def consume_with_claim(self, claim: UUID, quantity: int, wrong: bool, lot: str) -> UUID:
        """Take what is reserved – or try to with somebody else's reservation."""
        uid = uuid4()
        of, place, _ = self.book.claims[claim]
        move: Moved = (lot if wrong else of, place, "CUSTOMER", quantity)
        expected = self.book.use(uid, ("ship", move, 0), move, claim)
        draft = self.draft("ship", [move], 0, uid)
        used = replace(draft.moves[0], claim=self.claims[claim])
        self.expect(replace(draft, moves=[used]), expected)
        return uid

    @rule(claim=claimed)
    def free(self, claim: UUID) -> None:
        type(self).steps += 1
        freed = actions.free(document=claim, actor="user:test", reason="not wanted")
        assert sum(one.quantity for one in freed) == self.book.free(claim)

    @rule(lot=lots)
    def hold_for_a_moment(self, lot: str) -> None:
        """A hold breaks every reservation of its lot; taken off again, it brings none back."""
        type(self).steps += 1
        if not Lot.objects.filter(item=self.item, number=lot).exists():
            return
        hold = uuid4()
        before = OutboxMessage.objects.filter(topic="allocation.broken").count()
        put = PutHold(LotRef(self.item.pk, lot), "quality", hold)
        actions.post_one(Draft("hold", NOON, holds=[put], reason="smells"), actor="user:test")
        actions.post_one(Draft("release", NOON, releases=[hold], reason="does not"), actor="user:test")
        broken = OutboxMessage.objects.filter(topic="allocation.broken").count() - before
        assert broken == self.book.hold(lot)

    # -- comparing --------------------------------------------------------------------------------

    def post(self, kind: str, moves: list[Moved], day: int) -> UUID:
        uid = uuid4()
        self.expect(self.draft(kind, moves, day, uid), self.book.post(uid, (kind, *moves, day), moves))
        return uid

    def draft(self, kind: str, moves: list[Moved], day: int, uid: UUID) -> Draft:
        return Draft(
            kind,
            NOON + timedelta(days=day),
            uid=uid,
            reason="counted",
            moves=[
                Move(LotRef(self.item.pk, lot), self.places[source], self.places[destination], quantity)
                for lot, source, destination, quantity in moves
            ],
        )

    def expect(self, draft: Draft, expected: Verdict) -> None:
        type(self).steps += 1
        try:
            receipt = actions.post([draft], actor="user:test")[0]
        except Refused as refusal:
            found = {"too_little": "too little", "other_content": "other content", "claim": "no claim"}.get(
                refusal.faults[0].code, "reversed already" if "already" in str(refusal) else "unknown"
            )
        else:
            found = "repeated" if receipt.duplicate else "taken"  # type: ignore[union-attr]
            self.drafts[draft.uid] = draft  # type: ignore[index]
        assert found == expected, (draft, found, expected)

    def compare(self) -> None:
        """Every balance, and every lot's sum over all places, runs included."""
        kept = {
            (number, self.names[place]): on_hand
            for number, place, on_hand in Balance.objects.filter(lot__item=self.item).values_list(
                "lot__number", "place", "on_hand"
            )
            if on_hand
        }
        expected = {
            key: value for key, value in self.book.balances.items() if value and not key[1].startswith("RUN")
        }
        assert kept == expected
        promised = {
            (number, self.names[place]): reserved
            for number, place, reserved in Balance.objects.filter(
                lot__item=self.item, reserved__gt=0
            ).values_list("lot__number", "place", "reserved")
        }
        assert promised == {
            (lot, place): self.book.reserved(lot, place)
            for lot, place, left in self.book.claims.values()
            if left
        }
        written = sum(len(self.book.moves.get(uid, [])) for uid in self.book.events if uid in self.book.moves)
        taken_back = sum(len(self.book.moves[uid]) for uid in self.book.reversed)
        assert Movement.objects.filter(lot__item=self.item).count() == written + taken_back


@pytest.mark.heavy
@pytest.mark.django_db
def test_the_ledger_does_what_the_reference_book_does(long_run: bool) -> None:
    steps = 1_000_000 if long_run else 20_000
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            # Hypothesis ends some books early: a few more make up for them.
            max_examples=math.ceil(1.3 * steps / STEPS_PER_BOOK),
            stateful_step_count=STEPS_PER_BOOK,
            deadline=None,
            derandomize=not long_run,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert LedgerMachine.steps >= steps, LedgerMachine.steps
