"""Reading counts: the list, one count with its lines, what is due, and how well the book agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Max, Q, QuerySet, Sum, Value, When
from django.db.models import Count as Number
from django.db.models.functions import Abs

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.documents.queries import TimelineEntry
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.counting import rules
from lotbook.operations.counting.models import Count, CountStatus, Limit, Sheet, SheetStatus, Tally
from lotbook.operations.counting.rules import Accuracy, Difference, Limits
from lotbook.traceability.ledger import asof, browsing
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.asof import Mark
from lotbook.traceability.lots.models import Lot

COUNTING = frozenset({CountStatus.OPEN, CountStatus.RECOUNT})
"""While somebody still counts, a blind count tells nobody what the book says."""

DAYS_USUAL = 90
PLACES_MAX = 500


def count(name: UUID | str) -> Count:
    """The count with this uid or number; raises NotFound."""
    text = str(name).strip()
    rows = Count.objects.select_related("site", "place", "item", "lot__item")
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text).first()
    if found is None:
        raise NotFound(Fault("count", f"there is no count {text[:60]!r}.", "Look it up in the list."))
    return found


def counts(
    *, text: str = "", status: str = "", place: str = "", counter: str = "", due: bool = False
) -> QuerySet[Count]:
    """Counts, the newest first; ``due``: those still to be counted whose day has come."""
    rows = Count.objects.select_related("site", "place", "item", "lot__item").order_by("-pk")
    if any(storable(word) for word in (text, status, place, counter)):
        return rows.none()
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(note__icontains=text) | Q(statement=text))
    if status:
        rows = rows.filter(status=status)
    if counter:
        rows = rows.filter(counter=counter)
    if place:
        here = places.named(place)
        rows = rows.filter(sheets__place__in=places.subtree_ids(here.pk)).distinct() if here else rows.none()
    if due:
        rows = rows.filter(status__in=COUNTING, due_on__lte=clock.now().date())
    return rows


def to_do(person: str, most: int = 5) -> list[Count]:
    """The counts that ``person`` may count now: theirs, and those of nobody in particular; due ones first."""
    rows = counts().filter(status__in=COUNTING, counter__in=("", person))
    return list(rows.order_by(F("due_on").asc(nulls_last=True), "pk")[:most])


def progress(keys: Iterable[int]) -> dict[int, tuple[int, int]]:
    """For each count: how many sheets are done, and how many there are. One statement."""
    rows = Sheet.objects.filter(count__in=list(keys)).values_list("count")
    done = Number("pk", filter=~Q(status=SheetStatus.OPEN))
    return {
        key: (finished, every)
        for key, finished, every in rows.annotate(done=done, every=Number("pk")).order_by()
    }


# -- one count -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineRow:
    """One lot at one place: what was counted in the round that decides, against the book.

    ``late`` is what was recorded after the line was saved but claims to have happened before it.
    """

    tally: Tally
    late: int
    difference: Difference
    rounds: tuple[Tally, ...]
    exceeds: str = ""

    @property
    def lot(self) -> Lot:
        """The lot."""
        return self.tally.lot

    @property
    def place(self) -> Place:
        """Where it was counted."""
        return self.tally.sheet.place

    @property
    def book(self) -> int:
        """What the book said at that moment, late claims included."""
        return self.difference.book


@dataclass(frozen=True, slots=True)
class CountPage:
    """A count with everything on it. ``shows_book`` is False while a blind count is being counted."""

    count: Count
    sheets: list[Sheet]
    lines: list[LineRow]
    accuracy: Accuracy
    steps: list[TimelineEntry]
    shows_book: bool
    reversed: bool
    doubted: list[DoubtedPlace]

    @property
    def off(self) -> list[LineRow]:
        """The lines that differ."""
        return [line for line in self.lines if line.difference.quantity]

    @property
    def done(self) -> int:
        """Sheets that are finished."""
        return sum(sheet.status != SheetStatus.OPEN for sheet in self.sheets)


def page(name: UUID | str) -> CountPage:
    """One count with its sheets, lines and steps."""
    found = count(name)
    sheets = list(found.sheets.select_related("place__parent").order_by("place__code"))
    lines = line_rows(found)
    return CountPage(
        count=found,
        sheets=sheets,
        lines=lines,
        accuracy=rules.accuracy(line.difference for line in lines),
        steps=documents.timeline(found.uid),
        shows_book=shows_book(found),
        reversed=found.event is not None and browsing.event_page(found.event).reversed_by is not None,
        doubted=doubted_places(found),
    )


def shows_book(one: Count) -> bool:
    """Whether a counter may see what the book says."""
    return not one.blind or one.status not in COUNTING


def line_rows(one: Count) -> list[LineRow]:
    """The lines of a count by place and lot, each with its rounds: three statements, however many."""
    every = list(
        Tally.objects.filter(sheet__count=one)
        .select_related("lot__item", "sheet__place")
        .order_by("sheet__place__code", "lot__item__code", "lot__number", "round")
    )
    rounds: dict[tuple[int, int], list[Tally]] = defaultdict(list)
    for tally in every:
        rounds[tally.sheet_id, tally.lot_id].append(tally)
    last = [tally for tally in every if tally.last]
    later = (
        {}
        if one.event or one.status == CountStatus.DONE
        else asof.late(
            Mark(tally.lot_id, tally.sheet.place_id, tally.sequence, tally.counted_at) for tally in last
        )
    )
    limits = limits_by_group()
    rows = []
    for tally in last:
        late = later.get((tally.lot_id, tally.sheet.place_id), 0)
        item = tally.lot.item
        difference = Difference(tally.book + late, tally.counted, item.scale, item.standard_cost_micro)
        rows.append(
            LineRow(
                tally,
                late,
                difference,
                tuple(rounds[tally.sheet_id, tally.lot_id]),
                limits_for(limits, item).exceeded(difference),
            )
        )
    return rows


# -- in doubt --------------------------------------------------------------------------------------


def doubted(one: Count | None = None, *, most: int | None = None) -> list[Tally]:
    """The lines to be counted again because something was taken back after them; without one: of all."""
    rows = Tally.objects.exclude(doubt="").filter(last=True)
    rows = rows.exclude(sheet__count__status=CountStatus.CANCELLED)
    if one is not None:
        rows = rows.filter(sheet__count=one)
    rows = rows.select_related("lot__item", "sheet__place", "sheet__count", "recount")
    return list(rows.order_by("-pk")[:most])


@dataclass(frozen=True, slots=True)
class DoubtedPlace:
    """A place of a count with lines to be counted again; ``recount`` is the count for it, if it is open."""

    count: Count
    place: Place
    lots: tuple[Lot, ...]
    because: str
    recount: Count | None


def doubted_places(one: Count | None = None, *, most: int = 200) -> list[DoubtedPlace]:
    """Lines in doubt by count and place, the newest first, of up to ``most`` lines; one statement."""
    grouped: dict[int, list[Tally]] = defaultdict(list)
    for tally in doubted(one, most=most):
        grouped[tally.sheet_id].append(tally)
    return [
        DoubtedPlace(
            count=tallies[0].sheet.count,
            place=tallies[0].sheet.place,
            lots=tuple(tally.lot for tally in tallies),
            because="; ".join(sorted({tally.doubt for tally in tallies})),
            recount=next(
                (
                    tally.recount
                    for tally in tallies
                    if tally.recount and tally.recount.status not in (CountStatus.DONE, CountStatus.CANCELLED)
                ),
                None,
            ),
        )
        for tallies in grouped.values()
    ]


# -- a sheet ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One lot on the sheet of a place. ``book`` is None where the counter shall not see it."""

    lot: Lot
    book: int | None
    tally: Tally | None
    found: bool = False


