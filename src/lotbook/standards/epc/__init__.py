"""Electronic Product Codes, and what any identifier names however it is written."""

from lotbook.standards.epc.identity import Identity, Kind, digital_link, from_elements, identify, urn
from lotbook.standards.epc.urn import SCHEMES, EpcUrn, Scheme, parse_urn

__all__ = [
    "SCHEMES",
    "EpcUrn",
    "Identity",
    "Kind",
    "Scheme",
    "digital_link",
    "from_elements",
    "identify",
    "parse_urn",
    "urn",
]
