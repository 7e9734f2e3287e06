"""Units of measure, conversions between them, and what an item may be: pure decisions.

>>> item = Units("H87", 0, {"KGM": (20, 7)})
>>> item.convert("0.7", "KGM")
2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.quantity import QUANTITY_MAX, SCALE_MAX
from lotbook.standards.gs1.keys import Gtin

TRACKING = frozenset({"lot", "serial", "none"})
SHELF_LIFE_MAX = 36_500
MICRO = 6
NET_WEIGHT_UNIT = "KGM"
FACTOR_MAX = 2**62


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of UN/ECE Recommendation 20 (packages: Recommendation 21 with X in front).

    ``factor`` is how many of the dimension's base unit (kilogram, litre, metre, square metre, piece) one
    of it is, exactly; None where that depends on the item (a carton, a pallet).
    """

    code: str
    name: str
    symbol: str
    dimension: str
    factor: Fraction | None


# code | name | symbol | factor to the dimension's base unit, exact by definition (international yard and
# pound, 1959; US and imperial gallon).
_TABLE = {
    "mass": """
        KGM|kilogram|kg|1
        GRM|gram|g|1/1000
        MGM|milligram|mg|1/1000000
        MC|microgram|µg|1/1000000000
        CGM|centigram|cg|1/100000
        DG|decigram|dg|1/10000
        DJ|decagram|dag|1/100
        HGM|hectogram|hg|1/10
        DTN|decitonne|dt|100
        TNE|tonne|t|1000
        LBR|pound|lb|45359237/100000000
        ONZ|ounce|oz|45359237/1600000000
        STN|short ton (US)|ton|45359237/50000
        LTN|long ton (UK)|ton UK|6350293180/6250000
        """,
    "volume": """
        LTR|litre|l|1
        MLT|millilitre|ml|1/1000
        CLT|centilitre|cl|1/100
        DLT|decilitre|dl|1/10
        HLT|hectolitre|hl|100
        MTQ|cubic metre|m³|1000
        DMQ|cubic decimetre|dm³|1
        CMQ|cubic centimetre|cm³|1/1000
        MMQ|cubic millimetre|mm³|1/1000000
        GLL|gallon (US)|gal|473176473/125000000
        QTL|liquid quart (US)|qt|473176473/500000000
        PTL|liquid pint (US)|pt|473176473/1000000000
        OZA|fluid ounce (US)|fl oz|473176473/16000000000
        GLI|gallon (UK)|gal UK|454609/100000
        QTI|quart (UK)|qt UK|454609/400000
        PTI|pint (UK)|pt UK|454609/800000
        OZI|fluid ounce (UK)|fl oz UK|454609/16000000
        BLL|barrel (US, 42 gallons)|bbl|9936705933/62500000
        INQ|cubic inch|in³|2048383/125000000
        FTQ|cubic foot|ft³|55306341/1953125
        """,
    "length": """
        MTR|metre|m|1
        MMT|millimetre|mm|1/1000
        CMT|centimetre|cm|1/100
        DMT|decimetre|dm|1/10
        KMT|kilometre|km|1000
        INH|inch|in|127/5000
        FOT|foot|ft|381/1250
        YRD|yard|yd|1143/1250
        SMI|mile|mi|201168/125
        """,
    "area": """
        MTK|square metre|m²|1
        MMK|square millimetre|mm²|1/1000000
        CMK|square centimetre|cm²|1/10000
        DMK|square decimetre|dm²|1/100
        HAR|hectare|ha|10000
        INK|square inch|in²|16129/25000000
        FTK|square foot|ft²|145161/1562500
        YDK|square yard|yd²|1306449/1562500
        """,
    "count": """
        H87|piece|pc|1
        EA|each|ea|1
        C62|one (unit)|1|1
        NAR|article|art|1
        PR|pair|pr|2
        DZN|dozen|dz|12
        GRO|gross|gr|144
        CEN|hundred|100|100
        MIL|thousand|1000|1000
        MIO|million|million|1000000
        """,
    "energy": """
        KWH|kilowatt hour|kWh|1
        MWH|megawatt hour|MWh|1000
        """,
    "time": """
        HUR|hour|h|1
        MIN|minute|min|1/60
        SEC|second|s|1/3600
        DAY|day|d|24
        """,
    "package": """
        SET|set|set|
        KT|kit|kit|
        NPL|parcel|parcel|
        RO|roll|roll|
        ST|sheet|sheet|
        XBA|barrel|barrel|
        XBC|bottle crate|crate|
        XBE|bundle|bundle|
        XBG|bag|bag|
        XBJ|bucket|bucket|
        XBO|bottle|bottle|
        XBX|box|box|
        XCA|can|can|
        XCR|crate|crate|
        XCS|case|case|
        XCT|carton|carton|
        XCU|cup|cup|
        XCY|cylinder|cylinder|
        XDR|drum|drum|
        XJR|jar|jar|
        XKG|keg|keg|
        XPA|packet|packet|
        XPK|package|package|
        XPX|pallet|pallet|
        XPU|tray|tray|
        XRO|roll|roll|
        XSA|sack|sack|
        XTB|tub|tub|
        XTK|tank|tank|
        XTU|tube|tube|
        XVI|vial|vial|
        XVP|vacuum-packed|pack|
        XWA|intermediate bulk container|IBC|
        """,
}


