"""Words and signs the pages use: a lot's status, and the names of units. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """How a status is shown: never by colour alone."""

    name: str
    word: str
    icon: str


STATUS = {
    status.name: status
    for status in (
        Status("released", "Released", "✓"),
        Status("quarantine", "Quarantine", "◷"),
        Status("hold", "On hold", "■"),
        Status("expired", "Expired", "✕"),
        Status("rejected", "Rejected", "⊘"),
        Status("recalled", "Recalled", "⚠"),
    )
}
"""Status of a lot → how it is shown (ux, section 6)."""

UNITS = {
    "H87": "pcs",
    "C62": "units",
    "EA": "each",
    "KGM": "kg",
    "GRM": "g",
    "MGM": "mg",
    "TNE": "t",
    "LBR": "lb",
    "ONZ": "oz",
    "LTR": "l",
    "MLT": "ml",
    "CLT": "cl",
    "DLT": "dl",
    "HLT": "hl",
    "GLL": "gal",
    "FOZ": "fl oz",
    "MTQ": "m³",
    "MTR": "m",
    "CMT": "cm",
    "MMT": "mm",
    "MTK": "m²",
    "CS": "cases",
    "XCS": "cases",
    "XBX": "boxes",
    "XPX": "pallets",
    "XBG": "bags",
    "XDR": "drums",
    "XJR": "jars",
    "DZN": "dozen",
    "PR": "pairs",
    "SET": "sets",
}
"""UN/ECE Recommendation 20 and 21 codes → what people say."""


def unit_name(code: str) -> str:
    """What people say for the unit ``code``; a code without a name here stays as it is."""
    return UNITS.get(code, code)
