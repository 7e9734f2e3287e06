"""A year of a maker's book, big and sound, written straight into the tables: what traces are measured on.

``build(connection, lots=…, seed=…)`` fills an empty book (migrated, nothing in it) with the lots and runs
of a ``genealogy``, with suppliers and customers, receipts, shipments and balances. Nothing is random but
by ``seed``. All items are kept in grams, and a run gives back in its outputs what went into it (rework
put in later stays in the run, as a difference).

The product's door is not used: a million lots would take minutes through it. What the door would have
derived (balances, links, crossings) is derived here once more, and ``test_bench`` compares.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max, Model

from bench.genealogy import LEVELS, Genealogy, grow
from bench.goods import CUSTOMERS, Goods, share_out
from bench.hashes import content_hashes
from bench.tables import bulk, load

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

YEAR_BEGINS = np.datetime64("2025-01-01T00:00:00")
SECONDS_A_YEAR = 365 * 86_400
SITES = 4
BINS_A_SITE = 100
SUPPLIERS = 50
LINES_A_SHIPMENT = 10
SAMPLE = 200
EXAMPLES = 20
INSIDE, IN, OUT = 0, 1, 2
NEVER = 2**63 - 1


@dataclass(frozen=True)
class World:
    """What was built, with keys of the tables: which lots to trace, and how much there is.

    ``typical_lots`` are received lots whose number of descendants is nearest to the median, and
    ``deep_lots`` finished lots whose number of ancestors is. ``seconds`` is how long each step took.
    """

    lots: int
    runs: int
    links: int
    events: int
    movements: int
    balances: int
    hot_lot: int
    hot_reach: int
    typical_lots: list[int]
    typical_reach: int
    deep_lots: list[int]
    deep_reach: int
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class _Keys:
    """The keys of the masters that were made; bins by site, runs and lots from a first key on.

    ``uids`` has, for ``places`` and ``items``, their uids (with dashes) by key.
    """

    first_lot: int
    first_run: int
    first_sequence: int
    first_movement: int
    sites: Integers
    bins: Integers
    suppliers: Integers
    customers: Integers
    supplier_partners: Integers
    uids: dict[str, dict[int, str]]


def build(
    connection: BaseDatabaseWrapper,
    *,
    lots: int = 1_000_000,
    seed: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> World:
    """Fill the empty book behind ``connection`` and tell what is in it; ``say`` hears of each step.

    Raises ValueError when the book is not empty.
    """
    if _model("lots.Lot").objects.using(connection.alias).exists():
        raise ValueError("the book holds lots already: a world is built in an empty one")
    clock = _Clock(say)
    tree = grow(lots, seed)
    goods = share_out(tree, np.random.default_rng(seed + 1))
    clock.lap("grown")
    keys = _write_masters(connection, tree)
    clock.lap("places and items")
    counts = _write_book(connection, tree, goods, keys, clock)
    _analyse(connection)
    clock.lap("analysed")
    examples = _examples(tree, keys, seed)
    clock.lap("examples")
    return World(
        lots=tree.lots, runs=tree.runs, links=tree.links, seconds=clock.seconds, **counts, **examples
    )


class _Clock:
    """Says and remembers how long each step took."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.last = time.monotonic()
        self.seconds: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = time.monotonic()
        self.seconds[step] = round(now - self.last, 2)
        self.last = now
        self.say(f"{step}: {self.seconds[step]:.1f} s")


def _model(name: str) -> Any:
    return apps.get_model(name)


# --- Items, partners, places -------------------------------------------------------------------------


