"""The canonical form of an event (RFC 8785 JSON) and its hash.

What is hashed is the claim in names that outlive the database: item and place uids, lot numbers,
quantities. Integers of 2**53 and more are written as strings, because RFC 8785 numbers are doubles. The actor
is part of it; sequence and recorded_at are ours and are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import rfc8785

from lotbook.kernel.errors import Fault

EXACT = 2**53 - 1


def number(value: int) -> int | str:
    """An integer as RFC 8785 can carry it exactly."""
    return value if -EXACT <= value <= EXACT else str(value)


def moment(value: datetime) -> str:
    """A time in UTC with microseconds, like 2027-03-03T13:05:00.000000Z."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def content(
    *,
    uid: UUID,
    kind: str,
    occurred_at: datetime,
    offset_minutes: int,
    actor: str,
    device: str,
    place: str | None,
    document: tuple[str, str],
    reason: str,
    reverses: UUID | None,
    data: Mapping[str, Any],
    moves: Sequence[tuple[str, str, int, str, str, int, int]],
    names: Sequence[tuple[Any, ...]],
    packs: Sequence[tuple[Any, ...]],
) -> dict[str, Any]:
    """What an event claims, as one JSON object.

    A movement is [item uid, lot number, lot kind, source uid, destination uid, quantity, catch weight].
    """
    claim: dict[str, Any] = {
        "id": str(uid),
        "kind": kind,
        "occurred_at": moment(occurred_at),
        "offset_minutes": offset_minutes,
        "actor": actor,
        "device": device,
        "place": place,
        "document": document,
        "reason": reason,
        "reverses": str(reverses) if reverses else None,
        "data": data,
        "movements": [(*move[:5], number(move[5]), number(move[6])) for move in moves],
    }
    if names:
        claim["names"] = [(*name[:4], None if name[4] is None else number(name[4])) for name in names]
    if packs:
        claim["packs"] = [(*pack[:4], None if pack[4] is None else number(pack[4])) for pack in packs]
    return claim


def encode(content: Mapping[str, Any], *, plain: bool) -> bytes:
    """The canonical bytes of ``content``.

    ``plain`` promises ASCII keys and no floats: then orjson's sorted output is RFC 8785's, forty times
    quicker; otherwise the reference library writes it. Raises ValueError for text that is not Unicode.
    """
    if plain:
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(content)


def digest(body: bytes) -> str:
    """SHA-256 of canonical bytes, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def data_faults(value: Any, path: str = "data", depth: int = 0) -> list[Fault]:
    """What keeps ``value`` from being exact JSON in every database: floats, NUL, surrogates, depth."""
    if value is None or type(value) is bool:
        return []
    if type(value) is str:
        return text_faults(value, path)
    if type(value) is int:
        if -EXACT <= value <= EXACT:
            return []
        return [Fault(path, "an integer of 2**53 or more is not exact in JSON.", "Send it as a string.")]
    if depth > 40:
        return [Fault(path, "nested deeper than 40 levels.", "Flatten it.")]
    if isinstance(value, Mapping):
        found = []
        for key, part in value.items():
            if type(key) is not str:
                return [Fault(path, f"expected text as a key, got {key!r}.")]
            found += text_faults(key, path) + data_faults(part, f"{path}/{key}", depth + 1)
        return found
    if isinstance(value, list | tuple):
        return [f for i, part in enumerate(value) for f in data_faults(part, f"{path}/{i}", depth + 1)]
    return [
        Fault(path, f"expected JSON without floats, got {type(value).__name__}.", "Send numbers as strings.")
    ]


def text_faults(text: str, path: str) -> list[Fault]:
    """NUL characters and lone surrogates, which no database keeps."""
    if text.isascii():
        if "\x00" not in text:
            return []
    else:
        try:
            text.encode()
        except UnicodeEncodeError:
            return [Fault(path, "the text holds half a character (a lone surrogate).", "Send valid Unicode.")]
        if "\x00" not in text:
            return []
    return [Fault(path, "the text holds a NUL character.", "Remove it.")]


def plain_keys(value: Any) -> bool:
    """Whether every key within is ASCII, so that all sort orders agree."""
    if isinstance(value, Mapping):
        return all(key.isascii() and plain_keys(part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return all(plain_keys(part) for part in value)
    return True
