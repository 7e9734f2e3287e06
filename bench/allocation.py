"""A thousand order lines over five thousand lots: one set-based call against a loop that locks line by line.

The loop is what one would write first, and written well: prepared statements, one transaction, the index
for every step. Both reserve the same quantities of the same lots, and both write every claim.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import connection, transaction

from bench.harness import Figure, median, ratio, seconds, tell
from bench.shop import ACTOR
from lotbook.kernel import clock, sql
from lotbook.kernel.ids import new_uid
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move

ITEMS = 200
LOTS = 5_000
LINES = 1_000
BINS = 50
ROUNDS = 5
BAR = 5.0
FIRST = date(2099, 1, 1)


def measure(url: str) -> None:
    """Fill a store and allocate the same thousand lines both ways, in turn."""
    site = fill()
    demands = orders(site)
    loop, set_based = [], []
    for number in range(ROUNDS + 1):
        taken = []
        for way in (locking_loop, all_at_once):
            empty_handed()
            taken.append((seconds(partial(way, demands)), reserved()))
        (slow, slow_total), (quick, quick_total) = taken
        if slow_total != quick_total:
            raise RuntimeError(f"bench: the loop reserved {slow_total}, the set-based call {quick_total}")
        if number:  # the first round warms up
            loop.append(slow)
            set_based.append(quick)
    note = f"{LINES / median(set_based):,.0f} lines/s, the loop {LINES / median(loop):,.0f} lines/s"
    least = BAR if connection.vendor == "postgresql" else None
    times = ratio(loop, set_based)
    name = f"{LINES:,} order lines over {LOTS:,} lots: set-based against a locking loop"
    tell(Figure(name, times, "×", least=least, note=note))


def fill() -> int:
    """Put the lots into stock through the ledger's door; gives the site's key."""
    place, item = apps.get_model("places.Place"), apps.get_model("catalog.Item")
    dice = random.Random(4)
    site = place.objects.create(code="SITE-1", name="Site 1", kind="site", own=True)
    bins = [
        place.objects.create(code=f"BIN-{n:02}", kind="bin", own=True, parent=site).pk for n in range(BINS)
    ]
    farm = place.objects.create(code="FARM", kind="partner").pk
    items = [item.objects.create(code=f"ITEM-{n:03}", name=f"Item {n}", unit="KGM").pk for n in range(ITEMS)]
    drafts = []
    for number in range(LOTS):
        facts = {"expires_on": FIRST + timedelta(days=dice.randrange(400))}
        lot = LotRef(items[number % ITEMS], f"LOT-{number:05}", facts=facts)
        move = Move(lot, farm, dice.choice(bins), dice.randrange(20, 200))
        drafts.append(Draft("receive", clock.now(), moves=[move]))
    ledger.post(drafts, actor=ACTOR)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return int(site.pk)


def orders(site: int) -> list[Demand]:
    """The lines of a hundred orders: less than there is, so that every line is served."""
    dice = random.Random(5)
    items = list(apps.get_model("catalog.Item").objects.order_by("code").values_list("pk", flat=True))
    today = clock.now().date()
    documents = [uuid4() for _ in range(LINES // 10)]
    return [
        Demand(
            dice.choice(items), dice.randrange(10, 150), site, "shipping.order", documents[number // 10],
            line=number % 10, on=today,
        )
        for number in range(LINES)
    ]  # fmt: skip


def all_at_once(demands: Sequence[Demand]) -> None:
    """The product's way."""
    allocation.allocate(demands, actor=ACTOR)


def locking_loop(demands: Sequence[Demand]) -> None:
    """The way without sets: lock the item's stock line by line, take what comes first, write it down."""
    lock = " FOR UPDATE OF b" if connection.vendor == "postgresql" else ""
    query = (
        "SELECT b.lot_id, b.place_id, b.on_hand - b.reserved, l.expires_on FROM lots_lot l"
        " JOIN ledger_balance b ON b.lot_id = l.id JOIN places_place p ON p.id = b.place_id"
        " WHERE l.item_id = %s AND l.held = 0 AND (l.expires_on IS NULL OR l.expires_on >= %s) AND b.own"
        " AND b.on_hand > b.reserved AND p.usable AND p.is_active AND p.parent_id = %s"
        f" ORDER BY l.expires_on, l.best_before_on, l.received_on, l.id{lock}"
    )
    with transaction.atomic():
        for demand in demands:
            wanted = demand.quantity
            on: Any = demand.on if lock else str(demand.on)
            for lot, place, free, expires in sql.rows(query, [demand.item, on, demand.place]):
                quantity = min(free, wanted)
                _reserve(demand, lot, place, quantity, f"expires {expires}")
                wanted -= quantity
                if not wanted:
                    break


def _reserve(demand: Demand, lot: int, place: int, quantity: int, why: str) -> None:
    sql.run(
        "UPDATE ledger_balance SET reserved = reserved + %s WHERE lot_id = %s AND place_id = %s",
        [quantity, lot, place],
    )
    sql.run(
        "INSERT INTO ledger_claim (uid, lot_id, place_id, quantity, made_quantity, freed_quantity, purpose,"
        " document, line, number, why, made_at, made_by, ended_by, ended_reason)"
        " VALUES (%s, %s, %s, %s, %s, 0, %s, %s, %s, '', %s, %s, %s, '', '')",
        [
            sql.from_uid(new_uid()), lot, place, quantity, quantity, demand.purpose,
            sql.from_uid(demand.document), demand.line, why, sql.from_moment(clock.now()), ACTOR,
        ],
    )  # fmt: skip


def empty_handed() -> None:
    """Take every reservation back, past the door: this is no part of what is measured."""
    statements: list[Callable[[], object]] = [
        lambda: sql.run("DELETE FROM ledger_claim"),
        lambda: sql.run("UPDATE ledger_balance SET reserved = 0 WHERE reserved <> 0"),
    ]
    for statement in statements:
        statement()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ledger_claim, ledger_balance")


def reserved() -> list[tuple[Any, ...]]:
    """What is reserved now, balance by balance; the claims must say the same."""
    balances = sql.rows(
        "SELECT lot_id, place_id, reserved FROM ledger_balance WHERE reserved > 0 ORDER BY lot_id, place_id"
    )
    claims = sql.rows(
        "SELECT lot_id, place_id, sum(quantity) FROM ledger_claim GROUP BY lot_id, place_id"
        " ORDER BY lot_id, place_id"
    )
    if balances != [(lot, place, int(total)) for lot, place, total in claims]:
        raise RuntimeError("bench: reserved differs from the sum of the claims")
    return balances
