"""Made unit by unit: which component serial or lot is in which serial, exactly.

    MOTOR-1, SCREWS-A ─→ [RUN/1] ─→ UNIT-1
    MOTOR-2, SCREWS-A ─→ [RUN/2] ─→ UNIT-2

Every unit has a small run of its own, so that the trace of MOTOR-1 ends at UNIT-1. What the whole run had
put in before (glue, paint) is named as an input of each unit. One event, however many units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries
from lotbook.operations.production.actions.drafting import KIND, draft_of, expires_by, fresh, open_run
from lotbook.operations.production.models import Run, RunKind, RunStatus
from lotbook.operations.production.rules import UNITS_MAX, Unit
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import KIND_OF, Named, Reading, once
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Name, Receipt
from lotbook.traceability.lots.models import Lot, LotKind

MOVES_MAX = 10_000
IN_ONE_QUERY = 500


@dataclass(slots=True)
class PartRead:
    """A part that was understood: so much of a lot for the unit at ``unit``."""

    where: str
    unit: int
    lot: Lot
    quantity: int


def make_units(
    *,
    run: Named,
    units: Sequence[Unit],
    actor: str,
    place: Named,
    to: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Make serials of the run's item, each out of its own parts; a component serial traces to its unit only.

    Parts are taken from ``place`` or below it, the units put ``to`` a place (else ``place``). At most
    1,000 units; one event, a constant number of SQL statements for some hundred units. Raises Refused
    naming ``units/<i>/serial`` and ``units/<i>/parts/<j>/…``.
    """
    digest = words.asked(
        act="make_units", run=run, units=list(units), place=place, to=to, occurred_at=occurred_at,
        override=override,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        vessel = open_run(run)
        reading = Reading()
        source = reading.place("place", place)
        target = reading.place("to", to) if to else source
        if vessel.item.tracking != "serial":
            cause = f"{vessel.item.code} is not tracked by serial."
            reading.fault("run", cause, "Take out what the run made as lots.")
        if not units:
            reading.fault("units/0/serial", "no unit is given.", "Give at least one.", "required")
        elif len(units) > UNITS_MAX or sum(1 + len(unit.parts) for unit in units) > MOVES_MAX:
            cause = f"at most {UNITS_MAX} units with {MOVES_MAX} parts at once, got {len(units)} units."
            reading.fault("units", cause, "Split them.")
        reading.done()
        assert source is not None
        assert target is not None
        _check_serials(reading, vessel.item, units)
        parts = _parts(reading, units)
        taken = _from(reading, parts, source)
        reading.done()
        return _make(
            vessel,
            units,
            taken,
            source=source,
            target=target,
            event=event,
            at=occurred_at,
            digest=digest,
            override=override,
            actor=actor,
        )

    return once(uid, digest, act)


def _make(
    vessel: Run,
    units: Sequence[Unit],
    taken: Sequence[tuple[PartRead, int, int]],
    *,
    source: Place,
    target: Place,
    event: UUID,
    at: datetime | None,
    digest: str,
    override: str,
    actor: str,
) -> Receipt:
    draft = draft_of("transform", vessel, event, at, digest, override=override.strip())
    moment = draft.occurred_at
    first = vessel.units.count() + 1
    codes = [f"{vessel.number}/{first + index}" for index in range(len(units))]
    small = place_actions.create_run_places(codes=codes, name=f"Unit of {vessel.number}"[:200], actor=actor)
    Run.objects.bulk_create(
        [
            Run(
                number=one.code, kind=RunKind.UNIT, item=vessel.item, site=vessel.site, place=one,
                parent=vessel, planned_quantity=10**vessel.item.scale, status=RunStatus.CLOSED,
                opened_at=moment, opened_by=actor, closed_at=moment, closed_by=actor,
            )
            for one in small
        ],
        batch_size=IN_ONE_QUERY,
    )  # fmt: skip
    shared = [share.lot.pk for share in queries.own_shares(vessel) if share.used > 0]
    latest = _earliest(expires_by(vessel), taken) if vessel.snapshot.get("limits_expiry") else {}
    moves, lines = [], []
    for part, place, quantity in taken:
        moves.append(Move(part.lot.pk, place, small[part.unit].pk, quantity))
        lines.append(part.where)
    one_unit = 10**vessel.item.scale
    for index, unit in enumerate(units):
        serial = unit.serial.strip()
        facts = fresh(vessel.item, {}, moment.date(), latest.get(index))
        output = LotRef(vessel.item_id, serial, int(LotKind.SERIAL), facts)
        moves.append(Move(output, small[index].pk, target.pk, one_unit))
        lines.append(f"units/{index}")
    names = [Name("input", lot=lot, run=one.pk) for one in small for lot in shared]
    full = Draft(
        kind=draft.kind, occurred_at=moment, uid=event, moves=moves, names=names, place=vessel.site_id,
        document_kind="run", document_number=vessel.number, data={"asked": digest, "units": len(units)},
        override=draft.override,
    )  # fmt: skip
    receipt = words.post_lines(full, actor=actor, at=lines)
    text = f"{len(units)} units: {units[0].serial.strip()} … {units[-1].serial.strip()}"
    documents.record(vessel.uid, KIND, "units made", actor=actor, text=text, event=event)
    return receipt


def _check_serials(reading: Reading, item: Item, units: Sequence[Unit]) -> None:
    seen: dict[str, int] = {}
    for index, unit in enumerate(units):
        where = f"units/{index}/serial"
        serial = reading.text(where, unit.serial, 500, required=True)
        if serial and serial in seen:
            reading.fault(where, f"{serial} is unit {seen[serial] + 1} already.", "Give each its own serial.")
        seen.setdefault(serial, index)
        if not unit.parts:
            reading.fault(f"units/{index}/parts", "the unit is made of nothing.", "Give its parts.")
    for number in _known(item, list(seen)):
        cause = f"there is a {item.code} {number} already."
        reading.fault(f"units/{seen[number]}/serial", cause, "Check the serial.", "taken")


def _known(item: Item, numbers: Sequence[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(numbers), IN_ONE_QUERY):
        some = numbers[start : start + IN_ONE_QUERY]
        rows = Lot.objects.filter(item=item, kind=LotKind.SERIAL, number__in=some)
        found += rows.values_list("number", flat=True)
    return found


def _parts(reading: Reading, units: Sequence[Unit]) -> list[PartRead]:
    """The parts of all units, understood: items and lots are looked up all at once."""
    items = _items(reading, units)
    if reading.faults:
        return []
    asked: dict[int, set[str]] = {}
    for unit in units:
        for part in unit.parts:
            item = items[part.item]
            asked.setdefault(item.pk, set()).add("" if item.tracking == "none" else part.lot.strip())
    lots = _lots(asked, {item.pk: item for item in items.values()})
    amounts: dict[tuple[int, str], int | None] = {}
    found = []
    for index, unit in enumerate(units):
        for nth, part in enumerate(unit.parts):
            where, item = f"units/{index}/parts/{nth}", items[part.item]
            number = "" if item.tracking == "none" else part.lot.strip()
            lot = lots.get((item.pk, number))
            key = (item.pk, part.quantity)
            if key not in amounts:
                one = 10**item.scale
                amounts[key] = reading.quantity(where, item, part.quantity) if part.quantity else one
            quantity = amounts[key]
            if lot is None:
                cause = f"the book has no {item.code} {number[:60]!r}."
                reading.fault(f"{where}/lot", cause, "Check the number.", "unknown")
            elif quantity is not None:
                found.append(PartRead(where, index, lot, quantity))
    return found


def _items(reading: Reading, units: Sequence[Unit]) -> dict[str, Item]:
    """The items the parts name, each looked up once."""
    found: dict[str, Item | None] = {}
    for index, unit in enumerate(units):
        for nth, part in enumerate(unit.parts):
            if part.item not in found:
                found[part.item] = reading.item(f"units/{index}/parts/{nth}/item", part.item)
    return {name: item for name, item in found.items() if item is not None}


def _lots(asked: Mapping[int, set[str]], items: Mapping[int, Item]) -> dict[tuple[int, str], Lot]:
    found: dict[tuple[int, str], Lot] = {}
    for item, numbers in asked.items():
        kind = KIND_OF[items[item].tracking]
        wanted = sorted(numbers)
        for start in range(0, len(wanted), IN_ONE_QUERY):
            rows = Lot.objects.filter(item=item, kind=kind, number__in=wanted[start : start + IN_ONE_QUERY])
            for lot in rows.select_related("item"):
                found[item, lot.number] = lot
    return found


def _from(reading: Reading, parts: Sequence[PartRead], source: Place) -> list[tuple[PartRead, int, int]]:
    """Where each part is taken from: the place itself first, then those below it in order of their code."""
    if reading.faults:
        return []
    keys = sorted({part.lot.pk for part in parts})
    below = places.subtree_ids(source.pk)
    stands: dict[int, list[list[int]]] = {}
    for start in range(0, len(keys), IN_ONE_QUERY):
        for row in ledger.balances(lots=keys[start : start + IN_ONE_QUERY], places=below):
            listed = stands.setdefault(row.lot, [])
            listed.insert(0 if row.place == source.pk else len(listed), [row.place, row.on_hand])
    found = []
    for part in parts:
        left = part.quantity
        for stand in stands.get(part.lot.pk, ()):
            much = min(left, stand[1])
            if much:
                found.append((part, stand[0], much))
                stand[1] -= much
                left -= much
        if left:
            item = part.lot.item
            cause = f"{to_text(left, item.scale)} {symbol(item.unit)} of {item.code} {part.lot} are missing"
            remedy = "It may be in another unit already: check the number."
            reading.fault(f"{part.where}/lot", f"{cause} at {source.code}.", remedy, "too_little")
    return found


def _earliest(shared: date | None, taken: Sequence[tuple[PartRead, int, int]]) -> dict[int, date | None]:
    """The day each unit may not outlive: the earliest expiry of its parts and of what all share."""
    found: dict[int, date | None] = {}
    for part, _, _ in taken:
        days = [day for day in (found.get(part.unit, shared), part.lot.expires_on) if day is not None]
        found[part.unit] = min(days, default=None)
    return found
