"""A judged pass written into the book, through the actions of the room it belongs to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.places import queries as places
from lotbook.interfaces.rfid.models import Pass, Purpose
from lotbook.interfaces.rfid.queries.jobs import Wanted
from lotbook.interfaces.rfid.queries.judging import Verdict
from lotbook.interfaces.rfid.queries.things import Thing
from lotbook.kernel import permissions
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting import queries as counted
from lotbook.operations.counting.models import SheetStatus
from lotbook.operations.counting.rules import Found
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Line as Received
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.transfers.actions import receiving as transfers
from lotbook.operations.transfers.queries import documents
from lotbook.operations.transfers.rules import Arrived
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger.lines import LINES_MAX, Line

NEEDS = {
    "notice": "receiving.post", "order": "receiving.post", "transfer": "transfers.post",
    "shipment": "shipping.post", "count": "warehouse.count", Purpose.RECEIVE: "receiving.post",
    Purpose.MOVE: "warehouse.post", Purpose.COUNT: "warehouse.count", Purpose.SHIP: "shipping.post",
}  # fmt: skip
"""Kind of document, or purpose of the portal → the permission of the room that posts."""


def post(one: Pass, verdict: Verdict, *, actor: str, reason: str) -> UUID | None:
    """Post what was accepted; the event it became (None for a count sheet). Raises what the room refuses."""
    with permissions.through(f"rfid:{one.portal.code}"[:60]):
        if one.portal.purpose == Purpose.MOVE:
            return _move(one, verdict, actor, reason)
        if verdict.expected is None:
            raise Refused(Fault("job", "nothing says what this was.", "Choose its document.", "required"))
        if verdict.expected.job.kind in ("notice", "order"):
            return _receive(one, verdict, actor, reason)
        if verdict.expected.job.kind == "transfer":
            return _arrive(one, verdict, actor, reason)
        if verdict.expected.job.kind == "shipment":
            return _ship(one, verdict, actor, reason)
        _count(one, verdict, actor)
        return None


def _id(one: Pass, what: str) -> UUID:
    """The same pass posts the same act under the same id."""
    return uuid5(one.uid, what)


def _texts(quantity: int, scale: int) -> str:
    return to_text(quantity, scale)


# -- receipts --------------------------------------------------------------------------------------


def _receive(one: Pass, verdict: Verdict, actor: str, reason: str) -> UUID:
    assert verdict.expected is not None
    job = verdict.expected.job
    came = [each for each in verdict.expected.wanted if each.came]
    lines = _announced(came) if job.kind == "notice" else _ordered(verdict)
    receipt = receiving.receive(
        place=one.portal.place.uid, lines=lines, actor=actor, uid=_id(one, "receipt"),
        notice=str(job.uid) if job.kind == "notice" else "", note=_note(one, reason),
        order=job.number if job.kind == "order" else "",
    )  # fmt: skip
    return receipt.uid


def _note(one: Pass, reason: str) -> str:
    return f"RFID {one.number}" + (f": {reason}" if reason else "")


def _announced(came: Iterable[Wanted]) -> list[Received]:
    """A line for each lot of the notice; serials of the same item, unit and facts share one."""
    serials: dict[tuple[Any, ...], list[Wanted]] = defaultdict(list)
    lines: list[Received] = []
    for each in came:
        row = each.line
        if each.item.tracking == "serial" and row.lot:
            facts = json.dumps(row.facts, sort_keys=True)
            serials[each.item.uid, each.sscc, row.supplier_lot, facts].append(each)
            continue
        lines.append(
            Received(
                item=str(each.item.uid), lot=row.lot, supplier_lot=row.supplier_lot, sscc=each.sscc,
                quantity=_texts(each.came, each.item.scale), notice_line=str(row.position), **row.facts,
            )
        )  # fmt: skip
    for (item, sscc, theirs, facts), group in serials.items():
        numbers = [each.line.lot for each in group]
        lines.append(
            Received(item=str(item), serials=numbers, sscc=sscc, supplier_lot=theirs, **json.loads(facts))
        )
    return lines


def _ordered(verdict: Verdict) -> list[Received]:
    """What came of an order, by item and lot as the tags say."""
    found: dict[tuple[str, str, str], list[Thing]] = defaultdict(list)
    for thing in _goods(verdict.accepted):
        assert thing.item is not None
        lot = "" if thing.item.tracking == "serial" else thing.number
        found[str(thing.item.uid), lot, thing.tag.expires].append(thing)
    lines = []
    for (item, lot, expires), group in found.items():
        kept = group[0].item
        assert kept is not None
        is_serial = kept.tracking == "serial"
        lines.append(
            Received(
                item=item, lot=lot, expires_on=_day(expires),
                serials=[thing.number for thing in group] if is_serial else (),
                quantity="" if is_serial else _texts(sum(each.quantity for each in group), kept.scale),
            )
        )  # fmt: skip
    return lines


def _day(yymmdd: str) -> str | None:
    """A tag's date as YYYY-MM-DD; None without one, or where the day is not told."""
    if len(yymmdd) != 6 or not yymmdd.isdigit() or yymmdd[4:] == "00":
        return None
    return f"20{yymmdd[:2]}-{yymmdd[2:4]}-{yymmdd[4:]}"