def _write_masters(connection: BaseDatabaseWrapper, tree: Genealogy) -> _Keys:
    lanes = int(tree.lane.max()) + 1
    items = _write_named(connection, "catalog.Item", lanes * LEVELS, "ITEM-{:04}", unit="KGM", scale=3)
    suppliers = _write_named(connection, "partners.Partner", SUPPLIERS, "SUPPLIER-{:02}", is_supplier=True)
    customers = _write_named(connection, "partners.Partner", CUSTOMERS, "CUSTOMER-{:03}", is_customer=True)
    sites = _write_named(connection, "places.Place", SITES, "SITE-{}", kind="site", own=True)
    bins = _write_named(
        connection,
        "places.Place",
        SITES * BINS_A_SITE,
        "BIN-{:03}",
        kind="bin",
        own=True,
        parent_id=np.repeat(sites, BINS_A_SITE),
    )
    doors = {
        who: _write_named(
            connection,
            "places.Place",
            len(partners),
            "AT-" + who + "-{:03}",
            kind="partner",
            partner_id=partners,
        )
        for who, partners in (("SUPPLIER", suppliers), ("CUSTOMER", customers))
    }
    runs = _write_named(connection, "places.Place", tree.runs, "RUN-{:07}", kind="run")
    return _Keys(
        first_lot=_next_key(connection, "lots.Lot", "id"),
        first_run=int(runs[0]),
        first_sequence=_next_key(connection, "ledger.Event", "sequence"),
        first_movement=_next_key(connection, "ledger.Movement", "id"),
        sites=sites,
        bins=bins,
        suppliers=doors["SUPPLIER"],
        customers=doors["CUSTOMER"],
        supplier_partners=suppliers,
        uids={
            "places": _dashed(np.concatenate([sites, bins, doors["SUPPLIER"], doors["CUSTOMER"], runs])),
            "items": _dashed(items),
        },
    )


def _dashed(keys: Integers) -> dict[int, str]:
    """The uids of masters by key, in the form the canonical hash has them."""
    return {
        key: f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}"
        for key, uid in zip(keys.tolist(), _master_uids(keys), strict=True)
    }


def _master_uids(keys: Integers) -> list[str]:
    return _uids(np.zeros(len(keys)), keys)


def _next_key(connection: BaseDatabaseWrapper, name: str, key: str) -> int:
    last = _model(name).objects.using(connection.alias).aggregate(last=Max(key))["last"]
    return int(last or 0) + 1


def _write_named(
    connection: BaseDatabaseWrapper, name: str, count: int, code: str, **columns: Any
) -> Integers:
    """Write ``count`` masters with codes after a pattern; give their keys."""
    model: type[Model] = _model(name)
    keys = np.arange(count) + _next_key(connection, name, "id")
    codes = [code.format(number + 1) for number in range(count)]
    fixed = {"id": keys, "uid": _master_uids(keys), "code": codes, "name": codes}
    with bulk(connection, [model]):
        load(connection, model, count, {**fixed, **columns})
    return keys


# --- The book ----------------------------------------------------------------------------------------


def _write_book(
    connection: BaseDatabaseWrapper, tree: Genealogy, goods: Goods, keys: _Keys, clock: _Clock
) -> dict[str, Any]:
    lots = _lots(connection, tree, keys)
    sequences, events, instants = _events(connection, tree, goods, keys)
    movements = _movements(tree, goods, keys, sequences)
    events["content_hash"] = content_hashes(events, instants, movements, lots, keys.uids)
    clock.lap("hashes")
    balances = _balances(tree, goods, keys)
    tables = {
        "lots.Lot": lots,
        "ledger.Event": events,
        "ledger.Movement": movements,
        "ledger.Link": _links(tree, keys, sequences),
        "ledger.Balance": balances,
    }
    with bulk(connection, [_model(name) for name in tables]):
        for name, columns in tables.items():
            load(connection, _model(name), len(next(iter(columns.values()))), columns)
            clock.lap(name)
    clock.lap("indexes")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('ledger_event_sequence', %s)", [int(events["sequence"][-1])])
    return {
        "events": len(events["sequence"]),
        "movements": len(movements["id"]),
        "balances": len(balances["lot_id"]),
    }


