"""What a place of ours may be, and where in the tree it may stand: pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Fault
from lotbook.standards.gs1.checks import check_digit
from lotbook.standards.gs1.keys import Gln, Sscc

PARENTS: Mapping[str, frozenset[str]] = {
    "site": frozenset(),
    "area": frozenset({"site", "area"}),
    "bin": frozenset({"site", "area", "bin"}),
    "transit": frozenset({"site"}),
}
"""Kinds a person makes, and the kinds each may stand in. A transit may also stand alone."""

NEEDS_PARENT = frozenset({"area", "bin"})
CODE = re.compile(r"[^\W_][\w.\-/+#]*( [\w.\-/+#]+)*")
FIELDS = frozenset({"code", "name", "usable", "gln", "time_zone", "location", "attributes"})


@cache
def time_zones() -> frozenset[str]:
    """The names of time zones (IANA) this machine knows."""
    return frozenset(available_timezones())


def read_place(values: Mapping[str, Any]) -> dict[str, Any]:
    """The place's fields as they are stored; raises Refused with every fault at once.

    ``location`` is left as it came: the caller looks it up.
    """
    check = Check()
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name == "code":
            read[name] = code(check, value)
        elif name == "name":
            read[name] = check.text(name, value, 200)
        elif name == "usable":
            read[name] = check.flag(name, value)
        elif name == "gln":
            read[name] = check.parsed(
                name, value, lambda text: Gln.parse(text).value, "Check the number in your GS1 portal."
            )
        elif name == "time_zone":
            read[name] = time_zone(check, value)
        elif name == "attributes":
            read[name] = check.attributes(name, value)
        elif name == "location":
            read[name] = value
        else:
            check.fault(name, "is no field of a place.", code="unknown")
    check.done()
    return read


def code(check: Check, value: object) -> str:
    """A place's code: letters, digits and . - / + # _, single blanks between words, at most 60 characters."""
    text = check.text("code", value, 60, required=True)
    if text and not CODE.fullmatch(text):
        check.fault(
            "code",
            f"{text!r} has characters a code cannot have.",
            "Use letters, digits and . - / + # _, with single blanks between words.",
        )
    return text


def time_zone(check: Check, value: object) -> str:
    """The name of a time zone (IANA), or empty: then the parent's counts."""
    text = check.text("time_zone", value, 60)
    if text and text not in time_zones():
        check.fault("time_zone", f"there is no time zone {text!r}.", "Use a name like Europe/Berlin.")
    return text


def stand(kind: str, parent_kind: str | None) -> Fault | None:
    """Why a place of ``kind`` may not stand in one of ``parent_kind`` (None: at the top)."""
    if kind not in PARENTS:
        return Fault(
            "kind", f"expected one of {', '.join(PARENTS)}; got {kind[:20]!r}.", "Choose one of them."
        )
    if parent_kind is None:
        if kind in NEEDS_PARENT:
            cause = f"{kind} stands in {' or '.join(sorted(PARENTS[kind]))}, but no parent is given."
            return Fault("parent", cause, "Choose where it is.", "required")
        return None
    if parent_kind not in PARENTS[kind]:
        allowed = " or ".join(sorted(PARENTS[kind])) or "nothing: it is the top of its tree"
        return Fault(
            "parent", f"a {kind} stands in {allowed}, not in a {parent_kind}.", "Choose another parent."
        )
    return None


def serial_digits(prefix: str) -> int:
    """How many digits the serial reference of an SSCC has under a company prefix.

    >>> serial_digits("4012345")
    9
    """
    return 16 - len(prefix)


def sscc_of(prefix: str, extension: int, serial: int) -> str:
    """The SSCC of a serial reference: extension digit, prefix, serial, check digit.

    >>> sscc_of("4012345", 3, 1)
    '340123450000000017'
    """
    digits = f"{extension}{prefix}{serial:0{serial_digits(prefix)}d}"
    return digits + check_digit(digits)


def sscc(value: object) -> str:
    """The 18 digits of an SSCC; raises Refused."""
    check = Check()
    number = check.parsed("sscc", value, lambda text: Sscc.parse(text).value, "Scan the pallet label again.")
    if number is None and not check.faults:
        check.fault("sscc", "is empty.", "Scan the pallet label.", "required")
    check.done()
    assert number is not None
    return number
