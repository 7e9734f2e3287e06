from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.gs1 import Gs1Error
from lotbook.standards.gs1.dates import full_year, read_date, read_time

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("year", "this", "full"),
    [
        (26, 2026, 2026),
        (76, 2026, 2076),
        (77, 2026, 1977),
        (0, 2026, 2000),
        (99, 2026, 1999),
        (0, 2050, 2100),  # 50 years back counts as the century to come
        (1, 2050, 2001),
        (99, 2048, 1999),
        (99, 2049, 2099),
        (5, 1999, 2005),
    ],
)
def test_the_century(year: int, this: int, full: int) -> None:
    assert full_year(year, date(this, 1, 1)) == full


@given(st.integers(0, 99), st.integers(1950, 2150))
def test_a_year_is_never_farther_than_fifty_years(year: int, this: int) -> None:
    full = full_year(year, date(this, 6, 1))
    assert full % 100 == year
    assert -50 < full - this <= 50


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("270331", date(2027, 3, 31)),
        ("270200", date(2027, 2, 28)),
        ("280200", date(2028, 2, 29)),
        ("991200", date(1999, 12, 31)),
        ("000229", date(2000, 2, 29)),
    ],
)
def test_days(text: str, day: date) -> None:
    assert read_date(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "this", "code"),
    [
        ("270229", 2026, "illegal_day"),
        ("271301", 2026, "illegal_month"),
        ("27033", 2026, "date_too_short"),
        ("000229", 2080, "illegal_day"),  # 2100 is no leap year
    ],
)
def test_no_days(text: str, this: int, code: str) -> None:
    with pytest.raises(Gs1Error) as caught:
        read_date(text, date(this, 1, 1))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("27033115", "2027-03-31T15:00:00"),
        ("2703311530", "2027-03-31T15:30:00"),
        ("270331153045", "2027-03-31T15:30:45"),
    ],
)
def test_times(text: str, moment: str) -> None:
    assert read_time(text, TODAY).isoformat() == moment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("270331", "time_wrong_length"),
        ("270331xx", "time_wrong_length"),
        ("27033124", "illegal_hour"),
        ("2703311260", "illegal_minute"),
        ("27023112", "illegal_day"),
    ],
)
def test_no_times(text: str, code: str) -> None:
    with pytest.raises(Gs1Error) as caught:
        read_time(text, TODAY)
    assert caught.value.code == code
