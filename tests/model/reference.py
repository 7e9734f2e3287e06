"""A book of lots in a hundred lines: dictionaries, no database, no cleverness."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Verdict = Literal[
    "taken", "repeated", "other content", "too little", "unknown", "reversed already", "no claim"
]
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
    claims: dict[UUID, tuple[str, str, int]] = field(default_factory=dict)
    """Reservations: lot, place and what is left."""

    def reserved(self, lot: str, place: str) -> int:
        """How much of a lot at a place is promised."""
        return sum(left for of, at, left in self.claims.values() if (of, at) == (lot, place))

    def reserve(self, claim: UUID, lot: str, place: str, quantity: int) -> bool:
        """Promise some, if nobody else has it."""
        if self.balances.get((lot, place), 0) - self.reserved(lot, place) < quantity:
            return False
        self.claims[claim] = (lot, place, quantity)
        return True

    def free(self, claim: UUID) -> int:
        """Take a promise back; gives what was left of it."""
        lot, place, left = self.claims[claim]
        self.claims[claim] = (lot, place, 0)
        return left

    def hold(self, lot: str) -> int:
        """A lot on hold is promised to nobody any more; gives how many promises were broken."""
        broken = [claim for claim, (of, _, left) in self.claims.items() if of == lot and left]
        for claim in broken:
            self.free(claim)
        return len(broken)

    def use(self, uid: UUID, content: tuple[object, ...], move: Moved, claim: UUID) -> Verdict:
        """One event of one movement that takes what was promised."""
        lot, source, _, quantity = move
        of, at, left = self.claims[claim]
        if uid in self.events:
            return "repeated" if self.events[uid] == content else "other content"
        if (of, at) != (lot, source) or left < quantity:
            return "no claim"
        self.claims[claim] = (of, at, left - quantity)
        return self.post(uid, content, [move])

    def post(self, uid: UUID, content: tuple[object, ...], moves: list[Moved]) -> Verdict:
        """One event: all of its movements or none."""
        if uid in self.events:
            return "repeated" if self.events[uid] == content else "other content"
        after = dict(self.balances)
        for lot, source, destination, quantity in moves:
            after[lot, source] = after.get((lot, source), 0) - quantity
            if source in self.own and after[lot, source] < self.reserved(lot, source):
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
