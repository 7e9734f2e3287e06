"""The columns of lists of orders and of shipping notices, and the names they are found under. Pure."""

from __future__ import annotations

from lotbook.kernel.columns import Columns

SUPPLIER = ("supplier", "supplier code", "vendor", "lieferant", "fournisseur", "proveedor")
SITE = ("site", "to", "deliver to", "ship to", "plant", "werk", "lieferort", "lieu", "sitio")
ITEM = ("item", "item code", "article", "gtin", "ean", "product", "material", "artikel", "référence")
QUANTITY = ("quantity", "amount", "ordered", "menge", "anzahl", "quantité", "cantidad")
UNIT = ("unit", "uom", "unit of measure", "einheit", "mengeneinheit", "unité", "unidad")

ORDERS = Columns(
    {
        "number": (
            "order",
            "order number",
            "purchase order",
            "po",
            "bestellung",
            "bestellnummer",
            "commande",
        ),
        "supplier": SUPPLIER,
        "site": SITE,
        "expected_on": ("expected on", "expected", "due", "delivery date", "liefertermin", "lieferdatum"),
        "item": ITEM,
        "quantity": QUANTITY,
        "unit": UNIT,
        "over": ("over %", "over", "over delivery", "überlieferung"),
        "under": ("under %", "under", "under delivery", "unterlieferung"),
        "note": ("note", "remark", "bemerkung"),
    },
    dates=("expected_on",),
    numbers=("quantity", "over", "under"),
    text_max={"number": 60, "supplier": 200, "site": 200, "item": 500, "unit": 20, "note": 2000},
    needed=(("supplier",), ("item",), ("quantity",)),
)

NOTICES = Columns(
    {
        "number": (
            "notice", "shipping notice", "asn", "notice number", "delivery note", "despatch advice",
            "lieferavis", "lieferschein",
        ),
        "supplier": SUPPLIER,
        "site": SITE,
        "expected_on": ("expected on", "expected", "due", "delivery date", "liefertermin", "lieferdatum"),
        "carrier": ("carrier", "spediteur", "transporteur"),
        "order": ("order", "order number", "purchase order", "po", "bestellung", "bestellnummer"),
        "order_line": ("order line", "line", "bestellposition"),
        "item": ITEM,
        "lot": ("lot", "lot number", "batch", "charge", "los", "lote"),
        "supplier_lot": ("supplier's lot", "supplier lot", "lieferantencharge"),
        "quantity": QUANTITY,
        "unit": UNIT,
        "sscc": ("sscc", "logistic unit", "nve", "case"),
        "pallet": ("pallet", "on pallet", "pallet sscc", "palette"),
        "produced_on": ("produced on", "production date", "herstelldatum"),
        "packed_on": ("packed on", "packing date", "abpackdatum"),
        "harvested_on": ("harvested on", "harvest date", "erntedatum"),
        "best_before_on": ("best before", "best before on", "mhd", "mindesthaltbarkeitsdatum"),
        "expires_on": ("expires on", "expiry date", "expiry", "use by", "verfallsdatum"),
        "origin_country": ("origin", "country of origin", "ursprungsland"),
        "tlc": ("traceability lot code", "tlc"),
        "tlc_source_reference": ("tlc source reference", "traceability lot code source reference"),
        "note": ("note", "remark", "bemerkung"),
    },
    dates=("expected_on", "produced_on", "packed_on", "harvested_on", "best_before_on", "expires_on"),
    numbers=("quantity",),
    text_max={
        "number": 60, "supplier": 200, "site": 200, "carrier": 200, "order": 60, "order_line": 6, "item": 500,
        "lot": 500, "supplier_lot": 120, "unit": 20, "sscc": 60, "pallet": 60, "tlc": 500,
        "tlc_source_reference": 500, "origin_country": 60, "note": 2000,
    },
    needed=(("supplier",), ("item",), ("quantity", "lot")),
)  # fmt: skip

KINDS = {"orders": ORDERS, "notices": NOTICES}
