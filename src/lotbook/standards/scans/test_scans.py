"""Scans as scanners deliver them, and several taken together."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.gs1 import Gs1Error, Message
from lotbook.standards.scans import Ambiguous, Collected, Scanner, Understood, understand
from lotbook.standards.scans.layouts import LAYOUTS, meant, typed

pytestmark = pytest.mark.once

GS = "\x1d"
GTIN = "0104012345123456"
LOT_UID = "0190b6a4-7e7c-7a3b-9f10-1234567890ab"
OURS = Scanner(hosts=frozenset({"book.example"}), proven=True)
PROVEN = Scanner(proven=True)


def said(text: str, scanner: Scanner = PROVEN) -> str:
    """What the one reading of a scan says, in brackets."""
    scan = understand(text, scanner)
    assert isinstance(scan, Understood), scan
    assert scan.message is not None
    return scan.message.bracketed


@pytest.mark.parametrize(
    ("text", "kind", "meaning"),
    [
        (f"]C1{GTIN}10AB{GS}17270331", "elements", "(01)04012345123456(10)AB(17)270331"),
        (f"]d2{GTIN}17270331", "elements", "(01)04012345123456(17)270331"),
        (f"{GS}{GTIN}10AB{GS}21S", "elements", "(01)04012345123456(10)AB(21)S"),
        (f"{GTIN}10AB{GS}21S", "elements", "(01)04012345123456(10)AB(21)S"),
        (f"{GTIN}17270331", "elements", "(01)04012345123456(17)270331"),
        ("(01)04012345123456(10)AB", "elements", "(01)04012345123456(10)AB"),
        ("00040123450000003338", "elements", "(00)040123450000003338"),
        ("]E04012345123456", "elements", "(01)04012345123456"),
        ("4012345123456", "number", "(01)04012345123456"),
        ("40123455", "number", "(01)00000040123455"),
        ("040123450000003338", "number", "(00)040123450000003338"),
        ("https://m.example/x/01/4012345123456/10/AB", "link", "(01)04012345123456(10)AB"),
        ("]Q1https://m.example/00/040123450000003338", "link", "(00)040123450000003338"),
        ("urn:epc:id:sgtin:4012345.012345.S1", "epc", "(01)04012345123456(21)S1"),
        ("]Q1urn:epc:class:lgtin:4012345.012345.L%2F1", "epc", "(01)04012345123456(10)L/1"),
    ],
)
def test_what_scans_say(text: str, kind: str, meaning: str) -> None:
    scan = understand(text, PROVEN)
    assert isinstance(scan, Understood)
    assert scan.kind == kind
    assert said(text) == meaning
    assert said(f" {text}\r\n") == meaning


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("RACK-7", "text"),
        ("]C0RACK-7", "text"),
        ("]A0*X*", "text"),
        ("4012345123457", "text"),  # no GTIN: its check digit is wrong
        ("010401234512345", "text"),
        ("10AB-1", "text"),  # without symbology identifier nothing says that this is a lot
        ("270303-001", "text"),
        ("https://m.example/home", "address"),
        ("https://m.example/gtin/04012345123456", "address"),
        ("urn:epc:idpat:sgtin:4012345.012345.*", "epc"),
        ("urn:epc:id:gid:1.2.3", "epc"),
    ],
)
def test_codes_for_the_book_to_look_up(text: str, kind: str) -> None:
    scan = understand(text)
    assert isinstance(scan, Understood)
    assert (scan.kind, scan.message) == (kind, None)


@pytest.mark.parametrize("what", ["lots", "places", "items", "units"])
def test_labels_of_our_own(what: str) -> None:
    address = f"https://book.example/{what}/{LOT_UID}"
    for text in (address, address.upper(), address + "/", "]Q1" + address, "]d1" + address):
        scan = understand(text, OURS)
        assert isinstance(scan, Understood)
        assert (scan.kind, scan.target) == ("own", (what, LOT_UID))
    assert understand(address) == Understood("address", address)  # of some other book


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nothing"),
        ("\r\n", "nothing"),
        ("]C1", "no_elements"),
        ("]C10104012345123457", "incorrect_check_digit"),
        (f"]c1{GTIN}", "caps_lock"),
        (f"]C1{GTIN}10AB\x1e17270331", "control_character"),
        ("AB\x08", "control_character"),
        ("https://m.example/01/04012345123457", "incorrect_check_digit"),
        ("https://m.example/01/04012345123456/10/A%20B", "invalid_cset82_character"),
        ("urn:epc:id:sgtin:4012345.012345", "bad_epc"),
        ("(01)04012345123457", "incorrect_check_digit"),
        (f"{GTIN}10{'A' * 30}{GS}21S", "value_too_long"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(Gs1Error, match=r"expected .*, got") as caught:
        understand(text)
    assert caught.value.code == code


# --- Separators --------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["~", "|", "{GS}", "^]", "\u241d", "\\x1d"])
def test_a_substitute_for_the_separator(separator: str) -> None:
    scanner = Scanner(separators=(separator,))
    text = f"]C1{GTIN}10AB{separator}21S"
    assert said(text, scanner) == "(01)04012345123456(10)AB(21)S"
    assert said(f"{GTIN}10AB{separator}21S", scanner) == "(01)04012345123456(10)AB(21)S"


@pytest.mark.parametrize("separator", ["", "%", "GS", "<GS>"])
def test_a_substitute_that_may_be_part_of_a_value_is_refused(separator: str) -> None:
    with pytest.raises(Gs1Error) as caught:
        Scanner(separators=(separator,))
    assert caught.value.code == "unsafe_separator"


def test_prefix_and_suffix() -> None:
    scanner = Scanner(prefix="#", suffix="$", proven=True)
    assert said(f"#]C1{GTIN}10AB$", scanner) == "(01)04012345123456(10)AB"


def test_a_lost_separator_is_asked_about() -> None:
    scan = understand(f"]C1{GTIN}10LOT-721S001")
    assert isinstance(scan, Ambiguous)
    whole, cut = scan.readings
    assert (whole.get("10"), whole.get("21")) == ("LOT-721S001", None)
    assert (cut.get("10"), cut.get("21")) == ("LOT-7", "S001")
    assert scan.choose(cut).message == cut
    with pytest.raises(ValueError, match="one of the readings"):
        scan.choose(Message(()))


def test_the_book_settles_it_when_it_knows_one_of_them() -> None:
    scan = understand(f"]C1{GTIN}10LOT-721S001")
    assert isinstance(scan, Ambiguous)
    settled = scan.settle(lambda reading: reading.get("10") == "LOT-7")
    assert isinstance(settled, Understood)
    assert settled.message == scan.readings[1]
    assert scan.settle(lambda _: False) == scan
    assert scan.settle(lambda _: True) == scan


def test_a_scanner_that_is_proven_is_believed() -> None:
    assert said(f"]C1{GTIN}10LOT-721S001") == "(01)04012345123456(10)LOT-721S001"


def test_one_reading_is_no_question() -> None:
    scanner = Scanner()
    assert said(f"]C1{GTIN}17270331", scanner) == "(01)04012345123456(17)270331"
    assert said(f"]C1{GTIN}10LOT-A", scanner) == "(01)04012345123456(10)LOT-A"
    assert said(f"]C1{GTIN}10LOT-7{GS}21S001", scanner) == "(01)04012345123456(10)LOT-7(21)S001"
    assert said("]C110AB-C", scanner) == "(10)AB-C"


def test_a_separator_that_must_have_been_lost_is_asked_about_too() -> None:
    long = f"{GTIN}10{'A' * 15}17270331"
    for text in (long, "]C1" + long):
        scan = understand(text)
        assert isinstance(scan, Ambiguous)
        assert [reading.get("17") for reading in scan.readings] == ["270331"]
    with pytest.raises(Gs1Error) as caught:
        understand("]C1" + long, PROVEN)
    assert caught.value.code == "separator_lost"


def test_a_number_without_identifier_may_be_cut_in_two_ways() -> None:
    assert isinstance(understand(f"{GTIN}10LOT-721S001"), Ambiguous)
    assert said(f"{GTIN}10LOT-721S001", PROVEN) == "(01)04012345123456(10)LOT-721S001"


# --- Keyboards ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "scan",
    [
        f"]C1{GTIN}10XYZ-1",
        f"]d2{GTIN}17270331",
        "]E04012345123456",
        "(01)04012345123456(10)AZ",
        "https://m.example/01/04012345123456/10/AZ",
    ],
)
def test_a_scan_typed_on_another_layout_is_refused_and_not_put_right(layout: str, scan: str) -> None:
    arrived = typed(scan, layout)
    assert arrived != scan
    assert meant(arrived, layout) == scan
    with pytest.raises(Gs1Error) as caught:
        understand(arrived, PROVEN)
    assert caught.value.code == "keyboard_layout"


def test_another_layout_is_the_reason_also_where_the_separator_came() -> None:
    for layout in LAYOUTS:
        with pytest.raises(Gs1Error) as caught:
            understand(typed(f"]d2{GTIN}10LOT-7{GS}21S001", layout))
        assert caught.value.code == "keyboard_layout"


@pytest.mark.parametrize("text", ["+A123BJC5D6E71G", "$7B", "+C1", "httpsÖ--", ")01=x", "&é\"'"])
def test_other_codes_that_begin_like_that_are_plain(text: str) -> None:
    assert understand(text) == Understood("text", text)


# --- Several scans -----------------------------------------------------------------------------------


def collect(*texts: str) -> Collected:
    collected = Collected()
    for text in texts:
        collected = collected.add(understand(text, OURS))
    return collected


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        ((), ("item", "lot")),
        (("]E04012345123456",), ("lot",)),
        (("]C110AB-1",), ("item",)),
        (("]E04012345123456", "]C110AB-1"), ()),
        (("]C110AB-1", "]E04012345123456"), ()),
        (("]E04012345123456", "]C121S-1"), ()),
        (("]E04012345123456", "]C117270331"), ("lot",)),
        (("]C100040123450000003338",), ()),
        (("4012345123456", "]C110AB-1"), ()),
        (("]E04012345123456", "RACK-7"), ("lot",)),
        ((f"https://book.example/lots/{LOT_UID}",), ()),
    ],
)
def test_scans_are_collected_until_item_and_lot_are_known(
    texts: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    collected = collect(*texts)
    assert collected.missing == missing
    assert collected.complete == (not missing)
    assert collect(*texts, *texts) == collected


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("]E04012345123456", "]E00614141000036", "repeated_differently"),
        ("]C110AB-1", "]C110AB-2", "repeated_differently"),
        ("]E04012345123456", "]C10204012345123456", "forbidden_together"),
    ],
)
def test_a_contradiction_changes_nothing(first: str, second: str, code: str) -> None:
    collected = collect(first)
    with pytest.raises(Gs1Error) as caught:
        collected.add(understand(second, OURS))
    assert caught.value.code == code
    assert collected == collect(first)


def test_what_belongs_together_is_asked_of_all_symbols_together() -> None:
    with pytest.raises(Gs1Error) as caught:
        collect("]C110AB-1").checked()
    assert caught.value.code == "required_missing"
    both = collect("]C110AB-1", "]E04012345123456")
    assert both.checked().digital_link() == "https://id.gs1.org/01/04012345123456/10/AB-1"
    with pytest.raises(Gs1Error):
        Collected().checked()


def test_an_ambiguous_scan_is_settled_before_it_is_taken() -> None:
    scan = understand(f"]C1{GTIN}10LOT-721S001")
    with pytest.raises(Gs1Error) as caught:
        Collected().add(scan)
    assert caught.value.code == "ambiguous"


def test_a_plain_code_becomes_what_the_book_says_it_is() -> None:
    collected = collect("]E04012345123456", "]C0LOT-7")
    assert collected.texts == ("LOT-7",)
    taken = collected.take("10", "LOT-7")
    assert (taken.complete, taken.texts, taken.message.get("10")) == (True, (), "LOT-7")
    with pytest.raises(Gs1Error):
        collected.take("10", "A" * 21)


# --- Fuzz --------------------------------------------------------------------------------------------


SEEDS = [
    f"]C1{GTIN}10AB-1{GS}17270331",
    f"]d2{GTIN}2112345{GS}10LOT-7",
    f"]C1{GTIN}10LOT-721S001",
    "]E04012345123456|]e010AB",
    "https://id.gs1.org/01/04012345123456/10/AB%2F1?17=270331",
    "urn:epc:id:sgtin:4012345.012345.S1",
    "(01)04012345123456(10)AB-1",
    "00040123450000003338",
]


def mutated(random_: random.Random) -> str:
    text = random_.choice(SEEDS)
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(text) + 1)
        new = random_.choice(
            ["", chr(random_.randrange(0x20, 0x7F)), GS, chr(random_.randrange(0x3000)), text[:at]]
        )
        text = text[:at] + new + text[at + random_.randrange(2) :]
    return text


def test_mutated_codes_never_crash_and_never_take_long() -> None:
    random_ = random.Random(20261122)  # codes, not secrets
    slowest = 0.0
    for _ in range(5_000):
        text = mutated(random_)
        began = time.perf_counter()
        try:
            scan = understand(text)
        except Gs1Error as error:
            assert_told(error)
        else:
            assert not isinstance(scan, Ambiguous) or scan.readings
        slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 1


@given(st.text(max_size=50), st.sampled_from([Scanner(), PROVEN, OURS]))
def test_any_text_is_understood_or_refused(text: str, scanner: Scanner) -> None:
    try:
        understand(text, scanner)
    except Gs1Error as error:
        assert_told(error)


def assert_told(error: Gs1Error) -> None:
    assert error.code
    assert error.expected
    assert error.got
