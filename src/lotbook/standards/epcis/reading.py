"""Bytes to JSON values, exactly and within limits.

Numbers with a fraction or exponent become Decimal, so that 0.1 kg stays 0.1 kg. Of a name that occurs twice
in one object the last one counts, as everywhere in the JSON world (one of GS1's own valid examples has an
eventID twice); callers that must not guess set `repeated_names=False`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from lotbook.standards.epcis.faults import Fault, below
from lotbook.standards.errors import shown

#: Levels of objects and lists inside each other; real documents have about 10.
DEPTH_MAX = 100
#: Bytes of one document; some 200,000 events.
SIZE_MAX_BYTES = 256 * 1024 * 1024
#: Digits of one number; no measured quantity needs more than 40.
DIGITS_MAX = 400
#: Powers of ten of one number: enough for any double, too few to fill memory when written out.
EXPONENT_MAX = 400


class UnreadableError(ValueError):
    """The bytes are no JSON that we take; `faults` says why, as a validator would."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.faults = [fault]


def read(data: bytes, *, size_max_bytes: int = SIZE_MAX_BYTES, repeated_names: bool = True) -> object:
    """Parse UTF-8 JSON, with or without byte-order mark.

    Raises UnreadableError on: too many bytes, other encodings, bad syntax, NaN and Infinity, absurdly long
    numbers, nesting deeper than DEPTH_MAX, half surrogate pairs, and (if not `repeated_names`) a name twice
    in one object.
    """
    if len(data) > size_max_bytes:
        _refuse("size", f"at most {size_max_bytes:,} bytes", f"{len(data):,}")
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse("encoding", "UTF-8", f"{shown(data[error.start : error.start + 4])} at byte {error.start}")
    try:
        value = json.loads(
            source,
            parse_float=_exact,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=None if repeated_names else _each_name_once,
        )
    except json.JSONDecodeError as error:
        raise UnreadableError(
            Fault(
                "", "syntax", f"expected JSON, got: {error.msg} at line {error.lineno} column {error.colno}"
            )
        ) from error
    except RecursionError:
        _refuse("depth", f"at most {DEPTH_MAX} levels of nesting", "more")
    _check_depth_and_letters(value)
    return value


def _refuse(code: str, expected: str, got: str, path: str = "") -> NoReturn:
    raise UnreadableError(Fault(path, code, f"expected {expected}, got {got}"))


def _exact(text: str) -> Decimal:
    number = text if len(text) <= DIGITS_MAX else "NaN"
    try:
        value = Decimal(number)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value.adjusted()) > EXPONENT_MAX:
        _refuse("syntax", f"a number of at most {DIGITS_MAX} digits and powers of ten", shown(text))
    return value


def _integer(text: str) -> int:
    if len(text) > DIGITS_MAX:
        _refuse("syntax", f"a number of at most {DIGITS_MAX} digits", f"{len(text)} digits")
    return int(text)


def _no_constant(text: str) -> NoReturn:
    _refuse("syntax", "a number", text)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        _refuse("key", "each name once in an object", f"{shown(twice)} twice")
    return members


def _members(value: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _check_depth_and_letters(value: object) -> None:
    """Walk without recursion, so that depth is a fault and never a crash."""
    waiting: list[tuple[object, str, int]] = [(value, "", 1)]
    while waiting:
        holder, path, depth = waiting.pop()
        if depth > DEPTH_MAX and isinstance(holder, (dict, list)):
            _refuse("depth", f"at most {DEPTH_MAX} levels of nesting", "more", path)
        if isinstance(holder, str) and not _is_unicode(holder):
            _refuse("encoding", "whole Unicode letters", f"half a surrogate pair in {shown(holder)}", path)
        for step, member in _members(holder):
            if isinstance(step, str) and not _is_unicode(step):
                _refuse("encoding", "whole Unicode letters", f"half a surrogate pair in {shown(step)}", path)
            if isinstance(member, (dict, list, str)):
                waiting.append((member, below(path, step), depth + 1))
