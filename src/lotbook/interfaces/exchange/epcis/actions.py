"""Capturing foreign events: kept verbatim and posted to the ledger, in one transaction a batch."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.utils import IntegrityError, OperationalError

from lotbook.interfaces.exchange.epcis import queries, rules, slices
from lotbook.interfaces.exchange.epcis.models import CapturedEvent
from lotbook.interfaces.exchange.epcis.naming import Naming
from lotbook.interfaces.exchange.epcis.rules import Plan
from lotbook.kernel import clock
from lotbook.standards import epcis
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, Move, Name, Pack, Receipt, Refusal

BATCH = 2_000
ATTEMPTS = 5
FAULTS_MAX = 1_000
"""Most faults told of one document; who has more has one mistake many times."""

UIDS = UUID("5d8a3c1e-7f6b-5b51-9a55-6d1f0c2e9b47")
"""Namespace of the ledger's ids for foreign events: the same event gets the same id in every book."""

IN_ERROR = "declared in error by its sender"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a document was refused: ``event`` is the JSON pointer of the fault in it ("" for the whole)."""

    event: str
    problem: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document: new events, events known before, or why nothing of it was taken.

    ``sequence`` is the ledger's sequence of its last event.
    """

    captured: int = 0
    duplicates: int = 0
    rejected: tuple[Rejection, ...] = ()
    sequence: int = 0


@dataclass(slots=True)
class Incoming:
    """An event on its way in."""

    path: str
    text: str
    event: Mapping[str, Any]
    event_id: str
    content_key: str
    base_key: str
    uid: UUID
    declaration: bool
    conflicting: bool = False
    in_error: bool = False
    reverses: UUID | None = None
    notes: list[str] = field(default_factory=list)
    sequence: int = 0

    @property
    def event_key(self) -> str:
        """The event's id, short enough for an index."""
        return _sha256(self.event_id.encode())


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    hash: str
    context: str
    names: Mapping[str, str]


def capture(
    data: bytes, *, source: str, actor: str, progress: Callable[[int, int], None] | None = None
) -> Outcome:
    """Capture every event of an EPCIS 2.0 document (JSON-LD in UTF-8); of an invalid one, nothing.

    Takes capture and query documents, lists of events and single events. ``source`` names the file,
    ``progress`` is called with (events done, events in all). Events are written in transactions of up to
    2,000; a capture that was cut short is completed by repeating it, because what is known already counts
    as a duplicate.
    """
    try:
        document = epcis.read(data)
    except epcis.UnreadableError as unreadable:
        return Outcome(rejected=_rejections(unreadable.faults))
    faults = epcis.validate(document)
    if faults:
        return Outcome(rejected=_rejections(faults))
    sliced = slices.cut(data.decode("utf-8-sig"))
    file = _File(source[:500], _sha256(data), sliced.context, rules.names(document))
    events = list(epcis.events(document))
    captured = duplicates = 0
    for part in _batches(list(zip(events, sliced.events, strict=True))):
        new = _capture_batch(
            [_incoming(event, context, cut) for (_, event, context), cut in part], file, actor
        )
        captured, duplicates = captured + new, duplicates + len(part) - new
        if progress is not None:
            progress(captured + duplicates, len(events))
    return Outcome(captured, duplicates, (), queries.last_sequence())


def capture_files(files: Iterable[tuple[str, bytes]], *, actor: str) -> list[tuple[str, Outcome]]:
    """Capture several files, each by itself: what is wrong with one does not stop the others."""
    return [(name, capture(data, source=name, actor=actor)) for name, data in files]


def _incoming(event: Mapping[str, Any], context: object, cut: slices.Slice) -> Incoming:
    content_key = epcis.content_key(event, context)
    declaration = "errorDeclaration" in event
    base = (
        {name: value for name, value in event.items() if name != "errorDeclaration"} if declaration else event
    )
    base_key = epcis.content_key(base, context) if declaration else content_key
    event_id = epcis.event_id(base, context)
    uid = uuid5(UIDS, f"{event_id}\n{content_key}")
    return Incoming(cut.path, cut.text, event, event_id, content_key, base_key, uid, declaration)


def _until_decided(incoming: Sequence[Incoming], file: _File, actor: str) -> int:
    """Capture a batch; again where the database gave way to another import (deadlock, row made meanwhile)."""
    for attempt in range(ATTEMPTS):
        try:
            return _capture_batch([replace(one, notes=[]) for one in incoming], file, actor)
        except (OperationalError, IntegrityError):
            if connection.in_atomic_block or attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05 * 2**attempt)
    raise AssertionError("unreachable")


