"""What the journeys of the floor and the look at its pages find made: the cast with its people."""

from __future__ import annotations

from datetime import timedelta

from tests import cast

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.operations.production import actions as production
from lotbook.operations.production.rules import Ingredient, RecipeWords
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Announced
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping.rules import Wanted
from lotbook.traceability.lots import actions as lots

PIA = "user:pia"
PALLET = "340123456789012340"
CASE = "340123456789012357"


def world() -> cast.Cast:
    """The cast's world and its people, who can log in: Pia the planner and Max, a second manager, too."""
    for code, kind in (("LOSS", "loss"), ("DIFFERENCE", "difference")):
        # The migration makes them, but a test that commits leaves empty tables behind.
        Place.objects.get_or_create(code=code, defaults={"name": kind.capitalize(), "kind": kind})
    made = cast.small()
    lots.create_rule(actor=cast.ANNA, name="Lots", pattern="L{date:%y%m%d}-{seq:3}", is_default=True)
    for name in ("anna", "quinn", "rita", "paul", "sven", "otto"):
        cast.person(name)
    accounts.create_user(username="pia", role="planner", password=cast.PASSWORD, actor="lotbook")
    accounts.create_user(username="max", role="manager", password=cast.PASSWORD, actor="lotbook")
    return made


def stocked(world: cast.Cast, item: Item, number: str, quantity: str, days: int) -> None:
    expires_on = clock.now().date() + timedelta(days=days)
    cast.receive(world, world.tumbling, item, number, quantity, facts={"expires_on": expires_on})


def announced(world: cast.Cast) -> None:
    """A pallet is on its way: a case of tomatoes on it, and loose jars."""
    # At the site it may still be the day before.
    day = str(clock.now().date() - timedelta(days=1))
    tomatoes = Announced(
        item="RM-TOMATO", lot="TOM-1", supplier_lot="4711", quantity="60", sscc=CASE, pallet=PALLET,
        produced_on=day, origin_country="US",
    )  # fmt: skip
    receiving.create_notice(
        supplier="TUMBLING", site="KIT", number="DN-7", actor=PIA,
        lines=[tomatoes, Announced(item="PK-JAR", quantity="40", sscc=PALLET)],
    )  # fmt: skip


def planned(world: cast.Cast) -> str:
    """Tomatoes and paprika of two lots each, a recipe, and an order released by Pia: its number."""
    for item, number, quantity, days in [
        (world.tomatoes, "TOM-OLD", "30", 3), (world.tomatoes, "TOM-NEW", "30", 9),
        (world.paprika, "PAP-1", "5", 100), (world.paprika, "PAP-2", "5", 200),
    ]:  # fmt: skip
        stocked(world, item, number, quantity, days)
    recipe = RecipeWords(
        code="MARINARA", item="FG-MARINARA", base_quantity="100", expected_yield="97", yield_lower="90",
        inputs=(Ingredient("RM-TOMATO", "36"), Ingredient("RM-PAPRIKA", "0.2")),
    )  # fmt: skip
    production.activate_recipe(name=production.create_recipe(recipe=recipe, actor=PIA).uid, actor=PIA)
    order = production.create_order(
        item="FG-MARINARA", quantity="100", site="KIT", due_on=clock.now().date(), actor=PIA
    )
    production.release_order(order=order.uid, actor=PIA)
    return order.number


def ordered(quantity: str, customer: str = "C001") -> str:
    """A confirmed order: its number."""
    wanted = [Wanted("FG-MARINARA", quantity)]
    made = shipping.create(customer=customer, site="KIT", lines=wanted, actor=PIA, confirmed=True)
    return made.number
