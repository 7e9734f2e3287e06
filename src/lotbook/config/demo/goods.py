"""What the demo company buys, makes and sells. Quantities elsewhere are in smallest units of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lotbook.config.demo import numbers


@dataclass(frozen=True, slots=True)
class Pack:
    """A packaging level: ``content`` in base units; ``indicator`` 0: it has no GTIN."""

    name: str
    content: int
    indicator: int = 0


@dataclass(frozen=True, slots=True)
class Good:
    """An item. ``supplier`` is the code of who sells it to us; what we make ourselves has none."""

    code: str
    name: str
    group: str
    unit: str
    scale: int = 0
    shelf: int | None = None
    cost: str = ""
    weight: str = ""
    tracking: str = "lot"
    supplier: str = ""
    origins: tuple[str, ...] = ()
    reference: int = 0
    packs: tuple[Pack, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def gtin(self) -> str | None:
        """Ours for what we sell, the supplier's for what he sells us, none inside the house."""
        if not self.reference:
            return None
        if self.supplier:
            return numbers.supplier_gtin(SUPPLIERS.index(self.supplier) + 1, self.reference)
        return numbers.gtin(self.reference)

    @property
    def kind(self) -> int:
        """The kind of its lots: 0 untracked, 1 lot, 2 serial."""
        return KINDS[self.tracking]


KINDS = {"none": 0, "lot": 1, "serial": 2}
SUPPLIERS = ("TUMBLING", "MEADOWGATE", "PELLWORTH", "SAFFRONGATE", "NORTHWIND", "CLEARBROOK")


def _raw(code: str, name: str, supplier: str, reference: int, cost: str, **more: Any) -> Good:
    return Good(
        code, name, "Ingredients", "KGM", 3, cost=cost, supplier=supplier, reference=reference, **more
    )


def _jar(code: str, name: str, reference: int, shelf: int, cost: str, **attributes: str) -> Good:
    packs = (Pack("Case of 12", 12, 1), Pack("Pallet of 60 cases", 720))
    return Good(
        code,
        name,
        "Sauces",
        "H87",
        0,
        shelf,
        cost,
        "0.35",
        reference=reference,
        packs=packs,
        attributes=attributes,
    )


def _print(code: str, name: str, reference: int) -> Good:
    return Good(
        code, name, "Packaging", "H87", cost="0.021", supplier="CLEARBROOK", reference=reference,
        packs=(Pack("Roll of 2000", 2000),),
    )  # fmt: skip


