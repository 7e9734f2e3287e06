"""Events as programs write them, in natural names, into drafts for the one door.

``shape`` reads one event by itself: no database. ``Intake`` finds what a whole batch names – items by
code, GTIN or uid, places by code, GLN, SSCC or uid, units, suppliers – in a number of statements that
does not depend on the size of the batch, and says of every fault where it is (``movements/0/lot``), what
was expected and got, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lotbook.foundation.catalog.rules import Units, find_unit
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.actions import partner_place
from lotbook.kernel import sql
from lotbook.kernel.checks import EARLIEST_YEAR, LATEST_YEAR, storable
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.problems import faults_of_validation, shown
from lotbook.kernel.quantity import QUANTITY_MAX, to_integer
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.keys import Gln, Gtin, Sscc
from lotbook.traceability.ledger.rules import KINDS, Draft, LotRef, Move, Name, Refusal
from lotbook.traceability.lots import batch as lots

POSTABLE = tuple(
    name for name in KINDS if name not in ("foreign", "hold", "release", "override", "unit_move")
)
"""Kinds a program may post as they are; the others have an act of their own."""

BRINGING = frozenset({"receive", "opening", "produce", "transform"})
"""Kinds by which lots come into the book. Any other kind of a lot the book does not know is a slip."""

FROM_WHERE = frozenset({"partner", "elsewhere", "difference", "run"})
"""Kinds of places out of which a new lot can come."""

NAME_MAX = 500
MOVEMENTS_MAX = 10_000

Text = Annotated[str, Field(max_length=NAME_MAX)]
Day = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(max_length=60, json_schema_extra={"format": "date-time"})]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=False, strict=True)


class DocumentIn(_Shape):
    """The paper or message behind an event: an order, an ASN, a bill of lading."""

    kind: Annotated[str, Field(max_length=40)] = ""
    number: Text = ""


class FactsIn(_Shape):
    """What a new lot is told about itself; must agree with what the book says of a known one."""

    supplier: Text | None = Field(default=None, description="A partner's code, GLN or uid.")
    supplier_lot: Annotated[str, Field(max_length=120)] | None = None
    tlc: Text | None = None
    tlc_source: Text | None = Field(default=None, description="A location's GLN or uid.")
    tlc_source_reference: Text | None = None
    origin_country: Annotated[str, Field(max_length=2)] | None = None
    harvested_on: Day | None = None
    produced_on: Day | None = None
    packed_on: Day | None = None
    received_on: Day | None = None
    sell_by_on: Day | None = None
    best_before_on: Day | None = None
    expires_on: Day | None = None
    retest_on: Day | None = None
    attributes: dict[str, Any] | None = None


class MovementIn(_Shape):
    """So much of one lot, from one place to another."""

    item: Text = Field(description="Code, GTIN or uid. By a packaging's GTIN, the quantity counts packages.")
    lot: Text = ""
    serial: Text = ""
    quantity: str = Field(max_length=60, description="Decimal text, like 12.5.")
    unit: Annotated[str, Field(max_length=20)] = Field("", description="Empty: the item's base unit.")
    source: Text = Field(alias="from", description="A place's code, GLN, SSCC or uid, or a partner's.")
    destination: Text = Field(alias="to", description="A place's code, GLN, SSCC or uid, or a partner's.")
    catch_weight_kg: str = Field("", max_length=60, description="Decimal text, to the gram.")
    facts: FactsIn = FactsIn()


class ConcernIn(_Shape):
    """A lot or a logistic unit the event names without moving it."""

    item: Text = ""
    lot: Text = ""
    serial: Text = ""
    logistic_unit: Text = Field("", description="SSCC, code or uid of a logistic unit.")


class EventIn(_Shape):
    """What happened, as somebody claims it."""

    id: str | None = Field(
        None,
        max_length=60,
        json_schema_extra={"format": "uuid"},
        description="A UUID made by the sender (version 7 at best): the same event again is a duplicate.",
    )
    kind: str = Field(max_length=20, json_schema_extra={"enum": list(POSTABLE)})
    occurred_at: Moment = Field(description="RFC 3339 with offset.")
    place: Text = Field("", description="Where: a place's code, GLN, SSCC or uid.")
    document: DocumentIn = DocumentIn()
    reason: Annotated[str, Field(max_length=2_000)] = ""
    device: Annotated[str, Field(max_length=100)] = ""
    data: dict[str, Any] = Field(default_factory=dict, description="Key data elements; numbers as texts.")
    movements: list[MovementIn] = Field(default_factory=list, max_length=MOVEMENTS_MAX)
    concerns: list[ConcernIn] = Field(default_factory=list, max_length=MOVEMENTS_MAX)
    reverses: str | None = Field(
        None, max_length=60, json_schema_extra={"format": "uuid"}, description="Kind reverse: the event's id."
    )
    override: Annotated[str, Field(max_length=2_000)] = Field(
        "", description="Why lots that are not free are used nevertheless; needs ledger.override."
    )


_EVENT = TypeAdapter(EventIn)


@dataclass(slots=True)
class Claim:
    """One event on its way to a draft: its shape, and what is wrong with it."""

    index: int
    event: EventIn | None
    uid: UUID | None = None
    occurred_at: datetime | None = None
    reverses: UUID | None = None
    faults: list[Fault] = field(default_factory=list)
    unknown: bool = False
    """Whether a fault is that the book does not know something (404 when nothing else is wrong)."""


# --- One event by itself -----------------------------------------------------------------------------


def shape(index: int, raw: object) -> Claim:
    """Read one event by itself: its members, their types, ids, times. Asks no database."""
    try:
        event = _EVENT.validate_python(raw)
    except ValidationError as problem:
        return Claim(index, None, faults=faults_of_validation(problem.errors(include_url=False)))
    claim = Claim(index, event)
    claim.uid = read_uuid(event.id, "id", claim.faults)
    claim.reverses = read_uuid(event.reverses, "reverses", claim.faults)
    claim.occurred_at = read_moment(event.occurred_at, claim.faults)
    if event.kind not in POSTABLE:
        claim.faults.append(_kind_fault(event.kind))
    if event.reverses and event.kind != "reverse":
        claim.faults.append(
            Fault("reverses", "only an event of kind reverse takes another back.", "Leave it out.")
        )
    for where, text in _names(event):
        cause = storable(text)
        if cause:
            claim.faults.append(Fault(where, f"the text {cause}.", "Remove it.", "character"))
    return claim


def _names(event: EventIn) -> Iterable[tuple[str, str]]:
    yield "place", event.place
    groups: list[tuple[str, Sequence[MovementIn | ConcernIn]]] = [
        ("movements", event.movements),
        ("concerns", event.concerns),
    ]
    for group, parts in groups:
        for index, part in enumerate(parts):
            yield f"{group}/{index}/item", part.item
            yield f"{group}/{index}/lot", part.lot
            yield f"{group}/{index}/serial", part.serial
    for index, movement in enumerate(event.movements):
        yield f"movements/{index}/from", movement.source
        yield f"movements/{index}/to", movement.destination
        for name, value in movement.facts:
            if isinstance(value, str):
                yield f"movements/{index}/facts/{name}", value
    for index, concern in enumerate(event.concerns):
        yield f"concerns/{index}/logistic_unit", concern.logistic_unit


def _kind_fault(kind: str) -> Fault:
    remedies = {
        "hold": "Put the lot on hold: POST /lots/{uid}/holds.",
        "release": "Release the hold: POST /holds/{uid}/release.",
        "override": "Give the event that needs it an override reason.",
        "foreign": "Capture the EPCIS document instead.",
        "unit_move": "Move the logistic unit in the warehouse instead.",
    }
    remedy = remedies.get(kind, "Use one of these.")
    return Fault("kind", f"expected one of {', '.join(POSTABLE)}, got {shown(kind)}.", remedy, "kind")


def read_uuid(text: str | None, where: str, faults: list[Fault]) -> UUID | None:
    """The UUID, or None and a fault; None stays None."""
    if text is None:
        return None
    try:
        uid = UUID(text)
    except ValueError:
        uid = None
    if uid is None or len(text) not in (32, 36):  # UUID() also takes braces and urn:uuid:: no plain ids
        remedy = "Write it like 0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10."
        faults.append(Fault(where, f"expected a UUID, got {shown(text)}.", remedy, "uuid"))
        return None
    return uid


def read_moment(text: str, faults: list[Fault]) -> datetime | None:
    """The time of ``occurred_at``, which must know its offset, or None and a fault."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        faults.append(
            Fault(
                "occurred_at",
                f"expected a date and time with offset, got {shown(text)}.",
                "Write it like 2027-03-03T14:05:00+01:00.",
                "time",
            )
        )
        return None
    if moment.tzinfo is None:
        remedy = "Write it like 2027-03-03T14:05:00+01:00."
        faults.append(Fault("occurred_at", "the time has no offset.", remedy, "time"))
        return None
    return moment


