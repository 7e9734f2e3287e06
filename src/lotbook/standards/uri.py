"""URI syntax by RFC 3986, checked to the letter: which texts are absolute URIs, and their parts decoded.

The EPCIS validator and the identifier parsers share it, so that both agree on what a URI is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote_to_bytes

from lotbook.standards.errors import MalformedError, shown

_ESCAPE = "%[0-9A-Fa-f]{2}"
_NAME = r"A-Za-z0-9._~!$&'()*+,;=\-"
_SEGMENT = f"(?:[{_NAME}:@]|{_ESCAPE})"
_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    rf"(?://(?P<authority>(?P<userinfo>(?:[{_NAME}:]|{_ESCAPE})*@)?"
    rf"(?P<host>\[(?P<literal>[^\[\]]*)\]|(?:[{_NAME}]|{_ESCAPE})*)"
    r"(?P<port>:[0-9]*)?)(?=[/?#]|\Z)"
    # Without an authority a path must not begin with two slashes.
    r"|(?!//))"
    rf"(?P<path>(?:{_SEGMENT}|/)*)"
    rf"(?:\?(?P<query>(?:{_SEGMENT}|[/?])*))?"
    rf"(?:\#(?P<fragment>(?:{_SEGMENT}|[/?])*))?"
)
_FUTURE_ADDRESS = re.compile(rf"v[0-9A-Fa-f]+\.[{_NAME}:]+")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+")


@dataclass(frozen=True, slots=True)
class Uri:
    """An absolute URI in its parts, still escaped; `authority`, `query` and `fragment` None when absent."""

    scheme: str
    authority: str | None
    host: str | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def normalised(self) -> str:
        """The URI with scheme and host (of a URN, its namespace) in lower case and all else as written."""
        path, authority = self.path, self.authority
        if self.scheme.lower() == "urn" and ":" in path:
            namespace, rest = path.split(":", 1)
            path = f"{namespace.lower()}:{rest}"
        if authority is not None:
            front, at, behind = authority.rpartition("@")
            authority = f"//{front}{at}{behind.lower()}"
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.scheme.lower()}:{authority or ''}{path}{query}{fragment}"


def _is_ip_literal(text: str) -> bool:
    if _FUTURE_ADDRESS.fullmatch(text):
        return True
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return _ADDRESS.fullmatch(text) is not None


def parse_uri(text: str) -> Uri:
    """Split an absolute URI. Raises MalformedError when `text` is none."""
    match = _URI.fullmatch(text)
    if match is None or (match["literal"] is not None and not _is_ip_literal(match["literal"])):
        raise MalformedError("a URI", "scheme:… in the characters of RFC 3986", shown(text))
    return Uri(
        match["scheme"], match["authority"], match["host"], match["path"], match["query"], match["fragment"]
    )


@lru_cache(maxsize=65_536)
def is_uri(text: str) -> bool:
    """Tell whether `text` is an absolute URI; remembered, because documents repeat the same few."""
    try:
        parse_uri(text)
    except MalformedError:
        return False
    return True


def decode(text: str) -> str:
    """Undo %-escapes. Raises MalformedError when they do not spell UTF-8."""
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError("an escape", "UTF-8 behind the % signs", shown(text)) from error
