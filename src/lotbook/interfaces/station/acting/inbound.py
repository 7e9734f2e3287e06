"""Goods that come in."""

from __future__ import annotations

from collections.abc import Collection

from lotbook.interfaces.station.acting import shapes
from lotbook.interfaces.station.acting.handling import (
    Context,
    Done,
    Handler,
    Lots,
    lot_numbers,
    lots_numbered,
    only,
)
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Line
from lotbook.operations.transfers.actions import receiving as transfers
from lotbook.traceability.ledger.rules import Receipt
from lotbook.traceability.lots.models import Lot

SUPPLIER_LOT_MAX = 120


def _receive(context: Context, body: shapes.Receive) -> Done:
    known = set(
        Lot.objects.filter(number__in={line.lot for line in body.lines if line.lot}).values_list(
            "item__code", "number"
        )
    )
    receipt = receiving.receive(
        place=body.place,
        lines=[_line(line, body.temperature, known) for line in body.lines],
        actor=context.actor,
        supplier=body.supplier,
        order=str(body.id) if body.document == "order" else "",
        notice=str(body.id) if body.document == "notice" else "",
        document=body.delivery_note,
        occurred_at=context.occurred_at,
        uid=context.uid,
        over_reason=context.override,
    )
    return _done(receipt)


def _line(line: shapes.ReceiveLine, temperature: str, known: Collection[tuple[str, str]]) -> Line:
    # The lot on a label of the maker is the supplier's; a lot the book knows has told its own.
    own = line.serial or (line.item, line.lot) in known or len(line.lot) > SUPPLIER_LOT_MAX
    theirs = "" if own else line.lot
    return Line(
        item=line.item,
        lot=line.lot,
        quantity=line.quantity,
        unit=line.unit,
        supplier_lot=line.supplier_lot or theirs,
        serials=[line.serial] if line.serial else (),
        origin_country=line.country,
        harvested_on=line.harvested_on,
        produced_on=line.produced_on,
        packed_on=line.packed_on,
        best_before_on=line.best_before_on,
        expires_on=line.expires_on,
        tlc=line.tlc,
        tlc_source=line.tlc_source,
        temperature=temperature,
    )


def _done(receipt: Receipt) -> Done:
    lots = lot_numbers(receipt.sequence)
    return Done((receipt.uid,), {"lot": lots} if lots else {})


def _received_lots(body: shapes.Receive) -> Lots:
    return lots_numbered((line.item, line.lot or line.serial) for line in body.lines)


def _receive_unit(context: Context, body: shapes.ReceiveUnit) -> Done:
    receipt = receiving.receive_unit(
        sscc=body.sscc,
        place=body.place,
        actor=context.actor,
        notice=str(body.notice),
        temperature=body.temperature,
        occurred_at=context.occurred_at,
        uid=context.uid,
        over_reason=context.override,
    )
    return _done(receipt)


def _receive_transfer(context: Context, body: shapes.ReceiveTransfer) -> Done:
    row = transfers.receive(
        transfer=body.id,
        actor=context.actor,
        place=body.place,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((context.uid,), {"document": row.number})


HANDLERS = (
    Handler(
        "receive",
        "Received",
        shapes.Receive,
        only("receiving.post"),
        _receive,
        _received_lots,
        overrides=True,
    ),
    Handler(
        "receive_unit",
        "Pallet received",
        shapes.ReceiveUnit,
        only("receiving.post"),
        _receive_unit,
        overrides=True,
    ),
    Handler(
        "receive_transfer",
        "Transfer received",
        shapes.ReceiveTransfer,
        only("transfers.post"),
        _receive_transfer,
    ),
)
