"""Reading items: by name, in lists, and what their quantities can be said in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.foundation.catalog import rules
from lotbook.foundation.catalog.models import Conversion, Item, Packaging
from lotbook.kernel import history
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slot, Slots
from lotbook.standards.errors import MalformedError
from lotbook.standards.gs1.keys import Gtin

_BY_UID = Prepared(lambda: Item.objects.filter(uid=Slot("uid")))
_BY_CODE = Prepared(lambda: Item.objects.filter(code=Slot("code")))
_BY_GTIN = Prepared(lambda: Item.objects.filter(gtin=Slot("gtin")))
_CONVERSIONS = Prepared(lambda: Conversion.objects.filter(item_id__in=Slots("items")))


def item(uid: UUID | str) -> Item:
    """The item with this uid; raises NotFound."""
    try:
        return Item.objects.get(uid=UUID(str(uid)))
    except (Item.DoesNotExist, ValueError):
        raise NotFound(
            Fault("item", f"there is no item {str(uid)[:60]}.", "Look it up in the list of items.")
        ) from None


def by_code(code: str) -> Item | None:
    """The item with this code, written exactly so."""
    return None if storable(code) else _BY_CODE.first(code=code.strip())


def by_gtin(text: str) -> tuple[Item, Packaging | None] | None:
    """The item with this GTIN (8, 12, 13 or 14 digits), or the item and packaging whose GTIN it is."""
    try:
        gtin = Gtin.parse(text).value
    except MalformedError:
        return None
    found = _BY_GTIN.first(gtin=gtin)
    if found is not None:
        return found, None
    level = Packaging.objects.filter(gtin=gtin).select_related("item").first()
    return (level.item, level) if level else None


def named(text: str) -> Item | None:
    """The item a person means by a uid, a code or a GTIN."""
    try:
        return _BY_UID.first(uid=UUID(text))
    except ValueError:
        pass
    one = by_code(text)
    if one is not None:
        return one
    found = by_gtin(text)
    return found[0] if found else None


def items(
    *,
    text: str = "",
    group: str = "",
    tracking: str = "",
    active: bool | None = None,
    foreign: bool | None = None,
) -> QuerySet[Item]:
    """Items, by code; ``text`` is looked for in code, name and GTIN."""
    rows = Item.objects.order_by("code")
    if text and storable(text):
        return rows.none()
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(gtin__contains=text))
    if group and not storable(group):
        rows = rows.filter(group=group)
    if tracking and not storable(tracking):
        rows = rows.filter(tracking=tracking)
    if active is not None:
        rows = rows.filter(is_active=active)
    if foreign is not None:
        rows = rows.filter(is_foreign=foreign)
    return rows


def groups() -> list[str]:
    """Every group an item is in."""
    return list(Item.objects.exclude(group="").order_by("group").values_list("group", flat=True).distinct())


def units_of(one: Item) -> rules.Units:
    """What quantities of the item can be said in."""
    return units_of_many([one])[one.pk]


def units_of_many(many: Iterable[Item]) -> Mapping[int, rules.Units]:
    """The same for many items, by the item's key, in two statements at most."""
    known = {one.pk: one for one in many}
    pairs: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in _CONVERSIONS.all(items=list(known)):
        pairs[row.item_id][row.unit] = (row.numerator, row.denominator)
    return {key: rules.Units(one.unit, one.scale, pairs[key]) for key, one in known.items()}


def net_weight(one: Item) -> str:
    """Kilograms of one base unit as text: a decimal where it ends, else a fraction; empty when not known."""
    weight = units_of(one).kilograms(10**one.scale)
    if weight is None:
        return ""
    for places in range(13):
        if (weight * 10**places).denominator == 1:
            return rules.cost_text(int(weight * 10**6)) if places <= 6 else f"{float(weight):.{places}f}"
    return f"{weight.numerator}/{weight.denominator}"


def changes(one: Item) -> list[history.Change]:
    """Every change of the item, its packagings and its conversions, newest first."""
    tables: Any = (Item, Packaging, Conversion)
    return history.changes(
        ("item", tables[0].history.filter(id=one.pk)),
        ("packaging", tables[1].history.filter(item_id=one.pk)),
        ("conversion", tables[2].history.filter(item_id=one.pk)),
    )
