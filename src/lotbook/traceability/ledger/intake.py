"""Events as programs write them, in natural names, into drafts for the one door.

``posted.shape`` reads one event by itself; ``found.Book`` finds what a whole batch names; ``Intake`` makes
the drafts, and says of every fault where it is (``movements/0/lot``), what was expected and got, and what to
do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lotbook.foundation.catalog.rules import Units, find_unit
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.actions import partner_place
from lotbook.kernel.checks import EARLIEST_YEAR, LATEST_YEAR
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import device_now
from lotbook.kernel.problems import shown
from lotbook.kernel.quantity import QUANTITY_MAX, to_integer
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.keys import Gln, Gtin, Sscc
from lotbook.traceability.ledger.found import Book, FoundItem, FoundPlace
from lotbook.traceability.ledger.posted import Claim, ConcernIn, EventIn, FactsIn, MovementIn, shape
from lotbook.traceability.ledger.rules import DEVICE_MAX, Draft, LotRef, Move, Name, Refusal

BRINGING = frozenset({"receive", "opening", "produce", "transform"})
"""Kinds by which lots come into the book. Any other kind of a lot the book does not know is a slip."""

FROM_WHERE = frozenset({"partner", "elsewhere", "difference", "run"})
"""Kinds of places out of which a new lot can come."""


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
        device=event.device or device_now()[:DEVICE_MAX],
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
