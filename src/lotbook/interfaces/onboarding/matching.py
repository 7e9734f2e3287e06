"""From rows of a file to drafts for the ledger: whose item, whose place, how much.

The book is asked a few questions per file, not per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog import rules as units
from lotbook.foundation.catalog.models import Item, Packaging
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.partners.rules import COUNTRIES
from lotbook.foundation.places.models import Place
from lotbook.interfaces.onboarding import rules
from lotbook.kernel.columns import Layout, Line, where
from lotbook.kernel.errors import Fault, Refused
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.keys import Gtin
from lotbook.traceability.ledger.rules import OUR_STOCK
from lotbook.traceability.lots.models import LotKind
from lotbook.traceability.lots.rules import date_faults

T = TypeVar("T")
CHUNK = 5_000
KIND_OF = {"lot": LotKind.LOT, "serial": LotKind.SERIAL, "none": LotKind.BULK}
TEXT_FACTS = ("supplier_lot", "tlc")


@dataclass(slots=True)
class Ready:
    """A row that can be posted: keys and integers instead of words."""

    row: int
    item: Item
    kind: int
    number: str
    inside: str
    place: int
    quantity: int
    facts: dict[str, Any]
    cost: str
    currency: str


@dataclass(slots=True)
class Unknown:
    """What the file names and the book does not know: names → the first row that says so."""

    items: dict[str, Line] = field(default_factory=dict)
    places: dict[str, Line] = field(default_factory=dict)
    suppliers: dict[str, Line] = field(default_factory=dict)


@dataclass(slots=True)
class Match:
    """The rows matched with the book."""

    ready: list[Ready]
    faults: list[Fault]
    unknown: Unknown


class Matcher:
    """Matches the lines of one file."""

    def __init__(self, lines: Sequence[Line], columns: Layout, default_place: str = "") -> None:
        self.lines, self.columns, self.default_place = lines, columns, default_place
        self.faults: list[Fault] = []
        self.unknown = Unknown()
        self.serials: dict[tuple[int, str], int] = {}
        self.items, self.packagings = _items(str(line.get("item")) for line in lines)
        self.units = catalog.units_of_many(self.items.values())
        self.places = _places([default_place, *(str(line.get("place")) for line in lines)])
        self.suppliers = _suppliers(str(line.get("supplier")) for line in lines)

    def run(self) -> Match:
        """Match every line."""
        ready = [one for line in self.lines if (one := self._ready(line)) is not None]
        return Match(ready, self.faults, self.unknown)

    def _fault(self, line: Line, name: str, cause: str, remedy: str, code: str = "invalid") -> None:
        self.faults.append(Fault(where(line.row, self.columns.header(name)), cause, remedy, code))

    def _ready(self, line: Line) -> Ready | None:
        before = len(self.faults)
        item = self._item(line)
        place = self._place(line)
        facts = self._facts(line)
        if item is None:
            return None
        kind, number, inside = self._identity(line, item)
        quantity = self._quantity(line, item)
        if place is None or quantity is None or len(self.faults) > before:
            return None
        cost = format(line.get("unit_cost"), "f") if "unit_cost" in line.values else ""
        return Ready(
            line.row,
            item,
            kind,
            number,
            inside,
            place.pk,
            quantity,
            facts,
            cost,
            str(line.get("currency")).upper(),
        )

    def _item(self, line: Line) -> Item | None:
        text = str(line.get("item"))
        if not text:
            self._fault(line, "item", "is empty.", "Write the item's code or GTIN.", "required")
            return None
        item = self.items.get(text)
        if item is None:
            self.unknown.items.setdefault(text, line)
        elif not item.is_active:
            self._fault(line, "item", f"the item {text} is out of use.", "Take it into use again first.")
            return None
        return item

    def _place(self, line: Line) -> Place | None:
        text = str(line.get("place")) or self.default_place
        if not text:
            self._fault(
                line, "place", "is empty.", "Write where it is, or choose a place for all rows.", "required"
            )
            return None
        place = self.places.get(text)
        if place is None:
            self.unknown.places.setdefault(text, line)
        elif place.kind not in OUR_STOCK:
            self._fault(line, "place", f"{text} is no place of our own stock.", "Choose a site, area or bin.")
            return None
        elif not place.is_active:
            self._fault(line, "place", f"the place {text} is out of use.", "Choose another place.")
            return None
        return place

    def _identity(self, line: Line, item: Item) -> tuple[int, str, str]:
        """The lot's kind and number, and the lot a serial is inside of."""
        lot, serial = str(line.get("lot")), str(line.get("serial"))
        kind = KIND_OF[item.tracking]
        if kind == LotKind.SERIAL:
            if not serial:
                self._fault(
                    line, "serial", f"{item.code} is tracked by serial.", "Write the serial.", "required"
                )
            first = self.serials.setdefault((item.pk, serial), line.row)
            if serial and first != line.row:
                self._fault(
                    line,
                    "serial",
                    f"{serial} stands in row {first} already.",
                    "One of them is wrong.",
                    "twice",
                )
            return kind, serial, lot
        if serial:
            self._fault(line, "serial", f"{item.code} is not tracked by serial.", "Leave it empty.")
        if kind == LotKind.BULK:
            if lot:
                self._fault(line, "lot", f"{item.code} is not tracked by lot.", "Leave it empty.")
            return kind, "", ""
        if not lot:
            self._fault(line, "lot", f"{item.code} is tracked by lot.", "Write the lot number.", "required")
        return kind, lot, ""

    def _quantity(self, line: Line, item: Item) -> int | None:
        given = line.get("quantity")
        if given == "" and item.tracking == "serial":
            given = Decimal(1)
        if given == "":
            if not self._said(line.row, "quantity"):
                self._fault(
                    line, "quantity", "is empty.", "Write how much there is, or delete the row.", "required"
                )
            return None
        unit = self._unit(line, item)
        if unit is None:
            return None
        try:
            quantity = self.units[item.pk].convert(given, unit) if unit != "" else None
        except Refused as refusal:
            fault = refusal.faults[0]
            self._fault(line, "quantity", fault.cause, fault.remedy, fault.code)
            return None
        level = self.packagings.get(str(line.get("item")))
        if quantity is not None and level is not None and not line.get("unit"):
            # Counted under the packaging's own GTIN: so many packagings.
            quantity = self._packed(line, given, level)
        if quantity is not None and quantity <= 0:
            self._fault(
                line, "quantity", f"expected a quantity above zero, got {given}.", "Delete rows of nothing."
            )
            return None
        if quantity is not None and item.tracking == "serial" and quantity != 10**item.scale:
            self._fault(line, "quantity", f"a serial is exactly one, got {given}.", "Give each serial a row.")
            return None
        return quantity

    def _packed(self, line: Line, given: Decimal, level: Packaging) -> int | None:
        content = given * level.content
        if content != int(content):
            self._fault(
                line,
                "quantity",
                f"{given} {level.name} is no whole number of pieces.",
                "Count the base unit.",
            )
            return None
        return int(content)

    def _said(self, row: int, name: str) -> bool:
        """Whether the cell has a fault already: an unreadable one is not empty."""
        field_ = where(row, self.columns.header(name))
        return any(fault.field == field_ for fault in self.faults)

    def _unit(self, line: Line, item: Item) -> str | None:
        text = str(line.get("unit"))
        if not text:
            return item.unit
        code = units.find_unit(text) or (text.upper() if text.upper() == item.unit else None)
        if code is None:
            self._fault(
                line, "unit", f"{text!r} is no unit we know.", "Use a UN/ECE code such as KGM, or kg, l, pcs."
            )
        return code

    def _facts(self, line: Line) -> dict[str, Any]:
        facts: dict[str, Any] = {name: line.get(name) for name in TEXT_FACTS if line.get(name)}
        days = {name: line.get(name) for name in rules.DATE_FIELDS if isinstance(line.get(name), date)}
        for fault in date_faults(days):
            self._fault(line, fault.field, fault.cause, fault.remedy, fault.code)
        facts |= days
        supplier = str(line.get("supplier"))
        if supplier:
            found = self.suppliers.get(supplier)
            if found is None:
                self.unknown.suppliers.setdefault(supplier, line)
            else:
                facts["supplier_id"] = found.pk
        country = self._country(line)
        if country:
            facts["origin_country"] = country
        if line.get("currency") and str(line.get("currency")).upper() not in units.CURRENCIES:
            self._fault(
                line,
                "currency",
                f"{line.get('currency')!r} is no currency.",
                "Use an ISO 4217 code such as EUR.",
            )
        if line.get("unit_cost") != "" and line.get("unit_cost") < 0:
            self._fault(line, "unit_cost", "is below zero.", "Correct it.")
        return facts

    def _country(self, line: Line) -> str:
        text = str(line.get("origin_country"))
        if not text or text.upper() in COUNTRIES:
            return text.upper()
        code = _COUNTRY_NAMES.get(text.casefold(), "")
        if not code:
            self._fault(
                line, "origin_country", f"there is no country {text!r}.", "Use two letters, such as DE or ES."
            )
        return code


