"""What a label may be: kinds, sizes, fields, symbols, and the designs that come with the book. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lotbook.kernel.checks import Check

WHAT: Mapping[str, str] = {
    "lot": "Lot",
    "item": "Item",
    "unit": "Pallet or case",
    "place": "Place",
    "serial": "Serial",
    "command": "Command",
}
"""What there are labels for."""

UNIQUE = frozenset({"unit", "serial"})
"""There is one of each: a second label of it is a copy, and says so."""

SYMBOLS: Mapping[str, str] = {
    "gs1-128": "GS1-128 (bars)",
    "gs1-datamatrix": "GS1 DataMatrix",
    "gs1-qr": "GS1 QR code",
    "qr": "QR code with a link",
    "code128": "Code 128 (bars, commands only)",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels on one sheet of paper: columns, rows, and in mm the first one's corner and the gaps between."""

    paper: str
    columns: int
    rows: int
    left_mm: float
    top_mm: float
    gap_mm: float = 0.0

    @property
    def labels(self) -> int:
        """How many labels the sheet has."""
        return self.columns * self.rows


@dataclass(frozen=True, slots=True)
class Size:
    """A label of so many mm, on a roll or on a sheet; nothing is printed within `margin_mm` of its edge."""

    name: str
    words: str
    width_mm: float
    height_mm: float
    margin_mm: float
    sheet: Sheet | None = None


_SIZES = (
    Size("100x150", "100 × 150 mm roll", 100, 150, 4),
    Size("100x50", "100 × 50 mm roll", 100, 50, 3),
    Size("50x25", "50 × 25 mm roll", 50, 25, 1.5),
    Size("a4-24", "A4 sheet, 3 × 8 labels of 70 × 37 mm", 70, 37, 4, Sheet("a4", 3, 8, 0, 0.5)),
    Size("a4-8", "A4 sheet, 2 × 4 labels of 99 × 68 mm", 99.1, 67.7, 4, Sheet("a4", 2, 4, 4.65, 13.1, 2.5)),
    Size("letter-30", "Letter sheet, 3 × 10 labels of 2⅝ × 1 in", 66.7, 25.4, 2,
         Sheet("letter", 3, 10, 4.76, 12.7, 3.05)),
    Size("letter-10", "Letter sheet, 2 × 5 labels of 4 × 2 in", 101.6, 50.8, 4,
         Sheet("letter", 2, 5, 3.97, 12.7, 4.76)),
)  # fmt: skip
SIZES: Mapping[str, Size] = {size.name: size for size in _SIZES}
ROLLS = tuple(size.name for size in _SIZES if size.sheet is None)

FIELDS: Mapping[str, str] = {
    "name": "Name",
    "code": "Code",
    "gtin": "GTIN",
    "lot": "Lot",
    "expires_on": "Use by",
    "best_before_on": "Best before",
    "produced_on": "Produced",
    "packed_on": "Packed",
    "quantity": "Quantity",
    "weight": "Net weight",
    "supplier": "Supplier",
    "supplier_lot": "Supplier's lot",
    "origin": "Origin",
    "site": "Site",
    "ship_to": "Ship to",
}
"""What a label can say beside its number; what is empty takes no room. The status of a lot is not among them:
it changes, and a label does not."""

TITLE_MAX = 60
COPIES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Spec:
    """What a design says: the line at the top ("" for the site's name), fields, symbol and size."""

    title: str
    fields: tuple[str, ...]
    symbol: str
    size: str

    def data(self) -> dict[str, Any]:
        """As it is stored."""
        return {**asdict(self), "fields": list(self.fields)}


def spec_of(data: Mapping[str, Any]) -> Spec:
    """A spec as it was stored."""
    return Spec(data["title"], tuple(data["fields"]), data["symbol"], data["size"])


_GOODS = ("name", "gtin", "expires_on", "best_before_on", "produced_on")
BUILT_IN: Mapping[str, Spec] = {
    "lot": Spec("", (*_GOODS, "supplier_lot", "origin"), "gs1-datamatrix", "100x50"),
    "serial": Spec("", ("name", "gtin", "lot", "expires_on", "best_before_on"), "gs1-datamatrix", "50x25"),
    "item": Spec("", ("name", "code", "gtin"), "gs1-datamatrix", "100x50"),
    "unit": Spec(
        "",
        ("name", "gtin", "lot", "quantity", "weight", "expires_on", "best_before_on", "ship_to"),
        "gs1-128",
        "100x150",
    ),
    "place": Spec("", ("name", "site"), "qr", "100x50"),
    "command": Spec("Lotbook", (), "code128", "100x50"),
}
"""The design of each kind until somebody makes one; version 0 of the design "Standard"."""

STANDARD = "Standard"


def read_spec(what: object, values: Mapping[str, Any]) -> tuple[str, Spec]:
    """A design's kind and content as they are stored; raises Refused with every fault."""
    check = Check()
    kind = check.choice("what", what, WHAT)
    title = check.text("title", values.get("title", ""), TITLE_MAX)
    symbol = check.choice("symbol", values.get("symbol"), SYMBOLS)
    size = check.choice("size", values.get("size"), SIZES)
    asked = values.get("fields") or ()
    if isinstance(asked, str) or not all(isinstance(name, str) for name in asked):
        check.fault("fields", "expected a list of names.", f"Choose among {', '.join(FIELDS)}.")
        asked = ()
    fields = tuple(dict.fromkeys(check.choice("fields", name, FIELDS) for name in asked))
    if kind == "command" and symbol and symbol not in ("code128", "qr"):
        check.fault("symbol", "a command is no GS1 data.", "Choose Code 128 or QR code.", "unfit")
    if kind not in ("", "command") and symbol == "code128":
        check.fault(
            "symbol", "Code 128 alone does not tell item and lot apart.", "Choose a GS1 symbol.", "unfit"
        )
    check.done()
    return kind, Spec(title, fields, symbol, size)


def sized(spec: Spec, size: str) -> Spec:
    """The same design on labels of another size."""
    return replace(spec, size=size) if size else spec


# --- Jobs ---

ATTEMPTS_MAX = 12
"""After so many attempts a job has failed until somebody tries it again."""
LEASE_S = 60
"""For so long one worker has a job to itself; when it dies, another takes it up afterwards."""


def wait_s(attempts: int) -> int:
    """Seconds until the next attempt: 5, 10, 20 … up to ten minutes."""
    return min(5 << min(max(attempts - 1, 0), 10), 600)


def marked_copy(what: str, earlier: int, *, reprint: bool) -> int:
    """Which copy a label is: 1 for a first one, which says nothing; beyond it says `COPY n`.

    >>> (
    ...     marked_copy("lot", 3, reprint=False),
    ...     marked_copy("unit", 1, reprint=False),
    ...     marked_copy("lot", 1, reprint=True),
    ... )
    (1, 2, 2)
    """
    return earlier + 1 if reprint or what in UNIQUE else 1
