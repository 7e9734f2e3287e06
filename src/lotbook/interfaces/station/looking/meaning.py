"""What scans say together, before the book is asked: identifiers, labels of our own, and texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from lotbook.kernel.clock import written
from lotbook.standards.errors import shown
from lotbook.standards.gs1 import AIS, Message
from lotbook.standards.gs1.errors import refused
from lotbook.standards.gs1.message import Element
from lotbook.standards.scans import Ambiguous, Collected, Facts, Scanner, Understood, facts_of, understand

Known = Callable[[Message], bool]

_WORDS = {
    "sscc": "SSCC",
    "gtin": "GTIN",
    "content_gtin": "Contains GTIN",
    "lot": "Lot",
    "serial": "Serial",
    "gln": "GLN",
    "count": "Count",
    "produced_on": "Produced",
    "packed_on": "Packed",
    "harvested_on": "Harvested",
    "best_before_on": "Best before",
    "sell_by_on": "Sell by",
    "expires_on": "Expires",
}
"""What people call what a scan says, in the order it is told."""
_SAID_BY = frozenset(
    {"00", "01", "02", "10", "11", "13", "15", "16", "17", "21", "30", "37", "235", "414", "7003", "7007"}
)


@dataclass(frozen=True, slots=True)
class Said:
    """What scans of one thing say; ``texts`` mean something only to the book.

    ``readings``: there are several ways to read them, and somebody must choose.
    """

    facts: Facts = field(default_factory=Facts)
    targets: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()
    understood: tuple[tuple[str, str], ...] = ()
    readings: tuple[str, ...] = ()


def read(scans: Sequence[str], hosts: frozenset[str], known: Known, today: date) -> Said:
    """Several scans taken together; ``known`` tells which reading of an ambiguous one the book knows.

    Raises Gs1Error for a scan that is none, and for scans that contradict each other.
    """
    scanner = Scanner(hosts=hosts)
    every = [understand(text, scanner) for text in scans]
    collected = Collected()
    for scan in every:
        if isinstance(scan, Understood):
            collected = collected.add(_thing(scan))
    numbers = tuple(scan.text for scan in every if isinstance(scan, Understood) and scan.kind == "number")
    for scan in every:
        if isinstance(scan, Ambiguous):
            beside = collected.message.elements
            settled = scan.settle(partial(_known_beside, known, beside))
            if isinstance(settled, Ambiguous):
                return Said(readings=tuple(reading.bracketed for reading in settled.readings))
            collected = collected.add(settled)
    facts = facts_of(collected.message, today)
    texts = (*collected.texts, *numbers)
    return Said(facts, collected.targets, texts, tuple(_told(collected.message, facts, collected.texts)))


def _known_beside(known: Known, beside: tuple[Element, ...], reading: Message) -> bool:
    """Whether the book knows a reading together with what other scans said."""
    return known(Message(tuple(dict.fromkeys((*beside, *reading.elements)))))


def _thing(scan: Understood) -> Understood:
    """The scan, when it is of a thing: commands are given to the device, not looked up."""
    if scan.kind == "command":
        raise refused("a scan", "command", "something of the book", f"the command {shown(scan.text)}")
    return scan


def _told(message: Message, facts: Facts, texts: Sequence[str]) -> list[tuple[str, str]]:
    told = []
    for name, label in _WORDS.items():
        value = getattr(facts, name)
        if value is not None:
            told.append((label, written(value) if isinstance(value, date) else str(value)))
    told += [(measure.what.capitalize(), f"{measure.value} {measure.unit}") for measure in facts.measures]
    measured = {code for code, _ in message.elements if len(code) == 4 and facts.measures}
    for code, value in message.elements:
        if code not in _SAID_BY and code not in measured:
            told.append((AIS[code].title if code in AIS else f"({code})", value))
    return told + [("Text", text) for text in texts]
