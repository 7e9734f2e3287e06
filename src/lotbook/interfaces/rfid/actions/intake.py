"""Reads taken in: a batch once, into the pass it belongs to, in a constant number of statements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.interfaces.rfid import queries, rules
from lotbook.interfaces.rfid.models import Batch, Pass, PassStatus, Portal
from lotbook.interfaces.rfid.rules import Gathered, Read, Seen
from lotbook.kernel import clock, sql
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid

SERIES = "RF"
BATCH_NAME_MAX = 100
AHEAD_MS = 24 * 3600 * 1000
"""A reader's clock may be wrong; further ahead than a day it is not believed."""

_COLUMNS = (
    "key", "epc", "kind", "scheme", "gtin", "serial", "sscc", "lot", "expires", "problem", "reads", "rssi",
    "first_ms", "last_ms", "first_antenna", "last_antenna",
)  # fmt: skip
_NUMBERS = frozenset({"reads", "rssi", "first_ms", "last_ms", "first_antenna", "last_antenna"})
_TOGETHER = """
 ON CONFLICT (at_id, key) DO UPDATE SET
 reads = rfid_tag.reads + excluded.reads,
 rssi = CASE WHEN rfid_tag.rssi IS NULL OR excluded.rssi > rfid_tag.rssi THEN excluded.rssi
  ELSE rfid_tag.rssi END,
 first_antenna = CASE WHEN excluded.first_ms < rfid_tag.first_ms OR (excluded.first_ms = rfid_tag.first_ms
  AND excluded.first_antenna < rfid_tag.first_antenna) THEN excluded.first_antenna
  ELSE rfid_tag.first_antenna END,
 last_antenna = CASE WHEN excluded.last_ms > rfid_tag.last_ms OR (excluded.last_ms = rfid_tag.last_ms
  AND excluded.last_antenna > rfid_tag.last_antenna) THEN excluded.last_antenna
  ELSE rfid_tag.last_antenna END,
 first_ms = CASE WHEN excluded.first_ms < rfid_tag.first_ms THEN excluded.first_ms
  ELSE rfid_tag.first_ms END,
 last_ms = CASE WHEN excluded.last_ms > rfid_tag.last_ms THEN excluded.last_ms ELSE rfid_tag.last_ms END"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: the pass it went to, and how much of it counted.

    The pass is None where nothing counted, and as long as no tag was read as often as the portal asks.
    """

    pass_uid: UUID | None
    reads: int
    tags: int
    weak: int
    filtered: int
    duplicate: bool


def take(
    *, portal: str, batch: str, reads: Sequence[Read], via: str, received_at: datetime | None = None
) -> Taken:
    """Take a batch of at most ``rules.READS_MAX`` reads; the same batch again gives the first answer.

    Reads join the pass of the portal that they follow within its silence, else they begin one; passes that
    a batch bridges become one, so the order in which batches come is the same. Raises Refused naming
    ``reads/<i>/<field>``, NotFound for an unknown portal, Conflict when the batch had other content before.
    """
    now = received_at or clock.now()
    name = _checked(batch, reads, now)
    digest = _digest(reads)
    with transaction.atomic():
        # One portal's batches come one after another: nobody else begins its pass meanwhile.
        at = queries.portal_locked(portal)
        known = Batch.objects.select_related("taken_in").filter(portal=at, name=name).first()
        if known is not None:
            return _again(known, digest)
        found = rules.gathered(reads, queries.filter_of(at), int(now.timestamp() * 1000))
        into = _pass_for(at, found, now) if found.seen else None
        if into is not None:
            _add_tags(into, found.seen)
            if into.status == PassStatus.STRAY and _is_pass(into, found.seen):
                _begin(into, now)
        Batch.objects.create(
            portal=at, name=name, digest=digest, taken_in=into, via=via[:200], reads=found.reads,
            taken=len(found.seen), weak=found.weak, filtered=found.filtered, received_at=now,
        )  # fmt: skip
    return Taken(_told(into), found.reads, len(found.seen), found.weak, found.filtered, duplicate=False)


def _checked(batch: str, reads: Sequence[Read], now: datetime) -> str:
    check = Check()
    name = check.text("batch", batch, BATCH_NAME_MAX, required=True)
    if len(reads) > rules.READS_MAX:
        cause = f"{len(reads)} reads, at most {rules.READS_MAX} fit."
        check.fault("reads", cause, "Send them in several batches.", "too_many")
    latest = int(now.timestamp() * 1000) + AHEAD_MS
    for index, read in enumerate(reads[: rules.READS_MAX]):
        if not 0 <= read.at_ms <= latest:
            cause = "lies more than a day ahead, or before 1970."
            check.fault(f"reads/{index}/at", cause, "Set the reader's clock.")
        if len(check.faults) >= 20:
            break
    check.done()
    return name


def _digest(reads: Sequence[Read]) -> str:
    plain = orjson.dumps(
        [
            [one.epc.encode("utf-8", "replace").decode(), one.antenna, one.rssi, one.at_ms, one.count]
            for one in reads
        ]
    )
    return hashlib.sha256(plain).hexdigest()


