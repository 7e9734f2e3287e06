"""The demo world goes into an empty book: all of it or nothing, through the doors everybody uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.db import transaction

from lotbook.config.demo import complaints, drills, masterdata, year
from lotbook.config.demo.diary import Diary, Entry, LotName, Run
from lotbook.config.demo.floor import story as floor
from lotbook.config.demo.floor.scene import Scene
from lotbook.config.demo.goods import BY_CODE
from lotbook.config.demo.masterdata import COMPANY, Keys
from lotbook.config.demo.people import PEOPLE, keep_password, kept_password, new_password
from lotbook.config.demo.sites import ZONE
from lotbook.config.demo.troubles import Scandal
from lotbook.config.demo.world import SEED
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel import sql
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.ids import repeatable
from lotbook.operations.production import rules as production
from lotbook.operations.production.models import Run as RunRow
from lotbook.operations.production.models import RunStatus
from lotbook.operations.receiving.models import Order as PurchaseOrder
from lotbook.operations.shipping.models import Order as CustomerOrder
from lotbook.traceability.ledger import browsing, reading
from lotbook.traceability.ledger.actions import post
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Name, Pack, PutHold
from lotbook.traceability.lots.models import Hold, Lot

MARK = UUID("d3310000-1075-5b00-8000-000000000952")
"""An event of every demo book: by it the book is known as the demo's."""
BATCH = 2_000
ALONE = frozenset({"hold", "release", "reverse"})
"""Kinds whose rows others of the same batch would have to see: they are posted by themselves."""

Told = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(slots=True)
class Loaded:
    """What is in the demo book. ``fresh``: it was loaded just now."""

    today: date
    fresh: bool
    password: str
    counts: dict[str, int] = field(default_factory=dict)
    look_at: dict[str, str] = field(default_factory=dict)


def find() -> Loaded | None:
    """The demo that this book holds already; None in an empty book. Raises Refused for any other book."""
    try:
        mark = reading.event(MARK)
    except NotFound:
        found = _found()
        if found:
            raise Refused(
                Fault(
                    "",
                    f"this book is not empty: it holds {found}. Nothing was written.",
                    "The demo goes into a book of its own: run lotbook demo without LOTBOOK_HOME, or name an"
                    " empty folder.",
                    "not_empty",
                )
            ) from None
        return None
    data: Mapping[str, Any] = mark["data"]
    return Loaded(
        date.fromisoformat(data["today"]), False, _password(), dict(data["counts"]), dict(data["look_at"])
    )


def load(today: date, told: Told) -> Loaded:
    """Load the world whose last day is the day before ``today``. The book must be empty and up to date.

    One transaction: an interrupted load leaves an empty book. Raises Refused for a book that is not empty.
    """
    password = new_password()
    with transaction.atomic():
        if find() is not None:
            raise Refused("this book is the demo already. Nothing was written.")
        start = datetime.combine(today, time(6), ZoneInfo(ZONE))
        with repeatable(SEED, start):
            told("People, items, places, partners", 0, 0)
            keys = masterdata.make(password)
            story = year.happen(today, lambda done, of: told("Living through the year", done, of))
            masterdata.make_vessels(story.diary, keys)
            _runs(story.diary, keys)
            _post(story.diary, keys, told)
            _tell_the_planner()
            told("The last weeks on the floor", 0, 0)
            floor.happen(today, keys, pallets=len(story.diary.units))
            complaints.come_in(Scene(today, keys), story.told.contaminated)
            _tell_the_planner("")
            drills.happen(Scene(today, keys), story.told.contaminated)
            counts, look_at = _counts(), _look_at(story.told)
            _mark(today, counts, look_at)
    keep_password(password)
    return Loaded(today, True, password, counts, look_at)


FILLED = ("ledger_event", "ledger_movement", "ledger_balance", "lots_lot", "places_place")


def _tell_the_planner(*tables: str) -> None:
    """PostgreSQL takes tables filled in this transaction for empty ones, and plans for that; "" are all."""
    if sql.is_postgres():
        for table in tables or FILLED:
            sql.run(f"ANALYZE {table}")


