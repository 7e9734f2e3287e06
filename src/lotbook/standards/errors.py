"""The one error that parsers of this floor raise."""

from __future__ import annotations


class MalformedError(ValueError):
    """A text is not what a standard asks for; says what was expected and what was found.

    >>> str(MalformedError("a GTIN", "8, 12, 13 or 14 digits", "'12'"))
    "a GTIN: expected 8, 12, 13 or 14 digits, got '12'"
    """

    def __init__(self, what: str, expected: str, got: str) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}")
        self.what = what
        self.expected = expected
        self.got = got


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as it may appear in an error: quoted, and cut after `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