def _again(known: Batch, digest: str) -> Taken:
    if known.digest != digest:
        cause = f"batch {known.name} was delivered before, with other reads; the first one stands."
        raise Conflict(Fault("batch", cause, "Give each batch an id of its own.", "other_content"))
    return Taken(_told(known.taken_in), known.reads, known.taken, known.weak, known.filtered, duplicate=True)


def _told(into: Pass | None) -> UUID | None:
    return into.uid if into is not None and into.status != PassStatus.STRAY else None


def _is_pass(into: Pass, seen: Sequence[Seen]) -> bool:
    """Whether a tag was read as often as the portal asks: in this batch, or in all of them together."""
    least, within_s = into.portal.reads_min, into.portal.silence_s
    told = [(one.reads, one.first_ms, one.last_ms) for one in seen]
    if any(rules.often_enough(*one, least=least, within_s=within_s) for one in told):
        return True
    rows = into.tags.filter(reads__gte=least).values_list("reads", "first_ms", "last_ms")
    return any(rules.often_enough(*row, least=least, within_s=within_s) for row in rows)


def _begin(into: Pass, now: datetime) -> None:
    """What was taken for passing by is a pass, with everything that was read of it before."""
    into.status, into.number = PassStatus.OPEN, documents.next_number(SERIES, on=now)
    into.started_at = into.touched_at = now
    into.save(update_fields=["status", "number", "started_at", "touched_at"])


def _pass_for(at: Portal, found: Gathered, now: datetime) -> Pass:
    """The pass the batch belongs to, brought up to date."""
    first, last = min(one.first_ms for one in found.seen), max(one.last_ms for one in found.seen)
    near = queries.passes_near(at, first, last)
    longest = at.longest_s * 1000
    near = [one for one in near if max(last, one.last_ms) - min(first, one.first_ms) <= longest]
    if not near:
        # Until a tag is read often enough it may be a forklift at the next door: nobody is called to look.
        waits = at.reads_min > 1
        return Pass.objects.create(
            number=f"passed by {new_uid()}" if waits else documents.next_number(SERIES, on=now),
            status=PassStatus.STRAY if waits else PassStatus.OPEN,
            portal=at, first_ms=first, last_ms=last, started_at=now, touched_at=now, reads=found.reads,
            weak=found.weak, filtered=found.filtered,
            job_kind=at.job_kind, job=at.job, job_number=at.job_number, job_by="portal" if at.job else "",
        )  # fmt: skip
    # What passed by joins the pass, not the other way round.
    into, *others = sorted(near, key=lambda one: one.status == PassStatus.STRAY)
    for other in others:
        _merge(into, other)
    into.first_ms, into.last_ms = min(first, into.first_ms), max(last, into.last_ms)
    into.reads += found.reads
    into.weak += found.weak
    into.filtered += found.filtered
    into.touched_at = now
    if into.status != PassStatus.STRAY:
        into.status, into.ended_at, into.ended_by, into.problem = PassStatus.OPEN, None, "", ""
    into.save()
    return into


def _merge(into: Pass, other: Pass) -> None:
    """What belongs together becomes one: the tags of ``other`` go over, its number is given up."""
    columns = ", ".join(_COLUMNS)
    sql.run(
        f"INSERT INTO rfid_tag (at_id, {columns}) SELECT {into.pk:d}, {columns} FROM rfid_tag"  # noqa: S608 – names of columns and a key of ours
        f" WHERE at_id = %s{_TOGETHER}",
        [other.pk],
    )
    Batch.objects.filter(taken_in=other).update(taken_in=into)
    into.first_ms, into.last_ms = min(into.first_ms, other.first_ms), max(into.last_ms, other.last_ms)
    into.reads += other.reads
    into.weak += other.weak
    into.filtered += other.filtered
    if other.job_by not in ("", "matched") and into.job_by in ("", "matched"):
        into.job_kind, into.job, into.job_number = other.job_kind, other.job, other.job_number
        into.job_by = other.job_by
    other.delete()


def _add_tags(into: Pass, seen: Sequence[Seen]) -> None:
    """One statement, whatever the number of tags: each tag's reads beside those it had."""
    rows = [
        [
            one.tag.key, one.epc, one.tag.kind, one.tag.scheme, one.tag.gtin, one.tag.serial[:60],
            one.tag.sscc, one.tag.lot[:60], one.tag.expires, one.tag.problem, one.reads, one.rssi,
            one.first_ms, one.last_ms, one.first_antenna, one.last_antenna,
        ]
        for one in seen
    ]  # fmt: skip
    sql.run(_insert(), [into.pk, orjson.dumps(rows).decode()])


def _insert() -> str:
    """The statement that adds tags, in the words of the database in use."""
    columns = ", ".join(_COLUMNS)
    if sql.is_postgres():
        picked = ", ".join(
            f"(t.v->>{index})" + ("::bigint" if name in _NUMBERS else "")
            for index, name in enumerate(_COLUMNS)
        )
        source = "jsonb_array_elements(%s::jsonb) AS t(v)"
    else:
        picked = ", ".join(f"json_extract(t.value, '$[{index}]')" for index in range(len(_COLUMNS)))
        source = "json_each(%s) AS t"
    return (
        f"INSERT INTO rfid_tag (at_id, {columns})"  # noqa: S608 – names of columns only
        f" SELECT %s, {picked} FROM {source} WHERE true{_TOGETHER}"
    )
