from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1 import AIS, parse_elements, written
from lotbook.standards.gs1.checks import CSET_82

pytestmark = pytest.mark.once

GS = "\x1d"
lots = st.text(CSET_82, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(01)04012345123456(10)AB-1", {"01": "04012345123456", "10": "AB-1"}),
        ("010401234512345610AB-1", {"01": "04012345123456", "10": "AB-1"}),
        (f"]C110AB-1{GS}0104012345123456", {"10": "AB-1", "01": "04012345123456"}),
        (f"]d2{GS}010401234512345617270331", {"01": "04012345123456", "17": "270331"}),
        (f"]Q30104012345123456{GS}21X{GS}", {"01": "04012345123456", "21": "X"}),
        ("(10)A(B)C(21)7", None),  # a bracket that opens within a value is escaped
        (r"(10)A\(B)C(21)7", {"10": "A(B)C", "21": "7"}),
        (r"(10)A\(21\)(21)7", {"10": "A(21)", "21": "7"}),
        (f"3103000195{GS}37012", {"3103": "000195", "37": "012"}),
        ("(00)040123450000003338(02)04012345123456(37)24", {"00": "040123450000003338"}),
        ("(4140)1", None),
        ("(414)0614141123452", {"414": "0614141123452"}),
        ("(17)270200", {"17": "270200"}),
        ("(17)271331", None),
        ("(17)270229", None),
        ("(01)04012345123457", None),
        ("(01)0401234512345", None),
        ("(10)" + "A" * 21, None),
        ("(10)é", None),
        ("(10)", None),
        ("(10)A(10)B", None),
        ("(10)A(10)A", {"10": "A"}),
        ("(8003)10614141123452", None),
        ("(8006)040123451234560102", {"8006": "040123451234560102"}),
        ("(8006)040123451234560201", None),
        ("]E04012345123456", None),
        ("", None),
        ("]C1", None),
        ("LOT-7", None),
        ("(01", None),
    ],
)
def test_element_strings(text: str, expected: dict[str, str] | None) -> None:
    if expected is None:
        with pytest.raises(MalformedError, match=r"expected .*, got"):
            parse_elements(text)
    else:
        assert expected.items() <= parse_elements(text).items()


@given(lots, lots)
def test_what_is_written_is_read_back(lot: str, serial: str) -> None:
    elements = {"01": "04012345123456", "10": lot, "21": serial}
    assert parse_elements(written(elements)) == elements
    assert parse_elements(f"]C1010401234512345610{lot}{GS}21{serial}") == elements


def test_codes_are_prefix_free() -> None:
    for code in AIS:
        assert not any(other != code and other.startswith(code) for other in AIS)
