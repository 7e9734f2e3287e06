"""What is suspected as lines of words: what people type, what stands in an address, what a case shows back.

A line is a lot, serial or pallet by anything that names it, or begins with a word that says what it is::

    RM-TOMATO TOM-1
    supplier TUMBLING 2027-03-01..2027-03-03
    run RUN-1
    place KIT-DRY 2027-03-01T06:00..2027-03-01T14:00
    search plum
    without SAUCE-9

>>> split("supplier TUMBLING 2027-03-01..")
Words(kind='supplier', name='TUMBLING', since='2027-03-01', until='')
>>> str(split("TOM-1"))
'TOM-1'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries, suspects
from lotbook.traceability.trace.rules import Subject
from lotbook.traceability.trace.suspects import AtPlace, Deliveries, Suspects

KINDS: Mapping[str, str] = {
    "lot": "Lot, serial or pallet",
    "supplier": "Deliveries of a supplier",
    "run": "What a run made",
    "place": "What was at a place or line",
    "search": "What a search finds",
    "without": "Not this lot",
}
"""What a line may name; the words are those of the choice on the pages."""
WINDOWED = ("supplier", "place")
LINES_MAX = 200
LINE_MAX = 500
SHOWN = 5
GROUP_SEPARATOR = "\x1d"
_WINDOW = re.compile(r"^(?P<name>.*\S)\s+(?P<since>\S*?)\.\.(?P<until>\S*)$")


@dataclass(frozen=True, slots=True)
class Words:
    """A line in its parts; ``since`` and ``until`` as written."""

    kind: str
    name: str
    since: str = ""
    until: str = ""

    def __str__(self) -> str:
        head = "" if self.kind == "lot" else f"{self.kind} "
        tail = f" {self.since}..{self.until}" if self.since or self.until else ""
        return f"{head}{self.name}{tail}"


def split(line: str) -> Words:
    """A line in its parts; nothing is looked up."""
    # A scan may have group separators in it, which are no blanks.
    text = re.sub(r"[ \t\r\n]+", " ", line).strip(" ")
    first, _, rest = text.partition(" ")
    kind = {"unit": "lot", "line": "place", "query": "search"}.get(first.lower(), first.lower())
    if kind not in KINDS or not rest:
        return Words("lot", text)
    if kind in WINDOWED and (found := _WINDOW.match(rest)) is not None:
        return Words(kind, found["name"], found["since"], found["until"])
    return Words(kind, rest)


def read(lines: Sequence[str], *, field: str = "suspects") -> Suspects:
    """The suspects that lines of words mean. Raises Refused naming every line that means nothing, or several."""
    reading = _Reading(field)
    wanted = [line for line in lines if line.strip()]
    if len(wanted) > LINES_MAX:
        reading.fault(
            f"expected at most {LINES_MAX} lines, got {len(wanted)}.", "Name a delivery or a run instead."
        )
    for line in wanted[:LINES_MAX]:
        reading.take(line)
    if reading.faults:
        raise Refused(reading.faults)
    return suspects.from_json(reading.given)


class _Reading:
    """Reads lines one by one and collects every fault."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.faults: list[Fault] = []
        self.given: dict[str, Any] = {
            name: [] for name in ("lots", "units", "deliveries", "runs", "places", "without")
        }

    def fault(self, cause: str, remedy: str, code: str = "invalid") -> None:
        self.faults.append(Fault(self.field, cause, remedy, code))

    def take(self, line: str) -> None:
        if len(line) > LINE_MAX or storable(line.replace(GROUP_SEPARATOR, "")):
            self.fault(f"expected at most {LINE_MAX} characters of text in a line.", "Shorten it.")
            return
        words = split(line)
        if words.kind in ("lot", "without"):
            self._thing(words)
        elif words.kind == "search":
            if self.given.get("query"):
                self.fault("there are two searches.", "Take one away, or put their words into one.")
            self.given["query"] = words.name
        else:
            self._place(words)

    def _thing(self, words: Words) -> None:
        found = things(words.name)
        if words.kind == "without":
            found = [one for one in found if one.lot is not None]
        if not found:
            cause = f"the book knows no {words.name[:60]!r}."
            self.fault(cause, "Check the number.", "unknown")
        elif len(found) > 1:
            names = ", ".join(sorted(f"{one.item} {one.number}".strip() for one in found)[:SHOWN])
            cause = f"{words.name[:60]} means several: {names}."
            self.fault(cause, "Write the item's code before it.", "ambiguous")
        elif found[0].lot is None:
            self.given["units"].append(str(found[0].uid))
        else:
            self.given["without" if words.kind == "without" else "lots"].append(str(found[0].uid))

    def _place(self, words: Words) -> None:
        one: Partner | Place | None
        one = partners.named(words.name) if words.kind == "supplier" else places.named(words.name)
        if one is None or (words.kind == "run" and isinstance(one, Place) and one.kind != "run"):
            word = "partner" if words.kind == "supplier" else words.kind
            self.fault(f"there is no {word} {words.name[:60]!r}.", "Give its code.", "unknown")
            return
        if words.kind == "run":
            self.given["runs"].append(str(one.uid))
            return
        times = {"from": words.since, "until": words.until}
        for name, text in times.items():
            try:
                suspects.moment(text, end=name == "until") if text else None
            except ValueError:
                cause = f"{text[:40]!r} is no day and no time like 2027-03-03T14:05."
                self.fault(cause, "Write the window as 2027-03-01..2027-03-03.")
                return
        key, part = ("partner", "deliveries") if words.kind == "supplier" else ("place", "places")
        self.given[part].append({key: str(one.uid), **{name: text for name, text in times.items() if text}})


