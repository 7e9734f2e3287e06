"""Receipts from suppliers, and returns to them: one event each, whatever the number of lots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Conflict, Refused
from lotbook.operations.receiving import rules
from lotbook.operations.receiving.rules import Line
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Receipt
from lotbook.traceability.lots import actions as lots
from lotbook.traceability.lots.models import Lot, LotKind

FILLED_ONCE = ("supplier_id", "received_on")
"""Facts a receipt brings by itself: a lot the book knows keeps its own."""


@dataclass(slots=True)
class Row:
    """A line that was understood: one lot or serial, and so much of it."""

    where: str
    line: Line
    item: Item
    number: str
    kind: int
    quantity: int
    place: Place
    facts: dict[str, Any]


def receive(
    *,
    supplier: Named,
    place: Named,
    lines: Sequence[Line],
    actor: str,
    document: str = "",
    document_kind: str = "delivery_note",
    carrier: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    note: str = "",
) -> Receipt:
    """Take goods in from ``supplier`` (code, GLN or uid) at ``place``: one event with all its lots.

    Lots the book does not know are made, with the line's facts; facts a known lot lacks are filled in.
    A line without a lot number gets one by the numbering rule; shelf life gives the expiry where only the
    production day is known. The same act under the same ``uid`` is done once.

    Raises Refused with every fault as ``lines/<i>/<field>``, Conflict where a line contradicts what the
    book says of its lot; nothing is saved then.
    """
    digest = words.asked(
        act="receive", supplier=supplier, place=place, lines=list(lines), document=document,
        kind=document_kind, carrier=carrier, occurred_at=occurred_at, note=note,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        came_from = reading.partner("supplier", supplier, "supplier")
        default = reading.place("place", place)
        at = moment_at(default, occurred_at)
        rows = list(_rows(reading, lines, default, at.date()))
        data = _data(reading, carrier=carrier, note=note)
        number = reading.text("document", document, 500)
        reading.done()
        assert came_from is not None
        _fill(rows, came_from, at.date(), actor)
        source = places.partner_place(came_from, actor=actor)
        draft = Draft(
            kind="receive",
            occurred_at=at,
            uid=event,
            moves=[
                Move(
                    LotRef(row.item.pk, row.number, row.kind, row.facts),
                    source.pk,
                    row.place.pk,
                    row.quantity,
                )
                for row in rows
            ],
            place=default.pk if default else None,
            document_kind=document_kind if number else "",
            document_number=number,
            data={**data, "asked": digest},
        )
        return post_lines(draft, actor=actor, at=[row.where for row in rows])

    return once(uid, digest, act)


def supplier_return(
    *,
    supplier: Named,
    lines: Sequence[words.Line],
    reason: str,
    actor: str,
    place: Named = "",
    document: str = "",
    carrier: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Send goods back to a supplier. A line's own place, else ``place``, says where they are taken from.

    Held or expired goods need ``override``, a reason (the caller checks ledger.override).
    Raises Refused with every fault as ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="supplier_return", supplier=supplier, lines=list(lines), reason=reason, place=place,
        document=document, carrier=carrier, occurred_at=occurred_at, override=override,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        goes_to = reading.partner("supplier", supplier, "supplier")
        default = reading.place("place", place) if place or not all(line.place for line in lines) else None
        taken = reading.all_taken(lines, default)
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        number = reading.text("document", document, 500)
        data = _data(reading, carrier=carrier, note="")
        reading.done()
        assert goes_to is not None
        destination = places.partner_place(goes_to, actor=actor)
        draft = Draft(
            kind="supplier_return",
            occurred_at=moment_at(taken[0].place, occurred_at),
            uid=event,
            moves=[Move(row.lot.pk, row.place.pk, destination.pk, row.quantity) for row in taken],
            place=(default or taken[0].place).pk,
            document_kind="return_note" if number else "",
            document_number=number,
            reason=why,
            override=override.strip(),
            data={**data, "asked": digest},
        )
        return post_lines(draft, actor=actor, at=[f"lines/{index}" for index in range(len(taken))])

    return once(uid, digest, act)


# -- what the lines say ----------------------------------------------------------------------------


def _rows(reading: Reading, lines: Sequence[Line], default: Place | None, today: date) -> Iterator[Row]:
    reading.some(lines)
    for index, line in enumerate(lines[: words.LINES_MAX]):
        where = f"lines/{index}"
        item = reading.item(f"{where}/item", line.item)
        place = reading.place(f"{where}/place", line.place) if line.place else default
        facts = _facts(reading, where, line, today)
        if item is None or place is None:
            continue
        expires_on = words.expiry(item, facts.get("produced_on"))
        if expires_on is not None and item.tracking != "none":
            facts.setdefault("expires_on", expires_on)
        if item.tracking == "serial":
            yield from _serials(reading, Row(where, line, item, "", int(LotKind.SERIAL), 0, place, facts))
            continue
        quantity = reading.quantity(where, item, line.quantity, line.unit)
        number = reading.text(f"{where}/lot", line.lot, 500)
        if item.tracking == "none":
            if number:
                reading.fault(f"{where}/lot", f"{item.code} is not tracked by lot.", "Leave the lot out.")
            facts, kind = {}, LotKind.BULK
        else:
            kind = LotKind.LOT
        if quantity is None or reading.faults:
            continue
        if kind is LotKind.LOT and not number:
            number = reading.next_number(where, item, on=today, place=place)
            if not number:
                continue
        yield Row(where, line, item, number, int(kind), quantity, place, facts)


def _serials(reading: Reading, row: Row) -> Iterator[Row]:
    """A row for each serial of a line."""
    line, item, where = row.line, row.item, row.where
    serials = [reading.text(f"{where}/serials", serial, 500) for serial in line.serials or [line.lot]]
    serials = [serial for serial in serials if serial]
    if not serials:
        cause = f"{item.code} is tracked by serial, none is given."
        reading.fault(f"{where}/lot", cause, "Give its serials.", "required")
    if len(set(serials)) < len(serials):
        reading.fault(f"{where}/serials", "the same serial stands there twice.", "Give each serial once.")
    if line.quantity:
        quantity = reading.quantity(where, item, line.quantity, line.unit)
        if quantity is not None and serials and quantity != len(serials) * 10**item.scale:
            cause = f"{line.quantity} does not fit {len(serials)} serials."
            reading.fault(f"{where}/quantity", cause, "Count again.")
    for serial in serials:
        yield replace(row, number=serial, quantity=10**item.scale, facts=dict(row.facts))


def _facts(reading: Reading, where: str, line: Line, today: date) -> dict[str, Any]:
    try:
        facts = rules.facts(line, today)
        if line.tlc_source:
            facts["tlc_source_id"] = partners.location(line.tlc_source).pk
    except Refused as refusal:
        reading.faults += [fault.under(where) for fault in refusal.faults]
        return {}
    return facts


def _data(reading: Reading, *, carrier: str, note: str) -> dict[str, Any]:
    said = {"note": reading.text("note", note, 2000, lines=True)}
    if carrier:
        found = reading.partner("carrier", carrier, "carrier")
        said["carrier"] = found.code if found else ""
    return {name: value for name, value in said.items() if value}


def _fill(rows: Sequence[Row], supplier: Partner, today: date, actor: str) -> None:
    """Fill in what the book's lots lack; what a receipt brings by itself never contradicts a known lot."""
    reading = Reading()
    known = {
        (lot.item_id, lot.number, lot.kind): lot
        for lot in Lot.objects.filter(
            item__in={row.item.pk for row in rows}, number__in={row.number for row in rows}
        )
    }
    for row in rows:
        if row.kind == LotKind.BULK:
            continue
        row.facts = {"supplier_id": supplier.pk, "received_on": today, **row.facts}
        lot = known.get((row.item.pk, row.number, row.kind))
        if lot is None:
            continue
        if lot.supplier_id not in (None, supplier.pk):
            reading.fault(
                f"{row.where}/lot",
                f"{row.item.code} lot {row.number} came from {lot.supplier}, not from {supplier}.",
                "Leave the lot empty for a number of our own, and give the supplier's number beside it.",
                "other_supplier",
            )
            continue
        _fill_one(row, lot, supplier, actor)
    if reading.faults:
        raise Conflict(reading.faults)


def _fill_one(row: Row, lot: Lot, supplier: Partner, actor: str) -> None:
    told = {name for name in FILLED_ONCE if getattr(lot, name) not in (None, "")}
    if lot.expires_on is not None and not row.line.expires_on:
        # What the shelf life says is a guess beside what somebody said.
        told.add("expires_on")
    row.facts = {name: value for name, value in row.facts.items() if name not in told}
    lacking = {
        name.removesuffix("_id"): value
        for name, value in row.facts.items()
        if getattr(lot, name) in (None, "") and name not in ("supplier_id", "tlc_source_id", "received_on")
    }
    if row.facts.get("supplier_id"):
        lacking["supplier"] = supplier.uid
    if row.line.tlc_source and lot.tlc_source_id is None:
        lacking["tlc_source"] = row.line.tlc_source
    if row.facts.get("received_on"):
        lacking["received_on"] = row.facts["received_on"]
    if lacking:
        lots.amend_lot(actor=actor, uid=lot.uid, changes=lacking, reason="said by a receipt")
