"""What the elements of a scan say about goods, in the words the book uses.

>>> from lotbook.standards.gs1 import read_bracketed
>>> said = facts_of(read_bracketed("(01)94012345123459(3103)001950(10)AB-1(17)270300"), date(2026, 11, 22))
>>> said.gtin, said.lot, said.expires_on, said.measures[0].value, said.measures[0].unit
('94012345123459', 'AB-1', datetime.date(2027, 3, 31), Decimal('1.950'), 'KGM')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lotbook.standards.gs1.dates import read_date
from lotbook.standards.gs1.message import Message

#: Trade measures, by the first three digits of their code: what is measured, and its unit (UN/ECE Rec. 20).
#: The fourth digit is the number of decimals. Logistic measures (33n, 34n and the like) are of the unit.
MEASURES: Mapping[str, tuple[str, str]] = {
    "310": ("net weight", "KGM"),
    "311": ("length", "MTR"),
    "312": ("width", "MTR"),
    "313": ("height", "MTR"),
    "314": ("area", "MTK"),
    "315": ("net volume", "LTR"),
    "316": ("net volume", "MTQ"),
    "320": ("net weight", "LBR"),
    "321": ("length", "INH"),
    "322": ("length", "FOT"),
    "323": ("length", "YRD"),
    "330": ("gross weight", "KGM"),
    "335": ("gross volume", "LTR"),
    "336": ("gross volume", "MTQ"),
    "340": ("gross weight", "LBR"),
    "350": ("area", "INK"),
    "351": ("area", "FTK"),
    "352": ("area", "YDK"),
    "356": ("net weight", "APZ"),
    "357": ("net volume", "OZA"),
    "360": ("net volume", "QTL"),
    "361": ("net volume", "GLL"),
    "364": ("net volume", "INQ"),
    "365": ("net volume", "FTQ"),
    "366": ("net volume", "YDQ"),
}
_DATES: Mapping[str, str] = {
    "11": "produced_on",
    "13": "packed_on",
    "15": "best_before_on",
    "16": "sell_by_on",
    "17": "expires_on",
    "7007": "harvested_on",
}
_COUNTS = ("30", "37")


@dataclass(frozen=True, slots=True)
class Measure:
    """An amount: `what` is measured, its `value` and `unit` (a code of UN/ECE Recommendation 20)."""

    what: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a scan says; None or empty where it says nothing.

    `gtin` is the item itself (01), `content_gtin` what a logistic unit holds (02), `count` how many pieces
    (30) or items in the unit (37). Dates are those of a lot, by the names a lot has for them; a harvest over
    several days counts from its first.
    """

    sscc: str | None = None
    gtin: str | None = None
    content_gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    gln: str | None = None
    count: int | None = None
    measures: tuple[Measure, ...] = ()
    produced_on: date | None = None
    packed_on: date | None = None
    best_before_on: date | None = None
    sell_by_on: date | None = None
    expires_on: date | None = None
    harvested_on: date | None = None


def facts_of(message: Message, today: date) -> Facts:
    """Say what `message` tells about goods; `today` gives two-digit years their century.

    Raises Gs1Error for 29 February of a year that has none, which the digits alone do not show.
    """
    values = message.by_code
    dates = {name: read_date(values[code][:6], today) for code, name in _DATES.items() if code in values}
    if "7003" in values:
        dates.setdefault("expires_on", read_date(values["7003"][:6], today))
    piece = values.get("8006")
    count = next((int(values[code]) for code in _COUNTS if code in values), None)
    return Facts(
        sscc=values.get("00"),
        gtin=values.get("01") or values.get("03") or (piece and piece[:14]),
        content_gtin=values.get("02"),
        lot=values.get("10"),
        serial=values.get("21") or values.get("235"),
        gln=values.get("414"),
        count=count,
        measures=tuple(_measures(message)),
        **dates,
    )


def _measures(message: Message) -> list[Measure]:
    found = []
    for code, value in message.elements:
        if len(code) == 4 and code[:3] in MEASURES:
            what, unit = MEASURES[code[:3]]
            found.append(Measure(what, Decimal(value).scaleb(-int(code[3])), unit))
    return found
