"""Reading files of strangers: delimiters, encodings, numbers, dates, and the guards."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from lotbook.interfaces.onboarding import rules
from lotbook.kernel import columns as column_rules
from lotbook.kernel import sheets
from lotbook.kernel.errors import Refused
from lotbook.kernel.sheets import Question, Sheet

pytestmark = pytest.mark.once
HEADER = ("Item", "Lot", "Quantity", "Expiry")


def workbook(*rows: tuple[object, ...]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, book.add_format({"num_format": "dd/mm/yyyy"}))
                else:
                    sheet.write(number, column, value)
    return file.getvalue()


def read(data: bytes, encoding: str = "") -> Sheet:
    sheet = sheets.read(data, encoding=encoding, known=rules.KNOWN)
    assert isinstance(sheet, Sheet)
    return sheet


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_under_which_the_columns_are_known(mark: str) -> None:
    text = mark.join(["Artikelnummer", "Charge", '"Menge"']) + "\n" + mark.join(["TOM", '"L;1,|\t"', "3"])
    sheet = read(text.encode())
    assert sheet.delimiter == mark
    assert [list(row) for _, row in sheet.body()] == [
        ["TOM", "L;1,|".strip() if mark == "x" else "L;1,|", "3"]
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_files_are_read_without_asking(encoding: str) -> None:
    assert read("item;quantity\nJalapeño;1".encode(encoding)).rows[1][0] == "Jalapeño"


def test_another_encoding_is_asked_for() -> None:
    data = "item;quantity\nJalapeño;1".encode("cp1252")
    asked = sheets.read(data, known=rules.KNOWN)
    assert isinstance(asked, Question)
    assert [value for value, _ in asked.choices] == ["cp1252", "cp1250"]
    assert read(data, "cp1252").rows[1][0] == "Jalapeño"
    with pytest.raises(Refused, match="not encoded as UTF-8"):
        read(data, "utf-8")


def test_a_worksheet_gives_numbers_dates_and_the_values_of_formulas() -> None:
    data = workbook(
        HEADER, ("TOM", 123, 0.1 + 0.2, date(2027, 3, 3)), ("", "", "", ""), ("JAR", "=1+1", "2,5", "")
    )
    sheet = read(data)
    rows = list(sheet.body())
    assert rows[0] == (2, ["TOM", Decimal(123), Decimal("0.3"), date(2027, 3, 3)])
    assert rows[1][0] == 4
    lines, faults = rules.TABLE.lines(rows, rules.TABLE.layout(sheet.rows[0]), {})
    assert not faults
    assert (lines[0].values["lot"], lines[0].values["quantity"]) == ("123", Decimal("0.3"))
    assert (lines[1].values["lot"], lines[1].values["quantity"]) == ("0", Decimal("2.5"))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"item,quantity\n", "no row below"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"item,quantity\nT\0M,1", "zero bytes"),
        (b'item,quantity\n"' + b"x" * 200_000, "row 2"),
        (b"PK\x03\x04 no archive", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, word: str) -> None:
    with pytest.raises(Refused, match=word):
        sheets.read(data, known=rules.KNOWN)


def test_files_too_large_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "FILE_MAX", 10)
    monkeypatch.setattr(sheets, "ROWS_MAX", 2)
    with pytest.raises(Refused) as refusal:
        read(b"item,quantity\nTOM,1")
    assert refusal.value.status == 413
    monkeypatch.setattr(sheets, "FILE_MAX", 1000)
    with pytest.raises(Refused, match="at most 2 are taken"):
        read(b"item,quantity\nTOM,1\nTOM,1\nTOM,1")


def repacked(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(HEADER, ("TOM", "1", 1, "")))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, parts.pop(name) if name in parts else old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return file.getvalue()


def test_a_zip_bomb_is_not_opened() -> None:
    bomb = repacked({"xl/media/image1.png": b"\0" * 30_000_000})
    with pytest.raises(Refused, match="times its size"):
        read(bomb)


def test_a_bomb_that_lies_about_its_size_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "UNPACKED_MAX", 2_000_000)
    bomb = bytearray(repacked({"xl/media/a.bin": bytes(3_000_000)}))
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as archive:
        assert archive.getinfo("xl/media/a.bin").file_size == 3_000_000
    lie, truth = (100).to_bytes(4, "little"), (3_000_000).to_bytes(4, "little")
    assert bomb.count(truth) == 2
    with pytest.raises(Refused, match="unpacks to more than"):
        read(bytes(bomb).replace(truth, lie))


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD2"])
def test_a_cell_far_out_in_the_corner_is_refused(cell: str) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(HEADER, ("TOM", "1", 1, "")))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b"</sheetData>", f'<row r="9"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode())
    with pytest.raises(Refused, match=cell):
        read(repacked({"xl/worksheets/sheet1.xml": far}))


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(Refused, match="no Excel workbook"):
        read(file.getvalue())


# --- Numbers and dates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1", "20"], ""),
        (["1.5", "1.250"], "."),
        (["1,5", "1,250"], ","),
        (["1.250,5"], ","),
        (["1,250.5"], "."),
        (["1,250,000"], "."),
        (["0,125"], ","),
        (["1,250"], None),
        (["1.250", "2.500"], None),
        (["1,5", "2.5"], None),
    ],
)
def test_the_decimal_mark_is_told_by_the_column_or_asked(texts: list[str], mark: str | None) -> None:
    assert column_rules.decimal_mark(texts) == mark


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,250.5", ".", "1250.5"),
        ("1.250,5", ",", "1250.5"),
        ("12 500", ".", "12500"),
        ("-3", ".", "-3"),
        (",5", ",", "0.5"),
    ],
)
def test_numbers_are_read_exactly(text: str, mark: str, value: str) -> None:
    assert column_rules.number(text, mark) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "mark"), [("12,5", "."), ("1.2.3", ","), ("1,25,000", "."), ("5 kg", "."), ("١", ".")]
)
def test_numbers_that_do_not_fit_the_mark_are_refused(text: str, mark: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        column_rules.number(text, mark)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2027-03-04", ""), ("20270304", ""), ("04.03.2027", ""), ("4.3.27", ""), ("04 MAR 2027", ""),
        ("4-mar-27", ""), ("04/03/2027", "dmy"), ("03/04/2027", "mdy"), ("2027/03/04 00:00:00", ""),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(text: str, order: str) -> None:
    assert column_rules.day(text, order) == date(2027, 3, 4)


@pytest.mark.parametrize("text", ["31.02.2027", "2027-13-01", "soon", "03/2027", "1889-01-01"])
def test_dates_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"such day|expected a date|outside"):
        column_rules.day(text, "dmy")


def test_the_order_of_day_and_month_is_told_by_the_column_or_asked() -> None:
    assert column_rules.date_order(["13/02/2027", "01/02/2027"]) == "dmy"
    assert column_rules.date_order(["02/13/2027"]) == "mdy"
    assert column_rules.date_order(["01.02.2027", "03/03/2027"]) == ""
    assert column_rules.date_order(["01/02/2027"]) is None
    assert column_rules.date_order(["13/02/2027", "02/13/2027"]) is None


def test_columns_that_are_missing_or_twice_are_named() -> None:
    with pytest.raises(Refused) as refusal:
        rules.TABLE.layout(["Charge", "Batch", "Menge"])
    assert ["item" in str(fault) or "lot" in str(fault) for fault in refusal.value.faults] == [True, True]
    columns = rules.TABLE.layout(["SKU", "Supplier's lot No.", "Qty", "Colour"])
    assert set(columns.positions) == {"item", "supplier_lot", "quantity"}
    assert columns.unknown == ("Colour",)
