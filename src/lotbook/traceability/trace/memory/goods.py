"""Beside the genealogy, by lot: its item, what of it is at our places, and what partners got of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lotbook.traceability.trace.memory.graph import Words
from lotbook.traceability.trace.rows import Integers, Rows, spread

SHIPPED, RETURNED = (2, 3), 4


@dataclass(frozen=True, slots=True)
class Shipments:
    """What crossed the border to partners and back, by lot: as columns, with signs for reversals."""

    starts: Words
    lot: Words
    place: Words
    sequence: Words
    quantity: Integers
    """Net: what came back, and what a reversal takes back, is less than nothing."""

    @classmethod
    def of(cls, lot: Integers, place: Integers, sequence: Integers, quantity: Integers) -> Shipments:
        """Put rows in order of their lots."""
        count = int(lot.max(initial=0)) + 1
        rows = Rows(lot, count)
        order = rows.order
        lots, places, sequences = (part[order].astype(np.uint32) for part in (lot, place, sequence))
        return cls(rows.starts.astype(np.uint32), lots, places, sequences, quantity[order])

    def of_lots(self, lots: Integers, as_of: int) -> tuple[Integers, Integers, Integers]:
        """Lot, partner's place and quantity of every row of ``lots`` up to a sequence."""
        lots = lots[lots < len(self.starts) - 1]
        begins = self.starts[lots].astype(np.int64)
        positions, _ = spread(begins, self.starts[lots + 1] - begins)
        positions = positions[self.sequence[positions] <= as_of]
        return (
            self.lot[positions].astype(np.int64),
            self.place[positions].astype(np.int64),
            self.quantity[positions],
        )

    def and_(self, other: Shipments) -> Shipments:
        """These and those."""
        return Shipments.of(
            np.concatenate([self.lot, other.lot]).astype(np.int64),
            np.concatenate([self.place, other.place]).astype(np.int64),
            np.concatenate([self.sequence, other.sequence]).astype(np.int64),
            np.concatenate([self.quantity, other.quantity]),
        )

    def __len__(self) -> int:
        return len(self.lot)

    @property
    def size(self) -> int:
        """Bytes."""
        parts = (self.starts, self.lot, self.place, self.sequence, self.quantity)
        return sum(part.nbytes for part in parts)


@dataclass(frozen=True, slots=True)
class Goods:
    """``item`` and ``on_hand`` (smallest units, at our places) by key of lot, as of the graph's sequence."""

    item: Words
    on_hand: NDArray[np.int64]
    shipments: Shipments
    late: Shipments

    @property
    def size(self) -> int:
        """Bytes."""
        return self.item.nbytes + self.on_hand.nbytes + self.shipments.size + self.late.size


def sized(values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The same with room for more keys."""
    return np.concatenate([values, np.zeros(max(count - len(values), 0), dtype=values.dtype)])
