"""From what people paste or scan to lots, all lines at once: a constant number of statements.

A line is a lot number (ours or the supplier's), ``ITEM:number`` where several items have the number, a uid,
a URI, a Digital Link or a GS1 element string with a lot or a serial. Nothing is guessed: a line that names
several lots is refused with what it may be.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from lotbook.kernel import sql
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, Refused
from lotbook.standards import epc, gs1
from lotbook.traceability.trace.convergence.rules import LOTS_MAX, Lot

LINE_MAX = 2_000
FAULTS_MAX = 20
Found = dict[str, dict[int, Lot]]


def lines(text: str) -> list[str]:
    """The lines of a pasted text, each once, in order; commas and semicolons part lines too."""
    parts = (part.strip() for part in re.split(r"[\r\n,;]+", text))
    return list(dict.fromkeys(part for part in parts if part))


def lots(texts: Sequence[str], *, field: str) -> list[Lot]:
    """The lots that ``texts`` name, each once, in order. Raises Refused naming what is not one lot."""
    wanted = list(dict.fromkeys(one.strip() for one in texts if one.strip()))
    if len(wanted) > LOTS_MAX:
        cause = f"{len(wanted)} lots are named, at most {LOTS_MAX} can be looked at together."
        raise Refused(Fault(field, cause, "Take the clearest cases."))
    readable = [one for one in wanted if len(one) <= LINE_MAX and not storable(one)]
    found = _named(readable)
    faults: list[Fault] = []
    result: dict[int, Lot] = {}
    for one in wanted:
        named = list(found.get(one, {}).values())
        if len(named) == 1:
            result[named[0].id] = named[0]
        elif not named:
            shown = one[:60].replace("\x1d", " ")
            faults.append(
                Fault(field, f"the book knows no lot named {shown!r}.", "Check the number.", "unknown")
            )
        else:
            choices = "; ".join(f"{lot.item}:{lot.number}" for lot in named[:5])
            faults.append(Fault(field, f"{one[:60]} may be {choices}.", "Write one of these.", "ambiguous"))
    if faults:
        more = len(faults) - FAULTS_MAX
        told = faults[:FAULTS_MAX]
        if more > 0:
            told.append(Fault(field, f"{more} more lines name no lot, or several."))
        raise Refused(told)
    return list(result.values())


def _named(texts: Sequence[str]) -> Found:
    """What each text may be: by uid, by URI or identity, else by number; the surest reading counts."""
    found: Found = defaultdict(dict)
    uids = {text: _uid(text) for text in texts}
    _add(found, _by(_pairs((text, str(sql.from_uid(uid))) for text, uid in uids.items() if uid), "uid"))
    coded = [
        text for text in texts if text not in found and (":" in text or text[:1] in "([" or "\x1d" in text)
    ]
    if coded:
        _add(found, _by(_pairs((text, text) for text in coded), "uri"))
        _add(found, _by(_pairs(_identities(coded)), "identity"))
        _add(found, _by(_pairs((text, text) for text in coded if text not in found), "item"))
    plain = _pairs((text, text) for text in texts if text not in found)
    _add(found, _by(plain, "number"))
    return found


def _add(found: Found, rows: Iterable[tuple[Any, ...]]) -> None:
    for text, key, uid, code, name, number, item in rows:
        found.setdefault(text, {})[key] = Lot(key, str(sql.to_uid(uid)), code, name, number, item)


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _identities(texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Texts with the identity they carry, as ``gtin kind number``."""
    for text in texts:
        try:
            if text[:1] in "([" or "\x1d" in text:
                identity = epc.from_elements(gs1.parse_elements(text))
            else:
                identity = epc.identify(text)
        except ValueError:
            continue
        number = identity.serial if identity.kind == "serial" else identity.lot
        if identity.gtin and number and identity.kind in ("lot", "serial"):
            yield text, f"{identity.gtin} {2 if identity.kind == 'serial' else 1} {number}"


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in pairs]


def _by(pairs: list[list[str]], what: str) -> list[tuple[Any, ...]]:
    """Lots by what the second of each pair is: one statement for all of them."""
    if not pairs:
        return []
    if sql.is_postgres():
        wanted = "unnest(%s::text[], %s::text[]) w(text, value)"
        parameters: list[Any] = [[pair[0] for pair in pairs], [pair[1] for pair in pairs]]
        uid = "l.uid = w.value::uuid"
    else:
        wanted = "(SELECT value->>0 AS text, value->>1 AS value FROM json_each(%s)) w"
        parameters = [orjson.dumps(pairs).decode()]
        uid = "l.uid = w.value"
    colon = "strpos(w.value, ':')" if sql.is_postgres() else "instr(w.value, ':')"
    gtin, kind, number = "substr(w.value, 1, 14)", "substr(w.value, 16, 1)", "substr(w.value, 18)"
    condition = {
        "uid": uid,
        "uri": "l.uri = w.value",
        "number": "(l.number = w.value OR l.supplier_lot = w.value)",
        "item": f"i.code = substr(w.value, 1, {colon} - 1) AND l.number = substr(w.value, {colon} + 1)",
        "identity": (
            f"l.number = {number} AND l.kind = CAST({kind} AS integer) AND (i.gtin = {gtin} OR EXISTS"
            f" (SELECT 1 FROM catalog_packaging k WHERE k.item_id = i.id AND k.gtin = {gtin}))"
        ),
    }[what]
    query = (
        f"SELECT w.text, l.id, l.uid, i.code, i.name, l.number, i.id FROM {wanted}"
        f" CROSS JOIN lots_lot l JOIN catalog_item i ON i.id = l.item_id WHERE {condition} ORDER BY i.code, l.id"
    )
    return sql.rows(query, parameters)