# --- What a batch names, found at once ---------------------------------------------------------------


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


# --- Drafts ------------------------------------------------------------------------------------------


class Intake:
    """A batch on its way to the door: read, looked up, and ready to become drafts."""

    def __init__(self, raws: Sequence[object]) -> None:
        self.claims = [shape(index, raw) for index, raw in enumerate(raws)]
        self.book = Book(
            [claim.event for claim in self.claims if claim.event is not None and not claim.faults]
        )

    def open_places(self, *, actor: str) -> None:
        """Make the places of partners named for the first time; belongs into the posting's transaction."""
        known = Partner.objects.in_bulk(sorted(set(self.book.without_place.values())))
        for name, partner in self.book.without_place.items():
            place = partner_place(known[partner], actor=actor)
            self.book.places[name] = FoundPlace(place.pk, place.code, place.kind)

    def drafts(self) -> list[Draft | Refusal]:
        """A draft, or what is wrong, for every event of the batch, in its order.

        Faults are named within their event (``movements/0/lot``). Refusals have status 404 when all that
        is wrong is that the book does not know a name, else 422.
        """
        made: list[Draft | Refusal] = []
        for claim in self.claims:
            draft = None if claim.faults else _draft(claim, self.book)
            if draft is None or claim.faults:
                status = 404 if claim.unknown and all(f.code == "unknown" for f in claim.faults) else 422
                made.append(Refusal(claim.index, claim.uid, tuple(claim.faults), status))
            else:
                made.append(draft)
                self.book.brought.update(
                    (lot.item, lot.number, lot.kind)
                    for lot in (move.lot for move in draft.moves)
                    if isinstance(lot, LotRef) and lot.create
                )
        return made


