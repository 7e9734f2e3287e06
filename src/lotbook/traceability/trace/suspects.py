"""What is suspected, as people name it, and which lots that is.

A suspicion has parts of several kinds, and their union counts: lots, logistic units, what a supplier sent in
some days, what runs made, what was at a place in some hours, what a search finds; less the lots taken off again.
It has a stable JSON form: recall cases keep it, programs send it.

>>> suspects = from_json({"runs": ["018f7b3c-0000-7000-8000-000000000001"], "query": "pesto"})
>>> as_json(suspects)
{'runs': ['018f7b3c-0000-7000-8000-000000000001'], 'query': 'pesto'}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.lots import queries as lot_queries
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import containment, engine, windows

PART_MAX = 10_000
"""Most things of one kind in one suspicion."""
FOUND_MAX = 20_000
"""Most lots that the words of a search may find."""
QUERY_MAX = 200


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What a supplier sent: received from ``since`` to ``until``, both inclusive, None for no bound."""

    partner: UUID
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AtPlace:
    """What was at a place or a line, in it at any depth, or was made there, from ``since`` to ``until``."""

    place: UUID
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspects:
    """What is suspected; every part is optional, and their union counts, less ``without``.

    ``units`` are logistic units (whatever was ever in them), ``runs`` the places of runs (what they made),
    ``query`` the words of the search of lots. All but ``query`` are uids.
    """

    lots: tuple[UUID, ...] = ()
    units: tuple[UUID, ...] = ()
    deliveries: tuple[Deliveries, ...] = ()
    runs: tuple[UUID, ...] = ()
    places: tuple[AtPlace, ...] = ()
    query: str = ""
    without: tuple[UUID, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is suspected at all."""
        return bool(
            self.lots or self.units or self.deliveries or self.runs or self.places or self.query.strip()
        )


@dataclass(frozen=True, slots=True)
class Seeds:
    """Where a scope starts, by key: lots, and logistic units that may have gone into runs as they were."""

    lots: tuple[int, ...] = ()
    units: tuple[int, ...] = ()

    @property
    def nodes(self) -> list[int]:
        """The same as nodes of the genealogy."""
        return [2 * lot for lot in self.lots] + [2 * unit + 1 for unit in self.units]


def resolve(suspects: Suspects, *, as_of: int) -> tuple[int, ...]:
    """The keys of the lots suspected as of a sequence, sorted.

    The serials inside a suspected lot are suspected too. Raises Refused naming the part (``lots/0``,
    ``deliveries/1/partner`` …) for everything the book does not know. Names are those of now: the words of a
    search may find other lots once a name is changed.
    """
    return seeds(suspects, as_of=as_of).lots


def seeds(suspects: Suspects, *, as_of: int) -> Seeds:
    """As ``resolve``, with the logistic units: a constant number of statements, however much is named."""
    book = _Book(suspects)
    lots: set[int] = {book.lots[uid] for uid in suspects.lots}
    units: set[int] = {book.places[uid][0] for uid in suspects.units}
    runs = sorted({book.places[uid][0] for uid in suspects.runs})
    if runs:
        made = {far for _, far in engine.edges([2 * run + 1 for run in runs], forward=True, as_of=as_of)}
        lots |= {node // 2 for node in made if node % 2 == 0}
        units |= {node // 2 for node in made if node % 2}
    if suspects.deliveries:
        spans = [
            windows.Span(book.partners[one.partner], one.since, one.until) for one in suspects.deliveries
        ]
        lots_found, units_found = windows.received(spans, as_of=as_of)
        lots |= lots_found
        units |= units_found
    if suspects.places:
        here = [windows.Span(book.places[one.place][0], one.since, one.until) for one in suspects.places]
        lots |= windows.at_places(here, as_of=as_of)
    if suspects.query.strip():
        lots |= _found(suspects.query.strip(), as_of)
    if units and containment.any_packings():
        inside = containment.Stays(as_of).contents({unit: containment.always() for unit in sorted(units)})
        lots |= {key for kind, key in inside if kind == "lot"}
        units |= {key for kind, key in inside if kind == "unit"}
    lots |= windows.known(_serials(lots), as_of=as_of)
    lots -= {book.lots[uid] for uid in suspects.without}
    return Seeds(tuple(sorted(lots)), tuple(sorted(units)))


class _Book:
    """What the uids of a suspicion mean; raises Refused for all that mean nothing, at once."""

    def __init__(self, suspects: Suspects) -> None:
        named_lots = {*suspects.lots, *suspects.without}
        self.lots: dict[UUID, int] = (
            dict(Lot.objects.filter(uid__in=named_lots).values_list("uid", "id")) if named_lots else {}
        )
        wanted = {*suspects.units, *suspects.runs, *(one.place for one in suspects.places)}
        rows = Place.objects.filter(uid__in=wanted).values_list("uid", "id", "kind") if wanted else ()
        self.places = {uid: (key, kind) for uid, key, kind in rows}
        senders = {one.partner for one in suspects.deliveries}
        self.partners: dict[UUID, int] = (
            dict(Partner.objects.filter(uid__in=senders).values_list("uid", "id")) if senders else {}
        )
        self.faults: list[Fault] = []
        for name, uids in (("lots", suspects.lots), ("without", suspects.without)):
            for index, uid in enumerate(uids):
                self._expect(uid in self.lots, f"{name}/{index}", f"there is no lot {uid}.")
        for name, kind, uids in (
            ("units", "unit", suspects.units),
            ("runs", "run", suspects.runs),
            ("places", "", tuple(one.place for one in suspects.places)),
        ):
            word = {"unit": "logistic unit", "run": "run"}.get(kind, "place")
            for index, uid in enumerate(uids):
                known = uid in self.places and kind in ("", self.places[uid][1])
                field_name = f"{name}/{index}" if kind else f"{name}/{index}/place"
                self._expect(known, field_name, f"there is no {word} {uid}.")
        for index, one in enumerate(suspects.deliveries):
            known = one.partner in self.partners
            self._expect(known, f"deliveries/{index}/partner", f"there is no partner {one.partner}.")
        if self.faults:
            raise Refused(self.faults)

    def _expect(self, known: bool, name: str, cause: str) -> None:
        if not known:
            self.faults.append(Fault(name, cause, "Look it up, and name it by its id.", "unknown"))


def _found(text: str, as_of: int) -> set[int]:
    rows = lot_queries.lots(text=text).order_by().values_list("pk", flat=True)
    found = windows.known(set(rows[: FOUND_MAX + 1]), as_of=as_of)
    if len(found) > FOUND_MAX:
        raise Refused(
            Fault(
                "query", f"{text!r} finds more than {FOUND_MAX:,} lots.", "Use more of the name.", "too_many"
            )
        )
    return found


def _serials(lots: set[int]) -> set[int]:
    return windows.inside(lots) if lots else set()


# -- JSON ---------------------------------------------------------------------------------------------


def as_json(suspects: Suspects) -> dict[str, Any]:
    """The stable JSON form: parts that are empty are left out, times are ISO 8601 with their offset."""
    told: dict[str, Any] = {}
    for name in ("lots", "units"):
        told[name] = [str(uid) for uid in getattr(suspects, name)]
    told["deliveries"] = [_window("partner", one.partner, one) for one in suspects.deliveries]
    told["runs"] = [str(uid) for uid in suspects.runs]
    told["places"] = [_window("place", one.place, one) for one in suspects.places]
    told["query"] = suspects.query
    told["without"] = [str(uid) for uid in suspects.without]
    return {name: value for name, value in told.items() if value}


def _window(name: str, uid: UUID, one: Deliveries | AtPlace) -> dict[str, str]:
    times = {"from": one.since, "until": one.until}
    return {name: str(uid), **{key: at.isoformat() for key, at in times.items() if at is not None}}


def from_json(given: Mapping[str, Any]) -> Suspects:
    """Suspects out of their JSON form; raises Refused naming what is malformed.

    A time without an offset is UTC. A day alone is all of that day (UTC): its beginning as ``from``, its end as
    ``until``.
    """
    return _Reading(given).suspects


@dataclass(slots=True)
class _Reading:
    """Reads the JSON form part by part and collects every fault."""

    given: Mapping[str, Any]
    faults: list[Fault] = field(default_factory=list)

    @property
    def suspects(self) -> Suspects:
        if not isinstance(self.given, Mapping):
            raise Refused(Fault("", f"expected an object, got {type(self.given).__name__}."), status=400)
        known = ("lots", "units", "deliveries", "runs", "places", "query", "without")
        for name in self.given:
            if name not in known:
                self._fault(str(name)[:60], f"expected one of {', '.join(known)}.")
        found = Suspects(
            lots=self._uids("lots"),
            units=self._uids("units"),
            deliveries=tuple(Deliveries(*one) for one in self._windows("deliveries", "partner")),
            runs=self._uids("runs"),
            places=tuple(AtPlace(*one) for one in self._windows("places", "place")),
            query=self._query(),
            without=self._uids("without"),
        )
        if self.faults:
            raise Refused(self.faults, status=400)
        return found

    def _fault(self, name: str, cause: str, remedy: str = "") -> None:
        self.faults.append(Fault(name, cause, remedy))

    def _list(self, name: str) -> Sequence[Any]:
        value = self.given.get(name) or ()
        if not isinstance(value, list | tuple):
            self._fault(name, f"expected a list, got {type(value).__name__}.")
            return ()
        if len(value) > PART_MAX:
            remedy = "Name the deliveries, the run or the place instead."
            self._fault(name, f"expected at most {PART_MAX:,}, got {len(value):,}.", remedy)
            return ()
        return cast("Sequence[Any]", value)

    def _uids(self, name: str) -> tuple[UUID, ...]:
        read = [self._uid(f"{name}/{index}", one) for index, one in enumerate(self._list(name))]
        return tuple(dict.fromkeys(uid for uid in read if uid is not None))

    def _uid(self, name: str, value: Any) -> UUID | None:
        try:
            return value if isinstance(value, UUID) else UUID(value)
        except (ValueError, TypeError, AttributeError):
            self._fault(name, f"expected a UUID, got {str(value)[:60]!r}.")
            return None

    def _windows(self, name: str, key: str) -> list[tuple[UUID, datetime | None, datetime | None]]:
        found = []
        for index, one in enumerate(self._list(name)):
            at = f"{name}/{index}"
            if not isinstance(one, Mapping):
                self._fault(at, f"expected an object with {key}, from and until.")
                continue
            for other in one.keys() - {key, "from", "until"}:
                self._fault(f"{at}/{str(other)[:60]}", f"expected {key}, from or until.")
            uid = self._uid(f"{at}/{key}", one.get(key))
            since = self._moment(f"{at}/from", one.get("from"), end=False)
            until = self._moment(f"{at}/until", one.get("until"), end=True)
            if since and until and since > until:
                self._fault(f"{at}/until", "lies before from.", "Swap the two.")
            if uid is not None:
                found.append((uid, since, until))
        return list(dict.fromkeys(found))

    def _moment(self, name: str, value: Any, *, end: bool) -> datetime | None:
        if value in (None, ""):
            return None
        try:
            return moment(value, end=end)
        except ValueError:
            self._fault(name, f"expected a day or a time like 2027-03-03T14:05Z, got {str(value)[:60]!r}.")
            return None

    def _query(self) -> str:
        value = self.given.get("query") or ""
        if not isinstance(value, str) or len(value) > QUERY_MAX or (value and storable(value)):
            self._fault("query", f"expected at most {QUERY_MAX} characters of text.")
            return ""
        return value.strip()


def moment(value: Any, *, end: bool) -> datetime:
    """A time in ISO 8601, UTC unless it says otherwise; a day alone is its first moment, or at the ``end`` its last.

    Raises ValueError.

    >>> moment("2027-03-03", end=True).isoformat()
    '2027-03-03T23:59:59.999999+00:00'
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    text = str(value)
    if len(text) <= len("2027-03-03"):
        begin = datetime.combine(date.fromisoformat(text), time.min, UTC)
        return begin + timedelta(days=1, microseconds=-1) if end else begin
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
