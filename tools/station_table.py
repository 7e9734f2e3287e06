"""Writes what the scan station must know of the standards: `station/src/codes/table.ts`.

The station judges scans without a network, by the same data as the server. The data stand once, in
`lotbook.standards`; a test of the house says when the station's copy is old. `python -m tools.station_table`
writes it anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lotbook.standards.epc.layout import LAYOUTS
from lotbook.standards.epc.urn import SCHEMES
from lotbook.standards.gs1 import checks, codelists, digitallink, symbols, table
from lotbook.standards.scans import commands, facts, layouts, proving, understanding

FILE = Path(__file__).parents[1] / "station/src/codes/table.ts"

_HEAD = """\
// Made by `python -m tools.station_table` from src/lotbook/standards: change it there.
"""


def _packed(words: frozenset[str]) -> str:
    return " ".join(sorted(words))


def _row(row: table.Row) -> list[Any]:
    return [row.codes, row.title, row.parts, int(row.attribute), row.path, row.needs, row.bars]


def _constants() -> dict[str, tuple[str, Any]]:
    """Name → (type in TypeScript, value)."""
    row = "readonly [string, string, string, number, string | null, string, string]"
    texts = "Readonly<Record<string, string>>"
    scheme = "readonly [string, number | null, string, string, string]"
    shape = "readonly [string, number, number, string, string, string, string]"
    return {
        "ROWS": (f"readonly ({row})[]", [_row(row) for row in table.ROWS]),
        "PREDEFINED_LENGTHS": ("Readonly<Record<string, number>>", table.PREDEFINED_LENGTHS),
        "CSET_82": ("string", checks.CSET_82),
        "CSET_39": ("string", checks.CSET_39),
        "CSET_64": ("string", checks.CSET_64),
        "CSET_32": ("string", checks.CSET_32),
        "COUNTRY_NUMBERS": ("string", _packed(codelists.COUNTRY_NUMBERS)),
        "COUNTRIES": ("string", _packed(codelists.COUNTRIES)),
        "CURRENCY_NUMBERS": ("string", _packed(codelists.CURRENCY_NUMBERS)),
        "PACKAGE_TYPES": ("string", _packed(codelists.PACKAGE_TYPES)),
        "ALIASES": (texts, digitallink.ALIASES),
        "ELEMENT_SYMBOLS": (texts, symbols.ELEMENT_SYMBOLS),
        "GTIN_SYMBOLS": (
            "Readonly<Record<string, readonly [string, number]>>",
            {aim: list(told) for aim, told in symbols.GTIN_SYMBOLS.items()},
        ),
        "TEXT_SYMBOLS": (
            "Readonly<Record<string, readonly [string, string]>>",
            {letter: list(told) for letter, told in symbols.TEXT_SYMBOLS.items()},
        ),
        "TURNED": ("string", _packed(frozenset(symbols.TURNED))),
        # word → name, caption, pattern of the number behind it
        "COMMANDS": (
            "Readonly<Record<string, readonly [string, string, string]>>",
            {one.word: [one.name, one.says, one.number] for one in commands.COMMANDS.values()},
        ),
        "COMMAND_PREFIX": ("string", commands.PREFIX),
        "PICTURED": ("string", " ".join(understanding.PICTURED)),
        "KEYS": (
            "Readonly<Record<string, readonly [string, string]>>",
            {name: list(keys) for name, keys in layouts.KEYS.items()},
        ),
        # name → fields, digits, numeric fields, form, fields that may be empty
        "SCHEMES": (
            f"Readonly<Record<string, {scheme}>>",
            {
                name: [" ".join(one.fields), one.digits, " ".join(one.numeric), one.form, " ".join(one.empty)]
                for name, one in SCHEMES.items()
            },
        ),
        # name → code, moved, checked, lead, fields behind, code of the qualifier, field of the qualifier
        "LAYOUTS": (
            f"Readonly<Record<string, {shape}>>",
            {
                name: [
                    one.code, int(one.moved), int(one.checked), one.lead, " ".join(one.behind),
                    *(one.qualifier or ("", "")),
                ]
                for name, one in LAYOUTS.items()
            },
        ),
        "MEASURES": (
            "Readonly<Record<string, readonly [string, string]>>",
            {front: list(told) for front, told in facts.MEASURES.items()},
        ),
        "PROOF_CODES": (
            "readonly { name: string; symbol: string; aim: string; data: string; tells: string }[]",
            [code._asdict() for code in proving.PROOF_CODES],
        ),
    }  # fmt: skip


def made() -> str:
    """The file as it should be."""
    lines = [_HEAD]
    for name, (kind, value) in _constants().items():
        written = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
        written = written.replace('"],["', '"],\n["').replace('],"', '],\n"').replace('},{"', '},\n{"')
        lines.append(f"export const {name}: {kind} = {written};")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
