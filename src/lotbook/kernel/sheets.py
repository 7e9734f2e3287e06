"""From the bytes of a CSV or XLSX file to rows of cells, with the guards a stranger's file needs.

Cells are text, ``Decimal`` (numbers of a worksheet) or ``date``; formulas are read as the values they
last had, never run.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook

from lotbook.kernel.errors import Fault, Refused

FILE_MAX = 20 * 1024 * 1024
ROWS_MAX = 100_000
COLUMNS_MAX = 200
UNPACKED_MAX = 400 * 1024 * 1024
"""Most bytes a workbook may unpack to: 100,000 rows of thirty columns need about a quarter of it."""
RATIO_MAX = 200
RATIO_FROM = 10 * 1024 * 1024
"""Parts smaller than this may be packed as tightly as they like."""
ENTRIES_MAX = 2_000
CELL_MAX = 5_000
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Western European (Windows 1252)",
    "cp1250": "Central European (Windows 1250)",
}
DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}

Cell = str | Decimal | date

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,10})["']""")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Question:
    """Something about the file that only a person knows: ``name`` is the option that answers it."""

    name: str
    text: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it was read: ``rows[0]`` is the header. Row numbers count from 1, as spreadsheets do."""

    rows: Sequence[Sequence[Cell]]
    kind: str
    encoding: str = ""
    delimiter: str = ""

    def body(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The rows below the header that are not empty, with their numbers."""
        for number, row in enumerate(self.rows[1:], start=2):
            if any(cell != "" for cell in row):
                yield number, row


def read(data: bytes, *, encoding: str = "", known: frozenset[str] = frozenset()) -> Sheet | Question:
    """Read a file; a ``Question`` comes back for an encoding unknown. Raises Refused if unreadable.

    ``known`` are normalised column names: the delimiter under which most of them show is the right one.
    """
    if not data:
        raise Refused(Fault("file", "the file is empty.", "Choose the file again."))
    if len(data) > FILE_MAX:
        cause = f"the file has {len(data) / 1e6:.1f} MB, at most {FILE_MAX // 2**20} MB are taken."
        raise Refused(
            Fault("file", cause, "Split it, or leave out columns that are not needed.", "too_large"),
            status=413,
        )
    sheet = _xlsx(data) if data.startswith(b"PK\x03\x04") else _csv(data, encoding, known)
    if isinstance(sheet, Sheet):
        _check(sheet)
    return sheet


