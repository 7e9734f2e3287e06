"""Reading orders, shipments, returns and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.documents.models import Step
from lotbook.foundation.partners.models import Location, Partner
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.shipping import rules
from lotbook.operations.shipping.models import (
    Order,
    OrderLine,
    OrderStatus,
    Pick,
    Return,
    ReturnLine,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    ShippingRule,
    Wave,
)
from lotbook.traceability.allocation import queries as allocation
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Hold, HoldKind, Lot
from lotbook.traceability.trace import queries as trace

DOOR_MAX = 20
SHORT = "picked short"
"""The step of a pick that found less than was reserved."""
"""Most other orders offered to leave with one."""
ARRIVED = (ShipmentStatus.DELIVERED, ShipmentStatus.PART_REFUSED, ShipmentStatus.REFUSED)

# -- orders ----------------------------------------------------------------------------------------


def order_key(name: UUID | str | None) -> int:
    """The key of the order with this uid or number; raises NotFound."""
    text = str(name or "").strip()
    try:
        found = Order.objects.filter(uid=UUID(text)).values_list("pk", flat=True).first()
    except ValueError:
        found = (
            None if storable(text) else Order.objects.filter(number=text).values_list("pk", flat=True).first()
        )
    if found is None:
        raise NotFound(
            Fault("order", f"there is no order {text[:60]!r}.", "Look it up in the list of orders.")
        )
    return found


def order(name: UUID | str) -> Order:
    """The order with this uid or number; raises NotFound."""
    rows = Order.objects.select_related("customer", "location", "site", "carrier", "wave")
    return rows.get(pk=order_key(name))


def orders(
    *,
    text: str = "",
    customer: str = "",
    status: str = "",
    site: str = "",
    due: str = "",
    problem: bool | None = None,
    on: date | None = None,
) -> QuerySet[Order]:
    """Customer orders, newest first.

    ``text`` is looked for in both numbers; ``customer`` and ``site`` are codes; ``status`` a state, or
    ``open`` for all in which goods can still leave; ``due``: ``late`` (wanted before today, not shipped),
    ``today`` or ``week``. What names nothing finds nothing.
    """
    rows = Order.objects.select_related("customer", "location", "site").order_by("-pk")
    if any(storable(word) for word in (text, customer, status, site, due)):
        return rows.none()
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(customer_number__icontains=text))
    if customer:
        rows = rows.filter(customer__code__iexact=customer)
    if site:
        rows = rows.filter(site__code=site)
    if status == "open":
        rows = rows.filter(status__in=rules.LIVE)
    elif status:
        rows = rows.filter(status=status)
    if due:
        rows = _due(rows, due, on or lots.today())
    return rows if problem is None else rows.filter(has_problem=problem)


def _due(rows: QuerySet[Order], due: str, today: date) -> QuerySet[Order]:
    waiting = rows.filter(status__in=[*rules.LIVE, "draft"])
    if due == "late":
        return waiting.filter(wanted_on__lt=today)
    if due == "today":
        return waiting.filter(wanted_on=today)
    return rows.none()


def order_line(of: Order, number: int) -> OrderLine:
    """A line of an order that is not cancelled; raises NotFound."""
    row = next((line for line in lines([of])[of.pk] if line.number == number), None)
    if row is None:
        cause = f"{of.number} has no line {number}."
        raise NotFound(Fault("line", cause, "Look at the order's page.", "unknown"))
    return row


def to_do(most: int = 5) -> tuple[list[Order], int]:
    """The orders that goods still leave for, the most urgent first, and how many there are in all."""
    rows = orders(status="open").order_by(
        "-has_problem", "priority", F("wanted_on").asc(nulls_last=True), "pk"
    )
    found = list(rows[: most + 1])
    return found[:most], rows.order_by().count() if len(found) > most else len(found)


def lines(orders: Iterable[Order], *, cancelled: bool = False) -> dict[int, list[OrderLine]]:
    """The lines of orders, by the order's key, in one statement; those ``cancelled`` only when asked for."""
    found: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    rows = OrderLine.objects.filter(order__in=list(found)).select_related("item", "lot")
    if not cancelled:
        rows = rows.filter(cancelled=False)
    for line in rows.order_by("order_id", "number"):
        found[line.order_id].append(line)
    return found


