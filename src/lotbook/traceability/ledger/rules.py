"""What may be posted: kinds of events, the places they may join, and the shape of a draft.

Pure decisions: no ORM, no clock. The ledger's one door (``actions.post``) takes the drafts defined here.

A draft names lots either by their key in the book (``int``) or by item and number (``LotRef``, which
makes the lot when it is new), and places by their key. Quantities are integers of the item's smallest
unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from lotbook.kernel.errors import Fault
from lotbook.kernel.quantity import QUANTITY_MAX

OUR_STOCK = frozenset({"site", "area", "bin", "unit", "transit"})
OUTSIDE = frozenset({"partner", "elsewhere"})
ANYWHERE = OUR_STOCK | OUTSIDE | {"run", "loss", "difference"}

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE_ALLOWED = timedelta(hours=24)
"""Clocks of devices run ahead; more than a day is a mistake."""

DEVICE_MAX = 100
TEXT_MAX = {"document_kind": 40, "document_number": 500, "device": DEVICE_MAX, "reason": 10_000}
"""Most characters of an event's texts."""

BATCH_MAX = 10_000
MOVES_MAX = 10_000
"""Most movements of one event."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: where its movements may start and end, and what it asks of the lots.

    ``free`` – the lots must be free to use (not held, not expired, at a usable place), or overridden.
    ``links`` – movements into a run consume and movements out of a run produce: they make genealogy.
    ``moves`` – None: with or without movements; True: at least one; False: none.
    """

    name: str
    label: str
    sources: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()
    free: bool = False
    links: bool = False
    moves: bool | None = True
    needs_reason: bool = False


def _kinds() -> dict[str, Kind]:
    run, loss, partner, difference = (frozenset({k}) for k in ("run", "loss", "partner", "difference"))
    kinds = [
        Kind("receive", "Received", OUTSIDE, OUR_STOCK),
        Kind("opening", "Opening stock", difference, OUR_STOCK),
        Kind("move", "Moved", OUR_STOCK, OUR_STOCK),
        Kind("consume", "Consumed", OUR_STOCK, run, free=True, links=True),
        Kind("unconsume", "Returned unused", run, OUR_STOCK),
        Kind("produce", "Produced", run, OUR_STOCK, links=True),
        Kind("transform", "Made", OUR_STOCK | run, run | OUR_STOCK | loss, free=True, links=True),
        Kind("lose", "Lost", OUR_STOCK | run, loss, needs_reason=True),
        Kind("ship", "Shipped", OUR_STOCK, partner, free=True),
        Kind("return", "Returned by customer", partner, OUR_STOCK),
        Kind("supplier_return", "Returned to supplier", OUR_STOCK, partner, free=True, needs_reason=True),
        Kind("adjust", "Adjusted", OUR_STOCK | difference, OUR_STOCK | difference, needs_reason=True),
        Kind("reverse", "Reversed", ANYWHERE, ANYWHERE, moves=False, needs_reason=True),
        Kind("pack", "Packed", OUR_STOCK, OUR_STOCK, moves=None),
        Kind("unit_move", "Unit moved", moves=False),
        Kind("hold", "Put on hold", moves=False, needs_reason=True),
        Kind("release", "Released", moves=False, needs_reason=True),
        Kind("override", "Overridden", moves=False, needs_reason=True),
        Kind("observe", "Observed", moves=False),
        Kind("foreign", "Reported from elsewhere", ANYWHERE, ANYWHERE, links=True, moves=None),
    ]
    return {kind.name: kind for kind in kinds}


KINDS = _kinds()


@dataclass(frozen=True, slots=True)
class LotRef:
    """A lot by its identity: item + number (+ kind: 0 untracked, 1 lot, 2 serial).

    A lot the book does not know is made with ``facts`` (fields of the lot: dates, origin, supplier …);
    facts that contradict a lot the book knows are refused. ``create=False`` refuses unknown lots.
    """

    item: int
    number: str
    kind: int = 1
    facts: Mapping[str, Any] = field(default_factory=dict)
    create: bool = True


LotKey = int | LotRef


