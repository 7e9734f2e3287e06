"""What an RFID tag carries: EPC binary in every scheme of the Tag Data Standard 2.x, and its other forms.

A tag is read from bits or hexadecimal digits (`read_tag`, `from_hex`), from a tag URI (`from_tag_uri`), or
made from a pure identity or from elements (`from_urn`, `from_elements`):

>>> tag = from_hex("3074257BF7194E4000001A85")
>>> tag.scheme, tag.filter, tag.pure_uri
('SGTIN-96', 3, 'urn:epc:id:sgtin:0614141.812345.6789')
>>> tag.digital_link
'https://id.gs1.org/01/80614141123458/21/6789'
>>> from_elements({"01": "80614141123458", "21": "6789"}, "SGTIN+", 3).hex
'F7380614141123458046A14'

The older schemes show where the company prefix ends (a partition), so they need its length to be made from
elements; the "+" schemes hold elements as they are, and more of them behind the EPC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from lotbook.standards.epc.bits import (
    WHAT,
    Cage,
    Coding,
    Digits,
    Integer,
    Prefixed,
    Reader,
    SixBit,
    Text,
    bits_of,
)
from lotbook.standards.epc.layout import to_elements, to_urn
from lotbook.standards.epc.packing import pack, read_elements, unpack, write_elements
from lotbook.standards.epc.urn import EpcUrn, parse_urn
from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import is_digits
from lotbook.standards.gs1.digitallink import encode, parse_digital_link
from lotbook.standards.gs1.identifiers import AIS, verify

_HEADER = 8
_PREFIX_BITS = {12: 40, 11: 37, 10: 34, 9: 30, 8: 27, 7: 24, 6: 20}
"""Bits of a company prefix by its digits; the partition value is 12 less the digits."""

_DATES = ("11", "13", "15", "16", "17", "7006", "7007")
"""What the date of a DSGTIN+ may say, in the order of its date types (TDS 2.x, §14.5.3)."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Company prefix and reference, sharing `width` bits behind three bits of partition value.

    `kind` says what the reference is: "digits" fills up to `most` digits with the prefix; "number" has no
    zeros in front; "text" has seven bits a character, "six" six bits and an end. For the last three, prefix
    and reference together have at most `most` characters.
    """

    width: int
    most: int
    kind: str = "digits"

    def reference(self, prefix_digits: int) -> Coding:
        """How the reference behind a prefix of so many digits is written."""
        width = self.width - _PREFIX_BITS[prefix_digits]
        most = self.most - prefix_digits
        if self.kind == "digits":
            return Digits(width, most)
        if self.kind == "number":
            return Integer(width, most)
        if self.kind == "text":
            return Text(width, most)
        return SixBit(f"[A-Z0-9#/-]{{1,{most}}}")


@dataclass(frozen=True, slots=True)
class TagScheme:
    """A scheme of fixed fields: its header, the EPC scheme it writes, filter bits, partition, other fields.

    `width` is the number of bits of a whole tag; None where that varies.
    """

    name: str
    header: int
    epc: str
    width: int | None
    partition: Partition | None = None
    fields: tuple[Coding, ...] = ()
    filter_bits: int = 3


@dataclass(frozen=True, slots=True)
class PlusScheme:
    """A "+" scheme: its header and the codes of its elements; `dated` puts a date in front of them."""

    name: str
    header: int
    codes: tuple[str, ...]
    dated: bool = False


_SERIAL_38, _SERIAL_41 = Integer(38), Integer(41)
_PIECE = Digits(7, 2)

SCHEMES: Mapping[str, TagScheme] = MappingProxyType({
    scheme.name: scheme
    for scheme in (
        TagScheme("SGTIN-96", 0x30, "sgtin", 96, Partition(44, 13), (_SERIAL_38,)),
        TagScheme("SGTIN-198", 0x36, "sgtin", 198, Partition(44, 13), (Text(140, 20),)),
        TagScheme("SSCC-96", 0x31, "sscc", 96, Partition(58, 17)),
        TagScheme("SGLN-96", 0x32, "sgln", 96, Partition(41, 12), (_SERIAL_41,)),
        TagScheme("SGLN-195", 0x39, "sgln", 195, Partition(41, 12), (Text(140, 20),)),
        TagScheme("GRAI-96", 0x33, "grai", 96, Partition(44, 12), (_SERIAL_38,)),
        TagScheme("GRAI-170", 0x37, "grai", 170, Partition(44, 12), (Text(112, 16),)),
        TagScheme("GIAI-96", 0x34, "giai", 96, Partition(82, 25, "number")),
        TagScheme("GIAI-202", 0x38, "giai", 202, Partition(188, 30, "text")),
        TagScheme("GSRN-96", 0x2D, "gsrn", 96, Partition(58, 17)),
        TagScheme("GSRNP-96", 0x2E, "gsrnp", 96, Partition(58, 17)),
        TagScheme("GDTI-96", 0x2C, "gdti", 96, Partition(41, 12), (_SERIAL_41,)),
        # TDS names the numeric string of §14.3.6 but promises no zeros in front; the machine-readable
        # tables of TDT 2.2 settle it: a plain number.
        TagScheme("GDTI-113", 0x3A, "gdti", 113, Partition(41, 12), (Integer(58, 17),)),
        TagScheme("GDTI-174", 0x3E, "gdti", 174, Partition(41, 12), (Text(119, 17),)),
        TagScheme("SGCN-96", 0x3F, "sgcn", 96, Partition(41, 12), (Prefixed(41, 12),)),
        TagScheme("ITIP-110", 0x40, "itip", 110, Partition(44, 13), (_PIECE, _PIECE, _SERIAL_38)),
        TagScheme("ITIP-212", 0x41, "itip", 212, Partition(44, 13), (_PIECE, _PIECE, Text(140, 20))),
        TagScheme("CPI-96", 0x3C, "cpi", 96, Partition(51, 15, "number"), (Integer(31),)),
        TagScheme("CPI-var", 0x3D, "cpi", None, Partition(0, 30, "six"), (Integer(40, 12),)),
        TagScheme("GID-96", 0x35, "gid", 96, None, (Integer(28), Integer(24), Integer(36)), 0),
        TagScheme("USDOD-96", 0x2F, "usdod", 96, None, (Cage(8), Integer(36)), 4),
        TagScheme(
            "ADI-var", 0x3B, "adi", None, None,
            (Cage(6), SixBit("[A-Z0-9/-]{0,32}"), SixBit("#?[A-Z0-9/-]{1,30}")), 6,
        ),
    )
})  # fmt: skip
"""The schemes older than TDS 2.0 (§14.6), by name."""

PLUS_SCHEMES: Mapping[str, PlusScheme] = MappingProxyType(
    {
        scheme.name: scheme
        for scheme in (
            PlusScheme("SGTIN+", 0xF7, ("01", "21")),
            PlusScheme("DSGTIN+", 0xFB, ("01", "21"), dated=True),
            PlusScheme("SSCC+", 0xF9, ("00",)),
            PlusScheme("SGLN+", 0xF2, ("414", "254")),
            PlusScheme("GRAI+", 0xF1, ("8003",)),
            PlusScheme("GIAI+", 0xFA, ("8004",)),
            PlusScheme("GSRN+", 0xF4, ("8018",)),
            PlusScheme("GSRNP+", 0xF5, ("8017",)),
            PlusScheme("GDTI+", 0xF6, ("253",)),
            PlusScheme("CPI+", 0xF0, ("8010", "8011")),
            PlusScheme("SGCN+", 0xF8, ("255",)),
            PlusScheme("ITIP+", 0xF3, ("8006", "21")),
        )
    }
)
"""The schemes of TDS 2.0 that need no company prefix (§14.6), by name."""

_BY_NAME: Mapping[str, TagScheme | PlusScheme] = {
    **{name.upper(): scheme for name, scheme in SCHEMES.items()},
    **PLUS_SCHEMES,
}
_BY_HEADER = {scheme.header: scheme for scheme in _BY_NAME.values()}


@dataclass(frozen=True, slots=True)
class Tag:
    """What a tag says. `bits` are those of the EPC without the zeros that fill a tag's last word.

    `filter` is None where a scheme has none; `epc` the pure identity, None for "+" schemes, which do not
    tell where the company prefix ends; `elements` are None for what is no GS1 identifier (GID, DoD, ADI).
    """

    scheme: str
    bits: str
    filter: int | None
    epc: EpcUrn | None
    elements: tuple[tuple[str, str], ...] | None

    @property
    def hex(self) -> str:
        """The bits as hexadecimal digits, filled up with zeros to whole digits."""
        padded = self.bits.ljust(-(-len(self.bits) // 4) * 4, "0")
        return f"{int(padded, 2):0{len(padded) // 4}X}"

    @property
    def pure_uri(self) -> str | None:
        """The pure identity URI (TDS §6), with everything but unreserved characters escaped."""
        return None if self.epc is None else f"urn:epc:id:{self.epc.scheme}:{_dotted(self.epc)}"

    @property
    def tag_uri(self) -> str | None:
        """The tag URI (TDS §12)."""
        if self.epc is None:
            return None
        front = "" if self.filter is None else f"{self.filter}."
        return f"urn:epc:tag:{self.scheme.lower()}:{front}{_dotted(self.epc)}"

    @property
    def digital_link(self) -> str | None:
        """The canonical GS1 Digital Link."""
        return None if self.elements is None else encode(dict(self.elements))

    @property
    def element_string(self) -> str | None:
        """The elements with their codes in brackets."""
        if self.elements is None:
            return None
        return "".join(f"({code}){value}" for code, value in self.elements)


def from_hex(text: str) -> Tag:
    """Read hexadecimal digits as a reader gives them, zeros that fill the last word included."""
    if re.fullmatch("[0-9A-Fa-f]+", text) is None:
        raise MalformedError(WHAT, "hexadecimal digits", shown(text))
    return read_tag(bits_of(int(text, 16), len(text) * 4))


def read_tag(bits: str) -> Tag:
    """Read the bits of an EPC. Raises MalformedError for unknown headers and fields out of their range."""
    if not bits or set(bits) - {"0", "1"}:
        raise MalformedError(WHAT, "bits", shown(bits))
    reader = Reader(bits)
    header = reader.number(_HEADER)
    scheme = _BY_HEADER.get(header)
    if scheme is None:
        raise MalformedError(WHAT, "the header of a known scheme", f"{header:02X}")
    return _read_plus(scheme, reader) if isinstance(scheme, PlusScheme) else _read(scheme, reader)


def from_tag_uri(text: str) -> Tag:
    """Make a tag from its tag URI, urn:epc:tag:scheme:filter.fields."""
    parts = text.split(":", 4)
    scheme = _BY_NAME.get(parts[3].upper()) if len(parts) == 5 else None
    if not isinstance(scheme, TagScheme) or [part.lower() for part in parts[:3]] != ["urn", "epc", "tag"]:
        raise MalformedError("a tag URI", "urn:epc:tag:scheme:… of a known scheme", shown(text))
    if not scheme.filter_bits:
        return from_urn(f"urn:epc:id:{scheme.epc}:{parts[4]}", scheme.name, None)
    front, _, rest = parts[4].partition(".")
    if not is_digits(front) or (len(front) > 1 and front[0] == "0"):
        raise MalformedError("a tag URI", "a filter value in front of the fields", shown(text))
    return from_urn(f"urn:epc:id:{scheme.epc}:{rest}", scheme.name, int(front))


def from_urn(text: str, scheme_name: str, filter_value: int | None = 0) -> Tag:
    """Make a tag of `scheme_name` (such as "SGTIN-96" or "SGTIN+") from a pure identity URI.

    Raises MalformedError for an unknown scheme, an identity of another one, and what does not fit.
    """
    epc = parse_urn(text)
    scheme = _scheme(scheme_name)
    if epc.form != "id":
        raise MalformedError("a pure identity", "urn:epc:id:…", shown(text))
    if isinstance(scheme, PlusScheme):
        return _write_plus(scheme, dict(_elements_of(epc) or ()), filter_value)
    if epc.scheme != scheme.epc:
        raise MalformedError(f"a tag of {scheme.name}", f"urn:epc:id:{scheme.epc}:…", shown(text))
    return _write(scheme, epc, filter_value)


def from_digital_link(
    uri: str, scheme_name: str, filter_value: int | None = 0, gcp_length: int | None = None
) -> Tag:
    """Make a tag from a GS1 Digital Link; `gcp_length` as for `from_elements`."""
    return from_elements(parse_digital_link(uri).elements, scheme_name, filter_value, gcp_length)


def from_elements(
    elements: Mapping[str, str],
    scheme_name: str,
    filter_value: int | None = 0,
    gcp_length: int | None = None,
) -> Tag:
    """Make a tag from application identifiers and their values.

    `gcp_length` is the number of digits of the company prefix, 6 to 12: needed by all but "+" schemes.
    These take more elements than their own, which then stand behind the EPC; the others refuse them.
    """
    scheme = _scheme(scheme_name)
    for code, value in elements.items():
        if code in AIS:
            verify(AIS[code], value)
    if isinstance(scheme, PlusScheme):
        return _write_plus(scheme, elements, filter_value)
    if gcp_length is None or not 6 <= gcp_length <= 12:
        raise MalformedError(
            f"a tag of {scheme.name}", "the length of the company prefix, 6 to 12", shown(gcp_length)
        )
    return _write(scheme, parse_urn(to_urn(scheme.epc, elements, gcp_length)), filter_value)


def _scheme(name: str) -> TagScheme | PlusScheme:
    scheme = _BY_NAME.get(name.upper())
    if scheme is None:
        raise MalformedError("a tag scheme", "one such as SGTIN-96 or SGTIN+", shown(name))
    return scheme


def _dotted(epc: EpcUrn) -> str:
    return ".".join(quote(value, safe="") for value in epc.fields.values())


def _elements_of(epc: EpcUrn) -> tuple[tuple[str, str], ...] | None:
    """The elements of a GS1 identity; an SGLN's extension 0 says that there is none (TDS §6.3.3)."""
    if epc.scheme in ("gid", "usdod", "adi"):
        return None
    elements = to_elements(epc)
    if elements.get("254") == "0":
        del elements["254"]
    return tuple(elements.items())


