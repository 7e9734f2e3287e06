r"""What a scanner transmits: a symbology identifier, then the data of the symbol.

Sources: ISO/IEC 15424; GS1 General Specifications, section 5.1.3.

>>> read_symbol("]C1010401234512345610AB-1\x1d17270331").message.bracketed
'(01)04012345123456(10)AB-1(17)270331'
>>> read_symbol("]E04012345123456").message.elements
(('01', '04012345123456'),)
>>> read_symbol("]Q1hello").text
'hello'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from lotbook.standards.errors import shown
from lotbook.standards.gs1.checks import is_digits
from lotbook.standards.gs1.digitallink import read_link
from lotbook.standards.gs1.elements import (
    FNC1,
    SEPARATOR,
    checked,
    read_data,
    read_element_string,
    split,
)
from lotbook.standards.gs1.errors import Gs1Error, refused
from lotbook.standards.gs1.message import STANDARD, Message, Rules
from lotbook.standards.gs1.separators import readings

Kind = Literal["elements", "link", "text"]

_WHAT = "a scan"
#: Symbols whose data is an element string.
ELEMENT_SYMBOLS: Mapping[str, str] = {
    "]C1": "GS1-128",
    "]e0": "GS1 DataBar",
    "]e1": "GS1 Composite",
    "]e2": "GS1 Composite",
    "]d2": "GS1 DataMatrix",
    "]Q3": "GS1 QR Code",
    "]J1": "GS1 DotCode",
}
#: Symbols whose data is a GTIN of so many digits.
GTIN_SYMBOLS: Mapping[str, tuple[str, int]] = {
    "]E0": ("EAN-13, UPC-A or UPC-E", 13),
    "]E4": ("EAN-8", 8),
    "]I1": ("ITF-14", 14),
}
#: Digits beside an EAN or UPC symbol that are no GTIN, by themselves or behind one.
_ADD_ONS: Mapping[str, tuple[int, ...]] = {"]E1": (2,), "]E2": (5,)}
_WITH_ADD_ON, _WITH_ADD_ON_LENGTHS = "]E3", (15, 18)
#: Symbols that carry any text, by the letter of their identifier: the digits or letters that may follow it.
TEXT_SYMBOLS: Mapping[str, tuple[str, str]] = {
    "A": ("Code 39", "01234578"),
    "C": ("Code 128", "024"),
    "F": ("Codabar", "0124"),
    "G": ("Code 93", "0123456789ABCDEFGHIJKLMm"),
    "I": ("Interleaved 2 of 5", "023"),
    "J": ("DotCode", "02345"),
    "L": ("PDF417", "012345"),
    "Q": ("QR Code", "012456"),
    "U": ("MaxiCode", "0123"),
    "d": ("Data Matrix", "013456"),
    "z": ("Aztec Code", "0123456789ABC"),
}
_COMPOSITE = "|]e0"
#: A plain text that begins like an element string, told apart by a backslash more.
_PLAIN_FNC1 = re.compile(r"^\\*\^")
#: With caps lock on, a keyboard wedge turns the letter round.
TURNED = {"]c1", "]D1", "]D2", "]q1", "]q3", "]j0", "]j1"}


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as it is understood.

    `kind` says what `text` (the data without its symbology identifier) is: an element string or GTIN, a
    Digital Link, or plain text; `message` holds the elements of the first two. `symbology` is the identifier
    (`]C1`, or nothing when none came), `name` the symbol's name. `add_on`: the 2 or 5 digits beside an EAN.
    """

    kind: Kind
    text: str
    message: Message | None = None
    symbology: str = ""
    name: str = ""
    add_on: str = ""

    @property
    def notation(self) -> str:
        """The data as written down: ^ for FNC1, | before a component, a backslash before a plain ^."""
        if self.message is None or self.kind != "elements":
            return _PLAIN_FNC1.sub(r"\\\g<0>", self.text)
        if self.symbology not in GTIN_SYMBOLS:
            return self.message.element_string()
        linear, bar, _ = self.text.partition(_COMPOSITE)
        return linear + ("|" + Message(self.message.elements[1:]).element_string() if bar else "")


def read_symbol(text: str, rules: Rules = STANDARD) -> Scan:
    """Read a scan that begins with a symbology identifier; separators are GS (0x1D).

    Raises Gs1Error saying what is wrong; `separator_lost` when the data only makes sense with separators
    that did not arrive.
    """
    aim, data = text[:3], text[3:]
    if len(aim) < 3 or not aim.startswith("]"):
        expected = "a symbology identifier, such as ]C1 or ]d2, and the data"
        raise refused(_WHAT, "no_symbology", expected, shown(text))
    if aim in ELEMENT_SYMBOLS:
        return _element_symbol(aim, data, rules)
    if aim in GTIN_SYMBOLS or aim == _WITH_ADD_ON:
        return _retail_symbol(aim, data, rules)
    if aim in _ADD_ONS:
        if len(data) not in _ADD_ONS[aim] or not is_digits(data):
            raise refused(_WHAT, "bad_add_on", f"{_ADD_ONS[aim][0]} digits", shown(data))
        return Scan("text", data, None, aim, "EAN add-on", data)
    name, modifiers = TEXT_SYMBOLS.get(aim[1], ("", ""))
    if aim[2] not in modifiers:
        if aim in TURNED:
            raise refused(_WHAT, "caps_lock", f"{aim.swapcase()} (is caps lock on?)", shown(aim))
        raise refused(_WHAT, "unknown_symbology", "a symbology identifier that is known", shown(aim))
    if data[:8].lower().startswith(("http://", "https://")):
        return Scan("link", data, read_link(data, rules), aim, name)
    return Scan("text", data, None, aim, name)


