"""Goods that travel with a document: what stands at its place in transit moves with that document alone.

A room that owns places in transit registers how to find whose they are. The door then refuses whatever
anybody else posts of goods there, or of logistic units standing there. A reservation would not do: a hold
ends it, and held goods on a lorry must still arrive. Events that touch neither a logistic unit nor a place
in transit cost nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from lotbook.kernel import sql
from lotbook.kernel.errors import Fault
from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.entries import Batch, Entry


@dataclass(frozen=True, slots=True)
class Keeper:
    """The document goods travel with: its id, and what its events carry as kind and number."""

    document: UUID
    kind: str
    number: str

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


Finder = Callable[[Collection[int]], Mapping[int, Keeper]]
"""Which of some places in transit belong to a document."""

_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Have the door ask whose a place in transit is."""
    if finder not in _finders:
        _finders.append(finder)


def travelling(places: Collection[int]) -> dict[int, Keeper]:
    """With which documents what stands at some places travels; places where nothing travels are absent.

    At most one statement, and one for each room that registered when there is something in transit.
    """
    way = _in_transit(sorted(places)) if places and _finders else {}
    kept: dict[int, Keeper] = {}
    for find in _finders if way else ():
        kept.update(find(set(way.values())))
    return {place: kept[transit] for place, transit in way.items() if transit in kept}


def _in_transit(places: list[int]) -> dict[int, int]:
    """The place in transit each place is, or stands in as a logistic unit."""
    if sql.is_postgres():
        listed, argument = "SELECT unnest(%s::bigint[]) AS value", sql.array(places)
    else:
        listed, argument = "SELECT value FROM json_each(%s)", storage.to_json(places)
    rows = sql.rows(
        f"WITH RECURSIVE up(start, id, kind, parent) AS (SELECT p.id, p.id, p.kind, p.parent_id FROM ({listed}) u"
        " JOIN places_place p ON p.id = u.value UNION SELECT up.start, p.id, p.kind, p.parent_id"
        " FROM up JOIN places_place p ON p.id = up.parent WHERE up.kind = 'unit')"
        " SELECT start, id FROM up WHERE kind = 'transit'",
        [argument],
    )
    return dict(rows)


def check(batch: Batch) -> None:
    """Refuse entries that touch what travels with a document they do not belong to; units are locked."""
    touched = [(entry, where, place) for entry in batch.live() for where, place in _touched(batch, entry)]
    kept = travelling({place for _, _, place in touched})
    for entry, where, place in touched if kept else ():
        keeper = kept.get(place)
        if keeper is not None and entry.live and not _belongs(entry, keeper):
            cause = f"{batch.places[place].code} travels with {keeper}: only its receipt moves what is there."
            remedy = f"Receive {keeper.number}, settle its difference, or take its sending back."
            entry.refuse(Fault(where, cause, remedy, "in_transit"))


def _belongs(entry: Entry, keeper: Keeper) -> bool:
    """Whether the document itself posts this, or one of its own events is taken back."""
    if entry.original is not None:
        return (entry.original.document_kind, entry.original.document_number) == (keeper.kind, keeper.number)
    return entry.draft.keeper == keeper.document


def _touched(batch: Batch, entry: Entry) -> Iterator[tuple[str, int]]:
    """The logistic units and places in transit whose contents an entry changes, and where it says so."""
    found: list[tuple[str, int]] = []
    for index, (_, source, destination, *_) in enumerate(entry.moves):
        sides = ("reverses", "reverses")
        if entry.original is None:
            sides = (f"moves/{index}/source", f"moves/{index}/destination")
        found += zip(sides, (source, destination), strict=True)
    for index, pack in enumerate(entry.draft.packs):
        found += [(f"packs/{index}/unit", pack.unit)]
        found += [(f"packs/{index}/child", pack.child)] if pack.child is not None else []
    for where, place in found:
        if batch.places[place].kind in ("unit", "transit"):
            yield where, place
