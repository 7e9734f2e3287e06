"""The cast: the demo company's people, goods and places, small enough for one test.

>>> from tests import cast
>>> world = cast.small()  # 1 site + cold store, 6 partners, 6 items
>>> cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
>>> cast.receive(world, world.saffron, world.paprika, "PAP-1", "10")
>>> cast.make(
...     world,
...     "RUN-1",
...     {(world.tomatoes, "TOM-1"): "400", (world.paprika, "PAP-1"): "4"},
...     {(world.sauce, "SAUCE-1"): "900"},
... )
>>> cast.ship(world, world.larchwood, world.sauce, "SAUCE-1", "120")

    TOM-1 ┐
          ├→ [RUN-1] → SAUCE-1 → Larchwood Market
    PAP-1 ┘

Names are those of ``lotbook demo``, so that tests, documents and demo speak of the same company; the world
itself is made here and needs no demo book. Everything goes through the rooms' actions and the ledger's
door. Quantities are decimal text in the item's base unit. Needs a database (``db``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_integer
from lotbook.traceability.ledger.actions import post_one
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold, Receipt

ANNA = "user:anna"
PASSWORD = "quillmere-kitchen"
PEOPLE = {
    "anna": "manager",
    "quinn": "quality",
    "otto": "operator",
    "rita": "receiver",
    "paul": "production",
    "sven": "shipper",
    "ada": "administrator",
    "audrey": "auditor",
}
"""Who is who, by username: one per role that tests care about."""

KINDS = {"none": 0, "lot": 1, "serial": 2}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what there is: ``kitchen`` is the site, ``store`` its area, ``cold`` the cold store."""

    kitchen: Place
    store: Place
    quarantine: Place
    cold: Place
    tumbling: Partner
    saffron: Partner
    larchwood: Partner
    kettle: Partner
    heron: Partner
    cascade: Partner
    tomatoes: Item
    paprika: Item
    jars: Item
    sauce: Item
    rework: Item
    swabs: Item


def small(actor: str = ANNA) -> Cast:
    """Two suppliers, three customers, a carrier, six items and a site with its places, in one call.

    Tomatoes, paprika and rework are kept in grams (KGM, scale 3), sauce in pieces of 0.35 kg that keep
    540 days; jars are not tracked, swab kits are serials.
    """
    kitchen = places.create_place(
        actor=actor, code="KIT", kind="site", name="Quillmere Kitchen", time_zone="America/Los_Angeles"
    )

    def area(code: str, name: str, *, usable: bool = True, parent: Place = kitchen) -> Place:
        return places.create_place(
            actor=actor, code=code, kind="area", name=name, parent=parent.uid, usable=usable
        )

    return Cast(
        kitchen=kitchen,
        store=area("KIT-DRY", "Dry goods"),
        quarantine=area("KIT-QUAR", "Kitchen quarantine", usable=False),
        cold=places.create_place(actor=actor, code="COLD", kind="site", name="Harbour Cold Store"),
        tumbling=_partner(actor, "TUMBLING", "Tumbling River Produce", "supplier"),
        saffron=_partner(actor, "SAFFRONGATE", "Saffron Gate Spice Traders", "supplier"),
        larchwood=_partner(actor, "C001", "Larchwood Market", "customer"),
        kettle=_partner(actor, "C002", "Green Kettle Grocery", "customer"),
        heron=_partner(actor, "C003", "Blue Heron Foods", "customer"),
        cascade=_partner(actor, "CASCADE", "Cascade Reefer Lines", "carrier"),
        tomatoes=_item(actor, "RM-TOMATO", "Tomatoes, plum, fresh", "KGM", 3, shelf_life_days=10),
        paprika=_item(actor, "RM-PAPRIKA", "Paprika, smoked, ground", "KGM", 3, shelf_life_days=720),
        jars=_item(actor, "PK-JAR", "Jar 370 ml, glass", "H87", 0, tracking="none"),
        sauce=_item(
            actor, "FG-MARINARA", "Marinara sauce 350 g", "H87", 0, gtin="09526543006015",
            shelf_life_days=540, net_weight="0.35",
        ),
        rework=_item(actor, "WIP-REWORK", "Sauce rework", "KGM", 3, shelf_life_days=5),
        swabs=_item(actor, "QC-SWAB", "Allergen swab kit, mustard", "H87", 0, tracking="serial"),
    )  # fmt: skip


