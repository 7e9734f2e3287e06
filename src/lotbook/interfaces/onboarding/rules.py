"""Columns of an opening stock, and what their cells mean: pure decisions.

Numbers and dates that could be read in two ways are never guessed: the column as a whole must tell, or a
person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lotbook.interfaces.onboarding.reading import Cell, Question, normal
from lotbook.kernel.errors import Fault, Refused

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": (
        "item", "item code", "item no", "item number", "sku", "article", "article no", "product",
        "product code", "material", "part number", "artikel", "artikelnummer", "artikelnr",
        "code article", "référence", "codigo", "gtin", "ean", "upc", "barcode", "gtin-14",
        "gtin-13",
    ),
    "name": (
        "item name", "name", "description", "product name", "bezeichnung", "artikelbezeichnung",
        "désignation",
    ),
    "lot": (
        "lot", "lot no", "lot number", "lot code", "batch", "batch no", "batch number", "charge",
        "chargennummer", "charge nr", "los", "losnummer", "lote", "numéro de lot", "partie", "tlc",
    ),
    "serial": (
        "serial", "serial no", "serial number", "sn", "seriennummer", "numéro de série",
        "número de serie",
    ),
    "quantity": (
        "quantity", "qty", "amount", "on hand", "stock", "count", "menge", "bestand", "anzahl",
        "quantité", "cantidad",
    ),
    "unit": ("unit", "uom", "unit of measure", "einheit", "me", "mengeneinheit", "unité", "unidad"),
    "place": (
        "place", "location", "bin", "warehouse", "storage location", "shelf", "lagerort",
        "lagerplatz", "platz", "emplacement", "ubicación", "site",
    ),
    "supplier": ("supplier", "vendor", "supplier code", "lieferant", "fournisseur", "proveedor"),
    "supplier_lot": (
        "supplier lot", "suppliers lot", "supplier's lot", "supplier lot number", "supplier batch",
        "vendor lot", "vendor batch", "lieferantencharge", "lot fournisseur",
    ),
    "harvested_on": ("harvested", "harvest date", "harvested on", "erntedatum"),
    "produced_on": (
        "produced", "production date", "produced on", "manufactured", "manufacturing date",
        "mfg date", "made on", "herstelldatum", "produktionsdatum", "date de production",
        "fecha de producción",
    ),
    "packed_on": ("packed", "pack date", "packed on", "packing date", "abpackdatum"),
    "received_on": (
        "received", "receipt date", "received on", "date received", "wareneingang", "eingangsdatum",
    ),
    "sell_by_on": ("sell by", "sell by date"),
    "best_before_on": ("best before", "best before date", "bbd", "mhd", "mindesthaltbarkeitsdatum", "ddm"),
    "expires_on": (
        "expiry", "expiry date", "expires", "expires on", "expiration", "expiration date", "exp",
        "exp date", "use by", "use by date", "verfallsdatum", "verfall", "ablaufdatum", "dlc",
        "fecha de caducidad",
    ),
    "retest_on": ("retest", "retest date"),
    "origin_country": (
        "origin", "country of origin", "country", "origin country", "ursprung", "ursprungsland",
        "herkunft",
    ),
    "tlc": ("traceability lot code",),
    "unit_cost": ("unit cost", "cost", "price", "unit price", "einstandspreis", "kosten", "coût", "coste"),
    "currency": ("currency", "währung", "devise", "moneda"),
}  # fmt: skip
"""Field → the headers it is found under, in several languages."""

DATE_FIELDS = tuple(name for name in COLUMNS if name.endswith("_on"))
NUMBER_FIELDS = ("quantity", "unit_cost")
TEXT_MAX = {"item": 60, "name": 200, "lot": 500, "serial": 500, "unit": 60, "place": 120, "supplier": 200}
TEXT_MAX |= {"supplier_lot": 120, "origin_country": 60, "tlc": 500, "currency": 3}
TEMPLATE = (
    "item", "name", "lot", "serial", "quantity", "unit", "place", "supplier", "supplier_lot", "produced_on",
    "best_before_on", "expires_on", "origin_country", "unit_cost", "currency",
)  # fmt: skip
"""Columns of the template file, in order."""

HEADERS = {name: names[0] for name, names in COLUMNS.items()} | {"produced_on": "production date"}
HEADERS |= {
    "expires_on": "expiry date",
    "best_before_on": "best before date",
    "origin_country": "origin country",
}
_BY_HEADER = {normal(word): name for name, words in COLUMNS.items() for word in (*words, name)}
KNOWN = frozenset(_BY_HEADER)
_ENDS = ("number", "code", "date", "no", "nr")

DATE_ORDERS = {"dmy": "day first: 03/12/2027 is 3 December", "mdy": "month first: 03/12/2027 is 12 March"}
DECIMALS = {".": "a point: 1,250.5", ",": "a comma: 1.250,5"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})", re.ASCII)
_WORDED = re.compile(r"(\d{1,2})[ .-]([A-Za-z]{3,9})[ .-](\d{4}|\d{2})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+([.,' \u00a0\u202f]\d+)*[.,]?|[+-]?[.,]\d+", re.ASCII)
_BLANKS = str.maketrans("", "", " '\u00a0\u202f")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column holds what: field → position, and the headers as they stand in the file."""

    positions: Mapping[str, int]
    headers: Sequence[str]
    unknown: tuple[str, ...]

    def header(self, name: str) -> str:
        """The column's name as the file has it."""
        return self.headers[self.positions[name]] if name in self.positions else HEADERS.get(name, name)


