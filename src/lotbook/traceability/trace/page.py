"""All that the trace page, its picture and its files show, put together from the trace and the facts around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator

from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.traceability.lots import queries as lot_queries
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.lots.rules import STATUSES
from lotbook.traceability.trace import engine, facts, graph, queries
from lotbook.traceability.trace.facts import Crossed, LotBalance, Whereabouts
from lotbook.traceability.trace.forms import Filters
from lotbook.traceability.trace.rules import Subject, Trace, TracedEvent, TracedLot, TracedPartner
from lotbook.traceability.trace.workspace import flows, moves, sites

LOTS_SHOWN = 50
EVENTS_SHOWN = 25
DEALS_SHOWN = 50
"""Lots listed under one partner on the page; the file has them all."""


@dataclass(slots=True)
class LotRow:
    """A lot of the table."""

    lot: TracedLot
    status: str
    where: Whereabouts = field(default_factory=Whereabouts)


@dataclass(frozen=True, slots=True)
class DealRow:
    """So much of a lot for one partner."""

    lot: TracedLot
    quantity: int


@dataclass(slots=True)
class PartnerRow:
    """A supplier or customer with what it gave or got, lot by lot."""

    partner: TracedPartner
    deals: list[DealRow] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many of its lots are not listed."""
        return self.partner.lots - len(self.deals)


@dataclass(slots=True)
class SideTotal:
    """How many lots stand on one side, and how many of them not as they should: (count, status)."""

    lots: int = 0
    unfree: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class TracePage:
    """A trace as the page shows it."""

    trace: Trace
    lot: Lot | None
    status: str
    recorded_at: datetime | None
    balance: LotBalance | None
    where: Whereabouts
    lots: list[LotRow]
    lots_page: Page[LotRow]
    events_page: Page[TracedEvent]
    kinds: list[tuple[str, int]]
    customers: list[PartnerRow]
    suppliers: list[PartnerRow]
    items: list[tuple[str, str]]
    deepest: int
    behind: SideTotal
    ahead: SideTotal


def subjects(text: str) -> list[Subject]:
    """What ``text`` may name, never nothing: raises NotFound with what to try."""
    found = queries.resolve(text)
    if not found:
        raise NotFound(
            Fault(
                "id",
                f"the book knows nothing named {text[:100]}.",
                "Check the number, or look it up in the list of lots.",
                "unknown",
            )
        )
    return found


def subject(text: str) -> Subject:
    """The one thing ``text`` names. Raises NotFound, or Refused (400) where it is ambiguous."""
    found = subjects(text)
    if len(found) > 1:
        cause = f"{text[:100]} names {len(found)} things."
        raise Refused(Fault("id", cause, "Choose one of them on the trace page.", "ambiguous"), status=400)
    return found[0]


def address_of(subject: Subject) -> str:
    """The one name under which this subject is found again: its uid, or its URI where it is lot and unit."""
    both = subject.lot is not None and subject.unit is not None
    return subject.uri if both or not subject.uid else subject.uid


def page(subject: Subject, filters: Filters) -> TracePage:
    """The trace of ``subject`` with everything around it. Raises Refused for a sequence not decided yet."""
    answer = queries.trace(subject, filters.direction, as_of=filters.as_of)
    everything = rows(answer)
    lot = Lot.objects.select_related("item").get(pk=subject.lot) if subject.lot else None
    kept = [row for row in everything if matches(row, filters)]
    if filters.site:
        there = sites.lots_at(movements(answer, lot), filters.site)
        kept = [row for row in kept if row.lot.id in there]
    lots_page = Paginator(kept, LOTS_SHOWN).get_page(filters.page)
    locate(lots_page.object_list)
    kinds = Counter(event.kind for event in answer.events)
    events = [event for event in answer.events if filters.kind in ("", event.kind)]
    return TracePage(
        trace=answer,
        lot=lot,
        status=lot_queries.statuses([lot])[lot.pk] if lot else "",
        recorded_at=facts.recorded_at(answer.as_of),
        balance=facts.balance(lot.pk, as_of=answer.as_of) if lot else None,
        where=facts.whereabouts([lot.pk])[lot.pk] if lot else Whereabouts(),
        lots=kept,
        lots_page=lots_page,
        events_page=Paginator(events, EVENTS_SHOWN).get_page(filters.events_page),
        kinds=sorted(kinds.items()),
        customers=partners(answer, lot, forward=True),
        suppliers=partners(answer, lot, forward=False),
        items=sorted({(row.lot.item, row.lot.item_name) for row in everything}, key=lambda one: one[1]),
        deepest=max((row.lot.depth for row in everything), default=0),
        behind=_total(everything, "back"),
        ahead=_total(everything, "forward"),
    )


