"""Everything a document's page shows, and what waits for somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse

from lotbook.foundation.approvals import queries as approvals
from lotbook.foundation.approvals.models import Approval
from lotbook.foundation.documents import queries as steps
from lotbook.foundation.documents.queries import TimelineEntry
from lotbook.foundation.places import queries as places
from lotbook.kernel.permissions import allowed
from lotbook.operations.transfers import rules
from lotbook.operations.transfers.models import (
    Arrival,
    Load,
    Pick,
    RequestLine,
    StockRequest,
    Transfer,
    TransferLine,
)
from lotbook.operations.transfers.queries import documents, progress
from lotbook.traceability.ledger import queries as ledger


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line of a request with how far it is, in smallest units."""

    line: RequestLine
    planned: int
    sent: int

    @property
    def approved(self) -> int | None:
        """What was approved; None while nobody has decided."""
        return self.line.approved

    @property
    def left(self) -> int:
        """What is approved and not under way yet."""
        return max((self.line.approved or 0) - self.planned, 0)


@dataclass(slots=True)
class RequestPage:
    """A request as its page shows it."""

    request: StockRequest
    lines: list[AskedLine]
    transfers: list[Transfer]
    approval: Approval | None
    deciders: list[str]
    timeline: list[TimelineEntry]

    @property
    def open(self) -> bool:
        """Whether something approved is still to be planned."""
        fits = self.request.status in ("approved", "picking", "in_transit") and not self.request.closed
        return fits and any(line.left for line in self.lines)


def request_page(uid: UUID | str) -> RequestPage:
    """A request with its lines, transfers, approval and timeline."""
    row = documents.request(uid)
    lines = list(row.lines.select_related("item"))
    moved = progress.sent_of(lines)
    approval = approvals.of("transfers.request", row.uid)
    pending = approval is not None and approval.status == "pending"
    return RequestPage(
        request=row,
        lines=[AskedLine(line, *moved[line.pk]) for line in lines],
        transfers=list(Transfer.objects.filter(request=row).select_related("source", "destination")),
        approval=approval,
        deciders=approvals.deciders(approval) if approval is not None and pending else [],
        timeline=steps.timeline(row.uid),
    )


@dataclass(slots=True)
class PickRow:
    """A pick with what became of it, in smallest units."""

    pick: Pick
    sums: dict[str, int]
    path: str = ""

    @property
    def open(self) -> int:
        """What of it is on the way and not settled."""
        if self.pick.sent_event is None:
            return 0
        return self.pick.quantity - progress.done_of(self.sums) - self.sums.get("pending", 0)

    @property
    def another(self) -> bool:
        """Whether another lot than the suggested one was taken."""
        return self.pick.suggested_lot_id not in (None, self.pick.lot_id)

    @property
    def lost_reservation(self) -> bool:
        """Whether it is loose, not sent, and not reserved: somebody has to look."""
        one = self.pick
        return one.claim is None and one.load_id is None and one.sent_event is None and one.quantity > 0


@dataclass(frozen=True, slots=True)
class SentLine:
    """A line of a transfer with how far it is, in smallest units."""

    line: TransferLine
    reserved: int
    picked: int
    sent: int

    @property
    def left(self) -> int:
        """What no pick covers yet."""
        return max(self.line.quantity - self.reserved, 0)


@dataclass(slots=True)
class TransferPage:
    """A transfer as its page shows it."""

    transfer: Transfer
    lines: list[SentLine]
    picks: list[PickRow]
    loads: list[Load]
    arrivals: list[Arrival]
    in_transit: list[ledger.Standing]
    timeline: list[TimelineEntry]
    pending: dict[UUID, Approval] = field(default_factory=dict)

    @property
    def unsent(self) -> bool:
        """Whether nothing has left yet."""
        return self.transfer.status in rules.UNSENT

    @property
    def on_the_way(self) -> bool:
        """Whether goods are in transit."""
        return self.transfer.status in rules.ON_THE_WAY

    @property
    def can_take_back(self) -> bool:
        """Whether a sending, receipt or settlement can be taken back."""
        return self.on_the_way or any(one.state == "done" for one in self.arrivals)

    @property
    def left(self) -> bool:
        """Whether something is neither reserved nor picked."""
        return any(line.left for line in self.lines) or any(not load.picks.all() for load in self.loads)

    @property
    def to_pick(self) -> list[PickRow]:
        """What is reserved and not picked."""
        return [row for row in self.picks if row.pick.picked_at is None]

    @property
    def next(self) -> tuple[str, str] | None:
        """The next act: (name of its page, words); None when nothing is left to do."""
        status = self.transfer.status
        if status == "open" or (status == "picking" and not self.to_pick):
            return "start", "Reserve and start picking"
        known = {
            "picking": ("pick", "Pick"),
            "picked": ("send", "Send"),
            "in_transit": ("receive", "Receive"),
            "short": ("receive", "Receive the rest"),
        }
        return known.get(status)


