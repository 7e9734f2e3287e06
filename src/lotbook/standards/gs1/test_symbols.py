from __future__ import annotations

import pytest

from lotbook.standards.gs1 import Gs1Error
from lotbook.standards.gs1.symbols import ELEMENT_SYMBOLS, Scan, read_symbol, transmitted

pytestmark = pytest.mark.once

GTIN = "0104012345123456"


@pytest.mark.parametrize("aim", sorted(ELEMENT_SYMBOLS))
def test_symbols_with_element_strings(aim: str) -> None:
    scan = read_symbol(f"{aim}{GTIN}10AB-1\x1d17270331")
    assert scan.message is not None
    assert (scan.kind, scan.symbology, scan.name) == ("elements", aim, ELEMENT_SYMBOLS[aim])
    assert scan.message.elements == (("01", "04012345123456"), ("10", "AB-1"), ("17", "270331"))
    assert scan.notation == f"^{GTIN}10AB-1^17270331"


@pytest.mark.parametrize(
    ("text", "gtin", "add_on"),
    [
        ("]E04012345123456", "04012345123456", ""),
        ("]E00614141000036", "00614141000036", ""),
        ("]E440123455", "00000040123455", ""),
        ("]I114012345123453", "14012345123453", ""),
        ("]E3401234512345612", "04012345123456", "12"),
        ("]E3401234512345651234", "04012345123456", "51234"),
    ],
)
def test_symbols_of_retail(text: str, gtin: str, add_on: str) -> None:
    scan = read_symbol(text)
    assert scan.message is not None
    assert (scan.message.elements, scan.add_on) == ((("01", gtin),), add_on)


def test_a_composite_component_says_more_of_the_same_thing() -> None:
    scan = read_symbol("]E04012345123456|]e010AB\x1d21S")
    assert scan.message is not None
    assert scan.message.bracketed == "(01)04012345123456(10)AB(21)S"
    assert scan.notation == "4012345123456|^10AB^21S"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("]Q1TESTING", "text"),
        ("]d1", "text"),
        ("]C0LOT-7", "text"),
        ("]A0LOT-7", "text"),
        ("]I012345670", "text"),
        ("]E112", "text"),
        ("]E212345", "text"),
        ("]Q1https://m.example/01/04012345123456?17=270331", "link"),
        ("]d1HTTPS://m.example/00/040123450000003338", "link"),
        ("]Q1ftp://m.example/x", "text"),
    ],
)
def test_other_symbols(text: str, kind: str) -> None:
    scan = read_symbol(text)
    assert (scan.kind, scan.text, scan.message is None) == (kind, text[3:], kind == "text")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_symbology"),
        ("LOT-7", "no_symbology"),
        ("]", "no_symbology"),
        ("]C", "no_symbology"),
        ("]X0A", "unknown_symbology"),
        ("]C9A", "unknown_symbology"),
        ("]C1", "no_elements"),
        ("]C1\x1d" + GTIN, "unknown_ai"),
        (f"]C1{GTIN}\x1d\x1d10A", "unknown_ai"),
        ("]C1^" + GTIN, "unknown_ai"),  # a circumflex in a scan is a circumflex
        (f"]C1{GTIN}10A^17270331", "invalid_cset82_character"),
        ("]C10104012345123457", "incorrect_check_digit"),
        ("]C110AB", "required_missing"),
        (f"]C1{GTIN}10{'A' * 18}17270331", "separator_lost"),
        (f"]C1{GTIN}10{'A' * 30}", "value_too_long"),
        ("]E0401234512345", "wrong_length"),
        ("]E04012345123457", "incorrect_check_digit"),
        ("]E440123456", "incorrect_check_digit"),
        ("]E04012345123456|]e0", "no_elements"),
        ("]E04012345123456|]e0xx", "unknown_ai"),
        ("]E3401234512345", "wrong_length"),
        ("]E11", "bad_add_on"),
        ("]I114012345123454", "incorrect_check_digit"),
        ("]c1" + GTIN, "caps_lock"),
        ("]D2" + GTIN, "caps_lock"),
        ("]Q1https://m.example/home", "no_key"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(Gs1Error, match=r"expected .*, got") as caught:
        read_symbol(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "symbol", "scan"),
    [
        (f"^{GTIN}10AB^17270331", "GS1_128_CCA", f"]C1{GTIN}10AB\x1d17270331"),
        (f"^{GTIN}|^10AB^21S", "GS1_128_CCA", f"]e0{GTIN}10AB\x1d21S"),
        (f"^{GTIN}10AB|^21S", "DataBarExpanded", f"]e0{GTIN}10AB\x1d21S"),
        ("4012345123456", "EAN13", "]E04012345123456"),
        ("614141000036", "UPCA", "]E00614141000036"),
        ("40123455", "EAN8", "]E440123455"),
        ("14012345123453", "ITF14", "]I114012345123453"),
        ("04012345123456", "DataBarOmni", f"]e0{GTIN}"),
        ("^0104012345123456", "EAN13", "]E04012345123456"),
        ("LOT-7", "QR", "]Q1LOT-7"),
        (r"\^LOT-7", "DM", "]d1^LOT-7"),
        ("https://m.example/01/04012345123456", "QR", "]Q1https://m.example/01/04012345123456"),
    ],
)
def test_what_a_scanner_sends_is_read_back(data: str, symbol: str, scan: str) -> None:
    assert transmitted(data, symbol) == scan
    back = read_symbol(scan)
    if back.message is not None and back.kind == "elements":
        assert back.message.get("01") in {
            "04012345123456",
            "00614141000036",
            "00000040123455",
            "14012345123453",
        }
    else:
        assert back.notation == data


@pytest.mark.parametrize(
    ("data", "symbol", "code"),
    [
        ("LOT-7", "EAN13", "wrong_length"),
        ("LOT-7", "GS1_128_CCA", "symbol_cannot_carry"),
        ("^10AB", "EAN13", "wrong_length"),
        ("^010401234512345710AB", "DM", "incorrect_check_digit"),
        ("14012345123453", "EAN13", "wrong_length"),
        ("^0114012345123453", "EAN13", "wrong_length"),
        ("4012345123457", "EAN13", "incorrect_check_digit"),
        ("", "QR", "symbol_cannot_carry"),
        ("x", "PunchedTape", "symbol_cannot_carry"),
    ],
)
def test_what_a_symbol_cannot_carry(data: str, symbol: str, code: str) -> None:
    with pytest.raises(Gs1Error) as caught:
        transmitted(data, symbol)
    assert caught.value.code == code


def test_a_scan_is_a_value() -> None:
    assert read_symbol("]Q1A") == Scan("text", "A", None, "]Q1", "QR Code")
    assert len({read_symbol("]Q1A"), read_symbol("]Q1A")}) == 1
