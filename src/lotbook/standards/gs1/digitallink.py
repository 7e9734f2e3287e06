"""GS1 Digital Link URIs, uncompressed: any domain, any path in front, then key, qualifiers and attributes.

`read_link` judges by the standard (GS1 Digital Link: URI syntax, release 1.5). `parse_digital_link` is for
links as they are met: it also takes short GTINs, and may let everything but the key break its rule.

>>> read_link("https://shop.example/de/01/04012345123456/10/AB%2F1?17=270331&linkType=all").bracketed
'(01)04012345123456(10)AB/1(17)270331'
>>> link = parse_digital_link("https://shop.example/de/01/4012345123456/10/AB%2F1")
>>> link.key, link.elements["01"], link.elements["10"]
('01', '04012345123456', 'AB/1')
>>> encode({"01": "04012345123456", "10": "AB/1"})
'https://id.gs1.org/01/04012345123456/10/AB%2F1'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.associations import require
from lotbook.standards.gs1.checks import is_digits
from lotbook.standards.gs1.errors import Gs1Error, refused
from lotbook.standards.gs1.identifiers import AIS, identifier, verify
from lotbook.standards.gs1.message import (
    CANONICAL_STEM,
    STANDARD,
    Element,
    Message,
    Rules,
    limited,
    may_be_attribute,
)
from lotbook.standards.uri import Uri, decode, parse_uri

_WHAT = "a Digital Link"
#: Words that release 1.1 of the standard allowed in place of codes, and later ones withdrew.
ALIASES: Mapping[str, str] = {
    "sscc": "00",
    "gtin": "01",
    "lot": "10",
    "ser": "21",
    "cpv": "22",
    "gdti": "253",
    "glnx": "254",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "gln": "414",
    "payTo": "415",
    "partyGln": "417",
    "grai": "8003",
    "giai": "8004",
    "itip": "8006",
    "cpid": "8010",
    "cpsn": "8011",
    "gmn": "8013",
    "gsrnp": "8017",
    "gsrn": "8018",
    "srin": "8019",
    "refno": "8020",
}
_GTIN = "01"
_SHORT_GTIN_LENGTHS = (8, 12, 13)
#: A host name or number, an IPv6 address in brackets, and perhaps a port; nobody's name and password.
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A parsed link: `key` is the primary code, `elements` all codes and values in the order of the link.

    `path_codes` are the codes of the path (key and qualifiers); the others were query attributes. `stem` is
    what stood in front (scheme, host, any path).
    """

    key: str
    elements: Mapping[str, str]
    path_codes: tuple[str, ...]
    stem: str


@dataclass(frozen=True, slots=True)
class _Address:
    """A link cut in pieces: where it leads, the codes of its path with their escaped values, its query."""

    stem: str
    path: tuple[Element, ...]
    query: tuple[Element, ...]


def read_link(text: str, rules: Rules = STANDARD) -> Message:
    """Read a Digital Link by the standard. Raises Gs1Error saying what is wrong."""
    address = _cut(_web_address(text), text, rules)
    elements = [(code, _plain(value)) for code, value in address.path]
    # In a query + is a blank to most who read it, and no value has blanks: a + of the value comes as %2B.
    elements += [(code, _plain(value.replace("+", " "))) for code, value in address.query]
    if rules.zero_suppressed:
        elements = [(code, _filled(code, value)) for code, value in elements]
    key, codes = address.path[0][0], [code for code, _ in elements]
    for number, (code, value) in enumerate(elements):
        if code in codes[:number]:
            raise refused(_WHAT, "repeated", f"({code}) once", "it twice")
        verify(identifier(code, unknown_ais=rules.unknown_ais), value)
        if number >= len(address.path) and not may_be_attribute(code, key):
            expected = (
                f"({code}) behind ({key}) in the path" if code in AIS[key].qualifiers else "a code for links"
            )
            raise refused(_WHAT, "not_an_attribute", expected, f"({code}) in the query")
    if rules.associations:
        require(elements)
    return Message(limited(tuple(elements)))


def parse_digital_link(text: str, *, strict: bool = True) -> DigitalLink:
    """Read a link as it is met, short GTINs included. Raises MalformedError saying what is wrong.

    `strict=False` lets qualifiers and attributes break their rules (a lot of 25 characters is still that
    lot to whoever wrote it); the key itself must always be right. Attributes that the table does not know are
    kept unchecked: they are no part of the identity.
    """
    uri = parse_uri(text)
    if uri.scheme.lower() not in ("http", "https") or not uri.host:
        raise refused(_WHAT, "not_a_web_address", "http(s)://host/…", shown(text))
    address = _cut(uri, text, STANDARD)
    key = address.path[0][0]
    elements: dict[str, str] = {}
    for code, escaped in (*address.path, *address.query):
        if code in elements:
            if strict:
                raise refused(_WHAT, "repeated", f"({code}) once", "it twice")
            continue
        value = _filled(code, decode(escaped))
        if code in AIS and (strict or code == key):
            verify(AIS[code], value)
        elif not value:
            raise refused(_WHAT, "value_missing", f"a value for ({code})", "nothing")
        elements[code] = value
    codes = tuple(code for code, _ in address.path)
    return DigitalLink(key, MappingProxyType(elements), codes, address.stem)


