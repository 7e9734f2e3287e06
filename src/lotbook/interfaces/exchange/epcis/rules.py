"""What a foreign event says, in the ledger's words: pure decisions, no ORM, no clock.

``plan`` turns one valid EPCIS event into a ``Plan`` that names things by their canonical keys
(``standards.epc``) and places by ``Spot``. ``actions`` looks the keys up, makes what the book does not know
yet, and posts. What an event does not say is not invented: a missing quantity makes a mention, never a
movement.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from lotbook.standards.epc import Identity, identify
from lotbook.standards.epcis import instant
from lotbook.standards.errors import MalformedError

CODE_MAX = 500
NUMBER_MAX = 500
URI_MAX = 500
MOVES_MAX = 10_000
"""The ledger's most movements of one event; what is beyond is mentioned."""

PIECE = "H87"
TRADE_ITEMS = frozenset({"sgtin", "lgtin", "gtin"})
BULK, LOT, SERIAL = 0, 1, 2

_SHIPPING = frozenset({"shipping"})
_RECEIVING = frozenset({"receiving"})
_DELIVERING = _SHIPPING | _RECEIVING
_VOCABULARY = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):|https?://(?:ref|ns)\.gs1\.org/cbv/(?:BizStep|Disp|BTT|SDT|ER)-"
    r"|cbv:(?:BizStep|Disp|BTT|SDT|ER)-)(?P<word>.+)"
)


@dataclass(frozen=True, slots=True)
class Thing:
    """A lot, serial, class of goods or logistic unit that an event names; the same ``key``, the same thing.

    One identifier may be used as goods and as a ``unit`` both: these are two things of one key.

    ``code``, ``number`` and ``kind`` (0 untracked, 1 lot, 2 serial) are its identity as a lot of the book:
    ``code`` is a GTIN-14 for trade items, and the key itself for everything else, which then is an item of
    its own. Of a ``unit`` they are not used.
    """

    key: str
    unit: bool
    code: str = field(compare=False)
    number: str = field(compare=False)
    kind: int = field(compare=False)
    uri: str = field(compare=False)
    gtin: str | None = field(default=None, compare=False)
    sscc: str | None = field(default=None, compare=False)
    gln: str | None = field(default=None, compare=False)
    lot: str | None = field(default=None, compare=False)
    place: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the ledger: kind ``at`` (a location), ``party``, ``run``, ``elsewhere`` or ``loss``."""

    kind: str
    key: str = ""
    uri: str = field(default="", compare=False)
    gln: str | None = field(default=None, compare=False)
    extension: str | None = field(default=None, compare=False)


ELSEWHERE = Spot("elsewhere")
LOSS = Spot("loss")


@dataclass(frozen=True, slots=True)
class Amount:
    """How much, in the event's own unit; without a unit it counts pieces (EPCIS 2.0, 7.3.3.3)."""

    number: Decimal
    unit: str = PIECE


ONE = Amount(Decimal(1))


@dataclass(frozen=True, slots=True)
class MovePlan:
    """A movement; if the quantity does not fit, the same thing in the role of a mention."""

    thing: Thing
    source: Spot
    destination: Spot
    amount: Amount
    role: str
    run: Spot | None = None


