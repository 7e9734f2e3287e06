"""GS1 keys, element strings and Digital Link URIs (GS1 General Specifications 24; Digital Link URI 1.4)."""

from lotbook.standards.gs1.checks import check_characters, check_digit, has_check_digit
from lotbook.standards.gs1.digitallink import DigitalLink, encode, parse_digital_link
from lotbook.standards.gs1.elements import parse_elements, written
from lotbook.standards.gs1.identifiers import AIS, ApplicationIdentifier, Part, verify
from lotbook.standards.gs1.keys import Gln, Gtin, Sscc

__all__ = [
    "AIS",
    "ApplicationIdentifier",
    "DigitalLink",
    "Gln",
    "Gtin",
    "Part",
    "Sscc",
    "check_characters",
    "check_digit",
    "encode",
    "has_check_digit",
    "parse_digital_link",
    "parse_elements",
    "verify",
    "written",
]
