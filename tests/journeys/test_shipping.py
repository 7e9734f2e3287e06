"""Shipping, told through actions only: orders to the door, goods back, a held lot, and the last 100 units.

L-1 (expires first) ┐
                    ├→ SO-1 → picked → pallet → shipped → delivered → some come back → quarantine
L-2                 ┘
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from tests import cast

from lotbook.foundation.documents import queries as documents
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Refused
from lotbook.operations.quality import actions as quality
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.models import Order, Pick, Return, Shipment, ShipmentLine
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing, check
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries as trace

SVEN, QUINN, PLAN = "user:sven", "user:quinn", "user:pia"
PALLET = "340123456789012340"


def stocked(world: cast.Cast) -> None:
    """Two lots of sauce: L-1 expires in 200 days, L-2 twelve days later."""
    today = clock.now().date()
    for number, quantity, days in (("L-1", "60", 200), ("L-2", "90", 212)):
        facts = {"expires_on": today + timedelta(days=days)}
        cast.receive(world, world.tumbling, world.sauce, number, quantity, facts=facts)


@pytest.fixture
def world(db: None) -> cast.Cast:
    made = cast.small()
    stocked(made)
    return made


def ordered(quantity: str = "80", customer: str = "C001", **more: object) -> Order:
    return actions.create(
        customer=customer, site="KIT", lines=[Wanted("FG-MARINARA", quantity)], actor=PLAN, confirmed=True,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def now(order: Order) -> queries.OrderPage:
    return queries.order_page(order.uid)


def ours(number: str) -> dict[str, int]:
    return {row.place.code: row.on_hand for row in browsing.stock(text=number)}


def test_an_order_is_allocated_picked_packed_shipped_and_delivered(world: cast.Cast) -> None:
    order = ordered(customer_number="PO 7741")
    actions.allocate(order=order.uid, actor=PLAN)
    portions = [(one.lot.number, one.quantity, one.why) for one in now(order).rows[0].portions]
    assert [part[:2] for part in portions] == [("L-1", 60), ("L-2", 20)]
    assert portions[0][2].endswith("12 days before L-2")
    for one in queries.pick_list([order]):
        actions.pick(order=order.uid, claim=one.claim, lot=one.lot.number, to=PALLET, actor=SVEN)
    assert now(order).order.status == "packed"
    receipt = actions.ship_orders(
        orders=[order.uid], carrier="CASCADE", tracking_number="1Z 999", temperature_c="4.5", actor=SVEN
    )
    sent = queries.shipment(receipt.uid)
    assert {line.unit.sscc for line in queries.shipment_page(sent.uid).lines if line.unit} == {PALLET}
    found = trace.trace(trace.resolve("L-1")[0], "forward")
    assert [customer.name for customer in found.customers] == ["Larchwood Market"]
    actions.progress(shipment=sent.uid, actor=SVEN)
    actions.deliver(shipment=sent.uid, signed_by="J. Larch", temperature_c="4.9", actor=SVEN)
    assert actions.close(order=order.uid, actor=PLAN).status == "closed"
    told = [entry.title for entry in reversed(documents.timeline(order.uid))]
    assert told == [
        "Entered", "Confirmed", "Allocated", "Picked", "Picked", "Shipped", "Delivered", "Closed",
    ]  # fmt: skip
    assert (ours("L-1"), ours("L-2")) == ({}, {"KIT-DRY": 70})
    assert check.check().findings == []


def test_a_customer_returns_goods_and_quality_decides(world: cast.Cast) -> None:
    order = ordered("50")
    actions.allocate(order=order.uid, actor=PLAN)
    receipt = actions.ship_orders(orders=[order.uid], actor=SVEN)
    sent = queries.shipment(receipt.uid)
    with pytest.raises(Refused, match="brought 50"):
        actions.take_back(
            shipment=sent.uid, code="damaged", lines=[Line(lot="L-1", quantity="51")], actor=SVEN
        )
    actions.take_back(
        shipment=sent.uid,
        code="damaged",
        condition="damaged",
        lines=[Line(lot="L-1", quantity="8")],
        actor=SVEN,
    )
    assert ours("L-1") == {"KIT-DRY": 10, "KIT-QUAR": 8}
    with pytest.raises(Refused, match="may not be used"):
        actions.ship(customer="C002", place="KIT-QUAR", lines=[Line(lot="L-1", quantity="1")], actor=SVEN)
    warehouse.scrap(
        place="KIT-QUAR", lines=[Line(lot="L-1", quantity="3")], reason="broken glass", actor=QUINN
    )
    warehouse.move(place="KIT-QUAR", to="KIT-DRY", lines=[Line(lot="L-1", quantity="5")], actor=QUINN)
    assert ours("L-1") == {"KIT-DRY": 15}
    assert Return.objects.get().code == "damaged"
    assert check.check().findings == []


def test_a_held_lot_does_not_leave_unless_it_is_overridden_on_record(world: cast.Cast) -> None:
    order = ordered("50")
    actions.allocate(order=order.uid, actor=PLAN)
    lot = Lot.objects.get(number="L-1")
    quality.hold(lots=[Line(lot=str(lot.uid))], kind="quality", reason="a customer complains", actor=QUINN)
    outbox.deliver()
    page = now(order)
    assert page.order.has_problem
    assert page.next_act is not None
    assert page.next_act.label == "Allocate again"
    with pytest.raises(Refused, match="nothing is reserved"):
        actions.ship_orders(orders=[order.uid], actor=SVEN)
    named = [Line(lot="L-1", quantity="50", place="KIT-DRY")]
    with pytest.raises(Refused, match="is on hold"):
        actions.ship_orders(orders=[order.uid], lines=named, reason="they want it", actor=SVEN)
    actions.ship_orders(
        orders=[order.uid], lines=named, reason="they want it", override="released by phone, paper follows",
        actor=QUINN,
    )  # fmt: skip
    record = browsing.events(kind="override").get()
    assert (record.actor, record.reason) == (QUINN, "released by phone, paper follows")
    assert now(order).order.status == "shipped"
    other = ordered("20")
    actions.allocate(order=other.uid, actor=PLAN)
    assert [one.lot.number for one in now(other).rows[0].portions] == ["L-2"]


def test_a_shipment_taken_back_opens_its_order_again(world: cast.Cast) -> None:
    order = ordered("50")
    actions.allocate(order=order.uid, actor=PLAN)
    receipt = actions.ship_orders(orders=[order.uid], actor=SVEN)
    ledger.reverse(receipt.uid, actor=QUINN, reason="the truck never left")
    outbox.deliver()
    assert now(order).order.status == "confirmed"
    assert queries.shipment(receipt.uid).status == "reversed"
    actions.allocate(order=order.uid, actor=PLAN)
    actions.ship_orders(orders=[order.uid], actor=SVEN)
    assert now(order).order.status == "shipped"
    assert check.check().findings == []


# -- the race that others lose ---------------------------------------------------------------------

ROUNDS = 20


def _race(number: int, acts: list[Callable[[], object]]) -> list[str]:
    """Every act at once, each on a connection of its own: what became of them."""
    start = threading.Barrier(len(acts))
    answers: list[str] = []

    def work(act: Callable[[], object]) -> None:
        try:
            start.wait(30)
            act()
            answers.append("done")
        except Refused as refusal:
            answers.append("refused" if refusal.status < 500 else f"busy: {refusal}")
        except Exception as problem:  # noqa: BLE001 - whatever a client would see is a finding
            answers.append(f"{number}: {type(problem).__name__}: {problem}")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def _allocated() -> Order:
    made = actions.create(
        customer="C001", site="KIT", lines=[Wanted("FG-MARINARA", "100")], actor=PLAN, confirmed=True
    )
    actions.allocate(order=made.uid, actor=PLAN)
    return made


def _named(order: Order, lot: str) -> Callable[[], object]:
    lines = [Line(item="FG-MARINARA", lot=lot, quantity="100", place="KIT-DRY")]
    return lambda: actions.ship_orders(orders=[order.uid], lines=lines, reason="this one", actor=SVEN)


def _direct(lot: str) -> Callable[[], object]:
    lines = [Line(item="FG-MARINARA", lot=lot, quantity="100")]
    return lambda: actions.ship(customer="C001", place="KIT-DRY", lines=lines, actor=SVEN)


def _chosen(order: Order, lot: str) -> Callable[[], object]:
    return lambda: actions.choose_lot(order=order.uid, line=1, lot=lot, reason="this one", actor=SVEN)


def _open() -> Order:
    return actions.create(
        customer="C001", site="KIT", lines=[Wanted("FG-MARINARA", "100")], actor=PLAN, confirmed=True
    )


PAIRS: dict[str, Callable[[str], list[Callable[[], object]]]] = {
    "two without an order": lambda lot: [_direct(lot), _direct(lot)],
    "two orders, the lot named": lambda lot: [_named(_open(), lot), _named(_open(), lot)],
    "an order and none": lambda lot: [_named(_open(), lot), _direct(lot)],
    "two orders choose the lot": lambda lot: [_chosen(_open(), lot), _chosen(_open(), lot)],
    "one chooses, one ships": lambda lot: [_chosen(_open(), lot), _direct(lot)],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
@pytest.mark.parametrize("pair", list(PAIRS))
def test_the_last_hundred_are_given_once(pair: str, long_run: bool) -> None:
    """Two clients want the last 100 of a lot at once: one gets them, one is told no, every time."""
    world = cast.small()
    for number in range(5 * ROUNDS if long_run else ROUNDS):
        lot = f"R-{number}"
        cast.receive(world, world.tumbling, world.sauce, lot, "100")
        acts = PAIRS[pair](lot)
        assert _race(number, acts) == ["done", "refused"]
        for order in Order.objects.filter(status__in=["allocated", "part_allocated"]):
            actions.ship_orders(orders=[order.uid], actor=SVEN)
        assert not browsing.stock(text=lot).exists()
    assert check.check().findings == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_who_has_reserved_ships_and_the_other_is_told_who(long_run: bool) -> None:
    """The order that has the last 100 reserved ships twice at once, while somebody ships without."""
    world = cast.small()
    for number in range(5 * ROUNDS if long_run else ROUNDS):
        lot = f"R-{number}"
        cast.receive(world, world.tumbling, world.sauce, lot, "100")
        order = _allocated()
        ship = lambda order=order: actions.ship_orders(orders=[order.uid], actor=SVEN)  # noqa: E731
        assert _race(number, [ship, ship, _direct(lot)]) == ["done", "refused", "refused"]
        assert Order.objects.get(pk=order.pk).status == "shipped"
    assert Shipment.objects.count() == ShipmentLine.objects.count() == number + 1
    assert check.check().findings == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_pickers_take_a_portion_once() -> None:
    """One portion, two phones, and the same phone twice."""
    world = cast.small()
    for number in range(ROUNDS):
        cast.receive(world, world.tumbling, world.sauce, f"R-{number}", "100")
        order = _allocated()
        (one,) = queries.pick_list([order])
        lot, uid = one.lot.number, uuid4()

        def pick(
            given: UUID | None = None, order: Order = order, claim: int = one.claim, lot: str = lot
        ) -> object:
            return actions.pick(
                order=order.uid,
                claim=claim,
                lot=lot,
                to="KIT",
                uid=given,
                actor=SVEN,
            )

        answers = _race(number, [lambda: pick(uid), lambda: pick(uid), pick])  # noqa: B023
        assert answers in (["done", "done", "refused"], ["done", "refused", "refused"])
        assert Pick.objects.filter(line__order=order).count() == 1
        actions.ship_orders(orders=[order.uid], actor=SVEN)
    assert check.check().findings == []
