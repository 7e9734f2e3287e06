"""Reading lots: one by its identity, lists by filters, their status and holds, and numbering rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, history
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slots
from lotbook.traceability.lots import rules
from lotbook.traceability.lots.models import Hold, HoldKind, Lot, LotKind, NumberingCounter, NumberingRule

GRAVE = (HoldKind.RECALL, HoldKind.REJECTION)
SHOWN_ITEM = "item"


@dataclass(frozen=True, slots=True)
class LotPage:
    """What the lot page shows of the lot itself; the rooms above add their panels."""

    lot: Lot
    status: str
    today: date
    open_holds: list[Hold]
    past_holds: list[Hold]
    serials: list[Lot]
    warnings: list[str]


def today() -> date:
    """The date at our first site (by code), for lists over all sites; UTC before there is one."""
    site = Place.objects.filter(kind="site", is_active=True).exclude(time_zone="").order_by("code").first()
    return clock.date_at(clock.now(), site.time_zone if site else "UTC")


def lot(uid: UUID | str) -> Lot:
    """The lot with this uid; raises NotFound."""
    try:
        return _with_names(Lot.objects).get(uid=UUID(str(uid)))
    except (Lot.DoesNotExist, ValueError):
        cause = f"there is no lot {str(uid)[:60]}."
        raise NotFound(Fault("lot", cause, "Look it up in the list of lots.")) from None


def _with_names(rows: Any) -> QuerySet[Lot]:
    found: QuerySet[Lot] = rows.select_related("item", "supplier", "inside", "tlc_source")
    return found


def by_identity(item: Item, number: str, kind: int = LotKind.LOT) -> Lot | None:
    """The lot of this item with this number: the number alone names no lot."""
    if storable(number):
        return None
    return _with_names(Lot.objects).filter(item=item, number=number, kind=kind).first()


_NUMBERED = Prepared(
    lambda: Lot.objects.filter(item_id__in=Slots("items"), number__in=Slots("numbers")).order_by("pk")
)


def numbered(items: Collection[int], numbers: Collection[str]) -> list[Lot]:
    """The lots, serials and untracked goods of these items (by key) that have one of these numbers."""
    return _NUMBERED.all(items=sorted(items), numbers=sorted(numbers))


def find(text: str, limit: int = 50) -> list[Lot]:
    """Lots and serials with this number, ours or the supplier's: several items may use the same one."""
    wanted = text.strip()
    if not wanted or storable(wanted):
        return []
    same = Q(number=wanted) | Q(supplier_lot=wanted) | Q(tlc=wanted) | Q(uri=wanted)
    return list(_with_names(Lot.objects).filter(same).order_by("item__code", "pk")[:limit])


def serials_of(one: Lot) -> QuerySet[Lot]:
    """The serials inside a lot."""
    return _with_names(Lot.objects).filter(inside=one).order_by("number")


def lots(
    *,
    item: UUID | str | None = None,
    status: str = "",
    expires_within: int | None = None,
    supplier: UUID | str | None = None,
    text: str = "",
    kind: int | None = None,
    on: date | None = None,
) -> QuerySet[Lot]:
    """Lots, newest first. ``status`` as in ``rules.STATUSES``; ``expires_within`` days from today.

    ``item`` and ``supplier`` are uids; ``text`` is looked for in the numbers and the item's code and name.
    """
    rows = _with_names(Lot.objects).order_by("-pk")
    day = on or today()
    if item:
        rows = rows.filter(item__uid=_uid(item, "item"))
    if supplier:
        rows = rows.filter(supplier__uid=_uid(supplier, "supplier"))
    if kind is not None:
        rows = rows.filter(kind=kind)
    if text and storable(text):
        return rows.none()
    if text:
        number = Q(number__icontains=text) | Q(supplier_lot__icontains=text) | Q(tlc__icontains=text)
        rows = rows.filter(number | Q(item__code__icontains=text) | Q(item__name__icontains=text))
    if expires_within is not None:
        rows = rows.filter(expires_on__gte=day, expires_on__lte=day + timedelta(days=expires_within))
    return rows.filter(_status(status, day)) if status in rules.STATUSES else rows


def _status(status: str, day: date) -> Q:
    """The condition that ``rules.status`` would say ``status``: kept beside it, and tested against it."""
    open_holds = Hold.objects.filter(lot=OuterRef("pk"), released_sequence=None)
    recalled = Q(Exists(open_holds.filter(kind=HoldKind.RECALL)))
    rejected = Q(Exists(open_holds.filter(kind=HoldKind.REJECTION)))
    held = Q(Exists(open_holds.exclude(kind__in=[*GRAVE, HoldKind.QUARANTINE])))
    quarantined = Q(Exists(open_holds.filter(kind=HoldKind.QUARANTINE)))
    expired = Q(expires_on__isnull=False, expires_on__lt=day)
    graver: list[Q] = []
    for name, condition in (
        ("recalled", recalled),
        ("rejected", rejected),
        ("hold", held),
        ("expired", expired),
        ("quarantine", quarantined),
    ):
        if name == status:
            return _all([condition, *(~one for one in graver)])
        graver.append(condition)
    return _all([~one for one in graver])


def _all(conditions: Iterable[Q]) -> Q:
    whole = Q()
    for condition in conditions:
        whole &= condition
    return whole


