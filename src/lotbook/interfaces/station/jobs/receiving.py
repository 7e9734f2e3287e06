"""Goods that are on their way to the site: notices, purchase orders, and transfers in transit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import F

from lotbook.foundation.catalog.rules import symbol
from lotbook.interfaces.station.jobs.floor import LINES_MAX, Floor, amount, called, head
from lotbook.kernel import clock
from lotbook.operations.receiving import queries as receiving
from lotbook.operations.receiving.models import OPEN, NoticeLine, NoticeUnit, OrderLine
from lotbook.operations.transfers.models import Load, Pick
from lotbook.operations.transfers.queries import documents as transfers
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import ON_THE_WAY

Job = dict[str, Any]
Jobs = tuple[list[Job], int]
"""Jobs, and how many there are in all."""


def notices(here: Floor, most: int) -> Jobs:
    """Open shipping notices, the first expected in front: four statements."""
    rows = receiving.notices().filter(status__in=receiving.NOTICE_OPEN, site__in=here.areas)
    many = rows.order_by().count()
    found = list(rows.order_by(F("expected_at").asc(nulls_last=True), "pk")[:most])
    units: dict[int, list[NoticeUnit]] = defaultdict(list)
    for unit in NoticeUnit.objects.filter(notice__in=found).order_by("pk"):
        units[unit.notice_id].append(unit)
    lines: dict[int, list[NoticeLine]] = defaultdict(list)
    for line in NoticeLine.objects.filter(notice__in=found).select_related("item").order_by("position"):
        lines[line.notice_id].append(line)
    return [_notice(here, one, units[one.pk], lines[one.pk]) for one in found], many


def _notice(here: Floor, one: Any, units: Iterable[NoticeUnit], lines: Iterable[NoticeLine]) -> Job:
    listed = list(units)
    above = {unit.pk: unit.parent_id for unit in listed}
    standing: dict[int | None, list[NoticeLine]] = defaultdict(list)
    for line in lines:
        standing[_top(line.unit_id, above)].append(line)
    alone = [unit for unit in listed if unit.parent_id is None]
    loose = standing[None]
    done = sum(not line.open for line in loose) + sum(unit.arrival_id is not None for unit in alone)
    due = clock.date_at(one.expected_at, here.zone) if one.expected_at else None
    return {
        **head("receive", one, one.supplier.name, due, (done, len(loose) + len(alone))),
        "document": "notice",
        "partner": one.supplier.name,
        "place": here.entrance,
        "lines": [_announced(line) for line in loose[:LINES_MAX]],
        "units": [
            {
                "sscc": unit.sscc,
                "received": unit.arrival_id is not None,
                "lines": [_announced(line) for line in standing[unit.pk][:LINES_MAX]],
            }
            for unit in alone[:LINES_MAX]
        ],
    }


def _top(unit: int | None, above: dict[int, int | None]) -> int | None:
    """The pallet a unit of a notice stands on, itself when it stands alone."""
    while unit is not None and (parent := above.get(unit)) is not None:
        unit = parent
    return unit


def _announced(line: NoticeLine) -> dict[str, Any]:
    """A line of a notice; what was refused or found missing is not expected any more."""
    return {
        "item": line.item.code,
        "lot": line.lot or line.supplier_lot,
        "expires_on": line.facts.get("expires_on"),
        "expected": amount(line.quantity - line.refused - line.missing, line.item),
        "got": amount(line.received, line.item),
        "unit": symbol(line.item.unit),
    }


def orders(here: Floor, most: int) -> Jobs:
    """Purchase orders that goods may come against, the first expected in front: three statements."""
    rows = receiving.orders().filter(status__in=OPEN, site__in=here.areas)
    many = rows.order_by().count()
    found = list(rows.order_by(F("expected_on").asc(nulls_last=True), "pk")[:most])
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    wanted = OrderLine.objects.filter(order__in=found, cancelled=False).select_related("item")
    for line in wanted.order_by("position"):
        lines[line.order_id].append(line)
    return [_order(here, one, lines[one.pk]) for one in found], many


def _order(here: Floor, one: Any, lines: list[OrderLine]) -> Job:
    done = sum(not line.open for line in lines)
    return {
        **head("receive", one, one.supplier.name, one.expected_on, (done, len(lines))),
        "document": "order",
        "partner": one.supplier.name,
        "place": here.entrance,
        "lines": [
            _expected(line.item, expected=line.quantity, got=line.received) for line in lines[:LINES_MAX]
        ],
        "units": [],
    }


def _expected(item: Any, *, expected: int, got: int, lot: str = "", expires_on: Any = None) -> dict[str, Any]:
    return {
        "item": item.code,
        "lot": lot,
        "expires_on": expires_on.isoformat() if expires_on else None,
        "expected": amount(expected, item),
        "got": amount(got, item),
        "unit": symbol(item.unit),
    }


def arriving(here: Floor, most: int) -> Jobs:
    """Transfers in transit to the site, or received in part: four statements."""
    rows = transfers.transfers().filter(status__in=ON_THE_WAY).order_by("expected_at", "pk")
    coming = [one for one in rows if one.destination_id in here.spots]
    found = coming[:most]
    loads: dict[int, list[Load]] = defaultdict(list)
    for load in Load.objects.filter(transfer__in=found, sent_event__isnull=False).select_related("unit"):
        loads[load.transfer_id].append(load)
    picks = list(
        Pick.objects.filter(transfer__in=found, sent_event__isnull=False).select_related("lot__item")
    )
    settled = progress.settled(picks)
    done = {pick.pk: progress.done_of(settled[pick.pk]) for pick in picks}
    by_transfer: dict[int, list[Pick]] = defaultdict(list)
    for pick in picks:
        by_transfer[pick.transfer_id].append(pick)
    return [_transfer(here, one, loads[one.pk], by_transfer[one.pk], done) for one in found], len(coming)


def _transfer(here: Floor, one: Any, loads: list[Load], picks: list[Pick], done: dict[int, int]) -> Job:
    loose = [pick for pick in picks if pick.load_id is None]
    in_load: dict[int | None, list[Pick]] = defaultdict(list)
    for pick in picks:
        in_load[pick.load_id].append(pick)
    finished = sum(done[pick.pk] >= pick.quantity for pick in loose)
    finished += sum(load.arrived_event is not None for load in loads)
    due = clock.date_at(one.expected_at, here.zone) if one.expected_at else one.needed_on
    sender = str(one.source)
    return {
        **head("receive", one, sender, due, (finished, len(loose) + len(loads))),
        "document": "transfer",
        "partner": sender,
        "place": called(one.destination),
        "lines": [_sent(pick, done) for pick in loose[:LINES_MAX]],
        "units": [
            {
                "sscc": called(load.unit),
                "received": load.arrived_event is not None,
                "lines": [_sent(pick, done) for pick in in_load[load.pk][:LINES_MAX]],
            }
            for load in loads[:LINES_MAX]
        ],
    }


def _sent(pick: Pick, done: dict[int, int]) -> dict[str, Any]:
    lot = pick.lot
    return _expected(
        lot.item, expected=pick.quantity, got=done[pick.pk], lot=lot.number, expires_on=lot.expires_on
    )
