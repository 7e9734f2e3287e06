"""The menu: eight entries left, their pages shown where one is. Pages are named, rooms are not imported."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from lotbook.kernel.permissions import allowed


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: what it says, where it leads, who sees it."""

    label: str
    url_name: str
    permission: str


@dataclass(frozen=True, slots=True)
class Group:
    """One of the eight. Its own link is its first entry that is open to the person.

    ``folded``: its entries show only while one is inside, so that the menu stays short for daily work.
    """

    name: str
    label: str
    icon: str
    entries: tuple[Entry, ...]
    folded: bool = False


@dataclass(slots=True)
class ShownEntry:
    """An entry as one person sees it on one page."""

    label: str
    url: str
    current: bool = False


@dataclass(slots=True)
class ShownGroup:
    """A group as one person sees it on one page."""

    label: str
    icon: str
    url: str
    current: bool = False
    entries: list[ShownEntry] = field(default_factory=list)
    folded: bool = False

    @property
    def open_entries(self) -> list[ShownEntry]:
        """The entries to show: none of a group of one, and none of a folded one elsewhere."""
        return self.entries if len(self.entries) > 1 and (self.current or not self.folded) else []


MENU = (
    Group(
        "today",
        "Today",
        "today",
        (
            Entry("Today", "web:today", "web.view"),
            Entry("Approvals", "approvals:inbox", "approvals.view"),
            Entry("Scan station", "station:station", "stock.view"),
            Entry("Scans to resolve", "station:inbox", "stock.view"),
            Entry("Scan devices", "station:devices", "stock.view"),
        ),
    ),
    Group(
        "receiving",
        "Receiving",
        "receiving",
        (
            Entry("Purchase orders", "receiving:orders", "receiving.view"),
            Entry("Shipping notices", "receiving:notices", "receiving.view"),
            Entry("Receive", "receiving:new", "receiving.post"),
        ),
        folded=True,
    ),
    Group(
        "stock",
        "Stock",
        "stock",
        (
            Entry("Stock", "warehouse:stock", "stock.view"),
            Entry("Lots", "lots:list", "lots.view"),
            Entry("Pallets and cases", "warehouse:units", "stock.view"),
            Entry("Stock requests", "transfers:requests", "transfers.view"),
            Entry("Transfers", "transfers:transfers", "transfers.view"),
            Entry("Fill up", "transfers:replenish", "transfers.view"),
            Entry("Expiring lots", "transfers:expiring", "stock.view"),
            Entry("Counts", "counting:counts", "stock.view"),
            Entry("Adjustments", "warehouse:adjustments", "stock.view"),
            Entry("Our stock elsewhere", "warehouse:elsewhere", "stock.view"),
            Entry("Printed labels", "labels:jobs", "labels.view"),
            Entry("RFID passes", "rfid:passes", "rfid.view"),
            Entry("Events", "ledger:events", "ledger.view"),
        ),
        folded=True,
    ),
    Group(
        "production",
        "Production",
        "production",
        (
            Entry("Runs", "production:runs", "ledger.view"),
            Entry("Orders", "production:orders", "production.view"),
            Entry("Recipes", "production:recipes", "production.view"),
            Entry("Silos and tanks", "production:vessels", "production.view"),
        ),
        folded=True,
    ),
    Group(
        "shipping",
        "Shipping",
        "shipping",
        (
            Entry("Customer orders", "shipping:orders", "shipping.view"),
            Entry("Shipments", "shipping:shipments", "shipping.view"),
            Entry("Ship", "shipping:new", "shipping.post"),
        ),
        folded=True,
    ),
    Group(
        "quality",
        "Quality",
        "quality",
        (
            Entry("Holds", "quality:holds", "lots.view"),
            Entry("Complaints", "complaints:complaints", "complaints.view"),
        ),
    ),
    Group(
        "trace",
        "Trace & recall",
        "trace",
        (
            Entry("Trace", "trace:page", "trace.view"),
            Entry("What complaints share", "trace:converge", "trace.view"),
            Entry("Gaps", "trace:gaps", "trace.view"),
            Entry("Recall cases", "recall:cases", "recall.view"),
            Entry("Drills", "recall:drills", "recall.view"),
        ),
    ),
    Group(
        "settings",
        "Settings",
        "settings",
        (
            Entry("Items", "catalog:items", "catalog.view"),
            Entry("Places", "places:places", "places.view"),
            Entry("Partners", "partners:partners", "partners.view"),
            Entry("Numbering", "lots:numbering", "lots.view"),
            Entry("Approval rules", "approvals:rules", "approvals.view"),
            Entry("Opening stock", "onboarding:opening", "import.run"),
            Entry("Import events", "epcis:import", "exchange.capture"),
            Entry("People", "accounts:people", "accounts.manage"),
            Entry("Roles", "accounts:roles", "accounts.manage"),
            Entry("Handhelds", "accounts:handhelds", "accounts.manage"),
            Entry("API keys", "accounts:keys", "accounts.manage"),
            Entry("Label designs", "labels:designs", "labels.view"),
            Entry("Label printers", "labels:printers", "labels.view"),
            Entry("RFID portals", "rfid:portals", "rfid.view"),
            Entry("API", "api:v1:openapi-view", "web.view"),
            Entry("Page style", "web:style", "accounts.manage"),
        ),
        folded=True,
    ),
)


def shown(request: HttpRequest) -> list[ShownGroup]:
    """The menu for whoever sent ``request``: what they may see of the rooms that are open."""
    groups = []
    for group in MENU:
        entries = [shown for entry in group.entries if (shown := _shown(entry, request)) is not None]
        if entries:
            groups.append(
                ShownGroup(group.label, group.icon, entries[0].url, entries=entries, folded=group.folded)
            )
    _mark_current(groups, request.path)
    return groups


def _shown(entry: Entry, request: HttpRequest) -> ShownEntry | None:
    if not allowed(request, entry.permission):
        return None
    try:
        return ShownEntry(entry.label, reverse(entry.url_name))
    except NoReverseMatch:
        # The room is closed: not in the list of rooms, so it has no pages.
        return None


def _mark_current(groups: list[ShownGroup], path: str) -> None:
    """Mark the entry with the longest address the path lies under: /lots marks Lots on /lots/<uid>."""
    best: tuple[int, ShownGroup, ShownEntry] | None = None
    for group in groups:
        for entry in group.entries:
            under = path == entry.url or path.startswith(entry.url.rstrip("/") + "/")
            if under and (entry.url != "/" or path == "/") and (best is None or len(entry.url) > best[0]):
                best = (len(entry.url), group, entry)
    if best is not None:
        best[1].current = best[2].current = True
