"""What a symbol, a text in brackets or a link says: elements in their order, and how they are written.

>>> message = Message((("01", "04012345123456"), ("10", "AB/1"), ("17", "270331")))
>>> message.element_string()
'^010401234512345610AB/1^17270331'
>>> message.bracketed
'(01)04012345123456(10)AB/1(17)270331'
>>> message.digital_link()
'https://id.gs1.org/01/04012345123456/10/AB%2F1?17=270331'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from lotbook.standards.gs1.errors import refused
from lotbook.standards.gs1.identifiers import AIS
from lotbook.standards.gs1.table import PREDEFINED_LENGTHS

#: A code and its value.
Element: TypeAlias = tuple[str, str]

CANONICAL_STEM = "https://id.gs1.org"
#: No message has more elements; GS1's own engine stops there too.
ELEMENTS_MAX = 64


@dataclass(frozen=True, slots=True)
class Rules:
    """Which readings are accepted: the standard's, unless a switch says otherwise.

    `associations`: companions that are missing or forbidden, and repeats that differ, are refused.
    `unknown_ais`: codes that the table does not have are accepted. `aliases`: words such as `/gtin/` in a
    Digital Link are read. `zero_suppressed`: a GTIN of 8, 12 or 13 digits in a Digital Link is read.
    """

    associations: bool = True
    unknown_ais: bool = False
    aliases: bool = False
    zero_suppressed: bool = False


STANDARD = Rules()


@dataclass(frozen=True, slots=True)
class Message:
    """Elements (code, value) in the order they came; values are checked by whoever makes the message."""

    elements: tuple[Element, ...]

    def get(self, code: str) -> str | None:
        """Return the value of the first element with `code`, or None."""
        return next((value for this, value in self.elements if this == code), None)

    @property
    def by_code(self) -> dict[str, str]:
        """The elements as code → value, the first of each code."""
        return dict(reversed(self.elements))

    def element_string(self, fnc1: str = "^") -> str:
        """Write them as a symbol carries them: FNC1 first, and behind values of no predefined length.

        In a scan FNC1 in front is told by the symbology identifier instead, and inside it is GS (0x1D).
        """
        written = fnc1
        for number, (code, value) in enumerate(self.elements, 1):
            last = number == len(self.elements)
            written += code + value + ("" if last or code[:2] in PREDEFINED_LENGTHS else fnc1)
        return written

    @property
    def bracketed(self) -> str:
        """The form for people: codes in brackets, brackets within values behind a backslash."""
        return "".join(f"({code})" + re.sub(r"([\\(])", r"\\\1", value) for code, value in self.elements)

    def digital_link(self, stem: str = CANONICAL_STEM) -> str | None:
        """Write the Digital Link below `stem`, or None when there is no key or no place for an element."""
        elements: dict[str, str] = {}
        for code, value in self.elements:
            if elements.setdefault(code, value) != value:
                return None
        for key in elements:
            if key in AIS and AIS[key].paths is not None:
                link = _link(key, elements, stem)
                if link is not None:
                    return link
        return None


def _link(key: str, elements: Mapping[str, str], stem: str) -> str | None:
    for path in AIS[key].paths or ():
        codes = [key, *(code for code in path if code in elements)]
        rest = [code for code in elements if code not in codes]
        if all(may_be_attribute(code, key) for code in rest):
            front = "".join(f"/{code}/{quote(elements[code], safe='')}" for code in codes)
            query = "&".join(f"{code}={quote(elements[code], safe='')}" for code in rest)
            return stem.rstrip("/") + front + ("?" + query if query else "")
    return None


def may_be_attribute(code: str, key: str) -> bool:
    """Tell whether `code` may stand in the query of a link by `key`; a qualifier of the key may not."""
    return code not in AIS[key].qualifiers and (code not in AIS or AIS[code].attribute)


def limited(elements: tuple[Element, ...]) -> tuple[Element, ...]:
    """Refuse more elements than any message has."""
    if len(elements) > ELEMENTS_MAX:
        raise refused(
            "an element string", "too_many_elements", f"at most {ELEMENTS_MAX} elements", str(len(elements))
        )
    return elements