@dataclass(slots=True)
class Line:
    """One row, read: texts, exact numbers and dates by field; empty cells are absent."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """The value of a field, or empty text."""
        return self.values.get(name, "")


def layout(header: Sequence[Cell]) -> Layout:
    """Find the columns by their names. Raises Refused when one is there twice, or a needed one is missing."""
    headers = [str(cell) for cell in header]
    positions: dict[str, int] = {}
    unknown: list[str] = []
    faults: list[Fault] = []
    for position, text in enumerate(headers):
        name = _named(text)
        if name is None:
            unknown += [text] if text else []
        elif name in positions:
            cause = f"the columns {headers[positions[name]]!r} and {text!r} both mean {HEADERS[name]}."
            faults.append(Fault("row 1", cause, "Rename or delete one of them.", "twice"))
        else:
            positions[name] = position
    for name in ("item", "quantity"):
        if name not in positions and not (name == "quantity" and "serial" in positions):
            cause = f"there is no column for the {HEADERS[name]}. Columns found: {', '.join(headers)[:200]}."
            faults.append(
                Fault("row 1", cause, f"Name it {HEADERS[name]!r}, or take the template.", "missing")
            )
    if faults:
        raise Refused(faults)
    return Layout(positions, headers, tuple(unknown))


def _named(text: str) -> str | None:
    """The field a header means; what is added to a known name (no., number, code) does not matter."""
    word = normal(text)
    if word in _BY_HEADER:
        return _BY_HEADER[word]
    return next((_BY_HEADER[bare] for end in _ENDS if (bare := word.removesuffix(end)) in _BY_HEADER), None)


def where(row: int, header: str) -> str:
    """How a fault names a cell: row 5, column 'Expiry'."""
    return f"row {row}, column {header!r}"


# --- Questions ---------------------------------------------------------------------------------------


def decimal_mark(texts: Iterable[str]) -> str | None:
    """The decimal mark a column of numbers uses: "." or ","; "" when no matter, None when unclear."""
    marks: set[str] = set()
    unclear = False
    for raw in texts:
        text = raw.translate(_BLANKS)
        point, comma = text.rfind("."), text.rfind(",")
        if point >= 0 and comma >= 0:
            marks.add("." if point > comma else ",")
        elif point >= 0 or comma >= 0:
            mark = "." if point >= 0 else ","
            pieces = text.lstrip("+-").split(mark)
            if len(pieces) > 2:
                marks.add("," if mark == "." else ".")
            elif len(pieces[1]) != 3 or pieces[0] in ("", "0") or len(pieces[0]) > 3:
                marks.add(mark)
            else:
                unclear = True
    if len(marks) == 1:
        return marks.pop()
    return None if marks or unclear else ""


def date_order(texts: Iterable[str]) -> str | None:
    """The order of day and month in a column of dates: dmy or mdy; "" when no matter, None when unclear."""
    orders: set[str] = set()
    unclear = False
    for text in texts:
        match = _SLASHED.fullmatch(text)
        if match:
            first, second = int(match.group(1)), int(match.group(2))
            if first > 12 >= second:
                orders.add("dmy")
            elif second > 12 >= first:
                orders.add("mdy")
            elif first != second:
                unclear = True
    if len(orders) == 1:
        return orders.pop()
    return None if orders or unclear else ""


def questions(
    rows: Iterable[tuple[int, Sequence[Cell]]], columns: Layout, answers: Mapping[str, str]
) -> list[Question]:
    """What the file leaves open and nobody has answered yet."""
    numbers: dict[str, list[str]] = {name: [] for name in NUMBER_FIELDS}
    days: list[str] = []
    for _, row in rows:
        for name in NUMBER_FIELDS:
            cell = _at(row, columns, name)
            if isinstance(cell, str) and cell:
                numbers[name].append(cell)
        days += [cell for name in DATE_FIELDS if isinstance(cell := _at(row, columns, name), str) and cell]
    found = []
    marks = [decimal_mark(texts) for texts in numbers.values()]
    if not answers.get("decimal") and (None in marks or len({mark for mark in marks if mark}) > 1):
        text = "Numbers such as 1,250 can be read in two ways. What stands before the decimals?"
        found.append(Question("decimal", text, tuple(DECIMALS.items())))
    if not answers.get("date_order") and date_order(days) is None:
        text = "Dates such as 03/12/2027 can be read in two ways. Which is right?"
        found.append(Question("date_order", text, tuple(DATE_ORDERS.items())))
    return found


# --- Cells -------------------------------------------------------------------------------------------


def number(text: str, mark: str) -> Decimal:
    """A number as people write it, with ``mark`` before its decimals; raises ValueError."""
    bare = text.strip()
    if not _NUMBER.fullmatch(bare):
        raise ValueError(f"expected a number, got {text[:40]!r}")
    thousands = "," if mark == "." else "."
    whole, _, decimals = bare.translate(_BLANKS).partition(mark)
    groups = whole.lstrip("+-").split(thousands)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        raise ValueError(f"expected {mark!r} before the decimals, got {text[:40]!r}")
    if thousands in decimals or mark in decimals:
        raise ValueError(f"expected {mark!r} before the decimals, got {text[:40]!r}")
    return Decimal((whole.replace(thousands, "") or "0") + ("." + decimals if decimals else ""))


def day(text: str, order: str) -> date:
    """A date as people write it; ``order`` tells 03/12/2027 apart. Raises ValueError."""
    bare = text.strip()
    if match := _ISO.fullmatch(bare) or _COMPACT.fullmatch(bare):
        return _date(match.group(1), match.group(2), match.group(3), text)
    if match := _DOTTED.fullmatch(bare):
        return _date(match.group(3), match.group(2), match.group(1), text)
    if match := _WORDED.fullmatch(bare):
        name = match.group(2)[:3].lower()
        if name in _MONTHS:
            return _date(match.group(3), str(_MONTHS.index(name) + 1), match.group(1), text)
    if match := _SLASHED.fullmatch(bare):
        first, second, year = match.groups()
        if order == "mdy":
            first, second = second, first
        return _date(year, second, first, text)
    raise ValueError(f"expected a date, got {text[:40]!r}")


def _date(year: str, month: str, day_of_month: str, text: str) -> date:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    try:
        found = date(full, int(month), int(day_of_month))
    except ValueError:
        raise ValueError(f"there is no such day: {text[:40]!r}") from None
    if not 1990 <= found.year <= 2199:
        raise ValueError(f"{found} lies outside 1990 to 2199")
    return found


def lines(
    rows: Iterable[tuple[int, Sequence[Cell]]], columns: Layout, answers: Mapping[str, str]
) -> tuple[list[Line], list[Fault]]:
    """Every row read, and every fault in a cell, named by row and column."""
    marks = _marks(rows := list(rows), columns, answers)
    order = answers.get("date_order") or date_order(_texts(rows, columns, DATE_FIELDS)) or "dmy"
    read: list[Line] = []
    faults: list[Fault] = []
    for number_, row in rows:
        line = Line(number_)
        for name in columns.positions:
            cell = _at(row, columns, name)
            if cell == "":
                continue
            try:
                line.values[name] = _value(name, cell, marks, order)
            except ValueError as problem:
                remedy = {
                    **dict.fromkeys(DATE_FIELDS, "Write it like 2027-03-03."),
                    **dict.fromkeys(NUMBER_FIELDS, "Write it like 12.5."),
                }
                faults.append(
                    Fault(
                        where(number_, columns.header(name)), f"{problem}.", remedy.get(name, "Correct it.")
                    )
                )
        read.append(line)
    return read, faults


def _marks(
    rows: Sequence[tuple[int, Sequence[Cell]]], columns: Layout, answers: Mapping[str, str]
) -> dict[str, str]:
    if answers.get("decimal"):
        return dict.fromkeys(NUMBER_FIELDS, answers["decimal"])
    found = {name: decimal_mark(_texts(rows, columns, (name,))) or "" for name in NUMBER_FIELDS}
    said = next((mark for mark in found.values() if mark), ".")
    return {name: mark or said for name, mark in found.items()}


def _texts(
    rows: Iterable[tuple[int, Sequence[Cell]]], columns: Layout, names: Iterable[str]
) -> Iterable[str]:
    wanted = tuple(names)
    for _, row in rows:
        for name in wanted:
            cell = _at(row, columns, name)
            if isinstance(cell, str) and cell:
                yield cell


def _at(row: Sequence[Cell], columns: Layout, name: str) -> Cell:
    position = columns.positions.get(name)
    return row[position] if position is not None and position < len(row) else ""


def _value(name: str, cell: Cell, marks: Mapping[str, str], order: str) -> str | Decimal | date:
    if name in NUMBER_FIELDS:
        if isinstance(cell, date):
            raise ValueError(f"expected a number, got the date {cell}")
        return cell if isinstance(cell, Decimal) else number(cell, marks[name])
    if name in DATE_FIELDS:
        return (
            cell
            if isinstance(cell, date)
            else day(format(cell, "f") if isinstance(cell, Decimal) else cell, order)
        )
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    longest = TEXT_MAX.get(name, 200)
    if len(text) > longest:
        raise ValueError(f"has {len(text)} characters, at most {longest} fit")
    if any(
        ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) <= 0xDFFF
        for character in text
    ):
        raise ValueError("contains a control character or a line break")
    return text
