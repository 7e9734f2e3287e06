"""What a device at a site has to know: what stands there, and what became different since a sequence.

Asked every second by every device: so it is plain SQL, one statement for any number of lots. A site is
everything below it, logistic units at any depth included, without what is in transit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from lotbook.kernel import sql
from lotbook.traceability.ledger import storage

DEPTH_MAX = 32
_FIELD, _RECORD = 31, 30
"""Characters (unit and record separator) between the parts of a hold, and between holds."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place at the site, or a logistic unit that stands there."""

    key: int
    uid: UUID
    code: str
    name: str
    kind: str
    parent: int | None
    usable: bool
    active: bool
    sscc: str
    stocked: bool

    @property
    def called(self) -> str:
        """By what a device knows it: its SSCC, else its code."""
        return self.sscc or self.code


@dataclass(frozen=True, slots=True)
class At:
    """So much of a lot at a place, in smallest units."""

    place: str
    on_hand: int
    reserved: int


@dataclass(slots=True)
class LotHere:
    """A lot with its open holds (kind, reason) and where it stands at the site."""

    uid: UUID
    item: str
    scale: int
    unit: str
    number: str
    kind: int
    expires_on: date | None
    holds: list[tuple[str, str]]
    at: list[At] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UnitHere:
    """A logistic unit and where it stands: a code, an SSCC, or nothing where that is not at the site."""

    uid: UUID
    sscc: str
    place: str


@dataclass(slots=True)
class Moved:
    """What became different at a site: lots as they are now, and units with where they stand."""

    lots: list[LotHere]
    units: list[UnitHere]


# -- as of when ------------------------------------------------------------------------------------


def last_drawn() -> str:
    """SQL of the last sequence that was given out, for a statement that asks for more as well."""
    if sql.is_postgres():
        return "(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledger_event_sequence)"
    return "(SELECT coalesce(max(sequence), 0) FROM ledger_event)"


def decided(last: int) -> int:
    """The watermark, where a statement before this one read that ``last`` was the last one given out."""
    return last if not sql.is_postgres() else storage.watermark_below(last)


# -- what stands there -----------------------------------------------------------------------------


def _probed(table: str, name: str, condition: str) -> str:
    """Joins ``table`` row by row, through an index, to what stands before: planners would rather scan it."""
    if sql.is_postgres():
        return f" CROSS JOIN LATERAL (SELECT * FROM {table} {name} WHERE {condition} OFFSET 0) {name}"
    return f" CROSS JOIN {table} {name} ON {condition}"


def _inside() -> str:
    """The keys of a site and of everything in it, as ``inside(id, depth)``."""
    below = _probed("places_place", "p", "p.parent_id = i.id AND p.kind <> 'transit'")
    return (
        "WITH RECURSIVE inside(id, depth) AS (SELECT CAST(%s AS bigint), 0"
        f" UNION ALL SELECT p.id, i.depth + 1 FROM inside i{below} WHERE i.depth < {DEPTH_MAX})"
    )


def spots(site: int) -> list[Spot]:
    """The places of a site, and the logistic units that stand there, those without stock too."""
    found = sql.rows(
        f"{_inside()} SELECT p.id, p.uid, p.code, p.name, p.kind, p.parent_id, p.usable, p.is_active, coalesce(p.sscc, ''),"
        " (SELECT count(*) FROM (SELECT 1 FROM ledger_balance b"
        " WHERE b.place_id = p.id AND b.own AND b.on_hand > 0 LIMIT 1) standing)"
        f" FROM inside i{_probed('places_place', 'p', 'p.id = i.id')} ORDER BY p.id",
        [site],
    )
    return [
        Spot(key, sql.to_uid(uid), code, name, kind, parent, bool(usable), bool(active), sscc, bool(stocked))
        for key, uid, code, name, kind, parent, usable, active, sscc, stocked in found
    ]