@dataclass(frozen=True, slots=True)
class Move:
    """So much of one lot from one place to another; ``catch_weight`` in grams, ``claim`` a reservation."""

    lot: LotKey
    source: int
    destination: int
    quantity: int
    catch_weight: int = 0
    claim: int | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """The event names a lot or a logistic unit without moving it.

    ``role``: input, output, packed, unpacked, parent, observed, concerned. ``run`` with role input or
    output makes a genealogy link although no quantity is known.
    """

    role: str
    lot: LotKey | None = None
    unit: int | None = None
    run: int | None = None
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """A lot or a unit (``child``) put into (+1) or taken out of (-1) the logistic unit ``unit``.

    -1 with neither lot nor child empties the unit. Movements into and out of a unit make these
    themselves; a unit_move needs them.
    """

    unit: int
    action: int
    lot: LotKey | None = None
    child: int | None = None
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class PutHold:
    """A hold to put on ``lot``; ``uid`` names it for its release. ``source`` is the hold it stems from."""

    lot: LotKey
    kind: str
    uid: UUID
    source: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An event as somebody claims it, not yet in the book.

    ``uid`` is the idempotency key (made here when absent). ``occurred_at`` must know its offset.
    ``override`` is the reason for using lots that are not free: the caller has checked the permission,
    the ledger records an override event beside it. ``data`` holds the KDEs: JSON without floats.
    ``reverses`` is the uid of the event a reversal takes back (its movements are worked out here).
    ``keeper`` is the document that posts this of goods travelling with it (``keeping``); it is no part of
    the event.
    """

    kind: str
    occurred_at: datetime
    uid: UUID | None = None
    moves: Sequence[Move] = ()
    names: Sequence[Name] = ()
    packs: Sequence[Pack] = ()
    holds: Sequence[PutHold] = ()
    releases: Sequence[UUID] = ()
    place: int | None = None
    document_kind: str = ""
    document_number: str = ""
    reason: str = ""
    reverses: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    device: str = ""
    override: str = ""
    keeper: UUID | None = None


class Taken(Exception):
    """What was free a moment ago is not any more: read again, decide again."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """So much of a lot at one of our places to be kept for ``document`` (its uid; ``number`` for people)."""

    lot: int
    place: int
    quantity: int
    purpose: str
    document: UUID
    line: int = 0
    number: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Freed:
    """A reservation that ended before it was used up, and how much of it was left."""

    claim: int
    lot: int
    place: int
    quantity: int
    purpose: str
    document: UUID
    line: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The ledger's answer: the event is in the book. ``duplicate``: it was there already."""

    uid: UUID
    sequence: int
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The ledger's answer to an event it did not take; ``index`` is its position in the batch."""

    index: int
    uid: UUID | None
    faults: tuple[Fault, ...]
    status: int = 422


ROLES = frozenset({"input", "output", "packed", "unpacked", "parent", "observed", "concerned"})


def faults(draft: Draft, now: datetime) -> list[Fault]:
    """What is wrong with a draft by itself, before the book is asked."""
    kind = KINDS.get(draft.kind)
    if kind is None:
        return [Fault("kind", f"expected one of {', '.join(KINDS)}, got {draft.kind!r}.")]
    found = _head_faults(draft, kind)
    if kind.name != "foreign" or draft.occurred_at.tzinfo is None:
        # What others report of their own clocks is a claim like the rest of it.
        found += _time_faults(draft.occurred_at, now)
    for index, move in enumerate(draft.moves):
        found += [fault.under(f"moves/{index}") for fault in _move_faults(move)]
    for index, name in enumerate(draft.names):
        if name.role not in ROLES or (name.lot is None) == (name.unit is None):
            found.append(Fault(f"names/{index}", "names one lot or one unit in a known role."))
    if draft.names and (draft.holds or draft.releases):
        found.append(Fault("names", "holds and releases name their lots themselves."))
    return found


def _head_faults(draft: Draft, kind: Kind) -> list[Fault]:
    found: list[Fault] = []
    if kind.moves is True and not draft.moves:
        found.append(Fault("moves", f"an event of kind {kind.name} moves something, but none is given."))
    if kind.moves is False and draft.moves:
        found.append(Fault("moves", f"an event of kind {kind.name} moves nothing, but movements are given."))
    if len(draft.moves) > MOVES_MAX:
        found.append(
            Fault("moves", f"at most {MOVES_MAX} movements an event, got {len(draft.moves)}.", "Split it.")
        )
    if kind.needs_reason and not draft.reason.strip():
        found.append(Fault("reason", f"an event of kind {kind.name} needs a reason.", "Say why."))
    if kind.name == "reverse" and draft.reverses is None:
        found.append(Fault("reverses", "a reversal names the event it takes back."))
    for name, most in TEXT_MAX.items():
        if len(getattr(draft, name)) > most:
            found.append(Fault(name, f"at most {most} characters."))
    return found


def _time_faults(occurred_at: datetime, now: datetime) -> list[Fault]:
    if occurred_at.tzinfo is None:
        return [Fault("occurred_at", "the time has no offset.", "Write it like 2027-03-03T14:05:00+01:00.")]
    if occurred_at < EARLIEST:
        return [
            Fault("occurred_at", f"{occurred_at.isoformat()} is before {EARLIEST.year}.", "Check the date.")
        ]
    if occurred_at > now + FUTURE_ALLOWED:
        return [
            Fault(
                "occurred_at",
                f"{occurred_at.isoformat()} lies more than a day in the future (now {now.isoformat()}).",
                "Check the date and the clock of the device.",
            )
        ]
    return []


def _move_faults(move: Move) -> list[Fault]:
    if type(move.quantity) is not int or not 0 < move.quantity < QUANTITY_MAX:
        return [
            Fault(
                "quantity",
                f"expected a quantity above zero, got {move.quantity}.",
                "Swap the places to move it back.",
            )
        ]
    if move.source == move.destination:
        return [Fault("destination", "source and destination are the same place.")]
    if type(move.lot) is LotRef and not move.lot.number and move.lot.kind:
        return [Fault("lot", "the lot number is empty.", "Scan or type the lot number.")]
    return []
