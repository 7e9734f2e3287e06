"""Expiry, status, the order of dates, and numbering patterns."""

from __future__ import annotations

from datetime import date

import pytest

from lotbook.kernel.errors import Refused
from lotbook.traceability.lots import rules
from lotbook.traceability.lots.rules import Pattern, Values

pytestmark = pytest.mark.once
DAY = date(2027, 3, 3)


def test_a_lot_may_be_used_on_its_expiry_day_and_not_after() -> None:
    assert not rules.expired(DAY, DAY)
    assert rules.expired(DAY, date(2027, 3, 4))
    assert not rules.expired(None, DAY)


@pytest.mark.parametrize(
    ("kinds", "expires_on", "status"),
    [
        ((), None, "released"),
        ((), date(2027, 3, 2), "expired"),
        (("quarantine",), None, "quarantine"),
        (("quarantine",), date(2027, 3, 2), "expired"),
        (("quality", "quarantine"), date(2027, 3, 2), "hold"),
        (("customs", "rejection"), None, "rejected"),
        (("rejection", "recall"), date(2027, 3, 2), "recalled"),
    ],
)
def test_the_gravest_reason_is_the_status(
    kinds: tuple[str, ...], expires_on: date | None, status: str
) -> None:
    assert rules.status(kinds, expires_on, DAY) == status


def test_dates_stand_in_a_sane_order() -> None:
    sane = {"harvested_on": date(2027, 3, 1), "packed_on": DAY, "expires_on": DAY, "received_on": None}
    assert rules.date_faults(sane) == []
    wrong = {"harvested_on": date(2027, 3, 5), "produced_on": date(2027, 3, 4), "expires_on": DAY}
    assert [fault.field for fault in rules.date_faults(wrong)] == ["produced_on", "expires_on", "expires_on"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("{date:%y%m%d}-{seq:3}", "270303-007"),
        ("L{julian}{shift}{seq:2}", "L27062B07"),
        ("{site}/{item}/{date:%G%V}.{seq}", "PLANT/TOM/202709.0007"),
        ("{seq:1}{random:4}", "7WXYZ"),
    ],
)
def test_patterns_fill_their_parts(text: str, number: str) -> None:
    values = Values(on=DAY, site="PLANT", item="TOM", shift="B", sequence=7, random="WXYZ")
    pattern = Pattern.parse(text)
    assert pattern.number(values) == number
    assert all(part.meaning for part in pattern.parts)


def test_a_sequence_longer_than_its_width_grows_instead_of_repeating() -> None:
    assert Pattern.parse("{seq:2}").number(Values(on=DAY, sequence=123)) == "123"


@pytest.mark.parametrize(
    ("text", "reset", "word"),
    [
        ("LOT", "never", "has 0"),
        ("{seq:2}{seq:2}", "never", "has 2"),
        ("{seq:0}", "never", "width"),
        ("{seq:99}", "never", "width"),
        ("{seq:x}", "never", "width"),
        ("{seq:4", "never", "brace"),
        ("}{seq:4}", "never", "brace"),
        ("{colour}{seq:4}", "never", "no part"),
        ("{site:3}{seq:4}", "never", "no part"),
        ("{date:%s}{seq:4}", "never", "%s"),
        ("{date:today}{seq:4}", "never", "no date code"),
        ("{date:%m%d}{seq:4}", "day", "does not tell"),
        ("{date:%y%m}{seq:4}", "day", "does not tell"),
        ("{date:%d%m}{seq:4}", "year", "does not tell"),
        ("{seq:4}", "weekly", "expected one of"),
    ],
)
def test_patterns_that_could_repeat_or_make_no_sense_are_refused(text: str, reset: str, word: str) -> None:
    with pytest.raises(Refused) as refusal:
        Pattern.parse(text, reset)
    assert word in str(refusal.value)
    assert all(fault.remedy for fault in refusal.value.faults)


def test_the_scope_is_the_period_and_what_shows_in_the_number() -> None:
    values = Values(on=DAY, site="PLANT", item="TOM", shift="B")
    assert Pattern.parse("{site}{julian}{seq:4}").scope("day", values) == "2027-03-03|site=PLANT"
    assert Pattern.parse("{shift}{julian}{seq:4}").scope("year", values) == "2027|shift=B"
    assert Pattern.parse("{seq:4}").scope("never", values) == "all"


def test_numbers_a_barcode_cannot_carry_are_warned_of() -> None:
    assert rules.warnings("L-270303-007") == []
    assert "21 characters" in rules.warnings("X" * 21)[0]
    assert "'Ä'" in rules.warnings("LÄ 1")[0]


def test_facts_are_read_and_every_fault_is_named() -> None:
    read = rules.read_facts({"expires_on": "2027-03-03", "origin_country": "de"}, ["DE"])
    assert read == {"expires_on": DAY, "origin_country": "DE"}
    with pytest.raises(Refused) as refusal:
        rules.read_facts(
            {"expires_on": "03.03.2027", "origin_country": "X", "number": "L2", "produced_on": 7}, ["DE"]
        )
    assert {fault.field for fault in refusal.value.faults} == {
        "expires_on", "origin_country", "number", "produced_on",
    }  # fmt: skip
