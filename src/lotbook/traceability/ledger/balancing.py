"""Balances: changed by differences in one ordered pass, replayed event by event to name who takes too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel.errors import Fault
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import claims, storage
from lotbook.traceability.ledger.entries import Batch, Entry, Moved, OpenClaim, Short
from lotbook.traceability.ledger.storage import BalanceChange, BalanceKey

Emptied = set[tuple[int, int, int]]
"""(entry, lot, logistic unit): the entry took the last of the lot out of the unit."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a movement wanted of a balance and could not have: its last fault says so."""

    entry: Entry
    where: str
    key: BalanceKey
    wanted: int
    have: int
    reserved: int


@dataclass(slots=True)
class Stock:
    """What stands at our places while a batch is replayed, and what of it is reserved.

    ``claims`` are the reservations the batch uses; None in the quick way, where the database compares.
    ``done`` is what the event at hand has changed so far.
    """

    on_hand: dict[BalanceKey, int] = field(default_factory=dict)
    reserved: dict[BalanceKey, int] = field(default_factory=dict)
    claims: dict[int, OpenClaim] | None = None
    done: list[tuple[BalanceKey, int, int | None]] = field(default_factory=list)
    short: list[Shortage] = field(default_factory=list)

    def change(self, key: BalanceKey, quantity: int, claim: int | None) -> None:
        """So much more (or less) stands there; with a claim, reserved by it."""
        self.on_hand[key] = self.on_hand.get(key, 0) + quantity
        if claim is not None:
            self.reserved[key] = self.reserved.get(key, 0) + quantity
            if self.claims is not None:
                self.claims[claim].quantity += quantity
        self.done.append((key, quantity, claim))

    def take_back(self) -> None:
        """Undo what the event at hand has changed."""
        for key, quantity, claim in reversed(self.done[:]):
            self.change(key, -quantity, claim)


def balance(batch: Batch, *, careful: bool, all_or_nothing: bool) -> Emptied:
    """Apply the batch to the balances.

    The quick way adds first and looks afterwards; where anything would fall short it raises Short. The
    careful way locks and reads first, and refuses by name. Either way the last word has the constraint.
    """
    emptied: Emptied = set()
    if careful:
        _replay(batch, _locked(batch), emptied)
        if all_or_nothing and any(entry.faults for entry in batch.entries):
            return emptied
    used = claims.used_by(batch)
    changes = _changes(batch, used)
    after = storage.change_balances(changes) if changes else {}
    if not careful:
        live = batch.live()
        _replay(batch, _start(changes, after), emptied)
        if any(entry.faults for entry in live):
            raise Short
    if used and not claims.use(used, actor=batch.actor, now=batch.now):
        raise Short
    return emptied


def _locked(batch: Batch) -> Stock:
    """What stands at our places, locked in its order, and the claims the batch uses."""
    keys = {key for entry in batch.live() for key in _own_keys(batch, entry)}
    keys |= {(claim.lot, claim.place) for claim in batch.claimed}
    before = storage.lock_balances(keys)
    return Stock(
        {key: have for key, (have, _) in before.items()},
        {key: kept for key, (_, kept) in before.items() if kept},
        claims.read(claims.used_by(batch)),
    )


def _start(changes: dict[BalanceKey, BalanceChange], after: dict[BalanceKey, tuple[int, int, bool]]) -> Stock:
    """What own balances were before, seen from afterwards."""
    start = Stock()
    for key, (own, change, _, used) in changes.items():
        if own:
            on_hand, reserved, made = after[key]
            if (made and (change < 0 or used)) or on_hand < reserved:
                raise Short
            start.on_hand[key] = on_hand - change
            start.reserved[key] = reserved + used
    return start


def _own_keys(batch: Batch, entry: Entry) -> Iterator[BalanceKey]:
    for lot, source, destination, *_ in entry.moves:
        if batch.places[source].own:
            yield (lot, source)
        if batch.places[destination].own:
            yield (lot, destination)


