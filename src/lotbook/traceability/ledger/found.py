"""What a batch of posted events names, found at once: items, places, units, partners, lots.

The number of statements does not depend on the size of the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lotbook.foundation.catalog.rules import Units
from lotbook.kernel import sql
from lotbook.kernel.checks import storable
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.keys import Gln, Gtin, Sscc
from lotbook.traceability.ledger.posted import EventIn
from lotbook.traceability.lots import batch as lots


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item as named; ``content`` is set when it was named by a packaging's GTIN."""

    id: int
    code: str
    unit: str
    scale: int
    tracking: str
    content: int | None = None


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place as named."""

    id: int
    code: str
    kind: str


class Book:
    """What the book knows of the names in a batch."""

    def __init__(self, events: Sequence[EventIn]) -> None:
        moves = [move for event in events for move in event.movements]
        concerns = [concern for event in events for concern in event.concerns]
        self.items = named_items({move.item for move in moves} | {concern.item for concern in concerns})
        self.places = named_places(
            {event.place for event in events}
            | {name for move in moves for name in (move.source, move.destination)}
            | {concern.logistic_unit for concern in concerns}
        )
        self.brought: set[lots.Identity] = set()
        """Lots that an earlier event of the batch brings: a later one may use them."""
        ends = {name for move in moves for name in (move.source, move.destination)}
        found, self.without_place = partner_places(ends - set(self.places))
        self.places |= found
        converted = {move.item for move in moves if move.unit}
        self.conversions = _conversions({self.items[name].id for name in converted if name in self.items})
        self.suppliers = _partners({move.facts.supplier or "" for move in moves})
        self.locations = _locations({move.facts.tlc_source or "" for move in moves})
        outer = {(move.item, move.lot.strip()) for move in moves if move.serial and move.lot.strip()}
        self.outer_lots = lots.by_identity(
            sorted((self.items[item].id, number, 1) for item, number in outer if item in self.items)
        )

    def units(self, item: FoundItem) -> Units:
        """What quantities of the item can be said in."""
        return Units(item.unit, item.scale, self.conversions.get(item.id, {}))


_PLACE = "t.id, t.code, t.kind"


def _texts(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name and not storable(name)})


def _probe(table: str, column: str, wanted: str, texts: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of ``table`` whose ``column`` is one of ``texts``: an index probe each (limits, trap 1)."""
    if not texts:
        return []
    if sql.is_postgres():
        kind = "uuid" if column == "uid" else "text"
        return sql.rows(
            f"SELECT u.value, {wanted} FROM unnest(%s::{kind}[]) u(value)"
            f" CROSS JOIN LATERAL (SELECT * FROM {table} WHERE {column} = u.value LIMIT 1) t",
            [list(texts)],
        )
    import orjson

    return sql.rows(
        f"SELECT u.value, {wanted} FROM json_each(%s) u CROSS JOIN {table} t WHERE t.{column} = u.value",
        [orjson.dumps(texts).decode()],
    )


def _by_key(
    table: str, wanted: str, texts: Sequence[str], readings: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[Any, ...]]:
    """Rows by the name they were asked for: the code first, then each other key, then the uid.

    ``readings``: column → (name as written → key as stored).
    """
    found: dict[str, tuple[Any, ...]] = {}
    columns: list[tuple[str, Mapping[str, str]]] = []
    if "code" in readings:
        columns.append(("code", readings["code"]))
    columns += [(column, keys) for column, keys in readings.items() if column != "code"]
    columns.append(("uid", {text: key for text in texts if (key := _uid_key(text))}))
    for column, keys in columns:
        open_names = {name: key for name, key in keys.items() if name not in found}
        rows = {
            str(row[0]): tuple(row[1:])
            for row in _probe(table, column, wanted, sorted(set(open_names.values())))
        }
        found |= {name: rows[key] for name, key in open_names.items() if key in rows}
    return found


def _uid_key(text: str) -> str:
    if len(text) not in (32, 36):
        return ""
    try:
        uid = UUID(text)
    except ValueError:
        return ""
    return str(uid) if sql.is_postgres() else uid.hex