def movements(answer: Trace, lot: Lot | None) -> list[moves.Moved]:
    """What moved of every lot of a trace, the subject among them."""
    return moves.read(members(answer, lot), as_of=answer.as_of)


def members(answer: Trace, lot: Lot | None) -> dict[int, TracedLot]:
    """Every lot of a trace by its key, the subject among them."""
    return moves.of_trace(answer, None if lot is None else _traced(lot, "forward"))


def by_site(shown: TracePage) -> list[sites.Group]:
    """The trace by site, from suppliers to customers."""
    return sites.by_site(movements(shown.trace, shown.lot), members(shown.trace, shown.lot))


def substance(shown: TracePage) -> dict[str, Any]:
    """What a printed page's checksum covers: what was traced, as of when, and every lot and partner with sums."""
    answer = shown.trace
    sides = {"customers": answer.customers, "suppliers": answer.suppliers}
    return {
        "subject": address_of(answer.subject),
        "as_of": answer.as_of,
        "lots": sorted((row.lot.uid, row.lot.side, row.lot.quantity) for row in shown.lots),
        **{side: sorted((one.name, *one.quantities) for one in rows) for side, rows in sides.items()},
    }


def by_mass(shown: TracePage) -> flows.Flows:
    """The flows of the trace, in kilograms."""
    lots = members(shown.trace, shown.lot)
    return flows.flows(movements(shown.trace, shown.lot), lots, as_of=shown.trace.as_of)


def _total(everything: Iterable[LotRow], side: str) -> SideTotal:
    found = Counter(row.status for row in everything if row.lot.side == side and row.lot.depth)
    unfree = [(found[status], status) for status in STATUSES if found[status] and status != "released"]
    return SideTotal(found.total(), unfree)


def rows(answer: Trace) -> list[LotRow]:
    """Every lot of a trace with its status at present."""
    known = facts.statuses(answer.lots)
    return [LotRow(lot, known[lot.id]) for lot in answer.lots]


def matches(row: LotRow, filters: Filters) -> bool:
    """Whether a lot passes the filters."""
    lot = row.lot
    return (
        filters.item in ("", lot.item)
        and filters.side in ("", lot.side)
        and (filters.depth is None or lot.depth <= filters.depth)
        and filters.status in ("", row.status)
        and filters.text.casefold() in lot.lot.casefold()
    )


def locate(many: Iterable[LotRow]) -> None:
    """Fill in where these lots are at present."""
    wanted = list(many)
    found = facts.whereabouts({row.lot.id for row in wanted})
    for row in wanted:
        row.where = found[row.lot.id]


def partners(answer: Trace, lot: Lot | None, *, forward: bool) -> list[PartnerRow]:
    """Customers (``forward``) or suppliers with their lots, at most ``DEALS_SHOWN`` listed for each."""
    found = {
        one.id: PartnerRow(one)
        for one in sorted(
            answer.customers if forward else answer.suppliers, key=lambda one: (-one.lots, one.name)
        )
    }
    for deal, traced in deals(answer, lot, forward=forward):
        row = found.get(deal.partner)
        if row is not None and len(row.deals) < DEALS_SHOWN:
            row.deals.append(DealRow(traced, deal.quantity))
    return list(found.values())


