"""One thing, however it is written: the same key. Different things: different keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.epc import Identity, digital_link, from_elements, identify, parse_urn, urn
from lotbook.standards.epc.urn import escape
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1 import parse_elements
from lotbook.standards.gs1.checks import CSET_82

pytestmark = pytest.mark.once

WRITTEN_ALIKE = [
    (
        "lot",
        "/01/04012345123456/10/998877",
        "urn:epc:class:lgtin:4012345.012345.998877",
        "URN:EPC:CLASS:LGTIN:4012345.012345.998877",
        "https://id.gs1.org/01/04012345123456/10/998877",
        "http://shop.example/de/p/01/4012345123456/10/998877?17=270331#x",
        "https://id.gs1.org/01/04012345123456/22/V2/10/998877",
        "urn:epc:class:lgtin:401234512.0345.998877",
    ),
    (
        "lot",
        "/01/04012345123456/10/A%2FB%25",
        "urn:epc:class:lgtin:4012345.012345.A%2FB%25",
        "urn:epc:class:lgtin:4012345.012345.A%2fB%25",
        "https://x.example/01/04012345123456/10/A%2FB%25",
    ),
    (
        "serial",
        "/01/70614141123451/21/2017",
        "urn:epc:id:sgtin:0614141.712345.2017",
        "urn:epc:idpat:sgtin:0614141.712345.2017",
        "https://id.gs1.org/01/70614141123451/21/2017",
        "https://id.gs1.org/01/70614141123451/10/LOT/21/2017",
    ),
    (
        "item",
        "/01/04054739999148",
        "urn:epc:idpat:sgtin:4054739.099914.*",
        "https://id.gs1.org/01/04054739999148",
        "https://id.gs1.org/01/4054739999148",
    ),
    ("unit", "/00/106141412345678908", "urn:epc:id:sscc:0614141.1234567890", "http://a.b/00/106141412345678908"),
    (
        "place",
        "/414/0614141123452/254/5678",
        "urn:epc:id:sgln:0614141.12345.5678",
        "https://a.b/414/0614141123452/254/5678",
    ),
    (
        "place",
        "/414/0614141123452",
        "urn:epc:id:sgln:0614141.12345.0",
        "urn:epc:id:sgln:0614141.12345",
        "https://a.b/414/0614141123452",
        "https://a.b/414/0614141123452/254/0",
    ),
    ("party", "/417/0614141123452", "urn:epc:id:pgln:0614141.12345", "https://a.b/417/0614141123452"),
    ("party", "/417/0614141123452", "urn:epc:id:pgln:061414112345."),
    ("unit", "/8003/006141411234525678", "urn:epc:id:grai:0614141.12345.5678"),
    ("unit", "/8003/006141411234525678", "http://a.b/8003/006141411234525678"),
    ("item", "/8003/00614141123452", "urn:epc:idpat:grai:0614141.12345.*", "http://a.b/8003/00614141123452"),
    ("serial", "/8004/061414132a%2Fb", "urn:epc:id:giai:0614141.32a%2Fb", "https://a.b/8004/061414132a%2Fb"),
    ("serial", "/253/06141411234525678", "urn:epc:id:gdti:0614141.12345.5678", "https://a.b/253/06141411234525678"),
    (
        "serial",
        "/255/401234567890104711",
        "urn:epc:id:sgcn:4012345.67890.04711",
        "urn:epc:id:gcn:4012345.67890.04711",
        "https://a.b/255/401234567890104711",
    ),
    ("serial", "/8018/061414112345678902", "urn:epc:id:gsrn:0614141.1234567890"),
    ("serial", "/8017/061414112345678902", "urn:epc:id:gsrnp:0614141.1234567890"),
    (
        "serial",
        "/8010/06141415PQ7%2FZ43/8011/12345",
        "urn:epc:id:cpi:0614141.5PQ7%2FZ43.12345",
        "https://a.b/8010/06141415PQ7%2FZ43/8011/12345",
    ),
    (
        "serial",
        "/8006/040123451234560102/21/mw133",
        "urn:epc:id:itip:4012345.012345.01.02.mw133",
        "https://a.b/8006/040123451234560102/21/mw133",
    ),
    ("item", "/8006/040123451234560102", "urn:epc:idpat:itip:4012345.012345.01.02.*"),
    ("serial", "/01/04012345123456/235/AB12", "urn:epc:id:upui:4012345.012345.AB12"),
    ("unit", "/401/4012345333", "urn:epc:id:ginc:4012345.333", "https://a.b/401/4012345333"),
    ("unit", "/402/40123459999876541", "urn:epc:id:gsin:4012345.999987654", "https://a.b/402/40123459999876541"),
    ("serial", "urn:epc:id:gid:31415.271828.1414", "urn:epc:id:gid:31415.271828.1414"),
    ("serial", "urn:epc:id:usdod:CAGEY.5678", "URN:epc:id:usdod:CAGEY.5678"),
    ("serial", "urn:epc:id:adi:35962.PQ7VZ4.M37GXB92", "urn:epc:id:adi:35962.PQ7VZ4.M37GXB92"),
    ("unit", "urn:epc:id:bic:CSQU3054383", "urn:epc:id:bic:CSQU3054383"),
    ("unit", "urn:epc:id:imovn:9176187", "urn:epc:id:imovn:9176187"),
    ("document", "urn:epcglobal:cbv:bt:0614141073467:1152", "urn:epcglobal:cbv:bt:0614141073467:1152"),
    ("document", "/415/0614141123452/8020/INV-7", "https://a.b/415/0614141123452/8020/INV-7"),
    ("opaque", "urn:gdst:a.org:product:lot:class:2b.L1", "URN:GDST:a.org:product:lot:class:2b.L1"),
    ("opaque", "https://a.example/Lots/7?x=Y#Z", "HTTPS://A.Example/Lots/7?x=Y#Z"),
    ("opaque", "urn:uuid:12345678-1234-1234-1234-12345678", "urn:uuid:12345678-1234-1234-1234-12345678"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "key", "uris"), [(kind, key, uris) for kind, key, *uris in WRITTEN_ALIKE])
def test_written_alike(kind: str, key: str, uris: list[str]) -> None:
    for uri in uris:
        found = identify(uri)
        assert (found.kind, found.key, found.uri, found.problem) == (kind, key, uri, None)


def test_no_two_of_them_share_a_key_by_accident() -> None:
    keys = {(kind, key) for kind, key, *_ in WRITTEN_ALIKE}
    assert len({key for _, key in keys}) == len(keys) > 25


def test_what_an_identity_says() -> None:
    serial = identify("https://id.gs1.org/01/70614141123451/22/V1/10/L/21/2017")
    assert (serial.gtin, serial.lot, serial.serial, serial.variant) == ("70614141123451", "L", "2017", "V1")
    assert digital_link(serial) == "https://id.gs1.org/01/70614141123451/22/V1/10/L/21/2017"
    assert urn(serial, 7) == "urn:epc:id:sgtin:0614141.712345.2017"
    unit = identify("urn:epc:id:sscc:0614141.1234567890")
    assert (unit.sscc, unit.gcp_length) == ("106141412345678908", 7)
    place = identify("urn:epc:id:sgln:0614141.12345.32a%2Fb")
    assert (place.gln, place.extension) == ("0614141123452", "32a/b")
    # Equality is what it names, not how it was written.
    assert serial == identify("urn:epc:id:sgtin:0614141.712345.2017")
    assert len({serial, identify("urn:epc:id:sgtin:0614141.712345.2017")}) == 1


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://id.gs1.org/01/04012345123457/10/X", "check digit 6"),
        ("https://id.gs1.org/00/04012345000000333", "18 characters"),
        ("https://id.gs1.org/01/04012345123456/10/X/", "a GS1 key"),
        ("urn:epc:id:sgtin:4012345.01234.1", "13 digits"),
        ("urn:epc:id:sgtin:4012345.012345", "prefix.item.serial"),
        ("urn:epc:id:sgtin:40123.01234567.1", "6 to 12"),
        ("urn:epc:id:sgtin:4012345.01234X.1", "digits"),
        ("urn:epc:id:lgtin:4012345.012345.1", "urn:epc:class:"),
        ("urn:epc:id:sgtin:4012345.012345.*%FF", "UTF-8"),
        ("urn:epc:id:sgtin:4012345.012345.", "a value"),
        ("urn:epc:idpat:sgtin:4012345.*.*", "last field"),
        ("urn:epc:id:sscc:*.*", "digits"),
        ("urn:epc:id:foo:1.2", "known scheme"),
        ("urn:epc:tag:sgtin-96:3.0614141.812345.6789", "known scheme"),
    ],
)
def test_a_faulty_gs1_identifier_is_kept_as_opaque_and_says_why(uri: str, why: str) -> None:
    found = identify(uri)
    assert (found.kind, found.key) == ("opaque", uri)
    assert found.problem is not None
    assert why in found.problem


def test_ordinary_web_addresses_are_no_problem() -> None:
    assert identify("https://example.org/01/about") == Identity("opaque", "https://example.org/01/about")
    assert identify("https://example.org/01/about").problem is None


@pytest.mark.parametrize(
    "text", ["", "LOT-7", "/01/04012345123456", "http://a b", "urn:ä", "4012345123456", "a:\n"]
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="a URI: expected"):
        identify(text)


@pytest.mark.parametrize("uri", ["https://a.b/c", "urn:epc:id:gid:1.2.3"])
def test_no_digital_link_for_what_has_none(uri: str) -> None:
    with pytest.raises(MalformedError):
        digital_link(identify(uri))


@pytest.mark.parametrize(
    ("uri", "length"),
    [
        ("https://a.b/c", 7),
        ("https://a.b/01/04012345123456", None),
        ("https://a.b/01/04012345123456", 13),
        ("https://a.b/8013/1987654Ad4X4bL5ttr2310c2K", 7),
        ("https://a.b/8006/040123451234560102/10/L", 7),
        ("https://a.b/8004/1234567", 7),
    ],
)
def test_no_urn_for_what_has_none(uri: str, length: int | None) -> None:
    with pytest.raises(MalformedError):
        urn(identify(uri), length)


PREFIXES = st.integers(6, 12).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))
TEXTS = st.text(CSET_82, min_size=1, max_size=20)


SCHEMES_WITH_TEXT = ["sgtin", "lgtin", "sgln", "grai", "gdti", "giai", "upui", "itip"]


def _reference(prefix: str, total: int) -> str:
    return "7" * (total - len(prefix))


@given(PREFIXES, TEXTS, st.sampled_from(SCHEMES_WITH_TEXT))
def test_urn_to_link_and_back(prefix: str, text: str, scheme: str) -> None:
    middle = {
        "sgtin": _reference(prefix, 13),
        "lgtin": _reference(prefix, 13),
        "upui": _reference(prefix, 13),
        "itip": _reference(prefix, 13) + ".01.03",
        "sgln": _reference(prefix, 12),
        "grai": _reference(prefix, 12),
        "gdti": _reference(prefix, 12),
        "giai": None,
    }[scheme]
    if scheme in {"grai", "gdti"}:
        text = text[:16]
    form = "class" if scheme == "lgtin" else "id"
    fields = [prefix, escape(text)] if middle is None else [prefix, middle, escape(text)]
    original = f"urn:epc:{form}:{scheme}:" + ".".join(fields)
    found = identify(original)
    assert found.problem is None
    assert identify(digital_link(found, "https://any.example/x")) == found
    if not (scheme == "sgln" and text == "0"):
        assert urn(found) == original
    assert str(parse_urn(original)) == original


@given(TEXTS, TEXTS)
def test_different_lots_have_different_keys(one: str, two: str) -> None:
    first = from_elements({"01": "04012345123456", "10": one})
    second = from_elements({"01": "04012345123456", "10": two})
    assert (first.key == second.key) == (one == two)


def test_barcode_and_urn_of_the_standards_own_examples_agree(shared: Path) -> None:
    rows = json.loads((shared / "standards/tds/tds_annex_e3.json").read_text("utf-8"))
    compared = 0
    for row in rows:
        found = identify(row["pure"])
        assert found.problem is None
        if row["element_string"]:
            scanned = from_elements(parse_elements(row["element_string"]))
            assert scanned == found
            assert urn(scanned, row["gcp_len"]) == row["pure"]
            compared += 1
    assert compared == 18


def test_every_identifier_in_the_examples_is_understood(shared: Path) -> None:
    """Only what is no GS1 identifier, or a faulty one, stays opaque; every key leads back to itself."""
    seen = set()
    for path in sorted((shared / "standards/epcis/examples-json").rglob("*.json*")):
        seen.update(re.findall(r'"((?:urn:|https?:)[^"\s]+)"', path.read_text("utf-8-sig")))
    assert len(seen) > 150
    for uri in sorted(seen):
        found = identify(uri)
        if uri.lower().startswith(("urn:epc:id", "urn:epc:class")):
            assert found.problem is None, found
        if found.key.startswith("/"):
            assert identify(digital_link(found)) == found
            if found.gcp_length:
                assert identify(urn(found)) == found
