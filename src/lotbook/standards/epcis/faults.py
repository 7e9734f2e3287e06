"""What a validator finds, and how places in a document are written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a document.

    `path` is a JSON pointer (RFC 6901) such as /epcisBody/eventList/0/eventTime, "" for the whole.

    `code` is one of: type, required, unknown, format, enum, empty, repeated, rule (fields that do not go
    together), and when reading: size, encoding, syntax, depth, key. `message` says what was expected and
    found.
    """

    path: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.message}"


def below(path: str, step: str | int) -> str:
    """Return the pointer of the member `step` (a name or a position) of what `path` points at."""
    if isinstance(step, int):
        return f"{path}/{step}"
    return f"{path}/" + step.replace("~", "~0").replace("/", "~1")