def locations(customer: Partner) -> list[Location]:
    """Where a customer's goods can go."""
    return list(customer.locations.order_by("name"))


def wave(name: UUID | str) -> Wave:
    """The wave with this uid; raises NotFound."""
    try:
        return Wave.objects.get(uid=UUID(str(name)))
    except (Wave.DoesNotExist, ValueError):
        raise NotFound(Fault("wave", f"there is no wave {str(name)[:60]!r}.")) from None


def waves() -> QuerySet[Wave]:
    """Waves, newest first."""
    return Wave.objects.order_by("-pk")


# -- rules -----------------------------------------------------------------------------------------


def rule(uid: UUID | str) -> ShippingRule:
    """The rule with this uid; raises NotFound."""
    try:
        return ShippingRule.objects.select_related("customer", "item", "carrier").get(uid=UUID(str(uid)))
    except (ShippingRule.DoesNotExist, ValueError):
        raise NotFound(Fault("rule", f"there is no rule {str(uid)[:60]!r}.")) from None


def all_rules() -> QuerySet[ShippingRule]:
    """Every rule."""
    rows = ShippingRule.objects.select_related("customer", "item", "carrier")
    return rows.order_by("customer__code", "item__code", "item_group", "pk")


def rules_for(order: Order, of: Iterable[OrderLine]) -> dict[int, ShippingRule | None]:
    """The rule that wins for each line of an order, by the line's number."""
    known = list(
        ShippingRule.objects.filter(Q(customer=None) | Q(customer=order.customer_id)).select_related(
            "customer", "item", "carrier"
        )
    )
    return {line.number: rules.winner(known, order.customer_id, line.item_id, line.item.group) for line in of}


# -- shipments and returns -------------------------------------------------------------------------


def shipment(uid: UUID | str) -> Shipment:
    """The shipment with this uid, or whose event has it; raises NotFound."""
    rows = Shipment.objects.select_related("customer", "location", "place", "carrier")
    try:
        found = rows.filter(Q(uid=UUID(str(uid))) | Q(event=UUID(str(uid)))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(
            Fault("shipment", f"there is no shipment {str(uid)[:60]!r}.", "Look it up in the list.")
        )
    return found


def shipments(
    *, text: str = "", customer: str = "", carrier: str = "", status: str = ""
) -> QuerySet[Shipment]:
    """Shipments, newest first; ``text`` is a delivery note, order or tracking number."""
    rows = Shipment.objects.select_related("customer", "location", "carrier").order_by("-pk")
    if any(storable(word) for word in (text, customer, carrier, status)):
        return rows.none()
    if text:
        rows = rows.filter(
            Q(number__icontains=text) | Q(order_number__icontains=text) | Q(tracking_number__icontains=text)
        )
    if customer:
        rows = rows.filter(customer__code__iexact=customer)
    if carrier:
        rows = rows.filter(carrier__code__iexact=carrier)
    return rows.filter(status=status) if status else rows


def returns(*, text: str = "", customer: str = "", code: str = "") -> QuerySet[Return]:
    """Returns, newest first."""
    rows = Return.objects.select_related("customer", "shipment", "place").order_by("-pk")
    if any(storable(word) for word in (text, customer, code)):
        return rows.none()
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(shipment__number__icontains=text))
    if customer:
        rows = rows.filter(customer__code__iexact=customer)
    return rows.filter(code=code) if code else rows


# -- what is reserved ------------------------------------------------------------------------------


def claims(order: Order) -> list[allocation.Claim]:
    """What is reserved for an order."""
    return allocation.claims(order.uid)


def claims_of(orders: Iterable[Order]) -> dict[int, list[allocation.Claim]]:
    """What is reserved for orders, by the order's key, in one statement."""
    known = {order.uid: order.pk for order in orders}
    found = allocation.claims_of(known) if known else {}
    return {key: found.get(uid, []) for uid, key in known.items()}


def shipped_by_line(lines_: Iterable[int]) -> dict[int, int]:
    """What has left for lines of orders and was not taken back."""
    rows = ShipmentLine.objects.filter(line__in=list(lines_)).exclude(
        shipment__status=ShipmentStatus.REVERSED
    )
    return dict(rows.order_by().values_list("line").annotate(total=Sum("quantity")))


