"""Lines of a form: several rows of the same fields, without a script.

A page shows some empty rows and a button "More lines", which sends the form back with more of them and
everything typed kept. Nothing is judged here: the action names faults as ``lines/0/quantity``, and the
rows show each beside its field.

>>> posted = {"lines-count": "2", "lines-0-item": " SALT ", "lines-0-lot": "", "lines-1-item": ""}
>>> lines = Lines((Column("item", "Item"), Column("lot", "Lot")), posted)
>>> lines.filled()
[(0, {'item': 'SALT', 'lot': ''})]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lotbook.kernel.errors import Fault
from lotbook.kernel.screens import words

LINES_MAX = 200
"""Most lines of one form: longer lists come as a file or over the API."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of every line. ``suggestions`` names a datalist of the page, ``options`` makes it a choice."""

    name: str
    label: str
    kind: str = "text"
    suggestions: str = ""
    options: Sequence[tuple[str, str]] = ()
    width: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One input as the page shows it."""

    column: Column
    name: str
    id: str
    label: str
    value: str
    fault: str = ""


@dataclass(slots=True)
class Lines:
    """The lines of one form under ``prefix``; ``posted`` is what came in (None: a fresh form)."""

    columns: Sequence[Column]
    posted: Mapping[str, str] | None = None
    initial: Sequence[Mapping[str, str]] = ()
    prefix: str = "lines"
    start: int = 3
    step: int = 3
    faults: Sequence[Fault] = field(default_factory=tuple)
    notes: Sequence[str] = ()
    """A sentence under each of the first rows, such as why this lot is suggested."""

    @property
    def count(self) -> int:
        """How many lines the page shows."""
        if self.posted is None:
            return max(self.start, len(self.initial))
        text = self.posted.get(f"{self.prefix}-count", "")
        count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else self.start
        return min(count + (self.step if self.wants_more else 0), LINES_MAX)

    @property
    def wants_more(self) -> bool:
        """Whether the button for more lines was pressed, not the one that saves."""
        return self.posted is not None and self.posted.get("more") == self.prefix

    def value(self, index: int, name: str) -> str:
        """What stands in one field."""
        if self.posted is not None:
            return self.posted.get(f"{self.prefix}-{index}-{name}", "").strip()
        return self.initial[index].get(name, "") if index < len(self.initial) else ""

    def filled(self, *, ignore: Iterable[str] = ()) -> list[tuple[int, dict[str, str]]]:
        """The lines with anything in them, each with its position; ``ignore`` names fields always filled."""
        quiet = set(ignore)
        found = []
        for index in range(self.count):
            line = {column.name: self.value(index, column.name) for column in self.columns}
            if any(value for name, value in line.items() if name not in quiet):
                found.append((index, line))
        return found

    def placed(self, faults: Iterable[Fault], positions: Sequence[int]) -> list[Fault]:
        """Faults of the action (``lines/<n of the filled ones>/…``) at the rows of the page."""
        return [self._placed(fault, positions) for fault in faults]

    def _placed(self, fault: Fault, positions: Sequence[int]) -> Fault:
        parts = fault.field.split("/")
        at = int(parts[1]) if parts[0] == self.prefix and parts[1:] and parts[1].isdigit() else len(positions)
        if at >= len(positions):
            return fault
        rest = parts[2:] or [self.columns[0].name]
        return replace(fault, field="/".join([self.prefix, str(positions[at]), *rest]))

    def noted(self) -> list[tuple[list[Cell], str]]:
        """Every line as cells, with the sentence that stands under it."""
        rows = self.rows()
        return list(zip(rows, [*self.notes, *[""] * len(rows)], strict=False))

    def rows(self) -> list[list[Cell]]:
        """Every line as cells; labels carry the line's number for those who hear the page."""
        beside: dict[str, str] = {}
        for fault in self.faults:
            beside.setdefault(fault.field, words(fault))
        return [
            [
                Cell(
                    column,
                    f"{self.prefix}-{index}-{column.name}",
                    f"id_{self.prefix}-{index}-{column.name}",
                    f"{column.label}, line {index + 1}",
                    self.value(index, column.name),
                    beside.get(f"{self.prefix}/{index}/{column.name}", ""),
                )
                for column in self.columns
            ]
            for index in range(self.count)
        ]