@dataclass(frozen=True, slots=True)
class SheetPage:
    """The sheet of one place, as somebody counts from it."""

    count: Count
    sheet: Sheet
    rows: list[SheetRow]
    next: Sheet | None


def sheet(name: UUID | str, place: UUID | str) -> SheetPage:
    """The sheet of a count at a place: what the book has there now, and what was counted already."""
    found = count(name)
    here = places.named(str(place))
    row = found.sheets.select_related("place__parent").filter(place=here).first() if here else None
    if row is None:
        cause = f"{found.number} has no sheet for {str(place)[:60]}."
        raise NotFound(Fault("place", cause, "Choose a place of this count."))
    counted = {
        tally.lot_id: tally for tally in row.tallies.filter(round=found.round).select_related("lot__item")
    }
    lots = expected(found, row)
    shown = shows_book(found)
    rows = [SheetRow(lot, book if shown else None, counted.pop(lot.pk, None)) for lot, book in lots]
    rows += [SheetRow(tally.lot, None, tally, found=True) for tally in counted.values()]
    waiting = found.sheets.filter(status=SheetStatus.OPEN).exclude(pk=row.pk).select_related("place")
    return SheetPage(found, row, rows, waiting.order_by("place__code").first())


def expected(one: Count, sheet: Sheet) -> list[tuple[Lot, int]]:
    """The lots that the sheet asks for in this round, with what the book says, by item and number."""
    if one.round > 1:
        again = sheet.tallies.filter(round=one.round - 1, again=True).select_related("lot__item")
        at_hand = asof.book([sheet.place_id], until=stated_until(one))
        rows = [(tally.lot, at_hand.get(tally.lot_id, sheet.place_id)) for tally in again]
        return sorted(rows, key=lambda row: (row[0].item.code, row[0].number))
    return expected_of(one, sheet, asof.book([sheet.place_id], until=stated_until(one)))


