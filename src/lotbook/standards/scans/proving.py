r"""Codes that prove a scanner: what they hold is known, so what arrives tells how the scanner is set.

Print them, scan them on the station's page "Scanner", and it says whether separator, case, layout, prefix and
symbology identifier come through. The station's copy is made by `python -m tools.station_table`. The GTIN is
one of the prefix that GS1 keeps for demonstrations (952): no goods carry it.

>>> PROOF_CODES[0].aim + PROOF_CODES[0].data
']d2010952012345678810aBcXyZ-1\x1d21Qw-1m'
"""

from __future__ import annotations

from typing import NamedTuple


class ProofCode(NamedTuple):
    """One code to print: `data` in a `symbol` (by the names of zxing-cpp), what a scanner sends before it.

    `data` holds GS (0x1D) where FNC1 stands. `tells` is what its arrival proves, for people.
    """

    name: str
    symbol: str
    aim: str
    data: str
    tells: str


#: Each is told from the others by what it holds, also without its identifier.
_MATRIX, _LINEAR = (f"010952012345678810aBcXyZ-{n}\x1d21Qw-{n}m" for n in (1, 2))

PROOF_CODES: tuple[ProofCode, ...] = (
    ProofCode("matrix", "DataMatrix", "]d2", _MATRIX, "separator and identifier of two-dimensional codes"),
    ProofCode("linear", "Code128", "]C1", _LINEAR, "separator and identifier of linear codes"),
    ProofCode(
        "letters", "Code128", "]C0", "LB-PROOF aAmM qQwW yYzZ 0189 /:;=?_&+", "case and keyboard layout"
    ),
    ProofCode(
        "address",
        "QRCode",
        "]Q1",
        "https://id.gs1.org/01/09520123456788/10/aBcXyZ-3?17=990228",
        "web addresses",
    ),
)
"""In the order they are best scanned."""
