"""What may be expected at a portal: the documents that are open there, and what they still want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.rfid.models import Portal, Purpose
from lotbook.interfaces.rfid.queries.things import Book
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.counting import queries as counting
from lotbook.operations.counting.models import Count, Sheet, SheetStatus
from lotbook.operations.receiving.models import OPEN, Notice, NoticeLine, NoticeStatus, NoticeUnit, OrderLine
from lotbook.operations.receiving.models import Order as PurchaseOrder
from lotbook.operations.shipping.models import Order as CustomerOrder
from lotbook.operations.shipping.models import OrderStatus
from lotbook.operations.shipping.models import Pick as ShippingPick
from lotbook.operations.transfers.models import Transfer
from lotbook.operations.transfers.queries import progress
from lotbook.operations.transfers.rules import ON_THE_WAY
from lotbook.traceability.ledger import asof

KINDS: dict[str, tuple[str, ...]] = {
    Purpose.RECEIVE: ("notice", "transfer", "order"),
    Purpose.MOVE: (),
    Purpose.COUNT: ("count",),
    Purpose.SHIP: ("shipment",),
}
"""Purpose → the kinds of documents that say what is expected, the surest first."""
WORDS = {
    "notice": "shipping notice",
    "order": "purchase order",
    "transfer": "transfer",
    "shipment": "customer order",
    "count": "count",
}
COMING = (NoticeStatus.ANNOUNCED, NoticeStatus.PARTLY)
OPEN_ORDERS = (
    OrderStatus.CONFIRMED, OrderStatus.PART_ALLOCATED, OrderStatus.ALLOCATED, OrderStatus.PICKING,
    OrderStatus.PACKED, OrderStatus.PART_SHIPPED,
)  # fmt: skip
LISTED_MAX = 100


@dataclass(frozen=True, slots=True)
class Job:
    """A document that says what is expected."""

    kind: str
    uid: UUID
    number: str
    about: str = ""

    @property
    def words(self) -> str:
        """Kind and number, for people."""
        return f"{WORDS[self.kind]} {self.number}"

    @property
    def url(self) -> str:
        """Its page."""
        names = {
            "notice": "receiving:notice", "order": "receiving:order", "transfer": "transfers:transfer",
            "shipment": "shipping:order", "count": "counting:count",
        }  # fmt: skip
        return reverse(names[self.kind], args=[self.uid])


@dataclass(slots=True)
class Wanted:
    """So much of an item that is expected: of the lot or serial ``numbers`` (none: of any).

    ``sscc`` is the unit it should come in, ``pallet`` the one that stands on. ``line`` is the document's own.
    """

    item: Item
    numbers: tuple[str, ...]
    quantity: int
    line: Any = None
    sscc: str = ""
    pallet: str = ""
    place: Place | None = None
    left: int = 0
    came: int = 0
    with_unit: bool = False


@dataclass(slots=True)
class Expected:
    """What a document still wants: goods, and logistic units (SSCC → the pallet it stands on)."""

    job: Job
    wanted: list[Wanted] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    blind: bool = False


def of(portal: Portal, kind: str, uid: UUID) -> Expected:
    """What the document wants; raises NotFound."""
    known = {one.uid: one for one in open_jobs(portal, kind, uid=uid)}
    if uid not in known:
        cause = f"this {WORDS.get(kind, 'document')} is not open here any more."
        raise NotFound(Fault("job", cause, "Choose another one.", "gone"))
    return _EXPECTED[kind](portal, [known[uid]], None)[0]


def open_jobs(portal: Portal, kind: str, *, uid: UUID | None = None) -> list[Job]:
    """The open documents of a kind at the portal's site, the newest first; ``uid``: only that one."""
    site = places.site_of(portal.place) or portal.place
    rows: Any
    if kind == "notice":
        rows = Notice.objects.filter(site=site, status__in=COMING).select_related("supplier")
        about: Callable[[Any], str] = lambda one: str(one.supplier)  # noqa: E731 – a word for each kind
    elif kind == "order":
        rows = PurchaseOrder.objects.filter(site=site, status__in=OPEN).select_related("supplier")
        about = lambda one: str(one.supplier)  # noqa: E731 – a word for each kind
    elif kind == "transfer":
        inside = places.subtree_ids(site.pk)
        rows = Transfer.objects.filter(destination__in=inside, status__in=ON_THE_WAY).select_related("source")
        about = lambda one: f"from {one.source}"  # noqa: E731 – a word for each kind
    elif kind == "shipment":
        rows = CustomerOrder.objects.filter(site=site, status__in=OPEN_ORDERS).select_related("customer")
        picked = ShippingPick.objects.filter(done_at=None).values("line__order")
        rows = rows.filter(pk__in=picked)
        about = lambda one: str(one.customer)  # noqa: E731 – a word for each kind
    elif kind == "count":
        sheets = Sheet.objects.filter(_counted_at(portal.place), status=SheetStatus.OPEN).values("count")
        rows = Count.objects.filter(status__in=counting.COUNTING, pk__in=sheets)
        about = lambda one: one.note[:60]  # noqa: E731 – a word for each kind
    else:
        return []
    if uid is not None:
        rows = rows.filter(uid=uid)
    found = rows.order_by("-pk")[:LISTED_MAX]
    return [Job(kind, one.uid, one.number, about(one)) for one in found]


