from __future__ import annotations

import pytest

from lotbook.standards.gs1 import AIS, Gs1Error, Rules, find_fault, read_bracketed
from lotbook.standards.gs1.associations import matches

pytestmark = pytest.mark.once

GTIN = "(01)04012345123456"
CONTENT = "(02)04012345123456"
UNIT = "(00)040123450000003338"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{GTIN}(10)A(17)270331(21)S", None),
        (f"{UNIT}{CONTENT}(37)24(10)A", None),
        (f"{CONTENT}(37)24", "required_missing"),  # a count of contents belongs to a logistic unit
        (f"{UNIT}{CONTENT}", "required_missing"),
        (f"{UNIT}(37)24", "required_missing"),
        (f"{GTIN}{CONTENT}", "forbidden_together"),
        (f"{GTIN}(37)24{UNIT}{CONTENT}", "forbidden_together"),
        (f"{GTIN}(235)ABC(21)S", "forbidden_together"),
        (f"{GTIN}(3103)000195(3102)001950", "forbidden_together"),
        (f"{GTIN}(3103)000195(3202)001950", None),
        (f"{GTIN}(3922)0299", "required_missing"),  # a price of so much: how much?
        (f"{GTIN}(3922)0299(3103)000195", None),
        (f"{GTIN}(3922)0299(30)3", None),
        ("(3103)000195", "required_missing"),
        ("(10)A", "required_missing"),
        ("(21)S", "required_missing"),
        (f"{GTIN}(10)A(10)A", None),
        (f"{GTIN}(10)A(10)B", "repeated_differently"),
        (f"{GTIN}(250)X", "required_missing"),
        (f"{GTIN}(21)S(250)X", None),
        ("(415)4012345000009(8020)R1", None),
        ("(415)4012345000009", "required_missing"),
        ("(8020)R1", "required_missing"),
        ("(420)10115", None),
        ("(420)10115(421)27610115", "forbidden_together"),
        (f"{UNIT}(4302)Dock%201(4303)North", None),
        (f"{UNIT}(4303)North", "required_missing"),
        (f"{UNIT}(4330)000500(4331)000500", "forbidden_together"),
        ("(8018)040123450000003338(7258)1/2", "required_missing"),
        ("(8018)040123450000003338(7258)1/2(7259)Ann", None),
        ("(253)4012345000009(8030)c2ln", "signature_needs_serial"),
        ("(253)4012345000009X(8030)c2ln", None),
        ("(255)4012345000009(8030)c2ln", "signature_needs_serial"),
        ("(8003)04012345000009(8030)c2ln", "signature_needs_serial"),
        ("(8003)040123450000097(8030)c2ln", None),
        ("(99)whatever", None),
    ],
)
def test_what_belongs_together(text: str, code: str | None) -> None:
    message = read_bracketed(text, Rules(associations=False))
    fault = find_fault(message.elements)
    assert (fault and fault.code) == code
    if code is None:
        assert read_bracketed(text) == message
    else:
        with pytest.raises(Gs1Error) as caught:
            read_bracketed(text)
        assert caught.value.code == code


def test_one_is_not_forbidden_by_its_own_pattern() -> None:
    for code, ai in AIS.items():
        if any(matches(code, pattern) for pattern in ai.bars):
            assert "forbidden_together" not in str(find_fault([(code, "000001")]))


@pytest.mark.parametrize(
    ("code", "pattern", "fits"),
    [("3103", "310n", True), ("3103", "31nn", True), ("310", "31nn", False), ("3203", "31nn", False)],
)
def test_patterns(code: str, pattern: str, fits: bool) -> None:
    assert matches(code, pattern) is fits


def test_codes_that_the_table_does_not_have_stand_for_themselves() -> None:
    rules = Rules(unknown_ais=True)
    assert read_bracketed("(89)ABC(89)ABC", rules).get("89") == "ABC"
    with pytest.raises(Gs1Error) as caught:
        read_bracketed(f"{GTIN}(3103)000195(3109)000195", rules)
    assert caught.value.code == "forbidden_together"
