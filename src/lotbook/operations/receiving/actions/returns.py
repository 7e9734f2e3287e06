"""Goods that go back to a supplier, with or without the receipt they came by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as places
from lotbook.kernel.errors import NotFound
from lotbook.operations.receiving import queries
from lotbook.operations.receiving.actions import replacing
from lotbook.operations.receiving.actions.keeping import NOTICE, ORDER
from lotbook.operations.receiving.actions.said import event_data
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading, Taken, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Receipt


def supplier_return(
    *,
    lines: Sequence[words.Line],
    reason: str,
    actor: str,
    supplier: Named = "",
    place: Named = "",
    document: str = "",
    carrier: str = "",
    receipt: str | UUID = "",
    replacement: bool = False,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Send goods back to a supplier. A line's own place, else ``place``, says where they are taken from.

    ``receipt`` names the receipt they came by (its event): the supplier is then known, only its lots may
    go back, and the return gets a number of its own (RTS-2027-00001) where ``document`` is empty.
    ``replacement``: the same is to come again, so the lines of the order they came for are open again.
    Held or expired goods need ``override``, a reason (the caller checks ledger.override).
    Raises Refused with every fault as ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="supplier_return", supplier=supplier, lines=list(lines), reason=reason, place=place,
        document=document, carrier=carrier, receipt=receipt, occurred_at=occurred_at, override=override,
        **({"replacement": True} if replacement else {}),
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        came = _came_by(reading, receipt)
        whom = supplier or (came.arrival.supplier.uid if came else "")
        goes_to = reading.partner("supplier", whom, "supplier")
        if came and goes_to is not None and goes_to.pk != came.arrival.supplier_id:
            reading.fault("supplier", f"the goods came from {came.arrival.supplier}.", "Leave it empty.")
        default = reading.place("place", place) if place or not all(line.place for line in lines) else None
        taken = reading.all_taken(lines, default)
        if came and len(taken) == len(lines):
            _check_lots(reading, came, taken)
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        number = reading.text("document", document, 500)
        data = event_data(reading, carrier=carrier, note="")
        again = replacing.ordered_lines(reading, came, taken) if replacement else {}
        reading.done()
        orders = replacing.lock(again)
        assert goes_to is not None
        if came:
            number = number or documents.next_number("RTS")
            data["receipt"] = str(came.arrival.event)
        if replacement:
            data["replacement"] = "expected"
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
        posted = post_lines(draft, actor=actor, at=[f"lines/{index}" for index in range(len(taken))])
        if came:
            _tell(came, number, why, actor, posted.uid)
        replacing.open_again(orders, again, number=number, actor=actor, reason=why, event=posted.uid)
        return posted

    return once(uid, digest, act)


def _came_by(reading: Reading, receipt: str | UUID) -> queries.ArrivalPage | None:
    if not receipt:
        return None
    try:
        found = queries.arrival(receipt)
    except NotFound as refusal:
        reading.fault("receipt", refusal.faults[0].cause, refusal.faults[0].remedy, "unknown")
        return None
    if found.arrival.is_reversed:
        reading.fault("receipt", "this receipt was taken back.", "Nothing of it is here.")
        return None
    return found


def _check_lots(reading: Reading, came: queries.ArrivalPage, taken: Sequence[Taken]) -> None:
    """Only what came by the receipt goes back against it, and no more than came."""
    left: dict[tuple[int, str], int] = {}
    for line in came.lines:
        key = (line.item_id, line.lot)
        left[key] = left.get(key, 0) + line.quantity
    for index, row in enumerate(taken):
        key = (row.item.pk, row.lot.number)
        if not left.get(key):
            cause = f"{row.item.code} {row.lot.number} did not come by this receipt."
            reading.fault(f"lines/{index}/lot", cause, "Return it without naming a receipt.", "other_receipt")
        elif row.quantity > left[key]:
            reading.fault(f"lines/{index}/quantity", "less came by this receipt.", "Check the quantity.")
        else:
            left[key] -= row.quantity


def _tell(came: queries.ArrivalPage, number: str, why: str, actor: str, event: UUID) -> None:
    for order in came.orders:
        documents.record(order.uid, ORDER, "sent back", actor=actor, text=number, reason=why, event=event)
    if came.arrival.notice is not None:
        documents.record(
            came.arrival.notice.uid, NOTICE, "sent back", actor=actor, text=number, reason=why, event=event
        )
