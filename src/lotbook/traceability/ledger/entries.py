"""A batch on its way into the book: its entries, and what the book knows of what they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from lotbook.kernel import clock
from lotbook.kernel.errors import Fault
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger.rules import Draft, LotKey, LotRef, Receipt, Refusal
from lotbook.traceability.ledger.storage import ItemInfo, PlaceInfo
from lotbook.traceability.lots import batch as lots

SERIAL = 2


class TryAgain(Exception):
    """Another writer was faster: the same batch will find his rows next time."""


class Short(Exception):
    """The quick way met a balance that would fall below nothing; the careful way finds out whose."""


class Orphaned(Exception):
    """Events that were refused have left lots behind that no other event of the batch needs.

    The batch is taken back and posted again without them: a refused event leaves nothing in the book.
    """

    def __init__(self, refusals: Mapping[int, Refusal]) -> None:
        super().__init__("refused events made lots")
        self.refusals = refusals


Moved = tuple[int, int, int, int, int, int | None]
"""Lot, source, destination, quantity, catch weight, claim: a movement in the book's own keys."""


@dataclass(slots=True)
class Original:
    """The event a reversal names."""

    sequence: int
    kind: str
    reversed_by: int | None
    document_kind: str = ""
    document_number: str = ""
    moves: list[Moved] = field(default_factory=list)


@dataclass(slots=True)
class OpenHold:
    """A hold found by its uid."""

    id: int
    uid: UUID
    lot: int
    kind: str
    open: bool


@dataclass(slots=True)
class OpenClaim:
    """A reservation, and how much of it is left."""

    id: int
    lot: int
    place: int
    quantity: int
    purpose: str
    document: UUID
    line: int
    number: str


@dataclass(slots=True)
class Entry:
    """A draft on its way into the book."""

    index: int
    draft: Draft
    uid: UUID
    data: dict[str, Any] = field(default_factory=dict)
    moves: list[Moved] = field(default_factory=list)
    original: Original | None = None
    content_hash: str = ""
    sequence: int = 0
    faults: list[Fault] = field(default_factory=list)
    status: int = 422
    receipt: Receipt | None = None
    repeats: Entry | None = None
    by_ledger: bool = False

    @property
    def live(self) -> bool:
        """Still to be written."""
        return not self.faults and self.receipt is None and self.repeats is None

    def refuse(self, fault: Fault, status: int = 422) -> None:
        """Take it out of the batch, with the reason."""
        self.faults.append(fault)
        self.status = status


class Batch:
    """The entries of one attempt, and the places, items, lots and holds they name."""

    def __init__(
        self, drafts: Sequence[Draft], *, actor: str, refused: Mapping[int, Refusal] | None = None
    ) -> None:
        self.actor = actor
        self.now: datetime = clock.now()
        self.entries = [Entry(index, draft, draft.uid or new_uid()) for index, draft in enumerate(drafts)]
        self.size = len(self.entries)
        for index, refusal in (refused or {}).items():
            self.entries[index].faults += refusal.faults
            self.entries[index].status = refusal.status
        self.made: dict[lots.Identity, lots.LotInfo] = {}
        self.places: dict[int, PlaceInfo] = {}
        self.limited = False
        self.items: dict[int, ItemInfo] = {}
        self.lots: dict[int, lots.LotInfo] = {}
        self.known: dict[lots.Identity, lots.LotInfo] = {}
        self.holds: dict[UUID, OpenHold] = {}
        self.claimed: list[OpenClaim] = []

    def live(self) -> list[Entry]:
        """The entries that are still to be written, in their order."""
        return [entry for entry in self.entries if entry.live]

    def key(self, key: LotKey | None) -> int | None:
        """A lot's key in the book, once it is there."""
        if type(key) is LotRef:
            return self.known[key.item, key.number, key.kind].id
        return key  # type: ignore[return-value]  # an int or None

    def kind_of(self, key: LotKey) -> int:
        """Untracked, lot or serial."""
        return key.kind if type(key) is LotRef else self.lots[key].kind  # type: ignore[index]  # an int, then

    def lot_name(self, key: LotKey | None) -> list[Any] | None:
        """A lot in names that outlive the database: item uid, number, kind."""
        if key is None:
            return None
        if type(key) is LotRef:
            return [self.items[key.item].uid, key.number, key.kind]
        info = self.lots[key]  # type: ignore[index]  # an int, then
        return [self.items[info.item].uid, info.number, info.kind]

    def place_name(self, key: int | None) -> str | None:
        """A place's uid."""
        return None if key is None else self.places[key].uid

    def released(self, entry: Entry) -> list[OpenHold]:
        """The holds an entry takes off."""
        return [self.holds[uid] for uid in entry.draft.releases]


def place_keys(entry: Entry) -> Iterator[int]:
    """Every place an entry names."""
    draft = entry.draft
    if draft.place is not None:
        yield draft.place
    for move in draft.moves:
        yield move.source
        yield move.destination
    yield from other_places(draft)
    if entry.original is not None:
        for _, source, destination, *_ in entry.original.moves:
            yield source
            yield destination


def other_places(draft: Draft) -> Iterator[int]:
    """The logistic units and runs a draft names without moving goods."""
    for name in draft.names:
        yield from (key for key in (name.unit, name.run) if key is not None)
    for pack in draft.packs:
        yield from (key for key in (pack.unit, pack.child) if key is not None)


def lot_keys(draft: Draft) -> Iterator[tuple[str, LotKey]]:
    """Every lot a draft names, and the field where it does."""
    for index, move in enumerate(draft.moves):
        yield f"moves/{index}/lot", move.lot
    parts: Iterable[tuple[str, Sequence[Any]]] = (
        ("names", draft.names),
        ("packs", draft.packs),
        ("holds", draft.holds),
    )
    for group, named in parts:
        for index, part in enumerate(named):
            if part.lot is not None:
                yield f"{group}/{index}/lot", part.lot
