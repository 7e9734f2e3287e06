"""Reading what was sent, strictly: what no database takes is refused here, with its place.

NUL characters (PostgreSQL has none), lone surrogates (no encoding takes them), numbers Python itself
will not read and nesting without end never reach a room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from lotbook.kernel.errors import Fault, Refused

_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""Escapes that may hide a NUL or half a character. Pairs of halves are fine: json joins them."""
NESTING_MAX = 100


class StrictParser(Parser):
    """JSON in UTF-8, with or without a byte-order mark; fractions come as Decimal, never as float."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's JSON. Raises Refused with status 400 naming line and column."""
        return read_json(request.body)


def read_json(body: bytes) -> Any:
    """The JSON value in ``body``; raises Refused (400) that says where it stops being JSON."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise _malformed(f"byte {problem.start} is not UTF-8.", "Send the body in UTF-8.") from None
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno} column {problem.colno}"
        raise _malformed(f"not JSON at {place}: {problem.msg}.", "Check the body there.") from None
    except RecursionError:
        raise _malformed("nested too deep.", f"At most {NESTING_MAX} levels.") from None
    except ValueError as problem:
        raise _malformed(
            f"{str(problem).split(';', maxsplit=1)[0]}.", "Send the number as a string."
        ) from None
    if _depth(text) > NESTING_MAX:
        raise _malformed("nested too deep.", f"At most {NESTING_MAX} levels.")
    if _SUSPECT.search(text):
        faults = [Fault(path, cause, "Remove it.", "character") for path, cause in _bad_texts(value, "")]
        if faults:
            raise Refused(faults[:20], status=400)
    return value


def _depth(text: str) -> int:
    """The deepest nesting of a JSON text that parsed (brackets inside texts may overstate it a little)."""
    if text.count("[") + text.count("{") <= NESTING_MAX:
        return 0
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", bare):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_constant(name: str) -> None:
    raise _malformed(f"{name} is not JSON.", "Leave the value out, or send null.")


def _malformed(cause: str, remedy: str) -> Refused:
    return Refused(Fault("", cause, remedy, "malformed"), status=400)


def _bad_texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Places of texts, keys too, that cannot be stored."""
    if isinstance(value, str):
        cause = unstorable(value)
        if cause:
            yield path, cause
    elif isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}/{key}" if path else str(key)
            if unstorable(key):
                yield path or "body", f"the name of a member {unstorable(key)}"
            else:
                yield from _bad_texts(inner, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _bad_texts(inner, f"{path}/{index}" if path else str(index))


def unstorable(text: str) -> str:
    """What keeps a text from being stored, or empty."""
    if "\x00" in text:
        return "contains a NUL character."
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "contains half a character (a lone surrogate)."
    return ""


def check_address(request: HttpRequest, parts: Mapping[str, Any]) -> None:
    """Refuse NULs and half characters in the query and in the path (Refused, 400)."""
    faults = [
        Fault(name[:60] if not unstorable(name) else "query", cause, "Remove it.", "character")
        for name, values in request.GET.lists()
        for cause in {unstorable(text) for text in [name, *values]} - {""}
    ]
    faults += [
        Fault(name, cause, "Remove it.", "character")
        for name, value in parts.items()
        if isinstance(value, str) and (cause := unstorable(value))
    ]
    if faults:
        raise Refused(faults, status=400)
