"""Receive, make, ship: the road of goods through the house, told through actions only.

TOM-1 ┐                    ┌→ SAUCE-1 → Larchwood Market (some come back)
      ├→ [RUN] ── loss     │
PAP-1 ┘        └───────────┴→ REWORK-1
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest
from tests import cast

from lotbook.kernel.errors import Refused
from lotbook.operations.production import actions as production
from lotbook.operations.production import queries as runs
from lotbook.operations.production.models import Run
from lotbook.operations.production.rules import Output
from lotbook.operations.quality import actions as quality
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Line as Received
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing, check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.ledger.rules import Receipt
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries as trace
from lotbook.traceability.trace.rules import Subject

RITA, PAUL, SVEN, QUINN = "user:rita", "user:paul", "user:sven", "user:quinn"
PALLET = "340123456789012340"


@dataclass(frozen=True, slots=True)
class Story:
    """How far the goods have come."""

    world: cast.Cast
    receipts: tuple[Receipt, Receipt]
    run: Run


@pytest.fixture
def story(db: None) -> Story:
    """Two lots are received, and a run makes sauce and rework of them and loses some."""
    world = cast.small()
    first = receiving.receive(
        supplier="TUMBLING", place="KIT-DRY", document="DN 1", actor=RITA,
        lines=[Received(item="RM-TOMATO", lot="TOM-1", quantity="100", supplier_lot="TR 77")],
    )  # fmt: skip
    second = receiving.receive(
        supplier="SAFFRONGATE", place="KIT-DRY", document="DN 2", actor=RITA,
        lines=[
            Received(item="RM-PAPRIKA", lot="PAP-1", quantity="2"),
            Received(item="PK-JAR", quantity="300"),
        ],
    )  # fmt: skip
    run = production.record_run(
        item="FG-MARINARA", site="KIT", place="KIT-DRY", number="PO-1", actor=PAUL,
        inputs=[
            Line(lot="TOM-1", quantity="100"),
            Line(lot="PAP-1", quantity="1"),
            Line(item="PK-JAR", quantity="270"),
        ],
        outputs=[
            Output(item="FG-MARINARA", lot="SAUCE-1", quantity="260"),
            Output(item="WIP-REWORK", lot="REWORK-1", quantity="3.5"),
        ],
        losses=[Line(lot="TOM-1", quantity="6.5")], loss_reason="stalks and skins",
    )  # fmt: skip
    return Story(world, (first, second), run)


def ours(number: str) -> str:
    """How much of a lot we have, in words."""
    rows = [row for row in browsing.stock(text=number) if row.lot.number == number]
    return " ".join(f"{row.on_hand} at {row.place.code}" for row in rows)


def kinds() -> list[str]:
    return [event.kind for event in browsing.events().order_by("sequence")]


def test_the_whole_road(story: Story) -> None:
    # What is in the run adds up: 101 kg in, 91 kg of sauce, 3.5 of rework, 6.5 lost.
    page = runs.page("PO-1")
    balance = page.balance
    assert (balance.consumed_text, balance.produced_text, balance.lost_text) == ("101", "94.5", "6.5")
    assert page.balance.balanced
    assert page.balance.unweighed == ("PK-JAR",)
    assert story.run.status == "closed"

    # 120 jars go to Larchwood, 20 of them on a pallet; 5 come back and wait.
    warehouse.create_unit(sscc=PALLET, place="KIT-DRY", actor=SVEN)
    warehouse.pack(unit=PALLET, lines=[Line(lot="SAUCE-1", quantity="20")], actor=SVEN)
    shipment = shipping.ship(
        customer="C001", place="KIT-DRY", units=[PALLET], lines=[Line(lot="SAUCE-1", quantity="100")],
        document="DN 900", carrier="CASCADE", actor=SVEN,
    )  # fmt: skip
    shipping.take_back(
        customer="C001",
        place="KIT-QUAR",
        lines=[Line(lot="SAUCE-1", quantity="5")],
        reason="dented",
        actor=SVEN,
    )
    assert ours("SAUCE-1") == "140 at KIT-DRY 5 at KIT-QUAR"

    # Which customers got something made of the paprika, and where did the sauce come from?
    paprika, sauce = (Lot.objects.get(number=number) for number in ("PAP-1", "SAUCE-1"))
    forward = trace.trace(Subject(lot=paprika.pk), "forward")
    assert [(customer.name, customer.lots) for customer in forward.customers] == [("Larchwood Market", 1)]
    assert {lot.lot for lot in forward.lots} >= {"SAUCE-1", "REWORK-1"}
    back = trace.trace(Subject(lot=sauce.pk), "back")
    names = {supplier.name for supplier in back.suppliers}
    assert names == {"Tumbling River Produce", "Saffron Gate Spice Traders"}

    # The shipment can be taken back although some of its goods are back already: the customer's account
    # may go below nothing, our own stock never does.
    ledger.reverse(shipment.uid, actor="user:anna", reason="wrong customer")
    assert ours("SAUCE-1") == f"240 at KIT-DRY 5 at KIT-QUAR 20 at SSCC-{PALLET}"

    # A receipt whose goods were used cannot be taken back.
    with pytest.raises(Refused) as refusal:
        ledger.reverse(story.receipts[0].uid, actor="user:anna", reason="wrong supplier")
    assert refusal.value.faults[0].code == "too_little"
    assert check.check().findings == []


def test_a_held_lot_is_refused_then_overridden_and_what_is_made_of_it_is_held(story: Story) -> None:
    held = quality.hold(lots=[Line(lot="PAP-1")], kind="recall", reason="ethylene oxide", actor=QUINN)
    # The sauce and the rework were made before: they are ours still, and held with it.
    assert set(Lot.objects.filter(held=1).values_list("number", flat=True)) == {
        "PAP-1",
        "SAUCE-1",
        "REWORK-1",
    }
    assert len(held.derived) == 2

    with pytest.raises(Refused, match="on hold"):
        shipping.ship(customer="C002", place="KIT-DRY", lines=[Line(lot="SAUCE-1", quantity="1")], actor=SVEN)
    run = production.start_run(item="WIP-REWORK", site="KIT", actor=PAUL)
    use = [Line(lot="PAP-1", quantity="0.5")]
    with pytest.raises(Refused, match="on hold"):
        production.consume(run=run.uid, lines=use, place="KIT-DRY", actor=PAUL)
    before = len(kinds())
    production.consume(
        run=run.uid, lines=use, place="KIT-DRY", override="trial batch, not for sale", actor=PAUL
    )
    assert kinds()[before:] == ["consume", "override"]
    production.produce(
        run=run.uid,
        outputs=[Output(item="WIP-REWORK", lot="TRIAL", quantity="0.5")],
        place="KIT-DRY",
        actor=PAUL,
    )
    assert Lot.objects.get(number="TRIAL").held == 1

    quality.release(holds=held.holds, reason="second sample is clean", actor=QUINN)
    assert not Lot.objects.filter(held__gt=0).exists()
    shipping.ship(customer="C002", place="KIT-DRY", lines=[Line(lot="SAUCE-1", quantity="1")], actor=SVEN)
    assert check.check().findings == []


def test_whoever_sends_the_same_act_twice_does_it_once(story: Story) -> None:
    uid = uuid4()
    before = ours("SAUCE-1")
    for _ in range(3):
        shipping.ship(
            customer="C003", place="KIT-DRY", lines=[Line(lot="SAUCE-1", quantity="10")], uid=uid, actor=SVEN
        )
    assert (before, ours("SAUCE-1")) == ("260 at KIT-DRY", "250 at KIT-DRY")


def test_a_pallet_in_the_store_does_not_bring_its_neighbours_into_a_trace(story: Story) -> None:
    """Two pallets stand in one store: whoever traces what is on one does not get the other."""
    other = "340123456789012357"
    for number, lot, quantity in ((PALLET, "SAUCE-1", "20"), (other, "REWORK-1", "1")):
        warehouse.create_unit(sscc=number, place="KIT-DRY", actor=SVEN)
        warehouse.pack(unit=number, lines=[Line(lot=lot, quantity=quantity)], actor=SVEN)
    sauce = Lot.objects.get(number="SAUCE-1")
    forward = trace.trace(Subject(lot=sauce.pk), "forward")
    assert {unit.sscc for unit in forward.units} == {PALLET}
    assert {lot.lot for lot in forward.lots} <= {"SAUCE-1"}
