from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1 import Gln, Gtin, Sscc, check_characters, check_digit, has_check_digit

pytestmark = pytest.mark.once

digits = st.text("0123456789", min_size=1, max_size=17)


@pytest.mark.parametrize(
    ("text", "value", "short"),
    [
        ("40123455", "00000040123455", "40123455"),
        ("614141000036", "00614141000036", "614141000036"),
        ("4012345123456", "04012345123456", "4012345123456"),
        ("14012345123453", "14012345123453", "14012345123453"),
        (" 4 012345 123456 ", "04012345123456", "4012345123456"),
    ],
)
def test_a_gtin_of_any_length_becomes_14_digits(text: str, value: str, short: str) -> None:
    gtin = Gtin.parse(text)
    assert (gtin.value, gtin.short, gtin.indicator) == (value, short, value[0])
    assert Gtin.parse(gtin.short) == gtin


@pytest.mark.parametrize("parse", [Gtin.parse, Gln.parse, Sscc.parse])
@pytest.mark.parametrize(
    "text", ["", "12", "4012345123457", "401234512345X", "٤٠١٢٣٤٥١٢٣٤٥٦", "140123451234530"]
)
def test_what_is_no_key_is_refused(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(MalformedError, match=r"expected .*, got"):
        parse(text)


def test_a_wrong_check_digit_names_the_right_one() -> None:
    with pytest.raises(MalformedError) as caught:
        Gtin.parse("4012345123457")
    assert caught.value.expected == "check digit 6"
    assert caught.value.got == "7 in 4012345123457"


def test_gln_and_sscc() -> None:
    assert Gln.parse("0614141123452").value == "0614141123452"
    assert Sscc.parse("(00)040123450000003338"[4:]).extension == "0"


@given(digits)
def test_a_check_digit_is_found_and_any_other_is_refused(body: str) -> None:
    right = check_digit(body)
    accepted = [last for last in "0123456789" if has_check_digit(body + last)]
    assert accepted == [right]


@given(digits.filter(lambda text: len(text) > 1), st.data())
def test_one_mistyped_digit_is_always_noticed(body: str, data: st.DataObject) -> None:
    whole = body + check_digit(body)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[at]]))
    assert not has_check_digit(whole[:at] + other + whole[at + 1 :])


def test_check_characters_of_a_model_number() -> None:
    assert check_characters("1987654Ad4X4bL5ttr2310c") == "2K"
    with pytest.raises(MalformedError):
        check_characters("é")


def test_gs1s_own_vectors_of_check_digits(shared: Path) -> None:
    lines = (shared / "standards/gs1/linter_vectors.dev.jsonl").read_text("utf-8").splitlines()
    vectors = [json.loads(line) for line in lines]
    csum = [vector for vector in vectors if vector["linter"] == "csum"]
    pairs = [v for v in vectors if v["linter"] == "csumalpha" and v["ok"] and 3 <= len(v["in"]) <= 25]
    assert len(csum) + len(pairs) > 5
    for vector in csum:
        assert has_check_digit(vector["in"]) == vector["ok"] or len(vector["in"]) < 2
    for vector in pairs:
        assert check_characters(vector["in"][:-2]) == vector["in"][-2:]