def _changes(batch: Batch, used: dict[int, tuple[int, int, int]]) -> dict[BalanceKey, BalanceChange]:
    """What changes per balance. Runs have none."""
    changes: dict[BalanceKey, int] = defaultdict(int)
    weights: dict[BalanceKey, int] = defaultdict(int)
    for entry in batch.live():
        for lot, source, destination, quantity, weight, _ in entry.moves:
            changes[lot, source] -= quantity
            changes[lot, destination] += quantity
            if weight:
                weights[lot, source] -= weight
                weights[lot, destination] += weight
    places = batch.places
    result: dict[BalanceKey, BalanceChange] = {
        key: (places[key[1]].own, change, weights.get(key, 0), 0)
        for key, change in changes.items()
        if places[key[1]].kind != "run"
    }
    less: dict[BalanceKey, int] = defaultdict(int)
    for lot, place, quantity in used.values():
        less[lot, place] += quantity
    for one in claims.broken_by(batch):
        less[one.lot, one.place] += one.quantity
    for key, quantity in less.items():
        own, change, weight, _ = result.get(key, (True, 0, 0, 0))
        result[key] = (own, change, weight, quantity)
    return result


def _replay(batch: Batch, stock: Stock, emptied: Emptied) -> None:
    """Apply the events one by one; who would take what is not there is refused, and skipped."""
    places = batch.places
    for entry in batch.live():
        stock.done = []
        for index, (lot, source, destination, quantity, *_) in enumerate(entry.moves):
            if places[source].own:
                if not _take(batch, stock, entry, index):
                    stock.take_back()
                    break
                if places[source].kind == "unit" and not stock.on_hand[lot, source]:
                    emptied.add((entry.index, lot, source))
            if places[destination].own:
                stock.change((lot, destination), quantity, None)
    if stock.short and stock.claims is not None:
        _name_the_holders(batch, stock)


def _take(batch: Batch, stock: Stock, entry: Entry, index: int) -> bool:
    """Take what a movement takes from one of our places; False, with the entry refused, where it cannot."""
    lot, source, _, quantity, _, claim = entry.moves[index]
    key = (lot, source)
    have = stock.on_hand.get(key, 0)
    reserved = 0
    if claim is None:
        reserved = stock.reserved.get(key, 0)
    elif fault := _claim_fault(batch, stock, entry.moves[index]):
        entry.refuse(fault.under(f"moves/{index}"))
        return False
    if have - reserved < quantity:
        shortage = Shortage(entry, f"moves/{index}", key, quantity, have, reserved)
        entry.refuse(_too_little(batch, shortage))
        if reserved:
            stock.short.append(shortage)
        return False
    stock.change(key, -quantity, claim)
    return True


def _claim_fault(batch: Batch, stock: Stock, move: Moved) -> Fault | None:
    """Why a movement cannot use the reservation it names."""
    if stock.claims is None or move[5] is None:
        return None
    found = stock.claims.get(move[5])
    if found is None:
        return Fault("claim", f"there is no reservation {move[5]}.", "Reserve it again.", "claim")
    info = batch.lots[move[0]]
    holder = found.number or found.purpose
    if (found.lot, found.place) != (move[0], move[1]):
        code = batch.places[move[1]].code
        cause = f"reservation {found.id} for {holder} is not of lot {info.number} at {code}."
        return Fault("claim", cause, "Take the lot and place that are reserved.", "claim")
    if found.quantity < move[3]:
        item = batch.items[info.item]
        left, wanted = to_text(found.quantity, item.scale), to_text(move[3], item.scale)
        cause = f"reservation {found.id} for {holder} has {left} {symbol(item.unit)} left, not {wanted}."
        return Fault("claim", cause, "Take what is reserved, or reserve more first.", "claim")
    return None


def _name_the_holders(batch: Batch, stock: Stock) -> None:
    """Say for whom is reserved what movements could not take: asked once for the whole batch."""
    holders = claims.holders({one.key for one in stock.short})
    for one in stock.short:
        one.entry.faults[-1] = _too_little(batch, one, holders.get(one.key, ""))


def _too_little(batch: Batch, short: Shortage, holder: str = "") -> Fault:
    info = batch.lots[short.key[0]]
    item = batch.items[info.item]
    kept, remedy = "", "Take less, take it from another place, or record what is missing first."
    if short.reserved:
        kept = f", {to_text(short.reserved, item.scale)} of it reserved{f' for {holder}' if holder else ''}"
        remedy = "Take less, take another lot or place, or free the reservation first."
    return Fault(
        "quantity",
        f"{batch.places[short.key[1]].code} has {to_text(short.have, item.scale)} {symbol(item.unit)} of {item.code}"
        f" lot {info.number}{kept}, not {to_text(short.wanted, item.scale)}.",
        remedy,
        "too_little",
    ).under(short.where)