def _arrive(one: Pass, verdict: Verdict, actor: str, reason: str) -> UUID:
    assert verdict.expected is not None
    arrived = [
        Arrived(pick=str(each.line.uid), quantity=_texts(each.came, each.item.scale))
        for each in verdict.expected.wanted
        if each.came
    ]
    transfer = documents.transfer(verdict.expected.job.uid)
    below = one.portal.place_id in places.subtree_ids(transfer.destination_id)
    transfers.receive(
        transfer=transfer.uid, arrived=arrived, actor=actor, place=one.portal.place.uid if below else "",
        reason=_note(one, reason), uid=_id(one, "arrival"),
    )  # fmt: skip
    return _id(one, "arrival")


# -- moves and shipments ---------------------------------------------------------------------------


def _goods(things: Iterable[Thing]) -> list[Thing]:
    return [thing for thing in things if thing.kind == "goods"]


def _move(one: Pass, verdict: Verdict, actor: str, reason: str) -> UUID:
    """Loose goods in one event (a thousand lines each), every unit in one of its own; all or none."""
    portal = one.portal
    to = portal.place if verdict.goes == "in" else portal.from_place
    assert to is not None
    sums: dict[tuple[int, int], int] = defaultdict(int)
    first: dict[tuple[int, int], Thing] = {}
    for thing in _goods(verdict.accepted):
        key = (thing.stands[0].lot, thing.stands[0].place)
        sums[key] += thing.quantity
        first.setdefault(key, thing)
    lines = []
    for key, quantity in sums.items():
        stands = first[key].stands[0]
        item, place = first[key].item, str(stands.place_uid)
        assert item is not None
        lines.append(
            Line(
                item=str(item.uid),
                lot=str(stands.lot_uid),
                place=place,
                quantity=_texts(quantity, item.scale),
            )
        )
    events = []
    for part, start in enumerate(range(0, len(lines), LINES_MAX)):
        receipt = warehouse.move(
            lines=lines[start : start + LINES_MAX], to=to.uid, actor=actor, reason=_note(one, reason),
            uid=_id(one, f"move {part}"),
        )  # fmt: skip
        events.append(receipt.uid)
    for thing in verdict.accepted:
        if thing.kind == "unit" and thing.unit is not None:
            receipt = warehouse.move_unit(
                unit=thing.unit.uid, to=to.uid, actor=actor, reason=_note(one, reason),
                uid=_id(one, f"unit {thing.tag.sscc}"),
            )  # fmt: skip
            events.append(receipt.uid)
    return events[0]


def _ship(one: Pass, verdict: Verdict, actor: str, reason: str) -> UUID:
    """Everything picked when all of it is there; else what is, unit by unit and lot by lot."""
    assert verdict.expected is not None
    wanted = verdict.expected.wanted
    lines: list[Line] = []
    units: list[str] = []
    if any(each.left for each in wanted):
        units, lines = _part_of(wanted)
        if len(lines) > LINES_MAX:
            cause = f"{len(lines)} lots are there, one shipment takes {LINES_MAX} where something is missing."
            raise Refused(Fault("pass", cause, "Look for what is missing, or ship in parts.", "too_many"))
    receipt = shipping.ship_orders(
        orders=[verdict.expected.job.uid], lines=lines, units=units, actor=actor, reason=reason,
        note=_note(one, ""), uid=_id(one, "shipment"),
    )  # fmt: skip
    return receipt.uid