def encode(elements: Mapping[str, str], stem: str = CANONICAL_STEM) -> str:
    """Write the link of `elements`: the first key, its qualifiers in their order, the rest as attributes.

    Raises Gs1Error when no code is a key. Values are taken as they are: `verify` them before. Where the
    standard has no place for an element it becomes an attribute all the same; `Message.digital_link` does
    not write such a link.
    """
    key = next((code for code in elements if code in AIS and AIS[code].paths is not None), None)
    if key is None:
        raise refused(_WHAT, "no_key", "an element that is a GS1 key", shown(list(elements)))
    ways = [[code for code in path if code in elements] for path in AIS[key].paths or ()]
    codes = [key, *max(ways, key=len, default=[])]
    path = "".join(f"/{code}/{quote(elements[code], safe='')}" for code in codes)
    rest = [f"{code}={quote(elements[code], safe='')}" for code in elements if code not in codes]
    return stem.rstrip("/") + path + ("?" + "&".join(rest) if rest else "")


def _web_address(text: str) -> Uri:
    try:
        uri = parse_uri(text)
    except MalformedError as error:
        raise refused(_WHAT, "not_a_uri", error.expected, error.got) from error
    if uri.scheme.lower() not in ("http", "https") or not uri.host:
        raise refused(_WHAT, "not_a_web_address", "http(s)://host/…", shown(text))
    if _AUTHORITY.fullmatch(uri.authority or "") is None:
        raise refused(
            _WHAT, "illegal_host", "a host name or number, and perhaps a port", shown(uri.authority)
        )
    return uri


def _cut(uri: Uri, text: str, rules: Rules) -> _Address:
    segments = uri.path.split("/")[1:]
    start = _start_of_key(segments, aliases=rules.aliases)
    if start is None:
        raise _why_no_key(segments, text, aliases=rules.aliases)
    codes = [_code(segment, aliases=rules.aliases) or segment for segment in segments[start::2]]
    host = f"{uri.scheme.lower()}://{(uri.authority or '').lower()}"
    stem = host + "".join(f"/{segment}" for segment in segments[:start])
    path = tuple(zip(codes, segments[start + 1 :: 2], strict=True))
    return _Address(stem, path, tuple(_attributes(uri.query or "")))


def _code(segment: str, *, aliases: bool) -> str | None:
    """Return the code that a segment of a path is or, with `aliases`, stands for."""
    if segment in AIS:
        return segment
    return ALIASES.get(segment) if aliases else None


def _start_of_key(segments: Sequence[str], *, aliases: bool) -> int | None:
    """Find where the key stands: the rightmost key whose followers are all its qualifiers, in their order.

    Values may look like codes, but codes stand at every second place counted from the end.
    """
    for start in range(len(segments) - 2, -1, -2):
        key = _code(segments[start], aliases=aliases)
        paths = AIS[key].paths if key is not None else None
        if paths is None or not all(segments[start + 1 :: 2]):
            continue
        followers = [_code(segment, aliases=aliases) for segment in segments[start + 2 :: 2]]
        if any(_in_order(followers, path) for path in paths or ((),)):
            return start
    return None


def _in_order(codes: Iterable[str | None], allowed: tuple[str | None, ...]) -> bool:
    remaining = iter(allowed)
    # `in` on an iterator consumes it up to the match, so this holds only for a subsequence.
    return all(code in remaining for code in codes)


def _why_no_key(segments: Sequence[str], text: str, *, aliases: bool) -> Gs1Error:
    places = list(segments[-2::-2])
    word = next((place for place in places if place in ALIASES), None)
    if word is not None and not aliases:
        expected = f"the code {ALIASES[word]} (or the switch that accepts words)"
        return refused(_WHAT, "alias_refused", expected, shown(word))
    key = next((place for place in places if place in AIS and AIS[place].paths is not None), None)
    if key is None:
        return refused(_WHAT, "no_key", "a GS1 key and its value in the path", shown(text))
    ways = " or ".join(" ".join(f"({code})" for code in path) for path in AIS[key].paths or () if path)
    expected = (
        f"values for all, and behind ({key}) {'only ' + ways + ', in this order' if ways else 'no code'}"
    )
    return refused(_WHAT, "bad_path", expected, shown(text))


def _attributes(query: str) -> Iterable[Element]:
    """Cut the query; only all-digit names are GS1 codes, others (linkType, lang, …) are none of ours."""
    for pair in query.replace(";", "&").split("&"):
        code, equals, escaped = pair.partition("=")
        if equals and is_digits(code):
            yield code, escaped


def _plain(escaped: str) -> str:
    try:
        return decode(escaped)
    except MalformedError as error:
        raise refused(_WHAT, "bad_escape", error.expected, error.got) from error


def _filled(code: str, value: str) -> str:
    """Fill a short GTIN with zeros in front; anything else stays as it is."""
    return (
        value.zfill(14) if code == _GTIN and len(value) in _SHORT_GTIN_LENGTHS and is_digits(value) else value
    )
