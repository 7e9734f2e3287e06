"""Columns found by their names, and what their cells mean: one reading for every list from a file.

A room says which columns it knows (``Columns``) and reads a sheet with them. Numbers and dates that could
be read in two ways are never guessed: the column as a whole must tell, or a person is asked.

>>> known = Columns({"item": ("item", "article"), "quantity": ("quantity", "menge")}, needed=(("item",),))
>>> known.layout(["Article", "Menge"]).positions
{'item': 0, 'quantity': 1}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from lotbook.kernel import sheets
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.sheets import Cell, Question, normal

_ENDS = ("number", "code", "date", "no", "nr")
TEXT_USUAL = 200
"""Most characters of a cell where the column says nothing else."""

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
    usual: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The column's name as the file has it."""
        return self.headers[self.positions[name]] if name in self.positions else self.usual.get(name, name)


@dataclass(slots=True)
class Line:
    """One row, read: texts, exact numbers and dates by field; empty cells are absent."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """The value of a field, or empty text."""
        return self.values.get(name, "")


def where(row: int, header: str) -> str:
    """How a fault names a cell: row 5, column 'Expiry'."""
    return f"row {row}, column {header!r}"


def unanswered(questions: Iterable[Question]) -> Refused:
    """The refusal of a list that can be read in two ways: a fault for each answer that is missing."""
    return Refused(
        [
            Fault(one.name, one.text, f"Say {' or '.join(value for value, _ in one.choices)}.", "question")
            for one in questions
        ]
    )


# --- Marks and orders


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


# --- The columns of a list ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it was read: its lines, and what keeps it from being taken – questions and faults."""

    columns: Layout | None
    lines: Sequence[Line] = ()
    questions: Sequence[Question] = ()
    faults: Sequence[Fault] = ()

    def checked(self) -> Table:
        """The same, when nothing is open or wrong; raises Refused otherwise."""
        if self.questions:
            raise unanswered(self.questions)
        if self.faults:
            raise Refused(self.faults)
        return self

    def at(self, row: int, name: str) -> str:
        """How a fault names the cell of a field in a row."""
        return where(row, self.columns.header(name) if self.columns is not None else name)


