"""RFID tags between their forms, one request at a time: the answers of ``lotbook epc``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lotbook.standards.epc import tags
from lotbook.standards.errors import MalformedError, shown

FORMS = ("scheme", "bin", "hex", "tag", "pure", "digital_link", "element_string", "elements")
"""What an answer tells; a form that a scheme does not have is null."""


def answer(request: object) -> dict[str, Any]:
    """Answer one request; members it does not know are ignored.

    Requests: {"hex"}, {"bin"}, {"tag"}, {"pure", "scheme", "filter"}, or {"digital_link", "scheme", "filter",
    "gcp_len"}. Left out, `filter` is 0; `gcp_len` (the digits of the company prefix) is only missed by the
    schemes that show where the prefix ends.
    """
    if not isinstance(request, dict):
        return refusal("bad_request", "a request", "a JSON object", shown(request))
    given = [name for name in _READERS if request.get(name) is not None]
    if len(given) != 1:
        return refusal(
            "bad_request", "a request", f"one of {', '.join(_READERS)}", " and ".join(given) or "none"
        )
    try:
        tag = _READERS[given[0]](request)
    except MalformedError as error:
        return refusal("malformed", error.what, error.expected, error.got)
    return {"ok": True, **forms(tag), "error": None}


def forms(tag: tags.Tag) -> dict[str, Any]:
    """Every form of a tag, by the names of `FORMS`, and its filter value."""
    return {
        "scheme": tag.scheme,
        "filter": tag.filter,
        "bin": tag.bits,
        "hex": tag.hex,
        "tag": tag.tag_uri,
        "pure": tag.pure_uri,
        "digital_link": tag.digital_link,
        "element_string": tag.element_string,
        "elements": None if tag.elements is None else [list(element) for element in tag.elements],
    }


def refusal(code: str, what: str, expected: str, got: str) -> dict[str, Any]:
    """An answer that says what is wrong."""
    message = str(MalformedError(what, expected, got))
    told = {"code": code, "message": message, "expected": expected, "got": got}
    return {"ok": False, "filter": None, **dict.fromkeys(FORMS), "error": told}


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise MalformedError("a request", f'"{name}" as text', shown(value))
    return value


def _number(request: Mapping[str, Any], name: str, left_out: int | None) -> int | None:
    value = request.get(name)
    if value is None:
        return left_out
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError("a request", f'"{name}" as a number', shown(value))
    return value


def _pure(request: Mapping[str, Any]) -> tags.Tag:
    return tags.from_urn(_text(request, "pure"), _text(request, "scheme"), _number(request, "filter", 0))


def _link(request: Mapping[str, Any]) -> tags.Tag:
    return tags.from_digital_link(
        _text(request, "digital_link"),
        _text(request, "scheme"),
        _number(request, "filter", 0),
        _number(request, "gcp_len", None),
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], tags.Tag]] = {
    "hex": lambda request: tags.from_hex(_text(request, "hex")),
    "bin": lambda request: tags.read_tag(_text(request, "bin")),
    "tag": lambda request: tags.from_tag_uri(_text(request, "tag")),
    "pure": _pure,
    "digital_link": _link,
}
