"""Lists as files: what a spreadsheet opens is what was in the book, and nothing runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from python_calamine import CalamineWorkbook

from lotbook.kernel.errors import Refused
from lotbook.kernel.tables import FORMULA_STARTS, export

pytestmark = pytest.mark.once

ATTACKS = [f"{start}cmd|' /C calc'!A0" for start in FORMULA_STARTS]


def content(response: HttpResponseBase) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


def csv_rows(rows: Sequence[Sequence[Any]], columns: Sequence[str] = ("A",)) -> list[list[str]]:
    data = content(export(rows, columns, "csv", "list"))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def xlsx_rows(rows: Sequence[Sequence[Any]], columns: Sequence[str] = ("A",)) -> list[list[Any]]:
    response = export(rows, columns, "xlsx", "list")
    assert isinstance(response, FileResponse)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content(response)))
    return book.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_runs_as_a_formula_in_csv(attack: str) -> None:
    assert csv_rows([[attack]])[1] == [f"'{attack}"]


def test_a_header_runs_no_formula_either() -> None:
    assert csv_rows([], ["=1+1"])[0] == ["'=1+1"]


@pytest.mark.parametrize("attack", ["=1+1", "+1", "@SUM(A1)", "{=1+1}", "http://example.com"])
def test_in_xlsx_a_text_stays_the_text_it_is(attack: str) -> None:
    response = export([[attack]], ["A"], "xlsx", "list")
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content(response))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert xlsx_rows([[attack]])[1] == [attack]


def test_numbers_stay_numbers() -> None:
    assert csv_rows([[-5, Decimal("-1.50"), Decimal("1E+3")]], "ABC")[1] == ["-5", "-1.50", "1000"]
    assert xlsx_rows([[-5, Decimal("-1.50")]], "AB")[1] == [-5.0, -1.5]


def test_a_number_too_long_for_a_spreadsheet_is_not_rounded() -> None:
    assert xlsx_rows([[1234567890123456789, 123456789012345]], "AB")[1] == [
        "1234567890123456789",
        123456789012345.0,
    ]


def test_dates_and_truth_are_written_so_that_all_read_them_alike() -> None:
    row = [date(2027, 3, 3), datetime(2027, 3, 3, 14, 5, tzinfo=UTC), True, None]
    assert csv_rows([row], "ABCD")[1] == ["2027-03-03", "2027-03-03T14:05:00+00:00", "yes", ""]
    day, moment, truth = xlsx_rows([row], "ABCD")[1][:3]
    assert (str(day)[:10], str(moment), truth) == ("2027-03-03", "2027-03-03 14:05:00", "yes")


def test_the_file_is_named_and_not_kept() -> None:
    response = export([], ["A"], "csv", 'a/b"c')
    assert response["Content-Disposition"] == 'attachment; filename="bc.csv"'
    assert response["Cache-Control"] == "no-store"


def test_another_format_is_refused() -> None:
    with pytest.raises(Refused, match="expected csv or xlsx"):
        export([], ["A"], "pdf", "list")


def test_a_long_list_streams() -> None:
    def rows() -> Any:
        for number in range(3):
            yield [number]
        raise AssertionError("read to the end before anything was sent")

    response = export(rows(), ["A"], "csv", "list")
    assert isinstance(response, StreamingHttpResponse)
    lines = iter(response)
    assert [next(lines), next(lines)] == [b"\xef\xbb\xbfA\r\n", b"0\r\n"]
