"""A book of lots in forty lines: dictionaries, no database, no cleverness."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Verdict = Literal["taken", "repeated", "other content", "too little", "unknown", "reversed already"]
Moved = tuple[str, str, str, int]
"""Lot number, source, destination, quantity."""


@dataclass
class ReferenceBook:
    """Balances by lot and place; own places hold at least nothing, runs and outside places anything."""

    own: frozenset[str]
    balances: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    events: dict[UUID, tuple[object, ...]] = field(default_factory=dict)
    moves: dict[UUID, list[Moved]] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)

    def post(self, uid: UUID, content: tuple[object, ...], moves: list[Moved]) -> Verdict:
        """One event: all of its movements or none."""
        if uid in self.events:
            return "repeated" if self.events[uid] == content else "other content"
        after = dict(self.balances)
        for lot, source, destination, quantity in moves:
            after[lot, source] = after.get((lot, source), 0) - quantity
            if source in self.own and after[lot, source] < 0:
                return "too little"
            after[lot, destination] = after.get((lot, destination), 0) + quantity
        self.balances = defaultdict(int, after)
        self.events[uid] = content
        self.moves[uid] = moves
        return "taken"

    def reverse(self, uid: UUID, original: UUID) -> Verdict:
        """Everything the original moved, the other way."""
        content = ("reverse", original)
        if uid in self.events:
            return "repeated" if self.events[uid] == content else "other content"
        if original not in self.moves:
            return "unknown"
        if original in self.reversed:
            return "reversed already"
        moves = [(lot, to, source, quantity) for lot, source, to, quantity in self.moves[original]]
        verdict = self.post(uid, content, moves)
        if verdict == "taken":
            self.reversed.add(original)
            del self.moves[uid]
        return verdict
