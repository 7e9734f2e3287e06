"""Separators that a scanner swallowed: the readings that a text would have, had they been there.

A keyboard wedge often drops the control character GS. `10LOT-7` and `21S001` then arrive as one lot
`LOT-721S001`, and nothing in the text tells. So nobody guesses: all readings are found, and where there is
more than one, somebody is asked.

>>> [reading.bracketed for reading in readings("010401234512345610LOT-721S001")]
['(01)04012345123456(10)LOT-721S001', '(01)04012345123456(10)LOT-7(21)S001']
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lotbook.standards.gs1.associations import find_fault
from lotbook.standards.gs1.errors import Gs1Error
from lotbook.standards.gs1.identifiers import code_in_front, examine, identifier
from lotbook.standards.gs1.message import ELEMENTS_MAX, STANDARD, Element, Message, Rules

READINGS_MAX = 8
"""More readings are of no help to whoever has to choose."""
_TRIES_MAX = 20_000


def readings(text: str, rules: Rules = STANDARD, *, limit: int = READINGS_MAX) -> tuple[Message, ...]:
    """Find the readings of `text`, an element string without separators, in which every value is right.

    The standard's own reading, in which the first value of variable length takes the rest, comes first when
    it is one of them. At most `limit` are found; none when there is none.
    """
    search = _Search(text, rules)
    found = (Message(elements) for elements in search.from_(0, ()) if search.fit(elements))
    return tuple(islice(found, limit))


class _Search:
    """Goes through the text once per place and way to get there; places that lead nowhere are remembered."""

    def __init__(self, text: str, rules: Rules) -> None:
        self.text = text
        self.rules = rules
        self.dead: set[int] = set()
        self.tries = 0

    def fit(self, elements: tuple[Element, ...]) -> bool:
        """Whether the elements may stand together, if that is asked for."""
        return not self.rules.associations or find_fault(elements) is None

    def from_(self, at: int, before: tuple[Element, ...]) -> Iterator[tuple[Element, ...]]:
        """Every way to read the text from `at` to its end, longest values first."""
        if at == len(self.text):
            if before:
                yield before
            return
        if at in self.dead or len(before) >= ELEMENTS_MAX:
            return
        alive = False
        for code, value in self.next_elements(at):
            for elements in self.from_(at + len(code) + len(value), (*before, (code, value))):
                alive = True
                yield elements
            if self.tries > _TRIES_MAX:
                return
        if not alive and len(before) < ELEMENTS_MAX:
            self.dead.add(at)

    def next_elements(self, at: int) -> Iterator[Element]:
        """Every element that may begin at `at`, its value right by itself."""
        try:
            code = code_in_front(self.text[at : at + 4], unknown_ais=self.rules.unknown_ais)
        except Gs1Error:
            return
        ai, start = identifier(code, unknown_ais=self.rules.unknown_ais), at + len(code)
        longest = min(ai.longest, len(self.text) - start)
        shortest = ai.longest if ai.predefined else max(1, ai.shortest)
        for length in range(longest, shortest - 1, -1):
            self.tries += 1
            value = self.text[start : start + length]
            if examine(ai, value) is None:
                yield code, value