def _counted_at(place: Place) -> Q:
    """Sheets of the place itself, of the units that stand there, and of those on them.

    Where only pallets stand the place has no sheet of its own.
    """
    unit = Q(place__kind="unit")
    return Q(place=place) | unit & (
        Q(place__parent=place) | Q(place__parent__kind="unit", place__parent__parent=place)
    )


def candidates(portal: Portal, kind: str, book: Book) -> list[Expected]:
    """The open documents of a kind that want any of what a pass has, and all they want."""
    jobs = open_jobs(portal, kind)
    return _EXPECTED[kind](portal, jobs, book) if jobs else []


# -- what each kind wants --------------------------------------------------------------------------


def _notices(_portal: Portal, jobs: Sequence[Job], book: Book | None) -> list[Expected]:
    found = {job.uid: Expected(job) for job in jobs}
    lines = NoticeLine.objects.filter(notice__uid__in=list(found))
    units = NoticeUnit.objects.filter(notice__uid__in=list(found), arrival=None).select_related("parent")
    if book is not None:
        touched = set(lines.filter(_any_of(book)).values_list("notice__uid", flat=True).distinct()) | set(
            units.filter(sscc__in=list(book.units)).values_list("notice__uid", flat=True)
        )
        found = {uid: one for uid, one in found.items() if uid in touched}
        lines, units = lines.filter(notice__uid__in=touched), units.filter(notice__uid__in=touched)
    for line in lines.select_related("item", "unit__parent", "notice").order_by("notice", "position"):
        if not line.open:
            continue
        numbers = tuple(dict.fromkeys(name for name in (line.lot, line.supplier_lot) if name))
        sscc = line.unit.sscc if line.unit is not None else ""
        pallet = line.unit.parent.sscc if line.unit is not None and line.unit.parent is not None else ""
        found[line.notice.uid].wanted.append(Wanted(line.item, numbers, line.open, line, sscc, pallet))
    for unit in units.select_related("notice"):
        found[unit.notice.uid].units[unit.sscc] = unit.parent.sscc if unit.parent is not None else ""
    return list(found.values())


def _any_of(book: Book) -> Q:
    """Lines of the items of a pass, of the lots and serials seen."""
    numbers = {one.number for one in book.goods}
    items = {one.name[0] for one in book.goods}
    return Q(item__in=items) & (Q(lot__in=numbers) | Q(supplier_lot__in=numbers) | Q(lot="", supplier_lot=""))