def _part_of(wanted: Sequence[Wanted]) -> tuple[list[str], list[Line]]:
    """Units of which everything is there, and what is there of the rest."""
    whole: dict[str, bool] = {}
    for each in wanted:
        if each.sscc:
            whole[each.sscc] = whole.get(each.sscc, True) and not each.left
    lines = [
        Line(
            item=str(each.item.uid), lot=str(each.line.lot.uid), quantity=_texts(each.came, each.item.scale),
            place=str(each.place.uid) if each.place is not None else "",
        )
        for each in wanted
        if each.came and not whole.get(each.sscc, False)
    ]  # fmt: skip
    return [sscc for sscc, all_of_it in whole.items() if all_of_it], lines


# -- counts ----------------------------------------------------------------------------------------


def _count(one: Pass, verdict: Verdict, actor: str) -> None:
    """The sheet of the portal's place: what was read, and 0 of serials that were not.

    Lots that carry no tags are left to be counted by hand: then the sheet stays open.
    """
    assert verdict.expected is not None
    count = verdict.expected.job.uid
    lines, by_hand = _found(verdict)
    has_sheet = counted.count(count).sheets.filter(place=one.portal.place, status=SheetStatus.OPEN).exists()
    # An empty sheet is finished, too; a place with nothing but pallets has none unless something is loose.
    for start in range(0, max(len(lines), int(has_sheet)), LINES_MAX):
        counting.save_sheet(
            count=count, place=one.portal.place.uid, lines=lines[start : start + LINES_MAX], actor=actor,
            finish=not by_hand and start + LINES_MAX >= len(lines),
        )  # fmt: skip
    for sheet in _unit_sheets(one, verdict):
        counting.save_sheet(count=count, place=sheet[0], lines=sheet[1], actor=actor, finish=True)


def _found(verdict: Verdict) -> tuple[list[Found], bool]:
    """What the place's sheet says, and whether something is left to be counted by hand."""
    assert verdict.expected is not None
    sums: dict[int, int] = defaultdict(int)
    first: dict[int, Thing] = {}
    for thing in _goods(verdict.accepted):
        if thing.lot is None or thing.inside:
            continue
        sums[thing.lot.pk] += thing.quantity
        first.setdefault(thing.lot.pk, thing)
    lines = []
    for key, quantity in sums.items():
        thing = first[key]
        assert thing.item is not None
        assert thing.lot is not None
        text = _texts(quantity, thing.item.scale)
        lines.append(Found(item=str(thing.item.uid), lot=str(thing.lot.uid), counted=text))
    by_hand = False
    for each in verdict.expected.wanted:
        if each.line.pk in sums:
            continue
        if each.item.tracking == "serial":
            lines.append(Found(item=str(each.item.uid), lot=str(each.line.uid), counted="0"))
        else:
            by_hand = True
    return lines, by_hand


def _unit_sheets(one: Pass, verdict: Verdict) -> list[tuple[UUID, list[Found]]]:
    """The sheets of units that were read: what the book has in them, where their tags stand for it."""
    assert verdict.expected is not None
    if not one.portal.trusts_units:
        return []
    count = counted.count(verdict.expected.job.uid)
    open_sheets = set(count.sheets.filter(status=SheetStatus.OPEN).values_list("place__uid", flat=True))
    sheets: dict[UUID, list[Found]] = defaultdict(list)
    for thing in verdict.accepted:
        if thing.kind != "unit":
            continue
        for row in verdict.book.contents.get(thing.tag.sscc, []):
            if row.place_uid in open_sheets:
                text = _texts(row.on_hand, row.scale)
                sheets[row.place_uid].append(Found(item=row.item_code, lot=str(row.lot_uid), counted=text))
    return list(sheets.items())