def _element_symbol(aim: str, data: str, rules: Rules) -> Scan:
    try:
        message = read_data(data, rules)
    except Gs1Error as error:
        raise lost_separator(data, rules) or error from None
    return Scan("elements", data, message, aim, ELEMENT_SYMBOLS[aim])


def lost_separator(data: str, rules: Rules) -> Gs1Error | None:
    """Make the error for data that no reading fits as it is, but some would if separators had been lost."""
    if SEPARATOR in data:
        return None
    found = readings(data, rules, limit=2)
    if not found:
        return None
    expected = "separators (GS) behind values of variable length, as in " + found[0].bracketed
    return refused(_WHAT, "separator_lost", expected, f"none in {shown(data)}")


def _retail_symbol(aim: str, data: str, rules: Rules) -> Scan:
    linear, bar, component = data.partition(_COMPOSITE)
    add_on = ""
    if aim == _WITH_ADD_ON:
        name, length = "EAN-13 with add-on", 13
        if len(linear) not in _WITH_ADD_ON_LENGTHS or not is_digits(linear):
            raise refused(_WHAT, "wrong_length", "13 digits, then 2 or 5 of the add-on", shown(linear))
        linear, add_on = linear[:13], linear[13:]
    else:
        name, length = GTIN_SYMBOLS[aim]
    if len(linear) != length or not is_digits(linear):
        raise refused(_WHAT, "wrong_length", f"{length} digits ({name})", f"{len(linear)} in {shown(linear)}")
    elements = [("01", linear.zfill(14))]
    if bar:
        if not component:
            raise refused(_WHAT, "no_elements", "an element string behind |]e0", "nothing")
        elements += split(component, rules, SEPARATOR)
        name += " with composite component"
    return Scan("elements", data, checked(elements, rules), aim, name, add_on)


#: Symbols by name: the identifier in front of a GTIN, of an element string and of plain text; - for never.
_WRITTEN: Mapping[str, tuple[str, str, str]] = {
    **dict.fromkeys(("EAN13", "UPCA", "UPCE"), ("]E0", "-", "-")),
    "EAN8": ("]E4", "-", "-"),
    "ITF14": ("]I1", "-", "-"),
    **dict.fromkeys(
        ("DataBarOmni", "DataBarTruncated", "DataBarStacked", "DataBarStackedOmni", "DataBarLimited"),
        ("]e0", "-", "-"),
    ),
    "DataBarExpanded": ("-", "]e0", "-"),
    **dict.fromkeys(("GS1_128_CCA", "GS1_128_CCC"), ("-", "]C1", "-")),
    "QR": ("-", "]Q3", "]Q1"),
    "DM": ("-", "]d2", "]d1"),
    "DotCode": ("-", "]J1", "]J0"),
}


def transmitted(data: str, symbol: str, rules: Rules = STANDARD) -> str:
    r"""Return what a scanner sends for `data` (as `Scan.notation` writes it) in a symbol of this name.

    Raises Gs1Error when the symbol cannot carry the data, or the data is wrong.

    >>> transmitted("^010401234512345610AB^17270331", "DM")
    ']d2010401234512345610AB\x1d17270331'
    """
    for_gtin, for_elements, for_text = _WRITTEN.get(symbol, ("-", "-", "-"))
    linear, bar, component = data.partition("|")
    alone = replace(rules, associations=False)
    second = read_element_string(component, alone) if bar else Message(())
    if for_gtin != "-":
        return _gtin_transmitted(linear, symbol, for_gtin, second, rules)
    if data.startswith(FNC1) and for_elements != "-":
        both = checked((*read_element_string(linear, alone).elements, *second.elements), rules)
        # GS1-128 with a component beside it is transmitted as one composite message.
        aim = "]e0" if bar else for_elements
        return aim + both.element_string(SEPARATOR).removeprefix(SEPARATOR)
    if for_text == "-" or not data or data.startswith(FNC1):
        raise refused("a symbol", "symbol_cannot_carry", f"data for {symbol}", shown(data))
    return for_text + (data[1:] if re.match(r"\\+\^", data) else data)


def _gtin_transmitted(linear: str, symbol: str, aim: str, second: Message, rules: Rules) -> str:
    digits = linear.removeprefix("^01").zfill(14) if linear.startswith("^01") else linear
    length = GTIN_SYMBOLS[aim][1] if aim in GTIN_SYMBOLS else 14
    short = 12 if symbol in {"UPCA", "UPCE"} else length
    if linear.startswith("^01") and digits.startswith("0" * (14 - length)):
        digits = digits[14 - length :]
    elif len(digits) == short:
        digits = digits.zfill(length)
    if len(digits) != length or not is_digits(digits):
        raise refused("a symbol", "wrong_length", f"a GTIN of {length} digits for {symbol}", shown(linear))
    checked((("01", digits.zfill(14)), *second.elements), rules)
    behind = second.element_string(SEPARATOR).removeprefix(SEPARATOR)
    if aim in GTIN_SYMBOLS:
        return aim + digits + (_COMPOSITE + behind if second.elements else "")
    return f"{aim}01{digits}{behind}"