def transfer_page(uid: UUID | str) -> TransferPage:
    """A transfer with its lines, picks in walking order, what is in transit, and its timeline."""
    row = documents.transfer(uid)
    picks = pick_rows(row)
    by_line: dict[int, list[Pick]] = defaultdict(list)
    for one in picks:
        if one.pick.line_id is not None:
            by_line[one.pick.line_id].append(one.pick)
    arrivals = list(
        Arrival.objects.filter(transfer=row).select_related("pick__lot__item", "place").order_by("pk")
    )
    inside = places.subtree_ids(row.transit_id) if row.transit_id else []
    return TransferPage(
        transfer=row,
        lines=[_sent_line(line, by_line[line.pk]) for line in row.lines.select_related("item", "lot")],
        picks=picks,
        loads=list(row.loads.select_related("unit", "stood_in").prefetch_related("picks")),
        arrivals=arrivals,
        in_transit=ledger.balances(places=inside) if inside else [],
        timeline=steps.timeline(row.uid),
        pending=_pending(arrivals),
    )


def _pending(arrivals: Iterable[Arrival]) -> dict[UUID, Approval]:
    waiting = [one.uid for one in arrivals if one.state == "pending"]
    found = {uid: approvals.of("transfers.difference", uid) for uid in waiting}
    return {uid: one for uid, one in found.items() if one is not None}


def _sent_line(line: TransferLine, picks: list[Pick]) -> SentLine:
    return SentLine(
        line=line,
        reserved=sum(one.quantity for one in picks),
        picked=sum(one.quantity for one in picks if one.picked_at is not None),
        sent=sum(one.quantity for one in picks if one.sent_event is not None),
    )


def pick_rows(row: Transfer) -> list[PickRow]:
    """The pick list in walking order: as the tree of places goes, by item and lot."""
    picks = list(
        Pick.objects.filter(transfer=row).select_related(
            "lot__item", "suggested_lot", "place__parent", "load__unit", "line"
        )
    )
    order = {node.place.pk: index for index, node in enumerate(places.tree())}
    sums = progress.settled(picks)

    def walk(one: Pick) -> tuple[int, str, int]:
        at = order.get(one.place_id, order.get(one.place.parent_id or 0, len(order)))
        return at, one.lot.item.code, one.pk

    return [PickRow(one, dict(sums[one.pk])) for one in sorted(picks, key=walk)]


# -- what waits for me -----------------------------------------------------------------------------

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """Documents that wait for the same act: its heading, the documents, and where all of them are listed."""

    title: str
    page: str
    rows: list[Any]
    count: int
    all: str


def waiting(request: Any) -> list[Waiting]:
    """What waits for the person: to decide, to plan, to pick, to send, to receive, to settle; own drafts."""
    found = []
    groups: list[tuple[str, str, str, str, str]] = [
        ("To approve", "request", "approvals.decide", "asked", "requests"),
        ("To plan a transfer for", "request", "transfers.post", "approved", "requests"),
        ("To pick", "transfer", "transfers.post", "open", "transfers"),
        ("Being picked", "transfer", "transfers.post", "picking", "transfers"),
        ("To send", "transfer", "transfers.post", "picked", "transfers"),
        ("To receive", "transfer", "transfers.post", "in_transit", "transfers"),
        ("With a difference to settle", "transfer", "transfers.post", "short", "transfers"),
    ]
    for title, page, permission, status, listed in groups:
        if not allowed(request, permission):
            continue
        rows = documents.requests(status=status) if page == "request" else documents.transfers(status=status)
        if permission == "approvals.decide":
            mine = (
                approvals.inbox(request.user)
                .filter(kind="transfers.request")
                .values_list("subject", flat=True)
            )
            rows = rows.filter(uid__in=list(mine))
        count = rows.order_by().count()
        if count:
            first = list(rows.order_by("needed_on", "pk")[:SHOWN])
            url = f"{reverse(f'transfers:{listed}')}?status={status}"
            found.append(Waiting(title, page, first, count, url))
    return found
