"""GS1 keys, element strings, Digital Link URIs and scans, checked by the General Specifications."""

from lotbook.standards.gs1.associations import find_fault
from lotbook.standards.gs1.checks import check_characters, check_digit, has_check_digit
from lotbook.standards.gs1.digitallink import DigitalLink, encode, parse_digital_link, read_link
from lotbook.standards.gs1.elements import parse_elements, read_bracketed, read_element_string, written
from lotbook.standards.gs1.errors import Fault, Gs1Error
from lotbook.standards.gs1.identifiers import AIS, ApplicationIdentifier, Part, examine, verify
from lotbook.standards.gs1.keys import Gln, Gtin, Sscc
from lotbook.standards.gs1.message import Message, Rules

__all__ = [
    "AIS",
    "ApplicationIdentifier",
    "DigitalLink",
    "Fault",
    "Gln",
    "Gs1Error",
    "Gtin",
    "Message",
    "Part",
    "Rules",
    "Sscc",
    "check_characters",
    "check_digit",
    "encode",
    "examine",
    "find_fault",
    "has_check_digit",
    "parse_digital_link",
    "parse_elements",
    "read_bracketed",
    "read_element_string",
    "read_link",
    "verify",
    "written",
]
