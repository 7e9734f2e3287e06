"""Values of application identifiers as bits and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.epc.bits import Reader
from lotbook.standards.epc.packing import FORMATS, pack, read_elements, unpack, write_elements
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.checks import CSET_39, CSET_82

pytestmark = pytest.mark.once


def nibbles(digits: str) -> str:
    return "".join(format(int(digit), "04b") for digit in digits)


@pytest.mark.parametrize(
    ("code", "value", "bits"),
    [
        ("00", "106141412345678908", nibbles("106141412345678908")),
        ("10", "7", "000" + "00001" + "0111"),
        ("10", "0007", "000" + "00100" + "00000000000111"),
        ("10", "AB", "001" + "00010" + "10101011"),
        ("10", "ab1", "010" + "00011" + "101010110001"),
        ("10", "aB_", "011" + "00011" + "011010" + "000001" + "111111"),
        ("10", "a/", "100" + "00010" + "1100001" + "0101111"),
        ("10", "XY.", "101" + "00011" + format(1600 * 24 + 40 * 25 + 28 + 1, "016b")),
        ("17", "270300", "0011011" + "0011" + "00000"),
        ("3103", "000195", format(195, "020b")),
        ("7003", "2702282400", "0011011" + "0010" + "11100" + "11000" + "000000"),
        ("7007", "270228270301", "1" + "0011011" + "0010" + "11100" + "0011011" + "0011" + "00001"),
        ("8008", "27022823", "00" + "0011011" + "0010" + "11100" + "10111"),
        ("8008", "270228235959", "10" + "0011011" + "0010" + "11100" + "10111" + "111011" + "111011"),
        ("7011", "270228", "11" + "0011011" + "0010" + "11100"),
        ("4307", "CZ", "000010" + "011001"),
        ("4321", "1", "1"),
        ("4330", "001850-", format(1850, "020b") + "1"),
        ("4330", "001850", format(1850, "020b") + "0"),
        ("7258", "1/3", "0001" + "0011"),
        ("8004", "0123", "0000" + "0001" + "0010" + "0011" + "1111"),
        ("8004", "01A", "0000" + "0001" + "1110" + "001" + "00001" + "1010"),
        ("8004", "A", "1110" + "001" + "00001" + "1010"),
        ("8011", "007", "0011" + "0000000111"),
        ("8003", "00614141123452Q", nibbles("00614141123452") + "011" + "00001" + "010000"),
        ("3932", "9781500", format(978, "010b") + "0100" + format(1500, "014b")),
    ],
)  # fmt: skip
def test_values_worked_by_hand(code: str, value: str, bits: str) -> None:
    assert pack(code, value) == bits
    assert unpack(code, Reader(bits)) == value


@given(st.text(CSET_82, min_size=1, max_size=20))
def test_any_lot_comes_back(lot: str) -> None:
    packed = pack("10", lot)
    assert unpack("10", Reader(packed)) == lot
    assert len(packed) <= 8 + 7 * len(lot)


@given(st.text(CSET_39, min_size=1, max_size=30), st.text("0123456789", min_size=1, max_size=12))
def test_any_component_comes_back(component: str, serial: str) -> None:
    elements = [("8010", component), ("8011", serial)]
    assert list(read_elements(Reader(write_elements(elements) + "0" * 15))) == elements


def test_of_two_equal_encodings_the_lower_number_is_taken() -> None:
    # Eight letters need 48 bits in base 64 and in code 40: the standard leaves the choice open.
    packed = pack("10", "ABCDEFGH")
    assert packed[:3] == "011"
    in_code_40 = "101" + "01000" + pack("10", "ABCDEFGH-")[8:40] + format(1600 * 7 + 40 * 8 + 1, "016b")
    assert unpack("10", Reader(packed)) == unpack("10", Reader(in_code_40)) == "ABCDEFGH"


def test_a_longer_encoding_than_needed_is_read() -> None:
    assert unpack("10", Reader("100" + "00001" + format(ord("7"), "07b"))) == "7"


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("9", "1", "an application identifier"),
        ("10", "", "1 to 20 characters"),
        ("10", "x" * 21, "1 to 20 characters"),
        ("10", "é", "characters of the GS1 sets"),
        ("17", "271301", "a date"),
        ("17", "270230", "a date"),
        ("17", "2702", "6 digits of a date"),
        ("7003", "2702282401", "a date"),
        ("4307", "cz", "country of two letters"),
        ("7258", "0/3", "n/m"),
        ("3103", "12345", "6 digits"),
        ("01", "1234567890123X", "14 digits"),
        ("30", "123456789", "1 to 8 digits"),
    ],
)
def test_what_has_no_bits_is_refused(code: str, value: str, expected: str) -> None:
    with pytest.raises(MalformedError, match=expected):
        pack(code, value)


@pytest.mark.parametrize(
    ("code", "bits", "expected"),
    [
        ("10", "110" + "00001" + "0000000", "an encoding from 0 to 5"),
        ("10", "000" + "00000", "a length of 1 to 20"),
        ("10", "000" + "00001" + "1111", "1 digits"),
        ("10", "100" + "00001" + "0100000", "characters of encoding 4"),
        ("10", "101" + "00001" + "0000000000000000", "three characters in 16 bits"),
        ("10", "101" + "00010" + format(1600 + 1, "016b"), "2 characters of encoding 5"),
        ("10", "000" + "00100" + "01", "more bits"),
        ("17", "0011011" + "0000" + "00001", "a date"),
        ("17", "1111111" + "0001" + "00001", "6 digits"),
        ("8004", "1100", "a digit, a delimiter"),
        ("8004", "1111", "1 to 30 characters"),
        ("7258", "00000001", "n/m"),
    ],
)
def test_bits_that_mean_nothing_are_refused(code: str, bits: str, expected: str) -> None:
    with pytest.raises(MalformedError, match=expected):
        unpack(code, Reader(bits))


def test_every_code_has_a_format_and_its_length() -> None:
    assert len(FORMATS) > 500
    assert {len(code) for code in FORMATS if code.startswith("31")} == {4}
    with pytest.raises(MalformedError, match="the code of an application identifier"):
        list(read_elements(Reader("1010" + "0001" + "1" * 20)))
