"""``lotbook check``: rebuild every derived table from the events and name each difference.

Nothing is repaired: a difference means that somebody or something wrote past the one door. Differences
are worked out in SQL on either database; hashes are recomputed event by event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from lotbook.kernel import sql
from lotbook.kernel.progress import Told
from lotbook.traceability.ledger import canonical

NEVER = 2**63 - 1
LINKING = "('consume', 'produce', 'transform', 'foreign')"
BLOCK = 2_000
FINDINGS_MAX = 1_000
"""Most findings of one kind that are named; more are counted."""


class LotName(NamedTuple):
    """A lot as people know it."""

    item: str = ""
    number: str = ""


NO_LOT = LotName()


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: in which table, of which lot, at which place, what the events say and what is there."""

    table: str
    lot: LotName = NO_LOT
    place: str = ""
    expected: Any = None
    found: Any = None
    problem: str = ""
    event: str = ""

    def as_json(self) -> dict[str, Any]:
        """As plain values, the lot's item and number apart."""
        return asdict(self) | {"item": self.lot.item, "lot": self.lot.number}


@dataclass(slots=True)
class Report:
    """What ``check`` found, and how much it looked at."""

    events: int = 0
    movements: int = 0
    findings: list[Finding] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "ok": not self.findings,
            "events": self.events,
            "movements": self.movements,
            "findings": [finding.as_json() for finding in self.findings],
        }


def check(progress: Told = lambda step, done, total: None) -> Report:
    """Compare every derived table with what the events say; call ``progress(step, done, total)`` meanwhile."""
    report = Report()
    report.events = sql.rows("SELECT count(*) FROM ledger_event")[0][0]
    report.movements = sql.rows("SELECT count(*) FROM ledger_movement")[0][0]
    steps: list[Callable[[], Iterator[Finding]]] = [
        _balances,
        _reserved,
        _claims,
        _never_negative,
        _links,
        _crossings,
        _packings,
        _holds,
        _held_counts,
        _unit_places,
        _orphans,
    ]
    for index, step in enumerate(steps):
        progress(step.__name__.strip("_").replace("_", " "), index, len(steps))
        _take(report, step())
    _take(report, _hashes(report.events, progress))
    return report


def _take(report: Report, findings: Iterator[Finding]) -> None:
    for count, finding in enumerate(findings):
        if count < FINDINGS_MAX:
            report.findings.append(finding)
            continue
        more = 1 + sum(1 for _ in findings)
        report.findings.append(Finding(finding.table, problem=f"and {more} more of this kind"))


@dataclass(slots=True)
class Names:
    """Readable names for the lots and places of some rows."""

    lots: dict[int, LotName]
    places: dict[int, str]

    def lot(self, key: int | None) -> LotName:
        """A lot's item and number, or its key where the lot itself is gone."""
        return NO_LOT if key is None else self.lots.get(key, LotName(number=f"lot {key}"))

    def place(self, key: int | None) -> str:
        """A place's code, or its key where the place itself is gone."""
        return "" if key is None else self.places.get(key, f"place {key}")


def _names(rows: Sequence[tuple[Any, ...]]) -> Names:
    """Names for the lots (first column) and places (second column) of some rows."""
    return Names(
        lot_names({row[0] for row in rows if row[0] is not None}),
        place_names({row[1] for row in rows if row[1] is not None}),
    )


def lot_names(keys: set[int]) -> dict[int, LotName]:
    """Item code and number of lots."""
    found = _listed(
        "SELECT l.id, i.code, l.number FROM lots_lot l JOIN catalog_item i ON i.id = l.item_id WHERE l.id",
        keys,
    )
    return {row[0]: LotName(row[1], row[2]) for row in found}


def place_names(keys: set[int]) -> dict[int, str]:
    """Codes of places."""
    return {row[0]: row[1] for row in _listed("SELECT id, code FROM places_place WHERE id", keys)}


