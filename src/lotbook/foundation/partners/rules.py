"""What a partner and a location description may be: pure decisions.

The location description is that of 21 CFR 1.1310: business name, phone number, physical address (or
coordinates), city, state, and zip code for places in the United States, and comparable information for
places elsewhere, including country.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lotbook.kernel.checks import Check
from lotbook.standards.gs1.keys import Gln

_COUNTRIES = """
AD Andorra | AE United Arab Emirates | AF Afghanistan | AG Antigua and Barbuda | AI Anguilla | AL Albania
AM Armenia | AO Angola | AQ Antarctica | AR Argentina | AS American Samoa | AT Austria | AU Australia
AW Aruba | AX Åland Islands | AZ Azerbaijan | BA Bosnia and Herzegovina | BB Barbados | BD Bangladesh
BE Belgium | BF Burkina Faso | BG Bulgaria | BH Bahrain | BI Burundi | BJ Benin | BL Saint Barthélemy
BM Bermuda | BN Brunei | BO Bolivia | BQ Bonaire, Sint Eustatius and Saba | BR Brazil | BS Bahamas
BT Bhutan | BV Bouvet Island | BW Botswana | BY Belarus | BZ Belize | CA Canada | CC Cocos Islands
CD Congo (Democratic Republic) | CF Central African Republic | CG Congo | CH Switzerland
CI Côte d’Ivoire | CK Cook Islands | CL Chile | CM Cameroon | CN China | CO Colombia | CR Costa Rica
CU Cuba | CV Cabo Verde | CW Curaçao | CX Christmas Island | CY Cyprus | CZ Czechia | DE Germany
DJ Djibouti | DK Denmark | DM Dominica | DO Dominican Republic | DZ Algeria | EC Ecuador | EE Estonia
EG Egypt | EH Western Sahara | ER Eritrea | ES Spain | ET Ethiopia | FI Finland | FJ Fiji
FK Falkland Islands | FM Micronesia | FO Faroe Islands | FR France | GA Gabon | GB United Kingdom
GD Grenada | GE Georgia | GF French Guiana | GG Guernsey | GH Ghana | GI Gibraltar | GL Greenland
GM Gambia | GN Guinea | GP Guadeloupe | GQ Equatorial Guinea | GR Greece
GS South Georgia and the South Sandwich Islands | GT Guatemala | GU Guam | GW Guinea-Bissau | GY Guyana
HK Hong Kong | HM Heard Island and McDonald Islands | HN Honduras | HR Croatia | HT Haiti | HU Hungary
ID Indonesia | IE Ireland | IL Israel | IM Isle of Man | IN India | IO British Indian Ocean Territory
IQ Iraq | IR Iran | IS Iceland | IT Italy | JE Jersey | JM Jamaica | JO Jordan | JP Japan | KE Kenya
KG Kyrgyzstan | KH Cambodia | KI Kiribati | KM Comoros | KN Saint Kitts and Nevis | KP Korea (North)
KR Korea (South) | KW Kuwait | KY Cayman Islands | KZ Kazakhstan | LA Laos | LB Lebanon | LC Saint Lucia
LI Liechtenstein | LK Sri Lanka | LR Liberia | LS Lesotho | LT Lithuania | LU Luxembourg | LV Latvia
LY Libya | MA Morocco | MC Monaco | MD Moldova | ME Montenegro | MF Saint Martin | MG Madagascar
MH Marshall Islands | MK North Macedonia | ML Mali | MM Myanmar | MN Mongolia | MO Macao
MP Northern Mariana Islands | MQ Martinique | MR Mauritania | MS Montserrat | MT Malta | MU Mauritius
MV Maldives | MW Malawi | MX Mexico | MY Malaysia | MZ Mozambique | NA Namibia | NC New Caledonia
NE Niger | NF Norfolk Island | NG Nigeria | NI Nicaragua | NL Netherlands | NO Norway | NP Nepal
NR Nauru | NU Niue | NZ New Zealand | OM Oman | PA Panama | PE Peru | PF French Polynesia
PG Papua New Guinea | PH Philippines | PK Pakistan | PL Poland | PM Saint Pierre and Miquelon
PN Pitcairn | PR Puerto Rico | PS Palestine | PT Portugal | PW Palau | PY Paraguay | QA Qatar | RE Réunion
RO Romania | RS Serbia | RU Russia | RW Rwanda | SA Saudi Arabia | SB Solomon Islands | SC Seychelles
SD Sudan | SE Sweden | SG Singapore | SH Saint Helena | SI Slovenia | SJ Svalbard and Jan Mayen
SK Slovakia | SL Sierra Leone | SM San Marino | SN Senegal | SO Somalia | SR Suriname | SS South Sudan
ST Sao Tome and Principe | SV El Salvador | SX Sint Maarten | SY Syria | SZ Eswatini
TC Turks and Caicos Islands | TD Chad | TF French Southern Territories | TG Togo | TH Thailand
TJ Tajikistan | TK Tokelau | TL Timor-Leste | TM Turkmenistan | TN Tunisia | TO Tonga | TR Türkiye
TT Trinidad and Tobago | TV Tuvalu | TW Taiwan | TZ Tanzania | UA Ukraine | UG Uganda
UM United States Minor Outlying Islands | US United States | UY Uruguay | UZ Uzbekistan | VA Holy See
VC Saint Vincent and the Grenadines | VE Venezuela | VG Virgin Islands (British) | VI Virgin Islands (US)
VN Viet Nam | VU Vanuatu | WF Wallis and Futuna | WS Samoa | YE Yemen | YT Mayotte | ZA South Africa
ZM Zambia | ZW Zimbabwe
"""
COUNTRIES: Mapping[str, str] = {
    pair[:2]: pair[3:] for line in _COUNTRIES.split("\n") if line for pair in line.split(" | ")
}
"""ISO 3166-1 alpha-2 codes and what the countries are called."""

ROLES = ("is_supplier", "is_customer", "is_carrier", "is_contract_maker")
PARTNER_FIELDS = frozenset(
    {"code", "name", *ROLES, "gln", "email", "phone", "language", "attributes", "is_active"}
)
LOCATION_TEXTS = {
    "name": 200,
    "business_name": 200,
    "phone": 60,
    "street": 200,
    "city": 100,
    "region": 100,
    "postal_code": 20,
    "registration": 60,
}
LOCATION_FIELDS = frozenset({*LOCATION_TEXTS, "gln", "country", "latitude", "longitude"})


def read_partner(values: Mapping[str, Any]) -> dict[str, Any]:
    """The partner's fields as they are stored; raises Refused with every fault at once."""
    check = Check()
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name not in PARTNER_FIELDS:
            check.fault(name, "is no field of a partner.", code="unknown")
        elif name in ROLES or name == "is_active":
            read[name] = check.flag(name, value)
        elif name == "gln":
            read[name] = gln(check, name, value)
        elif name == "email":
            read[name] = email(check, value)
        elif name == "attributes":
            read[name] = check.attributes(name, value)
        else:
            longest = {"code": 60, "name": 200, "phone": 60, "language": 10}[name]
            read[name] = check.text(name, value, longest, required=name in ("code", "name"))
    check.done()
    return read


