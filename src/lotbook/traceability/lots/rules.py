"""Pure decisions about lots: the one expiry rule, the derived status, sane dates, and lot numbers.

A numbering pattern is literal text with parts in braces:

>>> pattern = Pattern.parse("{site}-{date:%y%m%d}-{seq:3}")
>>> pattern.number(Values(on=date(2027, 3, 3), site="PLANT", sequence=7))
'PLANT-270303-007'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Fault, Refused
from lotbook.standards.gs1.checks import CSET_82

STATUSES = ("recalled", "rejected", "hold", "expired", "quarantine", "released")
"""Every status a lot can have, the gravest first."""


def expired(expires_on: date | None, today: date) -> bool:
    """Whether a lot is past its expiry on ``today`` (the site's own date).

    The expiry day is inclusive: a lot that expires on 3 March may still be used on 3 March. This is the
    only place that decides it.
    """
    return expires_on is not None and today > expires_on


def status(held_kinds: Iterable[str], expires_on: date | None, today: date) -> str:
    """The status of a lot from the kinds of its open holds and its expiry.

    Recalled > rejected > hold > expired > quarantine > released; *expired* is never stored.
    """
    kinds = set(held_kinds)
    if "recall" in kinds:
        return "recalled"
    if "rejection" in kinds:
        return "rejected"
    if kinds - {"quarantine"}:
        return "hold"
    if expired(expires_on, today):
        return "expired"
    if kinds:
        return "quarantine"
    return "released"


# --- Facts of a lot ----------------------------------------------------------------------------------

DATES = {
    "harvested_on": "harvest date",
    "produced_on": "production date",
    "packed_on": "packing date",
    "received_on": "date of receipt",
    "sell_by_on": "sell-by date",
    "best_before_on": "best-before date",
    "expires_on": "expiry date",
    "retest_on": "retest date",
}
"""The dates a lot may have, in the order they usually come, and what people call them."""

MADE = ("harvested_on", "produced_on", "packed_on")
ENDS = ("sell_by_on", "best_before_on", "expires_on")
TEXTS = {"supplier_lot": 120, "tlc": 500, "tlc_source_reference": 500}
LINKS = ("supplier", "tlc_source")
FIELDS = frozenset({*DATES, *TEXTS, *LINKS, "origin_country", "attributes"})


def read_facts(values: Mapping[str, Any], countries: Iterable[str]) -> dict[str, Any]:
    """A lot's facts as they are stored; raises Refused with every fault at once.

    ``supplier`` and ``tlc_source`` are left as they came: the caller looks them up.
    """
    check = Check()
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name in DATES:
            read[name] = check.day(name, value)
        elif name in TEXTS:
            read[name] = check.text(name, value, TEXTS[name])
        elif name == "origin_country":
            text = check.text(name, value, 60).upper()
            known = frozenset(countries)
            read[name] = check.choice(name, text, known, "Use the two letters of ISO 3166.") if text else ""
        elif name == "attributes":
            read[name] = check.attributes(name, value)
        elif name in LINKS:
            read[name] = value
        else:
            check.fault(name, "is no fact of a lot that can be changed.", code="unknown")
    check.done()
    return read


def date_faults(dates: Mapping[str, date | None]) -> list[Fault]:
    """What is wrong with the order of a lot's dates: made before packed, and both before it ends."""
    found: list[Fault] = []
    told = [(name, day) for name in MADE if (day := dates.get(name)) is not None]
    for (earlier, first), (later, second) in pairwise(told):
        if first > second:
            found.append(_order(later, second, "before", earlier, first))
    for start, began in told:
        for end in (*ENDS, "retest_on"):
            ended = dates.get(end)
            if ended is not None and ended < began:
                found.append(_order(end, ended, "before", start, began))
    return found


def _order(name: str, day: date, word: str, other: str, other_day: date) -> Fault:
    cause = f"the {DATES[name]} {day} lies {word} the {DATES[other]} {other_day}."
    return Fault(name, cause, "Check both dates; day and month may be swapped.", "order")


# --- Lot numbers -------------------------------------------------------------------------------------

NUMBER_MAX = 20
"""Longest number a barcode carries: GS1 AI 10 (lot) and AI 21 (serial)."""

RESETS = {"day": "every day", "month": "every month", "year": "every year", "never": "never"}
DATE_CODES = {
    "%Y": "year with four digits",
    "%y": "year with two digits",
    "%m": "month, 01 to 12",
    "%d": "day of the month, 01 to 31",
    "%j": "day of the year, 001 to 366",
    "%G": "year of the ISO week, four digits",
    "%V": "ISO week, 01 to 53",
    "%u": "day of the week, 1 (Monday) to 7",
}
WIDTH_MAX = 12
RANDOM_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, O, 1 and I, which people confuse."""

_TOKEN = re.compile(r"\{([a-z]+)(?::([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Values:
    """What the parts of a number are filled with. ``sequence`` counts from 1."""

    on: date
    site: str = ""
    item: str = ""
    shift: str = ""
    sequence: int = 1
    random: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a pattern: ``kind`` text, date, julian, site, item, shift, seq or random."""

    kind: str
    text: str = ""
    width: int = 0

    def fill(self, values: Values) -> str:
        """What this part says in one number."""
        match self.kind:
            case "text":
                return self.text
            case "date":
                return values.on.strftime(self.text)
            case "julian":
                return values.on.strftime("%y%j")
            case "seq":
                return str(values.sequence).rjust(self.width, "0")
            case "random":
                return values.random[: self.width].rjust(self.width, RANDOM_ALPHABET[0])
            case _:
                return str(getattr(values, self.kind))

    @property
    def meaning(self) -> str:
        """What this part means, for the people who read the numbers."""
        match self.kind:
            case "text":
                return "always the same"
            case "date":
                codes = re.findall(r"%.", self.text)
                return "date: " + ", ".join(DATE_CODES[code] for code in codes)
            case "julian":
                return "date: year with two digits, then day of the year, 001 to 366"
            case "seq":
                return f"running number, at least {self.width} digits"
            case "random":
                return f"{self.width} random characters (no 0, O, 1 or I)"
            case _:
                return {"site": "code of the site", "item": "code of the item", "shift": "shift"}[self.kind]

    def __str__(self) -> str:
        if self.kind == "text":
            return self.text
        detail = self.text or (str(self.width) if self.width else "")
        return f"{{{self.kind}:{detail}}}" if detail else f"{{{self.kind}}}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A checked numbering pattern."""

    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, text: str, reset: str = "never") -> Pattern:
        """Read a pattern. Raises Refused naming everything wrong with it, under the field ``pattern``.

        A pattern has exactly one ``{seq:width}``; where the sequence starts again (``reset``), the date
        in the pattern must tell the periods apart.
        """
        check = Check()
        parts: list[Part] = []
        position = 0
        for match in _TOKEN.finditer(text):
            _literal(check, parts, text[position : match.start()])
            part = _part(check, match.group(1), match.group(2))
            parts += [part] if part else []
            position = match.end()
        _literal(check, parts, text[position:])
        _whole(check, parts, reset)
        check.done()
        return cls(tuple(parts))

    def uses(self, kind: str) -> bool:
        """Whether a part of this kind is in the pattern."""
        return any(part.kind == kind for part in self.parts)

    def number(self, values: Values) -> str:
        """The number for these values."""
        return "".join(part.fill(values) for part in self.parts)

    def scope(self, reset: str, values: Values) -> str:
        """Within what the sequence counts: the period, and the site, item and shift where they show."""
        period = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}.get(reset)
        pieces = [values.on.strftime(period) if period else "all"]
        pieces += [f"{kind}={getattr(values, kind)}" for kind in ("site", "item", "shift") if self.uses(kind)]
        return "|".join(pieces)

    def missing(self, values: Values) -> list[Fault]:
        """What the pattern asks for and ``values`` do not have."""
        return [
            Fault(kind, f"this numbering rule needs the {kind}.", f"Say which {kind}.", "required")
            for kind in ("site", "item", "shift")
            if self.uses(kind) and not getattr(values, kind)
        ]

    @property
    def random_width(self) -> int:
        """How many random characters a number needs."""
        return max((part.width for part in self.parts if part.kind == "random"), default=0)


