from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1 import encode, parse_digital_link
from lotbook.standards.gs1.checks import CSET_82

pytestmark = pytest.mark.once

lots = st.text(CSET_82, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("uri", "elements"),
    [
        ("https://id.gs1.org/01/04012345123456", {"01": "04012345123456"}),
        ("HTTP://Maker.Example/a/b/01/04012345123456/10/X", {"01": "04012345123456", "10": "X"}),
        ("https://m.example/01/4012345123456/10/X", {"01": "04012345123456", "10": "X"}),
        ("https://m.example/01/40123455", {"01": "00000040123455"}),
        (
            "https://m.example/01/04012345123456/22/V/10/L%2F1/21/%C3%A4?17=270331&linkType=all#top",
            None,  # ä is not in the GS1 set 82
        ),
        (
            "https://m.example/01/04012345123456/22/V/10/L%2F1/21/S?17=270331&linkType=all#top",
            {"01": "04012345123456", "22": "V", "10": "L/1", "21": "S", "17": "270331"},
        ),
        ("https://m.example/00/00/00/040123450000003338", {"00": "040123450000003338"}),
        ("https://m.example/01/04012345123456/10/8004", {"01": "04012345123456", "10": "8004"}),
        ("https://m.example/414/0614141123452/254/32a%2Fb", {"414": "0614141123452", "254": "32a/b"}),
        ("https://m.example/8003/0061414112345232a", {"8003": "0061414112345232a"}),
        ("https://m.example/8013/1987654Ad4X4bL5ttr2310c2K", {"8013": "1987654Ad4X4bL5ttr2310c2K"}),
        ("https://m.example/8013/1987654Ad4X4bL5ttr2310c2L", None),
        ("https://m.example/01/04012345123457", None),
        ("https://m.example/01/04012345123456/", None),
        ("https://m.example/01/04012345123456/21/S/10/L", None),
        ("https://m.example/01/04012345123456/99/x", None),
        ("https://m.example/01//10/L", None),
        ("https://m.example/01/04012345123456?10=a&10=b", None),
        ("https://m.example/01/04012345123456?17=271301", None),
        ("https://m.example/10/L", None),
        ("https:///01/04012345123456", None),
        ("ftp://m.example/01/04012345123456", None),
        ("urn:epc:id:sscc:4012345.0000000333", None),
        ("01/04012345123456", None),
        ("https://m.example/01/04012345123456/10/%FF", None),
    ],
)
def test_digital_links(uri: str, elements: dict[str, str] | None) -> None:
    if elements is None:
        with pytest.raises(MalformedError, match=r"expected .*, got"):
            parse_digital_link(uri)
    else:
        assert dict(parse_digital_link(uri).elements) == elements


def test_parts_of_a_link() -> None:
    link = parse_digital_link("HTTPS://M.example:8080/a/b/01/04012345123456/10/X?17=270331")
    assert link.key == "01"
    assert link.path_codes == ("01", "10")
    assert link.stem == "https://m.example:8080/a/b"


def test_a_lax_reading_keeps_a_lot_that_is_too_long_but_no_wrong_key() -> None:
    long = "A" * 30
    link = parse_digital_link(f"https://m.example/01/04012345123456/10/{long}", strict=False)
    assert link.elements["10"] == long
    with pytest.raises(MalformedError, match="check digit 6"):
        parse_digital_link("https://m.example/01/04012345123457", strict=False)


@given(lots, lots, lots)
def test_what_is_encoded_is_parsed_back(variant: str, lot: str, serial: str) -> None:
    elements = {"01": "04012345123456", "22": variant, "10": lot, "21": serial, "17": "270331"}
    uri = encode(dict(reversed(elements.items())), "https://m.example/p/")
    assert uri.startswith("https://m.example/p/01/04012345123456/22/")
    assert dict(parse_digital_link(uri).elements) == elements


def test_nothing_to_encode_without_a_key() -> None:
    with pytest.raises(MalformedError, match="a GS1 key"):
        encode({"10": "L"})
