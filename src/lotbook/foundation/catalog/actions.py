"""Writing items: each act checks every field, is one transaction, and is kept in the item's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.catalog import queries, rules
from lotbook.foundation.catalog.models import Conversion, Item, Packaging
from lotbook.kernel import history, uses
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, NotFound, Refused

SUBJECT = "catalog.item"
FROZEN = ("unit", "tracking")
"""What the quantities and the identity of existing lots rest on."""


@transaction.atomic
def create_item(
    *,
    actor: str,
    code: str,
    name: str,
    unit: str = "H87",
    scale: int = 0,
    tracking: str = "lot",
    gtin: str | None = None,
    group: str = "",
    shelf_life_days: int | None = None,
    standard_cost: str | None = None,
    currency: str = "",
    attributes: Mapping[str, Any] | None = None,
    net_weight: str | None = None,
    reason: str = "",
) -> Item:
    """Make an item.

    ``unit`` is a UN/ECE code, ``standard_cost`` decimal text per base unit, ``net_weight`` kg per base unit.
    Raises Refused with every fault, Conflict when the code or GTIN is taken.
    """
    values = rules.read_item(
        {
            "code": code, "name": name, "unit": unit, "scale": scale, "tracking": tracking, "gtin": gtin,
            "group": group, "shelf_life_days": shelf_life_days, "standard_cost": standard_cost,
            "currency": currency, "attributes": attributes,
        }
    )  # fmt: skip
    _taken(values.get("code"), values.get("gtin"), 0)
    item = Item(**values)
    with history.unique("code", f"an item {code} or with this GTIN was just made by somebody else."):
        history.save(item, actor=actor, reason=reason)
    if net_weight:
        set_net_weight(actor=actor, uid=item.uid, kilograms=net_weight, reason=reason)
    return item


@transaction.atomic
def create_items(*, actor: str, items: Sequence[Mapping[str, Any]], reason: str = "") -> list[Item]:
    """Make many items at once, all or none; each as in ``create_item``, without ``net_weight``.

    A constant number of statements per few hundred items. Raises Refused (Conflict where only codes or
    GTINs are taken) with every fault under ``items/<i>/``.
    """
    faults: list[Fault] = []
    read: list[dict[str, Any]] = []
    for index, values in enumerate(items):
        try:
            read.append(rules.read_item(values))
        except Refused as refusal:
            faults += [fault.under(f"items/{index}") for fault in refusal.faults]
    if faults:
        raise Refused(faults)
    taken = _taken_among(read)
    if taken:
        raise Conflict(taken)
    made = [Item(**values) for values in read]
    with history.unique("code", "one of these items was just made by somebody else.", "Try again."):
        history.save_new(made, actor=actor, reason=reason)
    return made


def _taken_among(read: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Codes and GTINs of new items that the book, or an earlier one of them, has already."""
    found: list[Fault] = []
    for name in ("code", "gtin"):
        wanted = [values[name] for values in read if values.get(name)]
        held: set[str] = set()
        for start in range(0, len(wanted), history.BULK):
            some = wanted[start : start + history.BULK]
            held |= {
                str(one) for one in Item.objects.filter(**{f"{name}__in": some}).values_list(name, flat=True)
            }
            if name == "gtin":
                held |= {
                    str(one) for one in Packaging.objects.filter(gtin__in=some).values_list("gtin", flat=True)
                }
        for index, values in enumerate(read):
            value = values.get(name)
            if value and value in held:
                found.append(
                    Fault(f"items/{index}/{name}", f"{value} is taken already.", "Choose another.", "taken")
                )
            elif value:
                held.add(value)
    return found


@transaction.atomic
def amend_item(*, actor: str, uid: UUID | str, changes: Mapping[str, Any], reason: str = "") -> Item:
    """Change the fields in ``changes`` (named as in ``create_item``, and ``is_active``).

    Base unit and tracking stay once there are lots; a scale is only ever made finer, before there are
    lots. Raises NotFound, Refused, Conflict.
    """
    item = _locked(uid)
    wanted = dict(changes)
    net_weight = wanted.pop("net_weight", None)
    if "standard_cost" in wanted:
        wanted.setdefault("currency", item.currency)
    values = rules.read_item({"tracking": item.tracking, "scale": item.scale, **wanted})
    _frozen(item, values)
    _taken(values.get("code"), values.get("gtin"), item.pk)
    finer_by = values["scale"] - item.scale
    changed = [name for name, value in values.items() if getattr(item, name) != value]
    for name in changed:
        setattr(item, name, values[name])
    if changed:
        with history.unique("code", "another item was just given this code or GTIN."):
            history.save(item, actor=actor, reason=reason)
    if finer_by:
        _rescale(item, finer_by, actor)
    if net_weight is not None:
        set_net_weight(actor=actor, uid=item.uid, kilograms=net_weight, reason=reason)
    return item


def deactivate(*, actor: str, uid: UUID | str, reason: str = "") -> Item:
    """Take an item out of use: it stays in the book and in every trace, and is offered no more."""
    return amend_item(actor=actor, uid=uid, changes={"is_active": False}, reason=reason)


