"""Reading complaints: the list, one with all that belongs to it, early warnings, and what others ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.documents.queries import TimelineEntry
from lotbook.foundation.partners.models import Partner
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.complaints import rules
from lotbook.operations.complaints.models import (
    Complaint,
    ComplaintShipment,
    ComplaintStatus,
    ComplaintSymptom,
    Contact,
    Outcome,
    Symptom,
)
from lotbook.operations.complaints.rules import Cluster, Possible, Report, Seen
from lotbook.traceability.lots import queries as lot_queries
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import sent as deliveries
from lotbook.traceability.trace.sent import Sent

CANDIDATES_MAX = 20
LOOKED_AT_MAX = 2_000
"""So many lots of an item, the newest first, are compared with what was read on a pack."""

SHOWN_MAX = 20
REPORTS_MAX = 5_000


def complaint(name: UUID | str) -> Complaint:
    """The complaint with this uid or number; raises NotFound."""
    text = str(name).strip()
    rows = with_names(Complaint.objects.all())
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text.upper()).first()
    if found is None:
        cause = f"there is no complaint {text[:60]!r}."
        raise NotFound(Fault("complaint", cause, "Look it up in the list."))
    return found


def with_names(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """``rows`` with what their lines name, in one statement and one for the symptoms."""
    return rows.select_related("partner", "item", "lot__item", "unit").prefetch_related("symptoms")


def complaints(
    *,
    text: str = "",
    status: str = "",
    item: str = "",
    lot: str = "",
    partner: str = "",
    symptom: str = "",
    harm: str = "",
    severity: str = "",
    since: date | None = None,
    until: date | None = None,
    clustered: bool = False,
) -> QuerySet[Complaint]:
    """Complaints, the newest first. ``lot`` is a number or uid; ``item`` and ``partner`` are codes.

    ``status`` also knows ``unfinished``; ``clustered``: only those of an early warning (``warnings``).
    ``since`` and ``until`` are days of receipt (UTC), both included.
    """
    rows = with_names(Complaint.objects.order_by("-pk"))
    words = (text, status, item, lot, partner, symptom, harm, severity)
    if any(storable(word) for word in words):
        return rows.none()
    if text:
        said = Q(number__icontains=text) | Q(description__icontains=text) | Q(lot_text__icontains=text)
        rows = rows.filter(said | Q(lot__number__icontains=text) | Q(recall_number=text))
    if status == "unfinished":
        rows = rows.exclude(status=ComplaintStatus.CLOSED)
    elif status:
        rows = rows.filter(status=status)
    if lot:
        rows = rows.filter(_lot(lot))
    exact = {"item__code": item, "partner__code": partner, "harm": harm, "severity": severity}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if symptom:
        rows = rows.filter(symptoms__symptom=symptom)
    if since:
        rows = rows.filter(received_at__gte=_day(since, time.min))
    if until:
        rows = rows.filter(received_at__lte=_day(until, time.max))
    if clustered:
        rows = rows.filter(pk__in={key for one in warnings() for key in one.members})
    return rows


def _lot(text: str) -> Q:
    try:
        return Q(lot__uid=UUID(text))
    except ValueError:
        return Q(lot__number=text)


def _day(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=clock.now().tzinfo)


def symptoms_of(one: Complaint) -> list[str]:
    """The symptoms of a complaint in the order they are listed everywhere."""
    has = {row.symptom for row in one.symptoms.all()}
    return [code for code in Symptom.values if code in has]


def symptoms_in_words(one: Complaint) -> str:
    """The symptoms of a complaint as a table says them."""
    words = ", ".join(str(Symptom(code).label).lower() for code in symptoms_of(one))
    return words[:1].upper() + words[1:]


# -- for convergence and recalls ------------------------------------------------------------------


def lots_of(complaints: Collection[UUID]) -> list[int]:
    """The lots (keys, sorted) that these complaints (uids) are about, as far as they are known for sure."""
    rows = Complaint.objects.filter(uid__in=list(complaints), lot__isnull=False)
    return sorted(set(rows.values_list("lot", flat=True)) - {None})


def open_for_lots(lots: Collection[int]) -> list[Complaint]:
    """The complaints about ``lots`` (keys) that are not closed, the newest first."""
    return list(for_lots(lots).exclude(status=ComplaintStatus.CLOSED))


def for_lots(lots: Collection[int]) -> QuerySet[Complaint]:
    """Every complaint about ``lots`` (keys), the newest first."""
    return with_names(Complaint.objects.filter(lot__in=sorted(lots)).order_by("-pk"))


def of_recall(case: UUID) -> QuerySet[Complaint]:
    """The complaints linked to a recall case (its uid), the newest first."""
    return with_names(Complaint.objects.filter(recall=case).order_by("-pk"))


# -- early warning ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """A cluster as people see it: its complaints, the lots that are known, and what they share."""

    cluster: Cluster
    complaints: list[Complaint]
    item: Item | None
    lot: Lot | None

    @property
    def lots(self) -> list[Lot]:
        """The lots of its complaints, each once."""
        return list({one.lot.pk: one.lot for one in self.complaints if one.lot is not None}.values())

    @property
    def symptom(self) -> str:
        """The shared symptom in words; empty where the lot is what is shared."""
        return str(Symptom(self.cluster.symptom).label) if self.cluster.symptom else ""


def warnings(*, about: Complaint | None = None) -> list[Cluster]:
    """The clusters among complaints of the last 90 days, or those ``about`` belongs to. Two statements.

    Complaints closed as not confirmed no longer count.
    """
    rows = Complaint.objects.exclude(outcome=Outcome.NOT_CONFIRMED, status=ComplaintStatus.CLOSED)
    if about is None:
        rows = rows.filter(received_at__gte=clock.now() - rules.LOOK_BACK)
    else:
        near = Q(item=about.item_id) if about.item_id else Q(pk=about.pk)
        # Both ways: what is written down late belongs to what came in after it, too.
        rows = rows.filter(near, received_at__gte=about.received_at - rules.LOOK_BACK)
        rows = rows.filter(received_at__lte=about.received_at + rules.LOOK_BACK)
    near_rows = list(rows.order_by("-pk").values_list("pk", "received_at", "item", "lot")[:REPORTS_MAX])
    symptoms: dict[int, set[str]] = defaultdict(set)
    keys = [row[0] for row in near_rows]
    for key, symptom in ComplaintSymptom.objects.filter(complaint__in=keys).values_list(
        "complaint", "symptom"
    ):
        symptoms[key].add(symptom)
    reports = (Report(key, at, item, lot, frozenset(symptoms[key])) for key, at, item, lot in near_rows)
    found = rules.clusters(reports)
    return found if about is None else [one for one in found if about.pk in one.members]


def told(found: Iterable[Cluster]) -> list[EarlyWarning]:
    """Clusters with their complaints and names, in a constant number of statements."""
    shown = list(found)
    keys = {key for one in shown for key in one.members}
    rows = {row.pk: row for row in with_names(Complaint.objects.filter(pk__in=keys))}
    return [
        EarlyWarning(
            cluster=one,
            complaints=(members := [rows[key] for key in one.members if key in rows]),
            item=next((row.item for row in members if row.item), None),
            lot=next((row.lot for row in members if row.lot_id == one.lot), None) if one.lot else None,
        )
        for one in shown
    ]


# -- one complaint ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that a complaint may be about, and what speaks for it: ``number``, ``date``, ``delivered``."""

    lot: Lot
    status: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """A shipment that carried the lot. ``chosen``: the complaint is linked to it."""

    sent: Sent
    partner: Partner | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """A complaint with everything on it."""

    complaint: Complaint
    symptoms: list[str]
    contact: Contact | None
    lot_status: str
    candidates: list[Candidate]
    carried: list[Carried]
    linked: list[ComplaintShipment]
    warnings: list[EarlyWarning]
    steps: list[TimelineEntry]

    @property
    def symptom_words(self) -> list[str]:
        """The symptoms in words."""
        return [str(Symptom(code).label).lower() for code in self.symptoms]