def stock(site: int) -> list[LotHere]:
    """Every lot of which something stands at a site."""
    found = sql.rows(
        f"{_inside()} SELECT {_lot_columns()}, coalesce(p.sscc, p.code), b.on_hand, b.reserved FROM inside s"
        f"{_probed('ledger_balance', 'b', 'b.place_id = s.id AND b.own AND b.on_hand > 0')}"
        f"{_probed('places_place', 'p', 'p.id = s.id')}{_probed('lots_lot', 'l', 'l.id = b.lot_id')}"
        " JOIN catalog_item i ON i.id = l.item_id ORDER BY l.id, p.code",
        [site],
    )
    lots: dict[Any, LotHere] = {}
    for row in found:
        one = lots.get(row[0])
        if one is None:
            one = lots[row[0]] = _lot(row)
        one.at.append(At(row[8], row[9], row[10]))
    return list(lots.values())


_AT_SITE = f"""(WITH RECURSIVE up(id, kind, parent_id, depth) AS (SELECT p.id, p.kind, p.parent_id, 0
        UNION ALL SELECT q.id, q.kind, q.parent_id, up.depth + 1 FROM up JOIN places_place q ON q.id = up.parent_id
        WHERE up.kind NOT IN ('site', 'transit') AND up.depth < {DEPTH_MAX})
    SELECT count(*) FROM up WHERE id = %s)"""


@cache
def _lot_columns() -> str:
    """The columns of a lot ``l`` of an item ``i``, its open holds in one text."""
    join, char = ("string_agg", "chr") if sql.is_postgres() else ("group_concat", "char")
    return (
        "l.uid, i.code, i.scale, i.unit, l.number, l.kind, l.expires_on, CASE WHEN l.held > 0 THEN"
        f" (SELECT {join}(h.kind || {char}({_FIELD}) || h.reason, {char}({_RECORD})) FROM lots_hold h"
        " WHERE h.lot_id = l.id AND h.released_sequence IS NULL) END"
    )


def _lot(row: tuple[Any, ...]) -> LotHere:
    """The lot of ``_lot_columns``."""
    uid, item, scale, unit, number, kind, expires_on, held = row[:8]
    parts = [one.partition(chr(_FIELD)) for one in held.split(chr(_RECORD))] if held else []
    holds = [(kind_of_hold, reason) for kind_of_hold, _, reason in parts]
    return LotHere(sql.to_uid(uid), item, scale, unit, number, kind, sql.to_date(expires_on), holds)


@dataclass(frozen=True, slots=True)
class Looked:
    """A lot with where it stands at the site, and at which other places of ours."""

    lot: LotHere
    elsewhere: list[At]


