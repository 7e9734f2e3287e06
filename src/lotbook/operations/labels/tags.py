"""What is written into the RFID tag of a label."""

from __future__ import annotations

from lotbook.foundation.places.models import SsccRange
from lotbook.kernel.errors import Fault, Refused
from lotbook.operations.labels.faces import Face
from lotbook.operations.labels.models import Printer
from lotbook.standards.epc.tags import from_elements
from lotbook.standards.errors import MalformedError

SERIAL = ("SGTIN+", "SGTIN-96", "SGTIN-198")
UNIT = ("SSCC+", "SSCC-96")
_FILTER = {"unit": 2, "serial": 1}
"""Filter values of the Tag Data Standard 2.2: a logistic unit; an item for the point of sale."""


def tag_of(face: Face, printer: Printer) -> str:
    """The EPC of a serial or unit in hexadecimal, in whole words; "" where nothing is written.

    Raises Refused when the printer's scheme cannot hold it: better no label than a tag that says less.
    """
    codes = {"serial": ("01", "21"), "unit": ("00",)}.get(face.what)
    if not printer.rfid or codes is None or not face.elements:
        return ""
    told = dict(face.elements)
    elements = {code: told[code] for code in codes}
    scheme = printer.scheme_serial if face.what == "serial" else printer.scheme_unit
    try:
        bits = from_elements(elements, scheme, _FILTER[face.what], _prefix_length(elements)).bits
    except MalformedError as problem:
        remedy = "Choose another tag scheme for the printer, or set our GS1 company prefix."
        raise Refused(Fault("printer", f"{problem}.", remedy, "tag")) from None
    whole = bits.ljust(-(-len(bits) // 16) * 16, "0")
    return f"{int(whole, 2):0{len(whole) // 4}X}"


def _prefix_length(elements: dict[str, str]) -> int | None:
    """How long our company prefix is in this number: the longest of ours that it begins with."""
    digits = next(iter(elements.values()))[1:]
    ours = [row.prefix for row in SsccRange.objects.all() if digits.startswith(row.prefix)]
    return max(map(len, ours), default=None)