def _listed(head: str, keys: set[int]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), BLOCK):
        block = ordered[start : start + BLOCK]
        found += sql.rows(f"{head} IN ({','.join(str(int(key)) for key in block)})")
    return found


# -- balances -------------------------------------------------------------------------------------------

_MOVED = (
    "SELECT lot_id, destination_id AS place_id, quantity AS q, catch_weight AS w FROM ledger_movement"
    " UNION ALL SELECT lot_id, source_id, -quantity, -catch_weight FROM ledger_movement"
)


def _balances() -> Iterator[Finding]:
    """On hand and catch weight of every lot at every place that is not a run."""
    rows = sql.rows(
        "SELECT d.lot_id, d.place_id, sum(d.e), sum(d.f), sum(d.ew), sum(d.fw) FROM ("
        f" SELECT m.lot_id, m.place_id, m.q AS e, 0 AS f, m.w AS ew, 0 AS fw FROM ({_MOVED}) m"
        " JOIN places_place p ON p.id = m.place_id AND p.kind <> 'run'"
        " UNION ALL SELECT lot_id, place_id, 0, on_hand, 0, catch_weight FROM ledger_balance"
        ") d GROUP BY d.lot_id, d.place_id HAVING sum(d.e) <> sum(d.f) OR sum(d.ew) <> sum(d.fw)"
    )
    names = _names(rows)
    for lot, place, expected, found, weight, weight_found in rows:
        if expected != found:
            yield Finding(
                "ledger_balance",
                names.lot(lot),
                names.place(place),
                int(expected),
                int(found),
                "on hand differs from the sum of its movements",
            )
        if weight != weight_found:
            yield Finding(
                "ledger_balance",
                names.lot(lot),
                names.place(place),
                int(weight),
                int(weight_found),
                "catch weight differs from the sum of its movements",
            )


def _reserved() -> Iterator[Finding]:
    """Reserved is the sum of the claims, and own repeats the place's."""
    rows = sql.rows(
        "SELECT d.lot_id, d.place_id, sum(d.e), sum(d.f) FROM ("
        " SELECT lot_id, place_id, quantity AS e, 0 AS f FROM ledger_claim WHERE quantity <> 0"
        " UNION ALL SELECT lot_id, place_id, 0, reserved FROM ledger_balance WHERE reserved <> 0"
        ") d GROUP BY d.lot_id, d.place_id HAVING sum(d.e) <> sum(d.f)"
    )
    names = _names(rows)
    for lot, place, expected, found in rows:
        problem = "reserved differs from the sum of its claims"
        where = (names.lot(lot), names.place(place))
        yield Finding("ledger_balance", *where, int(expected), int(found), problem)
    rows = sql.rows(
        "SELECT b.lot_id, b.place_id, b.own, p.own FROM ledger_balance b"
        " JOIN places_place p ON p.id = b.place_id WHERE b.own <> p.own"
    )
    names = _names(rows)
    for lot, place, own, place_own in rows:
        where = (names.lot(lot), names.place(place))
        yield Finding("ledger_balance", *where, bool(place_own), bool(own), "own differs from its place")


def _claims() -> Iterator[Finding]:
    """What is left of every claim: made, less what movements of its lot and place used, less freed."""
    rows = sql.rows(
        "SELECT d.lot_id, d.place_id, d.claim, sum(d.e), sum(d.f) FROM ("
        " SELECT lot_id, place_id, id AS claim, made_quantity - freed_quantity AS e, quantity AS f FROM ledger_claim"
        " UNION ALL SELECT m.lot_id, m.source_id, m.claim, -m.quantity, 0 FROM ledger_movement m"
        " WHERE m.claim IS NOT NULL"
        ") d GROUP BY d.lot_id, d.place_id, d.claim HAVING sum(d.e) <> sum(d.f)"
    )
    names = _names(rows)
    for lot, place, claim, expected, found in rows:
        problem = f"claim {claim} differs from what was made, used and freed of it"
        where = (names.lot(lot), names.place(place))
        yield Finding("ledger_claim", *where, int(expected), int(found), problem)