@dataclass(frozen=True)
class Columns:
    """The columns a list may have: ``names`` gives each field the headers it is found under.

    ``dates`` and ``numbers`` are read as such, all else as text of at most ``text_max`` characters.
    ``needed`` names fields of which, group by group, at least one must be there; ``headers`` how a column
    is called in templates and faults where that is not the first of its names.
    """

    names: Mapping[str, Sequence[str]]
    dates: Sequence[str] = ()
    numbers: Sequence[str] = ()
    text_max: Mapping[str, int] = field(default_factory=dict)
    needed: Sequence[Sequence[str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def usual(self) -> dict[str, str]:
        """How each column is called when the file does not say."""
        return {**{name: words[0] for name, words in self.names.items()}, **self.headers}

    @cached_property
    def _by_header(self) -> dict[str, str]:
        return {normal(word): name for name, words in self.names.items() for word in (*words, name)}

    @property
    def known(self) -> frozenset[str]:
        """Every header that is understood, normalised: what ``sheets.read`` tells delimiters by."""
        return frozenset(self._by_header)

    def read(self, data: bytes, answers: Mapping[str, str]) -> Table:
        """A file through to its lines; ``answers`` may hold encoding, decimal and date_order.

        Raises Refused for a file that cannot be read, or lacks a needed column.
        """
        sheet = sheets.read(data, encoding=answers.get("encoding", ""), known=self.known)
        if isinstance(sheet, Question):
            return Table(None, questions=[sheet])
        columns = self.layout(sheet.rows[0])
        rows = list(sheet.body())
        asked = self.questions(rows, columns, answers)
        if asked:
            return Table(columns, questions=asked)
        lines, faults = self.lines(rows, columns, answers)
        return Table(columns, lines, faults=faults)

    def layout(self, header: Sequence[Cell]) -> Layout:
        """Find the columns by their names; raises Refused when one is twice there or a needed one missing."""
        headers = [str(cell) for cell in header]
        positions: dict[str, int] = {}
        unknown: list[str] = []
        faults: list[Fault] = []
        for position, text in enumerate(headers):
            name = self._named(text)
            if name is None:
                unknown += [text] if text else []
            elif name in positions:
                cause = f"the columns {headers[positions[name]]!r} and {text!r} both mean {self.usual[name]}."
                faults.append(Fault("row 1", cause, "Rename or delete one of them.", "twice"))
            else:
                positions[name] = position
        for group in self.needed:
            if not any(name in positions for name in group):
                wanted, found = self.usual[group[0]], ", ".join(headers)[:200]
                cause = f"there is no column for the {wanted}. Columns found: {found}."
                faults.append(Fault("row 1", cause, f"Name it {wanted!r}, or take the template.", "missing"))
        if faults:
            raise Refused(faults)
        return Layout(positions, headers, tuple(unknown), self.usual)

    def _named(self, text: str) -> str | None:
        """The field a header means; what is added to a known name (no., number, code) does not matter."""
        word, known = normal(text), self._by_header
        if word in known:
            return known[word]
        return next((known[bare] for end in _ENDS if (bare := word.removesuffix(end)) in known), None)

    def questions(
        self, rows: Iterable[tuple[int, Sequence[Cell]]], columns: Layout, answers: Mapping[str, str]
    ) -> list[Question]:
        """What the file leaves open and nobody has answered yet."""
        rows = list(rows)
        found = []
        marks = [decimal_mark(_texts(rows, columns, (name,))) for name in self.numbers]
        if not answers.get("decimal") and (None in marks or len({mark for mark in marks if mark}) > 1):
            text = "Numbers such as 1,250 can be read in two ways. What stands before the decimals?"
            found.append(Question("decimal", text, tuple(DECIMALS.items())))
        if not answers.get("date_order") and date_order(_texts(rows, columns, self.dates)) is None:
            text = "Dates such as 03/12/2027 can be read in two ways. Which is right?"
            found.append(Question("date_order", text, tuple(DATE_ORDERS.items())))
        return found

    def lines(
        self, rows: Iterable[tuple[int, Sequence[Cell]]], columns: Layout, answers: Mapping[str, str]
    ) -> tuple[list[Line], list[Fault]]:
        """Every row read, and every fault in a cell, named by row and column."""
        marks = self._marks(rows := list(rows), columns, answers)
        order = answers.get("date_order") or date_order(_texts(rows, columns, self.dates)) or "dmy"
        read: list[Line] = []
        faults: list[Fault] = []
        for row, cells in rows:
            line = Line(row)
            for name in columns.positions:
                cell = _at(cells, columns, name)
                if cell == "":
                    continue
                try:
                    line.values[name] = self._value(name, cell, marks, order)
                except ValueError as problem:
                    remedy = self._remedy(name)
                    faults.append(Fault(where(row, columns.header(name)), f"{problem}.", remedy))
            read.append(line)
        return read, faults

    def _remedy(self, name: str) -> str:
        if name in self.dates:
            return "Write it like 2027-03-03."
        return "Write it like 12.5." if name in self.numbers else "Correct it."

    def _marks(
        self, rows: Sequence[tuple[int, Sequence[Cell]]], columns: Layout, answers: Mapping[str, str]
    ) -> dict[str, str]:
        if answers.get("decimal"):
            return dict.fromkeys(self.numbers, answers["decimal"])
        found = {name: decimal_mark(_texts(rows, columns, (name,))) or "" for name in self.numbers}
        said = next((mark for mark in found.values() if mark), ".")
        return {name: mark or said for name, mark in found.items()}

    def _value(self, name: str, cell: Cell, marks: Mapping[str, str], order: str) -> str | Decimal | date:
        if name in self.numbers:
            if isinstance(cell, date):
                raise ValueError(f"expected a number, got the date {cell}")
            return cell if isinstance(cell, Decimal) else number(cell, marks[name])
        if name in self.dates:
            if isinstance(cell, date):
                return cell
            return day(format(cell, "f") if isinstance(cell, Decimal) else cell, order)
        return plain_text(cell, self.text_max.get(name, TEXT_USUAL))


def plain_text(cell: Cell, longest: int) -> str:
    """A cell as text of one line; raises ValueError for one too long or with marks no paper shows."""
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    if len(text) > longest:
        raise ValueError(f"has {len(text)} characters, at most {longest} fit")
    if any(
        ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) <= 0xDFFF
        for character in text
    ):
        raise ValueError("contains a control character or a line break")
    return text


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
