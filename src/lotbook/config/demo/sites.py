"""Where the demo company keeps its goods: a kitchen, a dairy, a cold store, and stock at its packer."""

from __future__ import annotations

from dataclasses import dataclass

ZONE = "America/Los_Angeles"
"""All of it is in Oregon: one clock, one calendar day."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of ours. ``reference`` makes its GLN; ``address`` its location description.

    ``keeper``: the partner at whom goods of ours stand there.
    """

    code: str
    name: str
    kind: str
    parent: str = ""
    usable: bool = True
    reference: int = 0
    keeper: str = ""
    address: tuple[str, str, str] = ("", "", "")


def _bins(area: str, name: str, count: int) -> tuple[Spot, ...]:
    return tuple(Spot(f"{area}-{n:02}", f"{name} {n}", "bin", area) for n in range(1, count + 1))


SPOTS: tuple[Spot, ...] = (
    Spot("KIT", "Quillmere Kitchen", "site", reference=1, address=("118 Cannery Row", "Salem", "97301")),
    Spot("KIT-DOCK", "Kitchen dock", "area", "KIT"),
    Spot("KIT-DRY", "Dry goods", "area", "KIT"),
    *_bins("KIT-DRY", "Dry goods, bay", 3),
    Spot("KIT-CHILL", "Ingredient chiller", "area", "KIT"),
    Spot("KIT-PACK", "Packaging store", "area", "KIT"),
    *_bins("KIT-PACK", "Packaging, bay", 3),
    Spot("KIT-LINE", "Kettles and filling line", "area", "KIT"),
    Spot("KIT-FG", "Finished sauces", "area", "KIT"),
    *_bins("KIT-FG", "Sauces, bay", 5),
    Spot("KIT-TANK", "Oil tank", "bin", "KIT-DRY"),
    Spot("KIT-QUAR", "Kitchen quarantine", "area", "KIT", usable=False),
    Spot("DAI", "Quillmere Dairy", "site", reference=2, address=("2 Alder Creek Road", "Tillamook", "97141")),
    Spot("DAI-MILK", "Milk reception", "area", "DAI"),
    Spot("DAI-TANK-1", "Milk tank 1", "bin", "DAI-MILK"),
    Spot("DAI-TANK-2", "Milk tank 2", "bin", "DAI-MILK"),
    Spot("DAI-TANK-3", "Milk tank 3, blended", "bin", "DAI-MILK"),
    Spot("DAI-STORE", "Cultures and packaging", "area", "DAI"),
    Spot("DAI-VAT", "Vat room", "area", "DAI"),
    Spot("DAI-RIPE", "Ripening cellar", "area", "DAI"),
    *_bins("DAI-RIPE", "Cellar, shelf", 4),
    Spot("DAI-CHILL", "Dairy chiller", "area", "DAI"),
    Spot("DAI-DOCK", "Dairy dock", "area", "DAI"),
    Spot("DAI-QUAR", "Dairy quarantine", "area", "DAI", usable=False),
    Spot("COLD", "Harbour Cold Store", "site", reference=3, address=("40 Pier Street", "Astoria", "97103")),
    Spot("COLD-A", "Chamber A, 3 °C", "area", "COLD"),
    *_bins("COLD-A", "Chamber A, bay", 4),
    Spot("COLD-DOCK", "Cold dock", "area", "COLD"),
    Spot("COLD-QUAR", "Cold store quarantine", "area", "COLD", usable=False),
    Spot("PACKER", "Our stock at Bindlestiff Co-Packing", "site", reference=4, keeper="BINDLESTIFF",
         address=("9 Foundry Lane", "Eugene", "97401")),
    Spot("TRUCK", "On our truck", "transit"),
)  # fmt: skip
