"""Whom the demo company deals with. Every name is invented; telephone numbers are those kept for fiction."""

from __future__ import annotations

from dataclasses import dataclass

from lotbook.config.demo import numbers


@dataclass(frozen=True, slots=True)
class Firm:
    """A partner with one location, complete as 21 CFR 1.1310 asks; ``roles`` like supplier."""

    code: str
    name: str
    roles: tuple[str, ...]
    reference: int
    street: str
    city: str
    region: str
    postal_code: str
    country: str = "US"

    @property
    def gln(self) -> str:
        """Its GLN, under the prefix for demonstrations."""
        return numbers.partner_gln(self.reference)

    @property
    def phone(self) -> str:
        """555-0100 to 555-0199 belong to nobody."""
        return f"+1 503 555 01{self.reference % 100:02}"

    @property
    def email(self) -> str:
        """An address under a domain kept for examples."""
        return f"quality@{self.code.lower()}.example"


_SUPPLIERS = (
    ("TUMBLING", "Tumbling River Produce", "Levee Road 14", "Hermiston", "OR", "97838", "US"),
    ("MEADOWGATE", "Meadowgate Milk Cooperative", "Pasture Lane 3", "Tillamook", "OR", "97141", "US"),
    ("PELLWORTH", "Pellworth Dairy Cultures", "Havnegade 22", "Aarhus", "Midtjylland", "8000", "DK"),
    ("SAFFRONGATE", "Saffron Gate Spice Traders", "Wharf Street 71", "Oakland", "CA", "94607", "US"),
    ("NORTHWIND", "Northwind Dry Goods", "Grain Elevator Way 5", "Portland", "OR", "97203", "US"),
    ("CLEARBROOK", "Clearbrook Glass and Labels", "Furnace Street 30", "Tacoma", "WA", "98421", "US"),
)
_CARRIERS = (
    ("CASCADE", "Cascade Reefer Lines", "Yard Road 1", "Portland", "OR", "97218", "US"),
    ("TIDEWAY", "Tideway Freight", "Dock Avenue 8", "Astoria", "OR", "97103", "US"),
    ("OWLPOST", "Owlpost Parcel", "Sorting Street 4", "Salem", "OR", "97302", "US"),
)
_PACKER = ("BINDLESTIFF", "Bindlestiff Co-Packing", "Foundry Lane 9", "Eugene", "OR", "97401", "US")

_TOWNS = (
    ("Portland", "OR", "97205"), ("Eugene", "OR", "97401"), ("Bend", "OR", "97701"), ("Salem", "OR", "97301"),
    ("Medford", "OR", "97501"), ("Seattle", "WA", "98101"), ("Tacoma", "WA", "98402"), ("Spokane", "WA",
    "99201"),
    ("Olympia", "WA", "98501"), ("Boise", "ID", "83702"), ("Reno", "NV", "89501"), ("Sacramento", "CA",
    "95814"),
    ("Oakland", "CA", "94612"),
)  # fmt: skip
_SHOPS = (
    "Larchwood Market", "Green Kettle Grocery", "Blue Heron Foods", "Copper Spoon Bistro", "Fernhill Co-op",
    "Hollis & Daughters", "Juniper Street Deli", "Kestrel Catering", "Lantern Fine Foods", "Mossgrove Market",
    "Nettle & Thyme", "Old Ferry Grocer", "Pinecrest Provisions", "Quarry Road Market", "Redwing Restaurants",
    "Silver Birch Schools", "Thistledown Foods", "Upland Organics", "Violet Hour Hotels",
    "Wintergreen Stores",
    "Yarrow Valley Foods", "Zephyr Air Catering", "Amberline Supermarkets", "Brightwater Hospital Kitchens",
    "Candlewick Cafes", "Driftwood Delicatessen", "Elmcourt Stores", "Foxglove Farm Shop",
    "Goldfinch Grocers",
    "Harrowgate Hotels", "Ivybridge Imports", "Jackdaw Pantry", "Kingfisher Markets", "Lindenhall Foods",
    "Marigold Meals", "Northgate Noodle Bars", "Orchard Lane Organics", "Plover Point Provisions",
    "Rookery Restaurants", "Saltmarsh Seafood Shops",
)  # fmt: skip


def _customer(index: int, name: str) -> Firm:
    city, region, postal_code = _TOWNS[index % len(_TOWNS)]
    street = f"Market Street {11 + 7 * index}"
    return Firm(f"C{index + 1:03}", name, ("customer",), 300 + index, street, city, region, postal_code)


CUSTOMERS = tuple(_customer(index, name) for index, name in enumerate(_SHOPS))
CARRIERS = tuple(
    Firm(code, name, ("carrier",), 200 + i, *rest) for i, (code, name, *rest) in enumerate(_CARRIERS)
)
FOOD_BANK = Firm(
    "FOODBANK", "Willamette Table Food Bank", ("customer",), 191, "Orchard Street 12", "Salem", "OR", "97301"
)
FIRMS = (
    *(Firm(code, name, ("supplier",), 100 + i, *rest) for i, (code, name, *rest) in enumerate(_SUPPLIERS)),
    Firm(_PACKER[0], _PACKER[1], ("contract_maker",), 190, *_PACKER[2:]),
    *CARRIERS,
    *CUSTOMERS,
    FOOD_BANK,
)
