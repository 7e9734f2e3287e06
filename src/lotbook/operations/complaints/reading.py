"""What somebody tells of goods, understood: scans, names and dates into keys, every fault by its field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.operations.complaints import rules
from lotbook.operations.complaints.models import Channel, Complainant, Harm, Sample, Severity, Symptom
from lotbook.standards import scans
from lotbook.standards.gs1 import Gs1Error, Message
from lotbook.traceability.ledger.lines import Named, Reading, moment_at
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot, LotKind

UNITS_MAX = 1_000_000_000
LATER = timedelta(minutes=10)
"""A clock elsewhere may be so far ahead of ours."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of a complaint, in their words; empty: not said.

    ``scan`` is anything on the pack a scanner reads; it fills what the other fields leave out. ``lot`` is the
    number as it was read: where the book has it, it is the lot; otherwise it is kept as text.
    """

    received_at: datetime | str | None = None
    complainant: str = ""
    channel: str = ""
    partner: Named = ""
    scan: str = ""
    item: Named = ""
    lot: str = ""
    serial: str = ""
    sscc: str = ""
    best_before_on: date | str | None = None
    symptoms: tuple[str, ...] = ()
    description: str = ""
    harm: str = ""
    severity: str = ""
    units_affected: int | str | None = None
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """What is complained about, as far as it is known."""

    item: Item | None = None
    lot: Lot | None = None
    unit: Place | None = None
    lot_text: str = ""
    serial_text: str = ""
    best_before_on: date | None = None


def read(told: Told) -> tuple[dict[str, Any], list[str]]:
    """The fields of a complaint and its symptoms; raises Refused with every fault."""
    reading = Reading()
    symptoms = _symptoms(reading, told.symptoms)
    complainant = reading.choice("complainant", told.complainant or Complainant.CONSUMER, Complainant.values)
    harm = reading.choice("harm", told.harm or Harm.NO, Harm.values)
    severity = told.severity or rules.usual_severity(harm, symptoms)
    goods = _goods(reading, told)
    values: dict[str, Any] = {
        "received_at": _received(reading, told.received_at),
        "complainant": complainant,
        "channel": reading.choice("channel", told.channel or Channel.PHONE, Channel.values),
        "partner": _partner(reading, told.partner, required=complainant == Complainant.CUSTOMER),
        "item": goods.item,
        "lot": goods.lot,
        "unit": goods.unit,
        "lot_text": goods.lot_text,
        "serial_text": goods.serial_text,
        "best_before_on": goods.best_before_on,
        "description": reading.text("description", told.description, 4_000, lines=True),
        "harm": harm,
        "severity": reading.choice("severity", severity, Severity.values),
        "units_affected": reading.whole("units_affected", told.units_affected, 1, UNITS_MAX),
        "sample": reading.choice("sample", told.sample or Sample.UNKNOWN, Sample.values),
    }
    if not reading.faults and goods.item is None and not values["description"]:
        reading.fault(
            "item", "nothing says what goods these are.", "Name the item, or describe them.", "required"
        )
    reading.done()
    return values, symptoms


def _symptoms(reading: Reading, told: tuple[str, ...]) -> list[str]:
    if not told:
        reading.fault("symptoms", "none is chosen.", "Choose at least one, or “other”.", "required")
    known = [reading.choice("symptoms", one, Symptom.values) for one in dict.fromkeys(told)]
    return [code for code in Symptom.values if code in known]


def _partner(reading: Reading, name: Named, *, required: bool) -> Partner | None:
    if not name and not required:
        return None
    return reading.partner("partner", name, "customer")


def _received(reading: Reading, told: datetime | str | None) -> datetime:
    now = clock.now()
    if told is None or told == "":
        return now
    if isinstance(told, str):
        said = told[:40]
        try:
            told = datetime.fromisoformat(told.strip())
        except ValueError:
            reading.fault(
                "received_at",
                f"expected a day and time, got {said!r}.",
                "Write it like 2027-03-03T14:05.",
            )
            return now
    at = moment_at(_first_site(), told).astimezone(UTC)
    if at > now + LATER:
        reading.fault("received_at", "that time has not come yet.", "Check it, or leave it empty for now.")
    elif at.year < 1990:
        reading.fault("received_at", f"{at.year} is long ago.", "Check the year.")
    return at


def _first_site() -> Place | None:
    """The place whose clock a time without offset is read by."""
    return Place.objects.filter(kind="site", is_active=True).exclude(time_zone="").order_by("code").first()


def understood(scan: str) -> dict[str, str]:
    """What a scan says, as a form has it: item (code), lot, serial, sscc, best_before_on; raises Refused."""
    reading = Reading()
    seen = _scanned(reading, scan)
    item = _item(reading, seen.get("item", ""), "scan")
    lot = _lot(reading, item, str(seen.get("lot", "")), serials=False) if seen.get("lot") else None
    reading.done()
    found = {name: str(value) for name, value in seen.items()}
    if lot is not None:
        found |= {"item": lot.item.code, "lot": lot.number}
    elif item is not None:
        found["item"] = item.code
    return found


# -- the goods --------------------------------------------------------------------------------------


def _goods(reading: Reading, told: Told) -> Goods:
    seen = _scanned(reading, told.scan)
    day = reading.day("best_before_on", told.best_before_on) or seen.get("best_before_on")
    text = reading.text("lot", told.lot, 200) or seen.get("lot", "")
    serial = reading.text("serial", told.serial, 200) or seen.get("serial", "")
    item = _item(reading, told.item or seen.get("item", ""), "item" if told.item else "scan")
    unit = _unit(reading, told.sscc or seen.get("sscc", ""), "sscc" if told.sscc else "scan")
    lot = _lot(reading, item, serial, serials=True) if serial else None
    if lot is None and text:
        lot = _lot(reading, item, text, serials=False)
    if lot is not None and text == str(lot.uid):
        text = lot.number
    return Goods(lot.item if lot else item, lot, unit, text, serial, day)


def _scanned(reading: Reading, scan: str) -> dict[str, Any]:
    """What a scan says: item (GTIN), lot, serial, sscc, best_before_on; text that is no code: a number."""
    text = reading.text("scan", scan.replace("\x1d", "\\x1d"), 1_000).replace("\\x1d", "\x1d")
    if not text:
        return {}
    try:
        meant = scans.understand(text)
    except Gs1Error as problem:
        reading.fault("scan", f"{problem}.", "Scan again, or type item and lot.")
        return {}
    if isinstance(meant, scans.Ambiguous):
        meant = meant.settle(_known)
    if isinstance(meant, scans.Ambiguous):
        said = " or ".join(one.bracketed for one in meant.readings[:3])
        reading.fault(
            "scan", f"it can be read as {said}.", "Type item and lot as they are printed.", "ambiguous"
        )
        return {}
    if meant.target is not None:
        kind, name = meant.target
        return {"lot": name} if kind == "lots" else {}
    if meant.message is None:
        return {"lot": text}
    try:
        facts = scans.facts_of(meant.message, clock.now().date())
    except Gs1Error as problem:
        reading.fault("scan", f"{problem}.", "Type the date.")
        return {}
    told = {
        "item": facts.gtin or facts.content_gtin,
        "lot": facts.lot,
        "serial": facts.serial,
        "sscc": facts.sscc,
        "best_before_on": facts.best_before_on or facts.expires_on or facts.sell_by_on,
    }
    return {name: value for name, value in told.items() if value}


def _known(message: Message) -> bool:
    """Whether the book has the lot of a reading."""
    values = message.by_code
    item = catalog.named(values.get("01", "") or values.get("02", ""))
    return item is not None and lots.by_identity(item, values.get("10", "")) is not None


def _item(reading: Reading, name: Named, field: str) -> Item | None:
    return reading.item(field, name) if name else None


def _unit(reading: Reading, sscc: str, field: str) -> Place | None:
    return reading.place(field, sscc, kinds={"unit"}) if sscc.strip() else None


def _lot(reading: Reading, item: Item | None, text: str, *, serials: bool) -> Lot | None:
    """The lot somebody means: by uid, or its number of the item; without one where only one lot has it."""
    if storable(text):
        return None
    same = [lot for lot in lots.find(text) if lot.number == text] or _by_uid(text)
    same = [lot for lot in same if (lot.kind == LotKind.SERIAL) is serials or not serials]
    if item is not None:
        of_item = [lot for lot in same if lot.item_id == item.pk]
        return of_item[0] if of_item else None
    if len(same) > 1:
        names = ", ".join(sorted({lot.item.code for lot in same})[:5])
        reading.fault(
            "item", f"several lots are called {text[:60]}: of {names}.", "Say which item.", "ambiguous"
        )
    return same[0] if len(same) == 1 else None


def _by_uid(text: str) -> list[Lot]:
    found = Lot.objects.select_related("item")
    try:
        return list(found.filter(uid=UUID(text)))
    except ValueError:
        return []
