"""Reading the quantities people type in their own language. Pure."""

from __future__ import annotations

import re

GROUPS = {"en": ",", "de": ".", "es": "."}
"""What stands between thousands; everywhere also a space. The other sign is the decimal one."""
_SPACED = re.compile(r"[1-9]\d{0,2}(?:[ \u00a0\u202f\u2009]\d{3})+(?:[.,]\d+)?", re.ASCII)


def plain(text: str, language: str) -> str:
    """The number as decimal text with a point; what is no number stays as it was typed.

    A point or a comma is taken for the decimal one, unless it parts thousands in this language: one
    thousand two hundred is 1,200 in English and 1.200 in German, and read the other way it would be 1.2.

    >>> plain("1,200", "en"), plain("1.200", "de"), plain("1.200,5", "de"), plain("1,5", "en")
    ('1200', '1200', '1200.5', '1.5')
    >>> plain("1.200", "fr"), plain("1 200,5", "fr"), plain("0.500", "de"), plain("many", "de")
    ('1.200', '1200.5', '0.500', 'many')
    """
    typed = text.strip()
    if _SPACED.fullmatch(typed):
        typed = re.sub(r"\s", "", typed)
    elif (group := GROUPS.get(language)) is not None:
        point = "." if group == "," else ","
        g, p = re.escape(group), re.escape(point)
        if re.fullmatch(rf"[1-9]\d{{0,2}}(?:{g}\d{{3}})+(?:{p}\d+)?", typed, re.ASCII):
            typed = typed.replace(group, "")
    return typed.replace(",", ".") if typed.count(",") == 1 and "." not in typed else typed
