"""Several scans of one thing, taken together until it is known what it is and which lot.

Many packages carry two symbols: one with the item, one with lot and date. The order does not matter.

>>> from lotbook.standards.scans.understanding import understand
>>> both = Collected().add(understand("]E04012345123456")).add(understand("]C110AB-1"))
>>> both.complete, both.message.bracketed
(True, '(01)04012345123456(10)AB-1')
>>> Collected().add(understand("]E04012345123456")).missing
('lot',)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lotbook.standards.errors import shown
from lotbook.standards.gs1.associations import find_fault
from lotbook.standards.gs1.errors import Gs1Error, refused
from lotbook.standards.gs1.identifiers import identifier, verify
from lotbook.standards.gs1.message import Element, Message
from lotbook.standards.scans.understanding import Ambiguous, Understood

_WHAT = "what was scanned together"
_ITEMS = ("01", "02", "03", "8006", "8026")
_LOTS = ("10", "21", "235")
_UNIT = "00"
#: Faults that no further scan can heal.
_FINAL = {"repeated_differently", "forbidden_together"}
_NOTHING = Message(())


@dataclass(frozen=True, slots=True)
class Collected:
    """What several scans have said so far; every step makes a new value.

    `targets`: labels of our own that were among them. `texts`: codes that mean something only to the book;
    look them up, and `take` what they turn out to be.
    """

    message: Message = _NOTHING
    targets: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()

    def add(self, scan: Understood | Ambiguous) -> Collected:
        """Take one more scan. The same symbol twice changes nothing.

        Raises Gs1Error when it contradicts what was scanned before (another item, another lot), and for an
        ambiguous scan: that is settled first. What was collected before stays as it was.
        """
        if isinstance(scan, Ambiguous):
            ways = " or ".join(reading.bracketed for reading in scan.readings)
            raise refused(_WHAT, "ambiguous", "a scan with one reading", ways)
        if scan.target is not None:
            targets = tuple(dict.fromkeys((*self.targets, scan.target)))
            return replace(self, targets=targets)
        if scan.message is None:
            return replace(self, texts=tuple(dict.fromkeys((*self.texts, scan.text))))
        return self._with(scan.message.elements)

    def take(self, code: str, text: str) -> Collected:
        """Take `text`, scanned or typed, as the value of `code`, such as 10 for a lot. Raises Gs1Error."""
        verify(identifier(code), text)
        return replace(
            self._with(((code, text),)), texts=tuple(known for known in self.texts if known != text)
        )

    def _with(self, elements: tuple[Element, ...]) -> Collected:
        message = Message(tuple(dict.fromkeys((*self.message.elements, *elements))))
        fault = find_fault(message.elements)
        if fault is not None and fault.code in _FINAL:
            raise Gs1Error(_WHAT, fault)
        return replace(self, message=message)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is still to be scanned: "item", "lot", both or nothing. A logistic unit needs neither."""
        if self.targets or self.message.get(_UNIT) is not None:
            return ()
        item = any(self.message.get(code) is not None for code in _ITEMS)
        lot = any(self.message.get(code) is not None for code in _LOTS)
        return (() if item else ("item",)) + (() if lot else ("lot",))

    @property
    def complete(self) -> bool:
        """Whether it is known what this is."""
        return not self.missing

    def checked(self) -> Message:
        """Return all elements when they may stand together. Raises Gs1Error when a companion is missing."""
        if not self.message.elements:
            raise refused(
                _WHAT, "nothing", "a GS1 symbol", shown(list(self.texts)) if self.texts else "nothing"
            )
        fault = find_fault(self.message.elements)
        if fault is not None:
            raise Gs1Error(_WHAT, fault)
        return self.message
