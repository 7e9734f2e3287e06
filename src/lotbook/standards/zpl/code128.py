"""Code 128 as a printer is told to print it: which code set where, so that its width is known before.

Digits in front go in pairs (code set C), the rest sign by sign (B): GS1 data begin with numbers. There is
no way back to C within a symbol, which not every firmware and renderer understands alike. Invocation codes:
ZPL II Programming Guide, ^BC ("Code 128 subsets").

>>> encode("0104012345123456", gs1=True).field
'>;>80104012345123456'
>>> encode("10AB-1", gs1=True)
Code128(field='>:>810AB-1', modules=112)
"""

from __future__ import annotations

from dataclasses import dataclass

SEPARATOR = "\x1d"
_FNC1, _TO_B = ">8", ">6"
_SIGN, _STOP = 11, 13


@dataclass(frozen=True, slots=True)
class Code128:
    """A symbol: its ZPL field data (not yet escaped), and how many modules wide, without quiet zones."""

    field: str
    modules: int


def encode(content: str, *, gs1: bool) -> Code128:
    """Encode `content`: printable ASCII, and GS (0x1D) for FNC1; `gs1` puts FNC1 in front.

    Raises ValueError for a character that code sets B and C do not have, and for nothing.
    """
    if not content:
        raise ValueError("expected something to print, got nothing")
    odd = next((sign for sign in content if not (" " <= sign <= "~" or sign == SEPARATOR)), None)
    if odd is not None:
        raise ValueError(f"expected printable ASCII, got {odd!r}")
    whole = SEPARATOR + content if gs1 else content
    at = pairs = 0
    while at < len(whole) and (whole[at] == SEPARATOR or _pair(whole, at)):
        pairs += whole[at] != SEPARATOR
        at += 1 if whole[at] == SEPARATOR else 2
    if at < len(whole) and pairs < 2:
        at = 0  # one pair saves what the change costs
    front, rest = whole[:at], whole[at:]
    field = (">;" if at else ">:") + _written(front) + (_TO_B if front and rest else "") + _written(rest)
    # start, the signs, check; the stop sign is two modules wider.
    signs = front.count(SEPARATOR) + (at - front.count(SEPARATOR)) // 2 + bool(front and rest) + len(rest)
    return Code128(field, (1 + signs + 1) * _SIGN + _STOP)


def _written(part: str) -> str:
    return part.replace(">", ">0").replace(SEPARATOR, _FNC1)


def _pair(whole: str, at: int) -> bool:
    pair = whole[at : at + 2]
    return len(pair) == 2 and pair.isascii() and pair.isdigit()
