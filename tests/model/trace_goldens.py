"""Golden graphs: small stories drawn as text, posted to the book, and scopes written as text.

A line of a story is an event, in the order of the book; ``shelf`` is where goods are unless said otherwise::

    (S1) → MILK 100                      received from a supplier
    MILK 60 + SALT 2 → [R1] → CHEESE 50  consumed and produced by a run
    CHEESE 20 → (C1) D-7                 shipped, under a document
    (C1) → CHEESE 5                      came back from a customer
    CHEESE 3 → lost                      or: → freezer, → b-shelf (another site), → truck (in transit)
    CHEESE@freezer 3 → {P1}              packed from there into a logistic unit
    {P1} → truck                         a unit moved with what is in it
    {P1} → [R2] → SOUP 9                 a unit went into a run, nobody said with what in it
    x: CHEESE 20 → (C1)                  an event with a name …
    undo x                               … is reversed
    -90 (S1) → MILK 5                    claimed to have happened ninety minutes before its turn
    #7 1 → (C1)                          a serial: lots whose name begins with #

What a scope says is written a lot a line::

    CHEESE 50 = 27 shelf + 15 shipped + 8 lost | C1 20 D-7, C1 back 5
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.traceability.ledger import actions
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Name, Pack, Receipt
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace.scope import queries
from lotbook.traceability.trace.scope.rules import RECEIVED, RETURNED, SENT_BACK, Scope

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACTOR = "user:test"


@dataclass
class Book:
    """A story in the book: its places, partners and events by the names the story gives them."""

    item: Item
    serials: Item
    places: dict[str, Place] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    named: dict[str, UUID] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    sequences: list[int] = field(default_factory=list)
    minutes: int = 0

    @classmethod
    def told(cls, story: str, *, scale: int = 0, cost_micro: int | None = None) -> Book:
        """The book after ``story``."""
        made = [
            Item.objects.create(
                code=f"I-{uuid4()}", name=name, unit="KGM", scale=scale, tracking=kind,
                standard_cost_micro=cost_micro, currency="EUR" if cost_micro is not None else "",
            )
            for name, kind in (("Goods", "lot"), ("Pieces", "serial"))
        ]  # fmt: skip
        book = cls(made[0], made[1])
        for line in story.strip().splitlines():
            if line.strip():
                book.tell(line.strip())
        return book

    def tell(self, line: str) -> int:
        """Post one line; gives its sequence."""
        self.minutes += 1
        at = NOON + timedelta(minutes=self.minutes)
        if match := re.match(r"-(\d+) (.*)", line):
            at, line = at - timedelta(minutes=int(match[1])), match[2]
        name = ""
        if match := re.match(r"(\w+): (.*)", line):
            name, line = match[1], match[2]
        if line.startswith("undo "):
            undone = actions.reverse(self.named[line[5:]], actor=ACTOR, reason="wrong", occurred_at=at)
            self.sequences.append(undone.sequence)
            return undone.sequence
        drafts = self._drafts([part.strip() for part in line.split("→")], at)
        for receipt in actions.post(drafts, actor=ACTOR):
            assert isinstance(receipt, Receipt)
            self.named[name] = receipt.uid
            self.sequences.append(receipt.sequence)
        return self.sequences[-1]

    def _drafts(self, parts: list[str], at: datetime) -> list[Draft]:
        run = next((part for part in parts if part.startswith("[")), None)
        if run is not None:
            return self._run(run, parts[0], parts[-1] if parts[-1] != run else "", at)
        if parts[0].startswith("("):
            kind = "return" if parts[0].startswith("(C") else "receive"
            target = self.place(parts[2] if len(parts) > 2 else "shelf")
            return [Draft(kind, at, moves=self._moves(parts[1], self.partner(parts[0]), target))]
        if parts[0].startswith("{"):
            return [self._unit_moved(parts[0], parts[1], at)]
        if parts[1].startswith("("):
            to, document = re.fullmatch(r"(\(\w+\))\s*(\S*)", parts[1]).groups()  # type: ignore[union-attr]
            kind = "supplier_return" if to.startswith("(S") else "ship"
            moves = self._moves(parts[0], None, self.partner(to))
            words = {"document_kind": "delivery", "document_number": document} if document else {}
            return [Draft(kind, at, moves=moves, reason="bad" if kind != "ship" else "", **words)]  # type: ignore[arg-type]
        kind = {"lost": "lose", "off": "adjust"}.get(parts[1], "pack" if parts[1][0] == "{" else "move")
        reason = "why not" if kind in ("lose", "adjust") else ""
        return [Draft(kind, at, moves=self._moves(parts[0], None, self.place(parts[1])), reason=reason)]

    def _run(self, run: str, inputs: str, outputs: str, at: datetime) -> list[Draft]:
        place = self.place(run)
        drafts = []
        if inputs.startswith("{"):
            unit = self.place(inputs)
            drafts.append(Draft("observe", at, names=[Name("input", unit=unit, run=place)]))
        elif inputs and inputs != run:
            drafts.append(Draft("consume", at, moves=self._moves(inputs, None, place)))
        if outputs:
            drafts.append(Draft("produce", at, moves=self._moves(outputs, place, self.place("shelf"))))
        return drafts

    def _unit_moved(self, unit: str, target: str, at: datetime) -> Draft:
        packs = [Pack(self.place(target), 1, child=self.place(unit))]
        if unit in self.units:
            packs.insert(0, Pack(self.place(self.units[unit]), -1, child=self.place(unit)))
        self.units[unit] = target
        return Draft("unit_move", at, packs=packs)

    def _moves(self, goods: str, source: int | None, target: int) -> list[Move]:
        moves = []
        for part in goods.split("+"):
            name, quantity = part.split()
            lot, _, where = name.partition("@")
            here = source if source is not None else self.place(where or "shelf")
            end = self.place(where) if source is not None and where else target
            moves.append(Move(self.ref(lot), here, end, int(quantity)))
        return moves

    def ref(self, lot: str) -> LotRef:
        """A lot by the name the story gives it."""
        return LotRef(self.serials.pk, lot, 2) if lot.startswith("#") else LotRef(self.item.pk, lot)

    def place(self, name: str) -> int:
        """The key of a place by its name, made when it is met first."""
        if name not in self.places:
            self.places[name] = self._make(name)
        return int(self.places[name].pk)

    def _make(self, name: str) -> Place:
        code = f"{name}-{uuid4()}"
        if name[0] in "[{":
            kind = "run" if name[0] == "[" else "unit"
            return Place.objects.create(code=code, name=name, kind=kind, own=kind == "unit")
        if name in ("lost", "off"):
            kind = {"lost": "loss", "off": "difference"}[name]
            return Place.objects.create(code=code, name=name, kind=kind)
        if name.endswith("site") or name == "truck":
            kind = "transit" if name == "truck" else "site"
            return Place.objects.create(code=code, name=name, kind=kind, own=True)
        site = "b-site" if name.startswith("b-") else "a-site"
        self.place(site)
        return Place.objects.create(code=code, name=name, kind="bin", own=True, parent=self.places[site])

    def partner(self, name: str) -> int:
        """The key of a partner's place."""
        if name not in self.places:
            partner = Partner.objects.create(code=f"{name}-{uuid4()}", name=name.strip("()"))
            self.partners[name.strip("()")] = partner
            self.places[name] = Place.objects.create(
                code=f"{name}-{uuid4()}", kind="partner", partner=partner
            )
        return int(self.places[name].pk)

    def lot(self, name: str) -> Lot:
        """A lot by its name."""
        return Lot.objects.get(item=self.serials if name.startswith("#") else self.item, number=name)

    def keys(self, names: str) -> list[int]:
        """The keys of lots, named in one text."""
        return [self.lot(name).pk for name in names.split()]