def described(site: int, keys: Iterable[int]) -> dict[int, Looked]:
    """Lots by key, in one statement: where they stand at a site, and where else."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    found = sql.rows(
        f"SELECT l.id, {_lot_columns()}, coalesce(p.sscc, p.code), b.on_hand, b.reserved,"
        f" CASE WHEN p.id IS NULL THEN 0 ELSE {_AT_SITE} END FROM lots_lot l"
        " JOIN catalog_item i ON i.id = l.item_id"
        " LEFT JOIN ledger_balance b ON b.lot_id = l.id AND b.own AND b.on_hand > 0"
        f" LEFT JOIN places_place p ON p.id = b.place_id WHERE l.id IN ({marks}) ORDER BY l.id, p.code",
        [site, *wanted],
    )
    lots: dict[int, Looked] = {}
    for row in found:
        one = lots.get(row[0]) or lots.setdefault(row[0], Looked(_lot(row[1:]), []))
        if row[9] is not None:
            (one.lot.at if row[12] else one.elsewhere).append(At(row[9], row[10], row[11]))
    return lots


# -- what became different -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class After:
    """Rows that are new: above ``lowest``, and none of those seen already."""

    lowest: int
    seen: tuple[int, ...] = ()

    @property
    def parameters(self) -> tuple[int, str]:
        """The two values that ask for them."""
        return self.lowest, f",{','.join(map(str, self.seen))},"


@dataclass(frozen=True, slots=True)
class Since:
    """From where on to look: events after ``sequence``, and steps of documents and changes of lots that are new.

    Lots whose last day lies in ``from_on`` to ``until_on`` (not included) expired meanwhile.
    """

    sequence: int
    steps: After
    changes: After
    from_on: date
    until_on: date


_TOUCHED = """
    touched(lot) AS (
        SELECT lot_id FROM ledger_movement WHERE event_id > %s
        UNION SELECT lot_id FROM ledger_mention WHERE event_id > %s
        UNION SELECT id FROM lots_lot_history WHERE history_id > %s AND %s NOT LIKE '%%,' || history_id || ',%%'
        UNION SELECT c.lot_id FROM ledger_claim c
            WHERE c.document IN (
                SELECT document FROM documents_step WHERE id > %s AND %s NOT LIKE '%%,' || id || ',%%')
        UNION SELECT id FROM lots_lot WHERE expires_on >= %s AND expires_on < %s
        UNION SELECT b.lot_id FROM shifted n"""


@cache
def _touched() -> str:
    """The lots that became different, as ``touched(lot)``, with the units that were moved as ``shifted``."""
    unit = _probed("places_place", "p", "p.id = k.unit_id AND p.kind = 'unit'")
    nested = _probed("places_place", "p", "p.parent_id = n.id AND p.kind = 'unit'")
    inside = _probed("ledger_balance", "b", "b.place_id = n.id AND b.own AND b.on_hand > 0")
    return (
        "WITH RECURSIVE shifted(id, depth) AS ("
        "SELECT child_id, 0 FROM ledger_packing WHERE event_id > %s AND child_id IS NOT NULL"
        f" UNION SELECT k.unit_id, 0 FROM ledger_packing k{unit} WHERE k.event_id > %s"
        f" UNION SELECT p.id, n.depth + 1 FROM shifted n{nested} WHERE n.depth < {DEPTH_MAX}),"
        f"{_TOUCHED}{inside})"
    )


def moved(site: int, since: Since, limit: int) -> Moved | None:
    """What became different at a site; None where it is more than ``limit`` lots. One statement.

    Lots that never were at the site are left out, unless they went away in a logistic unit.
    """
    found = sql.rows(
        f"{_touched()}, few(lot) AS (SELECT lot FROM touched ORDER BY lot LIMIT %s)"
        f" SELECT l.id, {_lot_columns()}, b.place_id, coalesce(p.sscc, p.code), b.on_hand, b.reserved,"
        f" CASE WHEN p.id IS NULL THEN 0 ELSE {_AT_SITE} END FROM few t JOIN lots_lot l ON l.id = t.lot"
        " JOIN catalog_item i ON i.id = l.item_id LEFT JOIN ledger_balance b ON b.lot_id = l.id AND b.own"
        " LEFT JOIN places_place p ON p.id = b.place_id"
        " UNION ALL SELECT NULL, p.uid, coalesce(q.sscc, q.code, ''), 0, '', '', 0, CAST(NULL AS date),"
        f" NULL, p.id, coalesce(p.sscc, p.code), 0, 0, {_AT_SITE}"
        " FROM (SELECT DISTINCT id FROM shifted) n JOIN places_place p ON p.id = n.id"
        " LEFT JOIN places_place q ON q.id = p.parent_id",
        [
            since.sequence, since.sequence, since.sequence, since.sequence, *since.changes.parameters,
            *since.steps.parameters, _day(since.from_on), _day(since.until_on), limit + 1, site, site,
        ],
    )  # fmt: skip
    return _sorted(found, limit)


def _day(day: date) -> Any:
    """A calendar day as the database takes it."""
    return day if sql.is_postgres() else day.isoformat()


def _sorted(found: list[tuple[Any, ...]], limit: int) -> Moved | None:
    """The rows of ``moved`` as lots and units."""
    lots: dict[int, LotHere] = {}
    units: dict[int, UnitHere] = {}
    known: set[int] = set()
    for row in found:
        if row[0] is None:
            units[row[9]] = UnitHere(sql.to_uid(row[1]), row[10], row[2] if row[13] else "")
    for row in found:
        if row[0] is None:
            continue
        one = lots.get(row[0]) or lots.setdefault(row[0], _lot(row[1:]))
        if row[13] or row[9] in units:
            known.add(row[0])
        if row[13] and row[11] > 0:
            one.at.append(At(row[10], row[11], row[12]))
    if len(lots) > limit:
        return None
    return Moved(
        [one for key, one in sorted(lots.items()) if key in known], [units[key] for key in sorted(units)]
    )
