"""Lines as people write them – item, lot, quantity, unit, place by their names – into keys and integers.

Rooms of operations read the lines of an act with one ``Reading``, which keeps every fault it meets under
the line's own field (``lines/0/quantity``) and refuses them all at once. ``posted`` then sends the event
through the one door and says the ledger's own faults in the lines' words.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import Units, find_unit
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.checks import Check, storable
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.permissions import device_now
from lotbook.kernel.prepared import Prepared, Slot, Slots
from lotbook.traceability.ledger import actions, rules
from lotbook.traceability.ledger.models import Event
from lotbook.traceability.ledger.rules import DEVICE_MAX, OUR_STOCK, Draft, Receipt
from lotbook.traceability.lots import actions as lot_actions
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot, LotKind

LINES_MAX = 1_000
"""Most lines of one act."""

SAME_NUMBER_MAX = 20
"""So many lots of one number are looked at: enough to say that it means several."""

NAME_MAX = 500
"""Most characters of what somebody calls an item."""

KIND_OF = {"lot": LotKind.LOT, "serial": LotKind.SERIAL, "none": LotKind.BULK}
Named = str | UUID | None

_LOTS_BY_UID = Prepared(lambda: Lot.objects.select_related("item").filter(uid=Slot("uid")))
_LOTS_NUMBERED = Prepared(
    lambda: Lot.objects.select_related("item").filter(number=Slot("number")).order_by("pk")[:SAME_NUMBER_MAX]
)
_LOTS_OF_ITEMS = Prepared(
    lambda: (
        Lot.objects.select_related("item")
        .filter(item_id__in=Slots("items"), number__in=Slots("numbers"))
        .order_by("pk")
    )
)
_EVENT = Prepared(lambda: Event.objects.filter(uid=Slot("uid")))


@dataclass(frozen=True, slots=True)
class Line:
    """So much of one lot, in words: ``item`` by code, GTIN or uid; ``lot`` by number or uid.

    ``quantity`` is decimal text in ``unit`` (empty: the item's base unit; a serial needs none). ``place``
    by code, GLN, SSCC or uid; what it means is the act's own. The item may be left out where only one
    item has a lot of that number.
    """

    item: str = ""
    lot: str = ""
    quantity: str = ""
    unit: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A line that was understood: a lot the book knows, and so much of it in smallest units."""

    item: Item
    lot: Lot
    quantity: int
    place: Place


class Reading(Check):
    """Understands the words of one act and collects what it does not understand."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, Item | None] = {}
        self._places: dict[str, Place | None] = {}
        self._units: dict[int, Units] = {}
        self._lots: dict[tuple[int, str], list[Lot]] = {}

    # -- what there is -----------------------------------------------------------------------------

    def item(self, field: str, name: Named) -> Item | None:
        """The item somebody means; a fault when there is none, or it is no longer in use."""
        text = self.text(field, _text(name), NAME_MAX, required=True)
        if not text:
            return None
        found = self._item_called(text)
        if found is None:
            self.fault(
                field,
                f"there is no item {text[:60]!r}.",
                "Check the code, or enter the item first.",
                "unknown",
            )
        return found

    def place(self, field: str, name: Named, *, kinds: Collection[str] = OUR_STOCK) -> Place | None:
        """The place somebody means, of one of ``kinds`` and in use."""
        text = self.text(field, _text(name), 200, required=True)
        if not text:
            return None
        if text not in self._places:
            self._places[text] = places.named(text)
        found = self._places[text]
        if found is None:
            self.fault(
                field,
                f"there is no place {text[:60]!r}.",
                "Check the code, or enter the place first.",
                "unknown",
            )
        elif found.kind not in kinds:
            self.fault(
                field,
                f"{found.code} is a place of kind {found.kind}.",
                f"Choose one of kind {', '.join(sorted(kinds))}.",
            )
        elif not found.is_active:
            self.fault(field, f"{found.code} is out of use.", "Choose a place in use.")
        else:
            return found
        return None

    def partner(self, field: str, name: Named, role: str) -> Partner | None:
        """The partner somebody means, who must be a ``role`` (supplier, customer, carrier) and active."""
        text = self.text(field, _text(name), 200, required=True)
        if not text:
            return None
        found = partners.named(text)
        if found is None:
            self.fault(
                field,
                f"there is no partner {text[:60]!r}.",
                f"Check the code, or enter the {role} first.",
                "unknown",
            )
        elif not getattr(found, partners.ROLES[role]):
            self.fault(field, f"{found.name} is no {role}.", f"Choose a {role}, or mark the partner as one.")
        elif not found.is_active:
            self.fault(field, f"{found.name} is out of use.", f"Choose another {role}.")
        else:
            return found
        return None

    def lot(self, field: str, item: str, number: str) -> Lot | None:
        """The lot the book knows by this number (or uid), of the item named (``field`` is the line's)."""
        text = self.text(f"{field}/lot", number, 500)
        named = self.text(f"{field}/item", item, 500)
        one = self.item(f"{field}/item", named) if named else None
        if named and one is None:
            return None
        if not text and one is not None and one.tracking == "none":
            return self._untracked(field, one)
        if not text:
            self.fault(f"{field}/lot", "no lot is given.", "Scan or type the lot number.", "required")
            return None
        found = self._lots_of(one, text) if one is not None and not _uid(text) else _lots(text, one)
        if len(found) == 1:
            return found[0]
        if not found:
            whose = f"{one.code} has" if one else "the book has"
            self.fault(
                f"{field}/lot",
                f"{whose} no lot {text[:60]!r}.",
                "Check the number, or receive or make the lot first.",
                "unknown",
            )
        else:
            names = ", ".join(sorted({lot.item.code for lot in found})[:5])
            self.fault(
                f"{field}/item",
                f"several lots are called {text[:60]}: of {names}.",
                "Say which item.",
                "ambiguous",
            )
        return None

    def _lots_of(self, item: Item, number: str) -> list[Lot]:
        if (item.pk, number) not in self._lots:
            self._find_lots({item.pk}, {number})
        return self._lots[item.pk, number]

    def _find_lots(self, items: set[int], numbers: set[str]) -> None:
        """Read at once what several lines ask for."""
        # Several groups of lines (inputs, losses) look ahead one after the other, often for the same lots.
        fresh = {(item, number) for item in items for number in numbers} - self._lots.keys()
        self._lots |= {key: [] for key in fresh}
        sendable = sorted(number for number in numbers if not storable(number))
        for lot in _LOTS_OF_ITEMS.all(items=sorted(items), numbers=sendable):
            if (lot.item_id, lot.number) in fresh:
                self._lots[lot.item_id, lot.number].append(lot)

    def _untracked(self, field: str, item: Item) -> Lot | None:
        same = self._lots_of(item, "")
        found = next((lot for lot in same if lot.kind == LotKind.BULK), None)
        if found is None:
            self.fault(
                f"{field}/item", f"the book has no {item.code} yet.", "Receive or make it first.", "unknown"
            )
        return found

    # -- how much ----------------------------------------------------------------------------------

    def quantity(
        self, field: str, item: Item, quantity: str, unit: str = "", *, zero: bool = False
    ) -> int | None:
        """Smallest units of the item for decimal text in ``unit``; above zero (or at least zero)."""
        code = find_unit(unit) if unit else item.unit
        if code is None:
            self.fault(
                f"{field}/unit",
                f"there is no unit {unit[:20]!r}.",
                f"Use {item.unit} or another UN/ECE code.",
            )
            return None
        try:
            found = self.units(item).convert(quantity.strip(), code, where=f"{field}/quantity")
        except Refused as refusal:
            self.faults += refusal.faults
            return None
        if found < 0 or (found == 0 and not zero):
            self.fault(
                f"{field}/quantity",
                f"expected a quantity above zero, got {quantity.strip()}.",
                "Check the amount.",
            )
            return None
        return found

    def units(self, item: Item) -> Units:
        """What quantities of an item can be said in."""
        if item.pk not in self._units:
            self._units[item.pk] = catalog.units_of(item)
        return self._units[item.pk]

    def taken(self, field: str, line: Line, place: Place | None) -> Taken | None:
        """A line about a lot the book knows; its place is the line's own, else ``place``."""
        where = self.place(f"{field}/place", line.place) if _text(line.place) else place
        lot = self.lot(field, line.item, line.lot)
        if lot is None:
            return None
        one = 10**lot.item.scale
        quantity = (
            one
            if lot.kind == LotKind.SERIAL and not _text(line.quantity)
            else self.quantity(field, lot.item, line.quantity, line.unit)
        )
        if quantity is None or where is None:
            return None
        return Taken(lot.item, lot, quantity, where)

    def all_taken(self, lines: Sequence[Line], place: Place | None, prefix: str = "lines") -> list[Taken]:
        """Every line understood, in order; those that were not are missing, with their faults noted."""
        self.some(lines, prefix)
        self.look_ahead([(line.item, line.lot) for line in lines[:LINES_MAX]])
        read = [self.taken(f"{prefix}/{index}", line, place) for index, line in enumerate(lines[:LINES_MAX])]
        return [line for line in read if line is not None]

    def knows(self, item: Item, number: str, kind: int) -> bool:
        """Whether the book has this lot already."""
        return any(lot.kind == kind for lot in self._lots_of(item, number))

    def look_ahead(self, named: Iterable[tuple[Named, str]]) -> None:
        """Read at once the lots that lines name, each with its item, and the units of the items."""
        numbers: dict[int, set[str]] = defaultdict(set)
        items: dict[int, Item] = {}
        for name, number in named:
            item = self._item_called(name)
            if item is not None and not _uid(number):
                numbers[item.pk].add(number.strip())
                items[item.pk] = item
        if numbers:
            self._find_lots(set(numbers), set().union(*numbers.values()))
            self._units |= catalog.units_of_many(items.values())

    def _item_called(self, name: Named) -> Item | None:
        """The item somebody means, without a fault when there is none."""
        text = _text(name).strip() if isinstance(name, (str, UUID)) else ""
        if not text or len(text) > NAME_MAX or storable(text):
            return None
        if text not in self._items:
            self._items[text] = catalog.named(text)
        return self._items[text]

    def next_number(self, field: str, item: Item, *, on: date, place: Place, shift: str = "") -> str:
        """The next lot number by the item's numbering rule; a fault when it has none."""
        rule = lots.rule_for(item)
        if rule is None:
            self.fault(
                f"{field}/lot",
                f"no lot number is given, and no numbering rule makes one for {item.code}.",
                "Type the number, or make a numbering rule.",
                "required",
            )
            return ""
        try:
            return lot_actions.next_number(rule, item=item, on=on, site=place, shift=shift)
        except Refused as refusal:
            self.faults += [replace(fault, field=f"{field}/lot") for fault in refusal.faults]
            return ""

    def some(self, lines: Sequence[object], prefix: str = "lines") -> None:
        """An act without lines, or with too many, is a slip."""
        if not lines:
            self.fault(f"{prefix}/0/item", "no line is filled in.", "Fill in at least one.", "required")
        elif len(lines) > LINES_MAX:
            self.fault(prefix, f"at most {LINES_MAX} lines, got {len(lines)}.", "Split it.")


def _text(name: Named) -> Any:
    return str(name) if isinstance(name, UUID) else "" if name is None else name


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _lots(text: str, item: Item | None) -> list[Lot]:
    if storable(text):
        return []
    uid = _uid(text)
    found = _LOTS_BY_UID.all(uid=uid) if uid is not None else []
    if not found and item is not None:
        return _LOTS_OF_ITEMS.all(items=[item.pk], numbers=[text])
    if not found:
        return _LOTS_NUMBERED.all(number=text)
    return [lot for lot in found if item is None or lot.item_id == item.pk]


# -- when ------------------------------------------------------------------------------------------


def moment_at(place: Place | None, moment: datetime | None) -> datetime:
    """``moment`` (None: now; without offset: the place's own time) with the offset at the place.

    The ledger judges expiry by the day the event's own offset says.
    """
    zone = ZoneInfo(places.zone_of(place)) if place is not None else ZoneInfo("UTC")
    if moment is None:
        return clock.now().astimezone(zone)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(zone)
    except OverflowError:
        # A day before the calendar's first: the ledger says that it is absurd.
        return moment


def expiry(item: Item, produced_on: date | None) -> date | None:
    """The expiry the item's shelf life gives a lot produced that day; None without one of the two."""
    if produced_on is None or item.shelf_life_days is None:
        return None
    return produced_on + timedelta(days=item.shelf_life_days)


def time_faults(moment: datetime) -> list[Fault]:
    """What is wrong with the time of an act that posts nothing by itself."""
    return rules.faults(Draft("observe", moment), clock.now())


# -- through the door ------------------------------------------------------------------------------

Done = TypeVar("Done")


def asked(**words: Any) -> str:
    """A digest of what an act was asked to do, kept with its event: the same form again is known by it."""
    plain = json.dumps(words, default=_plain, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: Any) -> Any:
    fields = getattr(value, "__dataclass_fields__", None)
    return str(value) if fields is None else {name: getattr(value, name) for name in fields}


def repeated(uid: UUID | None, digest: str) -> Receipt | None:
    """The first receipt when this very act is in the book already; Conflict when it was another one.

    Needed where an act asked for twice would differ by itself: by the lot numbers a rule hands out.
    """
    if uid is None:
        return None
    known = _EVENT.first(uid=uid)
    if known is None:
        return None
    if known.data.get("asked") != digest:
        raise Conflict(
            Fault(
                "uid",
                "this form was sent before, with other content; the first one stands.",
                "Open a fresh form for another act; to correct the first, reverse its event.",
                "other_content",
            )
        )
    return Receipt(uid, known.sequence, duplicate=True)


def once(uid: UUID | None, digest: str, act: Callable[[UUID], Receipt]) -> Receipt:
    """Do ``act`` in one transaction, or give the first receipt when ``uid`` asked the same before."""
    try:
        with transaction.atomic():
            return repeated(uid, digest) or act(uid or new_uid())
    except Conflict:
        # The same form sent twice at the same moment: the other one is in the book now.
        first = repeated(uid, digest)
        if first is None:
            raise
        return first


def post_lines(draft: Draft, *, actor: str, at: Sequence[str]) -> Receipt:
    """Post one event; its faults about movement *i* are named under the line ``at[i]``."""
    return post_together([draft], actor=actor, at=[at])[0]


def post_together(drafts: Sequence[Draft], *, actor: str, at: Sequence[Sequence[str]]) -> list[Receipt]:
    """Post events that belong together, all or none; ``at[e][m]`` is the line of event e's movement m."""
    if device := device_now():
        drafts = [draft if draft.device else replace(draft, device=device[:DEVICE_MAX]) for draft in drafts]
    try:
        answers = actions.post(drafts, actor=actor)
    except Refused as refusal:
        kind = Conflict if isinstance(refusal, Conflict) else Refused
        faults = [_spoken(fault, at) for fault in refusal.faults]
        raise kind(list(dict.fromkeys(faults)), status=refusal.status) from refusal
    return [answer for answer in answers if isinstance(answer, Receipt)]


_SIDES = {"source": "place", "destination": "place"}


def _spoken(fault: Fault, at: Sequence[Sequence[str]]) -> Fault:
    parts = fault.field.split("/")
    lines = at[0]
    if parts[0] == "events" and len(parts) > 2 and int(parts[1]) < len(at):
        lines, parts = at[int(parts[1])], parts[2:]
    if parts[0] == "moves" and len(parts) > 1 and int(parts[1]) < len(lines):
        line = lines[int(parts[1])]
        rest = [_SIDES.get(part, part) for part in parts[2:3]] or ["lot"]
        return replace(fault, field="/".join([line, *rest]))
    return replace(fault, field="/".join(parts))