def asks(order: Order, of: Iterable[OrderLine]) -> dict[int, rules.Ask]:
    """What the lots of each line have to be, by the line's number: the rule that won, with its dates."""
    listed = list(of)
    won = rules_for(order, listed)
    older = {line.item_id for line in listed if (rule := won[line.number]) and rule.not_older}
    last = ledger.latest_ends(older, customer_places(order.customer)) if older else {}
    return {line.number: _ask(won[line.number], line.item, last) for line in listed}


def _ask(rule: ShippingRule | None, item: Item, last: Mapping[int, date]) -> rules.Ask:
    if rule is None:
        return rules.Ask()
    return rules.Ask(
        strategy=rule.strategy,
        minimum_days=rules.minimum_days(rule.minimum_days, rule.minimum_percent, item.shelf_life_days),
        one_lot=rule.one_lot,
        not_before=last.get(item.pk) if rule.not_older else None,
    )


def customer_places(customer: Partner) -> list[int]:
    """The accounts of a customer: one, and one for each location goods went to."""
    return list(Place.objects.filter(kind="partner", partner=customer).values_list("pk", flat=True))


def lots_of(keys: Iterable[int]) -> dict[int, Lot]:
    """Lots with their items, by key."""
    return {lot.pk: lot for lot in Lot.objects.select_related("item").filter(pk__in=set(keys))}


def places_of(keys: Iterable[int]) -> dict[int, Place]:
    """Places by key."""
    return {place.pk: place for place in Place.objects.select_related("parent").filter(pk__in=set(keys))}


def coded_lots(text: str) -> list[Lot]:
    """The lots a scanned GS1 code names."""
    found = trace.resolve(text)
    return list(lots_of(one.lot for one in found if one.lot is not None).values())


# -- pages -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Portion:
    """So much of one lot at one place, reserved for a line; ``pick`` once somebody has it in hand."""

    order: Order
    line: OrderLine
    claim: int
    lot: Lot
    place: Place
    path: str
    quantity: int
    why: str
    pick: Pick | None = None


@dataclass(slots=True)
class LineRow:
    """A line of an order as its page shows it."""

    line: OrderLine
    rule: ShippingRule | None
    ask: rules.Ask
    portions: list[Portion] = field(default_factory=list)
    shipped: list[ShipmentLine] = field(default_factory=list)


@dataclass(slots=True)
class OrderPage:
    """An order with everything its page shows."""

    order: Order
    rows: list[LineRow]
    shipments: list[Shipment]
    timeline: list[documents.TimelineEntry]
    next_act: rules.NextAct | None
    short: list[Step]
    """Picks that found less than the book says: these places want counting."""

    @property
    def live(self) -> bool:
        """Whether goods can still be allocated, picked and shipped."""
        return self.order.status in rules.LIVE

    @property
    def reserved(self) -> bool:
        """Whether anything is reserved."""
        return any(row.line.allocated for row in self.rows)

    @property
    def lacking(self) -> bool:
        """Whether something is neither reserved nor shipped yet."""
        return any(row.line.allocated < row.line.open for row in self.rows)

    @property
    def late(self) -> bool:
        """Whether it was wanted before today."""
        day = self.order.wanted_on
        return (
            day is not None and day < lots.today() and (self.live or self.order.status == OrderStatus.DRAFT)
        )


def order_page(name: UUID | str) -> OrderPage:
    """An order with its lines, what is reserved and why, what has left, and what to do next."""
    found = order(name)
    listed = lines([found], cancelled=True)[found.pk]
    portions = pick_list([found])
    won, asked = rules_for(found, listed), asks(found, listed)
    rows = [LineRow(line, won[line.number], asked[line.number]) for line in listed]
    by_line: dict[int | None, LineRow] = {row.line.pk: row for row in rows}
    for portion in portions:
        by_line[portion.line.pk].portions.append(portion)
    sent = ShipmentLine.objects.filter(line__order=found).select_related("shipment", "lot__item")
    for gone in sent.order_by("pk"):
        if gone.line_id in by_line:
            by_line[gone.line_id].shipped.append(gone)
    amounts = [
        rules.Amounts(line.quantity, line.allocated, line.picked, line.shipped)
        for line in listed
        if not line.cancelled
    ]
    return OrderPage(
        found, rows, list({gone.shipment.pk: gone.shipment for gone in sent}.values()),
        documents.timeline(found.uid), rules.next_act(found.status, amounts, problem=found.has_problem),
        short_picks(found),
    )  # fmt: skip


