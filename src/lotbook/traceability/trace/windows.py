"""Lots by when and where: what a supplier sent in some days, what was at a place in some hours.

Times are those claimed by the events (``occurred_at``), bounds inclusive. What a reversed event said, and its
reversal, did not happen. A constant number of statements for any number of windows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from lotbook.foundation.places.queries import DEPTH_MAX
from lotbook.kernel import sql
from lotbook.traceability.trace import containment, engine
from lotbook.traceability.trace.rules import ALWAYS, FOREVER, merged

_STANDS = (
    "e.reverses_id IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM ledger_event r WHERE r.reverses_id = e.sequence AND r.sequence <= %s)"
)
_RECEIVED, _BETWEEN = 1, 3


@dataclass(frozen=True, slots=True)
class Span:
    """A partner or place by its key, from and until (None: no bound), both inclusive."""

    key: int
    since: datetime | None
    until: datetime | None

    @property
    def interval(self) -> tuple[datetime, datetime]:
        """The same as times that are always there."""
        return self.since or ALWAYS, self.until or FOREVER


def received(spans: Sequence[Span], *, as_of: int) -> tuple[set[int], set[int]]:
    """The lots that partners sent within their spans, and the logistic units told of without their contents."""
    doors = _doors({one.key for one in spans})
    by_place = [Span(place, one.since, one.until) for one in spans for place in doors.get(one.key, ())]
    lots: set[int] = set()
    if by_place:
        if sql.is_postgres():
            source = (
                f"{_table()} CROSS JOIN LATERAL (SELECT lot_id, event_id FROM ledger_movement"
                " WHERE source_id = w.key AND crossing = %s AND event_id <= %s OFFSET 0) m"
                " CROSS JOIN LATERAL (SELECT * FROM ledger_event WHERE sequence = m.event_id LIMIT 1) e WHERE true"
            )
        else:
            source = (
                f"{_table()} CROSS JOIN ledger_movement m CROSS JOIN ledger_event e"
                " WHERE m.source_id = w.key AND m.crossing = %s AND m.event_id <= %s AND e.sequence = m.event_id"
            )
        query = (
            f"SELECT DISTINCT m.lot_id FROM {source}"
            f" AND e.occurred_at >= w.since AND e.occurred_at <= w.until AND {_STANDS}"
        )
        rows = sql.rows(query, [*_parameters(by_place), _RECEIVED, as_of, as_of])
        lots = {row[0] for row in rows}
    told, units = _told(spans, as_of)
    return lots | told, units


def _doors(partners: Collection[int]) -> dict[int, list[int]]:
    """The outside places of partners: where what they send comes from."""
    found: dict[int, list[int]] = {}
    for partner, place in sql.rows(
        f"SELECT p.partner_id, p.id FROM {engine.listed()} k JOIN places_place p ON p.partner_id = k.key"
        " WHERE p.kind = 'partner'",
        [engine.keys(sorted(partners))],
    ):
        found.setdefault(partner, []).append(place)
    return found


def _told(spans: Sequence[Span], as_of: int) -> tuple[set[int], set[int]]:
    """Receipts that events from elsewhere tell of without a movement: lots and units (trace.deliveries)."""
    if not sql.rows("SELECT 1 FROM ledger_event WHERE kind = 'foreign' LIMIT 1"):
        return set(), set()
    begin = min(one.interval[0] for one in spans)
    end = max(one.interval[1] for one in spans)
    part = "e.data->'epcis'->{}" if sql.is_postgres() else "json_extract(e.data, '$.epcis.{}')"
    sender = part.format("'from'->>'partner'" if sql.is_postgres() else "from.partner")
    step = part.replace("->{}", "->>{}").format("'bizStep'" if sql.is_postgres() else "bizStep")
    rows = sql.rows(
        f"SELECT {sender}, e.occurred_at, m.lot_id, m.unit_id FROM ledger_event e"
        " JOIN ledger_mention m ON m.event_id = e.sequence"
        f" WHERE e.kind = 'foreign' AND e.sequence <= %s AND e.occurred_at >= %s AND e.occurred_at <= %s"
        f" AND {step} = 'receiving' AND {sender} IS NOT NULL AND {_STANDS}",
        [as_of, sql.from_moment(begin), sql.from_moment(end), as_of],
    )
    if not rows:
        return set(), set()
    keys = {
        str(sql.to_uid(uid)): key
        for key, uid in sql.rows(
            f"SELECT p.id, p.uid FROM {engine.listed()} k JOIN partners_partner p ON p.id = k.key",
            [engine.keys(sorted({one.key for one in spans}))],
        )
    }
    lots: set[int] = set()
    units: set[int] = set()
    for uid, at, lot, unit in rows:
        partner, moment = keys.get(uid), sql.to_moment(at)
        if any(one.key == partner and one.interval[0] <= moment <= one.interval[1] for one in spans):
            (lots if unit is None else units).add(lot if unit is None else unit)
    return lots, units


def at_places(spans: Sequence[Span], *, as_of: int) -> set[int]:
    """The lots that were at a place within its span, in it at any depth, or were made there by a run.

    A lot was there if it came or went within the span, or had come and not gone when the span began.
    """
    roots: dict[int, list[Span]] = {}
    for one in spans:
        roots.setdefault(one.key, []).append(one)
    here = [Span(place, one.since, one.until) for place, top in _below(roots) for one in roots[top]]
    return _moved(here, as_of) | _made(here, as_of) | _on_units(here, as_of)


def _below(roots: Collection[int]) -> list[tuple[int, int]]:
    """Each place in one of ``roots``, these included, with the root: without units, which come and go."""
    rows = sql.rows(
        f"WITH RECURSIVE inside(id, root, depth) AS (SELECT key, key, 0 FROM {engine.listed()} k"
        " UNION SELECT p.id, i.root, i.depth + 1 FROM places_place p JOIN inside i ON p.parent_id = i.id"
        " WHERE p.kind <> 'unit' AND i.depth < %s) SELECT DISTINCT id, root FROM inside",
        [engine.keys(sorted(roots)), DEPTH_MAX],
    )
    return [(row[0], row[1]) for row in rows]


def _moved(spans: Sequence[Span], as_of: int) -> set[int]:
    """Lots with a movement into or out of a place in its span, or there when it began."""
    arms = []
    for end, sign in (("destination_id", ""), ("source_id", "-")):
        columns = f"w.n, m.lot_id, {sign}m.quantity AS q, e.occurred_at >= w.since AS inside"
        if sql.is_postgres():
            source = (
                f"{_table()} CROSS JOIN LATERAL (SELECT lot_id, quantity, event_id FROM ledger_movement"
                f" WHERE {end} = w.key AND event_id <= %s OFFSET 0) m"
                " CROSS JOIN LATERAL (SELECT * FROM ledger_event WHERE sequence = m.event_id LIMIT 1) e WHERE true"
            )
        else:
            source = (
                f"{_table()} CROSS JOIN ledger_movement m CROSS JOIN ledger_event e"
                f" WHERE m.{end} = w.key AND m.event_id <= %s AND e.sequence = m.event_id"
            )
        arms.append(f"SELECT {columns} FROM {source} AND e.occurred_at <= w.until AND {_STANDS}")
    touched = "bool_or(x.inside)" if sql.is_postgres() else "max(x.inside) = 1"
    rows = sql.rows(
        f"SELECT DISTINCT y.lot_id FROM (SELECT x.lot_id FROM ({' UNION ALL '.join(arms)}) x"
        f" GROUP BY x.n, x.lot_id HAVING {touched} OR sum(x.q) > 0) y",
        [*_parameters(spans), as_of, as_of] * 2,
    )
    return {row[0] for row in rows}


def _made(spans: Sequence[Span], as_of: int) -> set[int]:
    """Lots that came out of a run by an event that says it happened at one of the places."""
    since = min(one.interval[0] for one in spans)
    until = max(one.interval[1] for one in spans)
    rows = sql.rows(
        "SELECT DISTINCT e.place_id, e.occurred_at, m.lot_id FROM ledger_event e"
        " JOIN ledger_movement m ON m.event_id = e.sequence JOIN places_place p ON p.id = m.source_id"
        f" JOIN {engine.listed()} k ON k.key = e.place_id"
        " WHERE e.kind IN ('produce', 'transform', 'foreign') AND p.kind = 'run' AND e.sequence <= %s"
        f" AND e.occurred_at >= %s AND e.occurred_at <= %s AND {_STANDS}",
        [
            engine.keys(sorted({one.key for one in spans})),
            as_of,
            sql.from_moment(since),
            sql.from_moment(until),
            as_of,
        ],
    )
    times: dict[int, list[tuple[datetime, datetime]]] = {}
    for one in spans:
        times.setdefault(one.key, []).append(one.interval)
    return {
        lot
        for place, at, lot in rows
        if any(begin <= sql.to_moment(at) <= end for begin, end in times[place])
    }


def _on_units(spans: Sequence[Span], as_of: int) -> set[int]:
    """Lots in logistic units while those stood at one of the places."""
    if not containment.any_packings():
        return set()
    times: dict[int, list[tuple[datetime, datetime]]] = {}
    for one in spans:
        times.setdefault(one.key, []).append(one.interval)
    inside = containment.Stays(as_of).contents({place: merged(when) for place, when in times.items()})
    return {key for kind, key in inside if kind == "lot"}


def _table() -> str:
    """The parameters as a table w(n, key, since, until)."""
    if sql.is_postgres():
        return (
            "unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[]) w(n, key, since, until)"
        )
    parts = ("n", "key", "since", "until")
    columns = ", ".join(f"json_extract(value, '$[{n}]') AS {name}" for n, name in enumerate(parts))
    return f"(SELECT {columns} FROM json_each(%s)) w"


def _parameters(spans: Sequence[Span]) -> list[object]:
    rows = [
        (n, one.key, *(sql.from_moment(moment) for moment in one.interval)) for n, one in enumerate(spans)
    ]
    if sql.is_postgres():
        return [
            sql.array(row[0] for row in rows),
            sql.array(row[1] for row in rows),
            [row[2] for row in rows],
            [row[3] for row in rows],
        ]
    return [orjson.dumps(rows).decode()]


def known(lots: Collection[int], *, as_of: int) -> set[int]:
    """Those of ``lots`` that the book had met at a sequence: in a movement, a mention or a packing."""
    if not lots:
        return set()
    met = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} x WHERE x.lot_id = k.key AND x.event_id <= %s)"
        for table in ("ledger_movement", "ledger_mention", "ledger_packing")
    )
    rows = sql.rows(
        f"SELECT k.key FROM {engine.listed()} k WHERE {met}",
        [engine.keys(sorted(lots)), as_of, as_of, as_of],
    )
    return {row[0] for row in rows}


def inside(lots: Collection[int]) -> set[int]:
    """The serials inside lots."""
    rows = sql.rows(
        f"SELECT s.id FROM {engine.listed()} k JOIN lots_lot s ON s.inside_id = k.key",
        [engine.keys(sorted(lots))],
    )
    return {row[0] for row in rows}