def read_location(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a location description as they are stored; raises Refused with every fault at once."""
    check = Check()
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name in LOCATION_TEXTS:
            read[name] = check.text(name, value, LOCATION_TEXTS[name], required=name == "name")
        elif name == "gln":
            read[name] = gln(check, name, value)
        elif name == "country":
            read[name] = country(check, name, value)
        elif name in ("latitude", "longitude"):
            read[name] = coordinate(check, name, value)
        else:
            check.fault(name, "is no field of a location.", code="unknown")
    check.done()
    return read


def gln(check: Check, name: str, value: object) -> str | None:
    """A GLN of 13 digits, or None."""
    return check.parsed(name, value, lambda text: Gln.parse(text).value, "Check the number with its owner.")


def country(check: Check, name: str, value: object) -> str:
    """An ISO 3166-1 alpha-2 code, or empty."""
    text = check.text(name, value, 60).upper()
    return (
        check.choice(name, text, COUNTRIES, "Use the two letters of ISO 3166, such as DE or US.")
        if text
        else ""
    )


def coordinate(check: Check, name: str, value: object) -> str:
    """Decimal degrees as text, or empty."""
    text = check.text(name, value, 20)
    limit = 90 if name == "latitude" else 180
    number = check.decimal(name, text.removeprefix("-"), places=12) if text else None
    if number is not None and number > limit:
        check.fault(name, f"expected degrees from -{limit} to {limit}, got {text}.", "Write it like 48.137.")
    return text


def email(check: Check, value: object) -> str:
    """An email address: one @ with something on both sides and no blanks."""
    text = check.text("email", value, 254)
    name, at, host = text.partition("@")
    if text and (
        not name or not at or "." not in host.strip(".") or "@" in host or any(c.isspace() for c in text)
    ):
        check.fault("email", f"expected an address like ann@example.com, got {text[:60]!r}.", "Check it.")
        return ""
    return text


def missing(location: Mapping[str, Any]) -> list[str]:
    """What a full location description (21 CFR 1.1310) still lacks, in words."""
    lacking = [
        word
        for word, names in (
            ("business name", ("business_name",)),
            ("phone number", ("phone",)),
            ("street address or coordinates", ("street", "latitude")),
            ("city", ("city",)),
            ("state or region", ("region",)),
            ("country", ("country",)),
        )
        if not any(location.get(name) for name in names)
    ]
    if location.get("country") == "US" and not location.get("postal_code"):
        lacking.append("zip code")
    return lacking
