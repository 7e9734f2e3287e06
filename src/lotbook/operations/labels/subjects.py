"""What a label of something in the book says: the face of a lot, an item, a unit, a place, a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.conf import settings

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item, Packaging
from lotbook.foundation.catalog.rules import UNITS
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import destinations
from lotbook.kernel.clock import written
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.labels.faces import Face, writable
from lotbook.standards.gs1.message import CANONICAL_STEM
from lotbook.standards.scans import commands
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot, LotKind

Elements = tuple[tuple[str, str], ...]
COUNT_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be labelled: its key, a few words, the site it is at, and what its label says."""

    what: str
    uid: str
    words: str
    site: Place | None
    face: Face


def subject(what: str, name: str) -> Subject:
    """The thing a label is asked for; raises NotFound, or Refused for a kind there is none of."""
    make = _MAKERS.get(what)
    if make is None:
        cause = f"expected one of {', '.join(_MAKERS)}, got {what[:20]!r}."
        raise Refused(Fault("what", cause, "Choose one of them."))
    return make(name)


def book_url() -> str:
    """Where labels of our own lead: LOTBOOK_URL, else the first host name of the book."""
    host = next((host for host in settings.ALLOWED_HOSTS if host not in ("*", "")), "localhost")
    return settings.BOOK_URL or f"https://{host.removeprefix('.')}"


def _stem() -> str:
    return getattr(settings, "LINK_STEM", "") or CANONICAL_STEM


def _lot(name: str) -> Subject:
    found = lots.lot(name)
    item: Item = found.item
    elements = _of_lot(item.gtin, found)
    facts = _facts(
        name=item.name, code=item.code, gtin=item.gtin, **_dates(found),
        lot=found.inside.number if found.inside else "",
        supplier=found.supplier.name if found.supplier else "",
        supplier_lot=found.supplier_lot, origin=found.origin_country,
    )  # fmt: skip
    serial = found.kind == LotKind.SERIAL
    standing = ledger.balances(lots=[found.pk])
    site = places.site_of(places.place(standing[0].place_uid)) if standing else None
    what = "serial" if serial else "lot"
    face = Face(
        what, "", item.name, "Serial" if serial else "Lot", found.number or item.code, facts, elements,
        f"{book_url()}/lots/{found.uid}", stem=_stem(),
    )  # fmt: skip
    return Subject(what, str(found.uid), f"{item.name} {found.number}", site, face)


def _of_lot(gtin: str | None, lot: Lot) -> Elements:
    """The elements of a lot; what has a predefined length goes first, so that fewer separators are needed."""
    if not gtin or not lot.number:
        return ()
    elements: list[tuple[str, str]] = [("01", gtin.zfill(14)), *_dated(lot)]
    if lot.kind == LotKind.SERIAL:
        if lot.inside:
            elements.append(("10", lot.inside.number))
        elements.append(("21", lot.number))
    else:
        elements.append(("10", lot.number))
    # A number that no GS1 symbol can hold (too long, other letters) has a label with our own address.
    return () if writable(tuple(elements)) else tuple(elements)


def _dated(lot: Lot) -> list[tuple[str, str]]:
    found = []
    if lot.produced_on and not (lot.expires_on or lot.best_before_on):
        found.append(("11", f"{lot.produced_on:%y%m%d}"))
    if lot.expires_on:
        found.append(("17", f"{lot.expires_on:%y%m%d}"))
    elif lot.best_before_on:
        found.append(("15", f"{lot.best_before_on:%y%m%d}"))
    return found


def _dates(lot: Lot) -> dict[str, str]:
    names = ("expires_on", "best_before_on", "produced_on", "packed_on")
    return {name: written(getattr(lot, name)) for name in names}


LABELS = {
    "expires_on": "Use by", "best_before_on": "Best before", "produced_on": "Produced", "packed_on": "Packed",
    "gtin": "GTIN", "lot": "Lot", "code": "Code", "quantity": "Quantity", "weight": "Net weight",
    "supplier": "Supplier", "supplier_lot": "Supplier's lot", "origin": "Origin", "site": "Site",
}  # fmt: skip


def _facts(**values: str | None) -> tuple[tuple[str, str, str], ...]:
    """What is known, in the order of `LABELS`: dates first, they are what people look for."""
    return tuple((key, label, values[key] or "") for key, label in LABELS.items() if values.get(key))


def _item(name: str) -> Subject:
    found = catalog.item(name)
    gtin = (found.gtin or "").zfill(14) if found.gtin else ""
    face = Face(
        "item", "", found.name, "Item", found.code, _facts(gtin=gtin),
        (("01", gtin),) if gtin else (), f"{book_url()}/items/{found.uid}", stem=_stem(),
    )  # fmt: skip
    return Subject("item", str(found.uid), found.name, None, face)


def _place(name: str) -> Subject:
    found = places.place(name)
    if found.kind not in ("site", "area", "bin", "transit"):
        kind = found.get_kind_display().lower()
        cause = f"{found} is a {kind}, which has no label as a place."
        raise Refused(Fault("id", cause, "Print labels of sites, areas and bins; units have their own."))
    site = places.site_of(found)
    face = Face(
        "place", "", found.name, found.get_kind_display(), found.code,
        _facts(site=str(site) if site and site != found else ""),
        url=f"{book_url()}/places/{found.uid}", stem=_stem(),
    )  # fmt: skip
    return Subject("place", str(found.uid), found.code, site, face)


# --- Logistic units ---


