"""What is wrong with a value or a combination: always a stable code, what was expected and what came."""

from __future__ import annotations

from typing import NamedTuple

from lotbook.standards.errors import MalformedError


class Fault(NamedTuple):
    """One thing wrong: `code` never changes once published, the two texts may."""

    code: str
    expected: str
    got: str


class Gs1Error(MalformedError):
    """A text is not what the GS1 standards ask for.

    >>> problem = Gs1Error("(01) GTIN", Fault("incorrect_check_digit", "check digit 6", "7"))
    >>> problem.code, str(problem)
    ('incorrect_check_digit', '(01) GTIN: expected check digit 6, got 7')
    """

    def __init__(self, what: str, fault: Fault) -> None:
        super().__init__(what, fault.expected, fault.got)
        self.code = fault.code


def refused(what: str, code: str, expected: str, got: str) -> Gs1Error:
    """Make the error for a fault in one breath."""
    return Gs1Error(what, Fault(code, expected, got))
