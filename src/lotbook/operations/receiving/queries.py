"""Reading what is expected and what came: orders, shipping notices, arrivals, and the rules that hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slot, Slots
from lotbook.operations.receiving import rules
from lotbook.operations.receiving.models import (
    OPEN,
    Arrival,
    ArrivalLine,
    Notice,
    NoticeLine,
    NoticeStatus,
    NoticeUnit,
    Order,
    OrderLine,
    OrderStatus,
    ReceivingRule,
    Upload,
)
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace.gaps.registry import Lack

NOTICE_OPEN = (NoticeStatus.ANNOUNCED, NoticeStatus.PARTLY)
DUE = {
    "late": "Late",
    "today": "Due today",
    "week": "Due within 7 days",
    "open": "All that are open",
}
"""When orders and notices are expected."""


def in_their_time(notices: Iterable[Notice]) -> list[Notice]:
    """Notices with what they say of times in the time of their sites."""
    listed = list(notices)
    zones = places.zones_of(one.site_id for one in listed)
    for one in listed:
        if one.expected_at is not None:
            one.expected_at = one.expected_at.astimezone(ZoneInfo(zones[one.site_id]))
    return listed


def _local(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Arrivals with their moments in the time of the place where they came."""
    listed = list(arrivals)
    zones = places.zones_of(one.place_id for one in listed)
    for one in listed:
        one.arrived_at = one.arrived_at.astimezone(ZoneInfo(zones[one.place_id]))
    return listed


# -- orders ----------------------------------------------------------------------------------------


def order(name: UUID | str) -> Order:
    """The purchase order with this uid or number; raises NotFound."""
    text = str(name).strip()
    rows = Order.objects.select_related("supplier", "site")
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text).first()
    if found is None:
        cause = f"there is no purchase order {text[:60]!r}."
        raise NotFound(Fault("order", cause, "Look it up in the list of orders."))
    return found


def orders(
    *, text: str = "", status: str = "", supplier: str = "", item: str = "", site: str = "", due: str = ""
) -> QuerySet[Order]:
    """Purchase orders, newest first; ``due`` is one of DUE, judged by our own day."""
    rows = Order.objects.select_related("supplier", "site").order_by("-pk")
    if any(storable(word) for word in (text, status, supplier, item, site)):
        return rows.none()
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(supplier__name__icontains=text))
    if status:
        rows = rows.filter(status=status)
    if supplier:
        rows = rows.filter(supplier__code__iexact=supplier)
    if site:
        rows = rows.filter(site__code__iexact=site)
    if item:
        rows = rows.filter(pk__in=OrderLine.objects.filter(item__code__iexact=item).values("order"))
    if due in DUE:
        rows = _due(rows.filter(status__in=OPEN), due, lots.today())
    return rows


def _due(rows: QuerySet[Order], due: str, today: date) -> QuerySet[Order]:
    if due == "late":
        return rows.filter(expected_on__lt=today)
    if due == "today":
        return rows.filter(expected_on=today)
    return rows.filter(expected_on__lte=today + timedelta(days=7)) if due == "week" else rows


