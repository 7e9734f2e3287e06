"""What a receipt tells of lots the book knows already: gaps are filled, nothing is contradicted."""

from __future__ import annotations

from collections.abc import Sequence

from lotbook.foundation.partners.models import Partner
from lotbook.kernel.errors import Conflict
from lotbook.operations.receiving.actions.reading import Desk, Row
from lotbook.traceability.ledger.lines import Reading
from lotbook.traceability.lots import actions as lots
from lotbook.traceability.lots.models import Lot, LotKind

FILLED_ONCE = ("supplier_id", "received_on")
"""Facts a receipt brings by itself: a lot the book knows keeps its own."""


def fill(desk: Desk, rows: Sequence[Row], supplier: Partner, actor: str) -> None:
    """Fill in what the book's lots lack; what a receipt brings by itself never contradicts a known lot."""
    reading, today = Reading(), desk.at.date()
    known = {
        (lot.item_id, lot.number, lot.kind): lot
        for lot in desk.lots({row.item.pk for row in rows}, {row.number for row in rows})
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