def _draft(claim: Claim, book: Book) -> Draft:
    event = claim.event
    assert event is not None
    assert claim.occurred_at is not None
    place = _place(claim, book, event.place, "place") if event.place else None
    moves = [_move(claim, book, event, index) for index in range(len(event.movements))]
    names = [_name(claim, book, event, index) for index in range(len(event.concerns))]
    return Draft(
        kind=event.kind,
        occurred_at=claim.occurred_at,
        uid=claim.uid,
        moves=[move for move in moves if move is not None],
        names=[name for name in names if name is not None],
        place=place.id if place else None,
        document_kind=event.document.kind,
        document_number=event.document.number,
        reason=event.reason,
        reverses=claim.reverses,
        data=event.data,
        device=event.device,
        override=event.override.strip(),
    )


def _move(claim: Claim, book: Book, event: EventIn, index: int) -> Move | None:
    movement = event.movements[index]
    where = f"movements/{index}"
    source = _place(claim, book, movement.source, f"{where}/from")
    destination = _place(claim, book, movement.destination, f"{where}/to")
    weight = _grams(claim, movement.catch_weight_kg, f"{where}/catch_weight_kg")
    item = _item(claim, book, movement.item, f"{where}/item")
    if item is None:
        return None
    quantity = _quantity(claim, book.units(item), item, movement, where)
    facts = _facts(claim, book, item, movement, where)
    is_new = event.kind in BRINGING and source is not None and source.kind in FROM_WHERE
    lot = _lot(claim, item, movement, where, facts, create=is_new)
    if lot is None or source is None or destination is None or not quantity:
        return None
    if (lot.item, lot.number, lot.kind) in book.brought:
        lot = replace(lot, create=True)
    return Move(lot, source.id, destination.id, quantity, catch_weight=weight)


def _name(claim: Claim, book: Book, event: EventIn, index: int) -> Name | None:
    concern = event.concerns[index]
    where = f"concerns/{index}"
    role = "observed" if event.kind == "observe" else "concerned"
    if bool(concern.logistic_unit) == bool(concern.item):
        claim.faults.append(
            Fault(
                where,
                "names one lot (item and lot) or one logistic_unit.",
                "Give one of the two.",
                "ambiguous",
            )
        )
        return None
    if concern.logistic_unit:
        unit = _place(claim, book, concern.logistic_unit, f"{where}/logistic_unit")
        if unit is not None and unit.kind != "unit":
            claim.faults.append(
                Fault(f"{where}/logistic_unit", f"{unit.code} is no logistic unit but a {unit.kind}.", "")
            )
        return Name(role, unit=unit.id) if unit else None
    item = _item(claim, book, concern.item, f"{where}/item")
    lot = _lot(claim, item, concern, where, {}, create=False) if item else None
    if lot is not None and (lot.item, lot.number, lot.kind) in book.brought:
        lot = replace(lot, create=True)
    return Name(role, lot=lot) if lot else None


