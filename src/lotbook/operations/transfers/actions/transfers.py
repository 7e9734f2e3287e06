"""Transfers made, started and cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers import rules
from lotbook.operations.transfers.actions import requests
from lotbook.operations.transfers.actions.following import KIND, follow, reserve_pick
from lotbook.operations.transfers.actions.lines import need_unsent
from lotbook.operations.transfers.actions.repeats import (
    locked_request,
    locked_transfer,
    once,
    refuse_state,
)
from lotbook.operations.transfers.models import (
    Load,
    Pick,
    RequestLine,
    StockRequest,
    Transfer,
    TransferLine,
)
from lotbook.operations.transfers.queries import documents as found
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import Wanted
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Named, Reading
from lotbook.traceability.lots.models import LotKind

UNITS_MAX = 200


def create(
    *,
    source: Named,
    destination: Named,
    actor: str,
    lines: Sequence[Wanted] = (),
    units: Sequence[str] = (),
    strategy: str = "fefo",
    needed_on: date | None = None,
    reason: str = "",
    uid: UUID | None = None,
) -> Transfer:
    """Plan a transfer of ``lines`` (items, or chosen lots) and whole logistic ``units`` (SSCCs).

    ``strategy`` says which lots go first (fefo, fifo, lefo). Raises Refused naming ``lines/<i>/<field>``
    and ``units/<i>``.
    """
    digest = words.asked(
        act="transfer", source=source, destination=destination, lines=list(lines), units=list(units),
        strategy=strategy, needed_on=needed_on, reason=reason,
    )  # fmt: skip

    def act(own: UUID) -> Transfer:
        reading = Reading()
        values = _head(reading, source, destination, strategy=strategy, needed_on=needed_on, reason=reason)
        if not lines and not units:
            reading.some(lines)
        rows = _rows(reading, lines)
        loads = _loads(reading, units, values["source"])
        reading.done()
        return _make(own, values, rows, loads, actor)

    return once(uid, digest, found.transfer, act)


def from_request(
    *,
    request: Named,
    actor: str,
    source: Named = "",
    lines: Sequence[int] = (),
    strategy: str = "fefo",
    uid: UUID | None = None,
) -> Transfer:
    """Plan the transfer of what of a request is approved and not under way yet, from ``source``.

    ``lines`` (positions) takes only some of it, so that a request may be served from several places.
    """
    digest = words.asked(
        act="from_request", request=request, source=source, lines=sorted(lines), strategy=strategy
    )

    def act(own: UUID) -> Transfer:
        asked = locked_request(request or "")
        if asked.status not in ("approved", "picking", "in_transit") or asked.closed:
            raise refuse_state(asked.number, asked.get_status_display(), "Only approved requests are sent.")
        reading = Reading()
        come_from: Named = source or (asked.source.uid if asked.source else "")
        values = _head(
            reading,
            come_from,
            asked.destination.uid,
            strategy=strategy,
            needed_on=asked.needed_on,
            reason=asked.reason,
        )
        rows = _open_lines(asked, set(lines))
        if not rows:
            reading.fault("lines", "nothing of it is open any more.", "Look at its transfers.")
        reading.done()
        made = _make(own, {**values, "request": asked}, rows, [], actor)
        text = f"{made.number} from {made.source.code}"
        documents.record(asked.uid, requests.KIND, "transfer planned", actor=actor, text=text)
        requests.follow(asked)
        return made

    return once(uid, digest, found.transfer, act)


def start(*, transfer: Named, actor: str, uid: UUID | None = None) -> Transfer:
    """Reserve what is still to pick, lot by lot, each with its reason; again: for what is missing then.

    Whole units are taken as they stand. What cannot be reserved stays open on its line, and the timeline
    says why.
    """

    def act(_own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        need_unsent(row)
        missing = _reserve_lines(row, actor) + _reserve_loads(row, actor)
        taken = Pick.objects.filter(transfer=row).count()
        text = f"{taken} to pick" + (f"; missing: {'; '.join(missing)}" if missing else "")
        documents.record(row.uid, KIND, "reserved", actor=actor, text=text[:2000])
        return follow(row, actor)

    return once(uid, words.asked(act="start", transfer=transfer), found.transfer, act)


def cancel(*, transfer: Named, actor: str, reason: str, uid: UUID | None = None) -> Transfer:
    """Give a transfer up before it is sent: nothing stays reserved for it."""

    def act(_own: UUID) -> Transfer:
        row = locked_transfer(transfer or "")
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        reading.done()
        need_unsent(row)
        allocation.free(document=row.uid, actor=actor, reason=why)
        Pick.objects.filter(transfer=row).update(claim=None)
        row.status = "cancelled"
        row.save(update_fields=["status"])
        documents.record(row.uid, KIND, "cancelled", actor=actor, reason=why)
        _follow_request(row)
        return row

    return once(uid, words.asked(act="cancel", transfer=transfer, reason=reason), found.transfer, act)


def _head(
    reading: Reading, source: Named, destination: Named, *, strategy: str, needed_on: date | None, reason: str
) -> dict[str, Any]:
    come_from = reading.place("source", source, kinds=requests.ENDS)
    to = reading.place("destination", destination, kinds=requests.ENDS)
    requests.check_ends(reading, come_from, to)
    return {
        "source": come_from,
        "destination": to,
        "site": places.site_of(to) if to else None,
        "strategy": reading.choice("strategy", strategy, rules.STRATEGIES),
        "needed_on": reading.day("needed_on", needed_on),
        "reason": reading.text("reason", reason, 2000, lines=True),
    }


def _rows(reading: Reading, lines: Sequence[Wanted]) -> list[TransferLine]:
    rows = []
    for index, line in enumerate(lines[: words.LINES_MAX]):
        where = f"lines/{index}"
        chosen = reading.lot(where, line.item, line.lot) if line.lot else None
        item = chosen.item if chosen else None if line.lot else reading.item(f"{where}/item", line.item)
        if item is None:
            continue
        one = chosen is not None and chosen.kind == LotKind.SERIAL and not line.quantity.strip()
        quantity = 10**item.scale if one else reading.quantity(where, item, line.quantity, line.unit)
        if quantity is not None:
            rows.append(TransferLine(position=index + 1, item=item, lot=chosen, quantity=quantity))
    if len(lines) > words.LINES_MAX:
        reading.some(lines)
    return rows


def _loads(reading: Reading, units: Sequence[str], source: Place | None) -> list[Load]:
    inside = set(places.subtree_ids(source.pk)) if source is not None else set()
    rows: list[Load] = []
    if len(units) > UNITS_MAX:
        reading.fault("units", f"at most {UNITS_MAX} units, got {len(units)}.", "Split the transfer.")
    for index, name in enumerate(units[:UNITS_MAX]):
        unit = reading.place(f"units/{index}", name, kinds=("unit",))
        if unit is None or source is None:
            continue
        if unit.pk not in inside or unit.parent is None:
            reading.fault(f"units/{index}", f"{unit.code} does not stand at {source}.", "Scan another one.")
        elif unit.parent.kind == "unit":
            cause = f"{unit.code} stands on {unit.parent.code}."
            reading.fault(f"units/{index}", cause, "Send that one, or take it off first.")
        elif unit.pk in [row.unit_id for row in rows]:
            reading.fault(f"units/{index}", f"{unit.code} is there twice.", "Name it once.")
        else:
            rows.append(Load(unit=unit, stood_in=unit.parent))
    return rows


def _make(
    own: UUID, values: dict[str, Any], rows: Sequence[TransferLine], loads: Sequence[Load], actor: str
) -> Transfer:
    now = clock.now()
    made = Transfer.objects.create(
        uid=own, number=documents.next_number("TR", on=now), created_at=now, created_by=actor, **values
    )
    for line in rows:
        line.transfer = made
    for load in loads:
        load.transfer = made
    TransferLine.objects.bulk_create(rows)
    Load.objects.bulk_create(loads)
    many = [f"{len(rows)} line{'s' if len(rows) != 1 else ''}"] if rows else []
    many += [f"{len(loads)} unit{'s' if len(loads) != 1 else ''}"] if loads else []
    documents.record(own, KIND, "planned", actor=actor, text=", ".join(many), reason=made.reason)
    return made


def _open_lines(asked: StockRequest, only: set[int]) -> list[TransferLine]:
    lines: list[RequestLine] = list(asked.lines.select_related("item"))
    moved = progress.sent_of(lines)
    rows = []
    for line in lines:
        left = (line.quantity if line.approved is None else line.approved) - moved[line.pk][0]
        if left > 0 and (not only or line.position in only):
            rows.append(
                TransferLine(position=line.position, item=line.item, quantity=left, request_line=line)
            )
    return rows


def _reserve_lines(row: Transfer, actor: str) -> list[str]:
    """Reserve what no pick covers yet; what is missing, in words."""
    lines = list(row.lines.select_related("item", "lot"))
    covered: dict[int, int] = {}
    for line_id, quantity in Pick.objects.filter(transfer=row, line__isnull=False).values_list(
        "line", "quantity"
    ):
        covered[line_id] = covered.get(line_id, 0) + quantity
    wanting = [(line, line.quantity - covered.get(line.pk, 0)) for line in lines]
    wanting = [(line, left) for line, left in wanting if left > 0]
    demands = [
        Demand(
            item=line.item_id,
            quantity=left,
            place=row.source_id,
            purpose=KIND,
            document=row.uid,
            line=line.position,
            strategy="chosen" if line.lot_id else row.strategy,
            lots=(line.lot_id,) if line.lot_id else (),
            number=row.number,
        )
        for line, left in wanting
    ]
    answers = allocation.allocate(demands, actor=actor) if demands else []
    missing = []
    for (line, _), answer in zip(wanting, answers, strict=True):
        Pick.objects.bulk_create(_new_picks(row, line, answer))
        if answer.missing:
            short = f"{to_text(answer.missing, line.item.scale)} {line.item.code}"
            missing.append(f"{short} ({answer.why_not})" if answer.why_not else short)
    return missing


def _new_picks(row: Transfer, line: TransferLine | None, answer: Answer) -> list[Pick]:
    return [
        Pick(
            transfer=row,
            line=line,
            lot_id=portion.lot,
            suggested_lot_id=portion.lot,
            place_id=portion.place,
            quantity=portion.quantity,
            claim=portion.claim,
            why=portion.why,
        )
        for portion in answer.portions
    ]


def _reserve_loads(row: Transfer, actor: str) -> list[str]:
    """Take whole units as they stand; goods in them that nobody may use travel unreserved."""
    refused = Reading()
    for index, load in enumerate(row.loads.filter(picks=None).select_related("unit")):
        inside = ledger.balances(places=places.subtree_ids(load.unit_id))
        if not inside:
            refused.fault(f"units/{index}", f"{load.unit.code} is empty.", "Take it off the transfer.")
        for one in inside:
            if one.reserved:
                cause = f"goods on {load.unit.code} are reserved for something else ({one.number})."
                refused.fault(f"units/{index}", cause, "Send another unit, or free them first.", "reserved")
        refused.done()
        now = clock.now()
        picks = [
            Pick(
                transfer=row, load=load, lot_id=one.lot, suggested_lot_id=one.lot, place_id=one.place,
                quantity=one.on_hand, why=f"on {load.unit.code}", picked_at=now, picked_by=actor,
            )
            for one in inside
        ]  # fmt: skip
        Pick.objects.bulk_create(picks)
        for pick, one in zip(picks, inside, strict=True):
            reserve_pick(row, pick, one.item, actor)
    return []


def _follow_request(row: Transfer) -> None:
    if row.request_id is not None:
        requests.follow(StockRequest.objects.select_for_update().get(pk=row.request_id))