@dataclass(frozen=True, slots=True)
class _Content:
    """What a unit holds when it is one item: how many of which trade item, of which lot if it is one."""

    item: Item
    lot: Lot | None
    quantity: int
    packaging: Packaging | None


def _unit(name: str) -> Subject:
    found = places.place(name) if _is_uid(name) else places.named(name)
    if found is None or found.kind != "unit":
        raise NotFound(Fault("id", f"there is no logistic unit {name[:60]}.", "Look it up in the list."))
    standing = ledger.balances(places=places.subtree_ids(found.pk))
    one = _content(standing)
    site = places.site_of(found)
    face = Face(
        "unit", "",
        one.item.name if one else (f"{len({row.item for row in standing})} items" if standing else ""),
        "SSCC" if found.sscc else "Unit", found.sscc or found.code, _unit_facts(one, site),
        _of_unit(found, one), f"{book_url()}/units/{found.uid}",
        ship_to=_ship_to(found), stem=_stem(),
    )  # fmt: skip
    return Subject("unit", str(found.uid), found.sscc or found.code, site, face)


def _is_uid(name: str) -> bool:
    try:
        return bool(UUID(name))
    except ValueError:
        return False


def _content(standing: Sequence[ledger.Standing]) -> _Content | None:
    """One item's goods; a mixed unit says only its number."""
    if len({row.item for row in standing}) != 1:
        return None
    item = catalog.item(Item.objects.values_list("uid", flat=True).get(pk=standing[0].item))
    quantity = sum(row.on_hand for row in standing)
    keys = {row.lot_uid for row in standing}
    lot = lots.lot(keys.pop()) if len(keys) == 1 else None
    fitting = [
        pack for pack in item.packagings.all() if pack.gtin and pack.content and quantity % pack.content == 0
    ]
    return _Content(item, lot, quantity, max(fitting, key=lambda pack: pack.content, default=None))


def _unit_facts(one: _Content | None, site: Place | None) -> tuple[tuple[str, str, str], ...]:
    if one is None:
        return ()
    item, pack = one.item, one.packaging
    unit = UNITS[item.unit].symbol if item.unit in UNITS else item.unit
    quantity = f"{to_text(one.quantity, item.scale)} {unit}"
    if pack:
        quantity = f"{one.quantity // pack.content} × {pack.name}"
    gtin = (pack.gtin if pack else None) or item.gtin
    return _facts(
        gtin=gtin.zfill(14) if gtin else "", quantity=quantity, weight=_weight(one),
        lot=one.lot.number if one.lot else "several", site=str(site or ""),
        **(_dates(one.lot) if one.lot else {}),
    )  # fmt: skip


def _weight(one: _Content) -> str:
    """Net weight by the item's conversion; an item counted in weight says it as its quantity."""
    weight = None if one.item.unit == "KGM" else catalog.units_of(one.item).kilograms(one.quantity)
    return f"{to_text(round(weight * 1000), 3)} kg" if weight is not None else ""


def _of_unit(unit: Place, one: _Content | None) -> Elements:
    if not unit.sscc:
        return ()
    head: Elements = (("00", unit.sscc),)
    gross = _gross(unit)
    elements = (*head, *_counted(one), *gross)
    # Contents that GS1 data cannot say (no GTIN, a weight for a count) leave the number alone.
    return next(known for known in (elements, (*head, *gross), head) if not writable(known))


def _counted(one: _Content | None) -> list[tuple[str, str]]:
    if one is None:
        return []
    gtin, each = (
        (one.packaging.gtin, one.packaging.content) if one.packaging else (one.item.gtin, 10**one.item.scale)
    )
    if not gtin or one.quantity % each or (one.item.unit == "KGM" and not one.packaging):
        return []
    count = str(one.quantity // each)
    if len(count) > COUNT_DIGITS:
        return []
    of_lot = [*_dated(one.lot), ("37", count), ("10", one.lot.number)] if one.lot and one.lot.number else []
    return [("02", gtin.zfill(14)), *(of_lot or [("37", count)])]


def _gross(unit: Place) -> Elements:
    """The gross weight somebody noted with the unit (attribute gross_weight_kg), to the gram: (3303)."""
    try:
        grams = int(Decimal(str(unit.attributes.get("gross_weight_kg", ""))) * 1000)
    except (InvalidOperation, ValueError, OverflowError):
        return ()
    return (("3303", f"{grams:06d}"),) if 0 < grams < 10**6 else ()


def _ship_to(unit: Place) -> tuple[str, ...]:
    """Where the goods in a unit go, when they are reserved for one document."""
    inside = set(places.subtree_ids(unit.pk))
    standing = {row.lot for row in ledger.balances(places=inside)}
    kept = {(row.purpose, row.document) for row in ledger.reserved(lots=standing) if row.place_id in inside}
    return destinations.of_document(*kept.pop()) if len(kept) == 1 else ()


def _command(name: str) -> Subject:
    word, _, number = name.partition(":")
    try:
        payload = commands.payload(word, number)
    except ValueError as problem:
        raise Refused(Fault("id", f"{problem}.", "Write it like confirm, or quantity:12.")) from None
    says = commands.caption(word, number)
    return Subject("command", name, says, None, Face("command", "Lotbook", "", "Scan to", says, text=payload))


_MAKERS: Mapping[str, Callable[[str], Subject]] = {
    "lot": _lot,
    "serial": _lot,
    "item": _item,
    "unit": _unit,
    "place": _place,
    "command": _command,
}
