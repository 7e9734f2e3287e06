"""The whole history of a side: every event that names one of its lots, or a unit while it held one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from lotbook.kernel import sql
from lotbook.standards import epc
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.rules import Interval, Side, Subject, TracedEvent, within

_EVENT = (
    "e.sequence, e.uid, e.kind, e.occurred_at, e.data, p.name, p.code, e.document_kind, e.document_number"
)


def events(sides: Sequence[Side], subject: Subject, as_of: int) -> list[TracedEvent]:
    """Every event that names, in any role, a lot of these sides, or a unit while it contained one."""
    lots = sorted({lot for side in sides for lot in side.lots} | ({subject.lot} if subject.lot else set()))
    found = set(_sequences_of_lots(lots, as_of)) if lots else set()
    found |= _sequences_of_units(_whole_units(sides, subject, lots), None, as_of)
    for side in sides:
        found |= _sequences_of_units(list(side.containers), side.containers, as_of)
        goods = lots_of_twins(side.containers)
        found |= _sequences_while({lot: side.containers[unit] for unit, lot in goods.items()}, as_of)
    return _read(sorted(found))


def _whole_units(sides: Sequence[Side], subject: Subject, lots: Sequence[int]) -> list[int]:
    """Units whose every event counts: the subject, units that are goods themselves, and twins of lots."""
    units = units_among({place for side in sides for place in side.places})
    if subject.unit is not None:
        units.add(subject.unit)
    return sorted(units | set(twins(lots).values()))


def twins(lots: Collection[int]) -> dict[int, int]:
    """Lots that are logistic units too (a machine with parts, an opaque URI used as a parent): lot → unit."""
    if not lots or not _any_twins():
        return {}
    found = sql.rows(
        f"SELECT l.id, p.id FROM {engine.listed()} k JOIN lots_lot l ON l.id = k.key"
        " JOIN places_place p ON p.uri = l.uri WHERE p.kind = 'unit' AND p.sscc IS NULL",
        [engine.keys(sorted(lots))],
    )
    return {row[0]: row[1] for row in found}


def _any_twins() -> bool:
    # SQLite takes the partial index only by name, and only for the very words of its condition.
    index = "" if sql.is_postgres() else "INDEXED BY places_unit_uri"
    condition = "kind = 'unit' AND sscc IS NULL AND uri IS NOT NULL"
    return bool(sql.rows(f"SELECT 1 FROM places_place {index} WHERE {condition} LIMIT 1"))


def lots_of_twins(units: Collection[int]) -> dict[int, int]:
    """Logistic units that are lots too: unit → lot."""
    if not units:
        return {}
    found = sql.rows(
        f"SELECT p.id, l.id FROM {engine.listed()} k JOIN places_place p ON p.id = k.key"
        " JOIN lots_lot l ON l.uri = p.uri WHERE p.kind = 'unit' AND p.sscc IS NULL",
        [engine.keys(sorted(units))],
    )
    return {row[0]: row[1] for row in found}


def _sequences_while(lots: dict[int, list[Interval]], as_of: int) -> set[int]:
    """Events that name these lots within the times given."""
    if not lots:
        return set()
    tables = ("ledger_movement", "ledger_mention", "ledger_packing")
    named = " UNION ".join(
        f"SELECT x.lot_id, x.event_id FROM {engine.listed()} k JOIN {table} x ON x.lot_id = k.key"
        for table in tables
    )
    found = sql.rows(
        f"SELECT n.lot_id, n.event_id, e.occurred_at FROM ({named}) n"
        " JOIN ledger_event e ON e.sequence = n.event_id WHERE n.event_id <= %s",
        [*[engine.keys(sorted(lots))] * len(tables), as_of],
    )
    return {sequence for lot, sequence, at in found if within(sql.to_moment(at), lots[lot])}


def _sequences_of_lots(lots: Sequence[int], as_of: int) -> list[int]:
    parts = []
    for table in ("ledger_movement", "ledger_mention", "ledger_packing"):
        if sql.is_postgres():
            parts.append(
                f"SELECT x.event_id FROM lots k CROSS JOIN LATERAL (SELECT event_id FROM {table}"
                f" WHERE lot_id = k.key AND event_id <= {int(as_of)} OFFSET 0) x"
            )
        else:
            parts.append(
                f"SELECT x.event_id FROM lots k CROSS JOIN {table} x"
                f" WHERE x.lot_id = k.key AND x.event_id <= {int(as_of)}"
            )
    query = f"WITH lots AS MATERIALIZED (SELECT key FROM {engine.listed()} y) {' UNION '.join(parts)}"
    return [row[0] for row in sql.rows(query, [engine.keys(lots)])]


def _sequences_of_units(
    units: Sequence[int], times: dict[int, list[Interval]] | None, as_of: int
) -> set[int]:
    """Events that name these units: all of them, or only those within the times given."""
    if not units:
        return set()
    wanted = engine.keys(units)
    found = sql.rows(
        f"SELECT k.key, m.event_id, e.occurred_at FROM {engine.listed()} k JOIN ledger_mention m ON m.unit_id = k.key"
        " JOIN ledger_event e ON e.sequence = m.event_id WHERE m.event_id <= %s"
        f" UNION SELECT k.key, p.event_id, p.occurred_at FROM {engine.listed()} k JOIN ledger_packing p"
        " ON p.unit_id = k.key WHERE p.event_id <= %s"
        f" UNION SELECT k.key, p.event_id, p.occurred_at FROM {engine.listed()} k JOIN ledger_packing p"
        " ON p.child_id = k.key WHERE p.event_id <= %s",
        [wanted, as_of, wanted, as_of, wanted, as_of],
    )
    return {
        sequence for unit, sequence, at in found if times is None or within(sql.to_moment(at), times[unit])
    }


def _read(sequences: Sequence[int]) -> list[TracedEvent]:
    if not sequences:
        return []
    if sql.is_postgres():
        query = (
            f"SELECT {_EVENT} FROM {engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM ledger_event"
            " WHERE sequence = k.key LIMIT 1) e LEFT JOIN places_place p ON p.id = e.place_id"
        )
    else:
        query = (
            f"SELECT {_EVENT} FROM {engine.listed()} k CROSS JOIN ledger_event e"
            " LEFT JOIN places_place p ON p.id = e.place_id WHERE e.sequence = k.key"
        )
    found = [_event(row) for row in sql.rows(query, [engine.keys(sequences)])]
    return sorted(found, key=lambda event: (event.occurred_at, event.sequence))


def _event(row: tuple[Any, ...]) -> TracedEvent:
    sequence, uid, kind, at, data, name, code, document_kind, document_number = row
    known = data if isinstance(data, dict) else orjson.loads(data)  # text, then
    foreign = known.get("epcis", {})
    own = str(sql.to_uid(uid))
    return TracedEvent(
        sequence=int(sequence),
        uid=own,
        id=foreign.get("eventID") or own,
        kind=foreign.get("type") or str(kind),
        occurred_at=sql.to_moment(at),
        place=str(name or code or ""),
        document=f"{document_kind} {document_number}".strip(),
    )


def units_into_runs(places: Sequence[int], *, by_unit: bool, as_of: int) -> list[tuple[int, int, datetime]]:
    """Logistic units that went into runs: (unit, run, when), found by unit or by run; reversals left out."""
    column = "unit_id" if by_unit else "run_id"
    found = sql.rows(
        f"SELECT m.unit_id, m.run_id, e.occurred_at FROM {engine.listed()} k JOIN ledger_mention m"
        f" ON m.{column} = k.key JOIN ledger_event e ON e.sequence = m.event_id"
        " WHERE m.unit_id IS NOT NULL AND m.run_id IS NOT NULL AND m.role = 'input' AND m.event_id <= %s"
        " AND NOT EXISTS (SELECT 1 FROM ledger_event r WHERE r.reverses_id = m.event_id AND r.sequence <= %s)",
        [engine.keys(places), as_of, as_of],
    )
    return [(row[0], row[1], sql.to_moment(row[2])) for row in found] + _twins_into_runs(
        places, by_unit, as_of
    )


def _twins_into_runs(places: Sequence[int], by_unit: bool, as_of: int) -> list[tuple[int, int, datetime]]:
    """The same for units that went into runs under their other name, as goods."""
    lots = lots_of_twins(places) if by_unit else {}
    if not (lots if by_unit else _any_twins()):
        return []
    wanted = sorted(lots.values()) if by_unit else list(places)
    found: list[tuple[int, int, datetime]] = []
    for table, run in (("ledger_movement", "destination_id"), ("ledger_mention", "run_id")):
        role = " AND m.role = 'input'" if table == "ledger_mention" else ""
        found += [
            (row[0], row[1], sql.to_moment(row[2]))
            for row in sql.rows(
                f"SELECT m.lot_id, m.{run}, e.occurred_at FROM {engine.listed()} k JOIN {table} m"
                f" ON m.{'lot_id' if by_unit else run} = k.key JOIN places_place p ON p.id = m.{run}"
                " AND p.kind = 'run' JOIN ledger_event e ON e.sequence = m.event_id"
                f" WHERE m.lot_id IS NOT NULL AND m.event_id <= %s{role} AND NOT EXISTS"
                " (SELECT 1 FROM ledger_event r WHERE r.reverses_id = m.event_id AND r.sequence <= %s)",
                [engine.keys(wanted), as_of, as_of],
            )
        ]
    units = {lot: unit for unit, lot in lots.items()} if by_unit else twins({lot for lot, _, _ in found})
    return [(units[lot], run, at) for lot, run, at in found if lot in units]


def units_among(places: Iterable[int]) -> set[int]:
    """Which of these places are logistic units."""
    wanted = sorted(places)
    if not wanted:
        return set()
    found = sql.rows(
        f"SELECT p.id FROM {engine.listed()} k CROSS JOIN places_place p WHERE p.id = k.key AND p.kind = 'unit'",
        [engine.keys(wanted)],
    )
    return {row[0] for row in found}


def partner_names(places: Collection[int]) -> dict[int, tuple[int, str]]:
    """Whose each place is: (key that tells partners apart, name)."""
    found = sql.rows(
        "SELECT p.id, p.partner_id, coalesce(r.name, p.name), p.code"
        f" FROM {engine.listed()} k JOIN places_place p ON p.id = k.key"
        " LEFT JOIN partners_partner r ON r.id = p.partner_id",
        [engine.keys(sorted(places))],
    )
    return {row[0]: (row[1] or -row[0], row[2] or row[3]) for row in found}


def item_units(items: Collection[int]) -> dict[int, tuple[str, int]]:
    """Unit and scale of items."""
    found = sql.rows(
        f"SELECT i.id, i.unit, i.scale FROM {engine.listed()} k JOIN catalog_item i ON i.id = k.key",
        [engine.keys(sorted(items))],
    )
    return {row[0]: (row[1], row[2]) for row in found}


def uri(gtin: str | None, number: str, kind: int, uid: UUID) -> str:
    """A name for a lot of ours that the world understands: its Digital Link, or its UUID."""
    if not gtin:
        return f"urn:uuid:{uid}"
    elements = {"01": gtin}
    if number:
        elements["10" if kind == 1 else "21"] = number
    return epc.digital_link(epc.from_elements(elements)) or f"urn:uuid:{uid}"


def unit_uri(sscc: str | None, code: str) -> str:
    """A name for a logistic unit of ours: the Digital Link of its SSCC where it has one."""
    return (epc.digital_link(epc.from_elements({"00": sscc})) if sscc else "") or code