def _unknown(claim: Claim, where: str, cause: str, remedy: str) -> None:
    claim.unknown = True
    claim.faults.append(Fault(where, cause, remedy, "unknown"))


def _digits_fault(text: str, kinds: Sequence[type[Gtin] | type[Gln] | type[Sscc]]) -> str:
    """Why a text of digits is none of these keys, when it looks like one: a wrong check digit, mostly."""
    bare = text.translate(str.maketrans("", "", " -"))
    lengths = {8: Gtin, 12: Gtin, 13: Gln if Gln in kinds else Gtin, 14: Gtin, 18: Sscc}
    kind = lengths.get(len(bare)) if bare.isascii() and bare.isdigit() else None
    if kind is None or kind not in kinds:
        return ""
    try:
        kind.parse(text)
    except MalformedError as problem:
        return str(problem)
    return ""


def _place(claim: Claim, book: Book, name: str, where: str) -> FoundPlace | None:
    found = book.places.get(name)
    if found is not None:
        return found
    wrong = _digits_fault(name, [Gln, Sscc])
    if wrong:
        claim.faults.append(Fault(where, f"{wrong}.", "Scan or type it again.", "check_digit"))
    elif not name:
        claim.faults.append(Fault(where, "is empty.", "Name a place.", "required"))
    else:
        _unknown(
            claim,
            where,
            f"the book does not know the place {shown(name)}.",
            "Check the code, or enter the place first (POST /places).",
        )
    return None


def _item(claim: Claim, book: Book, name: str, where: str) -> FoundItem | None:
    found = book.items.get(name)
    if found is not None:
        return found
    wrong = _digits_fault(name, [Gtin])
    if wrong:
        claim.faults.append(Fault(where, f"{wrong}.", "Scan or type it again.", "check_digit"))
    elif not name:
        claim.faults.append(Fault(where, "is empty.", "Name an item.", "required"))
    else:
        _unknown(
            claim,
            where,
            f"the book does not know the item {shown(name)}.",
            "Check the code, or enter the item first (POST /items).",
        )
    return None


def _lot(
    claim: Claim,
    item: FoundItem,
    part: MovementIn | ConcernIn,
    where: str,
    facts: Mapping[str, Any],
    *,
    create: bool,
) -> LotRef | None:
    lot, serial = part.lot.strip(), part.serial.strip()
    if serial:
        if item.tracking != "serial":
            claim.faults.append(_tracking_fault(f"{where}/serial", item, "a serial is given"))
            return None
        return LotRef(item.id, serial, 2, facts, create=create)
    if item.tracking == "none":
        if lot:
            claim.faults.append(_tracking_fault(f"{where}/lot", item, "a lot is given"))
            return None
        return LotRef(item.id, "", 0, facts, create=create)
    if item.tracking == "serial":
        claim.faults.append(_tracking_fault(f"{where}/serial", item, "no serial is given"))
        return None
    if not lot:
        claim.faults.append(_tracking_fault(f"{where}/lot", item, "no lot is given"))
        return None
    return LotRef(item.id, lot, 1, facts, create=create)


def _tracking_fault(where: str, item: FoundItem, cause: str) -> Fault:
    words = {"lot": "tracked by lot", "serial": "tracked by serial", "none": "not tracked"}
    remedies = {
        "lot": "Give its lot number in lot.",
        "serial": "Give each serial in serial, quantity 1 each.",
        "none": "Leave lot and serial out.",
    }
    return Fault(
        where, f"{item.code} is {words[item.tracking]}, but {cause}.", remedies[item.tracking], "tracking"
    )


def _quantity(claim: Claim, units: Units, item: FoundItem, movement: MovementIn, where: str) -> int:
    """The quantity in smallest units, or 0 and a fault."""
    here = f"{where}/quantity"
    text = movement.quantity.strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        claim.faults.append(
            Fault(here, f"expected a number, got {shown(text)}.", "Write it like 12.5.", "number")
        )
        return 0
    if number.is_finite() and number <= 0:
        claim.faults.append(
            Fault(
                here,
                f"expected a quantity above zero, got {text[:40]}.",
                "Give the amount itself; swap from and to for the other direction.",
                "not_positive",
            )
        )
        return 0
    try:
        return _smallest(units, item, movement, text, here)
    except Refused as refusal:
        claim.faults += refusal.faults
        return 0


