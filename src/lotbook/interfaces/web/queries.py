"""What Today and the search show, gathered from the rooms below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import queries as approvals
from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.web.words import STATUS, Status
from lotbook.kernel import clock
from lotbook.kernel.jumps import Jump
from lotbook.traceability.ledger import browsing, overview
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Hold, HoldKind, Lot
from lotbook.traceability.trace import queries as trace
from lotbook.traceability.trace.rules import Subject

EXPIRY_DAYS = (7, 30, 90)
HOLDS_SHOWN = 6
EVENTS_SHOWN = 10
SIMILAR_SHOWN = 8
TEXT_MAX = 500
TROUBLE = ("recalled", "rejected", "hold", "expired", "quarantine")

HOLD_AGES = ((1, "since yesterday"), (7, "up to 7 days"), (30, "up to 30 days"), (None, "longer"))
"""How long lots are on hold: up to so many days, in words."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that opens its list; ``tone`` is empty while all is well, else ``warn`` or ``bad``."""

    number: int
    label: str
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class StatusTile:
    """How many lots of which we have some are in one status."""

    number: int
    status: Status
    url: str


@dataclass(frozen=True, slots=True)
class HoldGroup:
    """Open holds of one kind and reason, such as all of one recall; ``lot`` where it is only one."""

    kind: str
    reason: str
    since: datetime
    lots: int
    lot: Lot | None


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the Today page."""

    empty: bool
    trouble: list[StatusTile]
    total: Tile
    expiring: list[Tile]
    holds: list[HoldGroup]
    hold_ages: list[tuple[str, int]]
    hold_count: int
    events: list[browsing.EventRow]
    sites: list[tuple[overview.SiteStock, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing the search text names exactly: its page, and where most of it stands."""

    subject: Subject
    url: str
    where: str


@dataclass(slots=True)
class Found:
    """What a search found: ``subjects`` are named exactly so, the rest is similar."""

    text: str
    jumps: list[Jump] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    documents: list[tuple[str, str, int]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)

    @property
    def choices(self) -> list[Choice]:
        """The subjects with what tells them apart."""
        stands = standing(self.subjects)
        return [
            Choice(subject, page_of(subject), stands.get(subject.lot or 0, subject.where))
            for subject in self.subjects
        ]

    @property
    def nothing(self) -> bool:
        """Whether the book knows nothing like it."""
        exactly = self.jumps or self.subjects or self.documents
        return not (exactly or self.items or self.partners or self.places or self.lots)


def address(name: str, *keys: object, **query: object) -> str:
    """The address of another room's page with a query; empty while that room is closed."""
    try:
        url = reverse(name, args=keys)
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode(query)}" if query else url


def today() -> Today:
    """What matters now."""
    numbers = overview.overview(lots.today(), EXPIRY_DAYS)
    ages = _hold_ages()
    return Today(
        empty=overview.is_empty(),
        trouble=[
            StatusTile(numbers.by_status[name], STATUS[name], address("warehouse:stock", status=name))
            for name in TROUBLE
            if numbers.by_status.get(name)
        ],
        total=Tile(numbers.total, "lots in stock", address("warehouse:stock")),
        expiring=[
            Tile(
                numbers.expiring[days],
                f"expire within {days} days",
                address("warehouse:stock", expires_within=days),
                "warn" if days == EXPIRY_DAYS[0] and numbers.expiring[days] else "",
            )
            for days in EXPIRY_DAYS
        ],
        holds=_hold_groups(),
        hold_ages=ages,
        hold_count=sum(count for _, count in ages),
        events=browsing.rows_of(ledger.latest(EVENTS_SHOWN)),
        sites=[
            (row, address("warehouse:stock", place=row.site.code) if row.site else "")
            for row in overview.by_site()
        ],
    )


def waiting(request: HttpRequest) -> Tile | None:
    """How many approvals wait for the person; None when none does."""
    count = approvals.inbox(request.user).count() if isinstance(request.user, User) else 0
    label = "waits for your approval" if count == 1 else "wait for your approval"
    return Tile(count, label, address("approvals:inbox"), "warn") if count else None


def _hold_groups() -> list[HoldGroup]:
    """Why lots are on hold, the longest standing first."""
    grouped = (
        Hold.objects.filter(released_sequence=None)
        .values_list("kind", "reason")
        .annotate(since=Min("placed_at"), many=Count("lot", distinct=True), one=Min("lot"))
        .order_by("since", "kind", "reason")[:HOLDS_SHOWN]
    )
    rows = list(grouped)
    named = Lot.objects.select_related("item").in_bulk([row[4] for row in rows if row[3] == 1])
    return [
        HoldGroup(HoldKind(kind).label, reason, since, many, named.get(one))
        for kind, reason, since, many, one in rows
    ]


def _hold_ages() -> list[tuple[str, int]]:
    """How many holds are open, by age."""
    now = clock.now()
    opened = Hold.objects.filter(released_sequence=None)
    counts = []
    younger_than = now + timedelta(days=1)
    for days, words in HOLD_AGES:
        rows = opened.filter(placed_at__lt=younger_than)
        if days is not None:
            younger_than = now - timedelta(days=days)
            rows = rows.filter(placed_at__gte=younger_than)
        counts.append((words, rows.count()))
    return counts


def search(text: str, jumps: Sequence[Jump] = ()) -> Found:
    """What ``text`` names; when it names no lot, unit or document (``jumps``), what is called like it.

    Lot numbers, GTINs, SSCCs, Digital Links and URNs are exact: a similar lot is never taken for the one
    meant. A text longer than any identifier finds nothing.
    """
    text = text.strip()
    found = Found(text, list(jumps))
    if not text or "\0" in text:
        return found
    found.subjects = trace.resolve(text)
    found.documents = overview.documents(text[:TEXT_MAX])
    if found.subjects or found.jumps or len(text) > TEXT_MAX:
        return found
    found.items = list(catalog.items(text=text)[:SIMILAR_SHOWN])
    found.partners = list(partners.partners(text=text)[:SIMILAR_SHOWN])
    found.places = list(places.places(text=text)[:SIMILAR_SHOWN])
    found.lots = list(lots.lots(text=text)[:SIMILAR_SHOWN])
    return found


def standing(subjects: Sequence[Subject]) -> dict[int, str]:
    """Where most of each lot stands, in words from the site down: two lots of one number are told apart."""
    keys = [subject.lot for subject in subjects if subject.lot is not None]
    best: dict[int, tuple[int, int]] = {}
    for row in ledger.balances(lots=keys) if keys else ():
        best[row.lot] = max(best.get(row.lot, (0, 0)), (row.on_hand, row.place))
    wanted = {place for _, place in best.values()}
    paths = {place.pk: places.path(place) for place in Place.objects.filter(pk__in=wanted)}
    return {lot: paths[place] for lot, (_, place) in best.items()}


def page_of(subject: Subject) -> str:
    """The address of what a search found: the lot's page, or for a logistic unit its trace."""
    lot = address("lots:lot", subject.uid) if subject.lot is not None else ""
    return lot or address("trace:page", id=subject.uid)
