"""What was agreed on before: who says yes to what, how goods are received, sold, counted and kept."""

from __future__ import annotations

from lotbook.config.demo.floor.scene import Scene
from lotbook.config.demo.numbers import COMPANY
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.approvals.rules import Stage
from lotbook.operations.counting import actions as counting
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.shipping.actions import rules as shipping
from lotbook.operations.transfers.actions import levels
from lotbook.operations.warehouse.actions import units

ADA, ANNA, PETRA = "user:ada", "user:anna", "user:petra"
MANAGER = (Stage(role="manager"),)
MICRO = 1_000_000
BIG_CUSTOMER = "C023"
"""Amberline Supermarkets: who buys most, and is most particular."""


def agree(scene: Scene, pallets: int) -> None:
    """Everything that rules the floor; ``pallets`` logistic units have their numbers already."""
    with scene.on(21, 8):
        _approvals()
        for site in ("KIT", "DAI", "COLD"):
            units.set_numbering(site=site, prefix=COMPANY, last=pallets, actor=ADA)
    with scene.on(20, 9):
        _receiving()
        _shipping()
        counting.set_limit(item_group="Packaging", percent="1", actor=ANNA)
        counting.set_limit(percent="0.5", value="100", actor=ANNA)
        _levels()


def _approvals() -> None:
    approvals.keep_rule(
        actor=ADA, kind="transfers.request", name="Requests above 500 pieces", steps=MANAGER,
        item_group="Sauces", quantity_limit=500, remind_after_hours=24,
    )  # fmt: skip
    for kind, name, limit in (
        ("counting.adjust", "Count differences above 250 USD", 250),
        ("warehouse.adjust", "Adjustments and scrap above 100 USD", 100),
    ):
        approvals.keep_rule(
            actor=ADA, kind=kind, name=name, steps=MANAGER, value_limit_micro=limit * MICRO, currency="USD",
            remind_after_hours=24,
        )  # fmt: skip
    approvals.keep_rule(
        actor=ADA, kind="warehouse.adjust", name="Adjustments, scrap and destruction above 500 USD",
        steps=(Stage(role="quality"), *MANAGER), value_limit_micro=500 * MICRO, currency="USD",
        remind_after_hours=24,
    )  # fmt: skip
    approvals.keep_rule(
        actor=ADA, kind="receiving.over", name="More than ordered", steps=MANAGER, expire_after_hours=24 * 14
    )


def _receiving() -> None:
    receiving.set_rule(actor=PETRA, group="Ingredients", over="5", required=("supplier_lot", "expires_on"))
    receiving.set_rule(
        actor=PETRA, item="RM-MILK", required=("temperature",), temperature_min="1", temperature_max="6"
    )
    receiving.set_rule(actor=PETRA, supplier="SAFFRONGATE", quarantine="place", required=("origin_country",))


def _shipping() -> None:
    shipping.keep_rule(
        actor=PETRA, customer=BIG_CUSTOMER, item_group="Sauces", minimum_days=150, one_lot=False,
        not_older=True, reason="Their terms of delivery, section 4",
    )  # fmt: skip
    shipping.keep_rule(
        actor=PETRA,
        item_group="Cheese",
        minimum_days=7,
        carrier="CASCADE",
        reason="Chilled goods travel cold",
    )


def _levels() -> None:
    for item, place, minimum, maximum, days, source, supplier in (
        ("RM-MUSTARD", "KIT", "400", "800", 7, "", "SAFFRONGATE"),
        ("PK-TUB", "DAI-STORE", "15000", "24000", 10, "", "CLEARBROOK"),
        ("FG-DRESSING", "COLD", "900", "1440", 1, "KIT", ""),
        ("RM-SALT", "DAI-STORE", "250", "400", 1, "KIT", ""),
        ("RM-SUGAR", "KIT", "50", "900", 5, "", "NORTHWIND"),
    ):
        levels.keep(
            item=item, place=place, minimum=minimum, maximum=maximum, lead_days=days, source=source,
            supplier=supplier, actor=PETRA,
        )  # fmt: skip
