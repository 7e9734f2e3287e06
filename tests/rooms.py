"""What the tests of the rooms of operations share: the smallest world in which goods come, change and go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Refused
from lotbook.kernel.quantity import to_integer
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move
from lotbook.traceability.lots import actions as lots
from lotbook.traceability.lots.models import NumberingRule

ANN = "user:ann"
TODAY = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what there is."""

    plant: Place
    store: Place
    bin: Place
    quarantine: Place
    farm: Partner
    shop: Partner
    tomatoes: Item
    salt: Item
    jars: Item
    sauce: Item
    peel: Item
    scales: Item
    rule: NumberingRule


def small() -> Cast:
    """The small world."""
    for code, kind in (("LOSS", "loss"), ("DIFFERENCE", "difference")):
        # The migration makes them, but a test that commits leaves empty tables behind.
        Place.objects.get_or_create(code=code, defaults={"name": kind.capitalize(), "kind": kind})
    plant = places.create_place(actor=ANN, code="PLANT", kind="site", name="Plant", time_zone="Europe/Rome")
    store = places.create_place(actor=ANN, code="STORE", kind="area", name="Store", parent=plant.uid)
    return Cast(
        plant=plant,
        store=store,
        bin=places.create_place(actor=ANN, code="A-01", kind="bin", parent=store.uid),
        quarantine=places.create_place(
            actor=ANN, code="QUARANTINE", kind="area", parent=plant.uid, usable=False
        ),
        farm=partners.create_partner(actor=ANN, code="FARM", name="Fattoria Rossi", is_supplier=True),
        shop=partners.create_partner(actor=ANN, code="SHOP", name="Corner Shop", is_customer=True),
        tomatoes=_item("TOM", "Tomatoes", "KGM", 3, shelf_life_days=10),
        salt=_item("SALT", "Salt", "KGM", 3),
        jars=_item("JAR", "Jars", "H87", 0, tracking="none"),
        sauce=_item("SAUCE", "Tomato sauce", "H87", 0, shelf_life_days=365, net_weight="0.35"),
        peel=_item("PEEL", "Peel", "KGM", 3),
        scales=_item("SCALE", "Kitchen scales", "H87", 0, tracking="serial"),
        rule=lots.create_rule(actor=ANN, name="Lots", pattern="L{date:%y%m%d}-{seq:3}", is_default=True),
    )


def _item(code: str, name: str, unit: str, scale: int, **more: object) -> Item:
    return catalog.create_item(actor=ANN, code=code, name=name, unit=unit, scale=scale, **more)  # type: ignore[arg-type]


def fields(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    """The fields a refusal names."""
    return {fault.field for fault in refusal.value.faults}


def upload(caller: Client, path: str, data: str | bytes, status: int = 200, **told: str) -> Any:
    """Send a list over HTTP, and get its answer."""
    body = data.encode() if isinstance(data, str) else data
    reply = caller.post(f"/api/v1{path}", {"file": SimpleUploadedFile("list.csv", body), **told})
    assert reply.status_code == status, reply.content
    return reply.json()


def stocked(cast: Cast, *goods: tuple[str, str, str], place: str = "STORE") -> None:
    """Put goods (item, lot, quantity) into stock, from the cast's supplier."""
    named = {
        item.code: item for item in (cast.tomatoes, cast.salt, cast.jars, cast.sauce, cast.peel, cast.scales)
    }
    kinds = {"lot": 1, "serial": 2, "none": 0}
    source = places.partner_place(cast.farm)
    destination = {"STORE": cast.store, "A-01": cast.bin, "QUARANTINE": cast.quarantine}[place]
    moves = [
        Move(
            LotRef(named[code].pk, number, kinds[named[code].tracking]),
            source.pk,
            destination.pk,
            to_integer(quantity, named[code].scale),
        )
        for code, number, quantity in goods
    ]
    ledger.post([Draft("receive", TODAY, moves=moves)], actor=ANN)
