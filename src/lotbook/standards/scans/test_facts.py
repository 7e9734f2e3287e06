from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lotbook.standards.gs1 import AIS, Gs1Error, Rules, read_bracketed
from lotbook.standards.scans.facts import MEASURES, Facts, Measure, facts_of

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 22)
GTIN = "(01)04012345123456"


def said(text: str) -> Facts:
    return facts_of(read_bracketed(text, Rules(associations=False)), TODAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GTIN, Facts(gtin="04012345123456")),
        (f"{GTIN}(10)AB(21)S", Facts(gtin="04012345123456", lot="AB", serial="S")),
        (f"{GTIN}(17)270331", Facts(gtin="04012345123456", expires_on=date(2027, 3, 31))),
        (f"{GTIN}(17)270200", Facts(gtin="04012345123456", expires_on=date(2027, 2, 28))),
        (f"{GTIN}(7003)2703311530", Facts(gtin="04012345123456", expires_on=date(2027, 3, 31))),
        ("(15)270401(11)261101(13)261102(16)270301", Facts(
            best_before_on=date(2027, 4, 1), produced_on=date(2026, 11, 1), packed_on=date(2026, 11, 2),
            sell_by_on=date(2027, 3, 1),
        )),
        ("(7007)261001261005", Facts(harvested_on=date(2026, 10, 1))),
        ("(00)040123450000003338(02)04012345123456(37)0024", Facts(
            sscc="040123450000003338", content_gtin="04012345123456", count=24
        )),
        ("(3103)001950", Facts(measures=(Measure("net weight", Decimal("1.950"), "KGM"),))),
        ("(3200)000012", Facts(measures=(Measure("net weight", Decimal(12), "LBR"),))),
        ("(8006)040123451234560102", Facts(gtin="04012345123456")),
        ("(414)4012345000009", Facts(gln="4012345000009")),
        ("(99)whatever", Facts()),
    ],
)  # fmt: skip
def test_what_elements_say(text: str, told: Facts) -> None:
    assert said(text) == told


def test_decimals_are_kept_as_they_were_measured() -> None:
    assert str(said("(3105)001950").measures[0].value) == "0.01950"
    assert str(said("(3100)001950").measures[0].value) == "1950"


def test_every_measure_is_one_of_the_table() -> None:
    for front in MEASURES:
        assert {f"{front}{places}" for places in range(6)} <= set(AIS)


def test_a_day_that_the_year_does_not_have() -> None:
    message = read_bracketed("(17)000229", Rules(associations=False))
    assert facts_of(message, TODAY).expires_on == date(2000, 2, 29)
    with pytest.raises(Gs1Error):
        facts_of(message, date(2080, 1, 1))