def page(name: UUID | str) -> ComplaintPage:
    """One complaint with candidates or shipments of its lot, early warnings and steps."""
    one = complaint(name)
    linked = list(one.shipments.order_by("pk"))
    return ComplaintPage(
        complaint=one,
        symptoms=symptoms_of(one),
        contact=Contact.objects.filter(complaint=one).first(),
        lot_status=lot_queries.statuses([one.lot])[one.lot.pk] if one.lot else "",
        candidates=candidates(one) if one.lot is None else [],
        carried=carried(one, linked),
        linked=linked,
        warnings=told(warnings(about=one)),
        steps=documents.timeline(one.uid),
    )


def candidates(one: Complaint) -> list[Candidate]:
    """The lots that what was read on the pack fits, best first; at most 20, from the item's newest 2,000."""
    seen = Seen(one.lot_text, one.best_before_on)
    if not seen.says_something or (one.item_id is None and one.best_before_on is None):
        return []
    rows = Lot.objects.select_related("item").order_by("-pk")
    if one.item_id is not None:
        rows = rows.filter(item=one.item_id)
    if len(rules.plain(one.lot_text)) < rules.FRAGMENT_MIN or one.item_id is None:
        day = one.best_before_on
        rows = rows.filter(Q(best_before_on=day) | Q(expires_on=day) | Q(sell_by_on=day))
    lots = {lot.pk: lot for lot in rows[:LOOKED_AT_MAX]}
    got = deliveries.lots_sent_to(one.partner_id, lots) if one.partner_id and lots else set()
    possible = (
        Possible(
            key,
            lot.number,
            lot.supplier_lot,
            (lot.best_before_on, lot.expires_on, lot.sell_by_on),
            key in got,
        )
        for key, lot in lots.items()
    )
    best = rules.ranked(seen, possible)[:CANDIDATES_MAX]
    statuses = lot_queries.statuses([lots[one.key] for one, _ in best])
    return [Candidate(lots[lot.key], statuses[lot.key], reasons) for lot, reasons in best]


def carried(one: Complaint, linked: Iterable[ComplaintShipment] = ()) -> list[Carried]:
    """The shipments that carried the lot of a complaint: to its customer, or to all where it names none."""
    if one.lot_id is None:
        return []
    chosen = {row.event for row in linked}
    found = deliveries.sent([one.lot_id], partner=one.partner_id, most=SHOWN_MAX)
    names = Partner.objects.in_bulk({row.partner for row in found})
    return [Carried(row, names.get(row.partner), row.event in chosen) for row in found]


def of_lot(lot: UUID | str) -> tuple[Lot, list[Complaint]]:
    """A lot and its latest complaints, those not closed in front."""
    one = lot_queries.lot(lot)
    return one, _latest(for_lots([one.pk]))


def of_partner(partner: Partner) -> list[Complaint]:
    """The latest complaints of or through a partner, those not closed in front."""
    return _latest(with_names(Complaint.objects.filter(partner=partner)))


def _latest(rows: QuerySet[Complaint]) -> list[Complaint]:
    return list(rows.order_by(F("closed_at").desc(nulls_first=True), "-pk")[:SHOWN_MAX])


def counts() -> Mapping[str, int]:
    """How many complaints wait, by status."""
    rows = Complaint.objects.exclude(status=ComplaintStatus.CLOSED).order_by()
    return dict(rows.values_list("status").annotate(many=Count("pk")))
