"""What is affected: the one place where this room asks the trace, and keeps what it said.

Everything else in the room works with ``Scope``, whatever engine worked it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from lotbook.insights.recall.models import Case
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import engine, suspects
from lotbook.traceability.trace import queries as trace
from lotbook.traceability.trace import scope as traced
from lotbook.traceability.trace.scope import reading
from lotbook.traceability.trace.scope.rules import RETURNED, SHIPPED

EVERYTHING = 2**63 - 2
"""As of every event that can be seen: a freeze must not wait for what other writers have not decided."""


@dataclass(frozen=True, slots=True)
class Account:
    """What came of a lot, in smallest units: ``came`` is the sum of all the others but ``returned``.

    ``shipped`` is net of ``returned``, which is counted where it is now.
    """

    came: int = 0
    on_hand: int = 0
    in_transit: int = 0
    consumed: int = 0
    shipped: int = 0
    returned: int = 0
    lost: int = 0
    difference: int = 0

    def as_fields(self) -> dict[str, int]:
        """The account as the columns of ``CaseLot``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ScopedLot:
    """An affected lot by its key, with its account."""

    lot: int
    account: Account


@dataclass(frozen=True, slots=True)
class Delivery:
    """So much of an affected lot went to a customer, and came back; keys, smallest units."""

    partner: int
    lot: int
    shipped: int
    returned: int
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """So much of a lot that went to a customer by one event, under one document; keys, smallest units."""

    partner: int
    lot: int
    quantity: int
    event: UUID
    document: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """What is affected as of a sequence, the suspects (``seeds``) among it."""

    as_of: int
    seeds: frozenset[int]
    lots: tuple[ScopedLot, ...]
    deliveries: tuple[Delivery, ...]

    @classmethod
    def empty(cls) -> Scope:
        """Nothing."""
        return cls(0, frozenset(), (), ())


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Suspects as the case keeps them; raises Refused naming ``suspects/<part>`` for what the book lacks."""
    if not given:
        return {}
    try:
        found = suspects.from_json(given)
        suspects.resolve(found, as_of=engine.watermark())
    except Refused as refusal:
        raise Refused([fault.under("suspects") for fault in refusal.faults]) from refusal
    return suspects.as_json(found)


def _seeds(given: Mapping[str, Any], as_of: int) -> tuple[int, ...]:
    """The keys of the suspected lots, sorted."""
    return suspects.resolve(suspects.from_json(given), as_of=as_of) if given else ()


def of_lots(uids: Iterable[object]) -> dict[str, Any]:
    """The suspects' JSON for some lots alone."""
    return {"lots": [str(uid) for uid in uids]}


def scope(given: Mapping[str, Any], *, as_of: int | None = None) -> Scope:
    """Everything affected by what is suspected, as of ``as_of`` (None: the watermark).

    Raises Refused where nothing is suspected, or what is suspected is nothing.
    """
    found = traced.scope(suspects.from_json(given), as_of=as_of) if given else None
    if found is None or not len(found.lots):
        raise Refused(
            Fault("suspects", "nothing is suspected yet.", "Name a lot, or a delivery.", "required")
        )
    return _kept(found)


def grown(case: Case) -> Scope:
    """What is affected by now and not in the case yet, with accounts."""
    fresh = grown_keys(case)
    if not fresh:
        return Scope.empty()
    # What others are still writing has no account yet: it is kept with what is decided of it, or nothing.
    found = _kept(traced.scope(fresh), set(fresh))
    rows = {one.lot: one for one in found.lots}
    lots = tuple(rows.get(lot, ScopedLot(lot, Account())) for lot in fresh)
    return Scope(found.as_of, frozenset(), lots, found.deliveries)


def grown_keys(case: Case) -> list[int]:
    """The lots affected by now and not in the case yet, whatever other writers have not decided; sorted."""
    rows = list(case.lots.values_list("lot_id", "released_at"))
    known = {lot for lot, _ in rows}
    seeds = {lot for lot, released in rows if released is None} | set(
        _seeds(case.suspects, engine.watermark())
    )
    return sorted({*seeds, *trace.affected(sorted(seeds), as_of=EVERYTHING)} - known) if seeds else []


def accounts(lots: Collection[int], *, as_of: int | None = None) -> dict[int, Account]:
    """The accounts of some lots as of a sequence (None: the watermark); unknown ones are absent."""
    return {one.lot: one.account for one in _of(lots, as_of).lots}


def deliveries(lots: Collection[int], *, as_of: int | None = None) -> list[Delivery]:
    """Which customer got how much of which lot, and sent how much back, as of a sequence."""
    return list(_of(lots, as_of).deliveries)


def sent(lots: Collection[int]) -> list[Sent]:
    """Each time some of these lots went to a customer, as of the watermark; oldest first."""
    if not lots:
        return []
    rows = traced.scope(sorted(lots)).crossings
    outward = rows.of(SHIPPED)
    events = reading.events(rows.event[outward])
    wanted = set(lots)
    found: dict[tuple[int, int, int], int] = defaultdict(int)
    named = (rows.event, rows.partner, rows.lot, rows.quantity)
    for event, partner, lot, quantity in zip(*(column[outward].tolist() for column in named), strict=True):
        if partner > 0 and lot in wanted:
            found[event, partner, lot] += quantity
    return [
        Sent(partner, lot, quantity, UUID(events[event].uid), events[event].document_number or "",
             events[event].at)
        for (event, partner, lot), quantity in sorted(found.items())
    ]  # fmt: skip


def _of(lots: Collection[int], as_of: int | None) -> Scope:
    # The walk from lots of a case ends among them: it costs little, and one function serves all.
    return _kept(traced.scope(sorted(lots), as_of=as_of), set(lots)) if lots else Scope.empty()


def _kept(found: traced.Scope, only: Collection[int] | None = None) -> Scope:
    """A scope of the trace as this room keeps it; of ``only`` some lots where they are named."""
    columns = {name: found.account[name].tolist() for name in _COLUMNS}
    lots = tuple(
        ScopedLot(lot, Account(**{name: columns[name][row] for name in _COLUMNS}))
        for row, lot in enumerate(found.lots.tolist())
        if only is None or lot in only
    )
    return Scope(found.as_of, frozenset(found.seeds), lots, tuple(_deliveries(found, only)))


_COLUMNS = tuple(field.name for field in fields(Account))


def _deliveries(found: traced.Scope, only: Collection[int] | None) -> Iterator[Delivery]:
    """What each customer got of each lot and sent back, with the documents it went under."""
    rows = found.crossings
    outward = rows.of(SHIPPED, RETURNED)
    events = reading.events(rows.event[outward])
    shipped: dict[tuple[int, int], int] = defaultdict(int)
    returned: dict[tuple[int, int], int] = defaultdict(int)
    documents: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
    named = (rows.partner, rows.lot, rows.kind, rows.quantity, rows.event)
    for partner, lot, kind, quantity, event in zip(
        *(column[outward].tolist() for column in named), strict=True
    ):
        if partner <= 0 or (only is not None and lot not in only):
            continue
        (shipped if kind == SHIPPED else returned)[partner, lot] += quantity
        if kind == SHIPPED and events[event].document_number:
            documents[partner, lot][events[event].document_number] = None
    for one in found.told:
        if only is None or one.lot in only:
            shipped[one.partner, one.lot] += one.quantity or 0
    for partner, lot in sorted(shipped):
        key = (partner, lot)
        yield Delivery(partner, lot, shipped[key], returned[key], tuple(documents[key]))