def _uid(value: UUID | str, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise NotFound(
            Fault(field, f"{str(value)[:60]!r} names no {field}.", "Choose it from the list.")
        ) from None


def statuses(many: Iterable[Lot], on: date | None = None) -> Mapping[int, str]:
    """The status of each lot, by the lot's key, in one statement."""
    day = on or today()
    rows = list(many)
    kinds: dict[int, list[str]] = defaultdict(list)
    held = [row.pk for row in rows if row.held]
    for lot_id, kind in Hold.objects.filter(lot_id__in=held, released_sequence=None).values_list(
        "lot_id", "kind"
    ):
        kinds[lot_id].append(kind)
    return {row.pk: rules.status(kinds[row.pk], row.expires_on, day) for row in rows}


def recalled(many: Iterable[Lot]) -> list[Hold]:
    """The open holds of recalls on some lots, one a lot, with lot and item; no statement where none is held."""
    held = {row.pk for row in many if row.held}
    if not held:
        return []
    rows = Hold.objects.filter(lot__in=held, kind=HoldKind.RECALL, released_sequence=None)
    found: dict[int, Hold] = {}
    for hold in rows.select_related("lot__item").order_by("placed_sequence", "pk"):
        found.setdefault(hold.lot_id, hold)
    return list(found.values())


def page(uid: UUID | str) -> LotPage:
    """Everything the lot page shows of the lot itself."""
    one = lot(uid)
    day = today()
    holds = list(Hold.objects.filter(lot=one).select_related("source__lot").order_by("-placed_sequence"))
    current = [hold for hold in holds if hold.released_sequence is None]
    return LotPage(
        lot=one,
        status=rules.status([hold.kind for hold in current], one.expires_on, day),
        today=day,
        open_holds=current,
        past_holds=[hold for hold in holds if hold.released_sequence is not None],
        serials=list(serials_of(one)[:200]),
        warnings=rules.warnings(one.number) if one.number and not one.uri else [],
    )


def changes(one: Lot) -> list[history.Change]:
    """Every change of the lot's facts, newest first."""
    table: Any = Lot
    return history.changes(("lot", table.history.filter(id=one.pk)))


def item_use(key: int) -> str:
    """How an item is used by lots, in words: asked by the catalog before it changes what they rest on."""
    count = Lot.objects.filter(item_id=key).count()
    return f"{count} lot{'s' if count != 1 else ''}" if count else ""


def partner_use(key: int) -> str:
    """How a partner is used as a supplier of lots, in words."""
    count = Lot.objects.filter(supplier_id=key).count()
    return f"supplier of {count} lot{'s' if count != 1 else ''}" if count else ""


def numbering_rules() -> QuerySet[NumberingRule]:
    """Every numbering rule: the default first, then by name."""
    return NumberingRule.objects.select_related("item").order_by("-is_default", "name")


def numbering_rule(key: int | str) -> NumberingRule:
    """The numbering rule with this key; raises NotFound."""
    try:
        return numbering_rules().get(pk=int(key))
    except (NumberingRule.DoesNotExist, ValueError, OverflowError):
        raise NotFound(Fault("rule", f"there is no numbering rule {str(key)[:20]}.")) from None


def rule_for(item: Item) -> NumberingRule | None:
    """The rule that numbers lots of this item: its own, else the default, else none."""
    return (
        NumberingRule.objects.filter(item=item).order_by("pk").first()
        or NumberingRule.objects.filter(is_default=True).order_by("pk").first()
    )


def coming_numbers(items: Collection[Item], *, on: date, site: str) -> dict[int, str]:
    """The number the next lot of each item would get by its rule, by the item's key; none is handed out.

    Empty where there is no rule, where it needs more than the day and the site's code, or where chance makes
    a part of it. Two statements for any number of items.
    """
    known = NumberingRule.objects.filter(Q(item__in=list(items)) | Q(is_default=True)).order_by("-pk")
    own: dict[int | None, NumberingRule] = {one.item_id: one for one in known}
    asked: dict[int, tuple[NumberingRule, rules.Pattern, rules.Values]] = {}
    for item in items:
        rule = own.get(item.pk) or own.get(None)
        if rule is not None:
            pattern = rules.Pattern.parse(rule.pattern, rule.reset)
            values = rules.Values(on=on, site=site, item=item.code)
            if not pattern.missing(values) and not pattern.random_width:
                asked[item.pk] = rule, pattern, values
    scopes = {pattern.scope(rule.reset, values) for rule, pattern, values in asked.values()}
    counters = NumberingCounter.objects.filter(
        rule__in={rule.pk for rule, _, _ in asked.values()}, scope__in=scopes
    )
    last = {(one.rule_id, one.scope): one.last for one in counters}
    found = {item.pk: "" for item in items}
    for key, (rule, pattern, values) in asked.items():
        count = last.get((rule.pk, pattern.scope(rule.reset, values)), 0) + 1
        found[key] = pattern.number(replace(values, sequence=count))
    return found


def rule_changes(one: NumberingRule) -> list[history.Change]:
    """Every change of a numbering rule, newest first."""
    table: Any = NumberingRule
    return history.changes(("numbering rule", table.history.filter(id=one.pk)))