def person(username: str, password: str = PASSWORD) -> User:
    """One of ``PEOPLE``, able to log in."""
    return accounts.create_user(username=username, role=PEOPLE[username], password=password, actor="lotbook")


def receive(
    cast: Cast,
    supplier: Partner,
    item: Item,
    lot: str,
    quantity: str,
    *,
    place: Place | None = None,
    **more: Any,
) -> Receipt:
    """So much of a lot comes in at ``place`` (the store); ``facts`` are the lot's, ``at`` the time."""
    source = places.partner_place(supplier).pk
    facts = {"supplier_id": supplier.pk, **more.pop("facts", {})} if item.tracking != "none" else {}
    move = _move(item, lot, (source, (place or cast.store).pk), quantity, facts)
    return _post("receive", [move], cast, **more)


def make(
    cast: Cast,
    number: str,
    inputs: Mapping[tuple[Item, str], str],
    outputs: Mapping[tuple[Item, str], str],
    *,
    place: Place | None = None,
    **more: Any,
) -> Place:
    """A run takes ``inputs`` from ``place`` (the store) and puts ``outputs`` there; gives the run's place."""
    run = Place.objects.filter(code=number).first() or places.create_run_place(code=number)
    where = (place or cast.store).pk
    into = [_move(item, lot, (where, run.pk), quantity) for (item, lot), quantity in inputs.items()]
    out = [_move(item, lot, (run.pk, where), quantity) for (item, lot), quantity in outputs.items()]
    if into:
        _post("consume", into, cast, **more)
    if out:
        _post("produce", out, cast, **{name: value for name, value in more.items() if name != "override"})
    return run


def ship(
    cast: Cast,
    customer: Partner,
    item: Item,
    lot: str,
    quantity: str,
    *,
    place: Place | None = None,
    **more: Any,
) -> Receipt:
    """So much of a lot leaves ``place`` (the store) for a customer; ``override`` is a reason."""
    to = places.partner_place(customer).pk
    return _post("ship", [_move(item, lot, ((place or cast.store).pk, to), quantity)], cast, **more)


def take_back(
    cast: Cast,
    customer: Partner,
    item: Item,
    lot: str,
    quantity: str,
    *,
    place: Place | None = None,
    **more: Any,
) -> Receipt:
    """So much of a lot comes back from a customer, to ``place`` (quarantine)."""
    source = places.partner_place(customer).pk
    move = _move(item, lot, (source, (place or cast.quarantine).pk), quantity)
    return _post("return", [move], cast, **more)


def hold(
    cast: Cast, item: Item, lot: str, *, kind: str = "quality", reason: str = "Laboratory asked", **more: Any
) -> PutHold:
    """A hold on a lot; its ``uid`` is what a release names."""
    placed = PutHold(LotRef(item.pk, lot, KINDS[item.tracking]), kind, new_uid())
    _post("hold", [], cast, holds=[placed], reason=reason, **more)
    return placed


def _post(
    kind: str, moves: list[Move], cast: Cast, *, actor: str = ANNA, at: datetime | None = None, **more: Any
) -> Receipt:
    draft = Draft(kind=kind, occurred_at=at or clock.now(), moves=moves, place=cast.kitchen.pk, **more)
    return post_one(draft, actor=actor)


def _move(
    item: Item, lot: str, ends: tuple[int, int], quantity: str, facts: Mapping[str, Any] | None = None
) -> Move:
    ref = LotRef(item.pk, lot, KINDS[item.tracking], facts or {})
    return Move(ref, *ends, to_integer(quantity, item.scale))


def _item(actor: str, code: str, name: str, unit: str, scale: int, **more: Any) -> Item:
    return catalog.create_item(actor=actor, code=code, name=name, unit=unit, scale=scale, **more)


def _partner(actor: str, code: str, name: str, role: str) -> Partner:
    flags: dict[str, Any] = {f"is_{role}": True}
    return partners.create_partner(actor=actor, code=code, name=name, **flags)
