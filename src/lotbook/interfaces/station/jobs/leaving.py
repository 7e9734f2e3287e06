"""Goods to pick, and what stands ready to leave: for customers' orders and for transfers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q

from lotbook.foundation.catalog.rules import symbol
from lotbook.interfaces.station.jobs.floor import LINES_MAX, Floor, amount, called, head
from lotbook.operations.shipping import queries as shipping
from lotbook.operations.shipping.models import Order, OrderLine
from lotbook.operations.shipping.queries import Portion
from lotbook.operations.transfers.models import Load, Pick, TransferStatus
from lotbook.operations.transfers.queries import documents as transfers

Job = dict[str, Any]


def orders(here: Floor, most: int) -> tuple[list[Job], int]:
    """Orders with something reserved: to pick, or all picked and ready to load. The most urgent first.

    Eight statements for any number: the orders, how many, and the parts of their pick list.
    """
    reserved = OrderLine.objects.filter(order=OuterRef("pk"), cancelled=False, allocated__gt=0)
    rows = shipping.orders(status="open").filter(Exists(reserved), site__in=here.areas)
    many = rows.order_by().count()
    urgent = rows.order_by("priority", F("wanted_on").asc(nulls_last=True), "pk")
    found = list(urgent[:most])
    portions: dict[int, list[Portion]] = defaultdict(list)
    for portion in shipping.pick_list(found):
        portions[portion.order.pk].append(portion)
    jobs = [_order(here, one, portions[one.pk]) for one in found if portions[one.pk]]
    return jobs, many


def _order(here: Floor, one: Order, portions: list[Portion]) -> Job:
    title = one.location.name if one.location else one.customer.name
    taken = [portion for portion in portions if portion.pick]
    left = [portion for portion in portions if not portion.pick]
    shared = {
        "document": "order",
        "partner": one.customer.name,
    }
    if not left:
        return {**head("load", one, title, one.wanted_on, (0, 1)), **shared, **_ready(here, taken)}
    return {
        **head("pick", one, title, one.wanted_on, (len(taken), len(portions))),
        **shared,
        "lines": [
            {
                "claim": str(portion.claim),
                "item": portion.line.item.code,
                "lot": str(portion.lot.uid),
                "place": called(portion.place),
                "quantity": amount(portion.quantity, portion.line.item),
                "unit": symbol(portion.line.item.unit),
                "why": portion.why,
            }
            for portion in left[:LINES_MAX]
        ],
    }


def _ready(here: Floor, taken: Iterable[Portion]) -> dict[str, Any]:
    """What stands ready: the logistic units goods were packed into, the outermost ones, and what is loose."""
    units: dict[str, None] = {}
    loose = []
    for portion in taken:
        outermost = here.outermost(portion.place.pk)
        if outermost is not None:
            units[outermost.called] = None
        else:
            loose.append(_loose(portion.lot, portion.place, portion.quantity))
    return {"units": list(units)[:LINES_MAX], "loose": loose[:LINES_MAX]}


def _loose(lot: Any, place: Any, quantity: int) -> dict[str, Any]:
    item = lot.item
    return {
        "lot": str(lot.uid),
        "place": called(place),
        "quantity": amount(quantity, item),
        "unit": symbol(item.unit),
    }


# -- transfers -------------------------------------------------------------------------------------


def moving(here: Floor, most: int) -> tuple[list[Job], int]:
    """Transfers that leave the site and are being picked, or are picked: three statements.

    One that nothing is reserved for yet is started in the office.
    """
    states = (TransferStatus.OPEN, TransferStatus.PICKING, TransferStatus.PICKED)
    rows = (
        transfers.transfers()
        .filter(status__in=states)
        .annotate(reserved=Count("picks", filter=Q(picks__quantity__gt=0), distinct=True))
    )
    leaving = [
        one
        for one in rows.order_by(F("needed_on").asc(nulls_last=True), "pk")
        if one.reserved and one.source_id in here.spots
    ]
    found = leaving[:most]
    picks: dict[int, list[Pick]] = defaultdict(list)
    named = Pick.objects.filter(transfer__in=found, quantity__gt=0).select_related("lot__item", "place")
    for pick in named:
        picks[pick.transfer_id].append(pick)
    loads: dict[int, list[Load]] = defaultdict(list)
    for load in Load.objects.filter(transfer__in=found).select_related("unit"):
        loads[load.transfer_id].append(load)
    return [_transfer(here, one, picks[one.pk], loads[one.pk]) for one in found], len(leaving)


def _transfer(here: Floor, one: Any, picks: list[Pick], loads: list[Load]) -> Job:
    partner = str(one.destination)
    left = [pick for pick in picks if pick.picked_at is None]
    shared = {"document": "transfer", "partner": partner}
    if not left:
        loose = [pick for pick in picks if pick.load_id is None]
        return {
            **head("load", one, partner, one.needed_on, (0, 1)),
            **shared,
            "units": [called(load.unit) for load in loads[:LINES_MAX]],
            "loose": [_loose(pick.lot, pick.place, pick.quantity) for pick in loose[:LINES_MAX]],
        }
    walk = here.walk
    ordered = sorted(left, key=lambda pick: (walk.get(pick.place_id, len(walk)), pick.lot.item.code, pick.pk))
    return {
        **head("pick", one, partner, one.needed_on, (len(picks) - len(left), len(picks))),
        **shared,
        "lines": [
            {
                "claim": str(pick.uid),
                "item": pick.lot.item.code,
                "lot": str(pick.lot.uid),
                "place": called(pick.place),
                "quantity": amount(pick.quantity, pick.lot.item),
                "unit": symbol(pick.lot.item.unit),
                "why": pick.why,
            }
            for pick in ordered[:LINES_MAX]
        ],
    }
