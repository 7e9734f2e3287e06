"""Units and conversions: exact, or refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lotbook.foundation.catalog import rules
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Refused

pytestmark = pytest.mark.once


def test_the_base_unit_and_units_of_its_dimension_convert_exactly() -> None:
    tomatoes = rules.Units("KGM", 3)
    assert tomatoes.convert("12.5", "KGM") == 12_500
    assert tomatoes.convert("1.25", "TNE") == 1_250_000
    assert tomatoes.convert("250", "GRM") == 250
    assert rules.Units("GRM", 5).convert("1", "LBR") == 45_359_237


def test_an_items_own_conversion_wins_and_carries_its_dimension() -> None:
    jar = rules.Units("H87", 0, {"KGM": (20, 7), "XCT": (12, 1)})
    assert jar.convert("3", "XCT") == 36
    assert jar.convert("0.7", "KGM") == 2
    assert jar.convert("700", "GRM") == 2
    assert jar.convert("2", "DZN") == 24


def test_net_mass_follows_from_the_conversion_to_kilograms() -> None:
    jar = rules.Units("H87", 0, {"KGM": (20, 7)})
    assert jar.kilograms(2) == Fraction(7, 10)
    assert rules.Units("GRM", 1).kilograms(15) == Fraction(15, 10_000)
    assert rules.Units("H87", 0).kilograms(1) is None


@pytest.mark.parametrize(
    ("quantity", "unit", "code"),
    [
        ("0.5", "H87", "too_fine"),
        ("1", "KGM", "no_conversion"),
        ("1e3000", "H87", "invalid"),
        ("", "H87", "required"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(quantity: str, unit: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.convert(quantity, unit, rules.Units("H87", 0))
    assert refusal.value.faults[0].code == code
    assert refusal.value.faults[0].remedy


@pytest.mark.parametrize("quantity", ["1_000", "١٢", "nan", "inf", "12,5", "0x10"])
def test_numbers_only_python_would_take_are_refused(quantity: str) -> None:
    with pytest.raises(Refused):
        rules.Units("H87", 0).convert(quantity, "H87")


def test_every_unit_has_its_factor_and_is_found_by_code_symbol_and_name() -> None:
    assert rules.UNITS["LBR"].factor == Fraction("0.45359237")
    assert rules.UNITS["GLL"].factor == Fraction("3.785411784")
    assert rules.UNITS["GLI"].factor == Fraction("4.54609")
    assert rules.UNITS["FTQ"].factor == Fraction("28.316846592")
    assert rules.UNITS["LTN"].factor == Fraction("1016.0469088")
    assert rules.UNITS["BLL"].factor == 42 * Fraction("3.785411784")
    for text, code in [
        ("kg", "KGM"),
        ("KGM", "KGM"),
        ("Kilogram", "KGM"),
        ("pcs", "H87"),
        ("l", "LTR"),
        ("lb", "LBR"),
    ]:
        assert rules.find_unit(text) == code
    assert rules.find_unit("furlong") is None


def test_every_fault_of_an_item_is_named_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        rules.read_item(
            {
                "code": "",
                "name": "x" * 201,
                "unit": "XXX",
                "scale": 10,
                "gtin": "4012345123457",
                "standard_cost": "1.5",
            }
            | {"currency": "", "colour": "red", "attributes": {"a": [1]}}
        )
    fields = {fault.field for fault in refusal.value.faults}
    assert fields == {"code", "name", "unit", "scale", "gtin", "currency", "colour", "attributes/a"}
    wrong = next(fault for fault in refusal.value.faults if fault.field == "gtin")
    assert "check digit 6" in wrong.cause


def test_costs_are_kept_to_the_millionth() -> None:
    assert (
        rules.read_item({"standard_cost": "1.234567", "currency": "EUR"})["standard_cost_micro"] == 1_234_567
    )
    assert rules.cost_text(1_230_000) == "1.23"
    with pytest.raises(Refused, match="6 decimal places"):
        rules.read_item({"standard_cost": "1.2345678", "currency": "EUR"})


def test_a_factor_is_a_decimal_or_a_fraction() -> None:
    assert rules.fraction(Check(), "factor", "20/7") == Fraction(20, 7)
    assert rules.fraction(Check(), "factor", "0.125") == Fraction(1, 8)
    for wrong in ("0", "-1", "1/0", "1/2/3", "twelve", ""):
        check = Check()
        assert rules.fraction(check, "factor", wrong) is None
        assert check.faults