def _filter(value: int | None, width: int, what: str) -> str:
    if not width:
        return ""
    if value is None or not 0 <= value < 1 << width:
        raise MalformedError(what, f"a filter value from 0 to {(1 << width) - 1}", shown(value))
    return bits_of(value, width)


def _read(scheme: TagScheme, reader: Reader) -> Tag:
    filter_value = reader.number(scheme.filter_bits) if scheme.filter_bits else None
    values = []
    if scheme.partition is not None:
        digits = 12 - reader.number(3)
        if digits not in _PREFIX_BITS:
            raise MalformedError(WHAT, "a partition value from 0 to 6", str(12 - digits))
        values.append(Digits(_PREFIX_BITS[digits], digits).read(reader))
        values.append(scheme.partition.reference(digits).read(reader))
    values += [field.read(reader) for field in scheme.fields]
    width = scheme.width or reader.at
    if len(reader.bits) < width:
        raise MalformedError(WHAT, f"{width} bits of {scheme.name}", str(len(reader.bits)))
    reader.finish()
    # Read as text once more: a tag may hold what its URI may not.
    epc = parse_urn(f"urn:epc:id:{scheme.epc}:" + ".".join(quote(value, safe="") for value in values))
    return Tag(scheme.name, reader.bits[:width], filter_value, epc, _elements_of(epc))