def normal(text: str) -> str:
    """A column's name without case, blanks and marks: ``Supplier's lot no.`` → ``supplierslotno``."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _check(sheet: Sheet) -> None:
    if len(sheet.rows) < 2:
        raise Refused(
            Fault("file", "the file has no row below its header.", "Take the template and fill it in.")
        )
    if len(sheet.rows) - 1 > ROWS_MAX:
        cause = f"the file has {len(sheet.rows) - 1} rows, at most {ROWS_MAX} are taken at once."
        raise Refused(Fault("file", cause, "Split it.", "too_large"), status=413)


# --- CSV ---------------------------------------------------------------------------------------------


def _csv(data: bytes, encoding: str, known: frozenset[str]) -> Sheet | Question:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Refused(Fault("file", "this is an old Excel file (.xls).", "Save it as .xlsx or .csv."))
    if data.startswith(b"%PDF"):
        raise Refused(Fault("file", "this is a PDF, not a table.", "Export the table as .xlsx or .csv."))
    found = next((name for mark, name in _BOMS if data.startswith(mark)), "") or encoding or "utf-8"
    if found not in (*ENCODINGS, "utf-8-sig", "utf-16"):
        raise Refused(Fault("encoding", f"unknown encoding {found[:20]!r}.", f"Use {', '.join(ENCODINGS)}."))
    try:
        text = data.decode(found)
    except UnicodeDecodeError:
        if encoding == "":
            return Question(
                "encoding", "The file is not UTF-8. How is its text encoded?", tuple(ENCODINGS.items())[1:]
            )
        cause = f"the file is not encoded as {ENCODINGS.get(found, found)}."
        raise Refused(
            Fault("encoding", cause, "Choose another encoding, or save the file as UTF-8.")
        ) from None
    if "\0" in text:
        raise Refused(
            Fault("file", "the file holds zero bytes: it is no text.", "Export it again as .csv or .xlsx.")
        )
    delimiter = max(DELIMITERS, key=lambda mark: _score(text, mark, known))
    return Sheet(_rows(text, delimiter), "csv", found, delimiter)


def _score(text: str, delimiter: str, known: frozenset[str]) -> tuple[int, int]:
    header = next(iter(csv.reader(io.StringIO(text[:100_000]), delimiter=delimiter)), [])
    return sum(normal(name) in known for name in header), len(header)


def _rows(text: str, delimiter: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if len(row) > COLUMNS_MAX or any(len(cell) > CELL_MAX for cell in row):
                raise Refused(
                    Fault(f"row {len(rows) + 1}", _too_wide(), "Check the quotes in the rows before it.")
                )
            rows.append([cell.strip() for cell in row])
            if len(rows) > ROWS_MAX + 1:
                break
    except csv.Error as problem:
        cause = f"it cannot be read as CSV: {problem}."
        raise Refused(Fault(f"row {len(rows) + 1}", cause, "Check the quotes in and before it.")) from None
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _too_wide() -> str:
    return f"it has more than {COLUMNS_MAX} columns, or a cell of more than {CELL_MAX} characters."


# --- XLSX --------------------------------------------------------------------------------------------


def _xlsx(data: bytes) -> Sheet:
    _guard(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        sheet = book.get_sheet_by_index(0) if names else None
        table = sheet.to_python(skip_empty_area=False) if sheet is not None else []
    except (CalamineError, OSError, ValueError, IndexError) as problem:
        raise Refused(
            Fault("file", f"the workbook cannot be read: {problem}.", "Save it again as .xlsx.")
        ) from None
    rows = [[_cell(value) for value in row] for row in table]
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    return Sheet(rows, "xlsx")


def _cell(value: object) -> Cell:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return Decimal(value)
        case float():
            # A worksheet shows fifteen digits; what binary floats carry beyond them nobody typed.
            return Decimal(format(value, ".15g"))
        case datetime():
            return value.date() if value.time() == time() else value.isoformat(" ")
        case date():
            return value
        case None:
            return ""
        case _:
            return str(value).strip()[: CELL_MAX + 1]


def _guard(data: bytes) -> None:
    """Refuse zip bombs and worksheets that only pretend to be small, before anything is parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if not any(entry.filename == "xl/workbook.xml" for entry in entries):
                raise Refused(
                    Fault(
                        "file",
                        "this archive is no Excel workbook (.xlsx).",
                        "Save the table as .xlsx or .csv.",
                    )
                )
            if len(entries) > ENTRIES_MAX:
                raise _bomb(f"it has {len(entries)} parts")
            total = 0
            for entry in entries:
                total += _unpacked(archive, entry, UNPACKED_MAX - total)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise Refused(
            Fault("file", f"the workbook is damaged: {problem}.", "Save it again as .xlsx.")
        ) from None


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> int:
    """How many bytes a part really unpacks to; its own word for it is not believed."""
    packed, size, rest = entry.compress_size, 0, b""
    entry.file_size = 2**40
    with archive.open(entry) as stream:
        for chunk in _chunks(stream):
            size += len(chunk)
            if size > most:
                raise _bomb(f"it unpacks to more than {UNPACKED_MAX // 2**20} MB")
            if size > RATIO_FROM and size > RATIO_MAX * max(packed, 1):
                raise _bomb(f"{entry.filename} unpacks to more than {RATIO_MAX} times its size")
            if entry.filename.startswith("xl/worksheets/"):
                _guard_cells(rest + chunk)
                rest = chunk[-64:]
    return size


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _guard_cells(text: bytes) -> None:
    """A cell far out in the corner would make the reader lay out the whole sheet up to it."""
    for letters, digits in _REFERENCE.findall(text):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - 64
        if int(digits) > ROWS_MAX + 1_000 or column > COLUMNS_MAX:
            cell = (letters + digits).decode()
            cause = f"the worksheet reaches to {cell}; at most {ROWS_MAX} rows, {COLUMNS_MAX} columns."
            raise Refused(
                Fault("file", cause, "Delete what lies beyond the table, and save it again.", "too_large"),
                status=413,
            )


def _bomb(why: str) -> Refused:
    return Refused(
        Fault("file", f"the workbook is not opened: {why}.", "Copy the table into a new workbook.", "bomb"),
        status=413,
    )
