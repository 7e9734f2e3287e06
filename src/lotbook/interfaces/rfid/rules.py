"""What a read says, which reads count, and which way a tag went. Pure: no ORM, no clock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from lotbook.standards.epc.layout import to_elements
from lotbook.standards.epc.tags import PLUS_SCHEMES, SCHEMES, from_hex, from_tag_uri
from lotbook.standards.epc.urn import parse_urn
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.digitallink import parse_digital_link

READS_MAX = 10_000
"""Reads of one batch."""
EPC_MAX = 300
KEY_MAX = 300
ANTENNA_MAX = 65_535
RSSI_LOWEST, RSSI_HIGHEST = -200, 50
SIDES = ("from", "to")
ALL_SCHEMES = (*SCHEMES, *PLUS_SCHEMES)

_RAW = re.compile(r"urn:epc:raw:[0-9]+\.x([0-9A-Fa-f]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DATES = ("17", "7003")


@dataclass(frozen=True, slots=True)
class Understood:
    """What an EPC names.

    ``kind``: "goods" (a GTIN with serial), "unit" (an SSCC), "other" (an asset, a place, a document), "item"
    (a GTIN without serial: cannot be counted), "unread" (``problem`` says why).
    """

    key: str
    kind: str
    scheme: str = ""
    gtin: str = ""
    serial: str = ""
    sscc: str = ""
    lot: str = ""
    expires: str = ""
    problem: str = ""


@lru_cache(maxsize=50_000)
def understood(text: str) -> Understood:
    """What an EPC says, as hexadecimal digits, tag URI, pure identity URI, raw URI or GS1 Digital Link.

    Never raises: what cannot be read is of the kind "unread".

    >>> understood("3074257BF7194E4000001A85").key
    '/01/80614141123458/21/6789'
    """
    bare = text.strip()
    try:
        scheme, elements = _elements(bare)
    except (MalformedError, ValueError) as problem:
        return _unread(bare, str(problem))
    if elements is None:
        return Understood(_short(bare), "other", scheme)
    gtin, serial, sscc = elements.get("01", ""), elements.get("21", ""), elements.get("00", "")
    if sscc:
        return Understood(f"/00/{sscc}", "unit", scheme, sscc=sscc, lot=elements.get("10", ""))
    if not gtin:
        key = "".join(f"/{code}/{quote(value, safe='')}" for code, value in sorted(elements.items()))
        return Understood(_short(key), "other", scheme)
    lot, expires = elements.get("10", ""), next((elements[code] for code in _DATES if code in elements), "")
    if not serial:
        key = f"/01/{gtin}" + (f"/10/{quote(lot, safe='')}" if lot else "")
        return Understood(key, "item", scheme, gtin, lot=lot, expires=expires[:6])
    key = f"/01/{gtin}/21/{quote(serial, safe='')}"
    return Understood(_short(key), "goods", scheme, gtin, serial, lot=lot, expires=expires[:6])


def _elements(text: str) -> tuple[str, Mapping[str, str] | None]:
    """The scheme and the elements of a tag; None for what is no GS1 identifier."""
    lowered = text[:12].lower()
    if lowered.startswith("urn:epc:raw:"):
        raw = _RAW.fullmatch(text)
        if raw is None:
            raise MalformedError("a raw URI", "urn:epc:raw:96.x3074…", text[:60])
        text, lowered = raw[1], ""
    if lowered.startswith("urn:epc:tag:"):
        tag = from_tag_uri(text)
    elif lowered.startswith("urn:epc:"):
        epc = parse_urn(text)
        if epc.scheme in ("gid", "usdod", "adi", "bic", "imovn"):
            return epc.scheme.upper(), None
        return epc.scheme.upper(), to_elements(epc)
    elif lowered.startswith("http"):
        return "Link", dict(parse_digital_link(text, strict=False).elements)
    else:
        tag = from_hex(text)
    return tag.scheme, None if tag.elements is None else dict(tag.elements)


def _unread(text: str, problem: str) -> Understood:
    clean = _CONTROL.sub("?", text)
    if clean != text or len(clean) > 200:
        # Two that look the same when cleaned or cut must not become one.
        clean = f"{clean[:200]}#{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return Understood(clean, "unread", problem=_CONTROL.sub("?", problem)[:300])


def _short(key: str) -> str:
    return key if len(key) <= KEY_MAX else f"{key[:200]}#{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def shown_epc(text: str) -> str:
    """An EPC as it can be kept: no control characters, not too long."""
    return _CONTROL.sub("?", text.strip())[:EPC_MAX]


# -- which reads count -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Read:
    """One read, or ``count`` of them, of one tag by one antenna: signal in dBm, time in ms since 1970 UTC.

    Time 0 is not told: when it came, then.
    """

    epc: str
    antenna: int = 0
    rssi: int | None = None
    at_ms: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reads count at a portal."""

    rssi_min: int | None = None
    schemes: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def passes(self, tag: Understood) -> bool:
        """Whether tags of this scheme and company prefix count."""
        if self.schemes and tag.scheme not in self.schemes:
            return False
        if not self.prefixes:
            return True
        # Behind the indicator or extension digit stands the company prefix.
        number = (tag.gtin or tag.sscc)[1:]
        return bool(number) and number.startswith(self.prefixes)