@dataclass(frozen=True, slots=True)
class NamePlan:
    """A mention of a thing in a role."""

    thing: Thing
    role: str
    run: Spot | None = None
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class PackPlan:
    """``child`` put into (+1) or taken out of (-1) ``unit``; without a child the unit is emptied.

    ``seen``: it was observed inside; that tells where it is, and adds nothing to what was put in before.
    """

    unit: Thing
    action: int
    child: Thing | None = None
    amount: Amount | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event does. ``place`` is where it happened; ``facts`` describe the lots in ``made``.

    ``sender`` and ``receiver`` are the other organisation of a receipt or a shipment: named in the event's
    data even where a movement cannot carry them, as when a whole logistic unit is shipped.
    """

    occurred_at: datetime
    data: Mapping[str, Any]
    place: Spot | None = None
    moves: tuple[MovePlan, ...] = ()
    names: tuple[NamePlan, ...] = ()
    packs: tuple[PackPlan, ...] = ()
    document_kind: str = ""
    document_number: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    sender: Spot | None = None
    receiver: Spot | None = None

    def mentions_only(self, note: str) -> Plan:
        """The same event without any effect: it names what it named, and moves, links and packs nothing."""
        named = [NamePlan(one.thing, one.role, None, one.amount) for one in self.moves]
        named += [replace(one, run=None) for one in self.names]
        notes = (*self.notes, note)
        return replace(self, moves=(), packs=(), names=_once(named), notes=notes, sender=None, receiver=None)

    def bare(self, note: str) -> Plan:
        """The same event as a record alone."""
        return replace(self.mentions_only(note), names=(), place=None)


def shortened(text: str, limit: int) -> str:
    """``text`` within ``limit`` characters, still different for different texts."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 13]}~{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def readable(uri: str) -> str:
    """The last part of a URI that says something: what a person would call it."""
    bare = uri.split("?", 1)[0].rstrip("/#:")
    tail = re.split(r"[/:#]", bare)[-1]
    return tail or bare or uri


def word(text: object) -> str:
    """A term of the Core Business Vocabulary as bare word, however it is written; other URIs as they are."""
    if not isinstance(text, str):
        return ""
    match = _VOCABULARY.fullmatch(text)
    return match["word"] if match else text


@lru_cache(maxsize=65_536)
def named(uri: str) -> Identity:
    """What ``uri`` names; a text that is no URI names itself. Remembered: documents repeat the same few."""
    try:
        return identify(uri)
    except MalformedError:
        return Identity("opaque", uri, uri=uri)


def thing(uri: str, *, as_class: bool = False) -> Thing:
    """What an identifier of a list of things names; ``as_class`` when it stands in a list of quantities."""
    one = named(uri)
    if one.kind == "unit":
        return Thing(one.key, True, "", "", SERIAL, uri, sscc=one.sscc)
    if one.scheme in TRADE_ITEMS and one.gtin:
        number = one.serial if one.kind == "serial" else one.lot if one.kind == "lot" else ""
        kind = {"serial": SERIAL, "lot": LOT}.get(one.kind, BULK)
        return Thing(one.key, False, one.gtin, _storable(number or ""), kind, uri, gtin=one.gtin, lot=one.lot)
    code = shortened(one.key, CODE_MAX)
    if one.kind == "item":
        return Thing(one.key, False, code, "", BULK, uri)
    if one.kind == "lot":
        return Thing(one.key, False, code, _storable(one.lot or readable(uri)), LOT, uri)
    kind = LOT if as_class else SERIAL
    number = _storable(one.serial or readable(one.key))
    return Thing(one.key, False, code, number, kind, uri, gln=one.gln, place=one.kind == "place")


def _storable(number: str) -> str:
    """A lot number as every database takes it: control characters stay escaped as they were in the URI."""
    plain = "".join(c if c.isprintable() else quote(c) for c in number)
    return shortened(plain, NUMBER_MAX)


def location(uri: str) -> Spot:
    """The place a readPoint or bizLocation names."""
    one = named(uri)
    return Spot("at", one.key, uri, one.gln, one.extension)


def party(uri: str) -> Spot:
    """The organisation a source or destination names: all locations and parties of one GLN are one."""
    one = named(uri)
    key = f"/417/{one.gln}" if one.gln else one.key
    return Spot("party", key, uri, one.gln)


def moment(event: Mapping[str, Any]) -> datetime:
    """When it happened, in the time zone where it happened."""
    at = instant(str(event["eventTime"]))
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", str(event.get("eventTimeZoneOffset", "")))
    if offset is None:
        return at
    minutes = int(offset[2]) * 60 + int(offset[3])
    zone = timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at.astimezone(UTC)