def _units() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for dimension, lines in _TABLE.items():
        for line in lines.split("\n"):
            if line.strip():
                code, name, symbol, factor = line.strip().split("|")
                found[code] = Unit(code, name, symbol, dimension, Fraction(factor) if factor else None)
    return found


UNITS: Mapping[str, Unit] = _units()
"""Units by UN/ECE code, as far as goods are counted, weighed or measured in them."""


def symbol(code: str) -> str:
    """How a unit is written beside a number: ``kg`` for KGM; the code itself where it is not in the table."""
    unit = UNITS.get(code)
    return unit.symbol if unit else code


def find_unit(text: str) -> str | None:
    """The code for what a person wrote: the code, the symbol or the name (``kg``, ``Kilogram``, ``KGM``)."""
    wanted = text.strip()
    if wanted.upper() in UNITS:
        return wanted.upper()
    return _BY_WORD.get(wanted.casefold().rstrip("."))


def _words() -> dict[str, str]:
    words: dict[str, str] = {}
    for unit in UNITS.values():
        for word in (unit.symbol, unit.name, f"{unit.name}s", unit.name.replace("re", "er")):
            words.setdefault(word.casefold(), unit.code)
    extra = {
        "pcs": "H87",
        "pieces": "H87",
        "units": "C62",
        "unit": "C62",
        "stück": "H87",
        "stk": "H87",
        "lbs": "LBR",
    }
    return {**words, **extra, "liters": "LTR", "ltr": "LTR", "kgs": "KGM", "kilo": "KGM", "grams": "GRM"}


_BY_WORD = _words()


@dataclass(frozen=True, slots=True)
class Units:
    """What quantities of an item can be said in: base ``unit``, ``scale``, and its own conversions.

    ``conversions[code] = (n, d)``: one of ``code`` is n/d base units of this item.
    """

    unit: str
    scale: int
    conversions: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def factor(self, code: str) -> Fraction | None:
        """How many base units one ``code`` is: by the item's own conversions first, then by definition."""
        if code == self.unit:
            return Fraction(1)
        if code in self.conversions:
            return Fraction(*self.conversions[code])
        direct = _ratio(code, self.unit)
        if direct is not None:
            return direct
        for known, pair in sorted(self.conversions.items()):
            step = _ratio(code, known)
            if step is not None:
                return step * Fraction(*pair)
        return None

    def convert(self, quantity: Decimal | int | str, code: str, *, where: str = "quantity") -> int:
        """The integer of smallest units for ``quantity`` of ``code``; exact, or refused with the remedy."""
        check = Check()
        number = check.decimal(where, str(quantity) if isinstance(quantity, int) else quantity, places=18)
        check.done()
        if number is None:
            raise Refused(Fault(where, "no quantity is given.", "Write it like 12.5.", "required"))
        factor = self.factor(code)
        if factor is None:
            raise Refused(
                Fault(
                    where,
                    f"this item has no conversion from {code} to its base unit {self.unit}.",
                    f"Give the quantity in {self.unit}, or add the conversion to the item.",
                    "no_conversion",
                )
            )
        exact = Fraction(number) * factor * 10**self.scale
        if exact.denominator != 1:
            raise Refused(_inexact(where, f"{quantity} {code}", self))
        if abs(exact) >= QUANTITY_MAX:
            raise Refused(Fault(where, f"{quantity} {code} is too large.", "Check the unit."))
        return int(exact)

    def kilograms(self, quantity: int) -> Fraction | None:
        """Net mass in kilograms of ``quantity`` smallest units, exactly; None for an item without one."""
        factor = self.factor(NET_WEIGHT_UNIT)
        return Fraction(quantity, 10**self.scale) / factor if factor else None


def _inexact(where: str, what: str, units: Units) -> Fault:
    return Fault(
        where,
        f"{what} is no whole number of the smallest unit ({Decimal(1).scaleb(-units.scale)} {units.unit}).",
        f"Give the quantity in {units.unit}, round it, or make the item's scale finer.",
        "too_fine",
    )


def _ratio(one: str, other: str) -> Fraction | None:
    """How many ``other`` one ``one`` is, by definition of the units."""
    a, b = UNITS.get(one), UNITS.get(other)
    if a is None or b is None or a.dimension != b.dimension or a.factor is None or b.factor is None:
        return None
    return a.factor / b.factor


def convert(quantity: Decimal | int | str, from_unit: str, item: Units) -> int:
    """The integer of the item's smallest units for ``quantity`` of ``from_unit`` (see ``Units.convert``)."""
    return item.convert(quantity, from_unit)


