"""Which elements must, and which must not, stand together (General Specifications, section 4.14).

The rules hold for all elements on one thing, whatever symbols they come from.

>>> find_fault([("10", "AB-1")]).code
'required_missing'
>>> find_fault([("01", "04012345123456"), ("10", "AB-1")]) is None
True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lotbook.standards.errors import shown
from lotbook.standards.gs1.errors import Fault, Gs1Error
from lotbook.standards.gs1.identifiers import AIS

#: Keys whose serial number may be left out, and how long they are without it: a digital signature (8030)
#: signs one thing, so there it may not (General Specifications, section 3.9, AI 8030).
_SERIAL_BEHIND = {"253": 13, "255": 13, "8003": 14}


def find_fault(elements: Sequence[tuple[str, str]]) -> Fault | None:
    """Look for repeats that differ, then for forbidden pairs, then for companions that are missing."""
    codes = list(dict.fromkeys(code for code, _ in elements))
    return _repeated(elements) or _forbidden(codes) or _missing(codes) or _unsigned(elements)


def require(elements: Sequence[tuple[str, str]]) -> None:
    """Raise Gs1Error when `find_fault` finds one."""
    fault = find_fault(elements)
    if fault is not None:
        raise Gs1Error("the elements together", fault)


def matches(code: str, pattern: str) -> bool:
    """Tell whether `code` fits `pattern`, in which n stands for any digit."""
    return len(code) == len(pattern) and all(p in ("n", c) for c, p in zip(code, pattern, strict=True))


def _repeated(elements: Iterable[tuple[str, str]]) -> Fault | None:
    first: dict[str, str] = {}
    for code, value in elements:
        if first.setdefault(code, value) != value:
            return Fault("repeated_differently", f"one value for ({code})", shown([first[code], value]))
    return None


def _forbidden(codes: Sequence[str]) -> Fault | None:
    for code in codes:
        for pattern in AIS[code].bars if code in AIS else ():
            for other in codes:
                if other != code and matches(other, pattern):
                    return Fault(
                        "forbidden_together", f"({code}) without ({pattern})", f"({other}) beside it"
                    )
    return None


def _missing(codes: Sequence[str]) -> Fault | None:
    for code in codes:
        needs = AIS[code].needs if code in AIS else ()
        if needs and not any(_all_there(group, codes) for group in needs):
            ways = " or ".join("+".join(f"({c})" for c in group) for group in needs)
            got = " ".join(f"({c})" for c in codes if c != code) or "nothing"
            return Fault("required_missing", f"({code}) with {ways}", got + " beside it")
    return None


def _all_there(group: Sequence[str], codes: Sequence[str]) -> bool:
    return all(any(matches(code, pattern) for code in codes) for pattern in group)


def _unsigned(elements: Sequence[tuple[str, str]]) -> Fault | None:
    if not any(code == "8030" for code, _ in elements):
        return None
    for code, value in elements:
        if len(value) == _SERIAL_BEHIND.get(code):
            return Fault(
                "signature_needs_serial", f"({code}) with a serial number beside (8030)", shown(value)
            )
    return None
