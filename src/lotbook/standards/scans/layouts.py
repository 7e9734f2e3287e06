r"""Keyboard layouts: what arrives when a wedge presses the keys of one layout and the computer has another.

Wedges leave the factory as US keyboards. On a computer set to German, `]C1` becomes `+C1`, and Y and Z change
places within lots, which nobody notices. So a scan that makes sense only on another layout is not put right
in silence but refused: the scanner has to be set to the layout.

>>> typed("]C10104012345123456", "German"), meant("+C10104012345123456", "German")
('+C10104012345123456', ']C10104012345123456')
>>> typed("https://a/01/04012345123456", "French")
'httpsM!!q!à&!à\'à&é"\'(&é"\'(-'
"""

from __future__ import annotations

from collections.abc import Mapping

#: For each layout: keys by what they are on a US keyboard, and what the same keys give.
KEYS: Mapping[str, tuple[str, str]] = {
    "German": (
        "yzYZ-=[]\\;'/`_+{}|:\"<>?~@#^&*()",
        "zyZYß´ü+#öä-^?`Ü*'ÖÄ;:_°\"§&/()=",
    ),
    "French": (
        "qwazmQWAZM,./;'[]-\\`<>?:\"{}_|1234567890!@#$%^&*()",
        "azqw,AZQW?;:!mù^$)*²./§M%¨£°µ&é\"'(-è_çà1234567890",
    ),
    "Spanish": (
        "]-/:()=;'_?[&\"><#@^*",
        "+'-Ñ)=¡ñ´?_`/¨:;·\"&(",
    ),
    "Italian": (
        "]-/:()=;'_?[&\"><#@^*",
        "+'-ç)=ìòà?_è/°:;£\"&(",
    ),
}
_TO: dict[str, dict[int, str]] = {}
_FROM: dict[str, dict[int, str]] = {}
for _name, (_us, _there) in KEYS.items():
    _TO[_name] = dict(zip(map(ord, _us), _there, strict=True))
    _FROM[_name] = dict(zip(map(ord, _there), _us, strict=True))

LAYOUTS = tuple(KEYS)
"""The layouts known here, by name."""


def typed(text: str, layout: str) -> str:
    """Return what arrives when the keys that give `text` in the US are pressed on another `layout`."""
    return text.translate(_TO[layout])


def meant(text: str, layout: str) -> str:
    """Return what a US keyboard would have given for the keys that gave `text` with `layout`."""
    return text.translate(_FROM[layout])
