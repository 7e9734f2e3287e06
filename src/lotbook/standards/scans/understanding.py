r"""Any scan: GS1 symbols, links, EPC URNs, labels of our own, numbers and plain codes.

`lotbook.standards.gs1` judges by the standard. Here a scan comes as a scanner of somebody delivers it:
perhaps without symbology identifier, with another character for the separator, or with none at all.

>>> understand("]C1010401234512345610AB-1\x1d17270331").message.bracketed
'(01)04012345123456(10)AB-1(17)270331'
>>> understand("urn:epc:id:sscc:4012345.0000000333").message.elements
(('00', '040123450000003338'),)
>>> understand("RACK-7").kind
'text'
>>> [reading.bracketed for reading in understand("]C1010401234512345610LOT-721S001").readings]
['(01)04012345123456(10)LOT-721S001', '(01)04012345123456(10)LOT-7(21)S001']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from lotbook.standards.epc.layout import LAYOUTS as EPC_LAYOUTS
from lotbook.standards.epc.layout import to_elements
from lotbook.standards.epc.urn import parse_urn
from lotbook.standards.errors import MalformedError, shown
from lotbook.standards.gs1.checks import CSET_82, has_check_digit, is_digits
from lotbook.standards.gs1.digitallink import read_link
from lotbook.standards.gs1.elements import SEPARATOR, read_bracketed, read_data
from lotbook.standards.gs1.errors import Gs1Error, refused
from lotbook.standards.gs1.message import Message, Rules
from lotbook.standards.gs1.separators import readings
from lotbook.standards.gs1.symbols import ELEMENT_SYMBOLS, read_symbol
from lotbook.standards.scans.commands import PREFIX, Command, command_of
from lotbook.standards.scans.layouts import LAYOUTS, meant

Kind = Literal["elements", "link", "epc", "number", "own", "address", "command", "text"]

_WHAT = "a scan"
#: Several symbols stand on one thing: what belongs together is asked when all have been read.
_RULES = Rules(associations=False, zero_suppressed=True)
#: Pictures of the separator, none of which can be part of a value.
PICTURED = ("\u241d", "{GS}", "[GS]", "{FNC1}", "[FNC1]")
_OWN = re.compile(
    r"https?://(?P<host>[^/?#]+)/(?:[^?#]*/)?(?P<what>lots|places|items|units)"
    r"/(?P<uid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})/?",
    re.ASCII | re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x1c\x1e\x1f\x7f]")
_GTIN_LENGTHS = (8, 12, 13, 14)
_SSCC_LENGTH = 18


@dataclass(frozen=True, slots=True)
class Scanner:
    """How one scanner delivers.

    `separators`: what it sends for GS, beside GS itself; each needs a character that no GS1 value has.
    `proven`: a test has seen a separator of it arrive, so a scan without any has none. `prefix` and `suffix`
    are taken off. `hosts`: names under which labels of our own lead to this book. Raises Gs1Error for a
    separator that could be part of a value.
    """

    separators: tuple[str, ...] = ()
    proven: bool = False
    prefix: str = ""
    suffix: str = ""
    hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for separator in self.separators:
            if all(character in CSET_82 for character in separator):
                expected = "a character that no GS1 value has, such as ~ or |"
                raise refused("a separator", "unsafe_separator", expected, shown(separator))

    def plain(self, text: str) -> str:
        """Take off prefix, suffix and line ends, and put GS for whatever stands for it."""
        text = text.strip(" \t\r\n").removeprefix(self.prefix)
        text = text.removesuffix(self.suffix) if self.suffix else text
        for separator in (*self.separators, *PICTURED):
            text = text.replace(separator, SEPARATOR)
        return text


@dataclass(frozen=True, slots=True)
class Understood:
    """A scan that says one thing.

    `kind` and what it brings: elements, link, epc → `message`; number → `message` with the GTIN (01) or SSCC
    (00) that the digits would be, though some other code may look the same, so look up `text` too; own →
    `target`, such as ("lots", uid) of a label of ours; command → `command`; address, text → only `text`.
    `symbology` is the symbology identifier that came, or nothing.
    """

    kind: Kind
    text: str
    message: Message | None = None
    target: tuple[str, str] | None = None
    symbology: str = ""
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A scan with several readings, because a separator may have been lost: somebody must say which.

    The first reading is the one in which nothing was lost, when that is among them.
    """

    text: str
    readings: tuple[Message, ...]
    symbology: str = ""

    def settle(self, known: Callable[[Message], bool]) -> Understood | Ambiguous:
        """Keep the readings that `known` says the book knows: one is the answer, none or more is none."""
        kept = tuple(reading for reading in self.readings if known(reading))
        if len(kept) == 1:
            return self.choose(kept[0])
        return Ambiguous(self.text, kept or self.readings, self.symbology)

    def choose(self, reading: Message) -> Understood:
        """Take the reading that somebody has picked. Raises ValueError for one that was not offered."""
        if reading not in self.readings:
            raise ValueError(f"expected one of the readings, got {reading.bracketed}")
        return Understood("elements", self.text, reading, symbology=self.symbology)


_READERS: Mapping[str, Callable[[str], Message | None]] = {
    "]": lambda text: read_symbol(text, _RULES).message,
    "(": lambda text: read_bracketed(text, _RULES),
    "h": lambda text: read_link(text, _RULES),
}


