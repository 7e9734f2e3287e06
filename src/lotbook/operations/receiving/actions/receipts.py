"""Receipts: one event each, whatever the number of lots, beside what was ordered and announced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries as place_queries
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.prepared import insert
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import queries, rules
from lotbook.operations.receiving.actions import notices as noticed
from lotbook.operations.receiving.actions.facts import fill
from lotbook.operations.receiving.actions.keeping import NOTICE, ORDER
from lotbook.operations.receiving.actions.matching import Part, match
from lotbook.operations.receiving.actions.reading import Came, Desk, Row, read
from lotbook.operations.receiving.actions.said import event_data
from lotbook.operations.receiving.actions.settling import add, lock_orders, restate, restate_notice, settle
from lotbook.operations.receiving.models import (
    Arrival,
    ArrivalLine,
    Notice,
    NoticeLine,
    NoticeUnit,
    OrderLine,
)
from lotbook.operations.receiving.rules import Line
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Named, once, post_together
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Pack, PutHold, Receipt

UNITS = UUID("0192f1a0-7c1e-7d61-9a34-5b0f6c2e8d11")
"""Of the ids of receipts by SSCC: the same unit of the same notice, received once, has the same id."""


def receive(
    *,
    place: Named,
    lines: Sequence[Line],
    actor: str,
    supplier: Named = "",
    order: str = "",
    notice: str = "",
    document: str = "",
    document_kind: str = "delivery_note",
    carrier: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    note: str = "",
    over_reason: str = "",
) -> Receipt:
    """Take goods in at ``place``, against an ``order``, a shipping ``notice``, both, or neither: one event.

    ``supplier`` (code, GLN or uid) is known from the order or notice where one is named. Lots the book
    does not know are made, with the line's facts; facts a known lot lacks are filled in. A line without a
    lot number gets one as the rules say; shelf life gives the expiry where only the production day is
    known. The rules of receiving say what must be told, what goes to quarantine, and how much more than
    ordered may come; beyond that ``over_reason`` is needed (the caller checks ledger.override).
    The same act under the same ``uid`` is done once.

    Raises Refused with every fault as ``lines/<i>/<field>``, Conflict where a line contradicts what the
    book says of its lot; nothing is saved then.
    """
    digest = words.asked(
        act="receive", supplier=supplier, place=place, lines=list(lines), document=document,
        kind=document_kind, carrier=carrier, occurred_at=occurred_at, note=note, order=order, notice=notice,
        over=over_reason,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        desk = _desk(supplier, place, order, notice, occurred_at)
        return _take_in(
            desk, event, lines, digest, actor,
            document=(document_kind, document), carrier=carrier, note=note, over_reason=over_reason,
        )  # fmt: skip

    return once(uid, digest, act)


def receive_unit(
    *,
    sscc: str,
    place: Named,
    actor: str,
    notice: str = "",
    temperature: str = "",
    document: str = "",
    carrier: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    note: str = "",
    over_reason: str = "",
) -> Receipt:
    """Receive a logistic unit of a shipping notice with everything in it, as announced, in one act.

    Whoever receives the same unit again, at the same place, gets the first receipt; Conflict when it was
    received elsewhere, or as something else. Raises Refused, NotFound when no notice has the unit.
    """
    number = noticed.read_sscc(sscc)
    of = queries.notice(notice) if notice else None
    digest = words.asked(
        act="receive_unit", sscc=number, place=place, notice=notice, temperature=temperature,
        document=document, carrier=carrier, occurred_at=occurred_at, note=note, over=over_reason,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        found = noticed.locked(queries.unit(number, of).notice.uid)
        settle(_live(found))
        unit = queries.unit(number, found)
        desk = _desk("", place, "", str(found.uid), occurred_at)
        if unit.arrival is not None:
            return _again(unit, desk.place)
        # A case that came before its pallet stands where it was put.
        units = [one for one in queries.units_below(unit) if one.arrival_id is None]
        lines = _as_announced(units, temperature)
        if not lines:
            cause = f"nothing of {number} is open any more."
            raise Conflict(Fault("sscc", cause, "Look at the shipping notice.", "received"))
        # Without an id of the caller's own, the unit itself is the id: two who scan it at once make one.
        own = event if uid else uuid5(UNITS, f"{found.uid}:{number}:{found.arrivals.count()}")
        try:
            return _take_in(
                desk, own, lines, digest, actor, document=("delivery_note", document), carrier=carrier,
                note=note, over_reason=over_reason, units=units,
            )  # fmt: skip
        except Refused as refusal:
            faults = [_of_unit(fault, lines) for fault in refusal.faults]
            raise type(refusal)(list(dict.fromkeys(faults)), status=refusal.status) from refusal

    return once(uid, digest, act)


# -- the act ---------------------------------------------------------------------------------------


def _desk(supplier: Named, place: Named, order: str, notice: str, occurred_at: datetime | None) -> Desk:
    """What the receipt is about, its documents locked: the notice, then orders by their keys."""
    desk = Desk(occurred_at)
    desk.find(order, notice)
    if desk.notice is not None:
        desk.notice = noticed.locked(desk.notice.uid)
    orders = {desk.order.pk} if desk.order is not None else set()
    if desk.notice is not None:
        named = NoticeLine.objects.filter(notice=desk.notice, order_line__isnull=False)
        orders |= set(named.values_list("order_line__order", flat=True))
    desk.orders = lock_orders(orders)
    came = [*_live(desk.notice), *_live_of(orders)]
    if came and settle(came):
        desk.orders = lock_orders(orders)
    desk.head(supplier, place)
    return desk


def _live(notice: Notice | None) -> list[UUID]:
    if notice is None:
        return []
    return list(Arrival.objects.filter(notice=notice, is_reversed=False).values_list("event", flat=True))


def _live_of(orders: set[int]) -> list[UUID]:
    if not orders:
        return []
    rows = Arrival.objects.filter(lines__order_line__order__in=orders, is_reversed=False)
    return list(rows.values_list("event", flat=True).distinct())


def _take_in(
    desk: Desk,
    event: UUID,
    lines: Sequence[Line],
    digest: str,
    actor: str,
    *,
    document: tuple[str, str],
    carrier: str,
    note: str,
    over_reason: str,
    units: Sequence[NoticeUnit] = (),
) -> Receipt:
    reading = desk.reading
    came = read(desk, lines)
    parts = match(desk, came)
    why_over = reading.text("over_reason", over_reason, 2000, lines=True)
    _check_over(desk, parts, why_over)
    data = event_data(reading, carrier=carrier, note=note)
    number = reading.text("document", document[1], 500)
    reading.done()
    supplier, at = desk.supplier, desk.at
    assert supplier is not None
    assert desk.place is not None
    rows = [row for one in came for row in one.rows]
    fill(desk, rows, supplier, actor)
    standing = _stand(desk, came, units, actor)
    source = places.partner_place(supplier, actor=actor)
    moves = [
        Move(
            LotRef(row.item.pk, row.number, row.kind, row.facts),
            source.pk,
            standing.get(row.sscc, row.place).pk,
            row.quantity,
        )
        for row in rows
    ]
    if why_over:
        data["more_than_ordered"] = why_over
    data |= _told(desk, came)
    draft = Draft(
        kind="receive" if moves else "observe",
        occurred_at=at,
        uid=event,
        moves=moves,
        place=desk.place.pk,
        document_kind=document[0] if number else "",
        document_number=number,
        data={**data, "asked": digest},
    )
    receipt = _post(desk, draft, came, standing, actor)
    _keep(desk, receipt, came, parts=parts, document=number, actor=actor, units=units)
    return receipt


def _post(desk: Desk, draft: Draft, came: Sequence[Came], standing: dict[str, Place], actor: str) -> Receipt:
    """The receipt, the units it stands on before it, and the holds it brings after it: all or none."""
    assert draft.uid is not None
    rows = [row for one in came for row in one.rows]
    at: list[Sequence[str]] = [[row.where for row in rows]]
    drafts = [draft]
    packs = [pack for sscc, unit in standing.items() for pack in _packs(desk, sscc, unit, standing)]
    if packs:
        beside = replace(draft, kind="unit_move", uid=uuid5(draft.uid, "units"), moves=[])
        drafts.insert(0, replace(beside, packs=packs, data={"of": str(draft.uid)}))
        at.insert(0, [])
    for kind, why in (("quarantine", "quarantine on arrival"), ("quality", "temperature at the dock")):
        held = {
            (row.item.pk, row.number, row.kind): row
            for one in came
            if kind in one.holds
            for row in one.rows
            if row.kind
        }
        if not held:
            continue
        holds = [
            PutHold(LotRef(*identity), kind, uuid5(draft.uid, f"{kind}:{identity}")) for identity in held
        ]
        beside = replace(draft, kind="hold", uid=uuid5(draft.uid, kind), moves=[], reason=why)
        drafts.append(replace(beside, holds=holds, data={"of": str(draft.uid)}))
        at.append([row.where for row in held.values()])
    posted = post_together(drafts, actor=actor, at=at)
    return next(receipt for receipt in posted if receipt.uid == draft.uid)


def _check_over(desk: Desk, parts: Sequence[Part], why: str) -> None:
    """More than ordered and tolerated goes only when it was allowed, or with a reason."""
    if why:
        return
    came: dict[tuple[str, int], int] = {}
    for part in parts:
        row: OrderLine | NoticeLine | None = part.order_line or part.notice_line
        if row is None or not part.quantity:
            continue
        kind = "order" if part.order_line else "notice"
        came[kind, row.pk] = came.get((kind, row.pk), row.received) + part.quantity
        terms = desk.terms[row.item_id]
        own = row.over_tolerance if isinstance(row, OrderLine) else None
        most = rules.most(row.quantity, terms.over if own is None else own)
        if isinstance(row, OrderLine) and row.allowed is not None:
            most = max(most, row.allowed)
        if came[kind, row.pk] > most:
            scale, unit = part.came.item.scale, symbol(part.came.item.unit)
            whole, may = to_text(came[kind, row.pk], scale), to_text(most, scale)
            what = part.order_line.order.number if part.order_line else "the notice"
            desk.reading.fault(
                f"{part.came.where}/quantity",
                f"with this {whole} {unit} have come, of {may} that may come for line {row.position} of"
                f" {what}.",
                "Refuse the rest, have more allowed on the order's page, or say why with the permission to"
                " override.",
                "over",
            )


def _told(desk: Desk, came: Sequence[Came]) -> dict[str, Any]:
    """What the event says beside its movements: documents, temperatures, differences, refused goods."""
    said: dict[str, Any] = {}
    if desk.orders:
        said["order"] = ", ".join(order.number for order in desk.orders)
    if desk.notice is not None:
        said["shipping_notice"] = desk.notice.number
    details = []
    for one in came:
        detail: dict[str, Any] = {
            "refused": to_text(one.refused, one.item.scale) if one.refused else "",
            "missing": to_text(one.missing, one.item.scale) if one.missing else "",
            "difference": one.difference,
            "reason": one.reason,
            "temperature_tenths": one.temperature,
            "quarantine": one.quarantined,
        }
        detail = {name: value for name, value in detail.items() if value not in ("", None)}
        if detail:
            numbers = sorted({row.number for row in one.rows if row.number})
            details.append({"item": one.item.code, "lots": numbers, **detail})
    if details:
        said["details"] = details
    refused = [
        f"{to_text(one.refused, one.item.scale)} {symbol(one.item.unit)} {one.item.code}: {one.reason}"
        for one in came
        if one.refused
    ]
    if refused:
        said["refused"] = "; ".join(refused)[:10_000]
    warm = sorted({one.temperature for one in came if one.temperature is not None})
    if warm:
        said["temperature"] = " to ".join(dict.fromkeys(rules.degrees(one) for one in (warm[0], warm[-1])))
    return said


# -- logistic units --------------------------------------------------------------------------------


def _stand(desk: Desk, came: Sequence[Came], units: Sequence[NoticeUnit], actor: str) -> dict[str, Place]:
    """The logistic units this receipt comes in, made where the book does not know them.

    Conflict when one stands with us already, with goods in it.
    """
    numbers = list(dict.fromkeys([*(unit.sscc for unit in units), *_named(desk, came)]))
    if not numbers:
        return {}
    known = {row.sscc: row for row in Place.objects.filter(sscc__in=numbers)}
    for number, row in known.items():
        inside = ledger.balances(places=place_queries.subtree_ids(row.pk))
        if inside:
            where = place_queries.path(row.parent) if row.parent else "nowhere"
            raise Conflict(
                Fault(
                    "sscc",
                    f"logistic unit {number} is here already, at {where}, with goods in it.",
                    "Check the label; goods are added to a unit by packing them.",
                    "taken",
                )
            )
    return {
        number or "": known.get(number) or places.ensure_unit(sscc=number, actor=actor) for number in numbers
    }


def _named(desk: Desk, came: Sequence[Came]) -> list[str]:
    """The units the lines name, each after the pallet it was announced on."""
    named = {row.sscc for one in came for row in one.rows if row.sscc}
    if desk.notice is not None:
        inner = NoticeUnit.objects.filter(notice=desk.notice, parent__isnull=False)
        desk.pallets = dict(inner.values_list("sscc", "parent__sscc"))
    return sorted(named)


def _packs(desk: Desk, sscc: str, unit: Place, standing: dict[str, Place]) -> list[Pack]:
    """Where a unit stands: on its pallet when that comes too, else where its goods were put."""
    pallet = standing.get(desk.pallets.get(sscc, ""))
    cases = (one for one, on in desk.pallets.items() if on == sscc)
    inside = [desk.unit_places[one] for one in cases if one in desk.unit_places]
    waiting = next((place for place in inside if not queries.is_usable(place)), None)
    target = pallet or waiting or desk.unit_places.get(sscc) or desk.place
    assert target is not None
    if unit.parent_id == target.pk:
        return []
    out = [Pack(unit.parent_id, -1, child=unit.pk)] if unit.parent_id else []
    return [*out, Pack(target.pk, 1, child=unit.pk)]


def _as_announced(units: Sequence[NoticeUnit], temperature: str) -> list[Line]:
    by_key = {unit.pk: unit for unit in units if unit.arrival_id is None}
    rows = NoticeLine.objects.filter(unit__in=list(by_key)).select_related("item").order_by("position")
    return [
        Line(
            item=str(row.item.uid),
            lot="" if row.item.tracking == "serial" else row.lot,
            serials=[row.lot] if row.item.tracking == "serial" and row.lot else (),
            quantity=to_text(row.open, row.item.scale),
            supplier_lot=row.supplier_lot,
            sscc=by_key[row.unit_id or 0].sscc,
            notice_line=str(row.position),
            temperature=temperature,
            **row.facts,
        )
        for row in rows
        if row.open
    ]


def _again(unit: NoticeUnit, place: Place | None) -> Receipt:
    """The first receipt of a unit somebody was faster with, when it went to the same place."""
    first = unit.arrival
    assert first is not None
    if place is not None and first.place_id == place.pk:
        return Receipt(first.event, first.sequence, duplicate=True)
    who = first.created_by.removeprefix("user:")
    cause = f"{unit.sscc} was received before, at {first.place} by {who}."
    raise Conflict(Fault("sscc", cause, "Move it where it belongs; it is in stock once.", "received"))


def _of_unit(fault: Fault, lines: Sequence[Line]) -> Fault:
    """A fault of a line in the words of the act, which has no lines."""
    parts = fault.field.split("/")
    if parts[0] != "lines" or len(parts) < 2 or not parts[1].isdigit():
        return fault
    line = lines[int(parts[1])]
    field = "temperature" if parts[-1] == "temperature" else "sscc"
    what = line.lot or line.supplier_lot or next(iter(line.serials), "") or "a line"
    cause = f"{what}, {parts[-1].replace('_', ' ')}: {fault.cause}"
    return Fault(field, cause, fault.remedy, fault.code)


# -- beside the ledger -----------------------------------------------------------------------------


def _keep(
    desk: Desk,
    receipt: Receipt,
    came: Sequence[Came],
    *,
    parts: Sequence[Part],
    document: str,
    actor: str,
    units: Sequence[NoticeUnit],
) -> None:
    assert desk.supplier is not None
    assert desk.place is not None
    arrival = Arrival(
        event=receipt.uid, sequence=receipt.sequence, supplier=desk.supplier, place=desk.place,
        notice=desk.notice, document=document, arrived_at=desk.at, created_by=actor,
    )  # fmt: skip
    insert(arrival)
    rows = [
        ArrivalLine(
            arrival=arrival, position=part.came.index, order_line=part.order_line,
            notice_line=part.notice_line, item=part.came.item, lot=part.lot, expected=part.expected,
            quantity=part.quantity, refused=part.refused, missing=part.missing,
            difference=part.came.difference, reason=part.came.reason,
            temperature_tenths=part.came.temperature, quarantined=part.came.quarantined,
        )
        for part in parts
    ]  # fmt: skip
    insert(*rows)
    add(rows)
    for order in desk.orders:
        own = [row for row in rows if row.order_line and row.order_line.order_id == order.pk]
        if not own:
            continue
        restate(order)
        said = f"{len(own)} line{'s' if len(own) != 1 else ''}, {order.get_status_display().lower()}"
        documents.record(order.uid, ORDER, "received", actor=actor, text=said, event=receipt.uid)
    if desk.notice is None:
        return
    numbers = {unit.sscc for unit in units} | {row.sscc for one in came for row in one.rows if row.sscc}
    NoticeUnit.objects.filter(notice=desk.notice, sscc__in=numbers, arrival=None).update(arrival=arrival)
    restate_notice(desk.notice)
    said = ", ".join(sorted(unit.sscc for unit in units if unit.parent_id is None)) or f"{len(rows)} lines"
    documents.record(desk.notice.uid, NOTICE, "received", actor=actor, text=said, event=receipt.uid)


__all__ = ["Row", "receive", "receive_unit"]