@transaction.atomic
def add_packaging(
    *,
    actor: str,
    uid: UUID | str,
    name: str,
    content: str,
    unit: str = "",
    gtin: str | None = None,
    reason: str = "",
) -> Packaging:
    """Give an item a packaging level holding ``content`` (decimal text, in ``unit`` or the base unit).

    Raises NotFound, Refused, Conflict.
    """
    item = _locked(uid)
    check = Check()
    word = check.text("name", name, 60, required=True)
    number = rules.gtin(check, "gtin", gtin)
    check.done()
    _taken(None, number, item.pk, packaging=True)
    if Packaging.objects.filter(item=item, name=word).exists():
        raise Conflict(
            Fault("name", f"the item has a packaging {word} already.", "Choose another name.", "taken")
        )
    smallest = queries.units_of(item).convert(content, unit or item.unit, where="content")
    if smallest <= 0:
        raise Refused(Fault("content", f"expected a content above zero, got {content}."))
    packaging = Packaging(item=item, name=word, gtin=number, content=smallest)
    with history.unique("gtin", "this packaging was just made by somebody else."):
        history.save(packaging, actor=actor, reason=reason)
    return packaging


@transaction.atomic
def remove_packaging(*, actor: str, uid: UUID | str, name: str, reason: str = "") -> None:
    """Take a packaging level off an item; its history stays."""
    packaging = Packaging.objects.filter(item=_locked(uid), name=name).first()
    if packaging is None:
        raise NotFound(Fault("name", f"the item has no packaging {name[:60]}."))
    history.remove(packaging, actor=actor, reason=reason)


@transaction.atomic
def set_conversion(*, actor: str, uid: UUID | str, unit: str, factor: str, reason: str = "") -> Conversion:
    """Say that one ``unit`` of this item is ``factor`` base units (decimal text, or a fraction like 20/7)."""
    item = _locked(uid)
    check = Check()
    code = check.choice("unit", unit, rules.UNITS, "Use a UN/ECE code such as KGM or XCT.")
    exact = rules.fraction(check, "factor", factor)
    if code and code == item.unit:
        check.fault("unit", f"{code} is the item's base unit itself.", "Choose another unit.")
    check.done()
    assert exact is not None
    return _convert(item, code, exact, actor, reason)


@transaction.atomic
def set_net_weight(*, actor: str, uid: UUID | str, kilograms: str, reason: str = "") -> Conversion | None:
    """Say what one base unit of this item weighs net: its conversion to KGM, which the mass balance uses.

    Refused for an item kept in a unit of mass, whose weight is its quantity.
    """
    item = _locked(uid)
    check = Check()
    weight = rules.fraction(check, "net_weight", kilograms)
    unit = rules.UNITS.get(item.unit)
    if unit is not None and unit.dimension == "mass":
        check.fault(
            "net_weight", f"the item is kept in {item.unit}: its weight is its quantity.", "Leave it out."
        )
    check.done()
    assert weight is not None
    return _convert(item, rules.NET_WEIGHT_UNIT, 1 / weight, actor, reason)


@transaction.atomic
def remove_conversion(*, actor: str, uid: UUID | str, unit: str, reason: str = "") -> None:
    """Take a conversion off an item; its history stays."""
    conversion = Conversion.objects.filter(item=_locked(uid), unit=unit).first()
    if conversion is None:
        raise NotFound(Fault("unit", f"the item has no conversion from {unit[:8]}."))
    history.remove(conversion, actor=actor, reason=reason)


def _convert(item: Item, code: str, exact: Fraction, actor: str, reason: str) -> Conversion:
    conversion = Conversion.objects.filter(item=item, unit=code).first() or Conversion(item=item, unit=code)
    if conversion.pk and Fraction(conversion.numerator, conversion.denominator) == exact:
        return conversion
    conversion.numerator, conversion.denominator = exact.numerator, exact.denominator
    history.save(conversion, actor=actor, reason=reason)
    return conversion


def _locked(uid: UUID | str) -> Item:
    """The item under its row lock: a lot of it cannot appear while its unit or tracking changes."""
    return Item.objects.select_for_update().get(pk=queries.item(uid).pk)


def _frozen(item: Item, values: Mapping[str, Any]) -> None:
    use = uses.of(SUBJECT, item.pk)
    faults = [
        rules.fixed(name, use)
        for name in FROZEN
        if use and values.get(name, getattr(item, name)) != getattr(item, name)
    ]
    coarser = rules.finer(item.scale, values["scale"], use)
    if coarser:
        faults.append(coarser)
    if faults:
        raise Refused(faults)


def _taken(code: str | None, gtin: str | None, own: int, *, packaging: bool = False) -> None:
    """Refuse a code or GTIN that another item, or any packaging, carries."""
    faults = []
    other = Item.objects.filter(code=code).exclude(pk=own).first() if code else None
    if other is not None:
        faults.append(
            Fault("code", f"{code} is the code of {other.name} already.", "Choose another code.", "taken")
        )
    if gtin:
        items = Item.objects.filter(gtin=gtin)
        holder = items.first() if packaging else items.exclude(pk=own).first()
        level = Packaging.objects.filter(gtin=gtin).select_related("item").first()
        name = holder.name if holder else f"{level.name} of {level.item.name}" if level else ""
        if name:
            faults.append(
                Fault("gtin", f"{gtin} is the GTIN of {name} already.", "Check the number.", "taken")
            )
    if faults:
        raise Conflict(faults)


def _rescale(item: Item, finer_by: int, actor: str) -> None:
    """Contents of packagings count in smallest units: they follow the scale."""
    for packaging in Packaging.objects.filter(item=item):
        packaging.content *= 10**finer_by
        history.save(packaging, actor=actor, reason="the item's scale was made finer")
