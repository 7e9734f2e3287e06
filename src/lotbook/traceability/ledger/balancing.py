"""Balances: changed by differences in one ordered pass, replayed event by event to name who takes too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lotbook.kernel.errors import Fault
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.entries import Batch, Entry, Short
from lotbook.traceability.ledger.storage import BalanceKey

Emptied = set[tuple[int, int, int]]
"""(entry, lot, logistic unit): the entry took the last of the lot out of the unit."""


def balance(batch: Batch, *, careful: bool, all_or_nothing: bool) -> Emptied:
    """Apply the batch to the balances.

    The quick way adds first and looks afterwards; where anything would fall short it raises Short. The
    careful way locks and reads first, and refuses by name. Either way the last word has the constraint.
    """
    emptied: Emptied = set()
    if careful:
        before = storage.balances(list({key for entry in batch.live() for key in _own_keys(batch, entry)}))
        on_hand = {key: have for key, (have, _) in before.items()}
        reserved = {key: kept for key, (_, kept) in before.items() if kept}
        _replay(batch, on_hand, reserved, emptied)
        if all_or_nothing and any(entry.faults for entry in batch.entries):
            return emptied
    changes = _changes(batch)
    after = storage.change_balances(changes) if changes else {}
    if not careful:
        live = batch.live()
        _replay(batch, _start(changes, after), {}, emptied)
        if any(entry.faults for entry in live):
            raise Short
    return emptied


def _start(
    changes: dict[BalanceKey, tuple[bool, int, int]], after: dict[BalanceKey, tuple[int, int, bool]]
) -> dict[BalanceKey, int]:
    """What own balances were before, seen from afterwards."""
    start: dict[BalanceKey, int] = {}
    for key, (own, change, _) in changes.items():
        if own:
            on_hand, reserved, made = after[key]
            if (made and change < 0) or on_hand < reserved:
                raise Short
            start[key] = on_hand - change
    return start


def _own_keys(batch: Batch, entry: Entry) -> Iterator[BalanceKey]:
    for lot, source, destination, *_ in entry.moves:
        if batch.places[source].own:
            yield (lot, source)
        if batch.places[destination].own:
            yield (lot, destination)


def _changes(batch: Batch) -> dict[BalanceKey, tuple[bool, int, int]]:
    """Per balance: own, change of on hand, change of catch weight. Runs have none."""
    changes: dict[BalanceKey, int] = defaultdict(int)
    weights: dict[BalanceKey, int] = defaultdict(int)
    for entry in batch.live():
        for lot, source, destination, quantity, weight, _ in entry.moves:
            changes[lot, source] -= quantity
            changes[lot, destination] += quantity
            if weight:
                weights[lot, source] -= weight
                weights[lot, destination] += weight
    return {
        key: (batch.places[key[1]].own, change, weights.get(key, 0))
        for key, change in changes.items()
        if batch.places[key[1]].kind != "run"
    }


def _replay(
    batch: Batch, on_hand: dict[BalanceKey, int], reserved: dict[BalanceKey, int], emptied: Emptied
) -> None:
    """Apply the events one by one; who would take what is not there is refused, and skipped."""
    places = batch.places
    for entry in batch.live():
        done: list[tuple[BalanceKey, int]] = []
        for index, (lot, source, destination, quantity, *_) in enumerate(entry.moves):
            if places[source].own:
                key = (lot, source)
                have = on_hand.get(key, 0)
                kept = reserved.get(key, 0)
                if have - kept < quantity:
                    entry.refuse(_too_little(batch, key, quantity, have, kept).under(f"moves/{index}"))
                    break
                on_hand[key] = have - quantity
                done.append((key, quantity))
                if have == quantity and places[source].kind == "unit":
                    emptied.add((entry.index, lot, source))
            if places[destination].own:
                key = (lot, destination)
                on_hand[key] = on_hand.get(key, 0) + quantity
                done.append((key, -quantity))
        if entry.faults:
            for key, quantity in reversed(done):
                on_hand[key] += quantity


def _too_little(batch: Batch, key: BalanceKey, wanted: int, have: int, reserved: int) -> Fault:
    info = batch.lots[key[0]]
    item = batch.items[info.item]
    kept = f", {to_text(reserved, item.scale)} of it reserved" if reserved else ""
    return Fault(
        "quantity",
        f"{batch.places[key[1]].code} has {to_text(have, item.scale)} {item.unit} of {item.code} lot"
        f" {info.number}{kept}, not {to_text(wanted, item.scale)}.",
        "Take less, take it from another place, or record what is missing first.",
        "too_little",
    )
