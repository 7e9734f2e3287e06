"""A small shop to measure capture in: masters, lots in stock, and events the way limits.md mixes them.

Of ten events three receive a new lot, four move goods, two make one new lot from three, and one ships:
1.6 movements, 0.8 links and 0.5 new lots an event.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.apps import apps
from django.db import connection

from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.rules import BATCH_MAX, Draft, LotRef, Move

ITEMS = 20
BINS = 50
SUPPLIERS = 10
CUSTOMERS = 50
RUNS = 15_000
STOCK_LOTS = 20_000
STOCK = 10**12
ACTOR = "user:bench"
ANALYSE = "VACUUM ANALYZE"
KINDS = ["receive"] * 3 + ["move"] * 4 + ["transform"] * 2 + ["ship"]


def open_shop() -> None:
    """Make the masters, and put lots into stock through the ledger's door."""
    partner, place = apps.get_model("partners.Partner"), apps.get_model("places.Place")
    item = apps.get_model("catalog.Item")

    item.objects.bulk_create(
        item(code=f"ITEM-{n:02}", name=f"Item {n}", unit="KGM", scale=3) for n in range(ITEMS)
    )
    site = place.objects.create(code="SITE-1", name="Site 1", kind="site", own=True)
    place.objects.bulk_create(
        place(code=f"BIN-{n:02}", kind="bin", own=True, parent=site) for n in range(BINS)
    )
    place.objects.bulk_create((place(code=f"RUN-{n:05}", kind="run") for n in range(RUNS)), batch_size=1000)
    for who, count in (("SUPPLIER", SUPPLIERS), ("CUSTOMER", CUSTOMERS)):
        for n in range(count):
            code = f"{who}-{n:02}"
            added = partner.objects.create(
                code=code, name=code, is_supplier=who == "SUPPLIER", is_customer=who == "CUSTOMER"
            )
            place.objects.create(code=f"AT-{code}", kind="partner", partner=added)
    shop = Shop.read()
    drafts = [shop.opening(number) for number in range(STOCK_LOTS)]
    for start in range(0, STOCK_LOTS, BATCH_MAX):
        actions.post(drafts[start : start + BATCH_MAX], actor=ACTOR)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(ANALYSE)


@dataclass
class Shop:
    """The keys of everything in the shop; ``lots`` are those in stock, each in bin number % ``BINS``."""

    items: list[int]
    bins: list[int]
    suppliers: list[int]
    customers: list[int]
    runs: list[int]
    lots: list[int]
    dice: random.Random
    name: str = ""
    made: int = 0
    used_runs: int = 0

    @classmethod
    def read(cls, name: str = "A", seed: int = 1) -> Shop:
        """Find the shop in the book; ``name`` tells this writer's new lots from another's."""
        places = apps.get_model("places.Place").objects.order_by("code")
        keys = {
            word: list(places.filter(code__startswith=word).values_list("pk", flat=True))
            for word in ("BIN-", "RUN-", "AT-SUPPLIER", "AT-CUSTOMER")
        }
        lots = apps.get_model("lots.Lot").objects.filter(number__startswith="STOCK-").order_by("number")
        return cls(
            items=list(apps.get_model("catalog.Item").objects.order_by("code").values_list("pk", flat=True)),
            bins=keys["BIN-"],
            suppliers=keys["AT-SUPPLIER"],
            customers=keys["AT-CUSTOMER"],
            runs=keys["RUN-"],
            lots=list(lots.values_list("pk", flat=True)),
            dice=random.Random(seed),
            name=name,
        )

    def opening(self, number: int) -> Draft:
        """Put one lot into stock, as if received."""
        lot = LotRef(self.items[number % ITEMS], f"STOCK-{number:06}")
        move = Move(lot, self.suppliers[number % SUPPLIERS], self._home(number), STOCK)
        return Draft("receive", clock.now(), moves=[move])

    def _home(self, number: int) -> int:
        return self.bins[number % BINS]

    def batch(self, size: int) -> list[Draft]:
        """So many events, in the mix of limits.md, as a client would send them."""
        return [self._draft(self.dice.choice(KINDS)) for _ in range(size)]

    def _draft(self, kind: str) -> Draft:
        self.made += 1
        return Draft(
            kind,
            datetime.now(UTC) - timedelta(seconds=self.dice.randrange(60)),
            uid=new_uid(),
            moves=self._moves(kind),
            place=self.bins[0],
            document_kind="order",
            document_number=f"PO-{self.name}-{self.made:08}",
            data={"temperature": "4.1", "carrier": "Northern Cold Lines", "checked_by": "R. Okafor"},
            device="scanner-07",
        )

    def _moves(self, kind: str) -> Sequence[Move]:
        quantity = self.dice.randrange(1000, 5000)
        if kind == "receive":
            return [
                Move(self._new_lot(), self.dice.choice(self.suppliers), self.dice.choice(self.bins), quantity)
            ]
        if kind == "transform":
            run = self.runs[self.used_runs % len(self.runs)]
            self.used_runs += 1
            chosen = self.dice.sample(range(len(self.lots)), 3)
            used = [Move(self.lots[number], self._home(number), run, quantity) for number in chosen]
            return [*used, Move(self._new_lot(), run, self.dice.choice(self.bins), 3 * quantity)]
        number = self.dice.randrange(len(self.lots))
        home = self._home(number)
        elsewhere = self.customers if kind == "ship" else [key for key in self.bins if key != home]
        return [Move(self.lots[number], home, self.dice.choice(elsewhere), quantity)]

    def _new_lot(self) -> LotRef:
        facts = {"received_on": date(2026, 3, 1), "expires_on": date(2099, 3, 1)}
        return LotRef(self.dice.choice(self.items), f"{self.name}-{self.made:08}", facts=facts)