def plan(event: Mapping[str, Any], *, run_key: str, event_id: str, content: str) -> Plan:
    """What a valid event says. ``run_key`` names the run of a transformation without transformationID."""
    documents = [entry for entry in _objects(event.get("bizTransactionList")) if entry.get("bizTransaction")]
    first = documents[0] if documents else {}
    try:
        occurred_at, notes = moment(event), tuple[str, ...]()
    except MalformedError as problem:
        # A time at the ends of the calendar has no equivalent in UTC; the words stay in the event.
        occurred_at, notes = datetime(1, 1, 2, tzinfo=UTC), (str(problem),)
    base = Plan(
        occurred_at=occurred_at,
        data=_data(event, event_id, content),
        place=_spot(event, "readPoint") or _spot(event, "bizLocation"),
        document_kind=word(first.get("type"))[:40] or ("document" if first else ""),
        document_number=str(first.get("bizTransaction", ""))[:500],
        notes=notes,
        sender=_end(event, "source") if word(event.get("bizStep")) in _DELIVERING else None,
        receiver=_end(event, "destination") if word(event.get("bizStep")) in _DELIVERING else None,
    )
    mapped = _MAPPERS.get(str(event.get("type")))
    if mapped is None:
        return replace(base, notes=(*notes, f"{event.get('type')}: no event of the standard; kept as it is."))
    return mapped(base, event, run_key)


def _object(base: Plan, event: Mapping[str, Any], _: str) -> Plan:
    action = str(event.get("action"))
    source = _end(event, "source")
    leaves = _spot(event, "readPoint") or _spot(event, "bizLocation") or ELSEWHERE
    stays = _spot(event, "bizLocation") or _spot(event, "readPoint") or ELSEWHERE
    way: tuple[Spot, Spot] | None = None
    if action == "ADD":
        way = (source or ELSEWHERE, stays)
    elif action == "DELETE":
        way = (stays, LOSS)
    elif base.receiver and word(event.get("bizStep")) in _SHIPPING:
        way = (leaves, base.receiver)
    elif base.sender and word(event.get("bizStep")) in _RECEIVING:
        way = (base.sender, stays)
    planned = _listed(event, "epcList", "quantityList")
    base = replace(base, facts=facts(event.get("ilmd")) if action == "ADD" else {})
    base = replace(base, made=frozenset(one.key for one, _ in planned) if base.facts else frozenset())
    return _moved(base, planned, way, "observed")


def _transaction(base: Plan, event: Mapping[str, Any], _: str) -> Plan:
    planned = _listed(event, "epcList", "quantityList")
    names = [NamePlan(one, "concerned", None, amount) for one, amount in planned]
    return replace(base, names=_once([*_parent(event), *names]))


def _aggregation(base: Plan, event: Mapping[str, Any], _: str) -> Plan:
    action = str(event.get("action"))
    planned = _listed(event, "childEPCs", "childQuantityList")
    role = {"ADD": "packed", "DELETE": "unpacked"}.get(action, "observed")
    names = [*_parent(event), *(NamePlan(one, role, None, amount) for one, amount in planned)]
    if not event.get("parentID"):
        return replace(base, names=_once(names))
    unit = as_unit(str(event["parentID"]))
    sign = -1 if action == "DELETE" else 1
    seen = action == "OBSERVE"
    packs = [PackPlan(unit, sign, one, amount, seen) for one, amount in planned if one.key != unit.key]
    if action == "DELETE" and not planned:
        packs = [PackPlan(unit, -1)]
    return replace(base, names=_once(names), packs=tuple(packs))


