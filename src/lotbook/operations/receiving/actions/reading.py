"""What stands on the desk while goods come in: who brings them, against what, and what the lines say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import NotFound, Refused
from lotbook.operations.receiving import queries, rules
from lotbook.operations.receiving.actions.notices import read_sscc
from lotbook.operations.receiving.actions.terms import tenths
from lotbook.operations.receiving.models import (
    OPEN,
    Notice,
    NoticeStatus,
    Order,
    OrderStatus,
)
from lotbook.operations.receiving.rules import Line, Terms
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading, moment_at
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot, LotKind


@dataclass(slots=True)
class Row:
    """A line that was understood: one lot or serial, and so much of it."""

    where: str
    line: Line
    item: Item
    number: str
    kind: int
    quantity: int
    place: Place
    facts: dict[str, Any]
    sscc: str = ""


@dataclass(slots=True)
class Came:
    """What one line says: the lots taken in, what was refused or missing, and what becomes of it."""

    index: int
    where: str
    line: Line
    item: Item
    rows: list[Row] = field(default_factory=list)
    refused: int = 0
    missing: int = 0
    difference: str = ""
    reason: str = ""
    temperature: int | None = None
    holds: set[str] = field(default_factory=set)
    quarantined: str = ""


class Desk:
    """One receipt while it is understood: every fault is noted in ``reading``."""

    def __init__(self, occurred_at: datetime | None) -> None:
        self.occurred_at = occurred_at
        self.reading = Reading()
        self.order: Order | None = None
        self.notice: Notice | None = None
        self.orders: list[Order] = []
        self.supplier: Partner | None = None
        self.place: Place | None = None
        self.terms: dict[int, Terms] = {}
        self.pallets: dict[str, str] = {}
        self.unit_places: dict[str, Place] = {}
        self.at = moment_at(None, None)
        self._quarantine: dict[int, Place | None] = {}
        self._lots: dict[tuple[int, str], list[Lot]] = {}

    def find(self, order: str, notice: str) -> None:
        """Look the documents up that are named."""
        try:
            self.order = queries.order(order) if order else None
            self.notice = queries.notice(notice) if notice else None
        except NotFound as refusal:
            self.reading.faults += refusal.faults

    def head(self, supplier: Named, place: Named) -> None:
        """Who brings it and where it goes, when the documents are locked and settled."""
        reading = self.reading
        for order in self.orders:
            if order.status not in (*OPEN, OrderStatus.RECEIVED):
                state = OrderStatus(order.status).label.lower()
                remedy = "Send it first." if order.status == OrderStatus.DRAFT else "Receive without it."
                reading.fault("order", f"{order.number} is {state}.", remedy, "state")
        if self.notice is not None and self.notice.status == NoticeStatus.CANCELLED:
            reading.fault("notice", f"{self.notice.number} is cancelled.", "Receive without it.", "state")
        known = [one.supplier for one in (self.order, self.notice) if one is not None]
        if len({one.pk for one in known}) > 1:
            reading.fault("notice", "order and notice are of two suppliers.", "Name one of them.")
        whom = supplier or (known[0].uid if known else "")
        self.supplier = reading.partner("supplier", whom, "supplier")
        if known and self.supplier is not None and self.supplier.pk != known[0].pk:
            cause = f"the goods are expected from {known[0]}, not from {self.supplier}."
            reading.fault("supplier", cause, "Leave it empty, or receive without the order.")
        self.place = reading.place("place", place)
        self.at = moment_at(self.place, self.occurred_at)

    def lots(self, items: set[int], numbers: set[str]) -> list[Lot]:
        """The lots the book knows by these numbers, each number asked for once."""
        pairs = [(item, number) for item in items for number in numbers]
        new = {number for item, number in pairs if (item, number) not in self._lots}
        for item in items:
            self._lots |= {(item, number): [] for number in new}
        for lot in lots.numbered(items, new):
            self._lots[lot.item_id, lot.number].append(lot)
        return [lot for pair in pairs for lot in self._lots[pair]]

    def quarantine(self, where: str, place: Place) -> Place:
        """Where goods put to ``place`` wait instead: the site's quarantine place; a fault without one."""
        if queries.is_usable(place) is False:
            return place
        if place.pk not in self._quarantine:
            self._quarantine[place.pk] = queries.quarantine_of(place)
        found = self._quarantine[place.pk]
        if found is None:
            self.reading.fault(
                f"{where}/place",
                "these goods go to quarantine on arrival, and the site has no place for it.",
                "Make an area that is not for use, or have the rule put them on hold.",
                "no_quarantine",
            )
        return found or place