def warnings(number: str) -> list[str]:
    """Why a number will give trouble in a GS1 barcode (AI 10 or 21); empty when it will not."""
    found = []
    if len(number) > NUMBER_MAX:
        found.append(f"{number} has {len(number)} characters; a GS1 barcode carries at most {NUMBER_MAX}.")
    strange = sorted({character for character in number if character not in CSET_82})
    if strange:
        found.append(f"{number} has characters a GS1 barcode cannot carry: {' '.join(map(repr, strange))}.")
    return found


def _literal(check: Check, parts: list[Part], text: str) -> None:
    if "{" in text or "}" in text:
        cause = f"the brace in {text!r} does not belong to a part."
        check.fault(
            "pattern",
            cause,
            "Parts are {date:%y%m%d}, {julian}, {site}, {item}, {shift}, {seq:4}, {random:4}.",
        )
    elif text:
        parts.append(Part("text", text))


def _part(check: Check, kind: str, detail: str | None) -> Part | None:
    if kind in ("site", "item", "shift", "julian") and detail is None:
        return Part(kind)
    if kind == "date":
        codes = re.findall(r"%.?", detail or "%y%m%d")
        unknown = [code for code in codes if code not in DATE_CODES]
        if codes and not unknown:
            return Part("date", detail or "%y%m%d")
        cause = f"the date {detail!r} has {', '.join(unknown) or 'no date code'}."
        check.fault("pattern", cause, f"Use {', '.join(DATE_CODES)}.")
        return None
    if kind in ("seq", "random"):
        digits = detail or ""
        width = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0
        if detail is None:
            return Part(kind, width=4)
        if 1 <= width <= WIDTH_MAX:
            return Part(kind, width=width)
        check.fault(
            "pattern", f"{{{kind}:{detail}}} needs a width from 1 to {WIDTH_MAX}.", f"Write {{{kind}:4}}."
        )
        return None
    check.fault(
        "pattern",
        f"there is no part {{{kind}{':' + detail if detail else ''}}}.",
        "Use date, julian, site, item, shift, seq or random.",
    )
    return None


