from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.gs1 import Rules
from lotbook.standards.gs1.separators import READINGS_MAX, readings

pytestmark = pytest.mark.once

GTIN = "0104012345123456"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{GTIN}17270331", ["(17)270331"]),
        (f"{GTIN}10LOT-A", ["(10)LOT-A"]),
        (f"{GTIN}10LOT-721S001", ["(10)LOT-721S001", "(10)LOT-7(21)S001"]),
        # The 17 inside the lot begins no date.
        (f"{GTIN}10LOT17888888", ["(10)LOT17888888"]),
        (f"{GTIN}10LOT17270331", ["(10)LOT17270331", "(10)LOT(17)270331"]),
        # Too long for a lot: there must have been a separator.
        (f"{GTIN}10{'A' * 15}17270331", [f"(10){'A' * 15}(17)270331"]),
        # (37) belongs to contents and (02) stands without (01): no reading for them.
        (f"{GTIN}10LOT3712", ["(10)LOT3712"]),
        (f"{GTIN}10{'A' * 25}", []),
        ("", []),
        ("LOT-7", []),
    ],
)
def test_readings(text: str, found: list[str]) -> None:
    assert [reading.bracketed.removeprefix("(01)04012345123456") for reading in readings(text)] == found


def test_the_standards_reading_comes_first_and_there_is_an_end() -> None:
    found = readings(GTIN + "10" + "99A" * 6)
    assert found[0].get("10") == "99A" * 6
    assert len(found) == READINGS_MAX
    assert readings(GTIN + "10" + "99A" * 6, limit=1) == found[:1]


def test_without_associations_more_readings_fit() -> None:
    text = "10LOT3712"
    assert readings(text) == ()
    assert [message.bracketed for message in readings(text, Rules(associations=False))] == [
        "(10)LOT3712",
        "(10)LOT(37)12",
    ]


@pytest.mark.parametrize(
    "text", ["99A" * 300, "10" * 400, "21" + "9" * 600, "0" * 500, "240" + "10A21" * 100]
)
def test_a_search_ends_soon(text: str) -> None:
    began = time.monotonic()
    readings(GTIN + text)
    assert time.monotonic() - began < 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["10", "21", "240"]), st.text("AB19-", min_size=1, max_size=8)), max_size=3
    )
)
def test_what_was_meant_is_among_the_readings(pairs: list[tuple[str, str]]) -> None:
    meant = tuple(dict(pairs).items())
    text = GTIN + "".join(code + value for code, value in meant)
    found = [message.elements for message in readings(text, limit=10_000)]
    assert (("01", "04012345123456"), *meant) in found
    assert len(set(found)) == len(found)