def _lots(connection: BaseDatabaseWrapper, tree: Genealogy, keys: _Keys) -> dict[str, Any]:
    made = _dates(tree.lot_time)
    bought = tree.made_by < 0
    first_item = int(_model("catalog.Item").objects.using(connection.alias).earliest("id").pk)
    supplier = keys.supplier_partners[np.arange(tree.lots) % SUPPLIERS]
    columns: dict[str, Any] = {
        "id": keys.first_lot + np.arange(tree.lots),
        "uid": _uids(tree.lot_time, np.arange(tree.lots)),
        "item_id": first_item + tree.lane * LEVELS + tree.level,
        "number": [f"L{number:07}" for number in range(1, tree.lots + 1)],
        "supplier_id": _where(bought, supplier.tolist()),
        "received_on": _where(bought, made),
        "produced_on": _where(~bought, made),
        "expires_on": _dates(tree.lot_time + 20),
    }
    return columns | _created(connection)


def _created(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """When the lots came into the book, where the model keeps that (it has no default of its own)."""
    names = {field.attname for field in _model("lots.Lot")._meta.concrete_fields}
    return {"created_at": _moment(1.0, connection)} if "created_at" in names else {}


def _events(
    connection: BaseDatabaseWrapper, tree: Genealogy, goods: Goods, keys: _Keys
) -> tuple[dict[str, Integers], dict[str, Any], npt.NDArray[np.datetime64]]:
    """All events in order of time.

    Gives the sequence of each receipt, run, rework and shipping line; the columns; and the times.
    """
    bought = np.flatnonzero(tree.made_by < 0)
    rework = slice(len(tree.consumed_lot) - tree.rework, None)
    shipment = _shipment_of_line(goods)
    first_line = np.unique(shipment, return_index=True)[1]
    times = {
        "receive": tree.lot_time[bought],
        "transform": tree.run_time,
        "consume": tree.consumed_time[rework],
        "ship": goods.shipped_day[first_line] / 365,
    }
    lanes_of_run = np.zeros(tree.runs, dtype=np.int64)
    made = np.flatnonzero(tree.made_by >= 0)
    lanes_of_run[tree.made_by[made]] = tree.lane[made]
    sites = {
        "receive": tree.lane[bought] % SITES,
        "transform": lanes_of_run % SITES,
        "consume": tree.lane[tree.consumed_lot[rework]] % SITES,
        "ship": tree.lane[goods.shipped_lot[first_line]] % SITES,
    }
    kind = np.repeat(list(times), [len(part) for part in times.values()])
    when = np.concatenate(list(times.values()))
    order = np.argsort(when, kind="stable")
    sequence = np.empty(len(order), dtype=np.int64)
    sequence[order] = keys.first_sequence + np.arange(len(order))
    moments = _moments(when[order], connection)
    columns: dict[str, Any] = {
        "sequence": keys.first_sequence + np.arange(len(order)),
        "uid": _uids(when[order], np.arange(len(order)) + tree.lots),
        "kind": kind[order],
        "occurred_at": moments,
        "recorded_at": moments,
        "actor": "lotbook",
        "place_id": keys.sites[np.concatenate(list(sites.values()))[order]],
    }
    borders = np.cumsum([len(part) for part in times.values()])[:-1]
    found = dict(zip(times, np.split(sequence, borders), strict=True))
    return {**found, "ship": found["ship"][shipment]}, columns, _instants(when[order])


def _shipment_of_line(goods: Goods) -> Integers:
    """Put lines of one day and customer together, so many to a shipment; number the shipments."""
    pair = goods.shipped_day * CUSTOMERS + goods.customer
    starts = (
        np.flatnonzero(np.append(True, pair[1:] != pair[:-1])) if len(pair) else np.empty(0, dtype=np.int64)
    )
    within = np.arange(len(pair)) - np.repeat(starts, np.diff(np.append(starts, len(pair))))
    numbers: Integers = np.cumsum(within % LINES_A_SHIPMENT == 0) - 1
    return numbers


def _movements(tree: Genealogy, goods: Goods, keys: _Keys, sequences: dict[str, Integers]) -> dict[str, Any]:
    bought, made = np.flatnonzero(tree.made_by < 0), np.flatnonzero(tree.made_by >= 0)
    bins = _bin_of_lot(tree, keys)
    lots = [bought, tree.consumed_lot, made, goods.shipped_lot]
    event = np.concatenate(
        [
            sequences["receive"],
            _sequence_of_use(tree, sequences),
            sequences["transform"][tree.made_by[made]],
            sequences["ship"],
        ]
    )
    runs = keys.first_run + tree.consumed_run, keys.first_run + tree.made_by[made]
    source = [keys.suppliers[bought % SUPPLIERS], bins[tree.consumed_lot], runs[1], bins[goods.shipped_lot]]
    destination = [bins[bought], runs[0], bins[made], keys.customers[goods.customer]]
    quantity = [goods.made[bought], goods.used, goods.made[made], goods.shipped]
    crossing = np.repeat([IN, INSIDE, INSIDE, OUT], [len(part) for part in lots])
    order = np.argsort(event, kind="stable")
    columns: dict[str, Any] = {
        "id": keys.first_movement + np.arange(len(order)),
        "event_id": event[order],
        "lot_id": keys.first_lot + np.concatenate(lots)[order],
        "source_id": np.concatenate(source)[order],
        "destination_id": np.concatenate(destination)[order],
        "quantity": np.concatenate(quantity)[order],
        "crossing": crossing[order],
    }
    return columns


def _sequence_of_use(tree: Genealogy, sequences: dict[str, Integers]) -> Integers:
    """The sequence of each consumption: its run's event, or, for rework, one of its own."""
    regular = len(tree.consumed_lot) - tree.rework
    return np.concatenate([sequences["transform"][tree.consumed_run[:regular]], sequences["consume"]])


def _links(tree: Genealogy, keys: _Keys, sequences: dict[str, Integers]) -> dict[str, Any]:
    made = np.flatnonzero(tree.made_by >= 0)
    lot_in, lot_out = 2 * (keys.first_lot + tree.consumed_lot), 2 * (keys.first_lot + made)
    run_in = 2 * (keys.first_run + tree.consumed_run) + 1
    run_out = 2 * (keys.first_run + tree.made_by[made]) + 1
    sequence = np.concatenate([_sequence_of_use(tree, sequences), sequences["transform"][tree.made_by[made]]])
    order = np.argsort(sequence, kind="stable")
    columns: dict[str, Any] = {
        "source": np.concatenate([lot_in, run_out])[order],
        "target": np.concatenate([run_in, lot_out])[order],
        "sequence": sequence[order],
        "voided": NEVER,
    }
    return columns


def _balances(tree: Genealogy, goods: Goods, keys: _Keys) -> dict[str, Any]:
    """Sum what each lot has at its bin, owes its supplier, and has at each customer; runs have none."""
    bought = np.flatnonzero(tree.made_by < 0)
    at_bin = goods.made.copy()
    np.subtract.at(at_bin, tree.consumed_lot, goods.used)
    np.subtract.at(at_bin, goods.shipped_lot, goods.shipped)
    pair, line = np.unique(goods.shipped_lot * CUSTOMERS + goods.customer, return_inverse=True)
    at_customer = np.zeros(len(pair), dtype=np.int64)
    np.add.at(at_customer, line, goods.shipped)
    lot = np.concatenate([np.arange(tree.lots), bought, pair // CUSTOMERS])
    place = [_bin_of_lot(tree, keys), keys.suppliers[bought % SUPPLIERS], keys.customers[pair % CUSTOMERS]]
    on_hand = np.concatenate([at_bin, -goods.made[bought], at_customer])
    order = np.argsort(lot, kind="stable")
    columns: dict[str, Any] = {
        "lot_id": keys.first_lot + lot[order],
        "place_id": np.concatenate(place)[order],
        "own": (np.arange(len(lot)) < tree.lots)[order],
        "on_hand": on_hand[order],
        "change": on_hand[order],
    }
    return columns


def _bin_of_lot(tree: Genealogy, keys: _Keys) -> Integers:
    """A lot lies in one bin all its life, at its line's site."""
    bins: Integers = keys.bins[tree.lane % SITES * BINS_A_SITE + np.arange(tree.lots) % BINS_A_SITE]
    return bins


def _analyse(connection: BaseDatabaseWrapper) -> None:
    """Leave PostgreSQL what its autovacuum would leave in a grown book; SQLite keeps none by itself."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


# --- Lots to trace -----------------------------------------------------------------------------------


def _examples(tree: Genealogy, keys: _Keys, seed: int) -> dict[str, Any]:
    dice = np.random.default_rng(seed + 2)
    raw, finished = np.flatnonzero(tree.level == 0), np.flatnonzero(tree.level == LEVELS - 1)
    typical, typical_reach = _near_median(tree, tree.forward(), _some(dice, raw[raw != tree.hot]))
    deep, deep_reach = _near_median(tree, tree.backward(), _some(dice, finished))
    return {
        "hot_lot": keys.first_lot + tree.hot,
        "hot_reach": _lots_reached(tree, tree.forward(), tree.hot),
        "typical_lots": [keys.first_lot + lot for lot in typical],
        "typical_reach": typical_reach,
        "deep_lots": [keys.first_lot + lot for lot in deep],
        "deep_reach": deep_reach,
    }


def _some(dice: np.random.Generator, lots: Integers) -> Integers:
    return dice.choice(lots, size=min(SAMPLE, len(lots)), replace=False)


def _near_median(tree: Genealogy, graph: Any, lots: Integers) -> tuple[list[int], int]:
    reach = np.array([_lots_reached(tree, graph, int(lot)) for lot in lots])
    median = int(np.median(reach))
    nearest = np.argsort(np.abs(reach - median), kind="stable")[:EXAMPLES]
    return [int(lot) for lot in lots[nearest]], median


def _lots_reached(tree: Genealogy, graph: Any, lot: int) -> int:
    return int((graph.reach(lot) < tree.lots).sum())


# --- Values as the tables hold them ------------------------------------------------------------------


def _uids(share: Floats, numbers: Integers) -> list[str]:
    """UUIDv7 in hexadecimal, ordered by time and told apart by number."""
    begin = int(YEAR_BEGINS.astype("datetime64[ms]").astype(np.int64))
    moment = begin + (share * SECONDS_A_YEAR * 1000).astype(np.int64)
    return [
        f"{ms:012x}7{number >> 48 & 0xFFF:03x}8{number & 0xFFFFFFFFFFFFFFF:015x}"
        for ms, number in zip(moment.tolist(), numbers.tolist(), strict=True)
    ]


def _instants(share: Floats) -> npt.NDArray[np.datetime64]:
    return YEAR_BEGINS + (share * SECONDS_A_YEAR).astype("timedelta64[s]")


def _dates(share: Floats) -> list[str]:
    days: list[str] = np.datetime_as_string(_instants(share), unit="D").tolist()
    return days


def _moments(share: Floats, connection: BaseDatabaseWrapper) -> list[str]:
    """Times as Django writes them: with an offset on PostgreSQL, UTC without one on SQLite."""
    offset = "+00" if connection.vendor == "postgresql" else ""
    return [
        text.replace("T", " ") + offset for text in np.datetime_as_string(_instants(share), unit="s").tolist()
    ]


def _moment(share: float, connection: BaseDatabaseWrapper) -> str:
    return _moments(np.array([share]), connection)[0]


def _where(chosen: npt.NDArray[np.bool_], values: list[Any]) -> list[Any]:
    return [value if wanted else None for wanted, value in zip(chosen.tolist(), values, strict=True)]
