"""The floor: does one act after another and keeps a book of its own of what each of them should have done.

An act is chosen by name and a number; the number alone decides its arguments, so that a sequence stays
what it is when others of it are left out. What an act should change is worked out before it is done, from
its arguments and the stock as it was; afterwards the ledger's stock is held against it, lot by lot and
place by place. An act that is refused must leave the tables as they were.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction

from lotbook.kernel import outbox, sql
from lotbook.kernel.errors import Refused
from lotbook.kernel.quantity import to_text
from tests import rooms

T = TypeVar("T")
Key = tuple[str, str, str]
"""Item, lot number, place. A lot "*" is one whose number a rule makes, a place "*" any of ours."""
Changes = Mapping[Key, int]
SOMEWHERE = "*"
WRONG = 10**12 + 7
"""What a quantity nobody can mean counts as: an act that takes it is found out."""


class Conserved(dict[Key, int]):
    """The expectation of acts that bring goods from one of our places to another, wherever.

    What it holds, places left aside, is by how much there is more or less of a lot in all.
    """


@dataclass(frozen=True, slots=True)
class Call:
    """One act: what is called with what, and what of our stock it should change when it is done.

    ``expect`` may be worked out of the act's answer. ``made`` are the pairs of lots that went in and came
    out; ``shared`` are the keys of lots that are in each unit made, beside its own parts.
    """

    act: Callable[..., Any]
    told: dict[str, Any]
    expect: Changes | Callable[[Any], Changes] = field(default_factory=dict)
    inputs: frozenset[tuple[str, str]] = frozenset()
    outputs: frozenset[tuple[str, str]] = frozenset()
    traced: bool = True
    shared: frozenset[int] = frozenset()

    @property
    def words(self) -> str:
        """As people would write it down."""
        told = ", ".join(f"{name}={_short(value)}" for name, value in self.told.items())
        return f"{self.act.__module__.rpartition('operations.')[2]}.{self.act.__name__}({told})"


def _short(value: Any) -> str:
    if isinstance(value, UUID):
        return f"'{value}'"
    if is_dataclass(value) and not isinstance(value, type):
        given = [
            f"{one.name}={getattr(value, one.name)!r}" for one in fields(value) if getattr(value, one.name)
        ]
        return f"{type(value).__name__}({', '.join(given)})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_short(one) for one in value)}]"
    return repr(value)


@dataclass(frozen=True, slots=True)
class Row:
    """What of a lot stands at one of our places."""

    item: str
    lot: str
    place: str
    on_hand: int
    reserved: int
    scale: int
    lot_id: int
    place_id: int
    place_kind: str

    @property
    def key(self) -> Key:
        """Item, lot number, place."""
        return self.item, self.lot, self.place

    @property
    def free(self) -> int:
        """What nobody has reserved."""
        return self.on_hand - self.reserved


Plan = Callable[["Floor", "Dice"], Call | None]

STOCK = (
    "SELECT i.code, l.number, p.code, b.on_hand, b.reserved, i.scale, l.id, p.id, p.kind"
    " FROM ledger_balance b JOIN lots_lot l ON l.id = b.lot_id JOIN catalog_item i ON i.id = l.item_id"
    " JOIN places_place p ON p.id = b.place_id WHERE b.own AND b.on_hand <> 0 ORDER BY 1, 2, 3"
)

AWAY = (
    "WITH RECURSIVE p(id) AS (SELECT transit_id FROM transfers_transfer WHERE transit_id IS NOT NULL"
    " UNION ALL SELECT c.id FROM places_place c JOIN p ON c.parent_id = p.id) SELECT id FROM p"
)


class Dice:
    """Everything an act leaves to chance."""

    def __init__(self, seed: object, nth: int = 0) -> None:
        self.random = random.Random(str(seed))
        self.ids = random.Random(f"{seed} {nth}")

    def chance(self, share: float) -> bool:
        """Whether it happens."""
        return self.random.random() < share

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends in."""
        return self.random.randint(low, max(low, high))

    def one(self, of: Sequence[T]) -> T:
        """One of them."""
        return self.random.choice(of)

    def late(self, of: Sequence[T]) -> T:
        """One of them, the last more often than the others: what was begun goes on."""
        return of[-1] if self.chance(0.4) else self.one(of)

    def some(self, of: Sequence[T], most: int) -> list[T]:
        """A few different ones of them, at least one where there is any."""
        return self.random.sample(of, min(len(of), self.number(1, most)))

    def uid(self) -> UUID:
        """An id such as a form carries."""
        return UUID(int=self.ids.getrandbits(128), version=4)

    def amount(self, have: int, scale: int) -> tuple[str, int]:
        """A quantity of what there is, as text and in smallest units; now and then one that cannot be."""
        way = self.random.random()
        if way < 0.04:
            return self.one(["-1", "x", "0.00001", "1e30", "9" * 17]), WRONG
        if way < 0.10:
            much = have + self.number(1, max(have, 10**scale))
        elif way < 0.30 or have <= 1:
            much = have
        else:
            step = max(1, 10**scale // 10)
            much = max(step, self.number(1, have) // step * step) if have > step else self.number(1, have)
        return to_text(much, scale), much


class Floor:
    """Where it happens."""

    def __init__(self) -> None:
        self.now: datetime = rooms.TODAY
        self.log: list[str] = []
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.stock: list[Row] = []
        self.away: set[int] = set()
        self.model: Counter[Key] = Counter()
        self.sent: list[Call] = []
        self.known: set[tuple[str, str]] = set()
        self.edges: dict[tuple[UUID, int], tuple[frozenset[int], frozenset[int]]] = {}
        self.last = 0

    def open(self) -> None:
        """Begin with what is there."""
        self.look()
        self.model.update({row.key: row.on_hand for row in self.stock})
        self.known |= {(row.item, row.lot) for row in self.stock}
        self.last = sql.rows("SELECT coalesce(max(sequence), 0) FROM ledger_event")[0][0]

    # -- what is there -----------------------------------------------------------------------------

    def look(self) -> None:
        """Read the stock, and which places are a transfer's while it is on its way."""
        self.stock = [Row(*row) for row in sql.rows(STOCK)]
        self.away = {row[0] for row in sql.rows(AWAY)}

    def rows(self, *items: str, place: str = "", free: bool = True, loose: bool = False) -> list[Row]:
        """Stock of these items (all), at a place (any), of which something is free; ``loose``: on no unit.

        Now and then what a transfer has on its way, too: nobody may take it.
        """
        return [
            row
            for row in self.stock
            if (row.place_id not in self.away or len(self.log) % 8 == 0)
            and (not items or row.item in items)
            and (not place or row.place == place)
            and (row.free > 0 or not free)
            and not (loose and row.place_kind == "unit")
        ]

    @contextmanager
    def said(self) -> Iterator[None]:
        """Say what was done, act by act, where something is wrong."""
        try:
            yield
        except BaseException as problem:
            problem.add_note("What was done:\n" + "\n".join(self.log))
            raise

    # -- acts --------------------------------------------------------------------------------------

    def step(self, names: Sequence[str], plans: Mapping[str, Plan], seed: int) -> None:
        """Do one act, whatever comes of it, and hold everything against the model.

        The first of ``names`` is done; where there is nothing to do it with, something else is.
        """
        self.now += timedelta(minutes=1)
        for name in names:
            dice = Dice(f"{name} {seed}", len(self.log))
            call = plans[name](self, dice)
            if call is not None:
                self.log.append(f"{len(self.log) + 1}. {name}: {call.words}")
                late = dice.chance(0.1) and name not in ("decide", "withdraw", "sleep")
                self._do(name, call, deliver=not late)
                return

    def _do(self, name: str, call: Call, *, deliver: bool) -> None:
        before = transaction.savepoint()
        try:
            answer = call.act(**call.told)
        except Refused as refusal:
            self.refused[name] += 1
            self.log[-1] += f" → refused: {refusal}"
            self._judge_refusal(refusal)
            self._untouched(before)
            return
        transaction.savepoint_commit(before)
        self.done[name] += 1
        self.log[-1] += " → done"
        if deliver:
            self.deliver()
        self._compare(call, answer)
        if "uid" in call.told:
            self.sent.append(call)

    def deliver(self) -> None:
        """Let everybody hear what happened; nobody may stumble over it."""
        outbox.deliver()
        failed = sql.rows("SELECT topic, payload, problem FROM kernel_outbox WHERE problem <> ''")
        assert not failed, failed

    def again(self, dice: Dice) -> None:
        """Send an act once more, under the id it had: nothing happens."""
        self.now += timedelta(minutes=1)
        if not self.sent:
            return
        call = dice.one(self.sent)
        self.log.append(f"{len(self.log) + 1}. again: {call.words}")
        before = transaction.savepoint()
        call.act(**call.told)
        self.done["again"] += 1
        self._untouched(before)

    @staticmethod
    def _judge_refusal(refusal: Refused) -> None:
        """A refusal says what is wrong, and is no excuse for a book that was too busy."""
        assert refusal.faults, refusal
        assert all(fault.cause for fault in refusal.faults), refusal
        assert refusal.status in (400, 403, 404, 409, 413, 422), refusal.status

    @staticmethod
    def _untouched(before: str) -> None:
        """What there is now is what there was at the savepoint."""
        after = digest()
        transaction.savepoint_rollback(before)
        was = digest()
        assert after == was, sorted(table for table in after if after[table] != was[table])

    # -- the model ---------------------------------------------------------------------------------

    def _compare(self, call: Call, answer: Any) -> None:
        self.look()
        found = Counter({row.key: row.on_hand for row in self.stock})
        found.subtract(self.model)
        actual = {key: change for key, change in found.items() if change}
        expected = call.expect(answer) if callable(call.expect) else call.expect
        self._same(actual, expected)
        for key, change in actual.items():
            self.model[key] += change
        self._reservations()
        self._events(call)
        self.known |= {(row.item, row.lot) for row in self.stock}

    def _same(self, actual: dict[Key, int], expected: Changes) -> None:
        if isinstance(expected, Conserved):
            lots: Counter[tuple[str, str]] = Counter()
            for (item, lot, _), change in actual.items():
                lots[item, lot] += change
            for (item, lot, _), change in expected.items():
                lots[item, lot] -= change
            off = {lot: change for lot, change in lots.items() if change}
            assert not off, f"goods should only move, or as said ({dict(expected)}); off: {off}"
            return
        anywhere = {(item, lot) for item, lot, place in expected if place == SOMEWHERE}
        named = {(item, lot) for item, lot, _ in expected}
        seen: Counter[Key] = Counter()
        for (item, number, place), change in actual.items():
            lot = number if (item, number) in self.known | named else "*"
            seen[item, lot, SOMEWHERE if (item, lot) in anywhere else place] += change
        wanted = {key: change for key, change in expected.items() if change}
        became = {key: change for key, change in seen.items() if change}
        assert became == wanted, f"the stock changed by {became}, not by {wanted}"

    @staticmethod
    def _reservations() -> None:
        """What is reserved of every balance is what the open claims say, and never more than there is."""
        off = sql.rows(
            "SELECT b.lot_id, b.place_id, b.on_hand, b.reserved, coalesce(c.q, 0) FROM ledger_balance b"
            " LEFT JOIN (SELECT lot_id, place_id, sum(quantity) AS q FROM ledger_claim WHERE quantity > 0"
            " GROUP BY lot_id, place_id) c ON c.lot_id = b.lot_id AND c.place_id = b.place_id"
            " WHERE b.reserved <> coalesce(c.q, 0) OR (b.own AND (b.on_hand < 0 OR b.reserved > b.on_hand))"
        )
        assert not off, off

    def _events(self, call: Call) -> None:
        """The new events: at the sites of who acts, of nothing held, and with the genealogy expected."""
        events = sql.rows(
            "SELECT e.sequence, e.uid, e.kind, e.actor, m.lot_id, m.source_id, m.destination_id, s.kind,"
            " d.kind, s.own, d.own FROM ledger_event e LEFT JOIN ledger_movement m ON m.event_id = e.sequence"
            " LEFT JOIN places_place s ON s.id = m.source_id"
            " LEFT JOIN places_place d ON d.id = m.destination_id"
            " WHERE e.sequence > %s ORDER BY e.sequence, m.id",
            [self.last],
        )
        if not events:
            return
        self.last = max(row[0] for row in events)
        runs: dict[tuple[UUID, int], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for _, uid, kind, _, lot, source, destination, from_, to, *_ in events:
            if kind not in ("consume", "produce", "transform"):
                continue
            if to == "run":
                runs[sql.to_uid(uid), destination][0].add(lot)
            elif from_ == "run" and to != "loss":
                runs[sql.to_uid(uid), source][1].add(lot)
        self.edges |= {
            key: (frozenset(ins) | call.shared, frozenset(outs)) for key, (ins, outs) in runs.items()
        }
        self._genealogy(call, runs)
        self._limits(events)

    def _genealogy(self, call: Call, runs: Mapping[Any, tuple[set[int], set[int]]]) -> None:
        if not call.traced:
            return
        numbers = {row[0]: (row[1], row[2]) for row in sql.rows(
            "SELECT l.id, i.code, l.number FROM lots_lot l JOIN catalog_item i ON i.id = l.item_id"
        )}  # fmt: skip
        went = {numbers[lot] for ins, _ in runs.values() for lot in ins}
        came = {numbers[lot] for _, outs in runs.values() for lot in outs}
        fresh = {(item, lot if (item, lot) in self.known | set(call.outputs) else "*") for item, lot in came}
        assert went == set(call.inputs), (went, call.inputs)
        assert fresh == set(call.outputs), (fresh, call.outputs)

    def _limits(self, events: Sequence[tuple[Any, ...]]) -> None:
        """Whoever works at the outlet alone touches nothing elsewhere."""
        touched = {key for row in events if row[3] == "user:lim" for key, own, kind in (
            (row[5], row[9], row[7]), (row[6], row[10], row[8])) if own and kind != "transit"}  # fmt: skip
        if touched:
            from lotbook.foundation.places import queries as places

            sites = set(places.sites_of(touched).values())
            codes = set(places.codes_of(sites).values())
            assert codes <= {"OUTLET"}, codes


_tables: list[str] = []


def digest() -> dict[str, int]:
    """What stands in every table, whatever the order of the rows."""
    if not _tables:
        names = connection.introspection.table_names()
        _tables.extend(sorted(name for name in names if not name.startswith(("django_", "auth_"))))
    return {name: sum(hash(repr(row)) for row in sql.rows(f'SELECT * FROM "{name}"')) for name in _tables}
