"""How the fields of an EPC URN lie inside GS1 keys, and the two ways between them.

A URN shows where the company prefix ends and leaves the check digit out; a key is the other way round. GTIN
and SSCC also start with a digit that the URN puts behind the prefix.

>>> from lotbook.standards.epc.urn import parse_urn
>>> to_elements(parse_urn("urn:epc:class:lgtin:4012345.012345.998877"))
{'01': '04012345123456', '10': '998877'}
>>> to_urn("lgtin", {"01": "04012345123456", "10": "998877"}, 7)
'urn:epc:class:lgtin:4012345.012345.998877'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lotbook.standards.epc.urn import SCHEMES, EpcUrn, escape, parse_urn
from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import check_digit

_NO_EXTENSION = "0"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where one scheme's fields go.

    `code` is the application identifier of the key; `moved` says that the first digit of the reference
    leads the key; `checked` that a check digit follows; `lead` stands in front of all; the fields `behind`
    follow inside the value; `qualifier` is the code and field of a value of its own.
    """

    code: str
    moved: bool = False
    checked: bool = True
    lead: str = ""
    behind: tuple[str, ...] = ()
    qualifier: tuple[str, str] | None = None


LAYOUTS: Mapping[str, _Layout] = {
    "sgtin": _Layout("01", moved=True, qualifier=("21", "serial")),
    "lgtin": _Layout("01", moved=True, qualifier=("10", "lot")),
    "upui": _Layout("01", moved=True, qualifier=("235", "serial")),
    "itip": _Layout("8006", moved=True, behind=("piece", "total"), qualifier=("21", "serial")),
    "sscc": _Layout("00", moved=True),
    "sgln": _Layout("414", qualifier=("254", "extension")),
    "pgln": _Layout("417"),
    "grai": _Layout("8003", lead="0", behind=("serial",)),
    "gdti": _Layout("253", behind=("serial",)),
    "sgcn": _Layout("255", behind=("serial",)),
    "gsrn": _Layout("8018"),
    "gsrnp": _Layout("8017"),
    "gsin": _Layout("402"),
    "giai": _Layout("8004", checked=False),
    "ginc": _Layout("401", checked=False),
    "cpi": _Layout("8010", checked=False, qualifier=("8011", "serial")),
}


def to_elements(epc: EpcUrn) -> dict[str, str]:
    """Write a GS1 EPC as application identifiers; open last fields of a pattern are left out.

    Raises MalformedError when a pattern leaves open what the key itself needs.
    """
    layout = LAYOUTS[epc.scheme]
    optional = {"serial", "lot", "extension"}
    opened = {name for name, value in epc.fields.items() if value == "*"} if epc.is_open else set()
    if not opened <= optional:
        raise MalformedError("an EPC pattern", "only its last field open (*)", str(epc))
    given = {name: value for name, value in epc.fields.items() if name not in opened}
    prefix, reference, *_ = epc.fields.values()
    core = reference[0] + prefix + reference[1:] if layout.moved else prefix + reference
    check = check_digit(core) if layout.checked else ""
    behind = "".join(given.get(name, "") for name in layout.behind)
    elements = {layout.code: layout.lead + core + check + behind}
    if layout.qualifier is not None and layout.qualifier[1] in given:
        elements[layout.qualifier[0]] = given[layout.qualifier[1]]
    return elements


def to_urn(scheme: str, elements: Mapping[str, str], gcp_length: int) -> str:
    """Write a key as EPC URN, given the length of its company prefix; a class without instance as a pattern.

    Raises MalformedError when the scheme has no URN for these elements or the prefix does not fit the key.
    """
    layout = LAYOUTS.get(scheme)
    codes = () if layout is None else (layout.code, *(layout.qualifier or ())[:1])
    if layout is None or not set(elements) <= set(codes):
        raise MalformedError("an EPC URN", "an identifier that has one", shown(dict(elements)))
    values = list(_values(scheme, layout, elements, gcp_length))
    form = "idpat" if None in values else SCHEMES[scheme].form
    text = ".".join("*" if value is None else escape(value) for value in values)
    # Read back, so that a prefix length that does not fit the key is an error and not a wrong URN.
    return str(parse_urn(f"urn:epc:{form}:{scheme}:{text}"))


def _values(
    scheme: str, layout: _Layout, elements: Mapping[str, str], gcp_length: int
) -> Iterator[str | None]:
    value = elements[layout.code].removeprefix(layout.lead)
    length = SCHEMES[scheme].digits or len(value)
    core, rest = value[:length], value[length + 1 :]
    first = core[:1] if layout.moved else ""
    core = core[len(first) :]
    yield core[:gcp_length]
    yield first + core[gcp_length:]
    if layout.behind == ("piece", "total"):
        yield rest[:2]
        yield rest[2:]
    elif layout.behind:
        yield rest or None
    if layout.qualifier is not None:
        yield elements.get(layout.qualifier[0], _NO_EXTENSION if scheme == "sgln" else None)