def scope(book: Book, names: str, *, as_of: int | None = None, forward: bool = True) -> Scope:
    """The scope of some lots of a book."""
    return queries.scope(book.keys(names), as_of=as_of, forward=forward)


def written(found: Scope) -> str:
    """What a scope says, a lot a line, in the order of their names."""
    lines = []
    for row in sorted(queries.rows(found), key=lambda row: row.number):
        stands = {found.places[one.place].name: one.quantity for one in row.places}
        parts = [f"{quantity} {name}" for name, quantity in sorted(stands.items())]
        went = ("consumed", "shipped", "lost", "difference")
        parts += [f"{row.account[name]} {name}" for name in went if row.account[name]]
        line = f"{row.number} {row.account['came']} = {' + '.join(parts) or 'nothing'}"
        words = {RECEIVED: "gave ", RETURNED: "back ", SENT_BACK: "took back "}
        crossed = [
            f"{found.partners[one.partner].name} {words.get(one.kind, '')}{one.quantity}"
            f" {one.event.document_number}".rstrip()
            for one in row.crossed
            if one.kind != RECEIVED or not found.forward
        ]
        lines.append(f"{line} | {', '.join(crossed)}" if crossed else line)
        assert row.account["on_hand"] + row.account["in_transit"] == sum(stands.values())
        assert row.account["came"] == sum(
            row.account[name]
            for name in ("on_hand", "in_transit", "consumed", "shipped", "lost", "difference")
        )
    return "\n".join(lines)


def drawn(text: str) -> str:
    """A scope as a test writes it: indentation and empty lines do not count."""
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines() if line.strip())