def short_picks(one: Order) -> list[Step]:
    """The picks of an order that found less than was reserved; ``data`` says where, and how much less."""
    return [step for step in documents.steps(one.uid) if step.verb == SHORT]


def same_door(one: Order) -> list[Order]:
    """Other orders that could leave with this one: same door, same site, with goods reserved."""
    rows = orders(status="open").filter(customer=one.customer, location=one.location, site=one.site)
    reserved = OrderLine.objects.filter(order=OuterRef("pk"), cancelled=False, allocated__gt=0)
    return list(rows.exclude(pk=one.pk).filter(Exists(reserved)).order_by("pk")[:DOOR_MAX])


def leaving(orders_: Sequence[Order]) -> list[tuple[Order, list[Portion]]]:
    """What leaves when these orders are shipped as they are: of each what is picked, else reserved."""
    listed = pick_list(orders_)
    found = []
    for one in orders_:
        mine = [row for row in listed if row.order.pk == one.pk]
        found.append((one, [row for row in mine if row.pick] or mine))
    return found


def picked(order_: Order, pick: UUID) -> Portion | None:
    """A portion of an order that somebody has in hand, by its pick."""
    return next((row for row in pick_list([order_]) if row.pick and row.pick.uid == pick), None)


def pick_list(orders: Iterable[Order]) -> list[Portion]:
    """What to take for these orders, in walking order: by site, area and bin, then by lot."""
    known = list(orders)
    listed = claims_of(known)
    reserved = [(one, claim) for one in known for claim in listed[one.pk]]
    if not reserved:
        return []
    by_line = {(line.order_id, line.number): line for rows in lines(known).values() for line in rows}
    lots_, places_ = lots_of(c.lot_id for _, c in reserved), places_of(c.place_id for _, c in reserved)
    picks = {
        pick.claim: pick
        for pick in Pick.objects.filter(line__order__in=known, done_at=None).select_related("suggested_lot")
    }
    walk, paths = walking_order()
    found = [
        Portion(
            one, by_line[one.pk, c.line], c.id, lots_[c.lot_id], places_[c.place_id],
            _path(places_[c.place_id], paths), c.quantity, c.why, picks.get(c.id),
        )
        for one, c in reserved
    ]  # fmt: skip
    last = len(walk)
    return sorted(
        found, key=lambda row: (_step(row.place, walk, last), row.place.code, row.lot.number, row.claim)
    )


def walking_order() -> tuple[dict[int, int], dict[int, str]]:
    """The rank of each of our places on a walk through the tree, and its path in words."""
    walk: dict[int, int] = {}
    paths: dict[int, str] = {}
    for rank, node in enumerate(places.tree()):
        walk[node.place.pk] = rank
        above = paths.get(node.place.parent_id or 0, "")
        paths[node.place.pk] = f"{above} › {node.place.code}" if above else node.place.code
    return walk, paths


def _path(place: Place, paths: Mapping[int, str]) -> str:
    above = paths.get(place.parent_id or 0, "")
    return paths.get(place.pk) or (f"{above} › {place.code}" if above else place.code)


def _step(place: Place, walk: Mapping[int, int], last: int) -> int:
    return walk.get(place.pk, walk.get(place.parent_id or 0, last))


@dataclass(slots=True)
class ShipmentPage:
    """A shipment with everything its page shows."""

    shipment: Shipment
    lines: list[ShipmentLine]
    orders: list[Order]
    returns: list[Return]
    timeline: list[documents.TimelineEntry]
    left: dict[int, int]

    @property
    def travelling(self) -> bool:
        """Whether it has not arrived yet."""
        return self.shipment.status in (ShipmentStatus.SHIPPED, ShipmentStatus.IN_TRANSIT)

    @property
    def returnable(self) -> bool:
        """Whether something of it is still with the customer."""
        return self.shipment.status != ShipmentStatus.REVERSED and any(self.left.values())