def _purchases(_portal: Portal, jobs: Sequence[Job], book: Book | None) -> list[Expected]:
    found = {job.uid: Expected(job) for job in jobs}
    lines = OrderLine.objects.filter(order__uid__in=list(found), cancelled=False)
    if book is not None:
        touched = set(
            lines.filter(item__in={one.name[0] for one in book.goods}).values_list("order__uid", flat=True)
        )
        found = {uid: one for uid, one in found.items() if uid in touched}
        lines = lines.filter(order__uid__in=touched)
    for line in lines.select_related("item", "order").order_by("order", "position"):
        if line.open:
            found[line.order.uid].wanted.append(Wanted(line.item, (), line.open, line))
    return list(found.values())


def _transfers(_portal: Portal, jobs: Sequence[Job], _book: Book | None) -> list[Expected]:
    from lotbook.operations.transfers.models import Pick

    found = {job.uid: Expected(job) for job in jobs}
    rows = Pick.objects.filter(transfer__uid__in=list(found), sent_event__isnull=False)
    picks = list(rows.select_related("transfer", "lot__item", "load__unit").order_by("pk"))
    settled = progress.settled(picks)
    for pick in picks:
        sums = settled[pick.pk]
        left = pick.quantity - progress.done_of(sums) - sums.get("pending", 0)
        if left <= 0:
            continue
        one = found[pick.transfer.uid]
        sscc = (pick.load.unit.sscc or "") if pick.load is not None else ""
        one.wanted.append(Wanted(pick.lot.item, (pick.lot.number,), left, pick, sscc))
        if sscc:
            one.units.setdefault(sscc, "")
    return list(found.values())


def _shipments(_portal: Portal, jobs: Sequence[Job], _book: Book | None) -> list[Expected]:
    found = {job.uid: Expected(job) for job in jobs}
    rows = ShippingPick.objects.filter(line__order__uid__in=list(found), done_at=None)
    parents: dict[int, Place] = {}
    for pick in rows.select_related("line__order", "lot__item", "place__parent").order_by("pk"):
        one = found[pick.line.order.uid]
        unit = pick.place if pick.place.kind == "unit" else None
        sscc = (unit.sscc or "") if unit is not None else ""
        above = unit.parent if unit is not None and unit.parent is not None else None
        pallet = (above.sscc or "") if above is not None and above.kind == "unit" else ""
        wanted = Wanted(pick.lot.item, (pick.lot.number,), pick.quantity, pick, sscc, pallet, pick.place)
        one.wanted.append(wanted)
        if sscc and not pallet:
            one.units[sscc] = ""
        if pallet and above is not None:
            one.units[pallet] = ""
            parents[above.pk] = above
    return list(found.values())


def _counts(portal: Portal, jobs: Sequence[Job], book: Book | None) -> list[Expected]:
    """What the book has at the portal's own place; units standing there are expected as units."""
    found = []
    at_hand = asof.book([portal.place_id])
    standing = Place.objects.filter(parent=portal.place, kind="unit", is_active=True)
    filled = _filled(standing)
    for job in jobs:
        count = counting.count(job.uid)
        sheet = count.sheets.filter(place=portal.place).first()
        one = Expected(job, blind=count.blind)
        for lot, quantity in counting.expected_of(count, sheet, at_hand) if sheet is not None else ():
            one.wanted.append(Wanted(lot.item, (lot.number,), quantity, lot, place=portal.place))
        if count.round == 1 and not (count.item_id or count.lot_id):
            one.units = {unit.sscc: "" for unit in filled if unit.sscc}
        found.append(one)
    return found


def _filled(units: Iterable[Place]) -> list[Place]:
    """The units with goods in them."""
    known = {unit.pk: unit for unit in units}
    roots = places.subtrees(known)
    by_place: dict[int, int] = defaultdict(int)
    for (_, place), quantity in asof.book(list(roots)).on_hand.items() if roots else ():
        by_place[roots[place]] += quantity
    return [unit for key, unit in known.items() if by_place.get(key)]


_EXPECTED: dict[str, Callable[[Portal, Sequence[Job], Book | None], list[Expected]]] = {
    "notice": _notices,
    "order": _purchases,
    "transfer": _transfers,
    "shipment": _shipments,
    "count": _counts,
}
