"""The book's side of a scope: movements as packed columns, and the few places, partners and items they name.

A constant number of statements, whatever the size of the scope. Where a logistic unit stood is read from what
was packed, so that an earlier sequence finds it where it stood then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np

from lotbook.foundation.places.queries import DEPTH_MAX
from lotbook.kernel import sql
from lotbook.traceability.trace import columns, engine
from lotbook.traceability.trace.rows import Integers, distinct
from lotbook.traceability.trace.scope import accounts
from lotbook.traceability.trace.scope.accounts import Accounts, Movements
from lotbook.traceability.trace.scope.rules import ItemFacts, PartnerFacts, PlaceFacts

_WORD = 2**32
_SORT = {
    **dict.fromkeys(("site", "area", "bin", "unit"), accounts.HERE),
    "transit": accounts.ON_THE_WAY,
    "run": accounts.RUN,
    "partner": accounts.PARTNER,
    "loss": accounts.LOSS,
}


def movements(lots: Integers, *, as_of: int) -> Movements:
    """Every movement of these lots up to a sequence: one statement, four numbers a movement."""
    names = (
        "m.lot_id",
        # Two keys of places in one number: handing over costs more than finding.
        f"m.source_id * {_WORD} + m.destination_id",
        "m.quantity",
        "CASE m.crossing WHEN 0 THEN 0 ELSE m.event_id * 16 + m.crossing + 8 END",
    )
    found = columns.probed(
        "ledger_movement", "lot_id = k.key AND event_id <= %s", index="ledger_movement_lot"
    )
    lot, ends, quantity, mark = columns.read(names, found, [columns.keys(lots), as_of])
    return Movements(lot, ends >> 32, ends & (_WORD - 1), quantity, mark)


def undone(events: Integers) -> Integers:
    """The events that reversals took back, in order."""
    if not len(events):
        return events
    found = sql.rows(
        f"SELECT e.reverses_id FROM {engine.listed()} k JOIN ledger_event e ON e.sequence = k.key"
        " WHERE e.reverses_id IS NOT NULL",
        [columns.keys(events)],
    )
    return distinct(np.array([row[0] for row in found], dtype=np.int64))


class _Place(NamedTuple):
    id: int
    uid: object
    code: str
    name: str
    kind: str
    parent: int | None
    partner: int | None


class Places:
    """The places of some movements: what sort of account each is, and our own with the sites they are in."""

    def __init__(self, moved: Movements, *, as_of: int) -> None:
        self.as_of = as_of
        every = accounts.met(moved.source, moved.destination)
        self._known: dict[int, _Place] = {}
        self._stood: dict[int, int | None] = {}
        # Most places are runs, and of a run nothing more is asked than that it is one.
        named = self._read(every.tolist())
        sort = np.full(len(every), accounts.RUN, dtype=np.int64)
        owner = np.zeros(len(every), dtype=np.int64)
        self._climb([one for one in named if one.kind in _OURS])
        self.ours = {one.id: self._facts(one) for one in named if one.kind in _OURS}
        for one in named:
            at = int(np.searchsorted(every, one.id))
            sort[at] = _SORT.get(one.kind, accounts.OTHER)
            if one.id in self.ours and self.ours[one.id].transit:
                sort[at] = accounts.ON_THE_WAY
            if one.kind in ("partner", "elsewhere"):
                owner[at] = one.partner or -one.id
        self.accounts = Accounts(every, sort, owner)
        self.outside = {one.id: one for one in named if one.kind in ("partner", "elsewhere")}

    def _read(self, keys: Sequence[int]) -> list[_Place]:
        """The places among these that are not runs."""
        names = "m.id, m.uid, m.code, m.name, m.kind, m.parent_id, m.partner_id"
        found = columns.probed("places_place", "id = k.key AND kind <> 'run'")
        rows = [
            _Place(*row)
            for row in sql.rows(
                f"SELECT {names} FROM {found}", [columns.keys(np.array(keys, dtype=np.int64))]
            )
        ]
        self._known.update((one.id, one) for one in rows)
        return rows

    def _climb(self, start: Sequence[_Place]) -> None:
        """Read what these stand in, level by level: as many statements as places stand in each other."""
        waiting = list(start)
        for _ in range(DEPTH_MAX):
            units = [one.id for one in waiting if one.kind == "unit"]
            if units:
                self._stood.update(_stood(units, self.as_of))
            above = {parent for one in waiting if (parent := self._parent(one)) is not None}
            fresh = sorted(above - self._known.keys())
            waiting = self._read(fresh) if fresh else []
            if not waiting:
                return

    def _parent(self, one: _Place) -> int | None:
        return self._stood.get(one.id, one.parent) if one.kind == "unit" else one.parent

    def _facts(self, one: _Place) -> PlaceFacts:
        site, transit = 0, False
        here: _Place | None = one
        for _ in range(DEPTH_MAX):
            if here is None:
                break
            transit = transit or here.kind == "transit"
            if here.kind == "site":
                site = here.id
                break
            parent = self._parent(here)
            here = self._known.get(parent) if parent is not None else None
        uid = str(sql.to_uid(one.uid))
        return PlaceFacts(one.id, uid, one.code, one.name or one.code, one.kind, site, transit)

    def standing(self, used: Collection[int]) -> dict[int, PlaceFacts]:
        """Our places among ``used``, and the sites they are in."""
        found = {key: self.ours[key] for key in used}
        for site in {one.site for one in found.values() if one.site}:
            found.setdefault(site, self._facts(self._known[site]))
        return found

    def partners(self, owners: Collection[int]) -> dict[int, PartnerFacts]:
        """Partners by the owners of accounts: keys of partners, or less than nothing."""
        rows = sql.rows(
            f"SELECT p.id, p.uid, p.name FROM {engine.listed()} k JOIN partners_partner p ON p.id = k.key",
            [engine.keys(sorted(key for key in owners if key > 0))],
        )
        found = {row[0]: PartnerFacts(row[0], str(sql.to_uid(row[1])), row[2]) for row in rows}
        for key in owners:
            if key < 0:
                place = self.outside[-key]
                found[key] = PartnerFacts(key, "", place.name or place.code)
        return found


_OURS = frozenset({"site", "area", "bin", "unit", "transit"})


def _stood(units: Sequence[int], as_of: int) -> dict[int, int | None]:
    """What each logistic unit stood in at a sequence; units that were never put anywhere are left out."""
    rows = sql.rows(
        f"SELECT p.child_id, p.unit_id, p.action, p.event_id <= %s FROM {engine.listed()} k"
        " JOIN ledger_packing p ON p.child_id = k.key ORDER BY p.event_id, p.id",
        [as_of, engine.keys(units)],
    )
    found: dict[int, int | None] = {}
    for unit, parent, action, then in rows:
        found.setdefault(unit, None)
        if not then:
            continue
        if action > 0:
            found[unit] = parent
        elif found[unit] == parent:
            found[unit] = None
    return found


def items(lots: Integers) -> tuple[Integers, dict[int, ItemFacts]]:
    """The item of each lot (``lots`` in order), and those items."""
    # Neighbours in the table are neighbours in the answer; the order is still made sure of.
    keys, item = columns.read(
        ("m.id", "m.item_id"), columns.probed("lots_lot", "id = k.key"), [columns.keys(lots)]
    )
    item = item[np.argsort(keys)]
    rows = sql.rows(
        "SELECT i.id, i.uid, i.code, i.name, i.unit, i.scale, i.standard_cost_micro, i.currency"
        f" FROM {engine.listed()} k JOIN catalog_item i ON i.id = k.key",
        [columns.keys(distinct(item))],
    )
    return item, {row[0]: ItemFacts(row[0], str(sql.to_uid(row[1])), *row[2:]) for row in rows}


class EventFacts(NamedTuple):
    """When something crossed the border, and the document it went under."""

    uid: str
    at: datetime
    document_kind: str
    document_number: str


def events(sequences: Integers) -> dict[int, EventFacts]:
    """The events of some sequences."""
    if not len(sequences):
        return {}
    names = "m.sequence, m.uid, m.occurred_at, m.document_kind, m.document_number"
    rows = sql.rows(
        f"SELECT {names} FROM {columns.probed('ledger_event', 'sequence = k.key')}",
        [columns.keys(distinct(sequences))],
    )
    return {
        row[0]: EventFacts(str(sql.to_uid(row[1])), sql.to_moment(row[2]), row[3], row[4]) for row in rows
    }


class LotFacts(NamedTuple):
    """A lot as a row shows it; ``kinds`` are those of its holds that were open at the sequence."""

    uid: str
    number: str
    kind: int
    supplier_lot: str
    expires_on: date | None
    kinds: tuple[str, ...]


def lots(keys: Integers, *, as_of: int) -> dict[int, LotFacts]:
    """Lots by key, with their holds as of a sequence."""
    if not len(keys):
        return {}
    held: dict[int, list[str]] = {}
    rows = sql.rows(
        f"SELECT m.lot_id, m.kind FROM {columns.probed('lots_hold', _OPEN)}",
        [columns.keys(keys), as_of, as_of],
    )
    for lot, kind in rows:
        held.setdefault(lot, []).append(kind)
    names = "m.id, m.uid, m.number, m.kind, m.supplier_lot, m.expires_on"
    rows = sql.rows(f"SELECT {names} FROM {columns.probed('lots_lot', 'id = k.key')}", [columns.keys(keys)])
    return {
        row[0]: LotFacts(
            str(sql.to_uid(row[1])), row[2], row[3], row[4], sql.to_date(row[5]), tuple(held.get(row[0], ()))
        )
        for row in rows
    }


_OPEN = "lot_id = k.key AND placed_sequence <= %s AND (released_sequence IS NULL OR released_sequence > %s)"
