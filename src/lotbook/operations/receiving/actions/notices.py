"""Advance shipping notices: what a supplier says is on its way, pallet by pallet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import rules as place_rules
from lotbook.kernel import clock, history
from lotbook.kernel.errors import Conflict, Fault, NotFound, Refused
from lotbook.operations.receiving import queries, rules
from lotbook.operations.receiving.actions.keeping import NOTICE, kept_once
from lotbook.operations.receiving.actions.orders import SITES
from lotbook.operations.receiving.models import (
    OPEN,
    Notice,
    NoticeLine,
    NoticeStatus,
    NoticeUnit,
    OrderLine,
    OrderStatus,
)
from lotbook.operations.receiving.rules import Announced
from lotbook.standards.gs1.checks import check_digit, is_digits
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading, moment_at

WITHOUT_CHECK_DIGIT = 17


@dataclass(slots=True)
class _Coming:
    """A line that was understood."""

    row: NoticeLine
    sscc: str
    pallet: str
    where: str


def create_notice(
    *,
    actor: str,
    supplier: Named,
    site: Named,
    lines: Sequence[Announced],
    number: str = "",
    expected_at: datetime | None = None,
    carrier: str = "",
    note: str = "",
    uid: UUID | None = None,
) -> Notice:
    """Write down what is on its way; the number is the supplier's, or the next of ours (ASN-2027-00001).

    Lines with the same ``sscc`` are in the same logistic unit, units with the same ``pallet`` on the same
    pallet. Raises Refused with every fault, those of lines as ``lines/<i>/<field>``; Conflict when the
    supplier has such a notice already. The same ``uid`` makes one notice.
    """
    digest = words.asked(
        act="notice", supplier=supplier, site=site, lines=list(lines), number=number, expected=expected_at,
        carrier=carrier, note=note,
    )  # fmt: skip

    def make(own: UUID) -> Notice:
        reading = Reading()
        partner = reading.partner("supplier", supplier, "supplier")
        where = reading.place("site", site, kinds=SITES)
        truck = reading.partner("carrier", carrier, "carrier") if carrier else None
        wanted = reading.text("number", number, 60)
        said = reading.text("note", note, 2000, lines=True)
        reading.day("expected_at", expected_at.date() if expected_at else None)
        rows = _lines(reading, lines, partner.pk if partner else 0)
        parents = _parents(reading, rows)
        reading.done()
        assert partner is not None
        assert where is not None
        notice = Notice(
            uid=own, number=wanted or documents.next_number("ASN"), supplier=partner, site=where,
            carrier=truck, expected_at=moment_at(where, expected_at) if expected_at else None, note=said,
            created_at=clock.now(), created_by=actor, asked=digest,
        )  # fmt: skip
        taken = f"{partner.name} has a shipping notice {notice.number} already."
        with history.unique("number", taken, "Open it from the list."):
            notice.save()
        _save(notice, rows, parents)
        documents.record(notice.uid, NOTICE, "announced", actor=actor, text=_many(len(rows), len(parents)))
        return notice

    return kept_once(Notice, uid, digest, make)


@transaction.atomic
def cancel_notice(*, actor: str, notice: UUID | str, reason: str) -> Notice:
    """The truck does not come; refused once something of it has."""
    found = locked(notice)
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    reading.done()
    if found.status == NoticeStatus.CANCELLED:
        return found
    if found.status != NoticeStatus.ANNOUNCED:
        state = NoticeStatus(found.status).label.lower()
        cause = f"{found.number} is {state}: it cannot be cancelled."
        raise Conflict(Fault("notice", cause, "Record what is missing in a receipt.", "state"))
    found.status = NoticeStatus.CANCELLED
    found.save(update_fields=["status"])
    documents.record(found.uid, NOTICE, "cancelled", actor=actor, reason=why)
    return found


def read_sscc(text: str) -> str:
    """The 18 digits somebody typed or scanned; raises Refused."""
    reading = Reading()
    number = _sscc(reading, "sscc", text)
    if not number and not reading.faults:
        reading.fault("sscc", "is empty.", "Scan the pallet label.", "required")
    reading.done()
    return number


def locked(name: UUID | str) -> Notice:
    """The notice, locked until the transaction ends; raises NotFound."""
    rows = Notice.objects.select_for_update(of=("self",)).select_related("supplier", "site", "carrier")
    return rows.get(pk=queries.notice(name).pk)


# -- what the lines say ----------------------------------------------------------------------------


def _lines(reading: Reading, lines: Sequence[Announced], supplier: int) -> list[_Coming]:
    reading.some(lines)
    orders = _Orders(reading, supplier)
    rows = []
    for index, line in enumerate(lines[: words.LINES_MAX]):
        where = f"lines/{index}"
        item = reading.item(f"{where}/item", line.item)
        facts = _facts(reading, where, line)
        lot = reading.text(f"{where}/lot", line.lot, 500)
        theirs = reading.text(f"{where}/supplier_lot", line.supplier_lot, 120)
        sscc = _sscc(reading, f"{where}/sscc", line.sscc)
        pallet = _sscc(reading, f"{where}/pallet", line.pallet)
        if pallet and (not sscc or pallet == sscc):
            # What stands on the pallet itself, in no case of its own.
            sscc, pallet = pallet, ""
        if item is None:
            continue
        if item.tracking == "none" and lot:
            reading.fault(f"{where}/lot", f"{item.code} is not tracked by lot.", "Leave the lot out.")
        amount = line.quantity if line.quantity or item.tracking != "serial" else "1"
        quantity = reading.quantity(where, item, amount, line.unit)
        if quantity is not None and item.tracking == "serial" and lot and quantity != 10**item.scale:
            reading.fault(f"{where}/quantity", "a serial is exactly 1.", "Give each serial a line.")
        ordered = orders.line(where, line, item.pk)
        if quantity is not None:
            row = NoticeLine(
                position=index + 1, item=item, lot=lot, supplier_lot=theirs, quantity=quantity, facts=facts,
                order_line=ordered,
            )  # fmt: skip
            rows.append(_Coming(row, sscc, pallet, where))
    return rows


def _facts(reading: Reading, where: str, line: Announced) -> dict[str, Any]:
    # What is on its way may have been made today in another time zone: nobody's day is checked here.
    try:
        read = rules.facts(line, date.max)
    except Refused as refusal:
        reading.faults += [fault.under(where) for fault in refusal.faults]
        return {}
    read.pop("supplier_lot", None)
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in read.items() if value
    }


def _sscc(reading: Reading, field: str, text: str) -> str:
    bare = reading.text(field, text, 60).replace(" ", "").removeprefix("(00)")
    if not bare:
        return ""
    if len(bare) == WITHOUT_CHECK_DIGIT and is_digits(bare):
        return bare + check_digit(bare)
    try:
        return place_rules.sscc(bare)
    except Refused as refusal:
        reading.faults += [Fault(field, fault.cause, fault.remedy, fault.code) for fault in refusal.faults]
        return ""


class _Orders:
    """The orders a notice is for, each looked up once."""

    def __init__(self, reading: Reading, supplier: int) -> None:
        self.reading, self.supplier = reading, supplier
        self._known: dict[str, list[OrderLine] | None] = {}

    def line(self, where: str, line: Announced, item: int) -> OrderLine | None:
        """The order line a line is for: the one named, else the order's first of that item."""
        number = self.reading.text(f"{where}/order", line.order, 60)
        position = self.reading.whole(f"{where}/order_line", line.order_line, 1, 100_000)
        if not number:
            return None
        if number not in self._known:
            self._known[number] = self._rows(f"{where}/order", number)
        rows = self._known[number]
        if rows is None:
            return None
        fitting = [row for row in rows if row.item_id == item and position in (None, row.position)]
        if fitting:
            return fitting[0]
        at = f" in line {position}" if position else ""
        cause = f"{number} does not order this item{at}."
        self.reading.fault(f"{where}/item", cause, "Check the order.")
        return None

    def _rows(self, field: str, number: str) -> list[OrderLine] | None:
        try:
            order = queries.order(number)
        except NotFound as refusal:
            self.reading.fault(field, refusal.faults[0].cause, refusal.faults[0].remedy, "unknown")
            return None
        if order.supplier_id != self.supplier:
            self.reading.fault(field, f"{number} is an order to {order.supplier}.", "Check the number.")
        elif order.status not in (*OPEN, OrderStatus.RECEIVED):
            state = OrderStatus(order.status).label.lower()
            self.reading.fault(field, f"{number} is {state}.", "Send it first, or leave it out.")
        else:
            return [row for row in queries.order_lines(order) if not row.cancelled]
        return None


