"""The content of an event as one number, to tell a repeat from another content under the same eventID.

Two events have the same content when their JSON says the same: order of names, spelling of numbers (25,
25.0, 2.5e1), white space, the prefixes chosen for namespaces and recordTime (which every repository sets
anew) do not matter; everything else does, eventID and the spelling of eventTime included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

_NOT_CONTENT = frozenset({"recordTime", "@context"})


def content_key(event: Mapping[str, Any], context: object = None) -> str:
    """Return the SHA-256 of the canonical content of `event`, as 64 hexadecimal digits.

    `context` is the @context of the document around it (the second of `events`' companions): prefixes it or
    the event itself declares are spelled out, so that the same event alone and inside a document has one
    key.
    """
    content = {name: member for name, member in event.items() if name not in _NOT_CONTENT}
    prefixes = {**_prefixes(context), **_prefixes(event.get("@context"))}
    canonical = _canonical(content, prefixes)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def event_id(event: Mapping[str, Any], context: object = None) -> str:
    """Return the event's own eventID or, where it has none, one derived from its content.

    The derived form is urn:uuid: with a UUID of version 8 (RFC 9562) made of the first 122 free bits of
    `content_key`: the same event read twice gets the same id. It is not the event hash of CBV 2.0 section
    8.9.2.
    """
    own = event.get("eventID")
    if isinstance(own, str):
        return own
    number = int(content_key(event, context)[:32], 16)
    number = number & ~(0xF << 76) | (8 << 76)
    number = number & ~(0x3 << 62) | (2 << 62)
    return f"urn:uuid:{UUID(int=number)}"


def _prefixes(context: object) -> dict[str, str]:
    """Collect the namespace prefixes that a @context declares itself; contexts behind a URL stay shut."""
    if isinstance(context, list):
        return {name: space for part in context for name, space in _prefixes(part).items()}
    if not isinstance(context, Mapping):
        return {}
    return {name: space for name, space in context.items() if isinstance(space, str) and name[:1] != "@"}


def _spelled_out(text: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, name = text.partition(":")
    if colon and prefix in prefixes and not name.startswith("//"):
        return prefixes[prefix] + name
    return text


def _canonical(value: object, prefixes: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        members = sorted(
            f"{_text(_spelled_out(name, prefixes))}:{_canonical(member, prefixes)}"
            for name, member in value.items()
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_canonical(member, prefixes) for member in value) + "]"
    if isinstance(value, str):
        return _text(_spelled_out(value, prefixes))
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    raise TypeError(f"expected a JSON value, got {type(value).__name__}")


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def _number(value: int | float | Decimal) -> str:
    """Write a number as significant digits and a power of ten, never rounded, never padded."""
    sign, digits, exponent = Decimal(repr(value) if isinstance(value, float) else value).as_tuple()
    if not isinstance(exponent, int):
        raise TypeError(f"expected a finite number, got {value}")
    text = "".join(map(str, digits)).lstrip("0")
    bare = text.rstrip("0")
    if not bare:
        return "0"
    return f"{'-' if sign else ''}{bare}e{exponent + len(text) - len(bare)}"
