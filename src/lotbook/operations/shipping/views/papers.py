"""What is printed: pick lists, delivery notes and packing lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.partners.models import Location
from lotbook.kernel import pdf
from lotbook.kernel.clock import written
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import queries
from lotbook.operations.shipping.models import Order, Shipment, ShipmentLine
from lotbook.traceability.lots.models import Lot

PACKING_LIST = Path(__file__).parents[1] / "packing.typ"
SSCC_DIGITS = 18
Columns = list[str | tuple[str, pdf.Kind]]
CODED_MAX = 40
"""Longer numbers make codes too wide for the paper."""


def _amount(quantity: int, lot: Lot) -> str:
    return f"{to_text(quantity, lot.item.scale)} {symbol(lot.item.unit)}"


def _printed(
    request: HttpRequest, name: str, data: dict[str, Any], template: Path = pdf.DOCUMENT
) -> HttpResponse:
    return pdf.answer(pdf.render(template, data, by=actor(request)), name)


def _codes(number: str) -> list[dict[str, Any]]:
    """A document's number as a code to scan; a number too long or strange for one has none."""
    plain = number.isascii() and number.isprintable() and len(number) <= CODED_MAX
    return [pdf.code(number, "code128")] if plain else []


# -- pick lists ------------------------------------------------------------------------------------


@require_safe
@requires("shipping.view")
def pick_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What to take for an order, in walking order."""
    found = queries.order(uid)
    return _pick_list(request, [found], found.number)


@require_safe
@requires("shipping.view")
def wave_pick_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What to take for a wave, in walking order."""
    found = queries.wave(uid)
    return _pick_list(request, queries.wave_orders(found), found.number)


def _pick_list(request: HttpRequest, orders: Sequence[Order], number: str) -> HttpResponse:
    rows = [
        [
            one.path, one.lot.number, f"{one.line.item.code} {one.line.item.name}",
            _amount(one.quantity, one.lot), written(one.lot.expires_on), one.order.number,
            "picked" if one.pick else "",
        ]
        for one in queries.pick_list(orders)
    ]  # fmt: skip
    columns: Columns = ["From", ("Lot", "lot"), "Item", ("Quantity", "number"), "Expires", "Order", "Done"]
    wanted = ", ".join(
        f"{order.customer.name}" + (f" ({written(order.wanted_on)})" if order.wanted_on else "")
        for order in orders[:10]
    )
    data = {
        "title": "Pick list",
        "number": number,
        "codes": _codes(number),
        "sections": [
            pdf.section(
                "", columns, rows, facts=[("For", wanted)], empty="Nothing is reserved: allocate first."
            )
        ],
    }
    return _printed(request, f"pick-list-{number}", data)


# -- shipments -------------------------------------------------------------------------------------


@require_safe
@requires("shipping.view")
def delivery_note(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The paper that goes with the goods: lots, expiries and quantities."""
    page = queries.shipment_page(uid)
    rows = [
        [
            f"{line.lot.item.code} {line.lot.item.name}", line.lot.number, written(_end(line.lot)),
            _amount(line.quantity, line.lot), line.line.order.customer_number if line.line else "",
        ]
        for line in page.lines
    ]  # fmt: skip
    columns: Columns = ["Item", ("Lot", "lot"), "Expires", ("Quantity", "number"), "Your order"]
    data = _head(page.shipment, page.orders, "Delivery note")
    data["sections"].append(pdf.section("Goods", columns, rows))
    data["signatures"] = ["Handed over by", "Received by, date"]
    return _printed(request, f"delivery-note-{page.shipment.number}", data)


@require_safe
@requires("shipping.view")
def packing_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What is in which logistic unit, each with its SSCC as a code to scan."""
    page = queries.shipment_page(uid)
    data = _head(page.shipment, page.orders, "Packing list")
    by_unit: dict[str, list[ShipmentLine]] = {}
    for line in page.lines:
        by_unit.setdefault((line.unit.sscc or line.unit.code) if line.unit else "", []).append(line)
    data["units"] = [_unit(unit, lines) for unit, lines in sorted(by_unit.items())]
    return _printed(request, f"packing-list-{page.shipment.number}", data, PACKING_LIST)


def _unit(unit: str, lines: Sequence[ShipmentLine]) -> dict[str, Any]:
    """One logistic unit of a packing list, with its SSCC as GS1-128; loose goods have none."""
    scanned = len(unit) == SSCC_DIGITS and unit.isdigit()
    rows = [
        [
            f"{line.lot.item.code} {line.lot.item.name}", line.lot.number, written(_end(line.lot)),
            _amount(line.quantity, line.lot),
        ]
        for line in lines
    ]  # fmt: skip
    heading = f"Logistic unit {unit}" if unit else "Loose goods"
    return {"heading": heading, "code": pdf.code(f"(00){unit}", "gs1-128") if scanned else None, "rows": rows}


def _end(lot: Lot) -> Any:
    return lot.expires_on or lot.best_before_on


def _address(door: Location) -> str:
    town = f"{door.postal_code} {door.city}".strip()
    return ", ".join(part for part in (door.name, door.street, town, door.country) if part)


def _head(shipment: Shipment, orders: Sequence[Order], title: str) -> dict[str, Any]:
    door = shipment.location
    facts = [
        ("Customer", shipment.customer.name),
        ("Delivered to", _address(door) if door else ""),
        ("Our order", ", ".join(order.number for order in orders) or shipment.order_number),
        ("Your order", ", ".join(order.customer_number for order in orders if order.customer_number)),
        ("Shipped", f"{shipment.shipped_at:%d %b %Y}".upper()),
        ("Carrier", shipment.carrier.name if shipment.carrier else ""),
        ("Tracking number", shipment.tracking_number),
        ("Vehicle", shipment.vehicle),
        ("Seal", shipment.seal),
        ("Temperature", f"{shipment.temperature_c} °C" if shipment.temperature_c else ""),
        ("Note", shipment.note),
    ]
    return {
        "company": str(shipment.place),
        "title": title,
        "number": shipment.number,
        "codes": _codes(shipment.number),
        "sections": [pdf.section(facts=facts)],
    }