def shipment_page(uid: UUID | str) -> ShipmentPage:
    """A shipment with its lines, orders, what came back, and its timeline."""
    found = shipment(uid)
    rows = list(
        ShipmentLine.objects.filter(shipment=found)
        .select_related("lot__item", "unit", "line__order")
        .order_by("pk")
    )
    ours = {row.line.order.pk: row.line.order for row in rows if row.line is not None}
    back = list(Return.objects.filter(shipment=found).select_related("place").order_by("pk"))
    left = {lot.pk: quantity for lot, quantity in still_there(found)}
    return ShipmentPage(found, rows, list(ours.values()), back, documents.timeline(found.uid), left)


def recalled(page: ShipmentPage) -> list[Hold]:
    """The recalls' holds on what a shipment has taken along; nothing of one that was taken back."""
    if page.shipment.status == ShipmentStatus.REVERSED:
        return []
    return lots.recalled({row.lot_id: row.lot for row in page.lines}.values())


def flagged(rows: Iterable[Shipment]) -> set[int]:
    """Which of some shipments (by key) took along goods that a recall holds: one statement."""
    sent = [row.pk for row in rows if row.status != ShipmentStatus.REVERSED]
    if not sent:
        return set()
    held = Hold.objects.filter(kind=HoldKind.RECALL, released_sequence=None).values("lot")
    found = ShipmentLine.objects.filter(shipment__in=sent, lot__in=held)
    return set(found.values_list("shipment", flat=True))


def moving(keys: Any, most: int) -> list[ShipmentLine]:
    """Lines of shipments under way with some lots (keys, or rows of them), the last sent first."""
    rows = ShipmentLine.objects.filter(
        lot__in=keys, shipment__status__in=[ShipmentStatus.SHIPPED, ShipmentStatus.IN_TRANSIT]
    )
    found = rows.select_related("lot__item", "shipment__customer", "shipment__location", "shipment__carrier")
    return list(found.order_by("-shipment__shipped_at", "pk")[:most])


def still_there(of: Shipment) -> list[tuple[Lot, int]]:
    """What of a shipment is still with the customer: lots and quantities above zero."""
    sent: dict[int, int] = defaultdict(int)
    known: dict[int, Lot] = {}
    for row in ShipmentLine.objects.filter(shipment=of).select_related("lot__item").order_by("pk"):
        sent[row.lot_id] += row.quantity
        known[row.lot_id] = row.lot
    rows = ReturnLine.objects.filter(returned__shipment=of, returned__is_reversed=False)
    back = dict(rows.order_by().values_list("lot").annotate(total=Sum("quantity")))
    left = rules.returnable(sent, back)
    return [(known[lot], quantity) for lot, quantity in left.items() if quantity]


def returned(uid: UUID | str) -> tuple[Return, list[ReturnLine]]:
    """The return with this uid and its lines; raises NotFound."""
    try:
        found = Return.objects.select_related("customer", "shipment", "place").get(uid=UUID(str(uid)))
    except (Return.DoesNotExist, ValueError):
        raise NotFound(
            Fault("return", f"there is no return {str(uid)[:60]!r}.", "Look it up in the list.")
        ) from None
    return found, list(ReturnLine.objects.filter(returned=found).select_related("lot__item").order_by("pk"))


def line_counts(orders: Iterable[Order]) -> dict[int, tuple[int, int]]:
    """Lines of each order, and how many of them are shipped in full or reserved in full."""
    rows = OrderLine.objects.filter(order__in=list(orders), cancelled=False).values_list(
        "order", "quantity", "allocated", "shipped"
    )
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for key, quantity, allocated, shipped in rows:
        found[key][0] += 1
        found[key][1] += allocated + shipped >= quantity
    return {key: (count, covered) for key, (count, covered) in found.items()}


def wave_counts(waves_: Iterable[Wave]) -> dict[int, tuple[int, int]]:
    """Orders of each wave, and how many of them have left."""
    gone = Q(status__in=["shipped", "delivered", "closed", "cancelled"])
    rows = Order.objects.filter(wave__in=list(waves_)).order_by().values_list("wave")
    return {
        key: (count, left) for key, count, left in rows.annotate(Count("pk"), left=Count("pk", filter=gone))
    }


def wave_orders(of: Wave) -> list[Order]:
    """The orders of a wave, the most urgent first."""
    rows = Order.objects.filter(wave=of).select_related("customer", "location", "site", "carrier")
    return list(rows.order_by("priority", "wanted_on", "pk"))
