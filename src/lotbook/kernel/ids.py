"""Identifiers: UUIDv7 outside, ordered by time so that indexes stay dense (limits, 'Ids')."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

import uuid_utils

_told: ContextVar[Iterator[UUID] | None] = ContextVar("told", default=None)


def new_uid() -> UUID:
    """A fresh UUIDv7."""
    told = _told.get()
    return UUID(int=uuid_utils.uuid7().int) if told is None else next(told)


def uid_at(moment: datetime, name: str) -> UUID:
    """The UUIDv7 of ``moment`` whose other bits follow from ``name``: the same again for the same two."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    stamp = int(moment.timestamp() * 1000)
    return UUID(
        int=stamp << 80 | 0x7 << 76 | (digest >> 64 & 0xFFF) << 64 | 0b10 << 62 | digest & (1 << 62) - 1
    )


@contextmanager
def repeatable(seed: str, start: datetime) -> Iterator[None]:
    """Within it, ``new_uid`` gives a row of ids that follows from ``seed`` and ``start``.

    For worlds that must come out the same twice (the demo); never for a company's book.
    """

    def row() -> Iterator[UUID]:
        count = 0
        while True:
            yield uid_at(start, f"{seed} {count}")
            count += 1

    token = _told.set(row())
    try:
        yield
    finally:
        _told.reset(token)
