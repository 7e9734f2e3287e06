r"""Element strings: what a GS1 symbol carries, as scanned, with ^ for FNC1, or as printed (in brackets).

>>> read_bracketed(r"(01)04012345123456(10)A\(1)").elements
(('01', '04012345123456'), ('10', 'A(1)'))
>>> read_element_string("^010401234512345610AB-1^17270331").bracketed
'(01)04012345123456(10)AB-1(17)270331'
>>> parse_elements("]C1010401234512345610AB-1\x1d17270331")
{'01': '04012345123456', '10': 'AB-1', '17': '270331'}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from lotbook.standards.errors import shown
from lotbook.standards.gs1.associations import require
from lotbook.standards.gs1.errors import refused
from lotbook.standards.gs1.identifiers import code_in_front, identifier, verify
from lotbook.standards.gs1.message import STANDARD, Element, Message, Rules, limited

#: The separator (FNC1 inside a symbol) as scanners transmit it.
SEPARATOR = "\x1d"
#: FNC1 in an element string that is written down.
FNC1 = "^"
#: Symbology identifiers of symbols that carry GS1 element strings: GS1-128, DataBar, DataMatrix, QR, DotCode.
AIM_PREFIXES = ("]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1")

_WHAT = "an element string"
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:[^(\\]|\\.)*)", re.DOTALL)
#: Each element by itself.
LOOSE = Rules(associations=False)


def read_bracketed(text: str, rules: Rules = STANDARD) -> Message:
    """Read the form for people: `(code)value…`, a bracket that opens within a value behind a backslash.

    Raises Gs1Error saying what is wrong.
    """
    elements: list[Element] = []
    at = 0
    while at < len(text) or not elements:
        match = _BRACKETED.match(text, at)
        if match is None:
            raise refused(_WHAT, "malformed_brackets", "(code)value", shown(text[at:]))
        elements.append((match[1], re.sub(r"\\(.)", r"\1", match[2], flags=re.DOTALL)))
        at = match.end()
    return checked(elements, rules)


def read_element_string(text: str, rules: Rules = STANDARD, fnc1: str = FNC1) -> Message:
    """Read an element string as written down: FNC1 first, and again behind values of no predefined length.

    Raises Gs1Error saying what is wrong.
    """
    if not text.startswith(fnc1):
        raise refused(_WHAT, "fnc1_missing", f"{fnc1} (FNC1) in front", shown(text))
    return read_data(text[len(fnc1) :], rules, fnc1)


def read_data(text: str, rules: Rules = STANDARD, separator: str = SEPARATOR) -> Message:
    """Read the data of a GS1 symbol, without anything in front. Raises Gs1Error saying what is wrong."""
    if not text:
        raise refused(_WHAT, "no_elements", "at least one code and value", "nothing")
    return checked(split(text, rules, separator), rules)


def split(text: str, rules: Rules, separator: str) -> Iterator[Element]:
    """Cut data into codes and values, without a look at the values."""
    while text:
        code = code_in_front(text, unknown_ais=rules.unknown_ais)
        ai, rest = identifier(code, unknown_ais=rules.unknown_ais), text[len(code) :]
        length = ai.longest if ai.predefined else rest.find(separator)
        value = rest if length < 0 else rest[:length]
        yield code, value
        # A separator after a value of predefined length is needless, but many printers set one.
        text = rest[len(value) :].removeprefix(separator)


def checked(elements: Iterable[Element], rules: Rules) -> Message:
    """Check every value, and by `rules` how they stand together. Raises Gs1Error."""
    message = Message(limited(tuple(elements)))
    for code, value in message.elements:
        verify(identifier(code, unknown_ais=rules.unknown_ais), value)
    if rules.associations:
        require(message.elements)
    return message


def parse_elements(text: str) -> dict[str, str]:
    """Read an element string in brackets or raw into code → value, in the order written.

    More patient than the standard: blanks around, a needless separator in front, and companions that are
    missing are all accepted. Raises Gs1Error on an unknown code, a value that breaks its rule, or one code
    with two values.
    """
    stripped = text.strip(" \t\r\n")
    if stripped.startswith("("):
        message = read_bracketed(stripped, LOOSE)
    else:
        if stripped.startswith("]") and not stripped.startswith(AIM_PREFIXES):
            raise refused(
                _WHAT, "not_gs1_symbol", "a GS1 symbol " + " ".join(AIM_PREFIXES), shown(stripped[:3])
            )
        data = stripped[3:] if stripped.startswith("]") else stripped
        message = read_data(data.removeprefix(SEPARATOR), LOOSE)
    elements: dict[str, str] = {}
    for code, value in message.elements:
        if elements.setdefault(code, value) != value:
            found = shown([elements[code], value])
            raise refused(_WHAT, "repeated_differently", f"one value for ({code})", found)
    return elements


def written(elements: Mapping[str, str]) -> str:
    """Write code → value in the bracketed form that `parse_elements` reads back."""
    return Message(tuple(elements.items())).bracketed