def _whole(check: Check, parts: list[Part], reset: str) -> None:
    if reset not in RESETS:
        check.fault(
            "reset", f"expected one of {', '.join(RESETS)}; got {reset[:20]!r}.", "Choose one of them."
        )
    if check.faults:
        return
    count = sum(part.kind == "seq" for part in parts)
    if count != 1:
        cause = f"a pattern has one running number, this one has {count}."
        check.fault("pattern", cause, "Put {seq:4} into it once.")
    codes = "".join(part.text for part in parts if part.kind == "date")
    julian = any(part.kind == "julian" for part in parts)
    year = julian or "%y" in codes or "%Y" in codes
    month = year and (julian or "%j" in codes or "%m" in codes)
    day = julian or (year and "%j" in codes) or (month and "%d" in codes)
    if not {"day": day, "month": month, "year": year, "never": True}[reset]:
        cause = f"the running number starts again {RESETS[reset]}, but the date in it does not tell that."
        check.fault(
            "pattern", cause, "Put a finer date into it, such as {date:%y%m%d}, or count on without a reset."
        )


def number_fault(number: str, field: str = "number") -> Fault | None:
    """Why a lot cannot have this number, typed or read by a person; None when it can."""
    check = Check()
    check.text(field, number, 500, required=True)
    return check.faults[0] if check.faults else None


def refuse(faults: list[Fault]) -> None:
    """Raise Refused when there are faults."""
    if faults:
        raise Refused(faults)