def _found() -> str:
    """What a book holds that is not the demo's, in words; empty for an empty one."""
    inside = {
        "people": User.objects.count(),
        "items": Item.objects.count(),
        "partners": Partner.objects.count(),
        "places": Place.objects.exclude(kind__in=["loss", "difference"]).count(),
        "lots": Lot.objects.count(),
        "events": browsing.events().count(),
    }
    return ", ".join(f"{count} {what}" for what, count in inside.items() if count)


def _password() -> str:
    """The kept password; where its file is gone, everybody gets a new one."""
    kept = kept_password()
    if kept:
        return kept
    password = new_password()
    for person in PEOPLE:
        if User.objects.filter(username=person.username).exists():
            accounts.set_password(username=person.username, password=password, actor="lotbook")
    keep_password(password)
    return password


def _counts() -> dict[str, int]:
    events = browsing.events()
    return {
        "events": events.count() + 1,
        "lots": Lot.objects.count(),
        "runs": RunRow.objects.count(),
        "receipts": events.filter(kind="receive").count(),
        "shipments": events.filter(kind="ship").count(),
        "purchase_orders": PurchaseOrder.objects.count(),
        "customer_orders": CustomerOrder.objects.count(),
        "logistic_units": Place.objects.filter(kind="unit").count(),
        "holds": Hold.objects.count(),
    }


def _look_at(told: Scandal) -> dict[str, str]:
    return {
        "contaminated spice": told.paprika[1],
        "labels without the allergen": told.labels[1],
        "relabelled dressing": told.relabelled[1],
        "broken cold chain": ", ".join(lot for _, lot in told.excursion),
        "supplier whose quality drifts": "Tumbling River Produce",
    }


def _mark(today: date, counts: Mapping[str, int], look_at: Mapping[str, str]) -> None:
    """The event by which the book is known; at the close of the last day, because it stands last in lists."""
    at = datetime.combine(today - timedelta(days=1), time(17), ZoneInfo(ZONE))
    draft = Draft(
        kind="observe", occurred_at=at, uid=MARK, document_kind="demo", document_number=COMPANY,
        reason="This book is a demo: the company, its people and all that happened are invented.",
        data={"today": today.isoformat(), "counts": dict(counts), "look_at": dict(look_at)},
    )  # fmt: skip
    post([draft], actor="lotbook")


# -- runs ------------------------------------------------------------------------------------------


def _runs(diary: Diary, keys: Keys) -> None:
    """The documents of production, as ``start_run`` and ``close_run`` leave them."""
    weigh = _Scales(keys)
    RunRow.objects.bulk_create(
        [
            RunRow(
                number=run.number, item=keys.items[run.good], site_id=keys.places[run.site],
                place_id=keys.places[run.number], planned_quantity=run.planned,
                status=RunStatus.CLOSED if run.closed_at else RunStatus.OPEN, opened_at=run.opened_at,
                opened_by=f"user:{run.opened_by}", closed_at=run.closed_at,
                closed_by=f"user:{run.opened_by}" if run.closed_at else "",
                difference_reason="" if weigh.balance(run).balanced else run.difference,
            )
            for run in diary.runs.values()
        ],
        batch_size=500,
    )  # fmt: skip


class _Scales:
    """Weighs runs."""

    def __init__(self, keys: Keys) -> None:
        units = catalog.units_of_many(keys.items.values())
        self.units = {code: units[item.pk] for code, item in keys.items.items()}

    def balance(self, run: Run) -> production.MassBalance:
        """The mass balance of a run."""
        names: set[LotName] = {*run.used, *run.made, *run.lost}
        return production.mass(
            production.Amount(
                name[0],
                self.units[name[0]],
                run.used.get(name, 0),
                run.made.get(name, 0),
                run.lost.get(name, 0),
            )
            for name in sorted(names)
        )

    def words(self, run: Run) -> dict[str, Any]:
        """The balance as the closing event keeps it."""
        balance, text = self.balance(run), production.kilograms_text
        return {
            "in": text(balance.consumed), "out": text(balance.produced), "lost": text(balance.lost),
            "difference": text(balance.difference), "not_weighed": list(balance.unweighed),
        }  # fmt: skip


