"""What is affected: the one place where this room asks the trace, and keeps what it said.

Everything else in the room works with ``Scope``, whatever engine worked it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lotbook.insights.recall.models import Case
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import engine, facts, suspects
from lotbook.traceability.trace import queries as trace

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
    decided = engine.watermark()
    if as_of is not None and not 0 <= as_of <= decided:
        cause = f"expected a sequence from 0 to {decided} (decided so far), got {as_of}."
        raise Refused(Fault("as_of", cause, "Leave it out for now."))
    moment = decided if as_of is None else as_of
    seeds = _seeds(given, moment)
    if not seeds:
        raise Refused(
            Fault("suspects", "nothing is suspected yet.", "Name a lot, or a delivery.", "required")
        )
    found = sorted({*seeds, *trace.affected(seeds, as_of=moment)})
    return _with_accounts(found, seeds, moment)


def grown(case: Case) -> Scope:
    """What is affected by now and not in the case yet, with accounts."""
    return _with_accounts(grown_keys(case), [], engine.watermark())


def grown_keys(case: Case) -> list[int]:
    """The lots affected by now and not in the case yet, whatever other writers have not decided; sorted."""
    rows = list(case.lots.values_list("lot_id", "released_at"))
    known = {lot for lot, _ in rows}
    seeds = {lot for lot, released in rows if released is None} | set(
        _seeds(case.suspects, engine.watermark())
    )
    return sorted({*seeds, *trace.affected(sorted(seeds), as_of=EVERYTHING)} - known) if seeds else []


def _with_accounts(lots: Sequence[int], seeds: Iterable[int], as_of: int) -> Scope:
    known = accounts(lots, as_of=as_of)
    rows = tuple(ScopedLot(lot, known.get(lot, Account())) for lot in lots)
    return Scope(as_of, frozenset(seeds), rows, tuple(deliveries(lots, as_of=as_of)))


def accounts(lots: Collection[int], *, as_of: int | None = None) -> dict[int, Account]:
    """The accounts of some lots as of a sequence (None: the watermark), without walking anywhere."""
    moment = engine.watermark() if as_of is None else as_of
    back: dict[int, int] = defaultdict(int)
    for one in deliveries(lots, as_of=moment):
        back[one.lot] += one.returned
    return {lot: _account(facts.balance(lot, as_of=moment), back[lot]) for lot in lots}


def _account(balance: facts.LotBalance, returned: int) -> Account:
    went = {share.name: share.quantity for share in balance.uses}
    return Account(
        came=balance.total,
        on_hand=went.get("stock", 0),
        consumed=went.get("consumed", 0),
        shipped=went.get("shipped", 0),
        returned=returned,
        lost=went.get("lost", 0),
        difference=went.get("difference", 0) + went.get("elsewhere", 0),
    )


def deliveries(lots: Collection[int], *, as_of: int | None = None) -> list[Delivery]:
    """Which customer got how much of which lot, and sent how much back, as of a sequence."""
    moment = engine.watermark() if as_of is None else as_of
    return [
        Delivery(one.partner, one.lot, one.quantity, 0)
        for one in facts.crossed(lots, forward=True, as_of=moment)
        if one.partner > 0
    ]