def _write(scheme: TagScheme, epc: EpcUrn, filter_value: int | None) -> Tag:
    values = list(epc.fields.values())
    bits = bits_of(scheme.header, _HEADER) + _filter(
        filter_value, scheme.filter_bits, f"a tag of {scheme.name}"
    )
    if scheme.partition is not None:
        prefix, reference, *values = values
        bits += bits_of(12 - len(prefix), 3)
        bits += Digits(_PREFIX_BITS[len(prefix)], len(prefix)).write(prefix)
        bits += scheme.partition.reference(len(prefix)).write(reference)
    bits += "".join(field.write(value) for field, value in zip(scheme.fields, values, strict=True))
    kept = filter_value if scheme.filter_bits else None
    return Tag(scheme.name, bits.ljust(scheme.width or 0, "0"), kept, epc, _elements_of(epc))


def _read_plus(scheme: PlusScheme, reader: Reader) -> Tag:
    followed = reader.number(1) == 1
    filter_value = reader.number(3)
    date: list[tuple[str, str]] = []
    if scheme.dated:
        kind = reader.number(4)
        if kind >= len(_DATES):
            raise MalformedError(WHAT, f"a date type from 0 to {len(_DATES) - 1}", str(kind))
        date.append((_DATES[kind], unpack("11", reader)))
    found = [(code, unpack(code, reader)) for code in scheme.codes]
    if followed:
        date += read_elements(reader)
    end = reader.at
    reader.finish()
    elements = _plus_elements([*found, *date])
    return Tag(scheme.name, reader.bits[:end], filter_value, None, elements)


