"""GS1 Digital Link URIs, uncompressed: any domain, any path in front, then key, qualifiers and attributes.

>>> link = parse_digital_link("https://shop.example/de/01/04012345123456/10/AB%2F1?17=270331")
>>> link.key, link.elements["10"], link.elements["17"]
('01', 'AB/1', '270331')
>>> encode({"01": "04012345123456", "10": "AB/1"})
'https://id.gs1.org/01/04012345123456/10/AB%2F1'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import is_digits
from lotbook.standards.gs1.identifiers import AIS, ApplicationIdentifier, verify
from lotbook.standards.uri import Uri, decode, parse_uri

Table = Mapping[str, ApplicationIdentifier]

_WHAT = "a Digital Link"
#: Codes whose digits were once allowed short in links; what is missing are zeros in front.
_PADDED = {"01": 14, "8006": 18}


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


def parse_digital_link(text: str, table: Table = AIS, *, strict: bool = True) -> DigitalLink:
    """Read a Digital Link URI. Raises MalformedError saying what is wrong (no key, wrong check digit, …).

    `strict=False` lets qualifiers and attributes break their rules (a lot of 25 characters is still that
    lot to whoever wrote it); the key itself must always be right.
    """
    uri = parse_uri(text)
    if uri.scheme.lower() not in ("http", "https") or not uri.host:
        raise MalformedError(_WHAT, "http(s)://host/…", shown(text))
    segments = uri.path.split("/")[1:]
    start = _start_of_key(segments, table)
    if start is None:
        raise MalformedError(_WHAT, "a GS1 key and its value in the path", shown(text))
    codes = segments[start::2]
    elements = {code: decode(value) for code, value in zip(codes, segments[start + 1 :: 2], strict=True)}
    key = codes[0]
    if key in _PADDED and len(elements[key]) in (8, 12, 13):
        elements[key] = elements[key].zfill(_PADDED[key])
    for code, value in elements.items():
        _accept(table[code], value, strict=strict or code == key)
    elements.update(_attributes(uri, elements, table, strict=strict))
    stem = f"{uri.scheme.lower()}://{(uri.authority or '').lower()}" + "".join(
        f"/{s}" for s in segments[:start]
    )
    return DigitalLink(key, MappingProxyType(elements), tuple(codes), stem)


def encode(elements: Mapping[str, str], stem: str = "https://id.gs1.org", table: Table = AIS) -> str:
    """Write the canonical link of `elements`: key, qualifiers in their order, the rest as query attributes.

    Raises MalformedError when no code is a key. Values are taken as they are: `verify` them before.
    """
    key = next((code for code in elements if code in table and table[code].qualifiers is not None), None)
    if key is None:
        raise MalformedError(_WHAT, "an element that is a GS1 key", shown(list(elements)))
    qualifiers = [code for code in table[key].qualifiers or () if code in elements]
    path = "".join(f"/{code}/{quote(elements[code], safe='')}" for code in (key, *qualifiers))
    rest = [f"{code}={quote(elements[code], safe='')}" for code in elements if code not in (key, *qualifiers)]
    return stem.rstrip("/") + path + ("?" + "&".join(rest) if rest else "")


def _start_of_key(segments: list[str], table: Table) -> int | None:
    """Find where the key stands: the rightmost key whose followers are all its qualifiers, in their order.

    Values may look like codes, but codes stand at every second place counted from the end.
    """
    for start in range(len(segments) - 2, -1, -2):
        ai = table.get(segments[start])
        if ai is None or ai.qualifiers is None or not all(segments[start + 1 :: 2]):
            continue
        if _in_order(segments[start + 2 :: 2], ai.qualifiers):
            return start
    return None


def _in_order(codes: list[str], allowed: tuple[str, ...]) -> bool:
    remaining = iter(allowed)
    # `in` on an iterator consumes it up to the match, so this holds only for a subsequence.
    return all(code in remaining for code in codes)


def _accept(ai: ApplicationIdentifier, value: str, *, strict: bool) -> None:
    if strict:
        verify(ai, value)
    elif not value:
        raise MalformedError(f"({ai.code}) {ai.title}", "a value", "nothing")


def _attributes(uri: Uri, elements: Mapping[str, str], table: Table, *, strict: bool) -> dict[str, str]:
    """Read the query; only all-digit names are GS1 codes, others (linkType, lang, …) are none of ours."""
    found: dict[str, str] = {}
    for pair in (uri.query or "").replace(";", "&").split("&"):
        code, equals, escaped = pair.partition("=")
        if not equals or not is_digits(code):
            continue
        if code in elements or code in found:
            if strict:
                raise MalformedError(_WHAT, f"({code}) once", "it twice")
            continue
        value = decode(escaped)
        if code in table:
            _accept(table[code], value, strict=strict)
        # A code that the table does not know is kept unchecked: it is no part of the identity.
        found[code] = value
    return found
