"""A recall that freezes 10,000 lots in one transaction, against the raw insertion of its holds alone.

Raw: rows of ``lots_hold`` and the counts of open holds on the lots, in one transaction, as quickly as the
database takes them. The product's way writes the same, and the events with what they name, the broken
reservations, the case and its log, having worked out again what is affected.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from django.apps import apps
from django.db import connection, transaction

from bench.harness import Figure, median, ratio, seconds, tell
from bench.shop import ACTOR
from lotbook.insights.recall import actions as recall
from lotbook.insights.recall.queries import scoping
from lotbook.kernel import clock, sql
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move

LOTS = 10_000
RUNS = 10
RESERVED = 1_000
ROUNDS = 3
BAR = 12.0


def measure(url: str) -> None:
    """Freeze and call off, and insert the holds raw, in turn."""
    suspect, lots, site = fill()
    raw, product = [], []
    for number in range(ROUNDS + 1):
        case = recall.open_case(
            kind="recall", reason="bench", suspects=scoping.of_lots([suspect]), actor=ACTOR
        )
        recall.take_scope(case=case.uid, actor=ACTOR)
        reserve(site)
        plain = seconds(lambda: insert_raw(lots))
        undo_raw()
        held = 0

        def freeze(uid: object = case.uid) -> None:
            nonlocal held
            held = recall.freeze(case=str(uid), actor=ACTOR).lots

        whole = seconds(freeze)
        if held != LOTS + 1:
            raise RuntimeError(f"bench: expected {LOTS + 1} lots on hold, got {held}")
        recall.call_off(case=case.uid, reason="bench", actor=ACTOR)
        if number:  # the first round warms up
            raw.append(plain)
            product.append(whole)
    note = (
        f"{median(product):.2f} s for {LOTS:,} lots, {RESERVED:,} of them reserved; raw {median(raw):.2f} s"
    )
    name = f"recall: {LOTS:,} lots frozen in one transaction against their holds inserted raw"
    tell(Figure(name, ratio(product, raw), "×", most=BAR, note=note))


def fill() -> tuple[str, list[int], int]:
    """One suspect lot that went into 10,000: its uid, their keys, and the bin they are in."""
    place, item = apps.get_model("places.Place"), apps.get_model("catalog.Item")
    bin_ = place.objects.create(code="BIN", kind="bin", own=True).pk
    farm = place.objects.create(code="FARM", kind="partner").pk
    goods = [item.objects.create(code=code, name=code, unit="KGM").pk for code in ("IN", "OUT")]
    when = clock.now() - timedelta(days=1)
    source = LotRef(goods[0], "SUSPECT")
    drafts = [Draft("receive", when, moves=[Move(source, farm, bin_, 10_000)])]
    share = LOTS // RUNS
    for number in range(RUNS):
        run = place.objects.create(code=f"RUN-{number}", kind="run", own=False).pk
        drafts.append(Draft("consume", when, moves=[Move(source, bin_, run, 1_000)]))
        made = [Move(LotRef(goods[1], f"LOT-{number}-{n:04}"), run, bin_, 100) for n in range(share)]
        drafts.append(Draft("produce", when, moves=made))
    ledger.post(drafts, actor=ACTOR)
    lot = apps.get_model("lots.Lot").objects
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    keys = list(lot.filter(item=goods[1]).order_by("pk").values_list("pk", flat=True))
    return str(lot.get(item=goods[0]).uid), keys, int(bin_)


def reserve(place: int) -> None:
    """Keep something of a thousand lots for an order: the freeze has to break it."""
    item = apps.get_model("catalog.Item").objects.get(code="OUT").pk
    allocation.allocate([Demand(item, 100 * RESERVED, place, "shipping.order", uuid4())], actor=ACTOR)


def insert_raw(lots: Sequence[int]) -> None:
    """Rows of holds and the counts on the lots, nothing else."""
    now = sql.from_moment(clock.now())
    columns = ("uid", "lot_id", "kind", "reason", "placed_sequence", "placed_at", "placed_by", "released_by",
               "release_reason")  # fmt: skip
    rows = [(sql.from_uid(uuid4()), lot, "recall", "raw", 1, now, "raw", "", "") for lot in lots]
    with transaction.atomic():
        if sql.is_postgres():
            sql.copy("lots_hold", columns, rows)
            sql.run(
                "UPDATE lots_lot l SET held = l.held + 1 FROM unnest(%s::bigint[]) u(id) WHERE l.id = u.id",
                [sql.array(lots)],
            )
        else:
            marks = ", ".join(["%s"] * len(columns))
            sql.run_many(f"INSERT INTO lots_hold ({', '.join(columns)}) VALUES ({marks})", rows)
            sql.run_many("UPDATE lots_lot SET held = held + 1 WHERE id = %s", [(lot,) for lot in lots])


def undo_raw() -> None:
    """The lots are free again."""
    with transaction.atomic():
        sql.run("UPDATE lots_lot SET held = 0 WHERE held > 0")
        sql.run("DELETE FROM lots_hold WHERE placed_by = 'raw'")