def deals(answer: Trace, lot: Lot | None, *, forward: bool) -> list[tuple[Crossed, TracedLot]]:
    """Which lot each partner gave or got, the subject's own first."""
    if not (answer.customers if forward else answer.suppliers):
        return []
    side = "forward" if forward else "back"
    traced = {one.id: one for one in answer.lots if one.side == side}
    if lot is not None:
        traced[lot.pk] = _traced(lot, side)
    crossed = facts.crossed(traced, forward=forward, as_of=answer.as_of)
    found = [(deal, traced[deal.lot]) for deal in crossed]
    return sorted(found, key=lambda pair: (pair[0].name, pair[1].depth, pair[1].item, pair[1].lot))


def _traced(lot: Lot, side: str) -> TracedLot:
    """The subject as a lot of its own trace."""
    return TracedLot(
        id=lot.pk,
        uid=str(lot.uid),
        item=lot.item.code,
        item_name=lot.item.name,
        lot=lot.number,
        kind=lot.kind,
        uri=lot.uri or "",
        side=side,
        depth=0,
        quantity=None,
        unit=lot.item.unit,
        scale=lot.item.scale,
        expires_on=lot.expires_on,
        held=lot.held,
    )


# -- the picture --------------------------------------------------------------------------------------


def drawing(subject: Subject, filters: Filters) -> tuple[int, graph.Drawing]:
    """The bounded picture of a trace, and the sequence it was read at."""
    answer = queries.trace(subject, filters.direction, as_of=filters.as_of, events=False)
    return answer.as_of, graph.draw(picture(answer, filters), expand=filters.expand)


def picture(answer: Trace, filters: Filters) -> graph.Picture:
    """A trace as things and edges; ``filters.depth`` cuts it, the other filters let the rest fade."""
    subject = answer.subject
    lot = Lot.objects.select_related("item").get(pk=subject.lot) if subject.lot else None
    main = 2 * subject.lot if subject.lot is not None else 2 * (subject.unit or 0) + 1
    seeds = {main} | {2 * one.id for one in answer.lots if one.depth == 0}
    if subject.unit is not None:
        seeds.add(2 * subject.unit + 1)
    kept = [one for one in answer.lots if filters.depth is None or one.depth <= filters.depth]
    edges = _cut(answer, {2 * one.id for one in kept} | seeds, seeds, filters.depth)
    things = _things(kept, answer, lot, filters)
    ends = {node for edge in edges for node in edge} | {node for node in seeds if node % 2}
    for node, vessel in facts.vessels(ends).items():
        things[node] = graph.Thing(node, vessel.kind, vessel.name, uid=vessel.uid)
    return graph.Picture(
        main=main,
        seeds=frozenset(node for node in seeds if node in things),
        things=things,
        edges=edges,
        ahead=[2 * one.id for one in kept if one.side == "forward"],
        behind=[2 * one.id for one in kept if one.side == "back"],
        amounts=_amounts(edges, kept, lot, answer.as_of),
        deals=[
            graph.Deal(
                word, deal.partner, deal.name, 2 * deal.lot, deal.quantity, one.unit, one.scale, deal.uid
            )
            for word, forward in (("supplier", False), ("customer", True))
            for deal, one in deals(answer, lot, forward=forward)
        ],
    )


def _cut(answer: Trace, lots: set[int], seeds: set[int], depth: int | None) -> list[tuple[int, int]]:
    """The edges between kept lots; a run beyond the last lots kept goes too."""
    if depth is None:
        return answer.edges
    inner = {2 * one.id for one in answer.lots if one.depth < depth} | (seeds if depth else set())
    runs = {
        node
        for edge in answer.edges
        for node, other in (edge, edge[::-1])
        if node % 2 and (other in inner or other % 2)
    }
    kept = lots | runs
    return [edge for edge in answer.edges if edge[0] in kept and edge[1] in kept]