def _transformation(base: Plan, event: Mapping[str, Any], run_key: str) -> Plan:
    transformation = event.get("transformationID")
    run = Spot(
        "run",
        f"run:{named(str(transformation)).key if transformation else run_key}",
        str(transformation or ""),
    )
    here = _spot(event, "bizLocation") or _spot(event, "readPoint") or ELSEWHERE
    inputs = _listed(event, "inputEPCList", "inputQuantityList")
    outputs = _listed(event, "outputEPCList", "outputQuantityList")
    into = _moved(base, inputs, (here, run), "input", run)
    out = _moved(base, outputs, (run, here), "output", run)
    described = facts(event.get("ilmd"))
    moves = (*into.moves, *out.moves)
    over = [NamePlan(one.thing, one.role, run, one.amount) for one in moves[MOVES_MAX:]]
    return replace(
        base,
        moves=moves[:MOVES_MAX],
        names=_once([*into.names, *out.names, *over]),
        facts=described,
        made=frozenset(one.key for one, _ in outputs) if described else frozenset(),
    )


_MAPPERS = {
    "ObjectEvent": _object,
    "TransactionEvent": _transaction,
    "AggregationEvent": _aggregation,
    "AssociationEvent": _aggregation,
    "TransformationEvent": _transformation,
}


def _moved(
    base: Plan,
    planned: Iterable[tuple[Thing, Amount | None]],
    way: tuple[Spot, Spot] | None,
    role: str,
    run: Spot | None = None,
) -> Plan:
    moves: list[MovePlan] = []
    names: list[NamePlan] = []
    for one, amount in planned:
        positive = amount is not None and amount.number > 0
        if way and amount and positive and not one.unit and way[0] != way[1] and len(moves) < MOVES_MAX:
            moves.append(MovePlan(one, *way, amount, role, run))
        else:
            names.append(NamePlan(one, role, run, amount if positive else None))
    return replace(base, moves=tuple(moves), names=_once(names))


def as_unit(uri: str) -> Thing:
    """A parentID as the logistic unit it is used as."""
    return replace(thing(uri), unit=True)


def _parent(event: Mapping[str, Any]) -> list[NamePlan]:
    """The parent as unit and, unless it can be nothing else, as the lot of the same name.

    Events elsewhere may treat the same identifier as goods, in whatever order they arrive.
    """
    if not event.get("parentID"):
        return []
    uri = str(event["parentID"])
    one = thing(uri)
    unit = NamePlan(as_unit(uri), "parent")
    return [unit] if one.unit or one.place else [unit, NamePlan(one, "parent")]


def _listed(event: Mapping[str, Any], things: str, quantities: str) -> list[tuple[Thing, Amount | None]]:
    """Everything in a list of instances and a list of quantities, in order."""
    found: list[tuple[Thing, Amount | None]] = []
    for uri in event.get(things) or ():
        one = thing(str(uri))
        # A class in the list of instances says nothing of how many.
        found.append((one, None if one.unit or one.kind == BULK else ONE))
    for entry in _objects(event.get(quantities)):
        one = thing(str(entry.get("epcClass")), as_class=True)
        found.append((one, None if one.unit else _amount(entry)))
    return found


def _amount(entry: Mapping[str, Any]) -> Amount | None:
    number = entry.get("quantity")
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return None
    exact = number if isinstance(number, Decimal) else Decimal(str(number))
    return Amount(exact, str(entry.get("uom") or PIECE)) if exact.is_finite() else None


def _spot(event: Mapping[str, Any], name: str) -> Spot | None:
    one = event.get(name)
    uri = one.get("id") if isinstance(one, Mapping) else None
    return location(str(uri)) if uri else None


_ENDS = ("owning_party", "possessing_party", "location")
"""Who counts as the other side: the buyer or seller first, then who holds the goods, then where they are."""


def _end(event: Mapping[str, Any], name: str) -> Spot | None:
    entries = {
        word(entry.get("type")): str(entry[name])
        for entry in _objects(event.get(f"{name}List"))
        if entry.get(name)
    }
    return next((party(entries[kind]) for kind in _ENDS if kind in entries), None)


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _once(names: Iterable[NamePlan]) -> tuple[NamePlan, ...]:
    return tuple(dict.fromkeys(names))