@transaction.atomic
def _capture_batch(incoming: Sequence[Incoming], file: _File, actor: str) -> int:
    """Capture up to a batch; returns how many were new."""
    known = set(
        CapturedEvent.objects.filter(uid__in={one.uid for one in incoming}).values_list("uid", flat=True)
    )
    fresh = [one for one in {one.uid: one for one in reversed(incoming)}.values() if one.uid not in known]
    fresh.reverse()
    if not fresh:
        return 0
    _compare(fresh)
    plans = [_plan(one) for one in fresh]
    naming = Naming(plans, names=file.names, actor=actor)
    taken = _post(fresh, plans, naming, actor)
    now = clock.now()
    CapturedEvent.objects.bulk_create(
        [
            CapturedEvent(
                uid=one.uid,
                sequence=one.sequence,
                event_id=one.event_id,
                event_key=one.event_key,
                content_key=one.content_key,
                base_key=one.base_key,
                type=str(one.event.get("type")),
                text=one.text,
                context=file.context,
                file_name=file.name,
                file_hash=file.hash,
                path=one.path,
                captured_at=now,
                captured_by=actor,
                conflicting=one.conflicting,
                error_declaration=one.declaration,
                declared_in_error=one.in_error,
                notes=one.notes,
            )
            for one in taken
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    return len(taken)


def _compare(fresh: Sequence[Incoming]) -> None:
    """Find other content under the same eventID, and what declarations of error declare."""
    keys = {one.event_key for one in fresh}
    others = list(CapturedEvent.objects.filter(event_key__in=keys))
    contents: dict[str, set[str]] = defaultdict(set)
    declared: set[tuple[str, str]] = set()
    for old in others:
        contents[old.event_key].add(old.base_key)
        if old.error_declaration:
            declared.add((old.event_key, old.base_key))
    for one in fresh:
        contents[one.event_key].add(one.base_key)
        if one.declaration:
            declared.add((one.event_key, one.base_key))
    changed: dict[int, CapturedEvent] = {}
    declaring = {(one.event_key, one.base_key): one for one in reversed(fresh) if one.declaration}
    for old in others:
        pair = (old.event_key, old.base_key)
        if len(contents[old.event_key]) > 1 and not old.conflicting:
            old.conflicting = True
            changed[old.pk] = old
        if pair in declaring and not old.error_declaration and not old.declared_in_error:
            old.declared_in_error = True
            declaring[pair].reverses = old.uid
            changed[old.pk] = old
    for one in fresh:
        one.conflicting = len(contents[one.event_key]) > 1
        one.in_error = not one.declaration and (one.event_key, one.base_key) in declared
    if changed:
        CapturedEvent.objects.bulk_update(
            changed.values(), ["conflicting", "declared_in_error"], batch_size=500
        )


def _plan(one: Incoming) -> Plan:
    plan = rules.plan(one.event, run_key=str(one.uid), event_id=one.event_id, content=one.content_key)
    if one.declaration:
        return plan.mentions_only(
            "A declaration of error: it takes back what it declares, and does nothing itself."
        )
    if one.in_error:
        return plan.mentions_only(f"It was {IN_ERROR} before it arrived.")
    return plan


# -- posting -------------------------------------------------------------------------------------------


def _post(fresh: Sequence[Incoming], plans: Sequence[Plan], naming: Naming, actor: str) -> list[Incoming]:
    """Post the batch; what the ledger will not take as it is, is kept with less effect rather than lost."""
    taken: list[Incoming] = []
    waiting = list(zip(fresh, plans, strict=True))
    for lessen in (_as_planned, _as_mentions, _as_record):
        drafts = [lessen(one, plan, naming) for one, plan in waiting]
        answers = ledger.post(drafts, actor=actor, each=True)
        refused: list[tuple[Incoming, Plan]] = []
        for (one, plan), answer in zip(waiting, answers, strict=True):
            if isinstance(answer, Receipt):
                one.sequence = answer.sequence
                if not answer.duplicate:
                    taken.append(one)
            elif not _known(answer):
                one.notes += [f"Not taken as planned: {fault}" for fault in answer.faults[:5]]
                refused.append((one, plan))
        if not refused:
            break
        waiting = refused
    else:
        raise AssertionError(
            f"the ledger refuses even the record of {waiting[0][0].event_id}: {waiting[0][0].notes}"
        )
    return taken


def _known(refusal: Refusal) -> bool:
    """Whether somebody else captured the same event a moment ago."""
    return any(fault.code == "other_content" for fault in refusal.faults)


def _as_planned(one: Incoming, plan: Plan, naming: Naming) -> Draft:
    draft = _draft(one, plan, naming)
    if one.reverses:
        return replace(draft, reverses=one.reverses, reason=_reason(one))
    return draft


def _as_mentions(one: Incoming, plan: Plan, naming: Naming) -> Draft:
    return _draft(one, plan.mentions_only(""), naming)


def _as_record(one: Incoming, plan: Plan, naming: Naming) -> Draft:
    return _draft(one, plan.bare(""), naming)


def _reason(one: Incoming) -> str:
    declaration = one.event.get("errorDeclaration")
    told = rules.word(declaration.get("reason")) if isinstance(declaration, Mapping) else ""
    return f"{IN_ERROR}: {told}" if told else IN_ERROR


def _draft(one: Incoming, plan: Plan, naming: Naming) -> Draft:
    moves: list[Move] = []
    names: list[Name] = []
    one.notes = list(dict.fromkeys([*one.notes, *(note for note in plan.notes if note)]))

    def say(note: str) -> None:
        if note and note not in one.notes and len(one.notes) < 50:
            one.notes.append(note)

    for move in plan.moves:
        source, destination = naming.place(move.source), naming.place(move.destination)
        quantity, why = naming.quantity(move.thing, move.amount)
        say(why)
        lot = naming.lot(move.thing)
        run = naming.place(move.run).pk if move.run else None
        if source.own or destination.own:
            say(f"{(source if source.own else destination).code} is ours: only our own events move stock.")
        elif quantity and source.pk != destination.pk and "unit" not in (source.kind, destination.kind):
            moves.append(Move(lot, source.pk, destination.pk, quantity))
            continue
        names.append(Name(move.role, lot=lot, run=run, quantity=quantity))
    for name in plan.names:
        run = naming.place(name.run).pk if name.run else None
        if name.thing.unit:
            names.append(Name(name.role, unit=naming.unit(name.thing), run=run))
        else:
            quantity, why = naming.quantity(name.thing, name.amount)
            say(why)
            names.append(Name(name.role, lot=naming.lot(name.thing), run=run, quantity=quantity))
    return Draft(
        kind="foreign",
        occurred_at=plan.occurred_at,
        uid=one.uid,
        moves=moves,
        names=names,
        packs=[_pack(pack, naming) for pack in plan.packs],
        place=naming.place(plan.place).pk if plan.place else None,
        document_kind=plan.document_kind,
        document_number=plan.document_number,
        data={"epcis": {**plan.data, **_ends(plan, naming)}},
    )


def _ends(plan: Plan, naming: Naming) -> dict[str, Any]:
    """The other organisation of a receipt or a shipment, unless it is ours."""
    ends: dict[str, Any] = {}
    for word, spot in (("from", plan.sender), ("to", plan.receiver)):
        place = naming.place(spot) if spot else None
        if place is not None and not place.own and place.partner is not None:
            ends[word] = {"partner": str(place.partner.uid), "name": place.partner.name}
    return ends


def _pack(pack: rules.PackPlan, naming: Naming) -> Pack:
    unit = naming.unit(pack.unit)
    if pack.child is None:
        return Pack(unit, pack.action)
    if pack.child.unit:
        return Pack(unit, pack.action, child=naming.unit(pack.child))
    quantity, _ = naming.quantity(pack.child, pack.amount)
    if pack.seen:
        quantity = 0
    elif pack.action < 0 and naming.is_serial(pack.child):
        # Told twice that it went in, it still is all gone when it is taken out once.
        quantity = None
    return Pack(unit, pack.action, lot=naming.lot(pack.child), quantity=quantity)


# -- small things --------------------------------------------------------------------------------------


def _rejections(faults: Sequence[epcis.Fault]) -> tuple[Rejection, ...]:
    told = [Rejection(fault.path or "/", fault.message) for fault in faults[:FAULTS_MAX]]
    if len(faults) > FAULTS_MAX:
        told.append(Rejection("/", f"and {len(faults) - FAULTS_MAX} faults more."))
    return tuple(told)


def _batches(events: Sequence[Any]) -> Iterator[Sequence[Any]]:
    rest = iter(events)
    while part := list(islice(rest, BATCH)):
        yield part


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