def _never_negative() -> Iterator[Finding]:
    """At no sequence was less than nothing at one of our own places."""
    rows = sql.rows(
        "SELECT DISTINCT lot_id, place_id, min(after) FROM ("
        "  SELECT lot_id, place_id, sum(q) OVER (PARTITION BY lot_id, place_id ORDER BY m.event_id, m.id) AS after"
        "  FROM (SELECT id, event_id, lot_id, destination_id AS place_id, quantity AS q FROM ledger_movement"
        "    UNION ALL SELECT id, event_id, lot_id, source_id, -quantity FROM ledger_movement) m"
        "  JOIN places_place p ON p.id = m.place_id AND p.own) s WHERE after < 0 GROUP BY lot_id, place_id"
    )
    names = _names(rows)
    for lot, place, least in rows:
        yield Finding(
            "ledger_movement",
            names.lot(lot),
            names.place(place),
            "at least 0",
            int(least),
            "the movements take more than was there",
        )


# -- genealogy ------------------------------------------------------------------------------------------


def _links() -> Iterator[Finding]:
    """Every edge, with the sequence it holds from and until."""
    node = "CASE WHEN n.lot_id IS NULL THEN 2 * n.unit_id + 1 ELSE 2 * n.lot_id END"
    until = f"coalesce(r.sequence, {NEVER})"
    event = (
        f" JOIN ledger_event e ON e.sequence = {{0}}.event_id AND e.kind IN {LINKING} AND e.reverses_id IS NULL"
        " LEFT JOIN ledger_event r ON r.reverses_id = e.sequence"
    )
    expected = (
        f"SELECT 2 * m.lot_id AS s, 2 * m.destination_id + 1 AS t, m.event_id AS q, {until} AS v"
        f" FROM ledger_movement m JOIN places_place p ON p.id = m.destination_id AND p.kind = 'run'{event.format('m')}"
        f" UNION SELECT 2 * m.source_id + 1, 2 * m.lot_id, m.event_id, {until} FROM ledger_movement m"
        " JOIN places_place p ON p.id = m.source_id AND p.kind = 'run'"
        " JOIN places_place d ON d.id = m.destination_id AND d.kind NOT IN ('loss', 'run')"
        f"{event.format('m')}"
        f" UNION SELECT CASE n.role WHEN 'input' THEN {node} ELSE 2 * n.run_id + 1 END,"
        f" CASE n.role WHEN 'input' THEN 2 * n.run_id + 1 ELSE {node} END, n.event_id, coalesce(r.sequence, {NEVER})"
        " FROM ledger_mention n LEFT JOIN ledger_event r ON r.reverses_id = n.event_id WHERE n.run_id IS NOT NULL"
    )
    rows = sql.rows(
        "SELECT s, t, q, v, sum(expected), sum(found) FROM ("
        f" SELECT s, t, q, v, 1 AS expected, 0 AS found FROM ({expected}) x"
        " UNION ALL SELECT source, target, sequence, voided, 0, 1 FROM ledger_link"
        ") d GROUP BY s, t, q, v HAVING sum(expected) <> sum(found)"
    )
    ends = {key for row in rows for key in row[:2]}
    names = Names(
        lot_names({key // 2 for key in ends if key % 2 == 0}),
        place_names({key // 2 for key in ends if key % 2}),
    )
    for source, target, sequence, voided, wanted, found in rows:
        lot = next((names.lot(key // 2) for key in (source, target) if key % 2 == 0), NO_LOT)
        run = next((names.place(key // 2) for key in (source, target) if key % 2), "")
        until = "" if voided == NEVER else f" until {voided}"
        yield Finding(
            "ledger_link",
            lot,
            run,
            int(wanted),
            int(found),
            f"{'missing' if wanted > found else 'surplus'} link {source} → {target} from {sequence}{until}",
        )


def _crossings() -> Iterator[Finding]:
    """Movements that touch a partner say so, and no others."""
    rows = sql.rows(
        "SELECT m.lot_id, m.source_id, m.crossing, s.kind, d.kind, m.event_id FROM ledger_movement m"
        " JOIN places_place s ON s.id = m.source_id JOIN places_place d ON d.id = m.destination_id"
        " JOIN ledger_event e ON e.sequence = m.event_id WHERE CASE"
        " WHEN s.kind = 'partner' AND d.kind = 'partner' THEN abs(m.crossing) <> 3"
        " WHEN s.kind = 'partner' OR d.kind = 'partner' THEN abs(m.crossing) NOT IN (1, 2, 4, 5)"
        " WHEN s.kind = 'elsewhere' OR d.kind = 'elsewhere' THEN abs(m.crossing) NOT IN (0, 1)"
        " ELSE m.crossing <> 0 END"
    )
    names = _names(rows)
    for lot, place, crossing, start, end, sequence in rows:
        yield Finding(
            "ledger_movement",
            names.lot(lot),
            names.place(place),
            f"{start} to {end}",
            crossing,
            "crossing does not fit its places",
            event=str(sequence),
        )


def _packings() -> Iterator[Finding]:
    """Movements into and out of logistic units have their packing facts."""
    rows = sql.rows(
        "SELECT d.lot_id, d.unit_id, d.event_id, d.action, sum(d.e), sum(d.f) FROM ("
        " SELECT m.lot_id, m.destination_id AS unit_id, m.event_id, 1 AS action, 1 AS e, 0 AS f FROM ledger_movement m"
        " JOIN places_place p ON p.id = m.destination_id AND p.kind = 'unit'"
        " UNION ALL SELECT m.lot_id, m.source_id, m.event_id, -1, 1, 0 FROM ledger_movement m"
        " JOIN places_place p ON p.id = m.source_id AND p.kind = 'unit'"
        " UNION ALL SELECT lot_id, unit_id, event_id, action, 0, 1 FROM ledger_packing WHERE derived"
        ") d GROUP BY d.lot_id, d.unit_id, d.event_id, d.action HAVING sum(d.e) <> sum(d.f)"
    )
    names = _names(rows)
    for lot, unit, sequence, action, expected, found in rows:
        yield Finding(
            "ledger_packing",
            names.lot(lot),
            names.place(unit),
            int(expected),
            int(found),
            f"packing {action:+d} of event {sequence}",
            event=str(sequence),
        )


# -- holds ----------------------------------------------------------------------------------------------


def _events_of(kinds: str) -> list[tuple[int, dict[str, Any]]]:
    rows = sql.rows(f"SELECT sequence, data FROM ledger_event WHERE kind IN {kinds} ORDER BY sequence")
    return [(row[0], row[1] if isinstance(row[1], dict) else orjson.loads(row[1])) for row in rows]


def _holds() -> Iterator[Finding]:
    """Every hold, from the events that put it on and took it off."""
    expected: dict[str, list[Any]] = {}
    for sequence, data in _events_of("('hold', 'release')"):
        for hold in data.get("holds", ()):
            item, number, _ = hold["lot"]
            expected[hold["hold"]] = [item, number, hold["kind"], sequence, None]
        for uid in data.get("releases", ()):
            if uid in expected:
                expected[uid][4] = sequence
    found = {
        str(sql.to_uid(row[0])): [str(sql.to_uid(row[1])), *row[2:]]
        for row in sql.rows(
            "SELECT h.uid, i.uid, l.number, h.kind, h.placed_sequence, h.released_sequence FROM lots_hold h"
            " JOIN lots_lot l ON l.id = h.lot_id JOIN catalog_item i ON i.id = l.item_id"
        )
    }
    for uid in sorted(expected.keys() | found.keys()):
        ours, theirs = expected.get(uid), found.get(uid)
        if ours != theirs:
            known = ours or theirs or ["", ""]
            yield Finding(
                "lots_hold",
                LotName(number=str(known[1])),
                "",
                ours,
                theirs,
                f"hold {uid} differs from its events",
            )


def _held_counts() -> Iterator[Finding]:
    """The number of open holds kept on each lot."""
    rows = sql.rows(
        "SELECT l.id, NULL, l.held, (SELECT count(*) FROM lots_hold h WHERE h.lot_id = l.id"
        " AND h.released_sequence IS NULL) FROM lots_lot l WHERE l.held <> (SELECT count(*) FROM lots_hold h"
        " WHERE h.lot_id = l.id AND h.released_sequence IS NULL)"
    )
    names = _names(rows)
    for lot, _, held, holds in rows:
        yield Finding("lots_lot", names.lot(lot), "", int(holds), held, "held differs from its open holds")


def _unit_places() -> Iterator[Finding]:
    """Logistic units stand where their last move put them."""
    rows = sql.rows(
        "SELECT NULL, k.child_id, CASE WHEN k.action = 1 THEN k.unit_id END, p.parent_id FROM ledger_packing k"
        " JOIN ledger_event e ON e.sequence = k.event_id AND e.kind = 'unit_move'"
        " JOIN places_place p ON p.id = k.child_id"
        " WHERE k.id = (SELECT x.id FROM ledger_packing x JOIN ledger_event y"
        "   ON y.sequence = x.event_id AND y.kind = 'unit_move' WHERE x.child_id = k.child_id"
        "   ORDER BY x.event_id DESC, x.action DESC LIMIT 1)"
        " AND ((k.action = 1 AND (p.parent_id IS NULL OR p.parent_id <> k.unit_id))"
        "   OR (k.action <> 1 AND p.parent_id IS NOT NULL))"
    )
    names = place_names({key for row in rows for key in row[1:] if key is not None})
    for _, unit, expected, found in rows:
        yield Finding(
            "places_place",
            NO_LOT,
            names.get(unit, ""),
            names.get(expected or 0, ""),
            names.get(found or 0, ""),
            "the logistic unit does not stand where its last move put it",
        )


def _orphans() -> Iterator[Finding]:
    """Rows that name an event the book does not have (SQLite checks this only when asked)."""
    for table in ("ledger_movement", "ledger_mention", "ledger_packing"):
        for row in sql.rows(
            f"SELECT x.id, x.event_id FROM {table} x LEFT JOIN ledger_event e ON e.sequence = x.event_id"
            " WHERE e.sequence IS NULL"
        ):
            yield Finding(
                table, NO_LOT, "", "an event", None, f"row {row[0]} names no event", event=str(row[1])
            )


# -- hashes ---------------------------------------------------------------------------------------------


def _hashes(total: int, progress: Told) -> Iterator[Finding]:
    """Every event's canonical hash, recomputed from the rows."""
    after, done = -1, 0
    while rows := sql.rows(
        "SELECT e.sequence, e.uid, e.kind, e.occurred_at, e.offset_minutes, e.actor, e.device, p.uid, e.document_kind,"
        " e.document_number, e.reason, o.uid, e.data, e.content_hash FROM ledger_event e"
        " LEFT JOIN places_place p ON p.id = e.place_id LEFT JOIN ledger_event o ON o.sequence = e.reverses_id"
        f" WHERE e.sequence > %s ORDER BY e.sequence LIMIT {BLOCK}",
        [after],
    ):
        first, last = rows[0][0], rows[-1][0]
        moves, names, packs = _parts(first, last)
        for row in rows:
            recomputed = _hash(row, moves.get(row[0], []), names.get(row[0], []), packs.get(row[0], []))
            if recomputed != row[13]:
                yield Finding(
                    "ledger_event",
                    _first_lot(moves.get(row[0], [])),
                    "",
                    row[13],
                    recomputed,
                    "the event's content does not fit its hash",
                    event=f"{row[0]} {sql.to_uid(row[1])}",
                )
        after = last
        done += len(rows)
        progress("hashes", done, total)


def _first_lot(moves: Sequence[tuple[Any, ...]]) -> LotName:
    return LotName(number=str(moves[0][1])) if moves else NO_LOT


def _hash(row: tuple[Any, ...], moves: list[Any], names: list[Any], packs: list[Any]) -> str:
    data = row[12] if isinstance(row[12], dict) else orjson.loads(row[12])
    content = canonical.content(
        uid=sql.to_uid(row[1]),
        kind=row[2],
        occurred_at=sql.to_moment(row[3]),
        offset_minutes=row[4],
        actor=row[5],
        device=row[6],
        place=_uid(row[7]),
        document=(row[8], row[9]),
        reason=row[10],
        reverses=sql.to_uid(row[11]) if row[11] is not None else None,
        data=data,
        moves=moves,
        names=names,
        packs=packs,
    )
    try:
        return canonical.digest(canonical.encode(content, plain=not data or canonical.plain_keys(data)))
    except (TypeError, ValueError) as problem:
        return f"not canonical: {problem}"


Grouped = dict[int, list[tuple[Any, ...]]]


def _parts(first: int, last: int) -> tuple[Grouped, Grouped, Grouped]:
    """Movements, mentions and packings of a stretch of events, in the names the hash uses."""
    moves: Grouped = {}
    for sequence, item, number, kind, source, destination, quantity, weight in sql.rows(
        "SELECT m.event_id, i.uid, l.number, l.kind, s.uid, d.uid, m.quantity, m.catch_weight FROM ledger_movement m"
        " JOIN lots_lot l ON l.id = m.lot_id JOIN catalog_item i ON i.id = l.item_id"
        " JOIN places_place s ON s.id = m.source_id JOIN places_place d ON d.id = m.destination_id"
        " WHERE m.event_id BETWEEN %s AND %s ORDER BY m.id",
        [first, last],
    ):
        parts = (_uid(item), number, kind, _uid(source), _uid(destination), quantity, weight)
        moves.setdefault(sequence, []).append(parts)
    names: Grouped = {}
    for sequence, role, item, number, kind, unit, run, quantity in sql.rows(
        "SELECT n.event_id, n.role, i.uid, l.number, l.kind, u.uid, r.uid, n.quantity FROM ledger_mention n"
        " JOIN ledger_event e ON e.sequence = n.event_id AND e.kind NOT IN ('hold', 'release')"
        " LEFT JOIN lots_lot l ON l.id = n.lot_id LEFT JOIN catalog_item i ON i.id = l.item_id"
        " LEFT JOIN places_place u ON u.id = n.unit_id LEFT JOIN places_place r ON r.id = n.run_id"
        " WHERE n.event_id BETWEEN %s AND %s ORDER BY n.id",
        [first, last],
    ):
        lot = None if item is None else [_uid(item), number, kind]
        names.setdefault(sequence, []).append((role, lot, _uid(unit), _uid(run), quantity))
    packs: Grouped = {}
    for sequence, unit, action, item, number, kind, child, quantity in sql.rows(
        "SELECT k.event_id, u.uid, k.action, i.uid, l.number, l.kind, c.uid, k.quantity FROM ledger_packing k"
        " JOIN places_place u ON u.id = k.unit_id LEFT JOIN places_place c ON c.id = k.child_id"
        " LEFT JOIN lots_lot l ON l.id = k.lot_id LEFT JOIN catalog_item i ON i.id = l.item_id"
        " WHERE k.event_id BETWEEN %s AND %s AND NOT k.derived ORDER BY k.id",
        [first, last],
    ):
        lot = None if item is None else [_uid(item), number, kind]
        packs.setdefault(sequence, []).append((_uid(unit), action, lot, _uid(child), quantity))
    return moves, names, packs


def _uid(value: UUID | str | None) -> str | None:
    return None if value is None else str(sql.to_uid(value))
