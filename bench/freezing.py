"""A recall that freezes 10,000 lots in one transaction, against the raw insertion of its holds alone.

Raw: rows of ``lots_hold`` and the counts of open holds on the lots, in one transaction, as quickly as the
database takes them. The product's way writes the same, and the events with what they name, the broken
reservations, the case and its log, having worked out again what is affected.

Then a device at the lots' site, on a real server, asks every second what changed, as the station does, and
takes its book again when it is told to. Timed is from the commit of a freeze until the device's book says of
all lots that they are on hold.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from django.apps import apps
from django.db import connection, transaction

from bench.calls import Api, _serve
from bench.harness import Figure, median, ratio, seconds, tell
from bench.shop import ACTOR
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.places import actions as places
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
SITE = "STORE"
TOLD_BAR = 2.0
EVERY = 1.0
"""Seconds after which a device asks again."""


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
    devices(url, suspect)


def devices(url: str, suspect: str) -> None:
    """Freeze with a device watching, and call off again."""
    accounts.create_user(
        username="bench", role="administrator", password="a-long-bench-password", actor=ACTOR
    )
    key = accounts.create_api_key(name="bench", scopes=["stock.view"], owner="bench", actor=ACTOR).secret
    server = _serve(url)
    told: list[float] = []
    try:
        for number in range(ROUNDS + 1):
            device = Device(server.port, key)
            case = recall.open_case(
                kind="recall", reason="bench", suspects=scoping.of_lots([suspect]), actor=ACTOR
            )
            recall.take_scope(case=case.uid, actor=ACTOR)
            taken = _watched(device, case.uid)
            recall.call_off(case=case.uid, reason="bench", actor=ACTOR)
            if number:  # the first round warms up
                told.append(taken)
    finally:
        server.stop()
    note = f"asking every {EVERY:.0f} s; {', '.join(f'{one:.2f}' for one in told)} s"
    name = f"recall: {LOTS:,} lots on hold in a device's book after the commit"
    tell(Figure(name, median(told), "s", most=TOLD_BAR, note=note))


def _watched(device: Device, case: UUID) -> float:
    """Seconds from the commit until the device has all holds."""
    committed: list[float] = []
    booked: list[float] = []
    watching = threading.Thread(target=lambda: booked.append(device.watch()))
    watching.start()
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.perf_counter()))
        held = recall.freeze(case=str(case), actor=ACTOR).lots
    watching.join(timeout=60)
    if held != LOTS + 1 or not booked:
        raise RuntimeError(f"bench: {held} lots were frozen, the device was not told of them")
    return booked[0] - committed[0]


class Device:
    """What a scan station keeps and asks; connections are opened when asked: a server closes idle ones."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self._book = self._connect()
        self._mark = ""
        self._as_of = 0
        if self._take():
            raise RuntimeError("bench: lots are on hold before they were frozen")

    def _connect(self) -> Api:
        return Api(self._port, self._key)

    def _take(self) -> int:
        """Take the whole book; gives how many of its lots may not be used."""
        book = self._book.get(f"/station/book?site={SITE}")
        self._as_of = book["as_of"]
        self._mark = self._changes()["mark"]
        return sum(1 for lot in book["lots"] if lot["status"] == "recalled")

    def _changes(self) -> Any:
        mark = quote(self._mark)
        return self._book.get(f"/station/changes?site={SITE}&since={self._as_of}&mark={mark}")

    def watch(self) -> float:
        """Ask every second, beginning at any moment of it, until all lots are on hold: the time of that."""
        time.sleep(random.random() * EVERY)
        self._book = self._connect()
        while True:
            begun = time.perf_counter()
            answer = self._changes()
            if answer["reload"] and self._take() >= LOTS:
                return time.perf_counter()
            self._as_of, self._mark = answer["as_of"], answer["mark"]
            time.sleep(max(EVERY - (time.perf_counter() - begun), 0))


def fill() -> tuple[str, list[int], int]:
    """One suspect lot that went into 10,000: its uid, their keys, and the bin they are in."""
    place, item = apps.get_model("places.Place"), apps.get_model("catalog.Item")
    site = places.create_place(actor=ACTOR, code=SITE, kind="site")
    bin_ = places.create_place(actor=ACTOR, code="BIN", kind="bin", parent=site.uid).pk
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