def _gs1(texts: Iterable[str], kind: type[Gtin] | type[Gln] | type[Sscc]) -> dict[str, str]:
    keys = {}
    for text in texts:
        if 8 <= len(text) <= 30 and text[:1].isdigit():
            try:
                keys[text] = kind.parse(text).value
            except MalformedError:
                continue
    return keys


def named_items(names: Iterable[str]) -> dict[str, FoundItem]:
    """Items by code, GTIN (their own or a packaging's) or uid; unknown names are absent."""
    texts = _texts(names)
    columns = "t.id, t.code, t.unit, t.scale, t.tracking"
    gtins = _gs1(texts, Gtin)
    rows = _by_key("catalog_item", columns, texts, {"code": {text: text for text in texts}, "gtin": gtins})
    found = {name: FoundItem(*row) for name, row in rows.items()}
    packed = {name: gtin for name, gtin in gtins.items() if name not in found}
    if packed:
        table = (
            "(SELECT p.gtin, i.id, i.code, i.unit, i.scale, i.tracking, p.content"
            " FROM catalog_packaging p JOIN catalog_item i ON i.id = p.item_id)"
        )
        levels = {
            row[0]: FoundItem(*row[1:])
            for row in _probe(
                f"{table} {'x' if sql.is_postgres() else ''}",
                "gtin",
                f"{columns}, t.content",
                sorted(set(packed.values())),
            )
        }
        found |= {name: levels[gtin] for name, gtin in packed.items() if gtin in levels}
    return found


def named_places(names: Iterable[str]) -> dict[str, FoundPlace]:
    """Places by code, GLN, SSCC or uid; unknown names are absent."""
    texts = _texts(names)
    readings = {"code": {text: text for text in texts}, "gln": _gs1(texts, Gln), "sscc": _gs1(texts, Sscc)}
    rows = _by_key("places_place", _PLACE, texts, readings)
    return {name: FoundPlace(*row) for name, row in rows.items()}


def partner_places(names: Iterable[str]) -> tuple[dict[str, FoundPlace], dict[str, int]]:
    """The places of partners by the partner's code, GLN or uid; and the partners that have none yet."""
    partners = _partners(names)
    keys = sorted({f"partner:{key}" for key in partners.values()})
    rows = {row[0]: FoundPlace(*row[1:]) for row in _probe("places_place", "key", _PLACE, keys)}
    found = {name: rows[f"partner:{key}"] for name, key in partners.items() if f"partner:{key}" in rows}
    return found, {name: key for name, key in partners.items() if name not in found}


def _partners(names: Iterable[str]) -> dict[str, int]:
    texts = _texts(names)
    readings = {"code": {text: text for text in texts}, "gln": _gs1(texts, Gln)}
    return {name: row[0] for name, row in _by_key("partners_partner", "t.id", texts, readings).items()}


def _locations(names: Iterable[str]) -> dict[str, int]:
    texts = _texts(names)
    rows = _by_key("partners_location", "t.id", texts, {"gln": _gs1(texts, Gln)})
    return {name: row[0] for name, row in rows.items()}


def _conversions(items: Iterable[int]) -> dict[int, dict[str, tuple[int, int]]]:
    keys = sorted(items)
    if not keys:
        return {}
    wanted = "SELECT c.item_id, c.unit, c.numerator, c.denominator FROM"
    if sql.is_postgres():
        rows = sql.rows(
            f"{wanted} unnest(%s::bigint[]) u(id) JOIN catalog_conversion c ON c.item_id = u.id",
            [sql.array(keys)],
        )
    else:
        listed = f"[{','.join(map(str, keys))}]"
        rows = sql.rows(
            f"{wanted} json_each(%s) u CROSS JOIN catalog_conversion c WHERE c.item_id = u.value", [listed]
        )
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for item, unit, numerator, denominator in rows:
        found.setdefault(item, {})[unit] = (numerator, denominator)
    return found
