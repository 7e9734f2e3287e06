"""Columns of an opening stock, in several languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from lotbook.kernel.columns import Columns

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": (
        "item", "item code", "item no", "item number", "sku", "article", "article no", "product",
        "product code", "material", "part number", "artikel", "artikelnummer", "artikelnr",
        "code article", "référence", "codigo", "gtin", "ean", "upc", "barcode", "gtin-14",
        "gtin-13",
    ),
    "name": (
        "item name", "name", "description", "product name", "bezeichnung", "artikelbezeichnung",
        "désignation",
    ),
    "lot": (
        "lot", "lot no", "lot number", "lot code", "batch", "batch no", "batch number", "charge",
        "chargennummer", "charge nr", "los", "losnummer", "lote", "numéro de lot", "partie", "tlc",
    ),
    "serial": (
        "serial", "serial no", "serial number", "sn", "seriennummer", "numéro de série",
        "número de serie",
    ),
    "quantity": (
        "quantity", "qty", "amount", "on hand", "stock", "count", "menge", "bestand", "anzahl",
        "quantité", "cantidad",
    ),
    "unit": ("unit", "uom", "unit of measure", "einheit", "me", "mengeneinheit", "unité", "unidad"),
    "place": (
        "place", "location", "bin", "warehouse", "storage location", "shelf", "lagerort",
        "lagerplatz", "platz", "emplacement", "ubicación", "site",
    ),
    "supplier": ("supplier", "vendor", "supplier code", "lieferant", "fournisseur", "proveedor"),
    "supplier_lot": (
        "supplier lot", "suppliers lot", "supplier's lot", "supplier lot number", "supplier batch",
        "vendor lot", "vendor batch", "lieferantencharge", "lot fournisseur",
    ),
    "harvested_on": ("harvested", "harvest date", "harvested on", "erntedatum"),
    "produced_on": (
        "produced", "production date", "produced on", "manufactured", "manufacturing date",
        "mfg date", "made on", "herstelldatum", "produktionsdatum", "date de production",
        "fecha de producción",
    ),
    "packed_on": ("packed", "pack date", "packed on", "packing date", "abpackdatum"),
    "received_on": (
        "received", "receipt date", "received on", "date received", "wareneingang", "eingangsdatum",
    ),
    "sell_by_on": ("sell by", "sell by date"),
    "best_before_on": ("best before", "best before date", "bbd", "mhd", "mindesthaltbarkeitsdatum", "ddm"),
    "expires_on": (
        "expiry", "expiry date", "expires", "expires on", "expiration", "expiration date", "exp",
        "exp date", "use by", "use by date", "verfallsdatum", "verfall", "ablaufdatum", "dlc",
        "fecha de caducidad",
    ),
    "retest_on": ("retest", "retest date"),
    "origin_country": (
        "origin", "country of origin", "country", "origin country", "ursprung", "ursprungsland",
        "herkunft",
    ),
    "tlc": ("traceability lot code",),
    "unit_cost": ("unit cost", "cost", "price", "unit price", "einstandspreis", "kosten", "coût", "coste"),
    "currency": ("currency", "währung", "devise", "moneda"),
}  # fmt: skip
"""Field → the headers it is found under, in several languages."""

DATE_FIELDS = tuple(name for name in COLUMNS if name.endswith("_on"))
NUMBER_FIELDS = ("quantity", "unit_cost")
TEXT_MAX = {"item": 60, "name": 200, "lot": 500, "serial": 500, "unit": 60, "place": 120, "supplier": 200}
TEXT_MAX |= {"supplier_lot": 120, "origin_country": 60, "tlc": 500, "currency": 3}
TEMPLATE = (
    "item", "name", "lot", "serial", "quantity", "unit", "place", "supplier", "supplier_lot", "produced_on",
    "best_before_on", "expires_on", "origin_country", "unit_cost", "currency",
)  # fmt: skip
"""Columns of the template file, in order."""

HEADERS = {name: names[0] for name, names in COLUMNS.items()} | {"produced_on": "production date"}
HEADERS |= {
    "expires_on": "expiry date",
    "best_before_on": "best before date",
    "origin_country": "origin country",
}
TABLE = Columns(
    COLUMNS,
    dates=DATE_FIELDS,
    numbers=NUMBER_FIELDS,
    text_max=TEXT_MAX,
    needed=(("item",), ("quantity", "serial")),
    headers=HEADERS,
)
KNOWN = TABLE.known