def read(desk: Desk, lines: Sequence[Line]) -> list[Came]:
    """Every line understood, in order, with its lots, their numbers and where they go."""
    reading = desk.reading
    reading.some(lines)
    lines = lines[: words.LINES_MAX]
    items = [reading.item(f"lines/{index}/item", line.item) for index, line in enumerate(lines)]
    desk.terms = dict(queries.terms_of((item for item in items if item), desk.supplier))
    known = _known(desk, lines, items)
    came = []
    for index, (line, item) in enumerate(zip(lines, items, strict=True)):
        where = f"lines/{index}"
        place = reading.place(f"{where}/place", line.place) if line.place else desk.place
        facts = _facts(reading, where, line, desk.at.date())
        if item is None:
            continue
        one = _came(desk, index, line, item)
        came.append(one)
        if place is None:
            continue
        if item.tracking != "none" and not _only_sent_back(one):
            expires_on = words.expiry(item, facts.get("produced_on"))
            if expires_on is not None:
                facts.setdefault("expires_on", expires_on)
            _demand(desk, one, facts, known)
        place = _judge(desk, one, place)
        sscc = _sscc(reading, where, line)
        # A unit stands as a whole: with one line of it in quarantine, all of it is.
        if sscc and (sscc not in desk.unit_places or not queries.is_usable(place)):
            desk.unit_places[sscc] = place
        one.rows = list(_rows(desk, one, place, facts, sscc))
    return came


def _only_sent_back(one: Came) -> bool:
    """Whether nothing of a line is taken in."""
    line = one.line
    return not (line.quantity.strip() or line.serials) and bool(one.refused or one.missing)


def _known(desk: Desk, lines: Sequence[Line], items: Sequence[Item | None]) -> dict[tuple[int, str], Lot]:
    """The lots the lines name that the book knows."""
    numbers = {
        number for line in lines for number in (line.lot, *line.serials) if number and len(number) < 501
    }
    keys = {item.pk for item in items if item}
    if not numbers or any(storable(number) for number in numbers):
        return {}
    rows = desk.lots(keys, {number.strip() for number in numbers})
    return {(row.item_id, row.number): row for row in rows}


def _came(desk: Desk, index: int, line: Line, item: Item) -> Came:
    """The line without its lots: what was refused, missing, and why."""
    reading, where = desk.reading, f"lines/{index}"
    one = Came(index, where, line, item)
    one.refused = _part(reading, f"{where}/refused", item, line.refused, line.unit)
    one.missing = _part(reading, f"{where}/missing", item, line.missing, line.unit)
    one.reason = reading.text(f"{where}/reason", line.reason, 500)
    if line.difference:
        one.difference = reading.choice(f"{where}/difference", line.difference, rules.DIFFERENCES)
    elif one.missing and not one.refused:
        one.difference = "short"
    if one.refused and not one.reason:
        reading.fault(f"{where}/reason", "goods are refused without a reason.", "Say why.", "required")
    one.temperature = tenths(reading, f"{where}/temperature", line.temperature)
    return one


def _part(reading: Reading, field: str, item: Item, text: str, unit: str) -> int:
    """A quantity beside the one taken in; its faults under its own field."""
    if not text.strip():
        return 0
    where = field.rsplit("/", 1)[0]
    before = len(reading.faults)
    found = reading.quantity(where, item, text, unit, zero=True)
    reading.faults[before:] = [
        replace(fault, field=field) if fault.field.endswith("/quantity") else fault
        for fault in reading.faults[before:]
    ]
    return found or 0


def _demand(desk: Desk, one: Came, facts: dict[str, Any], known: dict[tuple[int, str], Lot]) -> None:
    """What the rules ask of a line must be told, by it or by the lot the book knows."""
    named = [
        known.get((one.item.pk, number.strip())) for number in (one.line.lot, *one.line.serials) if number
    ]
    lot = named[0] if named else None
    for name in desk.terms[one.item.pk].required:
        if name == "temperature":
            told: object = one.temperature is not None or None
        elif name == "tlc_source":
            told = facts.get("tlc_source_id") or facts.get("tlc_source_reference")
            told = told or (lot and (lot.tlc_source_id or lot.tlc_source_reference))
        else:
            told = facts.get(name) or (lot and getattr(lot, name))
        if not told:
            what = rules.REQUIRED[name].lower()
            desk.reading.fault(
                f"{one.where}/{name}",
                f"the {what} is missing: it is asked for with {one.item.code}.",
                "Read it off the label or the delivery note.",
                "required",
            )