def expected_of(one: Count, sheet: Sheet, book: asof.Book) -> list[tuple[Lot, int]]:
    """The lots of a reading of the book that the count is about."""
    at_hand = {lot: quantity for (lot, _), quantity in book.on_hand.items()}
    rows = Lot.objects.filter(pk__in=list(at_hand)).select_related("item").order_by("item__code", "number")
    if one.lot_id:
        rows = rows.filter(pk=one.lot_id)
    elif one.item_id:
        rows = rows.filter(item=one.item_id)
    return [(lot, at_hand[lot.pk]) for lot in rows]


def open_sheets(one: Count) -> list[tuple[Sheet, list[tuple[Lot, int | None]]]]:
    """The sheets still to be counted with their lots, for paper; the book only where it may be seen."""
    sheets = list(one.sheets.filter(status=SheetStatus.OPEN).select_related("place").order_by("place__code"))
    shown = shows_book(one)
    if one.round > 1:
        rows = [(sheet, expected(one, sheet)) for sheet in sheets]
    else:
        book = asof.book([sheet.place_id for sheet in sheets], until=stated_until(one))
        by_place: dict[int, dict[asof.Key, int]] = defaultdict(dict)
        for key, quantity in book.on_hand.items():
            by_place[key[1]][key] = quantity
        rows = [
            (sheet, expected_of(one, sheet, asof.Book(book.sequence, by_place[sheet.place_id])))
            for sheet in sheets
        ]
    return [(sheet, [(lot, book if shown else None) for lot, book in lots]) for sheet, lots in rows]


def stated_until(one: Count) -> datetime | None:
    """The moment a partner's statement speaks of: the end of its day there; None for our own counts."""
    if one.stated_on is None:
        return None
    here = one.place or one.site
    zone = places.zone_of(here) if here else "UTC"
    return datetime.combine(one.stated_on + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))


def again(one: Count) -> list[Tally]:
    """What of a count is to be counted again in this round, by somebody else; nothing in the first."""
    if one.round == 1 or one.status not in COUNTING:
        return []
    rows = Tally.objects.filter(sheet__count=one, sheet__status=SheetStatus.OPEN, again=True)
    rows = rows.filter(round=one.round - 1)
    return list(rows.select_related("lot__item").order_by("lot__item__code", "lot__number"))


def places_of(one: Count) -> list[int]:
    """The places a count is about, as the book stands now: those with stock, else the place itself."""
    inside = places.subtree_ids(one.place.pk) if one.place else None
    rows = ledger.balances(
        places=inside,
        lots=[one.lot.pk] if one.lot else None,
        item=one.item.pk if one.item and not one.lot else None,
    )
    found = sorted({row.place for row in rows})
    return found or ([one.place.pk] if one.place else [])


# -- limits ----------------------------------------------------------------------------------------


def limits() -> list[Limit]:
    """The limits that are set, by item group."""
    return list(Limit.objects.all())


def limits_by_group() -> dict[str, Limits]:
    """The limits by item group; the empty group stands for all others."""
    return {
        row.item_group: Limits(row.percent_hundredths, row.quantity_thousandths, row.value_micro)
        for row in Limit.objects.all()
    }


def limits_for(known: dict[str, Limits], item: Item) -> Limits:
    """The limits of an item: its group's, else those for all others, else 5 percent."""
    return known.get(item.group) or known.get("") or rules.DEFAULT


# -- accuracy --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """How well the book agreed in one month."""

    first_on: date
    counts: int
    accuracy: Accuracy


