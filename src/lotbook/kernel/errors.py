"""Refusals: what happened, what was not saved, what to do.

Every room raises these; pages, the API and the command line each show them in their own way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    ``field`` is a path such as ``events/3/moves/0/quantity`` or a form field's name, ``cause`` says what
    is wrong (expected and got), ``remedy`` what the person can do about it.
    """

    field: str
    cause: str
    remedy: str = ""
    code: str = "invalid"

    def __str__(self) -> str:
        text = f"{self.field}: {self.cause}" if self.field else self.cause
        return f"{text} {self.remedy}".rstrip()

    def under(self, prefix: str) -> Fault:
        """The same fault seen from further out."""
        field = f"{prefix}/{self.field}" if self.field else prefix
        return Fault(field, self.cause, self.remedy, self.code)

    def within(self, prefix: str) -> Fault:
        """The same fault seen from inside ``prefix``."""
        return Fault(self.field.removeprefix(prefix).strip("/"), self.cause, self.remedy, self.code)


class Refused(Exception):
    """An act that did not happen: nothing of it was saved.

    ``faults`` names every reason that could be found in one pass. ``status`` is the HTTP status that
    fits (400 malformed, 403 not allowed, 404 unknown, 409 conflict, 422 refused by a rule).
    """

    status = 422

    def __init__(self, faults: Fault | Iterable[Fault] | str, *, status: int | None = None) -> None:
        if isinstance(faults, str):
            faults = Fault("", faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        if status is not None:
            self.status = status
        super().__init__("; ".join(str(fault) for fault in self.faults) or "refused")


class NotFound(Refused):
    """The thing named does not exist."""

    status = 404


class Conflict(Refused):
    """The same id was used before with other content, or somebody was faster."""

    status = 409


class NotAllowed(Refused):
    """The person or key lacks the permission."""

    status = 403
