"""Identifiers: UUIDv7 outside, ordered by time so that indexes stay dense (limits, 'Ids')."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def new_uid() -> UUID:
    """A fresh UUIDv7."""
    return UUID(int=uuid_utils.uuid7().int)