def progress(keys: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Per order (by key): how many lines it has, and how many of them have come in full."""
    rows = OrderLine.objects.filter(order__in=list(keys), cancelled=False).values_list("order")
    full = Count("pk", filter=Q(received__gte=F("quantity")))
    return {key: (many, done) for key, many, done in rows.annotate(many=Count("pk"), done=full).order_by()}


def is_late(one: Order, today: date) -> bool:
    """Whether an order should have come before ``today``."""
    return one.status in OPEN and one.expected_on is not None and one.expected_on < today


@dataclass(slots=True)
class OrderPage:
    """A purchase order as its page shows it."""

    order: Order
    lines: list[OrderLine]
    notices: list[Notice]
    arrivals: list[Arrival]
    timeline: list[documents.TimelineEntry] = field(default_factory=list)

    @property
    def receivable(self) -> bool:
        """Whether goods may come against it."""
        return self.order.status in (*OPEN, OrderStatus.RECEIVED)


def order_line(name: UUID | str, position: int) -> OrderLine:
    """A line of an order that is not cancelled; raises NotFound."""
    rows = OrderLine.objects.filter(order=order(name), position=position, cancelled=False)
    row = rows.select_related("item").first()
    if row is None:
        cause = f"{name} has no line {position}."
        raise NotFound(Fault("line", cause, "Look at the order's page."))
    return row


def order_lines(one: Order) -> list[OrderLine]:
    """The lines of an order, in order."""
    return list(OrderLine.objects.filter(order=one).select_related("item").order_by("position"))


def order_page(name: UUID | str) -> OrderPage:
    """An order with its lines, what came against it and what happened to it."""
    found = order(name)
    lines = order_lines(found)
    keys = [line.pk for line in lines]
    coming = NoticeLine.objects.filter(order_line__in=keys).values("notice")
    came = ArrivalLine.objects.filter(order_line__in=keys).values("arrival")
    return OrderPage(
        order=found,
        lines=lines,
        notices=in_their_time(Notice.objects.filter(pk__in=coming).select_related("supplier").order_by("pk")),
        arrivals=_local(Arrival.objects.filter(pk__in=came).select_related("place").order_by("-pk")),
        timeline=documents.timeline(found.uid),
    )


# -- shipping notices ------------------------------------------------------------------------------


def notice(name: UUID | str) -> Notice:
    """The shipping notice with this uid, or with a number only one supplier uses; raises NotFound."""
    text = str(name).strip()
    rows = Notice.objects.select_related("supplier", "site", "carrier")
    try:
        found = list(rows.filter(uid=UUID(text)))
    except ValueError:
        found = [] if storable(text) else list(rows.filter(number=text)[:2])
    if len(found) != 1:
        cause = f"there is no shipping notice {text[:60]!r}."
        if found:
            cause = f"several suppliers have a shipping notice {text[:60]!r}."
        raise NotFound(Fault("notice", cause, "Look it up in the list of shipping notices."))
    return found[0]


def notices(
    *, text: str = "", status: str = "", supplier: str = "", site: str = "", due: str = "", sscc: str = ""
) -> QuerySet[Notice]:
    """Shipping notices, newest first; ``text`` is looked for in numbers and SSCCs."""
    rows = Notice.objects.select_related("supplier", "site", "carrier").order_by("-pk")
    if any(storable(word) for word in (text, status, supplier, site, sscc)):
        return rows.none()
    if text:
        found = NoticeUnit.objects.filter(sscc__contains=text).values("notice")
        rows = rows.filter(Q(number__icontains=text) | Q(supplier__name__icontains=text) | Q(pk__in=found))
    if status:
        rows = rows.filter(status=status)
    if supplier:
        rows = rows.filter(supplier__code__iexact=supplier)
    if site:
        rows = rows.filter(site__code__iexact=site)
    if sscc:
        rows = rows.filter(pk__in=NoticeUnit.objects.filter(sscc=sscc).values("notice"))
    if due in DUE:
        rows = _expected(rows.filter(status__in=NOTICE_OPEN), due)
    return rows


def _expected(rows: QuerySet[Notice], due: str) -> QuerySet[Notice]:
    day = datetime.combine(lots.today(), time(), tzinfo=UTC)
    if due == "late":
        return rows.filter(expected_at__lt=day)
    if due == "today":
        return rows.filter(expected_at__gte=day, expected_at__lt=day + timedelta(days=1))
    return rows.filter(expected_at__lt=day + timedelta(days=8)) if due == "week" else rows


def unit_counts(keys: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Per notice (by key): how many logistic units stand by themselves, and how many of them have come."""
    rows = NoticeUnit.objects.filter(notice__in=list(keys), parent=None).values_list("notice")
    here = Count("pk", filter=Q(arrival__isnull=False))
    return {key: (many, came) for key, many, came in rows.annotate(many=Count("pk"), came=here).order_by()}


@dataclass(slots=True)
class UnitShown:
    """A logistic unit of a notice with its lines; ``depth`` 0 stands by itself."""

    unit: NoticeUnit | None
    depth: int
    lines: list[NoticeLine]


@dataclass(slots=True)
class NoticePage:
    """A shipping notice as its page shows it."""

    notice: Notice
    units: list[UnitShown]
    lines: list[NoticeLine]
    arrivals: list[Arrival]
    timeline: list[documents.TimelineEntry] = field(default_factory=list)

    @property
    def receivable(self) -> bool:
        """Whether something of it can still come."""
        return self.notice.status in NOTICE_OPEN

    @property
    def loose(self) -> bool:
        """Whether some of it comes without a logistic unit."""
        return any(line.unit_id is None for line in self.lines)


def notice_lines(one: Notice) -> list[NoticeLine]:
    """The lines of a notice, in order, with their items, units and the order lines they are for."""
    rows = NoticeLine.objects.filter(notice=one).order_by("position")
    return list(rows.select_related("item", "unit", "order_line__order"))


def notice_page(name: UUID | str) -> NoticePage:
    """A notice with its pallets and what is in them."""
    (found,) = in_their_time([notice(name)])
    lines = notice_lines(found)
    units = list(NoticeUnit.objects.filter(notice=found).select_related("arrival", "parent").order_by("pk"))
    _local({unit.arrival.pk: unit.arrival for unit in units if unit.arrival}.values())
    return NoticePage(
        notice=found,
        units=_tree(units, lines),
        lines=lines,
        arrivals=_local(Arrival.objects.filter(notice=found).select_related("place").order_by("-pk")),
        timeline=documents.timeline(found.uid),
    )


def _tree(units: Sequence[NoticeUnit], lines: Sequence[NoticeLine]) -> list[UnitShown]:
    inside: dict[int | None, list[NoticeLine]] = defaultdict(list)
    for line in lines:
        inside[line.unit_id].append(line)
    below: dict[int | None, list[NoticeUnit]] = defaultdict(list)
    for unit in units:
        below[unit.parent_id].append(unit)
    shown: list[UnitShown] = []
    waiting = [(unit, 0) for unit in reversed(below[None])]
    while waiting:
        unit, depth = waiting.pop()
        shown.append(UnitShown(unit, depth, inside[unit.pk]))
        waiting += [(child, depth + 1) for child in reversed(below[unit.pk])]
    if inside[None]:
        shown.append(UnitShown(None, 0, inside[None]))
    return shown


def unit(sscc: str, of: Notice | None = None) -> NoticeUnit:
    """The logistic unit announced under an SSCC: of ``of``, else of the newest notice; raises NotFound."""
    rows = NoticeUnit.objects.filter(sscc=sscc).exclude(notice__status=NoticeStatus.CANCELLED)
    if of is not None:
        rows = rows.filter(notice=of)
    found = rows.select_related("notice", "arrival__place").order_by("-pk").first()
    if found is None:
        whose = f"shipping notice {of.number} has" if of else "no shipping notice has"
        cause = f"{whose} {'no' if of else 'a'} logistic unit {sscc}."
        raise NotFound(
            Fault("sscc", cause, "Enter the notice first, or receive the goods without one.", "unknown")
        )
    return found


def lines_on(units: Iterable[NoticeUnit]) -> list[NoticeLine]:
    """What is announced in logistic units, with items and units."""
    rows = NoticeLine.objects.filter(unit__in=list(units)).select_related("item", "unit")
    return list(rows.order_by("position"))


def units_below(one: NoticeUnit) -> list[NoticeUnit]:
    """A unit and everything on it, parents before their children."""
    below: dict[int | None, list[NoticeUnit]] = defaultdict(list)
    for row in NoticeUnit.objects.filter(notice=one.notice_id).order_by("pk"):
        below[row.parent_id].append(row)
    found = [one]
    for row in found:
        found += below[row.pk]
    return found


# -- arrivals --------------------------------------------------------------------------------------


@dataclass(slots=True)
class ArrivalPage:
    """What came with one event, beside what was expected."""

    arrival: Arrival
    lines: list[ArrivalLine]
    orders: list[Order]


def arrival(event: UUID | str) -> ArrivalPage:
    """What came with this event; raises NotFound for an event that is no receipt of this room."""
    try:
        found = Arrival.objects.select_related("supplier", "place", "notice").get(event=UUID(str(event)))
    except (Arrival.DoesNotExist, ValueError):
        cause = f"there is no receipt {str(event)[:60]}."
        raise NotFound(Fault("receipt", cause, "Look it up in the list of events.")) from None
    rows = ArrivalLine.objects.filter(arrival=found).select_related("item", "order_line__order")
    lines = list(rows.order_by("position", "pk"))
    _local([found])
    named = {line.order_line.order.pk: line.order_line.order for line in lines if line.order_line}
    return ArrivalPage(found, lines, [named[key] for key in sorted(named)])


def arrivals(*, supplier: str = "", order: str = "", notice: str = "") -> QuerySet[Arrival]:
    """Receipts, newest first."""
    rows = Arrival.objects.select_related("supplier", "place", "notice").order_by("-pk")
    if any(storable(word) for word in (supplier, order, notice)):
        return rows.none()
    if supplier:
        rows = rows.filter(supplier__code__iexact=supplier)
    if order:
        rows = rows.filter(
            pk__in=ArrivalLine.objects.filter(order_line__order__number=order).values("arrival")
        )
    if notice:
        rows = rows.filter(notice__number=notice)
    return rows


# -- rules -----------------------------------------------------------------------------------------


def receiving_rules() -> QuerySet[ReceivingRule]:
    """Every rule of receiving."""
    return ReceivingRule.objects.select_related("item", "supplier").order_by("pk")


def receiving_rule(uid: UUID | str) -> ReceivingRule:
    """The rule with this uid; raises NotFound."""
    try:
        return receiving_rules().get(uid=UUID(str(uid)))
    except (ReceivingRule.DoesNotExist, ValueError):
        cause = f"there is no receiving rule {str(uid)[:60]}."
        raise NotFound(Fault("rule", cause, "Look it up in the list of rules.")) from None


_RULES = Prepared(
    lambda: ReceivingRule.objects.filter(
        Q(supplier=None) | Q(supplier_id=Slot("supplier")),
        Q(item=None) | Q(item_id__in=Slots("items")),
        Q(group="") | Q(group__in=Slots("groups")),
    )
)
NOBODY = 0
"""The key of no supplier."""


def terms_of(items: Iterable[Item], supplier: Partner | None) -> Mapping[int, rules.Terms]:
    """How items from a supplier are received, by the item's key: one statement."""
    known = {item.pk: item for item in items}
    groups = {item.group for item in known.values()}
    rows = _RULES.all(supplier=supplier.pk if supplier else NOBODY, items=list(known), groups=list(groups))
    return {key: rules.terms(_said(row) for row in rows if _fits(row, item)) for key, item in known.items()}


def required_of(items: Iterable[Item]) -> Mapping[int, tuple[str, ...]]:
    """What a receipt of each item must bring whoever supplies it, by the item's key: one statement."""
    rules_of: dict[tuple[int | None, str], list[rules.Said]] = defaultdict(list)
    for row in ReceivingRule.objects.filter(supplier=None):
        rules_of[row.item_id, row.group].append(_said(row))
    found = {}
    for item in items:
        keys = {(None, ""), (item.pk, ""), (None, item.group), (item.pk, item.group)}
        found[item.pk] = rules.terms(said for key in keys for said in rules_of.get(key, ())).required
    return found


def lacking(keys: Sequence[int]) -> Iterator[Lack]:
    """What lots that came in (their keys) lack of what our receiving rules demand: for the list of gaps.

    The supplier's lot is a gap of its own there, and the temperature belongs to the receipt, not to the lot.
    """
    known = Lot.objects.filter(pk__in=keys).select_related("item").order_by("pk")
    demanded = required_of({lot.item_id: lot.item for lot in known}.values())
    for lot in known:
        for name in demanded[lot.item_id]:
            if name in ("supplier_lot", "temperature"):
                continue
            told = getattr(lot, name) or (name == "tlc_source" and lot.tlc_source_reference)
            if not told:
                yield Lack(lot.pk, rules.REQUIRED[name])


def _fits(row: ReceivingRule, item: Item) -> bool:
    return row.item_id in (None, item.pk) and row.group in ("", item.group)


def _said(row: ReceivingRule) -> rules.Said:
    rank = 4 * (row.item_id is not None) + 2 * bool(row.group) + (row.supplier_id is not None)
    return rules.Said(
        rank=rank,
        over=row.over_tolerance,
        under=row.under_tolerance,
        quarantine=row.quarantine,
        numbering=row.numbering,
        required=tuple(row.required),
        coldest=row.temperature_min_tenths,
        warmest=row.temperature_max_tenths,
    )


def quarantine_of(place: Place) -> Place | None:
    """Where goods wait for a decision at the site of ``place``: its first area that is not for use."""
    site = places.site_of(place)
    if site is None:
        return None
    keys = places.subtree_ids(site.pk)
    rows = Place.objects.filter(pk__in=keys, usable=False, is_active=True, kind__in=["area", "bin"])
    return rows.order_by("kind", "code").first()


def is_usable(place: Place) -> bool:
    """Whether goods at a place may be used: it and everything it is in say so."""
    return place.usable and all(one.usable for one in places.ancestors(place))


# -- what is due -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected, in numbers."""

    orders_late: int
    orders_today: int
    notices_late: int
    notices_today: int


def expected() -> Expected:
    """How many orders and notices are late or due today."""
    return Expected(
        orders(due="late").count(),
        orders(due="today").count(),
        notices(due="late").count(),
        notices(due="today").count(),
    )


def upload(uid: UUID | str) -> Upload:
    """An uploaded list; raises NotFound."""
    try:
        return Upload.objects.get(uid=UUID(str(uid)))
    except (Upload.DoesNotExist, ValueError):
        cause = f"there is no uploaded list {str(uid)[:60]}."
        raise NotFound(Fault("upload", cause, "Upload it again.")) from None