_CURRENCIES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL
MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CURRENCIES.split())
"""ISO 4217 codes of currencies in use."""

FIELDS = frozenset(
    {
        "code", "name", "gtin", "group", "unit", "scale", "tracking", "shelf_life_days", "standard_cost",
        "currency", "attributes", "is_active",
    }
)  # fmt: skip


def read_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """The item's fields as they are stored, from what was given; raises Refused with every fault at once.

    Only the fields in ``values`` are read. ``standard_cost`` is decimal text with at most six places and
    becomes ``standard_cost_micro``.
    """
    check = Check()
    read: dict[str, Any] = {}
    readers: dict[str, Callable[[Any], Any]] = {
        "code": lambda v: check.text("code", v, 60, required=True),
        "name": lambda v: check.text("name", v, 200, required=True),
        "gtin": lambda v: gtin(check, "gtin", v),
        "group": lambda v: check.text("group", v, 60),
        "unit": lambda v: check.choice("unit", v, UNITS, "Use a UN/ECE code such as KGM, LTR or H87."),
        "scale": lambda v: check.whole("scale", v, 0, SCALE_MAX) or 0,
        "tracking": lambda v: check.choice("tracking", v, TRACKING),
        "shelf_life_days": lambda v: check.whole("shelf_life_days", v, 0, SHELF_LIFE_MAX),
        "standard_cost": lambda v: micro(check, v),
        "currency": lambda v: check.choice("currency", v, CURRENCIES, "Use an ISO 4217 code.") if v else "",
        "attributes": lambda v: check.attributes("attributes", v),
        "is_active": lambda v: check.flag("is_active", v),
    }
    for name, value in values.items():
        if name not in readers:
            check.fault(name, "is no field of an item.", f"Known are {', '.join(sorted(FIELDS))}.", "unknown")
            continue
        read["standard_cost_micro" if name == "standard_cost" else name] = readers[name](value)
    if values.get("tracking") == "serial" and read.get("scale"):
        check.fault("scale", "an item tracked by serial is counted in whole pieces.", "Use scale 0.")
    if read.get("standard_cost_micro") is not None and "currency" in read and not read["currency"]:
        check.fault("currency", "is empty, but a standard cost is given.", "Name the currency.", "required")
    check.done()
    return read


def gtin(check: Check, name: str, value: object) -> str | None:
    """A GTIN as 14 digits, or None."""
    return check.parsed(
        name, value, lambda text: Gtin.parse(text).value, "Check the number against the packaging."
    )


def micro(check: Check, value: object) -> int | None:
    """Millionths of the currency for a decimal text."""
    number = check.decimal("standard_cost", value, places=MICRO)
    if number is None:
        return None
    if number >= 10**12:
        check.fault("standard_cost", f"{value} is too large.", "Check the number.")
        return None
    return int(number.scaleb(MICRO))


def fraction(check: Check, name: str, value: object) -> Fraction | None:
    """A factor above zero, as decimal text (12.5) or as a fraction (20/7)."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and value.count("/") == 1:
        over, under = value.split("/")
        one = check.decimal(name, over, places=9, positive=True)
        other = check.decimal(name, under, places=9, positive=True)
        found = Fraction(one) / Fraction(other) if one and other else None
    else:
        number = check.decimal(name, value, places=9, positive=True)
        found = Fraction(number) if number else None
    if found is None and not check.faults:
        check.fault(name, "is empty.", "Write how many base units it is, like 12 or 20/7.", "required")
    if found and max(found.numerator, found.denominator) >= FACTOR_MAX:
        check.fault(name, "is too large or too fine to be kept exactly.", "Round it.")
        return None
    return found


def finer(item_scale: int, wanted: int, use: str) -> Fault | None:
    """Why the scale may not become ``wanted``: never coarser, and finer only before there are movements."""
    if wanted < item_scale:
        return Fault(
            "scale",
            f"a scale is only ever made finer; it is {item_scale}.",
            "Keep it, or make a new item.",
            "immutable",
        )
    if wanted > item_scale and use:
        return Fault(
            "scale",
            f"the item is in use ({use}), and its stored quantities count in the present scale {item_scale}.",
            f"Give at most {item_scale} decimal places, or make a new item with scale {wanted}.",
            "in_use",
        )
    return None


def fixed(name: str, use: str) -> Fault:
    """Why ``name`` may not change any more."""
    return Fault(name, f"cannot change: the item is in use ({use}).", "Make a new item instead.", "in_use")


def cost_text(value: int | None) -> str:
    """Decimal text of a cost in millionths, without trailing zeros; empty for none."""
    if value is None:
        return ""
    whole, part = divmod(value, 10**MICRO)
    fraction_digits = str(part).rjust(MICRO, "0").rstrip("0")
    return f"{whole}.{fraction_digits}" if fraction_digits else str(whole)
