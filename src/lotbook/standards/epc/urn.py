"""EPC URNs: urn:epc:id:… for things, urn:epc:class:lgtin:… for lots, urn:epc:idpat:… for classes of things.

Every scheme is a row of `SCHEMES` (GS1 EPC Tag Data Standard 2.0, section 6): which fields it has, and how
long the company prefix and the reference behind it are together.

>>> dict(parse_urn("urn:epc:id:sgtin:0614141.812345.32a%2Fb").fields)
{'prefix': '0614141', 'item': '812345', 'serial': '32a/b'}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import is_digits
from lotbook.standards.uri import decode

Form = Literal["id", "class", "idpat"]

_FORM = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.*)", re.IGNORECASE | re.DOTALL)
_ESCAPED = re.compile(r"(?:[A-Za-z0-9!'()*+,\-._:;=$@&~]|%[0-9A-Fa-f]{2})*")
#: Letters that a URN shows unescaped in a serial; the rest of the GS1 set 82 is escaped.
_PLAIN = "!'()*+,-._:;="


@dataclass(frozen=True, slots=True)
class Scheme:
    """One EPC scheme: `fields` in order; the first two make a GS1 key when `digits` is set.

    `digits` is the length of company prefix and reference together (None: no fixed length). `numeric` names
    the fields that hold digits only, `empty` those that may hold nothing.
    """

    name: str
    fields: tuple[str, ...]
    digits: int | None = None
    numeric: tuple[str, ...] = ("prefix",)
    form: Form = "id"
    empty: tuple[str, ...] = ()


def _gs1(name: str, fields: str, digits: int | None, more_numeric: str = "", form: Form = "id") -> Scheme:
    names = tuple(fields.split())
    numeric = ("prefix", *more_numeric.split())
    if digits is not None:
        numeric += (names[1],)
    return Scheme(name, names, digits, numeric, form)


_ALL = (
    _gs1("sgtin", "prefix item serial", 13),
    _gs1("lgtin", "prefix item lot", 13, form="class"),
    _gs1("sscc", "prefix reference", 17),
    _gs1("sgln", "prefix location extension", 12),
    _gs1("pgln", "prefix party", 12),
    _gs1("grai", "prefix type serial", 12),
    _gs1("giai", "prefix reference", None),
    _gs1("gsrn", "prefix reference", 17),
    _gs1("gsrnp", "prefix reference", 17),
    _gs1("gdti", "prefix type serial", 12),
    _gs1("sgcn", "prefix coupon serial", 12, "serial"),
    _gs1("cpi", "prefix part serial", None, "serial"),
    _gs1("itip", "prefix item piece total serial", 13, "piece total"),
    _gs1("upui", "prefix item serial", 13),
    _gs1("ginc", "prefix reference", None),
    _gs1("gsin", "prefix reference", 16),
    Scheme("gid", ("manager", "class", "serial"), numeric=("manager", "class", "serial")),
    Scheme("usdod", ("cage", "serial"), numeric=("serial",)),
    Scheme("adi", ("cage", "part", "serial"), numeric=(), empty=("part",)),
    Scheme("bic", ("code",), numeric=()),
    Scheme("imovn", ("number",), numeric=("number",)),
)

#: All schemes by name. `gcn` is the older spelling of `sgcn` met in real files.
SCHEMES: Mapping[str, Scheme] = MappingProxyType({scheme.name: scheme for scheme in _ALL})
_ALIASES = {"gcn": "sgcn"}


@dataclass(frozen=True, slots=True)
class EpcUrn:
    """A parsed EPC URN: `fields` by name, unescaped; an open field of a pattern is "*"."""

    form: Form
    scheme: str
    fields: Mapping[str, str]

    @property
    def is_open(self) -> bool:
        """Whether this is a pattern that leaves a field open, and so a class of things."""
        return self.form == "idpat" and "*" in self.fields.values()

    def __str__(self) -> str:
        texts = (escape(text) for text in self.fields.values())
        if self.form == "idpat":
            texts = ("*" if text == "*" else escape(text) for text in self.fields.values())
        return f"urn:epc:{self.form}:{self.scheme}:" + ".".join(texts)


def escape(text: str) -> str:
    """Escape a serial or lot for use inside an EPC URN."""
    return quote(text, safe=_PLAIN)


def parse_urn(text: str) -> EpcUrn:
    """Read an EPC URN of any scheme. Raises MalformedError naming scheme, expected and got."""
    match = _FORM.fullmatch(text)
    name = match[2].lower() if match else ""
    scheme = SCHEMES.get(_ALIASES.get(name, name))
    if match is None or scheme is None:
        raise MalformedError("an EPC URN", "urn:epc:id|class|idpat:scheme:… of a known scheme", shown(text))
    form = match[1].lower()
    if form not in (scheme.form, "idpat"):
        raise MalformedError(f"an EPC URN of {scheme.name}", f"urn:epc:{scheme.form}:…", shown(text))
    values = _split(scheme, match[3])
    fields = dict(zip(scheme.fields, values, strict=True))
    patterned = form == "idpat"
    for field, value in fields.items():
        fields[field] = _field(scheme, field, value, patterned=patterned)
    _check_lengths(scheme, fields, patterned=patterned)
    parsed: Form = "idpat" if patterned else scheme.form
    return EpcUrn(parsed, scheme.name, MappingProxyType(fields))


def _split(scheme: Scheme, text: str) -> list[str]:
    """Split at the dots; only the last field may hold dots itself. A missing SGLN extension is "0" (none)."""
    values = text.split(".", len(scheme.fields) - 1)
    if scheme.name == "sgln" and len(values) == 2:
        values.append("0")
    if len(values) != len(scheme.fields):
        raise MalformedError(f"an EPC URN of {scheme.name}", ".".join(scheme.fields), shown(text))
    return values


def _field(scheme: Scheme, field: str, value: str, *, patterned: bool) -> str:
    what = f"{field} of an EPC URN of {scheme.name}"
    if patterned and value == "*":
        return value
    if not value and field not in scheme.empty and (scheme.digits is None or field not in scheme.numeric):
        raise MalformedError(what, "a value", "nothing")
    if _ESCAPED.fullmatch(value) is None:
        raise MalformedError(what, "letters and digits, others escaped with %", shown(value))
    plain = decode(value)
    # With a prefix of 12 digits the reference of a location or party is empty: that is no fault.
    if field in scheme.numeric and plain and not is_digits(plain):
        raise MalformedError(what, "digits", shown(plain))
    return plain


def _check_lengths(scheme: Scheme, fields: Mapping[str, str], *, patterned: bool) -> None:
    if "prefix" not in fields or (patterned and "*" in (fields["prefix"], fields[scheme.fields[1]])):
        return
    prefix, reference = fields["prefix"], fields[scheme.fields[1]]
    what = f"an EPC URN of {scheme.name}"
    if not 6 <= len(prefix) <= 12:
        raise MalformedError(what, "a company prefix of 6 to 12 digits", f"{len(prefix)} in {shown(prefix)}")
    if scheme.digits is not None and len(prefix) + len(reference) != scheme.digits:
        expected = f"{scheme.digits} digits in prefix and {scheme.fields[1]} together"
        raise MalformedError(what, expected, f"{len(prefix) + len(reference)} in {prefix}.{reference}")
    for field in ("piece", "total"):
        if field in fields and fields[field] != "*" and len(fields[field]) != 2:
            raise MalformedError(what, f"2 digits as {field}", shown(fields[field]))