def _data(event: Mapping[str, Any], event_id: str, content: str) -> dict[str, Any]:
    """What the ledger's event keeps in words: texts and lists of texts only."""
    kept: dict[str, Any] = {"eventID": event_id, "type": str(event.get("type")), "content": content}
    for name in ("action", "bizStep", "disposition", "recordTime", "transformationID", "parentID"):
        if isinstance(event.get(name), str):
            kept[name] = word(event[name])
    for name in ("readPoint", "bizLocation"):
        one = event.get(name)
        if isinstance(one, Mapping) and isinstance(one.get("id"), str):
            kept[name] = one["id"]
    for name, member in (
        ("sourceList", "source"),
        ("destinationList", "destination"),
        ("bizTransactionList", "bizTransaction"),
    ):
        entries = [
            {"type": word(entry.get("type")), member: str(entry.get(member))}
            for entry in _objects(event.get(name))
        ]
        if entries:
            kept[name] = entries
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        words = [{key: str(value) for key, value in entry.items()} for entry in _objects(event.get(name))]
        if words:
            kept[name] = words
    if isinstance(event.get("errorDeclaration"), Mapping):
        declaration = event["errorDeclaration"]
        kept["errorDeclaration"] = {
            "declarationTime": str(declaration.get("declarationTime")),
            "reason": word(declaration.get("reason")),
            "correctiveEventIDs": [str(one) for one in declaration.get("correctiveEventIDs") or ()],
        }
    return kept


_DATES = {
    "itemExpirationDate": "expires_on",
    "bestBeforeDate": "best_before_on",
    "sellByDate": "sell_by_on",
    "productionDate": "produced_on",
    "packagingDate": "packed_on",
    "harvestEndDate": "harvested_on",
}


def facts(ilmd: object) -> dict[str, Any]:
    """The fields of a lot that its instance/lot master data tells; what does not fit stays in the event."""
    found: dict[str, Any] = {}
    for name, value in ilmd.items() if isinstance(ilmd, Mapping) else ():
        local = re.split(r"[:#/]", str(name))[-1]
        if not isinstance(value, str):
            continue
        if local in _DATES and (day := _day(value)):
            found.setdefault(_DATES[local], day)
        elif local == "countryOfOrigin" and re.fullmatch("[A-Z]{2}", value):
            found.setdefault("origin_country", value)
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if len(text) == 10 or text[10:11] == "T" else None
    except ValueError:
        return None


_NAMES = (
    "name",
    "descriptionShort",
    "functionalName",
    "regulatedProductName",
    "tradeItemDescription",
    "legalEntityName",
)


def names(document: object) -> dict[str, str]:
    """What master data in a document's header calls items, places and parties, by canonical key."""
    found: dict[str, str] = {}
    for element in _elements(document):
        attributes = {
            re.split(r"[:#/]", str(entry.get("id")))[-1]: entry.get("attribute")
            for entry in _objects(element.get("attributes"))
        }
        called = next((attributes[one] for one in _NAMES if isinstance(attributes.get(one), str)), None)
        if called and called.strip() and isinstance(element.get("id"), str):
            found.setdefault(named(element["id"]).key, printable(called))
    return found


def _elements(document: object) -> Iterable[Mapping[str, Any]]:
    if not isinstance(document, Mapping):
        return
    header = _inside(document, "epcisHeader", "epcisMasterData")
    results = _inside(document, "epcisBody", "queryResults", "resultsBody")
    for holder in (header, results):
        for vocabulary in _objects(holder.get("vocabularyList")):
            yield from _objects(vocabulary.get("vocabularyElementList"))


def _inside(holder: Mapping[str, Any], *steps: str) -> Mapping[str, Any]:
    for step in steps:
        value = holder.get(step)
        if not isinstance(value, Mapping):
            return {}
        holder = value
    return holder


def printable(text: str) -> str:
    """A name as every database takes it: one line, no control characters, at most 200 characters."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:200]
