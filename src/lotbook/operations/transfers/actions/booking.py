"""A receipt on its way into the book: loose goods move, what misses leaves its unit, units arrive whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.places.models import Place
from lotbook.operations.transfers.models import Arrival, Load, Outcome, Pick, Transfer
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation import queries as allocated
from lotbook.traceability.ledger.lines import post_together
from lotbook.traceability.ledger.rules import Draft, Move, Pack


@dataclass(slots=True)
class Row:
    """One pick as it arrived, in smallest units; ``open`` is what was on the way."""

    pick: Pick
    open: int
    good: int
    damaged: int
    over: int
    place: Place

    @property
    def short(self) -> int:
        """What of it is missing."""
        return self.open - self.good - self.damaged


@dataclass(slots=True)
class Booking:
    """One receipt of ``row``; ``own`` names it, and its first event."""

    row: Transfer
    to: Place
    bad: Place | None
    at: datetime
    own: UUID
    actor: str
    why: str
    coming: dict[int, Load] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    moves: list[tuple[Move, str]] = field(default_factory=list)
    missing: list[Move] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    inside: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def book(self, rows: Sequence[Row]) -> None:
        """Post it all together, write down what arrived, and give back what was reserved on the way."""
        still = Load.objects.filter(transfer=self.row, sent_event__isnull=False, arrived_event=None)
        self.coming = {load.pk: load for load in still.select_related("unit")}
        self.kept = {claim.id for claim in allocated.claims(self.row.uid)}
        arriving = {one.pick.load_id for one in rows if one.good or one.damaged} & set(self.coming)
        for index, one in enumerate(rows):
            self._take(one, f"arrived/{index}", whole=one.pick.load_id in arriving)
        drafts = self._drafts()
        if drafts:
            named = [where for _, where in self.moves]
            lines = [named if draft.uid == self.own else ["arrived"] * len(draft.moves) for draft in drafts]
            post_together(drafts, actor=self.actor, at=lines)
        Arrival.objects.bulk_create(self.arrivals)
        self._free()

    def _take(self, one: Row, where: str, *, whole: bool) -> None:
        """One line: its damaged part, and its good part unless it comes with its unit."""
        pick, transit = one.pick, self.row.transit_id
        assert transit is not None
        source = pick.place_id if pick.load_id in self.coming else transit
        claim = pick.claim if source == pick.place_id and pick.claim in self.kept else None
        if one.damaged:
            assert self.bad is not None
            self.moves.append((Move(pick.lot_id, source, self.bad.pk, one.damaged, claim=claim), where))
            self._note(one, Outcome.DAMAGED, one.damaged, self.bad, self.own)
        if whole:
            self.inside[pick.load_id or 0].append(one)
            if one.short:
                self.missing.append(Move(pick.lot_id, source, transit, one.short, claim=claim))
        elif one.good:
            self.moves.append((Move(pick.lot_id, source, one.place.pk, one.good, claim=claim), where))
            self._note(one, Outcome.RECEIVED, one.good, one.place, self.own)

    def _note(self, one: Row, outcome: str, quantity: int, place: Place, event: UUID) -> None:
        self.arrivals.append(
            Arrival(
                transfer=self.row, pick=one.pick, outcome=outcome, quantity=quantity, place=place,
                reason=self.why, event=event, act=self.own, happened_at=self.at, actor=self.actor,
            )
        )  # fmt: skip

    def _drafts(self) -> list[Draft]:
        """The events: loose goods, what is missing of units, and each unit that arrived."""
        drafts = []
        if self.moves:
            drafts.append(self._draft("move", self.own, moves=[move for move, _ in self.moves]))
        if self.missing:
            drafts.append(self._draft("move", uuid5(self.own, "missing"), moves=self.missing))
        for index, key in enumerate(sorted(self.inside)):
            load = self.coming[key]
            event = uuid5(self.own, f"unit {load.unit_id}") if self.moves or index else self.own
            transit = self.row.transit_id
            assert transit is not None
            packs = [Pack(transit, -1, child=load.unit_id), Pack(self.to.pk, 1, child=load.unit_id)]
            drafts.append(self._draft("unit_move", event, packs=packs))
            load.arrived_event, load.arrived_in = event, self.to
            load.save()
            for one in self.inside[key]:
                if one.good:
                    self._note(one, Outcome.RECEIVED, one.good, self.to, event)
        return drafts

    def _draft(self, kind: str, event: UUID, **more: Any) -> Draft:
        data = {"transfer": str(self.row.uid)}
        if self.row.received_celsius:
            data["temperature_celsius"] = self.row.received_celsius
        return Draft(
            kind, self.at, event, place=self.to.pk, document_kind="transfer",
            document_number=self.row.number, reason=self.why, data=data, keeper=self.row.uid,
            **more,
        )  # fmt: skip

    def _free(self) -> None:
        """Goods in a unit that arrived are no longer kept for the transfer."""
        picks = [one.pick for rows in self.inside.values() for one in rows]
        left = {claim.id for claim in allocated.claims(self.row.uid)}
        gone = sorted(left & {pick.claim for pick in picks if pick.claim is not None})
        if gone:
            why = f"{self.row.number} arrived"
            allocation.free(document=self.row.uid, claims=gone, actor=self.actor, reason=why)
        Pick.objects.filter(load__in=list(self.inside)).update(claim=None)
