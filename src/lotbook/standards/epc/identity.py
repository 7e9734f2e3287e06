"""What an identifier names, whichever way it is written.

`identify` gives the same `key` for an EPC URN and for a GS1 Digital Link on any domain, so that the lot a
supplier writes as URN is the lot that our own labels carry as web address:

>>> one = identify("urn:epc:class:lgtin:4012345.012345.998877")
>>> two = identify("https://maker.example/p/01/04012345123456/10/998877?17=270331")
>>> (one.kind, one.key) == (two.kind, two.key) == ("lot", "/01/04012345123456/10/998877")
True

The key of a GS1 thing is the path of its canonical Digital Link; of every other EPC its URN; of any other URI
the URI itself with scheme and host in lower case.

Kinds, and why:

- lot: GTIN + lot (01+10, lgtin), also a lot of pieces (8006+10).
- serial: one thing. GTIN + serial (a lot named beside it is kept, but the serial alone identifies), tobacco
  serials (235, upui), ITIP, GIAI, CPI, GSRN, GSRNP, SGCN, GDTI with serial, GID, ADI, USDoD.
- unit: what carries or groups goods and is moved as one. SSCC, GRAI with serial, consignment (GINC), shipment
  (GSIN), freight container (BIC), vessel (IMOVN).
- item: a class of things without lot: GTIN alone, patterns with an open serial, GRAI, GDTI, GCN and CPI
  without serial, model numbers (GMN).
- place: SGLN, 414 with or without extension. party: PGLN, 417. document: business transaction identifiers
  (urn:epcglobal:cbv:bt…) and payment slips (415+8020).
- opaque: every other URI. A GS1 identifier with an error in it (wrong check digit, wrong length) is opaque
  too: somebody observed it and it must not be lost; `problem` says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import quote

from lotbook.standards.epc.layout import to_elements, to_urn
from lotbook.standards.epc.urn import EpcUrn, parse_urn
from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.digitallink import encode, parse_digital_link
from lotbook.standards.gs1.identifiers import AIS, verify
from lotbook.standards.uri import parse_uri

Kind = Literal["lot", "serial", "unit", "item", "place", "party", "document", "opaque"]

_NO_EXTENSION = "0"
_TRANSACTION = re.compile(r"urn:epcglobal:cbv:bt(id)?:.+", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Identity:
    """What one identifier names. Two identities are equal when they name the same thing.

    `scheme` is the EPC scheme ('sgtin', 'lgtin', …; 'gtin' for a bare GTIN, 'gmn', 'cbv', '' when opaque).
    `gtin` is 14 digits, `gln` 13, `sscc` 18, all with check digit. `serial` holds whatever makes the instance
    one of its class. Not compared: `uri` as it was written, `lot` and `variant` of a serial, `gcp_length`
    (the length of the company prefix, which only URNs tell) and `problem`.
    """

    kind: Kind
    key: str
    scheme: str = field(default="", compare=False)
    gtin: str | None = field(default=None, compare=False)
    lot: str | None = field(default=None, compare=False)
    serial: str | None = field(default=None, compare=False)
    sscc: str | None = field(default=None, compare=False)
    gln: str | None = field(default=None, compare=False)
    extension: str | None = field(default=None, compare=False)
    variant: str | None = field(default=None, compare=False)
    uri: str = field(default="", compare=False)
    gcp_length: int | None = field(default=None, compare=False)
    problem: str | None = field(default=None, compare=False)


def identify(uri: str) -> Identity:
    """Say what `uri` names; see the module for kinds and keys.

    Raises MalformedError only when `uri` is no absolute URI at all. Never raises for a foreign or faulty
    identifier: that is kind 'opaque', with `problem` set when it looked like a GS1 one.
    """
    parsed = parse_uri(uri)
    scheme = parsed.scheme.lower()
    try:
        if scheme == "urn" and uri[4:8].lower() == "epc:":
            return replace(_from_urn(parse_urn(uri)), uri=uri)
        if scheme in ("http", "https"):
            link = parse_digital_link(uri, strict=False)
            return replace(from_elements({code: link.elements[code] for code in link.path_codes}), uri=uri)
    except MalformedError as error:
        problem = str(error) if scheme == "urn" or _looks_like_link(parsed.path) else None
        return Identity("opaque", parsed.normalised, uri=uri, problem=problem)
    if _TRANSACTION.fullmatch(uri):
        return Identity("document", parsed.normalised, "cbv", uri=uri)
    return Identity("opaque", parsed.normalised, uri=uri)


def _looks_like_link(path: str) -> bool:
    """Whether somewhere in the path a GS1 key stands before digits; then a failed parse is worth a remark."""
    return re.search(r"/(00|01|253|255|40[12]|41[457]|80(03|04|06|10|13|17|18))/[0-9]{6}", path) is not None


def from_elements(elements: Mapping[str, str]) -> Identity:
    """Say what application identifiers (as a barcode or a link gives them) name together.

    The first GS1 key among `elements` counts; its check digits are verified here. Raises MalformedError
    when no key is among them or when it is wrong.
    """
    for code, make in _MAKERS.items():
        if code in elements:
            verify(AIS[code], elements[code])
            return make(elements)
    raise MalformedError("an element string", "a GS1 key such as (01) or (00)", shown(list(elements)))


def _key(*parts: str) -> str:
    codes = zip(parts[::2], parts[1::2], strict=True)
    return "".join(f"/{code}/{quote(value, safe='')}" for code, value in codes)


def _trade_item(elements: Mapping[str, str]) -> Identity:
    gtin, variant = elements["01"], elements.get("22")
    lot, serial, controlled = elements.get("10"), elements.get("21"), elements.get("235")
    if serial is not None:
        key = _key("01", gtin, "21", serial)
        return Identity("serial", key, "sgtin", gtin, lot, serial, variant=variant)
    if controlled is not None:
        return Identity("serial", _key("01", gtin, "235", controlled), "upui", gtin, lot, controlled)
    if lot is not None:
        return Identity("lot", _key("01", gtin, "10", lot), "lgtin", gtin, lot, variant=variant)
    return Identity("item", _key("01", gtin), "gtin", gtin, variant=variant)


def _pieces(elements: Mapping[str, str]) -> Identity:
    value = elements["8006"]
    gtin, lot, serial = value[:14], elements.get("10"), elements.get("21")
    if serial is not None:
        return Identity("serial", _key("8006", value, "21", serial), "itip", gtin, lot, serial)
    if lot is not None:
        return Identity("lot", _key("8006", value, "10", lot), "itip", gtin, lot)
    return Identity("item", _key("8006", value), "itip", gtin)


def _logistic_unit(elements: Mapping[str, str]) -> Identity:
    return Identity("unit", _key("00", elements["00"]), "sscc", sscc=elements["00"])


def _place(elements: Mapping[str, str]) -> Identity:
    gln, extension = elements["414"], elements.get("254")
    if extension is None or extension == _NO_EXTENSION:
        return Identity("place", _key("414", gln), "sgln", gln=gln)
    return Identity("place", _key("414", gln, "254", extension), "sgln", gln=gln, extension=extension)


def _party(elements: Mapping[str, str]) -> Identity:
    return Identity("party", _key("417", elements["417"]), "pgln", gln=elements["417"])


def _payment(elements: Mapping[str, str]) -> Identity:
    gln, reference = elements["415"], elements.get("8020")
    if reference is None:
        return Identity("party", _key("415", gln), "", gln=gln)
    return Identity("document", _key("415", gln, "8020", reference), "", serial=reference, gln=gln)


def _with_tail(code: str, scheme: str, head: int, instance: Kind) -> Callable[[Mapping[str, str]], Identity]:
    """A key whose value is `head` characters of class and, behind them, perhaps a serial."""

    def make(elements: Mapping[str, str]) -> Identity:
        value = elements[code]
        serial = value[head:] or None
        return Identity(instance if serial else "item", _key(code, value), scheme, serial=serial)

    return make


def _whole(code: str, scheme: str, kind: Kind) -> Callable[[Mapping[str, str]], Identity]:
    """A key whose value as a whole names one thing."""

    def make(elements: Mapping[str, str]) -> Identity:
        value = elements[code]
        serial = value if kind == "serial" else None
        return Identity(kind, _key(code, value), scheme, serial=serial)

    return make


def _component(elements: Mapping[str, str]) -> Identity:
    part, serial = elements["8010"], elements.get("8011")
    if serial is None:
        return Identity("item", _key("8010", part), "cpi")
    return Identity("serial", _key("8010", part, "8011", serial), "cpi", serial=serial)


_MAKERS: dict[str, Callable[[Mapping[str, str]], Identity]] = {
    "01": _trade_item,
    "8006": _pieces,
    "00": _logistic_unit,
    "414": _place,
    "417": _party,
    "415": _payment,
    "8003": _with_tail("8003", "grai", 14, "unit"),
    "253": _with_tail("253", "gdti", 13, "serial"),
    "255": _with_tail("255", "sgcn", 13, "serial"),
    "8004": _whole("8004", "giai", "serial"),
    "8017": _whole("8017", "gsrnp", "serial"),
    "8018": _whole("8018", "gsrn", "serial"),
    "8010": _component,
    "8013": _whole("8013", "gmn", "item"),
    "401": _whole("401", "ginc", "unit"),
    "402": _whole("402", "gsin", "unit"),
}

_OTHER_KINDS: dict[str, Kind] = {
    "gid": "serial",
    "usdod": "serial",
    "adi": "serial",
    "bic": "unit",
    "imovn": "unit",
}


def _from_urn(epc: EpcUrn) -> Identity:
    if epc.scheme not in _OTHER_KINDS:
        return replace(from_elements(to_elements(epc)), gcp_length=len(epc.fields["prefix"]))
    if epc.is_open:
        return Identity("item", str(epc), epc.scheme)
    return Identity(
        _OTHER_KINDS[epc.scheme], str(replace(epc, form="id")), epc.scheme, serial=epc.fields.get("serial")
    )


def digital_link(identity: Identity, stem: str = "https://id.gs1.org") -> str:
    """Write the canonical Digital Link of a GS1 identity, below `stem`.

    A serial inside a lot, and a variant, are written with their qualifiers. Raises MalformedError for what
    has no Digital Link (opaque URIs, other EPC schemes).
    """
    if not identity.key.startswith("/"):
        raise MalformedError("a Digital Link", "a GS1 identifier", f"{identity.kind} {shown(identity.key)}")
    link = parse_digital_link("https://x" + identity.key, strict=False)
    elements = dict(link.elements)
    if "21" in elements and identity.lot is not None:
        elements["10"] = identity.lot
    if identity.variant is not None:
        elements["22"] = identity.variant
    return encode(elements, stem)


def urn(identity: Identity, gcp_length: int | None = None) -> str:
    """Write the EPC URN of `identity`, given the length of its company prefix (6 to 12 digits).

    The length may be left out when `identity` came from a URN. A GTIN alone, and other classes, become
    patterns (urn:epc:idpat:…*). Raises MalformedError where no URN exists (opaque URIs, GMN, payment
    slips).
    """
    if identity.key.lower().startswith("urn:epc:"):
        return identity.key
    length = identity.gcp_length if gcp_length is None else gcp_length
    if length is None or not 6 <= length <= 12:
        raise MalformedError("an EPC URN", "the length of the company prefix, 6 to 12", shown(length))
    if not identity.key.startswith("/"):
        raise MalformedError("an EPC URN", "a GS1 identifier", f"{identity.kind} {shown(identity.key)}")
    elements = parse_digital_link("https://x" + identity.key, strict=False).elements
    return to_urn("sgtin" if identity.scheme == "gtin" else identity.scheme, elements, length)