_COUNTRY_NAMES = {name.casefold(): code for code, name in COUNTRIES.items()}


def _chunks(texts: Iterable[str]) -> Iterable[list[str]]:
    wanted = sorted({text for text in texts if text})
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def _keyed(texts: Iterable[str], ask: Callable[[list[str]], QuerySet[Any]]) -> Iterable[Any]:
    for chunk in _chunks(texts):
        yield from ask(chunk)


def _gtin(text: str) -> str:
    try:
        return Gtin.parse(text).value
    except MalformedError:
        return ""


def _items(texts: Iterable[str]) -> tuple[dict[str, Item], dict[str, Packaging]]:
    """Items by what the file calls them, and the packagings of those called by a packaging's GTIN."""
    wanted = {text for text in texts if text}
    gtins = {text: _gtin(text) for text in wanted}
    numbers = {number for number in gtins.values() if number}
    codes = {row.code: row for row in _keyed(wanted, lambda some: Item.objects.filter(code__in=some))}
    by_gtin = {row.gtin: row for row in _keyed(numbers, lambda some: Item.objects.filter(gtin__in=some))}
    levels = {
        row.gtin: row
        for row in _keyed(
            numbers, lambda some: Packaging.objects.filter(gtin__in=some).select_related("item")
        )
    }
    found: dict[str, Item] = {}
    packed: dict[str, Packaging] = {}
    for text in wanted:
        number = gtins[text]
        item = codes.get(text) or by_gtin.get(number)
        if item is None and number in levels:
            packed[text] = levels[number]
            item = levels[number].item
        if item is not None:
            found[text] = item
    return found, packed


