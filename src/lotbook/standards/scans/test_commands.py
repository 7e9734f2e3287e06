"""Command barcodes: every one is understood, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.gs1 import Gs1Error
from lotbook.standards.scans import Scanner, Understood, understand
from lotbook.standards.scans.commands import COMMANDS, Command, caption, command_of, payload
from lotbook.standards.scans.layouts import LAYOUTS, typed

pytestmark = pytest.mark.once

SAMPLES = {"quantity": ("1", "12", "0.5", "999999999", "2.25"), "digit": tuple("0123456789.")}
EVERY = [(name, number) for name in COMMANDS for number in SAMPLES.get(name, ("",))]


@pytest.mark.parametrize(("name", "number"), EVERY)
@pytest.mark.parametrize("aim", ["", "]C0", "]Q1", "]d1"])
def test_every_command_is_understood(name: str, number: str, aim: str) -> None:
    scan = understand(aim + payload(name, number), Scanner(prefix="", suffix=""))
    assert isinstance(scan, Understood)
    assert (scan.kind, scan.command) == ("command", Command(name, number))
    assert scan.symbology == aim
    assert caption(name, number)


@pytest.mark.parametrize(
    "text", ["LB:", "LB:CONFIRMED", "LB:QTY", "LB:QTY:", "LB:QTY:-1", "LB:QTY:1E9", "LB:CONFIRM:1",
             "LB:DIGIT:12", "LB:UNDO:", "LB:QTY:٣", "LB:QTY:0000000001"],
)  # fmt: skip
def test_what_is_no_command_of_the_vocabulary_is_refused(text: str) -> None:
    with pytest.raises(Gs1Error) as refusal:
        understand(text)
    assert refusal.value.code == "unknown_command"


def test_caps_lock_is_named() -> None:
    with pytest.raises(Gs1Error) as refusal:
        understand("lb:confirm")
    assert refusal.value.code == "caps_lock"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_wedge_of_another_layout_is_refused(layout: str) -> None:
    with pytest.raises(Gs1Error) as refusal:
        understand(typed("LB:QTY:12", layout))
    assert refusal.value.code == "keyboard_layout"


def test_a_command_within_an_element_string_is_a_lot() -> None:
    scan = understand("]C110LB:CONFIRM", Scanner(proven=True))
    assert isinstance(scan, Understood)
    assert (scan.kind, scan.command) == ("elements", None)


@given(st.text(max_size=30))
def test_nothing_else_is_taken_for_a_command(text: str) -> None:
    if not text.upper().startswith("LB:"):
        assert command_of(text) is None


@pytest.mark.parametrize(
    ("name", "number"), [("burn", ""), ("confirm", "1"), ("quantity", ""), ("digit", "x")]
)
def test_what_cannot_be_written(name: str, number: str) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        payload(name, number)
