"""The floor's world: the rooms' small cast, a second site, a partner's place, rules, recipes, approvers."""

from __future__ import annotations

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals.rules import Stage
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.operations.counting import actions as counting
from lotbook.operations.production import actions as production
from lotbook.operations.production.rules import Alternative, Extra, Ingredient, RecipeWords
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.shipping.actions.rules import keep_rule
from lotbook.operations.transfers.actions import levels
from lotbook.operations.warehouse.actions import units
from tests import rooms
from tests.rooms import ANN, Cast

BOB = "user:bob"
QUINN = "user:quinn"
LIM = "user:lim"
"""Works at the outlet only."""

SAUCE = RecipeWords(
    code="SAUCE-1",
    item="SAUCE",
    base_quantity="10",
    inputs=(
        Ingredient("TOM", "4", scrap="10", alternatives=(Alternative("PEEL", "2"),)),
        Ingredient("JAR", "10"),
        Ingredient("SALT", "0.1", optional=True),
    ),
    outputs=(Extra("PEEL", "0.4"),),
    expected_yield="95",
    yield_lower="60",
    yield_upper="120",
    yield_rule="ask",
    over_issue="10",
    limits_expiry=True,
)
PEEL = RecipeWords(
    code="PEEL-1", item="PEEL", base_quantity="5", inputs=(Ingredient("TOM", "6"),), yield_rule="show"
)


def make() -> Cast:
    """Make it."""
    cast = rooms.small()
    outlet = places.create_place(
        actor=ANN, code="OUTLET", kind="site", name="Outlet", time_zone="Europe/Rome"
    )
    places.create_place(actor=ANN, code="SALE", kind="area", name="Sale", parent=outlet.uid)
    places.create_place(actor=ANN, code="CAGE", kind="area", parent=outlet.uid, usable=False)
    places.create_place(actor=ANN, code="TANK", kind="bin", parent=cast.store.uid)
    _partners()
    places.open_consigned(actor=ANN, partner="PACK", time_zone="Europe/Rome")
    catalog.create_item(
        actor=ANN, code="CARTON", name="Carton of sauce", unit="H87", scale=0, net_weight="2.1"
    )
    units.set_numbering(site="PLANT", prefix="4012345", extension="3", actor=ANN)
    units.set_numbering(site="OUTLET", prefix="4012345", extension="4", actor=ANN)
    for words in (SAUCE, PEEL):
        production.activate_recipe(name=production.create_recipe(recipe=words, actor=ANN).uid, actor=ANN)
    production.create_vessel(place="TANK", item="TOM", actor=ANN, capacity="200")
    _people(outlet.pk)
    _rules()
    _stock(cast)
    return cast


def _stock(cast: Cast) -> None:
    """What is there in the morning: enough to do something with from the first act on."""
    rooms.stocked(
        cast, ("TOM", "T-1", "60"), ("TOM", "T-2", "40"), ("SALT", "SA-1", "25"), ("JAR", "", "150"),
        ("SAUCE", "A-1", "60"), ("SAUCE", "A-2", "35"),
    )  # fmt: skip
    rooms.stocked(cast, ("SAUCE", "A-3", "40"), ("TOM", "T-2", "20"), place="A-01")


def _partners() -> None:
    for code, name, role in (
        ("MILL", "Mulino Bianchi", "supplier"),
        ("CAFE", "Café Nero", "customer"),
        ("INN", "The Inn", "customer"),
        ("VAN", "Corriere Blu", "carrier"),
        ("PACK", "Pack & Co", "contract_maker"),
    ):
        partners.create_partner(actor=ANN, code=code, name=name, **{f"is_{role}": True})  # type: ignore[arg-type]
    partners.create_partner(
        actor=ANN, code="FOODBANK", name="Banco", is_customer=True, attributes={"charity": True}
    )


def _people(outlet: int) -> None:
    for name, role in (("ann", "manager"), ("bob", "operator"), ("quinn", "quality"), ("mona", "manager")):
        User.objects.create(username=name, role=role)
    User.objects.create(username="lim", role="operator").sites.add(outlet)


def _rules() -> None:
    """What has to be decided, how goods are received, and what customers want of lots."""
    quality = [Stage("quality")]
    for kind, limit in (
        ("warehouse.adjust", 6_000),
        ("counting.adjust", 6_000),
        ("transfers.difference", 3),
        ("receiving.over", None),
        ("production.yield", None),
    ):
        approvals.keep_rule(
            actor=ANN, kind=kind, name=kind, steps=quality, quantity_limit=limit, expire_after_hours=30
        )
    approvals.keep_rule(
        actor=ANN, kind="transfers.request", name="Requests", quantity_limit=15, expire_after_hours=30,
        steps=[*quality, Stage("manager")],
    )  # fmt: skip
    receiving.set_rule(actor=ANN, item="SALT", over="10", under="5")
    receiving.set_rule(actor=ANN, supplier="MILL", quarantine="hold")
    receiving.set_rule(actor=ANN, item="PEEL", quarantine="place", temperature_max="8")
    keep_rule(actor=ANN, customer="CAFE", strategy="fifo", one_lot=True)
    keep_rule(actor=ANN, customer="INN", strategy="lefo", not_older=True, minimum_days=3)
    counting.set_limit(actor=ANN, percent="20", quantity="2")
    levels.keep(item="SAUCE", place="SALE", minimum="10", maximum="40", source="STORE", actor=ANN)
