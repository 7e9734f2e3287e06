"""Deliveries that foreign events tell of and no movement carries.

A pallet is shipped by its SSCC alone, a lot without a quantity: the event names who sent and who got it
(``data.epcis.from`` and ``.to``), and what was on the pallet follows from what was packed. A receipt tells
who sent, a shipment who got it; each names the other end too, which counts where the other's own word is
missing: one delivery told by both sides is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from lotbook.kernel import sql
from lotbook.traceability.trace import containment, engine, history
from lotbook.traceability.trace.rules import Interval, Side, within


@dataclass(frozen=True, slots=True)
class Delivery:
    """So much of a lot (None where nobody said) came from or went to a partner."""

    partner: int
    name: str
    lot: int
    quantity: int | None
    direct: bool = True
    """Told by the receipt (who sent) or the shipment (who got it), not by the other side."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A foreign event with a partner, and the lot or unit it names."""

    sequence: int
    at: datetime
    partner: UUID
    lot: int | None
    unit: int | None
    quantity: int | None
    direct: bool


def any_told() -> bool:
    """Whether the book has any event from elsewhere at all."""
    return bool(sql.rows("SELECT 1 FROM ledger_event WHERE kind = 'foreign' LIMIT 1"))


def of_side(side: Side, stays: containment.Stays) -> list[Delivery]:
    """The deliveries of the lots of a side; each lot on each unit, and by itself, once a partner."""
    if not any_told():
        return []
    end = "to" if side.forward else "from"
    lots = set(side.lots)
    told = _named("lot_id", lots, end, side.as_of) + _on_units(side, end)
    told += [
        one for one in _named("lot_id", lots, end, side.as_of, table="ledger_movement") if not one.direct
    ]
    found: dict[tuple[UUID, int | None, int], tuple[int | None, bool]] = {}
    moved = _moved({one.sequence for one in told if one.direct})
    for one in (one for one in told if one.direct):
        if one.lot is not None and one.lot in lots:
            found.setdefault((one.partner, None, one.lot), (one.quantity, True))
        for lot, unit in _contents(one, stays) if one.unit is not None else ():
            if lot in lots and (one.sequence, lot) not in moved:
                found.setdefault((one.partner, unit, lot), (stays.packed(unit, ("lot", lot)), True))
    known = {(partner, lot) for partner, _, lot in found}
    for one in (one for one in told if not one.direct):
        if one.lot is not None and one.lot in lots and (one.partner, one.lot) not in known:
            found.setdefault((one.partner, None, one.lot), (one.quantity, False))
        for lot, unit in _contents(one, stays) if one.unit is not None else ():
            if lot in lots and (one.partner, lot) not in known:
                found.setdefault((one.partner, unit, lot), (stays.packed(unit, ("lot", lot)), False))
    partners = _partners({partner for partner, _, _ in found})
    return [
        Delivery(*partners[partner], lot, quantity, direct)
        for (partner, _, lot), (quantity, direct) in found.items()
        if partner in partners
    ]


def _on_units(side: Side, end: str) -> list[_Told]:
    """Events of units that contained lots of the side, as units or under their other name, while they did."""
    units: dict[int, list[Interval]] = dict(side.containers)
    goods = history.lots_of_twins(units)
    by_lot = {lot: unit for unit, lot in goods.items()}
    told = [one for one in _named("unit_id", units, end, side.as_of) if within(one.at, units[one.unit or 0])]
    for table in ("ledger_mention", "ledger_movement"):
        for one in _named("lot_id", by_lot, end, side.as_of, table=table):
            unit = by_lot[one.lot or 0]
            if within(one.at, units[unit]):
                told.append(_Told(one.sequence, one.at, one.partner, None, unit, None, one.direct))
    return told


def _contents(one: _Told, stays: containment.Stays) -> Iterable[tuple[int, int]]:
    """What a named unit contained at that moment, at any level: (lot, the unit it was packed into)."""
    now = containment.at(one.at)
    inside = stays.contents({one.unit or 0: now})
    twins = history.twins({key for kind, key in inside if kind == "lot"})
    units = {one.unit or 0, *twins.values(), *(key for kind, key in inside if kind == "unit")}
    for kind, lot in inside:
        for unit in sorted(units) if kind == "lot" else ():
            if within(one.at, stays.stays(unit, ("lot", lot))):
                yield lot, unit


def _named(
    column: str, keys: Iterable[int], end: str, as_of: int, *, table: str = "ledger_mention"
) -> list[_Told]:
    wanted = sorted(keys)
    if not wanted:
        return []
    unit = "m.unit_id" if table == "ledger_mention" else "NULL"
    rows = sql.rows(
        f"SELECT e.sequence, e.occurred_at, e.data, m.lot_id, {unit}, m.quantity"
        f" FROM {engine.listed()} k JOIN {table} m ON m.{column} = k.key"
        " JOIN ledger_event e ON e.sequence = m.event_id WHERE e.kind = 'foreign' AND m.event_id <= %s"
        " AND NOT EXISTS (SELECT 1 FROM ledger_event r WHERE r.reverses_id = m.event_id AND r.sequence <= %s)",
        [engine.keys(wanted), as_of, as_of],
    )
    told = []
    for sequence, at, data, lot, unit_key, quantity in rows:
        known: dict[str, Any] = data if isinstance(data, dict) else orjson.loads(data)
        claim = known.get("epcis", {})
        partner = claim.get(end, {}).get("partner")
        if partner:
            direct = claim.get("bizStep") == ("receiving" if end == "from" else "shipping")
            told.append(_Told(sequence, sql.to_moment(at), UUID(partner), lot, unit_key, quantity, direct))
    return told


def _moved(sequences: set[int]) -> set[tuple[int, int]]:
    """Which lots these events move themselves: those are counted by their movements."""
    if not sequences:
        return set()
    rows = sql.rows(
        f"SELECT m.event_id, m.lot_id FROM {engine.listed()} k JOIN ledger_movement m ON m.event_id = k.key",
        [engine.keys(sorted(sequences))],
    )
    return {(row[0], row[1]) for row in rows}


def _partners(uids: set[UUID]) -> dict[UUID, tuple[int, str]]:
    from lotbook.foundation.partners.models import Partner

    return {
        row["uid"]: (row["id"], row["name"])
        for row in Partner.objects.filter(uid__in=uids).values("id", "uid", "name")
    }