def _parents(reading: Reading, rows: Iterable[_Coming]) -> dict[str, str]:
    """SSCC → the pallet it stands on ("": by itself); every pallet is in it too."""
    parents: dict[str, str] = {}
    for row in rows:
        for sscc, pallet in ((row.sscc, row.pallet), (row.pallet, "")):
            if not sscc:
                continue
            if pallet and parents.get(sscc) not in (None, "", pallet):
                cause = f"{sscc} stands on two pallets."
                reading.fault(f"{row.where}/pallet", cause, "A logistic unit stands on one.")
            parents[sscc] = pallet or parents.get(sscc, "")
    for sscc, pallet in parents.items():
        if pallet and parents.get(pallet):
            cause = f"pallet {pallet} stands on {parents[pallet]} itself, and holds {sscc}."
            reading.fault("lines", cause, "A notice has pallets and what stands on them.")
    return parents


def _save(notice: Notice, rows: Sequence[_Coming], parents: dict[str, str]) -> None:
    units = {
        sscc: NoticeUnit.objects.create(notice=notice, sscc=sscc)
        for sscc, pallet in parents.items()
        if not pallet
    }
    inner = [
        NoticeUnit(notice=notice, sscc=sscc, parent=units[pallet])
        for sscc, pallet in parents.items()
        if pallet
    ]
    NoticeUnit.objects.bulk_create(inner)
    units |= {unit.sscc: unit for unit in NoticeUnit.objects.filter(notice=notice)}
    for one in rows:
        one.row.notice = notice
        one.row.unit = units.get(one.sscc)
    NoticeLine.objects.bulk_create([one.row for one in rows])


def _many(lines: int, units: int) -> str:
    said = f"{lines} line{'s' if lines != 1 else ''}"
    return f"{said}, {units} logistic unit{'s' if units != 1 else ''}" if units else said