def things(text: str) -> list[Subject]:
    """The lots and units a text names: as the search understands it, or the item's code and a number."""
    found = queries.resolve(text)
    if len(found) == 1:
        return found
    item, _, number = text.partition(" ")
    named = [one for one in (queries.resolve(number.strip()) if number else []) if one.item == item]
    return named or found


# -- and back again -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """A part of a suspicion as people read it. ``line`` is what an address has: it names one thing forever.

    ``typed`` is how people write it themselves.
    """

    kind: str
    line: str
    label: str
    detail: str = ""
    uid: str = ""
    number: str = ""

    @property
    def typed(self) -> str:
        """The line with the item's code and the lot's number where it has one."""
        return str(Words(self.kind, self.number)) if self.number else self.line

    @property
    def words(self) -> str:
        """Label and detail in one."""
        return f"{self.label} {self.detail}".strip()


def named(given: Suspects) -> list[Named]:
    """The parts of a suspicion with their names: three statements, however many. Unknown ones keep their uid."""
    book = _Names(given)
    found = [book.lot(uid, "lot") for uid in given.lots]
    found += [book.place(uid, "lot", "pallet or case") for uid in given.units]
    found += [book.delivery(one) for one in given.deliveries]
    found += [book.place(uid, "run", "what the run made") for uid in given.runs]
    found += [book.at(one) for one in given.places]
    if given.query:
        found.append(Named("search", f"search {given.query}", f"“{given.query}”", "what a search finds"))
    return found + [book.lot(uid, "without") for uid in given.without]


class _Names:
    """Names of what a suspicion has uids of."""

    def __init__(self, given: Suspects) -> None:
        lots = {*given.lots, *given.without}
        where = {*given.units, *given.runs, *(one.place for one in given.places)}
        senders = {one.partner for one in given.deliveries}
        self.lots = (
            {one.uid: one for one in Lot.objects.filter(uid__in=lots).select_related("item")} if lots else {}
        )
        self.places = {one.uid: one for one in Place.objects.filter(uid__in=where)} if where else {}
        self.partners = {one.uid: one for one in Partner.objects.filter(uid__in=senders)} if senders else {}

    def lot(self, uid: UUID, kind: str) -> Named:
        one = self.lots.get(uid)
        label = f"{one.item.name} {one.number or 'untracked'}" if one else str(uid)
        number = f"{one.item.code} {one.number}" if one and one.number else ""
        return Named(kind, str(Words(kind, str(uid))), label, uid=str(uid), number=number)

    def place(self, uid: UUID, kind: str, detail: str) -> Named:
        one = self.places.get(uid)
        code = one.code if one and kind != "lot" else str(uid)
        label = (one.sscc or one.code) if one else str(uid)
        return Named(kind, str(Words(kind, code)), label, detail, str(uid))

    def delivery(self, given: Deliveries) -> Named:
        one = self.partners.get(given.partner)
        detail = f"delivered {window(given)}".strip()
        line = str(Words("supplier", one.code if one else str(given.partner), *_written(given)))
        return Named("supplier", line, one.name if one else str(given.partner), detail, str(given.partner))

    def at(self, given: AtPlace) -> Named:
        one = self.places.get(given.place)
        detail = f"what was there {window(given)}".strip()
        line = str(Words("place", one.code if one else str(given.place), *_written(given)))
        label = f"{one.name} ({one.code})" if one and one.name else str(one.code if one else given.place)
        return Named("place", line, label, detail, str(given.place))


def window(given: Deliveries | AtPlace) -> str:
    """From when until when, in words; empty without bounds."""
    since, until = (_plain(at) for at in (given.since, given.until))
    return " ".join(filter(None, (since and f"from {since}", until and f"until {until}")))


def _written(given: Deliveries | AtPlace) -> tuple[str, str]:
    """Bounds as a line has them: a day alone where it is all of it."""
    return _bound(given.since, end=False), _bound(given.until, end=True)


def _bound(at: datetime | None, *, end: bool) -> str:
    if at is None:
        return ""
    day = at.date().isoformat()
    return day if suspects.moment(day, end=end) == at else at.isoformat().replace("+00:00", "Z")


def _plain(at: datetime | None) -> str:
    if at is None:
        return ""
    midnight = (at + timedelta(microseconds=1)).time() if at.microsecond == 999_999 else at.time()
    day = at.strftime("%d %b %Y").upper()
    return day if not any((midnight.hour, midnight.minute, midnight.second)) else f"{day} {at:%H:%M} UTC"
