"""Tags in every scheme: each form made from each other, examples of the standard where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.epc import tags
from lotbook.standards.epc.bits import Cage, Coding, Digits, Integer, Prefixed, SixBit, Text
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.checks import CSET_82, check_digit

pytestmark = pytest.mark.once

EXAMPLES = Path(__file__).resolve().parents[5] / "shared/standards/tds/tds_annex_e3.json"

OWN = {
    # scheme: (hexadecimal digits, tag URI, element string), known from the standard
    "SGTIN-96": ("3066C4409047E140075BCD15", "urn:epc:tag:sgtin-96:3.95060001343.05.123456789", None),
    "SSCC-96": (
        "3174257BF4499602D2000000",
        "urn:epc:tag:sscc-96:3.0614141.1234567890",
        "(00)106141412345678908",
    ),
}


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def texts_of(coding: Coding) -> st.SearchStrategy[str]:
    """Texts that a coding can hold."""
    match coding:
        case Integer():
            limit = min(1 << coding.width, 10**coding.digits) if coding.digits else 1 << coding.width
            return st.integers(0, limit - 1).map(str)
        case Digits():
            return digits(coding.digits)
        case Prefixed():
            return st.text("0123456789", min_size=1, max_size=coding.digits)
        case Text():
            return st.text(CSET_82, min_size=1, max_size=coding.most)
        case Cage():
            return st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=5, max_size=6)
        case SixBit():
            return st.from_regex(coding.pattern, fullmatch=True)
    raise AssertionError(coding)


@st.composite
def older(draw: st.DrawFn) -> tuple[str, str, int | None]:
    """A scheme, a pure identity that fits it, and a filter value."""
    scheme = draw(st.sampled_from(list(tags.SCHEMES.values())))
    values = []
    if scheme.partition is not None:
        length = draw(st.integers(6, 12))
        values = [draw(digits(length)), draw(texts_of(scheme.partition.reference(length)))]
    values += [draw(texts_of(field)) for field in scheme.fields]
    uri = f"urn:epc:id:{scheme.epc}:" + ".".join(quote(value, safe="") for value in values)
    return scheme.name, uri, draw(st.integers(0, 7)) if scheme.filter_bits else None


@given(older(), st.integers(0, 3))
def test_every_form_of_an_older_scheme_gives_the_same_tag(
    case: tuple[str, str, int | None], words: int
) -> None:
    scheme, uri, filter_value = case
    tag = tags.from_urn(uri, scheme, filter_value)
    assert tag.pure_uri == uri
    assert len(tag.bits) == (tags.SCHEMES[scheme].width or len(tag.bits))
    assert tags.read_tag(tag.bits + "0" * 16 * words) == tag
    assert tags.from_hex(tag.hex.lower()) == tag
    assert tags.from_tag_uri(str(tag.tag_uri)) == tag
    assert (tag.elements is None) == (tag.digital_link is None) == (tag.element_string is None)


GTIN = digits(13).map(lambda text: text + check_digit(text))
GLN = digits(12).map(lambda text: text + check_digit(text))
EIGHTEEN = digits(17).map(lambda text: text + check_digit(text))
SERIAL = st.text(CSET_82, min_size=1, max_size=20)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "00": EIGHTEEN, "8017": EIGHTEEN, "8018": EIGHTEEN, "01": GTIN, "21": SERIAL, "414": GLN,
    "254": SERIAL.filter(lambda text: text != "0"),
    "8003": st.builds("0{}{}".format, GLN, st.text(CSET_82, min_size=1, max_size=16)),
    "8004": st.builds("{}{}".format, digits(4), st.text(CSET_82, max_size=26)),
    "253": st.builds("{}{}".format, GLN, st.text(CSET_82, min_size=1, max_size=17)),
    "255": st.builds("{}{}".format, GLN, st.text("0123456789", min_size=1, max_size=12)),
    "8006": st.builds("{}{}".format, GTIN, st.sampled_from(["0101", "0102", "0202", "9999"])),
    "8010": st.builds("{}{}".format, digits(4), st.text("ABCXYZ0123456789#-/", max_size=26)),
    "8011": st.integers(1, 999_999_999_999).map(str),
}  # fmt: skip
BEHIND = st.dictionaries(st.sampled_from(["10", "30", "3103", "422"]), st.just(""), max_size=3)
EXAMPLE = {"10": "L-ot_7", "30": "0012", "3103": "000195", "422": "056"}


@given(st.data(), st.sampled_from(list(tags.PLUS_SCHEMES.values())), st.integers(0, 7), BEHIND)
def test_every_plus_scheme_reads_what_it_wrote(
    data: st.DataObject, scheme: tags.PlusScheme, filter_value: int, behind: dict[str, str]
) -> None:
    elements = {code: data.draw(VALUES[code]) for code in scheme.codes}
    if scheme.dated:
        elements[data.draw(st.sampled_from(["11", "13", "15", "16", "17", "7006", "7007"]))] = "240229"
    elements |= {code: EXAMPLE[code] for code in behind}
    tag = tags.from_elements(elements, scheme.name, filter_value)
    assert dict(tag.elements or ()) == elements
    assert (tag.pure_uri, tag.tag_uri, tag.bits[8]) == (None, None, str(int(bool(behind))))
    assert tags.from_hex(tag.hex) == tags.read_tag(tag.bits + "0" * 16) == tag
    # A link has its own order: a lot goes into the path, so it may stand first behind the EPC.
    linked = tags.from_digital_link(str(tag.digital_link), scheme.name.lower(), filter_value)
    assert dict(linked.elements or ()) == elements
    assert behind or linked == tag


@given(older())
def test_a_link_makes_the_tag_again(case: tuple[str, str, int | None]) -> None:
    scheme, uri, filter_value = case
    tag = tags.from_urn(uri, scheme, filter_value)
    if tag.elements is None or scheme.startswith("ITIP"):  # pieces drawn at random break the rule of (8006)
        return
    if ("8011", "0") in tag.elements:  # a serial number 0 is one for tags only
        return
    length = len(uri.split(":")[4].split(".")[0])
    assert tags.from_digital_link(str(tag.digital_link), scheme, filter_value, length) == tag


def test_hexadecimal_digits_known_from_elsewhere() -> None:
    for scheme, (digits_, uri, elements) in OWN.items():
        tag = tags.from_tag_uri(uri)
        assert (tag.scheme, tag.hex) == (scheme, digits_)
        assert tags.from_hex(digits_) == tag
        assert elements in (None, tag.element_string)


def test_the_standards_examples() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the examples of TDS, annex E.3, are not at hand (../shared)")
    cases: list[dict[str, Any]] = json.loads(EXAMPLES.read_text())
    assert len(cases) == 21
    for case in cases:
        tag = tags.from_hex(case["hex"])
        told = (tag.scheme, tag.filter, tag.pure_uri, tag.tag_uri, tag.element_string)
        assert told == tuple(case[key] for key in ("scheme", "filter", "pure", "tag", "element_string"))
        # The example of ITIP-212 is filled up to a word of 16 bits.
        assert case["hex"].startswith(tag.hex)
        assert not case["hex"][len(tag.hex) :].strip("0")
        assert case["bits"] in (None, len(tag.bits))
        assert tags.from_tag_uri(case["tag"]) == tags.from_urn(case["pure"], tag.scheme, tag.filter) == tag
        if tag.digital_link:
            made = tags.from_digital_link(tag.digital_link, tag.scheme, tag.filter, case["gcp_len"])
            assert made == tag


def test_a_dated_tag_shows_its_date_where_readers_filter_for_it() -> None:
    tag = tags.from_digital_link("https://x.example/01/09521141123454/21/7?17=270331", "DSGTIN+", 1)
    assert tag.bits[12:16] == "0100"
    assert tag.bits[16:32] == "0011011" + "0011" + "11111"
    assert tag.digital_link == "https://id.gs1.org/01/09521141123454/21/7?17=270331"


def test_without_extension_a_location_has_none() -> None:
    for scheme in ("SGLN-96", "SGLN+"):
        tag = tags.from_elements({"414": "0614141123452"}, scheme, 0, 7)
        assert tag.element_string == "(414)0614141123452"
        assert tags.from_hex(tag.hex) == tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "hexadecimal digits"),
        ("3074257BF7194E4000001AXX", "hexadecimal digits"),
        ("FF74257BF7194E4000001A85", "the header of a known scheme"),
        ("3074257BF7194E400000", "more bits"),
        ("3174257BF4499602D200", "96 bits"),
        ("3074257BF7194E4000001A850001", "zeros behind"),
        ("307C257BF7194E4000001A85", "a partition value from 0 to 6"),
        ("3077FFFFF7194E4000001A85", "digits"),
        ("F7380614141123459046A14", "check digit"),
        ("FB3F2C2109521141123454046A14", "a date type"),
        ("F738061414112345A046A14", "14 digits"),
    ],
)
def test_a_wrong_tag_says_what_is_wrong(text: str, expected: str) -> None:
    with pytest.raises(MalformedError, match=expected):
        tags.from_hex(text)


@pytest.mark.parametrize(
    ("uri", "scheme", "filter_value", "expected"),
    [
        ("urn:epc:id:sgtin:0614141.812345.007", "SGTIN-96", 1, "zeros in front"),
        ("urn:epc:id:sgtin:0614141.812345.274877906944", "SGTIN-96", 1, "below 274877906944"),
        ("urn:epc:id:sgtin:0614141.812345.A", "SGTIN-96", 1, "digits"),
        ("urn:epc:id:sgtin:0614141.812345.1", "SGTIN-96", 8, "filter value"),
        ("urn:epc:id:sgtin:0614141.812345.1", "SGTIN-64", 1, "a tag scheme"),
        ("urn:epc:id:sscc:0614141.1234567890", "SGTIN-96", 1, "urn:epc:id:sgtin"),
        ("urn:epc:idpat:sgtin:0614141.812345.*", "SGTIN-96", 1, "urn:epc:id:"),
        ("urn:epc:id:usdod:CAGEI.1", "USDOD-96", 1, "I and O"),
    ],
)
def test_what_does_not_fit_is_refused(uri: str, scheme: str, filter_value: int, expected: str) -> None:
    with pytest.raises(MalformedError, match=expected):
        tags.from_urn(uri, scheme, filter_value)


def test_more_than_a_scheme_holds_is_refused() -> None:
    with pytest.raises(MalformedError, match="an identifier that has one"):
        tags.from_digital_link("https://x.example/01/80614141123458/10/L/21/1", "SGTIN-96", 1, 7)
    with pytest.raises(MalformedError, match="length of the company prefix"):
        tags.from_digital_link("https://x.example/01/80614141123458/21/1", "SGTIN-96", 1)
    with pytest.raises(MalformedError, match="a date"):
        tags.from_digital_link("https://x.example/01/80614141123458/21/1", "DSGTIN+", 1)