def _write_plus(scheme: PlusScheme, elements: Mapping[str, str], filter_value: int | None) -> Tag:
    what = f"a tag of {scheme.name}"
    given = dict(elements)
    if "414" in scheme.codes:
        given.setdefault("254", "0")
    missing = [code for code in scheme.codes if code not in given]
    if missing:
        raise MalformedError(what, f"({missing[0]})", shown(list(elements)))
    date = next((code for code in _DATES if code in given and len(given[code]) == 6), None)
    if scheme.dated and date is None:
        raise MalformedError(
            what, "a date: (11), (13), (15), (16), (17), (7006) or (7007)", shown(list(elements))
        )
    own = {*scheme.codes, date} if scheme.dated else {*scheme.codes}
    behind = [(code, value) for code, value in given.items() if code not in own]
    bits = bits_of(scheme.header, _HEADER) + bits_of(bool(behind), 1) + _filter(filter_value, 3, what)
    if scheme.dated and date is not None:
        bits += bits_of(_DATES.index(date), 4) + pack("11", given[date])
    bits += "".join(pack(code, given[code]) for code in scheme.codes)
    bits += write_elements(behind)
    dated = [(date, given[date])] if scheme.dated and date is not None else []
    ordered = _plus_elements([*((code, given[code]) for code in scheme.codes), *dated, *behind])
    return Tag(scheme.name, bits, filter_value, None, ordered)


def _plus_elements(found: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Check what a tag says by the rules of each code; an extension 0 of a location is none."""
    kept = tuple((code, value) for code, value in found if (code, value) != ("254", "0"))
    if len({code for code, _ in kept}) != len(kept):
        raise MalformedError(WHAT, "each application identifier once", shown([code for code, _ in kept]))
    for code, value in kept:
        if code in AIS:
            verify(AIS[code], value)
    return kept
