r"""Element strings: what a GS1 barcode carries, as scanned (raw) or as printed (in brackets).

>>> parse_elements("(01)04012345123456(10)AB-1")
{'01': '04012345123456', '10': 'AB-1'}
>>> parse_elements("]C1010401234512345610AB-1\x1d17270331")
{'01': '04012345123456', '10': 'AB-1', '17': '270331'}
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.identifiers import AIS, ApplicationIdentifier, verify

#: The separator (FNC1 inside a symbol) as scanners transmit it.
SEPARATOR = "\x1d"
#: Symbology identifiers of symbols that carry GS1 element strings: GS1-128, DataBar, DataMatrix, QR, DotCode.
AIM_PREFIXES = ("]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1")

Table = Mapping[str, ApplicationIdentifier]
_BRACKETED = re.compile(r"\((\d{2,4})\)((?:[^()\\]|\\.|\((?!\d{2,4}\))|\))*)")


def parse_elements(text: str, table: Table = AIS) -> dict[str, str]:
    """Read an element string in brackets or raw into code → value, in the order written.

    A bracket inside a value may be escaped by a backslash. Raises MalformedError on an unknown code, a value
    that breaks its rule, or one code with two values.
    """
    stripped = text.strip(" \t\r\n")
    pairs = _bracketed(stripped) if stripped.startswith("(") else _raw(stripped, table)
    elements: dict[str, str] = {}
    for code, value in pairs:
        if code not in table:
            raise MalformedError("an element string", "a known application identifier", f"({code})")
        verify(table[code], value)
        if elements.setdefault(code, value) != value:
            raise MalformedError(
                "an element string", f"one value for ({code})", shown([elements[code], value])
            )
    return elements


def written(elements: Mapping[str, str]) -> str:
    """Write code → value in the bracketed form that `parse_elements` reads back."""
    return "".join(f"({code})" + re.sub(r"([\\()])", r"\\\1", value) for code, value in elements.items())


def _bracketed(text: str) -> list[tuple[str, str]]:
    pairs = []
    at = 0
    while at < len(text):
        match = _BRACKETED.match(text, at)
        if match is None:
            raise MalformedError("an element string", "(code)value", shown(text[at:]))
        pairs.append((match[1], re.sub(r"\\(.)", r"\1", match[2])))
        at = match.end()
    return pairs


def _raw(text: str, table: Table) -> list[tuple[str, str]]:
    if text.startswith("]"):
        if not text.startswith(AIM_PREFIXES):
            raise MalformedError(
                "an element string", "a GS1 symbol " + " ".join(AIM_PREFIXES), shown(text[:3])
            )
        text = text[3:]
    text = text.removeprefix(SEPARATOR)
    if not text:
        raise MalformedError("an element string", "at least one code and value", "nothing")
    pairs = []
    while text:
        code = _code_in_front(text, table)
        ai, rest = table[code], text[len(code) :]
        length = ai.longest if ai.fixed else rest.find(SEPARATOR)
        value = rest if length < 0 else rest[:length]
        pairs.append((code, value))
        # A separator after a fixed value is needless, but many printers set one.
        text = rest[len(value) :].removeprefix(SEPARATOR)
    return pairs


def _code_in_front(text: str, table: Table) -> str:
    """Find the code that `text` starts with; no code is the beginning of another."""
    for length in (2, 3, 4):
        if text[:length] in table:
            return text[:length]
    raise MalformedError("an element string", "a known application identifier", shown(text[:4]))
