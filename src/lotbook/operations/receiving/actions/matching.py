"""Which lines of the order and of the notice the goods were expected by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from lotbook.operations.receiving import queries, rules
from lotbook.operations.receiving.actions.reading import Came, Desk, Row
from lotbook.operations.receiving.models import NoticeLine, OrderLine

Pair = tuple[NoticeLine | None, OrderLine | None]

Promised = TypeVar("Promised", NoticeLine, OrderLine)


@dataclass(slots=True)
class Part:
    """What came of one line for one line of the order or notice (or for none); ``expected`` was open."""

    came: Came
    notice_line: NoticeLine | None
    order_line: OrderLine | None
    lot: str
    quantity: int
    refused: int
    missing: int
    expected: int | None


def match(desk: Desk, came: Sequence[Came]) -> list[Part]:
    """Every line beside what it was expected by; a fault where nothing of the kind was."""
    finder = _Finder(desk)
    parts: list[Part] = []
    for one in came:
        rows: list[Row | None] = [*one.rows] or [None]
        for index, row in enumerate(rows):
            parts += finder.parts(one, row, first=index == 0)
    return parts


def _lines_of(orders: list[int]) -> list[OrderLine]:
    if not orders:
        return []
    rows = OrderLine.objects.filter(order__in=orders, cancelled=False).select_related("item", "order")
    return list(rows.order_by("order_id", "position"))


class _Finder:
    """Keeps what is still open of every line while the lines of one receipt are matched."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.order_lines = _lines_of([order.pk for order in desk.orders])
        self.notice_lines = queries.notice_lines(desk.notice) if desk.notice else []
        by_key = {row.pk: row for row in self.order_lines}
        self.ordered = {row.pk: by_key.get(row.order_line_id or 0) for row in self.notice_lines}
        self.open: dict[tuple[str, int], int] = {}
        self.open |= {("order", row.pk): row.open for row in self.order_lines}
        self.open |= {("notice", row.pk): row.open for row in self.notice_lines}

    def parts(self, one: Came, row: Row | None, *, first: bool) -> list[Part]:
        """The parts of one lot of a line."""
        quantity = row.quantity if row else 0
        pairs = self._pairs(one, row)
        opens = [self._open(pair) for pair in pairs]
        shares = rules.spread(quantity, opens)
        found: list[Part] = []
        for (announced, ordered), share, free in zip(pairs, shares, opens, strict=True):
            if not share and (found or len(pairs) > 1) and quantity:
                continue
            lead = first and not found
            refused, missing = (one.refused, one.missing) if lead else (0, 0)
            expected = free if announced or ordered else None
            lot = row.number if row else one.line.lot.strip()[:500]
            found.append(Part(one, announced, ordered, lot, share, refused, missing, expected))
            if not quantity:
                break
        for part in found:
            self._take(part)
        return found

    def _open(self, pair: Pair) -> int:
        announced, ordered = pair
        if announced is not None:
            return self.open["notice", announced.pk]
        return self.open["order", ordered.pk] if ordered is not None else 0

    def _take(self, part: Part) -> None:
        if part.notice_line is not None:
            key = ("notice", part.notice_line.pk)
            self.open[key] = max(0, self.open[key] - part.quantity - part.refused - part.missing)
        if part.order_line is not None:
            key = ("order", part.order_line.pk)
            self.open[key] = max(0, self.open[key] - part.quantity)

    def _pairs(self, one: Came, row: Row | None) -> list[Pair]:
        """The lines this may have been expected by, the likeliest first."""
        announced = self._announced(one, row)
        if announced:
            return [(line, self.ordered[line.pk] or self._first_ordered(one)) for line in announced]
        ordered = self._ordered_lines(one)
        if ordered:
            return [(None, line) for line in ordered]
        expected = self.desk.order is not None or self.desk.notice is not None
        if expected and one.rows and not (one.difference == "wrong_item" and one.reason):
            what = " and ".join(str(doc) for doc in (self.desk.order, self.desk.notice) if doc is not None)
            self.desk.reading.fault(
                f"{one.where}/item",
                f"{one.item.code} is not on {what}.",
                "Refuse it; or choose “Another item than ordered” and say why it is taken in.",
                "not_expected",
            )
        return [(None, None)]

    def _announced(self, one: Came, row: Row | None) -> list[NoticeLine]:
        if self.desk.notice is None:
            return []
        position = self.desk.reading.whole(f"{one.where}/notice_line", one.line.notice_line, 1, 100_000)
        same = [line for line in self.notice_lines if line.item_id == one.item.pk]
        if position is not None:
            same = [line for line in same if line.position == position]
            if not same:
                cause = f"the notice has no {one.item.code} in line {position}."
                self.desk.reading.fault(f"{one.where}/notice_line", cause, "Look at the notice.", "unknown")
            return same
        names = {name for name in (row.number if row else "", one.line.lot, one.line.supplier_lot) if name}
        exact = [line for line in same if names & {line.lot, line.supplier_lot}]
        return self._still_open(exact or same, "notice")

    def _ordered_lines(self, one: Came) -> list[OrderLine]:
        if self.desk.order is None:
            return []
        position = self.desk.reading.whole(f"{one.where}/order_line", one.line.order_line, 1, 100_000)
        same = [
            line
            for line in self.order_lines
            if line.item_id == one.item.pk and line.order_id == self.desk.order.pk
        ]
        if position is not None:
            same = [line for line in same if line.position == position]
            if not same:
                cause = f"{self.desk.order} has no {one.item.code} in line {position}."
                self.desk.reading.fault(f"{one.where}/order_line", cause, "Look at the order.", "unknown")
            return same
        return self._still_open(same, "order")

    def _first_ordered(self, one: Came) -> OrderLine | None:
        found = self._ordered_lines(one)
        return found[0] if found else None

    def _still_open(self, lines: list[Promised], kind: str) -> list[Promised]:
        """Those of which something is expected; without any, the last one."""
        return [line for line in lines if self.open[kind, line.pk]] or lines[-1:]
