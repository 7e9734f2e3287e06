"""Lists as files: CSV and XLSX, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import IO

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from lotbook.kernel.errors import Fault, Refused

FORMATS = ("csv", "xlsx")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSX_ROWS_MAX = 1_048_575
"""Rows of a worksheet without its header."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text that begins like this for a formula (OWASP, CSV Injection)."""

DIGITS_MAX = 15
"""A spreadsheet's numbers are 64-bit floats: longer ones would silently change and stay text."""

XLSX_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "dd mmm yyyy",
}

Cell = str | int | Decimal | bool | date | datetime | None


def export(
    rows: Iterable[Sequence[Cell]],
    columns: Sequence[str],
    format: str,  # noqa: A002 – what the address calls it
    filename: str,
    *,
    about: Sequence[tuple[str, Cell]] = (),
) -> HttpResponseBase:
    """The file to download: a header of ``columns``, then ``rows`` (as many cells each).

    ``format`` is ``csv`` (UTF-8 with byte-order mark, ISO dates) or ``xlsx``; ``filename`` has no ending.
    ``about`` says what the list is, who asked and when: lines above the header in CSV, a sheet in XLSX.
    Refuses another format, and more rows than a worksheet holds.
    """
    if format == "csv":
        response: HttpResponseBase = StreamingHttpResponse(_csv(rows, columns, about), content_type=CSV_TYPE)
    elif format == "xlsx":
        response = FileResponse(_xlsx(rows, columns, about), content_type=XLSX_TYPE)
    else:
        raise Refused(
            Fault("format", f"expected csv or xlsx, got {format[:20]!r}.", "Use the links under the list."),
            status=400,
        )
    name = PurePath(filename).name.replace('"', "")
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    response["Cache-Control"] = "no-store"
    return response


def harmless(text: str) -> str:
    """``text`` with an apostrophe before it when a spreadsheet would run it.

    >>> harmless("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class _Line:
    """A file that gives back what is written to it, so that a large list streams."""

    def write(self, text: str) -> str:
        return text


def _csv(
    rows: Iterable[Sequence[Cell]], columns: Sequence[str], about: Sequence[tuple[str, Cell]] = ()
) -> Iterator[bytes]:
    writer = csv.writer(_Line())
    head = [[harmless(name), _csv_cell(value)] for name, value in about]
    head += [[]] if head else []
    head += [[harmless(column) for column in columns]]
    yield b"\xef\xbb\xbf" + "".join(str(writer.writerow(line)) for line in head).encode()
    for row in rows:
        yield str(writer.writerow([_csv_cell(cell) for cell in row])).encode()


def _csv_cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return f"{cell:f}"
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def _xlsx(
    rows: Iterable[Sequence[Cell]], columns: Sequence[str], about: Sequence[tuple[str, Cell]] = ()
) -> IO[bytes]:
    # Closed by the response once it is sent; beyond 8 MB it lies on disk, not in memory.
    file = tempfile.SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115 – the answer closes it
    with xlsxwriter.Workbook(file, XLSX_OPTIONS) as book:
        sheet = _Sheet(book)
        sheet.head(columns)
        for number, row in enumerate(rows, start=1):
            if number > XLSX_ROWS_MAX:
                raise Refused(
                    Fault(
                        "format", f"a worksheet holds {XLSX_ROWS_MAX} rows, this list is longer.", "Take CSV."
                    )
                )
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
        if about:
            facts = _Sheet(book, "About")
            for number, (name, value) in enumerate(about):
                facts.write(number, 0, name)
                facts.write(number, 1, value)
    file.seek(0)
    return file


class _Sheet:
    """A worksheet of an export, with the formats its cells need."""

    def __init__(self, book: xlsxwriter.Workbook, name: str | None = None) -> None:
        self.sheet = book.add_worksheet(name)
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.quoted = book.add_format({"quote_prefix": True})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def head(self, columns: Sequence[str]) -> None:
        self.sheet.freeze_panes(1, 0)
        for column, label in enumerate(columns):
            self.sheet.write_string(0, column, label, self.bold)

    def write(self, row: int, column: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case str():
                # The quote prefix is the spreadsheet's own mark for text: the value stays what it is.
                risky = cell.startswith(FORMULA_STARTS)
                self.sheet.write_string(row, column, cell, self.quoted if risky else None)
            case bool():
                self.sheet.write_string(row, column, "yes" if cell else "no")
            case datetime():
                self.sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None), self.moment)
            case date():
                self.sheet.write_datetime(row, column, cell)
            case _ if len(Decimal(cell).as_tuple().digits) > DIGITS_MAX:
                self.sheet.write_string(row, column, f"{Decimal(cell):f}")
            case _:
                self.sheet.write_number(row, column, cell)
