"""How large a symbol becomes that the printer itself encodes: never smaller than what it will need.

Capacities: ISO/IEC 16022 (Data Matrix ECC 200, square), ISO/IEC 18004 (QR, bytes at level M).

>>> datamatrix_modules("010401234512345610AB-1"), qr_modules("https://id.gs1.org/01/04012345123456")
(18, 29)
"""

from __future__ import annotations

import re

_SQUARES = (
    (3, 10), (5, 12), (8, 14), (12, 16), (18, 18), (22, 20), (30, 22), (36, 24), (44, 26), (62, 32), (86, 36),
    (114, 40), (144, 44), (174, 48), (204, 52), (280, 64), (368, 72), (456, 80), (576, 88), (696, 96),
)  # fmt: skip
_QR_BYTES_M = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666)
_NARROW, _WIDE = "fijlrtI.,:;!'|()[]/ -", "mwMW%@"


def datamatrix_modules(content: str, *, gs1: bool = True) -> int:
    """Return the side of the square for `content` in ASCII encodation: two digits, or one sign, a codeword.

    Raises ValueError when there is no such square.
    """
    signs = re.sub(r"[0-9]{2}", "0", content)
    codewords = int(gs1) + len(signs) + sum(ord(sign) > 127 for sign in signs)
    for capacity, side in _SQUARES:
        if codewords <= capacity:
            return side
    raise ValueError(f"expected at most {_SQUARES[-1][0]} codewords, got {codewords}")


def qr_modules(content: str) -> int:
    """Return the side of the QR code for `content` as bytes, level M; ValueError when there is none."""
    length = len(content.encode())
    for version, capacity in enumerate(_QR_BYTES_M, 1):
        if length <= capacity:
            return 17 + 4 * version
    raise ValueError(f"expected at most {_QR_BYTES_M[-1]} bytes, got {length}")


def text_width(text: str) -> float:
    """How wide `text` is in the printer's scalable font, as a part of its height; rather more than less."""
    return sum(0.32 if sign in _NARROW else 0.85 if sign in _WIDE or ord(sign) > 0x2E80 else
               0.62 if sign.isupper() else 0.54 for sign in text)  # fmt: skip