def _places(texts: Iterable[str]) -> dict[str, Place]:
    """Places by code, GLN or SSCC, or by a name only one of ours has."""
    rows = list(
        _keyed(
            texts, lambda some: Place.objects.filter(Q(code__in=some) | Q(gln__in=some) | Q(sscc__in=some))
        )
    )
    named = list(_keyed(texts, lambda some: Place.objects.filter(name__in=some, own=True)))
    return _by_words(rows, named, ("sscc", "gln", "code"))


def _suppliers(texts: Iterable[str]) -> dict[str, Partner]:
    """Partners by code or GLN, or by a name only one has."""
    wanted = [text for text in texts if text]
    rows = list(_keyed(wanted, lambda some: Partner.objects.filter(Q(code__in=some) | Q(gln__in=some))))
    named = list(_keyed(wanted, lambda some: Partner.objects.filter(name__in=some)))
    return _by_words(rows, named, ("gln", "code"))


def _by_words(rows: Sequence[T], named: Sequence[T], fields: Sequence[str]) -> dict[str, T]:
    found: dict[str, T] = {}
    names: Mapping[str, list[T]] = {}
    grouped: dict[str, list[T]] = {}
    for row in named:
        grouped.setdefault(str(getattr(row, "name")), []).append(row)  # noqa: B009 - T has no such attribute
    names = grouped
    for name, same in names.items():
        if len(same) == 1:
            found[name] = same[0]
    for one in fields:
        found |= {str(value): row for row in rows if (value := getattr(row, one))}
    return found
