"""Ancestors, descendants, quantities, partners and the whole history of either side.

Read from movements, mentions, links and packings; every answer names the sequence it was computed at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from lotbook.kernel import sql
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import containment, deliveries, engine, facts, history
from lotbook.traceability.trace.resolve import resolve, subject_of_lot
from lotbook.traceability.trace.rules import (
    DIRECTIONS,
    Side,
    Subject,
    Trace,
    TracedLot,
    TracedPartner,
    TracedUnit,
    within,
)

__all__ = ["affected", "resolve", "subject_of_lot", "trace"]


def trace(
    subject: Subject, direction: str = "both", *, as_of: int | None = None, events: bool = True
) -> Trace:
    """Trace ``subject`` back to suppliers, forward to customers, or both, as of a ledger sequence.

    Depth is unlimited and rework loops are walked once. A logistic unit stands for itself and for all
    it ever contained; a unit that went into a run stands for what it contained then. Raises Refused for
    an unknown direction or a sequence that is not decided yet. Without ``events`` the history is left out.
    """
    if direction not in DIRECTIONS:
        raise Refused(Fault("direction", f"expected one of {', '.join(DIRECTIONS)}, got {direction!r}."))
    decided = engine.watermark()
    if as_of is not None and not 0 <= as_of <= decided:
        raise Refused(
            Fault("as_of", f"expected a sequence from 0 to {decided} (decided so far), got {as_of}."),
            status=400,
        )
    moment = decided if as_of is None else as_of
    answer = Trace(moment, subject, direction)
    stays = containment.Stays(moment)
    packed = containment.any_packings()
    seeds, contents = _seeds(subject, stays, packed)
    sides = []
    for forward in (False, True):
        if direction in {"both", "forward" if forward else "back"}:
            side = _side(seeds, forward, stays, packed, moment)
            sides.append(side)
            answer.lots += _lots(side, subject, contents, stays)
    answer.units = _units(sides, subject)
    if events:
        answer.events = history.events(sides, subject, moment)
    for side in sides:
        partners = _partners(side, stays)
        if side.forward:
            answer.customers = partners
        else:
            answer.suppliers = partners
        answer.edges += _edges(side)
    return answer


def affected(lots: Collection[int], *, forward: bool = True, as_of: int | None = None) -> list[int]:
    """The keys of all lots made from (or gone into) ``lots``, those themselves left out."""
    moment = engine.watermark() if as_of is None else as_of
    packed = containment.any_packings()
    side = _side([2 * lot for lot in lots], forward, containment.Stays(moment), packed, moment)
    named = set(lots)
    return [lot for lot in side.lots if lot not in named]


def side_of(nodes: Sequence[int], *, forward: bool, as_of: int) -> Side:
    """Everything reachable from nodes (2 * lot, 2 * place + 1), contents of logistic units included."""
    return _side(nodes, forward, containment.Stays(as_of), containment.any_packings(), as_of)


def reached(nodes: Sequence[int], *, forward: bool, as_of: int) -> Sequence[int]:
    """All nodes of the genealogy (``2 * lot``, ``2 * place + 1``) down- or upstream of these, themselves included.

    Logistic units that went into runs are stepped over with what they contained, as in ``trace``.
    """
    if not nodes:
        return []
    if not containment.any_packings():
        return engine.reachable(nodes, forward=forward, as_of=as_of)
    return sorted(_side(nodes, forward, containment.Stays(as_of), True, as_of).nodes)


# -- reachability with logistic units -----------------------------------------------------------------


def _seeds(
    subject: Subject, stays: containment.Stays, packed: bool
) -> tuple[list[int], dict[int, int | None]]:
    """The nodes a subject stands for, and the lots among them that are contents of a unit."""
    seeds = [] if subject.lot is None else [2 * subject.lot]
    contents: dict[int, int | None] = {}
    if subject.unit is not None:
        seeds.append(2 * subject.unit + 1)
        if packed:
            found = stays.contents({subject.unit: containment.always()})
            for kind, key in found:
                seeds.append(2 * key if kind == "lot" else 2 * key + 1)
                if kind == "lot" and key != subject.lot:
                    contents[key] = _packed_in_all(stays, (subject.unit, *_inner(found)), key)
    return seeds, contents


def _inner(found: Iterable[containment.Thing]) -> list[int]:
    return [key for kind, key in found if kind == "unit"]


def _packed_in_all(stays: containment.Stays, units: Iterable[int], lot: int) -> int | None:
    known = [q for unit in units if (q := stays.packed(unit, ("lot", lot))) is not None]
    return max(known) if known else None


def _side(seeds: Sequence[int], forward: bool, stays: containment.Stays, packed: bool, as_of: int) -> Side:
    """Walk links, and between walks step over logistic units that went into runs with their contents."""
    side = Side(forward, as_of, list(seeds))
    side.nodes = set(engine.reachable(side.seeds, forward=forward, as_of=as_of)) if seeds else set()
    if not packed:
        return side
    while True:
        things = [("lot", lot) for lot in side.lots] + [
            ("unit", unit) for unit in sorted(history.units_among(side.places))
        ]
        side.containers = stays.containers(dict.fromkeys(things, containment.always()))
        step = _runs_fed_by_units if forward else _contents_fed_to_runs
        fresh = [(near, far) for near, far in step(side, stays) if far not in side.nodes]
        if not fresh:
            return side
        side.bridges += fresh
        side.extra += [far for _, far in fresh]
        side.nodes |= set(engine.reachable([far for _, far in fresh], forward=forward, as_of=as_of))


def _runs_fed_by_units(side: Side, stays: containment.Stays) -> list[tuple[int, int]]:
    """Runs that took in a unit while it contained one of our lots or units: (its node, run node)."""
    if not side.containers:
        return []
    found: list[tuple[int, int]] = []
    for unit, run, at in history.units_into_runs(list(side.containers), by_unit=True, as_of=side.as_of):
        if within(at, side.containers[unit]):
            inside = (_node(thing) for thing in stays.contents({unit: containment.at(at)}))
            found += [(node, 2 * run + 1) for node in inside if node in side.nodes]
    return found


def _contents_fed_to_runs(side: Side, stays: containment.Stays) -> list[tuple[int, int]]:
    """What the units that went into our runs contained at that moment: (run node, lot or unit node)."""
    places = [node // 2 for node in side.nodes if node % 2]
    if not places:
        return []
    found: list[tuple[int, int]] = []
    for unit, run, at in history.units_into_runs(places, by_unit=False, as_of=side.as_of):
        found += [(2 * run + 1, _node(thing)) for thing in stays.contents({unit: containment.at(at)})]
    return found


def _node(thing: containment.Thing) -> int:
    kind, key = thing
    return 2 * key if kind == "lot" else 2 * key + 1


def _edges(side: Side) -> list[tuple[int, int]]:
    if side.edges is None:
        links = engine.edges(sorted(side.nodes), forward=side.forward, as_of=side.as_of) if side.nodes else []
        bridges = side.bridges if side.forward else [(far, near) for near, far in side.bridges]
        side.edges = sorted(set(links) | set(bridges))
    return side.edges


# -- lots with depth and quantity ---------------------------------------------------------------------


def _depths(side: Side) -> dict[int, int]:
    """How many steps each node is from the subject: two to a run and back out."""
    onward: dict[int, list[int]] = defaultdict(list)
    for source, target in _edges(side):
        near, far = (source, target) if side.forward else (target, source)
        onward[near].append(far)
    depths = dict.fromkeys(side.seeds, 0)
    frontier = list(side.seeds)
    while frontier:
        reached: list[int] = []
        for node in frontier:
            for far in onward.get(node, ()):
                if far not in depths:
                    depths[far] = depths[node] + 1
                    reached.append(far)
        frontier = reached
    return depths


def _lots(
    side: Side, subject: Subject, contents: dict[int, int | None], stays: containment.Stays
) -> list[TracedLot]:
    depths = _depths(side)
    runs = [node // 2 for node in side.nodes if node % 2]
    quantities: dict[int, int] = defaultdict(int)
    if runs:
        for _, lot, quantity in engine.run_quantities(runs, inputs=not side.forward, as_of=side.as_of):
            quantities[lot] += quantity
    wanted = [lot for lot in side.lots if lot != subject.lot]
    result = []
    for row in _lot_rows(wanted):
        lot = row.id
        steps = depths.get(2 * lot, 2)
        row.side = "forward" if side.forward else "back"
        row.depth = (steps + 1) // 2
        row.quantity = contents.get(lot) if lot in contents else quantities.get(lot)
        result.append(row)
    return sorted(result, key=lambda row: (row.depth, row.item, row.lot, row.id))


def _lot_rows(lots: Sequence[int]) -> list[TracedLot]:
    if not lots:
        return []
    order = (
        "l.id, l.uid, i.code, i.name, l.number, l.kind, l.uri, i.gtin, i.unit, i.scale, l.expires_on, l.held"
    )
    if sql.is_postgres():
        query = (
            f"SELECT {order} FROM {engine.listed()} k CROSS JOIN LATERAL"
            " (SELECT * FROM lots_lot WHERE id = k.key LIMIT 1) l JOIN catalog_item i ON i.id = l.item_id"
        )
    else:
        query = (
            f"SELECT {order} FROM {engine.listed()} k CROSS JOIN lots_lot l CROSS JOIN catalog_item i"
            " WHERE l.id = k.key AND i.id = l.item_id"
        )
    return [
        TracedLot(
            id=row[0],
            uid=str(sql.to_uid(row[1])),
            item=row[2],
            item_name=row[3],
            lot=row[4],
            kind=row[5],
            uri=row[6] or history.uri(row[7], row[4], row[5], sql.to_uid(row[1])),
            side="",
            depth=0,
            quantity=None,
            unit=row[8],
            scale=row[9],
            expires_on=sql.to_date(row[10]),
            held=row[11],
        )
        for row in sql.rows(query, [engine.keys(lots)])
    ]


# -- units and partners -------------------------------------------------------------------------------


def _units(sides: Sequence[Side], subject: Subject) -> list[TracedUnit]:
    wanted = {unit for side in sides for unit in side.containers}
    wanted |= history.units_among({place for side in sides for place in side.places})
    wanted.discard(subject.unit or 0)
    if not wanted:
        return []
    return [
        TracedUnit(
            row[0], str(sql.to_uid(row[1])), row[2], row[3] or "", row[4] or history.unit_uri(row[3], row[2])
        )
        for row in sql.rows(
            f"SELECT p.id, p.uid, p.code, p.sscc, p.uri FROM {engine.listed()} k JOIN places_place p ON p.id = k.key"
            " ORDER BY p.code",
            [engine.keys(sorted(wanted))],
        )
    ]


def _partners(side: Side, stays: containment.Stays) -> list[TracedPartner]:
    """Suppliers upstream, customers downstream: whose place the goods came from or went to."""
    crossed = engine.crossings(side.lots, as_of=side.as_of) if side.nodes else []
    told = deliveries.of_side(side, stays)
    if not crossed and not told:
        return []
    names = history.partner_names({row.place for row in crossed})
    units = history.item_units({row.item for row in crossed})
    found: dict[tuple[int, str], TracedPartner] = {}
    for row in crossed:
        gross, back = (row.shipped, row.returned) if side.forward else (row.received, row.sent_back)
        if gross <= 0:
            continue
        key, name = names[row.place]
        partner = found.setdefault((key, name), TracedPartner(key, name, 0))
        partner.lots += row.lots
        unit, scale = units[row.item]
        partner.quantities.append((unit, gross - back, scale))
    _add_told(found, told, side)
    for partner in found.values():
        partner.quantities = _summed(partner.quantities)
    return sorted(found.values(), key=lambda partner: (partner.name, partner.id))


def _add_told(
    found: dict[tuple[int, str], TracedPartner], told: Sequence[deliveries.Delivery], side: Side
) -> None:
    """Deliveries without movements, beside those with; a lot counts once a partner."""
    if not told:
        return
    lots = sorted({one.lot for one in told})
    counted = {(one.partner, one.lot) for one in facts.crossed(lots, forward=side.forward, as_of=side.as_of)}
    told_of: set[tuple[int, int]] = set()
    rows = {row.id: row for row in _lot_rows(lots)}
    for one in told:
        if not one.direct and (one.partner, one.lot) in counted:
            continue
        partner = found.setdefault((one.partner, one.name), TracedPartner(one.partner, one.name, 0))
        if (one.partner, one.lot) not in told_of:
            partner.lots += (one.partner, one.lot) not in counted
            told_of.add((one.partner, one.lot))
        if one.quantity:
            partner.quantities.append((rows[one.lot].unit, one.quantity, rows[one.lot].scale))


def _summed(quantities: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """One sum per unit, at the finest scale met."""
    sums: dict[str, tuple[int, int]] = {}
    for unit, quantity, scale in quantities:
        total, kept = sums.get(unit, (0, 0))
        finest = max(scale, kept)
        sums[unit] = (total * 10 ** (finest - kept) + quantity * 10 ** (finest - scale), finest)
    return [(unit, total, scale) for unit, (total, scale) in sorted(sums.items())]