def _smallest(units: Units, item: FoundItem, movement: MovementIn, text: str, here: str) -> int:
    if movement.unit:
        code = find_unit(movement.unit) or movement.unit
        return (
            to_integer(text, item.scale, field=here)
            if code == item.unit
            else units.convert(text, code, where=here)
        )
    if item.content is None:
        return to_integer(text, item.scale, field=here)
    total = to_integer(text, 0, field=here) * item.content
    if total >= QUANTITY_MAX:
        raise Refused(Fault(here, f"{text[:40]} packages are too many.", "Check the quantity."))
    return total


def _grams(claim: Claim, text: str, where: str) -> int:
    if not text:
        return 0
    try:
        grams = to_integer(text, 3, field=where)
    except Refused as refusal:
        claim.faults += refusal.faults
        return 0
    if grams < 0:
        claim.faults.append(
            Fault(where, f"expected a weight above zero, got {text[:40]}.", "", "not_positive")
        )
        return 0
    return grams


_DAYS = tuple(name for name in FactsIn.model_fields if name.endswith("_on"))
_PLAIN = ("supplier_lot", "tlc", "tlc_source_reference", "origin_country")


def _facts(claim: Claim, book: Book, item: FoundItem, movement: MovementIn, where: str) -> dict[str, Any]:
    """The facts as the book keeps them: keys for supplier and source, dates as dates."""
    told = movement.facts
    facts: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(told, name))}
    for name in _DAYS:
        text = getattr(told, name)
        if text:
            facts[name] = _day(claim, text, f"{where}/facts/{name}")
    if told.attributes:
        facts["attributes"] = told.attributes
    if told.supplier:
        facts["supplier_id"] = book.suppliers.get(told.supplier)
        if facts["supplier_id"] is None:
            _unknown(
                claim,
                f"{where}/facts/supplier",
                f"the book does not know the partner {shown(told.supplier)}.",
                "Check the code, or enter the partner first (POST /partners).",
            )
    if told.tlc_source:
        facts["tlc_source_id"] = book.locations.get(told.tlc_source)
        if facts["tlc_source_id"] is None:
            _unknown(
                claim,
                f"{where}/facts/tlc_source",
                f"the book does not know the location {shown(told.tlc_source)}.",
                "Check the GLN, or add the location to the partner first.",
            )
    if movement.serial and movement.lot.strip():
        outer = book.outer_lots.get((item.id, movement.lot.strip(), 1))
        if outer is None:
            _unknown(
                claim,
                f"{where}/lot",
                f"{item.code} has no lot {shown(movement.lot)} for the serial to be in.",
                "Make the lot first (POST /lots), or leave lot out.",
            )
        else:
            facts["inside_id"] = outer.id
    return facts


def _day(claim: Claim, text: str, where: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        claim.faults.append(
            Fault(where, f"expected a date, got {shown(text)}.", "Write it like 2027-03-03.", "date")
        )
        return None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        claim.faults.append(
            Fault(
                where,
                f"expected a date from {EARLIEST_YEAR} to {LATEST_YEAR}, got {text}.",
                "Check the year.",
                "date",
            )
        )
        return None
    return day


# --- The ledger's faults in the words of the intake --------------------------------------------------

_GROUPS = {"moves": "movements", "names": "concerns"}
_SIDES = {"source": "from", "destination": "to"}


def outward(fault: Fault) -> Fault:
    """A fault of the ledger, its field as the sender of the event wrote it.

    >>> outward(Fault("moves/0/source", "…")).field
    'movements/0/from'
    """
    parts = fault.field.split("/")
    start = 2 if parts[0] == "events" and len(parts) > 2 else 0
    if len(parts) > start and parts[start] in _GROUPS:
        parts[start] = _GROUPS[parts[start]]
        if len(parts) > start + 2:
            last = parts[start + 2]
            parts[start + 2] = _SIDES.get(last, last)
            if last == "lot" and len(parts) > start + 3:
                parts[start + 2] = "facts"
                parts[start + 3] = parts[start + 3].removesuffix("_id")
    return Fault("/".join(parts), fault.cause, fault.remedy, fault.code)
