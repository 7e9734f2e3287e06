"""From what a person types or scans to what it names: never a guess, several answers where there are several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from lotbook.kernel import sql
from lotbook.standards import epc, gs1
from lotbook.standards.epc import Identity
from lotbook.traceability.trace import engine, history
from lotbook.traceability.trace.rules import Subject

CHOICES_MAX = 50
"""Most answers given to one search."""

_LOT = (
    "SELECT l.id, l.uid, i.code, i.name, l.number, l.kind, l.uri, i.gtin, l.expires_on"
    " FROM lots_lot l JOIN catalog_item i ON i.id = l.item_id WHERE "
)
_TRADE_ITEMS = frozenset({"sgtin", "lgtin", "gtin"})
"""EPC schemes that are a GTIN and nothing more; pieces (ITIP) and tobacco serials (UPUI) are other things."""

_UNIT = "SELECT p.id, p.uid, p.code, p.sscc, p.uri FROM places_place p WHERE p.kind = 'unit' AND "


def resolve(text: str) -> list[Subject]:
    """Everything ``text`` may name in the book.

    A lot or supplier's lot number, serial, GTIN, SSCC, GS1 element string, Digital Link, EPC URN, any
    other URI the book has met, or a UUID of ours. Empty where the book knows nothing of the kind; several where it is ambiguous (at most 50).
    """
    text = text.strip()
    if not text or len(text) > 2000:
        return []
    found = _by_uri(text) if ":" in text and not text.startswith(("(", "]")) else []
    if not found and (text.startswith(("(", "]")) or "\x1d" in text):
        found = _by_elements(text)
    return found or _by_digits(text) or _by_uuid(text) or _by_number(text)


def subject_of_lot(uid: UUID) -> Subject | None:
    """The subject for one of our lots."""
    found = _lots("l.uid = %s", [sql.from_uid(uid)])
    return found[0] if found else None


def _by_uri(text: str) -> list[Subject]:
    found = _joined(_lots("l.uri = %s", [text]), _units("(p.uri = %s OR p.key = %s)", [text, text]))
    if found:
        return found
    try:
        identity = epc.identify(text)
    except ValueError:
        return []
    if text.lower().startswith("urn:uuid:"):
        found = _by_uuid(text[9:])
    return found or _by_identity(identity)


def _by_elements(text: str) -> list[Subject]:
    try:
        return _by_identity(epc.from_elements(gs1.parse_elements(text)))
    except ValueError:
        return []


def _by_identity(identity: Identity) -> list[Subject]:
    """What a parsed identifier names; an item stands for all its lots."""
    units = _units("p.key = %s", [identity.key])
    if identity.sscc:
        units = units or _units("p.sscc = %s", [identity.sscc])
    lots: list[Subject] = []
    if identity.gtin and identity.scheme in _TRADE_ITEMS:
        same = "(i.gtin = %s OR i.code = %s)"
        keys = [identity.gtin, identity.gtin]
        if identity.kind == "serial":
            lots = _lots(f"{same} AND l.kind = 2 AND l.number = %s", [*keys, identity.serial])
        else:
            # A carton's GTIN with a lot is the lot of what is in it; a carton's serial is not.
            packed = "i.id IN (SELECT item_id FROM catalog_packaging WHERE gtin = %s)"
            same, keys = f"({same} OR {packed})", [*keys, identity.gtin]
        if identity.kind == "lot":
            lots = _lots(f"{same} AND l.kind = 1 AND l.number = %s", [*keys, identity.lot])
        elif identity.kind == "item":
            lots = _lots(f"{same} AND l.kind = 0", keys) or _lots(same, keys)
    if not lots:
        lots = _lots("(l.uri = %s OR i.uri = %s OR i.code = %s)", [identity.key, identity.key, identity.key])
    return _joined(lots, units)


def _by_digits(text: str) -> list[Subject]:
    digits = re.sub(r"[ .-]", "", text)
    if not digits.isascii() or not digits.isdigit():
        return []
    found: list[Subject] = []
    if len(digits) == 18 and gs1.has_check_digit(digits):
        found = _units("p.sscc = %s", [digits])
    if len(digits) in (8, 12, 13, 14) and gs1.has_check_digit(digits):
        found = found or _lots("i.gtin = %s", [digits.zfill(14)])
    # Digits may be a lot number too: then both are offered.
    return found + [one for one in _by_number(text) if one not in found] if found else []


def _by_uuid(text: str) -> list[Subject]:
    try:
        uid = UUID(text)
    except ValueError:
        return []
    return _joined(_lots("l.uid = %s", [sql.from_uid(uid)]), _units("p.uid = %s", [sql.from_uid(uid)]))


def _by_number(text: str) -> list[Subject]:
    lots = _lots("l.number = %s", [text]) + _lots("l.supplier_lot = %s AND l.number <> %s", [text, text])
    return lots + _units("(p.code = %s OR p.sscc = %s)", [text, text])


def _lots(condition: str, parameters: Sequence[object]) -> list[Subject]:
    return [
        Subject(
            lot=row[0],
            item=row[2],
            item_name=row[3],
            number=row[4],
            uri=row[6] or history.uri(row[7], row[4], row[5], sql.to_uid(row[1])),
            uid=str(sql.to_uid(row[1])),
            expires_on=sql.to_date(row[8]),
            where=_where(row[0]),
        )
        for row in sql.rows(
            f"{_LOT}{condition} ORDER BY i.code, l.number, l.id LIMIT {CHOICES_MAX}", parameters
        )
    ]


def _units(condition: str, parameters: Sequence[object]) -> list[Subject]:
    return [
        Subject(
            unit=row[0],
            number=row[3] or row[2],
            uri=row[4] or history.unit_uri(row[3], row[2]),
            uid=str(sql.to_uid(row[1])),
        )
        for row in sql.rows(f"{_UNIT}{condition} ORDER BY p.code LIMIT {CHOICES_MAX}", parameters)
    ]


def _joined(lots: list[Subject], units: list[Subject]) -> list[Subject]:
    """A lot and a unit of one URI are one thing: goods that contain other goods."""
    if len(lots) == 1 and len(units) == 1:
        lot, unit = lots[0], units[0]
        return [
            Subject(
                lot.lot,
                unit.unit,
                lot.item,
                lot.item_name,
                lot.number,
                lot.uri,
                lot.uid,
                lot.expires_on,
                lot.where,
            )
        ]
    return lots + units


def _where(lot: int) -> str:
    """The place with most of a lot, to tell two lots of one number apart."""
    found = sql.rows(
        "SELECT coalesce(nullif(p.name, ''), p.code) FROM ledger_balance b JOIN places_place p ON p.id = b.place_id"
        " WHERE b.lot_id = %s AND b.on_hand > 0 ORDER BY b.own DESC, b.on_hand DESC LIMIT 1",
        [lot],
    )
    return str(found[0][0]) if found else ""


def node_names(nodes: Sequence[int]) -> dict[int, str]:
    """Codes of the runs among trace nodes, for drawing."""
    places = [node // 2 for node in nodes if node % 2]
    if not places:
        return {}
    found = sql.rows(
        f"SELECT p.id, coalesce(nullif(p.name, ''), p.code) FROM {engine.listed()} k JOIN places_place p ON p.id = k.key",
        [engine.keys(places)],
    )
    return {2 * row[0] + 1: row[1] for row in found}