@dataclass(slots=True)
class Seen:
    """The reads of one tag in one batch."""

    epc: str
    tag: Understood
    reads: int
    rssi: int | None
    first_ms: int
    last_ms: int
    first_antenna: int
    last_antenna: int

    def add(self, read: Read, at_ms: int) -> None:
        """One more read: in whatever order they come, the sum is the same."""
        self.reads += read.count
        if read.rssi is not None and (self.rssi is None or read.rssi > self.rssi):
            self.rssi = read.rssi
        self.first_ms, self.first_antenna = min((self.first_ms, self.first_antenna), (at_ms, read.antenna))
        self.last_ms, self.last_antenna = max((self.last_ms, self.last_antenna), (at_ms, read.antenna))


@dataclass(frozen=True, slots=True)
class Gathered:
    """A batch by its tags; ``weak`` and ``filtered`` reads did not count."""

    seen: list[Seen]
    reads: int
    weak: int
    filtered: int


def gathered(reads: Iterable[Read], only: Filter, now_ms: int) -> Gathered:
    """The reads of a batch taken together tag by tag, without those that do not count."""
    found: dict[str, Seen] = {}
    total = weak = filtered = 0
    for read in reads:
        total += read.count
        if only.rssi_min is not None and read.rssi is not None and read.rssi < only.rssi_min:
            weak += read.count
            continue
        tag = understood(read.epc)
        if not only.passes(tag):
            filtered += read.count
            continue
        known, at_ms = found.get(tag.key), read.at_ms or now_ms
        if known is None:
            found[tag.key] = Seen(
                shown_epc(read.epc), tag, read.count, read.rssi, at_ms, at_ms, read.antenna,
                read.antenna,
            )  # fmt: skip
        else:
            known.add(read, at_ms)
    return Gathered(list(found.values()), total, weak, filtered)


def often_enough(reads: int, first_ms: int, last_ms: int, *, least: int, within_s: int) -> bool:
    """Whether a tag was read at least ``least`` times, on average no longer than ``within_s`` apart.

    A tag at the next door flickers up now and then; one that goes through is read again and again.

    >>> often_enough(3, 0, 400, least=3, within_s=10), often_enough(3, 0, 60_000, least=3, within_s=10)
    (True, False)
    """
    return reads >= least and last_ms - first_ms <= (reads - 1) * within_s * 1000


# -- which way -------------------------------------------------------------------------------------


def way(first_antenna: int, last_antenna: int, sides: Mapping[str, str]) -> str:
    """Which way a tag went: "in" (from → to), "out" (back), or "" when it was seen on one side only.

    >>> way(1, 2, {"1": "from", "2": "to"}), way(2, 2, {"1": "from", "2": "to"}), way(7, 7, {})
    ('in', '', 'in')
    """
    if len(set(sides.values())) < 2:
        return "in"
    first, last = sides.get(str(first_antenna), ""), sides.get(str(last_antenna), "")
    if (first, last) == ("from", "to"):
        return "in"
    return "out" if (first, last) == ("to", "from") else ""


def best(scores: Mapping[str, int]) -> Sequence[str]:
    """The names with the highest score above zero: one when it is clear, several when nobody may guess.

    >>> best({"A": 3, "B": 3, "C": 1})
    ['A', 'B']
    """
    top = max(scores.values(), default=0)
    return sorted(name for name, score in scores.items() if score == top) if top > 0 else []