def by_month(months: int = 12) -> list[Month]:
    """The accuracy of the last months with counts, the latest first, summed by the database."""
    begins = _months(clock.now() - timedelta(days=31 * months), clock.now())
    # A comparison a month: SQLite would call Python for each line to cut its time to the month.
    month = Case(
        *(When(counted_at__gte=at, then=Value(index)) for index, at in reversed([*enumerate(begins)]))
    )
    rows = Tally.objects.filter(last=True, counted_at__gte=begins[0]).annotate(month=month)
    numbers = dict(rows.values_list("month").annotate(many=Number("sheet__count", distinct=True)).order_by())
    sums = (
        rows.values_list("month", "lot__item__scale", "lot__item__standard_cost_micro")
        .annotate(
            lines=Number("pk"),
            right=Number("pk", filter=Q(counted=F("book"))),
            said=Sum(Abs(F("book"))),
            off=Sum(Abs(F("counted") - F("book"))),
        )
        .order_by()
    )
    found: dict[int, Accuracy] = {}
    for month, scale, cost, lines, right, said, off in sums:
        before = found.get(month, Accuracy(0, 0, 0, 0))
        found[month] = Accuracy(
            before.lines + lines,
            before.right + right,
            before.book_micro + Difference(0, int(said), scale, cost).value_micro,
            before.off_micro + Difference(0, int(off), scale, cost).value_micro,
        )
    return [Month(begins[at].date(), numbers[at], found[at]) for at in sorted(found, reverse=True)]


def _months(since: datetime, until: datetime) -> list[datetime]:
    """When the months begin (UTC) that lie at least partly between two moments, the earliest first."""
    first = since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begins = [first]
    while (following := (begins[-1] + timedelta(days=32)).replace(day=1)) <= until:
        begins.append(following)
    return begins


# -- what to count next ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DuePlace:
    """A place with stock that was not counted for long; ``counted_at`` None: never."""

    place: Place
    lots: int
    counted_at: datetime | None
    days: int | None


@dataclass(frozen=True, slots=True)
class DueItem:
    """An item in stock that was not counted within the days of its class."""

    item: Item
    abc: str
    value_micro: int
    counted_at: datetime | None
    days: int | None
    allowed_days: int


def due_places(days: int = DAYS_USUAL, *, place: str = "") -> list[DuePlace]:
    """Places with stock that nobody counted for ``days`` days, the longest first. Three statements."""
    if storable(place):
        return []
    here = places.named(place) if place else None
    if place and here is None:
        return []
    stock = browsing.stock()
    if here is not None:
        stock = stock.filter(place__in=places.subtree_ids(here.pk))
    # Grouped by an expression: by the bare column SQLite walks the index of all that ever was anywhere,
    # a million rows, to spare itself a sort; so it reads the one of what is in stock now.
    lots = dict(
        stock.order_by().annotate(at=F("place_id") + 0).values_list("at").annotate(many=Number("lot"))
    )
    counted = dict(
        Sheet.objects.filter(status=SheetStatus.COUNTED)
        .values_list("place")
        .annotate(at=Max("counted_at"))
        .order_by()
    )
    now = clock.now()
    keys = [key for key in lots if _due(counted.get(key), now, days)]
    keys.sort(key=lambda key: (counted.get(key) or datetime.min.replace(tzinfo=UTC), key))
    rows = Place.objects.select_related("parent").in_bulk(keys[:PLACES_MAX])
    return [
        DuePlace(rows[key], lots[key], counted.get(key), _age(counted.get(key), now))
        for key in keys[:PLACES_MAX]
        if key in rows
    ]


def due_items() -> list[DueItem]:
    """Items in stock not counted within the days of their class (A 30, B 90, C 180). Three statements."""
    on_hand = dict(browsing.stock().order_by().values_list("lot__item").annotate(total=Sum("on_hand")))
    items = Item.objects.in_bulk(list(on_hand))
    held = {
        key: Difference(0, on_hand[key], item.scale, item.standard_cost_micro).value_micro
        for key, item in items.items()
    }
    abc = rules.classes(held)
    counted = dict(
        Tally.objects.filter(last=True).values_list("lot__item").annotate(at=Max("counted_at")).order_by()
    )
    now = clock.now()
    found = []
    for key, name in abc.items():
        at = counted.get(key)
        allowed = rules.CYCLE_DAYS[name]
        if _due(at, now, allowed):
            found.append(DueItem(items[key], name, held[key], at, _age(at, now), allowed))
    return sorted(
        found, key=lambda row: (row.abc, -(row.days if row.days is not None else 10**6), row.item.code)
    )


def _age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else (now - at).days


def _due(at: datetime | None, now: datetime, allowed_days: int) -> bool:
    return at is None or (now - at).days >= allowed_days