GOODS: tuple[Good, ...] = (
    _raw("RM-TOMATO", "Tomatoes, plum, fresh", "TUMBLING", 101, "0.92", shelf=10, origins=("US", "MX"),
         attributes={"food traceability list": "yes"}),
    _raw("RM-BASIL", "Basil, fresh", "TUMBLING", 102, "14.5", shelf=7, origins=("US",),
         attributes={"food traceability list": "yes"}),
    _raw("RM-ONION", "Onions, yellow", "TUMBLING", 103, "0.71", shelf=60, origins=("US",)),
    _raw("RM-GARLIC", "Garlic, peeled", "TUMBLING", 104, "5.2", shelf=45, origins=("US", "CN")),
    Good("RM-MILK", "Cow's milk, raw", "Ingredients", "LTR", 1, 4, "0.48", "1.03", supplier="MEADOWGATE",
         reference=105, origins=("US",), attributes={"allergens": "milk"}),
    Good("RM-RENNET", "Rennet, microbial", "Ingredients", "LTR", 3, 240, "38", "1.1", supplier="PELLWORTH",
         reference=106, origins=("DK",)),
    Good("RM-CULTURE", "Starter culture, mesophilic", "Ingredients", "GRM", 0, 365, "0.31",
         supplier="PELLWORTH",
         reference=107, origins=("DK",)),
    _raw("RM-PAPRIKA", "Paprika, smoked, ground", "SAFFRONGATE", 108, "9.8", shelf=720, origins=("ES",)),
    _raw("RM-CHILLI", "Chilli, crushed", "SAFFRONGATE", 109, "7.4", shelf=720, origins=("IN",)),
    _raw("RM-PEPPER", "Black pepper, ground", "SAFFRONGATE", 110, "11.2", shelf=720, origins=("VN",)),
    _raw("RM-MUSTARD", "Mustard seed, yellow", "SAFFRONGATE", 111, "3.1", shelf=540, origins=("CA",),
         attributes={"allergens": "mustard"}),
    _raw("RM-SALT", "Sea salt, fine", "NORTHWIND", 112, "0.44", shelf=1825, origins=("US",)),
    _raw("RM-SUGAR", "Cane sugar", "NORTHWIND", 113, "1.05", shelf=730, origins=("BR",)),
    _raw("RM-HONEY", "Wildflower honey", "NORTHWIND", 114, "6.9", shelf=730, origins=("US", "AR")),
    Good("RM-OIL", "Sunflower oil", "Ingredients", "LTR", 3, 365, "2.3", "0.92", supplier="NORTHWIND",
         reference=115, origins=("US",)),
    Good("RM-VINEGAR", "White wine vinegar", "Ingredients", "LTR", 3, 730, "1.6", "1.01",
         supplier="NORTHWIND",
         reference=116, origins=("IT",), attributes={"allergens": "sulphites"}),
    Good("RM-CIDER", "Cider vinegar", "Ingredients", "LTR", 3, 730, "1.9", "1.01", supplier="NORTHWIND",
         reference=117, origins=("US",), attributes={"allergens": "sulphites"}),
    Good("PK-JAR", "Jar 370 ml, glass", "Packaging", "H87", cost="0.24", supplier="CLEARBROOK", reference=201,
         origins=("US",), packs=(Pack("Pallet of 2688", 2688),)),
    Good("PK-LID", "Lid 63 mm, twist-off", "Packaging", "H87", cost="0.07", supplier="CLEARBROOK",
         reference=202,
         origins=("US",), packs=(Pack("Box of 1300", 1300),)),
    Good("PK-TUB", "Tub 250 g with lid", "Packaging", "H87", cost="0.11", supplier="CLEARBROOK",
         reference=203,
         origins=("US",)),
    Good("PK-FILM", "Cheese film, vacuum", "Packaging", "MTR", 1, cost="0.18", supplier="CLEARBROOK",
         reference=204,
         origins=("US",)),
    _print("PK-LAB-MARINARA", "Label, marinara", 211),
    _print("PK-LAB-ARRABBIATA", "Label, arrabbiata", 212),
    _print("PK-LAB-SMOKY", "Label, smoky ketchup", 213),
    _print("PK-LAB-BASIL", "Label, tomato and basil", 214),
    _print("PK-LAB-DRESSING", "Label, honey mustard dressing", 215),
    Good("PK-CARTON", "Carton, plain", "Packaging", "H87", cost="0.38", supplier="CLEARBROOK", reference=221,
         tracking="none"),
    Good("QC-SWAB", "Allergen swab kit, mustard", "Equipment", "H87", shelf=365, cost="21", tracking="serial",
         supplier="PELLWORTH", reference=301),
    Good("EQ-CO2", "Carbon dioxide cylinder 20 kg", "Equipment", "H87", cost="46", tracking="serial",
         supplier="NORTHWIND", reference=302, attributes={"returnable": "yes"}),
    Good("WIP-BASE", "Tomato base", "In process", "KGM", 3, 4, "1.9"),
    Good("WIP-BLEND", "House spice blend", "In process", "KGM", 3, 240, "9.1"),
    Good("WIP-REWORK", "Sauce rework", "In process", "KGM", 3, 5, "1.9"),
    Good("WIP-WHEY", "Whey", "In process", "LTR", 1, 2, "0.02", "1.02", attributes={"allergens": "milk"}),
    Good("CH-GREEN", "Alder wheel, green", "In process", "H87", 0, 5, "22", "4.4",
         attributes={"allergens": "milk"}),
    Good("CH-BRINED", "Alder wheel, brined", "In process", "H87", 0, 150, "23", "4.3",
         attributes={"allergens": "milk"}),
    Good("CH-WHEEL", "Alder wheel, ripened 60 days", "Cheese", "H87", 0, 180, "31", "4", reference=501,
         attributes={"allergens": "milk"}, packs=(Pack("Case of 2", 2, 1),)),
    Good("FG-WEDGE", "Alder wedge 200 g", "Cheese", "H87", 0, 90, "1.75", "0.2", reference=502,
         attributes={"allergens": "milk"}, packs=(Pack("Case of 20", 20, 1),)),
    Good("FG-CURD", "Fresh curd 250 g", "Cheese", "H87", 0, 28, "0.86", "0.25", reference=503,
         attributes={"allergens": "milk", "food traceability list": "yes"}, packs=(Pack("Case of 12", 12,
         1),)),
    Good("FG-RICOTTA", "Ricotta 250 g", "Cheese", "H87", 0, 18, "0.64", "0.25", reference=504,
         attributes={"allergens": "milk", "food traceability list": "yes"}, packs=(Pack("Case of 12", 12,
         1),)),
    Good("QC-LOGGER", "Temperature logger, 90 days", "Equipment", "H87", cost="18.5", tracking="serial",
         supplier="PELLWORTH", reference=303),
    Good("FG-HAMPER", "Chilled hamper with logger, four wedges", "Cheese", "H87", 0, 60, "27", "0.8",
         tracking="serial", reference=505, attributes={"allergens": "milk"}),
    _jar("FG-MARINARA", "Marinara sauce 350 g", 601, 540, "1.38"),
    _jar("FG-ARRABBIATA", "Arrabbiata sauce 350 g", 602, 540, "1.46"),
    _jar("FG-SMOKY", "Smoky ketchup 350 g", 603, 365, "1.52", allergens="sulphites"),
    _jar("FG-BASIL", "Tomato and basil sauce 350 g", 604, 365, "1.49"),
    _jar("FG-DRESSING", "Honey mustard dressing 350 g", 605, 180, "2.06", allergens="mustard, sulphites"),
    Good("FG-GIFT", "Gift box, three sauces", "Sauces", "H87", 0, 180, "6.4", "1.05", reference=606,
         attributes={"allergens": "mustard, sulphites"}, packs=(Pack("Case of 6", 6, 1),)),
)  # fmt: skip

BY_CODE = {good.code: good for good in GOODS}
SAUCES = ("FG-MARINARA", "FG-ARRABBIATA", "FG-SMOKY", "FG-BASIL", "FG-DRESSING")
CHILLED = ("FG-WEDGE", "FG-CURD", "FG-RICOTTA", "CH-WHEEL")
LABELS = {sauce: "PK-LAB-" + sauce.removeprefix("FG-") for sauce in SAUCES}


def amount(code: str, base_units: float) -> int:
    """Smallest units of so many base units, rounded."""
    return round(base_units * float(10 ** BY_CODE[code].scale))