def _things(
    kept: Iterable[TracedLot], answer: Trace, lot: Lot | None, filters: Filters
) -> dict[int, graph.Thing]:
    shown = list(kept)
    status = facts.statuses(shown)
    things: dict[int, graph.Thing] = {}
    for one in shown:
        passes = matches(LotRow(one, status[one.id]), filters)
        known = things.get(2 * one.id)
        things[2 * one.id] = graph.Thing(
            node=2 * one.id,
            kind="lot",
            label=one.item_name,
            number=one.lot,
            item=one.item,
            uid=one.uid,
            status=status[one.id],
            quantity=one.quantity,
            unit=one.unit,
            scale=one.scale,
            matches=passes or (known is not None and known.matches),
        )
    if lot is not None:
        things[2 * lot.pk] = graph.Thing(
            node=2 * lot.pk,
            kind="lot",
            label=lot.item.name,
            number=lot.number,
            item=lot.item.code,
            uid=str(lot.uid),
            status=lot_queries.statuses([lot])[lot.pk],
            quantity=facts.balance(lot.pk, as_of=answer.as_of).total or None,
            unit=lot.item.unit,
            scale=lot.item.scale,
        )
    return things


def _amounts(
    edges: Iterable[tuple[int, int]], kept: Iterable[TracedLot], lot: Lot | None, as_of: int
) -> dict[tuple[int, int], tuple[int, str, int]]:
    """How much went along each edge between a lot and a run."""
    units = {one.id: (one.unit, one.scale) for one in kept}
    if lot is not None:
        units[lot.pk] = (lot.item.unit, lot.item.scale)
    wanted = set(edges)
    runs = sorted({node // 2 for edge in wanted for node in edge if node % 2})
    found: dict[tuple[int, int], tuple[int, str, int]] = {}
    for inputs in (True, False):
        for run, other, quantity in engine.run_quantities(runs, inputs=inputs, as_of=as_of) if runs else []:
            edge = (2 * other, 2 * run + 1) if inputs else (2 * run + 1, 2 * other)
            if edge in wanted and other in units:
                found[edge] = (quantity, *units[other])
    return found


# -- the panel of the lot page ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relative:
    """A lot one run up or down, with the run between."""

    lot: Lot
    status: str
    run: str
    quantity: int | None


@dataclass(slots=True)
class Family:
    """The nearest of a lot, both ways, and the partners it came from and went to directly."""

    lot: Lot
    parents: list[Relative]
    children: list[Relative]
    parents_count: int
    children_count: int
    suppliers: list[Crossed]
    customers: list[Crossed]


RELATIVES_SHOWN = 12


def family(uid: str) -> Family:
    """One step up and down from a lot. Raises NotFound."""
    lot = lot_queries.lot(uid)
    as_of = engine.watermark()
    up = facts.neighbours(lot.pk, forward=False, as_of=as_of)
    down = facts.neighbours(lot.pk, forward=True, as_of=as_of)
    shown = [*up[:RELATIVES_SHOWN], *down[:RELATIVES_SHOWN]]
    lots = {one.pk: one for one in Lot.objects.filter(pk__in=[n.lot for n in shown]).select_related("item")}
    status = lot_queries.statuses(lots.values())
    runs = facts.vessels([one.run for one in shown])

    def relatives(found: list[facts.Neighbour]) -> list[Relative]:
        return [
            Relative(
                lots[one.lot], status[one.lot], runs[one.run].name if one.run in runs else "", one.quantity
            )
            for one in found[:RELATIVES_SHOWN]
        ]

    return Family(
        lot=lot,
        parents=relatives(up),
        children=relatives(down),
        parents_count=len(up),
        children_count=len(down),
        suppliers=facts.crossed([lot.pk], forward=False, as_of=as_of),
        customers=facts.crossed([lot.pk], forward=True, as_of=as_of),
    )