def _judge(desk: Desk, one: Came, place: Place) -> Place:
    """Where the goods of a line go: quarantine, by the rules or for their temperature."""
    terms = desk.terms[one.item.pk]
    low, high, found = terms.coldest, terms.warmest, one.temperature
    out = found is not None and ((low is not None and found < low) or (high is not None and found > high))
    if out and not _only_sent_back(one):
        assert found is not None
        if not one.reason:
            limits = " to ".join(rules.degrees(limit) for limit in (low, high) if limit is not None)
            desk.reading.fault(
                f"{one.where}/temperature",
                f"{rules.degrees(found)} at the dock is outside {limits}.",
                "Refuse the goods; or give a reason, and they are received on hold.",
                "temperature",
            )
        one.quarantined = "hold"
        one.holds.add("quality")
    if terms.quarantine == "hold" and one.item.tracking != "none":
        one.quarantined = "hold"
        one.holds.add("quarantine")
    elif terms.quarantine in ("place", "hold") or (out and one.item.tracking == "none"):
        moved = desk.quarantine(one.where, place)
        one.quarantined = one.quarantined or "place"
        return moved
    return place


def _sscc(reading: Reading, where: str, line: Line) -> str:
    if not line.sscc:
        return ""
    try:
        return read_sscc(line.sscc)
    except Refused as refusal:
        reading.faults += [fault.under(where) for fault in refusal.faults]
        return ""


# -- the lots of a line ----------------------------------------------------------------------------


def _rows(desk: Desk, one: Came, place: Place, facts: dict[str, Any], sscc: str) -> Iterator[Row]:
    reading, line, item, where = desk.reading, one.line, one.item, one.where
    if _only_sent_back(one):
        return
    if item.tracking == "serial":
        yield from _serials(reading, Row(where, line, item, "", int(LotKind.SERIAL), 0, place, facts, sscc))
        return
    quantity = reading.quantity(where, item, line.quantity, line.unit)
    number = reading.text(f"{where}/lot", line.lot, 500)
    kind = LotKind.LOT
    if item.tracking == "none":
        if number:
            reading.fault(f"{where}/lot", f"{item.code} is not tracked by lot.", "Leave the lot out.")
        facts, kind = {}, LotKind.BULK
    if quantity is None or reading.faults:
        return
    if kind is LotKind.LOT and not number:
        number = _new_number(desk, one, place, facts)
        if not number:
            return
    yield Row(where, line, item, number, int(kind), quantity, place, facts, sscc)


def _new_number(desk: Desk, one: Came, place: Place, facts: dict[str, Any]) -> str:
    """The supplier's number where the rules take it (or nothing else makes one), else the next of ours."""
    theirs: str = facts.get("supplier_lot", "")
    if theirs and (desk.terms[one.item.pk].numbering == "supplier" or lots.rule_for(one.item) is None):
        return theirs
    return desk.reading.next_number(one.where, one.item, on=desk.at.date(), place=place)


def _serials(reading: Reading, row: Row) -> Iterator[Row]:
    """A row for each serial of a line."""
    line, item, where = row.line, row.item, row.where
    serials = [reading.text(f"{where}/serials", serial, 500) for serial in line.serials or [line.lot]]
    serials = [serial for serial in serials if serial]
    if not serials:
        cause = f"{item.code} is tracked by serial, none is given."
        reading.fault(f"{where}/lot", cause, "Give its serials.", "required")
    if len(set(serials)) < len(serials):
        reading.fault(f"{where}/serials", "the same serial stands there twice.", "Give each serial once.")
    if line.quantity:
        quantity = reading.quantity(where, item, line.quantity, line.unit)
        if quantity is not None and serials and quantity != len(serials) * 10**item.scale:
            cause = f"{line.quantity} does not fit {len(serials)} serials."
            reading.fault(f"{where}/quantity", cause, "Count again.")
    for serial in serials:
        yield replace(row, number=serial, quantity=10**item.scale, facts=dict(row.facts))


def _facts(reading: Reading, where: str, line: Line, today: date) -> dict[str, Any]:
    try:
        facts = rules.facts(line, today)
        if line.tlc_source:
            facts["tlc_source_id"] = partners.location(line.tlc_source).pk
    except Refused as refusal:
        reading.faults += [fault.under(where) for fault in refusal.faults]
        return {}
    return facts


def all_rows(came: Iterable[Came]) -> list[Row]:
    """Every lot of a receipt, in the order of its lines."""
    return [row for one in came for row in one.rows]
