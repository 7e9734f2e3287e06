"""Queues of devices that were long without a network, how they come in, and what must be true afterwards."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.station import actions
from lotbook.interfaces.station.acting.frame import body_of
from lotbook.interfaces.station.actions import Bearer
from lotbook.interfaces.station.models import Act, Device, State
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.models import Event
from lotbook.traceability.ledger.rules import Draft, LotRef, Move
from lotbook.traceability.lots.models import Lot
from tests import rooms

LOTS = tuple(f"T-{number}" for number in range(1, 7))
PLACES = ("STORE", "A-01", "QUARANTINE")
STOCK_KG = 30
KG = 1_000


@dataclass(slots=True)
class World:
    """Lots in the store, and the person who holds every device."""

    ann: User
    lots: dict[str, str]

    @classmethod
    def open(cls) -> World:
        rooms.small()
        _goods()
        ann = User.objects.create(username="ann", role="manager")
        return cls(ann, {lot.number: str(lot.uid) for lot in Lot.objects.filter(number__in=LOTS)})

    def bearer(self) -> Bearer:
        return Bearer("user:ann", self.ann)


def _goods() -> None:
    """The lots, in the store since an hour: the clock is the real one here."""
    source = places.partner_place(Partner.objects.get(code="FARM"))
    store, item = Place.objects.get(code="STORE"), Item.objects.get(code="TOM")
    moves = [Move(LotRef(item.pk, lot, 1), source.pk, store.pk, STOCK_KG * KG) for lot in LOTS]
    book.post([Draft("receive", clock.now() - timedelta(hours=1), moves=moves)], actor=rooms.ANN)


@dataclass(slots=True)
class Queue:
    """One device and all it did, in its order."""

    device: UUID
    acts: list[dict[str, Any]] = field(default_factory=list)

    def act(self, kind: str, body: dict[str, Any], *after: str) -> str:
        uid = str(new_uid())
        told = {
            "id": uid, "kind": kind, "site": "PLANT", "at": clock.now().isoformat(),
            "device": str(self.device), "n": len(self.acts) + 1, "after": list(after), "by": "ann",
            "body": body, "scans": [], "seen": [], "as_of": 0,
        }  # fmt: skip
        self.acts.append(told)
        return uid


def queue(dice: random.Random, world: World, number: int, length: int) -> Queue:
    """What one device did: moves, too much at times, put back and taken back, receipts, holds, nonsense."""
    one = Queue(new_uid())
    for step in range(length):
        what = dice.random()
        lot = dice.choice(LOTS)
        if what < 0.55 or not one.acts:
            source, to = dice.sample(PLACES, 2)
            much = str(dice.choice((1, 1, 2, 500)))
            line = {"lot": world.lots[lot], "quantity": much, "unit": "KGM", "from": source}
            waits = [dice.choice(one.acts)["id"]] if one.acts and dice.random() < 0.3 else []
            one.act("move", {"lines": [line], "to": to}, *waits)
        elif what < 0.7:
            came = {"item": "TOM", "lot": f"R-{number}-{step}", "quantity": "3", "unit": "KGM"}
            came["expires_on"] = "2099-01-01"
            head = {"document": "none", "id": "", "supplier": "FARM", "delivery_note": "", "temperature": ""}
            one.act("receive", {**head, "place": "STORE", "lines": [came]})
        elif what < 0.9:
            one.act("undo", {"act": dice.choice(one.acts)["id"]})
        elif what < 0.95:
            one.act("hold", {"lots": [world.lots[lot]], "kind": "quality", "reason": "soft"})
        else:
            one.act(dice.choice(("juggle", "move")), {"nonsense": step})
    return one


def deliveries(dice: random.Random, queues: Sequence[Queue]) -> list[tuple[UUID, list[dict[str, Any]]]]:
    """The queues as a bad network brings them: in any order, in pieces, twice, beginnings last."""
    early: list[tuple[UUID, list[dict[str, Any]]]] = []
    last: list[tuple[UUID, list[dict[str, Any]]]] = []
    for one in queues:
        acts = list(one.acts)
        lost = dice.randrange(len(acts)) if dice.random() < 0.4 else 0
        last.append((one.device, acts[:lost]))
        rest = acts[lost:]
        if dice.random() < 0.7:
            dice.shuffle(rest)
        while rest:
            size = dice.randint(1, 4)
            piece, rest = rest[:size], rest[size:]
            # Some of it comes again, also within one delivery.
            again = [act for act in piece if dice.random() < 0.3]
            early.append((one.device, piece + again))
            if dice.random() < 0.4:
                early.append((one.device, piece))
    dice.shuffle(early)
    return early + [piece for piece in last if piece[1]]


def deliver(world: World, sent: Sequence[tuple[UUID, list[dict[str, Any]]]], threads: int) -> list[str]:
    """Bring everything in, by several senders at once; gives what went wrong."""
    errors: list[str] = []

    def send(mine: Sequence[tuple[UUID, list[dict[str, Any]]]]) -> None:
        try:
            for device, acts in mine:
                actions.take_in(device=device, acts=acts, by=world.bearer())
        except Exception as problem:  # noqa: BLE001 – whatever a device would see is a finding
            errors.append(repr(problem))
        finally:
            connection.close()

    senders = [threading.Thread(target=send, args=(sent[index::threads],)) for index in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return errors


# -- what must be true -----------------------------------------------------------------------------


def judge(queues: Sequence[Queue]) -> Counter[str]:
    """Every act is applied once or in the inbox, and the book is what the applied acts make it."""
    sent = {act["id"]: act for one in queues for act in one.acts}
    rows = {str(row.uid): row for row in Act.objects.all()}
    assert rows.keys() == sent.keys(), "an act vanished, or is there twice"
    told = Counter(str(row.state) for row in rows.values())
    in_circles = {uid for uid, row in rows.items() if row.state == State.WAITING}
    assert all(_waits(rows[uid], rows) for uid in in_circles), "an act waits for nothing"
    assert State.RECEIVED not in told, "an act was left undecided"
    events = {str(uid) for uid in Event.objects.values_list("uid", flat=True)}
    for uid, row in rows.items():
        assert set(row.events) <= events, "an act says it is in the book, and is not"
        if row.state != State.APPLIED:
            assert uid not in events, "an act is in the book and in the inbox"
            assert row.problems or row.state in (State.WAITING, State.SETTLED), "no word says why"
    assert _stock() == expected(rows), "something was applied twice, or half"
    for one in queues:
        assert Device.objects.get(uid=one.device).complete_to == len(one.acts)
    assert check().findings == []
    return told


def _waits(row: Act, rows: dict[str, Act]) -> bool:
    needed = [str(uid) for uid in row.needs.values_list("needed", flat=True)]
    return any(rows[uid].state not in (State.APPLIED, State.SETTLED) for uid in needed)


def _stock() -> dict[tuple[str, str], int]:
    return {(row.number, row.place_code): row.on_hand for row in ledger.balances() if row.on_hand}


def expected(rows: dict[str, Act]) -> dict[tuple[str, str], int]:
    """The stock that what was applied makes, worked out without the ledger."""
    numbers = {str(lot.uid): lot.number for lot in Lot.objects.all()}
    stock: Counter[tuple[str, str]] = Counter({(lot, "STORE"): STOCK_KG * KG for lot in LOTS})

    def do(row: Act, sign: int) -> None:
        body = body_of(row)
        for line in body["lines"]:
            much = int(line["quantity"]) * KG * sign
            if row.kind == "move":
                stock[numbers[line["lot"]], line["from"]] -= much
                stock[numbers[line["lot"]], body["to"]] += much
            else:
                stock[line["lot"], "STORE"] += much

    for row in rows.values():
        if row.state == State.APPLIED and row.kind in ("move", "receive"):
            do(row, 1)
        elif row.state == State.APPLIED and row.kind == "undo" and row.events:
            target = rows[body_of(row)["act"]]
            if target.kind in ("move", "receive"):
                do(target, -1)
    return {key: much for key, much in stock.items() if much}
