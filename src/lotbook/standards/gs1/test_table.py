"""Properties that hold for every application identifier: values made from its format, there and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lotbook.standards.gs1 import AIS, Gs1Error, Message, Part, Rules, examine, read_bracketed, read_link
from lotbook.standards.gs1.associations import matches
from lotbook.standards.gs1.checks import CSET_39, CSET_64, CSET_82, check_characters, check_digit
from lotbook.standards.gs1.codelists import COUNTRIES, COUNTRY_NUMBERS, CURRENCY_NUMBERS, PACKAGE_TYPES
from lotbook.standards.gs1.elements import read_data, read_element_string
from lotbook.standards.gs1.identifiers import identifier
from lotbook.standards.gs1.symbols import ELEMENT_SYMBOLS, read_symbol

pytestmark = pytest.mark.once

ALONE = Rules(associations=False)
SETS = {"N": "0123456789", "X": CSET_82, "Y": CSET_39, "Z": CSET_64}
CODES = st.sampled_from(sorted(AIS))


def dates(form: str) -> st.SearchStrategy[str]:
    return st.dates().map(lambda day: f"{day.year:04}{day.month:02}{day.day:02}"[-len(form) :])


def numbers(top: int, width: int, least: int = 0) -> st.SearchStrategy[str]:
    return st.integers(least, top).map(lambda number: f"{number:0{width}}")


def iban(account: str) -> str:
    number = int("".join(str(int(character, 36)) for character in account + "DE00"))
    return f"DE{98 - number % 97:02}{account}"


# What the checks leave of a part; parts without one of these are free text of their kind.
VALUES: dict[str, st.SearchStrategy[str]] = {
    "yymmdd": dates("YYMMDD"),
    "yymmd0": dates("YYMMDD").flatmap(lambda day: st.sampled_from([day, day[:4] + "00"])),
    "yyyymmdd": dates("YYYYMMDD"),
    "hhmi": st.times().map(lambda time: f"{time:%H%M}"),
    "hh": numbers(23, 2),
    "mi": numbers(59, 2),
    "ss": numbers(59, 2),
    "iso3166": st.sampled_from(sorted(COUNTRY_NUMBERS)),
    "iso3166999": st.sampled_from(["999", *sorted(COUNTRY_NUMBERS)]),
    "iso3166alpha2": st.sampled_from(sorted(COUNTRIES)),
    "iso4217": st.sampled_from(sorted(CURRENCY_NUMBERS)),
    "iso5218": st.sampled_from("0129"),
    "iban": st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=18, max_size=18).map(iban),
    "yesno": st.sampled_from("01"),
    "winding": st.sampled_from("019"),
    "zero": st.just("0"),
    "hyphen": st.just("-"),
    "latitude": numbers(1_800_000_000, 10),
    "longitude": numbers(3_600_000_000, 10),
    "importeridx": st.sampled_from(CSET_64),
    "mediatype": st.sampled_from(["01", "10", "80", "99"]),
    "packagetype": st.sampled_from(sorted(PACKAGE_TYPES)),
    "posinseqslash": st.sampled_from(["1/1", "1/9", "8/9"]),
    "pieceoftotal": st.sampled_from(["0101", "0199", "9899"]),
    "couponcode": st.just("0614141" + "123456" + "3150" + "12" + "0" + "123"),
    "couponposoffer": st.just("0" + "0614141" + "123456" + "0123456"),
    "pcenc": st.text("AZaz09+-", max_size=20).map(lambda text: text + "%C3%A4"),
    "nozeroprefix": numbers(999_999_999_999, 1, 1),
}


@st.composite
def part_values(draw: st.DrawFn, part: Part) -> str:
    for check in part.checks:
        if check in VALUES:
            return draw(VALUES[check])
    pair = "csumalpha" in part.checks
    digit = "csum" in part.checks
    prefix = any(check.startswith("gcppos") for check in part.checks)
    least, most = (max(part.least, 7), part.most) if prefix else (part.least, part.most)
    length = draw(st.integers(least, most)) - (2 if pair else 1 if digit else 0)
    text = draw(st.text(SETS[part.kind], min_size=length, max_size=length))
    if prefix:
        text = draw(st.text("0123456789", min_size=5, max_size=5)) + text[5:]
    if "nonzero" in part.checks:
        text = text[:-1] + draw(st.sampled_from("123456789"))
    if "hasnondigit" in part.checks:
        text = text[:-1] + "x"
    return text + (check_characters(text) if pair else check_digit(text) if digit else "")


@st.composite
def values(draw: st.DrawFn, code: str) -> str:
    """A value that fits the format of `code`; a part that may be left out sometimes is."""
    value = ""
    for part in AIS[code].parts:
        if part.optional and draw(st.booleans()):
            break
        value += draw(part_values(part))
    return value


@st.composite
def elements(draw: st.DrawFn, code: str | None = None) -> tuple[str, str]:
    code = code or draw(CODES)
    return code, draw(values(code))


def assert_told(error: Gs1Error) -> None:
    """An error says what was expected and what came, and has a code of its own."""
    assert error.code
    assert error.expected
    assert error.got


several = st.lists(elements(), min_size=1, max_size=6, unique_by=lambda element: element[0])


def test_the_table_is_complete() -> None:
    assert len(AIS) == 541
    for code in AIS:
        assert not any(other != code and other.startswith(code) for other in AIS)
        for group in AIS[code].needs:
            assert all(any(matches(other, pattern) for other in AIS) for pattern in group)
        for way in AIS[code].paths or ():
            assert set(way) <= set(AIS)


def test_nothing_too_much_and_foreign_characters_are_refused_whatever_the_code() -> None:
    for code, ai in AIS.items():
        for wrong in ("", "\x1d", "é" * ai.shortest, "0" * (ai.longest + 1)):
            fault = examine(ai, wrong)
            assert fault is not None, (code, wrong)
            assert fault.expected
            assert fault.got


@given(st.data())
def test_values_that_fit_are_accepted(data: st.DataObject) -> None:
    code, value = data.draw(elements())
    assert examine(AIS[code], value) is None


@given(several)
def test_every_form_says_the_same(pairs: list[tuple[str, str]]) -> None:
    message = Message(tuple(pairs))
    assert read_bracketed(message.bracketed, ALONE) == message
    assert read_element_string(message.element_string(), ALONE) == message
    assert read_element_string(message.element_string() + "^", ALONE) == message
    raw = message.element_string("\x1d")[1:]
    for aim in ELEMENT_SYMBOLS:
        assert read_symbol(aim + raw, ALONE).message == message
    # A separator behind every value is needless, but not wrong.
    assert read_data("\x1d".join(code + value for code, value in pairs), ALONE) == message


@given(several, st.sampled_from(["https://id.gs1.org", "http://a.example:8080/x/y", "https://[2001:db8::1]"]))
def test_a_link_says_the_same_in_its_own_order(pairs: list[tuple[str, str]], stem: str) -> None:
    message = Message(tuple(pairs))
    link = message.digital_link(stem)
    if link is None:
        return
    back = read_link(link, ALONE)
    assert sorted(back.elements) == sorted(pairs)
    assert back.digital_link(stem) == link


@pytest.mark.parametrize("key", sorted(code for code, ai in AIS.items() if ai.paths is not None))
@settings(max_examples=20)
@given(data=st.data())
def test_every_key_has_links(key: str, data: st.DataObject) -> None:
    ways = AIS[key].paths or ()
    way = data.draw(st.sampled_from(ways)) if ways else ()
    chosen = [code for code in way if data.draw(st.booleans())]
    pairs = [data.draw(elements(code)) for code in (key, *chosen)]
    link = Message(tuple(pairs)).digital_link()
    assert link is not None
    assert read_link(link, ALONE).elements == tuple(pairs)
    for code in chosen:
        with pytest.raises(Gs1Error) as caught:
            read_link(link.replace(f"/{code}/", "/zz/", 1) + f"?{code}=1", ALONE)
        assert caught.value.code in {"bad_path", "no_key", "value_too_short", "not_an_attribute"}


CHECKED = sorted(code for code, ai in AIS.items() if any("csum" in part.checks for part in ai.parts))


@given(st.sampled_from(CHECKED), st.data())
def test_one_wrong_digit_before_a_check_digit_is_refused(code: str, data: st.DataObject) -> None:
    value = data.draw(values(code))
    start = 0
    for part in AIS[code].parts:
        if "csum" in part.checks:
            at = start + data.draw(st.integers(0, part.most - 1))
            other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != value[at]]))
            fault = examine(AIS[code], value[:at] + other + value[at + 1 :])
            assert fault is not None
            assert fault.code == "incorrect_check_digit"
        start += part.most


@given(st.sampled_from(["8013", "8014"]), st.data())
def test_one_wrong_character_before_a_check_pair_is_refused(code: str, data: st.DataObject) -> None:
    value = data.draw(values(code))
    at = data.draw(st.integers(5, len(value) - 1))
    other = data.draw(st.sampled_from([character for character in CSET_82 if character != value[at]]))
    fault = examine(AIS[code], value[:at] + other + value[at + 1 :])
    assert fault is not None


@given(several, st.data())
def test_a_mutated_scan_is_read_or_refused_and_never_changes_what_it_says(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    raw = "]C1" + Message(tuple(pairs)).element_string("\x1d")[1:]
    at = data.draw(st.integers(0, len(raw) - 1))
    mutated = raw[:at] + data.draw(st.characters(max_codepoint=0x2FF)) + raw[at + 1 :]
    try:
        scan = read_symbol(mutated, ALONE)
    except Gs1Error as error:
        assert_told(error)
        return
    if scan.message is not None:
        back = read_element_string(scan.message.element_string(), ALONE)
        assert back == scan.message


@given(st.text(max_size=60), st.sampled_from(["]C1", "]d2", "]Q1", "]E0", "", "(", "^01", "https://a/01/"]))
def test_no_text_is_too_odd(text: str, front: str) -> None:
    readers: list[Any] = [read_symbol, read_bracketed, read_element_string, read_link]
    for read in readers:
        for rules in (Rules(), Rules(False, True, True, True)):
            try:
                read(front + text, rules)
            except Gs1Error as error:
                assert_told(error)


@pytest.mark.parametrize(
    ("code", "length", "predefined"),
    [
        ("04", 14, True),
        ("18", 6, True),
        ("89", 90, False),
        ("3338", 6, True),
        ("419", 13, True),
        ("249", 90, False),
    ],
)
def test_what_the_first_digits_say_of_an_unknown_code(code: str, length: int, predefined: bool) -> None:
    assert code not in AIS
    ai = identifier(code, unknown_ais=True)
    assert (ai.longest, ai.predefined, ai.known) == (length, predefined, False)
    with pytest.raises(Gs1Error) as caught:
        identifier(code)
    assert caught.value.code == "unknown_ai"


@pytest.mark.parametrize("code", ["310", "1", "00000", "1A", "4199", "9", ""])
def test_what_can_be_no_code_at_all(code: str) -> None:
    with pytest.raises(Gs1Error):
        identifier(code, unknown_ais=True)
