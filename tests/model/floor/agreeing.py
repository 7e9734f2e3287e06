"""What has to agree: documents with the ledger, what is free with who used it, the trace, the messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.approvals.models import Approval
from lotbook.foundation.places import queries as places
from lotbook.kernel import sql
from lotbook.kernel.models import OutboxMessage
from lotbook.operations.counting.models import Count
from lotbook.operations.production.models import Order as ProductionOrder
from lotbook.operations.production.models import Run
from lotbook.operations.receiving.models import Arrival as Receipt
from lotbook.operations.receiving.models import ArrivalLine, Notice, NoticeLine, NoticeUnit
from lotbook.operations.receiving.models import Order as Purchase
from lotbook.operations.receiving.models import OrderLine as PurchaseLine
from lotbook.operations.shipping import rules as shipping
from lotbook.operations.shipping.models import Order, Return, Shipment, ShipmentLine
from lotbook.operations.shipping.models import Pick as Picked
from lotbook.operations.transfers.models import Arrival, Pick, StockRequest, Transfer
from lotbook.operations.transfers.queries import progress
from lotbook.operations.warehouse.models import Adjustment
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.check import check
from lotbook.traceability.trace import queries as traces
from tests.model.floor.counting import differences
from tests.model.floor.floor import Floor

Sums = dict[Any, int]


def whole(floor: Floor) -> None:
    """Everything, when everybody has gone home."""
    floor.deliver()
    documents(floor)
    free()
    messages()
    genealogy(floor)
    assert check().findings == []


def documents(floor: Floor) -> None:
    """Every document says what the ledger says; only where everybody has heard what happened."""
    if OutboxMessage.objects.filter(delivered_at=None).exists():
        return
    book = Book()
    receipts(book)
    shipments(book)
    transfers()
    runs(book)
    adjustments(book)
    approvals()


class Book:
    """What the ledger says of events and reservations, read once."""

    def __init__(self) -> None:
        self.moved: dict[UUID, Counter[int]] = defaultdict(Counter)
        """How much of each lot an event moved."""
        self.events: set[UUID] = set()
        self.reversed: set[UUID] = set()
        for uid, back, lot, quantity in sql.rows(
            "SELECT e.uid, r.sequence, m.lot_id, m.quantity FROM ledger_event e LEFT JOIN ledger_event r"
            " ON r.reverses_id = e.sequence LEFT JOIN ledger_movement m ON m.event_id = e.sequence"
        ):
            event = sql.to_uid(uid)
            self.events.add(event)
            if back is not None:
                self.reversed.add(event)
            if lot is not None:
                self.moved[event][lot] += quantity
        self.claims: Counter[tuple[UUID, int]] = Counter()
        self.claim: Sums = {}
        for key, document, line, quantity in sql.rows(
            "SELECT id, document, line, quantity FROM ledger_claim WHERE quantity > 0"
        ):
            self.claims[sql.to_uid(document), line] += quantity
            self.claim[key] = quantity

    def kept(self, document: UUID) -> int:
        """What is reserved for a document."""
        return sum(quantity for (uid, _), quantity in self.claims.items() if uid == document)


def _sums(rows: Iterable[tuple[Any, int]]) -> Sums:
    sums: Counter[Any] = Counter()
    for key, quantity in rows:
        sums[key] += quantity
    return sums


# -- receiving -------------------------------------------------------------------------------------


def receipts(book: Book) -> None:
    """What came for every line is what live receipts say, and they say what their events moved."""
    live = ArrivalLine.objects.filter(arrival__is_reversed=False)
    for model, name, amounts in (
        (PurchaseLine, "order_line", ("quantity", "refused")),
        (NoticeLine, "notice_line", ("quantity", "refused", "missing")),
    ):
        for amount in amounts:
            told = {"quantity": "received"}.get(amount, amount)
            sums = _sums(live.exclude(**{name: None}).values_list(name, amount))
            for line in model.objects.all():
                assert getattr(line, told) == sums.get(line.pk, 0), (name, line.pk, told)
    for one in Receipt.objects.all():
        assert one.is_reversed == (one.event in book.reversed), one.pk
        items = dict(sql.rows("SELECT id, item_id FROM lots_lot"))
        came = _sums(ArrivalLine.objects.filter(arrival=one).values_list("item", "quantity"))
        moved = _sums((items[lot], quantity) for lot, quantity in book.moved[one.event].items())
        assert {item: much for item, much in came.items() if much} == moved, one.pk
    assert not NoticeUnit.objects.filter(arrival__is_reversed=True).exists()
    for order in Purchase.objects.exclude(status__in=("draft", "closed", "cancelled")):
        assert order.status == _came(list(order.lines.select_related("item"))), order.number
    for notice in Notice.objects.exclude(status="cancelled"):
        lines = list(notice.lines.all())
        done = [line.received + line.refused + line.missing for line in lines]
        full = all(some >= line.quantity for some, line in zip(done, lines, strict=True))
        status = "received" if full else "partly" if any(done) else "announced"
        assert notice.status == status, notice.number


def _came(lines: list[PurchaseLine]) -> str:
    least = [line.quantity * (95 if line.item.code == "SALT" else 100) // 100 for line in lines]
    if all(line.received and line.received >= much for line, much in zip(lines, least, strict=True)):
        return "received"
    return "partly" if any(line.received for line in lines) else "sent"


# -- shipping --------------------------------------------------------------------------------------


def shipments(book: Book) -> None:
    """Lines repeat reservations, picks and shipments; shipments say what their events moved."""
    gone = _sums(
        ShipmentLine.objects.exclude(line=None)
        .exclude(shipment__status="reversed")
        .values_list("line", "quantity")
    )
    hand: Counter[int] = Counter()
    for pick in Picked.objects.filter(done_at=None):
        assert pick.quantity <= book.claim.get(pick.claim, 0), "picked and not reserved"
        hand[pick.line_id] += pick.quantity
    for order in Order.objects.all():
        amounts = []
        for line in order.lines.all():
            kept = book.claims[order.uid, line.number]
            said = (line.allocated, line.picked, line.shipped)
            assert said == (kept, hand[line.pk], gone.get(line.pk, 0)), (order.number, line.number)
            # Nobody keeps goods from others that he does not want any more.
            assert not kept or kept + line.shipped <= line.quantity, (order.number, line.number, kept)
            if not line.cancelled:
                amounts.append(shipping.Amounts(line.quantity, *said))
        ended = order.status in ("shipped", "delivered", "closed", "cancelled")
        assert not (ended and book.kept(order.uid)), order.number
        delivered = order.status == "delivered"
        status = shipping.status_of(order.status, amounts, delivered=delivered)
        assert order.status == status, order.number
    for one in Shipment.objects.all():
        assert (one.status == "reversed") == (one.event in book.reversed), one.number
        assert _sums(one.lines.values_list("lot", "quantity")) == book.moved[one.event], one.number
    for back in Return.objects.all():
        assert back.is_reversed == (back.event in book.reversed), back.number


# -- transfers -------------------------------------------------------------------------------------


def transfers() -> None:
    """What left is settled or on the way; who is done keeps nothing; requests follow."""
    open_ = dict(sql.rows("SELECT id, quantity FROM ledger_claim WHERE quantity > 0"))
    for row in Transfer.objects.select_related("transit"):
        picks = list(Pick.objects.filter(transfer=row))
        sums = progress.settled(picks)
        sent = [one for one in picks if one.sent_event is not None]
        gone = sum(one.quantity for one in sent)
        settled = sum(progress.done_of(sums[one.pk]) for one in sent)
        inside = places.subtree_ids(row.transit_id) if row.transit_id else []
        moving = sum(one.on_hand for one in ledger.balances(places=inside)) if inside else 0
        assert gone == settled + moving, (row.number, gone, settled, moving)
        assert row.status == progress.transfer_status(row), row.number
        for one in picks:
            if one.claim is not None and one.sent_event is None and row.status != "cancelled":
                assert open_.get(one.claim) == one.quantity, (row.number, one.pk)
        if row.status in ("received", "differences", "cancelled"):
            kept = sql.rows(
                "SELECT count(*) FROM ledger_claim WHERE document = %s AND quantity > 0",
                [row.uid if sql.is_postgres() else row.uid.hex],
            )
            assert kept == [(0,)], row.number
    for asked in StockRequest.objects.exclude(status__in=("draft", "asked", "refused", "cancelled")):
        assert asked.status == progress.request_status(asked), asked.number


# -- production ------------------------------------------------------------------------------------


def runs(book: Book) -> None:
    """Who is done keeps nothing; who waits is waited for."""
    for order in ProductionOrder.objects.filter(status__in=("done", "cancelled")):
        assert not book.kept(order.uid), order.number
        assert not order.runs.filter(status="open").exists(), order.number
    for run in Run.objects.all():
        if run.status == "closed":
            assert not book.kept(run.uid), run.number
            assert not run.waiting, run.number
        pending = Approval.objects.filter(kind="production.yield", subject=run.uid, status="pending").exists()
        assert bool(run.waiting) == pending, run.number


# -- counts, adjustments, approvals ----------------------------------------------------------------


def adjustments(book: Book) -> None:
    """In the book is what was asked for, and nothing of what was refused or waits."""
    for one in Adjustment.objects.all():
        assert (one.uid in book.events) == (one.status == "posted"), one.number
        if one.status == "posted":
            asked = _sums((lot, abs(change)) for lot, _, change in one.changes)
            assert asked == book.moved[one.uid], one.number
    for count in Count.objects.all():
        if count.event is not None:
            assert count.status == "done", count.number
            off = sum(abs(much) for much in differences(count.uid).values())
            assert off == sum(book.moved[count.event].values()), count.number


def approvals() -> None:
    """Whatever waits for a yes is a document that waits, and the other way round."""
    pending: dict[str, set[UUID]] = defaultdict(set)
    for kind, subject in Approval.objects.filter(status="pending").values_list("kind", "subject"):
        pending[kind].add(subject)
    waiting = {
        "warehouse.adjust": Adjustment.objects.filter(status="waiting"),
        "counting.adjust": Count.objects.filter(status="waiting"),
        "transfers.difference": Arrival.objects.filter(state="pending"),
        "transfers.request": StockRequest.objects.filter(status="asked"),
    }
    for kind, rows in waiting.items():
        assert pending[kind] == set(rows.values_list("uid", flat=True)), kind


# -- what is free, the genealogy, the messages -----------------------------------------------------


def free() -> None:
    """Nobody used held or expired lots without an override on record, nor keeps any reserved."""
    events = {sql.to_uid(uid) for (uid,) in sql.rows("SELECT uid FROM ledger_event WHERE kind = 'override'")}
    used = sql.rows(
        "SELECT DISTINCT e.uid FROM ledger_event e JOIN ledger_movement m ON m.event_id = e.sequence"
        " JOIN places_place s ON s.id = m.source_id JOIN places_place d ON d.id = m.destination_id"
        " JOIN lots_hold h ON h.lot_id = m.lot_id WHERE s.own AND d.kind IN ('run', 'partner')"
        " AND e.kind <> 'reverse' AND h.placed_sequence < e.sequence"
        " AND (h.released_sequence IS NULL OR h.released_sequence > e.sequence)"
    )
    for (uid,) in used:
        assert uuid5(sql.to_uid(uid), "override") in events, uid
    kept = sql.rows(
        "SELECT c.id FROM ledger_claim c JOIN lots_hold h ON h.lot_id = c.lot_id"
        " WHERE c.quantity > 0 AND h.released_sequence IS NULL"
    )
    assert not kept, kept


def messages() -> None:
    """Every event was told of once; sequences are without gaps where one writer hands them out."""
    rows = [row for (row,) in sql.rows("SELECT sequence FROM ledger_event ORDER BY sequence")]
    told: Counter[int] = Counter()
    for message in OutboxMessage.objects.filter(topic="ledger.posted"):
        for first, last in message.payload["sequences"]:
            told.update(range(first, last + 1))
    assert set(told) >= set(rows), "an event nobody was told of"
    assert all(told[one] == 1 for one in rows), "an event that was told of twice"
    if not sql.is_postgres():
        assert rows == list(range(rows[0], rows[-1] + 1)), "the sequence has gaps"


def genealogy(floor: Floor) -> None:
    """The trace finds from every lot what a walk over the runs finds, both ways."""
    back = {sql.to_uid(uid) for (uid,) in sql.rows(
        "SELECT e.uid FROM ledger_event e JOIN ledger_event r ON r.reverses_id = e.sequence"
    )}  # fmt: skip
    went: dict[int, set[int]] = defaultdict(set)
    came: dict[int, set[int]] = defaultdict(set)
    for (event, run), (ins, outs) in floor.edges.items():
        if event not in back:
            for lot in ins:
                went[lot].add(run)
            came[run] |= outs
    made: dict[int, set[int]] = defaultdict(set)
    of: dict[int, set[int]] = defaultdict(set)
    for lot, into in went.items():
        made[lot] = {out for run in into for out in came[run]}
        for out in made[lot]:
            of[out].add(lot)
    names = dict(sql.rows("SELECT id, number FROM lots_lot ORDER BY id"))
    for lot, name in names.items():
        for steps, forward in ((made, True), (of, False)):
            found, walked = set(traces.affected([lot], forward=forward)), _walk(steps, lot)
            missing, more = ([names[one] for one in those] for those in (walked - found, found - walked))
            assert found == walked, f"{name} {'on' if forward else 'back'}: not {missing}, but {more}"


def _walk(steps: dict[int, set[int]], start: int) -> set[int]:
    found: set[int] = set()
    open_ = [start]
    while open_:
        for one in steps.get(open_.pop(), ()):
            if one not in found:
                found.add(one)
                open_.append(one)
    return found - {start}
