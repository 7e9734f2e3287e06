"""The demo's people, items, places and partners, put into the book by the rooms' own actions."""

from __future__ import annotations

from dataclasses import dataclass, field

from simple_history.utils import bulk_create_with_history

from lotbook.config.demo.diary import Diary
from lotbook.config.demo.goods import GOODS
from lotbook.config.demo.numbers import gln, gtin
from lotbook.config.demo.partners import FIRMS, FOOD_BANK, Firm
from lotbook.config.demo.people import PEOPLE, Person
from lotbook.config.demo.sites import SPOTS, ZONE, Spot
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries as place_queries
from lotbook.foundation.places.models import Place
from lotbook.kernel import history
from lotbook.operations.warehouse.rules import CHARITY
from lotbook.traceability.lots import actions as lots

ADA = "user:ada"
COMPANY = "Quillmere Foods"


@dataclass(slots=True)
class Keys:
    """The book's keys for the diary's names."""

    items: dict[str, Item] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    suppliers: dict[str, int] = field(default_factory=dict)


def make(password: str) -> Keys:
    """Everything but lots, runs and logistic units, which come with the events."""
    keys = Keys()
    make_people(password)
    for firm in FIRMS:
        _partner(firm, keys)
    for spot in SPOTS:
        _place(spot, keys)
    for good in GOODS:
        keys.items[good.code] = catalog.create_item(
            actor=ADA, code=good.code, name=good.name, unit=good.unit, scale=good.scale,
            tracking=good.tracking,
            gtin=good.gtin, group=good.group, shelf_life_days=good.shelf, standard_cost=good.cost or None,
            currency="USD" if good.cost else "", attributes=good.attributes, net_weight=good.weight or None,
        )  # fmt: skip
        for pack in good.packs:
            number = gtin(good.reference, pack.indicator) if pack.indicator else None
            uid = keys.items[good.code].uid
            catalog.add_packaging(actor=ADA, uid=uid, name=pack.name, content=str(pack.content), gtin=number)
    keys.places |= {"LOSS": place_queries.loss().pk, "DIFFERENCE": place_queries.difference().pk}
    lots.create_rule(actor=ADA, name="House lots", pattern="Q{date:%y%m%d}-{seq:2}", is_default=True)
    lots.create_rule(
        actor=ADA,
        name="Wheels",
        pattern="W{julian}-{seq:2}",
        item=keys.items["CH-WHEEL"].uid,
        is_default=False,
    )
    return keys


def make_people(password: str) -> None:
    """The people, one per role, all with the same password: hashed once, because that is slow by design."""
    first, *others = PEOPLE
    anna = accounts.create_user(password=password, actor="lotbook", **_facts(first))
    for person in others:
        history.save(User(password=anna.password, **_facts(person)), actor="lotbook")


def _facts(person: Person) -> dict[str, str]:
    return {
        "username": person.username,
        "role": person.role,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": f"{person.username}@quillmere.example",
    }


def _partner(firm: Firm, keys: Keys) -> None:
    roles = {f"is_{role}": True for role in firm.roles}
    made = partners.create_partner(
        actor=ADA, code=firm.code, name=firm.name, gln=firm.gln, email=firm.email, phone=firm.phone,
        language="en", attributes={CHARITY: True} if firm is FOOD_BANK else None,
        **roles,  # type: ignore[arg-type]  # flags, by their names
    )  # fmt: skip
    partners.create_location(
        actor=ADA, partner=made.uid,
        values={
            "name": f"{firm.name}, {firm.city}", "business_name": firm.name, "gln": firm.gln,
            "phone": firm.phone,
            "street": firm.street, "city": firm.city, "region": firm.region, "postal_code": firm.postal_code,
            "country": firm.country,
        },
    )  # fmt: skip
    keys.suppliers[firm.code] = made.pk
    keys.places[f"@{firm.code}"] = places.partner_place(made, actor=ADA).pk


def _place(spot: Spot, keys: Keys) -> None:
    location = None
    if spot.reference:
        street, city, postal_code = spot.address
        location = partners.create_location(
            actor=ADA, partner=None,
            values={
                "name": spot.name, "business_name": COMPANY, "gln": gln(spot.reference),
                "phone": "+1 503 555 0142",
                "street": street, "city": city, "region": "OR", "postal_code": postal_code, "country": "US",
            },
        ).uid  # fmt: skip
    if spot.keeper:
        made = places.open_consigned(
            actor=ADA, partner=spot.keeper, code=spot.code, name=spot.name, time_zone=ZONE
        )
        ours = {"gln": gln(spot.reference), "location": location}
        places.amend_place(actor=ADA, uid=made.uid, changes=ours)
        keys.places[spot.code] = made.pk
        return
    parent = place_queries.by_code(spot.parent) if spot.parent else None
    made = places.create_place(
        actor=ADA, code=spot.code, kind=spot.kind, name=spot.name, parent=parent.uid if parent else None,
        usable=spot.usable, gln=gln(spot.reference) if spot.reference else None,
        time_zone=ZONE if spot.kind in ("site", "transit") else "", location=location,
    )  # fmt: skip
    keys.places[spot.code] = made.pk


def make_vessels(diary: Diary, keys: Keys) -> None:
    """The places of runs and logistic units, all at once, as ``create_run_place`` and ``ensure_unit`` do."""
    runs = [
        Place(code=run.number, name=f"Run of {keys.items[run.good].name}"[:200], kind="run", own=False)
        for run in diary.runs.values()
    ]
    units = [Place(code=f"SSCC-{sscc}", sscc=sscc, kind="unit", own=True) for sscc in diary.units]
    made = bulk_create_with_history([*runs, *units], Place, batch_size=500, default_change_reason="lotbook")
    keys.places |= {place.sscc or place.code: place.pk for place in made}