def understand(text: str, scanner: Scanner = Scanner()) -> Understood | Ambiguous:  # frozen
    """Say what a scan means. Raises Gs1Error for one that is none, saying what is wrong with it."""
    data = scanner.plain(text)
    if not data:
        raise refused(_WHAT, "nothing", "something scanned", "nothing")
    odd = _CONTROLS.search(data)
    if odd is not None:
        expected = "letters, digits and GS (is the scanner set to the layout of this keyboard?)"
        raise refused(_WHAT, "control_character", expected, f"{shown(odd[0])} in {shown(data)}")
    if data.startswith("]"):
        return _of_symbol(data, scanner)
    if data[:8].lower().startswith(("http://", "https://")):
        return _of_address(data, scanner, "")
    if data[:8].lower() == "urn:epc:":
        return _of_epc(data)
    if data.startswith("("):
        return Understood("elements", data, read_bracketed(data, _RULES))
    if SEPARATOR in data:
        return _of_separated(data)
    told = _of_command(data) or _of_number(data) or _of_data_alone(data, scanner)
    if told is None:
        _refuse_other_layouts(data)
    return told or Understood("text", data)


def _of_separated(data: str) -> Understood:
    """Read data with separators: only a GS1 symbol has them; one in front is FNC1 without identifier."""
    try:
        return Understood("elements", data, read_data(data.removeprefix(SEPARATOR), _RULES))
    except Gs1Error:
        # "+C10104…" of a German keyboard is no unknown code: the better reason comes first.
        _refuse_other_layouts(data)
        raise


def _refuse_other_layouts(data: str) -> None:
    """Refuse a text that would be a GS1 scan, check digits and all, on a keyboard of another layout."""
    for layout in LAYOUTS:
        text = meant(data, layout)
        if text == data or not text.startswith(("]", "(", "http://", "https://", PREFIX)):
            continue
        try:
            scan = command_of(text) or _READERS[text[0]](text)
        except Gs1Error:
            continue
        if scan:
            expected = f"a scanner set to the {layout} layout of this keyboard"
            raise refused(_WHAT, "keyboard_layout", expected, f"{shown(data)} for {shown(text)}")


def _of_symbol(data: str, scanner: Scanner) -> Understood | Ambiguous:
    aim, behind = data[:3], data[3:]
    if aim in ELEMENT_SYMBOLS:
        if not scanner.proven and SEPARATOR not in behind:
            return _without_separators(behind, aim)
        return Understood("elements", behind, read_symbol(data, _RULES).message, symbology=aim)
    if aim[1:2] in "QdJ" and behind[:8].lower().startswith(("http://", "https://")):
        return _of_address(behind, scanner, aim)
    if behind[:8].lower() == "urn:epc:":
        return _of_epc(behind, aim)
    if aim not in ELEMENT_SYMBOLS and (told := _of_command(behind, aim)):
        return told
    scan = read_symbol(data, _RULES)
    kind: Kind = "text" if scan.message is None else "elements"
    return Understood(kind, scan.text, scan.message, symbology=aim)


def _without_separators(data: str, aim: str) -> Understood | Ambiguous:
    """Read data from which separators may be missing: there must be one way to read it, or else many."""
    found = readings(data, _RULES)
    # Companions are checked over all symbols together, but a reading that fits by itself is more likely.
    fitting = readings(data)
    found = fitting or found
    if len(found) > 1:
        return Ambiguous(data, found, aim)
    message = read_data(data, _RULES) if not found else found[0]
    if found and message.element_string(SEPARATOR)[1:] != data:
        # One reading, but only with a separator that did not come: somebody should look.
        return Ambiguous(data, found, aim)
    return Understood("elements", data, message, symbology=aim)


def _of_address(data: str, scanner: Scanner, aim: str) -> Understood:
    own = _OWN.fullmatch(data)
    if own is not None and own["host"].lower() in scanner.hosts:
        return Understood("own", data, target=(own["what"].lower(), own["uid"].lower()), symbology=aim)
    try:
        return Understood("link", data, read_link(data, _RULES), symbology=aim)
    except Gs1Error as error:
        if error.code in {"no_key", "alias_refused"}:
            return Understood("address", data, symbology=aim)
        raise


def _of_epc(data: str, aim: str = "") -> Understood:
    try:
        epc = parse_urn(data)
        # Some schemes (gid, usdod, adi, bic, imovn) are no GS1 keys: they have no elements.
        keyless = epc.is_open or epc.scheme not in EPC_LAYOUTS
        elements = () if keyless else tuple(to_elements(epc).items())
    except MalformedError as error:
        raise refused(error.what, "bad_epc", error.expected, error.got) from error
    return Understood("epc", data, Message(elements) if elements else None, symbology=aim)


def _of_command(data: str, aim: str = "") -> Understood | None:
    command = command_of(data)
    return Understood("command", data, symbology=aim, command=command) if command else None


def _of_number(data: str) -> Understood | None:
    if not is_digits(data) or not has_check_digit(data):
        return None
    if len(data) in _GTIN_LENGTHS:
        return Understood("number", data, Message((("01", data.zfill(14)),)))
    return Understood("number", data, Message((("00", data),))) if len(data) == _SSCC_LENGTH else None


def _of_data_alone(data: str, scanner: Scanner) -> Understood | Ambiguous | None:
    """Read data without identifier: as elements only when it begins with a key whose check digit is right."""
    if data[:2] not in {"00", "01", "02"}:
        return None
    found = readings(data)
    if not found:
        return None
    if len(found) == 1 or scanner.proven:
        whole = found[0].element_string(SEPARATOR)[1:] == data
        return Understood("elements", data, found[0]) if whole else Ambiguous(data, found)
    return Ambiguous(data, found)