# -- events ----------------------------------------------------------------------------------------


def _post(diary: Diary, keys: Keys, told: Told) -> None:
    writer = _Writer(diary, keys)
    done = 0
    for actor, entries in batches(diary.entries):
        post([writer.draft(entry) for entry in entries], actor=actor)
        done += len(entries)
        told("Writing the book", done, len(diary.entries))


def batches(entries: list[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    """Entries in their order, in batches of one person each."""

    def together(entry: Entry) -> tuple[str, UUID | None]:
        return entry.actor, entry.uid if entry.kind in ALONE else None

    for (actor, _), group in groupby(entries, together):
        many = list(group)
        for start in range(0, len(many), BATCH):
            yield actor, many[start : start + BATCH]


class _Writer:
    """Turns entries into drafts: names into keys."""

    def __init__(self, diary: Diary, keys: Keys) -> None:
        self.diary, self.keys = diary, keys
        self.scales = _Scales(keys)
        self.made: set[LotName] = set()
        self.standing: dict[str, int] = {}

    def draft(self, entry: Entry) -> Draft:
        """The draft of an entry."""
        places = self.keys.places
        data = dict(entry.data)
        if "closed" in data:
            data["mass_balance_kg"] = self.scales.words(self.diary.runs[data["closed"]])
        return Draft(
            kind=entry.kind,
            occurred_at=entry.at,
            uid=entry.uid,
            moves=[
                Move(
                    self._lot((line.good, line.lot)),
                    places[line.source],
                    places[line.destination],
                    line.quantity,
                )
                for line in entry.lines
            ],
            names=[Name("concerned", lot=self._lot(lot)) for lot in entry.concerned],
            packs=self._packs(entry),
            holds=self._holds(entry),
            releases=_open_holds(entry.releases),
            place=places[entry.place] if entry.place else None,
            document_kind=entry.document[0],
            document_number=entry.document[1],
            reason=entry.reason,
            reverses=entry.reverses,
            data=data,
            override=entry.override,
        )

    def _lot(self, name: LotName) -> LotRef:
        """The lot by its identity; told its facts where it comes up first."""
        good, number = name
        facts: dict[str, Any] = {}
        if name not in self.made and number:
            self.made.add(name)
            facts = self.diary.facts[name].told()
            if "supplier" in facts:
                facts["supplier_id"] = self.keys.suppliers[facts.pop("supplier")]
        return LotRef(self.keys.items[good].pk, number, BY_CODE[good].kind, facts)

    def _packs(self, entry: Entry) -> list[Pack]:
        if entry.unit_to is None:
            return []
        sscc, to = entry.unit_to
        unit, target = self.keys.places[sscc], self.keys.places[to]
        left = self.standing.get(sscc)
        self.standing[sscc] = target
        return [*([Pack(left, -1, child=unit)] if left else []), Pack(target, 1, child=unit)]

    @staticmethod
    def _hold_uid(entry: Entry, name: LotName) -> UUID:
        return uuid5(entry.uid, f"hold {name[0]} {name[1]}")

    def _holds(self, entry: Entry) -> list[PutHold]:
        if not entry.holds:
            return []
        root = self._hold_uid(entry, entry.holds[0][0])
        return [
            PutHold(
                self._lot(name), kind, self._hold_uid(entry, name), root if entry.stemming and index else None
            )
            for index, (name, kind) in enumerate(entry.holds)
        ]


def _open_holds(lots: tuple[LotName, ...]) -> list[UUID]:
    found: list[UUID] = []
    for good, number in lots:
        rows = Hold.objects.filter(lot__item__code=good, lot__number=number, released_sequence=None)
        found += rows.order_by("pk").values_list("uid", flat=True)
    return found
